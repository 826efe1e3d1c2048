"""CUQ, RATQ at full and at any lower precision, and QSGD: the quantizers to which Section 5, Remark 8 and Section 7 appeal.

Where `dim` is no power of two, RATQ is that of the next one, N: the lemma does not depend on the dimension, the bits do.
"""

import math

import numpy as np

from .._arguments import at_least, plain, steps, whole
from .split import delta_2
from .tower import iterated_log

TOWER = (1.0, math.e, math.exp(math.e), math.exp(math.exp(math.e)))  # e*0 to e*3; the terms of e*4 vanish


def cuq_bits(dim, levels):
    """Section 5: d ceil(log2(k + 1)) bits, one letter more than there are levels.

    >>> cuq_bits(100, levels=7)
    300
    """
    return whole(dim, "dim") * whole(levels, "levels", 2).bit_length()


def cuq_error(bound, levels, dim=1):
    """E|Q(y) - y|_2^2 <= d M^2 / (k - 1)^2 for |y|_inf <= M, with equality halfway between levels.

    >>> cuq_error(1.0, levels=3, dim=8)
    2.0
    """
    bound, levels = at_least(0, bound, "bound"), at_least(2, levels, "levels")
    return plain(at_least(1, dim, "dim") * (bound / (levels - 1)) ** 2)


def ratq_range_bits(dim):
    """(8): log2 h = ceil(log2(1 + ln*(d / 3))), the bits that name a range.

    >>> [ratq_range_bits(d) for d in (2, 8, 64, 2**23, 2**24)]
    [0, 1, 2, 2, 3]
    """
    return iterated_log(_size(dim) / 3).bit_length()


def ratq_block(dim):
    """(8): s = log2 h, and at least 1, without which ln s has no meaning for d <= 3.

    >>> [ratq_block(d) for d in (2, 8, 64, 2**24)]
    [1, 1, 2, 3]
    """
    return max(1, ratq_range_bits(dim))


def ratq_level_bits(block=1):
    """Bits for which alpha_0 <= sqrt(2) B: log2(k + 1) = ceil(log2(2 + sqrt(9 + 3 ln s))).

    >>> [ratq_level_bits(s) for s in (1, 2, 3)]
    [3, 3, 3]
    """
    return math.ceil(math.log2(2 + math.sqrt(9 + 3 * math.log(whole(block, "block")))))


def ratq_ranges(bound, dim, block=1):
    """(8): M_j^2 = m e*j + m_0 with m = 3 B^2 / d and m_0 = 2 ln(s) B^2 / d, up to the first that is at least B, cut to B.

    >>> ratq_ranges(1.0, 8).round(4).tolist()
    [0.6124, 1.0]
    """
    size, ends = _size(dim), []
    for tower in TOWER:
        ends.append(math.sqrt((3 * tower + 2 * math.log(whole(block, "block"))) / size))
        if ends[-1] >= 1:
            break
    else:
        ends.append(1.0)
    return float(at_least(0, bound, "bound")) * np.minimum(ends, 1.0)


def ratq_bits(dim, levels=7, block=None):
    """ceil(N / s) log2 h + N ceil(log2(k + 1)) bits: 4d for powers of two from 4 to 2**23.

    >>> [ratq_bits(d) for d in (4, 1024, 2**20, 2**24)]
    [16, 4096, 4194304, 67108866]
    """
    size, block = _size(dim), ratq_block(dim) if block is None else whole(block, "block")
    return -(-size // block) * ratq_range_bits(dim) + cuq_bits(size, levels)


def ratq_bits_bound(dim):
    """What the length is at most for a power of two d: d (1 + log2(k + 1)) + Delta_2.

    >>> ratq_bits_bound(1024)
    4098
    """
    return whole(dim, "dim") * (1 + ratq_level_bits(delta_2(dim))) + delta_2(dim)


def ratq_error(bound, levels=7, block=1, sharp=False):
    """The lemma that the proof of Lemma 5.2 quotes: E|Q(y) - y|_2^2 <= B^2 (9 + 3 ln s) / (k - 1)^2 for |y|_2 <= B.

    Its proof, with the sum over the ranges not rounded up, gives 3 (1 + 2 sum_j exp(-e*j / 2)) + 2 ln s = 8.184 + 2 ln s: `sharp`.

    >>> round(ratq_error(1.0, block=2), 4), round(ratq_error(1.0, block=2, sharp=True), 4)
    (0.3078, 0.2658)
    """
    bound, levels, block = at_least(0, bound, "bound"), at_least(2, levels, "levels"), at_least(1, block, "block")
    constant = 3 * (1 + 2 * sum(math.exp(-tower / 2) for tower in TOWER)) if sharp else 9
    return plain(bound**2 * (constant + (2 if sharp else 3) * np.log(block)) / (levels - 1) ** 2)


def ratq_alpha0(bound, levels=7, block=1, sharp=False):
    """alpha_0(RATQ; 2) <= B sqrt(1 + (9 + 3 ln s) / (k - 1)^2), at most sqrt(2) B for the prescribed k.

    >>> round(ratq_alpha0(1.0, block=2), 4), round(ratq_alpha0(1.0, block=2, sharp=True), 4)
    (1.1436, 1.1251)
    """
    return plain(np.sqrt(at_least(0, bound, "bound") ** 2 + ratq_error(bound, levels, block, sharp)))


def sampled_coordinates(dim, bits):
    """At precision r: mu d = min(d, floor(r / (3 + log2 h))) coordinates are sent, s = 1.

    >>> sampled_coordinates(1024, bits=512), sampled_coordinates(1024, bits=10**6)
    (102, 1024)
    """
    return min(_size(dim), int(steps(bits, "bits")) // (ratq_level_bits() + ratq_range_bits(dim)))


def subsampled_ratq_alpha0(bound, dim, bits, sharp=False):
    """alpha_0 <= sqrt(d / mu d) times that of RATQ with s = 1: sampling multiplies the second moment by 1 / mu exactly.

    >>> round(subsampled_ratq_alpha0(1.0, 1024, bits=5 * 256), 4)
    2.2361
    """
    count = sampled_coordinates(dim, bits)
    if count == 0:
        raise ValueError(f"bits: expected at least those of one coordinate, got {bits}")
    return plain(math.sqrt(_size(dim) / count) * ratq_alpha0(bound, sharp=sharp))


def subsampled_ratq_rate(diameter, bound, dim, bits, queries):
    """At any precision r: E f(x_T) - f* <= sqrt(2) D B / sqrt(T) sqrt(d / mu d), D the l_2 diameter.

    Within a factor O(sqrt(ln* d)) of the lower bound of Theorem 6.1: Remark 8.

    >>> round(subsampled_ratq_rate(2.0, 1.0, 1024, bits=5 * 256, queries=10**4), 4)
    0.0566
    """
    diameter, queries = at_least(0, diameter, "diameter"), at_least(1, queries, "queries")
    count = sampled_coordinates(dim, bits)
    if count == 0:
        raise ValueError(f"bits: expected at least those of one coordinate, got {bits}")
    return plain(diameter * at_least(0, bound, "bound") * np.sqrt(2 * _size(dim) / count / queries))


def low_precision_bits(dim, levels):
    """QSGD at fixed length: d ceil(log2(2s + 1)) bits, and 32 for the norm.

    >>> low_precision_bits(100, levels=64)
    832
    """
    levels = whole(levels, "levels")
    return whole(dim, "dim") * (2 * levels).bit_length() + 32


def low_precision_second_moment(l2, dim, levels):
    """QSGD: E|Q(y)|_2^2 <= sqrt(d) / s |y|_2^2 for s <= sqrt(d) / 2, with equality for a flat y; else (1 + d / (2s)^2) |y|_2^2.

    The variance is sum_i f_i (1 - f_i) |y|_2^2 / s^2, f_i the part of s |y_i| / |y|_2 past a whole number. The bound that is usually
    quoted is 1 + min(d / s^2, sqrt(d) / s).

    >>> low_precision_second_moment(1.0, 64, levels=2), low_precision_second_moment(1.0, 64, levels=8)
    (4.0, 1.25)
    """
    dim, levels = at_least(1, dim, "dim"), at_least(1, levels, "levels")
    few = 2 * levels <= np.sqrt(dim)
    return plain(at_least(0, l2, "l2") ** 2 * np.where(few, np.sqrt(dim) / levels, 1 + dim / (4 * levels**2)))


def _size(dim):
    """N, the least power of two that is at least d."""
    return 1 << (whole(dim, "dim") - 1).bit_length()
