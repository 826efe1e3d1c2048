"""Balls of lattice points: index only the points that a ball needs, and pay for no corners."""

import math
from typing import NamedTuple

import numpy as np

from .. import _checks
from .._generic import jit
from ..bits import check_codes, check_message, int_to_message, message_to_int
from ..lattices import unit_ball
from ..lattices.verbs import coordinates_batch, nearest_batch, place_batch
from .covering import covering_radius, points
from .verbs import alphabet, decode, encode, inside, nbits, pack, unpack

HAIR = 1 - 1e-9  # so that rounding never carries a point out of the code


class _Fields(NamedTuple):
    lattice: tuple
    most: int
    dim: int
    radius: float
    reach: int


class Ball(_Fields):
    """The nearest point of a lattice, for inputs in a ball, in ceil(log2 N) bits, N the number of points that the ball needs.

    Parameters
    ----------
    lattice : a lattice
    most : int
        What a point may cost: its squared norm times ``lattice.shells.unit``. For Z^n: its cell's squared distance from 0.

    Raises
    ------
    ValueError
        If the points are too few for any ball, or too many to count.

    Notes
    -----
    With d the least cost of a point that is left out, every vector shorter than c = sqrt(d) - covering radius is nearest to a point
    of the code; for Z^n every vector shorter than c = sqrt(d). The unit ball (times the scale) is the ball of radius c in the
    units of the lattice. The dynamic range is 1, and the covering radius min(covering radius / c, 1).

    Codes are coordinates in the basis of the lattice, shifted so as not to be negative; a message is the rank of the point.

    Examples
    --------
    >>> import dqlab as dq
    >>> q = dq.quantizers.Ball(dq.lattices.named("E8"), most=4 * 4)
    >>> dq.quantizers.points(q), dq.quantizers.nbits(q)
    (2401, 12)
    """

    __slots__ = ()

    def __new__(cls, lattice, most):
        most = _checks.integer(most, "most", 0)
        radius = HAIR * _reaches(lattice, _next_cost(lattice, most))
        if radius <= 0 or lattice.shells.count(most) < 2:
            raise ValueError(f"most: {most} leaves too few points of {lattice.name} for any ball; choose a larger one")
        rows = np.linalg.norm(np.linalg.inv(lattice.basis), axis=0)
        reach = math.floor((radius / HAIR + lattice.covering_radius) * rows.max() + 1e-6)
        return super().__new__(cls, lattice, most, lattice.dim, radius, reach)

    def __getnewargs__(self):
        return self.lattice, self.most

    @classmethod
    def at_rate(cls, lattice, rate):
        """The largest ball whose points can be named in `rate` bits per dimension."""
        best = _largest(lattice, rate)
        if best is None:
            least = _least_rate(lattice)
            raise ValueError(
                f"rate: a ball of {lattice.name} needs at least {least:.4g} bits per dimension, got {rate}; "
                f"choose a higher rate"
            )
        return cls(lattice, best)

    @property
    def rate(self):
        """log2(N) / n, bits per dimension."""
        return math.log2(points(self)) / self.dim

    def __repr__(self):
        return f"Ball({self.lattice.name}, most={self.most})"


def _reaches(lattice, cost):
    """The radius of the ball in which no vector is nearest to a point that costs `cost` or more."""
    shells = lattice.shells
    return math.sqrt(cost / shells.unit) - (0.0 if shells.cells else lattice.covering_radius)


def _next_cost(lattice, most):
    """The least cost above `most` that a point has."""
    ahead = 1
    while True:
        above = [cost for cost in lattice.shells.costs(most + ahead * lattice.shells.unit) if cost > most]
        if above:
            return above[0]
        ahead *= 2


def _fits(count, lattice, rate):
    return math.log2(count) <= lattice.dim * rate * (1 + 1e-12)


def _costs_beyond(lattice, rate):
    """[(cost, how many points)], up to more points than the rate can name.

    Balls of the covering radius around the points of norm at most r cover the ball of radius r - covering radius, so that their
    number is known to pass a bound before r does.
    """
    log_volume = math.log(lattice.volume) - math.log(unit_ball(lattice.dim)) + lattice.dim * rate * math.log(2)
    r = math.exp(log_volume / lattice.dim) + lattice.covering_radius
    most = math.ceil(lattice.shells.unit * r * r) + 1
    while True:
        costs = list(lattice.shells.costs(most).items())
        if not _fits(sum(count for _, count in costs), lattice, rate):
            return costs
        most *= 2


def _largest(lattice, rate):
    """The most that a point costs in the largest ball whose points `rate` can name; None where it can name no ball's."""
    costs = _costs_beyond(lattice, rate)
    total, best = 0, None
    for (cost, count), following in zip(costs, costs[1:]):
        total += count
        if not _fits(total, lattice, rate):
            break
        best = cost if total > 1 and _reaches(lattice, following[0]) > 0 else best
    return best


def _least_rate(lattice):
    """The least rate that buys a ball."""
    rate = 1 / lattice.dim
    while (most := _largest(lattice, rate)) is None:
        rate += 1 / lattice.dim
    return Ball(lattice, most).rate


@jit
def gather(u, n, scale, radius):
    """Blocks of n coordinates as the columns of an array, in units of the lattice, none longer than `radius`."""
    y, unit = np.empty((n, u.size // n)), radius / np.float64(scale)
    for k in range(y.shape[1]):
        squared = 0.0
        for i in range(n):
            y[i, k] = u[k * n + i] * unit
            squared += y[i, k] * y[i, k]
        shrink = 1.0 if squared <= radius * radius else radius / np.sqrt(squared)
        for i in range(n):
            y[i, k] = y[i, k] * shrink if abs(y[i, k]) < np.inf else 0.0  # a run that diverges may come with anything
    return y


@encode.register(Ball)
def _encode(quantizer, u, scale, rng, shared):
    x = coordinates_batch(
        quantizer.lattice, nearest_batch(quantizer.lattice, gather(u, u.size, scale, quantizer.radius))
    )
    codes = np.empty(u.size, np.int64)
    for i in range(u.size):
        codes[i] = np.int64(x[i, 0]) + quantizer.reach
    return codes


@decode.register(Ball)
def _decode(quantizer, codes, scale, shared):
    q, unit = np.full(codes.size, scale), scale / quantizer.radius
    x = np.empty((codes.size, 1))
    for i in range(codes.size):
        x[i, 0] = np.float64(codes[i]) - quantizer.reach
    point = place_batch(quantizer.lattice, x)
    for i in range(codes.size):
        q[i] = point[i, 0] * unit
    return q


@alphabet.register(Ball)
def _alphabet(quantizer):
    return 2 * quantizer.reach + 1


@inside.register(Ball)
def _inside(quantizer, u, scale):
    squared = 0.0
    for i in range(u.size):
        squared += (u[i] / scale) ** 2
    return squared <= 1.0


@covering_radius.register(Ball, compiled=False)
def _covering_radius(quantizer):
    return min(quantizer.lattice.covering_radius / quantizer.radius, 1.0)


@points.register(Ball, compiled=False)
def _points(quantizer):
    return quantizer.lattice.shells.count(quantizer.most)


@nbits.register(Ball, compiled=False)
def _nbits(quantizer):
    return (points(quantizer) - 1).bit_length()


@pack.register(Ball, compiled=False)
def _pack(quantizer, codes):
    codes = check_codes(codes, int(alphabet(quantizer)), quantizer.dim)
    digits = quantizer.lattice.digits(codes.astype(np.int64) - quantizer.reach)
    return int_to_message(quantizer.lattice.shells.rank(quantizer.most, digits), nbits(quantizer))


@unpack.register(Ball, compiled=False)
def _unpack(quantizer, message):
    rank = message_to_int(check_message(message, nbits(quantizer)))
    digits = quantizer.lattice.shells.unrank(quantizer.most, rank)
    return quantizer.lattice.from_digits(np.array(digits)) + quantizer.reach
