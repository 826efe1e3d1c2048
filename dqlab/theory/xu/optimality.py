"""When x minimises f(x) + lambda |x|_1, and how far it is from it at most: certificates that need no minimiser."""

from typing import NamedTuple

import numpy as np

from .._arguments import at_least


def least_subgradient(slope, x, penalty):
    """The subgradient of f + lambda |.|_1 at x that is nearest to 0, coordinate by coordinate; `slope` is f'(x).

    Where x_i is not 0 it is f'_i + lambda sign(x_i), at 0 it is S_lambda(f'_i). x is a minimiser exactly where all of them are 0.

    >>> least_subgradient([-0.5, 0.2, -1.5], [1.0, 0.0, 0.0], penalty=0.5).tolist()
    [0.0, 0.0, -1.0]
    """
    slope, x = _pair(slope, "slope", x, "x")
    penalty = at_least(0, penalty, "penalty")
    at_zero = np.sign(slope) * np.maximum(np.abs(slope) - penalty, 0)
    return np.where(x == 0, at_zero, slope + penalty * np.sign(x))


def silencing_penalty(slope):
    """lambda_max = |f'(0)|_inf, the least lambda for which x = 0 is a minimiser.

    >>> silencing_penalty([0.1, -0.7])
    0.7
    """
    return float(np.abs(np.asarray(slope, float)).max())


class Certificate(NamedTuple):
    """f(x) + lambda |x|_1, a bound that no x is below, and their difference: at most `gap` above the minimum.

    >>> Certificate(1.0, 0.75).gap
    0.25
    """

    objective: float
    bound: float

    @property
    def gap(self):
        """objective - bound."""
        return self.objective - self.bound


def logistic_certificate(margins, slope, x, penalty):
    """A bound on the minimum of mean_n log(1 + exp(-m_n)) + lambda |x|_1 from the margins m_n = y_n <a_n, x> and the slope f'(x).

    With u_n = s / (1 + exp(m_n)) the entropy mean_n h(u_n), h(u) = -u ln u - (1 - u) ln(1 - u), is a bound for every s in [0, 1] with
    s |f'(x)|_inf <= lambda; the largest such s that is at most 1 is taken. At the minimiser s = 1 and the gap is 0.

    >>> certificate = logistic_certificate(margins=[0.0, 0.0], slope=[-0.25], x=[0.0], penalty=0.25)
    >>> round(certificate.objective, 4), abs(certificate.gap) < 1e-15
    (0.6931, True)
    """
    slope, x = _pair(slope, "slope", x, "x")
    margins = np.asarray(margins, float)
    penalty = float(at_least(0, penalty, "penalty"))
    objective = np.logaddexp(0, -margins).mean() + penalty * np.abs(x).sum()
    steepest = np.abs(slope).max()
    u = np.exp(-np.logaddexp(0, margins)) * (1.0 if steepest <= penalty else penalty / steepest)
    inner = u[(u > 0) & (u < 1)]
    entropy = -(inner * np.log(inner) + (1 - inner) * np.log1p(-inner)).sum() / u.size
    return Certificate(float(objective), float(entropy))


def _pair(first, first_name, second, second_name):
    """Two vectors of one length."""
    first, second = np.asarray(first, float), np.asarray(second, float)
    if first.shape != second.shape or first.ndim != 1:
        raise ValueError(
            f"{first_name}, {second_name}: expected vectors of one length, got shapes {first.shape} and {second.shape}"
        )
    return first, second
