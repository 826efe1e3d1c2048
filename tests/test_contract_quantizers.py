"""What every quantizer owes: exact messages, true bit counts, one arithmetic, scaling, and no silent clipping."""

import math

import numpy as np
import pytest

from dqlab import quantizers as dqq
from dqlab.bits import DecodeError, Message
from dqlab.streams import key, stream

from . import oracles
from .examples import CASES, QUANTIZERS, inputs, quantizer, registered

ORACLES = {
    dqq.UniformScalar: lambda q, u, scale: oracles.nearest_midpoint(q.levels, u, scale),
    dqq.Codebook: lambda q, u, scale: oracles.nearest_point(q.points, u, scale),
    dqq.Identity: lambda q, u, scale: u,
    dqq.Voronoi: oracles.nearest_lattice_points,
    dqq.Ball: oracles.nearest_lattice_points,
    dqq.SimQ: lambda q, u, scale: oracles.corner(q.bound * scale, u, key(stream(0, "encode"))),
    dqq.SimQPlus: lambda q, u, scale: oracles.mean_of_corners(q.bound * scale, u, q.repeats, key(stream(0, "encode"))),
    dqq.SketchedSimQ: lambda q, u, scale: oracles.sketched_corner(q.bound * scale, u, q.bits, key(stream(0, "encode"))),
    dqq.CoordinateUniform: lambda q, u, scale: oracles.randomly_rounded(
        q.bound * scale, q.levels, u, key(stream(0, "encode"))
    ),
    dqq.RATQ: lambda q, u, scale: oracles.rotated_and_rounded(
        q.bound * scale, q.levels, q.block, u, key(stream(0, "encode")), shared=0
    ),
    dqq.AGUQ: lambda q, u, scale: _gain(q, u, scale, key(stream(0, "encode"))),
    dqq.UniformGain: lambda q, u, scale: _gain(q, u, scale, key(stream(0, "encode"))),
    dqq.GainShape: lambda q, u, scale: _gain_and_shape(q, u, scale, stream(0, "encode")),
    dqq.SplitLq: lambda q, u, scale: oracles.split_and_rounded(
        (q.small.bound * scale, q.small.levels),
        (q.large.bound * scale, q.large.levels, q.large.block, q.entries),
        u,
        stream(0, "encode"),
    ),
    dqq.ScaledSign: lambda q, u, scale: (
        scale * float(np.float32(np.abs(u / scale).mean())) * np.where(u < 0, -1.0, 1.0)
    ),
    dqq.SubsampledRATQ: lambda q, u, scale: oracles.rotated_and_sampled(
        q.bound * scale, q.sent, u, key(stream(0, "encode")), shared=0
    ),
    dqq.Grid: lambda q, u, scale: oracles.nearest_then_a_step(
        q.per_unit / scale, q.bound * scale, u, key(stream(0, "encode"))
    ),
    dqq.LowPrecision: lambda q, u, scale: oracles.parts_of_the_norm(q.levels, u, scale, key(stream(0, "encode"))),
    dqq.TernGrad: lambda q, u, scale: oracles.ternary_gradient(
        q.tensors, q.scaler, q.clip, u, scale, key(stream(0, "encode"))
    ),
    dqq.Threshold: lambda q, u, scale: oracles.above_a_threshold(q.tensors, q.rule, u, scale),
    dqq.Float32: lambda q, u, scale: scale * (u / scale).astype(np.float32).astype(float),
}
UNBOUNDED = {
    dqq.Identity,
    dqq.AGUQ,
    dqq.UniformGain,
    dqq.GainShape,
    dqq.LowPrecision,
    dqq.ScaledSign,
    dqq.TernGrad,
    dqq.Threshold,
    dqq.Float32,
}  # no input is too large for them
SCALES = [1.0, 0.013, 250.0]


def _gain(q, u, scale, key):
    ends = [q.top] if isinstance(q, dqq.UniformGain) else [q.bound * q.ratio ** (j / 2) for j in range(q.ranges)]
    return np.array([scale * oracles.rounded_gain(ends, q.levels, u[0] / scale, key)])


def _gain_and_shape(q, u, scale, rng):
    length, first = np.linalg.norm(u, q.order), key(rng)
    y, shape, gain = u / max(length, 1e-300), q.shape, _gain(q.gain, np.array([length]), scale, first)
    if isinstance(shape, dqq.SimQPlus):
        return gain * oracles.mean_of_corners(shape.bound, y, shape.repeats, key(rng))
    return gain * oracles.rotated_and_rounded(shape.bound, shape.levels, shape.block, y, key(rng), shared=0)


pytestmark = pytest.mark.parametrize(("cls", "which"), CASES, ids=lambda value: getattr(value, "__name__", value))


def test_every_registered_class_is_covered(cls, which):
    assert set(registered(dqq.encode)) == set(QUANTIZERS) == set(ORACLES) == set(registered(dqq.decode))
    assert isinstance(quantizer(cls, which), tuple) and cls.__doc__


def test_messages_are_exact_and_reversible(cls, which):
    q = quantizer(cls, which)
    for scale in SCALES:
        for u in inputs(q, 10, scale):
            codes = dqq.encode(q, u, scale)
            message = dqq.pack(q, codes)
            assert message.nbits == dqq.nbits(q)
            assert np.array_equal(dqq.unpack(q, message), codes)
            again = Message.from_bytes(message.to_bytes(), message.nbits)
            received = dqq.decode(q, dqq.unpack(q, again), scale)
            assert np.array_equal(received, dqq.quantize(q, u, scale))
            sent = dqq.send(q, u, scale)
            assert sent.nbits == message.nbits and np.array_equal(sent.words, message.words)
            assert np.array_equal(dqq.receive(q, sent, scale), received)


def test_kernel_agrees_with_the_oracle(cls, which):
    q = quantizer(cls, which)
    for scale in SCALES:
        for u in inputs(q, 10, scale, seed=1):
            got, expected = dqq.quantize(q, u, scale), ORACLES[cls](q, u, scale)
            assert np.linalg.norm(u - got) == pytest.approx(np.linalg.norm(u - expected), rel=1e-12, abs=1e-14 * scale)


def test_error_stays_within_the_covering_radius_at_every_scale(cls, which):
    q = quantizer(cls, which)
    for scale in SCALES:
        bound = dqq.covering_radius(q) * scale * (1 + 1e-9)
        for u in inputs(q, 40, scale * min(dqq.dynamic_range(q), 1.0), seed=2):
            assert np.linalg.norm(dqq.quantize(q, u, scale) - u) <= bound


def test_scaling_is_equation_7(cls, which):
    q = quantizer(cls, which)
    for u in inputs(q, 10, 1.0, seed=3):
        if cls is not dqq.Identity:
            assert np.array_equal(dqq.encode(q, 4.0 * u, 4.0), dqq.encode(q, u))
        assert np.allclose(dqq.quantize(q, 4.0 * u, 4.0), 4.0 * dqq.quantize(q, u), rtol=1e-15, atol=0)


def test_single_precision_goes_the_same_way(cls, which):
    q = quantizer(cls, which)
    for u in inputs(q, 5, 0.9, seed=4):
        u = u.astype(np.float32)
        sent = dqq.send(q, u)
        received = dqq.receive(q, sent, np.float32(1.0))
        assert received.dtype == np.float32 and np.array_equal(received, dqq.quantize(q, u))
        assert np.linalg.norm(received - u) <= dqq.covering_radius(q) + 1e-5


def test_the_decoder_needs_no_private_randomness(cls, which):
    q = quantizer(cls, which)
    u = next(iter(inputs(q, 1, 0.7, seed=5)))
    codes = dqq.encode(q, u, 1.0, stream(7, "encoder"))
    assert np.array_equal(codes, dqq.encode(q, u, 1.0, stream(7, "encoder")))
    assert np.array_equal(dqq.decode(q, codes), dqq.decode(q, codes.copy()))


def test_damaged_messages_never_decode(cls, which):
    q = quantizer(cls, which)
    message = dqq.send(q, np.zeros(q.dim))
    longer = Message(np.zeros((message.nbits + 64) // 64, np.uint64), message.nbits + 1)
    with pytest.raises(DecodeError):
        dqq.unpack(q, longer)
    with pytest.raises(DecodeError):
        dqq.receive(q, Message(message.words, message.nbits - 1))
    if message.nbits % 64:
        stray = message.words.copy()
        stray[-1] |= np.uint64(1 << 63)
        with pytest.raises(DecodeError):
            dqq.receive(q, Message(stray, message.nbits))
    if 2**message.nbits > dqq.points(q):
        ones = np.full_like(message.words, np.uint64(2**64 - 1))
        if message.nbits % 64:
            ones[-1] = np.uint64((1 << message.nbits % 64) - 1)
        with pytest.raises(DecodeError):
            dqq.receive(q, Message(ones, message.nbits))


def test_bad_inputs_are_named(cls, which):
    q = quantizer(cls, which)
    good = np.zeros(q.dim)
    for name, u in [
        ("u", np.zeros(q.dim + 1)),
        ("u", good + np.nan),
        ("u", good + np.inf),
        ("u", np.zeros((q.dim, 1))),
    ]:
        for verb in (dqq.encode, dqq.quantize, dqq.send):
            with pytest.raises(ValueError, match=name):
                verb(q, u)
    with pytest.raises(TypeError, match="u"):
        dqq.encode(q, "text")
    for scale in (0.0, -1.0, np.nan, np.inf):
        for verb in (dqq.encode, dqq.quantize, dqq.send):
            with pytest.raises(ValueError, match="scale"):
                verb(q, good, scale)
    with pytest.raises(ValueError, match="outside"):
        dqq.encode(q, good, outside="wrap")
    with pytest.raises(ValueError, match="codes"):
        dqq.decode(q, np.zeros(dqq.length(q) + 1, np.int64))
    with pytest.raises(ValueError, match="codes"):
        dqq.pack(q, np.full(dqq.length(q), -1))


def test_nothing_is_clipped_silently(cls, which):
    q = quantizer(cls, which)
    u = np.full(q.dim, 3.0)
    if cls in UNBOUNDED:
        assert dqq.inside(q, 1e9 * u) and dqq.send(q, 1e9 * u).nbits == dqq.nbits(q)
        assert cls is not dqq.Identity or np.array_equal(dqq.quantize(q, u), u)
        return
    for verb in (dqq.encode, dqq.quantize, dqq.send):
        with pytest.raises(ValueError, match="outside the domain"):
            verb(q, u)
    clipped = dqq.quantize(q, u, outside="clip")
    assert np.array_equal(dqq.receive(q, dqq.send(q, u, outside="clip")), clipped)
    assert np.linalg.norm(u - clipped) <= np.linalg.norm(u - dqq.quantize(q, np.zeros(q.dim)))


def test_covering_efficiency_is_at_least_one(cls, which):
    q = quantizer(cls, which)
    if cls is dqq.Identity:
        assert dqq.covering_radius(q) == 0 and dqq.dynamic_range(q) == np.inf
        return
    assert dqq.covering_efficiency(q) >= 1
    assert dqq.covering_efficiency(q) == pytest.approx(2 ** (math.log2(dqq.points(q)) / q.dim) * dqq.relative_radius(q))
    assert dqq.rate(q) == pytest.approx(q.rate)
