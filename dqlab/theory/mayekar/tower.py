"""ln*, the iterated logarithm of the paper's notation."""

import math


def iterated_log(x):
    """ln*(x): how many times ln must be taken of x before the result is at most 1; 0 for x <= 1.

    >>> [iterated_log(d / 3) for d in (3, 8, 45, 10**7, 10**300)]
    [0, 1, 2, 3, 4]
    """
    count, left = 0, float(x)
    if not left < math.inf:
        raise ValueError(f"x: expected a finite number, got {x!r}")
    while left > 1:
        left = math.log(left)
        count += 1
    return count
