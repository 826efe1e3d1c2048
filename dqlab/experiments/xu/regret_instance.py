"""A small sparse logistic regression about which everything is known that the theorems on regret ask for."""

from typing import NamedTuple

import numpy as np

from ... import _checks, data
from ...problems import DecentralisedLogistic
from .reference import l1_logistic_minimum

ACCURACY = 1e-10  # the largest gap that is left between F and its dual bound, over F(0)


class RegretInstance(NamedTuple):
    """F(x) = f(x) + lambda \\|x\\|_1 with a certified minimum, and the constants of Theorems 4.3 and 4.4.

    Attributes
    ----------
    problem : DecentralisedLogistic
        Strength 0.
    penalty : float
        lambda.
    best : array
        x*.
    minimum, gap : float
        F(x*), and how far it may be above the true minimum at most: a dual bound says so.
    L : float
        The smoothness of f: the largest eigenvalue of its Hessian at 0.
    reach : float
        No coordinate of a gradient, nor of what TernGrad makes of it, is ever larger: the largest entry of the data.

    Examples
    --------
    >>> import dqlab as dq
    >>> problem = dq.problems.DecentralisedLogistic.from_data([[1.0], [-1.0], [1.0]], [1.0, -1.0, -1.0], nodes=1, strength=0.0)
    >>> instance = RegretInstance.of(problem, penalty=0.1)
    >>> instance.best.round(6).tolist(), instance.gap < 1e-9, round(instance.L, 6), instance.reach
    ([0.268264], True, 0.25, 1.0)
    """

    problem: DecentralisedLogistic
    penalty: float
    best: np.ndarray
    minimum: float
    gap: float
    L: float
    reach: float

    @classmethod
    def of(cls, problem, penalty):
        """The instance of a logistic regression without an l2 penalty, and of lambda > 0."""
        penalty = _checks.positive(penalty, "penalty")
        if not isinstance(problem, DecentralisedLogistic) or problem.strength:
            raise TypeError("problem: expected a DecentralisedLogistic with strength=0.0, whose only penalty is lambda")
        A = _signed_rows(problem)
        L = float(np.linalg.eigvalsh(A.T @ A / len(A))[-1]) / 4
        found = l1_logistic_minimum(problem.rows.matrix(), problem.y, penalty, ACCURACY)
        return cls(problem, penalty, found.x, found.objective, found.gap, L, float(np.abs(A).max()))

    @classmethod
    def diabetes(cls, nodes=2, penalty=0.01):
        """Which of scikit-learn's 442 patients get worse than the median: ten columns, each scaled to a largest entry of 1."""
        found = data.load("diabetes")
        y = np.where(found.y > np.median(found.y), 1.0, -1.0)
        return cls.of(DecentralisedLogistic.from_data(found.X / np.abs(found.X).max(axis=0), y, nodes, 0.0), penalty)

    def excess(self, x):
        """F - F(x*) at every point of an array of shape (..., dim)."""
        A, points = _signed_rows(self.problem), np.asarray(x, float).reshape(-1, self.best.size)
        values = [_objective(A, self.penalty, part) for part in np.array_split(points, len(points) // 1000 + 1)]
        return np.concatenate(values).reshape(np.shape(x)[:-1]) - self.minimum

    def sample_gradients(self, x):
        """The gradient of every sample's loss at x, shape (samples, dim)."""
        A = _signed_rows(self.problem)
        return -_sigmoid(-(A @ x))[:, None] * A


def _signed_rows(problem):
    """y_r a_r: the losses are log(1 + exp(-<y_r a_r, x>))."""
    A = problem.rows.matrix()
    return problem.y[:, None] * (A.toarray() if hasattr(A, "toarray") else A)


def _sigmoid(t):
    return np.exp(-np.logaddexp(0.0, -t))


def _objective(A, penalty, points):
    return np.logaddexp(0.0, -(points @ A.T)).mean(axis=1) + penalty * np.abs(points).sum(axis=1)
