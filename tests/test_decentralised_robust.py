"""Robust regression on n nodes: its gradients, and every constant that it claims, at every x."""

import pickle

import numpy as np
import pytest
import scipy.sparse as sp

from dqlab import problems as dqp
from dqlab._generic import unchecked
from dqlab.streams import stream


def problem(**options):
    return dqp.DecentralisedRobust.planted(stream(0, "problem"), nodes=5, dim=3, samples=6, **options)


ROUGH = {"outliers": 0.2, "noise": 0.1, "spread": 0.5}


def points(count=50):
    """From near to far: most residuals are within reach of the loss at some of them and none at others."""
    rng = stream(0, "points")
    return [10.0 ** rng.uniform(-1, 1.5) * rng.standard_normal(3) for _ in range(count)]


def by_hand(p, x):
    """Every row's loss and gradient, nodes first."""
    A, y = p.rows.A.reshape(5, 6, 3), p.y.reshape(5, 6)
    r = A @ x - y
    return r**2 / (1 + r**2), (2 * r / (1 + r**2) ** 2)[:, :, None] * A


def test_values_and_gradients_are_those_of_the_formula():
    p = problem(**ROUGH)
    for x in points(10):
        losses, slopes = by_hand(p, x)
        assert dqp.value(p, x) == pytest.approx(losses.mean())
        assert dqp.gradient(p, x) == pytest.approx(slopes.mean(axis=(0, 1)), abs=1e-14)
        X = np.tile(x, (5, 1))
        assert dqp.node_values(p, X) == pytest.approx(losses.mean(axis=1))
        assert dqp.node_gradients(p, X) == pytest.approx(slopes.mean(axis=1), abs=1e-14)
        step = 1e-6 * np.eye(3)
        ahead, behind = ([dqp.value(p, x + s * e) for e in step] for s in (1, -1))
        assert dqp.gradient(p, x) == pytest.approx(np.subtract(ahead, behind) / 2e-6, abs=1e-8)


def test_sample_gradients_are_means_of_rows_of_the_node():
    """One draw is a row's gradient; the mean over many is the node's."""
    p, x, rng = problem(**ROUGH), np.array([0.3, -0.2, 0.5]), stream(0, "samples")
    _, slopes = by_hand(p, x)
    drawn = np.array([dqp.sample_gradient(p, 2, x, 1, rng) for _ in range(600)])
    distance = np.linalg.norm(drawn[:, None] - slopes[2], axis=2)
    assert distance.min(axis=1).max() < 1e-14 and set(distance.argmin(axis=1)) == set(range(6))
    many = dqp.sample_gradient(p, 2, x, 100_000, rng)
    assert many == pytest.approx(slopes[2].mean(axis=0), abs=6 * slopes[2].std() / np.sqrt(100_000) + 1e-3)
    assert dqp.sample_gradient(p, 2, x, 0, rng).tolist() == [0.0, 0.0, 0.0]


def test_the_constants_hold_at_every_point_and_some_are_attained():
    p = problem(**ROUGH)
    most_noise = most_spread = 0.0
    for x in points(200):
        _, slopes = by_hand(p, x)
        nodes = slopes.mean(axis=1)
        noise = ((slopes - nodes[:, None]) ** 2).sum(axis=2).mean(axis=1)
        spread = ((nodes - nodes.mean(axis=0)) ** 2).sum(axis=1).mean()
        assert noise.max() <= p.noise and spread <= p.heterogeneity and dqp.value(p, x) >= p.lowest
        most_noise, most_spread = max(most_noise, noise.max()), max(most_spread, spread)
    assert most_noise > p.noise / 4 and most_spread > p.heterogeneity / 10
    u = np.linspace(0, 50, 100_001)
    curvature, steepness = (2 - 6 * u) / (1 + u) ** 3, 4 * u / (1 + u) ** 4
    assert curvature.max() == 2.0 and curvature.min() == pytest.approx(-0.5, abs=1e-6)
    assert 27 / 64 - 1e-6 < steepness.max() <= 27 / 64


def test_smoothness_is_attained_where_the_residual_is_zero():
    p = problem()
    assert p.L == pytest.approx(2 * (p.rows.A**2).sum(axis=1).max()) and p.node_L <= p.L
    row = np.argmax((p.rows.A**2).sum(axis=1))
    alone = dqp.DecentralisedRobust.from_data(p.rows.A[row : row + 1], p.y[row : row + 1], nodes=1)
    a, x = p.rows.A[row], p.minimiser
    change = dqp.gradient(alone, x + 1e-5 * a) - dqp.gradient(alone, x - 1e-5 * a)
    assert np.linalg.norm(change) / (2e-5 * np.linalg.norm(a)) == pytest.approx(alone.L) == pytest.approx(p.L)
    for v, w in zip(points(40), points(40)[::-1], strict=True):
        difference = dqp.node_gradients(p, np.tile(v, (5, 1))) - dqp.node_gradients(p, np.tile(w, (5, 1)))
        assert np.linalg.norm(difference, axis=1).max() <= p.node_L * np.linalg.norm(v - w) * (1 + 1e-12)


def test_without_outliers_the_planted_point_is_the_minimum():
    p = problem()
    assert dqp.value(p, p.minimiser) == 0.0 and np.linalg.norm(p.minimiser) == pytest.approx(np.sqrt(3))
    assert problem(**ROUGH).minimiser.size == 0


def test_sparse_rows_are_the_same_problem_and_rows_may_be_dealt_anew():
    p = problem(**ROUGH)
    sparse = dqp.DecentralisedRobust.from_data(sp.csr_array(p.rows.A), p.y, nodes=5)
    assert tuple(sparse)[5:] == pytest.approx(tuple(p)[5:])
    x, out = np.array([0.3, -0.2, 0.5]), np.zeros((5, 3))
    with unchecked():
        assert dqp.value(sparse, x) == pytest.approx(dqp.value(p, x))
        dqp.node_gradients(sparse, np.tile(x, (5, 1)), out)
    assert out == pytest.approx(dqp.node_gradients(p, np.tile(x, (5, 1))))
    dealt = dqp.DecentralisedRobust.from_data(p.rows.A, p.y, 5, stream(1, "deal"), scale=2.0)
    assert sorted(dealt.y * 2) == pytest.approx(sorted(p.y)) and dealt.y.tolist() != (p.y / 2).tolist()
    assert dqp.value(dealt, 2 * x) != dqp.value(p, x) and dealt.L == pytest.approx(p.L / 4)
    assert pickle.loads(pickle.dumps(p)).y.tolist() == p.y.tolist()


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (
            lambda: dqp.DecentralisedRobust.from_data([[1.0], [2.0], [3.0]], [1.0, 2.0, 3.0], nodes=2),
            "first 2 of X and y",
        ),
        (lambda: dqp.DecentralisedRobust.from_data([[1.0]], [1.0, 2.0], nodes=1), "y: expected shape"),
        (lambda: dqp.DecentralisedRobust.from_data([[np.nan]], [1.0], nodes=1), "X: expected finite"),
        (lambda: dqp.DecentralisedRobust.from_data([[1.0]], [1.0], nodes=1, scale=0.0), "scale"),
        (lambda: problem(outliers=1.5), "outliers: expected a share"),
        (lambda: problem(spread=-1.0), "spread"),
        (lambda: dqp.node_gradients(problem(), np.zeros((4, 3))), "X: expected shape"),
    ],
)
def test_what_has_no_meaning_is_refused(call, word):
    with pytest.raises(ValueError, match=word):
        call()
