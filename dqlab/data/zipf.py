"""Made-up text: bags of words whose lengths and frequencies are those of real collections.

The frequency of the word of rank j falls like j^-head up to a bend and like j^-tail beyond it: two of Zipf's laws in one, as
large collections show. Lengths of texts are log-normal.
"""

from typing import NamedTuple

import numpy as np

from .._checks import integer, positive
from ..streams import stream
from .docstrings import weigh
from .sets import Dataset


class TextStatistics(NamedTuple):
    """What a made-up collection has in common with a real one.

    Attributes
    ----------
    features : int
        Words in the dictionary.
    head, tail : float
        The word of rank j has frequency proportional to j^-head (1 + j / bend)^(head - tail).
    bend : float
        The rank around which the one law passes into the other.
    median, spread : float
        The words drawn for a text are log-normal in number: their median, and the standard deviation of their logarithm.

    Examples
    --------
    >>> from dqlab import data
    >>> data.RCV1.features
    47236
    """

    features: int
    head: float
    tail: float
    bend: float
    median: float
    spread: float


# Fitted to the share of texts that hold the word of rank j, and to the deciles of the number of different words in a text.
NEWS20 = TextStatistics(features=62061, head=0.50, tail=1.73, bend=3800.0, median=55.0, spread=0.88)
RCV1 = TextStatistics(features=47236, head=0.35, tail=1.87, bend=700.0, median=67.0, spread=0.72)


def zipf_text(rows, like=RCV1, seed=0, informative=0.1, contrast=1.0):
    """A made-up bag of words with two classes, with the statistics of a real collection.

    Half of the texts are of class +1. A text draws its words independently, and a share of the words is more
    frequent in one class than in the other, by a factor exp(2 g) with g Gaussian. Weights are those of rcv1 (logarithm of
    the count times rarity, rows of norm 1).

    Parameters
    ----------
    rows : int
        Texts, at least 2.
    like : TextStatistics
        ``NEWS20``, ``RCV1``, or ones own; ``NEWS20._replace(features=5000)`` has a smaller dictionary.
    seed : int
    informative : float
        Share of the words whose frequency depends on the class, in (0, 1].
    contrast : float
        Standard deviation of g; the larger, the easier the classes are told apart.

    Returns
    -------
    Dataset

    Raises
    ------
    TypeError, ValueError
        If an argument is none of these.

    Notes
    -----
    It matches (a test compares, where the files are at hand): the number of different words in a text, its mean and
    quartiles, and the share of texts that hold the word of rank j, from j = 3 on. It does not match: words that come
    together, and how often a text repeats a word. A word's column says nothing about its rank.

    Examples
    --------
    >>> from dqlab import data
    >>> text = data.zipf_text(100, data.NEWS20, seed=1)
    >>> text.X.shape, sorted(set(text.y.tolist()))
    ((100, 62061), [-1.0, 1.0])
    """
    rows = integer(rows, "rows", 2)
    informative = positive(informative, "informative")
    contrast = positive(contrast, "contrast", zero=True)
    if informative > 1:
        raise ValueError(f"informative: expected a share in (0, 1], got {informative!r}")
    if not isinstance(like, TextStatistics):
        raise TypeError(f"like: expected a TextStatistics, such as NEWS20 or RCV1, got {like!r}")
    integer(like.features, "like.features", 2)
    for name, value in zip(like._fields[1:], like[1:], strict=True):
        positive(value, f"like.{name}")
    rng = stream(seed, "zipf")
    y = rng.permutation(np.where(np.arange(rows) % 2, 1.0, -1.0))
    tilt = contrast * rng.standard_normal(like.features) * (rng.random(like.features) < informative)
    X = weigh(_counts(y, tilt, like, rng))
    source = "made-up text (dqlab.data.zipf_text)"
    return Dataset("zipf_text", X, y, source, "G. K. Zipf, The Psycho-Biology of Language, 1935", "none needed")


def frequencies(like):
    """The probability that a drawn word is the one of rank 1, 2, ..."""
    rank = np.arange(1.0, like.features + 1)
    weight = rank**-like.head * (1 + rank / like.bend) ** (like.head - like.tail)
    return weight / weight.sum()


def _counts(y, tilt, like, rng):
    """How often each text holds each word; words of all ranks are spread over the columns."""
    from scipy.sparse import csr_matrix

    lengths = np.maximum(1, np.rint(like.median * np.exp(like.spread * rng.standard_normal(y.size)))).astype(np.int64)
    texts = np.repeat(np.arange(y.size), lengths)
    draws, ranks = rng.random(texts.size), np.empty(texts.size, np.int64)
    for label in (-1.0, 1.0):
        cumulated = np.cumsum(frequencies(like) * np.exp(label * tilt))
        here = y[texts] == label
        ranks[here] = np.searchsorted(cumulated, draws[here] * cumulated[-1], side="right")
    columns = rng.permutation(like.features)[np.minimum(ranks, like.features - 1)]
    X = csr_matrix((np.ones(ranks.size), (texts, columns)), shape=(y.size, like.features))
    X.sum_duplicates()
    return X
