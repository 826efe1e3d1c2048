"""Many workers, Section V of Lin, Kostina and Hassibi, which has no figure of it: sum rates, allocations, neighbourhoods."""

import functools
import math

import numpy as np

from ... import _checks
from ...algorithms import ef21_workers, nq_gd_workers
from ...algorithms.ranges import ef21_workers_ranges, nq_gd_workers_ranges
from ...lab import sweep
from ...problems import worker_least_squares
from ...quantizers import UniformScalar, relative_radius
from ...theory import lin as theory
from .protocol import CEILING, FLOOR

LONGEST = 2000


def workers_sum_rate(
    L, mu, sum_rates, instances=5, n=16, seed=0, store=None, backend=None, jobs=None, progress=True
):  # fmt: skip
    """Sum rate against the contraction factor of K-worker NQ-GD, by waterfilling and by equal shares.

    Each instance draws K least-squares problems with these L_k and mu_k and a shared minimiser, equation (62). Waterfilling
    has the whole numbers of levels of ``theory.lin.whole_levels``; equal shares are floor(2**(R / K)) levels a worker.

    Parameters
    ----------
    L, mu : array of shape (K,) or float
        Smoothness and strong convexity of the workers' objectives.
    sum_rates : list of float
        Bits per dimension R > 0 of all workers together.
    instances : int
        Instances at each sum rate; the same ones at every sum rate.
    n : int
        Dimension.
    seed, store, backend, jobs, progress
        See :func:`dqlab.lab.sweep`.

    Returns
    -------
    dqlab.lab.Sweep
        One row an instance, sum rate and allocation: ``sum_rate``, ``trial``, ``allocation`` ("waterfilling" or "equal"),
        ``spent`` (bits per dimension really used), ``silent`` (workers without a bit), ``factor`` (measured), ``bound``
        ((179) at the rates used), ``printed`` (the paper's (69) at R, real rates) and ``outside``. A sum rate at which
        equal shares are less than one bit has no row for them.

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong kind or range.

    Examples
    --------
    >>> from dqlab.experiments import lin
    >>> result = lin.workers_sum_rate([16.0, 4.0, 1.0], 0.25, sum_rates=[18], instances=2, n=8, progress=False)
    >>> factor = result.frame.groupby("allocation").factor.mean()
    >>> bool(factor["waterfilling"] < factor["equal"])
    True
    """
    instances, n = _checks.integer(instances, "instances", 1), _checks.integer(n, "n", 2)
    sum_rates = _checks.vector(np.atleast_1d(sum_rates), "sum_rates").tolist()
    if min(sum_rates, default=0) <= 0:
        raise ValueError(f"sum_rates: expected numbers of bits above 0, got {sum_rates}")
    L, mu = np.atleast_1d(L), np.atleast_1d(mu)
    trial = functools.partial(_sum_rate_instance, L=L, mu=mu, n=n)
    return sweep(trial, {"sum_rate": sum_rates}, instances, seed, store, backend, jobs, progress)


def workers_neighbourhood(
    L, mu, levels, spread=1.0, instances=5, n=16, steps=400, seed=0, store=None, backend=None, jobs=None, progress=True
):  # fmt: skip
    """Where K-worker NQ-GD ends without a shared minimiser, against Theorem D.2; gradient differences on the same problems.

    Parameters
    ----------
    L, mu : array of shape (K,) or float
        Smoothness and strong convexity of the workers' objectives.
    levels : list of int
        Levels of every worker's scalar quantizer.
    spread : float
        How far each worker's minimiser is from their common centre.
    instances, n, seed, store, backend, jobs, progress
        See `workers_sum_rate`.
    steps : int
        T.

    Returns
    -------
    dqlab.lab.Sweep
        One row an instance, number of levels and algorithm ("NQ-GD" or "EF21"): ``levels``, ``trial``, ``algorithm``,
        ``rate`` = log2(levels), ``distance`` (median of |x_t - x*| over the last tenth of the run), ``radius`` (the limit
        of (187) for NQ-GD, 0 for gradient differences), ``factor`` (measured), ``bound`` (on the factor) and ``outside``.

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong kind or range.

    Examples
    --------
    >>> from dqlab.experiments import lin
    >>> result = lin.workers_neighbourhood([8.0, 2.0], 1.0, levels=[1024], instances=2, n=8, progress=False)
    >>> distance = result.frame.groupby("algorithm").distance.max()
    >>> bool(distance["EF21"] < 1e-12 < 1e-4 < distance["NQ-GD"])
    True
    """
    instances, n = _checks.integer(instances, "instances", 1), _checks.integer(n, "n", 2)
    steps = _checks.integer(steps, "steps", 10)
    levels = [_checks.integer(m, "levels", 2) for m in np.atleast_1d(levels)]
    L, mu, spread = np.atleast_1d(L), np.atleast_1d(mu), _checks.positive(spread, "spread")
    trial = functools.partial(_spread_instance, L=L, mu=mu, n=n, spread=spread, steps=steps)
    return sweep(trial, {"levels": levels}, instances, seed, store, backend, jobs, progress)


def _sum_rate_instance(stream, sum_rate, L, mu, n):
    problem = worker_least_squares(L, mu, stream("problem"), n=n)
    x0, L = stream("start").standard_normal(n), problem.worker_L
    rho, mu = math.sqrt(n), problem.mu
    share = math.floor(2.0 ** (sum_rate / problem.workers) * (1 + 1e-12))
    allocations = {"waterfilling": theory.whole_levels(L, sum_rate, rho)}
    if share >= 2:
        allocations["equal"] = np.full(problem.workers, share)
    printed = theory.nq_gd_workers_contraction_factor(L, mu, sum_rate, rho)
    rows = []
    for name, levels in allocations.items():
        if levels.max() == 1:
            continue
        bound = theory.workers_contraction_factor(L, mu, np.log2(levels), rho)
        run = _naive(problem, [UniformScalar(int(m), n) for m in levels], x0, _steps(bound))
        rows.append(
            {
                "allocation": name,
                "spent": float(np.log2(levels).sum()),
                "silent": int((levels == 1).sum()),
                "factor": run.contraction_factor(FLOOR),
                "bound": bound,
                "printed": printed,
                "outside": int(run.outside.sum()),
            }
        )
    return rows


def _spread_instance(stream, levels, L, mu, n, spread, steps):
    problem = worker_least_squares(L, mu, stream("problem"), n=n, spread=spread)
    x0, q = stream("start").standard_normal(n), UniformScalar(levels, n)
    rates, rho = np.full(problem.workers, q.rate), math.sqrt(n)
    L, mu, D = problem.worker_L, problem.mu, problem.reach(x0)
    naive = _naive(problem, [q] * problem.workers, x0, steps)
    rhos = np.full(problem.workers, relative_radius(q))
    ranges = ef21_workers_ranges(problem, D, rhos, naive.stepsize, steps)
    differences = ef21_workers(problem, q, x0=x0, steps=steps, ranges=ranges, record=())
    bounds = (
        (
            naive,
            theory.nq_gd_workers_radius(L, mu, rates, rho, D),
            theory.workers_contraction_factor(L, mu, rates, rho),
        ),
        (differences, 0.0, theory.ef21_workers_contraction_factor(L, mu, rates, rho)),
    )
    return [
        {
            "algorithm": run.name,
            "rate": q.rate,
            "distance": float(np.median(run.distance[-(steps // 10) :])),
            "radius": radius,
            "factor": run.contraction_factor(FLOOR),
            "bound": bound,
            "outside": int((run.outside & (run.ranges > FLOOR * run.ranges[0])).sum()),
        }
        for run, radius, bound in bounds
    ]


def _naive(problem, quantizers, x0, steps):
    """A run of Algorithm 4 with the theorem's ranges, given so that a rate below the threshold is not warned of."""
    rhos, stepsize = np.array([relative_radius(q) for q in quantizers]), theory.gd_stepsize(problem.L, problem.mu)
    ranges = nq_gd_workers_ranges(problem, problem.reach(x0), rhos, stepsize, steps)
    return nq_gd_workers(problem, quantizers, x0=x0, steps=steps, ranges=ranges, record=())


def _steps(factor):
    """How many steps bring the distance down to FLOOR at this factor; where it promises nothing, as many as ranges last."""
    if factor < 1:
        return min(math.ceil(math.log(FLOOR) / math.log(factor)), LONGEST)
    return int(min(300, math.log(CEILING) / math.log(factor))) if factor > 1 else 300
