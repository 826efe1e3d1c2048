"""Unbounded noise: what Section 7 of Mayekar and Tyagi says of gain and shape, with the statements on AGUQ that it leaves to its sources.

Moments of gains are sums over a law: given the gain, mean and variance of the output are exact. That they are is tested first,
by draws, in the family of test_split_lq.py.
"""

import math

import numpy as np
import pytest
from scipy import stats

from dqlab import quantizers as dqq
from dqlab.theory import mayekar

from .test_split_lq import bernstein, outputs, shapes

T, N, D = 10**4, 4000, 16


def laws(top):
    """Gains with E G^2 = 1 as (values, probabilities): half-normal, a Pareto tail of index 2.05, and rare large ones."""
    parts = (np.arange(200_000) + 0.5) / 200_000
    even = np.full(parts.size, 1 / parts.size)
    pareto = stats.pareto(2.05).ppf(parts) * math.sqrt(0.05 / 2.05)
    tail = np.geomspace(pareto[-1], 1e12, 2000)  # what the last of the parts hides, added where it matters most
    weight = -np.diff(np.append((tail / math.sqrt(0.05 / 2.05)) ** -2.05, 0.0))
    return {
        "half-normal": (stats.halfnorm.ppf(parts), even),
        "Pareto 2.05": (np.append(pareto[:-1], tail), np.append(even[:-1], weight)),
        "rare, held": (np.array([0.0, top]), np.array([1 - top**-2, top**-2])),
        "rare, past the last range": (np.array([0.0, 1.001 * top]), np.array([1 - top**-2, (1.001 * top) ** -2])),
        "just past a range": (np.array([1.0001]), np.array([1.0])),
    }


def moments_given(q, gains):
    """Mean and variance of the output for each gain: 0 past the top, else between two levels of the first range that holds it."""
    ends = np.array([q.top]) if isinstance(q, dqq.UniformGain) else q.bound * q.ratio ** (np.arange(q.ranges) / 2)
    step = ends[np.minimum(np.searchsorted(ends, gains), ends.size - 1)] / (q.levels - 1)
    part = gains / step % 1.0
    held = gains <= q.top
    return np.where(held, gains, 0.0), np.where(held, part * (1 - part) * step**2, 0.0)


def of_law(q, values, weights):
    """E Q^2, and the bias E[G] - E[Q]."""
    mean, variance = moments_given(q, values)
    return weights @ (mean**2 + variance), weights @ (values - mean)


QUANTIZERS = {
    "T=10^4": dqq.AGUQ.for_queries(1.0, T),
    "a=4": dqq.AGUQ.for_queries(1.0, T, levels=4, ratio=4.0),
    "uniform": dqq.UniformGain.for_queries(1.0, T),
}


@pytest.mark.parametrize("name", QUANTIZERS)
def test_moments_of_a_gain_given(name):
    """What `of_law` sums, measured."""
    q = QUANTIZERS[name]
    for value in (0.21, 0.9, 1.7, 60.0, 99.9, 300.0):
        mean, variance = (float(m) for m in moments_given(q, np.array(value)))
        values = outputs(q, np.array([value]), N, "given", str(value))[:, 0]
        step = q.top / (q.levels - 1)
        assert abs(values.mean() - mean) <= bernstein(variance, step, N)
        assert abs(((values - mean) ** 2).mean() - variance) <= bernstein(step**4 / 4, step**2, N)


def test_section_7_aguq_moment_and_bias():
    """E Q_g^2 <= B^2 (1 + (1 + a) / (4 (k - 1)^2)) and bias <= E[G; G > M] <= B^2 / M <= B / sqrt(T), in 7 bits at T = 10^4."""
    for q in (QUANTIZERS["T=10^4"], QUANTIZERS["a=4"], dqq.AGUQ(1.0, 3, 2)):
        moment_bound = mayekar.gain_second_moment(1.0, q.levels, q.ratio)
        bias_bound = mayekar.gain_bias(1.0, mayekar.gain_top(1.0, q.ranges, q.ratio))
        assert q.top == pytest.approx(mayekar.gain_top(1.0, q.ranges, q.ratio))
        assert dqq.nbits(q) == mayekar.gain_bits(q.ranges, q.levels)
        worst = 0.0
        for values, weights in laws(q.top).values():
            assert weights @ values**2 <= 1 + 1e-3  # the tail of Pareto 2.05 past 1e12 is what is missing
            moment, bias = of_law(q, values, weights)
            assert moment <= moment_bound * (1 + 1e-3) and -1e-12 <= bias <= bias_bound * (1 + 1e-6)
            worst = max(worst, bias / bias_bound)
        assert worst > 0.99  # a rare gain just past the last range has the bias of the bound
    q = QUANTIZERS["T=10^4"]
    assert (dqq.nbits(q), q.ranges, mayekar.gain_ranges(T)) == (7, 15, 15)
    assert mayekar.gain_second_moment(1.0, 7) == pytest.approx(1.0208, abs=1e-4) and 1 / q.top <= 1 / math.sqrt(T)


def test_section_7_uniform_gain():
    """The baseline: E Q^2 <= B^2 + M^2 / (4 (k - 1)^2), so M = B sqrt(T) asks for half of log T bits, and AGUQ for log log T."""
    q = QUANTIZERS["uniform"]
    bound = mayekar.uniform_gain_second_moment(1.0, q.top, q.levels)
    for values, weights in laws(q.top).values():
        moment, bias = of_law(q, values, weights)
        assert moment <= bound * (1 + 1e-3) and -1e-12 <= bias <= mayekar.gain_bias(1.0, q.top) * (1 + 1e-6)
    assert bound <= 1.25 and dqq.nbits(q) == mayekar.uniform_gain_bits(T) == 7
    few = dqq.UniformGain(1.0, q.top, 7)  # as few levels as AGUQ: a typical gain is rounded to 0 or to 16.7
    assert of_law(few, *laws(q.top)["half-normal"])[0] > 10
    bits = [
        (mayekar.uniform_gain_bits(10**e), mayekar.gain_bits(mayekar.gain_ranges(10**e), 7)) for e in (2, 4, 8, 12, 16)
    ]
    assert bits == [(4, 6), (7, 7), (14, 8), (20, 9), (27, 9)]


def test_section_7_shapes_have_norm_1():
    """|y|_q = g gives the gain quantizer g and the shape quantizer a vector on the sphere of its ball, for every p."""
    gain = dqq.AGUQ(1.0, 9, 7)
    for shape, order in [
        (dqq.RATQ(1.0, D), 2.0),
        (dqq.SimQ(1.0, D), 1.0),
        (dqq.SimQPlus.for_norm(1.0, D, p=3), 1.5),
        (dqq.SplitLq.for_norm(1.0, D, p=1.5), 3.0),
        (dqq.SplitLq.for_norm(1.0, D, p=1), math.inf),
    ]:
        q = dqq.GainShape(gain, shape, order)
        norm, bound = dqq.domain(shape)
        for y in shapes(D).values():
            unit = y / np.linalg.norm(y, order)
            assert np.linalg.norm(unit, norm) <= bound * (1 + 1e-12) and dqq.inside(shape, unit * (1 - 1e-12))
            assert q.order == pytest.approx(order) and dqq.inside(q, 1e9 * y)
        assert dqq.nbits(q) == dqq.nbits(gain) + dqq.nbits(shape)


def test_section_7_gain_and_shape():
    """alpha(Q) <= sqrt(E Q_g^2) alpha_0(Q_s) and beta(Q) <= B a^(-(h-1)/2), measured for a vector with a rare large gain."""
    q = dqq.GainShape(dqq.AGUQ.for_queries(1.0, 16, levels=4), dqq.RATQ(1.0, D))
    alpha = mayekar.gain_shape_alpha(
        mayekar.gain_second_moment(1.0, 4), math.sqrt(1 + (8.184 + 2 * math.log(q.shape.block)) / 36)
    )
    assert math.sqrt(dqq.second_moment_bound(q, 1.0, 2)) == pytest.approx(alpha, rel=1e-3)
    direction = shapes(D)["flat"] / 4
    gains, weights = np.array([0.5, 0.9, 2.0, 4.1]), np.array([0.6, 0.25, 0.1, 0.01])  # 0 else; the last one overflows
    assert weights @ gains**2 <= 1 and q.gain.top == 4
    second, allowance, mean = 0.0, 0.0, np.zeros(D)
    for gain, weight in zip(gains, weights, strict=True):
        sent = outputs(q, gain * direction, N, "gain and shape", str(gain))
        squared = (sent**2).sum(axis=1)
        second += weight * squared.mean()
        allowance += weight * bernstein(1.1 * squared.var(), squared.max(), N)
        mean += weight * sent.mean(axis=0)
    assert second <= alpha**2 + allowance
    bias = np.linalg.norm(mean - weights @ gains * direction)
    assert bias == pytest.approx(0.01 * 4.1, abs=0.02) and bias <= mayekar.gain_bias(1.0, q.gain.top)
    assert mayekar.gain_shape_error(T, 1.0, alpha, 1 / math.sqrt(T)) == pytest.approx((alpha + 1) / 100)
