"""What Figures 3 and 4 of Lin, Kostina and Hassibi share: the instances, the rates, and how long a run is.

A figure is a function ``measure(problem, x0, quantizers) -> rows``; here are the two families of instances it is measured on.
"""

import functools
import math

import numpy as np

from ... import _checks
from ...lab import sweep
from ...problems import LeastSquares, random_spectrum
from ...quantizers import UniformScalar

FLOOR = 1e-13  # relative distance at which rounding takes over
CEILING = 1e120  # a run whose bound is above 1 ends before its dynamic ranges do (`algorithms.ranges.LARGEST`)


def on_random_matrices(measure, kappa, rates, instances, n, m=None, **options):
    """A sweep of `measure` over random matrices of given condition numbers.

    Each instance draws A with independent standard normal entries and maps its singular values affinely onto
    [1, sqrt(kappa)], then y and x_0 standard normal. All rates see the same instances.

    Parameters
    ----------
    measure : callable
        ``measure(problem, x0, quantizers)`` returns rows (dicts) for one instance.
    kappa : float or list of float
        Condition number of f, above 1.
    rates : list of float
        Bits per dimension R >= 1; the scalar quantizer has K = floor(2**R) levels.
    instances, n, m
        How many, and the shape of A; m = 2 n unless given.
    **options
        ``seed``, ``store``, ``backend``, ``jobs``, ``progress`` of :func:`dqlab.lab.sweep`.

    Returns
    -------
    dqlab.lab.Sweep

    Examples
    --------
    >>> from dqlab.experiments.lin import protocol
    >>> def measure(problem, x0, quantizers):
    ...     return [{"levels": quantizer.levels, "dim": x0.size} for quantizer in quantizers]
    >>> result = protocol.on_random_matrices(measure, 5, [2, 3], instances=1, n=4, seed=0, progress=False)
    >>> result.frame[["kappa", "levels", "dim"]].values.tolist()
    [[5.0, 4.0, 4.0], [5.0, 8.0, 4.0]]
    """
    instances = _checks.integer(instances, "instances", 1)
    n = _checks.integer(n, "n", 2)
    m = 2 * n if m is None else _checks.integer(m, "m", n)
    kappas = _checks.vector(np.atleast_1d(kappa), "kappa").tolist()
    if min(kappas, default=0) <= 1:
        raise ValueError(f"kappa: expected condition numbers above 1, got {kappa}")
    trial = functools.partial(_random_instance, measure=measure, quantizers=quantizers(rates, n), n=n, m=m)
    return sweep(trial, {"kappa": kappas}, instances, **options)


def on_a_matrix(measure, A, rates, instances, **options):
    """A sweep of `measure` over instances (y, x_0), standard normal, of one matrix A of full column rank.

    Parameters
    ----------
    measure, rates, instances, **options
        See `on_random_matrices`.
    A : array or scipy.sparse matrix, shape (m, n)
        Full column rank; ``kappa`` in the frame is its own.

    Returns
    -------
    dqlab.lab.Sweep

    Examples
    --------
    >>> import numpy as np
    >>> from dqlab.experiments.lin import protocol
    >>> def measure(problem, x0, quantizers):
    ...     return [{"levels": quantizer.levels, "dim": x0.size} for quantizer in quantizers]
    >>> result = protocol.on_a_matrix(measure, np.diag([1.0, 2.0, 3.0]), [2], instances=1, seed=0, progress=False)
    >>> result.frame[["kappa", "levels", "dim"]].round(9).values.tolist()
    [[9.0, 4.0, 3.0]]
    """
    from threadpoolctl import threadpool_limits

    instances = _checks.integer(instances, "instances", 1)
    A = _checks.matrix(A.toarray() if hasattr(A, "toarray") else A, "A")
    with threadpool_limits(1, "blas"):  # the same bits on any number of cores: a store compares them
        base = LeastSquares.from_data(A, np.zeros(A.shape[0]))
        inverse = np.linalg.pinv(A)
    trial = functools.partial(
        _data_instance, measure=measure, quantizers=quantizers(rates, base.dim), A=A, inverse=inverse, base=base
    )
    return sweep(trial, {"kappa": [base.kappa]}, instances, **options)


def quantizers(rates, n):
    """The scalar quantizers with floor(2**R) levels for each rate R, ascending, without repetitions.

    Examples
    --------
    >>> [quantizer.levels for quantizer in quantizers([3, 2.5, 2.4], n=7)]
    [5, 8]
    """
    rates = _checks.vector(np.atleast_1d(rates), "rates")
    if rates.min(initial=math.inf if rates.size else 0) < 1:
        raise ValueError(f"rates: expected numbers of bits per dimension, each at least 1, got {rates.tolist()}")
    levels = sorted({UniformScalar.at_rate(rate, 1).levels for rate in rates})
    return tuple(UniformScalar(count, n) for count in levels)


def run_length(factor, sigma):
    """How many steps bring the distance down to FLOOR at this factor, in equation (1): until rounding takes over.

    Where the factor promises nothing, as many as the unquantized method takes at sigma: a shorter run would measure that
    method's own first steps, which a quantization error that grows slowly has not caught up with.

    Examples
    --------
    >>> run_length(0.5, sigma=0.5), run_length(2.0, sigma=0.5)
    (44, 44)
    """
    if factor < 1:
        return min(math.ceil(math.log(FLOOR) / math.log(factor)), 20_000)
    longest = math.log(CEILING) / math.log(factor) if factor > 1 else math.inf
    return int(min(run_length(sigma, sigma), longest))


def row(run, quantizer, bound):
    """What a figure keeps of one run.

    Examples
    --------
    >>> import dqlab as dq
    >>> problem, q = dq.problems.random_spectrum(9.0, dq.stream(0, "problem"), n=8), dq.quantizers.UniformScalar(8, 8)
    >>> kept = row(dq.algorithms.dq_gd(problem, q, steps=20), q, bound=0.8)
    >>> kept["algorithm"], kept["rate"], kept["levels"], kept["outside"], kept["steps"]
    ('DQ-GD', 3.0, 8, 0, 20)
    """
    return {
        "algorithm": run.name,
        "rate": quantizer.rate,
        "levels": quantizer.levels,
        "factor": run.contraction_factor(FLOOR),
        "bound": bound,
        "outside": int(run.outside.sum()),
        "steps": run.steps,
    }


def _random_instance(stream, kappa, measure, quantizers, n, m):
    problem = random_spectrum(kappa, stream("problem"), m=m, n=n)
    return measure(problem, stream("start").standard_normal(n), quantizers)


def _data_instance(stream, kappa, measure, quantizers, A, inverse, base):
    y = stream("problem").standard_normal(A.shape[0])
    problem = base._replace(moment=A.T @ y, offset=0.5 * float(y @ y), minimiser=inverse @ y)
    return measure(problem, stream("start").standard_normal(base.dim), quantizers)
