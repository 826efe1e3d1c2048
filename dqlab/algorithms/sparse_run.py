"""What a run of workers and a parameter server returns, and how a box records it: loss, sparsity, errors, bits both ways."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .._generic import generic, jit
from ..problems import value


@dataclass(frozen=True, eq=False)
class SparseRun:
    """A finished run of M workers and a server, T steps, recorded at some of them; step t leads from x_t to x_{t+1}.

    What is recorded has an entry for every recorded step, so that any two can be plotted against each other; `selected`,
    `selected_down` and `active` have one for every step, and `nonzeros` for every iterate.

    Parameters
    ----------
    name : str
        The algorithm's name.
    recorded : array of int
        How many steps were made, 0 and T among them.
    loss : array
        f at the iterate after so many steps.
    objective : array
        f + phi, the loss and lambda times the sum of the penalised coordinates' magnitudes.
    sparsity : array
        The share of penalised coordinates that are exactly zero; NaN where none is penalised.
    error : array
        The mean over all steps so far and over workers of |Q(u) - u|**2 / d, where u is what a worker quantized: its selected
        gradient, 0 elsewhere. NaN before the first step.
    error_down : array
        The mean over all steps so far of |q_t - u|**2 / d, where u is what the server quantized. NaN before the first step.
    bits_up : array of int
        Bits that all workers have sent to the server.
    bits_down : array of int
        Bits that the server has sent, a broadcast counted once.
    seconds : array
        Simulated time. Workers compute and send side by side, each over a link of its own: the longest message counts.
    selected : array of int, shape (T, M)
        How many entries every worker's messages had.
    selected_down : array of int, shape (T,)
        How many entries the server's had: the size of the union of the workers' masks.
    active : array of int, shape (T,)
        How many coordinates any worker has sent up to and with this step.
    nonzeros : array of int, shape (T + 1,)
        How many penalised coordinates of x_1, ..., x_{T+1} are not zero.
    final : array, shape (d,)
        x_{T+1}.
    average : array, shape (d,)
        The mean of x_1, ..., x_T, where gradients were taken.
    x, q, syn : arrays, shapes (T + 1, d), (T, d) and (T, d), or None
        x_1, ..., x_{T+1}; q_t, what everybody moves by; SynQ_t, equation (4). Kept on request.
    g : array, shape (T, M, d), or None
        The workers' stochastic gradients f'_t(x_t). Kept on request.
    stepsize, penalty, delta : float
        eta, lambda and delta; delta is NaN where the steps do not adapt.
    seed : int

    Examples
    --------
    >>> import numpy as np
    >>> import dqlab as dq
    >>> X = dq.stream(0, "rows").standard_normal((40, 6))
    >>> problem = dq.problems.DecentralisedLogistic.from_data(X, np.sign(X[:, 0]), nodes=2, strength=0)
    >>> run = dq.algorithms.cmd_adagrad(problem, steps=30, batch=5, stepsize=0.1, penalty=0.05, select=None, record=[10])
    >>> run.recorded.tolist(), run.bits.tolist(), run.selected.shape
    ([0, 10, 30], [0, 5760, 17280], (30, 2))
    """

    name: str
    recorded: np.ndarray
    loss: np.ndarray
    objective: np.ndarray
    sparsity: np.ndarray
    error: np.ndarray
    error_down: np.ndarray
    bits_up: np.ndarray
    bits_down: np.ndarray
    seconds: np.ndarray
    selected: np.ndarray
    selected_down: np.ndarray
    active: np.ndarray
    nonzeros: np.ndarray
    final: np.ndarray
    average: np.ndarray
    x: np.ndarray | None
    q: np.ndarray | None
    syn: np.ndarray | None
    g: np.ndarray | None
    stepsize: float
    penalty: float
    delta: float
    seed: int

    @property
    def bits(self):
        """Bits sent in both directions."""
        return self.bits_up + self.bits_down

    @property
    def steps(self):
        """T, how many steps were made."""
        return int(self.recorded[-1])

    def __repr__(self):
        return (
            f"SparseRun({self.name}, {self.steps} steps, {int(self.bits[-1])} bits, loss {self.loss[-1]:.4g}, "
            f"sparsity {self.sparsity[-1]:.4g})"
        )


class SparseTrace(NamedTuple):
    """Where a box writes: at the steps `recorded` (the first is 0), and at every step. An empty array is a record not asked for."""

    recorded: np.ndarray
    loss: np.ndarray
    objective: np.ndarray
    lost: np.ndarray  # |Q(u) - u|**2, (T, M)
    lost_down: np.ndarray
    selected: np.ndarray
    selected_down: np.ndarray
    active: np.ndarray
    nonzeros: np.ndarray
    total: np.ndarray  # x_1 + ... + x_T
    final: np.ndarray
    x: np.ndarray
    q: np.ndarray
    syn: np.ndarray
    g: np.ndarray
    broken: np.ndarray  # the step and the worker of a gradient that is no number, counted from 1; 0 where there is none


@generic
def note_sparse(problem, trace, plan, t, x):
    """Record the iterate after t steps."""
    note_sparse.kernel(problem)(problem, trace, plan, t, x)


@note_sparse.register(object)
@jit
def _note_sparse(problem, trace, plan, t, x):
    if trace.x.size > 0:
        trace.x[t] = x
    if t == trace.recorded[-1]:
        trace.final[:] = x
    k = np.searchsorted(trace.recorded, t)
    if trace.recorded[k] == t:
        trace.loss[k] = value(problem, x)
        trace.objective[k] = trace.loss[k] + plan.penalty * penalised_norm(x, plan.penalise)


@jit(fastmath={"reassoc"})
def penalised_norm(x, penalise):
    """The sum of |x_i| over the coordinates that phi counts."""
    total = 0.0
    for i in range(x.size):
        total += abs(x[i]) * penalise[i]
    return total


@jit
def count_nonzeros(x, penalise):
    """How many of the coordinates that phi counts are not zero."""
    count = 0
    for i in range(x.size):
        count += (x[i] != 0) & penalise[i]
    return count
