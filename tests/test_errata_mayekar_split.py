"""What is wrong or ambiguous in the printed text of Mayekar and Tyagi on p < 2. See the page Errata."""

import math

import numpy as np
import pytest

from dqlab import quantizers as dqq
from dqlab.theory import mayekar

from .test_split_lq import on_sphere, outputs


def test_A7_a_power_is_missing():
    """Proof of Lemma 5.1: E|.|_q^2 <= (E sum |.|^q)^(2/q) <= B^2 / 2, and neither E sum |.|^q nor B^2."""
    d, order, bound = 64, 3.0, 0.1
    q = dqq.SplitLq(bound, d, order)
    step = 2 * q.small.bound / (q.small.levels - 1)
    y = np.full(d, step / 2)  # halfway between two levels: every error is half a step, surely
    off = outputs(q.small, y, 20, "A7") - y
    squared, sums = np.linalg.norm(off, order, axis=1) ** 2, (np.abs(off) ** order).sum(axis=1)
    assert np.linalg.norm(y, order) <= bound
    assert squared == pytest.approx(0.00070 * np.ones(20), rel=1e-2) and sums == pytest.approx(0.0000185, rel=1e-2)
    assert squared == pytest.approx(sums ** (2 / order))
    assert mayekar.split_parameters(d, order).small_error(d, order) == pytest.approx(0.280, abs=1e-3)
    assert 2 * 0.5 + 2 == 3 and 2 * 1 + 2 == 4  # what follows with B^2 / 2, and with B^2


def test_A8_dimension_of_the_large_part():
    """Proof of Lemma 5.2: d' log(k + 1), for d log(k + 1) alone is more than the 2d + Delta_2 that are said to be enough."""
    d, order = 1024, 3.0
    q = dqq.SplitLq(1.0, d, order)
    places, s, bits = d / mayekar.delta_1(d, order), q.large.block, mayekar.delta_1(d, order)
    assert math.ceil(places / s) * s + d * bits == 5326 > 2 * d + mayekar.delta_2(d) == 2050
    assert math.ceil(places / s) * s + places * bits == pytest.approx(1230)
    assert dqq.nbits(q.large) == 1536  # with N = 256 for 204.8


def test_A9_the_last_norm_is_the_euclidean_one():
    """Section 5: E|Q(Y_2') - Y_2'|_q^2 is O(B^2) if E|Q(Y_2') - Y_2'|_2^2 is, since |.|_q <= |.|_2 for q >= 2."""
    q = dqq.SplitLq(1.0, 1024, 3.0)
    y = on_sphere(dqq.SplitLq(1.0, q.entries, 3.0), np.ones(q.entries))
    off = outputs(q.large, y, 300, "A9") - y
    in_q, in_2 = ((np.linalg.norm(off, order, axis=1) ** 2).mean() for order in (3.0, 2.0))
    assert in_q == pytest.approx(0.0061, rel=0.02) and in_2 == pytest.approx(0.0263, rel=0.02)
    assert in_q <= in_2 <= mayekar.split_parameters(1024, 3.0).large_error() <= 0.5


def test_A11_delta_2_and_log_h():
    """Theorem 3.1 has ln*(d / 3) in Delta_2 and (8) has ln*(d' / 3) in log h; log h <= Delta_2, so the theorem's bits are enough."""
    smaller = []
    for e in range(2, 25):
        for p in (1.1, 1.5, 1.9):
            q = dqq.SplitLq.for_norm(1.0, 1 << e, p)
            of_range = int(math.log2(q.large.ranges)) if q.entries else 0
            assert of_range <= mayekar.delta_2(1 << e)
            if q.entries and of_range < mayekar.delta_2(1 << e):
                smaller.append((1 << e, p))
    assert (16, 1.5) in smaller and (2**24, 1.1) in smaller and (1024, 1.5) not in smaller


def test_A17_padding_costs_bits():
    """RATQ's transform takes a power of two. Filled up to one, d = 1540 needs more than Theorem 3.1 says; cut down to one, no d does."""
    order = 1.99 / 0.99
    q = dqq.SplitLq(1.0, 1540, order)
    assert (q.entries, q.large.size) == (513, 1024)
    assert dqq.nbits(q) == 10256 > mayekar.split_bits_bound(1540, order) == 9242
    assert dqq.nbits(dqq.SplitLq(1.0, 1540, order, sharp=True)) == 7956
    exceeding = set()
    for d in range(1, 1600, 3):
        for p in (1.1, 1.5, 1.9):
            order = p / (p - 1)
            printed, enough = mayekar.split_bits(d, order), mayekar.split_bits_bound(d, order)
            assert mayekar.split_bits(d, order, sharp=True) <= enough
            exceeding |= {d} if printed > enough else set()
    assert min(exceeding) == 28 and not any(d & (d - 1) == 0 for d in exceeding)


def test_A18_one_uniform_quantizer_for_all():
    """Section 5: d (log d)^(1/2 - 1/q) bits are said to do; it is d log(d^(1/q)), which grows where the printed one does not."""
    d, p = 1 << 16, 1.9
    order = p / (p - 1)
    assert 16 ** (0.5 - 1 / order) == pytest.approx(1.08, abs=0.01)  # bits a coordinate, printed
    y = np.full(d, d ** (-1 / order))
    few = outputs(dqq.CoordinateUniform(1.0, 3, d), y, 20, "A18")  # two bits a coordinate already
    assert (np.linalg.norm(few, order, axis=1) ** 2).mean() == pytest.approx(252, rel=0.02)
    many = outputs(dqq.CoordinateUniform(1.0, 2 ** math.ceil(math.log2(d) / order + 2) - 1, d), y, 20, "A18")
    assert (np.linalg.norm(many, order, axis=1) ** 2).mean() <= 1.5
    assert (
        math.sqrt(16) == 4 > dqq.nbits(dqq.SplitLq(1.0, d, math.inf)) / d == 3
    )  # p = 1: 3 bits a coordinate for every d


def test_A19_delta_2_may_be_zero():
    """Theorem 3.1, part 2: for d <= 3 Delta_2 is 0, and Delta_1 has no meaning; max(1, Delta_2) gives it one."""
    for d in (1, 2, 3):
        printed = math.ceil(math.log2(1 + mayekar.iterated_log(d / 3)))
        assert printed == 0
        with pytest.raises(ValueError):
            math.sqrt(18 + 6 * math.log(printed))
        assert mayekar.delta_2(d) == 1 and mayekar.delta_1(d, 3.0) == 3
        assert dqq.nbits(dqq.SplitLq(1.0, d, 3.0)) == 3 * d <= mayekar.split_bits_bound(d, 3.0)
    assert [mayekar.delta_2(d) for d in (4, 9, 45)] == [1, 2, 2]
