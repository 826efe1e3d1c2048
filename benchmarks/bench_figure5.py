"""Time to a figure: stochastic gradients of a network by our kernels, NumPy and JAX, and a panel of Figure 5 of Reisizadeh et al.

python -m benchmarks.bench_figure5              gradients, 50 nodes x 50 samples of 1024-30-20-20-25-10
python -m benchmarks.bench_figure5 panel        then the left panel, five seeds
"""

import time

import numpy as np
from scipy.special import expit, softmax
from threadpoolctl import threadpool_limits
from timing import report, side_by_side

import dqlab as dq
from dqlab.experiments import reisizadeh

SIZE = 50


def by_numpy(layers, inputs, labels, X, rng, out):
    """What one would write with NumPy: every node's layers as views of its model, matrix products in float32."""
    last = len(layers) - 2
    for i in range(len(X)):
        rows = rng.integers(0, inputs.shape[1], SIZE)
        values, parameters, start = [inputs[i, rows]], [], 0
        for k, (p, q) in enumerate(zip(layers[:-1], layers[1:])):
            weights, end = X[i, start : start + p * q].reshape(p, q), start + p * q
            z = values[-1] @ weights + X[i, end : end + q]
            parameters.append((start, end, weights))
            values.append(z if k == last else expit(z))
            start = end + q
        delta = softmax(values.pop(), axis=1)
        delta[np.arange(SIZE), labels[i, rows]] -= 1
        delta /= SIZE
        for (start, end, weights), a in zip(reversed(parameters), reversed(values)):
            np.matmul(a.T, delta, out=out[i, start:end].reshape(weights.shape))
            out[i, end : end + delta.shape[1]] = delta.sum(axis=0)
            if start > 0:
                delta = (delta @ weights.T) * a * (1 - a)


def by_jax(problem):
    """What one would write with JAX: one compiled call for all nodes, the data on the device, a batch of one size."""
    import jax
    from jax import numpy as jnp

    layers = problem.layers.tolist()
    inputs, labels = jnp.asarray(problem.inputs / np.float32(255)), jnp.asarray(problem.labels)

    def loss(x, rows, node_inputs, node_labels):
        a, start = node_inputs[rows], 0
        for k, (p, q) in enumerate(zip(layers[:-1], layers[1:])):
            z = a @ x[start : start + p * q].reshape(p, q) + x[start + p * q : start + p * q + q]
            a, start = jax.nn.sigmoid(z) if k < len(layers) - 2 else z, start + p * q + q
        return jnp.mean(jax.nn.logsumexp(a, axis=1) - jnp.take_along_axis(a, node_labels[rows][:, None], 1)[:, 0])

    gradients = jax.jit(jax.vmap(jax.grad(loss)))

    def call(X, rng):
        rows = rng.integers(0, problem.samples, (problem.nodes, SIZE))
        return np.asarray(gradients(X, rows, inputs, labels))

    return call


def gradients():
    problem = reisizadeh.perceptron(reisizadeh.PANELS["left"], "image_patches")
    X = np.stack([problem.start(dq.stream(0, "start", i)) for i in range(problem.nodes)])
    ours, theirs = np.empty_like(X), np.empty_like(X)
    sizes, rng = np.full(problem.nodes, SIZE), dq.stream(0, "samples")
    kernel, layers = dq.problems.sample_gradients.kernel(problem), problem.layers.tolist()
    inputs = problem.inputs / np.float32(255)
    candidates = {
        "numpy": lambda: by_numpy(layers, inputs, problem.labels, X, rng, theirs),
        "ours": lambda: kernel(problem, X, sizes, rng, ours),
    }
    with threadpool_limits(1, "blas"):
        times = side_by_side(candidates)
    report("gradients against NumPy, one thread", times["numpy"], times["ours"], 1.5, 1e-3, "ms")
    try:
        jax = by_jax(problem)
    except ImportError:
        return
    with threadpool_limits(1, "blas"):
        times = side_by_side({"jax": lambda: jax(X, rng), "ours": candidates["ours"]})
    report("gradients against JAX, which has all cores, ours one", times["jax"], times["ours"], 1, 1e-3, "ms")


def panel():
    reisizadeh.figure5("left", trials=1, progress=False)  # compile
    for methods in (["QuanTimed-DSGD", "Q-DSGD", "DSGD"], ["asynchronous DSGD"]):  # the figure's, and a fourth
        start, busy = time.perf_counter(), time.process_time()
        result = reisizadeh.figure5("left", scale=1, trials=5, methods=methods, progress=False)
        seconds, busy = time.perf_counter() - start, time.process_time() - busy
        steps = int(result.frame.groupby(["method", "horizon", "trial"]).step.max().sum())
        print(
            f"Figure 5 (left), five seeds, {', '.join(methods)}: {seconds:.0f} s (promised for the figure: under 180 s), "
            f"{busy:.0f} s of processors' time, {steps} steps"
        )


if __name__ == "__main__":
    gradients()
    panel()
