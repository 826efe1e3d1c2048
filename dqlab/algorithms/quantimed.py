"""QuanTimed-DSGD (Algorithm 1 of Reisizadeh et al.): a deadline for computing, quantized models between neighbours."""

import numpy as np

from .. import _checks
from .._generic import jit
from ..clock import FixedBatch
from ..networks import mix_neighbours
from ..problems import sample_gradients
from ..quantizers import quantize_rows, variance_bound
from .decentralised import begin, execute, streams_of
from .decentralised_run import DecentralisedRun, note_nodes
from .run import algorithm
from .schedules import step_sizes


@jit
def quantimed_dsgd_box(problem, mixing, quantizer, alpha, epsilon, batches, samples, encoder, shared, X0, trace):
    """Algorithm 1, all nodes at once: X_{t+1} = X_t - eps (I - W) X_t + eps (W - W_D)(Z_t - X_t) - alpha eps G_t, equation (34)."""
    X, Z, heard, G = X0.copy(), np.zeros_like(X0), np.zeros_like(X0), np.zeros_like(X0)
    note_nodes(problem, trace, 0, X)
    for t in range(batches.shape[0]):
        trace.outside[t] = quantize_rows(quantizer, X, 1.0, encoder, shared, Z)  # z_i = Q(x_i), sent to all neighbours
        mix_neighbours(mixing, Z, heard)  # sum_{j in N_i} w_ij z_j
        sample_gradients(problem, X, batches[t], samples, G)  # g_i, the mean of as many gradients as were ready in time
        take_step(mixing.own, X, heard, G, alpha, epsilon)
        note_nodes(problem, trace, t + 1, X)


@jit
def take_step(own, X, heard, G, alpha, epsilon):
    """x_i <- (1 - eps + eps w_ii) x_i + eps heard_i - alpha eps g_i at every node: its own model is not quantized."""
    of = X.dtype.type
    hear, move = of(epsilon), of(alpha * epsilon)
    for i in range(X.shape[0]):
        keep = of(1 - epsilon + epsilon * own[i])
        for j in range(X.shape[1]):
            X[i, j] = keep * X[i, j] + hear * heard[i, j] - move * G[i, j]


@algorithm("QuanTimed-DSGD", quantimed_dsgd_box)
def quantimed_dsgd(
    problem,
    mixing,
    quantizer,
    *,
    steps,
    work,
    speeds=None,
    stepsize=None,
    epsilon=None,
    delta=None,
    x0=None,
    seed=0,
    record=50,
    link=None,
    models=False,
    record_slope=False,
) -> DecentralisedRun:
    """QuanTimed-DSGD: every node averages the gradients that it has by the deadline, and hears its neighbours' quantized models.

    In every step node i sends z_i = Q(x_i), hears z_j of its neighbours, and moves to
    (1 - eps + eps w_ii) x_i + eps sum_j w_ij z_j - alpha eps g_i: Algorithm 1 and equation (34).

    Parameters
    ----------
    problem : a decentralised problem
        f = (1/n) sum_i f_i, such as `dqlab.problems.DecentralisedQuadratics`.
    mixing : Mixing
        W, of as many nodes as the problem has.
    quantizer : a quantizer of the problem's dimension, or None
        Assumption 2 asks for one that is unbiased and of bounded variance. None sends 64 bits a coordinate.
    steps : int
        T >= 1.
    work : Deadline or FixedBatch
        How many gradients a node computes in a step, and how long that takes.
    speeds : computing speeds, optional
        Gradients a second of every node in every step, such as `dqlab.clock.UniformSpeeds`. Without them batches are fixed and
        seconds count the links alone.
    stepsize, epsilon : float, optional
        alpha and epsilon > 0; unless given, those of `convex_schedule` where the problem is strongly convex, else of
        `nonconvex_schedule`. They depend on T.
    delta : float, optional
        In (0, 1/2), for `convex_schedule`; 0.45 unless given.
    x0 : array, shape (d,) or (n, d), optional
        One start for all, as in the authors' experiments, or one a node; 0 unless given, as in their analysis.
    seed : int
        Speeds, samples and encoders draw from streams of their own: runs with one seed see the same speeds, and as long as batches
        are the same, too, the same samples.
    record : int or sequence of int
        About how many steps to record, evenly spaced in log t, or the steps themselves; the first and the last are among them.
    link : PeerLink or DigitLink, optional
        What a message costs in seconds, by its bits or by the paper's own accounting; nothing unless given.
    models : bool
        Whether to keep X_t at the recorded steps.
    record_slope : bool
        Whether to record |nabla f(x_bar)|**2.

    Returns
    -------
    DecentralisedRun

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong kind, shape or range, and for numbers of nodes or dimensions that do not match.

    Warns
    -----
    UserWarning
        For a quantizer whose variance has no bound, a deadline at which batches can be empty, and an epsilon above 1.

    Examples
    --------
    >>> import dqlab as dq
    >>> problem = dq.problems.DecentralisedQuadratics.planted(dq.stream(0, "problem"), nodes=6, dim=4)
    >>> mixing = dq.networks.laplacian_weights(dq.networks.ring(6))
    >>> speeds, work = dq.clock.UniformSpeeds(10, 90), dq.clock.Deadline(0.4)
    >>> grid = dq.quantizers.DecimalGrid(digits=3, dim=4, bound=10)
    >>> run = dq.algorithms.quantimed_dsgd(problem, mixing, grid, steps=500, work=work, speeds=speeds)
    >>> int(run.bits[-1]), round(float(run.seconds[-1]), 6), bool(run.error[-1] < run.error[0])
    (180000, 200.0, True)
    """
    return _run(
        quantimed_dsgd, problem, mixing, quantizer, stepsize=stepsize, epsilon=epsilon, delta=delta,
        steps=steps, work=work, speeds=speeds, x0=x0, seed=seed, record=record, link=link,
        models=models, record_slope=record_slope,
    )  # fmt: skip


@algorithm("Q-DSGD", quantimed_dsgd_box)
def q_dsgd(
    problem,
    mixing,
    quantizer,
    *,
    steps,
    work,
    speeds=None,
    stepsize=None,
    epsilon=None,
    delta=None,
    x0=None,
    seed=0,
    record=50,
    link=None,
    models=False,
    record_slope=False,
) -> DecentralisedRun:
    """Q-DSGD: the steps of `quantimed_dsgd` with a fixed batch, so that every step waits for the slowest node.

    Parameters
    ----------
    work : FixedBatch
        b, how many gradients every node computes in a step; it takes max_i b / V_i seconds.
    problem, mixing, quantizer, steps, speeds, stepsize, epsilon, delta, x0, seed, record, link, models, record_slope
        As for `quantimed_dsgd`.

    Returns
    -------
    DecentralisedRun

    Raises
    ------
    TypeError, ValueError
        As `quantimed_dsgd`, and for a deadline.

    Examples
    --------
    >>> import dqlab as dq
    >>> problem = dq.problems.DecentralisedQuadratics.planted(dq.stream(0, "problem"), nodes=6, dim=4)
    >>> mixing = dq.networks.laplacian_weights(dq.networks.ring(6))
    >>> grid = dq.quantizers.DecimalGrid(digits=3, dim=4, bound=10)
    >>> run = dq.algorithms.q_dsgd(problem, mixing, grid, steps=100, work=dq.clock.FixedBatch(20), delta=0.3)
    >>> run.empty, bool(run.error[-1] < run.error[0])
    (0, True)
    """
    if not isinstance(work, FixedBatch):
        raise TypeError(f"work: expected a dqlab.clock.FixedBatch, got {work!r}; quantimed_dsgd is for a deadline")
    return _run(
        q_dsgd, problem, mixing, quantizer, stepsize=stepsize, epsilon=epsilon, delta=delta,
        steps=steps, work=work, speeds=speeds, x0=x0, seed=seed, record=record, link=link,
        models=models, record_slope=record_slope,
    )  # fmt: skip


quantimed_dsgd.decentralised = q_dsgd.decentralised = True


def _run(
    function, problem, mixing, quantizer, *, stepsize, epsilon, delta, models, record_slope, **common
) -> DecentralisedRun:
    """Run the box with the step sizes that the theorems prescribe, unless others are given."""
    setting = begin(problem, mixing, quantizer, **common)
    alpha, epsilon = step_sizes(problem, mixing, setting.steps, stepsize, epsilon, delta)
    warn_of_assumption_2(setting.quantizer)
    arguments = (setting.quantizer, alpha, epsilon, setting.batches, *streams_of(setting.seed))
    options = {"models": models, "record_slope": record_slope}
    return execute(function, setting, arguments, stepsize=alpha, epsilon=epsilon, **options)


def warn_of_assumption_2(quantizer):
    """Say so where the quantizer is biased, or E|Q(x) - x|**2 has no bound."""
    if not variance_bound.has(quantizer):
        what = "is biased, or its variance is not known"
    elif not np.isfinite(variance_bound(quantizer)):
        what = "has a variance without a bound, since it grows with the model"
    else:
        return
    _checks.warn(
        f"quantizer: {quantizer} {what}; Assumption 2, which the theorems need, holds for a grid such as "
        f"dqlab.quantizers.DecimalGrid"
    )
