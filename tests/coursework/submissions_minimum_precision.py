"""Known submissions of assignment 2."""

from .harness import Submission

WRONG = [
    Submission(
        "equal corners, whatever is known",
        {
            "q3": "def best_corners(c, m):\n    return np.full(len(c), c.sum())\n\n\nb = best_corners(c, m)\ngain = 1.0\n"
        },
        loses={"q3": 5},
    ),
]
UNUSUAL = []
