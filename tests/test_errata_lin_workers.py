"""What is wrong or ambiguous in Section V and Appendix D of Lin, Kostina and Hassibi. See the page Errata."""

import math
import warnings

import numpy as np
import pytest

import dqlab as dq
from dqlab import algorithms, problems, quantizers
from dqlab.theory import lin


def test_B18_every_worker_must_start_within_D():
    """Theorem D.2 bounds |x*_k - x*| by 2D, which (15) for f alone does not give: start near x*, with workers that disagree."""
    p = problems.worker_least_squares([8.0, 8.0, 2.0], 1.0, dq.stream(0, "B18"), n=16, spread=1.0)
    step = np.zeros(16)
    step[0] = 0.01
    x0, rates = p.minimiser + step, np.full(3, 10.0)
    options = {"x0": x0, "steps": 300, "record": ()}
    with_f_alone = algorithms.nq_gd_workers(p, quantizers.UniformScalar(1024, 16), D=0.01, **options)
    assert with_f_alone.outside[0].all()
    assert (with_f_alone.inputs[0] / with_f_alone.ranges[0]).max() == pytest.approx(29.4, abs=0.1)
    radius = lin.nq_gd_workers_radius(p.worker_L, p.mu, rates, 4.0, D=0.01)
    assert radius == pytest.approx(0.00048) and with_f_alone.distance[-1] == pytest.approx(0.27, abs=0.01)
    D = p.reach(x0)
    repaired = algorithms.nq_gd_workers(p, quantizers.UniformScalar(1024, 16), **options)
    assert not repaired.outside.any() and p.spread <= 2 * D
    assert repaired.distance[-1] <= lin.nq_gd_workers_radius(p.worker_L, p.mu, rates, 4.0, D)


def test_B19_silent_workers():
    """(69) charges a silent worker rho_n L_k; the error of decoding to 0 is the gradient itself, at most L_k |x - x*|.

    So waterfilling is not optimal for rho_n > 1, and whole numbers of levels with more silent workers beat its bound.
    """
    L = 64 * 2.0 ** -np.arange(8.0)
    printed = lin.nq_gd_workers_contraction_factor(L, L / 4, 16.0, 4.0)
    levels = lin.whole_levels(L, 16.0, 4.0)
    own = lin.workers_contraction_factor(L, L / 4, np.log2(levels), 4.0)
    assert math.prod(levels) <= 2**16 and levels[3:].tolist() == [1] * 5
    assert (printed, own) == pytest.approx((1.2119, 0.9141), abs=5e-5)
    p = problems.worker_least_squares(L, L / 4, dq.stream(0, "B19"), n=16)
    chosen = [quantizers.UniformScalar(int(m), 16) for m in levels]
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        history = algorithms.nq_gd_workers(p, chosen, steps=300, record=())
    assert history.contraction_factor() <= own
    assert not history.outside[history.ranges > 1e-12 * history.ranges[0]].any()
    rates, _ = lin.waterfilling([8.0, 3.0, 1.0], 7.0)  # and 2**R_k is not whole, as a scalar quantizer needs it
    assert 2.0**rates == pytest.approx([13.98, 5.24, 1.75], abs=5e-3)
    assert lin.whole_levels([8.0, 3.0, 1.0], 7.0).tolist() == [16, 4, 2]
