"""Gossip: nodes that average their numbers by hearing their neighbours', exactly or through a quantizer."""

from typing import NamedTuple

import numpy as np

from .. import _checks
from .._generic import jit
from ..networks import mix_neighbours
from ..problems import gradient, value
from ..quantizers import quantize_rows
from .decentralised import begin, execute, streams_of
from .decentralised_run import DecentralisedRun, note_nodes
from .quantimed import take_step
from .run import algorithm
from .schedules import warn_of_large_epsilon


class _Fields(NamedTuple):
    start: np.ndarray
    minimiser: np.ndarray


class Consensus(_Fields):
    """What gossip is for: f(x) = (1/2n) sum_i |x - x_{i,0}|**2, whose minimiser is the average of the nodes' numbers.

    Parameters
    ----------
    start : array, shape (n, d)
        A row a node.

    Examples
    --------
    >>> from dqlab.algorithms.consensus import Consensus
    >>> Consensus([[1.0, 0.0], [3.0, 2.0]]).minimiser
    array([2., 1.])
    """

    __slots__ = ()

    def __new__(cls, start):
        start = _checks.matrix(start, "X0")
        return super().__new__(cls, start, start.mean(axis=0))

    @property
    def nodes(self):
        """n."""
        return self.start.shape[0]

    @property
    def dim(self):
        """d."""
        return self.start.shape[1]


@value.register(Consensus)
def _value(problem, x):
    squared = 0.0
    for i in range(problem.start.shape[0]):
        squared += ((x - problem.start[i]) ** 2).sum()
    return squared / (2 * problem.start.shape[0])


@gradient.register(Consensus)
def _gradient(problem, x):
    return x - problem.minimiser


@jit
def gossip_box(problem, mixing, quantizer, epsilon, steps, encoder, shared, X0, trace):
    """Algorithm 1 without gradients: x_i <- (1 - eps + eps w_ii) x_i + eps sum_{j in N_i} w_ij Q(x_j)."""
    X, Z, heard, nothing = X0.copy(), np.zeros_like(X0), np.zeros_like(X0), np.zeros_like(X0)
    note_nodes(problem, trace, 0, X)
    for t in range(steps):
        trace.outside[t] = quantize_rows(quantizer, X, 1.0, encoder, shared, Z)  # z_i = Q(x_i), sent to all neighbours
        mix_neighbours(mixing, Z, heard)
        take_step(mixing.own, X, heard, nothing, 0.0, epsilon)
        note_nodes(problem, trace, t + 1, X)


@algorithm("gossip", gossip_box)
def gossip(
    X0, mixing, quantizer=None, *, steps, epsilon=1.0, seed=0, record=50, link=None, models=False
) -> DecentralisedRun:
    """Gossip: every node moves by epsilon towards the weighted average of its own number and of what it hears.

    Exact messages with epsilon = 1 are X <- W X: the average stays, and the distance to it shrinks by beta a step. Quantized ones
    keep it in expectation only, and the nodes come no closer than the noise lets them: a smaller epsilon lets less of it in.

    Parameters
    ----------
    X0 : array, shape (n, d)
        The nodes' numbers, a row a node.
    mixing : Mixing
        W, of n nodes.
    quantizer : a quantizer of dimension d, optional
        64 bits a coordinate unless given.
    steps : int
        T >= 1.
    epsilon : float
        Above 0. See `critical_epsilon`.
    seed : int
        Of the encoders.
    record, link, models
        See `quantimed_dsgd`.

    Returns
    -------
    DecentralisedRun
        Its `distance` is that of the nodes' average to the first one, its `error` the mean squared distance of the nodes to that.

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong kind, shape or range, and for numbers of nodes or dimensions that do not match.

    Warns
    -----
    UserWarning
        For an epsilon above 1.

    Examples
    --------
    >>> import dqlab as dq
    >>> X0, mixing = dq.stream(0, "start").standard_normal((6, 4)), dq.networks.laplacian_weights(dq.networks.ring(6))
    >>> run = dq.algorithms.gossip(X0, mixing, steps=60)
    >>> bool(run.consensus[-1] < 1e-12), bool(run.distance[-1] < 1e-12)
    (True, True)
    """
    problem = Consensus(X0)
    setting = begin(problem, mixing, quantizer, steps=steps, x0=problem.start, seed=seed, record=record, link=link)
    epsilon = _checks.positive(epsilon, "epsilon")
    warn_of_large_epsilon(mixing, epsilon)
    arguments = (setting.quantizer, epsilon, setting.steps, *streams_of(seed)[1:])
    return execute(gossip, setting, arguments, models=models, record_slope=False, epsilon=epsilon)


gossip.decentralised = True
