"""Decentralised SGD in rounds with exact messages: what QuanTimed-DSGD is compared with."""

import numpy as np

from .. import _checks
from .._generic import jit
from ..networks import mix_neighbours
from ..problems import sample_gradients
from .decentralised import begin, execute, streams_of
from .decentralised_run import DecentralisedRun, note_nodes
from .quantimed import take_step
from .run import algorithm


@jit
def dsgd_box(problem, mixing, alpha, batches, samples, X0, trace):
    """Decentralised SGD: x_i <- sum_j w_ij x_j - alpha g_i, exact neighbours, no epsilon."""
    X, heard, G = X0.copy(), np.zeros_like(X0), np.zeros_like(X0)
    note_nodes(problem, trace, 0, X)
    for t in range(batches.shape[0]):
        mix_neighbours(mixing, X, heard)  # sum_{j in N_i} w_ij x_j
        sample_gradients(problem, X, batches[t], samples, G)
        take_step(mixing.own, X, heard, G, alpha, 1.0)
        note_nodes(problem, trace, t + 1, X)


@algorithm("DSGD", dsgd_box)
def dsgd(
    problem,
    mixing,
    *,
    steps,
    work,
    speeds=None,
    stepsize,
    x0=None,
    seed=0,
    record=50,
    link=None,
    models=False,
    record_slope=False,
) -> DecentralisedRun:
    """Decentralised SGD: x_i <- sum_j w_ij x_j - alpha g_i, with models sent as 64 bits a coordinate.

    Nedic and Ozdaglar (2009) and Lian et al. (2017). At a fixed alpha the nodes end in a neighbourhood of the minimiser.

    Parameters
    ----------
    stepsize : float
        alpha > 0.
    problem, mixing, steps, work, speeds, x0, seed, record, link, models, record_slope
        As for `quantimed_dsgd`.

    Returns
    -------
    DecentralisedRun

    Raises
    ------
    TypeError, ValueError
        As `quantimed_dsgd`.

    Examples
    --------
    >>> import dqlab as dq
    >>> problem = dq.problems.DecentralisedQuadratics.planted(dq.stream(0, "problem"), nodes=6, dim=4)
    >>> mixing = dq.networks.laplacian_weights(dq.networks.ring(6))
    >>> run = dq.algorithms.dsgd(problem, mixing, steps=100, work=dq.clock.FixedBatch(20), stepsize=0.05)
    >>> int(run.bits[-1]), bool(run.error[-1] < run.error[0])
    (153600, True)
    """
    setting = begin(
        problem, mixing, None, steps=steps, x0=x0, seed=seed, record=record, link=link, work=work, speeds=speeds
    )
    alpha = _checks.positive(stepsize, "stepsize")
    samples, _, _ = streams_of(seed)
    arguments = (alpha, setting.batches, samples)
    return execute(dsgd, setting, arguments, models=models, record_slope=record_slope, stepsize=alpha)


dsgd.decentralised = True
