"""What every contestant must stand: edge inputs, the same again, the same elsewhere in another order, and its claim of being unbiased."""

import numpy as np

from ...streams import key
from . import bias
from .link import Link
from .rules import FEEDBACK_ROOM, Rejected

REPLAYED = 200
"""So many messages of a run are encoded and decoded again in new processes, in another order."""


def edge_inputs(dim, bound):
    """Inputs at the edges of what is allowed, by name.

    Examples
    --------
    >>> from dqlab.coursework.challenge import audits
    >>> list(audits.edge_inputs(3, 1.0))[:3]
    ['the zero vector', 'one coordinate at the bound', 'one coordinate at minus the bound']
    """
    last = np.zeros(dim)
    last[-1] = bound
    ramp = np.linspace(-1.0, 1.0, dim) if dim > 1 else np.ones(1)
    return {
        "the zero vector": np.zeros(dim),
        "one coordinate at the bound": last,
        "one coordinate at minus the bound": -last,
        "equal coordinates on the sphere |x| = bound": np.full(dim, bound / np.sqrt(dim)) * (1 - 1e-15),
        "a ramp on the sphere |x| = bound": ramp * (bound / np.linalg.norm(ramp)) * (1 - 1e-15),
        "subnormal numbers": np.full(dim, 5e-324),
        "numbers near 1e-300": ramp * 1e-300,
        "a negative zero": -np.zeros(dim),
    }


def edges(link, dims, bound, rng):
    """Every edge input at every dimension, each message encoded and decoded twice.

    Parameters
    ----------
    link : Link
    dims : iterable of int
    bound : float
    rng : numpy.random.Generator
        For the encoder's seeds.

    Raises
    ------
    Rejected
        With the name of the input.

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.coursework.challenge import audits, baselines, link, processes, sources
    >>> with link.Link(sources.of_class(baselines.Floats), processes.fork) as both:
    ...     audits.edges(both, [1, 5], 1.0, dq.stream(0, "edges"))
    """
    for dim in dims:
        for name, x in edge_inputs(dim, bound).items():
            try:
                seed = key(rng)
                sent, vectors = link.send(dim, bound, x[None], [seed, seed])
                again = link.decode(dim, bound, sent)
            except Rejected as rejected:
                raise Rejected(rejected.rule, f"{rejected.reason} (input: {name}, d = {dim})") from None
            if sent.nbits[0] != sent.nbits[1] or sent.data[0] != sent.data[1]:
                raise _other_message(f" (input: {name}, d = {dim})")
            if not np.array_equal(vectors, again) or not np.array_equal(vectors[0], vectors[1]):
                raise _other_vector(f" (input: {name}, d = {dim})")


def _other_message(where=""):
    return Rejected(
        "not a function",
        f"encode gave another message for the same x and the same rng: draw from rng alone, and keep nothing{where}",
    )


def _other_vector(where=""):
    return Rejected(
        "not a function",
        f"decode gave another vector for the same message: it may depend on the message alone, not on earlier ones, time or chance{where}",
    )


def replay(source, start, courses, unbiased, rng):
    """Messages of all runs once more, in new processes that saw nothing else, in another order.

    Parameters
    ----------
    source : Source
    start : callable
        How processes are started.
    courses : list of (Task, Course)
    unbiased : bool
    rng : numpy.random.Generator
        For the order.

    Raises
    ------
    Rejected
        If a message or a vector differs from the run's.

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.coursework import challenge
    >>> from dqlab.coursework.challenge import audits, baselines, link, processes, sources
    >>> source, task = sources.of_class(baselines.Floats), challenge.tasks()[3]
    >>> with link.Link(source, processes.fork) as both:
    ...     courses = [(task, challenge.over_link(both, task, seed=1))]
    >>> audits.replay(source, processes.fork, courses, True, dq.stream(0, "order"))
    """
    with Link(source, start) as link:
        for task, course in (courses[i] for i in rng.permutation(len(courses))):
            bound = task.bound * (1.0 if unbiased else FEEDBACK_ROOM)
            chosen = rng.permutation(course.steps)[:REPLAYED]
            if not chosen.size:
                continue
            sent = link.encode(task.dim, bound, course.inputs[chosen], [course.seeds[i] for i in chosen])
            if sent.nbits != [course.nbits[i] for i in chosen] or sent.data != [course.data[i] for i in chosen]:
                raise _other_message(f" (in a run on {task.name})")
            if not np.array_equal(link.decode(task.dim, bound, sent), course.vectors[chosen]):
                raise _other_vector(f" (in a run on {task.name})")


def bias_inputs(dim, bound, rng):
    """Inputs on which a claim of being unbiased is tested, by name.

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.coursework.challenge import audits
    >>> list(audits.bias_inputs(8, 1.0, dq.stream(0, "inputs")))
    ['zero', 'one coordinate', 'sparse', 'on the sphere', 'inside the ball', 'short', 'a few large coordinates']
    """
    gaussian, spiky = rng.standard_normal(dim), rng.standard_normal(dim) / np.arange(1, dim + 1) ** 2
    one, sparse = np.zeros(dim), np.zeros(dim)
    one[rng.integers(dim)] = 0.6 * bound
    few = rng.choice(dim, max(1, dim // 8), replace=False)
    sparse[few] = rng.standard_normal(few.size)

    def long(shape, part):
        return shape * (part * bound / np.linalg.norm(shape))

    return {
        "zero": np.zeros(dim),
        "one coordinate": one,
        "sparse": long(sparse, 0.8),
        "on the sphere": long(gaussian, 1 - 1e-12),
        "inside the ball": long(rng.permutation(gaussian), 0.5),
        "short": long(gaussian, 0.01),
        "a few large coordinates": long(rng.permutation(spiky), 0.9),
    }


def unbiasedness(link, dims, bound, rng, draws=bias.DRAWS):
    """The z-test of a claim, at several dimensions and inputs; nothing where nothing is claimed.

    Parameters
    ----------
    link : Link
    dims : iterable of int
    bound : float
    rng : numpy.random.Generator
        For the inputs and the encoder's seeds: secret, so that no input can be known before.
    draws : int
        Answers to each input in the first stage.

    Raises
    ------
    Rejected
        If the claim is false; a true one is rejected with a chance below 1e-6.

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.coursework.challenge import audits, baselines, link, processes, sources
    >>> with link.Link(sources.of_class(baselines.Floats), processes.fork) as both:
    ...     audits.unbiasedness(both, [5], 1.0, dq.stream(0, "bias"), draws=50)
    """
    if not link.unbiased:
        return
    for dim in dims:
        for name, x in bias_inputs(dim, bound, rng).items():
            suspect = bias.suspicion(name, x, bound, _draws(link, dim, bound, rng)(x, draws))
            if suspect is not None and bias.confirmed(suspect, bound, _draws(link, dim, bound, rng)):
                raise biased(f"on the input '{name}' in dimension {dim}")


def biased(where):
    """The rejection of a claim."""
    return Rejected(
        "biased",
        f"the class says unbiased = True, but {where} the mean of what is decoded is not x; "
        "say unbiased = False, or draw the rounding at random",
    )


def _draws(link, dim, bound, rng):
    def draw(x, count):
        return link.send(dim, bound, x[None], [key(rng) for _ in range(count)], seconds=60.0)[1]

    return draw


AGAIN, ANSWERS = 20, 1000


def along_runs(link, courses, rng):
    """The claim on the inputs of the runs themselves: are answers, on the whole, too short or too long?

    Under the claim the sum of <q(t) - x(t), x(t)> is a martingale. Where it is suspicious, inputs of the run are answered again.

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.coursework import challenge
    >>> from dqlab.coursework.challenge import audits, baselines, link, processes, sources
    >>> task = challenge.tasks()[3]
    >>> with link.Link(sources.of_class(baselines.Floats), processes.fork) as both:
    ...     audits.along_runs(both, [(task, challenge.over_link(both, task, seed=1))], dq.stream(0, "again"))
    """
    for task, course in courses if link.unbiased else ():
        parts = np.einsum("td,td->t", course.vectors - course.inputs, course.inputs) / task.bound**2
        size = np.sqrt((parts**2).sum())
        if np.abs(parts).max(initial=0.0) <= bias.EXACT or abs(parts.sum()) <= bias.SUSPICIOUS * size:
            continue
        draw, scores = _draws(link, task.dim, task.bound, rng), []
        for i in rng.permutation(course.steps)[:AGAIN]:
            x = course.inputs[i]
            scores.append(draw(x, ANSWERS) @ x / task.bound**2 - x @ x / task.bound**2)
        total, error = np.mean(scores), np.sqrt(np.var(scores, axis=1, ddof=1).sum() / ANSWERS) / len(scores)
        if total * np.sign(parts.sum()) > bias.CONVICTING * error:
            raise biased(f"along a run on '{task.name}'")
