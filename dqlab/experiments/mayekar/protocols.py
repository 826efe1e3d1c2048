"""Error against queries and against bits: one oracle, many quantizers, beside what Theorem 2.3 says.

oracle  ->  quantizer  ->  projected subgradients (p >= 2) or mirror descent (p < 2)
"""

import functools
import math
from collections.abc import Mapping

from ... import _checks, streams
from ...algorithms import mirror_descent, mirror_exponent, psgd
from ...lab import sweep
from ...problems import AbsoluteRegression, conjugate
from ...quantizers import Identity, nbits, second_moment_bound
from ...theory import mayekar as theory

ORDERS = (1.0, 1.25, 1.5, 2.0, 3.0, 4.0, math.inf)


def instance(p, dim=64, *, seed=0, samples=200, noise=0.1, radius=1.0, bound=1.0):
    """The oracle of the experiments for one p: ``AbsoluteRegression.planted``, whose minimum is known exactly.

    Parameters
    ----------
    p : float
        From 1 to infinity.
    dim : int
        d.
    seed : int
        The same rows and noise for every p, up to their scale.
    samples, noise, radius, bound
        See ``AbsoluteRegression.planted``.

    Returns
    -------
    AbsoluteRegression

    Examples
    --------
    >>> from dqlab.experiments import mayekar
    >>> oracle = mayekar.instance(float("inf"), dim=16)
    >>> oracle.domain.diameter(2), oracle.bound
    (8.0, 1.0)
    """
    rng = streams.stream(seed, "instance")
    return AbsoluteRegression.planted(rng, dim, p, samples=samples, noise=noise, radius=radius, bound=bound)


def errors(
    oracle,
    quantizers,
    steps=(100, 1000),
    trials=20,
    seed=0,
    biased=("sign",),
    scale=1,
    store=None,
    backend=None,
    jobs=None,
    progress=True,
):
    """f(average) - f* after T queries, for every quantizer: by `psgd` for p >= 2 and by `mirror_descent` for p < 2.

    In one trial all quantizers see the same draws of the oracle. A quantizer without ``second_moment_bound`` takes the steps of
    exact subgradients, and theory says nothing.

    Parameters
    ----------
    oracle : an oracle
    quantizers : dict
        Name -> quantizer, None for exact subgradients, or a function of T that returns one of these (as gains need). See
        ``usual_quantizers``, ``quantizers_at`` and ``gain_quantizers``.
    steps : sequence of int
        T: every one is a run of its own, with its own step size.
    trials : int
    biased : collection of str
        Names of quantizers that are not unbiased, of which Theorem 2.3 says nothing.
    scale : int
        Every T times `scale`, at least 1: the full protocol has 100.
    seed, store, backend, jobs, progress
        See :func:`dqlab.lab.sweep`.

    Returns
    -------
    dqlab.lab.Sweep
        One row a quantizer, T and trial: ``name``, ``steps``, ``trial``, ``bits`` (all T messages together), ``gap``, ``bound``
        (what theory says of the mean gap of an unbiased quantizer; NaN where it says nothing), ``alpha`` (the root of the second
        moment in the step size) and ``outside`` (answers that left the quantizer's domain, or overflowed). ``summary(value="gap")`` has the
        means with their intervals; so has ``error_table``, beside the bounds.

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong kind or range.

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments import mayekar
    >>> oracle = mayekar.instance(float("inf"), dim=16)
    >>> quantizers = {"exact": None, "SimQ": dq.quantizers.SimQ(oracle.bound, oracle.dim)}
    >>> result = mayekar.errors(oracle, quantizers, steps=[100], trials=3, progress=False)
    >>> bool((result.frame.gap <= result.frame.bound).all())
    True
    """
    if not isinstance(quantizers, Mapping) or not quantizers or not all(isinstance(name, str) for name in quantizers):
        raise TypeError(f"quantizers: expected a dict of quantizers by name, got {quantizers!r}")
    scale = _checks.integer(scale, "scale", 1)
    steps = [_checks.integer(T, "steps", 1) * scale for T in steps]
    trial = functools.partial(_trial, oracle=oracle, quantizers=dict(quantizers), biased=tuple(biased))
    grid = {"name": list(quantizers), "steps": steps}
    return sweep(trial, grid, trials, seed, store, backend, jobs, progress)


def error_table(result):
    """The mean gaps of ``errors`` with their 95 % intervals, beside what theory says.

    Returns
    -------
    pandas.DataFrame
        ``name``, ``steps``, ``bits``, ``gap``, ``low``, ``high``, ``bound``.

    Examples
    --------
    >>> from dqlab.experiments import mayekar
    >>> result = mayekar.errors(mayekar.instance(2, dim=4), {"exact": None}, steps=[10, 100], trials=3, progress=False)
    >>> mayekar.error_table(result)[["steps", "bits", "bound"]].round(3).values.tolist()
    [[10.0, 2560.0, 0.632], [100.0, 25600.0, 0.2]]
    """
    first = result.frame.groupby(["name", "steps"], sort=False)[["bits", "bound"]].first().reset_index()
    table = result.summary(value="gap").rename(columns={"mean": "gap"}).merge(first, on=["name", "steps"])
    return table[["name", "steps", "bits", "gap", "low", "high", "bound"]]


def _trial(stream, name, steps, oracle, quantizers, biased):
    quantizer = quantizers[name]
    if not hasattr(quantizer, "dim") and callable(quantizer):
        quantizer = quantizer(steps)
    quantizer = Identity(oracle.dim) if quantizer is None else quantizer
    known = second_moment_bound.has(quantizer)
    alpha, bound, stepsize, algorithm = _prescribed(oracle, quantizer if known else Identity(oracle.dim), steps)
    run = algorithm(
        oracle, quantizer, steps=steps, seed=int(stream("run").integers(1 << 62)), stepsize=stepsize, record=1
    )
    return {
        "bits": int(steps * nbits(quantizer)),
        "gap": run.gap,
        "bound": bound if known and name not in biased else math.nan,
        "alpha": alpha if known else math.nan,
        "outside": int(run.outside.sum()),
    }


def _prescribed(oracle, quantizer, steps):
    """(alpha, bound, step size, algorithm) of Theorem 2.3."""
    q = conjugate(oracle.p)
    if oracle.p >= 2:
        alpha, diameter = math.sqrt(second_moment_bound(quantizer, oracle.bound, q, 2.0)), oracle.domain.diameter(2)
        return alpha, theory.psgd_error(diameter, alpha, steps), diameter / (alpha * math.sqrt(steps)), psgd
    a = mirror_exponent(oracle.p, oracle.dim)
    alpha = math.sqrt(second_moment_bound(quantizer, oracle.bound, q, a / (a - 1)))
    radius = oracle.domain.diameter(a) / 2
    bound = theory.mirror_descent_error(radius, alpha, a, steps)
    return alpha, bound, radius * math.sqrt((a - 1) / steps) / alpha, mirror_descent
