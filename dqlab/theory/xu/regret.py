"""Regret of QCMD and QRDA adagrad along a run: Lemmas 4.1 and 4.2, Propositions 3.1 and 3.2, and the step of their proofs that is false.

``printed=True`` gives what the paper prints, otherwise what its proof, put right, gives. Sequences are arrays with a row a step:
`q` holds q_1, ..., q_T and `x` holds x_1, ..., x_{T+1}. What belongs to a horizon is returned for every horizon 1, ..., T.
H_t = delta + |q_{1:t,i}| is (13), psi_t(x) = <x, H_t x> / 2, and `eta` is the step size.
"""

from typing import NamedTuple

import numpy as np

from .._arguments import at_least, whole


class Sides(NamedTuple):
    """The two sides of an inequality left <= right, for every horizon.

    Examples
    --------
    >>> Sides(1.0, 2.0).right
    2.0
    """

    left: np.ndarray
    right: np.ndarray


def scales(q, delta):
    """(13): H_0 = delta, H_1, ..., H_T, the diagonals a row each.

    >>> scales([[3.0], [4.0]], delta=1.0).ravel().tolist()
    [1.0, 4.0, 6.0]
    """
    q = _sequence(q, "q")
    lengths = np.sqrt(np.cumsum(q**2, axis=0))
    return float(at_least(0, delta, "delta")) + np.vstack([np.zeros(q.shape[1]), lengths])


def path_length(q):
    """sum_i |q_{1:T,i}|, the quantity in which every regret bound of AdaGrad is written.

    >>> path_length([[3.0, 1.0], [4.0, 0.0]]).tolist()
    [4.0, 6.0]
    """
    return scales(q, 0.0)[1:].sum(axis=1)


def energy(q, delta, lag=0):
    """(1/2) sum_t <q_t, q_t / H_{t - lag}>: what the steps themselves cost. Where q_t = 0 the term is 0.

    >>> energy([[3.0], [4.0]], delta=1.0).round(3).tolist(), energy([[3.0], [4.0]], delta=1.0, lag=1).tolist()
    ([1.125, 2.458], [4.5, 6.5])
    """
    q, lag = _sequence(q, "q"), whole(lag, "lag", 0)
    if lag > 1:
        raise ValueError(f"lag: expected 0 (H_t) or 1 (H_{{t-1}}), got {lag}")
    H = scales(q, delta)[1 - lag : q.shape[0] + 1 - lag]
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(q == 0, 0.0, q**2 / H)
    return np.cumsum(terms.sum(axis=1)) / 2


def gradient_bound(q, printed=False):
    """G_infinity up to every horizon: max |q_{t,i}|; printed, max_i |q_{1:T,i}|, which grows like sqrt(T).

    >>> gradient_bound([[1.0], [1.0]]).tolist(), gradient_bound([[3.0], [4.0]], printed=True).tolist()
    ([1.0, 1.0], [3.0, 5.0])
    """
    if printed:
        return scales(q, 0.0)[1:].max(axis=1)
    return np.maximum.accumulate(np.abs(_sequence(q, "q")).max(axis=1))


def lemma_4_1(q, delta):
    """Lemma 4.1: (1/2) sum_t |q_t|**2 in 1 / H_t is at most sum_i |q_{1:T,i}|, for every delta >= 0.

    >>> [side.round(3).tolist() for side in lemma_4_1([[3.0], [4.0]], delta=0.0)]
    [[1.5, 3.1], [3.0, 5.0]]
    """
    return Sides(energy(q, delta), path_length(q))


def lemma_4_2(q, delta, eta=None, printed=False):
    """Lemma 4.2: the same with 1 / H_{t-1}, for delta >= max |q_{t,i}|; printed, with eta / (2 H_{t-1}), which needs eta <= 2.

    >>> [side.tolist() for side in lemma_4_2([[1.0]], delta=1.0)]
    [[0.5], [1.0]]
    >>> bool(lemma_4_2([[1.0]] * 1000, delta=1.0, eta=3.0, printed=True).left[-1] > 1000**0.5)
    True
    """
    factor = _positive(eta, "eta") / 2 if printed else 1.0
    return Sides(factor * energy(q, delta, lag=1), path_length(q))


def drift(x, q, delta, best):
    """B_{psi_1}(x*, x_1) + sum_{t < T} (B_{psi_{t+1}} - B_{psi_t})(x*, x_{t+1}): what a metric that changes costs.

    >>> drift([[0.0], [0.5], [0.5]], [[3.0], [4.0]], delta=1.0, best=[1.0]).tolist()
    [2.0, 2.25]
    """
    q, x = _sequence(q, "q"), _sequence(x, "x")
    if x.shape != (q.shape[0] + 1, q.shape[1]):
        raise ValueError(f"x: expected one row more than q and shape {(q.shape[0] + 1, q.shape[1])}, got {x.shape}")
    H, away = scales(q, delta), (x[:-1] - _point(best, q)) ** 2
    grown = np.vstack([H[1:2], np.diff(H[1:], axis=0)])
    return np.cumsum((grown * away).sum(axis=1)) / 2


def drift_bound(q, D, delta, printed=False):
    """What A.2 bounds ``drift`` by: D**2 / 2 (sum_i |q_{1:T,i}| + delta d); printed, without delta.

    >>> drift_bound([[3.0], [4.0]], D=1.0, delta=1.0).tolist(), drift_bound([[3.0]], 1.0, 1.0, printed=True).tolist()
    ([2.0, 3.0], [1.5])
    """
    return at_least(0, D, "D") ** 2 / 2 * scales(q, 0.0 if printed else delta)[1:].sum(axis=1)


def proposition_3_1(x, q, delta, eta, best, printed=False, young=1.0):
    """The right-hand side of Proposition 3.1 along a run; its expectation bounds the regret of QCMD adagrad, at x_{t+1}.

    Printed with |q_t|**2 in 1 / H_t and eta = 2 / (1 + 2 L), which is false. Corrected it is in 1 / H_{t-1}, times 1 / `young`,
    for eta of ``cmd_stepsize``.

    >>> run = [[0.0], [-0.25]], [[1.0]]
    >>> proposition_3_1(*run, delta=1.0, eta=0.5, best=[0.0]).tolist()
    [0.5]
    >>> proposition_3_1(*run, delta=1.0, eta=0.5, best=[0.0], printed=True).tolist()
    [0.25]
    """
    steps = energy(q, delta) if printed else energy(q, delta, lag=1) / _positive(young, "young")
    return steps + drift(x, q, delta, best) / _positive(eta, "eta")


def proposition_3_2(q, delta, eta, best, printed=False):
    """The right-hand side of Proposition 3.2 along a run; its expectation bounds the regret of QRDA adagrad, at x_t.

    <x*, H_T x*> / (2 eta) + (eta / 2) sum_t |q_t|**2 in 1 / H_{t-1}; printed, eta is counted twice: eta**2 / 4 instead of eta / 2.

    >>> proposition_3_2([[1.0]], delta=1.0, eta=0.5, best=[1.0]).tolist()
    [2.25]
    >>> proposition_3_2([[1.0]], delta=1.0, eta=0.5, best=[1.0], printed=True).tolist()
    [2.0625]
    """
    eta = _positive(eta, "eta")
    size = (scales(q, delta)[1:] * _point(best, _sequence(q, "q")) ** 2).sum(axis=1) / 2
    return size / eta + (eta**2 / 2 if printed else eta) * energy(q, delta, lag=1)


class VarianceStep(NamedTuple):
    """One coordinate of q_t - f'_t and of q_t, squared and divided by H_t (`now`) or H_{t-1} (`before`), in expectation.

    Examples
    --------
    >>> VarianceStep(1.0, 2.0, 3.0, 4.0).noise_now
    1.0
    """

    noise_now: float
    square_now: float
    noise_before: float
    square_before: float


def variance_step(values, chances, delta, history=0.0):
    """The step from E|q_t - f'_t|**2 to E|q_t|**2 in the proof of Proposition 3.1, for a q_t that takes `values` with `chances`.

    Printed it is noise_now <= square_now, which is false as H_t depends on q_t; noise_now <= noise_before <= square_before is true.

    Parameters
    ----------
    values, chances : array
        What one coordinate of q_t may be, and how likely; f'_t is the mean.
    delta : float
        Above 0, or `history` is.
    history : float
        \\|q_{1:t-1,i}\\|.

    Returns
    -------
    VarianceStep

    Examples
    --------
    >>> [round(value, 4) for value in variance_step([0.0, 1.0], [0.9, 0.1], delta=1e-3)]
    [9.0809, 0.0999, 90.0, 100.0]
    """
    values, chances = _vector(values, "values"), at_least(0, chances, "chances")
    if chances.shape != values.shape or not np.isclose(chances.sum(), 1):
        raise ValueError(f"chances: expected one for each of {values.size} values, adding up to 1, got {chances}")
    history = at_least(0, history, "history")
    before = at_least(0, delta, "delta") + history
    if not before > 0:
        raise ValueError(
            "delta: expected a number > 0 where the history is 0, got 0: nothing can be divided by H_{t-1}"
        )
    now = delta + np.sqrt(history**2 + values**2)
    noise, square = (values - chances @ values) ** 2, values**2
    return VarianceStep(*(float(chances @ (part / H)) for H in (now, before) for part in (noise, square)))


def _sequence(value, name):
    """A finite matrix with a row a step."""
    array = np.asarray(value, float)
    if array.ndim != 2 or not array.size or not np.isfinite(array).all():
        raise ValueError(f"{name}: expected finite numbers of shape (steps, dim), got shape {array.shape}")
    return array


def _vector(value, name):
    array = np.atleast_1d(np.asarray(value, float))
    if array.ndim != 1 or not array.size or not np.isfinite(array).all():
        raise ValueError(f"{name}: expected a vector of finite numbers, got shape {array.shape}")
    return array


def _point(best, q):
    best = _vector(best, "best")
    if best.size != q.shape[1]:
        raise ValueError(f"best: expected {q.shape[1]} coordinates, as q has, got {best.size}")
    return best


def _positive(value, name):
    array = at_least(0, np.nan if value is None else value, name)
    if not ((array > 0) & np.isfinite(array)).all():
        raise ValueError(f"{name}: expected finite numbers > 0, got {np.min(array)}")
    return array
