"""A run of the challenge: projected stochastic gradient descent whose every gradient crosses the link, until the bits are spent."""

import math
import time
from typing import NamedTuple

import numpy as np

from ... import _checks
from ...streams import key, stream
from .problems import DISTANCE, RADIUS, answer, gap
from .rules import BUDGETS, CLOSEST, FEEDBACK_ROOM, MOST_STEPS, WHOLE_SCORE, Rejected


class Course(NamedTuple):
    """What a run leaves: the gap at every budget, and what crossed the link."""

    gaps: np.ndarray
    steps: int
    bits: int
    inputs: np.ndarray
    seeds: list
    nbits: list
    data: list
    vectors: np.ndarray


def run(task, send, cost, seed, repeat=0, feedback=False, end=math.inf):
    """Projected stochastic gradient descent from 0, with steps that adapt to what is received.

    x(t+1) = proj(x(t) - eta(t) q(t)), where q(t) is the decoded message and eta(t) = |x*| / sqrt(2 (|q(1)|^2 + ... + |q(t)|^2)),
    so nobody has a step size to tune. The gap is that of the average of the iterates with weights 1, 2, 3, ...

    Parameters
    ----------
    task : Task
    send : callable
        ``send(x, private)`` returns (vector, nbits, bytes) for a gradient and the encoder's seed.
    cost : callable
        ``cost(nbits)``: what a message costs.
    seed, repeat : int
        Of the oracle's noise, the same for all contestants, and of the encoder's private randomness.
    feedback : bool
        Error feedback, for contestants that are not unbiased: what a message lost is added to the next gradient.
    end : float
        When it must be over, by ``time.monotonic()``.

    Returns
    -------
    Course

    Examples
    --------
    >>> from dqlab.coursework import challenge
    >>> task = challenge.tasks()[3]
    >>> course = challenge.run(task, lambda x, private: (x, 32 * x.size, b""), lambda nbits: nbits, seed=1)
    >>> course.steps, bool(course.gaps[-1] < 0.1 * course.gaps[0])
    (16, True)
    """
    seed, repeat = _checks.integer(seed, "seed", 0), _checks.integer(repeat, "repeat", 0)
    noise = stream(seed, "challenge", task.name, "noise", repeat)
    private = stream(seed, "challenge", task.name, "private", repeat)
    room = task.bound * FEEDBACK_ROOM if feedback else task.bound
    x, lost, average = np.zeros(task.dim), np.zeros(task.dim), np.zeros(task.dim)
    budgets = [task.dim * budget for budget in BUDGETS]
    gaps, kept, spent, power, t = [], [], 0, 0.0, 0
    while len(gaps) < len(budgets):
        if t == MOST_STEPS:
            gaps += [gap(task, average)] * (len(budgets) - len(gaps))
            break
        gradient = within(answer(task, x, noise) + lost, room)
        seed_of_call = key(private)
        vector, nbits, data = send(gradient, seed_of_call)
        while len(gaps) < len(budgets) and spent + cost(nbits) > budgets[len(gaps)]:
            gaps.append(gap(task, average))
        if len(gaps) == len(budgets):
            break
        spent, t = spent + cost(nbits), t + 1
        kept.append((gradient, seed_of_call, nbits, data, vector))
        if feedback:
            lost = gradient - vector
        power += float(vector @ vector)
        if power > 0:
            x = within(x - DISTANCE / np.sqrt(2 * power) * vector, RADIUS)
        average += 2 / (t + 1) * (x - average)
        if time.monotonic() > end:
            raise Rejected("too slow", f"all runs together took more than {WHOLE_SCORE:.0f} s")
    return Course(_gaps(task, gaps), t, spent, *_columns(kept, task.dim))


def within(vector, radius):
    """The nearest vector that is not longer than `radius`.

    Examples
    --------
    >>> import numpy as np
    >>> from dqlab.coursework.challenge import runs
    >>> runs.within(np.array([3.0, 4.0]), 1.0)
    array([0.6, 0.8])
    """
    length = np.linalg.norm(vector)
    return vector if length <= radius else vector * (radius / length)


def _gaps(task, gaps):
    return np.maximum(gaps, CLOSEST * gap(task, np.zeros(task.dim)))


def _columns(kept, dim):
    inputs, seeds, nbits, data, vectors = map(list, zip(*kept)) if kept else ([], [], [], [], [])
    return np.reshape(inputs, (-1, dim)), seeds, nbits, data, np.reshape(vectors, (-1, dim))


def over_link(link, task, seed, repeat=0, end=math.inf):
    """A contestant's run, every message through its two processes.

    Parameters
    ----------
    link : Link
    task : Task
    seed, repeat : int
    end : float
        As for ``run``.

    Returns
    -------
    Course

    Examples
    --------
    >>> from dqlab.coursework import challenge
    >>> from dqlab.coursework.challenge import baselines, link, processes, sources
    >>> with link.Link(sources.of_class(baselines.Floats), processes.fork) as both:
    ...     challenge.over_link(both, challenge.tasks()[3], seed=1).steps
    16
    """
    bound = task.bound * (1.0 if link.unbiased else FEEDBACK_ROOM)

    def send(gradient, private):
        sent, vectors = link.send(task.dim, bound, gradient[None], [private])
        return vectors[0], sent.nbits[0], sent.data[0]

    def cost(nbits):
        return link.cost(task.dim, bound, nbits)

    return run(task, send, cost, seed, repeat, not link.unbiased, end)
