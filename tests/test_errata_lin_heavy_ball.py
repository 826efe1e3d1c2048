"""What Lin, Kostina and Hassibi print about heavy ball and about what is optimal, and what is so. See the page Errata."""

from fractions import Fraction

import numpy as np
import pytest

from dqlab import algorithms, problems
from dqlab.experiments import lin as experiments
from dqlab.theory import lin


def test_B1_heavy_ball_cycles():
    """The cycle of period 3 in whole numbers; the path from 3.3 finds it; ramps as wide as 284/1225 leave it as it is."""

    def slope(x):
        return 25 * x if x < 1 else x + 24 if x <= 2 else 25 * x - 24

    eta, gamma = Fraction(1, 9), Fraction(4, 9)
    cycle = [Fraction(2592, 1225), Fraction(792, 1225), Fraction(-2208, 1225)]
    for t in range(3):
        x, before = cycle[t], cycle[t - 1]
        assert x - eta * slope(x) + gamma * (x - before) == cycle[(t + 1) % 3]
    assert eta == pytest.approx(lin.hb_stepsize(25.0, 1.0)) and gamma == pytest.approx(lin.hb_momentum(25.0))
    widest = float(2 * (cycle[0] - 2))
    assert widest == pytest.approx(284 / 1225)
    for ramp in (0.0, 0.05, 0.2, widest):
        p = problems.FlatStretch(25.0, 1.0, 1.0, 2.0, ramp)
        run = algorithms.hb(p, x0=[3.3], steps=400, record="iterates")
        assert sorted(run.iterates[-3:, 0]) == pytest.approx(sorted(map(float, cycle)), abs=1e-12)
    steep, flat = (lin.hb_matrix(curvature, 25.0, 1.0) for curvature in (25.0, 1.0))
    assert lin.spectral_radius(steep) == pytest.approx(2 / 3, abs=1e-6)
    assert lin.spectral_radius(steep @ flat) ** 0.5 == pytest.approx(1.609476, abs=1e-6)
    frame = experiments.heavy_ball_and_triple_momentum([32], ramp=0.2).set_index("algorithm")
    assert frame.distance["DQ-HB"] > 0.5 and frame.distance["DQ-TMM"] < 1e-12


def test_B17_what_is_optimal():
    """Nesterov's bound sigma_HB is not attained over F: the exact minimax distance falls by 1 - 1 / sqrt(kappa) a step."""
    exact = np.array([lin.minimax_distance(t, 25.0) for t in range(61)])
    assert exact[1] == pytest.approx(lin.gd_contraction_factor(25.0))  # one step: gradient descent is optimal
    assert exact[60] / exact[59] == pytest.approx(0.8, abs=1e-5)
    assert lin.hb_contraction_factor(25.0) == pytest.approx(0.666667, abs=1e-6)
    assert (exact[1:] > lin.hb_contraction_factor(25.0) ** np.arange(1, 61)).all()
    assert (exact <= lin.tmm_distance(np.arange(61), 25.0) * (1 + 1e-12)).all()
    for kappa in (2.0, 10.0, 1e4):
        assert lin.tmm_contraction_factor(kappa) > lin.hb_contraction_factor(kappa)
