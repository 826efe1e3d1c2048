"""Expectations without sampling: every path that a few steps of ternary quantization can take, and how likely it is."""

from itertools import product
from typing import NamedTuple

import numpy as np

from ... import _checks
from ...theory import xu as theory

METHODS = ("cmd", "rda")


class Paths(NamedTuple):
    """All paths of T steps; regrets and sides are expectations, for every horizon 1, ..., T.

    Attributes
    ----------
    chances : array, shape (paths,)
    x, q : array, shape (paths, T + 1, dim) and (paths, T, dim)
    best : array
        The minimiser of F = f + lambda \\|x\\|_1.
    regret, regret_next : array, shape (T,)
        E sum F(x_t) - F(x*), and the same at x_{t+1}.
    bias : float
        The largest \\|E[q_t \\| past] - f'(x_t)\\| that occurs: 0 but for rounding.

    Examples
    --------
    >>> Paths._fields[:3]
    ('chances', 'x', 'q')
    """

    chances: np.ndarray
    x: np.ndarray
    q: np.ndarray
    best: np.ndarray
    regret: np.ndarray
    regret_next: np.ndarray
    bias: float

    def mean(self, side):
        """The expectation of ``side(x, q)`` over all paths."""
        return sum(chance * side(x, q) for chance, x, q in zip(self.chances, self.x, self.q, strict=True))


def ternary_outcomes(v):
    """Every value of TernGrad's quantized v, scaler max, and its chance: rows, and numbers that add up to 1.

    Examples
    --------
    >>> values, chances = ternary_outcomes([2.0, -0.5])
    >>> values.tolist(), chances.tolist()
    ([[2.0, -0.0], [2.0, -2.0]], [0.75, 0.25])
    """
    v = _checks.vector(v, "v")
    scale = np.abs(v).max()
    if scale == 0:
        return np.zeros((1, v.size)), np.ones(1)
    p = np.abs(v) / scale
    kept = np.array(list(product(*[(1,) if part == 1 else (0,) if part == 0 else (0, 1) for part in p])))
    return scale * np.sign(v) * kept, np.where(kept == 1, p, 1 - p).prod(axis=1)


def all_paths(curvatures, centres, *, steps, stepsize, penalty, delta, method="cmd", double=True, x0=None):
    """Every path of QCMD or QRDA adagrad with TernGrad and no masks on M small quadratics, whose workers compute exact gradients.

    Worker m has f_m(x) = sum_i a_{mi} (x_i - b_{mi})**2 / 2. Nothing is sampled, so that expectations are exact.

    Parameters
    ----------
    curvatures, centres : array, shape (workers, dim)
        a >= 0 and b.
    steps : int
        T; there are up to 2**((dim - 1) (workers + 1) T) paths.
    stepsize, penalty, delta : float
        eta, lambda, delta.
    method : {"cmd", "rda"}
    double : bool
        Quantize the mean of the workers' messages again.
    x0 : array, optional
        x_1, 0 unless given.

    Returns
    -------
    Paths

    Examples
    --------
    >>> paths = all_paths([[1.0, 1.0]], [[1.0, 0.5]], steps=3, stepsize=0.5, penalty=0.1, delta=1.0)
    >>> paths.chances.size, bool(abs(paths.chances.sum() - 1) < 1e-12), paths.bias < 1e-12
    (8, True, True)
    """
    a, b = np.atleast_2d(np.asarray(curvatures, float)), np.atleast_2d(np.asarray(centres, float))
    if a.shape != b.shape or (a < 0).any() or not np.isfinite(a).all() or not np.isfinite(b).all():
        raise ValueError(
            f"curvatures, centres: expected finite arrays of one shape, curvatures >= 0, got {a.shape} and {b.shape}"
        )
    method = _checks.choice(method, "method", METHODS)
    start = np.zeros(a.shape[1]) if x0 is None else _checks.vector(x0, "x0", a.shape[1]).astype(float)
    paths, bias = [(1.0, start[None], np.empty((0, start.size)))], 0.0
    for _ in range(_checks.integer(steps, "steps", 1)):
        longer = []
        for chance, x, q in paths:
            gradients = a * (x[-1] - b)
            outcomes = list(_messages(gradients, double))
            bias = max(bias, np.abs(sum(p * v for p, v in outcomes) - gradients.mean(axis=0)).max())
            for p, v in outcomes:
                history = np.vstack([q, v])
                longer.append(
                    (chance * p, np.vstack([x, _next(x[-1], history, stepsize, penalty, delta, method)]), history)
                )
        paths = longer
    chances, x, q = (np.array(part) for part in zip(*paths, strict=True))
    best = theory.soft_threshold((a * b).mean(axis=0), penalty) / np.maximum(a.mean(axis=0), 1e-300)

    def objective(points):
        return (a * (points[..., None, :] - b) ** 2).mean(axis=-2).sum(axis=-1) / 2 + penalty * np.abs(points).sum(
            axis=-1
        )

    excess = chances @ (objective(x) - objective(best))
    return Paths(chances, x, q, best, np.cumsum(excess[:-1]), np.cumsum(excess[1:]), float(bias))


def _messages(gradients, double):
    """(chance, q_t) for everything that the workers and the server may send."""
    for sent in product(*[list(zip(*ternary_outcomes(g), strict=True)) for g in gradients]):
        chance, mean = np.prod([p for _, p in sent]), np.mean([v for v, _ in sent], axis=0)
        values, chances = ternary_outcomes(mean) if double else (mean[None], np.ones(1))
        yield from ((chance * p, v) for v, p in zip(values, chances, strict=True) if chance * p > 0)


def _next(x, q, eta, penalty, delta, method):
    """(16) or (17)."""
    H = theory.scales(q, delta)[-1]
    if method == "cmd":
        return theory.cmd_step(x, q[-1], H, eta, penalty)
    return theory.rda_step(q.mean(axis=0), len(q), H, eta, penalty)
