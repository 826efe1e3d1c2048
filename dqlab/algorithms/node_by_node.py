"""The boxes of QuanTimed-DSGD and DSGD, a node at a time: the same numbers, sooner for models of which a cache holds a few.

The boxes with all nodes at once write down what every node hears, then every gradient, and then read all of it again.
"""

import numpy as np

from .._generic import jit
from ..networks.mixing import add_neighbours
from ..problems import sample_gradient
from ..quantizers import quantize_rows
from .decentralised_run import note_nodes
from .quantimed import q_dsgd, quantimed_dsgd, take_step
from .synchronous import dsgd


@jit
def quantimed_dsgd_by_node(problem, mixing, quantizer, alpha, epsilon, batches, samples, encoder, shared, X0, trace):
    """Algorithm 1."""
    X, Z, heard, g = X0.copy(), np.zeros_like(X0), np.zeros_like(X0[:1]), np.zeros_like(X0[:1])
    note_nodes(problem, trace, 0, X)
    for t in range(batches.shape[0]):
        trace.outside[t] = quantize_rows(quantizer, X, 1.0, encoder, shared, Z)  # z_i = Q(x_i), sent to all neighbours
        move_each(problem, mixing, alpha, epsilon, batches[t], samples, X, Z, heard, g)
        note_nodes(problem, trace, t + 1, X)


@jit
def dsgd_by_node(problem, mixing, alpha, batches, samples, X0, trace):
    """Decentralised SGD."""
    X, Z, heard, g = X0.copy(), np.zeros_like(X0), np.zeros_like(X0[:1]), np.zeros_like(X0[:1])
    note_nodes(problem, trace, 0, X)
    for t in range(batches.shape[0]):
        Z[:] = X  # a node moves while others still have to hear where it was
        move_each(problem, mixing, alpha, 1.0, batches[t], samples, X, Z, heard, g)
        note_nodes(problem, trace, t + 1, X)


@jit
def move_each(problem, mixing, alpha, epsilon, batch, samples, X, Z, heard, g):
    """Every node hears its neighbours' z_j, computes its gradient, and moves."""
    for i in range(X.shape[0]):
        add_neighbours(mixing.indptr[i : i + 2], mixing.indices, mixing.weights, Z, heard)
        sample_gradient(problem, i, X[i], batch[i], samples, g[0])
        take_step(mixing.own[i : i + 1], X[i : i + 1], heard, g, alpha, epsilon)


# What `run_box` runs for a problem that says ``node_by_node``.
quantimed_dsgd.box_by_node = q_dsgd.box_by_node = quantimed_dsgd_by_node
dsgd.box_by_node = dsgd_by_node
