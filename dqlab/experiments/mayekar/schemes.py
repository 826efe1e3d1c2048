"""Which quantizers to compare on an oracle: those made for its p, those that keep within r bits, and those for noise without bound."""

import functools
import math

from ... import _checks
from ...problems import conjugate
from ...quantizers import (
    AGUQ,
    RATQ,
    CoordinateUniform,
    GainShape,
    Identity,
    LowPrecision,
    ScaledSign,
    SimQ,
    SimQPlus,
    SplitLq,
    SubsampledRATQ,
    UniformGain,
)
from ...theory import mayekar as theory


def usual_quantizers(oracle):
    """The quantizers that an almost surely bounded oracle with this p, d and B does not leave, by name.

    Returns
    -------
    dict
        "exact"; what the paper has for this p ("SimQ", "SimQ+" or "split"); and for every p "RATQ", with the l_2 bound that B
        implies, "CUQ" with 7 levels on [-B, B], "QSGD" with 3 levels of the magnitude, and the biased "sign".

    Examples
    --------
    >>> from dqlab.experiments import mayekar
    >>> list(mayekar.usual_quantizers(mayekar.instance(2, dim=16)))
    ['exact', 'SimQ+', 'RATQ', 'CUQ', 'QSGD', 'sign']
    """
    B, d = oracle.bound, oracle.dim
    name, own = own_quantizer(B, d, oracle.p)
    return {
        "exact": Identity(d),
        name: own,
        "RATQ": RATQ(l2_bound(oracle), d),
        "CUQ": CoordinateUniform(B, 7, d),
        "QSGD": LowPrecision(3, d),
        "sign": ScaledSign(d),
    }


def own_quantizer(bound, dim, p):
    """What Mayekar and Tyagi have for one p, with its name: SimQ, SimQ+ with k = floor(d**(2/p)), or the split below p = 2.

    Examples
    --------
    >>> from dqlab.experiments import mayekar
    >>> mayekar.own_quantizer(1.0, 64, p=4)
    ('SimQ+', SimQPlus(bound=2.8284271247461903, dim=64, repeats=8, joint=True))
    """
    if p == math.inf:
        return "SimQ", SimQ(bound, dim)
    return ("SimQ+", SimQPlus.for_norm(bound, dim, p)) if p >= 2 else ("split", SplitLq.for_norm(bound, dim, p))


def l2_bound(oracle):
    """The largest |y|_2 with |y|_q <= B: B d**max(0, 1/2 - 1/q).

    Examples
    --------
    >>> from dqlab.experiments import mayekar
    >>> mayekar.l2_bound(mayekar.instance(1, dim=16)), mayekar.l2_bound(mayekar.instance(3, dim=16))
    (4.0, 1.0)
    """
    return oracle.bound * oracle.dim ** max(0.0, 0.5 - 1 / conjugate(oracle.p))


def quantizers_at(oracle, bits):
    """Unbiased quantizers whose messages have at most `bits` bits, r < d allowed (Remark 8 and Section 7).

    Parameters
    ----------
    oracle : an oracle
    bits : int
        r.

    Returns
    -------
    dict
        "SimQ+" with the most repetitions that fit, and "RATQ" of a random part of the coordinates; a scheme that has nothing
        this short is left out.

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments import mayekar
    >>> chosen = mayekar.quantizers_at(mayekar.instance(2, dim=64), bits=40)
    >>> chosen["SimQ+"].repeats, chosen["RATQ"].sent, [dq.quantizers.nbits(q) for q in chosen.values()]
    (7, 8, [37, 40])
    """
    bits, B, d = _checks.integer(bits, "bits", 1), oracle.bound, oracle.dim
    chosen, repeats = {}, min(d, theory.repeats_for_bits(bits, d))
    if repeats:
        chosen["SimQ+"] = SimQPlus(B * d ** (1 / oracle.p), d, repeats)
    if theory.sampled_coordinates(d, bits):
        chosen["RATQ"] = SubsampledRATQ(l2_bound(oracle), d, bits)
    return chosen


def gain_quantizers(oracle):
    """Quantizers for a mean-square bounded oracle, as functions of T: a quantizer of |y|_q, and one of the direction y / |y|_q.

    Returns
    -------
    dict
        "adaptive gain" (AGUQ) and "uniform gain", both with a bias of at most B / sqrt(T), "gain up to B", which loses every
        answer that is longer than B, and "exact".

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments import mayekar
    >>> oracle = dq.problems.HeavyTailed(mayekar.instance(2, dim=64), dq.problems.Gain.pareto())
    >>> {name: dq.quantizers.nbits(make(10_000)) for name, make in mayekar.gain_quantizers(oracle).items()}
    {'exact': 4096, 'adaptive gain': 166, 'uniform gain': 166, 'gain up to B': 162}
    """
    B, (_, shape), order = oracle.bound, own_quantizer(1.0, oracle.dim, oracle.p), conjugate(oracle.p)
    make = functools.partial(gain_shape, shape=shape, order=order, bound=B)
    return {
        "exact": functools.partial(_exact, dim=oracle.dim),
        "adaptive gain": functools.partial(make, gain=AGUQ.for_queries),
        "uniform gain": functools.partial(make, gain=UniformGain.for_queries),
        "gain up to B": functools.partial(make, gain=up_to_bound),
    }


def gain_shape(queries, gain, shape, order, bound):
    """The quantizer with ``gain(bound, queries)`` for the length and `shape` for the direction.

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments import mayekar
    >>> shape = dq.quantizers.RATQ(1.0, 64)
    >>> mayekar.gain_shape(100, dq.quantizers.AGUQ.for_queries, shape, 2.0, 1.0).gain.ranges
    8
    """
    return GainShape(gain(bound, queries), shape, order)


def up_to_bound(bound, queries):
    """A gain with 7 levels on [0, B], whatever T: what an almost surely bounded oracle would need.

    Examples
    --------
    >>> from dqlab.experiments import mayekar
    >>> mayekar.up_to_bound(2.0, queries=10**6)
    UniformGain(bound=2.0, top=2.0, levels=7)
    """
    return UniformGain(bound, bound, 7)


def _exact(queries, dim):
    return Identity(dim)
