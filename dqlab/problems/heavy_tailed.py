"""Mean-square bounded oracles: E|g|_q**2 <= B**2, Remark 1 of Mayekar and Tyagi, with answers of any length."""

import math
from typing import NamedTuple

import numpy as np

from .. import _checks
from .lp_ball import LpBall, checked_order
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


class _RareFields(NamedTuple):
    chance: float
    top: float
    usual: float
    p: float
    bound: float
    domain: LpBall
    minimum: float
    minimiser: np.ndarray


class RareOracle(Oracle, _RareFields):
    """Made by `rare_oracle`; beside what every oracle has: chance, and the two values that an answer can have, top and usual."""

    __slots__ = ()
    surely = False


def rare_oracle(chance, p=2.0, dim=1, D=1.0, B=1.0):
    """A linear function whose slope is decided by rare answers: who loses them goes the wrong way.

    f(x) = chance top x_1 / 2 on |x|_p <= D / 2. An answer is top e_1 with probability `chance`, and otherwise usual e_1 with
    usual = -chance top / (2 (1 - chance)), so that E[g] is the slope and E|g|_q**2 = B**2. Without the rare answers the mean is
    minus the slope: a quantizer that overflows at top, beta = chance top, ends an error of D beta / 2 above the minimum.

    Parameters
    ----------
    chance : float
        Between 0 and 1/2; top is about B / sqrt(chance).
    p : float
        From 1 to infinity.
    dim : int
        d.
    D, B : float
        The l_p diameter of the domain, and the root of E|g|_q**2.

    Returns
    -------
    RareOracle

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong kind or range.

    Examples
    --------
    >>> import dqlab as dq
    >>> oracle = dq.problems.rare_oracle(0.01, dim=3)
    >>> round(oracle.top, 3), round(oracle.usual, 3), round(oracle.minimum, 4), oracle.surely
    (9.987, -0.05, -0.025, False)
    """
    chance = _checks.positive(chance, "chance")
    if not chance < 0.5:
        raise ValueError(f"chance: expected a probability below 1/2, got {chance!r}")
    p, B = checked_order(p, "p"), _checks.positive(B, "B")
    domain = LpBall(p, _checks.positive(D, "D") / 2, dim)
    top = B / math.sqrt(chance + chance**2 / (4 * (1 - chance)))
    minimiser = np.zeros(domain.dim)
    minimiser[0] = -domain.radius
    minimum = -chance * top / 2 * domain.radius
    return RareOracle(chance, top, -chance * top / (2 * (1 - chance)), p, B, domain, minimum, minimiser)


@query.register(RareOracle)
def _query_rare(oracle, x, rng):
    g = np.zeros(x.size)
    g[0] = oracle.top if rng.random() < oracle.chance else oracle.usual
    return g


@value.register(RareOracle)
def _value_rare(oracle, x):
    return 0.5 * oracle.chance * oracle.top * x[0]


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
