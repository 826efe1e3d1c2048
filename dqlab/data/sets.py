"""A data set by its name, wherever it lies; and the list of all there are."""

import difflib
from typing import Any, NamedTuple

from . import files, registry


class Dataset(NamedTuple):
    """A data set.

    Attributes
    ----------
    name : str
    X : scipy.sparse.csr_matrix or numpy.ndarray
        One row a sample (or equation), one column a feature (or unknown); float64, and uint8 for images.
    y : numpy.ndarray or None
        Targets, labels -1 and +1 of two classes, or classes 0, 1, ... of more; None where the collection has no right-hand side.
    source, citation, licence : str
    features : tuple or None
        What the columns are, where it is known: words, or names of measurements.
    """

    name: str
    X: Any
    y: Any
    source: str
    citation: str
    licence: str
    features: tuple | None = None


def load(name):
    """A data set by name.

    Parameters
    ----------
    name : str
        One of the index of :func:`names`.

    Returns
    -------
    Dataset

    Raises
    ------
    ValueError
        If the name is unknown, or a file does not have its checksum.
    DataUnavailable
        If the set is in no folder and cannot be downloaded; the message says which file to put where.

    Examples
    --------
    >>> from dqlab import data
    >>> data.load("diabetes").X.shape
    (442, 10)
    """
    entry = _entry(name)
    X, y, features = entry.embedded() if entry.embedded else (*_read(name, entry), None)
    if any(expected not in (None, found) for expected, found in zip(entry.shape, X.shape, strict=True)):
        raise ValueError(f"name: {name} has shape {X.shape}, expected {entry.shape}")
    return Dataset(name, X, y, entry.source, entry.citation, entry.licence, features)


def _read(name, entry):
    file, path = files.find(entry) or files.download(name, entry.files[-1])
    files.verify(path, file)
    return file.read(path, *(path.with_name(part.name) for part in file.beside))


def names():
    """All data sets, and where each is now.

    Returns
    -------
    pandas.DataFrame
        Index: the names. Columns: ``shape`` (None where it depends on the installed packages); ``where``, which is
        "embedded", the path of the file, or "to download"; ``source``.

    Examples
    --------
    >>> from dqlab import data
    >>> data.names().loc["diabetes", "where"]
    'embedded'
    """
    import pandas as pd

    rows = []
    entries = registry.entries()
    for entry in entries.values():
        found = files.find(entry)
        where = "embedded" if entry.embedded else str(found[1]) if found else "to download"
        rows.append((entry.shape, where, entry.source))
    return pd.DataFrame(rows, columns=["shape", "where", "source"], index=pd.Index(list(entries), name="name"))


def _entry(name):
    entries = registry.entries()
    if name in entries:
        return entries[name]
    close = difflib.get_close_matches(str(name).lower(), entries, n=3)
    hint = f"did you mean {' or '.join(map(repr, close))}? " if close else ""
    raise ValueError(f"name: unknown data set {name!r}; {hint}Known sets: {', '.join(sorted(entries))}")
