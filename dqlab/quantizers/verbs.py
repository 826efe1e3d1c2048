"""What every quantizer does: encode, decode, pack, unpack.

    u --encode--> codes --decode--> q          codes --pack--> Message --unpack--> codes

`quantize` is `decode` after `encode`, so a simulation that skips the packing still has the true bit count.
A class says what it does with ``@encode.register(Class)`` and ``@decode.register(Class)``; a class that also has
``@alphabet.register(Class)`` gets `pack`, `unpack` and `nbits` for nothing.
"""

import numpy as np

from .. import _checks
from .._generic import generic
from ..bits import check_codes, check_message, pack_radix, radix_bits, unpack_radix
from ..streams import stream
from .domains import excess, inside, scale_for, with_slack


@generic
def encode(quantizer, u, scale=1.0, rng=None, shared=0, *, outside="raise"):
    """Codes of a vector: what the worker computes and sends.

    Parameters
    ----------
    quantizer : a registered quantizer
    u : array of float32 or float64, shape (dim,)
    scale : float
        The dynamic range r_t of equation (7) of Lin et al.: q_t(u) = r_t q(u / r_t).
    rng : numpy.random.Generator, optional
        The encoder's private randomness; a deterministic quantizer leaves it alone.
    shared : int
        A key of randomness that both ends know.
    outside : {"raise", "clip"}
        What to do with an input outside the domain. Clipping is never silent: it has to be asked for.

    Returns
    -------
    ndarray of integers, shape (number of codes,)

    Raises
    ------
    TypeError, ValueError
        Wrong shape, NaN or infinity, a scale that is not positive, an input outside the domain.

    Examples
    --------
    >>> import dqlab as dq
    >>> dq.quantizers.encode(dq.quantizers.UniformScalar(levels=4, dim=3), [-0.9, 0.1, 0.6])
    array([0, 2, 3])
    """
    u, scale, rng = prepare(quantizer, u, scale, rng, outside)
    return encode.kernel(quantizer)(quantizer, u, scale, rng, shared)


def prepare(quantizer, u, scale, rng, outside):
    """Checked (u, scale, rng) for an encoder's kernel."""
    encode.kernel(quantizer)  # says so where there is none
    _checks.choice(outside, "outside", ("raise", "clip"))
    u = _checks.vector(u, "u", quantizer.dim, finite=False)
    scale = scale_for(quantizer, scale, u.dtype.type)
    rng = stream(0, "encode") if rng is None else _checks.generator(rng, "rng")
    if not inside.kernel(quantizer)(quantizer, u, with_slack(scale)):
        u = _checks.vector(u, "u", quantizer.dim)
        if outside == "raise":
            raise ValueError(
                f"u: outside the domain of {quantizer} at scale {scale:g} ({excess(quantizer, u, scale)}); "
                f"choose a larger scale, or outside='clip'"
            )
    return u, scale, rng


@generic
def decode(quantizer, codes, scale=1.0, shared=0):
    """The vector that codes stand for: what the server computes.

    Parameters
    ----------
    quantizer : a registered quantizer
    codes : array of integers, as `encode` returned them
    scale : float
        The same dynamic range as the encoder's. A ``numpy.float32`` asks for a float32 result.
    shared : int
        The same key as the encoder's.

    Returns
    -------
    ndarray of float, shape (dim,)

    Examples
    --------
    >>> import dqlab as dq
    >>> dq.quantizers.decode(dq.quantizers.UniformScalar(levels=4, dim=3), [0, 2, 3])
    array([-0.75,  0.25,  0.75])
    """
    dtype = np.float32 if isinstance(scale, np.float32) else np.float64
    scale = scale_for(quantizer, scale, dtype)
    codes = np.asarray(codes)
    if alphabet.has(quantizer):
        check_codes(codes, int(alphabet(quantizer)), length(quantizer))
    if not possible(quantizer, codes):
        raise ValueError(f"codes: no encoder of {quantizer} sends these")
    return decode.kernel(quantizer)(quantizer, codes, scale, shared)


@generic
def alphabet(quantizer):
    """How many letters K a code can be: codes are integers in [0, K).

    Examples
    --------
    >>> import dqlab as dq
    >>> dq.quantizers.alphabet(dq.quantizers.UniformScalar(levels=4, dim=3))
    4
    """
    return alphabet.kernel(quantizer)(quantizer)


@generic
def length(quantizer):
    """How many codes a vector becomes: one a coordinate, unless the class registers another number.

    Examples
    --------
    >>> import dqlab as dq
    >>> dq.quantizers.length(dq.quantizers.UniformScalar(levels=4, dim=3))
    3
    """
    return length.kernel(quantizer)(quantizer) if length.has(quantizer) else quantizer.dim


@generic
def possible(quantizer, codes):
    """Whether an encoder can have sent these codes: yes, unless the class asks for more than `alphabet` and `length`.

    Examples
    --------
    >>> import dqlab as dq
    >>> q = dq.quantizers.SimQPlus(bound=1.0, dim=2, repeats=3)
    >>> dq.quantizers.possible(q, [1, 4]), dq.quantizers.possible(q, [3, 4])  # counts 1, 2 and 2, 2 in three draws
    (True, False)
    """
    return bool(possible.kernel(quantizer)(quantizer, np.asarray(codes)))


@possible.register(object, compiled=False)
def _any(quantizer, codes):
    return True


@generic
def pack(quantizer, codes):
    """Codes as a ``Message``: exact, reversible, every bit counted.

    Examples
    --------
    >>> import dqlab as dq
    >>> q = dq.quantizers.UniformScalar(levels=4, dim=3)
    >>> dq.quantizers.pack(q, [0, 2, 3]).nbits
    6
    """
    return pack.kernel(quantizer)(quantizer, codes)


@pack.register(object, compiled=False)
def _pack_radix(quantizer, codes):
    letters = int(alphabet(quantizer))
    return pack_radix(check_codes(codes, letters, length(quantizer)), letters)


@generic
def unpack(quantizer, message):
    """The codes in a ``Message``; ``DecodeError`` where no encoder can have sent it.

    Examples
    --------
    >>> import dqlab as dq
    >>> q = dq.quantizers.UniformScalar(levels=4, dim=3)
    >>> dq.quantizers.unpack(q, dq.quantizers.pack(q, [0, 2, 3]))
    array([0, 2, 3])
    """
    return unpack.kernel(quantizer)(quantizer, message)


@unpack.register(object, compiled=False)
def _unpack_radix(quantizer, message):
    return unpack_radix(check_message(message, nbits(quantizer)), length(quantizer), int(alphabet(quantizer)))


@generic
def nbits(quantizer):
    """Length in bits of every message of a fixed-length quantizer, known before any data.

    Examples
    --------
    >>> import dqlab as dq
    >>> dq.quantizers.nbits(dq.quantizers.UniformScalar(levels=16, dim=100))
    400
    """
    return nbits.kernel(quantizer)(quantizer)


@nbits.register(object, compiled=False)
def _nbits_radix(quantizer):
    return radix_bits(length(quantizer), int(alphabet(quantizer)))


@generic
def quantize(quantizer, u, scale=1.0, rng=None, shared=0, *, outside="raise"):
    """`decode` after `encode`: the vector that the server sees.

    Takes what `encode` takes and raises what it raises.

    Examples
    --------
    >>> import dqlab as dq
    >>> dq.quantizers.quantize(dq.quantizers.UniformScalar(levels=4, dim=3), [-0.9, 0.1, 0.6])
    array([-0.75,  0.25,  0.75])
    """
    codes = encode(quantizer, u, scale, rng, shared, outside=outside)
    dtype = np.float32 if np.asarray(u).dtype == np.float32 else np.float64
    return decode(quantizer, codes, dtype(scale), shared)


@quantize.register(object)
def _decode_after_encode(quantizer, u, scale, rng, shared):
    return decode(quantizer, encode(quantizer, u, scale, rng, shared), scale, shared)


@generic
def send(quantizer, u, scale=1.0, rng=None, shared=0, outside="raise"):
    """`pack` after `encode`: a vector as the ``Message`` that crosses the link.

    Takes what `encode` takes and raises what it raises.

    Examples
    --------
    >>> import dqlab as dq
    >>> q = dq.quantizers.UniformScalar(levels=4, dim=3)
    >>> dq.quantizers.receive(q, dq.quantizers.send(q, [-0.9, 0.1, 0.6]))
    array([-0.75,  0.25,  0.75])
    """
    return send.kernel(quantizer)(quantizer, u, scale, rng, shared, outside)


@send.register(object, compiled=False)
def _pack_after_encode(quantizer, u, scale, rng, shared, outside):
    return pack(quantizer, encode(quantizer, u, scale, rng, shared, outside=outside))


@generic
def receive(quantizer, message, scale=1.0, shared=0):
    """`decode` after `unpack`: the vector that a message stands for. A ``numpy.float32`` scale asks for float32.

    Examples
    --------
    >>> import numpy as np
    >>> import dqlab as dq
    >>> q = dq.quantizers.UniformScalar(levels=4, dim=2)
    >>> message = dq.quantizers.send(q, [-0.9, 0.1])
    >>> dq.quantizers.receive(q, message, np.float32(1.0))
    array([-0.75,  0.25], dtype=float32)
    """
    dtype = np.float32 if isinstance(scale, np.float32) else np.float64
    return receive.kernel(quantizer)(quantizer, message, scale_for(quantizer, scale, dtype), shared)


@receive.register(object, compiled=False)
def _decode_after_unpack(quantizer, message, scale, shared):
    return decode.kernel(quantizer)(quantizer, unpack(quantizer, message), scale, shared)
