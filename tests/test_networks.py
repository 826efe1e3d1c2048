"""Graphs are connected, mixing matrices satisfy Assumption 1, and the compiled exchange is the product with W - W_D."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

import dqlab as dq
from dqlab import networks as net
from dqlab import stream

GRAPHS = {
    "erdos_renyi": lambda: net.erdos_renyi(30, 0.3, stream(1, "graph")),
    "random_regular": lambda: net.random_regular(12, 3, stream(1, "graph")),
    "ring": lambda: net.ring(7),
    "even ring": lambda: net.ring(8),
    "pair": lambda: net.ring(2),
    "torus": lambda: net.torus(3, 5),
    "star": lambda: net.star(9),
    "complete": lambda: net.complete(6),
    "exponential": lambda: net.exponential(11),
}


@st.composite
def connected_graphs(draw):
    """A random tree and some more edges."""
    n = draw(st.integers(2, 12))
    edges = [(draw(st.integers(0, i - 1)), i) for i in range(1, n)]
    edges += draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda e: e[0] != e[1])))
    return nx.Graph(edges)


def laplacian(graph):
    return nx.laplacian_matrix(graph, nodelist=sorted(graph)).toarray().astype(float)


@pytest.mark.parametrize("name", GRAPHS)
def test_graphs_have_nodes_in_order_and_are_connected(name):
    graph = GRAPHS[name]()
    assert list(graph) == list(range(len(graph))) and nx.is_connected(graph) and nx.number_of_selfloops(graph) == 0


def test_graphs_are_what_their_names_say():
    assert set(dict(net.random_regular(20, 5, stream(0)).degree).values()) == {5}
    assert all(set(net.ring(9)[i]) == {(i - 1) % 9, (i + 1) % 9} for i in range(9))
    torus = net.torus(4, 6)
    for i in range(24):
        r, c = divmod(i, 6)
        assert set(torus[i]) == {(r - 1) % 4 * 6 + c, (r + 1) % 4 * 6 + c, r * 6 + (c - 1) % 6, r * 6 + (c + 1) % 6}
    assert net.star(6).degree[0] == 5 and net.complete(7).number_of_edges() == 21
    for n in (2, 3, 8, 11, 50):
        hops = {2**k for k in range(20) if 2**k < n}
        wanted = {frozenset((i, (i + h) % n)) for i in range(n) for h in hops}
        assert {frozenset(edge) for edge in net.exponential(n).edges} == wanted
    degrees = [net.erdos_renyi(200, 0.1, stream(k, "graph")).number_of_edges() for k in range(20)]
    assert abs(np.mean(degrees) - 1990) < 5 * np.sqrt(1990 * 0.9 / 20)  # five standard errors


def test_random_graphs_are_drawn_again_until_they_are_connected():
    for seed in range(5):  # at this probability one draw in five is connected
        assert nx.is_connected(net.erdos_renyi(50, 0.06, stream(seed, "graph")))
        assert nx.is_connected(net.random_regular(12, 2, stream(seed, "graph")))
    same = [sorted(net.erdos_renyi(20, 0.3, stream(7, "graph")).edges) for _ in range(2)]
    assert same[0] == same[1]
    with pytest.raises(ValueError, match="probability: raise it.*none of 100 draws"):
        net.erdos_renyi(100, 0.001, stream(0))
    with pytest.raises(ValueError, match="degree: raise it"):
        net.random_regular(10, 1, stream(0))


@pytest.mark.parametrize(
    ("call", "error", "word"),
    [
        (lambda: net.ring(1), ValueError, "nodes: expected an integer >= 2"),
        (lambda: net.torus(1, 1), ValueError, "rows \\* columns"),
        (lambda: net.erdos_renyi(5, 1.5, stream(0)), ValueError, "probability"),
        (lambda: net.erdos_renyi(5, 0.5, 3), TypeError, "rng"),
        (lambda: net.random_regular(5, 3, stream(0)), ValueError, "degree: expected one below 5 with an even"),
        (lambda: net.laplacian_weights(net.Mixing), TypeError, "graph: expected a networkx.Graph"),
        (lambda: net.metropolis_weights(nx.Graph([(0, 1), (2, 3)])), ValueError, "graph: expected a connected graph, got 2 pieces"),
        (lambda: net.metropolis_weights(nx.DiGraph([(0, 1)])), ValueError, "graph: expected undirected"),
        (lambda: net.metropolis_weights(nx.Graph([(0, 1), (1, 1)])), ValueError, "graph: expected no edges from a node to itself"),
        (lambda: net.paper_kappa(nx.Graph()), ValueError, "graph: expected two nodes"),
        (lambda: net.laplacian_weights(net.star(6), 4.9), ValueError, "kappa: expected at least 5"),
        (lambda: net.laplacian_weights(net.ring(6), 2), ValueError, "kappa: expected more than 2"),
        (lambda: net.laplacian_weights(net.ring(6), -1), ValueError, "kappa"),
        (lambda: net.lazy(net.metropolis_weights(net.ring(4)), 1.0), ValueError, "share"),
        (lambda: net.lazy(np.eye(2)), TypeError, "mixing"),
        (lambda: net.Mixing.from_matrix(np.full((2, 3), 0.5)), ValueError, "W: expected a square matrix"),
        (lambda: net.Mixing.from_matrix([[1.0]]), ValueError, "W: expected a square matrix of two nodes"),
        (lambda: net.Mixing.from_matrix([[np.nan, 0], [0, 1]]), ValueError, "W: expected finite"),
        (lambda: net.Mixing.from_matrix(csr_array([[np.nan, 0], [0, 1]])), ValueError, "W: expected finite"),
        (lambda: net.Mixing.from_matrix([[1.5, -0.5], [-0.5, 1.5]]), ValueError, "W: expected weights >= 0"),
        (lambda: net.Mixing.from_matrix([[0.5, 0.5], [0.4, 0.6]]), ValueError, "W: expected a symmetric matrix"),
        (lambda: net.Mixing.from_matrix([[0.5, 0.4], [0.4, 0.5]]), ValueError, "W: expected rows that sum to 1, got 0.9 in row 0"),
        (lambda: net.Mixing.from_matrix(np.eye(3)), ValueError, "W: expected a connected graph, got 3 pieces"),
        (lambda: net.Mixing.from_matrix([[0.0, 1.0], [1.0, 0.0]]), ValueError, "W: expected lambda_n > -1"),
        (lambda: net.Mixing.from_matrix([[1.0, 1e-18], [1e-18, 1.0]]), ValueError, "W: expected lambda_2 < 1"),
        (lambda: net.laplacian_weights(net.ring(6), 1e300), ValueError, "W: expected lambda_2 < 1"),
        (lambda: net.lazy(net.metropolis_weights(net.ring(4)), 1 - 1e-16), ValueError, "W: expected lambda_2 < 1"),
        (lambda: net.mix_neighbours(np.eye(2), np.eye(2), np.zeros((2, 2))), TypeError, "mixing: expected a dqlab.networks.Mixing"),
    ],
)  # fmt: skip
def test_what_is_no_network_is_refused(call, error, word):
    with pytest.raises(error, match=word):
        call()


@settings(max_examples=40, deadline=None)
@given(connected_graphs(), st.floats(0, 3), st.floats(0, 0.99))
def test_weights_of_any_connected_graph_satisfy_assumption_1(graph, more, share):
    """And the sparse form has the entries, the eigenvalues and the norm of the dense one."""
    top = max(dict(graph.degree).values())
    metropolis = net.metropolis_weights(graph)
    for mixing in (
        metropolis,
        net.laplacian_weights(graph),
        net.laplacian_weights(graph, top + 0.01 + more),
        net.lazy(metropolis, share),
    ):
        W, n = mixing.dense(), len(graph)
        assert (W >= 0).all() and np.array_equal(W, W.T) and np.allclose(W.sum(axis=1), 1, atol=1e-12)
        values = np.linalg.eigvalsh(W)
        assert [mixing.last, mixing.second] == pytest.approx([values[0], values[-2]], abs=1e-12)
        assert 0 <= mixing.beta < 1 and mixing.gap == 1 - mixing.beta
        others = W - np.diag(mixing.own)
        assert mixing.reach == pytest.approx(np.linalg.norm(others, 2), abs=1e-12)
        assert mixing.reach <= 1 - mixing.own.min() + 1e-12
        assert mixing.nodes == n and mixing.edges == graph.number_of_edges()
        assert mixing.degrees.tolist() == [graph.degree[i] for i in range(n)]
        again = net.Mixing.from_matrix(csr_array(W))
        assert again.beta == pytest.approx(mixing.beta, abs=1e-12) and np.allclose(again.dense(), W)


@settings(max_examples=40, deadline=None)
@given(connected_graphs())
def test_no_admissible_kappa_has_a_smaller_beta(graph):
    """beta of the best kappa against a fine grid, and which kappas are admissible: those with weights >= 0 and lambda_n > -1."""
    L = laplacian(graph)
    values, top = np.linalg.eigvalsh(L), L.diagonal().max()
    best = net.laplacian_weights(graph).beta
    for kappa in top * np.linspace(0.4, 3, 40):
        eigenvalues = 1 - values / kappa
        admissible = kappa >= top and eigenvalues[-1] > -1 + 1e-9
        if admissible:
            assert best <= max(eigenvalues[1], -eigenvalues[-1]) + 1e-12
            assert np.allclose(net.laplacian_weights(graph, kappa).dense(), np.eye(len(L)) - L / kappa)
        else:
            with pytest.raises(ValueError, match="kappa"):
                net.laplacian_weights(graph, kappa)


def test_best_kappa_is_held_back_where_weights_would_be_negative():
    """On a ring (lambda_2 + lambda_max) / 2 is best; on a star, and on the authors' graph, it would make own weights negative."""
    for graph, inside in ((net.ring(12), True), (net.torus(4, 4), True), (net.star(8), False), (net.erdos_renyi(50, 0.4, stream(0)), False)):  # fmt: skip
        L = laplacian(graph)
        values, top = np.linalg.eigvalsh(L), L.diagonal().max()
        kappa = (values[1] + values[-1]) / 2
        assert (kappa >= top) == inside and (1 - top / kappa >= 0) == inside
        wanted = (values[-1] - values[1]) / (values[-1] + values[1]) if inside else 1 - values[1] / top
        assert net.laplacian_weights(graph).beta == pytest.approx(wanted)
    n = 20
    star = net.laplacian_weights(net.star(n))
    assert star.own[0] == 0 and star.beta == pytest.approx((n - 2) / (n - 1))
    assert net.metropolis_weights(net.star(n)).beta == pytest.approx((n - 1) / n)


def test_rounding_below_zero_is_no_negative_weight():
    W = np.full((3, 3), 0.5)
    np.fill_diagonal(W, -1e-17)
    assert net.Mixing.from_matrix(W).own.tolist() == [0, 0, 0]


def test_paper_kappa_is_the_authors_matrix():
    """Their code: adjacency with a unit diagonal, D its row sums, L = D - W0, W = I - L / (max D + 1)."""
    graph = net.erdos_renyi(50, 0.4, stream(3, "graph"))
    W0 = nx.to_numpy_array(graph) + np.eye(50)
    D = W0.sum(axis=1)
    W = np.eye(50) - (np.diag(D) - W0) / (D.max() + 1)
    assert np.allclose(net.laplacian_weights(graph, net.paper_kappa(graph)).dense(), W, atol=1e-15)


def test_large_networks_are_sparse_and_their_gap_is_exact():
    """Eigenvalues of more than 200 nodes come by Lanczos, and from a solve where they crowd: closed forms and dense eigenvalues."""
    for n in (300, 1000):
        ring = net.metropolis_weights(net.ring(n))
        assert 1 - ring.second == pytest.approx(2 / 3 * (1 - np.cos(2 * np.pi / n)), rel=1e-9)
        assert ring.last == pytest.approx(-1 / 3, abs=1e-12) and ring.weights.size == 2 * n
        assert ring.reach == pytest.approx(2 / 3, abs=1e-12)
    graph = net.erdos_renyi(400, 0.03, stream(0, "graph"))
    mixing = net.laplacian_weights(graph)
    values = np.linalg.eigvalsh(mixing.dense())
    assert [mixing.last, mixing.second] == pytest.approx([values[0], values[-2]], abs=1e-12)
    assert net.laplacian_weights(net.complete(250)).beta == pytest.approx(0, abs=1e-12)
    assert net.metropolis_weights(net.star(500)).second == pytest.approx(499 / 500, abs=1e-12)


def test_labels_of_other_kinds_keep_the_order_of_the_graph():
    graph = nx.Graph([("hub", "b"), ("hub", "c")])
    assert net.metropolis_weights(graph).degrees.tolist() == [2, 1, 1]
    shuffled = nx.Graph([(2, 1), (2, 0)])
    assert net.metropolis_weights(shuffled).degrees.tolist() == [1, 1, 2]
    weighted = nx.Graph()
    weighted.add_edge(0, 1, weight=7.0)
    assert net.laplacian_weights(weighted, 4).dense().tolist() == [[0.75, 0.25], [0.25, 0.75]]


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-14), (np.float32, 1e-6)])
def test_neighbours_are_mixed_as_by_the_matrix(dtype, tolerance):
    """Every remainder of degrees by four, one coordinate and many; nothing is written but `out`."""
    for name, make in GRAPHS.items():
        mixing = net.metropolis_weights(make())
        others = mixing.dense() - np.diag(mixing.own)
        for dim in (1, 7, 32):
            Z = stream(0, name, dim).standard_normal((mixing.nodes, dim)).astype(dtype)
            kept, out = Z.copy(), np.full_like(Z, np.nan)
            net.mix_neighbours(mixing, Z, out)
            assert np.abs(out - others @ Z.astype(np.float64)).max() < tolerance * 5, name
            assert np.array_equal(Z, kept)


def test_mixing_refuses_arrays_that_do_not_fit():
    mixing = net.metropolis_weights(net.ring(4))
    Z = np.zeros((4, 3))
    for bad, out, error, word in (
        (np.zeros((5, 3)), np.zeros((5, 3)), ValueError, "Z: expected shape"),
        (np.zeros((3, 4)).T, Z, ValueError, "Z: expected shape"),
        (Z.astype(int), Z, TypeError, "Z: expected an array of float"),
        (Z, np.zeros((4, 2)), ValueError, "out: expected an array like Z"),
        (Z, Z, ValueError, "apart from it"),
        (Z, Z.astype(np.float32), ValueError, "out: expected an array like Z"),
    ):
        with pytest.raises(error, match=word):
            net.mix_neighbours(mixing, bad, out)


@dq.jit
def three_rounds(mixing, X):
    """X <- W X three times, in compiled code."""
    out = np.empty_like(X)
    for _ in range(3):
        net.mix_neighbours(mixing, X, out)
        for i in range(X.shape[0]):
            for c in range(X.shape[1]):
                X[i, c] = mixing.own[i] * X[i, c] + out[i, c]


def test_mixing_works_in_compiled_code():
    mixing = net.laplacian_weights(net.torus(3, 4))
    X = stream(0, "X").standard_normal((12, 5))
    expected = np.linalg.matrix_power(mixing.dense(), 3) @ X
    three_rounds(mixing, X)
    assert np.allclose(X, expected, atol=1e-14)
