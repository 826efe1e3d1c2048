"""How the error falls with the horizon: slopes of log error against log T, measured and exact, beside the -delta of Theorem 1."""

import functools

import numpy as np

from ... import _checks, streams
from ...algorithms import convex_schedule, q_dsgd
from ...clock import FixedBatch
from ...lab import sweep
from ...networks import complete, laplacian_weights
from ...problems import DecentralisedQuadratics
from ...quantizers import DecimalGrid
from .convex_exact import expected_error, penalty_modes, rounding_variance
from .convex_theorem import convex_bounds

DELTAS = (0.2, 0.3, 0.45)


def rate_instances(seed=0, nodes=10, dim=32):
    """Problems that leave one part of the error in Theorem 1, and one that has all: name -> (problem, quantizer).

    ``exchange``: all nodes hold the same sample, rounding is coarse, to whole numbers. ``learning``: all nodes hold the same twenty
    samples, and models are sent with six digits. ``all``: the nodes' functions differ, samples differ, and models are rounded. The network is `rate_network`.

    Examples
    --------
    >>> from dqlab.experiments import reisizadeh
    >>> sorted(reisizadeh.rate_instances())
    ['all', 'exchange', 'learning']
    """
    rng = streams.stream(seed, "instance")
    curvatures = np.tile(np.geomspace(4.0, 8.0, dim), (nodes, 1))
    samples = rng.uniform(-1, 1, dim) + 0.5 * rng.standard_normal((1, 20, dim))
    one, same = (np.tile(rows, (nodes, 1, 1)) for rows in (samples[:, :1], samples))
    differ = DecentralisedQuadratics.planted(rng, nodes, dim, samples=20, kappa=2, spread=1.0, noise=4.0)
    return {
        "exchange": (DecentralisedQuadratics(curvatures, one), DecimalGrid(0, dim, bound=10)),
        "learning": (DecentralisedQuadratics(curvatures, same), DecimalGrid(6, dim, bound=10)),
        "all": (differ, DecimalGrid(0, dim, bound=10)),
    }


def rate_network(nodes=10):
    """The complete graph with weights 1/n: gossip in one step, so that alpha K / (1 - lambda_2) is as small as can be.

    Examples
    --------
    >>> from dqlab.experiments import reisizadeh
    >>> mixing = reisizadeh.rate_network(4)
    >>> abs(round(mixing.second, 9)), mixing.own.round(9).tolist()
    (0.0, [0.25, 0.25, 0.25, 0.25])
    """
    return laplacian_weights(complete(nodes), kappa=nodes)


def convex_rates(
    problem,
    mixing,
    quantizer,
    deltas=DELTAS,
    horizons=(300, 1000, 3000, 10_000),
    trials=20,
    seed=0,
    batch=1,
    x0=None,
    scale=1,
    store=None,
    backend=None,
    jobs=None,
    progress=True,
):
    """The error of QuanTimed-DSGD after T steps with the schedule for T: a run for every delta, T and trial.

    Parameters
    ----------
    problem : DecentralisedQuadratics
    mixing : Mixing
    quantizer : Grid or None
    deltas, horizons : sequences
        delta and T.
    trials : int
    batch : int
        |S|.
    x0 : array, shape (dim,), optional
        0 unless given.
    scale : int
        Every T times `scale`.
    seed, store, backend, jobs, progress
        See :func:`dqlab.lab.sweep`.

    Returns
    -------
    dqlab.lab.Sweep
        ``delta``, ``steps``, ``trial``, ``error`` = (1/n) sum_i \\|x_{i,T} - x*\\|**2, ``exact`` (its expectation, by ``expected_error``
        with the rounding of models at x*_alpha), ``bound`` (Theorem 1 with all constants, NaN below its least T) and ``sharp`` (the
        sharper form).

    Examples
    --------
    >>> from dqlab.experiments import reisizadeh
    >>> problem, quantizer = reisizadeh.rate_instances()["exchange"]
    >>> result = reisizadeh.convex_rates(
    ...     problem, reisizadeh.rate_network(), quantizer, deltas=[0.3], horizons=[500], trials=2, progress=False
    ... )
    >>> bool((result.frame.error < result.frame.sharp).all())
    True
    """
    scale = _checks.integer(scale, "scale", 1)
    steps = [_checks.integer(T, "horizons", 1) * scale for T in horizons]
    fixed = {"problem": problem, "mixing": mixing, "quantizer": quantizer, "batch": batch, "x0": x0}
    said = {(delta, T): predicted(delta=delta, steps=T, **fixed) for delta in deltas for T in steps}
    trial = functools.partial(_trial, said=said, **fixed)
    return sweep(trial, {"delta": list(deltas), "steps": steps}, trials, seed, store, backend, jobs, progress)


def predicted(problem, mixing, quantizer, *, delta, steps, batch=1, x0=None):
    """What is known of a run before it: ``exact``, ``bound`` and ``sharp`` of ``convex_rates``, and the exact parts.

    Examples
    --------
    >>> from dqlab.experiments import reisizadeh
    >>> problem, quantizer = reisizadeh.rate_instances()["all"]
    >>> said = reisizadeh.predicted(problem, reisizadeh.rate_network(), quantizer, delta=0.3, steps=10**9)
    >>> round(said["parts"].bias / said["exact"], 3), said["exact"] < said["sharp"] < said["bound"]
    (0.629, True)
    """
    alpha, epsilon = convex_schedule(steps, delta)
    rounding = rounding_variance(quantizer, penalty_modes(problem, mixing, alpha).minimiser)
    options = {"steps": steps, "stepsize": alpha, "epsilon": epsilon, "inverse_batch": 1 / batch, "x0": x0}
    parts = expected_error(problem, mixing, rounding=rounding, **options)
    bounds = convex_bounds(problem, mixing, quantizer, steps=steps, delta=delta, inverse_batch=1 / batch, x0=x0)
    bound = bounds.error.total if bounds.applies else np.nan
    return {"exact": parts.total, "bound": bound, "sharp": bounds.sharp_error, "parts": parts}


def _trial(stream, delta, steps, problem, mixing, quantizer, batch, x0, said):
    run = q_dsgd(
        problem, mixing, quantizer, steps=steps, work=FixedBatch(batch), delta=delta, x0=x0, record=1,
        seed=int(stream("run").integers(1 << 62)),
    )  # fmt: skip
    known = {name: said[delta, steps][name] for name in ("exact", "bound", "sharp")}
    return {"error": float(run.error[-1]), **known}


def slope_table(result, confidence=0.95):
    """Slopes of log error against log T for every delta, with intervals, and those of ``exact`` at the same T.

    One slope a trial by least squares, as all horizons of a trial are runs of their own; then Student's interval over trials.

    Parameters
    ----------
    result : dqlab.lab.Sweep
        From ``convex_rates``, of two horizons or more.
    confidence : float

    Returns
    -------
    pandas.DataFrame
        ``delta``, ``slope``, ``low``, ``high``, ``exact``: a measured mean of logarithms is a little off the logarithm of a mean, the
        less the more coordinates and nodes are averaged.

    Examples
    --------
    >>> from dqlab.experiments import reisizadeh
    >>> problem, quantizer = reisizadeh.rate_instances()["learning"]
    >>> result = reisizadeh.convex_rates(
    ...     problem, reisizadeh.rate_network(), quantizer, deltas=[0.3], horizons=[300, 3000], trials=2, progress=False
    ... )
    >>> table = reisizadeh.slope_table(result)
    >>> bool(abs(table.slope[0] - table.exact[0]) < 0.3)
    True
    """
    import pandas as pd
    from scipy.special import stdtrit

    rows = []
    for delta, group in result.frame.groupby("delta", sort=False):
        errors = group.pivot(index="trial", columns="steps", values="error")
        if errors.shape[1] < 2:
            raise ValueError("result: expected two horizons or more, got one, through which every slope fits")
        log_T, exact = np.log(errors.columns.to_numpy(float)), group.groupby("steps").exact.first()
        slopes = np.polyfit(log_T, np.log(errors.to_numpy()).T, 1)[0]
        spread = slopes.std(ddof=1) / np.sqrt(slopes.size) if slopes.size > 1 else np.nan
        half = stdtrit(slopes.size - 1, 0.5 + confidence / 2) * spread if slopes.size > 1 else np.nan
        mean = slopes.mean()
        rows.append((delta, mean, mean - half, mean + half, np.polyfit(log_T, np.log(exact.to_numpy()), 1)[0]))
    return pd.DataFrame(rows, columns=["delta", "slope", "low", "high", "exact"])
