"""How short the messages of SimQ+ could be: a bound on the joint code with its exact rate, and the entropy that no code of any kind beats.

None of it is in the paper, whose codes have a fixed length.
"""

import math

import numpy as np

from .._arguments import at_least, plain, whole


def simq_plus_joint_rate(ratio):
    """log2 D(d, k) / d for k = ratio d, in the limit d -> oo: (asinh(ratio) + ratio asinh(1 / ratio)) / ln 2 bits per dimension.

    Also a bound for every d: the generating function of |z|_1 is ((1 + s) / (1 - s))**d, so D(d, k) <= s**-k ((1 + s) / (1 - s))**d
    for each s in (0, 1); the best s is sqrt(1 + 1 / ratio**2) - 1 / ratio. Exchanging d and k gives the same D: rate(1 / x) = rate(x) / x.

    >>> round(simq_plus_joint_rate(1.0), 4)
    2.5431
    """
    ratio = at_least(0, ratio, "ratio")
    if not (ratio > 0).all():
        raise ValueError(f"ratio: expected k / d > 0, got {ratio.min()}")
    return plain((np.arcsinh(ratio) + ratio * np.arcsinh(1 / ratio)) / math.log(2))


def simq_plus_joint_bits_bound(dim, repeats):
    """log2 D(d, k) <= d rate(k / d), with ``simq_plus_joint_rate``: Theorem 4.2 for the joint code.

    >>> round(simq_plus_joint_bits_bound(1024, 1024), 1)
    2604.1
    """
    dim, repeats = at_least(1, dim, "dim"), at_least(1, repeats, "repeats")
    return plain(dim * simq_plus_joint_rate(repeats / dim))


def simq_plus_entropy(chances, repeats):
    """H(z | the magnitudes of y) in bits: counts n_1, ..., n_d of k draws with these chances, and a fair sign for each n_i > 0.

    No uniquely decodable code of the output has a smaller mean length, even if it knows |y_1|, ..., |y_d|. Exactly
    -log2 k! - k sum_i p_i log2 p_i + sum_i E log2 n_i! over i = 0, ..., d, and then the signs, ``simq_plus_support``.

    Parameters
    ----------
    chances : array, shape (d,)
        p_i = |y_i| / B_1; what is left to 1 belongs to 0.
    repeats : int
        k.

    >>> simq_plus_entropy([0.5, 0.5], repeats=1), simq_plus_entropy([1.0], repeats=9)
    (2.0, 1.0)
    """
    chances, k = _chances(chances), whole(repeats, "repeats")
    values, times = np.unique(np.append(chances, max(0.0, 1 - chances.sum())), return_counts=True)
    logs = np.concatenate([[0.0], np.cumsum(np.log2(np.arange(1, k + 1)))])  # log2 n!
    total = 0.0
    for p, many in zip(values[values > 0], times[values > 0], strict=True):
        total += many * (_binomial(k, p) @ logs - k * p * math.log2(p))
    return float(max(total - logs[k], 0.0) + simq_plus_support(chances, k))


def simq_plus_support(chances, repeats):
    """How many of the d coordinates come up in k draws, on average: sum_i 1 - (1 - p_i)**k. That many signs are sent.

    >>> round(simq_plus_support([0.001] * 1000, repeats=1000))
    632
    """
    chances, k = _chances(chances), whole(repeats, "repeats")
    return float(-np.expm1(k * np.log1p(-np.minimum(chances, 1 - 1e-16))).sum())


def simq_plus_two_part_bits(dim, repeats, support, drawn):
    """Bits of a code of variable length for the output of SimQ+: first how much came up, then what.

    `drawn` = |z|_1 in ceil(log2(k + 1)) bits and `support` = |{i : z_i != 0}| in ceil(log2(min(k, d) + 1)) bits; then which coordinates,
    how `drawn` falls upon them, and the signs: binomial(d, s) binomial(m - 1, s - 1) 2**s possibilities, ranked.

    >>> simq_plus_two_part_bits(1024, 1024, support=1, drawn=30), simq_plus_two_part_bits(1024, 1024, support=0, drawn=0)
    (33, 22)
    """
    dim, k = whole(dim, "dim"), whole(repeats, "repeats")
    if not 0 <= support <= min(drawn, dim) or not drawn <= k or (support == 0) != (drawn == 0):
        raise ValueError(
            f"support, drawn: expected 1 <= support <= drawn <= {k}, or 0 and 0, got {support} and {drawn}"
        )
    ways = math.comb(dim, support) * math.comb(drawn - 1, support - 1) << support if drawn else 1
    return k.bit_length() + min(k, dim).bit_length() + (int(ways) - 1).bit_length()


def _binomial(k, p):
    """The chances of 0, ..., k successes."""
    from scipy.stats import binom

    return binom.pmf(np.arange(k + 1), k, min(p, 1.0))


def _chances(chances):
    chances = at_least(0, chances, "chances").ravel()
    if not chances.sum() <= 1 + 1e-9:
        raise ValueError(f"chances: expected numbers that add up to at most 1, got {chances.sum()}")
    return chances
