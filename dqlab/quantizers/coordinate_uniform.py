"""CUQ, the coordinate-wise uniform quantizer of Mayekar and Tyagi: k levels a coordinate, rounded at random to keep the mean."""

import math
from typing import NamedTuple

import numpy as np
from numba import prange

from .. import _checks
from .._generic import jit, on_cores
from ..bits import DecodeError, Message, check_codes, check_message, pack_fixed, unpack_fixed
from ..bits.fixed import BLOCK, SERIAL_BELOW, pack_block, pack_tail, unpack_block, unpack_tail
from ..streams import key, stream, words
from .covering import covering_radius, dynamic_range
from .domains import domain, inside, scale_for, with_slack
from .uniform_scalar import count_outside
from .verbs import alphabet, decode, encode, length, nbits, pack, prepare, receive, send, unpack

MOST_LEVELS = (1 << 30) - 1
PARTS = 16  # pieces of a long vector for the cores to share


class _Fields(NamedTuple):
    bound: float
    levels: int
    dim: int


class CoordinateUniform(_Fields):
    """Coordinate-wise uniform quantizer: unbiased on the cube |y_i| <= M, in d ceil(log2(k + 1)) bits.

    Parameters
    ----------
    bound : float
        M > 0.
    levels : int
        k >= 2 levels a coordinate, -M and M among them; one more letter says that a coordinate has left the cube.
    dim : int
        d >= 1 coordinates.

    Raises
    ------
    TypeError, ValueError
        If `bound` is not a positive number, `levels` not in [2, 2**30 - 1] or `dim` < 1.

    Notes
    -----
    Equation (7) and Lemma 5.1 of Mayekar and Tyagi. A coordinate between two levels, 2M / (k - 1) apart, goes to either with the
    probability that keeps its mean: its error is less than a step, its variance at most M**2 / (k - 1)**2. With ``outside="clip"``
    a coordinate past the cube sends the overflow symbol k and is decoded to 0. An excess of 1e-11 (1e-5 in float32) is
    rounding, no overflow. Draw i decides coordinate i, so the codes do not depend on the number of cores.

    Examples
    --------
    >>> import dqlab as dq
    >>> q = dq.quantizers.CoordinateUniform(bound=1.0, levels=3, dim=4)
    >>> dq.quantizers.nbits(q), dq.quantizers.quantize(q, [1.0, 0.0, -1.0, 0.0])
    (8, array([ 1.,  0., -1.,  0.]))
    >>> dq.quantizers.quantize(q, [1.0, 0.0, -7.0, 0.0], outside="clip")
    array([1., 0., 0., 0.])
    """

    __slots__ = ()

    def __new__(cls, bound, levels, dim):
        bound, levels = _checks.positive(bound, "bound"), _checks.integer(levels, "levels", 2)
        if levels > MOST_LEVELS:
            raise ValueError(f"levels: expected at most 2**30 - 1, got {levels}")
        return super().__new__(cls, bound, levels, _checks.integer(dim, "dim", 1))

    @property
    def rate(self):
        """log2(k + 1), bits per dimension."""
        return math.log2(self.levels + 1)


@jit
def encode_levels(levels, u, bound, draws, codes):
    """The level below or above every coordinate, by one of 2**32 equally likely draws each; `levels` where it is past the bound."""
    of, last = u.dtype.type, np.int32(levels - 1)
    per_unit, middle = of(0.5 * (levels - 1) / np.float64(bound)), of(0.5 * (levels - 1))
    zero, half, top, unit = of(0), of(0.5), of(levels - 1), of(2.0**-32)
    limit = of(bound) * of(1 + (1e-11 if u.itemsize == 8 else 1e-5))
    for i in range(u.size):
        y = u[i] * per_unit + middle
        y = y if y > zero else zero
        y = y if y < top else top
        code = np.int32(y)
        code += np.int32(of(draws[i]) * unit + half < y - of(code))
        code = min(code, last)
        codes[i] = code if abs(u[i]) <= limit else np.int32(levels)


@jit
def decode_levels(levels, codes, bound, q):
    """The level of every code, (2c + 1 - k) M / (k - 1), into `q`; 0 for the overflow symbol."""
    of = q.dtype.type
    half_step, shift, overflow, zero = of(np.float64(bound) / (levels - 1)), of(1 - levels), np.int32(levels), of(0)
    for i in range(q.size):
        code = np.int32(codes[i])
        c = of(code)
        q[i] = (c + c + shift) * half_step if code != overflow else zero


@jit
def encode_from(levels, u, bound, key, first, pairs, codes):
    """The codes of coordinates `first` (an even number), `first` + 1, ...; `pairs` is room for their draws, two in a word."""
    words(key, first // 2, pairs[: (u.size + 1) // 2])
    encode_levels(levels, u, bound, pairs.view(np.int32), codes)


@encode.register(CoordinateUniform)
def _encode(quantizer, u, scale, rng, shared):
    codes, pairs, seed = np.empty(u.size, np.int64), np.empty(BLOCK // 2, np.uint64), key(rng)
    bound = u.dtype.type(quantizer.bound * np.float64(scale))
    for start in range(0, u.size, BLOCK):
        stop = min(start + BLOCK, u.size)
        encode_from(quantizer.levels, u[start:stop], bound, seed, start, pairs, codes[start:stop])
    return codes


@decode.register(CoordinateUniform)
def _decode(quantizer, codes, scale, shared):
    q = np.full(codes.size, scale)
    decode_levels(quantizer.levels, codes, quantizer.bound * np.float64(scale), q)
    return q


@alphabet.register(CoordinateUniform)
def _alphabet(quantizer):
    return quantizer.levels + 1


@inside.register(CoordinateUniform)
def _inside(quantizer, u, scale):
    return count_outside(u, u.dtype.type(quantizer.bound * np.float64(scale))) == 0


@domain.register(CoordinateUniform, compiled=False)
def _domain(quantizer):
    return math.inf, quantizer.bound


@dynamic_range.register(CoordinateUniform, compiled=False)
def _dynamic_range(quantizer):
    return quantizer.bound


@covering_radius.register(CoordinateUniform, compiled=False)
def _covering_radius(quantizer):
    return math.sqrt(quantizer.dim) * 2 * quantizer.bound / (quantizer.levels - 1)


@nbits.register(CoordinateUniform, compiled=False)
def _nbits(quantizer):
    return quantizer.dim * quantizer.levels.bit_length()


@pack.register(CoordinateUniform, compiled=False)
def _pack(quantizer, codes):
    codes = check_codes(codes, int(alphabet(quantizer)), length(quantizer))
    return pack_fixed(codes, quantizer.levels.bit_length())


@unpack.register(CoordinateUniform, compiled=False)
def _unpack(quantizer, message):
    message = check_message(message, nbits(quantizer))
    return in_alphabet(unpack_fixed(message, quantizer.dim, quantizer.levels.bit_length()), quantizer.levels)


def in_alphabet(codes, largest):
    """`codes` of a message, unless one of them is larger than any encoder's."""
    if codes.size and codes.max() > largest:
        raise DecodeError(f"message: a code past the last letter, {largest}")
    return codes


# A vector is checked, encoded and packed block by block: codes never leave the cache.


@send.register(CoordinateUniform, compiled=False)
def _send(quantizer, u, scale, rng, shared, outside):
    u = np.asarray(u)
    if u.dtype not in (np.float32, np.float64) or u.shape != (quantizer.dim,):
        return pack(quantizer, encode(quantizer, u, scale, rng, shared, outside=outside))
    _checks.choice(outside, "outside", ("raise", "clip"))
    rng = stream(0, "encode") if rng is None else _checks.generator(rng, "rng")
    u, scale, width = np.ascontiguousarray(u), scale_for(quantizer, scale, u.dtype.type), quantizer.levels.bit_length()
    bound = u.dtype.type(quantizer.bound * float(scale))
    message = Message(np.zeros((u.size * width + 63) // 64, np.uint64), u.size * width)
    arguments = quantizer.levels, width, u, bound, with_slack(bound), key(rng), buffer(width), message.words
    if on_cores(send_parallel, send_serial, u.size >= SERIAL_BELOW, *arguments):
        prepare(quantizer, u, scale, rng, outside)  # says what is wrong, unless clipping was asked for
    return message


@receive.register(CoordinateUniform, compiled=False)
def _receive(quantizer, message, scale, shared):
    message, width = check_message(message, nbits(quantizer)), quantizer.levels.bit_length()
    q, bound = np.empty(quantizer.dim, type(scale)), quantizer.bound * float(scale)
    arguments = quantizer.levels, width, message.words, bound, buffer(width), q
    if on_cores(receive_parallel, receive_serial, q.size >= SERIAL_BELOW, *arguments):
        raise DecodeError(f"message: a code past the last letter, {quantizer.levels}")
    return q


def buffer(width):
    """An empty array whose type tells the kernels how wide a code is."""
    return np.empty(0, np.uint8 if width <= 8 else np.int32)


@jit
def count_above(codes, largest):
    """How many codes are larger than any encoder's."""
    count = 0
    for i in range(codes.size):
        count += codes[i] > largest
    return count


@jit
def send_blocks(levels, width, u, bound, slack, key, like, data, first, last):
    """Blocks `first` to `last` of the message; how many coordinates lie outside the domain."""
    codes, pairs, step, outside = np.empty(BLOCK, like.dtype), np.empty(BLOCK // 2, np.uint64), BLOCK * width // 8, 0.0
    for b in range(first, last):
        block = u[b * BLOCK : (b + 1) * BLOCK]
        outside += count_outside(block, slack)
        encode_from(levels, block, bound, key, b * BLOCK, pairs, codes)
        pack_block(codes, width, data[b * step : (b + 1) * step])
    return outside


@jit
def send_tail(levels, width, u, bound, slack, key, words):
    """What follows the last whole block."""
    start = u.size // BLOCK * BLOCK
    codes, pairs = np.zeros(u.size - start, np.int32), np.empty(BLOCK // 2, np.uint64)
    encode_from(levels, u[start:], bound, key, start, pairs, codes)
    pack_tail(codes, 0, width, words[start * width // 64 :])
    return count_outside(u[start:], slack)


@jit
def send_serial(levels, width, u, bound, slack, key, like, words):
    """Check, encode and pack on one core."""
    outside = send_blocks(levels, width, u, bound, slack, key, like, words.view(np.uint8), 0, u.size // BLOCK)
    return outside + send_tail(levels, width, u, bound, slack, key, words)


@jit(parallel=True)
def send_parallel(levels, width, u, bound, slack, key, like, words):
    """Check, encode and pack on all cores."""
    blocks, data, outside = u.size // BLOCK, words.view(np.uint8), 0.0
    for part in prange(PARTS):
        first, last = blocks * part // PARTS, blocks * (part + 1) // PARTS
        outside += send_blocks(levels, width, u, bound, slack, key, like, data, first, last)
    return outside + send_tail(levels, width, u, bound, slack, key, words)


@jit
def receive_blocks(levels, width, data, bound, like, q, first, last):
    """Blocks `first` to `last` of the vector; how many codes are none."""
    codes, step, wrong = np.empty(BLOCK, like.dtype), BLOCK * width // 8, 0
    for b in range(first, last):
        unpack_block(data[b * step : (b + 1) * step], width, codes)
        wrong += count_above(codes, levels)
        decode_levels(levels, codes, bound, q[b * BLOCK : (b + 1) * BLOCK])
    return wrong


@jit
def receive_tail(levels, width, words, bound, q):
    """What follows the last whole block."""
    start = q.size // BLOCK * BLOCK
    codes = np.empty(q.size - start, np.int32)
    unpack_tail(words[start * width // 64 :], 0, width, codes)
    decode_levels(levels, codes, bound, q[start:])
    return count_above(codes, levels)


@jit
def receive_serial(levels, width, words, bound, like, q):
    """Unpack and decode on one core."""
    wrong = receive_blocks(levels, width, words.view(np.uint8), bound, like, q, 0, q.size // BLOCK)
    return wrong + receive_tail(levels, width, words, bound, q)


@jit(parallel=True)
def receive_parallel(levels, width, words, bound, like, q):
    """Unpack and decode on all cores."""
    blocks, data, wrong = q.size // BLOCK, words.view(np.uint8), 0
    for part in prange(PARTS):
        first, last = blocks * part // PARTS, blocks * (part + 1) // PARTS
        wrong += receive_blocks(levels, width, data, bound, like, q, first, last)
    return wrong + receive_tail(levels, width, words, bound, q)
