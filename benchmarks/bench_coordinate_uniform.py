"""CUQ and LowPrecision with 64 levels: check, encode and pack, and decode from the packed message, float32 and float64.

The NumPy side does the same job with whole-array operations, in place where it can, and draws float32 uniforms for float32: it
checks the domain, or adds up the norm, rounds at random, and packs as closely as bytes allow without bit fiddling, a code a byte
(messages of dqlab have 7 bits a coordinate for CUQ, 8 for LowPrecision). Out of one thread a coordinate cannot be had for less than
some 0.3 to 0.45 ns to send, for the counter-based draws and the memory.
"""

import numba
import numpy as np
from timing import report, side_by_side, slope

import dqlab as dq

D, LEVELS = 1 << 20, 64


def numpy_levels(y, levels, rng):
    """Levels of y, which is overwritten and lies in [0, levels - 1]: the one below or the one above, at random."""
    y += rng.random(y.size, y.dtype)
    np.minimum(y, levels - 1, out=y)
    return y.astype(np.uint8)


def numpy_send(u, bound, rng):
    """CUQ: check, encode and pack."""
    if not np.abs(u).max() <= bound:
        raise ValueError("outside")
    y = u * u.dtype.type((LEVELS - 1) / (2 * bound))
    y += u.dtype.type((LEVELS - 1) / 2)
    return numpy_levels(y, LEVELS, rng)


def numpy_receive(codes, bound, dtype):
    """CUQ: unpack and decode."""
    q = codes.astype(dtype)
    q *= dtype(2 * bound / (LEVELS - 1))
    q -= dtype(bound)
    q[codes == LEVELS] = 0
    return q


def numpy_send_parts(u, rng):
    """LowPrecision: the norm, and its parts."""
    norm = np.float32(np.linalg.norm(u))
    y = u * u.dtype.type(LEVELS / norm)
    y += LEVELS
    return numpy_levels(y, 2 * LEVELS + 1, rng), norm


def numpy_receive_parts(codes, norm, dtype):
    """LowPrecision: unpack and decode."""
    q = codes.astype(dtype)
    q -= LEVELS
    q *= dtype(norm / LEVELS)
    return q


def jobs(dtype, d=D):
    """Name -> (NumPy, dqlab), and the ratios promised on one thread and on two."""
    u, rng, one = dq.stream(0, "benchmark").uniform(-1, 1, d).astype(dtype), dq.stream(0, "draws"), dtype(1)
    cuq, parts = dq.quantizers.CoordinateUniform(1.0, LEVELS, d), dq.quantizers.LowPrecision(LEVELS, d)
    codes, (letters, norm) = numpy_send(u, 1.0, rng), numpy_send_parts(u, rng)
    message, of_parts = dq.quantizers.send(cuq, u), dq.quantizers.send(parts, u)
    return {
        "CUQ sends": (lambda: numpy_send(u, 1.0, rng), lambda: dq.quantizers.send(cuq, u, rng=rng), (6, 12)),
        "CUQ receives": (
            lambda: numpy_receive(codes, 1.0, dtype),
            lambda: dq.quantizers.receive(cuq, message, one),
            (4, 8),
        ),
        "LowPrecision sends": (
            lambda: numpy_send_parts(u, rng),
            lambda: dq.quantizers.send(parts, u, rng=rng),
            (6, 12),
        ),
        "LowPrecision receives": (
            lambda: numpy_receive_parts(letters, norm, dtype),
            lambda: dq.quantizers.receive(parts, of_parts, one),
            (4, 8),
        ),
    }


def main(rounds=25):
    cores = numba.config.NUMBA_NUM_THREADS
    for dtype in (np.float32, np.float64):
        for threads in (1, 2):
            if threads > cores:
                print(f"(this machine has {cores} core: nothing to say about {threads} threads)")
                continue
            for name, (theirs, ours, promised) in jobs(dtype).items():
                seconds = side_by_side({"NumPy": theirs, "dqlab": ours}, rounds, threads)
                what = f"{name}, {np.dtype(dtype)}, {threads} thread{'s' * (threads > 1)}"
                report(what, seconds["NumPy"], seconds["dqlab"], promised[threads - 1], D * 1e-9, "ns a coordinate")
        sizes, times = [1 << k for k in range(10, 25, 2)], {}
        for d in sizes:
            for name, (_, ours, _) in jobs(dtype, d).items():
                times.setdefault(name, []).append(side_by_side({"": ours}, max(3, rounds // 4))[""][1])
        for name, seconds in times.items():
            growth = slope(sizes[3:], seconds[3:])
            print(f"{name}, {np.dtype(dtype)}: cost grows as d**{growth:.2f} from d = 2**16 to 2**24, one thread")


if __name__ == "__main__":
    main()
