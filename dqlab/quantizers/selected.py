"""Masked vectors: only selected coordinates are quantized, the receiver reads 0 for the others.

The scale of a tensor is computed from its selected coordinates alone. With all coordinates selected the vector received is that of
the dense message. Section 3.1 of Xu et al.; ``selected_messages`` has the messages, of 32 + d + 2 k bits (Section 3.5).
"""

import numpy as np

from .. import _checks
from .._generic import generic, jit
from ..streams import stream
from .identity import Identity
from .letters import decode_tensors, encode_tensors, tensor_ends
from .low_precision import LARGEST
from .single_precision import Float32, nearest_single
from .terngrad import TernGrad
from .threshold import Threshold

CHUNK = 64  # coordinates of which it is asked at once whether any is selected


@generic
def quantize_selected(quantizer, v, selected, rng, out):
    """What the receiver of a masked message sees, into `out`; how many coordinates were selected.

    `decode_selected` after `encode_selected`, with the same draws and without the codes: what algorithms call.

    Parameters
    ----------
    quantizer : TernGrad, Threshold, Float32 or Identity
    v : array of float32 or float64, shape (d,)
    selected : array of bool or uint8, shape (d,)
        Which coordinates are sent. Scales are computed from these alone.
    rng : numpy.random.Generator
        The encoder's private randomness.
    out : array, shape (d,)
        Of the type of `v`. 0 where nothing is selected.

    Returns
    -------
    int
        k.

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong kind or shape, numbers that are not finite or have no room in a float32.

    Examples
    --------
    >>> import numpy as np
    >>> import dqlab as dq
    >>> q, out = dq.quantizers.Threshold(dim=4), np.empty(4)
    >>> dq.quantizers.quantize_selected(q, [3.0, -5.0, 0.5, 9.0], [True, True, True, False], dq.stream(0), out)
    3
    >>> out
    array([ 4., -4.,  0.,  0.])
    """
    kernel = quantize_selected.kernel(quantizer)
    v, selected, rng = checked_arguments(quantizer, v, selected, rng)
    if not isinstance(out, np.ndarray) or out.shape != v.shape or out.dtype != v.dtype:
        raise ValueError(
            f"out: expected an array of {v.dtype} of shape {v.shape}, that of v, got {getattr(out, 'shape', out)!r}"
        )
    return int(kernel(quantizer, v, selected, rng, out))


def checked_arguments(quantizer, v, selected, rng):
    """Checked arguments."""
    v = _checks.vector(v, "v", quantizer.dim)
    selected = _checked_mask(quantizer, selected)
    if not isinstance(quantizer, Identity) and v.dtype == np.float64 and np.abs(v[selected]).max(initial=0) > LARGEST:
        raise ValueError(
            f"v: expected numbers up to {LARGEST:.3g}, the largest float32, got {np.abs(v[selected]).max():g}"
        )
    return v, selected, stream(0, "encode") if rng is None else _checks.generator(rng, "rng")


def _checked_mask(quantizer, selected):
    """A mask as a contiguous array of bool."""
    selected = np.asarray(selected)
    if selected.shape != (quantizer.dim,):
        raise ValueError(f"selected: expected shape ({quantizer.dim},), that of v, got {selected.shape}")
    if selected.dtype != np.bool_ and (
        selected.dtype.kind not in "iu" or selected.size and not 0 <= selected.min() <= selected.max() <= 1
    ):
        given = list(dict.fromkeys(selected.tolist()))
        raise ValueError(f"selected: expected True and False, or 1 and 0, got {given[:5]} of {selected.dtype}")
    return np.ascontiguousarray(selected, np.bool_)


@jit
def selected_indices(selected):
    """Where a mask is set."""
    count = 0
    for start in range(0, selected.size, CHUNK):
        count += count_set(selected[start : start + CHUNK])
    where, at = np.empty(count, np.int64), 0
    for start in range(0, selected.size, CHUNK):
        part = selected[start : start + CHUNK]
        if count_set(part) > 0:
            for i in range(part.size):
                if part[i]:
                    where[at] = start + i
                    at += 1
    return where


@jit
def count_set(part):
    """How many flags are set."""
    count = 0
    for i in range(part.size):
        count += 1 if part[i] else 0
    return count


@jit
def selected_ends(quantizer, where):
    """Where the selected coordinates of every tensor end, among all that are selected."""
    ends, at = tensor_ends(quantizer), 0
    for t in range(ends.size):
        while at < where.size and where[at] < ends[t]:
            at += 1
        ends[t] = at
    return ends


@quantize_selected.register(TernGrad)
@quantize_selected.register(Threshold)
def _quantize_selected(quantizer, v, selected, rng, out):
    where = selected_indices(selected)
    ends, one = selected_ends(quantizer, where), v.dtype.type(1)
    u, letters, sent = np.empty(where.size, v.dtype), np.empty(where.size, np.uint8), np.empty(ends.size, np.float32)
    for i in range(u.size):
        u[i] = v[where[i]]
    encode_tensors(quantizer, u, ends, one, rng, letters, sent)
    decode_tensors(letters, ends, sent, one, u)
    out[:] = 0
    for i in range(u.size):
        out[where[i]] = u[i]
    return where.size


@quantize_selected.register(Float32)
def _single(quantizer, v, selected, rng, out):
    count = 0
    for i in range(v.size):
        out[i] = nearest_single(v[i], 1.0) if selected[i] else 0.0
        count += 1 if selected[i] else 0
    return count


@quantize_selected.register(Identity)
def _exact(quantizer, v, selected, rng, out):
    count = 0
    for i in range(v.size):
        out[i] = v[i] if selected[i] else 0.0
        count += 1 if selected[i] else 0
    return count


@generic
def selected_bits(quantizer, k):
    """Length in bits of a masked message with `k` selected coordinates: 32 a tensor + d + 2 k; of ``Float32`` d + 32 k.

    Parameters
    ----------
    quantizer : TernGrad, Threshold, Float32 or Identity
    k : int
        0 to d.

    Returns
    -------
    int

    Raises
    ------
    TypeError, ValueError
        If `k` is not an integer from 0 to d.

    Examples
    --------
    >>> import dqlab as dq
    >>> dq.quantizers.selected_bits(dq.quantizers.TernGrad(dim=1000), 10), dq.quantizers.nbits(dq.quantizers.TernGrad(dim=1000))
    (1052, 2032)
    """
    kernel = selected_bits.kernel(quantizer)
    if _checks.integer(k, "k", 0) > quantizer.dim:
        raise ValueError(f"k: expected at most dim = {quantizer.dim} selected coordinates, got {k}")
    return int(kernel(quantizer, k))


@selected_bits.register(TernGrad)
@selected_bits.register(Threshold)
def _ternary_bits(quantizer, k):
    return 32 * quantizer.tensors.size + quantizer.dim + 2 * k


@selected_bits.register(Float32)
def _single_bits(quantizer, k):
    return quantizer.dim + 32 * k


@selected_bits.register(Identity)
def _exact_bits(quantizer, k):
    return quantizer.dim + 64 * k
