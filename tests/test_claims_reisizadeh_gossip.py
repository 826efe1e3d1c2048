"""Mixing and quantized gossip (Part III, first chapter): what Assumption 1 gives, and what messages leave behind.

Sums over many independent coordinates and trials are compared with their exact means at 4.9 standard errors each: 22
comparisons over 24 trials at least, a family-wise error rate below 1e-3. Every other comparison is deterministic.
"""

import networkx as nx
import numpy as np
import pytest
from scipy.linalg import solve_discrete_lyapunov

import dqlab as dq
from dqlab.experiments.reisizadeh import noisy_gossip

theory, networks = dq.theory.reisizadeh, dq.networks
ERRORS = 4.9


def graphs():
    return {
        "ring": networks.ring(12),
        "torus": networks.torus(3, 4),
        "star": networks.star(9),
        "complete": networks.complete(7),
        "exponential": networks.exponential(20),
        "random regular": networks.random_regular(16, 3, dq.stream(0, "regular")),
        "Erdos-Renyi": networks.erdos_renyi(15, 0.3, dq.stream(0, "random")),
    }


def matrices():
    """A mixing matrix of every kind: all graphs, and all three weights."""
    weights = (networks.laplacian_weights, networks.metropolis_weights)
    found = {f"{name} {k}": weights[k % 2](graph) for k, (name, graph) in enumerate(graphs().items())}
    return found | {"lazy": networks.lazy(networks.metropolis_weights(networks.ring(8)))}


def noise_places(W):
    """N of the three rules: own model, own message, differences of messages."""
    return {"own": W - np.diag(np.diag(W)), "message": W, "differences": W - np.eye(len(W))}


def disagreement(X):
    return np.linalg.norm(X - X.mean(axis=0))


def test_assumption_1_holds_for_every_graph_and_all_weights():
    for name, mixing in matrices().items():
        W = mixing.dense()
        values = np.linalg.eigvalsh(W)
        assert np.array_equal(W, W.T) and np.allclose(W.sum(axis=1), 1) and (W >= 0).all(), name
        assert values[-1] == pytest.approx(1) and -1 < values[0] and values[-2] < 1 - 1e-9, name
        assert mixing.beta == pytest.approx(max(abs(values[0]), abs(values[-2])))
        null = np.linalg.svd(np.eye(len(W)) - W)[2][-1]  # null(I - W) = span(1)
        assert np.allclose(np.abs(null), len(W) ** -0.5)


def test_assumption_1_needs_every_part_of_it():
    swap = nx.to_numpy_array(networks.ring(6)) / 2  # lambda_n = -1: neighbours swap for ever
    pieces = np.kron(np.eye(2), np.full((3, 3), 1 / 3))  # lambda_2 = 1
    towards = np.array([[0.5, 0.5, 0], [0.25, 0.5, 0.25], [0, 0.5, 0.5]])  # rows sum to 1, columns do not
    x = np.array([1.0, -1, 1, -1, 1, -1])
    assert np.array_equal(swap @ x, -x) and disagreement(np.linalg.matrix_power(pieces, 99) @ [1, 1, 1, 0, 0, 0]) > 1
    agreed = np.linalg.matrix_power(towards, 99) @ [1, 0, 0]
    assert disagreement(agreed) < 1e-12 and agreed[0] == pytest.approx(0.25)  # not 1/3
    for W, word in ((swap, "lambda_n"), (pieces, "connected"), (towards, "symmetric")):
        with pytest.raises(ValueError, match=word):
            networks.Mixing.from_matrix(W)


def test_a_disagreement_shrinks_by_beta_and_by_no_more_for_some():
    for name, mixing in matrices().items():
        W, X = mixing.dense(), dq.stream(1, name).normal(size=(mixing.nodes, 3))
        values, vectors = np.linalg.eigh(W)
        worst = vectors[:, [0 if abs(values[0]) > abs(values[-2]) else -2]]
        for t in (1, 2, 7):
            power = np.linalg.matrix_power(W, t)
            assert disagreement(power @ X) <= mixing.beta**t * disagreement(X) * (1 + 1e-12) + 1e-14
            assert disagreement(power @ worst) == pytest.approx(mixing.beta**t, abs=1e-12)
            measured = disagreement(power @ X) ** 2 / mixing.nodes
            assert theory.consensus_error(W, X, t) == pytest.approx(measured, rel=1e-9, abs=1e-25)
        rounds = theory.rounds_needed(mixing.beta, 1e-3)
        assert mixing.beta**rounds <= 1e-3 * (1 + 1e-8)
        assert rounds == 1 or mixing.beta ** (rounds - 1) > 1e-3


def test_the_best_kappa():
    for name, graph in graphs().items():
        ends = np.linalg.eigvalsh(nx.laplacian_matrix(graph).toarray().astype(float))[[1, -1]]
        degree = max(degree for _, degree in graph.degree)
        best = theory.best_kappa(*ends, degree)
        kappas = np.linspace(degree, 3 * degree + 2, 400)
        beta = networks.laplacian_weights(graph).beta
        assert beta == pytest.approx(theory.laplacian_beta(*ends, best), abs=1e-12), name
        assert (theory.laplacian_beta(*ends, kappas) >= beta - 1e-12).all(), name
        for kappa in (degree + 0.5, 2.0 * degree):
            mixing = networks.laplacian_weights(graph, kappa)
            assert mixing.beta == pytest.approx(theory.laplacian_beta(*ends, kappa)), name


def test_graphs_in_closed_form():
    for nodes in (3, 8, 15):
        assert networks.laplacian_weights(networks.ring(nodes)).beta == pytest.approx(theory.ring_beta(nodes))
        assert networks.laplacian_weights(networks.star(nodes)).beta == pytest.approx(theory.star_beta(nodes))
        mixing = networks.laplacian_weights(networks.exponential(nodes))
        assert mixing.beta == pytest.approx(theory.exponential_beta(nodes), abs=1e-12)
    for rows, columns in ((3, 3), (3, 5), (4, 6)):
        mixing = networks.laplacian_weights(networks.torus(rows, columns))
        assert mixing.beta == pytest.approx(theory.torus_beta(rows, columns))
    large = 10_000
    assert (1 - theory.ring_beta(large)) * large**2 == pytest.approx(2 * np.pi**2, rel=1e-4)
    assert (1 - theory.torus_beta(100, 100)) * large == pytest.approx(np.pi**2, rel=1e-3)
    assert (1 - theory.star_beta(large)) * large == pytest.approx(1, rel=1e-3)
    logs = [(1 - theory.exponential_beta(2**k)) * k for k in range(4, 15)]
    assert 0.8 < min(logs) and max(logs) < 2.6


def test_the_floor_of_quantized_gossip_is_that_of_a_linear_system():
    """Against Lyapunov's equation, C = A C A' + eps**2 N N' on what is not the mean, and its powers."""
    for name, mixing in matrices().items():
        W, n = mixing.dense(), mixing.nodes
        for epsilon in (1.0, 0.3):
            J = np.full((n, n), 1 / n)
            A = np.eye(n) - epsilon * (np.eye(n) - W) - J
            for place, N in noise_places(W).items():
                inject = (np.eye(n) - J) @ N @ N.T @ (np.eye(n) - J) * epsilon**2
                C = solve_discrete_lyapunov(A, inject)
                floor = theory.consensus_floor(W, N, 1.0, epsilon)
                assert floor == pytest.approx(np.trace(C) / n, rel=1e-9, abs=1e-12), (name, place)
                x, C = np.eye(n)[:, :1], np.zeros((n, n))
                for _ in range(5):
                    x, C = A @ x, A @ C @ A.T + inject
                expected = (np.linalg.norm(x - x.mean()) ** 2 + 0.49 * np.trace(C)) / n
                assert theory.consensus_error(W, np.eye(n)[0], 5, epsilon, N, 0.7) == pytest.approx(expected, rel=1e-9)
                walk = epsilon**2 * np.ones(n) @ N @ N.T @ np.ones(n) / n**2
                assert theory.mean_drift(N, 1.0, epsilon, 3) == pytest.approx(3 * walk, abs=1e-15)


def test_the_proof_bounds_the_floor_and_the_drift():
    for mixing in matrices().values():
        W, n = mixing.dense(), mixing.nodes
        own, _, differences = noise_places(W).values()
        for epsilon in (1.0, 0.5, 0.05):
            bound = epsilon**2 * theory.quantization_term(n, epsilon, mixing.beta, 1.0, mixing.reach) / n
            assert theory.consensus_floor(W, own, 1.0, epsilon) <= bound * (1 + 1e-9)
            assert theory.mean_drift(own, 1.0, epsilon, 1) <= epsilon**2 / n * (1 + 1e-12)
            assert theory.mean_drift(differences, 1.0, epsilon, 1) < 1e-25
            # without the gap: every mode is at most eps (1 - lambda) / (2 - eps (1 - lambda))
            pull = epsilon * (1 - mixing.last)
            assert theory.consensus_floor(W, differences, 1.0, epsilon) <= pull / (2 - pull) * (1 + 1e-9)


@pytest.fixture(scope="module")
def grid():
    return dq.quantizers.DecimalGrid(digits=1, dim=48, bound=6.0)


@pytest.fixture(scope="module")
def start():
    return dq.stream(0, "start").normal(size=(12, 48))


def test_measured_gossip_has_the_floor_and_the_drift_of_the_theory(grid, start):
    """Consensus and drift over the noise that there was, trial by trial."""
    W = networks.laplacian_weights(networks.torus(3, 4)).dense()
    for epsilon, early in ((0.5, 40), (0.2, 100)):
        for place, N in noise_places(W).items():
            run = noisy_gossip(start, W, N, grid, steps=early + 60, epsilon=epsilon, trials=24, seed=3)
            # the transient is exact; the noise is nearly constant over a relaxation time
            if place == "differences":
                sigma = np.sqrt(run.noise[:, early // 2 :].mean())
                expected = theory.consensus_error(W, start, np.arange(early, early + 61), epsilon, N, sigma).mean()
                measured = run.consensus[:, early:].mean(axis=1)
                error = measured.std(ddof=1) / np.sqrt(len(measured))
                assert abs(measured.mean() - expected) < ERRORS * error + 0.02 * expected
                assert run.drift.max() < 1e-20
            else:
                steps = (epsilon / 12) ** 2 * (N.sum(axis=0) ** 2).mean() * 12 * run.noise.sum(axis=1)
                gap = run.drift[:, -1] - steps  # a martingale's square less its quadratic variation
                assert abs(gap.mean()) < ERRORS * gap.std(ddof=1) / np.sqrt(len(gap))
    assert np.array_equal(run.bits[:3], 12 * dq.quantizers.nbits(grid) * np.arange(3))


def test_exact_messages_are_exact_gossip(start):
    W = networks.metropolis_weights(networks.ring(12)).dense()
    run = noisy_gossip(start, W, W, None, steps=9, epsilon=0.7)
    assert (
        np.allclose(run.consensus[0], theory.consensus_error(W, start, np.arange(10), 0.7)) and run.drift.max() < 1e-25
    )
    assert np.allclose(run.error, run.consensus + run.drift)


def test_nodes_agree_in_the_end_on_a_point_of_the_grid():
    """On average it is the mean; it is off by at least the fraction of the mean, p (1 - p) in squares of a step."""
    grid, step = dq.quantizers.DecimalGrid(digits=1, dim=8, bound=6.0), 0.1
    start = dq.stream(0, "short").uniform(-1, 1, (6, 8))
    W = networks.metropolis_weights(networks.ring(6)).dense()
    p = np.mod(start.mean(axis=0) / step, 1)
    for place in ("own", "message"):
        run = noisy_gossip(start, W, noise_places(W)[place], grid, steps=900, trials=150, seed=5)
        assert run.consensus[:, -1].max() < 1e-20
        agreed = run.final[:, 0]
        assert np.abs(agreed / step - np.round(agreed / step)).max() < 1e-9
        assert np.abs(run.noise[:, -1]).max() < 1e-20
        error = agreed.std(axis=0, ddof=1) / np.sqrt(len(agreed))
        assert (np.abs(agreed.mean(axis=0) - start.mean(axis=0)) < ERRORS * error + 1e-12).all()
        least = step**2 * (p * (1 - p)).sum()
        assert run.drift[:, -1].mean() >= 0.9 * least
    with pytest.raises(ValueError, match="noise: expected shape"):
        noisy_gossip(start, W, np.eye(5), grid, steps=1)


def test_differences_keep_the_floor_of_a_large_ring_where_the_papers_rule_does_not():
    floors = {}
    for nodes in (16, 64):
        W = networks.laplacian_weights(networks.ring(nodes)).dense()
        floors[nodes] = {place: theory.consensus_floor(W, N, 1.0, 0.1) for place, N in noise_places(W).items()}
    assert floors[64]["differences"] == pytest.approx(floors[16]["differences"], rel=0.05)
    assert floors[64]["own"] > 5 * floors[16]["own"] and floors[64]["own"] > 8 * floors[64]["differences"]


def test_memory_has_a_step_and_a_factor():
    """With the step of the theorem a run stays below the factor of the theorem."""
    mixing = networks.laplacian_weights(networks.torus(3, 4))
    coarse, X0 = dq.quantizers.LowPrecision(levels=4, dim=16), dq.stream(0, "memory").normal(size=(12, 16))
    omega = 1 - 16 / (4 * 4**2)  # E|Q(x) - x|**2 <= d / (2s)**2 |x|**2
    gamma = theory.choco_stepsize(mixing.gap, 1 - mixing.last, omega)
    run = dq.algorithms.choco_gossip(X0, mixing, coarse, steps=4000, gamma=gamma, record=40)
    first = 12 * run.consensus[0] + (1 - omega) * (X0**2).sum()
    promised = theory.choco_factor(mixing.gap, omega) ** run.recorded * first
    assert (12 * run.consensus[1:] <= promised[1:]).all() and run.consensus[-1] < 1e-3 * run.consensus[0]
    assert run.distance[-1] < 1e-12
    larger = dq.algorithms.choco_gossip(X0, mixing, coarse, steps=60, gamma=0.4)
    assert larger.consensus[-1] < 1e-6 * run.consensus[0]  # the theorem is cautious
    gap, reach, omega = 0.4, 1.3, 0.2
    assert 0 < theory.choco_stepsize(gap, reach, omega) < theory.choco_stepsize(gap, reach, 1.0)
    assert theory.choco_factor(gap, omega) == 1 - gap**2 * omega / 82
