"""The experiments of Xu et al., "Quantized Adaptive Subgradient Algorithms and Their Applications"."""

from .reference import LogisticMinimum, l1_logistic_minimum

__all__ = ["LogisticMinimum", "l1_logistic_minimum"]
