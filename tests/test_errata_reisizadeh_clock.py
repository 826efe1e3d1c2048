"""What the supplement of Reisizadeh et al. leaves open about deadlines: batches that are whole numbers, and may be none."""

import numpy as np
import pytest

from dqlab import clock, stream
from dqlab.theory import reisizadeh as theory

SPEEDS = clock.UniformSpeeds(10, 90)


def test_C4_a_batch_may_be_empty():
    """|S| = V T_d divides by nothing where floor(V T_d) = 0; a zero gradient in its place is biased, unless T_d >= 1 / v_min."""
    assert clock.Deadline(1 / 50).empty(SPEEDS) == pytest.approx(0.5)
    assert clock.Deadline(1 / 91).batches(SPEEDS.draw(100, 50, stream(0, "speeds"))).max() == 0
    assert clock.Deadline(1 / SPEEDS.least).empty(SPEEDS) == 0
    # 50 nodes with f_i = (x - i)^2 / 2, the first 10 of them always too slow for the deadline
    law = clock.TwoClassSpeeds(50, 4, 0.2, fixed=True)
    batches = clock.Deadline(0.2).batches(law.draw(1, 50, stream(0, "speeds")))[0]
    empty = (batches == 0).astype(float)
    x, centres = 0.0, np.arange(50.0)
    for _ in range(200):  # descent with the mean gradients
        x -= 0.5 * np.mean((1 - empty) * (x - centres))
    assert centres.mean() == 24.5
    assert x == pytest.approx(theory.minimiser_with_empty_batches(np.ones(50), centres, empty)) == pytest.approx(29.5)


def test_C8_whole_batches_need_the_two_of_lemma_1():
    """E[1/|S|] = E[1/V] / T_d holds if a batch is V T_d, whole or not. Of whole ones it is more, up to twice as much: never more."""
    assert theory.inverse_batch_uniform(10, 90, 0.4) == pytest.approx(0.0723, abs=5e-5)
    assert theory.inverse_mean_uniform(10, 90) / 0.4 == pytest.approx(0.0687, abs=5e-5)
    worst = theory.inverse_batch_uniform(10, 10.001, 0.1999) * 0.1999 / theory.inverse_mean_uniform(10, 10.001)
    assert worst == pytest.approx(1.999, abs=5e-4)
    for deadline in np.linspace(0.1, 3, 200):
        ratio = theory.inverse_batch_uniform(10, 90, deadline) * deadline / theory.inverse_mean_uniform(10, 90)
        assert 1 < ratio <= theory.rounding_factor(10, deadline)
