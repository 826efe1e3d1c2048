"""Proximal steps with an l1 penalty, (6)-(9) and (14)-(17), coordinate by coordinate.

phi(x) = lambda |x|_1 (`penalty`), q_t is a gradient and H_t = delta + |q_{1:t}| the diagonal of AdaGrad's matrix (`scales`, (9) and (13)).
"""

import numpy as np

from .._arguments import above_zero, at_least, plain, steps, whole
from .regret import scales

SINGULAR = "; without it (16) divides by 0 where no gradient has come"


def soft_threshold(v, threshold):
    """S_tau(v) = sign(v) [|v| - tau]_+: the minimiser of (x - v)^2 / 2 + tau |x|.

    >>> soft_threshold([3.0, -0.5, -2.0], 1.0).tolist()
    [2.0, 0.0, -1.0]
    """
    v = np.asarray(v, float)
    left = np.maximum(np.abs(v) - at_least(0, threshold, "threshold"), 0)
    return plain(np.sign(v) * left + 0.0)  # no -0.0


def bregman(H, x, y):
    """B_psi(x, y) = sum_i H_i (x_i - y_i)^2 / 2, the divergence of psi(x) = x' H x / 2, (8).

    >>> bregman([1.0, 4.0], [1.0, 1.0], [0.0, 0.0])
    2.5
    """
    gap = np.asarray(x, float) - np.asarray(y, float)
    return float((above_zero(H, "H") * gap**2).sum() / 2)


def cmd_objective(x, start, q, H, eta, penalty):
    """Each coordinate's part of what composite mirror descent minimises, (6) and (14): eta q x + eta lambda |x| + H (x - x_t)^2 / 2.

    >>> cmd_objective([0.0, 1.0], start=1.0, q=1.0, H=2.0, eta=1.0, penalty=0.5).tolist()
    [1.0, 1.5]
    """
    x = np.asarray(x, float)
    stay = above_zero(H, "H") * (x - np.asarray(start, float)) ** 2 / 2
    pull = np.asarray(q, float) * x + at_least(0, penalty, "penalty") * np.abs(x)
    return plain(above_zero(eta, "eta") * pull + stay)


def rda_objective(x, mean, t, H, eta, penalty):
    """Each coordinate's part of what regularized dual averaging minimises, (7) and (15): eta q_bar x + eta lambda |x| + H x^2 / (2 t).

    >>> rda_objective([0.0, 1.0], mean=-1.0, t=4, H=2.0, eta=1.0, penalty=0.5).tolist()
    [0.0, -0.25]
    """
    x = np.asarray(x, float)
    pull = np.asarray(mean, float) * x + at_least(0, penalty, "penalty") * np.abs(x)
    return plain(above_zero(eta, "eta") * pull + above_zero(H, "H") * x**2 / (2 * _count(t)))


def cmd_step(start, q, H, eta, penalty):
    """Equation (16): x_{t+1} = S_{lambda eta / H}(x_t - eta q_t / H), the minimiser of (14).

    >>> cmd_step(start=1.0, q=1.0, H=2.0, eta=1.0, penalty=0.5)
    0.25
    """
    size = above_zero(eta, "eta") / above_zero(H, "H")
    moved = np.asarray(start, float) - size * np.asarray(q, float)
    return soft_threshold(moved, at_least(0, penalty, "penalty") * size)


def rda_step(mean, t, H, eta, penalty):
    """Equation (17): x_{t+1} = -(t eta / H) S_lambda(q_bar), the minimiser of (15); q_bar is the mean of q_1, ..., q_t.

    >>> rda_step(mean=-1.0, t=4, H=2.0, eta=1.0, penalty=0.5)
    1.0
    """
    reach = _count(t) * above_zero(eta, "eta") / above_zero(H, "H")
    return plain(reach * soft_threshold(-np.asarray(mean, float), penalty))


def cmd_iterates(q, eta, penalty, delta, start=None):
    """x_1, ..., x_{T+1} that the gradients q, a row a step, lead to by (16); x_1 = `start`, 0 unless told otherwise.

    >>> cmd_iterates([[-1.0], [0.0], [0.0]], eta=1.0, penalty=0.5, delta=1.0).ravel().tolist()
    [0.0, 0.25, 0.0, 0.0]
    """
    H = scales(q, above_zero(delta, "delta", SINGULAR))[1:]
    x = np.zeros((len(H) + 1, H.shape[1]))
    x[0] = 0.0 if start is None else start
    for t in range(len(H)):
        x[t + 1] = cmd_step(x[t], q[t], H[t], eta, penalty)
    return x


def rda_iterates(q, eta, penalty, delta):
    """x_1 = 0, x_2, ..., x_{T+1} that the gradients q, a row a step, lead to by (17).

    >>> rda_iterates([[-1.0], [0.0], [0.0]], eta=1.0, penalty=0.25, delta=1.0).ravel().round(3).tolist()
    [0.0, 0.375, 0.25, 0.125]
    """
    H = scales(q, above_zero(delta, "delta", SINGULAR))[1:]
    t = np.arange(1, len(H) + 1)[:, None]
    x = rda_step(np.cumsum(q, axis=0) / t, t, H, eta, penalty)
    return np.concatenate([np.zeros((1, H.shape[1])), x])


def cmd_memory(q, penalty):
    """How many iterates of (16) a gradient that finds its coordinate at 0 keeps away from 0, if no other comes: ceil(|q| / lambda) - 1.

    Neither eta nor H nor the time matter.

    >>> cmd_memory(1.0, penalty=0.25), cmd_memory(0.2, penalty=0.25)
    (3, 0)
    """
    return _lasts(q, penalty, 1)


def rda_memory(q, t, penalty):
    """The same by (17) for the only gradient of a coordinate, seen at step t: ceil(|q| / lambda) - t, and 0 from t = |q| / lambda on.

    >>> rda_memory(1.0, 1, penalty=0.25), rda_memory(1.0, 3, penalty=0.25), rda_memory(1.0, 9, penalty=0.25)
    (3, 1, 0)
    """
    return _lasts(q, penalty, _count(t))


def _lasts(q, penalty, t):
    ratio = np.abs(np.asarray(q, float)) / above_zero(penalty, "penalty")
    return plain(np.maximum(np.ceil(ratio) - t, 0).astype(int))


def _count(t):
    """Steps taken, at least one."""
    if np.ndim(t) == 0:
        return whole(t, "t")
    at_least(1, t, "t")
    return steps(t)
