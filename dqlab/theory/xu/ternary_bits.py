"""How long three-valued messages are: the paper's two formats, two bits a symbol, and what shorter ones could reach.

Beside the symbols a message has a scale of 32 bits for each tensor. d is the dimension, k how many coordinates are selected.
"""

import math

import numpy as np

from .._arguments import at_least, plain, whole

SCALE = 32


def dense_bits(dim, tensors=1):
    """Section 3.5, "Encode": 32 + 2d bits, two a coordinate.

    >>> dense_bits(1000)
    2032
    """
    return SCALE * whole(tensors, "tensors") + 2 * whole(dim, "dim")


def masked_bits(dim, k, tensors=1):
    """The same for a sparse model: 32 + d + 2k bits, a bitmap of what is selected and two bits for each of those.

    >>> masked_bits(1000, 100)
    1232
    """
    return SCALE * whole(tensors, "tensors") + whole(dim, "dim") + 2 * _selected(dim, k)


def radix_bits(dim, tensors=1):
    """Symbols as digits of one number in base 3: 32 + ceil(d log2 3) bits, 1.585 a coordinate.

    >>> radix_bits(1000), radix_bits(5) - 32
    (1617, 8)
    """
    return SCALE * whole(tensors, "tensors") + (3 ** whole(dim, "dim") - 1).bit_length()


def tight_bits(dim, k, tensors=1):
    """k itself, the selected set by its rank among those of its size, and base 3 for its symbols.

    32 + ceil(log2(d + 1)) + ceil(log2 binom(d, k)) + ceil(k log2 3) bits.

    >>> tight_bits(1000, 100), tight_bits(1000, 0)
    (666, 42)
    """
    dim, k = whole(dim, "dim"), _selected(dim, k)
    support = (math.comb(dim, k) - 1).bit_length()
    return SCALE * whole(tensors, "tensors") + dim.bit_length() + support + (3**k - 1).bit_length()


def symbol_entropy(kept):
    """Bits that a symbol carries if it is not zero with probability `kept` and its sign a fair coin: h(kept) + kept.

    >>> round(symbol_entropy(0.541), 3), symbol_entropy([0.0, 1.0]).tolist()
    (1.536, [0.0, 1.0])
    """
    from scipy.special import entr

    p = at_least(0, kept, "kept")
    if not (p <= 1).all():
        raise ValueError(f"kept: expected shares in [0, 1], got {np.max(p)}")
    return plain((entr(p) + entr(1 - p)) / math.log(2) + p)


def _selected(dim, k):
    k = whole(k, "k", 0)
    if k > dim:
        raise ValueError(f"k: expected at most d = {dim} selected coordinates, got {k}")
    return k
