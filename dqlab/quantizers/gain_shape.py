"""Gain and shape: the length of a vector by one quantizer, its direction by another. For oracles whose noise has no bound."""

import math
from typing import NamedTuple

import numpy as np

from .._generic import jit
from ..bits import check_codes, check_message, concatenate, split
from .covering import covering_radius, dynamic_range, points
from .domains import domain, overflows, room
from .moments import second_moment_bound, stretch
from .norms import direction, lq_norm
from .verbs import alphabet, decode, encode, length, nbits, pack, possible, unpack

LARGEST = 1.7e308  # a gain past it is as good as this one: both overflow


class _Fields(NamedTuple):
    gain: tuple
    shape: tuple
    dim: int
    order: float
    cut: int


class GainShape(_Fields):
    """Q(y) = Q_g(|y|) Q_s(y / |y|), with independent randomness: takes every finite vector.

    Parameters
    ----------
    gain : a quantizer of numbers y >= 0
        Q_g, such as ``AGUQ`` or ``UniformGain``.
    shape : a quantizer whose ``domain`` is a ball
        Q_s, such as ``RATQ(1.0, dim)``, ``SimQ(1.0, dim)`` or ``SplitLq(1.0, dim, q)``.
    order : float, optional
        q of the norm |y|_q, from 1 to ``math.inf``; left out, that of the shape's domain, whose bound is then 1. With another
        one, such as in ``GainShape(gain, SimQPlus.for_norm(1.0, dim, p), order=p / (p - 1))``, the bound is as large as the
        shape's norm of a vector with |y|_q = 1 can be.

    Raises
    ------
    TypeError, ValueError
        If `gain` is no quantizer of one number, or if the ball |y|_q <= 1 is not in the domain of `shape`.

    Notes
    -----
    Section 7 of Mayekar and Tyagi. If both parts are unbiased, so is the whole; a gain that overflows is decoded to 0, and so is
    the vector. E|Q(y)|**2 = E Q_g(|y|)**2 E|Q_s(y / |y|)|**2, and the bias is that of the gain in the direction of y. A message has
    the bits of the gain and then those of the shape; of 0 the gain is 0, and any shape will do. RATQ with ``AGUQ`` is A-RATQ.

    Examples
    --------
    >>> import numpy as np
    >>> import dqlab as dq
    >>> gain = dq.quantizers.AGUQ.for_queries(bound=1.0, queries=10**4)
    >>> q = dq.quantizers.GainShape(gain, dq.quantizers.RATQ(1.0, dim=64))
    >>> dq.quantizers.nbits(q), q.order
    (263, 2.0)
    >>> y = 30 * np.eye(64)[3]
    >>> bool(np.linalg.norm(dq.quantizers.quantize(q, y) - y) < 20), dq.quantizers.quantize(q, 10 * y).any()
    (True, np.False_)
    """

    __slots__ = ()

    def __new__(cls, gain, shape, order=None):
        if not encode.has(gain) or getattr(gain, "dim", None) != 1:
            raise TypeError(f"gain: expected a quantizer of one number, such as AGUQ or UniformGain, got {gain!r}")
        if not encode.has(shape) or domain(shape) is None:
            raise TypeError(
                f"shape: expected a quantizer whose domain is a ball, such as RATQ(1.0, dim), got {shape!r}"
            )
        of_shape, bound = domain(shape)
        order = float(of_shape if order is None else _checked_order(order))
        needed = float(shape.dim) ** max(0.0, 1 / of_shape - 1 / order)
        if not abs(bound / needed - 1) < 1e-12:
            raise ValueError(
                f"shape: expected the bound {needed:.10g}, the largest l_{of_shape:g} norm where the l_{order:g} norm is 1; "
                f"the bound of {shape!r} is {bound:.10g}"
            )
        return super().__new__(cls, gain, shape, shape.dim, order, length(gain))

    def __getnewargs__(self):
        return self.gain, self.shape, self.order

    def __repr__(self):
        return f"GainShape({self.gain!r}, {self.shape!r}, order={self.order:g})"

    @property
    def rate(self):
        """log2 of the number of messages / d, bits per dimension."""
        return (math.log2(points(self.gain)) + math.log2(points(self.shape))) / self.dim


def _checked_order(order):
    if isinstance(order, (bool, str)) or not order >= 1:
        raise ValueError(f"order: expected a number from 1 to infinity, got {order!r}")
    return order


@jit
def gain_alone(quantizer, u):
    """|u|_order, as a vector of one number."""
    return np.full(1, min(lq_norm(u, quantizer.order), LARGEST))


@overflows.register(GainShape)
def _overflows(quantizer, u, scale):
    return overflows(quantizer.gain, gain_alone(quantizer, u), np.float64(scale))


@encode.register(GainShape)
def _encode(quantizer, u, scale, rng, shared):
    gain = gain_alone(quantizer, u)
    first = encode(quantizer.gain, gain, np.float64(scale), rng, shared)
    y = direction(u, quantizer.order)
    second = encode(quantizer.shape, y, y.dtype.type(1), rng, shared)
    codes = np.empty(first.size + second.size, np.int64)
    codes[: first.size] = first
    codes[first.size :] = second
    return codes


@decode.register(GainShape)
def _decode(quantizer, codes, scale, shared):
    gain = decode(quantizer.gain, codes[: quantizer.cut], np.float64(scale), shared)
    q = decode(quantizer.shape, codes[quantizer.cut :], scale / scale, shared)  # 1 in the precision of the scale
    q *= q.dtype.type(gain[0])
    return q


@alphabet.register(GainShape, compiled=False)
def _alphabet(quantizer):
    return max(int(alphabet(quantizer.gain)), int(alphabet(quantizer.shape)))


@length.register(GainShape, compiled=False)
def _length(quantizer):
    return quantizer.cut + length(quantizer.shape)


@possible.register(GainShape, compiled=False)
def _possible(quantizer, codes):
    parts = (quantizer.gain, codes[: quantizer.cut]), (quantizer.shape, codes[quantizer.cut :])
    return all(codes.max() < alphabet(part) and possible(part, codes) for part, codes in parts)


@points.register(GainShape, compiled=False)
def _points(quantizer):
    return points(quantizer.gain) * points(quantizer.shape)


@room.register(GainShape, compiled=False)
def _room(quantizer):
    return room(quantizer.gain)


@dynamic_range.register(GainShape, compiled=False)
def _dynamic_range(quantizer):
    """The largest Euclidean ball in which no gain overflows."""
    return dynamic_range(quantizer.gain) / quantizer.dim ** max(0.0, 1 / quantizer.order - 0.5)


@covering_radius.register(GainShape, compiled=False)
def _covering_radius(quantizer):
    """A bound for gains that do not overflow: the error of the shape, and that of the gain along a shape no longer than its l_2 norm."""
    longest = quantizer.dim ** max(0.0, 0.5 - 1 / quantizer.order)
    return dynamic_range(quantizer.gain) * covering_radius(quantizer.shape) + covering_radius(quantizer.gain) * longest


@nbits.register(GainShape, compiled=False)
def _nbits(quantizer):
    return nbits(quantizer.gain) + nbits(quantizer.shape)


@pack.register(GainShape, compiled=False)
def _pack(quantizer, codes):
    codes = check_codes(codes, int(alphabet(quantizer)), length(quantizer))
    if not possible(quantizer, codes):
        raise ValueError(f"codes: no encoder of {quantizer} sends these")
    return concatenate([pack(quantizer.gain, codes[: quantizer.cut]), pack(quantizer.shape, codes[quantizer.cut :])])


@unpack.register(GainShape, compiled=False)
def _unpack(quantizer, message):
    lengths = nbits(quantizer.gain), nbits(quantizer.shape)
    first, last = split(check_message(message, nbits(quantizer)), lengths)
    return np.concatenate([unpack(quantizer.gain, first), unpack(quantizer.shape, last)])


@second_moment_bound.register(GainShape, compiled=False)
def _second_moment_bound(quantizer, bound, norm, order):
    """Of E|y|_norm**2 <= bound**2: the gain's bound times the shape's, over vectors with |y|_q = 1."""
    gain = second_moment_bound(quantizer.gain, bound * stretch(quantizer.dim, norm, quantizer.order), 2.0)
    return gain * second_moment_bound(quantizer.shape, 1.0, quantizer.order, order)
