"""Messages of many nodes at once: every row of a matrix quantized, with one key a row and without an array a message."""

import numpy as np

from .. import _checks
from .._generic import generic, jit, plain, unchecked
from ..streams import key, words
from .blocks import decode_block, encode_block
from .coordinate_uniform import CoordinateUniform, decode_levels, encode_levels
from .decimal_grid import Grid
from .domains import overflows, scale_for
from .identity import Identity
from .low_precision import LANES, MODERATE, LowPrecision, euclidean_norm, no_longer, norm_to_send, room
from .verbs import decode, encode, quantize

SLACK = 1.0 + 1e-12  # rounding may carry an input one ulp past its range


@generic
def quantize_rows(quantizer, U, scale, rng, common, out):
    """What the receivers of `U`'s rows see, into `out`: row by row the same numbers as `quantize` gives.

    Parameters
    ----------
    quantizer : a registered quantizer
    U : array, shape (rows, dim)
        One input a row; one that lies outside the domain is clipped and counted.
    scale : float
        The dynamic range of every row.
    rng : numpy.random.Generator
        The encoders' private randomness, in the order of the rows.
    common : numpy.random.Generator
        Where keys of shared randomness come from, one a row.
    out : array, shape (rows, dim)

    Returns
    -------
    int
        How many rows lay outside the domain, or overflowed.

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong kind or shape.

    Examples
    --------
    >>> import numpy as np
    >>> import dqlab as dq
    >>> Z, rng, common = np.empty((2, 3)), dq.stream(0, "encoder"), dq.stream(0, "shared")
    >>> dq.quantizers.quantize_rows(dq.quantizers.UniformScalar(4, dim=3), [[-0.9, 0.1, 0.6], [0, 0, 7]], 1.0, rng, common, Z)
    1
    >>> Z
    array([[-0.75,  0.25,  0.75],
           [ 0.25,  0.25,  0.75]])
    """
    encode.kernel(quantizer)  # says so where there is none
    U = _checks.matrix(U, "U")
    if U.shape[1] != quantizer.dim:
        raise ValueError(f"U: expected rows of dimension {quantizer.dim}, that of the quantizer, got shape {U.shape}")
    if not isinstance(out, np.ndarray) or out.shape != U.shape or out.dtype != np.float64:
        raise ValueError(f"out: expected a float64 array of shape {U.shape}, got {getattr(out, 'shape', out)!r}")
    _checks.generator(rng, "rng"), _checks.generator(common, "common")
    scale = scale_for(quantizer, scale, np.float64)
    kernel = quantize_rows.kernel(quantizer)
    if all(verb.is_compiled(quantizer) for verb in (encode, decode, quantize, overflows)):
        return int(kernel(quantizer, U, scale, rng, common, out))
    with unchecked():
        return int(plain(kernel)(quantizer, U, scale, rng, common, out))


@quantize_rows.register(object)
def _one_by_one(quantizer, U, scale, rng, common, out):
    lost = 0
    for i in range(U.shape[0]):
        lost += 1 if overflows(quantizer, U[i], SLACK * scale) else 0
        out[i] = quantize(quantizer, U[i], scale, rng, key(common))
    return lost


@quantize_rows.register(Identity)
def _exact(quantizer, U, scale, rng, common, out):
    out[:] = U
    return 0


@quantize_rows.register(CoordinateUniform)
def _levels(quantizer, U, scale, rng, common, out):
    return block_rows(quantizer, U, quantizer.bound * scale, rng, out)


@quantize_rows.register(Grid)
def _multiples(quantizer, U, scale, rng, common, out):
    return block_rows(quantizer, U, scale, rng, out)


@jit
def block_rows(quantizer, U, unit, rng, out):
    """Rows of a scheme that writes its codes in blocks, in room that all rows share; how many rows leave the domain."""
    codes, draws = room_for(U)
    lost = 0
    for i in range(U.shape[0]):
        lost += 1 if encode_block(quantizer, U[i], unit, key(rng), 0, draws, codes) > 0 else 0
        decode_block(quantizer, codes, unit, out[i])
    return lost


@jit
def room_for(U):
    """Codes of a row, and draws for two coordinates each."""
    return np.empty(U.shape[1], np.int32), np.empty((U.shape[1] + 1) // 2, np.uint64)


@quantize_rows.register(LowPrecision)
def _parts_of_the_norm(quantizer, U, scale, rng, common, out):
    return round_rows(2 * quantizer.levels + 1, U, scale, rng, out)


@jit
def round_rows(levels, U, scale, rng, out):
    """`LowPrecision` of every row: its norm, and its coordinates as parts of that, none of which is past the last level."""
    codes, draws = room_for(U)
    norms, lost, halves = np.empty(U.shape[0]), 0, draws.view(np.int32)
    row_norms(U, norms)
    for i in range(U.shape[0]):
        u, sent = U[i], np.float64(norm_to_send(norms[i], U[i], scale)) * scale
        unit = sent if sent > 0 else 1.0
        if not norms[i] <= room(u, scale):
            u, lost = np.minimum(np.maximum(u, -unit), unit), lost + 1
        words(key(rng), 0, draws)
        encode_levels(levels, u, unit, halves, codes)
        decode_levels(levels, codes, sent, out[i])
    return lost


@jit
def row_norms(U, norms):
    """|u|_2 of every row, the number that `euclidean_norm` gives: its sum in its order, four rows at a time."""
    rows, dim = U.shape
    sums, tops = np.zeros(rows), np.full(rows, np.inf)
    if dim <= LANES:
        for i in range(0, rows - 3, 4):
            measure_four(U, i, sums, tops)
    for i in range(rows):
        measured = tops[i] == 0 or MODERATE[0] < tops[i] < MODERATE[1]
        norms[i] = no_longer(np.sqrt(sums[i]), tops[i]) if measured else euclidean_norm(U[i])


@jit
def measure_four(U, i, sums, tops):
    """Sums of squares and largest magnitudes of rows i to i + 3: four sums that do not wait for each other."""
    s0 = s1 = s2 = s3 = t0 = t1 = t2 = t3 = 0.0
    for j in range(U.shape[1]):
        m0, m1, m2, m3 = abs(U[i, j]), abs(U[i + 1, j]), abs(U[i + 2, j]), abs(U[i + 3, j])
        s0, s1, s2, s3 = s0 + m0 * m0, s1 + m1 * m1, s2 + m2 * m2, s3 + m3 * m3
        t0, t1 = m0 if m0 > t0 else t0, m1 if m1 > t1 else t1
        t2, t3 = m2 if m2 > t2 else t2, m3 if m3 > t3 else t3
    sums[i], sums[i + 1], sums[i + 2], sums[i + 3] = s0, s1, s2, s3
    tops[i], tops[i + 1], tops[i + 2], tops[i + 3] = t0, t1, t2, t3
