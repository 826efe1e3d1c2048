"""Side-by-side timing: the candidates take turns, so that a busy moment of the machine meets them all alike.

A turn is a few calls, of which the first does not count: it finds the caches as another candidate left them.
"""

import time

import numba
import numpy as np

TURN = 4


def side_by_side(candidates, rounds=30, threads=1):
    """Median and least seconds of every candidate, called in turn `rounds` times on a number of threads."""
    before = numba.get_num_threads()
    numba.set_num_threads(min(threads, before))
    seconds = {name: [] for name in candidates}
    for call in candidates.values():
        call()  # compile, and warm the caches
    for _ in range(rounds):
        for name, call in candidates.items():
            for turn in range(TURN):
                start = time.perf_counter()
                call()
                if turn:
                    seconds[name].append(time.perf_counter() - start)
    numba.set_num_threads(before)
    return {name: (float(np.median(times)), min(times)) for name, times in seconds.items()}


def report(what, baseline, ours, target, unit=1.0, of="s"):
    """One line: the ratio of the medians, the ratio of the best times, and what was promised."""
    medians, best = baseline[0] / ours[0], baseline[1] / ours[1]
    print(
        f"{what}: {medians:.1f} times as fast by medians, {best:.1f} by best times (promised {target:g}); "
        f"{baseline[0] / unit:.3g} {of} against {ours[0] / unit:.3g} {of}"
    )


def slope(sizes, seconds):
    """The fitted exponent p of seconds ~ size**p."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])
