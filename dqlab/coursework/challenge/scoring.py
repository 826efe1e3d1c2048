"""The score: by how many digits a contestant comes closer to the minimum than 32-bit floats do, at equal bits."""

import functools
import time
from typing import NamedTuple

import numpy as np

from ... import _checks
from ...streams import stream
from .audits import along_runs, edges, replay, unbiasedness
from .baselines import Floats
from .link import Link
from .problems import PUBLIC_SEED, gap, tasks
from .processes import spawn
from .rules import WHOLE_SCORE, Rejected
from .runs import over_link, run
from .sources import of_class

EDGE_DIMENSIONS = (1, 2, 5, 33)


class Problem(NamedTuple):
    """How a contestant did on one problem.

    Parameters
    ----------
    name : str
    dim : int
    score : float
        Digits ahead of 32-bit floats: the mean over budgets and repeats of log10 of the ratio of gaps.
    error : float
        Its standard error over repeats; None where there is one.
    bits : float
        Bits a coordinate of a message, as charged, on average.
    messages : float
        How many a run sent, on average.
    curve : list of float
        The gap at every budget, as a part of the gap at the start (geometric mean over repeats).
    """

    name: str
    dim: int
    score: float
    error: float | None
    bits: float
    messages: float
    curve: list


class Score(NamedTuple):
    """What ``score`` found.

    Parameters
    ----------
    name : str
        Of the contestant.
    accepted : bool
    rule, reason : str
        What was broken, and how that was seen; empty where it is accepted.
    unbiased : bool or None
        What it claims; None where it did not come to that.
    points : float
        The mean of the problems' scores; None where it is rejected.
    problems : list of Problem
        Empty where it is rejected.
    """

    name: str
    accepted: bool
    rule: str
    reason: str
    unbiased: bool | None
    points: float | None
    problems: list

    def table(self):
        """The problems, a row each, as a pandas.DataFrame."""
        import pandas as pd

        names = ["problem", "d", "score", "standard error", "bits a coordinate", "messages"]
        table = pd.DataFrame([problem[:6] for problem in self.problems], columns=names).set_index("problem")
        return table.astype({"standard error": float}).round(3)

    def figure(self, others=()):
        """The gap against the bits, a panel for each problem; `others` are scores to draw in grey."""
        from .pictures import curves

        return curves([self], others)

    def __repr__(self):
        if not self.accepted:
            return f"{self.name} is rejected. {self.rule}: {self.reason}"
        claim = "unbiased" if self.unbiased else "not unbiased, run with error feedback"
        return f"{self.name}: {round(self.points, 3) + 0.0:.3f} digits ({claim})\n\n{self.table()}"


def score(contestant, seed=PUBLIC_SEED, progress=True):
    """Audit a contestant and score it on the five problems of a seed.

    Parameters
    ----------
    contestant : type
        A class with ``unbiased``, ``__init__(self, dim, bound)``, ``encode(self, x, rng)`` and ``decode(self, message)``.
    seed : int
        Of the problems and of all randomness. The leaderboard's is secret.
    progress : bool
        Whether to show a bar.

    Returns
    -------
    Score
        Its ``table()`` and ``figure()`` tell more.

    Raises
    ------
    TypeError
        If `contestant` is not a class that another process can have.

    Notes
    -----
    The encoder and the decoder run in two processes, and only the counted bits go from one to the other.

    Examples
    --------
    >>> from dqlab.coursework import challenge
    >>> class MyQuantizer: pass
    >>> challenge.score(MyQuantizer, progress=False)
    MyQuantizer is rejected. no claim: write unbiased = True or unbiased = False in the class; it is None
    """
    source = of_class(contestant)
    return assess(source, contestant.__name__, _checks.integer(seed, "seed", 0), progress=progress)


def assess(source, name, seed, start=spawn, progress=False):
    """What ``score`` does, for a source: audits, runs, the same again elsewhere, and the points.

    Parameters
    ----------
    source : Source
    name : str
    seed : int
    start : callable
        How the contestant's processes are started.
    progress : bool

    Returns
    -------
    Score

    Examples
    --------
    >>> from dqlab.coursework.challenge import processes, scoring, sources
    >>> scoring.assess(sources.Source("text", b"MyQuantizer = 3"), "three", seed=1, start=processes.fork).rule
    'no claim'
    """
    unbiased, rng = None, stream(seed, "challenge", "audits", name)
    bound, dim = float(10 ** rng.uniform(-2, 2)), int(rng.integers(8, 17))
    try:
        with Link(source, start) as link:
            unbiased = link.unbiased
            edges(link, EDGE_DIMENSIONS, bound, rng)
            unbiasedness(link, (1, dim), bound, rng)
            courses = _courses(link, seed, progress)
            along_runs(link, courses, rng)
        replay(source, start, courses, unbiased, rng)
    except Rejected as rejected:
        return Score(name, False, rejected.rule, rejected.reason, unbiased, None, [])
    return Score(name, True, "", "", unbiased, *_points(courses, seed))


def _courses(link, seed, progress):
    from tqdm.auto import tqdm

    end = time.monotonic() + WHOLE_SCORE
    todo = [(task, repeat) for task in tasks(seed) for repeat in range(task.repeats)]
    done = []
    for task, repeat in tqdm(todo, desc="runs", disable=not progress):
        try:
            done.append((task, over_link(link, task, seed, repeat, end)))
        except Rejected as rejected:
            raise Rejected(rejected.rule, f"{rejected.reason} (in a run on {task.name})") from None
    return done


@functools.lru_cache(maxsize=4)
def reference(seed):
    """The gaps of 32-bit floats on the problems of a seed, by problem: shape (repeats, budgets).

    Examples
    --------
    >>> from dqlab.coursework.challenge import scoring
    >>> scoring.reference(1)["tiny"].shape
    (12, 4)
    """
    return {
        task.name: np.array([run(task, _floats(task), int, seed, repeat).gaps for repeat in range(task.repeats)])
        for task in tasks(seed)
    }


def _floats(task):
    floats = Floats(task.dim, task.bound)

    def send(x, _):
        message = floats.encode(x, None)
        return floats.decode(message), message.nbits, b""

    return send


def _points(courses, seed):
    problems, against = [], reference(seed)
    for task in {task.name: task for task, _ in courses}.values():
        mine = [course for other, course in courses if other.name == task.name]
        gaps = np.array([course.gaps for course in mine])
        digits = np.log10(against[task.name] / gaps).mean(axis=1)
        messages = sum(course.steps for course in mine)
        problems.append(
            Problem(
                task.name,
                task.dim,
                float(digits.mean()),
                float(digits.std(ddof=1) / np.sqrt(digits.size)) if digits.size > 1 else None,
                sum(course.bits for course in mine) / max(1, messages * task.dim),
                messages / len(mine),
                np.exp(np.log(gaps / gap(task, np.zeros(task.dim))).mean(axis=0)).tolist(),
            )
        )
    return float(np.mean([problem.score for problem in problems])), problems
