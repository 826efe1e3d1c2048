"""Three values a coordinate: errors of random signs (TernGrad) and of the best approximation (18)-(24), and how bad each can be.

`v` is a vector of d numbers, |v|_(1) >= ... >= |v|_(d) its sorted magnitudes and S_k = |v|_(1) + ... + |v|_(k). Random signs are
s sign(v_i) with probability |v_i| / s and 0 otherwise. Not in the paper: the contraction factors and the worst vectors.
"""

import math

import numpy as np

from .._arguments import at_least, plain, whole

RULE = 0.75  # Section 3.5: the threshold as a multiple of mean |v|


def terngrad_error(v, clip=None):
    """E|Q(v) - v|_2^2 = s |v|_1 - |v|_2^2 of random signs with s = max |v|.

    With `clip` = c, entries are cut to c sigma first, sigma^2 = |v|_2^2 / d, and what is cut off is a bias: for the cut vector u the error is s |u|_1 - |u|_2^2 + |u - v|_2^2.

    >>> terngrad_error([3.0, -4.0]), round(terngrad_error([3.0, -4.0], clip=1.0), 6)
    (3.0, 1.82233)
    """
    v = _vector(v)
    u = v if clip is None else _clipped(v, clip)
    scale = np.abs(u).max(initial=0.0)
    return plain(scale * np.abs(u).sum() - (u**2).sum() + ((u - v) ** 2).sum())


def terngrad_error_l2(v):
    """The same with the other scaler that Section 2 names, s = |v|_2: |v|_2 |v|_1 - |v|_2^2, QSGD with one level.

    >>> terngrad_error_l2([3.0, -4.0])
    10.0
    """
    v = _vector(v)
    length = math.sqrt((v**2).sum())
    return plain(length * np.abs(v).sum() - length**2)


def terngrad_worst_error(dim, scaler="max"):
    """The largest E|Q(v) - v|_2^2 / |v|_2^2 of any v of d numbers: (sqrt(d) - 1) / 2 for "max", sqrt(d) - 1 for "l2".

    Attained by one entry of 1 and d - 1 of 1 / (1 + sqrt(d)), and by a flat vector.

    >>> terngrad_worst_error(100), terngrad_worst_error(100, "l2")
    (4.5, 9.0)
    """
    if scaler not in ("max", "l2"):
        raise ValueError(f'scaler: expected "max" or "l2", got {scaler!r}')
    return plain((np.sqrt(at_least(1, dim, "dim")) - 1) / (2 if scaler == "max" else 1))


def gaussian_max(dim):
    """E max |z_i| over d independent standard normal numbers, by integration; sqrt(2 ln d) for large d.

    >>> round(gaussian_max(1), 6), round(gaussian_max(10**6), 3)
    (0.797885, 4.999)
    """
    from scipy.integrate import quad
    from scipy.special import log_ndtr

    def above(x):
        return -np.expm1(dim * np.log1p(-2 * np.exp(log_ndtr(-x)))) if x > 0 else 1.0

    dim = whole(dim, "dim")
    middle = math.sqrt(2 * math.log(2 * dim))
    return quad(above, 0, middle, epsabs=1e-12)[0] + quad(above, middle, middle + 12, epsabs=1e-12)[0]


def terngrad_gaussian_error(dim):
    """The error of random signs, max scaler, relative to |v|_2^2 on Gaussian vectors, for large d: sqrt(2 / pi) E max|z_i| - 1.

    >>> [round(terngrad_gaussian_error(10**p), 2) for p in (2, 3, 4, 5, 6)]
    [1.19, 1.74, 2.21, 2.62, 2.99]
    """
    return math.sqrt(2 / math.pi) * gaussian_max(dim) - 1


def clipped_gaussian_error(clip):
    """The same for large d after clipping at c standard deviations: c E min(|z|, c) - E min(z^2, c^2) + E(|z| - c)_+^2.

    >>> clipped_gaussian_error([1.0, 2.5]).round(4).tolist()
    [0.2659, 1.0095]
    """
    from scipy.special import ndtr

    c = at_least(0, clip, "clip")
    density, beyond = np.exp(-(c**2) / 2) / math.sqrt(2 * math.pi), 2 * ndtr(-c)
    first = 2 * (1 / math.sqrt(2 * math.pi) - density)  # E|z| over |z| <= c
    second = 1 - beyond - 2 * c * density  # E z^2 over |z| <= c
    excess = (1 + c**2) * beyond - 2 * c * density  # E(|z| - c)_+^2
    return plain(c * (first + c * beyond) - second - c**2 * beyond + excess)


def threshold_gains(v):
    """S_k^2 / k for k = 1, ..., d: what (24) maximises, |v|_2^2 less the error of keeping the k largest at their mean.

    >>> threshold_gains([1.0, 0.5, 0.5]).round(3).tolist()
    [1.0, 1.125, 1.333]
    """
    magnitudes = np.sort(np.abs(_vector(v)))[::-1]
    return np.cumsum(magnitudes) ** 2 / np.arange(1, magnitudes.size + 1)


def threshold_error(v):
    """min |v - q|_2^2 over q = s times a vector of -1, 0, +1 (21): |v|_2^2 - max_k S_k^2 / k.

    >>> threshold_error([3.0, -4.0]), threshold_error([0.0, 0.0])
    (0.5, 0.0)
    """
    v = _vector(v)
    return plain(max((v**2).sum() - threshold_gains(v).max(initial=0.0), 0.0))


def harmonic(dim):
    """H_d = 1 + 1/2 + ... + 1/d, at most 1 + ln d.

    >>> harmonic(1), round(harmonic(10**6), 6)
    (1.0, 14.392727)
    """
    return math.fsum(1 / np.arange(1.0, whole(dim, "dim") + 1))


def contraction(dim):
    """|v - Q(v)|_2^2 <= (1 - 1 / H_d) |v|_2^2 for the best three-level Q: from S_k >= k |v|_(k). Not attained from d = 2 on.

    >>> contraction(1), round(contraction(10**6), 4)
    (0.0, 0.9305)
    """
    return 1 - 1 / harmonic(dim)


def sharp_contraction(dim):
    """The least factor in the place of 1 - 1 / H_d: 1 - 1 / G_d, with G_d = sum_k (sqrt(k) - sqrt(k-1))^2 = (ln d) / 4 + 0.998 - ...

    Attained by `hardest_vector`, the worst of all. Proof: with S_k <= sqrt(k) for all k and w that vector, summing by parts twice,
    |v|^2 = sum_k (|v|_(k) - |v|_(k+1)) S_k <= sum_k |v|_(k) w_k <= |v| |w|.

    >>> round(sharp_contraction(2), 4), round(sharp_contraction(10**6), 4)
    (0.1464, 0.7754)
    """
    return 1 - 1 / math.fsum(hardest_vector(dim) ** 2)


def hardest_vector(dim):
    """w_k = sqrt(k) - sqrt(k - 1): S_k^2 / k = 1 for every k, so all thresholds are equally good, and none is better for any vector.

    >>> hardest_vector(4).round(4).tolist()
    [1.0, 0.4142, 0.3178, 0.2679]
    """
    k = np.arange(1.0, whole(dim, "dim") + 1)
    return 1 / (np.sqrt(k) + np.sqrt(k - 1))


def rule_contraction(dim, factor=RULE):
    """The least c with |v - Q(v)|_2^2 <= c |v|_2^2 for the threshold `factor` mean |v| (Section 3.5): 1 - 81 / (16 d) at 0.75.

    The worst vectors have one large entry and either zeros or entries at the threshold; k - 1 more lie just above it.

    >>> rule_contraction(1), round(rule_contraction(10**6), 8), round(1 - 81 / 16e6, 8)
    (0.0, 0.99999494, 0.99999494)
    """
    dim, factor = whole(dim, "dim"), float(at_least(0, factor, "factor"))
    if factor >= 1:
        raise ValueError(f"factor: expected a number below 1, with which something is always kept, got {factor}")
    k = np.arange(1.0, dim + 1)
    inverse = 0.0
    for kept in (np.full(dim, float(dim)), dim - factor * (dim - k)):  # the sum of what is kept, with mean |v| = 1
        square = (kept - factor * (k - 1)) ** 2 + factor**2 * (k - 1) + factor * (dim - kept)
        inverse = max(inverse, float((k * square / kept**2).max()))
    return 1 - 1 / inverse


def _vector(v):
    v = np.asarray(v, float)
    if v.ndim != 1 or not np.isfinite(v).all():
        raise ValueError(f"v: expected a vector of finite numbers, got shape {v.shape}")
    return v


def _clipped(v, clip):
    if not float(at_least(0, clip, "clip")) > 0:
        raise ValueError(f"clip: expected a number > 0 of standard deviations, got {clip}")
    top = clip * math.sqrt((v**2).mean()) if v.size else 0.0
    return np.clip(v, -top, top)
