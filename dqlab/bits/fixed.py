"""Fixed width: n codes of b bits in n * b bits, laid out so that packing runs at the speed of memory."""

import numpy as np
from numba import prange

from .._generic import jit
from .message import Message, check_codes, check_message

BLOCK = 4096  # codes whose bits are laid out together: small enough for the first-level cache
SERIAL_BELOW = 1 << 17  # under this many codes a second core costs more than it brings


def pack_fixed(codes, width):
    """n codes of `width` bits each, in exactly n * width bits.

    Whole blocks of 4096 codes are laid out in planes: a code is cut into fields of 8, 4, 2 and 1 bits, and byte j of a
    field's plane holds codes j, j + q, j + 2q, ... of the block, which a compiler turns into wide instructions. The codes
    after the last whole block follow one another, least significant bit first.

    Parameters
    ----------
    codes : array of int, shape (n,)
        Values in [0, 2**width).
    width : int
        Bits a code, from 1 to 64.

    Returns
    -------
    Message

    Examples
    --------
    >>> from dqlab import bits
    >>> bits.pack_fixed([3, 0, 1], width=2).nbits
    6
    """
    _check_width(width)
    codes = check_codes(codes, 1 << width)
    message = Message(np.zeros((codes.size * width + 63) // 64, np.uint64), codes.size * width)
    (pack_parallel if codes.size >= SERIAL_BELOW else pack_serial)(codes, width, message.words)
    return message


def unpack_fixed(message, size, width):
    """The `size` codes (int64) that ``pack_fixed`` put into a message; DecodeError where it cannot have."""
    _check_width(width)
    check_message(message, size * width)
    codes = np.empty(size, np.uint64 if width == 64 else np.int64)
    (unpack_parallel if size >= SERIAL_BELOW else unpack_serial)(message.words, width, codes)
    return codes


def _check_width(width):
    if not 1 <= width <= 64:
        raise ValueError(f"width: expected 1 to 64 bits a code, got {width}")


@jit
def pack_block(codes, width, out):
    """One block of codes into 512 * width bytes, plane after plane."""
    at, shift = 0, 0
    while shift < width:
        rest = width - shift
        field = 8 if rest >= 8 else 4 if rest >= 4 else 2 if rest >= 2 else 1
        plane = out[at : at + BLOCK * field // 8]
        if field == 8:
            _join_1(codes, shift, plane)
        elif field == 4:
            _join_2(codes, shift, plane)
        elif field == 2:
            _join_4(codes, shift, plane)
        else:
            _join_8(codes, shift, plane)
        at += plane.size
        shift += field


@jit
def _join_1(c, s, out):
    for j in range(out.size):
        out[j] = np.uint8((c[j] >> s) & 255)


@jit
def _join_2(c, s, out):
    q = out.size
    c0, c1 = c[:q], c[q : 2 * q]
    for j in range(q):
        out[j] = np.uint8(((c0[j] >> s) & 15) | (((c1[j] >> s) & 15) << 4))


@jit
def _join_4(c, s, out):
    q = out.size
    c0, c1, c2, c3 = c[:q], c[q : 2 * q], c[2 * q : 3 * q], c[3 * q : 4 * q]
    for j in range(q):
        low = ((c0[j] >> s) & 3) | (((c1[j] >> s) & 3) << 2)
        out[j] = np.uint8(low | (((c2[j] >> s) & 3) << 4) | (((c3[j] >> s) & 3) << 6))


@jit
def _join_8(c, s, out):
    q = out.size
    for k in range(8):
        ck = c[k * q : (k + 1) * q]
        if k == 0:
            for j in range(q):
                out[j] = np.uint8((ck[j] >> s) & 1)
        else:
            for j in range(q):
                out[j] |= np.uint8(((ck[j] >> s) & 1) << k)


@jit
def unpack_block(data, width, codes):
    """The codes of one block of planes."""
    at, shift = 0, 0
    while shift < width:
        rest = width - shift
        field = 8 if rest >= 8 else 4 if rest >= 4 else 2 if rest >= 2 else 1
        plane = data[at : at + BLOCK * field // 8]
        lanes, mask, q = 8 // field, (1 << field) - 1, plane.size
        for k in range(lanes):
            if shift == 0:
                _take_first(plane, k * field, mask, codes[k * q : (k + 1) * q])
            else:
                _take_more(plane, k * field, mask, shift, codes[k * q : (k + 1) * q])
        at += q
        shift += field


@jit
def _take_first(plane, right, mask, codes):
    for j in range(codes.size):
        codes[j] = (np.int32(plane[j]) >> right) & mask


@jit
def _take_more(plane, right, mask, left, codes):
    for j in range(codes.size):
        codes[j] |= codes.dtype.type((np.int32(plane[j]) >> right) & mask) << left


@jit
def put_bits(words, at, value, width):
    """Write `width` bits of `value` into zeroed words from bit `at` on."""
    word, offset = at >> 6, np.uint64(at & 63)
    words[word] |= np.uint64(value) << offset
    if np.int64(offset) + width > 64:
        words[word + 1] |= np.uint64(value) >> (np.uint64(64) - offset)


@jit
def get_bits(words, at, width):
    """Read `width` bits from bit `at` on."""
    word, offset = at >> 6, np.uint64(at & 63)
    value = words[word] >> offset
    if np.int64(offset) + width > 64:
        value |= words[word + 1] << (np.uint64(64) - offset)
    if width < 64:
        value &= (np.uint64(1) << np.uint64(width)) - np.uint64(1)
    return value


@jit
def pack_tail(codes, start, width, words):
    """The codes from `start` on, one after the other."""
    for i in range(start, codes.size):
        put_bits(words, i * width, codes[i], width)


@jit
def unpack_tail(words, start, width, codes):
    """The codes from `start` on."""
    for i in range(start, codes.size):
        codes[i] = get_bits(words, i * width, width)


@jit
def pack_serial(codes, width, words):
    """All codes, on one core."""
    data, step = words.view(np.uint8), BLOCK * width // 8
    for b in range(codes.size // BLOCK):
        pack_block(codes[b * BLOCK : (b + 1) * BLOCK], width, data[b * step : (b + 1) * step])
    pack_tail(codes, codes.size // BLOCK * BLOCK, width, words)


@jit(parallel=True)
def pack_parallel(codes, width, words):
    """All codes, on all cores: blocks end at whole bytes, so they do not meet."""
    data, step = words.view(np.uint8), BLOCK * width // 8
    for b in prange(codes.size // BLOCK):
        pack_block(codes[b * BLOCK : (b + 1) * BLOCK], width, data[b * step : (b + 1) * step])
    pack_tail(codes, codes.size // BLOCK * BLOCK, width, words)


@jit
def unpack_serial(words, width, codes):
    """All codes, on one core."""
    data, step = words.view(np.uint8), BLOCK * width // 8
    for b in range(codes.size // BLOCK):
        unpack_block(data[b * step : (b + 1) * step], width, codes[b * BLOCK : (b + 1) * BLOCK])
    unpack_tail(words, codes.size // BLOCK * BLOCK, width, codes)


@jit(parallel=True)
def unpack_parallel(words, width, codes):
    """All codes, on all cores."""
    data, step = words.view(np.uint8), BLOCK * width // 8
    for b in prange(codes.size // BLOCK):
        unpack_block(data[b * step : (b + 1) * step], width, codes[b * BLOCK : (b + 1) * BLOCK])
    unpack_tail(words, codes.size // BLOCK * BLOCK, width, codes)
