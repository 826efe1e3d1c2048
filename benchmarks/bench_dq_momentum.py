"""DQ-AGD and DQ-HB on least squares, n = 100: the compiled boxes against the same algorithms in NumPy, in place.

The same conditions as for DQ-GD (bench_dq_gd.py), and the same promise.
"""

import numpy as np
from bench_dq_gd import LEVELS, STEPS, N
from numpy_loops import dq_agd, dq_hb
from timing import report, side_by_side

import dqlab as dq


def main():
    problem = dq.problems.random_spectrum(10.0, dq.stream(0, "benchmark"), n=N)
    quantizer = dq.quantizers.UniformScalar(LEVELS, N)
    for algorithm, loop in ((dq.algorithms.dq_agd, dq_agd), (dq.algorithms.dq_hb, dq_hb)):
        run = algorithm(problem, quantizer, steps=STEPS)
        ranges, parameters = run.ranges + 1e-9, (run.stepsize, run.momentum)

        def ours(algorithm=algorithm, ranges=ranges):
            return algorithm(problem, quantizer, steps=STEPS, ranges=ranges, record=()).distance

        def theirs(loop=loop, ranges=ranges, parameters=parameters):
            return loop(problem.gram, problem.moment, problem.minimiser, *parameters, ranges, LEVELS)

        assert np.allclose(ours(), theirs(), rtol=1e-5, atol=1e-7)
        seconds = side_by_side({"NumPy": theirs, "dqlab": ours})
        report(
            f"{run.name}, n = 100, one thread", seconds["NumPy"], seconds["dqlab"], 7, STEPS * 1e-6, "us an iteration"
        )


if __name__ == "__main__":
    main()
