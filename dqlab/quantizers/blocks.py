"""One pass over the vector for every scheme with one code a coordinate: encode and pack, or unpack and decode, block by block.

Codes never leave the cache, and a long vector is shared by all cores: every block of 4096 coordinates has its own draws and its
own place in the message. A class registers ``encode_block`` and ``decode_block``; `unit` is what its codes are relative to, such
as the end of their range.
"""

import numpy as np
from numba import prange

from .._generic import generic, jit, on_cores
from ..bits import DecodeError, Message
from ..bits.fixed import BLOCK, SERIAL_BELOW, pack_block, pack_tail, unpack_block, unpack_tail

PARTS = 16  # pieces of a long vector for the cores to share


@generic
def encode_block(quantizer, u, unit, key, first, draws, codes):
    """Codes of `u`, the coordinates `first` (an even number), `first` + 1, ..., into `codes`; how many lie outside the domain.

    `unit` is a number of the precision of `u`, `key` that of the draws, `draws` room for them: a uint64 for two coordinates.

    Examples
    --------
    >>> import numpy as np
    >>> from dqlab.quantizers import UniformScalar, blocks
    >>> codes = np.empty(3, np.uint8)
    >>> blocks.encode_block(UniformScalar(4, 3), np.array([-0.9, 0.1, 3.0]), 1.0, 0, 0, np.empty(2, np.uint64), codes)
    1.0
    >>> codes
    array([0, 2, 3], dtype=uint8)
    """
    return float(encode_block.kernel(quantizer)(quantizer, u, unit, key, first, draws, codes))


@generic
def decode_block(quantizer, codes, unit, q):
    """What `codes` stand for, into `q`.

    Examples
    --------
    >>> import numpy as np
    >>> from dqlab.quantizers import UniformScalar, blocks
    >>> q = np.empty(3)
    >>> blocks.decode_block(UniformScalar(4, 3), np.array([0, 2, 3]), 2.0, q)
    >>> q
    array([-1.5,  0.5,  1.5])
    """
    return decode_block.kernel(quantizer)(quantizer, codes, unit, q)


def blank(size, letters, extra=0):
    """A message with room for `size` codes of so many `letters` and `extra` bits behind: zeros wherever bits are joined one by one."""
    width = _width(letters)
    nbits = size * width + extra
    words = np.empty((nbits + 63) // 64, np.uint64)
    words[size // BLOCK * BLOCK * width // 64 :] = 0
    return Message(words, nbits)


def write(quantizer, u, unit, key, message, letters):
    """Codes of `u` into the front of a ``blank`` message; how many coordinates lie outside the domain."""
    arguments = quantizer, u, u.dtype.type(unit), key, _width(letters), _buffer(letters), message.words
    return on_cores(write_parallel, write_serial, u.size >= SERIAL_BELOW, *arguments)


def read(quantizer, message, unit, q, letters):
    """The vector that the front of a message stands for, into `q`; DecodeError where a code is none of the `letters`."""
    arguments = quantizer, message.words, unit, _width(letters), letters - 1, _buffer(letters), q
    if on_cores(read_parallel, read_serial, q.size >= SERIAL_BELOW, *arguments):
        raise DecodeError(f"message: a code past the last letter, {letters - 1}")


def _width(letters):
    """Bits of a code at fixed width."""
    return (letters - 1).bit_length()


def _buffer(letters):
    """An empty array whose type tells the kernels how wide a code is."""
    return np.empty(0, np.uint8 if letters <= 256 else np.int32)


@jit
def encode_all(quantizer, u, unit, key, codes):
    """Codes of a whole vector, not packed."""
    draws = np.empty(BLOCK // 2, np.uint64)
    for start in range(0, u.size, BLOCK):
        stop = min(start + BLOCK, u.size)
        encode_block(quantizer, u[start:stop], unit, key, start, draws, codes[start:stop])


@jit
def write_blocks(quantizer, u, unit, key, width, like, data, first, last):
    """Blocks `first` to `last` of the message; how many coordinates lie outside the domain."""
    codes, draws, step, outside = np.empty(BLOCK, like.dtype), np.empty(BLOCK // 2, np.uint64), BLOCK * width // 8, 0.0
    for b in range(first, last):
        outside += encode_block(quantizer, u[b * BLOCK : (b + 1) * BLOCK], unit, key, b * BLOCK, draws, codes)
        pack_block(codes, width, data[b * step : (b + 1) * step])
    return outside


@jit
def write_tail(quantizer, u, unit, key, width, words):
    """What follows the last whole block."""
    start = u.size // BLOCK * BLOCK
    codes, draws = np.zeros(u.size - start, np.int32), np.empty(BLOCK // 2, np.uint64)
    outside = encode_block(quantizer, u[start:], unit, key, start, draws, codes)
    pack_tail(codes, 0, width, words[start * width // 64 :])
    return outside


@jit
def write_serial(quantizer, u, unit, key, width, like, words):
    """Encode and pack on one core."""
    outside = write_blocks(quantizer, u, unit, key, width, like, words.view(np.uint8), 0, u.size // BLOCK)
    return outside + write_tail(quantizer, u, unit, key, width, words)


@jit(parallel=True)
def write_parallel(quantizer, u, unit, key, width, like, words):
    """Encode and pack on all cores."""
    blocks, data, outside = u.size // BLOCK, words.view(np.uint8), 0.0
    for part in prange(PARTS):
        first, last = blocks * part // PARTS, blocks * (part + 1) // PARTS
        outside += write_blocks(quantizer, u, unit, key, width, like, data, first, last)
    return outside + write_tail(quantizer, u, unit, key, width, words)


@jit
def any_above(codes, last):
    """1 if a code is larger than any encoder's, else 0. The largest code, in its own few bits, is found many at a time."""
    largest = codes.dtype.type(0)
    for i in range(codes.size):
        largest = codes[i] if codes[i] > largest else largest
    return 1 if largest > last else 0


@jit
def read_blocks(quantizer, data, unit, width, letter, like, q, first, last):
    """Blocks `first` to `last` of the vector; how many blocks have a code that is none: larger than the last `letter`."""
    codes, step, wrong = np.empty(BLOCK, like.dtype), BLOCK * width // 8, 0
    for b in range(first, last):
        unpack_block(data[b * step : (b + 1) * step], width, codes)
        if letter < (1 << width) - 1:
            wrong += any_above(codes, letter)
        decode_block(quantizer, codes, unit, q[b * BLOCK : (b + 1) * BLOCK])
    return wrong


@jit
def read_tail(quantizer, words, unit, width, letter, q):
    """What follows the last whole block."""
    start = q.size // BLOCK * BLOCK
    codes = np.empty(q.size - start, np.int32)
    unpack_tail(words[start * width // 64 :], 0, width, codes)
    decode_block(quantizer, codes, unit, q[start:])
    return any_above(codes, letter)


@jit
def read_serial(quantizer, words, unit, width, letter, like, q):
    """Unpack and decode on one core."""
    wrong = read_blocks(quantizer, words.view(np.uint8), unit, width, letter, like, q, 0, q.size // BLOCK)
    return wrong + read_tail(quantizer, words, unit, width, letter, q)


@jit(parallel=True)
def read_parallel(quantizer, words, unit, width, letter, like, q):
    """Unpack and decode on all cores."""
    blocks, data, wrong = q.size // BLOCK, words.view(np.uint8), 0
    for part in prange(PARTS):
        first, last = blocks * part // PARTS, blocks * (part + 1) // PARTS
        wrong += read_blocks(quantizer, data, unit, width, letter, like, q, first, last)
    return wrong + read_tail(quantizer, words, unit, width, letter, q)
