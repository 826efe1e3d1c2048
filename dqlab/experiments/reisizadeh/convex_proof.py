"""The proof of Theorem 1 along a run: every term of (20)-(22), exactly, beside what the proof puts in its place."""

import numpy as np

from ...problems import node_gradients
from ...quantizers import variance_bound
from ...theory import reisizadeh as theory
from .convex_exact import penalty_modes, rounding_variance
from .convex_theorem import independent_reach

LINES = {  # a line of the proof: (what is measured, what bounds it, whether from above)
    "(20) strong convexity": ("pull", "pull_bound", False),
    "(21) smoothness": ("slope", "slope_bound", True),
    "(21) quantizers": ("exchange", "exchange_bound", True),
    "(21) quantizers, independent": ("exchange", "exchange_sharp", True),
    "(21) gradients": ("learning", "learning_bound", True),
    "(22) one step": ("after", "after_bound", True),
    "(22) one step, sharp": ("after", "after_sharp", True),
}


def convex_terms(problem, mixing, quantizer, run, *, inverse_batch):
    """Every term of one step, in conditional expectation given X_t, at every recorded step of a run.

    With e = \\|x_t - x*_alpha\\|**2, E[e_{t+1}] = e - pull + epsilon**2 (slope + exchange + learning): nothing is estimated.

    Parameters
    ----------
    problem : DecentralisedQuadratics
    mixing : Mixing
    quantizer : Grid, Identity or None
    run : DecentralisedRun
        Of `quantimed_dsgd` or `q_dsgd` with ``models=True``.
    inverse_batch : float
        E[1/|S|], of batches that are never empty.

    Returns
    -------
    pandas.DataFrame
        One row a recorded step but the last: ``step``, ``error`` (e), ``pull`` = 2 epsilon <grad h, x_t - x*_alpha> and its bound
        2 alpha epsilon mu e, ``slope`` = \\|grad h\\|**2 and K_alpha**2 e, ``exchange`` and ``learning``, the variances of what is heard
        and of what is learnt, ``after`` = E[e_{t+1} | X_t], and the bounds, as `LINES` pairs them. ``next`` is what e became, NaN where
        the next step was not recorded.

    Raises
    ------
    TypeError, ValueError
        For a run without models, or another problem or quantizer.

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments import reisizadeh
    >>> problem = dq.problems.DecentralisedQuadratics.planted(dq.stream(0, "problem"), nodes=6, dim=4, kappa=2, spread=1)
    >>> mixing = dq.networks.laplacian_weights(dq.networks.ring(6))
    >>> grid = dq.quantizers.DecimalGrid(digits=1, dim=4, bound=10)
    >>> run = dq.algorithms.q_dsgd(problem, mixing, grid, steps=200, work=dq.clock.FixedBatch(5), delta=0.3, models=True)
    >>> terms = reisizadeh.convex_terms(problem, mixing, grid, run, inverse_batch=1 / 5)
    >>> bool((terms.after <= terms.after_sharp * (1 + 1e-12)).all()), bool((terms.pull >= terms.pull_bound).all())
    (True, True)
    """
    if run.models is None:
        raise ValueError("run: expected one with models=True, got one that kept the last models alone")
    alpha, epsilon = run.stepsize, run.epsilon
    best, n = penalty_modes(problem, mixing, alpha).minimiser, problem.nodes
    curvature = theory.penalty_convexity(alpha, problem.mu), theory.penalty_smoothness(alpha, problem.L, mixing.last)
    off = np.eye(n) - mixing.dense()
    heard_from = np.bincount(mixing.indices, mixing.weights**2, minlength=n)  # sum_i w_ij**2 for every sender j
    sigma_sq = 0.0 if quantizer is None else float(variance_bound(quantizer))
    gamma2_sq, learning = problem.node_noise.max() * inverse_batch, alpha**2 * problem.node_noise.sum() * inverse_batch
    errors = ((run.models - best) ** 2).sum(axis=(1, 2))
    rows = []
    for k, (t, X) in enumerate(zip(run.recorded[:-1], run.models[:-1], strict=True)):
        gradient = off @ X + alpha * node_gradients(problem, np.ascontiguousarray(X))
        e, exchange = errors[k], float(heard_from @ rounding_variance(quantizer, X).sum(axis=1))
        pull, slope = 2 * epsilon * float((gradient * (X - best)).sum()), float((gradient**2).sum())
        after = e - pull + epsilon**2 * (slope + exchange + learning)
        rows.append((t, e, pull, slope, exchange, after, errors[k + 1] if run.recorded[k + 1] == t + 1 else np.nan))
    import pandas as pd

    terms = pd.DataFrame(rows, columns=["step", "error", "pull", "slope", "exchange", "after", "next"])
    e, arguments = terms.error.to_numpy(), (alpha, epsilon, problem.L, problem.mu, mixing.last)
    noises = [
        theory.step_noise(alpha, epsilon, n, reach, sigma_sq, gamma2_sq)
        for reach in (mixing.reach, independent_reach(mixing))
    ]
    return terms.assign(
        learning=learning,
        pull_bound=2 * epsilon * curvature[0] * e,
        slope_bound=curvature[1] ** 2 * e,
        exchange_bound=n * mixing.reach**2 * sigma_sq,
        exchange_sharp=n * independent_reach(mixing) ** 2 * sigma_sq,
        learning_bound=alpha**2 * n * gamma2_sq,
        after_bound=theory.one_step(e, *arguments, noises[0]),
        after_sharp=theory.sharp_one_step(e, *arguments, noises[1]),
    )


def convex_lines(terms):
    """How tight every line of the proof is along a run: the table of `LINES`.

    Parameters
    ----------
    terms : pandas.DataFrame
        From ``convex_terms``.

    Returns
    -------
    pandas.DataFrame
        ``line``; ``holds`` at every step; ``tightest`` and ``loosest``, the largest and the smallest share of the bound that was used.

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments import reisizadeh
    >>> problem = dq.problems.DecentralisedQuadratics.planted(dq.stream(0, "problem"), nodes=6, dim=4, kappa=2, spread=1)
    >>> mixing = dq.networks.laplacian_weights(dq.networks.ring(6))
    >>> grid = dq.quantizers.DecimalGrid(digits=1, dim=4, bound=10)
    >>> run = dq.algorithms.q_dsgd(problem, mixing, grid, steps=50, work=dq.clock.FixedBatch(5), delta=0.3, models=True)
    >>> bool(reisizadeh.convex_lines(reisizadeh.convex_terms(problem, mixing, grid, run, inverse_batch=1 / 5)).holds.all())
    True
    """
    import pandas as pd

    rows = []
    for line, (measured, bound, above) in LINES.items():
        low, high = (terms[measured], terms[bound]) if above else (terms[bound], terms[measured])
        share = np.where(high > 0, low / high.where(high > 0), 0.0)
        rows.append((line, bool((low <= high * (1 + 1e-9) + 1e-300).all()), share.max(), share.min()))
    return pd.DataFrame(rows, columns=["line", "holds", "tightest", "loosest"])
