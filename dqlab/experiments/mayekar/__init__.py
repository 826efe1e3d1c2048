"""The experiments on Mayekar and Tyagi, "Limits on Gradient Compression for Stochastic Optimization"."""

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
from .errors import (
    ORDERS,
    error_table,
    errors,
    instance,
)
from .hardest import (
    hardest,
    sampled_signs_error,
)
from .packings import (
    Packing,
    dependent_packing,
    greedy_packing,
    linear_packing,
    reed_muller,
)
from .schemes import (
    gain_quantizers,
    gain_shape,
    l2_bound,
    own_quantizer,
    quantizers_at,
    up_to_bound,
    usual_quantizers,
)
from .simplex import (
    hard_input,
    message_lengths,
    recovery_errors,
)

__all__ = [
    "ORDERS",
    "Packing",
    "bernoulli_channel",
    "corners",
    "dependent_packing",
    "error_table",
    "errors",
    "every_one_bit",
    "every_pairing",
    "every_partition",
    "gain_quantizers",
    "gain_shape",
    "greedy_packing",
    "hard_input",
    "hardest",
    "instance",
    "l2_bound",
    "linear_packing",
    "majority_information",
    "message_lengths",
    "mutual_information",
    "own_quantizer",
    "paninski_channel",
    "perfect_code_information",
    "quantizers_at",
    "recovery_errors",
    "reed_muller",
    "sampled_signs_error",
    "up_to_bound",
    "usual_quantizers",
]
