"""How long a node computes in a round: until a deadline, or until its batch is done."""

from typing import NamedTuple

import numpy as np

from .. import _checks
from .speeds import whole


class _Rounds:
    """What both share: moments of the batch, from its law."""

    __slots__ = ()

    def expected_batch(self, speeds):
        """E|S|."""
        sizes, chances = self.law(speeds)
        return float(sizes @ chances)

    def inverse_batch(self, speeds):
        """E[1/|S|; |S| > 0]: the variance of a node's gradient is that of a sample times this; empty batches count 0."""
        sizes, chances = self.law(speeds)
        some = sizes > 0
        return float((chances[some] / sizes[some]).sum())

    def empty(self, speeds):
        """P(|S| = 0): how often a node has no gradient at all."""
        sizes, chances = self.law(speeds)
        return float(chances[sizes == 0].sum())


class _Deadline(NamedTuple):
    seconds: float


class Deadline(_Rounds, _Deadline):
    """All nodes compute for T_d seconds; a node of speed V then has a batch of floor(V T_d), QuanTimed-DSGD's rule.

    A gradient that is not finished counts for nothing. Below T_d = 1 / v_min a batch may be empty: see ``empty(speeds)``.

    Parameters
    ----------
    seconds : float
        T_d > 0.

    Examples
    --------
    >>> import dqlab as dq
    >>> work, speeds = dq.clock.Deadline(0.4), dq.clock.UniformSpeeds(10, 90)
    >>> work.batches([[10.0, 52.4], [33.0, 89.0]]).tolist(), work.compute([[10.0, 52.4], [33.0, 89.0]]).tolist()
    ([[4, 20], [13, 35]], [0.4, 0.4])
    >>> work.expected_batch(speeds), round(work.inverse_batch(speeds), 4), work.empty(speeds)
    (19.5, 0.0723, 0.0)
    """

    __slots__ = ()

    def __new__(cls, seconds):
        return super().__new__(cls, _checks.positive(seconds, "seconds"))

    def batches(self, V):
        """floor(V T_d), integers of V's shape."""
        return whole(_speeds(V) * self.seconds)

    def compute(self, V):
        """Seconds that every round computes, shape (rounds,): T_d."""
        return np.full(_speeds(V).shape[:-1], self.seconds)

    def expected_compute(self, speeds, nodes):
        """The mean of ``compute`` over a law of speeds: T_d."""
        return self.seconds

    def law(self, speeds):
        """(sizes, probabilities) of a node's batch."""
        if not hasattr(speeds, "counts"):
            raise TypeError(
                f"speeds: expected computing speeds such as dqlab.clock.UniformSpeeds(10, 90), got {speeds!r}"
            )
        return speeds.counts(self.seconds)


class _FixedBatch(NamedTuple):
    size: int


class FixedBatch(_Rounds, _FixedBatch):
    """Every node computes b gradients, and all wait for the slowest: DSGD's rule, and Q-DSGD's.

    Parameters
    ----------
    size : int
        b >= 1.

    Examples
    --------
    >>> import dqlab as dq
    >>> work, speeds = dq.clock.FixedBatch(20), dq.clock.UniformSpeeds(10, 90)
    >>> work.batches([[10.0, 50.0]]).tolist(), work.compute([[10.0, 50.0]]).tolist()
    ([[20, 20]], [2.0])
    >>> round(work.expected_compute(speeds, nodes=50), 3)
    1.755
    """

    __slots__ = ()

    def __new__(cls, size):
        return super().__new__(cls, _checks.integer(size, "size", 1))

    def batches(self, V):
        """b, integers of V's shape."""
        return np.full(_speeds(V).shape, self.size, np.int64)

    def compute(self, V):
        """Seconds that every round computes, shape (rounds,): max_i b / V_i."""
        return self.size / _speeds(V).min(axis=-1)

    def expected_compute(self, speeds, nodes):
        """The mean of ``compute`` over a law of speeds: b E max_i 1/V_i."""
        return self.size * speeds.slowest(nodes)

    def law(self, speeds):
        """(sizes, probabilities) of a node's batch: b for certain."""
        return np.array([self.size]), np.array([1.0])


def _speeds(V):
    """V as an array of positive speeds, the nodes along its last axis."""
    V = np.asarray(V, np.float64)
    if V.ndim == 0 or V.shape[-1] == 0 or not np.isfinite(V).all() or not (V > 0).all():
        raise ValueError(f"V: expected finite speeds > 0, shape (rounds, nodes), got {V if V.size < 9 else V.shape}")
    return V
