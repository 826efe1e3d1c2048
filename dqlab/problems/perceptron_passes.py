"""The passes of a network, forward and backward, over some samples of one node, in room that all calls share.

The room holds one matrix a layer, a row a sample: first the inputs, in blocks of columns, then what every layer says. Matrix
products are BLAS's.
"""

import math

import numpy as np

from .._generic import jit

# Above so many multiplications OpenBLAS copies its operands into memory that threads take turns for: two of them are then slower
# than one. The first layer has most of the weights, so its inputs are cut into blocks of columns that stay below.
SMALL = 10**6
P_OF_SIGMOID = (0.249999993, 0.0083988846, 5.5690387e-05, 8.50535718e-08, 1.47094293e-11)
Q_OF_SIGMOID = (0.11692884, 0.00163350781, 5.31129077e-06, 3.30231517e-09)


@jit
def room(layers, samples, like):
    """Working space for the passes of so many samples, in the precision of `like`."""
    return np.empty(samples * layers.sum(), like.dtype)


@jit
def block(layers, samples):
    """How many inputs a block has: all of them, or as equal shares as keep the first layer's products small."""
    most = max(1, SMALL // (samples * layers[1]))
    blocks = (layers[0] + most - 1) // most
    return (layers[0] + blocks - 1) // blocks


@jit
def load_rows(problem, i, rows, work):
    """The inputs of samples `rows` of node i, as numbers, to the front of the room, a block of columns after the other."""
    inputs, width, of = problem.layers[0], block(problem.layers, rows.size), work.dtype.type
    unit, here = of(problem.unit), 0
    for first in range(0, inputs, width):
        last = min(first + width, inputs)
        for j in range(rows.size):
            sample, to = problem.inputs[i, rows[j], first:last], work[here : here + last - first]
            for k in range(to.size):
                to[k] = unit * of(sample[k])
            here += to.size


@jit
def first_layer(layers, x, samples, work, h):
    """The inputs times the first layer's weights, into `h`: block by block."""
    p, q, width = layers[0], layers[1], block(layers, samples)
    weights, part = x[: p * q].reshape(p, q), np.empty_like(h)
    h[:] = 0
    for first in range(0, p, width):
        last = min(first + width, p)
        np.dot(work[samples * first : samples * last].reshape(samples, last - first), weights[first:last], part)
        h += part


@jit
def first_gradient(layers, delta, work, out):
    """The gradient in the first layer's weights, into `out`, shape (inputs, units): block by block."""
    samples, p, width = delta.shape[0], layers[0], block(layers, delta.shape[0])
    for first in range(0, p, width):
        last = min(first + width, p)
        np.dot(work[samples * first : samples * last].reshape(samples, last - first).T, delta, out[first:last])


@jit
def forward(layers, x, samples, work):
    """Fill the room from its front: sigmoid(a W + b) of every hidden layer, and a W + b of the last."""
    start, here, last = 0, 0, layers.size - 2
    for k in range(layers.size - 1):
        p, q = layers[k], layers[k + 1]
        a = work[here : here + samples * p].reshape(samples, p)
        here += samples * p
        h = work[here : here + samples * q].reshape(samples, q)
        if k == 0:
            first_layer(layers, x, samples, work, h)
        else:
            np.dot(a, x[start : start + p * q].reshape(p, q), h)
        start += p * q
        activate(h, x[start : start + q], k < last)
        start += q


@jit
def activate(h, biases, hidden):
    """Add the biases and, in a hidden layer, take the sigmoid."""
    for j in range(h.shape[0]):
        row = h[j]
        for k in range(row.size):
            row[k] += biases[k]
        if hidden and h.itemsize == 4:
            single_sigmoid(row)
        elif hidden:
            for k in range(row.size):
                row[k] = 1 / (1 + math.exp(min(-row[k], 80.0)))


@jit
def single_sigmoid(row):
    """The sigmoid in float32, as a fraction, of which a processor computes many at a time; within 2e-7, as rounding alone is.

    1/2 + x P(x**2) / Q(x**2), fitted on [-16, 16] to within 3e-9, and constant outside.
    """
    of = np.float32
    p, q = P_OF_SIGMOID, Q_OF_SIGMOID
    p0, p1, p2, p3, p4 = of(p[0]), of(p[1]), of(p[2]), of(p[3]), of(p[4])
    q1, q2, q3, q4, one, half, end = of(q[0]), of(q[1]), of(q[2]), of(q[3]), of(1), of(0.5), of(16)
    for k in range(row.size):
        x = min(max(row[k], -end), end)
        y = x * x
        top = p0 + y * (p1 + y * (p2 + y * (p3 + y * p4)))
        row[k] = half + x * top / (one + y * (q1 + y * (q2 + y * (q3 + y * q4))))


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
        if k > 0:
            np.dot(a.T, delta, out[start:end].reshape(p, q))
        else:
            first_gradient(layers, delta, work, out[start:end].reshape(p, q))
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
