"""dqlab: how many bits does distributed optimisation need?

The data flow::

    problem --gradient--> u --encode--> codes --decode--> q --> algorithm --> Run --> lab, figures
                                          |        ^
                                        pack    unpack
                                          v        |
                                      Message(words, nbits)

Examples
--------
>>> import dqlab as dq
>>> problem = dq.problems.random_spectrum(10.0, dq.stream(0, "problem"), n=16)
>>> run = dq.algorithms.dq_gd(problem, dq.quantizers.UniformScalar(levels=16, dim=16), steps=100, seed=1)
>>> int(run.bits[-1])
6400
"""

from . import (
    algorithms,
    bits,
    clock,
    data,
    experiments,
    explore,
    figures,
    lab,
    lattices,
    network_plots,
    networks,
    planes,
    plots,
    problems,
    quantizers,
    questions,
    streams,
    theory,
)
from ._generic import generic, jit
from .streams import stream

__version__ = "0.1.0"
__all__ = [
    "algorithms",
    "bits",
    "clock",
    "data",
    "experiments",
    "explore",
    "figures",
    "generic",
    "jit",
    "lab",
    "lattices",
    "network_plots",
    "networks",
    "planes",
    "plots",
    "problems",
    "quantizers",
    "questions",
    "stream",
    "streams",
    "theory",
]
