"""Is it unbiased, as it says? A z-test on several inputs in two stages, so that an honest contestant is hardly ever accused."""

from typing import NamedTuple

import numpy as np

DRAWS, MORE_DRAWS, ENOUGH, CHUNK = 1000, 20000, 5000, 1000
SUSPICIOUS, CONVICTING, OBVIOUS = 5.0, 5.5, 12.0
"""Standard errors. Stage one asks all coordinates of all inputs, stage two one direction of one input again, on new draws:
by the normal law an honest contestant fails with a chance below 1e-7 in stage two alone. It ends
early, after 5000 draws, where the answer is obvious."""
EXACT = 1e-5
"""A deterministic map may be off by this part of the bound (rounding to 32 bits is)."""
UNSEEN = 2e-3
"""A coordinate that never varied may be off by sqrt(dim) times this part of the bound: its rare values were not drawn."""


class Suspicion(NamedTuple):
    """An input, a direction in which the answers seem off, and by how many standard errors."""

    name: str
    x: np.ndarray
    direction: np.ndarray
    score: float


def suspicion(name, x, bound, vectors):
    """The direction in which answers to the same input are furthest off, if any is suspicious.

    Parameters
    ----------
    name : str
        Of the input.
    x : ndarray, shape (d,)
    bound : float
        B.
    vectors : ndarray, shape (draws, d)
        Independent answers to x.

    Returns
    -------
    Suspicion or None

    Examples
    --------
    >>> import numpy as np
    >>> import dqlab as dq
    >>> from dqlab.coursework.challenge import bias
    >>> signs = dq.stream(0, "signs").choice([-1.0, 1.0], (1000, 3))
    >>> bias.suspicion("zero", np.zeros(3), 1.0, signs) is None, bias.suspicion("one", np.ones(3), 1.0, signs).score < -5
    (True, True)
    """
    directions = list(np.eye(x.size))
    if x.any():
        directions.append(x / np.linalg.norm(x))
    constant = not np.ptp(vectors, axis=0).any()
    found = [
        Suspicion(name, x, direction, off(vectors @ direction, x @ direction, bound, x.size, constant))
        for direction in directions
    ]
    worst = max(found, key=lambda s: abs(s.score))
    return worst if abs(worst.score) > SUSPICIOUS else None


def off(values, mean, bound, dim, constant=False):
    """By how many standard errors draws are off their mean, with a sign; infinite where they do not vary and are off.

    Examples
    --------
    >>> import numpy as np
    >>> from dqlab.coursework.challenge import bias
    >>> bias.off(np.array([1.0, -1.0, 1.0, -1.0]), 0.0, 1.0, dim=1), bias.off(np.zeros(9), 0.5, 1.0, 1, constant=True)
    (0.0, -inf)
    """
    difference = values.mean() - mean
    error = values.std(ddof=1) / np.sqrt(values.size)
    tolerated = (EXACT if constant or error > 0 else UNSEEN * np.sqrt(dim)) * bound
    if abs(difference) <= (tolerated if error == 0 else EXACT * bound):
        return 0.0
    return float(difference / error) if error > 0 else float(np.sign(difference) * np.inf)


def confirmed(suspect, bound, draw):
    """Whether new draws are off in the same direction.

    Parameters
    ----------
    suspect : Suspicion
    bound : float
    draw : callable
        ``draw(x, count)`` gives answers to x, shape (count, d).

    Returns
    -------
    bool

    Examples
    --------
    >>> import numpy as np
    >>> from dqlab.coursework.challenge import bias
    >>> suspect = bias.Suspicion("one", np.ones(2), np.array([1.0, 0.0]), -9.0)
    >>> bias.confirmed(suspect, 1.0, lambda x, count: np.zeros((count, 2)))
    True
    """
    values, vectors, mean = np.empty(0), [], suspect.x @ suspect.direction
    while values.size < MORE_DRAWS:
        vectors.append(draw(suspect.x, CHUNK))
        values = np.append(values, vectors[-1] @ suspect.direction)
        if values.size < ENOUGH:
            continue
        constant = not np.ptp(np.concatenate(vectors), axis=0).any()
        score = off(values, mean, bound, suspect.x.size, constant) * np.sign(suspect.score)
        if score > OBVIOUS:
            return True
    return bool(score > CONVICTING)
