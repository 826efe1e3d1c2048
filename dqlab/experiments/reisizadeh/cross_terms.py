"""The proof of Theorem 2, all outcomes enumerated: messages and later gradients are not independent, since the models between them heard
the messages."""

import itertools
from typing import NamedTuple

import numpy as np

from ... import _checks


class CrossTerms(NamedTuple):
    """Exact expectations after T steps.

    Parameters
    ----------
    consensus : float
        E|X_T (I - J)|_F**2 = n M_T.
    T2, T3 : float
        As in the paper, of exact gradients; so T_4 = 0 and T_5 = T_2.
    cross : float
        E of the inner product of the two sums that T_3 and T_2 are the squares of.
    alpha, epsilon : float

    Examples
    --------
    >>> from dqlab.experiments.reisizadeh import CrossTerms
    >>> CrossTerms(0.5, T2=1.0, T3=1.0, cross=-0.25, alpha=0.5, epsilon=0.5).claimed
    0.3125
    """

    consensus: float
    T2: float
    T3: float
    cross: float
    alpha: float
    epsilon: float

    @property
    def claimed(self):
        """What the consensus error would be without cross terms: epsilon**2 T_3 + alpha**2 epsilon**2 T_2."""
        return self.epsilon**2 * (self.T3 + self.alpha**2 * self.T2)

    @property
    def repaired(self):
        """The bound with them: twice that."""
        return 2 * self.claimed


def enumerate_cross_terms(W, slope, *, steps, alpha, epsilon, bound=1.0):
    """Every path of QuanTimed-DSGD in one dimension with exact gradients and one-bit messages, with its probability.

    Node i sends bound or -bound, so that the mean is x_i: `CoordinateUniform(bound, 2, 1)`. All start at 0.

    Parameters
    ----------
    W : array, shape (n, n)
        A mixing matrix.
    slope : callable
        (f_1'(x_1), ..., f_n'(x_n)) from (x_1, ..., x_n).
    steps : int
        T; there are 2**(n T) paths.
    alpha, epsilon, bound : float

    Returns
    -------
    CrossTerms

    Raises
    ------
    ValueError
        For more than 2**16 paths, and for models that leave [-bound, bound].

    Examples
    --------
    Two nodes on the top of a hill, f_1 = f_2 = -x**2 / 2 near 0: the consensus error is more than the sum without cross terms.

    >>> from dqlab.experiments import reisizadeh
    >>> found = reisizadeh.enumerate_cross_terms([[0.5, 0.5], [0.5, 0.5]], lambda x: -x, steps=2, alpha=0.5, epsilon=0.5)
    >>> found.consensus, found.claimed, found.cross
    (0.09375, 0.078125, -0.0625)
    """
    W, steps, bound = _checks.matrix(W, "W"), _checks.integer(steps, "steps", 1), _checks.positive(bound, "bound")
    alpha, epsilon, n = _checks.positive(alpha, "alpha"), _checks.positive(epsilon, "epsilon"), len(W)
    if n * steps > 16:
        raise ValueError(f"steps: expected at most 2**16 paths, got 2**{n * steps}; take steps <= {16 // n}")
    outcomes = np.array(list(itertools.product((-1.0, 1.0), repeat=n)))
    W_eps, heard = (1 - epsilon) * np.eye(n) + epsilon * W, W - np.diag(np.diag(W))
    zero = np.zeros(n)
    paths = [(1.0, zero, zero, zero)]
    for _ in range(steps):
        paths = [
            (chance * share, *_step(x, quantized, exact, bound * signs, slope(x), W_eps, heard, alpha, epsilon))
            for chance, x, quantized, exact in paths
            for signs, share in zip(outcomes, _chances(x, outcomes, bound), strict=True)
            if share > 0
        ]
    chances, X, quantized, exact = (np.array(column) for column in zip(*paths, strict=True))
    off = X - X.mean(axis=1, keepdims=True)
    squares = [float(chances @ (a * b).sum(axis=1)) for a, b in ((off, off), (exact, exact), (quantized, quantized))]
    return CrossTerms(*squares, float(chances @ (quantized * exact).sum(axis=1)), alpha, epsilon)


def _chances(x, outcomes, bound):
    """The probability of every outcome."""
    if abs(x).max() > bound:
        raise ValueError(f"bound: a model reached {abs(x).max():.6g}; expected a bound that none leaves, got {bound}")
    return ((1 + outcomes * x / bound) / 2).prod(axis=1)


def _step(x, quantized, exact, z, g, W_eps, heard, alpha, epsilon):
    """(34), and the two sums over the past."""
    new = heard @ (z - x)
    after = W_eps @ x + epsilon * new - alpha * epsilon * g
    return after, W_eps @ quantized + new - new.mean(), W_eps @ exact + g - g.mean()
