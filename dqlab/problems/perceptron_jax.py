"""The same networks with gradients by JAX (optional extra), behind the same verbs: every algorithm runs on them, uncompiled."""

import functools

import numpy as np

from .._generic import jit
from ..streams import key
from .decentralised import draw, node_gradients, node_values, sample_gradient, sample_gradients
from .perceptron import Perceptron
from .verbs import gradient, value

PADDING = 32  # batches are padded to a multiple of it: JAX compiles anew for every length


class JaxPerceptron(Perceptron):
    """A `Perceptron` whose values and gradients JAX computes, in float32. Made by ``Perceptron.on_jax``, or in the same ways.

    With the same random streams it draws the same samples as `Perceptron`, so runs on the two agree up to rounding.

    Raises
    ------
    ImportError
        Where JAX is not installed; the message names the extra.

    Examples
    --------
    >>> import numpy as np
    >>> import dqlab as dq
    >>> ours = dq.problems.Perceptron(np.array([[[0.0, 1.0]], [[1.0, 0.0]]]), [[0], [1]], layers=(2, 3, 2))
    >>> x = ours.start(dq.stream(0, "start"))
    >>> theirs = ours.on_jax()  # doctest: +SKIP
    >>> bool(np.allclose(dq.problems.gradient(ours, x), dq.problems.gradient(theirs, x), atol=1e-6))  # doctest: +SKIP
    True
    """

    __slots__ = ()

    def __new__(cls, *arguments, **parameters):
        jax()
        return super().__new__(cls, *arguments, **parameters)

    def accuracy(self, x):
        """The share of all samples to which the network with parameters x gives the right class."""
        return Perceptron._make(self).accuracy(x)


def jax():
    """The module, or what to install."""
    try:
        import jax as module
    except ImportError as error:
        raise ImportError("JaxPerceptron: needs JAX, an optional extra; install dqlab[jax]") from error
    return module


def predict(layers, x, inputs):
    """What the last layer says of rows of inputs."""
    a, start = inputs, 0
    for p, q in zip(layers[:-1], layers[1:]):
        weights, biases = x[start : start + p * q].reshape(p, q), x[start + p * q : start + p * q + q]
        start += p * q + q
        a = a @ weights + biases
        if start < x.size:
            a = jax().nn.sigmoid(a)
    return a


def weights_squared(layers, x):
    """|weights|^2, without the biases."""
    squared, start = 0.0, 0
    for p, q in zip(layers[:-1], layers[1:]):
        squared += (x[start : start + p * q] ** 2).sum()
        start += p * q + q
    return squared


@functools.cache
def compiled(layers, unit):
    """The objective of one node, and gradients of one node and of all, compiled by JAX for one network."""
    jnp = jax().numpy

    def loss(x, inputs, labels, shares, decay):
        z = predict(layers, x, unit * inputs.astype(x.dtype))
        losses = jax().nn.logsumexp(z, axis=1) - jnp.take_along_axis(z, labels[:, None], axis=1)[:, 0]
        return shares @ losses + 0.5 * decay * weights_squared(layers, x)

    slope = jax().grad(loss)

    def one(x, inputs, labels, rows, shares, decay):
        return slope(x, inputs[rows], labels[rows], shares, decay)

    return {
        "values": jax().jit(jax().vmap(loss, (0, 0, 0, None, None))),
        "gradients": jax().jit(jax().vmap(slope, (0, 0, 0, None, None))),
        "sampled": jax().jit(jax().vmap(one, (0, 0, 0, 0, 0, 0))),
    }


def _of(problem):
    return compiled(tuple(problem.layers.tolist()), float(problem.unit))


def _all(problem, X, what):
    """Values or gradients of all nodes, each over all of its samples."""
    shares = np.full(problem.samples, 1 / problem.samples, np.float32)
    decay = problem.decay / problem.labels.size
    return np.asarray(_of(problem)[what](np.float32(X), problem.inputs, problem.labels, shares, decay), np.float64)


def _everywhere(problem, x):
    return np.broadcast_to(x, (problem.nodes, x.size))


@value.register(JaxPerceptron, compiled=False)
def _value(problem, x):
    return float(_all(problem, _everywhere(problem, x), "values").mean())


@gradient.register(JaxPerceptron, compiled=False)
def _gradient(problem, x):
    return _all(problem, _everywhere(problem, x), "gradients").mean(axis=0)


@node_values.register(JaxPerceptron, compiled=False)
def _node_values(problem, X):
    return _all(problem, X, "values")


@node_gradients.register(JaxPerceptron, compiled=False)
def _node_gradients(problem, X, out):
    out[:] = _all(problem, X, "gradients")


@sample_gradient.register(JaxPerceptron, compiled=False)
def _sample_gradient(problem, i, x, size, rng, out):
    out[:] = _sampled(problem, slice(i, i + 1), x[None], np.array([size]), rng)[0]


@sample_gradients.register(JaxPerceptron, compiled=False)
def _sample_gradients(problem, X, sizes, rng, out):
    out[:] = _sampled(problem, slice(None), X, sizes, rng)


def _sampled(problem, nodes, X, sizes, rng):
    """Stochastic gradients of some of the nodes."""
    width = max(1, -(-int(sizes.max()) // PADDING)) * PADDING
    rows, shares = np.zeros((sizes.size, width), np.int64), np.zeros((sizes.size, width), np.float32)
    for i, size in enumerate(sizes):
        drawn(key(rng), problem.samples, rows[i, :size])
        shares[i, :size] = 1 / max(size, 1)
    total = np.maximum(sizes, 1) if problem.decay_by_batch else np.full(sizes.size, problem.labels.size)
    arguments = (
        np.float32(X),
        problem.inputs[nodes],
        problem.labels[nodes],
        rows,
        shares,
        np.float32(problem.decay / total),
    )
    return np.where(sizes[:, None] > 0, np.asarray(_of(problem)["sampled"](*arguments)), 0.0)


@jit
def drawn(seed, samples, rows):
    """The samples that `Perceptron` draws."""
    for j in range(rows.size):
        rows[j] = draw(seed, j, samples)
