"""Below p = 2 without a split: what one quantizer for all coordinates costs. The baseline of Section 5, counted.

Inputs have |y|_q <= B, q = p / (p - 1) > 2. Both schemes are unbiased with E|Q(y)|_q^2 <= 3 B^2, as each half of the split is.
"""

import math

import numpy as np

from .._arguments import at_least, whole


def cuq_alone_levels(dim, p):
    """Levels with which CUQ on the whole cube |y_i| <= B has E|Q(y)|_q^2 <= 3 B^2: log2(k + 1) = ceil(log2(2 sqrt(2) d**(1/q) + 2)).

    An error is at most 2B / (k - 1), so E|Q(y) - y|_q^2 <= d**(2/q) 4 B^2 / (k - 1)^2 <= B^2 / 2: (7) with d in the place of Delta_1.

    >>> cuq_alone_levels(1024, p=1.5), cuq_alone_levels(1024, p=1)
    (31, 7)
    """
    dim, p = _dim_and_order(dim, p)
    return 2 ** math.ceil(math.log2(2 * math.sqrt(2) * dim ** (1 - 1 / p) + 2)) - 1


def cuq_alone_levels_needed(dim, p, factor):
    """Levels below which no CUQ on the whole cube has E|Q(y)|_q^2 <= factor B^2 for the flat y, |y_i| = B d**(-1/q).

    k - 1 >= 2 d**(1/q) / (16 factor)**(p/2). With a step D > B d**(-1/q) and 0 among the levels, each coordinate is D or -D with
    probability B d**(-1/q) / D, else 0. The number N of those that are not has a mean m and a variance of at most m, so N >= m/2 with
    probability 1/8 at least if m >= 1, and D^2 (m/2)**(2/q) / 8 <= factor B^2. Without 0 among the levels all are D/2 at least.

    >>> round(cuq_alone_levels_needed(2**40, p=1.5, factor=3.0), 1)
    1133.0
    """
    dim, p = _dim_and_order(dim, p)
    factor = float(at_least(1, factor, "factor"))
    return 1 + 2 * dim ** (1 - 1 / p) / (16 * factor) ** (p / 2)


def cuq_alone_flat_moment(dim, p, levels):
    """E|Q(y)|_q^2 / B^2 of CUQ on the whole cube for the flat y, exactly; `levels` odd, so that 0 is a level.

    Every |y_i| = B d**(-1/q) lies between j and j + 1 steps and goes up independently: a sum over a binomial law.

    >>> round(cuq_alone_flat_moment(2**16, p=1.9, levels=3), 2)
    252.08
    """
    dim, p = _dim_and_order(dim, p)
    levels = whole(levels, "levels", 3)
    if levels % 2 == 0:
        raise ValueError(f"levels: expected an odd number, got {levels}")
    q, step = (p / (p - 1) if p > 1 else math.inf), 2 / (levels - 1)
    below = math.floor(dim ** (1 / p - 1) / step * (1 + 1e-12))
    up = max(0.0, dim ** (1 / p - 1) / step - below)
    if up == 0:
        return float((below * step) ** 2 * dim ** (2 / q))
    n = np.arange(dim + 1)
    logs = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, dim + 1)))])
    weight = np.exp(logs[-1] - logs - logs[::-1] + n * math.log(up) + (dim - n) * math.log1p(-up))
    if q == math.inf:
        return float(step**2 * (weight[0] * below**2 + (1 - weight[0]) * (below + 1) ** 2))
    sums = n * float(below + 1) ** q + (dim - n) * float(below) ** q
    return float(step**2 * (weight @ sums ** (2 / q)))


def cuq_alone_bits(dim, p):
    """d ceil(log2(2 sqrt(2) d**(1/q) + 2)): about (d / q) log2 d bits, of CUQ on the whole cube.

    >>> cuq_alone_bits(1024, p=1.5)
    5120
    """
    return int(dim) * cuq_alone_levels(dim, p).bit_length()


def _dim_and_order(dim, p):
    """d as an int of at least 1, and p in [1, 2)."""
    p = float(at_least(1, p, "p"))
    if p >= 2:
        raise ValueError(f"p: expected a number in [1, 2), got {p}")
    return whole(dim, "dim"), p
