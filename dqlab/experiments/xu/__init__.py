"""The experiments of Xu et al., "Quantized Adaptive Subgradient Algorithms and Their Applications"."""

from .all_paths import (
    Paths,
    all_paths,
    ternary_outcomes,
)
from .paths import (
    LinearAccuracy,
    sparsity_paths,
)
from .reference import (
    LogisticMinimum,
    l1_logistic_minimum,
)
from .regret_instance import (
    RegretInstance,
)
from .regret_proof import (
    CMD_LINES,
    RDA_LINES,
    VARIANCE_LINES,
    cmd_terms,
    lines_hold,
    rda_terms,
    variance_terms,
)

__all__ = [
    "CMD_LINES",
    "LinearAccuracy",
    "LogisticMinimum",
    "Paths",
    "RDA_LINES",
    "RegretInstance",
    "VARIANCE_LINES",
    "all_paths",
    "cmd_terms",
    "l1_logistic_minimum",
    "lines_hold",
    "rda_terms",
    "sparsity_paths",
    "ternary_outcomes",
    "variance_terms",
]
