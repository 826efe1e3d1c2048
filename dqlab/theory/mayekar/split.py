"""Below p = 2: Section 5, Lemmas 5.1 and 5.2, and the upper bound of Theorem 3.1, part 2.

q = p / (p - 1) from 2 to infinity. Lengths are those of messages, whole bits; errors are bounds on E|Q(y) - y|_q^2 over |y|_q <= B.
"""

import math
from typing import NamedTuple

from .._arguments import at_least, whole
from .tower import iterated_log


def delta_2(dim):
    """Theorem 3.1, part 2: Delta_2 = ceil(log2(1 + ln*(d / 3))), and at least 1, without which ln Delta_2 has no meaning for d <= 3.

    >>> [delta_2(d) for d in (2, 8, 45, 10**7, 10**8)]
    [1, 1, 2, 2, 3]
    """
    return max(1, iterated_log(whole(dim, "dim") / 3).bit_length())


def delta_1(dim, q):
    """Theorem 3.1, part 2: Delta_1 = ceil(log2(2 + sqrt(18 + 6 ln Delta_2) d**(1/2 - 1/q))).

    >>> delta_1(1024, q=math.inf), delta_1(1024, q=3)
    (8, 5)
    """
    return math.ceil(math.log2(2 + math.sqrt(18 + 6 * math.log(delta_2(dim))) * dim ** (0.5 - 1 / _order(q))))


class SplitParameters(NamedTuple):
    """What Section 5 prescribes for |y|_q <= 1: fewer than `entries` + 1 coordinates are past the threshold c.

    `levels` and `large_levels` are the k of CUQ and of RATQ, `reach` is the bound of RATQ, N the coordinates that it rotates.
    """

    entries: int
    threshold: float
    levels: int
    reach: float
    large_levels: int

    @property
    def places(self):
        """N, the least power of two that is not below `entries`; 0 where there is none."""
        return 1 << (self.entries - 1).bit_length() if self.entries else 0

    def bits(self, dim):
        """d ceil(log2(k + 1)), and with large coordinates d bits of a map, ceil(N / s) log2 h of ranges and N log2(k + 1) of levels."""
        small = dim * self.levels.bit_length()
        if not self.entries:
            return small
        of_range = iterated_log(self.places / 3).bit_length()
        blocks = -(-self.places // max(1, of_range))
        return small + dim + blocks * of_range + self.places * self.large_levels.bit_length()

    def small_error(self, dim, q):
        """Lemma 5.1: an error is at most 2c / (k - 1) in each coordinate, d**(2/q) 4 c^2 / (k - 1)^2."""
        return dim ** (2 / q) * (2 * self.threshold / (self.levels - 1)) ** 2

    def large_error(self):
        """Lemma 5.2: B'^2 (9 + 3 ln s) / (k - 1)^2; 0 where no coordinate can be large."""
        block = max(1, iterated_log(self.places / 3).bit_length())
        return self.reach**2 * (9 + 3 * math.log(block)) / (self.large_levels - 1) ** 2 if self.entries else 0.0


def split_parameters(dim, q):
    """(6), (7) and (8) for B = 1. For d <= Delta_1, and at q = infinity, c is 1, and no coordinate is past it.

    >>> parameters = split_parameters(1024, q=3)
    >>> parameters.entries, parameters.places, parameters.levels, parameters.large_levels
    (204, 256, 7, 31)
    """
    dim, q, of_range = whole(dim, "dim"), _order(q), delta_1(dim, q)
    entries = 0 if q == math.inf or dim <= of_range else -(-dim // of_range) - 1
    threshold = (of_range / dim) ** (1 / q) if entries else 1.0
    levels = 2 ** math.ceil(math.log2(2 * math.sqrt(2) * of_range ** (1 / q) + 2)) - 1
    return SplitParameters(entries, threshold, levels, dim ** (0.5 - 1 / q), 2**of_range - 1)


def split_parameters_sharp(dim, q):
    """The parameters with the fewest bits, c = (N + 1)**(-1/q), N = 0 or a power of two, for which each error is at most 1/2.

    Not in the paper: N is cut down to a power of two instead of filled up, and RATQ is told that its input has N coordinates.

    >>> parameters = split_parameters_sharp(1024, q=3)
    >>> parameters.entries, parameters.places, parameters.levels, parameters.large_levels
    (128, 128, 7, 15)
    """
    dim, q = whole(dim, "dim"), _order(q)
    tried, entries = [], 0
    while entries < dim:
        places = max(1, entries)
        block, reach = max(1, iterated_log(places / 3).bit_length()), places ** (0.5 - 1 / q)
        levels = 2 ** math.ceil(math.log2(2 * math.sqrt(2) * (dim / (entries + 1)) ** (1 / q) + 2)) - 1
        large_levels = 2 ** math.ceil(math.log2(2 + math.sqrt(18 + 6 * math.log(block)) * reach)) - 1
        tried.append(SplitParameters(entries, (entries + 1) ** (-1 / q), levels, reach, large_levels))
        entries = max(1, 2 * entries)
    return min(tried, key=lambda parameters: parameters.bits(dim))


def split_bits(dim, q, sharp=False):
    """The exact length of a message: `SplitParameters.bits`. At q = infinity 3d.

    >>> [split_bits(1024, q) / 1024 for q in (3, 1.9 / 0.9, math.inf)], split_bits(1024, 3, sharp=True) / 1024
    ([5.5, 6.0, 3.0], 4.625)
    """
    parameters = split_parameters_sharp(dim, q) if sharp else split_parameters(dim, q)
    return parameters.bits(int(dim))


def split_bits_bound(dim, q):
    """Theorem 3.1, part 2: d (ceil(log2(2 sqrt(2) Delta_1**(1/q) + 2)) + 3) + Delta_2 bits are enough.

    That holds for the quantizer as the paper describes it where d is a power of two; see Errata A17 for other d.

    >>> split_bits_bound(1024, q=3)
    6146
    """
    return dim * (split_parameters(dim, q).levels.bit_length() + 3) + delta_2(dim)


def split_alpha0(bound=1.0):
    """Theorem 3.1, part 2: alpha_0 <= sqrt(12) B, from 3 B^2 for each of Lemmas 5.1 and 5.2.

    >>> round(split_alpha0(2.0), 4)
    6.9282
    """
    return math.sqrt(12) * float(at_least(0, bound, "bound"))


def split_alpha0_sharp(dim, q, bound=1.0, sharp=False):
    """alpha_0 <= B (1 + sqrt(e_1 + e_2)) <= 2 B: errors e_1 and e_2, at most 1/2, lie in different coordinates, since 0 is a level.

    For q >= 2, |a + b|_q^2 <= |a|_q^2 + |b|_q^2 where the supports of a and b are disjoint. Not in the paper.

    >>> round(split_alpha0_sharp(1024, q=3), 3)
    1.67
    """
    parameters = split_parameters_sharp(dim, q) if sharp else split_parameters(dim, q)
    errors = parameters.small_error(dim, q) + parameters.large_error()
    return float(at_least(0, bound, "bound")) * (1 + math.sqrt(errors))


def _order(q):
    """`q` as a number from 2 to infinity."""
    if not q >= 2:
        raise ValueError(f"q: expected a number from 2 to infinity, got {q!r}")
    return float(q)
