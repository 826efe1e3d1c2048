"""The message: the only thing that ever crosses a link."""

from typing import NamedTuple

import numpy as np


class DecodeError(ValueError):
    """A message that no packer can have written."""


class Message(NamedTuple):
    """What crosses a link, and nothing else does.

    Parameters
    ----------
    words : ndarray of uint64, shape (ceil(nbits / 64),)
        The bits, least significant first; bits past `nbits` are zero.
    nbits : int
        How many bits the message has: everything that a decoder needs and does not already know.
    """

    words: np.ndarray
    nbits: int

    def to_bytes(self):
        """The message as ceil(nbits / 8) bytes."""
        return self.words.astype("<u8").tobytes()[: (self.nbits + 7) // 8]

    @classmethod
    def from_bytes(cls, data, nbits):
        """The message of `nbits` bits that `to_bytes` wrote as `data`; DecodeError where the two do not fit."""
        if len(data) != (nbits + 7) // 8:
            raise DecodeError(f"message: {len(data)} bytes cannot hold exactly {nbits} bits")
        words = np.frombuffer(data + bytes(-len(data) % 8), "<u8").astype(np.uint64)
        return check_message(cls(words, int(nbits)), nbits)


def check_message(message, nbits):
    """Return `message` if it is well formed and `nbits` long; raise DecodeError otherwise.

    Examples
    --------
    >>> from dqlab import bits
    >>> bits.check_message(bits.pack_fixed([3, 0], width=2), nbits=4).nbits
    4
    """
    if not isinstance(message, Message):
        raise TypeError(f"message: expected a dqlab.bits.Message, got {type(message).__name__}")
    words = np.asarray(message.words)
    if message.nbits != nbits:
        raise DecodeError(f"message: {message.nbits} bits where {nbits} were expected")
    if words.dtype != np.uint64 or words.ndim != 1 or words.size != (nbits + 63) // 64:
        raise DecodeError(
            f"message: {nbits} bits lie in {(nbits + 63) // 64} uint64 words, got {words.dtype}{words.shape}"
        )
    if nbits % 64 and int(words[-1]) >> (nbits % 64):
        raise DecodeError(f"message: stray bits in the padding after bit {nbits}")
    return Message(np.ascontiguousarray(words), int(nbits))


def concatenate(messages):
    """One message that holds several, one after the other; ``split`` takes it apart.

    Examples
    --------
    >>> from dqlab import bits
    >>> bits.concatenate([bits.int_to_message(2, 3), bits.int_to_message(1, 1)]).nbits
    4
    """
    value, nbits = 0, 0
    for message in messages:
        value |= message_to_int(message) << nbits
        nbits += message.nbits
    return int_to_message(value, nbits)


def split(message, lengths):
    """The messages of the given `lengths` (bits) that ``concatenate`` put together.

    Examples
    --------
    >>> from dqlab import bits
    >>> both = bits.concatenate([bits.int_to_message(2, 3), bits.int_to_message(1, 1)])
    >>> [bits.message_to_int(part) for part in bits.split(both, [3, 1])]
    [2, 1]
    """
    check_message(message, sum(lengths))
    value, parts = message_to_int(message), []
    for nbits in lengths:
        parts.append(int_to_message(value & ((1 << nbits) - 1), nbits))
        value >>= nbits
    return parts


def int_to_message(value, nbits):
    """A non-negative integer below 2**nbits as a message of `nbits` bits.

    Examples
    --------
    >>> from dqlab import bits
    >>> bits.int_to_message(5, nbits=3).to_bytes()
    b'\\x05'
    """
    if not 0 <= value < 1 << nbits:
        raise ValueError(f"value: expected an integer in [0, 2**{nbits}), got {value}")
    size = (nbits + 63) // 64
    return Message(np.frombuffer(value.to_bytes(8 * size, "little"), "<u8").astype(np.uint64), nbits)


def message_to_int(message):
    """The integer whose binary digits a message holds.

    Examples
    --------
    >>> from dqlab import bits
    >>> bits.message_to_int(bits.int_to_message(5, nbits=3))
    5
    """
    return int.from_bytes(message.words.astype("<u8").tobytes(), "little")


def check_codes(codes, alphabet, size=None):
    """`codes` as an integer array of shape (size,) with values in [0, alphabet); ValueError otherwise.

    Examples
    --------
    >>> from dqlab import bits
    >>> bits.check_codes([0, 2], alphabet=3)
    array([0, 2])
    """
    codes = np.asarray(codes)
    codes = codes.astype(np.int64) if codes.size == 0 else codes  # numpy takes [] for floats
    if codes.ndim != 1 or codes.dtype.kind not in "iu" or size is not None and codes.size != size:
        wanted = "(n,)" if size is None else f"({size},)"
        raise ValueError(f"codes: expected integers of shape {wanted}, got {codes.dtype} of shape {codes.shape}")
    if codes.size and not (0 <= int(codes.min()) and int(codes.max()) < alphabet):
        raise ValueError(f"codes: expected values in [0, {alphabet}), got [{codes.min()}, {codes.max()}]")
    return codes
