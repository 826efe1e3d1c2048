"""AGUQ: a gain, a length that may be any number from 0 on, by a range of a geometric sequence and a level of it."""

import math
from typing import NamedTuple

import numpy as np

from .. import _checks
from .._generic import jit
from ..bits import DecodeError, check_codes, check_message, concatenate, pack_fixed, split, unpack_fixed
from ..streams import key, uniform
from .covering import covering_radius, dynamic_range, points
from .domains import inside, overflows, room
from .moments import second_moment_bound
from .verbs import alphabet, decode, encode, length, nbits, pack, possible, unpack

MOST_LEVELS = (1 << 30) - 1


class _AGUQFields(NamedTuple):
    bound: float
    ranges: int
    levels: int
    ratio: float


class AGUQ(_AGUQFields):
    """The adaptive geometric uniform quantizer: a number y >= 0 in ceil(log2 h) + ceil(log2(k + 1)) bits.

    Parameters
    ----------
    bound : float
        B > 0, the root of the gain's second moment.
    ranges : int
        h >= 1 ranges [0, M_j], M_j = B a**(j/2), j < h.
    levels : int
        k >= 2 levels a range, 0 and M_j among them; one more letter says that the gain is past the last range.
    ratio : float
        a > 1.

    Raises
    ------
    TypeError, ValueError
        If `bound` is not a positive number, `ranges` < 1, `levels` not in [2, 2**30 - 1], `ratio` <= 1, or the last range infinite.

    Notes
    -----
    The quantizer to which Section 7 of Mayekar and Tyagi appeals for mean-square bounded oracles. A gain goes into the first range
    that holds it, and there to the level below or above, with the probability that keeps its mean. Past the last range it is
    sent as overflow and decoded to 0, which is part of the scheme: every finite y >= 0 is in the domain, and ``outside="clip"``
    takes a negative one for 0. If E G**2 <= B**2, then E Q(G)**2 <= B**2 (1 + (1 + a) / (4 (k - 1)**2)), and the bias is at most
    E[G; G > M_{h-1}] <= B a**(-(h-1)/2). A gain in range j >= 1 is more than M_j / sqrt(a), so the levels far below are never
    sent there: log2 of ``points`` says how few bits would do.

    Examples
    --------
    >>> import dqlab as dq
    >>> q = dq.quantizers.AGUQ.for_queries(bound=1.0, queries=10**4)
    >>> q, dq.quantizers.nbits(q)
    (AGUQ(bound=1.0, ranges=15, levels=7, ratio=2.0), 7)
    >>> dq.quantizers.encode(q, [4.0]), dq.quantizers.quantize(q, [4.0]), dq.quantizers.quantize(q, [200.0])
    (array([4, 6]), array([4.]), array([0.]))
    """

    __slots__ = ()

    def __new__(cls, bound, ranges, levels, ratio=2.0):
        bound, ranges = _checks.positive(bound, "bound"), _checks.integer(ranges, "ranges", 1)
        levels, ratio = checked_levels(levels), _checks.positive(ratio, "ratio")
        if not ratio > 1:
            raise ValueError(f"ratio: expected a number > 1, got {ratio}")
        if not math.log(bound) + (ranges - 1) / 2 * math.log(ratio) < 709:
            raise ValueError(f"ranges: the last of {ranges} ranges, B * {ratio:g}**(({ranges} - 1) / 2), is infinite")
        return super().__new__(cls, bound, ranges, levels, ratio)

    @classmethod
    def for_queries(cls, bound, queries, levels=7, ratio=2.0):
        """h = 1 + ceil(log T / log a) ranges, for a bias of at most B / sqrt(T) over T queries.

        Examples
        --------
        >>> import dqlab as dq
        >>> dq.quantizers.AGUQ.for_queries(bound=1.0, queries=100, ratio=4.0).ranges
        5
        """
        queries, ratio = _checks.integer(queries, "queries", 1), _checks.positive(ratio, "ratio")
        if not ratio > 1:
            raise ValueError(f"ratio: expected a number > 1, got {ratio}")
        return cls(bound, 1 + math.ceil(math.log(queries) / math.log(ratio) * (1 - 1e-12)), levels, ratio)

    @property
    def dim(self):
        """A gain is one number."""
        return 1

    @property
    def top(self):
        """M_{h-1}: gains past it overflow."""
        return float(end_of_range(self, self.ranges - 1))

    @property
    def rate(self):
        """log2 of the number of messages."""
        return math.log2(points(self))


def checked_levels(levels):
    """A number of levels that a code has room for."""
    levels = _checks.integer(levels, "levels", 2)
    if levels > MOST_LEVELS:
        raise ValueError(f"levels: expected at most 2**30 - 1, got {levels}")
    return levels


@jit
def end_of_range(quantizer, j):
    """M_j = B a**(j/2), by products and one root, which are the same on every machine."""
    end = quantizer.bound
    for _ in range(j // 2):
        end *= quantizer.ratio
    return end * np.sqrt(quantizer.ratio) if j % 2 else end


@jit
def gain_of(u, scale):
    """The gain at scale 1; 0 for a negative one."""
    return max(np.float64(u[0]) / np.float64(scale), 0.0)


@jit
def past(value, top, u):
    """Whether a value overflows; an excess of 1e-11 (1e-5 in float32) is rounding."""
    return value > top * (1 + (1e-11 if u.itemsize == 8 else 1e-5))


@jit
def level(value, top, levels, draw):
    """The level below or above a value of [0, top], by a uniform draw."""
    return min(np.int64(value / top * (levels - 1) + draw), levels - 1)


@jit
def least_level(quantizer, j):
    """The least level that range j sends: a gain in it is past the range before (but for rounding)."""
    return np.int64((quantizer.levels - 1) / np.sqrt(quantizer.ratio) * (1 - 1e-6)) if j > 0 else 0


@encode.register(AGUQ)
def _encode(quantizer, u, scale, rng, shared):
    value, draw, last = gain_of(u, scale), uniform(key(rng), 0), quantizer.ranges - 1
    if past(value, end_of_range(quantizer, last), u):
        return np.array([0, quantizer.levels])
    j = 0
    while j < last and value > end_of_range(quantizer, j):
        j += 1
    code = level(value, end_of_range(quantizer, j), quantizer.levels, draw)
    return np.array([j, max(code, least_level(quantizer, j))])


@decode.register(AGUQ)
def _decode(quantizer, codes, scale, shared):
    q = np.full(1, scale)
    part = np.float64(codes[1]) / (quantizer.levels - 1)
    overflow = codes[1] == quantizer.levels
    q[0] = 0.0 if overflow else part * end_of_range(quantizer, np.int64(codes[0])) * np.float64(scale)
    return q


@alphabet.register(AGUQ, compiled=False)
def _alphabet(quantizer):
    return max(quantizer.levels + 1, quantizer.ranges)


@length.register(AGUQ, compiled=False)
def _length(quantizer):
    return 2


@possible.register(AGUQ, compiled=False)
def _possible(quantizer, codes):
    j, code = (int(c) for c in codes)
    if code >= quantizer.levels:
        return code == quantizer.levels and j == 0
    return j < quantizer.ranges and code >= least_level(quantizer, j)


@points.register(AGUQ, compiled=False)
def _points(quantizer):
    return quantizer.levels + (quantizer.ranges - 1) * (quantizer.levels - int(least_level(quantizer, 1))) + 1


@inside.register(AGUQ)
def is_gain(quantizer, u, scale):
    """Whether `u` holds a finite number that is not negative."""
    return np.isfinite(u[0]) and u[0] >= 0


@overflows.register(AGUQ)
def _overflows(quantizer, u, scale):
    return past(gain_of(u, scale), end_of_range(quantizer, quantizer.ranges - 1), u)


@room.register(AGUQ, compiled=False)
@dynamic_range.register(AGUQ, compiled=False)
def _top(quantizer):
    return quantizer.top


@covering_radius.register(AGUQ, compiled=False)
def _covering_radius(quantizer):
    """A step of the last range, for gains that do not overflow."""
    return quantizer.top / (quantizer.levels - 1)


def _widths(quantizer):
    """Bits of the range, and bits of the level."""
    return (quantizer.ranges - 1).bit_length(), quantizer.levels.bit_length()


@nbits.register(AGUQ, compiled=False)
def _nbits(quantizer):
    return sum(_widths(quantizer))


@pack.register(AGUQ, compiled=False)
def _pack(quantizer, codes):
    codes = check_codes(codes, int(alphabet(quantizer)), 2)
    if not possible(quantizer, codes):
        raise ValueError(f"codes: no encoder of {quantizer} sends these")
    parts = [pack_fixed(codes[i : i + 1], width) for i, width in enumerate(_widths(quantizer)) if width]
    return concatenate(parts)


@unpack.register(AGUQ, compiled=False)
def _unpack(quantizer, message):
    widths = _widths(quantizer)
    parts = split(check_message(message, nbits(quantizer)), widths)
    codes = np.array(
        [unpack_fixed(part, 1, width)[0] if width else 0 for part, width in zip(parts, widths, strict=True)]
    )
    if not possible(quantizer, codes):
        raise DecodeError(f"message: no encoder of {quantizer} sends range {codes[0]} with level {codes[1]}")
    return codes


@second_moment_bound.register(AGUQ, compiled=False)
def _second_moment_bound(quantizer, bound, norm, order):
    """Of E G**2 <= bound**2: the variance is at most M_j**2 / (4 (k - 1)**2), and M_j**2 at most B**2 + a G**2."""
    spread = quantizer.bound**2 + quantizer.ratio * bound**2
    return min(bound**2 + spread / (4 * (quantizer.levels - 1) ** 2), quantizer.top**2)
