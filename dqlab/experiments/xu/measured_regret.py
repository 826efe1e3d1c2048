"""Regret along runs of QCMD and QRDA adagrad, beside the bounds of Theorems 4.3 and 4.4."""

from typing import NamedTuple

import numpy as np

from ... import _checks
from ...algorithms import cmd_adagrad, rda_adagrad
from ...theory import xu as theory

RUNS = {"cmd": cmd_adagrad, "rda": rda_adagrad}


class RegretRuns(NamedTuple):
    """Independent runs of one method on one instance. Every array has the shape (trials, T): a horizon a column.

    Attributes
    ----------
    method : str
    stepsize, delta : float
    regret, regret_next : array
        The average regret at x_t, (1/T) sum F(x_t) - F(x*), and at x_{t+1}. F is f + lambda \\|x\\|_1: the average over all data.
    length : array
        ``theory.xu.path_length``: sum_i |q_{1:T,i}|.
    D, G, printed_G : array
        max \\|x_t - x*\\| and max \\|q_t\\|, both in the maximum norm, and max_i |q_{1:T,i}|, as the paper has it.
    averaged : array
        F - F(x*) at the average of x_1, ..., x_T.

    Examples
    --------
    >>> RegretRuns._fields[:3]
    ('method', 'stepsize', 'delta')
    """

    method: str
    stepsize: float
    delta: float
    regret: np.ndarray
    regret_next: np.ndarray
    length: np.ndarray
    D: np.ndarray
    G: np.ndarray
    printed_G: np.ndarray
    averaged: np.ndarray


def regret_runs(instance, method, *, steps, trials, stepsize, delta=None, batch=1, seed=0, **options):
    """Run a method `trials` times, and measure everything that the theorems speak of at every horizon up to `steps`.

    Parameters
    ----------
    instance : RegretInstance
    method : {"cmd", "rda"}
    steps, trials, batch : int
    stepsize : float
        eta.
    delta : float, optional
        ``max(1, instance.reach)`` unless given: what the theorems ask for.
    seed : int
        Trial k has the seed (seed, k) of its own.
    **options
        For ``cmd_adagrad`` and ``rda_adagrad``: uplink, downlink, select, feedback.

    Returns
    -------
    RegretRuns

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments import xu as experiments
    >>> instance = experiments.RegretInstance.diabetes()
    >>> ternary = dq.quantizers.TernGrad(10)
    >>> runs = experiments.regret_runs(instance, "rda", steps=50, trials=2, stepsize=1.0, uplink=ternary, downlink=ternary)
    >>> runs.regret.shape, bool((runs.regret > 0).all()), bool((runs.averaged <= runs.regret + 1e-12).all())
    ((2, 50), True, True)
    """
    run = RUNS[_checks.choice(method, "method", tuple(RUNS))]
    delta = max(1.0, instance.reach) if delta is None else delta
    seeds = np.random.SeedSequence(seed).generate_state(_checks.integer(trials, "trials", 1))
    settings = {"steps": steps, "batch": batch, "stepsize": stepsize, "penalty": instance.penalty, "delta": delta}
    settings = {"select": None, "history": True} | settings | options
    measured = [_measured(instance, run(instance.problem, seed=int(key), **settings)) for key in seeds]
    return RegretRuns(method, float(stepsize), float(delta), *(np.array(part) for part in zip(*measured, strict=True)))


def _measured(instance, run):
    """The fields of ``RegretRuns`` from `regret` on, of one run."""
    x, q = np.asarray(run.x, float), np.asarray(run.q, float)
    T = np.arange(1, len(q) + 1)
    excess, means = instance.excess(x), np.cumsum(x[:-1], axis=0) / T[:, None]
    return (
        np.cumsum(excess[:-1]) / T,
        np.cumsum(excess[1:]) / T,
        theory.path_length(q),
        np.maximum.accumulate(np.abs(x[:-1] - instance.best).max(axis=1)),
        theory.gradient_bound(q),
        theory.gradient_bound(q, printed=True),
        instance.excess(means),
    )


def regret_table(instance, runs, horizons):
    """Measured regret beside the bounds, a row a horizon.

    The measured column is at x_{t+1} for "cmd" and at x_t for "rda", as in the theorems, the mean over trials. For the bounds, expectations
    are replaced by means over trials, and almost sure bounds by what was the largest in any trial.

    Parameters
    ----------
    instance : RegretInstance
    runs : RegretRuns
    horizons : sequence of int

    Returns
    -------
    pandas.DataFrame
        ``T``; ``measured`` and ``half``, half of a 95 % interval; ``corrected``, the corrected theorem with sum_i |q_{1:T,i}|; ``theorem``,
        with d G sqrt(T); ``printed`` and ``intended``, the printed one with the G of the paper and with the one that it means;
        ``short``, for "cmd", what bounds the regret at x_t. ``corrected`` and ``theorem`` of "cmd" are NaN where eta is too large for them.

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments import xu as experiments
    >>> instance = experiments.RegretInstance.diabetes()
    >>> ternary = dq.quantizers.TernGrad(10)
    >>> runs = experiments.regret_runs(instance, "rda", steps=50, trials=2, stepsize=1.0, uplink=ternary, downlink=ternary)
    >>> table = experiments.regret_table(instance, runs, [10, 50])
    >>> bool((table.measured < table.corrected).all()), bool((table.corrected < table.theorem).all())
    (True, True)
    """
    import pandas as pd

    d, eta, delta, rows = instance.best.size, runs.stepsize, runs.delta, []
    cmd = runs.method == "cmd"
    applies = not cmd or eta <= theory.cmd_stepsize(instance.L, delta) * (1 + 1e-12)
    for T in horizons:
        seen = (runs.regret_next if cmd else runs.regret)[:, T - 1]
        length, (D, G, printed_G) = (
            runs.length[:, T - 1].mean(),
            (v[:, T - 1].max() for v in (runs.D, runs.G, runs.printed_G)),
        )
        if cmd:
            corrected = theory.cmd_regret(T, length, D, d, delta, eta)
            rest = [
                theory.theorem_4_3(T, d, bound, D, delta, eta, printed=old) for bound, old in _choices(G, printed_G)
            ]
            short = theory.short_cmd_regret(T, length, D, d, delta, eta)
        else:
            corrected, short = theory.rda_regret(T, length, instance.best, delta, eta), np.nan
            rest = [
                theory.theorem_4_4(T, d, bound, instance.best, delta, eta, printed=old)
                for bound, old in _choices(G, printed_G)
            ]
        half = 1.96 * seen.std(ddof=1) / np.sqrt(seen.size) if seen.size > 1 else np.nan
        proved = (corrected, rest[0]) if applies else (np.nan, np.nan)
        rows.append((T, seen.mean(), half, *proved, *rest[1:], short))
    names = ["T", "measured", "half", "corrected", "theorem", "printed", "intended", "short"]
    return pd.DataFrame(rows, columns=names)


def _choices(G, printed_G):
    return (G, False), (printed_G, True), (G, True)
