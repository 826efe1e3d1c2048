"""SimQ of Mayekar and Tyagi: a vector of an l_1 ball becomes one corner of the ball, drawn so that its mean is the vector."""

import math
from typing import NamedTuple

import numpy as np

from .. import _checks
from .._generic import jit
from ..streams import key, uniform
from .covering import covering_radius, dynamic_range
from .domains import domain, inside
from .verbs import alphabet, decode, encode, length

BLOCK = 1024  # coordinates whose magnitudes are summed together before a draw is looked for among them
LARGEST = np.finfo(np.float64).max


class _Fields(NamedTuple):
    bound: float
    dim: int


class SimQ(_Fields):
    """The simplex quantizer: unbiased on the ball |y|_1 <= B, in ceil(log2(2d + 1)) bits.

    Parameters
    ----------
    bound : float
        B > 0.
    dim : int
        d >= 1 coordinates.

    Raises
    ------
    TypeError, ValueError
        If `bound` is not a positive number or `dim` < 1.

    Notes
    -----
    Algorithms 1 and 2 and Theorem 4.1 of Mayekar and Tyagi. The output is B sign(y_i) e_i with probability |y_i| / B, and 0 with
    what is left: E[Q(y)] = y, and E|Q(y)|^2 = B |y|_1 exactly. One code: 0, or 2i - 1 for +B e_i and 2i for -B e_i, i from 1.
    The encoder makes one draw. With ``outside="clip"`` an input past the ball is taken for the multiple of it on the sphere.

    Examples
    --------
    >>> import dqlab as dq
    >>> q = dq.quantizers.SimQ(bound=1.0, dim=1000)
    >>> y = [0.0] * 998 + [-1.0, 0.0]
    >>> dq.quantizers.nbits(q), dq.quantizers.encode(q, y), dq.quantizers.quantize(q, y)[-2:]
    (11, array([1998]), array([-1.,  0.]))
    """

    __slots__ = ()

    def __new__(cls, bound, dim):
        return super().__new__(cls, _checks.positive(bound, "bound"), _checks.integer(dim, "dim", 1))

    @property
    def rate(self):
        """log2(2d + 1) / d, bits per dimension."""
        return math.log2(2 * self.dim + 1) / self.dim


@encode.register(SimQ)
def _encode(quantizer, u, scale, rng, shared):
    target = uniform(key(rng), 0) * reach(quantizer.bound, u, scale)
    return np.array([draw_code(u, target)])


@jit
def draw_code(u, target):
    """The code of the coordinate at which |u_1| + |u_2| + ... passes `target`; 0 where it never does."""
    for start in range(0, u.size, BLOCK):
        block = u[start : start + BLOCK]
        total = sum_of_magnitudes(block)
        if target >= total:
            target -= total
            continue
        for i in range(block.size):
            target -= abs(np.float64(block[i]))
            if target < 0:
                return 2 * (start + i) + (1 if block[i] > 0 else 2)
    return 0


@jit
def reach(bound, u, scale):
    """The bound at this scale, or |u|_1 where that is more."""
    return max(np.float64(bound) * np.float64(scale), min(l1_norm(u), LARGEST))


@jit
def l1_norm(u):
    """|u|_1 in float64."""
    total = 0.0
    for start in range(0, u.size, BLOCK):
        total += sum_of_magnitudes(u[start : start + BLOCK])
    return total


@jit
def sum_of_magnitudes(u):
    """The sum of |u_i| as eight sums side by side: fast, and in the same order on every machine."""
    a, b, c, d, e, f, g, h = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    whole = u.size // 8 * 8
    for i in range(0, whole, 8):
        a += abs(np.float64(u[i]))
        b += abs(np.float64(u[i + 1]))
        c += abs(np.float64(u[i + 2]))
        d += abs(np.float64(u[i + 3]))
        e += abs(np.float64(u[i + 4]))
        f += abs(np.float64(u[i + 5]))
        g += abs(np.float64(u[i + 6]))
        h += abs(np.float64(u[i + 7]))
    for i in range(whole, u.size):
        a += abs(np.float64(u[i]))
    return ((a + b) + (c + d)) + ((e + f) + (g + h))


@decode.register(SimQ)
def _decode(quantizer, codes, scale, shared):
    q = np.full(quantizer.dim, scale)
    q[:] = 0
    code = np.int64(codes[0])
    if code > 0:
        corner = quantizer.bound * np.float64(scale)
        q[(code - 1) // 2] = corner if code % 2 else -corner
    return q


@alphabet.register(SimQ)
def _alphabet(quantizer):
    return 2 * quantizer.dim + 1


@length.register(SimQ)
def _length(quantizer):
    return 1


@inside.register(SimQ)
def in_l1_ball(quantizer, u, scale):
    """Whether |u|_1 <= B at this scale."""
    return l1_norm(u) <= quantizer.bound * np.float64(scale)


@domain.register(SimQ, compiled=False)
def l1_ball(quantizer):
    """The ball |y|_1 <= B."""
    return 1, quantizer.bound


@dynamic_range.register(SimQ, compiled=False)
def inscribed_radius(quantizer):
    """Of the largest Euclidean ball in it."""
    return quantizer.bound / math.sqrt(quantizer.dim)


@covering_radius.register(SimQ, compiled=False)
def _covering_radius(quantizer):
    return farthest_corner(quantizer.bound, quantizer.dim)


def farthest_corner(bound, dim):
    """The largest error of an unlucky draw: from (nearly) one corner of the ball |y|_1 <= B to another one, or to 0 if d = 1."""
    return bound if dim == 1 else math.sqrt(2) * bound
