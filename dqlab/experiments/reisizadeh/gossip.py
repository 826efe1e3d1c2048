"""Gossip through a quantizer, with messages in different places: X <- W_eps X + eps N (Q(X) - X)."""

from typing import NamedTuple

import numpy as np

from ... import _checks
from ..._generic import jit, plain, unchecked
from ...quantizers import Identity, encode, nbits, quantize
from ...streams import stream


class GossipTrials(NamedTuple):
    """What `noisy_gossip` measured; every array has a row a trial.

    Attributes
    ----------
    consensus : ndarray, shape (trials, steps + 1)
        (1/n) sum_i |x_i - mean|**2.
    drift : ndarray, shape (trials, steps + 1)
        |mean_t - mean_0|**2.
    noise : ndarray, shape (trials, steps)
        (1/n) sum_i |Q(x_i) - x_i|**2: the sigma**2 that there was.
    final : ndarray, shape (trials, nodes, dim)
    bits : ndarray, shape (steps + 1,)
        All nodes' messages, every broadcast counted once.

    Examples
    --------
    >>> import numpy as np
    >>> from dqlab.experiments import reisizadeh
    >>> W = np.full((4, 4), 0.25)
    >>> reisizadeh.noisy_gossip(np.eye(4), W, W, None, steps=2).bits.tolist()
    [0, 1024, 2048]
    """

    consensus: np.ndarray
    drift: np.ndarray
    noise: np.ndarray
    final: np.ndarray
    bits: np.ndarray

    @property
    def error(self):
        """(1/n) sum_i |x_i - mean_0|**2: what the nodes are wrong by."""
        return self.consensus + self.drift


@jit
def noisy_gossip_box(quantizer, X0, W, N, epsilon, rng, consensus, drift, noise, final):
    """One trial; records before every round and after the last."""
    nodes, start = X0.shape[0], _mean(X0)
    X, errors = X0.copy(), np.zeros_like(X0)
    for t in range(noise.size + 1):
        middle = _mean(X)
        consensus[t] = ((X - middle) ** 2).sum() / nodes
        drift[t] = ((middle - start) ** 2).sum()
        if t == noise.size:
            break
        for i in range(nodes):
            errors[i] = quantize(quantizer, X[i], 1.0, rng) - X[i]
        noise[t] = (errors**2).sum() / nodes
        X = X + epsilon * (np.dot(W, X) - X + np.dot(N, errors))
    final[:] = X


@jit
def _mean(X):
    total = np.zeros(X.shape[1])
    for i in range(X.shape[0]):
        total += X[i]
    return total / X.shape[0]


def noisy_gossip(X0, W, noise, quantizer, *, steps, epsilon=1.0, trials=1, seed=0):
    """Gossip with messages that enter through a matrix N, measured against the exact mean.

    N = W - W_D is the rule (34) of Reisizadeh et al.: a node uses its own model as it is. With N = W a node uses its own message
    in the place of its model. With N = W - I nodes add up differences of messages, sum_j w_ij (z_j - z_i), and keep the mean.

    Parameters
    ----------
    X0 : array (nodes, dim)
    W, noise : array (nodes, nodes)
        The mixing matrix, and N.
    quantizer : quantizer of dimension dim, or None
        None sends 64 bits a coordinate, without error.
    steps : int
    epsilon : float
    trials : int
        How often, with fresh randomness of the quantizers.
    seed : int

    Returns
    -------
    GossipTrials

    Raises
    ------
    ValueError
        For shapes that do not fit.

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments import reisizadeh
    >>> W = np.full((4, 4), 0.1) + 0.6 * np.eye(4)
    >>> X0 = dq.stream(0, "start").uniform(-1, 1, (4, 8))
    >>> grid = dq.quantizers.DecimalGrid(digits=1, dim=8, bound=2.0)
    >>> kept = reisizadeh.noisy_gossip(X0, W, W - np.eye(4), grid, steps=50)
    >>> walk = reisizadeh.noisy_gossip(X0, W, W - np.diag(np.diag(W)), grid, steps=50)
    >>> bool(kept.drift[0, -1] < 1e-20), bool(walk.drift[0, -1] > 1e-4)
    (True, True)
    """
    X0, W, N = _checks.matrix(X0, "X0"), _checks.matrix(W, "W"), _checks.matrix(noise, "noise")
    steps, trials = _checks.integer(steps, "steps", 1), _checks.integer(trials, "trials", 1)
    epsilon = _checks.positive(epsilon, "epsilon", zero=True)
    nodes, dim = X0.shape
    for name, value in (("W", W), ("noise", N)):
        if value.shape != (nodes, nodes):
            raise ValueError(
                f"{name}: expected shape ({nodes}, {nodes}), a row and a column for every row of X0, got {value.shape}"
            )
    quantizer = Identity(dim) if quantizer is None else quantizer
    if getattr(quantizer, "dim", None) != dim:
        raise ValueError(f"quantizer: expected one of dimension {dim}, that of X0, got {quantizer!r}")
    consensus, drift = np.zeros((trials, steps + 1)), np.zeros((trials, steps + 1))
    noises, final = np.zeros((trials, steps)), np.zeros((trials, nodes, dim))
    compiled = encode.is_compiled(quantizer) and not isinstance(quantizer, Identity)  # which is not worth compiling for
    for trial in range(trials):
        arguments = quantizer, X0, W, N, epsilon, stream(seed, "trial", trial, "encoder")
        results = consensus[trial], drift[trial], noises[trial], final[trial]
        if compiled:
            noisy_gossip_box(*arguments, *results)
        else:
            with unchecked():
                plain(noisy_gossip_box)(*arguments, *results)
    return GossipTrials(consensus, drift, noises, final, nodes * int(nbits(quantizer)) * np.arange(steps + 1))
