"""Oracles, and what projected subgradients and mirror descent reach with them: Definition 2.1, Theorems 2.2 and 2.3, Remarks 1 to 4.

Measured means are held below bounds with four standard errors to spare: there are fewer than 40 such comparisons, so that all of
them together fail by chance less than once in 500 runs even if every bound were attained.
"""

import math

import numpy as np
import pytest

import dqlab as dq
from dqlab import quantizers as dqq
from dqlab.algorithms import mirror_descent, psgd
from dqlab.algorithms.mirror_maps import mirror, mirror_project
from dqlab.experiments import mayekar as experiments
from dqlab.problems import Gain, HeavyTailed, LpBall, bernoulli_oracle, conjugate, project, query, rare_oracle, value
from dqlab.theory import mayekar as theory

from .examples import ORACLES, oracle

ORDERS = experiments.ORDERS
TRIALS = 12


def measured(o, quantizer, steps, **options):
    """Gaps of several runs."""
    method = psgd if o.p >= 2 else mirror_descent
    return np.array([method(o, quantizer, steps=steps, seed=seed, record=1, **options).gap for seed in range(TRIALS)])


def surely_less(gaps, bound):
    return gaps.mean() + 4 * gaps.std(ddof=1) / math.sqrt(gaps.size) <= bound


@pytest.mark.parametrize("name", ORACLES)
def test_definition_2_1_functions_of_bounded_oracles_are_lipschitz(name):
    """Footnote 1: |f(x) - f(y)| <= B |x - y|_p, with equality where the bound is attained; mean-square bounded ones, too."""
    o, rng, worst = oracle(name), dq.stream(0, "pairs"), 0.0
    for _ in range(300):
        x = project(o.domain, o.domain.radius * rng.standard_normal(o.dim))
        y = project(o.domain, x + 10.0 ** -rng.integers(0, 4) * o.domain.radius * rng.standard_normal(o.dim))
        worst = max(worst, abs(value(o, x) - value(o, y)) / max(np.linalg.norm(x - y, o.p), 1e-12))
    assert 0.01 * o.bound < worst <= o.bound * (1 + 1e-6)


def test_remark_1_mean_square_bounded_oracles():
    """Gains with E G^2 = 1: some answers are far longer than B, and PSGD keeps its bound; so it does with a quantized gain."""
    base, T = oracle("absolute loss"), 400
    for gain in (Gain.half_normal(), Gain.pareto(2.05), Gain.rare(1 / 400)):
        o = HeavyTailed(base, gain)
        rng = dq.stream(0, "longest")
        lengths = [np.linalg.norm(query(o, np.zeros(12), rng)) for _ in range(3000)]
        assert max(lengths) > 2 * o.bound
        assert surely_less(measured(o, None, T), theory.psgd_error(o.domain.diameter(2), o.bound, T))
        quantizer = experiments.gain_quantizers(o)["adaptive gain"](T)
        alpha = math.sqrt(dqq.second_moment_bound(quantizer, o.bound, 2, 2))
        assert alpha <= 1.5 * o.bound
        bound = theory.psgd_error(o.domain.diameter(2), alpha, T, bias=o.bound / math.sqrt(T))
        assert surely_less(measured(o, quantizer, T), bound)


def test_remark_1_a_bias_is_a_floor():
    """Answers of one in a hundred decide the slope. A gain up to B loses them and stays D beta / 2 above; one up to B sqrt(T) has room."""
    o = rare_oracle(0.01, dim=4, D=2.0)
    beta, T = o.chance * o.top, 20_000
    schemes = experiments.gain_quantizers(o)
    for steps in (2000, T):
        lost = measured(o, schemes["gain up to B"](steps), steps)
        alpha = math.sqrt(dqq.second_moment_bound(schemes["gain up to B"](steps), 1.0, 2, 2))
        assert 0.9 * o.diameter * beta / 2 < lost.mean() <= theory.psgd_error(o.diameter, alpha, steps, bias=beta)
    kept = measured(o, schemes["uniform gain"](T), T)
    assert kept.mean() < 0.3 * o.diameter * beta / 2


def test_remark_2_messages_are_of_one_length_and_know_nothing_of_the_past():
    o, rng = oracle("absolute loss"), dq.stream(0, "memory")
    for q in (dqq.SimQPlus.for_norm(1.0, 12, 2), dqq.RATQ(1.0, 12), dqq.LowPrecision(3, 12)):
        answers = [query(o, x, rng) for x in np.eye(12)[:6] * 0.3]
        forward = [dqq.send(q, g, 1.0, dq.stream(t, "encoder"), t) for t, g in enumerate(answers)]
        backward = [dqq.send(q, answers[t], 1.0, dq.stream(t, "encoder"), t) for t in range(5, -1, -1)][::-1]
        for first, second in zip(forward, backward, strict=True):
            assert first.nbits == dqq.nbits(q) and np.array_equal(first.words, second.words)
    q = dqq.SimQPlus.for_norm(1.0, 12, 2)
    history = psgd(o, q, steps=25, record=range(25))
    assert np.array_equal(history.bits, history.recorded * dqq.nbits(q))


@pytest.mark.parametrize("p", ORDERS)
def test_theorem_2_2_upper_bound(p):
    o = experiments.instance(p, 12, samples=30)
    D = o.domain.diameter(p)
    for T in (50, 800):
        gaps = measured(o, None, T)
        sharp, paper = (f(12, p, D, o.bound, T) for f in (theory.sharp_error_bound, theory.oracle_error_bound))
        assert surely_less(gaps, sharp) and sharp <= paper * (1 + 1e-12)


def test_theorem_2_2_the_rate_is_right():
    """On the hard oracles of Section 6 with delta = 1 / sqrt(T) the error is 1 / sqrt(T) times a constant, not far below the bound."""
    d = 7
    for p in (1.5, 2.0, math.inf):
        scaled = []
        for T in (64, 1024):
            o = bernoulli_oracle([1, -1, 1, 1, -1, -1, 1], delta=0.8 / math.sqrt(T), p=p)
            bound = theory.sharp_error_bound(d, p, 1.0, 1.0, T)
            gaps = measured(o, None, T)
            assert surely_less(gaps, bound)
            scaled.append(gaps.mean() / bound)
        assert min(scaled) > 0.1 and max(scaled) / min(scaled) < 1.5


@pytest.mark.parametrize("p", [1.0, 1.5, 2.0, 3.0, math.inf])
def test_theorem_2_3_upper_bound(p):
    """The paper's own quantizers: the split below 2, SimQ+ from 2 on, SimQ at infinity."""
    o = experiments.instance(p, 12, samples=30)
    name, quantizer = experiments.own_quantizer(o.bound, 12, p)
    alpha = math.sqrt(dqq.second_moment_bound(quantizer, o.bound, conjugate(p), 2 if p >= 2 else conjugate(p)))
    assert o.bound <= alpha <= math.sqrt(12) * o.bound
    for T in (50, 800):
        gaps = measured(o, quantizer, T)
        assert surely_less(gaps, theory.sharp_error_bound(12, p, o.domain.diameter(p), alpha, T)), name


def test_theorem_2_3_follows_from_an_inequality_that_every_run_keeps():
    """sum <q_t, x_t - z> <= |x_0 - z|^2 / (2 eta) + eta sum |q_t|_2^2 / 2 for every z: nothing random is left in it."""
    rng, eta, T = dq.stream(0, "regret"), 0.05, 60
    for order in (1.5, 2, 3, math.inf):
        ball = LpBall(order, 0.8, 6)
        x, points, sent = project(ball, rng.standard_normal(6)), [], []
        for _ in range(T):
            points.append(x)
            sent.append(dqq.quantize(dqq.SimQ(3.0, 6), 0.4 * rng.uniform(-1, 1, 6), 1.0, rng))
            x = project(ball, x - eta * sent[-1])
        points, sent = np.array(points), np.array(sent)
        for z in (
            project(ball, 3 * rng.standard_normal(6)),
            -0.8 * np.eye(6)[1],
            points[0],
            project(ball, -9 * sent.sum(axis=0)),
        ):
            regret = (sent * (points - z)).sum()
            assert regret <= ((points[0] - z) @ (points[0] - z)) / (2 * eta) + eta * (sent**2).sum() / 2 + 1e-12


def test_theorem_2_3_below_2_follows_from_an_inequality_that_every_run_keeps():
    """sum <q_t, x_t - z> <= Phi(z) / eta + eta sum |q_t|_b^2 / (2 (a - 1)) for every z, started at 0."""
    rng, eta, T = dq.stream(1, "regret"), 0.05, 60
    for order, a in ((1, 1.5), (1.2, 1.5), (1.3, 1.3), (math.inf, 1.6)):
        ball, b = LpBall(order, 0.8, 6), conjugate(a)
        x, points, sent = np.zeros(6), [], []
        for _ in range(T):
            points.append(x)
            sent.append(dqq.quantize(dqq.SimQ(3.0, 6), 0.4 * rng.uniform(-1, 1, 6), 1.0, rng))
            x = mirror_project(ball, mirror(x, a) - eta * sent[-1], a)
        points, sent = np.array(points), np.array(sent)
        for z in (project(ball, 3 * rng.standard_normal(6)), -0.8 * np.eye(6)[1], project(ball, -9 * sent.sum(axis=0))):
            regret, room = (sent * (points - z)).sum(), np.linalg.norm(z, a) ** 2 / (2 * eta)
            assert regret <= room + eta * (np.linalg.norm(sent, b, axis=1) ** 2).sum() / (2 * (a - 1)) + 1e-12


@pytest.mark.parametrize("a", [1.05, 1.2, 1.5, 2.0])
def test_remark_3_the_mirror_map_is_strongly_convex(a):
    """Phi(y) >= Phi(x) + <mirror(x), y - x> + (a - 1) |y - x|_a^2 / 2, and (a - 1) cannot be replaced by anything larger."""
    rng, least = dq.stream(0, "convex"), math.inf
    flat = np.ones(4)
    pairs = [(flat, flat + 1e-3 * np.array([1.0, 1.0, -1.0, -1.0]))]
    for _ in range(500):
        x = rng.standard_normal(4) ** 3
        pairs.append((x, x + 10.0 ** -rng.integers(0, 4) * rng.standard_normal(4)))
    for x, y in pairs:
        gap = 0.5 * np.linalg.norm(y, a) ** 2 - 0.5 * np.linalg.norm(x, a) ** 2 - mirror(x, a) @ (y - x)
        least = min(least, gap / (0.5 * np.linalg.norm(y - x, a) ** 2))
    assert (a - 1) * (1 - 1e-5) <= least <= (a - 1) * (1 + 1e-2)


def test_remark_3_the_exponent_costs_at_most_a_constant():
    """1 / (a - 1) <= ln d where that is not smaller than 1, and what is bounded in l_q is at most e times as long in l_b."""
    for d in (3, 10, 100, 10**6):
        for p in (1.0, 1.05, 1.25, 1.5, 1.99):
            a = theory.mirror_exponent(p, d)
            longer = dqq.stretch(d, conjugate(p), conjugate(a))
            assert 1 / (a - 1) <= max(1.0, math.log(d)) * (1 + 1e-9) and p <= a <= 2
            assert longer <= math.e and (a > p or longer == 1)
            assert a == pytest.approx(dq.algorithms.mirror_exponent(p, d))
            sharp, paper = (f(d, p, 1.0, 1.0, 1) for f in (theory.sharp_error_bound, theory.oracle_error_bound))
            assert sharp <= paper
    # without the exponent the bound is without end: at a = p = 1 no power is strongly convex
    assert theory.mirror_descent_error(1.0, 1.0, 1.0, 100) == math.inf


def test_remark_4_euclidean_diameters_and_norms():
    rng = dq.stream(0, "remark 4")
    for p in (2.0, 2.5, 4.0, math.inf):
        q = conjugate(p)
        for d in (1, 2, 9):
            ball = LpBall(p, 1.5, d)
            assert ball.diameter(2) == pytest.approx(theory.l2_diameter(d, p, ball.diameter(p)))
            cube = LpBall(math.inf, 1.5, d)  # the domain of Section 6
            assert cube.diameter(2) == pytest.approx(theory.l2_diameter(d, p, cube.diameter(p)))
            for g in rng.standard_normal((20, d)):
                assert np.linalg.norm(g) <= np.linalg.norm(g, q) * (1 + 1e-12)
        D, T = 3.0, 100
        assert theory.psgd_error(theory.l2_diameter(9, p, D), 2.0, T) == pytest.approx(
            theory.oracle_error_bound(9, p, D, 2.0, T)
        )
