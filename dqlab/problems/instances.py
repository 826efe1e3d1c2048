"""Problems made to order: prescribed spectra, and the worst case of gradient descent."""

import numpy as np

from .. import _checks
from .least_squares import LeastSquares


def random_spectrum(kappa, rng, *, m=None, n=64):
    """A least-squares problem of the paper's Figure 3: Gaussian A, its singular values mapped affinely onto [1, sqrt(kappa)].

    Parameters
    ----------
    kappa : float
        Condition number of f, at least 1; exact by construction.
    rng : numpy.random.Generator
        Draws A (standard normal), then y (standard normal).
    m, n : int
        Shape of A; m = 2 n unless given, and m >= n >= 2.

    Returns
    -------
    LeastSquares

    Examples
    --------
    >>> import dqlab as dq
    >>> problem = dq.problems.random_spectrum(10.0, dq.stream(0, "problem"), n=8)
    >>> problem.dim, round(problem.kappa, 9)
    (8, 10.0)
    """
    n = _checks.integer(n, "n", 2)
    m = 2 * n if m is None else _checks.integer(m, "m", n)
    kappa = _checks.positive(kappa, "kappa")
    if kappa < 1:
        raise ValueError(f"kappa: expected a condition number >= 1, got {kappa}")
    _checks.generator(rng, "rng")
    left, singular, right = np.linalg.svd(rng.standard_normal((m, n)), full_matrices=False)
    share = (singular - singular[-1]) / (singular[0] - singular[-1])
    return _from_svd(left, 1 + (np.sqrt(kappa) - 1) * share, right, rng.standard_normal(m))


def worst_case_quadratic(x0, L, mu, rng, *, distance=1.0, stepsize=None, m=None):
    """The instance of Lemma C.1: gradient descent with a given step size contracts by max(|1 - eta mu|, |1 - eta L|) exactly.

    The error x0 - x* is a right singular vector of A, for the singular value that the step size serves worst, so every
    step of gradient descent only shrinks it.

    Parameters
    ----------
    x0 : array, shape (n,)
        Where gradient descent starts, n >= 2.
    L, mu : float
        L >= mu > 0.
    rng : numpy.random.Generator
        Draws the direction of the minimiser, the other singular vectors and the part of y outside the range of A.
    distance : float
        |x0 - x*| = D.
    stepsize : float, optional
        eta; 2 / (L + mu), equation (20), unless given.
    m : int, optional
        Rows of A; n unless given.

    Returns
    -------
    LeastSquares

    Examples
    --------
    >>> import numpy as np
    >>> import dqlab as dq
    >>> problem = dq.problems.worst_case_quadratic(np.zeros(5), L=9.0, mu=1.0, rng=dq.stream(0, "problem"))
    >>> run = dq.algorithms.gd(problem, x0=np.zeros(5), steps=10)
    >>> np.allclose(run.distance[1:] / run.distance[:-1], 0.8)
    True
    """
    x0 = _checks.vector(x0, "x0").astype(np.float64, copy=False)
    n = _checks.integer(x0.size, "the size of x0", 2)
    m = n if m is None else _checks.integer(m, "m", n)
    L, mu = _checks.positive(L, "L"), _checks.positive(mu, "mu")
    if L < mu:
        raise ValueError(f"L: expected L >= mu = {mu}, got {L}")
    _checks.generator(rng, "rng")
    stepsize = 2 / (L + mu) if stepsize is None else _checks.positive(stepsize, "stepsize")
    direction = rng.standard_normal(n)
    direction /= np.linalg.norm(direction)
    minimiser = x0 - _checks.positive(distance, "distance") * direction
    right = np.linalg.qr(np.column_stack([direction, rng.standard_normal((n, n - 1))]))[0].T
    left = np.linalg.qr(rng.standard_normal((m, n)))[0]
    slow_is_mu = abs(1 - stepsize * mu) >= abs(1 - stepsize * L)
    singular = np.sqrt(
        np.concatenate([[mu], np.linspace(mu, L, n)[1:]] if slow_is_mu else [[L], np.linspace(L, mu, n)[1:]])
    )
    noise = rng.standard_normal(m)
    noise -= left @ (left.T @ noise)
    y = left @ (singular * (right @ minimiser)) + noise
    return LeastSquares(
        (right.T * singular**2) @ right, right.T @ (singular * (left.T @ y)), 0.5 * y @ y, minimiser, L, mu
    )


def _from_svd(left, singular, right, y):
    coordinates = left.T @ y
    return LeastSquares(
        (right.T * singular**2) @ right,
        right.T @ (singular * coordinates),
        0.5 * float(y @ y),
        right.T @ (coordinates / singular),
        float(singular.max() ** 2),
        float(singular.min() ** 2),
    )
