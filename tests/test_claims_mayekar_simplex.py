"""Claims of Mayekar and Tyagi about SimQ and SimQ+, the upper bound of Theorem 3.1 for p >= 2, and what we add to them.

Laws and lengths are checked by enumeration where that is possible. A statistical test that remains draws from seeded streams and fails a
right implementation with probability below 1e-6.
"""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from dqlab import bits
from dqlab import quantizers as dqq
from dqlab.experiments import mayekar as experiments
from dqlab.streams import stream
from dqlab.theory import mayekar

ORDERS = (2.0, 2.5, 3.0, 4.0, 8.0, math.inf)


def test_algorithms_1_and_2_have_the_law_that_they_say():
    """Chi-square over all 2d + 1 messages; what has no probability never comes."""
    q, y, rng, count = dqq.SimQ(2.0, 6), np.array([0.5, -0.3, 0.0, 0.1, -0.6, 0.2]), stream(0, "law"), 40_000
    kernel = dqq.encode.kernel(q)
    seen = np.bincount([kernel(q, y, 1.0, rng, 0)[0] for _ in range(count)], minlength=13)
    chances = np.zeros(13)
    chances[0] = 1 - np.abs(y).sum() / 2
    for i, value in enumerate(y):
        chances[2 * i + (1 if value > 0 else 2)] = abs(value) / 2
    assert not seen[chances == 0].any()
    expected = count * chances[chances > 0]
    assert ((seen[chances > 0] - expected) ** 2 / expected).sum() < stats.chi2.isf(1e-7, expected.size - 1)
    for code in range(13):
        output = dqq.decode(q, [code])
        assert (output != 0).sum() == (code > 0) and output.sum() == (0 if code == 0 else 2.0 if code % 2 else -2.0)
        assert code == 0 or output[(code - 1) // 2] != 0


@pytest.mark.parametrize("dim", [1, 2, 7, 100])
def test_theorem_4_1_by_enumeration(dim):
    """Mean and second moment over all messages; alpha_0 = B on the whole sphere, and never more."""
    bound = 1.5
    corners = np.vstack(
        [np.zeros(dim), *(dqq.decode(dqq.SimQ(bound, dim), [code])[None] for code in range(1, 2 * dim + 1))]
    )
    for norm in (0.4, 1.0):
        y = stream(dim, "theorem 4.1").standard_t(1.2, dim)
        y *= norm * bound / np.abs(y).sum()
        chances = np.zeros(2 * dim + 1)
        chances[1::2], chances[2::2] = np.maximum(y, 0) / bound, np.maximum(-y, 0) / bound
        chances[0] = 1 - chances.sum()
        second = chances @ (corners**2).sum(axis=1)
        assert chances @ corners == pytest.approx(y)
        assert second == pytest.approx(mayekar.simq_second_moment(bound, norm * bound))
        assert second <= mayekar.simq_alpha0(bound) ** 2 * (1 + 1e-12)
    assert second == pytest.approx(mayekar.simq_alpha0(bound) ** 2)
    assert dqq.nbits(dqq.SimQ(bound, dim)) == mayekar.simq_bits(dim) == (2 * dim).bit_length()


def test_least_messages_at_alpha0_of_theorem_4_1():
    """An unbiased quantizer with alpha_0 = B is exact at every corner, so 2d letters are needed; and they are enough, without 0."""
    for dim in (1, 3, 8):
        corners = np.vstack([np.eye(dim), -np.eye(dim)])
        y = stream(dim, "least").standard_normal(dim)
        y *= 0.7 / np.abs(y).sum()
        chances = np.concatenate([np.maximum(y, 0), np.maximum(-y, 0)])
        chances[[0, dim]] += (1 - np.abs(y).sum()) / 2
        assert chances @ corners == pytest.approx(y) and (chances >= 0).all() and chances.sum() == pytest.approx(1)
        rng = stream(dim, "exact")
        for corner in corners:
            assert all((dqq.quantize(dqq.SimQ(1.0, dim), corner, rng=rng) == corner).all() for _ in range(20))


def test_remark_6_recovery_in_the_l1_norm_takes_d_bits():
    """Volumes: what r bits cover; and the joint code of SimQ+, whose draws reach any l_1 accuracy, pays at least that."""
    for dim in (4, 64, 1000):
        assert mayekar.l1_recovery_bits(dim, 0.5) == dim
        assert mayekar.l1_recovery_bits(dim, 2.0 ** (-mayekar.simq_bits(dim) / dim)) == pytest.approx(
            mayekar.simq_bits(dim)
        )
    for k in (2, 4, 8):  # d = 2: the points z / k really cover the square |y|_1 <= 1 within 1 / k
        z = np.array([p for p in itertools.product(range(-k, k + 1), repeat=2) if sum(map(abs, p)) <= k]) / k
        y = stream(k, "cover").uniform(-1, 1, (4000, 2))
        y = y[np.abs(y).sum(axis=1) <= 1]
        error = np.abs(y[:, None] - z).sum(axis=2).min(axis=1).max()
        assert error <= 1 / k + 1e-12
        assert mayekar.l1_recovery_bits(2, error) <= math.log2(len(z))


def test_remark_6_no_decoder_recovers_the_signs():
    """Exact information and error of every one-bit message about 3 signs; SimQ's best decoder is far above the bound at every d."""
    signs = np.array(list(itertools.product([-1, 1], repeat=3)))
    least = 1.0
    for labels in itertools.product([0, 1], repeat=8):
        labels = np.array(labels)
        error = 1 - sum((labels == m).mean() * (signs[labels == m].mean(axis=0) ** 2).mean() for m in set(labels))
        least = min(least, error)
    assert mayekar.flat_recovery_error(3, 1) <= least <= 1 - 1 / 4  # majority: 1 - 3 (1/2)**2 / 3
    assert mayekar.flat_recovery_error(64, [0, 64, 100]).tolist() == pytest.approx([1.0, 0.0, 0.0], abs=1e-12)
    for dim in (4, 16, 64, 256):
        message = mayekar.simq_bits(dim)
        errors = experiments.recovery_errors(dim, trials=20)
        assert errors == pytest.approx(1 - 1 / dim)
        assert 1 - 2 * math.log(2) * message / dim <= mayekar.flat_recovery_error(dim, message) <= errors[0]


def test_remark_6_a_part_of_B_in_the_euclidean_norm_takes_few_bits():
    """Some mean of k corners lies within B / sqrt(k) of every y: the best of a few draws does already; the bits grow like log d."""
    for k in (25, 100):
        assert mayekar.l2_recovery_repeats(1 / math.sqrt(k)) == k
    for name in experiments.hard_input.__globals__["INPUTS"]:
        y = experiments.hard_input(name, 512, math.inf)
        q, rng = dqq.SimQPlus(1.0, 512, 100), stream(0, "maurey", name)
        assert min(np.linalg.norm(dqq.quantize(q, y, rng=rng) - y) for _ in range(40)) <= 0.1
    lengths = [mayekar.simq_plus_joint_bits(dim, 100) for dim in (2**14, 2**17, 2**20)]
    assert np.diff(lengths).tolist() == [300, 300]  # 100 log2 of 8
    assert mayekar.l2_recovery_bits(2**14, 0.1) == 0.0 < mayekar.l2_recovery_bits(2**14, 0.005)
    for error in (0.3, 0.1, 0.05):  # the volume bound is below the code
        for dim in (2, 16, 256):
            k = mayekar.l2_recovery_repeats(error)
            assert mayekar.l2_recovery_bits(dim, error) <= mayekar.simq_plus_joint_bits(dim, k)


@pytest.mark.parametrize("p", ORDERS)
def test_theorem_4_2_second_moment(p):
    """The exact second moment of hard inputs, at every k, below the theorem and below the sharper bound; the latter attained at both ends."""
    dim = 48
    for repeats in (1, 2, 7, 48, 300):
        sharp = mayekar.simq_plus_sharp_alpha0(1.0, dim, p, repeats)
        assert sharp <= mayekar.simq_plus_alpha0(1.0, dim, p, repeats)
        seen = []
        for name in ("corner", "sparse", "heavy tails", "Gaussian", "flat"):
            y = experiments.hard_input(name, dim, p)
            l1 = np.abs(y).sum()
            assert l1 <= mayekar.l1_bound(1.0, dim, p) * (1 + 1e-12)
            seen.append(mayekar.simq_plus_second_moment(mayekar.l1_bound(1.0, dim, p), repeats, l1, np.linalg.norm(y)))
        assert max(seen) <= sharp**2 * (1 + 1e-12)
        if p in (2.0, math.inf):
            assert max(seen) == pytest.approx(sharp**2)


def test_equation_5_is_one_multinomial_draw():
    """Mean and second moment over all types of k draws, with multinomial probabilities."""
    y, bound, d, k = np.array([0.3, -0.45, 0.05]), 1.1, 3, 5
    types = [n for n in itertools.product(range(k + 1), repeat=d) if sum(n) <= k]
    chances = np.append(np.abs(y), bound - np.abs(y).sum()) / bound
    weights = np.array([stats.multinomial.pmf([*n, k - sum(n)], k, chances) for n in types])
    codes = [[2 * n - (n > 0 and value > 0) for n, value in zip(kind, y, strict=True)] for kind in types]
    outputs = np.array([dqq.decode(dqq.SimQPlus(bound, d, k), code) for code in codes])
    assert len(types) == math.comb(d + k, k) and weights.sum() == pytest.approx(1)
    assert weights @ outputs == pytest.approx(y)
    exact = mayekar.simq_plus_second_moment(bound, k, np.abs(y).sum(), np.linalg.norm(y))
    assert weights @ (outputs**2).sum(axis=1) == pytest.approx(exact)


@pytest.mark.parametrize("dim", [1, 2, 5, 31, 256, 1024])
def test_theorem_4_2_and_theorem_3_1_lengths(dim):
    """Both codes within Theorem 4.2 for every k; with k rounded down within Theorem 3.1, at alpha_0 <= sqrt(3) B and so within 4 B."""
    for repeats in {1, 2, 3, max(1, dim // 15), dim, 2 * dim + 1}:
        by_type = mayekar.simq_plus_type_bits(dim, repeats)
        assert mayekar.simq_plus_joint_bits(dim, repeats) <= by_type <= mayekar.simq_plus_bits_bound(dim, repeats)
        assert mayekar.simq_plus_joint_bits(dim, repeats) <= math.ceil(mayekar.simq_plus_joint_bits_bound(dim, repeats))
    for p in ORDERS:
        q = dqq.SimQPlus.for_norm(1.0, dim, p)
        assert dqq.nbits(q) <= dqq.nbits(q._replace(joint=False)) <= mayekar.precision_upper_bound(dim, p)
        assert mayekar.simq_plus_alpha0(1.0, dim, p, q.repeats) <= math.sqrt(3) * (1 + 1e-12)


def test_joint_code_and_its_rate():
    """Delannoy numbers by recurrence and by counting; the rate bounds every length and is approached; d and k change places."""
    for d, k in itertools.product(range(1, 9), repeat=2):
        count = bits.delannoy(d, k)
        assert (
            count
            == bits.delannoy(d - 1, k) + bits.delannoy(d, k - 1) + bits.delannoy(d - 1, k - 1)
            == bits.delannoy(k, d)
        )
        assert math.log2(count) <= mayekar.simq_plus_joint_bits_bound(d, k)
    assert mayekar.simq_plus_joint_rate(1.0) == pytest.approx(math.log2(3 + 2 * math.sqrt(2)))
    for ratio in (1 / 15, 0.5, 3.0):
        assert mayekar.simq_plus_joint_rate(1 / ratio) == pytest.approx(mayekar.simq_plus_joint_rate(ratio) / ratio)
        d = 3000
        assert math.log2(bits.delannoy(d, int(ratio * d))) / d == pytest.approx(
            mayekar.simq_plus_joint_rate(ratio), rel=5e-3
        )
    cost = [(1 + 1 / ratio) * mayekar.simq_plus_joint_rate(ratio) for ratio in np.geomspace(0.01, 100, 201)]
    assert np.argmin(cost) == 100 and cost[100] == pytest.approx(2 * math.log2(3 + 2 * math.sqrt(2)))


def test_entropy_of_the_output_and_a_code_of_variable_length():
    """The entropy by enumeration; the two-part code is decodable (Kraft), and its mean lies between the entropy and a few bits more than fixed."""
    y, k = np.array([0.4, 0.1, 0.3]), 4
    law = stats.multinomial(k, [*y, 1 - y.sum()])
    total, support = 0.0, 0.0
    for n in itertools.product(range(k + 1), repeat=3):
        if sum(n) <= k and (chance := law.pmf([*n, k - sum(n)])) > 0:
            total, support = total - chance * math.log2(chance), support + chance * np.count_nonzero(n)
    assert mayekar.simq_plus_support(y, k) == pytest.approx(support)
    assert mayekar.simq_plus_entropy(y, k) == pytest.approx(total + support)
    kraft = sum(
        2.0 ** -mayekar.simq_plus_two_part_bits(3, 4, np.count_nonzero(z), sum(map(abs, z)))
        for z in itertools.product(range(-4, 5), repeat=3)
        if sum(map(abs, z)) <= 4
    )
    assert kraft <= 1
    rows = (
        experiments.message_lengths(dim=64, trials=20, seed=1, progress=False)
        .frame.groupby("input")
        .mean(numeric_only=True)
    )
    assert (rows.entropy <= rows.two_part).all() and (rows.two_part <= rows.joint + 2 * 7).all()
    assert rows.two_part["corner"] < rows.joint["corner"] / 5
    assert rows.entropy["flat"] > 0.97 * rows.joint["flat"]  # nothing to gain in the worst case


def test_remark_7_order_d_bits_at_p_2():
    """Between 2.3 and 3 bits a dimension, whatever the dimension; a list of the same draws takes log d times as much."""
    for dim in (16, 256, 4096):
        q = dqq.SimQPlus.for_norm(1.0, dim, 2)
        assert q.repeats == dim and 2.3 < dqq.nbits(q) / dim < dqq.nbits(q._replace(joint=False)) / dim < 3
        assert dim * mayekar.simq_bits(dim) / dqq.nbits(q) > math.log2(dim) / 2.55
