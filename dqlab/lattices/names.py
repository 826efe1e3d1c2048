"""Lattices by the names that the literature gives them."""

import re

from .checkerboard import D4, E8
from .cubic import Cubic
from .leech import Leech
from .star import Star

FIXED = {"A2": lambda: Star(2), "D4": D4, "E8": E8, "Leech": Leech}
FAMILIES = {r"Z(\d+)": Cubic, r"A(\d+)\*": Star}


def named(name):
    """The lattice with a name.

    Parameters
    ----------
    name : str
        "Z<n>" (cubic), "A2" (hexagonal), "D4", "E8", "Leech" or "A<n>*", such as "Z104" or "A8*".

    Returns
    -------
    Cubic, Star, D4, E8 or Leech

    Raises
    ------
    TypeError, ValueError
        If no lattice has that name.

    Examples
    --------
    >>> import dqlab as dq
    >>> dq.lattices.named("Z104").dim, dq.lattices.named("E8").packing_radius ** 2
    (104, 0.5000000000000001)
    """
    if not isinstance(name, str):
        raise TypeError(f"name: expected the name of a lattice, got {name!r}")
    if name in FIXED:
        return FIXED[name]()
    for pattern, family in FAMILIES.items():
        match = re.fullmatch(pattern, name)
        if match and int(match[1]) > 0:
            return family(int(match[1]))
    raise ValueError(f"name: expected {', '.join(map(repr, FIXED))}, 'Z<n>' or 'A<n>*' with a number n, got {name!r}")
