"""Mixed radix: n codes from an alphabet of K letters in within 1 % of n * log2(K) bits (n >= 64).

A power of two is packed at fixed width, and one letter alone, which says nothing, in no bits. For any other K the codes are cut into groups of 64 (the last one takes the rest,
up to 127), and a group is one integer in base K, written with ceil(log2(K**size)) bits: less than one bit is wasted in more
than a hundred. A group's integer lives in 32-bit limbs, and as many codes as fit in a limb are joined before they meet it.
"""

import numpy as np

from .. import _checks
from .._generic import jit
from .fixed import get_bits, pack_fixed, put_bits, unpack_fixed
from .message import DecodeError, Message, check_codes, check_message, int_to_message, message_to_int

GROUP = 64


def radix_bits(size, alphabet):
    """Length in bits of `size` codes from `alphabet` letters.

    Parameters
    ----------
    size : int
        Number of codes n >= 0.
    alphabet : int
        Number of letters K >= 1.

    Returns
    -------
    int

    Examples
    --------
    >>> from dqlab import bits
    >>> bits.radix_bits(64, 3), bits.radix_bits(64, 4)
    (102, 128)
    """
    alphabet, size = _checks.integer(alphabet, "alphabet", 1), _checks.integer(size, "size", 0)
    if alphabet & (alphabet - 1) == 0:
        return size * (alphabet.bit_length() - 1)
    groups, last = _groups(size)
    return groups * _group_bits(GROUP, alphabet) + _group_bits(last, alphabet)


def pack_radix(codes, alphabet):
    """`codes` (integers in [0, alphabet)) as a message of ``radix_bits(len(codes), alphabet)`` bits.

    Examples
    --------
    >>> from dqlab import bits
    >>> message = bits.pack_radix([2, 0, 1, 2], alphabet=3)
    >>> message.nbits, bits.unpack_radix(message, 4, alphabet=3).tolist()
    (7, [2, 0, 1, 2])
    """
    alphabet = _checks.integer(alphabet, "alphabet", 1)
    codes = check_codes(codes, alphabet)
    if alphabet == 1:
        return Message(np.zeros(0, np.uint64), 0)
    if alphabet & (alphabet - 1) == 0:
        return pack_fixed(codes, alphabet.bit_length() - 1)
    nbits = radix_bits(codes.size, alphabet)
    if alphabet >= 1 << 32:
        return int_to_message(_join_groups(codes, alphabet), nbits)
    words = np.zeros((nbits + 63) // 64, np.uint64)
    groups, last = _groups(codes.size)
    pack_groups(codes.astype(np.int64), alphabet, groups, last, *_widths(last, alphabet), words)
    return Message(words, nbits)


def unpack_radix(message, size, alphabet):
    """The `size` codes (int64) that ``pack_radix`` put into a message; DecodeError where it cannot have.

    Examples
    --------
    >>> from dqlab import bits
    >>> bits.unpack_radix(bits.pack_radix([2, 0, 1], alphabet=3), size=3, alphabet=3)
    array([2, 0, 1])
    """
    alphabet, size = _checks.integer(alphabet, "alphabet", 1), _checks.integer(size, "size", 0)
    if alphabet == 1:
        check_message(message, 0)
        return np.zeros(size, np.int64)
    if alphabet & (alphabet - 1) == 0:
        return unpack_fixed(message, size, alphabet.bit_length() - 1)
    message = check_message(message, radix_bits(size, alphabet))
    if alphabet >= 1 << 32:
        return _split_groups(message_to_int(message), size, alphabet)
    codes = np.empty(size, np.int64)
    groups, last = _groups(size)
    if not unpack_groups(message.words, alphabet, groups, last, *_widths(last, alphabet), codes):
        raise DecodeError(f"message: a group of codes is past the last combination of {alphabet} letters")
    return codes


def _groups(size):
    """How many groups have 64 codes, and how many codes the last one has."""
    groups = max(0, size // GROUP - 1)
    return groups, size - groups * GROUP


def _group_bits(size, alphabet):
    return (alphabet**size - 1).bit_length()


def _widths(last, alphabet):
    return _group_bits(GROUP, alphabet), _group_bits(last, alphabet)


@jit
def pack_groups(codes, alphabet, groups, last, group_bits, last_bits, words):
    """Horner's rule, group after group."""
    limbs = np.empty((max(group_bits, last_bits) + 63) // 32 + 1, np.uint64)
    for g in range(groups + 1):
        size, nbits = (GROUP, group_bits) if g < groups else (last, last_bits)
        limbs[:] = 0
        i, used = g * GROUP + size, 0
        while i > g * GROUP:
            # Join codes until their base no longer fits in a limb, then limbs <- limbs * base + joined.
            base, joined = np.uint64(1), np.uint64(0)
            while i > g * GROUP and base * np.uint64(alphabet) < np.uint64(1 << 32):
                i -= 1
                joined = joined * np.uint64(alphabet) + np.uint64(codes[i])
                base *= np.uint64(alphabet)
            for k in range(used):
                joined += limbs[k] * base
                limbs[k] = joined & np.uint64(0xFFFFFFFF)
                joined >>= np.uint64(32)
            if joined:
                limbs[used] = joined
                used += 1
        at = g * group_bits
        for k in range((nbits + 31) // 32):
            put_bits(words, at + 32 * k, limbs[k], min(32, nbits - 32 * k))


@jit
def unpack_groups(words, alphabet, groups, last, group_bits, last_bits, codes):
    """Divide group after group; False where a group is past its last combination."""
    limbs = np.empty((max(group_bits, last_bits) + 63) // 32 + 1, np.uint64)
    full, per_limb = np.uint64(alphabet), 1
    while full * np.uint64(alphabet) < np.uint64(1 << 32):
        full *= np.uint64(alphabet)
        per_limb += 1
    for g in range(groups + 1):
        size, nbits = (GROUP, group_bits) if g < groups else (last, last_bits)
        used = (nbits + 31) // 32
        for k in range(used):
            limbs[k] = get_bits(words, g * group_bits + 32 * k, min(32, nbits - 32 * k))
        i, stop = g * GROUP, g * GROUP + size
        # The packer met the last code first, and its shortest run of codes came last: take runs from the front.
        run = size % per_limb if size % per_limb else per_limb
        while i < stop:
            base = np.uint64(1)
            for _ in range(run):
                base *= np.uint64(alphabet)
            rest = np.uint64(0)
            for k in range(used - 1, -1, -1):
                rest = (rest << np.uint64(32)) | limbs[k]
                limbs[k] = rest // base
                rest -= limbs[k] * base
            while used > 0 and limbs[used - 1] == 0:
                used -= 1
            for _ in range(run):
                codes[i] = np.int64(rest % np.uint64(alphabet))
                rest //= np.uint64(alphabet)
                i += 1
            run = per_limb
        if used > 0:
            return False
    return True


def _join_groups(codes, alphabet):
    """The message's integer, for an alphabet too large for limbs."""
    groups, last = _groups(codes.size)
    value, at = 0, 0
    for g in range(groups + 1):
        size = GROUP if g < groups else last
        number = 0
        for code in reversed(codes[g * GROUP : g * GROUP + size].tolist()):
            number = number * alphabet + code
        value |= number << at
        at += _group_bits(size, alphabet)
    return value


def _split_groups(value, size, alphabet):
    """The codes in the message's integer, for an alphabet too large for limbs."""
    groups, last = _groups(size)
    codes = []
    for g in range(groups + 1):
        count = GROUP if g < groups else last
        nbits = _group_bits(count, alphabet)
        number, value = value & ((1 << nbits) - 1), value >> nbits
        for _ in range(count):
            number, code = divmod(number, alphabet)
            codes.append(code)
        if number:
            raise DecodeError(f"message: a group of codes is past the last combination of {alphabet} letters")
    return np.array(codes, np.uint64 if alphabet > 1 << 63 else np.int64)
