"""CUQ with 64 levels and LowPrecision: check, encode and pack, and decode from the packed message, float32 and float64.

The NumPy side does the same job with whole-array operations, in place where it can: it checks the domain, or adds up the norm,
rounds with uniforms of the input's precision, and packs in as many bits, eight codes in a word at a time. CUQ with 63 levels and its
overflow has 64 letters, 6 bits, and with 64 levels 65, 7 bits; LowPrecision with 31 levels to either side has 63, 6 bits, and with
64 levels 129, which is a byte a coordinate and no packing at all. A coordinate cannot be sent for
less than some 0.3 to 0.45 ns on one thread: the draws and the memory.
"""

import numba
import numpy as np
from timing import report, side_by_side, slope

import dqlab as dq

D = 1 << 20


def numpy_round(y, levels, rng):
    """Codes of y in [0, levels - 1], which is overwritten: the level below or the one above, at random."""
    y += rng.random(y.size, y.dtype)
    np.minimum(y, levels - 1, out=y)
    return y.astype(np.uint8)


def numpy_pack(codes, width):
    """Eight codes a word, of which `width` bytes are kept."""
    if width == 8:
        return codes
    words = np.zeros(codes.size // 8, np.uint64)
    for k in range(8):
        words |= codes[k::8].astype(np.uint64) << np.uint64(k * width)
    return words.view(np.uint8).reshape(-1, 8)[:, :width].ravel()


def numpy_unpack(data, width):
    """And back."""
    if width == 8:
        return data
    room = np.zeros((data.size // width, 8), np.uint8)
    room[:, :width] = data.reshape(-1, width)
    words, codes = room.view(np.uint64)[:, 0], np.empty(room.size, np.uint8)
    for k in range(8):
        codes[k::8] = (words >> np.uint64(k * width)) & np.uint64((1 << width) - 1)
    return codes


def numpy_send(u, levels, bound, width, rng):
    """CUQ."""
    if not np.abs(u).max() <= bound:
        raise ValueError("outside")
    y = u * u.dtype.type((levels - 1) / (2 * bound))
    y += u.dtype.type((levels - 1) / 2)
    return numpy_pack(numpy_round(y, levels, rng), width)


def numpy_receive(data, levels, bound, width, dtype):
    """CUQ, and LowPrecision with the norm for its bound."""
    q = numpy_unpack(data, width).astype(dtype)
    q *= dtype(2 * bound / (levels - 1))
    q -= dtype(bound)
    return q


def jobs(dtype, d=D):
    """Name -> (NumPy sends, dqlab sends, NumPy receives, dqlab receives)."""
    rng, one = dq.stream(0, "draws"), dtype(1)
    u = dq.stream(0, "benchmark").uniform(-1, 1, d).astype(dtype)
    found = {}
    for name, q, levels in [
        ("CUQ, 63 levels", dq.quantizers.CoordinateUniform(1.0, 63, d), 63),
        ("CUQ, 64 levels", dq.quantizers.CoordinateUniform(1.0, 64, d), 64),
        ("LowPrecision, 31 levels", dq.quantizers.LowPrecision(31, d), 63),
        ("LowPrecision, 64 levels", dq.quantizers.LowPrecision(64, d), 129),
    ]:
        width, of_norm = levels.bit_length(), isinstance(q, dq.quantizers.LowPrecision)

        def bound(u=u, of_norm=of_norm):
            return float(np.linalg.norm(u)) if of_norm else 1.0

        end = bound()
        message, data = dq.quantizers.send(q, u), numpy_send(u, levels, end, width, rng)
        found[name] = (
            lambda levels=levels, width=width, bound=bound: numpy_send(u, levels, bound(), width, rng),
            lambda q=q: dq.quantizers.send(q, u, rng=rng),
            lambda data=data, levels=levels, width=width, end=end: numpy_receive(data, levels, end, width, dtype),
            lambda q=q, message=message: dq.quantizers.receive(q, message, one),
        )
    return found


def main(rounds=25):
    cores = numba.config.NUMBA_NUM_THREADS
    for dtype in (np.float32, np.float64):
        for threads, sending, receiving in ((1, 6, 4), (2, 12, 8)):
            if threads > cores:
                print(f"(this machine has {cores} core: nothing to say about {threads} threads)")
                continue
            for name, candidates in jobs(dtype).items():
                keys = ("NumPy sends", "sends", "NumPy receives", "receives")
                seconds = side_by_side(dict(zip(keys, candidates, strict=True)), rounds, threads)
                for job, promised in (("sends", sending), ("receives", receiving)):
                    what = f"{name}, {job}, {np.dtype(dtype)}, {threads} thread{'s' * (threads > 1)}"
                    report(what, seconds[f"NumPy {job}"], seconds[job], promised, D * 1e-9, "ns a coordinate")
        sizes, times = [1 << k for k in range(10, 25, 2)], {}
        for d in sizes:
            for name, (_, ours, _, _) in jobs(dtype, d).items():
                times.setdefault(name, []).append(side_by_side({"": ours}, max(3, rounds // 4))[""][1])
        for name, seconds in times.items():
            growth = slope(sizes[3:], seconds[3:])
            print(
                f"{name}, sends, {np.dtype(dtype)}: cost grows as d**{growth:.2f} from d = 2**16 to 2**24, one thread"
            )


if __name__ == "__main__":
    main()
