"""A_n*, the thinnest known covering in many low dimensions; for n = 2 the hexagonal lattice A2.

A_n* is what is left of the whole vectors of n + 1 coordinates when the mean of each is taken away. The hyperplane of mean 0 is
turned onto R^n by the reflection that exchanges (1, ..., 1) / sqrt(n + 1) with the last axis: both ways in O(n).
"""

import math
from functools import cache
from typing import NamedTuple

import numpy as np

from .. import _checks
from .._generic import jit
from .shells import Coset, Shells
from .verbs import coordinates_batch, nearest_batch, place_batch


class _Fields(NamedTuple):
    dim: int


class Star(_Fields):
    """A_n*, the dual of the root lattice A_n. For n = 2 both are the hexagonal lattice, up to scale.

    Parameters
    ----------
    dim : int
        n >= 1.

    Examples
    --------
    >>> import dqlab as dq
    >>> lattice = dq.lattices.Star(8)
    >>> lattice.name, round(dq.lattices.thickness(lattice), 3)
    ('A8*', 3.666)
    """

    __slots__ = ()

    def __new__(cls, dim):
        return super().__new__(cls, _checks.integer(dim, "dim", 1))

    @property
    def name(self):
        """A<n>*."""
        return f"A{self.dim}*"

    @property
    def basis(self):
        """Rows generate the lattice: the first n axes of R^(n + 1), less their means, turned onto R^n."""
        return np.ascontiguousarray(place_batch(self, np.eye(self.dim)).T)

    @property
    def packing_radius(self):
        """Half the least distance of two points."""
        return 0.5 * math.sqrt(self.dim / (self.dim + 1))

    @property
    def covering_radius(self):
        """The distance from the deep hole to the points around it."""
        return math.sqrt(self.dim * (self.dim + 2) / (12 * (self.dim + 1)))

    @property
    def deep_hole(self):
        """(0, 1, ..., n) / (n + 1) less its mean, the centre of a simplex of points."""
        return np.arange(self.dim) / (self.dim + 1) @ self.basis - self.dim / (self.dim + 1) * self.basis.sum(axis=0)

    @property
    def volume(self):
        """Volume of a cell."""
        return 1 / math.sqrt(self.dim + 1)

    @property
    def shells(self):
        """The points by n + 1 times their squared norms."""
        return _shells(self.dim)

    def digits(self, x):
        """What is ranked of the point with coordinates `x`: n + 1 whole numbers whose sum is in 0..n."""
        return np.append(x, 0) - int(np.sum(x)) // (self.dim + 1)

    def from_digits(self, digits):
        """The coordinates of a point, from its digits."""
        return np.asarray(digits[:-1]) - digits[-1]


@cache
def _shells(dim):
    """|z - mean|^2 = |z|^2 - (sum of z)^2 / (n + 1), and adding 1 to all of z adds n + 1 to its sum."""
    cosets = [Coset((0,) * (dim + 1), total, total**2) for total in range(dim + 1)]
    return Shells(cosets, unit=dim + 1, weight=dim + 1)


@coordinates_batch.register(Star)
def _coordinates(lattice, points):
    """Differences from the last of the n + 1 coordinates."""
    x, side = np.empty_like(points), math.sqrt(lattice.dim + 1.0)
    for k in range(points.shape[1]):
        total = 0.0
        for i in range(lattice.dim):
            total += points[i, k]
        last = total / side
        for i in range(lattice.dim):
            x[i, k] = np.rint(points[i, k] - last / (side - 1) - last)
    return x


@place_batch.register(Star)
def _place(lattice, x):
    points, side = np.empty_like(x), math.sqrt(lattice.dim + 1.0)
    for k in range(x.shape[1]):
        mean = 0.0
        for i in range(lattice.dim):
            mean += x[i, k]
        mean /= lattice.dim + 1
        for i in range(lattice.dim):
            points[i, k] = x[i, k] - mean - mean / (side - 1)
    return points


@jit
def lift(y, k, lifted):
    """Column `k` of `y` as n + 1 coordinates of mean 0."""
    n, total = y.shape[0], 0.0
    for i in range(n):
        total += y[i, k]
    lifted[n] = total / math.sqrt(n + 1.0)
    for i in range(n):
        lifted[i] = y[i, k] - total / (n + 1 - math.sqrt(n + 1.0))


@nearest_batch.register(Star)
def _nearest(lattice, y):
    """O(n). The nearest z to y + t (1, ..., 1), for the best t; a best t is a multiple of 1 / (n + 1), as y has mean 0."""
    points, n = np.empty_like(y), lattice.dim
    rest, z, turn = np.empty(n + 1), np.empty(n + 1), np.empty(n + 1, np.int64)
    drop, gain = np.empty(n + 2), np.empty(n + 2)
    for k in range(y.shape[1]):
        lift(y, k, rest)
        squares, total, drop[:], gain[:] = 0.0, 0.0, 0.0, 0.0
        for i in range(n + 1):
            z[i] = np.rint(rest[i])
            rest[i] -= z[i]
            squares, total = squares + rest[i] ** 2, total + rest[i]
            turn[i] = np.int64(np.ceil((n + 1) * (0.5 - rest[i])))  # from t = turn / (n + 1) on, z_i is one more
            drop[turn[i]] += 1.0
            gain[turn[i]] += 1.0 - 2.0 * rest[i]
        best, least = 0, np.inf
        for t in range(n + 1):
            squares, total = squares + gain[t], total - drop[t]
            if squares - total * total / (n + 1) < least:
                best, least = t, squares - total * total / (n + 1)
        mean = 0.0
        for i in range(n + 1):
            z[i] += 1.0 if turn[i] <= best else 0.0
            mean += z[i] / (n + 1)
        for i in range(n):
            points[i, k] = z[i] - mean + (z[n] - mean) / (math.sqrt(n + 1.0) - 1)
    return points
