"""LowPrecision (QSGD): unbiased with the exact variance, whatever the length of the vector; its second moment and its messages."""

import math

import numpy as np
import pytest

from dqlab import quantizers as dqq
from dqlab.bits import DecodeError, Message, int_to_message
from dqlab.streams import stream

from .unbiased import D, N, bernstein, draws, shapes


def variances(y, levels):
    """Of every coordinate: f (1 - f) step**2, where f is the part of a step above the level below."""
    step = np.linalg.norm(y) / levels
    part = np.abs(y) / step % 1.0
    return part * (1 - part) * step**2


@pytest.mark.parametrize("levels", [1, 3, 64])
@pytest.mark.parametrize("shape", shapes())
def test_unbiased_with_the_exact_variance(levels, shape):
    q, y = dqq.LowPrecision(levels, D), shapes()[shape]
    y *= 5.0 / np.linalg.norm(y)  # a norm that float32 has
    off, step = draws(q, y, N, "LowPrecision", levels, shape) - y, 5.0 / levels
    assert (np.abs(off) <= step * (1 + 1e-6)).all()
    assert (np.abs(off.mean(axis=0)) <= bernstein(variances(y, levels) + 1e-9, step, N)).all()
    assert (np.abs((off**2).mean(axis=0) - variances(y, levels)) <= bernstein(step**4 / 4, step**2, N) + 1e-6).all()


def test_second_moment_is_largest_for_flat_vectors():
    """sqrt(d) / s |y|**2 up to s = sqrt(d) / 2, where a flat vector has it exactly, and 1 + d / (2s)**2 past that; never more."""
    rng = stream(0, "second moment")
    for d in (1, 2, 4, 9, 64, 100):
        flat = np.ones(d) / math.sqrt(d)
        for s in (1, 2, 3, 5, 40):
            bound = dqq.second_moment_bound(dqq.LowPrecision(s, d), bound=1.0, norm=2)
            others = rng.standard_normal((200, d)) ** rng.choice([1, 3], (200, 1))
            for y in (flat, np.eye(d)[0], *(others / np.linalg.norm(others, axis=1)[:, None])):
                assert 1 + variances(y, s).sum() <= bound
            if 2 * s <= math.sqrt(d):
                assert 1 + variances(flat, s).sum() == pytest.approx(math.sqrt(d) / s) == pytest.approx(bound)


@pytest.mark.parametrize(("levels", "nbits"), [(1, 52), (2, 62), (3, 62), (4, 72), (64, 112), (127, 112), (128, 122)])
def test_lengths(levels, nbits):
    q = dqq.LowPrecision(levels, 10)
    assert dqq.nbits(q) == 10 * math.ceil(math.log2(2 * levels + 1)) + 32 == nbits == dqq.send(q, np.ones(10)).nbits


@pytest.mark.parametrize("levels", [1, 64, 300])
@pytest.mark.parametrize("dim", [3, 4097, (1 << 17) + 4099])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_in_one_pass_the_bits_of_two(levels, dim, dtype):
    """`send` and `receive` on one core and on many equal `pack` after `encode` and `decode` after `unpack`."""
    q, u = dqq.LowPrecision(levels, dim), stream(0, "long").standard_normal(dim).astype(dtype)
    codes, message = dqq.encode(q, u), dqq.send(q, u)
    assert np.array_equal(message.words, dqq.pack(q, codes).words)
    received = dqq.receive(q, message, dtype(1))
    assert received.dtype == dtype and np.array_equal(received, dqq.decode(q, codes, dtype(1)))
    assert np.abs(received - u).max() <= np.linalg.norm(u.astype(float)) / levels * (1 + 1e-5)


def test_the_norm_is_rounded_up():
    q = dqq.LowPrecision(5, 2)
    for y in ([3.0, 4.0], [1.0, 1e-9], [0.1, 0.2], [1 / 3, 0.0]):
        sent = float(dqq.encode(q, y)[-1:].astype(np.int32).view(np.float32)[0])
        assert max(np.abs(y)) <= sent and 0 <= sent / np.hypot(*y) - 1 <= 2.0**-23


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_zero_tiny_and_huge(dtype):
    """0 is exact; what is tiny or huge keeps its mean, at the scale that holds it."""
    q, limits = dqq.LowPrecision(4, 3), np.finfo(dtype)
    assert not dqq.quantize(q, np.zeros(3, dtype)).any()
    for value in (limits.smallest_subnormal, limits.tiny, dtype(1e-30)):
        output = dqq.quantize(q, np.full(3, value, dtype))
        assert np.isfinite(output).all() and np.abs(output).max() <= max(2 * value, 2.0**-95)
    huge = np.array([0.0, 1e38, -1e38], dtype)
    assert np.abs(dqq.quantize(q, huge) / dtype(1e38) - huge / dtype(1e38)).max() <= 0.36
    wide = np.array([0.0, 1.0, -1.0]) * 1e200
    assert np.abs(dqq.quantize(q, wide, 1e190) / 1e200 - wide / 1e200).max() <= 0.36


def test_a_norm_past_float32_is_refused():
    q = dqq.LowPrecision(4, 2)
    with pytest.raises(ValueError, match=r"outside the domain.*1e\+200.*larger scale"):
        dqq.send(q, [1e200, 0.0])
    assert np.allclose(dqq.quantize(q, [1e200, 0.0], outside="clip") / np.finfo(np.float32).max, [1, 0])
    assert np.allclose(dqq.quantize(q, [1e200, 0.0], 1e180) / 1e200, [1, 0])


def test_messages_that_cannot_be():
    q = dqq.LowPrecision(4, 3)
    message, width = dqq.send(q, [0.6, 0.0, -0.8]), 4
    norms = {"infinite": 0x7F800000, "negative": 0x80000000, "not a number": 0x7FC00000, "0 with levels": 0}
    for bits in norms.values():
        value = (int(message.words[0]) & ((1 << 3 * width) - 1)) | bits << 3 * width
        for verb in (dqq.unpack, dqq.receive):
            with pytest.raises(DecodeError, match="no encoder"):
                verb(q, int_to_message(value, message.nbits))
    letter = Message(message.words | np.uint64(15), message.nbits)
    for verb in (dqq.unpack, dqq.receive):
        with pytest.raises(DecodeError):
            verb(q, letter)
    for place, code in [(0, 9), (-1, 0), (-1, 0x7F800000)]:
        codes = dqq.unpack(q, message).copy()
        codes[place] = code
        for verb in (dqq.pack, dqq.decode):
            with pytest.raises(ValueError, match="codes"):
                verb(q, codes)


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: dqq.LowPrecision(0, 3), "levels"),
        (lambda: dqq.LowPrecision(2**29, 3), "levels"),
        (lambda: dqq.LowPrecision(2.5, 3), "levels"),
        (lambda: dqq.LowPrecision(3, 0), "dim"),
        (lambda: dqq.send(dqq.LowPrecision(3, 2), [np.inf, 0.0]), "u"),
        (lambda: dqq.send(dqq.LowPrecision(3, 2), [np.nan, 0.0]), "u"),
        (lambda: dqq.send(dqq.LowPrecision(3, 2), np.zeros(3)), "u"),
        (lambda: dqq.send(dqq.LowPrecision(3, 2), np.zeros(2), rng=3), "rng"),
        (lambda: dqq.send(dqq.LowPrecision(3, 2), np.zeros(2), outside="wrap"), "outside"),
        (lambda: dqq.second_moment_bound(dqq.LowPrecision(3, 2)), "bound"),
    ],
)
def test_bad_arguments_are_named(call, word):
    with pytest.raises((ValueError, TypeError), match=word):
        call()
