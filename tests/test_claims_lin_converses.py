"""The converses of Lin, Kostina and Hassibi: counted, tried out exhaustively, and met by worst instances and certificates."""

import itertools
import math
from typing import NamedTuple

import numpy as np
import pytest

import dqlab as dq
from dqlab import algorithms, problems, quantizers
from dqlab.experiments import lin as experiments
from dqlab.quantizers.codebook import ball_covering_radius
from dqlab.theory import lin

SMALL = [  # (kappa, quantizer, steps, algorithm): at most 2**14 sequences of messages each
    (1.0, quantizers.UniformScalar(2, 1), 8, "DQ-GD"),
    (5.0, quantizers.UniformScalar(2, 1), 9, "DQ-GD"),
    (3.0, quantizers.UniformScalar(3, 1), 7, "DQ-GD"),
    (3.0, quantizers.UniformScalar(8, 1), 4, "NQ-GD"),
    (3.0, quantizers.UniformScalar(2, 2), 6, "DQ-GD"),
    (20.0, quantizers.UniformScalar(3, 2), 4, "DQ-GD"),
    (3.0, quantizers.UniformScalar(8, 2), 2, "NQ-GD"),
]


# ---- the classes of algorithms: what a worker really does, written down by the problem and the quantizer themselves


class Watched(NamedTuple):
    """A problem that writes down where its gradient is asked for."""

    inner: problems.LeastSquares
    log: list
    minimiser: np.ndarray
    L: float
    mu: float
    dim: int


class Heard(NamedTuple):
    """A quantizer that writes down its inputs and its outputs."""

    inner: quantizers.UniformScalar
    log: list
    dim: int


@problems.gradient.register(Watched, compiled=False)
def _gradient(problem, x):
    g = problem.inner.gram @ x - problem.inner.moment
    problem.log.append((x.copy(), g.copy()))
    return g


@quantizers.encode.register(Heard, compiled=False)
def _encode(quantizer, u, scale, rng, shared):
    quantizer.log.append(u.copy())
    return quantizers.encode(quantizer.inner, u, scale)


@quantizers.decode.register(Heard, compiled=False)
def _decode(quantizer, codes, scale, shared):
    return quantizers.decode(quantizer.inner, codes, scale)


@quantizers.verbs.alphabet.register(Heard, compiled=False)
def _alphabet(quantizer):
    return quantizer.inner.levels


@quantizers.inside.register(Heard, compiled=False)
def _inside(quantizer, u, scale):
    return bool((np.abs(u) <= scale).all())


def observed(name, steps=12, n=16):
    """x^_0, ..., z_t, grad f(z_t), u_t, q_t of a real run of an algorithm."""
    inner = problems.random_spectrum(6.0, dq.stream(0, "problem"), n=n)
    watched, heard = (
        Watched(inner, [], inner.minimiser, inner.L, inner.mu, n),
        Heard(quantizers.UniformScalar(32, n), [], n),
    )
    run = getattr(algorithms, name)(
        watched, heard, steps=steps, ranges=1.5 * inner.L * 0.9 ** np.arange(steps), record="iterates"
    )
    z, slopes = (np.array(part) for part in zip(*watched.log, strict=True))
    u = np.array(heard.log)
    q = np.array([quantizers.quantize(heard.inner, v, r, outside="clip") for v, r in zip(u, run.ranges, strict=True)])
    return run, z, slopes, u, q


def outside_span(vector, rows):
    """How far a vector is from the span of the rows, relative to its length."""
    if not len(rows):
        return float(np.linalg.norm(vector))
    left = vector - rows.T @ np.linalg.lstsq(rows.T, vector)[0]
    return float(np.linalg.norm(left) / (np.linalg.norm(vector) + 1e-300))


def assert_structure(name):
    """(48) and (49) of a real run; also that the span is a restriction: a random direction is not in it."""
    run, z, slopes, u, q = observed(name)
    e = q - u
    for t in range(run.steps):
        assert outside_span(z[t] - run.iterates[t], e[:t]) < 1e-9  # (48)
        assert outside_span(u[t] - slopes[t], e[:t]) < 1e-9  # (49)
    assert outside_span(dq.stream(1, "direction").standard_normal(z.shape[1]), e) > 0.1
    return run, q


@pytest.mark.parametrize("name", ["nq_gd", "dq_gd", "ef_gd"])
def test_definition_IV_1_class_of_gradient_descents(name):
    run, q = assert_structure(name)
    assert np.allclose(np.diff(run.iterates, axis=0), -run.stepsize * q, atol=1e-12)  # (50)
    p, nearly_exact = (
        problems.random_spectrum(6.0, dq.stream(0, "problem"), n=16),
        quantizers.UniformScalar(1 << 30, 16),
    )
    exact = getattr(algorithms, name)(p, nearly_exact, steps=30, ranges=np.full(30, 2 * run.inputs.max()))
    assert np.allclose(exact.distance, algorithms.gd(p, steps=30).distance, rtol=1e-5)  # without errors it is GD


@pytest.mark.parametrize("name", ["dq_agd", "dq_hb"])
def test_definition_IV_2_class_of_gradient_methods(name):
    run, q = assert_structure(name)
    for t in range(run.steps):
        assert outside_span(run.iterates[t + 1] - run.iterates[0], q[: t + 1]) < 1e-9  # (53)
    assert outside_span(run.iterates[3] - run.iterates[2], q[2:3]) > 1e-3  # and (50) does not hold: there is momentum


# ---- Theorem IV.1: counting


@pytest.mark.parametrize(("kappa", "quantizer", "steps", "algorithm"), SMALL)
def test_equations_167_to_172_volume_division(kappa, quantizer, steps, algorithm):
    """At most 2**(nRT) positions (169), which cover no better than D 2**(-RT) (171), so a run misses the hole by that (172)."""
    for D in (1.0, 5.0):
        table = experiments.counted(kappa, quantizer, steps, algorithm, D)
        assert (table.reached <= table.at_most).all()
        assert np.allclose(table.bound, lin.volume_radius(table.at_most.to_numpy(float), quantizer.dim, D))
        reached = lin.volume_radius(table.reached.to_numpy(float), quantizer.dim, D)
        assert (table.radius >= reached * (1 - 1e-9)).all() and (reached >= table.bound * (1 - 1e-9)).all()
        assert (table.distance >= table.radius * (1 - 1e-9)).all()


def test_equation_168_a_run_ends_in_a_reachable_position():
    q = quantizers.UniformScalar(3, 2)
    stepsize, ranges = 0.5, np.array([2.0, 1.5, 1.0, 0.7])
    reached = experiments.reachable(q, stepsize, ranges)
    assert len(reached) == len(np.unique(reached.round(9), axis=0)) <= 9**4
    for trial in range(20):
        p = experiments.quadratic(dq.stream(trial, "x*").uniform(-0.7, 0.7, 2), 3.0, 1.0)
        run = algorithms.dq_gd(p, q, steps=4, stepsize=stepsize, ranges=ranges, record="iterates")
        assert np.linalg.norm(reached - run.iterates[-1], axis=1).min() < 1e-12


def test_deepest_holes_are_exact():
    """Against a dense grid in the disc, against the search for codebooks, and against hand-made sets."""
    side = np.linspace(-1, 1, 401)
    grid = np.array(np.meshgrid(side, side)).reshape(2, -1).T
    grid = grid[np.linalg.norm(grid, axis=1) <= 1]
    for trial in range(6):
        points = dq.stream(trial, "points").uniform(-0.9, 0.9, (3 + 4 * trial, 2))
        hole, radius = experiments.deepest_hole(points)
        assert np.linalg.norm(hole) <= 1 + 1e-9
        assert np.linalg.norm(points - hole, axis=1).min() == pytest.approx(radius)
        dense = np.sqrt(((grid[:, None] - points) ** 2).sum(axis=2).min(axis=1)).max()
        assert dense <= radius * (1 + 1e-12) and radius <= dense + 0.005 * math.sqrt(2)
        assert ball_covering_radius(points) == pytest.approx(radius, rel=1e-6)
    line = np.linspace(-1, 1, 2001)
    for points in ([-0.5, 0.5], [0.4, 0.9], [-0.9, -0.4], [-3.0, 0.25], dq.stream(0, "line").uniform(-1, 1, 9)):
        dense = np.abs(line[:, None] - points).min(axis=1).max()
        assert experiments.deepest_hole(np.transpose([points]))[1] == pytest.approx(dense, abs=1e-3)
    assert experiments.deepest_hole([[-0.5], [0.5]])[1] == 0.5
    assert experiments.deepest_hole([[0.0, 0.0], [3.0, 0.0]], D=4.0)[1] == pytest.approx(4.0)


def test_converse_is_attained_on_the_line():
    """kappa = 1: DQ-GD's positions halve their distances, and at every T no scheme covers better: 2**-R is the truth."""
    for levels in (2, 3, 4):
        table = experiments.counted(1.0, quantizers.UniformScalar(levels, 1), 6)
        assert np.allclose(table.radius, table.bound) and np.allclose(table.distance, table.bound)
        assert (table.reached == table.at_most).all()


@pytest.mark.parametrize(
    ("points", "fineness", "sets"), [(2, 8, 528), (4, 1, 126), (4, 2, 2380), (8, 1, 24310), (9, 1, 92378)]
)
def test_no_tiny_scheme_beats_counting(points, fineness, sets):
    """All servers on a grid, and all encoders of a few minimisers: the uniform grid alone attains D 2**(-RT)."""
    radii, best = experiments.every_server(points, fineness)
    assert len(radii) == sets and radii.min() == 1 / points
    assert best.tolist() == [pytest.approx((2 * np.arange(points) + 1 - points) / points)]


def test_all_encoders_are_no_better_than_the_nearest_position():
    """An encoder decides for each minimiser apart, so the best of all of them takes the nearest position."""
    minimisers = np.linspace(-1, 1, 7)
    for positions in ([-0.5, 0.5], [-0.75, -0.25, 0.25, 0.75], [-0.8, 0.1, 0.3]):
        count, best = experiments.every_encoder(positions, minimisers)
        nearest = np.abs(minimisers[:, None] - positions).min(axis=1).max()
        assert count == len(positions) ** 7 and best == pytest.approx(nearest, abs=1e-15)
        assert experiments.every_encoder(positions, experiments.deepest_hole(np.transpose([positions]))[0])[
            1
        ] >= 1 / len(positions)


def test_tiny_members_of_the_class_that_attain_the_converse():
    """One codebook on a grid at two steps, all ratios of ranges: expansion in base K, and for K = 4 one scheme more."""
    ratios = [1 / 16, 1 / 9, 1 / 8, 1 / 6, 1 / 5, 1 / 4, 1 / 3, 1 / 2, 2 / 3, 3 / 4, 1.0]
    attained = {}
    for levels, reach in ((2, 4), (3, 9), (4, 15)):
        table = experiments.every_codebook(levels, ratios, reach)
        assert table.best.min() == pytest.approx(1.0) and (table.schemes == math.comb(2 * reach + 1, levels)).all()
        attained[levels] = {(round(row.ratio, 9), *row.attained) for row in table.itertuples() if row.attained}
    assert attained[2] == {(0.5, (-2, 2))}
    assert attained[3] == {(round(1 / 3, 9), (-6, 0, 6))}
    assert attained[4] == {(0.25, (-12, -4, 4, 12)), (0.5, (-10, -6, 6, 10))}
    strange = quantizers.Codebook(np.transpose([[-10, -6, 6, 10]]) / 16)
    radii = [experiments.deepest_hole(experiments.reachable(strange, 1.0, [1.0, 0.5][:t]))[1] for t in (1, 2)]
    assert radii == pytest.approx([3 / 8, 1 / 16])  # optimal after two steps; after one, the uniform codebook has 1/4


def test_theorem_IV_1_what_holds_of_it():
    """Every factor of the algorithms of the class is between (51) and (23); infinite rate gives sigma_GD, counting 2**-R."""
    for kappa in (2.0, 10.0):
        x0 = np.ones(8)
        p = problems.worst_case_quadratic(x0, kappa, 1.0, dq.stream(0, "worst"))
        steps = int(math.log(1e-9) / math.log(lin.gd_contraction_factor(kappa)))
        for run in (algorithms.nq_gd, algorithms.dq_gd):
            factor = run(p, quantizers.UniformScalar(1 << 16, 8), x0=x0, steps=steps).contraction_factor()
            assert factor >= lin.gd_contraction_factor(kappa) * (1 - 2e-3)
    for kappa, rate in itertools.product((1.0, 2.0, 50.0), (0.1, 1.0, 3.0)):
        expected = max((kappa - 1) / (kappa + 1), 2**-rate)
        assert lin.converse_contraction_factor(kappa, rate) == pytest.approx(expected)
        assert lin.dq_gd_contraction_factor(kappa, rate, 1.0) == pytest.approx(expected)


@pytest.mark.parametrize(("dim", "count"), [(1, 6), (2, 61), (3, 216)])
def test_dictation_in_every_dimension(dim, count):
    """A member of A_GD with the factor rho_n 2**-R at any kappa: (48)-(50), ranges fixed in advance, distance at every step.

    Random minimisers, special ones, and those whose first gradient is a point of the codebook, so that it leaves no error.
    """
    codebook, steps = experiments.in_general_position(count, dim), 20
    rho = codebook.covering_radius
    draws = [dq.stream(k, "minimiser").standard_normal(dim) for k in range(5)]
    for kappa in (3.0, 100.0):
        minimisers = [*(v / np.linalg.norm(v) for v in draws), np.zeros(dim), np.eye(dim)[0]]
        cases = [experiments.quadratic(x, kappa, 1.0) for x in minimisers]
        # Curvature L everywhere: the first gradient is L D times a point of the codebook.
        for x in sorted(-codebook.points, key=np.linalg.norm)[:3]:
            cases.append(problems.LeastSquares(kappa * np.eye(dim), kappa * x, 0.5 * kappa * x @ x, x, kappa, 1.0))
        for p in cases:
            x_star = p.minimiser
            path, eta = experiments.dictation_in_space(p, codebook, steps), lin.gd_stepsize(kappa, 1.0)
            q = path.inputs + path.errors
            assert np.allclose(np.diff(path.iterates, axis=0), -eta * q, rtol=1e-9, atol=1e-12)  # (50)
            for t in range(steps):
                beside = path.inputs[t] - problems.gradient(p, path.access[t])
                assert not (path.access[t] - path.iterates[t]).any()  # (48)
                real = path.errors[:t][np.linalg.norm(path.errors[:t], axis=1) > 1e-9 * path.ranges[:t]]
                real = real / np.linalg.norm(real, axis=1, keepdims=True)
                assert np.linalg.norm(beside) < 1e-9 * path.ranges[t] or outside_span(beside, real) < 1e-6  # (49)
            assert (np.linalg.norm(path.inputs, axis=1) <= path.ranges * (1 + 1e-9) + 1e-9).all()
            away = np.linalg.norm(path.iterates - x_star, axis=1)
            assert (away[dim + 2 : -1] <= eta * path.ranges[dim + 2 :] * (1 + 1e-9) + 1e-9).all()
        assert np.allclose(path.ranges[dim + 3 :] / path.ranges[dim + 2 : -1], rho)
        assert np.array_equal(
            path.ranges, experiments.dictation_in_space(p._replace(minimiser=0 * x_star), codebook, steps).ranges
        )
        assert kappa < 50 or rho < 0.35 < lin.gd_contraction_factor(kappa)


def test_dq_gd_is_no_faster_than_gd_above_a_rate():
    """On the instance of Lemma C.1, step by step: |x^_t - x*| >= (1 - eta L b_{t-1}) sigma_GD**t D."""
    for kappa in (3.0, 10.0, 100.0):
        threshold = lin.dq_gd_no_faster_threshold(kappa, math.sqrt(8))
        for levels in (math.ceil(1.05 * 2**threshold), 1024):
            rate, x0 = math.log2(levels), np.ones(8)
            p = problems.worst_case_quadratic(x0, kappa, 1.0, dq.stream(levels, "worst"))
            steps = min(120, int(math.log(1e-9) / math.log(lin.gd_contraction_factor(kappa))))
            run = algorithms.dq_gd(p, quantizers.UniformScalar(levels, 8), x0=x0, steps=steps)
            t = np.arange(1, steps + 1)
            left = 1 - 2 * kappa / (kappa + 1) * np.asarray(lin.dq_gd_b(t - 1, kappa, rate, math.sqrt(8)))
            assert rate > threshold and (left > 0).all()
            assert (run.distance[1:] >= left * lin.gd_distance(t, kappa) * (1 - 1e-6)).all()
        below = math.log2(math.floor(2**threshold))
        assert 2 * kappa / (kappa + 1) * lin.dq_gd_b(5, kappa, below, math.sqrt(8)) >= 1  # the argument ends there


def test_equation_52_at_finite_n():
    """The limit needs quantizers with rho_n -> 1; at any n, DQ-GD's guarantee is at most rho_n times the converse."""
    for q in (quantizers.UniformScalar(8, 1), quantizers.UniformScalar(8, 4), quantizers.Codebook.hexagonal(19)):
        rho, bits = quantizers.covering_efficiency(q), quantizers.rate(q)
        for kappa in (1.0, 3.0, 30.0):
            ratio = lin.dq_gd_contraction_factor(kappa, bits, rho) / lin.converse_contraction_factor(kappa, bits)
            assert 1 - 1e-12 <= ratio <= rho + 1e-12


def test_finite_T_gap_to_the_converse():
    """With rho_n = 1, T times the logarithm of ((96)**(1/T) over the converse) stays bounded, except where sigma = 2**-R."""
    T = np.array([10, 100, 1000])
    for kappa, rate in ((3.0, 0.5), (3.0, 2.0), (20.0, 1.0)):
        gap = np.log(lin.dq_gd_distance(T, kappa, rate, 1.0)) - T * np.log(lin.converse_contraction_factor(kappa, rate))
        assert (gap >= -1e-9).all() and gap[2] == pytest.approx(gap[1], rel=1e-6)


# ---- Lemma C.1 by performance estimation


@pytest.mark.parametrize(("L", "mu"), [(10.0, 1.0), (3.0, 0.5), (1000.0, 1.0)])
def test_lemma_C_1_by_performance_estimation(L, mu):
    """The worst single step, by search over all Gram matrices, equals the dual's proof: max(|1 - eta mu|, |1 - eta L|)^2."""
    for factor in (0.2, 0.6, 1.0, 1.05, 1.4):
        eta = factor * lin.gd_stepsize(L, mu)
        exact = lin.step_contraction(eta, L, mu) ** 2
        primal, gram = lin.one_step_primal(eta, L, mu)
        best = lin.one_step_multiplier(eta, L, mu)
        assert primal == pytest.approx(exact, rel=1e-6) and lin.one_step_dual(best, eta, L, mu) == pytest.approx(exact)
        assert np.linalg.eigvalsh(gram)[0] >= -1e-6 * L**2 and gram[0, 0] == 1
        for other in best * np.array([0.5, 0.9, 0.99, 1.01, 1.1, 2.0]):  # weak duality, and no multiplier proves more
            assert lin.one_step_dual(other, eta, L, mu) >= exact * (1 - 1e-9)
        x = np.array([1.0, 0.0])  # the certificate is an inequality of vectors: try it on some
        for g in dq.stream(0, "gradients").normal(scale=L, size=(200, 2)):
            left = exact * x @ x - (x - eta * g) @ (x - eta * g)
            assert left - best * ((L + mu) * g @ x - g @ g - mu * L * x @ x) >= -1e-7 * L**2


# ---- Lemma C.2 and Theorem IV.2


def chain_methods():
    """The gradient methods of the paper, unquantized."""
    return {
        name.upper(): lambda p, steps, name=name: getattr(algorithms, name)(p, steps=steps)
        for name in ("gd", "agd", "hb")
    }


@pytest.mark.parametrize("kappa", [4.0, 25.0, 100.0])
def test_lemma_C_2_no_gradient_method_beats_the_chain(kappa):
    table = experiments.chain_runs(kappa, 80, 60, chain_methods())
    assert set(table.method) == {"GD", "AGD", "HB"}
    assert (table.distance >= table.bound * (1 - 1e-9) - 1e-14).all()
    early = table[table.t <= 30]
    assert (early.distance >= early.ideal * (1 - 1e-6)).all()  # far from the end truncation is not felt


def test_lemma_C_2_is_the_best_that_a_span_allows():
    """The gradients of t steps span the first t coordinates, and x* is exactly (173) away from that space."""
    kappa, n = 9.0, 30
    p = problems.nesterov_chain(kappa, 1.0, n)
    x, slopes = np.zeros(n), []
    for t in range(1, 9):
        slopes.append(problems.gradient(p, x))
        x = x - 0.2 * slopes[-1]
        basis = np.linalg.qr(np.transpose(slopes))[0]
        assert np.linalg.matrix_rank(np.array(slopes)[:, :t]) == t and not np.array(slopes)[:, t:].any()
        nearest = np.linalg.norm(p.minimiser - basis @ (basis.T @ p.minimiser))
        assert nearest == pytest.approx(lin.nesterov_chain_distance(t, kappa, n), rel=1e-6)
        assert nearest == pytest.approx(lin.nesterov_distance(t, kappa), rel=1e-6)


def test_theorem_IV_2_what_holds_of_it():
    """(58) against its parts, and quantized methods on the chain: one whose quantizer keeps 0 obeys Lemma C.2 at every rate."""
    for kappa, rate in itertools.product((1.0, 4.0, 100.0), (0.1, 1.0, 4.0)):
        root = math.sqrt(kappa)
        expected = max((root - 1) / (root + 1), 2**-rate)
        assert lin.converse_gradient_method_factor(kappa, rate) == pytest.approx(expected)
        assert expected <= lin.converse_contraction_factor(kappa, rate) + 1e-12  # a wider class may be faster
    odd = quantizers.UniformScalar(1023, 60)
    methods = {
        name: lambda p, steps, name=name: getattr(algorithms, name)(p, odd, steps=steps)
        for name in ("nq_gd", "dq_gd", "dq_hb")
    }
    table = experiments.chain_runs(25.0, 60, 40, methods)
    assert (table.distance >= table.bound * (1 - 1e-9) - 1e-14).all()
    even = {"DQ-HB": lambda p, steps: algorithms.dq_hb(p, quantizers.UniformScalar(1024, 80), steps=steps)}
    moved = experiments.chain_runs(25.0, 80, 40, even)  # its noise moves masses that no gradient has reached
    assert (moved.distance / moved.bound).min() == pytest.approx(0.987, abs=2e-3)


def test_section_V_B_counting_with_many_workers():
    """Workers whose sum rate is R: the server's positions are sums of all their messages, and (167) holds with R."""
    books = [np.array([-0.5, 0.5]), np.array([-2 / 3, 0.0, 2 / 3])]
    joint = np.array([sum(pair) / 2 for pair in itertools.product(*books)])
    q = quantizers.Codebook(joint[:, None])
    sum_rate = math.log2(2) + math.log2(3)
    assert quantizers.rate(q) == pytest.approx(sum_rate)
    for ranges in ([1.0, 0.4, 0.2], [1.3, 0.5, 0.1]):
        positions = experiments.reachable(q, 1.0, ranges)
        assert len(positions) <= 6**3
        assert experiments.deepest_hole(positions)[1] >= lin.volume_distance(3, sum_rate) * (1 - 1e-9)


def test_almost_every_minimiser_is_as_far_as_the_worst():
    """The repair of Theorem IV.1's limit: the share of the ball within eps_T of S_A, measured exactly on the line."""
    for kappa, levels, steps in ((1.0, 2, 10), (5.0, 2, 10), (3.0, 3, 6)):
        q, bits = quantizers.UniformScalar(levels, 1), math.log2(levels)
        stepsize = lin.gd_stepsize(kappa, 1.0)
        ranges = lin.dq_gd_dynamic_range(np.arange(steps), kappa, bits, 1.0, L=kappa)
        for T in range(2, steps + 1):
            reached = np.sort(experiments.reachable(q, stepsize, ranges[:T])[:, 0])
            radius = lin.almost_sure_radius(T, bits, 1)
            edges = np.clip([reached - radius, reached + radius], -1, 1)
            covered = (
                (edges[1] - np.maximum(edges[0], np.maximum.accumulate(np.append(-1, edges[1][:-1])))).clip(0).sum()
            )
            share = covered / 2
            assert share <= lin.almost_sure_probability(radius, T, bits, 1) + 1e-12
            assert lin.almost_sure_probability(radius, T, bits, 1) == pytest.approx(T**-2.0)
            if kappa == 1:  # the positions of an optimal scheme lose nothing to one another
                assert share == pytest.approx(T**-2.0)


def test_almost_every_minimiser_in_runs():
    """Shares of 4000 runs against T**-2: equality where counting is met, below it elsewhere.

    A right program fails at one T with probability 7e-6 (4.5 standard errors): 1.3e-4 in all.
    """
    met = experiments.almost_every(1.0, quantizers.UniformScalar(2, 1), 8, minimisers=4000, seed=1)
    deviation = np.sqrt(met.bound * (1 - met.bound) / 4000)
    assert (abs(met.share - met.bound) <= 4.5 * deviation + 1e-12).all()
    for kappa, q in ((2.0, quantizers.UniformScalar(2, 1)), (3.0, quantizers.UniformScalar(4, 2))):
        below = experiments.almost_every(kappa, q, 6, minimisers=1000, seed=1)
        assert (below.share <= below.bound + 4.5 * np.sqrt(below.bound * (1 - below.bound) / 1000)).all()
