"""The uniform scalar quantizer of Lin, Kostina and Hassibi: K equal cells a coordinate, decoded to their midpoints."""

import math
from typing import NamedTuple

import numpy as np

from .. import _checks
from .._generic import jit
from ..bits import check_message
from . import blocks
from .blocks import decode_block, encode_block
from .covering import covering_radius, dynamic_range
from .domains import checked_scale, inside
from .verbs import alphabet, decode, encode, nbits, pack, prepare, receive, send, unpack

MOST_LEVELS = 1 << 30


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


@jit
def slack(u):
    """By what factor rounding may carry an input past its range: 1 + 1e-12, in float32 1 + 1e-6."""
    return u.dtype.type(1 + (1e-12 if u.itemsize == 8 else 1e-6))


@dynamic_range.register(UniformScalar, compiled=False)
def _dynamic_range(quantizer):
    return 1.0


@covering_radius.register(UniformScalar, compiled=False)
def _covering_radius(quantizer):
    return 1.0 if quantizer.levels == 1 else math.sqrt(quantizer.dim) / quantizer.levels


# With a power of two of levels a message is written and read in one pass.


@encode_block.register(UniformScalar)
def _encode_block(quantizer, u, unit, key, first, draws, codes):
    encode_cells(quantizer.levels, u, unit, codes)
    return count_outside(u, unit * slack(u))


@decode_block.register(UniformScalar)
def _decode_block(quantizer, codes, unit, q):
    decode_cells(quantizer.levels, codes, unit, q)


@send.register(UniformScalar, compiled=False)
def _send(quantizer, u, scale, rng, shared, outside):
    u = np.asarray(u)
    if not _fixed_width(quantizer) or u.dtype not in (np.float32, np.float64) or u.shape != (quantizer.dim,):
        return pack(quantizer, encode(quantizer, u, scale, rng, shared, outside=outside))
    u, message = np.ascontiguousarray(u), blocks.blank(u.size, quantizer.levels)
    if blocks.write(quantizer, u, checked_scale(scale, u.dtype.type), 0, message, quantizer.levels):
        prepare(quantizer, u, scale, rng, outside)  # says what is wrong, unless clipping was asked for
    return message


@receive.register(UniformScalar, compiled=False)
def _receive(quantizer, message, scale, shared):
    if not _fixed_width(quantizer):
        return decode.kernel(quantizer)(quantizer, unpack(quantizer, message), scale, shared)
    q = np.empty(quantizer.dim, type(scale))
    blocks.read(quantizer, check_message(message, nbits(quantizer)), scale, q, quantizer.levels)
    return q


def _fixed_width(quantizer):
    """Whether the number of levels is a power of two above one."""
    return quantizer.levels > 1 and quantizer.levels & (quantizer.levels - 1) == 0
