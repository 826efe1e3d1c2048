"""Figure 4 of Lin, Kostina and Hassibi, "Differentially Quantized Gradient Methods", and how often its ranges are left."""

import functools
import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ... import _checks
from ...algorithms import agd, dq_agd, dq_gd, dq_hb, gd, hb
from ...algorithms.ranges import agd_path, dq_momentum_ranges, hb_path
from ...algorithms.run import SLACK
from ...quantizers import covering_efficiency
from ...quantizers.covering import relative_radius
from ...theory import lin as theory
from .protocol import CEILING, on_a_matrix, on_random_matrices, row, run_length


class Scheme(NamedTuple):
    """A method, its differentially quantized version, and what theory says of both."""

    method: Callable
    quantized: Callable
    sigma: Callable  # of kappa: the method's contraction factor
    momentum: Callable  # of kappa
    bound: Callable  # of (kappa, rate, rho_n): the quantized version's


SCHEMES = (
    Scheme(gd, dq_gd, theory.gd_contraction_factor, lambda kappa: 0.0, theory.dq_gd_contraction_factor),
    Scheme(agd, dq_agd, theory.agd_contraction_factor, theory.agd_momentum, theory.dq_agd_contraction_factor),
    Scheme(hb, dq_hb, theory.hb_contraction_factor, theory.hb_momentum, theory.dq_hb_contraction_factor),
)
NAMES = {scheme.quantized.label: scheme for scheme in SCHEMES}


def figure4(
    kappa, rates, instances=500, n=64, m=None, alpha=0.0, seed=0, store=None, backend=None, jobs=None, progress=True
):
    """Figure 4, random matrices: contraction factors of DQ-GD, DQ-AGD, DQ-HB, and of GD, AGD, HB without a quantizer.

    The instances of Figure 3. Step sizes, momenta and dynamic ranges (22), (35), (46) are the theorems', with D = |x_0 - x*|.

    Parameters
    ----------
    kappa, rates, instances, n, m, seed, store, backend, jobs, progress
        See :func:`figure3`.
    alpha : float or None
        Of the ranges (46) of DQ-HB: 0 in the paper's experiments, None for the exact factor of quadratics
        (see :func:`dqlab.algorithms.dq_hb`).

    Returns
    -------
    dqlab.lab.Sweep
        One row an instance, rate and algorithm, with the columns of :func:`figure3` and ``rho``, the quantizer's covering
        efficiency; the unquantized methods repeat at every rate. `transitions` finds the phase transitions in it.

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong kind or range.

    Examples
    --------
    >>> from dqlab.experiments import lin
    >>> result = lin.figure4(20, rates=[4, 7], instances=4, n=16, progress=False)
    >>> means = result.summary(by=["algorithm", "rate"], value="factor").set_index(["algorithm", "rate"])["mean"]
    >>> bool(means["DQ-HB", 7] < means["DQ-AGD", 7] < means["DQ-GD", 7])
    True
    """
    measure = functools.partial(_measure, alpha=_alpha(alpha))
    options = dict(seed=seed, store=store, backend=backend, jobs=jobs, progress=progress)
    return on_random_matrices(measure, kappa, rates, instances, n, m, **options)


def figure4_data(A, rates, instances=500, alpha=0.0, seed=0, store=None, backend=None, jobs=None, progress=True):
    """Figure 4, a given matrix: the same measurements as :func:`figure4` on instances (y, x_0) of one A.

    Parameters
    ----------
    A : array or scipy.sparse matrix, shape (m, n)
        Full column rank; ``dqlab.data.load("ash331").X`` in the paper.
    rates, instances, alpha, seed, store, backend, jobs, progress
        See :func:`figure4`.

    Returns
    -------
    dqlab.lab.Sweep
        As :func:`figure4`; ``kappa`` is the matrix's own.

    Examples
    --------
    >>> import numpy as np
    >>> from dqlab.experiments import lin
    >>> result = lin.figure4_data(np.diag([1.0, 1.5, 2.0]), rates=[6], instances=2, alpha=None, progress=False)
    >>> int(result.frame["outside"].sum())
    0
    """
    measure = functools.partial(_measure, alpha=_alpha(alpha))
    options = dict(seed=seed, store=store, backend=backend, jobs=jobs, progress=progress)
    return on_a_matrix(measure, A, rates, instances, **options)


def transitions(figure, tolerance=0.05):
    """The two phase transitions of each scheme, by theory and as a Figure 4 shows them.

    The first is where the mean factor falls below 1; the second is where it comes within `tolerance` of the level that the
    scheme rests on: the method's sigma, or its mean factor without a quantizer where that is slower. Between two rates of
    the figure the logarithm of the factor is interpolated. A level that is itself within `tolerance` of 1 is not told
    from 1, nor the second transition from the first.

    Parameters
    ----------
    figure : dqlab.lab.Sweep
        What :func:`figure4` or :func:`figure4_data` returned.
    tolerance : float
        Relative, above 0.

    Returns
    -------
    pandas.DataFrame
        ``kappa``, ``algorithm``; ``linear`` = R_1 of equation (39) and ``linear_measured``; ``lossless`` = R_2 of equation (40)
        and ``lossless_measured``, in bits per dimension. NaN where the figure's rates begin too late or end too early.

    Raises
    ------
    ValueError
        If `tolerance` is not positive.

    Examples
    --------
    >>> import numpy as np
    >>> from dqlab.experiments import lin
    >>> result = lin.figure4(20, rates=np.log2([4, 6, 8, 10, 12, 16, 32]), instances=4, n=16, progress=False)
    >>> found = lin.transitions(result).set_index("algorithm")
    >>> bool(abs(found.linear - found.linear_measured).max() < 0.2)
    True
    """
    import pandas as pd

    tolerance = _checks.positive(tolerance, "tolerance")
    means = figure.summary(by=["kappa", "algorithm", "rate"], value="factor").set_index(["kappa", "algorithm"])
    rho_n = figure.frame["rho"].iloc[0]
    rows = []
    for kappa, name in (place for place in means.index.unique() if place[1] in NAMES):
        scheme = NAMES[name]
        curve = means.loc[(kappa, name)].sort_values("rate")
        sigma, momentum = scheme.sigma(kappa), scheme.momentum(kappa)
        level = max(sigma, means.loc[(kappa, scheme.method.label), "mean"].iloc[0])
        rows.append(
            {
                "kappa": kappa,
                "algorithm": name,
                "linear": theory.momentum_linear_threshold(momentum, rho_n),
                "linear_measured": _first_below(curve, 1.0),
                "lossless": theory.momentum_lossless_threshold(sigma, momentum, rho_n),
                "lossless_measured": _first_below(curve, min(level * (1 + tolerance), 1.0)),
            }
        )
    return pd.DataFrame(rows)


def range_violations(
    kappa, rates, instances=10, n=64, m=None, steps=40, seed=0, store=None, backend=None, jobs=None, progress=True
):
    """How often an input of DQ-HB leaves its range, with alpha = 0 in (46) and with the exact factor of quadratics.

    The instances of Figure 4 with the minimiser moved to 0, which changes nothing but the rounding: near 0 floats are
    dense, and hundreds of steps can be followed.

    Parameters
    ----------
    kappa, rates, instances, n, m, seed, store, backend, jobs, progress
        See :func:`figure4`.
    steps : int
        T; fewer where heavy ball is so fast that floats end before.

    Returns
    -------
    dqlab.lab.Sweep
        One row an instance, rate and choice: ``ranges`` ("alpha = 0" or "exact"), ``levels``, ``rate``, ``steps``,
        ``beyond`` (steps with |u_t| > r_t, which the theorem excludes), ``outside`` (steps at which the input left the
        scalar quantizer's cube, which is larger than the ball, and was clipped), ``largest`` (the greatest |u_t| / r_t)
        and ``factor``.

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong kind or range.

    Examples
    --------
    >>> from dqlab.experiments import lin
    >>> result = lin.range_violations(10, rates=[8], instances=2, n=16, progress=False)
    >>> beyond = result.frame.groupby("ranges")["beyond"].sum()
    >>> bool(beyond["alpha = 0"] > 0), int(beyond["exact"])
    (True, 0)
    """
    measure = functools.partial(_violations, steps=_checks.integer(steps, "steps", 1))
    options = dict(seed=seed, store=store, backend=backend, jobs=jobs, progress=progress)
    return on_random_matrices(measure, kappa, rates, instances, n, m, **options)


def range_violations_data(A, rates, instances=10, steps=40, seed=0, store=None, backend=None, jobs=None, progress=True):
    """The same count as :func:`range_violations` on the instances of one matrix A.

    Parameters
    ----------
    A : array or scipy.sparse matrix, shape (m, n)
        Full column rank.
    rates, instances, steps, seed, store, backend, jobs, progress
        See :func:`range_violations`.

    Returns
    -------
    dqlab.lab.Sweep

    Examples
    --------
    >>> import numpy as np
    >>> from dqlab.experiments import lin
    >>> result = lin.range_violations_data(np.diag([1.0, 2.0, 3.0]), rates=[8], instances=1, progress=False)
    >>> result.frame["ranges"].tolist()
    ['alpha = 0', 'exact']
    """
    measure = functools.partial(_violations, steps=_checks.integer(steps, "steps", 1))
    options = dict(seed=seed, store=store, backend=backend, jobs=jobs, progress=progress)
    return on_a_matrix(measure, A, rates, instances, **options)


def _measure(problem, x0, quantizers, alpha):
    """One instance of Figure 4: a row for every quantizer and every algorithm."""
    kappa, D = problem.kappa, float(np.linalg.norm(x0 - problem.minimiser))
    rows = []
    for scheme in SCHEMES:
        sigma = scheme.sigma(kappa)
        unquantized = scheme.method(problem, x0=x0, steps=run_length(sigma, sigma), record=())
        for quantizer in quantizers:
            rho_n = covering_efficiency(quantizer)
            bound = scheme.bound(kappa, quantizer.rate, rho_n)
            ranges = _ranges(scheme, problem, quantizer, D, run_length(bound, sigma), alpha)
            run = scheme.quantized(problem, quantizer, x0=x0, steps=ranges.size, ranges=ranges, record=())
            rows.append(row(unquantized, quantizer, sigma) | {"rho": rho_n})
            rows.append(row(run, quantizer, bound) | {"rho": rho_n})
    return rows


def _violations(problem, x0, quantizers, steps):
    """One instance of `range_violations`."""
    x0 = x0 - problem.minimiser
    problem = problem._replace(moment=np.zeros_like(x0), offset=0.0, minimiser=np.zeros_like(x0))
    scheme = NAMES["DQ-HB"]
    sigma, D = scheme.sigma(problem.kappa), float(np.linalg.norm(x0))
    steps = min(steps, int(math.log(CEILING) / -math.log(sigma)))
    rows = []
    for quantizer in quantizers:
        for choice, alpha in (("alpha = 0", 0.0), ("exact", None)):
            ranges = _ranges(scheme, problem, quantizer, D, steps, alpha)
            run = dq_hb(problem, quantizer, x0=x0, steps=steps, ranges=ranges, record=())
            rows.append(
                {
                    "ranges": choice,
                    "levels": quantizer.levels,
                    "rate": quantizer.rate,
                    "steps": steps,
                    "beyond": int((run.inputs > run.ranges * SLACK).sum()),
                    "outside": int(run.outside.sum()),
                    "largest": float((run.inputs / run.ranges).max()),
                    "factor": run.contraction_factor(1 / CEILING),
                }
            )
    return rows


def _ranges(scheme, problem, quantizer, D, steps, alpha):
    """(22), (35) or (46): one recursion, three bounds on the gradients along the unquantized path."""
    momentum, t = scheme.momentum(problem.kappa), np.arange(steps)
    if scheme.method is gd:
        path = problem.L * D * scheme.sigma(problem.kappa) ** t
    elif scheme.method is agd:
        path = agd_path(problem, D, momentum, steps)
    else:
        path = hb_path(problem, D, momentum, steps, alpha)
    return dq_momentum_ranges(path, relative_radius(quantizer), momentum)


def _alpha(alpha):
    return None if alpha is None else _checks.positive(alpha, "alpha", zero=True)


def _first_below(curve, level):
    """The rate from which on a curve of factors stays below a level, interpolated; NaN if no two rates enclose it."""
    rate, factor = curve["rate"].to_numpy(), np.log(curve["mean"].to_numpy() / level)
    above = np.flatnonzero(factor > 0)
    if above.size in (0, factor.size) or above[-1] == factor.size - 1:
        return math.nan
    i = above[-1]
    return float(rate[i] + (rate[i + 1] - rate[i]) * factor[i] / (factor[i] - factor[i + 1]))
