"""The same convolutional networks with values and gradients by JAX (optional extra), behind the same verbs.

`ConvNet` is the default since its gradients are cheaper: 5.6 ms of a processor against 17 for 16 digits on LeNet, and 55 ms
against 105 for 64 patches on the network of AlexNet's type (2 cores, JAX 0.10; ``benchmarks/bench_lenet.py``).
"""

import functools

import numpy as np
from numba import objmode

from ..streams import key
from .convolutional import ConvNet
from .convolutional_batches import part
from .convolutional_passes import CHANNELS, KERNEL, PADDING, POOL, START, UNITS
from .decentralised import draw, node_gradients, node_values, sample_gradient
from .perceptron_jax import jax, mean_gradient, mean_value
from .verbs import gradient, value


class JaxConvNet(ConvNet):
    """A `ConvNet` whose values and gradients JAX computes, in float32. Made by ``ConvNet.on_jax``.

    With the same random streams it draws the same samples as `ConvNet`, so runs on the two agree up to rounding (where two
    pixels of a window are equal, either may be taken as the largest).

    Raises
    ------
    ImportError
        Where JAX is not installed; the message names the extra.

    Examples
    --------
    >>> import numpy as np
    >>> import dqlab as dq
    >>> images = dq.stream(0, "images").random((1, 4, 6, 6, 1))
    >>> ours = dq.problems.ConvNet(images, [[0, 1, 1, 0]], layers=[(4, 3, 0, 2)])
    >>> x = ours.start(dq.stream(0, "start"))
    >>> theirs = ours.on_jax()  # doctest: +SKIP
    >>> bool(np.allclose(dq.problems.gradient(ours, x), dq.problems.gradient(theirs, x), atol=1e-5))  # doctest: +SKIP
    True
    """

    __slots__ = ()
    node_by_node = False

    def statistics(self, x):
        """As of `ConvNet`."""
        return ConvNet._make(self).statistics(x)

    def predicted(self, x, images):
        """As of `ConvNet`."""
        return ConvNet._make(self).predicted(x, images)


def predict(plan, epsilon, x, a):
    """What the last layer says of images (images, side, side, channels), normalised together."""
    jnp, lax = jax().numpy, jax().lax
    for l, layer in enumerate(plan):
        channels, units, kernel, pool = (layer[k] for k in (CHANNELS, UNITS, KERNEL, POOL))
        sizes = channels, channels, kernel**2 * channels * units, units
        ends = layer[START] + np.cumsum(sizes)
        gamma, beta, weights, biases = (x[end - size : end] for end, size in zip(ends.tolist(), sizes))
        mean, variance = a.mean((0, 1, 2)), a.var((0, 1, 2))
        a = gamma * (a - mean) / jnp.sqrt(variance + epsilon) + beta
        kernels, border = weights.reshape(kernel, kernel, channels, units), [(layer[PADDING], layer[PADDING])] * 2
        a = lax.conv_general_dilated(a, kernels, (1, 1), border, dimension_numbers=("NHWC", "HWIO", "NHWC")) + biases
        if l < len(plan) - 1:
            window = (1, pool, pool, 1)
            a = lax.reduce_window(jax().nn.relu(a), -jnp.inf, lax.max, window, window, "VALID")
    return a.reshape(a.shape[0], -1)


@functools.cache
def compiled(plan, unit, epsilon):
    """The total loss of a batch, and the gradient of its mean, compiled by JAX for one network."""
    jnp = jax().numpy

    def total(x, images, labels):
        z = predict(plan, epsilon, x, unit * images.astype(x.dtype))
        return (jax().nn.logsumexp(z, axis=1) - jnp.take_along_axis(z, labels[:, None], axis=1)[:, 0]).sum()

    return jax().jit(total), jax().jit(jax().grad(total))


def functions(plan, unit, epsilon):
    """`compiled`, for a plan that is an array."""
    return compiled(tuple(map(tuple, plan.tolist())), unit, epsilon)


def over_parts(inputs, labels, plan, unit, epsilon, parts, X, what):
    """Each node's mean over all of its samples: values, shape (nodes, 1), or gradients (nodes, dim), of its model."""
    found = []
    for i, x in enumerate(np.float32(X)):
        pieces = [what(x, inputs[i, a:b], labels[i, a:b]) for a, b in zip(parts, parts[1:])]
        found.append(np.sum([np.atleast_1d(piece) for piece in pieces], axis=0, dtype=np.float64) / labels.shape[1])
    return np.array(found)


def values_of(inputs, labels, plan, unit, epsilon, parts, X):
    """Every node's value at its model."""
    return over_parts(inputs, labels, plan, unit, epsilon, parts, X, functions(plan, unit, epsilon)[0])[:, 0]


def gradients_of(inputs, labels, plan, unit, epsilon, parts, X):
    """Every node's gradient at its model."""
    return over_parts(inputs, labels, plan, unit, epsilon, parts, X, functions(plan, unit, epsilon)[1])


def batch_gradient(inputs, labels, plan, unit, epsilon, rows, x, out):
    """The gradient of the mean loss of some samples of a node, into `out`."""
    out[:] = np.asarray(functions(plan, unit, epsilon)[1](np.float32(x), inputs[rows], labels[rows])) / rows.size


@node_values.register(JaxConvNet)
def _node_values(problem, X):
    inputs, labels, plan, unit, epsilon = problem.inputs, problem.labels, problem.plan, problem.unit, problem.epsilon
    parts = np.array([part(problem, p)[0] for p in range(part(problem, 0)[1] + 1)])
    with objmode(values="float64[::1]"):
        values = values_of(inputs, labels, plan, unit, epsilon, parts, X)
    return values


@node_gradients.register(JaxConvNet)
def _node_gradients(problem, X, out):
    inputs, labels, plan, unit, epsilon = problem.inputs, problem.labels, problem.plan, problem.unit, problem.epsilon
    parts = np.array([part(problem, p)[0] for p in range(part(problem, 0)[1] + 1)])
    with objmode(gradients="float64[:, ::1]"):
        gradients = gradients_of(inputs, labels, plan, unit, epsilon, parts, X)
    out[:] = gradients


value.register(JaxConvNet)(mean_value)
gradient.register(JaxConvNet)(mean_gradient)


@sample_gradient.register(JaxConvNet)
def _sample_gradient(problem, i, x, size, rng, out):
    seed, rows = key(rng), np.empty(size, np.int64)
    for j in range(size):
        rows[j] = draw(seed, j, problem.labels.shape[1])
    inputs, labels, plan = problem.inputs[i], problem.labels[i], problem.plan
    unit, epsilon = problem.unit, problem.epsilon
    if size == 0:
        out[:] = 0
    else:
        with objmode():
            batch_gradient(inputs, labels, plan, unit, epsilon, rows, x, out)
