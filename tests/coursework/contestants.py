"""Contestants for the tests of the challenge: honest ones, and everyone who tries something."""

import os
import tempfile
import time

import numpy as np

import dqlab as dq
from dqlab.bits import Message

SHARED = {}


class Ternary:
    """Honest, plain NumPy: signs kept with chance |x_i| / bound, 2 bits a coordinate."""

    unbiased = True

    def __init__(self, dim, bound):
        self.dim, self.bound, self.nbits = dim, bound, 2 * dim

    def encode(self, x, rng):
        kept = rng.random(self.dim) < np.abs(x) / self.bound
        return dq.bits.pack_fixed(np.where(kept, np.where(x < 0, 2, 1), 0), 2)

    def decode(self, message):
        return self.bound * np.array([0.0, 1.0, -1.0])[dq.bits.unpack_fixed(message, self.dim, 2)]


class TernaryTight(Ternary):
    """The same vectors in fewer bits: three letters take log2(3)."""

    def __init__(self, dim, bound):
        self.dim, self.bound, self.nbits = dim, bound, dq.bits.radix_bits(dim, 3)

    def encode(self, x, rng):
        return dq.bits.pack_radix(dq.bits.unpack_fixed(super().encode(x, rng), self.dim, 2), 3)

    def decode(self, message):
        return self.bound * np.array([0.0, 1.0, -1.0])[dq.bits.unpack_radix(message, self.dim, 3)]


class SupportOnly(Ternary):
    """Honest, of variable length: 8 or 16 bits a coordinate that is not zero. It declares no length, and pays for it."""

    def __init__(self, dim, bound):
        self.dim, self.bound, self.wide = dim, bound, dim > 128

    def encode(self, x, rng):
        letters = dq.bits.unpack_fixed(super().encode(x, rng), self.dim, 2)
        at = np.flatnonzero(letters)
        return dq.bits.pack_fixed(2 * at + letters[at] - 1, 16 if self.wide else 8)

    def decode(self, message):
        width = 16 if self.wide else 8
        codes = dq.bits.unpack_fixed(message, message.nbits // width, width)
        vector = np.zeros(self.dim)
        vector[codes // 2] = self.bound * (1 - 2 * (codes % 2))
        return vector


def floats(x):
    return np.asarray(x, np.float64).view(np.uint64).copy()


class SaysLess(Ternary):
    """All 64 bits of every coordinate, of which it counts 8."""

    def __init__(self, dim, bound):
        self.dim = dim

    def encode(self, x, rng):
        return Message(floats(x), 8)

    def decode(self, message):
        return message.words.view(np.float64)


class StrayBits(SaysLess):
    def encode(self, x, rng):
        return Message(floats(x), 64 * self.dim - 63)


class Carrier(Message):
    pass


class ExtraAttributes(SaysLess):
    def encode(self, x, rng):
        message = Carrier(np.zeros(0, np.uint64), 0)
        message.vector = x
        return message

    def decode(self, message):
        return message.vector


class FloatWords(SaysLess):
    def encode(self, x, rng):
        return Message(x.copy(), 64 * self.dim)


class HalfBits(SaysLess):
    def encode(self, x, rng):
        return Message(np.zeros(1, np.uint64), 2.5)


class NegativeBits(SaysLess):
    def encode(self, x, rng):
        return Message(np.zeros(0, np.uint64), -64)


class VariesThoughDeclared(Ternary):
    """Says every message has 2 dim bits, and tells more by sending some that are empty."""

    def encode(self, x, rng):
        return super().encode(x, rng) if x.any() else Message(np.zeros(0, np.uint64), 0)


class InAttribute(Ternary):
    def encode(self, x, rng):
        self.x = x.copy()
        return super().encode(x, rng)

    def decode(self, message):
        return self.x


class InGlobal(InAttribute):
    def encode(self, x, rng):
        SHARED["x"] = x.copy()
        return Ternary.encode(self, x, rng)

    def decode(self, message):
        return SHARED["x"]


class InFile(InAttribute):
    path = os.path.join(tempfile.gettempdir(), "challenge-cheat.npy")

    def encode(self, x, rng):
        np.save(self.path, x)
        return Ternary.encode(self, x, rng)

    def decode(self, message):
        return np.load(self.path)


class InFileName(InFile):
    def encode(self, x, rng):
        os.mkdir(f"{self.path}-{x[0]}")
        return Ternary.encode(self, x, rng)


class OwnRandomness(Ternary):
    def encode(self, x, rng):
        return super().encode(x, np.random.default_rng())


class NoisyDecoder(Ternary):
    def decode(self, message):
        return super().decode(message) + 1e-9 * np.random.default_rng().random(self.dim)


class Dithered(Ternary):
    """Subtracts the encoder's dither again, which both ends derive from the clock."""

    unbiased = False

    def noise(self):
        return np.random.default_rng(time.time_ns() // 10**8).random(self.dim) - 0.5

    def encode(self, x, rng):
        levels = np.clip(np.round(2 * x / self.bound + self.noise()), -1, 2).astype(int) + 1
        return dq.bits.pack_fixed(levels, 2)

    def decode(self, message):
        return self.bound / 2 * (dq.bits.unpack_fixed(message, self.dim, 2) - 1 - self.noise())


class KeepsGenerator(Ternary):
    """Its decoder asks for the generator that its encoder was given."""

    def encode(self, x, rng):
        self.rng = rng
        return super().encode(x, rng)

    def decode(self, message):
        return super().decode(message) + 0 * self.rng.random()


class NumberOfProcess(Ternary):
    def decode(self, message):
        return super().decode(message) * (1 + 1e-9 * (os.getpid() % 1000))


class Counts(Ternary):
    """Its decoder thinks of what came before."""

    def __init__(self, dim, bound):
        super().__init__(dim, bound)
        self.before = np.zeros(dim)

    def decode(self, message):
        self.before = 0.9 * self.before + 0.1 * super().decode(message)
        return self.before


class CountsLate(Counts):
    """The same, once the audits must be over."""

    unbiased = False
    seen = 0

    def decode(self, message):
        type(self).seen += self.dim > 33
        return super().decode(message) if self.seen > 50 else Ternary.decode(self, message)


class RemembersInput(Ternary):
    """An encoder with a memory: error feedback that it does on its own."""

    lost = 0.0

    def encode(self, x, rng):
        x = np.clip(x + self.lost, -self.bound, self.bound)
        message = super().encode(x, rng)
        self.lost = x - super().decode(message)
        return message


class Rounds(Ternary):
    """Biased: to the nearest letter instead of one at random."""

    def encode(self, x, rng):
        return dq.bits.pack_fixed(np.where(x > self.bound / 2, 1, np.where(x < -self.bound / 2, 2, 0)), 2)


class Shrinks(Ternary):
    def decode(self, message):
        return 0.8 * super().decode(message)


class Clips(Ternary):
    """Biased where a coordinate is large alone."""

    def encode(self, x, rng):
        return super().encode(np.clip(x, -0.3 * self.bound, 0.3 * self.bound), rng)


class BiasedInRuns(Ternary):
    """Behaves as long as the dimension looks like a test."""

    def decode(self, message):
        return super().decode(message) * (0.5 if self.dim > 33 else 1.0)


class LastCoordinateLost(Ternary):
    def decode(self, message):
        vector = super().decode(message)
        vector[-1] = 0.0
        return vector


class DividesByNorm(Ternary):
    def encode(self, x, rng):
        return super().encode(x / np.abs(x).max() * self.bound, rng)

    def decode(self, message):
        return super().decode(message)


class NormOfZero(Ternary):
    """Sends the largest coordinate as a fraction of itself."""

    def encode(self, x, rng):
        return dq.bits.int_to_message(int(3 * x[0] / x.max()), self.nbits)


class NotInOneDimension(Ternary):
    def encode(self, x, rng):
        return super().encode(x, rng) if x[1] > -np.inf else None


class GivesNaN(Ternary):
    def decode(self, message):
        return super().decode(message) / 0.0 * 0.0


class GivesMatrix(Ternary):
    def decode(self, message):
        return super().decode(message)[None]


class GivesText(Ternary):
    def decode(self, message):
        return ["0.0"] * self.dim


class GivesNothing(Ternary):
    def decode(self, message):
        pass


class Mutates(Ternary):
    def encode(self, x, rng):
        x /= self.bound
        return super().encode(x * self.bound, rng)


class LoopsForever(Ternary):
    def encode(self, x, rng):
        while True:
            pass


class Exits(Ternary):
    def encode(self, x, rng):
        os._exit(0)


class Connects(Ternary):
    def encode(self, x, rng):
        import socket

        socket.create_connection(("localhost", 9), timeout=1)


class NoClaim(Ternary):
    unbiased = "yes"


class NoDecoder:
    unbiased = False

    def __init__(self, dim, bound):
        pass

    def encode(self, x, rng):
        return dq.bits.int_to_message(0, 1)


class Liar(SaysLess):
    """Replaces the checks of its own process, so that all its bits leave it under the number 8."""

    def __init__(self, dim, bound):
        from dqlab.coursework.challenge import endpoint

        self.dim = dim
        endpoint.check_contestants_message = lambda message: 8

    def encode(self, x, rng):
        return Message(floats(x), 8)

    def decode(self, message):
        return np.frombuffer(message.to_bytes().ljust(8 * self.dim, b"\0"))


REJECTED = {
    SaysLess: ("bits not counted", "message.nbits is 8"),
    StrayBits: ("bits not counted", "bits after these are set"),
    ExtraAttributes: ("not a message", "Carrier"),
    FloatWords: ("not a message", "uint64"),
    HalfBits: ("bits not counted", "whole number"),
    NegativeBits: ("bits not counted", "whole number"),
    VariesThoughDeclared: ("bits not counted", "declares"),
    InAttribute: ("it fails", "decode raised AttributeError"),
    InGlobal: ("it fails", "decode raised KeyError"),
    InFile: ("it fails", "no files"),
    InFileName: ("it fails", "no files"),
    OwnRandomness: ("not a function", "encode gave another message"),
    NoisyDecoder: ("not a function", "decode gave another vector"),
    KeepsGenerator: ("it fails", "decode raised AttributeError"),
    Counts: ("not a function", "decode gave another vector"),
    Rounds: ("biased", "the mean of what is decoded"),
    Shrinks: ("biased", "the mean of what is decoded"),
    Clips: ("biased", "the mean of what is decoded"),
    LastCoordinateLost: ("biased", "the mean of what is decoded"),
    NormOfZero: ("it fails", "the zero vector"),
    NotInOneDimension: ("it fails", "d = 1"),
    GivesNaN: ("not a vector", "NaN"),
    GivesMatrix: ("not a vector", "(1, 1)"),
    GivesText: ("not a vector", "list"),
    GivesNothing: ("not a vector", "NoneType"),
    Mutates: ("input changed", "work on a copy"),
    Exits: ("it fails", "its process ended during encode"),
    Connects: ("it fails", "no files, network"),
    NoClaim: ("no claim", "'yes'"),
    NoDecoder: ("it fails", "decode raised AttributeError"),
}
"""Those that the audits find before any run, with the rule they break and words of the reason."""

REJECTED_AFTER_RUNS = {
    BiasedInRuns: ("biased", "along a run on"),
    CountsLate: ("not a function", "decode gave another vector"),
    RemembersInput: ("not a function", "encode gave another message"),
    NumberOfProcess: ("not a function", "decode gave another vector"),
    Dithered: ("not a function", "another"),
}
