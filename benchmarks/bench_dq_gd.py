"""DQ-GD on least squares, n = 100: the compiled box against a careful vectorised NumPy loop, and two threads against one.

Both sides have the Gram matrix beforehand, allocate nothing in the loop that they can avoid, and record the distance to the
minimiser at every step. The NumPy loop (numpy_loops.py) does no more than that.
"""

import numpy as np
import numpy_loops
from joblib import Parallel, delayed
from timing import report, side_by_side

import dqlab as dq

N, STEPS, LEVELS = 100, 2000, 64


def main():
    problem = dq.problems.random_spectrum(10.0, dq.stream(0, "benchmark"), n=N)
    quantizer = dq.quantizers.UniformScalar(LEVELS, N)
    eta = 2 / (problem.L + problem.mu)
    ranges = dq.algorithms.dq_gd(problem, quantizer, steps=STEPS).ranges + 1e-9

    def ours():
        return dq.algorithms.dq_gd(problem, quantizer, steps=STEPS, ranges=ranges, record=()).distance

    def theirs():
        return numpy_loops.dq_gd(problem.gram, problem.moment, problem.minimiser, eta, ranges, LEVELS)

    assert np.allclose(ours(), theirs(), rtol=1e-5, atol=1e-7)
    seconds = side_by_side({"NumPy": theirs, "dqlab": ours})
    report("DQ-GD, n = 100, one thread", seconds["NumPy"], seconds["dqlab"], 7, STEPS * 1e-6, "us an iteration")

    trials, long = 20, np.resize(ranges, 5 * STEPS)  # long trials: what Python does between them is not measured

    def trial():
        dq.algorithms.dq_gd(problem, quantizer, steps=long.size, ranges=long, record=())

    pools = {jobs: Parallel(n_jobs=jobs, prefer="threads") for jobs in (1, 2)}
    with pools[1], pools[2]:
        calls = {
            f"{jobs}": lambda pool=pool: pool(delayed(trial)() for _ in range(trials)) for jobs, pool in pools.items()
        }
        seconds = side_by_side(calls, rounds=6)
    report(
        "DQ-GD over trials, two threads against one",
        seconds["1"],
        seconds["2"],
        1.8,
        trials * long.size * 1e-6,
        "us an iteration",
    )

    sizes, times = [50, 100, 200, 400, 800], []
    for n in sizes:
        p, q = dq.problems.random_spectrum(10.0, dq.stream(0, "benchmark"), n=n), dq.quantizers.UniformScalar(LEVELS, n)
        call = {"run": lambda p=p, q=q: dq.algorithms.dq_gd(p, q, steps=500, ranges=np.ones(500), record=())}
        times.append(side_by_side(call, rounds=7)["run"][1])
    from timing import slope

    print(
        f"DQ-GD, cost of an iteration grows as n**{slope(sizes, times):.2f} from n = 50 to 800 (a product with a matrix: n**2)"
    )


if __name__ == "__main__":
    main()
