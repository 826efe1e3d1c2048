"""What a user would write instead: in NumPy, in place, allocating nothing in the loop that can be avoided.

Algorithms 1, 2 and 3 of Lin et al. record the distance to the minimiser at every step and no more: they do not check their inputs'
range, which the boxes do. The decentralised ones have a row a node and record nothing; they count no overflows and make no codes.
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


class Nodes:
    """Room and draws for the steps of n nodes on quadratics with diagonal curvature, one sample a step."""

    def __init__(self, mixing, curvatures, centres, levels, seed=0):
        W = mixing.dense()
        self.own, self.others = np.diag(W)[:, None].copy(), W - np.diag(np.diag(W))
        self.curvatures, self.centres, self.levels = curvatures, centres, levels
        self.rng, self.nodes = np.random.Generator(np.random.SFC64(seed)), np.arange(len(W))
        self.draws = np.empty(curvatures.shape, np.float32)

    def gradient(self, X, G):
        chosen = self.rng.integers(0, self.centres.shape[1], self.nodes.size)
        np.subtract(X, self.centres[self.nodes, chosen], out=G)
        G *= self.curvatures

    def message(self, X, Q):
        """QSGD of every row: its norm, and its coordinates rounded at random to multiples of a part of it."""
        norms = np.sqrt(np.einsum("ij,ij->i", X, X))[:, None]
        np.multiply(X, self.levels / norms, out=Q)
        self.rng.random(out=self.draws, dtype=np.float32)
        Q += self.draws
        np.floor(Q, out=Q)
        Q *= norms / self.levels


def q_dsgd(nodes, X, alpha, epsilon, steps):
    """Q-DSGD: the steps of Algorithm 1 of Reisizadeh et al. with one sample a node."""
    Z, heard, G = (np.empty_like(X) for _ in range(3))
    keep = 1 - epsilon + epsilon * nodes.own
    for _ in range(steps):
        nodes.message(X, Z)
        np.dot(nodes.others, Z, out=heard)
        nodes.gradient(X, G)
        X *= keep
        heard *= epsilon
        X += heard
        G *= alpha * epsilon
        X -= G
    return X


def choco_sgd(nodes, X, alpha, gamma, steps):
    """CHOCO-SGD of Koloskova et al."""
    D, Q, heard, G = (np.empty_like(X) for _ in range(4))
    H, reach = np.zeros_like(X), 1 - nodes.own
    for _ in range(steps):
        nodes.gradient(X, G)
        G *= alpha
        X -= G
        np.subtract(X, H, out=D)
        nodes.message(D, Q)
        H += Q
        np.dot(nodes.others, H, out=heard)
        np.multiply(reach, H, out=Q)
        heard -= Q
        heard *= gamma
        X += heard
    return X
