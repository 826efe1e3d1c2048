"""Figure 3 of Lin, Kostina and Hassibi, "Differentially Quantized Gradient Methods"."""

import functools
import math

import numpy as np

from ... import _checks
from ...algorithms import dq_gd, gd, nq_gd
from ...algorithms.ranges import dq_gd_ranges, nq_gd_ranges
from ...lab import sweep
from ...problems import LeastSquares, random_spectrum
from ...quantizers import UniformScalar, covering_efficiency
from ...quantizers.covering import relative_radius
from ...theory import lin as theory

FLOOR = 1e-13  # relative distance at which rounding takes over
CEILING = 1e120  # a run whose bound is above 1 ends before its dynamic ranges do (`algorithms.ranges.LARGEST`)


def figure3(kappa, rates, instances=500, n=64, m=None, seed=0, store=None, backend=None, jobs=None, progress=True):
    """Figure 3, random matrices: empirical contraction factors of GD, NQ-GD and DQ-GD, and their bounds.

    Each instance draws A with independent standard normal entries and maps its singular values affinely onto
    [1, sqrt(kappa)], then y and x_0 standard normal. Step size (20) and dynamic ranges (22), (66) are the theorems', with
    D = |x_0 - x*|. All rates and algorithms see the same instances.

    Parameters
    ----------
    kappa : float or list of float
        Condition number of f, above 1.
    rates : list of float
        Bits per dimension R >= 1; the scalar quantizer has K = floor(2**R) levels, and log2(K) is reported.
    instances : int
        Instances of each condition number; 500 in the paper.
    n, m : int
        Shape of A, which the paper does not give; m = 2 n unless given.
    seed, store, backend, jobs, progress
        See :func:`dqlab.lab.sweep`.

    Returns
    -------
    dqlab.lab.Sweep
        One row an instance, rate and algorithm: ``kappa``, ``trial``, ``algorithm``, ``levels``, ``rate`` = log2(levels),
        ``factor`` (not clipped: that is for plots), ``bound`` (the paper's (21), (23), (28)), ``outside`` (inputs that
        left the quantizer's domain) and ``steps``. ``summary(by=["kappa", "algorithm", "rate"], value="factor")`` has the
        means with their confidence intervals.

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong kind or range.

    Examples
    --------
    >>> from dqlab.experiments import lin
    >>> result = lin.figure3(10, rates=[3, 5], instances=4, n=16, progress=False)
    >>> means = result.summary(by=["algorithm", "rate"], value="factor").set_index(["algorithm", "rate"])["mean"]
    >>> bool(means["DQ-GD", 5] < 0.82 < means["NQ-GD", 5])
    True
    """
    instances = _checks.integer(instances, "instances", 1)
    n = _checks.integer(n, "n", 2)
    m = 2 * n if m is None else _checks.integer(m, "m", n)
    kappas = _checks.vector(np.atleast_1d(kappa), "kappa").tolist()
    if min(kappas, default=0) <= 1:
        raise ValueError(f"kappa: expected condition numbers above 1, got {kappa}")
    trial = functools.partial(_random_instance, levels=_levels(rates), n=n, m=m)
    return sweep(trial, {"kappa": kappas}, instances, seed, store, backend, jobs, progress)


def figure3_data(A, rates, instances=500, seed=0, store=None, backend=None, jobs=None, progress=True):
    """Figure 3, a given matrix: the same measurements as :func:`figure3` on instances (y, x_0) of one A.

    Parameters
    ----------
    A : array or scipy.sparse matrix, shape (m, n)
        Full column rank; ``dqlab.data.load("ash331").X`` in the paper.
    rates, instances, seed, store, backend, jobs, progress
        See :func:`figure3`.

    Returns
    -------
    dqlab.lab.Sweep
        As :func:`figure3`; ``kappa`` is the matrix's own.

    Examples
    --------
    >>> from dqlab import data
    >>> from dqlab.experiments import lin
    >>> result = lin.figure3_data(data.load("diabetes").X, rates=[6], instances=2, progress=False)
    >>> result.frame.groupby("algorithm", sort=False)["outside"].sum().to_dict()
    {'GD': 0, 'NQ-GD': 0, 'DQ-GD': 0}
    """
    from threadpoolctl import threadpool_limits

    instances = _checks.integer(instances, "instances", 1)
    A = _checks.matrix(A.toarray() if hasattr(A, "toarray") else A, "A")
    with threadpool_limits(1, "blas"):  # the same bits on any number of cores: a store compares them
        base = LeastSquares.from_data(A, np.zeros(A.shape[0]))
        inverse = np.linalg.pinv(A)
    trial = functools.partial(_data_instance, A=A, inverse=inverse, base=base, levels=_levels(rates))
    return sweep(trial, {"kappa": [base.kappa]}, instances, seed, store, backend, jobs, progress)


def _levels(rates):
    """floor(2**R) for each rate, ascending, without repetitions."""
    rates = _checks.vector(np.atleast_1d(rates), "rates")
    if rates.min(initial=math.inf if rates.size else 0) < 1:
        raise ValueError(f"rates: expected numbers of bits per dimension, each at least 1, got {rates.tolist()}")
    return sorted({UniformScalar.at_rate(rate, 1).levels for rate in rates})


def _random_instance(stream, kappa, levels, n, m):
    return _measure(random_spectrum(kappa, stream("problem"), m=m, n=n), stream("start"), levels)


def _data_instance(stream, kappa, A, inverse, base, levels):
    y = stream("problem").standard_normal(A.shape[0])
    problem = base._replace(moment=A.T @ y, offset=0.5 * float(y @ y), minimiser=inverse @ y)
    return _measure(problem, stream("start"), levels)


def _measure(problem, rng, levels):
    """One instance: a row for every number of levels and every algorithm."""
    x0 = rng.standard_normal(problem.dim)
    D = float(np.linalg.norm(x0 - problem.minimiser))
    stepsize = 2 / (problem.L + problem.mu)
    sigma = theory.gd_contraction_factor(problem.kappa)
    unquantized = gd(problem, x0=x0, steps=_steps(sigma, sigma), record=())
    rows = []
    for count in levels:
        quantizer = UniformScalar(count, problem.dim)
        rho, rate_and_rho = relative_radius(quantizer), (quantizer.rate, covering_efficiency(quantizer))
        bounds = {
            "GD": sigma,
            "NQ-GD": theory.nq_gd_contraction_factor(problem.kappa, *rate_and_rho),
            "DQ-GD": theory.dq_gd_contraction_factor(problem.kappa, *rate_and_rho),
        }
        nq_steps, dq_steps = _steps(bounds["NQ-GD"], sigma), _steps(bounds["DQ-GD"], sigma)
        nq_ranges = nq_gd_ranges(problem, D, rho, stepsize, nq_steps)
        dq_ranges = dq_gd_ranges(problem, D, rho, np.full(dq_steps, stepsize))
        runs = [
            unquantized,
            nq_gd(problem, quantizer, x0=x0, steps=nq_steps, ranges=nq_ranges, record=()),
            dq_gd(problem, quantizer, x0=x0, steps=dq_steps, ranges=dq_ranges, record=()),
        ]
        rows += [
            {
                "algorithm": run.name,
                "rate": quantizer.rate,
                "levels": count,
                "factor": run.contraction_factor(FLOOR),
                "bound": bounds[run.name],
                "outside": int(run.outside.sum()),
                "steps": run.steps,
            }
            for run in runs
        ]
    return rows


def _steps(factor, sigma):
    """How many steps bring the distance down to FLOOR at this factor, in equation (1): until rounding takes over.

    Where the factor promises nothing, as many as GD takes at sigma: a shorter run would measure GD's own first steps,
    which a quantization error that grows slowly has not caught up with.
    """
    if factor < 1:
        return min(math.ceil(math.log(FLOOR) / math.log(factor)), 20_000)
    longest = math.log(CEILING) / math.log(factor) if factor > 1 else math.inf
    return int(min(_steps(sigma, sigma), longest))
