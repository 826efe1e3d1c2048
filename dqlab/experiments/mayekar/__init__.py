"""The experiments on Mayekar and Tyagi, "Limits on Gradient Compression for Stochastic Optimization"."""

__all__ = []
