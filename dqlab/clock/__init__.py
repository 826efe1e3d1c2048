"""What an iteration costs in seconds: links, computing speeds, deadlines."""

from .link import Link
from .peers import DigitLink, PeerLink
from .rounds import Deadline, FixedBatch
from .speeds import ExponentialSpeeds, RecordedSpeeds, TwoClassSpeeds, UniformSpeeds

__all__ = [
    "Deadline",
    "DigitLink",
    "ExponentialSpeeds",
    "FixedBatch",
    "Link",
    "PeerLink",
    "RecordedSpeeds",
    "TwoClassSpeeds",
    "UniformSpeeds",
]
