"""The checks that every public function makes of its arguments, once, before a kernel runs."""

import operator

import numpy as np


def vector(value, name, size=None, finite=True):
    """`value` as a contiguous float32 or float64 vector (of finite numbers, unless a caller checks that itself)."""
    try:
        array = np.asarray(value)
        array = array if array.dtype in (np.float32, np.float64) else array.astype(np.float64)
    except (TypeError, ValueError):
        raise TypeError(f"{name}: expected a vector of numbers, got {type(value).__name__}") from None
    if array.ndim != 1 or size is not None and array.size != size:
        wanted = "(n,)" if size is None else f"({size},)"
        raise ValueError(f"{name}: expected shape {wanted}, got {array.shape}")
    if finite and not np.isfinite(array).all():
        where = int(np.flatnonzero(~np.isfinite(array))[0])
        raise ValueError(f"{name}: expected finite numbers, got {array[where]} at index {where}")
    return np.ascontiguousarray(array)


def matrix(value, name):
    """`value` as a contiguous float64 matrix of finite numbers."""
    try:
        array = np.ascontiguousarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise TypeError(f"{name}: expected a matrix of numbers, got {type(value).__name__}") from None
    if array.ndim != 2 or 0 in array.shape:
        raise ValueError(f"{name}: expected a matrix with rows and columns, got shape {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name}: expected finite numbers, got NaN or infinity")
    return array


def integer(value, name, low):
    """`value` as an int of at least `low`."""
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name}: expected an integer >= {low}, got {value!r}") from None
    if isinstance(value, (bool, np.bool_)) or number < low:
        raise ValueError(f"{name}: expected an integer >= {low}, got {value!r}")
    return number


def positive(value, name, zero=False):
    """`value` as a finite float above zero (or at least zero)."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{name}: expected a number, got {value!r}") from None
    if not np.isfinite(number) or number < 0 or number == 0 and not zero:
        raise ValueError(f"{name}: expected a finite number {'>=' if zero else '>'} 0, got {value!r}")
    return number


def choice(value, name, options):
    """`value` if it is one of `options`."""
    if value not in options:
        raise ValueError(f"{name}: expected one of {', '.join(map(repr, options))}, got {value!r}")
    return value
