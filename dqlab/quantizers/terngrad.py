"""TernGrad: every coordinate becomes 0 or plus or minus one scale, at random, so that the mean is kept."""

import math
from typing import NamedTuple

import numpy as np

from .. import _checks
from .._generic import jit, on_cores
from ..bits.fixed import BLOCK, SERIAL_BELOW
from ..streams import key, words
from .blocks import encode_block
from .covering import covering_radius, dynamic_range, points
from .domains import inside
from .exact_threshold import largest_magnitude, largest_magnitude_parallel
from .letters import clip_factor, count_not_finite, encode_tensors, first_pass, tensor_sizes, unit_of
from .low_precision import (
    NORMS,
    euclidean_norm,
    lanes,
    length_of,
    measure,
    measure_parallel,
    norm_to_send,
    room,
)
from .moments import second_moment_bound, stretch
from .uniform_scalar import count_outside
from .variance import relative_variance, variance_bound

DRAWS = 1 << 30  # equally likely draws, of which a coordinate is kept for its share of the scale
SCALERS = {"max": np.inf, "l2": 2.0}


class _Fields(NamedTuple):
    dim: int
    scaler: float
    clip: float
    tensors: np.ndarray


class TernGrad(_Fields):
    """Ternary gradients: Q(v) = s sign(v) b with P(b_i = 1) = |v_i| / s, in 2 d + 32 bits; unbiased unless it clips.

    Parameters
    ----------
    dim : int
        d >= 1 coordinates.
    scaler : {"max", "l2"}
        What s is: the largest |v_i|, or |v|_2. Kept as the order of this norm, infinity or 2.
    clip : float, optional
        c > 0: coordinates are clipped at c standard deviations first, min(|v_i|, c sigma) sign(v_i). Wen et al. take 2.5.
        The standard deviation is that about 0, sigma**2 = |v|_2**2 / d, so that a constant vector and one with a single
        coordinate stay what they are for c >= 1. Kept as infinity where nothing is clipped.
    tensors : sequence of int, optional
        Sizes that add up to `dim`: a scale (and a sigma) for each of these tensors, 32 bits each. One for all, if left out.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is said above.

    Notes
    -----
    Wen, Xu, Yan, Wu, Wang, Chen and Li, *TernGrad* (2017); Section 2 of Xu et al. Without clipping E Q(v) = v and
    E|Q(v) - v|_2**2 = s |v|_1 - |v|_2**2 (a tensor), which may be as large as (sqrt(d) - 1) / 2 |v|_2**2 with the largest
    coordinate for s and (sqrt(d) - 1) |v|_2**2 with the norm, where it is the quantizer QSGD with one level. With clipping
    E Q(v) = clip(v): the bias is what was cut off, (|v_i| - c sigma)_+, and on average over Gaussian coordinates of deviation
    sigma its square is 0.0024 sigma**2 a coordinate at c = 2.5.

    The scale, divided by `scale`, is sent as a float32, rounded up, and a coordinate is kept with probability |v_i| over what was
    sent: rounding costs no bias, only variance. A draw is one of 2**30, so that means are right to 2**-31 of the scale
    (and, for float32, to a rounding of v_i). A tiny scale is raised as that of ``LowPrecision`` is; one past float32 lies outside the domain.

    Letters are 0 = zero, 1 = +, 2 = -; after the d letters of the codes come the bits of the scales.

    Examples
    --------
    >>> import dqlab as dq
    >>> q = dq.quantizers.TernGrad(dim=4)
    >>> dq.quantizers.nbits(q), dq.quantizers.quantize(q, [2.0, -2.0, 0.0, 1.0])
    (40, array([ 2., -2.,  0.,  0.]))
    """

    __slots__ = ()

    def __new__(cls, dim, scaler="max", clip=None, tensors=None):
        dim = _checks.integer(dim, "dim", 1)
        if not isinstance(scaler, float) or scaler not in SCALERS.values():
            scaler = SCALERS[_checks.choice(scaler, "scaler", tuple(SCALERS))]
        return super().__new__(cls, dim, float(scaler), clip_factor(clip), tensor_sizes(tensors, dim))

    def __repr__(self):
        scaler = "max" if self.scaler == np.inf else "l2"
        clip = None if self.clip == np.inf else self.clip
        tensors = None if self.tensors.size == 1 else self.tensors.tolist()
        return f"TernGrad(dim={self.dim}, scaler={scaler!r}, clip={clip}, tensors={tensors})"

    @property
    def rate(self):
        """log2 of the number of messages / d, bits per dimension."""
        return math.log2(points(self)) / self.dim


class Coins(NamedTuple):
    """The coordinates as parts of the scale, at most `limit` each: what ``blocks`` encodes."""

    limit: float


@encode_tensors.register(TernGrad)
def _encode_tensors(quantizer, u, ends, scale, rng, letters, sent):
    number, draws, start = key(rng), np.empty(BLOCK // 2, np.uint64), 0
    for t in range(ends.size):
        v, codes = u[start : ends[t]], letters[start : ends[t]]
        norm, limit = scale_and_limit(quantizer, v)
        sent[t] = norm_to_send(norm, u, scale)
        unit, first = unit_of(sent[t], scale, u), 2 * ((start + 1) // 2 + t)  # no draw is used twice
        for at in range(0, v.size, BLOCK):
            toss(v[at : at + BLOCK], unit, limit, number, first + at, draws, codes[at : at + BLOCK])
        start = ends[t]


@jit
def scale_and_limit(quantizer, v):
    """s of a tensor, and where its coordinates are clipped."""
    if v.size == 0:
        return 0.0, 0.0
    if quantizer.scaler == np.inf and quantizer.clip == np.inf:
        return largest_magnitude(v), np.inf
    sums, tops = lanes(v)
    measure(v, sums, tops)
    norm = length_of(v, sums, tops)
    return clipped(quantizer, v, norm, np.float64(tops.max()))


@jit
def clipped(quantizer, v, norm, top):
    """The same from |v|_2 and the largest magnitude."""
    limit = quantizer.clip * (norm / np.sqrt(v.size)) if quantizer.clip < np.inf else np.inf
    if quantizer.scaler == np.inf:
        return min(top, limit), np.inf
    if top > limit:
        norm = euclidean_norm(np.minimum(np.abs(v), v.dtype.type(limit)))
    return norm, limit


@first_pass.register(TernGrad, compiled=False)
def _first_pass(quantizer, u, scale):
    many = u.size >= SERIAL_BELOW
    if quantizer.scaler == np.inf and quantizer.clip == np.inf:
        norm, limit = on_cores(largest_magnitude_parallel, largest_magnitude, many, u), np.inf
        largest = norm
    else:
        sums, tops = lanes(u)
        on_cores(measure_parallel, measure, many, u, sums, tops)
        length, top = length_of(u, sums, tops), float(tops.max())
        norm, limit = clipped(quantizer, u, length, top)
        largest = top if quantizer.scaler == np.inf else length
    if not largest <= room(u, scale):
        return np.nan, None, 0.0
    sent = np.float32(norm_to_send(norm, u, scale))
    return sent, Coins(float(limit)), float(unit_of(sent, scale, u))


@encode_block.register(Coins)
def _encode_block(quantizer, u, unit, key, first, draws, codes):
    toss(u, np.float64(unit), quantizer.limit, key, first, draws, codes)
    return count_not_finite(u)


@jit
def toss(u, unit, limit, key, first, draws, codes):
    """A coin for every coordinate, with draws from number `first`, an even one, on."""
    words(key, first // 2, draws[: (u.size + 1) // 2])
    per_draw, cap = DRAWS / unit if unit > 0 else 0.0, DRAWS * min(limit / unit, 1.0) if unit > 0 else 0.0
    keep(u, u.dtype.type(per_draw), u.dtype.type(cap), draws.view(np.int32), codes)


@jit
def keep(u, per_draw, cap, draws, codes):
    """The letter + or - where the draw is below the share of the scale, in draws; |u| = s is always kept."""
    of, mask = u.dtype.type, np.int32(DRAWS - 1)
    factor, half = np.nextafter(per_draw, of(np.inf)), of(0.5)
    for i in range(u.size):
        share = abs(u[i]) * factor
        share = share if share < cap else cap
        kept = (draws[i] & mask) < np.int32(share + half)
        codes[i] = np.uint8(kept) + np.uint8(kept & (u[i] < 0))


@inside.register(TernGrad)
def _inside(quantizer, u, scale):
    if quantizer.scaler == np.inf:
        return count_outside(u, u.dtype.type(room(u, scale))) == 0
    start, fits = 0, True
    for size in quantizer.tensors:
        fits = fits and euclidean_norm(u[start : start + size]) <= room(u, scale)
        start += size
    return fits


@points.register(TernGrad, compiled=False)
def _points(quantizer):
    """Of every tensor: a scale above 0 with any letters, and 0."""
    return math.prod((NORMS - 1) * 3 ** int(size) + 1 for size in quantizer.tensors)


@dynamic_range.register(TernGrad, compiled=False)
def _dynamic_range(quantizer):
    return 1.0


@covering_radius.register(TernGrad, compiled=False)
def _covering_radius(quantizer):
    """A bound for |v|_2 <= 1: no coordinate is off by more than the norm of its tensor."""
    return math.sqrt(int(quantizer.tensors.max())) * (1 + 2.0**-22)


@second_moment_bound.register(TernGrad, compiled=False)
def _second_moment_bound(quantizer, bound, norm, order):
    """E|Q(v)|_2**2 = s min(|v|, c sigma)_1 a tensor; the scale may be rounded up by 2**-23 of it."""
    d = quantizer.dim
    return (bound * stretch(d, norm, 2) * stretch(d, 2, order)) ** 2 * _growth(quantizer) * (1 + 2.0**-22)


def _growth(quantizer):
    """The largest s |v|_1 / |v|_2**2 of a tensor: (sqrt(n) + 1) / 2 with the largest coordinate, sqrt(n) with the norm."""
    n = int(quantizer.tensors.max())
    return (math.sqrt(n) + 1) / 2 if quantizer.scaler == np.inf else math.sqrt(n)


@relative_variance.register(TernGrad, compiled=False)
def _relative_variance(quantizer):
    """The bound on E|Q|**2 / |v|**2 less 1; what is clipped has none, since it is biased."""
    _unbiased(quantizer, "relative_variance")
    return _growth(quantizer) * (1 + 2.0**-22) - 1


@variance_bound.register(TernGrad, compiled=False)
def _variance_bound(quantizer):
    """Proportional to |v|**2, of which there is no bound."""
    _unbiased(quantizer, "variance_bound")
    return math.inf


def _unbiased(quantizer, name):
    if quantizer.clip < np.inf:
        raise TypeError(f"{name}: {quantizer!r} has none: it is biased, because it clips. Remedy: clip=None")
