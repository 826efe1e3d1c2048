"""Gains, gain and shape, and the scaled sign: moments and bias within their bounds, overflow counted, zero kept.

Statistical tests share the family of test_split_lq.py: all of them together fail a right quantizer with probability 1e-6 at most.
"""

import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dqlab import quantizers as dqq
from dqlab.bits import DecodeError, Message, int_to_message
from dqlab.streams import stream

from .test_split_lq import bernstein, outputs, shapes

D, N = 16, 3000


def expected(q, value):
    """E Q(g) of a gain, from its definition: g itself up to the last range, 0 past it."""
    return value if value <= q.top else 0.0


@pytest.mark.parametrize(
    "q", [dqq.AGUQ(0.7, 9, 7), dqq.AGUQ(0.7, 4, 4, ratio=4.0), dqq.AGUQ(1.5, 1, 2), dqq.UniformGain(1.0, 10.0, 12)]
)
@pytest.mark.parametrize("value", [0.0, 1e-9, 0.3, 0.7, 1.1, 5.6, 9.9, 14.0])
def test_gains_are_unbiased_up_to_their_top(q, value):
    values = outputs(q, np.array([value]), N, "gain", str(value))[:, 0]
    assert (values >= 0).all() and (values <= q.top * (1 + 1e-12)).all()
    off = values - expected(q, value)
    assert abs(off.mean()) <= bernstein(1.1 * off.var(), q.top / (q.levels - 1), N)
    if value <= q.top:
        assert (np.abs(off) <= dqq.covering_radius(q) * (1 + 1e-12)).all()


@settings(deadline=None)
@given(st.floats(0, 1e6), st.integers(1, 40), st.integers(2, 300), st.floats(1.01, 10), st.integers(0, 10**6))
def test_any_gain_goes_to_a_level_next_to_it(value, ranges, levels, ratio, seed):
    """In the first range that holds it, whatever the parameters; and comes out of its message as it went in."""
    q = dqq.AGUQ(1.3, ranges, levels, ratio)
    ends = [1.3 * ratio ** (j / 2) for j in range(ranges)]
    j, level = dqq.encode(q, [value], rng=stream(seed, "gain")).tolist()
    if value > q.top * (1 + 1e-9):
        assert (j, level) == (0, levels)
    elif value < q.top * (1 - 1e-9):
        assert value <= ends[j] * (1 + 1e-9) and (j == 0 or value > ends[j - 1] * (1 - 1e-9))
        assert abs(level * ends[j] / (levels - 1) - value) <= ends[j] / (levels - 1) * (1 + 1e-9)
    codes = np.array([j, level])
    assert np.array_equal(dqq.unpack(q, dqq.pack(q, codes)), codes)


def test_lengths_of_gains():
    """7 bits at T = 10**4 for both; 9 and 20 at T = 10**12. One range needs no bits."""
    for queries, bits, uniform in [(1, 3, 2), (100, 6, 4), (10**4, 7, 7), (10**12, 9, 20)]:
        q, u = dqq.AGUQ.for_queries(2.0, queries), dqq.UniformGain.for_queries(2.0, queries)
        assert (dqq.nbits(q), dqq.nbits(u)) == (bits, uniform)
        assert q.top >= 2 * math.sqrt(queries) * (1 - 1e-12) and u.top == 2 * math.sqrt(queries)
        assert dqq.send(q, [1.0]).nbits == bits and dqq.send(u, [1.0]).nbits == uniform
    assert dqq.AGUQ.for_queries(1.0, 10**4) == dqq.AGUQ(1.0, 15, 7)
    assert dqq.AGUQ.for_queries(1.0, 10**4, levels=3, ratio=10.0) == dqq.AGUQ(1.0, 5, 3, 10.0)


def test_levels_that_a_range_never_sends():
    """A gain in range 1 is past the range before: with k = 7 and a = 2 only levels 4, 5, 6 come, so 6 of the 7 bits would do."""
    q, rng = dqq.AGUQ(1.0, 15, 7), stream(0, "gains")
    gains = 128 * rng.random(4000) ** 3
    codes = np.array([dqq.encode(q, [g], rng=rng) for g in gains])
    assert set(codes[codes[:, 0] > 0, 1]) == {4, 5, 6} and set(codes[codes[:, 0] == 0, 1]) == set(range(7))
    assert dqq.points(q) == 7 + 14 * 3 + 1 <= 2**6
    whole = dqq.AGUQ(1.0, 3, 7, ratio=4.0)  # the end of a range is a level of the next one: one more is let pass
    assert dqq.encode(whole, [math.nextafter(1.0, 2)]).tolist() == [1, 3]


def test_gains_that_are_none():
    for q in (dqq.AGUQ(1.0, 3, 7), dqq.UniformGain(1.0, 3.0, 7)):
        with pytest.raises(ValueError, match="outside the domain.*go from -2 to -2"):
            dqq.encode(q, [-2.0])
        assert dqq.quantize(q, [-2.0], outside="clip") == 0 and dqq.quantize(q, [1e300]) == 0
        assert dqq.quantize(q, [0.0]) == 0 and dqq.quantize(q, [5e-324]) <= q.top
        assert dqq.quantize(q, np.array([2.0], np.float32)).dtype == np.float32
        with pytest.raises(ValueError, match="u"):
            dqq.encode(q, [1.0, 2.0])
        with pytest.raises(ValueError, match="scale"):
            dqq.encode(dqq.AGUQ(1e300, 3, 7), [1.0], 1e100)
    tiny = dqq.AGUQ(4e-320, 2200, 5)  # the steps of the first ranges are subnormal, and 1 over them is infinite
    assert [dqq.quantize(tiny, [gain])[0] for gain in (0.0, 1e-320, 4e-320)] == pytest.approx([0.0, 1e-320, 4e-320])


def test_messages_of_gains_that_cannot_be():
    q = dqq.AGUQ(1.0, 5, 6)  # 3 bits for 5 ranges, 3 for 6 levels and overflow
    good = {(0, level) for level in range(7)} | {(j, level) for j in range(1, 5) for level in (3, 4, 5)}
    for j in range(8):
        for level in range(8):
            message = int_to_message(j + 8 * level, 6)
            if (j, level) in good:
                assert dqq.unpack(q, message).tolist() == [j, level]
                continue
            with pytest.raises(DecodeError, match="no encoder"):
                dqq.receive(q, message)
            with pytest.raises(ValueError, match="codes"):
                dqq.pack(q, [j, level])
    with pytest.raises(DecodeError):
        dqq.receive(dqq.UniformGain(1.0, 3.0, 5), int_to_message(7, 3))
    assert len(good) == dqq.points(q)


SHAPED = {
    "RATQ": lambda: dqq.GainShape(dqq.AGUQ(1.0, 9, 7), dqq.RATQ(1.0, D)),
    "SimQ+": lambda: dqq.GainShape(dqq.UniformGain(1.0, 30.0, 40), dqq.SimQPlus.for_norm(1.0, D, p=3), order=1.5),
}


@pytest.mark.parametrize("name", SHAPED)
@pytest.mark.parametrize("length", [0.3, 1.0, 7.7])
def test_gain_and_shape_is_unbiased_while_the_gain_does_not_overflow(name, length):
    q = SHAPED[name]()
    gain = outputs(
        q.gain, np.array([length]), 300, name, "levels"
    ).max()  # the upper one of the two levels that come up
    largest = length + gain * (1 + dqq.covering_radius(q.shape))
    for shape, direction in shapes(D).items():
        y = length * direction / np.linalg.norm(direction, q.order)
        off = outputs(q, y, N, name, shape) - y
        values = off @ np.vstack([np.eye(D), y / np.linalg.norm(y)]).T
        assert (np.abs(values) <= largest).all()
        limit = bernstein(1.1 * values.var(axis=0), largest, N)
        assert (np.abs(values.mean(axis=0)) <= limit).all(), shape


def test_gain_and_shape_draw_apart():
    """The moment of the product is the product of the moments; with shared draws it is not."""
    q = SHAPED["RATQ"]()
    y = 1.2 * np.ones(D) / 4
    rng, gains, norms, both = stream(0, "apart"), [], [], []
    for shared in range(N):
        codes = dqq.encode.kernel(q)(q, y, 1.0, rng, shared)
        gain = dqq.decode.kernel(q.gain)(q.gain, codes[:2], 1.0, 0)[0]
        shape = dqq.decode.kernel(q.shape)(q.shape, codes[2:], 1.0, shared)
        gains.append(gain)
        norms.append(shape @ shape)
        both.append((gain * shape) @ (gain * shape))
    gains, norms = np.array(gains) ** 2, np.array(norms)
    assert np.allclose(both, gains * norms)
    covariance = (gains - gains.mean()) * (norms - norms.mean())
    assert gains.std() > 0.01 and norms.std() > 0.01
    assert abs(covariance.mean()) <= bernstein(1.1 * covariance.var(), 4 * np.abs(covariance).max(), N)


def test_overflow_and_zero_are_decoded_to_zero():
    for make in SHAPED.values():
        q = make()
        for y in (np.zeros(D), 1e6 * np.ones(D), 1e308 * np.ones(D)):  # the last one has an infinite norm
            assert dqq.inside(q, y) and dqq.send(q, y).nbits == dqq.nbits(q)
            received = dqq.receive(q, dqq.send(q, y))
            assert not received.any() and np.isfinite(received).all()
            assert dqq.overflows(q, y) == y.any()
        for factor in (0.99, 1.01):  # the last gain that does not overflow
            edge = np.eye(D)[0] * factor * dqq.dynamic_range(q.gain)
            assert dqq.overflows(q, edge) == (factor > 1) == (not dqq.quantize(q, edge).any())
            assert dqq.overflows(q, edge, scale=2.0) is False
        assert np.isfinite(dqq.quantize(q, np.full(D, 5e-324))).all()
        with pytest.raises(ValueError, match="u"):
            dqq.send(q, np.full(D, np.inf))


def test_the_message_is_that_of_the_gain_and_that_of_the_shape():
    q = SHAPED["RATQ"]()
    y = 3.0 * shapes(D)["heavy-tailed"] / np.linalg.norm(shapes(D)["heavy-tailed"])
    codes = dqq.encode(q, y)
    message = dqq.pack(q, codes)
    assert message.nbits == 7 + 64 == dqq.nbits(q.gain) + dqq.nbits(q.shape)
    gain = dqq.unpack(q.gain, int_to_message(int(message.words[0]) % 2**7, 7))
    assert np.array_equal(gain, codes[:2]) and dqq.quantize(q.gain, [3.0]) == dqq.decode(q.gain, gain)
    wrong = codes.copy()
    wrong[:2] = 3, 0  # a level that range 3 never sends
    for verb in (dqq.pack, dqq.decode):
        with pytest.raises(ValueError, match="codes"):
            verb(q, wrong)
    with pytest.raises(DecodeError):
        dqq.receive(q, int_to_message(3, message.nbits))
    with pytest.raises(DecodeError, match="bits where"):
        dqq.receive(q, Message(message.words, message.nbits - 1))


def test_a_scale_stretches_gains_alone():
    q, y = SHAPED["RATQ"](), np.ones(D)
    assert np.array_equal(dqq.encode(q, 8 * y, 8.0), dqq.encode(q, y))
    assert not dqq.quantize(q, 8 * y).any() and dqq.quantize(q, 8 * y, 8.0).any()


def test_norms_that_gain_and_shape_may_have():
    gain = dqq.AGUQ(1.0, 3, 7)
    for shape, order in [(dqq.RATQ(1.0, 4), 2), (dqq.SimQ(1.0, 4), 1), (dqq.SplitLq(1.0, 4, 5.0), 5)]:
        assert dqq.GainShape(gain, shape).order == order
    assert dqq.GainShape(gain, dqq.CoordinateUniform(1.0, 3, 4)).order == math.inf
    assert dqq.GainShape(gain, dqq.RATQ(2.0, 4), order=math.inf).order == math.inf  # |y|_2 <= 2 where |y|_inf = 1
    q = SHAPED["SimQ+"]()
    assert pickle.loads(pickle.dumps(q)) == q and "AGUQ" in repr(SHAPED["RATQ"]())


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: dqq.AGUQ(0.0, 3, 7), "bound"),
        (lambda: dqq.AGUQ(1.0, 0, 7), "ranges"),
        (lambda: dqq.AGUQ(1.0, 3, 1), "levels"),
        (lambda: dqq.AGUQ(1.0, 3, 2**30), "levels"),
        (lambda: dqq.AGUQ(1.0, 3, 7, ratio=1.0), "ratio"),
        (lambda: dqq.AGUQ(1.0, 3000, 7), "ranges: the last of 3000"),
        (lambda: dqq.AGUQ.for_queries(1.0, 0), "queries"),
        (lambda: dqq.AGUQ.for_queries(1.0, 10, ratio=0.5), "ratio"),
        (lambda: dqq.UniformGain(1.0, 0.0, 7), "top"),
        (lambda: dqq.UniformGain(-1.0, 1.0, 7), "bound"),
        (lambda: dqq.UniformGain(1.0, 1.0, 1), "levels"),
        (lambda: dqq.UniformGain.for_queries(1.0, 2.5), "queries"),
        (
            lambda: dqq.GainShape(dqq.AGUQ(1.0, 3, 7), dqq.RATQ(1.5, 4)),
            "shape: expected the bound 1,.*bound of RATQ.* is 1.5",
        ),
        (lambda: dqq.GainShape(dqq.AGUQ(1.0, 3, 7), dqq.SimQPlus.for_norm(1.0, 8, 3)), "shape: expected the bound 1"),
        (lambda: dqq.GainShape(dqq.AGUQ(1.0, 3, 7), dqq.SimQ(1.0, 8), order=2), "shape: expected the bound 2.828"),
        (lambda: dqq.GainShape(dqq.AGUQ(1.0, 3, 7), dqq.RATQ(1.0, 4), order=0.5), "order"),
        (lambda: dqq.GainShape(dqq.AGUQ(1.0, 3, 7), dqq.RATQ(1.0, 4), order="2"), "order"),
        (lambda: dqq.GainShape(dqq.RATQ(1.0, 4), dqq.RATQ(1.0, 4)), "gain"),
        (lambda: dqq.GainShape(2.0, dqq.RATQ(1.0, 4)), "gain"),
        (
            lambda: dqq.GainShape(dqq.AGUQ(1.0, 3, 7), dqq.UniformScalar(4, 8)),
            "shape: expected a quantizer whose domain",
        ),
        (lambda: dqq.GainShape(dqq.AGUQ(1.0, 3, 7), "RATQ"), "shape"),
        (lambda: dqq.ScaledSign(0), "dim"),
        (lambda: dqq.second_moment_bound(dqq.ScaledSign(3)), "bound"),
    ],
)
def test_bad_arguments_of_gains_and_signs_are_named(call, word):
    with pytest.raises((ValueError, TypeError), match=word):
        call()


def test_bounds_on_second_moments():
    """What step sizes are made of: exact for the sign, a product for gain and shape."""
    y = shapes(5)["heavy-tailed"]
    q = dqq.quantize(dqq.ScaledSign(5), y)
    for norm, order in [(1, 2), (2, 2), (1, 1), (2, 5)]:
        bound = dqq.second_moment_bound(dqq.ScaledSign(5), np.linalg.norm(y, norm), norm, order)
        assert np.linalg.norm(q, order) ** 2 <= bound * (1 + 1e-6)
    flat = dqq.second_moment_bound(dqq.ScaledSign(4), 1.0, 2, 2)
    assert flat == pytest.approx(1) and dqq.second_moment_bound(dqq.ScaledSign(4), 1.0, 1, 2) == pytest.approx(0.25)
    gain = dqq.AGUQ.for_queries(1.0, 10**4)
    assert dqq.second_moment_bound(gain, 1.0, 2) == pytest.approx(1 + 3 / 144)
    whole, shape = dqq.GainShape(gain, dqq.RATQ(1.0, 64)), dqq.RATQ(1.0, 64)
    product = (1 + 3 / 144) * dqq.second_moment_bound(shape)
    assert dqq.second_moment_bound(whole, 1.0, 2) == pytest.approx(product)
    assert dqq.second_moment_bound(dqq.UniformGain(1.0, 10.0, 11), 2.0, 2) == pytest.approx(4.25)
    split = dqq.SplitLq(1.0, 64, 3.0)
    assert 1 <= dqq.second_moment_bound(split, 1.0, 3.0, 3.0) <= 4
    assert dqq.second_moment_bound(split, 0.1, 3.0, 3.0) < dqq.second_moment_bound(split, 1.0, 3.0, 3.0)


def test_the_scaled_sign_is_a_contraction():
    """|y - Q|^2 = |y|_2^2 - |y|_1^2 / d, within the rounding of a float32; huge, subnormal and flat inputs."""
    for dim in (1, 5, 70):
        q = dqq.ScaledSign(dim)
        for y in shapes(dim).values():
            off = dqq.quantize(q, y) - y
            assert off @ off == pytest.approx(y @ y - np.abs(y).sum() ** 2 / dim, abs=1e-6 * (y @ y))
    q = dqq.ScaledSign(3)
    assert np.allclose(dqq.quantize(q, [3e38, -3e38, 3e38]), [3e38, -3e38, 3e38])
    assert not dqq.quantize(q, [5e-324, -5e-324, 0]).any()
    assert np.allclose(dqq.quantize(q, [1e200, 0, -1e200], 1e200), [2e200 / 3, 2e200 / 3, -2e200 / 3])
    with pytest.raises(ValueError, match="outside the domain"):
        dqq.send(q, [1e39, 1e39, 1e39])  # no float32 is that large: a scale makes room
    assert np.isfinite(dqq.quantize(q, [1e39, 1e39, 1e39], outside="clip")).all()


def test_messages_of_the_scaled_sign_that_cannot_be():
    q = dqq.ScaledSign(3)
    for magnitude in (0x7F800000, 0x7FC00000, 1 << 31, 0xFFFFFFFF):  # infinity, NaN, -0, and a NaN
        with pytest.raises(DecodeError, match="magnitude"):
            dqq.receive(q, int_to_message(magnitude, 35))
        with pytest.raises(ValueError, match="codes"):
            dqq.pack(q, [magnitude, 0, 0, 1])
    with pytest.raises(ValueError, match="codes"):
        dqq.pack(q, [0, 0, 2, 1])
    assert dqq.receive(q, int_to_message(0x3F800000 + (0b110 << 32), 35)).tolist() == [1, -1, -1]
