"""Enumerative ranks: which k of n things, in ceil(log2(binomial(n, k))) bits (Cover, 1973); and types, how often each thing comes."""

import math
import operator
from itertools import accumulate, pairwise

import numpy as np

from .. import _checks
from .message import DecodeError


def subset_bits(size, count):
    """Bits that name one of the binomial(size, count) subsets.

    Examples
    --------
    >>> from dqlab import bits
    >>> bits.subset_bits(52, 5)
    22
    """
    _check(size, count)
    return (math.comb(size, count) - 1).bit_length()


def rank_subset(subset, size):
    """The rank of a subset in the combinatorial number system: c_1 < c_2 < ... has rank sum of binomial(c_i, i).

    Parameters
    ----------
    subset : sequence of int
        Distinct members of range(size), in increasing order.
    size : int
        n.

    Returns
    -------
    int
        In [0, binomial(size, len(subset))).

    Examples
    --------
    >>> from dqlab import bits
    >>> bits.rank_subset([1, 3, 4], size=6)
    8
    """
    subset = [operator.index(member) for member in subset]
    _check(size, len(subset))
    if any(a >= b for a, b in pairwise(subset)) or subset and not (subset[0] >= 0 and subset[-1] < size):
        raise ValueError(f"subset: expected increasing members of range({size}), got {subset}")
    rank, binomial, at = 0, 1, 0  # binomial = C(at, i): walk Pascal's triangle instead of computing each entry afresh
    for i, member in enumerate(subset, start=1):
        binomial = binomial * (at - i + 1) // i if at >= i else 0
        while at < member:
            at += 1
            binomial = binomial * at // (at - i) if at > i else int(at == i)
        rank += binomial
    return rank


def unrank_subset(rank, size, count):
    """The subset (int64 array of shape (count,), increasing) with a given rank; DecodeError where there is none.

    Examples
    --------
    >>> from dqlab import bits
    >>> bits.unrank_subset(8, size=6, count=3)
    array([1, 3, 4])
    """
    _check(size, count)
    if not 0 <= rank < math.comb(size, count):
        raise DecodeError(f"rank: past the last of the ways to choose {count} of {size} things")
    subset, member, binomial = [0] * count, size, math.comb(size, count)
    for i in range(count, 0, -1):
        while binomial > rank:  # the largest member with C(member, i) <= rank
            binomial = binomial * (member - i) // member
            member -= 1
        subset[i - 1] = member
        rank -= binomial
        # From C(member, i) to C(member, i - 1), the bound that the next member must stay below.
        binomial = binomial * i // (member - i + 1) if member >= i else int(member >= i - 1)
    return np.array(subset, np.int64)


def type_bits(dim, total):
    """Bits that name one of the binomial(d + k, k) types of k draws from {0, 1, ..., d}.

    Examples
    --------
    >>> from dqlab import bits
    >>> bits.type_bits(3, 4)
    6
    """
    return subset_bits(_checks.integer(dim, "dim", 0) + _checks.integer(total, "total", 0), dim)


def rank_type(counts, total):
    """The rank of a type: how often each of 1, ..., d comes among `total` draws, the rest being 0.

    Stars and bars make a type a d-subset of d + k things, b_i = n_0 + ... + n_{i-1} + i - 1, which ``rank_subset`` ranks.

    Parameters
    ----------
    counts : sequence of int, length d
        n_1, ..., n_d >= 0.
    total : int
        k >= n_1 + ... + n_d.

    Returns
    -------
    int
        In [0, binomial(d + k, k)).

    Raises
    ------
    ValueError
        If a count is negative or the counts exceed the total.

    Examples
    --------
    >>> from dqlab import bits
    >>> bits.rank_type([0, 0, 4], total=4), bits.rank_type([0, 0, 0], total=4)
    (0, 34)
    """
    counts, total = [operator.index(count) for count in counts], _checks.integer(total, "total", 0)
    if min(counts, default=0) < 0 or sum(counts) > total:
        raise ValueError(f"counts: expected numbers >= 0 that add up to at most {total}, got {counts}")
    bars = accumulate(counts[:-1], lambda bar, count: bar + count + 1, initial=total - sum(counts))
    return rank_subset(list(bars) if counts else [], len(counts) + total)


def unrank_type(rank, dim, total):
    """The counts n_1, ..., n_d (int64 array) with a given rank; DecodeError where there are none.

    Examples
    --------
    >>> from dqlab import bits
    >>> bits.unrank_type(0, dim=3, total=4)
    array([0, 0, 4])
    """
    dim, total = _checks.integer(dim, "dim", 0), _checks.integer(total, "total", 0)
    bars = unrank_subset(rank, dim + total, dim)
    return np.diff(bars, append=dim + total)[:dim] - 1


def _check(size, count):
    if _checks.integer(count, "count", 0) > _checks.integer(size, "size", 0):
        raise ValueError(f"count: expected 0 to {size} members, got {count}")
