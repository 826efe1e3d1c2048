"""What the tests of unbiased quantizers share: draws, hard directions, and how far a mean may lie from its expectation.

A mean of N bounded draws is held against its exact value by Bernstein's inequality, which is a z-test that is right for every N and
every law: right quantizers fail any of all these comparisons together with probability at most FAMILY.
"""

import math

import numpy as np

from dqlab import quantizers as dqq
from dqlab.streams import stream

FAMILY = 1e-6  # the probability that any statistical test here fails by chance
COMPARISONS = 10_000  # how many means they compare, at most
N, D = 20_000, 16


def bernstein(variance, largest, count, comparisons=COMPARISONS):
    """How far the mean of `count` draws may lie from its expectation, if no draw lies further from it than `largest`."""
    log = math.log(2 * comparisons / FAMILY)
    return largest * log / (3 * count) + np.sqrt((largest * log / (3 * count)) ** 2 + 2 * variance * log / count)


def draws(q, u, count, *name):
    """`count` outputs for one input, each with draws and a shared key of its own, through the kernels alone."""
    rng, kernel = stream(0, "draws", *name), dqq.quantize.kernel(q)
    return np.array([kernel(q, u, u.dtype.type(1), rng, shared) for shared in range(count)])


def shapes():
    """Directions that unbiased quantizers find hard."""
    rng = stream(0, "shapes")
    signs = rng.choice([-1.0, 1.0], D)
    two_level = signs * np.where(np.arange(D) % 5 == 0, 1.0, 0.01)
    sparse = signs * np.isin(np.arange(D), [3, 4, 13])
    return {
        "e_1": np.eye(D)[0],
        "flat": signs,
        "sparse": sparse,
        "two-level": two_level,
        "heavy-tailed": rng.standard_t(1.1, D),
    }
