"""The best three-level quantizer of a density, and the rule of Section 3.5, Delta = 0.75 E|v|, beside it.

Densities are even: a function p(x) of x >= 0 with half the mass. Keeping at level s what is above Delta leaves the error
E v^2 - S^2 / P, where P = Pr(|v| > Delta), S = E|v| over that event and s = S / P; at the best Delta, Delta = s / 2.
"""

import math
from functools import partial
from typing import NamedTuple

import numpy as np

from .._arguments import at_least
from .ternary import RULE


class ThreeLevel(NamedTuple):
    """Threshold and level in the density's own units, the error relative to E v^2, and Pr(|v| > threshold)."""

    threshold: float
    scale: float
    error: float
    kept: float


def three_level_at(density, threshold, top=math.inf):
    """The three-level quantizer of a density with a given threshold, its level the mean of what is above it.

    `density(x)` for x in [0, top] is that of an even law, beyond `top` it is 0.

    >>> quantizer = three_level_at(lambda x: 0.5, 0.5, top=1.0)
    >>> quantizer.scale, quantizer.kept, round(quantizer.error, 6)
    (0.75, 0.5, 0.15625)
    """
    threshold = float(at_least(0, threshold, "threshold"))
    kept = _moment(density, 0, threshold, top)
    square = _moment(density, 2, 0.0, top)
    mass = _moment(density, 0, 0.0, top)
    if not (abs(mass - 1) < 1e-6 and 0 < square < math.inf):
        raise ValueError(
            f"density: expected mass 1/2 on [0, top] and a second moment, got mass {mass / 2} and E v^2 = {square}"
        )
    if not kept > 0:
        raise ValueError(f"threshold: expected one that something is above, got {threshold}")
    above = _moment(density, 1, threshold, top)
    return ThreeLevel(threshold, above / kept, 1 - above**2 / kept / square, kept)


def three_level(density, top=math.inf):
    """The best three-level quantizer of a density: the threshold with the least error, where Delta = s / 2.

    A search over 96 thresholds up to twenty standard deviations finds the basin of the maximum of S^2 / P, root finding the rest.

    >>> best = three_level(lambda x: np.exp(-x) / 2)
    >>> round(best.threshold, 6), round(best.scale, 6), round(best.error, 6), round(2 / math.e, 6) + round(best.error, 6)
    (1.0, 2.0, 0.264241, 1.0)
    """
    from scipy.optimize import brentq

    three_level_at(density, 0.0, top)  # checks the density
    mean, sigma = _moment(density, 1, 0.0, top), math.sqrt(_moment(density, 2, 0.0, top))
    grid = np.geomspace(0.01 * mean, min(20 * sigma, 0.999 * top), 96)
    best = int(np.argmin([_error(density, threshold, top) for threshold in grid]))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    root = brentq(lambda threshold: threshold - _level(density, threshold, top) / 2, low, high, xtol=1e-13)
    return three_level_at(density, root, top)


class DensityRow(NamedTuple):
    """A density in units of its standard deviation: the best threshold, over E|v| too, its level, error and share kept; 0.75 E|v|."""

    threshold: float
    over_mean: float
    scale: float
    error: float
    rule_error: float
    kept: float
    rule_kept: float


def three_level_table():
    """The best three-level quantizers of seven densities from bounded to heavy-tailed, by integration: {name: DensityRow}.

    >>> row = three_level_table()["Gaussian"]
    >>> round(row.threshold, 4), round(row.over_mean, 4), round(row.error, 4), round(row.rule_error, 4), round(row.kept, 3)
    (0.612, 0.767, 0.1902, 0.1903, 0.541)
    """
    return {name: _row(density, top) for name, (density, top) in DENSITIES.items()}


def _row(density, top):
    sigma, mean = math.sqrt(_moment(density, 2, 0.0, top)), _moment(density, 1, 0.0, top)
    best, rule = three_level(density, top), three_level_at(density, RULE * mean, top)
    return DensityRow(
        best.threshold / sigma,
        best.threshold / mean,
        best.scale / sigma,
        best.error,
        rule.error,
        best.kept,
        rule.kept,
    )


def _gaussian(x):
    return math.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)


def _laplace(x):
    return math.exp(-x) / 2


def _uniform(x):
    return 0.5


def _logistic(x):
    return math.exp(-x) / (1 + math.exp(-x)) ** 2


def _student(x, freedom):
    constant = math.gamma((freedom + 1) / 2) / (math.sqrt(freedom * math.pi) * math.gamma(freedom / 2))
    return constant * (1 + x**2 / freedom) ** (-(freedom + 1) / 2)


def _generalised_normal(x, shape):
    return shape / (2 * math.gamma(1 / shape)) * math.exp(-(x**shape))


DENSITIES = {
    "uniform": (_uniform, 1.0),
    "Gaussian": (_gaussian, math.inf),
    "logistic": (_logistic, math.inf),
    "Laplace": (_laplace, math.inf),
    "Student t, 5": (partial(_student, freedom=5), math.inf),
    "Student t, 3": (partial(_student, freedom=3), math.inf),
    "gen. normal, 1/2": (partial(_generalised_normal, shape=0.5), math.inf),
}


def _moment(density, power, low, top):
    """E|v|**power over |v| > low."""
    from scipy.integrate import quad

    return (
        2 * quad(lambda x: x**power * density(x), low, top, epsabs=1e-13, epsrel=1e-11, limit=200)[0]
        if low < top
        else 0.0
    )


def _level(density, threshold, top):
    return _moment(density, 1, threshold, top) / _moment(density, 0, threshold, top)


def _error(density, threshold, top):
    """The error less E v^2."""
    kept = _moment(density, 0, threshold, top)
    return -(_moment(density, 1, threshold, top) ** 2) / kept if kept > 0 else 0.0
