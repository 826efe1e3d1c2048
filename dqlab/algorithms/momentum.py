"""Gradient methods with momentum over a link with few bits: AGD (10)-(11), HB (12), DQ-AGD and DQ-HB (Algorithms 2 and 3).

Each box is the paper's, line by line; the public function of the same name fills in what the theorem prescribes.
"""

import math
import warnings

import numpy as np

from .. import _checks
from .._generic import jit
from ..problems import gradient
from ..quantizers import quantize, relative_radius
from .ranges import agd_path, dq_momentum_ranges, hb_path
from .run import algorithm, execute, execute_quantized, note, note_input, start, warn_unless


@jit
def agd_box(problem, stepsize, momentum, steps, x0, trace):
    """Nesterov's accelerated gradient descent, equations (10) and (11), from y_0 = x_0."""
    x, y = x0.copy(), x0.copy()
    note(problem, trace, 0, x)
    for t in range(steps):
        y_next = x - stepsize * gradient(problem, x)  # (10)
        x = y_next + momentum * (y_next - y)  # (11)
        y = y_next
        note(problem, trace, t + 1, x)


@jit
def hb_box(problem, stepsize, momentum, steps, x0, trace):
    """Polyak's heavy ball, equation (12), from x_{-1} = x_0."""
    x, x_last = x0.copy(), x0.copy()
    note(problem, trace, 0, x)
    for t in range(steps):
        x, x_last = x - stepsize * gradient(problem, x) + momentum * (x - x_last), x
        note(problem, trace, t + 1, x)


@jit
def dq_agd_box(problem, quantizer, stepsize, momentum, scales, rng, x0, trace):
    """Algorithm 2: differentially quantized accelerated gradient descent."""
    e, e_last = np.zeros_like(x0), np.zeros_like(x0)  # line 1
    x, y = x0.copy(), x0.copy()
    note(problem, trace, 0, x)
    for t in range(scales.size):
        lag = e + momentum * (e - e_last)  # how far the server is behind, over eta
        z = x + stepsize * lag  # line 4
        u = gradient(problem, z) - lag  # line 5
        q = quantize(quantizer, u, scales[t], rng)  # line 6
        e, e_last = q - u, e  # line 7
        y_next = x - stepsize * q  # line 9
        x = y_next + momentum * (y_next - y)  # line 10
        y = y_next
        note_input(quantizer, trace, t, u, scales[t])
        note(problem, trace, t + 1, x)


@jit
def dq_hb_box(problem, quantizer, stepsize, momentum, scales, rng, x0, trace):
    """Algorithm 3: differentially quantized heavy ball."""
    e, e_last = np.zeros_like(x0), np.zeros_like(x0)  # line 1
    x, x_last = x0.copy(), x0.copy()
    note(problem, trace, 0, x)
    for t in range(scales.size):
        z = x + stepsize * e  # line 4
        u = gradient(problem, z) - (e + momentum * (e - e_last))  # line 5
        q = quantize(quantizer, u, scales[t], rng)  # line 6
        e, e_last = q - u, e  # line 7
        x, x_last = x - stepsize * q + momentum * (x - x_last), x  # line 8
        note_input(quantizer, trace, t, u, scales[t])
        note(problem, trace, t + 1, x)


@algorithm("AGD", agd_box)
def agd(problem, *, steps=200, x0=None, stepsize=None, momentum=None, seed=0, record="loss", link=None):
    """Nesterov's accelerated gradient descent, unquantized: equations (10)-(11) of Lin et al.

    The run records x_t, the sequence at which gradients are taken; the other one follows from it by
    y_{t+1} = (x_{t+1} + gamma y_t) / (1 + gamma), y_0 = x_0.

    Parameters
    ----------
    problem, steps, x0, seed, record, link
        As for `gd`.
    stepsize : float, optional
        eta; 1 / L, equation (31), unless given.
    momentum : float, optional
        gamma in [0, 1); (sqrt(kappa) - 1) / (sqrt(kappa) + 1), equation (32), unless given.

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
    >>> problem = dq.problems.random_spectrum(100.0, dq.stream(0, "problem"), n=8)
    >>> run = dq.algorithms.agd(problem, steps=100)
    >>> bool(run.contraction_factor() < dq.theory.lin.gd_contraction_factor(100.0))
    True
    """
    return _unquantized(agd, problem, steps, x0, stepsize, momentum, seed, record, link)


@algorithm("HB", hb_box)
def hb(problem, *, steps=200, x0=None, stepsize=None, momentum=None, seed=0, record="loss", link=None):
    """Polyak's heavy ball, unquantized: equation (12) of Lin et al., from x_{-1} = x_0.

    On a quadratic |x_t - x*| <= sigma_HB**t (1 + (1 + sigma_HB) t) |x_0 - x*|. On other smooth and strongly convex
    functions it need not converge at all, whatever Lemma B.8 says: see the erratum B1.

    Parameters
    ----------
    problem, steps, x0, seed, record, link
        As for `gd`.
    stepsize : float, optional
        eta; (2 / (sqrt(L) + sqrt(mu)))**2, equation (43), unless given.
    momentum : float, optional
        gamma in [0, 1); ((sqrt(kappa) - 1) / (sqrt(kappa) + 1))**2, equation (44), unless given.

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
    >>> problem = dq.problems.random_spectrum(100.0, dq.stream(0, "problem"), n=8)
    >>> hb, agd = dq.algorithms.hb(problem, steps=80), dq.algorithms.agd(problem, steps=80)
    >>> bool(hb.contraction_factor() < agd.contraction_factor())
    True
    """
    return _unquantized(hb, problem, steps, x0, stepsize, momentum, seed, record, link)


@algorithm("DQ-AGD", dq_agd_box)
def dq_agd(
    problem, quantizer, *, steps=200, x0=None, D=None, stepsize=None, momentum=None, ranges=None, seed=0,
    record="loss", link=None,
):  # fmt: skip
    """Differentially quantized accelerated gradient descent: Algorithm 2 of Lin et al.

    The run records x^_t, the sequence that equation (1) is about; the server's other one follows from it by
    y^_{t+1} = (x^_{t+1} + gamma y^_t) / (1 + gamma), y^_0 = x^_0.

    Parameters
    ----------
    problem, quantizer, steps, x0, D, seed, record, link
        As for `dq_gd`.
    stepsize : float, optional
        eta; 1 / L, equation (31), unless given.
    momentum : float, optional
        gamma in [0, 1); (sqrt(kappa) - 1) / (sqrt(kappa) + 1), equation (32), unless given.
    ranges : array, shape (steps,), optional
        Dynamic ranges r_t > 0; those of Theorem III.2, equation (35) from t = 0, unless given. The theorem knows (31) and
        (32) only: with another step size or momentum the ranges must be given.

    Returns
    -------
    Run

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong kind, shape or range; for a step size or a momentum without ranges.

    Warns
    -----
    UserWarning
        Where the rate is not above R_1 = log2((1 + 2 gamma) rho_n), equation (41).

    Examples
    --------
    >>> import dqlab as dq
    >>> problem = dq.problems.random_spectrum(40.0, dq.stream(0, "problem"), n=8)
    >>> run = dq.algorithms.dq_agd(problem, dq.quantizers.UniformScalar(levels=32, dim=8), steps=100)
    >>> bool(run.contraction_factor() < 0.92), bool((run.inputs <= run.ranges).all())
    (True, True)
    """
    steps, x0, D = start(problem, quantizer, steps, x0, D)
    eta, gamma = _parameters(dq_agd, problem, stepsize, momentum)
    if ranges is None:
        _refuse_other(stepsize, momentum, "(35)")
        rho = relative_radius(quantizer)
        warn_unless(rho, 1 / (1 + 2 * gamma), quantizer, "dq_agd")
        ranges = dq_momentum_ranges(agd_path(problem, D, gamma, steps), rho, gamma)
    return execute_quantized(
        dq_agd, problem, quantizer, (eta, gamma), ranges, x0=x0, steps=steps, stepsize=eta, momentum=gamma, seed=seed,
        record=record, link=link,
    )  # fmt: skip


@algorithm("DQ-HB", dq_hb_box)
def dq_hb(
    problem, quantizer, *, steps=200, x0=None, D=None, stepsize=None, momentum=None, alpha=None, ranges=None, seed=0,
    record="loss", link=None,
):  # fmt: skip
    """Differentially quantized heavy ball: Algorithm 3 of Lin et al.

    Its ranges are a theorem on quadratics only (`problem.quadratic`). Elsewhere heavy ball need not converge, and DQ-HB
    follows it: see the erratum B1.

    Parameters
    ----------
    problem, quantizer, steps, x0, D, seed, record, link
        As for `dq_gd`.
    stepsize : float, optional
        eta; (2 / (sqrt(L) + sqrt(mu)))**2, equation (43), unless given.
    momentum : float, optional
        gamma in [0, 1); ((sqrt(kappa) - 1) / (sqrt(kappa) + 1))**2, equation (44), unless given.
    alpha : float, optional
        alpha >= 0: ranges by equation (46), with max(t, 1) for its t. On quadratics 1 is enough; 0 is what the paper's
        experiments use, and then inputs do leave their ranges, and a run may stop short of the minimiser. Unless given,
        (46) with the exact factor 1 + (1 + sigma_HB) t for its t**alpha e**alpha sqrt(2).
    ranges : array, shape (steps,), optional
        Dynamic ranges r_t > 0, in place of (46). With a step size or a momentum other than (43)-(44) they must be given.

    Returns
    -------
    Run

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong kind, shape or range; for a step size or a momentum without ranges.

    Warns
    -----
    UserWarning
        Where the rate is not above R_1 = log2((1 + 2 gamma) rho_n), equation (41); where the problem is not quadratic.

    Examples
    --------
    >>> import dqlab as dq
    >>> problem = dq.problems.random_spectrum(40.0, dq.stream(0, "problem"), n=8)
    >>> run = dq.algorithms.dq_hb(problem, dq.quantizers.UniformScalar(levels=32, dim=8), steps=60)
    >>> bool(run.contraction_factor() < 0.79), bool((run.inputs <= run.ranges).all())
    (True, True)
    """
    steps, x0, D = start(problem, quantizer, steps, x0, D)
    eta, gamma = _parameters(dq_hb, problem, stepsize, momentum)
    alpha = None if alpha is None else _checks.positive(alpha, "alpha", zero=True)
    if ranges is None:
        _refuse_other(stepsize, momentum, "(46)")
        rho = relative_radius(quantizer)
        warn_unless(rho, 1 / (1 + 2 * gamma), quantizer, "dq_hb")
        if not getattr(problem, "quadratic", False):
            warnings.warn(
                f"dq_hb: {type(problem).__name__} is not known to be quadratic, so that no theorem covers its ranges, "
                f"nor heavy ball's convergence",
                stacklevel=2,
            )
        ranges = dq_momentum_ranges(hb_path(problem, D, gamma, steps, alpha), rho, gamma)
    return execute_quantized(
        dq_hb, problem, quantizer, (eta, gamma), ranges, x0=x0, steps=steps, stepsize=eta, momentum=gamma, seed=seed,
        record=record, link=link,
    )  # fmt: skip


def _unquantized(function, problem, steps, x0, stepsize, momentum, seed, record, link):
    """Run `agd` or `hb`."""
    steps, x0, _ = start(problem, None, steps, x0, None)
    eta, gamma = _parameters(function, problem, stepsize, momentum)
    return execute(
        function, problem, None, (eta, gamma, steps), x0=x0, steps=steps, ranges=np.empty(0), stepsize=eta,
        momentum=gamma, seed=seed, record=record, link=link,
    )  # fmt: skip


def _parameters(function, problem, stepsize, momentum):
    """(eta, gamma) by (31)-(32), or by (43)-(44) for heavy ball, unless they are given."""
    L, mu = problem.L, problem.mu
    sigma = (math.sqrt(L) - math.sqrt(mu)) / (math.sqrt(L) + math.sqrt(mu))
    if function in (agd, dq_agd):
        eta, gamma = 1 / L, sigma
    else:
        eta, gamma = (2 / (math.sqrt(L) + math.sqrt(mu))) ** 2, sigma**2
    eta = eta if stepsize is None else _checks.positive(stepsize, "stepsize")
    gamma = gamma if momentum is None else checked_momentum(momentum)
    return eta, gamma


def checked_momentum(momentum):
    """A given momentum, in [0, 1)."""
    momentum = _checks.positive(momentum, "momentum", zero=True)
    if momentum >= 1:
        raise ValueError(f"momentum: expected a number in [0, 1), got {momentum}")
    return momentum


def _refuse_other(stepsize, momentum, equation):
    """The theorem's ranges hold for its own step size and momentum."""
    given = [name for name, value in (("stepsize", stepsize), ("momentum", momentum)) if value is not None]
    if given:
        raise ValueError(
            f"ranges: {equation} holds for the theorem's own {given[0]} only; expected ranges beside another"
        )
