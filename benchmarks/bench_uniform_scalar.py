"""UniformScalar with 16 levels at d = 2**20, float32: check, encode and pack, and decode from the packed message.

The NumPy side does the same job with whole-array operations, in place where it can: it checks the domain, rounds, and packs
two codes a byte (neighbours, which is the cheapest way there); and back.
"""

import numba
import numpy as np
from timing import report, side_by_side, slope

import dqlab as dq

D, LEVELS = 1 << 20, 16


def numpy_send(u, scale):
    """Check, encode and pack."""
    if not np.abs(u).max() <= scale:
        raise ValueError("outside")
    y = u * np.float32(LEVELS / (2 * scale))
    y += np.float32(LEVELS / 2)
    np.clip(y, 0, LEVELS - 1, out=y)
    codes = y.astype(np.uint8)
    return codes[0::2] | (codes[1::2] << 4)


def numpy_receive(data, scale):
    """Unpack and decode."""
    codes = np.empty(2 * data.size, np.uint8)
    codes[0::2] = data & 15
    codes[1::2] = data >> 4
    q = codes.astype(np.float32)
    q *= np.float32(2 * scale / LEVELS)
    q += np.float32(scale / LEVELS - scale)
    return q


def main():
    u = dq.stream(0, "benchmark").uniform(-1, 1, D).astype(np.float32)
    quantizer, one = dq.quantizers.UniformScalar(LEVELS, D), np.float32(1)
    data, message = numpy_send(u, 1.0), dq.quantizers.send(quantizer, u)
    assert np.allclose(numpy_receive(data, 1.0), dq.quantizers.receive(quantizer, message, one), atol=1e-6)
    cores = numba.config.NUMBA_NUM_THREADS
    for threads, encode, decode in [(1, 6, 4), (2, 12, 8)]:
        if threads > cores:
            print(f"(this machine has {cores} core: nothing to say about {threads} threads)")
            continue
        seconds = side_by_side(
            {
                "NumPy sends": lambda: numpy_send(u, 1.0),
                "dqlab sends": lambda: dq.quantizers.send(quantizer, u),
                "NumPy receives": lambda: numpy_receive(data, 1.0),
                "dqlab receives": lambda: dq.quantizers.receive(quantizer, message, one),
            },
            rounds=60,
            threads=threads,
        )
        for job, target in (("sends", encode), ("receives", decode)):
            name = f"UniformScalar {job}, {threads} thread{'s' * (threads > 1)}"
            report(name, seconds[f"NumPy {job}"], seconds[f"dqlab {job}"], target, D * 1e-9, "ns a coordinate")

    sizes, times = [1 << k for k in (18, 19, 20, 21, 22)], []
    for d in sizes:
        v, q = np.resize(u, d), dq.quantizers.UniformScalar(LEVELS, d)
        times.append(side_by_side({"send": lambda q=q, v=v: dq.quantizers.send(q, v)}, rounds=15)["send"][1])
    print(f"UniformScalar sends, cost grows as d**{slope(sizes, times):.2f} from d = 2**18 to 2**22")


if __name__ == "__main__":
    main()
