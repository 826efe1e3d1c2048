"""Compressed gossip with memory: CHOCO-SGD and CHOCO-gossip of Koloskova, Stich and Jaggi (2019)."""

import numpy as np

from .. import _checks
from .._generic import jit
from ..networks import mix_neighbours
from ..problems import sample_gradients
from ..quantizers import quantize_rows
from .consensus import Consensus
from .decentralised import begin, execute, streams_of
from .decentralised_run import DecentralisedRun, note_nodes
from .run import algorithm


@jit
def choco_sgd_box(problem, mixing, quantizer, alpha, gamma, batches, samples, encoder, shared, X0, trace):
    """CHOCO-SGD: every node and its neighbours remember hat x_i, and a message is the quantized difference to it."""
    X, H, D, Q, heard, G = X0.copy(), *blank_like(X0)
    note_nodes(problem, trace, 0, X)
    for t in range(batches.shape[0]):
        sample_gradients(problem, X, batches[t], samples, G)
        descend(X, G, alpha)  # x_i <- x_i - alpha g_i
        np.subtract(X, H, D)
        trace.outside[t] = quantize_rows(quantizer, D, 1.0, encoder, shared, Q)  # q_i = Q(x_i - hat x_i), sent
        remember(H, Q)  # hat x_i <- hat x_i + q_i, at node i and at its neighbours
        mix_neighbours(mixing, H, heard)
        pull(mixing.own, X, H, heard, gamma)  # x_i <- x_i + gamma sum_j w_ij (hat x_j - hat x_i)
        note_nodes(problem, trace, t + 1, X)


@jit
def choco_gossip_box(problem, mixing, quantizer, gamma, steps, encoder, shared, X0, trace):
    """CHOCO-gossip: the same without gradients."""
    X, H, D, Q, heard, _ = X0.copy(), *blank_like(X0)
    note_nodes(problem, trace, 0, X)
    for t in range(steps):
        np.subtract(X, H, D)
        trace.outside[t] = quantize_rows(quantizer, D, 1.0, encoder, shared, Q)  # q_i = Q(x_i - hat x_i), sent
        remember(H, Q)  # hat x_i <- hat x_i + q_i, at node i and at its neighbours
        mix_neighbours(mixing, H, heard)
        pull(mixing.own, X, H, heard, gamma)  # x_i <- x_i + gamma sum_j w_ij (hat x_j - hat x_i)
        note_nodes(problem, trace, t + 1, X)


@jit
def blank_like(X):
    """Five arrays of zeros."""
    return np.zeros_like(X), np.zeros_like(X), np.zeros_like(X), np.zeros_like(X), np.zeros_like(X)


@jit
def descend(X, G, alpha):
    """x_i <- x_i - alpha g_i."""
    for i in range(X.shape[0]):
        for j in range(X.shape[1]):
            X[i, j] -= alpha * G[i, j]


@jit
def remember(H, Q):
    """hat x_i <- hat x_i + q_i."""
    for i in range(H.shape[0]):
        for j in range(H.shape[1]):
            H[i, j] += Q[i, j]


@jit
def pull(own, X, H, heard, gamma):
    """x_i <- x_i + gamma (heard_i - (1 - w_ii) hat x_i), where heard_i = sum_{j != i} w_ij hat x_j."""
    for i in range(X.shape[0]):
        reach = 1 - own[i]
        for j in range(X.shape[1]):
            X[i, j] += gamma * (heard[i, j] - reach * H[i, j])


@algorithm("CHOCO-SGD", choco_sgd_box)
def choco_sgd(
    problem,
    mixing,
    quantizer,
    *,
    steps,
    work,
    speeds=None,
    stepsize,
    gamma,
    x0=None,
    seed=0,
    record=50,
    link=None,
    models=False,
    record_slope=False,
) -> DecentralisedRun:
    """Decentralised SGD with compressed messages and memory: no epsilon that has to vanish, and biased quantizers are allowed.

    Every node steps along its gradient, sends q_i = Q(x_i - hat x_i), adds what it hears to its memory of every neighbour, and
    moves by gamma sum_j w_ij (hat x_j - hat x_i). Koloskova, Stich and Jaggi (2019), Algorithm 2. It needs a quantizer whose error
    shrinks with its input, E|Q(x) - x|**2 <= (1 - c) |x|**2: on a fixed grid the nodes come no closer than its cells.

    Parameters
    ----------
    quantizer : a quantizer of the problem's dimension, or None
        Such as `dqlab.quantizers.LowPrecision` with at least sqrt(d) / 2 levels, or `dqlab.quantizers.ScaledSign`.
    stepsize : float
        alpha > 0.
    gamma : float
        The step towards the neighbours, in (0, 1]; ``dqlab.theory.reisizadeh.choco_stepsize`` is safe, and small.
    problem, mixing, steps, work, speeds, x0, seed, record, link, models, record_slope
        As for `quantimed_dsgd`.

    Returns
    -------
    DecentralisedRun
        With gamma as `epsilon`.

    Raises
    ------
    TypeError, ValueError
        As `quantimed_dsgd`, and for a gamma outside (0, 1].

    Examples
    --------
    >>> import dqlab as dq
    >>> problem = dq.problems.DecentralisedQuadratics.planted(dq.stream(0, "problem"), nodes=6, dim=4)
    >>> mixing = dq.networks.laplacian_weights(dq.networks.ring(6))
    >>> coarse, work = dq.quantizers.LowPrecision(levels=2, dim=4), dq.clock.FixedBatch(20)
    >>> run = dq.algorithms.choco_sgd(problem, mixing, coarse, steps=100, work=work, stepsize=0.05, gamma=0.4)
    >>> int(run.bits[-1]), bool(run.error[-1] < run.error[0])
    (26400, True)
    """
    setting = begin(
        problem, mixing, quantizer, steps=steps, x0=x0, seed=seed, record=record, link=link, work=work, speeds=speeds
    )
    alpha, gamma = _checks.positive(stepsize, "stepsize"), checked_gamma(gamma)
    arguments = (setting.quantizer, alpha, gamma, setting.batches, *streams_of(seed))
    options = {"stepsize": alpha, "epsilon": gamma, "models": models, "record_slope": record_slope}
    return execute(choco_sgd, setting, arguments, **options)


@algorithm("CHOCO-gossip", choco_gossip_box)
def choco_gossip(
    X0, mixing, quantizer, *, steps, gamma, seed=0, record=50, link=None, models=False
) -> DecentralisedRun:
    """Gossip with compressed messages and memory: linear convergence to the average, which every step keeps exactly.

    Koloskova, Stich and Jaggi (2019), Algorithm 1.

    Parameters
    ----------
    X0 : array, shape (n, d)
        The nodes' numbers, a row a node.
    gamma : float
        In (0, 1]; `choco_stepsize` has one that is safe.
    mixing, quantizer, steps, seed, record, link, models
        As for `gossip`.

    Returns
    -------
    DecentralisedRun
        As that of `gossip`, with gamma as `epsilon`.

    Raises
    ------
    TypeError, ValueError
        As `gossip`, and for a gamma outside (0, 1].

    Examples
    --------
    >>> import dqlab as dq
    >>> X0, mixing = dq.stream(0, "start").standard_normal((6, 4)), dq.networks.laplacian_weights(dq.networks.ring(6))
    >>> coarse = dq.quantizers.LowPrecision(levels=2, dim=4)
    >>> run = dq.algorithms.choco_gossip(X0, mixing, coarse, steps=300, gamma=0.4)
    >>> bool(run.consensus[-1] < 1e-12), bool(run.distance[-1] < 1e-12)
    (True, True)
    """
    problem = Consensus(X0)
    setting = begin(problem, mixing, quantizer, steps=steps, x0=problem.start, seed=seed, record=record, link=link)
    gamma = checked_gamma(gamma)
    arguments = (setting.quantizer, gamma, setting.steps, *streams_of(seed)[1:])
    return execute(choco_gossip, setting, arguments, models=models, record_slope=False, epsilon=gamma)


choco_sgd.decentralised = choco_gossip.decentralised = True


def checked_gamma(gamma):
    """gamma in (0, 1]."""
    if _checks.positive(gamma, "gamma") > 1:
        raise ValueError(f"gamma: expected a number in (0, 1], got {gamma!r}")
    return float(gamma)
