"""Stochastic mirror descent through a quantizer: Remark 3 and Theorem 2.3 of Mayekar and Tyagi, for p in [1, 2)."""

import math

from .._generic import jit
from ..problems import query
from ..quantizers import quantize
from .averaged import AveragedRun, begin, note_average, run_averaged
from .mirror_maps import mirror, mirror_exponent, mirror_project
from .run import algorithm, note_input


@jit
def mirror_descent_box(oracle, quantizer, stepsize, a, x0, keys, oracle_rng, rng, trace):
    """Mirror descent with the map |x|_a**2 / 2 and averaging; what the step takes is Q(g), unbiased for a subgradient."""
    x, average = x0.copy(), x0 * 0.0
    for t in range(keys.size):
        average += (x - average) / (t + 1)
        g = query(oracle, x, oracle_rng)
        q = quantize(quantizer, g, 1.0, rng, keys[t])
        theta = mirror(x, a) - stepsize * q
        x = mirror_project(oracle.domain, theta, a)
        note_input(quantizer, trace, t, g, 1.0)
        note_average(oracle, trace, t, average, x)


@algorithm("mirror descent", mirror_descent_box)
def mirror_descent(
    oracle,
    quantizer=None,
    *,
    steps=1000,
    seed=0,
    stepsize=None,
    exponent=None,
    x0=None,
    record=50,
    iterates=False,
    link=None,
) -> AveragedRun:
    """Mirror descent on an oracle whose answers pass through a quantizer; the answer is the average iterate.

    The map is |x|_a**2 / 2, (a - 1)-strongly convex in |.|_a, with a = max(p, 1 + 1 / ln d), and 2 where that is more. With an
    unbiased quantizer, E f(average) - f* <= rho alpha / sqrt((a - 1) T), where rho is the largest |x|_a in the domain and
    alpha**2 bounds E|Q(g)|_b**2, 1/a + 1/b = 1 (Theorem 2.3 and Remark 3, with their constants).

    Parameters
    ----------
    oracle : an oracle
        See ``dqlab.problems.query``; p in [1, 2].
    quantizer, steps, seed, record, iterates, link
        As for `psgd`.
    stepsize : float, optional
        eta > 0; rho sqrt(a - 1) / (alpha sqrt(T)) unless given, with alpha from ``dqlab.quantizers.second_moment_bound``.
    exponent : float, optional
        a, above 1 and at most 2, if another one is wanted. With a = 2 this is projected subgradient descent.
    x0 : array, shape (dim,), optional
        Starting point in the domain; 0 unless given: that is where the map is least, and what the bound is for.

    Returns
    -------
    AveragedRun

    Raises
    ------
    TypeError, ValueError
        As `psgd`, and for p above 2.

    Examples
    --------
    >>> import dqlab as dq
    >>> oracle = dq.problems.AbsoluteRegression.planted(dq.stream(0, "oracle"), dim=16, p=1)
    >>> quantizer = dq.quantizers.CoordinateUniform(bound=oracle.bound, levels=7, dim=16)
    >>> run = dq.algorithms.mirror_descent(oracle, quantizer, steps=400, stepsize=0.02)
    >>> int(run.bits[-1]), bool(run.gap < 0.05)
    (19200, True)
    """
    setting = begin(oracle, quantizer, steps, x0, record)
    if not oracle.p <= 2:
        raise ValueError(f"oracle: expected p from 1 to 2, got p = {oracle.p:g}; dqlab.algorithms.psgd is for p >= 2")
    a = mirror_exponent(oracle.p, oracle.dim) if exponent is None else float(exponent)
    if not 1 < a <= 2:
        raise ValueError(f"exponent: expected a number above 1 and at most 2, got {exponent!r}")
    if stepsize is None:
        alpha = setting.alpha(a / (a - 1))
        stepsize = oracle.domain.diameter(a) / 2 * math.sqrt((a - 1) / setting.steps) / alpha
    return run_averaged(mirror_descent, oracle, setting, stepsize, (a,), seed, iterates, link)


mirror_descent.oracle = True
