"""Gradients whose coordinates obey different laws: some are large now and then, some are always middling."""

from typing import NamedTuple

import numpy as np

from .. import _checks


class UnevenGradients(NamedTuple):
    """A law of gradients; ``uneven_gradients`` makes one.

    Coordinates are independent: |Y_i| = c_i U_i**a_i with U_i uniform on (0, 1), and a fair sign. So |Y_i| <= c_i always,
    and |Y_i| is c_i / (1 + a_i) on average.

    Parameters
    ----------
    largest : ndarray, shape (d,)
        c.
    powers : ndarray, shape (d,)
        a: the larger, the rarer are values close to c.
    """

    largest: np.ndarray
    powers: np.ndarray

    @property
    def dim(self):
        """d."""
        return self.largest.size

    @property
    def mean_magnitudes(self):
        """E|Y_i|, shape (d,)."""
        return self.largest / (1 + self.powers)

    def draw(self, rng, count):
        """`count` independent gradients, shape (count, d).

        Parameters
        ----------
        rng : numpy.random.Generator
        count : int

        Returns
        -------
        ndarray, shape (count, d)
        """
        shape = _checks.integer(count, "count", 0), self.dim
        signs = 2.0 * _checks.generator(rng, "rng").integers(0, 2, shape) - 1.0
        return signs * self.largest * rng.random(shape) ** self.powers


def uneven_gradients(rng, dim):
    """A random law of gradients with d coordinates: powers from 0.05 to 40 in random order, and a total of bounds of 1.

    Parameters
    ----------
    rng : numpy.random.Generator
        E.g. a student's stream.
    dim : int
        d >= 1.

    Returns
    -------
    UnevenGradients

    Examples
    --------
    >>> from dqlab import coursework
    >>> ada = coursework.student("ada", "2026")
    >>> law = coursework.uneven_gradients(ada.stream("law"), dim=4)
    >>> log = law.draw(ada.stream("log"), count=1000)
    >>> log.shape, bool((abs(log) <= law.largest).all()), round(float(law.largest.sum()), 9)
    ((1000, 4), True, 1.0)
    """
    rng, dim = _checks.generator(rng, "rng"), _checks.integer(dim, "dim", 1)
    powers = rng.permutation(np.geomspace(0.05, 40.0, dim))
    largest = rng.uniform(0.5, 1.5, dim) * (1 + powers) ** 0.75
    return UnevenGradients(largest / largest.sum(), powers)
