"""Theorem 1, the strongly convex case, with its constants: one step (20)-(22), the recursion (31)-(33), Lemma 2 and Theorem 1.

e_t is E|x_t - x*_alpha|**2 over all nodes together, a sum over n. `reach` is |W - W_D|, `sigma_sq` sigma**2 and
`gamma2_sq` gamma_2**2 (``deadline_variance`` or ``batch_variance``). The schedule is alpha = T**(-delta/2),
epsilon = T**(-3 delta/2).
"""

from typing import NamedTuple

import numpy as np

from .._arguments import at_least, plain
from .penalty import _curvatures, _exponent, _positive, penalty_convexity, penalty_smoothness


def step_noise(alpha, epsilon, nodes, reach, sigma_sq, gamma2_sq):
    """What one step adds to e_t, the last two terms of (22): epsilon**2 n |W - W_D|**2 sigma**2 + alpha**2 epsilon**2 n gamma_2**2.

    With the root of the sum of all w_ij**2, i != j, over n for `reach` it is sharper: errors of different nodes are independent.

    >>> step_noise(0.5, 0.125, nodes=10, reach=1.0, sigma_sq=0.5, gamma2_sq=2.0)
    0.15625
    """
    alpha, epsilon = _positive(alpha, "alpha"), _positive(epsilon, "epsilon")
    exchange = np.square(at_least(0, reach, "reach")) * at_least(0, sigma_sq, "sigma_sq")
    learning = alpha**2 * at_least(0, gamma2_sq, "gamma2_sq")
    return plain(epsilon**2 * at_least(1, nodes, "nodes") * (exchange + learning))


def one_step(error, alpha, epsilon, K, mu, last, noise):
    """(22): e_{t+1} <= (1 - 2 alpha epsilon mu + epsilon**2 K_alpha**2) e_t + `noise` of ``step_noise``.

    >>> round(one_step(4.0, 0.5, 0.1, K=4.0, mu=2.0, last=0.0, noise=0.1), 6)
    3.66
    """
    _curvatures(K, mu)
    epsilon = _positive(epsilon, "epsilon")
    factor = 1 - 2 * epsilon * penalty_convexity(alpha, mu) + (epsilon * penalty_smoothness(alpha, K, last)) ** 2
    return plain(factor * at_least(0, error, "error") + at_least(0, noise, "noise"))


def sharp_one_step(error, alpha, epsilon, K, mu, last, noise):
    """(22) with the contraction of gradient descent: e_{t+1} <= max(|1 - epsilon mu_alpha|, |1 - epsilon K_alpha|)**2 e_t + `noise`.

    Attained by quadratics, and never more than ``one_step``. The factor is below 1 for every epsilon < 2 / K_alpha.

    >>> round(sharp_one_step(4.0, 0.5, 0.1, K=4.0, mu=2.0, last=0.0, noise=0.1), 6)
    3.34
    """
    epsilon = _positive(epsilon, "epsilon")
    kept = 1 - _forgotten(alpha, epsilon, K, mu, last)
    return plain(kept * at_least(0, error, "error") + at_least(0, noise, "noise"))


def recursion_order(T, delta, a, b):
    """(32): what is left of Lemma 4 when the exponential is negligible: (b / a) T**(-delta).

    >>> recursion_order(10_000, 0.25, a=2.0, b=4.0)
    0.2
    """
    T, delta, a, b = _recursion(T, delta, a, b)
    return plain(b / a * T**-delta)


def recursion_bound(T, delta, a, b, start):
    """Lemma 4, (31)-(33): if e_{t+1} <= (1 - a T**(-2 delta)) e_t + b T**(-3 delta), then e_T <= exp(-a T**(1 - 2 delta)) e_0 + (b/a) T**(-delta).

    Parameters
    ----------
    T : int or array
        Steps, at least a**(1 / (2 delta)): otherwise the first factor is negative.
    delta : float
        In (0, 1/2]; at 1/2 the exponential does not vanish.
    a, b, start : float
        The constants of (31), and e_0.

    Examples
    --------
    >>> round(recursion_bound(10_000, 0.25, a=0.02, b=0.04, start=1.0), 4)
    0.3353
    """
    T, delta, a, b = _recursion(T, delta, a, b)
    return plain(np.exp(-a * T ** (1 - 2 * delta)) * at_least(0, start, "start") + b / a * T**-delta)


def recursion_exact(T, delta, a, b, start):
    """Lemma 4 with equality in (31): q**T e_0 + (b/a) T**(-delta) (1 - q**T), q = 1 - a T**(-2 delta); never above ``recursion_bound``.

    >>> round(recursion_exact(10_000, 0.25, a=0.02, b=0.04, start=1.0), 4)
    0.3082
    """
    T, delta, a, b = _recursion(T, delta, a, b)
    left = np.exp(T * np.log1p(-np.minimum(a * T ** (-2 * delta), 1 - 1e-300)))
    return plain(left * at_least(0, start, "start") + b / a * T**-delta * (1 - left))


def negligible_horizon(delta, a, factor=1.0):
    """The T from which on exp(-a T**(1 - 2 delta)) <= factor T**(-delta): only then does Lemma 4 decay like T**(-delta). Numbers only.

    It is (log(1/factor) + delta log T) / a <= T**(1 - 2 delta), and grows without bound as delta tends to 1/2.

    >>> [f"{negligible_horizon(delta, a=1.0, factor=0.1):.0e}" for delta in (0.2, 0.3, 0.45)]
    ['5e+00', '2e+01', '3e+11']
    """
    delta, a = float(_exponent(delta)), float(_positive(a, "a"))
    factor = float(_positive(factor, "factor"))
    if delta == 0.5:
        raise ValueError("delta: expected a number in (0, 1/2), got 0.5, at which the exponential never vanishes")
    power = 1 - 2 * delta

    def lack(log_T):  # convex in log T
        return a * np.exp(power * log_T) - delta * log_T + np.log(factor)

    lowest = max(0.0, np.log(delta / (a * power)) / power)  # where it is least
    if lack(lowest) >= 0:
        return 1.0
    low, high = lowest, lowest + 1
    while lack(high) < 0:
        low, high = high, 2 * high + 1
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if lack(middle) < 0 else (low, middle)
    return float(np.exp(high))


class ConvexError(NamedTuple):
    """A bound of an expected squared distance, and what it is made of.

    Attributes
    ----------
    total : float or array
    start, exchange, learning, bias : float or array
        What is left of the starting point, of the noise of quantizers, of that of gradients, and of x*_alpha being not x*.

    Examples
    --------
    >>> ConvexError(3.0, 0.0, 1.0, 1.0, 1.0).total
    3.0
    """

    total: float
    start: float
    exchange: float
    learning: float
    bias: float


def penalty_deviation(T, delta, mu, nodes, reach, sigma_sq, gamma2_sq, start):
    """Lemma 2, (23): E|x_T - x*_alpha|**2 <= e_0 exp(-mu T**(1 - 2 delta)) + n |W - W_D|**2 sigma**2 T**(-delta) / mu + n gamma_2**2 T**(-2 delta) / mu.

    Parameters
    ----------
    T, delta, mu
        Horizon, exponent of the schedule and strong convexity; T is at least ``least_horizon``.
    nodes, reach, sigma_sq, gamma2_sq
        n, \\|W - W_D\\|, sigma**2, gamma_2**2.
    start : float
        e_0 = \\|x_0 - x*_alpha\\|**2 over all nodes together: \\|x*_alpha\\|**2 where x_0 = 0.

    Returns
    -------
    ConvexError
        Its `bias` is 0.

    Examples
    --------
    >>> bound = penalty_deviation(10_000, 0.25, mu=1.0, nodes=10, reach=0.5, sigma_sq=1.0, gamma2_sq=2.0, start=40.0)
    >>> [round(part, 3) for part in bound]
    [0.45, 0.0, 0.25, 0.2, 0.0]
    """
    T, delta, mu, _ = _recursion(T, delta, mu, 0.0)
    n = at_least(1, nodes, "nodes")
    left = np.exp(-mu * T ** (1 - 2 * delta)) * at_least(0, start, "start")
    heard = np.square(at_least(0, reach, "reach")) * at_least(0, sigma_sq, "sigma_sq")
    exchange = n * heard * T**-delta / mu
    learning = n * at_least(0, gamma2_sq, "gamma2_sq") * T ** (-2 * delta) / mu
    parts = [plain(part) for part in (left, exchange, learning, np.zeros_like(left))]
    return ConvexError(plain(left + exchange + learning), *parts)


def sharp_penalty_deviation(T, alpha, epsilon, K, mu, last, noise, start):
    """Lemma 2 for any alpha and epsilon < 2 / K_alpha, with nothing given away: q**T e_0 + `noise` (1 - q**T) / (1 - q), from ``sharp_one_step``.

    >>> round(sharp_penalty_deviation(1000, 0.5, 0.1, K=4.0, mu=2.0, last=0.0, noise=0.1, start=40.0), 6)
    0.526316
    """
    T = at_least(0, T, "T")
    lost = _forgotten(alpha, _positive(epsilon, "epsilon"), K, mu, last)
    if not (lost > 0).all():
        raise ValueError(
            "epsilon: expected numbers < 2 / K_alpha (see penalty_smoothness), otherwise nothing contracts"
        )
    with np.errstate(divide="ignore"):
        left = np.exp(T * np.log1p(-lost))
    return plain(left * at_least(0, start, "start") + at_least(0, noise, "noise") * (1 - left) / lost)


def convex_error(deviation, bias, nodes):
    """Theorem 1: (1/n) sum_i E|x_{i,T} - x*|**2 <= (2/n) (Lemma 2 + Lemma 3 squared), by |a + b|**2 <= 2|a|**2 + 2|b|**2.

    Parameters
    ----------
    deviation : ConvexError
        From ``penalty_deviation``.
    bias : float or array
        From ``penalty_bias`` or ``sharp_penalty_bias``.
    nodes : int

    Returns
    -------
    ConvexError

    Examples
    --------
    >>> convex_error(ConvexError(4.0, 1.0, 1.0, 2.0, 0.0), bias=1.0, nodes=2)
    ConvexError(total=5.0, start=1.0, exchange=1.0, learning=2.0, bias=1.0)
    """
    share = 2 / at_least(1, nodes, "nodes")
    own = at_least(0, bias, "bias") ** 2
    kept = (share * np.asarray(part) for part in (*deviation[1:4], own))
    return ConvexError(plain(share * (np.asarray(deviation.total) + own)), *(plain(part) for part in kept))


def sharp_convex_error(deviation, bias, nodes):
    """Theorem 1 by Minkowski's inequality instead: (1/n) (sqrt(e_T) + `bias`)**2, at most ``convex_error`` of the same.

    >>> sharp_convex_error(4.0, bias=1.0, nodes=2)
    4.5
    """
    root = np.sqrt(at_least(0, deviation, "deviation")) + at_least(0, bias, "bias")
    return plain(root**2 / at_least(1, nodes, "nodes"))


def _forgotten(alpha, epsilon, K, mu, last):
    """1 - max(|1 - epsilon mu_alpha|, |1 - epsilon K_alpha|)**2, with all its digits where epsilon is tiny."""
    _curvatures(K, mu)
    ends = epsilon * penalty_convexity(alpha, mu), epsilon * penalty_smoothness(alpha, K, last)
    return np.minimum(*(np.asarray(end * (2 - end)) for end in ends))


def _recursion(T, delta, a, b):
    T, delta = at_least(1, T, "T"), _exponent(delta)
    a, b = _positive(a, "a"), at_least(0, b, "b")
    if not (a * T ** (-2 * delta) <= 1 + 1e-12).all():
        raise ValueError(
            f"T: expected at least a**(1 / (2 delta)) = {np.max(a ** (1 / (2 * delta))):.4g}, got {T.min():g}"
        )
    return T, delta, a, b
