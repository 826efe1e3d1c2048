"""DQ-AGD and DQ-HB at every step: dynamic ranges, errors and distances of Appendices B-B and B-C.

The recursions (35) and (46) run from t = 0, and the errors carry the factor rho' = rho_n 2**-R of (111) that the displays
(112), (124), (145) and (153) leave out.
"""

import numpy as np

from .._arguments import at_least, plain, steps
from .gradient_descent import geometric_sum, quantization_error
from .momentum import (
    agd_contraction_factor,
    agd_lambda,
    agd_momentum,
    agd_y_distance,
    hb_contraction_factor,
    hb_distance,
    hb_momentum,
    momentum_polynomial,
    momentum_roots,
)


def dq_agd_constants(kappa, rate, rho, L=1.0, D=1.0):
    """(c_0, c_plus, c_minus) of equations (118), (122) and (123), with which (35) is solved by

    r_t = sigma**t c_0 + phi_plus**t c_plus + phi_minus**t c_minus.

    At R = R_2, where p(sigma) = 0, there are none: c_0 and c_plus are infinite, and r_t grows like t sigma**t
    (`dq_agd_dynamic_range` has it).

    >>> c0, plus, minus = dq_agd_constants(9.0, rate=4.0, rho=2.0)
    >>> round(c0 + plus + minus, 6) == round(agd_lambda(9.0), 6)
    True
    """
    sigma, gamma = np.asarray(agd_contraction_factor(kappa)), agd_momentum(kappa)
    high, low = (np.asarray(root) for root in momentum_roots(rate, rho, gamma))
    forced = L * D * np.asarray(agd_lambda(kappa))
    with np.errstate(divide="ignore", invalid="ignore"):
        c0 = sigma**2 / np.asarray(momentum_polynomial(sigma, rate, rho, gamma)) * forced
        # (122) and (123) with (118) put in, where p(sigma) = (sigma - phi_plus) (sigma - phi_minus)
        plus = -(high**2) / ((sigma - high) * (high - low)) * forced
        minus = low**2 / ((sigma - low) * (high - low)) * forced
    return plain(c0), plain(plus), plain(minus)


def dq_agd_dynamic_range(t, kappa, rate, rho, L=1.0, D=1.0):
    """The solution (121) of the recursion (35) from t = 0, at every rate, R = R_2 included.

    >>> round(dq_agd_dynamic_range(0, 9.0, rate=4.0, rho=2.0) - agd_lambda(9.0), 12)
    0.0
    """
    sigma, gamma = agd_contraction_factor(kappa), agd_momentum(kappa)
    return plain(L * D * np.asarray(agd_lambda(kappa)) * _forced_by_powers(t, sigma, rate, rho, gamma))


def dq_agd_error(t, kappa, rate, rho, L=1.0, D=1.0):
    """Lemma B.6, equation (111): |e_t| <= rho' r_t with r_t by (121).

    The paper's (112) is r_t itself; it is a bound on the error where rho' <= 1 only.

    >>> round(dq_agd_error(0, 9.0, rate=4.0, rho=2.0) / agd_lambda(9.0), 12)
    0.125
    """
    return plain(
        np.asarray(quantization_error(1.0, rate, rho)) * np.asarray(dq_agd_dynamic_range(t, kappa, rate, rho, L, D))
    )


def dq_agd_distance(t, kappa, rate, rho, D=1.0):
    """|x^_t - x*| <= r_t / L: what (99), (107) and (111) give for the sequence that equation (1) is about.

    Not in the paper, whose Theorem B.2 is about y^_t. It is the recursion (35) over L, because eta = 1 / L.

    >>> round(dq_agd_distance(0, 9.0, rate=4.0, rho=2.0) - agd_lambda(9.0), 12)
    0.0
    """
    return dq_agd_dynamic_range(t, kappa, rate, rho, 1.0, D)


def dq_agd_y_distance(t, kappa, rate, rho, D=1.0):
    """Theorem B.2, equation (124): |y^_t - x*| <= sigma_AGD**t sqrt(kappa + 1) D + eta |e_{t-1}|.

    With the error by (111), so less than what is printed by the factor rho' in the second term.

    >>> dq_agd_y_distance(0, 8.0, rate=4.0, rho=2.0)
    3.0
    """
    t = np.asarray(t, float)
    error = np.where(t >= 1, dq_agd_error(np.maximum(t - 1, 0), kappa, rate, rho, 1.0, D), 0.0)
    return plain(np.asarray(agd_y_distance(t, kappa, D)) + error)


def momentum_dynamic_range(path, rate, rho, momentum):
    """The recursion of (35) and (46) solved for any path_t, t = 0, ..., T - 1: the sum of path_s h_{t-s}.

    h_k = (phi_plus**(k+1) - phi_minus**(k+1)) / (phi_plus - phi_minus) is its answer to an impulse.

    >>> momentum_dynamic_range([1.0, 0.0, 0.0], rate=1.0, rho=1.0, momentum=0.5).tolist()
    [1.0, 0.75, 0.8125]
    """
    path = np.asarray(path, float)
    high, low = momentum_roots(rate, rho, momentum)
    k = np.arange(path.size)
    if high == low:  # rho' = 0: nothing is carried over
        return path.copy()
    impulse = (high ** (k + 1) - low ** (k + 1)) / (high - low)
    return np.convolve(path, impulse)[: path.size]


def dq_hb_dynamic_range(t, kappa, rate, rho, L=1.0, D=1.0, alpha=None):
    """The solution of (46) from t = 0, with the bounds of `hb_distance` on |x_t - x*|; of one kappa, rate and rho.

    >>> dq_hb_dynamic_range([0, 1], 9.0, rate=4.0, rho=2.0).tolist()
    [1.0, 1.40625]
    """
    t = steps(t)
    path = L * np.asarray(hb_distance(np.arange(int(t.max()) + 1), kappa, D, alpha))
    return plain(momentum_dynamic_range(path, rate, rho, hb_momentum(kappa))[t])


def dq_hb_dynamic_range_bound(t, kappa, rate, rho, alpha, L=1.0, D=1.0):
    """Equations (149)-(152): r_t <= max(t, 1)**alpha r'_t, where r' solves (46) without its t**alpha.

    >>> dq_hb_dynamic_range(3, 9.0, 4.0, 2.0, alpha=1.0) <= dq_hb_dynamic_range_bound(3, 9.0, 4.0, 2.0, alpha=1.0)
    True
    """
    sigma, gamma = hb_contraction_factor(kappa), hb_momentum(kappa)
    growth = (np.e * np.maximum(np.asarray(t, float), 1)) ** at_least(0, alpha, "alpha") * np.sqrt(2)
    return plain(L * D * growth * _forced_by_powers(t, sigma, rate, rho, gamma))


def dq_hb_error(t, kappa, rate, rho, L=1.0, D=1.0, alpha=None):
    """Lemma B.9, equation (144): |e_t| <= rho' r_t.

    >>> dq_hb_error(0, 9.0, rate=4.0, rho=2.0)
    0.125
    """
    return plain(quantization_error(1.0, rate, rho) * np.asarray(dq_hb_dynamic_range(t, kappa, rate, rho, L, D, alpha)))


def dq_hb_distance(t, kappa, rate, rho, D=1.0, alpha=None):
    """Theorem B.3, (131): |x^_t - x*| <= |x_t - x*| + eta_HB |e_{t-1}|, the first by `hb_distance`; on quadratics.

    The printed (153) lacks eta_HB before c_plus and c_minus.

    >>> dq_hb_distance([0, 1], 9.0, rate=4.0, rho=2.0).tolist()
    [1.0, 1.53125]
    """
    t = steps(t)
    root = np.sqrt(at_least(1, kappa, "kappa"))
    eta_L = (2 * root / (root + 1)) ** 2
    error = np.where(t >= 1, dq_hb_error(np.maximum(t - 1, 0), kappa, rate, rho, 1.0, D, alpha), 0.0)
    return plain(np.asarray(hb_distance(t, kappa, D, alpha)) + eta_L * error)


def _forced_by_powers(t, sigma, rate, rho, momentum):
    """The recursion with path_t = sigma**t: (phi_plus S(phi_plus) - phi_minus S(phi_minus)) / (phi_plus - phi_minus),

    S(root) the `geometric_sum` of sigma and the root.
    """
    high, low = momentum_roots(rate, rho, momentum)
    t, sigma, high, low = np.broadcast_arrays(np.asarray(t, float), sigma, high, low)
    gap = np.where(high > low, high - low, 1.0)
    answer = (high * geometric_sum(t, sigma, high) - low * geometric_sum(t, sigma, low)) / gap
    return np.where(high > low, answer, sigma**t)
