"""The hardest instances of Section 6, run: the error that is left at each precision, between the lower bound and the upper one."""

import math

import numpy as np

from ... import _checks
from ..._generic import jit
from ...lab import sweep
from ...problems import bernoulli_oracle, paninski_oracle, query
from ...quantizers import nbits, quantize, second_moment_bound
from ...theory import mayekar as theory

ORACLES = {"Bernoulli": bernoulli_oracle, "Paninski": paninski_oracle}


@jit
def sum_of_messages(oracle, quantizer, keys, oracle_rng, rng):
    """What the server has of T answers: the sum of what it decoded."""
    x = np.zeros(oracle.alpha.size)
    total = np.zeros(oracle.alpha.size)
    for t in range(keys.size):
        total += quantize(quantizer, query(oracle, x, oracle_rng), 1.0, rng, keys[t])
    return total


def hardest_errors(kind, dim, p, quantizers, steps, deltas, *, trials=20, seed=0, backend=None):
    """The error of T messages on the oracles of Section 6, with a fair alpha, for every quantizer and every delta.

    The server ends at the corner against the signs of the sum of what it decoded. The functions are linear: nothing is gained
    by asking elsewhere than at 0, and no method that sees the messages has a smaller error on average over alpha than the lower
    bound at the worst delta.

    Parameters
    ----------
    kind : {"Bernoulli", "Paninski"}
    dim : int
        d.
    p : float
    quantizers : mapping of names to quantizers
        For |g|_q <= 1, with dim d.
    steps : int
        T.
    deltas : sequence of float
        From above 0 to 1/2.
    trials : int
    seed : int
    backend : str, optional
        See :func:`dqlab.lab.sweep`.

    Returns
    -------
    pandas.DataFrame
        A row a quantizer and delta, D = B = 1: ``name``, ``bits`` (of a message), ``delta``, ``gap`` (the mean of f(x) - f*),
        ``interval`` (half of its 95% interval), ``worst`` (the largest gap of that quantizer over delta), ``lower`` (what any
        method has at that precision, from this kind of oracle) and ``upper`` (D' alpha_0 / sqrt(T) of projected subgradients).

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments import mayekar
    >>> simq = {"SimQ": dq.quantizers.SimQ(1.0, 8)}
    >>> table = mayekar.hardest_errors("Paninski", 8, float("inf"), simq, 400, [0.03, 0.06], trials=20)
    >>> len(table), bool((table.lower < table.worst).all() and (table.worst < table.upper).all())
    (2, True)
    """
    _checks.choice(kind, "kind", tuple(ORACLES))
    steps = _checks.integer(steps, "steps", 1)
    result = sweep(
        _trial,
        {
            "name": dict(quantizers),
            "delta": list(map(float, deltas)),
            "kind": [kind],
            "p": [float(p)],
            "steps": [steps],
        },
        trials=trials,
        seed=seed,
        backend=backend,
        progress=False,
    )
    groups = result.frame.groupby(["name", "delta"], sort=False).gap
    table = groups.mean().reset_index()
    table["interval"] = 1.96 * groups.std().to_numpy() / math.sqrt(trials)
    table["worst"] = table.groupby("name").gap.transform("max")
    bits = {name: nbits(quantizer) for name, quantizer in quantizers.items()}
    table.insert(1, "bits", table.name.map(bits))
    lower = {name: _lower(kind, steps, r, dim, p) for name, r in bits.items()}
    table["lower"] = table.name.map(lower)
    table["upper"] = table.name.map({name: _upper(quantizer, dim, p, steps) for name, quantizer in quantizers.items()})
    return table


def _trial(stream, name, delta, kind, p, steps):
    quantizer = name
    alpha = 1.0 - 2.0 * stream("alpha").integers(0, 2, quantizer.dim)
    oracle = ORACLES[kind](alpha, delta, p)
    keys = stream("shared").integers(0, 1 << 62, steps)
    total = sum_of_messages(oracle, quantizer, keys, stream("oracle"), stream("encoder"))
    x = -oracle.domain.radius * np.sign(total)
    return {"gap": float(oracle.slope @ x - oracle.minimum)}


def _lower(kind, steps, r, dim, p):
    if kind == "Bernoulli":
        return theory.sharp_bernoulli_error(steps, r, dim)
    return theory.sharp_paninski_error(steps, r, dim, p)


def _upper(quantizer, dim, p, steps):
    """Theorem 2.3 with constant 1: the domain has l_2 diameter d**(1/2 - 1/p)."""
    q = math.inf if p == 1 else 1 / (1 - 1 / p)
    return dim ** (0.5 - 1 / p) * math.sqrt(second_moment_bound(quantizer, 1.0, q) / steps)


def sampled_signs_error(steps, r, dim, delta=None):
    """The exact error on the Bernoulli oracle, D = B = 1, if every message holds the signs of r coordinates drawn at random.

    The server takes the majority of what it was told of each coordinate, and a fair coin where there is none: the best it can do.
    With `delta` left out, at the worst of many.

    Examples
    --------
    >>> from dqlab.experiments import mayekar
    >>> worst = [mayekar.sampled_signs_error(1000, r, 64) for r in (1, 4, 16, 64)]
    >>> [round(error * (1000 * r / 64) ** 0.5, 3) for error, r in zip(worst, (1, 4, 16, 64))]
    [0.171, 0.17, 0.17, 0.17]
    """
    from scipy.stats import binom

    steps, r, dim = (_checks.integer(value, name, 1) for value, name in ((steps, "steps"), (r, "r"), (dim, "dim")))
    share = min(r / dim, 1.0)
    spread = 12 * math.sqrt(steps * share * (1 - share)) + 12
    told = np.arange(max(0, math.floor(steps * share - spread)), min(steps, math.ceil(steps * share + spread)) + 1)
    chance = binom.pmf(told, steps, share)
    deltas = np.geomspace(0.05, 4, 60) / math.sqrt(steps * share)
    if delta is not None:
        deltas = np.array([_checks.positive(delta, "delta")])
    worst = 0.0
    for one in np.minimum(deltas, 0.5).tolist():
        wrong = binom.cdf((told - 1) // 2, told, 0.5 + one)  # fewer than half of the answers are right
        tie = np.where(told % 2 == 0, binom.pmf(told // 2, told, 0.5 + one), 0.0) / 2
        worst = max(worst, 2 * one * float(chance @ (wrong + tie)))
    return worst
