"""Heavy ball and triple momentum: what Lemma B.8, Remark B.1 and Theorem III.3 of Lin et al. say, where it holds, and where not."""

import numpy as np
import pytest

import dqlab as dq
from dqlab import algorithms, problems, quantizers
from dqlab.algorithms.ranges import dq_momentum_ranges
from dqlab.experiments import lin as experiments
from dqlab.theory import lin

from .examples import problem

CYCLE = np.array([2592, 792, -2208]) / 1225  # of heavy ball with kappa = 25 on the flat stretch [1, 2]


def quadratics():
    for kappa in (1.5, 5.0, 40.0):
        for trial in range(3):
            yield problems.random_spectrum(kappa, dq.stream(trial, "quadratic"), n=6)


def one_curvature(curvature):
    """A quadratic of one variable, with L = 25 and mu = 1 for its bounds."""
    p = problems.LeastSquares.from_data([[np.sqrt(curvature)]], [0.0])
    return p._replace(L=25.0, mu=1.0)


def smooth_stretch(n=1):
    """A function of F_n^2: its second derivative is continuous, between 1 and 25."""
    return problems.FlatStretch(25.0, 1.0, 1.0, 2.0, 0.2, np.zeros(n))


def cycles(path):
    """Whether the last steps of a path repeat the cycle, whatever point they begin with."""
    tail = path[-30:]
    return any(np.allclose(tail, np.resize(np.roll(CYCLE, -shift), 30), atol=1e-9) for shift in range(3))


def test_lemma_B_8_on_quadratics():
    """(132) with alpha = 1 for t >= 1, and the sharper factor 1 + (1 + sigma) t, with equality at curvature L."""
    for p in quadratics():
        x0 = dq.stream(0, "start").standard_normal(p.dim)
        run = algorithms.hb(p, x0=x0, steps=120, record=())
        t, D = np.arange(121), run.distance[0]
        slack = 1e-12 * D
        assert (run.distance <= lin.hb_distance(t, p.kappa, D) * (1 + 1e-9) + slack).all()
        assert (run.distance <= lin.hb_distance(t, p.kappa, D, alpha=1.0) + slack)[1:].all()
    run = algorithms.hb(one_curvature(25.0), x0=[2.0], steps=60, record=())
    assert run.distance == pytest.approx(lin.hb_distance(np.arange(61), 25.0, 2.0), rel=1e-9)


def test_lemma_B_8_fails_on_a_smooth_function():
    """On a function of F_n^2 heavy ball cycles, so (132) fails for every alpha, sooner or later."""
    p = smooth_stretch()
    measured = p.certify(dq.stream(0, "certify"), pairs=2000)
    assert p.mu * (1 - 1e-9) <= measured["least_curvature"] and measured["greatest_curvature"] <= p.L * (1 + 1e-9)
    curvature = p.curvature(np.linspace(-3.0, 6.0, 90001))
    assert np.abs(np.diff(curvature)).max() <= 24 / 0.2 * 1e-4 * (
        1 + 1e-6
    )  # continuous: it changes by its slope times the step
    for start in (3.1, 3.3, 3.4):
        run = algorithms.hb(p, x0=[start], steps=1200, record="iterates")
        assert cycles(run.iterates[:, 0])
        for alpha, by in ((1.0, 20), (10.0, 200), (50.0, 1200)):
            bound = lin.hb_distance(np.arange(1, by + 1), 25.0, start, alpha=alpha)
            assert (run.distance[1 : by + 1] > bound).any()


def test_remark_B_1_local_convergence():
    """From near the minimiser |x_t - x*| <= c (sigma_HB + eps)**t, on functions that are no quadratics."""
    logistic = problem("logistic")
    near = logistic.minimiser + 0.01 * dq.stream(0, "near").standard_normal(logistic.dim)
    for p, x0 in ((logistic, near), (smooth_stretch(), np.array([0.2]))):
        run = algorithms.hb(p, x0=x0, steps=80, record=())
        sigma, t = lin.hb_contraction_factor(p.kappa), np.arange(81)
        bound = 10 * (sigma + 0.05) ** t * run.distance[0]
        assert (run.distance <= bound + 1e-13).all()
    assert algorithms.hb(smooth_stretch(), x0=[3.3], steps=80, record=()).distance[-1] > 0.6


def test_theorem_III_3_is_about_quadratics():
    """DQ-HB attains (47) on quadratics; on F_n^2 it follows heavy ball's cycle at every rate, so its factor is 1."""
    p = problems.random_spectrum(5.0, dq.stream(0, "quadratic"), n=6)
    for levels in (8, 64):
        q = quantizers.UniformScalar(levels, 6)
        bound = lin.dq_hb_contraction_factor(5.0, q.rate, np.sqrt(6))
        run = algorithms.dq_hb(p, q, steps=60, record=())
        assert not run.outside[:30].any() and run.contraction_factor() < bound + 0.06
    frame = experiments.heavy_ball_and_triple_momentum([8, 32, 1024], ramp=0.2).set_index(["algorithm", "levels"])
    for levels in (8, 32, 1024):
        assert 0.5 < frame.distance["DQ-HB", levels] < 1 and frame.outside["DQ-HB", levels] == 0
        assert frame.distance["DQ-HB, ranges (46)", levels] > 0.1 and frame.outside["DQ-HB, ranges (46)", levels] > 50
        assert frame.bound["DQ-HB", levels] < 0.75 < frame.factor["DQ-HB", levels]


def test_spectral_radius_is_not_joint_spectral_radius():
    """(138) needs the joint spectral radius: every rho(A(lambda)) is sigma_HB, and products grow."""
    for kappa in (2.0, 5.0, 25.0, 400.0):
        sigma = lin.hb_contraction_factor(kappa)
        for curvature in np.linspace(1, kappa, 9):
            radius = lin.spectral_radius(lin.hb_matrix(curvature, kappa, 1.0))
            assert radius == pytest.approx(sigma, abs=2e-7)  # a double eigenvalue is known to half the digits
        steep, flat = lin.hb_matrix(kappa, kappa, 1.0), lin.hb_matrix(1.0, kappa, 1.0)
        growth = lin.spectral_radius(steep @ flat) ** 0.5
        assert growth == pytest.approx(lin.hb_alternating_growth(kappa)) == pytest.approx((1 + np.sqrt(2)) * sigma)
        low, high = lin.joint_spectral_radius([steep, flat], 10)
        assert low == pytest.approx(growth) and growth <= high < 1.1 * growth
        assert (growth > 1) == (kappa > 3 + 2 * np.sqrt(2))


def test_a_cycle_is_a_product_with_eigenvalue_one():
    """Along the cycle the averaged Hessians are 13.66, 25, 25: each step has spectral radius 2/3, three of them keep a vector."""
    p = problems.FlatStretch(25.0, 1.0)
    averages = [problems.gradient(p, [x]).item() / x for x in CYCLE]
    first, second, third = (lin.hb_matrix(curvature, 25.0, 1.0) for curvature in averages)
    pair = CYCLE[[0, 2]]  # (x_0, x_{-1})
    assert third @ second @ first @ pair == pytest.approx(pair, abs=1e-12)
    assert averages == pytest.approx([13.657407, 25.0, 25.0], abs=1e-6)


def test_where_heavy_ball_cycles():
    """Period 3 from kappa = 9 + 4 sqrt(5) on, and no other cycle off the stretch with a period up to 8 before it."""
    found = experiments.heavy_ball_cycles(longest=8).set_index("period").kappa
    assert found.idxmin() == 3 and found[3] == pytest.approx(lin.hb_three_cycle_threshold(), abs=1e-9)
    for kappa in (18.0, 25.0, 100.0):
        points, room = lin.hb_cycle(kappa, (1, 0, 0)), lin.hb_cycle_room(kappa, (1, 0, 0))
        for ramp in (0.0, min(0.99 * room, 1.0)):
            left = max(points[1], 0.0) + room / 2
            p = problems.FlatStretch(kappa, 1.0, left, left + 1, ramp)
            x, before = points[0], points[-1]
            for point in [*points[1:], points[0]]:
                slope = problems.gradient(p, [x]).item()
                x, before = x + lin.hb_momentum(kappa) * (x - before) - lin.hb_stepsize(kappa, 1.0) * slope, x
                assert x == pytest.approx(point, abs=1e-10)
    starts = np.linspace(-8, 8, 161)
    below = experiments.heavy_ball_basins([6.0, 12.0, 17.9], starts, left=0.85, right=1.85)
    above = experiments.heavy_ball_basins([18.5, 25.0, 100.0], starts, left=0.85, right=1.85)
    assert (below.period == 1).all()
    assert set(above[above.period > 1].kappa) == {18.5, 25.0, 100.0} and (above.period > 0).all()


def test_principle_for_any_fixed_momentum():
    """AGD and HB are the cases gamma = beta and gamma = 0; DQ keeps xi^_t = xi_t - alpha e_{t-1} for each."""
    p = problem("least squares")
    x0, q = np.full(p.dim, 0.5), quantizers.UniformScalar(64, p.dim)
    options = {"x0": x0, "steps": 40, "record": "iterates"}
    heavy, accelerated = algorithms.hb(p, **options), algorithms.agd(p, **options)
    for name, look in (("hb", 0.0), ("agd", accelerated.momentum)):
        known = heavy if name == "hb" else accelerated
        given = {"stepsize": known.stepsize, "momentum": known.momentum, "lookahead": look}
        path = np.full(40, 3 * p.L * known.distance.max())
        runs = [
            (algorithms.fixed_momentum(p, **given, **options), known),
            (
                algorithms.dq_fixed_momentum(p, q, **given, path=path, **options),
                getattr(algorithms, f"dq_{name}")(
                    p, q, ranges=dq_momentum_ranges(path, quantizers.relative_radius(q), known.momentum), **options
                ),
            ),
        ]
        for mine, theirs in runs:
            xi = mine.iterates
            seen = xi + look * np.diff(xi, axis=0, prepend=xi[:1])
            assert np.allclose(seen, theirs.iterates, rtol=1e-9, atol=1e-9)
        behind = np.linalg.norm(runs[1][0].iterates - runs[0][0].iterates, axis=1)
        reach = known.stepsize * quantizers.relative_radius(q) * runs[1][0].ranges
        assert behind[0] == 0 and (behind[1:] <= reach * (1 + 1e-9)).all() and behind[1:].max() > 0.05 * reach.max()


def triple_momentum_cases():
    """Problems with x0 - x* of length 1 or more, on which triple momentum is watched."""
    for p in [*quadratics(), problem("logistic"), one_curvature(1.0), one_curvature(25.0), one_curvature(7.0)]:
        x0 = p.minimiser + dq.stream(0, "start").standard_normal(p.dim)
        yield p, x0
    for trial in range(12):
        rng = dq.stream(trial, "stretch")
        left, ramp = 0.1 + 2 * rng.random(), 0.2 * rng.random()
        kappa = float(np.exp(0.5 + 5 * rng.random()))
        p = problems.FlatStretch(kappa, 1.0, left, left + 0.2 + 3 * rng.random(), ramp)
        yield p, 3 * rng.standard_normal(1)


def test_triple_momentum_lyapunov_function():
    """It falls by s^2 or more in every step, on quadratics, logistic regression and flat stretches."""
    for p, x0 in triple_momentum_cases():
        s = lin.tmm_contraction_factor(p.kappa)
        _, _, gamma = lin.tmm_parameters(p.L, p.mu)
        xi = algorithms.tmm(p, x0=x0, steps=60, record="iterates").iterates
        step = np.diff(xi, axis=0, prepend=xi[:1])
        y, z = xi + gamma * step, xi + s**2 / (1 - s**2) * step
        V = np.array(
            [
                lin.tmm_lyapunov(
                    problems.value(p, y[t]) - problems.value(p, p.minimiser),
                    problems.gradient(p, y[t]),
                    y[t] - p.minimiser,
                    z[t + 1] - p.minimiser,
                    p.L,
                    p.mu,
                )
                for t in range(60)
            ]
        )
        assert (V[1:] <= s**2 * V[:-1] + 1e-12 * V[0]).all()
        D, t = np.linalg.norm(x0 - p.minimiser), np.arange(61)
        for points, bound in ((z, lin.tmm_state_distance), (xi, lin.tmm_distance), (y, lin.tmm_point_distance)):
            distance = np.linalg.norm(points - p.minimiser, axis=1)
            assert (distance <= bound(t, p.kappa, D) * (1 + 1e-9) + 1e-12 * D).all()


def test_triple_momentum_bounds_are_met():
    """|z_1| at curvature L, and the factor 1 - 1 / sqrt(kappa) itself at curvature mu, where z_t falls by it exactly."""
    run = algorithms.tmm(one_curvature(25.0), x0=[1.0], steps=1, record="iterates")
    z = run.iterates[1] + 0.64 / 0.36 * (run.iterates[1] - run.iterates[0])
    assert abs(z.item()) == pytest.approx(lin.tmm_state_distance(1, 25.0)) == pytest.approx(4.0)
    xi = algorithms.tmm(one_curvature(1.0), x0=[1.0], steps=80, record="iterates").iterates[:, 0]
    z = xi[1:] + 0.64 / 0.36 * np.diff(xi)
    assert z[1:] / z[:-1] == pytest.approx(np.full(79, 0.8), rel=1e-9)
    assert lin.tmm_contraction_factor(25.0) == 0.8


def test_dq_triple_momentum_on_all_of_F():
    """No input leaves its range, every distance keeps its bound, and the factor is max{1 - 1/sqrt(kappa), rho' phi}."""
    stretch = problems.FlatStretch(25.0, 1.0, 1.0, 2.0, 0.2, np.zeros(8), np.tile([1.0, -1.0], 4))
    start = stretch.signs * np.linspace(2.8, 3.6, 8)
    quadratic = problems.random_spectrum(25.0, dq.stream(0, "quadratic"), n=8)
    logistic = problem("logistic")
    for p, x0 in ((stretch, start), (quadratic, np.ones(8)), (logistic, np.full(logistic.dim, 2.0))):
        for levels in (8, 32, 4096):
            q, n = quantizers.UniformScalar(levels, p.dim), p.dim
            run = algorithms.dq_tmm(p, q, x0=x0, steps=120)
            exact = run.ranges > 1e-11 * run.ranges[0]  # past that, rounding decides
            assert (run.inputs <= run.ranges)[exact].all() and not run.outside[exact].any()
            t, D = np.arange(121), run.distance[0]
            bound = lin.dq_tmm_distance(t, p.kappa, q.rate, np.sqrt(n), D)
            path = p.L * lin.tmm_point_distance(t[:-1], p.kappa, D)
            assert run.ranges == pytest.approx(lin.momentum_dynamic_range(path, q.rate, np.sqrt(n), run.momentum))
            errors = run.stepsize * quantizers.relative_radius(q) * run.ranges
            assert bound[1:] == pytest.approx(lin.tmm_distance(t[1:], p.kappa, D) + errors)
            assert (run.distance <= bound * (1 + 1e-9) + 1e-12 * run.distance[0]).all()
            slope = (bound[120] / bound[90]) ** (1 / 30)
            assert slope == pytest.approx(lin.dq_tmm_contraction_factor(p.kappa, q.rate, np.sqrt(n)), abs=4e-3)
    factor = algorithms.dq_tmm(stretch, quantizers.UniformScalar(32, 8), x0=start, steps=120).contraction_factor()
    assert 0.74 < factor < 0.81  # the constant of the bound shows at 120 steps
    for kappa in (4.0, 25.0, 300.0):
        for threshold, level in ((lin.dq_tmm_linear_threshold, 1.0), (lin.dq_tmm_lossless_threshold, None)):
            R = threshold(kappa, 3.0)
            level = lin.tmm_contraction_factor(kappa) if level is None else level
            assert lin.dq_tmm_contraction_factor(kappa, R, 3.0) == pytest.approx(level)
            assert lin.dq_tmm_contraction_factor(kappa, R - 0.1, 3.0) > level
