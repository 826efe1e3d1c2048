"""What the assignment on gossip under deadlines is graded against: the least seconds to a target, exactly."""

import functools

import numpy as np

from ..clock import Deadline
from ..coursework import referendum
from ..experiments.reisizadeh import expected_error

WIDTHS, ROUNDS = range(2, 17), 150


def seconds_to_target(student, deadline, width):
    """Seconds until the expected error of QuanTimed-DSGD is guaranteed to be at most the target of a student's villages.

    Parameters
    ----------
    student : Student
        From ``dqlab.coursework.student``.
    deadline : float or array
        T_d >= 1 / slow, seconds.
    width : int
        b >= 2, bits a coordinate.

    Returns
    -------
    float or ndarray
        Infinite where the target is not reached within 150 rounds.

    Notes
    -----
    Messages count with the largest variance that rounding can have, d spacing**2 / 4, as Assumption 2 does.

    Examples
    --------
    >>> from dqlab import coursework
    >>> from dqlab.grading.villages_reference import seconds_to_target
    >>> ada = coursework.student("ada", "2026")
    >>> bool(seconds_to_target(ada, 0.5, width=4) < seconds_to_target(ada, 0.5, width=12))
    True
    """
    villages, deadlines = referendum(student), np.asarray(deadline, float)
    inverse = [Deadline(float(seconds)).inverse_batch(villages.speeds) for seconds in deadlines.ravel()]
    inverse = np.reshape(inverse, (*deadlines.shape, 1))
    plain, heard, read = _error_parts(student)
    reached = plain + heard / (4 * (2 ** (width - 1) - 1) ** 2) + inverse * read <= villages.target
    rounds = np.where(reached.any(axis=-1), reached.argmax(axis=-1) + 1, np.inf)
    return rounds * (deadlines + villages.questions * width / villages.bandwidth)


@functools.lru_cache(maxsize=8)
def least_seconds(student):
    """The least of ``seconds_to_target`` over all deadlines and widths.

    Examples
    --------
    >>> from dqlab import coursework
    >>> from dqlab.grading.villages_reference import least_seconds, seconds_to_target
    >>> ada = coursework.student("ada", "2026")
    >>> bool(least_seconds(ada) <= seconds_to_target(ada, 0.5, width=4))
    True
    """
    deadlines = np.geomspace(1, 100, 500) / referendum(student).slow
    return float(min(seconds_to_target(student, deadlines, width).min() for width in WIDTHS))


@functools.lru_cache(maxsize=8)
def _error_parts(student):
    """After 1, 2, ... rounds: the error without noise, and what a unit of either noise adds; shape (3, ROUNDS)."""
    villages = referendum(student)
    problem, mixing = villages.problem, villages.mixing
    options = {"stepsize": villages.stepsize, "epsilon": villages.epsilon, "x0": villages.start}
    found = [
        expected_error(problem, mixing, steps=rounds, rounding=1.0, inverse_batch=1.0, **options)
        for rounds in range(1, ROUNDS + 1)
    ]
    return np.array([(part.total - part.exchange - part.learning, part.exchange, part.learning) for part in found]).T
