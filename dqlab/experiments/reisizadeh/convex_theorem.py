"""The bounds of Theorem 1 and of its lemmas for one problem, network, quantizer and deadline, beside their sharper forms."""

from typing import NamedTuple

import numpy as np

from ... import _checks
from ...algorithms import convex_schedule
from ...problems import node_gradients, node_values
from ...quantizers import variance_bound
from ...theory import reisizadeh as theory
from .convex_exact import penalty_modes


class ConvexBounds(NamedTuple):
    """What theory says of one run. Lengths are of all nodes together, errors a node's on average.

    Attributes
    ----------
    stepsize, epsilon : float
        The schedule.
    applies : bool
        Whether T is at least what the proof of Lemma 2 and the paper's route to Lemma 3 ask for; otherwise the bounds that follow
        the paper are not proved.
    deviation, error : dqlab.theory.reisizadeh.ConvexError
        Lemma 2 and Theorem 1 as the paper has them, with constants.
    bias : float
        Lemma 3, the paper's route: |x*_alpha - x*|.
    short_bias, sharp_bias : float
        The short proof, with D at x = 0 and with the gradients at x*.
    sharp_deviation, sharp_error : float
        Lemma 2 by the contraction of gradient descent, and Theorem 1 from it and `sharp_bias`; infinite where nothing contracts.

    Examples
    --------
    >>> ConvexBounds._fields[:3]
    ('stepsize', 'epsilon', 'applies')
    """

    stepsize: float
    epsilon: float
    applies: bool
    deviation: theory.ConvexError
    error: theory.ConvexError
    bias: float
    short_bias: float
    sharp_bias: float
    sharp_deviation: float
    sharp_error: float


def convex_bounds(problem, mixing, quantizer, *, steps, delta, inverse_batch, x0=None):
    """Lemmas 2 and 3 and Theorem 1 with every constant, and what sharper proofs give.

    Parameters
    ----------
    problem : DecentralisedQuadratics
    mixing : Mixing
    quantizer : a quantizer of bounded variance, or None
    steps : int
        T.
    delta : float
        In (0, 1/2).
    inverse_batch : float
        E[1/|S|], of batches drawn with replacement.
    x0 : array, shape (dim,) or (nodes, dim), optional
        0 unless given, as in the paper.

    Returns
    -------
    ConvexBounds

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments import reisizadeh
    >>> problem = dq.problems.DecentralisedQuadratics.planted(dq.stream(0, "problem"), nodes=6, dim=4, kappa=2, spread=1)
    >>> mixing = dq.networks.laplacian_weights(dq.networks.ring(6))
    >>> bounds = reisizadeh.convex_bounds(problem, mixing, None, steps=10**6, delta=0.3, inverse_batch=0.1)
    >>> bounds.applies, bounds.sharp_bias < bounds.short_bias < bounds.bias, bounds.sharp_error < bounds.error.total
    (True, True, True)
    """
    alpha, epsilon = convex_schedule(_checks.integer(steps, "steps", 1), delta)
    best = penalty_modes(problem, mixing, alpha).minimiser
    n, K, mu, last = problem.nodes, problem.L, problem.mu, mixing.last
    start = np.zeros(problem.dim) if x0 is None else np.asarray(x0, float)
    e0 = float(((start - best) ** 2).sum())
    sigma_sq = 0.0 if quantizer is None else float(variance_bound(quantizer))
    gamma2_sq = float(problem.node_noise.max()) * inverse_batch
    D, pull = gradient_lengths(problem)
    deviation = theory.penalty_deviation(steps, delta, mu, n, mixing.reach, sigma_sq, gamma2_sq, e0)
    bias = theory.penalty_bias(alpha, D, K, mu, mixing.gap, n)
    noise = theory.step_noise(alpha, epsilon, n, independent_reach(mixing), sigma_sq, gamma2_sq)
    contracts = epsilon * theory.penalty_smoothness(alpha, K, last) < 2
    sharp = theory.sharp_penalty_deviation(steps, alpha, epsilon, K, mu, last, noise, e0) if contracts else np.inf
    sharp_bias = theory.sharp_penalty_bias(alpha, pull, K, mu, 1 - mixing.second)
    sharp_bias = min(sharp_bias, theory.penalty_bias_large_alpha(alpha, pull, mu, 1 - mixing.second))
    least = max(theory.least_horizon(delta, K, mu, last), theory.unit_step_horizon(delta, K, last))
    return ConvexBounds(
        stepsize=alpha,
        epsilon=epsilon,
        applies=bool(steps >= least),
        deviation=deviation,
        error=theory.convex_error(deviation, bias, n),
        bias=bias,
        short_bias=theory.sharp_penalty_bias(alpha, D, K, mu, 1 - mixing.second),
        sharp_bias=sharp_bias,
        sharp_deviation=sharp,
        sharp_error=theory.sharp_convex_error(sharp, sharp_bias, n),
    )


def gradient_lengths(problem, x0=None):
    """(D, the length of all gradients at x*): what two forms of Lemma 3 measure the nodes' disagreement by.

    D**2 = 2 K sum_i (f_i(x_0) - min f_i), at 0 unless `x0` is given.

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments import reisizadeh
    >>> problem = dq.problems.DecentralisedQuadratics([[1.0], [1.0]], [[[0.0]], [[2.0]]])
    >>> [round(length, 6) for length in reisizadeh.gradient_lengths(problem)]
    [2.0, 1.414214]
    """
    start = np.zeros(problem.dim) if x0 is None else x0
    at_start, at_best = (np.ascontiguousarray(np.tile(x, (problem.nodes, 1))) for x in (start, problem.minimiser))
    D_sq = theory.initial_gap(problem.L, node_values(problem, at_start), problem.offsets)
    return float(np.sqrt(D_sq)), float(np.linalg.norm(node_gradients(problem, at_best)))


def independent_reach(mixing):
    """The root of (1/n) sum of w_ij**2 over i != j: what |W - W_D| may be replaced by, as nodes round independently.

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments import reisizadeh
    >>> mixing = dq.networks.laplacian_weights(dq.networks.complete(16), kappa=16)
    >>> round(mixing.reach, 4), round(reisizadeh.independent_reach(mixing), 4)
    (0.9375, 0.2421)
    """
    return float(np.sqrt((mixing.weights**2).sum() / mixing.nodes))
