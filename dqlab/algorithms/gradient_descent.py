"""Gradient descent over a link with few bits: GD (8), NQ-GD (27), DQ-GD (Algorithms 1 and 5), and error feedback (30).

Each box is the paper's, line by line; the public function of the same name fills in what the theorem prescribes.
"""

import numpy as np

from .. import _checks
from .._generic import jit
from ..problems import gradient
from ..quantizers import quantize, relative_radius
from .ranges import contraction, dq_gd_ranges, ef_gd_ranges, nq_gd_ranges
from .run import algorithm, execute, execute_quantized, note, note_input, start, warn_unless


@jit
def gd_box(problem, stepsizes, x0, trace):
    """Gradient descent, equation (8)."""
    x = x0.copy()
    note(problem, trace, 0, x)
    for t in range(stepsizes.size):
        x = x - stepsizes[t] * gradient(problem, x)
        note(problem, trace, t + 1, x)


@jit
def nq_gd_box(problem, quantizer, stepsize, scales, rng, x0, trace):
    """Naively quantized gradient descent, equation (27)."""
    x = x0.copy()
    note(problem, trace, 0, x)
    for t in range(scales.size):
        u = gradient(problem, x)
        q = quantize(quantizer, u, scales[t], rng)
        x = x - stepsize * q
        note_input(quantizer, trace, t, u, scales[t])
        note(problem, trace, t + 1, x)


@jit
def dq_gd_box(problem, quantizer, stepsize, scales, rng, x0, trace):
    """Algorithm 1: differentially quantized gradient descent."""
    x, e = x0.copy(), np.zeros_like(x0)  # line 1
    note(problem, trace, 0, x)
    for t in range(scales.size):
        z = x + stepsize * e  # line 4
        u = gradient(problem, z) - e  # line 5
        q = quantize(quantizer, u, scales[t], rng)  # line 6
        e = q - u  # line 7
        x = x - stepsize * q  # line 8
        note_input(quantizer, trace, t, u, scales[t])
        note(problem, trace, t + 1, x)


@jit
def dq_gd_varying_box(problem, quantizer, stepsizes, scales, rng, x0, trace):
    """Algorithm 5: differentially quantized gradient descent with varying step sizes."""
    x, e = x0.copy(), np.zeros_like(x0)  # line 1
    before = 0.0  # eta_{t-1}; the error of step -1 is 0, whatever it is multiplied by
    note(problem, trace, 0, x)
    for t in range(scales.size):
        z = x + before * e  # line 4
        u = gradient(problem, z) - (before / stepsizes[t]) * e  # line 5
        q = quantize(quantizer, u, scales[t], rng)  # line 6
        e = q - u  # line 7
        x = x - stepsizes[t] * q  # line 8
        before = stepsizes[t]
        note_input(quantizer, trace, t, u, scales[t])
        note(problem, trace, t + 1, x)


@jit
def ef_gd_box(problem, quantizer, stepsize, scales, rng, x0, trace):
    """Gradient descent with error feedback, equation (30): the gradient is taken on the quantized path."""
    x, e = x0.copy(), np.zeros_like(x0)
    note(problem, trace, 0, x)
    for t in range(scales.size):
        u = gradient(problem, x) - e
        q = quantize(quantizer, u, scales[t], rng)
        e = q - u
        x = x - stepsize * q
        note_input(quantizer, trace, t, u, scales[t])
        note(problem, trace, t + 1, x)


@algorithm("GD", gd_box)
def gd(problem, *, steps=200, x0=None, stepsize=None, seed=0, record="loss", link=None):
    """Gradient descent, unquantized: equation (8) of Lin et al.

    Parameters
    ----------
    problem : a problem with L, mu and a minimiser
    steps : int
        T >= 1.
    x0 : array, shape (n,), optional
        Starting point; 0 unless given.
    stepsize : float or array of shape (steps,), optional
        eta; 2 / (L + mu), equation (20), unless given.
    seed : int
        Ignored: the algorithm is deterministic.
    record : {"loss", "iterates"} or a tuple of them
        What to record beside the distances.
    link : dqlab.clock.Link, optional
        Bandwidths and latency, for `Run.seconds`.

    Returns
    -------
    Run

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong kind, shape or range.

    Examples
    --------
    >>> import dqlab as dq
    >>> problem = dq.problems.random_spectrum(10.0, dq.stream(0, "problem"), n=8)
    >>> run = dq.algorithms.gd(problem, steps=50)
    >>> bool(run.contraction_factor() <= dq.theory.lin.gd_contraction_factor(10.0))
    True
    """
    steps, x0, _ = start(problem, None, steps, x0, None)
    stepsize, stepsizes = _stepsizes(problem, stepsize, steps)
    return execute(
        gd, problem, None, (stepsizes,), x0=x0, steps=steps, ranges=np.empty(0), stepsize=stepsize, seed=seed,
        record=record, link=link,
    )  # fmt: skip


@algorithm("NQ-GD", nq_gd_box)
def nq_gd(
    problem, quantizer, *, steps=200, x0=None, D=None, stepsize=None, ranges=None, seed=0, record="loss", link=None
):
    """Naively quantized gradient descent: the worker quantizes the gradient at the server's iterate, equation (27).

    Parameters
    ----------
    problem : a problem with L, mu and a minimiser
    quantizer : a quantizer of the problem's dimension
    steps : int
        T >= 1.
    x0 : array, shape (n,), optional
        Starting point; 0 unless given.
    D : float, optional
        A bound on |x_0 - x*| that both sides know; |x_0 - x*| itself unless given.
    stepsize : float, optional
        eta; 2 / (L + mu), equation (20), unless given.
    ranges : array, shape (steps,), optional
        Dynamic ranges r_t > 0; those of Theorem V.1, equation (66), unless given.
    seed : int
        Seed of the encoder's randomness.
    record, link
        See `gd`.

    Returns
    -------
    Run

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong kind, shape or range.

    Warns
    -----
    UserWarning
        Where the rate is not above the threshold for linear convergence.

    Examples
    --------
    >>> import dqlab as dq
    >>> problem = dq.problems.random_spectrum(10.0, dq.stream(0, "problem"), n=8)
    >>> run = dq.algorithms.nq_gd(problem, dq.quantizers.UniformScalar(levels=256, dim=8), steps=50)
    >>> int(run.bits[-1]), bool(run.outside.any())
    (3200, False)
    """
    steps, x0, D = start(problem, quantizer, steps, x0, D)
    stepsize = _one_stepsize(problem, stepsize)
    if ranges is None:
        rho = relative_radius(quantizer)
        most = (1 - contraction(problem, stepsize)) / (stepsize * problem.L)
        warn_unless(rho, most, quantizer, "nq_gd")
        ranges = nq_gd_ranges(problem, D, rho, stepsize, steps)
    return execute_quantized(
        nq_gd, problem, quantizer, (stepsize,), ranges, x0=x0, steps=steps, stepsize=stepsize, seed=seed, record=record,
        link=link,
    )  # fmt: skip


@algorithm("DQ-GD", dq_gd_box)
def dq_gd(
    problem, quantizer, *, steps=200, x0=None, D=None, stepsize=None, ranges=None, seed=0, record="loss", link=None
):
    """Differentially quantized gradient descent: Algorithm 1 of Lin et al., and Algorithm 5 when the step sizes vary.

    Parameters
    ----------
    problem : a problem with L, mu and a minimiser
    quantizer : a quantizer of the problem's dimension
    steps : int
        T >= 1.
    x0 : array, shape (n,), optional
        Starting point; 0 unless given.
    D : float, optional
        A bound on |x_0 - x*| that both sides know; |x_0 - x*| itself unless given.
    stepsize : float or array of shape (steps,), optional
        eta; 2 / (L + mu), equation (20), unless given. An array runs Algorithm 5.
    ranges : array, shape (steps,), optional
        Dynamic ranges r_t > 0; those of Theorem III.1, equation (22) from t = 0, unless given.
    seed : int
        Seed of the encoder's randomness.
    record, link
        See `gd`.

    Returns
    -------
    Run

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong kind, shape or range.

    Warns
    -----
    UserWarning
        Where the rate is not above log2(rho_n), the threshold for linear convergence.

    Examples
    --------
    >>> import dqlab as dq
    >>> problem = dq.problems.random_spectrum(10.0, dq.stream(0, "problem"), n=8)
    >>> run = dq.algorithms.dq_gd(problem, dq.quantizers.UniformScalar(levels=16, dim=8), steps=50)
    >>> bool(run.contraction_factor() < 0.83), bool((run.inputs <= run.ranges).all())
    (True, True)
    """
    steps, x0, D = start(problem, quantizer, steps, x0, D)
    stepsize, stepsizes = _stepsizes(problem, stepsize, steps)
    if ranges is None:
        rho = relative_radius(quantizer)
        warn_unless(rho, 1.0, quantizer, "dq_gd")
        ranges = dq_gd_ranges(problem, D, rho, stepsizes)
    function, argument = (dq_gd, stepsize) if np.ndim(stepsize) == 0 else (dq_gd_varying, stepsizes)
    return execute_quantized(
        function, problem, quantizer, (argument,), ranges, x0=x0, steps=steps, stepsize=stepsize, seed=seed,
        record=record, link=link,
    )  # fmt: skip


@algorithm("DQ-GD", dq_gd_varying_box)
def dq_gd_varying(problem, quantizer, *, steps=200, stepsize=None, **options):
    """Algorithm 5 of Lin et al. even where every step size is the same: `dq_gd` with an array of step sizes.

    Examples
    --------
    >>> import numpy as np
    >>> import dqlab as dq
    >>> problem = dq.problems.random_spectrum(10.0, dq.stream(0, "problem"), n=8)
    >>> q = dq.quantizers.UniformScalar(levels=16, dim=8)
    >>> constant, varying = dq.algorithms.dq_gd(problem, q), dq.algorithms.dq_gd_varying(problem, q)
    >>> bool(np.allclose(constant.distance, varying.distance, rtol=1e-6, atol=1e-12))
    True
    """
    steps, _, _ = start(problem, quantizer, steps, None, None)
    _, stepsizes = _stepsizes(problem, stepsize, steps)
    return dq_gd(problem, quantizer, steps=steps, stepsize=stepsizes, **options)


@algorithm("EF-GD", ef_gd_box)
def ef_gd(
    problem, quantizer, *, steps=200, x0=None, D=None, stepsize=None, ranges=None, seed=0, record="loss", link=None
):
    """Gradient descent with error feedback: equation (30) of Lin et al., analysed in their Appendix E.

    The worker subtracts its last error from the gradient at the server's iterate; DQ-GD subtracts it from the gradient at
    the iterate that an unquantized run would have.

    Parameters
    ----------
    problem, quantizer, steps, x0, D, stepsize, seed, record, link
        As for `nq_gd`.
    ranges : array, shape (steps,), optional
        Dynamic ranges r_t > 0; unless given, those that Lemma E.1 supports (see `dqlab.algorithms.ranges`).

    Returns
    -------
    Run

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong kind, shape or range.

    Warns
    -----
    UserWarning
        Where the rate is not above the threshold for linear convergence.

    Examples
    --------
    >>> import dqlab as dq
    >>> problem = dq.problems.random_spectrum(10.0, dq.stream(0, "problem"), n=8)
    >>> run = dq.algorithms.ef_gd(problem, dq.quantizers.UniformScalar(levels=256, dim=8), steps=50)
    >>> bool((run.inputs <= run.ranges).all())
    True
    """
    steps, x0, D = start(problem, quantizer, steps, x0, D)
    stepsize = _one_stepsize(problem, stepsize)
    if ranges is None:
        rho = relative_radius(quantizer)
        gap, eta_L = 1 - float(contraction(problem, stepsize)), stepsize * problem.L
        warn_unless(rho, gap / (gap * (1 + eta_L) + eta_L**2), quantizer, "ef_gd")
        ranges = ef_gd_ranges(problem, D, rho, stepsize, steps)
    return execute_quantized(
        ef_gd, problem, quantizer, (stepsize,), ranges, x0=x0, steps=steps, stepsize=stepsize, seed=seed, record=record,
        link=link,
    )  # fmt: skip


def _stepsizes(problem, stepsize, steps):
    """(as given or by (20), one number a step)."""
    if stepsize is None or np.ndim(stepsize) == 0:
        stepsize = _one_stepsize(problem, stepsize)
        return stepsize, np.full(steps, stepsize)
    stepsizes = _checks.vector(stepsize, "stepsize", steps).astype(np.float64)
    if (stepsizes <= 0).any():
        raise ValueError(f"stepsize: expected step sizes > 0, got {stepsizes.min()}")
    return stepsizes, stepsizes


def _one_stepsize(problem, stepsize):
    """eta of equation (20), unless it is given."""
    return 2 / (problem.L + problem.mu) if stepsize is None else _checks.positive(stepsize, "stepsize")
