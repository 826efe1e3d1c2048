"""Minima of piecewise linear functions over balls, each with a certificate: a point above and a dual bound below."""

import numpy as np

from ..streams import stream
from .lp_ball import LpBall, conjugate, project

ACCURACY = 1e-7  # the largest gap that is left unless another is asked for, over the scale of f
PASSES = 200_000
ROUNDING = 1e-13  # what rounding leaves of a gap, over f


def certified_minimum(A, c, low, high, domain, accuracy=ACCURACY):
    """The minimiser and the minimum of f(x) = mean_i max_{low <= u <= high} u (<a_i, x> - c_i) over the domain.

    The absolute loss has u from -1 to 1, the hinge loss of rows -y_i a_i and c_i = -1 has u from 0 to 1.

    Returns
    -------
    x : ndarray
        A point of the domain.
    minimum : float
        f(x), at most `accuracy` |A| radius / sqrt(m) above the true minimum: the gap to the dual bound says so.

    Raises
    ------
    RuntimeError
        If the gap stays larger.

    Notes
    -----
    For every u, min over the ball of mean u (A x - c) = -(radius |A' u|_q + <u, c>) / m is a bound from below. Orders 1 and
    infinity are linear programs, solved by HiGHS; for the others both sides are improved by the primal-dual method of
    Chambolle and Pock, restarted at its averages.
    """
    norm = largest_singular_value(A)
    scale = norm * domain.radius / np.sqrt(c.size)
    if domain.order in (1, np.inf):  # a solver's tolerances are absolute, so f gets slopes of about 1
        unit = LpBall(domain.order, 1.0, domain.dim)
        x, below = _linear_program(A * (domain.radius / scale), c / scale, low, high, unit)
        x, below = x * domain.radius, below * scale
    else:
        x, below = _primal_dual(A, c, low, high, domain, norm, accuracy * scale)
    x = project(domain, x)
    minimum = _primal(A, c, low, high, x)
    if not minimum - below <= max(accuracy * scale, ROUNDING * abs(minimum)):
        raise RuntimeError(
            f"certified_minimum: no certificate, f(x) = {minimum:g} and the bound {below:g}; "
            "give the oracle a smaller problem, or data of another scale"
        )
    return x, minimum


def _primal(A, c, low, high, x):
    t = A @ x - c
    return float(np.maximum(low * t, high * t).mean())


def _dual(A, c, domain, u):
    slope = A.T @ u
    return float(-(domain.radius * np.linalg.norm(slope, conjugate(domain.order)) + u @ c) / c.size)


def _linear_program(A, c, low, high, domain):
    """min mean t with t >= low (A x - c) and t >= high (A x - c), x = v - w for order 1; x and a dual bound."""
    import scipy.sparse as sp
    from scipy.optimize import linprog

    m, d = A.shape
    A, eye = sp.csr_array(A), -sp.eye_array(m)
    if domain.order == np.inf:
        rows, bounds = [[low * A, eye], [high * A, eye]], [(-domain.radius, domain.radius)] * d
        right, cost = [low * c, high * c], np.zeros(d)
    else:
        rows = [[low * A, -low * A, eye], [high * A, -high * A, eye], [sp.csr_array(np.ones((1, d)))] * 2 + [None]]
        bounds, right, cost = [(0, None)] * (2 * d), [low * c, high * c, [domain.radius]], np.zeros(2 * d)
    cost, bounds = np.concatenate([cost, np.full(m, 1 / m)]), bounds + [(None, None)] * m
    rows, right = sp.block_array(rows, format="csr"), np.concatenate(right)
    answer = linprog(cost, A_ub=rows, b_ub=right, bounds=bounds, method="highs")
    if answer.status != 0:
        raise RuntimeError(f"linear program of the minimum: {answer.message}")
    x = answer.x[:d] if domain.order == np.inf else answer.x[:d] - answer.x[d : 2 * d]
    prices = -m * answer.ineqlin.marginals  # of the rows with low, and of those with high
    u = np.clip(low * prices[:m] + high * prices[m : 2 * m], low, high)
    return x, _dual(A, c, domain, u)


def _primal_dual(A, c, low, high, domain, norm, allowed):
    """Chambolle and Pock's method, restarted at the average whenever that has halved the gap; x and a dual bound."""
    m, d = A.shape
    x, u = np.zeros(d), np.zeros(m)
    best, lower = x, -np.inf
    weight = np.sqrt(m) / domain.radius
    gap_at_start = _primal(A, c, low, high, x) - _dual(A, c, domain, u)
    done = 0
    while done < PASSES:
        x_sum, u_sum, count, ahead = np.zeros(d), np.zeros(m), 0, x
        x_start, u_start = x, u
        while True:
            u = np.clip(u + (A @ ahead - c) * (0.99 * weight / norm), low, high)
            new = project(domain, x - (A.T @ u) * (0.99 / (weight * norm)))
            ahead, x = 2 * new - x, new
            x_sum, u_sum, count, done = x_sum + x, u_sum + u, count + 1, done + 1
            if count % 20:
                continue
            gaps = []
            for point, multipliers in ((x_sum / count, u_sum / count), (x, u)):
                above, below = _primal(A, c, low, high, point), _dual(A, c, domain, multipliers)
                gaps.append((above - below, point, multipliers))
                lower = max(lower, below)
                best = point if above < _primal(A, c, low, high, best) else best
            gap, point, multipliers = min(gaps, key=lambda entry: entry[0])
            if _primal(A, c, low, high, best) - lower <= allowed:
                return best, lower
            if gap <= 0.5 * gap_at_start or done >= PASSES:
                break
        x, u, gap_at_start = point, multipliers, gap
        moved = np.linalg.norm(x - x_start), np.linalg.norm(u - u_start)
        if min(moved) > 0:
            weight = np.exp(0.5 * np.log(moved[1] / moved[0]) + 0.5 * np.log(weight))
    return best, lower


def largest_singular_value(A):
    """One per cent above what the power method finds, from a random start: rows may be orthogonal to any vector that one would think of."""
    v = stream(0, "power method").standard_normal(A.shape[1])
    v /= np.linalg.norm(v)
    for _ in range(100):
        w = A.T @ (A @ v)
        size = np.linalg.norm(w)
        if size == 0:
            return 1.0
        v = w / size
    return 1.01 * np.sqrt(size)


def certified_smooth_minimum(loss, slope, smoothness, domain, bound, accuracy=ACCURACY):
    """The minimiser of a smooth convex function over the domain: accelerated projected gradients, restarted where f rises.

    Returns a point x with <slope(x), x> + radius |slope(x)|_q <= accuracy bound radius, which is no less than f(x) - f*.
    """
    x = y = np.zeros(domain.dim)
    momentum, last, order = 1.0, np.inf, conjugate(domain.order)
    for t in range(PASSES):
        new = project(domain, y - slope(y) / smoothness)
        if t % 10 == 0:
            g = slope(new)
            if g @ new + domain.radius * np.linalg.norm(g, order) <= accuracy * bound * domain.radius:
                return new
            value = loss(new)
            momentum, last = (1.0 if value > last else momentum), value
        following = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        y, x = new + (momentum - 1) / following * (new - x), new
        momentum = following
    raise RuntimeError("certified_smooth_minimum: no certificate; give the oracle a smaller problem")
