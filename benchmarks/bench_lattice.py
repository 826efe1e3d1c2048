"""Nearest points of E8 and of the Leech lattice at 2**20 coordinates, float32, one thread, against the scalar quantizer.

The scalar quantizer is UniformScalar with 16 levels, ``quantize``: check, encode, decode. The nearest point is
`dqlab.lattices.nearest`: check, decode. The promise is a cost a coordinate of at most 4 times as much for E8, and 40 times for Leech.
"""

import numpy as np
from timing import side_by_side, slope

import dqlab as dq

D, LEVELS = 1 << 20, 16
PROMISED = {"E8": 4, "Leech": 40}


def rows(lattice, d):
    """About d coordinates as vectors of the lattice's dimension."""
    count = d // lattice.dim
    return dq.stream(0, "benchmark").uniform(-8, 8, (count, lattice.dim)).astype(np.float32)


def main():
    u = dq.stream(0, "benchmark").uniform(-1, 1, D).astype(np.float32)
    scalar = dq.quantizers.UniformScalar(LEVELS, D)
    candidates = {"scalar": lambda: dq.quantizers.quantize(scalar, u)}
    sizes = {"scalar": D}
    for name in ("Z1", "A2", "D4", "E8", "A8*", "Leech"):
        lattice = dq.lattices.named(name)
        y = rows(lattice, D)
        sizes[name] = y.size
        candidates[name] = lambda lattice=lattice, y=y: dq.lattices.nearest(lattice, y)
    seconds = side_by_side(candidates, rounds=8)
    base = [t / D for t in seconds["scalar"]]
    print(f"UniformScalar quantizes: {base[0] * 1e9:.2f} ns a coordinate by medians, {base[1] * 1e9:.2f} by best times")
    for name in list(candidates)[1:]:
        median, best = (t / sizes[name] for t in seconds[name])
        promise = f" (promised at most {PROMISED[name]})" if name in PROMISED else ""
        print(
            f"nearest in {name}: {median * 1e9:.2f} ns a coordinate, {median / base[0]:.1f} times the scalar quantizer's cost "
            f"by medians, {best / base[1]:.1f} by best times{promise}"
        )
    for name in PROMISED:
        lattice, ds = dq.lattices.named(name), [1 << k for k in (16, 17, 18, 19, 20)]
        times = []
        for d in ds:
            y = rows(lattice, d)
            times.append(
                side_by_side({"nearest": lambda lattice=lattice, y=y: dq.lattices.nearest(lattice, y)}, rounds=4)[
                    "nearest"
                ][1]
            )
        print(f"nearest in {name}, cost grows as d**{slope(ds, times):.2f} from d = 2**16 to 2**20")
    for name in PROMISED:
        lattice = dq.lattices.named(name)
        q = dq.quantizers.Voronoi(lattice, 8, D // lattice.dim * lattice.dim)
        v = u[: q.dim] / np.float32(np.sqrt(lattice.dim))
        median, _ = side_by_side({"quantize": lambda q=q, v=v: dq.quantizers.quantize(q, v)}, rounds=4)["quantize"]
        print(f"Voronoi code of {name}, s = 8: quantizes at {median / q.dim * 1e9:.1f} ns a coordinate")


if __name__ == "__main__":
    main()
