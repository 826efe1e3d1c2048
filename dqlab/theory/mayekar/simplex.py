"""SimQ and SimQ+: Theorems 4.1, 4.2 and the part of Theorem 3.1 for p >= 2 that they prove.

Lengths are those of messages, whole bits; moments are exact; alpha_0 is the root of the largest second moment that an input with
|y|_q <= B can have.
"""

import math

import numpy as np

from .._arguments import at_least, plain, whole


def simq_bits(dim):
    """Theorem 4.1: ceil(log2(2d + 1)) bits; the paper leaves the ceiling out.

    >>> simq_bits(1000)
    11
    """
    letters = 2 * whole(dim, "dim") + 1
    return (letters - 1).bit_length()


def simq_second_moment(bound, l1):
    """Proof of Theorem 4.1, made exact: E|Q(y)|_2^2 = B |y|_1.

    >>> simq_second_moment(2.0, l1=0.5)
    1.0
    """
    return plain(at_least(0, bound, "bound") * at_least(0, l1, "l1"))


def simq_alpha0(bound=1.0):
    """Theorem 4.1: alpha_0(SimQ; inf) <= B, with equality on the sphere |y|_1 = B.

    >>> simq_alpha0(2.0)
    2.0
    """
    return plain(at_least(0, bound, "bound"))


def l1_bound(bound, dim, p):
    """Section 4.2: |y|_1 <= B_1 = B d**(1/p) for |y|_q <= B, with equality for a flat y.

    >>> l1_bound(1.0, 64, p=2)
    8.0
    """
    return plain(at_least(0, bound, "bound") * at_least(1, dim, "dim") ** (1 / at_least(1, p, "p")))


def simq_plus_type_bits(dim, repeats):
    """Section 4.2: ceil(log2 binomial(d + k, k)) bits of the type and min(k, d) signs; the paper counts k signs.

    >>> simq_plus_type_bits(1024, 1024)
    3067
    """
    dim, repeats = whole(dim, "dim"), whole(repeats, "repeats")
    return (math.comb(dim + repeats, repeats) - 1).bit_length() + min(dim, repeats)


def simq_plus_joint_bits(dim, repeats):
    """ceil(log2 D(d, k)), D(d, k) = sum_j binomial(d, j) binomial(k, j) 2**j: bits of counts and signs together.

    No fixed-length code is shorter: D(d, k) outputs are possible. Not in the paper.

    >>> simq_plus_joint_bits(1024, 1024)
    2599
    """
    dim, repeats = whole(dim, "dim"), whole(repeats, "repeats")
    points, term = 0, 1
    for j in range(min(dim, repeats) + 1):
        points += term
        term = term * 2 * (dim - j) * (repeats - j) // (j + 1) ** 2
    return (points - 1).bit_length()


def simq_plus_bits_bound(dim, repeats):
    """Theorem 4.2: k log2 e + k log2(d/k + 1) + k bits are enough.

    >>> round(simq_plus_bits_bound(1024, 1024), 1)
    3525.3
    """
    dim, repeats = at_least(1, dim, "dim"), at_least(1, repeats, "repeats")
    return plain(repeats * (math.log2(math.e) + np.log2(dim / repeats + 1) + 1))


def simq_plus_second_moment(l1_bound, repeats, l1, l2):
    """Proof of Theorem 4.2, made exact: E|Q(y)|_2^2 = |y|_2^2 + (B_1 |y|_1 - |y|_2^2) / k.

    >>> simq_plus_second_moment(1.0, repeats=4, l1=1.0, l2=0.5)
    0.4375
    """
    return plain(at_least(0, l2, "l2") ** 2 + simq_plus_error(l1_bound, repeats, l1, l2))


def simq_plus_error(l1_bound, repeats, l1, l2):
    """Proof of Theorem 4.2, made exact: E|Q(y) - y|_2^2 = (B_1 |y|_1 - |y|_2^2) / k.

    >>> simq_plus_error(1.0, repeats=4, l1=1.0, l2=0.5)
    0.1875
    """
    l1_bound, repeats, l2 = at_least(0, l1_bound, "l1_bound"), at_least(1, repeats, "repeats"), at_least(0, l2, "l2")
    return plain((simq_second_moment(l1_bound, l1) - l2**2) / repeats)


def simq_plus_alpha0(bound, dim, p, repeats):
    """Theorem 4.2: alpha_0(SimQ+; p) <= B sqrt(d**(2/p) / k + 1), p in [2, inf].

    >>> round(simq_plus_alpha0(1.0, 64, p=2, repeats=64), 6)
    1.414214
    """
    dim, p, repeats = at_least(1, dim, "dim"), at_least(2, p, "p"), at_least(1, repeats, "repeats")
    return plain(at_least(0, bound, "bound") * np.sqrt(dim ** (2 / p) / repeats + 1))


def simq_plus_sharp_alpha0(bound, dim, p, repeats):
    """alpha_0(SimQ+; p) <= B sqrt((d**(2/p) - 1) / k + 1), p in [2, inf]: the proof of Theorem 4.2 without its last rounding up.

    (1 - 1/k) |y|_2^2 + B_1 |y|_1 / k is at most (1 - 1/k) B**2 + d**(2/p) B**2 / k. Attained at p = 2 by a flat y and at p = inf by a
    corner, where k = 1 gives the B of Theorem 4.1; Theorem 4.2 gives sqrt(2) B there.

    >>> simq_plus_sharp_alpha0(1.0, 64, p=math.inf, repeats=1)
    1.0
    """
    dim, p, repeats = at_least(1, dim, "dim"), at_least(2, p, "p"), at_least(1, repeats, "repeats")
    return plain(at_least(0, bound, "bound") * np.sqrt((dim ** (2 / p) - 1) / repeats + 1))


def simq_plus_repeats(dim, p, factor):
    """The least k for which Theorem 4.2 has alpha_0 <= factor B: k >= d**(2/p) / (factor**2 - 1), as an int.

    The paper's k = d**(2/p) belongs to factor sqrt(2); U(T, p) of Section 2.1 asks for no more than factor 4, k >= d**(2/p) / 15.

    >>> simq_plus_repeats(1024, p=2, factor=4.0), simq_plus_repeats(1024, p=8, factor=2**0.5)
    (69, 6)
    """
    dim, p = whole(dim, "dim"), at_least(2, p, "p")
    if not factor > 1:
        raise ValueError(f"factor: expected a number > 1, got {factor!r}")
    return math.ceil(dim ** (2 / float(p)) / (factor**2 - 1) * (1 - 1e-12))


def precision_upper_bound(dim, p):
    """Theorem 3.1, part 1: r*(T, p) <= d**(2/p) log2(2e d**(1 - 2/p) + 2e) for p in [2, inf].

    With k = floor(d**(2/p)) a message of SimQ+ is no longer; with the next integer it may be.

    >>> round(precision_upper_bound(1024, p=8), 2)
    56.29
    """
    dim, p = at_least(1, dim, "dim"), at_least(2, p, "p")
    return plain(dim ** (2 / p) * np.log2(2 * math.e * dim ** (1 - 2 / p) + 2 * math.e))
