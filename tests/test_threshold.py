"""Threshold quantization: the best threshold equals brute force on every input, and what the rules lose."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dqlab import quantizers as dqq
from dqlab.bits import DecodeError
from dqlab.quantizers.exact_threshold import BUCKETS, DIRECT, search_threshold, sort_down
from dqlab.streams import stream

from . import oracles

LONG = DIRECT + 700  # so many go through the histogram


def check_best(v):
    """`optimal_threshold` against brute force in exact arithmetic: the same value of S_k**2 / k, k entries above Delta, s their mean."""
    s, Delta, k = dqq.optimal_threshold(v)
    magnitudes = [Fraction(float(abs(x))) for x in v]
    kept = [x for x in magnitudes if x > Fraction(Delta)]
    assert len(kept) == k and (Delta == 0 or Fraction(Delta) in magnitudes)
    if not any(magnitudes):
        assert (s, Delta, k) == (0, 0, 0)
        return
    best_s, _, best_k = oracles.best_threshold(v)
    value, best = sum(kept) ** 2 / k, Fraction(best_s) ** 2 * best_k
    assert abs(value / best - 1) < 1e-12 and abs(Fraction(s) / (sum(kept) / k) - 1) < 1e-12


def best_by_sorting(v):
    """The largest S_k**2 / k in floating point."""
    sums = np.cumsum(np.sort(np.abs(v.astype(float)))[::-1])
    return (sums**2 / np.arange(1, v.size + 1)).max()


numbers = st.one_of(
    st.floats(-1e30, 1e30),
    st.sampled_from([0.0, 1.0, -1.0, 0.3, -0.3, 0.5, 2.0, 1e-3]),
    st.floats(allow_nan=False, allow_infinity=False),
)


@settings(deadline=None, max_examples=200)
@given(st.lists(numbers, min_size=1, max_size=40))
def test_best_threshold_equals_brute_force(values):
    check_best(np.array(values))


@settings(deadline=None, max_examples=100)
@given(arrays(np.float32, st.integers(1, 40), elements=st.floats(width=32, allow_nan=False, allow_infinity=False)))
def test_best_threshold_equals_brute_force_in_single_precision(v):
    check_best(v)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(numbers, st.integers(1, 900)), min_size=1, max_size=12), st.integers(0, 2**32))
def test_long_vectors_with_ties_equal_brute_force(groups, seed):
    """Few values, many times each: through the histogram, where groups of equal magnitudes are long and values have many peaks."""
    v = np.repeat([value for value, _ in groups], [times for _, times in groups])
    v = np.append(v, np.zeros(max(0, LONG - v.size)))
    check_best(np.random.default_rng(seed).permutation(v)[: 4 * LONG])


LAWS = {
    "gaussian": lambda rng, n: rng.standard_normal(n),
    "cauchy": lambda rng, n: rng.standard_cauchy(n),
    "uniform": lambda rng, n: rng.uniform(-1, 1, n),
    "lognormal": lambda rng, n: np.exp(4 * rng.standard_normal(n)),
    "whole numbers": lambda rng, n: rng.integers(-9, 10, n).astype(float),
    "1, 0.3, 0.3, ...": lambda rng, n: np.append(1.0, np.full(n - 1, 0.3)),
    "equal": lambda rng, n: np.full(n, -0.7),
    "sparse": lambda rng, n: rng.standard_normal(n) * (rng.random(n) < 0.01),
    "every k is as good": lambda rng, n: np.diff(np.sqrt(np.arange(n + 1.0))),
    "two peaks": lambda rng, n: np.append(np.full(n // 50, 6.0), rng.uniform(0.8, 1, n - n // 50)),
    "denormal": lambda rng, n: 1e-310 * rng.standard_normal(n),
    "huge": lambda rng, n: 1e307 * rng.uniform(-1, 1, n),
}


@pytest.mark.parametrize("law", LAWS)
def test_long_vectors_equal_a_sort(law):
    """Both precisions, and pieces for many cores; in single precision denormals of that."""
    for n in (LONG, 20_000, (1 << 17) + 5):
        for dtype in (np.float32, np.float64):
            v = LAWS[law](stream(0, law, n), n)
            if dtype == np.float32 and law in ("denormal", "huge"):
                v *= 1e270 if law == "denormal" else 1e-270
            v = v.astype(dtype)
            s, Delta, k = dqq.optimal_threshold(v)
            unit = np.abs(v).max().astype(float)
            kept = np.abs(v[np.abs(v) > Delta].astype(float)) / unit
            assert kept.size == k and s / unit == pytest.approx(kept.mean(), rel=1e-10)
            assert kept.sum() ** 2 / k == pytest.approx(best_by_sorting(v.astype(float) / unit), rel=1e-9)
            assert dqq.optimal_threshold(-v[::-1])[1:] == (Delta, k) or law == "every k is as good"


def test_few_numbers_are_sorted(monkeypatch):
    """What makes it O(d): of a million Gaussian numbers a few thousand are left after one pass; however many, they are sorted by their bits."""
    from dqlab.quantizers import exact_threshold as search

    v = stream(0, "few").standard_normal(1 << 20)
    counts, sums = np.zeros((1, BUCKETS + 1), np.int64), np.zeros((1, BUCKETS + 1))
    top = search.largest_magnitude(v)
    search.fill_buckets(v, 1 / top, counts[0], sums[0])
    flags = np.zeros(BUCKETS + 1, bool)
    left = search.flag_buckets(counts, sums, top, flags)[-1]
    assert counts.sum() == v.size and sums[0].sum() == pytest.approx(np.abs(v).sum(), rel=0.01)
    assert left < v.size / 50
    values = np.abs(v[:5000])
    assert np.array_equal(sort_down(values.copy()), np.sort(values)[::-1])


def test_the_best_threshold_is_a_nearest_level():
    """Delta <= s / 2 < every magnitude kept: half the scale is a best threshold, too."""
    for law, make in LAWS.items():
        v = make(stream(1, law), 500)
        s, Delta, k = dqq.optimal_threshold(v)
        assert Delta <= s / 2 * (1 + 1e-12) and np.count_nonzero(np.abs(v) > s / 2 * (1 - 1e-12)) == k


def test_values_with_many_peaks():
    """(1, 0.3, ..., 0.3): a search that stops at the first decrease keeps one, and the best is all thirty."""
    v = np.append(1.0, np.full(29, 0.3))
    values = np.cumsum(v) ** 2 / np.arange(1, 31)
    assert values[1] < values[0] < values[-1] == values.max()
    assert values[:6] == pytest.approx([1, 0.845, 0.853, 0.903, 0.968, 1.042], abs=6e-4)
    assert dqq.optimal_threshold(v)[1:] == (0.0, 30)


def test_of_equals_the_one_that_keeps_less():
    assert dqq.optimal_threshold([3.0, 1.0, 1.0, 1.0]) == (3.0, 1.0, 1)  # 9 and 36 / 4
    assert dqq.optimal_threshold(np.zeros(5)) == (0.0, 0.0, 0)
    assert dqq.optimal_threshold([-0.25]) == (0.25, 0.0, 1)
    assert dqq.optimal_threshold([2.0, 2.0, -2.0]) == (2.0, 0.0, 3)  # k = d


@pytest.mark.parametrize("rule", ["exact", "gaussian"])
def test_what_is_lost_is_orthogonal_to_what_is_sent(rule):
    """And no more than the contraction says, for vectors that are as bad as can be, too."""
    rng = stream(0, "orthogonal")
    for d in (1, 2, 7, 300):
        q, radius = dqq.Threshold(d, rule), dqq.covering_radius(dqq.Threshold(d, rule))
        hard = np.diff(np.sqrt(np.arange(d + 1.0)))
        for v in (hard, rng.standard_normal(d), rng.standard_cauchy(d), np.append(d / 3.1, np.ones(d - 1))):
            sent = dqq.quantize(q, v)
            lost = v - sent
            assert abs(lost @ sent) <= 1e-6 * (v @ v)
            assert lost @ lost == pytest.approx(v @ v - sent @ sent, abs=1e-6 * (v @ v))
            assert np.linalg.norm(lost) <= radius * np.linalg.norm(v)
        if rule == "exact":
            left = hard - dqq.quantize(q, hard)
            assert np.linalg.norm(left) == pytest.approx(radius * np.linalg.norm(hard), rel=1e-6, abs=1e-6)


def test_the_gaussian_rule_loses_nearly_all_of_some_vectors():
    """One coordinate a little below d / 3 among ones: all are kept, and of the square of the length 16 / d remains."""
    for d in (300, 3000):
        v = np.append((d - 9) / 3, np.ones(d - 1))
        left = v - dqq.quantize(dqq.Threshold(d, "gaussian"), v)
        exact = v - dqq.quantize(dqq.Threshold(d), v)
        assert 1 - left @ left / (v @ v) == pytest.approx(16 / d, rel=0.1)
        assert 1 - exact @ exact / (v @ v) > 1 - 40 / d


def test_gaussian_rule_is_three_quarters_of_the_mean():
    for dtype in (np.float32, np.float64):
        v = stream(0, "rule").standard_normal(5000).astype(dtype)
        q = dqq.quantize(dqq.Threshold(5000, "gaussian"), v)
        kept = np.abs(v) > 0.75 * np.abs(v).mean(dtype=float)
        assert np.array_equal(q != 0, kept) and np.array_equal(np.sign(q[kept]), np.sign(v[kept]))
        assert np.abs(q).max() == np.float32(np.abs(v[kept]).mean(dtype=float))
    assert np.array_equal(dqq.quantize(dqq.Threshold(3, "gaussian"), [2.0, -2.0, 2.0]), [2, -2, 2])
    wide = np.array([8e307, -8e307, 8e307, 1e300])  # whose sum overflows
    assert np.allclose(dqq.quantize(dqq.Threshold(4, "gaussian"), wide, 1e290) / 8e307, [1, -1, 1, 0])


def test_nothing_is_drawn():
    rng = stream(0, "rng")
    before = rng.bit_generator.state
    for rule in ("exact", "gaussian"):
        dqq.send(dqq.Threshold(9, rule), np.arange(9.0), rng=rng)
    assert rng.bit_generator.state == before


def test_scales_too_small_for_float32_are_0():
    """Then no letter is sent; what float32 still has, as a denormal number, is."""
    q = dqq.Threshold(3)
    assert not dqq.encode(q, [1e-60, -1e-60, 0.0]).any()
    assert np.count_nonzero(dqq.quantize(q, [1e-42, -1e-42, 0.0])) == 2
    assert np.allclose(dqq.quantize(q, [1e-60, -1e-60, 0.0], 1e-55) / 1e-60, [1, -1, 0])


def test_kernels_survive_what_is_not_finite():
    """A run that diverges gives an answer, which its box counts as lost; the public functions say what is wrong."""
    for bad in (np.nan, np.inf):
        for n in (5, LONG):
            v = np.append(np.arange(n - 1.0), bad)
            assert not search_threshold(v)[0] > n
            for rule in ("exact", "gaussian"):
                q = dqq.Threshold(n, rule)
                dqq.quantize.kernel(q)(q, v, 1.0, stream(0), 0)
                assert dqq.overflows(q, v)
                with pytest.raises(ValueError, match=f"u: expected finite numbers, got {bad} at index {n - 1}"):
                    dqq.send(q, v)
            with pytest.raises(ValueError, match="v: expected finite"):
                dqq.optimal_threshold(v)


# Masked vectors and shorter messages.

SCHEMES = [
    dqq.TernGrad(70),
    dqq.TernGrad(70, "l2", 1.5, [30, 1, 39]),
    dqq.Threshold(70),
    dqq.Threshold(70, "gaussian", [30, 1, 39]),
    dqq.Float32(70),
    dqq.Identity(70),
]
MASKS = {"none": 0.0, "few": 0.05, "half": 0.5, "all": 1.1}


@pytest.mark.parametrize("q", SCHEMES, ids=str)
@pytest.mark.parametrize("share", MASKS.values(), ids=MASKS)
def test_masked_messages_say_what_algorithms_compute(q, share):
    """`quantize_selected` is decode after unpack after pack after encode, of the length that `selected_bits` says."""
    for dtype in (np.float32, np.float64):
        rng = stream(0, "masked")
        v, selected, out = rng.standard_normal(70).astype(dtype), rng.random(70) < share, np.ones(70, dtype)
        k = dqq.quantize_selected(q, v, selected, stream(1, "draws"), out)
        message = dqq.pack_selected(q, dqq.encode_selected(q, v, selected, stream(1, "draws")))
        assert k == selected.sum() and message.nbits == dqq.selected_bits(q, k)
        received = dqq.decode_selected(q, dqq.unpack_selected(q, message), dtype)
        assert np.array_equal(received, out) and not out[~selected].any()
        if k == 70:
            assert np.array_equal(out, dqq.quantize(q, v, rng=stream(1, "draws")))
        if isinstance(q, dqq.Identity):
            assert np.array_equal(out, np.where(selected, v, 0))


def test_scales_come_from_what_is_selected():
    """A large coordinate that is not sent does not spoil the others; the same numbers alone give the same message."""
    rng, v = stream(0, "alone"), stream(1, "alone").standard_normal(200)
    selected = rng.random(200) < 0.3
    v[~selected] *= 1e6
    for small, large in (
        (dqq.TernGrad(selected.sum()), dqq.TernGrad(200)),
        (dqq.Threshold(selected.sum()), dqq.Threshold(200)),
    ):
        out = np.empty(200)
        dqq.quantize_selected(large, v, selected, stream(2, "draws"), out)
        assert np.array_equal(out[selected], dqq.quantize(small, v[selected], rng=stream(2, "draws")))


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 300), st.floats(0, 1), st.integers(0, 2**32), st.booleans())
def test_shorter_messages_are_reversible(d, share, seed, thresholds):
    """Radix 3, ranks of masks, and ranks of places; their lengths are what the functions say."""
    rng = np.random.default_rng(seed)
    q, v, selected = (dqq.Threshold if thresholds else dqq.TernGrad)(d), rng.standard_cauchy(d), rng.random(d) < share
    codes, masked = dqq.encode(q, v), dqq.encode_selected(q, v, selected)
    tight, sparse, ranked = (
        dqq.pack_tight(q, codes),
        dqq.pack_sparse(q, codes),
        dqq.pack_tight(q, masked, selected=True),
    )
    assert tight.nbits == dqq.tight_bits(q) and np.array_equal(dqq.unpack_tight(q, tight), codes)
    assert sparse.nbits == dqq.sparse_bits(q, np.count_nonzero(codes[:d]))
    assert np.array_equal(dqq.unpack_sparse(q, sparse), codes)
    assert ranked.nbits == dqq.tight_bits(q, int(selected.sum()))
    assert np.array_equal(dqq.unpack_tight(q, ranked, selected=True), masked)


def with_bit(message, at, nbits=None):
    """A message with one bit turned over, or cut to another length."""
    words = message.words.copy()
    if at is not None:
        words[at // 64] ^= np.uint64(1) << np.uint64(at % 64)
    nbits = message.nbits if nbits is None else nbits
    return type(message)(words[: (nbits + 63) // 64], nbits)


def test_damaged_masked_messages_never_decode():
    """A mask that does not fit the length, letters and scales that cannot be, padding, and messages of no length at all."""
    selected = np.arange(9) % 2 == 0
    for q in (dqq.TernGrad(9), dqq.Threshold(9)):
        message = dqq.pack_selected(q, dqq.encode_selected(q, np.full(9, 0.5), selected))
        assert message.nbits == 32 + 9 + 2 * 5
        for wrong in (
            with_bit(message, 1),  # one more selected
            with_bit(message, 0),  # one less
            with_bit(message, 10),  # the first letter becomes 3
            with_bit(message, 19 + 31),  # a negative scale
            with_bit(message, 60),  # stray padding
            with_bit(message, None, 40),
            with_bit(message, None, 49),
        ):
            with pytest.raises(DecodeError):
                dqq.unpack_selected(q, wrong)
    q = dqq.Float32(9)
    message = dqq.pack_selected(q, dqq.encode_selected(q, np.full(9, 1.5), selected))
    for wrong in (
        with_bit(message, 9 + 30),
        with_bit(message, 1),
        with_bit(message, 0),
    ):  # the last bit of the exponent: infinite
        with pytest.raises(DecodeError):
            dqq.unpack_selected(q, wrong)


def test_damaged_short_messages_never_decode():
    """A count that does not fit the length, a rank past the last, a group past the last combination."""
    q = dqq.Threshold(9)
    v, selected = np.array([1.0, 0, 0, 1, 0, 0, 0, 0, 0]), np.arange(9) < 6
    for message, unpack in (
        (dqq.pack_sparse(q, dqq.encode(q, v)), lambda m: dqq.unpack_sparse(q, m)),
        (
            dqq.pack_tight(q, dqq.encode_selected(q, v, selected), selected=True),
            lambda m: dqq.unpack_tight(q, m, selected=True),
        ),
    ):
        rank = {44: 6, 53: 7}[message.nbits]
        last = message.words.copy()
        last[0] |= np.uint64(((1 << rank) - 1) << 4)
        for wrong in (
            with_bit(message, 3),
            with_bit(message, 0),
            type(message)(last, message.nbits),
            with_bit(message, None, 3),
        ):
            with pytest.raises(DecodeError):
                unpack(wrong)
    message = dqq.pack_tight(q, dqq.encode(q, v))
    full = message.words.copy()
    full[0] |= np.uint64((1 << 15) - 1)
    with pytest.raises(DecodeError):
        dqq.unpack_tight(q, type(message)(full, message.nbits))


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (
            lambda q: dqq.quantize_selected(q, np.zeros(4), np.ones(3, bool), stream(0), np.zeros(4)),
            "selected: expected shape",
        ),
        (
            lambda q: dqq.quantize_selected(q, np.zeros(4), np.ones(4), stream(0), np.zeros(4)),
            r"selected: expected True and False, or 1 and 0, got \[1.0\] of float64",
        ),
        (lambda q: dqq.quantize_selected(q, np.zeros(4), np.full(4, 2), stream(0), np.zeros(4)), "selected"),
        (lambda q: dqq.quantize_selected(q, np.zeros(4), np.ones(4, bool), 0, np.zeros(4)), "rng"),
        (lambda q: dqq.quantize_selected(q, np.zeros(4), np.ones(4, bool), stream(0), np.zeros(4, int)), "out"),
        (
            lambda q: dqq.quantize_selected(q, np.zeros(3), np.ones(4, bool), stream(0), np.zeros(4)),
            "v: expected shape",
        ),
        (
            lambda q: dqq.quantize_selected(q, [np.nan] * 4, np.ones(4, bool), stream(0), np.zeros(4)),
            "v: expected finite",
        ),
        (lambda q: dqq.quantize_selected(q, [1e39] * 4, np.ones(4, bool), stream(0), np.zeros(4)), "largest float32"),
        (
            lambda q: dqq.quantize_selected(
                dqq.Grid(0.5, 4, 1.0), np.zeros(4), np.ones(4, bool), stream(0), np.zeros(4)
            ),
            "Grid",
        ),
        (lambda q: dqq.selected_bits(q, 5), "k: expected at most dim = 4"),
        (lambda q: dqq.selected_bits(q, -1), "k"),
        (lambda q: dqq.pack_selected(q, [0, 1, 2, 4, 0]), "codes"),
        (lambda q: dqq.pack_selected(q, [0, 1, 2, 3]), "codes"),
        (lambda q: dqq.pack_selected(q, [0, 1, 2, 3, 0]), "codes: no encoder"),
        (lambda q: dqq.unpack_selected(q, b"1"), "message"),
        (lambda q: dqq.unpack_sparse(q, b"1"), "message"),
        (lambda q: dqq.pack_tight(dqq.Float32(4), [0, 0, 0, 0]), "quantizer: expected a TernGrad or a Threshold"),
        (lambda q: dqq.pack_tight(q, [0, 1, 2, 3, 1]), "codes"),
        (lambda q: dqq.tight_bits(q, 5), "k: expected at most dim = 4"),
        (lambda q: dqq.sparse_bits(q, 5), "n: expected at most dim = 4"),
        (lambda q: dqq.pack_sparse(dqq.TernGrad(1 << 18), np.zeros((1 << 18) + 1, int)), "dim: expected at most 2..17"),
    ],
)
def test_bad_arguments_are_named(call, word):
    with pytest.raises((ValueError, TypeError), match=word):
        call(dqq.Threshold(4))


def test_entropy_is_what_is_left_to_gain():
    """Symbols of the exact rule on Gaussian numbers: 1.54 bits of entropy against 1.585 in radix 3 and 2 in the paper's format."""
    q = dqq.Threshold(1 << 16)
    codes = dqq.encode(q, stream(0, "entropy").standard_normal(1 << 16))[:-1]
    shares = np.bincount(codes) / codes.size
    entropy = -(shares * np.log2(shares)).sum()
    assert entropy == pytest.approx(1.54, abs=0.005) and dqq.tight_bits(q) / (1 << 16) == pytest.approx(
        1.594, abs=0.001
    )
    assert math.log2(3) == pytest.approx(1.585, abs=5e-4)
