"""The hexacode and the Golay code, as Conway and Sloane arrange them: 24 bits in six columns of four.

A column of bits (b0, b1, b2, b3) stands for the element b1 + b2 w + b3 w' of the field of four, written 0, 1, w = 2, w' = 3 (so
that addition is exclusive or). The bits are a word of the Golay code if the six elements are a word of the hexacode and the six
columns and the top row all have the same parity. Bit 4 j + r is row r of column j.
"""

import itertools
from functools import cache

import numpy as np


def times(a, b):
    """The product in the field of four elements.

    Examples
    --------
    >>> from dqlab.lattices.golay import times
    >>> times(2, 2), times(2, 3)
    (3, 1)
    """
    return 0 if a == 0 or b == 0 else (a + b - 2) % 3 + 1


@cache
def hexacode():
    """The 64 words (a, b, c, f(1), f(w), f(w')) with f(x) = a x^2 + b x + c, as an array of shape (64, 6).

    Examples
    --------
    >>> from dqlab.lattices.golay import hexacode
    >>> sorted(set((hexacode() != 0).sum(axis=1).tolist()))
    [0, 4, 6]
    """

    def value(a, b, c, x):
        return times(a, times(x, x)) ^ times(b, x) ^ c

    triples = itertools.product(range(4), repeat=3)
    return np.array([(a, b, c, *(value(a, b, c, x) for x in (1, 2, 3))) for a, b, c in triples])


def column(element, parity, top):
    """The four bits of a column with an element, a parity and a top bit.

    Examples
    --------
    >>> from dqlab.lattices.golay import column
    >>> column(element=1, parity=0, top=1)
    (1, 1, 0, 0)
    """
    last = parity ^ top ^ (element & 1) ^ (element >> 1)
    return top, (element & 1) ^ last, (element >> 1) ^ last, last


@cache
def golay():
    """The 4096 words of the Golay code, as an array of shape (4096, 24).

    Examples
    --------
    >>> import numpy as np
    >>> from dqlab.lattices.golay import golay
    >>> np.bincount(golay().sum(axis=1))[[0, 8, 12, 16, 24]].tolist()
    [1, 759, 2576, 759, 1]
    """
    words = []
    for parity, elements in itertools.product((0, 1), hexacode().tolist()):
        for tops in itertools.product((0, 1), repeat=6):
            if sum(tops) % 2 == parity:
                words.append([bit for e, top in zip(elements, tops) for bit in column(e, parity, top)])
    return np.array(words)


def generators():
    """Twelve words that generate the Golay code, each with a first one where no other has any (reduced echelon form).

    Examples
    --------
    >>> from dqlab.lattices.golay import generators
    >>> generators().shape
    (12, 24)
    """
    rows, found = golay().copy(), []
    for place in range(24):
        leading = [row for row in rows if row[place] and not row[:place].any()]
        if leading:
            found.append(leading[0])
    for i, row in enumerate(found):
        first = int(np.flatnonzero(row)[0])
        for k in range(i):
            found[k] = found[k] ^ row if found[k][first] else found[k]
    return np.array(found)
