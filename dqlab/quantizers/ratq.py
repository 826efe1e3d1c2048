"""RATQ of Mayekar and Tyagi: rotate, choose a range for every few coordinates, round each at random to a level of it."""

import math
from typing import NamedTuple

import numpy as np

from .. import _checks
from .._generic import jit, on_cores
from ..bits import check_codes, check_message, concatenate, pack_fixed, split, unpack_fixed
from ..bits.fixed import pack_parallel, pack_serial, unpack_parallel, unpack_serial
from ..streams import key
from .blocks import blank, encode_all, read, write
from .coordinate_uniform import CoordinateUniform, decode_levels, in_alphabet
from .covering import covering_radius, dynamic_range, points
from .domains import domain, inside
from .hadamard import MANY, flip, flip_parallel, padded, transform, transform_parallel
from .moments import second_moment_bound, stretch
from .tower_ranges import (
    choose_parallel,
    choose_ranges,
    range_bits,
    spans,
    spread_parallel,
    spread_ranges,
    squared_range,
)
from .verbs import alphabet, decode, encode, length, nbits, pack, possible, prepare, receive, send, unpack

MOST_LEVELS = (1 << 30) - 1


class _Fields(NamedTuple):
    bound: float
    dim: int
    levels: int
    block: int


class RATQ(_Fields):
    """The rotated adaptive tetra-iterated uniform quantizer: unbiased on the ball |y|_2 <= B.

    Parameters
    ----------
    bound : float
        B > 0.
    dim : int
        d >= 1 coordinates.
    levels : int, optional
        k >= 2 levels a coordinate; left out, log2(k + 1) = ceil(log2(2 + sqrt(9 + 3 ln s))), which makes k = 7.
    block : int, optional
        s coordinates share a range; left out, s = max(1, log2 h).

    Raises
    ------
    TypeError, ValueError
        If `bound` is not a positive number, `dim` < 1, `levels` not in [2, 2**30 - 1] or `block` not in [1, N].

    Notes
    -----
    The quantizer to which Section 5 and Remark 4 of Mayekar and Tyagi appeal, with the parameters of (8) for B and N: the input
    is padded with zeros to N = 2**ceil(log2 d) coordinates and rotated by the signs of the key `shared` (``rotate``), which keeps
    the lemma and makes the bits those of N. A block with largest magnitude at most M_j, and not at most M_{j-1}, is sent as j and
    by CUQ on [-M_j, M_j], where M_j**2 = (3 e*j + 2 ln s) B**2 / N, e*0 = 1, e*j = exp(e*(j-1)), j < h, is capped at B**2:
    no coordinate is larger, so nothing overflows, and log2 h = ceil(log2(1 + ln*(N / 3))) bits name the range. A message has
    ceil(N / s) log2 h + N ceil(log2(k + 1)) bits, first those of the levels: 4d for powers of two from 4 to 2**23.
    E|Q(y) - y|**2 <= B**2 (8.184 + 2 ln s) / (k - 1)**2. With ``outside="clip"`` coordinates past B are decoded to 0.

    Examples
    --------
    >>> import numpy as np
    >>> import dqlab as dq
    >>> q = dq.quantizers.RATQ(bound=1.0, dim=64)
    >>> q, dq.quantizers.nbits(q)
    (RATQ(bound=1.0, dim=64, levels=7, block=2), 256)
    >>> y = np.eye(64)[3]
    >>> bool(np.linalg.norm(dq.quantizers.quantize(q, y, shared=5) - y) < 0.5)
    True
    """

    __slots__ = ()

    def __new__(cls, bound, dim, levels=None, block=None):
        bound, dim = _checks.positive(bound, "bound"), _checks.integer(dim, "dim", 1)
        size = padded(dim)
        block = max(1, range_bits(size)) if block is None else _checks.integer(block, "block", 1)
        if block > size:
            raise ValueError(f"block: expected at most the {size} coordinates that are rotated, got {block}")
        if levels is None:
            levels = 2 ** math.ceil(math.log2(2 + math.sqrt(9 + 3 * math.log(block)))) - 1
        levels = _checks.integer(levels, "levels", 2)
        if levels > MOST_LEVELS:
            raise ValueError(f"levels: expected at most 2**30 - 1, got {levels}")
        return super().__new__(cls, bound, dim, levels, block)

    @property
    def size(self):
        """N, the coordinates that are rotated."""
        return int(padded(self.dim))

    @property
    def ranges(self):
        """h, the ranges that a block can have: a power of two."""
        return 1 << int(range_bits(self.size))

    @property
    def blocks(self):
        """ceil(N / s), how many blocks share a range each."""
        return -(-self.size // self.block)

    @property
    def rate(self):
        """(ceil(N / s) log2 h + N log2(k + 1)) / d, bits per dimension."""
        return (self.blocks * math.log2(self.ranges) + self.size * math.log2(self.levels + 1)) / self.dim


@jit
def range_ends(quantizer, scale, y):
    """M_j for j < h, in the precision of `y`."""
    return (spans(y.size, quantizer.block) * (quantizer.bound * np.float64(scale))).astype(y.dtype)


@jit
def rounder(quantizer):
    """The quantizer of the coordinates as parts of the ends of their ranges."""
    return CoordinateUniform(1.0, quantizer.levels, padded(quantizer.dim))


@jit
def encode_rotated(quantizer, y, scale, key):
    """Codes of R u = `y`, which is overwritten: N levels, then the ranges of the blocks."""
    blocks = (y.size + quantizer.block - 1) // quantizer.block
    codes = np.empty(y.size + blocks, np.int64)
    choose_ranges(y, quantizer.block, range_ends(quantizer, scale, y), codes[y.size :])
    encode_all(rounder(quantizer), y, y.dtype.type(1), key, codes[: y.size])
    return codes


@jit
def decode_rotated(quantizer, codes, scale, y):
    """The rotated vector that codes stand for, into `y`."""
    decode_levels(quantizer.levels, codes[: y.size], 1.0, y)
    spread_ranges(y, quantizer.block, range_ends(quantizer, scale, y), codes[y.size :])


@encode.register(RATQ)
def _encode(quantizer, u, scale, rng, shared):
    y = np.empty(padded(u.size), u.dtype)
    flip(u, shared, y)
    transform(y)
    return encode_rotated(quantizer, y, scale, key(rng))


@decode.register(RATQ)
def _decode(quantizer, codes, scale, shared):
    y = np.full(padded(quantizer.dim), scale)
    decode_rotated(quantizer, codes, scale, y)
    transform(y)
    q = y[: quantizer.dim].copy()
    flip(q, shared, q)
    return q


@alphabet.register(RATQ, compiled=False)
def _alphabet(quantizer):
    return max(quantizer.levels + 1, quantizer.ranges)


@length.register(RATQ, compiled=False)
def _length(quantizer):
    return quantizer.size + quantizer.blocks


@possible.register(RATQ, compiled=False)
def _possible(quantizer, codes):
    levels, ranges = codes[: quantizer.size], codes[quantizer.size :]
    return bool(levels.max() <= quantizer.levels and ranges.max() < quantizer.ranges)


@points.register(RATQ, compiled=False)
def _points(quantizer):
    return quantizer.ranges**quantizer.blocks * (quantizer.levels + 1) ** quantizer.size


@inside.register(RATQ)
def in_ball(quantizer, u, scale):
    """Whether |u|_2 <= B at this scale."""
    return squared_norm(u, quantizer.bound * np.float64(scale)) <= 1


@jit(fastmath={"reassoc"})
def squared_norm(u, unit):
    """|u / unit|^2 in float64, in any order, which vectorises."""
    factor, total = 1 / unit, 0.0
    for i in range(u.size):
        total += (np.float64(u[i]) * factor) ** 2
    return total


@domain.register(RATQ, compiled=False)
def ball(quantizer):
    """The ball |y|_2 <= B."""
    return 2, quantizer.bound


@dynamic_range.register(RATQ, compiled=False)
def radius(quantizer):
    """B."""
    return quantizer.bound


@covering_radius.register(RATQ, compiled=False)
def _covering_radius(quantizer):
    """A bound: no rotated coordinate is off by more than a step of the widest range."""
    return math.sqrt(quantizer.size) * 2 * quantizer.bound / (quantizer.levels - 1)


@second_moment_bound.register(RATQ, compiled=False)
def _second_moment_bound(quantizer, bound, norm, order):
    """|y|_2**2 and the lemma: B**2 (8.184 + 2 ln s) / (k - 1)**2."""
    l2 = min(bound * stretch(quantizer.dim, norm, 2), quantizer.bound)
    error = quantizer.bound**2 * squared_range(quantizer.block) / (quantizer.levels - 1) ** 2
    return stretch(quantizer.dim, 2, order) ** 2 * (l2**2 + error)


@nbits.register(RATQ, compiled=False)
def _nbits(quantizer):
    return sum(_lengths(quantizer))


def _lengths(quantizer):
    """Bits of the levels, and bits of the ranges."""
    return quantizer.size * quantizer.levels.bit_length(), quantizer.blocks * int(range_bits(quantizer.size))


@pack.register(RATQ, compiled=False)
def _pack(quantizer, codes):
    codes = check_codes(codes, int(alphabet(quantizer)), length(quantizer))
    if not possible(quantizer, codes):
        raise ValueError(f"codes: no encoder of {quantizer} sends these")
    levels = pack_fixed(codes[: quantizer.size], quantizer.levels.bit_length())
    if quantizer.ranges == 1:
        return levels
    return concatenate([levels, pack_fixed(codes[quantizer.size :], int(range_bits(quantizer.size)))])


@unpack.register(RATQ, compiled=False)
def _unpack(quantizer, message):
    first, last = split(check_message(message, nbits(quantizer)), _lengths(quantizer))
    codes = np.zeros(length(quantizer), np.int64)
    codes[: quantizer.size] = unpack_fixed(first, quantizer.size, quantizer.levels.bit_length())
    in_alphabet(codes, quantizer.levels)
    if quantizer.ranges > 1:
        codes[quantizer.size :] = unpack_fixed(last, quantizer.blocks, int(range_bits(quantizer.size)))
    return codes


# A long vector is rotated on all cores, and its levels are written and read in one pass.


@send.register(RATQ, compiled=False)
def _send(quantizer, u, scale, rng, shared, outside):
    u, scale, rng = prepare(quantizer, u, scale, rng, outside)
    if quantizer.size < 64:
        return pack(quantizer, encode.kernel(quantizer)(quantizer, u, scale, rng, shared))
    y, many = np.empty(quantizer.size, u.dtype), quantizer.size >= MANY
    on_cores(flip_parallel, flip, many, u, shared, y)
    on_cores(transform_parallel, transform, many, y)
    ranges = np.empty(quantizer.blocks, np.uint8)
    on_cores(choose_parallel, choose_ranges, many, y, quantizer.block, range_ends(quantizer, scale, y), ranges)
    first, last = _lengths(quantizer)
    message = blank(y.size, quantizer.levels + 1, extra=last)
    write(rounder(quantizer), y, 1.0, key(rng), message, quantizer.levels + 1)
    on_cores(pack_parallel, pack_serial, many, ranges, last // ranges.size, message.words[first // 64 :])
    return message


@receive.register(RATQ, compiled=False)
def _receive(quantizer, message, scale, shared):
    if quantizer.size < 64:
        return decode.kernel(quantizer)(quantizer, unpack(quantizer, message), scale, shared)
    y, many = np.empty(quantizer.size, type(scale)), quantizer.size >= MANY
    message, (first, last) = check_message(message, nbits(quantizer)), _lengths(quantizer)
    ranges = np.empty(quantizer.blocks, np.uint8)
    read(rounder(quantizer), message, 1.0, y, quantizer.levels + 1)
    on_cores(unpack_parallel, unpack_serial, many, message.words[first // 64 :], last // ranges.size, ranges)
    on_cores(spread_parallel, spread_ranges, many, y, quantizer.block, range_ends(quantizer, scale, y), ranges)
    on_cores(transform_parallel, transform, many, y)
    q = y[: quantizer.dim].copy()
    on_cores(flip_parallel, flip, many, q, shared, q)
    return q
