"""Convolutional networks with batch normalisation whose samples are dealt to n nodes: softmax outputs, cross entropy."""

import math
from typing import NamedTuple

import numpy as np

from .. import _checks
from ..streams import key
from .convolutional_batches import batch_gradient, classes, node_gradient, node_value, statistics
from .convolutional_passes import CHANNELS, KERNEL, PADDING, SIDE, UNITS
from .data_rows import classes_of, dealt
from .decentralised import draw, node_gradients, node_values, sample_gradient
from .verbs import gradient, value

LENET = ((20, 5, 0, 2), (50, 5, 0, 2), (500,))
ALEXNET = ((16, 5, 2, 2), (32, 3, 1, 2), (48, 3, 1, 1), (48, 3, 1, 1), (32, 3, 1, 2), (128,), (128,))
PARTS = ("gamma", "beta", "weights", "biases")


class _Fields(NamedTuple):
    inputs: np.ndarray
    labels: np.ndarray
    nodes: int
    samples: int
    plan: np.ndarray
    unit: float
    epsilon: float
    group: int
    minimiser: np.ndarray
    L: float
    mu: float
    noise: float


class ConvNet(_Fields):
    """f(x) = the mean cross entropy of a convolutional network with parameters x over all samples.

    Every layer normalises its input channel by channel, (a - mean) / sqrt(variance + epsilon), multiplies by gamma and adds beta
    (batch normalisation), convolves and adds biases; all layers but the last then take the positive part and the largest value
    of every window. The outputs go through a softmax. A fully connected layer is a convolution with one patch.
    x is one vector, a layer after the other: gamma, beta, weights, biases.

    The mean and the variance are those of the batch. So f is not a sum over samples, and its batches belong to its definition:
    in ``value`` and ``gradient`` they are a node's samples in storage order, in equal parts of at most `group` samples; in
    ``sample_gradient`` they are the samples drawn, by which a stochastic gradient is a little biased. ``accuracy`` uses the means
    over those parts of the training data, at the x in question.

    Arithmetic is done in the precision of x, and linear algebra should run on one thread, as with `Perceptron`.

    Parameters
    ----------
    inputs : array of uint8, float32 or float64, shape (n, m, side, side, channels)
        m square images for each of n nodes.
    labels : array of int, shape (n, m)
        The classes, 0, 1, ...
    layers : sequence of tuples
        Every layer but the last: (units, kernel, padding, pool) for a convolution by units kernels of kernel x kernel pixels,
        within a border of `padding` zeros, and windows of pool x pool; (units,) for a fully connected layer.
    outputs : int, optional
        The units of the last layer, as many as there are classes, unless given.
    unit : float, optional
        What an input is multiplied by; 1 / 255 for bytes, 1 otherwise, unless it is given.
    epsilon : float
        What is added to a variance.
    group : int
        How many samples ``value`` and ``gradient`` normalise together at most.

    Attributes
    ----------
    nodes, samples, dim : int
        n, m, and how many parameters there are.
    tensors, names : tuple
        The sizes of gamma, beta, weights and biases of every layer, which add up to dim, and what they are called.
    penalised : array of bool, shape (dim,)
        The weights, which a penalty on the model counts; gamma, beta and biases it does not.
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
    >>> images = dq.stream(0, "images").random((2, 3, 6, 6, 1))
    >>> problem = dq.problems.ConvNet(images, [[0, 1, 0], [1, 1, 0]], layers=[(4, 3, 0, 2), (5,)])
    >>> problem.nodes, problem.samples, problem.tensors, problem.names[2]
    (2, 3, (1, 1, 36, 4, 4, 4, 80, 5, 5, 5, 10, 2), 'conv1/weights')
    >>> float(np.exp(-dq.problems.value(problem, np.zeros(problem.dim))).round(12))
    0.5
    """

    __slots__ = ()
    any_precision = True  # algorithms that start from float32 stay there
    node_by_node = True

    def __new__(cls, inputs, labels, layers, outputs=None, unit=None, epsilon=1e-5, group=250):
        inputs = _checked_images(inputs)
        labels = np.asarray(labels)
        if labels.shape != inputs.shape[:2]:
            raise ValueError(f"labels: expected shape {inputs.shape[:2]}, a label an image, got {labels.shape}")
        outputs = _checks.integer(int(np.max(labels)) + 1 if outputs is None else outputs, "outputs", 1)
        labels = _checked_classes(labels, outputs)
        plan = _plan(inputs.shape[2:], [*layers, (outputs,)])
        unit = (1 / 255 if inputs.dtype == np.uint8 else 1.0) if unit is None else _checks.positive(unit, "unit")
        epsilon, group = _checks.positive(epsilon, "epsilon"), _checks.integer(group, "group", 1)
        unknown = np.empty(0), math.nan, 0.0, math.nan
        return super().__new__(cls, inputs, labels, *labels.shape, plan, unit, epsilon, group, *unknown)

    def __reduce__(self):
        return type(self)._make, (tuple(self),)

    @classmethod
    def from_data(cls, X, y, nodes, layers, *, shape, rng=None, **parameters):
        """Deal the rows of X to the nodes, in storage order or, with `rng`, shuffled first; what is left over is not used.

        Parameters
        ----------
        X : array, shape (rows, side * side * channels)
            An image a row, pixel by pixel, as `dqlab.data.load` gives them.
        y : array, shape (rows,)
            Classes 0, 1, ..., or -1 and +1, which become 0 and 1.
        nodes : int
            n; a node gets rows // n of them.
        layers : sequence of tuples
            See `ConvNet`.
        shape : tuple
            (side, side, channels).
        rng : numpy.random.Generator, optional
        **parameters
            `outputs`, `unit`, `epsilon`, `group`.

        Examples
        --------
        >>> import numpy as np
        >>> import dqlab as dq
        >>> X, y = np.arange(63.0).reshape(7, 9), [-1, 1, 1, -1, 1, -1, 1]
        >>> problem = dq.problems.ConvNet.from_data(X, y, nodes=2, layers=[(3,)], shape=(3, 3, 1))
        >>> problem.samples, problem.labels.tolist(), problem.dim
        (3, [[0, 1, 1], [0, 1, 0]], 46)
        """
        X, y = np.asarray(X), _checks.vector(y, "y")
        if X.ndim != 2 or y.shape != X.shape[:1] or X.shape[1] != math.prod(shape):
            raise ValueError(
                f"X, y: expected shapes (rows, {math.prod(shape)}), an image {tuple(shape)} a row, and (rows,), "
                f"got {X.shape} and {y.shape}"
            )
        inputs, labels = dealt(X, y, nodes, rng)
        return cls(inputs.reshape(*labels.shape, *shape), labels, layers, **parameters)

    @classmethod
    def lenet(cls, images, labels, nodes, rng=None, **parameters):
        """LeNet for images of 28 x 28 grey pixels: two convolutions 5 x 5 with 20 and 50 units, both pooled 2 x 2; 500 units; outputs.

        Parameters
        ----------
        images : array, shape (rows, 784)
        labels : array, shape (rows,)
        nodes : int
        rng : numpy.random.Generator, optional
        **parameters
            As of ``from_data``.

        Examples
        --------
        >>> import numpy as np
        >>> import dqlab as dq
        >>> net = dq.problems.ConvNet.lenet(np.zeros((8, 784), np.uint8), np.arange(8), nodes=4, outputs=10)
        >>> net.dim, int(net.penalised.sum()), len(net.tensors)
        (432222, 430500, 16)
        """
        return cls.from_data(images, labels, nodes, LENET, shape=(28, 28, 1), rng=rng, **parameters)

    @classmethod
    def alexnet(cls, images, labels, nodes, rng=None, **parameters):
        """A small network of AlexNet's type for images of 32 x 32 pixels in colour: five convolutions, three of them pooled, three full layers.

        AlexNet has 96, 256, 384, 384 and 256 kernels, and twice 4,096 units, for images of 224 x 224. This one has 16, 32, 48,
        48 and 32 kernels (5 x 5, then 3 x 3), twice 128 units, and pools by 2 x 2 after the first, second and fifth convolution.

        Parameters
        ----------
        images : array, shape (rows, 3072)
        labels : array, shape (rows,)
        nodes : int
        rng : numpy.random.Generator, optional
        **parameters
            As of ``from_data``.

        Examples
        --------
        >>> import numpy as np
        >>> import dqlab as dq
        >>> dq.problems.ConvNet.alexnet(np.zeros((4, 3072), np.uint8), [-1, 1, 1, -1], nodes=2).dim
        137672
        """
        return cls.from_data(images, labels, nodes, ALEXNET, shape=(32, 32, 3), rng=rng, **parameters)

    @property
    def tensors(self):
        """The sizes of gamma, beta, weights and biases, layer by layer."""
        sizes = []
        for layer in self.plan.tolist():
            channels, units = layer[CHANNELS], layer[UNITS]
            sizes += [channels, channels, layer[KERNEL] ** 2 * channels * units, units]
        return tuple(sizes)

    @property
    def names(self):
        """What the tensors are called: "conv1/gamma", ..., "full4/biases"."""
        kinds = ["full" if _is_full(layer) else "conv" for layer in self.plan]
        return tuple(f"{kind}{l + 1}/{part}" for l, kind in enumerate(kinds) for part in PARTS)

    @property
    def penalised(self):
        """Which parameters are weights."""
        return np.repeat([name.endswith("weights") for name in self.names], self.tensors)

    @property
    def dim(self):
        """How many parameters there are."""
        return sum(self.tensors)

    def start(self, rng, dtype=np.float32):
        """A random x: weights normal with variance 2 / (entries of a patch), gamma 1, beta and biases 0."""
        rng, parts = _checks.generator(rng, "rng"), []
        for name, size, layer in zip(self.names, self.tensors, np.repeat(self.plan, len(PARTS), axis=0)):
            if name.endswith("weights"):
                entries = layer[KERNEL] ** 2 * layer[CHANNELS]
                parts.append(rng.normal(0, math.sqrt(2 / entries), size))
            else:
                parts.append(np.full(size, float(name.endswith("gamma"))))
        return np.concatenate(parts).astype(dtype)

    def statistics(self, x):
        """The mean and the variance of every channel that a layer normalises, shape (2, channels): means over the training data's parts."""
        return statistics(self, np.ascontiguousarray(_checks.vector(x, "x", self.dim)))

    def accuracy(self, x, images=None, labels=None):
        """The share of images to which the network with parameters x gives the right class, normalised by `statistics`.

        Parameters
        ----------
        x : array, shape (dim,)
        images : array, shape (rows, side * side * channels), optional
            Images in the units of the inputs; the training data, unless given.
        labels : array, shape (rows,)
            Their classes.

        Returns
        -------
        float
        """
        if images is None:
            images, labels = self.inputs.reshape(self.labels.size, -1), self.labels.ravel()
        right = self.predicted(x, images) == classes_of(_checks.vector(labels, "labels", len(images)))
        return float(right.mean())

    def predicted(self, x, images):
        """The classes that the network with parameters x gives to images, shape (rows, side * side * channels)."""
        x, images = np.ascontiguousarray(_checks.vector(x, "x", self.dim)), np.asarray(images)
        shape = self.inputs.shape[2:]
        if images.ndim != 2 or images.shape[1] != math.prod(shape):
            raise ValueError(f"images: expected shape (rows, {math.prod(shape)}), got {images.shape}")
        images = np.ascontiguousarray(images, self.inputs.dtype).reshape(len(images), *shape)
        return classes(self, x, images, self.statistics(x))

    def on_jax(self):
        """The same problem with gradients by JAX, an optional extra: ``pip install dqlab[jax]``."""
        from .convolutional_jax import JaxConvNet
        from .perceptron_jax import jax

        jax()
        return JaxConvNet._make(self)


def _checked_images(inputs):
    """`inputs` as a contiguous array (n, m, side, side, channels) of finite numbers."""
    inputs = np.asarray(inputs)
    if inputs.dtype not in (np.uint8, np.float32, np.float64):
        raise TypeError(f"inputs: expected an array of uint8, float32 or float64, got {inputs.dtype}")
    if inputs.ndim != 5 or 0 in inputs.shape or inputs.shape[2] != inputs.shape[3]:
        raise ValueError(f"inputs: expected shape (nodes, samples, side, side, channels), got {inputs.shape}")
    if not np.isfinite(inputs).all():
        raise ValueError("inputs: expected finite numbers, got NaN or infinity")
    return np.ascontiguousarray(inputs)


def _checked_classes(labels, outputs):
    """`labels` as integers of 0, ..., outputs - 1."""
    if labels.dtype.kind not in "biuf" or not np.isin(labels, np.arange(outputs)).all():
        raise ValueError(
            f"labels: expected classes 0, ..., {outputs - 1}, one for each output, got {np.unique(labels)[:12]}"
        )
    return np.ascontiguousarray(labels, np.int64)


def _plan(shape, layers):
    """A row of numbers for every layer, see `convolutional_passes`."""
    side, _, channels = shape
    start, channel, rows = 0, 0, []
    for l, layer in enumerate(layers):
        sizes = [_checks.integer(size, "layers", 0) for size in layer]
        sizes += [side, 0, 1] if len(sizes) == 1 else []
        if len(sizes) != 4 or min(sizes[0], sizes[1], sizes[3]) < 1:
            raise ValueError(f"layers: expected (units, kernel, padding, pool) or (units,), got {tuple(layer)}")
        units, kernel, padding, pool = sizes
        rows.append([side, channels, kernel, padding, units, pool, start, channel])
        start += 2 * channels + kernel**2 * channels * units + units
        channel += channels
        smaller = (side + 2 * padding - kernel + 1) // pool
        if smaller < 1:
            raise ValueError(f"layers: layer {l + 1}, {tuple(layer)}, leaves nothing of {side} x {side} pixels")
        side, channels = smaller, units
    return np.array(rows, np.int64)


def _is_full(layer):
    return layer[KERNEL] == layer[SIDE] and layer[PADDING] == 0


@value.register(ConvNet)
def _value(problem, x):
    total = 0.0
    for i in range(problem.labels.shape[0]):
        total += node_value(problem, i, x)
    return total / problem.labels.shape[0]


@gradient.register(ConvNet)
def _gradient(problem, x):
    nodes, mean, one = problem.labels.shape[0], np.zeros_like(x), np.empty_like(x)
    for i in range(nodes):
        node_gradient(problem, i, x, one)
        mean += one
    mean /= nodes
    return mean


@node_values.register(ConvNet)
def _node_values(problem, X):
    values = np.empty(X.shape[0])
    for i in range(values.size):
        values[i] = node_value(problem, i, X[i])
    return values


@node_gradients.register(ConvNet)
def _node_gradients(problem, X, out):
    for i in range(X.shape[0]):
        node_gradient(problem, i, X[i], out[i])


@sample_gradient.register(ConvNet)
def _sample_gradient(problem, i, x, size, rng, out):
    seed, rows = key(rng), np.empty(size, np.int64)
    for j in range(size):
        rows[j] = draw(seed, j, problem.labels.shape[1])
    if size == 0:
        out[:] = 0
    else:
        batch_gradient(problem, i, x, rows, 1 / size, out)
