"""The ranges of RATQ: tetra-iterated, M_j**2 = (3 e*j + 2 ln s) B**2 / N, so that few reach from the usual coordinate to any."""

import math

import numpy as np
from numba import prange

from .._generic import jit
from .hadamard import PARTS

TOWERS = (1.0, 2.718281828459045, 15.154262241479262, 3814279.1047602207)  # e*0 to e*3, the same on every machine
SOME = 2048  # blocks whose ranges are chosen together, in the first-level cache


@jit
def range_bits(size):
    """log2 h = ceil(log2(1 + ln*(N / 3))): how often ln has to be taken until at most 1 is left, and bits for as many and 0."""
    left, logs = size / 3.0, 0
    while left > 1:
        left = np.log(left)
        logs += 1
    bits = 0
    while (1 << bits) < 1 + logs:
        bits += 1
    return bits


@jit
def spans(size, block):
    """M_j / B for j < h, none above 1."""
    out = np.ones(1 << range_bits(size))
    for j in range(min(out.size, len(TOWERS))):
        out[j] = min(1.0, np.sqrt((3 * TOWERS[j] + 2 * np.log(block)) / size))
    return out


@jit
def choose_ranges(y, block, ends, ranges):
    """The range of every block into `ranges`; `y` becomes y / M, block by block."""
    peaks, factors = np.empty(SOME, y.dtype), np.empty(SOME, y.dtype)
    for first in range(0, ranges.size, SOME):
        part, some = y[first * block : (first + SOME) * block], ranges[first : first + SOME]
        find_peaks(part, block, peaks)
        pick(peaks, ends, some, factors)
        multiply(part, block, factors)


@jit
def spread_ranges(y, block, ends, ranges):
    """y * M, block by block: the inverse of ``choose_ranges``."""
    factors = np.empty(SOME, y.dtype)
    for first in range(0, ranges.size, SOME):
        part, some = y[first * block : (first + SOME) * block], ranges[first : first + SOME]
        for b in range(some.size):
            factors[b] = ends[some[b]]
        multiply(part, block, factors)


@jit
def find_peaks(y, block, peaks):
    """The largest magnitude in every block; two loops, since the usual one of two coordinates compiles to wide instructions."""
    for b in range(y.size // 2 if block == 2 else 0):
        p, q = abs(y[2 * b]), abs(y[2 * b + 1])
        peaks[b] = p if p > q else q
    for b in range(0 if block == 2 else (y.size + block - 1) // block):
        peaks[b] = 0
        for i in range(b * block, min((b + 1) * block, y.size)):
            peaks[b] = max(peaks[b], abs(y[i]))


@jit
def pick(peaks, ends, ranges, factors):
    """The first range whose end is no less than the peak, or the last, and 1 / M: a pass a range, which compiles to wide instructions."""
    ranges[:] = 0
    factors[: ranges.size] = 1 / ends[0]
    for k in range(1, ends.size):
        end, inverse, letter = ends[k - 1], ends.dtype.type(1 / ends[k]), ranges.dtype.type(k)
        for b in range(ranges.size):
            ranges[b] = letter if peaks[b] > end else ranges[b]
            factors[b] = inverse if peaks[b] > end else factors[b]


@jit
def multiply(y, block, factors):
    """Every block times its factor."""
    for b in range(y.size // 2 if block == 2 else 0):
        y[2 * b], y[2 * b + 1] = y[2 * b] * factors[b], y[2 * b + 1] * factors[b]
    for b in range(0 if block == 2 else (y.size + block - 1) // block):
        for i in range(b * block, min((b + 1) * block, y.size)):
            y[i] *= factors[b]


@jit(parallel=True)
def choose_parallel(y, block, ends, ranges):
    """``choose_ranges`` on all cores."""
    for part in prange(PARTS):
        first, last = ranges.size * part // PARTS, ranges.size * (part + 1) // PARTS
        choose_ranges(y[first * block : last * block], block, ends, ranges[first:last])


@jit(parallel=True)
def spread_parallel(y, block, ends, ranges):
    """``spread_ranges`` on all cores."""
    for part in prange(PARTS):
        first, last = ranges.size * part // PARTS, ranges.size * (part + 1) // PARTS
        spread_ranges(y[first * block : last * block], block, ends, ranges[first:last])


def squared_range(block):
    """3 (1 + 2 sum_j exp(-e*j / 2)) + 2 ln s = 8.184 + 2 ln s, at least N / B**2 times the mean square of a block's range."""
    return 3 * (1 + 2 * sum(math.exp(-tower / 2) for tower in TOWERS)) + 2 * math.log(block)
