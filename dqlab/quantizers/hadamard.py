"""A random rotation in d log2 d additions: random signs, then the normalised Walsh-Hadamard transform, for powers of two.

A block of 4096 coordinates is transformed in the first-level cache; then the transform runs across the blocks, over strips of
columns, three levels at a time so that every coordinate is loaded a third as often. Nothing depends on the number of cores:
every coordinate is made by the same additions in the same order.
"""

import numpy as np
from numba import prange

from .. import _checks
from .._generic import jit, on_cores
from ..bits.fixed import SERIAL_BELOW
from ..streams import words

COLUMNS = 4096  # coordinates of a block
STRIP = 512  # columns that are transformed across the blocks together
SIGNS = 64  # signs in a draw
PARTS = 16  # pieces of a long vector for the cores to share


def walsh_hadamard(x):
    """The normalised Walsh-Hadamard transform H x / sqrt(d), in place.

    H is 1 for d = 1 and [[H, H], [H, -H]] for twice as many coordinates: symmetric, orthogonal, and its own inverse.

    Parameters
    ----------
    x : contiguous array of float32 or float64, shape (d,)
        d a power of two. Overwritten.

    Returns
    -------
    ndarray
        `x` itself.

    Raises
    ------
    TypeError, ValueError
        If `x` is no such array.

    Examples
    --------
    >>> import numpy as np
    >>> from dqlab import quantizers
    >>> quantizers.walsh_hadamard(np.array([1.0, 0.0, 0.0, 1.0]))
    array([1., 0., 0., 1.])
    """
    if not isinstance(x, np.ndarray) or x.dtype not in (np.float32, np.float64):
        raise TypeError(f"x: expected an array of float32 or float64, got {getattr(x, 'dtype', type(x).__name__)}")
    if x.ndim != 1 or not x.flags.c_contiguous or not x.flags.writeable:
        raise ValueError(f"x: expected a contiguous vector that may be overwritten, got shape {x.shape}")
    if padded(x.size) != x.size:
        raise ValueError(f"x: expected a power of two of coordinates, got {x.size}")
    on_cores(transform_parallel, transform, x.size >= SERIAL_BELOW, x)
    return x


def rotate(u, shared=0):
    """R u, R = H D / sqrt(N): D has random signs from the key `shared`, N is the next power of two, and `u` ends in zeros.

    Parameters
    ----------
    u : array of float32 or float64, shape (d,)
    shared : int
        The key of the signs, at least 0.

    Returns
    -------
    ndarray, shape (N,)

    Examples
    --------
    >>> from dqlab import quantizers
    >>> abs(quantizers.rotate([2.0, 0.0, 0.0], shared=5))
    array([1., 1., 1., 1.])
    """
    u, shared = _checks.vector(u, "u"), _checks.integer(shared, "shared", 0)
    if u.size == 0:
        raise ValueError("u: expected at least one coordinate")
    y, many = np.empty(padded(u.size), u.dtype), u.size >= SERIAL_BELOW
    on_cores(flip_parallel, flip, many, u, shared, y)
    return walsh_hadamard(y)


def rotate_back(y, dim, shared=0):
    """The first `dim` coordinates of R^-1 y, R^-1 = D H / sqrt(N): the inverse of ``rotate``.

    Parameters
    ----------
    y : array of float32 or float64, shape (N,)
        N the next power of two after `dim`.
    dim : int
    shared : int
        The key that ``rotate`` was given.

    Returns
    -------
    ndarray, shape (dim,)

    Examples
    --------
    >>> from dqlab import quantizers
    >>> quantizers.rotate_back(quantizers.rotate([2.0, 3.0, 1.0], shared=5), dim=3, shared=5)
    array([2., 3., 1.])
    """
    dim, shared = _checks.integer(dim, "dim", 1), _checks.integer(shared, "shared", 0)
    y = walsh_hadamard(_checks.vector(y, "y", padded(dim)).copy())[:dim]
    on_cores(flip_parallel, flip, dim >= SERIAL_BELOW, y, shared, y)
    return y


@jit
def padded(dim):
    """The least power of two that is at least `dim`; 1 for 0 and 1."""
    size = 1
    while size < dim:
        size *= 2
    return size


@jit
def flip_range(u, key, y, first, last):
    """Draws `first` to `last`, of 64 signs each: bit i - 64 j of draw j decides the sign of coordinate i."""
    draws = np.empty(1, np.uint64)
    for j in range(first, last):
        words(key, j, draws)
        flip_some(u[SIGNS * j : SIGNS * (j + 1)], draws[0], y[SIGNS * j : SIGNS * (j + 1)])


@jit
def flip_some(u, draw, y):
    """At most 64 signs: a whole draw in a loop of known length, which compiles to wide instructions."""
    one, plus, minus_two = np.uint64(1), u.dtype.type(1), u.dtype.type(-2)
    for i in range(SIGNS if u.size == SIGNS else 0):
        y[i] = u[i] * (plus + minus_two * u.dtype.type(np.int32((draw >> np.uint64(i)) & one)))
    for i in range(0 if u.size == SIGNS else u.size):
        y[i] = u[i] * (plus + minus_two * u.dtype.type(np.int32((draw >> np.uint64(i)) & one)))


@jit
def flip(u, key, y):
    """`u` with random signs into `y`, and zeros behind."""
    flip_range(u, key, y, 0, (u.size + SIGNS - 1) // SIGNS)
    y[u.size :] = 0


@jit(parallel=True)
def flip_parallel(u, key, y):
    """The same, on all cores."""
    count = (u.size + SIGNS - 1) // SIGNS
    for part in prange(PARTS):
        flip_range(u, key, y, count * part // PARTS, count * (part + 1) // PARTS)
    y[u.size :] = 0


@jit
def transform(x):
    """The normalised transform of a power of two of coordinates, on one core."""
    if x.size <= COLUMNS:
        transform_blocks(x, x.size, 0, 1)
    else:
        transform_blocks(x, COLUMNS, 0, x.size // COLUMNS)
        across_strips(x, 0, COLUMNS // STRIP)


@jit(parallel=True)
def transform_parallel(x):
    """The same, on all cores, of more than one block."""
    blocks, strips = x.size // COLUMNS, COLUMNS // STRIP
    for part in prange(PARTS):
        transform_blocks(x, COLUMNS, blocks * part // PARTS, blocks * (part + 1) // PARTS)
    for strip in prange(strips):
        across_strips(x, strip, strip + 1)


@jit
def transform_blocks(x, size, first, last):
    """Blocks `first` to `last`, of `size` coordinates each, transformed and divided by the root of the size of `x`."""
    scale, room = x.dtype.type(1 / np.sqrt(x.size)), np.empty(size, x.dtype)
    for b in range(first, last):
        block, h = x[b * size : (b + 1) * size], 1
        if size >= 64:
            neighbours(block, scale, room)
            near(room, block)
            h = 64
        else:
            block *= scale
        while h < size:
            step = 8 if 8 * h <= size else 4 if 4 * h <= size else 2
            for p in range(0, size, step * h):
                butterflies(block, p, h, h, step)
            h *= step


@jit
def across_strips(x, first, last):
    """The levels above a block, down the columns of the blocks, for strips `first` to `last`."""
    rows = x.size // COLUMNS
    for strip in range(first, last):
        h = 1
        while h < rows:
            step = 8 if 8 * h <= rows else 4 if 4 * h <= rows else 2
            for r in range(0, rows, step * h):
                for row in range(r, r + h):
                    butterflies(x, row * COLUMNS + strip * STRIP, h * COLUMNS, STRIP, step)
            h *= step


@jit
def butterflies(x, p, h, width, step):
    """One, two or three levels at once (`step` is 2, 4 or 8), on `step` runs of `width` neighbours, h apart from p on."""
    if step == 8:
        three_levels(x, p, h, width)
    elif step == 4:
        two_levels(x, p, h, width)
    else:
        one_level(x, p, h, width)


@jit
def one_level(x, p, h, width):
    """x0 + x1 and x0 - x1."""
    x0, x1 = x[p : p + width], x[p + h : p + h + width]
    for j in range(width):
        a, b = x0[j], x1[j]
        x0[j], x1[j] = a + b, a - b


@jit
def two_levels(x, p, h, width):
    """Two levels on four runs."""
    x0, x1 = x[p : p + width], x[p + h : p + h + width]
    x2, x3 = x[p + 2 * h : p + 2 * h + width], x[p + 3 * h : p + 3 * h + width]
    for j in range(width):
        a, b, c, d = x0[j] + x1[j], x0[j] - x1[j], x2[j] + x3[j], x2[j] - x3[j]
        x0[j], x1[j], x2[j], x3[j] = a + c, b + d, a - c, b - d


@jit
def three_levels(x, p, h, width):
    """Three levels on eight runs."""
    x0, x1 = x[p : p + width], x[p + h : p + h + width]
    x2, x3 = x[p + 2 * h : p + 2 * h + width], x[p + 3 * h : p + 3 * h + width]
    x4, x5 = x[p + 4 * h : p + 4 * h + width], x[p + 5 * h : p + 5 * h + width]
    x6, x7 = x[p + 6 * h : p + 6 * h + width], x[p + 7 * h : p + 7 * h + width]
    for j in range(width):
        y = eight(x0[j], x1[j], x2[j], x3[j], x4[j], x5[j], x6[j], x7[j])
        x0[j], x1[j], x2[j], x3[j], x4[j], x5[j], x6[j], x7[j] = y


@jit(inline="always")
def eight(x0, x1, x2, x3, x4, x5, x6, x7):
    """The transform of eight numbers."""
    a0, a1, a2, a3 = x0 + x1, x0 - x1, x2 + x3, x2 - x3
    a4, a5, a6, a7 = x4 + x5, x4 - x5, x6 + x7, x6 - x7
    b0, b1, b2, b3 = a0 + a2, a1 + a3, a0 - a2, a1 - a3
    b4, b5, b6, b7 = a4 + a6, a5 + a7, a4 - a6, a5 - a7
    return b0 + b4, b1 + b5, b2 + b6, b3 + b7, b0 - b4, b1 - b5, b2 - b6, b3 - b7


@jit
def neighbours(x, scale, y):
    """The first three levels, on eight neighbours each, times `scale`, into `y`: out of place, which compiles to shuffles."""
    for i in range(0, 8 * (y.size // 8), 8):
        z = eight(x[i], x[i + 1], x[i + 2], x[i + 3], x[i + 4], x[i + 5], x[i + 6], x[i + 7])
        y[i], y[i + 1], y[i + 2], y[i + 3] = scale * z[0], scale * z[1], scale * z[2], scale * z[3]
        y[i + 4], y[i + 5], y[i + 6], y[i + 7] = scale * z[4], scale * z[5], scale * z[6], scale * z[7]


@jit
def near(x, y):
    """The next three levels, on eight runs of eight, into `y`."""
    for i in range(0, y.size, 64):
        for p in range(i, i + 8):
            z = eight(x[p], x[p + 8], x[p + 16], x[p + 24], x[p + 32], x[p + 40], x[p + 48], x[p + 56])
            y[p], y[p + 8], y[p + 16], y[p + 24] = z[0], z[1], z[2], z[3]
            y[p + 32], y[p + 40], y[p + 48], y[p + 56] = z[4], z[5], z[6], z[7]
