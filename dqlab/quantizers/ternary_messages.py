"""Codes and messages of ternary quantizers: d letters at 2 bits each, and 32 bits for the scale of every tensor."""

import numpy as np

from ..bits import check_codes, check_message, concatenate, pack_fixed, split, unpack_fixed
from .letters import MINUS, decode_tensors, encode_tensors, tensor_ends
from .low_precision import NORMS, possible_codes
from .terngrad import TernGrad
from .threshold import Threshold
from .verbs import alphabet, decode, encode, length, nbits, pack, possible, quantize, unpack


@encode.register(TernGrad)
@encode.register(Threshold)
def _encode(quantizer, u, scale, rng, shared):
    letters, sent = np.empty(u.size, np.uint8), np.empty(quantizer.tensors.size, np.float32)
    encode_tensors(quantizer, u, tensor_ends(quantizer), scale, rng, letters, sent)
    codes = np.empty(letters.size + sent.size, np.int64)
    codes[: letters.size], codes[letters.size :] = letters, sent.view(np.int32)
    return codes


@decode.register(TernGrad)
@decode.register(Threshold)
def _decode(quantizer, codes, scale, shared):
    q, sent = np.full(quantizer.dim, scale), codes[quantizer.dim :].astype(np.int32).view(np.float32)
    decode_tensors(codes[: q.size], tensor_ends(quantizer), sent, scale, q)
    return q


@quantize.register(TernGrad)
@quantize.register(Threshold)
def _quantize(quantizer, u, scale, rng, shared):
    q, ends = np.full(u.size, scale), tensor_ends(quantizer)
    letters, sent = np.empty(u.size, np.uint8), np.empty(ends.size, np.float32)
    encode_tensors(quantizer, u, ends, scale, rng, letters, sent)
    decode_tensors(letters, ends, sent, scale, q)
    return q


@alphabet.register(TernGrad, compiled=False)
@alphabet.register(Threshold, compiled=False)
def _alphabet(quantizer):
    return NORMS


@length.register(TernGrad, compiled=False)
@length.register(Threshold, compiled=False)
def _length(quantizer):
    return quantizer.dim + quantizer.tensors.size


@possible.register(TernGrad, compiled=False)
@possible.register(Threshold, compiled=False)
def _possible(quantizer, codes):
    letters, sent = codes[: quantizer.dim], codes[quantizer.dim :]
    return int(letters.max()) <= MINUS and fits(quantizer, letters, sent, np.cumsum(quantizer.tensors))


def fits(quantizer, letters, sent, ends):
    """Whether the bits of every scale are those of a float32 that goes with the letters of its tensor: none without a scale, and no threshold without any."""
    some = np.array([part.any() for part in np.split(letters, ends[:-1])])
    finite = bool((sent < NORMS).all())
    return (
        finite
        and not (some & (sent == 0)).any()
        and not (isinstance(quantizer, Threshold) and (~some & (sent > 0)).any())
    )


@nbits.register(TernGrad, compiled=False)
@nbits.register(Threshold, compiled=False)
def _nbits(quantizer):
    return 2 * quantizer.dim + 32 * quantizer.tensors.size


@pack.register(TernGrad, compiled=False)
@pack.register(Threshold, compiled=False)
def _pack(quantizer, codes):
    codes = check_codes(codes, NORMS, length(quantizer))
    if not possible(quantizer, codes):
        raise ValueError(f"codes: no encoder of {quantizer} sends these")
    return concatenate([pack_fixed(codes[: quantizer.dim], 2), pack_fixed(codes[quantizer.dim :], 32)])


@unpack.register(TernGrad, compiled=False)
@unpack.register(Threshold, compiled=False)
def _unpack(quantizer, message):
    count = quantizer.tensors.size
    letters, sent = split(check_message(message, nbits(quantizer)), (2 * quantizer.dim, 32 * count))
    codes = np.append(unpack_fixed(letters, quantizer.dim, 2), unpack_fixed(sent, count, 32))
    return possible_codes(quantizer, codes)
