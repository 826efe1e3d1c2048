"""Bounds for gradient descent over one link: Theorem III.1, Appendices B-A and E of Lin, Kostina and Hassibi."""

import numpy as np

from .._arguments import at_least, curvatures, plain


def gd_stepsize(L, mu):
    """eta_GD = 2 / (L + mu), equation (20).

    >>> gd_stepsize(9.0, 1.0)
    0.2
    """
    L, mu = curvatures(L, mu)
    return 2 / (L + mu)


def step_contraction(stepsize, L, mu):
    """max(|1 - eta mu|, |1 - eta L|): what one step of gradient descent contracts the distance by in the worst case.

    The reach of Lemma C.1, equation (161), for any step size; at `gd_stepsize` it is `gd_contraction_factor`.

    >>> step_contraction(0.2, 9.0, 1.0)
    0.8
    """
    return plain(np.maximum(np.abs(1 - np.multiply(stepsize, mu)), np.abs(1 - np.multiply(stepsize, L))))


def gd_contraction_factor(kappa):
    """sigma_GD = (kappa - 1) / (kappa + 1), equation (21).

    >>> gd_contraction_factor(9.0)
    0.8
    """
    kappa = at_least(1, kappa, "kappa")
    return plain((kappa - 1) / (kappa + 1))


def gd_distance(t, kappa, D=1.0):
    """Lemma B.2, equation (79): |x_t - x*| <= sigma_GD**t D.

    >>> round(gd_distance(2, 9.0), 12)
    0.64
    """
    return plain(gd_contraction_factor(kappa) ** np.asarray(t, float) * D)


def quantization_error(dynamic_range, rate, rho):
    """Equation (26): |q_t(u) - u| <= r_t rho_n 2**-R for |u| <= r_t.

    >>> quantization_error(8.0, rate=3.0, rho=2.0)
    2.0
    """
    return plain(
        at_least(0, dynamic_range, "dynamic_range") * at_least(0, rho, "rho") * 2.0 ** -at_least(0, rate, "rate")
    )


def dq_gd_contraction_factor(kappa, rate, rho):
    """Theorem III.1, equations (3) and (23): max(sigma_GD, rho_n 2**-R).

    >>> dq_gd_contraction_factor(9.0, rate=4.0, rho=2.0), dq_gd_contraction_factor(9.0, rate=1.0, rho=1.8)
    (0.8, 0.9)
    """
    return plain(np.maximum(gd_contraction_factor(kappa), quantization_error(1.0, rate, rho)))


def nq_gd_contraction_factor(kappa, rate, rho):
    """Equations (5) and (28): sigma_GD + 2 kappa / (kappa + 1) rho_n 2**-R, for one worker.

    >>> round(nq_gd_contraction_factor(9.0, rate=4.0, rho=2.0), 12)
    1.025
    """
    return plain(gd_contraction_factor(kappa) + _eta_L(kappa) * quantization_error(1.0, rate, rho))


def ef_gd_contraction_factor(kappa, rate, rho):
    """A rate for error feedback, input (30), that Lemma E.1 supports with explicit dynamic ranges.

    With rho' = rho_n 2**-R and a = eta L = 2 kappa / (kappa + 1), the pair (b_t, r_{t-1}) of
    ``dqlab.algorithms.ranges.ef_gd_ranges`` obeys a linear recursion with matrix [[sigma, eta a rho'], [L, (1 + a) rho']],
    whose larger eigenvalue is the factor: the larger root of z^2 - (sigma + (1 + a) rho') z + (sigma (1 + a) - a^2) rho'.

    >>> round(ef_gd_contraction_factor(9.0, rate=8.0, rho=2.0), 6)
    0.831273
    """
    sigma, a, relative = gd_contraction_factor(kappa), _eta_L(kappa), quantization_error(1.0, rate, rho)
    own = (1 + a) * relative
    return plain(0.5 * (sigma + own + np.sqrt((sigma - own) ** 2 + 4 * a**2 * relative)))


def converse_contraction_factor(kappa, rate):
    """Equations (4) and (51): max(sigma_GD, 2**-R), below which the paper has no quantized gradient descent contract.

    2**-R holds for every scheme, by counting; of what sigma_GD holds, the erratum N10 says.

    >>> converse_contraction_factor(9.0, rate=0.1) > 0.9
    True
    """
    return plain(np.maximum(gd_contraction_factor(kappa), 2.0 ** -at_least(0, rate, "rate")))


def dq_gd_linear_threshold(rho):
    """log2(rho_n): above this rate DQ-GD converges linearly (Section III-B; R_1(n, 0) of (39)).

    >>> dq_gd_linear_threshold(8.0)
    3.0
    """
    return plain(np.log2(at_least(0, rho, "rho")))


def dq_gd_lossless_threshold(kappa, rho):
    """log2(rho_n / sigma_GD): from this rate on DQ-GD is as fast as GD (Section III-B; R_2(n, sigma_GD, 0) of (40)).

    >>> round(dq_gd_lossless_threshold(9.0, 8.0), 6)
    3.321928
    """
    return plain(np.log2(at_least(0, rho, "rho") / np.asarray(gd_contraction_factor(kappa))))


def nq_gd_linear_threshold(kappa, rho):
    """log2(rho_n kappa): the rate above which (28) is less than 1.

    sigma_GD + 2 kappa / (kappa + 1) rho' < 1 is rho' < 1 / kappa, because 1 - sigma_GD = 2 / (kappa + 1).

    >>> nq_gd_linear_threshold(8.0, 4.0)
    5.0
    """
    return plain(np.log2(at_least(0, rho, "rho") * at_least(1, kappa, "kappa")))


def ef_gd_linear_threshold(kappa, rho):
    """log2(rho_n (2 kappa + 1)): the rate above which `ef_gd_contraction_factor` is less than 1.

    The larger root is 1 where rho' ((1 - sigma)(1 + a) + a^2) = 1 - sigma, that is rho' = 1 / (2 kappa + 1).

    >>> bool(ef_gd_linear_threshold(9.0, 2.0) > nq_gd_linear_threshold(9.0, 2.0))
    True
    """
    return plain(np.log2(at_least(0, rho, "rho") * (2 * at_least(1, kappa, "kappa") + 1)))


def dq_gd_dynamic_range(t, kappa, rate, rho, L=1.0, D=1.0):
    """The closed form (94) of the recursion (22) from r_0 = L D, by the geometric sum (93).

    >>> round(dq_gd_dynamic_range(1, 9.0, rate=1.0, rho=1.0), 12)
    1.3
    """
    return plain(L * D * geometric_sum(t, gd_contraction_factor(kappa), quantization_error(1.0, rate, rho)))


def dq_gd_dynamic_range_bound(t, kappa, rate, rho, L=1.0, D=1.0):
    """Equation (95), with sigma_GD**t in its third case, where the paper's display drops it, and with
    (1 - sigma / rho')**-1 in its second, where the paper has (rho' / sigma - 1)**-1, which is too small.

    >>> dq_gd_dynamic_range(3, 9.0, 1.0, 1.0) <= dq_gd_dynamic_range_bound(3, 9.0, 1.0, 1.0)
    True
    """
    larger = np.asarray(dq_gd_contraction_factor(kappa, rate, rho))
    return plain(larger ** np.asarray(t, float) * L * D * _geometric(t, kappa, rate, rho, over_largest=True))


def dq_gd_b(t, kappa, rate, rho):
    """b_t of equation (82): rho' / |sigma_GD - rho'|, or t + 1 where the two are equal.

    >>> round(dq_gd_b(5, 9.0, rate=1.0, rho=1.0), 12)
    1.666666666667
    """
    return plain(_geometric(t, kappa, rate, rho, over_largest=False))


def dq_gd_error(t, kappa, rate, rho, L=1.0, D=1.0):
    """Lemma B.3, equation (81), corrected: |e_t| <= max(sigma_GD, rho')**(t + 1) L D b_t.

    The paper prints max(sigma_GD, rho')**t sigma_GD, which is the same where rho' <= sigma_GD and fails where rho' is
    larger: the second case of its (95) has (rho' / sigma - 1)**-1 for (1 - sigma / rho')**-1. Theorem B.1 is not affected.

    >>> dq_gd_error(0, 9.0, rate=2.0, rho=2.0) > 0
    True
    """
    larger = np.asarray(dq_gd_contraction_factor(kappa, rate, rho))
    return plain(larger ** (np.asarray(t, float) + 1) * L * D * np.asarray(dq_gd_b(t, kappa, rate, rho)))


def dq_gd_distance(t, kappa, rate, rho, D=1.0):
    """Theorem B.1, equation (96): |x^_t - x*| <= max(sigma_GD, rho')**t (1 + eta_GD L b_{t-1}) D for t >= 1; D at t = 0.

    >>> dq_gd_distance(0, 9.0, rate=4.0, rho=2.0)
    1.0
    """
    t = np.asarray(t, float)
    larger = np.asarray(dq_gd_contraction_factor(kappa, rate, rho))
    before = np.where(t >= 1, dq_gd_b(np.maximum(t - 1, 0), kappa, rate, rho), 0.0)
    return plain(larger**t * (1 + _eta_L(kappa) * before) * D)


def ef_gd_step(distance, error, error_before, L, mu):
    """Lemma E.1, equation (192): a bound on |x^_{t+1} - x*| from |x^_t - x*|, |e_t| and |e_{t-1}|.

    >>> ef_gd_step(1.0, 0.0, 0.0, 9.0, 1.0)
    0.8
    """
    sigma, eta = gd_contraction_factor(L / mu), gd_stepsize(L, mu)
    return plain(sigma * np.asarray(distance, float) + eta * np.asarray(error, float)
                  + (sigma + eta * L) * eta * np.asarray(error_before, float))  # fmt: skip


def nq_gd_step(distance, error, L, mu):
    """Lemma D.1, equation (174), for one worker: sigma_GD |x^_t - x*| + eta_GD |e_t|.

    >>> nq_gd_step(1.0, 0.5, 9.0, 1.0)
    0.9
    """
    return plain(
        gd_contraction_factor(L / mu) * np.asarray(distance, float) + gd_stepsize(L, mu) * np.asarray(error, float)
    )


def geometric_sum(t, a, b):
    """The sum over s = 0, ..., t of a**s b**(t - s), as in (93): (a**(t + 1) - b**(t + 1)) / (a - b), and (t + 1) a**t for a = b.

    By expm1 and log1p, so that no digit is lost where a and b >= 0 are nearly equal; one of them may be negative.

    >>> geometric_sum(2, 0.5, 0.5).item(), geometric_sum(1, 0.5, -0.25).item(), geometric_sum(-1, 0.5, 1.0).item()
    (0.75, 0.25, 0.0)
    """
    t, a, b = np.broadcast_arrays(np.asarray(t, float), np.asarray(a, float), np.asarray(b, float))
    large, small = np.maximum(a, b), np.minimum(a, b)
    alike = small >= 0
    less = np.where(alike & (large > small), (small - large) / np.where(large > 0, large, 1.0), 0.0)
    with np.errstate(divide="ignore"):
        terms = np.where(less < 0, np.expm1((t + 1) * np.log1p(less)) / np.where(less < 0, less, 1.0), t + 1)
    gap = np.where(alike, 1.0, large - small)
    return np.where(alike, large**t * terms, (large ** (t + 1) - small ** (t + 1)) / gap)


def _eta_L(kappa):
    """eta_GD L = 2 kappa / (kappa + 1)."""
    kappa = at_least(1, kappa, "kappa")
    return 2 * kappa / (kappa + 1)


def _geometric(t, kappa, rate, rho, over_largest):
    """The factor that a geometric sum of two ratios leaves: |1 - smaller / larger|**-1 as in (95), or rho' / |gap| as in (82)."""
    sigma, relative = np.asarray(gd_contraction_factor(kappa)), np.asarray(quantization_error(1.0, rate, rho))
    t, sigma, relative = np.broadcast_arrays(np.asarray(t, float), sigma, relative)
    equal = np.isclose(sigma, relative, rtol=1e-12, atol=0)
    gap = np.where(equal, 1.0, np.abs(sigma - relative))
    top = np.maximum(sigma, relative) if over_largest else relative
    return np.where(equal, t + 1, top / gap)
