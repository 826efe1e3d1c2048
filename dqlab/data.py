"""The papers' data sets by name: from a folder, from the cache, or from the network.

``load(name)`` looks in the folder ``$DQLAB_DATA``, then in the user's cache, and downloads what is in neither. Every file is
held to its checksum, wherever it was found. Embedded sets come with a dependency and need no file.
"""

import difflib
import functools
import hashlib
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np


class DataUnavailable(OSError):
    """A data set is in no folder and cannot be downloaded."""


class Dataset(NamedTuple):
    """A data set.

    Attributes
    ----------
    name : str
    X : scipy.sparse.csr_matrix or numpy.ndarray
        One row a sample (or equation), one column a feature (or unknown); float64.
    y : numpy.ndarray or None
        Targets, or labels -1 and +1 of two classes; None where the collection has no right-hand side.
    source, citation, licence : str
    """

    name: str
    X: Any
    y: Any
    source: str
    citation: str
    licence: str


class _File(NamedTuple):
    """A file that holds a set: its name, its published checksum, and where it can be had (None: nowhere as it is)."""

    name: str
    checksum: str
    url: str | None
    read: Callable  # path -> (X, y)


class _Entry(NamedTuple):
    shape: tuple
    files: tuple  # in the order in which they are looked for; the last one is downloaded
    source: str
    citation: str
    licence: str


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
    if not entry.files:
        X, y = _embedded(name)
    else:
        file, path = _find(entry) or _download(name, entry.files[-1])
        _verify(path, file)
        X, y = file.read(path)
    if X.shape != entry.shape:
        raise ValueError(f"name: {name} has shape {X.shape}, expected {entry.shape}")
    return Dataset(name, X, y, entry.source, entry.citation, entry.licence)


def names():
    """All data sets, and where each is now.

    Returns
    -------
    pandas.DataFrame
        Index: the names. Columns: ``shape``; ``where``, which is "embedded", the path of the file, or "to download"; ``source``.

    Examples
    --------
    >>> from dqlab import data
    >>> data.names().loc["diabetes", "where"]
    'embedded'
    """
    import pandas as pd

    rows = []
    for entry in _registry().values():
        found = _find(entry) if entry.files else None
        where = "embedded" if not entry.files else str(found[1]) if found else "to download"
        rows.append((entry.shape, where, entry.source))
    return pd.DataFrame(rows, columns=["shape", "where", "source"], index=pd.Index(list(_registry()), name="name"))


def _entry(name):
    registry = _registry()
    if name in registry:
        return registry[name]
    close = difflib.get_close_matches(str(name).lower(), registry, n=3)
    hint = f"did you mean {' or '.join(map(repr, close))}? " if close else ""
    raise ValueError(f"name: unknown data set {name!r}; {hint}Known sets: {', '.join(sorted(registry))}")


# Finding files


def _folders():
    """Where files may lie: $DQLAB_DATA if it is set, then the cache."""
    given = os.environ.get("DQLAB_DATA")
    if given and not Path(given).is_dir():
        raise ValueError(f"DQLAB_DATA: expected the path of a folder, got {given!r}")
    return [Path(given), _cache()] if given else [_cache()]


def _cache():
    import pooch

    return Path(pooch.os_cache("dqlab"))


def _find(entry):
    """The first file of the entry that lies in a folder, as (file, path), or None."""
    for folder in _folders():
        for file in entry.files:
            if (folder / file.name).is_file():
                return file, folder / file.name
    return None


def _verify(path, file):
    algorithm, expected = file.checksum.split(":")
    with path.open("rb") as stream:
        found = hashlib.file_digest(stream, algorithm).hexdigest()
    if found != expected:
        remedy = f"Replace it by {file.url}" if file.url else "Remove it"
        raise ValueError(
            f"data: {path} has {algorithm} {found}, expected {expected}: it is damaged or another version. {remedy}"
        )


def _download(name, file):
    import pooch

    try:
        path = pooch.retrieve(
            file.url,
            known_hash=file.checksum,
            fname=file.name,
            path=_cache(),
            downloader=pooch.HTTPDownloader(progressbar=True, timeout=30),
        )
    except OSError as error:  # requests' exceptions are among them
        raise DataUnavailable(
            f"{name} is in no folder here and cannot be downloaded ({error}). Get {file.url} in some other way and put it, "
            f"as {file.name}, into {_cache()} or into a folder whose path is in the environment variable DQLAB_DATA"
        ) from error
    return file, Path(path)


# Reading files


def _read_matrix_market(path):
    from scipy.io import mmread

    return _sparse(mmread(path)), None


def _read_archive(path, name, has_right_side):
    """A .tar.gz of the SuiteSparse Matrix Collection: name/name.mtx and, for some, name/name_b.mtx."""
    import tarfile

    from scipy.io import mmread

    with tarfile.open(path) as archive:

        def member(suffix):
            return mmread(io.BytesIO(archive.extractfile(f"{name}/{name}{suffix}.mtx").read()))

        return _sparse(member("")), np.asarray(member("_b"), float).ravel() if has_right_side else None


def _read_npz(path, has_right_side):
    from scipy.sparse import load_npz

    with np.load(path) as arrays:
        y = arrays["b"] if has_right_side else None
    return _sparse(load_npz(path)), y


def _sparse(X):
    from scipy.sparse import csr_matrix

    X = csr_matrix(X, dtype=np.float64)
    X.eliminate_zeros()
    X.sort_indices()
    return X


def _read_svmlight(path, features, positive):
    from sklearn.datasets import load_svmlight_file

    X, labels = load_svmlight_file(str(path), n_features=features)
    return _sparse(X), np.where(np.isin(labels, positive), 1.0, -1.0)


def _embedded(name):
    from sklearn import datasets

    return {"diabetes": datasets.load_diabetes}[name](return_X_y=True)


# What there is

_SPARSE_ADDRESS = "https://sparse.tamu.edu/MM/HB/{}.tar.gz"
_LIBSVM_ADDRESS = "https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/"

_SPARSE = [  # name, shape, file here, its sha256, sha256 of the published archive, whether there is a right-hand side
    # fmt: off
    (
        "ash219",
        (219, 85),
        "ash219.mtx",
        "71b65958b56421e190f76a387ce3e2f67036ddf60f557f460ee2a254db498595",
        "562890544059e184949ebae8373593b2df5f362b71730373de4a133357c005e3",
        False,
    ),
    (
        "ash331",
        (331, 104),
        "ash331.mtx",
        "2e5c6821e762b5ad74827469c454bb7ca828c3f23754c08fdd18749bb6963683",
        "85673f168c5561bdf7d795e48997bc3ba12da8022bf6b184b78d66b3996da21b",
        False,
    ),
    (
        "ash608",
        (608, 188),
        "ash608.mtx",
        "3fe48b559727c19b980587b5a217a39a7dfae1323eb7e824087c3360958c8654",
        "efdbfa703876411ca3313f73370ea273b411cf3b33ec8d4dd08e605d47d302bc",
        False,
    ),
    (
        "ash958",
        (958, 292),
        "ash958.mtx",
        "a661da713611b492ee1dc61511631ad16b8c8dd749b1e7e3970ffad936089317",
        "135679c35674dd3939ef78d02172f75d9e9d9cdd4ac00636283febde1e33ff26",
        False,
    ),
    (
        "illc1033",
        (1033, 320),
        "illc1033.npz",
        "dccee6b4ef11d0cd505f5fd0463a6d7606fb82fcbd2f6ca282f88a478e53e9d4",
        "e656d1ddaedae54c50f781462d6dc2decd006847b15c7f65676395fcd9700810",
        True,
    ),
    (
        "illc1850",
        (1850, 712),
        "illc1850.npz",
        "936c72183c47058802acf3035b5dc76dc3d9c106a46c76dd8e1c2302abbc0d10",
        "31f09a2fa8e5842985f50b7ef2767bd7c05b56cda300272d2068ceb8fbaef612",
        False,
    ),
    (
        "well1850",
        (1850, 712),
        "well1850.npz",
        "ad60e642f02a4a4c8ee2504e6d9f1347d8b38bd5525a782d6fb0f52ff26faf40",
        "88610559a4e9ba0fbfc9c46828bfe65e198b4418409f1f4be835d91a6313c831",
        True,
    ),
    # fmt: on
]

_LIBSVM = [  # name, shape, labels of the positive class, {file: checksum} (the last one is at the address), folder, licence
    # fmt: off
    (
        "a9a",
        (32561, 123),
        [1],
        {
            "a9a.bz2": "sha256:1dcb2b4aedea0b5a9e964192dd211675d16cf05ab6477ddd0702d87c1d1af8da",
            "a9a": "sha256:f5d5ffd8d865ff41328e7ee043e4b020816914ff6843ff15b98905ddbedce906",
        },
        "binary",
        "UCI Adult, B. Becker and R. Kohavi, 1996",
        "CC BY 4.0 (UCI)",
    ),
    (
        "w8a",
        (49749, 300),
        [1],
        {
            "w8a.bz2": "sha256:d7fe0ec5079fb8fb0901f85ecbbf87e05698600dc0326e0edbe222426b438801",
            "w8a": "sha256:6a9fa8fd5f524303240a5db07d4b3d4a51e8b7b4b20a914105d8e3e8c81640f2",
        },
        "binary",
        "J. Platt, 1998",
        "none stated",
    ),
    (
        "mushrooms",
        (8124, 112),
        [2],
        {
            "mushrooms.bz2": "sha256:a039b9f09528a5dcfb76e0e3d32eb29b10aa6852485d90fc79cc8dffd3f192e2",
            "mushrooms": "sha256:f39a4eb628dc61a7d43760815b061c9e497aa728ce1ad8bde57a09ef6043b538",
        },
        "binary",
        "UCI Mushroom",
        "CC BY 4.0 (UCI)",
    ),
    (
        "phishing",
        (11055, 68),
        [1],
        {
            "phishing.bz2": "sha256:cbb192651568d8543aff9f1095f93f2f966f9babfc520311e569d0888b5d784b",
            "phishing": "sha256:0cf66ef36604c393da9359b2e5d894a2df8aee31fd184633cefa138add2ef08a",
        },
        "binary",
        "UCI Phishing Websites",
        "CC BY 4.0 (UCI)",
    ),
    (
        "news20",
        (15935, 62061),
        range(1, 11),
        {  # no checksum is published; this one is of a copy with the right statistics
            "news20.bz2": "sha256:8c79851f6f5fdc5540a0d04a5ab728353c42d26b84e73f93bda301c06c15ffe9",
        },
        "multiclass",
        "K. Lang, NewsWeeder, ICML 1995; classes 1 to 10 against 11 to 20 as in news20.binary, "
        "S. Keerthi and D. DeCoste, JMLR 6, 2005",
        "CC BY 4.0 (UCI)",
    ),
    (
        "rcv1",
        (20242, 47236),
        [1],
        {"rcv1_train.binary.bz2": "md5:1aeda848408e621468c0fe6944d9382f"},
        "binary",
        "D. Lewis et al., JMLR 5, 2004",
        "research use",
    ),
    # fmt: on
]


@functools.cache
def _registry():
    registry = {
        "diabetes": _Entry(
            (442, 10),
            (),
            "scikit-learn (columns centred, each with sum of squares 1; y in its own units)",
            "B. Efron, T. Hastie, I. Johnstone and R. Tibshirani, Least Angle Regression, Annals of Statistics 32, 2004",
            "BSD-3-Clause (scikit-learn)",
        )
    }
    for name, shape, file, checksum, archive, right in _SPARSE:
        here = _read_matrix_market if file.endswith(".mtx") else functools.partial(_read_npz, has_right_side=right)
        read = functools.partial(_read_archive, name=name, has_right_side=right)
        url = _SPARSE_ADDRESS.format(name)
        files = (
            _File(file, f"sha256:{checksum}", None, here),
            _File(f"{name}.tar.gz", f"sha256:{archive}", url, read),
        )
        citation = "T. Davis and Y. Hu, The University of Florida Sparse Matrix Collection, ACM TOMS 38, 2011"
        registry[name] = _Entry(shape, files, f"SuiteSparse Matrix Collection, HB/{name}", citation, "CC BY 4.0")
    for name, shape, positive, checksums, folder, citation, licence in _LIBSVM:
        read = functools.partial(_read_svmlight, features=shape[1], positive=list(positive))
        *others, published = checksums
        files = [_File(file, checksums[file], None, read) for file in others]
        files.append(_File(published, checksums[published], f"{_LIBSVM_ADDRESS}{folder}/{published}", read))
        registry[name] = _Entry(shape, tuple(files), f"LIBSVM Data, {folder}/{published}", citation, licence)
    return registry
