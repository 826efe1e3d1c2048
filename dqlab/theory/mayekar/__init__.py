"""Limits on Gradient Compression for Stochastic Optimization (Mayekar, Tyagi): its bounds.

`bound` is B, `dim` is d, `repeats` is k, and q is the Hoelder conjugate of `p`. Bounds broadcast over arrays, lengths of
messages take integers; what has no meaning raises ValueError.
"""

from .simplex import (
    l1_bound,
    precision_upper_bound,
    simq_alpha0,
    simq_bits,
    simq_plus_alpha0,
    simq_plus_bits_bound,
    simq_plus_error,
    simq_plus_joint_bits,
    simq_plus_repeats,
    simq_plus_second_moment,
    simq_plus_type_bits,
    simq_second_moment,
)

__all__ = [
    "l1_bound",
    "precision_upper_bound",
    "simq_alpha0",
    "simq_bits",
    "simq_plus_alpha0",
    "simq_plus_bits_bound",
    "simq_plus_error",
    "simq_plus_joint_bits",
    "simq_plus_repeats",
    "simq_plus_second_moment",
    "simq_plus_type_bits",
    "simq_second_moment",
]
