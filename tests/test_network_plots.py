"""Drawings of networks and of the time of their nodes."""

from types import SimpleNamespace

import networkx as nx
import numpy as np
import pytest

from dqlab import figures, network_plots
from dqlab._layouts import layout, links

ALT = "Twelve nodes on a circle, each linked with its two neighbours."


def torus(rows, columns):
    return nx.convert_node_labels_to_integers(nx.grid_2d_graph(rows, columns, periodic=True), ordering="sorted")


GRAPHS = {
    "ring": nx.cycle_graph(12),
    "complete": nx.complete_graph(7),
    "star": nx.star_graph(9),
    "torus": torus(3, 5),
    "random": nx.erdos_renyi_graph(20, 0.3, seed=1),
    "large": nx.random_regular_graph(4, 80, seed=1),
}


@pytest.mark.parametrize("graph", GRAPHS.values(), ids=GRAPHS)
def test_every_node_has_a_place_of_its_own_and_every_link_is_drawn(graph):
    nodes, edges, weights = links(graph)
    places, around = layout(nodes, edges)
    apart = np.linalg.norm(places[:, None] - places[None], axis=-1) + np.eye(nodes)
    assert places.shape == (nodes, 2) and apart.min() > 0.02 * np.ptp(places)
    assert (weights == 1).all() and len(edges) == graph.number_of_edges()
    path = network_plots.network(graph).axes[0].get_lines()[0].get_xydata()
    assert np.isnan(path[:, 0]).sum() == len(edges) + around.sum()


def test_layouts_show_what_the_graph_is():
    radius = np.linalg.norm(layout(*links(GRAPHS["star"])[:2])[0], axis=1)
    assert radius[0] == 0 and np.allclose(radius[1:], 1)
    places, around = layout(*links(GRAPHS["torus"])[:2])
    assert np.array_equal(places[7], [2, -1]) and around.sum() == 3 + 5
    ring = layout(*links(GRAPHS["ring"])[:2])[0]
    assert np.allclose(np.linalg.norm(np.diff(ring, axis=0), axis=1), 2 * np.sin(np.pi / 12))


def test_a_graph_and_its_matrix_are_the_same_picture_and_thicker_links_weigh_more():
    graph = nx.path_graph(4)
    W = nx.to_numpy_array(graph)
    assert np.array_equal(links(graph)[1], links(W)[1])
    assert np.array_equal(links(W)[1], links(SimpleNamespace(dense=lambda: W))[1])
    W[0, 1] = W[1, 0] = 0.2
    thin, thick = network_plots.network(W).axes[0].get_lines()
    assert thin.get_linewidth() < thick.get_linewidth()
    assert np.isnan(thin.get_xdata()).sum() == 1 and np.isnan(thick.get_xdata()).sum() == 2


def test_values_are_told_by_shape_and_by_fullness():
    values = np.linspace(-1, 2, 12)
    figure = network_plots.network(GRAPHS["ring"], values, scale=2)
    drawn = [artist for artist in figure.axes[0].collections if artist.get_facecolor().shape[0] > 1]
    above, below = (artist.get_facecolor() for artist in drawn)
    assert len(above) == 8 and len(below) == 4
    assert np.all(np.diff(above[:, 3]) > 0) and np.all(np.diff(below[:, 3]) < 0) and above[-1, 3] == 1
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["+2", "−2"]
    svg = figures.show(figure, ALT).svg
    assert len(svg) < 20_000


@pytest.mark.parametrize("nodes", [1, 2])
def test_tiny_networks(nodes):
    figures.show(network_plots.network(nx.path_graph(nodes), np.zeros(nodes), labels=True), ALT)


def test_network_refuses():
    with pytest.raises(ValueError, match="convert_node_labels_to_integers"):
        network_plots.network(nx.grid_2d_graph(2, 2))
    with pytest.raises(TypeError, match="Graph"):
        network_plots.network("ring")
    with pytest.raises(ValueError, match="square"):
        network_plots.network(np.ones((2, 3)))
    for name, given in {"values": np.zeros(3), "positions": np.zeros((4, 2)), "labels": ["one"]}.items():
        with pytest.raises(ValueError, match=name):
            network_plots.network(GRAPHS["ring"], **{name: given})


# --- time ------------------------------------------------------------------------------------------------------------


def deadline(seconds):
    return SimpleNamespace(
        batches=lambda V: np.floor(V * seconds).astype(int), compute=lambda V: np.full(len(V), seconds)
    )


def fixed_batch(size):
    return SimpleNamespace(batches=lambda V: np.full(V.shape, size), compute=lambda V: (size / V).max(axis=1))


V = np.array([[10.0, 40], [80, 20], [16, 16], [50, 50], [60, 60]])


def bars(axes, color):
    return sorted((bar.get_x(), bar.get_y(), bar.get_width()) for bar in axes.patches if bar.get_edgecolor() == color)


def test_bars_are_as_long_as_their_gradients_take():
    axes = network_plots.timeline(V, fixed_batch(20), communication=0.5, rounds=3).axes[0]
    edge = next(bar.get_edgecolor() for bar in axes.patches if bar.get_edgecolor()[3] == 1)
    drawn = bars(axes, edge)
    assert np.allclose([bar[2] for bar in drawn], (20 / V[:3]).ravel())
    assert np.allclose([bar[0] for bar in drawn], np.repeat([0, 2 + 0.5, 2 + 0.5 + 1 + 0.5], 2))
    assert axes.get_title(loc="left") == "3 rounds, 120 gradients"
    assert [text.get_text() for text in axes.texts] == ["20"] * 6
    waits = [np.ptp(artist.get_xdata()) for artist in axes.get_lines() if artist.get_linewidth() == 1.6]
    assert max(waits) <= 1.5 and min(waits) == pytest.approx(0)


def test_schemes_share_one_clock():
    work = {"20 each": fixed_batch(20), "deadline": deadline(0.5)}
    first, second = network_plots.timeline(V, work, communication={"20 each": 0.5, "deadline": 0.25}, rounds=2).axes
    assert first.get_xlim() == second.get_xlim() and first.get_xlim()[1] >= 4
    assert first.get_title(loc="left") == "20 each: 2 rounds, 80 gradients"
    wanted = int(np.floor(V * 0.5).sum())  # five rounds of 0.75 s end before 4 s
    assert second.get_title(loc="left") == f"deadline: 5 rounds, {wanted} gradients"
    assert [text.get_text() for text in second.texts[:2]] == ["5", "20"]


def test_a_timeline_is_a_small_picture_in_the_colours_of_the_page():
    figure = network_plots.timeline(V, {"20 each": fixed_batch(20), "deadline": deadline(0.5)}, 0.5)
    svg = figures.show(figure, "Two schemes on one clock: the deadline has five rounds.").svg
    assert len(svg) < 30_000 and ">computing<" in svg and ">node 1<" in svg


def test_timeline_refuses():
    with pytest.raises(ValueError, match="V: expected positive"):
        network_plots.timeline(-V, fixed_batch(20), 0.5)
    with pytest.raises(ValueError, match="rounds: expected 1 to 5"):
        network_plots.timeline(V, fixed_batch(20), 0.5, rounds=6)
    with pytest.raises(ValueError, match="communication: no seconds for 'b'"):
        network_plots.timeline(V, {"a": fixed_batch(20), "b": deadline(1.0)}, {"a": 0.5})
