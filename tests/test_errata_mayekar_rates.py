"""What the text says of oracles and rates that is wrong or left open."""

import math
from typing import NamedTuple

import numpy as np
import pytest

from dqlab import quantizers as dqq
from dqlab.algorithms import psgd
from dqlab.problems import AbsoluteRegression, LpBall, value
from dqlab.theory import mayekar as theory

from .examples import oracle


def test_A1_which_norms_and_which_power():
    """For q >= 2 the Euclidean norm is the larger one: 16**(1/4) = 2 times for a flat vector at d = 16, q = 4."""
    flat = np.ones(16)
    assert np.linalg.norm(flat, 2) / np.linalg.norm(flat, 4) == pytest.approx(2.0)
    assert np.linalg.norm(flat, 2) / np.linalg.norm(flat, 4 / 3) == pytest.approx(0.5)
    # f(x) = 0.1 |x - 1| on [-1, 1], one query: the answer is x_0 = 0
    o = AbsoluteRegression.from_data([[0.1]], [0.1], p=2, radius=1.0)
    gap = psgd(o, steps=1).gap
    assert gap == pytest.approx(0.1)
    assert theory.psgd_error(2.0, 0.1**2, 1) == pytest.approx(0.02)  # B' the bound on E|g|^2
    assert theory.psgd_error(2.0, 0.1, 1) == pytest.approx(0.2)  # its root


def test_A16_constants_that_are_certified():
    """c_1 = 1 for p >= 2 and e sqrt(ln 2) = 2.2631 for p < 2: the proven bounds stay below, and come within 5 % of the first."""
    assert theory.upper_constant(2) == theory.upper_constant(math.inf) == 1.0
    assert round(theory.upper_constant(1), 4) == round(theory.upper_constant(1.99), 4) == 2.2631
    share = [
        theory.sharp_error_bound(d, p, 1.0, 1.0, 1) / theory.oracle_error_bound(d, p, 1.0, 1.0, 1)
        for d in (2, 3, 8, 100, 10**6, 10**80)
        for p in (1.0, 1.01, 1.3, 1.9, 2.0, 5.0, math.inf)
    ]
    assert max(share) <= 1 + 1e-12
    below = theory.sharp_error_bound(10**80, 1.0, 1.0, 1.0, 1) / theory.oracle_error_bound(10**80, 1.0, 1.0, 1.0, 1)
    assert 0.99 < below < 1


def test_A20_in_one_dimension_the_logarithm_is_zero():
    """One query of +-B with probabilities 3/4 and 1/4: no answer is within DB / 8 of both minima on average; the bound is 0."""
    D = B = 1.0
    assert theory.oracle_error_bound(1, 1.5, D, B, steps=1) == 0.0
    delta, answers = 0.25, np.linspace(-D / 2, D / 2, 101)
    risk = 0.0
    for sign in (1, -1):  # what the oracle said
        chance = {alpha: 0.5 * (1 + 2 * delta * alpha * sign) / 2 for alpha in (1, -1)}
        loss = sum(chance[alpha] * (2 * B * delta * alpha * answers + B * delta * D) for alpha in (1, -1))
        risk += loss.min()
    assert risk == pytest.approx(D * B / 8)
    assert theory.sharp_error_bound(1, 1.5, D, B, steps=1) == 1.0


def test_A21_the_diameter_of_a_ball_is_twice_its_radius():
    """The unit l_4 ball of R^16 is 4 wide, not 2; a ball of l_4 diameter 1 has the Euclidean diameter d**(1/2 - 1/4) = 2."""
    assert LpBall(4, 1.0, 16).diameter(2) == pytest.approx(4.0)
    assert LpBall(4, 0.5, 16).diameter(2) == pytest.approx(2.0) == 16 ** (1 / 2 - 1 / 4)


class Silent(NamedTuple):
    """The quantizer of no bits, Q = 0."""

    dim: int


@dqq.encode.register(Silent, compiled=False)
def _encode(quantizer, u, scale, rng, shared):
    return np.zeros(0, np.int64)


@dqq.decode.register(Silent, compiled=False)
def _decode(quantizer, codes, scale, shared):
    return np.zeros(quantizer.dim)


@dqq.alphabet.register(Silent, compiled=False)
def _alphabet(quantizer):
    return 1


@dqq.second_moment_bound.register(Silent, compiled=False)
def _second_moment_bound(quantizer, bound, norm, order):
    return 0.0


def test_A22_a_biased_quantizer_can_have_any_alpha():
    """Q = 0 sends nothing and has alpha_0 = 0, so Theorem 2.3 as it stands promises the minimum; no run leaves its start."""
    o, quantizer = oracle("absolute loss"), Silent(12)
    alpha = math.sqrt(dqq.second_moment_bound(quantizer, o.bound, 2, 2))
    assert theory.oracle_error_bound(12, 2, o.diameter, alpha, steps=100) == 0.0
    history = psgd(o, quantizer, steps=100, stepsize=1.0)
    assert history.gap == value(o, np.zeros(12)) - o.minimum > 0.05 and history.bits[-1] == 0
    # with the bias beta = B of Q = 0 the bound is D (alpha / sqrt(T) + beta), and true
    assert history.gap <= theory.psgd_error(o.domain.diameter(2), alpha, 100, bias=o.bound)
