"""The function of one variable on which heavy ball cycles: steep, then flat for a stretch, then steep again."""

from typing import NamedTuple

import numpy as np

from .. import _checks
from .._generic import jit
from .verbs import Smooth, gradient, value


class _Fields(NamedTuple):
    L: float
    mu: float
    left: float
    right: float
    ramp: float
    minimiser: np.ndarray
    signs: np.ndarray


class FlatStretch(Smooth, _Fields):
    """f(x) = sum_i phi(s_i (x_i - x*_i)), with phi'' = L but on [left, right], where phi'' = mu, and phi(0) = phi'(0) = 0.

    The derivative of phi is piecewise linear with slopes L, mu, L. With a ramp, phi'' changes linearly from L to mu and back
    over intervals of that width around left and right; then f is twice continuously differentiable, and outside the ramps
    phi' is what it was without them. The coordinates do not interact, so f lies in F_n (with a ramp, in F_n^2) for every n.

    Parameters
    ----------
    L, mu : float
        L >= mu > 0.
    left, right : float
        Ends of the flat stretch, 0 <= left - ramp / 2 and left + ramp <= right.
    ramp : float
        Width of each of the two ramps of phi''; 0 for a kink in phi'.
    minimiser : array, shape (n,), optional
        x*; the number 0 in one dimension unless given.
    signs : array, shape (n,), optional
        s_i = +1 or -1: on which side of the minimiser the flat stretch lies; +1 unless given.

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong kind, shape or range.

    Notes
    -----
    With L = 25, mu = 1 and the stretch [1, 2] this is the example of Lessard, Recht and Packard (2016, Section 4.6): heavy
    ball with the step size (43) and the momentum (44) of Lin et al. cycles on it, against their Lemma B.8.

    Examples
    --------
    >>> import dqlab as dq
    >>> problem = dq.problems.FlatStretch(L=25.0, mu=1.0)
    >>> [dq.problems.gradient(problem, [x]).item() for x in (0.0, 1.0, 2.0, 3.0)]
    [0.0, 25.0, 26.0, 51.0]
    """

    __slots__ = ()

    def __new__(cls, L=25.0, mu=1.0, left=1.0, right=2.0, ramp=0.0, minimiser=None, signs=None):
        L, mu = _checks.positive(L, "L"), _checks.positive(mu, "mu")
        if L < mu:
            raise ValueError(f"L: expected L >= mu = {mu}, got {L}")
        left, right = _checks.positive(left, "left", zero=True), _checks.positive(right, "right")
        ramp = _checks.positive(ramp, "ramp", zero=True)
        if right <= left:
            raise ValueError(f"right: expected right > left = {left}, got {right}")
        if ramp > min(2 * left, right - left):
            raise ValueError(
                f"ramp: expected at most {min(2 * left, right - left)}, so that the ramps neither meet nor reach past the "
                f"minimiser, got {ramp}"
            )
        minimiser = np.zeros(1) if minimiser is None else _checks.vector(minimiser, "minimiser").astype(np.float64)
        n = _checks.integer(minimiser.size, "the size of minimiser", 1)
        signs = np.ones(n) if signs is None else _checks.vector(signs, "signs", n).astype(np.float64)
        if not np.isin(signs, (-1.0, 1.0)).all():
            raise ValueError(f"signs: expected -1 and +1, got {sorted(set(signs.tolist()))[:5]}")
        return super().__new__(cls, L, mu, left, right, ramp, minimiser, signs)

    def curvature(self, z):
        """phi''(z), with the value mu at the ends of the stretch where there is no ramp.

        Examples
        --------
        >>> import dqlab as dq
        >>> dq.problems.FlatStretch(ramp=0.5).curvature([0.5, 1.0, 1.5, 2.25, 3.0]).tolist()
        [25.0, 13.0, 1.0, 25.0, 25.0]
        """
        z = np.asarray(z, np.float64)
        into_the_stretch = np.minimum(z - self.left, self.right - z)  # how far, negative outside
        if self.ramp == 0:
            share = (into_the_stretch >= 0).astype(np.float64)
        else:
            share = np.clip(into_the_stretch / self.ramp + 0.5, 0.0, 1.0)
        return self.L - (self.L - self.mu) * share


@gradient.register(FlatStretch)
def _gradient(problem, x):
    g = np.empty(x.size)
    for i in range(x.size):
        z = problem.signs[i] * (x[i] - problem.minimiser[i])
        missing = positive_part(z - problem.left, problem.ramp) - positive_part(z - problem.right, problem.ramp)
        g[i] = problem.signs[i] * (problem.L * z - (problem.L - problem.mu) * missing)
    return g


@value.register(FlatStretch)
def _value(problem, x):
    s = 0.0
    for i in range(x.size):
        z = problem.signs[i] * (x[i] - problem.minimiser[i])
        missing = integral(z - problem.left, problem.ramp) - integral(z - problem.right, problem.ramp)
        s += 0.5 * problem.L * z * z - (problem.L - problem.mu) * missing
    return s


@jit
def positive_part(u, ramp):
    """max(u, 0), its corner rounded to a parabola over an interval of width `ramp` around 0."""
    if u <= -0.5 * ramp:
        return 0.0
    if u >= 0.5 * ramp:
        return u
    return (u + 0.5 * ramp) ** 2 / (2.0 * ramp)


@jit
def integral(u, ramp):
    """The integral of `positive_part` from minus infinity to u."""
    if u <= -0.5 * ramp:
        return 0.0
    if u >= 0.5 * ramp:
        return 0.5 * u * u + ramp * ramp / 24.0
    return (u + 0.5 * ramp) ** 3 / (6.0 * ramp)
