"""What students get does not run to its end, by design; masters run with their solutions in tests/coursework/test_graders.py."""

collect_ignore_glob = ["*.ipynb", "masters/*.ipynb"]
