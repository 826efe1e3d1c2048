"""What every lattice does: find its nearest point, number its points by whole coordinates, and place them.

Kernels work on a batch: an array of shape (dim, lanes) whose columns are independent vectors, so that the processor handles
as many of them at a time as its registers are wide.
"""

import math

import numpy as np
from numba import prange

from .. import _checks
from .._generic import generic, jit, on_cores

LANES = 16  # columns of a batch: what a decoder keeps of them fits in the fastest cache
PARTS = 16  # pieces of a long list for the cores to share
SERIAL_BELOW = 1 << 15  # coordinates


@generic
def nearest(lattice, y):
    """The nearest lattice points.

    Parameters
    ----------
    lattice : a lattice
    y : array of float32 or float64, shape (dim,) or (count, dim)

    Returns
    -------
    ndarray like `y`

    Raises
    ------
    TypeError, ValueError
        If `y` is no array of finite numbers of that shape.

    Examples
    --------
    >>> import dqlab as dq
    >>> dq.lattices.nearest(dq.lattices.named("D4"), [0.6, 0.1, 0.7, 0.1])
    array([1., 0., 1., 0.])
    """
    rows, shape = _rows(lattice, y, "y")
    found = np.empty_like(rows)
    on_cores(nearest_parallel, nearest_serial, rows.size >= SERIAL_BELOW, lattice, rows, found)
    return found.reshape(shape)


@generic
def coordinates(lattice, points):
    """The whole coordinates of lattice points in the lattice's basis.

    Parameters
    ----------
    lattice : a lattice
    points : array, shape (dim,) or (count, dim), of points of the lattice

    Returns
    -------
    ndarray of float, like `points`

    Examples
    --------
    >>> import dqlab as dq
    >>> dq.lattices.coordinates(dq.lattices.named("E8"), [0.5] * 8)
    array([1., 0., 0., 0., 0., 0., 0., 0.])
    """
    rows, shape = _rows(lattice, points, "points")
    return np.ascontiguousarray(coordinates.kernel(lattice)(lattice, np.ascontiguousarray(rows.T)).T).reshape(shape)


@generic
def place(lattice, x):
    """The lattice points with whole coordinates `x`: the inverse of ``coordinates``.

    Parameters
    ----------
    lattice : a lattice
    x : array of whole numbers, shape (dim,) or (count, dim)

    Returns
    -------
    ndarray of float, like `x`

    Examples
    --------
    >>> import dqlab as dq
    >>> dq.lattices.place(dq.lattices.named("D4"), [1, 0, 0, 0])
    array([1., 0., 0., 1.])
    """
    rows, shape = _rows(lattice, x, "x")
    return np.ascontiguousarray(place.kernel(lattice)(lattice, np.ascontiguousarray(rows.T)).T).reshape(shape)


def _rows(lattice, value, name):
    """A checked array as (count, dim), and the shape that it came in."""
    flat = np.asarray(value)
    if flat.ndim not in (1, 2) or flat.shape[-1] != lattice.dim:
        raise ValueError(
            f"{name}: expected shape ({lattice.dim},) or (count, {lattice.dim}) for {lattice.name}, got {flat.shape}"
        )
    return _checks.vector(flat.ravel(), name).reshape(-1, lattice.dim), flat.shape


@coordinates.register(object)
def _coordinates(lattice, points):
    """By substitution: row i of the basis begins at column i."""
    rest, x = points.copy(), np.empty_like(points)
    for i in range(rest.shape[0]):
        for k in range(rest.shape[1]):
            x[i, k] = rest[i, k] / lattice.basis[i, i]
        for j in range(i + 1, rest.shape[0]):
            b = lattice.basis[i, j]
            if b != 0.0:
                for k in range(rest.shape[1]):
                    rest[j, k] -= x[i, k] * b
    return x


@place.register(object)
def _place(lattice, x):
    points = np.zeros_like(x)
    for i in range(x.shape[0]):
        for j in range(i, x.shape[0]):
            b = lattice.basis[i, j]
            if b != 0.0:
                for k in range(x.shape[1]):
                    points[j, k] += x[i, k] * b
    return points


@jit
def nearest_rows(lattice, y, first, last, found):
    """The nearest points of rows `first` to `last`, batch by batch."""
    for start in range(first, last, LANES):
        lanes = min(LANES, last - start)
        batch = np.empty((y.shape[1], lanes), y.dtype)
        for k in range(lanes):
            for i in range(y.shape[1]):
                batch[i, k] = y[start + k, i]
        points = nearest(lattice, batch)
        for k in range(lanes):
            for i in range(y.shape[1]):
                found[start + k, i] = points[i, k]


@jit
def nearest_serial(lattice, y, found):
    """The nearest points of all rows on one core."""
    nearest_rows(lattice, y, 0, y.shape[0], found)


@jit(parallel=True)
def nearest_parallel(lattice, y, found):
    """The nearest points of all rows on all cores."""
    for part in prange(PARTS):
        nearest_rows(lattice, y, y.shape[0] * part // PARTS, y.shape[0] * (part + 1) // PARTS, found)


@jit
def round_to_parity(w, parity):
    """Whole numbers nearest to every column of `w` whose sum has a given parity, and their squared distances.

    Conway and Sloane: round all, and where the sum is of the wrong parity, round the worst coordinate the other way.
    """
    lanes, one = w.shape[1], w.dtype.type(1)
    z, cost, total = np.empty_like(w), np.zeros(lanes, w.dtype), np.zeros(lanes, w.dtype)
    worst, at = np.full(lanes, -one), np.zeros(lanes, w.dtype)
    for i in range(w.shape[0]):
        for k in range(lanes):
            z[i, k] = np.rint(w[i, k])
            error = abs(w[i, k] - z[i, k])
            cost[k] += error * error
            total[k] += z[i, k]
            at[k] = w.dtype.type(i) if error > worst[k] else at[k]
            worst[k] = error if error > worst[k] else worst[k]
    for k in range(lanes):
        half = (total[k] + parity[k]) / 2
        if half != np.floor(half):
            i = np.int64(at[k])
            z[i, k] += one if w[i, k] > z[i, k] else -one
            cost[k] += one - worst[k] - worst[k]
    return z, cost


def thickness(lattice):
    """The covering thickness Theta: how many balls of the covering radius meet, on average, at a point of space.

    Examples
    --------
    >>> import dqlab as dq
    >>> round(dq.lattices.thickness(dq.lattices.named("E8")), 4)
    4.0587
    """
    return unit_ball(lattice.dim) * lattice.covering_radius**lattice.dim / lattice.volume


def unit_ball(dim):
    """The volume of the unit ball of dimension `dim`.

    Examples
    --------
    >>> import dqlab as dq
    >>> round(dq.lattices.unit_ball(2), 4)
    3.1416
    """
    return math.exp(0.5 * dim * math.log(math.pi) - math.lgamma(0.5 * dim + 1))
