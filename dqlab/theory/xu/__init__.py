"""The bounds of Xu et al. (QCMD and QRDA adagrad) as functions, as printed and as corrected.

Bounds broadcast over arrays; what has no meaning raises ValueError.
"""

from .duality import (
    conjugate,
    conjugate_bound,
    conjugate_gradient,
)
from .regret import (
    Sides,
    VarianceStep,
    drift,
    energy,
    gradient_bound,
    lemma_4_1,
    lemma_4_2,
    path_length,
    proposition_3_1,
    proposition_3_2,
    scales,
    variance_step,
)
from .theorems import (
    best_stepsize,
    bias_cost,
    cmd_regret,
    cmd_stepsize,
    rda_regret,
    short_cmd_regret,
    theorem_4_3,
    theorem_4_4,
)

__all__ = [
    "Sides",
    "VarianceStep",
    "best_stepsize",
    "bias_cost",
    "cmd_regret",
    "cmd_stepsize",
    "conjugate",
    "conjugate_bound",
    "conjugate_gradient",
    "drift",
    "energy",
    "gradient_bound",
    "lemma_4_1",
    "lemma_4_2",
    "path_length",
    "proposition_3_1",
    "proposition_3_2",
    "rda_regret",
    "scales",
    "short_cmd_regret",
    "theorem_4_3",
    "theorem_4_4",
    "variance_step",
]
