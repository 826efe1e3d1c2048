"""Unbiased rounding to a grid: the quantizer of the experiments of Reisizadeh et al., whose noise does not depend on its input."""

import math
from typing import NamedTuple

import numpy as np

from .. import _checks
from .._generic import jit
from ..bits import check_codes, check_message, pack_fixed, unpack_fixed
from ..streams import key, stream, words
from . import blocks
from .blocks import decode_block, encode_all, encode_block
from .coordinate_uniform import CoordinateUniform, in_alphabet
from .covering import covering_radius, dynamic_range
from .domains import domain, inside, scale_for
from .moments import second_moment_bound
from .uniform_scalar import count_outside, slack
from .verbs import alphabet, decode, encode, length, nbits, pack, prepare, receive, send, unpack

MOST_LETTERS = (1 << 30) - 1


class _Fields(NamedTuple):
    spacing: float
    dim: int
    bound: float


class Grid(_Fields):
    """Every coordinate at random to one of the two multiples of `spacing` beside it, so that the mean is kept.

    Parameters
    ----------
    spacing : float
        eta > 0.
    dim : int
        p >= 1 coordinates.
    bound : float
        The domain is the cube |x_i| <= bound; a bound between two multiples has room for the one above.

    Raises
    ------
    TypeError, ValueError
        If `spacing` or `bound` is not a positive number, `dim` < 1, or there are more than 2**30 - 1 points on an axis.

    Notes
    -----
    The low-precision quantizer of Reisizadeh et al.: for k eta <= x_i < (k + 1) eta it is (k + 1) eta with probability x_i / eta - k,
    else k eta. E Q(x) = x and E|Q(x) - x|**2 <= p eta**2 / 4 for every x of the domain, which is Assumption 2. Codes
    are k + K for k = -K, ..., K = `top`, and a message has p ceil(log2(2K + 1)) bits. With ``outside="clip"`` a coordinate past the
    cube is taken for the end of its axis. An excess of 1e-12 (1e-6 in float32) is rounding. Draw i decides coordinate i, so the
    codes do not depend on the number of cores.

    Examples
    --------
    >>> import dqlab as dq
    >>> q = dq.quantizers.Grid(spacing=0.25, dim=3, bound=1.0)
    >>> dq.quantizers.nbits(q), dq.quantizers.quantize(q, [0.5, -0.25, 1.0])
    (12, array([ 0.5 , -0.25,  1.  ]))
    >>> dq.quantizers.quantize(q, [0.1, 0.1, -7.0], outside="clip")
    array([ 0.25,  0.  , -1.  ])
    """

    __slots__ = ()

    def __new__(cls, spacing, dim, bound):
        spacing, bound = _checks.positive(spacing, "spacing"), _checks.positive(bound, "bound")
        if not 2 * bound / spacing + 1 < MOST_LETTERS:
            raise ValueError(
                f"bound: expected at most 2**30 - 1 points on an axis, got 2 * {bound:g} / {spacing:g} + 1; "
                f"give a smaller bound or a coarser grid"
            )
        return super().__new__(cls, spacing, _checks.integer(dim, "dim", 1), bound)

    @property
    def per_unit(self):
        """1 / eta."""
        return float(inverse(self.spacing))

    @property
    def top(self):
        """The largest multiple."""
        return int(multiples(self.spacing, self.bound))

    @property
    def rate(self):
        """log2(2K + 1), bits per dimension."""
        return math.log2(2 * self.top + 1)


class DecimalGrid(Grid):
    """Unbiased rounding to `digits` decimal digits: the grid of spacing 10**-digits.

    Parameters
    ----------
    digits : int
        s >= 0 digits behind the point.
    dim : int
        p >= 1 coordinates.
    bound : float
        The domain is the cube |x_i| <= bound.

    Raises
    ------
    TypeError, ValueError
        If `digits` is not an integer from 0 to 8 (with more there is no room for the letters), and as ``Grid`` does.

    Notes
    -----
    What the authors' code does: round to the nearest number of s digits, then move one step of the grid towards x with probability
    10**s times the distance. That is the law of ``Grid``. A coordinate costs ceil(log2(2 bound 10**s + 1)) bits.

    Examples
    --------
    >>> import dqlab as dq
    >>> q = dq.quantizers.DecimalGrid(digits=3, dim=2, bound=1.0)
    >>> q, dq.quantizers.nbits(q), dq.quantizers.variance_bound(q)
    (DecimalGrid(digits=3, dim=2, bound=1), 22, 5e-07)
    >>> dq.quantizers.quantize(q, [0.1234, -0.5])
    array([ 0.124, -0.5  ])
    """

    __slots__ = ()

    def __new__(cls, digits, dim, bound):
        digits = _checks.integer(digits, "digits", 0)
        if digits > 8:
            raise ValueError(f"digits: expected at most 8, got {digits}")
        return super().__new__(cls, 1 / 10.0**digits, dim, bound)

    def __reduce__(self):
        return type(self)._make, (tuple(self),)

    def __repr__(self):
        return f"DecimalGrid(digits={self.digits}, dim={self.dim}, bound={self.bound:g})"

    @property
    def digits(self):
        """s."""
        return round(math.log10(self.per_unit))


@jit
def inverse(spacing):
    """1 / spacing, and a whole number where rounding alone keeps it from being one: 1 / 1e-5 is 99999.99999999999 in floats."""
    nearest = np.round(1 / spacing)
    return nearest if abs(nearest * spacing - 1) < 1e-14 else 1 / spacing


@jit
def multiples(spacing, bound):
    """How many multiples of `spacing` it takes to get to `bound`; an excess of 1e-12 is rounding."""
    return math.ceil(bound / spacing * (1 - 1e-12))


@encode_block.register(Grid)
def _encode_block(quantizer, u, unit, key, first, draws, codes):
    words(key, first // 2, draws[: (u.size + 1) // 2])
    encode_multiples(quantizer, u, unit, draws.view(np.int32), codes)
    return count_outside(u, u.dtype.type(quantizer.bound * np.float64(unit)) * slack(u))


@jit
def encode_multiples(quantizer, u, scale, draws, codes):
    """The multiple below or above every coordinate, by one of 2**32 equally likely draws each."""
    of, top = u.dtype.type, np.int32(multiples(quantizer.spacing, quantizer.bound))
    per_unit, end = of(inverse(quantizer.spacing) / np.float64(scale)), of(quantizer.bound / quantizer.spacing)
    half, unit = of(0.5), of(2.0**-32)
    for i in range(u.size):
        y = u[i] * per_unit
        y = y if y > -end else -end
        y = y if y < end else end
        below = np.floor(y)
        code = np.int32(below) + np.int32(of(draws[i]) * unit + half < y - below)
        codes[i] = min(max(code, -top), top) + top


@decode_block.register(Grid)
def _decode_block(quantizer, codes, unit, q):
    decode_multiples(quantizer, codes, unit, q)


@jit
def decode_multiples(quantizer, codes, scale, q):
    """k eta as k / (1 / eta), which is the number of so many digits exactly where 1 / eta is a power of ten."""
    of, top = q.dtype.type, np.int32(multiples(quantizer.spacing, quantizer.bound))
    per_unit = of(inverse(quantizer.spacing) / np.float64(scale))
    for i in range(q.size):
        q[i] = of(np.int32(codes[i]) - top) / per_unit


@encode.register(Grid)
def _encode(quantizer, u, scale, rng, shared):
    codes = np.empty(u.size, np.int64)
    encode_all(quantizer, u, scale, key(rng), codes)
    return codes


@decode.register(Grid)
def _decode(quantizer, codes, scale, shared):
    q = np.full(codes.size, scale)
    decode_multiples(quantizer, codes, scale, q)
    return q


@alphabet.register(Grid)
def _alphabet(quantizer):
    return 2 * multiples(quantizer.spacing, quantizer.bound) + 1


@inside.register(Grid)
def _inside(quantizer, u, scale):
    return count_outside(u, u.dtype.type(quantizer.bound * np.float64(scale))) == 0


@domain.register(Grid, compiled=False)
def _domain(quantizer):
    return math.inf, quantizer.bound


@dynamic_range.register(Grid, compiled=False)
def _dynamic_range(quantizer):
    return quantizer.bound


@covering_radius.register(Grid, compiled=False)
def _covering_radius(quantizer):
    return math.sqrt(quantizer.dim) * quantizer.spacing


@second_moment_bound.register(Grid, compiled=False)
def _second_moment_bound(quantizer, bound, norm, order):
    """That of CUQ with the same levels, which is the same law."""
    levels = CoordinateUniform(quantizer.top * quantizer.spacing, 2 * quantizer.top + 1, quantizer.dim)
    return second_moment_bound(levels, bound, norm, order)


@nbits.register(Grid, compiled=False)
def _nbits(quantizer):
    return quantizer.dim * _width(quantizer)


def _width(quantizer):
    """ceil(log2(2K + 1))."""
    return (2 * quantizer.top).bit_length()


@pack.register(Grid, compiled=False)
def _pack(quantizer, codes):
    return pack_fixed(check_codes(codes, int(alphabet(quantizer)), length(quantizer)), _width(quantizer))


@unpack.register(Grid, compiled=False)
def _unpack(quantizer, message):
    message = check_message(message, nbits(quantizer))
    return in_alphabet(unpack_fixed(message, quantizer.dim, _width(quantizer)), 2 * quantizer.top)


def _plain(quantizer):
    """As a ``Grid``: what kernels on many cores take apart must be made of its fields."""
    return Grid._make(quantizer)


@send.register(Grid, compiled=False)
def _send(quantizer, u, scale, rng, shared, outside):
    u = np.asarray(u)
    if u.dtype not in (np.float32, np.float64) or u.shape != (quantizer.dim,):
        return pack(quantizer, encode(quantizer, u, scale, rng, shared, outside=outside))
    _checks.choice(outside, "outside", ("raise", "clip"))
    rng = stream(0, "encode") if rng is None else _checks.generator(rng, "rng")
    scale = scale_for(quantizer, scale, u.dtype.type)
    u, message = np.ascontiguousarray(u), blocks.blank(u.size, 2 * quantizer.top + 1)
    if blocks.write(_plain(quantizer), u, scale, key(rng), message, 2 * quantizer.top + 1):
        prepare(quantizer, u, scale, rng, outside)  # says what is wrong, unless clipping was asked for
    return message


@receive.register(Grid, compiled=False)
def _receive(quantizer, message, scale, shared):
    q, message = np.empty(quantizer.dim, type(scale)), check_message(message, nbits(quantizer))
    blocks.read(_plain(quantizer), message, scale, q, 2 * quantizer.top + 1)
    return q
