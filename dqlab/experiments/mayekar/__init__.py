"""The experiments on Mayekar and Tyagi, "Limits on Gradient Compression for Stochastic Optimization"."""

from .errors import ORDERS, error_table, errors, instance, usual_quantizers

__all__ = ["ORDERS", "error_table", "errors", "instance", "usual_quantizers"]
