"""The experiments on the supplement of Reisizadeh et al., "Robust and Communication-Efficient Collaborative Learning"."""

from .convex_exact import PenaltyModes, expected_error, penalty_modes, rounding_variance
from .convex_horizons import DELTAS, convex_rates, predicted, rate_instances, rate_network, slope_table
from .convex_proof import LINES, convex_lines, convex_terms
from .convex_theorem import ConvexBounds, convex_bounds, gradient_lengths, independent_reach
from .cross_terms import CrossTerms, enumerate_cross_terms
from .gossip import GossipTrials, noisy_gossip
from .kept_runs import full_run
from .memorising import memorised_spread, population_noise
from .nonconvex_checks import check_inequalities, nonconvex_inequalities
from .nonconvex_horizons import HORIZONS, fitted_power, nonconvex_rates
from .nonconvex_terms import NonconvexConstants, NonconvexTerms, nonconvex_constants, nonconvex_proof_terms, replay
from .paired_runs import FULL, METHODS, measured_run
from .protocol import PANELS, Protocol, paper_data, perceptron, random_network, talking
from .sweeps import best, connectivity_sweep, deadline_sweep, digit_sweep, node_sweep, straggler_sweep
from .training import common_level, figure5, figure5_curves, speedup, time_to

__all__ = [
    "DELTAS",
    "FULL",
    "HORIZONS",
    "LINES",
    "METHODS",
    "PANELS",
    "ConvexBounds",
    "CrossTerms",
    "GossipTrials",
    "NonconvexConstants",
    "NonconvexTerms",
    "PenaltyModes",
    "Protocol",
    "best",
    "check_inequalities",
    "common_level",
    "connectivity_sweep",
    "convex_bounds",
    "convex_lines",
    "convex_rates",
    "convex_terms",
    "deadline_sweep",
    "digit_sweep",
    "enumerate_cross_terms",
    "expected_error",
    "figure5",
    "figure5_curves",
    "fitted_power",
    "full_run",
    "gradient_lengths",
    "independent_reach",
    "measured_run",
    "memorised_spread",
    "node_sweep",
    "noisy_gossip",
    "nonconvex_constants",
    "nonconvex_inequalities",
    "nonconvex_proof_terms",
    "nonconvex_rates",
    "paper_data",
    "penalty_modes",
    "perceptron",
    "population_noise",
    "predicted",
    "random_network",
    "rate_instances",
    "rate_network",
    "replay",
    "rounding_variance",
    "slope_table",
    "speedup",
    "straggler_sweep",
    "talking",
    "time_to",
]
