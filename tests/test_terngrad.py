"""TernGrad: unbiased with the exact variance, what clipping costs, its scales, its messages."""

import math

import numpy as np
import pytest

from dqlab import quantizers as dqq
from dqlab.bits import DecodeError, Message, int_to_message, message_to_int
from dqlab.streams import stream

from .unbiased import D, N, bernstein, draws, shapes

SCALE_BITS = 2 * 4  # where the scale of a message of four letters begins


def scale_of(q, v):
    """s of a vector as one tensor, not rounded."""
    return np.abs(v).max() if q.scaler == np.inf else np.linalg.norm(v)


@pytest.mark.parametrize("scaler", ["max", "l2"])
def test_unbiased_with_the_exact_variance(scaler):
    """E Q(v) = v and E (Q(v)_i - v_i)**2 = s |v_i| - v_i**2, on directions that are hard; the family of all comparisons errs with probability 1e-6."""
    q = dqq.TernGrad(D, scaler)
    for name, y in shapes().items():
        s = scale_of(q, y)
        off, variances = draws(q, y, N, "TernGrad", scaler, name) - y, s * np.abs(y) - y**2
        assert (np.abs(off.mean(axis=0)) <= bernstein(variances + 1e-9 * s * s, s, N)).all()
        assert (np.abs((off**2).mean(axis=0) - variances) <= bernstein(s**4 / 4, s**2, N) + 1e-6 * s * s).all()


def test_scales_of_tensors_are_their_own():
    """Each tensor is what it is alone, with other draws: the mean and the levels of both."""
    q = dqq.TernGrad(D, tensors=[5, D - 5])
    y = shapes()["heavy-tailed"]
    outputs = draws(q, y, 2000, "tensors")
    for part in (slice(0, 5), slice(5, D)):
        s = np.abs(y[part]).max()
        levels = np.abs(outputs[:, part])
        assert (np.isclose(levels, s, rtol=1e-6) | (levels == 0)).all()
        off, variances = outputs[:, part] - y[part], s * np.abs(y[part]) - y[part] ** 2
        assert (np.abs(off.mean(axis=0)) <= bernstein(variances + 1e-9 * s * s, s, 2000)).all()


def test_no_draw_is_used_twice():
    """Two tensors with the same numbers, even and odd in size, do not get the same coins."""
    for size in (32, 33):
        v = np.tile(np.append(np.full(size - 1, 0.5), 1.0), 2)
        q = dqq.quantize(dqq.TernGrad(2 * size, tensors=[size, size]), v)
        assert (q[:size] != q[size:]).any()


@pytest.mark.parametrize("scaler", ["max", "l2"])
def test_clipping_is_biased_by_what_it_cuts_off(scaler):
    """E Q(v) = clip(v) at c standard deviations about 0; the bias of the others is none."""
    y, c = shapes()["heavy-tailed"], 1.2
    limit = c * np.linalg.norm(y) / math.sqrt(D)
    clipped = np.clip(y, -limit, limit)
    assert (np.abs(clipped) < np.abs(y)).any()
    s = np.abs(clipped).max() if scaler == "max" else np.linalg.norm(clipped)
    off = draws(dqq.TernGrad(D, scaler, clip=c), y, N, "clipped", scaler) - clipped
    assert (np.abs(off.mean(axis=0)) <= bernstein(s * np.abs(clipped) - clipped**2 + 1e-9 * s * s, s, N)).all()


def test_the_bias_of_clipping_gaussian_coordinates():
    """0.0024 sigma**2 a coordinate at c = 2.5, by integration and on a long vector."""
    x = np.linspace(2.5, 12, 200_001)
    bias = 2 * np.sum((x - 2.5) ** 2 * np.exp(-(x**2) / 2)) * (x[1] - x[0]) / math.sqrt(2 * math.pi)
    assert bias == pytest.approx(0.0024, abs=5e-6)
    v = stream(0, "gaussian").standard_normal(1 << 20)
    assert np.mean(np.maximum(np.abs(v) - 2.5 * v.std(), 0) ** 2) == pytest.approx(bias, rel=0.05)


def test_constant_and_single_vectors_are_exact():
    """Clipped or not, for c >= 1: the deviation is that about 0."""
    for dtype in (np.float32, np.float64):
        for v in (np.full(9, 0.3), np.full(9, -1e-20), 2.5 * np.eye(9)[4], np.zeros(9)):
            v = v.astype(np.float32).astype(dtype)  # a scale that float32 has
            for q in (dqq.TernGrad(9), dqq.TernGrad(9, clip=1.0)):
                if np.ptp(v) == 0 or q.clip == np.inf:
                    assert np.array_equal(dqq.quantize(q, v), v)
    assert np.array_equal(dqq.quantize(dqq.TernGrad(1, "l2", clip=1.0), [-0.5]), [-0.5])


def test_the_scale_is_rounded_up():
    for v in ([0.1, 0.05], [1 / 3, 0.0], [1e-9, 1e-9], [7.0, 1.0]):
        for q in (dqq.TernGrad(2), dqq.TernGrad(2, "l2"), dqq.TernGrad(2, clip=0.9)):
            sent = float(dqq.encode(q, v)[-1:].astype(np.int32).view(np.float32)[0])
            s = scale_of(q, v) if q.clip == np.inf else min(max(v), 0.9 * np.linalg.norm(v) / math.sqrt(2))
            assert -1e-11 <= sent / s - 1 <= 2.0**-22


@pytest.mark.parametrize(
    "q", [dqq.TernGrad(4097), dqq.TernGrad(4097, "l2", 1.5), dqq.Threshold(4097), dqq.Threshold(4097, "gaussian")]
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_in_one_pass_the_bits_of_two(q, dtype):
    """`send` and `receive` on one core and on many equal `pack` after `encode` and `decode` after `unpack`, at any scale."""
    for dim in (3, 4097, (1 << 17) + 4099):
        q, u = type(q)(dim, *q[1:-1]), stream(0, "long").standard_normal(dim).astype(dtype)
        for scale in (dtype(1), dtype(0.013)):
            codes, message = dqq.encode(q, u, scale), dqq.send(q, u, scale)
            assert np.array_equal(message.words, dqq.pack(q, codes).words) and message.nbits == 2 * dim + 32
            received = dqq.receive(q, message, scale)
            assert received.dtype == dtype and np.array_equal(received, dqq.decode(q, codes, scale))


def test_many_cores_and_one_find_the_same(monkeypatch):
    """The parallel kernels and the serial ones: not a bit differs."""
    from dqlab.quantizers import exact_threshold, terngrad, threshold

    schemes = [
        dqq.TernGrad(1 << 17),
        dqq.TernGrad(1 << 17, "l2"),
        dqq.Threshold(1 << 17),
        dqq.Threshold(1 << 17, "gaussian"),
    ]
    u = stream(0, "many").standard_t(2, 1 << 17)
    many = [dqq.send(q, u) for q in schemes]
    for module in (exact_threshold, terngrad, threshold):
        monkeypatch.setattr(module, "on_cores", lambda parallel, serial, many, *arguments: serial(*arguments))
    for q, message in zip(schemes, many, strict=True):
        assert np.array_equal(dqq.send(q, u).words, message.words)


def test_second_moment_and_relative_variance():
    """The bounds are attained: by equal coordinates for the norm, and by one large and many alike for the largest coordinate."""
    for d in (1, 2, 9, 64):
        flat = np.ones(d)
        assert dqq.relative_variance(dqq.TernGrad(d, "l2")) == pytest.approx(math.sqrt(d) - 1, rel=1e-5, abs=1e-5)
        assert np.linalg.norm(flat) * flat.sum() / d - 1 == pytest.approx(math.sqrt(d) - 1)
        worst = np.append(1.0, np.full(d - 1, 1 / (1 + math.sqrt(d))))
        attained = worst.sum() / (worst @ worst) - 1
        assert dqq.relative_variance(dqq.TernGrad(d)) == pytest.approx((math.sqrt(d) - 1) / 2, rel=1e-5, abs=1e-5)
        assert attained == pytest.approx((math.sqrt(d) - 1) / 2)
    assert dqq.variance_bound(dqq.TernGrad(4)) == np.inf
    assert dqq.relative_variance(dqq.TernGrad(13, tensors=[4, 9])) == pytest.approx(1, rel=1e-5)
    for bound in (dqq.relative_variance, dqq.variance_bound):
        for q in (dqq.TernGrad(4, clip=2.5), dqq.Threshold(4), dqq.Float32(4)):
            with pytest.raises(TypeError, match="biased"):
                bound(q)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_tiny_and_huge(dtype):
    """Denormal numbers keep their mean at the scale that float32 has, and huge ones do not overflow."""
    q, limits = dqq.TernGrad(3), np.finfo(dtype)
    for value in (limits.smallest_subnormal, limits.tiny):
        output = dqq.quantize(q, np.full(3, value, dtype))
        assert np.isfinite(output).all() and np.abs(output).max() <= max(2 * value, 2.0**-95)
    huge = np.array([0.0, 3e38, -3e38], dtype)
    assert np.allclose(dqq.quantize(q, huge) / dtype(3e38), [0, 1, -1], rtol=1e-6)
    with pytest.raises(ValueError, match=r"outside the domain.*larger scale"):
        dqq.send(q, [1e200, 0.0, 0.0])
    assert np.allclose(dqq.quantize(q, [1e200, 0.0, -1e200], 1e190) / 1e200, [1, 0, -1])
    with pytest.raises(ValueError, match="outside the domain"):
        dqq.send(dqq.TernGrad(2, "l2"), np.array([3e38, 3e38], np.float32))


@pytest.mark.parametrize("cls", [dqq.TernGrad, dqq.Threshold])
def test_messages_that_cannot_be(cls):
    """The letter 3, letters without a scale, scales that are no finite number >= 0; a threshold that sends a scale and no letter."""
    q = cls(4)
    message = dqq.send(q, [0.75, 0.0, -0.75, 0.0])
    letters, scale = message_to_int(message) & 255, message_to_int(message) >> SCALE_BITS
    assert letters == 0b00_10_00_01 and scale == 0x3F400000
    impossible = [
        (letters | 0b11 << 2, scale),
        (letters, 0),
        (letters, 0x7F800000),
        (letters, 0x7FC00000),
        (letters, 0xBF400000),
    ]
    if cls is dqq.Threshold:
        impossible.append((0, scale))
    else:
        assert not dqq.receive(q, int_to_message(scale << SCALE_BITS, 40)).any()
    for letters, scale in impossible:
        wrong = int_to_message(letters | scale << SCALE_BITS, 40)
        for verb in (dqq.unpack, dqq.receive):
            with pytest.raises(DecodeError):
                verb(q, wrong)
        codes = np.array([letters & 3, letters >> 2 & 3, letters >> 4 & 3, letters >> 6, scale])
        for verb in (dqq.pack, dqq.decode):
            with pytest.raises(ValueError, match="codes"):
                verb(q, codes)
    with pytest.raises(DecodeError):
        dqq.receive(q, Message(message.words | np.uint64(1 << 40), 40))


def test_a_wrong_letter_in_a_long_message():
    q = dqq.TernGrad(5000)
    message = dqq.send(q, np.ones(5000))
    for byte in (0, 1000, 1249):
        words = message.words.copy()
        words.view(np.uint8)[byte] |= 0b11
        with pytest.raises(DecodeError):
            dqq.receive(q, Message(words, message.nbits))


def test_what_an_instance_says_builds_it_again():
    for q in (
        dqq.TernGrad(5, "l2", 2.5, [2, 3]),
        dqq.TernGrad(5),
        dqq.Threshold(5, "gaussian"),
        dqq.Threshold(5, tensors=[1, 4]),
    ):
        again = eval(repr(q), vars(dqq))
        assert repr(again) == repr(q) and repr(type(q)(*q)) == repr(q)


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: dqq.TernGrad(0), "dim"),
        (lambda: dqq.TernGrad(3, "l1"), "scaler: expected one of 'max', 'l2'"),
        (lambda: dqq.TernGrad(3, np.ones(3)), "scaler: expected one of 'max', 'l2'"),
        (lambda: dqq.TernGrad(3, clip=0.0), "clip"),
        (lambda: dqq.TernGrad(3, clip="2"), "clip"),
        (lambda: dqq.TernGrad(3, tensors=[1, 1]), "add up to dim = 3"),
        (lambda: dqq.TernGrad(3, tensors=[3, 0]), "tensors"),
        (lambda: dqq.TernGrad(3, tensors=[1.5, 1.5]), "tensors"),
        (lambda: dqq.Threshold(3, tensors=[]), "tensors"),
        (lambda: dqq.Threshold(3, "best"), "rule: expected one of 'exact', 'gaussian'"),
        (lambda: dqq.Float32(2.5), "dim"),
        (lambda: dqq.send(dqq.TernGrad(2), [np.inf, 0.0]), "u"),
        (lambda: dqq.send(dqq.TernGrad(2), [np.nan, 0.0]), "u"),
        (lambda: dqq.send(dqq.TernGrad(2, "l2"), [np.nan, 0.0]), "u"),
        (lambda: dqq.send(dqq.TernGrad(2), np.zeros(3)), "u"),
        (lambda: dqq.send(dqq.TernGrad(2), np.zeros(2), rng=3), "rng"),
        (lambda: dqq.send(dqq.TernGrad(2), np.zeros(2), outside="wrap"), "outside"),
        (lambda: dqq.second_moment_bound(dqq.TernGrad(2)), "bound"),
    ],
)
def test_bad_arguments_are_named(call, word):
    with pytest.raises((ValueError, TypeError), match=word):
        call()


def test_float32_is_the_nearest_number():
    q, u = dqq.Float32(70), stream(0, "float32").standard_normal(70)
    assert np.array_equal(dqq.quantize(q, u), u.astype(np.float32).astype(float)) and dqq.nbits(q) == 32 * 70
    assert np.array_equal(dqq.quantize(q, u.astype(np.float32)), u.astype(np.float32))
    message = dqq.send(q, u)
    infinite = message.words.copy()
    infinite[0] = np.uint64(0x7F800000)
    with pytest.raises(DecodeError):
        dqq.receive(q, Message(infinite, message.nbits))
    with pytest.raises(ValueError, match="outside the domain"):
        dqq.send(q, 1e39 * u)
