"""Codes and messages of ternary quantizers: d letters at 2 bits each, and 32 bits for the scale of every tensor."""

import numpy as np

from .. import _checks
from ..bits import check_codes, check_message, concatenate, pack_fixed, split, unpack_fixed
from ..bits.fixed import get_bits, put_bits
from ..streams import key, stream
from .blocks import blank, read, write
from .domains import scale_for
from .letters import LETTERS, MINUS, Letters, decode_tensors, encode_tensors, first_pass, tensor_ends, unit_of
from .low_precision import NORMS, possible_codes
from .terngrad import TernGrad
from .threshold import Threshold
from .verbs import alphabet, decode, encode, length, nbits, pack, possible, prepare, quantize, receive, send, unpack


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


# With one scale a message is written in one pass over the vector, after another that finds the scale.


@send.register(TernGrad, compiled=False)
@send.register(Threshold, compiled=False)
def _send(quantizer, u, scale, rng, shared, outside):
    u = np.asarray(u)
    one_pass = quantizer.tensors.size == 1 and u.dtype in (np.float32, np.float64) and u.shape == (quantizer.dim,)
    if one_pass:
        u, checked = np.ascontiguousarray(u), scale_for(quantizer, scale, u.dtype.type)
        sent, encoder, unit = first_pass(quantizer, u, checked)
    if not one_pass or np.isnan(sent):
        return pack(quantizer, encode(quantizer, u, scale, rng, shared, outside=outside))
    _checks.choice(outside, "outside", ("raise", "clip"))
    rng = stream(0, "encode") if rng is None else _checks.generator(rng, "rng")
    message, number = blank(u.size, len(LETTERS), extra=32), key(rng) if isinstance(quantizer, TernGrad) else 0
    if write(encoder, u, unit, number, message, len(LETTERS)):
        prepare(quantizer, u, scale, rng, outside)  # says what is wrong
    put_bits(message.words, 2 * u.size, int(sent.view(np.int32)), 32)
    return message


@receive.register(TernGrad, compiled=False)
@receive.register(Threshold, compiled=False)
def _receive(quantizer, message, scale, shared):
    message = check_message(message, nbits(quantizer))
    bits = int(get_bits(message.words, 2 * quantizer.dim, 32))
    if quantizer.tensors.size > 1 or not 0 < bits < NORMS or not message.words[: quantizer.dim // 32].any():
        return decode.kernel(quantizer)(quantizer, unpack(quantizer, message), scale, shared)
    q = np.empty(quantizer.dim, type(scale))
    read(Letters(q.size), message, float(unit_of(np.uint32(bits).view(np.float32), scale, q)), q, len(LETTERS))
    return q
