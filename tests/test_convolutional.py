"""Convolutional networks: values against a naive pass, gradients against differences, batch normalisation's identities, the twin on JAX."""

import pickle
import sys

import numpy as np
import pytest

import dqlab as dq
from dqlab import problems
from dqlab.problems import convolutional_passes as passes
from dqlab.problems.decentralised import draw
from dqlab.streams import key

PLANS = {  # side, channels, layers
    "valid": (7, 1, [(3, 3, 0, 2), (4,)]),
    "border": (5, 2, [(3, 3, 1, 2), (2, 2, 0, 1)]),
    "windows": (9, 1, [(2, 2, 1, 3), (3, 1, 0, 2), (5,)]),  # of 10 pixels a window of 3 leaves one out
}


def network(plan="valid", nodes=2, samples=7, **parameters):
    """Random images; two parts of a node's samples are normalised apart."""
    side, channels, layers = PLANS[plan]
    rng = dq.stream(0, "data", plan)
    images, labels = rng.random((nodes, samples, side, side, channels)), rng.integers(0, 3, (nodes, samples))
    return problems.ConvNet(images, labels, layers, **dict(outputs=3, group=4, epsilon=1e-3) | parameters)


def model(problem, dtype=np.float64):
    """Parameters all of which matter."""
    rng = dq.stream(1, "model")
    return (problem.start(rng, np.float64) + 0.3 * rng.standard_normal(problem.dim)).astype(dtype)


def naive_outputs(problem, x, images):
    """A batch's outputs, pixel by pixel."""
    a, parts = images * problem.unit, iter(np.split(x, np.cumsum(problem.tensors)[:-1]))
    for l, (side, channels, kernel, padding, units, pool, _, _) in enumerate(problem.plan.tolist()):
        gamma, beta, weights, biases = (next(parts) for _ in range(4))
        a = gamma * (a - a.mean((0, 1, 2))) / np.sqrt(a.var((0, 1, 2)) + problem.epsilon) + beta
        a = np.pad(a, [(0, 0), (padding, padding), (padding, padding), (0, 0)])
        W, left = weights.reshape(kernel, kernel, channels, units), side + 2 * padding - kernel + 1
        z = np.array(
            [[np.tensordot(a[:, i : i + kernel, j : j + kernel], W, 3) for j in range(left)] for i in range(left)]
        )
        a = np.moveaxis(z, 2, 0) + biases
        if l < len(problem.plan) - 1:
            size = left // pool
            windows = a[:, : size * pool, : size * pool].reshape(len(a), size, pool, size, pool, units)
            a = np.maximum(windows, 0).max(axis=(2, 4))
    return a.reshape(len(a), -1)


def naive_loss(problem, x, images, labels):
    z = naive_outputs(problem, x, images)
    return np.mean(np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(z)), labels])


def naive_value(problem, x):
    parts = [(0, 3), (3, 7)]  # seven samples in as few parts as hold four at most
    losses = [
        (b - a) * naive_loss(problem, x, problem.inputs[i, a:b], problem.labels[i, a:b])
        for i in range(problem.nodes)
        for a, b in parts
    ]
    return np.sum(losses) / problem.labels.size


def differences(f, x, where, step=1e-6):
    """Derivatives of f in some coordinates."""
    found = []
    for k in where:
        e = np.zeros(x.size)
        e[k] = step
        found.append((f(x + e) - f(x - e)) / (2 * step))
    return np.array(found)


@pytest.mark.parametrize("plan", PLANS)
def test_values_and_gradients(plan):
    problem = network(plan)
    x = model(problem)
    assert problems.value(problem, x) == pytest.approx(naive_value(problem, x), rel=1e-12)
    where = np.arange(0, problem.dim, 1 + problem.dim // 60)
    where = np.union1d(where, np.cumsum(problem.tensors) - 1)  # of every tensor the last
    found = problems.gradient(problem, x)
    assert np.allclose(found[where], differences(lambda v: naive_value(problem, v), x, where), rtol=1e-5, atol=1e-7)
    each = problems.node_gradients(problem, [x] * 2)
    assert np.allclose(each.mean(axis=0), found, atol=1e-13) and not np.allclose(each[0], each[1])
    assert np.mean(problems.node_values(problem, [x] * 2)) == pytest.approx(problems.value(problem, x), rel=1e-13)


def test_a_stochastic_gradient_is_that_of_the_batch_drawn():
    problem = network()
    x, size = model(problem), 6
    found = problems.sample_gradient(problem, 1, x, size, dq.stream(3, "samples"))
    seed = key(dq.stream(3, "samples"))
    rows = [draw(seed, k, 7) for k in range(size)]
    assert len(set(rows)) < size  # one comes twice and counts twice, in the mean and the variance, too
    where = np.arange(0, problem.dim, 9)
    batch = problem.inputs[1, rows], problem.labels[1, rows]
    numeric = differences(lambda v: naive_loss(problem, v, *batch), x, where)
    assert np.allclose(found[where], numeric, rtol=1e-5, atol=1e-7)
    assert (problems.sample_gradient(problem, 0, x, 0) == 0).all()


def test_the_precision_is_that_of_the_model():
    problem = network("border")
    x, out = model(problem, np.float32), np.empty(problem.dim, np.float32)
    problems.sample_gradient.kernel(problem)(problem, 0, x, 9, dq.stream(0, "samples"), out)
    double = problems.sample_gradient(problem, 0, x, 9, dq.stream(0, "samples"))
    assert 0 < np.abs(out - double).max() < 1e-4 and np.abs(double).max() > 0.1
    assert problem.start(dq.stream(0, "start")).dtype == np.float32 and problem.any_precision


def test_scaling_a_layer_changes_nothing_and_shrinks_its_gradient():
    """Weights and biases of all layers but the last: the next normalisation takes their scale away, up to epsilon."""
    problem = network("windows", epsilon=1e-12)
    x = model(problem)
    g = problems.gradient(problem, x)
    parts = dict(zip(problem.names, np.split(np.arange(problem.dim), np.cumsum(problem.tensors)[:-1])))
    assert len(parts) == len(problem.tensors) == 16
    for layer in ("conv1", "conv2", "full3"):
        scaled, both = x.copy(), np.concatenate([parts[f"{layer}/weights"], parts[f"{layer}/biases"]])
        scaled[both] *= 0.25
        assert problems.value(problem, scaled) == pytest.approx(problems.value(problem, x), rel=1e-8)
        h, rest = problems.gradient(problem, scaled), np.setdiff1d(np.arange(problem.dim), both)
        assert np.allclose(h[both], 4 * g[both], rtol=1e-6, atol=1e-9) and np.abs(g[both]).max() > 1e-3
        assert np.allclose(h[rest], g[rest], rtol=1e-6, atol=1e-9)
        assert abs(x[both] @ g[both]) < 1e-8  # Euler: the gradient is orthogonal to what may be scaled
    last = np.concatenate([parts["full4/weights"], parts["full4/biases"]])
    assert abs(x[last] @ g[last]) > 1e-3


def test_accuracy_normalises_by_the_training_data():
    problem = network()
    x, (a, b) = model(problem), (slice(0, 3), slice(3, 7))
    mean = np.zeros((2, 1))
    for i in range(2):
        for some in (a, b):
            images = problem.inputs[i, some]
            mean += np.array([[images.mean()], [images.var()]]) * len(images) / 14
    moments = problem.statistics(x)
    assert moments.shape == (2, 1 + 3 + 4) and np.allclose(moments[:, :1], mean)
    images = problem.inputs.reshape(14, -1)
    one_by_one = [problem.predicted(x, images[[k]])[0] for k in range(14)]
    assert problem.predicted(x, images).tolist() == one_by_one  # no image depends on its neighbours
    labels = problem.labels.ravel()
    assert problem.accuracy(x) == problem.accuracy(x, images, labels) == np.mean(one_by_one == labels)
    together, whole = network(group=7, nodes=1), problem.inputs[0]
    z = naive_outputs(together, x, whole)  # one part: test and training agree
    assert together.predicted(x, whole.reshape(7, -1)).tolist() == z.argmax(axis=1).tolist()


def test_the_networks_of_the_paper():
    images = dq.stream(0, "bytes").integers(0, 256, (8, 3072)).astype(np.uint8)
    lenet = problems.ConvNet.lenet(images[:, :784], np.arange(8), nodes=4, outputs=10)
    weights = [size for name, size in zip(lenet.names, lenet.tensors) if name.endswith(("weights", "biases"))]
    assert sum(weights) == 431_080 and lenet.penalised.sum() == 430_500 and lenet.unit == 1 / 255
    x = lenet.start(dq.stream(0, "start"))
    assert (x[lenet.penalised] != 0).all() and set(x[~lenet.penalised].tolist()) == {0, 1}
    alexnet = problems.ConvNet.alexnet(images, [-1, 1] * 4, nodes=2)
    assert [name for name in alexnet.names if name.endswith("biases")] == [
        *(f"conv{l}/biases" for l in range(1, 6)),
        *(f"full{l}/biases" for l in range(6, 9)),
    ]
    assert set(alexnet.labels.ravel().tolist()) == {0, 1} and alexnet.plan[:, passes.SIDE].tolist()[-3:] == [4, 1, 1]
    again = pickle.loads(pickle.dumps(alexnet))
    assert type(again) is problems.ConvNet and again.tensors == alexnet.tensors and again.minimiser.size == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (dict(inputs=np.zeros((2, 3, 6, 5, 1))), r"inputs: expected shape \(nodes, samples, side, side, channels\)"),
        (dict(inputs=np.zeros((2, 3, 6, 6, 1), int)), "inputs: expected an array of uint8, float32 or float64"),
        (dict(inputs=np.full((2, 3, 6, 6, 1), np.inf)), "inputs: expected finite numbers"),
        (dict(labels=np.zeros((3, 2), int)), r"labels: expected shape \(2, 3\), a label an image, got \(3, 2\)"),
        (dict(labels=np.full((2, 3), 5)), r"labels: expected classes 0, ..., 1, one for each output, got \[5\]"),
        (dict(layers=[(4, 3)]), r"layers: expected \(units, kernel, padding, pool\) or \(units,\), got \(4, 3\)"),
        (dict(layers=[(4, 3, 0, 0)]), "layers: expected .* got"),
        (dict(layers=[(4, 5, 0, 1), (4, 3, 0, 1)]), r"layer 2, \(4, 3, 0, 1\), leaves nothing of 2 x 2 pixels"),
        (dict(epsilon=0), "epsilon: expected a finite number > 0, got 0"),
        (dict(group=0), "group: expected an integer >= 1, got 0"),
    ],
)
def test_bad_networks_are_refused(changes, message):
    good = dict(inputs=np.zeros((2, 3, 6, 6, 1)), labels=np.zeros((2, 3), int), layers=[(2, 3, 0, 2)], outputs=2)
    with pytest.raises((ValueError, TypeError), match=message):
        problems.ConvNet(**good | changes)


def test_bad_data_are_refused():
    X, y = np.zeros((6, 16)), np.arange(6) % 2
    with pytest.raises(ValueError, match=r"X, y: expected shapes \(rows, 9\), an image \(3, 3, 1\) a row"):
        problems.ConvNet.from_data(X, y, 2, [(3,)], shape=(3, 3, 1))
    with pytest.raises(ValueError, match="nodes: expected at most 6, the number of rows, got 7"):
        problems.ConvNet.from_data(X, y, 7, [(3,)], shape=(4, 4, 1))
    problem = problems.ConvNet.from_data(X, y, 2, [(3,)], shape=(4, 4, 1))
    with pytest.raises(ValueError, match=r"images: expected shape \(rows, 16\), got \(6, 15\)"):
        problem.predicted(np.zeros(problem.dim), X[:, 1:])
    with pytest.raises(ValueError, match="x: expected"):
        problem.accuracy(np.zeros(3))


# The twin on JAX


@pytest.mark.filterwarnings("ignore:Code running in object mode")
def test_values_and_gradients_by_jax_are_ours():
    pytest.importorskip("jax")
    ours = network("windows")
    theirs, x = ours.on_jax(), model(ours)
    assert problems.value(theirs, x) == pytest.approx(problems.value(ours, x), rel=1e-4)
    assert np.allclose(*(problems.gradient(p, x) for p in (ours, theirs)), rtol=1e-3, atol=1e-4)
    drawn = [problems.sample_gradient(p, 1, x, 9, dq.stream(1, "samples")) for p in (ours, theirs)]
    assert np.allclose(*drawn, rtol=1e-3, atol=1e-4) and np.abs(drawn[0]).max() > 0.1
    assert theirs.accuracy(x) == ours.accuracy(x)


def test_without_jax_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(ImportError, match=r"needs JAX, an optional extra; install dqlab\[jax\]"):
        network().on_jax()
