"""AGD and heavy ball, unquantized, and what quantization at one rate makes of their contraction: Sections III-C and III-D.

phi_plus and phi_minus are the roots of the characteristic polynomial (38); DQ-AGD and DQ-HB contract by max(sigma, phi_plus).
"""

import numpy as np

from .._arguments import at_least, curvatures, plain
from .gradient_descent import dq_gd_lossless_threshold, quantization_error


def agd_stepsize(L):
    """eta_AGD = 1 / L, equation (31).

    >>> agd_stepsize(4.0)
    0.25
    """
    return 1 / curvatures(L)


def agd_momentum(kappa):
    """gamma_AGD = (sqrt(kappa) - 1) / (sqrt(kappa) + 1), equation (32).

    >>> agd_momentum(9.0)
    0.5
    """
    root = np.sqrt(at_least(1, kappa, "kappa"))
    return plain((root - 1) / (root + 1))


def agd_contraction_factor(kappa):
    """sigma_AGD = sqrt(1 - 1 / sqrt(kappa)), equation (33), over all smooth and strongly convex functions.

    >>> round(agd_contraction_factor(16.0), 6)
    0.866025
    """
    return plain(np.sqrt(1 - 1 / np.sqrt(at_least(1, kappa, "kappa"))))


def agd_quadratic_contraction_factor(kappa):
    """1 - 1 / sqrt(kappa): the worst factor of AGD with (31)-(32) on a quadratic, a double root at the eigenvalue mu.

    Not in the paper; it is the gap between sigma_AGD and the measured factors of its Figure 4.

    >>> agd_quadratic_contraction_factor(16.0)
    0.75
    """
    return plain(1 - 1 / np.sqrt(at_least(1, kappa, "kappa")))


def agd_lambda(kappa):
    """lambda = (1 + gamma_AGD + gamma_AGD / sigma_AGD) sqrt(kappa + 1), equation (34).

    gamma / sigma is written as sqrt(s (s - 1)) / (s + 1) with s = sqrt(kappa), which is 0 at kappa = 1.

    >>> round(agd_lambda(9.0), 6)
    6.679908
    """
    root = np.sqrt(at_least(1, kappa, "kappa"))
    return plain((1 + (root - 1) / (root + 1) + np.sqrt(root * (root - 1)) / (root + 1)) * np.sqrt(root**2 + 1))


def agd_distance(t, kappa, D=1.0):
    """Lemma B.5, equation (107): |x_t - x*| <= sigma_AGD**t lambda D, where the gradients are taken.

    >>> round(agd_distance(10, 9.0), 6)
    0.879659
    """
    return plain(agd_contraction_factor(kappa) ** np.asarray(t, float) * agd_lambda(kappa) * D)


def agd_y_distance(t, kappa, D=1.0):
    """Lemma B.5, equation (106): |y_t - x*| <= sigma_AGD**t sqrt(kappa + 1) D.

    >>> agd_y_distance(0, 8.0)
    3.0
    """
    return plain(agd_contraction_factor(kappa) ** np.asarray(t, float) * np.sqrt(np.asarray(kappa, float) + 1) * D)


def hb_stepsize(L, mu):
    """eta_HB = (2 / (sqrt(L) + sqrt(mu)))**2, equation (43).

    >>> hb_stepsize(9.0, 1.0)
    0.25
    """
    L, mu = curvatures(L, mu)
    return (2 / (L**0.5 + mu**0.5)) ** 2


def hb_momentum(kappa):
    """gamma_HB = ((sqrt(kappa) - 1) / (sqrt(kappa) + 1))**2, equation (44).

    >>> hb_momentum(9.0)
    0.25
    """
    return plain(np.square(agd_momentum(kappa)))


def hb_contraction_factor(kappa):
    """sigma_HB = (sqrt(kappa) - 1) / (sqrt(kappa) + 1), equation (45); on quadratics.

    >>> hb_contraction_factor(9.0)
    0.5
    """
    return agd_momentum(kappa)


def hb_distance(t, kappa, D=1.0, alpha=None):
    """|x_t - x*| of heavy ball with (43)-(44) from x_{-1} = x_0, on a quadratic.

    Unless `alpha` is given, sigma_HB**t (1 + (1 + sigma_HB) t) D: the least bound that holds for every quadratic, attained
    along an eigenvector of the eigenvalue L. With `alpha` >= 0, Lemma B.8, equation (132): sigma_HB**t t**alpha e**alpha
    sqrt(2) D, where t = 0 counts as 1 (printed, it is 0 there).

    >>> hb_distance(2, 9.0), round(hb_distance(2, 9.0, alpha=0.0), 6)
    (1.0, 0.353553)
    """
    t, sigma = np.asarray(t, float), np.asarray(hb_contraction_factor(kappa))
    if alpha is None:
        return plain(sigma**t * (1 + (1 + sigma) * t) * D)
    return plain(sigma**t * (np.e * np.maximum(t, 1)) ** at_least(0, alpha, "alpha") * np.sqrt(2) * D)


def momentum_polynomial(r, rate, rho, momentum):
    """p(r) = r**2 - r rho_n 2**-R (1 + gamma) - rho_n 2**-R gamma, equation (38).

    >>> momentum_polynomial(1.0, rate=3.0, rho=2.0, momentum=0.5)
    0.5
    """
    r, relative = np.asarray(r, float), np.asarray(quantization_error(1.0, rate, rho))
    momentum = at_least(0, momentum, "momentum")
    return plain(r**2 - r * relative * (1 + momentum) - relative * momentum)


def momentum_roots(rate, rho, momentum):
    """(phi_plus, phi_minus), the roots of (38), equation (113).

    >>> momentum_roots(rate=1.0, rho=1.0, momentum=0.5)
    (1.0, -0.25)
    """
    relative, momentum = np.asarray(quantization_error(1.0, rate, rho)), at_least(0, momentum, "momentum")
    middle = relative * (1 + momentum) / 2
    gap = np.sqrt(middle**2 + relative * momentum)
    return plain(middle + gap), plain(middle - gap)


def phi(rate, rho, momentum):
    """phi(n, R, gamma) of equation (37): what momentum multiplies rho_n 2**-R by; at least 1.

    >>> phi(rate=1.0, rho=1.0, momentum=0.5), phi(rate=1.0, rho=1.0, momentum=0.0)
    (2.0, 1.0)
    """
    return plain(np.asarray(momentum_roots(rate, rho, momentum)[0]) / np.asarray(quantization_error(1.0, rate, rho)))


def dq_agd_contraction_factor(kappa, rate, rho):
    """Theorem III.2, equation (36): max(sigma_AGD, rho_n 2**-R phi(n, R, gamma_AGD)).

    >>> round(dq_agd_contraction_factor(16.0, rate=8.0, rho=4.0), 6)
    0.866025
    """
    return plain(np.maximum(agd_contraction_factor(kappa), momentum_roots(rate, rho, agd_momentum(kappa))[0]))


def dq_hb_contraction_factor(kappa, rate, rho):
    """Theorem III.3, equation (47): max(sigma_HB, rho_n 2**-R phi(n, R, gamma_HB)); on quadratics.

    >>> dq_hb_contraction_factor(16.0, rate=8.0, rho=4.0)
    0.6
    """
    return plain(np.maximum(hb_contraction_factor(kappa), momentum_roots(rate, rho, hb_momentum(kappa))[0]))


def momentum_linear_threshold(momentum, rho):
    """R_1(n, gamma) = log2(1 + 2 gamma) + log2(rho_n), equation (39): above it phi_plus < 1, equation (41).

    >>> momentum_linear_threshold(0.5, 4.0)
    3.0
    """
    return plain(np.log2((1 + 2 * at_least(0, momentum, "momentum")) * at_least(0, rho, "rho")))


def momentum_lossless_threshold(sigma, momentum, rho):
    """R_2(n, sigma, gamma) = log2(((1 + gamma) sigma + gamma) / sigma**2) + log2(rho_n), equation (40).

    From it on phi_plus <= sigma, equation (42). Infinite at sigma = 0.

    >>> round(momentum_lossless_threshold(0.5, 0.25, 1.0), 6)
    1.807355
    """
    sigma, momentum = at_least(0, sigma, "sigma"), at_least(0, momentum, "momentum")
    with np.errstate(divide="ignore", invalid="ignore"):
        lost = np.where(sigma > 0, ((1 + momentum) * sigma + momentum) / sigma**2, np.inf)
    return plain(np.log2(lost * at_least(0, rho, "rho")))


def dq_agd_linear_threshold(kappa, rho):
    """R_1(n, gamma_AGD): above this rate DQ-AGD converges linearly.

    >>> dq_agd_linear_threshold(9.0, 4.0)
    3.0
    """
    return momentum_linear_threshold(agd_momentum(kappa), rho)


def dq_agd_lossless_threshold(kappa, rho):
    """R_2(n, sigma_AGD, gamma_AGD): from this rate on DQ-AGD is as fast as AGD.

    >>> round(dq_agd_lossless_threshold(9.0, 1.0), 6)
    1.371345
    """
    return momentum_lossless_threshold(agd_contraction_factor(kappa), agd_momentum(kappa), rho)


def dq_hb_linear_threshold(kappa, rho):
    """R_1(n, gamma_HB): above this rate DQ-HB converges linearly on quadratics.

    >>> round(dq_hb_linear_threshold(9.0, 2.0), 6)
    1.584963
    """
    return momentum_linear_threshold(hb_momentum(kappa), rho)


def dq_hb_lossless_threshold(kappa, rho):
    """R_2(n, sigma_HB, gamma_HB): from this rate on DQ-HB is as fast as HB on quadratics.

    >>> round(dq_hb_lossless_threshold(9.0, 1.0), 6)
    1.807355
    """
    return momentum_lossless_threshold(hb_contraction_factor(kappa), hb_momentum(kappa), rho)


def agd_gd_crossing():
    """The kappa above which sigma_AGD < sigma_GD: s**2 for the one positive root s of s**3 - 3 s**2 - s - 1.

    It is sigma_AGD**2 = (s - 1) / s against sigma_GD = (s**2 - 1) / (s**2 + 1) with s = sqrt(kappa). The paper says
    "roughly 11.83".

    >>> round(agd_gd_crossing(), 6)
    11.444525
    """
    roots = np.roots([1, -3, -1, -1])
    return float(roots[np.abs(roots.imag) < 1e-9].real.max() ** 2)


def dq_agd_dq_gd_crossing():
    """The kappa below which the lossless threshold R_2 of DQ-AGD is less than that of DQ-GD, by root finding.

    >>> round(dq_agd_dq_gd_crossing(), 6)
    2.179752
    """
    from scipy.optimize import brentq

    return brentq(lambda k: dq_agd_lossless_threshold(k, 1.0) - dq_gd_lossless_threshold(k, 1.0), 1.1, 10.0, xtol=1e-13)
