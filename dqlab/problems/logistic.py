"""Logistic regression with an l2 penalty: f(x) = mean_i log(1 + exp(-y_i <a_i, x>)) + ridge |x|^2 / 2."""

import math
from typing import NamedTuple

import numpy as np

from .. import _checks
from .._generic import jit
from .least_squares import extreme_singular_values, rows
from .verbs import Smooth, gradient, value


class _Fields(NamedTuple):
    data: np.ndarray
    indices: np.ndarray
    indptr: np.ndarray
    y: np.ndarray
    ridge: float
    minimiser: np.ndarray
    L: float
    mu: float


class Logistic(Smooth, _Fields):
    """l2-regularised logistic regression, with rows held as CSR (dense data too).

    Made by ``from_data(A, y, ridge)``. L = sigma_1(A)^2 / (4 m) + ridge and mu = ridge: the second derivative of the
    logistic function lies between 0 and 1/4.

    Examples
    --------
    >>> import dqlab as dq
    >>> problem = dq.problems.Logistic.from_data([[1.0], [2.0]], [1.0, -1.0], ridge=0.5)
    >>> problem.mu, problem.L
    (0.5, 1.125)
    """

    __slots__ = ()

    @classmethod
    def from_data(cls, A, y, ridge):
        """The problem of data A, shape (m, n) dense or scipy.sparse, labels y in {-1, +1} and a penalty ridge > 0.

        The minimiser is found by Newton's method to machine precision.

        Raises
        ------
        TypeError, ValueError
            If the shapes do not fit, an entry is not finite, a label is not -1 or +1, or ridge <= 0 (then f is not
            strongly convex: mu would be 0).
        """
        A = rows(A)
        y = _checks.vector(y, "y", A.shape[0]).astype(np.float64, copy=False)
        if not np.isin(y, (-1.0, 1.0)).all():
            raise ValueError(f"y: expected labels -1 and +1, got {sorted(set(y.tolist()))[:5]}")
        try:
            ridge = _checks.positive(ridge, "ridge")
        except ValueError as error:
            raise ValueError(f"{error} (the problem would have mu = 0: no linear convergence)") from None
        L = extreme_singular_values(A)[0] ** 2 / (4 * A.shape[0]) + ridge if min(A.shape) else ridge
        return cls(A.data, A.indices, A.indptr, y, ridge, newton(A, y, ridge)[0], L, ridge)


def newton(A, y, ridge):
    """The minimiser and |gradient| there: Newton's method with backtracking, until the gradient stops shrinking.

    Examples
    --------
    >>> import numpy as np
    >>> from dqlab.problems.logistic import newton
    >>> x, slope = newton(np.array([[1.0], [2.0]]), np.array([1.0, -1.0]), 0.5)
    >>> round(float(x[0]), 6), bool(slope < 1e-12)
    (-0.223957, True)
    """
    from scipy.sparse.linalg import LinearOperator, cg

    m, n = A.shape
    x = np.zeros(n)

    def objective(x):
        return np.logaddexp(0, -y * (A @ x)).mean() + 0.5 * ridge * x @ x

    def slope(x):
        return -(A.T @ (y / (1 + np.exp(np.clip(y * (A @ x), -700, 700))))) / m + ridge * x

    g = slope(x)
    for _ in range(100):
        p = 1 / (1 + np.exp(np.clip(-(A @ x), -700, 700)))
        weight = p * (1 - p) / m
        if n <= 1000:
            direction = np.linalg.solve(_weighted_gram(A, weight) + ridge * np.eye(n), g)
        else:
            hessian = LinearOperator((n, n), matvec=lambda v, w=weight: A.T @ (w * (A @ v)) + ridge * v)
            direction = cg(hessian, g, rtol=1e-12, maxiter=10 * n)[0]
        step = 1.0
        while step > 1e-10 and objective(x - step * direction) > objective(x) + 1e-16:
            step /= 2
        trial = x - step * direction
        trial_slope = slope(trial)
        if np.linalg.norm(trial_slope) >= np.linalg.norm(g) and np.linalg.norm(g) < 1e-10:
            break
        x, g = trial, trial_slope
    return x, float(np.linalg.norm(g))


def _weighted_gram(A, weight):
    """A' diag(weight) A, dense, of a dense or a sparse A."""
    if isinstance(A, np.ndarray):
        return (A.T * weight) @ A
    return (A.T @ (A.multiply(weight[:, None])) + 0.0).toarray()


@gradient.register(Logistic)
def _gradient(problem, x):
    g = problem.ridge * x
    m = problem.y.size
    for i in range(m):
        pull = -problem.y[i] / (1.0 + math.exp(min(margin(problem, x, i), 700.0))) / m  # e**710 is no float
        for k in range(problem.indptr[i], problem.indptr[i + 1]):
            g[problem.indices[k]] += problem.data[k] * pull
    return g


@value.register(Logistic)
def _value(problem, x):
    s = 0.0
    for i in range(problem.y.size):
        t = margin(problem, x, i)
        s += math.log1p(math.exp(-abs(t))) + max(-t, 0.0)
    s /= problem.y.size
    for i in range(x.size):
        s += 0.5 * problem.ridge * x[i] * x[i]
    return s


@jit
def margin(problem, x, i):
    """y_i <a_i, x>."""
    s = 0.0
    for k in range(problem.indptr[i], problem.indptr[i + 1]):
        s += problem.data[k] * x[problem.indices[k]]
    return problem.y[i] * s
