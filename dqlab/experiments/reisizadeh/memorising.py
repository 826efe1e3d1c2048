"""Lemma 1 (iv) is about a point that does not depend on the data; the average model of a run does."""

import numpy as np

from ... import _checks
from ...algorithms import quantimed_dsgd
from ...clock import FixedBatch
from ...networks import complete, metropolis_weights
from ...problems import DecentralisedRobust, node_gradients
from ...quantizers import DecimalGrid
from ...streams import stream
from ...theory import reisizadeh as theory


def population_noise(size, dim):
    """gamma**2 of Assumption 4, the least: sup over x of E|grad l(x) - grad L(x)|**2, for rows N(0, I / d) and targets +-size.

    The loss is that of `DecentralisedRobust`. By symmetry it depends on |x| alone, so that a sum over one Gaussian and a search over |x|
    are enough.

    Examples
    --------
    >>> from dqlab.experiments import reisizadeh
    >>> round(reisizadeh.population_noise(2.0, dim=500), 4)
    0.0951
    """
    size, dim = _checks.positive(size, "size"), _checks.integer(dim, "dim", 1)
    g = np.linspace(-9, 9, 2001)
    weights = np.exp(-(g**2) / 2) / np.exp(-(g**2) / 2).sum()
    along = np.geomspace(0.01, 20 * size, 400)[:, None] * g
    up, down = (2 * r / (1 + r**2) ** 2 for r in (along - size, along + size))
    second = up**2 @ (weights * (g**2 + dim - 1)) / dim
    mean = (up + down) / 2 @ (weights * g) / np.sqrt(dim)
    return float((second - mean**2).max())


def memorised_spread(nodes=10, dim=500, size=2.0, *, steps=60, trials=20, seed=0):
    """The nodes' disagreement at the average model of a run that learns random targets by heart, over Lemma 1 (iv)'s gamma_1**2.

    Every node holds one row N(0, I / d) with a target +-size, so that m = 1. The graph is complete.

    Parameters
    ----------
    nodes, dim : int
        d well above n: the rows are nearly orthogonal, and all residuals fall together.
    size : float
        How far the targets are from the start: pulls are weak there, and strong half-way.
    steps, trials, seed : int
        Every trial has data of its own.

    Returns
    -------
    ndarray, shape (trials, steps + 1)
        mean_i |grad f_i(x_bar_s) - grad f(x_bar_s)|**2 / (gamma**2 (1/m + 1/(n m))), whose mean over the trials would be at most 1 if the
        lemma held at x_bar_s.

    Examples
    --------
    >>> from dqlab.experiments import reisizadeh
    >>> ratios = reisizadeh.memorised_spread(dim=100, trials=3).mean(axis=0)
    >>> bool(ratios[0] < 1 < ratios.max())
    True
    """
    trials = _checks.integer(trials, "trials", 1)
    bound = theory.disagreement(population_noise(size, dim), 1, nodes)
    mixing, grid = metropolis_weights(complete(nodes)), DecimalGrid(digits=3, dim=dim, bound=10 * size)
    ratios = []
    for trial in range(trials):
        rng = stream(seed, "memorise", trial)
        rows, y = rng.standard_normal((nodes, dim)) / np.sqrt(dim), size * rng.choice([-1.0, 1.0], nodes)
        problem = DecentralisedRobust.from_data(rows, y, nodes)
        run = quantimed_dsgd(
            problem, mixing, grid, steps=steps, work=FixedBatch(1), stepsize=nodes / 2, epsilon=1.0, seed=seed + trial,
            record=range(steps + 1), models=True,
        )  # fmt: skip
        centres = run.models.mean(axis=1)
        gradients = np.array([node_gradients(problem, np.tile(centre, (nodes, 1))) for centre in centres])
        off = gradients - gradients.mean(axis=1, keepdims=True)
        ratios.append((off**2).sum(axis=-1).mean(axis=-1) / bound)
    return np.array(ratios)
