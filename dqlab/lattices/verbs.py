"""What every lattice does: find its nearest point, number its points by whole coordinates, and place them.

Kernels work on a batch: an array of shape (dim, lanes) whose columns are independent vectors, so that the processor handles
as many of them at a time as its registers are wide.
"""

import math

import numpy as np

from .. import _checks
from .._generic import generic, jit

LANES = 64  # columns of a batch


@generic
def nearest_batch(lattice, y):
    """The nearest lattice points to the columns of `y`, as columns: the kernel that every lattice has."""
    return nearest_batch.kernel(lattice)(lattice, y)


@generic
def coordinates_batch(lattice, points):
    """The whole coordinates of lattice points, columns to columns. By substitution, unless a class knows better."""
    return coordinates_batch.kernel(lattice)(lattice, points)


@generic
def place_batch(lattice, x):
    """The lattice points with whole coordinates `x`, columns to columns. By the basis, unless a class knows better."""
    return place_batch.kernel(lattice)(lattice, x)


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
    nearest_rows(lattice, rows, found)
    return found.reshape(shape)


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
    return np.ascontiguousarray(coordinates_batch(lattice, np.ascontiguousarray(rows.T)).T).reshape(shape)


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
    return np.ascontiguousarray(place_batch(lattice, np.ascontiguousarray(rows.T)).T).reshape(shape)


def _rows(lattice, value, name):
    """A checked array as (count, dim), and the shape that it came in."""
    flat = np.asarray(value)
    if flat.ndim not in (1, 2) or flat.shape[-1] != lattice.dim:
        raise ValueError(
            f"{name}: expected shape ({lattice.dim},) or (count, {lattice.dim}) for {lattice.name}, got {flat.shape}"
        )
    return _checks.vector(flat.ravel(), name).reshape(-1, lattice.dim), flat.shape


@coordinates_batch.register(object)
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


@place_batch.register(object)
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
def nearest_rows(lattice, y, found):
    """The nearest points of all rows, batch by batch."""
    for start in range(0, y.shape[0], LANES):
        rows, into = y[start : start + LANES], found[start : start + LANES]
        batch = np.empty((y.shape[1], rows.shape[0]), y.dtype)
        for i in range(batch.shape[0]):
            for k in range(batch.shape[1]):
                batch[i, k] = rows[k, i]
        points = nearest_batch(lattice, batch)
        for i in range(batch.shape[0]):
            for k in range(batch.shape[1]):
                into[k, i] = points[i, k]


# Conway and Sloane: round all coordinates, and where their sum is of the wrong parity, round the worst one the other way.


@jit
def parity_costs(w, parity):
    """For every column of `w`, the squared distance from the nearest whole vector whose sum has a given parity, and the
    coordinate that has to be rounded the other way (-1 where there is none)."""
    lanes, of = w.shape[1], w.dtype.type
    cost, total, worst, turned = (
        np.zeros(lanes, w.dtype),
        parity.copy(),
        np.zeros(lanes, w.dtype),
        np.zeros(lanes, w.dtype),
    )
    for i in range(w.shape[0]):
        for k in range(lanes):
            z = np.rint(w[i, k])
            error = abs(w[i, k] - z)
            cost[k] += error * error
            total[k] += z
            turned[k] = of(i) if error > worst[k] else turned[k]
            worst[k] = error if error > worst[k] else worst[k]
    for k in range(lanes):
        half = total[k] / of(2)
        even = half == np.floor(half)
        cost[k] += of(0) if even else of(1) - worst[k] - worst[k]
        turned[k] = of(-1) if even else turned[k]
    return cost, turned


@jit
def round_but(w, turned):
    """The whole numbers nearest to `w`, but coordinate `turned` of every column rounded the other way."""
    z, of = np.empty_like(w), w.dtype.type
    for i in range(w.shape[0]):
        for k in range(w.shape[1]):
            nearest_one = np.rint(w[i, k])
            other = nearest_one + (of(1) if w[i, k] > nearest_one else of(-1))
            z[i, k] = other if turned[k] == of(i) else nearest_one
    return z


def thickness(lattice):
    """The covering thickness Theta: how many balls of the covering radius meet, on average, at a point of space.

    Examples
    --------
    >>> import dqlab as dq
    >>> round(dq.lattices.thickness(dq.lattices.named("E8")), 4)
    4.0587
    """
    return math.exp(lattice.dim * math.log(normalized_thickness(lattice)))


def normalized_thickness(lattice):
    """Theta^(1/n): the covering efficiency of balls of the lattice's points in the limit of high rate; Rogers' coverings tend to 1.

    Examples
    --------
    >>> import dqlab as dq
    >>> round(dq.lattices.normalized_thickness(dq.lattices.named("Leech")), 4)
    1.09
    """
    n = lattice.dim
    return lattice.covering_radius * math.exp((_log_unit_ball(n) - math.log(lattice.volume)) / n)


def unit_ball(dim):
    """The volume of the unit ball of dimension `dim`.

    Examples
    --------
    >>> import dqlab as dq
    >>> round(dq.lattices.unit_ball(2), 4)
    3.1416
    """
    return math.exp(_log_unit_ball(dim))


def _log_unit_ball(dim):
    return 0.5 * dim * math.log(math.pi) - math.lgamma(0.5 * dim + 1)
