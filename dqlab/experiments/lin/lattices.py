"""Lattices under DQ-GD: what better covering buys, against max(sigma_GD, rho') and against the converse max(sigma_GD, 2^-R).

A code is named "scalar", or by a lattice and a shape: "E8 voronoi" works in blocks, "Z104 ball" in its own dimension.
"""

import functools
import math

import numpy as np

from ... import _checks
from ...algorithms import dq_gd
from ...algorithms.ranges import dq_gd_ranges
from ...lab import sweep
from ...lattices import named, thickness
from ...problems import LeastSquares
from ...quantizers import Lattice, UniformScalar, covering_efficiency, nbits, rate, relative_radius
from ...theory import lin as theory
from .protocol import FLOOR, run_length

ARRIVED = 1e-9  # of the first distance: a run that stalls does not come near it


@functools.lru_cache(maxsize=256)
def lattice_code(code, budget, dim):
    """The quantizer with a name, at `budget` bits per dimension or a little less.

    Parameters
    ----------
    code : str
        "scalar", "<lattice> voronoi" or "<lattice> ball"; see :func:`dqlab.quantizers.Lattice`.
    budget : float
        Bits per dimension that it may use.
    dim : int
        n.

    Returns
    -------
    a quantizer, or None where the budget buys no such code

    Raises
    ------
    ValueError
        For an unknown code, or a dimension that does not match.

    Examples
    --------
    >>> from dqlab.experiments import lin
    >>> lin.lattice_code("E8 voronoi", 3, 104), lin.lattice_code("E8 voronoi", 0.5, 104)
    (Voronoi(E8, levels=8, dim=104), None)
    """
    if code == "scalar":
        levels = math.floor(2.0**budget * (1 + 1e-12))
        return UniformScalar(levels, dim) if levels >= 2 else None
    name, _, shape = str(code).partition(" ")
    if shape not in ("voronoi", "ball"):
        raise ValueError(f"code: expected 'scalar', '<lattice> voronoi' or '<lattice> ball', got {code!r}")
    try:
        return Lattice(name, budget, dim, shape)
    except ValueError as error:
        if str(error).startswith("rate: a "):
            return None  # too few bits for this lattice
        raise


def lattice_covering(dim, rates, codes):
    """How well each code covers the ball, against its rate.

    Parameters
    ----------
    dim : int
        n.
    rates : list of float
        Bits per dimension that a code may use.
    codes : list of str
        See :func:`lattice_code`. A rate that buys no such code has no row.

    Returns
    -------
    pandas.DataFrame
        ``code``, ``budget``, ``rate`` (used), ``bits`` (of a message), ``relative`` = rho', ``rho``, and beside them
        ``limit``, what rho tends to at high rate, and ``converse`` = 2^-rate, below which no rho' is.

    Examples
    --------
    >>> from dqlab.experiments import lin
    >>> lin.lattice_covering(104, [3], ["scalar", "E8 voronoi"])[["code", "bits", "relative"]].round(3).values.tolist()
    [['scalar', 312, 1.275], ['E8 voronoi', 312, 0.774]]
    """
    import pandas as pd

    rows = []
    for code in codes:
        for budget in _rates(rates):
            quantizer = lattice_code(code, budget, dim)
            if quantizer is not None:
                rows.append(
                    {
                        "code": code,
                        "budget": budget,
                        "rate": rate(quantizer),
                        "bits": nbits(quantizer),
                        "relative": relative_radius(quantizer),
                        "rho": covering_efficiency(quantizer),
                        "limit": lattice_limit(code, dim),
                        "converse": 2.0 ** -rate(quantizer),
                    }
                )
    return pd.DataFrame(rows, columns=["code", "budget", "rate", "bits", "relative", "rho", "limit", "converse"])


def lattice_limit(code, dim):
    """What the covering efficiency of a code tends to as its rate grows.

    sqrt(n) for the scalar quantizer; sqrt(blocks) times covering over packing radius for a Voronoi code; for a ball the n-th
    root of the thickness.

    Examples
    --------
    >>> from dqlab.experiments import lin
    >>> round(lin.lattice_limit("E8 voronoi", 104), 3), round(lin.lattice_limit("Z104 ball", 104), 3)
    (5.099, 2.01)
    """
    if code == "scalar":
        return math.sqrt(dim)
    name, _, shape = code.partition(" ")
    lattice = named(name)
    if shape == "ball":
        return thickness(lattice) ** (1 / lattice.dim)
    if name.startswith("Z"):
        return math.sqrt(dim)  # blocks of one coordinate each
    return math.sqrt(dim / lattice.dim) * lattice.covering_radius / lattice.packing_radius


def survey_matrix(nodes=104, measurements=331, seed=0):
    """A matrix like ash331 that is always at hand: the incidence matrix of a random connected graph.

    ash331 comes from a survey: every row is a measurement between two of 104 points and holds two ones. Here the graph is drawn
    at random, with degrees of at least 3 and at most 12 as there.

    Parameters
    ----------
    nodes, measurements : int
        Columns and rows; on average 3 to 12 measurements at a node.
    seed : int

    Returns
    -------
    ndarray, shape (measurements, nodes)

    Raises
    ------
    ValueError
        If there are too few or too many measurements for such degrees.

    Examples
    --------
    >>> from dqlab.experiments import lin
    >>> A = lin.survey_matrix()
    >>> A.shape, set(A.sum(axis=1).tolist()), int(A.sum(axis=0).min())
    ((331, 104), {2.0}, 3)
    """
    import networkx as nx

    from ...streams import stream

    nodes = _checks.integer(nodes, "nodes", 14)
    measurements = _checks.integer(measurements, "measurements", 1)
    if not 3 * nodes <= 2 * measurements <= 10 * nodes:
        raise ValueError(
            f"measurements: expected {3 * nodes / 2:g} to {5 * nodes} for {nodes} nodes, got {measurements}"
        )
    rng, degrees = stream(seed, "survey"), np.full(nodes, 3)
    while degrees.sum() < 2 * measurements:
        node = rng.integers(nodes)
        degrees[node] += degrees[node] < 12
    while True:
        graph = nx.random_degree_sequence_graph(degrees.tolist(), seed=int(rng.integers(2**31)), tries=100)
        if nx.is_connected(graph) and not nx.is_bipartite(graph):  # so that A has full column rank
            return nx.incidence_matrix(graph).toarray().T


def lattice_rates(problem, rates, codes, instances=10, seed=0, store=None, backend=None, jobs=None, progress=True):
    """DQ-GD's measured contraction factor with each code at each rate.

    Each instance draws the minimiser and x_0 standard normal; step size (20) and dynamic ranges (22) are the theorem's.
    All codes see the same instances.

    Parameters
    ----------
    problem : LeastSquares
        Its Gram matrix is what matters; the minimiser is drawn anew.
    rates : list of float
        Bits per dimension that a code may use.
    codes : list of str
        See :func:`lattice_code`. A rate that buys no such code has no rows.
    instances, seed, store, backend, jobs, progress
        As ``trials``, ``seed``, ... of :func:`dqlab.lab.sweep`.

    Returns
    -------
    dqlab.lab.Sweep
        One row an instance and a code: ``code``, ``budget``, ``trial``, ``rate`` (used), ``bits`` of a message, ``relative``
        = rho', ``factor``, ``bound`` = max(sigma_GD, rho'), ``converse`` = max(sigma_GD, 2^-rate), ``left`` (the last distance
        over the first), ``arrived`` (whether that is small: linear convergence), ``outside`` and ``steps``.

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments import lin
    >>> problem = dq.problems.random_spectrum(10.0, dq.stream(0, "problem"), n=16)
    >>> result = lin.lattice_rates(problem, [2], ["scalar", "E8 voronoi"], instances=2, progress=False)
    >>> result.frame.groupby("code", sort=False)["arrived"].all().to_dict()
    {'scalar': False, 'E8 voronoi': True}
    """
    if not isinstance(problem, LeastSquares):
        raise TypeError(f"problem: expected a LeastSquares, got {type(problem).__name__}")
    found = [(code, budget) for code in codes for budget in _rates(rates)]
    found = [pair for pair in found if lattice_code(*pair, problem.dim) is not None]
    if not found:
        raise ValueError(f"rates: none of {list(rates)} buys any of the codes {list(codes)}")
    grid = [{"code": code, "budget": budget} for code, budget in found]
    instances = _checks.integer(instances, "instances", 1)
    return sweep(functools.partial(_trial, problem=problem), grid, instances, seed, store, backend, jobs, progress)


def lowest_rates(frame, sigma):
    """The lowest rate at which each code lets DQ-GD converge linearly, measured and by theory.

    Parameters
    ----------
    frame : pandas.DataFrame
        Of :func:`lattice_rates`.
    sigma : float
        sigma_GD of the problem.

    Returns
    -------
    pandas.DataFrame
        One row a code: ``measured`` (the lowest rate from which on every run arrived), ``linear`` (the lowest with rho' < 1),
        ``lossless`` (the lowest with rho' <= sigma), ``rho`` and ``log2 rho`` at ``linear``. NaN where no rate was high enough.

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments import lin
    >>> problem = dq.problems.random_spectrum(10.0, dq.stream(0, "problem"), n=16)
    >>> result = lin.lattice_rates(problem, [1.6, 2, 2.4], ["scalar", "E8 voronoi"], instances=1, progress=False)
    >>> lin.lowest_rates(result.frame, 9 / 11)[["code", "measured", "linear"]].round(2).values.tolist()
    [['scalar', 2.32, 2.32], ['E8 voronoi', 2.0, 2.0]]
    """
    import pandas as pd

    rows = []
    for code, of_code in frame.groupby("code", sort=False):
        at = of_code.groupby("rate").agg(relative=("relative", "first"), arrived=("arrived", "all")).sort_index()
        failed = at.index[~at["arrived"]]
        linear = _first(at.index[at["relative"] < 1])
        rho = 2.0**linear * at["relative"][linear] if linear == linear else math.nan
        rows.append(
            {
                "code": code,
                "measured": _first(at.index[at.index > failed.max()] if len(failed) else at.index),
                "linear": linear,
                "lossless": _first(at.index[at["relative"] <= sigma]),
                "rho": rho,
                "log2 rho": math.log2(rho) if rho == rho else math.nan,
            }
        )
    return pd.DataFrame(rows)


def _first(rates):
    return float(rates[0]) if len(rates) else math.nan


def _rates(rates):
    return sorted({_checks.positive(r, "rates") for r in rates})


def _trial(stream, code, budget, problem):
    """One instance of a problem with one code."""
    rng, quantizer = stream("problem"), lattice_code(code, budget, problem.dim)
    minimiser, x0 = rng.standard_normal(problem.dim), rng.standard_normal(problem.dim)
    moment = problem.gram @ minimiser
    problem = problem._replace(moment=moment, offset=0.5 * float(minimiser @ moment), minimiser=minimiser)
    sigma, rho = theory.gd_contraction_factor(problem.kappa), relative_radius(quantizer)
    steps = run_length(max(sigma, rho), max(sigma, 0.5))
    stepsizes = np.full(steps, theory.gd_stepsize(problem.L, problem.mu))
    ranges = dq_gd_ranges(problem, float(np.linalg.norm(x0 - minimiser)), rho, stepsizes)
    run = dq_gd(problem, quantizer, x0=x0, steps=steps, ranges=ranges, record=())
    left = float(run.distance[-1] / run.distance[0])
    return {
        "rate": rate(quantizer),
        "bits": nbits(quantizer),
        "relative": rho,
        "factor": run.contraction_factor(FLOOR),
        "bound": max(sigma, rho),
        "converse": float(theory.converse_contraction_factor(problem.kappa, rate(quantizer))),
        "left": left,
        "arrived": left < ARRIVED,
        "outside": int(run.outside.sum()),
        "steps": steps,
    }
