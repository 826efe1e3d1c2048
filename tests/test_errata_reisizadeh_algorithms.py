"""What the text leaves open about its step sizes: epsilon above 1, and constants that depend on the horizon."""

import numpy as np
import pytest

from dqlab import algorithms, clock, networks, problems
from dqlab.streams import stream


def test_C6_epsilon_above_1():
    """15 / sqrt(100) = 1.5: at the authors' matrix it mixes faster than 1, at a ring of 10 not at all, and at 1.6 there nodes part."""
    assert (
        algorithms.nonconvex_schedule(100, 0.1, 15)[1] == 1.5 and algorithms.nonconvex_schedule(100, 0.1, 14)[1] == 1.4
    )
    graph = networks.erdos_renyi(50, 0.4, stream(0, "graph"))
    theirs, ring = (
        networks.laplacian_weights(graph, networks.paper_kappa(graph)),
        networks.metropolis_weights(networks.ring(10)),
    )
    assert algorithms.critical_epsilon(theirs) == pytest.approx(1.949, abs=1e-3)
    assert algorithms.critical_epsilon(ring) == pytest.approx(1.5)
    factors = {}
    for epsilon in (1.0, 1.5):
        ends = np.array([1 - epsilon * (1 - theirs.second), 1 - epsilon * (1 - theirs.last)])
        factors[epsilon] = np.abs(ends).max()
    assert round(factors[1.0], 3) == 0.629 and round(factors[1.5], 3) == 0.539
    left = {}
    for name, mixing, epsilon in (
        ("theirs, 1", theirs, 1.0),
        ("theirs", theirs, 1.5),
        ("ring", ring, 1.5),
        ("parting", ring, 1.6),
    ):
        X0 = stream(0, "start").standard_normal((mixing.nodes, 4))
        X0[:, 0] = (-1.0) ** np.arange(mixing.nodes)  # what a ring swaps
        if epsilon > 1:
            with pytest.warns(UserWarning, match="epsilon: .* is above 1"):
                run = algorithms.gossip(X0, mixing, steps=40, epsilon=epsilon, record=1)
        else:
            run = algorithms.gossip(X0, mixing, steps=40, record=1)
        left[name] = run.consensus[-1] / run.consensus[0]
    assert left["theirs"] < 1e-5 * left["theirs, 1"] < 1e-20
    assert round(left["ring"], 2) == 0.27 and round(left["parting"]) == 6117


def test_C7_constants_that_depend_on_the_horizon():
    """The run for T = 10,000, looked at on the way, is not the theorem's curve: after 100 steps its error is 2.9 times that of the run for T = 100."""
    problem = problems.DecentralisedQuadratics.planted(stream(0, "problem"), 10, 8, spread=1.0)
    mixing, horizons = networks.laplacian_weights(networks.ring(10)), [100, 1000, 10_000]
    options = {"work": clock.FixedBatch(5), "delta": 0.45, "record": horizons[:-1]}
    runs = algorithms.at_horizons(algorithms.q_dsgd, problem, mixing, None, horizons=[10_000], **options)
    options["record"] = 1
    runs += algorithms.at_horizons(algorithms.q_dsgd, problem, mixing, None, horizons=horizons[:-1], **options)
    long, own = runs[0].error[1:3], np.array([run.error[-1] for run in runs[1:]])
    assert np.round(own, 2).tolist() == [1.53, 1.12] and np.round(long, 2).tolist() == [4.48, 3.76]
    assert np.round(long / own, 1).tolist() == [2.9, 3.4]
