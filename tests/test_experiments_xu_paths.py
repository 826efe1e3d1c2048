"""Paths over lambda and eta: a row is what its run says, whatever the problem; and references with certificates."""

import numpy as np
import pytest

import dqlab as dq
from dqlab.experiments.xu import LinearAccuracy, l1_logistic_minimum, sparsity_paths

TEXT = dq.data.zipf_text(400, dq.data.RCV1._replace(features=600), seed=1)
HOW = {"steps": 60, "batch": 10, "options": {"select": None}, "progress": False}


def problem():
    return dq.problems.DecentralisedLogistic.from_data(TEXT.X[:300], TEXT.y[:300], nodes=2, strength=0.0)


def test_a_row_is_what_its_run_says():
    accuracy = LinearAccuracy(TEXT.X[300:], TEXT.y[300:])
    found = sparsity_paths(
        problem(), "rda_adagrad", [1e-3, 5e-3], [0.3, 3.0], accuracy=accuracy, trials=2, seed=4, **HOW
    )
    row = found.frame.query("penalty == 0.005 and stepsize == 3.0 and trial == 1").iloc[0]
    seed = int(dq.lab.TrialStream(4, 1)("run").integers(1 << 62))
    run = dq.algorithms.rda_adagrad(
        problem(), steps=60, batch=10, stepsize=3.0, penalty=5e-3, select=None, seed=seed, record=[60]
    )
    sides = np.where(TEXT.X[300:] @ run.final > 0, 1, -1)  # a tie at 0 counts as -1
    assert row.accuracy == (sides == TEXT.y[300:]).mean() and row.objective == run.objective[-1]
    assert row.nonzeros == run.nonzeros[-1] == round((1 - row.sparsity) * 600) and row.bits == run.bits[-1]
    assert len(found.frame) == 8 and found.failures == []


def test_more_penalty_means_more_zeros():
    """The paper's Figure 5, left: paired runs, both methods, no accuracy asked for."""
    for method in ("cmd_adagrad", "rda_adagrad"):
        frame = sparsity_paths(problem(), method, [3e-4, 1e-3, 3e-3], [1.0], **HOW).frame
        assert frame.sparsity.is_monotonic_increasing and frame.accuracy.isna().all()


def test_paths_refuse_what_they_cannot_run():
    with pytest.raises(ValueError, match="method: expected one of"):
        sparsity_paths(problem(), "gd", [1e-3], [1.0], **HOW)
    with pytest.raises(TypeError, match="accuracy: expected a function"):
        sparsity_paths(problem(), "prox_gd", [1e-3], [1.0], accuracy=0.9, **HOW)


def test_references_carry_their_certificate():
    """No stochastic run is below the reference by more than its gap, and none of 20 points beside it."""
    found = l1_logistic_minimum(TEXT.X[:300], TEXT.y[:300], 5e-3)
    assert found.gap < 1e-6 and 0 < (found.x != 0).sum() < 300
    assert np.abs(dq.theory.xu.least_subgradient(found.slope, found.x, 5e-3)).max() < 1e-3
    run = sparsity_paths(problem(), "rda_adagrad", [5e-3], [3.0], **HOW).frame
    assert run.objective.iloc[0] > found.objective - found.gap
    f = lambda x: dq.problems.value(problem(), x) + 5e-3 * np.abs(x).sum()  # noqa: E731
    assert f(found.x) == pytest.approx(found.objective, rel=1e-12)
    for k in range(20):
        assert f(found.x + 0.01 * dq.stream(5, k).standard_normal(600) * (found.x != 0)) > found.objective - found.gap


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"y": np.ones(300)}, "y: expected labels -1 and \\+1, both"),
        ({"penalty": 0.0}, "penalty"),
        ({"accuracy": -1.0}, "accuracy"),
        ({"accuracy": 1e-18}, "no certificate, the gap is"),
    ],
)
def test_references_refuse(change, word):
    arguments = {"X": TEXT.X[:300], "y": TEXT.y[:300], "penalty": 5e-3} | change
    with pytest.raises((ValueError, RuntimeError), match=word):
        l1_logistic_minimum(**arguments)
