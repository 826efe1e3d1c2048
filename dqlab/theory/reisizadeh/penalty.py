"""The penalty function (13): its curvatures, how far its minimiser is from the optimum (Lemma 3), and which step sizes Theorem 1 allows.

h_alpha(x) = x'(I - W)x / 2 + alpha (f_1(x_1) + ... + f_n(x_n)), the f_i being mu-strongly convex and K-smooth. `last` is
lambda_n(W), `gap` is 1 - beta or 1 - lambda_2. The schedule of Theorem 1 is alpha = T**(-delta/2), epsilon = T**(-3 delta/2).
"""

import math

import numpy as np

from .._arguments import at_least, plain


def penalty_convexity(alpha, mu):
    """mu_alpha = alpha mu: h_alpha is this strongly convex, as I - W has no curvature along the consensus.

    >>> penalty_convexity(0.5, mu=2.0)
    1.0
    """
    return plain(_positive(alpha, "alpha") * _positive(mu, "mu"))


def penalty_smoothness(alpha, K, last):
    """K_alpha = 1 - lambda_n(W) + alpha K.

    >>> penalty_smoothness(0.5, K=4.0, last=-0.25)
    3.25
    """
    _curvatures(K)
    return plain(1 - _eigenvalue(last) + _positive(alpha, "alpha") * np.asarray(K, float))


def largest_epsilon(alpha, K, mu, last):
    """What the proof of Lemma 2 asks of epsilon: alpha mu / K_alpha**2.

    >>> largest_epsilon(0.5, K=4.0, mu=2.0, last=-0.25)
    0.09467455621301775
    """
    _curvatures(K, mu)
    return plain(penalty_convexity(alpha, mu) / np.square(penalty_smoothness(alpha, K, last)))


def sharp_largest_epsilon(alpha, K, mu, last):
    """What is enough, as it is for gradient descent: 2 / (mu_alpha + K_alpha).

    >>> sharp_largest_epsilon(0.5, K=4.0, mu=2.0, last=-0.25)
    0.47058823529411764
    """
    _curvatures(K, mu)
    return plain(2 / (penalty_convexity(alpha, mu) + penalty_smoothness(alpha, K, last)))


def least_horizon(delta, K, mu, last):
    """The T from which the schedule has epsilon <= ``largest_epsilon``, that is K_alpha**2 <= mu T**delta.

    With u = T**(delta/2) it reads sqrt(mu) u**2 - (1 - lambda_n) u - K >= 0.

    >>> round(least_horizon(0.3, K=10.0, mu=5.0, last=-0.2)), round(least_horizon(0.3, K=10.0, mu=1.0, last=-0.2))
    (343, 7576)
    """
    _curvatures(K, mu)
    root, spread = np.sqrt(np.asarray(mu, float)), 1 - _eigenvalue(last)
    u = (spread + np.sqrt(spread**2 + 4 * np.asarray(K, float) * root)) / (2 * root)
    return plain(np.maximum(1, u) ** (2 / _exponent(delta)))


def least_horizon_simple(delta, K, mu):
    """A T that is enough for ``least_horizon`` with every network: ((2 + K)**2 / mu)**(1 / delta), or 1 where that is less.

    >>> round(least_horizon_simple(0.3, K=10.0, mu=5.0))
    73222
    """
    _curvatures(K, mu)
    return plain(np.maximum(1, (2 + np.asarray(K, float)) ** 2 / mu) ** (1 / _exponent(delta)))


def sharp_least_horizon(delta, K, mu, last):
    """The T from which the schedule has epsilon <= ``sharp_largest_epsilon``; numbers only.

    With v = T**(-delta/2) it reads (mu + K) v**4 + (1 - lambda_n) v**3 <= 2.

    >>> round(sharp_least_horizon(0.3, K=10.0, mu=5.0, last=-0.2), 1)
    35.6
    """
    _curvatures(K, mu)
    spread, delta = float(1 - _eigenvalue(last)), float(_exponent(delta))
    roots = np.roots([mu + K, spread, 0.0, 0.0, -2.0])
    v = min(1.0, max(root.real for root in roots if abs(root.imag) < 1e-9))  # one change of sign: one positive root
    return float(v ** (-2 / delta))


def unit_step_horizon(delta, K, last):
    """The T from which alpha K <= 1 + lambda_n(W), under which (24), gradient descent with step 1, descends: (K / (1 + lambda_n))**(2 / delta).

    >>> round(unit_step_horizon(0.5, K=2.0, last=0.0), 9)
    16.0
    """
    _curvatures(K)
    last = _eigenvalue(last)
    if not (last > -1).all():
        raise ValueError(f"last: expected numbers > -1 (see networks.lazy), got {last.min()}")
    return plain(np.maximum(1, K / (1 + last)) ** (2 / _exponent(delta)))


def initial_gap(K, values, minima):
    """D**2 = 2 K sum_i (f_i(x) - min f_i) of Lemma 3, at x = 0 in the paper: the squared length of all gradients is at most this.

    At x = x* it bounds the same in Lemma 3, and is never more than at x = 0.

    >>> initial_gap(4.0, values=[3.0, 1.0], minima=[1.0, 0.5])
    20.0
    """
    _curvatures(K)
    above = np.asarray(values, float) - np.asarray(minima, float)
    if not (above >= 0).all():
        raise ValueError(
            f"values: expected at least the minima of the functions, got one that is {-above.min():.3g} below"
        )
    return plain(2 * np.asarray(K, float) * above.sum())


def penalty_bias(alpha, D, K, mu, gap, nodes):
    """Lemma 3 by the paper's route: |x*_alpha - x*| <= sqrt(n) (3 + 2K/mu) alpha D / (1 - beta), x* copied to all nodes.

    Gradient descent with step 1 on h_alpha is decentralised gradient descent, to which Yuan, Ling and Yin (2016) apply; alpha K
    is less than 1 + lambda_n(W). `gap` is 1 - beta, D the root of ``initial_gap``.

    >>> penalty_bias(0.1, D=2.0, K=4.0, mu=2.0, gap=0.5, nodes=9)
    8.4
    """
    _curvatures(K, mu)
    return plain(np.sqrt(at_least(1, nodes, "nodes")) * (3 + 2 * np.asarray(K, float) / mu) * _pull(alpha, D, gap))


def sharp_penalty_bias(alpha, D, K, mu, gap):
    """Lemma 3, sharper and for every alpha: |x*_alpha - x*| <= sqrt(1 + (K/mu)**2) alpha D / (1 - lambda_2).

    D bounds the length of all nodes' gradients, in x*_alpha or in x*: the paper's D will do, and so will the length of
    (grad f_1(x*), ..., grad f_n(x*)), which says how much the nodes disagree and is never more. `gap` is 1 - lambda_2.

    >>> round(sharp_penalty_bias(0.1, D=2.0, K=4.0, mu=2.0, gap=0.5), 6)
    0.894427
    """
    _curvatures(K, mu)
    return plain(np.sqrt(1 + (np.asarray(K, float) / mu) ** 2) * _pull(alpha, D, gap))


def penalty_bias_large_alpha(alpha, D, mu, gap):
    """Lemma 3 where alpha is not small: |x*_alpha - x*| <= D sqrt(alpha / (4 mu (1 - lambda_2))), with D the length of the gradients in x*.

    >>> penalty_bias_large_alpha(2.0, D=2.0, mu=2.0, gap=1.0)
    1.0
    """
    return plain(at_least(0, D, "D") * np.sqrt(_positive(alpha, "alpha") / (4 * _positive(mu, "mu") * _gap(gap))))


def _pull(alpha, D, gap):
    return _positive(alpha, "alpha") * at_least(0, D, "D") / _gap(gap)


def _curvatures(K, mu=None):
    """Checks K, or K and mu: 0 < mu <= K."""
    K = _positive(K, "K")
    if mu is not None and not (K >= _positive(mu, "mu")).all():
        raise ValueError(f"K: expected K >= mu, got K = {K.min()} and mu = {np.max(mu)}")


def _positive(value, name):
    array = at_least(0, value, name)
    if not (array > 0).all():
        raise ValueError(f"{name}: expected numbers > 0, got {array.min()}")
    return array


def _gap(gap):
    gap = _positive(gap, "gap")
    if not (gap <= 2).all():
        raise ValueError(f"gap: expected numbers in (0, 2], got {gap.max()}")
    return gap


def _eigenvalue(last):
    last = at_least(-1, last, "last")
    if not (last <= 1).all():
        raise ValueError(f"last: expected an eigenvalue from -1 to 1, got {last.max()}")
    return last


def _exponent(delta):
    delta = _positive(delta, "delta")
    if not (delta <= 0.5).all() or not math.isfinite(delta.max()):
        raise ValueError(f"delta: expected numbers in (0, 1/2], got {delta.max()}")
    return delta
