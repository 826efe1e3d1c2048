"""Threshold quantization: magnitudes above a threshold become their mean, the others 0. Biased, with the least error of three levels."""

import math
from typing import NamedTuple

import numpy as np

from .. import _checks
from .._generic import jit
from .blocks import encode_block
from .covering import covering_radius, dynamic_range, points
from .domains import inside
from .exact_threshold import search_threshold
from .letters import count_not_finite, encode_tensors, tensor_sizes
from .low_precision import LARGEST, NORMS, room
from .moments import second_moment_bound, stretch
from .uniform_scalar import count_outside

SHARE = 0.75  # of the mean magnitude: the threshold of the rule for Gaussian coordinates
RULES = ("exact", "gaussian")
LANES = 512


class _Fields(NamedTuple):
    dim: int
    exact: bool
    tensors: np.ndarray


class Threshold(_Fields):
    """Threshold quantization: Q(v)_i = s sign(v_i) where |v_i| > Delta, else 0, with s the mean of these |v_i|; 2 d + 32 bits. Biased.

    Parameters
    ----------
    dim : int
        d >= 1 coordinates.
    rule : {"exact", "gaussian"}
        Delta: the one with the least error (``optimal_threshold``), or 0.75 times the mean of |v_i|. Kept as whether it is exact.
    tensors : sequence of int, optional
        Sizes that add up to `dim`: a threshold and a scale for each of these tensors, 32 bits each. One for all, if left out.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is said above.

    Notes
    -----
    Section 3.4 of Xu et al., equations (18)-(24), and Section 3.5; Li and Liu, *Ternary weight networks* (2016), whose rule
    suits Gaussian coordinates. Deterministic, and biased: E Q(v) = Q(v) is not v. What is lost is orthogonal to what is sent,
    <v - Q(v), Q(v)> = 0, so that |v - Q(v)|_2**2 = |v|_2**2 - |Q(v)|_2**2; with the exact rule this is at most
    (1 - 1 / (1 + 1/2 + ... + 1/d)) |v|_2**2, with the other at most (1 - 1 / (4 d)) |v|_2**2. Both but for the rounding of s to the
    nearest float32. Equal magnitudes enter together, all d coordinates may be kept, and 0 gives 0.

    Letters are 0 = zero, 1 = +, 2 = -; after the d letters of the codes come the bits of the scales. A scale past float32 lies outside
    the domain: no |v_i| may be larger than 3.4e38 times `scale`. One too small for float32 is sent as 0, without letters.

    Examples
    --------
    >>> import dqlab as dq
    >>> q = dq.quantizers.Threshold(dim=4)
    >>> dq.quantizers.nbits(q), dq.quantizers.quantize(q, [3.0, -5.0, 0.5, 0.0])
    (40, array([ 4., -4.,  0.,  0.]))
    """

    __slots__ = ()

    def __new__(cls, dim, rule="exact", tensors=None):
        dim = _checks.integer(dim, "dim", 1)
        if not isinstance(rule, (bool, np.bool_)):
            rule = _checks.choice(rule, "rule", RULES) == "exact"
        return super().__new__(cls, dim, bool(rule), tensor_sizes(tensors, dim))

    def __repr__(self):
        tensors = None if self.tensors.size == 1 else self.tensors.tolist()
        return f"Threshold(dim={self.dim}, rule={self.rule!r}, tensors={tensors})"

    @property
    def rule(self):
        """How the threshold is found."""
        return "exact" if self.exact else "gaussian"

    @property
    def rate(self):
        """log2 of the number of messages / d, bits per dimension."""
        return math.log2(points(self)) / self.dim


@encode_tensors.register(Threshold)
def _encode_tensors(quantizer, u, ends, scale, rng, letters, sent):
    start = 0
    for t in range(ends.size):
        v = u[start : ends[t]]
        mean, least = mean_and_least(quantizer, v)
        sent[t] = scale_to_send(mean, scale)
        cut(v, v.dtype.type(least if sent[t] > 0 else np.inf), letters[start : ends[t]])
        start = ends[t]


@jit
def scale_to_send(mean, scale):
    """s / scale as a float32, to the nearest."""
    return np.float32(min(mean / np.float64(scale), LARGEST)) if mean > 0 else np.float32(0)


@jit
def mean_and_least(quantizer, v):
    """s of a tensor, and the smallest magnitude that is kept."""
    if quantizer.exact:
        mean, _, least = search_threshold(v)
        return mean, least
    total = sum_from(v, v.dtype.type(0))[0]
    if total == np.inf:  # of finite numbers, maybe
        mean, least = gaussian_rule(
            v * v.dtype.type(2.0**-100), sum_from(v * v.dtype.type(2.0**-100), v.dtype.type(0))[0]
        )
        return mean * 2.0**100, least * 2.0**100
    return gaussian_rule(v, total)


@jit
def gaussian_rule(v, total):
    """The same for three quarters of the mean magnitude."""
    if not 0 < total < np.inf:
        return 0.0, np.inf
    least = just_above(SHARE * (total / v.size), v)
    kept_total, kept = sum_from(v, least)
    return kept_total / kept if kept > 0 else 0.0, np.float64(least)


@jit
def just_above(threshold, v):
    """The smallest number of the precision of `v` that is larger than `threshold`."""
    nearest = v.dtype.type(threshold)
    return nearest if np.float64(nearest) > threshold else np.nextafter(nearest, v.dtype.type(np.inf))


@jit
def sum_from(v, least):
    """The sum of all magnitudes that are at least `least`, and how many these are. In lanes, which compiles to wide instructions."""
    sums, counts = np.zeros(LANES), np.zeros(LANES)
    for start in range(0, v.size, LANES):
        part = v[start : start + LANES]
        for i in range(part.size):
            magnitude = abs(part[i])
            kept = magnitude >= least
            sums[i] += np.float64(magnitude) if kept else 0.0
            counts[i] += 1.0 if kept else 0.0
    return sums.sum(), counts.sum()


@encode_block.register(Threshold)
def _encode_block(quantizer, u, unit, key, first, draws, codes):
    cut(u, unit, codes)
    return count_not_finite(u)


@jit
def cut(u, least, codes):
    """The letter + or - of every magnitude that is at least `least`."""
    for i in range(u.size):
        kept = abs(u[i]) >= least
        codes[i] = np.uint8(kept) + np.uint8(kept & (u[i] < 0))


@inside.register(Threshold)
def _inside(quantizer, u, scale):
    return count_outside(u, u.dtype.type(room(u, scale))) == 0


@points.register(Threshold, compiled=False)
def _points(quantizer):
    """Of every tensor: a scale above 0 with a letter at least, and 0."""
    return math.prod((NORMS - 1) * (3 ** int(size) - 1) + 1 for size in quantizer.tensors)


@dynamic_range.register(Threshold, compiled=False)
def _dynamic_range(quantizer):
    return 1.0


@covering_radius.register(Threshold, compiled=False)
def _covering_radius(quantizer):
    """A bound for |v|_2 <= 1 from the contraction, and the rounding of the float32."""
    n = int(quantizer.tensors.max())
    share = 1 / sum(1 / k for k in range(1, n + 1)) if quantizer.exact else 1 / (4 * n)
    return math.sqrt(1 - share + 2.0**-46)


@second_moment_bound.register(Threshold, compiled=False)
def _second_moment_bound(quantizer, bound, norm, order):
    """|Q(v)|_2 <= |v|_2; the float32 may be rounded up by 2**-24 of it."""
    return (bound * stretch(quantizer.dim, norm, 2) * stretch(quantizer.dim, 2, order) * (1 + 2.0**-24)) ** 2
