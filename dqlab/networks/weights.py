"""Weights for a graph: I - L / kappa, and those of Metropolis."""

import numpy as np

from .. import _checks
from .graphs import checked
from .mixing import extremes, of_entries


def laplacian_weights(graph, kappa=None):
    """W = I - L / kappa, where L is the graph's Laplacian: every edge has the weight 1 / kappa.

    Assumption 1 asks for weights >= 0, so for kappa >= the greatest degree, and for lambda_n > -1, so for kappa >
    lambda_max(L) / 2. The first implies the second, unless all nodes have one degree and are of two kinds that talk to the
    other kind only, as on a ring of even length; kappa has then to be greater than the degree.

    beta = max(1 - lambda_2(L) / kappa, lambda_max(L) / kappa - 1) is least at kappa = (lambda_2(L) + lambda_max(L)) / 2, which is often
    less than the greatest degree (on a star, and on dense random graphs). The best admissible kappa is then the greatest degree.

    Parameters
    ----------
    graph : networkx.Graph
        Connected, undirected, without loops; weights on its edges are not looked at.
    kappa : float, optional
        The admissible one with the least beta unless given; `paper_kappa` has the authors'.

    Returns
    -------
    Mixing

    Raises
    ------
    TypeError, ValueError
        For a graph that is not connected, and a kappa that is not admissible.

    Examples
    --------
    >>> import dqlab as dq
    >>> graph = dq.networks.star(5)
    >>> dq.networks.laplacian_weights(graph)  # kappa = 4, the hub's degree
    Mixing(5 nodes, 4 edges, beta 0.75)
    >>> dq.networks.laplacian_weights(graph, kappa=3)
    Traceback (most recent call last):
        ...
    ValueError: kappa: expected at least 4, the greatest degree, or a node's own weight is negative, got 3
    """
    A = _adjacency(graph)
    degrees = A.sum(axis=1)
    top, swaps = float(degrees.max()), _swaps(graph, degrees)
    if kappa is not None and _checks.positive(kappa, "kappa") < top:
        raise ValueError(
            f"kappa: expected at least {top:.0f}, the greatest degree, or a node's own weight is negative, got {kappa}"
        )
    if kappa == top and swaps:
        raise ValueError(
            f"kappa: expected more than {top:.0f}, the degree of all nodes of a bipartite graph, got {kappa}"
        )
    last, second = extremes(_with_own(A / top), 2)  # at kappa = top, from which those at any other follow
    kappa = max(top, top * (2 - second - last) / 2) if kappa is None else float(kappa)
    ends = tuple(1 - (1 - end) * top / kappa for end in (last, second))
    return of_entries(_with_own(A / kappa), ends)


def paper_kappa(graph):
    """The kappa of the authors' experiments: the greatest degree plus 2.

    Their code gives every node itself as a neighbour, and then divides by the greatest number of neighbours plus 1.

    Examples
    --------
    >>> import dqlab as dq
    >>> graph = dq.networks.star(5)
    >>> kappa = dq.networks.paper_kappa(graph)
    >>> kappa, dq.networks.laplacian_weights(graph, kappa).own.round(2).tolist()
    (6, [0.33, 0.83, 0.83, 0.83, 0.83])
    """
    return max(degree for _, degree in checked(graph).degree) + 2


def metropolis_weights(graph):
    """w_ij = 1 / (1 + max(degree of i, degree of j)): a node needs to know its neighbours' degrees only.

    Parameters
    ----------
    graph : networkx.Graph
        Connected, undirected, without loops.

    Returns
    -------
    Mixing

    Examples
    --------
    >>> import dqlab as dq
    >>> mixing = dq.networks.metropolis_weights(dq.networks.star(5))
    >>> mixing.own.round(2).tolist(), round(mixing.beta, 4)
    ([0.2, 0.8, 0.8, 0.8, 0.8], 0.8)
    """
    A = _adjacency(graph)
    degrees, A = A.sum(axis=1), A.tocoo()
    A.data = 1 / (1 + np.maximum(degrees[A.row], degrees[A.col]))
    return of_entries(_with_own(A.tocsr()))


def _adjacency(graph):
    """The adjacency matrix of a checked graph, scipy.sparse; nodes 0, ..., n - 1 in this order, others as the graph has them."""
    import networkx as nx

    numbers = range(len(checked(graph)))
    order = numbers if set(graph) == set(numbers) else list(graph)
    return nx.to_scipy_sparse_array(graph, nodelist=order, weight=None, dtype=np.float64, format="csr")


def _swaps(graph, degrees):
    """Whether all nodes have one degree and are of two kinds that talk to the other kind only."""
    import networkx as nx

    return bool(np.all(degrees == degrees[0])) and nx.is_bipartite(graph)


def _with_own(others):
    """W of what its entries off the diagonal are: every node keeps what is left of 1."""
    from scipy.sparse import diags_array

    own = 1 - others.sum(axis=1)
    return (others + diags_array(np.where(np.abs(own) < 1e-14, 0.0, own))).tocsr()
