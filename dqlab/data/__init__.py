"""The papers' data sets by name: from a folder, from the cache, or from the network; and text made to order.

``load(name)`` looks in the folder ``$DQLAB_DATA``, then in the user's cache, and downloads what is in neither. Every file is
held to its checksum, wherever it was found. Embedded sets come with a dependency and need no file.
"""

from .files import DataUnavailable
from .images import grey
from .sets import Dataset, load, names
from .zipf import NEWS20, RCV1, TextStatistics, zipf_text

__all__ = ["NEWS20", "RCV1", "DataUnavailable", "Dataset", "TextStatistics", "grey", "load", "names", "zipf_text"]
