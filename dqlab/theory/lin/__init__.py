"""Differentially Quantized Gradient Methods (Lin, Kostina, Hassibi): its bounds.

`kappa` is the condition number L / mu, `rate` is R in bits per dimension, `rho` is the covering efficiency rho_n of the
quantizer, equation (19). Functions broadcast over arrays; a kappa below 1 or a negative rate or rho raises ValueError.
"""

from .gradient_descent import (
    converse_contraction_factor,
    dq_gd_b,
    dq_gd_contraction_factor,
    dq_gd_distance,
    dq_gd_dynamic_range,
    dq_gd_dynamic_range_bound,
    dq_gd_error,
    dq_gd_linear_threshold,
    dq_gd_lossless_threshold,
    ef_gd_contraction_factor,
    ef_gd_linear_threshold,
    ef_gd_step,
    gd_contraction_factor,
    gd_distance,
    gd_stepsize,
    nq_gd_contraction_factor,
    nq_gd_linear_threshold,
    nq_gd_step,
    quantization_error,
    step_contraction,
)

__all__ = [
    "converse_contraction_factor",
    "dq_gd_b",
    "dq_gd_contraction_factor",
    "dq_gd_distance",
    "dq_gd_dynamic_range",
    "dq_gd_dynamic_range_bound",
    "dq_gd_error",
    "dq_gd_linear_threshold",
    "dq_gd_lossless_threshold",
    "ef_gd_contraction_factor",
    "ef_gd_linear_threshold",
    "ef_gd_step",
    "gd_contraction_factor",
    "gd_distance",
    "gd_stepsize",
    "nq_gd_contraction_factor",
    "nq_gd_linear_threshold",
    "nq_gd_step",
    "quantization_error",
    "step_contraction",
]
