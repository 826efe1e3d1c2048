"""Step sizes alpha and epsilon of QuanTimed-DSGD, which depend on the horizon T: every T is a run of its own."""

import numpy as np

from .. import _checks
from ..networks.mixing import checked_mixing


def convex_schedule(T, delta):
    """(alpha, epsilon) = (T**(-delta/2), T**(-3 delta/2)), the step sizes of Theorem 1 of Reisizadeh et al.

    Parameters
    ----------
    T : int
        The horizon, T >= 1: how many steps the run will have.
    delta : float
        In (0, 1/2); the error of the last models is of order T**(-delta).

    Returns
    -------
    tuple of float

    Raises
    ------
    TypeError, ValueError
        For a T below 1 and a delta outside (0, 1/2): at 1/2 a term of the bound no longer vanishes.

    Examples
    --------
    >>> import dqlab as dq
    >>> alpha, epsilon = dq.algorithms.convex_schedule(10_000, delta=0.25)
    >>> round(alpha, 4), round(epsilon, 4)
    (0.3162, 0.0316)
    """
    T, delta = _checks.integer(T, "T", 1), _checks.positive(delta, "delta")
    if not delta < 0.5:
        raise ValueError(f"delta: expected a number in (0, 1/2), got {delta:g}; from 1/2 on the error need not vanish")
    return T ** (-delta / 2), T ** (-3 * delta / 2)


def nonconvex_schedule(T, a=1.0, e=1.0):
    """(alpha, epsilon) = (a / T**(1/6), e / T**(1/2)), the step sizes of Theorem 2 of Reisizadeh et al.

    Parameters
    ----------
    T : int
        The horizon, T >= 1.
    a, e : float
        Constants above 0: 1 in the theorem; (0.8, 9) and (0.1, 14) in the paper's two experiments.

    Returns
    -------
    tuple of float

    Raises
    ------
    TypeError, ValueError
        For a T below 1 and constants that are not positive.

    Examples
    --------
    >>> import dqlab as dq
    >>> alpha, epsilon = dq.algorithms.nonconvex_schedule(10**6)
    >>> round(alpha, 4), round(epsilon, 4)
    (0.1, 0.001)
    """
    T = _checks.integer(T, "T", 1)
    return _checks.positive(a, "a") / T ** (1 / 6), _checks.positive(e, "e") / T ** (1 / 2)


def critical_epsilon(mixing):
    """2 / (1 - lambda_n): below it gossip with (1 - epsilon) I + epsilon W brings nodes together, from it on it does not.

    The eigenvalues of that matrix are 1 - epsilon (1 - lambda_k); all but the first lie inside (-1, 1) if and only if epsilon
    is below this number, which is always above 1.

    Parameters
    ----------
    mixing : Mixing

    Returns
    -------
    float

    Examples
    --------
    >>> import dqlab as dq
    >>> dq.algorithms.critical_epsilon(dq.networks.Mixing.from_matrix([[0.75, 0.25], [0.25, 0.75]]))
    4.0
    """
    return 2 / (1 - checked_mixing(mixing).last)


def step_sizes(problem, mixing, steps, stepsize, epsilon, delta):
    """(alpha, epsilon), checked; what is not given follows from T: by Theorem 1 where f is strongly convex, else by Theorem 2."""
    if delta is not None or getattr(problem, "mu", 0) > 0:
        prescribed = convex_schedule(steps, 0.45 if delta is None else delta)
    else:
        prescribed = nonconvex_schedule(steps)
    alpha = prescribed[0] if stepsize is None else _checks.positive(stepsize, "stepsize")
    epsilon = prescribed[1] if epsilon is None else _checks.positive(epsilon, "epsilon")
    warn_of_large_epsilon(mixing, epsilon)
    return alpha, epsilon


def warn_of_large_epsilon(mixing, epsilon):
    """Say so where a node's own weight 1 - epsilon + epsilon w_ii is no longer that of an average."""
    if epsilon > 1:
        limit = critical_epsilon(mixing)
        says = "still brings nodes together" if epsilon < limit else "drives nodes apart"
        _checks.warn(
            f"epsilon: {epsilon:.4g} is above 1, where no theorem holds; gossip with it {says} "
            f"(it does below 2 / (1 - lambda_n) = {limit:.4g})"
        )


def at_horizons(algorithm, problem, *arguments, horizons, schedule=None, **options):
    """A run for every horizon T: with step sizes that depend on T, every point of a curve over T is a run of its own.

    Parameters
    ----------
    algorithm : callable
        Such as `quantimed_dsgd`, called with (problem, *arguments, steps=T, **options).
    problem, *arguments
        What the algorithm takes.
    horizons : sequence of int
        The T, as many as there are points.
    schedule : callable, optional
        T -> (alpha, epsilon), such as ``lambda T: nonconvex_schedule(T, 0.8, 9)``; the algorithm's own unless given.
    **options
        What the algorithm takes by name.

    Returns
    -------
    list of DecentralisedRun

    Raises
    ------
    TypeError, ValueError
        As the algorithm, and for no horizon at all.

    Examples
    --------
    >>> import dqlab as dq
    >>> X0, mixing = dq.stream(0, "start").standard_normal((4, 2)), dq.networks.metropolis_weights(dq.networks.ring(4))
    >>> runs = dq.algorithms.at_horizons(dq.algorithms.gossip, X0, mixing, horizons=[10, 20], record=1)
    >>> [run.steps for run in runs]
    [10, 20]
    """
    if not callable(algorithm):
        raise TypeError(f"algorithm: expected a function such as dqlab.algorithms.quantimed_dsgd, got {algorithm!r}")
    if isinstance(horizons, str) or np.ndim(horizons) != 1 or len(horizons) == 0:
        raise ValueError(f"horizons: expected numbers of steps, such as (100, 300, 1000), got {horizons!r}")
    runs = []
    for T in horizons:
        T = _checks.integer(T, "horizons", 1)
        sizes = {} if schedule is None else dict(zip(("stepsize", "epsilon"), schedule(T), strict=True))
        runs.append(algorithm(problem, *arguments, steps=T, **sizes, **options))
    return runs
