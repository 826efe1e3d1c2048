"""Errata of Sections 3 and 4 of Mayekar and Tyagi, with the numbers that show them."""

import math

import numpy as np
import pytest

from dqlab import quantizers as dqq
from dqlab.bits import DecodeError, int_to_message
from dqlab.streams import stream
from dqlab.theory import mayekar


def test_A2_bits_are_whole():
    assert math.log2(2 * 1000 + 1) == pytest.approx(10.967, abs=5e-4)
    q = dqq.SimQ(1.0, 1000)
    assert dqq.nbits(q) == 11
    assert dqq.decode(q, dqq.unpack(q, int_to_message(2000, 11)))[-1] == -1  # the last of 2001 messages
    with pytest.raises(DecodeError):
        dqq.unpack(q, int_to_message(2001, 11))


def test_A3_the_number_of_types_is_no_number_of_bits():
    types = math.comb(128, 64)
    printed = (math.e * 128 / 64) ** 64
    assert types < printed and math.log2(types) == pytest.approx(124.17, abs=5e-3)
    assert math.log2(printed) == pytest.approx(156.33, abs=5e-3)


def test_A4_k_rounded_up_breaks_the_bits_of_theorem_3_1():
    limit = mayekar.precision_upper_bound(1024, 8)
    assert limit == pytest.approx(56.29, abs=5e-3) and 1024**0.25 == pytest.approx(5.657, abs=5e-4)
    up, down = (dqq.SimQPlus.for_norm(1.0, 1024, 8, choose) for choose in ("ceiling", "floor"))
    assert (up.repeats, dqq.nbits(up), down.repeats, dqq.nbits(down)) == (6, 57, 5, 49)
    assert dqq.nbits(down._replace(joint=False)) <= limit < dqq.nbits(up)
    for dim in range(1, 400):
        for p in (2.0, 2.5, 3.0, 4.0, 8.0, 20.0):
            k = dqq.SimQPlus.for_norm(1.0, dim, p).repeats
            assert mayekar.simq_plus_type_bits(dim, k) <= mayekar.precision_upper_bound(dim, p)
            assert mayekar.simq_plus_alpha0(1.0, dim, p, k) <= math.sqrt(3) * (1 + 1e-12)


def test_A5_four_times_B_is_all_that_theorem_3_1_needs():
    lengths = {}
    for dim in (64, 256, 1024):
        q = dqq.SimQPlus.for_norm(1.0, dim, 2, "fewest")
        assert q.repeats == math.ceil(dim / 15)
        assert (
            mayekar.simq_plus_alpha0(1.0, dim, 2, q.repeats) <= 4 < mayekar.simq_plus_alpha0(1.0, dim, 2, q.repeats - 1)
        )
        lengths[dim] = dqq.nbits(q)
    assert lengths == {64: 29, 256: 110, 1024: 433}
    assert 433 / 1024 < 0.43 and 433 / mayekar.precision_upper_bound(1024, 2) < 1 / 8


def test_A6_places_for_signs():
    q = dqq.SimQPlus(1.0, 16, 64, joint=False)
    assert dqq.nbits(q) == math.ceil(math.log2(math.comb(80, 64))) + 16 == 55 + 16
    y = stream(0, "signs").standard_normal(16)
    y /= np.abs(y).sum()
    assert np.array_equal(
        dqq.receive(q, dqq.send(q, y, rng=stream(1, "signs"))), dqq.quantize(q, y, rng=stream(1, "signs"))
    )


def test_A27_recovery_under_any_reasonable_loss():
    """Within B / 10 in the Euclidean norm: 1576 bits at d = 2**20; within B / 10 in the l_1 norm at least 3.3 bits a dimension."""
    k = mayekar.l2_recovery_repeats(0.1)
    assert k == 100 and mayekar.simq_plus_joint_bits(2**20, k) == 1576
    assert mayekar.l1_recovery_bits(2**20, 0.1) / 2**20 == pytest.approx(3.32, abs=5e-3)
    q, rng = dqq.SimQPlus(1.0, 2**14, k), stream(0, "A27")
    for y in (np.full(2**14, 2.0**-14), np.repeat([1 / 16, 0.0], [16, 2**14 - 16])):
        assert mayekar.simq_plus_error(1.0, k, 1.0, np.linalg.norm(y)) <= 0.01
        assert min(np.linalg.norm(dqq.quantize(q, y, rng=rng) - y) for _ in range(20)) <= 0.1
    # relative to the gradient's own length it is as the paper says
    assert mayekar.flat_recovery_error(2**20, 1576) > 0.997


def test_A28_the_zero_is_not_needed():
    """The 2d corners, with what is left shared by + and - e_1: unbiased, alpha_0 = B, a bit less wherever d is a power of two."""
    dim = 1024
    y = stream(0, "A28").standard_normal(dim)
    y *= 0.8 / np.abs(y).sum()
    chances = np.concatenate([np.maximum(y, 0), np.maximum(-y, 0)])
    chances[[0, dim]] += (1 - np.abs(y).sum()) / 2
    assert chances.sum() == pytest.approx(1) and chances[:dim] - chances[dim:] == pytest.approx(y)
    saved = [d for d in range(1, 5000) if mayekar.simq_bits(d) > (2 * d - 1).bit_length()]
    assert saved == [2**j for j in range(13)]
    assert (mayekar.simq_bits(dim), (2 * dim - 1).bit_length()) == (12, 11)
