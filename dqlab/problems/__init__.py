"""Objectives with their L, mu and minimiser, and the papers' hard instances."""

from .chain import NesterovChain, nesterov_chain
from .flat_stretch import FlatStretch
from .instances import random_spectrum, worst_case_quadratic
from .least_squares import LeastSquares, SparseLeastSquares
from .logistic import Logistic
from .mean import MeanOfProblems, split_least_squares, worker_least_squares
from .verbs import gradient, value

__all__ = [
    "FlatStretch",
    "LeastSquares",
    "Logistic",
    "MeanOfProblems",
    "NesterovChain",
    "SparseLeastSquares",
    "gradient",
    "nesterov_chain",
    "random_spectrum",
    "split_least_squares",
    "value",
    "worker_least_squares",
    "worst_case_quadratic",
]
