"""SimQ in any number of bits: the corner that it drew is sent as one of a few groups, with signs that both ends know."""

import math
from typing import NamedTuple

import numpy as np

from .. import _checks
from .._generic import jit
from ..streams import key, uniform
from .covering import covering_radius, dynamic_range
from .domains import domain, inside
from .moments import second_moment_bound
from .simq import draw_code, in_l1_ball, inscribed_radius, l1_ball, reach
from .verbs import alphabet, decode, encode, length


class _Fields(NamedTuple):
    bound: float
    dim: int
    bits: int


class SketchedSimQ(_Fields):
    """SimQ at any precision from 1 bit on: unbiased on the ball |y|_1 <= B, given random signs that both ends share.

    Parameters
    ----------
    bound : float
        B > 0.
    dim : int
        d >= 1 coordinates.
    bits : int
        r from 1 to ceil(log2(2d)). There are G = min(2**(r - 1), d) groups of coordinates.

    Raises
    ------
    TypeError, ValueError
        If `bound` is not a positive number, `dim` < 1 or `bits` not in its range.

    Notes
    -----
    Not in the paper. The key `shared` makes fair signs s_1, ..., s_d. The encoder draws a corner, sign e_i, as SimQ does, and
    sends the group i mod G and the sign s_i sign; where SimQ sends 0, it sends any message at random. The decoder puts
    B s_j s_i sign on every j of the group: right at i, and 0 on average elsewhere, as in a count sketch. So E[Q(y)] = y over the
    key and the encoder's draw, and |Q(y)|^2 <= B^2 ceil(d / G). With projected subgradients that is the first lower bound of
    Theorem 6.1 for p = inf, up to a constant, at every r, also where r < log2 d and no unbiased quantizer without shared
    randomness exists. With a fresh key for every message; ``outside="clip"`` as in SimQ.

    Examples
    --------
    >>> import numpy as np
    >>> import dqlab as dq
    >>> q = dq.quantizers.SketchedSimQ(bound=1.0, dim=6, bits=2)
    >>> dq.quantizers.nbits(q), dq.quantizers.quantize(q, [0.0, 0.0, 0.0, 1.0, 0.0, 0.0], shared=4).tolist()
    (2, [0.0, -1.0, 0.0, 1.0, 0.0, -1.0])
    """

    __slots__ = ()

    def __new__(cls, bound, dim, bits):
        bound, dim = _checks.positive(bound, "bound"), _checks.integer(dim, "dim", 1)
        bits, most = _checks.integer(bits, "bits", 1), (2 * dim - 1).bit_length()
        if bits > most:
            raise ValueError(
                f"bits: expected at most {most}, with which all {2 * dim} corners have a message, got {bits}"
            )
        return super().__new__(cls, bound, dim, bits)

    @property
    def rate(self):
        """log2(2G) / d, bits per dimension."""
        return math.log2(2 * groups(self)) / self.dim


@jit
def groups(quantizer):
    """G."""
    return min(1 << (quantizer.bits - 1), quantizer.dim)


@jit
def turned(shared, i):
    """Whether s_i is -1."""
    return 1 if uniform(shared, i) < 0.5 else 0


@encode.register(SketchedSimQ)
def _encode(quantizer, u, scale, rng, shared):
    draws = key(rng)
    corner = draw_code(u, uniform(draws, 0) * reach(quantizer.bound, u, scale))
    if corner == 0:
        return np.array([min(np.int64(uniform(draws, 1) * 2 * groups(quantizer)), 2 * groups(quantizer) - 1)])
    i, negative = (corner - 1) // 2, 1 - corner % 2
    return np.array([2 * (i % groups(quantizer)) + (negative ^ turned(shared, i))])


@decode.register(SketchedSimQ)
def _decode(quantizer, codes, scale, shared):
    q = np.full(quantizer.dim, scale)
    q[:] = 0
    code, size = np.int64(codes[0]), quantizer.bound * np.float64(scale)
    for j in range(code // 2, quantizer.dim, groups(quantizer)):
        q[j] = -size if (code % 2) ^ turned(shared, j) else size
    return q


@alphabet.register(SketchedSimQ)
def _alphabet(quantizer):
    return 2 * groups(quantizer)


@length.register(SketchedSimQ)
def _length(quantizer):
    return 1


inside.register(SketchedSimQ)(in_l1_ball)
domain.register(SketchedSimQ, compiled=False)(l1_ball)
dynamic_range.register(SketchedSimQ, compiled=False)(inscribed_radius)


@covering_radius.register(SketchedSimQ, compiled=False)
def _covering_radius(quantizer):
    """From (nearly) a corner to a message drawn at random that has the wrong sign there: 2B at one place, B at the others."""
    return quantizer.bound * math.sqrt(largest_group(quantizer) + 3)


@second_moment_bound.register(SketchedSimQ, compiled=False)
def _second_moment_bound(quantizer, bound, norm, order):
    return (quantizer.bound * largest_group(quantizer) ** (1 / order)) ** 2


def largest_group(quantizer):
    """ceil(d / G)."""
    return -(-quantizer.dim // groups(quantizer))
