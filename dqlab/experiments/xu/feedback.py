"""What a biased message does to convergence, and error feedback against it: distances to a certified optimum along runs."""

import functools

import numpy as np

from ... import _checks, algorithms
from ...lab import sweep
from ...problems import DecentralisedLogistic
from ...quantizers import TernGrad, Threshold
from ...streams import stream
from .active_set import MASKED, MASKS
from .reference import l1_logistic_minimum

SCHEMES = ("32 bits", "TernGrad†", "Threshold†", "TernGrad", "Threshold")


def planted_logistic(workers=4, samples=50, dim=40, support=6, seed=0):
    """A small l1 problem: Gaussian rows, labels by a logistic model of which `support` coordinates are not zero, dealt as they come.

    Parameters
    ----------
    workers, samples : int
        M, and the rows of a worker.
    dim, support : int
    seed : int

    Returns
    -------
    DecentralisedLogistic

    Raises
    ------
    ValueError
        If support > dim.

    Examples
    --------
    >>> from dqlab.experiments import xu
    >>> problem = xu.planted_logistic()
    >>> problem.nodes, problem.samples, problem.dim
    (4, 50, 40)
    """
    workers, samples = _checks.integer(workers, "workers", 1), _checks.integer(samples, "samples", 1)
    dim, support = _checks.integer(dim, "dim", 1), _checks.integer(support, "support", 1)
    if support > dim:
        raise ValueError(f"support: expected at most dim = {dim} coordinates, got {support}")
    rng = stream(seed, "planted logistic", dim)
    rows = 3 / np.sqrt(dim) * rng.standard_normal((workers * samples, dim))
    model = np.zeros(dim)
    model[:support] = rng.uniform(1.5, 3.0, support) * rng.choice([-1.0, 1.0], support)
    y = np.where(rng.random(len(rows)) * (1 + np.exp(-rows @ model)) < 1, 1.0, -1.0)
    return DecentralisedLogistic.from_data(rows, y, workers, 0.0)


def links(scheme, dim):
    """What a scheme's uplink and downlink are quantized by: "32 bits", "TernGrad†", "Threshold†", "TernGrad" or "Threshold".

    The dagger is the paper's: the server answers with 32 bits a coordinate.

    >>> from dqlab.experiments import xu
    >>> xu.links("Threshold†", 8)["downlink"] is None, type(xu.links("Threshold", 8)["downlink"]).__name__
    (True, 'Threshold')
    """
    _checks.choice(scheme, "scheme", SCHEMES)
    if scheme == "32 bits":
        return {"uplink": None, "downlink": None}
    quantizer = {"TernGrad": TernGrad, "Threshold": Threshold}[scheme.removesuffix("†")](dim)
    return {"uplink": quantizer, "downlink": None if scheme.endswith("†") else quantizer}


def feedback_runs(
    problem,
    method="rda_adagrad",
    schemes=SCHEMES,
    *,
    penalty,
    stepsize,
    steps,
    batch,
    reading="Section 3.2",
    feedback=(False, True),
    record=30,
    trials=3,
    seed=0,
    **how,
):
    """How far every scheme's objective is from the minimum along its run, with and without error feedback.

    Parameters
    ----------
    problem : DecentralisedLogistic with strength 0
    method : {"rda_adagrad", "cmd_adagrad"}
    schemes : sequence of str
        See `links`.
    penalty, stepsize, steps, batch
        As for the method.
    reading : {"Algorithm 1", "Section 3.2", "no mask"}
    feedback : sequence of bool
    record : int or sequence of int
    trials, seed : int
    **how
        ``store``, ``backend``, ``jobs`` and ``progress``: see :func:`dqlab.lab.sweep`.

    Returns
    -------
    dqlab.lab.Sweep
        A row a scheme, feedback and trial, with an entry a recorded step in ``t``; ``gap``, F less its minimum, which a dual bound certifies
        to less than 1e-7; and ``bits``, up and down. ``final`` is the last gap, ``distance`` and ``nonzeros`` are those of the last model.

    Raises
    ------
    TypeError, ValueError
        If the method, a scheme or the reading is unknown, or as the method says.

    Examples
    --------
    >>> from dqlab.experiments import xu
    >>> problem = xu.planted_logistic(dim=10, support=3)
    >>> found = xu.feedback_runs(
    ...     problem, schemes=["Threshold"], penalty=0.02, stepsize=0.5, steps=300, batch=20, trials=1, progress=False
    ... )
    >>> last = found.frame.set_index("feedback").final
    >>> bool(last[True] < last[False] / 3)
    True
    """
    run = getattr(algorithms, _checks.choice(method, "method", MASKED))
    for scheme in schemes:
        _checks.choice(scheme, "schemes", SCHEMES)
    minimum = l1_logistic_minimum(problem.rows.matrix(), problem.y, penalty, accuracy=1e-7)
    trial = functools.partial(
        _trial, problem=problem, run=run, minimum=minimum, select=MASKS[_checks.choice(reading, "reading", tuple(MASKS))],
        penalty=penalty, stepsize=stepsize, steps=steps, batch=batch, record=record,
    )  # fmt: skip
    return sweep(trial, {"scheme": list(schemes), "feedback": list(feedback)}, trials, seed, **how)


def _trial(stream, scheme, feedback, problem, run, minimum, **arguments):
    draw = int(stream("run").integers(1 << 62))
    made = run(problem, feedback=bool(feedback), seed=draw, **links(scheme, problem.dim), **arguments)
    return {
        "t": made.recorded,
        "gap": made.objective - minimum.objective,
        "bits": made.bits,
        "final": float(made.objective[-1] - minimum.objective),
        "distance": float(np.linalg.norm(made.final - minimum.x)),
        "nonzeros": int(made.nonzeros[-1]),
    }


def mean_drift(run):
    """|mean of q_1, ..., q_t less the mean of the workers' averaged gradients| for every t, of a run with history.

    A bias stays; what error feedback still owes is divided by t.

    >>> import dqlab as dq
    >>> from dqlab.experiments import xu
    >>> problem = xu.planted_logistic(dim=10, support=3)
    >>> arguments = {"steps": 200, "batch": 20, "stepsize": 0.5, "penalty": 0.02, "select": None, "history": True}
    >>> plain, repaired = (
    ...     dq.algorithms.rda_adagrad(problem, feedback=feedback, **arguments, **xu.links("Threshold", 10)) for feedback in (False, True)
    ... )
    >>> bool(xu.mean_drift(repaired)[-1] < xu.mean_drift(plain)[-1] / 5)
    True
    """
    if run.g is None:
        raise ValueError("run: expected one with history, got none; run the algorithm with history=True")
    owed = np.cumsum(run.q - run.g.mean(axis=1), axis=0)
    return np.linalg.norm(owed, axis=1) / np.arange(1, len(owed) + 1)
