"""Figure 6: the seconds of a step, computing measured by a clock and messages counted in bits."""

import time

from ... import _checks
from ...theory.xu import seconds
from .protocol import METHODS, run_method


def transmission(result, bandwidth=100e6):
    """Seconds a step's messages take, by the bits that were counted: a worker's up, and the server's down.

    Parameters
    ----------
    result : Sweep
        Of ``table3``.
    bandwidth : float
        Bytes a second in each direction, of every worker's own link; the paper's is 100 MB a second.

    Returns
    -------
    pandas.DataFrame
        Index: methods. Columns: ``up``, ``down``, ``total`` in seconds, and ``saved``, the share of what 32 bits both ways take.

    Examples
    --------
    >>> from dqlab.experiments import xu
    >>> table = xu.transmission(xu.full_table3("docstrings"))
    >>> bool(table.saved["32-bits RDA adagrad"] == 0), bool(table.saved["Threshold RDA adagrad"] > 0.95)
    (True, True)
    """
    bits = result.frame.groupby("method", sort=False)[["up", "down"]].mean()
    table = bits.map(lambda value: seconds(value, bandwidth))
    table["total"] = table["up"] + table["down"]
    full = 2 * seconds(32 * int(result.frame["dim"].iloc[0]), bandwidth)
    table["saved"] = 1 - table["total"] / full
    return table


def computing(problem, settings, *, methods=tuple(METHODS), steps=40, repeats=3, seed=0, **choices):
    """Seconds of computing a step of each method takes on this machine: the best of some runs, all workers after one another.

    A step has every worker's gradient, selection and quantization, the server's, and the update. The time of the workers is divided by nothing: it is that of one
    machine which plays all roles.

    Parameters
    ----------
    problem, settings
        As for ``run_method``.
    methods : sequence of str
    steps, repeats, seed : int
    **choices
        For ``run_method``.

    Returns
    -------
    pandas.Series
        Method -> seconds. What a clock says differs from run to run.

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments import xu
    >>> text = xu.text_split("docstrings", dq.stream(0, "split"), workers=2, rows=400)
    >>> times = xu.computing(text.problem, xu.TABLE2["rcv1"], methods=["32-bits CMD adagrad"], steps=5)
    >>> bool(0 < times["32-bits CMD adagrad"] < 60)
    True
    """
    import pandas as pd

    steps, repeats = _checks.integer(steps, "steps", 1), _checks.integer(repeats, "repeats", 1)
    times = {}
    for name in methods:
        run_method(name, problem, settings, seed, steps=1, **choices)  # compiled before the clock starts
        laps = []
        for _ in range(repeats):
            start = time.perf_counter()
            run_method(name, problem, settings, seed, steps=steps, record=[steps], **choices)
            laps.append(time.perf_counter() - start)
        times[name] = min(laps) / steps
    return pd.Series(times, name="seconds")
