"""The best threshold of three levels -s, 0, s in time proportional to d: a histogram, bounds, and a sort of what is left.

With the magnitudes in decreasing order and S_k the sum of the k largest, keeping k of them leaves the error |v|**2 - S_k**2 / k,
equations (22)-(24) of Xu et al. S_k**2 / k has many peaks in general. It is known where a bucket of the histogram ends; inside a bucket with n
magnitudes between lo and hi that add up to B, the j largest add up to at most min(j hi, B - (n - j) lo), and since
(S + T)**2 / (K + j) is convex in (j, T) it is largest at a corner of that region. Only buckets whose bound reaches the best value found so far are sorted.

At the optimum no magnitude that is kept is below s / 2 >= largest / (2 sqrt(d)): what is smaller is not looked at.
"""

import numpy as np
from numba import prange

from .. import _checks
from .._generic import jit, on_cores
from ..bits.fixed import BLOCK, SERIAL_BELOW
from .blocks import PARTS

OCTAVES, CELLS = 24, 32  # buckets: 32 for every factor of two, down to 2**-24 of the largest, for d < 2**44
BUCKETS = OCTAVES * CELLS
SHIFT = 23 - 5  # 5 bits of a float32 behind its exponent
ONE = 0x3F800000  # the bits of 1.0 in float32
LANES = 512
DIRECT = 1 << 11  # so few are sorted at once


def optimal_threshold(v):
    """The threshold with the least error |v - Q(v)|_2 of all that send 0, s or -s: equation (24) of Xu et al., exactly, in O(d).

    Parameters
    ----------
    v : array of float32 or float64, shape (d,)
        Any finite numbers.

    Returns
    -------
    s : float
        The scale: the mean of the magnitudes above the threshold.
    Delta : float
        The threshold: the largest magnitude that is not kept, 0 where all are. Every number from there up to the smallest kept magnitude
        does the same; s / 2 is one of them.
    k : int
        How many coordinates have |v_i| > Delta. Of two best thresholds the one that keeps less. Equal magnitudes enter together.

    Raises
    ------
    TypeError, ValueError
        If `v` is not a vector of finite numbers.

    Notes
    -----
    The paper sorts, O(d log d), and its threshold is one of the magnitudes; with Delta > 0 it could not keep all d, which is
    the best there is for a vector of equal magnitudes. A zero vector gives (0, 0, 0).

    Examples
    --------
    >>> import dqlab as dq
    >>> dq.quantizers.optimal_threshold([3.0, -5.0, 0.5, 0.0])
    (4.0, 0.5, 2)
    >>> s, Delta, k = dq.quantizers.optimal_threshold([1.0] + 29 * [0.3])  # S_k**2 / k falls at first
    >>> round(s, 4), Delta, k
    (0.3233, 0.0, 30)
    """
    v = _checks.vector(v, "v")
    mean, kept, least = search_threshold_on_cores(v)
    return float(mean), float(largest_below(v, v.dtype.type(least))), int(kept)


@jit
def pieces_of(v):
    """How many pieces a vector is worked on in: the same whatever the number of cores."""
    return PARTS if v.size >= SERIAL_BELOW else 1


@jit
def piece(v, part, pieces):
    """Piece number `part`."""
    return v[v.size * part // pieces : v.size * (part + 1) // pieces]


@jit
def largest_magnitude(v):
    """The largest |v_i|, in lanes, which compiles to wide instructions; NaN is passed over."""
    tops = np.zeros(LANES, v.dtype)
    for start in range(0, v.size, LANES):
        block = v[start : start + LANES]
        for i in range(block.size):
            magnitude = abs(block[i])
            tops[i] = magnitude if magnitude > tops[i] else tops[i]
    return np.float64(tops.max())


@jit
def largest_below(v, least):
    """The largest magnitude below `least`, or 0."""
    tops, zero = np.zeros(LANES, v.dtype), v.dtype.type(0)
    for start in range(0, v.size, LANES):
        block = v[start : start + LANES]
        for i in range(block.size):
            magnitude = abs(block[i])
            magnitude = magnitude if magnitude < least else zero
            tops[i] = magnitude if magnitude > tops[i] else tops[i]
    return np.float64(tops.max())


@jit(parallel=True)
def largest_magnitude_parallel(v):
    """The same, on all cores."""
    tops = np.zeros(PARTS)
    for part in prange(PARTS):
        tops[part] = largest_magnitude(piece(v, part, PARTS))
    return tops.max()


@jit
def search_threshold(v):
    """(mean of what is kept, how many are kept, the smallest magnitude that is kept); (0, 0, infinity) for a zero vector."""
    top = largest_magnitude(v)
    factor = moderating(top, v)
    if factor == 0:
        return 0.0, 0, np.inf
    if factor != 1:
        mean, kept, least = search_moderate(v * v.dtype.type(factor), top * factor)
        return mean / factor, kept, least / factor
    return search_moderate(v, top)


@jit
def moderating(top, v):
    """What to multiply by, so that squares of sums and 1 / top have room; 0 where there is nothing to find."""
    if not 0 < top < np.inf:
        return 0.0
    low, high, factor = (1e-120, 1e120, 2.0**600) if v.itemsize == 8 else (1e-30, 1e30, 2.0**60)
    return factor if top < low else (1 / factor if top > high else 1.0)


def search_threshold_on_cores(v):
    """The same, on all cores where there is much to do."""
    if v.size >= SERIAL_BELOW:
        top = on_cores(largest_magnitude_parallel, largest_magnitude, True, v)
        if moderating(top, v) == 1:
            return on_cores(search_moderate_parallel, search_moderate, True, v, top)
    return search_threshold(v)


@jit
def search_moderate(v, top):
    """The same for a vector whose largest magnitude is known and moderate."""
    pieces, flags, per_top = pieces_of(v), np.zeros(BUCKETS + 1, np.bool_), v.dtype.type(1 / top)
    counts, sums = np.zeros((pieces, BUCKETS + 1), np.int64), np.zeros((pieces, BUCKETS + 1))
    if v.size <= DIRECT:
        counts[0, 0], flags[0] = v.size, True
        return search_sorted(np.abs(v).astype(np.float64), flags, counts, sums)
    for part in range(pieces):
        fill_buckets(piece(v, part, pieces), per_top, counts[part], sums[part])
    starts = flag_buckets(counts, sums, top, flags)
    found = np.empty(starts[pieces])
    for part in range(pieces):
        collect(piece(v, part, pieces), per_top, flags, found[starts[part] : starts[part + 1]])
    return search_sorted(found, flags, counts, sums)


@jit(parallel=True)
def search_moderate_parallel(v, top):
    """The same, on all cores."""
    per_top = v.dtype.type(1 / top)
    counts, sums = np.zeros((PARTS, BUCKETS + 1), np.int64), np.zeros((PARTS, BUCKETS + 1))
    for part in prange(PARTS):
        fill_buckets(piece(v, part, PARTS), per_top, counts[part], sums[part])
    flags = np.zeros(BUCKETS + 1, np.bool_)
    starts = flag_buckets(counts, sums, top, flags)
    found = np.empty(starts[PARTS])
    for part in prange(PARTS):
        collect(piece(v, part, PARTS), per_top, flags, found[starts[part] : starts[part + 1]])
    return search_sorted(found, flags, counts, sums)


@jit
def number_buckets(v, per_top, room, numbers):
    """The bucket of every magnitude: its bits as a part of the largest, from the top down; the last one takes the rest."""
    bits, one, last = room.view(np.int32), np.int32(ONE), np.int32(BUCKETS)
    for i in range(v.size):
        room[i] = abs(v[i]) * per_top
    for i in range(v.size):
        number = (one - bits[i]) >> np.int32(SHIFT)
        number = number if number > np.int32(0) else np.int32(0)
        numbers[i] = number if number < last else last


@jit
def fill_buckets(v, per_top, counts, sums):
    """How many magnitudes fall into every bucket, and their sum."""
    room, numbers = np.empty(BLOCK, np.float32), np.empty(BLOCK, np.int32)
    for start in range(0, v.size, BLOCK):
        part = v[start : start + BLOCK]
        number_buckets(part, per_top, room, numbers)
        for i in range(part.size):
            number = np.uint32(numbers[i])
            counts[number] += 1
            sums[number] += np.float64(abs(part[i]))


@jit
def flag_buckets(counts, sums, top, flags):
    """Flag the buckets that may hold the best threshold, and say where what is collected of every piece starts.

    These are the one with the best end, and those whose bound is no lower.
    """
    all_counts, all_sums, edges = in_all_pieces(counts), in_all_pieces(sums), bucket_edges(top)
    best, at = best_end(all_counts, all_sums)
    flags[at] = True
    kept, total = 0, 0.0
    for b in range(BUCKETS):
        n, high, low = all_counts[b], edges[b] * (1 + 2.0**-22), edges[b + 1] * (1 - 2.0**-22)
        if n > 1:
            j = min(max((all_sums[b] - n * low) / (high - low), 0.0), np.float64(n))
            bound = (total + j * high) ** 2 / (kept + j) if kept + j > 0 else 0.0
            flags[b] = flags[b] or bound * (1 + 1e-9) >= best
        kept, total = kept + n, total + all_sums[b]
    starts = np.zeros(counts.shape[0] + 1, np.int64)
    for part in range(counts.shape[0]):
        starts[part + 1] = starts[part]
        for b in range(BUCKETS):
            starts[part + 1] += counts[part, b] if flags[b] else 0
    return starts


@jit
def in_all_pieces(numbers):
    """The sum over the pieces, bucket by bucket."""
    total = numbers[0].copy()
    for part in range(1, numbers.shape[0]):
        total += numbers[part]
    return total


@jit
def best_end(counts, sums):
    """The largest S_k**2 / k at the end of a bucket, and which bucket."""
    best, kept, total, at = 0.0, 0, 0.0, 0
    for b in range(BUCKETS):
        kept, total = kept + counts[b], total + sums[b]
        if counts[b] > 0 and total * total > best * kept:
            best, at = total * total / kept, b
    return best, at


@jit
def bucket_edges(top):
    """Between which magnitudes the buckets lie, from the top down."""
    bits = np.empty(BUCKETS + 1, np.int32)
    for b in range(BUCKETS + 1):
        bits[b] = ONE - (b << SHIFT)
    return bits.view(np.float32).astype(np.float64) * top


@jit
def collect(v, per_top, flags, found):
    """The magnitudes of the flagged buckets. Few are: it is asked of eight at once whether one may be among them."""
    room, numbers = np.empty(BLOCK, np.float32), np.empty(BLOCK, np.int32)
    near, size, first, last = np.zeros(BLOCK, np.uint8), 0, np.int32(BUCKETS), np.int32(0)
    for b in range(BUCKETS):
        if flags[b]:
            first, last = min(first, np.int32(b)), np.int32(b)
    for start in range(0, v.size, BLOCK):
        part = v[start : start + BLOCK]
        number_buckets(part, per_top, room, numbers)
        near[part.size :] = 0
        for i in range(part.size):
            near[i] = (numbers[i] >= first) & (numbers[i] <= last)
        eights = near.view(np.uint64)
        for j in range((part.size + 7) // 8):
            if eights[j]:
                for i in range(8 * j, min(8 * j + 8, part.size)):
                    if flags[numbers[i]]:
                        found[size] = abs(part[i])
                        size += 1


@jit
def search_sorted(found, flags, counts, sums):
    """The best end of a group of equal magnitudes among those of the flagged buckets."""
    order, counts, sums = sort_down(found), in_all_pieces(counts), in_all_pieces(sums)
    best, best_kept, best_total, least = 0.0, 0, 0.0, np.inf
    kept, total, at = 0, 0.0, 0
    for b in range(flags.size):
        if flags[b]:
            inner, inner_total, stop = kept, total, at + counts[b]
            for i in range(at, stop):
                inner, inner_total = inner + 1, inner_total + order[i]
                if i + 1 < stop and order[i + 1] == order[i]:
                    continue
                value = inner_total * inner_total / inner
                if value > best:
                    best, best_kept, best_total, least = value, inner, inner_total, order[i]
            at = stop
        kept, total = kept + counts[b], total + sums[b]
    return best_total / best_kept, best_kept, least


@jit
def sort_down(values):
    """Numbers >= 0 in decreasing order: by their bits, a byte at a time, but for bytes that are all alike."""
    keys, room = values.view(np.uint64), np.empty(values.size, np.uint64)
    every, some = ~np.uint64(0), np.uint64(0)
    for i in range(keys.size):
        every, some = every & keys[i], some | keys[i]
    starts = np.empty(256, np.int64)
    for byte in range(8):
        shift = np.uint64(8 * byte)
        if ((every ^ some) >> shift) & np.uint64(255):
            sort_byte(keys, shift, starts, room)
            keys, room = room, keys
    return keys.view(np.float64)


@jit
def sort_byte(keys, shift, starts, room):
    """Keys by one byte, the largest first, equal ones in the order they had."""
    starts[:] = 0
    for i in range(keys.size):
        starts[255 - np.int64((keys[i] >> shift) & np.uint64(255))] += 1
    at = 0
    for digit in range(256):
        starts[digit], at = at, at + starts[digit]
    for i in range(keys.size):
        digit = 255 - np.int64((keys[i] >> shift) & np.uint64(255))
        room[starts[digit]] = keys[i]
        starts[digit] += 1
