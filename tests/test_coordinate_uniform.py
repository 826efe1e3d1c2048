"""CUQ: unbiased with the exact variance, in messages of exactly the stated length, written in one pass."""

import math

import numpy as np
import pytest

from dqlab import quantizers as dqq
from dqlab.bits import DecodeError, int_to_message
from dqlab.streams import stream

from .unbiased import D, N, bernstein, draws, shapes


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
