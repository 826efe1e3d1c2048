"""Algorithms: each is the paper's box, compiled, behind a function that fills in what the theorem prescribes."""

from .adagrad import cmd_adagrad, rda_adagrad
from .any_momentum import dq_fixed_momentum, dq_tmm, fixed_momentum, tmm
from .asynchronous import async_dsgd, event_clock
from .averaged import AveragedRun
from .choco import choco_gossip, choco_sgd
from .consensus import gossip
from .decentralised_run import DecentralisedRun
from .gradient_descent import dq_gd, dq_gd_varying, ef_gd, gd, nq_gd
from .mirror import mirror_descent
from .mirror_maps import mirror_exponent
from .momentum import agd, dq_agd, dq_hb, hb
from .node_by_node import dsgd_by_node, quantimed_dsgd_by_node
from .proximal import prox_gd
from .quantimed import q_dsgd, quantimed_dsgd
from .run import ALGORITHMS, Run
from .schedules import at_horizons, convex_schedule, critical_epsilon, nonconvex_schedule
from .sparse_run import SparseRun
from .subgradients import psgd
from .synchronous import dsgd
from .workers import ef21_workers, nq_gd_workers

__all__ = [
    "ALGORITHMS",
    "AveragedRun",
    "DecentralisedRun",
    "Run",
    "SparseRun",
    "agd",
    "async_dsgd",
    "at_horizons",
    "choco_gossip",
    "choco_sgd",
    "cmd_adagrad",
    "convex_schedule",
    "critical_epsilon",
    "dq_agd",
    "dq_fixed_momentum",
    "dq_gd",
    "dq_gd_varying",
    "dq_hb",
    "dq_tmm",
    "dsgd",
    "ef21_workers",
    "ef_gd",
    "event_clock",
    "fixed_momentum",
    "gd",
    "gossip",
    "hb",
    "mirror_descent",
    "mirror_exponent",
    "nonconvex_schedule",
    "nq_gd",
    "nq_gd_workers",
    "prox_gd",
    "psgd",
    "q_dsgd",
    "quantimed_dsgd",
    "rda_adagrad",
    "tmm",
]
