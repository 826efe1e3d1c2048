"""Figure 5 of Reisizadeh et al.: the loss of the average model against simulated seconds, and what the deadline saves."""

import functools
import math
import warnings

import numpy as np

from ... import _checks
from ...algorithms import async_dsgd, dsgd, nonconvex_schedule, q_dsgd, quantimed_dsgd
from ...clock import DigitLink
from ...lab import sweep
from ...quantizers import DecimalGrid
from .protocol import (
    ASYNCHRONOUS_BATCH,
    BOUND,
    FULL,
    HORIZONS,
    NODES,
    PANELS,
    SPEEDS,
    perceptron,
    random_network,
    talking,
)

METHODS = ("QuanTimed-DSGD", "Q-DSGD", "DSGD", "asynchronous DSGD")
BASELINES = ("Q-DSGD", "DSGD")
EXACT_STEPS = 800  # of DSGD
RECORDS = 40  # along a run of DSGD


def figure5(
    panel,
    scale=0.2,
    trials=5,
    seed=0,
    *,
    data=None,
    methods=METHODS,
    deadline=None,
    batch=None,
    engine="numba",
    store=None,
    backend=None,
    jobs=None,
    progress=True,
):
    """Train a network on the paper's set-up by every method, and record f(average model) against simulated seconds.

    QuanTimed-DSGD and Q-DSGD have a run for every horizon T, because their step sizes depend on T, and only the end of a run is a
    point of the figure; DSGD and asynchronous DSGD have one run each. In a trial all methods see one graph, one start and one law
    of speeds, with the same draws.

    Parameters
    ----------
    panel : {"left", "right", "one hidden layer"}
        The supplement's two panels, or the network 784-50-10 of the authors' code.
    scale : float
        In (0, 1]; 1 is the paper's protocol: 50 nodes, T = 100, 300, ..., 1100, and 800 steps of DSGD. Less of it has fewer
        nodes (at least 10), the horizons up to 1100 `scale` (at least 300) and as much shorter runs of DSGD.
    trials : int
        How many seeds.
    data : str, optional
        A name for ``dqlab.data.load``; unless given, data that every machine has. See ``paper_data``.
    methods : sequence of str
        Of "QuanTimed-DSGD", "Q-DSGD", "DSGD" and "asynchronous DSGD".
    deadline, batch : float and int, optional
        T_d and b, if not the protocol's.
    engine : {"numba", "jax"}
        What computes the gradients: our own kernels, or JAX (an optional extra).
    seed, store, backend, jobs, progress
        See :func:`dqlab.lab.sweep`.

    Returns
    -------
    dqlab.lab.Sweep
        A row a point: ``method``, ``horizon`` (T, how many steps the run has; 0 for the asynchronous one, whose length is that of
        DSGD), ``trial``, ``step``, ``digits`` and ``bits`` (seconds so far, in two accountings of what messages cost: see
        ``talking``), ``loss``, ``outside`` (messages that left the grid), ``unused`` (batches without a sample).

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong kind or range.
    ImportError
        For ``engine="jax"`` without the extra.

    Examples
    --------
    >>> from dqlab.experiments import reisizadeh
    >>> result = reisizadeh.figure5("one hidden layer", trials=1, methods=["DSGD"], progress=False)
    >>> int(result.frame.step.max()), bool(result.frame.loss.iloc[-1] < result.frame.loss.iloc[0])
    (218, True)
    """
    protocol = PANELS[_checks.choice(panel, "panel", tuple(PANELS))]
    scale = _checks.positive(scale, "scale")
    if scale > 1:
        raise ValueError(f"scale: expected a number in (0, 1], got {scale:g}")
    methods = [_checks.choice(method, "methods", METHODS) for method in methods]
    changes = {"deadline": deadline, "batch": batch}
    protocol = protocol._replace(**{name: value for name, value in changes.items() if value is not None})
    problem = perceptron(protocol, data or protocol.embedded, nodes=max(10, round(NODES * scale)))
    if _checks.choice(engine, "engine", ("numba", "jax")) == "jax":
        problem = problem.on_jax()
    longest = max(HORIZONS[1], HORIZONS[-1] * scale)
    steps = max(1, round(EXACT_STEPS * longest / HORIZONS[-1]))
    horizons = [T for T in HORIZONS[::-1] if T <= longest]  # the longest first: they decide when the last core is done
    each = {"DSGD": [steps], "asynchronous DSGD": [0]}
    cells = [{"method": method, "horizon": T} for method in methods for T in each.get(method, horizons)]
    trial = functools.partial(_trial, problem=problem, protocol=protocol, steps=steps)
    return sweep(trial, cells, trials, seed, store, backend, jobs, progress)


def _trial(stream, method, horizon, problem, protocol, steps):
    mixing = random_network(stream("graph"), problem.nodes)
    common = {
        "x0": problem.start(stream("start"), protocol.ranges),
        "seed": int(stream("run").integers(1 << 62)),
        "speeds": SPEEDS,
    }
    if method == "DSGD":
        work = protocol.fixed_work
        run = dsgd(problem, mixing, steps=steps, work=work, stepsize=protocol.stepsize, record=_even(steps), **common)
        return _rows(run, talking(None, problem.dim))
    if method == "asynchronous DSGD":
        return _rows(_asynchronous(problem, mixing, protocol, steps, common), {"digits": 0.0, "bits": 0.0})
    timed = method == "QuanTimed-DSGD"
    a, e = nonconvex_schedule(horizon, protocol.a, protocol.e_quantimed if timed else protocol.e_fixed)
    algorithm, work = (quantimed_dsgd, protocol.quantimed_work) if timed else (q_dsgd, protocol.fixed_work)
    grid = DecimalGrid(protocol.digits, problem.dim, BOUND)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "epsilon: .* is above 1")  # as in the authors' runs at T = 100
        run = algorithm(problem, mixing, grid, steps=horizon, work=work, stepsize=a, epsilon=e, record=1, **common)
    return _rows(run, talking(grid, problem.dim))


def _asynchronous(problem, mixing, protocol, steps, common):
    """A run of asynchronous DSGD that ends when DSGD does, on average."""
    seconds = steps * (protocol.batch * SPEEDS.slowest(problem.nodes) + FULL)
    arguments = {"batch": ASYNCHRONOUS_BATCH, "stepsize": protocol.stepsize, "link": DigitLink(FULL)}
    events = int(problem.nodes * seconds / (ASYNCHRONOUS_BATCH * SPEEDS.inverse_mean + FULL))
    record = np.linspace(0, events, RECORDS + 1)[1:-1].astype(int)
    return async_dsgd(problem, mixing, steps=events, record=record, **arguments, **common)


def _even(steps):
    """The steps to record along a run."""
    return np.unique(np.linspace(0, steps, RECORDS + 1).astype(int))


def _rows(run, talk):
    """A row for every recorded step; `talk` are the seconds of an exchange, on top of those of computing."""
    return [
        {
            "step": int(t),
            "digits": float(run.seconds[k] + t * talk["digits"]),
            "bits": float(run.seconds[k] + t * talk["bits"]),
            "loss": float(run.loss[k]),
            "outside": int(run.outside.sum()),
            "unused": run.empty,
        }
        for k, t in enumerate(run.recorded)
    ]


def figure5_curves(result, accounting="digits"):
    """Means over the seeds with their 95 % bands, a row a point of the figure.

    Parameters
    ----------
    result : Sweep
        Of ``figure5``.
    accounting : {"digits", "bits"}
        How the seconds of messages are counted.

    Returns
    -------
    pandas.DataFrame
        ``method``, ``step``, ``seconds``, ``loss``, ``low``, ``high`` (of the loss). Seconds are means over the seeds, too.

    Examples
    --------
    >>> from dqlab.experiments import reisizadeh
    >>> result = reisizadeh.figure5("one hidden layer", trials=2, methods=["DSGD"], progress=False)
    >>> curves = reisizadeh.figure5_curves(result)
    >>> int(curves.step.iloc[-1]), bool((curves.low <= curves.loss).all())
    (218, True)
    """
    _checks.choice(accounting, "accounting", ("digits", "bits"))
    by = ["method", "horizon", "step"]
    seconds = result.summary(value=accounting, by=by)[[*by, "mean"]].rename(columns={"mean": "seconds"})
    loss = result.summary(value="loss", by=by).rename(columns={"mean": "loss"})
    curves = loss.merge(seconds, on=by)
    ends = ~curves["method"].isin(METHODS[:2]) | (curves["step"] > 0) | (curves["horizon"] == curves["horizon"].max())
    columns = ["method", "step", "seconds", "loss", "low", "high"]
    return curves[ends].drop_duplicates(["method", "step"])[columns].sort_values(["method", "step"], ignore_index=True)


def time_to(result, level, accounting="digits"):
    """Seconds until a method's loss is first at most `level`, by straight lines between its points; infinity where it never is.

    Parameters
    ----------
    result : Sweep
        Of ``figure5``.
    level : float
    accounting : {"digits", "bits"}

    Returns
    -------
    pandas.DataFrame
        Index: trials. Columns: methods.

    Examples
    --------
    >>> from dqlab.experiments import reisizadeh
    >>> result = reisizadeh.figure5("one hidden layer", trials=1, methods=["DSGD"], progress=False)
    >>> times = reisizadeh.time_to(result, 2.0)
    >>> bool(0 < times.loc[0, "DSGD"] < result.frame.digits.max())
    True
    """
    import pandas as pd

    _checks.choice(accounting, "accounting", ("digits", "bits"))
    times = {}
    for (method, trial), rows in result.frame.groupby(["method", "trial"], sort=False):
        points = rows.drop_duplicates("step").sort_values("step")
        times.setdefault(method, {})[trial] = _crossing(points[accounting].to_numpy(), points["loss"].to_numpy(), level)
    return pd.DataFrame(times).sort_index()


def _crossing(seconds, loss, level):
    below = np.flatnonzero(loss <= level)
    if below.size == 0:
        return math.inf
    k = below[0]
    if k == 0:
        return float(seconds[0])
    share = (loss[k - 1] - level) / (loss[k - 1] - loss[k])
    return float(seconds[k - 1] + share * (seconds[k] - seconds[k - 1]))


def common_level(result):
    """The least loss that every method reaches in every trial.

    Examples
    --------
    >>> from dqlab.experiments import reisizadeh
    >>> result = reisizadeh.figure5("one hidden layer", trials=1, methods=["DSGD"], progress=False)
    >>> bool(reisizadeh.common_level(result) == result.frame.loss.min())
    True
    """
    compared = result.frame[result.frame["method"].isin((*BASELINES, "QuanTimed-DSGD"))]
    return float(compared.groupby(["method", "trial"])["loss"].min().max())


def speedup(result, level=None, panel=None, confidence=0.95):
    """How many times sooner QuanTimed-DSGD reaches a loss than the better of Q-DSGD and DSGD, with an interval over the seeds.

    Parameters
    ----------
    result : Sweep
        Of ``figure5``, with the three methods.
    level : float, optional
        The loss; ``common_level`` unless given.
    panel : {"left", "right", "one hidden layer"}, optional
        For the number that the paper reports.
    confidence : float
        Of the interval: Student's t on the logarithms of the ratios.

    Returns
    -------
    pandas.DataFrame
        A row an accounting (``digits``, ``bits``): ``level``; ``speedup``, the geometric mean over the seeds; ``low``, ``high``;
        ``over Q-DSGD`` and ``over DSGD``, the geometric means against one of the two; ``reported``.

    Raises
    ------
    ValueError
        If a method is missing, or does not reach the level in every trial.

    Examples
    --------
    >>> from dqlab.experiments import reisizadeh
    >>> methods = ["QuanTimed-DSGD", "Q-DSGD", "DSGD"]
    >>> result = reisizadeh.figure5("one hidden layer", trials=2, methods=methods, progress=False)
    >>> table = reisizadeh.speedup(result, panel="one hidden layer")
    >>> bool((table["speedup"] > 1.5).all())
    True
    """
    import pandas as pd
    from scipy.special import stdtrit

    missing = {"QuanTimed-DSGD", *BASELINES} - set(result.frame["method"])
    if missing:
        raise ValueError(f"result: expected runs of QuanTimed-DSGD, Q-DSGD and DSGD, {sorted(missing)} missing")
    level = common_level(result) if level is None else _checks.positive(level, "level")
    reported = math.nan if panel is None else PANELS[_checks.choice(panel, "panel", tuple(PANELS))].reported
    rows = []
    for accounting in ("digits", "bits"):
        times = time_to(result, level, accounting)[["QuanTimed-DSGD", *BASELINES]]
        if not np.isfinite(times.to_numpy()).all():
            raise ValueError(
                f"level: expected a loss that every method reaches, at most {level:.4g} is not reached:\n{times}"
            )
        ratios = np.log(times[list(BASELINES)].div(times["QuanTimed-DSGD"], axis=0))
        best = ratios.min(axis=1).to_numpy()
        half = math.nan
        if best.size > 1:
            half = stdtrit(best.size - 1, 0.5 + confidence / 2) * best.std(ddof=1) / math.sqrt(best.size)
        mean, over = best.mean(), np.exp(ratios.mean())
        rows.append((accounting, level, *np.exp([mean, mean - half, mean + half]), *over[list(BASELINES)], reported))
    columns = ["accounting", "level", "speedup", "low", "high", "over Q-DSGD", "over DSGD", "reported"]
    return pd.DataFrame(rows, columns=columns)
