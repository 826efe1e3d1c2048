"""Projected stochastic subgradients through a quantizer: Remark 4 and Theorem 2.3 of Mayekar and Tyagi, for p >= 2."""

import math

import numpy as np

from .._generic import jit
from ..problems import project, query
from ..quantizers import quantize
from .averaged import AveragedRun, begin, note_average, run_averaged
from .run import algorithm, note_input


@jit
def psgd_box(oracle, quantizer, stepsize, x0, keys, oracle_rng, rng, trace):
    """Projected subgradient descent with averaging; what the step takes is Q(g), unbiased for a subgradient."""
    x, average = x0.copy(), np.zeros_like(x0)
    for t in range(keys.size):
        average += (x - average) / (t + 1)
        g = query(oracle, x, oracle_rng)
        q = quantize(quantizer, g, 1.0, rng, keys[t])
        x = project(oracle.domain, x - stepsize * q)
        note_input(quantizer, trace, t, g, 1.0)
        note_average(oracle, trace, t, average, x)


@algorithm("PSGD", psgd_box)
def psgd(
    oracle, quantizer=None, *, steps=1000, seed=0, stepsize=None, x0=None, record=50, iterates=False, link=None
) -> AveragedRun:
    """Projected subgradient descent on an oracle whose answers pass through a quantizer; the answer is the average iterate.

    x_{t+1} is the projection of x_t - eta Q(g(x_t)) onto the domain, and the run's `average` is the mean of x_0, ..., x_{T-1}.
    With an unbiased quantizer, E f(average) - f* <= D' alpha / sqrt(T), where D' is the domain's l_2 diameter and
    alpha**2 bounds E|Q(g)|_2**2 (Theorem 2.3, with constant 1).

    Parameters
    ----------
    oracle : an oracle
        See ``dqlab.problems.query``.
    quantizer : a quantizer of the oracle's dimension, optional
        Subgradients are sent as 64 bits a coordinate unless given. Every step has a fresh key `shared`.
    steps : int
        T >= 1 queries, each of which sends one message.
    seed : int
        The oracle and the encoder draw from streams of their own: runs with one seed see the same draws of the oracle,
        whatever the quantizer.
    stepsize : float, optional
        eta > 0; D' / (alpha sqrt(T)) unless given, with alpha from ``dqlab.quantizers.second_moment_bound``.
    x0 : array, shape (dim,), optional
        Starting point in the domain; 0 unless given.
    record : int or sequence of int
        About how many steps to record, evenly spaced in log t, or the steps themselves. Every record costs one value of f.
        The start and the end are always among them.
    iterates : bool
        Whether to keep x_0, ..., x_T.
    link : dqlab.clock.Link, optional
        Bandwidths and latency, for `Run.seconds`.

    Returns
    -------
    AveragedRun

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong kind, shape or range, and for a quantizer whose domain does not hold all answers of an
        almost surely bounded oracle.

    Examples
    --------
    >>> import dqlab as dq
    >>> oracle = dq.problems.AbsoluteRegression.planted(dq.stream(0, "oracle"), dim=16, p=2)
    >>> quantizer = dq.quantizers.SimQPlus.for_norm(oracle.bound, 16, p=2)
    >>> run = dq.algorithms.psgd(oracle, quantizer, steps=400)
    >>> int(run.bits[-1]), bool(run.gap < oracle.diameter * 2**0.5 / 20)
    (15200, True)
    """
    setting = begin(oracle, quantizer, steps, x0, record)
    if stepsize is None:
        stepsize = oracle.domain.diameter(2) / (setting.alpha(2.0) * math.sqrt(setting.steps))
    return run_averaged(psgd, oracle, setting, stepsize, (), seed, iterates, link)


psgd.oracle = True
