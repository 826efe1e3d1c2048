"""Where heavy ball cycles, what differential quantization makes of it, and that triple momentum does not: beyond the paper."""

import itertools

import numpy as np

from ... import _checks
from ...algorithms import dq_fixed_momentum, dq_hb, dq_tmm, hb, tmm
from ...algorithms.ranges import dq_momentum_ranges, hb_path
from ...problems import FlatStretch
from ...quantizers import UniformScalar, covering_efficiency, relative_radius
from ...theory import lin as theory

LONGEST = 24  # the longest period that is looked for
SETTLED = 1e-6  # how closely a path repeats itself, relative to the stretch


def heavy_ball_basins(kappas, starts, left=1.0, right=2.0, ramp=0.0, steps=2000):
    """Which starting points make heavy ball with (43)-(44) cycle on a `FlatStretch`, and with which period.

    Every starting point is a coordinate of one problem: the coordinates do not interact, so one run follows all of them.

    Parameters
    ----------
    kappas : list of float
        Condition numbers L / mu >= 1, with mu = 1.
    starts : array, shape (n,)
        x_0 = x_{-1}.
    left, right, ramp : float
        The flat stretch, see :class:`dqlab.problems.FlatStretch`.
    steps : int
        Length of a run, at least 100; its last 48 steps are looked at.

    Returns
    -------
    pandas.DataFrame
        One row a condition number and starting point: ``kappa``, ``start``, ``period`` (1: the path has come to the
        minimiser; 0: neither settled nor periodic with a period up to 24) and ``reach``, the largest |x| at the end.

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong kind or range.

    Examples
    --------
    >>> from dqlab.experiments import lin
    >>> lin.heavy_ball_basins([16.0, 25.0], starts=[1.0, 3.3]).period.tolist()
    [1, 1, 3, 3]
    """
    import pandas as pd

    starts = _checks.vector(starts, "starts").astype(np.float64)
    steps = _checks.integer(steps, "steps", 100)
    frames = []
    for kappa in _checks.vector(np.atleast_1d(kappas), "kappas").tolist():
        problem = FlatStretch(kappa, 1.0, left, right, ramp, np.zeros(starts.size))
        tail = hb(problem, x0=starts, steps=steps, record="iterates").iterates[-2 * LONGEST :]
        frames.append(
            pd.DataFrame(
                {"kappa": kappa, "start": starts, "period": periods(tail, right), "reach": np.abs(tail).max(axis=0)}
            )
        )
    return pd.concat(frames, ignore_index=True)


def periods(tail, size):
    """The period of every column of the end of a path, 0 where there is none up to half its length.

    Examples
    --------
    >>> import numpy as np
    >>> from dqlab.experiments.lin.heavy_ball import periods
    >>> periods(np.array([[1.0, 1.0], [1.0, 2.0], [1.0, 1.0], [1.0, 2.0]]), size=1.0).tolist()
    [1, 2]
    """
    found = np.zeros(tail.shape[1], np.int64)
    for period in range(len(tail) // 2, 0, -1):
        found[np.abs(tail[period:] - tail[:-period]).max(axis=0) <= SETTLED * size] = period
    return found


def heavy_ball_cycles(longest=8, largest_kappa=1e4):
    """From which condition number on heavy ball with (43)-(44) has a cycle of each period on some `FlatStretch`.

    All itineraries (which points lie before the stretch, and which beyond it) are tried; a cycle with a point on the
    stretch is not looked for. Such a cycle attracts, and survives ramps as wide as the room that it leaves.

    Parameters
    ----------
    longest : int
        Longest period, at least 2; the cost doubles with each.
    largest_kappa : float
        Where the search ends.

    Returns
    -------
    pandas.DataFrame
        One row a period with a cycle: ``period``, ``itinerary`` of the first cycle to appear and ``kappa`` where it does.

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong kind or range.

    Examples
    --------
    >>> from dqlab.experiments import lin
    >>> lin.heavy_ball_cycles(longest=4).round(3).values.tolist()
    [[3, '100', 17.944], [4, '1100', 27.088]]
    """
    import pandas as pd

    longest = _checks.integer(longest, "longest", 2)
    if _checks.positive(largest_kappa, "largest_kappa") <= 1:
        raise ValueError(f"largest_kappa: expected a condition number above 1, got {largest_kappa}")
    kappas = np.geomspace(1.01, largest_kappa, 200)
    rows = []
    for period in range(2, longest + 1):
        appear = [(_first(itinerary, kappas), itinerary) for itinerary in _itineraries(period)]
        kappa, itinerary = min(appear, default=(np.inf, ()))
        if np.isfinite(kappa):
            rows.append({"period": period, "itinerary": "".join(map(str, itinerary)), "kappa": kappa})
    return pd.DataFrame(rows, columns=["period", "itinerary", "kappa"])


def _itineraries(period):
    """Every itinerary once, whatever its first point, without those that repeat a shorter one."""
    for itinerary in itertools.product((0, 1), repeat=period):
        turned = [itinerary[i:] + itinerary[:i] for i in range(period)]
        if itinerary == max(turned) and len(set(turned)) == period:
            yield itinerary


def _first(itinerary, kappas):
    """The condition number at which the cycle first has room, or infinity."""
    from scipy.optimize import brentq

    room = np.array([theory.hb_cycle_room(kappa, itinerary) for kappa in kappas])
    at = int(np.argmax(room >= 0))
    if room[at] < 0:
        return np.inf
    return brentq(theory.hb_cycle_room, kappas[max(at - 1, 0)], kappas[at], args=(itinerary,), xtol=1e-12)


def heavy_ball_and_triple_momentum(levels, kappa=25.0, dim=8, start=3.3, left=1.0, right=2.0, ramp=0.0, steps=150):
    """DQ-HB and DQ-TMM over the same link, on a function on which heavy ball cycles.

    DQ-HB is run twice: with the ranges (46), which shrink as if heavy ball converged, and with ranges from the path that
    heavy ball takes, as only an oracle knows it; those no input leaves.

    Parameters
    ----------
    levels : list of int
        Levels K of the scalar quantizer.
    kappa : float
        Condition number, with mu = 1.
    dim : int
        Coordinates, all alike.
    start : float
        Each coordinate of x_0.
    left, right, ramp : float
        The flat stretch, see :class:`dqlab.problems.FlatStretch`.
    steps : int
        Length of a run.

    Returns
    -------
    pandas.DataFrame
        One row a number of levels and algorithm: ``levels``, ``rate``, ``algorithm``, ``distance``, the largest one of the
        last ten steps over that at the start, ``factor`` at the last step, ``bound`` and ``outside``, how many inputs left their range.

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong kind or range.

    Examples
    --------
    >>> from dqlab.experiments import lin
    >>> frame = lin.heavy_ball_and_triple_momentum([32]).set_index("algorithm")
    >>> bool(frame.factor["DQ-TMM"] < 0.8), bool(frame.distance["DQ-HB"] > 0.1)
    (True, True)
    """
    import pandas as pd

    problem = FlatStretch(kappa, 1.0, left, right, ramp, np.zeros(_checks.integer(dim, "dim", 1)))
    x0 = np.full(problem.dim, start)
    heavy, triple = hb(problem, x0=x0, steps=steps), tmm(problem, x0=x0, steps=steps)
    path = problem.L * heavy.distance[:-1]
    shrinking = hb_path(problem, heavy.distance[0], heavy.momentum, steps)
    parameters = {"stepsize": heavy.stepsize, "momentum": heavy.momentum}
    rows = []
    for count in levels:
        q = UniformScalar(count, problem.dim)
        at = (q.rate, covering_efficiency(q))
        bounds = theory.hb_contraction_factor(kappa), theory.tmm_contraction_factor(kappa)
        dq_bounds = theory.dq_hb_contraction_factor(kappa, *at), theory.dq_tmm_contraction_factor(kappa, *at)
        printed = dq_momentum_ranges(shrinking, relative_radius(q), heavy.momentum)
        runs = {
            "HB": (heavy, bounds[0]),
            "DQ-HB": (dq_fixed_momentum(problem, q, x0=x0, steps=steps, path=path, **parameters), dq_bounds[0]),
            "DQ-HB, ranges (46)": (dq_hb(problem, q, x0=x0, steps=steps, ranges=printed), dq_bounds[0]),
            "TMM": (triple, bounds[1]),
            "DQ-TMM": (dq_tmm(problem, q, x0=x0, steps=steps), dq_bounds[1]),
        }
        for name, (run, bound) in runs.items():
            distance = run.distance[-10:].max() / run.distance[0]
            factor, outside = run.contraction_factor(), int(run.outside.sum())
            rows.append((count, q.rate, name, distance, factor, bound, outside))
    return pd.DataFrame(rows, columns=["levels", "rate", "algorithm", "distance", "factor", "bound", "outside"])
