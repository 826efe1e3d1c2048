"""Oracles of classification, with rows held as CSR: the hinge loss of support vector machines, and the logistic loss."""

import math
from typing import NamedTuple

import numpy as np

from .. import _checks
from .least_squares import rows
from .logistic import margin
from .lp_ball import LpBall, checked_order, conjugate
from .oracles import Oracle, query
from .verbs import value


class _Fields(NamedTuple):
    data: np.ndarray
    indices: np.ndarray
    indptr: np.ndarray
    y: np.ndarray
    p: float
    bound: float
    domain: LpBall
    minimum: float
    minimiser: np.ndarray


class _LogisticFields(_Fields):
    __slots__ = ()


class Hinge(Oracle, _Fields):
    """f(x) = mean_i max(0, 1 - y_i <a_i, x>); a query draws a row i and answers -y_i a_i, or 0 where the margin is at least 1.

    Made by ``from_data(A, y, p, radius)``. B = max_i |a_i|_q.

    Examples
    --------
    >>> import dqlab as dq
    >>> oracle = dq.problems.Hinge.from_data([[1.0, 0.0], [0.0, 2.0]], [1.0, -1.0], p=float("inf"), radius=0.5)
    >>> oracle.bound, oracle.minimiser.tolist(), oracle.minimum
    (2.0, [0.5, -0.5], 0.25)
    """

    __slots__ = ()

    @classmethod
    def from_data(cls, A, y, p, radius, *, order=None, bound=None, accuracy=1e-7):
        """The oracle of data A, shape (m, d) dense or scipy.sparse, and labels y in {-1, +1}, on |x|_order <= radius.

        Parameters
        ----------
        p : float
            From 1 to infinity: the norm of Lipschitz continuity; also the order of the domain, unless `order` is given.
        bound : float, optional
            B: A is multiplied by one number, so that max_i |a_i|_q is B. Left out, it stays as it is.
        accuracy : float
            How far above the true minimum `minimum` may be, over |A| radius / sqrt(m), |A| the largest singular value.

        Raises
        ------
        TypeError, ValueError
            For data that do not fit together, are not finite, or have no row other than 0.

        Notes
        -----
        The minimum is found by ``certified_minimum``.
        """
        from .certified import certified_minimum

        A, y, fields = _checked(A, y, p, radius, order, bound)
        x = certified_minimum(A.multiply(-y[:, None]).tocsr(), np.full(y.size, -1.0), 0.0, 1.0, fields[-1], accuracy)[0]
        oracle = cls(A.data, A.indices, A.indptr, y, *fields, 0.0, x)
        return oracle._replace(minimum=value(oracle, x))


class LogisticOracle(Oracle, _LogisticFields):
    """f(x) = mean_i log(1 + exp(-y_i <a_i, x>)); a query draws a row i and answers the gradient of its term.

    Made by ``from_data(A, y, p, radius)``. B = max_i |a_i|_q; no answer reaches it.

    Examples
    --------
    >>> import dqlab as dq
    >>> oracle = dq.problems.LogisticOracle.from_data([[1.0, 0.0], [0.0, 2.0]], [1.0, -1.0], p=2, radius=1.0)
    >>> bool(abs(oracle.domain.norm(oracle.minimiser) - 1) < 1e-12)
    True
    """

    __slots__ = ()

    @classmethod
    def from_data(cls, A, y, p, radius, *, order=None, bound=None, accuracy=1e-7):
        """As ``Hinge.from_data``; the minimum is found by ``certified_smooth_minimum``."""
        from .certified import certified_smooth_minimum, largest_singular_value

        A, y, fields = _checked(A, y, p, radius, order, bound)
        smoothness = largest_singular_value(A) ** 2 / (4 * y.size)
        rows_of_y = A.multiply(y[:, None]).tocsr()

        def loss(x):
            return float(np.logaddexp(0, -(rows_of_y @ x)).mean())

        def slope(x):
            return -(rows_of_y.T @ (1 / (1 + np.exp(np.clip(rows_of_y @ x, -700, 700))))) / y.size

        x = certified_smooth_minimum(loss, slope, smoothness, fields[-1], fields[1], accuracy)
        oracle = cls(A.data, A.indices, A.indptr, y, *fields, 0.0, x)
        return oracle._replace(minimum=value(oracle, x))


def _checked(A, y, p, radius, order, bound):
    """Rows, labels and (p, bound, domain)."""
    A, p = rows(A), checked_order(p, "p")
    y = _checks.vector(y, "y", A.shape[0]).astype(np.float64)
    if not np.isin(y, (-1.0, 1.0)).all():
        raise ValueError(f"y: expected labels -1 and +1, got {sorted(set(y.tolist()))[:5]}")
    largest = float(row_norms(A, conjugate(p)).max())
    if largest == 0:
        raise ValueError("A: expected a row other than 0")
    scale = 1.0 if bound is None else _checks.positive(bound, "bound") / largest
    domain = LpBall(p if order is None else order, radius, A.shape[1])
    return A * scale, y, (p, largest if bound is None else float(bound), domain)


def row_norms(A, q):
    """|a_i|_q of every row of a sparse matrix."""
    size = abs(A)
    if q == math.inf:
        return size.max(axis=1).toarray().ravel()
    return np.asarray(size.power(q).sum(axis=1)).ravel() ** (1 / q)


@query.register(Hinge)
def _hinge(oracle, x, rng):
    i = rng.integers(0, oracle.y.size)
    g = np.zeros(x.size)
    if margin(oracle, x, i) < 1:
        for k in range(oracle.indptr[i], oracle.indptr[i + 1]):
            g[oracle.indices[k]] = -oracle.y[i] * oracle.data[k]
    return g


@value.register(Hinge)
def _hinge_loss(oracle, x):
    s = 0.0
    for i in range(oracle.y.size):
        s += max(0.0, 1.0 - margin(oracle, x, i))
    return s / oracle.y.size


@query.register(LogisticOracle)
def _logistic(oracle, x, rng):
    i = rng.integers(0, oracle.y.size)
    g = np.zeros(x.size)
    pull = -oracle.y[i] / (1.0 + math.exp(min(margin(oracle, x, i), 700.0)))  # e**710 is no float
    for k in range(oracle.indptr[i], oracle.indptr[i + 1]):
        g[oracle.indices[k]] = pull * oracle.data[k]
    return g


@value.register(LogisticOracle)
def _logistic_loss(oracle, x):
    s = 0.0
    for i in range(oracle.y.size):
        t = margin(oracle, x, i)
        s += math.log1p(math.exp(-abs(t))) + max(-t, 0.0)
    return s / oracle.y.size
