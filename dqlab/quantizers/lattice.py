"""Lattice quantizers by name: ``Lattice("E8", rate=3, dim=104)``, and the Voronoi codes among them."""

import math
from typing import NamedTuple

import numpy as np

from .. import _checks
from ..lattices import Cubic, named
from ..lattices.verbs import LANES, coordinates_batch, nearest_batch, place_batch
from .ball import HAIR, Ball, gather
from .covering import covering_radius
from .verbs import alphabet, decode, encode, inside

FINEST = 1 << 20


def Lattice(name, rate, dim=None, shape="voronoi"):
    """A lattice quantizer by the name of its lattice.

    Parameters
    ----------
    name : str
        "Z<n>", "A2", "D4", "E8", "Leech" or "A<n>*", such as "A8*".
    rate : float
        Bits per dimension that the quantizer may use. What is built uses no more: see its ``.rate``.
    dim : int, optional
        n, unless it is the dimension of the lattice: a multiple of that, cut into blocks ("voronoi" only).
    shape : {"voronoi", "ball"}
        "voronoi": as many points a block as a cell of the lattice, floor(2**rate) times as wide, holds; any dimension, fast.
        "ball": the points that a ball needs; the best that the lattice can do, in its own dimension.

    Returns
    -------
    Voronoi or Ball

    Raises
    ------
    TypeError, ValueError
        If there is no such lattice or shape, if the dimensions do not match, or if the rate buys no quantizer.

    Examples
    --------
    >>> import dqlab as dq
    >>> q = dq.quantizers.Lattice("E8", rate=3, dim=104)
    >>> round(dq.quantizers.relative_radius(q), 3), dq.quantizers.nbits(q)
    (0.774, 312)
    >>> ball = dq.quantizers.Lattice("E8", rate=3, shape="ball")
    >>> round(dq.quantizers.relative_radius(ball), 3), dq.quantizers.nbits(ball)
    (0.173, 24)
    """
    lattice = named(name)
    _checks.choice(shape, "shape", ("voronoi", "ball"))
    rate = _checks.positive(rate, "rate")
    dim = lattice.dim if dim is None else _checks.integer(dim, "dim", 1)
    if shape == "ball":
        if dim != lattice.dim:
            raise ValueError(
                f"dim: a ball of {name} has dimension {lattice.dim}, got {dim}; "
                f"shape='voronoi' works in blocks, and 'Z{dim}' or 'A{dim}*' has dimension {dim}"
            )
        return Ball.at_rate(lattice, rate)
    if dim % lattice.dim:
        near = math.ceil(dim / lattice.dim) * lattice.dim
        raise ValueError(
            f"dim: expected a multiple of {lattice.dim}, the dimension of {name}, such as {near}, got {dim}"
        )
    if rate > math.log2(FINEST):
        raise ValueError(f"rate: expected at most {math.log2(FINEST):g} bits per dimension, got {rate}")
    return Voronoi(lattice, math.floor(2.0**rate * (1 + 1e-12)), dim)


class _Fields(NamedTuple):
    lattice: tuple
    levels: int
    dim: int
    radius: float


class Voronoi(_Fields):
    """A Voronoi code: every block of coordinates goes to its nearest lattice point, counted modulo s times the lattice.

    What the decoder takes is the point nearest to 0 of those that share the code, so that the code fills a Voronoi cell, s times
    as wide as the lattice's (Conway and Sloane, 1983).

    Parameters
    ----------
    lattice : a lattice
        What tiles the space of a block. Z^n counts as n blocks of one coordinate.
    levels : int
        s; the rate is log2(s) bits per dimension.
    dim : int, optional
        n, a multiple of the lattice's dimension; the same unless given.

    Raises
    ------
    ValueError
        If the dimensions do not match, or if s is so small that no ball around 0 is sure to be decoded.

    Notes
    -----
    Inside the ball of radius c = s * packing radius - covering radius the nearest point is in the code. A block may
    therefore be as long as 1 (as the scale), which is c in the units of the lattice. The dynamic range is 1, and the covering radius is
    sqrt(blocks) * min(covering radius / c, 1).

    Examples
    --------
    >>> import dqlab as dq
    >>> q = dq.quantizers.Voronoi(dq.lattices.E8(), levels=8, dim=16)
    >>> q.rate, dq.quantizers.encode(q, [0.0] * 15 + [0.5]).tolist()
    (3.0, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
    """

    __slots__ = ()

    def __new__(cls, lattice, levels, dim=None):
        dim = lattice.dim if dim is None else _checks.integer(dim, "dim", 1)
        if dim % lattice.dim:
            raise ValueError(f"dim: expected a multiple of {lattice.dim}, the dimension of {lattice.name}, got {dim}")
        lattice = Cubic(1) if isinstance(lattice, Cubic) else lattice
        levels = _checks.integer(levels, "levels", 1)
        radius = HAIR * (levels * lattice.packing_radius - lattice.covering_radius)
        if radius <= 0 or levels > FINEST:
            least = math.floor(lattice.covering_radius / lattice.packing_radius * (1 + 1e-12)) + 1
            raise ValueError(
                f"rate: a Voronoi code of {lattice.name} needs from log2({least}) = {math.log2(least):.4g} to 20 bits per "
                f"dimension, got log2({levels}); a smaller lattice, or shape='ball', needs fewer"
            )
        return super().__new__(cls, lattice, levels, dim, radius)

    def __getnewargs__(self):
        return self.lattice, self.levels, self.dim

    @property
    def rate(self):
        """log2(s), bits per dimension."""
        return math.log2(self.levels)

    @property
    def blocks(self):
        """How many blocks a vector is cut into."""
        return self.dim // self.lattice.dim

    def __repr__(self):
        return f"Voronoi({self.lattice.name}, levels={self.levels}, dim={self.dim})"


@encode.register(Voronoi)
def _encode(quantizer, u, scale, rng, shared):
    codes, n, s = np.empty(u.size, np.int64), quantizer.lattice.dim, quantizer.levels
    for first in range(0, u.size, n * LANES):
        y = gather(u[first : first + n * LANES], n, scale, quantizer.radius)
        x = coordinates_batch(quantizer.lattice, nearest_batch(quantizer.lattice, y))
        for k in range(x.shape[1]):
            for i in range(n):
                codes[first + k * n + i] = np.int64(x[i, k] - s * np.floor(x[i, k] / s))
    return codes


@decode.register(Voronoi)
def _decode(quantizer, codes, scale, shared):
    q, n, s = np.full(codes.size, scale), quantizer.lattice.dim, quantizer.levels
    unit = scale / quantizer.radius
    for first in range(0, codes.size, n * LANES):
        lanes = min(LANES, (codes.size - first) // n)
        x = np.empty((n, lanes))
        for k in range(lanes):
            for i in range(n):
                x[i, k] = codes[first + k * n + i]
        point = place_batch(quantizer.lattice, x)
        far = nearest_batch(quantizer.lattice, point / s)
        for k in range(lanes):
            for i in range(n):
                q[first + k * n + i] = (point[i, k] - s * far[i, k]) * unit
    return q


@alphabet.register(Voronoi)
def _alphabet(quantizer):
    return quantizer.levels


@inside.register(Voronoi)
def _inside(quantizer, u, scale):
    n = quantizer.lattice.dim
    for first in range(0, u.size, n):
        squared = 0.0
        for i in range(first, first + n):
            squared += (u[i] / scale) ** 2
        if not squared <= 1.0:
            return False
    return True


@covering_radius.register(Voronoi, compiled=False)
def _covering_radius(quantizer):
    return math.sqrt(quantizer.blocks) * min(quantizer.lattice.covering_radius / quantizer.radius, 1.0)
