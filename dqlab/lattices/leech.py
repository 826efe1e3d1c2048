"""The Leech lattice, and its exact nearest point by way of the Golay code, the hexacode and a group of four elements.

Times sqrt(8), a point is x = m + 2 c + 4 z with m in {0, 1}, a word c of the Golay code, whole z, and a sum of z of parity m. For each m
and each parity of the columns of c, every column has two candidates per element of the hexacode, told apart by their top bits.
What matters of a column is its element and the parities of top bit and sum of z: costs are kept for each, joined for pairs of columns, and
joined along the 64 words of the hexacode. All steps are the same for all lanes of a batch.
"""

from functools import cache
from typing import NamedTuple

import numpy as np

from .._generic import jit
from .golay import column, generators, golay, hexacode
from .shells import Coset, Shells
from .verbs import nearest_batch, parity_costs, round_but


class _Fields(NamedTuple):
    dim: int
    basis: np.ndarray
    pairs: np.ndarray
    bits: np.ndarray


class Leech(_Fields):
    """The Leech lattice, in 24 dimensions, times sqrt(8): all of its coordinates are whole numbers.

    Examples
    --------
    >>> import dqlab as dq
    >>> y = [4.2, -3.7] + [0.1] * 22
    >>> dq.lattices.nearest(dq.lattices.Leech(), y)[:4]
    array([ 4., -4.,  0.,  0.])
    """

    __slots__ = ()
    name = "Leech"
    packing_radius = 8**0.5
    covering_radius = 4.0
    volume = 2.0**36

    def __new__(cls):
        return super().__new__(cls, 24, *_tables())

    def __getnewargs__(self):
        return ()

    @property
    def deep_hole(self):
        """(4, 0, ..., 0), half of the point (8, 0, ..., 0): one of the 23 kinds of deep holes."""
        return 4 * np.eye(24)[0]

    @property
    def shells(self):
        """The points by their squared norms (in which the Leech lattice has a least one of 4, here 32)."""
        return _shells()

    def digits(self, x):
        """What is ranked of the point with coordinates `x`: the point."""
        return np.rint(x @ self.basis).astype(np.int64)

    def from_digits(self, digits):
        """The coordinates of a point, from its digits."""
        return np.rint(np.linalg.solve(self.basis.T, np.asarray(digits, float))).astype(np.int64)


@cache
def _tables():
    """A triangular basis; the words of the hexacode as three pairs of elements; bits[parity, element, top, row]."""
    basis = np.zeros((24, 24))
    words = {int(np.flatnonzero(row)[0]): row for row in generators()}
    for i in range(24):
        if i in words:
            basis[i] = 2 * words[i]
        else:
            basis[i, i] = 4
            basis[i, 23] += 4
    basis[0] = 1
    basis[0, 23] = -3
    pairs = hexacode()[:, 0::2] * 4 + hexacode()[:, 1::2]
    bits = np.array([[[column(e, parity, top) for top in (0, 1)] for e in range(4)] for parity in (0, 1)])
    return basis, pairs, bits


@cache
def _shells():
    words = golay().tolist()
    return Shells([Coset(tuple(m + 2 * b for b in word), 4 * m) for m in (0, 1) for word in words], modulus=4, sums=8)


# A batch is decoded WIDE lanes at a time. Rows hold the lanes of several numbers, one number after the other, so that the compiler
# sees how far apart they are.
WIDE = 32


@nearest_batch.register(Leech)
def _nearest(lattice, y):
    lanes, of = y.shape[1], y.dtype.type
    near, costs = np.empty((2, 24, 2 * WIDE), y.dtype), np.empty((4, 6, 4, 4 * WIDE), y.dtype)
    pairs, least, best = np.empty((3, 16, 4 * WIDE), y.dtype), np.empty(WIDE, y.dtype), np.empty(WIDE, np.int32)
    w, shift, odd = np.empty_like(y), np.empty_like(y), np.empty(lanes, y.dtype)
    reach, came = np.empty((7, 4), y.dtype), np.empty((7, 4), np.int64)
    for start in range(0, lanes, WIDE):
        count = min(WIDE, lanes - start)
        least[:] = of(np.inf)
        for m in range(2):
            round_coordinates(y, start, count, m, near)
            for parity in range(2):
                which = 2 * m + parity
                cost_columns(near, count, lattice.bits[parity], 2 * parity + m, costs[which])
                join_columns(costs[which], count, pairs)
                search_words(lattice.pairs, pairs, count, which, least, best)
        for k in range(start, start + count):
            which, word = best[k - start] // 64, best[k - start] % 64
            trace(lattice, costs[which], word, which, k - start, reach, came, shift[:, k])
            odd[k] = which // 2
    for i in range(24):
        for k in range(lanes):
            w[i, k] = (y[i, k] - shift[i, k]) / of(4)
    _, turned = parity_costs(w, odd)
    z = round_but(w, turned)
    for i in range(24):
        for k in range(lanes):
            z[i, k] = shift[i, k] + of(4) * z[i, k]
    return z


@jit
def round_coordinates(y, start, count, m, near):
    """How far every coordinate is from m + 2 b + 4 Z, in fours, for both bits b; and then whether the nearest z is odd."""
    of = y.dtype.type
    for b in range(2):
        for i in range(24):
            row = near[b, i]
            for k in range(count):
                w = (y[i, start + k] - of(m + 2 * b)) / of(4)
                z = np.rint(w)
                row[k] = abs(w - z)
                row[WIDE + k] = abs(z - of(2) * np.rint(z / of(2)))


@jit
def cost_columns(near, count, bits, goal, costs):
    """costs[column, element, 2 * top + parity of z]: the squared distance, in sixteenths, of the best such column.

    In the last column the third index is exclusive or `goal`, so that the parities of the best columns must come to 0.
    """
    one = near.dtype.type(1)
    for j in range(6):
        for element in range(4):
            for top in range(2):
                row0, row1 = near[bits[element, top, 0], 4 * j], near[bits[element, top, 1], 4 * j + 1]
                row2, row3 = near[bits[element, top, 2], 4 * j + 2], near[bits[element, top, 3], 4 * j + 3]
                at = 2 * top ^ goal if j == 5 else 2 * top
                even, odd = costs[j, element, at * WIDE :], costs[j, element, (at ^ 1) * WIDE :]
                for k in range(count):
                    e0, e1, e2, e3 = row0[k], row1[k], row2[k], row3[k]
                    total = (e0 * e0 + e1 * e1) + (e2 * e2 + e3 * e3)
                    low, high = e0 if e0 > e1 else e1, e2 if e2 > e3 else e3
                    worst = low if low > high else high
                    other = total + (one - worst - worst)  # the worst coordinate goes the other way
                    half = (row0[WIDE + k] + row1[WIDE + k] + row2[WIDE + k] + row3[WIDE + k]) / 2
                    natural = half == np.floor(half)
                    even[k] = total if natural else other
                    odd[k] = other if natural else total


@jit
def join(a0, a1, a2, a3, b0, b1, b2, b3):
    """The least sum of an a and a b, for each exclusive or of their numbers."""
    p, q, r, s = a0 + b0, a1 + b1, a2 + b2, a3 + b3
    p, r = p if p < q else q, r if r < s else s
    first = p if p < r else r
    p, q, r, s = a0 + b1, a1 + b0, a2 + b3, a3 + b2
    p, r = p if p < q else q, r if r < s else s
    second = p if p < r else r
    p, q, r, s = a0 + b2, a2 + b0, a1 + b3, a3 + b1
    p, r = p if p < q else q, r if r < s else s
    third = p if p < r else r
    p, q, r, s = a0 + b3, a3 + b0, a1 + b2, a2 + b1
    p, r = p if p < q else q, r if r < s else s
    return first, second, third, p if p < r else r


@jit
def join_columns(costs, count, pairs):
    """Costs of pairs of neighbouring columns, by their two elements and their parities."""
    for pair in range(3):
        for e in range(4):
            for f in range(4):
                a, b, into = costs[2 * pair, e], costs[2 * pair + 1, f], pairs[pair, 4 * e + f]
                for k in range(count):
                    a0, a1, a2, a3 = a[k], a[WIDE + k], a[2 * WIDE + k], a[3 * WIDE + k]
                    b0, b1, b2, b3 = b[k], b[WIDE + k], b[2 * WIDE + k], b[3 * WIDE + k]
                    c0, c1, c2, c3 = join(a0, a1, a2, a3, b0, b1, b2, b3)
                    into[k], into[WIDE + k], into[2 * WIDE + k], into[3 * WIDE + k] = c0, c1, c2, c3


@jit
def search_words(words, pairs, count, which, least, best):
    """The cheapest word of the hexacode, where it is cheaper than `least`."""
    for word in range(64):
        a, b, c = pairs[0, words[word, 0]], pairs[1, words[word, 1]], pairs[2, words[word, 2]]
        name = np.int32(64 * which + word)
        for k in range(count):
            a0, a1, a2, a3 = a[k], a[WIDE + k], a[2 * WIDE + k], a[3 * WIDE + k]
            b0, b1, b2, b3 = b[k], b[WIDE + k], b[2 * WIDE + k], b[3 * WIDE + k]
            p, q, r, s = join(a0, a1, a2, a3, b0, b1, b2, b3)
            p, q, r, s = p + c[k], q + c[WIDE + k], r + c[2 * WIDE + k], s + c[3 * WIDE + k]
            p, r = p if p < q else q, r if r < s else s
            cost = p if p < r else r
            best[k] = name if cost < least[k] else best[k]
            least[k] = cost if cost < least[k] else least[k]


@jit
def trace(lattice, costs, word, which, k, reach, came, shift):
    """m + 2 c of lane `k`: the top bits of the cheapest columns with the elements of a word, into `shift`."""
    reach[:] = np.inf
    reach[0, 0] = 0.0
    for j in range(6):
        element = element_of(lattice.pairs, word, j)
        for before in range(4):
            for step in range(4):
                cost = reach[j, before] + costs[j, element, step * WIDE + k]
                if cost < reach[j + 1, before ^ step]:
                    reach[j + 1, before ^ step] = cost
                    came[j + 1, before ^ step] = step
    m, parity, at = which // 2, which % 2, 0
    for j in range(5, -1, -1):
        step = came[j + 1, at]
        at ^= step
        top = (step ^ (2 * parity + m) if j == 5 else step) // 2
        for r in range(4):
            shift[4 * j + r] = m + 2 * lattice.bits[parity, element_of(lattice.pairs, word, j), top, r]


@jit
def element_of(pairs, word, j):
    """Letter `j` of a word of the hexacode."""
    return pairs[word, j // 2] % 4 if j % 2 else pairs[word, j // 2] // 4
