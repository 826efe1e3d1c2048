"""SplitLq: unbiased, of few large coordinates, in messages of exactly the stated length.

A mean of N bounded draws is held against its exact value by Bernstein's inequality, a z-test that is right for every N and every
law. All statistical tests of this file and of test_gain_shape.py together fail a right quantizer with probability FAMILY at most.
"""

import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dqlab import quantizers as dqq
from dqlab.bits import DecodeError, Message, int_to_message, message_to_int
from dqlab.streams import stream
from dqlab.theory import mayekar

FAMILY = 1e-6
COMPARISONS = 5000  # how many means they compare, at most
D, N = 48, 3000
QUANTIZERS = {
    "q=3": (1.5, D, 3.0),
    "q=2.1": (1.5, D, 2.1),
    "q=2.1 sharp": (1.5, D, 2.1, True),
    "q=11": (1.5, D, 11.0),
    "q=inf": (1.5, D, math.inf),
}


def bernstein(variance, largest, count):
    """How far the mean of `count` draws may lie from its expectation, if no draw lies further from it than `largest`."""
    log = math.log(2 * COMPARISONS / FAMILY)
    return largest * log / (3 * count) + np.sqrt((largest * log / (3 * count)) ** 2 + 2 * variance * log / count)


def outputs(q, y, count, *name):
    """`count` outputs for one input, each with draws and a shared key of its own, through the kernels alone."""
    rng, kernel = stream(0, "outputs", *name), dqq.quantize.kernel(q)
    return np.array([kernel(q, y, y.dtype.type(1), rng, shared) for shared in range(count)])


def shapes(dim):
    """Directions that are hard to keep without bias."""
    rng = stream(0, "shapes", dim)
    signs = rng.choice([-1.0, 1.0], dim)
    return {
        "e_1": np.eye(dim)[0],
        "flat": signs,
        "sparse": signs * (np.arange(dim) % 11 == 3),
        "two-level": signs * np.where(np.arange(dim) % 7 == 0, 1.0, 0.03),
        "heavy-tailed": rng.standard_t(1.1, dim),
    }


def on_sphere(q, direction, part=1.0):
    """A vector in the given direction, `part` times as long as the ball allows."""
    return part * q.bound * direction / np.linalg.norm(direction, q.q)


def support(q, y):
    """Which coordinates are sent as large."""
    return np.flatnonzero(dqq.encode(q, y)[q.dim : 2 * q.dim]) if q.entries else np.array([], int)


@pytest.mark.parametrize("name", QUANTIZERS)
def test_split_is_unbiased(name):
    """On the sphere, inside the ball, and just at the threshold; coordinate by coordinate and along the input."""
    q = dqq.SplitLq(*QUANTIZERS[name])
    cases = [(shape, on_sphere(q, y, part)) for shape, y in shapes(D).items() for part in (1.0, 0.2)]
    at_c = np.where(np.arange(D) < q.entries, q.small.bound, 0.0)
    for shape, y in [*cases, ("threshold", at_c), ("past the threshold", at_c * (1 + 1e-9))]:
        off = outputs(q, y, N, name, shape) - y
        along = np.vstack([np.eye(D), y / np.linalg.norm(y)]) if y.any() else np.eye(D)
        values = off @ along.T
        assert (np.linalg.norm(off, axis=1) <= dqq.covering_radius(q) * (1 + 1e-9)).all()
        limit = bernstein(1.1 * values.var(axis=0), dqq.covering_radius(q), N)
        assert (np.abs(values.mean(axis=0)) <= limit).all(), shape


def test_few_coordinates_are_large():
    """As many as can be: all but one of d / D_1 coordinates just past c, the bound that (6) puts on them."""
    q = dqq.SplitLq(1.0, 512, 3.0)
    assert q.entries == 127 and 512 / mayekar.delta_1(512, 3.0) == 128
    y = np.zeros(512)
    y[::4] = q.small.bound  # 128 of them: |y|_q = B, and none is past c
    assert support(q, y).size == 0
    for factor in (1 + 1e-15, 1 + 4e-13):  # past c by rounding alone: 128 coordinates that pass for inside the ball
        assert support(q, factor * y).tolist() == list(range(0, 508, 4))
        assert dqq.quantize(q, factor * y)[508] == pytest.approx(q.small.bound)
    y[508] = 0
    y *= (128 / 127) ** (1 / 3)  # 127 of them, on the sphere
    assert np.linalg.norm(y, 3) == pytest.approx(1) and support(q, y).tolist() == list(range(0, 508, 4))
    assert support(q, np.eye(512)[3]).tolist() == [3]


def test_zero_is_kept():
    for recipe in QUANTIZERS.values():
        q = dqq.SplitLq(*recipe)
        for dtype in (np.float32, np.float64):
            received = dqq.receive(q, dqq.send(q, np.zeros(D, dtype)), dtype(1))
            assert received.dtype == dtype and not received.any()


def test_parameters_are_those_of_the_theory():
    """Threshold, number of large coordinates, levels and bound of both parts, and the length, over dimensions and orders."""
    for d in (1, 2, 3, 4, 5, 8, 9, 26, 40, 64, 100, 300, 1024):
        for q in (2, 2.1, 3, 5, 11, 100, math.inf):
            for sharp in (False, True):
                mine = dqq.SplitLq(2.0, d, q, sharp)
                theory = mayekar.split_parameters_sharp(d, q) if sharp else mayekar.split_parameters(d, q)
                assert (mine.entries, mine.small.levels) == (theory.entries, theory.levels)
                assert mine.small.bound == pytest.approx(2 * theory.threshold)
                if mine.entries:
                    large = mine.large
                    assert (large.levels, large.size) == (theory.large_levels, theory.places)
                    assert large.bound == pytest.approx(2 * theory.reach)
                assert dqq.nbits(mine) == mayekar.split_bits(d, q, sharp) == dqq.send(mine, np.zeros(d)).nbits


@pytest.mark.parametrize(
    ("dim", "order", "sharp"), [(1024, 3.0, False), (1024, 3.0, True), (64, 2.1, False), (9, 50.0, True)]
)
def test_the_second_moment_is_bounded_by_what_the_lemmas_give(dim, order, sharp):
    """In the l_q norm B + the errors, in the l_2 norm |y|^2 + the variances; the smaller one, for either norm."""
    q = dqq.SplitLq(2.0, dim, order, sharp)
    parts = mayekar.split_parameters_sharp(dim, order) if sharp else mayekar.split_parameters(dim, order)
    large = mayekar.ratq_error(parts.reach, parts.large_levels, q.large.block, sharp=True) if parts.entries else 0.0
    in_q = (1 + math.sqrt(parts.small_error(dim, order) + large)) ** 2
    in_2 = dim ** (1 - 2 / order) + dim * (parts.threshold / (parts.levels - 1)) ** 2 + large
    assert dqq.second_moment_bound(q) == dqq.second_moment_bound(q, 2.0, order, 2.0)
    assert dqq.second_moment_bound(q, 2.0, order, order) == pytest.approx(4 * min(in_q, in_2))
    assert dqq.second_moment_bound(q, 2.0, order, 2.0) == pytest.approx(4 * min(dim ** (1 - 2 / order) * in_q, in_2))


def test_for_norm_takes_p():
    make = dqq.SplitLq.for_norm
    assert make(1.0, 9, 1.5).q == pytest.approx(3) and make(1.0, 9, 1).q == math.inf and make(1.0, 9, 2).q == 2
    assert make(1.0, 9, 1.5, sharp=True).sharp


def test_a_copy_is_the_same():
    q = dqq.SplitLq(1.0, 24, 2.5, sharp=True)
    assert pickle.loads(pickle.dumps(q)) == q and dqq.inside(q, np.eye(24)[0])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.floats(0, 6), st.floats(0, 1), st.sampled_from(sorted(QUANTIZERS)))
def test_any_vector_of_the_ball_arrives_within_a_step(seed, weight, part, name):
    """From flat to dominated by one coordinate, by the power of the tail."""
    q = dqq.SplitLq(*QUANTIZERS[name])
    rng = stream(seed, "any")
    y = on_sphere(q, rng.choice([-1.0, 1.0], D) * (1 - rng.random(D)) ** -weight, part)
    codes = dqq.encode(q, y, rng=rng, shared=seed)
    message = dqq.pack(q, codes)
    assert message.nbits == dqq.nbits(q) and np.array_equal(dqq.unpack(q, message), codes)
    off = dqq.decode(q, codes, shared=seed) - y
    large = np.abs(y) > q.small.bound
    assert large.sum() <= q.entries and (np.abs(off[~large]) <= 2 * q.small.bound / (q.small.levels - 1) + 1e-12).all()
    if q.entries and not large.all():
        assert np.linalg.norm(off[large]) <= dqq.covering_radius(q.large) * (1 + 1e-9)


def test_outside_the_ball():
    q = dqq.SplitLq(1.0, 24, 3.0)
    u = np.full(24, 2.0)
    with pytest.raises(ValueError, match=r"outside the domain.*l_3 norm is 5.768\d*, the bound is 2\b"):
        dqq.send(q, u, 2.0)
    with pytest.raises(ValueError, match="l_inf norm is 7, the bound is 1"):
        dqq.encode(dqq.SplitLq(1.0, 2, math.inf), [0.0, -7.0])
    sphere = 2.0 * u / np.linalg.norm(u, 3)
    clipped = dqq.encode(q, u, 2.0, outside="clip")
    assert np.array_equal(clipped, dqq.encode(q, sphere, 2.0))
    assert np.array_equal(dqq.encode(q, 1e300 * u, 2.0, outside="clip"), clipped)  # its norm is infinite
    hair = np.eye(24, dtype=np.float32)[0] * np.float32(1 + 2**-22)
    assert dqq.inside(q, hair / hair.max()) and np.isfinite(dqq.quantize(q, hair)).all()


def with_codes(q, codes, part, places, letter):
    """A copy of codes with a letter at some places of a part: small, support or large."""
    codes = codes.copy()
    codes[{"small": 0, "support": q.dim, "large": 2 * q.dim}[part] + np.array(places)] = letter
    return codes


def test_codes_that_no_encoder_sends():
    """Overflow, too many large coordinates, a large one that CUQ was not told is 0, and large ones where there are none."""
    q = dqq.SplitLq(1.0, 24, 3.0)
    assert (q.entries, q.small.levels, q.large.levels, q.large.size) == (5, 7, 15, 8)
    codes = dqq.encode(q, 0.9 * np.eye(24)[4])
    none = dqq.encode(q, np.zeros(24))
    assert codes[24 + 4] == 1 and codes[4] == 3
    wrong = [
        with_codes(q, codes, "small", 0, 7),
        with_codes(q, codes, "small", 4, 2),
        with_codes(q, codes, "large", 0, 15),
        with_codes(q, codes, "large", q.large.size, q.large.ranges),
        with_codes(q, none, "large", 1, 6),
        with_codes(q, none, "large", q.large.size, 1),
        with_codes(q, none, "support", range(6), 1),
        with_codes(q, codes, "support", 4, 0),
    ]
    for bad in wrong:
        assert not dqq.possible(q, bad)
        for verb in (dqq.pack, dqq.decode):
            with pytest.raises(ValueError, match="codes"):
                verb(q, bad)
    assert dqq.possible(q, with_codes(q, codes, "support", range(5), 1))  # five may be large
    alone = dqq.SplitLq(1.0, 6, math.inf)
    assert not dqq.possible(alone, [3, 3, 3, 7, 3, 3]) and dqq.possible(alone, [3, 0, 6, 3, 3, 3])


def test_messages_that_cannot_be():
    """Flipping bits of the map: a coordinate that is said to be large although CUQ has a level for it, and too many of them."""
    q = dqq.SplitLq(1.0, 24, 3.0)
    y = 0.9 * np.eye(24)[4] + 0.05
    message, at = dqq.send(q, y), 24 * 3
    assert message_to_int(message) >> (at + 4) & 1
    for flipped in (1 << (at + 4), ((1 << 24) - 1) << at, 1 << (3 * 4)):
        damaged = int_to_message(message_to_int(message) ^ flipped, message.nbits)
        with pytest.raises(DecodeError, match="no encoder"):
            dqq.receive(q, damaged)
    for nbits in (message.nbits - 1, message.nbits + 64):
        with pytest.raises(DecodeError, match="bits where"):
            dqq.unpack(q, Message(np.zeros((nbits + 63) // 64, np.uint64), nbits))


@pytest.mark.parametrize(
    ("bound", "dtype"), [(1e300, np.float64), (1e-290, np.float64), (1e35, np.float32), (1e-28, np.float32)]
)
def test_split_with_huge_and_tiny_bounds(bound, dtype):
    q, tiny = dqq.SplitLq(bound, 24, 3.0), np.finfo(dtype).smallest_subnormal
    for y in (bound * np.eye(24)[1], np.full(24, bound * 24 ** (-1 / 3) * (1 - 1e-6)), np.full(24, tiny)):
        output = dqq.quantize(q, y.astype(dtype))
        assert output.dtype == dtype and np.isfinite(output).all()
        assert np.linalg.norm((output - y.astype(dtype)) / dtype(bound)) <= dqq.covering_radius(q) / bound


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: dqq.SplitLq(0.0, 3, 3.0), "bound"),
        (lambda: dqq.SplitLq(1.0, 0, 3.0), "dim"),
        (lambda: dqq.SplitLq(1.0, 3.5, 3.0), "dim"),
        (lambda: dqq.SplitLq(1.0, 3, 1.9), "q: expected a number from 2"),
        (lambda: dqq.SplitLq(1.0, 3, math.nan), "q"),
        (lambda: dqq.SplitLq(1.0, 3, "3"), "q"),
        (lambda: dqq.SplitLq(1.0, 3, 3.0, sharp=1), "sharp"),
        (lambda: dqq.SplitLq.for_norm(1.0, 3, 2.1), "p: expected a number from 1 to 2"),
        (lambda: dqq.SplitLq.for_norm(1.0, 3, 0.9), "p"),
        (lambda: dqq.encode(dqq.SplitLq(1.0, 3, 3.0), np.zeros(4)), "u"),
        (lambda: dqq.encode(dqq.SplitLq(1.0, 3, 3.0), [0.0, math.nan, 0.0]), "u"),
        (lambda: dqq.encode(dqq.SplitLq(1e10, 24, 3.0), np.zeros(24, np.float32), 1e30), "scale"),
        (lambda: dqq.SplitLq(1.7e308, 1024, 3.0), "bound"),
    ],
)
def test_bad_arguments_of_split_are_named(call, word):
    with pytest.raises((ValueError, TypeError), match=word):
        call()
