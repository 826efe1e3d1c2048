"""A round of Algorithm 1 of Xu et al.: masked, quantized messages of M workers, their average, and the server's message to all."""

from typing import NamedTuple

import numpy as np

from .._generic import generic, jit
from ..quantizers import quantize_selected

NOBODY, SHARED, LOCAL = 0, 1, 2  # whose history the mask looks at; NOBODY: there is no mask
READINGS = {None: NOBODY, "shared": SHARED, "local": LOCAL}


class Plan(NamedTuple):
    """The numbers of an algorithm: eta, lambda, delta, the batch of a worker, the reading of the mask, and what phi counts."""

    steps: int
    batch: int
    stepsize: float
    penalty: float
    delta: float
    reading: int
    feedback: bool
    penalise: np.ndarray


class Round(NamedTuple):
    """What workers and server write on in every round.

    g : f'_t(x_t)^(m), a worker's stochastic gradient
    u : what it is about to quantize: the same array or, with feedback, the gradient and what the worker still owes
    message : Q(S(u, I^m)), as the server decodes it
    selected, union, sent : I^m, I^Syn, and their union over all rounds
    syn, q : SynQ_t and q_t
    owed, owed_down : with feedback, what the workers and the server have not delivered yet
    """

    g: np.ndarray
    u: np.ndarray
    message: np.ndarray
    selected: np.ndarray
    union: np.ndarray
    sent: np.ndarray
    syn: np.ndarray
    q: np.ndarray
    owed: np.ndarray
    owed_down: np.ndarray


@jit
def first_round(plan, workers, x0):
    """Room for all rounds; without a mask everything is selected, for ever."""
    d, everything = x0.size, plan.reading == NOBODY
    debtors, debt = (workers, d) if plan.feedback else (0, 0)
    g = np.zeros_like(x0)
    return Round(
        g,
        np.zeros_like(x0) if plan.feedback else g,
        np.zeros_like(x0),
        np.full(d, everything),
        np.full(d, everything),
        np.full(d, everything),
        np.zeros_like(x0),
        np.zeros_like(x0),
        np.zeros((debtors, debt), x0.dtype),
        np.zeros(debt, x0.dtype),
    )


@jit
def listen(plan, room, trace, t, m):
    """Worker m's gradient, if all of it are numbers, and with feedback what the worker owes."""
    g, u = room.g, room.u
    if not all_finite(g):
        trace.broken[0], trace.broken[1] = t, m + 1
        return False
    if trace.g.size > 0:
        trace.g[t - 1, m] = g
    if plan.feedback:
        for i in range(g.size):
            u[i] = g[i] + room.owed[m, i]
    return True


@jit
def all_finite(u):
    """Whether no entry is NaN or infinite."""
    others = 0
    for i in range(u.size):
        others += not (abs(u[i]) < np.inf)
    return others == 0


@generic
def push(uplink, plan, room, trace, t, m, rng, keep):
    """Worker m quantizes what it selected and pushes message and mask to the server, which decodes and adds them up."""
    push.kernel(uplink)(uplink, plan, room, trace, t, m, rng, keep)


@push.register(object)
@jit
def _push(uplink, plan, room, trace, t, m, rng, keep):
    trace.selected[t - 1, m] = quantize_selected(uplink, room.u, room.selected, rng, room.message)
    trace.lost[t - 1, m] = difference(room.u, room.message, room.selected)
    if plan.feedback:
        owe(room.u, room.message, room.selected, keep, room.owed[m])
    if plan.reading != NOBODY:
        join(room.selected, room.union, m == 0)
    add_message(room.message, room.syn, m == 0)


@jit(fastmath={"reassoc"})
def difference(u, message, selected):
    """|Q(u) - u|**2 over what was selected."""
    squared = 0.0
    for i in range(u.size):
        off = message[i] - u[i]
        squared += off * off if selected[i] else off * 0
    return squared


@jit
def owe(u, message, selected, keep, owed):
    """What was not delivered: of selected coordinates always, of the others if they are to `keep` it."""
    for i in range(u.size):
        owed[i] = u[i] - message[i] if selected[i] or keep else 0


@jit
def join(selected, union, first):
    """I^Syn: bitwise or of the workers' masks."""
    for i in range(union.size):
        union[i] = selected[i] or (union[i] and not first)


@jit
def add_message(message, syn, first):
    """The sum of the workers' messages."""
    if first:
        syn[:] = message
        return
    for i in range(syn.size):
        syn[i] += message[i]


@generic
def serve(downlink, plan, room, trace, t, rng):
    """The server averages, quantizes what any worker selected, and pushes q_t = Q(SynQ_t) and I^Syn to every worker."""
    serve.kernel(downlink)(downlink, plan, room, trace, t, rng)


@serve.register(object)
@jit
def _serve(downlink, plan, room, trace, t, rng):
    syn, workers = room.syn, trace.selected.shape[1]
    for i in range(syn.size):
        syn[i] /= workers
    if trace.syn.size > 0:
        trace.syn[t - 1] = syn
    if plan.feedback:
        for i in range(syn.size):
            syn[i] += room.owed_down[i]
    trace.selected_down[t - 1] = quantize_selected(downlink, syn, room.union, rng, room.q)
    trace.lost_down[t - 1] = difference(syn, room.q, room.union)
    if plan.feedback:
        owe(syn, room.q, room.union, True, room.owed_down)
    trace.active[t - 1] = add_to_sent(room.union, room.sent)
    if trace.q.size > 0:
        trace.q[t - 1] = room.q


@jit
def add_to_sent(union, sent):
    """Mark what was sent; how many coordinates have been."""
    count = 0
    for i in range(sent.size):
        sent[i] |= union[i]
        count += sent[i]
    return count
