"""Every inequality in the proof of Theorem 2, along runs: what is squared and summed is measured, beside what the proof says of it.

quantimed_dsgd  ->  its models, and with its streams the messages Z_t and the gradients G_t once more  ->  T_1, ..., T_5, M_t
"""

from typing import NamedTuple

import numpy as np

from ... import _checks
from ...algorithms import quantimed_dsgd
from ...problems import gradient, node_gradients, sample_gradients, value
from ...quantizers import quantize_rows, variance_bound
from ...streams import stream


class NonconvexConstants(NamedTuple):
    """What Theorem 2 has to know of a problem, a network, a quantizer and a clock.

    Examples
    --------
    >>> from dqlab.experiments.reisizadeh import NonconvexConstants
    >>> NonconvexConstants(1.0, 0.5, 10, 0.0, 1.0, 2.0, reach=1.0, fall=3.0).gap
    0.5
    """

    K: float
    beta: float
    nodes: int
    sigma_sq: float
    gamma1_sq: float
    gamma2_sq: float
    reach: float
    fall: float

    @property
    def gap(self):
        """1 - beta."""
        return 1 - self.beta


def nonconvex_constants(problem, mixing, quantizer, work, speeds=None):
    """The constants of Theorem 2 for a run, all certified.

    Parameters
    ----------
    problem : DecentralisedRobust
        Or any decentralised problem with ``node_L``, ``noise``, ``heterogeneity`` and ``lowest``, bounds at every x.
    mixing, quantizer, work, speeds
        As for `dqlab.algorithms.quantimed_dsgd`.

    Returns
    -------
    NonconvexConstants
        With gamma_2**2 = noise E[1/|S|] and `fall` = f(0) - `lowest`.

    Raises
    ------
    TypeError
        For a problem that does not know its constants.

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments import reisizadeh
    >>> problem = dq.problems.DecentralisedRobust.planted(dq.stream(0, "problem"), nodes=6, dim=3)
    >>> mixing = dq.networks.laplacian_weights(dq.networks.ring(6))
    >>> grid, work = dq.quantizers.DecimalGrid(digits=1, dim=3, bound=10), dq.clock.FixedBatch(4)
    >>> constants = reisizadeh.nonconvex_constants(problem, mixing, grid, work)
    >>> constants.nodes, bool(constants.gamma2_sq == problem.noise / 4), round(constants.sigma_sq, 6)
    (6, True, 0.0075)
    """
    for name in ("node_L", "noise", "heterogeneity", "lowest"):
        if not hasattr(problem, name):
            raise TypeError(f"problem: expected one that knows {name}, such as DecentralisedRobust, got {problem!r}")
    return NonconvexConstants(
        K=problem.node_L,
        beta=mixing.beta,
        nodes=problem.nodes,
        sigma_sq=float(variance_bound(quantizer)),
        gamma1_sq=problem.heterogeneity,
        gamma2_sq=problem.noise * work.inverse_batch(speeds),
        reach=min(mixing.reach, 1.0),
        fall=value(problem, np.zeros(problem.dim)) - problem.lowest,
    )


class NonconvexTerms(NamedTuple):
    """Measured terms of the proof: an array of shape (trials, T) or (trials, T + 1) for each name, and the constants.

    ``value``, ``slope`` = |grad f(x_bar)|**2, ``consensus`` = M_t, ``deviation`` = T_1, ``mean_gradient`` = |mean_i grad f_i(x_i)|**2,
    ``step`` = |x_bar_{t+1} - x_bar_t|**2, ``spread``, ``noise`` and ``rounding`` (what gamma_1, gamma_2 and sigma bound), ``T2`` to ``T5``
    and ``cross``, the inner product of the sums in T_3 and T_2.
    """

    constants: NonconvexConstants
    alpha: float
    epsilon: float
    terms: dict

    @property
    def steps(self):
        """T."""
        return self.terms["slope"].shape[1]

    def mean(self, name):
        """The mean of a term over the trials, at every step."""
        return self.terms[name].mean(axis=0)


def nonconvex_proof_terms(
    problem, mixing, quantizer, *, steps, work, speeds=None, stepsize, epsilon, trials=32, seed=0
):
    """Measure the terms of the proof of Theorem 2 along independent runs on the same data.

    Parameters
    ----------
    problem, mixing, quantizer, steps, work, speeds, stepsize, epsilon
        As for `dqlab.algorithms.quantimed_dsgd`; see `nonconvex_constants` for what the problem has to know.
    trials : int
        Runs, which differ in speeds, samples and rounding.
    seed : int

    Returns
    -------
    NonconvexTerms

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments import reisizadeh
    >>> problem = dq.problems.DecentralisedRobust.planted(dq.stream(0, "problem"), nodes=6, dim=3, spread=0.5)
    >>> mixing = dq.networks.laplacian_weights(dq.networks.ring(6))
    >>> grid, work = dq.quantizers.DecimalGrid(digits=1, dim=3, bound=10), dq.clock.FixedBatch(4)
    >>> terms = reisizadeh.nonconvex_proof_terms(
    ...     problem, mixing, grid, steps=20, work=work, stepsize=0.05, epsilon=0.2, trials=4
    ... )
    >>> bool((terms.terms["spread"] <= terms.constants.gamma1_sq).all()), terms.mean("consensus").shape
    (True, (21,))
    """
    trials = _checks.integer(trials, "trials", 2)
    constants = nonconvex_constants(problem, mixing, quantizer, work, speeds)
    histories = []
    for trial in range(trials):
        run_seed = int(stream(seed, "trial", trial).integers(1 << 62))
        run = quantimed_dsgd(
            problem, mixing, quantizer, steps=steps, work=work, speeds=speeds, stepsize=stepsize, epsilon=epsilon,
            seed=run_seed, record=range(steps + 1), models=True,
        )  # fmt: skip
        histories.append((run.models, *replay(problem, quantizer, run), *_exact(problem, run.models)))
    X, Z, G, F, at_average, values, slopes = (np.stack(part) for part in zip(*histories, strict=True))
    terms = _squares(X, Z, G, F, at_average, slopes) | _accumulated(mixing, X, Z, G, F, epsilon)
    terms["value"], terms["slope"] = values, (slopes**2).sum(axis=-1)
    return NonconvexTerms(constants, float(stepsize), float(epsilon), terms)


def replay(problem, quantizer, run):
    """The messages Z_t and the stochastic gradients G_t of a run, which its record leaves out.

    Parameters
    ----------
    problem, quantizer
        Those of the run.
    run : DecentralisedRun
        Of `quantimed_dsgd` or `q_dsgd`, with the models of all steps.

    Returns
    -------
    tuple of ndarray, shape (T, n, d)
        They follow from the seed and the models: (34) holds with them, step by step.

    Examples
    --------
    >>> import numpy as np
    >>> import dqlab as dq
    >>> from dqlab.experiments import reisizadeh
    >>> problem = dq.problems.DecentralisedRobust.planted(dq.stream(0, "problem"), nodes=4, dim=2)
    >>> mixing = dq.networks.laplacian_weights(dq.networks.complete(4))
    >>> grid = dq.quantizers.DecimalGrid(digits=1, dim=2, bound=10)
    >>> run = dq.algorithms.quantimed_dsgd(
    ...     problem, mixing, grid, steps=5, work=dq.clock.FixedBatch(2), stepsize=0.1, epsilon=0.5, record=range(6), models=True
    ... )
    >>> Z, G = reisizadeh.replay(problem, grid, run)
    >>> W, X = mixing.dense(), run.models
    >>> step = X[:-1] + 0.5 * (W - np.diag(mixing.own)) @ (Z - X[:-1]) + 0.5 * (W - np.eye(4)) @ X[:-1] - 0.1 * 0.5 * G
    >>> bool(np.allclose(step, X[1:], atol=1e-12))
    True
    """
    if run.models is None or len(run.models) != run.steps + 1:
        raise ValueError("run: expected the models of all steps, from models=True and record=range(steps + 1)")
    X = run.models
    Z, G = np.empty_like(X[:-1]), np.empty_like(X[:-1])
    samples, encoder, shared = (stream(run.seed, name) for name in ("samples", "encoder", "shared"))
    for t in range(run.steps):
        quantize_rows(quantizer, X[t], 1.0, encoder, shared, Z[t])
        sample_gradients(problem, X[t], run.batches[t], samples, G[t])
    return Z, G


def _exact(problem, X):
    """The nodes' gradients at their models and at the average, and value and gradient of f at the average, step by step."""
    steps, centres = len(X) - 1, X.mean(axis=1)
    F, at_average = np.empty_like(X[:-1]), np.empty_like(X[:-1])
    for t in range(steps):
        node_gradients(problem, X[t], F[t])
        node_gradients(problem, np.tile(centres[t], (problem.nodes, 1)), at_average[t])
    slopes = np.array([gradient(problem, centre) for centre in centres[:-1]])
    return F, at_average, np.array([value(problem, centre) for centre in centres]), slopes


def _squares(X, Z, G, F, at_average, slopes):
    """What the proof squares at one step; trials first, then steps."""
    centres, mean_gradients = X.mean(axis=2), F.mean(axis=2)
    return {
        "consensus": ((X - centres[:, :, None]) ** 2).sum(axis=-1).mean(axis=-1),
        "deviation": ((slopes - mean_gradients) ** 2).sum(axis=-1),
        "mean_gradient": (mean_gradients**2).sum(axis=-1),
        "step": (np.diff(centres, axis=1) ** 2).sum(axis=-1),
        "spread": ((at_average - slopes[:, :, None]) ** 2).sum(axis=-1).mean(axis=-1),
        "noise": ((G - F) ** 2).sum(axis=-1).mean(axis=-1),
        "rounding": ((Z - X[:, :-1]) ** 2).sum(axis=-1).mean(axis=-1),
    }


def _accumulated(mixing, X, Z, G, F, epsilon):
    """T_2, ..., T_5 at t = 0, ..., T: every sum over the past is W_eps times the last one, and what is new less its mean."""
    W = mixing.dense()
    W_eps = (1 - epsilon) * np.eye(mixing.nodes) + epsilon * W
    new = ((W - np.diag(mixing.own)) @ (Z - X[:, :-1]), G - F, F)
    quantized, noisy, exact = (np.zeros_like(X) for _ in new)
    for total, part in zip((quantized, noisy, exact), new, strict=True):
        for t in range(part.shape[1]):
            total[:, t + 1] = W_eps @ total[:, t] + part[:, t] - part[:, t].mean(axis=1, keepdims=True)
    squares = {"T2": noisy + exact, "T3": quantized, "T4": noisy, "T5": exact}
    terms = {name: (total**2).sum(axis=(-1, -2)) for name, total in squares.items()}
    return terms | {"cross": (quantized * (noisy + exact)).sum(axis=(-1, -2))}
