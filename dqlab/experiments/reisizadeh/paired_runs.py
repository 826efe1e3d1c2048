"""One run of a decentralised method in a setting to order, and what sweeps keep of it: seconds to a target, and what is left at the end."""

import math

import numpy as np

from ... import _checks
from ...algorithms import dsgd, nonconvex_schedule, q_dsgd, quantimed_dsgd
from ...clock import Deadline, FixedBatch
from ...networks import laplacian_weights
from ...problems import DecentralisedQuadratics
from ...quantizers import DecimalGrid, nbits

METHODS = ("QuanTimed-DSGD", "Q-DSGD", "DSGD")
FULL = {"nodes": 50, "dim": 100, "steps": 4000, "trials": 20}  # what a sweep takes by ``**FULL`` for its full protocol
TARGET = 0.01  # of the loss above its minimum that there is at the start
BOUND = 8.0  # of the cube that messages have room for; models start at 0 and end in [-2, 2]


def quadratics(stream, nodes, dim, *, spread=0.5, noise=10.0, samples=20):
    """The problem of the sweeps: nodes whose functions differ, condition number 10, the same in every cell of a trial.

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments.reisizadeh.paired_runs import quadratics
    >>> quadratics(dq.lab.TrialStream(0, 0), nodes=4, dim=3).kappa
    10.0
    """
    return DecentralisedQuadratics.planted(
        stream("problem"), nodes, dim, samples, kappa=10.0, spread=spread, noise=noise
    )


def measured_run(
    method, problem, graph, *, steps, speeds, batch, stream, link, digits=3, deadline=None, epsilon=None, target=TARGET
):
    """One method in one setting: a row of numbers.

    All methods see the same speeds. alpha = 0.3 / T^(1/6), as in the authors' experiments; epsilon = 15 / T^(1/2), at most 1, unless given;
    DSGD, which has no epsilon, takes the step alpha epsilon, so that all learn as fast per step and what differs is what a step costs.

    Parameters
    ----------
    method : {"QuanTimed-DSGD", "Q-DSGD", "DSGD"}
    problem : DecentralisedQuadratics
    graph : networkx.Graph
        Its weights are those of `laplacian_weights`.
    steps : int
        T.
    speeds, link
        A law of computing speeds, and what a message costs.
    batch : int
        Of Q-DSGD and DSGD, and on average of QuanTimed-DSGD unless `deadline` says otherwise.
    stream : dqlab.lab.TrialStream
    digits : int or None
        Of the grid; None for exact messages, 64 bits a coordinate.
    deadline : float, optional
    epsilon : float, optional
    target : float
        The part of the loss above its minimum that is to be left.

    Returns
    -------
    dict
        ``seconds``, ``needed`` (steps) and ``bits`` (a node) until the loss of the average model is first at the target: NaN where
        that is not so by T; and at T ``gap`` (the part of the loss left), ``error`` = (1/n) sum_i \\|x_i - x*\\|**2, ``consensus``,
        ``iteration`` (mean seconds of a step), ``clipped`` (part of the messages); and ``message``, the bits of a coordinate.

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments.reisizadeh.paired_runs import measured_run, quadratics
    >>> stream = dq.lab.TrialStream(0, 0)
    >>> row = measured_run(
    ...     "Q-DSGD", quadratics(stream, 4, 3), dq.networks.ring(4), steps=50, speeds=dq.clock.UniformSpeeds(10, 90),
    ...     batch=20, stream=stream, link=dq.clock.DigitLink(),
    ... )
    >>> row["gap"] < 1 and row["iteration"] > 0.5625
    True
    """
    _checks.choice(method, "method", METHODS)
    alpha, prescribed = nonconvex_schedule(steps, a=0.3, e=15.0)
    epsilon = min(1.0, prescribed) if epsilon is None else epsilon
    mixing, quantizer = laplacian_weights(graph), None if digits is None else DecimalGrid(digits, problem.dim, BOUND)
    shared = {"steps": steps, "speeds": speeds, "link": link, "record": range(steps + 1)}
    shared["seed"] = int(stream("run").integers(1 << 62))
    if method == "DSGD":
        run = dsgd(problem, mixing, work=FixedBatch(batch), stepsize=alpha * epsilon, **shared)
    elif method == "Q-DSGD":
        run = q_dsgd(problem, mixing, quantizer, work=FixedBatch(batch), stepsize=alpha, epsilon=epsilon, **shared)
    else:
        work = Deadline(batch / speeds.mean if deadline is None else deadline)
        run = quantimed_dsgd(problem, mixing, quantizer, work=work, stepsize=alpha, epsilon=epsilon, **shared)
    width = 64 if digits is None or method == "DSGD" else nbits(quantizer) // problem.dim
    return _row(run, problem, target) | {"message": width}


def _row(run, problem, target):
    gap = (run.loss - problem.minimum) / (run.loss[0] - problem.minimum)
    there = np.flatnonzero(gap <= target)
    first = there[0] if there.size else -1
    reached = there.size > 0
    return {
        "seconds": float(run.seconds[first]) if reached else math.nan,
        "needed": float(run.recorded[first]) if reached else math.nan,
        "bits": float(run.bits_up[first] / problem.nodes) if reached else math.nan,
        "gap": float(gap[-1]),
        "error": float(run.error[-1]),
        "consensus": float(run.consensus[-1]),
        "iteration": float(run.seconds[-1] / run.steps),
        "clipped": float(run.outside.sum() / (run.steps * problem.nodes)),
    }
