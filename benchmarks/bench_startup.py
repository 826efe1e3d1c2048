"""What a fresh process costs: importing dqlab beyond NumPy, and the first call of an algorithm with a warm cache."""

import subprocess
import sys

import numpy as np

IMPORT = """
import time, numpy
start = time.perf_counter()
import dqlab
print(time.perf_counter() - start)
"""
FIRST_CALL = """
import time, dqlab as dq
problem = dq.problems.random_spectrum(10.0, dq.stream(0, "problem"), n=16)
quantizer = dq.quantizers.UniformScalar(16, 16)
start = time.perf_counter()
dq.algorithms.dq_gd(problem, quantizer)
print(time.perf_counter() - start)
"""


def seconds(code, rounds):
    """What the code prints in fresh processes; the first one fills the caches and does not count."""
    printed = [
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
        for _ in range(rounds + 1)
    ]
    return np.median(printed[1:]), min(printed[1:])


def main():
    for what, code, promised in [
        ("import dqlab beyond NumPy", IMPORT, 0.5),
        ("first call of dq_gd, warm cache", FIRST_CALL, 0.6),
    ]:
        median, best = seconds(code, 7)
        print(f"{what}: {median:.2f} s by the median, {best:.2f} s at best (promised: under {promised} s)")


if __name__ == "__main__":
    main()
