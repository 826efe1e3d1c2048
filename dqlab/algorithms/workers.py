"""Gradient descent with K workers: NQ-GD (Algorithm 4 of Lin et al.), and gradient differences, which need no shared minimiser."""

import warnings

import numpy as np

from .. import _checks
from .._generic import jit
from ..problems import MeanOfProblems, gradient
from ..quantizers import dynamic_range, quantize, rate, relative_radius
from ..streams import stream
from .ranges import contraction, ef21_workers_ranges, nq_gd_workers_ranges
from .run import algorithm, execute, note, note_input, start


@jit
def nq_gd_workers_box(problem, quantizers, stepsize, scales, rngs, x0, trace):
    """Algorithm 4: K-worker naively quantized gradient descent."""
    x, K = x0.copy(), len(problem.problems)
    note(problem, trace, 0, x)
    for t in range(scales.shape[0]):  # line 1
        total = np.zeros_like(x)
        for k in range(K):  # line 2
            u = gradient(problem.problems[k], x)
            total += quantize(quantizers[k], u, scales[t, k], rngs[k])  # line 4
            note_input(quantizers[k], trace, t * K + k, u, scales[t, k])
        x = x - stepsize / K * total  # line 5
        note(problem, trace, t + 1, x)


@jit
def ef21_workers_box(problem, quantizers, stepsize, scales, rngs, x0, trace):
    """Gradient differences: worker and server hold g_k, their common estimate of the gradient of f_k, and mend it."""
    x, K = x0.copy(), len(problem.problems)
    g = np.zeros((K, x.size))
    note(problem, trace, 0, x)
    for t in range(scales.shape[0]):
        total = np.zeros_like(x)
        for k in range(K):
            u = gradient(problem.problems[k], x) - g[k]
            g[k] += quantize(quantizers[k], u, scales[t, k], rngs[k])
            total += g[k]
            note_input(quantizers[k], trace, t * K + k, u, scales[t, k])
        x = x - stepsize / K * total
        note(problem, trace, t + 1, x)


@algorithm("NQ-GD", nq_gd_workers_box)
def nq_gd_workers(
    problem, quantizers, *, steps=200, x0=None, D=None, stepsize=None, ranges=None, seed=0, record="loss", link=None
):
    """K-worker naively quantized gradient descent: Algorithm 4 of Lin et al.

    Every worker quantizes the gradient of its own summand at the server's iterate. Where the workers share their
    minimiser, equation (62), the ranges are those of Theorem V.1 and the iterates converge linearly; otherwise they are
    those of Theorem D.2 and the iterates end in a neighbourhood of the minimiser.

    Parameters
    ----------
    problem : MeanOfProblems
        The mean of K objectives, one a worker.
    quantizers : a quantizer, or a sequence of K of them
        One for all workers, or one each: rates R_k. Runs compiled where they are of one class.
    steps : int
        T >= 1.
    x0 : array, shape (n,), optional
        Starting point; 0 unless given.
    D : float, optional
        A bound on |x_0 - x*| that both sides know, and where the minimiser is not shared on every |x_0 - x*_k|, too;
        the least such number unless given.
    stepsize : float, optional
        eta; 2 / (L + mu), equation (20), unless given.
    ranges : array, shape (steps, K), optional
        Dynamic ranges r_{t,k} > 0; those of (66) or of (186) unless given.
    seed : int
        Seed of the encoders' randomness; every worker has a stream of its own.
    record, link
        See `gd`. The workers share the uplink: their messages follow one another.

    Returns
    -------
    Run
        With ``inputs``, ``ranges`` and ``outside`` of shape (T, K).

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong kind, shape or range, and for a sum rate of zero.

    Warns
    -----
    UserWarning
        Where the bound on the contraction factor is not below 1.

    Examples
    --------
    >>> import dqlab as dq
    >>> mean = dq.problems.worker_least_squares([8.0, 2.0], 1.0, dq.stream(0, "problem"), n=4)
    >>> quantizers = [dq.quantizers.UniformScalar(levels, dim=4) for levels in (256, 64)]
    >>> run = dq.algorithms.nq_gd_workers(mean, quantizers, steps=50)
    >>> int(run.bits[-1]), run.inputs.shape, bool(run.outside.any())
    (2800, (50, 2), False)
    """
    quantizers, steps, x0, D, stepsize = _start(problem, quantizers, steps, x0, D, stepsize)
    if ranges is None:
        rhos = _relative_radii(quantizers)
        factor = contraction(problem, stepsize) + np.mean(stepsize * problem.worker_L * rhos)
        _warn(float(factor), 1.0, quantizers, "nq_gd_workers")
        ranges = nq_gd_workers_ranges(problem, D, rhos, stepsize, steps)
    return _run(nq_gd_workers, problem, quantizers, stepsize, ranges, x0, steps, seed, record, link)


@algorithm("EF21", ef21_workers_box)
def ef21_workers(
    problem, quantizers, *, steps=200, x0=None, D=None, stepsize=None, ranges=None, seed=0, record="loss", link=None
):
    """K workers that quantize gradient differences: linear convergence to x* itself, whether or not minimisers are shared.

    Worker k sends the quantized difference of its gradient and of g_{t-1,k}, what the server already believes that
    gradient to be. The recursion is EF21's (Richtarik, Sokolov and Fatkhullin, 2021; DIANA's idea without its
    randomness), with the scaled quantizers of Lin et al. in the place of a compressor.

    Parameters
    ----------
    problem, quantizers, steps, x0, D, stepsize, seed, record, link
        As for `nq_gd_workers`.
    ranges : array, shape (steps, K), optional
        Dynamic ranges r_{t,k} > 0; unless given, those of `dqlab.algorithms.ranges.ef21_workers_ranges`.

    Returns
    -------
    Run
        With ``inputs``, ``ranges`` and ``outside`` of shape (T, K).

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong kind, shape or range, and for a sum rate of zero.

    Warns
    -----
    UserWarning
        Where the rates do not promise linear convergence.

    Examples
    --------
    >>> import dqlab as dq
    >>> mean = dq.problems.worker_least_squares([8.0, 2.0], 1.0, dq.stream(0, "problem"), n=4, spread=1.0)
    >>> q = dq.quantizers.UniformScalar(256, dim=4)
    >>> naive, differences = (f(mean, q, steps=300) for f in (dq.algorithms.nq_gd_workers, dq.algorithms.ef21_workers))
    >>> bool(naive.distance[-1] > 1e-3), bool(differences.distance[-1] < 1e-12)
    (True, True)
    """
    quantizers, steps, x0, D, stepsize = _start(problem, quantizers, steps, x0, D, stepsize)
    if ranges is None:
        rhos = _relative_radii(quantizers)
        gap, L = 1 - float(contraction(problem, stepsize)), problem.L
        with np.errstate(divide="ignore"):  # what messages leave over, summed for ever
            left = np.mean(rhos * problem.worker_L / np.maximum(1 - rhos, 0))
        _warn(stepsize * (gap + stepsize * L) * left, gap, quantizers, "ef21_workers")
        ranges = ef21_workers_ranges(problem, D, rhos, stepsize, steps)
    return _run(ef21_workers, problem, quantizers, stepsize, ranges, x0, steps, seed, record, link)


nq_gd_workers.workers = ef21_workers.workers = True


def _start(problem, quantizers, steps, x0, D, stepsize):
    """Checked (quantizers, steps, x0, D, stepsize), with their defaults."""
    if not isinstance(problem, MeanOfProblems):
        raise TypeError(f"problem: expected a MeanOfProblems, one problem a worker, got {type(problem).__name__}")
    steps, x0, given = start(problem, None, steps, x0, D)
    D = problem.reach(x0) if D is None else given
    quantizers = _quantizers(quantizers, problem)
    stepsize = 2 / (problem.L + problem.mu) if stepsize is None else _checks.positive(stepsize, "stepsize")
    return quantizers, steps, x0, D, stepsize


def _relative_radii(quantizers):
    """rho'_k of every worker."""
    return np.array([relative_radius(q) for q in quantizers])


def _quantizers(quantizers, problem):
    """One quantizer a worker, as a plain tuple."""
    one = hasattr(quantizers, "dim") and not isinstance(quantizers, type)
    if not one and type(quantizers) not in (list, tuple):
        raise TypeError(f"quantizers: expected a quantizer, or one for each of {problem.workers}, got {quantizers!r}")
    quantizers = (quantizers,) * problem.workers if one else tuple(quantizers)
    if len(quantizers) != problem.workers:
        raise ValueError(f"quantizers: expected {problem.workers}, one a worker, got {len(quantizers)}")
    for k, quantizer in enumerate(quantizers):
        try:
            start(problem, quantizer, 1, None, None)
        except (TypeError, ValueError) as error:
            raise type(error)(f"quantizers: worker {k}: {error}") from None
    if not any(rate(q) > 0 for q in quantizers):
        raise ValueError("quantizers: expected a sum rate above 0, got 0: no worker says anything")
    return quantizers


def _warn(value, most, quantizers, name):
    """Warn unless value < most, the condition for linear convergence; the run goes on."""
    if not value < most:
        warnings.warn(
            f"{name}: a sum rate of {sum(rate(q) for q in quantizers):.4g} bits per dimension, so divided, promises no "
            f"linear convergence ({value:.4g} should be below {most:.4g}); the run may diverge",
            stacklevel=3,
        )


def _run(function, problem, quantizers, stepsize, ranges, x0, steps, seed, record, link):
    """Run a box; r_{t,k} over a quantizer's own dynamic range is the scale that its verbs take."""
    ranges = _checks.matrix(ranges, "ranges")
    if ranges.shape != (steps, problem.workers):
        raise ValueError(f"ranges: expected shape ({steps}, {problem.workers}), got {ranges.shape}")
    if (ranges <= 0).any():
        raise ValueError(f"ranges: expected positive dynamic ranges, got {ranges.min()}")
    own = np.array([dynamic_range(q) for q in quantizers])
    scales = ranges / np.where(np.isfinite(own), own, 1.0)
    rngs = tuple(stream(seed, "worker", k, "encoder") for k in range(problem.workers))
    return execute(
        function, problem, quantizers, (quantizers, stepsize, scales, rngs), x0=x0, steps=steps,
        ranges=ranges, stepsize=stepsize, seed=seed, record=record, link=link,
    )  # fmt: skip
