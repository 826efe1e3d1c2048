"""Figure 3 of Lin, Kostina and Hassibi, "Differentially Quantized Gradient Methods"."""

import numpy as np

from ...algorithms import dq_gd, gd, nq_gd
from ...algorithms.ranges import dq_gd_ranges, nq_gd_ranges
from ...quantizers import covering_efficiency
from ...quantizers.covering import relative_radius
from ...theory import lin as theory
from .protocol import on_a_matrix, on_random_matrices, row, run_length


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
    options = dict(seed=seed, store=store, backend=backend, jobs=jobs, progress=progress)
    return on_random_matrices(_measure, kappa, rates, instances, n, m, **options)


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
    options = dict(seed=seed, store=store, backend=backend, jobs=jobs, progress=progress)
    return on_a_matrix(_measure, A, rates, instances, **options)


def _measure(problem, x0, quantizers):
    """One instance: a row for every quantizer and every algorithm."""
    D = float(np.linalg.norm(x0 - problem.minimiser))
    stepsize = 2 / (problem.L + problem.mu)
    sigma = theory.gd_contraction_factor(problem.kappa)
    unquantized = gd(problem, x0=x0, steps=run_length(sigma, sigma), record=())
    rows = []
    for quantizer in quantizers:
        rho, rate_and_rho = relative_radius(quantizer), (quantizer.rate, covering_efficiency(quantizer))
        bounds = {
            "GD": sigma,
            "NQ-GD": theory.nq_gd_contraction_factor(problem.kappa, *rate_and_rho),
            "DQ-GD": theory.dq_gd_contraction_factor(problem.kappa, *rate_and_rho),
        }
        nq_steps, dq_steps = run_length(bounds["NQ-GD"], sigma), run_length(bounds["DQ-GD"], sigma)
        nq_ranges = nq_gd_ranges(problem, D, rho, stepsize, nq_steps)
        dq_ranges = dq_gd_ranges(problem, D, rho, np.full(dq_steps, stepsize))
        runs = [
            unquantized,
            nq_gd(problem, quantizer, x0=x0, steps=nq_steps, ranges=nq_ranges, record=()),
            dq_gd(problem, quantizer, x0=x0, steps=dq_steps, ranges=dq_ranges, record=()),
        ]
        rows += [row(run, quantizer, bounds[run.name]) for run in runs]
    return rows
