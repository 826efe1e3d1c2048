"""The same networks with gradients by JAX (optional extra), behind the same verbs.

Algorithms stay compiled: where they need a gradient they go back to Python for the call of JAX.
"""

import functools
import warnings

import numpy as np
from numba import objmode
from numba.core.errors import NumbaWarning

from .._generic import jit
from ..streams import key
from .decentralised import draw, node_gradients, node_values, sample_gradient, sample_gradients
from .perceptron import Perceptron
from .verbs import gradient, value

# The calls of JAX take turns: it has threads of its own.
warnings.filterwarnings("ignore", "Code running in object mode", NumbaWarning)

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
    node_by_node = False  # a call of JAX for all nodes at once

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


def at_all_samples(what, inputs, labels, layers, unit, X, decay):
    """Values or gradients of all nodes at their models, every node over all of its samples."""
    shares = np.full(inputs.shape[1], 1 / inputs.shape[1], np.float32)
    found = compiled(tuple(layers.tolist()), unit)[what](np.float32(X), inputs, labels, shares, decay)
    return np.asarray(found, np.float64)


def at_some_samples(inputs, labels, layers, unit, X, rows, shares, decays, out):
    """Gradients of all nodes, each over some of its samples, in their shares, into `out`."""
    arguments = np.float32(X), inputs, labels, rows, shares, np.float32(decays)
    out[:] = compiled(tuple(layers.tolist()), unit)["sampled"](*arguments)


@jit
def everywhere(problem, x):
    """x as the model of every node."""
    X = np.empty((problem.labels.shape[0], x.size), x.dtype)
    X[:] = x
    return X


@node_values.register(JaxPerceptron)
def _node_values(problem, X):
    inputs, labels, layers, unit = problem.inputs, problem.labels, problem.layers, problem.unit
    decay = problem.decay / labels.size
    with objmode(values="float64[::1]"):
        values = at_all_samples("values", inputs, labels, layers, unit, X, decay)
    return values


@node_gradients.register(JaxPerceptron)
def _node_gradients(problem, X, out):
    inputs, labels, layers, unit = problem.inputs, problem.labels, problem.layers, problem.unit
    decay = problem.decay / labels.size
    with objmode(gradients="float64[:, ::1]"):
        gradients = at_all_samples("gradients", inputs, labels, layers, unit, X, decay)
    out[:] = gradients


@value.register(JaxPerceptron)
def mean_value(problem, x):
    """The mean of what all nodes say of x."""
    return node_values(problem, everywhere(problem, x)).mean()


@gradient.register(JaxPerceptron)
def mean_gradient(problem, x):
    """The mean of all nodes' gradients at x."""
    X = everywhere(problem, x)
    node_gradients(problem, X, X)
    return X.sum(axis=0) / X.shape[0]


@sample_gradient.register(JaxPerceptron)
def _sample_gradient(problem, i, x, size, rng, out):
    sizes, found = np.array([size]), np.empty((1, x.size), x.dtype)
    _of_samples(problem, i, i + 1, x.copy().reshape(1, x.size), sizes, rng, found)
    out[:] = found[0]


@sample_gradients.register(JaxPerceptron)
def _sample_gradients(problem, X, sizes, rng, out):
    _of_samples(problem, 0, X.shape[0], X, sizes, rng, out)


@jit
def _of_samples(problem, first, last, X, sizes, rng, out):
    """Stochastic gradients of nodes first, ..., last - 1."""
    inputs, labels, layers, unit = problem.inputs[first:last], problem.labels[first:last], problem.layers, problem.unit
    width = max(1, -(-sizes.max() // PADDING)) * PADDING
    rows, shares, decays = (
        np.zeros((sizes.size, width), np.int64),
        np.zeros((sizes.size, width), np.float32),
        np.empty(sizes.size),
    )
    for i in range(sizes.size):
        seed = key(rng)
        for j in range(sizes[i]):
            rows[i, j], shares[i, j] = draw(seed, j, labels.shape[1]), 1 / sizes[i]
        decays[i] = problem.decay / (max(sizes[i], 1) if problem.decay_by_batch else problem.labels.size)
    with objmode():
        at_some_samples(inputs, labels, layers, unit, X, rows, shares, decays, out)
    for i in range(sizes.size):
        if sizes[i] == 0:
            out[i] = 0
