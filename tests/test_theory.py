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
        (lambda: lin.agd_momentum(0.9), "kappa"),
        (lambda: lin.agd_contraction_factor(math.nan), "kappa"),
        (lambda: lin.agd_lambda(0.0), "kappa"),
        (lambda: lin.hb_distance(1, 0.5), "kappa"),
        (lambda: lin.hb_distance(1, 2.0, alpha=-1.0), "alpha"),
        (lambda: lin.phi(1.0, 1.0, -0.5), "momentum"),
        (lambda: lin.momentum_roots(-1.0, 1.0, 0.5), "rate"),
        (lambda: lin.momentum_linear_threshold(-0.1, 1.0), "momentum"),
        (lambda: lin.momentum_lossless_threshold(-0.1, 0.5, 1.0), "sigma"),
        (lambda: lin.momentum_lossless_threshold(0.5, 0.5, -1.0), "rho"),
        (lambda: lin.dq_agd_dynamic_range(1, 0.5, 1.0, 1.0), "kappa"),
        (lambda: lin.dq_hb_dynamic_range_bound(1, 2.0, 1.0, 1.0, alpha=-1.0), "alpha"),
    ],
)
def test_bounds_refuse_what_has_no_meaning(call, word):
    with pytest.raises(ValueError, match=word):
        call()
