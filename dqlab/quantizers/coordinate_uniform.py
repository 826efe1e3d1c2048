"""CUQ, the coordinate-wise uniform quantizer of Mayekar and Tyagi: k levels a coordinate, rounded at random to keep the mean."""

import math
from typing import NamedTuple

import numpy as np

from .. import _checks
from .._generic import jit
from ..bits import DecodeError, check_codes, check_message, pack_fixed, unpack_fixed
from ..streams import key, stream, words
from . import blocks
from .blocks import decode_block, encode_all, encode_block
from .covering import covering_radius, dynamic_range
from .domains import domain, inside, scale_for
from .moments import second_moment_bound, stretch
from .uniform_scalar import count_outside, slack
from .verbs import alphabet, decode, encode, length, nbits, pack, prepare, receive, send, unpack

MOST_LEVELS = (1 << 30) - 1


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
    a coordinate past the cube sends the overflow symbol k and is decoded to 0. An excess of 1e-12 (1e-6 in float32) is
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


@encode_block.register(CoordinateUniform)
def _encode_block(quantizer, u, unit, key, first, draws, codes):
    words(key, first // 2, draws[: (u.size + 1) // 2])
    encode_levels(quantizer.levels, u, unit, draws.view(np.int32), codes)
    return count_overflows(codes, quantizer.levels)


@jit
def encode_levels(levels, u, bound, draws, codes):
    """The level below or above every coordinate, by one of 2**32 equally likely draws each; `levels` where it is past the bound."""
    of, last = u.dtype.type, np.int32(levels - 1)
    per_unit, middle = of(0.5 * (levels - 1) / np.float64(bound)), of(0.5 * (levels - 1))
    zero, half, top, unit = of(0), of(0.5), of(levels - 1), of(2.0**-32)
    limit = of(bound) * slack(u) * of(1 + (1e-15 if u.itemsize == 8 else 1e-6))
    for i in range(u.size):
        y = u[i] * per_unit + middle
        y = y if y > zero else zero
        y = y if y < top else top
        code = np.int32(y)
        code += np.int32(of(draws[i]) * unit + half < y - of(code))
        code = min(code, last)
        codes[i] = code if abs(u[i]) <= limit else np.int32(levels)


@jit
def count_overflows(codes, levels):
    """How many codes are the overflow symbol."""
    symbol, count = codes.dtype.type(levels), 0
    for i in range(codes.size):
        count += codes[i] == symbol
    return float(count)


@decode_block.register(CoordinateUniform)
def _decode_block(quantizer, codes, unit, q):
    decode_levels(quantizer.levels, codes, unit, q)


@jit
def decode_levels(levels, codes, bound, q):
    """The level of every code, (2c + 1 - k) M / (k - 1), into `q`; 0 for the overflow symbol."""
    of = q.dtype.type
    half_step, shift, overflow, zero = of(np.float64(bound) / (levels - 1)), of(1 - levels), np.int32(levels), of(0)
    for i in range(q.size):
        code = np.int32(codes[i])
        c = of(code)
        q[i] = (c + c + shift) * half_step if code != overflow else zero


@encode.register(CoordinateUniform)
def _encode(quantizer, u, scale, rng, shared):
    codes = np.empty(u.size, np.int64)
    encode_all(quantizer, u, u.dtype.type(quantizer.bound * np.float64(scale)), key(rng), codes)
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


@second_moment_bound.register(CoordinateUniform, compiled=False)
def _second_moment_bound(quantizer, bound, norm, order):
    """The least of three: |y|_2**2 and the variances, the triangle inequality for order >= 2, and the corners of the cube."""
    d, end, step = quantizer.dim, quantizer.bound, 2 * quantizer.bound / (quantizer.levels - 1)
    corners = end * d ** (1 / order)
    l2 = min(bound * stretch(d, norm, 2), end * math.sqrt(d))
    bounds = [corners, stretch(d, 2, order) * math.sqrt(l2**2 + d * step**2 / 4)]
    if order >= 2:  # E|Q(y_i) - y_i|**order <= step**order / 4
        bounds.append(bound * stretch(d, norm, order) + step * (d / 4) ** (1 / order))
    return min(bounds) ** 2


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


@send.register(CoordinateUniform, compiled=False)
def _send(quantizer, u, scale, rng, shared, outside):
    u = np.asarray(u)
    if u.dtype not in (np.float32, np.float64) or u.shape != (quantizer.dim,):
        return pack(quantizer, encode(quantizer, u, scale, rng, shared, outside=outside))
    _checks.choice(outside, "outside", ("raise", "clip"))
    rng = stream(0, "encode") if rng is None else _checks.generator(rng, "rng")
    bound = quantizer.bound * float(scale_for(quantizer, scale, u.dtype.type))
    u, message = np.ascontiguousarray(u), blocks.blank(u.size, quantizer.levels + 1)
    if blocks.write(quantizer, u, bound, key(rng), message, quantizer.levels + 1):
        prepare(quantizer, u, scale, rng, outside)  # says what is wrong, unless clipping was asked for
    return message


@receive.register(CoordinateUniform, compiled=False)
def _receive(quantizer, message, scale, shared):
    q, message = np.empty(quantizer.dim, type(scale)), check_message(message, nbits(quantizer))
    blocks.read(quantizer, message, quantizer.bound * float(scale), q, quantizer.levels + 1)
    return q
