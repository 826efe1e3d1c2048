"""Theorem 2 at its schedule alpha = a / T**(1/6), epsilon = e / T**(1/2): the bounds as powers of T, the least T, and why these powers.

Arguments as in `nonconvex`; `sharp` takes the constants of the sharper proof in the place of the paper's.
"""

import math

import numpy as np

from .._arguments import at_least, plain
from .nonconvex import (
    consensus_bound,
    sharp_consensus_bound,
    sharp_slope_bound,
    slope_bound,
)


def nonconvex_least_steps(K, beta, a=1.0, e=1.0, sharp=False):
    """(60): the least T from which Theorem 2 holds, where alpha <= (1 - beta) / (K sqrt 48), K alpha epsilon <= 1 and epsilon <= 1.

    The first is T >= (48 a**2 K**2 / (1 - beta)**2)**3 and the others follow from it unless a or e are large; the sharper proof has 4
    for 48, and needs 1,728 times fewer steps.

    >>> nonconvex_least_steps(K=1.0, beta=0.5), nonconvex_least_steps(K=1.0, beta=0.5, sharp=True)
    (7077888, 4096)
    """
    K, beta = float(at_least(0, K, "K")), float(at_least(0, beta, "beta"))
    a, e = float(at_least(0, a, "a")), float(at_least(0, e, "e"))
    if not beta < 1:
        raise ValueError(f"beta: expected a number below 1, got {beta}")
    by_consensus = ((4 if sharp else 48) * (a * K / (1 - beta)) ** 2) ** 3
    least = max(by_consensus, (a * e * K) ** 1.5, e**2, 1.0)
    if not math.isfinite(least):
        raise ValueError(f"K, a, e: expected finite numbers, got {K}, {a} and {e}")
    return math.ceil(least * (1 - 1e-12))


def theorem_2_terms(fall, K, beta, nodes, sigma_sq, gamma1_sq, gamma2_sq, reach=1.0, a=1.0, e=1.0, sharp=False):
    """The bound of Theorem 2 on the mean of E|grad f(x_bar_t)|**2 as a sum of coefficient / T**power: {power: coefficient}.

    With the paper's proof (and twice and more less with the sharper one)

    - 1/3: 4 Delta / (a e) + 2 K e w**2 sigma**2 / (n a) + 48 K**2 a**2 gamma_1**2 / (1 - beta)**2,
    - 1/2: 8 K**2 e w**2 sigma**2 / (1 - beta),
    - 2/3: 2 K a e gamma_2**2 / n,
    - 5/6: 16 K**2 a**2 e gamma_2**2 / (1 - beta).

    >>> terms = theorem_2_terms(1.0, K=1.0, beta=0.5, nodes=10, sigma_sq=0.0, gamma1_sq=0.1, gamma2_sq=1.0)
    >>> {power: round(c, 3) for power, c in terms.items()}
    {'1/3': 23.2, '1/2': 0.0, '2/3': 0.2, '5/6': 32.0}
    """
    K, fall, nodes = (float(at_least(0, v, n)) for v, n in ((K, "K"), (fall, "fall"), (nodes, "nodes")))
    quantized, a, e = float(at_least(0, sigma_sq, "sigma_sq")) * reach**2, float(a), float(e)
    gap = 1 - float(at_least(0, beta, "beta"))
    if not (gap > 0 and a > 0 and e > 0 and nodes >= 1):
        raise ValueError(f"beta, a, e: expected beta < 1, a > 0 and e > 0, got {beta}, {a} and {e}")
    factor, squares, spread, noise = (1, 2, 4, 2) if sharp else (2, 4, 24, 8)
    return {
        "1/3": factor
        * (2 * fall / (a * e) + K * e * quantized / (nodes * a) + spread * (K * a / gap) ** 2 * float(gamma1_sq)),
        "1/2": factor * squares * K**2 * e * quantized / gap,
        "2/3": factor * K * a * e * float(gamma2_sq) / nodes,
        "5/6": factor * noise * K**2 * a**2 * e * float(gamma2_sq) / gap,
    }


def theorem_2_slope(steps, fall, K, beta, nodes, sigma_sq, gamma1_sq, gamma2_sq, reach=1.0, a=1.0, e=1.0, sharp=False):
    """Theorem 2, first part: a bound on (1/T) sum_t E|grad f(x_bar_t)|**2 after T steps; infinite where T is too small.

    >>> theory = dict(K=1.0, beta=0.5, nodes=10, sigma_sq=0.01, gamma1_sq=0.1, gamma2_sq=1.0)
    >>> [round(theorem_2_slope(T, 1.0, **theory), 4) for T in (10**6, 10**7, 10**8)]
    [inf, 0.1078, 0.05]
    """
    alpha, epsilon = _schedule(steps, a, e)
    bound = sharp_slope_bound if sharp else slope_bound
    return bound(steps, fall, K, beta, nodes, alpha, epsilon, sigma_sq, gamma1_sq, gamma2_sq, reach)


def theorem_2_consensus(
    steps, fall, K, beta, nodes, sigma_sq, gamma1_sq, gamma2_sq, reach=1.0, a=1.0, e=1.0, sharp=False
):
    """Theorem 2, second part: a bound on (1/T) sum_t M_t after T steps; infinite where T is too small.

    Its leading term is 24 a**2 gamma_1**2 / (1 - beta)**2 T**(-1/3), or 4 in the place of 24; then quantization enters, at T**(-1/2).
    The sharper bound holds for every M_t by itself.

    >>> theory = dict(K=1.0, beta=0.5, nodes=10, sigma_sq=0.01, gamma1_sq=0.1, gamma2_sq=1.0)
    >>> round(theorem_2_consensus(10**7, 1.0, **theory), 4), round(theorem_2_consensus(10**7, 1.0, **theory, sharp=True), 4)
    (0.0926, 0.0074)
    """
    alpha, epsilon = _schedule(steps, a, e)
    if sharp:
        return sharp_consensus_bound(K, beta, alpha, epsilon, sigma_sq, gamma1_sq, gamma2_sq, reach)
    slope = slope_bound(steps, fall, K, beta, nodes, alpha, epsilon, sigma_sq, gamma1_sq, gamma2_sq, reach)
    known = np.where(np.isfinite(slope), slope, 0.0)
    bound = consensus_bound(known, K, beta, alpha, epsilon, sigma_sq, gamma1_sq, gamma2_sq, reach)
    return plain(np.where(np.isfinite(slope), bound, np.inf))


def _schedule(steps, a, e):
    steps = at_least(1, steps, "steps")
    return at_least(0, a, "a") / steps ** (1 / 6), at_least(0, e, "e") / steps**0.5


def slope_exponent(p, q):
    """How fast the bound on the mean slope falls with alpha = T**-p, epsilon = T**-q: min{1 - p - q, q - p, 2p}, where q > 0.

    The three are the descent, Delta / (alpha epsilon T); quantization, epsilon sigma**2 / alpha; and the nodes' different data,
    alpha**2 gamma_1**2. Their minimum is largest, 1/3, at p = 1/6 and q = 1/2 alone. No exponent below 0 means anything: then 0.

    >>> round(slope_exponent(1/6, 1/2), 12), round(slope_exponent(0.25, 0.5), 12), slope_exponent(0.5, 0.25)
    (0.333333333333, 0.25, 0.0)
    """
    p, q = at_least(0, p, "p"), at_least(0, q, "q")
    return plain(np.maximum(0.0, np.minimum(np.minimum(1 - p - q, q - p), 2 * p)))


def best_scales(fall, K, beta, nodes, sigma_sq, gamma1_sq, reach=1.0):
    """The a and e of the schedule that minimise the T**(-1/3) term of the sharper bound.

    e**2 = 2 n Delta / (K w**2 sigma**2) whatever a is, and then a**3 = sqrt(2 Delta K w**2 sigma**2 / n) (1 - beta)**2 / (4 K**2 gamma_1**2).
    Both grow without bound as what they answer for vanishes; epsilon <= 1 has still to hold.

    >>> a, e = best_scales(1.0, K=1.0, beta=0.5, nodes=8, sigma_sq=0.04, gamma1_sq=0.25)
    >>> round(a, 6), e
    (0.292402, 20.0)
    """
    values = (
        (fall, "fall"),
        (K, "K"),
        (nodes, "nodes"),
        (sigma_sq, "sigma_sq"),
        (gamma1_sq, "gamma1_sq"),
        (reach, "reach"),
    )
    for value, name in values:
        if not float(at_least(0, value, name)) > 0:
            raise ValueError(f"{name}: expected a number > 0, got {value}")
    if not 0 <= beta < 1:
        raise ValueError(f"beta: expected a number from 0 to below 1, got {beta}")
    noise = K * reach**2 * sigma_sq / nodes
    a = (math.sqrt(2 * fall * noise) * (1 - beta) ** 2 / (4 * K**2 * gamma1_sq)) ** (1 / 3)
    return a, math.sqrt(2 * fall / noise)
