"""Counting, ranking and unranking the points of a lattice that cost at most so much, in whole Python numbers.

A lattice is a union of cosets. A point's coordinates, as whole numbers ("digits"), are congruent to its coset's residues, and
their sum is prescribed. In how many ways a point can be finished then depends on the digits left, on what their sum must be
and on what they may cost: one table a coset counts the points, ranks them, and finds a point by its rank (Cover, 1973).
"""

import math
from bisect import bisect_right
from typing import NamedTuple

import numpy as np

from ..bits import DecodeError

MOST_WORK = 6e7  # additions of large integers: a few seconds


class Coset(NamedTuple):
    """Points whose digits have these residues and this sum; `spare` is what they cost less than their digits do."""

    residues: tuple
    target: int
    spare: int = 0


class Shells:
    """The points of a lattice by their cost.

    Parameters
    ----------
    cosets : list of Coset
    modulus : int
        Of the residues.
    sums : int
        Of the sum of the digits; 0 where the sum itself is prescribed.
    unit : int
        What a point at distance 1 costs.
    weight : int
        A point costs weight * (what its digits cost) - spare.
    cells : bool
        Whether the cost is the squared distance of a point's cell from 0, not that of the point.

    Examples
    --------
    >>> import dqlab as dq
    >>> dq.lattices.named("D4").shells.costs(6)
    {0: 1, 2: 24, 4: 24, 6: 96}
    """

    def __init__(self, cosets, modulus=1, sums=0, unit=1, weight=1, cells=False):
        self.cosets, self.modulus, self.sums = cosets, modulus, sums
        self.unit, self.weight, self.cells = unit, weight, cells
        self._places = {(coset.residues, coset.target): i for i, coset in enumerate(cosets)}
        self._tables, self._starts = {}, {}

    def cost(self, digit):
        """What one digit costs."""
        if self.cells:
            return (2 * abs(digit) - 1) ** 2 if digit else 0
        return digit * digit

    def state(self, total):
        """What there is to know of a sum of digits."""
        return total % self.sums if self.sums else total

    def table(self, coset, most):
        """The table of a coset (the same one for any order of its residues)."""
        key = tuple(sorted(coset.residues)), (most + coset.spare) // self.weight
        if key not in self._tables:
            self._tables[key] = _Table(self, *key)
        return self._tables[key]

    def costs(self, most):
        """{cost: how many points have it}, for costs up to `most`, in increasing order."""
        found, kinds = {}, {}
        for coset in self.cosets:
            kind = Coset(tuple(sorted(coset.residues)), coset.target, coset.spare)
            kinds[kind] = kinds.get(kind, 0) + 1
        for kind, times in kinds.items():
            for cost, ways in self.table(kind, most).exactly(kind.target):
                cost = self.weight * cost - kind.spare
                found[cost] = found.get(cost, 0) + times * ways
        return dict(sorted(found.items()))

    def starts(self, most):
        """The rank at which every coset begins, and at the end the number of all points that cost at most `most`."""
        if most not in self._starts:
            starts = [0]
            for coset in self.cosets:
                table = self.table(coset, most)
                starts.append(starts[-1] + table.ways(len(coset.residues), coset.target, 0))
            self._starts[most] = starts
        return self._starts[most]

    def count(self, most):
        """How many points cost at most `most`."""
        return self.starts(most)[-1]

    def rank(self, most, digits):
        """The rank of a point among those that cost at most `most`; ValueError where it is none of them."""
        digits = [int(digit) for digit in digits]
        place = self._places.get((tuple(digit % self.modulus for digit in digits), self.state(sum(digits))))
        if place is None:
            raise ValueError("codes: no point of the lattice has these coordinates")
        coset = self.cosets[place]
        if self.weight * sum(map(self.cost, digits)) - coset.spare > most:
            raise ValueError("codes: the point lies too far from 0")
        table, rank, total, spent = self.table(coset, most), self.starts(most)[place], coset.target, 0
        for left, i in table.order(coset):
            for digit, above in table.choices[coset.residues[i]]:
                if digit == digits[i]:
                    break
                rank += table.ways(left, total - digit, spent + above)
            total, spent = total - digits[i], spent + above
        return rank

    def unrank(self, most, rank):
        """The digits of the point with a given rank; DecodeError where there is none."""
        starts = self.starts(most)
        if not 0 <= rank < starts[-1]:
            raise DecodeError(f"message: no point has rank {rank}, there are {starts[-1]}")
        place = bisect_right(starts, rank) - 1
        coset, rank = self.cosets[place], rank - starts[place]
        table, digits, total, spent = self.table(coset, most), [0] * len(coset.residues), coset.target, 0
        for left, i in table.order(coset):
            for digit, above in table.choices[coset.residues[i]]:
                ways = table.ways(left, total - digit, spent + above)
                if rank < ways:
                    break
                rank -= ways
            digits[i], total, spent = digit, total - digit, spent + above
        return digits


class _Table:
    """In how many ways the last digits of a point can be chosen. Costs are in steps above the least possible one."""

    def __init__(self, shells, residues, budget):
        costs = {r: self._costs(shells, r, budget) for r in set(residues)}
        low = {r: min(costs[r].values(), default=budget + 1) for r in costs}
        self.shells, self.least = shells, sum(low[r] for r in residues)
        self.step = math.gcd(*(cost - low[r] for r in costs for cost in costs[r].values())) or 1
        self.size = max(0, (budget - self.least) // self.step + 1)
        self.choices = {
            r: [(d, (c - low[r]) // self.step) for d, c in costs[r].items() if c - low[r] < self.size * self.step]
            for r in costs
        }
        self._check_work(residues)
        self.ends = [{shells.state(0): np.array([1] * self.size, object)}]
        for residue in reversed(residues):
            self.ends.append(self._longer(residue))

    @staticmethod
    def _costs(shells, residue, budget):
        """{digit: its cost} for the digits with this residue that are within the budget, in increasing order."""
        reach = math.isqrt(budget) + 1 if budget >= 0 else -1
        digits = (d for d in range(-reach, reach + 1) if (d - residue) % shells.modulus == 0)
        return {d: shells.cost(d) for d in digits if shells.cost(d) <= budget}

    def _check_work(self, residues):
        """Refuse a table that would take minutes."""
        widest = max(len(choices) for choices in self.choices.values())
        states = self.shells.sums or 2 * widest * math.isqrt(len(residues))
        if len(residues) * widest * states * self.size / 2 > MOST_WORK:
            raise ValueError(
                f"rate: too many shells to count in dimension {len(residues)}; "
                f"choose a lower rate, or shape='voronoi', which counts nothing"
            )

    def _longer(self, residue):
        """Cumulative counts with one digit more in front."""
        longer = {}
        for digit, above in self.choices[residue]:
            for state, ways in self.ends[-1].items():
                into = longer.setdefault(self.shells.state(state + digit), np.zeros(self.size, object))
                into[above:] += ways[: self.size - above]
        return longer

    def ways(self, left, total, spent):
        """How many choices of the last `left` digits have a given sum, where `spent` steps are spent before them."""
        ways = self.ends[left].get(self.shells.state(total))
        return ways[self.size - 1 - spent] if ways is not None and spent < self.size else 0

    def exactly(self, target):
        """(cost of the digits, in how many ways) for whole points."""
        within = self.ends[-1].get(self.shells.state(target), ())
        ways = np.diff(within, prepend=0) if len(within) else ()
        return [(self.least + i * self.step, count) for i, count in enumerate(ways) if count]

    def order(self, coset):
        """(how many digits are left after it, its place) for every digit, in the order in which they are ranked."""
        places = sorted(range(len(coset.residues)), key=coset.residues.__getitem__)
        return zip(range(len(places) - 1, -1, -1), places)
