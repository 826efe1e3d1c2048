"""What an iteration costs in seconds: the moments of speeds and batches in closed form, and the time of every scheme.

V is a node's speed, in gradients per second, drawn anew for every node and iteration; `deadline` is T_d, `batch` is b, `nodes` is n and
`communication` the seconds of an exchange.
"""

import math

import numpy as np

from .._arguments import at_least, plain, whole


def inverse_mean_uniform(low, high):
    """E[1/V] = log(high / low) / (high - low) for V uniform on [low, high]; infinite for low = 0.

    >>> round(inverse_mean_uniform(10, 90), 7), inverse_mean_uniform(5, 5)
    (0.0274653, 0.2)
    """
    low, high = _interval(low, high)
    width = high - low
    with np.errstate(divide="ignore", invalid="ignore"):
        return plain(np.where(width == 0, 1 / high, np.log(high / low) / width))


def inverse_mean_exponential(least, mean):
    """E[1/V] = e^a E_1(a) / s for V = least + an exponential variable of mean s = mean - least, a = least / s.

    >>> round(inverse_mean_exponential(10, 50), 7)
    0.0335221
    """
    return slowest_exponential(least, mean, 1)


def slowest_uniform(low, high, nodes):
    """E max_i 1/V_i over n nodes, V uniform on [low, high]: (1 / low) 2F1(1, 1; n + 1; 1 - high / low).

    The slowest of n is low + (high - low) u with the density n (1 - u)**(n - 1) of u. For n = 1 it is `inverse_mean_uniform`, and it
    grows to 1 / low with n.

    >>> round(20 * slowest_uniform(10, 90, nodes=50), 4)
    1.7545
    """
    from scipy.integrate import quad

    low, high, nodes = float(at_least(0, low, "low")), float(at_least(0, high, "high")), whole(nodes, "nodes")
    _interval(low, high)
    if low == 0:
        return math.inf
    # with t = n (high / low - 1) u the integrand has no narrow peak, whatever n is; the range ends where 1 - u = 0
    end, n = nodes * (high / low - 1), nodes
    if end == 0:
        return 1 / low
    edges = [0, *(e for e in (0.01 * end, 0.1 * end, 1.0, 10.0, 100.0) if e < end), end]
    parts = [
        quad(lambda t: (1 - t / end) ** (n - 1) / (low + t * low / n), a, b, epsabs=0, epsrel=1e-12, limit=200)[0]
        for a, b in zip(sorted(edges), sorted(edges)[1:])
    ]
    return math.fsum(parts) * n / end


def slowest_exponential(least, mean, nodes):
    """E max_i 1/V_i over n nodes, V = least + an exponential variable: (n / s) e^a E_1(a) with s = mean - least, a = n least / s.

    The least of n exponential variables is exponential, with a mean n times smaller. Infinite for least = 0.

    >>> round(20 * slowest_exponential(10, 50, nodes=50), 4)
    1.8609
    """
    from scipy.special import hyperu

    least, mean, nodes = at_least(0, least, "least"), at_least(0, mean, "mean"), whole(nodes, "nodes")
    if not (mean > least).all():
        raise ValueError(f"mean: expected more than least = {least}, got {mean}")
    a = nodes * least / (mean - least)
    return plain(np.where(least > 0, nodes / (mean - least) * hyperu(1, 1, np.where(least > 0, a, 1)), np.inf))


def slowest_two_class(fast, slow, share, nodes):
    """E max_i 1/V_i over n nodes, each slow with probability `share`: 1 / slow unless all are fast.

    >>> round(20 * slowest_two_class(50, 10, 0.01, nodes=50), 4)
    1.032
    """
    fast, slow = at_least(0, fast, "fast"), at_least(0, slow, "slow")
    if not ((0 < slow) & (slow <= fast)).all():
        raise ValueError(f"slow: expected numbers in (0, fast], got slow = {slow} and fast = {fast}")
    all_fast = (1 - checked_share(share)) ** at_least(1, nodes, "nodes")
    return plain(all_fast / fast + (1 - all_fast) / slow)


def empty_batch_uniform(low, high, deadline):
    """P(floor(V T_d) = 0) = P(V < 1 / T_d), V uniform on [low, high].

    >>> empty_batch_uniform(10, 90, deadline=0.05), empty_batch_uniform(10, 90, deadline=0.1)
    (0.125, 0.0)
    """
    low, high = _interval(low, high)
    if not (high > low).all():
        raise ValueError(f"high: expected more than low = {low}, got {high}")
    return plain(np.clip((1 / checked_deadline(deadline) - low) / (high - low), 0, 1))


def inverse_batch_uniform(low, high, deadline):
    """E[1/|S|; |S| > 0] of |S| = floor(V T_d), V uniform on [low, high]: a finite sum, in which empty batches count 0.

    >>> round(inverse_batch_uniform(10, 90, 0.4), 4), round(inverse_batch_uniform(10, 90, 1.0), 4)
    (0.0723, 0.028)
    """
    low, high, deadline = (
        float(at_least(0, low, "low")),
        float(at_least(0, high, "high")),
        float(checked_deadline(deadline)),
    )
    _interval(low, high)
    if not high > low:
        raise ValueError(f"high: expected more than low = {low}, got {high}")
    k = np.arange(max(1, math.floor(low * deadline)), math.floor(high * deadline) + 1)
    ends = np.minimum((k + 1) / deadline, high) - np.maximum(k / deadline, low)
    return float((np.maximum(ends, 0) / k).sum() / (high - low))


def rounding_factor(least, deadline):
    """The most that E[1/floor(V T_d)] can be of E[1/V] / T_d, for V >= least and T_d >= 1 / least: 1 + 1 / floor(least T_d).

    It is 2 at most, which is the 2 of gamma_2**2 in Lemma 1 (vi).

    >>> rounding_factor(10, 0.1), rounding_factor(10, 0.4)
    (2.0, 1.25)
    """
    full = np.floor(at_least(0, least, "least") * checked_deadline(deadline) * (1 + 1e-12))
    if not (full >= 1).all():
        raise ValueError(
            f"deadline: expected at least 1 / least = {1 / np.min(least):.4g}, got {deadline}: batches may be empty"
        )
    return plain(1 + 1 / full)


def digit_communication(digits, full=3.0, of=16):
    """The authors' accounting of an exchange: `digits` decimal digits of 16 cost that share of T_c = 3 seconds.

    >>> digit_communication(3), digit_communication(5)
    (0.5625, 0.9375)
    """
    return plain(at_least(0, full, "full") * at_least(0, digits, "digits") / at_least(1, of, "of"))


def grid_bits(digits, bound=1.0):
    """Bits of a coordinate on a decimal grid of so many digits on [-bound, bound]: ceil(log2(2 bound 10**digits + 1)).

    >>> grid_bits(3), grid_bits(5)
    (11, 18)
    """
    points = 2 * math.floor(float(at_least(0, bound, "bound")) * 10 ** whole(digits, "digits", 0) * (1 + 1e-12)) + 1
    return (points - 1).bit_length()


def batch_iteration(batch, slowest, communication):
    """Mean seconds of an iteration that waits for everybody's batch: b E max_i 1/V_i and the exchange.

    >>> round(batch_iteration(20, slowest_uniform(10, 90, 50), 3.0), 3)
    4.755
    """
    return plain(
        at_least(1, batch, "batch") * at_least(0, slowest, "slowest") + at_least(0, communication, "communication")
    )


def deadline_iteration(deadline, communication):
    """Seconds of an iteration with a deadline: T_d and the exchange, whoever is slow.

    >>> deadline_iteration(0.4, 0.5625)
    0.9625
    """
    return plain(checked_deadline(deadline) + at_least(0, communication, "communication"))


def above_zero(value, name):
    """`value` as finite numbers > 0."""
    array = at_least(0, value, name)
    if not ((array > 0) & np.isfinite(array)).all():
        raise ValueError(f"{name}: expected finite numbers > 0, got {value}")
    return array


def checked_deadline(value):
    """T_d: seconds > 0."""
    return above_zero(value, "deadline")


def checked_share(value, name="share"):
    """`value` as numbers in [0, 1]."""
    share = at_least(0, value, name)
    if not (share <= 1).all():
        raise ValueError(f"{name}: expected numbers in [0, 1], got {share.max()}")
    return share


def _interval(low, high):
    low, high = at_least(0, low, "low"), above_zero(high, "high")
    if not (low <= high).all():
        raise ValueError(f"high: expected at least low = {low}, got {high}")
    return low, high
