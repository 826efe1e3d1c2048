"""Packings of the cube {-1, 1}^d: the sets in which Section 6 of Mayekar and Tyagi hides its slopes."""

from typing import NamedTuple

import numpy as np

from ... import _checks


class Packing(NamedTuple):
    """A linear code as a set of corners: bits 0 and 1 of a codeword are coordinates 1 and -1.

    Attributes
    ----------
    generator : array of 0 and 1, shape (k, d)
        Linearly independent rows; made by `linear_packing`, `greedy_packing`, `reed_muller` or `dependent_packing`.

    Examples
    --------
    >>> from dqlab.experiments import mayekar
    >>> packing = mayekar.reed_muller(3)
    >>> packing.size, packing.dim, packing.distance, packing.dual_distance
    (16, 8, 4, 4)
    """

    generator: np.ndarray

    @property
    def dim(self):
        """d."""
        return self.generator.shape[1]

    @property
    def size(self):
        """2^k."""
        return 2 ** self.generator.shape[0]

    @property
    def words(self):
        """All codewords, shape (2^k, d), of 0 and 1."""
        return _words(self.generator)

    @property
    def points(self):
        """All points, shape (2^k, d), of 1 and -1."""
        return 1.0 - 2.0 * self.words

    @property
    def distance(self):
        """The least Hamming distance of two points, counted: for a linear code the least weight of a codeword other than 0."""
        return int(self.words[1:].sum(axis=1).min())

    @property
    def dual_distance(self):
        """The fewest coordinates that depend on each other, when a point is drawn at random; any fewer are independent, fair signs.

        It is the least weight of a word other than 0 that is orthogonal to all codewords; d + 1 if the packing is the cube.
        """
        dual = _null_space(self.generator)
        return int(_words(dual)[1:].sum(axis=1).min()) if len(dual) else self.dim + 1

    def declare(self, u):
        """The test of Section 6: which point has |u - point|_1 < distance; there is no second one. None where there is none.

        Parameters
        ----------
        u : array, shape (d,)
            For the point x of the domain it is -2 d**(1/p) x / D.

        Returns
        -------
        int or None
            The index of the point.
        """
        away = np.abs(_checks.vector(u, "u", self.dim) - self.points).sum(axis=1)
        near = np.flatnonzero(away < self.distance)
        return int(near[0]) if near.size == 1 else None


def linear_packing(generator):
    """The packing whose codewords are the sums modulo 2 of rows of `generator`.

    Raises
    ------
    ValueError
        If an entry is not 0 or 1, a row depends on the others, or there are more than 2**20 sums.

    Examples
    --------
    >>> from dqlab.experiments import mayekar
    >>> mayekar.linear_packing([[1, 1, 0], [0, 1, 1]]).points.tolist()
    [[1.0, 1.0, 1.0], [-1.0, -1.0, 1.0], [1.0, -1.0, -1.0], [-1.0, 1.0, -1.0]]
    """
    generator = np.atleast_2d(np.asarray(generator, np.int64))
    if generator.ndim != 2 or not np.isin(generator, (0, 1)).all():
        raise ValueError("generator: expected a matrix of 0 and 1")
    if len(generator) > 20:
        raise ValueError(f"generator: expected at most 20 rows, so that all sums can be listed, got {len(generator)}")
    if len(_reduced(generator)[1]) < len(generator):
        raise ValueError("generator: expected linearly independent rows")
    return Packing(generator)


def greedy_packing(dim, distance=None):
    """Gilbert's packing: take the corners in order, and keep each one that is `distance` or more from all that were kept.

    In the order of binary numbers what is kept is a linear code, the lexicode, and it cannot be extended: the balls of radius
    distance - 1 around its points cover the cube, so its size is at least that of `theory.mayekar.gilbert_varshamov_bits`.

    Parameters
    ----------
    dim : int
        d, at most 22: the distance of all 2^d corners to the packing is kept.
    distance : int, optional
        d / 4 rounded up, unless given.

    Examples
    --------
    >>> from dqlab.experiments import mayekar
    >>> [(p.size, p.distance) for p in (mayekar.greedy_packing(d) for d in (4, 8, 12, 16))]
    [(16, 1), (128, 2), (256, 3), (2048, 4)]
    """
    dim = _checks.integer(dim, "dim", 1)
    if dim > 22:
        raise ValueError(f"dim: expected at most 22, got {dim}")
    distance = -(-dim // 4) if distance is None else _checks.integer(distance, "distance", 1)
    if distance > dim:
        raise ValueError(f"distance: expected at most dim = {dim}, got {distance}")
    corners, rows = np.arange(2**dim), []
    away = np.bitwise_count(corners).astype(np.int8)
    while away.max() >= distance:
        first = int(np.argmax(away >= distance))
        rows.append([(first >> i) & 1 for i in range(dim)])
        away = np.minimum(away, away[corners ^ first])
    return linear_packing(rows)


def reed_muller(order):
    """The first-order Reed-Muller code: 2d points in dimension d = 2**order, d/2 apart, any three coordinates independent.

    Examples
    --------
    >>> from dqlab.experiments import mayekar
    >>> packing = mayekar.reed_muller(5)
    >>> packing.dim, packing.size, packing.distance
    (32, 64, 16)
    """
    order = _checks.integer(order, "order", 1)
    places = np.arange(2**order)
    return linear_packing([np.ones(places.size, int), *((places >> i) & 1 for i in range(order))])


def dependent_packing(dim):
    """A d/4-packing whose first d/4 coordinates are all equal: one fair sign, repeated, beside a packing of the other 3d/4.

    It has 2**(c d) points for some c > 0 and every d, as Section 6 asks, and yet one bit, the majority of the first d/4
    coordinates, can say as much of it as d/4 samples.

    Parameters
    ----------
    dim : int
        d, a multiple of 4, at most 28.

    Examples
    --------
    >>> from dqlab.experiments import mayekar
    >>> packing = mayekar.dependent_packing(16)
    >>> packing.size, packing.distance, packing.dual_distance
    (256, 4, 2)
    """
    dim = _checks.integer(dim, "dim", 4)
    if dim % 4:
        raise ValueError(f"dim: expected a multiple of 4, got {dim}")
    quarter = dim // 4
    rest = greedy_packing(dim - quarter, quarter).generator
    first = np.concatenate([np.ones(quarter, int), np.zeros(dim - quarter, int)])
    return linear_packing(np.vstack([first, np.hstack([np.zeros((len(rest), quarter), int), rest])]))


def _words(generator):
    """All sums of rows modulo 2; row number j is in every sum whose index has bit j."""
    words = np.zeros((1, generator.shape[1]), np.int8)
    for row in generator:
        words = np.vstack([words, words ^ row.astype(np.int8)])
    return words


def _reduced(matrix):
    """The reduced row echelon form modulo 2, without zero rows, and the columns of its pivots."""
    rows, pivots = np.array(matrix, np.int64) % 2, []
    for column in range(rows.shape[1]):
        below = np.flatnonzero(rows[len(pivots) :, column]) + len(pivots)
        if below.size:
            top = len(pivots)
            rows[[top, below[0]]] = rows[[below[0], top]]
            others = np.flatnonzero(rows[:, column])
            rows[others[others != top]] ^= rows[top]
            pivots.append(column)
    return rows[: len(pivots)], pivots


def _null_space(matrix):
    """A basis of the words orthogonal to all rows modulo 2."""
    rows, pivots = _reduced(matrix)
    free = [column for column in range(rows.shape[1]) if column not in pivots]
    basis = np.zeros((len(free), rows.shape[1]), np.int64)
    for row, column in zip(basis, free, strict=True):
        row[column] = 1
        row[pivots] = rows[:, column]
    return basis
