"""The uniform scalar quantizer of Lin, Kostina and Hassibi: K equal cells a coordinate, decoded to their midpoints."""

import math
from typing import NamedTuple

import numpy as np
from numba import prange

from .. import _checks
from .._generic import jit, on_cores
from ..bits import Message, check_message
from ..bits.fixed import BLOCK, SERIAL_BELOW, pack_block, pack_tail, unpack_block, unpack_tail
from .covering import covering_radius, dynamic_range
from .domains import checked_scale, inside, with_slack
from .verbs import alphabet, decode, encode, nbits, pack, prepare, receive, send, unpack

MOST_LEVELS = 1 << 30
PARTS = 16  # pieces of a long vector for the cores to share


class _Fields(NamedTuple):
    levels: int
    dim: int


class UniformScalar(_Fields):
    """Uniform scalar quantizer on the cube [-1, 1]^n, scaled by the dynamic range.

    Parameters
    ----------
    levels : int
        K >= 1 cells a coordinate; the rate is log2(K) bits per dimension. Any K, odd ones included.
        One level is the quantizer of rate zero: it sends nothing, and the decoder reads 0.
    dim : int
        n >= 1 coordinates.

    Raises
    ------
    ValueError
        If `levels` is not in [1, 2**30] or `dim` < 1.

    Notes
    -----
    Section III-A of Lin et al.: dynamic range r(q) = 1, covering radius d(q) = sqrt(n) / K, covering efficiency
    rho(q) = sqrt(n), equations (17)-(19). Deterministic: the encoder draws nothing. With one level nothing is gained from
    a cube: its domain is the unit ball, so d(q) = 1, the norm of an input that nobody hears of.

    Examples
    --------
    >>> import dqlab as dq
    >>> q = dq.quantizers.UniformScalar(levels=8, dim=2)
    >>> q.rate, round(dq.quantizers.covering_radius(q), 6)
    (3.0, 0.176777)
    """

    __slots__ = ()

    def __new__(cls, levels, dim):
        levels = _checks.integer(levels, "levels", 1)
        if levels > MOST_LEVELS:
            raise ValueError(f"levels: expected at most 2**30 (cells finer than a float64 tells apart), got {levels}")
        return super().__new__(cls, levels, _checks.integer(dim, "dim", 1))

    @classmethod
    def at_rate(cls, rate, dim):
        """The quantizer with K = floor(2**rate) levels: what a real-valued rate R of at least 1 can buy."""
        if _checks.positive(rate, "rate") < 1:
            raise ValueError(f"rate: a scalar quantizer needs at least 1 bit per dimension, got {rate}")
        return cls(math.floor(2.0**rate * (1 + 1e-12)), dim)

    @property
    def rate(self):
        """log2(K), bits per dimension."""
        return math.log2(self.levels)


@jit
def encode_cells(levels, u, scale, codes):
    """The cell of every coordinate, into `codes`; an input past the cube goes to the nearest cell."""
    of = u.dtype.type
    cells_per_unit, half, zero, top = of(0.5 * levels / scale), of(0.5 * levels), of(0), of(levels - 1)
    if np.float64(top) > levels - 1:  # past 2**24 a float32 may round the last cell up to one that is not there
        top = np.nextafter(top, zero)
    for i in range(u.size):
        y = u[i] * cells_per_unit + half
        y = y if y > zero else zero
        codes[i] = np.int32(y if y < top else top)


@jit
def decode_cells(levels, codes, scale, q):
    """The midpoint of every cell, into `q`: (2c + 1 - K) * scale / K, so that the middle cell of an odd K is exactly 0."""
    of = q.dtype.type
    step, shift = of(scale / levels), of(1 - levels)
    for i in range(q.size):
        c = of(codes[i])
        q[i] = (c + c + shift) * step


@encode.register(UniformScalar)
def _encode(quantizer, u, scale, rng, shared):
    codes = np.empty(u.size, np.int64)
    encode_cells(quantizer.levels, u, scale, codes)
    return codes


@decode.register(UniformScalar)
def _decode(quantizer, codes, scale, shared):
    q = np.full(codes.size, scale)
    decode_cells(quantizer.levels, codes, scale, q)
    return q


@alphabet.register(UniformScalar)
def _alphabet(quantizer):
    return quantizer.levels


@inside.register(UniformScalar)
def _inside(quantizer, u, scale):
    if quantizer.levels == 1:
        return within_ball(u, scale)
    return count_outside(u, scale) == 0


@jit
def within_ball(u, radius):
    """Whether |u| <= radius; NaN is not."""
    squared = 0.0
    for i in range(u.size):
        squared += (u[i] / radius) ** 2
    return squared <= 1.0


@jit(fastmath={"reassoc"})
def count_outside(u, bound):
    """How many coordinates are not within [-bound, bound]; NaN is not. A float sum in any order, which vectorises."""
    zero, one = u.dtype.type(0), u.dtype.type(1)
    count = zero
    for i in range(u.size):
        count += zero if abs(u[i]) <= bound else one
    return count


@dynamic_range.register(UniformScalar, compiled=False)
def _dynamic_range(quantizer):
    return 1.0


@covering_radius.register(UniformScalar, compiled=False)
def _covering_radius(quantizer):
    return 1.0 if quantizer.levels == 1 else math.sqrt(quantizer.dim) / quantizer.levels


# A long vector with a power of two of levels is checked, encoded and packed block by block: codes never leave the cache.


@send.register(UniformScalar, compiled=False)
def _send(quantizer, u, scale, rng, shared, outside):
    u, width = np.asarray(u), _width(quantizer)
    if width is None or u.dtype not in (np.float32, np.float64) or u.shape != (quantizer.dim,):
        return pack(quantizer, encode(quantizer, u, scale, rng, shared, outside=outside))
    u, bound = np.ascontiguousarray(u), checked_scale(scale, u.dtype.type)
    words = np.empty((u.size * width + 63) // 64, np.uint64)
    words[u.size // BLOCK * BLOCK * width // 64 :] = 0  # where the tail's bits are joined one by one
    message = Message(words, u.size * width)
    arguments = quantizer.levels, width, u, bound, with_slack(bound), _buffer(width), message.words
    if on_cores(send_parallel, send_serial, u.size >= SERIAL_BELOW, *arguments):
        prepare(quantizer, u, scale, rng, outside)  # says what is wrong, unless clipping was asked for
    return message


@receive.register(UniformScalar, compiled=False)
def _receive(quantizer, message, scale, shared):
    width = _width(quantizer)
    if width is None:
        return decode.kernel(quantizer)(quantizer, unpack(quantizer, message), scale, shared)
    message = check_message(message, nbits(quantizer))
    q = np.empty(quantizer.dim, type(scale))
    arguments = quantizer.levels, width, message.words, scale, _buffer(width), q
    on_cores(receive_parallel, receive_serial, q.size >= SERIAL_BELOW, *arguments)
    return q


def _width(quantizer):
    """Bits a code where the number of levels is a power of two above one, else None."""
    levels = quantizer.levels
    return levels.bit_length() - 1 if levels > 1 and levels & (levels - 1) == 0 else None


def _buffer(width):
    """An empty array whose type tells the kernels how wide a code is."""
    return np.empty(0, np.uint8 if width <= 8 else np.int32)


@jit
def send_blocks(levels, width, u, scale, bound, like, data, first, last):
    """Blocks `first` to `last` of the message; how many coordinates lie outside the domain."""
    codes, step, outside = np.empty(BLOCK, like.dtype), BLOCK * width // 8, 0.0
    for b in range(first, last):
        block = u[b * BLOCK : (b + 1) * BLOCK]
        outside += count_outside(block, bound)
        encode_cells(levels, block, scale, codes)
        pack_block(codes, width, data[b * step : (b + 1) * step])
    return outside


@jit
def send_tail(levels, width, u, scale, bound, words):
    """What follows the last whole block."""
    start = u.size // BLOCK * BLOCK
    codes = np.zeros(u.size - start, np.int32)
    encode_cells(levels, u[start:], scale, codes)
    pack_tail(codes, 0, width, words[start * width // 64 :])
    return count_outside(u[start:], bound)


@jit
def send_serial(levels, width, u, scale, bound, like, words):
    """Check, encode and pack on one core."""
    outside = send_blocks(levels, width, u, scale, bound, like, words.view(np.uint8), 0, u.size // BLOCK)
    return outside + send_tail(levels, width, u, scale, bound, words)


@jit(parallel=True)
def send_parallel(levels, width, u, scale, bound, like, words):
    """Check, encode and pack on all cores."""
    blocks, data, outside = u.size // BLOCK, words.view(np.uint8), 0.0
    for part in prange(PARTS):
        first, last = blocks * part // PARTS, blocks * (part + 1) // PARTS
        outside += send_blocks(levels, width, u, scale, bound, like, data, first, last)
    return outside + send_tail(levels, width, u, scale, bound, words)


@jit
def receive_blocks(levels, width, data, scale, like, q, first, last):
    """Blocks `first` to `last` of the vector."""
    codes, step = np.empty(BLOCK, like.dtype), BLOCK * width // 8
    for b in range(first, last):
        unpack_block(data[b * step : (b + 1) * step], width, codes)
        decode_cells(levels, codes, scale, q[b * BLOCK : (b + 1) * BLOCK])


@jit
def receive_tail(levels, width, words, scale, q):
    """What follows the last whole block."""
    start = q.size // BLOCK * BLOCK
    codes = np.empty(q.size - start, np.int32)
    unpack_tail(words[start * width // 64 :], 0, width, codes)
    decode_cells(levels, codes, scale, q[start:])


@jit
def receive_serial(levels, width, words, scale, like, q):
    """Unpack and decode on one core."""
    receive_blocks(levels, width, words.view(np.uint8), scale, like, q, 0, q.size // BLOCK)
    receive_tail(levels, width, words, scale, q)


@jit(parallel=True)
def receive_parallel(levels, width, words, scale, like, q):
    """Unpack and decode on all cores."""
    blocks, data = q.size // BLOCK, words.view(np.uint8)
    for part in prange(PARTS):
        receive_blocks(levels, width, data, scale, like, q, blocks * part // PARTS, blocks * (part + 1) // PARTS)
    receive_tail(levels, width, words, scale, q)
