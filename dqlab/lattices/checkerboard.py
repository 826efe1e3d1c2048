"""D4 and E8: whole numbers with an even sum, and in E8 the same once more, a half to the side."""

import math
from functools import cache
from typing import NamedTuple

import numpy as np

from .shells import Coset, Shells
from .verbs import nearest_batch, parity_costs, round_but


class _Fields(NamedTuple):
    dim: int
    basis: np.ndarray


class D4(_Fields):
    """D4: all vectors of four whole numbers with an even sum.

    Examples
    --------
    >>> import dqlab as dq
    >>> dq.lattices.nearest(dq.lattices.D4(), [0.6, 0.1, 0.7, 0.1])
    array([1., 0., 1., 0.])
    """

    __slots__ = ()
    name = "D4"
    packing_radius = math.sqrt(0.5)
    covering_radius = 1.0
    volume = 2.0

    def __new__(cls):
        return super().__new__(cls, 4, _even_sums(4))

    def __getnewargs__(self):
        return ()

    @property
    def deep_hole(self):
        """(1, 0, ..., 0), as far as it gets from any point."""
        return np.eye(self.dim)[0]

    @property
    def shells(self):
        """The points by their squared norms."""
        return _shells_of_d4()

    def digits(self, x):
        """What is ranked of the point with coordinates `x`: the point."""
        return np.rint(x @ self.basis).astype(np.int64)

    def from_digits(self, digits):
        """The coordinates of a point, from its digits."""
        return np.rint(np.linalg.solve(self.basis.T, np.asarray(digits, float))).astype(np.int64)


class E8(_Fields):
    """E8: eight whole numbers, or eight halves of odd numbers, with an even sum.

    Examples
    --------
    >>> import dqlab as dq
    >>> dq.lattices.nearest(dq.lattices.E8(), [0.4, 0.6, 0.5, 0.5, 0.5, 0.5, 0.3, 0.5])
    array([0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5])
    """

    __slots__ = ()
    name = "E8"
    packing_radius = math.sqrt(0.5)
    covering_radius = 1.0
    volume = 1.0

    def __new__(cls):
        basis = _even_sums(8)
        basis[0] = 0.5
        return super().__new__(cls, 8, basis)

    def __getnewargs__(self):
        return ()

    @property
    def deep_hole(self):
        """(1, 0, ..., 0), as far as it gets from any point."""
        return np.eye(self.dim)[0]

    @property
    def shells(self):
        """The points by four times their squared norms."""
        return _shells_of_e8()

    def digits(self, x):
        """What is ranked of the point with coordinates `x`: twice the point."""
        return np.rint(2 * (x @ self.basis)).astype(np.int64)

    def from_digits(self, digits):
        """The coordinates of a point, from its digits."""
        return np.rint(np.linalg.solve(2 * self.basis.T, np.asarray(digits, float))).astype(np.int64)


def _even_sums(dim):
    """Rows e_i + e_last and 2 e_last: a basis of the whole vectors with an even sum."""
    basis = np.eye(dim)
    basis[:, -1] += 1
    return basis


@cache
def _shells_of_d4():
    return Shells([Coset((0,) * 4, 0)], sums=2)


@cache
def _shells_of_e8():
    return Shells([Coset((0,) * 8, 0), Coset((1,) * 8, 0)], modulus=2, sums=4, unit=4)


@nearest_batch.register(D4)
def _nearest_in_d4(lattice, y):
    _, turned = parity_costs(y, np.zeros(y.shape[1], y.dtype))
    return round_but(y, turned)


@nearest_batch.register(E8)
def _nearest_in_e8(lattice, y):
    half, even, shift = y.dtype.type(0.5), np.zeros(y.shape[1], y.dtype), np.zeros(y.shape[1], y.dtype)
    cost, turned = parity_costs(y, even)
    cost_of_halves, turned_of_halves = parity_costs(y - half, even)
    for k in range(y.shape[1]):
        shift[k] = half if cost_of_halves[k] < cost[k] else shift[k]
        turned[k] = turned_of_halves[k] if cost_of_halves[k] < cost[k] else turned[k]
    return round_but(y - shift, turned) + shift
