"""Errata on RATQ in Mayekar and Tyagi, with the numbers that show them."""

import math

import numpy as np
import pytest

from dqlab import quantizers as dqq
from dqlab.theory import mayekar


def test_A10_blocks_of_no_coordinates():
    assert [math.ceil(math.log2(1 + mayekar.iterated_log(d / 3))) for d in (1, 2, 3, 4)] == [0, 0, 0, 1]
    assert 1024 / mayekar.delta_1(1024, q=3) == pytest.approx(204.8)  # coordinates, of which the transform wants 2**i
    for dim in (1, 2, 3):
        q = dqq.RATQ(1.0, dim)
        y = np.eye(dim)[0]
        assert q.block == 1 and np.linalg.norm(dqq.quantize(q, y) - y) <= dqq.covering_radius(q)
    assert [dqq.RATQ(1.0, d).size for d in (2, 3, 204)] == [2, 4, 256]


def test_A29_ranges_past_every_input():
    """M_3 = 423 B for d = 64, where no coordinate is larger than B; from d = 2**24 on the formula asks for exp(exp(exp(exp(1))))."""
    third = math.sqrt(3 * math.exp(math.exp(math.e)) / 64)
    assert third == pytest.approx(422.8, abs=0.1) and mayekar.ratq_ranges(1.0, 64, 2)[-1] == 1.0
    with pytest.raises(OverflowError):
        math.exp(math.exp(math.exp(math.exp(1))))
    assert mayekar.ratq_range_bits(1 << 24) == 3 and mayekar.ratq_ranges(1.0, 1 << 24, 3)[-1] == 1.0
    step = [2 * end / 6 for end in (third, 1.0)]
    assert step == pytest.approx([140.9, 1 / 3], abs=0.05)  # of the levels in the last range
