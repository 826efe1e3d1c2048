"""What bits cost in seconds."""

from typing import NamedTuple

import numpy as np

from .. import _checks


class _Fields(NamedTuple):
    up: float
    down: float
    latency: float
    compute: float


class Link(_Fields):
    """A link between a worker and its server, and the time that a gradient takes.

    Parameters
    ----------
    up, down : float
        Bandwidth to the server and from it, bits per second; infinite unless given.
    latency : float
        Seconds that every message waits, whatever its length.
    compute : float
        Seconds a gradient takes.

    Examples
    --------
    >>> import dqlab as dq
    >>> dq.clock.Link(up=1e6, latency=0.01).seconds(bits_up=400, bits_down=6400)
    0.0204
    """

    __slots__ = ()

    def __new__(cls, up=np.inf, down=np.inf, latency=0.0, compute=0.0):
        for name, bandwidth in (("up", up), ("down", down)):
            if bandwidth != np.inf:
                _checks.positive(bandwidth, name)
        latency = _checks.positive(latency, "latency", zero=True)
        compute = _checks.positive(compute, "compute", zero=True)
        return super().__new__(cls, float(up), float(down), latency, compute)

    def seconds(self, bits_up, bits_down):
        """Seconds of one iteration: a broadcast, a gradient and a message back, one after the other."""
        return self.compute + 2 * self.latency + bits_up / self.up + bits_down / self.down
