"""What a run of many nodes returns, and how a box records it."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .._generic import generic, jit
from ..problems import gradient, value


@dataclass(frozen=True, eq=False)
class DecentralisedRun:
    """A finished run of n nodes, recorded at some of its T steps; x_bar is the average of the nodes' models.

    Histories have an entry for every recorded step, so that any two can be plotted against each other; `outside` and `batches`
    have one for every step.

    Parameters
    ----------
    name : str
        The algorithm's name.
    recorded : array of int
        The steps t, 0 and T among them. Of an asynchronous run, T counts the events of all nodes.
    loss : array
        f(x_bar_t).
    distance : array
        |x_bar_t - x*|; NaN where the problem does not know its minimiser.
    error : array
        (1/n) sum_i |x_i - x*|**2, or NaN.
    consensus : array
        (1/n) sum_i |x_i - x_bar|**2.
    slope : array
        |nabla f(x_bar_t)|**2; empty unless asked for.
    seconds : array
        Simulated time since the start.
    bits_up : array of int
        Bits sent by all nodes since the start, a broadcast to all neighbours counted once.
    bits_links : array of int
        The same, every message counted once for each neighbour that hears it.
    average : array, shape (d,)
        x_bar_T.
    final : array, shape (n, d)
        X_T, a model a row.
    models : array, shape (records, n, d), or None
        X_t at the recorded steps.
    outside : array of int, shape (T,)
        How many of a step's messages left the quantizer's domain and were clipped.
    batches : array of int, shape (T, n), of an asynchronous run (T,), and empty where nothing is sampled
        |S_{i,t}|, how many gradients every node averaged; with an empty batch a node's gradient is 0.
    stepsize, epsilon : float
        alpha, and epsilon (of gossip with memory: gamma); NaN where there is none.
    seed : int

    Examples
    --------
    >>> import dqlab as dq
    >>> mixing = dq.networks.laplacian_weights(dq.networks.ring(6))
    >>> run = dq.algorithms.gossip(dq.stream(0, "start").standard_normal((6, 3)), mixing, steps=40, record=[10])
    >>> run.recorded.tolist(), run.bits.tolist(), run.final.shape
    ([0, 10, 40], [0, 11520, 46080], (6, 3))
    """

    name: str
    recorded: np.ndarray
    loss: np.ndarray
    distance: np.ndarray
    error: np.ndarray
    consensus: np.ndarray
    slope: np.ndarray
    seconds: np.ndarray
    bits_up: np.ndarray
    bits_links: np.ndarray
    average: np.ndarray
    final: np.ndarray
    models: np.ndarray | None
    outside: np.ndarray
    batches: np.ndarray
    stepsize: float
    epsilon: float
    seed: int

    @property
    def bits(self):
        """Bits sent by all nodes, cumulatively."""
        return self.bits_up

    @property
    def steps(self):
        """T, how many steps were made."""
        return int(self.recorded[-1])

    @property
    def empty(self):
        """How many batches were empty, so that a node used a gradient of 0."""
        return int((self.batches == 0).sum())

    def __repr__(self):
        return (
            f"DecentralisedRun({self.name}, {self.steps} steps, {int(self.bits_up[-1])} bits, loss {self.loss[-1]:.4g})"
        )


class NodesTrace(NamedTuple):
    """Where a box writes: at the steps `recorded` (the first is 0), and at every step. An empty array is a record not asked for."""

    recorded: np.ndarray
    loss: np.ndarray
    distance: np.ndarray
    error: np.ndarray
    consensus: np.ndarray
    slope: np.ndarray
    models: np.ndarray
    final: np.ndarray
    outside: np.ndarray


@generic
def note_nodes(problem, trace, t, X):
    """Record the nodes' models X_t, if t is a step to record."""
    note_nodes.kernel(problem)(problem, trace, t, X)


@note_nodes.register(object)
@jit
def _note_nodes(problem, trace, t, X):
    k = np.searchsorted(trace.recorded, t)
    if trace.recorded[k] != t:
        return
    average = mean_of_rows(X)
    point = average.astype(X.dtype)  # a problem computes in the precision of its models
    trace.loss[k] = value(problem, point)
    trace.consensus[k] = spread_around(X, average)
    known = problem.minimiser.size > 0
    trace.error[k] = spread_around(X, problem.minimiser) if known else np.nan
    trace.distance[k] = np.sqrt(squared_distance(average, problem.minimiser)) if known else np.nan
    if trace.slope.size > 0:
        g = gradient(problem, point)
        trace.slope[k] = squared_distance(g, np.zeros_like(g))
    if trace.models.size > 0:
        trace.models[k] = X
    if t == trace.recorded[-1]:
        trace.final[:] = X


@jit
def mean_of_rows(X):
    """x_bar, the average of the nodes' models."""
    average = np.zeros(X.shape[1])
    for i in range(X.shape[0]):
        for j in range(X.shape[1]):
            average[j] += X[i, j]
    return average / X.shape[0]


@jit
def spread_around(X, centre):
    """(1/n) sum_i |x_i - centre|**2."""
    squared = 0.0
    for i in range(X.shape[0]):
        squared += squared_distance(X[i], centre)
    return squared / X.shape[0]


@jit
def squared_distance(x, y):
    """|x - y|**2."""
    squared = 0.0
    for j in range(x.size):
        squared += (x[j] - y[j]) ** 2
    return squared
