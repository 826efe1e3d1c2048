"""What the text says of masks, messages and their means, and what is so."""

import itertools

import numpy as np
import pytest

import dqlab as dq
from dqlab import quantizers as dqq
from dqlab.experiments import xu

theory = dq.theory.xu


def test_D15_messages_are_biased():
    """Masks make TernGrad's messages biased; a threshold is biased by itself."""
    g = np.array([[0.30, -0.20, 0.05], [-0.08, 0.25, 0.12]])
    masks = theory.mirror_selects(g, penalty=0.1)
    sent = [list(zip(*xu.ternary_outcomes(v), strict=True)) for v in np.where(masks, g, 0)]
    mean = np.zeros(3)
    for (one, p), (two, r) in itertools.product(*sent):
        values, chances = xu.ternary_outcomes((one + two) / 2)
        mean += p * r * chances @ values
    assert np.allclose(g.mean(axis=0), [0.11, 0.025, 0.085]) and np.allclose(mean, [0.15, 0.025, 0.06])
    assert np.array_equal(dqq.quantize(dqq.Threshold(2), [4.0, 1.0]), [4, 0])  # every time
    problem = xu.planted_logistic()
    gaps = xu.feedback_runs(
        problem, schemes=["32 bits", "Threshold"], penalty=0.02, stepsize=0.5, steps=2000, batch=20, reading="no mask",
        feedback=[False], trials=1, progress=False,
    ).frame.set_index("scheme").final  # fmt: skip
    assert 0.008 < gaps["Threshold"] < 0.02 and gaps["32 bits"] < 0.001


def test_D25_two_readings_of_the_indicator():
    """Algorithm 1 and Section 3.2 name two histories: the same for QCMD, two algorithms for QRDA."""
    assert [theory.late_coordinate(20, 0.2, 0.1, reading) for reading in (None, "local", "shared")] == [41, 81, np.inf]
    text = dq.data.zipf_text(1000, dq.data.RCV1._replace(features=2000), seed=1)
    words = dq.problems.DecentralisedLogistic.from_data(text.X.toarray(), text.y, nodes=2, strength=0)
    options = {"steps": 400, "batch": 20, "stepsize": 0.5, "penalty": 0.004, "seed": 1}
    shared, local = (dq.algorithms.rda_adagrad(words, select=reading, **options) for reading in ("shared", "local"))
    assert [int(run.active[-1]) for run in (shared, local)] == pytest.approx([478, 530], abs=3)
    assert xu.frozen_since(shared.active) == 4 and xu.frozen_since(local.active) == 10
    mirror = [
        dq.algorithms.cmd_adagrad(words, select=reading, **options | {"stepsize": 0.1}).final
        for reading in ("shared", "local")
    ]
    assert np.array_equal(*mirror)


def test_D26_k_is_not_the_number_of_nonzero_parameters():
    """Made-up text: QCMD sends almost six times as many words as have a weight."""
    text = dq.data.zipf_text(1000, dq.data.RCV1._replace(features=2000), seed=1)
    words = dq.problems.DecentralisedLogistic.from_data(text.X.toarray(), text.y, nodes=2, strength=0)
    run = dq.algorithms.cmd_adagrad(words, steps=400, batch=20, stepsize=0.1, penalty=0.004, seed=1)
    k, nonzeros = run.selected_down[100:].mean(), run.nonzeros[101:].mean()
    assert (round(k, -1), round(nonzeros, -1)) == (410, 70)
