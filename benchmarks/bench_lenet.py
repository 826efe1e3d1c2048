"""LeNet with batch normalisation: stochastic gradients by our kernels and by JAX, and an epoch of quantized training.

python -m benchmarks.bench_lenet              a batch of 16, one thread; then an epoch: 5,000 digits, 4 workers, 78 steps
"""

import time

import numpy as np
from threadpoolctl import threadpool_limits
from timing import report, side_by_side

import dqlab as dq

SIZE = 16


def lenet():
    digits = dq.data.load("digits")
    return dq.problems.ConvNet.lenet(digits.X, digits.y, nodes=4)


def gradients(problem):
    x, rng = problem.start(dq.stream(0, "start")), dq.stream(0, "samples")
    out, ours = np.empty_like(x), dq.problems.sample_gradient.kernel(problem)
    try:
        from dqlab.problems.convolutional_jax import functions

        theirs = functions(problem.plan, problem.unit, problem.epsilon)[1]
    except ImportError:
        return
    images, labels = problem.inputs[0, :SIZE].copy(), problem.labels[0, :SIZE].copy()
    with threadpool_limits(1, "blas"):
        times = side_by_side(
            {
                "jax": lambda: np.asarray(theirs(x, images, labels)),
                "ours": lambda: ours(problem, 0, x, SIZE, rng, out),
            }
        )
    report(
        "gradient of 16 digits against JAX, which has all cores, ours one", times["jax"], times["ours"], 1, 1e-3, "ms"
    )


def epoch(problem):
    quantizer = dq.quantizers.Threshold(problem.dim, rule="gaussian", tensors=problem.tensors)
    options = dict(batch=SIZE, stepsize=0.01, penalty=1e-3, uplink=quantizer, downlink=quantizer, select="local")
    start = problem.start(dq.stream(0, "start"))
    # A record of all digits costs as much as ten steps.
    options |= dict(x0=start, penalise=problem.penalised, record=[])
    with threadpool_limits(1, "blas"):
        dq.algorithms.rda_adagrad(problem, steps=2, **options)  # compile
        begun, busy = time.perf_counter(), time.process_time()
        run = dq.algorithms.rda_adagrad(problem, steps=78, **options)
        seconds, busy = time.perf_counter() - begun, time.process_time() - busy
    print(
        f"one epoch of LeNet, 5,000 digits, 4 workers, double-quantized RDA: {seconds:.1f} s (promised: under 20 s), "
        f"{busy:.1f} s of processors' time; loss {run.loss[0]:.2f} to {run.loss[-1]:.2f}"
    )


if __name__ == "__main__":
    net = lenet()
    gradients(net)
    epoch(net)
