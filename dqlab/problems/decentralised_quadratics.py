"""Quadratics that n nodes hold: f_i(x) = mean_j (x - c_ij)' A_i (x - c_ij) / 2 with diagonal A_i. Everything about them is known."""

from typing import NamedTuple

import numpy as np

from .. import _checks
from .._generic import jit
from ..streams import key
from .decentralised import draw, node_gradients, node_values, sample_gradient, sample_gradients
from .verbs import Smooth, gradient, value


class _Fields(NamedTuple):
    curvatures: np.ndarray
    centres: np.ndarray
    means: np.ndarray
    offsets: np.ndarray
    mean_curvatures: np.ndarray
    minimiser: np.ndarray
    minimum: float
    L: float
    mu: float
    noise: float
    centre: np.ndarray


class DecentralisedQuadratics(Smooth, _Fields):
    """A quadratic for every sample: the loss of sample j of node i is (x - c_ij)' A_i (x - c_ij) / 2, A_i diagonal.

    Parameters
    ----------
    curvatures : array, shape (nodes, dim)
        The diagonals of A_1, ..., A_n, all positive.
    centres : array, shape (nodes, samples, dim)
        c_ij.
    noise : float, optional
        gamma**2 of Assumption 4, where it is known of the population. Left out, the largest of `node_noise`.
    centre : array, shape (dim,), optional
        The minimiser of the expected risk, where all nodes draw from one population.

    Attributes
    ----------
    means : array, shape (nodes, dim)
        The nodes' minimisers c_i, the means of their centres.
    offsets : array, shape (nodes,)
        f_i(c_i).
    mean_curvatures : array, shape (dim,)
        The diagonal of A, the mean of the A_i.
    minimiser, minimum : array and float
        x* = A^-1 mean_i A_i c_i, and f(x*).
    L, mu : float
        The largest and the smallest curvature of any node: K and mu of the sample losses (of f they may be closer).
    noise : float

    Raises
    ------
    TypeError, ValueError
        For shapes that do not fit together, numbers that are not finite, curvatures that are not positive.

    Notes
    -----
    Assumptions 3-5 of Reisizadeh et al. hold with equality. The noise of a sample's gradient does not depend on x: it is
    A_i (c_i - c_ij). A stochastic gradient of b samples costs b rows of centres, and with one sample a node just one pass.

    Examples
    --------
    >>> import dqlab as dq
    >>> problem = dq.problems.DecentralisedQuadratics([[2.0], [1.0]], [[[0.0], [2.0]], [[3.0], [3.0]]])
    >>> problem.nodes, problem.samples, problem.L, problem.mu, problem.noise
    (2, 2, 2.0, 1.0, 4.0)
    >>> round(float(problem.minimiser[0]), 6), round(problem.minimum, 6)
    (1.666667, 1.166667)
    """

    __slots__ = ()
    quadratic = True

    def __new__(cls, curvatures, centres, noise=None, centre=None):
        curvatures, centres = _checks.matrix(curvatures, "curvatures"), _centres(centres)
        if centres.shape[::2] != curvatures.shape:
            raise ValueError(
                f"centres: expected shape (nodes, samples, dim) with the nodes and the dim of the curvatures, "
                f"{curvatures.shape}, got {centres.shape}"
            )
        if not (curvatures > 0).all():
            raise ValueError(f"curvatures: expected positive numbers, got {curvatures.min():g}")
        means, spreads = centres.mean(axis=1), centres.var(axis=1)
        offsets, mean_curvatures = 0.5 * (curvatures * spreads).sum(axis=1), curvatures.mean(axis=0)
        minimiser = (curvatures * means).mean(axis=0) / mean_curvatures
        minimum = float((offsets + 0.5 * (curvatures * (means - minimiser) ** 2).sum(axis=1)).mean())
        node_noise = (curvatures**2 * spreads).sum(axis=1)
        noise = float(node_noise.max()) if noise is None else _checks.positive(noise, "noise", zero=True)
        centre = np.empty(0) if centre is None else _checks.vector(centre, "centre", minimiser.size).astype(np.float64)
        ends = float(curvatures.max()), float(curvatures.min())
        return super().__new__(
            cls, curvatures, centres, means, offsets, mean_curvatures, minimiser, minimum, *ends, noise, centre
        )

    def __reduce__(self):
        return type(self)._make, (tuple(self),)

    @classmethod
    def planted(cls, rng, nodes, dim, samples=10, *, kappa=10.0, spread=0.0, noise=1.0, L=1.0):
        """Nodes whose gradient noise is known exactly: every sample's gradient is off by sqrt(noise), in a random direction.

        Parameters
        ----------
        rng : numpy.random.Generator
        nodes, dim, samples : int
            n, p and m.
        kappa : float
            L / mu >= 1: curvatures go from L / kappa to L in geometric progression.
        spread : float
            0: all nodes draw from one population, as Lemma 1 has it, with its minimiser in `centre`. More: the nodes' own
            populations have their minimisers at this distance from one point, and each its own order of the curvatures.
        noise : float
            gamma**2 >= 0. Of the samples at hand it is a little less, see `node_noise`; 0 of one sample a node.
        L : float
            K of Assumption 3.

        Returns
        -------
        DecentralisedQuadratics
            The common point is uniform on the cube [-1, 1]**dim.

        Examples
        --------
        >>> import dqlab as dq
        >>> problem = dq.problems.DecentralisedQuadratics.planted(dq.stream(0, "problem"), nodes=5, dim=3, noise=0.25)
        >>> problem.noise, bool((problem.node_noise < 0.25).all()), problem.L, problem.mu
        (0.25, True, 1.0, 0.1)
        """
        rng, nodes, dim = (
            _checks.generator(rng, "rng"),
            _checks.integer(nodes, "nodes", 1),
            _checks.integer(dim, "dim", 1),
        )
        samples, kappa = _checks.integer(samples, "samples", 1), _checks.positive(kappa, "kappa")
        spread, noise = _checks.positive(spread, "spread", zero=True), _checks.positive(noise, "noise", zero=True)
        if kappa < 1:
            raise ValueError(f"kappa: expected a condition number >= 1, got {kappa}")
        L = _checks.positive(L, "L")
        curvatures = np.tile(np.geomspace(L, L / kappa, dim), (nodes, 1))
        centre = rng.uniform(-1, 1, dim)
        centres = centre + spread * directions(rng, (nodes, 1, dim))
        if spread:
            curvatures = rng.permuted(curvatures, axis=1)
        centres = centres + np.sqrt(noise) * directions(rng, (nodes, samples, dim)) / curvatures[:, None, :]
        return cls(curvatures, centres, noise, None if spread else centre)

    @property
    def nodes(self):
        """n."""
        return self.centres.shape[0]

    @property
    def samples(self):
        """m."""
        return self.centres.shape[1]

    @property
    def node_noise(self):
        """gamma_i**2 = mean_j |A_i (c_ij - c_i)|**2: b samples with replacement have the variance gamma_i**2 / b, at every x."""
        return (self.curvatures**2 * self.centres.var(axis=1)).sum(axis=1)

    def expected_gradient(self, x):
        """The gradient of the expected risk at x, where all nodes draw from one population (``planted`` without spread).

        Examples
        --------
        >>> import dqlab as dq
        >>> problem = dq.problems.DecentralisedQuadratics.planted(dq.stream(0, "problem"), nodes=5, dim=3)
        >>> problem.expected_gradient(problem.centre).tolist()
        [0.0, 0.0, 0.0]
        """
        if not self.centre.size:
            raise ValueError(
                "expected_gradient: the nodes have no population in common; make the problem with spread = 0"
            )
        return self.mean_curvatures * (_checks.vector(x, "x", self.dim) - self.centre)


def directions(rng, shape):
    """Random vectors of length 1 along the last axis.

    Examples
    --------
    >>> import numpy as np
    >>> import dqlab as dq
    >>> from dqlab.problems.decentralised_quadratics import directions
    >>> np.linalg.norm(directions(dq.stream(0, "directions"), (2, 5)), axis=1).round(12).tolist()
    [1.0, 1.0]
    """
    gaussian = rng.standard_normal(shape)
    return gaussian / np.linalg.norm(gaussian, axis=-1, keepdims=True)


def _centres(centres):
    """Centres as a contiguous array of three axes."""
    try:
        centres = np.ascontiguousarray(centres, np.float64)
    except (TypeError, ValueError):
        raise TypeError("centres: expected an array (nodes, samples, dim), every node with as many samples") from None
    if centres.ndim != 3 or 0 in centres.shape:
        raise ValueError(f"centres: expected shape (nodes, samples, dim), none of them 0, got {centres.shape}")
    if not np.isfinite(centres).all():
        raise ValueError("centres: expected finite numbers, got NaN or infinity")
    return centres


@value.register(DecentralisedQuadratics)
def _value(problem, x):
    total = problem.minimum
    for c in range(x.size):
        total += 0.5 * problem.mean_curvatures[c] * (x[c] - problem.minimiser[c]) ** 2
    return total


@gradient.register(DecentralisedQuadratics)
def _gradient(problem, x):
    return problem.mean_curvatures * (x - problem.minimiser)


@node_values.register(DecentralisedQuadratics)
def _node_values(problem, X):
    values = problem.offsets.copy()
    for i in range(values.size):
        for c in range(X.shape[1]):
            values[i] += 0.5 * problem.curvatures[i, c] * (X[i, c] - problem.means[i, c]) ** 2
    return values


@node_gradients.register(DecentralisedQuadratics)
def _node_gradients(problem, X, out):
    for i in range(X.shape[0]):
        pull_back(problem.curvatures[i], X[i], problem.means[i], out[i])


@sample_gradient.register(DecentralisedQuadratics)
def _sample_gradient(problem, i, x, size, rng, out):
    gradient_of_draws(problem.curvatures[i], problem.centres[i], x, size, key(rng), out)


@sample_gradients.register(DecentralisedQuadratics)
def _sample_gradients(problem, X, sizes, rng, out):
    curvatures, centres = (
        problem.curvatures,
        problem.centres,
    )  # handing the whole problem on would cost more than the work
    for i in range(X.shape[0]):
        gradient_of_draws(curvatures[i], centres[i], X[i], sizes[i], key(rng), out[i])


@jit
def gradient_of_draws(curvature, centres, x, size, draws, out):
    """The mean of the gradients of `size` samples drawn with replacement; with one to draw, or to draw from, in one pass."""
    if size == 0:
        out[:] = 0.0
    elif size == 1 or centres.shape[0] == 1:
        pull_back(curvature, x, centres[draw(draws, 0, centres.shape[0])], out)
    else:
        mean_of_draws(centres, draws, size, out)
        pull_back(curvature, x, out, out)


@jit
def pull_back(curvature, x, centre, out):
    """The gradient of (x - c)' A (x - c) / 2."""
    for c in range(x.size):
        out[c] = curvature[c] * (x[c] - centre[c])


@jit
def mean_of_draws(centres, draws, size, out):
    """The mean of `size` centres drawn with replacement."""
    out[:] = 0.0
    for k in range(size):
        centre = centres[draw(draws, k, centres.shape[0])]
        for c in range(out.size):
            out[c] += centre[c]
    out *= 1.0 / size
