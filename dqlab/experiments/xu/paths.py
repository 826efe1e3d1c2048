"""Accuracy and sparsity over lambda and eta: Figure 5's machinery, for any problem and any of the part's methods."""

import functools
import math
from typing import NamedTuple

import numpy as np

from ... import _checks, algorithms
from ...lab import sweep

METHODS = ("prox_gd", "cmd_adagrad", "rda_adagrad")


class LinearAccuracy(NamedTuple):
    """The share of texts (rows of X, labels y in {-1, +1}) that a linear model x puts on the right side: ``accuracy(x)``.

    Examples
    --------
    >>> import numpy as np
    >>> from dqlab.experiments.xu import LinearAccuracy
    >>> LinearAccuracy(np.eye(2), np.array([1.0, -1.0]))(np.array([2.0, 3.0]))
    0.5
    """

    X: object
    y: np.ndarray

    def __call__(self, x):
        return float((np.where(self.X @ x > 0, 1.0, -1.0) == self.y).mean())


def sparsity_paths(
    problem,
    method,
    penalties,
    stepsizes,
    *,
    steps,
    batch,
    accuracy=None,
    trials=1,
    seed=0,
    options=None,
    **how,
):
    """Run a method for every lambda and every eta: accuracy, sparsity and objective of the last model.

    The runs of one trial see the same samples and the same dice in every cell of the grid.

    Parameters
    ----------
    problem
        Anything that the part's algorithms run on: a logistic regression, a network.
    method : {"prox_gd", "cmd_adagrad", "rda_adagrad"}
    penalties, stepsizes : sequences of float
        lambda and eta; every combination is run.
    steps, batch : int
        Length of a run, and samples a worker and step.
    accuracy : callable, optional
        ``accuracy(x)`` of the last model, such as :class:`LinearAccuracy` of test data; by default ``problem.accuracy`` where there
        is one, and NaN otherwise.
    trials, seed : int
    options : dict, optional
        What else the method is given: ``{"uplink": TernGrad(dim), "select": "local"}``.
    **how
        ``store``, ``backend``, ``jobs`` and ``progress``: see :func:`dqlab.lab.sweep`.

    Returns
    -------
    dqlab.lab.Sweep
        A row a lambda (``penalty``), eta (``stepsize``) and trial: ``accuracy``; ``sparsity``, the share of exact zeros; ``nonzeros``, how
        many of all coordinates are not 0; ``loss``, ``objective``; ``bits``, of all messages up and down.

    Raises
    ------
    TypeError, ValueError
        If the method is unknown, or as the method and `dqlab.lab.sweep` say.

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments.xu import sparsity_paths
    >>> text = dq.data.zipf_text(100, dq.data.RCV1._replace(features=200), seed=1)
    >>> problem = dq.problems.DecentralisedLogistic.from_data(text.X, text.y, nodes=2, strength=0.0)
    >>> found = sparsity_paths(problem, "rda_adagrad", [0.001, 0.1], [1.0], steps=20, batch=5, progress=False)
    >>> found.frame.sparsity.is_monotonic_increasing, int(found.frame.nonzeros.iloc[1])
    (True, 0)
    """
    run = getattr(algorithms, _checks.choice(method, "method", METHODS))
    if accuracy is not None and not callable(accuracy):
        raise TypeError(f"accuracy: expected a function of the model, such as LinearAccuracy(X, y), got {accuracy!r}")
    trial = functools.partial(
        _trial, problem=problem, run=run, steps=steps, batch=batch, accuracy=accuracy, options=dict(options or {})
    )
    return sweep(trial, {"penalty": list(penalties), "stepsize": list(stepsizes)}, trials, seed, **how)


def _trial(stream, penalty, stepsize, problem, run, steps, batch, accuracy, options):
    options = {"record": [0, steps], "seed": int(stream("run").integers(1 << 62))} | options
    last = run(problem, steps=steps, batch=batch, stepsize=stepsize, penalty=penalty, **options)
    score = accuracy or getattr(problem, "accuracy", None)
    return {
        "accuracy": float(score(last.final)) if score else math.nan,
        "sparsity": float(last.sparsity[-1]),
        "nonzeros": int(np.count_nonzero(last.final)),
        "loss": float(last.loss[-1]),
        "objective": float(last.objective[-1]),
        "bits": int(last.bits[-1]),
    }
