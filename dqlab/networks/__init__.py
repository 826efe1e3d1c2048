"""Who talks to whom: graphs, mixing matrices, spectral gaps."""

from .graphs import complete, erdos_renyi, exponential, random_regular, ring, star, torus
from .mixing import Mixing, lazy, mix_neighbours
from .weights import laplacian_weights, metropolis_weights, paper_kappa

__all__ = [
    "Mixing",
    "complete",
    "erdos_renyi",
    "exponential",
    "laplacian_weights",
    "lazy",
    "metropolis_weights",
    "mix_neighbours",
    "paper_kappa",
    "random_regular",
    "ring",
    "star",
    "torus",
]
