"""What a message can say about the gradient itself: the other half of Remark 6, which the paper states without proof.

Optimisation asks for a mean; recovery asks for the vector. How many bits recovery takes depends on how its error is measured: in the
norm that bounds the gradient, or relative to its own length, Omega(d); but a fixed part of B in the l_2 norm, only O(log d).
"""

import math

import numpy as np

from .._arguments import at_least, plain


def l1_recovery_bits(dim, error):
    """A code with |y^ - y|_1 <= error B for every |y|_1 <= B takes at least d log2(1 / error) bits.

    Its balls must cover the ball: M error**d >= 1. Holds for any norm that measures both the ball and the error.

    >>> l1_recovery_bits(1024, error=0.5)
    1024.0
    """
    dim, error = at_least(1, dim, "dim"), _part(error, "error")
    return plain(dim * np.log2(1 / error))


def l2_recovery_bits(dim, error):
    """A code with |y^ - y|_2 <= error B for every |y|_1 <= B takes at least log2(vol(l_1 ball) / vol(l_2 ball)) bits; 0 where that is negative.

    Of use where error is below about 1.3 / sqrt(d); a larger error needs few bits, see ``l2_recovery_repeats``.

    >>> round(l2_recovery_bits(1024, error=0.01))
    2088
    """
    dim, error = at_least(1, dim, "dim"), _part(error, "error")
    log_gamma = np.vectorize(math.lgamma)
    nats = dim * np.log(2 / (np.sqrt(np.pi) * error)) + log_gamma(dim / 2 + 1) - log_gamma(dim + 1)
    return plain(np.maximum(nats / math.log(2), 0.0))


def l2_recovery_repeats(error):
    """k = ceil(1 / error**2): some z / k with |z|_1 <= k lies within error B of y in the l_2 norm, for every |y|_1 <= B, in any dimension.

    The mean of k draws of SimQ has E|Q(y) - y|_2^2 <= B**2 / k, so some outcome is that close (Maurey's argument).

    >>> l2_recovery_repeats(0.1)
    100
    """
    return math.ceil(float(_part(error, "error")) ** -2 * (1 - 1e-12))


def flat_recovery_error(dim, bits):
    """The least relative error E|y^ - y|_2^2 / |y|_2^2 that r bits allow for a gradient of d equal magnitudes and independent fair signs.

    Any message, any decoder: r >= sum_i I(sign_i; message) >= d (1 - h((1 + sqrt(1 - error)) / 2)), h the binary entropy. To first order
    the error is 1 - 2 ln(2) r / d, from below; it is 0 from r = d on.

    >>> round(flat_recovery_error(1024, bits=12), 4)
    0.9838
    """
    dim, bits = at_least(1, dim, "dim"), at_least(0, bits, "bits")
    rate = np.minimum(bits / dim, 1.0)
    low, high = np.zeros_like(rate), np.ones_like(rate)
    for _ in range(60):
        middle = (low + high) / 2
        told = 1 - _binary_entropy((1 + np.sqrt(middle)) / 2)
        low, high = np.where(told <= rate, middle, low), np.where(told <= rate, high, middle)
    return plain(1 - high)


def _binary_entropy(chance):
    """h(chance) in bits."""
    rest = 1 - chance
    return -sum(np.where(c > 0, c * np.log2(np.where(c > 0, c, 1.0)), 0.0) for c in (chance, rest))


def _part(value, name):
    """`value` as numbers in (0, 1]."""
    array = at_least(0, value, name)
    if not ((array > 0) & (array <= 1)).all():
        raise ValueError(f"{name}: expected parts of B, in (0, 1], got {value!r}")
    return array
