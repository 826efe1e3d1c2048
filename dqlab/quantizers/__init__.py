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
from .exact_threshold import optimal_threshold
from .gain_shape import GainShape
from .gains import AGUQ
from .hadamard import rotate, rotate_back, walsh_hadamard
from .identity import Identity
from .lattice import Lattice, Voronoi
from .low_precision import LowPrecision
from .moments import second_moment_bound, stretch
from .ratq import RATQ
from .rows import quantize_rows
from .selected import quantize_selected, selected_bits
from .selected_messages import decode_selected, encode_selected, pack_selected, unpack_selected
from .sign import ScaledSign
from .simq import SimQ
from .simq_plus import SimQPlus
from .single_precision import Float32
from .sketched_simq import SketchedSimQ
from .split_lq import SplitLq
from .subsampled_ratq import SubsampledRATQ
from .terngrad import TernGrad
from .threshold import Threshold
from .tight_messages import pack_sparse, pack_tight, sparse_bits, tight_bits, unpack_sparse, unpack_tight
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
    "Float32",
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
    "TernGrad",
    "Threshold",
    "UniformGain",
    "UniformScalar",
    "Voronoi",
    "alphabet",
    "covering_efficiency",
    "covering_radius",
    "decode",
    "decode_selected",
    "domain",
    "dynamic_range",
    "encode",
    "encode_selected",
    "inside",
    "length",
    "nbits",
    "optimal_threshold",
    "overflows",
    "pack",
    "pack_selected",
    "pack_sparse",
    "pack_tight",
    "points",
    "possible",
    "quantize",
    "quantize_rows",
    "quantize_selected",
    "rate",
    "receive",
    "relative_radius",
    "relative_variance",
    "room",
    "rotate",
    "rotate_back",
    "search_covering_radius",
    "second_moment_bound",
    "selected_bits",
    "send",
    "sparse_bits",
    "stretch",
    "tight_bits",
    "unpack",
    "unpack_selected",
    "unpack_sparse",
    "unpack_tight",
    "variance_bound",
    "walsh_hadamard",
]
