"""Quantizers: plain data and compiled verbs that meet in a finite alphabet of codes."""

from .ball import Ball
from .codebook import Codebook
from .coordinate_uniform import CoordinateUniform
from .covering import (
    covering_efficiency,
    covering_radius,
    dynamic_range,
    points,
    rate,
    relative_radius,
    search_covering_radius,
)
from .decimal_grid import DecimalGrid, Grid
from .domains import domain, inside, overflows, room
from .gain_shape import GainShape
from .gains import AGUQ
from .hadamard import rotate, rotate_back, walsh_hadamard
from .identity import Identity
from .lattice import Lattice, Voronoi
from .low_precision import LowPrecision
from .moments import second_moment_bound, stretch
from .ratq import RATQ
from .rows import quantize_rows
from .sign import ScaledSign
from .simq import SimQ
from .simq_plus import SimQPlus
from .sketched_simq import SketchedSimQ
from .split_lq import SplitLq
from .subsampled_ratq import SubsampledRATQ
from .uniform_gain import UniformGain
from .uniform_scalar import UniformScalar
from .variance import relative_variance, variance_bound
from .verbs import (
    alphabet,
    decode,
    encode,
    length,
    nbits,
    pack,
    possible,
    quantize,
    receive,
    send,
    unpack,
)

__all__ = [
    "AGUQ",
    "Ball",
    "Codebook",
    "CoordinateUniform",
    "DecimalGrid",
    "GainShape",
    "Grid",
    "Identity",
    "Lattice",
    "LowPrecision",
    "RATQ",
    "ScaledSign",
    "SimQ",
    "SimQPlus",
    "SketchedSimQ",
    "SplitLq",
    "SubsampledRATQ",
    "UniformGain",
    "UniformScalar",
    "Voronoi",
    "alphabet",
    "covering_efficiency",
    "covering_radius",
    "decode",
    "domain",
    "dynamic_range",
    "encode",
    "inside",
    "length",
    "nbits",
    "overflows",
    "pack",
    "points",
    "possible",
    "quantize",
    "quantize_rows",
    "rate",
    "receive",
    "relative_radius",
    "relative_variance",
    "room",
    "rotate",
    "rotate_back",
    "search_covering_radius",
    "second_moment_bound",
    "send",
    "stretch",
    "unpack",
    "variance_bound",
    "walsh_hadamard",
]
