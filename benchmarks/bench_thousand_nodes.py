"""A thousand nodes: QuanTimed-DSGD on logistic regression in 100 dimensions, and how its cost grows with the edges.

Promised: 1,000 iterations in under 60 seconds, and a cost linear in the number of edges. Data that caches hold cost less a row, so
networks grow from 500 nodes on.
"""

import time

import numpy as np
from scipy.special import stdtrit

import dqlab as dq

DIM, SAMPLES, DEGREE, STEPS = 100, 20, 4, 1000
WORK, SPEEDS = dq.clock.Deadline(0.4), dq.clock.UniformSpeeds(10, 90)  # 20 samples a node on average


def problem_of(nodes):
    """Rows dealt to so many nodes."""
    rng = dq.stream(0, "rows", nodes)
    X = rng.standard_normal((nodes * SAMPLES, DIM))
    y = np.where(X @ rng.standard_normal(DIM) + rng.standard_normal(len(X)) > 0, 1.0, -1.0)
    return dq.problems.DecentralisedLogistic.from_data(X, y, nodes, strength=0.01)


def mixing_of(nodes, degree=DEGREE):
    """Weights of a random regular graph."""
    graph = dq.networks.random_regular(nodes, degree, dq.stream(0, "graph", nodes, degree))
    return dq.networks.metropolis_weights(graph)


def seconds_of(call, repeats, rounds=4):
    """The least of a few repeats, several times over, after one call that compiles and warms."""
    call()
    least = []
    for _ in range(rounds):
        seconds = []
        for _ in range(repeats):
            start = time.perf_counter()
            call()
            seconds.append(time.perf_counter() - start)
        least.append(min(seconds))
    return least


def fitted_exponent(sizes, seconds):
    """p of seconds ~ size**p from all timings, with the 95 % half-width of the fit."""
    x, y = np.log(np.repeat(sizes, [len(s) for s in seconds])), np.log(np.concatenate(seconds))
    x = x - x.mean()
    slope = x @ y / (x @ x)
    rest = y - y.mean() - slope * x
    return slope, stdtrit(x.size - 2, 0.975) * np.sqrt(rest @ rest / (x.size - 2) / (x @ x))


def run_of(problem, mixing, steps, record=50):
    """A run, as a call without arguments."""
    grid = dq.quantizers.DecimalGrid(3, DIM, bound=10)
    options = {"steps": steps, "work": WORK, "speeds": SPEEDS, "stepsize": 0.1, "epsilon": 0.5, "record": record}
    return lambda: dq.algorithms.quantimed_dsgd(problem, mixing, grid, **options)


def main():
    problem, mixing = problem_of(1000), mixing_of(1000)
    run_of(problem, mixing, 2)()
    start = time.perf_counter()
    run = run_of(problem, mixing, STEPS)()
    print(
        f"1,000 nodes, {mixing.edges} edges, d = {DIM}, {STEPS} iterations: {time.perf_counter() - start:.1f} s (promised 60); "
        f"loss {run.loss[0]:.3f} to {run.loss[-1]:.3f}, least {dq.problems.value(problem, problem.minimiser):.3f}"
    )
    sizes = (500, 1000, 2000, 4000)
    timings = [seconds_of(run_of(problem_of(n), mixing_of(n), 40, record=1), 3) for n in sizes]
    slope, half = fitted_exponent([n * DEGREE // 2 for n in sizes], timings)
    print(f"iterations against edges, {DEGREE} neighbours each: exponent {slope:.2f} +- {half:.2f} (promised 1)")
    degrees, Z, out = (8, 16, 32, 64, 128), dq.stream(0, "models").standard_normal((1000, DIM)), np.empty((1000, DIM))
    mixings = [mixing_of(1000, degree) for degree in degrees]
    kernel = dq.networks.mix_neighbours.kernel(mixings[0])
    timings = [seconds_of(lambda m=m: kernel(m, Z, out), 10) for m in mixings]
    slope, half = fitted_exponent([m.edges for m in mixings], timings)
    print(f"mixing against edges, 1,000 nodes: exponent {slope:.2f} +- {half:.2f} (promised 1)")


if __name__ == "__main__":
    main()
