"""Ternary messages shorter than 2 bits a letter: symbols in mixed radix, and the places of symbols by their rank.

    pack_tight     d letters in radix 3, close to 1.585 d bits; of a masked vector its mask by rank and k letters in radix 3
    pack_sparse    the places of the letters + and - by rank, and a bit for the sign of each: short where letters are mostly 0

A rank takes time of order d**2: these are for d up to 2**17. How many coordinates are selected, or not 0, is sent, too: without it a
decoder knows no rank's length.
"""

import numpy as np

from .. import _checks
from ..bits import (
    DecodeError,
    Message,
    check_codes,
    check_message,
    concatenate,
    int_to_message,
    message_to_int,
    pack_fixed,
    pack_radix,
    radix_bits,
    rank_subset,
    split,
    subset_bits,
    unpack_fixed,
    unpack_radix,
    unrank_subset,
)
from .letters import NOT_SELECTED, PLUS, ZERO
from .low_precision import NORMS, possible_codes
from .selected_messages import possible_selected
from .terngrad import TernGrad
from .threshold import Threshold
from .verbs import length, possible

MOST_RANKED = 1 << 17


def tight_bits(quantizer, k=None):
    """Length in bits of the message of ``pack_tight``: of a dense one, or of a masked one with `k` selected coordinates.

    Examples
    --------
    >>> import dqlab as dq
    >>> q = dq.quantizers.TernGrad(dim=1000)
    >>> dq.quantizers.tight_bits(q), dq.quantizers.nbits(q)
    (1625, 2032)
    >>> dq.quantizers.tight_bits(q, 10), dq.quantizers.selected_bits(q, 10)
    (136, 1052)
    """
    scales, dim = _ternary(quantizer), quantizer.dim
    if k is None:
        return 32 * scales + radix_bits(dim, 3)
    return 32 * scales + _count_bits(dim) + subset_bits(dim, _of(dim, k, "k")) + radix_bits(k, 3)


def sparse_bits(quantizer, n):
    """Length in bits of the message of ``pack_sparse`` with `n` letters that are not 0.

    Examples
    --------
    >>> import dqlab as dq
    >>> dq.quantizers.sparse_bits(dq.quantizers.TernGrad(dim=1000), 10)
    130
    """
    scales, dim = _ternary(quantizer), quantizer.dim
    return 32 * scales + _count_bits(dim) + subset_bits(dim, _of(dim, n, "n")) + n


def pack_tight(quantizer, codes, selected=False):
    """Codes as a shorter ``Message``: letters in radix 3; of a masked vector the mask by its rank, in place of a bitmap.

    Parameters
    ----------
    quantizer : TernGrad or Threshold
    codes : array of integers
        From ``encode``; with `selected`, from ``encode_selected``.
    selected : bool
        Whether the codes are those of a masked vector: then d is at most 2**17.

    Returns
    -------
    Message
        Of ``tight_bits`` bits.

    Raises
    ------
    TypeError, ValueError
        For codes that no encoder sends, another quantizer, or a dim too large for ranks.

    Examples
    --------
    >>> import dqlab as dq
    >>> q = dq.quantizers.Threshold(dim=8)
    >>> codes = dq.quantizers.encode(q, [3.0, -5.0, 0.5, 0, 0, 0, 0, 0])
    >>> message = dq.quantizers.pack_tight(q, codes)
    >>> message.nbits, dq.quantizers.unpack_tight(q, message).tolist() == codes.tolist()
    (45, True)
    """
    codes, dim = _checked_codes(quantizer, codes, selected), quantizer.dim
    letters, scales = codes[:dim], pack_fixed(codes[dim:], 32)
    if not selected:
        return concatenate([pack_radix(letters, 3), scales])
    where = np.flatnonzero(letters != NOT_SELECTED)
    return concatenate([*_pack_places(where, dim), pack_radix(letters[where], 3), scales])


def unpack_tight(quantizer, message, selected=False):
    """The codes in a message of ``pack_tight``; ``DecodeError`` where no encoder can have sent it.

    Examples
    --------
    >>> import dqlab as dq
    >>> q = dq.quantizers.Threshold(dim=4)
    >>> codes = dq.quantizers.encode_selected(q, [3.0, -5.0, 0.5, 9.0], [True, True, True, False])
    >>> message = dq.quantizers.pack_tight(q, codes, selected=True)
    >>> dq.quantizers.unpack_tight(q, message, selected=True).tolist() == codes.tolist()
    True
    """
    scales, dim = _ternary(quantizer), quantizer.dim
    if not selected:
        letters, numbers = split(check_message(message, tight_bits(quantizer)), (radix_bits(dim, 3), 32 * scales))
        codes = np.append(unpack_radix(letters, dim, 3), unpack_fixed(numbers, scales, 32))
        return possible_codes(quantizer, codes)
    where, rest = _unpack_places(quantizer, message, tight_bits)
    letters, numbers = split(rest, (radix_bits(where.size, 3), 32 * scales))
    codes = np.append(np.full(dim, NOT_SELECTED), unpack_fixed(numbers, scales, 32))
    codes[where] = unpack_radix(letters, where.size, 3)
    if not possible_selected(quantizer, codes):
        raise DecodeError(f"message: no encoder of {quantizer} sends these codes")
    return codes


def pack_sparse(quantizer, codes):
    """Codes of a dense message with mostly zeros: the places of the others by rank, and their signs.

    Parameters
    ----------
    quantizer : TernGrad or Threshold
        Of at most 2**17 dimensions.
    codes : array of integers
        From ``encode``.

    Returns
    -------
    Message
        Of ``sparse_bits`` bits.

    Raises
    ------
    TypeError, ValueError
        As ``pack_tight``.

    Examples
    --------
    >>> import dqlab as dq
    >>> q = dq.quantizers.Threshold(dim=8)
    >>> codes = dq.quantizers.encode(q, [3.0, -5.0, 0.5, 0, 0, 0, 0, 0])
    >>> message = dq.quantizers.pack_sparse(q, codes)
    >>> message.nbits, dq.quantizers.unpack_sparse(q, message).tolist() == codes.tolist()
    (43, True)
    """
    codes, dim = _checked_codes(quantizer, codes, False), quantizer.dim
    where = np.flatnonzero(codes[:dim])
    signs = pack_fixed(codes[where] - PLUS, 1)
    return concatenate([*_pack_places(where, dim), signs, pack_fixed(codes[dim:], 32)])


def unpack_sparse(quantizer, message):
    """The codes in a message of ``pack_sparse``; ``DecodeError`` where no encoder can have sent it.

    Examples
    --------
    >>> import dqlab as dq
    >>> q = dq.quantizers.TernGrad(dim=3)
    >>> message = dq.quantizers.pack_sparse(q, dq.quantizers.encode(q, [0.0, -2.0, 0.0]))
    >>> dq.quantizers.decode(q, dq.quantizers.unpack_sparse(q, message))
    array([ 0., -2.,  0.])
    """
    scales, dim = _ternary(quantizer), quantizer.dim
    where, rest = _unpack_places(quantizer, message, sparse_bits)
    signs, numbers = split(rest, (where.size, 32 * scales))
    codes = np.append(np.full(dim, ZERO), unpack_fixed(numbers, scales, 32))
    codes[where] = PLUS + unpack_fixed(signs, where.size, 1)
    return possible_codes(quantizer, codes)


def _ternary(quantizer):
    """How many scales a ternary quantizer sends."""
    if not isinstance(quantizer, (TernGrad, Threshold)):
        raise TypeError(f"quantizer: expected a TernGrad or a Threshold, got {type(quantizer).__name__}")
    return quantizer.tensors.size


def _checked_codes(quantizer, codes, selected):
    """Checked codes of a dense or a masked vector."""
    _ternary(quantizer)
    codes = check_codes(codes, NORMS, length(quantizer))
    if not (possible_selected if selected else possible)(quantizer, codes):
        raise ValueError(f"codes: no encoder of {quantizer} sends these")
    return codes


def _of(dim, count, name):
    """A checked number of coordinates."""
    if _checks.integer(count, name, 0) > dim:
        raise ValueError(f"{name}: expected at most dim = {dim} coordinates, got {count}")
    return count


def _count_bits(dim):
    """Bits of a number from 0 to `dim`."""
    return dim.bit_length()


def _pack_places(where, dim):
    """How many places there are, and their rank."""
    if dim > MOST_RANKED:
        raise ValueError(f"dim: expected at most 2**17 for the rank of a set of coordinates, got {dim}; send a bitmap")
    rank = int_to_message(rank_subset(where.tolist(), dim), subset_bits(dim, where.size))
    return int_to_message(where.size, _count_bits(dim)), rank


def _unpack_places(quantizer, message, bits):
    """The places, and what follows them."""
    dim, head = quantizer.dim, _count_bits(quantizer.dim)
    if not isinstance(message, Message):
        raise TypeError(f"message: expected a dqlab.bits.Message, got {type(message).__name__}")
    if check_message(message, message.nbits).nbits < head:
        raise DecodeError(f"message: {message.nbits} bits have no room for a count of {head}")
    count, rest = split(message, (head, message.nbits - head))
    count = message_to_int(count)
    if count > dim or message.nbits != bits(quantizer, count):
        raise DecodeError(f"message: {message.nbits} bits do not fit a count of {count} of {dim} coordinates")
    rank, rest = split(rest, (subset_bits(dim, count), rest.nbits - subset_bits(dim, count)))
    return unrank_subset(message_to_int(rank), dim, count), rest
