"""What a student's notebook imports: who is asking, visible tests, and the checks that they share with the graders."""

from . import checks
from .student import Student, student
from .visible import grader

__all__ = ["Student", "checks", "grader", "student"]
