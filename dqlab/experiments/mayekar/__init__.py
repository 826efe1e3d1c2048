"""The experiments on Mayekar and Tyagi, "Limits on Gradient Compression for Stochastic Optimization"."""

from .errors import ORDERS, error_table, errors, instance
from .schemes import gain_quantizers, gain_shape, l2_bound, own_quantizer, quantizers_at, up_to_bound, usual_quantizers
from .simplex import hard_input, message_lengths, recovery_errors

__all__ = [
    "ORDERS",
    "error_table",
    "errors",
    "gain_quantizers",
    "gain_shape",
    "hard_input",
    "instance",
    "l2_bound",
    "message_lengths",
    "own_quantizer",
    "quantizers_at",
    "recovery_errors",
    "up_to_bound",
    "usual_quantizers",
]
