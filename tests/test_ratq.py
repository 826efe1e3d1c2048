"""RATQ: unbiased, as exact as its lemma says, in messages of exactly the stated length."""

import math

import numpy as np
import pytest

from dqlab import quantizers as dqq
from dqlab.bits import DecodeError, int_to_message
from dqlab.quantizers.tower_ranges import spans
from dqlab.streams import stream

from . import oracles
from .unbiased import D, N, bernstein, draws, shapes


@pytest.mark.parametrize("recipe", [(D,), (D - 5,), (D, 2, 1), (D, 30, 3)])
@pytest.mark.parametrize("shape", shapes())
@pytest.mark.parametrize("norm", [1.5, 0.1])  # on the sphere, and well inside
def test_ratq_is_unbiased_within_its_lemma(recipe, shape, norm):
    """Over the private and the shared randomness, in 20 directions; the error within B**2 (8.184 + 2 ln s) / (k - 1)**2."""
    q = dqq.RATQ(1.5, *recipe)
    y = shapes()[shape][: q.dim]
    y = norm * y / np.linalg.norm(y)
    off = draws(q, y, N // 2, "RATQ", *recipe, shape) - y
    squared = (off**2).sum(axis=1)
    assert (squared <= dqq.covering_radius(q) ** 2 * (1 + 1e-9)).all()
    bound = 1.5**2 * (8.184 + 2 * math.log(q.block)) / (q.levels - 1) ** 2
    slack = bernstein(1.1 * squared.var(), dqq.covering_radius(q) ** 2, N // 2)
    assert squared.mean() <= bound + slack
    along = stream(0, "directions").standard_normal((20, q.dim))
    along = np.vstack([along / np.linalg.norm(along, axis=1)[:, None], np.eye(q.dim), y / norm])
    values = off @ along.T
    assert (np.abs(values.mean(axis=0)) <= bernstein(1.1 * values.var(axis=0), dqq.covering_radius(q), N // 2)).all()


def test_error_of_ratq_at_7_levels():
    """0.120 for e_1 and 0.090 for a random direction, B = 1, d = 64; the lemma says 0.266."""
    q, rng = dqq.RATQ(1.0, 64), stream(0, "error")
    e, g = np.eye(64)[5], rng.standard_normal(64)
    for y, expected in [(e, 0.120), (g / np.linalg.norm(g), 0.090)]:
        assert ((draws(q, y, 4000, "error") - y) ** 2).sum(axis=1).mean() == pytest.approx(expected, rel=0.05)


def test_lengths_of_ratq():
    """Exactly 4d bits for powers of two from 4 to 2**23; those of the next power of two for every other d."""
    for power in range(2, 24):
        q = dqq.RATQ(1.0, 1 << power)
        assert dqq.nbits(q) == 4 << power and (q.levels, q.rate) == (7, 4.0)
    assert dqq.nbits(dqq.RATQ(1.0, 1 << 24)) == 67108866 and dqq.RATQ(1.0, 1 << 24).block == 3
    assert [dqq.nbits(dqq.RATQ(1.0, d)) for d in (1, 2, 3, 5, 70)] == [3, 6, 16, 32, 512]
    for d in (1, 2, 4, 8, 9, 64, 300):
        q = dqq.RATQ(2.0, d)
        shortest = q.blocks * math.log2(q.ranges) + q.size * math.ceil(math.log2(q.levels + 1))
        assert dqq.nbits(q) == shortest == dqq.send(q, np.full(d, 1 / d)).nbits


def test_ranges_of_ratq_reach_the_bound_and_no_further():
    """ln*: 0 up to 3, 1 up to 8.15, 2 up to 45.46, 3 up to 1.144e7 of N, then 4; the last of h ranges is B."""
    for power in range(25):
        size = 1 << power
        tower = [1, math.e, 15.1542622414793, 3814279.1047602]
        star = sum(size / 3 > e for e in tower)
        q = dqq.RATQ(1.0, size)
        assert q.ranges == 1 << math.ceil(math.log2(1 + star))
        ends, expected = spans(size, q.block), oracles.tetra_iterated(size, q.block)
        assert len(expected) <= q.ranges == ends.size and (ends[len(expected) - 1 :] == 1).all()
        assert np.allclose(ends[: len(expected)], expected, rtol=1e-14)


@pytest.mark.parametrize("dim", [1 << 17, (1 << 16) + 3])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_ratq_on_all_cores_writes_the_bits_of_one(dim, dtype):
    q, u = dqq.RATQ(1.5, dim), stream(0, "long").standard_normal(dim).astype(dtype)
    u *= dtype(0.4) / np.linalg.norm(u)
    codes, message = dqq.encode(q, u, 0.3, shared=4), dqq.send(q, u, 0.3, shared=4)
    assert np.array_equal(message.words, dqq.pack(q, codes).words)
    received = dqq.receive(q, message, dtype(0.3), shared=4)
    assert received.dtype == dtype and np.array_equal(received, dqq.decode(q, codes, dtype(0.3), shared=4))
    assert np.linalg.norm(received - u) <= 0.45 * math.sqrt((8.184 + 2 * math.log(2)) / 36)
    assert np.linalg.norm(dqq.receive(q, message, dtype(0.3), shared=5) - u) > 0.3  # another rotation


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_rotated_corner_does_not_overflow(dtype):
    """A column of R has all its norm in one coordinate after the rotation, up to the rounding of 17 levels of sums."""
    q = dqq.RATQ(1.0, 1 << 17)
    e = np.zeros(q.dim, dtype)
    e[77] = 1
    u = dqq.rotate_back(e, q.dim, shared=3)
    codes = dqq.encode(q, u / max(1, np.linalg.norm(u.astype(float))), shared=3)
    assert codes[77] == 6 and codes.max() == 6
    assert codes[q.size + 77 // 2] == q.ranges - 1


@pytest.mark.parametrize(("bound", "dtype"), [(1e300, np.float64), (1e-290, np.float64), (1e30, np.float32)])
def test_ratq_with_huge_and_tiny_bounds(bound, dtype):
    q, tiny = dqq.RATQ(bound, 8), np.finfo(dtype).smallest_subnormal
    for y in (np.zeros(8), bound * np.eye(8)[1], np.full(8, tiny)):
        output = dqq.quantize(q, y.astype(dtype))
        assert output.dtype == dtype and np.linalg.norm((output - y) / bound) <= dqq.covering_radius(q) / bound


def test_ratq_outside_the_ball():
    q = dqq.RATQ(1.5, 4)
    with pytest.raises(ValueError, match="outside the domain.*l_2 norm is 4, the bound is 3"):
        dqq.send(q, np.full(4, 2.0), 2.0)
    assert not dqq.quantize(q, [1e308, 0, 0, 0], outside="clip").any()  # every coordinate overflows
    assert dqq.inside(q, [1.5, 0, 0, 0]) and not dqq.inside(q, [1.5, 1e-5, 0, 0.1])


def test_messages_of_ratq_that_cannot_be():
    q = dqq.RATQ(1.0, 5, levels=5, block=3)
    codes = dqq.encode(q, np.zeros(5))
    for place, letter in [(0, 6), (q.size, q.ranges)]:
        wrong = codes.copy()
        wrong[place] = letter
        for verb in (dqq.pack, dqq.decode):
            with pytest.raises(ValueError, match="codes"):
                verb(q, wrong)
    ones = int_to_message(2 ** dqq.nbits(q) - 1, dqq.nbits(q))
    with pytest.raises(DecodeError, match="past the last letter"):
        dqq.receive(q, ones)


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: dqq.RATQ(0.0, 3), "bound"),
        (lambda: dqq.RATQ(math.nan, 3), "bound"),
        (lambda: dqq.RATQ(1.0, 0), "dim"),
        (lambda: dqq.RATQ(1.0, 3.5), "dim"),
        (lambda: dqq.RATQ(1.0, 4, levels=1), "levels"),
        (lambda: dqq.RATQ(1.0, 4, levels=2**30), "levels"),
        (lambda: dqq.RATQ(1.0, 4, block=0), "block"),
        (lambda: dqq.RATQ(1.0, 4, block=5), "block"),
        (lambda: dqq.encode(dqq.RATQ(1.0, 4), np.zeros(5)), "u"),
        (lambda: dqq.encode(dqq.RATQ(1.0, 4), np.zeros(4), outside="wrap"), "outside"),
    ],
)
def test_bad_arguments_of_ratq_are_named(call, word):
    with pytest.raises((ValueError, TypeError), match=word):
        call()
