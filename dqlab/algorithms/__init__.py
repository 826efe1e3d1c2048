"""Algorithms: each is the paper's box, compiled, behind a function that fills in what the theorem prescribes."""

from .any_momentum import dq_fixed_momentum, dq_tmm, fixed_momentum, tmm
from .averaged import AveragedRun
from .gradient_descent import dq_gd, dq_gd_varying, ef_gd, gd, nq_gd
from .mirror import mirror_descent
from .mirror_maps import mirror_exponent
from .momentum import agd, dq_agd, dq_hb, hb
from .run import ALGORITHMS, Run
from .subgradients import psgd
from .workers import ef21_workers, nq_gd_workers

__all__ = [
    "ALGORITHMS",
    "AveragedRun",
    "Run",
    "agd",
    "dq_agd",
    "dq_fixed_momentum",
    "dq_gd",
    "dq_gd_varying",
    "dq_hb",
    "dq_tmm",
    "ef21_workers",
    "ef_gd",
    "fixed_momentum",
    "gd",
    "hb",
    "mirror_descent",
    "mirror_exponent",
    "nq_gd",
    "nq_gd_workers",
    "psgd",
    "tmm",
]
