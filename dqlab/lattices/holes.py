"""Deep holes by search: the points farthest from a lattice, which its covering radius is about."""

import numpy as np

from .. import _checks
from ..streams import stream
from .verbs import nearest


def search_deep_hole(lattice, starts=256, rounds=300, seed=0):
    """A point as far from the lattice as hill climbing gets, and how far that is.

    From random starts, all at once, every point tries a step straight away from its nearest lattice point and a step in a random
    direction, of lengths that shrink, and keeps what takes it farther away. The result is the distance of a real point, so that it
    never exceeds the covering radius.

    Parameters
    ----------
    lattice : a lattice
    starts : int
        How many points climb.
    rounds : int
        How often they try.
    seed : int
        Seed of the starts and directions.

    Returns
    -------
    (hole, distance) : (array of shape (dim,), float)

    Examples
    --------
    >>> import dqlab as dq
    >>> hole, distance = dq.lattices.search_deep_hole(dq.lattices.named("A2"))
    >>> round(distance / dq.lattices.named("A2").covering_radius, 3)
    1.0
    """
    starts, rounds = _checks.integer(starts, "starts", 1), _checks.integer(rounds, "rounds", 1)
    rng = stream(seed, "deep holes", lattice.name)
    y = rng.random((starts, lattice.dim)) @ lattice.basis
    away = y - nearest(lattice, y)
    for step in lattice.covering_radius * np.geomspace(0.5, 1e-4, rounds):
        for direction in (away, rng.standard_normal(y.shape)):
            there = y + step * direction / (np.linalg.norm(direction, axis=1, keepdims=True) + 1e-300)
            away_there = there - nearest(lattice, there)
            better = np.linalg.norm(away_there, axis=1) > np.linalg.norm(away, axis=1)
            y[better], away[better] = there[better], away_there[better]
    best = int(np.linalg.norm(away, axis=1).argmax())
    return away[best], float(np.linalg.norm(away[best]))
