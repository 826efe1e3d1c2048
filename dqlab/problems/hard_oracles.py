"""The oracles of Section 6 of Mayekar and Tyagi: linear functions whose slope, a corner of the cube, hides in the noise."""

from typing import NamedTuple

import numpy as np

from .. import _checks
from ..streams import key, uniform
from .lp_ball import LpBall, checked_order, conjugate
from .oracles import Oracle, query
from .verbs import value


class _Fields(NamedTuple):
    alpha: np.ndarray
    delta: float
    p: float
    bound: float
    domain: LpBall
    entry: float
    slope: np.ndarray
    minimum: float
    minimiser: np.ndarray


class BernoulliOracle(Oracle, _Fields):
    """Made by `bernoulli_oracle`; beside what every oracle has: alpha, delta, slope = E[g] and entry = |g_i|."""

    __slots__ = ()


class PaninskiOracle(Oracle, _Fields):
    """Made by `paninski_oracle`; beside what every oracle has: alpha, delta, slope = E[g] and entry = |g|, its one coordinate."""

    __slots__ = ()


def bernoulli_oracle(alpha, delta, p, D=1.0, B=1.0):
    """Every coordinate of the subgradient tells its sign, a little: it is hard to *send*.

    f(x) = (2 B delta / d**(1/q)) <alpha, x> on the cube |x|_inf <= D / (2 d**(1/p)). A subgradient has independent coordinates
    B / d**(1/q) and -B / d**(1/q), with probabilities (1 + 2 delta alpha_i) / 2 and (1 - 2 delta alpha_i) / 2: |g|_q = B always.

    Parameters
    ----------
    alpha : array of -1 and 1, shape (d,)
    delta : float
        From above 0 to 1/2; 1/2 leaves no noise.
    p : float
        From 1 to infinity, 1/p + 1/q = 1.
    D, B : float
        The l_p diameter of the domain, and the bound on |g|_q.

    Returns
    -------
    BernoulliOracle
        Its minimum is -delta D B, at the corner -alpha D / (2 d**(1/p)).

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong kind or range.

    Notes
    -----
    Second lower bound of Section 6 of Mayekar and Tyagi, after Agarwal et al. (2012).

    Examples
    --------
    >>> import dqlab as dq
    >>> oracle = dq.problems.bernoulli_oracle([1, -1, 1, 1], delta=0.25, p=2)
    >>> oracle.minimum, dq.problems.value(oracle, oracle.minimiser), oracle.diameter
    (-0.25, -0.25, 1.0)
    >>> dq.problems.query(oracle, oracle.minimiser, dq.stream(1, "oracle")).tolist()
    [0.5, 0.5, -0.5, 0.5]
    """
    alpha, delta, p, domain, B = _arguments(alpha, delta, p, D, B)
    entry = B / alpha.size ** (1 / conjugate(p))
    return BernoulliOracle(*_linear(alpha, delta, p, B, domain, entry, 2 * delta * entry))


def paninski_oracle(alpha, delta, p, D=1.0, B=1.0):
    """One coordinate of the subgradient at a time, with a sign that is right a little more often than wrong: it is hard to *learn*.

    f(x) = (2 B delta / d) <alpha, x> on the cube |x|_inf <= D / (2 d**(1/p)). A subgradient is B e_i or -B e_i, with
    probabilities (1 + 2 delta alpha_i) / (2d) and (1 - 2 delta alpha_i) / (2d): |g|_q = B always, for every q.

    Parameters
    ----------
    alpha : array of -1 and 1, shape (d,)
    delta : float
        From above 0 to 1/2; 1/2 leaves no noise in the signs.
    p : float
        From 1 to infinity.
    D, B : float
        The l_p diameter of the domain, and the bound on |g|_q.

    Returns
    -------
    PaninskiOracle
        Its minimum is -delta D B d**(-1/p), at the corner -alpha D / (2 d**(1/p)).

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong kind or range.

    Notes
    -----
    First lower bound of Section 6 of Mayekar and Tyagi, after Paninski (2008).

    Examples
    --------
    >>> import dqlab as dq
    >>> oracle = dq.problems.paninski_oracle([1, -1, 1, 1], delta=0.25, p=float("inf"), B=3.0)
    >>> oracle.minimum, dq.problems.value(oracle, oracle.minimiser), oracle.diameter
    (-0.75, -0.75, 1.0)
    >>> dq.problems.query(oracle, oracle.minimiser, dq.stream(1, "oracle")).tolist()
    [3.0, 0.0, 0.0, 0.0]
    """
    alpha, delta, p, domain, B = _arguments(alpha, delta, p, D, B)
    return PaninskiOracle(*_linear(alpha, delta, p, B, domain, B, 2 * delta * B / alpha.size))


def _arguments(alpha, delta, p, D, B):
    """Checked arguments, with the domain in the place of D."""
    alpha = _checks.vector(alpha, "alpha").astype(np.float64)
    if alpha.size == 0 or not np.isin(alpha, (-1.0, 1.0)).all():
        raise ValueError(f"alpha: expected a vector of -1 and 1, got {alpha.tolist()[:5]}")
    delta, p = _checks.positive(delta, "delta"), checked_order(p, "p")
    if delta > 0.5:
        raise ValueError(f"delta: expected at most 1/2, where (1 - 2 delta) / 2 is a probability, got {delta}")
    domain = LpBall(np.inf, _checks.positive(D, "D") / (2 * alpha.size ** (1 / p)), alpha.size)
    return alpha, delta, p, domain, _checks.positive(B, "B")


def _linear(alpha, delta, p, B, domain, entry, steepness):
    """The fields of an oracle for f(x) = steepness <alpha, x> on a cube."""
    minimum = -steepness * alpha.size * domain.radius
    return alpha, delta, p, B, domain, entry, steepness * alpha, minimum, -domain.radius * alpha


@query.register(BernoulliOracle)
def _query_bernoulli(oracle, x, rng):
    draws, g = key(rng), np.empty(x.size)
    for i in range(x.size):
        up = uniform(draws, i) < 0.5 + oracle.delta * oracle.alpha[i]
        g[i] = oracle.entry if up else -oracle.entry
    return g


@query.register(PaninskiOracle)
def _query_paninski(oracle, x, rng):
    draws, g = key(rng), np.zeros(x.size)
    i = min(np.int64(uniform(draws, 0) * x.size), x.size - 1)
    up = uniform(draws, 1) < 0.5 + oracle.delta * oracle.alpha[i]
    g[i] = oracle.entry if up else -oracle.entry
    return g


@value.register(BernoulliOracle)
def _value_bernoulli(oracle, x):
    return np.dot(oracle.slope, x)


@value.register(PaninskiOracle)
def _value_paninski(oracle, x):
    return np.dot(oracle.slope, x)
