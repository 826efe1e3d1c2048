"""Errata of Xu et al. about proximal steps: D18, D37 and D38."""

import numpy as np
import pytest

import dqlab as dq
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
