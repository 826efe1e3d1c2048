"""What an instructor runs: assignments from their masters, and submissions graded (needs the extra ``grading``)."""
