"""What the supplement's proof of Theorem 2 gets wrong, or leaves to be repaired."""

import numpy as np
import pytest

import dqlab as dq
from dqlab.experiments import reisizadeh as experiments
from dqlab.theory import reisizadeh as theory

HALVES = np.full((2, 2), 0.5)


def test_C1_messages_and_later_gradients_are_not_independent():
    """Two nodes, one-bit messages, exact gradients, every path: the cross term is there, and its sign is that of the curvature."""
    hill = experiments.enumerate_cross_terms(HALVES, lambda x: -x, steps=2, alpha=0.5, epsilon=0.5)
    assert (hill.consensus, hill.claimed) == (0.09375, 0.078125)
    assert hill.consensus / hill.claimed == pytest.approx(1.2)
    valley = experiments.enumerate_cross_terms(HALVES, lambda x: x, steps=2, alpha=0.5, epsilon=0.5)
    assert valley.consensus / valley.claimed == pytest.approx(0.8)
    # f_1 = f_2 = cos is bounded and 1-smooth; beta = 0, and the second alpha is the largest that the theorem admits
    for alpha, steps, ratio in ((0.5, 4, 1.316), (1 / np.sqrt(48), 6, 1.099)):
        cosine = experiments.enumerate_cross_terms(HALVES, lambda x: -np.sin(x), steps=steps, alpha=alpha, epsilon=0.5)
        assert round(cosine.consensus / cosine.claimed, 3) == ratio
        assert cosine.consensus <= cosine.repaired
        parts = cosine.epsilon**2 * (cosine.T3 + alpha**2 * cosine.T2 - 2 * alpha * cosine.cross)
        assert cosine.consensus == pytest.approx(parts)
    # a gradient that does not hear the models has no cross term
    flat = experiments.enumerate_cross_terms(
        HALVES, lambda x: np.array([0.5, -0.5]) + 0 * x, steps=4, alpha=0.5, epsilon=0.5
    )
    assert flat.cross == pytest.approx(0, abs=1e-15) and flat.consensus == pytest.approx(flat.claimed)


def test_C2_lemma_1_does_not_hold_at_models_that_know_the_data():
    """10 nodes learn one random target each: at the start the lemma holds, half-way it is exceeded more than twice."""
    ratios = experiments.memorised_spread(trials=20)
    at_start, worst = ratios[:, 0], ratios.mean(axis=0).argmax()
    assert at_start.mean() < 0.3
    half = 3 * ratios[:, worst].std(ddof=1) / np.sqrt(20)
    assert 1.9 < ratios[:, worst].mean() - half and ratios[:, worst].mean() == pytest.approx(2.26, abs=0.15)
    # what does hold at every x
    rows = dq.stream(0, "memorise", 0).standard_normal((10, 500)) / np.sqrt(500)
    uniform = dq.problems.DecentralisedRobust.from_data(rows, np.ones(10), nodes=10).heterogeneity
    assert ratios.max() * theory.disagreement(experiments.population_noise(2.0, 500), 1, 10) < uniform


def test_C3_the_norm_of_the_weights_of_neighbours_is_at_most_1():
    """Tight on a ring of 5 with weights 1/2, where no node weighs itself; in general at most 1 - min w_ii."""
    tight = dq.networks.laplacian_weights(dq.networks.ring(5), kappa=2.0)
    assert tight.reach == pytest.approx(1.0, abs=1e-12) and tight.own.tolist() == [0.0] * 5 and tight.beta < 1
    paper = dq.networks.erdos_renyi(50, 0.4, dq.stream(0, "network"))
    authors = dq.networks.laplacian_weights(paper, kappa=dq.networks.paper_kappa(paper))
    assert authors.reach <= 1 - authors.own.min() <= 1 and round(authors.reach, 1) == 0.7
    for graph in (dq.networks.star(7), dq.networks.exponential(16), dq.networks.torus(4, 4)):
        mixing = dq.networks.metropolis_weights(graph)
        norm = np.linalg.norm(mixing.dense() - np.diag(mixing.own), 2)
        assert mixing.reach == pytest.approx(norm) and norm <= 1 - mixing.own.min() + 1e-12


def test_C19_the_gradient_at_the_average_does_not_enter_the_consensus_error():
    """(J - W_eps**k) takes away what all nodes share: with equal f_i a large common gradient moves all nodes alike."""
    mixing = dq.networks.laplacian_weights(dq.networks.ring(7))
    J, common = np.full((7, 7), 1 / 7), np.tile([[1.0], [-3.0]], (1, 7))
    for epsilon, k in ((0.3, 1), (0.5, 4), (1.0, 2)):
        W_eps = (1 - epsilon) * np.eye(7) + epsilon * mixing.dense()
        assert np.abs(common @ (J - np.linalg.matrix_power(W_eps, k))).max() < 1e-13
    paper = theory.nonconvex_least_steps(1.0, 0.5), theory.nonconvex_least_steps(1.0, 0.5, sharp=True)
    assert paper == (7_077_888, 4096) and paper[0] / paper[1] == 1728


def test_C20_theorem_2_says_nothing_of_the_papers_own_runs():
    """K of a network is at least (h + 1) / 4 for h sigmoid units before a logistic output; (60) then asks for 5 * 10**11 steps."""
    h = np.ones(26)  # 25 units near saturation, and the bias
    u, step = h / np.linalg.norm(h), 1e-3

    def loss(v):
        return np.logaddexp(0, -v @ h)

    curvature = (loss(step * u) - 2 * loss(0 * u) + loss(-step * u)) / step**2
    assert curvature == pytest.approx(26 / 4, rel=1e-4)
    graph = dq.networks.erdos_renyi(50, 0.4, dq.stream(0, "network"))
    beta = dq.networks.laplacian_weights(graph, kappa=dq.networks.paper_kappa(graph)).beta
    largest = (1 - beta) * 1000 ** (1 / 6) / (0.8 * np.sqrt(48))
    assert round(largest, 2) == 0.23
    assert theory.nonconvex_least_steps(26 / 4, beta, a=0.8, e=9.0) > 5 * 10**11
    assert theory.nonconvex_least_steps(26 / 4, beta, a=0.8, e=9.0, sharp=True) > 2 * 10**8


def test_C21_above_1_epsilon_needs_another_contraction():
    """With eigenvalues 1/2 and -1/2 and epsilon = 1.9 the expression is 0.05, and the nodes run apart by 1.85 a step."""
    W = np.array([[0.5, 0.5, 0.0], [0.5, 0.0, 0.5], [0.0, 0.5, 0.5]])
    mixing = dq.networks.Mixing.from_matrix(W)
    assert (mixing.second, mixing.last) == (pytest.approx(0.5), pytest.approx(-0.5))
    assert 1 - 1.9 * (1 - mixing.beta) == pytest.approx(0.05)
    assert theory.mixing_contraction(1.9, mixing.second, mixing.last) == pytest.approx(1.85)
    X = np.array([[1.0], [-2.0], [1.0]])
    for _ in range(5):
        X = X + 1.9 * (W - np.eye(3)) @ X
    assert np.abs(X).max() == pytest.approx(2 * 1.85**5)
