"""First-order oracles: what they owe, and the absolute loss.

An oracle is a noun with

    dim, p         the dimension d, and the norm |x|_p in which its function is Lipschitz; subgradients are measured in |g|_q
    bound          B: |g|_q <= B surely, or E|g|_q**2 <= B**2
    surely         which of the two: True for an almost surely bounded oracle (Definition 2.1), False for a mean-square bounded one
    domain         an LpBall
    minimum        min f over the domain
    minimiser      a point of the domain at which f attains it

and two verbs, ``query(oracle, x, rng)`` and ``value(oracle, x)``. D = oracle.domain.diameter(oracle.p).
"""

from typing import NamedTuple

import numpy as np

from .. import _checks
from .._generic import generic
from .lp_ball import LpBall, checked_order, conjugate
from .verbs import value


@generic
def query(oracle, x, rng=None):
    """One random subgradient of the oracle's function at x: E[g | x] is a subgradient, equation (1) of Mayekar and Tyagi.

    Parameters
    ----------
    oracle : a registered oracle
    x : array, shape (dim,)
        The point queried.
    rng : numpy.random.Generator, optional
        The oracle's randomness.

    Returns
    -------
    ndarray, shape (dim,)

    Examples
    --------
    >>> import dqlab as dq
    >>> oracle = dq.problems.AbsoluteRegression.from_data([[1.0, -0.5]], [3.0], p=2, radius=1.0)
    >>> dq.problems.query(oracle, [0.0, 0.0]).tolist()
    [-1.0, 0.5]
    """
    from ..streams import stream

    x = _checks.vector(x, "x", oracle.dim).astype(np.float64, copy=False)
    rng = stream(0, "oracle") if rng is None else _checks.generator(rng, "rng")
    return query.kernel(oracle)(oracle, x, rng)


class Oracle:
    """What oracles share."""

    __slots__ = ()
    surely = True

    @property
    def dim(self):
        """d."""
        return self.domain.dim

    @property
    def diameter(self):
        """D, the l_p diameter of the domain."""
        return self.domain.diameter(self.p)


class _Fields(NamedTuple):
    A: np.ndarray
    b: np.ndarray
    p: float
    bound: float
    domain: LpBall
    minimum: float
    minimiser: np.ndarray


class AbsoluteRegression(Oracle, _Fields):
    """f(x) = mean_i |<a_i, x> - b_i|; a query draws a row i and answers sign(<a_i, x> - b_i) a_i.

    Made by ``from_data(A, b, p, radius)``, or by ``planted(...)`` around a minimiser that is known. B = max_i |a_i|_q.

    Examples
    --------
    >>> import dqlab as dq
    >>> oracle = dq.problems.AbsoluteRegression.planted(dq.stream(0, "oracle"), dim=8, p=2)
    >>> oracle.bound, oracle.diameter, dq.problems.value(oracle, oracle.minimiser) == oracle.minimum
    (1.0, 2.0, True)
    """

    __slots__ = ()

    @classmethod
    def planted(cls, rng, dim, p, *, samples=200, radius=1.0, bound=1.0, noise=0.1, order=None, minimiser=None):
        """A random oracle whose minimum is known exactly: rows come in pairs, b = <a, x*> + e and b = <a, x*> - e.

        |t - e| + |t + e| is least, 2|e|, for every t from -|e| to |e|, so x* is a minimiser and f* = mean |e|.

        Parameters
        ----------
        rng : numpy.random.Generator
            Draws rows, noise and, unless it is given, the minimiser.
        dim : int
            d.
        p : float
            From 1 to infinity. A row is a Gaussian vector, scaled to |a|_q = bound.
        samples : int
            How many pairs of rows.
        radius, order : float
            The domain is |x|_order <= radius; order p unless given.
        bound : float
            B.
        noise : float
            The largest |e| over bound times radius; e is uniform, 0 for none: then f* = 0.
        minimiser : array, shape (dim,), optional
            x*, in the domain; unless given, random with |x*|_order = radius / 2.

        Returns
        -------
        AbsoluteRegression
        """
        rng, p, bound = _checks.generator(rng, "rng"), checked_order(p, "p"), _checks.positive(bound, "bound")
        domain = LpBall(p if order is None else order, radius, dim)
        samples, noise = _checks.integer(samples, "samples", 1), _checks.positive(noise, "noise", zero=True)
        A = rng.standard_normal((samples, domain.dim))
        A *= bound / np.linalg.norm(A, conjugate(p), axis=1, keepdims=True)
        e = noise * bound * domain.radius * rng.random(samples)
        x = rng.standard_normal(domain.dim)
        x *= domain.radius / (2 * domain.norm(x))
        x = x if minimiser is None else checked_point(domain, minimiser, "minimiser")
        A, b = np.vstack([A, A]), np.concatenate([A @ x + e, A @ x - e])
        oracle = cls(A, b, p, bound, domain, 0.0, x)
        return oracle._replace(minimum=value(oracle, x))

    @classmethod
    def from_data(cls, A, b, p, radius, *, order=None, bound=None, accuracy=1e-7):
        """The oracle of data A, shape (m, d), and b, shape (m,), on |x|_order <= radius; order p unless given.

        Parameters
        ----------
        bound : float, optional
            B: A and b are multiplied by one number, so that max_i |a_i|_q is B. Left out, they stay as they are.
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

        A, p = _checks.matrix(A, "A"), checked_order(p, "p")
        b = _checks.vector(b, "b", A.shape[0]).astype(np.float64)
        largest = float(np.linalg.norm(A, conjugate(p), axis=1).max())
        if largest == 0:
            raise ValueError("A: expected a row other than 0")
        scale = 1.0 if bound is None else _checks.positive(bound, "bound") / largest
        A, b, domain = A * scale, b * scale, LpBall(p if order is None else order, radius, A.shape[1])
        bound = largest if bound is None else float(bound)
        oracle = cls(A, b, p, bound, domain, 0.0, certified_minimum(A, b, -1.0, 1.0, domain, accuracy)[0])
        return oracle._replace(minimum=value(oracle, oracle.minimiser))


def checked_point(domain, x, name):
    """`x` as a point of the domain."""
    x = _checks.vector(x, name, domain.dim).astype(np.float64)
    if not domain.contains(x):
        raise ValueError(
            f"{name}: expected a point with l_{domain.order:g} norm at most {domain.radius:g}, got {domain.norm(x):.10g}"
        )
    return x


@query.register(AbsoluteRegression)
def _query(oracle, x, rng):
    i = rng.integers(0, oracle.b.size)
    a = oracle.A[i]
    return np.sign(np.dot(a, x) - oracle.b[i]) * a


@value.register(AbsoluteRegression)
def _value(oracle, x):
    return np.abs(np.dot(oracle.A, x) - oracle.b).mean()
