"""The non-convex case: Theorem 2 of Reisizadeh et al. with every constant, as the supplement's proof gives it and sharper.

n is `nodes`, w = |W - W_D| is `reach`, sigma**2, gamma_1**2 and gamma_2**2 are `sigma_sq`, `gamma1_sq` and `gamma2_sq`. What has to
hold is, for every x and every node i,

    E|Q(x) - x|**2 <= sigma**2,    mean_i |grad f_i(x) - grad f(x)|**2 <= gamma_1**2,    E|g_i(x) - grad f_i(x)|**2 <= gamma_2**2,

with independent unbiased quantizers and stochastic gradients g_i, K-smooth f_i, and all nodes starting from one point. A bound is
infinite where the theorem does not apply: alpha too large, or epsilon above 1.
"""

import math

import numpy as np

from .._arguments import at_least, plain

ROUNDING = 1 + 1e-12  # what arithmetic may add to a condition that holds with equality


def mixing_contraction(epsilon, second, last):
    """rho = |W_eps - J| for W_eps = (1 - epsilon) I + epsilon W, exactly, from the eigenvalues lambda_2 and lambda_n of W.

    >>> round(mixing_contraction(0.5, second=0.6, last=-0.2), 6), round(mixing_contraction(1.5, second=0.6, last=-0.2), 6)
    (0.8, 0.8)
    """
    epsilon, second, last = (np.asarray(v, float) for v in (at_least(0, epsilon, "epsilon"), second, last))
    if not ((-1 <= last) & (last <= second) & (second <= 1)).all():
        raise ValueError(f"second, last: expected eigenvalues with -1 <= last <= second <= 1, got {second} and {last}")
    return plain(np.maximum(abs(1 - epsilon * (1 - second)), abs(1 - epsilon * (1 - last))))


def contraction_bound(epsilon, beta):
    """1 - epsilon (1 - beta), which is at least |W_eps - J| for every epsilon <= 1, also where eigenvalues of W are negative.

    Above 1 it may fail (it is below 0 at last), so it is refused.

    >>> contraction_bound(0.5, beta=0.6)
    0.8
    """
    epsilon, beta = _share(epsilon, "epsilon"), _share(beta, "beta")
    return plain(1 - epsilon * (1 - beta))


def average_step(mean_gradient_sq, nodes, alpha, epsilon, sigma_sq, gamma2_sq, reach=1.0):
    """(37)-(38): E|x_bar_{t+1} - x_bar_t|**2 <= epsilon**2 w**2 sigma**2 / n + alpha**2 epsilon**2 (gamma_2**2 / n + E|mean_i grad f_i(x_i)|**2).

    The paper has 1 in the place of w**2: sum_i (1 - w_ii)**2 = |(W - W_D) 1|**2 <= n w**2.

    >>> round(average_step(1.0, nodes=10, alpha=0.5, epsilon=0.2, sigma_sq=0.1, gamma2_sq=2.0), 6)
    0.0124
    """
    mean_gradient_sq, nodes = at_least(0, mean_gradient_sq, "mean_gradient_sq"), at_least(1, nodes, "nodes")
    alpha, epsilon, sigma_sq, _, gamma2_sq, reach = _scales(alpha, epsilon, sigma_sq, 0.0, gamma2_sq, reach)
    quantized = epsilon**2 * reach**2 * sigma_sq / nodes
    return plain(quantized + (alpha * epsilon) ** 2 * (gamma2_sq / nodes + mean_gradient_sq))


def descent_bound(value, slope, mean_gradient_sq, deviation, K, nodes, alpha, epsilon, sigma_sq, gamma2_sq, reach=1.0):
    """(36)-(39): what E f(x_bar_{t+1}) is at most, given E f(x_bar_t) and three squares at step t.

    f - (alpha epsilon / 2) (slope + (1 - K alpha epsilon) mean_gradient_sq - deviation)
      + (K epsilon**2 / (2n)) (w**2 sigma**2 + alpha**2 gamma_2**2),

    where slope = E|grad f(x_bar)|**2, mean_gradient_sq = E|mean_i grad f_i(x_i)|**2 and deviation = T_1.

    >>> round(descent_bound(1.0, 0.5, 0.4, 0.1, K=1.0, nodes=10, alpha=0.5, epsilon=0.2, sigma_sq=0.0, gamma2_sq=0.0), 6)
    0.962
    """
    K, slope, deviation = at_least(0, K, "K"), at_least(0, slope, "slope"), at_least(0, deviation, "deviation")
    length = average_step(mean_gradient_sq, nodes, alpha, epsilon, sigma_sq, gamma2_sq, reach)
    pull = np.asarray(alpha) * epsilon / 2 * (slope + np.asarray(mean_gradient_sq) - deviation)
    return plain(np.asarray(value, float) - pull + K / 2 * length)


def deviation_bound(K, consensus):
    """T_1 = E|grad f(x_bar_t) - mean_i grad f_i(x_{i,t})|**2 <= K**2 M_t.

    >>> deviation_bound(2.0, 0.25)
    1.0
    """
    return plain(at_least(0, K, "K") ** 2 * at_least(0, consensus, "consensus"))


def quantization_term(nodes, epsilon, beta, sigma_sq, reach=1.0):
    """T_3 = E|sum_s (Z_s - X_s)(W - W_D)(J - W_eps**(t-1-s))|_F**2 <= n w**2 sigma**2 / (epsilon (1 - beta)), at every t.

    The paper uses |W - W_D| <= 2 in the place of w <= 1.

    >>> quantization_term(10, epsilon=0.5, beta=0.6, sigma_sq=0.1)
    5.0
    """
    nodes, sigma_sq, reach = at_least(1, nodes, "nodes"), at_least(0, sigma_sq, "sigma_sq"), _share(reach, "reach")
    return plain(nodes * reach**2 * sigma_sq / _gap(epsilon, beta))


def noise_term(nodes, epsilon, beta, gamma2_sq):
    """T_4 = E|sum_s (g_s - grad_s)(J - W_eps**(t-1-s))|_F**2 <= n gamma_2**2 / (epsilon (1 - beta)), at every t.

    >>> noise_term(10, epsilon=0.5, beta=0.6, gamma2_sq=0.2)
    10.0
    """
    return plain(at_least(1, nodes, "nodes") * at_least(0, gamma2_sq, "gamma2_sq") / _gap(epsilon, beta))


def gradient_term(consensus, slope, nodes, epsilon, beta, K, gamma1_sq):
    """T_5 at t = 0, 1, ..., from M_s and G_s = E|grad f(x_bar_s)|**2 of the steps s before, by Cauchy's inequality with weights.

    T_5 = E|sum_s grad_s (J - W_eps**(t-1-s))|_F**2
        <= 3 n / (epsilon (1 - beta)) sum_s (1 - epsilon (1 - beta))**(t-1-s) (K**2 M_s + gamma_1**2 + G_s).

    >>> gradient_term([0.0, 0.0], [1.0, 1.0], nodes=2, epsilon=1.0, beta=0.5, K=1.0, gamma1_sq=0.0).tolist()
    [0.0, 12.0, 18.0]
    """
    slope = at_least(0, slope, "slope")
    return _gradient_term(3, slope, consensus, nodes, epsilon, beta, K, gamma1_sq)


def sharp_gradient_term(consensus, nodes, epsilon, beta, K, gamma1_sq):
    """T_5 without G_s: the gradient at the average is the same for all nodes, and J - W_eps**k takes away what they share.

    T_5 <= 2 n / (epsilon (1 - beta)) sum_s (1 - epsilon (1 - beta))**(t-1-s) (K**2 M_s + gamma_1**2).

    >>> sharp_gradient_term([0.0, 0.0], nodes=2, epsilon=1.0, beta=0.5, K=1.0, gamma1_sq=1.0).tolist()
    [0.0, 8.0, 12.0]
    """
    return _gradient_term(2, 0.0, consensus, nodes, epsilon, beta, K, gamma1_sq)


def _gradient_term(parts, slope, consensus, nodes, epsilon, beta, K, gamma1_sq):
    gap, nodes = _gap(epsilon, beta), at_least(1, nodes, "nodes")
    squares = at_least(0, K, "K") ** 2 * at_least(0, consensus, "consensus") + at_least(0, gamma1_sq, "gamma1_sq")
    total = [0.0]
    for square in np.atleast_1d(squares + slope):
        total.append((1 - gap) * total[-1] + square)
    return parts * nodes / gap * np.array(total)


def consensus_from_terms(T2, T3, nodes, alpha, epsilon):
    """M_t <= (2 epsilon**2 T_3 + 2 alpha**2 epsilon**2 T_2) / n; the 2s pay for the cross terms between T_2 and T_3.

    >>> round(consensus_from_terms(10.0, 5.0, nodes=10, alpha=0.5, epsilon=0.2), 6)
    0.06
    """
    T2, T3, nodes = at_least(0, T2, "T2"), at_least(0, T3, "T3"), at_least(1, nodes, "nodes")
    return plain(2 * np.asarray(epsilon) ** 2 * (T3 + np.asarray(alpha) ** 2 * T2) / nodes)


def consensus_bound(slope, K, beta, alpha, epsilon, sigma_sq, gamma1_sq, gamma2_sq, reach=1.0):
    """(47), summed: mean_t M_t, given the mean G of E|grad f(x_bar_t)|**2, for alpha <= (1 - beta) / (K sqrt 24).

    4 epsilon w**2 sigma**2 / (1 - beta) + 8 alpha**2 epsilon gamma_2**2 / (1 - beta) + 24 alpha**2 (gamma_1**2 + G) / (1 - beta)**2.

    >>> round(consensus_bound(1.0, K=1.0, beta=0.5, alpha=0.05, epsilon=0.1, sigma_sq=0.1, gamma1_sq=1.0, gamma2_sq=1.0), 4)
    0.564
    """
    alpha, epsilon, sigma_sq, gamma1_sq, gamma2_sq, reach = _scales(
        alpha, epsilon, sigma_sq, gamma1_sq, gamma2_sq, reach
    )
    K, gap, slope = at_least(0, K, "K"), _open_gap(beta), at_least(0, slope, "slope")
    bound = 4 * epsilon * (reach**2 * sigma_sq + 2 * alpha**2 * gamma2_sq) / gap
    bound = bound + 24 * alpha**2 * (gamma1_sq + slope) / gap**2
    return plain(np.where((alpha * K * math.sqrt(24) <= gap * ROUNDING) & (epsilon <= ROUNDING), bound, np.inf))


def slope_bound(steps, fall, K, beta, nodes, alpha, epsilon, sigma_sq, gamma1_sq, gamma2_sq, reach=1.0):
    """(59)-(61): the mean over T steps of E|grad f(x_bar_t)|**2, for alpha <= (1 - beta) / (K sqrt 48) and K alpha epsilon <= 1.

    4 Delta / (alpha epsilon T) + 2 K epsilon w**2 sigma**2 / (n alpha) + 2 K alpha epsilon gamma_2**2 / n
      + 2 K**2 (the bound on mean_t M_t for G = 0),          Delta = f(x_0) - f*, here `fall`.

    >>> theory = dict(K=1.0, beta=0.5, nodes=10, alpha=0.05, epsilon=0.1, sigma_sq=0.01, gamma1_sq=1.0, gamma2_sq=1.0)
    >>> round(slope_bound(1000, 1.0, **theory), 4)
    1.309
    """
    return _slope_bound(2, steps, fall, K, beta, nodes, alpha, epsilon, sigma_sq, gamma1_sq, gamma2_sq, reach)


def _slope_bound(factor, steps, fall, K, beta, nodes, alpha, epsilon, sigma_sq, gamma1_sq, gamma2_sq, reach):
    """`factor` is 2 for the paper's proof, where half of G comes back from the consensus error, and 1 for the sharper one."""
    steps, fall, nodes = at_least(1, steps, "steps"), at_least(0, fall, "fall"), at_least(1, nodes, "nodes")
    limit, K, gap = math.sqrt(48) if factor == 2 else 2.0, at_least(0, K, "K"), _open_gap(beta)
    alpha, epsilon, sigma_sq, gamma1_sq, gamma2_sq, reach = _scales(
        alpha, epsilon, sigma_sq, gamma1_sq, gamma2_sq, reach
    )
    if factor == 2:
        consensus = consensus_bound(0.0, K, beta, alpha, epsilon, sigma_sq, gamma1_sq, gamma2_sq, reach)
    else:
        consensus = sharp_consensus_bound(K, beta, alpha, epsilon, sigma_sq, gamma1_sq, gamma2_sq, reach)
    noise = K * epsilon / nodes * (reach**2 * sigma_sq / alpha + alpha * gamma2_sq)
    bound = factor * (2 * fall / (alpha * epsilon * steps) + noise + K**2 * consensus)
    applies = (alpha * K * limit <= gap * ROUNDING) & (K * alpha * epsilon <= ROUNDING) & (epsilon <= ROUNDING)
    return plain(np.where(applies, bound, np.inf))


def sharp_consensus_bound(K, beta, alpha, epsilon, sigma_sq, gamma1_sq, gamma2_sq, reach=1.0):
    """M_t at *every* t, for alpha <= (1 - beta) / (2K): no slope on the right, and smaller constants.

    2 epsilon w**2 sigma**2 / (1 - beta) + 2 alpha**2 epsilon gamma_2**2 / (1 - beta) + 4 alpha**2 gamma_1**2 / (1 - beta)**2:
    the fixed point of M_{t+1} <= (1 - epsilon (1 - beta) / 2) M_t + epsilon**2 (w**2 sigma**2 + alpha**2 gamma_2**2)
    + 2 alpha**2 epsilon gamma_1**2 / (1 - beta), one step of which is `sharp_consensus_step`.

    >>> round(sharp_consensus_bound(K=1.0, beta=0.5, alpha=0.05, epsilon=0.1, sigma_sq=0.1, gamma1_sq=1.0, gamma2_sq=1.0), 4)
    0.081
    """
    alpha, epsilon, sigma_sq, gamma1_sq, gamma2_sq, reach = _scales(
        alpha, epsilon, sigma_sq, gamma1_sq, gamma2_sq, reach
    )
    K, gap = at_least(0, K, "K"), _open_gap(beta)
    bound = 2 * epsilon * (reach**2 * sigma_sq + alpha**2 * gamma2_sq) / gap + 4 * (alpha / gap) ** 2 * gamma1_sq
    return plain(np.where((2 * alpha * K <= gap * ROUNDING) & (epsilon <= ROUNDING), bound, np.inf))


def sharp_consensus_step(consensus, K, beta, alpha, epsilon, sigma_sq, gamma1_sq, gamma2_sq, reach=1.0):
    """M_{t+1} from M_t: all that is new at step t has mean zero given the past, but for the gradients themselves.

    (1 - epsilon (1 - beta)) M_t + (2 alpha**2 epsilon / (1 - beta)) (K**2 M_t + gamma_1**2) + epsilon**2 (w**2 sigma**2 + alpha**2 gamma_2**2).

    >>> round(sharp_consensus_step(0.0, 1.0, beta=0.5, alpha=0.5, epsilon=0.1, sigma_sq=1.0, gamma1_sq=1.0, gamma2_sq=1.0), 4)
    0.1125
    """
    alpha, epsilon, sigma_sq, gamma1_sq, gamma2_sq, reach = _scales(
        alpha, epsilon, sigma_sq, gamma1_sq, gamma2_sq, reach
    )
    K, M, gap = at_least(0, K, "K"), at_least(0, consensus, "consensus"), _open_gap(beta)
    grown = contraction_bound(epsilon, beta) * M + 2 * alpha**2 * epsilon / gap * (K**2 * M + gamma1_sq)
    return plain(grown + epsilon**2 * (reach**2 * sigma_sq + alpha**2 * gamma2_sq))


def sharp_slope_bound(steps, fall, K, beta, nodes, alpha, epsilon, sigma_sq, gamma1_sq, gamma2_sq, reach=1.0):
    """The mean over T steps of E|grad f(x_bar_t)|**2, for alpha <= (1 - beta) / (2K) and K alpha epsilon <= 1.

    2 Delta / (alpha epsilon T) + K epsilon w**2 sigma**2 / (n alpha) + K alpha epsilon gamma_2**2 / n + K**2 (`sharp_consensus_bound`).

    >>> theory = dict(K=1.0, beta=0.5, nodes=10, alpha=0.05, epsilon=0.1, sigma_sq=0.01, gamma1_sq=1.0, gamma2_sq=1.0)
    >>> round(sharp_slope_bound(1000, 1.0, **theory), 4)
    0.4475
    """
    return _slope_bound(1, steps, fall, K, beta, nodes, alpha, epsilon, sigma_sq, gamma1_sq, gamma2_sq, reach)


def _share(value, name):
    """Numbers from 0 to 1."""
    value = at_least(0, value, name)
    if not (value <= 1).all():
        raise ValueError(f"{name}: expected numbers from 0 to 1, got {value.max()}")
    return value


def _open_gap(beta):
    """1 - beta, above zero."""
    gap = 1 - _share(beta, "beta")
    if not (gap > 0).all():
        raise ValueError("beta: expected numbers below 1, got 1.0: the graph would not be connected, or bipartite")
    return gap


def _gap(epsilon, beta):
    """epsilon (1 - beta), above zero."""
    if not (_share(epsilon, "epsilon") > 0).all():
        raise ValueError(f"epsilon: expected numbers > 0, got {epsilon}")
    return epsilon * _open_gap(beta)


def _scales(alpha, epsilon, sigma_sq, gamma1_sq, gamma2_sq, reach):
    """The checked numbers that most bounds share."""
    alpha, epsilon = at_least(0, alpha, "alpha"), at_least(0, epsilon, "epsilon")
    for value, name in ((alpha, "alpha"), (epsilon, "epsilon")):
        if not (value > 0).all():
            raise ValueError(f"{name}: expected numbers > 0, got {value.min()}")
    squares = [
        at_least(0, v, n) for v, n in ((sigma_sq, "sigma_sq"), (gamma1_sq, "gamma1_sq"), (gamma2_sq, "gamma2_sq"))
    ]
    return alpha, epsilon, *squares, _share(reach, "reach")
