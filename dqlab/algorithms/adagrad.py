"""QCMD adagrad and QRDA adagrad (Algorithm 1 of Xu et al.): sparse models from masked and quantized gradients, both ways."""

import numpy as np

from .._generic import jit
from ..problems import sample_gradient
from .parameter_server import LOCAL, first_round, listen, push, serve
from .proximal_steps import dual_step, mirror_step, select_dual, select_mirror
from .run import algorithm
from .sparse_run import SparseRun, count_nonzeros, note_sparse
from .sparse_setting import begin, checked_delta, checked_point, execute


@jit
def cmd_adagrad_box(problem, uplink, downlink, plan, samples, encoder, server, x0, trace):
    """Algorithm 1 with the update (16): composite mirror descent."""
    x, c2, room = x0.copy(), np.zeros_like(x0), first_round(plan, problem.nodes, x0)
    note_sparse(problem, trace, plan, 0, x)
    for t in range(1, plan.steps + 1):
        for m in range(problem.nodes):  # workers, in parallel
            sample_gradient(problem, m, x, plan.batch, samples, room.g)  # f'_t(x_t)^(m) under Z_t^(m)
            if not listen(plan, room, trace, t, m):
                return
            select_mirror(plan, x, room)  # I^m
            push(uplink, plan, room, trace, t, m, encoder, False)  # Q(S(f'_t, I^m))
        serve(downlink, plan, room, trace, t, server)  # I^Syn, SynQ_t, q_t = Q(SynQ_t)
        mirror_step(plan, x, c2, room.q, trace.total)  # H_t and (16), the same at all workers
        trace.nonzeros[t] = count_nonzeros(x, plan.penalise)
        note_sparse(problem, trace, plan, t, x)


@jit
def rda_adagrad_box(problem, uplink, downlink, plan, samples, encoder, server, centre, x0, trace):
    """Algorithm 1 with the update (17): regularized dual averaging."""
    x, z, c2, room = x0.copy(), np.zeros_like(x0), np.zeros_like(x0), first_round(plan, problem.nodes, x0)
    alone = problem.nodes if plan.reading == LOCAL else 0
    own_z, own_c2 = np.zeros((alone, x0.size), x0.dtype), np.zeros((alone, x0.size), x0.dtype)
    note_sparse(problem, trace, plan, 0, x)
    for t in range(1, plan.steps + 1):
        for m in range(problem.nodes):  # workers, in parallel
            sample_gradient(problem, m, x, plan.batch, samples, room.g)  # f'_t(x_t)^(m) under Z_t^(m)
            if not listen(plan, room, trace, t, m):
                return
            select_dual(plan, t, m, x, room, z, c2, own_z, own_c2, centre)  # I^m
            push(uplink, plan, room, trace, t, m, encoder, True)  # Q(S(f'_t, I^m))
        serve(downlink, plan, room, trace, t, server)  # I^Syn, SynQ_t, q_t = Q(SynQ_t)
        dual_step(plan, t, x, z, c2, room.q, centre, trace.total)  # H_t and (17), the same at all workers
        trace.nonzeros[t] = count_nonzeros(x, plan.penalise)
        note_sparse(problem, trace, plan, t, x)


@algorithm("CMD adagrad", cmd_adagrad_box)
def cmd_adagrad(
    problem,
    *,
    steps,
    batch,
    stepsize,
    penalty,
    delta=1e-3,
    uplink=None,
    downlink=None,
    select="shared",
    feedback=False,
    x0=None,
    seed=0,
    record=50,
    link=None,
    penalise=None,
    history=False,
) -> SparseRun:
    """CMD adagrad and, with quantizers, QCMD adagrad: composite mirror descent with adaptive steps and an l1 penalty.

    Every worker sends its stochastic gradient, of which it selects the coordinates that are not zero before and after its own
    step, equation (11). The server averages and sends the average back, for the union of what was selected. All move by what
    they hear: x_{t+1,i} = S_{lambda eta / H_{t,ii}}(x_{t,i} - eta q_{t,i} / H_{t,ii}), equation (16), where
    H_t = delta I + diag(|q_{1:t,i}|), equation (13), and S is the soft threshold.

    Parameters
    ----------
    problem : a problem that workers hold
        Its nodes are the M workers, such as `dqlab.problems.DecentralisedLogistic` with strength 0: the penalty is the algorithm's.
    steps : int
        T >= 1.
    batch : int
        How many samples every worker draws in a step, with replacement.
    stepsize : float
        eta > 0.
    penalty : float
        lambda > 0 of phi(x) = lambda |x|_1.
    delta : float
        delta > 0. The paper calls it small and does not say how small. A coordinate whose gradients are far above delta first moves
        by about eta, whatever its scale; far below, by eta / delta times the gradient. The theorems ask for delta >= max |q_t|,
        where steps adapt little; for text, rows of norm 1, runs hardly change below 1e-3.
    uplink, downlink : quantizers of the problem's dimension, optional
        What workers send, and what the server sends: `TernGrad`, `Threshold`, or None for 32 bits a coordinate. With None both ways
        this is CMD adagrad at full precision; with an uplink alone the paper's variants marked with a dagger.
    select : {"shared", "local", None}
        Whose history the indicator (11) looks at. For mirror descent both readings are the same, since H_t cancels where x_t = 0: a
        coordinate is selected if x_t is not 0 or |f'_t| > lambda. None: no mask, dense messages.
    feedback : bool
        Error feedback at workers and at the server, beyond the paper: what a message did not deliver is added to the next vector.
        A worker forgets what it owes where it selects nothing: with it, x would have stayed at 0. The server does not.
    x0 : array, shape (d,), optional
        x_1, 0 unless given. float32 stays so where the problem computes in any precision.
    seed : int
        Samples, workers' and server's randomness come from streams of their own: runs with one seed draw the same samples.
    record : int or sequence of int
        About how many steps to record, evenly spaced in log t, or the steps themselves; the first and the last are among them.
    link : Link, optional
        What bits cost in seconds, up and down; nothing unless given.
    penalise : array of bool, shape (d,), optional
        Which coordinates phi counts; all unless given. With none of them there is no penalty.
    history : bool
        Whether to keep every x_t, q_t, SynQ_t and gradient.

    Returns
    -------
    SparseRun

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong kind, shape or range, dimensions that do not match, and gradients that are no numbers.

    Examples
    --------
    >>> import numpy as np
    >>> import dqlab as dq
    >>> X = dq.stream(0, "rows").standard_normal((40, 6))
    >>> problem = dq.problems.DecentralisedLogistic.from_data(X, np.sign(X[:, 0]), nodes=2, strength=0)
    >>> threshold = dq.quantizers.Threshold(dim=6)
    >>> run = dq.algorithms.cmd_adagrad(
    ...     problem, steps=100, batch=20, stepsize=0.05, penalty=0.15, uplink=threshold, downlink=threshold
    ... )
    >>> bool(run.objective[-1] < run.objective[0]), int(run.selected[0].max()), float(run.sparsity[-1].round(2))
    (True, 5, 0.5)
    """
    setting = begin(
        problem, steps=steps, batch=batch, stepsize=stepsize, penalty=penalty, delta=checked_delta(delta), uplink=uplink,
        downlink=downlink, select=select, feedback=feedback, x0=x0, seed=seed, record=record, link=link,
        penalise=penalise, history=history,
    )  # fmt: skip
    return execute(cmd_adagrad, setting)


@algorithm("RDA adagrad", rda_adagrad_box)
def rda_adagrad(
    problem,
    *,
    steps,
    batch,
    stepsize,
    penalty,
    delta=1e-3,
    uplink=None,
    downlink=None,
    select="shared",
    feedback=False,
    x0=None,
    centre=None,
    seed=0,
    record=50,
    link=None,
    penalise=None,
    history=False,
) -> SparseRun:
    """RDA adagrad and, with quantizers, QRDA adagrad: regularized dual averaging with adaptive steps and an l1 penalty.

    The messages of `cmd_adagrad`, and the update (17): with z = q_1 + ... + q_t,
    x_{t+1,i} = -sign(z_i) (eta / H_{t,ii}) [|z_i| - t lambda]_+. It forgets x_t: a coordinate is zero unless the mean of its gradients
    exceeds lambda.

    Parameters
    ----------
    select : {"shared", "local", None}
        Whose history the worker's own step looks at, equation (11). "shared", Algorithm 1: q_1, ..., q_{t-1}. A coordinate that was
        never sent is then selected only if |f'_t| > t lambda, so that the set of active ones hardly grows after some steps.
        "local", Section 3.2: all the worker's own gradients, of which the mean has to exceed lambda. What was not selected is lost
        either way, unless there is feedback. None: no mask, dense messages.
    feedback : bool
        Error feedback at workers and at the server, beyond the paper. What was not selected is kept, too, and is sent as soon as
        the coordinate is selected: dual averaging rests on the sum of all gradients.
    x0 : array, shape (d,), optional
        x_1, 0 unless given.
    centre : array, shape (d,), optional
        The point around which psi_t(x - centre) holds the iterates; x_1 unless given. Equations (15) and (17) are those of a centre
        at 0 and look at x_1 in the first gradient alone; a network, which does not learn from 0, needs another. In general
        x_{t+1,i} = (eta / H_{t,ii}) S_{t lambda}(H_{t,ii} centre_i / eta - z_i).
    problem, steps, batch, stepsize, penalty, delta, uplink, downlink, seed, record, link, penalise, history
        As for `cmd_adagrad`.

    Returns
    -------
    SparseRun

    Raises
    ------
    TypeError, ValueError
        As `cmd_adagrad`.

    Examples
    --------
    >>> import numpy as np
    >>> import dqlab as dq
    >>> X = dq.stream(0, "rows").standard_normal((40, 6))
    >>> problem = dq.problems.DecentralisedLogistic.from_data(X, np.sign(X[:, 0]), nodes=2, strength=0)
    >>> options = {"steps": 100, "batch": 5, "stepsize": 0.05, "uplink": dq.quantizers.TernGrad(dim=6), "select": None}
    >>> run = dq.algorithms.rda_adagrad(problem, penalty=0.05, **options)
    >>> sparser = dq.algorithms.rda_adagrad(problem, penalty=0.2, **options)
    >>> bool(sparser.sparsity[-1] > run.sparsity[-1])
    True
    """
    setting = begin(
        problem, steps=steps, batch=batch, stepsize=stepsize, penalty=penalty, delta=checked_delta(delta), uplink=uplink,
        downlink=downlink, select=select, feedback=feedback, x0=x0, seed=seed, record=record, link=link,
        penalise=penalise, history=history,
    )  # fmt: skip
    centre = setting.x0 if centre is None else checked_point(centre, "centre", problem).astype(setting.x0.dtype)
    return execute(rda_adagrad, setting, centre if centre.any() else centre[:0])


cmd_adagrad.sparse = rda_adagrad.sparse = True
