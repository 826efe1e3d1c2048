"""Graphs of nodes 0, ..., n - 1 that talk to their neighbours: every one connected, or refused."""

import numpy as np

from .. import _checks

DRAWS = 100  # of a random graph, until one of them is connected


def erdos_renyi(nodes, probability, rng):
    """A random graph: every pair of nodes is joined with one probability, drawn again until the graph is connected.

    The networks of Reisizadeh et al.: 50 nodes, probability 0.4.

    Parameters
    ----------
    nodes : int
        n >= 2.
    probability : float
        In (0, 1].
    rng : numpy.random.Generator

    Returns
    -------
    networkx.Graph

    Raises
    ------
    TypeError, ValueError
        For arguments out of range, and where 100 draws in a row are not connected.

    Examples
    --------
    >>> import dqlab as dq
    >>> graph = dq.networks.erdos_renyi(50, 0.4, dq.stream(0, "graph"))
    >>> graph.number_of_nodes(), graph.number_of_edges()
    (50, 477)
    """
    nodes, rng = _nodes(nodes), _checks.generator(rng, "rng")
    probability = _checks.positive(probability, "probability")
    if probability > 1:
        raise ValueError(f"probability: expected a number in (0, 1], got {probability}")
    rows, columns = np.triu_indices(nodes, 1)

    def draw():
        joined = rng.random(rows.size) < probability
        return _graph(nodes, zip(rows[joined].tolist(), columns[joined].tolist()))

    remedy = f"probability: raise it; log(n) / n = {np.log(nodes) / nodes:.3g} is where most graphs become connected"
    return _drawn_until_connected(draw, remedy)


def random_regular(nodes, degree, rng):
    """A random graph in which every node has the same number of neighbours, drawn again until it is connected.

    Parameters
    ----------
    nodes : int
        n >= 2.
    degree : int
        Neighbours of a node, below n; n times degree is even, and a degree of 1 joins two nodes only.
    rng : numpy.random.Generator

    Returns
    -------
    networkx.Graph

    Raises
    ------
    TypeError, ValueError
        For arguments out of range, and where there is no such graph.

    Examples
    --------
    >>> import dqlab as dq
    >>> graph = dq.networks.random_regular(10, 3, dq.stream(0, "graph"))
    >>> set(dict(graph.degree).values()), graph.number_of_edges()
    ({3}, 15)
    """
    import networkx as nx

    nodes, rng = _nodes(nodes), _checks.generator(rng, "rng")
    degree = _checks.integer(degree, "degree", 1)
    if degree >= nodes or nodes * degree % 2:
        raise ValueError(f"degree: expected one below {nodes} with an even number of ends, got {degree} x {nodes}")

    def draw():
        return nx.random_regular_graph(degree, nodes, seed=int(rng.integers(1 << 31)))

    return _drawn_until_connected(draw, "degree: raise it; one of 2 gives circles, one of 1 pairs")


def ring(nodes):
    """A circle: node i talks to i - 1 and i + 1.

    Examples
    --------
    >>> import dqlab as dq
    >>> sorted(dq.networks.ring(5)[0])
    [1, 4]
    """
    import networkx as nx

    return _plain(nx.cycle_graph(_nodes(nodes)))


def torus(rows, columns):
    """A grid whose borders are joined: node (i, j) is number i * columns + j and talks to the four next to it.

    Examples
    --------
    >>> import dqlab as dq
    >>> sorted(dq.networks.torus(3, 4)[0])
    [1, 3, 4, 8]
    """
    import networkx as nx

    rows, columns = _checks.integer(rows, "rows", 1), _checks.integer(columns, "columns", 1)
    _nodes(rows * columns, "rows * columns")
    return _plain(nx.grid_2d_graph(rows, columns, periodic=True))


def star(nodes):
    """One hub, node 0, to which all others talk, and they to nobody else.

    Examples
    --------
    >>> import dqlab as dq
    >>> graph = dq.networks.star(5)
    >>> sorted(graph[0]), sorted(graph[1])
    ([1, 2, 3, 4], [0])
    """
    import networkx as nx

    return _plain(nx.star_graph(_nodes(nodes) - 1))


def complete(nodes):
    """Everybody talks to everybody.

    Examples
    --------
    >>> import dqlab as dq
    >>> dq.networks.complete(5).number_of_edges()
    10
    """
    import networkx as nx

    return _plain(nx.complete_graph(_nodes(nodes)))


def exponential(nodes):
    """Node i talks to i + 2**k and i - 2**k modulo n, for every 2**k < n: few neighbours, and yet a wide gap.

    Examples
    --------
    >>> import dqlab as dq
    >>> sorted(dq.networks.exponential(16)[0])
    [1, 2, 4, 8, 12, 14, 15]
    """
    import networkx as nx

    nodes = _nodes(nodes)
    return _plain(nx.circulant_graph(nodes, [1 << k for k in range((nodes - 1).bit_length())]))


def checked(graph, name="graph"):
    """`graph` if it is one that nodes can average over: undirected, simple, connected, of two nodes or more."""
    import networkx as nx

    if not isinstance(graph, nx.Graph):
        raise TypeError(f"{name}: expected a networkx.Graph, such as dqlab.networks.ring(10), got {graph!r}")
    if graph.is_directed() or graph.is_multigraph():
        raise ValueError(f"{name}: expected undirected single edges, got a {type(graph).__name__}; take nx.Graph of it")
    if graph.number_of_nodes() < 2:
        raise ValueError(f"{name}: expected two nodes or more, got {graph.number_of_nodes()}")
    if any(graph.has_edge(node, node) for node in graph):
        raise ValueError(
            f"{name}: expected no edges from a node to itself; a node's own weight is what the others leave"
        )
    if not nx.is_connected(graph):
        pieces = nx.number_connected_components(graph)
        raise ValueError(
            f"{name}: expected a connected graph, got {pieces} pieces, whose nodes can never agree; join them"
        )
    return graph


def _nodes(value, name="nodes"):
    return _checks.integer(value, name, 2)


def _graph(nodes, edges=()):
    import networkx as nx

    graph = nx.Graph()
    graph.add_nodes_from(range(nodes))
    graph.add_edges_from(edges)
    return graph


def _plain(graph):
    """`graph` with nodes 0, ..., n - 1 in this order."""
    import networkx as nx

    return checked(nx.convert_node_labels_to_integers(graph))


def _drawn_until_connected(draw, remedy):
    import networkx as nx

    for _ in range(DRAWS):
        graph = draw()
        if nx.is_connected(graph):
            return _graph(len(graph), graph.edges)
    raise ValueError(f"{remedy} (none of {DRAWS} draws was a connected graph)")
