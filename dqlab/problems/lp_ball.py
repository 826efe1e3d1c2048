"""The ball |x|_s <= radius, its diameters, and the Euclidean projection onto it."""

import math
from numbers import Real
from typing import NamedTuple

import numpy as np

from .. import _checks
from .._generic import generic, jit


class _Fields(NamedTuple):
    order: float
    radius: float
    dim: int


class LpBall(_Fields):
    """The domain {x : |x|_order <= radius} of an oracle's function.

    Parameters
    ----------
    order : float
        From 1 to ``math.inf``.
    radius : float
        Above 0.
    dim : int
        d >= 1.

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong kind or range.

    Examples
    --------
    >>> import dqlab as dq
    >>> square = dq.problems.LpBall(order=float("inf"), radius=1.0, dim=4)
    >>> square.diameter(2), dq.problems.project(square, [0.5, -3.0, 0.0, 1.0]).tolist()
    (4.0, [0.5, -1.0, 0.0, 1.0])
    """

    __slots__ = ()

    def __new__(cls, order, radius, dim):
        order, radius = checked_order(order, "order"), _checks.positive(radius, "radius")
        return super().__new__(cls, order, radius, _checks.integer(dim, "dim", 1))

    def diameter(self, p):
        """sup |x - y|_p over the ball: 2 radius d**max(0, 1/p - 1/order), between opposite points, flat ones or corners."""
        return 2 * self.radius * self.dim ** max(0.0, 1 / checked_order(p, "p") - 1 / self.order)

    def norm(self, x):
        """|x|_order."""
        return float(np.linalg.norm(np.asarray(x, np.float64), self.order))

    def contains(self, x, slack=1e-9):
        """Whether `x` lies in the ball; rounding may carry it past the radius by the part `slack` of it."""
        return self.norm(x) <= self.radius * (1 + slack)


def checked_order(value, name):
    """`value` as the order of a norm."""
    if isinstance(value, bool) or not isinstance(value, (Real, np.number)) or not value >= 1:
        raise ValueError(f"{name}: expected a number from 1 to infinity, got {value!r}")
    return float(value)


def conjugate(p):
    """q with 1/p + 1/q = 1, the order of the norm in which subgradients are measured.

    Examples
    --------
    >>> from dqlab.problems import conjugate
    >>> conjugate(1), conjugate(1.25), conjugate(float("inf"))
    (inf, 5.0, 1.0)
    """
    p = checked_order(p, "p")
    return math.inf if p == 1 else 1.0 if p == math.inf else p / (p - 1)


@generic
def project(ball, x):
    """The point of the ball that is nearest to `x`: Euclidean projection.

    Parameters
    ----------
    ball : LpBall
    x : array, shape (dim,)

    Returns
    -------
    ndarray, shape (dim,)

    Notes
    -----
    Closed for orders 2 and infinity. For order 1 it is max(|x_i| - l, 0) sign(x_i), with l found by Michelot's passes. For the
    other orders s the magnitudes z solve z + l z**(s-1) = |x_i|, the conditions of Karush, Kuhn and Tucker, by Newton's method
    within a search for the l at which |z|_s = radius.

    Examples
    --------
    >>> import dqlab as dq
    >>> dq.problems.project(dq.problems.LpBall(order=1, radius=1.0, dim=3), [2.0, -1.5, 0.1]).tolist()
    [0.75, -0.25, 0.0]
    """
    return project.kernel(ball)(ball, _checks.vector(x, "x", ball.dim).astype(np.float64, copy=False))


@project.register(LpBall)
def _project(ball, x):
    if ball.order == np.inf:
        return np.minimum(np.maximum(x, -ball.radius), ball.radius)
    size = norm_of(x, ball.order)
    if size <= ball.radius:
        return x.copy()
    if ball.order == 2:
        return x * (ball.radius / size)
    if ball.order == 1:
        x = project_corners(x, ball.radius)
        return x * min(1.0, ball.radius / norm_of(x, 1.0))
    return project_between(x, ball.order, ball.radius)


@jit
def norm_of(x, order):
    """|x|_order, without overflow."""
    largest = 0.0
    for i in range(x.size):
        largest = max(largest, abs(x[i]))
    if order == np.inf or largest == 0:
        return largest
    total = 0.0
    if order == 2:
        for i in range(x.size):
            total += (x[i] / largest) ** 2
        return largest * np.sqrt(total)
    for i in range(x.size):
        total += (abs(x[i]) / largest) ** order
    return largest * total ** (1 / order)


@jit
def shrink(x, excess):
    """Soft thresholding: every magnitude less `excess`, and 0 where that is below 0."""
    out = np.empty_like(x)
    for i in range(x.size):
        out[i] = np.sign(x[i]) * max(abs(x[i]) - excess, 0.0)
    return out


@jit
def project_corners(x, radius):
    """The projection for order 1 of a point outside: max(|x_i| - l, 0), by Michelot's method, which only ever drops coordinates.

    Counted from the largest magnitude down, so that nothing cancels however far away the point is.
    """
    largest = norm_of(x, np.inf)
    below = largest - np.abs(x)
    room, kept = np.inf, x.size + 1
    while True:
        total, count = radius, 0
        for i in range(x.size):
            if below[i] < room:
                total += below[i]
                count += 1
        if count >= kept:  # more than before where magnitudes are equal up to rounding: they would come and go for ever
            return np.sign(x) * np.maximum(room - below, 0.0)
        room, kept = total / count, count


@jit
def project_between(x, order, radius):
    """The projection for an order strictly between 1 and infinity other than 2, of a point outside."""
    z = np.empty_like(x)
    meet_sphere(np.abs(x) / radius, 1.0, order, z)
    return np.sign(x) * z * (radius / max(1.0, norm_of(z, order)))


@jit
def meet_sphere(y, first, order, z):
    """z >= 0 with z**first + l z**(order - 1) = y and |z|_order = 1 into `z`; or with l = 0 where that has |z|_order < 1."""
    low = max(0.0, np.max(y) - 1.0)  # here the largest z_i is 1, or l is 0
    high = norm_of(y, order / (order - 1))  # here |z|_order <= 1, since no z_i is above (y_i / l)**(1 / (order - 1))
    multiplier = low
    for _ in range(200):
        slope = magnitudes(y, first, multiplier, order - 1.0, z)
        size = norm_of(z, order)
        if size > 1:
            low = multiplier
        else:
            high = multiplier
        if abs(size - 1) <= 1e-15 or not low < high:
            return
        # Newton's method on 1 - 1 / |z|, nearly a straight line where the ball is far away
        following = multiplier + (size - 1) * size**order / -slope
        if not low < following < high:
            following = 0.5 * (low + high)
        if following == multiplier:
            return
        multiplier = following


@jit
def magnitudes(y, first, multiplier, second, z):
    """z with z**first + multiplier z**second = y into `z`; how fast sum z**(second + 1) / (second + 1) falls with the multiplier."""
    slope = 0.0
    for i in range(y.size):
        z[i] = magnitude(y[i], first, multiplier, second)
        if z[i] > 0:
            rise = first * z[i] ** (first - 1) + multiplier * second * z[i] ** (second - 1)
            slope -= z[i] ** (2 * second) / rise
    return slope


@jit
def magnitude(y, first, multiplier, second):
    """z >= 0 with z**first + multiplier z**second = y: Newton's method in the power that makes it convex, from above."""
    if y <= 0:
        return 0.0
    if multiplier == 0:
        return y ** (1 / first)
    if first <= second:
        low, bend, straight, curved = first, second / first, 1.0, multiplier
    else:
        low, bend, straight, curved = second, first / second, multiplier, 1.0
    w = min(y / straight, (y / curved) ** (1 / bend))
    for _ in range(100):
        power = curved * w ** (bend - 1)
        following = w - (straight * w + power * w - y) / (straight + bend * power)
        if not following < w:
            break
        w = following
    return w ** (1 / low)
