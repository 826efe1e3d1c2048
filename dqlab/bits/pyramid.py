"""The pyramid code: points z of Z^d with |z|_1 <= k, ranked exactly, in ceil(log2 D(d, k)) bits (after Fischer, 1986).

D(d, k), the number of these points, is a Delannoy number. Points are ordered by their first coordinate, in the order
0, +1, -1, +2, -2, ..., then by the second, and so on: a first coordinate of magnitude j is followed by D(d-1, k-j) completions.

Ranking walks from D(d, k) down to D(0, 0), and keeps two neighbours D(m, n) and D(m, n-1) of the table. Every step is exact and takes a
few products and one quotient of a long integer with a short one: d + k steps in all, on integers of O(d + k) bits.
"""

import operator
from functools import lru_cache

import numpy as np

from .. import _checks
from .message import DecodeError


def delannoy(dim, radius):
    """D(d, k): how many points of Z^d have |z|_1 <= k.

    Parameters
    ----------
    dim : int
        d >= 0.
    radius : int
        k >= 0.

    Returns
    -------
    int

    Examples
    --------
    >>> from dqlab import bits
    >>> bits.delannoy(3, 4)
    129
    """
    return _neighbours(_checks.integer(dim, "dim", 0), _checks.integer(radius, "radius", 0))[0]


def pyramid_bits(dim, radius):
    """Bits that name one of the D(d, k) points.

    Examples
    --------
    >>> from dqlab import bits
    >>> bits.pyramid_bits(3, 4)
    8
    """
    return (delannoy(dim, radius) - 1).bit_length()


def rank_pyramid(point, radius):
    """The rank of an integer point z among all with |z|_1 <= k.

    Parameters
    ----------
    point : sequence of int, length d
        z.
    radius : int
        k.

    Returns
    -------
    int
        In [0, D(d, k)).

    Raises
    ------
    ValueError
        If |z|_1 > k.

    Examples
    --------
    >>> from dqlab import bits
    >>> [bits.rank_pyramid(z, radius=1) for z in ([0, 0], [0, 1], [0, -1], [1, 0], [-1, 0])]
    [0, 1, 2, 3, 4]
    """
    point, n = [operator.index(z) for z in point], _checks.integer(radius, "radius", 0)
    if sum(map(abs, point)) > n:
        raise ValueError(f"point: expected |z|_1 <= {n}, got {sum(map(abs, point))}")
    rank, here, before = 0, *_neighbours(len(point), n)
    for m, z in zip(range(len(point), 0, -1), point, strict=True):
        here, before = _drop_coordinate(here, before, m, n)
        if z:
            rank += here  # what has a 0 here comes first
        for j in range(1, abs(z) + 1):
            here, before = _shrink(here, before, m - 1, n)
            n -= 1
            rank += 2 * here if j < abs(z) else here if z < 0 else 0
    return rank


def unrank_pyramid(rank, dim, radius):
    """The point (int64 array of shape (d,)) with a given rank; DecodeError where there is none.

    Examples
    --------
    >>> from dqlab import bits
    >>> bits.unrank_pyramid(128, dim=3, radius=4)
    array([-4,  0,  0])
    """
    dim, n = _checks.integer(dim, "dim", 0), _checks.integer(radius, "radius", 0)
    here, before = _neighbours(dim, n)
    if not 0 <= rank < here:
        raise DecodeError(f"rank: past the last of the points of Z^{dim} with |z|_1 <= {n}")
    point = np.zeros(dim, np.int64)
    for m in range(dim, 0, -1):
        here, before = _drop_coordinate(here, before, m, n)
        if rank < here:
            continue
        rank -= here
        here, before = _shrink(here, before, m - 1, n)
        magnitude, n = 1, n - 1
        while rank >= 2 * here:
            rank -= 2 * here
            here, before = _shrink(here, before, m - 1, n)
            magnitude, n = magnitude + 1, n - 1
        negative = rank >= here
        rank -= here if negative else 0
        point[dim - m] = -magnitude if negative else magnitude
    return point


@lru_cache(maxsize=64)
def _neighbours(m, n):
    """D(m, n) and D(m, n-1); D(m, -1) is 0."""
    if n > m:  # the table is symmetric: walk along its shorter side
        here, before = _neighbours(n, m)
        return here, _drop_coordinate(here, before, n, m)[0]
    here, before = 1, 0
    for i in range(1, n + 1):
        here, before = ((2 * m + 1) * here + (i - 1) * before) // i, here
    return here, before


def _drop_coordinate(here, before, m, n):
    """From D(m, n), D(m, n-1) to D(m-1, n), D(m-1, n-1)."""
    fewer = here - n * (here - before) // m
    return fewer, here - before - fewer


def _shrink(here, before, m, n):
    """From D(m, n), D(m, n-1) to D(m, n-1), D(m, n-2): the recurrence n D(m, n) = (2m+1) D(m, n-1) + (n-1) D(m, n-2)."""
    return before, (n * here - (2 * m + 1) * before) // (n - 1) if n > 1 else 0
