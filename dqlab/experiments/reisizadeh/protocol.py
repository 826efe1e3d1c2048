"""The set-up of the experiments of Reisizadeh et al.: networks of nodes, networks of units, step sizes, speeds, links."""

import os
from typing import NamedTuple

import numpy as np

from ... import _checks, data
from ...clock import Deadline, DigitLink, FixedBatch, PeerLink, UniformSpeeds
from ...networks import erdos_renyi, laplacian_weights, paper_kappa
from ...problems import Perceptron
from ...quantizers import nbits

NODES = 50
EDGES = 0.4  # the probability of a link between two nodes
HORIZONS = (100, 300, 500, 700, 900, 1100)
SPEEDS = UniformSpeeds(10, 90)  # gradients a second
FULL = 3.0  # seconds of an exchange of exact models, T_c
ASYNCHRONOUS_BATCH = 30
BOUND = 8.0  # of the grid, which the authors' code has on the whole line


class Protocol(NamedTuple):
    """One experiment: the network that is trained, the data, and the step sizes that the authors tuned.

    At the horizon T the step sizes of QuanTimed-DSGD are (a / T**(1/6), e_quantimed / T**(1/2)), those of Q-DSGD
    (a / T**(1/6), e_fixed / T**(1/2)).
    """

    hidden: tuple
    outputs: int
    embedded: str  # data that every machine has
    paper: str  # the paper's
    a: float
    e_quantimed: float
    e_fixed: float
    stepsize: float  # DSGD's
    digits: int
    deadline: float
    batch: int
    ranges: tuple  # of the weights at the start, layer by layer
    decay: float
    reported: float  # the speedup in the paper, NaN where there is none

    @property
    def quantimed_work(self):
        """What QuanTimed-DSGD's nodes do in a step."""
        return Deadline(self.deadline)

    @property
    def fixed_work(self):
        """What the nodes of DSGD and Q-DSGD do in a step."""
        return FixedBatch(self.batch)


PANELS = {
    "left": Protocol(
        hidden=(30, 20, 20, 25),
        outputs=10,
        embedded="image_patches",
        paper="cifar10_pair",
        a=0.8,
        e_quantimed=9.0,
        e_fixed=10.0,
        stepsize=0.08,
        digits=5,
        deadline=1.0,
        batch=50,
        ranges=(0.5, 0.5, 0.5, 1.0, 2.0),
        decay=0.0,
        reported=2.31,
    ),
    "right": Protocol(
        hidden=(90,),
        outputs=2,
        embedded="image_patches",
        paper="imagenette",
        a=0.1,
        e_quantimed=14.0,
        e_fixed=15.0,
        stepsize=0.02,
        digits=3,
        deadline=1.0,
        batch=50,
        ranges=(0.5, 0.5),
        decay=0.0,
        reported=1.7,
    ),
    "one hidden layer": Protocol(
        hidden=(50,),
        outputs=10,
        embedded="digits",
        paper="mnist",
        a=0.3,
        e_quantimed=15.0,
        e_fixed=15.0,
        stepsize=0.2,
        digits=3,
        deadline=1.0,
        batch=50,
        ranges=(0.5, 0.5),
        decay=1.0,
        reported=np.nan,
    ),
}


def paper_data(panel):
    """The name of the paper's data for a panel if it lies on this machine, else of the data that every machine has.

    Parameters
    ----------
    panel : {"left", "right", "one hidden layer"}

    Returns
    -------
    str
        A name for ``dqlab.data.load``.

    Examples
    --------
    >>> from dqlab.experiments import reisizadeh
    >>> reisizadeh.paper_data("left") in ("cifar10_pair", "image_patches")
    True
    """
    protocol = PANELS[_checks.choice(panel, "panel", tuple(PANELS))]
    return protocol.paper if os.path.isfile(data.names().loc[protocol.paper, "where"]) else protocol.embedded


def perceptron(protocol, name, nodes=NODES, samples=200):
    """The problem of a protocol: as many images a node as there are, at most `samples`, grey, in storage order.

    Parameters
    ----------
    protocol : Protocol
        One of ``PANELS``.
    name : str
        Of a set of images, see ``dqlab.data.names``.
    nodes, samples : int

    Returns
    -------
    Perceptron

    Examples
    --------
    >>> from dqlab.experiments import reisizadeh
    >>> problem = reisizadeh.perceptron(reisizadeh.PANELS["left"], "image_patches", nodes=10)
    >>> problem.layers.tolist(), problem.samples, problem.dim
    ([1024, 30, 20, 20, 25, 10], 200, 32575)
    """
    found = data.load(name)
    X = data.grey(found.X) if found.X.shape[1] == 3072 else found.X
    rows = min(len(X) // nodes, _checks.integer(samples, "samples", 1)) * nodes
    return Perceptron.from_data(
        X[:rows], found.y[:rows], nodes, protocol.hidden,
        outputs=protocol.outputs, decay=protocol.decay, decay_by_batch=True,
    )  # fmt: skip


def random_network(rng, nodes=NODES):
    """The authors' network: an Erdos-Renyi graph with probability 0.4, and W = I - L / (greatest degree + 2).

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments import reisizadeh
    >>> mixing = reisizadeh.random_network(dq.stream(0, "graph"))
    >>> mixing.nodes, 0.6 < mixing.beta < 0.8
    (50, True)
    """
    graph = erdos_renyi(nodes, EDGES, rng)
    return laplacian_weights(graph, paper_kappa(graph))


def talking(quantizer, dim):
    """Seconds of an exchange in both accountings: by the authors' s / 16, and by the bits that are sent.

    The bandwidth is that at which an exact model, of 64 bits a coordinate, takes ``FULL`` seconds in both.

    Parameters
    ----------
    quantizer : DecimalGrid, or None
        None sends exact models.
    dim : int

    Returns
    -------
    dict
        ``digits`` and ``bits``.

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments import reisizadeh
    >>> grid = dq.quantizers.DecimalGrid(digits=3, dim=10, bound=8)
    >>> reisizadeh.talking(grid, 10), reisizadeh.talking(None, 10)  # 14 bits of 64
    ({'digits': 0.5625, 'bits': 0.65625}, {'digits': 3.0, 'bits': 3.0})
    """
    bits, digits = (64 * dim, None) if quantizer is None else (nbits(quantizer), quantizer.digits)
    by_bits = PeerLink(bandwidth=64 * dim / FULL)
    return {"digits": DigitLink(FULL).seconds(bits, digits=digits), "bits": by_bits.seconds(bits)}
