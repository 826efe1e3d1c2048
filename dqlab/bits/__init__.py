"""Bits that cross a link: the ``Message``, and exact, reversible codes for integers.

Codes, all of a length that is known before the data are seen:

- *fixed width*: n codes of b bits take n * b bits;
- *mixed radix*: n codes from an alphabet of K letters take within 1 % of n * log2(K) bits for n >= 64;
- *enumerative ranks*: a k-subset of n things takes ceil(log2(binomial(n, k))) bits, the type of k draws from d + 1 letters
  ceil(log2(binomial(d + k, k))), a point of Z^d with |z|_1 <= k ceil(log2(D(d, k))), where D is a Delannoy number.

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
from .pyramid import delannoy, pyramid_bits, rank_pyramid, unrank_pyramid
from .radix import pack_radix, radix_bits, unpack_radix
from .ranks import rank_subset, rank_type, subset_bits, type_bits, unrank_subset, unrank_type

__all__ = [
    "DecodeError",
    "Message",
    "check_codes",
    "check_message",
    "concatenate",
    "delannoy",
    "int_to_message",
    "message_to_int",
    "pack_fixed",
    "pack_radix",
    "pyramid_bits",
    "radix_bits",
    "rank_pyramid",
    "rank_subset",
    "rank_type",
    "split",
    "subset_bits",
    "type_bits",
    "unpack_fixed",
    "unpack_radix",
    "unrank_pyramid",
    "unrank_subset",
    "unrank_type",
]
