"""What is wrong or ambiguous in the printed text of Lin, Kostina and Hassibi, each with its number. See the page Errata."""

import math

import numpy as np
import pytest

import dqlab as dq
from dqlab import algorithms, problems, quantizers
from dqlab.quantizers.codebook import ball_covering_radius
from dqlab.theory import lin


def test_B3_ranges_start_at_zero():
    """ "t = 1, 2, ..." leaves r_1 of (22) and r_0 of (35) undefined; from t = 0 on the recursions have the solutions of the proofs."""
    p = problems.random_spectrum(10.0, dq.stream(0, "problem"), n=4)
    q = quantizers.UniformScalar(8, 4)
    rho, D = quantizers.relative_radius(q), float(np.linalg.norm(p.minimiser))
    sigma = lin.gd_contraction_factor(p.kappa)
    run = algorithms.dq_gd(p, q, steps=4)
    sums = [p.L * D * sum(sigma**s * rho ** (t - s) for s in range(t + 1)) for t in range(4)]
    assert run.ranges == pytest.approx(sums)
    assert run.ranges[1] == pytest.approx(sigma * p.L * D + rho * run.ranges[0])
    too_small = np.array([p.L * D, sigma * p.L * D, 0.0, 0.0])  # r_1 without the error of step 0
    assert run.ranges[1] > 1.1 * too_small[1]
    run = algorithms.dq_agd(p, q, steps=8)
    solution = lin.dq_agd_dynamic_range(np.arange(8), p.kappa, quantizers.rate(q), 2.0, p.L, D)  # (121)
    assert run.ranges == pytest.approx(solution) and 0 < run.inputs[0] <= run.ranges[0]
    assert run.ranges[0] == pytest.approx(lin.agd_lambda(p.kappa) * p.L * D)


def test_B6_equal_ratios():
    """(94) and (95) print L D (t + 1) where sigma = rho'; the geometric sum (93) is L D (t + 1) sigma**t."""
    sigma, t = lin.gd_contraction_factor(9.0), 20
    by_sum = sum(sigma**s * sigma ** (t - s) for s in range(t + 1))
    right = lin.dq_gd_dynamic_range(t, 9.0, math.log2(1 / sigma), 1.0)
    assert right == pytest.approx(by_sum)
    assert (t + 1) / by_sum == pytest.approx(86.7, abs=0.1)  # how much too large the printed value is


def test_B11_expansions_of_the_factors():
    """sigma_GD = 1 - 2/kappa and sigma_HB = 1 - 2/sqrt(kappa), not 1 - 1/kappa and 1 - 4/sqrt(kappa); sigma_AGD's is right."""
    root = np.array([1e2, 1e3, 1e4])
    expected = pytest.approx([1.980198, 1.998002, 1.9998], abs=1e-6)
    assert (1 - lin.gd_contraction_factor(root)) * root == expected
    assert (1 - lin.hb_contraction_factor(root**2)) * root == expected
    assert (1 - lin.agd_contraction_factor(root**2)) * root == pytest.approx(0.5, abs=2e-3)


def test_B12_abstract_on_naive_quantization():
    """The abstract's sigma_GD + rho_n 2**-R is exceeded by a run: (5) with its factor 2 kappa / (kappa + 1) is met exactly."""
    from .test_claims_lin import test_equation_28_is_tight

    test_equation_28_is_tight()
    relative = 1 / 8
    abstract = lin.gd_contraction_factor(3.0) + relative
    assert lin.nq_gd_contraction_factor(3.0, 3.0, 1.0) == 0.6875 > abstract == 0.625


def test_B14_distance_of_the_worst_case():
    """(155) prints >= D; with (15) it is = D, and every D can be had. (163)-(164) print a singular value for 1 - eta sigma_i**2."""
    for D in (0.1, 7.0):
        p = problems.worst_case_quadratic(np.ones(4), 5.0, 1.0, dq.stream(0, "worst"), distance=D)
        assert np.linalg.norm(np.ones(4) - p.minimiser) == pytest.approx(D, rel=1e-12)
    eta, x0 = 1.1 * lin.gd_stepsize(5.0, 1.0), np.ones(4)
    p = problems.worst_case_quadratic(x0, 5.0, 1.0, dq.stream(0, "worst"), stepsize=eta)
    assert np.linalg.norm(np.eye(4) - eta * p.gram, 2) == pytest.approx(5 / 6)
    away = algorithms.gd(p, steps=5, x0=x0, stepsize=eta, record="iterates").iterates - p.minimiser
    assert np.allclose(away[1:], -5 / 6 * away[:-1], atol=1e-12)


def test_N1_algorithm_5_starts_anywhere():
    """Line 1 of Algorithm 5 sets x_0 = 0; Lemma B.1 needs only that both descents start at the same point."""
    p = problems.random_spectrum(5.0, dq.stream(0, "problem"), n=4)
    etas = lin.gd_stepsize(p.L, p.mu) * np.linspace(0.5, 1.0, 30)
    q, x0 = quantizers.UniformScalar(64, 4), np.array([3.0, -1.0, 0.5, 2.0])
    run = algorithms.dq_gd(p, q, steps=30, x0=x0, stepsize=etas, record="iterates")
    plain = algorithms.gd(p, steps=30, x0=x0, stepsize=etas, record="iterates")
    last = np.linalg.norm(run.iterates[-1] - plain.iterates[-1])
    assert 0 < last <= etas[-1] * quantizers.relative_radius(q) * run.ranges[-1]


def test_N2_error_bound_below_the_threshold():
    """Where rho' > sigma_GD, (81) and the second case of (95) are too small by the factor rho' / sigma_GD."""
    kappa, rate, rho = 3.0, 1.0, 1.6  # sigma = 0.5 < rho' = 0.8
    sigma, relative = 0.5, 0.8
    t = np.arange(1, 60)
    by_sum = np.array([sum(sigma**s * relative ** (k - s) for s in range(k + 1)) for k in t])  # (93) with L = D = 1
    printed_95 = relative**t / (relative / sigma - 1)
    printed_81 = relative**t * sigma * relative / (relative - sigma)
    assert (by_sum[2:] > printed_95[2:]).all() and by_sum[-1] / printed_95[-1] == pytest.approx(1.6, abs=1e-3)
    assert (relative * by_sum[2:] > printed_81[2:]).all()
    assert (by_sum <= lin.dq_gd_dynamic_range_bound(t, kappa, rate, rho)).all()
    assert (relative * by_sum <= lin.dq_gd_error(t, kappa, rate, rho)).all()
    eta_L = 2 * kappa / (kappa + 1)  # and Theorem B.1 stands: sigma^t + eta |e_{t-1}| is below (96)
    assert (sigma ** (t[1:]) + eta_L * relative * by_sum[:-1] <= lin.dq_gd_distance(t[1:], kappa, rate, rho)).all()


def test_N3_rogers_needs_a_fixed_rate():
    """One point at the centre has covering efficiency 1 in every dimension: without a rate the statement says nothing."""
    for dim in (1, 2, 5):
        assert ball_covering_radius(np.zeros((1, dim))) == pytest.approx(1.0)  # so rho = 1**(1/n) * 1 / 1
