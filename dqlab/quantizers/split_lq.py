"""The quantizer of Mayekar and Tyagi for p < 2: small coordinates go to CUQ, the few large ones to RATQ."""

import math
from typing import NamedTuple

import numpy as np

from .. import _checks
from ..bits import DecodeError, check_codes, check_message, concatenate, pack_fixed, split, unpack_fixed
from .coordinate_uniform import CoordinateUniform
from .covering import covering_radius, dynamic_range, points
from .domains import domain, inside, room
from .hadamard import padded
from .moments import second_moment_bound, stretch
from .norms import direction, lq_norm
from .ratq import RATQ
from .tower_ranges import range_bits, squared_range
from .verbs import alphabet, decode, encode, length, nbits, pack, possible, unpack


class _Fields(NamedTuple):
    bound: float
    dim: int
    q: float
    sharp: bool
    entries: int
    small: tuple
    large: tuple


class SplitLq(_Fields):
    """Unbiased on the ball |y|_q <= B, q in [2, inf]: coordinates up to a threshold by CUQ, the others by RATQ.

    Parameters
    ----------
    bound : float
        B > 0.
    dim : int
        d >= 1 coordinates.
    q : float
        From 2 to ``math.inf``; the paper's q = p / (p - 1). See ``SplitLq.for_norm``.
    sharp : bool
        False: the paper's parameters. True: those that send the fewest bits with errors no larger than in its proofs.

    Raises
    ------
    TypeError, ValueError
        If `bound` is not a positive number, `dim` < 1, `q` not in [2, inf], or `sharp` no bool.

    Notes
    -----
    Section 5 of Mayekar and Tyagi. With D_2 = max(1, ceil(log2(1 + ln*(d / 3)))) and D_1 = ceil(log2(2 + sqrt(18 + 6 ln D_2)
    d**(1/2 - 1/q))), coordinates up to c = B (D_1 / d)**(1/q) form y_1, (6), which CUQ takes with the bound c and, (7),
    log2(k + 1) = ceil(log2(2 sqrt(2) D_1**(1/q) + 2)). Fewer than d / D_1 coordinates are larger. A map of d bits says which,
    and RATQ takes them, zeros behind, with the bound B d**(1/2 - 1/q) and log2(k + 1) = D_1, (8). At q = inf, and for d <= D_1, c is
    B and no coordinate can be larger: CUQ is all that is sent. E|Q(y)|_q**2 <= 12 B**2, in fact 4 B**2: both parts err by at most
    B**2 / 2 on average, and since 0 is a level of CUQ they err in different coordinates.

    Sharp: for N = 0 or a power of two, c = B (N + 1)**(-1/q), the bound B N**(1/2 - 1/q) and numbers of levels that keep those
    errors; N is the one with the fewest bits. With ``outside="clip"`` an input past the ball is taken for the multiple of it on
    the sphere.

    Examples
    --------
    >>> import dqlab as dq
    >>> q = dq.quantizers.SplitLq.for_norm(bound=1.0, dim=1024, p=1.5)
    >>> q.entries, q.small.levels, q.large.levels, dq.quantizers.nbits(q) / 1024
    (204, 7, 31, 5.5)
    >>> dq.quantizers.nbits(dq.quantizers.SplitLq(1.0, 1024, q=3.0, sharp=True)) / 1024
    4.625
    """

    __slots__ = ()

    def __new__(cls, bound, dim, q, sharp=False):
        bound, dim = _checks.positive(bound, "bound"), _checks.integer(dim, "dim", 1)
        if isinstance(q, (bool, str)) or not q >= 2:
            raise ValueError(f"q: expected a number from 2 to infinity, got {q!r}")
        if not isinstance(sharp, (bool, np.bool_)):
            raise TypeError(f"sharp: expected True or False, got {sharp!r}")
        q = float(q)
        entries, c, small, reach, large = fewest_bits(dim, q) if sharp else as_printed(dim, q)
        parts = CoordinateUniform(bound * c, small, dim), RATQ(bound * reach, max(entries, 1), large)
        return super().__new__(cls, bound, dim, q, bool(sharp), entries, *parts)

    @classmethod
    def for_norm(cls, bound, dim, p, sharp=False):
        """The quantizer for oracles with |y|_q <= B, 1/p + 1/q = 1, p in [1, 2].

        Examples
        --------
        >>> import dqlab as dq
        >>> dq.quantizers.SplitLq.for_norm(bound=1.0, dim=64, p=1.25)
        SplitLq(bound=1.0, dim=64, q=5.0, sharp=False)
        """
        if isinstance(p, (bool, str)) or not 1 <= p <= 2:
            raise ValueError(f"p: expected a number from 1 to 2, got {p!r}")
        return cls(bound, dim, math.inf if p == 1 else p / (p - 1), sharp)

    def __getnewargs__(self):
        return self.bound, self.dim, self.q, self.sharp

    def __repr__(self):
        return f"SplitLq(bound={self.bound}, dim={self.dim}, q={self.q}, sharp={self.sharp})"

    @property
    def rate(self):
        """log2 of the number of messages / d, bits per dimension."""
        return math.log2(points(self)) / self.dim


# What the quantizer is for B = 1: how many entries can be large, c, k of CUQ, the bound of RATQ, k of RATQ.


def as_printed(dim, q):
    """Section 5: (6), (7), (8)."""
    delta_2 = max(1, int(range_bits(dim)))
    reach = dim ** (0.5 - 1 / q)
    delta_1 = math.ceil(math.log2(2 + math.sqrt(18 + 6 * math.log(delta_2)) * reach))
    small = 2 ** math.ceil(math.log2(2 * math.sqrt(2) * delta_1 ** (1 / q) + 2)) - 1
    if q == math.inf or dim <= delta_1:
        return 0, 1.0, small, reach, 2**delta_1 - 1
    return -(-dim // delta_1) - 1, (delta_1 / dim) ** (1 / q), small, reach, 2**delta_1 - 1


def fewest_bits(dim, q):
    """The same for that N for which a message is shortest."""
    tried = [0, *(1 << i for i in range(int(padded(dim)).bit_length() - 1))]
    return min((as_short(dim, q, entries) for entries in tried), key=lambda parts: bits_of(dim, *parts))


def as_short(dim, q, entries):
    """Fewer than N + 1 coordinates are past c = (N + 1)**(-1/q), and the errors are those of the lemmas."""
    block = max(1, int(range_bits(max(entries, 1))))
    reach = max(entries, 1) ** (0.5 - 1 / q)
    small = 2 ** math.ceil(math.log2(2 * math.sqrt(2) * (dim / (entries + 1)) ** (1 / q) + 2)) - 1
    large = 2 ** math.ceil(math.log2(2 + math.sqrt(18 + 6 * math.log(block)) * reach)) - 1
    return entries, (entries + 1) ** (-1 / q), small, reach, large


def bits_of(dim, entries, c, small, reach, large):
    """The length of a message."""
    of_small = nbits(CoordinateUniform(1.0, small, dim))
    return of_small + (dim + nbits(RATQ(1.0, entries, large)) if entries else 0)


@encode.register(SplitLq)
def _encode(quantizer, u, scale, rng, shared):
    d, limit = u.size, np.float64(quantizer.bound) * np.float64(scale)
    y = u.copy()
    if lq_norm(u, quantizer.q) > limit:
        y = direction(u, quantizer.q) * u.dtype.type(limit)
    c, large = u.dtype.type(quantizer.small.bound * np.float64(scale)), np.zeros(quantizer.large.dim, u.dtype)
    support, count = np.zeros(d, np.int64), 0
    for i in range(d):
        if abs(y[i]) > c and count < quantizer.entries:
            large[count], y[i], support[i] = y[i], 0, 1
            count += 1
        y[i] = min(max(y[i], -c), c)  # rounding alone can make one too many large
    first = encode(quantizer.small, y, scale, rng, shared)
    if quantizer.entries == 0:
        return first
    last = encode(quantizer.large, large, scale, rng, shared)
    codes = np.empty(2 * d + last.size, np.int64)
    codes[:d], codes[d : 2 * d], codes[2 * d :] = first, support, last
    return codes


@decode.register(SplitLq)
def _decode(quantizer, codes, scale, shared):
    d, count = quantizer.dim, 0
    q = decode(quantizer.small, codes[:d], scale, shared)
    if quantizer.entries > 0:
        large = decode(quantizer.large, codes[2 * d :], scale, shared)
        for i in range(d):
            if codes[d + i]:
                q[i] = large[count]
                count += 1
    return q


@alphabet.register(SplitLq, compiled=False)
def _alphabet(quantizer):
    letters = quantizer.small.levels
    return max(letters, int(alphabet(quantizer.large))) if quantizer.entries else letters


@length.register(SplitLq, compiled=False)
def _length(quantizer):
    return 2 * quantizer.dim + length(quantizer.large) if quantizer.entries else quantizer.dim


@possible.register(SplitLq, compiled=False)
def _possible(quantizer, codes):
    """No coordinate overflows; the large ones are few, and 0 for CUQ; and where there is none, RATQ has 0 to send."""
    d, (small, large) = quantizer.dim, (quantizer.small, quantizer.large)
    first, support, last = codes[:d], codes[d : 2 * d], codes[2 * d :]
    if first.max() >= small.levels or quantizer.entries == 0:
        return bool(first.max() < small.levels)
    if support.max() > 1 or support.sum() > quantizer.entries or (first[support == 1] != small.levels // 2).any():
        return False
    if not support.any():
        return np.array_equal(last, encode(large, np.zeros(large.dim)))
    return bool(last[: large.size].max() < large.levels) and possible(large, last)


@points.register(SplitLq, compiled=False)
def _points(quantizer):
    """k**d without large coordinates, and for each set of them what the other ones and RATQ can send."""
    d, k, large = quantizer.dim, quantizer.small.levels, quantizer.large
    term, sets = k**d, 0
    for m in range(quantizer.entries):
        term = term * (d - m) // ((m + 1) * k)
        sets += term
    return k**d + sets * large.levels**large.size * large.ranges**large.blocks


@inside.register(SplitLq)
def _inside(quantizer, u, scale):
    return np.isfinite(u).all() and lq_norm(u, quantizer.q) <= quantizer.bound * np.float64(scale)


@domain.register(SplitLq, compiled=False)
def _domain(quantizer):
    return quantizer.q, quantizer.bound


@room.register(SplitLq, compiled=False)
def _room(quantizer):
    return max(quantizer.bound, quantizer.large.bound)


@dynamic_range.register(SplitLq, compiled=False)
def _dynamic_range(quantizer):
    return quantizer.bound


@covering_radius.register(SplitLq, compiled=False)
def _covering_radius(quantizer):
    """A bound: no coordinate of either part is off by more than a step of it."""
    small = covering_radius(quantizer.small)
    return math.hypot(small, covering_radius(quantizer.large)) if quantizer.entries else small


@nbits.register(SplitLq, compiled=False)
def _nbits(quantizer):
    return sum(_lengths(quantizer))


def _lengths(quantizer):
    """Bits of the small coordinates, of the map and of the large ones."""
    small = nbits(quantizer.small)
    return (small, quantizer.dim, nbits(quantizer.large)) if quantizer.entries else (small,)


@pack.register(SplitLq, compiled=False)
def _pack(quantizer, codes):
    codes, d = check_codes(codes, int(alphabet(quantizer)), length(quantizer)), quantizer.dim
    if not possible(quantizer, codes):
        raise ValueError(f"codes: no encoder of {quantizer} sends these")
    small = pack(quantizer.small, codes[:d])
    if quantizer.entries == 0:
        return small
    return concatenate([small, pack_fixed(codes[d : 2 * d], width=1), pack(quantizer.large, codes[2 * d :])])


@unpack.register(SplitLq, compiled=False)
def _unpack(quantizer, message):
    parts, d = split(check_message(message, nbits(quantizer)), _lengths(quantizer)), quantizer.dim
    codes = unpack(quantizer.small, parts[0])
    if quantizer.entries:
        codes = np.concatenate([codes, unpack_fixed(parts[1], d, width=1), unpack(quantizer.large, parts[2])])
    if not possible(quantizer, codes):
        raise DecodeError(f"message: no encoder of {quantizer} sends these codes")
    return codes


@second_moment_bound.register(SplitLq, compiled=False)
def _second_moment_bound(quantizer, bound, norm, order):
    """What an input can bring, and the mean squares of the errors, in the l_q norm as in Section 5, or in the l_2 norm."""
    d, q, small, large = quantizer.dim, quantizer.q, quantizer.small, quantizer.large
    longest = min(bound * stretch(d, norm, q), quantizer.bound)
    of_large = large.bound**2 * squared_range(large.block) / (large.levels - 1) ** 2 if quantizer.entries else 0.0
    step = small.bound / (small.levels - 1)
    in_q = longest + math.sqrt((d ** (1 / q) * 2 * step) ** 2 + of_large)
    in_2 = min(bound * stretch(d, norm, 2), longest * stretch(d, q, 2)) ** 2 + d * step**2 + of_large
    return min((stretch(d, q, order) * in_q) ** 2, stretch(d, 2, order) ** 2 * in_2)
