"""What every problem does: value, gradient, Hessian. A problem also has dim, L, mu, kappa and minimiser."""

import numpy as np

from .. import _checks
from .._generic import generic


@generic
def gradient(problem, x):
    """The gradient of f at x, shape (dim,).

    Examples
    --------
    >>> import dqlab as dq
    >>> problem = dq.problems.LeastSquares.from_data([[1.0, 0.0], [0.0, 2.0]], [1.0, 2.0])
    >>> dq.problems.gradient(problem, [0.0, 0.0])
    array([-1., -4.])
    """
    return gradient.kernel(problem)(problem, _point(problem, x))


@generic
def value(problem, x):
    """f(x), the objective at x, a float.

    Examples
    --------
    >>> import dqlab as dq
    >>> problem = dq.problems.LeastSquares.from_data([[1.0, 0.0], [0.0, 2.0]], [1.0, 2.0])
    >>> dq.problems.value(problem, [0.0, 0.0])
    2.5
    """
    return float(value.kernel(problem)(problem, _point(problem, x)))


def _point(problem, x):
    return _checks.vector(x, "x", problem.dim).astype(np.float64, copy=False)


class Smooth:
    """What the problems share: the condition number, and a check of everything that they claim to know."""

    __slots__ = ()
    quadratic = False  # what holds for heavy ball holds on quadratics only

    @property
    def kappa(self):
        """Condition number L / mu, equation (16) of Lin et al."""
        return self.L / self.mu

    @property
    def dim(self):
        """Dimension n."""
        return self.minimiser.size

    def certify(self, rng, pairs=200):
        """Measure what the problem claims: the minimiser, L and mu.

        Parameters
        ----------
        rng : numpy.random.Generator
        pairs : int
            Random pairs of points on which smoothness and strong convexity are measured.

        Returns
        -------
        dict
            ``gradient_at_minimiser`` (relative to L times the distance scale), and the least and the greatest value of
            <g(v) - g(w), v - w> / |v - w|^2 over the pairs, which must lie in [mu, L].
        """
        x = self.minimiser
        size = 1.0 + np.linalg.norm(x)
        curvature = []
        for _ in range(pairs):
            v = x + size * rng.standard_normal(x.size)
            w = x + size * rng.standard_normal(x.size)
            slope = gradient(self, v) - gradient(self, w)
            curvature.append(float(slope @ (v - w) / ((v - w) @ (v - w))))
        return {
            "gradient_at_minimiser": float(np.linalg.norm(gradient(self, x)) / (self.L * size)),
            "least_curvature": min(curvature),
            "greatest_curvature": max(curvature),
        }
