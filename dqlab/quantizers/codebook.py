"""Any finite set of points in the unit ball as a quantizer: every input goes to its nearest point."""

import math
from typing import NamedTuple

import numpy as np

from .. import _checks
from ..streams import stream
from .covering import covering_radius
from .domains import inside
from .verbs import alphabet, decode, encode, length


class _Fields(NamedTuple):
    points: np.ndarray
    covering_radius: float


class Codebook(_Fields):
    """Nearest-point quantizer on the unit ball.

    Parameters
    ----------
    points : array, shape (count, dim)
        The reproduction points, count >= 2; one code of log2(count) bits names one of them.
    covering_radius : float, optional
        d(q) over the unit ball. Computed when it is not given: exactly in one dimension, by constrained
        maximisation from many starts otherwise.

    Raises
    ------
    TypeError, ValueError
        If `points` is not a matrix of finite numbers with at least two different rows.

    Examples
    --------
    >>> import dqlab as dq
    >>> q = dq.quantizers.Codebook([[-0.5], [0.5]])
    >>> dq.quantizers.quantize(q, [0.2]), q.covering_radius
    (array([0.5]), 0.5)
    """

    __slots__ = ()

    def __new__(cls, points, covering_radius=None):
        points = _checks.matrix(points, "points").copy()
        if len(np.unique(points, axis=0)) < max(2, len(points)):
            raise ValueError("points: expected at least two points, all different")
        if covering_radius is None:
            covering_radius = ball_covering_radius(points)
        return super().__new__(cls, points, _checks.positive(covering_radius, "covering_radius"))

    @classmethod
    def hexagonal(cls, count):
        """About `count` points of the hexagonal lattice in the plane, those nearest to the centre of a triangle.

        Scaled so that the covering radius over the unit disc is as small as a scaling can make it.
        """
        count = _checks.integer(count, "count", 2)
        reach = math.ceil(math.sqrt(count)) + 3
        i, j = np.meshgrid(np.arange(-reach, reach + 1), np.arange(-reach, reach + 1))
        lattice = np.column_stack([(i + 0.5 * j).ravel(), (math.sqrt(0.75) * j).ravel()]) - [0.5, math.sqrt(1 / 12)]
        order = np.lexsort((np.arctan2(lattice[:, 1], lattice[:, 0]), np.round(np.linalg.norm(lattice, axis=1), 9)))
        points = lattice[order[:count]]
        return cls.scaled(points)

    @classmethod
    def scaled(cls, points):
        """The codebook `points` times the factor that gives the smallest covering radius of the unit ball."""
        from scipy.optimize import minimize_scalar

        points = _checks.matrix(points, "points")
        widest = np.linalg.norm(points, axis=1).max()
        if widest == 0:
            raise ValueError("points: expected a point other than 0")
        fit = minimize_scalar(
            lambda s: ball_covering_radius(s * points, starts=24), (0.3 / widest, 1 / widest), tol=1e-4
        )
        return cls(float(fit.x) * points)

    @property
    def dim(self):
        """Dimension n."""
        return self.points.shape[1]

    @property
    def rate(self):
        """log2(count) / n, bits per dimension."""
        return math.log2(len(self.points)) / self.dim


@encode.register(Codebook)
def _encode(quantizer, u, scale, rng, shared):
    nearest, least = 0, np.inf
    for k in range(quantizer.points.shape[0]):
        squared = 0.0
        for i in range(u.size):
            squared += (u[i] / scale - quantizer.points[k, i]) ** 2
        if squared < least:
            nearest, least = k, squared
    return np.array([nearest])


@decode.register(Codebook)
def _decode(quantizer, codes, scale, shared):
    q = np.full(quantizer.points.shape[1], scale)
    for i in range(q.size):
        q[i] *= quantizer.points[codes[0], i]
    return q


@alphabet.register(Codebook)
def _alphabet(quantizer):
    return quantizer.points.shape[0]


@length.register(Codebook)
def _length(quantizer):
    return 1


@inside.register(Codebook)
def _inside(quantizer, u, scale):
    squared = 0.0
    for i in range(u.size):
        squared += (u[i] / scale) ** 2
    return squared <= 1.0


@covering_radius.register(Codebook, compiled=False)
def _covering_radius(quantizer):
    return quantizer.covering_radius


def ball_covering_radius(points, starts=64, seed=0):
    """The largest distance from a point of the unit ball to the nearest of `points`.

    Maximise s subject to s <= |x - p|^2 for every p and |x|^2 <= 1: from every start, sequential quadratic programming
    ends in a deep hole (a point equally far from several neighbours, or on the sphere). In one dimension the holes are
    the midpoints and the two ends, and the answer is exact.
    """
    points = _checks.matrix(points, "points")
    if points.shape[1] == 1:
        line = np.sort(points[:, 0])
        holes = np.concatenate([[-1.0, 1.0], np.clip((line[1:] + line[:-1]) / 2, -1, 1)])
        return float(_nearest(points, holes[:, None]).max())
    rng = stream(seed, "ball covering radius")
    x = rng.standard_normal((50 * starts, points.shape[1]))
    x *= (rng.random((len(x), 1)) ** (1 / points.shape[1])) / np.linalg.norm(x, axis=1, keepdims=True)
    x[::2] /= np.linalg.norm(x[::2], axis=1, keepdims=True)
    far = _nearest(points, x)
    best = x[np.argsort(far)[::-1][:starts]]
    return max(_climb(points, start) for start in best)


def _nearest(points, x):
    """Distance from every row of `x` to the nearest of `points`."""
    return np.sqrt(np.maximum(((x[:, None, :] - points) ** 2).sum(axis=2).min(axis=1), 0.0))


def _climb(points, start):
    """The deep hole above `start`: only the points around it can bound it."""
    from scipy.optimize import minimize

    around = np.argsort(((points - start) ** 2).sum(axis=1))[: 6 * (points.shape[1] + 1)]
    everywhere, points = points, points[around]

    def gaps(z):
        return np.append(((z[:-1] - points) ** 2).sum(axis=1) - z[-1], 1 - z[:-1] @ z[:-1])

    def slopes(z):
        upper = np.column_stack([2 * (z[:-1] - points), -np.ones(len(points))])
        return np.vstack([upper, np.append(-2 * z[:-1], 0.0)])

    direction = np.append(np.zeros(points.shape[1]), -1.0)
    z = np.append(start, _nearest(points, start[None])[0] ** 2)
    fit = minimize(
        lambda z: -z[-1],
        z,
        jac=lambda z: direction,
        constraints={"type": "ineq", "fun": gaps, "jac": slopes},
        method="SLSQP",
        options={"maxiter": 100, "ftol": 1e-14},
    )
    x = fit.x[:-1] / max(1.0, np.linalg.norm(fit.x[:-1]))
    return float(_nearest(everywhere, np.array([x, start])).max())
