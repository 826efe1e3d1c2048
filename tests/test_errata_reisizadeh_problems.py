"""Errata of Reisizadeh et al. about the quantizer: C12 and C13."""

import warnings

import numpy as np
import pytest

import dqlab as dq
from dqlab import quantizers as dqq
from dqlab.streams import stream


def test_C12_noise_in_proportion_to_the_model_is_not_bounded():
    """QSGD with s = 2 and p = 16: a flat x lies half way between two levels, and |Q(x) - x|**2 = |x|**2 surely."""
    qsgd, grid = dqq.LowPrecision(2, 16), dqq.Grid(0.25, 16, 1000.0)
    for size in (1.0, 1000.0):
        x = np.full(16, size / 4)
        assert ((dqq.quantize(qsgd, x) - x) ** 2).sum() == pytest.approx(size**2, rel=1e-5)
        off = dqq.quantize(grid, x + 0.125, rng=stream(0, "encoder")) - x - 0.125
        assert (off**2).sum() == pytest.approx(0.25) == dqq.variance_bound(grid)
    assert dqq.variance_bound(qsgd) == np.inf and dqq.relative_variance(qsgd) == pytest.approx(1, rel=1e-5)


def test_C13_messages_of_fixed_length_need_bounded_models():
    """Two nodes with one minimiser, 2, and a grid on [-1, 1]: what is heard is 1, and models end at 7/6."""
    grid = dqq.DecimalGrid(digits=3, dim=1, bound=1.0)
    assert dqq.nbits(grid) == 11
    assert {float(dqq.quantize(grid, [2.0], rng=stream(k, "encoder"), outside="clip")[0]) for k in range(50)} == {1.0}
    problem = dq.problems.DecentralisedQuadratics([[1.0], [1.0]], [[[2.0]], [[2.0]]])
    mixing = dq.networks.Mixing.from_matrix([[0.5, 0.5], [0.5, 0.5]])
    options = {"steps": 500, "work": dq.clock.FixedBatch(1), "stepsize": 0.1, "epsilon": 0.5}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        run = dq.algorithms.q_dsgd(problem, mixing, grid, **options)
    assert np.allclose(run.final, 7 / 6, atol=1e-9) and run.outside[-1] == 2
    wide = dq.algorithms.q_dsgd(problem, mixing, dqq.DecimalGrid(digits=3, dim=1, bound=4.0), **options)
    assert np.allclose(wide.final, 2, atol=0.02) and wide.outside.sum() == 0
