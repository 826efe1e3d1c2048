"""Claims of the chapter on gain and shape that no fixed-length quantizer can evade, and what a bias does to a run."""

import math

import numpy as np
import pytest

from dqlab.experiments import mayekar as experiments
from dqlab.quantizers import AGUQ, RATQ, GainShape, UniformGain, nbits
from dqlab.streams import stream
from dqlab.theory import mayekar as theory


def moments_between(outputs, g):
    """E Q^2 for a gain `g` that goes to one of its two neighbours among `outputs`, with the right mean."""
    above = np.clip(np.searchsorted(outputs, g), 1, outputs.size - 1)
    x, y = outputs[above - 1], outputs[above]
    return (x + y) * g - x * y


def test_least_bias_is_what_shortening_has():
    """sup over gains g with probability 1 / g^2 of (g - M)^+, at g = 2M; decoding to 0 has four times as much."""
    g = np.geomspace(0.01, 1e4, 400_001)
    chance = np.minimum(1, g**-2.0)
    for top in (0.5, 1.0, 3.0, 40.0):
        assert (chance * np.maximum(g - top, 0)).max() == pytest.approx(theory.least_bias(1.0, top), rel=1e-6)
    for top in (1.0, 3.0, 40.0):
        lost = (chance * np.where(g > top, g, 0)).max()
        assert 0.999 * theory.gain_bias(1.0, top) < lost <= theory.gain_bias(1.0, top)
        assert theory.gain_bias(1.0, top) == 4 * theory.least_bias(1.0, top)


def test_no_quantizer_with_short_outputs_has_less_bias():
    """Whatever the means of its outputs at 0 and at two opposite vectors of length 2M: 1000 random choices in three dimensions."""
    rng = stream(0, "means")
    for _ in range(1000):
        top = 0.5 + 10 * rng.random()
        means = rng.standard_normal((3, 3))
        means *= top * rng.random((3, 1)) ** 0.2 / np.linalg.norm(means, axis=1, keepdims=True)
        u = rng.standard_normal(3)
        u /= np.linalg.norm(u)
        chance = 1 / (4 * top**2)
        biases = [
            np.linalg.norm(chance * (m - side * 2 * top * u) + (1 - chance) * means[0])
            for side, m in ((1, means[1]), (-1, means[2]))
        ]
        assert max(biases) >= theory.least_bias(1.0, top) * (1 - 1e-12)


def test_precision_has_to_grow_with_the_number_of_queries():
    """Every quantizer of gains that we have obeys the bound, and has the outputs that its proof finds."""
    for T in (4, 100, 10**4, 10**6, 10**10):
        for gain in (AGUQ.for_queries(1.0, T), AGUQ.for_queries(1.0, T, levels=3), UniformGain.for_queries(1.0, T)):
            if isinstance(gain, AGUQ):
                factor = theory.gain_second_moment(1.0, gain.levels)
                ends = 2 ** (np.arange(gain.ranges) / 2)
            else:
                factor, ends = theory.uniform_gain_second_moment(1.0, gain.top, gain.levels), np.array([gain.top])
            assert nbits(gain) >= theory.precision_needed(T, factor)
            grids = [np.linspace(0, end, gain.levels) for end in ends]
            outputs = np.unique(np.concatenate(grids).round(9))
            assert outputs.size >= theory.gain_points_needed(T, factor)
            g = np.geomspace(1, max(1.0, math.sqrt(T) / 2), 50)
            found = np.searchsorted(outputs, 4 * factor * g, side="right") - np.searchsorted(
                outputs, g / 4, side="right"
            )
            assert (found > 0).all()
    bits = [theory.precision_needed(10 ** (2**e), factor=2.0) for e in range(1, 9)]
    assert all(later >= first for first, later in zip(bits, bits[1:], strict=False))
    assert bits[-1] - bits[-2] == pytest.approx(1, abs=0.1)  # squaring T asks for one bit more: log log T


def test_outputs_of_an_unbiased_gain_grow_geometrically_at_most():
    """Ratio (sqrt(C) + sqrt(C - 1))^2: with it E Q^2 = C g^2 at worst, with more it is above; so the count is right to two points."""
    for factor in (1.02, 1.125, 1.5, 3.0):
        ratio = (math.sqrt(factor) + math.sqrt(factor - 1)) ** 2
        for stretched in (1.0, 1.01):
            outputs = np.concatenate([[0.0], (ratio * stretched) ** np.arange(12.0)])
            g = np.geomspace(1, outputs[-1], 200_001)
            worst = (moments_between(outputs, g) / g**2).max()
            assert worst == pytest.approx(factor, rel=1e-6) if stretched == 1 else worst > factor
        T = 10**6
        count = 2 + math.ceil(math.log(math.sqrt(T) / 4) / math.log(ratio))  # 0, and B ratio^i up to B sqrt(T) / 4
        assert 0 <= count - theory.gain_points_needed(T, factor) <= 1


def test_sixteen_outputs_reach_a_hundred():
    """0, B, 2B, ..., 128 B: E Q^2 <= (9/8 + 2/9) B^2, from E[Q^2 | g] <= 9/8 g^2 + 2/9 B^2; 4 bits where AGUQ has 7."""
    outputs = np.concatenate([[0.0], 2.0 ** np.arange(8)])
    g = np.concatenate([np.linspace(0, 1, 10_001), np.geomspace(1, 128, 100_001)])
    assert (moments_between(outputs, g) <= 9 / 8 * g**2 + 2 / 9 + 1e-12).all()
    assert outputs.size + 1 <= 2**4 and outputs[-1] >= 100 and nbits(AGUQ.for_queries(1.0, 10**4)) == 7


def test_a_bias_leaves_a_floor_only_where_rare_answers_disagree():
    """Ranges that end at 4 B lose answers of 7 B: to the wrong side if they are opposed to the others, without harm if not."""
    T, short = 8192, GainShape(AGUQ.for_queries(1.0, 16), RATQ(1.0, 16))
    gaps, limits, lost = {}, {}, {}
    for opposed in (True, False):
        oracle = experiments.rare_rows(16, rarity=101, opposed=opposed)
        gradients = {"short": short, "built for T": GainShape(AGUQ.for_queries(1.0, T), RATQ(1.0, 16))}
        swept = experiments.errors(oracle, gradients, steps=[T], trials=4, seed=1, progress=False)
        gaps[opposed] = swept.frame.groupby("name").gap.mean()
        lost[opposed] = swept.frame.groupby("name").outside.mean()  # a run counts the gains that overflow
        limits[opposed] = 2 * oracle.domain.radius * (math.sqrt(2 * 1.021 / T) + math.sqrt(101 / 2) / 101)
    assert 0.06 < gaps[True]["short"] <= limits[True] and gaps[True]["built for T"] < 0.02
    assert gaps[False]["short"] < 0.02 and gaps[False]["built for T"] < 0.02
    assert abs(lost[True]["short"] * 101 / T - 1) < 0.5 and lost[True]["built for T"] == 0
