"""SimQ and SimQ+ measured: how long messages of variable length are, and what a decoder recovers."""

import functools

import numpy as np

from ... import _checks
from ...lab import sweep
from ...quantizers import SimQ, SimQPlus, encode, quantize
from ...streams import stream
from ...theory import mayekar as theory

INPUTS = ("corner", "sparse", "heavy tails", "Gaussian", "flat")


def hard_input(name, dim, p, seed=0):
    """A vector with |y|_q = 1, 1/p + 1/q = 1, of one of the shapes that quantizers find hard.

    Parameters
    ----------
    name : {"corner", "sparse", "heavy tails", "Gaussian", "flat"}
        One coordinate; dim / 16 equal ones (at least 1); Student's t with 1.5 degrees of freedom; Gaussian; all equal. Signs are fair.
    dim : int
        d.
    p : float
        From 2 to infinity.
    seed : int

    Returns
    -------
    ndarray, shape (dim,)

    Examples
    --------
    >>> from dqlab.experiments import mayekar
    >>> float(abs(mayekar.hard_input("sparse", 32, p=float("inf"))).max())
    0.5
    """
    _checks.choice(name, "name", INPUTS)
    dim, rng = _checks.integer(dim, "dim", 1), stream(seed, "hard input", name)
    if not p >= 2:
        raise ValueError(f"p: expected a number from 2 to infinity, got {p!r}")
    y = rng.choice([-1.0, 1.0], dim)
    if name == "corner":
        y[1:] = 0
    elif name == "sparse":
        y[max(1, dim // 16) :] = 0
    elif name == "heavy tails":
        y = rng.standard_t(1.5, dim)
    elif name == "Gaussian":
        y = rng.standard_normal(dim)
    return y / np.linalg.norm(y, 1 / (1 - 1 / p))


def _length(stream, input, dim, p, choose):
    """One message of SimQ+: what came up, and what it costs."""
    y, quantizer = hard_input(input, dim, p), SimQPlus.for_norm(1.0, dim, p, choose)
    counts = (encode(quantizer, y, rng=stream("encoder")) + 1) // 2
    support, drawn = int(np.count_nonzero(counts)), int(counts.sum())
    return {
        "support": support,
        "drawn": drawn,
        "two_part": theory.simq_plus_two_part_bits(dim, quantizer.repeats, support, drawn),
        "entropy": _entropy(input, dim, p, choose),
        "joint": theory.simq_plus_joint_bits(dim, quantizer.repeats),
    }


@functools.lru_cache
def _entropy(input, dim, p, choose):
    """The same for every trial, and not cheap."""
    quantizer = SimQPlus.for_norm(1.0, dim, p, choose)
    return theory.simq_plus_entropy(np.abs(hard_input(input, dim, p)) / quantizer.bound, quantizer.repeats)


def message_lengths(dim=256, p=2.0, trials=100, seed=0, choose="floor", inputs=INPUTS, progress=True):
    """Lengths of messages of SimQ+: a two-part code of variable length, the entropy that bounds it, and the fixed joint code.

    Parameters
    ----------
    dim, p, choose
        As for ``SimQPlus.for_norm``.
    trials, seed
        As for ``dqlab.lab.sweep``.
    inputs : sequence of str
        Names for `hard_input`.

    Returns
    -------
    dqlab.results.Sweep
        Rows: support and drawn (what came up), two_part, entropy and joint (bits).

    Examples
    --------
    >>> from dqlab.experiments import mayekar
    >>> lengths = mayekar.message_lengths(dim=16, trials=4, inputs=["corner"], progress=False).frame
    >>> int(lengths.two_part.max()) < int(lengths.joint.min())
    True
    """
    grid = {"input": list(inputs), "dim": [dim], "p": [p], "choose": [choose]}
    return sweep(_length, grid, trials, seed, progress=progress)


def recovery_errors(dim, trials=200, seed=0):
    """What the best decoder of one message of SimQ misses of a flat gradient with fair signs: |y^ - y|_2^2 / |y|_2^2, trial by trial.

    The prior is known to it, |y_i| = B / d and independent fair signs; its answer is the mean of y given the message.

    Returns
    -------
    ndarray, shape (trials,)

    Examples
    --------
    >>> from dqlab.experiments import mayekar
    >>> mayekar.recovery_errors(dim=4, trials=2).round(12).tolist()
    [0.75, 0.75]
    """
    quantizer, rng = SimQ(1.0, dim), stream(seed, "recovery", dim)
    errors = np.empty(_checks.integer(trials, "trials", 1))
    for trial in range(errors.size):
        y = rng.choice([-1.0, 1.0], dim) / dim
        answer = quantize(quantizer, y, rng=rng) / dim  # one sign is known now, the others are as fair as before
        errors[trial] = ((answer - y) ** 2).sum() / (y**2).sum()
    return errors
