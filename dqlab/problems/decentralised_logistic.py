"""Logistic regression whose rows are dealt to n nodes: the loss of a row is log(1 + exp(-y <a, x>)) + strength |x|^2 / 2."""

import math
from typing import NamedTuple

import numpy as np

from .. import _checks
from .._generic import jit
from ..streams import key
from .data_rows import DenseRows, add_row, row_times, rows_of
from .decentralised import draw, node_gradients, node_values, sample_gradient
from .logistic import newton
from .verbs import Smooth, gradient, value

DEALS = ("storage", "shuffled", "label", "iid")
CERTIFIED = (
    1e-8  # how far from the minimiser the point that Newton's method finds may be, by |gradient| / mu, over 1 + |x|
)


class _Fields(NamedTuple):
    rows: tuple
    y: np.ndarray
    nodes: int
    samples: int
    strength: float
    minimiser: np.ndarray
    L: float
    noise: float


class DecentralisedLogistic(Smooth, _Fields):
    """l2-regularised logistic regression; node i holds the rows i m, ..., (i + 1) m - 1, dense or sparse (CSR).

    Made by ``from_data(X, y, nodes, strength)``.

    Attributes
    ----------
    rows, y : DenseRows or SparseRows, and array
        The data in the order of the nodes, labels -1 and +1.
    nodes, samples : int
        n, and m rows a node.
    minimiser : array
        x*, by Newton's method and certified: |gradient| / mu is at most 1e-8 (1 + |x|). Empty if strength = 0.
    L, mu : float
        max |a|**2 / 4 + strength, which is K of Assumption 3 exactly, and strength.
    noise : float
        A bound gamma**2 on Assumption 4 at every x: the largest mean of |a|**2 over a node's rows.

    Examples
    --------
    >>> import dqlab as dq
    >>> X, y = [[1.0], [2.0], [-1.0], [0.0]], [1.0, -1.0, 1.0, 1.0]
    >>> problem = dq.problems.DecentralisedLogistic.from_data(X, y, nodes=2, strength=0.5)
    >>> problem.nodes, problem.samples, problem.L, problem.mu, problem.noise
    (2, 2, 1.5, 0.5, 2.5)
    """

    __slots__ = ()

    @classmethod
    def from_data(cls, X, y, nodes, strength, rng=None, *, deal=None):
        """Deal the rows of X, shape (nodes m, dim) dense or scipy.sparse, with labels y in {-1, +1}, to the nodes.

        Parameters
        ----------
        nodes : int
            n, which divides the number of rows.
        strength : float
            The weight of the l2 penalty, at least 0; with 0 the minimiser is not looked for, since there may be none.
        rng : numpy.random.Generator, optional
            For the deals that draw.
        deal : {"storage", "shuffled", "label", "iid"}
            In storage order, as the paper does (the default without `rng`); shuffled (the default with `rng`); sorted by label, which makes
            nodes as different as can be; or every node's rows drawn with replacement from all, so that the nodes are alike
            and the data are their population.

        Raises
        ------
        TypeError, ValueError
            If shapes do not fit, the rows cannot be dealt evenly, a label is not -1 or +1, or a deal that draws has no `rng`.
        """
        nodes, strength = _checks.integer(nodes, "nodes", 1), _checks.positive(strength, "strength", zero=True)
        count = (X := X if hasattr(X, "tocsr") else _checks.matrix(X, "X")).shape[0]
        y = _checks.vector(y, "y", count).astype(np.float64, copy=False)
        if not np.isin(y, (-1.0, 1.0)).all():
            raise ValueError(
                f"y: expected labels -1 and +1, got {sorted(set(y.tolist()))[:5]}; of 0 and 1 make 2 * y - 1"
            )
        if nodes > count:
            raise ValueError(f"nodes: expected at most {count}, the number of rows, got {nodes}")
        if count % nodes:
            least = count // nodes * nodes
            raise ValueError(
                f"nodes: {count} rows do not deal evenly to {nodes} nodes; give the first {least} of X and y"
            )
        order = _order(y, rng, deal)
        rows, y = rows_of(X, order), y if order is None else y[order]
        squares = _squares(rows)
        minimiser = _certified(rows, y, strength) if strength else np.empty(0)
        noise = float(squares.reshape(nodes, -1).mean(axis=1).max())
        return cls(rows, y, nodes, count // nodes, strength, minimiser, float(squares.max()) / 4 + strength, noise)

    @property
    def dim(self):
        """p."""
        return self.rows.shape[1]

    @property
    def mu(self):
        """The strength of the penalty."""
        return self.strength


def _order(y, rng, deal):
    """Which rows the nodes get, one after the other; None for all of them as they stand."""
    deal = ("storage" if rng is None else "shuffled") if deal is None else _checks.choice(deal, "deal", DEALS)
    if deal == "storage":
        return None
    if deal == "label":
        return np.argsort(y, kind="stable")
    if rng is None:
        raise ValueError(f"rng: deal {deal!r} draws; give a numpy.random.Generator, such as dqlab.stream(0, 'deal')")
    rng = _checks.generator(rng, "rng")
    return rng.permutation(y.size) if deal == "shuffled" else rng.integers(0, y.size, y.size)


def _squares(rows):
    """|a_r|**2 of every row."""
    if isinstance(rows, DenseRows):
        return np.einsum("rc,rc->r", rows.A, rows.A)
    return np.asarray(rows.matrix().power(2).sum(axis=1)).ravel()


def _certified(rows, y, strength):
    """The minimiser, unless strong convexity says that the point found may be another."""
    x, slope = newton(rows.matrix(), y, strength)
    if not slope <= CERTIFIED * strength * (1 + np.linalg.norm(x)):
        raise RuntimeError(
            f"minimiser: no certificate, |gradient| / mu = {slope / strength:.1e}; give a larger strength, or columns of one scale"
        )
    return x


@jit
def pull(problem, r, x):
    """The derivative of row r's loss along its row: -y / (1 + exp(y <a, x>))."""
    y = problem.y[r]
    return -y / (1.0 + math.exp(min(y * row_times(problem.rows, r, x), 700.0)))  # e**710 is no float


@jit
def losses(problem, first, last, x):
    """The sum of log(1 + exp(-y <a, x>)) over the rows `first` to `last`."""
    total = 0.0
    for r in range(first, last):
        t = problem.y[r] * row_times(problem.rows, r, x)
        total += math.log1p(math.exp(-abs(t))) + max(-t, 0.0)
    return total


@jit
def penalty(strength, x):
    """strength |x|^2 / 2."""
    total = 0.0
    for c in range(x.size):
        total += x[c] * x[c]
    return 0.5 * strength * total


@jit
def scaled(factor, x, out):
    """factor x into `out`: no array between, which of a million features would cost as much as the rest."""
    for c in range(x.size):
        out[c] = factor * x[c]


@value.register(DecentralisedLogistic)
def _value(problem, x):
    count = problem.nodes * problem.samples
    return losses(problem, 0, count, x) / count + penalty(problem.strength, x)


@gradient.register(DecentralisedLogistic)
def _gradient(problem, x):
    g, count = problem.strength * x, problem.nodes * problem.samples
    for r in range(count):
        add_row(problem.rows, r, pull(problem, r, x) / count, g)
    return g


@node_values.register(DecentralisedLogistic)
def _node_values(problem, X):
    m, values = problem.samples, np.empty(problem.nodes)
    for i in range(values.size):
        values[i] = losses(problem, i * m, (i + 1) * m, X[i]) / m + penalty(problem.strength, X[i])
    return values


@node_gradients.register(DecentralisedLogistic)
def _node_gradients(problem, X, out):
    m = problem.samples
    for i in range(X.shape[0]):
        x, g = X[i], out[i]
        g[:] = problem.strength * x
        for r in range(i * m, (i + 1) * m):
            add_row(problem.rows, r, pull(problem, r, x) / m, g)


@sample_gradient.register(DecentralisedLogistic)
def _sample_gradient(problem, i, x, size, rng, out):
    m, draws = problem.samples, key(rng)
    scaled(problem.strength if size > 0 else 0.0, x, out)
    for k in range(size):
        r = i * m + draw(draws, k, m)
        add_row(problem.rows, r, pull(problem, r, x) / size, out)
