"""Masked messages: a bitmap says which coordinates are selected, and only these have letters.

bitmap, d bits | k letters, 2 bits each | scales, 32 bits a tensor          of a vector with k selected coordinates
bitmap, d bits | k numbers, 32 or 64 bits each                              of ``Float32`` and ``Identity``
"""

import numpy as np

from ..bits import DecodeError, Message, check_codes, check_message, concatenate, pack_fixed, split, unpack_fixed
from .identity import Identity
from .letters import MINUS, NOT_SELECTED, encode_tensors
from .selected import checked_arguments, selected_bits, selected_ends
from .single_precision import Float32
from .ternary_messages import fits
from .verbs import decode, encode, length

NUMBERS = {
    Float32: (32, 0x7FC00000),
    Identity: (64, 0x7FF8000000000000),
}  # bits of a number, and the NaN that stands for none


def encode_selected(quantizer, v, selected, rng=None):
    """Codes of a masked vector: one a coordinate, 3 where it is not selected, and the scales.

    Parameters
    ----------
    quantizer : TernGrad, Threshold, Float32 or Identity
    v : array of float32 or float64, shape (d,)
    selected : array of bool or uint8, shape (d,)
    rng : numpy.random.Generator, optional

    Returns
    -------
    ndarray of integers
        In place of 3 the codes of ``Float32`` and ``Identity`` have the bits of NaN.

    Raises
    ------
    TypeError, ValueError
        As ``quantize_selected``.

    Examples
    --------
    >>> import dqlab as dq
    >>> q = dq.quantizers.Threshold(dim=4)
    >>> codes = dq.quantizers.encode_selected(q, [3.0, -5.0, 0.5, 9.0], [True, True, True, False])
    >>> codes[:4], dq.quantizers.pack_selected(q, codes).nbits
    (array([1, 2, 0, 3]), 42)
    """
    v, selected, rng = checked_arguments(quantizer, v, selected, rng)
    if type(quantizer) in NUMBERS:
        codes = encode.kernel(quantizer)(quantizer, v, v.dtype.type(1), rng, 0)
        codes[~selected] = NUMBERS[type(quantizer)][1]
        return codes
    where = np.flatnonzero(selected)
    ends = selected_ends(quantizer, where)
    letters, sent = np.empty(where.size, np.uint8), np.empty(ends.size, np.float32)
    encode_tensors.kernel(quantizer)(quantizer, v[where], ends, v.dtype.type(1), rng, letters, sent)
    codes = np.append(np.full(quantizer.dim, NOT_SELECTED), sent.view(np.int32))
    codes[where] = letters
    return codes


def decode_selected(quantizer, codes, dtype=np.float64):
    """The vector that codes of a masked vector stand for: 0 where nothing is selected.

    Examples
    --------
    >>> import dqlab as dq
    >>> q = dq.quantizers.Threshold(dim=4)
    >>> dq.quantizers.decode_selected(q, dq.quantizers.encode_selected(q, [3.0, -5.0, 0.5, 9.0], [True, True, True, False]))
    array([ 4., -4.,  0.,  0.])
    """
    codes = _checked_codes(quantizer, codes)
    codes[: quantizer.dim][codes[: quantizer.dim] == _nothing(quantizer)] = 0
    return decode.kernel(quantizer)(quantizer, codes, np.dtype(dtype).type(1), 0)


def pack_selected(quantizer, codes):
    """Codes of a masked vector as a ``Message`` of ``selected_bits(quantizer, k)`` bits.

    Raises
    ------
    TypeError, ValueError
        For codes that ``encode_selected`` does not give.

    Examples
    --------
    >>> import dqlab as dq
    >>> q = dq.quantizers.Threshold(dim=4)
    >>> codes = dq.quantizers.encode_selected(q, [3.0, -5.0, 0.5, 9.0], [True, True, True, False])
    >>> dq.quantizers.unpack_selected(q, dq.quantizers.pack_selected(q, codes)).tolist() == codes.tolist()
    True
    """
    codes = _checked_codes(quantizer, codes)
    letters, scales = codes[: quantizer.dim], codes[quantizer.dim :]
    selected = letters != _nothing(quantizer)
    parts = [pack_fixed(selected.astype(np.uint8), 1), pack_fixed(letters[selected], _width(quantizer))]
    return concatenate([*parts, pack_fixed(scales, 32)] if scales.size else parts)


def unpack_selected(quantizer, message):
    """The codes in a masked message; ``DecodeError`` where no encoder can have sent it, as when mask and length disagree.

    Examples
    --------
    >>> import numpy as np
    >>> import dqlab as dq
    >>> q = dq.quantizers.Float32(dim=3)
    >>> message = dq.quantizers.pack_selected(q, dq.quantizers.encode_selected(q, [0.5, 7.0, -2.0], [True, False, True]))
    >>> message.nbits, dq.quantizers.decode_selected(q, dq.quantizers.unpack_selected(q, message))
    (67, array([ 0.5,  0. , -2. ]))
    """
    dim, scales = quantizer.dim, length(quantizer) - quantizer.dim
    if not isinstance(message, Message):
        raise TypeError(f"message: expected a dqlab.bits.Message, got {type(message).__name__}")
    check_message(message, message.nbits)
    if message.nbits < selected_bits(quantizer, 0):
        raise DecodeError(
            f"message: {message.nbits} bits, and no masked message has less than {selected_bits(quantizer, 0)}"
        )
    bitmap, rest = split(message, (dim, message.nbits - dim))
    selected = unpack_fixed(bitmap, dim, 1) == 1
    k = int(selected.sum())
    if message.nbits != selected_bits(quantizer, k):
        raise DecodeError(
            f"message: {message.nbits} bits, and its mask of {k} coordinates asks for {selected_bits(quantizer, k)}"
        )
    width = _width(quantizer)
    letters, numbers = split(rest, (k * width, 32 * scales))
    letters = unpack_fixed(letters, k, width)
    codes = np.full(dim + scales, _nothing(quantizer), letters.dtype)
    codes[:dim][selected], codes[dim:] = letters, unpack_fixed(numbers, scales, 32)
    if (letters == _nothing(quantizer)).any() or not possible_selected(quantizer, codes):
        raise DecodeError(f"message: no encoder of {quantizer} sends these codes")
    return codes


def _width(quantizer):
    """Bits of what is sent of a selected coordinate."""
    return NUMBERS[type(quantizer)][0] if type(quantizer) in NUMBERS else 2


def _nothing(quantizer):
    """The code of a coordinate that is not selected."""
    return NUMBERS[type(quantizer)][1] if type(quantizer) in NUMBERS else NOT_SELECTED


def _checked_codes(quantizer, codes):
    """Codes of a masked vector, as an array of their own."""
    selected_bits(quantizer, 0)  # says so where there are no masked messages
    codes = np.array(check_codes(codes, 1 << 64, length(quantizer)))
    if not possible_selected(quantizer, codes):
        raise ValueError(f"codes: no encoder of {quantizer} sends these")
    return codes


def possible_selected(quantizer, codes):
    """Whether an encoder of masked vectors sends these codes."""
    letters = codes[: quantizer.dim]
    letters = np.where(letters == _nothing(quantizer), 0, letters)
    if type(quantizer) in NUMBERS:
        bits = NUMBERS[type(quantizer)][0]
        return bool(np.isfinite(letters.astype(f"uint{bits}").view(f"float{bits}")).all())
    return letters.max() <= MINUS and fits(quantizer, letters, codes[quantizer.dim :], np.cumsum(quantizer.tensors))
