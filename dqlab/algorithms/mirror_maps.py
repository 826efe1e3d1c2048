"""The mirror map |x|_a**2 / 2: its gradient, and the projection that goes with it onto a ball |x|_s <= radius."""

import math

import numpy as np

from .._generic import jit
from ..problems.lp_ball import meet_sphere, norm_of, shrink

MOST, CLOSE = 100, 1e-15


def mirror_exponent(p, dim):
    """a = max(p, 1 + 1 / ln d), at most 2: the map's order, for which |.|_a is strongly convex enough and close to |.|_p.

    Examples
    --------
    >>> from dqlab.algorithms import mirror_exponent
    >>> mirror_exponent(1.5, dim=1000), round(mirror_exponent(1, dim=1000), 4), mirror_exponent(1, dim=2)
    (1.5, 1.1448, 2.0)
    """
    return min(2.0, max(float(p), 1 + 1 / math.log(dim))) if dim > 1 else 2.0


@jit
def mirror(x, a):
    """The gradient of |x|_a**2 / 2; its inverse is the same with the conjugate of a.

    Examples
    --------
    >>> import numpy as np
    >>> from dqlab.algorithms.mirror_maps import mirror
    >>> mirror(mirror(np.array([3.0, -1.0]), 1.5), 3.0).round(12)
    array([ 3., -1.])
    """
    size = norm_of(x, a)
    if size == 0:
        return np.zeros_like(x)
    return np.sign(x) * (np.abs(x) / size) ** (a - 1) * size


@jit
def mirror_project(ball, theta, a):
    """The x in the ball with the least |x|_a**2 / 2 - <theta, x>: the Bregman projection of the point whose mirror is theta.

    Radial for a ball of order a. For order 1 it is the point whose mirror is theta with all magnitudes less l, by a search for
    l. For the others s, c |x_i|**(a-1) + l |x_i|**(s-1) = |theta_i| with c = |x|_a**(2-a): a search for c, which for every
    order but infinity has a search for l inside.

    Examples
    --------
    >>> import numpy as np
    >>> from dqlab.problems import LpBall
    >>> from dqlab.algorithms.mirror_maps import mirror_project
    >>> mirror_project(LpBall(1, 1.0, 3), np.array([2.0, -1.5, 0.1]), 2.0)
    array([ 0.75, -0.25,  0.  ])
    """
    b = a / (a - 1)
    x = mirror(theta, b)
    size = norm_of(x, ball.order)
    if size <= ball.radius:
        return x
    if ball.order == a:
        return x * (ball.radius / size)
    y = np.abs(theta) / ball.radius
    z = thinned(y, b) if ball.order == 1 else on_sphere(y, ball.order, a)
    return np.sign(theta) * z * (ball.radius / max(1.0, norm_of(z, ball.order)))


@jit
def thinned(y, b):
    """z >= 0 with |z|_1 = 1 whose mirror is max(y - l, 0)."""
    z, search = y, np.array([0.0, np.max(y), np.sum(mirror(y, b)) - 1, -1.0, 0.0])
    for _ in range(MOST):
        excess = secant(search)
        z = mirror(shrink(y, excess), b)
        if not narrow(search, excess, np.sum(z) - 1):
            break
    return z


@jit
def on_sphere(y, order, a):
    """z >= 0 with |z|_order = 1 and c z**(a-1) + l z**(order-1) = y, where c = |z|_a**(2-a)."""
    flat, z = np.float64(y.size) ** (1 / a - 1 / order), np.empty_like(y)
    low, high = min(1.0, flat) ** (2 - a), max(1.0, flat) ** (2 - a)
    above, below = consistency(y, order, a, low, z), consistency(y, order, a, high, z)
    search = np.array([low, high, above, below, 0.0])
    for _ in range(MOST):
        c = secant(search)
        if not narrow(search, c, consistency(y, order, a, c, z)):
            break
    return z


@jit
def consistency(y, order, a, c, z):
    """z for a given c into `z`, and how far |z|_a**(2-a) is above c: the more, the smaller c is."""
    if order == np.inf:
        z[:] = np.minimum(1.0, (y / c) ** (1 / (a - 1)))
    else:
        meet_sphere(y / c, a - 1, order, z)
    return norm_of(z, a) ** (2 - a) - c


# The zero of a falling function by the method of false position (Illinois): low, high, the values there, the end moved last.


@jit
def secant(search):
    """Where the line between the two ends is 0; an end, where rounding has left nothing between."""
    low, high, above, below, _ = search
    if not above > 0:
        return low
    return min(max(low + (high - low) * (above / (above - below)), low), high) if below < 0 else high


@jit
def narrow(search, middle, height):
    """Move one end to the middle, where the function is `height`; whether there is more to be gained."""
    low, high, _, _, side = search
    if abs(height) <= CLOSE or not low < middle < high:
        return False
    if height > 0:
        search[0], search[2], search[4] = middle, height, 1
        search[3] /= 2 if side > 0 else 1
    else:
        search[1], search[3], search[4] = middle, height, -1
        search[2] /= 2 if side < 0 else 1
    return True
