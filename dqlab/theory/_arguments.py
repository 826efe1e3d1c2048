"""What every bound does with its arguments and its answer."""

import numpy as np


def at_least(low, value, name):
    """`value` as an array of numbers that are not below `low`."""
    try:
        array = np.asarray(value, float)
    except (TypeError, ValueError):
        raise TypeError(f"{name}: expected numbers, got {value!r}") from None
    if not (array >= low).all():
        raise ValueError(f"{name}: expected numbers >= {low}, got {array.min()}")
    return array


def above_zero(value, name, why=""):
    """`value` as an array of numbers above 0; the message ends with `why`."""
    array = at_least(0, value, name)
    if not (array > 0).all():
        raise ValueError(f"{name}: expected numbers > 0, got {array.min()}{why}")
    return array


def curvatures(L, mu=None):
    """Checked L, or (L, mu): numbers with 0 < mu <= L."""
    for value, name in ((L, "L"), (mu, "mu")):
        if value is not None:
            above_zero(value, name)
    if mu is None:
        return L
    if not (np.asarray(L) >= mu).all():
        raise ValueError(f"L: expected L >= mu, got L = {L} and mu = {mu}")
    return L, mu


def steps(value, name="t"):
    """`value` as an array of whole numbers that are not below 0."""
    array = at_least(0, value, name)
    if not (array == np.floor(array)).all() or not np.isfinite(array).all():
        raise ValueError(f"{name}: expected whole numbers, got {value!r}")
    return array.astype(int)


def whole(value, name, low=1):
    """`value` as an int of at least `low`."""
    number = at_least(low, value, name)
    if number.ndim or not np.isfinite(number) or number != np.floor(number):
        raise ValueError(f"{name}: expected an integer >= {low}, got {value!r}")
    return int(value)


def plain(value):
    """A Python float where the answer is one number."""
    value = np.asarray(value)
    return value.item() if value.ndim == 0 else value
