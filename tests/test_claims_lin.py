"""Every numbered statement of Lin, Kostina and Hassibi on gradient descent, held against measurements.

Problems are drawn anew for every claim: random spectra with kappa on both sides of where the thresholds move, a worst case,
and a logistic regression. Rates lie below, between and above the thresholds.
"""

import math
import warnings

import numpy as np
import pytest

import dqlab as dq
from dqlab import algorithms, problems, quantizers
from dqlab.theory import lin

from . import oracles
from .examples import problem

KAPPAS = [2.0, 5.0, 10.0, 40.0]
N = 16
STEPS = 120


def draw(kappa, trial):
    return problems.random_spectrum(kappa, dq.stream(trial, "claims", "problem"), n=N)


def cases():
    """(problem, x0): four condition numbers, three instances each, and one that is no quadratic."""
    for kappa in KAPPAS:
        for trial in range(3):
            yield draw(kappa, trial), dq.stream(trial, "claims", "x0").standard_normal(N)
    logistic = problem("logistic")
    yield logistic, np.full(logistic.dim, 2.0)


def rates(kappa, rho):
    """Levels per coordinate: below the linear threshold, between the two, at the lossless one, and well above."""
    linear, lossless = lin.dq_gd_linear_threshold(rho), lin.dq_gd_lossless_threshold(kappa, rho)
    wanted = [linear - 0.4, (linear + lossless) / 2, lossless, lossless + 1, lossless + 4]
    return sorted({max(2, round(2**rate)) for rate in wanted})


def runs(algorithm, **options):
    """(problem, quantizer, x0, run) over the cases and rates; below a threshold the warning is expected."""
    for p, x0 in cases():
        for levels in rates(p.kappa, math.sqrt(p.dim)):
            q = quantizers.UniformScalar(levels, p.dim)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)
                yield p, q, x0, algorithm(p, q, steps=STEPS, x0=x0, **options)


def exact(run):
    """Steps at which rounding is far away."""
    return run.distance[1:] > 1e-11 * run.distance[0]


def rho_of(q):
    return quantizers.covering_efficiency(q)


# ---- Section I: the contraction factor, Figure 1


def test_definition_1_contraction_factor():
    """The empirical factor is (|x_T - x*| / |x_0 - x*|)**(1/T), and it tends to the rate of the slowest mode."""
    p = draw(10.0, 0)
    run = algorithms.gd(p, steps=100, x0=np.ones(N), record="iterates")
    by_hand = np.linalg.norm(run.iterates[-1] - p.minimiser) / np.linalg.norm(run.iterates[0] - p.minimiser)
    assert run.contraction_factor() == pytest.approx(by_hand ** (1 / 100), rel=1e-9)
    worst = problems.worst_case_quadratic(np.ones(N), 10.0, 1.0, dq.stream(0, "worst"))
    assert algorithms.gd(worst, steps=100, x0=np.ones(N)).contraction_factor() == pytest.approx(9 / 11, rel=1e-7)


def test_figure_1_only_messages_cross():
    """Worker and server apart: the server rebuilds every iterate of DQ-GD from message bytes alone."""
    p, q = draw(10.0, 0), quantizers.UniformScalar(16, N)
    run = algorithms.dq_gd(p, q, steps=30, record="iterates")
    server, error = np.zeros(N), np.zeros(N)
    for t in range(30):
        u = problems.gradient(p, server + run.stepsize * error) - error
        wire = quantizers.send(q, u, run.ranges[t])
        data, nbits = wire.to_bytes(), wire.nbits  # the worker's side ends here
        received = quantizers.receive(q, dq.bits.Message.from_bytes(data, nbits), run.ranges[t])
        server = server - run.stepsize * received
        error = quantizers.quantize(q, u, run.ranges[t]) - u
        assert nbits == 4 * N
        assert np.allclose(server, run.iterates[t + 1], rtol=1e-12, atol=1e-13)
    assert run.bits[-1] == 30 * 4 * N


# ---- Section II: quantizers


def test_equation_6_number_of_points():
    for q in (quantizers.UniformScalar(3, 4), quantizers.Codebook.hexagonal(12)):
        side = np.linspace(-1, 1, 25 if q.dim == 2 else 7)  # in each direction some point of every cell
        cube = np.array(np.meshgrid(*[side] * q.dim)).reshape(q.dim, -1).T
        seen = {quantizers.quantize(q, u, outside="clip").tobytes() for u in cube}
        assert len(seen) <= quantizers.points(q) and quantizers.rate(q) == pytest.approx(
            math.log2(quantizers.points(q)) / q.dim
        )
        if isinstance(q, quantizers.UniformScalar):
            assert len(seen) == quantizers.points(q) == 81


def test_equation_7_scaling():
    q, u = quantizers.UniformScalar(5, 3), np.array([0.1, -0.9, 0.4])
    for r in (0.25, 2.0, 1024.0):
        assert np.array_equal(quantizers.quantize(q, r * u, r), r * quantizers.quantize(q, u))


def test_equations_17_to_19_geometry():
    for levels, dim in [(2, 2), (5, 3), (8, 2)]:
        q = quantizers.UniformScalar(levels, dim)
        assert quantizers.search_covering_radius(q, starts=12) == pytest.approx(quantizers.covering_radius(q), rel=5e-3)
        assert quantizers.covering_efficiency(q) == pytest.approx(math.sqrt(dim))
    for q in (quantizers.Codebook([[-0.5], [0.5]]), quantizers.Codebook.hexagonal(19)):
        assert quantizers.covering_efficiency(q) >= 1 - 1e-9  # "rho(q) >= 1 for any quantizer"
    assert quantizers.covering_efficiency(quantizers.Codebook([[-0.5], [0.5]])) == 1  # and reached in one dimension


def test_equation_26_error_in_the_ball():
    rng = dq.stream(0, "ball")
    for q in (quantizers.UniformScalar(7, 9), quantizers.Codebook.hexagonal(19)):
        for r in (0.01, 3.0):
            bound = lin.quantization_error(r, quantizers.rate(q), rho_of(q)) * (1 + 1e-9)
            for u in rng.standard_normal((200, q.dim)):
                u *= r / np.linalg.norm(u)
                assert np.linalg.norm(quantizers.quantize(q, u, r) - u) <= bound


# ---- gradient descent


def test_equations_13_to_16_the_class():
    """L and mu of every problem are certified on pairs of points, and none larger or smaller would do for a quadratic."""
    for p, x0 in cases():
        seen = p.certify(dq.stream(0, "class"))
        assert seen["gradient_at_minimiser"] < 1e-10
        assert p.mu * (1 - 1e-9) <= seen["least_curvature"] <= seen["greatest_curvature"] <= p.L * (1 + 1e-9)
        assert p.kappa == p.L / p.mu >= 1
        assert algorithms.gd(p, steps=1, x0=x0).distance[0] == pytest.approx(np.linalg.norm(x0 - p.minimiser))  # D
    curvatures = np.linalg.eigvalsh(draw(10.0, 0).gram)
    assert curvatures[-1] == pytest.approx(draw(10.0, 0).L) and curvatures[0] == pytest.approx(draw(10.0, 0).mu)


def test_equation_29_least_squares():
    rng = dq.stream(0, "least squares")
    A, y, x = rng.standard_normal((30, N)), rng.standard_normal(30), rng.standard_normal(N)
    p = problems.LeastSquares.from_data(A, y)
    assert problems.value(p, x) == pytest.approx(0.5 * float(((y - A @ x) ** 2).sum()), rel=1e-12)
    assert np.allclose(problems.gradient(p, x), A.T @ (A @ x - y), rtol=1e-11, atol=1e-12)
    singular = np.linalg.svd(A, compute_uv=False)
    assert p.L == pytest.approx(singular[0] ** 2) and p.mu == pytest.approx(singular[-1] ** 2)
    assert np.allclose(p.minimiser, np.linalg.lstsq(A, y, rcond=None)[0])


def test_equations_8_20_21_gradient_descent():
    for p, x0 in cases():
        run = algorithms.gd(p, steps=STEPS, x0=x0, record="iterates")
        assert run.stepsize == lin.gd_stepsize(p.L, p.mu)
        expected = oracles.gradient_descent(lambda x, p=p: problems.gradient(p, x), x0, np.full(STEPS, run.stepsize))
        assert np.allclose(run.iterates, expected, rtol=1e-10, atol=1e-12)
        assert lin.step_contraction(run.stepsize, p.L, p.mu) == pytest.approx(lin.gd_contraction_factor(p.kappa))
        for other in (0.9, 1.1):  # no other step size has a smaller worst case
            assert lin.step_contraction(other * run.stepsize, p.L, p.mu) > lin.gd_contraction_factor(p.kappa)


def test_lemma_B_2_convergence_of_gd():
    for p, x0 in cases():
        run = algorithms.gd(p, steps=STEPS, x0=x0)
        bound = lin.gd_distance(np.arange(STEPS + 1), p.kappa, run.distance[0])
        assert (run.distance <= bound * (1 + 1e-9) + 1e-13 * run.distance[0]).all()


def test_lemma_C_1_worst_case_of_gd():
    """Equality at the optimal step size; for any other one, the instance made for it contracts no faster."""
    for kappa in KAPPAS:
        x0 = dq.stream(0, "x0").standard_normal(N)
        for factor in (0.3, 1.0, 1.2):
            eta = factor * lin.gd_stepsize(kappa, 1.0)
            p = problems.worst_case_quadratic(
                x0, kappa, 1.0, dq.stream(1, "worst"), stepsize=eta, distance=3.0, m=2 * N
            )
            run = algorithms.gd(p, steps=40, x0=x0, stepsize=eta)
            ratio = run.distance[1:] / run.distance[:-1]
            clean = run.distance[1:] > 1e-9
            assert run.distance[0] == pytest.approx(3.0)
            assert np.allclose(ratio[clean], lin.step_contraction(eta, kappa, 1.0), rtol=1e-6)
            assert (ratio[clean] >= lin.gd_contraction_factor(kappa) * (1 - 1e-6)).all()
            assert np.linalg.eigvalsh(p.gram)[[0, -1]] == pytest.approx([1.0, kappa])


# ---- DQ-GD


def test_algorithm_1_dq_gd():
    """Against the principle instead of the box: run GD beside it and send what brings the server to GD's next point."""
    p, q = draw(10.0, 1), quantizers.UniformScalar(16, N)
    run = algorithms.dq_gd(p, q, steps=60, record="iterates")
    expected = oracles.dq_gradient_descent(
        lambda x: problems.gradient(p, x),
        lambda u, r: quantizers.quantize(q, u, r, outside="clip"),
        np.zeros(N),
        np.full(60, run.stepsize),
        run.ranges,
    )
    assert np.abs(run.iterates - expected).mean() < 1e-9


def varying(p):
    """Step sizes that alternate around the best one."""
    return lin.gd_stepsize(p.L, p.mu) * (1 + 0.15 * (-1.0) ** np.arange(STEPS))


def test_algorithm_5_varying_stepsizes():
    for p, x0 in cases():
        q = quantizers.UniformScalar(64, p.dim)
        etas = varying(p)
        run = algorithms.dq_gd(p, q, steps=STEPS, x0=x0, stepsize=etas, record="iterates")
        plain = algorithms.gd(p, steps=STEPS, x0=x0, stepsize=etas, record="iterates")
        error = np.linalg.norm(run.iterates - plain.iterates, axis=1)[1:]
        rho = quantizers.relative_radius(q)
        assert (error <= etas * rho * run.ranges * (1 + 1e-9) + 1e-12).all()
        assert (run.inputs <= run.ranges * (1 + 1e-9))[exact(run)].all()


def errors_of(p, q, run):
    """e_t of a DQ-GD run, recomputed from its iterates: q_t = (x_t - x_{t+1}) / eta, u_t from Line 5."""
    eta = np.broadcast_to(run.stepsize, run.steps)
    errors, e, before = [], np.zeros(p.dim), 0.0
    for t in range(run.steps):
        x = run.iterates[t]
        u = problems.gradient(p, x + before * e) - before / eta[t] * e
        e, before = (x - run.iterates[t + 1]) / eta[t] - u, eta[t]
        errors.append(e)
    return np.array(errors)


@pytest.mark.parametrize("stepsizes", ["constant", "varying"])
def test_lemma_B_1_dq_gd_trajectory(stepsizes):
    """x^_t = x_t - eta_{t-1} e_{t-1}, whatever the quantizer: fine, coarse, a codebook, or one that is wrong on purpose."""
    for p, x0 in cases():
        etas = varying(p) if stepsizes == "varying" else None
        plain = algorithms.gd(p, steps=STEPS, x0=x0, stepsize=etas, record="iterates")
        for levels in (2, 3, 64):
            q = quantizers.UniformScalar(levels, p.dim)
            fixed = np.full(STEPS, 0.37)  # ranges that no theorem asks for
            run = algorithms.dq_gd(p, q, steps=STEPS, x0=x0, stepsize=etas, ranges=fixed, record="iterates")
            eta = np.broadcast_to(run.stepsize, STEPS)[:, None]
            e = errors_of(p, q, run)
            gap = np.abs(run.iterates[1:] - plain.iterates[1:] + eta * e).max()
            scale = np.abs(run.iterates).max() + np.abs(plain.iterates).max()
            assert gap <= 1e-9 * scale


def test_lemma_B_3_quantization_error():
    for p, q, _, run in runs(algorithms.dq_gd, record="iterates"):
        rate, rho, D = quantizers.rate(q), rho_of(q), run.distance[0]
        t = np.arange(STEPS)
        errors = np.linalg.norm(errors_of(p, q, run), axis=1)
        own = lin.quantization_error(run.ranges, rate, rho)
        closed = lin.dq_gd_error(t, p.kappa, rate, rho, p.L, D)
        ok = exact(run)
        assert (run.inputs <= run.ranges * (1 + 1e-9))[ok].all()  # (83)
        assert (errors <= own * (1 + 1e-6) + 1e-11 * p.L * D)[ok].all()  # (80)
        assert (own <= closed * (1 + 1e-9)).all()  # (81)


def test_equations_22_93_to_95_dynamic_ranges():
    for p, q, _, run in runs(algorithms.dq_gd):
        rate, rho, D, t = quantizers.rate(q), rho_of(q), run.distance[0], np.arange(STEPS)
        assert run.ranges[0] == pytest.approx(p.L * D)
        assert run.ranges == pytest.approx(lin.dq_gd_dynamic_range(t, p.kappa, rate, rho, p.L, D), rel=1e-9)
        assert (run.ranges <= lin.dq_gd_dynamic_range_bound(t, p.kappa, rate, rho, p.L, D) * (1 + 1e-9)).all()
    sigma = lin.gd_contraction_factor(9.0)  # the case of equality: rho' = sigma
    rate = math.log2(1 / sigma)
    assert lin.dq_gd_dynamic_range(7, 9.0, rate, 1.0) == pytest.approx(8 * sigma**7)
    assert lin.dq_gd_dynamic_range(7, 9.0, rate + 1e-7, 1.0) == pytest.approx(8 * sigma**7, rel=1e-5)


def test_theorem_B_1_convergence_of_dq_gd():
    for p, q, _, run in runs(algorithms.dq_gd):
        bound = lin.dq_gd_distance(np.arange(STEPS + 1), p.kappa, quantizers.rate(q), rho_of(q), run.distance[0])
        assert (run.distance <= bound * (1 + 1e-9) + 1e-12 * run.distance[0]).all()


def test_theorem_III_1_contraction_factor():
    """Below (23) up to the O(1/T) of Theorem B.1 in every run, and equal to GD's own factor above the lossless threshold."""
    for p, q, x0, run in runs(algorithms.dq_gd):
        rate, rho = quantizers.rate(q), rho_of(q)
        bound = lin.dq_gd_contraction_factor(p.kappa, rate, rho)
        allowance = (1 + 2 * p.kappa / (p.kappa + 1) * lin.dq_gd_b(STEPS, p.kappa, rate, rho)) ** (1 / STEPS)
        if bound < 0.75:  # then the floor of rounding ends the run early, and the allowance is over fewer steps
            continue
        assert run.contraction_factor() <= bound * allowance + 1e-9
        if rate > lin.dq_gd_lossless_threshold(p.kappa, rho) + 2:
            gd = algorithms.gd(p, steps=STEPS, x0=x0).contraction_factor()
            assert run.contraction_factor() == pytest.approx(gd, abs=0.02)


def test_theorem_III_1_is_tight_at_the_worst_case():
    """On the instance of Lemma C.1 with a fine quantizer the factor of DQ-GD is sigma_GD, neither less nor more."""
    for kappa in KAPPAS:
        x0 = dq.stream(0, "x0").standard_normal(N)
        p = problems.worst_case_quadratic(x0, kappa, 1.0, dq.stream(1, "worst"))
        steps = int(math.log(1e-9) / math.log(lin.gd_contraction_factor(kappa)))
        run = algorithms.dq_gd(p, quantizers.UniformScalar(1 << 12, N), x0=x0, steps=steps)
        assert run.contraction_factor() == pytest.approx(lin.gd_contraction_factor(kappa), rel=2e-3)


def test_thresholds_of_dq_gd():
    for kappa in KAPPAS:
        for rho in (1.0, 4.0):
            linear, lossless = lin.dq_gd_linear_threshold(rho), lin.dq_gd_lossless_threshold(kappa, rho)
            assert lin.dq_gd_contraction_factor(kappa, linear, rho) == pytest.approx(1.0)
            assert lin.dq_gd_contraction_factor(kappa, lossless, rho) == pytest.approx(lin.gd_contraction_factor(kappa))
            assert lin.dq_gd_contraction_factor(kappa, lossless - 0.01, rho) > lin.gd_contraction_factor(kappa)
    table = {2: (1.585, 1.000), 5: (0.585, 2.322), 10: (0.290, 3.322), 20: (0.144, 4.322), 100: (0.029, 6.644)}
    for kappa, (lossless, naive) in table.items():  # COMPANION 2.4
        assert lin.dq_gd_lossless_threshold(kappa, 1.0) == pytest.approx(lossless, abs=5e-4)
        assert lin.nq_gd_linear_threshold(kappa, 1.0) == pytest.approx(naive, abs=5e-4)
    ash331, rho = 9.588364478, math.sqrt(104)
    assert lin.dq_gd_linear_threshold(rho) == pytest.approx(3.3502, abs=5e-5)
    assert lin.dq_gd_lossless_threshold(ash331, rho) == pytest.approx(3.6522, abs=5e-5)
    assert lin.nq_gd_linear_threshold(ash331, rho) == pytest.approx(6.6115, abs=5e-5)
    assert rho / 2 ** lin.ef_gd_linear_threshold(ash331, rho) == pytest.approx(0.0496, abs=5e-5)
    assert rho / 2 ** lin.nq_gd_linear_threshold(ash331, rho) == pytest.approx(0.104, abs=5e-4)


# ---- NQ-GD and error feedback


def test_lemma_D_1_one_worker():
    for p, _, _, run in runs(algorithms.nq_gd, record="iterates"):
        eta = run.stepsize
        q = (run.iterates[:-1] - run.iterates[1:]) / eta
        e = np.array([np.linalg.norm(q[t] - problems.gradient(p, run.iterates[t])) for t in range(STEPS)])
        bound = lin.nq_gd_step(run.distance[:-1], e, p.L, p.mu)
        assert (run.distance[1:] <= bound * (1 + 1e-9) + 1e-12 * run.distance.max()).all()


def test_equation_28_naive_quantization():
    for p, q, _, run in runs(algorithms.nq_gd):
        factor = lin.nq_gd_contraction_factor(p.kappa, quantizers.rate(q), rho_of(q))
        bound = factor ** np.arange(STEPS + 1) * run.distance[0]  # Theorem D.1, equation (181)
        assert (run.distance <= bound * (1 + 1e-9) + 1e-12 * run.distance[0]).all()
        assert (run.inputs <= run.ranges * (1 + 1e-9))[exact(run)].all()


def test_equation_28_is_tight():
    """A codebook in the plane for which naive quantization meets its bound with equality, at the theorem's own ranges.

    Its points are the checkerboard rho' (p, q), p + q odd: every input is within rho' of one, and the ends of the first
    axis are as far as that from their neighbours, the outer one of which comes first. All numbers are short binary
    fractions, so the equality is exact.
    """
    relative = 1 / 8
    grid = np.arange(-10, 11)
    board = np.array([(i, j) for i in grid for j in grid if (i + j) % 2 and math.hypot(i, j) <= 9.01]) * relative
    q = quantizers.Codebook(board[np.argsort(-np.abs(board[:, 0]), kind="stable")], covering_radius=relative)
    assert quantizers.search_covering_radius(q, starts=12) <= relative * (1 + 1e-6)
    p = problems.LeastSquares.from_data(np.diag(np.sqrt([3.0, 1.0])), np.zeros(2))
    p = p._replace(gram=np.diag([3.0, 1.0]), L=3.0, mu=1.0)
    run = algorithms.nq_gd(p, q, steps=8, x0=np.array([1.0, 0.0]))
    factor = lin.nq_gd_contraction_factor(3.0, quantizers.rate(q), rho_of(q))
    assert factor == pytest.approx(0.5 + 1.5 * relative)
    assert run.distance == pytest.approx(factor ** np.arange(9), rel=1e-12)
    assert not run.outside.any()


def test_dq_gd_beats_naive_quantization():
    """(23) is below (28) at every rate, and so are the measured factors, in the mean over instances."""
    kappa, grid = 10.0, np.linspace(0, 12, 49)
    assert (lin.dq_gd_contraction_factor(kappa, grid, 4.0) < lin.nq_gd_contraction_factor(kappa, grid, 4.0)).all()
    for levels in (8, 16, 64):
        q, gaps = quantizers.UniformScalar(levels, N), []
        for trial in range(20):
            p, x0 = draw(kappa, trial), dq.stream(trial, "x0").standard_normal(N)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)
                a, b = (f(p, q, steps=80, x0=x0).contraction_factor() for f in (algorithms.nq_gd, algorithms.dq_gd))
            gaps.append(a - b)
        assert np.mean(gaps) > 4 * np.std(gaps) / math.sqrt(20)


def test_lemma_E_1_error_feedback():
    for p, q, x0, run in runs(algorithms.ef_gd, record="iterates"):
        errors, e = [], np.zeros(p.dim)
        for t in range(STEPS):
            u = problems.gradient(p, run.iterates[t]) - e
            e = (run.iterates[t] - run.iterates[t + 1]) / run.stepsize - u
            errors.append(np.linalg.norm(e))
        errors = np.array(errors)
        bound = lin.ef_gd_step(run.distance[:-1], errors, np.concatenate([[0.0], errors[:-1]]), p.L, p.mu)
        assert (run.distance[1:] <= bound * (1 + 1e-6) + 1e-10 * run.distance.max()).all()


def test_error_feedback_with_explicit_ranges():
    """Beyond the paper: inputs stay in the ranges that Lemma E.1 supports, and the factor is the recursion's eigenvalue."""
    for p, q, _, run in runs(algorithms.ef_gd):
        assert (run.inputs <= run.ranges * (1 + 1e-9))[exact(run)].all()
        factor = lin.ef_gd_contraction_factor(p.kappa, quantizers.rate(q), rho_of(q))
        growth = (run.ranges[-1] / run.ranges[STEPS // 2]) ** (1 / (STEPS - 1 - STEPS // 2))
        assert growth == pytest.approx(factor, rel=2e-2)
    for kappa in KAPPAS:
        threshold = lin.ef_gd_linear_threshold(kappa, 4.0)
        assert lin.ef_gd_contraction_factor(kappa, threshold, 4.0) == pytest.approx(1.0)
        assert lin.nq_gd_linear_threshold(kappa, 4.0) < threshold  # worse than naive quantization, by its guarantee


def test_converse_4():
    """What can be checked before the chapter on converses: the bound is never above what DQ-GD is promised."""
    grid = np.linspace(0, 12, 49)
    for kappa in KAPPAS:
        assert (lin.converse_contraction_factor(kappa, grid) <= lin.dq_gd_contraction_factor(kappa, grid, 1.0)).all()
        for rho in (1.0, 1.1, 4.0):
            gap = lin.dq_gd_contraction_factor(kappa, grid, rho) / lin.converse_contraction_factor(kappa, grid)
            assert (gap >= 1).all() and gap.max() <= rho + 1e-12
