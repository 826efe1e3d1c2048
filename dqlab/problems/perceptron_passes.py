"""The passes of a network, forward and backward, over some samples of one node, in room that all calls share.

The room holds one matrix a layer, a row a sample: first the inputs, then what every layer says. Matrix products are BLAS's.
"""

import math

import numpy as np

from .._generic import jit

SMALL = (
    10**6
)  # multiplications up to which OpenBLAS leaves its operands where they are; copying them costs as much as the product


@jit
def room(layers, samples, like):
    """Working space for the passes of so many samples, in the precision of `like`."""
    return np.empty(samples * layers.sum(), like.dtype)


@jit
def load_rows(problem, i, rows, work):
    """The inputs of samples `rows` of node i, as numbers, to the front of the room."""
    width, of = problem.layers[0], work.dtype.type
    unit = of(problem.unit)
    for j in range(rows.size):
        sample, to = problem.inputs[i, rows[j]], work[j * width : (j + 1) * width]
        for k in range(width):
            to[k] = unit * of(sample[k])


@jit
def forward(layers, x, samples, work):
    """Fill the room from its front: sigmoid(a W + b) of every hidden layer, and a W + b of the last."""
    start, here, last = 0, 0, layers.size - 2
    for k in range(layers.size - 1):
        p, q = layers[k], layers[k + 1]
        a = work[here : here + samples * p].reshape(samples, p)
        here += samples * p
        h = work[here : here + samples * q].reshape(samples, q)
        times(a, x[start : start + p * q].reshape(p, q), h)
        start += p * q
        activate(h, x[start : start + q], k < last)
        start += q


@jit
def times(a, weights, out):
    """The product, a few rows of `a` at a time: one call for all of them takes up to twice as long."""
    some = max(1, SMALL // weights.size)
    for j in range(0, a.shape[0], some):
        np.dot(a[j : j + some], weights, out[j : j + some])


@jit
def activate(h, biases, hidden):
    """Add the biases and, in a hidden layer, take the sigmoid."""
    one, most = h.dtype.type(1), h.dtype.type(80)  # e**89 is no float32
    for j in range(h.shape[0]):
        row = h[j]
        if hidden:
            for k in range(row.size):
                row[k] = one / (one + math.exp(min(-(row[k] + biases[k]), most)))
        else:
            for k in range(row.size):
                row[k] += biases[k]


@jit
def outputs_of(layers, samples, work):
    """The last layer's matrix in the room."""
    start = samples * layers[:-1].sum()
    return work[start : start + samples * layers[-1]].reshape(samples, layers[-1])


@jit
def cross_entropy(problem, i, rows, work):
    """The mean of log(sum_c e**z_c) - z_label over the samples `rows` of node i, after `forward`."""
    z, total = outputs_of(problem.layers, rows.size, work), 0.0
    for j in range(rows.size):
        top, heap = z[j].max(), 0.0
        for c in range(z.shape[1]):
            heap += math.exp(z[j, c] - top)
        total += math.log(heap) + top - z[j, problem.labels[i, rows[j]]]
    return total / rows.size


@jit
def residuals(problem, i, rows, shares, work):
    """The derivatives of the mean cross entropy in the outputs: shares[j] (softmax - indicator of the label), in their place."""
    z = outputs_of(problem.layers, rows.size, work)
    for j in range(rows.size):
        row, share = z[j], z.dtype.type(shares[j])
        top, heap = row.max(), z.dtype.type(0)
        for c in range(row.size):
            row[c] = math.exp(row[c] - top)
            heap += row[c]
        for c in range(row.size):
            row[c] *= share / heap
        row[problem.labels[i, rows[j]]] -= share
    return z


@jit
def backward(problem, i, x, rows, shares, work, decay, out):
    """The gradient of sum_j shares[j] (cross entropy of rows[j]) + decay |weights|^2 / 2 into `out`; the room is used up."""
    layers, samples = problem.layers, rows.size
    delta, start, here = residuals(problem, i, rows, shares, work), x.size, samples * layers[:-1].sum()
    decay = x.dtype.type(decay)
    for k in range(layers.size - 2, -1, -1):
        p, q = layers[k], layers[k + 1]
        here -= samples * p
        a, end = work[here : here + samples * p].reshape(samples, p), start - q
        start = end - p * q
        np.dot(a.T, delta, out[start:end].reshape(p, q))
        add_up(delta, out[end : end + q])
        if decay > 0:
            for j in range(start, end):
                out[j] += decay * x[j]
        if k > 0:
            through = np.dot(delta, x[start:end].reshape(p, q).T)
            times_slope(a, through)
            delta = through


@jit
def add_up(delta, out):
    """The sums of the columns, into `out`."""
    out[:] = 0
    for j in range(delta.shape[0]):
        row = delta[j]
        for k in range(row.size):
            out[k] += row[k]


@jit
def times_slope(a, delta):
    """Multiply by the slope of the sigmoid, a (1 - a) where its value is a."""
    one = a.dtype.type(1)
    for j in range(a.shape[0]):
        row, values = delta[j], a[j]
        for k in range(row.size):
            row[k] *= values[k] * (one - values[k])


@jit
def right_answers(problem, x):
    """How many samples get the right class: the largest output."""
    nodes, samples = problem.labels.shape
    rows, work, right = np.arange(samples), room(problem.layers, samples, x), 0
    for i in range(nodes):
        load_rows(problem, i, rows, work)
        forward(problem.layers, x, samples, work)
        z = outputs_of(problem.layers, samples, work)
        for j in range(samples):
            right += z[j].argmax() == problem.labels[i, j]
    return right
