"""Threshold quantization: magnitudes above a threshold become their mean, the others 0. Biased, with the least error of three levels."""

import math
from typing import NamedTuple

import numpy as np
from numba import prange

from .. import _checks
from .._generic import jit, on_cores
from ..bits.fixed import SERIAL_BELOW
from .blocks import PARTS, encode_block
from .covering import covering_radius, dynamic_range, points
from .domains import inside
from .exact_threshold import LANES, piece, pieces_of, search_threshold, search_threshold_on_cores
from .letters import count_not_finite, encode_tensors, first_pass, tensor_sizes
from .low_precision import LARGEST, NORMS, room
from .moments import second_moment_bound, stretch
from .uniform_scalar import count_outside

SHARE = 0.75  # of the mean magnitude: the threshold of the rule for Gaussian coordinates
RULES = ("exact", "gaussian")


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
    <v - Q(v), Q(v)> = 0, so that |v - Q(v)|_2**2 = |v|_2**2 - |Q(v)|_2**2. With the exact rule this is at most (1 - 1 / G) |v|_2**2,
    where G = sum over k <= d of (sqrt(k) - sqrt(k - 1))**2 <= 1 + 1/2 + ... + 1/d, which v_k = sqrt(k) - sqrt(k - 1) attains; with the other
    at most (1 - 1 / (4 d)) |v|_2**2. Both but for the rounding of s to the nearest float32. Equal magnitudes enter together, all d
    coordinates may be kept, and 0 gives 0.

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
        small = v * v.dtype.type(2.0**-100)
        total = sum_from(small, v.dtype.type(0))[0]
        mean, least = mean_from(small, just_above(total, v))
        return mean * 2.0**100, least * 2.0**100
    return mean_from(v, just_above(total, v))


@jit
def just_above(total, v):
    """The smallest number of the precision of `v` above the threshold of the rule for Gaussian coordinates; NaN where there is none."""
    threshold = SHARE * (total / v.size)
    nearest = v.dtype.type(threshold)
    return nearest if np.float64(nearest) > threshold else np.nextafter(nearest, v.dtype.type(np.inf))


@jit
def mean_from(v, least):
    """The mean of the magnitudes that are at least `least`, and `least`; (0, infinity) if there are none."""
    total, kept = sum_from(v, least)
    return (total / kept, np.float64(least)) if kept > 0 else (0.0, np.inf)


@jit
def sum_from(v, least):
    """The sum of all magnitudes that are at least `least`, and how many these are."""
    pieces = pieces_of(v)
    sums, count = np.zeros((pieces, LANES)), 0
    for part in range(pieces):
        count += add_from(piece(v, part, pieces), least, sums[part])
    return sums.sum(), count


@jit(parallel=True)
def sum_from_parallel(v, least):
    """The same, on all cores."""
    sums, count = np.zeros((PARTS, LANES)), 0
    for part in prange(PARTS):
        count += add_from(piece(v, part, PARTS), least, sums[part])
    return sums.sum(), count


@jit
def add_from(v, least, sums):
    """The sum into lanes, four magnitudes at once, which compiles to wide instructions and is in the same order on every machine; the number of terms."""
    count, zero, fours = 0, v.dtype.type(0), v.size // (4 * LANES) * 4 * LANES
    for start in range(0, fours, 4 * LANES):
        block = v[start : start + 4 * LANES]
        count += count_from(block, least)
        a, b, c, d = block[:LANES], block[LANES : 2 * LANES], block[2 * LANES : 3 * LANES], block[3 * LANES :]
        for i in range(LANES):
            w, x, y, z = abs(a[i]), abs(b[i]), abs(c[i]), abs(d[i])
            w, x = np.float64(w if w >= least else zero), np.float64(x if x >= least else zero)
            y, z = np.float64(y if y >= least else zero), np.float64(z if z >= least else zero)
            sums[i] += (w + x) + (y + z)
    for i in range(fours, v.size):
        sums[i - fours & (LANES - 1)] += np.float64(abs(v[i]) if abs(v[i]) >= least else zero)
    return count + count_from(v[fours:], least)


@jit
def count_from(v, least):
    """How many magnitudes are at least `least`."""
    count = np.int32(0)
    for i in range(v.size):
        count += np.int32(1) if abs(v[i]) >= least else np.int32(0)
    return count


@first_pass.register(Threshold, compiled=False)
def _first_pass(quantizer, u, scale):
    if (u.dtype == np.float64 or scale < 1) and not inside.kernel(quantizer)(quantizer, u, scale):
        return np.nan, None, 0.0
    mean, least = _on_cores(quantizer, u)
    sent = np.float32(scale_to_send(mean, scale))
    return sent, Cut(u.size), least if sent > 0 else np.inf


def _on_cores(quantizer, u):
    """``mean_and_least`` on all cores where there is much to do."""
    if u.size < SERIAL_BELOW:
        return mean_and_least(quantizer, u)
    if quantizer.exact:
        mean, _, least = search_threshold_on_cores(u)
        return mean, least
    total = on_cores(sum_from_parallel, sum_from, True, u, u.dtype.type(0))[0]
    if not total < np.inf:
        return mean_and_least(quantizer, u)
    least = just_above(total, u)
    total, kept = on_cores(sum_from_parallel, sum_from, True, u, least)
    return (total / kept, float(least)) if kept > 0 else (0.0, np.inf)


class Cut(NamedTuple):
    """Magnitudes from the smallest one that is kept on: what ``blocks`` encodes."""

    dim: int


@encode_block.register(Cut)
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
    share = 1 / sum((math.sqrt(k) - math.sqrt(k - 1)) ** 2 for k in range(1, n + 1)) if quantizer.exact else 1 / (4 * n)
    return math.sqrt(1 - share + 2.0**-46)


@second_moment_bound.register(Threshold, compiled=False)
def _second_moment_bound(quantizer, bound, norm, order):
    """|Q(v)|_2 <= |v|_2; the float32 may be rounded up by 2**-24 of it."""
    return (bound * stretch(quantizer.dim, norm, 2) * stretch(quantizer.dim, 2, order) * (1 + 2.0**-24)) ** 2
