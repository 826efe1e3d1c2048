"""Contestants made of the library's quantizers, each in a few lines: to learn from, and to beat."""

import numpy as np

from ... import quantizers
from ...bits import Message

QUERIES = 1000  # for which the gain's quantizer is made


class Wrapped:
    """A quantizer of dqlab as a contestant; a subclass makes ``self.quantizer``.

    Examples
    --------
    >>> import numpy as np
    >>> import dqlab as dq
    >>> from dqlab.coursework.challenge import baselines
    >>> q = baselines.Uniform(dim=3, bound=1.0)
    >>> message = q.encode(np.array([0.1, -0.2, 0.9]), dq.stream(0, "encoder"))
    >>> message.nbits, q.decode(message).shape
    (12, (3,))
    """

    unbiased = True

    @property
    def nbits(self):
        """Every message has this many bits."""
        return quantizers.nbits(self.quantizer)

    def encode(self, x, rng):
        """The message for a vector; rounding may bring it a hair outside the ball."""
        return quantizers.send(self.quantizer, x, rng=rng, outside="clip")

    def decode(self, message):
        """The vector that a message stands for."""
        return quantizers.receive(self.quantizer, message)


class Floats:
    """What one does without quantization: 32 bits a coordinate. Score 0 by definition."""

    unbiased = True

    def __init__(self, dim, bound):
        self.dim, self.bound, self.nbits = dim, bound, 32 * dim

    def encode(self, x, rng):
        """The coordinates over the bound, as numbers of 32 bits."""
        data = (x / self.bound).astype("<f4").tobytes()
        return Message.from_bytes(data, self.nbits)

    def decode(self, message):
        """The numbers times the bound."""
        return np.frombuffer(message.to_bytes(), "<f4") * self.bound


class Uniform(Wrapped):
    """CUQ with 15 levels on [-B, B]: 4 bits a coordinate."""

    def __init__(self, dim, bound):
        self.quantizer = quantizers.CoordinateUniform(bound, 15, dim)


class Rotated(Wrapped):
    """RATQ, with one rotation for all messages."""

    def __init__(self, dim, bound):
        self.quantizer = quantizers.RATQ(bound, dim)


class Simplex(Wrapped):
    """SimQ+ at minimum precision, with its type code: some 2.5 bits a coordinate."""

    def __init__(self, dim, bound):
        self.quantizer = quantizers.SimQPlus.for_norm(bound, dim, 2)


class GainAndShape(Wrapped):
    """The length by an adaptive quantizer, the direction by SimQ+: for bounds that are loose."""

    def __init__(self, dim, bound):
        gain = quantizers.AGUQ.for_queries(bound, QUERIES)
        self.quantizer = quantizers.GainShape(gain, quantizers.SimQPlus.for_norm(1.0, dim, 2), order=2.0)


class Ternary(Wrapped):
    """TernGrad: 0 or plus or minus the largest coordinate."""

    def __init__(self, dim, bound):
        self.quantizer = quantizers.TernGrad(dim)


class Sign(Wrapped):
    """Signs and one scale, with the error feedback that biased contestants get."""

    unbiased = False

    def __init__(self, dim, bound):
        self.quantizer = quantizers.ScaledSign(dim)


BASELINES = {
    "float32": Floats,
    "CUQ": Uniform,
    "RATQ": Rotated,
    "SimQ+": Simplex,
    "gain and SimQ+": GainAndShape,
    "TernGrad": Ternary,
    "scaled sign": Sign,
}
