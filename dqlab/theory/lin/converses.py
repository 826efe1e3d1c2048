"""What no algorithm can do: Section IV and Appendix C of Lin, Kostina and Hassibi, at finite T, n and R.

Counting bounds every server that is told nR bits a step; Nesterov's chain bounds every gradient method; one step of
gradient descent is settled by a semidefinite programme of two vectors, whose dual is a proof.
"""

import numpy as np

from .._arguments import at_least, plain
from .gradient_descent import converse_contraction_factor


def volume_radius(points, dim, D=1.0):
    """Equation (171) in points: whatever `points` positions in R^n cover the ball B(D) no closer than D points**(-1/n).

    >>> volume_radius(16, dim=2)
    0.25
    """
    return plain(at_least(0, D, "D") * at_least(1, points, "points") ** (-1 / at_least(1, dim, "dim")))


def volume_distance(t, rate, D=1.0):
    """Equations (167)-(172) at step t: for some minimiser in B(D) the server is D 2**(-R t) away from it, or farther.

    With several workers `rate` is their sum rate, equation (60).

    >>> volume_distance(3, rate=1.0, D=4.0)
    0.5
    """
    return plain(at_least(0, D, "D") * 2.0 ** (-at_least(0, rate, "rate") * at_least(0, t, "t")))


def almost_sure_radius(t, rate, dim, D=1.0):
    """eps_T = D 2**(-R T) T**(-2/n): almost every minimiser of B(D) stays farther away from all but finitely many iterates.

    Not in the paper. `almost_sure_probability` of these radii is T**-2, whose sum over T is finite (Borel and Cantelli).

    >>> almost_sure_radius(2, rate=1.0, dim=1)
    0.0625
    """
    t = at_least(1, t, "t")
    return plain(np.asarray(volume_distance(t, rate, D)) * t ** (-2 / at_least(1, dim, "dim")))


def almost_sure_probability(radius, t, rate, dim, D=1.0):
    """min(1, 2**(n R T) (eps / D)**n): the chance that a uniform minimiser of B(D) is within eps of *some* reachable point.

    >>> almost_sure_probability(almost_sure_radius(5, 2.0, 3), 5, 2.0, 3) == 1 / 25
    True
    """
    ratio = at_least(0, radius, "radius") / np.asarray(volume_distance(t, rate, D))
    return plain(np.minimum(1.0, ratio ** at_least(1, dim, "dim")))


def dq_gd_no_faster_threshold(kappa, rho):
    """log2(rho_n (3 kappa + 1) / (kappa - 1)): above this rate DQ-GD contracts by sigma_GD and no less in the worst case.

    Not in the paper. On the instance of Lemma C.1 GD is sigma_GD**T D away from x*, and DQ-GD one error eta |e_{T-1}| from
    GD, at most sigma_GD**T eta L D b by Lemma B.3; eta L b = (2 kappa / (kappa + 1)) rho' / (sigma_GD - rho') is below 1
    where rho' (1 + eta L) < sigma_GD.

    >>> dq_gd_no_faster_threshold(5.0, 1.0)
    2.0
    """
    kappa = at_least(1, kappa, "kappa")
    with np.errstate(divide="ignore"):
        return plain(np.log2(at_least(0, rho, "rho") * (3 * kappa + 1) / (kappa - 1)))


def converse_gradient_method_factor(kappa, rate):
    """Equation (58): max(sigma_HB, 2**-R), for gradient methods that may use all of the past.

    sigma_HB of kappa is sigma_GD of sqrt(kappa).

    >>> converse_gradient_method_factor(9.0, rate=4.0)
    0.5
    """
    return converse_contraction_factor(np.sqrt(at_least(1, kappa, "kappa")), rate)


def nesterov_distance(t, kappa, D=1.0):
    """Lemma C.2, equation (173): on Nesterov's chain every gradient method is sigma_HB**t |x_0 - x*| away, or farther.

    >>> nesterov_distance(2, kappa=9.0)
    0.25
    """
    return plain(
        at_least(0, D, "D") * np.asarray(converse_gradient_method_factor(kappa, np.inf)) ** at_least(0, t, "t")
    )


def nesterov_chain_distance(t, kappa, n, D=1.0):
    """Lemma C.2 on a chain of n coordinates: what truncation leaves of (173).

    A gradient method that starts at 0 has moved the first t coordinates only, and the others of x* = s (q, q^2, ..., q^n),
    q = sigma_HB, have the norm D sqrt((q^{2t} - q^{2n}) / (1 - q^{2n})): nearly D q^t until t comes near n, and 0 at t = n.

    >>> nesterov_chain_distance([0, 2, 40], kappa=9.0, n=40).round(9).tolist()
    [1.0, 0.25, 0.0]
    """
    t, n, D = at_least(0, t, "t"), at_least(2, n, "n"), at_least(0, D, "D")
    square = np.asarray(converse_gradient_method_factor(kappa, np.inf)) ** 2
    left = np.maximum(square**t - square**n, 0.0)
    return plain(D * np.sqrt(np.where(square < 1, left / np.where(square > 0, 1 - square**n, 1.0), 1.0)))


def one_step_primal(stepsize, L, mu):
    """The worst step of gradient descent by performance estimation: (largest |x - eta g|^2, its Gram matrix), |x| = 1.

    All that a step can know of f is the Gram matrix G of the error x and the gradient g. Every f in F_n satisfies
    (L + mu) <g, x> >= |g|^2 + mu L |x|^2, and every positive semidefinite G that does belongs to some f. Maximise
    |x - eta g|^2 over them: a linear objective on a convex set of two numbers, <g, x> and |g|^2, solved by scipy.

    >>> value, gram = one_step_primal(0.2, L=9.0, mu=1.0)
    >>> round(value, 6)
    0.64
    """
    from scipy.optimize import minimize

    L, mu, eta = _curvatures(stepsize, L, mu)
    inequalities = [
        {"type": "ineq", "fun": lambda p: p[1] - p[0] ** 2, "jac": lambda p: np.array([-2 * p[0], 1.0])},
        {"type": "ineq", "fun": lambda p: (1 + mu) * p[0] - p[1] - mu, "jac": lambda p: np.array([1 + mu, -1.0])},
    ]
    slope = np.array([2 * eta, -(eta**2)])
    middle = (1 + mu) / 2
    start = np.array([middle, (middle**2 + (1 + mu) * middle - mu) / 2])
    found = minimize(
        lambda p: p @ slope - 1,
        start,
        jac=lambda p: slope,
        constraints=inequalities,
        method="SLSQP",
        options={"ftol": 1e-15, "maxiter": 200},
    )
    inner, square = found.x
    return float(-found.fun), np.array([[1.0, L * inner], [L * inner, L**2 * square]])


def one_step_dual(multiplier, stepsize, L, mu):
    """What a multiplier proves: the least tau such that |x - eta g|^2 <= tau |x|^2 follows from the inequality times it.

    That is: tau |x|^2 - |x - eta g|^2 - multiplier ((L + mu) <g, x> - |g|^2 - mu L |x|^2) is a sum of squares. Any
    multiplier bounds the primal from above (weak duality); infinity where it proves nothing.

    >>> round(one_step_dual(one_step_multiplier(0.2, 9.0, 1.0), 0.2, 9.0, 1.0), 12), one_step_dual(0.0, 0.2, 9.0, 1.0)
    (0.64, inf)
    """
    _curvatures(stepsize, L, mu)
    room = np.asarray(multiplier, float) - stepsize**2  # the coefficient of |g|^2
    cross = stepsize - multiplier * (L + mu) / 2
    nothing = np.isclose(room, 0.0, atol=1e-12 * stepsize**2)
    square = cross**2 / np.where(room > 0, np.where(nothing, 1.0, room), 1.0)
    square = np.where(nothing, np.where(np.abs(cross) <= 1e-9 * stepsize, 0.0, np.inf), square)
    return plain(np.where((room < 0) & ~nothing, np.inf, 1 - multiplier * mu * L + square))


def one_step_multiplier(stepsize, L, mu):
    """The multiplier whose `one_step_dual` is max(|1 - eta mu|, |1 - eta L|)^2: the shortest proof of that factor.

    Its sum of squares is a multiple of |g - mu x|^2 for step sizes up to 2 / (L + mu), of |g - L x|^2 above.

    >>> round(one_step_multiplier(0.1, L=9.0, mu=1.0), 12)
    0.0225
    """
    _curvatures(stepsize, L, mu)
    if L == mu:
        raise ValueError(f"L: expected L > mu = {mu}; where they are equal g is mu x, and there is nothing to prove")
    slowest = (1 - stepsize * mu) if stepsize * (L + mu) <= 2 else (stepsize * L - 1)
    return plain(2 * stepsize * slowest / (L - mu))


def _curvatures(stepsize, L, mu):
    """(1, mu / L, eta L) with L first: the same step in units in which L is 1."""
    for value, name in ((stepsize, "stepsize"), (mu, "mu"), (L, "L")):
        if not 0 < value < np.inf:
            raise ValueError(f"{name}: expected a finite number > 0, got {value}")
    if L < mu:
        raise ValueError(f"L: expected L >= mu = {mu}, got {L}")
    return L, mu / L, stepsize * L
