"""The experiments of Xu et al., "Quantized Adaptive Subgradient Algorithms and Their Applications"."""

from .active_set import MASKS, active_sets, dropped, frozen_since, printed_masks
from .claimed_orderings import LITTLE, orderings
from .eta_and_lambda import ADAGRAD, FACTORS, network_paths
from .feedback import SCHEMES, feedback_runs, links, mean_drift, planted_logistic
from .histograms import EDGES, LAYERS, gaussianity, gradient_histograms, layer_gradients, layer_rows
from .images import IMAGES, ImageSet, ImageSplit, image_split, image_table3, run_network
from .kept_images import kept_images
from .kept_tables import full_table3
from .measured_regret import RegretRuns, regret_runs, regret_table
from .paths import LinearAccuracy, sparsity_paths
from .printed import TABLE3, Printed, error_ratios
from .protocol import (
    COLLECTION,
    DELTA,
    EPOCHS,
    METHODS,
    READINGS,
    SEEDS,
    TABLE1,
    TABLE2,
    Counts,
    Method,
    Settings,
    run_method,
    steps_for,
    whole_run,
)
from .reference import LogisticMinimum, l1_logistic_minimum
from .regret_instance import RegretInstance
from .regret_proof import CMD_LINES, RDA_LINES, VARIANCE_LINES, cmd_terms, lines_hold, rda_terms, variance_terms
from .step_times import computing, transmission
from .ternary_paths import Paths, all_paths, ternary_outcomes
from .text_data import HELD_OUT, TEXTS, TextSplit, paper_texts, text_split, unit_rows
from .text_tables import beside_the_paper, measures, table3

__all__ = [
    "ADAGRAD",
    "CMD_LINES",
    "COLLECTION",
    "Counts",
    "DELTA",
    "EDGES",
    "EPOCHS",
    "FACTORS",
    "HELD_OUT",
    "IMAGES",
    "ImageSet",
    "ImageSplit",
    "LAYERS",
    "LITTLE",
    "LinearAccuracy",
    "LogisticMinimum",
    "MASKS",
    "METHODS",
    "Method",
    "Paths",
    "Printed",
    "RDA_LINES",
    "READINGS",
    "RegretInstance",
    "RegretRuns",
    "SCHEMES",
    "SEEDS",
    "Settings",
    "TABLE1",
    "TABLE2",
    "TABLE3",
    "TEXTS",
    "TextSplit",
    "VARIANCE_LINES",
    "active_sets",
    "all_paths",
    "beside_the_paper",
    "cmd_terms",
    "computing",
    "dropped",
    "error_ratios",
    "feedback_runs",
    "frozen_since",
    "full_table3",
    "gaussianity",
    "gradient_histograms",
    "image_split",
    "image_table3",
    "kept_images",
    "l1_logistic_minimum",
    "layer_gradients",
    "layer_rows",
    "lines_hold",
    "links",
    "mean_drift",
    "measures",
    "network_paths",
    "orderings",
    "paper_texts",
    "planted_logistic",
    "printed_masks",
    "rda_terms",
    "regret_runs",
    "regret_table",
    "run_method",
    "run_network",
    "sparsity_paths",
    "steps_for",
    "table3",
    "ternary_outcomes",
    "text_split",
    "transmission",
    "unit_rows",
    "variance_terms",
    "whole_run",
]
