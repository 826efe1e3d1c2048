"""A convolutional network over batches of its images: loss, gradient, the means of what it normalises by, and classes.

A node's samples are taken in parts, in storage order, which are normalised each by itself.
"""

import math

import numpy as np

from .._generic import jit
from .convolutional_passes import CHANNELS, backward, forward


@jit
def part(problem, p):
    """Where part p of a node's samples begins, and how many parts there are: as few as hold at most `group` samples each."""
    samples = problem.labels.shape[1]
    parts = (samples + problem.group - 1) // problem.group
    return p * samples // parts, parts


@jit
def images_of(inputs, unit, rows, like):
    """The images `rows` of inputs, shape (samples, side, side, channels), as numbers in the precision of `like`."""
    found, of = np.empty((rows.size,) + inputs.shape[1:], like.dtype), like.dtype.type
    for j in range(rows.size):
        image, to = inputs[rows[j]].reshape(-1), found[j].reshape(-1)
        for k in range(to.size):
            to[k] = of(unit) * of(image[k])
    return found


@jit
def no_moments(problem):
    """Room for the mean and the variance of every channel."""
    return np.zeros((2, problem.plan[:, CHANNELS].sum()))


@jit
def total_loss(outputs, labels):
    """The sum of log(sum_c e**z_c) - z_label."""
    total = 0.0
    for j in range(labels.size):
        z, heap = outputs[j], 0.0
        top = z.max()
        for c in range(z.size):
            heap += math.exp(z[c] - top)
        total += math.log(heap) + top - z[labels[j]]
    return total


@jit
def residuals(outputs, labels, share):
    """The derivatives of share times the total loss in the outputs, in their place: share (softmax - indicator of the label)."""
    of = outputs.dtype.type
    for j in range(labels.size):
        z, heap = outputs[j], of(0)
        top = z.max()
        for c in range(z.size):
            z[c] = math.exp(z[c] - top)
            heap += z[c]
        for c in range(z.size):
            z[c] *= of(share) / heap
        z[labels[j]] -= of(share)


@jit
def batch_gradient(problem, i, x, rows, share, out):
    """The gradient of share times the total loss of the batch `rows` of node i, into `out`."""
    images = images_of(problem.inputs[i], problem.unit, rows, x)
    outputs, tape = forward(problem.plan, problem.epsilon, x, images, no_moments(problem), False)
    residuals(outputs, problem.labels[i][rows], share)
    backward(problem.plan, x, tape, outputs, out)


@jit
def node_value(problem, i, x):
    """f_i(x)."""
    total, parts = 0.0, part(problem, 0)[1]
    for p in range(parts):
        rows = np.arange(part(problem, p)[0], part(problem, p + 1)[0])
        images = images_of(problem.inputs[i], problem.unit, rows, x)
        outputs, _ = forward(problem.plan, problem.epsilon, x, images, no_moments(problem), False)
        total += total_loss(outputs, problem.labels[i][rows])
    return total / problem.labels.shape[1]


@jit
def node_gradient(problem, i, x, out):
    """The gradient of f_i, into `out`."""
    parts, some = part(problem, 0)[1], np.empty_like(out)
    out[:] = 0
    for p in range(parts):
        rows = np.arange(part(problem, p)[0], part(problem, p + 1)[0])
        batch_gradient(problem, i, x, rows, 1 / problem.labels.shape[1], some)
        out += some


@jit
def statistics(problem, x):
    """Each channel's mean and variance: the mean over all parts of all nodes, in proportion to their samples."""
    mean, parts = no_moments(problem), part(problem, 0)[1]
    for i in range(problem.labels.shape[0]):
        for p in range(parts):
            rows, moments = np.arange(part(problem, p)[0], part(problem, p + 1)[0]), no_moments(problem)
            images = images_of(problem.inputs[i], problem.unit, rows, x)
            forward(problem.plan, problem.epsilon, x, images, moments, False)
            mean += moments * (rows.size / problem.labels.size)
    return mean


@jit
def classes(problem, x, images, moments):
    """The largest output for every image, shape (rows, side, side, channels)."""
    found = np.empty(images.shape[0], np.int64)
    for first in range(0, found.size, problem.group):
        rows = np.arange(first, min(first + problem.group, found.size))
        some = images_of(images, problem.unit, rows, x)
        outputs, _ = forward(problem.plan, problem.epsilon, x, some, moments, True)
        for j in range(rows.size):
            found[rows[j]] = outputs[j].argmax()
    return found
