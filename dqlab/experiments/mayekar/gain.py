"""Gains without a bound: three laws with E G^2 = B^2, what quantizers of gains do to them, and how long their messages are."""

import math

import numpy as np

from ... import _checks
from ..._generic import jit
from ...problems import AbsoluteRegression, Gain, LpBall
from ...quantizers import AGUQ, UniformGain, nbits, quantize
from ...streams import stream
from ...theory import mayekar as theory

GAIN_LAWS = {"half-normal": Gain.half_normal(), "Pareto 2.05": Gain.pareto(2.05), "rare two-point": Gain.rare(1e-3)}


def gain_quantiles(law, u):
    """The gain, at B = 1, that exceeds the part `u` of all gains.

    Parameters
    ----------
    law : {"half-normal", "Pareto 2.05", "rare two-point"}
        |N(0, 1)|; P(G > g) proportional to g**-2.05; sqrt(500) with probability 1/1000, else about sqrt(1/2). All have E G**2 = 1.
    u : array
        In [0, 1).

    Returns
    -------
    ndarray

    Examples
    --------
    >>> from dqlab.experiments import mayekar
    >>> mayekar.gain_quantiles("rare two-point", [0.5, 0.9995]).round(2).tolist()
    [0.71, 22.36]
    """
    from scipy.special import ndtri

    u, gain = np.asarray(u, float), _law(law)
    if law == "half-normal":
        return -ndtri((1 - u) / 2)
    return np.where(u >= 1 - gain.chance, gain.top, gain.power * (1 - u) ** (-1 / gain.index))


def gain_tail(law, top):
    """E[G; G > M] at B = 1, exactly: the bias of a gain quantizer that is unbiased up to M and decodes larger gains to 0.

    Parameters
    ----------
    law : str
        See :func:`gain_quantiles`.
    top : float
        M >= 0.

    Returns
    -------
    float

    Examples
    --------
    >>> from dqlab.experiments import mayekar
    >>> [round(mayekar.gain_tail(law, 10.0), 4) for law in mayekar.GAIN_LAWS]
    [0.0, 0.0039, 0.0224]
    """
    gain, top = _law(law), _checks.positive(top, "top", zero=True)
    if law == "half-normal":
        return gain.mean * math.exp(-top * top / 2)
    rare = gain.chance * gain.top if top < gain.top else 0.0
    if gain.index == math.inf:
        return rare + (gain.mean - gain.chance * gain.top if top < gain.power else 0.0)
    return gain.mean * max(1.0, top / gain.power) ** (1 - gain.index)


def _law(name):
    """The Gain with a name."""
    _checks.choice(name, "law", tuple(GAIN_LAWS))
    return GAIN_LAWS[name]


def gain_lengths(queries, levels=7, ratio=2.0):
    """Bits for a gain with a bias of at most B / sqrt(T), by one uniform range and by geometric ranges, and bits that are needed.

    Parameters
    ----------
    queries : list of int
        T.
    levels, ratio
        Of AGUQ.

    Returns
    -------
    pandas.DataFrame
        ``T``, ``uniform``, ``AGUQ``, ``needed``: by ``theory.mayekar.gain_points_needed`` with the second moment of AGUQ.

    Examples
    --------
    >>> from dqlab.experiments import mayekar
    >>> mayekar.gain_lengths([10**4]).values.tolist()
    [[10000, 7, 7, 4]]
    """
    import pandas as pd

    factor = 1 + (1 + ratio) / (4 * (levels - 1) ** 2)
    rows = [
        (
            T,
            nbits(UniformGain.for_queries(1.0, T)),
            nbits(AGUQ.for_queries(1.0, T, levels, ratio)),
            (theory.gain_points_needed(T, factor) - 1).bit_length(),
        )
        for T in queries
    ]
    return pd.DataFrame(rows, columns=["T", "uniform", "AGUQ", "needed"])


@jit
def through(gain, gains, rng):
    """Every gain quantized."""
    out = np.empty_like(gains)
    for i in range(gains.size):
        out[i] = quantize(gain, gains[i : i + 1], 1.0, rng, 0)[0]
    return out


def gain_moments(gain, draws=100_000, seed=0, laws=GAIN_LAWS):
    """Bias and second moment of a quantizer of gains, measured on the three laws at B = 1.

    Gains are stratified, one in the middle of each `draws`-th part of the law, so what varies is the quantizer's own randomness.

    Parameters
    ----------
    gain : AGUQ or UniformGain
        With bound 1.
    draws : int
    seed : int
    laws : sequence of str

    Returns
    -------
    pandas.DataFrame
        ``law``, ``bias`` = E[G - Q(G)] and ``half`` of its 95 % confidence interval, ``lost`` = E[G; G > M], what it should be,
        ``moment`` = E Q(G)**2 and ``moment_half``.

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments import mayekar
    >>> frame = mayekar.gain_moments(dq.quantizers.AGUQ.for_queries(1.0, 100), draws=2000)
    >>> bool((abs(frame.bias - frame.lost) < 0.02).all())
    True
    """
    import pandas as pd

    draws, rows = _checks.integer(draws, "draws", 2), []
    for law in laws:
        gains = gain_quantiles(law, (np.arange(draws) + 0.5) / draws)
        out = through(gain, gains, stream(seed, "gains", law))
        bias, moment = gains - out, out**2
        half, moment_half = (1.96 * x.std(ddof=1) / math.sqrt(draws) for x in (bias, moment))
        rows.append((law, bias.mean(), half, gain_tail(law, gain.top), moment.mean(), moment_half))
    return pd.DataFrame(rows, columns=["law", "bias", "half", "lost", "moment", "moment_half"])


class RareRows(AbsoluteRegression):
    """An absolute loss whose rows are bounded in mean square: E|g|_2**2 <= B**2, while one row may be much longer than B."""

    __slots__ = ()
    surely = False


def rare_rows(dim, rarity, opposed, seed=0):
    """A mean-square bounded oracle of which one answer in K is long: sqrt(K / 2) against about sqrt(1 / 2) of the others.

    f is linear on the unit ball, B = 1 and p = 2. If the long answer is `opposed`, there is one, along -u, and the others lean to u so
    little that the mean is along -u all the same: a quantizer that loses it descends to the wrong side. If it is not, each of 8
    directions comes at either length: the gain is independent of the shape. ``dqlab.problems.rare_oracle`` has one direction alone.

    Parameters
    ----------
    dim : int
        d >= 2.
    rarity : int
        K, odd and at least 9.
    opposed : bool
    seed : int

    Returns
    -------
    RareRows

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments import mayekar
    >>> oracle = mayekar.rare_rows(16, rarity=101, opposed=True)
    >>> round(float(dq.problems.value(oracle, -oracle.minimiser) - oracle.minimum), 4)
    0.0704
    """
    dim, rarity = _checks.integer(dim, "dim", 2), _checks.integer(rarity, "rarity", 9)
    if rarity % 2 == 0:
        raise ValueError(f"rarity: expected an odd number, got {rarity}")
    rng = stream(seed, "rare")
    u, sides = rng.standard_normal(dim), rng.standard_normal((rarity // 2 if opposed else 4, dim))
    u /= np.linalg.norm(u)
    sides -= np.outer(sides @ u, u)
    sides /= np.linalg.norm(sides, axis=1, keepdims=True)
    loud, usual = math.sqrt(rarity / 2), math.sqrt(rarity / (2 * (rarity - 1)))
    along = loud / (2 * (rarity - 1)) / usual if opposed else 0.1  # half of what the loud row outweighs
    sides *= math.sqrt(1 - along**2)
    leaning = np.vstack([along * u + sides, along * u - sides])
    if opposed:
        A = np.vstack([usual * leaning, -loud * u])
    else:
        A = np.vstack([np.repeat(usual * leaning, rarity - 1, axis=0), loud * leaning])
    b = 2 * np.linalg.norm(A, axis=1)  # no point of the ball changes a sign
    mean, domain = A.mean(axis=0), LpBall(2.0, 1.0, dim)
    return RareRows(A, b, 2.0, 1.0, domain, float(b.mean() - np.linalg.norm(mean)), mean / np.linalg.norm(mean))
