"""The checks that every public function makes of its arguments, once, before a kernel runs."""

import operator
import os
import sys
import warnings

import numpy as np

HERE = os.path.dirname(__file__) + os.sep


def vector(value, name, size=None, finite=True):
    """`value` as a contiguous float32 or float64 vector (of finite numbers, unless a caller checks that itself)."""
    array = _real(value, name, "a vector")
    if array.ndim != 1 or size is not None and array.size != size:
        wanted = "(n,)" if size is None else f"({size},)"
        raise ValueError(f"{name}: expected shape {wanted}, got {array.shape}")
    if finite and not np.isfinite(array).all():
        where = int(np.flatnonzero(~np.isfinite(array))[0])
        raise ValueError(f"{name}: expected finite numbers, got {array[where]} at index {where}")
    return np.ascontiguousarray(array)


def _real(value, name, expected):
    """`value` as an array of floats; text and complex numbers, which NumPy would cast, are refused."""
    try:
        array = np.asarray(value)
        if array.dtype.kind not in "biufO":
            raise TypeError
        return array if array.dtype in (np.float32, np.float64) else array.astype(np.float64)
    except (TypeError, ValueError):
        kind = f" of {value.dtype}" if hasattr(value, "dtype") else ""
        raise TypeError(f"{name}: expected {expected} of numbers, got {type(value).__name__}{kind}") from None


def matrix(value, name):
    """`value` as a contiguous float64 matrix of finite numbers."""
    array = np.ascontiguousarray(_real(value, name, "a matrix"), dtype=np.float64)
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
        number = float("text" if isinstance(value, (str, bool, np.bool_)) else value)
    except (TypeError, ValueError):
        raise TypeError(f"{name}: expected a number, got {value!r}") from None
    if not np.isfinite(number) or number < 0 or number == 0 and not zero:
        raise ValueError(f"{name}: expected a finite number {'>=' if zero else '>'} 0, got {value!r}")
    return number


def generator(value, name):
    """`value` if it is a numpy Generator."""
    if not isinstance(value, np.random.Generator):
        raise TypeError(f"{name}: expected a numpy.random.Generator, such as dqlab.stream(0, {name!r}), got {value!r}")
    return value


def choice(value, name, options):
    """`value` if it is one of `options`."""
    if np.ndim(value) or value not in options:
        raise ValueError(f"{name}: expected one of {', '.join(map(repr, options))}, got {value!r}")
    return value


def warn(message):
    """A UserWarning that points to the line outside this package whose call led to it, however many functions lie between."""
    depth = 1
    while (caller := sys._getframe(depth)).f_back is not None and caller.f_code.co_filename.startswith(HERE):
        depth += 1
    warnings.warn(message, stacklevel=depth + 1)
