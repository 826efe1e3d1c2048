"""Double-quantized threshold QRDA adagrad in careful vectorised NumPy and scipy: what benchmarks compare the compiled box with."""

import numpy as np


def best_threshold(u):
    """Q(u) of the exact rule: magnitudes sorted, the peak of S_k**2 / k."""
    magnitudes = np.sort(np.abs(u))[::-1]
    sums = np.cumsum(magnitudes)
    gains = sums * sums / np.arange(1, u.size + 1)
    k = int(np.argmax(gains))
    return np.where(np.abs(u) >= magnitudes[k], np.copysign(np.float32(sums[k] / (k + 1)), u), 0.0)


def masked(u, mask, out):
    """Q(S(u, mask)) at its places, zeros elsewhere."""
    out.fill(0)
    where = np.flatnonzero(mask)
    if where.size:
        out[where] = best_threshold(u[where])
    return where.size


def qrda(A, y, nodes, steps, batch, eta, lam, delta, rng):
    """T steps of Algorithm 1 with (17) on logistic regression; A is CSR. The final x and how many bits were sent."""
    rows, d = A.shape[0] // nodes, A.shape[1]
    x, z, c2, syn, q, message = (np.zeros(d) for _ in range(6))
    bits = 0
    for t in range(1, steps + 1):
        syn.fill(0)
        union = x != 0
        for m in range(nodes):
            chosen = m * rows + rng.integers(0, rows, batch)
            B, labels = A[chosen], y[chosen]
            pull = -labels / (1 + np.exp(np.minimum(labels * (B @ x), 700)))
            g = B.T @ (pull / batch)
            mask = (x != 0) | (np.abs(z + g) > t * lam)
            bits += 32 + d + 2 * masked(g, mask, message)
            syn += message
            union |= mask
        syn /= nodes
        bits += 32 + d + 2 * masked(syn, union, q)
        c2 += q * q
        z += q
        H = np.sqrt(c2)
        H += delta
        np.abs(z, out=x)
        x -= t * lam
        np.maximum(x, 0, out=x)
        x *= eta
        x /= H
        np.copysign(x, -z, out=x)
    return x, bits
