"""What projected subgradients and mirror descent reach in T queries: Theorems 2.2 and 2.3, Remarks 3 and 4, with their constants.

alpha is alpha_0(Q; p) of Section 2.2, the root of the largest E|Q(y)|**2 over |y|_q <= B: in l_2 for p >= 2, in l_q for p < 2.
Exact subgradients have alpha = B, and Theorem 2.3 is then the upper part of Theorem 2.2.
"""

import math

import numpy as np

from .._arguments import at_least, plain


def l2_diameter(dim, p, diameter):
    """Remark 4: a set of l_p diameter D has an l_2 diameter of at most D d**max(0, 1/2 - 1/p), as a cube and an l_p ball have.

    >>> l2_diameter(64, p=math.inf, diameter=2.0)
    16.0
    """
    power = np.maximum(0, 0.5 - 1 / at_least(1, p, "p"))
    return plain(at_least(0, diameter, "diameter") * at_least(1, dim, "dim") ** power)


def psgd_error(diameter, alpha, steps, bias=0.0):
    """Remark 4 and Section 7: E f(average) - f* <= D' (alpha / sqrt(T) + beta), with the step D' / (alpha sqrt(T)).

    D' is the l_2 diameter, E|Q(g)|_2**2 <= alpha**2, and |E[Q(g) - g]|_2 <= beta at every query.

    >>> psgd_error(2.0, alpha=3.0, steps=100)
    0.6
    """
    diameter, alpha, steps = at_least(0, diameter, "diameter"), at_least(0, alpha, "alpha"), at_least(1, steps, "steps")
    return plain(diameter * (alpha / np.sqrt(steps) + at_least(0, bias, "bias")))


def mirror_exponent(p, dim):
    """The p' that Remark 3 leaves open: a = max(p, 1 + 1 / ln d), and 2 where that is more, p in [1, 2].

    |x|_a**2 / 2 is (a - 1)-strongly convex in |.|_a, so |x|_a**2 / (a - 1), the map of the remark, is 2-strongly convex.

    >>> mirror_exponent(1.5, dim=1000), round(mirror_exponent(1.0, dim=1000), 4), mirror_exponent(1.0, dim=1)
    (1.5, 1.1448, 2.0)
    """
    p, dim = at_least(1, p, "p"), at_least(1, dim, "dim")
    if not (p <= 2).all():
        raise ValueError(f"p: expected numbers from 1 to 2, got {p.max()}")
    with np.errstate(divide="ignore"):
        return plain(np.minimum(2, np.maximum(p, 1 + 1 / np.log(dim))))


def mirror_descent_error(radius, alpha, exponent, steps, bias=0.0):
    """Remark 3: E f(average) - f* <= rho alpha / sqrt((a - 1) T) + 2 rho beta, with the step rho sqrt(a - 1) / (alpha sqrt(T)).

    The run starts at the centre of a domain whose points have |x|_a <= rho; E|Q(g)|_b**2 <= alpha**2, where 1/a + 1/b = 1, and
    |E[Q(g) - g]|_b <= beta at every query.

    >>> mirror_descent_error(1.0, alpha=3.0, exponent=1.25, steps=100)
    0.6
    """
    exponent, steps = at_least(1, exponent, "exponent"), at_least(1, steps, "steps")
    radius, alpha = at_least(0, radius, "radius"), at_least(0, alpha, "alpha")
    with np.errstate(divide="ignore"):
        slope = alpha / np.sqrt((exponent - 1) * steps)
    return plain(radius * (slope + 2 * at_least(0, bias, "bias")))


def upper_constant(p):
    """c_1 of Theorems 2.2 and 2.3, certified: 1 for p >= 2; e sqrt(ln 2) for p < 2, where log is to the base 2 and d >= 2.

    The paper says that there is one.

    >>> upper_constant(2), round(upper_constant(1), 4)
    (1.0, 2.2631)
    """
    return plain(np.where(at_least(1, p, "p") >= 2, 1.0, math.e * math.sqrt(math.log(2))))


def oracle_error_bound(dim, p, diameter, alpha, steps):
    """Theorem 2.3 (with alpha = B the upper part of Theorem 2.2): the right-hand side, with c_1 of `upper_constant`.

    c_1 d**(1/2 - 1/p) D alpha / sqrt(T) for p >= 2, c_1 sqrt(log2 d) D alpha / sqrt(T) for p < 2. At p < 2 and d = 1 it is 0, which
    no algorithm reaches: see `sharp_error_bound`.

    >>> oracle_error_bound(64, p=math.inf, diameter=2.0, alpha=1.0, steps=100)
    1.6
    """
    dim, p, steps = at_least(1, dim, "dim"), at_least(1, p, "p"), at_least(1, steps, "steps")
    scale = at_least(0, diameter, "diameter") * at_least(0, alpha, "alpha") / np.sqrt(steps)
    factor = np.where(p >= 2, dim ** np.maximum(0, 0.5 - 1 / p), np.sqrt(np.log2(dim)))
    return plain(upper_constant(p) * factor * scale)


def sharp_error_bound(dim, p, diameter, alpha, steps):
    """What is proved on the way to `oracle_error_bound`, and never more for d >= 2: no constant is rounded up.

    For p < 2 it is D d**(1/b - 1/q) alpha / sqrt((a - 1) T) with a of `mirror_exponent`: on any set of diameter D, started at any
    of its points. On a ball, started at the centre, half of it is enough.

    >>> round(sharp_error_bound(1000, p=1.5, diameter=2.0, alpha=1.0, steps=100), 6)
    0.282843
    """
    p = at_least(1, p, "p")
    a = mirror_exponent(np.minimum(p, 2), dim)
    dim, steps = at_least(1, dim, "dim"), at_least(1, steps, "steps")
    scale = at_least(0, diameter, "diameter") * at_least(0, alpha, "alpha") / np.sqrt(steps)
    # 1/b - 1/q = 1/p - 1/a: what it costs to measure in l_b what is bounded in l_q
    below = dim ** (1 / np.minimum(p, 2) - 1 / a) / np.sqrt(a - 1)
    return plain(scale * np.where(p >= 2, dim ** np.maximum(0, 0.5 - 1 / p), below))
