"""An epoch of QRDA adagrad on data of the shape of news20 and of rcv1: the compiled box, and its ratio to NumPy and scipy.

Rows are generated: as many nonzeros as the real ones, words as frequent as Zipf's law says. Two workers of batch 20, the exact
threshold up and down. Promised: news20's shape in under 60 seconds, rcv1's in under 10, with 50 records of the loss. Both sides pass over all
features several times a step and are as fast as memory is; NumPy records nothing and does not look at gradients that are no numbers.
"""

import time

import numpy as np
import scipy.sparse as sp
from numpy_adagrad import qrda
from timing import report, side_by_side

import dqlab as dq

BATCH, WORKERS, ETA, LAM, DELTA = 20, 2, 0.02, 2e-4, 1e-3
SHAPES = {"news20": (16_000, 1_355_191, 450, 60), "rcv1": (20_242, 47_236, 74, 10)}  # rows, features, words, seconds


def zipf_rows(rows, features, words, rng):
    """Rows of norm 1 with about so many words, word j as frequent as 1 / j, labels by a weight a word."""
    columns = np.minimum((features + 1.0) ** rng.random((rows, words)), features).astype(np.int32) - 1
    data = np.full(rows * words, 1 / np.sqrt(words))
    A = sp.csr_array((data, columns.ravel(), np.arange(rows + 1) * words), shape=(rows, features))
    A.sum_duplicates()
    score = A @ rng.standard_normal(features)
    return A, np.where(score > np.median(score), 1.0, -1.0)


def measure(name, rows, features, words, promised, few=20):
    """An epoch of ours, and a few steps of both sides."""
    A, y = zipf_rows(rows, features, words, dq.stream(0, "benchmark", name))
    problem = dq.problems.DecentralisedLogistic.from_data(A, y, WORKERS, strength=0)
    Q, steps = dq.quantizers.Threshold(features), rows // (BATCH * WORKERS)
    options = {"batch": BATCH, "stepsize": ETA, "penalty": LAM, "delta": DELTA, "uplink": Q, "downlink": Q}

    def ours(steps, record=1):
        return dq.algorithms.rda_adagrad(problem, steps=steps, record=record, **options)

    def theirs(steps):
        return qrda(A, y, WORKERS, steps, BATCH, ETA, LAM, DELTA, dq.stream(0, "numpy"))

    ours(steps=1)
    start = time.perf_counter()
    run = ours(steps, record=50)
    seconds = time.perf_counter() - start
    print(
        f"{name}: an epoch of {steps} steps in {seconds:.1f} s with {run.recorded.size} records (promised {promised}); "
        f"loss {run.loss[0]:.3f} to {run.loss[-1]:.3f}, {100 * run.sparsity[-1]:.2f} % zeros"
    )
    times = side_by_side({"NumPy": lambda: theirs(few), "dqlab": lambda: ours(few)}, rounds=1)
    report(f"{name}, {few} steps", times["NumPy"], times["dqlab"], 1, few * 1e-3, "ms a step")


if __name__ == "__main__":
    for name, shape in SHAPES.items():
        measure(name, *shape)
