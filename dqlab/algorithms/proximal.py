"""Proximal gradient descent with workers: the steps of composite mirror descent with one step size for all coordinates."""

from .._generic import jit
from ..problems import sample_gradient
from .parameter_server import first_round, listen, push, serve
from .proximal_steps import proximal_step, select_mirror
from .run import algorithm
from .sparse_run import SparseRun, count_nonzeros, note_sparse
from .sparse_setting import begin, execute


@jit
def prox_gd_box(problem, uplink, downlink, plan, samples, encoder, server, x0, trace):
    """Algorithm 1 with H_t = I."""
    x, room = x0.copy(), first_round(plan, problem.nodes, x0)
    note_sparse(problem, trace, plan, 0, x)
    for t in range(1, plan.steps + 1):
        for m in range(problem.nodes):  # workers, in parallel
            sample_gradient(problem, m, x, plan.batch, samples, room.g)  # f'_t(x_t)^(m)
            if not listen(plan, room, trace, t, m):
                return
            select_mirror(plan, x, room)  # I^m
            push(uplink, plan, room, trace, t, m, encoder, False)  # Q(S(f'_t, I^m))
        serve(downlink, plan, room, trace, t, server)  # I^Syn, SynQ_t, q_t = Q(SynQ_t)
        proximal_step(plan, x, room.q, trace.total)
        trace.nonzeros[t] = count_nonzeros(x, plan.penalise)
        note_sparse(problem, trace, plan, t, x)


@algorithm("Prox-gd", prox_gd_box)
def prox_gd(
    problem,
    *,
    steps,
    batch,
    stepsize,
    penalty,
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
    """Proximal (stochastic) gradient descent: x_{t+1} = S_{lambda eta}(x_t - eta q_t), where S is the soft threshold.

    Composite mirror descent, equation (6), with psi = |x|**2 / 2, over the messages of `cmd_adagrad`. Where phi counts no
    coordinate, and without a mask, it is equation (5).

    Parameters
    ----------
    problem, steps, batch, stepsize, penalty, uplink, downlink, select, feedback, x0, seed, record, link, penalise, history
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
    >>> run = dq.algorithms.prox_gd(problem, steps=100, batch=20, stepsize=0.1, penalty=0.15)
    >>> bool(run.objective[-1] < run.objective[0]), bool(run.sparsity[-1] > 0)
    (True, True)
    """
    setting = begin(
        problem, steps=steps, batch=batch, stepsize=stepsize, penalty=penalty, uplink=uplink, downlink=downlink,
        select=select, feedback=feedback, x0=x0, seed=seed, record=record, link=link, penalise=penalise, history=history,
    )  # fmt: skip
    return execute(prox_gd, setting)


prox_gd.sparse = True
