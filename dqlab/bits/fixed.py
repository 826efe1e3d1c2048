"""Fixed width: n codes of b bits in n * b bits, laid out so that packing runs at the speed of memory."""

import numpy as np
from numba import prange

from .. import _checks
from .._generic import jit, on_cores
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
    width = _check_width(width)
    codes = check_codes(codes, 1 << width)
    message = Message(np.zeros((codes.size * width + 63) // 64, np.uint64), codes.size * width)
    on_cores(pack_parallel, pack_serial, codes.size >= SERIAL_BELOW, codes, width, message.words)
    return message


def unpack_fixed(message, size, width):
    """The `size` codes (int64) that ``pack_fixed`` put into a message; DecodeError where it cannot have.

    Examples
    --------
    >>> from dqlab import bits
    >>> bits.unpack_fixed(bits.pack_fixed([3, 0, 1], width=2), size=3, width=2)
    array([3, 0, 1])
    """
    width, size = _check_width(width), _checks.integer(size, "size", 0)
    message = check_message(message, size * width)
    codes = np.empty(size, np.uint64 if width == 64 else np.int64)
    on_cores(unpack_parallel, unpack_serial, size >= SERIAL_BELOW, message.words, width, codes)
    return codes


def _check_width(width):
    if _checks.integer(width, "width", 1) > 64:
        raise ValueError(f"width: expected 1 to 64 bits a code, got {width}")
    return int(width)


@jit
def pack_block(codes, width, out):
    """One block of codes into 512 * width bytes, plane after plane."""
    at, shift = 0, 0
    while shift < width:
        field = widest_field(width - shift)
        plane = out[at : at + BLOCK * field // 8]
        if shift == 0:
            _join(codes, field, np.uint8(0), plane)
        else:
            _join(codes, field, np.uint8(shift), plane)
        at += plane.size
        shift += field


@jit
def unpack_block(data, width, codes):
    """The codes of one block of planes."""
    at, shift = 0, 0
    while shift < width:
        field = widest_field(width - shift)
        plane = data[at : at + BLOCK * field // 8]
        if shift == 0:
            _part(plane, field, codes)
        else:
            _part_more(plane, field, shift, codes)
        at += plane.size
        shift += field


@jit(inline="always")
def widest_field(rest):
    """Bits of the next field: 8, 4, 2 or 1."""
    return 8 if rest >= 8 else 4 if rest >= 4 else 2 if rest >= 2 else 1


@jit(inline="always")
def _join(c, field, s, plane):
    if field == 8:
        _join_1(c, s, plane)
    elif field == 4:
        _join_2(c, s, plane)
    elif field == 2:
        _join_4(c, s, plane)
    else:
        _join_8(c, s, plane)


# The loops below work on bytes throughout: a wider type would cost a quarter of the speed.


@jit(inline="always")
def _join_1(c, s, out):
    for j in range(out.size):
        out[j] = np.uint8(c[j] >> s)


@jit(inline="always")
def _join_2(c, s, out):
    q, m = out.size, np.uint8(15)
    c0, c1 = c[:q], c[q : 2 * q]
    for j in range(q):
        out[j] = (np.uint8(c0[j] >> s) & m) | ((np.uint8(c1[j] >> s) & m) << np.uint8(4))


@jit(inline="always")
def _join_4(c, s, out):
    q, m = out.size, np.uint8(3)
    c0, c1, c2, c3 = c[:q], c[q : 2 * q], c[2 * q : 3 * q], c[3 * q : 4 * q]
    for j in range(q):
        low = (np.uint8(c0[j] >> s) & m) | ((np.uint8(c1[j] >> s) & m) << np.uint8(2))
        high = (np.uint8(c2[j] >> s) & m) | ((np.uint8(c3[j] >> s) & m) << np.uint8(2))
        out[j] = low | (high << np.uint8(4))


@jit(inline="always")
def _join_8(c, s, out):
    q = out.size
    out[:] = 0
    for k in range(8):
        ck, left = c[k * q : (k + 1) * q], np.uint8(k)
        for j in range(q):
            out[j] |= (np.uint8(ck[j] >> s) & np.uint8(1)) << left


@jit(inline="always")
def _part(plane, field, codes):
    q = plane.size
    if field == 8:
        _take(plane, 0, 255, codes)
    elif field == 4:
        _take(plane, 0, 15, codes[:q])
        _take(plane, 4, 15, codes[q:])
    elif field == 2:
        _take(plane, 0, 3, codes[:q])
        _take(plane, 2, 3, codes[q : 2 * q])
        _take(plane, 4, 3, codes[2 * q : 3 * q])
        _take(plane, 6, 3, codes[3 * q :])
    else:
        for k in range(8):
            _take(plane, k, 1, codes[k * q : (k + 1) * q])


@jit(inline="always")
def _take(plane, right, mask, codes):
    for j in range(codes.size):
        codes[j] = (plane[j] >> np.uint8(right)) & np.uint8(mask)


@jit
def _part_more(plane, field, left, codes):
    q, mask = plane.size, np.uint8((1 << field) - 1)
    for k in range(8 // field):
        ck, right = codes[k * q : (k + 1) * q], np.uint8(k * field)
        for j in range(q):
            ck[j] |= codes.dtype.type((plane[j] >> right) & mask) << left


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
