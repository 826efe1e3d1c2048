"""The indicator (11) along a run, in the paper's two readings: which coordinates are sent, and when the set of them freezes."""

import functools

import numpy as np

from ... import _checks, algorithms
from ...lab import sweep
from ...theory.xu import cmd_step, rda_step

MASKS = {"Algorithm 1": "shared", "Section 3.2": "local", "no mask": None}
MASKED = ("cmd_adagrad", "rda_adagrad")


def printed_masks(run, method, reading):
    """The masks of a run with history, by the indicator as it is printed: x_t or the worker's own step is not 0.

    Written without a look at the algorithm, which knows when the own step leaves 0 and does not compute it. Without feedback.

    Parameters
    ----------
    run : SparseRun
        Of the method, made with ``history=True``, x_1 = 0 and one penalty for all coordinates.
    method : {"cmd_adagrad", "rda_adagrad"}
    reading : {"shared", "local"}
        Whose gradients the worker's own step rests on: q_1, ..., q_{t-1} and its f'_t, as Algorithm 1 says, or all gradients of its own, as
        Section 3.2 says. Any run can be asked about either.

    Returns
    -------
    ndarray of bool, shape (T, M, d)

    Raises
    ------
    ValueError
        If the run has no history, or method or reading are none of these.

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments import xu
    >>> X, y = dq.stream(0, "rows").standard_normal((40, 6)), [1.0, -1.0] * 20
    >>> problem = dq.problems.DecentralisedLogistic.from_data(X, y, nodes=2, strength=0)
    >>> run = dq.algorithms.rda_adagrad(problem, steps=20, batch=5, stepsize=0.1, penalty=0.2, history=True)
    >>> masks = xu.printed_masks(run, "rda_adagrad", "shared")
    >>> bool((masks.sum(axis=2) == run.selected).all()), bool((masks.any(axis=1).sum(axis=1) == run.selected_down).all())
    (True, True)
    """
    _checks.choice(method, "method", MASKED)
    _checks.choice(reading, "reading", ("shared", "local"))
    if run.g is None:
        raise ValueError("run: expected one with history, got none; run the algorithm with history=True")
    x, g, t = run.x[:-1, None, :], run.g, np.arange(1, len(run.g) + 1)[:, None, None]
    own = _sums(g) if reading == "local" else _sums(run.q)[:, None, :] - run.q[:, None, :] + g
    squares = _sums(g**2) if reading == "local" else (_sums(run.q**2) - run.q**2)[:, None, :] + g**2
    metric = run.delta + np.sqrt(np.maximum(squares, 0))
    if method == "cmd_adagrad":
        step = cmd_step(x, g, metric, run.stepsize, run.penalty)
    else:
        step = rda_step(own / t, t, metric, run.stepsize, run.penalty)
    return (x != 0) | (step != 0)


def _sums(values):
    return np.cumsum(values, axis=0)


def dropped(run, masks):
    """What masks keep from the server: the mean over workers of the gradients that were not selected, (1/M) sum_m (1 - I^m) f'^(m).

    With TernGrad, which is unbiased on what it is given, E q_t is the mean gradient less exactly this: the second quantization adds variance,
    but no bias. Shape (T, d).

    >>> import dqlab as dq
    >>> from dqlab.experiments import xu
    >>> X, y = dq.stream(0, "rows").standard_normal((40, 6)), [1.0, -1.0] * 20
    >>> problem = dq.problems.DecentralisedLogistic.from_data(X, y, nodes=2, strength=0)
    >>> run = dq.algorithms.cmd_adagrad(problem, steps=20, batch=5, stepsize=0.1, penalty=0.2, history=True)
    >>> masks = xu.printed_masks(run, "cmd_adagrad", "shared")
    >>> bool(np.allclose(run.g.mean(axis=1) - xu.dropped(run, masks), run.syn)), bool(np.abs(xu.dropped(run, masks)).max() <= 0.2)
    (True, True)
    """
    return np.where(masks, 0, run.g).mean(axis=1)


def active_sets(
    problem,
    method="rda_adagrad",
    *,
    penalty,
    stepsize,
    steps,
    batch,
    readings=tuple(MASKS),
    feedback=(False,),
    trials=1,
    seed=0,
    options=None,
    **how,
):
    """Both readings of the indicator on the same samples: how many coordinates are sent, have ever been sent, and are not zero.

    Parameters
    ----------
    problem
        Anything that the part's algorithms run on.
    method : {"rda_adagrad", "cmd_adagrad"}
    penalty, stepsize, steps, batch
        As for the method.
    readings : sequence of {"Algorithm 1", "Section 3.2", "no mask"}
    feedback : sequence of bool
        With and without error feedback.
    trials, seed : int
    options : dict, optional
        What else the method is given, such as ``{"uplink": Threshold(dim), "downlink": Threshold(dim)}``.
    **how
        ``store``, ``backend``, ``jobs`` and ``progress``: see :func:`dqlab.lab.sweep`.

    Returns
    -------
    dqlab.lab.Sweep
        A row a reading, feedback and trial, with an entry a step in ``selected``, the size of the server's mask; ``active``, how many
        coordinates were sent up to then; ``nonzeros`` of x_{t+1}. ``frozen`` is the last step that brought a new coordinate.

    Raises
    ------
    TypeError, ValueError
        If the method or a reading is unknown, or as the method says.

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments import xu
    >>> text = dq.data.zipf_text(100, dq.data.RCV1._replace(features=200), seed=1)
    >>> problem = dq.problems.DecentralisedLogistic.from_data(text.X, text.y, nodes=2, strength=0)
    >>> found = xu.active_sets(problem, penalty=0.01, stepsize=0.1, steps=30, batch=5, progress=False)
    >>> last = {row.reading: int(row.active[-1]) for row in found.frame.itertuples()}
    >>> last["Algorithm 1"] < last["Section 3.2"] < last["no mask"] == problem.dim
    True
    """
    run = getattr(algorithms, _checks.choice(method, "method", MASKED))
    for reading in readings:
        _checks.choice(reading, "readings", tuple(MASKS))
    trial = functools.partial(
        _trial, problem=problem, run=run, options=dict(options or {}), steps=steps, batch=batch, stepsize=stepsize, penalty=penalty
    )  # fmt: skip
    return sweep(trial, {"reading": list(readings), "feedback": list(feedback)}, trials, seed, **how)


def _trial(stream, reading, feedback, problem, run, options, **arguments):
    draw = int(stream("run").integers(1 << 62))
    made = run(problem, select=MASKS[reading], feedback=bool(feedback), seed=draw, record=[], **arguments, **options)
    return {
        "selected": made.selected_down,
        "active": made.active,
        "nonzeros": made.nonzeros[1:],
        "frozen": frozen_since(made.active),
    }


def frozen_since(active):
    """The last step that brought a new coordinate, from the numbers of coordinates that have ever been sent.

    >>> frozen_since([3, 5, 5, 6, 6, 6])
    4
    """
    active = np.asarray(active)
    return int(np.argmax(active == active[-1])) + 1
