"""Gossip x <- W_eps x + eps N xi: how fast it mixes, and what errors of the messages leave behind, exactly.

W is symmetric with W 1 = 1 (Assumption 1) and eigenvalues 1 = lambda_1 > lambda_2 >= ... >= lambda_n > -1; W_eps = (1 - eps) I + eps W.
xi_i is the error of node i's message: mean 0, E|xi_i|**2 = sigma**2, independent of everything else (Assumption 2 at its bound). N says where
messages enter: W - W_D, W_D = diag(W), in (34), where a node uses its own model as it is; W where it uses its message; W - I where
nodes add differences of messages. Not the paper's, but what its steps (41)-(45) bound.
"""

import math

import numpy as np

from .._arguments import at_least, plain, steps, whole


def _matrix(W, name="W"):
    W = np.asarray(W, float)
    if W.ndim != 2 or W.shape[0] != W.shape[1] or not np.isfinite(W).all():
        raise ValueError(f"{name}: expected a square matrix of finite numbers, got shape {W.shape}")
    return W


def _mixing(W):
    W = _matrix(W)
    if not (np.allclose(W, W.T) and np.allclose(W.sum(axis=0), 1)):
        raise ValueError("W: expected a symmetric matrix whose rows sum to 1")
    return W


def rounds_needed(beta, accuracy):
    """Rounds after which sqrt(sum |x_i - mean|**2) is at most `accuracy` times what it was: ln(1 / accuracy) / ln(1 / beta), rounded up.

    >>> rounds_needed(0.9, 0.01), rounds_needed(0.0, 0.01)
    (44, 1)
    """
    beta, accuracy = at_least(0, beta, "beta"), at_least(0, accuracy, "accuracy")
    if not ((beta < 1).all() and (0 < accuracy).all() and (accuracy < 1).all()):
        raise ValueError(f"beta and accuracy: expected numbers below 1, accuracy > 0, got {beta} and {accuracy}")
    with np.errstate(divide="ignore"):
        return plain(np.maximum(1, np.ceil(np.log(accuracy) / np.log(beta) - 1e-9)).astype(int))


def laplacian_beta(algebraic, largest, kappa):
    """beta of W = I - L / kappa from the second smallest and the largest eigenvalue of the Laplacian L.

    >>> round(laplacian_beta(1.0, 4.0, kappa=2.5), 10)
    0.6
    """
    algebraic, largest, kappa = (
        at_least(0, algebraic, "algebraic"),
        at_least(0, largest, "largest"),
        at_least(0, kappa, "kappa"),
    )
    return plain(np.maximum(np.abs(1 - algebraic / kappa), np.abs(1 - largest / kappa)))


def best_kappa(algebraic, largest, degree=0):
    """The kappa that minimises `laplacian_beta`, (l_2 + l_n) / 2, or the largest degree if that is more: with less, w_ii would be negative.

    >>> best_kappa(1.0, 4.0), best_kappa(1.0, 10.0, degree=9)
    (2.5, 9.0)
    """
    middle = (at_least(0, algebraic, "algebraic") + at_least(0, largest, "largest")) / 2
    return plain(np.maximum(middle, at_least(0, degree, "degree")))


def ring_beta(nodes):
    """beta of a ring with the best kappa: 1 - 2 pi**2 / n**2 for large n. At least 3 nodes.

    >>> round(ring_beta(6), 6), round((1 - ring_beta(1000)) * 1000**2 / (2 * np.pi**2), 4)
    (0.6, 1.0)
    """
    return torus_beta(whole(nodes, "nodes", 3), 1)


def torus_beta(rows, columns):
    """beta of a torus with the best kappa: 1 - pi**2 / n for large n = rows**2. Each side at least 3, or 1 for a ring.

    >>> round(torus_beta(4, 4), 6), round((1 - torus_beta(60, 60)) * 60**2 / np.pi**2, 3)
    (0.6, 0.998)
    """
    sides = [whole(rows, "rows"), whole(columns, "columns")]
    if 2 in sides or max(sides) < 3:
        raise ValueError(f"rows and columns: expected sides of at least 3, or 1 for a ring, got {rows} and {columns}")
    one, other = (2 - 2 * np.cos(2 * np.pi * np.arange(side) / side) for side in sides)
    spectrum = np.sort((one[:, None] + other[None, :]).ravel())
    return laplacian_beta(spectrum[1], spectrum[-1], best_kappa(spectrum[1], spectrum[-1]))


def star_beta(nodes):
    """beta of a star with kappa = n - 1, the least with w_ii >= 0: 1 - 1 / (n - 1), from 3 nodes on.

    >>> star_beta(11)
    0.9
    """
    nodes = whole(nodes, "nodes", 3)
    return laplacian_beta(1, nodes, best_kappa(1, nodes, nodes - 1))


def exponential_beta(nodes):
    """beta of the exponential graph, i linked with i + 2**j and i - 2**j modulo n (2**j < n), with the best kappa.

    >>> exponential_beta(4), round(exponential_beta(16), 6)
    (0.0, 0.435808)
    """
    nodes = whole(nodes, "nodes", 3)
    hops = {sign * 2**j % nodes for j in range(math.ceil(math.log2(nodes))) for sign in (1, -1)}
    angle = 2 * np.pi * np.arange(1, nodes) / nodes
    spectrum = sum(1 - np.cos(hop * angle) for hop in hops)
    low, high = spectrum.min(), spectrum.max()
    return float(round(laplacian_beta(low, high, best_kappa(low, high, len(hops))), 15))


def consensus_error(W, X0, t, epsilon=1.0, noise=None, sigma=0.0):
    """(1/n) sum_i E|x_i - mean|**2 after t rounds of gossip that starts at X0 (nodes, dim), mode by mode; N = `noise`, zero if not given.

    A mode u_k that has the energy |u_k' X0|**2 keeps rho**(2t) of it, rho = 1 - eps (1 - lambda_k), and gains
    eps**2 sigma**2 |N' u_k|**2 (1 - rho**(2t)) / (1 - rho**2).

    >>> W = [[0.5, 0.5, 0], [0.5, 0.0, 0.5], [0, 0.5, 0.5]]
    >>> consensus_error(W, [[3.0], [0.0], [0.0]], [0, 1, 2])
    array([2.   , 0.5  , 0.125])
    """
    W, t = _mixing(W), steps(t)
    eigenvalues, U = np.linalg.eigh(W)
    X0 = np.asarray(X0, float).reshape(len(W), -1)
    energy = ((U.T @ (X0 - X0.mean(axis=0))) ** 2).sum(axis=1)[:-1]
    square = (1 - at_least(0, epsilon, "epsilon") * (1 - eigenvalues[:-1])) ** 2
    gain = _gains(W, noise, sigma, epsilon, U)
    left = square ** np.expand_dims(t, -1)
    with np.errstate(divide="ignore", invalid="ignore"):
        sums = np.where(square == 1, np.expand_dims(t, -1), (1 - left) / (1 - square))
    return plain((left * energy + sums * gain).sum(axis=-1) / len(W))


def consensus_floor(W, noise, sigma, epsilon=1.0):
    """What `consensus_error` tends to: (sigma**2 / n) sum_k eps |N' u_k|**2 / ((1 - lambda_k) (2 - eps (1 - lambda_k))), k = 2, ..., n.

    Infinite where W_eps does not contract.

    >>> W = np.array([[0.5, 0.25, 0.25], [0.25, 0.5, 0.25], [0.25, 0.25, 0.5]])
    >>> round(consensus_floor(W, W - np.diag(np.diag(W)), sigma=1.0), 6), round(consensus_floor(W, W - np.eye(3), 1.0), 6)
    (0.044444, 0.4)
    """
    W = _mixing(W)
    eigenvalues, U = np.linalg.eigh(W)
    square = (1 - at_least(0, epsilon, "epsilon") * (1 - eigenvalues[:-1])) ** 2
    if not (square < 1).all():
        return math.inf
    return float((_gains(W, noise, sigma, epsilon, U) / (1 - square)).sum() / len(W))


def _gains(W, noise, sigma, epsilon, U):
    """Energy that a round adds to every mode but the mean."""
    N = np.zeros_like(W) if noise is None else _matrix(noise, "noise")
    if N.shape != W.shape:
        raise ValueError(f"noise: expected a matrix of W's shape {W.shape}, got {N.shape}")
    return (epsilon * at_least(0, sigma, "sigma")) ** 2 * ((N.T @ U[:, :-1]) ** 2).sum(axis=0)


def mean_drift(noise, sigma, epsilon, t):
    """E|mean_t - mean_0|**2 after t rounds: the mean walks at random, t eps**2 sigma**2 |N' 1|**2 / n**2.

    With N = W - W_D this is t eps**2 sigma**2 sum_i (1 - w_ii)**2 / n**2, at most t eps**2 sigma**2 / n; with N = W - I it is 0.

    >>> W = np.array([[0.5, 0.25, 0.25], [0.25, 0.5, 0.25], [0.25, 0.25, 0.5]])
    >>> mean_drift(W - np.diag(np.diag(W)), sigma=1.0, epsilon=1.0, t=12), mean_drift(W - np.eye(3), 1.0, 1.0, 12)
    (1.0, 0.0)
    """
    N = _matrix(noise, "noise")
    walk = (N.sum(axis=0) ** 2).sum() / len(N) ** 2
    step = at_least(0, epsilon, "epsilon") * at_least(0, sigma, "sigma")
    return plain(steps(t) * step**2 * walk)


def choco_stepsize(gap, reach, omega):
    """Gossip with memory (Koloskova, Stich and Jaggi, Theorem 2): the gamma for which the factor of `choco_factor` is proved.

    gap = 1 - beta, reach = |I - W|_2, and E|Q(x) - x|**2 <= (1 - omega) |x|**2.

    >>> round(choco_stepsize(0.5, 1.0, 0.25), 6)
    0.005102
    """
    gap, omega, reach = _memory(gap, omega, reach)
    square = reach**2
    return plain(gap**2 * omega / (16 * gap + gap**2 + 4 * square + 2 * gap * square - 8 * gap * omega))


def choco_factor(gap, omega):
    """The same theorem: what a round leaves of E sum_i |x_i - mean|**2 + |x_i - memory_i|**2, at most 1 - gap**2 omega / 82.

    >>> round(choco_factor(0.5, 0.25), 6)
    0.999238
    """
    gap, omega, _ = _memory(gap, omega)
    return plain(1 - gap**2 * omega / 82)


def _memory(gap, omega, reach=0.0):
    gap, omega, reach = at_least(0, gap, "gap"), at_least(0, omega, "omega"), at_least(0, reach, "reach")
    if not ((0 < gap).all() and (gap <= 1).all() and (0 < omega).all() and (omega <= 1).all()):
        raise ValueError(f"gap and omega: expected numbers in (0, 1], got {gap} and {omega}")
    return gap, omega, reach
