"""QuanTimed-DSGD on quadratics without a single run: the expected error after T steps, and what it is made of.

Where rounding has the same variance everywhere, models follow a linear recursion with additive noise. Coordinate by coordinate
its matrix is I - epsilon (I - W + alpha A), so means and variances after T steps, be T 10 or 10**12, are sums of geometric series.
"""

import functools
from typing import NamedTuple

import numpy as np

from ... import _checks
from ...networks import Mixing
from ...problems import DecentralisedQuadratics
from ...quantizers import Grid, Identity
from ...theory.reisizadeh import ConvexError


class PenaltyModes(NamedTuple):
    """The penalty function (13) of quadratics, in its eigenvectors: one n x n problem a coordinate.

    Attributes
    ----------
    minimiser : array, shape (nodes, dim)
        x*_alpha.
    values : array, shape (dim, nodes)
        The eigenvalues of I - W + alpha A, between mu_alpha and K_alpha.
    vectors : array, shape (dim, nodes, nodes)
        The eigenvectors, in columns.

    Examples
    --------
    >>> PenaltyModes(np.zeros((2, 1)), np.ones((1, 2)), np.eye(2)[None]).values.shape
    (1, 2)
    """

    minimiser: np.ndarray
    values: np.ndarray
    vectors: np.ndarray


def penalty_modes(problem, mixing, stepsize):
    """The minimiser and the eigenvectors of h_alpha, (13)-(14), for quadratics.

    Parameters
    ----------
    problem : DecentralisedQuadratics
    mixing : Mixing
    stepsize : float
        alpha.

    Returns
    -------
    PenaltyModes

    Raises
    ------
    TypeError, ValueError
        For other problems, a mixing matrix of other size, and a step size that is not positive.

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments import reisizadeh
    >>> problem = dq.problems.DecentralisedQuadratics([[1.0], [1.0]], [[[0.0]], [[2.0]]])
    >>> mixing = dq.networks.Mixing.from_matrix([[0.75, 0.25], [0.25, 0.75]])
    >>> reisizadeh.penalty_modes(problem, mixing, stepsize=0.5).minimiser.round(9).tolist()
    [[0.5], [1.5]]
    """
    if not isinstance(problem, DecentralisedQuadratics):
        raise TypeError(f"problem: expected DecentralisedQuadratics, got {type(problem).__name__}")
    if not isinstance(mixing, Mixing):
        raise TypeError(f"mixing: expected a Mixing, got {type(mixing).__name__}")
    if mixing.nodes != problem.nodes:
        raise ValueError(f"mixing: expected {problem.nodes} nodes, as the problem has, got {mixing.nodes}")
    alpha = _checks.positive(stepsize, "stepsize")
    pull = alpha * problem.curvatures.T  # (dim, nodes)
    H = np.eye(problem.nodes) - mixing.dense() + pull[:, :, None] * np.eye(problem.nodes)
    values, vectors = np.linalg.eigh(H)
    off = _solve(
        values, vectors, pull * (problem.means - problem.minimiser).T
    )  # from x* on, to keep digits at small alpha
    return PenaltyModes(problem.minimiser + off.T, values, vectors)


@functools.singledispatch
def rounding_variance(quantizer, X):
    """E(Q(x)_k - x_k)**2 for every coordinate of every model, exactly: how much noise a message carries there.

    Parameters
    ----------
    quantizer : Grid, DecimalGrid, Identity, or None
    X : array, shape (nodes, dim)

    Returns
    -------
    ndarray, shape (nodes, dim)

    Raises
    ------
    TypeError
        For quantizers whose variance is not known here.

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments import reisizadeh
    >>> grid = dq.quantizers.DecimalGrid(digits=1, dim=3, bound=1)
    >>> reisizadeh.rounding_variance(grid, [[0.05, 0.2, 0.31]]).round(6).tolist()
    [[0.0025, 0.0, 0.0009]]
    """
    raise TypeError(f"quantizer: expected a Grid, Identity or None, got {quantizer!r}")


@rounding_variance.register(Grid)
def _(quantizer, X):
    cells = np.asarray(X, float) / quantizer.spacing
    place = cells - np.floor(cells)
    return quantizer.spacing**2 * place * (1 - place)


@rounding_variance.register(Identity)
@rounding_variance.register(type(None))
def _(quantizer, X):
    return np.zeros(np.shape(X))


def expected_error(problem, mixing, *, steps, stepsize, epsilon, rounding=0.0, inverse_batch=0.0, x0=None):
    """(1/n) sum_i E|x_{i,T} - x*|**2 of QuanTimed-DSGD, exactly, if every coordinate of a message has the variance `rounding`.

    Parameters
    ----------
    problem : DecentralisedQuadratics
    mixing : Mixing
    steps : int
        T, as large as you like.
    stepsize, epsilon : float
        alpha, and epsilon < 2 / K_alpha.
    rounding : float or array, shape (nodes, dim)
        What ``rounding_variance`` says. With its largest value, ``spacing**2 / 4``, the result is a bound for that grid.
    inverse_batch : float
        E[1/|S|], of batches drawn with replacement and never empty; 0 for exact gradients.
    x0 : array, shape (dim,) or (nodes, dim), optional
        0 unless given.

    Returns
    -------
    dqlab.theory.reisizadeh.ConvexError
        `start` and `bias` are the squared lengths of E x_T - x*_alpha and of x*_alpha - x*; `total` has their cross term, too.

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong kind or range, and for an epsilon at which nothing contracts.

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments import reisizadeh
    >>> problem = dq.problems.DecentralisedQuadratics([[1.0], [1.0]], [[[0.0]], [[2.0]]])
    >>> mixing = dq.networks.Mixing.from_matrix([[0.75, 0.25], [0.25, 0.75]])
    >>> parts = reisizadeh.expected_error(problem, mixing, steps=10**12, stepsize=0.5, epsilon=0.1, rounding=0.01)
    >>> round(parts.bias, 6), round(parts.total - parts.bias, 6) == round(parts.exchange, 6)
    (0.25, True)
    """
    modes, T, epsilon = (
        penalty_modes(problem, mixing, stepsize),
        float(_checks.integer(steps, "steps", 1)),
        float(epsilon),
    )
    if not 0 < epsilon * modes.values.max() < 2:
        raise ValueError(
            f"epsilon: expected a number in (0, {2 / modes.values.max():.4g}), got {epsilon}: nothing contracts"
        )
    pace, turned = epsilon * modes.values, np.swapaxes(modes.vectors, 1, 2)
    start = np.broadcast_to(np.zeros(problem.dim) if x0 is None else np.asarray(x0, float), modes.minimiser.shape)
    left = (modes.minimiser - start).T[:, :, None]
    left = -(modes.vectors @ (_power(pace, T)[:, :, None] * (turned @ left)))[:, :, 0].T
    off = modes.minimiser - problem.minimiser
    heard = np.swapaxes(np.broadcast_to(rounding, off.shape), 0, 1)
    learnt = stepsize**2 * inverse_batch * (problem.curvatures**2 * problem.centres.var(axis=1)).T
    others = mixing.dense() - np.diag(mixing.own)
    exchange = _accumulated(modes, pace, T, others @ (heard[:, :, None] * others))
    learning = _accumulated(modes, pace, T, learnt[:, :, None] * np.eye(problem.nodes))
    parts = np.array([(left**2).sum(), epsilon**2 * exchange, epsilon**2 * learning, (off**2).sum()]) / problem.nodes
    total = ((left + off) ** 2).sum() / problem.nodes + parts[1] + parts[2]
    return ConvexError(float(total), *map(float, parts))


def _power(pace, T):
    """(1 - pace)**T, with all its digits where `pace` is tiny and T is huge."""
    slow = pace < 0.5
    return np.where(slow, np.exp(T * np.log1p(-np.where(slow, pace, 0.0))), (1 - pace) ** T)


def _accumulated(modes, pace, T, covariance):
    """The trace of sum_{s < T} M**s C M**s, M = I - epsilon H, summed over coordinates."""
    turned = np.swapaxes(modes.vectors, 1, 2) @ covariance @ modes.vectors
    own = np.diagonal(turned, axis1=1, axis2=2)  # a trace has only the squares of the rates
    return (own * (1 - _power(pace, T) ** 2) / (pace * (2 - pace))).sum()


def _solve(values, vectors, right):
    """H**-1 b for every coordinate, shape (dim, nodes)."""
    turned = np.swapaxes(vectors, 1, 2)
    return (vectors @ ((turned @ right[:, :, None]) / values[:, :, None]))[:, :, 0]
