"""Networks: values and gradients against naive passes, sampling, decay, precision, the twin on JAX, and bad data refused."""

import math
import pickle
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

import dqlab as dq
from dqlab import problems
from dqlab.algorithms import decentralised
from dqlab.algorithms.decentralised import checked_start
from dqlab.problems import perceptron_passes as passes
from dqlab.problems.decentralised import draw
from dqlab.streams import key

from . import oracles


def network(layers, nodes=2, samples=3, seed=0, **parameters):
    """Random bytes and labels for a network; every input up to 2.55, so that units leave their linear range."""
    rng = dq.stream(seed, "data")
    inputs = rng.integers(0, 256, (nodes, samples, layers[0])).astype(np.uint8)
    labels = rng.integers(0, layers[-1], (nodes, samples))
    return problems.Perceptron(inputs, labels, layers, unit=0.01, **parameters)


def naive_value(problem, i, x):
    """f_i(x), sample by sample."""
    rows = zip(problem.inputs[i] * problem.unit, problem.labels[i])
    losses = [oracles.network_loss(x, problem.layers, row, label) for row, label in rows]
    return np.mean(losses) + problem.decay * oracles.squared_weights(x, problem.layers) / (2 * problem.labels.size)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 6), min_size=2, max_size=5), st.integers(0, 99), st.sampled_from([0.0, 3.0]))
def test_values_and_gradients_of_any_network(layers, seed, decay):
    problem = network(layers, seed=seed, decay=decay)
    X = dq.stream(seed, "models").standard_normal((2, problem.dim))
    assert problem.dim == sum((p + 1) * q for p, q in zip(layers, layers[1:]))
    expected = [naive_value(problem, i, X[i]) for i in range(2)]
    assert np.allclose(problems.node_values(problem, X), expected, rtol=1e-12, atol=1e-12)
    numeric = [oracles.numeric_gradient(lambda x, i=i: naive_value(problem, i, x), X[i]) for i in range(2)]
    assert np.allclose(problems.node_gradients(problem, X), numeric, rtol=1e-6, atol=1e-8)
    both = [naive_value(problem, i, X[0]) for i in range(2)]
    assert problems.value(problem, X[0]) == pytest.approx(np.mean(both), rel=1e-12, abs=1e-12)
    mean = problems.node_gradients(problem, np.stack([X[0]] * 2)).mean(axis=0)
    assert np.allclose(problems.gradient(problem, X[0]), mean, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("by_batch", [False, True])
def test_a_stochastic_gradient_is_the_mean_over_its_draws(by_batch):
    layers, size = (5, 4, 3), 7
    problem = network(layers, samples=4, decay=2.0, decay_by_batch=by_batch)
    x = dq.stream(0, "model").standard_normal(problem.dim)
    found = problems.sample_gradient(problem, 1, x, size, dq.stream(3, "samples"))
    seed = key(dq.stream(3, "samples"))
    chosen = [draw(seed, k, 4) for k in range(size)]
    assert 1 < len(set(chosen)) < size  # one comes twice

    def loss(v):
        losses = [
            oracles.network_loss(v, layers, problem.inputs[1, j] * problem.unit, problem.labels[1, j]) for j in chosen
        ]
        return np.mean(losses) + 2.0 * oracles.squared_weights(v, layers) / (2 * (size if by_batch else 8))

    assert np.allclose(found, oracles.numeric_gradient(loss, x), rtol=1e-6, atol=1e-8)


def test_all_nodes_draw_one_after_the_other():
    problem = network((5, 4, 3), nodes=3, samples=4)
    X, sizes = dq.stream(0, "models").standard_normal((3, problem.dim)), [6, 0, 2]
    found = problems.sample_gradients(problem, X, sizes, dq.stream(1, "samples"))
    rng = dq.stream(1, "samples")
    expected = [problems.sample_gradient(problem, i, X[i], sizes[i], rng) for i in range(3)]
    assert np.allclose(found, expected, rtol=1e-12, atol=1e-15) and (found[1] == 0).all() and (found[[0, 2]] != 0).any()


def test_wide_inputs_are_multiplied_in_blocks():
    problem = network((700, 40, 3), samples=90)
    assert passes.block(problem.layers, 90) == 234 and passes.block(problem.layers, 30) == 700
    x = problem.start(dq.stream(0, "start"), dtype=np.float64)
    W, b, V, c = np.split(x, np.cumsum([700 * 40, 40, 40 * 3]))
    z = 1 / (1 + np.exp(-(problem.inputs * 0.01 @ W.reshape(700, 40) + b))) @ V.reshape(40, 3) + c
    losses = np.log(np.exp(z).sum(axis=2)) - np.take_along_axis(z, problem.labels[..., None], axis=2)[..., 0]
    assert problems.value(problem, x) == pytest.approx(losses.mean(), rel=1e-12)
    assert problem.accuracy(x) == (z.argmax(axis=2) == problem.labels).mean()
    found = problems.gradient(problem, x)
    for k in (
        0,
        233 * 40 + 39,
        234 * 40,
        468 * 40 + 7,
        699 * 40,
        700 * 40,
        problem.dim - 1,
    ):  # where blocks begin and end
        step = np.zeros(problem.dim)
        step[k] = 1e-5
        slope = (problems.value(problem, x + step) - problems.value(problem, x - step)) / 2e-5
        assert found[k] == pytest.approx(slope, rel=1e-5, abs=1e-9)


def test_arithmetic_has_the_precision_of_the_model():
    problem = network((30, 8, 6, 4), samples=20)
    x = problem.start(dq.stream(0, "start"), 0.5)
    assert x.dtype == np.float32
    kernel, single = problems.sample_gradients.kernel(problem), np.empty((2, problem.dim), np.float32)
    kernel(problem, np.stack([x] * 2), np.array([9, 50]), dq.stream(0, "samples"), single)
    double = problems.sample_gradients(problem, [x] * 2, [9, 50], dq.stream(0, "samples"))
    assert 0 < np.abs(single - double).max() < 1e-6 and np.abs(double).max() > 0.01


def test_runs_from_a_start_in_single_precision_stay_there():
    """Other problems compute in doubles, and another start makes doubles of a network."""
    problem, quadratics = network((5, 4, 3)), problems.DecentralisedQuadratics.planted(dq.stream(0, "problem"), 2, 39)
    x = problem.start(dq.stream(0, "start"))
    assert problem.dim == quadratics.dim == x.size and x.dtype == np.float32
    for p, x0, kind in (
        (problem, x, "f4"),
        (problem, x.astype(float), "f8"),
        (problem, None, "f8"),
        (quadratics, x, "f8"),
    ):
        X = checked_start(p, x0)
        assert X.dtype == kind and X.shape == (2, 39)
        assert np.array_equal(X, np.zeros((2, 39)) if x0 is None else [x0] * 2)


def test_the_sigmoid_in_float32():
    x = np.linspace(-40, 40, 20_001).astype(np.float32)
    found = x.copy()
    passes.single_sigmoid(found)
    assert np.abs(found - expit(x.astype(float))).max() < 2e-7 and found.min() >= 0 and found.max() <= 1
    assert (np.diff(found) >= -2e-7).all() and found[10_000] == 0.5


def test_great_outputs_overflow_nothing():
    problem = network((3, 2, 2))
    x = np.full(problem.dim, 400.0)
    x[-1] = -400.0
    assert np.isfinite(problems.value(problem, x)) and np.isfinite(problems.gradient(problem, -x)).all()


def test_a_start_has_a_range_for_every_layer():
    problem = network((50, 40, 30))
    x = problem.start(dq.stream(0, "start"), (0.5, 2.0))
    first, second = np.split(x, [51 * 40])
    assert 0.49 < np.abs(first).max() <= 0.5 and 1.9 < np.abs(second).max() <= 2 and second.size == 41 * 30


def test_rows_are_dealt_in_storage_order_or_shuffled():
    X, y = np.arange(14.0).reshape(7, 2), np.array([-1, 1, 1, -1, 1, 1, -1])
    problem = problems.Perceptron.from_data(X, y, nodes=3, hidden=[4])
    assert np.array_equal(problem.inputs.reshape(6, 2), X[:6]) and problem.labels.tolist() == [[0, 1], [1, 0], [1, 1]]
    assert problem.layers.tolist() == [2, 4, 2] and problem.unit == 1 and (problem.nodes, problem.samples) == (3, 2)
    shuffled = problems.Perceptron.from_data(X, y, 3, [4], outputs=5, rng=dq.stream(0, "deal"))
    rows = shuffled.inputs.reshape(6, 2)
    assert not np.array_equal(rows, X[:6]) and len(np.unique(rows, axis=0)) == 6 and shuffled.layers[-1] == 5
    labels = {tuple(row): int(label > 0) for row, label in zip(X, y)}
    assert shuffled.labels.ravel().tolist() == [labels[tuple(row)] for row in rows]
    as_bytes = problems.Perceptron.from_data(X.astype(np.uint8), y, 3, [4])
    assert as_bytes.unit == 1 / 255
    again = pickle.loads(pickle.dumps(as_bytes))
    assert type(again) is problems.Perceptron and all(
        np.array_equal(a, b, equal_nan=True) for a, b in zip(again, as_bytes)
    )
    assert again.minimiser.size == 0 and again.mu == 0 and math.isnan(again.L) and math.isnan(again.noise)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (dict(inputs=np.zeros((2, 3))), r"inputs: expected shape \(nodes, samples, inputs\), got \(2, 3\)"),
        (dict(inputs=np.zeros((2, 3, 4), int)), "inputs: expected an array of uint8, float32 or float64, got int64"),
        (dict(inputs=np.full((2, 3, 4), np.nan)), "inputs: expected finite numbers"),
        (dict(layers=(5, 2)), r"layers: expected 4 inputs first .* got \[5, 2\]"),
        (dict(layers=(4,)), r"layers: expected 4 inputs first .* got \[4\]"),
        (dict(layers=(4, 0, 2)), "layers: expected an integer >= 1, got 0"),
        (dict(labels=np.zeros((3, 2), int)), r"labels: expected shape \(2, 3\), a label a sample, got \(3, 2\)"),
        (dict(labels=np.full((2, 3), 2)), r"labels: expected classes 0, ..., 1, one for each output, got \[2\]"),
        (dict(unit=0), "unit: expected a finite number > 0, got 0"),
        (dict(decay=-1), "decay: expected a finite number >= 0, got -1"),
        (dict(decay_by_batch=1), "decay_by_batch: expected True or False, got 1"),
    ],
)
def test_bad_networks_are_refused(changes, message):
    good = dict(inputs=np.zeros((2, 3, 4)), labels=np.zeros((2, 3), int), layers=(4, 2))
    with pytest.raises((ValueError, TypeError), match=message):
        problems.Perceptron(**good | changes)


def test_bad_data_are_refused():
    with pytest.raises(
        ValueError, match=r"X, y: expected shapes \(rows, inputs\) and \(rows,\), got \(3, 2\) and \(2,\)"
    ):
        problems.Perceptron.from_data(np.zeros((3, 2)), [0, 1], 1, [2])
    with pytest.raises(ValueError, match="nodes: expected at most 3, the number of rows, got 4"):
        problems.Perceptron.from_data(np.zeros((3, 2)), [0, 1, 1], 4, [2])
    for y, message in (([0, 1, math.nan], "y: expected finite"), (["a", "b", "a"], "y: expected a vector of numbers")):
        with pytest.raises((ValueError, TypeError), match=message):
            problems.Perceptron.from_data(np.zeros((3, 2)), y, 1, [2])
    with pytest.raises(TypeError, match=r"hidden: expected the units of every hidden layer, such as \[50\], got 2"):
        problems.Perceptron.from_data(np.zeros((3, 2)), [0, 1, 1], 1, 2)


@pytest.mark.parametrize("ranges", [(1.0, 2.0, 3.0), -1.0, math.nan, "wide"])
def test_bad_ranges_of_a_start_are_named(ranges):
    with pytest.raises((ValueError, TypeError), match="ranges: expected"):
        network((5, 4, 3)).start(dq.stream(0, "start"), ranges)


@pytest.mark.parametrize("method", ["quantimed_dsgd", "dsgd"])
def test_a_node_at_a_time_or_all_at_once_are_the_same_run(method, monkeypatch):
    """By the boxes' sources, uncompiled: bit for bit."""
    monkeypatch.setattr(decentralised, "is_compiled", lambda *_: False)
    problem = network((4, 3, 2), nodes=4, samples=5)
    mixing = dq.networks.laplacian_weights(dq.networks.star(4))
    more = [dq.quantizers.DecimalGrid(2, problem.dim, 8.0)] if method == "quantimed_dsgd" else []
    options = dict(steps=6, work=dq.clock.FixedBatch(3), stepsize=0.5, x0=problem.start(dq.stream(0, "start")), seed=1)
    runs = []
    for by_node in (True, False):
        monkeypatch.setattr(problems.Perceptron, "node_by_node", by_node)
        runs.append(getattr(dq.algorithms, method)(problem, mixing, *more, **options))
    assert np.array_equal(runs[0].final, runs[1].final) and np.array_equal(runs[0].loss, runs[1].loss)
    assert not np.array_equal(runs[0].final[0], runs[0].final[1]) and runs[0].loss[-1] != runs[0].loss[0]


# The twin on JAX


@pytest.mark.filterwarnings("ignore:Code running in object mode")
@pytest.mark.parametrize("by_batch", [False, True])
def test_gradients_by_jax_are_ours(by_batch):
    pytest.importorskip("jax")
    ours = network((20, 6, 5, 3), nodes=3, samples=10, decay=2.0, decay_by_batch=by_batch)
    theirs = ours.on_jax()
    X = dq.stream(0, "models").standard_normal((3, ours.dim))
    for verb, argument in [("value", X[0]), ("gradient", X[0]), ("node_values", X), ("node_gradients", X)]:
        mine, other = (getattr(problems, verb)(problem, argument) for problem in (ours, theirs))
        assert np.allclose(mine, other, rtol=1e-5, atol=1e-6), verb
    drawn = [problems.sample_gradients(p, X, [0, 3, 40], dq.stream(1, "samples")) for p in (ours, theirs)]
    assert np.allclose(*drawn, rtol=1e-5, atol=1e-6) and (drawn[1][0] == 0).all()
    one = [problems.sample_gradient(p, 2, X[2], 9, dq.stream(1, "samples")) for p in (ours, theirs)]
    assert np.allclose(*one, rtol=1e-5, atol=1e-6) and ours.accuracy(X[0]) == theirs.accuracy(X[0])


def test_without_jax_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(ImportError, match=r"JaxPerceptron: needs JAX, an optional extra; install dqlab\[jax\]"):
        network((3, 2)).on_jax()
