"""Theorem 2's two means against the horizon T, at the schedule alpha = a / T**(1/6), epsilon = e / T**(1/2)."""

import functools

import numpy as np

from ... import _checks
from ...algorithms import nonconvex_schedule, quantimed_dsgd
from ...lab import sweep
from ...theory import reisizadeh as theory
from .nonconvex_terms import nonconvex_constants

HORIZONS = (100, 300, 1000, 3000, 10_000)


def nonconvex_rates(
    problem, mixing, quantizer, *, steps=HORIZONS, work, speeds=None, a=1.0, e=1.0, trials=10, seed=0, scale=1,
    store=None, backend=None, jobs=None, progress=True,
):  # fmt: skip
    """(1/T) sum_t |grad f(x_bar_t)|**2 and (1/T) sum_t M_t for every horizon T, beside Theorem 2.

    Every T is a run of its own, as its step sizes depend on T.

    Parameters
    ----------
    problem, mixing, quantizer, work, speeds
        As for `dqlab.algorithms.quantimed_dsgd`; theory is NaN for a problem that does not know its constants.
    steps : sequence of int
        T.
    a, e : float
        NonconvexConstants of the schedule.
    trials : int
        Runs on the same data.
    scale : int
        Every T times `scale`.
    seed, store, backend, jobs, progress
        See :func:`dqlab.lab.sweep`.

    Returns
    -------
    dqlab.lab.Sweep
        One row a T and trial: ``slope``, ``consensus``, ``last`` (the slope at T), ``loss``, ``outside`` (clipped messages), and the
        bounds ``slope_bound``, ``slope_sharp``, ``consensus_bound`` and ``consensus_sharp``.

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments import reisizadeh
    >>> problem = dq.problems.DecentralisedRobust.planted(dq.stream(0, "problem"), nodes=6, dim=3, spread=0.5)
    >>> mixing = dq.networks.laplacian_weights(dq.networks.complete(6))
    >>> grid, work = dq.quantizers.DecimalGrid(digits=2, dim=3, bound=10), dq.clock.FixedBatch(4)
    >>> result = reisizadeh.nonconvex_rates(
    ...     problem, mixing, grid, steps=[50, 200], work=work, trials=2, progress=False
    ... )
    >>> means = result.frame.groupby("steps").slope.mean()
    >>> bool(means[200] < means[50])
    True
    """
    scale = _checks.integer(scale, "scale", 1)
    steps = [_checks.integer(T, "steps", 1) * scale for T in steps]
    setting = {"problem": problem, "mixing": mixing, "quantizer": quantizer, "work": work, "speeds": speeds}
    trial = functools.partial(_trial, setting=setting, a=_checks.positive(a, "a"), e=_checks.positive(e, "e"))
    return sweep(trial, {"steps": steps}, trials, seed, store, backend, jobs, progress)


def _trial(stream, steps, setting, a, e):
    alpha, epsilon = nonconvex_schedule(steps, a, e)
    run = quantimed_dsgd(
        **setting, steps=steps, stepsize=alpha, epsilon=epsilon, seed=int(stream("run").integers(1 << 62)),
        record=range(steps + 1), record_slope=True,
    )  # fmt: skip
    return {
        "slope": float(run.slope[:-1].mean()),
        "consensus": float(run.consensus[:-1].mean()),
        "last": float(run.slope[-1]),
        "loss": float(run.loss[-1]),
        "outside": int(run.outside.sum()),
    } | _bounds(steps, setting, a, e)


def _bounds(steps, setting, a, e):
    """Theorem 2 as the paper proves it and sharper; NaN where the problem's constants are not known."""
    parts = ("slope", theory.theorem_2_slope), ("consensus", theory.theorem_2_consensus)
    if not hasattr(setting["problem"], "heterogeneity"):
        return {f"{name}_{kind}": np.nan for name, _ in parts for kind in ("bound", "sharp")}
    c = nonconvex_constants(**setting)._asdict()
    return {
        f"{name}_{kind}": float(bound(steps, **c, a=a, e=e, sharp=kind == "sharp"))
        for name, bound in parts
        for kind in ("bound", "sharp")
    }


def fitted_power(result, value, confidence=0.95):
    """The power of T at which a mean of `nonconvex_rates` falls, with an interval.

    A line through log value against log T is fitted in every trial; the interval is Student's t over the trials. It says how these
    runs behave between these horizons, and nothing of what lies beyond.

    Parameters
    ----------
    result : Sweep
    value : str
        A column, such as ``slope``.
    confidence : float

    Returns
    -------
    tuple of float
        (power, low, high).

    Examples
    --------
    >>> import pandas as pd
    >>> from dqlab.experiments import reisizadeh
    >>> rows = [{"steps": T, "trial": k, "slope": (1 + k / 100) * T**-0.5} for T in (10, 100, 1000) for k in range(3)]
    >>> [round(v, 6) for v in reisizadeh.fitted_power(pd.DataFrame(rows), "slope")]
    [-0.5, -0.5, -0.5]
    """
    from scipy.special import stdtrit

    frame = getattr(result, "frame", result)
    tables = np.log(frame.pivot(index="trial", columns="steps", values=value))
    if tables.shape[0] < 2 or tables.shape[1] < 2:
        raise ValueError(f"result: expected at least two trials and two horizons, got shape {tables.shape}")
    powers = np.polyfit(np.log(tables.columns.to_numpy(float)), tables.to_numpy().T, 1)[0]
    half = stdtrit(powers.size - 1, (1 + confidence) / 2) * powers.std(ddof=1) / np.sqrt(powers.size)
    return float(powers.mean()), float(powers.mean() - half), float(powers.mean() + half)
