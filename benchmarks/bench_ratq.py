"""RATQ and its transform, against the packages `fht-cpu` (the field's C code) and `hadamard-transform` (PyTorch), if they are here.

Neither is needed by dqlab, and neither is in its environment: `pip install fht-cpu hadamard-transform` adds them. The NumPy version of
RATQ rotates with `fht-cpu` and does the rest with whole-array operations: two codes a byte for the levels, four for the ranges.
"""

import math

import numba
import numpy as np
from timing import report, side_by_side, slope

import dqlab as dq
from dqlab.quantizers.tower_ranges import spans

try:
    import fht_cpu
except ImportError:
    fht_cpu = None
try:
    import torch
    from hadamard_transform import hadamard_transform
except ImportError:
    torch = None


def normalised(x):
    """What a user of `fht-cpu` writes."""
    fht_cpu.fht(x)
    x *= x.dtype.type(1 / math.sqrt(x.size))
    return x


def numpy_send(u, signs, ends, rng):
    """Rotate, choose ranges for pairs, round at random to 7 levels, pack."""
    y = normalised(u * signs)
    ranges = np.searchsorted(ends[:-1], np.abs(y).reshape(-1, 2).max(axis=1)).astype(np.uint8)
    y /= np.repeat(ends[ranges], 2)
    y += 1
    y *= 3
    y += rng.random(y.size, y.dtype)
    codes = np.minimum(y, 6, out=y).astype(np.uint8)
    return codes[0::2] | codes[1::2] << 4, ranges[0::4] | ranges[1::4] << 2 | ranges[2::4] << 4 | ranges[3::4] << 6


def numpy_receive(levels, packed, signs, ends):
    """And back."""
    codes = np.empty(2 * levels.size, np.uint8)
    codes[0::2], codes[1::2] = levels & 15, levels >> 4
    ranges = np.empty(4 * packed.size, np.uint8)
    for k in range(4):
        ranges[k::4] = packed >> 2 * k & 3
    y = codes.astype(signs.dtype)
    y -= 3
    y *= np.repeat(ends[ranges] / signs.dtype.type(3), 2)
    return normalised(y) * signs


def transforms(dtype, power, threads, rounds):
    """Times of the transform alone."""
    d = 1 << power
    x = dq.stream(0, "benchmark").standard_normal(d).astype(dtype)
    x /= np.linalg.norm(x)
    candidates = {"dqlab": lambda: dq.quantizers.walsh_hadamard(x)}
    if fht_cpu:
        y = x.copy()
        candidates["fht-cpu"] = lambda: normalised(y)
    if torch:
        torch.set_num_threads(threads)
        z = torch.tensor(x.tolist(), dtype=torch.float32 if dtype == np.float32 else torch.float64)
        candidates["hadamard-transform"] = lambda: hadamard_transform(z)
    seconds = side_by_side(candidates, rounds, threads)
    for name, promised in (("fht-cpu", 1 if threads > 1 else 1 / 1.7), ("hadamard-transform", 5)):
        if name in seconds:
            what = f"transform against {name}, d = 2**{power}, {np.dtype(dtype)}, {threads} thread{'s' * (threads > 1)}"
            report(what, seconds[name], seconds["dqlab"], promised, d * 1e-9, "ns a coordinate")


def round_trip(dtype, power, threads, rounds):
    """RATQ there and back, with packed messages."""
    d, one = 1 << power, dtype(1)
    rng, q = dq.stream(0, "benchmark"), dq.quantizers.RATQ(1.0, d)
    u = rng.standard_normal(d).astype(dtype)
    u *= dtype(0.99) / np.linalg.norm(u)
    x, ends = u.copy(), spans(d, 2).astype(dtype)
    signs = rng.choice([-1, 1], d).astype(dtype)

    def ours():
        return dq.quantizers.receive(q, dq.quantizers.send(q, u, rng=rng), one)

    def two_transforms():
        dq.quantizers.walsh_hadamard(dq.quantizers.walsh_hadamard(x))

    def numpy():
        return numpy_receive(*numpy_send(u, signs, ends, rng), signs, ends)

    candidates = {"RATQ": ours, "two transforms": two_transforms} | ({"NumPy": numpy} if fht_cpu else {})
    seconds = side_by_side(candidates, rounds, threads)
    what = f"RATQ there and back, d = 2**{power}, {np.dtype(dtype)}, {threads} thread{'s' * (threads > 1)}"
    print(f"{what}: {seconds['RATQ'][1] / seconds['two transforms'][1]:.2f} times two transforms (promised at most 4)")
    if "NumPy" in seconds:
        assert np.linalg.norm(numpy() - u) < 0.5
        report(f"{what}, against NumPy with fht-cpu", seconds["NumPy"], seconds["RATQ"], 10, d * 1e-9, "ns")
    return seconds["RATQ"][1]


def main(rounds=12):
    for missing, name in ((fht_cpu, "fht-cpu"), (torch, "hadamard-transform and torch")):
        if missing is None:
            print(f"({name} not installed: nothing to say about it)")
    for dtype in (np.float32, np.float64):
        for threads in (1, 2)[: numba.config.NUMBA_NUM_THREADS]:
            for power in (16, 20):
                transforms(dtype, power, threads, rounds)
            round_trip(dtype, 20, threads, rounds)
        sizes = [1 << power for power in range(10, 25, 2)]
        times = [round_trip(dtype, int(math.log2(d)), 1, 3) for d in sizes]
        print(f"RATQ, {np.dtype(dtype)}: cost grows as d**{slope(sizes[3:], times[3:]):.2f} from d = 2**16 to 2**24")


if __name__ == "__main__":
    main()
