"""r*(T, p) of (3): how many bits are necessary, how many are enough, with constants; and the whole tradeoff of Section 7."""

import math

import numpy as np

from .._arguments import at_least, plain
from .converses import BERNOULLI_C0, PANINSKI_C0
from .rates import upper_constant
from .simplex import precision_upper_bound, simq_plus_alpha0, simq_plus_joint_bits
from .split import split_bits_bound


def accuracy(T, dim, p, D=1.0, B=1.0, c1=None):
    """U(T, p) of Section 2.1: 4 c_1 d**(1/2 - 1/p) D B / sqrt(T) for p >= 2, 4 c_1 sqrt(log2 d) D B / sqrt(T) for p < 2.

    >>> accuracy(T=10000, dim=64, p=float("inf"))
    0.32
    """
    dim, p = _dim(dim, p), at_least(1, p, "p")
    growth = np.where(p >= 2, dim ** (0.5 - 1 / p), np.sqrt(np.log2(dim)))
    slow = 4 * np.asarray(_c1(c1, p)) * growth / np.sqrt(at_least(1, T, "T"))
    return plain(at_least(0, D, "D") * at_least(0, B, "B") * slow)


def precision_lower_bound(dim, p, c1=None):
    """Theorem 3.1, lower parts: r*(T, p) is at least this, for T >= 512 c_1^2 d. The paper states no condition on T.

    The largest of 1, (c_0 d**(1/p) / (4 c_1))^2 and 2 log2(c_0' d**(1/2) / (4 c_1)) for p >= 2; for p < 2 of 1 and
    d (c_0 / (4 c_1 sqrt(log2 d)))^2; with c_0 = 0.106 of `bernoulli_error`, c_0' = 1/8 of `paninski_error` and any c_1 for which
    Theorem 2.2 holds, `upper_constant` unless given. With fewer bits these errors are above `accuracy`.

    >>> round(precision_lower_bound(2**20, p=float("inf")), 9), round(precision_lower_bound(2**20, p=2), 1)
    (10.0, 738.7)
    """
    dim, p = _dim(dim, p), at_least(1, p, "p")
    c1 = np.asarray(_c1(c1, p))
    root = np.sqrt(np.where(p >= 2, dim ** (2 / np.maximum(p, 2)), dim / np.maximum(np.log2(dim), 1.0)))
    product, paired = (BERNOULLI_C0 / (4 * c1) * root) ** 2, 2 * np.log2(PANINSKI_C0 / (4 * c1) * np.sqrt(dim))
    return plain(np.maximum(1.0, np.where(p >= 2, np.maximum(product, paired), product)))


def precision_bounds(dim, p, c1=None):
    """Theorem 3.1: (lower, upper) with lower <= r*(T, p) <= upper, every p in [1, inf], T >= 512 c_1^2 d.

    The upper bounds are those of SimQ+ (p >= 2) and of the split quantizer (p < 2, d a power of two).

    >>> [round(r, 2) for r in precision_bounds(2**20, p=4)], precision_bounds(1024, p=1.5)[1]
    ([10.0, 12742.76], 6146.0)
    """
    dim, p = np.broadcast_arrays(_dim(dim, p), at_least(1, p, "p"))
    upper = np.array([_enough(int(d), float(order)) for d, order in zip(dim.flat, p.flat, strict=True)])
    return precision_lower_bound(dim, p, c1), plain(upper.reshape(dim.shape))


def _enough(dim, p):
    if p >= 2:
        return precision_upper_bound(dim, p)
    return float(split_bits_bound(dim, math.inf if p == 1 else p / (p - 1)))


def repeats_for_bits(bits, dim):
    """The largest k for which SimQ+ fits into `bits`: ceil(log2 D(d, k)) <= bits; 0 where not even k = 1 does.

    >>> repeats_for_bits(12, 1024), repeats_for_bits(2599, 1024), repeats_for_bits(10, 1024)
    (1, 1024, 0)
    """
    low, high = 0, 1
    while simq_plus_joint_bits(dim, high) <= bits:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if simq_plus_joint_bits(dim, middle) <= bits else (low, middle)
    return low


def error_upper_bound(T, bits, dim, p, D=1.0, B=1.0):
    """Section 7: E*_0(T, r, p) <= d**(1/2 - 1/p) D alpha_0 / sqrt(T) by SimQ+ with the largest k that r bits allow, p >= 2.

    Never above D B, which needs no bits at all.

    >>> round(error_upper_bound(10**6, bits=12, dim=1024, p=float("inf")), 6), error_upper_bound(10**6, 9, 1024, 2)
    (0.045255, 1.0)
    """
    dim, repeats = at_least(1, dim, "dim"), repeats_for_bits(bits, int(dim))
    scale = at_least(0, D, "D") * at_least(0, B, "B")
    if repeats == 0:
        return plain(scale)
    alpha0 = simq_plus_alpha0(1.0, dim, p, repeats)
    error = dim ** (0.5 - 1 / at_least(2, p, "p")) * alpha0 / np.sqrt(at_least(1, T, "T"))
    return plain(scale * np.minimum(error, 1.0))


def _dim(dim, p):
    """d as numbers, for which log2 d is not 0 where p < 2."""
    dim = at_least(1, dim, "dim")
    if (np.asarray(p) < 2).any() and (dim < 2).any():
        raise ValueError(f"dim: expected numbers >= 2 for p < 2, where log2 d divides, got {dim.min()}")
    return dim


def _c1(c1, p):
    if c1 is None:
        return upper_constant(p)
    if not (at_least(0, c1, "c1") > 0).all():
        raise ValueError(f"c1: expected numbers > 0, got {c1}")
    return c1
