"""RATQ and its rivals, measured: errors and second moments over inputs, what every step of the lemma loses, and few bits.

Every draw has fresh private randomness and a fresh shared key, so that means are over both.
"""

import functools
import math

import numpy as np

from ... import _checks
from ...lab import sweep
from ...quantizers import RATQ, SimQPlus, SubsampledRATQ, decode, encode, nbits
from ...quantizers.tower_ranges import spans
from ...streams import key, stream
from ...theory import mayekar as theory

BATCH = 25  # draws of a trial


def unit_vectors(dim, seed=0):
    """Vectors of norm 1 on which quantizers differ, by name.

    Parameters
    ----------
    dim : int
        d, at least 16.
    seed : int
        Of the three random ones.

    Returns
    -------
    dict of ndarray, shape (dim,)
        ``e1`` one coordinate; ``pair`` two equal ones; ``sparse`` sixteen random ones; ``flat`` all equal; ``Gaussian`` a random
        direction; ``heavy tails`` Student's t with 2 degrees of freedom, scaled.

    Examples
    --------
    >>> from dqlab.experiments import mayekar
    >>> {name: round(float(abs(y).max()), 2) for name, y in mayekar.unit_vectors(64).items()}
    {'e1': 1.0, 'pair': 0.71, 'sparse': 0.58, 'flat': 0.12, 'Gaussian': 0.3, 'heavy tails': 0.63}
    """
    dim, rng = _checks.integer(dim, "dim", 16), stream(seed, "unit vectors")
    sparse = np.zeros(dim)
    sparse[rng.choice(dim, 16, replace=False)] = rng.standard_normal(16)
    vectors = {
        "e1": np.eye(1, dim)[0],
        "pair": np.repeat([1.0, 0.0], [2, dim - 2]),
        "sparse": sparse,
        "flat": np.ones(dim),
        "Gaussian": rng.standard_normal(dim),
        "heavy tails": rng.standard_t(2, dim),
    }
    return {name: y / np.linalg.norm(y) for name, y in vectors.items()}


def quantizer_moments(quantizers, inputs, draws=200, seed=0, store=None, backend=None, jobs=None, progress=True):
    """Mean squared error and second moment of quantizers on given vectors.

    Parameters
    ----------
    quantizers : dict
        Name -> quantizer, all of one dimension.
    inputs : dict
        Name -> vector in the domain of each of them.
    draws : int
        How often each vector is quantized, in batches of 25.
    seed, store, backend, jobs, progress
        As those of :func:`dqlab.lab.sweep`.

    Returns
    -------
    dqlab.lab.Sweep
        One row a batch: ``quantizer``, ``input``, ``trial``, ``bits`` of a message, ``error`` = mean of |Q(y) - y|^2, ``second``
        = mean of |Q(y)|^2, ``along`` = mean of <Q(y), y> / |y|^2, which is 1 on average where Q is unbiased.

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments import mayekar
    >>> result = mayekar.quantizer_moments(
    ...     {"RATQ": dq.quantizers.RATQ(1.0, 64)}, mayekar.unit_vectors(64), draws=25, progress=False
    ... )
    >>> bool((result.frame.error < 0.2).all()), result.frame.bits.unique().tolist()
    (True, [256])
    """
    trials = -(-_checks.integer(draws, "draws", 1) // BATCH)
    measure = functools.partial(_moments, quantizers=dict(quantizers), inputs=dict(inputs))
    return sweep(measure, _pairs(quantizers, inputs), trials, seed, store, backend, jobs, progress)


def simq_plus_within(bits, dim, bound=1.0):
    """SimQ+ with as many repetitions as a message of so many bits can tell, for inputs with |y|_2 <= bound.

    Parameters
    ----------
    bits : int
        r, at least what one repetition takes.
    dim : int
        d.
    bound : float
        B; the l_1 bound is B sqrt(d).

    Returns
    -------
    SimQPlus, with the joint code

    Raises
    ------
    ValueError
        If not even one repetition fits.

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments import mayekar
    >>> q = mayekar.simq_plus_within(100, 1024)
    >>> q.repeats, dq.quantizers.nbits(q)
    (11, 96)
    """
    bits, dim = _checks.integer(bits, "bits", 1), _checks.integer(dim, "dim", 1)
    repeats = theory.repeats_for_bits(bits, dim)
    if repeats == 0:
        least = nbits(SimQPlus(1.0, dim, 1))
        raise ValueError(f"bits: expected at least the {least} of one repetition in {dim} dimensions, got {bits}")
    return SimQPlus(bound * math.sqrt(dim), dim, repeats)


def fixed_precision(dim, bits, inputs, draws=200, seed=0, store=None, backend=None, jobs=None, progress=True):
    """RATQ on a random part of the coordinates against SimQ+ with as many repetitions, in messages of at most r bits.

    Parameters
    ----------
    dim : int
        d.
    bits : list of int
        Precisions r, each enough for either quantizer.
    inputs : dict
        Name -> vector of norm at most 1.
    draws, seed, store, backend, jobs, progress
        As those of :func:`quantizer_moments`.

    Returns
    -------
    dqlab.lab.Sweep
        The rows of :func:`quantizer_moments`, ``quantizer`` "RATQ" or "SimQ+", with the parameter ``budget`` = r.

    Examples
    --------
    >>> from dqlab.experiments import mayekar
    >>> result = mayekar.fixed_precision(64, [32], {"flat": mayekar.unit_vectors(64)["flat"]}, draws=50, progress=False)
    >>> result.frame.groupby("quantizer").second.mean().round(0).to_dict()
    {'RATQ': 11.0, 'SimQ+': 14.0}
    """
    budgets = [_checks.integer(r, "bits", 1) for r in bits]
    choices = {
        (name, r): make(r)
        for r in budgets
        for name, make in (
            ("RATQ", lambda r: SubsampledRATQ(1.0, dim, r)),
            ("SimQ+", lambda r: simq_plus_within(r, dim)),
        )
    }
    grid = [{"quantizer": name, "input": label, "budget": r} for name, r in choices for label in inputs]
    trials = -(-_checks.integer(draws, "draws", 1) // BATCH)
    measure = functools.partial(_moments, quantizers=choices, inputs=dict(inputs))
    return sweep(measure, grid, trials, seed, store, backend, jobs, progress)


def drawn_ranges(quantizer, y, draws=200, seed=0):
    """How often blocks take each range of RATQ, and how often the lemma allows it.

    Parameters
    ----------
    quantizer : RATQ
    y : array, shape (d,)
        A vector of its ball.
    draws : int
        Rotations.
    seed : int

    Returns
    -------
    pandas.DataFrame
        One row a range j: ``squared`` = M_j^2 N / B^2, ``share`` of the blocks that took it, ``beyond`` = share of the blocks that
        did not fit into range j - 1, and ``allowed`` = min(1, 2 s exp(-N M_{j-1}^2 / (2 B^2))), the lemma's bound on it.

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments import mayekar
    >>> result = mayekar.drawn_ranges(dq.quantizers.RATQ(1.0, 64), mayekar.unit_vectors(64)["e1"], draws=10)
    >>> result[["share", "allowed"]].round(3).values.tolist()
    [[1.0, 1.0], [0.0, 0.446], [0.0, 0.034], [0.0, 0.0]]
    """
    import pandas as pd

    if not isinstance(quantizer, RATQ):
        raise TypeError(f"quantizer: expected a RATQ, got {type(quantizer).__name__}")
    rng, counts = stream(seed, "rotations"), np.zeros(quantizer.ranges)
    for _ in range(_checks.integer(draws, "draws", 1)):
        codes = encode(quantizer, y, rng=rng, shared=key(rng))
        counts += np.bincount(codes[quantizer.size :], minlength=quantizer.ranges)
    squared, share = spans(quantizer.size, quantizer.block) ** 2 * quantizer.size, counts / counts.sum()
    allowed = np.minimum(1, np.append(1, 2 * quantizer.block * np.exp(-squared[:-1] / 2)))
    beyond = share[::-1].cumsum()[::-1]
    return pd.DataFrame({"squared": squared, "share": share, "beyond": beyond, "allowed": allowed}).rename_axis("j")


def _pairs(quantizers, inputs):
    return [{"quantizer": name, "input": label} for name in quantizers for label in inputs]


def _moments(stream, quantizer, input, quantizers, inputs, budget=None):
    """One batch of draws of one vector by one quantizer."""
    q, y, rng = quantizers[quantizer if budget is None else (quantizer, budget)], inputs[input], stream("draws")
    error = second = along = 0.0
    for _ in range(BATCH):
        shared = key(rng)
        output = decode(q, encode(q, y, rng=rng, shared=shared), shared=shared)
        error += float(((output - y) ** 2).sum()) / BATCH
        second += float((output**2).sum()) / BATCH
        along += float(output @ y) / float(y @ y) / BATCH
    return {"bits": nbits(q), "error": error, "second": second, "along": along}
