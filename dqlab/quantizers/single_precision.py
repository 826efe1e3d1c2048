"""Numbers as float32: what "32 bits" means in the tables of Xu et al."""

import math
from typing import NamedTuple

import numpy as np

from .. import _checks
from .._generic import jit
from ..bits import check_message, unpack_radix
from .covering import covering_radius, points
from .domains import inside
from .low_precision import LARGEST, NORMS, possible_codes, room
from .moments import second_moment_bound, stretch
from .uniform_scalar import count_outside
from .verbs import alphabet, decode, encode, length, nbits, possible, quantize, unpack


class _Fields(NamedTuple):
    dim: int


class Float32(_Fields):
    """Every coordinate as a float32, 32 d bits: the nearest one, off by at most 2**-24 of it. The "32 bits" of Xu et al.

    Parameters
    ----------
    dim : int
        d >= 1 coordinates.

    Raises
    ------
    TypeError, ValueError
        If `dim` is not an integer >= 1.

    Notes
    -----
    Deterministic, and so biased, by rounding alone: exact for float32 at scale 1. What is past float32 lies outside the domain. Codes are
    the bits of the number; those of infinities and NaN are none.

    Examples
    --------
    >>> import dqlab as dq
    >>> q = dq.quantizers.Float32(dim=2)
    >>> dq.quantizers.nbits(q), dq.quantizers.quantize(q, [0.1, -7.0]).tolist()
    (64, [0.10000000149011612, -7.0])
    """

    __slots__ = ()

    def __new__(cls, dim):
        return super().__new__(cls, _checks.integer(dim, "dim", 1))

    @property
    def rate(self):
        """log2 of the number of messages / d, bits per dimension."""
        return math.log2(2 * NORMS)


@jit
def nearest_single(value, scale):
    """value / scale as a float32; what is past its end becomes that."""
    return np.float32(min(max(np.float64(value) / np.float64(scale), -LARGEST), LARGEST))


@encode.register(Float32)
def _encode(quantizer, u, scale, rng, shared):
    rounded = np.empty(u.size, np.float32)
    for i in range(u.size):
        rounded[i] = nearest_single(u[i], scale)
    return rounded.view(np.uint32).astype(np.int64)


@decode.register(Float32)
def _decode(quantizer, codes, scale, shared):
    q, rounded = np.full(codes.size, scale), codes.astype(np.uint32).view(np.float32)
    for i in range(q.size):
        q[i] = np.float64(rounded[i]) * np.float64(scale)
    return q


@quantize.register(Float32)
def _quantize(quantizer, u, scale, rng, shared):
    q = np.full(u.size, scale)
    for i in range(q.size):
        q[i] = np.float64(nearest_single(u[i], scale)) * np.float64(scale)
    return q


@alphabet.register(Float32, compiled=False)
def _alphabet(quantizer):
    return 1 << 32


@possible.register(Float32, compiled=False)
def _possible(quantizer, codes):
    """All of them finite."""
    return bool(((codes.astype(np.int64) & 0x7FFFFFFF) < NORMS).all())


@unpack.register(Float32, compiled=False)
def _unpack(quantizer, message):
    message = check_message(message, nbits(quantizer))
    return possible_codes(quantizer, unpack_radix(message, length(quantizer), 1 << 32))


@points.register(Float32, compiled=False)
def _points(quantizer):
    """All finite float32, of both signs."""
    return (2 * NORMS) ** quantizer.dim


@inside.register(Float32)
def _inside(quantizer, u, scale):
    return count_outside(u, u.dtype.type(room(u, scale))) == 0


@covering_radius.register(Float32, compiled=False)
def _covering_radius(quantizer):
    """A bound for |v|_2 <= 1: half a unit in the last place, or half the least float32."""
    return 2.0**-24 + math.sqrt(quantizer.dim) * 2.0**-150


@second_moment_bound.register(Float32, compiled=False)
def _second_moment_bound(quantizer, bound, norm, order):
    return (bound * stretch(quantizer.dim, norm, order) * (1 + 2.0**-24)) ** 2
