"""What ternary quantizers share: letters 0, +, - and one scale a tensor, and how they are read."""

from typing import NamedTuple

import numpy as np

from .. import _checks
from .._generic import generic, jit
from .blocks import decode_block
from .low_precision import LARGEST
from .uniform_scalar import count_outside

ZERO, PLUS, MINUS, NOT_SELECTED = range(4)  # the last one only in codes of masked vectors
LETTERS = (ZERO, PLUS, MINUS)


class Letters(NamedTuple):
    """The letters of one tensor: what ``blocks`` decodes with. Without arrays, which parallel loops cannot take in a noun."""

    dim: int


@generic
def encode_tensors(quantizer, u, ends, scale, rng, letters, sent):
    """Letters of `u` into `letters` (uint8), and the scale of every tensor, divided by `scale`, into `sent` (float32).

    The tensors are u[:ends[0]], u[ends[0]:ends[1]], ...; of a masked vector only what is selected of them, maybe nothing.

    Examples
    --------
    >>> import numpy as np
    >>> import dqlab as dq
    >>> from dqlab.quantizers.letters import encode_tensors
    >>> q, letters, sent = dq.quantizers.Threshold(dim=4), np.empty(4, np.uint8), np.empty(1, np.float32)
    >>> encode_tensors(q, np.array([3.0, -5.0, 0.5, 0.0]), np.array([4]), 1.0, dq.stream(0), letters, sent)
    >>> letters, sent
    (array([1, 2, 0, 0], dtype=uint8), array([4.], dtype=float32))
    """
    return encode_tensors.kernel(quantizer)(quantizer, u, ends, scale, rng, letters, sent)


@generic
def first_pass(quantizer, u, scale):
    """What the message of a vector with one scale begins with: the scale to send, and what ``blocks`` encodes with (noun, unit).

    On all cores where there is much to do. The scale is NaN or too large where `u` lies outside the domain.
    """
    return first_pass.kernel(quantizer)(quantizer, u, scale)


def tensor_sizes(tensors, dim):
    """Checked sizes of the tensors that a vector of `dim` coordinates is cut into, as an int64 array."""
    if tensors is None:
        return np.array([dim], np.int64)
    sizes = np.atleast_1d(np.asarray(tensors))
    if sizes.dtype.kind not in "iu" or sizes.ndim != 1 or sizes.size == 0 or sizes.min() < 1:
        raise ValueError(f"tensors: expected the sizes of the tensors, integers >= 1, got {tensors!r}")
    if sizes.sum() != dim:
        raise ValueError(
            f"tensors: expected sizes that add up to dim = {dim}, got {sizes.tolist()} (sum {sizes.sum()})"
        )
    return sizes.astype(np.int64)


def clip_factor(clip):
    """Checked number of standard deviations, infinity for None."""
    if clip is None or clip == np.inf:
        return np.inf
    return _checks.positive(clip, "clip")


@jit
def tensor_ends(quantizer):
    """Where every tensor ends."""
    ends, end = np.empty(quantizer.tensors.size, np.int64), 0
    for t in range(ends.size):
        end += quantizer.tensors[t]
        ends[t] = end
    return ends


@jit
def unit_of(sent, scale, v):
    """The magnitude of a letter that is not 0: what was sent, times `scale`, as a number that the precision of `v` has."""
    most = LARGEST if v.itemsize == 4 else 1.7976931348623157e308
    return v.dtype.type(min(np.float64(sent) * np.float64(scale), most))


@jit
def decode_tensors(letters, ends, sent, scale, q):
    """What letters and scales stand for, into `q`."""
    start = 0
    for t in range(ends.size):
        decode_letters(letters[start : ends[t]], unit_of(sent[t], scale, q), q[start : ends[t]])
        start = ends[t]


@jit
def decode_letters(letters, unit, q):
    """`unit` for every +, -`unit` for every -, else 0."""
    of = q.dtype.type
    plus, zero = of(unit), of(0)
    for i in range(q.size):
        q[i] = plus if letters[i] == PLUS else (-plus if letters[i] == MINUS else zero)


@decode_block.register(Letters)
def _decode_block(quantizer, codes, unit, q):
    decode_letters(codes, unit, q)


@jit
def count_not_finite(u):
    """How many coordinates are infinite or NaN."""
    return count_outside(u, u.dtype.type(LARGEST if u.itemsize == 4 else 1.7976931348623157e308))
