"""Any method with a fixed momentum over a link with few bits, and the one of them that is best on all of F_n: triple momentum.

The method knows three numbers: a step size alpha, a momentum beta, and a lookahead gamma,

    xi_{t+1} = xi_t + beta (xi_t - xi_{t-1}) - alpha grad f(y_t),      y_t = xi_t + gamma (xi_t - xi_{t-1}).

gamma = 0 is heavy ball (12), and gamma = beta is accelerated gradient descent (10)-(11), with xi_t for the paper's y_t and
y_t for its x_t. Differential quantization works for all of them alike: Lemma B.7 uses the first equation only.
"""

import dataclasses
import math

import numpy as np

from .. import _checks
from .._generic import jit
from ..problems import gradient
from ..quantizers import quantize, relative_radius
from .momentum import checked_momentum
from .ranges import dq_momentum_ranges, tmm_path
from .run import algorithm, execute, execute_quantized, note, note_input, start, warn_unless


@jit
def fixed_momentum_box(problem, stepsize, momentum, lookahead, steps, x0, trace):
    """The method with a fixed momentum; heavy ball (12) at lookahead 0, AGD (10)-(11) where it equals the momentum."""
    before, xi = x0.copy(), x0.copy()
    note(problem, trace, 0, xi)
    for t in range(steps):
        y = xi + lookahead * (xi - before)
        before, xi = xi, xi + momentum * (xi - before) - stepsize * gradient(problem, y)
        note(problem, trace, t + 1, xi)


@jit
def dq_fixed_momentum_box(problem, quantizer, stepsize, momentum, lookahead, scales, rng, x0, trace):
    """Algorithms 2 and 3 in one: differential quantization of a method with a fixed momentum."""
    before, xi = x0.copy(), x0.copy()  # the server's
    e, e_before = np.zeros_like(x0), np.zeros_like(x0)  # e_{t-1} and e_{t-2}
    note(problem, trace, 0, xi)
    for t in range(scales.size):
        z, z_before = xi + stepsize * e, before + stepsize * e_before  # what the unquantized method has
        y = z + lookahead * (z - z_before)
        u = gradient(problem, y) - (e + momentum * (e - e_before))
        q = quantize(quantizer, u, scales[t], rng)
        e, e_before = q - u, e
        before, xi = xi, xi + momentum * (xi - before) - stepsize * q
        note_input(quantizer, trace, t, u, scales[t])
        note(problem, trace, t + 1, xi)


@algorithm("TMM", fixed_momentum_box)
def tmm(
    problem, *, steps=200, x0=None, stepsize=None, momentum=None, lookahead=None, seed=0, record="loss", link=None
):  # fmt: skip
    """The triple momentum method of Van Scoy, Freeman and Lynch (2018): factor 1 - 1 / sqrt(kappa) on all of F_n.

    Its three numbers, by s = 1 - 1 / sqrt(kappa), are what they are unless given. The run records xi_t.

    Parameters
    ----------
    problem, steps, x0, seed, record, link
        As for `gd`.
    stepsize : float, optional
        alpha > 0; (1 + s) / L.
    momentum : float, optional
        beta in [0, 1); s^2 / (2 - s).
    lookahead : float, optional
        gamma >= 0; s^2 / ((1 + s)(2 - s)).

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
    >>> run = dq.algorithms.tmm(dq.problems.FlatStretch(L=25.0, mu=1.0), x0=[3.3])
    >>> bool(run.contraction_factor() < 0.8)
    True
    """
    steps, x0, _ = start(problem, None, steps, x0, None)
    parameters = _parameters(problem, stepsize, momentum, lookahead)
    return execute(
        tmm, problem, None, (*parameters, steps), x0=x0, steps=steps, ranges=np.empty(0), stepsize=parameters[0],
        momentum=parameters[1], seed=seed, record=record, link=link,
    )  # fmt: skip


@algorithm("DQ-TMM", dq_fixed_momentum_box)
def dq_tmm(
    problem, quantizer, *, steps=200, x0=None, D=None, stepsize=None, momentum=None, lookahead=None, ranges=None,
    seed=0, record="loss", link=None,
):  # fmt: skip
    """Differential quantization of the triple momentum method: factor max{1 - 1/sqrt(kappa), rho' phi} on all of F_n.

    Parameters
    ----------
    problem, quantizer, steps, x0, D, seed, record, link
        As for `dq_gd`.
    stepsize, momentum, lookahead : float, optional
        As for `tmm`.
    ranges : array, shape (steps,), optional
        Dynamic ranges r_t > 0; unless given, those of `dq_momentum_ranges` on `tmm_path`, which no input leaves. With another
        step size, momentum or lookahead they must be given.

    Returns
    -------
    Run

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong kind, shape or range; for parameters of one's own without ranges.

    Warns
    -----
    UserWarning
        Where the rate is not above R_1 = log2((1 + 2 beta) rho_n), equation (41).

    Examples
    --------
    >>> import numpy as np
    >>> import dqlab as dq
    >>> problem = dq.problems.FlatStretch(minimiser=np.zeros(8))
    >>> q = dq.quantizers.UniformScalar(levels=32, dim=8)
    >>> run = dq.algorithms.dq_tmm(problem, q, x0=np.full(8, 3.3))
    >>> bool(run.contraction_factor() < 0.8), bool((run.inputs[:99] <= run.ranges[:99]).all())
    (True, True)
    """
    steps, x0, D = start(problem, quantizer, steps, x0, D)
    parameters = _parameters(problem, stepsize, momentum, lookahead)
    if ranges is None:
        if (stepsize, momentum, lookahead) != (None, None, None):
            raise ValueError("ranges: the theorem's hold for its own parameters only; expected ranges beside others")
        ranges = _ranges_on(tmm_path(problem, D, steps), quantizer, parameters[1], "dq_tmm")
    return execute_quantized(
        dq_tmm, problem, quantizer, parameters, ranges, x0=x0, steps=steps, stepsize=parameters[0],
        momentum=parameters[1], seed=seed, record=record, link=link,
    )  # fmt: skip


def fixed_momentum(problem, *, stepsize, momentum, lookahead=0.0, **options):
    """Any method with a fixed momentum, unquantized, from xi_{-1} = xi_0.

    Parameters
    ----------
    problem : a problem with L, mu and a minimiser
    stepsize : float
        alpha > 0.
    momentum : float
        beta in [0, 1).
    lookahead : float
        gamma >= 0: 0 is heavy ball (12), gamma = beta is accelerated gradient descent (10)-(11).
    **options
        steps, x0, seed, record, link: as for `gd`.

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
    >>> problem = dq.problems.FlatStretch(L=25.0, mu=1.0)
    >>> run = dq.algorithms.fixed_momentum(problem, stepsize=1 / 9, momentum=4 / 9, x0=[3.3], record="iterates")
    >>> run.iterates[-4:, 0].round(4).tolist()
    [2.1159, 0.6465, -1.8024, 2.1159]
    """
    run = tmm(problem, **_all_three(stepsize, momentum, lookahead), **options)
    return dataclasses.replace(run, name="fixed momentum")


def dq_fixed_momentum(
    problem, quantizer, *, stepsize, momentum, lookahead=0.0, ranges=None, path=None, steps=200, **options
):  # fmt: skip
    """Differential quantization of any method with a fixed momentum: Algorithms 2 and 3 of Lin et al., and all between them.

    The worker knows where the unquantized method is, xi_t = xi^_t + alpha e_{t-1}, takes the gradient where that method
    takes it, and sends u_t = grad f(y_t) - [e_{t-1} + beta (e_{t-1} - e_{t-2})]. So the server follows the unquantized path
    for better or worse: xi^_t = xi_t - alpha e_{t-1} at every step.

    Parameters
    ----------
    problem : a problem with L, mu and a minimiser
    quantizer : a quantizer of the problem's dimension
    stepsize, momentum, lookahead : float
        As for `fixed_momentum`.
    ranges : array, shape (steps,), optional
        Dynamic ranges r_t > 0.
    path : array, shape (steps,), optional
        In place of `ranges`, bounds on |grad f(y_t)| along the unquantized path: then
        r_t = path_t + rho' (r_{t-1} + beta (r_{t-1} + r_{t-2})), and no input leaves its range.
    steps : int
        T >= 1.
    **options
        x0, seed, record, link: as for `dq_gd`.

    Returns
    -------
    Run

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong kind, shape or range, and unless one of `ranges` and `path` is given.

    Warns
    -----
    UserWarning
        With `path`, where the rate is not above R_1 = log2((1 + 2 beta) rho_n), equation (41).

    Examples
    --------
    >>> import numpy as np
    >>> import dqlab as dq
    >>> problem = dq.problems.FlatStretch(minimiser=np.zeros(4))
    >>> q = dq.quantizers.UniformScalar(levels=256, dim=4)
    >>> heavy_ball = {"stepsize": 1 / 9, "momentum": 4 / 9, "x0": np.full(4, 3.3)}
    >>> run = dq.algorithms.dq_fixed_momentum(problem, q, path=np.full(200, 250.0), **heavy_ball)
    >>> bool(run.distance[-50:].min() > 1), bool((run.inputs <= run.ranges).all())
    (True, True)
    """
    if (ranges is None) == (path is None):
        raise ValueError("ranges: expected either ranges, or a path of bounds on |grad f(y_t)|, and not both")
    given = _all_three(stepsize, momentum, lookahead)
    if ranges is None:
        start(problem, quantizer, steps, None, None)
        path = _checks.vector(path, "path", steps).astype(np.float64)
        if (path < 0).any():
            raise ValueError(f"path: expected numbers >= 0, got {path.min()} at step {int(path.argmin())}")
        ranges = _ranges_on(path, quantizer, given["momentum"], "dq_fixed_momentum")
    run = dq_tmm(problem, quantizer, **given, ranges=ranges, steps=steps, **options)
    return dataclasses.replace(run, name="DQ fixed momentum")


def _all_three(stepsize, momentum, lookahead):
    """The method's three numbers, checked: none is left to triple momentum."""
    lookahead = _checks.positive(lookahead, "lookahead", zero=True)
    return {
        "stepsize": _checks.positive(stepsize, "stepsize"),
        "momentum": checked_momentum(momentum),
        "lookahead": lookahead,
    }


def _parameters(problem, stepsize, momentum, lookahead):
    """(alpha, beta, gamma), those of the triple momentum method unless they are given."""
    s = 1 - math.sqrt(problem.mu / problem.L)
    alpha = (1 + s) / problem.L if stepsize is None else _checks.positive(stepsize, "stepsize")
    beta = s**2 / (2 - s) if momentum is None else checked_momentum(momentum)
    gamma = s**2 / ((1 + s) * (2 - s)) if lookahead is None else _checks.positive(lookahead, "lookahead", zero=True)
    return alpha, beta, gamma


def _ranges_on(path, quantizer, momentum, name):
    """Ranges for a path, and a warning unless R > R_1, (41)."""
    rho = relative_radius(quantizer)
    warn_unless(rho, 1 / (1 + 2 * momentum), quantizer, name)
    return dq_momentum_ranges(path, rho, momentum)
