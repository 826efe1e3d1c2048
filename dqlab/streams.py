"""Reproducible randomness: a stream for every purpose, and draws by counter for kernels.

A result depends on the seed and the key alone, never on threads, processes or the order of work.
"""

import hashlib

import numpy as np

from ._generic import jit

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1, _MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S11, _S27, _S30, _S31 = np.uint64(11), np.uint64(27), np.uint64(30), np.uint64(31)


def stream(seed, *key):
    """The random stream for one purpose.

    Parameters
    ----------
    seed : int
        The experiment's seed, at least 0.
    *key : int or str
        What the stream is for, e.g. ``("trial", 3, "encoder")``. Different keys give independent streams.

    Returns
    -------
    numpy.random.Generator

    Raises
    ------
    TypeError, ValueError
        If the seed or a part of the key is not a non-negative integer or a string.

    Examples
    --------
    >>> from dqlab.streams import stream
    >>> bool(stream(1, "worker", 2).random() == stream(1, "worker", 2).random())
    True
    """
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
        raise TypeError(f"seed: expected a non-negative integer, got {seed!r}")
    if seed < 0:
        raise ValueError(f"seed: expected a non-negative integer, got {seed!r}")
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(int(seed), spawn_key=tuple(_words(key)))))


def _words(key):
    """The key as 32-bit words: each part is hashed with its type, so 1 and "1" differ and so do ("ab",) and ("a", "b")."""
    for part in key:
        if isinstance(part, bool) or not isinstance(part, (int, np.integer, str)):
            raise TypeError(f"key: expected integers and strings, got {part!r}")
        tagged = f"s{part}" if isinstance(part, str) else f"i{int(part)}"
        yield from np.frombuffer(hashlib.blake2b(tagged.encode(), digest_size=16).digest(), np.uint32).tolist()


@jit
def key(rng):
    """One key from a stream, 63 bits so that it is a plain int in Python too: what an encoder draws before it counts.

    Examples
    --------
    >>> from dqlab import streams
    >>> 0 <= streams.key(streams.stream(0, "encoder")) < 2**63
    True
    """
    return rng.integers(0, 1 << 62) * 2 + rng.integers(0, 2)


@jit(inline="always")
def mix(z):
    """A bijective mix of 64 bits (the finaliser of splitmix64, Steele, Lea and Flood 2014).

    Examples
    --------
    >>> import numpy as np
    >>> from dqlab import streams
    >>> hex(streams.mix(np.uint64(1)))
    '0x5692161d100b05e5'
    """
    z = (z ^ (z >> _S30)) * _MIX_1
    z = (z ^ (z >> _S27)) * _MIX_2
    return z ^ (z >> _S31)


@jit(inline="always")
def uniform(key, index):
    """Draw number `index` of the counter stream `key`: uniform on [0, 1), 53 bits.

    The draw depends on (key, index) alone, so a long vector may be drawn in any order and on any number of cores.

    Examples
    --------
    >>> from dqlab import streams
    >>> streams.uniform(7, 0) == streams.uniform(7, 0) != streams.uniform(7, 1)
    True
    """
    z = mix(np.uint64(key) + (np.uint64(index) + np.uint64(1)) * _GOLDEN)
    return np.float64(np.int64(z >> _S11)) * (1.0 / 9007199254740992.0)


@jit
def words(key, first, out):
    """Draws number `first`, `first` + 1, ... of the counter stream `key` into `out`, 64 bits each.

    Examples
    --------
    >>> import numpy as np
    >>> from dqlab import streams
    >>> out = np.empty(4, np.uint64)
    >>> streams.words(7, 2, out)
    >>> float(out[1] >> np.uint64(11)) / 2**53 == streams.uniform(7, 3)
    True
    """
    z = np.uint64(key) + np.uint64(first) * _GOLDEN
    for j in range(out.size):
        z += _GOLDEN
        out[j] = mix(z)
