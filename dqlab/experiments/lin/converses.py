"""The converses of Lin, Kostina and Hassibi at a size where everything can be tried, and Nesterov's chain."""

import itertools
import math
from typing import NamedTuple

import numpy as np

from ... import _checks
from ...problems import gradient, nesterov_chain
from ...quantizers import UniformScalar, quantize
from ...theory import lin as theory


def every_server(points, fineness=1):
    """Every way to place `points` positions on a grid of [-1, 1]: all that T messages in one dimension can mean.

    After T steps a deterministic server stands at a function of the T messages, so whatever worker and server do, it has
    2**(R T) = `points` positions. All subsets of the grid of spacing 1 / (points * fineness) are tried.

    Returns
    -------
    radii : array
        The covering radius of [-1, 1] by each subset; none is below 1 / points.
    best : array, shape (how many attain it, points)
        The subsets whose radius is 1 / points.

    Examples
    --------
    >>> from dqlab.experiments import lin
    >>> radii, best = lin.every_server(4)
    >>> len(radii), float(radii.min()), best.tolist()
    (126, 0.25, [[-0.75, -0.25, 0.25, 0.75]])
    """
    points, fineness = _checks.integer(points, "points", 1), _checks.integer(fineness, "fineness", 1)
    half = points * fineness
    if math.comb(2 * half + 1, points) > 1 << 20:
        raise ValueError(f"points: expected at most 2**20 subsets, got {math.comb(2 * half + 1, points)}")
    line = np.array(list(itertools.combinations(range(-half, half + 1), points)), np.int32)
    twice = np.maximum(2 * (line[:, 0] + half), 2 * (half - line[:, -1]))  # 2 half times the radius: no rounding
    if points > 1:
        twice = np.maximum(twice, np.diff(line, axis=1).max(axis=1))
    return twice / (2 * half), line[twice == 2 * fineness] / half


def every_encoder(positions, minimisers):
    """Every deterministic encoder of a few minimisers, literally: the least worst-case distance that any of them attains.

    An encoder is a function from minimisers to positions: len(positions)**len(minimisers) of them.

    Examples
    --------
    >>> from dqlab.experiments import lin
    >>> lin.every_encoder([-0.5, 0.5], [-1.0, -0.3, 0.0, 0.8])
    (16, 0.5)
    """
    positions, minimisers = _checks.vector(positions, "positions"), _checks.vector(minimisers, "minimisers")
    count = positions.size**minimisers.size
    if count > 1 << 20:
        raise ValueError(f"minimisers: expected at most 2**20 encoders, got {count}")
    away = np.abs(minimisers[:, None] - positions)
    worst = away[0]
    for row in away[1:]:
        worst = np.maximum(worst[:, None], row).ravel()
    return count, float(worst.min())


def every_codebook(levels, ratios, reach=None):
    """Every two-step quantized gradient descent on the line: all codebooks C of a grid, all given ratios of the ranges.

    Its server stands at c + ratio c' for c, c' in C. Positions are counted in units in which D = levels**2, so that
    no covering radius is below 1.

    Parameters
    ----------
    levels : int
        Points of the codebook, R = log2(levels).
    ratios : list of float
        r_1 / r_0. The order of the steps does not change where two steps end, so ratios up to 1 are enough.
    reach : int, optional
        The codebook's points are integers of absolute value up to `reach`; D unless given.

    Returns
    -------
    pandas.DataFrame
        A row a ratio: ``ratio``, ``schemes`` (how many codebooks), ``best`` (the least covering radius over 1), and
        ``attained`` (the codebooks that attain 1, a list of tuples).

    Examples
    --------
    >>> from dqlab.experiments import lin
    >>> lin.every_codebook(2, [0.5]).attained.tolist()
    [[(-2, 2)]]
    """
    import pandas as pd

    levels = _checks.integer(levels, "levels", 2)
    D = levels**2
    reach = D if reach is None else _checks.integer(reach, "reach", 1)
    if math.comb(2 * reach + 1, levels) > 1 << 20:
        raise ValueError(f"levels: expected at most 2**20 codebooks, got {math.comb(2 * reach + 1, levels)}")
    books = np.array(list(itertools.combinations(range(-reach, reach + 1), levels)), np.int32)
    rows = []
    for ratio in _checks.vector(np.atleast_1d(ratios), "ratios"):
        sums = (books[:, :, None] + ratio * books[:, None, :]).reshape(len(books), -1)
        radii = _radii_on_the_line(np.sort(sums, axis=1), D)
        best = books[radii <= 1 + 1e-9]
        rows.append(
            {
                "ratio": float(ratio),
                "schemes": len(books),
                "best": float(radii.min()),
                "attained": [tuple(int(c) for c in book) for book in best],
            }
        )
    return pd.DataFrame(rows)


def _radii_on_the_line(positions, D):
    """The covering radius of [-D, D] by every row of sorted positions: the ends, and the midpoints that lie inside."""
    low, high = positions[:, :-1], positions[:, 1:]
    middle = np.clip((low + high) / 2, -D, D)
    holes = np.minimum(np.abs(middle - low), np.abs(high - middle))
    holes = np.where((high < -D) | (low > D), 0.0, np.maximum(holes, 0.0))
    ends = [np.abs(positions - end).min(axis=1) for end in (-D, D)]
    return np.maximum(np.maximum(*ends), holes.max(axis=1))


class Path(NamedTuple):
    """What a scheme did: x^_0, ..., x^_T and, for every step, z_t, u_t, e_t and r_t."""

    iterates: np.ndarray
    access: np.ndarray
    inputs: np.ndarray
    errors: np.ndarray
    ranges: np.ndarray


def dictation(problem, levels, steps, x0=0.0, D=1.0):
    """A member of the class A_GD on the line that contracts by 2**-R whatever kappa is: the worker dictates x*.

    Definition IV.1 lets the worker add any multiple of past errors to its gradient, and it knows f. On the line one error
    other than 0 spans everything, so from step 2 on the input can be u_t = (x^_t - x*) / eta: the digits of x*. The ranges
    are fixed in advance; r_1 is so large that the errors of steps 0 and 1 cannot both be 0.

    Parameters
    ----------
    problem : a problem of dimension 1
    levels : int
        An even number of cells; R = log2(levels).
    steps : int
    x0, D : float
        |x0 - x*| <= D.

    Returns
    -------
    Path
        With |x^_t - x*| <= eta r_t for t >= 2, and r_{t+1} = r_t / levels.

    Examples
    --------
    >>> from dqlab.experiments import lin
    >>> problem = lin.quadratic([0.3], L=100.0, mu=1.0)
    >>> path = lin.dictation(problem, levels=4, steps=12)
    >>> bool(abs(path.iterates[12, 0] - 0.3) < 4.0**-9)
    True
    """
    levels, steps = _checks.integer(levels, "levels", 2), _checks.integer(steps, "steps", 2)
    if problem.dim != 1 or levels % 2:
        raise ValueError(f"problem, levels: expected dimension 1 and an even number, got {problem.dim} and {levels}")
    quantizer, eta = UniformScalar(levels, 1), theory.gd_stepsize(problem.L, problem.mu)
    ranges = _dictated_ranges(problem, levels, steps, eta, D)
    x, z, u, e = np.full((steps + 1, 1), float(x0)), *(np.zeros((steps, 1)) for _ in range(3))
    for t in range(steps):
        free = e[:t].any()  # a past error other than 0: its span is the line
        z[t] = x[t]
        u[t] = (x[t] - problem.minimiser) / eta if free else gradient(problem, z[t])
        q = quantize(quantizer, u[t], ranges[t], outside="clip")  # rounding may carry an input just past its range
        e[t], x[t + 1] = q - u[t], x[t] - eta * q
    return Path(x, z, u, e, ranges)


def _dictated_ranges(problem, levels, steps, eta, D):
    sigma, L = theory.gd_contraction_factor(problem.kappa), problem.L
    first = L * D
    near = sigma * D + eta * first / levels  # |x_1 - x*| at most
    second = 1.01 * max(sigma * (levels - 1) * first, near / eta)
    rest = max(second / levels, near / eta) * float(levels) ** -np.arange(steps - 2)
    return np.concatenate([[first, second], rest])


def chain_runs(kappa, n, steps, methods):
    """Gradient methods on Nesterov's chain, each against sigma_HB**t |x_0 - x*|, equation (173).

    Parameters
    ----------
    kappa : float
    n : int
        Coordinates; above `steps`, or truncation is felt.
    steps : int
    methods : mapping of names to functions
        ``method(problem, steps)`` returns a Run from x_0 = 0.

    Returns
    -------
    pandas.DataFrame
        A row a method and step: ``method``, ``t``, ``distance``, ``bound`` (on n coordinates) and ``ideal`` (173).

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments import lin
    >>> table = lin.chain_runs(25.0, 40, 20, {"GD": lambda p, steps: dq.algorithms.gd(p, steps=steps)})
    >>> bool((table.distance >= table.bound * (1 - 1e-12)).all())
    True
    """
    import pandas as pd

    problem = nesterov_chain(_checks.positive(kappa, "kappa"), 1.0, n)
    t = np.arange(_checks.integer(steps, "steps", 1) + 1)
    bounds = {"bound": theory.nesterov_chain_distance(t, kappa, n), "ideal": theory.nesterov_distance(t, kappa)}
    return pd.concat(
        [
            pd.DataFrame({"method": name, "t": t, "distance": method(problem, steps).distance, **bounds})
            for name, method in methods.items()
        ],
        ignore_index=True,
    )
