"""No quantization: 64 bits a coordinate, nothing lost. The limit of high rate, and a check on every algorithm."""

from typing import NamedTuple

import numpy as np

from .. import _checks
from .covering import covering_radius, dynamic_range
from .verbs import alphabet, decode, encode


class _Fields(NamedTuple):
    dim: int


class Identity(_Fields):
    """The quantizer that sends every coordinate as its 64 bits of float64.

    Parameters
    ----------
    dim : int
        n >= 1 coordinates.

    Examples
    --------
    >>> import dqlab as dq
    >>> q = dq.quantizers.Identity(dim=2)
    >>> dq.quantizers.nbits(q), dq.quantizers.quantize(q, [0.1, -7.0]).tolist()
    (128, [0.1, -7.0])
    """

    __slots__ = ()

    def __new__(cls, dim):
        return super().__new__(cls, _checks.integer(dim, "dim", 1))

    @property
    def rate(self):
        """64 bits per dimension."""
        return 64.0


@encode.register(Identity)
def _encode(quantizer, u, scale, rng, shared):
    return u.astype(np.float64).view(np.uint64)


@decode.register(Identity)
def _decode(quantizer, codes, scale, shared):
    q = np.full(codes.size, scale)
    q[:] = codes.astype(np.uint64).view(np.float64)
    return q


@alphabet.register(Identity, compiled=False)
def _alphabet(quantizer):
    return 1 << 64


@dynamic_range.register(Identity, compiled=False)
def _dynamic_range(quantizer):
    return np.inf


@covering_radius.register(Identity, compiled=False)
def _covering_radius(quantizer):
    return 0.0
