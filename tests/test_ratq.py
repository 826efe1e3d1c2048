"""CUQ, the rotation and RATQ: unbiased, as exact as their lemmas say, in messages of exactly the stated length.

Statistical tests hold a mean of N bounded draws against its exact value by Bernstein's inequality, which is a z-test that is right
for every N and every law: a right quantizer fails any of them with probability at most FAMILY, all together.
"""

import math

import numpy as np
import pytest
from scipy.linalg import hadamard

from dqlab import quantizers as dqq
from dqlab.bits import DecodeError, int_to_message
from dqlab.quantizers.ratq import spans
from dqlab.streams import stream

from . import oracles

FAMILY = 1e-6  # the probability that any statistical test here fails by chance
COMPARISONS = 4000  # how many means they compare, at most
N, D = 20_000, 16


def bernstein(variance, largest, count):
    """How far the mean of `count` draws may lie from its expectation, if no draw lies further from it than `largest`."""
    log = math.log(2 * COMPARISONS / FAMILY)
    return largest * log / (3 * count) + np.sqrt((largest * log / (3 * count)) ** 2 + 2 * variance * log / count)


def draws(q, u, count, *name):
    """`count` outputs for one input, each with draws and a shared key of its own, through the kernels alone."""
    rng, kernel = stream(0, "draws", *name), dqq.quantize.kernel(q)
    return np.array([kernel(q, u, u.dtype.type(1), rng, shared) for shared in range(count)])


def shapes():
    """Directions that unbiased quantizers find hard."""
    rng = stream(0, "shapes")
    signs = rng.choice([-1.0, 1.0], D)
    two_level = signs * np.where(np.arange(D) % 5 == 0, 1.0, 0.01)
    sparse = signs * np.isin(np.arange(D), [3, 4, 13])
    return {
        "e_1": np.eye(D)[0],
        "flat": signs,
        "sparse": sparse,
        "two-level": two_level,
        "heavy-tailed": rng.standard_t(1.1, D),
    }


@pytest.mark.parametrize("levels", [2, 3, 6, 64])
@pytest.mark.parametrize("shape", shapes())
def test_cuq_is_unbiased_with_the_exact_variance(levels, shape):
    """On the surface of the cube: variance f (1 - f) step**2 where f is the part of a step above the level below."""
    q = dqq.CoordinateUniform(1.5, levels, D)
    y = 1.5 * shapes()[shape] / np.abs(shapes()[shape]).max()
    step = 3.0 / (levels - 1)
    part = (y + 1.5) / step % 1.0
    variance = part * (1 - part) * step**2
    outputs = draws(q, y, N, "CUQ", levels, shape)
    assert (np.abs(outputs - y) <= step).all() and (variance <= 1.5**2 / (levels - 1) ** 2 + 1e-12).all()
    off = outputs - y
    assert (np.abs(off.mean(axis=0)) <= bernstein(variance, step, N)).all()
    assert (np.abs((off**2).mean(axis=0) - variance) <= bernstein(step**4 / 4, step**2, N)).all()


@pytest.mark.parametrize(("levels", "nbits"), [(2, 20), (3, 20), (4, 30), (7, 30), (8, 40), (63, 60), (64, 70)])
def test_lengths_of_cuq(levels, nbits):
    q = dqq.CoordinateUniform(1.0, levels, 10)
    assert dqq.nbits(q) == 10 * math.ceil(math.log2(levels + 1)) == nbits == dqq.send(q, np.zeros(10)).nbits


@pytest.mark.parametrize("levels", [2, 7, 12, 64, 300])
@pytest.mark.parametrize("dim", [3, 4097, (1 << 17) + 4099])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_cuq_in_one_pass_writes_the_bits_of_two(levels, dim, dtype):
    """`send` and `receive` on one core and on many equal `pack` after `encode` and `decode` after `unpack`."""
    q = dqq.CoordinateUniform(1.5, levels, dim)
    u = stream(0, "long").uniform(-0.45, 0.45, dim).astype(dtype)
    two, one = dqq.pack(q, dqq.encode(q, u, 0.3)), dqq.send(q, u, 0.3)
    assert one.nbits == two.nbits and np.array_equal(one.words, two.words)
    received = dqq.receive(q, one, dtype(0.3))
    assert received.dtype == dtype and np.array_equal(received, dqq.decode(q, dqq.unpack(q, two), dtype(0.3)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_cuq_sends_overflow_only_when_asked_to(dtype):
    q, u = dqq.CoordinateUniform(1.5, 4, 5), np.array([1.5, -1.6, 1e30, 0.5, -1.5], dtype)
    with pytest.raises(ValueError, match="outside the domain.*l_inf norm is 1.*e.30, the bound is 1.5"):
        dqq.send(q, u)
    assert dqq.encode(q, u, outside="clip")[[0, 1, 2, 4]].tolist() == [3, 4, 4, 0]
    assert np.allclose(dqq.quantize(q, u, outside="clip")[[0, 1, 2, 4]], [1.5, 0, 0, -1.5])
    hair = np.array([1.5, 0, 0, 0, 0], dtype) * dtype(1 + 2 * np.finfo(dtype).eps)
    assert dqq.encode(q, hair)[0] == 3  # an excess that is rounding


def test_levels_stay_where_they_are():
    """A level is sent as itself, whatever is drawn."""
    for levels in (2, 3, 9):
        q = dqq.CoordinateUniform(2.0, levels, levels)
        grid = np.linspace(-2, 2, levels)
        assert dqq.encode(q, grid, rng=stream(1, "levels")).tolist() == list(range(levels))
        assert np.allclose(dqq.quantize(q, grid), grid, atol=1e-15)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("levels", [2**24 + 1, 2**30 - 1])
def test_cuq_with_more_levels_than_a_float_tells_apart(levels, dtype):
    q, ends = dqq.CoordinateUniform(1.0, levels, 2), np.array([-1.0, 1.0], dtype)
    codes = dqq.encode(q, ends)
    assert codes[0] == 0 and levels * (1 - 2**-22) <= codes[1] < levels
    assert np.allclose(dqq.receive(q, dqq.send(q, ends), dtype(1)), ends, atol=1e-6)


@pytest.mark.parametrize("dim", [5, 8192])
@pytest.mark.parametrize("levels", [4, 300])
def test_letters_that_no_encoder_sends(dim, levels):
    q = dqq.CoordinateUniform(1.0, levels, dim)
    ones = int_to_message(2 ** dqq.nbits(q) - 1, dqq.nbits(q))
    for verb in (dqq.unpack, dqq.receive):
        with pytest.raises(DecodeError, match="past the last letter"):
            verb(q, ones)


@pytest.mark.parametrize(
    ("bound", "dtype"), [(1e300, np.float64), (1e-290, np.float64), (1e37, np.float32), (1e-28, np.float32)]
)
def test_cuq_with_huge_and_tiny_bounds(bound, dtype):
    q, tiny = dqq.CoordinateUniform(bound, 7, 4), np.finfo(dtype).smallest_subnormal
    output = dqq.quantize(q, np.array([bound, 0, -bound, tiny], dtype))
    assert np.allclose(output / dtype(bound), [1, 0, -1, 0], atol=1e-6) and output.dtype == dtype


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: dqq.CoordinateUniform(0.0, 3, 4), "bound"),
        (lambda: dqq.CoordinateUniform("1", 3, 4), "bound"),
        (lambda: dqq.CoordinateUniform(1.0, 1, 4), "levels"),
        (lambda: dqq.CoordinateUniform(1.0, 2**30, 4), "levels"),
        (lambda: dqq.CoordinateUniform(1.0, 2.5, 4), "levels"),
        (lambda: dqq.CoordinateUniform(1.0, 3, 0), "dim"),
        (lambda: dqq.send(dqq.CoordinateUniform(1.0, 3, 2), np.zeros(2), rng=3), "rng"),
        (lambda: dqq.send(dqq.CoordinateUniform(1.0, 3, 2), np.zeros(2), outside="wrap"), "outside"),
        (lambda: dqq.send(dqq.CoordinateUniform(1.0, 3, 2), np.array([np.nan, 0])), "u"),
        (lambda: dqq.encode(dqq.CoordinateUniform(1e10, 3, 2), np.zeros(2, np.float32), 1e30), "scale"),
        (lambda: dqq.decode(dqq.CoordinateUniform(1.0, 3, 2), [0, 4]), "codes"),
    ],
)
def test_bad_arguments_of_cuq_are_named(call, word):
    with pytest.raises((ValueError, TypeError), match=word):
        call()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("dim", [1, 2, 4, 8, 32, 64, 128, 256, 1024, 4096, 8192])
def test_the_transform_is_the_matrix(dim, dtype):
    x = stream(dim, "transform").standard_normal(dim).astype(dtype)
    expected = hadamard(dim) @ x.astype(np.float64) / math.sqrt(dim)
    y = x.copy()
    assert dqq.walsh_hadamard(y) is y and y.dtype == dtype
    assert np.abs(y - expected).max() <= 40 * np.finfo(dtype).eps


@pytest.mark.parametrize("power", [13, 14, 15, 16, 17, 18])
def test_long_transforms_are_orthogonal_and_their_own_inverse(power):
    """Every number of levels above a block, on one core and on many; columns of H by their formula, (-1)**popcount(i & j)."""
    d, rng = 1 << power, stream(power, "long transform")
    for i in rng.integers(0, d, 5):
        e = np.zeros(d)
        e[i] = 1
        signs = 1 - 2.0 * (np.bitwise_count(np.arange(d) & i) % 2)
        assert np.allclose(dqq.walsh_hadamard(e), signs / math.sqrt(d), rtol=1e-14)
    x, z = rng.standard_normal((2, d))
    hx, hz = dqq.walsh_hadamard(x.copy()), dqq.walsh_hadamard(z.copy())
    assert hx @ hz == pytest.approx(x @ z, rel=1e-9, abs=1e-9) and hx @ hx == pytest.approx(x @ x)
    assert np.allclose(dqq.walsh_hadamard(hx), x, atol=1e-13)


@pytest.mark.parametrize("dim", [1, 2, 3, 64, 65, 130, 5000])
def test_rotation_by_signs_and_matrix(dim):
    """Bit i mod 64 of draw i // 64 of the shared key decides the sign of coordinate i."""
    u, size = stream(dim, "rotation").standard_normal(dim), 1 << (dim - 1).bit_length()
    for shared in (0, 9, 2**62):
        y = dqq.rotate(u, shared)
        signs = [1 - 2 * (oracles.splitmix(shared, i // 64) >> i % 64 & 1) for i in range(dim)]
        expected = np.append(signs * u, np.zeros(size - dim))
        assert np.allclose(y, dqq.walsh_hadamard(expected), atol=1e-14)
        assert np.allclose(dqq.rotate_back(y, dim, shared), u, atol=1e-13)
    assert not np.allclose(dqq.rotate(u, 1) ** 2, dqq.rotate(u, 2) ** 2) or dim <= 3


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_long_rotations_on_all_cores(dtype):
    u = stream(0, "long rotation").standard_normal((1 << 17) + 77).astype(dtype)
    y = dqq.rotate(u, 5)
    assert y.size == 1 << 18 and y.dtype == dtype
    assert np.abs(dqq.rotate_back(y, u.size, 5) - u).max() <= 40 * np.finfo(dtype).eps


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: dqq.walsh_hadamard([1.0, 2.0]), "x"),
        (lambda: dqq.walsh_hadamard(np.arange(4)), "x"),
        (lambda: dqq.walsh_hadamard(np.zeros(3)), "power of two of coordinates, got 3"),
        (lambda: dqq.walsh_hadamard(np.zeros(0)), "x"),
        (lambda: dqq.walsh_hadamard(np.zeros((2, 2))), "x"),
        (lambda: dqq.walsh_hadamard(np.zeros(8)[::2]), "x"),
        (lambda: dqq.rotate([np.nan]), "u"),
        (lambda: dqq.rotate([1.0], -1), "shared"),
        (lambda: dqq.rotate([]), "u"),
        (lambda: dqq.rotate_back([1.0, 2.0, 3.0], 3), "y"),
        (lambda: dqq.rotate_back([1.0, 2.0], 2, shared="key"), "shared"),
    ],
)
def test_bad_arguments_of_the_rotation_are_named(call, word):
    with pytest.raises((ValueError, TypeError), match=word):
        call()


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
