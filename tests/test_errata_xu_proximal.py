"""Errata of Xu et al. about proximal steps: D18, D38 and D39."""

import numpy as np
import pytest

import dqlab as dq
from dqlab.experiments.xu import l1_logistic_minimum, sparsity_paths
from dqlab.problems import gradient, sample_gradient

theory = dq.theory.xu


def test_D18_stochastic_gradients_are_not_the_gradient():
    """At the best model for diabetes f' = 0, and a batch of 20 says 0.43 times what it says at x = 0."""
    X, target = dq.data.load("diabetes")[1:3]
    X, y = (X - X.mean(axis=0)) / X.std(axis=0), np.where(target > np.median(target), 1.0, -1.0)
    problem = dq.problems.DecentralisedLogistic.from_data(X, y, nodes=1, strength=1e-6)
    lengths = []
    for x in (np.zeros(10), problem.minimiser):
        true, draws, out = gradient(problem, x), np.empty((400, 10)), np.empty(10)
        for k in range(400):
            sample_gradient(problem, 0, x, 20, dq.stream(0, k), out)
            draws[k] = out
        spread = draws.std(axis=0, ddof=1) / 20
        assert np.abs((draws.mean(axis=0) - true) / spread).max() < 4.5  # 20 z-scores: wrong once in 7000 seeds
        lengths.append((np.linalg.norm(true), np.linalg.norm(draws, axis=1).mean()))
    (_, first), (true, last) = lengths
    assert true < 1e-7 and last / first == pytest.approx(0.43, abs=0.01)


def test_D38_delta_must_be_positive():
    """A batch of 20 texts has none of most words: q = 0 and, with delta = 0, H = 0; (16) would be 0/0 there."""
    text = dq.data.zipf_text(1000, dq.data.RCV1, seed=1)
    problem = dq.problems.DecentralisedLogistic.from_data(text.X, text.y, nodes=1, strength=0.0)
    q = np.empty(problem.dim)
    sample_gradient(problem, 0, np.zeros(problem.dim), 20, dq.stream(0, "batch"), q)
    assert (q == 0).mean() == pytest.approx(0.975, abs=0.001)
    with np.errstate(invalid="ignore"):
        assert np.isnan(q / np.abs(q)).mean() == (q == 0).mean()
    with pytest.raises(ValueError, match="delta: expected numbers > 0.*divides by 0"):
        theory.cmd_iterates(q[None], 1.0, 0.0, delta=0.0)
    assert not theory.cmd_iterates(q[None], 1.0, 0.0, delta=1e-3)[1][q == 0].any()


def test_D39_the_step_size_acts_on_both_methods():
    """One lambda, 200 steps: from eta = 0.1 to 10 RDA goes from some 450 weights to 30, CMD from 2460 to 620; the minimiser has 23.

    Given the gradients neither depends on eta (test_given_the_gradients_eta_only_scales).
    """
    text, lam = dq.data.zipf_text(2000, dq.data.RCV1._replace(features=4000), seed=1), 3e-4
    problem = dq.problems.DecentralisedLogistic.from_data(text.X, text.y, nodes=2, strength=0.0)
    how = {"steps": 200, "batch": 20, "trials": 3, "options": {"select": None}, "progress": False}
    kept = {}
    for method in ("cmd_adagrad", "rda_adagrad"):
        frame = sparsity_paths(problem, method, [lam], [0.1, 10.0], **how).frame
        kept[method] = frame.groupby("stepsize").nonzeros.mean()
    assert kept["rda_adagrad"].tolist() == pytest.approx([445, 29], rel=0.1)
    assert kept["cmd_adagrad"].tolist() == pytest.approx([2457, 617], rel=0.1)
    assert (l1_logistic_minimum(text.X, text.y, lam).x != 0).sum() == pytest.approx(23, abs=1)
