"""What a student's notebook imports: who is asking, visible tests, and the checks that they share with the graders."""

from . import challenge, checks
from .bit_stream import Reader, average_bits
from .student import Student, student
from .uneven import UnevenGradients, uneven_gradients
from .unnamed import unnamed_runs
from .villages import Referendum, referendum
from .visible import grader

__all__ = [
    "Reader",
    "Referendum",
    "Student",
    "UnevenGradients",
    "average_bits",
    "challenge",
    "checks",
    "grader",
    "referendum",
    "student",
    "uneven_gradients",
    "unnamed_runs",
]
