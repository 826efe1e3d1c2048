"""The passes of a convolutional network, forward and backward, over one batch.

Every layer does the same: normalise the channels of its input, convolve, add biases, take the positive part, and the largest of
every window. A fully connected layer is a convolution whose kernel is as large as its input. Pixels stand row by row, and the
channels of a pixel side by side, so a convolution is a product of matrices: patches times weights, by BLAS.
"""

from typing import NamedTuple

import numpy as np

from .._generic import jit
from .convolutional_pieces import biased_maps, fill_patches, largest, normalised, spread_patches, unpooled, with_border
from .perceptron_passes import add_up

# What a row of a plan tells of a layer: its input, its kernel, its output, and where its parameters and its channels begin.
SIDE, CHANNELS, KERNEL, PADDING, UNITS, POOL, START, CHANNEL = range(8)
ROWS = 256  # so many patches are multiplied at a time, or those of one image


class Tape(NamedTuple):
    """What a backward pass needs of the forward pass, one array a layer."""

    hats: list  # the normalised input, a row a pixel
    images: list  # what is convolved: gamma hat + beta within a border of zeros
    slopes: list  # 1 / sqrt(variance + epsilon) of every channel
    maps: list  # the positive parts, (images, side, side, units)
    winners: list  # which pixel of every window is the largest


@jit
def left(layer):
    """How many pixels high and wide what a convolution leaves is."""
    return layer[SIDE] + 2 * layer[PADDING] - layer[KERNEL] + 1


@jit
def parameters(layer, x):
    """gamma, beta, weights (a row an entry of a patch, a column a unit) and biases of a layer, as views of x."""
    channels, units, first = layer[CHANNELS], layer[UNITS], layer[START]
    entries = layer[KERNEL] * layer[KERNEL] * channels
    weights = first + 2 * channels
    biases = weights + entries * units
    gamma, beta = x[first : first + channels], x[first + channels : weights]
    return gamma, beta, x[weights:biases].reshape(entries, units), x[biases : biases + units]


@jit
def together(layer):
    """How many images are multiplied at a time."""
    return max(1, ROWS // left(layer) ** 2)


@jit
def convolve(layer, image, weights):
    """Patches of every image times the weights: (images, side, side, units)."""
    side, count, some = left(layer), image.shape[0], together(layer)
    maps = np.empty((count, side, side, layer[UNITS]), image.dtype)
    pixels, products = side * side, maps.reshape(count * side * side, layer[UNITS])
    patches = np.empty((min(some, count) * pixels, weights.shape[0]), image.dtype)
    for first in range(0, count, some):
        last = min(first + some, count)
        rows = (last - first) * pixels
        fill_patches(image[first:last], layer[KERNEL], patches)
        np.dot(patches[:rows], weights, products[first * pixels : last * pixels])
    return maps


@jit
def back_through(layer, image, weights, delta, of_weights):
    """The gradient in the weights, into `of_weights`, and in what was convolved, of the derivatives `delta` in the maps."""
    pixels, count, some = left(layer) ** 2, image.shape[0], together(layer)
    patches = np.empty((min(some, count) * pixels, weights.shape[0]), image.dtype)
    products, of_image, part = delta.reshape(-1, layer[UNITS]), np.zeros_like(image), np.empty_like(weights)
    of_weights[:] = 0
    for first in range(0, count, some):
        last = min(first + some, count)
        rows = (last - first) * pixels
        fill_patches(image[first:last], layer[KERNEL], patches)
        here = products[first * pixels : last * pixels]
        np.dot(patches[:rows].T, here, part)
        of_weights += part
        np.dot(here, weights.T, patches[:rows])
        spread_patches(patches, layer[KERNEL], of_image[first:last])
    return of_image


@jit
def forward(plan, epsilon, x, images, moments, known):
    """The outputs (images, classes), and the tape. `moments` are each channel's mean and variance: filled in, or used if known."""
    hats = []
    inputs = []
    slopes = []
    kept = []
    winners = []
    a, outputs, last = images, np.empty((0, 0), x.dtype), plan.shape[0] - 1
    for l in range(last + 1):
        layer = plan[l]
        gamma, beta, weights, biases = parameters(layer, x)
        pixels, first = a.reshape(-1, layer[CHANNELS]), layer[CHANNEL]
        hat, slope = normalised(pixels, epsilon, moments[:, first : first + layer[CHANNELS]], known)
        image = with_border(hat, gamma, beta, a.shape, layer[PADDING])
        maps = convolve(layer, image, weights)
        biased_maps(maps.reshape(-1, layer[UNITS]), biases, l < last)
        hats.append(hat)
        inputs.append(image)
        slopes.append(slope)
        kept.append(maps)
        if l < last:
            a, winner = largest(maps, layer[POOL])
            winners.append(winner)
        else:
            outputs = maps.reshape(maps.shape[0], layer[UNITS]).copy()
    return outputs, Tape(hats, inputs, slopes, kept, winners)


@jit
def backward(plan, x, tape, delta, out):
    """The gradient, into `out`, of a loss whose derivatives in the outputs are `delta`, (images, classes)."""
    count, last = delta.shape[0], plan.shape[0] - 1
    through = delta.reshape(count, 1, 1, plan[last, UNITS])
    for l in range(last, -1, -1):
        layer, padding = plan[l], plan[l, PADDING]
        gamma, beta, weights, biases = parameters(layer, x)
        of_gamma, of_beta, of_weights, of_biases = parameters(layer, out)
        if l < last:
            through = unpooled(through, tape.maps[l], tape.winners[l], layer[POOL])
        add_up(through.reshape(-1, layer[UNITS]), of_biases)
        of_image = back_through(layer, tape.images[l], weights, through, of_weights)
        inside = of_image[:, padding : padding + layer[SIDE], padding : padding + layer[SIDE]].copy()
        pixels = inside.reshape(-1, layer[CHANNELS])
        add_up(pixels, of_beta)
        columns_multiplied(pixels, tape.hats[l], of_gamma)
        if l > 0:
            of_normalised(pixels, tape.hats[l], gamma, tape.slopes[l], of_gamma, of_beta)
            through = inside


@jit
def columns_multiplied(delta, hat, out):
    """The inner products of the columns of two matrices, into `out`."""
    out[:] = 0
    for j in range(delta.shape[0]):
        row, other = delta[j], hat[j]
        for c in range(row.size):
            out[c] += row[c] * other[c]


@jit
def of_normalised(delta, hat, gamma, slope, of_gamma, of_beta):
    """From derivatives in gamma hat + beta to derivatives in what was normalised, in their place.

    gamma slope (delta - mean of delta - hat mean of (delta hat)): the mean and the variance depend on every pixel, too.
    """
    of = delta.dtype.type
    rows = of(delta.shape[0])
    factors, means, tilts = gamma * slope, of_beta / rows, of_gamma / rows
    for j in range(delta.shape[0]):
        row, other = delta[j], hat[j]
        for c in range(row.size):
            row[c] = factors[c] * (row[c] - means[c] - other[c] * tilts[c])
