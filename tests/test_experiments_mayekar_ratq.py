"""Quantizers measured over inputs against their exact moments, the lemma step by step, and Remark 8 at precisions below d.

Means of N draws are held against exact values at 5 standard errors: about 40 comparisons, wrong once in 40,000 runs of a right library.
"""

import math

import numpy as np
import pytest

from dqlab import quantizers as dqq
from dqlab.experiments import mayekar
from dqlab.theory import mayekar as theory

D = 256


@pytest.fixture(scope="module")
def vectors():
    return mayekar.unit_vectors(D)


def measured(sweep, value, **where):
    """Mean and standard error of the batches of one cell."""
    frame = sweep.frame
    for name, wanted in where.items():
        frame = frame[frame[name] == wanted]
    x = frame[value].to_numpy()
    assert x.size > 3
    return x.mean(), x.std(ddof=1) / math.sqrt(x.size) + 1e-12


def test_unit_vectors_are_what_their_names_say(vectors):
    assert all(y.shape == (D,) and np.linalg.norm(y) == pytest.approx(1) for y in vectors.values())
    assert [np.count_nonzero(vectors[name]) for name in ("e1", "pair", "sparse", "flat")] == [1, 2, 16, D]
    assert np.linalg.norm(vectors["heavy tails"], 4) > 1.5 * np.linalg.norm(vectors["Gaussian"], 4)
    assert np.array_equal(mayekar.unit_vectors(D)["sparse"], vectors["sparse"])
    with pytest.raises(ValueError, match="dim"):
        mayekar.unit_vectors(15)


def test_moments_are_those_of_the_formulas(vectors):
    """CUQ: step |y|_1 - |y|_2^2 below a step of 0; SimQ+: (B_1 |y|_1 - |y|_2^2) / k; RATQ on e1: d step^2 f (1 - f)."""
    schemes = {
        "CUQ": dqq.CoordinateUniform(1.0, 3, D),
        "SimQ+": mayekar.simq_plus_within(200, D),
        "RATQ": dqq.RATQ(1.0, D),
    }
    result = mayekar.quantizer_moments(schemes, vectors, draws=500, seed=1, progress=False)
    assert not result.failures and len(result.frame) == 20 * len(vectors) * len(schemes)
    step = 2 * math.sqrt(3 + 2 * math.log(2)) / 6
    expected = {("RATQ", "e1"): step**2 * (1 / step % 1) * (1 - 1 / step % 1)}
    for name, y in vectors.items():
        l1 = np.abs(y).sum()
        expected["CUQ", name] = l1 - 1
        expected["SimQ+", name] = theory.simq_plus_error(math.sqrt(D), schemes["SimQ+"].repeats, l1, 1.0)
    for (name, label), error in expected.items():
        mean, deviation = measured(result, "error", quantizer=name, input=label)
        assert abs(mean - error) <= 5 * deviation, (name, label)
    for name in schemes:
        for label in vectors:
            along, deviation = measured(result, "along", quantizer=name, input=label)
            assert abs(along - 1) <= 5 * deviation, (name, label)
            frame = result.frame[(result.frame.quantizer == name) & (result.frame.input == label)]
            assert np.allclose(frame.second, frame.error + 2 * frame.along - 1)
            assert (frame.bits == dqq.nbits(schemes[name])).all()


@pytest.mark.parametrize(("bits", "dim"), [(12, 1024), (200, 256), (1024, 256), (9, 3)])
def test_as_many_repetitions_as_fit(bits, dim):
    q = mayekar.simq_plus_within(bits, dim, bound=2.0)
    more = dqq.SimQPlus(q.bound, dim, q.repeats + 1)
    assert dqq.nbits(q) <= bits < dqq.nbits(more) and q.bound == pytest.approx(2 * math.sqrt(dim))


def test_too_few_bits_for_one_repetition():
    with pytest.raises(ValueError, match="bits: expected at least the 12"):
        mayekar.simq_plus_within(11, 1024)


def test_ranges_are_drawn_less_often_than_the_lemma_allows(vectors):
    q = dqq.RATQ(2.0, D)
    for name, y in vectors.items():
        frame = mayekar.drawn_ranges(q, 2 * y, draws=100, seed=2)
        assert frame.share.sum() == pytest.approx(1) and frame.beyond[0] == pytest.approx(1)
        assert (frame.beyond <= frame.allowed * 1.05 + 1e-4).all(), name
        assert np.allclose(frame.beyond - frame.share, np.append(frame.beyond[1:], 0))
    first = mayekar.drawn_ranges(q, 2 * vectors["e1"], draws=5)
    assert first.share.tolist() == [1, 0, 0, 0]
    assert first.squared.iloc[:2].tolist() == pytest.approx([3 + 2 * math.log(2), 3 * math.e + 2 * math.log(2)])
    with pytest.raises(TypeError, match="RATQ"):
        mayekar.drawn_ranges(dqq.CoordinateUniform(1.0, 3, 4), np.zeros(4))


@pytest.fixture(scope="module")
def at_few_bits(vectors):
    inputs = {name: vectors[name] for name in ("e1", "flat")}
    return mayekar.fixed_precision(D, [20, 80, 240], inputs, draws=500, seed=3, progress=False)


def test_remark_8_fixed_precision(at_few_bits):
    """RATQ within a constant of the lower bound's sqrt(d / r), for every input and r; SimQ+ worse on flat inputs, by a root of a log."""
    frame = at_few_bits.frame
    assert (frame.bits <= frame.budget).all()
    for r in (20, 80, 240):
        kept = r // 5
        second = {}
        for label in ("e1", "flat"):
            second[label], deviation = measured(at_few_bits, "second", quantizer="RATQ", input=label, budget=r)
            along, wide = measured(at_few_bits, "along", quantizer="RATQ", input=label, budget=r)
            assert abs(along - 1) <= 5 * wide
            assert D / kept - 5 * deviation <= second[label] <= D / kept * (1 + 8.184 / 36) + 5 * deviation
        simq_plus = mayekar.simq_plus_within(r, D)
        for label, l1 in (("e1", 1.0), ("flat", 16.0)):
            mean, deviation = measured(at_few_bits, "second", quantizer="SimQ+", input=label, budget=r)
            assert abs(mean - theory.simq_plus_second_moment(16.0, simq_plus.repeats, l1, 1.0)) <= 5 * deviation
            if label == "flat":
                assert 1 < mean / second[label] < 2.5  # worse, by about log2(2 e d / k) / 5.5
            else:
                assert mean < second[label] / 3  # and better where |y|_1 is small


def test_remark_8_at_the_dimension_of_its_note():
    """d = 1024 and 32 bits: 3 repetitions against 6 coordinates, an error 1.4 times as large for flat vectors at worst."""
    k, sent = mayekar.simq_plus_within(32, 1024).repeats, theory.sampled_coordinates(1024, 32)
    assert (k, sent) == (3, 6)
    ratio = theory.simq_plus_second_moment(32.0, k, 32.0, 1.0) / (1024 / sent)
    assert math.sqrt(ratio) == pytest.approx(1.416, abs=1e-3)
    assert math.sqrt(math.log2(2 * math.e * 1024 / k) / 5.5) == pytest.approx(1.405, abs=1e-3)


def test_larger_blocks_are_better_at_the_same_bits(vectors):
    """s = 16 and k = 15 take an eighth of a bit a coordinate more than s = 2 and k = 7, for less than half the error on any input."""
    schemes = {"paper": dqq.RATQ(1.0, D), "larger": dqq.RATQ(1.0, D, levels=15, block=16)}
    result = mayekar.quantizer_moments(schemes, vectors, draws=200, seed=4, progress=False)
    mean = result.frame.groupby(["quantizer", "input"]).error.mean()
    assert dqq.nbits(schemes["paper"]) == 4 * D and dqq.nbits(schemes["larger"]) == 4.125 * D
    assert mean["larger"].max() < mean["paper"].drop("pair").min() / 2
    assert (
        mean["paper"].max() < (8.184 + 2 * math.log(2)) / 36 and mean["larger"].max() < (8.184 + 2 * math.log(16)) / 196
    )
