"""Dynamic range, covering radius and covering efficiency: equations (17)-(19) of Lin, Kostina and Hassibi.

A class may register a closed form; for every other quantizer `covering_radius` is found by search, and the search is also
what the tests hold the closed forms against.
"""

import math

import numpy as np

from .. import _checks
from .._generic import generic, unchecked
from ..streams import stream
from .domains import inside
from .verbs import alphabet, length, quantize


@generic
def dynamic_range(quantizer):
    """r(q), equation (17): the radius of the largest ball around 0 inside the quantizer's domain.

    Examples
    --------
    >>> import dqlab as dq
    >>> dq.quantizers.dynamic_range(dq.quantizers.UniformScalar(levels=4, dim=7))
    1.0
    """
    return float(dynamic_range.kernel(quantizer)(quantizer))


@dynamic_range.register(object, compiled=False)
def _unit_ball(quantizer):
    return 1.0


@generic
def covering_radius(quantizer):
    """d(q), equation (18): the largest distance from a point of the domain to what it is quantized to.

    Where the class says nothing of its domain (``inside``), the ball of radius r(q) is meant: what the theorems need.

    A closed form where the class has one, else the result of ``search_covering_radius``, which may fall short of d(q):
    register a closed form for a guarantee.

    Examples
    --------
    >>> import dqlab as dq
    >>> dq.quantizers.covering_radius(dq.quantizers.UniformScalar(levels=4, dim=16))
    1.0
    """
    return float(covering_radius.kernel(quantizer)(quantizer))


@covering_radius.register(object, compiled=False)
def _by_search(quantizer):
    return search_covering_radius(quantizer)


@generic
def points(quantizer):
    """|Im(q)|, equation (6): how many points the quantizer can send, as an int.

    Examples
    --------
    >>> import dqlab as dq
    >>> dq.quantizers.points(dq.quantizers.UniformScalar(levels=3, dim=4))
    81
    """
    return points.kernel(quantizer)(quantizer)


@points.register(object, compiled=False)
def _all_words(quantizer):
    return int(alphabet(quantizer)) ** length(quantizer)


def rate(quantizer):
    """R of equation (6): log2 |Im(q)| / n, bits per dimension.

    Examples
    --------
    >>> import dqlab as dq
    >>> dq.quantizers.rate(dq.quantizers.UniformScalar(levels=8, dim=4))
    3.0
    """
    return math.log2(points(quantizer)) / quantizer.dim


def relative_radius(quantizer):
    """rho' = d(q) / r(q) = rho_n 2**-R: the number on which every theorem of the paper turns.

    Examples
    --------
    >>> import dqlab as dq
    >>> dq.quantizers.relative_radius(dq.quantizers.UniformScalar(levels=8, dim=4))
    0.25
    """
    return covering_radius(quantizer) / dynamic_range(quantizer)


def covering_efficiency(quantizer):
    """rho(q), equation (19): |Im(q)|**(1/n) d(q) / r(q), at least 1 for every quantizer.

    Examples
    --------
    >>> import dqlab as dq
    >>> round(dq.quantizers.covering_efficiency(dq.quantizers.UniformScalar(levels=4, dim=16)), 12)
    4.0
    """
    return 2.0 ** rate(quantizer) * relative_radius(quantizer)


def search_covering_radius(quantizer, starts=200, rounds=60, seed=0):
    """The covering radius by search: the worst point found by hill climbing from random starts in the domain.

    Every start climbs on |x - q(x)|, in random directions and straight away from its own reproduction point, with steps
    that shrink. The result is the error at a real point of the domain, so it never exceeds d(q).

    Parameters
    ----------
    quantizer : a deterministic registered quantizer whose domain is star-shaped about 0
    starts : int
        Random starting points.
    rounds : int
        Rounds of climbing.
    seed : int
        Seed of the starts and of the directions.

    Returns
    -------
    float

    Examples
    --------
    >>> import dqlab as dq
    >>> q = dq.quantizers.UniformScalar(levels=3, dim=2)
    >>> round(dq.quantizers.search_covering_radius(q) / dq.quantizers.covering_radius(q), 2)
    1.0
    """
    starts, rounds = _checks.integer(starts, "starts", 1), _checks.integer(rounds, "rounds", 1)
    rng = stream(seed, "covering")
    worst = 0.0
    with unchecked():
        for _ in range(starts):
            x = _into_domain(quantizer, 2 * rng.uniform(-1, 1, quantizer.dim))
            away, step = x - quantize(quantizer, x), 0.5
            for _ in range(rounds):
                for direction in (away, rng.standard_normal(quantizer.dim)):
                    y = _into_domain(quantizer, x + step * direction / (np.linalg.norm(direction) + 1e-300))
                    away_from_y = y - quantize(quantizer, y)
                    if np.linalg.norm(away_from_y) > np.linalg.norm(away):
                        x, away = y, away_from_y
                step *= 0.85
            worst = max(worst, float(np.linalg.norm(away)))
    return worst


def _into_domain(quantizer, x):
    """`x`, or the last point of the domain on the segment from 0 to it (by bisection)."""
    if inside.kernel(quantizer) is inside.kernel(object()):  # the class does not say: the ball of radius r(q)
        return x * min(1.0, dynamic_range(quantizer) / (np.linalg.norm(x) + 1e-300))
    if inside(quantizer, x):
        return x
    low, high = 0.0, 1.0
    while high - low > 1e-9:
        middle = 0.5 * (low + high)
        low, high = (middle, high) if inside(quantizer, middle * x) else (low, middle)
    return low * x
