"""The experiments on masks and error feedback refuse what they cannot do, and say what they can."""

import numpy as np
import pytest

from dqlab import algorithms
from dqlab.experiments import xu


def test_bad_arguments_are_named():
    problem = xu.planted_logistic(dim=10, support=3)
    run = algorithms.rda_adagrad(problem, steps=3, batch=5, stepsize=0.5, penalty=0.02)
    arguments = {"penalty": 0.02, "stepsize": 0.5, "steps": 3, "batch": 5, "progress": False}
    for call, words in [
        (lambda: xu.printed_masks(run, "rda_adagrad", "shared"), "history=True"),
        (lambda: xu.mean_drift(run), "history=True"),
        (lambda: xu.printed_masks(run, "prox_gd", "shared"), "method"),
        (lambda: xu.printed_masks(run, "rda_adagrad", None), "reading"),
        (lambda: xu.active_sets(problem, "prox_gd", **arguments), "method"),
        (lambda: xu.active_sets(problem, readings=["shared"], **arguments), "readings"),
        (lambda: xu.feedback_runs(problem, schemes=["float16"], **arguments), "schemes"),
        (lambda: xu.feedback_runs(problem, reading="shared", **arguments), "reading"),
        (lambda: xu.links("Ternary", 10), "scheme"),
        (lambda: xu.planted_logistic(dim=3, support=4), "support: expected at most dim = 3"),
    ]:
        with pytest.raises(ValueError, match=words):
            call()


def test_trials_are_paired_and_sets_agree():
    """With and without feedback, and under every mask, a trial draws the same samples: first gradients and first masks agree."""
    problem = xu.planted_logistic(dim=10, support=3)
    found = xu.active_sets(
        problem, penalty=0.02, stepsize=0.5, steps=20, batch=5, feedback=[False, True], trials=2, progress=False
    ).frame
    for _, trial in found[found.reading != "no mask"].groupby("trial"):
        assert len({row.selected[0] for row in trial.itertuples()}) == 1
    for row in found.itertuples():
        assert (np.diff(row.active) >= 0).all() and (row.selected <= row.active).all()
        assert row.frozen == xu.frozen_since(row.active)
    assert (found[found.reading == "no mask"].frozen == 1).all()
