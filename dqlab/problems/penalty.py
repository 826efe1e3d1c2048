"""The penalty function of Reisizadeh et al., equations (12)-(18): models of their own for all nodes, and a price for disagreeing."""

from typing import NamedTuple

import numpy as np

from .. import _checks
from .._generic import jit
from ..networks import mix_neighbours
from ..networks.mixing import checked_mixing
from .decentralised import node_gradients, node_values
from .decentralised_quadratics import DecentralisedQuadratics
from .mean import newton
from .verbs import Smooth, gradient, value

CERTIFIED = 1e-8  # how far from the minimiser the point found may be, by |gradient| / mu, over 1 + |x|
DENSE = 200  # up to so many nodes linear systems are solved by elimination


class _Fields(NamedTuple):
    problem: tuple
    mixing: tuple
    alpha: float
    minimiser: np.ndarray
    L: float
    mu: float


class Penalty(Smooth, _Fields):
    """h_alpha(x) = x' (I - W) x / 2 + alpha n F(x), equation (13): of x = [x_1; ...; x_n], all models in one vector of n p numbers.

    n F(x) = f_1(x_1) + ... + f_n(x_n), equation (12). A problem as any other, to which ``value``, ``gradient`` (17) and every algorithm for
    smooth problems apply: gradient descent with step size 1 is decentralised gradient descent, equation (24).

    Parameters
    ----------
    problem : a decentralised problem
        With the verbs ``node_values`` and ``node_gradients``.
    mixing : Mixing
        W, of as many nodes.
    alpha : float
        Above 0. The smaller, the closer do the nodes agree.

    Attributes
    ----------
    minimiser : array, shape (nodes dim,)
        x*_alpha, equation (14): by linear algebra for `DecentralisedQuadratics`, else by Newton's method; certified, |gradient| / mu is
        at most 1e-8 (1 + |x|). Empty where the problem has mu = 0.
    L, mu : float
        K_alpha = 1 - lambda_n(W) + alpha K, and mu_alpha = alpha mu.

    Raises
    ------
    TypeError, ValueError
        If `problem` has no `nodes`, `mixing` is none or has another number of nodes, or `alpha` is not positive.

    Examples
    --------
    >>> import dqlab as dq
    >>> problem = dq.problems.DecentralisedQuadratics([[1.0], [1.0]], [[[0.0]], [[2.0]]])
    >>> W = dq.networks.Mixing.from_matrix([[0.75, 0.25], [0.25, 0.75]])
    >>> penalty = dq.problems.Penalty(problem, W, alpha=0.5)
    >>> penalty.models.tolist(), penalty.L, penalty.mu
    ([[0.5], [1.5]], 1.0, 0.5)
    """

    __slots__ = ()

    def __new__(cls, problem, mixing, alpha):
        if not hasattr(problem, "nodes"):
            raise TypeError(f"problem: expected a decentralised problem, which has nodes, got {type(problem).__name__}")
        if checked_mixing(mixing).nodes != problem.nodes:
            raise ValueError(f"mixing: expected {problem.nodes} nodes, as the problem has, got {mixing.nodes}")
        alpha = _checks.positive(alpha, "alpha")
        L, mu = 1 - mixing.last + alpha * problem.L, alpha * problem.mu
        penalty = super().__new__(cls, problem, mixing, alpha, np.empty(0), float(L), float(mu))
        return penalty._replace(minimiser=_minimiser(penalty)) if mu > 0 else penalty

    def __reduce__(self):
        return type(self)._make, (tuple(self),)

    @property
    def quadratic(self):
        """Whether the nodes' functions are."""
        return getattr(self.problem, "quadratic", False)

    @property
    def dim(self):
        """n p."""
        return self.problem.nodes * self.problem.dim

    @property
    def models(self):
        """x*_alpha, a row a node."""
        return self.minimiser.reshape(self.problem.nodes, self.problem.dim)

    def stochastic_gradient(self, X, Z, G):
        """(W_D - W) z + (I - W_D) x + alpha G, equation (18): the step of QuanTimed-DSGD is x - epsilon times it.

        Parameters
        ----------
        X, Z, G : arrays, shape (nodes, dim)
            The models, what the nodes heard of them, and stochastic gradients of f_1, ..., f_n. Unbiased ones give an unbiased one.

        Returns
        -------
        ndarray, shape (nodes, dim)

        Examples
        --------
        >>> import dqlab as dq
        >>> problem = dq.problems.DecentralisedQuadratics([[1.0], [1.0]], [[[0.0]], [[2.0]]])
        >>> penalty = dq.problems.Penalty(problem, dq.networks.Mixing.from_matrix([[0.75, 0.25], [0.25, 0.75]]), alpha=0.5)
        >>> penalty.stochastic_gradient([[0.5], [1.5]], [[0.0], [2.0]], [[0.5], [-0.5]]).tolist()
        [[-0.125], [0.125]]
        """
        X, Z, G = (self._models(array, name) for array, name in ((X, "X"), (Z, "Z"), (G, "G")))
        heard = np.empty_like(Z)
        mix_neighbours(self.mixing, Z, heard)
        return (1 - self.mixing.own)[:, None] * X - heard + self.alpha * G

    def _models(self, array, name):
        array = _checks.matrix(array, name)
        if array.shape != (self.problem.nodes, self.problem.dim):
            raise ValueError(f"{name}: expected shape {(self.problem.nodes, self.problem.dim)}, got {array.shape}")
        return array


@value.register(Penalty)
def _value(penalty, x):
    X = x.reshape((penalty.mixing.own.size, -1))
    return price(penalty.mixing, X) + penalty.alpha * node_values(penalty.problem, X).sum()


@jit
def price(mixing, X):
    """x' (I - W) x / 2 as the sum of w_ij |x_i - x_j|^2 / 2 over all pairs, in which nothing cancels."""
    total = 0.0
    for i in range(X.shape[0]):
        for k in range(mixing.indptr[i], mixing.indptr[i + 1]):
            j, squared = mixing.indices[k], 0.0
            for c in range(X.shape[1]):
                squared += (X[i, c] - X[j, c]) ** 2
            total += 0.25 * mixing.weights[k] * squared
    return total


@gradient.register(Penalty)
def _gradient(penalty, x):
    X = x.reshape((penalty.mixing.own.size, -1))
    G = np.empty_like(X)
    node_gradients(penalty.problem, X, G)
    G *= penalty.alpha
    add_disagreement(penalty.mixing, X, G)
    return G.reshape(x.size)


@jit
def add_disagreement(mixing, X, out):
    """(I - W) x, added to `out`: row i is the sum of w_ij (x_i - x_j)."""
    for i in range(X.shape[0]):
        for k in range(mixing.indptr[i], mixing.indptr[i + 1]):
            j, w = mixing.indices[k], mixing.weights[k]
            for c in range(X.shape[1]):
                out[i, c] += w * (X[i, c] - X[j, c])


def _minimiser(penalty):
    """x*_alpha, with its certificate."""
    x = (_by_linear_algebra if isinstance(penalty.problem, DecentralisedQuadratics) else _by_newton)(penalty)
    distance = np.linalg.norm(gradient.kernel(penalty)(penalty, x)) / penalty.mu
    if not distance <= CERTIFIED * (1 + np.linalg.norm(x)):
        raise RuntimeError(f"minimiser: no certificate, |gradient| / mu = {distance:.1e}; give a larger alpha or mu")
    return x


def _by_newton(penalty):
    problem = penalty.problem
    start = np.tile(problem.minimiser if problem.minimiser.size else np.zeros(problem.dim), problem.nodes)
    return newton(lambda x: gradient.kernel(penalty)(penalty, x), start)


def _by_linear_algebra(penalty):
    """(I - W + alpha A_c) x_c = alpha A_c m_c for every coordinate c: A is diagonal, so the coordinates are apart."""
    problem, mixing, alpha = penalty.problem, penalty.mixing, penalty.alpha
    own, right = alpha * problem.curvatures, alpha * problem.curvatures * problem.means
    if problem.nodes > DENSE:
        return _by_conjugate_gradients(mixing, own, right)
    systems = np.eye(problem.nodes) - mixing.dense() + own.T[:, :, None] * np.eye(problem.nodes)
    return np.ascontiguousarray(np.linalg.solve(systems, right.T[:, :, None])[:, :, 0].T).ravel()


def _by_conjugate_gradients(mixing, own, right):
    from scipy.sparse.linalg import LinearOperator, cg

    def product(x):
        X = x.reshape(own.shape)
        out = own * X
        add_disagreement(mixing, X, out)
        return out.ravel()

    system = LinearOperator((own.size, own.size), matvec=product)
    return cg(system, right.ravel(), rtol=1e-14, maxiter=20 * own.size)[0]
