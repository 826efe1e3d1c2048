"""Nesterov's chain, the instance of Lemma C.2 of Lin et al.: what no gradient method can solve quickly."""

import math
from typing import NamedTuple

import numpy as np

from .. import _checks
from .verbs import Smooth, gradient, value


class _Fields(NamedTuple):
    stiffness: float
    last: float
    pull: float
    minimiser: np.ndarray
    L: float
    mu: float


class NesterovChain(Smooth, _Fields):
    """f(x) = stiffness (x^T A x - 2 pull x(1)) / 2 + mu |x|^2 / 2, A tridiagonal with -1 beside a diagonal of 2, 2, ..., last.

    A row of n masses: each is tied to its neighbours and to its own place, and the first is pulled. Made by
    ``nesterov_chain``. A gradient costs O(n).

    Parameters
    ----------
    stiffness : float
        (L - mu) / 4.
    last : float
        The last entry of A's diagonal, between 1 and 2.
    pull : float
        How hard the first mass is pulled.
    minimiser : array, shape (n,)
    L, mu : float
        Bounds on the curvature, which the eigenvalues of a longer and longer chain approach.

    Examples
    --------
    >>> import dqlab as dq
    >>> problem = dq.problems.nesterov_chain(L=9.0, mu=1.0, n=3)
    >>> (problem.minimiser / problem.minimiser[0]).tolist(), problem.kappa
    ([1.0, 0.5, 0.25], 9.0)
    """

    __slots__ = ()
    quadratic = True

    @property
    def least_value(self):
        """f(x*)."""
        return -0.5 * self.stiffness * self.pull * float(self.minimiser[0])


def nesterov_chain(L, mu, n, *, distance=1.0):
    """The instance of Lemma C.2, Nesterov's chain, cut to n coordinates without moving its minimiser.

    On the infinite chain x*(i) is proportional to q^i with q = sigma_HB = (sqrt(kappa) - 1) / (sqrt(kappa) + 1). The last
    diagonal entry here is 2 - q instead of 2: exactly what the rest of the infinite chain, at its minimiser, exerts. So x*
    keeps its first n coordinates and the Hessian its bounds mu and L.

    From x_0 = 0 a gradient method moves one more coordinate a step, which is why it cannot be fast. What the cut costs:
    ``theory.lin.nesterov_chain_distance``; as long as t stays well below n, next to nothing.

    Parameters
    ----------
    L, mu : float
        L > mu > 0.
    n : int
        Coordinates, at least 2.
    distance : float
        |x*|, the distance from the starting point 0.

    Returns
    -------
    NesterovChain

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong kind or range.

    Examples
    --------
    >>> import numpy as np
    >>> import dqlab as dq
    >>> problem = dq.problems.nesterov_chain(L=100.0, mu=1.0, n=60)
    >>> run = dq.algorithms.gd(problem, steps=30, record="iterates")
    >>> int(np.count_nonzero(run.iterates[7])), bool(run.distance[7] >= dq.theory.lin.nesterov_distance(7, 100.0))
    (7, True)
    """
    L, mu = _checks.positive(L, "L"), _checks.positive(mu, "mu")
    if L <= mu:
        raise ValueError(f"L: expected L > mu = {mu}, got {L}")
    n, distance = _checks.integer(n, "n", 2), _checks.positive(distance, "distance")
    q = (math.sqrt(L / mu) - 1) / (math.sqrt(L / mu) + 1)
    shape = q ** np.arange(n)
    minimiser = shape * (distance / np.linalg.norm(shape))
    return NesterovChain((L - mu) / 4, 2 - q, float(minimiser[0]) / q, minimiser, L, mu)


@gradient.register(NesterovChain)
def _gradient(problem, x):
    n = x.size
    stiff, diagonal = problem.stiffness, 2 * problem.stiffness + problem.mu
    g = np.empty(n)
    g[0] = diagonal * x[0] - stiff * (x[1] + problem.pull)
    for i in range(1, n - 1):
        g[i] = diagonal * x[i] - stiff * (x[i - 1] + x[i + 1])
    g[n - 1] = (problem.last * stiff + problem.mu) * x[n - 1] - stiff * x[n - 2]
    return g


@value.register(NesterovChain)
def _value(problem, x):
    n = x.size
    tension = x[0] * (x[0] - 2 * problem.pull) + (problem.last - 1) * x[n - 1] ** 2
    for i in range(n - 1):
        tension += (x[i] - x[i + 1]) ** 2
    squared = 0.0
    for i in range(n):
        squared += x[i] * x[i]
    return 0.5 * (problem.stiffness * tension + problem.mu * squared)
