"""Messages and codes: exact, reversible, as short as promised, and nothing damaged gets through."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dqlab import bits
from dqlab.bits import DecodeError, Message

from . import oracles

settings.register_profile("dqlab", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("dqlab")

LENGTHS = [0, 1, 2, 63, 64, 65, 127, 128, 129, 1000]
ALPHABETS = [
    2,
    3,
    4,
    5,
    6,
    7,
    10,
    16,
    17,
    33,
    100,
    257,
    1000,
    4097,
    65537,
    2**20 + 1,
    2**31 + 1,
    2**32 + 1,
    10**12,
    2**62 + 1,
]


@given(st.integers(1, 63), st.lists(st.integers(0, 2**63 - 1), max_size=300))
def test_fixed_width_is_reversible_and_laid_out_as_described(width, codes):
    codes = [code % (1 << width) for code in codes]
    message = bits.pack_fixed(codes, width)
    assert message.nbits == width * len(codes)
    assert oracles.message_bits(message) == oracles.fixed_width_bits(codes, width)
    assert bits.unpack_fixed(message, len(codes), width).tolist() == codes


@pytest.mark.parametrize("width", [1, 2, 3, 4, 5, 7, 8, 11, 16, 31, 64])
@pytest.mark.parametrize("size", [4096, 4097])
def test_whole_blocks(width, size):
    codes = np.random.default_rng(width).integers(0, 2**width, size, dtype=np.uint64)
    message = bits.pack_fixed(codes, width)
    assert oracles.message_bits(message) == oracles.fixed_width_bits(codes, width)
    assert np.array_equal(bits.unpack_fixed(message, size, width).astype(np.uint64), codes)


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64, np.uint64])
def test_many_cores_write_the_same_bits_as_one(dtype):
    codes = np.random.default_rng(0).integers(0, 8, (1 << 17) + 4096 + 5).astype(dtype)
    long = bits.pack_fixed(codes, 3)
    words = np.zeros_like(long.words)
    bits.fixed.pack_serial(codes, 3, words)
    assert np.array_equal(long.words, words)
    assert np.array_equal(bits.unpack_fixed(long, codes.size, 3), codes)


@pytest.mark.parametrize("alphabet", ALPHABETS)
@pytest.mark.parametrize("size", LENGTHS)
def test_mixed_radix_is_reversible_and_within_one_per_cent(alphabet, size):
    rng = np.random.default_rng(size)
    for codes in (rng.integers(0, alphabet, size), np.full(size, alphabet - 1), np.zeros(size, np.int64)):
        message = bits.pack_radix(codes, alphabet)
        assert message.nbits == bits.radix_bits(size, alphabet)
        assert np.array_equal(bits.unpack_radix(message, size, alphabet), codes)
    if size >= 64:
        assert oracles.entropy_bits(size, alphabet) - 1e-6 <= bits.radix_bits(size, alphabet)
        assert bits.radix_bits(size, alphabet) <= 1.01 * oracles.entropy_bits(size, alphabet)


@given(st.sampled_from([3, 5, 6, 7, 10, 257, 10**10]), st.lists(st.integers(0, 10**10 - 1), max_size=200))
def test_mixed_radix_is_horners_rule(alphabet, codes):
    codes = [code % alphabet for code in codes]
    assert oracles.message_bits(bits.pack_radix(codes, alphabet)) == oracles.mixed_radix_bits(codes, alphabet)


@pytest.mark.parametrize("size", range(8))
def test_every_subset_has_its_rank(size):
    for count in range(size + 1):
        for rank, subset in enumerate(oracles.subsets_in_rank_order(size, count)):
            assert bits.rank_subset(subset, size) == rank
            assert tuple(bits.unrank_subset(rank, size, count)) == subset
        assert 1 << bits.subset_bits(size, count) >= math.comb(size, count)
        assert math.comb(size, count) == 1 or 1 << (bits.subset_bits(size, count) - 1) < math.comb(size, count)


@given(st.data())
def test_large_subsets(data):
    size = data.draw(st.integers(1, 3000))
    subset = sorted(data.draw(st.sets(st.integers(0, size - 1), max_size=60)))
    rank = bits.rank_subset(subset, size)
    assert rank == sum(math.comb(member, i + 1) for i, member in enumerate(subset))
    assert bits.unrank_subset(rank, size, len(subset)).tolist() == subset


@pytest.mark.parametrize("dim", range(5))
@pytest.mark.parametrize("radius", range(5))
def test_every_point_of_a_pyramid_has_its_rank(dim, radius):
    points = oracles.pyramid_in_rank_order(dim, radius)
    assert len(points) == bits.delannoy(dim, radius) == oracles.delannoy(dim, radius)
    for rank, point in enumerate(points):
        assert bits.rank_pyramid(point, radius) == rank
        assert tuple(bits.unrank_pyramid(rank, dim, radius)) == point
    assert 1 << bits.pyramid_bits(dim, radius) >= len(points) > 1 << bits.pyramid_bits(dim, radius) >> 1


@pytest.mark.parametrize("dim", range(5))
@pytest.mark.parametrize("total", range(5))
def test_every_type_has_its_rank(dim, total):
    types = oracles.types_in_rank_order(dim, total)
    assert len(types) == math.comb(dim + total, total)
    for rank, counts in enumerate(types):
        assert bits.rank_type(counts, total) == rank
        assert tuple(bits.unrank_type(rank, dim, total)) == counts
    assert 1 << bits.type_bits(dim, total) >= len(types) > 1 << bits.type_bits(dim, total) >> 1


@given(st.integers(0, 400), st.integers(0, 400))
def test_delannoy_numbers_count_supports_magnitudes_and_signs(dim, radius):
    terms = [math.comb(dim, j) * math.comb(radius, j) * 2**j for j in range(min(dim, radius) + 1)]
    assert bits.delannoy(dim, radius) == sum(terms)


@given(st.integers(1, 300), st.integers(0, 500), st.integers(0, 2**32))
def test_large_pyramids_and_types(dim, radius, seed):
    rng = np.random.default_rng(seed)
    counts = rng.multinomial(radius, rng.dirichlet(np.full(dim + 1, 0.3)))[1:]
    point = counts * rng.choice([-1, 1], dim)
    for z in (point, -point, radius * np.eye(dim, dtype=int)[-1], -radius * np.eye(dim, dtype=int)[0]):
        rank = bits.rank_pyramid(z, radius)
        assert np.array_equal(bits.unrank_pyramid(rank, dim, radius), z)
    assert rank == bits.delannoy(dim, radius) - 1  # -k e_1 is the last one
    rank = bits.rank_type(counts, radius)
    assert np.array_equal(bits.unrank_type(rank, dim, radius), counts)


def test_long_ranks_past_the_last_are_refused():
    """Ranks with more digits than Python writes out."""
    dim = radius = 6000
    with pytest.raises(DecodeError, match="rank"):
        bits.unrank_pyramid(bits.delannoy(dim, radius), dim, radius)
    with pytest.raises(DecodeError, match="rank"):
        bits.unrank_type(math.comb(20_000, 10_000), 10_000, 10_000)
    with pytest.raises(DecodeError, match="rank"):
        bits.unrank_pyramid(-1, 3, 4)


def test_bytes_and_concatenation_are_reversible():
    parts = [
        bits.pack_fixed([1, 2, 3], 2),
        bits.pack_radix([2, 1, 0, 2], 3),
        bits.int_to_message(0, 0),
        bits.int_to_message(5, 70),
    ]
    joined = bits.concatenate(parts)
    assert joined.nbits == sum(part.nbits for part in parts)
    for part, again in zip(parts, bits.split(joined, [part.nbits for part in parts]), strict=True):
        assert part.nbits == again.nbits and np.array_equal(part.words, again.words)
    again = Message.from_bytes(joined.to_bytes(), joined.nbits)
    assert np.array_equal(again.words, joined.words) and len(joined.to_bytes()) == math.ceil(joined.nbits / 8)


def test_damaged_messages_are_refused():
    message = bits.pack_radix([2, 0, 1, 2], 3)
    full = (1 << message.nbits) - 1
    with pytest.raises(DecodeError, match="last combination"):
        bits.unpack_radix(bits.int_to_message(full, message.nbits), 4, 3)
    with pytest.raises(DecodeError, match="last combination"):
        size, letters = 3, 10**12
        bits.unpack_radix(
            bits.int_to_message((1 << bits.radix_bits(size, letters)) - 1, bits.radix_bits(size, letters)),
            size,
            letters,
        )
    with pytest.raises(DecodeError, match="7 bits where 8"):
        bits.unpack_radix(message, 5, 3)
    with pytest.raises(DecodeError, match="stray"):
        bits.unpack_radix(Message(message.words | np.uint64(1 << 63), message.nbits), 4, 3)
    with pytest.raises(DecodeError, match="uint64"):
        bits.unpack_fixed(Message(np.zeros(2, np.uint64), 6), 3, 2)
    with pytest.raises(DecodeError, match="bytes"):
        Message.from_bytes(b"abc", 5)
    with pytest.raises(DecodeError, match="stray"):
        Message.from_bytes(b"\xff", 5)
    with pytest.raises(TypeError, match="Message"):
        bits.unpack_fixed(b"abc", 3, 2)
    with pytest.raises(DecodeError, match="rank"):
        bits.unrank_subset(10, 5, 2)


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: bits.pack_fixed([4], 2), "codes"),
        (lambda: bits.pack_fixed([-1], 2), "codes"),
        (lambda: bits.pack_fixed([0.5], 2), "codes"),
        (lambda: bits.pack_fixed([[1]], 2), "codes"),
        (lambda: bits.pack_fixed([1], 0), "width"),
        (lambda: bits.pack_fixed([1], 65), "width"),
        (lambda: bits.pack_radix([1], 1), "codes"),
        (lambda: bits.pack_radix([0], 0), "alphabet"),
        (lambda: bits.pack_radix([3], 3), "codes"),
        (lambda: bits.int_to_message(4, 2), "value"),
        (lambda: bits.rank_subset([2, 1], 5), "subset"),
        (lambda: bits.rank_subset([5], 5), "subset"),
        (lambda: bits.subset_bits(3, 4), "count"),
    ],
)
def test_bad_arguments_are_named(call, word):
    with pytest.raises(ValueError, match=word):
        call()


def test_any_integer_type_will_do():
    assert bits.radix_bits(np.int64(64), np.int64(4)) == 128 and bits.radix_bits(64, np.uint8(3)) == 102
    for alphabet in (np.int64(4), np.int64(3)):
        message = bits.pack_radix(np.array([2, 0, 1], np.uint8), alphabet)
        assert bits.unpack_radix(message, np.int64(3), alphabet).tolist() == [2, 0, 1]
    assert bits.pack_fixed([1, 2], np.int64(64)).nbits == 128


def test_words_may_lie_anywhere():
    message = bits.pack_fixed(np.arange(40) % 16, 4)
    spread = np.repeat(message.words, 2)[::2]
    spread.flags.writeable = False
    assert bits.unpack_fixed(Message(spread, 160), 40, 4).tolist() == (np.arange(40) % 16).tolist()


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: bits.radix_bits(-1, 3), "size"),
        (lambda: bits.radix_bits(1.5, 4), "size"),
        (lambda: bits.radix_bits(4, 2.0), "alphabet"),
        (lambda: bits.pack_fixed([1], 2.0), "width"),
        (lambda: bits.unpack_fixed(bits.pack_fixed([1], 2), -1, 2), "size"),
        (lambda: bits.subset_bits(5.0, 2), "size"),
        (lambda: bits.delannoy(-1, 2), "dim"),
        (lambda: bits.pyramid_bits(3, 1.5), "radius"),
        (lambda: bits.rank_pyramid([2, -3], 4), "point"),
        (lambda: bits.rank_pyramid([0.5], 4), "interpreted as an integer"),
        (lambda: bits.rank_type([2, 3], 4), "counts"),
        (lambda: bits.rank_type([-1, 3], 4), "counts"),
        (lambda: bits.type_bits(3, -1), "total"),
        (lambda: bits.subset_bits(5, -2), "count"),
    ],
)
def test_bad_sizes_are_named(call, word):
    with pytest.raises((ValueError, TypeError), match=word):
        call()
