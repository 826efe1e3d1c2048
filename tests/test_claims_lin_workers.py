"""Section V and Appendix D of Lin, Kostina and Hassibi, K workers, held against measurements.

Workers differ in smoothness by up to a factor of 32; rates lie below and above the threshold, with and without silent workers.
"""

import itertools
import math
import warnings

import numpy as np
import pytest
from scipy.optimize import minimize

import dqlab as dq
from dqlab import algorithms, problems, quantizers
from dqlab.theory import lin

from . import oracles

N, STEPS = 16, 100
RHO = math.sqrt(N)
PROFILES = {  # L_k with mu_k = L_k / 4, and levels that are waterfilling's own, whole because everything is a power of two
    "falling": ([32.0, 16.0, 8.0, 4.0], [(256, 128, 64, 32), (1024, 512, 256, 128)]),
    "one loud": ([32.0, 2.0, 1.0, 1.0], [(256, 16, 8, 8), (2048, 128, 64, 64)]),
    "equal": ([8.0, 8.0, 8.0, 8.0], [(64,) * 4, (1024,) * 4]),
}


def draw(profile, trial, spread=0.0):
    L = np.array(PROFILES[profile][0])
    return problems.worker_least_squares(L, L / 4, dq.stream(trial, "workers", profile), n=N, spread=spread)


def cases(spread=0.0):
    """(problem, levels, rates, x0): three profiles, two instances each, two sum rates."""
    for profile, (_, allocations) in PROFILES.items():
        for trial, levels in itertools.product(range(2), allocations):
            x0 = dq.stream(trial, "workers", "x0").standard_normal(N)
            yield draw(profile, trial, spread), levels, np.log2(levels), x0


def run(algorithm, p, levels, x0, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        chosen = [quantizers.UniformScalar(m, N) for m in levels]
        return algorithm(p, chosen, x0=x0, **({"steps": STEPS, "record": "iterates"} | options))


def exact(history):
    """Steps at which rounding is far away."""
    return history.distance[:-1] > 1e-11 * history.distance[0]


def errors_of(p, levels, history):
    """e_{t,k} of Algorithm 4, recomputed at its iterates."""
    return np.array(
        [
            [
                quantizers.quantize(quantizers.UniformScalar(m, N), problems.gradient(f, x), r, outside="clip")
                - problems.gradient(f, x)
                for f, m, r in zip(p.problems, levels, row, strict=True)
            ]
            for x, row in zip(history.iterates[:-1], history.ranges, strict=True)
        ]
    )


# ---- Sections V-A to V-C


def test_equations_59_to_63_the_mean_of_problems():
    for spread in (0.0, 1.0):
        p = draw("falling", 0, spread)
        assert p.L == pytest.approx(15.0) and p.mu == pytest.approx(3.75)  # (61)
        x = np.ones(N)
        assert problems.value(p, x) == pytest.approx(np.mean([problems.value(f, x) for f in p.problems]))  # (59)
        measured = p.certify(dq.stream(0, "certify"))
        assert p.mu <= measured["least_curvature"] <= measured["greatest_curvature"] <= p.L
        assert measured["gradient_at_minimiser"] < 1e-14
        own = [np.linalg.norm(f.minimiser - p.minimiser) for f in p.problems]
        assert p.shared == (max(own) < 1e-9) == (spread == 0)  # (62), (63)


def test_converse_with_a_sum_rate():
    """Two workers of one bit each are heard like one of two: at most 2**(RT) iterates after T steps, whatever f is.

    So some minimiser in [-D, D] is missed by D 2**(-RT) at least; and (69) never promises more than (51) allows.
    """
    q, ranges = quantizers.UniformScalar(2, 1), np.array([[4.0, 2.0], [2.0, 1.0], [1.0, 0.5]])
    rng = dq.stream(0, "converse")
    for T in (1, 2, 3):
        reached = set()
        for _ in range(300):
            a, b = (problems.LeastSquares.from_data([[math.sqrt(c)]], [rng.normal()]) for c in rng.uniform(0.5, 4, 2))
            p = problems.MeanOfProblems([a, b])
            end = algorithms.nq_gd_workers(p, q, steps=T, ranges=ranges[:T], stepsize=0.3, record="iterates")
            reached.add(round(float(end.iterates[-1, 0]), 9))
        assert 1 < len(reached) <= 2 ** (2 * T)
        grid, points = np.linspace(-1, 1, 4001)[:, None], np.array(sorted(reached))
        assert np.abs(grid - points).min(axis=1).max() >= 2.0 ** (-2 * T) - 1e-3
    for L, _ in PROFILES.values():
        kappa = 4.0
        for R in np.linspace(0.5, 40, 80):
            promised = lin.nq_gd_workers_contraction_factor(L, np.divide(L, 4), R, 1.0)
            assert promised >= lin.converse_contraction_factor(kappa, R)


def compensated(p, levels, x0, eta, ranges, share_errors):
    """Differential quantization by K workers: each corrects by its own last error, or, were it known, by the mean of all."""
    x, e, path = x0, np.zeros((p.workers, N)), [x0]
    for row in ranges:
        z = x + eta * (e.mean(axis=0) if share_errors else e)
        z = np.broadcast_to(z, (p.workers, N))
        u = [problems.gradient(f, z[k]) - e[k] for k, f in enumerate(p.problems)]
        q = np.array([quantizers.quantize(quantizers.UniformScalar(m, N), v, r, outside="clip")
                      for m, v, r in zip(levels, u, row, strict=True)])  # fmt: skip
        e = q - u
        x = x - eta * q.mean(axis=0)
        path.append(x)
    return np.array(path), e


def test_what_a_worker_lacks_for_differential_quantization():
    """With all errors known, x^_t = x_t - eta mean_k e_{t-1,k}, as in Lemma B.1. With its own alone no worker finds GD's path."""
    p, levels, x0 = draw("falling", 0, spread=1.0), (16, 16, 16, 16), np.zeros(N)
    eta = lin.gd_stepsize(p.L, p.mu)
    ranges = np.full((40, 4), 60.0)
    plain = algorithms.gd(p, steps=40, x0=x0, record="iterates").iterates
    together, e = compensated(p, levels, x0, eta, ranges, share_errors=True)
    assert np.allclose(together[-1], plain[-1] - eta * e.mean(axis=0), atol=1e-12)
    apart, e = compensated(p, levels, x0, eta, ranges, share_errors=False)
    assert np.linalg.norm(apart[-1] - plain[-1] + eta * e.mean(axis=0)) > 0.1


def test_algorithm_4():
    for p, levels, _, x0 in cases(spread=1.0):
        history = run(algorithms.nq_gd_workers, p, levels, x0, steps=30)
        expected = oracles.nq_workers_gradient_descent(
            [lambda x, f=f: problems.gradient(f, x) for f in p.problems],
            lambda k, u, r, levels=levels: oracles.nearest_midpoint(levels[k], u, r),
            x0,
            history.stepsize,
            history.ranges,
        )
        assert np.abs(history.iterates - expected).mean() < 1e-8
        assert history.stepsize == lin.gd_stepsize(p.L, p.mu)


# ---- Theorem V.1


def test_equations_67_68_waterfilling():
    """The conditions of Karush, Kuhn and Tucker, which are sufficient here; and no numeric optimum is better."""
    rng = dq.stream(0, "waterfilling")
    for _ in range(60):
        K, R = int(rng.integers(1, 9)), float(rng.uniform(0.2, 20))
        L = 2.0 ** rng.uniform(-4, 4, K)
        rates, level = lin.waterfilling(L, R)
        active = rates > 0
        assert rates.sum() == pytest.approx(R) and (rates >= 0).all() and active.any()
        assert np.allclose((L * 2.0**-rates)[active], level) and (L[~active] <= level * (1 + 1e-12)).all()
        assert (L * 2.0**-rates).sum() == pytest.approx(np.minimum(level, L).sum())  # the form of (69)
    for _ in range(8):
        L = 2.0 ** rng.uniform(-3, 3, 5)
        rates, _ = lin.waterfilling(L, 6.0)
        numeric = minimize(lambda r, L=L: L @ 2.0**-r, np.full(5, 1.2), bounds=[(0, None)] * 5,
                           constraints={"type": "eq", "fun": lambda r: r.sum() - 6.0}, options={"ftol": 1e-14})  # fmt: skip
        assert numeric.success and L @ 2.0**-rates == pytest.approx(numeric.fun, rel=1e-7)
    for bad in (0.0, -1.0, math.inf):
        with pytest.raises(ValueError, match="sum_rate"):
            lin.waterfilling([1.0, 2.0], bad)
    for bad in ([], [1.0, 0.0], [1.0, math.inf]):
        with pytest.raises(ValueError, match="L"):
            lin.waterfilling(bad, 1.0)


def test_waterfilling_in_whole_levels():
    """The product of the levels keeps the sum rate, and no other whole numbers are better by more than one per cent."""
    rng = dq.stream(0, "levels")
    for trial in range(40):
        L, R = 2.0 ** rng.uniform(-3, 3, trial % 3 + 1), float(rng.choice([2.0, 3.0, 4.5, 6.0]))
        rho = float(rng.choice([1.0, 2.0, 4.0]))

        def cost(levels, L=L, rho=rho):
            return lin.workers_error(L, L / 4, np.log2(levels), rho)

        levels = lin.whole_levels(L, R, rho)
        most = math.floor(2**R * (1 + 1e-12))
        others = (m for m in itertools.product(range(1, most + 1), repeat=L.size) if math.prod(m) <= most)
        assert levels.dtype == np.int64 and math.prod(levels) <= most
        assert cost(levels) <= min(map(cost, others)) * (1.01 if L.size > 2 else 1 + 1e-12)
    for L, allocations in PROFILES.values():
        for levels in allocations:
            own = lin.whole_levels(L, np.log2(levels).sum(), RHO)
            assert min(levels) < 32 or own.tolist() == list(levels)  # below, silence may pay: see the erratum B19
            assert (np.array(L) @ (1 / own)) >= (np.array(L) @ (1 / np.array(levels))) * (1 - 1e-12)


def test_theorem_V_1_contraction_factor():
    """(69) at waterfilling's own rates: measured below it at every instance, and equal shares are promised less."""
    for p, levels, rates, x0 in cases():
        L, mu, R = p.worker_L, p.mu, rates.sum()
        bound = lin.nq_gd_workers_contraction_factor(L, mu, R, RHO)
        assert np.allclose(rates, lin.waterfilling(L, R)[0])
        assert bound == pytest.approx(lin.workers_contraction_factor(L, mu, rates, RHO))  # (179) is (69)
        history = run(algorithms.nq_gd_workers, p, levels, x0)
        assert history.contraction_factor() <= bound * (1 + 1e-9)
        t = np.arange(STEPS)
        printed = lin.nq_gd_workers_dynamic_range(t, L, mu, rates, RHO, history.distance[0])
        assert np.allclose(history.ranges, printed, rtol=1e-9)  # (66)
        equal = np.full(p.workers, R / p.workers)
        assert bound <= lin.workers_contraction_factor(L, mu, equal, RHO) * (1 + 1e-12)


def test_equation_70_equal_workers():
    for K, R in itertools.product((1, 2, 5), (4.0, 11.0)):
        L = np.full(K, 9.0)
        general = lin.nq_gd_workers_contraction_factor(L, 1.0, R, RHO)
        assert general == pytest.approx(lin.nq_gd_equal_workers_contraction_factor(9.0, R, K, RHO))
    for kappa in (2.0, 20.0):  # one worker is (28)
        assert lin.nq_gd_equal_workers_contraction_factor(kappa, 7.0, 1, RHO) == pytest.approx(
            lin.nq_gd_contraction_factor(kappa, 7.0, RHO)
        )


def test_threshold_of_the_sum_rate():
    for L, _ in PROFILES.values():
        mu = np.divide(L, 4)
        threshold = lin.nq_gd_workers_linear_threshold(L, mu, RHO)
        assert lin.nq_gd_workers_contraction_factor(L, mu, threshold, RHO) == pytest.approx(1.0)
        assert lin.nq_gd_workers_contraction_factor(L, mu, threshold + 0.01, RHO) < 1
    assert lin.nq_gd_workers_linear_threshold([8.0], 1.0, RHO) == pytest.approx(lin.nq_gd_linear_threshold(8.0, RHO))


def test_a_silent_worker_is_heard_by_its_silence():
    """A worker of rate zero costs C the term L_k, not rho_n L_k: the run keeps (181) with the smaller sigma, and its ranges."""
    L = np.array([32.0, 16.0, 0.25, 0.125])
    p = problems.worker_least_squares(L, L / 4, dq.stream(0, "silent"), n=N)
    levels, rates = (256, 128, 1, 1), np.array([8.0, 7.0, 0.0, 0.0])
    history = run(algorithms.nq_gd_workers, p, levels, np.zeros(N))
    printed = lin.gd_contraction_factor(4.0) + lin.gd_stepsize(p.L, p.mu) * RHO * np.mean(L * 2.0**-rates)
    sigma = lin.workers_contraction_factor(L, p.mu, rates, RHO)
    assert sigma < printed and history.bits[-1] == STEPS * N * 15
    bound = lin.nq_gd_workers_distance(np.arange(STEPS + 1), L, p.mu, rates, RHO, history.distance[0])
    assert (history.distance <= bound * (1 + 1e-9) + 1e-13 * history.distance[0]).all()
    assert (history.inputs <= history.ranges * (1 + 1e-9))[exact(history)].all()


# ---- Appendix D


def test_lemma_D_1_many_workers():
    for spread in (0.0, 1.0):
        for p, levels, _, x0 in cases(spread):
            history = run(algorithms.nq_gd_workers, p, levels, x0, steps=40)
            errors = np.linalg.norm(errors_of(p, levels, history), axis=2)
            bound = lin.nq_gd_workers_step(history.distance[:-1], errors, p.worker_L, p.mu)
            assert (history.distance[1:] <= bound * (1 + 1e-9) + 1e-13).all()


def test_theorem_D_1_shared_minimiser():
    for p, levels, rates, x0 in cases():
        history = run(algorithms.nq_gd_workers, p, levels, x0)
        t, D = np.arange(STEPS + 1), history.distance[0]
        bound = lin.nq_gd_workers_distance(t, p.worker_L, p.mu, rates, RHO, D)
        largest = lin.nq_gd_workers_step(bound[:-1], RHO * 2.0**-rates * history.ranges, p.worker_L, p.mu)
        assert largest == pytest.approx(bound[1:])  # (185)
        assert (history.distance <= bound * (1 + 1e-9) + 1e-13 * D).all()  # (181)
        ok = exact(history)
        assert (history.inputs <= history.ranges * (1 + 1e-9))[ok].all()  # (183)
        errors = np.linalg.norm(errors_of(p, levels, history), axis=2)
        assert (errors <= RHO * 2.0**-rates * history.ranges * (1 + 1e-9))[ok].all()  # (184)


def test_theorem_D_2_neighbourhood():
    for p, levels, rates, x0 in cases(spread=1.0):
        D = p.reach(x0)
        history = run(algorithms.nq_gd_workers, p, levels, x0, steps=200)
        t = np.arange(201)
        bound = lin.nq_gd_workers_distance(t, p.worker_L, p.mu, rates, RHO, D, shared=False)
        printed = lin.nq_gd_workers_dynamic_range(t[:-1], p.worker_L, p.mu, rates, RHO, D, shared=False)
        assert np.allclose(history.ranges, printed, rtol=1e-9)  # (186)
        assert (history.distance <= bound * (1 + 1e-9)).all()  # (187)
        step = lin.nq_gd_workers_step(bound[:-1], RHO * 2.0**-rates * printed, p.worker_L, p.mu)
        assert step == pytest.approx(bound[1:])  # which is Lemma D.1 with the largest errors that (186) allows
        assert (history.inputs <= history.ranges * (1 + 1e-9)).all() and not history.outside.any()
        radius = lin.nq_gd_workers_radius(p.worker_L, p.mu, rates, RHO, D)
        if lin.workers_contraction_factor(p.worker_L, p.mu, rates, RHO) < 0.95:
            assert bound[-1] == pytest.approx(radius, rel=1e-2)
            assert 1e-4 * radius < np.median(history.distance[-50:]) < radius  # it stays away from x*
    radii = [lin.nq_gd_workers_radius([8.0, 2.0], 1.0, np.full(2, R), RHO) for R in (8.0, 12.0, 16.0, 20.0)]
    assert np.allclose(np.divide(radii[:-1], radii[1:])[1:], 16, rtol=0.03)  # vanishes like 2**-R


# ---- beyond the paper


def test_gradient_differences_reach_the_minimiser():
    """No neighbourhood: linear convergence to x* itself, inputs in their ranges, the factor below its bound."""
    for p, levels, rates, x0 in cases(spread=1.0):
        bound = lin.ef21_workers_contraction_factor(p.worker_L, p.mu, rates, RHO)
        if bound > 0.95:
            continue
        steps = math.ceil(math.log(1e-14) / math.log(bound))
        history = run(algorithms.ef21_workers, p, levels, x0, steps=steps)
        assert history.distance[-1] < 1e-11 and history.contraction_factor() < bound
        ok = exact(history)
        assert (history.inputs <= history.ranges * (1 + 1e-9))[ok].all()
        growth = (history.ranges[-1] / history.ranges[steps // 2]) ** (1 / (steps - 1 - steps // 2))
        assert np.allclose(growth, bound, rtol=1e-2)  # the ranges fall by the factor itself
        naive = run(algorithms.nq_gd_workers, p, levels, x0, steps=steps)
        assert naive.distance[-1] > 1e-5


def test_gradient_differences_at_equal_rates_are_one_worker_with_error_feedback():
    """The factor depends on the L_k by their mean alone: less than the 2 x 2 matrix with max_k L_k, COMPANION 2.5, gives."""
    for L in ([12.0, 6.0], [40.0, 26.0, 20.0, 17.2], [9.0] * 5):
        mean, mu, R = float(np.mean(L)), 1.0, 10.0
        own = lin.ef21_workers_contraction_factor(L, mu, np.full(len(L), R), RHO)
        assert own == pytest.approx(lin.ef_gd_contraction_factor(mean / mu, R, RHO))
        eta, relative, most = lin.gd_stepsize(mean, mu), RHO * 2.0**-R, max(L)
        sigma = lin.gd_contraction_factor(mean / mu)
        matrix = [[sigma, eta * relative], [eta * mean * most, (1 + eta * most) * relative]]
        assert own <= np.abs(np.linalg.eigvals(matrix)).max() * (1 + 1e-9)
        threshold = lin.ef21_workers_linear_threshold(mean / mu, len(L), RHO)
        at = lin.ef21_workers_contraction_factor(L, mu, np.full(len(L), threshold / len(L)), RHO)
        assert at == pytest.approx(1.0)


def test_gradient_differences_warn_exactly_where_nothing_is_promised():
    p, seen = draw("falling", 0, spread=1.0), set()
    for m in (20, 28, 33, 35, 37, 40, 50):  # equal levels promise something from 36 = rho_n (2 kappa + 1) on
        for levels in ((m, m, m, m), (3 * m, m, m, m // 2), (m, m, 2 * m, 4 * m)):
            factor = lin.ef21_workers_contraction_factor(p.worker_L, p.mu, np.log2(levels), RHO)
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always", UserWarning)
                algorithms.ef21_workers(p, [quantizers.UniformScalar(k, N) for k in levels], steps=1)
            assert bool(caught) == (factor >= 1), levels
            seen.add((levels[0] == levels[3], bool(caught)))
    assert len(seen) == 4


def test_gradient_differences_at_ten_bits():
    """COMPANION 2.5: K = 4, n = 20, kappa = 25.8, R = 10 (there .9423 measured, .9490 its bound; L_k is not given there)."""
    L = np.array([40.0, 26.0, 20.0, 17.2])
    p = problems.worker_least_squares(L, 1.0, dq.stream(0, "ten bits"), n=20, spread=1.0)
    assert p.kappa == pytest.approx(25.8)
    history = algorithms.ef21_workers(p, quantizers.UniformScalar(1024, 20), steps=700, record=())
    bound = lin.ef21_workers_contraction_factor(L, 1.0, np.full(4, 10.0), math.sqrt(20))
    assert bound == pytest.approx(0.9428, abs=1e-4) and 0.92 < history.contraction_factor() < bound
    assert history.distance[-1] < 1e-13
