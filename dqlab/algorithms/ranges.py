"""The dynamic ranges that the theorems prescribe: recursions that worker and server both run, knowing L, mu, D and rho'.

rho' = d(q) / r(q) = rho_n 2**-R is the quantizer's relative covering radius, and
c(eta) = max(|1 - eta mu|, |1 - eta L|) is what one unquantized step contracts by; at eta = 2 / (L + mu) it is sigma_GD.
"""

import functools

import numpy as np

LEAST, LARGEST = 1e-150, 1e150  # their squares are still numbers, neither 0 nor infinity


def finite(recursion):
    """Decorator: hold ranges between `LEAST` and `LARGEST`, so that the run goes on.

    Far below the threshold they grow past every float; with D = 0 or kappa = 1 they fall to 0, which is no range.
    """

    @functools.wraps(recursion)
    def held(*args):
        with np.errstate(over="ignore", invalid="ignore"):
            return np.fmax(np.fmin(recursion(*args), LARGEST), LEAST)

    return held


def contraction(problem, stepsize):
    """c(eta) for every step."""
    stepsize = np.asarray(stepsize, np.float64)
    return np.maximum(np.abs(1 - stepsize * problem.mu), np.abs(1 - stepsize * problem.L))


@finite
def dq_gd_ranges(problem, D, rho, stepsizes):
    """Equation (22) from t = 0, in the form that Algorithm 5 needs: r_0 = L D and

    r_{t+1} = L D prod_{s <= t} c(eta_s) + (eta_t / eta_{t+1}) rho' r_t.
    """
    path = problem.L * D * np.concatenate([[1.0], np.cumprod(contraction(problem, stepsizes))])
    ranges = np.empty(stepsizes.size)
    ranges[0] = path[0]
    for t in range(stepsizes.size - 1):
        ranges[t + 1] = path[t + 1] + stepsizes[t] / stepsizes[t + 1] * rho * ranges[t]
    return ranges


@finite
def nq_gd_ranges(problem, D, rho, stepsize, steps):
    """Equation (66) for one worker: r_t = (c + eta L rho')**t L D."""
    factor = contraction(problem, stepsize) + stepsize * problem.L * rho
    return problem.L * D * factor ** np.arange(steps)


@finite
def ef_gd_ranges(problem, D, rho, stepsize, steps):
    """Ranges for the input (30), from Lemma E.1: with b_t >= |x~_t - x*|, b_0 = D and r_{-1} = 0,

    r_t = L b_t + (1 + eta L) rho' r_{t-1},      b_{t+1} = c b_t + eta^2 L rho' r_{t-1}.
    """
    c, L = float(contraction(problem, stepsize)), problem.L
    ranges = np.empty(steps)
    b, before = D, 0.0
    for t in range(steps):
        ranges[t] = L * b + (1 + stepsize * L) * rho * before
        b, before = c * b + stepsize**2 * L * rho * before, ranges[t]
    return ranges


def agd_path(problem, D, momentum, steps):
    """Equation (116): |grad f(x_t)| <= sigma_AGD**t L D lambda on AGD's path with (31)-(32), lambda of (34)."""
    kappa = problem.L / problem.mu
    sigma = np.sqrt(1 - 1 / np.sqrt(kappa))
    ratio = momentum / sigma if sigma > 0 else 0.0  # kappa = 1: both are 0, gamma faster
    return sigma ** np.arange(steps) * problem.L * D * (1 + momentum + ratio) * np.sqrt(kappa + 1)


def hb_path(problem, D, momentum, steps, alpha=None):
    """|grad f(x_t)| on heavy ball's path with (43)-(44), sigma_HB**2 = gamma, on a quadratic.

    Unless alpha is given, sigma_HB**t (1 + (1 + sigma_HB) t) L D, the least bound that holds for every quadratic; with it,
    (148) of the paper, sigma_HB**t t**alpha e**alpha sqrt(2) L D, where t = 0 counts as 1 so that r_0 > 0.
    """
    t, sigma = np.arange(steps), np.sqrt(momentum)
    if alpha is None:
        return sigma**t * (1 + (1 + sigma) * t) * problem.L * D
    return sigma**t * (np.e * np.maximum(t, 1.0)) ** alpha * np.sqrt(2) * problem.L * D


@finite
def dq_momentum_ranges(path, rho, momentum):
    """Equations (35) and (46) from t = 0, for any bound path_t >= |grad f(z_t)| on the unquantized path: r_{-1} = r_{-2} = 0,

    r_t = path_t + rho' (r_{t-1} + gamma (r_{t-1} + r_{t-2})).
    """
    ranges = np.empty(path.size)
    last = before = 0.0
    for t in range(path.size):
        ranges[t] = path[t] + rho * (last + momentum * (last + before))
        last, before = ranges[t], last
    return ranges


@finite
def nq_gd_workers_ranges(problem, D, rhos, stepsize, steps):
    """Equation (66) where the workers share their minimiser, else (186); shape (steps, K). With

    C = mean_k eta L_k rho'_k, equation (180), and sigma = c + C:      r_{t,k} = sigma**t L_k D,      and for (186)
    r'_{t,k} = r_{t,k} + 2 L_k D (C sum_{tau < t} sigma**tau + 1).
    """
    C = np.mean(stepsize * problem.worker_L * rhos)
    powers = (contraction(problem, stepsize) + C) ** np.arange(steps)
    ranges = problem.worker_L * D * powers[:, None]
    if problem.shared:
        return ranges
    before = np.concatenate([[0.0], np.cumsum(powers[:-1])])
    return ranges + 2 * problem.worker_L * D * (C * before[:, None] + 1)


@finite
def ef21_workers_ranges(problem, D, rhos, stepsize, steps):
    """Ranges for gradient differences, shape (steps, K): with a_t >= |x_t - x*| and E_t = mean_k rho'_k r_{t,k},

    a_{t+1} = c a_t + eta E_t,      r_{t+1,k} = eta L_k (L a_t + E_t) + rho'_k r_{t,k},      a_0 = D, r_{0,k} = L_k D.

    A difference is of gradients at two iterates, at most L_k |x_{t+1} - x_t|, plus the error that is left of the last
    message; and |x_{t+1} - x_t| = eta |mean_k g_{t,k}| is at most eta (L a_t + E_t).
    """
    c, a = float(contraction(problem, stepsize)), D
    ranges = np.empty((steps, rhos.size))
    ranges[0] = problem.worker_L * D
    for t in range(steps - 1):
        error = np.mean(rhos * ranges[t])
        ranges[t + 1] = stepsize * problem.worker_L * (problem.L * a + error) + rhos * ranges[t]
        a = c * a + stepsize * error
    return ranges


def tmm_path(problem, D, steps):
    """|grad f(y_t)| <= L |y_t - x*| along the triple momentum method: with s = 1 - 1 / sqrt(kappa), at most

    L D s**t (1 - s**(t + 1)) 2 kappa / (sqrt(kappa) + 1), derived in `dqlab.theory.lin.tmm_point_distance`.
    """
    root = np.sqrt(problem.L / problem.mu)
    s, t = 1 - 1 / root, np.arange(steps)
    return problem.L * D * s**t * (1 - s ** (t + 1)) * 2 * root**2 / (root + 1)
