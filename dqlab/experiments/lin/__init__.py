"""The experiments of Lin, Kostina and Hassibi, "Differentially Quantized Gradient Methods"."""

from .gradient_descent import figure3, figure3_data

__all__ = ["figure3", "figure3_data"]
