"""What Mayekar and Tyagi take from RATQ, and what Remark 8 needs of it, held against the bounds in `theory`.

Means of draws are held against bounds by Bernstein's inequality: family-wise error rate 1e-6 with all tests of unbiased quantizers.
"""

import math

import numpy as np
import pytest

from dqlab import algorithms, problems
from dqlab import quantizers as dqq
from dqlab.streams import stream
from dqlab.theory import mayekar

from .unbiased import N, bernstein, draws, shapes


def test_length_of_ratq():
    """What messages have and what theory says, without a message: 4d bits for powers of two from 4 to 2**23."""
    for power in range(25):
        d = 1 << power
        q = dqq.RATQ(1.0, d)
        assert dqq.nbits(q) == mayekar.ratq_bits(d) <= mayekar.ratq_bits_bound(d)
        assert (dqq.nbits(q) == 4 * d) == (2 <= power <= 23)
        assert (q.block, math.log2(q.ranges)) == (mayekar.ratq_block(d), mayekar.ratq_range_bits(d))
        assert math.log2(q.levels + 1) == mayekar.ratq_level_bits(q.block) == 3
    assert [mayekar.ratq_bits(d) for d in (1, 2, 3, 5, 70, 1 << 24)] == [3, 6, 16, 32, 512, 67108866]
    for d, levels, block in [(9, 5, 3), (100, 15, 16), (64, 300, 64)]:
        assert dqq.nbits(dqq.RATQ(1.0, d, levels, block)) == mayekar.ratq_bits(d, levels, block)


def test_four_ranges_and_blocks():
    """Only (log2 h, s) = (0, 1), (1, 1), (2, 2), (3, 3) occur, and no range is past B."""
    kinds = {(mayekar.ratq_range_bits(1 << p), mayekar.ratq_block(1 << p)) for p in range(1, 1000)}
    assert kinds == {(0, 1), (1, 1), (2, 2), (3, 3)}
    for d in (1, 4, 8, 9, 1000, 1 << 22, 1 << 25):
        ends = mayekar.ratq_ranges(2.0, d, mayekar.ratq_block(d))
        assert ends[-1] == 2.0 and (np.diff(ends) > 0).all()
        assert len(ends) <= 1 << mayekar.ratq_range_bits(d)


def test_the_lemma_step_by_step():
    """A range past the first is needed no more often than 2 exp(-3 e*(j-1) / 2); the sum over the ranges; the sharper constant."""
    d, block = 1024, 2
    ends = mayekar.ratq_ranges(1.0, d, block)
    for u in (np.eye(d)[3], np.ones(d) / math.sqrt(d)):
        rotated = np.array([dqq.rotate(u, key) for key in range(100)])
        peaks = np.abs(rotated).reshape(-1, block).max(axis=1)
        for end, tower in zip(ends[:-1], (1.0, math.e, math.exp(math.e))):
            assert (peaks > end * (1 + 1e-9)).mean() <= 2 * math.exp(-1.5 * tower)
    assert mayekar.ratq_error(1.0, 2, sharp=True) == pytest.approx(8.1834, abs=1e-3)
    for s in (1, 2, 3, 16):
        assert mayekar.ratq_error(1.0, 2, s, sharp=True) < mayekar.ratq_error(1.0, 2, s) == 9 + 3 * math.log(s)


@pytest.mark.parametrize("recipe", [(64,), (16, 3), (11,)])
def test_alpha_0_of_ratq(recipe):
    """Inputs on the sphere: E|Q|**2 within the bounds, which are at most 2 B**2, and no less than B**2."""
    q = dqq.RATQ(1.5, *recipe)
    for name, shape in shapes().items():
        y = np.resize(shape, q.dim)
        y *= 1.5 / np.linalg.norm(y) * (1 - 1e-12)
        squared = (draws(q, y, N // 4, "alpha", *recipe, name) ** 2).sum(axis=1)
        slack = bernstein(1.1 * squared.var(), squared.max(), N // 4)
        sharp = mayekar.ratq_alpha0(1.5, q.levels, q.block, sharp=True)
        assert 1.5**2 - slack <= squared.mean() <= sharp**2 + slack
        assert sharp**2 == pytest.approx(dqq.second_moment_bound(q))
    assert mayekar.ratq_alpha0(1.5, 7, mayekar.ratq_block(q.dim)) <= math.sqrt(2) * 1.5


def test_cuq_as_the_lemmas_use_it():
    """d ceil(log2(k + 1)) bits, and the error that inputs halfway between levels have."""
    for levels in (2, 3, 7, 8, 100):
        q = dqq.CoordinateUniform(1.5, levels, 12)
        assert dqq.nbits(q) == mayekar.cuq_bits(12, levels)
        y = np.full(12, 1.5 / (levels - 1) if levels % 2 else 0.0)
        off = draws(q, y, 200, "halfway", levels) - y
        assert (off**2).sum(axis=1) == pytest.approx(mayekar.cuq_error(1.5, levels, 12))


@pytest.mark.parametrize("bits", [16, 40, 80])
def test_any_precision(bits):
    """alpha_0 at precision r, and the error of projected subgradients with it, T = 2000."""
    oracle = problems.AbsoluteRegression.from_data(*_data(), p=2, radius=1.0)
    q = dqq.SubsampledRATQ(oracle.bound, oracle.dim, bits)
    assert q.sent == mayekar.sampled_coordinates(oracle.dim, bits)
    alpha = mayekar.subsampled_ratq_alpha0(oracle.bound, oracle.dim, bits)
    assert dqq.second_moment_bound(q) <= alpha**2 <= 2 * oracle.bound**2 * q.size / q.sent
    run = algorithms.psgd(oracle, q, steps=2000, seed=bits)
    diameter = oracle.domain.diameter(2)
    assert 0 <= run.gap <= mayekar.subsampled_ratq_rate(diameter, oracle.bound, oracle.dim, bits, 2000)
    assert run.bits_up[-1] == 2000 * dqq.nbits(q) <= 2000 * bits


def _data():
    rng = stream(0, "any precision")
    A = rng.standard_normal((60, 16))
    return A, A @ (0.2 * rng.standard_normal(16)) + 0.1 * rng.standard_normal(60)


def test_qsgd():
    """Lengths, and its second moment against theory; sqrt(d) / s for flat inputs."""
    for d, s in [(64, 1), (64, 4), (64, 5), (16, 40)]:
        q = dqq.LowPrecision(s, d)
        assert dqq.nbits(q) == mayekar.low_precision_bits(d, s)
        bound = mayekar.low_precision_second_moment(2.0, d, s)
        assert bound == pytest.approx(dqq.second_moment_bound(q, bound=2.0, norm=2))
        squared = (draws(q, np.full(d, 2 / math.sqrt(d)), N // 4, "QSGD", d, s) ** 2).sum(axis=1)
        slack = bernstein(1.1 * squared.var(), squared.max(), N // 4) + 1e-6
        assert squared.mean() <= bound + slack
        assert 2 * s > math.sqrt(d) or squared.mean() >= bound - slack
