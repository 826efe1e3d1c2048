"""What one layer of a convolutional network does to its arrays, apart from the products of matrices."""

import math

import numpy as np

from .._generic import jit


@jit
def measure(a, moments):
    """The mean and the variance of every column, into the rows of `moments`."""
    mean, variance = moments[0], moments[1]
    moments[:] = 0
    for j in range(a.shape[0]):
        row = a[j]
        for c in range(row.size):
            mean[c] += row[c]
    for c in range(mean.size):
        mean[c] /= a.shape[0]
    for j in range(a.shape[0]):
        row = a[j]
        for c in range(row.size):
            variance[c] += (row[c] - mean[c]) * (row[c] - mean[c])
    for c in range(mean.size):
        variance[c] /= a.shape[0]


@jit
def normalised(a, epsilon, moments, known):
    """(a - mean) / sqrt(variance + epsilon), column by column, and 1 / sqrt(variance + epsilon)."""
    if not known:
        measure(a, moments)
    hat, mean, slope = np.empty_like(a), np.empty(a.shape[1], a.dtype), np.empty(a.shape[1], a.dtype)
    for c in range(mean.size):
        mean[c], slope[c] = moments[0, c], 1 / math.sqrt(moments[1, c] + epsilon)
    for j in range(a.shape[0]):
        row, to = a[j], hat[j]
        for c in range(row.size):
            to[c] = (row[c] - mean[c]) * slope[c]
    return hat, slope


@jit
def with_border(hat, gamma, beta, shape, padding):
    """gamma hat + beta as images of that shape, within a border of zeros."""
    count, height, width, channels = shape
    image = np.zeros((count, height + 2 * padding, width + 2 * padding, channels), hat.dtype)
    row = 0
    for s in range(count):
        for i in range(height):
            for j in range(width):
                to, here = image[s, i + padding, j + padding], hat[row]
                row += 1
                for c in range(channels):
                    to[c] = gamma[c] * here[c] + beta[c]
    return image


@jit
def fill_patches(image, kernel, patches):
    """Every patch of kernel x kernel pixels as a row: image by image, from the left to the right and down."""
    count, height, width, channels = image.shape
    lines, run, r = image.reshape(count, height, width * channels), kernel * channels, 0
    for s in range(count):
        for i in range(height - kernel + 1):
            for first in range(0, (width - kernel + 1) * channels, channels):
                patch = patches[r]
                r += 1
                for k in range(kernel):
                    line, to = lines[s, i + k], k * run
                    for e in range(run):
                        patch[to + e] = line[first + e]


@jit
def spread_patches(patches, kernel, image):
    """The transpose of `fill_patches`: every entry of a patch is added to the pixel that it was taken from."""
    count, height, width, channels = image.shape
    lines, run, r = image.reshape(count, height, width * channels), kernel * channels, 0
    for s in range(count):
        for i in range(height - kernel + 1):
            for first in range(0, (width - kernel + 1) * channels, channels):
                patch = patches[r]
                r += 1
                for k in range(kernel):
                    line, at = lines[s, i + k], k * run
                    for e in range(run):
                        line[first + e] += patch[at + e]


@jit
def biased_maps(maps, biases, positive):
    """Add the biases and, in all layers but the last, take the positive part."""
    zero = maps.dtype.type(0)
    for j in range(maps.shape[0]):
        row = maps[j]
        if positive:
            for c in range(row.size):
                row[c] = max(row[c] + biases[c], zero)
        else:
            for c in range(row.size):
                row[c] += biases[c]


@jit
def largest(maps, pool):
    """The largest value of every window of pool x pool pixels, and which pixel of the window it is (the first of equal ones)."""
    count, height, width, units = maps.shape[0], maps.shape[1] // pool, maps.shape[2] // pool, maps.shape[3]
    values = np.empty((count, height, width, units), maps.dtype)
    winners = np.zeros((count, height, width, units), np.uint8)
    for s in range(count):
        for i in range(height):
            for j in range(width):
                best, winner = values[s, i, j], winners[s, i, j]
                best[:] = maps[s, i * pool, j * pool]
                for k in range(1, pool * pool):
                    others, index = maps[s, i * pool + k // pool, j * pool + k % pool], np.uint8(k)
                    for c in range(units):
                        if others[c] > best[c]:
                            best[c], winner[c] = others[c], index
    return values, winners


@jit
def unpooled(delta, maps, winners, pool):
    """Derivatives in the largest values as derivatives in the maps, before the positive part was taken: 0 where that is 0."""
    count, height, width, units = delta.shape
    found, zero = np.zeros_like(maps), maps.dtype.type(0)
    for s in range(count):
        for i in range(height):
            for j in range(width):
                of, winner = delta[s, i, j], winners[s, i, j]
                for k in range(pool * pool):
                    y, x, index = i * pool + k // pool, j * pool + k % pool, np.uint8(k)
                    to, value = found[s, y, x], maps[s, y, x]
                    for c in range(units):
                        to[c] = of[c] if winner[c] == index and value[c] > zero else zero
    return found
