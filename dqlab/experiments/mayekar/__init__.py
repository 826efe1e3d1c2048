"""The experiments on Mayekar and Tyagi, "Limits on Gradient Compression for Stochastic Optimization"."""

from .below_two import (
    BELOW_TWO,
    below_two_bits,
    below_two_inputs,
    below_two_moments,
    below_two_parts,
    below_two_quantizer,
)
from .converses import (
    bernoulli_channel,
    corners,
    every_one_bit,
    every_pairing,
    every_partition,
    majority_information,
    mutual_information,
    paninski_channel,
    perfect_code_information,
)
from .gain import GAIN_LAWS, RareRows, gain_lengths, gain_moments, gain_quantiles, gain_tail, rare_rows
from .hardest import hardest_errors, sampled_signs_error
from .packings import Packing, dependent_packing, greedy_packing, linear_packing, reed_muller
from .protocols import ORDERS, error_table, errors, instance
from .ratq import drawn_ranges, fixed_precision, quantizer_moments, simq_plus_within, unit_vectors
from .schemes import gain_quantizers, gain_shape, l2_bound, own_quantizer, quantizers_at, up_to_bound, usual_quantizers
from .simplex import hard_input, message_lengths, recovery_errors

__all__ = [
    "BELOW_TWO",
    "GAIN_LAWS",
    "ORDERS",
    "Packing",
    "RareRows",
    "below_two_bits",
    "below_two_inputs",
    "below_two_moments",
    "below_two_parts",
    "below_two_quantizer",
    "bernoulli_channel",
    "corners",
    "dependent_packing",
    "drawn_ranges",
    "error_table",
    "errors",
    "every_one_bit",
    "every_pairing",
    "every_partition",
    "fixed_precision",
    "gain_lengths",
    "gain_moments",
    "gain_quantiles",
    "gain_quantizers",
    "gain_shape",
    "gain_tail",
    "greedy_packing",
    "hard_input",
    "hardest_errors",
    "instance",
    "l2_bound",
    "linear_packing",
    "majority_information",
    "message_lengths",
    "mutual_information",
    "own_quantizer",
    "paninski_channel",
    "perfect_code_information",
    "quantizer_moments",
    "quantizers_at",
    "rare_rows",
    "recovery_errors",
    "reed_muller",
    "sampled_signs_error",
    "simq_plus_within",
    "unit_vectors",
    "up_to_bound",
    "usual_quantizers",
]
