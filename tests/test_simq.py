"""SimQ and SimQ+: exact laws, exact lengths, messages that cannot be. Theorems 4.1 and 4.2 of Mayekar and Tyagi.

Statistical tests hold a mean of N bounded draws against its exact value by Bernstein's inequality, which is a z-test that is right
for every N and every law: a right quantizer fails any of them with probability at most unbiased.FAMILY, all together.
"""

import functools
import itertools
import math

import numpy as np
import pytest
from scipy import stats

import dqlab as dq
from dqlab import quantizers as dqq
from dqlab.bits import DecodeError, Message, int_to_message
from dqlab.quantizers.simq import draw_code
from dqlab.quantizers.simq_plus import sorted_uniforms
from dqlab.streams import stream
from dqlab.theory import mayekar

from . import unbiased

COMPARISONS = 2000  # how many means are compared here, at most
N, D = 20_000, 24
bernstein = functools.partial(unbiased.bernstein, comparisons=COMPARISONS)


def draws(q, u, count, *name):
    """`count` outputs for one input, through the kernels alone."""
    rng, kernel = stream(0, "draws", *name), dqq.quantize.kernel(q)
    return np.array([kernel(q, u, u.dtype.type(1), rng, 0) for _ in range(count)])


def shapes():
    """Directions that unbiased quantizers find hard, at |y|_1 = 1."""
    rng = stream(0, "shapes")
    signs = rng.choice([-1.0, 1.0], D)
    two_level = signs * np.where(np.arange(D) % 5 == 0, 1.0, 0.01)
    heavy = rng.standard_t(1.1, D)
    sparse = signs * np.isin(np.arange(D), [3, 4, 20])
    every = {"e_1": np.eye(D)[0], "flat": signs, "sparse": sparse, "two-level": two_level, "heavy-tailed": heavy}
    return {name: y / np.abs(y).sum() for name, y in every.items()}


def schemes():
    """SimQ, few repeats, and more repeats than coordinates."""
    return {"SimQ": dqq.SimQ(2.0, D), "k = 5": dqq.SimQPlus(2.0, D, 5), "k = 40": dqq.SimQPlus(2.0, D, 40)}


@pytest.mark.parametrize("name", schemes())
@pytest.mark.parametrize("shape", shapes())
@pytest.mark.parametrize("norm", [2.0, 0.5])  # on the sphere, and inside
def test_unbiased_with_the_exact_second_moment(name, shape, norm):
    q, y = schemes()[name], norm * shapes()[shape]
    k, l1, l2 = getattr(q, "repeats", 1), np.abs(y).sum(), np.linalg.norm(y)
    outputs = draws(q, y, N, name, shape)
    variance = (q.bound * np.abs(y) - y**2) / k
    off = np.abs(outputs.mean(axis=0) - y)
    assert (off <= bernstein(np.maximum(variance, 0), q.bound, N)).all()
    assert not outputs[:, y == 0].any() and (outputs * np.sign(y) >= 0).all()
    along = stream(0, "directions").choice([-1.0, 1.0], (10, D))  # every direction, not the axes alone
    spread = (q.bound * (along**2 @ np.abs(y)) - (along @ y) ** 2) / k
    assert (np.abs((outputs.mean(axis=0) - y) @ along.T) <= bernstein(spread, 2 * q.bound, N)).all()
    squares = (outputs**2).sum(axis=1)
    expected = mayekar.simq_plus_second_moment(q.bound, k, l1, l2)
    if k == 1:
        assert expected == pytest.approx(mayekar.simq_second_moment(q.bound, l1))
    estimate = 1.1 * squares.var() + 1e-12  # of a variance that has no short formula
    assert abs(squares.mean() - expected) <= bernstein(estimate, q.bound**2, N)


@pytest.mark.parametrize("repeats", [1, 2, 4])
def test_second_moment_by_enumeration(repeats):
    """All (d + 1)**k outcomes of k draws, with their probabilities."""
    y, B = np.array([0.3, -0.45, 0.05]), 1.1
    corners = [np.zeros(3), *(B * np.sign(y[i]) * np.eye(3)[i] for i in range(3))]
    chances = [1 - np.abs(y).sum() / B, *np.abs(y) / B]
    mean, second = np.zeros(3), 0.0
    for outcome in itertools.product(range(4), repeat=repeats):
        chance, output = math.prod(chances[i] for i in outcome), sum(corners[i] for i in outcome) / repeats
        mean, second = mean + chance * output, second + chance * output @ output
    l1, l2 = np.abs(y).sum(), np.linalg.norm(y)
    assert mean == pytest.approx(y)
    assert second == pytest.approx(mayekar.simq_plus_second_moment(B, repeats, l1, l2))
    assert second - l2**2 == pytest.approx(mayekar.simq_plus_error(B, repeats, l1, l2))


def test_the_counts_are_one_multinomial_draw():
    """Chi-square over all 35 types of k = 4 draws at d = 3 (by chance below 1e-6)."""
    q, y, count = dqq.SimQPlus(1.0, 3, 4), np.array([0.2, -0.5, 0.1]), 60_000
    rng, kernel = stream(0, "types"), dqq.encode.kernel(q)
    seen = {}
    for _ in range(count):
        codes = tuple(kernel(q, y, 1.0, rng, 0).tolist())
        seen[codes] = seen.get(codes, 0) + 1
    chances = {}
    for n in itertools.product(range(5), repeat=3):
        if sum(n) <= 4:
            codes = tuple(2 * c - (value > 0 and c > 0) for c, value in zip(n, y, strict=True))
            chances[codes] = stats.multinomial.pmf([*n, 4 - sum(n)], 4, [0.2, 0.5, 0.1, 0.2])
    assert set(seen) <= set(chances) and len(chances) == 35
    expected = np.array([count * chances[codes] for codes in chances])
    observed = np.array([seen.get(codes, 0) for codes in chances])
    assert ((observed - expected) ** 2 / expected).sum() < stats.chi2.isf(1e-6, 34)


def test_sorted_uniforms_are_order_statistics():
    """Kolmogorov-Smirnov, all draws together and the smallest of ten (by chance below 1e-6 each)."""
    every = np.array([sorted_uniforms(key, 10) for key in range(20_000)])
    assert (np.diff(every, axis=1) >= 0).all() and every.min() >= 0 and every.max() <= 1
    assert stats.kstest(stream(0, "order").permuted(every, axis=1)[:, 0], "uniform").pvalue > 1e-6
    for place in (1, 4, 10):
        assert stats.kstest(every[:, place - 1], stats.beta(place, 11 - place).cdf).pvalue > 1e-6


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("dim", [1, 7, 1024, 3001])
def test_the_draw_falls_where_the_partial_sums_say(dim, dtype):
    """Over whole numbers, whose sums are exact: every coordinate, in every block, owns its own stretch."""
    y = stream(dim, "whole").integers(-3, 4, dim).astype(dtype)
    ends = np.cumsum(np.abs(y))
    for target in [0.5, *(ends[:: max(1, dim // 50)] - 0.5), *(ends[:: max(1, dim // 50)] + 0.5), ends[-1]]:
        i = int(np.searchsorted(ends, target, side="right"))
        expected = 0 if i == dim else 2 * i + (1 if y[i] > 0 else 2)
        assert target < 0 or draw_code(y, float(target)) == expected


@pytest.mark.parametrize("joint", [True, False])
def test_every_message_of_a_small_scheme(joint):
    """d = 3, k = 4: the 129 points of the pyramid have one message each, and no other message decodes."""
    q = dqq.SimQPlus(1.0, 3, 4, joint)
    points = [z for z in itertools.product(range(-4, 5), repeat=3) if sum(map(abs, z)) <= 4]
    assert len(points) == 129 == dqq.points(q)
    owners = {}
    for z in points:
        codes = [2 * abs(v) - (v > 0) for v in z]
        message = dqq.pack(q, codes)
        assert message.nbits == dqq.nbits(q) == (8 if joint else 9)
        assert dqq.unpack(q, message).tolist() == codes
        assert dqq.receive(q, message).tolist() == [v / 4 for v in z]
        owners[message.to_bytes()] = z
    assert len(owners) == 129
    for value in range(2 ** dqq.nbits(q)):
        message = int_to_message(value, dqq.nbits(q))
        if message.to_bytes() not in owners:
            with pytest.raises(DecodeError):
                dqq.receive(q, message)


def test_every_message_of_simq():
    q = dqq.SimQ(2.0, 3)
    outputs = [dqq.receive(q, int_to_message(value, 3)).tolist() for value in range(7)]
    assert outputs == [[0, 0, 0], [2, 0, 0], [-2, 0, 0], [0, 2, 0], [0, -2, 0], [0, 0, 2], [0, 0, -2]]
    with pytest.raises(DecodeError):
        dqq.receive(q, int_to_message(7, 3))


@pytest.mark.parametrize(
    ("dim", "p", "paper", "by_type", "joint"),
    [
        (16, 2, 55.1, 46, 38),
        (64, 2, 220.3, 189, 159),
        (256, 2, 881.3, 764, 647),
        (1024, 2, 3525.3, 3067, 2599),
        (256, 3, 217.3, 210, 205),
        (1024, 4, 239.6, 236, 235),
        (1024, 8, 59.2, 57, 57),
    ],
)
def test_lengths_of_the_paper_s_settings(dim, p, paper, by_type, joint):
    q = dqq.SimQPlus.for_norm(1.0, dim, p, choose="ceiling")
    assert mayekar.simq_plus_bits_bound(dim, q.repeats) == pytest.approx(paper, abs=0.051)
    assert dqq.nbits(q) == joint and dqq.nbits(q._replace(joint=False)) == by_type


@pytest.mark.parametrize("dim", [1, 2, 3, 10, 64, 500, 4096])
def test_lengths_keep_what_the_theorems_promise(dim):
    assert dqq.nbits(dqq.SimQ(1.0, dim)) == mayekar.simq_bits(dim) == math.ceil(math.log2(2 * dim + 1))
    for p in (2, 2.5, 3, 4, 7, 16, math.inf):
        for choose in ("floor", "ceiling", "fewest"):
            q = dqq.SimQPlus.for_norm(3.0, dim, p, choose)
            by_type = dqq.nbits(q._replace(joint=False))
            assert dqq.nbits(q) == mayekar.simq_plus_joint_bits(dim, q.repeats)
            assert by_type == mayekar.simq_plus_type_bits(dim, q.repeats)
            assert dqq.nbits(q) <= by_type <= mayekar.simq_plus_bits_bound(dim, q.repeats)
            if choose != "ceiling":
                assert by_type <= mayekar.precision_upper_bound(dim, p)
            alpha0 = mayekar.simq_plus_alpha0(3.0, dim, p, q.repeats) / 3
            assert alpha0 <= {"floor": 3**0.5, "ceiling": 2**0.5, "fewest": 4.0}[choose] * (1 + 1e-12)
            if choose != "floor":
                factor = 4.0 if choose == "fewest" else 2**0.5
                assert q.repeats == mayekar.simq_plus_repeats(dim, p, factor)
                assert q.repeats == 1 or mayekar.simq_plus_alpha0(1.0, dim, p, q.repeats - 1) > factor


def test_rounding_k_up_can_break_the_bound_of_theorem_3_1():
    up, down = (dqq.SimQPlus.for_norm(1.0, 1024, 8, choose) for choose in ("ceiling", "floor"))
    assert dqq.nbits(down) < mayekar.precision_upper_bound(1024, 8) < dqq.nbits(up) == 57


def test_four_tenths_of_a_bit_a_coordinate_are_enough_at_p_2():
    lengths = [dqq.nbits(dqq.SimQPlus.for_norm(1.0, dim, 2, "fewest")) for dim in (64, 256, 1024)]
    assert lengths == [29, 110, 433] and 433 / 1024 < 0.43


def test_powers_that_are_whole_numbers_stay_whole():
    """8**(2/3) is 4, whatever floating point makes of it."""
    for base, p in [(2, 3), (10, 3), (3, 5), (2, 7), (7, 2), (5, 4)]:
        dim = base**p if p % 2 else base ** (p // 2)
        k = base**2 if p % 2 else base
        assert dqq.SimQPlus.for_norm(1.0, dim, p, "floor").repeats == k
        assert dqq.SimQPlus.for_norm(1.0, dim, p, "ceiling").repeats == k


@pytest.mark.parametrize("p", [2.0, 3.0, 10.0, math.inf])
def test_alpha0_over_the_ball_of_the_oracle(p):
    """|y|_q = B: the exact second moment stays within Theorem 4.2."""
    q_norm = 1 / (1 - 1 / p)
    scheme = dqq.SimQPlus.for_norm(1.5, D, p)
    for shape in shapes().values():
        y = 1.5 * shape / np.linalg.norm(shape, q_norm)
        assert dqq.encode(scheme, y).size == D  # in the domain, on its sphere where y is flat
        l1, l2 = np.abs(y).sum(), np.linalg.norm(y)
        second = mayekar.simq_plus_second_moment(scheme.bound, scheme.repeats, l1, l2)
        assert second <= mayekar.simq_plus_alpha0(1.5, D, p, scheme.repeats) ** 2 * (1 + 1e-12)
        assert l1 <= mayekar.l1_bound(1.5, D, p) * (1 + 1e-12)
    assert scheme.bound == pytest.approx(mayekar.l1_bound(1.5, D, p))
    assert mayekar.simq_second_moment(1.5, 1.5) == mayekar.simq_alpha0(1.5) ** 2


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("cls", [dqq.SimQ, dqq.SimQPlus])
def test_long_vectors_on_the_sphere(cls, dtype):
    """A flat vector of 2**18 coordinates, divided by its own norm: rounding does not carry it out of the ball."""
    d = 1 << 18
    q = dqq.SimQ(1.0, d) if cls is dqq.SimQ else dqq.SimQPlus(1.0, d, 1000)
    for y in (np.full(d, 0.1, dtype), stream(0, "long").standard_normal(d).astype(dtype)):
        y = y / np.abs(y).sum()
        codes = dqq.encode(q, y, rng=stream(1, "long"))
        drawn = 1 if cls is dqq.SimQ else int(((codes + 1) // 2).sum())
        assert drawn == getattr(q, "repeats", 1) and codes.any()  # on the sphere, 0 is never drawn
        output = dqq.decode(q, codes, dtype(1))
        assert output.dtype == dtype and np.abs(output).sum() == pytest.approx(1.0)


@pytest.mark.parametrize("q", [dqq.SimQ(1.0, 1), dqq.SimQPlus(1.0, 1, 5), dqq.SimQPlus(1.0, 1, 5, joint=False)])
def test_one_coordinate(q):
    assert dqq.quantize(q, [1.0]) == 1 and dqq.quantize(q, [-1.0]) == -1 and dqq.quantize(q, [0.0]) == 0
    k = getattr(q, "repeats", 1)
    outputs = draws(q, np.array([-0.3]), 5000, "one")
    assert abs(outputs.mean() + 0.3) <= bernstein((0.3 - 0.09) / k, 1.0, 5000)
    assert set(np.round(-k * outputs.ravel(), 9)) <= set(range(k + 1))


@pytest.mark.parametrize(("bound", "dtype"), [(1e300, np.float64), (1e-290, np.float64), (1e30, np.float32)])
def test_huge_and_tiny_bounds(bound, dtype):
    tiny = np.finfo(dtype).smallest_subnormal
    for q in (dqq.SimQ(bound, 3), dqq.SimQPlus(bound, 3, 7)):
        for y in ([0, 0, 0], [bound, 0, 0], [0, -bound, tiny], [tiny, 0, -tiny], [bound / 3, -bound / 3, bound / 3]):
            y = np.array(y, dtype)
            output = dqq.quantize(q, y)
            assert np.isfinite(output).all() and output.dtype == dtype
            assert np.abs(output / dtype(bound)).sum() <= 1 + 1e-6
            assert not output[y == 0].any()
        assert not dqq.quantize(q, np.zeros(3, dtype)).any()


def test_clipping_takes_the_multiple_on_the_sphere():
    y = np.array([3.0, -1.0, 0.0, 0.0])
    for q in (dqq.SimQ(2.0, 4), dqq.SimQPlus(2.0, 4, 6)):
        rng = stream(0, "clip")
        outputs = np.array([dqq.quantize(q, y, rng=rng, outside="clip") for _ in range(4000)])
        assert np.allclose(np.abs(outputs).sum(axis=1), 2.0)
        assert (np.abs(outputs.mean(axis=0) - y / 2) <= bernstein(1.0, 2.0, 4000)).all()
    assert np.abs(dqq.quantize(dqq.SimQ(1.0, 2), [1e308, 1e308], outside="clip")).sum() == 1


@pytest.mark.parametrize("q", [dqq.SimQ(1.5, 3), dqq.SimQPlus(1.5, 3, 4)])
def test_inputs_outside_the_ball_are_told_norm_and_bound(q):
    with pytest.raises(ValueError, match="outside the domain.*l_1 norm is 4, the bound is 3"):
        dqq.encode(q, [-1.0, 2.0, 1.0], 2.0)
    with pytest.raises(ValueError, match="norm is inf, the bound is 1.5"):
        dqq.send(q, [1e308, 1e308, 0.0])
    assert dqq.inside(q, [1.5, 0.0, 0.0]) and not dqq.inside(q, [1.5, 1e-5, 0.0])
    assert dqq.inside(q, [0.5, -0.5, 0.5]) and not dqq.inside(q, [1.0, -1.0, 1.0])


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: dqq.SimQ(0.0, 3), "bound"),
        (lambda: dqq.SimQ(math.inf, 3), "bound"),
        (lambda: dqq.SimQ("1", 3), "bound"),
        (lambda: dqq.SimQ(1.0, 0), "dim"),
        (lambda: dqq.SimQPlus(-1.0, 3, 4), "bound"),
        (lambda: dqq.SimQPlus(1.0, 2.5, 4), "dim"),
        (lambda: dqq.SimQPlus(1.0, 3, 0), "repeats"),
        (lambda: dqq.SimQPlus(1.0, 3, 2**62), "repeats: expected at most"),
        (lambda: dqq.SimQPlus(1.0, 3, 4, joint="type"), "joint"),
        (lambda: dqq.SimQPlus.for_norm(1.0, 3, 1.5), "p: expected"),
        (lambda: dqq.SimQPlus.for_norm(1.0, 3, math.nan), "p: expected"),
        (lambda: dqq.SimQPlus.for_norm(1.0, 3, "2"), "p: expected"),
        (lambda: dqq.SimQPlus.for_norm(1.0, 3, 2, choose="round"), "choose"),
        (lambda: dqq.encode(dqq.SimQ(1e300, 1), [1.0], 1e200), "scale: no room"),
        (lambda: dqq.encode(dqq.SimQ(1e39, 1), np.ones(1, np.float32)), "scale: no room in float32"),
        (lambda: dqq.decode(dqq.SimQ(1e-300, 1), [1], 1e-200), "scale: no room"),
        (lambda: dqq.decode(dqq.SimQ(1.0, 3), [7]), "codes"),
        (lambda: dqq.pack(dqq.SimQ(1.0, 3), [1, 2]), "codes"),
        (lambda: dqq.decode(dqq.SimQPlus(1.0, 3, 4), [5, 4, 0]), "codes: no encoder"),
        (lambda: dqq.pack(dqq.SimQPlus(1.0, 3, 4), [5, 4, 0]), "codes"),
        (lambda: dqq.pack(dqq.SimQPlus(1.0, 3, 4), [9, 0, 0]), "codes"),
        (lambda: dqq.pack(dqq.SimQPlus(1.0, 3, 200), np.array([255, 255, 255], np.uint8)), "codes"),
    ],
)
def test_bad_arguments_are_named(call, word):
    with pytest.raises((ValueError, TypeError), match=word):
        call()


@pytest.mark.parametrize("joint", [True, False])
def test_messages_that_no_encoder_sends(joint):
    """At d = k = 4096: the wrong length, a rank past the last one, a sign of a coordinate that did not come up."""
    q = dqq.SimQPlus(1.0, 4096, 4096, joint)
    y = stream(0, "damage").standard_normal(4096)
    message = dqq.send(q, y / np.abs(y).sum())
    codes = dqq.unpack(q, message)
    assert np.array_equal(dqq.pack(q, codes).words, message.words) and ((codes + 1) // 2).sum() == 4096
    with pytest.raises(DecodeError, match="bits"):
        dqq.receive(q._replace(joint=not joint), message)
    with pytest.raises(DecodeError, match="bits"):
        dqq.receive(dqq.SimQPlus(1.0, 4096, 4095, joint), message)
    ones = int_to_message((1 << message.nbits) - 1, message.nbits)
    with pytest.raises(DecodeError, match="rank"):
        dqq.receive(q, ones)
    if not joint:
        words = message.words.copy()
        words[(message.nbits - 1) // 64] |= np.uint64(1 << (message.nbits - 1) % 64)
        with pytest.raises(DecodeError, match="sign"):
            dqq.receive(q, Message(words, message.nbits))


def test_both_codes_and_both_precisions_carry_the_same_vector():
    y = stream(0, "same").integers(-4, 5, 50) / 256
    joint, by_type = dqq.SimQPlus(1.0, 50, 30), dqq.SimQPlus(1.0, 50, 30, joint=False)
    expected = dqq.quantize(joint, y)
    assert np.array_equal(dqq.receive(by_type, dqq.send(by_type, y)), expected)
    assert np.array_equal(dqq.encode(joint, y.astype(np.float32)), dqq.encode(joint, y))
    single = dqq.receive(joint, dqq.send(joint, y.astype(np.float32)), np.float32(1))
    assert single.dtype == np.float32 and np.allclose(single, expected, rtol=1e-6)


def test_one_repeat_is_simq():
    """The same law, exactly: the same chances and the same outputs."""
    y = np.array([0.4, -0.3, 0.0, 0.1])
    one, many = dqq.SimQ(1.0, 4), dqq.SimQPlus(1.0, 4, 1)
    assert dqq.points(many) == dqq.points(one) == 9 and dqq.nbits(many) == dqq.nbits(one)
    for q in (one, many):
        outputs = draws(q, y, N, "one repeat")
        chances = [(outputs[:, i] == np.sign(y[i])).mean() for i in (0, 1, 3)]
        assert (np.abs(chances - np.abs(y[[0, 1, 3]])) <= bernstein(0.25, 1.0, N)).all()
    assert dq.quantizers.rate(many) == pytest.approx(dq.quantizers.rate(one))
