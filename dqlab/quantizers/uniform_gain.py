"""A gain by one range for all: the baseline of AGUQ."""

import math
from typing import NamedTuple

import numpy as np

from .. import _checks
from ..streams import key, uniform
from .covering import covering_radius, dynamic_range, points
from .domains import inside, overflows, room
from .gains import checked_levels, gain_of, is_gain, level, past
from .moments import second_moment_bound
from .verbs import alphabet, decode, encode, nbits


class _UniformFields(NamedTuple):
    bound: float
    top: float
    levels: int


class UniformGain(_UniformFields):
    """One range for all gains: y in [0, M] goes to one of k levels, at random, in ceil(log2(k + 1)) bits. A baseline for ``AGUQ``.

    Parameters
    ----------
    bound : float
        B > 0, the root of the gain's second moment.
    top : float
        M > 0. Larger gains are sent as overflow and decoded to 0.
    levels : int
        k >= 2 levels, 0 and M among them.

    Raises
    ------
    TypeError, ValueError
        If `bound` or `top` is not a positive number, or `levels` not in [2, 2**30 - 1].

    Notes
    -----
    If E G**2 <= B**2, then E Q(G)**2 <= B**2 + M**2 / (4 (k - 1)**2), and the bias is at most E[G; G > M] <= B**2 / M.

    Examples
    --------
    >>> import dqlab as dq
    >>> q = dq.quantizers.UniformGain(bound=1.0, top=3.0, levels=7)
    >>> dq.quantizers.nbits(q), dq.quantizers.quantize(q, [2.5]), dq.quantizers.quantize(q, [3.5])
    (3, array([2.5]), array([0.]))
    """

    __slots__ = ()

    def __new__(cls, bound, top, levels):
        bound, top = _checks.positive(bound, "bound"), _checks.positive(top, "top")
        return super().__new__(cls, bound, top, checked_levels(levels))

    @classmethod
    def for_queries(cls, bound, queries, levels=None):
        """M = B sqrt(T), for a bias of at most B / sqrt(T) over T queries, and k - 1 >= sqrt(T), for a variance of at most B**2 / 4.

        Examples
        --------
        >>> import dqlab as dq
        >>> dq.quantizers.UniformGain.for_queries(bound=1.0, queries=10**4)
        UniformGain(bound=1.0, top=100.0, levels=127)
        """
        root = math.sqrt(_checks.integer(queries, "queries", 1))
        levels = 2 ** math.ceil(math.log2(root + 2)) - 1 if levels is None else levels
        return cls(bound, _checks.positive(bound, "bound") * root, levels)

    @property
    def dim(self):
        """A gain is one number."""
        return 1

    @property
    def rate(self):
        """log2 of the number of messages."""
        return math.log2(points(self))


@encode.register(UniformGain)
def _encode(quantizer, u, scale, rng, shared):
    value, draw = gain_of(u, scale), uniform(key(rng), 0)
    if past(value, quantizer.top, u):
        return np.array([quantizer.levels])
    return np.array([level(value, quantizer.top, quantizer.levels, draw)])


@decode.register(UniformGain)
def _decode(quantizer, codes, scale, shared):
    q = np.full(1, scale)
    part, overflow = np.float64(codes[0]) / (quantizer.levels - 1), codes[0] == quantizer.levels
    q[0] = 0.0 if overflow else part * quantizer.top * np.float64(scale)
    return q


@alphabet.register(UniformGain, compiled=False)
def _alphabet(quantizer):
    return quantizer.levels + 1


inside.register(UniformGain)(is_gain)


@overflows.register(UniformGain)
def _overflows(quantizer, u, scale):
    return past(gain_of(u, scale), quantizer.top, u)


@room.register(UniformGain, compiled=False)
@dynamic_range.register(UniformGain, compiled=False)
def _top(quantizer):
    return quantizer.top


@covering_radius.register(UniformGain, compiled=False)
def _covering_radius(quantizer):
    """A step, for gains that do not overflow."""
    return quantizer.top / (quantizer.levels - 1)


@nbits.register(UniformGain, compiled=False)
def _nbits(quantizer):
    return quantizer.levels.bit_length()


@second_moment_bound.register(UniformGain, compiled=False)
def _second_moment_bound(quantizer, bound, norm, order):
    """Of E G**2 <= bound**2."""
    return min(bound**2 + quantizer.top**2 / (4 * (quantizer.levels - 1) ** 2), quantizer.top**2)
