"""Gain and shape: Section 7 on mean-square bounded oracles, E|Y|_q^2 <= B^2, with the statements on AGUQ that it leaves to its sources.

A gain G = |Y|_q has E G^2 <= B^2. AGUQ has h = `ranges` ranges, M_j = B a**(j/2), a = `ratio`, with k = `levels` levels each.
"""

import math

import numpy as np

from .._arguments import at_least, plain, whole
from .rates import psgd_error


def gain_bits(ranges, levels):
    """ceil(log2 h) + ceil(log2(k + 1)) bits a gain.

    >>> gain_bits(15, levels=7)
    7
    """
    return (whole(ranges, "ranges") - 1).bit_length() + whole(levels, "levels", 2).bit_length()


def gain_top(bound, ranges, ratio=2.0):
    """M_{h-1} = B a**((h-1)/2), past which a gain overflows.

    >>> gain_top(1.0, 15)
    128.0
    """
    return plain(at_least(0, bound, "bound") * _ratio(ratio) ** ((at_least(1, ranges, "ranges") - 1) / 2))


def gain_second_moment(bound, levels, ratio=2.0):
    """E Q(G)^2 <= B^2 (1 + (1 + a) / (4 (k - 1)^2)): the range that holds G has M_j^2 <= B^2 + a G^2.

    >>> round(gain_second_moment(1.0, levels=7), 4)
    1.0208
    """
    levels = at_least(2, levels, "levels")
    return plain(at_least(0, bound, "bound") ** 2 * (1 + (1 + _ratio(ratio)) / (4 * (levels - 1) ** 2)))


def gain_bias(bound, top):
    """E[G; G > M] <= B^2 / M: the bias of a gain that is unbiased up to M = `top` and decoded to 0 past it.

    >>> gain_bias(1.0, top=gain_top(1.0, 15))
    0.0078125
    """
    bound, top = at_least(0, bound, "bound"), at_least(0, top, "top")
    if not (top > 0).all():
        raise ValueError(f"top: expected numbers > 0, got {top.min()}")
    return plain(bound**2 / top)


def gain_ranges(queries, ratio=2.0):
    """h = 1 + ceil(log T / log a), the least for which the bound on the bias is at most B / sqrt(T).

    >>> gain_ranges(10**4), gain_ranges(100, ratio=4.0)
    (15, 5)
    """
    queries = whole(queries, "queries")
    return 1 + math.ceil(math.log(queries) / math.log(_ratio(ratio)) * (1 - 1e-12))


def uniform_gain_second_moment(bound, top, levels):
    """E Q(G)^2 <= B^2 + M^2 / (4 (k - 1)^2) with the one range [0, M].

    >>> uniform_gain_second_moment(1.0, top=100.0, levels=101)
    1.25
    """
    top, levels = at_least(0, top, "top"), at_least(2, levels, "levels")
    return plain(at_least(0, bound, "bound") ** 2 + top**2 / (4 * (levels - 1) ** 2))


def uniform_gain_bits(queries):
    """ceil(log2(sqrt(T) + 2)) bits, about half of log2 T, for M = B sqrt(T) and a variance of at most B^2 / 4.

    >>> uniform_gain_bits(10**4), uniform_gain_bits(10**12), gain_bits(gain_ranges(10**12), levels=7)
    (7, 20, 9)
    """
    return math.ceil(math.log2(math.sqrt(whole(queries, "queries")) + 2))


def gain_shape_alpha(gain_moment, shape_alpha0):
    """alpha(Q) <= sqrt(sup E Q_g^2) alpha_0(Q_s): a gain and a shape of their own randomness.

    >>> round(gain_shape_alpha(gain_second_moment(1.0, levels=7), shape_alpha0=2**0.5), 4)
    1.4289
    """
    return plain(np.sqrt(at_least(0, gain_moment, "gain_moment")) * at_least(0, shape_alpha0, "shape_alpha0"))


def gain_shape_error(steps, diameter, alpha, beta):
    """`psgd_error` as Section 7 uses it: E f(average) - f* <= D (alpha / sqrt(T) + beta), D the l_2 diameter.

    >>> round(gain_shape_error(10**4, diameter=1.0, alpha=1.43, beta=0.0078), 4)
    0.0221
    """
    return psgd_error(diameter, alpha, steps, bias=beta)


def _ratio(ratio):
    """a > 1."""
    if not ratio > 1:
        raise ValueError(f"ratio: expected a number > 1, got {ratio!r}")
    return float(ratio)
