"""Bounds for K workers: Section V and Appendix D of Lin, Kostina and Hassibi, and gradient differences beyond it.

`L` is the array of L_1, ..., L_K and `mu` that of mu_1, ..., mu_K (or one number for all); their means are those of f,
equation (61). `rates` are R_1, ..., R_K, `sum_rate` is what they may add up to, equation (60).
"""

import itertools
import math

import numpy as np

from .._arguments import at_least, plain
from .gradient_descent import gd_contraction_factor, gd_stepsize, geometric_sum

MOST = 2.0**52  # levels: up to there whole numbers and floats are the same


def waterfilling(L, sum_rate):
    """Equations (67)-(68): the rates that minimise sum_k L_k 2**-R_k under sum_k R_k = R, and the water level nu.

    R_k = max(0, log2(L_k / nu)): exact, by the number of workers above water. For the largest m such that L_m, the m-th
    largest, is above the level nu_m that m workers would reach, log2 nu_m = (sum_{i <= m} log2 L_i - R) / m.

    >>> rates, level = waterfilling([8.0, 2.0, 0.25], sum_rate=4.0)
    >>> rates.tolist(), level
    ([3.0, 1.0, 0.0], 1.0)
    """
    L = _lipschitz(L)
    sum_rate = _above_zero(sum_rate, "sum_rate")
    ordered = np.sort(np.log2(L))[::-1]
    levels = (np.cumsum(ordered) - sum_rate) / np.arange(1, L.size + 1)
    level = levels[np.flatnonzero(ordered > levels)[-1]]
    return np.maximum(0.0, np.log2(L) - level), float(2.0**level)


def whole_levels(L, sum_rate, rho=1.0):
    """Waterfilling for scalar quantizers, whose number of levels 2**R_k is whole: an integer array, product <= 2**R.

    Minimises sum_k L_k e_k with e_k = rho / levels_k, and min(rho, 1) for one level (a silent worker): from the best whole
    numbers at a price of a bit, the price as low as the sum rate allows, then by exchange between two workers until no
    pair gains. Optimal for two workers; for three, within one per cent of exhaustive search in the tests. No worker gets
    more than 2**52 levels.

    >>> whole_levels([8.0, 2.0, 0.25], sum_rate=4.0).tolist()
    [8, 2, 1]
    """
    L = _lipschitz(L)
    sum_rate, rho = _above_zero(sum_rate, "sum_rate"), float(at_least(0, rho, "rho"))
    cheap, dear = 0.0, 2 * rho * float(L.max()) + 2 * float(L.max())
    for _ in range(100):  # bisection over the price of a bit
        price = (cheap + dear) / 2
        cheap, dear = (cheap, price) if _fits(_at_price(L, price, rho), sum_rate) else (price, dear)
    return _exchange(L, _at_price(L, dear, rho), sum_rate, rho)


def workers_error(L, mu, rates, rho):
    """C of equation (180): eta_GD / K sum_k L_k rho_n 2**-R_k; a worker of rate zero costs L_k min(rho_n, 1), not L_k rho_n.

    >>> workers_error([3.0, 3.0], 1.0, [3.0, 3.0], rho=1.0)
    0.1875
    """
    L, eta = _lipschitz(L), _stepsize(L, mu)
    return plain(eta * np.mean(L * _relative(rates, rho), axis=-1))


def workers_contraction_factor(L, mu, rates, rho):
    """sigma of equation (179) = sigma_GD + C: the factor of K-worker NQ-GD at any rates, Theorem D.1.

    >>> workers_contraction_factor([3.0, 3.0], 1.0, [3.0, 3.0], rho=1.0)
    0.6875
    """
    return plain(gd_contraction_factor(_kappa(L, mu)) + workers_error(L, mu, rates, rho))


def nq_gd_workers_contraction_factor(L, mu, sum_rate, rho):
    """Theorem V.1, equation (69): sigma_GD + eta_GD rho_n / K sum_k min(nu, L_k), the factor at the rates of waterfilling.

    >>> nq_gd_workers_contraction_factor([3.0, 3.0], 1.0, sum_rate=6.0, rho=1.0)
    0.6875
    """
    L = _lipschitz(L)
    rho, (_, level) = float(at_least(0, rho, "rho")), waterfilling(L, sum_rate)
    return plain(gd_contraction_factor(_kappa(L, mu)) + _stepsize(L, mu) * rho * np.mean(np.minimum(level, L)))


def nq_gd_equal_workers_contraction_factor(kappa, sum_rate, workers, rho):
    """Equation (70), the case L_k = L: sigma_GD + 2 kappa / (kappa + 1) rho_n 2**(-R / K).

    >>> nq_gd_equal_workers_contraction_factor(3.0, sum_rate=6.0, workers=2, rho=1.0)
    0.6875
    """
    kappa, share = at_least(1, kappa, "kappa"), at_least(0, sum_rate, "sum_rate") / at_least(1, workers, "workers")
    return plain(
        np.asarray(gd_contraction_factor(kappa)) + 2 * kappa / (kappa + 1) * at_least(0, rho, "rho") * 2.0**-share
    )


def nq_gd_workers_step(distance, errors, L, mu):
    """Lemma D.1, equation (174): sigma_GD |x^_t - x*| + eta_GD / K sum_k |e_{t,k}|; `errors` has one column a worker.

    >>> round(nq_gd_workers_step(1.0, [0.5, 0.0], [12.0, 6.0], 1.0), 6)
    0.85
    """
    errors = np.asarray(errors, float)
    return plain(
        gd_contraction_factor(_kappa(L, mu)) * np.asarray(distance, float) + _stepsize(L, mu) * errors.mean(axis=-1)
    )


def nq_gd_workers_dynamic_range(t, L, mu, rates, rho, D=1.0, shared=True):
    """Equation (66), and (186) without a shared minimiser: r_{t,k}, one row a step and one column a worker.

    >>> nq_gd_workers_dynamic_range([0, 1], [3.0, 1.0], 1.0, [2.0, 2.0], rho=1.0).round(6).tolist()
    [[3.0, 1.0], [2.0, 0.666667]]
    """
    L, t = _lipschitz(L), np.asarray(t, float)[..., None]
    sigma, C = workers_contraction_factor(L, mu, rates, rho), workers_error(L, mu, rates, rho)
    ranges = sigma**t * L * D
    return ranges if shared else ranges + 2 * L * D * (C * geometric_sum(t - 1, sigma, 1.0) + 1)


def nq_gd_workers_distance(t, L, mu, rates, rho, D=1.0, shared=True):
    """Theorem D.1, equation (181): sigma**t D; Theorem D.2, (187): sigma**t D + 2 D C sum_{tau < t} sigma**tau otherwise.

    >>> nq_gd_workers_distance(2, [3.0, 1.0], 1.0, [4.0, 4.0], rho=1.0) < 0.25
    True
    """
    t = np.asarray(t, float)
    sigma = workers_contraction_factor(L, mu, rates, rho)
    beyond = 0.0 if shared else 2 * D * workers_error(L, mu, rates, rho) * geometric_sum(t - 1, sigma, 1.0)
    return plain(sigma**t * D + beyond)


def nq_gd_workers_radius(L, mu, rates, rho, D=1.0):
    """The limit of (187): 2 D C / (1 - sigma), infinite where sigma >= 1. D bounds |x_0 - x*| and every |x_0 - x*_k|.

    >>> nq_gd_workers_radius([3.0, 3.0], 1.0, [3.0, 3.0], rho=1.0)
    1.2
    """
    sigma = workers_contraction_factor(L, mu, rates, rho)
    return plain(2 * D * workers_error(L, mu, rates, rho) / (1 - sigma)) if sigma < 1 else math.inf


def ef21_workers_contraction_factor(L, mu, rates, rho):
    """A factor for gradient differences with the ranges of ``dqlab.algorithms.ranges.ef21_workers_ranges``.

    (a_t, r_{t,1}, ..., r_{t,K}) obeys a linear recursion whose matrix has no negative entry; the factor is its largest
    eigenvalue. Where all workers have one rate it is the larger eigenvalue of
    [[sigma_GD, eta rho'], [eta L**2, (1 + eta L) rho']], which is `ef_gd_contraction_factor` of kappa = L / mu.

    >>> round(ef21_workers_contraction_factor([12.0, 6.0], 1.0, [8.0, 8.0], rho=2.0), 6)
    0.831273
    """
    L, eta, relative = _lipschitz(L), _stepsize(L, mu), _relative(rates, rho)
    mean, relative = float(L.mean()), np.broadcast_to(relative, L.shape)
    matrix = np.diag(np.append(gd_contraction_factor(_kappa(L, mu)), relative))
    matrix[0, 1:] = eta * relative / L.size
    matrix[1:, 0] = eta * mean * L
    matrix[1:, 1:] += eta * np.outer(L, relative) / L.size
    return float(np.abs(np.linalg.eigvals(matrix)).max())


def ef21_workers_linear_threshold(kappa, workers, rho):
    """K log2(rho_n (2 kappa + 1)): the sum rate above which equal rates make gradient differences converge linearly.

    >>> round(ef21_workers_linear_threshold(9.0, workers=2, rho=2.0), 6)
    10.495855
    """
    return plain(
        at_least(1, workers, "workers") * np.log2(at_least(0, rho, "rho") * (2 * at_least(1, kappa, "kappa") + 1))
    )


def nq_gd_workers_linear_threshold(L, mu, rho):
    """The sum rate above which (69) is below 1: where eta_GD rho_n mean_k min(nu, L_k) = 1 - sigma_GD; 0 if it always is.

    >>> round(nq_gd_workers_linear_threshold([8.0, 8.0], 1.0, rho=4.0), 9)
    10.0
    """
    L = _lipschitz(L)
    most = (1 - gd_contraction_factor(_kappa(L, mu))) / (_stepsize(L, mu) * float(at_least(0, rho, "rho"))) * L.size
    ordered = np.sort(L)
    if ordered.sum() <= most:
        return 0.0
    below = np.concatenate([[0.0], np.cumsum(ordered)[:-1]])  # of workers under water, were worker i the first above
    levels = (most - below) / np.arange(L.size, 0, -1)
    level = levels[np.flatnonzero(levels <= ordered)[0]]
    return float(np.maximum(0.0, np.log2(L / level)).sum())


def _lipschitz(L):
    L = np.atleast_1d(np.asarray(L, float))
    if L.ndim != 1 or L.size == 0 or not ((L > 0) & np.isfinite(L)).all():
        raise ValueError(f"L: expected L_1, ..., L_K > 0 of at least one worker, got {L.tolist()}")
    return L


def _above_zero(value, name):
    value = float(at_least(0, value, name))
    if not 0 < value < math.inf:
        raise ValueError(f"{name}: expected a number of bits above 0, got {value}")
    return value


def _kappa(L, mu):
    """L / mu of the mean, equation (61)."""
    return float(_lipschitz(L).mean() / np.mean(at_least(0, mu, "mu")))


def _stepsize(L, mu):
    return float(gd_stepsize(_lipschitz(L).mean(), np.mean(mu)))


def _relative(rates, rho):
    """rho' = rho_n 2**-R, but for a silent worker at most 1: decoding to 0 loses the gradient and no more."""
    rates, rho = at_least(0, rates, "rates"), at_least(0, rho, "rho")
    return np.where(rates > 0, rho * 2.0**-rates, np.minimum(rho, 1.0))


def _costs(L, levels, rho):
    return L * np.where(levels > 1, rho / levels, min(rho, 1.0))


def _fits(levels, sum_rate):
    return float(np.log2(levels).sum()) <= sum_rate * (1 + 1e-12)


def _at_price(L, price, rho):
    """For each worker the whole number of levels that minimises L_k e_k + price * log2(levels)."""
    best = np.maximum(1.0, L * rho * math.log(2) / max(price, 1e-300))
    options = np.array([np.ones_like(L), np.maximum(2, np.floor(best)), np.maximum(2, np.ceil(best))])
    options = np.minimum(options, MOST)
    value = [_costs(L, levels, rho) + price * np.log2(levels) for levels in options]
    return options[np.argmin(value, axis=0), np.arange(L.size)].astype(np.int64)


def _exchange(L, levels, sum_rate, rho):
    """Divide anew what each pair of workers may use between them, the rest fixed, until no pair gains."""
    total, improved = sum_rate * (1 + 1e-12), True
    levels[0] = 2.0 ** min(total - float(np.log2(levels[1:]).sum()), math.log2(MOST))
    while improved:
        improved = False
        for i, j in itertools.combinations(range(L.size), 2):
            others = float(np.log2(levels).sum() - np.log2(levels[[i, j]]).sum())
            product = 2.0 ** min(total - others, math.log2(MOST))
            few = np.arange(1, math.floor(min(product, 4096)) + 1)
            options = np.concatenate([[few, np.floor(product / few)], [np.floor(product / few), few]], axis=1)
            costs = _costs(L[[i, j], None], options, rho).sum(axis=0)
            best = int(np.argmin(costs))
            if costs[best] < _costs(L[[i, j]], levels[[i, j]], rho).sum() * (1 - 1e-12):
                levels[[i, j]], improved = options[:, best], True
    return levels
