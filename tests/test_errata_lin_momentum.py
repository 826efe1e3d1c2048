"""What is wrong or ambiguous in the printed text of Lin, Kostina and Hassibi on momentum. See the page Errata."""

import math
import warnings

import numpy as np
import pytest

import dqlab as dq
from dqlab import algorithms, problems, quantizers
from dqlab.theory import lin

from .test_claims_lin_momentum import replay

KAPPA = 10.0


def recursion(path, relative, gamma):
    """r_t = path_t + rho' (r_{t-1} + gamma (r_{t-1} + r_{t-2})) from t = 0 and r_{-1} = r_{-2} = 0, step by step."""
    r = [0.0, 0.0]
    for forced in path:
        r.append(forced + relative * (r[-1] + gamma * (r[-1] + r[-2])))
    return np.array(r[2:])


def test_B2_hessian_in_the_first_block():
    """(135): the Hessian belongs to the (1,1) block, and it must be the averaged one."""
    p = problems.random_spectrum(KAPPA, dq.stream(0, "problem"), n=4)
    run = algorithms.hb(p, steps=2, record="iterates")
    x = run.iterates - p.minimiser
    gamma, eta, identity = run.momentum, run.stepsize, np.eye(4)
    pair = np.concatenate([x[1], x[0]])
    right = np.block([[(1 + gamma) * identity - eta * p.gram, -gamma * identity], [identity, 0 * identity]])
    printed = np.block([[(1 + gamma) * identity, -gamma * identity - eta * p.gram], [identity, 0 * identity]])
    assert np.allclose((right @ pair)[:4], x[2], atol=1e-13)
    assert np.linalg.norm((printed @ pair)[:4] - x[2]) > 0.1 * np.linalg.norm(x[2])
    # f(x) = sum_i x_i**2 / 2 + log cosh x_i, mu = 1 and L = 2, at (1, 5): where on the segment to the minimiser 0 is
    # each second derivative 1 + 1 / cosh**2 equal to its average 1 + tanh(x) / x? Not at one place.
    at = np.array([1.0, 5.0])
    share = np.arccosh(np.sqrt(at / np.tanh(at))) / at
    assert 1 + 1 / np.cosh(share * at) ** 2 == pytest.approx(1 + np.tanh(at) / at)
    assert share == pytest.approx([0.5338, 0.2887], abs=1e-4)


def test_B4_power_of_zero():
    """t**alpha at t = 0: (132) says |x_0 - x*| <= 0, (46) says r_0 = 0; with max(t, 1) both are bounds."""
    alpha, D = 1.0, 2.0
    assert 0.0**alpha * math.e**alpha * math.sqrt(2) * D == 0 < D <= lin.hb_distance(0, KAPPA, D, alpha)
    p, q = problems.random_spectrum(KAPPA, dq.stream(0, "problem"), n=4), quantizers.UniformScalar(64, 4)
    run = algorithms.dq_hb(p, q, alpha=alpha, steps=20)
    assert 0 < run.inputs[0] <= run.ranges[0] and (run.inputs <= run.ranges).all()
    with pytest.raises(ValueError, match="ranges"):
        algorithms.dq_hb(p, q, steps=20, ranges=np.concatenate([[0.0], run.ranges[1:]]))


def test_B5_ranges_with_alpha_0():
    """The paper's experiments set alpha = 0; then inputs leave their ranges."""
    q, counts = quantizers.UniformScalar(1024, 16), []
    for trial in range(20):
        p = problems.random_spectrum(KAPPA, dq.stream(trial, "problem"), n=16)
        x0 = dq.stream(trial, "x0").standard_normal(16)
        with_zero, exact = (algorithms.dq_hb(p, q, steps=35, x0=x0, alpha=a) for a in (0.0, None))
        counts.append(int((with_zero.inputs > with_zero.ranges * (1 + 1e-9)).sum()))
        assert (exact.inputs <= exact.ranges * (1 + 1e-9)).all()
        assert with_zero.contraction_factor() < 0.6  # and it converges all the same
    assert 300 < sum(counts) < 600  # of 700


def along_the_eigenvector_of_L():
    """Heavy ball's worst quadratic: all of the error, at x0 = 0, belongs to the eigenvalue L."""
    return problems.LeastSquares.from_data(np.diag(np.sqrt([KAPPA, 1.0])), [math.sqrt(KAPPA), 0.0])


def test_N6_alpha_0_need_not_converge():
    """With alpha = 0 the ranges fall like sigma**t and the input like t sigma**t: the server is left behind, at every rate."""
    p = along_the_eigenvector_of_L()
    for bits, stays_at in [(6, 0.00270), (10, 0.00690), (30, 0.00739)]:
        q = quantizers.UniformScalar(1 << bits, 2)
        run = algorithms.dq_hb(p, q, steps=400, alpha=0.0)
        assert not run.outside[0] and run.outside[1]
        assert run.inputs[1] / run.ranges[1] == pytest.approx(
            (2 + lin.hb_contraction_factor(KAPPA)) / math.sqrt(2), rel=0.1
        )
        assert run.distance[[100, 200, 400]] == pytest.approx(3 * [stays_at], abs=1e-5)
        for alpha in (1.0, None):  # alpha = 1 is enough for every quadratic
            run = algorithms.dq_hb(p, q, steps=400, alpha=alpha)
            assert run.distance[-1] < 1e-12 and (run.inputs <= run.ranges * (1 + 1e-9))[:30].all()


def test_B7_error_against_range():
    """(112) and (145) print the solution for r_t as a bound on |e_t| <= rho' r_t; where rho' > 1 an error exceeds it."""
    p, q = problems.random_spectrum(KAPPA, dq.stream(0, "problem"), n=16), quantizers.UniformScalar(2, 16)
    for algorithm, r_0 in [
        (algorithms.dq_agd, lin.dq_agd_dynamic_range(0, KAPPA, 1.0, 4.0, p.L, 1.0)),
        (algorithms.dq_hb, lin.dq_hb_dynamic_range(0, KAPPA, 1.0, 4.0, p.L, 1.0)),
    ]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            run = algorithm(p, q, steps=1, x0=p.minimiser, D=1.0, record="iterates")  # u_0 = 0: the corner of a cell
        inputs, sent = replay(p, run)
        assert run.ranges[0] == pytest.approx(r_0)
        assert np.linalg.norm(sent[0] - inputs[0]) == pytest.approx(2 * r_0)  # rho' = 2


def test_B8_primes_in_149():
    """(149) has r_{t-2} for r'_{t-2}: with it the recursion is not (35) up to constants, and (145) does not solve it."""
    rate, rho, alpha, t = 4.0, 4.0, 2.0, np.arange(40)
    gamma, sigma, relative = lin.hb_momentum(KAPPA), lin.hb_contraction_factor(KAPPA), rho * 2**-rate
    path = sigma**t * math.e**alpha * math.sqrt(2)
    closed = lin.dq_hb_dynamic_range_bound(t, KAPPA, rate, rho, alpha) / np.maximum(t, 1) ** alpha
    assert recursion(path, relative, gamma) == pytest.approx(closed, rel=1e-12)
    r = np.concatenate([[0, 0], lin.dq_hb_dynamic_range(t, KAPPA, rate, rho, alpha=alpha)])
    printed = [0.0]
    for k in t:
        printed.append(path[k] + relative * (printed[-1] + gamma * (printed[-1] + r[k])))
    assert printed[-1] / closed[-1] > 100


def test_B9_resonance():
    """At R = R_2 exactly p(sigma) = 0, so (118) divides by zero; the solution there has the term t sigma**t."""
    rho = 4.0
    rate, t = lin.dq_agd_lossless_threshold(KAPPA, rho), np.arange(400)
    sigma, gamma = lin.agd_contraction_factor(KAPPA), lin.agd_momentum(KAPPA)
    assert abs(lin.momentum_polynomial(sigma, rate, rho, gamma)) < 1e-15
    by_steps = recursion(lin.agd_distance(t, KAPPA), rho * 2**-rate, gamma)
    assert lin.dq_agd_dynamic_range(t, KAPPA, rate, rho) == pytest.approx(by_steps, rel=1e-9)
    high, low = lin.momentum_roots(rate, rho, gamma)
    slope = lin.agd_lambda(KAPPA) * sigma / (high - low)  # of r_t / sigma**t: lambda sigma / p'(sigma)
    assert np.diff(by_steps / sigma**t)[-1] == pytest.approx(slope, rel=1e-9)
    assert abs(lin.dq_agd_constants(KAPPA, rate, rho)[0]) > 1e13


def test_B10_crossing_of_the_factors():
    """sigma_AGD < sigma_GD from kappa = 11.444525 on, not from "roughly 11.83" on."""
    crossing = lin.agd_gd_crossing()
    assert crossing == pytest.approx(11.4445250, abs=5e-8)
    assert 4 * crossing**1.5 == pytest.approx((crossing + 1) ** 2)
    assert lin.agd_contraction_factor(crossing) == pytest.approx(lin.gd_contraction_factor(crossing), rel=1e-12)
    kappa = np.linspace(1.01, 200, 5000)
    assert np.array_equal(lin.agd_contraction_factor(kappa) < lin.gd_contraction_factor(kappa), kappa > crossing)
    assert lin.gd_contraction_factor(11.83) - lin.agd_contraction_factor(11.83) == pytest.approx(0.00194, abs=1e-5)


def test_B20_slips_of_the_pen():
    """Algorithms 2 and 3 share Line 5 and differ in Line 4; DQ-HB behaves like DQ-GD and DQ-AGD, not itself; two symbols have
    two meanings each; and the broken sentence on interpolation cannot end as it begins.
    """
    p, q = problems.random_spectrum(KAPPA, dq.stream(0, "problem"), n=8), quantizers.UniformScalar(32, 8)
    run, plain = (f(steps=12) for f in (lambda **k: algorithms.dq_hb(p, q, record="iterates", **k),
                                        lambda **k: algorithms.hb(p, record="iterates", **k)))  # fmt: skip
    inputs, sent = replay(p, run)
    e = np.vstack([np.zeros((2, 8)), sent - inputs])
    own, other = run.stepsize * e[1:], run.stepsize * (e[1:] + run.momentum * (e[1:] - e[:-1]))
    assert np.allclose(run.iterates + own, plain.iterates, atol=1e-12)  # Line 4 of Algorithm 3 finds the point of HB
    assert np.abs(run.iterates + other - plain.iterates).max() > 1e-3  # that of Algorithm 2 does not
    sigma = lin.gd_contraction_factor(KAPPA)
    assert lin.momentum_linear_threshold(0.0, 2.0) == lin.dq_gd_linear_threshold(2.0)
    assert lin.momentum_lossless_threshold(sigma, 0.0, 2.0) == pytest.approx(lin.dq_gd_lossless_threshold(KAPPA, 2.0))
    check_two_meanings_of_R()
    check_interpolation_by_many_unknowns()


def check_two_meanings_of_R():
    """R_1, R_2 are thresholds in (39)-(40), and rates of workers 1 and 2 in (60)."""
    thresholds = lin.dq_gd_linear_threshold(4.0), lin.dq_gd_lossless_threshold(9.0, 4.0)
    rates, _ = lin.waterfilling([8.0, 2.0], 6.0)
    assert thresholds == pytest.approx((2.0, 2.3219), abs=1e-4) and rates.tolist() == [4.0, 2.0]


def check_interpolation_by_many_unknowns():
    """Over-parametrization implies interpolation, but then least squares has mu_k = 0, against assumption (ii)."""
    rng = dq.stream(0, "B20")
    parts = [(rng.standard_normal((3, 12)), rng.standard_normal(3)) for _ in range(4)]  # 12 rows in all, 12 unknowns
    A, y = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    x = np.linalg.solve(A, y)
    assert max(float(np.abs(part @ x - b).max()) for part, b in parts) < 1e-11  # one x minimises every f_k
    for part, b in parts:
        assert np.linalg.eigvalsh(part.T @ part)[0] < 1e-12
        with pytest.raises(ValueError, match="mu = 0"):
            problems.LeastSquares.from_data(part, b)


def constants(kappa, relative, L, D):
    """(sigma, phi_plus, phi_minus, c_0, c_plus, c_minus) for heavy ball with alpha = 0, as Lemma B.9 prints them."""
    rate, sigma, gamma = -math.log2(relative), lin.hb_contraction_factor(kappa), lin.hb_momentum(kappa)
    high, low = lin.momentum_roots(rate, 1.0, gamma)
    c0 = sigma**2 / lin.momentum_polynomial(sigma, rate, 1.0, gamma) * math.sqrt(2) * L * D
    plus = -c0 * high**2 / sigma**2 * (sigma - low) / (high - low)
    minus = c0 * low**2 / sigma**2 * (sigma - high) / (high - low)
    return sigma, high, low, c0, plus, minus


def test_N4_stepsize_in_153():
    """(153) lacks eta before c_plus and c_minus. With L = 0.1 its right side is below |x_t - x*| + eta |e_{t-1}| by far."""
    kappa, L, D, relative = KAPPA, 0.1, 1.0, 0.7
    eta = lin.hb_stepsize(L, L / kappa)
    sigma, high, low, c0, plus, minus = constants(kappa, relative, L, D)
    c = math.sqrt(2) * D + eta * c0 / sigma
    t = np.arange(1, 60)
    printed = sigma**t * c + high ** (t - 1) * plus + low ** (t - 1) * minus
    corrected = sigma**t * c + eta * (high ** (t - 1) * plus + low ** (t - 1) * minus)
    ranges = lin.dq_hb_dynamic_range(t - 1, kappa, -math.log2(relative), 1.0, L, D, alpha=0.0)
    assert corrected == pytest.approx(sigma**t * math.sqrt(2) * D + eta * ranges, rel=1e-9)
    assert corrected[-1] / printed[-1] == pytest.approx(eta, rel=1e-6) and eta == pytest.approx(23.0886, abs=1e-4)
    assert (printed < 0).any()  # no bound on a distance at all


def test_N5_sign_of_c_minus():
    """After (124): c_minus <= 0 where R < R_2. It is >= 0 at every rate, because the two signs that change cancel."""
    for kappa in (2.0, 10.0, 100.0):
        edge = lin.dq_agd_lossless_threshold(kappa, 4.0)
        for rate in (edge - 1, edge - 0.1, edge + 0.1, edge + 1):
            c0, plus, minus = lin.dq_agd_constants(kappa, rate, 4.0)
            assert (c0 > 0) == (rate > edge) and (plus < 0) == (rate > edge) and minus > 0
    c0, plus, minus = lin.dq_agd_constants(KAPPA, 2.0, 4.0)
    assert [c0, plus, minus] == pytest.approx([-4.459501, 11.330485, 0.252239], abs=1e-6)
