"""SimQ and SimQ+: encoding against what a user would write with NumPy, and how encoding and ranking grow.

The NumPy side makes the same draws, checked alike: for SimQ one search in the partial sums, for SimQ+ one call of
``Generator.multinomial``. Both codes of SimQ+ are measured there and back at k = d, on long integers.
"""

import time

import numpy as np
from timing import report, side_by_side, slope

import dqlab as dq

D = 1 << 20
SIZES = [512, 1024, 2048, 4096]


def numpy_chances(y, bound):
    """The probabilities of all coordinates, after the check of the domain."""
    chances = np.abs(y.astype(np.float64)) / bound
    if not chances.sum() <= 1 + 1e-6:
        raise ValueError("outside")
    return chances


def numpy_simq(y, bound, rng):
    """The coordinate of one draw, with its sign."""
    i = int(np.searchsorted(np.cumsum(numpy_chances(y, bound)), rng.random(), side="right"))
    return 0 if i == y.size else 2 * i + (1 if y[i] > 0 else 2)


def numpy_simq_plus(y, bound, repeats, rng):
    """The counts of all coordinates, with their signs."""
    counts = rng.multinomial(repeats, np.minimum(np.append(numpy_chances(y, bound), 0.0), 1.0))[:-1]
    return 2 * counts - ((counts > 0) & (y > 0))


def processor_seconds(call, rounds=7):
    """The least time on the processor of one call: unlike a clock on the wall it does not grow faster where others wait for it, too."""
    call()
    times = []
    for _ in range(rounds):
        start = time.thread_time()
        call()
        times.append(time.thread_time() - start)
    return min(times)


def encoding(dtype):
    """Ratios at d = 2**20, and exponents from 2**16 to 2**22."""
    rng = dq.stream(0, "benchmark")
    y = rng.standard_normal(4 * D).astype(dtype)
    one, few, many = dq.quantizers.SimQ(1.0, D), *(dq.quantizers.SimQPlus(1.0, D, k) for k in (1 << 10, D))
    v = y[:D] / (1.01 * np.abs(y[:D]).sum())
    seconds = side_by_side(
        {
            "NumPy, SimQ": lambda: numpy_simq(v, 1.0, rng),
            "dqlab, SimQ": lambda: dq.quantizers.encode(one, v, rng=rng),
            "NumPy, SimQ+ with k = 2**10": lambda: numpy_simq_plus(v, 1.0, 1 << 10, rng),
            "dqlab, SimQ+ with k = 2**10": lambda: dq.quantizers.encode(few, v, rng=rng),
            "NumPy, SimQ+ with k = d": lambda: numpy_simq_plus(v, 1.0, D, rng),
            "dqlab, SimQ+ with k = d": lambda: dq.quantizers.encode(many, v, rng=rng),
        },
        rounds=7,
    )
    for job in ("SimQ", "SimQ+ with k = 2**10", "SimQ+ with k = d"):
        name = f"{job} encodes, {np.dtype(dtype)}"
        report(name, seconds[f"NumPy, {job}"], seconds[f"dqlab, {job}"], 1, D * 1e-9, "ns a coordinate")
    sizes = [1 << k for k in (16, 18, 20, 22)]
    for name, make in {
        "SimQ": dq.quantizers.SimQ,
        "SimQ+ with k = d": lambda b, d: dq.quantizers.SimQPlus(b, d, d),
    }.items():
        times = []
        for d in sizes:
            q, w = make(1.0, d), y[:d] / (1.01 * np.abs(y[:d]).sum())
            times.append(processor_seconds(lambda q=q, w=w: dq.quantizers.encode(q, w, rng=rng)))
        print(f"{name} encodes, {np.dtype(dtype)}: cost grows as d**{slope(sizes, times):.2f} from d = 2**16 to 2**22")


def ranking():
    """Seconds to pack and unpack at d = k, and exponents."""
    for code, joint in (("pyramid code", True), ("type and signs", False)):
        packing, unpacking = [], []
        for d in SIZES:
            q, y = dq.quantizers.SimQPlus(1.0, d, d, joint), dq.stream(d, "benchmark").standard_normal(d)
            codes = dq.quantizers.encode(q, y / np.abs(y).sum())
            message = dq.quantizers.pack(q, codes)
            packing.append(processor_seconds(lambda q=q, c=codes: dq.quantizers.pack(q, c)))
            unpacking.append(processor_seconds(lambda q=q, m=message: dq.quantizers.unpack(q, m)))
        print(
            f"SimQ+, {code}, d = k = {SIZES[-1]}: packs in {packing[-1] * 1e3:.1f} ms, unpacks in {unpacking[-1] * 1e3:.1f} ms "
            f"(promised 500); cost grows as d**{slope(SIZES, packing):.2f} and d**{slope(SIZES, unpacking):.2f}"
        )


if __name__ == "__main__":
    for dtype in (np.float32, np.float64):
        encoding(dtype)
    ranking()
