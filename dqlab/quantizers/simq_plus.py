"""SimQ+ of Mayekar and Tyagi: the mean of k draws of SimQ, sent as what it is, a point of a pyramid or a type with signs."""

import math
from numbers import Real
from typing import NamedTuple

import numpy as np

from .. import _checks
from .._generic import jit
from ..bits import (
    DecodeError,
    check_codes,
    check_message,
    concatenate,
    delannoy,
    int_to_message,
    message_to_int,
    pack_fixed,
    pyramid_bits,
    rank_pyramid,
    rank_type,
    split,
    type_bits,
    unpack_fixed,
    unrank_pyramid,
    unrank_type,
)
from ..streams import key, uniform
from .covering import covering_radius, dynamic_range, points
from .domains import domain, inside
from .simq import BLOCK, farthest_corner, in_l1_ball, inscribed_radius, l1_ball, reach, sum_of_magnitudes
from .verbs import alphabet, decode, encode, length, nbits, pack, possible, unpack

MOST = 1 << 32  # draws


class _Fields(NamedTuple):
    bound: float
    dim: int
    repeats: int
    joint: bool


class SimQPlus(_Fields):
    """The mean of k independent SimQ: unbiased on the ball |y|_1 <= B_1, with the variance divided by k.

    Parameters
    ----------
    bound : float
        B_1 > 0, the bound on the l_1 norm. For inputs with |y|_q <= B see ``SimQPlus.for_norm``.
    dim : int
        d >= 1 coordinates.
    repeats : int
        k >= 1.
    joint : bool
        How messages are written. True: counts and signs together, as the rank of a point of the pyramid |z|_1 <= k, in
        ceil(log2 D(d, k)) bits, D a Delannoy number. False: as in the paper, the rank of the type and then the signs of
        the coordinates that came up, in ceil(log2 binomial(d + k, k)) + min(k, d) bits.

    Raises
    ------
    TypeError, ValueError
        If `bound` is not a positive number, `dim` or `repeats` < 1, `repeats` > 2**32, or `joint` is no bool.

    Notes
    -----
    Equation (5) and Theorem 4.2 of Mayekar and Tyagi. Coordinate i comes up n_i times in k draws, and the output is
    (B_1 / k) sum_i n_i sign(y_i) e_i, with E[Q(y)] = y and E|Q(y)|^2 = |y|_2^2 + (B_1 |y|_1 - |y|_2^2) / k exactly. Code i is
    0, 2n - 1 or 2n for n_i sign(y_i) = 0, n or -n. The counts are one multinomial draw: k sorted uniforms, made in order from
    k + 1 exponentials, are merged with the partial sums of |y_i|, in O(d + k). With ``outside="clip"`` an input past the ball
    is taken for the multiple of it on the sphere.

    Examples
    --------
    >>> import dqlab as dq
    >>> q = dq.quantizers.SimQPlus(bound=1.0, dim=4, repeats=8)
    >>> dq.quantizers.quantize(q, [0.5, 0.0, -0.25, 0.0])
    array([ 0.5  ,  0.   , -0.125,  0.   ])
    >>> dq.quantizers.nbits(q), dq.quantizers.nbits(dq.quantizers.SimQPlus(1.0, 4, 8, joint=False))
    (12, 13)
    """

    __slots__ = ()

    def __new__(cls, bound, dim, repeats, joint=True):
        if not isinstance(joint, (bool, np.bool_)):
            raise TypeError(f"joint: expected True or False, got {joint!r}")
        bound, dim = _checks.positive(bound, "bound"), _checks.integer(dim, "dim", 1)
        if (repeats := _checks.integer(repeats, "repeats", 1)) > MOST:
            raise ValueError(f"repeats: expected at most 2**32 draws, which are held in memory, got {repeats}")
        return super().__new__(cls, bound, dim, repeats, bool(joint))

    @classmethod
    def for_norm(cls, bound, dim, p, choose="floor", joint=True):
        """The quantizer of Section 4.2 for oracles with |y|_q <= B, 1/p + 1/q = 1, p in [2, inf]: B_1 = B d**(1/p).

        Parameters
        ----------
        bound : float
            B > 0.
        dim : int
            d.
        p : float
            From 2 to ``math.inf``.
        choose : {"floor", "ceiling", "fewest"}
            k from d**(2/p), which need not be an integer. "floor" keeps the bits of Theorem 3.1 and has alpha_0 <= sqrt(3) B;
            "ceiling" has the theorem's alpha_0 <= sqrt(2) B, but may need more bits than it says; "fewest" is the least k with
            alpha_0 <= 4 B, k >= d**(2/p) / 15: all that the accuracy U(T, p) of the paper asks for.
        joint : bool
            How messages are written.

        Returns
        -------
        SimQPlus

        Examples
        --------
        >>> import dqlab as dq
        >>> make = dq.quantizers.SimQPlus.for_norm
        >>> [make(1.0, 1024, p=8, choose=how).repeats for how in ("floor", "ceiling", "fewest")]
        [5, 6, 1]
        """
        _checks.choice(choose, "choose", ("floor", "ceiling", "fewest"))
        bound, dim = _checks.positive(bound, "bound"), _checks.integer(dim, "dim", 1)
        if not isinstance(p, Real) or not p >= 2:
            raise ValueError(f"p: expected a number from 2 to infinity, got {p!r}")
        wanted, hair = float(dim) ** (2 / p), 1e-12
        if choose == "floor":
            repeats = math.floor(wanted * (1 + hair))
        else:
            repeats = math.ceil((wanted if choose == "ceiling" else wanted / 15) * (1 - hair))
        return cls(bound * float(dim) ** (1 / p), dim, repeats, joint)

    @property
    def rate(self):
        """log2 D(d, k) / d, bits per dimension."""
        return math.log2(delannoy(self.dim, self.repeats)) / self.dim


@encode.register(SimQPlus)
def _encode(quantizer, u, scale, rng, shared):
    draws = sorted_uniforms(key(rng), quantizer.repeats)
    draws *= reach(quantizer.bound, u, scale)
    codes = np.zeros(u.size, np.int64)
    count_draws(u, draws, codes)
    return codes


@jit
def sorted_uniforms(key, count):
    """Independent uniforms on [0, 1) in increasing order: the arrival times of a Poisson process, as parts of the last one."""
    times, time = np.empty(count), 0.0
    for j in range(count):
        time -= np.log(1 - uniform(key, j))
        times[j] = time
    times /= time - np.log(1 - uniform(key, count))
    return times


@jit
def count_draws(u, draws, codes):
    """The code of every coordinate: how many of the increasing `draws` fall where |u_1| + |u_2| + ... passes it."""
    j, before = 0, 0.0
    for start in range(0, u.size, BLOCK):
        block = u[start : start + BLOCK]
        total = sum_of_magnitudes(block)
        if j < draws.size and draws[j] < before + total:
            partial = before
            for i in range(block.size):
                partial += abs(np.float64(block[i]))
                first = j
                while j < draws.size and draws[j] < partial and block[i] != 0:
                    j += 1
                if j > first:
                    codes[start + i] = 2 * (j - first) - (1 if block[i] > 0 else 0)
        before += total


@decode.register(SimQPlus)
def _decode(quantizer, codes, scale, shared):
    q = np.full(codes.size, scale)
    unit = q.dtype.type(quantizer.bound * np.float64(scale) / quantizer.repeats)
    for i in range(codes.size):
        code = np.int64(codes[i])
        count = (code + 1) // 2
        q[i] = unit * q.dtype.type(count if code % 2 else -count)
    return q


@alphabet.register(SimQPlus)
def _alphabet(quantizer):
    return 2 * quantizer.repeats + 1


@possible.register(SimQPlus, compiled=False)
def _possible(quantizer, codes):
    return int(((codes.astype(np.int64) + 1) // 2).sum()) <= quantizer.repeats


@points.register(SimQPlus, compiled=False)
def _points(quantizer):
    return delannoy(quantizer.dim, quantizer.repeats)


inside.register(SimQPlus)(in_l1_ball)
domain.register(SimQPlus, compiled=False)(l1_ball)
dynamic_range.register(SimQPlus, compiled=False)(inscribed_radius)


@covering_radius.register(SimQPlus, compiled=False)
def _covering_radius(quantizer):
    return farthest_corner(quantizer.bound, quantizer.dim)


@nbits.register(SimQPlus, compiled=False)
def _nbits(quantizer):
    if quantizer.joint:
        return pyramid_bits(quantizer.dim, quantizer.repeats)
    return sum(_lengths(quantizer))


def _lengths(quantizer):
    """Bits of the type, and places for signs: no more coordinates than min(k, d) can come up."""
    return type_bits(quantizer.dim, quantizer.repeats), min(quantizer.repeats, quantizer.dim)


@pack.register(SimQPlus, compiled=False)
def _pack(quantizer, codes):
    codes = check_codes(codes, int(alphabet(quantizer)), length(quantizer)).astype(np.int64)
    if not possible(quantizer, codes):
        raise ValueError(f"codes: expected counts of at most {quantizer.repeats} draws together")
    counts, negative = (codes + 1) // 2, (codes > 0) & (codes % 2 == 0)
    if quantizer.joint:
        rank = rank_pyramid(np.where(negative, -counts, counts), quantizer.repeats)
        return int_to_message(rank, nbits(quantizer))
    bits_of_type, places = _lengths(quantizer)
    signs = np.zeros(places, np.int64)
    signs[: np.count_nonzero(counts)] = negative[counts > 0]
    rank = rank_type(counts, quantizer.repeats)
    return concatenate([int_to_message(rank, bits_of_type), pack_fixed(signs, width=1)])


@unpack.register(SimQPlus, compiled=False)
def _unpack(quantizer, message):
    message = check_message(message, nbits(quantizer))
    if quantizer.joint:
        point = unrank_pyramid(message_to_int(message), quantizer.dim, quantizer.repeats)
        return 2 * np.abs(point) - (point > 0)
    first, last = split(message, _lengths(quantizer))
    counts = unrank_type(message_to_int(first), quantizer.dim, quantizer.repeats)
    signs, came_up = unpack_fixed(last, last.nbits, width=1), np.flatnonzero(counts)
    if signs[came_up.size :].any():
        raise DecodeError(f"message: a sign after those of the {came_up.size} coordinates that came up")
    codes = 2 * counts
    codes[came_up] -= 1 - signs[: came_up.size]
    return codes
