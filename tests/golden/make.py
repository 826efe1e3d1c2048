"""Write the golden messages: `python -m tests.golden.make`. Only ever for a new scheme, or for a breaking release."""

import hashlib
import json
from pathlib import Path

import numpy as np

from dqlab import bits, quantizers, streams

FOLDER = Path(__file__).parent
LONG = 1000  # coordinates of which digests are kept, instead of every one


def schemes():
    """The instances whose messages are kept."""
    return {
        "UniformScalar-1": quantizers.UniformScalar(1, 5),
        "UniformScalar-2": quantizers.UniformScalar(2, 70),
        "UniformScalar-3": quantizers.UniformScalar(3, 70),
        "UniformScalar-16": quantizers.UniformScalar(16, 33),
        "UniformScalar-16-blocks": quantizers.UniformScalar(16, 4096 + 5),
        "UniformScalar-1000": quantizers.UniformScalar(1000, 130),
        "Codebook": quantizers.Codebook([[-0.5, 0.1], [0.5, 0.0], [0.0, 0.8]], covering_radius=1.5),
        "Identity": quantizers.Identity(3),
        "Voronoi-Z": quantizers.Lattice("Z1", 3.5, 9),
        "Voronoi-A2": quantizers.Lattice("A2", 3, 8),
        "Voronoi-D4": quantizers.Lattice("D4", 3, 12),
        "Voronoi-E8": quantizers.Lattice("E8", 3.4, 24),
        "Voronoi-Leech": quantizers.Lattice("Leech", 3, 48),
        "Ball-Leech": quantizers.Lattice("Leech", 2.5, shape="ball"),
        "Ball-Z": quantizers.Lattice("Z30", 2.2, shape="ball"),
        "Ball-A5*": quantizers.Lattice("A5*", 3, shape="ball"),
        "Ball-E8": quantizers.Lattice("E8", 3, shape="ball"),
        "SimQ": quantizers.SimQ(4.0, 5),
        "SimQPlus-joint": quantizers.SimQPlus(8.0, 9, 6),
        "SimQPlus-type": quantizers.SimQPlus(8.0, 9, 6, joint=False),
        "SketchedSimQ-3": quantizers.SketchedSimQ(4.0, 9, 3),
        "SketchedSimQ-all": quantizers.SketchedSimQ(4.0, 9, 5),
        "CoordinateUniform-7": quantizers.CoordinateUniform(0.7, 7, 33),
        "CoordinateUniform-12-blocks": quantizers.CoordinateUniform(0.7, 12, 4096 + 5),
        "CoordinateUniform-300": quantizers.CoordinateUniform(0.7, 300, 70),
        "AGUQ": quantizers.AGUQ(0.1, 15, 7),
        "UniformGain": quantizers.UniformGain(1.0, 2.0, 100),
        "GainShape-RATQ": quantizers.GainShape(quantizers.AGUQ(0.1, 15, 7), quantizers.RATQ(1.0, 20)),
        "GainShape-SimQPlus": quantizers.GainShape(
            quantizers.UniformGain(1.0, 4.0, 5), quantizers.SimQPlus.for_norm(1.0, 9, p=3), order=1.5
        ),
        "SplitLq-3": quantizers.SplitLq(1.0, 40, 3.0),
        "SplitLq-sharp": quantizers.SplitLq(1.0, 70, 2.3, sharp=True),
        "SplitLq-inf": quantizers.SplitLq(1.0, 9, float("inf")),
        "ScaledSign": quantizers.ScaledSign(70),
        "RATQ-64": quantizers.RATQ(1.0, 64),
        "RATQ-padded": quantizers.RATQ(1.0, 70),
        "RATQ-5-levels": quantizers.RATQ(1.0, 5, levels=5, block=3),
        "RATQ-blocks": quantizers.RATQ(1.0, 8192),
        "SubsampledRATQ": quantizers.SubsampledRATQ(1.0, 70, 200),
        "Grid-quarters": quantizers.Grid(0.25, 33, 1.0),
        "Grid-3-digits": quantizers.Grid(0.001, 70, 0.75),
        "Grid-2-digits-blocks": quantizers.Grid(0.01, 4096 + 5, 1.0),
        "LowPrecision-1": quantizers.LowPrecision(1, 9),
        "LowPrecision-64": quantizers.LowPrecision(64, 33),
        "LowPrecision-300-blocks": quantizers.LowPrecision(300, 4096 + 5),
        "TernGrad-max": quantizers.TernGrad(33),
        "TernGrad-l2-blocks": quantizers.TernGrad(4096 + 5, "l2"),
        "TernGrad-clipped": quantizers.TernGrad(70, "max", 1.5),
        "TernGrad-l2-clipped-tensors": quantizers.TernGrad(21, "l2", 1.0, (9, 12)),
        "Threshold-exact": quantizers.Threshold(33),
        "Threshold-exact-blocks": quantizers.Threshold(4096 + 5),
        "Threshold-gaussian": quantizers.Threshold(70, "gaussian"),
        "Threshold-tensors": quantizers.Threshold(21, "exact", (9, 12)),
        "Float32": quantizers.Float32(9),
    }


def codes():
    """Codes whose messages are kept: (function, codes, argument)."""
    rng = streams.stream(0, "golden codes")
    return {
        "fixed-5": ("pack_fixed", rng.integers(0, 32, 4096 + 9).tolist(), 5),
        "fixed-13": ("pack_fixed", rng.integers(0, 2**13, 77).tolist(), 13),
        "radix-5": ("pack_radix", rng.integers(0, 5, 200).tolist(), 5),
        "radix-257": ("pack_radix", rng.integers(0, 257, 150).tolist(), 257),
        "radix-huge": ("pack_radix", rng.integers(0, 2**32 + 1, 70).tolist(), 2**32 + 1),
    }


def masked():
    """Masked vectors and shorter messages that are kept: (quantizer, share of coordinates that are selected)."""
    return {
        "TernGrad": (quantizers.TernGrad(70), 0.4),
        "TernGrad-tensors": (quantizers.TernGrad(21, "l2", 1.0, (9, 12)), 0.5),
        "Threshold": (quantizers.Threshold(33), 0.1),
        "Threshold-none": (quantizers.Threshold(33), 0.0),
        "Threshold-blocks": (quantizers.Threshold(4096 + 5), 0.5),
        "Float32": (quantizers.Float32(9), 0.5),
        "Identity": (quantizers.Identity(3), 0.5),
    }


def record_masked(name, quantizer, share):
    """The messages of a masked vector, and of the dense one in the shorter formats: lengths and digests."""
    rng = streams.stream(0, "golden masked", name)
    v, selected = rng.uniform(-1, 1, quantizer.dim), rng.random(quantizer.dim) < share
    codes = quantizers.encode_selected(quantizer, v, selected)
    messages = {"selected": quantizers.pack_selected(quantizer, codes)}
    if isinstance(quantizer, (quantizers.TernGrad, quantizers.Threshold)):
        messages["tight selected"] = quantizers.pack_tight(quantizer, codes, selected=True)
        messages["tight"] = quantizers.pack_tight(quantizer, quantizers.encode(quantizer, v))
        messages["sparse"] = quantizers.pack_sparse(quantizer, quantizers.encode(quantizer, v))
    return {what: [message.nbits, digest(message.words)] for what, message in messages.items()}


def example(name, quantizer, scale):
    """The vector that a scheme is given."""
    u = scale * streams.stream(0, "golden", name).uniform(-0.7, 0.7, quantizer.dim)
    if isinstance(quantizer, quantizers.SplitLq):  # some coordinates past its threshold
        u[2::9] *= 8
    if isinstance(quantizer, (quantizers.AGUQ, quantizers.UniformGain)):  # they take no negative number
        u = np.abs(u)
    if not quantizers.inside(quantizer, u, scale):  # a domain that is no cube
        u *= 0.99 * scale / np.linalg.norm(u)
    return u


def record(quantizer, u, scale):
    """What a scheme does with a vector: its message and the vector received, in hexadecimal, or of a long one their digests."""
    message = quantizers.send(quantizer, u, scale)
    received = quantizers.receive(quantizer, message, scale)
    if u.size > LONG:
        kept = {"input": digest(u), "message": digest(message.words), "received": digest(received)}
    else:
        kept = {"input": hexadecimal(u), "message": message.to_bytes().hex(), "received": hexadecimal(received)}
    return {"scale": scale, "nbits": message.nbits} | kept


def hexadecimal(values):
    """All digits of numbers."""
    return [float(v).hex() for v in values]


def digest(array):
    """A digest of an array's bytes."""
    return hashlib.blake2b(np.ascontiguousarray(array).tobytes(), digest_size=16).hexdigest()


def lines(kept):
    """JSON with a line an entry."""
    return "{\n" + ",\n".join(f"{json.dumps(name)}: {json.dumps(entry)}" for name, entry in kept.items()) + "\n}\n"


if __name__ == "__main__":
    scale = 0.75
    kept = {name: record(q, example(name, q, scale), scale) for name, q in schemes().items()}
    (FOLDER / "messages.json").write_text(lines(kept))
    packed = {}
    for name, (function, values, argument) in codes().items():
        message = getattr(bits, function)(np.array(values), argument)
        packed[name] = {"function": function, "codes": values, "argument": argument, "nbits": message.nbits}
        packed[name]["message"] = message.to_bytes().hex()
    (FOLDER / "codes.json").write_text(lines(packed))
    (FOLDER / "masked.json").write_text(lines({name: record_masked(name, *of) for name, of in masked().items()}))
