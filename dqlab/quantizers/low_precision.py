"""QSGD of Alistarh et al.: the norm as a float32, and every coordinate as a part of it, rounded at random to s levels."""

import math
from typing import NamedTuple

import numpy as np
from numba import prange

from .. import _checks
from .._generic import jit, on_cores
from ..bits import DecodeError, check_codes, check_message, concatenate, message_to_int, pack_fixed, split, unpack_fixed
from ..bits.fixed import SERIAL_BELOW, get_bits, put_bits
from ..streams import key, stream
from .blocks import PARTS, blank, encode_all, read, write
from .coordinate_uniform import CoordinateUniform, decode_levels
from .covering import covering_radius, dynamic_range, points
from .domains import inside, scale_for
from .moments import second_moment_bound, stretch
from .verbs import alphabet, decode, encode, length, nbits, pack, possible, receive, send, unpack

MOST_LEVELS = (1 << 29) - 1
NORMS = 0x7F800000  # how many float32 are finite and not negative: the bits of the norm are a number below
LARGEST = float(np.finfo(np.float32).max)
LANES = 512  # sums side by side
MODERATE = (1e-120, 1e120)  # largest magnitudes whose squares neither vanish nor overflow


class _Fields(NamedTuple):
    levels: int
    dim: int


class LowPrecision(_Fields):
    """The low-precision quantizer QSGD: unbiased for every vector, whose norm it sends, in d ceil(log2(2s + 1)) + 32 bits.

    Parameters
    ----------
    levels : int
        s >= 1: a coordinate becomes l / s of the norm, l = -s, ..., s.
    dim : int
        d >= 1 coordinates.

    Raises
    ------
    ValueError
        If `levels` is not in [1, 2**29 - 1] or `dim` < 1.

    Notes
    -----
    Alistarh, Grubic, Li, Tomioka and Vojnovic, *QSGD* (2017), Section 3.1, at fixed length; the codes of Mayekar and Tyagi's CUQ
    with k = 2s + 1 levels on [-|y|_2, |y|_2], without overflow. The norm, divided by `scale`, is rounded up to a float32, so that no
    coordinate is larger; one that is too large for that lies outside the domain, and a tiny one is sent as the least norm whose
    levels a number of the precision of y can tell apart. E|Q(y)|^2 <= sqrt(d) / s |y|^2 for s <= sqrt(d) / 2, else
    (1 + d / (2s)**2) |y|^2, but for the rounding of the norm. Codes are l + s, and the bits of the norm as a number at the end.

    Examples
    --------
    >>> import dqlab as dq
    >>> q = dq.quantizers.LowPrecision(levels=5, dim=2)
    >>> dq.quantizers.nbits(q), dq.quantizers.quantize(q, [-3.0, 4.0])
    (40, array([-3.,  4.]))
    """

    __slots__ = ()

    def __new__(cls, levels, dim):
        levels = _checks.integer(levels, "levels", 1)
        if levels > MOST_LEVELS:
            raise ValueError(f"levels: expected at most 2**29 - 1, got {levels}")
        return super().__new__(cls, levels, _checks.integer(dim, "dim", 1))

    @property
    def rate(self):
        """log2 of the number of messages / d, bits per dimension."""
        return math.log2(points(self)) / self.dim


@jit
def norm_to_send(norm, u, scale):
    """|u|_2 / scale rounded up to a float32; what is not 0 counts as at least as long as arithmetic has room for its levels."""
    if norm > 0:
        norm = max(norm, 2.0**-992 if u.itemsize == 8 else 2.0**-96)
    return round_up(min(norm / np.float64(scale), LARGEST))


@jit
def round_up(value):
    """The least float32 that is at least `value`."""
    rounded = np.float32(value)
    return rounded if np.float64(rounded) >= value else np.nextafter(rounded, np.float32(np.inf))


@jit
def euclidean_norm(u):
    """|u|_2 less what rounding may have added, at least any |u_i|, and the same on every machine; NaN where u is not finite."""
    sums, tops = lanes(u)
    measure(u, sums, tops)
    return length_of(u, sums, tops)


@jit
def lanes(u):
    """Room for sums of squares and largest magnitudes of the pieces of `u`, side by side."""
    pieces, width = PARTS if u.size > PARTS * LANES else 1, min(u.size, LANES)
    return np.zeros((pieces, width)), np.zeros((pieces, width), u.dtype)


@jit
def measure(u, sums, tops):
    """Sums of squares and largest magnitudes, on one core."""
    pieces = sums.shape[0]
    for part in range(pieces):
        add_squares(u[u.size * part // pieces : u.size * (part + 1) // pieces], sums[part], tops[part])


@jit(parallel=True)
def measure_parallel(u, sums, tops):
    """The same, on all cores."""
    pieces = sums.shape[0]
    for part in prange(pieces):
        add_squares(u[u.size * part // pieces : u.size * (part + 1) // pieces], sums[part], tops[part])


@jit
def add_squares(u, sums, tops):
    """Squares and magnitudes of `u` into lanes, which compiles to wide instructions and is in the same order on every machine."""
    for start in range(0, u.size, LANES):
        block = u[start : start + LANES]
        for k in range(block.size):
            magnitude = abs(block[k])
            sums[k] += np.float64(magnitude) * np.float64(magnitude)
            tops[k] = magnitude if magnitude > tops[k] else tops[k]


@jit
def length_of(u, sums, tops):
    """|u|_2 from its lanes; a vector whose squares would vanish or overflow is measured again in its own unit."""
    top = np.float64(tops.max())
    if top == 0 or MODERATE[0] < top < MODERATE[1]:
        norm = np.sqrt(sums.sum())
    elif top < np.inf:
        sums[:] = 0
        measure(u / top, sums, np.zeros(sums.shape))
        norm = np.sqrt(sums.sum()) * top
    else:
        norm = np.nan
    return no_longer(norm, top)


@jit
def no_longer(norm, top):
    """A norm less what rounding may have added, and at least the largest magnitude."""
    norm *= 1 - 1e-12
    return norm if not norm < top else top


@jit
def room(u, scale):
    """The largest norm that a message can say and arithmetic can take."""
    return min(LARGEST * np.float64(scale), LARGEST if u.itemsize == 4 else 2.0**1023)


@encode.register(LowPrecision)
def _encode(quantizer, u, scale, rng, shared):
    codes, norm = np.empty(u.size + 1, np.int64), np.empty(1, np.float32)
    norm[0] = norm_to_send(euclidean_norm(u), u, scale)
    unit = u.dtype.type(norm[0] * np.float64(scale) if norm[0] > 0 else 1.0)
    if not inside(quantizer, u, scale):
        u = np.minimum(np.maximum(u, -unit), unit)
    encode_all(rounder(quantizer), u, unit, key(rng), codes[: u.size])
    codes[u.size] = norm.view(np.int32)[0]
    return codes


@jit
def rounder(quantizer):
    """The quantizer of the coordinates as parts of the norm."""
    return CoordinateUniform(1.0, 2 * quantizer.levels + 1, quantizer.dim)


@decode.register(LowPrecision)
def _decode(quantizer, codes, scale, shared):
    q, bits = np.full(quantizer.dim, scale), np.empty(1, np.int32)
    bits[0] = codes[q.size]
    unit = np.float64(bits.view(np.float32)[0]) * np.float64(scale)
    decode_levels(2 * quantizer.levels + 1, codes[: q.size], unit, q)
    return q


@inside.register(LowPrecision)
def _inside(quantizer, u, scale):
    return euclidean_norm(u) <= room(u, scale)


@alphabet.register(LowPrecision, compiled=False)
def _alphabet(quantizer):
    return max(2 * quantizer.levels + 1, NORMS)


@length.register(LowPrecision, compiled=False)
def _length(quantizer):
    return quantizer.dim + 1


@possible.register(LowPrecision, compiled=False)
def _possible(quantizer, codes):
    levels, norm = codes[:-1], int(codes[-1])
    in_range = int(levels.max()) <= 2 * quantizer.levels and norm < NORMS
    return in_range and (norm > 0 or bool((levels == quantizer.levels).all()))


@points.register(LowPrecision, compiled=False)
def _points(quantizer):
    """How many messages there are: a norm above 0 with any letters, and 0."""
    return (NORMS - 1) * (2 * quantizer.levels + 1) ** quantizer.dim + 1


@dynamic_range.register(LowPrecision, compiled=False)
def _dynamic_range(quantizer):
    return 1.0


@covering_radius.register(LowPrecision, compiled=False)
def _covering_radius(quantizer):
    """A bound for |y|_2 <= 1: no coordinate is off by more than a step."""
    return math.sqrt(quantizer.dim) / quantizer.levels * (1 + 2.0**-22)


@second_moment_bound.register(LowPrecision, compiled=False)
def _second_moment_bound(quantizer, bound, norm, order):
    """Largest for a flat y; the norm may be rounded up by 2**-23 of it."""
    d, s = quantizer.dim, quantizer.levels
    factor = math.sqrt(d) / s if 2 * s <= math.sqrt(d) else 1 + d / (4 * s * s)
    return (bound * stretch(d, norm, 2) * stretch(d, 2, order)) ** 2 * factor * (1 + 2.0**-22)


@nbits.register(LowPrecision, compiled=False)
def _nbits(quantizer):
    return quantizer.dim * _width(quantizer) + 32


def _width(quantizer):
    """ceil(log2(2s + 1))."""
    return (2 * quantizer.levels).bit_length()


@pack.register(LowPrecision, compiled=False)
def _pack(quantizer, codes):
    codes = check_codes(codes, int(alphabet(quantizer)), length(quantizer))
    if not possible(quantizer, codes):
        raise ValueError(f"codes: no encoder of {quantizer} sends these")
    return concatenate([pack_fixed(codes[:-1], _width(quantizer)), pack_fixed(codes[-1:], 32)])


@unpack.register(LowPrecision, compiled=False)
def _unpack(quantizer, message):
    message = check_message(message, nbits(quantizer))
    letters, norm = split(message, (quantizer.dim * _width(quantizer), 32))
    codes = np.append(unpack_fixed(letters, quantizer.dim, _width(quantizer)), message_to_int(norm))
    return possible_codes(quantizer, codes)


def possible_codes(quantizer, codes):
    """`codes` of a message, unless no encoder sends them."""
    if not possible(quantizer, codes):
        raise DecodeError(f"message: no encoder of {quantizer} sends these codes")
    return codes


# The norm is measured in one pass over the vector, and its message written in another.


@send.register(LowPrecision, compiled=False)
def _send(quantizer, u, scale, rng, shared, outside):
    u = np.asarray(u)
    if u.dtype not in (np.float32, np.float64) or u.shape != (quantizer.dim,):
        return pack(quantizer, encode(quantizer, u, scale, rng, shared, outside=outside))
    u, checked = np.ascontiguousarray(u), scale_for(quantizer, scale, u.dtype.type)
    sums, tops = lanes(u)
    on_cores(measure_parallel, measure, u.size >= SERIAL_BELOW, u, sums, tops)
    norm = length_of(u, sums, tops)
    if not norm <= room(u, checked):
        return pack(quantizer, encode(quantizer, u, scale, rng, shared, outside=outside))
    _checks.choice(outside, "outside", ("raise", "clip"))
    rng = stream(0, "encode") if rng is None else _checks.generator(rng, "rng")
    sent, letters = np.float32(norm_to_send(norm, u, checked)), 2 * quantizer.levels + 1
    unit = float(sent) * float(checked) if sent > 0 else 1.0
    message = blank(u.size, letters, extra=32)
    write(rounder(quantizer), u, unit, key(rng), message, letters)
    put_bits(message.words, u.size * _width(quantizer), int(sent.view(np.int32)), 32)
    return message


@receive.register(LowPrecision, compiled=False)
def _receive(quantizer, message, scale, shared):
    message = check_message(message, nbits(quantizer))
    bits = int(get_bits(message.words, quantizer.dim * _width(quantizer), 32))
    if not 0 < bits < NORMS:  # 0, or nothing
        return decode.kernel(quantizer)(quantizer, unpack(quantizer, message), scale, shared)
    q, unit = np.empty(quantizer.dim, type(scale)), float(np.uint32(bits).view(np.float32)) * float(scale)
    read(rounder(quantizer), message, unit, q, 2 * quantizer.levels + 1)
    return q
