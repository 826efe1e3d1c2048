"""Networks of fully connected layers whose samples are dealt to n nodes: sigmoid units, softmax outputs, cross entropy."""

import math
from typing import NamedTuple

import numpy as np

from .. import _checks
from .._generic import jit
from ..streams import key
from .data_rows import dealt
from .decentralised import draw, node_gradients, node_values, sample_gradient, sample_gradients
from .perceptron_passes import backward, cross_entropy, forward, load_rows, right_answers, room
from .verbs import gradient, value


class _Fields(NamedTuple):
    inputs: np.ndarray
    labels: np.ndarray
    layers: np.ndarray
    unit: float
    decay: float
    decay_by_batch: bool
    minimiser: np.ndarray
    L: float
    mu: float
    noise: float


class Perceptron(_Fields):
    """f(x) = the mean cross entropy of a network with parameters x over all samples + decay |weights|^2 / (2 n m).

    Hidden units are sigmoids, and the outputs go through a softmax. x is one vector: for every layer its weights, a row an input
    and a column a unit, then its biases. The samples of a node are its own: f is the mean of the nodes' f_i, equation (4) of
    Reisizadeh et al. Made by ``from_data``, too.

    Arithmetic is done in the precision of x: with float32 a gradient takes half the time that float64 takes, and an algorithm
    that starts from a float32 vector stays there. Linear algebra should run on one thread, as it does in `dqlab.lab.sweep`
    (elsewhere ``threadpoolctl.threadpool_limits(1)``): products of this size gain nothing from more.

    Parameters
    ----------
    inputs : array of uint8, float32 or float64, shape (n, m, layers[0])
        m samples for each of n nodes. Images stay as bytes, which the cache of a processor holds.
    labels : array of int, shape (n, m)
        The classes, 0, ..., layers[-1] - 1.
    layers : sequence of int
        How many inputs, hidden units in each layer, and outputs: (784, 50, 10) is a network with one hidden layer.
    unit : float, optional
        What an input is multiplied by; 1 / 255 for bytes, 1 otherwise, unless it is given.
    decay : float
        lambda >= 0, on the weights and not on the biases.
    decay_by_batch : bool
        How a stochastic gradient of `size` samples decays: by lambda / size, as the code of the paper's authors does, or
        (default) by lambda / (n m), which alone is unbiased.

    Attributes
    ----------
    nodes, samples, dim : int
        n, m, and how many parameters there are.
    minimiser, L, mu, noise
        Nothing is known of the first (it is empty), of L and of noise (NaN); mu = 0.

    Raises
    ------
    TypeError, ValueError
        For shapes that do not fit together, labels that are no classes, or numbers out of range.

    Examples
    --------
    >>> import numpy as np
    >>> import dqlab as dq
    >>> inputs, labels = np.array([[[0.0, 1.0]], [[1.0, 0.0]]]), np.array([[0], [1]])
    >>> problem = dq.problems.Perceptron(inputs, labels, layers=(2, 3, 2))
    >>> problem.nodes, problem.samples, problem.dim
    (2, 1, 17)
    >>> float(np.exp(-dq.problems.value(problem, np.zeros(17))).round(12))
    0.5
    """

    __slots__ = ()
    any_precision = True  # algorithms that start from float32 stay there
    node_by_node = True  # and move a node at a time, since all models are more than a cache holds

    def __new__(cls, inputs, labels, layers, unit=None, decay=0.0, decay_by_batch=False):
        inputs = _checked_inputs(inputs)
        layers = np.array([_checks.integer(size, "layers", 1) for size in layers], np.int64)
        if layers.size < 2 or layers[0] != inputs.shape[2]:
            raise ValueError(
                f"layers: expected {inputs.shape[2]} inputs first and the number of outputs last, got {layers.tolist()}"
            )
        labels = _checked_labels(labels, inputs.shape[:2], int(layers[-1]))
        unit = (1 / 255 if inputs.dtype == np.uint8 else 1.0) if unit is None else _checks.positive(unit, "unit")
        decay = _checks.positive(decay, "decay", zero=True)
        if not isinstance(decay_by_batch, (bool, np.bool_)):
            raise TypeError(f"decay_by_batch: expected True or False, got {decay_by_batch!r}")
        unknown = np.empty(0), math.nan, 0.0, math.nan
        return super().__new__(cls, inputs, labels, layers, unit, decay, bool(decay_by_batch), *unknown)

    def __reduce__(self):
        return type(self)._make, (tuple(self),)

    @classmethod
    def from_data(cls, X, y, nodes, hidden, *, outputs=None, rng=None, **parameters):
        """Deal the rows of X to the nodes, in storage order or, with `rng`, shuffled first; what is left over is not used.

        Parameters
        ----------
        X : array, shape (rows, inputs)
        y : array, shape (rows,)
            Classes 0, 1, ..., or -1 and +1, which become 0 and 1.
        nodes : int
            n; a node gets rows // n of them.
        hidden : sequence of int
            The units of every hidden layer.
        outputs : int, optional
            As many as there are classes, unless given.
        rng : numpy.random.Generator, optional
        **parameters
            `unit`, `decay`, `decay_by_batch`.

        Examples
        --------
        >>> import numpy as np
        >>> import dqlab as dq
        >>> X, y = np.eye(7), np.array([-1, 1, 1, -1, 1, -1, 1])
        >>> problem = dq.problems.Perceptron.from_data(X, y, nodes=2, hidden=[5, 4])
        >>> problem.layers.tolist(), problem.samples, problem.dim
        ([7, 5, 4, 2], 3, 74)
        """
        X, y = np.asarray(X), _checks.vector(y, "y")
        if X.ndim != 2 or y.shape != X.shape[:1]:
            raise ValueError(f"X, y: expected shapes (rows, inputs) and (rows,), got {X.shape} and {y.shape}")
        if np.ndim(hidden) != 1:
            raise TypeError(f"hidden: expected the units of every hidden layer, such as [50], got {hidden!r}")
        inputs, labels = dealt(X, y, nodes, rng)
        outputs = int(y.max()) + 1 if outputs is None else outputs
        return cls(inputs, labels, (X.shape[1], *hidden, outputs), **parameters)

    @property
    def nodes(self):
        """n."""
        return self.labels.shape[0]

    @property
    def samples(self):
        """m, the samples of a node."""
        return self.labels.shape[1]

    @property
    def dim(self):
        """How many weights and biases there are."""
        return int(((self.layers[:-1] + 1) * self.layers[1:]).sum())

    def start(self, rng, ranges=0.5, dtype=np.float32):
        """A random x: weights and biases of layer l uniform on [-ranges[l], ranges[l]] (one number stands for every layer)."""
        rng = _checks.generator(rng, "rng")
        count = self.layers.size - 1
        ranges = _checks.vector(np.full(count, ranges) if np.ndim(ranges) == 0 else ranges, "ranges", count)
        if not (ranges >= 0).all():
            raise ValueError(f"ranges: expected numbers >= 0, got {ranges.min():g}")
        sizes = (self.layers[:-1] + 1) * self.layers[1:]
        return np.concatenate([rng.uniform(-r, r, size) for r, size in zip(ranges, sizes)]).astype(dtype)

    def accuracy(self, x):
        """The share of all samples to which the network with parameters x gives the right class."""
        x = _checks.vector(x, "x", self.dim)
        return right_answers(self, x) / self.labels.size

    def on_jax(self):
        """The same problem with gradients by JAX, an optional extra: ``pip install dqlab[jax]``."""
        from .perceptron_jax import JaxPerceptron

        return JaxPerceptron(*self[:6])


def _checked_inputs(inputs):
    """`inputs` as a contiguous array (n, m, inputs) of finite numbers."""
    inputs = np.asarray(inputs)
    if inputs.dtype not in (np.uint8, np.float32, np.float64):
        raise TypeError(f"inputs: expected an array of uint8, float32 or float64, got {inputs.dtype}")
    if inputs.ndim != 3 or 0 in inputs.shape:
        raise ValueError(f"inputs: expected shape (nodes, samples, inputs), got {inputs.shape}")
    if not np.isfinite(inputs).all():
        raise ValueError("inputs: expected finite numbers, got NaN or infinity")
    return np.ascontiguousarray(inputs)


def _checked_labels(labels, shape, outputs):
    """`labels` as integers of 0, ..., outputs - 1."""
    labels = np.asarray(labels)
    if labels.shape != shape:
        raise ValueError(f"labels: expected shape {shape}, a label a sample, got {labels.shape}")
    if labels.dtype.kind not in "biuf" or not np.isin(labels, np.arange(outputs)).all():
        raise ValueError(
            f"labels: expected classes 0, ..., {outputs - 1}, one for each output, got {np.unique(labels)[:12]}"
        )
    return np.ascontiguousarray(labels, np.int64)


class _Batch(NamedTuple):
    """Room for a batch: which samples it holds, how often each, their shares of the mean, and the network's passes."""

    counts: np.ndarray
    rows: np.ndarray
    shares: np.ndarray
    work: np.ndarray


@jit
def _batch(problem, samples, like):
    """Room for so many samples, at first all of them once."""
    m = problem.labels.shape[1]
    return _Batch(np.zeros(m, np.int64), np.arange(m), np.full(m, 1 / m), room(problem.layers, min(samples, m), like))


@jit
def _mean_gradient(problem, i, x, batch, size, decay, out):
    """The mean gradient of the first `size` rows of a batch, in their shares, into `out`."""
    rows = batch.rows[:size]
    load_rows(problem, i, rows, batch.work)
    forward(problem.layers, x, size, batch.work)
    backward(problem, i, x, rows, batch.shares, batch.work, decay, out)


@jit
def _draw(problem, size, rng, batch):
    """Draw `size` samples with replacement; each counts as often as it was drawn, but is computed once. How many there are."""
    seed, samples, distinct = key(rng), problem.labels.shape[1], 0
    for j in range(size):
        batch.counts[draw(seed, j, samples)] += 1
    for j in range(samples):
        if batch.counts[j] > 0:
            batch.rows[distinct], batch.shares[distinct] = j, batch.counts[j] / size
            batch.counts[j], distinct = 0, distinct + 1
    return distinct


@jit
def _stochastic(problem, i, x, size, rng, batch, out):
    """The mean gradient of `size` samples of node i at x into `out`."""
    distinct = _draw(problem, size, rng, batch)
    if size == 0:
        out[:] = 0
        return
    decay = problem.decay / size if problem.decay_by_batch else problem.decay / problem.labels.size
    _mean_gradient(problem, i, x, batch, distinct, decay, out)


@value.register(Perceptron)
def _value(problem, x):
    nodes, samples = problem.labels.shape
    rows, work, total = np.arange(samples), room(problem.layers, samples, x), 0.0
    for i in range(nodes):
        load_rows(problem, i, rows, work)
        forward(problem.layers, x, samples, work)
        total += cross_entropy(problem, i, rows, work)
    return total / nodes + 0.5 * problem.decay / problem.labels.size * squared_weights(problem.layers, x)


@node_values.register(Perceptron)
def _node_values(problem, X):
    nodes, samples = problem.labels.shape
    rows, work, values = np.arange(samples), room(problem.layers, samples, X), np.empty(nodes)
    for i in range(nodes):
        load_rows(problem, i, rows, work)
        forward(problem.layers, X[i], samples, work)
        decay = 0.5 * problem.decay / problem.labels.size * squared_weights(problem.layers, X[i])
        values[i] = cross_entropy(problem, i, rows, work) + decay
    return values


@gradient.register(Perceptron)
def _gradient(problem, x):
    nodes, samples = problem.labels.shape
    batch, mean, out = _batch(problem, samples, x), np.zeros_like(x), np.empty_like(x)
    for i in range(nodes):
        _mean_gradient(problem, i, x, batch, samples, problem.decay / problem.labels.size, out)
        mean += out / nodes
    return mean


@node_gradients.register(Perceptron)
def _node_gradients(problem, X, out):
    samples = problem.labels.shape[1]
    batch = _batch(problem, samples, X)
    for i in range(X.shape[0]):
        _mean_gradient(problem, i, X[i], batch, samples, problem.decay / problem.labels.size, out[i])


@sample_gradient.register(Perceptron)
def _sample_gradient(problem, i, x, size, rng, out):
    _stochastic(problem, i, x, size, rng, _batch(problem, size, x), out)


@sample_gradients.register(Perceptron)
def _sample_gradients(problem, X, sizes, rng, out):
    batch = _batch(problem, sizes.max(), X)
    for i in range(X.shape[0]):
        _stochastic(problem, i, X[i], sizes[i], rng, batch, out[i])


@jit
def squared_weights(layers, x):
    """|weights|^2, without the biases."""
    squared, start = 0.0, 0
    for k in range(layers.size - 1):
        weights = layers[k] * layers[k + 1]
        for j in range(start, start + weights):
            squared += x[j] * x[j]
        start += weights + layers[k + 1]
    return squared
