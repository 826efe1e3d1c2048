"""Every numbered statement of Lin, Kostina and Hassibi on momentum, held against measurements.

AGD's bounds are for all smooth and strongly convex functions, so a logistic regression is among the problems; heavy ball's
hold on quadratics. Rates lie below, between and above the thresholds (39) and (40).
"""

import math
import warnings
from typing import NamedTuple

import numpy as np
import pytest

import dqlab as dq
from dqlab import algorithms, data, problems, quantizers
from dqlab.theory import lin

from . import oracles
from .examples import problem
from .test_claims_lin import KAPPAS, STEPS, N, cases, draw, exact, rho_of

QUANTIZED = [algorithms.dq_agd, algorithms.dq_hb]
T = np.arange(STEPS)


def thresholds(algorithm, kappa, rho):
    """(R_1, R_2) of an algorithm."""
    if algorithm is algorithms.dq_agd:
        return lin.dq_agd_linear_threshold(kappa, rho), lin.dq_agd_lossless_threshold(kappa, rho)
    return lin.dq_hb_linear_threshold(kappa, rho), lin.dq_hb_lossless_threshold(kappa, rho)


def factor(algorithm, kappa, rate, rho):
    bounds = {algorithms.dq_agd: lin.dq_agd_contraction_factor, algorithms.dq_hb: lin.dq_hb_contraction_factor}
    return bounds[algorithm](kappa, rate, rho)


def instances(algorithm):
    return [(p, x0) for p, x0 in cases() if p.quadratic or algorithm is algorithms.dq_agd]


def runs(algorithm, **options):
    """(problem, quantizer, run) over problems and rates; below R_1 the warning is expected."""
    for p, x0 in instances(algorithm):
        linear, lossless = thresholds(algorithm, p.kappa, math.sqrt(p.dim))
        wanted = [linear - 0.4, (linear + lossless) / 2, lossless, lossless + 1, lossless + 4]
        for levels in sorted({max(2, round(2**rate)) for rate in wanted}):
            q = quantizers.UniformScalar(levels, p.dim)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)
                yield p, q, algorithm(p, q, steps=STEPS, x0=x0, record="iterates", **options)


def descents(run):
    """y of a run of AGD or DQ-AGD from its x: y_{t+1} = (x_{t+1} + gamma y_t) / (1 + gamma)."""
    y = [run.iterates[0]]
    for x in run.iterates[1:]:
        y.append((x + run.momentum * y[-1]) / (1 + run.momentum))
    return np.array(y)


def replay(p, run):
    """(u_t, q_t) of a run, from its iterates alone: q_t is what the server's lines say, u_t what Lines 4 and 5 say."""
    eta, gamma, x = run.stepsize, run.momentum, run.iterates
    accelerated = run.name == "DQ-AGD"
    before = np.vstack([x[:1], x[:-1]])
    sent = (x[:-1] - descents(run)[1:]) / eta if accelerated else (x[:-1] + gamma * (x - before)[:-1] - x[1:]) / eta
    inputs, e, last = [], np.zeros(p.dim), np.zeros(p.dim)
    for t in range(run.steps):
        lag = e + gamma * (e - last)
        u = problems.gradient(p, x[t] + eta * (lag if accelerated else e)) - lag
        inputs.append(u)
        e, last = sent[t] - u, e
    return np.array(inputs), sent


# ---- the unquantized methods


def test_equations_10_11_31_32_accelerated_gradient_descent():
    for p, x0 in cases():
        run = algorithms.agd(p, steps=STEPS, x0=x0, record="iterates")
        assert run.stepsize == lin.agd_stepsize(p.L) and run.momentum == pytest.approx(lin.agd_momentum(p.kappa))
        y, x = descents(run), run.iterates
        slopes = np.array([problems.gradient(p, point) for point in x[:-1]])
        assert np.allclose(y[1:], x[:-1] - run.stepsize * slopes, rtol=1e-9, atol=1e-11)
        assert np.allclose(x[1:], y[1:] + run.momentum * (y[1:] - y[:-1]), rtol=1e-12, atol=1e-12)


def test_equations_12_43_44_heavy_ball():
    for p, x0 in cases():
        run = algorithms.hb(p, steps=STEPS, x0=x0, record="iterates")
        assert run.stepsize == pytest.approx(lin.hb_stepsize(p.L, p.mu), rel=1e-14)
        assert run.momentum == pytest.approx(lin.hb_momentum(p.kappa), rel=1e-12)
        x = run.iterates
        before = np.vstack([x[:1], x[:-1]])
        slopes = np.array([problems.gradient(p, point) for point in x[:-1]])
        stepped = x[:-1] - run.stepsize * slopes + run.momentum * (x[:-1] - before[:-1])
        assert np.allclose(x[1:], stepped, rtol=1e-9, atol=1e-11)


def test_lemma_B_5_convergence_of_agd():
    for p, x0 in cases():
        run = algorithms.agd(p, steps=STEPS, x0=x0, record="iterates")
        t, D = np.arange(STEPS + 1), run.distance[0]
        assert (run.distance <= lin.agd_distance(t, p.kappa, D) * (1 + 1e-9) + 1e-13 * D).all()
        of_y = np.linalg.norm(descents(run) - p.minimiser, axis=1)
        assert (of_y <= lin.agd_y_distance(t, p.kappa, D) * (1 + 1e-9) + 1e-12 * D).all()


def along_axis(kappa, eigenvalue):
    """A quadratic with spectrum 1, ..., kappa whose error, at x0 = 0, is along the eigenvector of one eigenvalue."""
    spectrum = np.array([eigenvalue, 1.0, kappa, math.sqrt(kappa)])
    return problems.LeastSquares.from_data(np.diag(np.sqrt(spectrum)), np.sqrt(spectrum) * [1.0, 0, 0, 0])


def test_agd_on_quadratics():
    """The worst factor is 1 - 1 / sqrt(kappa), at the eigenvalue mu: less than sigma_AGD, whence the gap of Figure 4."""
    for kappa in KAPPAS:
        slowest = lin.agd_quadratic_contraction_factor(kappa)
        assert slowest < lin.agd_contraction_factor(kappa)
        gamma, moduli = lin.agd_momentum(kappa), []
        for eigenvalue in np.linspace(1, kappa, 201):
            left = 1 - eigenvalue / kappa
            moduli.append(np.abs(np.roots([1, -(1 + gamma) * left, gamma * left])).max())
        assert max(moduli) == pytest.approx(slowest, abs=1e-7) and np.argmax(moduli) == 0
        run = algorithms.agd(along_axis(kappa, 1.0), steps=15)
        assert slowest * 0.99 < (run.distance[15] / run.distance[10]) ** (1 / 5) < lin.agd_contraction_factor(kappa)


def test_heavy_ball_on_quadratics():
    """|x_t - x*| <= sigma**t (1 + (1 + sigma) t) D for every quadratic, with equality along the eigenvector of L."""
    for p, x0 in instances(algorithms.dq_hb):
        run = algorithms.hb(p, steps=STEPS, x0=x0)
        D = run.distance[0]
        assert (run.distance <= lin.hb_distance(np.arange(STEPS + 1), p.kappa, D) * (1 + 1e-9) + 1e-12 * D).all()
    for kappa in KAPPAS:
        run = algorithms.hb(along_axis(kappa, kappa), steps=STEPS)
        clean = run.distance > 1e-9
        assert clean.sum() > 10
        assert run.distance[clean] == pytest.approx(lin.hb_distance(np.arange(STEPS + 1), kappa)[clean], rel=1e-6)


# ---- Algorithms 2 and 3


def check_against_the_principle(algorithm, look, show):
    """Run the unquantized method beside it and send what brings the server to its next point; messages alone cross."""
    for p in (draw(10.0, 1), problem("logistic")):
        q = quantizers.UniformScalar(32, p.dim)
        ranges = np.full(60, 3.0) * 0.9 ** np.arange(60)
        run = algorithm(p, q, steps=60, ranges=ranges, record="iterates")
        path = oracles.dq_momentum_method(
            lambda x, p=p: problems.gradient(p, x),
            lambda u, r, q=q: quantizers.quantize(q, u, r, outside="clip"),
            np.zeros(p.dim), run.stepsize, ranges, run.momentum, look * run.momentum,
        )  # fmt: skip
        path = oracles.looking(path, show * run.momentum)
        assert np.abs(run.iterates - path).mean() < 1e-9
        inputs, sent = replay(p, run)
        assert np.linalg.norm(inputs, axis=1) == pytest.approx(run.inputs, rel=1e-6, abs=1e-9)
        for t in range(20):  # what the server used is what a message carries
            wire = quantizers.send(q, inputs[t], ranges[t], outside="clip")
            assert wire.nbits == 5 * p.dim
            close = np.abs(quantizers.receive(q, wire, ranges[t]) - sent[t]) < 1e-9 * ranges[t]
            assert close.sum() >= p.dim - 1  # an input within rounding of a cell's edge may go either way


def test_algorithm_2_dq_agd():
    check_against_the_principle(algorithms.dq_agd, look=1, show=1)


def test_algorithm_3_dq_hb():
    check_against_the_principle(algorithms.dq_hb, look=0, show=0)


def trajectory_gaps(algorithm):
    """How far (98)-(99), respectively (125), are from holding, relative to the iterates: prescribed ranges and wrong ones."""
    plain_method = algorithms.agd if algorithm is algorithms.dq_agd else algorithms.hb
    for p, x0 in cases():
        plain = plain_method(p, steps=STEPS, x0=x0, record="iterates")
        linear, _ = thresholds(algorithm, p.kappa, math.sqrt(p.dim))
        for levels, ranges in [(round(2 ** (linear + 0.6)), None), (256, None), (3, np.full(STEPS, 5.0))]:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)
                q = quantizers.UniformScalar(levels, p.dim)
                run = algorithm(p, q, steps=STEPS, x0=x0, ranges=ranges, record="iterates")
            inputs, sent = replay(p, run)
            e = np.vstack([np.zeros((2, p.dim)), sent - inputs])  # e_{-2}, e_{-1}, e_0, ...
            size = np.abs(plain.iterates).max() + run.stepsize * np.abs(e).max()
            yield plain, run, run.stepsize * e[1:], run.stepsize * e[:-1], size


def test_lemma_B_4_dq_agd_trajectory():
    for plain, run, e, last, size in trajectory_gaps(algorithms.dq_agd):
        assert np.abs(descents(run) - (descents(plain) - e)).max() <= 1e-12 * size  # (98)
        lag = e + run.momentum * (e - last)
        assert np.abs(run.iterates - (plain.iterates - lag)).max() <= 1e-12 * size  # (99)
        assert np.abs(lag).max() > 1e-6 * size  # and it says something


def test_lemma_B_7_dq_hb_trajectory():
    for plain, run, e, _, size in trajectory_gaps(algorithms.dq_hb):
        assert np.abs(run.iterates - (plain.iterates - e)).max() <= 1e-12 * size  # (125)


# ---- dynamic ranges and errors


def test_equation_35_dynamic_ranges_of_dq_agd():
    """The run's ranges are the recursion, and the solution (121) with (118), (122), (123), or its limit where R = R_2."""
    for p, q, run in runs(algorithms.dq_agd):
        rate, rho, D = quantizers.rate(q), rho_of(q), run.distance[0]
        r, relative, gamma = run.ranges, quantizers.relative_radius(q), run.momentum
        path = lin.agd_distance(T, p.kappa, D) * p.L
        assert r[0] == pytest.approx(p.L * D * lin.agd_lambda(p.kappa))
        assert r[1] == pytest.approx(path[1] + relative * (1 + gamma) * r[0])
        assert r[2:] == pytest.approx(path[2:] + relative * (r[1:-1] + gamma * (r[1:-1] + r[:-2])), rel=1e-12)
        assert r == pytest.approx(lin.dq_agd_dynamic_range(T, p.kappa, rate, rho, p.L, D), rel=1e-9)
        assert r == pytest.approx(lin.momentum_dynamic_range(path, rate, rho, gamma), rel=1e-9)
        c0, plus, minus = lin.dq_agd_constants(p.kappa, rate, rho, p.L, D)
        sigma, (high, low) = lin.agd_contraction_factor(p.kappa), lin.momentum_roots(rate, rho, gamma)
        assert r == pytest.approx(sigma**T * c0 + high**T * plus + low**T * minus, rel=1e-6)
        assert plus == pytest.approx(-c0 * high**2 / sigma**2 * (sigma - low) / (high - low), rel=1e-9)  # as printed
        assert minus == pytest.approx(c0 * low**2 / sigma**2 * (sigma - high) / (high - low), rel=1e-9)


def test_equation_46_dynamic_ranges_of_dq_hb():
    for alpha in (None, 0.0, 1.5):
        for p, q, run in runs(algorithms.dq_hb, alpha=alpha):
            rate, rho, D = quantizers.rate(q), rho_of(q), run.distance[0]
            r, relative, gamma, sigma = run.ranges, quantizers.relative_radius(q), run.momentum, math.sqrt(run.momentum)
            growth = 1 + (1 + sigma) * T if alpha is None else (math.e * np.maximum(T, 1)) ** alpha * math.sqrt(2)
            path = sigma**T * growth * p.L * D
            assert r[:2] == pytest.approx([path[0], path[1] + relative * (1 + gamma) * path[0]])
            assert r[2:] == pytest.approx(path[2:] + relative * (r[1:-1] + gamma * (r[1:-1] + r[:-2])), rel=1e-12)
            assert r == pytest.approx(lin.dq_hb_dynamic_range(T, p.kappa, rate, rho, p.L, D, alpha), rel=1e-9)
            if alpha is not None:  # (150), with equality for alpha = 0
                bound = lin.dq_hb_dynamic_range_bound(T, p.kappa, rate, rho, alpha, p.L, D)
                assert (r <= bound * (1 + 1e-9)).all() and (alpha > 0 or r == pytest.approx(bound, rel=1e-9))
    p, q = draw(10.0, 0), quantizers.UniformScalar(32, N)
    with pytest.raises(ValueError, match="alpha"):
        algorithms.dq_hb(p, q, alpha=-0.5)


def check_errors(algorithm, bound):
    for p, q, run in runs(algorithm):
        rate, rho, D = quantizers.rate(q), rho_of(q), run.distance[0]
        inputs, sent = replay(p, run)
        errors, ok = np.linalg.norm(sent - inputs, axis=1), exact(run)
        assert (run.inputs <= run.ranges * (1 + 1e-9))[ok].all() and not run.outside[ok].any()
        assert (errors <= bound(T, p.kappa, rate, rho, p.L, D) * (1 + 1e-6) + 1e-11 * p.L * D)[ok].all()


def test_lemma_B_6_dq_agd_quantization_error():
    check_errors(algorithms.dq_agd, lin.dq_agd_error)


def test_lemma_B_9_dq_hb_quantization_error():
    check_errors(algorithms.dq_hb, lin.dq_hb_error)


def test_which_alpha():
    """On quadratics "there exists alpha > 0" of Lemma B.8 is alpha >= 1: 1 suffices for every kappa, no less does for any."""
    t = np.arange(200001)
    for kappa in [*KAPPAS, 1e6]:
        assert (lin.hb_distance(t[:500], kappa) <= lin.hb_distance(t[:500], kappa, alpha=1.0)).all()
        sigma = lin.hb_contraction_factor(kappa)
        for alpha in (0.0, 0.5, 0.9):  # their ratio, without sigma**t
            assert (1 + (1 + sigma) * t > (math.e * np.maximum(t, 1)) ** alpha * math.sqrt(2))[-1]


# ---- the theorems


def test_theorem_B_2_convergence_of_dq_agd():
    for p, q, run in runs(algorithms.dq_agd):
        t, D, rate, rho = np.arange(STEPS + 1), run.distance[0], quantizers.rate(q), rho_of(q)
        of_y = np.linalg.norm(descents(run) - p.minimiser, axis=1)
        bound = lin.dq_agd_y_distance(t, p.kappa, rate, rho, D)
        errors = run.stepsize * lin.dq_agd_error(t[:-1], p.kappa, rate, rho, p.L, D)
        assert bound[1:] == pytest.approx(lin.agd_y_distance(t[1:], p.kappa, D) + errors)  # (105)
        assert (of_y <= bound * (1 + 1e-9) + 1e-11 * D).all()
        assert (run.distance <= lin.dq_agd_distance(t, p.kappa, rate, rho, D) * (1 + 1e-9) + 1e-11 * D).all()
        if quantizers.relative_radius(q) <= 1:  # (124) as printed, with r_{t-1} for the bound on the error
            c0, plus, minus = lin.dq_agd_constants(p.kappa, rate, rho, p.L, D)
            sigma, (high, low) = lin.agd_contraction_factor(p.kappa), lin.momentum_roots(rate, rho, run.momentum)
            c = math.sqrt(p.kappa + 1) * D + c0 / p.L / sigma
            after = t[1:]
            printed = sigma**after * c + (high ** (after - 1) * plus + low ** (after - 1) * minus) / p.L
            assert (bound[1:] <= printed * (1 + 1e-6)).all()


def test_theorem_B_3_convergence_of_dq_hb():
    for alpha in (None, 1.5):
        for p, q, run in runs(algorithms.dq_hb, alpha=alpha):
            t, D = np.arange(STEPS + 1), run.distance[0]
            rate, rho = quantizers.rate(q), rho_of(q)
            bound = lin.dq_hb_distance(t, p.kappa, rate, rho, D, alpha)
            errors = run.stepsize * lin.dq_hb_error(t[:-1], p.kappa, rate, rho, p.L, D, alpha)
            assert bound[1:] == pytest.approx(lin.hb_distance(t[1:], p.kappa, D, alpha) + errors)  # (131)
            assert (run.distance <= bound * (1 + 1e-9) + 1e-11 * D).all()


def check_theorem(algorithm, ranges):
    """The measured factor is below what the finite bound allows at T, and that allowance tends to max(sigma, phi_plus)."""
    for p, q, run in runs(algorithm):
        rate, rho = quantizers.rate(q), rho_of(q)
        promised = factor(algorithm, p.kappa, rate, rho)
        late, later = 200, 300
        grown = ranges([late, later], p.kappa, rate, rho)
        polynomial = (later / late) ** (2 / 100)  # t**2 sigma**t for heavy ball at R_2, less elsewhere
        assert promised * (1 - 1e-6) <= (grown[1] / grown[0]) ** (1 / 100) <= promised * polynomial * (1 + 1e-6)
        last = int(np.flatnonzero(run.distance > 1e-10 * run.distance[0])[-1])
        if last == STEPS:
            allowance = (ranges([STEPS], p.kappa, rate, rho)[0] / promised**STEPS) ** (1 / STEPS)
            assert run.contraction_factor() <= promised * allowance + 1e-9


def test_theorem_III_2_contraction_factor():
    check_theorem(algorithms.dq_agd, lin.dq_agd_dynamic_range)


def test_theorem_III_3_contraction_factor_on_quadratics():
    check_theorem(algorithms.dq_hb, lin.dq_hb_dynamic_range)


class Outward(NamedTuple):
    """Every input is pushed away from 0 by the covering radius: no quantizer of this radius errs more, or worse."""

    dim: int
    radius: float


@quantizers.encode.register(Outward, compiled=False)
def _encode(quantizer, u, scale, rng, shared):
    return (u + quantizer.radius * scale * np.sign(u)).view(np.uint64)


@quantizers.decode.register(Outward, compiled=False)
def _decode(quantizer, codes, scale, shared):
    return codes.view(np.float64)


quantizers.alphabet.register(Outward, compiled=False)(lambda quantizer: 1 << 64)
quantizers.inside.register(Outward, compiled=False)(lambda quantizer, u, scale: bool(np.abs(u).max() <= scale))
quantizers.dynamic_range.register(Outward, compiled=False)(lambda quantizer: 1.0)
quantizers.covering_radius.register(Outward, compiled=False)(lambda quantizer: quantizer.radius)


def measured_factor(algorithm, kappa, relative):
    """How fast the error shrinks under the worst quantizer of relative radius rho', along one axis."""
    p = along_axis(kappa, kappa)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        run = algorithm(p, Outward(4, relative), steps=400)
    assert (run.inputs <= run.ranges * (1 + 1e-6))[run.distance[:-1] > 1e-6].all()
    ratio = run.distance / run.distance[0]
    last = int(np.flatnonzero((ratio > 1e-11) & (ratio < 1e11))[-1])
    return (run.distance[last] / run.distance[last // 2]) ** (1 / (last - last // 2))


@pytest.mark.parametrize("algorithm", QUANTIZED)
def test_phase_transitions_41_42_measured(algorithm):
    """On both sides of R_1 and R_2 (36), respectively (47), is what the worst quantizer of its covering radius attains."""
    for kappa in KAPPAS:
        linear, lossless = thresholds(algorithm, kappa, 2.0)
        sigma = factor(algorithm, kappa, 60.0, 2.0)
        for rate in (linear - 0.2, linear + 0.1, (linear + lossless) / 2, lossless - 0.1, lossless + 1.0):
            measured, promised = measured_factor(algorithm, kappa, 2 * 2.0**-rate), factor(algorithm, kappa, rate, 2.0)
            slow = algorithm is algorithms.dq_hb and rate > lossless - 0.2  # there t sigma**t, which takes its time
            assert promised * (1 - 1e-6) <= measured <= promised * (1.13 if slow else 1.01)
            assert (measured < 1) == (rate > linear)  # (41)
            assert (promised > sigma * (1 + 1e-9)) == (rate < lossless)  # (42)


def test_equations_37_38_113_roots():
    rates, gammas = np.linspace(0, 12, 25)[:, None], np.linspace(0, 0.99, 23)
    for rho in (1.0, 4.0):
        high, low = lin.momentum_roots(rates, rho, gammas)
        for root in (high, low):
            assert np.allclose(lin.momentum_polynomial(root, rates, rho, gammas), 0, atol=1e-12)
        assert (np.abs(low) <= high).all() and (low <= 0).all()  # "its positive, larger-magnitude root"
        relative = lin.quantization_error(1.0, rates, rho)
        printed = (1 + gammas) / 2 + np.sqrt((1 + gammas) ** 2 + 4 * gammas / relative) / 2
        assert np.allclose(lin.phi(rates, rho, gammas), printed, rtol=1e-12)
        assert np.allclose(relative * lin.phi(rates, rho, gammas), high, rtol=1e-12)
        assert (lin.phi(rates, rho, gammas) >= 1 - 1e-12).all()  # (2)
        assert np.allclose(lin.phi(rates, rho, 0.0), 1)  # DQ-GD


def test_equations_39_40_thresholds():
    for algorithm in QUANTIZED:
        for kappa in [*KAPPAS, 1000.0]:
            for rho in (1.0, 4.0):
                linear, lossless = thresholds(algorithm, kappa, rho)
                sigma = factor(algorithm, kappa, 60.0, rho)
                assert linear < lossless
                assert factor(algorithm, kappa, linear, rho) == pytest.approx(1.0)
                assert factor(algorithm, kappa, lossless, rho) == pytest.approx(sigma)
                assert factor(algorithm, kappa, lossless - 0.01, rho) > sigma * (1 + 1e-4)
    for kappa in KAPPAS:  # "Curiously": without momentum they are DQ-GD's
        sigma = lin.gd_contraction_factor(kappa)
        assert lin.momentum_linear_threshold(0.0, 4.0) == lin.dq_gd_linear_threshold(4.0)
        assert lin.momentum_lossless_threshold(sigma, 0.0, 4.0) == pytest.approx(
            lin.dq_gd_lossless_threshold(kappa, 4.0)
        )
    assert lin.dq_agd_lossless_threshold(1.0, 4.0) == math.inf


TABLE = {  # kappa: sigma of GD, AGD, HB; AGD on quadratics; R_1 of AGD, HB; R_2 of GD, AGD, HB
    2: (0.3333, 0.5412, 0.1716, 0.2929, 0.426, 0.083, 1.585, 1.460, 2.807),
    5: (0.6667, 0.7435, 0.3820, 0.5528, 0.819, 0.369, 0.585, 1.350, 2.000),
    10: (0.8182, 0.8269, 0.5195, 0.6838, 1.028, 0.623, 0.290, 1.377, 1.784),
    20: (0.9048, 0.8811, 0.6345, 0.7764, 1.182, 0.852, 0.144, 1.418, 1.683),
    100: (0.9802, 0.9487, 0.8182, 0.9000, 1.399, 1.226, 0.029, 1.499, 1.604),
}


def test_equations_33_34_45_table():
    for kappa, row in TABLE.items():
        ours = [
            lin.gd_contraction_factor(kappa), lin.agd_contraction_factor(kappa), lin.hb_contraction_factor(kappa),
            lin.agd_quadratic_contraction_factor(kappa), lin.dq_agd_linear_threshold(kappa, 1.0),
            lin.dq_hb_linear_threshold(kappa, 1.0), lin.dq_gd_lossless_threshold(kappa, 1.0),
            lin.dq_agd_lossless_threshold(kappa, 1.0), lin.dq_hb_lossless_threshold(kappa, 1.0),
        ]  # fmt: skip
        assert ours == pytest.approx(row, abs=6e-4)
        gamma, sigma = lin.agd_momentum(kappa), lin.agd_contraction_factor(kappa)
        assert lin.agd_lambda(kappa) == pytest.approx((1 + gamma + gamma / sigma) * math.sqrt(kappa + 1))  # (34)
    ash331, rho = 9.588364478, math.sqrt(104)
    assert [*thresholds(algorithms.dq_agd, ash331, rho)] == pytest.approx([4.3671, 4.7249], abs=5e-5)
    assert [*thresholds(algorithms.dq_hb, ash331, rho)] == pytest.approx([3.9579, 5.1434], abs=5e-5)
    assert lin.agd_contraction_factor(ash331) == pytest.approx(0.822834, abs=5e-7)
    assert lin.hb_contraction_factor(ash331) == pytest.approx(0.511779, abs=5e-7)


WIDE = 1 + np.logspace(-3, 6, 2000)


def test_dq_hb_has_the_largest_lossless_threshold():
    hb = lin.dq_hb_lossless_threshold(WIDE, 1.0)
    assert (hb > lin.dq_agd_lossless_threshold(WIDE, 1.0)).all() and (
        hb > lin.dq_gd_lossless_threshold(WIDE, 1.0)
    ).all()
    far = 1e12
    assert lin.dq_hb_lossless_threshold(far, 1.0) == pytest.approx(math.log2(3), abs=1e-4)
    assert lin.dq_agd_lossless_threshold(far, 1.0) == pytest.approx(math.log2(3), abs=1e-4)


def test_sigma_hb_is_the_smallest():
    hb = lin.hb_contraction_factor(WIDE)
    assert (hb < lin.agd_contraction_factor(WIDE)).all() and (hb < lin.gd_contraction_factor(WIDE)).all()


def test_crossing_of_the_lossless_thresholds():
    """R_2 of DQ-AGD is below that of DQ-GD where kappa < 2.1797523, "roughly 2.18"."""
    crossing = lin.dq_agd_dq_gd_crossing()
    assert crossing == pytest.approx(2.1797523, abs=5e-8)
    below = lin.dq_agd_lossless_threshold(WIDE, 1.0) < lin.dq_gd_lossless_threshold(WIDE, 1.0)
    assert np.array_equal(below, crossing > WIDE)


def test_dq_gd_is_best_in_the_transient_regime():
    """Where R > log2(rho_n) and rho' phi(n, R, gamma_HB) > sigma_GD: by the bounds for every kappa, and measured."""
    for rate in np.linspace(0.01, 6, 120):
        gd = lin.dq_gd_contraction_factor(WIDE, rate, 1.0)
        hb, agd = lin.dq_hb_contraction_factor(WIDE, rate, 1.0), lin.dq_agd_contraction_factor(WIDE, rate, 1.0)
        transient = 2**-rate * lin.phi(rate, 1.0, lin.hb_momentum(WIDE)) > lin.gd_contraction_factor(WIDE)
        assert (gd <= hb)[transient].all() and (gd <= agd)[transient].all()
        assert (hb <= gd)[~transient].all()  # and outside it DQ-HB is
    kappa, levels = 10.0, 5  # R = 2.32: 0.32 above log2(rho_n) = 2, and DQ-HB's R_1 is 2.62
    gaps = []
    for trial in range(20):
        p, x0 = draw(kappa, trial), dq.stream(trial, "x0").standard_normal(N)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            by_gd, *others = (
                f(p, quantizers.UniformScalar(levels, N), steps=80, x0=x0).contraction_factor()
                for f in (algorithms.dq_gd, *QUANTIZED)
            )
        gaps.append(np.array(others) - by_gd)
    assert (np.mean(gaps, axis=0) > 4 * np.std(gaps, axis=0) / math.sqrt(20)).all()


def test_dq_agd_follows_the_worst_case():
    """Section III-D: AGD itself is faster on least squares than sigma_AGD, at which DQ-AGD's ranges shrink."""
    for kappa in (10.0, 40.0):
        p, x0 = draw(kappa, 0), dq.stream(0, "x0").standard_normal(N)
        plain = algorithms.agd(p, steps=STEPS, x0=x0).contraction_factor()
        quantized = algorithms.dq_agd(p, quantizers.UniformScalar(256, N), steps=STEPS, x0=x0).contraction_factor()
        assert plain < lin.agd_quadratic_contraction_factor(kappa) * 1.03
        assert plain + 0.05 < quantized < lin.agd_contraction_factor(kappa) * 1.02


def test_measured_factors_on_real_least_squares():
    """ash331 where its file is, against the published simulation; a random matrix of the same condition number anywhere."""
    expected = {  # levels: DQ-HB with alpha = 0 at T = 40, DQ-AGD at T = 100; means over ten instances
        32: (0.587, 0.840), 64: (0.534, 0.825), 256: (0.531, 0.810), 1024: (0.531, 0.799),
    }  # fmt: skip
    p = problems.random_spectrum(9.588364478, dq.stream(0, "like ash331"), n=104, m=331)
    A = None
    if data.names().loc["ash331", "where"] != "to download":
        A = data.load("ash331").X.toarray()
        p, inverse = problems.LeastSquares.from_data(A, np.zeros(331)), np.linalg.pinv(A)
        assert p.kappa == pytest.approx(9.588364478, abs=1e-8)
    for levels, (by_hb, by_agd) in expected.items():
        q, hb, agd = quantizers.UniformScalar(levels, 104), [], []
        for trial in range(10):
            rng = dq.stream(trial, "ash331")
            y, x0 = rng.standard_normal(331), rng.standard_normal(104)
            if A is not None:
                p = p._replace(moment=A.T @ y, minimiser=inverse @ y, offset=0.5 * y @ y)
            hb.append(algorithms.dq_hb(p, q, steps=40, x0=x0, alpha=0.0).contraction_factor())
            agd.append(algorithms.dq_agd(p, q, steps=100, x0=x0).contraction_factor())
        tolerance = 0.03 if A is None else 0.008
        assert (np.mean(hb), np.mean(agd)) == pytest.approx((by_hb, by_agd), abs=tolerance)
