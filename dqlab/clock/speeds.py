"""How many gradients a node computes in a second: laws of V in Algorithm 1 of Reisizadeh et al., their moments in closed form."""

import math
from typing import NamedTuple

import numpy as np

from .. import _checks


class _Uniform(NamedTuple):
    low: float
    high: float


class UniformSpeeds(_Uniform):
    """V uniform on [low, high], drawn anew for every node and round: [10, 90] in the authors' experiments.

    Parameters
    ----------
    low, high : float
        Gradients per second, 0 <= low <= high, high > 0. With low = 0 the mean time of a gradient is infinite.

    Examples
    --------
    >>> import dqlab as dq
    >>> speeds = dq.clock.UniformSpeeds(10, 90)
    >>> speeds.mean, round(speeds.inverse_mean, 6), round(speeds.slowest(50), 6)
    (50.0, 0.027465, 0.087727)
    """

    __slots__ = ()

    def __new__(cls, low, high):
        low, high = _checks.positive(low, "low", zero=True), _checks.positive(high, "high")
        if low > high:
            raise ValueError(f"high: expected at least low = {low}, got {high}")
        return super().__new__(cls, low, high)

    @property
    def mean(self):
        """E V."""
        return (self.low + self.high) / 2

    @property
    def inverse_mean(self):
        """E[1/V] = log(high / low) / (high - low)."""
        if self.low in (0, self.high):
            return 1 / self.high if self.low else math.inf
        return math.log(self.high / self.low) / (self.high - self.low)

    @property
    def least(self):
        """v_min, the least speed."""
        return self.low

    def draw(self, rounds, nodes, rng):
        """Speeds V, shape (rounds, nodes)."""
        shape = _shape(rounds, nodes, rng)
        return rng.uniform(self.low, self.high, shape)

    def slowest(self, nodes):
        """E max_i 1/V_i over n nodes: the integral of n (1 - u)^(n-1) / (low + u (high - low)) over u in [0, 1]."""
        nodes = _checks.integer(nodes, "nodes", 1)
        if self.low == 0:
            return math.inf
        # With (1 - u)^n = exp(-t) and t = exp(y) the integrand decays on both sides: the sum over a grid is exact to 13 digits.
        y, step = np.linspace(-60, 5, 1501, retstep=True)
        t = np.exp(y)
        return float(step * (t * np.exp(-t) / (self.low - (self.high - self.low) * np.expm1(-t / nodes))).sum())

    def counts(self, seconds):
        """(sizes, probabilities): the law of floor(V seconds)."""
        if self.low == self.high:
            return _law(whole(np.array([self.low * seconds])))
        first, last = whole(np.array([self.low, self.high]) * seconds)
        sizes = np.arange(first, last + 1)
        edges = np.clip(np.append(sizes, sizes[-1] + 1) / seconds, self.low, self.high)
        return sizes, np.diff(edges) / (self.high - self.low)


class _Exponential(NamedTuple):
    least: float
    mean: float


class ExponentialSpeeds(_Exponential):
    """V = least + an exponential variable, drawn anew for every node and round.

    Parameters
    ----------
    least : float
        v_min >= 0, gradients per second. With 0 the mean time of a gradient is infinite.
    mean : float
        E V > least.

    Examples
    --------
    >>> import dqlab as dq
    >>> speeds = dq.clock.ExponentialSpeeds(least=10, mean=50)
    >>> round(speeds.inverse_mean, 6), round(speeds.slowest(50), 6)
    (0.033522, 0.093044)
    """

    __slots__ = ()

    def __new__(cls, least, mean):
        least, mean = _checks.positive(least, "least", zero=True), _checks.positive(mean, "mean")
        if mean <= least:
            raise ValueError(f"mean: expected more than least = {least}, got {mean}")
        return super().__new__(cls, least, mean)

    @property
    def inverse_mean(self):
        """E[1/V] = e^a E_1(a) / s, where s = mean - least and a = least / s."""
        return self.slowest(1)

    def draw(self, rounds, nodes, rng):
        """Speeds V, shape (rounds, nodes)."""
        shape = _shape(rounds, nodes, rng)
        return self.least + rng.exponential(self.mean - self.least, shape)

    def slowest(self, nodes):
        """E max_i 1/V_i over n nodes: the slowest is least + an exponential variable of mean (mean - least) / n."""
        from scipy.special import hyperu

        rate = _checks.integer(nodes, "nodes", 1) / (self.mean - self.least)
        return rate * float(hyperu(1, 1, rate * self.least)) if self.least > 0 else math.inf

    def counts(self, seconds):
        """(sizes, probabilities): the law of floor(V seconds), up to a tail of 1e-17."""
        scale = (self.mean - self.least) * seconds
        first = int(whole(self.least * seconds))
        sizes = np.arange(first, first + math.ceil(40 * scale) + 2)
        above = np.exp(-np.maximum(np.append(sizes, sizes[-1] + 1) - self.least * seconds, 0) / scale)
        return sizes, -np.diff(above)


class _TwoClass(NamedTuple):
    fast: float
    slow: float
    share: float
    fixed: bool


class TwoClassSpeeds(_TwoClass):
    """Nodes run at one of two speeds: stragglers.

    Parameters
    ----------
    fast, slow : float
        Gradients per second, 0 < slow <= fast.
    share : float
        How often a node is slow, in [0, 1].
    fixed : bool
        False: every node is slow in every round with probability `share`. True: the same nodes always are, namely the first
        round(share * nodes); moments then speak of a node taken at random, where share * nodes is whole.

    Examples
    --------
    >>> import dqlab as dq
    >>> speeds = dq.clock.TwoClassSpeeds(fast=50, slow=10, share=0.25)
    >>> speeds.mean, speeds.inverse_mean, round(speeds.slowest(4), 6)
    (40.0, 0.04, 0.074688)
    >>> dq.clock.TwoClassSpeeds(50, 10, 0.25, fixed=True).draw(2, 4, dq.stream(0, "speeds")).tolist()
    [[10.0, 50.0, 50.0, 50.0], [10.0, 50.0, 50.0, 50.0]]
    """

    __slots__ = ()

    def __new__(cls, fast, slow, share, fixed=False):
        fast, slow = _checks.positive(fast, "fast"), _checks.positive(slow, "slow")
        share = _checks.positive(share, "share", zero=True)
        if slow > fast:
            raise ValueError(f"slow: expected at most fast = {fast}, got {slow}")
        if share > 1:
            raise ValueError(f"share: expected a number in [0, 1], got {share}")
        if not isinstance(fixed, (bool, np.bool_)):
            raise TypeError(f"fixed: expected True or False, got {fixed!r}")
        return super().__new__(cls, fast, slow, share, bool(fixed))

    @property
    def mean(self):
        """E V."""
        return (1 - self.share) * self.fast + self.share * self.slow

    @property
    def inverse_mean(self):
        """E[1/V]."""
        return (1 - self.share) / self.fast + self.share / self.slow

    @property
    def least(self):
        """v_min, the least speed that occurs."""
        return self.slow if self.share > 0 else self.fast

    def draw(self, rounds, nodes, rng):
        """Speeds V, shape (rounds, nodes)."""
        shape = _shape(rounds, nodes, rng)
        late = np.arange(nodes) < round(self.share * nodes) if self.fixed else rng.random(shape) < self.share
        return np.where(late, self.slow, self.fast) * np.ones(shape)

    def slowest(self, nodes):
        """E max_i 1/V_i over n nodes: 1 / slow if one of them is slow."""
        nodes = _checks.integer(nodes, "nodes", 1)
        all_fast = float(round(self.share * nodes) == 0) if self.fixed else (1 - self.share) ** nodes
        return all_fast / self.fast + (1 - all_fast) / self.slow

    def counts(self, seconds):
        """(sizes, probabilities): the law of floor(V seconds)."""
        sizes = whole(np.array([self.slow, self.fast]) * seconds)
        return _law(sizes, np.array([self.share, 1 - self.share]))


class _Recorded(NamedTuple):
    trace: np.ndarray
    replay: bool


class RecordedSpeeds(_Recorded):
    """Speeds that were measured: a row a round, a column a node.

    Rows are used whole, so nodes that were slow together stay slow together.

    Parameters
    ----------
    trace : array, shape (rounds, nodes)
        Gradients per second, all > 0.
    replay : bool
        True: the rows in their order, from the first again after the last. False: rows drawn at random, with replacement.

    Examples
    --------
    >>> import dqlab as dq
    >>> speeds = dq.clock.RecordedSpeeds([[10.0, 20.0], [40.0, 50.0]])
    >>> speeds.draw(3, 2, dq.stream(0, "speeds")).tolist(), speeds.mean, round(speeds.slowest(2), 4)
    ([[10.0, 20.0], [40.0, 50.0], [10.0, 20.0]], 30.0, 0.0625)
    """

    __slots__ = ()

    def __new__(cls, trace, replay=True):
        trace = _checks.matrix(trace, "trace")
        if (trace <= 0).any():
            raise ValueError(
                f"trace: expected speeds > 0, got {trace.min()}; a node that stood still has no time of a gradient"
            )
        if not isinstance(replay, (bool, np.bool_)):
            raise TypeError(f"replay: expected True or False, got {replay!r}")
        return super().__new__(cls, trace, bool(replay))

    @property
    def mean(self):
        """E V, over all that was recorded."""
        return float(self.trace.mean())

    @property
    def inverse_mean(self):
        """E[1/V], over all that was recorded."""
        return float((1 / self.trace).mean())

    @property
    def least(self):
        """v_min, the least speed recorded."""
        return float(self.trace.min())

    def draw(self, rounds, nodes, rng):
        """Speeds V, shape (rounds, nodes); nodes as many as there are columns."""
        rounds, nodes = _shape(rounds, nodes, rng)
        self._check(nodes)
        kept = len(self.trace)
        return self.trace[np.arange(rounds) % kept if self.replay else rng.integers(kept, size=rounds)]

    def slowest(self, nodes):
        """E max_i 1/V_i, over the rows recorded; nodes as many as there are columns."""
        self._check(_checks.integer(nodes, "nodes", 1))
        return float((1 / self.trace.min(axis=1)).mean())

    def counts(self, seconds):
        """(sizes, probabilities): the law of floor(V seconds)."""
        return _law(whole(self.trace.ravel() * seconds))

    def _check(self, nodes):
        if nodes != self.trace.shape[1]:
            raise ValueError(f"nodes: expected {self.trace.shape[1]}, the columns of the trace, got {nodes}")


def whole(amount):
    """floor, but for what rounding has taken from a whole number: 0.29 seconds at 100 gradients a second are 29."""
    return np.floor(amount * (1 + 1e-12)).astype(np.int64)


def _law(sizes, weights=None):
    """(sizes, probabilities) of an observation with such weights, equal ones unless given."""
    weights = np.full(sizes.size, 1 / sizes.size) if weights is None else weights
    found, where = np.unique(sizes, return_inverse=True)
    return found, np.bincount(where.ravel(), weights)


def _shape(rounds, nodes, rng):
    _checks.generator(rng, "rng")
    return _checks.integer(rounds, "rounds", 0), _checks.integer(nodes, "nodes", 1)
