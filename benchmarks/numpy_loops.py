"""What a user would write instead: Algorithms 1, 2 and 3 in NumPy, in place, allocating nothing in the loop.

They record the distance to the minimiser at every step and no more: they do not check their inputs' range, which the boxes do.
"""

import numpy as np


def midpoints(u, r, levels, q):
    """The uniform scalar quantizer, into q."""
    np.multiply(u, levels / (2 * r), out=q)
    q += levels / 2
    np.floor(q, out=q)
    np.maximum(q, 0, out=q)
    np.minimum(q, levels - 1, out=q)
    q *= 2
    q += 1 - levels
    q *= r / levels


def dq_gd(gram, moment, minimiser, eta, ranges, levels):
    """Algorithm 1."""
    x, e, z, u, q = (np.zeros(minimiser.size) for _ in range(5))
    distance = np.empty(ranges.size + 1)
    distance[0] = np.linalg.norm(x - minimiser)
    for t, r in enumerate(ranges.tolist()):
        np.multiply(e, eta, out=z)
        z += x
        np.dot(gram, z, out=u)
        u -= moment
        u -= e
        midpoints(u, r, levels, q)
        np.subtract(q, u, out=e)
        np.multiply(q, eta, out=z)
        x -= z
        np.subtract(x, minimiser, out=z)
        distance[t + 1] = np.sqrt(z @ z)
    return distance


def dq_agd(gram, moment, minimiser, eta, gamma, ranges, levels):
    """Algorithm 2."""
    x, y, e, last, lag, z, u, q = (np.zeros(minimiser.size) for _ in range(8))
    distance = np.empty(ranges.size + 1)
    distance[0] = np.linalg.norm(x - minimiser)
    for t, r in enumerate(ranges.tolist()):
        np.subtract(e, last, out=lag)
        lag *= gamma
        lag += e
        np.multiply(lag, eta, out=z)
        z += x
        np.dot(gram, z, out=u)
        u -= moment
        u -= lag
        midpoints(u, r, levels, q)
        e, last = last, e
        np.subtract(q, u, out=e)
        q *= eta
        np.subtract(x, q, out=z)  # y_{t+1}
        np.subtract(z, y, out=x)
        x *= gamma
        x += z
        y, z = z, y
        np.subtract(x, minimiser, out=z)
        distance[t + 1] = np.sqrt(z @ z)
    return distance


def dq_hb(gram, moment, minimiser, eta, gamma, ranges, levels):
    """Algorithm 3."""
    x, x_last, e, last, lag, z, u, q = (np.zeros(minimiser.size) for _ in range(8))
    distance = np.empty(ranges.size + 1)
    distance[0] = np.linalg.norm(x - minimiser)
    for t, r in enumerate(ranges.tolist()):
        np.multiply(e, eta, out=z)
        z += x
        np.subtract(e, last, out=lag)
        lag *= gamma
        lag += e
        np.dot(gram, z, out=u)
        u -= moment
        u -= lag
        midpoints(u, r, levels, q)
        e, last = last, e
        np.subtract(q, u, out=e)
        np.subtract(x, x_last, out=z)
        z *= gamma
        z += x
        q *= eta
        z -= q
        x, x_last, z = z, x, x_last
        np.subtract(x, minimiser, out=z)
        distance[t + 1] = np.sqrt(z @ z)
    return distance
