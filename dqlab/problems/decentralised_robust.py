"""Robust regression whose rows are dealt to n nodes: the loss of a row is r**2 / (1 + r**2) at its residual r = <a, x> - y.

It is smooth, bounded and not convex: a row that is far off pulls hardly at all. Everything that a proof without convexity needs is
known at every x.
"""

from typing import NamedTuple

import numpy as np

from .. import _checks
from .._generic import jit
from ..streams import key
from .data_rows import DenseRows, add_row, row_times, rows_of
from .decentralised import draw, node_gradients, node_values, sample_gradient
from .verbs import Smooth, gradient, value

STEEPEST = 27 / 64  # the largest square of the loss's derivative, at r**2 = 1/3


class _Fields(NamedTuple):
    rows: tuple
    y: np.ndarray
    nodes: int
    samples: int
    minimiser: np.ndarray
    L: float
    noise: float
    node_L: float
    heterogeneity: float


class DecentralisedRobust(Smooth, _Fields):
    """Regression with the loss r**2 / (1 + r**2) of Geman and McClure; node i holds the rows i m, ..., (i + 1) m - 1.

    Made by ``from_data(X, y, nodes)`` or ``planted(rng, nodes, dim)``.

    Attributes
    ----------
    rows, y : DenseRows or SparseRows, and array
        The data in the order of the nodes.
    nodes, samples : int
        n, and m rows a node.
    minimiser : array
        x* where the data are planted without outliers, noise and spread, so that f(x*) = 0; else empty.
    L, mu : float
        2 max |a|**2, which is K of Assumption 3 exactly, and 0.
    node_L : float
        Every f_i has a gradient with this Lipschitz constant: max_i 2 |A_i|**2 / m, never more than L. Theorem 2 needs no other K.
    noise : float
        At every x and node, the gradients of the node's rows have at most this variance: (27/64) max_i mean_j |a_ij|**2.
    heterogeneity : float
        At every x, mean_i |grad f_i(x) - grad f(x)|**2 is at most this: (27/64) mean_i |A_i|**2 / m.
    lowest : float
        0, which no value of f is below.

    Notes
    -----
    With u = r**2 the derivatives of the loss are 2 r / (1 + u)**2, whose square is largest, 27/64, at u = 1/3, and
    (2 - 6 u) / (1 + u)**3, which lies between -1/2 (at u = 1) and 2 (at u = 0). So a row's gradient is at most sqrt(27/64) |a| long, and
    its Hessian has one eigenvalue that is not 0, in [-|a|**2 / 2, 2 |a|**2]. A node's gradient is A_i' v / m with |v_j|**2 <= 27/64,
    at most sqrt((27/64) / m) |A_i| long; and a variance is at most a mean square.

    Examples
    --------
    >>> import dqlab as dq
    >>> problem = dq.problems.DecentralisedRobust.from_data([[1.0], [2.0]], [0.0, 2.0], nodes=2)
    >>> problem.L, problem.noise, problem.mu, round(dq.problems.value(problem, [1.0]), 6)
    (8.0, 1.6875, 0.0, 0.25)
    """

    __slots__ = ()
    mu = 0.0
    lowest = 0.0

    @classmethod
    def from_data(cls, X, y, nodes, rng=None, *, scale=1.0):
        """Deal the rows of X, shape (nodes m, dim) dense or scipy.sparse, with targets y, to the nodes.

        Parameters
        ----------
        nodes : int
            n, which divides the number of rows.
        rng : numpy.random.Generator, optional
            Shuffles the rows first; they are dealt in storage order unless it is given.
        scale : float
            How large a residual counts as one: rows and targets are divided by it.

        Raises
        ------
        TypeError, ValueError
            If the shapes do not fit, an entry is not finite, or the rows cannot be dealt evenly.
        """
        nodes, scale = _checks.integer(nodes, "nodes", 1), _checks.positive(scale, "scale")
        X = X if hasattr(X, "tocsr") else _checks.matrix(X, "X")
        y = _checks.vector(y, "y", X.shape[0]).astype(np.float64)
        if not y.size or y.size % nodes:
            least = y.size // nodes * nodes
            raise ValueError(
                f"nodes: {y.size} rows do not deal evenly to {nodes} nodes; give the first {least} of X and y"
            )
        order = None if rng is None else _checks.generator(rng, "rng").permutation(y.size)
        return cls._of(rows_of(X / scale, order), (y if order is None else y[order]) / scale, nodes, np.empty(0))

    @classmethod
    def planted(cls, rng, nodes, dim, samples=20, *, outliers=0.0, noise=0.0, spread=0.0, size=1.0):
        """Gaussian rows and a point that explains them, but for outliers, noise and the nodes' own opinions.

        Parameters
        ----------
        rng : numpy.random.Generator
        nodes, dim, samples : int
            n, d and m. Rows have the mean square length 1.
        outliers : float
            The chance that a target is drawn anew, as far off as the others are spread.
        noise : float
            Standard deviation of what is added to every target.
        spread : float
            How far a node's own point lies from the common one, in a random direction.
        size : float
            The length of the common point is size sqrt(dim): larger residuals, at 0, than `size` are rare.

        Returns
        -------
        DecentralisedRobust

        Examples
        --------
        >>> import dqlab as dq
        >>> problem = dq.problems.DecentralisedRobust.planted(dq.stream(0, "problem"), nodes=4, dim=3)
        >>> dq.problems.value(problem, problem.minimiser), dq.problems.value(problem, [0.0, 0.0, 0.0]) > 0.1
        (0.0, True)
        """
        rng, nodes, dim = (
            _checks.generator(rng, "rng"),
            _checks.integer(nodes, "nodes", 1),
            _checks.integer(dim, "dim", 1),
        )
        samples, size = _checks.integer(samples, "samples", 1), _checks.positive(size, "size", zero=True)
        noise, spread = _checks.positive(noise, "noise", zero=True), _checks.positive(spread, "spread", zero=True)
        outliers = _checks.positive(outliers, "outliers", zero=True)
        if outliers > 1:
            raise ValueError(f"outliers: expected a share from 0 to 1, got {outliers}")
        centre, ways = (rng.standard_normal(shape) for shape in (dim, (nodes, dim)))
        centre *= size * np.sqrt(dim) / np.linalg.norm(centre)
        points = centre + spread * ways / np.linalg.norm(ways, axis=1, keepdims=True)
        A = rng.standard_normal((nodes, samples, dim)) / np.sqrt(dim)
        y = np.einsum("ijk,ik->ij", A, points)
        y = np.where(rng.random(y.shape) < outliers, size * rng.standard_normal(y.shape), y)
        y = y + noise * rng.standard_normal(y.shape)
        known = centre if outliers == noise == spread == 0 else np.empty(0)
        rows = rows_of(A.reshape(-1, dim))
        # the targets as the verbs compute them, so that f is 0 at the planted point and not a rounding error
        y = np.array([row_times(rows, r, centre) for r in range(y.size)]) if known.size else y.ravel()
        return cls._of(rows, y, nodes, known)

    @classmethod
    def _of(cls, rows, y, nodes, minimiser):
        """The problem of these rows, with its constants."""
        from scipy.sparse.linalg import norm as sparse_norm

        A, m = rows.matrix(), y.size // nodes
        dense = isinstance(rows, DenseRows)
        squares = np.einsum("rc,rc->r", A, A) if dense else sparse_norm(A, axis=1) ** 2
        parts = (A[i * m : (i + 1) * m] for i in range(nodes))
        tops = np.array([np.linalg.norm(part if dense else part.toarray(), 2) ** 2 for part in parts])
        noise = STEEPEST * float(squares.reshape(nodes, m).mean(axis=1).max())
        L, node_L = 2 * float(squares.max()), 2 * float(tops.max()) / m
        return cls(rows, y, nodes, m, minimiser, L, noise, node_L, STEEPEST * float(tops.mean()) / m)

    @property
    def dim(self):
        """d."""
        return self.rows.shape[1]


@jit
def bounded(r):
    """The loss r**2 / (1 + r**2)."""
    return 1.0 - 1.0 / (1.0 + r * r)


@jit
def bounded_slope(r):
    """Its derivative."""
    return 2.0 * r / (1.0 + r * r) ** 2


@jit
def residual(problem, r, x):
    """<a_r, x> - y_r."""
    return row_times(problem.rows, r, x) - problem.y[r]


@jit
def losses(problem, first, last, x):
    """The sum of the losses of the rows `first` to `last`."""
    total = 0.0
    for r in range(first, last):
        total += bounded(residual(problem, r, x))
    return total


@value.register(DecentralisedRobust)
def _value(problem, x):
    return losses(problem, 0, problem.y.size, x) / problem.y.size


@gradient.register(DecentralisedRobust)
def _gradient(problem, x):
    g = np.zeros_like(x)
    for r in range(problem.y.size):
        add_row(problem.rows, r, bounded_slope(residual(problem, r, x)) / problem.y.size, g)
    return g


@node_values.register(DecentralisedRobust)
def _node_values(problem, X):
    m, values = problem.samples, np.empty(problem.nodes)
    for i in range(values.size):
        values[i] = losses(problem, i * m, (i + 1) * m, X[i]) / m
    return values


@node_gradients.register(DecentralisedRobust)
def _node_gradients(problem, X, out):
    m = problem.samples
    out[:] = 0.0
    for i in range(X.shape[0]):
        for r in range(i * m, (i + 1) * m):
            add_row(problem.rows, r, bounded_slope(residual(problem, r, X[i])) / m, out[i])


@sample_gradient.register(DecentralisedRobust)
def _sample_gradient(problem, i, x, size, rng, out):
    m, draws = problem.samples, key(rng)
    out[:] = 0.0
    for k in range(size):
        r = i * m + draw(draws, k, m)
        add_row(problem.rows, r, bounded_slope(residual(problem, r, x)) / size, out)
