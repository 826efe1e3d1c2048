"""What every bound does with its arguments and its answer."""

import numpy as np


def at_least(low, value, name):
    """`value` as an array of numbers that are not below `low`."""
    array = np.asarray(value, float)
    if not (array >= low).all():
        raise ValueError(f"{name}: expected numbers >= {low}, got {array.min()}")
    return array


def plain(value):
    """A Python float where the answer is one number."""
    value = np.asarray(value)
    return value.item() if value.ndim == 0 else value
