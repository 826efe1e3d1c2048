"""The visible tests of an assignment, which come with the library: a notebook that was renamed or moved still finds them."""

import importlib
from pathlib import Path

from .. import _checks

TESTS = Path(__file__).parent / "visible_tests"


def grader(assignment):
    """Otter's checker with an assignment's visible tests.

    Parameters
    ----------
    assignment : str
        The assignment's name, e.g. "warm-up".

    Returns
    -------
    otter.Notebook
        ``grader.check("q1")`` tests question 1.

    Raises
    ------
    ValueError
        If there is no such assignment.
    ModuleNotFoundError
        If otter-grader is not installed.

    Examples
    --------
    >>> from dqlab import coursework
    >>> grader = coursework.grader("warm-up")
    """
    names = sorted(path.name for path in TESTS.iterdir() if path.is_dir())
    _checks.choice(assignment, "assignment", tuple(names))
    try:
        otter = importlib.import_module("otter")
    except ModuleNotFoundError:
        raise ModuleNotFoundError('the visible tests need otter-grader: pip install "otter-grader>=7,<8"') from None
    return otter.Notebook(tests_dir=str(TESTS / assignment))
