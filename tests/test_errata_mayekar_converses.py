"""What Section 6 and its neighbours say too much or leave unsaid, each with a number that shows it."""

import math

import numpy as np
import pytest

import dqlab as dq
from dqlab import problems
from dqlab.experiments import mayekar as experiments
from dqlab.theory import mayekar

LOG_E = math.log2(math.e)


def test_A12_simq_plus_is_for_p_from_2_on():
    """At p = 1 the k of Section 4.2 is d^2: 12.4 bits a coordinate at d = 1024, where 3 a coordinate are enough."""
    d, p = 1024, 1
    bits = mayekar.simq_plus_joint_bits(d, d ** (2 // p))
    assert bits / d == pytest.approx(12.44, abs=0.005)
    assert mayekar.split_bits(d, math.inf) == 3 * d
    with pytest.raises(ValueError, match="p: expected numbers >= 2"):
        mayekar.simq_plus_alpha0(1.0, d, p, d)


def test_A13_theorems_6_1_and_6_2_need_many_queries():
    """For few queries the printed bounds are above D B, which no error exceeds; the best delta of the proof is above 1/2 then."""
    d, c0 = 2**20, mayekar.PANINSKI_C0
    printed = c0 * d**0.5 / math.sqrt(1) * math.sqrt(d / min(d, 2))
    assert printed == pytest.approx(92681.9, abs=0.1) and mayekar.paninski_error(1, 1, d, math.inf) < 0.5
    printed = mayekar.BERNOULLI_C0 * math.sqrt(d)
    assert printed == pytest.approx(108.7, abs=0.1) and mayekar.bernoulli_error(1, 1, d) < 0.5
    # Where the best delta reaches 1/2 in the paper's own proof: T = 4 c_2 d^2 / (3 min(2^r, d)) and c_2 d / (270 min(r, d)).
    d, r, c2 = 10**6, 5, mayekar.PACKING_RATE
    T = 4 * c2 * d**2 / (3 * 2**r)
    assert mayekar.fano_delta(T * 2**r / d, c2 * d) == pytest.approx(0.5, rel=1e-5)
    T = c2 * d / (270 * r)
    assert mayekar.fano_delta(360 * T * r, c2 * d) == pytest.approx(0.5, rel=1e-5)


def test_A14_the_chi_square_bound():
    """As printed it is exceeded by lossless messages, 2.97 times at delta = 0.2; for dependent coordinates so is the safe form."""
    d, delta = 4, 0.2
    everything = experiments.mutual_information(experiments.paninski_channel(delta, experiments.corners(d)))
    assert everything / mayekar.paninski_information_printed(delta, 3, d) == pytest.approx(2.968, abs=1e-3)
    best = experiments.every_pairing(delta, 8, 1)[0].max()
    assert best / mayekar.paninski_information_printed(delta, 1, 8) == pytest.approx(1.456, abs=1e-3)
    # One bit that is the sign where it concerns the repeated coordinates, a quarter of all, and a coin elsewhere.
    packing = experiments.dependent_packing(12)
    quarter = np.arange(12) < 3
    to_one = np.concatenate([np.where(quarter, 1.0, 0.5), np.where(quarter, 0.0, 0.5)])
    channel = experiments.paninski_channel(delta, packing.points)
    exact = experiments.mutual_information(channel @ np.stack([to_one, 1 - to_one], axis=1))
    assert packing.dual_distance == 2 and exact == pytest.approx(mayekar.bit_information(delta / 2))
    d = 1024
    assert exact / mayekar.paninski_chi_square(delta, 1, d) == pytest.approx(32.05, abs=0.01)
    # Pairwise independent coordinates are enough: a small packing of dual distance 4.
    packing = experiments.reed_muller(3)
    channel = experiments.paninski_channel(delta, packing.points)
    for seed in range(20):
        labels = dq.stream(seed, "labels").integers(0, 2, 16)
        information = experiments.mutual_information(channel @ np.eye(2)[labels])
        assert information <= mayekar.paninski_chi_square(delta, 1, 8)


def test_A15_fano_is_an_inequality():
    """The display has = where Fano gives >=: the best test of 16 points from one letter errs 0.906 of the time, Fano says 0.703."""
    packing, delta = experiments.reed_muller(3), 0.25
    channel = experiments.paninski_channel(delta, packing.points)
    missed = 1 - channel.max(axis=0).sum() / packing.size
    information = experiments.mutual_information(channel)
    fano = mayekar.fano_error(delta, information, math.log2(packing.size), scale=4 / delta)
    assert missed == pytest.approx(0.90625) and fano == pytest.approx(0.7028, abs=5e-5)
    # (f - f*) is (2 B delta / d) |x - x*|_1: the first line of the chain has lost the 2 that its threshold makes good.
    oracle = problems.paninski_oracle([1, -1, 1, -1], delta, p=2)
    x = np.array([0.1, 0.2, -0.1, 0.05])
    gap = problems.value(oracle, x) - oracle.minimum
    assert gap == pytest.approx(2 * delta / 4 * np.abs(x - oracle.minimiser).sum())


def test_A23_strong_data_processing_needs_independent_coordinates():
    """V on a packing may have 1/4 of its coordinates equal; one bit, their majority, then says 469 delta^2 > 360 delta^2 of V."""
    packing, delta = experiments.dependent_packing(12), 0.2
    majority = np.stack(
        [(experiments.corners(12)[:, :3].sum(axis=1) > 0), (experiments.corners(12)[:, :3].sum(axis=1) < 0)], axis=1
    )
    exact = experiments.mutual_information(
        experiments.bernoulli_channel(delta, packing.points) @ majority.astype(float)
    )
    assert packing.distance >= 3 and exact == pytest.approx(experiments.majority_information(delta, 3))
    assert exact > mayekar.bernoulli_contraction(delta, 1, 12)  # and 4 delta^2 is exceeded at once
    d, delta = 1024, 1e-3
    assert experiments.majority_information(delta, d // 4 - 1) / delta**2 == pytest.approx(469.2, abs=0.1)
    assert experiments.majority_information(delta, d // 4 - 1) > mayekar.bernoulli_information_printed(delta, 1, d)


def test_A24_r_star_depends_on_T_while_T_is_small():
    """p = inf, d = 1024: up to T = 16384 the benchmark U is D B or more, and no bits at all are enough."""
    d = 2**20
    assert mayekar.accuracy(16 * 1024, 1024, math.inf) == 1.0
    assert mayekar.accuracy(16 * d, d, math.inf) == 1.0 and mayekar.precision_lower_bound(d, math.inf) == 10.0
    few, many = 16 * d, 512 * d
    assert mayekar.error_lower_bound(few, 1, d, math.inf) < mayekar.accuracy(few, d, math.inf)
    assert mayekar.error_lower_bound(many, 9, d, math.inf) > mayekar.accuracy(many, d, math.inf)


def test_A25_log_d_bits_are_not_enough_for_simq_plus():
    """At d = 1024 k = 1 takes 12 bits, not 10; unbiased outputs without shared randomness are at least d + 1 points in any case."""
    assert mayekar.repeats_for_bits(10, 1024) == mayekar.repeats_for_bits(11, 1024) == 0
    assert mayekar.repeats_for_bits(12, 1024) == 1 == mayekar.simq_bits(1024) - 11
    assert math.ceil(math.log2(1024 + 1)) == 11
    assert (
        dq.quantizers.nbits(dq.quantizers.SketchedSimQ(1.0, 1024, 1)) == 1
    )  # with shared randomness one bit is enough


def test_A26_fano_bounds_a_mean_over_alpha():
    """The displays bound the error for one alpha; a protocol that always answers the best corner of that alpha has no error."""
    packing, delta = experiments.reed_muller(3), 0.25
    gaps = []
    for alpha in packing.points:
        oracle = problems.bernoulli_oracle(alpha, delta, p=2)
        answer = -oracle.domain.radius * packing.points[0]
        gaps.append(problems.value(oracle, answer) - oracle.minimum)
    fano = mayekar.fano_error(delta, 0.0, math.log2(packing.size))
    assert fano == pytest.approx(0.046875) and np.mean(gaps) == pytest.approx(0.25)
    assert abs(min(gaps)) < 1e-15 < fano < np.mean(gaps)
