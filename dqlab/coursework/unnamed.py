"""Runs whose names are withheld: something to diagnose from a figure, in an order of every student's own."""

import warnings
from typing import NamedTuple

import numpy as np

from ..algorithms import dq_gd, nq_gd
from ..problems import random_spectrum
from ..quantizers import UniformScalar

KINDS = ("healthy", "no memory", "too few bits", "ranges shrink too fast", "ranges do not shrink")
STEPS = 60


class Log(NamedTuple):
    """What is left of a run: |x_t - x*| / |x_0 - x*|, shape (61,), and |u_t| / r_t, shape (60,)."""

    distance: np.ndarray
    share: np.ndarray


def unnamed_runs(student):
    """Five runs of quantized gradient descent on one problem, kappa = 10 in 20 dimensions, as logs without names.

    Parameters
    ----------
    student : Student
        Whose problem, and whose order.

    Returns
    -------
    dict of str to Log
        Under "A" to "E".

    Examples
    --------
    >>> from dqlab import coursework
    >>> logs = coursework.unnamed_runs(coursework.student("ada", "2026"))
    >>> sorted(logs), logs["A"].distance.shape
    (['A', 'B', 'C', 'D', 'E'], (61,))
    """
    problem = random_spectrum(10.0, student.stream("unnamed", "problem"), n=20)
    return {name: _log(kind, problem) for name, kind in zip("ABCDE", order(student), strict=True)}


def order(student):
    """Which of `KINDS` the runs "A" to "E" are: for graders.

    Examples
    --------
    >>> from dqlab import coursework
    >>> from dqlab.coursework import unnamed
    >>> sorted(unnamed.order(coursework.student("ada", "2026"))) == sorted(unnamed.KINDS)
    True
    """
    return [KINDS[i] for i in student.stream("unnamed", "order").permutation(len(KINDS))]


def _log(kind, problem):
    """One run of the kind asked for."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if kind == "no memory":
            run = nq_gd(problem, UniformScalar(64, 20), steps=STEPS)
        else:
            quantizer = UniformScalar(4 if kind == "too few bits" else 16, 20)
            run = dq_gd(problem, quantizer, steps=STEPS)
            if kind == "ranges shrink too fast":
                run = dq_gd(problem, quantizer, steps=STEPS, ranges=run.ranges * 0.8 ** np.arange(STEPS))
            if kind == "ranges do not shrink":
                run = dq_gd(problem, quantizer, steps=STEPS, ranges=np.full(STEPS, run.ranges[0]))
    return Log(run.distance / run.distance[0], run.inputs / run.ranges)
