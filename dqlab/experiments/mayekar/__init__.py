"""The experiments on Mayekar and Tyagi, "Limits on Gradient Compression for Stochastic Optimization"."""

from .errors import ORDERS, error_table, errors, instance
from .schemes import (
    gain_quantizers,
    gain_shape,
    l2_bound,
    own_quantizer,
    quantizers_at,
    up_to_bound,
    usual_quantizers,
)

__all__ = [
    "ORDERS",
    "error_table",
    "errors",
    "gain_quantizers",
    "gain_shape",
    "instance",
    "l2_bound",
    "own_quantizer",
    "quantizers_at",
    "up_to_bound",
    "usual_quantizers",
]
