"""Unbounded noise: what no quantizer of fixed length can avoid when only E|Y|^2 <= B^2 is known. Not in the paper.

alpha(Q)^2 = sup E|Q(Y)|^2 and beta(Q) = sup |E Q(Y) - E Y|, over all laws of Y with E|Y|^2 <= B^2, as in Section 7 of Mayekar and
Tyagi. T queries want beta <= B / sqrt(T).
"""

import math

import numpy as np

from .._arguments import at_least, plain, whole


def least_bias(bound, top):
    """No quantizer whose outputs have norm at most M = `top` >= B / 2 has beta < B**2 / (4 M); cutting a gain off at M attains it.

    Put a vector of norm 2M, with probability B**2 / (4 M**2), on the side to which E Q(0) does not lean.

    >>> least_bias(1.0, top=100.0)
    0.0025
    """
    bound, top = at_least(0, bound, "bound"), at_least(0, top, "top")
    if not (2 * top >= bound).all() or not (top > 0).all():
        raise ValueError(f"top: expected numbers > 0, at least half of bound, got {top.min()}")
    return plain(bound**2 / (4 * top))


def gain_points_needed(queries, factor):
    """Least number of outputs of a gain quantizer, unbiased up to its largest output, with beta <= B / sqrt(T), alpha**2 <= factor B**2.

    1 + ceil(log(sqrt(T) / 4) / (2 log(sqrt(C) + sqrt(C - 1)))) for C = factor: the largest output is at least B sqrt(T) / 4, by
    ``least_bias``, and an unbiased gain between neighbouring outputs x < y, E Q**2 >= (x + y) g - x y, has E Q**2 <= C g**2 only if
    (x + y)**2 <= 4 C x y.

    >>> gain_points_needed(10**4, factor=1.0208)
    13
    """
    reach = math.sqrt(whole(queries, "queries")) / 4
    ratio = 2 * math.log(_root(factor) + math.sqrt(factor - 1))
    return 1 + max(1, math.ceil(math.log(reach) / ratio * (1 - 1e-12))) if reach > 1 else 2


def precision_needed(queries, factor):
    """r >= log2(2 + floor(log(sqrt(T) / 2) / log(16 C))) bits, C = factor, for any quantizer of vectors with beta <= B / sqrt(T), alpha**2 <= C B**2.

    Take a direction u with <E Q(0), u> <= 0 and Z = <Q(g u), u>. Laws that put g u with probability (B / g)**2 and 0 else say that E Z
    >= g/2 and E Z**2 <= C g**2 for B <= g <= B sqrt(T) / 2. So some output has Z in (g/4, 4 C g]; for g = B (16 C)**j, j = 0, 1, ..., these
    intervals are disjoint, and one more output has Z <= 0.

    >>> round(precision_needed(10**4, factor=2.0), 3), round(precision_needed(10**40, factor=2.0), 3)
    (1.585, 3.907)
    """
    reach = math.sqrt(whole(queries, "queries")) / 2
    steps = math.floor(math.log(reach) / math.log(16 * _root(factor) ** 2) * (1 + 1e-12)) if reach >= 1 else -1
    return plain(np.log2(2 + steps))


def _root(factor):
    """sqrt(C) for C > 1."""
    if not factor > 1:
        raise ValueError(f"factor: expected a number > 1, got {factor!r}")
    return math.sqrt(factor)
