"""Checks that tests of coursework share: each raises AssertionError with words that help."""

import sys
from contextlib import contextmanager

import numpy as np
from scipy.stats import norm


def close(got, expected, name, rtol=1e-7, atol=1e-9):
    """Assert that `got` is `expected`, number by number.

    Parameters
    ----------
    got, expected : array_like
        What the student's code gave, and what is right.
    name : str
        What it is, for the message.
    rtol, atol : float
        Tolerances, as in ``numpy.allclose``.

    Raises
    ------
    AssertionError
        Saying what is wrong: nothing, no numbers, another shape, not finite, or which entry is furthest off. The right number is not told.

    Examples
    --------
    >>> from dqlab.coursework import checks
    >>> checks.close([1.0, 2.0], [1.0, 2.0], "q")
    >>> checks.close(None, 1.0, "the rate")
    Traceback (most recent call last):
    ...
    AssertionError: the rate is None: is something still missing, or a return?
    """
    assert got is not None and got is not ..., f"{name} is {got}: is something still missing, or a return?"
    try:
        found, wanted = np.asarray(got, dtype=float), np.asarray(expected, dtype=float)
    except (TypeError, ValueError):
        raise AssertionError(f"{name} should be numbers, not {type(got).__name__}") from None
    assert found.shape == wanted.shape, f"{name} should have shape {wanted.shape}, not {found.shape}"
    assert np.isfinite(found).all(), f"{name} has NaN or infinity in it"
    wrong = np.abs(found - wanted) > atol + rtol * np.abs(wanted)
    if wrong.any():
        where = "" if found.ndim == 0 else f", first at index {tuple(int(i[0]) for i in np.nonzero(wrong))}"
        raise AssertionError(f"{name} is wrong in {int(wrong.sum())} of {wrong.size} numbers{where}")


def unbiased(draw, mean, draws, name, error=1e-6):
    """Assert that random vectors have the mean they should have.

    Parameters
    ----------
    draw : callable
        ``draw(i)`` gives draw number i, shape (d,).
    mean : array_like, shape (d,)
        What they should be on average.
    draws : int
        How many to take.
    name : str
        What is tested, for the message.
    error : float
        Chance that a right answer is called wrong, for all coordinates together (by a normal approximation, Bonferroni).

    Raises
    ------
    AssertionError
        Naming the coordinate that is furthest off, in standard errors.

    Examples
    --------
    >>> import numpy as np
    >>> from dqlab.coursework import checks
    >>> rng = np.random.default_rng(0)
    >>> checks.unbiased(lambda i: rng.choice([-1.0, 1.0], 3), np.zeros(3), 200, "a fair sign")
    """
    values = np.array([draw(i) for i in range(draws)], dtype=float)
    mean = np.asarray(mean, dtype=float)
    assert values.shape == (draws, *mean.shape), (
        f"{name} should give vectors of shape {mean.shape}, not {values.shape[1:]}"
    )
    assert np.isfinite(values).all(), f"{name} gave NaN or infinity"
    spread = values.std(axis=0, ddof=1) / np.sqrt(draws)
    off = np.abs(values.mean(axis=0) - mean)
    scores = np.divide(off, spread, out=np.where(off > 1e-9, np.inf, 0.0), where=spread > 1e-12)
    worst, limit = int(np.argmax(scores)), norm.isf(error / (2 * mean.size))
    assert scores[worst] <= limit, (
        f"{name} is biased: coordinate {worst} is {scores[worst]:.1f} standard errors from its mean"
    )


@contextmanager
def without(*modules):
    """Within it, a call of a function that one of these modules defines fails: an answer is to be the student's own.

    Parameters
    ----------
    *modules : str
        Names of dqlab's modules, e.g. "dqlab.algorithms.gradient_descent". A call is recognised however it was imported.

    Raises
    ------
    AssertionError
        At the end of the block, if such a function was called in it.

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.coursework import checks
    >>> with checks.without("dqlab.bits.message"):
    ...     _ = dq.stream(0, "own")
    """
    called, files = set(), {sys.modules[name].__file__: name for name in modules}

    def watch(frame, event, _):
        if event == "call" and frame.f_code.co_filename in files:
            called.add(f"{files[frame.f_code.co_filename]}.{frame.f_code.co_name}")

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        yield
    finally:
        sys.setprofile(before)
    assert not called, f"write it yourself: your code calls {', '.join(sorted(called))}"
