"""Average regret at a horizon T: Theorems 4.3 and 4.4 as printed and as corrected, a shorter proof's bound, and what bias adds.

`length` is the expectation of ``path_length``, sum_i |q_{1:T,i}|; it is at most d G_infinity sqrt(T).
"""

import numpy as np

from .._arguments import at_least, plain
from .regret import Sides, _point, _positive, _sequence, _vector


def cmd_stepsize(L, delta=1.0, young=1.0, printed=False):
    """The eta of Theorem 4.3: 1 / (young + L / delta), that is 1 / (1 + L) at delta = 1; printed 2 / (1 + 2 L).

    Any smaller one will do. `young` a weighs -<xi, step> <= |xi|**2 / (2 a) + a |step|**2 / 2; a = 1/2 with delta = 1 is the printed step size.

    >>> cmd_stepsize(3.0), cmd_stepsize(3.0, young=0.5) == cmd_stepsize(3.0, printed=True)
    (0.25, True)
    """
    L = at_least(0, L, "L")
    return plain(2 / (1 + 2 * L) if printed else 1 / (_positive(young, "young") + L / _positive(delta, "delta")))


def cmd_regret(T, length, D, dim, delta, eta, young=1.0):
    """Theorem 4.3 before `length` is bounded: ((1 / young + D**2 / (2 eta)) length + delta d D**2 / (2 eta)) / T.

    `length` is the expectation of ``path_length``, D = D_infinity an almost sure bound on \\|x_t - x*\\| in the maximum norm.

    >>> cmd_regret(100, length=20.0, D=1.0, dim=4, delta=1.0, eta=0.5)
    0.44
    """
    T, D, pull = _horizon(T), at_least(0, D, "D"), 2 * _positive(eta, "eta")
    steps = (1 / _positive(young, "young") + D**2 / pull) * at_least(0, length, "length")
    return plain((steps + at_least(0, delta, "delta") * at_least(1, dim, "dim") * D**2 / pull) / T)


def theorem_4_3(T, dim, G, D, delta, eta, printed=False, young=1.0):
    """Theorem 4.3, the average regret of QCMD adagrad at x_{t+1}, with length <= d G sqrt(T).

    Printed, (1 + D / (2 eta)) d G / sqrt(T): D is not squared, and what delta costs is missing.
    Corrected it needs delta >= max |q_{t,i}| almost surely and eta of ``cmd_stepsize``.

    >>> theorem_4_3(100, dim=4, G=1.0, D=2.0, delta=1.0, eta=0.5)
    2.16
    >>> theorem_4_3(100, dim=4, G=1.0, D=2.0, delta=1.0, eta=0.5, printed=True)
    1.2
    """
    T, spread = _horizon(T), at_least(1, dim, "dim") * at_least(0, G, "G")
    if printed:
        return plain((1 + at_least(0, D, "D") / (2 * _positive(eta, "eta"))) * spread / np.sqrt(T))
    return cmd_regret(T, spread * np.sqrt(T), D, dim, delta, eta, young)


def short_cmd_regret(T, length, D, dim, delta, eta):
    """What a shorter proof gives for QCMD adagrad, at x_t: ((eta + D**2 / (2 eta)) length + delta d D**2 / (2 eta)) / T.

    For every eta > 0 and delta >= 0, and without smoothness: the classical analysis of AdaGrad, with q_t for the gradient. x_1 = 0.

    >>> short_cmd_regret(100, length=20.0, D=1.0, dim=4, delta=1.0, eta=0.5)
    0.34
    """
    T, D, eta = _horizon(T), at_least(0, D, "D"), _positive(eta, "eta")
    steps = (eta + D**2 / (2 * eta)) * at_least(0, length, "length")
    return plain((steps + at_least(0, delta, "delta") * at_least(1, dim, "dim") * D**2 / (2 * eta)) / T)


def rda_regret(T, length, best, delta, eta):
    """Theorem 4.4 before `length` is bounded: (delta \\|x*\\|**2 / (2 eta) + (max \\|x*_i\\|**2 / (2 eta) + eta) length) / T.

    >>> rda_regret(100, length=20.0, best=[1.0, -1.0], delta=1.0, eta=0.5)
    0.32
    """
    T, eta = _horizon(T), _positive(eta, "eta")
    best = _vector(best, "best")
    start = at_least(0, delta, "delta") * (best**2).sum() / (2 * eta)
    return plain((start + (np.abs(best).max() ** 2 / (2 * eta) + eta) * at_least(0, length, "length")) / T)


def theorem_4_4(T, dim, G, best, delta, eta, printed=False):
    """Theorem 4.4, the average regret of QRDA adagrad at x_t, with length <= d G sqrt(T). It needs x_1 = 0 and delta >= max \\|q_{t,i}\\|.

    Printed, delta \\|x*\\|**2 / (eta T) + (max \\|x*_i\\|**2 / eta + eta**2 / 2) d G / sqrt(T): too large in x*, too small in eta.

    >>> theorem_4_4(100, dim=2, G=1.0, best=[1.0, -1.0], delta=1.0, eta=0.5)
    0.32
    >>> round(theorem_4_4(100, dim=2, G=1.0, best=[0.0, 0.0], delta=1.0, eta=0.5, printed=True), 4)
    0.025
    """
    T, spread = _horizon(T), at_least(1, dim, "dim") * at_least(0, G, "G")
    if not printed:
        return rda_regret(T, spread * np.sqrt(T), best, delta, eta)
    eta, best = _positive(eta, "eta"), _vector(best, "best")
    start = at_least(0, delta, "delta") * (best**2).sum() / eta
    return plain(start / T + (np.abs(best).max() ** 2 / eta + eta**2 / 2) * spread / np.sqrt(T))


def best_stepsize(radius):
    """The eta that makes ``rda_regret`` (radius: max |x*_i|) or ``short_cmd_regret`` (radius: D) least for long runs: radius / sqrt(2).

    >>> round(best_stepsize(2.0), 4)
    1.4142
    """
    return plain(_positive(radius, "radius") / np.sqrt(2))


def bias_cost(D, bias):
    """What a bias b_t = E[q_t | past] - f'(x_t) adds to the average regret at x_t: D mean_t sum_i |b_{t,i}|. It does not vanish as T grows.

    >>> bias_cost(2.0, [[0.5, 0.0], [0.0, -0.5]])
    1.0
    """
    return plain(at_least(0, D, "D") * np.abs(_sequence(bias, "bias")).sum(axis=1).mean())


def feedback_cost(x, q, g, best):
    """What error feedback adds to the average regret instead of ``bias_cost``: it vanishes as steps get shorter.

    With feedback q_t = g_t + e_{t-1} - e_t, where e_t is what is owed after step t and g_t is the unquantized mean gradient. The left side is
    (1/T) sum <g_t - q_t, x_t - x*>, the right one (<|e_T|, |x_T - x*|> + sum_{t < T} <|e_t|, |x_{t+1} - x_t|>) / T, by summation by parts.

    >>> sides = feedback_cost([[0.0], [0.5], [0.5]], [[0.0], [2.0]], [[1.0], [1.0]], best=[1.0])
    >>> [side.tolist() for side in sides]
    [[-1.0, -0.25], [1.0, 0.25]]
    """
    x, q, g = _sequence(x, "x"), _sequence(q, "q"), _sequence(g, "g")
    if q.shape != g.shape or x.shape != (len(q) + 1, q.shape[1]):
        raise ValueError(
            f"x, q, g: expected one row more in x, and q and g alike, got shapes {x.shape}, {q.shape} and {g.shape}"
        )
    T, away = np.arange(1, len(q) + 1), x[:-1] - _point(best, q)
    owed = np.abs(np.cumsum(g - q, axis=0))
    moved = (owed * np.abs(np.diff(x, axis=0))).sum(axis=1)
    earlier = np.concatenate([[0.0], np.cumsum(moved)[:-1]])
    return Sides(np.cumsum(((g - q) * away).sum(axis=1)) / T, ((owed * np.abs(away)).sum(axis=1) + earlier) / T)


def _horizon(T):
    return at_least(1, T, "T")
