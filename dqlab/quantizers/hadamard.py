"""A random rotation in d log2 d additions: random signs, then the normalised Walsh-Hadamard transform, for powers of two.

A block of 4096 coordinates is transformed in the first-level cache: a pass takes every four neighbours, and leaves their sums and
differences a quarter of the block apart, so that the next four meet and after six passes all are in place again. Then the
transform runs across the blocks, over strips of columns, three levels at a time so that every coordinate is loaded less often. Nothing depends on the number of cores:
every coordinate is made by the same additions in the same order.
"""

import numpy as np
from numba import prange

from .. import _checks
from .._generic import jit, on_cores
from ..streams import words

COLUMNS = 4096  # coordinates of a block
STRIP = 512  # columns that are transformed across the blocks together: fewer meet in the same sets of the cache
SIGNS = 64  # signs in a draw
PARTS = 16  # pieces of a long vector for the cores to share
MANY = 1 << 16  # coordinates that are worth a second core


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
    on_cores(transform_parallel, transform, x.size >= MANY, x)
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
    y, many = np.empty(padded(u.size), u.dtype), u.size >= MANY
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
    on_cores(flip_parallel, flip, dim >= MANY, y, shared, y)
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
    draws = np.empty(SIGNS, np.uint64)
    for start in range(first, last, SIGNS):
        some = draws[: min(SIGNS, last - start)]
        words(key, start, some)
        whole = min(some.size, (u.size - SIGNS * start) // SIGNS)
        for j in range(whole):
            i = SIGNS * (start + j)
            flip_64(u[i : i + SIGNS], some[j], y[i : i + SIGNS])
        for i in range(SIGNS * (start + whole), min(SIGNS * (start + some.size), u.size)):
            y[i] = u[i] if (some[whole] >> np.uint64(i % SIGNS)) & np.uint64(1) == 0 else -u[i]


@jit
def flip_64(u, draw, y):
    """A whole draw: a loop of known length compiles to wide instructions."""
    one, zero = np.uint64(1), np.uint64(0)
    for i in range(SIGNS):
        y[i] = u[i] if (draw >> np.uint64(i)) & one == zero else -u[i]


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
    one, room = x.dtype.type(1), np.empty(size, x.dtype)
    for b in range(first, last):
        block, scale, left, here = x[b * size : (b + 1) * size], x.dtype.type(1 / np.sqrt(x.size)), size, True
        while left > 1:
            source, target = (block, room) if here else (room, block)
            if left >= 4:
                fours(source, scale, target)
                left //= 4
            else:
                twos(source, scale, target)
                left //= 2
            scale, here = one, not here
        if not here:
            block[:] = room


@jit
def twos(x, scale, y):
    """The transform of every two neighbours, times `scale`: sums into the first half of `y`, differences into the second."""
    y0, y1 = y[: y.size // 2], y[y.size // 2 :]
    for i in range(y0.size):
        a, b = scale * x[2 * i], scale * x[2 * i + 1]
        y0[i], y1[i] = a + b, a - b


@jit
def fours(x, scale, y):
    """The transform of every four neighbours, times `scale`, into the quarters of `y`: ``twos`` twice, loaded once."""
    q = y.size // 4
    y0, y1, y2, y3 = y[:q], y[q : 2 * q], y[2 * q : 3 * q], y[3 * q :]
    for i in range(q):
        a, b, c, d = scale * x[4 * i], scale * x[4 * i + 1], scale * x[4 * i + 2], scale * x[4 * i + 3]
        e, f, g, h = a + b, a - b, c + d, c - d
        y0[i], y1[i], y2[i], y3[i] = e + g, f + h, e - g, f - h


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
        a0, a1, a2, a3 = x0[j] + x1[j], x0[j] - x1[j], x2[j] + x3[j], x2[j] - x3[j]
        a4, a5, a6, a7 = x4[j] + x5[j], x4[j] - x5[j], x6[j] + x7[j], x6[j] - x7[j]
        b0, b1, b2, b3 = a0 + a2, a1 + a3, a0 - a2, a1 - a3
        b4, b5, b6, b7 = a4 + a6, a5 + a7, a4 - a6, a5 - a7
        x0[j], x1[j], x2[j], x3[j] = b0 + b4, b1 + b5, b2 + b6, b3 + b7
        x4[j], x5[j], x6[j], x7[j] = b0 - b4, b1 - b5, b2 - b6, b3 - b7
