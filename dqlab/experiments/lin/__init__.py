"""The experiments of Lin, Kostina and Hassibi, "Differentially Quantized Gradient Methods"."""

from .converses import chain_runs, every_codebook, every_encoder, every_server
from .counting import almost_every, codepoints, counted, deepest_hole, quadratic, reachable
from .gradient_descent import figure3, figure3_data
from .heavy_ball import heavy_ball_and_triple_momentum, heavy_ball_basins, heavy_ball_cycles
from .lattices import lattice_code, lattice_covering, lattice_limit, lattice_rates, lowest_rates, survey_matrix
from .loophole import dictation, dictation_in_space, in_general_position
from .momentum import figure4, figure4_data, range_violations, range_violations_data, transitions
from .workers import workers_neighbourhood, workers_sum_rate

__all__ = [
    "almost_every",
    "chain_runs",
    "codepoints",
    "counted",
    "deepest_hole",
    "dictation",
    "dictation_in_space",
    "every_codebook",
    "every_encoder",
    "every_server",
    "figure3",
    "figure3_data",
    "figure4",
    "figure4_data",
    "heavy_ball_and_triple_momentum",
    "heavy_ball_basins",
    "heavy_ball_cycles",
    "lattice_code",
    "lattice_covering",
    "lattice_limit",
    "lattice_rates",
    "lowest_rates",
    "in_general_position",
    "quadratic",
    "range_violations",
    "range_violations_data",
    "reachable",
    "survey_matrix",
    "transitions",
    "workers_neighbourhood",
    "workers_sum_rate",
]
