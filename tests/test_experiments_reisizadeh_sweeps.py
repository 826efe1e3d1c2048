"""Sweeps around the experiment of Reisizadeh et al.: what every cell says is what the clock, the messages and the runs say."""

import math

import numpy as np
import pytest

import dqlab as dq
from dqlab.experiments import reisizadeh
from dqlab.experiments.reisizadeh import paired_runs, sweeps

SMALL = {"nodes": 10, "dim": 4, "steps": 250, "trials": 2, "progress": False}


def test_a_row_is_what_its_run_says():
    """Seconds, bits and steps of the first loss at the target, of the same run made by hand."""
    stream = dq.lab.TrialStream(3, 1)
    problem, graph, speeds = paired_runs.quadratics(stream, 10, 4), dq.networks.ring(10), sweeps.SPEEDS
    row = reisizadeh.measured_run(
        "QuanTimed-DSGD", problem, graph, steps=250, speeds=speeds, batch=20, stream=stream, link=sweeps.LINK
    )
    run = dq.algorithms.quantimed_dsgd(
        problem, dq.networks.laplacian_weights(graph), dq.quantizers.DecimalGrid(3, 4, 8.0), steps=250, speeds=speeds,
        work=dq.clock.Deadline(0.4), stepsize=0.3 / 250 ** (1 / 6), epsilon=15 / 250**0.5, link=sweeps.LINK,
        record=range(251), seed=int(stream("run").integers(1 << 62)),
    )  # fmt: skip
    gap = (run.loss - problem.minimum) / (run.loss[0] - problem.minimum)
    t = next(t for t in range(251) if gap[t] <= 0.01)
    assert row["needed"] == t > 0 and row["seconds"] == run.seconds[t] == pytest.approx(t * (0.4 + 9 / 16))
    assert row["bits"] == t * 4 * 14 and row["message"] == 14 and row["gap"] == gap[-1]
    assert row["error"] == run.error[-1] and row["consensus"] == run.consensus[-1] and row["clipped"] == 0


def test_deadlines_trade_messages_for_gradients():
    """With noise that matters, neither the shortest nor the longest deadline is the best."""
    result = reisizadeh.deadline_sweep((0.1, 0.8, 6.4), (0.1, 0.3, 0.9), **SMALL | {"steps": 500})
    best = reisizadeh.best(result, "deadline").set_index("deadline")["mean"]
    assert best[0.8] < best[6.4] and (0.1 not in best.index or best[0.8] < best[0.1])
    assert np.allclose(result.frame.iteration, result.frame.deadline + 0.5625)
    with pytest.raises(ValueError, match="by: expected one of"):
        reisizadeh.best(result, "graph")


def test_a_deadline_does_not_wait_for_stragglers():
    """Q-DSGD's step is as long as the slowest node's batch and 9/16 seconds, DSGD's the same and 3; a deadline's is its own."""
    frame = reisizadeh.straggler_sweep((1, 10), **SMALL).frame
    cell = frame.groupby(["method", "severity"]).mean(numeric_only=True)
    assert np.allclose(cell.loc["DSGD"].iteration - cell.loc["Q-DSGD"].iteration, 3 - 9 / 16)
    slow = dq.clock.TwoClassSpeeds(50.0, 5.0, 0.1)
    assert cell.loc[("QuanTimed-DSGD", 10), "iteration"] == pytest.approx(20 / slow.mean + 9 / 16)
    waits = cell.loc[("Q-DSGD", 10), "iteration"] - 9 / 16
    assert waits == pytest.approx(
        20 * slow.slowest(10), rel=0.1
    )  # 500 steps, 4 s or 0.4 s each: more than 3 standard errors
    assert cell.loc[("Q-DSGD", 10), "seconds"] > 2 * cell.loc[("QuanTimed-DSGD", 10), "seconds"]
    assert cell.loc[("Q-DSGD", 1), "seconds"] == pytest.approx(cell.loc[("QuanTimed-DSGD", 1), "seconds"])


def test_few_digits_are_quick_until_they_are_too_few():
    frame = reisizadeh.digit_sweep((0, 1, 3, None), **SMALL).frame
    cell = frame.groupby("digits").mean(numeric_only=True)
    assert cell.message.to_dict() == {-1: 64, 0: 5, 1: 8, 3: 14}
    assert math.isnan(cell.seconds[0]) and cell.gap[0] > 5 * cell.gap[1]
    assert cell.seconds[1] < cell.seconds[3] < cell.seconds[-1] and cell.gap[3] == pytest.approx(cell.gap[-1], rel=0.2)
    assert cell.iteration[-1] - cell.iteration[3] == pytest.approx(3 * 50 / 64)


def test_slow_networks_disagree():
    frame = reisizadeh.connectivity_sweep(tuple(sweeps.GRAPHS), **SMALL | {"nodes": 16}).frame
    cell = frame.groupby("graph").mean(numeric_only=True)
    assert cell.edges[["ring", "torus", "star", "regular", "complete"]].tolist() == [16, 32, 15, 32, 120]
    assert np.allclose(cell.beta + cell.gap_of_w, 1) and cell.beta["complete"] == pytest.approx(0, abs=1e-12)
    assert cell.consensus["complete"] < cell.consensus["torus"] < cell.consensus["ring"]
    with pytest.raises(ValueError, match="graphs"):
        reisizadeh.connectivity_sweep(["tree"], **SMALL)


def test_more_nodes_wait_longer_for_the_slowest():
    result = reisizadeh.node_sweep((10, 200), ("QuanTimed-DSGD", "Q-DSGD"), dim=4, steps=250, trials=2, progress=False)
    cell = result.frame.groupby(["method", "nodes"]).mean(numeric_only=True)
    for nodes in (10, 200):
        expected = 20 * sweeps.SPEEDS.slowest(nodes) + 9 / 16
        assert cell.loc[("Q-DSGD", nodes), "iteration"] == pytest.approx(expected, rel=0.05)
        assert cell.loc[("QuanTimed-DSGD", nodes), "iteration"] == pytest.approx(0.9625)
    assert cell.loc[("Q-DSGD", 200), "gap"] < cell.loc[("Q-DSGD", 10), "gap"]
    again = reisizadeh.node_sweep((10,), ("Q-DSGD",), dim=4, steps=250, trials=2, progress=False).frame
    assert np.array_equal(again.gap, result.frame.query("nodes == 10 and method == 'Q-DSGD'").gap)
