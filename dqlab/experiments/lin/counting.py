"""Counting what a quantized gradient descent can reach: the volume argument of Theorem IV.1, step by step."""

import itertools

import numpy as np

from ... import _checks
from ...algorithms import dq_gd, nq_gd
from ...algorithms.ranges import dq_gd_ranges, nq_gd_ranges
from ...problems import LeastSquares
from ...quantizers import decode
from ...quantizers.covering import points as count_points
from ...quantizers.covering import rate, relative_radius
from ...quantizers.verbs import alphabet, length
from ...streams import stream
from ...theory import lin as theory

MOST = 1 << 18  # positions that are listed one by one
RUNS = {"DQ-GD": dq_gd, "NQ-GD": nq_gd}


def codepoints(quantizer):
    """All that a quantizer can say: the image Im(q), shape (count, dim), in the order of its codes.

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments import lin
    >>> lin.codepoints(dq.quantizers.UniformScalar(levels=2, dim=2)).tolist()
    [[-0.5, -0.5], [-0.5, 0.5], [0.5, -0.5], [0.5, 0.5]]
    """
    count = count_points(quantizer)
    if count > MOST:
        raise ValueError(f"quantizer: expected at most {MOST} points, got {count}")
    codes = itertools.product(range(int(alphabet(quantizer))), repeat=length(quantizer))
    return np.array([decode(quantizer, np.array(code), 1.0) for code in codes])


def reachable(quantizer, stepsize, ranges, x0=None):
    """S_A of equation (168): every position in which x^_{t+1} = x^_t - eta q_t can leave the server after T steps.

    Parameters
    ----------
    quantizer : a quantizer of dimension n
    stepsize : float
        eta.
    ranges : array, shape (T,)
        r_t; T may be 0.
    x0 : array, shape (n,), optional
        0 unless given.

    Returns
    -------
    array, shape (count, n)
        Without repetitions, so count <= 2**(n R T): two sequences of messages may end in the same place.

    Raises
    ------
    ValueError
        If there are more than 2**18 sequences of messages.

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments import lin
    >>> lin.reachable(dq.quantizers.UniformScalar(levels=2, dim=1), 1.0, [1.0, 0.5]).ravel().tolist()
    [-0.75, -0.25, 0.25, 0.75]
    """
    ranges = _checks.vector(ranges, "ranges")
    image = codepoints(quantizer)
    if len(image) ** ranges.size > MOST:
        raise ValueError(
            f"ranges: expected at most {MOST} sequences of messages, got {len(image)} ** {ranges.size}; take fewer steps"
        )
    x0 = np.zeros(quantizer.dim) if x0 is None else _checks.vector(x0, "x0", quantizer.dim)
    positions = x0[None, :].astype(np.float64)
    for r in ranges:
        positions = (positions[:, None, :] - stepsize * r * image).reshape(-1, quantizer.dim)
        positions = _distinct(positions, 1e-12 * stepsize * ranges[0])
    return positions


def _distinct(points, unit):
    """The rows that differ by more than rounding, in lexical order."""
    _, first = np.unique(np.round(points / unit), axis=0, return_index=True)
    return points[first]


def deepest_hole(points, D=1.0):
    """The point of the ball B(D) that is farthest from all of `points`, and how far it is: exact in one and two dimensions.

    On the line the candidates are the ends and the midpoints. In the plane they are the corners of the Voronoi cells, and
    where the circle crosses their edges or is farthest from a point: between them the distance has no maximum.

    Returns
    -------
    hole : array, shape (n,)
    radius : float
        The covering radius of B(D) by the points, at least ``theory.lin.volume_radius(len(points), n, D)``.

    Examples
    --------
    >>> from dqlab.experiments import lin
    >>> hole, radius = lin.deepest_hole([[0.0, 0.0]], D=2.0)
    >>> float(hole @ hole), radius
    (4.0, 2.0)
    """
    points, D = _checks.matrix(points, "points"), _checks.positive(D, "D")
    if points.shape[1] == 1:
        line = np.sort(points[:, 0])
        candidates = np.concatenate([[-D, D], (line[1:] + line[:-1]) / 2])[:, None]
    elif points.shape[1] == 2:
        candidates = _holes_in_the_plane(points, D)
    else:
        raise ValueError(f"points: expected one or two coordinates, got {points.shape[1]}; see ball_covering_radius")
    from scipy.spatial import cKDTree

    candidates = candidates[np.linalg.norm(candidates, axis=1) <= D * (1 + 1e-9)]
    distances = cKDTree(points).query(candidates)[0]
    deepest = int(distances.argmax())
    return candidates[deepest], float(distances[deepest])


def _holes_in_the_plane(points, D):
    from scipy.spatial import Voronoi

    far = 1e3 * max(
        D, np.abs(points).max()
    )  # guards: every real point has a bounded cell, and any number of points will do
    guards = far * np.array([[1.0, 0.1], [-1.0, 0.2], [0.3, 1.0], [-0.1, -1.0]])
    diagram = Voronoi(np.concatenate([points, guards]))
    pairs = diagram.ridge_points[(diagram.ridge_points < len(points)).all(axis=1)]
    p, q = points[pairs[:, 0]], points[pairs[:, 1]]
    normal = (q - p) / np.linalg.norm(q - p, axis=1, keepdims=True)
    offset = ((p + q) / 2 * normal).sum(axis=1, keepdims=True)
    half = np.sqrt(np.maximum(D**2 - offset**2, 0))
    along = normal[:, ::-1] * [-1, 1]
    norms = np.linalg.norm(points, axis=1, keepdims=True)
    opposite = np.where(norms > 0, -points / np.where(norms > 0, norms, 1), [1.0, 0.0]) * D
    return np.concatenate([diagram.vertices, normal * offset + half * along, normal * offset - half * along, opposite])


def quadratic(minimiser, L, mu):
    """A quadratic of F_n with a given minimiser: curvatures from mu to L along the axes, or L alone in one dimension.

    Examples
    --------
    >>> from dqlab.experiments import lin
    >>> problem = lin.quadratic([0.5, 0.0], L=4.0, mu=1.0)
    >>> problem.kappa, problem.gram.diagonal().tolist()
    (4.0, [4.0, 1.0])
    """
    minimiser = _checks.vector(minimiser, "minimiser").astype(np.float64)
    L, mu = _checks.positive(L, "L"), _checks.positive(mu, "mu")
    if L < mu:
        raise ValueError(f"L: expected L >= mu = {mu}, got {L}")
    curvatures = np.linspace(L, mu, minimiser.size) if minimiser.size > 1 else np.array([L])
    moment = curvatures * minimiser
    return LeastSquares(np.diag(curvatures), moment, 0.5 * float(moment @ minimiser), minimiser, L, mu)


def counted(kappa, quantizer, steps, algorithm="DQ-GD", D=1.0):
    """Count what a quantized gradient descent can reach, and send the minimiser to the deepest hole.

    For T = 1, ..., steps: all positions reachable under the theorem's ranges, how well they cover B(D), and a run of the
    algorithm whose x* is the point that they cover worst.

    Parameters
    ----------
    kappa : float
        L / mu, with mu = 1.
    quantizer : a quantizer of dimension 1 or 2
    steps : int
        At most 2**18 sequences of messages in all.
    algorithm : {"DQ-GD", "NQ-GD"}
    D : float

    Returns
    -------
    pandas.DataFrame
        A row a T: ``T``, ``reached`` and ``at_most`` = 2**(n R T), ``radius`` (of the covering of B(D)), ``bound`` =
        D 2**(-R T), ``distance`` (of the run at step T from the x* in the hole).

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments import lin
    >>> table = lin.counted(5.0, dq.quantizers.UniformScalar(levels=2, dim=1), steps=4)
    >>> table.reached.tolist(), bool((table.distance >= table.bound).all())
    ([2, 4, 8, 16], True)
    """
    import pandas as pd

    steps = _checks.integer(steps, "steps", 1)
    _checks.choice(algorithm, "algorithm", tuple(RUNS))
    stepsize, ranges = _ranges(kappa, quantizer, steps, algorithm, D)
    rows = []
    for t in range(1, steps + 1):
        positions = reachable(quantizer, stepsize, ranges[:t])
        hole, radius = deepest_hole(positions, D)
        problem = quadratic(hole, float(kappa), 1.0)
        run = RUNS[algorithm](problem, quantizer, steps=t, D=D, ranges=ranges[:t], record=())
        bits = rate(quantizer)
        rows.append(
            {
                "T": t,
                "reached": len(positions),
                "at_most": count_points(quantizer) ** t,
                "radius": radius,
                "bound": theory.volume_distance(t, bits, D),
                "distance": float(run.distance[t]),
            }
        )
    return pd.DataFrame(rows)


def _ranges(kappa, quantizer, steps, algorithm, D):
    problem, rho = quadratic(np.zeros(quantizer.dim), float(kappa), 1.0), relative_radius(quantizer)
    stepsize = theory.gd_stepsize(problem.L, problem.mu)
    if algorithm == "DQ-GD":
        return stepsize, dq_gd_ranges(problem, D, rho, np.full(steps, stepsize))
    return stepsize, nq_gd_ranges(problem, D, rho, stepsize, steps)


def almost_every(kappa, quantizer, steps, minimisers=2000, D=1.0, seed=0):
    """Theorem IV.1 for almost every x*: minimisers drawn uniformly from B(D), a run of DQ-GD for each, and how many came close.

    Parameters
    ----------
    kappa : float
        L / mu, with mu = 1.
    quantizer : a quantizer of dimension n
    steps, minimisers : int
    D, seed

    Returns
    -------
    pandas.DataFrame
        A row a T: ``T``, ``radius`` = eps_T, ``close`` (how many runs have |x^_T - x*| <= eps_T), ``share``, and
        ``bound`` = T**-2, which the expected share does not exceed.

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments import lin
    >>> lin.almost_every(3.0, dq.quantizers.UniformScalar(levels=4, dim=2), steps=3, minimisers=50).bound.round(3).tolist()
    [1.0, 0.25, 0.111]
    """
    import pandas as pd

    steps, minimisers = _checks.integer(steps, "steps", 1), _checks.integer(minimisers, "minimisers", 1)
    rng, n = stream(seed, "minimiser"), quantizer.dim
    _, ranges = _ranges(kappa, quantizer, steps, "DQ-GD", D)
    t = np.arange(1, steps + 1)
    radius = theory.almost_sure_radius(t, rate(quantizer), n, D)
    close = np.zeros(steps, np.int64)
    for _ in range(minimisers):
        direction = rng.standard_normal(n)
        minimiser = direction * (D * rng.random() ** (1 / n) / np.linalg.norm(direction))
        problem = quadratic(minimiser, float(kappa), 1.0)
        run = dq_gd(problem, quantizer, steps=steps, D=D, ranges=ranges, record=())
        close += run.distance[1:] <= radius
    return pd.DataFrame({"T": t, "radius": radius, "close": close, "share": close / minimisers, "bound": 1.0 / t**2})
