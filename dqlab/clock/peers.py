"""What an exchange between neighbours costs in seconds: by its bits, or as the authors of QuanTimed-DSGD count it."""

from typing import NamedTuple

import numpy as np

from .. import _checks


class _Peer(NamedTuple):
    bandwidth: float
    latency: float
    per: str


class PeerLink(_Peer):
    """Every node sends its message to its neighbours, all nodes at once.

    Parameters
    ----------
    bandwidth : float
        Bits per second that a node can send; infinite unless given.
    latency : float
        Seconds that every message waits, whatever its length.
    per : {"node", "neighbour"}
        ``"node"``: one broadcast, which all neighbours hear. ``"neighbour"``: one message to each, one after the other.

    Examples
    --------
    >>> import dqlab as dq
    >>> dq.clock.PeerLink(bandwidth=1e4, latency=0.01).seconds(bits=400)
    0.05
    >>> dq.clock.PeerLink(bandwidth=1e4, latency=0.01, per="neighbour").seconds(bits=400, degree=4)
    0.2
    """

    __slots__ = ()

    def __new__(cls, bandwidth=np.inf, latency=0.0, per="node"):
        if not isinstance(bandwidth, (int, float)) or bandwidth != np.inf:
            bandwidth = _checks.positive(bandwidth, "bandwidth")
        latency = _checks.positive(latency, "latency", zero=True)
        return super().__new__(cls, float(bandwidth), latency, _checks.choice(per, "per", ("node", "neighbour")))

    def seconds(self, bits, degree=1, digits=None):
        """Seconds of one exchange of messages of so many bits, for a node with so many neighbours; digits are not looked at."""
        messages = 1 if self.per == "node" else degree
        return float(messages * (self.latency + bits / self.bandwidth))


class _Digit(NamedTuple):
    full: float
    of: float


class DigitLink(_Digit):
    """The authors' own accounting: s decimal digits cost s/16 of the time of unquantized numbers, whatever bits they take.

    16 is the number of digits of 64 bits in floating point. A decimal grid of s digits on [-1, 1] takes ceil(log2(2 * 10**s + 1)) bits a
    coordinate, 11 for s = 3: of 64 bits a little less than 3/16, of 32 nearly twice as much.

    Parameters
    ----------
    full : float
        Seconds of an unquantized exchange, T_c: 3 in the authors' experiments.
    of : float
        How many digits an unquantized number counts: 16.

    Examples
    --------
    >>> import dqlab as dq
    >>> link = dq.clock.DigitLink()
    >>> link.seconds(bits=640, digits=3), link.seconds(bits=640)
    (0.5625, 3.0)
    """

    __slots__ = ()

    def __new__(cls, full=3.0, of=16):
        return super().__new__(cls, _checks.positive(full, "full", zero=True), _checks.positive(of, "of"))

    def seconds(self, bits, degree=1, digits=None):
        """Seconds of one exchange: full * digits / of, or full where digits is None; bits and degree are not looked at."""
        return self.full if digits is None else self.full * _checks.positive(digits, "digits", zero=True) / self.of
