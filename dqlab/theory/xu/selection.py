"""What the indicator (11) of Xu et al. selects, and for how long; and what error feedback still owes after t steps.

A worker sends coordinate i of its gradient if x_t or its own step from x_t is not 0 there. For mirror descent that step leaves 0 if
|f'| > lambda, whatever H_t is. For dual averaging the history decides, and the paper has two:

    "shared"   Algorithm 1: q_1, ..., q_{t-1}, what everybody heard, and then the worker's own f'_t
    "local"    Section 3.2: all gradients of the worker itself

None stands for no mask at all. None of these facts is in the paper.
"""

import numpy as np

from .._arguments import above_zero, at_least, plain, steps

READINGS = ("shared", "local", None)


def mirror_selects(gradient, penalty):
    """Whether mirror descent sends a coordinate where x_t = 0: |f'| > lambda, as H_t cancels.

    >>> mirror_selects([0.3, -0.1, -0.2], penalty=0.1).tolist()
    [True, False, True]
    """
    return plain(np.abs(np.asarray(gradient, float)) > at_least(0, penalty, "penalty"))


def last_selection(bound, penalty, total=0.0):
    """The last step t at which dual averaging (shared reading) can still send a coordinate with x_t = 0 and q_1 + ... + q_{t-1} = total.

    It needs |total + f'_t| > t lambda, so t < (|total| + bound) / lambda if gradients never exceed `bound`. With total = 0, a coordinate
    that was never sent: after that step the set of coordinates that were ever sent is frozen. 0: at no step at all.

    >>> last_selection(0.5, penalty=0.1), last_selection(0.5, penalty=0.5), last_selection(0.5, 0.1, total=-0.25)
    (4, 0, 7)
    """
    reach, penalty = np.abs(np.asarray(total, float)) + at_least(0, bound, "bound"), _positive(penalty)
    return _whole(np.ceil(np.round(reach / penalty, 9)) - 1)


def late_coordinate(start, gradient, penalty, reading):
    """When dual averaging learns of a late coordinate: its gradient is 0 until step `start` and constant from the next step on.

    Returns the step t with x_{t+1} != 0 for the first time, inf for never. With rho = |g| / (|g| - lambda):

    - None: the mean of all gradients must exceed lambda, t > start rho;
    - "local": the worker sends it from that step on, but what came before is lost: t > about start rho**2;
    - "shared": at once if |g| > (start + 1) lambda, and never otherwise.

    >>> [late_coordinate(10, 0.3, 0.1, reading) for reading in (None, "local", "shared")]
    [16, 23, inf]
    >>> late_coordinate(10, 0.1, 0.1, None)
    inf
    """
    if reading not in READINGS:
        raise ValueError(f"reading: expected one of 'shared', 'local' and None, got {reading!r}")
    start, penalty = steps(start, "start"), _positive(penalty)
    size = np.abs(np.asarray(gradient, float))
    if reading == "shared":
        return _whole(np.where(size > (start + 1) * penalty, start + 1.0, np.inf))
    awake = _exceeds(start, size, penalty)
    if reading == "local":
        awake = np.maximum(awake, _exceeds(awake - 1, size, penalty))
    return _whole(awake)


def _exceeds(start, size, penalty):
    """The first t with (t - start) size > t penalty."""
    with np.errstate(divide="ignore", invalid="ignore"):
        bar = np.round(
            start * size / (size - penalty), 9
        )  # a quotient of whole numbers may come out a little above itself
    return np.where((size > penalty) & np.isfinite(start), np.floor(bar) + 1, np.inf)


def _whole(values):
    """Whole numbers as integers, unless infinity is among them."""
    values = np.asarray(values, float)
    return plain(values.astype(int) if np.isfinite(values).all() else values)


def _positive(penalty):
    return above_zero(penalty, "penalty", "; with lambda = 0 nothing is ever masked")


def feedback_memory(bound, contraction):
    """How large the memory of error feedback can get: |e_t| <= bound sqrt(rho) / (1 - sqrt(rho)).

    For vectors of Euclidean norm at most `bound` and a quantizer with |v - Q(v)|**2 <= rho |v|**2, rho = `contraction` < 1: for the threshold
    quantizer 1 - 1 / H_d, so that the memory is at most 2 H_d times the bound.

    >>> round(feedback_memory(1.0, contraction=0.25), 9), feedback_memory(1.0, 0.0)
    (1.0, 0.0)
    """
    root = np.sqrt(at_least(0, contraction, "contraction"))
    if not (root < 1).all():
        raise ValueError(
            f"contraction: expected numbers below 1, got {np.max(contraction)}: such errors may add up for ever"
        )
    return plain(at_least(0, bound, "bound") * root / (1 - root))


def feedback_drift(bound, contraction, t):
    """How far the mean of q_1, ..., q_t can be from that of the workers' averaged gradients: (worker's + server's memory) / t.

    Without masks, with error feedback at workers and server; gradients of norm at most `bound`. The server's vectors are means of messages,
    and a message is no longer than the bound, what a worker owed, and what it then owes.

    >>> round(feedback_drift(1.0, 0.25, t=100), 9)
    0.04
    """
    owed = feedback_memory(bound, contraction)
    return plain((owed + feedback_memory(bound + 2 * np.asarray(owed), contraction)) / np.maximum(steps(t, "t"), 1))
