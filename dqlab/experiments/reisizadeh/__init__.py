"""The experiments of Reisizadeh et al. (QuanTimed-DSGD) at the paper's protocol, and sweeps around it."""

from .convex_exact import (
    PenaltyModes,
    expected_error,
    penalty_modes,
    rounding_variance,
)
from .convex_horizons import (
    DELTAS,
    convex_rates,
    predicted,
    rate_instances,
    rate_network,
    slope_table,
)
from .convex_proof import (
    LINES,
    convex_lines,
    convex_terms,
)
from .convex_theorem import (
    ConvexBounds,
    convex_bounds,
    gradient_lengths,
    independent_reach,
)
from .gossip import (
    GossipTrials,
    noisy_gossip,
)

__all__ = [
    "ConvexBounds",
    "DELTAS",
    "GossipTrials",
    "LINES",
    "PenaltyModes",
    "convex_bounds",
    "convex_lines",
    "convex_rates",
    "convex_terms",
    "expected_error",
    "gradient_lengths",
    "independent_reach",
    "noisy_gossip",
    "penalty_modes",
    "predicted",
    "rate_instances",
    "rate_network",
    "rounding_variance",
    "slope_table",
]
