"""Problems that nodes hold: every verb against the definitions, every constant that they claim, and the penalty function."""

import itertools
import math

import numpy as np
import pytest
import scipy.sparse as sp

import dqlab as dq
from dqlab import problems
from dqlab.problems import penalty as penalty_module
from dqlab.streams import key, stream

from . import oracles
from .unbiased import bernstein

NODES, DIM = 5, 4


def data(rows=20, dim=DIM, seed=0):
    rng = stream(seed, "data")
    X = rng.standard_normal((rows, dim)) * (rng.random((rows, dim)) < 0.6)
    return X, np.where(X @ rng.standard_normal(dim) + rng.standard_normal(rows) > 0, 1.0, -1.0)


def logistic(rows="dense", strength=0.1, **options):
    X, y = data()
    X = sp.csr_array(X) if rows == "sparse" else X
    return problems.DecentralisedLogistic.from_data(X, y, NODES, strength, **options)


def quadratics(samples=3, **options):
    return problems.DecentralisedQuadratics.planted(stream(0, "problem"), NODES, DIM, samples, **options)


PROBLEMS = {
    "one population": quadratics(),
    "apart": quadratics(spread=2.0),
    "one sample": quadratics(samples=1, spread=1.0, noise=0.0),
    "dense rows": logistic(),
    "sparse rows": logistic("sparse"),
}
EVERY = pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS)


def models(count=NODES, dim=DIM):
    return stream(1, "models").standard_normal((count, dim))


@EVERY
def test_verbs_are_the_definitions(problem):
    """Equation (4), and the nodes' functions and gradients."""
    loss, slope = oracles.sample_losses(problem)
    pairs = list(itertools.product(range(NODES), range(problem.samples)))
    X, x = models(), models()[0]
    assert (problem.nodes, problem.dim) == X.shape
    assert problems.value(problem, x) == pytest.approx(np.mean([loss(i, j, x) for i, j in pairs]), rel=1e-13)
    assert np.allclose(problems.gradient(problem, x), np.mean([slope(i, j, x) for i, j in pairs], axis=0), atol=1e-13)
    own = [[loss(i, j, X[i]) for j in range(problem.samples)] for i in range(NODES)]
    assert np.allclose(problems.node_values(problem, X), np.mean(own, axis=1), rtol=1e-13)
    own = [[slope(i, j, X[i]) for j in range(problem.samples)] for i in range(NODES)]
    assert np.allclose(problems.node_gradients(problem, X), np.mean(own, axis=1), atol=1e-13)
    assert np.allclose(
        oracles.numeric_gradient(lambda x: problems.value(problem, x), x), problems.gradient(problem, x), atol=1e-7
    )


@EVERY
def test_sample_gradients_are_means_of_samples_drawn(problem):
    """A node after the other, one key each, samples with replacement; nothing of an empty batch."""
    _, slope = oracles.sample_losses(problem)
    X, sizes, out = models(), [3, 0, 1, 40, 2], np.full((NODES, DIM), np.nan)
    assert problems.sample_gradients(problem, X, sizes, stream(0, "samples"), out) is out
    rng, one = stream(0, "samples"), stream(0, "samples")
    for i, size in enumerate(sizes):
        chosen = oracles.drawn(key(rng), size, problem.samples)
        expected = np.mean([slope(i, j, X[i]) for j in chosen], axis=0) if size else np.zeros(DIM)
        assert np.allclose(out[i], expected, atol=1e-13)
        assert np.array_equal(problems.sample_gradient(problem, i, X[i], size, one), out[i])


@EVERY
def test_constants_are_what_they_say(problem):
    """L and mu of every sample along segments, and the minimiser."""
    _, slope = oracles.sample_losses(problem)
    rng = stream(2, "pairs")
    for i, j in itertools.product(range(NODES), range(problem.samples)):
        for _ in range(5):
            v, w = rng.standard_normal((2, DIM)) * 3
            change = slope(i, j, v) - slope(i, j, w)
            assert np.linalg.norm(change) <= problem.L * np.linalg.norm(v - w) * (1 + 1e-12)
            assert change @ (v - w) >= problem.mu * (v - w) @ (v - w) * (1 - 1e-12)
    steepest = 0.0  # L is attained, at 0 along a row or an axis
    for i, j in itertools.product(range(NODES), range(problem.samples)):
        H = np.array([(slope(i, j, 1e-4 * e) - slope(i, j, -1e-4 * e)) / 2e-4 for e in np.eye(DIM)])
        steepest = max(steepest, np.linalg.eigvalsh((H + H.T) / 2)[-1])
    assert steepest == pytest.approx(problem.L, rel=1e-6)
    assert np.linalg.norm(problems.gradient(problem, problem.minimiser)) <= 1e-12
    assert problem.certify(stream(3, "pairs"), pairs=20)["least_curvature"] >= problem.mu * (1 - 1e-9)


@EVERY
def test_noise_is_bounded_by_noise(problem):
    """A node's own samples, at points near and far: Assumption 4 as with-replacement batches meet it."""
    _, slope = oracles.sample_losses(problem)
    for x in [np.zeros(DIM), *models(3), 30 * models(3)[1]]:
        for i in range(NODES):
            slopes = np.array([slope(i, j, x) for j in range(problem.samples)])
            noise = ((slopes - slopes.mean(axis=0)) ** 2).sum(axis=1).mean()
            assert noise <= problem.noise * (1 + 1e-12)
            if hasattr(problem, "node_noise"):
                assert noise == pytest.approx(problem.node_noise[i], rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("size", [1, 2, 7])
def test_batches_are_unbiased_with_the_variance_of_their_size(size):
    """E = the node's gradient, and E|. - E|**2 = gamma_i**2 / b exactly. 10 comparisons; see `unbiased` for their error rate."""
    problem, X, count = PROBLEMS["apart"], models(), 4000
    exact, rng, out = problems.node_gradients(problem, X), stream(0, "batches"), np.empty((NODES, DIM))
    kernel, sizes = problems.sample_gradients.kernel(problem), np.full(NODES, size)
    off = np.empty((count, NODES, DIM))
    for k in range(count):
        kernel(problem, X, sizes, rng, out)
        off[k] = out - exact
    largest = np.linalg.norm(problem.curvatures[:, None] * (problem.centres - problem.means[:, None]), axis=2).max(
        axis=1
    )
    squared = (off**2).sum(axis=2)
    for i in range(NODES):
        variance = problem.node_noise[i] / size
        assert abs(squared[:, i].mean() - variance) <= bernstein(largest[i] ** 2 * variance, largest[i] ** 2, count)
        assert (np.abs(off[:, i].mean(axis=0)) <= bernstein(variance, largest[i], count)).all()
    assert variance > 0


def test_planted_noise_is_exact():
    problem = PROBLEMS["one population"]
    shifted = problem.curvatures[:, None] * (problem.centres - problem.centre)
    assert np.allclose((shifted**2).sum(axis=2), problem.noise) and problem.noise == 1.0
    assert (problem.node_noise < problem.noise).all() and (problem.curvatures == problem.curvatures[0]).all()
    assert (problem.L, problem.mu, problem.kappa) == (1.0, pytest.approx(0.1), pytest.approx(10))
    apart = quadratics(samples=2000, spread=2.0, noise=1e-8)
    assert np.allclose(np.linalg.norm(apart.means - apart.means.mean(axis=0), axis=1), 2.0, atol=1.2)
    assert not apart.centre.size and len({tuple(row) for row in apart.curvatures}) > 1
    with pytest.raises(ValueError, match="no population in common"):
        apart.expected_gradient(np.zeros(DIM))
    x = models()[0]
    assert np.array_equal(problem.expected_gradient(x), problem.curvatures[0] * (x - problem.centre))


def test_rows_are_dealt_as_asked():
    X, y = data()
    whole = {tuple(row) for row in np.c_[X, y]}
    for deal, rng in [("storage", None), ("label", None), ("shuffled", stream(0, "deal")), (None, stream(0, "deal"))]:
        dealt = logistic(deal=deal, rng=rng)
        assert {tuple(row) for row in np.c_[dealt.rows.A, dealt.y]} == whole
        assert np.allclose(dealt.minimiser, PROBLEMS["dense rows"].minimiser, atol=1e-9)
    assert np.array_equal(logistic().rows.A, X) and np.array_equal(logistic(deal="label").y, np.sort(y))
    assert not np.array_equal(dealt.rows.A, X) and np.array_equal(dealt.rows.A, logistic(rng=stream(0, "deal")).rows.A)
    drawn = logistic(deal="iid", rng=stream(0, "deal"))
    assert {tuple(row) for row in np.c_[drawn.rows.A, drawn.y]} < whole
    sparse = logistic("sparse", deal="label")
    assert np.array_equal(sparse.rows.matrix().toarray(), logistic(deal="label").rows.A)


def test_without_a_penalty_there_may_be_no_minimiser():
    problem = logistic(strength=0.0)
    assert problem.mu == 0 and problem.minimiser.size == 0 and problem.dim == DIM
    assert problems.value(problem, np.zeros(DIM)) == pytest.approx(math.log(2))
    rng = stream(0, "wide")
    wide = problems.DecentralisedLogistic.from_data(
        sp.random_array((20, 1100), density=0.02, rng=rng), data()[1], NODES, 0.01
    )
    assert np.linalg.norm(problems.gradient(wide, wide.minimiser)) <= 1e-10


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: problems.DecentralisedQuadratics([[1.0, -1.0]], [[[0.0, 0.0]]]), "curvatures"),
        (lambda: problems.DecentralisedQuadratics([[1.0]], [[[0.0, 0.0]]]), "centres"),
        (lambda: problems.DecentralisedQuadratics([[1.0]], [[0.0]]), "centres"),
        (lambda: problems.DecentralisedQuadratics([[1.0]], [[[np.nan]]]), "centres"),
        (lambda: quadratics(kappa=0.5), "kappa"),
        (lambda: quadratics(noise=-1.0), "noise"),
        (lambda: problems.DecentralisedLogistic.from_data(*data(), 3, 0.1), "nodes: 20 rows .* first 18"),
        (lambda: problems.DecentralisedLogistic.from_data(*data(), 21, 0.1), "nodes: expected at most 20"),
        (lambda: problems.DecentralisedLogistic.from_data(data()[0], data()[1] + 1, NODES, 0.1), "y: expected labels"),
        (lambda: logistic(strength=-1.0), "strength"),
        (lambda: logistic(deal="iid"), "rng"),
        (lambda: logistic(deal="dice"), "deal"),
        (lambda: problems.node_gradients(PROBLEMS["apart"], models(4)), "X"),
        (lambda: problems.node_gradients(PROBLEMS["apart"], models(), np.empty((NODES, DIM), np.float32)), "out"),
        (lambda: problems.sample_gradient(PROBLEMS["apart"], NODES, models()[0], 1), "i: "),
        (lambda: problems.sample_gradient(PROBLEMS["apart"], 0, models()[0], -1), "size"),
        (lambda: problems.sample_gradients(PROBLEMS["apart"], models(), [1, 2]), "sizes"),
        (lambda: problems.Penalty(PROBLEMS["apart"], ring(6), 0.1), "mixing: expected 5 nodes"),
        (lambda: problems.Penalty(PROBLEMS["apart"], ring(), 0.0), "alpha"),
        (
            lambda: problems.Penalty(PROBLEMS["apart"], ring(), 0.1).stochastic_gradient(models(4), models(), models()),
            "X",
        ),
    ],
)
def test_bad_arguments_are_named(call, word):
    with pytest.raises(ValueError, match=word):
        call()


def test_what_is_no_problem_is_named():
    with pytest.raises(TypeError, match="problem"):
        problems.Penalty(3, ring(), 0.1)
    with pytest.raises(TypeError, match="mixing"):
        problems.Penalty(PROBLEMS["apart"], np.eye(5), 0.1)
    with pytest.raises(TypeError, match="centres.*as many samples"):
        problems.DecentralisedQuadratics([[1.0], [1.0]], [[[0.0], [1.0]], [[2.0]]])


def ring(nodes=NODES):
    return dq.networks.laplacian_weights(dq.networks.ring(nodes))


@pytest.mark.parametrize("name", ["apart", "dense rows"])
def test_penalty_and_its_gradient(name):
    problem, W, alpha = PROBLEMS[name], ring(), 0.3
    penalty, x = problems.Penalty(problem, W, alpha), models().ravel()
    L = np.kron(np.eye(NODES) - W.dense(), np.eye(DIM))
    by_hand = x @ L @ x / 2 + alpha * problems.node_values(problem, models()).sum()
    assert problems.value(penalty, x) == pytest.approx(by_hand, rel=1e-12)
    stacked = problems.node_gradients(problem, models()).ravel()
    assert np.allclose(problems.gradient(penalty, x), L @ x + alpha * stacked, atol=1e-12)
    assert np.allclose(
        oracles.numeric_gradient(lambda x: problems.value(penalty, x), x), L @ x + alpha * stacked, atol=1e-7
    )
    assert penalty.dim == x.size and penalty.models.shape == (NODES, DIM)


@pytest.mark.parametrize("nodes", [5, 6])
def test_large_networks_find_the_same_minimiser(monkeypatch, nodes):
    problem = problems.DecentralisedQuadratics.planted(stream(1, "problem"), nodes, 3, spread=1.0)
    direct = problems.Penalty(problem, ring(nodes), 0.2).minimiser
    monkeypatch.setattr(penalty_module, "DENSE", 1)
    assert np.allclose(problems.Penalty(problem, ring(nodes), 0.2).minimiser, direct, atol=1e-11)


def test_verbs_name_a_problem_without_nodes_and_room_that_is_none():
    smooth, quadratics = problems.random_spectrum(3.0, dq.stream(0), n=4), problems.DecentralisedQuadratics
    for call in (
        lambda: problems.node_values(smooth, np.zeros((2, 4))),
        lambda: problems.node_gradients(smooth, np.zeros((2, 4))),
        lambda: problems.sample_gradients(smooth, np.zeros((2, 4)), [1, 1]),
        lambda: problems.sample_gradient(smooth, 0, np.zeros(4), 1),
    ):
        with pytest.raises(
            TypeError, match="problem: expected a decentralised.*got LeastSquares|LeastSquares has no kernel"
        ):
            call()
    problem = quadratics.planted(dq.stream(0, "problem"), 2, 3)
    with pytest.raises(ValueError, match="out: expected a contiguous array"):
        problems.node_gradients(problem, np.zeros((2, 3)), np.zeros((2, 6))[:, ::2])
