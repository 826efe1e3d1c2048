"""Limits on Gradient Compression for Stochastic Optimization (Mayekar, Tyagi): its bounds.

`bound` is B, `dim` is d, `repeats` is k, and q is the Hoelder conjugate of `p`. Bounds broadcast over arrays, lengths of
messages take integers; what has no meaning raises ValueError.
"""

from .gain import (
    gain_bias,
    gain_bits,
    gain_ranges,
    gain_second_moment,
    gain_shape_alpha,
    gain_shape_error,
    gain_top,
    uniform_gain_bits,
    uniform_gain_second_moment,
)
from .rates import (
    l2_diameter,
    mirror_descent_error,
    mirror_exponent,
    oracle_error_bound,
    psgd_error,
    sharp_error_bound,
    upper_constant,
)
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
from .split import (
    delta_1,
    delta_2,
    split_alpha0,
    split_alpha0_sharp,
    split_bits,
    split_bits_bound,
    split_parameters,
    split_parameters_sharp,
)
from .tower import iterated_log

__all__ = [
    "delta_1",
    "delta_2",
    "gain_bias",
    "gain_bits",
    "gain_ranges",
    "gain_second_moment",
    "gain_shape_alpha",
    "gain_shape_error",
    "gain_top",
    "iterated_log",
    "l1_bound",
    "l2_diameter",
    "mirror_descent_error",
    "mirror_exponent",
    "oracle_error_bound",
    "precision_upper_bound",
    "psgd_error",
    "sharp_error_bound",
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
    "split_alpha0",
    "split_alpha0_sharp",
    "split_bits",
    "split_bits_bound",
    "split_parameters",
    "split_parameters_sharp",
    "uniform_gain_bits",
    "uniform_gain_second_moment",
    "upper_constant",
]
