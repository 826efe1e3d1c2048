"""50 nodes on quadratics in 100 dimensions, QSGD-type messages: compiled boxes against careful vectorised NumPy, on one thread.

Both sides take one sample a node and step and record nothing on the way. A ring, whose neighbours are few, and an Erdos-Renyi graph as in
the experiments of Reisizadeh et al.; NumPy multiplies by the matrix without its diagonal, which is what it does fastest.
"""

import warnings

import numpy as np
import numpy_loops
from threadpoolctl import threadpool_limits
from timing import report, side_by_side

import dqlab as dq

NODES, DIM, STEPS, LEVELS = 50, 100, 1000, 16
ALPHA, EPSILON, GAMMA = 0.1, 0.1, 0.3


def candidates(problem, mixing, quantizer):
    """Every method on both sides, by name."""
    nodes = numpy_loops.Nodes(mixing, problem.curvatures, problem.centres, LEVELS)
    start, work = np.ones((NODES, DIM)), dq.clock.FixedBatch(1)
    options = {"steps": STEPS, "work": work, "record": 1, "x0": start, "stepsize": ALPHA}

    def gossip():
        return dq.algorithms.choco_gossip(start, mixing, quantizer, steps=STEPS, gamma=GAMMA, record=1).final

    return {
        "Q-DSGD in NumPy": lambda: numpy_loops.q_dsgd(nodes, start.copy(), ALPHA, EPSILON, STEPS),
        "Q-DSGD": lambda: dq.algorithms.q_dsgd(problem, mixing, quantizer, epsilon=EPSILON, **options).final,
        "CHOCO-SGD in NumPy": lambda: numpy_loops.choco_sgd(nodes, start.copy(), ALPHA, GAMMA, STEPS),
        "CHOCO-SGD": lambda: dq.algorithms.choco_sgd(problem, mixing, quantizer, gamma=GAMMA, **options).final,
        "CHOCO-gossip": gossip,
    }


def main():
    problem = dq.problems.DecentralisedQuadratics.planted(dq.stream(0, "benchmark"), NODES, DIM)
    graphs = {
        "ring": dq.networks.ring(NODES),
        "Erdos-Renyi": dq.networks.erdos_renyi(NODES, 0.4, dq.stream(0, "benchmark", "graph")),
    }
    warnings.filterwarnings("ignore", message="quantizer: ")
    for name, graph in graphs.items():
        calls = candidates(problem, dq.networks.laplacian_weights(graph), dq.quantizers.LowPrecision(LEVELS, DIM))
        with threadpool_limits(1):
            for method in ("Q-DSGD", "CHOCO-SGD"):  # the same law: the errors of both sides are alike
                errors = [((calls[side]() - problem.minimiser) ** 2).sum() for side in (f"{method} in NumPy", method)]
                assert 0.8 < errors[0] / errors[1] < 1.25, errors
            seconds = side_by_side(calls, rounds=8)
        for method in ("Q-DSGD", "CHOCO-SGD"):
            theirs, ours = seconds[f"{method} in NumPy"], seconds[method]
            report(f"{method}, {name}", theirs, ours, 2.2, STEPS * 1e-6, "us a step")
        for method, least in (("Q-DSGD", 20_000), ("CHOCO-SGD", 30_000), ("CHOCO-gossip", 30_000)):
            print(f"{method}, {name}: {STEPS / seconds[method][1]:,.0f} steps a second (promised {least:,})")


if __name__ == "__main__":
    main()
