"""Algorithm 1 and its matrix form, the clock of asynchronous nodes, and what memory does for gossip.

Counts of events are held within five standard deviations of renewal theory, in two comparisons: a chance of failure below 2e-6.
"""

import math

import numpy as np
import pytest

from dqlab import algorithms, clock, networks, problems
from dqlab import quantizers as dqq
from dqlab.streams import stream
from dqlab.theory import reisizadeh as theory

from . import oracles

SPEEDS = clock.UniformSpeeds(10, 90)
NODES, DIM, STEPS = 12, 5, 60
pytestmark = pytest.mark.filterwarnings("ignore:quantizer. ")


def history():
    """A run of Algorithm 1 at the authors' matrix and deadline, every X_t kept; with it W, and Z_t and G_t as functions of (t, X)."""
    problem = problems.DecentralisedQuadratics.planted(stream(0, "problem"), NODES, DIM, spread=1.0)
    graph = networks.erdos_renyi(NODES, 0.4, stream(0, "graph"))
    mixing, grid = networks.laplacian_weights(graph, networks.paper_kappa(graph)), dqq.DecimalGrid(1, DIM, bound=5.0)
    run = algorithms.quantimed_dsgd(
        problem, mixing, grid, steps=STEPS, work=clock.Deadline(0.4), speeds=SPEEDS, delta=0.3,
        record=range(STEPS + 1), models=True, seed=1,
    )  # fmt: skip
    encoder, samples = stream(1, "encoder"), stream(1, "samples")

    def messages(t, X):
        return np.array([dqq.quantize(grid, x, 1.0, encoder) for x in X])

    def gradients(t, X):
        return problems.sample_gradients(problem, X, run.batches[t], samples)

    return run, mixing.dense(), messages, gradients


def test_algorithm_1_is_what_every_node_does():
    run, W, messages, gradients = history()
    expected = oracles.nodes_with_a_deadline(W, gradients, messages, run.models[0], run.stepsize, run.epsilon, STEPS)
    assert np.abs(run.models - expected).max() < 1e-12
    assert (run.stepsize, run.epsilon) == algorithms.convex_schedule(STEPS, 0.3)
    assert (
        np.array_equal(run.batches, np.floor(SPEEDS.draw(STEPS, NODES, stream(1, "speeds")) * 0.4)) and run.empty == 0
    )
    assert np.array_equal(run.models[0], np.zeros((NODES, DIM))) and run.error[-1] < run.error[0]


def test_equation_34_the_matrix_form():
    """Models in columns, as printed: X + eps X (W - I) + eps (Z - X)(W - W_D) - alpha eps G; the own model is not quantized."""
    run, W, messages, gradients = history()
    W_D, alpha, epsilon, own = np.diag(np.diag(W)), run.stepsize, run.epsilon, 0.0
    W_epsilon = (1 - epsilon) * np.eye(NODES) + epsilon * W
    for t in range(STEPS):
        X, new = run.models[t].T, run.models[t + 1].T
        Z, G = messages(t, X.T).T, gradients(t, X.T).T
        assert np.abs(new - (X @ W_epsilon + epsilon * (Z - X) @ (W - W_D) - alpha * epsilon * G)).max() < 1e-13
        own = max(own, np.abs(new - (X @ W_epsilon + epsilon * (Z - X) @ W - alpha * epsilon * G)).max())
    assert own > 1e-3  # with the own model quantized, too, it would be another method


def test_asynchronous_nodes_have_events_at_their_own_rate():
    """One in b E[1/V] + T_c seconds, at 30 gradients and T_c = 3; where the same nodes are always slow, these have fewer."""
    nodes, batch, link, until = 50, 30, clock.DigitLink(full=3.0), 2000.0
    talk = np.full(nodes, 3.0)
    times, who = algorithms.event_clock(SPEEDS, batch, talk, nodes, seed=0, seconds=until)
    cycle = batch * SPEEDS.inverse_mean + 3.0
    variance = batch**2 * (1 / (10 * 90) - SPEEDS.inverse_mean**2)  # E[1/V**2] = 1 / (low high)
    expected, deviation = nodes * until / cycle, math.sqrt(nodes * until * variance / cycle**3)
    assert abs(times.size - expected) <= 5 * deviation + nodes and round(cycle, 3) == 3.824
    assert (np.diff(times) >= 0).all() and times[-1] <= until
    assert np.bincount(who).max() < 1.1 * np.bincount(who).min()
    slow = clock.TwoClassSpeeds(fast=50, slow=10, share=0.2, fixed=True)
    _, who = algorithms.event_clock(slow, batch, talk, nodes, seed=0, seconds=until)
    counts = np.bincount(who)
    assert set(counts[:10]) == {int(until / (3 + 30 / 10))} and set(counts[10:]) == {int(until / (3 + 30 / 50))}
    problem = problems.DecentralisedQuadratics.planted(stream(0, "problem"), nodes, DIM)
    run = algorithms.async_dsgd(
        problem, networks.laplacian_weights(networks.ring(nodes)), seconds=60.0, batch=batch, speeds=SPEEDS, stepsize=0.1,
        link=link, record=1,
    )  # fmt: skip
    assert run.steps == (times <= 60).sum() and run.seconds[-1] == times[run.steps - 1]


def test_memory_makes_gossip_converge_linearly_and_without_it_it_stalls():
    """The same coarse messages, 4 bits a coordinate: with memory the factor of the theorem and better, without it a floor."""
    X0 = 5 + stream(0, "start").standard_normal((10, 16))
    mixing, coarse = networks.laplacian_weights(networks.ring(10)), dqq.LowPrecision(levels=7, dim=16)
    share = 1 - dqq.relative_variance(coarse)
    gamma = theory.choco_stepsize(mixing.gap, 1 - mixing.last, share)
    steps, at = 100, range(0, 101, 20)
    proven = [
        algorithms.choco_gossip(X0, mixing, coarse, steps=steps, gamma=gamma, seed=s, record=at) for s in range(8)
    ]
    first = ((X0 - X0.mean(axis=0)) ** 2).sum() + (X0**2).sum()  # the memory starts at 0
    bound = first / 10 * theory.choco_factor(mixing.gap, share) ** np.array(at)
    assert (np.mean([run.consensus for run in proven], axis=0) <= bound).all()
    tuned = algorithms.choco_gossip(X0, mixing, coarse, steps=steps, gamma=0.8, record=at)
    without = algorithms.gossip(X0, mixing, coarse, steps=steps, record=at)
    damped = algorithms.gossip(X0, mixing, coarse, steps=steps, epsilon=0.05, record=at)
    factors = (tuned.consensus[2:] / tuned.consensus[1:-1]) ** (1 / 20)
    assert 0.7 < factors.min() and factors.max() < 0.8  # the same factor all along: linear
    assert tuned.consensus[-1] < 1e-11 and tuned.distance[-1] < 1e-12
    assert without.consensus[1:].min() > 0.5 and damped.consensus[1:].min() > 0.01
    assert without.distance[-1] > 0.3 and tuned.bits[-1] == without.bits[-1]


def test_memory_needs_no_epsilon_that_vanishes():
    """Exact gradients, fixed step sizes: CHOCO-SGD ends where it would with exact messages, QuanTimed-DSGD at its noise."""
    problem = problems.DecentralisedQuadratics.planted(stream(0, "problem"), 10, 16, samples=1, noise=0.0, spread=1.0)
    mixing, coarse = networks.laplacian_weights(networks.ring(10)), dqq.LowPrecision(levels=7, dim=16)
    options = {"steps": 3000, "work": clock.FixedBatch(1), "record": 1}
    with_memory = algorithms.choco_sgd(problem, mixing, coarse, stepsize=0.05, gamma=0.6, **options)
    exact = algorithms.choco_sgd(problem, mixing, None, stepsize=0.05, gamma=0.6, **options)
    assert np.abs(with_memory.final - exact.final).max() < 1e-10
    without = algorithms.q_dsgd(problem, mixing, coarse, stepsize=0.05, epsilon=0.6, **options)
    limit = algorithms.q_dsgd(problem, mixing, None, stepsize=0.05, epsilon=0.6, **options)
    assert np.abs(without.final - limit.final).max() > 0.05
