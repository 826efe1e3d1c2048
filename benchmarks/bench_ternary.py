"""TernGrad and Threshold: encode and pack at 2 bits a coordinate, and decode from the packed message; the best threshold.

The NumPy side does the same job with whole-array operations in the precision of the input, twice: as it is usually written, with `where`
and four neighbours a byte, and as fast as we could get it, in place, quarter packed beside quarter, decoded by arithmetic or by a table of four
coordinates a byte. That table and the sums over magnitudes run at the speed of memory, which leaves little to gain.
A coordinate cannot be sent for less than some 0.4 ns on one thread, nor read for less than 0.15: the draws and the memory. The best
threshold is compared with a sort.
"""

import sys

import numba
import numpy as np
from timing import report, side_by_side, slope

import dqlab as dq

D = 1 << 20


def numpy_pack(codes):
    """Four quarters of the vector side by side."""
    a, b, c, d = codes.reshape(4, -1)
    packed = b << 2
    packed |= a
    packed |= c << 4
    packed |= d << 6
    return packed


def numpy_letters(u, kept):
    """0, 1 = +, 2 = -."""
    codes = kept.view(np.uint8)
    codes += kept & (u < 0)
    return codes


def numpy_terngrad(u, rng):
    """TernGrad."""
    shares = np.abs(u)
    s = shares.max()
    if not np.isfinite(s):
        raise ValueError("u")
    shares /= s
    return s, numpy_pack(numpy_letters(u, rng.random(u.size, u.dtype) < shares))


def usual_letters(u, kept):
    """The same, as it is usually written, four neighbours a byte."""
    codes = np.where(kept, np.where(u < 0, 2, 1), 0).astype(np.uint8)
    return codes[0::4] | codes[1::4] << 2 | codes[2::4] << 4 | codes[3::4] << 6


def usual_terngrad(u, rng):
    """TernGrad."""
    s = np.abs(u).max()
    return s, usual_letters(u, rng.random(u.size, u.dtype) < np.abs(u) / s)


def usual_gaussian(u):
    """Threshold, three quarters of the mean magnitude."""
    kept = np.abs(u) > 0.75 * np.abs(u).mean()
    return np.abs(u[kept]).mean(), usual_letters(u, kept)


def usual_receive(data, s, dtype):
    """Four letters a byte, and their values."""
    letters = data[:, None] >> np.array([0, 2, 4, 6], np.uint8) & 3
    return np.array([0, s, -s], dtype)[letters].ravel()


def numpy_gaussian(u):
    """Threshold, three quarters of the mean magnitude."""
    magnitudes = np.abs(u)
    mean = magnitudes.mean(dtype=np.float64)
    if not np.isfinite(mean):
        raise ValueError("u")
    kept = magnitudes > u.dtype.type(0.75 * mean)
    s = np.dot(magnitudes, kept.astype(u.dtype)) / np.count_nonzero(kept)
    return s, numpy_pack(numpy_letters(u, kept))


def numpy_best(u):
    """The best threshold by a sort."""
    magnitudes = np.sort(np.abs(u))[::-1]
    sums = np.cumsum(magnitudes, dtype=np.float64)
    values = np.square(sums)
    values /= np.arange(1, u.size + 1)
    k = int(values.argmax()) + 1
    return sums[k - 1] / k, magnitudes[k] if k < u.size else 0, k


def numpy_table(data, s, dtype):
    """Decode with a table of four coordinates a byte (whose four neighbours are, then, neighbours in the vector)."""
    letters = np.arange(256)[:, None] >> 2 * np.arange(4) & 3
    return np.array([0, s, -s, np.nan], dtype)[letters].take(data, axis=0).ravel()


def numpy_arithmetic(data, s, dtype):
    """Decode quarter by quarter."""
    q = np.empty((4, data.size), dtype)
    for k in range(4):
        letters = data >> 2 * k & 3
        np.subtract(letters & 1, letters >> 1, out=q[k], dtype=dtype, casting="unsafe")
    q *= dtype(s)
    return q.ravel()


def jobs(dtype, d=D):
    """Name -> (NumPy, dqlab)."""
    rng, one, Q = dq.stream(0, "draws"), dtype(1), dq.quantizers
    u = dq.stream(0, "benchmark").standard_normal(d).astype(dtype)
    ternary, l2, clipped, gaussian = (
        Q.TernGrad(d),
        Q.TernGrad(d, "l2"),
        Q.TernGrad(d, clip=2.5),
        Q.Threshold(d, "gaussian"),
    )
    message, (s, data) = Q.send(gaussian, u), numpy_gaussian(u)
    return {
        "TernGrad sends, usual": (lambda: usual_terngrad(u, rng), lambda: Q.send(ternary, u, rng=rng), "send"),
        "Threshold (gaussian) sends, usual": (lambda: usual_gaussian(u), lambda: Q.send(gaussian, u), "send"),
        "receives, usual": (
            lambda: usual_receive(data, s, dtype),
            lambda: Q.receive(gaussian, message, one),
            "receive",
        ),
        "TernGrad sends": (lambda: numpy_terngrad(u, rng), lambda: Q.send(ternary, u, rng=rng), "send"),
        "Threshold (gaussian) sends": (lambda: numpy_gaussian(u), lambda: Q.send(gaussian, u), "send"),
        "receives, table": (lambda: numpy_table(data, s, dtype), lambda: Q.receive(gaussian, message, one), "receive"),
        "receives, arithmetic": (
            lambda: numpy_arithmetic(data, s, dtype),
            lambda: Q.receive(gaussian, message, one),
            "receive",
        ),
        "best threshold": (lambda: numpy_best(u), lambda: Q.optimal_threshold(u), "best"),
        "TernGrad, l2 (NumPy: max)": (lambda: numpy_terngrad(u, rng), lambda: Q.send(l2, u, rng=rng), None),
        "TernGrad, clipped (NumPy: not)": (lambda: numpy_terngrad(u, rng), lambda: Q.send(clipped, u, rng=rng), None),
    }


PROMISED = {"send": (6, 12), "receive": (4, 8), "best": (5, 5)}  # on one thread and on two


def main(rounds=15):
    cores = numba.config.NUMBA_NUM_THREADS
    for dtype in (np.float32, np.float64):
        for name, (theirs, ours, kind) in jobs(dtype).items():
            for threads in (1, 2):
                if threads > cores:
                    print(f"(this machine has {cores} core: nothing to say about {threads} threads)")
                    continue
                seconds = side_by_side({"NumPy": theirs, "dqlab": ours}, rounds, threads)
                what = f"{name}, {np.dtype(dtype)}, {threads} thread{'s' * (threads > 1)}"
                promised = PROMISED[kind][threads - 1] if kind else np.nan
                report(what, seconds["NumPy"], seconds["dqlab"], promised, D * 1e-9, "ns a coordinate")
    sizes, times = [1 << k for k in range(12, 25, 2)], {}
    for d in sizes:
        for name in ("TernGrad sends", "Threshold (gaussian) sends", "receives, table", "best threshold"):
            seconds = side_by_side({"": jobs(np.float32, d)[name][1]}, 3)[""][1]
            times.setdefault(name, []).append(seconds)
    for name, seconds in times.items():
        print(
            f"{name}, float32: cost grows as d**{slope(sizes[2:], seconds[2:]):.2f} from d = 2**16 to 2**24, one thread"
        )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
