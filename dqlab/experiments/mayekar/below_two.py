"""Below p = 2: the split of Section 5 against one quantizer for all coordinates, in bits and in the moment that counts."""

import math

import numpy as np

from ... import _checks
from ...problems import conjugate
from ...quantizers import RATQ, CoordinateUniform, SplitLq, nbits, quantize
from ...streams import stream
from ...theory import mayekar as theory

BELOW_TWO = ("CUQ alone", "RATQ alone", "split", "sharp split")


def below_two_quantizer(scheme, dim, p, bound=1.0):
    """A quantizer for |y|_q <= B, q > 2 the conjugate of p, that is unbiased with E|Q(y)|_q^2 of the order of B^2.

    Parameters
    ----------
    scheme : {"CUQ alone", "RATQ alone", "split", "sharp split"}
        CUQ on the cube |y_i| <= B; RATQ on the ball |y|_2 <= B d**(1/2 - 1/q), with Delta_1 bits a level; SplitLq with the paper's
        parameters; and with those that send the fewest bits. All are sure of E|Q(y)|_q^2 <= 4 B^2.
    dim : int
        d.
    p : float
        In [1, 2).
    bound : float
        B.

    Returns
    -------
    a quantizer

    Raises
    ------
    ValueError
        For an unknown scheme, or p outside [1, 2).

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments import mayekar
    >>> [dq.quantizers.nbits(mayekar.below_two_quantizer(name, 1024, p=1.5)) for name in mayekar.BELOW_TWO]
    [5120, 6144, 5632, 4736]
    """
    _checks.choice(scheme, "scheme", BELOW_TWO)
    q = conjugate(p)
    if not q > 2:
        raise ValueError(f"p: expected a number in [1, 2), got {p}")
    if scheme == "CUQ alone":
        return CoordinateUniform(bound, theory.cuq_alone_levels(dim, p), dim)
    if scheme == "RATQ alone":
        return RATQ(bound * dim ** (0.5 - 1 / q), dim, levels=2 ** theory.delta_1(dim, q) - 1)
    return SplitLq(bound, dim, q, sharp=scheme == "sharp split")


def below_two_bits(dims, orders, schemes=BELOW_TWO):
    """Bits of a message, exactly, per dimension.

    Parameters
    ----------
    dims : list of int
        d.
    orders : list of float
        p in [1, 2).
    schemes : sequence of str
        See :func:`below_two_quantizer`.

    Returns
    -------
    pandas.DataFrame
        ``scheme``, ``dim``, ``p``, ``bits``, ``rate`` = bits / d.

    Examples
    --------
    >>> from dqlab.experiments import mayekar
    >>> mayekar.below_two_bits([1024], [1.5]).rate.tolist()
    [5.0, 6.0, 5.5, 4.625]
    """
    import pandas as pd

    rows = [
        (name, int(d), float(p), nbits(below_two_quantizer(name, int(d), p)))
        for name in schemes
        for p in orders
        for d in dims
    ]
    frame = pd.DataFrame(rows, columns=["scheme", "dim", "p", "bits"])
    return frame.assign(rate=frame.bits / frame.dim)


def below_two_parts(dim, p, sharp=False):
    """What the bits of one message of SplitLq say.

    Parameters
    ----------
    dim : int
    p : float
        In [1, 2).
    sharp : bool

    Returns
    -------
    dict of str to int
        "small": the levels of CUQ; "which": the map of large coordinates; "ranges" and "large": RATQ's ranges and its levels.

    Examples
    --------
    >>> from dqlab.experiments import mayekar
    >>> mayekar.below_two_parts(1024, p=1.5)
    {'small': 3072, 'which': 1024, 'ranges': 256, 'large': 1280}
    """
    quantizer = below_two_quantizer("sharp split" if sharp else "split", dim, p)
    large, some = quantizer.large, quantizer.entries > 0
    levels = large.size * large.levels.bit_length() if some else 0
    ranges = nbits(large) - levels if some else 0
    return {"small": nbits(quantizer.small), "which": dim if some else 0, "ranges": ranges, "large": levels}


def below_two_inputs(dim, p, seed=0):
    """Inputs with |y|_q = 1, q the conjugate of p, that try a quantizer in different ways; signs and places are random.

    "one coordinate"; "flat"; "two levels": as many coordinates as can be just above the threshold c of (6), the rest equal; "power
    law": |y_i| falls like i**(-1/q), so that every octave of i weighs the same; "heavy tail": a sample of Student's t with 2 degrees of freedom.

    Parameters
    ----------
    dim : int
    p : float
        In [1, 2).
    seed : int

    Returns
    -------
    dict of str to ndarray, shape (dim,)

    Examples
    --------
    >>> import numpy as np
    >>> from dqlab.experiments import mayekar
    >>> [round(float(np.linalg.norm(y, 3)), 9) for y in mayekar.below_two_inputs(64, p=1.5).values()]
    [1.0, 1.0, 1.0, 1.0, 1.0]
    """
    dim, q, rng = _checks.integer(dim, "dim", 2), conjugate(p), stream(seed, "inputs")
    i = np.arange(1, dim + 1)
    crowd = max(1, math.ceil(dim / theory.delta_1(dim, q)) - 1)
    c = theory.split_parameters(dim, q).threshold
    rest = 0.5 if q == math.inf else (max(0.0, 1 - crowd * (1.0001 * c) ** q) / (dim - crowd)) ** (1 / q)
    sizes = {
        "one coordinate": np.where(i == 1, 1.0, 0.0),
        "flat": np.ones(dim),
        "two levels": np.where(i <= crowd, 1.0001 * c, rest),
        "power law": i ** (-1 / q) if q < math.inf else 1.0 / i,
        "heavy tail": np.abs(rng.standard_t(2, dim)),
    }
    signed = {name: rng.permutation(size) * rng.choice([-1.0, 1.0], dim) for name, size in sizes.items()}
    return {name: y / np.linalg.norm(y, q) for name, y in signed.items()}


def below_two_moments(dim, orders, draws=200, seed=0, schemes=BELOW_TWO):
    """E|Q(y)|_q^2 / B^2, measured: what multiplies the error of mirror descent.

    Parameters
    ----------
    dim : int
    orders : list of float
        p in [1, 2).
    draws : int
        How often each input is quantized.
    seed : int
    schemes : sequence of str

    Returns
    -------
    pandas.DataFrame
        ``scheme``, ``p``, ``input`` (see :func:`below_two_inputs`), ``moment``, ``half`` (of a 95 % confidence interval), ``bias``: the
        norm |.|_q of the mean error over what it would be by chance, the root of the error's mean square over the draws.

    Examples
    --------
    >>> from dqlab.experiments import mayekar
    >>> frame = mayekar.below_two_moments(64, [1.5], draws=20, schemes=["split"])
    >>> bool((frame.moment < 2).all())
    True
    """
    import pandas as pd

    draws, rows = _checks.integer(draws, "draws", 2), []
    for p in orders:
        q = conjugate(p)
        for name in schemes:
            quantizer, rng = below_two_quantizer(name, dim, p), stream(seed, "moments", name)
            for label, y in below_two_inputs(dim, p, seed).items():
                out = np.array([quantize(quantizer, y, rng=rng, shared=draw) for draw in range(draws)])
                squared, error = np.linalg.norm(out, q, axis=1) ** 2, out - y
                chance = np.linalg.norm(np.sqrt((error**2).mean(axis=0) / draws), q)
                bias = np.linalg.norm(error.mean(axis=0), q) / chance if chance > 0 else 0.0
                half = 1.96 * squared.std(ddof=1) / math.sqrt(draws)
                rows.append((name, float(p), label, squared.mean(), half, bias))
    return pd.DataFrame(rows, columns=["scheme", "p", "input", "moment", "half", "bias"])
