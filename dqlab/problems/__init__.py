"""Objectives with their L, mu and minimiser, and the papers' hard instances."""

from .instances import random_spectrum, worst_case_quadratic
from .least_squares import LeastSquares, SparseLeastSquares
from .logistic import Logistic
from .verbs import gradient, value

__all__ = [
    "LeastSquares",
    "Logistic",
    "SparseLeastSquares",
    "gradient",
    "random_spectrum",
    "value",
    "worst_case_quadratic",
]
