"""Graphs as figures see them: their links, and where their nodes stand."""

from __future__ import annotations

from typing import Any

import numpy as np


def links(given: Any) -> tuple[int, np.ndarray, np.ndarray]:
    """How many nodes, the pairs i < j that are linked, and their weights (1 in a graph without weights)."""
    if hasattr(given, "number_of_nodes"):
        nodes = given.number_of_nodes()
        if set(given.nodes) != set(range(nodes)):
            raise ValueError(
                f"graph_or_mixing: expected the nodes 0, ..., {nodes - 1}; "
                "networkx.convert_node_labels_to_integers renames them"
            )
        pairs = [(min(i, j), max(i, j), data.get("weight", 1.0)) for i, j, data in given.edges(data=True) if i != j]
    else:
        try:
            W = np.asarray(given.dense() if hasattr(given, "dense") else given, dtype=float)
        except (TypeError, ValueError):
            name = type(given).__name__
            raise TypeError(f"graph_or_mixing: expected a networkx.Graph, a Mixing or a matrix, got {name}") from None
        if W.ndim != 2 or W.shape[0] != W.shape[1]:
            raise ValueError(f"graph_or_mixing: expected a square matrix, got shape {W.shape}")
        nodes = len(W)
        pairs = [(i, j, W[i, j]) for i, j in zip(*np.nonzero(np.triu(W, 1)), strict=True)]
    rows = np.array(sorted(pairs), dtype=float).reshape(-1, 3)
    return nodes, rows[:, :2].astype(int), rows[:, 2]


def layout(nodes: int, edges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions that suit the graph, and which links go around the border of a torus."""
    drawn = {(int(i), int(j)) for i, j in edges}
    inside = np.zeros(len(edges), bool)
    degree = np.bincount(edges.ravel(), minlength=nodes)
    if nodes <= 2 or drawn == {tuple(sorted(((i + 1) % nodes, (j + 1) % nodes))) for i, j in drawn}:
        return circle(nodes), inside
    if len(edges) == nodes - 1 == degree.max():
        places = np.zeros((nodes, 2))
        places[np.arange(nodes) != degree.argmax()] = circle(nodes - 1)
        return places, inside
    for rows in range(2, nodes // 2 + 1):
        if nodes % rows == 0 and drawn == _torus(rows, nodes // rows):
            at = np.arange(nodes)
            places = np.stack([at % (nodes // rows), -(at // (nodes // rows))], axis=1).astype(float)
            return places, np.abs(places[edges[:, 0]] - places[edges[:, 1]]).sum(axis=1) > 1
    return _springs(nodes, drawn), inside


def circle(nodes: int) -> np.ndarray:
    """Points on a circle, clockwise from the top."""
    angle = 2 * np.pi * np.arange(nodes) / nodes
    return np.stack([np.sin(angle), np.cos(angle)], axis=1)


def _torus(rows: int, columns: int) -> set[tuple[int, int]]:
    here = np.arange(rows * columns).reshape(rows, columns)
    right, below = np.roll(here, -1, axis=1), np.roll(here, -1, axis=0)
    pairs = np.concatenate([np.stack([here, there], axis=-1).reshape(-1, 2) for there in (right, below)])
    return {(int(i), int(j)) for i, j in np.sort(pairs, axis=1)}


def _springs(nodes: int, pairs: set[tuple[int, int]]) -> np.ndarray:
    """Springs as long as the shortest path, which is good and cubic in the nodes; simpler ones from 60 nodes on."""
    import networkx

    graph = networkx.Graph()
    graph.add_nodes_from(range(nodes))
    graph.add_edges_from(sorted(pairs))
    start = dict(enumerate(circle(nodes)))
    if nodes <= 60:
        found = networkx.kamada_kawai_layout(graph, pos=start)
    else:
        found = networkx.spring_layout(graph, pos=start, seed=1)
    return np.array([found[node] for node in range(nodes)])
