"""The link between two processes: an encoder on one side, a decoder on the other, and only the counted bits between them."""

import json
from typing import NamedTuple

import numpy as np

from .processes import Process, spawn
from .rules import FIRST_CALL, LATER_CALL, LONGEST_MESSAGE, Rejected, message_cost


class Sent(NamedTuple):
    """Messages as they crossed: lengths in bits, and the bytes of each."""

    nbits: list
    data: list


class Link:
    """A contestant's encoder and decoder in two processes, which share nothing but what this class carries across.

    Parameters
    ----------
    source : Source
    start : callable
        How a process is started, see ``Process``.

    Attributes
    ----------
    unbiased : bool
        What the contestant claims.
    """

    def __init__(self, source, start=spawn):
        self.encoder = Process(source, start)
        try:
            self.decoder = Process(source, start)
        except BaseException:
            self.encoder.close()
            raise
        self.unbiased = self.encoder.unbiased is True
        self._made, self._called = {}, set()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.encoder.close()
        self.decoder.close()

    def make(self, dim, bound):
        """Construct the contestant at both ends; returns its key and the length that it declares, or None."""
        key = json.dumps([int(dim), float(bound)])
        if key not in self._made:
            question = {"ask": "make", "key": key, "dim": int(dim), "bound": float(bound)}
            declared = self.encoder.ask(question)[0].get("nbits")
            self.decoder.ask(question)
            if declared is not None and not _is_length(declared):
                raise Rejected("bits not counted", "self.nbits should be a whole number, at least 0")
            self._made[key] = declared
        return key, self._made[key]

    def encode(self, dim, bound, inputs, seeds, seconds=LATER_CALL):
        """Messages for inputs (cyclically, as many as there are seeds), cut to the bits that they count."""
        (key, declared), first = self.make(dim, bound), self._first("encode")
        inputs = np.ascontiguousarray(inputs, np.float64)
        question = {"ask": "encode", "key": key, "dim": int(dim), "seeds": [format(seed, "x") for seed in seeds]}
        answer, body = self.encoder.ask(question, inputs.tobytes(), max(seconds, first))
        return _cut(answer.get("nbits"), body, len(seeds), declared)

    def decode(self, dim, bound, sent, seconds=LATER_CALL):
        """The vectors, shape (number of messages, dim), that the decoder makes of the bits alone."""
        (key, _), first = self.make(dim, bound), self._first("decode")
        question = {"ask": "decode", "key": key, "dim": int(dim), "nbits": sent.nbits}
        _, body = self.decoder.ask(question, b"".join(sent.data), max(seconds, first))
        if len(body) != 8 * dim * len(sent.nbits):
            raise Rejected("not a vector", f"decode should return shape ({dim},)")
        vectors = np.frombuffer(body).reshape(len(sent.nbits), dim)
        if not np.isfinite(vectors).all():
            raise Rejected("not a vector", "decode returned NaN or infinity")
        return vectors

    def send(self, dim, bound, inputs, seeds, seconds=LATER_CALL):
        """Encode and decode: the messages and the vectors."""
        sent = self.encode(dim, bound, inputs, seeds, seconds)
        return sent, self.decode(dim, bound, sent, seconds)

    def cost(self, dim, bound, nbits):
        """What a message of this length costs the contestant."""
        return message_cost(nbits, self.make(dim, bound)[1])

    def _first(self, verb):
        """Seconds for the first call of each kind, which may compile; none for others."""
        first = verb not in self._called
        self._called.add(verb)
        return FIRST_CALL if first else 0.0


def _is_length(nbits):
    return isinstance(nbits, int) and not isinstance(nbits, bool) and 0 <= nbits <= LONGEST_MESSAGE


def _cut(lengths, body, count, declared):
    """Messages of exactly the counted bits: what lies past them is cut off and the rest of the last byte is zeroed."""
    if not isinstance(lengths, list) or len(lengths) != count or not all(map(_is_length, lengths)):
        raise Rejected("bits not counted", "message.nbits should be a whole number, at least 0")
    if declared is not None and any(nbits != declared for nbits in lengths):
        other = next(nbits for nbits in lengths if nbits != declared)
        raise Rejected(
            "bits not counted",
            f"self.nbits declares {declared} bits for every message, but one has {other}; "
            "without self.nbits messages may differ, and pay for saying where they end",
        )
    at, data = 0, []
    for nbits in lengths:
        size = (nbits + 7) // 8
        part = bytearray(body[at : at + size].ljust(size, b"\0"))
        if nbits % 8:
            part[-1] &= (1 << nbits % 8) - 1
        data.append(bytes(part))
        at += size
    return Sent(lengths, data)
