"""The cubic lattice Z^n: round every coordinate."""

import math
from functools import cache
from typing import NamedTuple

import numpy as np

from .. import _checks
from .shells import Coset, Shells
from .verbs import coordinates_batch, nearest_batch, place_batch


class _Fields(NamedTuple):
    dim: int


class Cubic(_Fields):
    """Z^n, all vectors of whole numbers.

    Parameters
    ----------
    dim : int
        n >= 1.

    Examples
    --------
    >>> import dqlab as dq
    >>> dq.lattices.nearest(dq.lattices.Cubic(3), [0.4, -1.2, 7.9])
    array([ 0., -1.,  8.])
    """

    __slots__ = ()
    packing_radius = 0.5
    volume = 1.0

    def __new__(cls, dim):
        return super().__new__(cls, _checks.integer(dim, "dim", 1))

    @property
    def name(self):
        """Z<n>."""
        return f"Z{self.dim}"

    @property
    def basis(self):
        """The identity matrix; its rows generate the lattice."""
        return np.eye(self.dim)

    @property
    def covering_radius(self):
        """The distance from the deep hole to the points around it."""
        return 0.5 * math.sqrt(self.dim)

    @property
    def deep_hole(self):
        """The centre of a cube: (1/2, ..., 1/2)."""
        return np.full(self.dim, 0.5)

    @property
    def shells(self):
        """The points by the squared distances of their cells from 0, which are known exactly."""
        return _shells(self.dim)

    def digits(self, x):
        """What is ranked of the point with coordinates `x`: the coordinates."""
        return x

    def from_digits(self, digits):
        """The coordinates of a point, from its digits."""
        return digits


@cache
def _shells(dim):
    return Shells([Coset((0,) * dim, 0)], sums=1, unit=4, cells=True)


@nearest_batch.register(Cubic)
def _nearest(lattice, y):
    points = np.empty_like(y)
    for i in range(y.shape[0]):
        for k in range(y.shape[1]):
            points[i, k] = np.rint(y[i, k])
    return points


@coordinates_batch.register(Cubic)
def _coordinates(lattice, points):
    return points.copy()


@place_batch.register(Cubic)
def _place(lattice, x):
    return x.copy()
