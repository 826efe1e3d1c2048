"""RATQ at any precision: after the rotation only some coordinates are sent, which both ends draw from the shared key."""

import math
from typing import NamedTuple

import numpy as np

from .. import _checks
from .._generic import jit
from ..streams import key, mix, uniform
from .blocks import encode_all
from .coordinate_uniform import CoordinateUniform, decode_levels
from .covering import covering_radius, dynamic_range
from .domains import domain, inside, room
from .hadamard import flip, padded, transform
from .moments import second_moment_bound, stretch
from .ratq import ball, in_ball, radius
from .tower_ranges import choose_ranges, range_bits, spans, spread_ranges, squared_range
from .verbs import alphabet, decode, encode, length

LEVELS = 7  # log2(k + 1) = ceil(log2(2 + sqrt(9))) = 3 bits, for s = 1
SAMPLE = np.uint64(0x5851F42D4C957F2D)  # sets the draws of the sample apart from those of the signs


class _Fields(NamedTuple):
    bound: float
    dim: int
    bits: int


class SubsampledRATQ(_Fields):
    """RATQ of a random part of the rotated coordinates: unbiased on the ball |y|_2 <= B, in at most r bits, r < d allowed.

    Parameters
    ----------
    bound : float
        B > 0.
    dim : int
        d >= 1 coordinates.
    bits : int
        r, at least those of one coordinate: 3 + log2 h, which is 5 for 8 < d <= 2**23.

    Raises
    ------
    TypeError, ValueError
        If `bound` is not a positive number, `dim` < 1, or `bits` too few for one coordinate.

    Notes
    -----
    What Remark 8 of Mayekar and Tyagi is about. The input is padded to N = 2**ceil(log2 d) coordinates and rotated, R y, as in
    ``RATQ``; mu N = min(N, floor(r / (3 + log2 h))) of the coordinates are drawn without replacement, every subset S alike, by
    the key `shared`, and only they are sent, each with a range of its own (s = 1) and k = 7 levels. The decoder makes
    (1 / mu) R^-1 sum_{i in S} Q(R y)_i e_i: E[Q(y)] = y and E|Q(y)|**2 = (1 / mu) E|Q_RATQ(y)|**2 over both kinds of randomness.
    A code is 8j + l for level l of range j. With ``outside="clip"`` coordinates past B are decoded to 0.

    Examples
    --------
    >>> import dqlab as dq
    >>> q = dq.quantizers.SubsampledRATQ(bound=1.0, dim=1024, bits=512)
    >>> q.sent, dq.quantizers.nbits(q), q.rate
    (102, 510, 0.498046875)
    """

    __slots__ = ()

    def __new__(cls, bound, dim, bits):
        bound, dim = _checks.positive(bound, "bound"), _checks.integer(dim, "dim", 1)
        bits, least = _checks.integer(bits, "bits", 0), letter_bits(padded(dim))
        if bits < least:
            raise ValueError(f"bits: expected at least {least}, those of one of {dim} coordinates, got {bits}")
        return super().__new__(cls, bound, dim, bits)

    @property
    def size(self):
        """N, the coordinates that are rotated."""
        return int(padded(self.dim))

    @property
    def sent(self):
        """mu N, the coordinates that are sent."""
        return int(number_sent(self))

    @property
    def rate(self):
        """Bits of a message / d."""
        return self.sent * int(letter_bits(self.size)) / self.dim


@jit
def letter_bits(size):
    """3 + log2 h."""
    return 3 + range_bits(size)


@jit
def number_sent(quantizer):
    """mu N = min(N, floor(r / (3 + log2 h)))."""
    size = padded(quantizer.dim)
    return min(size, quantizer.bits // letter_bits(size))


@jit
def sample(size, count, key):
    """`count` of 0, ..., `size` - 1 in increasing order, every subset alike: number i is taken with the chance that is due to it.

    Algorithm S of Knuth, The Art of Computer Programming, Section 3.4.2, in O(size); the draws are those of a counter.
    """
    places, taken, seed = np.empty(count, np.int64), 0, mix(np.uint64(key) ^ SAMPLE)
    for i in range(size):
        if uniform(seed, i) * (size - i) < count - taken:
            places[taken] = i
            taken += 1
    return places


@encode.register(SubsampledRATQ)
def _encode(quantizer, u, scale, rng, shared):
    y = np.empty(padded(u.size), u.dtype)
    flip(u, shared, y)
    transform(y)
    y = y[sample(y.size, number_sent(quantizer), shared)]
    codes, ranges = np.empty(y.size, np.int64), np.empty(y.size, np.int64)
    choose_ranges(y, 1, range_ends(quantizer, scale, y), ranges)
    encode_all(CoordinateUniform(1.0, LEVELS, y.size), y, y.dtype.type(1), key(rng), codes)
    return (LEVELS + 1) * ranges + codes


@decode.register(SubsampledRATQ)
def _decode(quantizer, codes, scale, shared):
    part, y = np.full(codes.size, scale), np.full(padded(quantizer.dim), scale)
    decode_levels(LEVELS, codes % (LEVELS + 1), 1.0, part)
    spread_ranges(part, 1, range_ends(quantizer, scale, part), codes // (LEVELS + 1))
    y[:] = 0
    y[sample(y.size, codes.size, shared)] = part * part.dtype.type(y.size / codes.size)
    transform(y)
    q = y[: quantizer.dim].copy()
    flip(q, shared, q)
    return q


@jit
def range_ends(quantizer, scale, y):
    """M_j for j < h and s = 1, in the precision of `y`."""
    return (spans(padded(quantizer.dim), 1) * (quantizer.bound * np.float64(scale))).astype(y.dtype)


@alphabet.register(SubsampledRATQ, compiled=False)
def _alphabet(quantizer):
    return 1 << int(letter_bits(quantizer.size))


@length.register(SubsampledRATQ, compiled=False)
def _length(quantizer):
    return quantizer.sent


inside.register(SubsampledRATQ)(in_ball)
domain.register(SubsampledRATQ, compiled=False)(ball)
dynamic_range.register(SubsampledRATQ, compiled=False)(radius)


@room.register(SubsampledRATQ, compiled=False)
def _room(quantizer):
    """What is sent is multiplied by 1 / mu, and all of it may add up in one coordinate: sqrt(N) B."""
    return quantizer.bound * max(math.sqrt(quantizer.size), quantizer.size / quantizer.sent)


@covering_radius.register(SubsampledRATQ, compiled=False)
def _covering_radius(quantizer):
    """A bound: what is sent is off by no more than a step of the widest range each, and may be all of y, sent 1 / mu times."""
    step, mu = 2 * quantizer.bound / (LEVELS - 1), quantizer.sent / quantizer.size
    return (math.sqrt(quantizer.sent) * step + (quantizer.bound if mu < 1 else 0)) / mu


@second_moment_bound.register(SubsampledRATQ, compiled=False)
def _second_moment_bound(quantizer, bound, norm, order):
    """1 / mu times that of RATQ with s = 1."""
    l2 = min(bound * stretch(quantizer.dim, norm, 2), quantizer.bound)
    whole = l2**2 + quantizer.bound**2 * squared_range(1) / (LEVELS - 1) ** 2
    return stretch(quantizer.dim, 2, order) ** 2 * whole * quantizer.size / quantizer.sent
