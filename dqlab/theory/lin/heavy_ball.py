"""Where heavy ball fails, and what does not: Lemma B.8 of Lin, Kostina and Hassibi, its counterexample, and triple momentum.

The counterexample is ``dqlab.problems.FlatStretch``: curvature L but on a stretch of length 1, where it is mu. Here its
cycles are calculated; the derivations for triple momentum, which the paper does not treat, are in the docstrings.
"""

import itertools
import math

import numpy as np

from .._arguments import at_least, curvatures, plain, steps
from .dq_momentum import momentum_dynamic_range
from .gradient_descent import quantization_error
from .momentum import (
    hb_contraction_factor,
    hb_momentum,
    hb_stepsize,
    momentum_linear_threshold,
    momentum_lossless_threshold,
    momentum_roots,
)


def hb_matrix(curvature, L, mu):
    """A(lambda) of (135), corrected: what heavy ball with (43)-(44) does to (x_t - x*, x_{t-1} - x*) along one direction.

    The curvature belongs into the upper left entry; the paper prints it in the upper right one (erratum B2).

    >>> hb_matrix(25.0, 25.0, 1.0).round(4).tolist()
    [[-1.3333, -0.4444], [1.0, 0.0]]
    """
    eta, gamma = hb_stepsize(L, mu), hb_momentum(L / mu)
    return np.array([[1 + gamma - eta * curvature, -gamma], [1.0, 0.0]])


def spectral_radius(matrix):
    """The largest modulus of an eigenvalue: what rho(A_t) is in (139).

    >>> round(spectral_radius(hb_matrix(25.0, 25.0, 1.0)), 4)
    0.6667
    """
    return float(np.abs(np.linalg.eigvals(np.asarray(matrix, float))).max())


def joint_spectral_radius(matrices, length):
    """(low, high) around the joint spectral radius, the rate at which the norm of the worst product can grow.

    low is the largest rho(product)**(1/k), high the least max |product|**(1/k), over products of k <= `length` factors.
    Wirth's lemma, which (138) quotes, is about this number, and not about the largest spectral radius of a factor.

    >>> steep, flat = hb_matrix(25.0, 25.0, 1.0), hb_matrix(1.0, 25.0, 1.0)
    >>> [round(bound, 4) for bound in joint_spectral_radius([steep, flat], 10)]
    [1.6095, 1.6162]
    """
    matrices = [np.asarray(matrix, float) for matrix in matrices]
    products, low, high = [np.eye(len(matrices[0]))], 0.0, math.inf
    for k in range(1, length + 1):
        products = [matrix @ product for matrix, product in itertools.product(matrices, products)]
        low = max(low, max(spectral_radius(product) for product in products) ** (1 / k))
        high = min(high, max(float(np.linalg.norm(product, 2)) for product in products) ** (1 / k))
    return low, high


def hb_alternating_growth(kappa):
    """rho(A(L) A(mu))**(1/2) = (1 + sqrt(2)) sigma_HB: what alternating steep and flat steps can multiply the distance by.

    The product has trace -6 sigma^2 and determinant sigma^4, so its larger eigenvalue is -(3 + 2 sqrt(2)) sigma^2. It is past 1
    from kappa = 3 + 2 sqrt(2) = 5.83 on, where each factor alone has spectral radius sigma < 1.

    >>> round(hb_alternating_growth(25.0), 4)
    1.6095
    """
    return plain((1 + math.sqrt(2)) * np.asarray(hb_contraction_factor(kappa)))


def hb_cycle(kappa, itinerary):
    """The points of a cycle of heavy ball with (43)-(44) on a function that is flat on a stretch of length 1.

    itinerary[t] = 1 says that point t lies beyond the stretch, 0 that it lies before it; no point lies within. Then
    x_{t+1} + 2 sigma x_t + sigma^2 x_{t-1} = 4 sigma itinerary[t] with sigma of (45), a linear system. Where the stretch
    begins does not enter: see `hb_cycle_room`. Such a cycle attracts: around it every matrix is A(L), of spectral radius sigma.

    >>> hb_cycle(25.0, (1, 0, 0)).round(5).tolist()
    [2.11592, 0.64653, -1.80245]
    """
    sigma, beyond = hb_contraction_factor(kappa), np.asarray(itinerary, float)
    identity = np.eye(beyond.size)
    after, before = np.roll(identity, 1, axis=1), np.roll(identity, -1, axis=1)
    return np.linalg.solve(after + 2 * sigma * identity + sigma**2 * before, 4 * sigma * beyond)


def hb_cycle_room(kappa, itinerary):
    """How much room a cycle leaves for a stretch of length 1: it exists where this is >= 0, and with ramps of that width.

    The stretch must begin beyond the minimiser and all points before it, and end before all points beyond it.

    >>> round(hb_cycle_room(25.0, (1, 0, 0)), 5), hb_cycle_room(16.0, (1, 0, 0)) < 0
    (0.46939, True)
    """
    points, beyond = hb_cycle(kappa, itinerary), np.asarray(itinerary, bool)
    return float(points[beyond].min() - max(points[~beyond].max(initial=0.0), 0.0) - 1.0)


def hb_three_cycle_threshold():
    """9 + 4 sqrt(5): from this condition number on, heavy ball with (43)-(44) has cycles of period 3.

    With s = sigma_HB the points are 4 s (1 - 2 s^3), -4 s^2 (2 - s^3) and 12 s^3, over (1 + s^3)^2. The last one exceeds the
    first one by 1 where 12 s^3 - 4 s + 8 s^4 = (1 + s^3)^2, which s = (sqrt(5) - 1) / 2 solves.

    >>> round(hb_three_cycle_threshold(), 6)
    17.944272
    """
    return 9 + 4 * math.sqrt(5)


def tmm_parameters(L, mu):
    """(alpha, beta, gamma) of the triple momentum method (Van Scoy, Freeman and Lynch 2018), by s = 1 - 1 / sqrt(kappa):

    alpha = (1 + s) / L, beta = s^2 / (2 - s), gamma = s^2 / ((1 + s)(2 - s)).

    >>> [round(p, 6) for p in tmm_parameters(4.0, 1.0)]
    [0.375, 0.166667, 0.111111]
    """
    L, mu = curvatures(L, mu)
    s = tmm_contraction_factor(L / mu)
    return plain((1 + s) / L), plain(s**2 / (2 - s)), plain(s**2 / ((1 + s) * (2 - s)))


def tmm_contraction_factor(kappa):
    """1 - 1 / sqrt(kappa): the contraction factor of triple momentum over F_n, and the least that any method has over F_infinity.

    Attained on curvature mu; that no gradient method has less is a theorem of Taylor and Drori (erratum B17).

    >>> tmm_contraction_factor(25.0)
    0.8
    """
    return plain(1 - 1 / np.sqrt(at_least(1, kappa, "kappa")))


def tmm_lyapunov(value, gradient, point, state, L, mu):
    """The function that falls by the factor (1 - 1 / sqrt(kappa))**2 in every step of triple momentum, for x* = 0 and f(x*) = 0.

    With f - mu |.|^2 / 2 for h, s_t = grad h(y_t), and z_t = (xi_t - s^2 xi_{t-1}) / (1 - s^2) for the state, it is

        V_{t+1} = Q_t + c |z_{t+1}|^2,   Q_t = h(y_t) - |s_t|^2 / (2 (L - mu)) >= 0,   c = L mu / (L - mu).

    Proof. In these variables the method reads z_{t+1} = s z_t - (1 - s) s_t / mu, y_t = (1 - beta) z_t + beta xi_{t-1}. As h is
    convex and (L - mu)-smooth, the inequalities between y_t and x*, and between y_{t-1} and y_t, say

        Q_t <= <s_t, y_t> - |s_t|^2 / (L - mu),
        Q_t <= Q_{t-1} + <s_t, y_t - y_{t-1} + s_{t-1} / (L - mu)> - |s_t|^2 / (L - mu).

    1 - s^2 times the first and s^2 times the second, with y_t - s^2 (y_{t-1} - s_{t-1} / (L - mu)) = 2 (1 - s) / (2 - s) z_t, give
    Q_t <= s^2 Q_{t-1} + 2 (1 - s) / (2 - s) <s_t, z_t> - |s_t|^2 / (L - mu), and c |z_{t+1}|^2 expands to
    s^2 c |z_t|^2 minus the last two terms.

    >>> tmm_lyapunov(value=2.0, gradient=[4.0], point=[1.0], state=[3.0], L=4.0, mu=1.0)
    12.0
    """
    point, state = np.asarray(point, float), np.asarray(state, float)
    slope = np.asarray(gradient, float) - mu * point
    excess = value - mu * point @ point / 2 - slope @ slope / (2 * (L - mu))
    return float(excess + L * mu / (L - mu) * state @ state)


def tmm_state_distance(t, kappa, D=1.0):
    """|z_t - x*| <= sqrt(kappa) (1 - 1 / sqrt(kappa))**t D, with equality at t = 1 and curvature L.

    From `tmm_lyapunov`: the first of the two inequalities alone, at y_0 = z_0 = x_0, gives
    V_1 <= s^2 c D^2 + s / (2 - s) <s_0, x_0> <= s^2 c D^2 kappa, because <s_0, x_0> <= (L - mu) D^2.

    >>> round(tmm_state_distance(1, 25.0), 12)
    4.0
    """
    s, t = np.asarray(tmm_contraction_factor(kappa)), np.asarray(t, float)
    return plain(np.sqrt(kappa) * s**t * D)


def tmm_distance(t, kappa, D=1.0):
    """|xi_t - x*| <= sqrt(kappa) s**t (1 + s - 2 s**(t + 1)) D with s = 1 - 1 / sqrt(kappa); D at t = 0.

    xi_t = (1 - s^2) z_t + s^2 xi_{t-1} is an average of z_1, ..., z_t and xi_0: sum `tmm_state_distance` over it.

    >>> round(tmm_distance(0, 25.0), 12), round(tmm_distance(1, 25.0), 12)
    (1.0, 2.08)
    """
    s, t = np.asarray(tmm_contraction_factor(kappa)), np.asarray(t, float)
    return plain(np.sqrt(kappa) * s**t * (1 + s - 2 * s ** (t + 1)) * D)


def tmm_point_distance(t, kappa, D=1.0):
    """|y_t - x*| <= 2 kappa / (sqrt(kappa) + 1) s**t (1 - s**(t + 1)) D, where the gradient is taken.

    y_t = (1 - beta) z_t + beta xi_{t-1}: average `tmm_state_distance` and `tmm_distance`.

    >>> round(tmm_point_distance(0, 25.0), 6)
    1.666667
    """
    s, t = np.asarray(tmm_contraction_factor(kappa)), np.asarray(t, float)
    root = np.sqrt(np.asarray(kappa, float))
    return plain(2 * root**2 / (root + 1) * s**t * (1 - s ** (t + 1)) * D)


def dq_tmm_contraction_factor(kappa, rate, rho):
    """max{1 - 1 / sqrt(kappa), rho' phi(n, R, beta)} with phi of (37): what DQ-TMM achieves over all of F_n.

    >>> dq_tmm_contraction_factor(25.0, rate=5.0, rho=math.sqrt(8))
    0.8
    """
    return plain(np.maximum(tmm_contraction_factor(kappa), momentum_roots(rate, rho, _tmm_momentum(kappa))[0]))


def dq_tmm_linear_threshold(kappa, rho):
    """R_1 of (39) with beta: above this rate DQ-TMM converges linearly on all of F_n.

    >>> round(dq_tmm_linear_threshold(25.0, 1.0), 6)
    1.047306
    """
    return momentum_linear_threshold(_tmm_momentum(kappa), rho)


def dq_tmm_lossless_threshold(kappa, rho):
    """R_2 of (40) with 1 - 1 / sqrt(kappa) and beta: from this rate on DQ-TMM is as fast as triple momentum.

    >>> round(dq_tmm_lossless_threshold(25.0, 1.0), 6)
    1.459432
    """
    return momentum_lossless_threshold(tmm_contraction_factor(kappa), _tmm_momentum(kappa), rho)


def dq_tmm_distance(t, kappa, rate, rho, D=1.0):
    """|xi^_t - x*| <= |xi_t - x*| + alpha |e_{t-1}| <= `tmm_distance` + (1 + s) / L rho' r_{t-1}, for whole numbers t.

    r_t = L `tmm_point_distance` + rho' (r_{t-1} + beta (r_{t-1} + r_{t-2})) from r_{-1} = r_{-2} = 0.

    >>> round(dq_tmm_distance(0, 25.0, rate=5.0, rho=3.0), 12)
    1.0
    """
    t, s, beta = steps(t), tmm_contraction_factor(kappa), _tmm_momentum(kappa)
    ranges = momentum_dynamic_range(tmm_point_distance(np.arange(t.max() + 1), kappa, D), rate, rho, beta)
    before = np.where(t > 0, ranges[t - 1], 0.0)
    return plain(np.asarray(tmm_distance(t, kappa, D)) + (1 + s) * quantization_error(1.0, rate, rho) * before)


def _tmm_momentum(kappa):
    """beta = s^2 / (2 - s)."""
    s = np.asarray(tmm_contraction_factor(kappa))
    return plain(s**2 / (2 - s))


def minimax_distance(t, kappa, D=1.0):
    """The least that a gradient method can promise for |x_t - x*| over F_infinity (Taylor and Drori 2023): D / sqrt(1 + A_t / kappa),

    A_0 = 0, A_{t+1} = ((1 + q) A_t + 2 (1 + sqrt((1 + A_t)(1 + q A_t)))) / (1 - q)^2 with q = 1 / kappa. At t = 1 it is sigma_GD D;
    the ratio of successive terms tends to 1 - 1 / sqrt(kappa).

    >>> round(minimax_distance(1, 9.0), 12)
    0.8
    """
    q, A, t = 1 / at_least(1, kappa, "kappa"), 0.0, int(steps(t))
    if t and q == 1:
        return 0.0
    for _ in range(t):
        A = ((1 + q) * A + 2 * (1 + np.sqrt((1 + A) * (1 + q * A)))) / (1 - q) ** 2
    return plain(D / np.sqrt(1 + q * A))
