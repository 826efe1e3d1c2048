"""The scaled sign: one number for the magnitude of all coordinates, and their signs. Biased; a baseline."""

import math
from typing import NamedTuple

import numpy as np

from .. import _checks
from ..bits import (
    DecodeError,
    check_codes,
    check_message,
    concatenate,
    int_to_message,
    message_to_int,
    pack_fixed,
    split,
    unpack_fixed,
)
from .covering import covering_radius, points
from .domains import inside
from .moments import second_moment_bound, stretch
from .simq import l1_norm
from .verbs import alphabet, decode, encode, length, nbits, pack, possible, unpack

INFINITE = 0x7F800000  # the bits of a float32 from which on it is no finite number >= 0


class _Fields(NamedTuple):
    dim: int


class ScaledSign(_Fields):
    """Q(y) = (|y|_1 / d) sign(y): a float32 and d signs, 32 + d bits. Biased.

    Parameters
    ----------
    dim : int
        d >= 1 coordinates.

    Raises
    ------
    TypeError, ValueError
        If `dim` < 1.

    Notes
    -----
    The compressor of sign descent with error feedback (Karimireddy, Rebjock, Stich and Jaggi, 2019). It is a
    contraction, |y - Q(y)|_2**2 = |y|_2**2 - |y|_1**2 / d up to the rounding of the float32, so that no output is longer than its
    input; but E Q(y) = Q(y) is not y. The sign of 0 is sent as +1.

    Examples
    --------
    >>> import dqlab as dq
    >>> q = dq.quantizers.ScaledSign(dim=4)
    >>> dq.quantizers.nbits(q), dq.quantizers.quantize(q, [3.0, 0.0, -1.0, 0.0])
    (36, array([ 1.,  1., -1.,  1.]))
    """

    __slots__ = ()

    def __new__(cls, dim):
        return super().__new__(cls, _checks.integer(dim, "dim", 1))

    @property
    def rate(self):
        """log2 of the number of messages / d, bits per dimension."""
        return math.log2(points(self)) / self.dim


@encode.register(ScaledSign)
def _encode(quantizer, u, scale, rng, shared):
    codes, magnitude = np.empty(u.size + 1, np.int64), np.empty(1, np.float32)
    magnitude[0] = min(l1_norm(u / scale) / u.size, np.float64(3.4028234e38))
    codes[0] = np.int64(magnitude.view(np.uint32)[0])
    for i in range(u.size):
        codes[1 + i] = 1 if u[i] < 0 else 0
    return codes


@decode.register(ScaledSign)
def _decode(quantizer, codes, scale, shared):
    q, bits = np.full(codes.size - 1, scale), np.empty(1, np.uint32)
    bits[0] = np.uint32(codes[0])
    unit = q.dtype.type(np.float64(bits.view(np.float32)[0]) * np.float64(scale))
    for i in range(q.size):
        q[i] = -unit if codes[1 + i] else unit
    return q


@alphabet.register(ScaledSign, compiled=False)
def _alphabet(quantizer):
    return INFINITE


@length.register(ScaledSign, compiled=False)
def _length(quantizer):
    return quantizer.dim + 1


@possible.register(ScaledSign, compiled=False)
def _possible(quantizer, codes):
    return codes[1:].max() <= 1


@points.register(ScaledSign, compiled=False)
def _points(quantizer):
    return INFINITE << quantizer.dim


@inside.register(ScaledSign)
def _inside(quantizer, u, scale):
    return np.isfinite(u).all() and l1_norm(u / scale) / u.size <= 3.4028234e38


@covering_radius.register(ScaledSign, compiled=False)
def _covering_radius(quantizer):
    """In the unit ball: that of e_1, and the rounding of the float32."""
    return math.sqrt(1 - 1 / quantizer.dim + 2.0**-48)


@nbits.register(ScaledSign, compiled=False)
def _nbits(quantizer):
    return 32 + quantizer.dim


@pack.register(ScaledSign, compiled=False)
def _pack(quantizer, codes):
    codes = check_codes(codes, INFINITE, length(quantizer))
    if not possible(quantizer, codes):
        raise ValueError(f"codes: no encoder of {quantizer} sends these")
    return concatenate([int_to_message(int(codes[0]), 32), pack_fixed(codes[1:], width=1)])


@unpack.register(ScaledSign, compiled=False)
def _unpack(quantizer, message):
    first, last = split(check_message(message, nbits(quantizer)), (32, quantizer.dim))
    if message_to_int(first) >= INFINITE:
        raise DecodeError("message: a magnitude that is no finite number >= 0")
    return np.append(message_to_int(first), unpack_fixed(last, quantizer.dim, width=1))


@second_moment_bound.register(ScaledSign, compiled=False)
def _second_moment_bound(quantizer, bound, norm, order):
    """|Q(y)|_order = |y|_1 d**(1/order - 1); the float32 may be rounded up by 2**-24 of it."""
    return (bound * stretch(quantizer.dim, norm, 1) * quantizer.dim ** (1 / order - 1) * (1 + 2.0**-24)) ** 2
