"""Bounds refuse arguments that have no meaning; what they say of the rest is in test_claims_*.py."""

import math

import pytest

from dqlab.theory import lin


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: lin.gd_contraction_factor(0.5), "kappa"),
        (lambda: lin.gd_contraction_factor([2.0, math.nan]), "kappa"),
        (lambda: lin.dq_gd_contraction_factor(2.0, -1.0, 1.0), "rate"),
        (lambda: lin.nq_gd_contraction_factor(2.0, 1.0, -1.0), "rho"),
        (lambda: lin.nq_gd_linear_threshold(0.9, 1.0), "kappa"),
        (lambda: lin.ef_gd_linear_threshold(2.0, -1.0), "rho"),
        (lambda: lin.quantization_error(-1.0, 1.0, 1.0), "dynamic_range"),
    ],
)
def test_bounds_refuse_what_has_no_meaning(call, word):
    with pytest.raises(ValueError, match=word):
        call()
