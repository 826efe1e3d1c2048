"""Lattices: the points of space that whole coordinates in a basis reach, their nearest points, and how well they cover."""

from .checkerboard import D4, E8
from .cubic import Cubic
from .holes import search_deep_hole
from .leech import Leech
from .names import named
from .star import Star
from .verbs import coordinates, nearest, normalized_thickness, place, thickness, unit_ball

__all__ = [
    "D4",
    "E8",
    "Cubic",
    "Leech",
    "Star",
    "coordinates",
    "named",
    "nearest",
    "normalized_thickness",
    "place",
    "search_deep_hole",
    "thickness",
    "unit_ball",
]
