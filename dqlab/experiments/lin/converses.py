"""The converses of Lin, Kostina and Hassibi at a size where everything can be tried, and Nesterov's chain."""

import itertools
import math

import numpy as np

from ... import _checks
from ...problems import nesterov_chain
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
