"""Norms of any order, of vectors as large or as small as floating point has them."""

import numpy as np

from .._generic import jit


@jit
def lq_norm(u, order):
    """|u|_order in float64, order in [1, inf]; infinity where it is past the largest number."""
    unit = 0.0
    for i in range(u.size):
        unit = max(unit, abs(np.float64(u[i])))
    if unit == 0.0 or order == np.inf:
        return unit
    total = 0.0
    for i in range(u.size):
        part = abs(np.float64(u[i])) / unit
        total += part if order == 1.0 else part * part if order == 2.0 else part**order
    return unit * total ** (1.0 / order)


@jit
def direction(u, order):
    """u / |u|_order; 0 for 0."""
    unit = u.dtype.type(0)
    for i in range(u.size):
        unit = max(unit, abs(u[i]))
    y = np.zeros_like(u)
    if unit > 0:
        for i in range(u.size):
            y[i] = u[i] / unit
        y /= u.dtype.type(lq_norm(y, order))
    return y
