"""What a deadline buys: its noise, its time to an accuracy, the best one, and what empty batches do.

`deadline` is T_d in seconds, `batch` is b, `communication` the seconds of an exchange, `inverse_mean` is E[1/V] of the speeds V.
"""

import math

import numpy as np

from .._arguments import at_least, plain
from .clock import above_zero, checked_deadline, checked_share, deadline_iteration


def equal_mean_deadline(batch, mean):
    """The deadline after which the mean batch is b, but for rounding: b / E V, the authors' choice.

    >>> equal_mean_deadline(20, 50)
    0.4
    """
    return plain(at_least(1, batch, "batch") / above_zero(mean, "mean"))


def equal_noise_deadline(batch, inverse_mean):
    """The deadline after which a node's gradient has the variance of a batch of b, but for rounding: b E[1/V].

    It is longer than `equal_mean_deadline`, because E[1/V] >= 1 / E V.

    >>> round(equal_noise_deadline(20, 0.0274653), 4)
    0.5493
    """
    return plain(at_least(1, batch, "batch") * above_zero(inverse_mean, "inverse_mean"))


def useful_deadline(samples, inverse_mean):
    """The deadline beyond which Theorems 1 and 2 promise nothing more: m E[1/V], where E[1/V] / T_d has come down to 1/m.

    >>> round(useful_deadline(200, 0.0274653), 3)
    5.493
    """
    return equal_noise_deadline(samples, inverse_mean)


def noise_time(deadline, communication, inverse_mean, floor=0.0):
    """(T_d + T_comm) (floor + E[1/V] / T_d): seconds of an iteration times the variance that it leaves.

    An error that falls like variance / iterations is 1 after so many seconds. `floor` is what of the variance no gradient can remove
    (that of the quantizers, say), in units of the variance of one gradient. Without it a longer deadline is always better, if by less
    and less; with it `best_deadline` is the best.

    >>> round(noise_time(0.4, 0.5625, 0.0274653), 5)
    0.06609
    """
    deadline, floor = checked_deadline(deadline), at_least(0, floor, "floor")
    seconds = deadline + at_least(0, communication, "communication")
    return plain(seconds * (floor + at_least(0, inverse_mean, "inverse_mean") / deadline))


def best_deadline(communication, inverse_mean, floor):
    """The deadline where `noise_time` is least: sqrt(T_comm E[1/V] / floor).

    >>> round(best_deadline(0.5625, 0.0274653, floor=0.05), 4)
    0.5559
    """
    product = at_least(0, communication, "communication") * at_least(0, inverse_mean, "inverse_mean")
    return plain(np.sqrt(product / above_zero(floor, "floor")))


def iterations_for_accuracy(accuracy, slow, fast, inverse, power=1 / 3):
    """The T at which slow T**-power + fast inverse T**(-2 power) is the accuracy: the form of Theorems 1 and 2.

    Theorem 2 has power = 1/3, Theorem 1 has power = delta. `inverse` is E[1/V] / T_d, or E[1/|S|].

    >>> round(iterations_for_accuracy(0.1, slow=1.0, fast=0.0, inverse=0.05))
    1000
    """
    accuracy, slow = above_zero(accuracy, "accuracy"), above_zero(slow, "slow")
    noise = at_least(0, fast, "fast") * at_least(0, inverse, "inverse")
    power = above_zero(power, "power")
    root = 2 * accuracy / (slow + np.sqrt(slow**2 + 4 * noise * accuracy))  # T**-power, without a difference
    return plain(root ** (-1 / power))


def seconds_to_accuracy(accuracy, deadline, communication, inverse_mean, slow, fast, power=1 / 3):
    """Seconds until the bound of `iterations_for_accuracy` is the accuracy: T (T_d + T_comm).

    >>> round(seconds_to_accuracy(0.1, 0.4, 0.5625, 0.0274653, slow=1.0, fast=10.0))
    1161
    """
    inverse = at_least(0, inverse_mean, "inverse_mean") / checked_deadline(deadline)
    count = iterations_for_accuracy(accuracy, slow, fast, inverse, power)
    return plain(count * deadline_iteration(deadline, communication))


def best_deadline_for_accuracy(accuracy, communication, inverse_mean, slow, fast, power=1 / 3):
    """The deadline where `seconds_to_accuracy` is least.

    For small accuracies it is `best_deadline` with the floor slow**2 power / (fast accuracy): the term of a theorem in which the
    deadline occurs is then the smaller of the two, and an iteration is worth more than a long one.

    >>> round(best_deadline_for_accuracy(0.1, 0.5625, 0.0274653, slow=1.0, fast=10.0), 3)
    0.217
    """
    from scipy.optimize import minimize_scalar

    given = {"communication": communication, "inverse_mean": inverse_mean, "slow": slow, "fast": fast, "power": power}
    arguments = tuple(float(above_zero(value, name)) for name, value in given.items())
    if not power < 0.5:
        raise ValueError(f"power: expected a number below 1/2, got {power}")
    found = minimize_scalar(
        lambda log: math.log(seconds_to_accuracy(accuracy, math.exp(log), *arguments)),
        bracket=(-3.0, 0.0),
        options={"xtol": 1e-10},
    )
    return math.exp(found.x)


def noise_with_empty_batches(noise, slope, inverse_batch, empty):
    """E|batch gradient - grad f_i|**2 where a batch may be empty and counts as a zero gradient: noise E[1/|S|; |S| > 0] + empty |grad f_i|**2.

    `noise` is the variance of one sample's gradient, `slope` is |grad f_i|**2, `empty` is P(|S| = 0).

    >>> noise_with_empty_batches(8.0, slope=4.0, inverse_batch=0.25, empty=0.5)
    4.0
    """
    share = checked_share(empty, "empty")
    inverse_batch = at_least(0, inverse_batch, "inverse_batch")
    return plain(at_least(0, noise, "noise") * inverse_batch + share * at_least(0, slope, "slope"))


def minimiser_with_empty_batches(curvatures, minimisers, empty):
    """What the nodes then minimise, on quadratics f_i = a_i (x - c_i)**2 / 2: the mean of c_i with weights a_i (1 - empty_i).

    The mean gradient of node i is (1 - empty_i) grad f_i. If all nodes are as often without a gradient, the mean step is shorter
    and points where it did; if some are more often, their data count less, and with empty_i = 1 not at all.

    >>> minimiser_with_empty_batches([1.0, 1.0], [0.0, 6.0], empty=0.5)
    3.0
    >>> minimiser_with_empty_batches([1.0, 1.0], [0.0, 6.0], empty=[0.0, 0.5])
    2.0
    """
    kept = 1 - checked_share(empty, "empty")
    weights, centres = np.broadcast_arrays(above_zero(curvatures, "curvatures") * kept, np.asarray(minimisers, float))
    if not weights.sum() > 0:
        raise ValueError(f"empty: expected a node that has gradients, got {empty}; a longer deadline gives some")
    return plain((weights * centres).sum() / weights.sum())
