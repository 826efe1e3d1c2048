"""Bits that cross a link: the ``Message``, and exact, reversible codes for integers.

Three codes, all of a length that is known before the data are seen:

- *fixed width*: n codes of b bits take n * b bits;
- *mixed radix*: n codes from an alphabet of K letters take within 1 % of n * log2(K) bits for n >= 64;
- *enumerative ranks*: a k-subset of n things takes ceil(log2(binomial(n, k))) bits.

A message whose length, codes or padding cannot have come from the packer raises ``DecodeError``.
"""

from .fixed import pack_fixed, unpack_fixed
from .message import (
    DecodeError,
    Message,
    check_codes,
    check_message,
    concatenate,
    int_to_message,
    message_to_int,
    split,
)
from .radix import pack_radix, radix_bits, unpack_radix
from .ranks import rank_subset, subset_bits, unrank_subset

__all__ = [
    "DecodeError",
    "Message",
    "check_codes",
    "check_message",
    "concatenate",
    "int_to_message",
    "message_to_int",
    "pack_fixed",
    "pack_radix",
    "radix_bits",
    "rank_subset",
    "split",
    "subset_bits",
    "unpack_fixed",
    "unpack_radix",
    "unrank_subset",
]
