"""Problems that n nodes hold together: f = (f_1 + ... + f_n) / n, equation (4) of Reisizadeh et al., and their gradients.

A decentralised problem is a noun with

    nodes, samples, dim   n; m, the samples of a node; and p, the number of parameters
    L, mu                 K of Assumption 3: every sample's loss has a Lipschitz gradient; mu of Assumption 5, 0 where there is none
    noise                 gamma**2 of Assumption 4, NaN where no bound is known
    minimiser             x*, shape (dim,), or empty where it is not known

and it has the verbs ``value`` and ``gradient`` of f, and those here. The models of all nodes are one matrix, a row a node.
"""

import numpy as np

from .. import _checks
from .._generic import generic, jit
from ..streams import stream, uniform


@generic
def node_values(problem, X):
    """f_1(x_1), ..., f_n(x_n): every node's objective, the mean over its own samples, at its own model.

    Parameters
    ----------
    problem : a decentralised problem
    X : array, shape (nodes, dim)

    Returns
    -------
    ndarray, shape (nodes,)

    Examples
    --------
    >>> import dqlab as dq
    >>> problem = dq.problems.DecentralisedQuadratics([[2.0], [1.0]], [[[0.0], [2.0]], [[3.0], [3.0]]])
    >>> dq.problems.node_values(problem, [[1.0], [1.0]]).tolist()
    [1.0, 2.0]
    """
    return node_values.kernel(problem)(problem, _models(problem, X))


@generic
def node_gradients(problem, X, out=None):
    """The exact gradients of f_1 at x_1, ..., f_n at x_n: n times the gradient of F, equation (12).

    Parameters
    ----------
    problem : a decentralised problem
    X : array, shape (nodes, dim)
        Every node's model.
    out : array of float64, shape (nodes, dim), optional in Python
        Where the gradients go.

    Returns
    -------
    ndarray
        `out`. In compiled code nothing.

    Examples
    --------
    >>> import dqlab as dq
    >>> problem = dq.problems.DecentralisedQuadratics([[2.0], [1.0]], [[[0.0], [2.0]], [[3.0], [3.0]]])
    >>> dq.problems.node_gradients(problem, [[2.0], [1.0]]).tolist()
    [[2.0], [-2.0]]
    """
    X = _models(problem, X)
    out = _room(out, X.shape)
    node_gradients.kernel(problem)(problem, X, out)
    return out


@generic
def sample_gradient(problem, i, x, size, rng=None, out=None):
    """A node's stochastic gradient: the mean of the gradients of `size` of its samples, drawn with replacement; 0 of none.

    Parameters
    ----------
    problem : a decentralised problem
    i : int
        The node.
    x : array, shape (dim,)
        Its model.
    size : int
        |S_i| >= 0, how many samples.
    rng : numpy.random.Generator, optional in Python
        One key is drawn from it, whatever the size: two methods with one stream see paired samples, as long as both call as often.
    out : array of float64, shape (dim,), optional in Python

    Returns
    -------
    ndarray
        `out`. In compiled code nothing.

    Examples
    --------
    >>> import dqlab as dq
    >>> problem = dq.problems.DecentralisedQuadratics([[2.0], [1.0]], [[[0.0], [2.0]], [[3.0], [3.0]]])
    >>> dq.problems.sample_gradient(problem, 0, [1.0], 1, dq.stream(0, "samples")).tolist()
    [-2.0]
    >>> dq.problems.sample_gradient(problem, 1, [1.0], 0).tolist()
    [0.0]
    """
    _nodes_of(problem)
    i, x = _checks.integer(i, "i", 0), _checks.vector(x, "x", problem.dim).astype(np.float64, copy=False)
    if i >= problem.nodes:
        raise ValueError(f"i: expected a node from 0 to {problem.nodes - 1}, got {i}")
    out = _room(out, x.shape)
    sample_gradient.kernel(problem)(problem, i, x, _checks.integer(size, "size", 0), _samples(rng), out)
    return out


@generic
def sample_gradients(problem, X, sizes, rng=None, out=None):
    """Every node's stochastic gradient at its own model: ``sample_gradient`` of node 0, 1, ..., one after the other.

    Parameters
    ----------
    problem : a decentralised problem
    X : array, shape (nodes, dim)
    sizes : array of int, shape (nodes,)
        |S_1|, ..., |S_n|.
    rng : numpy.random.Generator, optional in Python
    out : array of float64, shape (nodes, dim), optional in Python

    Returns
    -------
    ndarray
        `out`. In compiled code nothing.

    Examples
    --------
    >>> import dqlab as dq
    >>> problem = dq.problems.DecentralisedQuadratics([[2.0], [1.0]], [[[0.0], [2.0]], [[3.0], [3.0]]])
    >>> dq.problems.sample_gradients(problem, [[1.0], [1.0]], [0, 7], dq.stream(0, "samples")).tolist()
    [[0.0], [-2.0]]
    """
    X = _models(problem, X)
    sizes = np.asarray(sizes)
    if sizes.dtype.kind not in "iu" or sizes.shape != X.shape[:1] or sizes.min() < 0:
        raise ValueError(f"sizes: expected {X.shape[0]} integers >= 0, one a node, got {sizes!r}")
    out = _room(out, X.shape)
    sample_gradients.kernel(problem)(problem, X, np.ascontiguousarray(sizes, np.int64), _samples(rng), out)
    return out


@sample_gradients.register(object)
def _one_after_the_other(problem, X, sizes, rng, out):
    for i in range(X.shape[0]):
        sample_gradient(problem, i, X[i], sizes[i], rng, out[i])


@jit(inline="always")
def draw(key, k, samples):
    """Draw number k of the stream `key`: one of 0, ..., samples - 1.

    Examples
    --------
    >>> from dqlab.problems.decentralised import draw
    >>> [draw(7, k, 3) for k in range(6)]
    [1, 0, 2, 1, 1, 0]
    """
    return int(uniform(key, k) * samples)


def _models(problem, X):
    """The models of all nodes."""
    X, nodes = _checks.matrix(X, "X"), _nodes_of(problem)
    if X.shape != (nodes, problem.dim):
        raise ValueError(f"X: expected shape {(nodes, problem.dim)}, a row a node, got {X.shape}")
    return X


def _nodes_of(problem):
    """n, of a problem that has nodes."""
    if not hasattr(problem, "nodes"):
        raise TypeError(f"problem: expected a decentralised problem, which has nodes, got {type(problem).__name__}")
    return problem.nodes


def _room(out, shape):
    """An array for the result."""
    if out is None:
        return np.empty(shape)
    fits = isinstance(out, np.ndarray) and out.dtype == np.float64 and out.shape == shape
    if not fits or not out.flags.c_contiguous:
        got = f"{out.dtype} {out.shape}" if isinstance(out, np.ndarray) else type(out).__name__
        raise ValueError(f"out: expected a contiguous array of float64, shape {shape}, got {got}")
    return out


def _samples(rng):
    return stream(0, "samples") if rng is None else _checks.generator(rng, "rng")
