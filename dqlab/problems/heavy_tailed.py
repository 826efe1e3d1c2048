"""Mean-square bounded oracles: E|g|_q**2 <= B**2, Remark 1 of Mayekar and Tyagi, with answers of any length."""

import math
from typing import NamedTuple

import numpy as np

from .. import _checks
from .lp_ball import LpBall
from .oracles import Oracle, query
from .verbs import value


class Gain(NamedTuple):
    """A random number G >= 0 with E G**2 = 1, independent of everything else.

    With probability `chance` it is `top`; otherwise normal |N| + power U**(-1 / index), N standard normal and U uniform on
    (0, 1). Made by ``half_normal()``, ``pareto(index)`` or ``rare(chance)``.

    Examples
    --------
    >>> from dqlab.problems import Gain
    >>> round(Gain.half_normal().mean, 6), round(Gain.pareto(3.0).mean, 6), Gain.rare(0.01).top
    (0.797885, 0.866025, 7.0710678118654755)
    """

    normal: float
    power: float
    index: float
    chance: float
    top: float
    mean: float

    @classmethod
    def half_normal(cls):
        """G = |N|."""
        return cls(1.0, 0.0, math.inf, 0.0, 0.0, math.sqrt(2 / math.pi))

    @classmethod
    def pareto(cls, index=2.05):
        """P(G > t) = (power / t)**index, index > 2: barely a second moment at 2.05."""
        index = _checks.positive(index, "index")
        if not index > 2:
            raise ValueError(f"index: expected a number above 2, or E G**2 is infinite, got {index!r}")
        power = math.sqrt((index - 2) / index)
        return cls(0.0, power, index, 0.0, 0.0, power * index / (index - 1))

    @classmethod
    def rare(cls, chance):
        """Half of E G**2 comes from a value that has probability `chance`: (2 chance)**-1/2, else (2 (1 - chance))**-1/2."""
        chance = _checks.positive(chance, "chance")
        if not chance < 1:
            raise ValueError(f"chance: expected a probability below 1, got {chance!r}")
        top, usual = (2 * chance) ** -0.5, (2 * (1 - chance)) ** -0.5
        return cls(0.0, usual, math.inf, chance, top, chance * top + (1 - chance) * usual)


class _Fields(NamedTuple):
    base: tuple
    gain: Gain
    p: float
    bound: float
    domain: LpBall
    minimum: float
    minimiser: np.ndarray


class HeavyTailed(Oracle, _Fields):
    """An oracle whose answers are those of an almost surely bounded one, times an independent gain G with E G**2 = 1.

    E[G g] = E[G] E[g], so the answers are subgradients of E[G] f, a function with the minimiser of f; and E|G g|_q**2 <= B**2.

    Parameters
    ----------
    base : an oracle
        Almost surely bounded.
    gain : Gain

    Examples
    --------
    >>> import dqlab as dq
    >>> base = dq.problems.AbsoluteRegression.planted(dq.stream(0, "oracle"), dim=4, p=2)
    >>> oracle = dq.problems.HeavyTailed(base, dq.problems.Gain.pareto(2.05))
    >>> oracle.surely, bool(oracle.minimum == oracle.gain.mean * base.minimum)
    (False, True)
    """

    __slots__ = ()
    surely = False

    def __new__(cls, base, gain):
        if not getattr(base, "surely", False):
            raise TypeError(f"base: expected an almost surely bounded oracle, got {type(base).__name__}")
        if not isinstance(gain, Gain):
            raise TypeError(f"gain: expected a dqlab.problems.Gain, got {gain!r}")
        minimum = gain.mean * base.minimum
        return super().__new__(cls, base, gain, base.p, base.bound, base.domain, minimum, base.minimiser)

    def __reduce__(self):
        return type(self)._make, (tuple(self),)


@query.register(HeavyTailed)
def _query(oracle, x, rng):
    gain = oracle.gain
    if rng.random() < gain.chance:
        size = gain.top
    else:
        size = gain.normal * abs(rng.standard_normal()) + gain.power * (1.0 - rng.random()) ** (-1.0 / gain.index)
    return size * query(oracle.base, x, rng)


@value.register(HeavyTailed)
def _value(oracle, x):
    return oracle.gain.mean * value(oracle.base, x)
