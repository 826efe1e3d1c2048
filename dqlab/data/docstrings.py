"""The documentation strings of the installed scientific packages as a bag of words with two classes.

Thousands of real texts that every machine with dqlab has: nothing is downloaded, and nothing is imported, because the strings
are read from the source files. What the texts say depends on the installed versions, so the bag is kept under their digest.
"""

import ast
import hashlib
import importlib.util
import os
import re
from collections import Counter
from importlib.metadata import version
from pathlib import Path

import numpy as np

from ..streams import stream
from . import files

# Tables, models and pictures of data against the mathematics of arrays, functions and graphs: package -> label
PACKAGES = {"pandas": 1.0, "sklearn": 1.0, "matplotlib": 1.0, "numpy": -1.0, "scipy": -1.0, "networkx": -1.0}
DISTRIBUTIONS = {"sklearn": "scikit-learn"}
WORD = re.compile(r"[a-z][a-z0-9_]+")
GIVEAWAYS = {*PACKAGES, "scikit", "np", "pd", "plt", "mpl", "nx", "ax", "df"}  # names that would tell the label
ELSEWHERE = {"tests", "externals", "_vendored", "_external", "_lib", "conftest.py"}  # not the package's documentation
SHORTEST = 20  # words
FORMAT = 1  # a change of what is made of the texts changes this


def docstrings():
    """The bag of words, from the cache or made anew in a few seconds.

    Returns
    -------
    X : scipy.sparse.csr_matrix, shape (documents, words)
        Rows of Euclidean norm 1 (:func:`weigh`), in an order drawn once and for all.
    y : numpy.ndarray
        +1 for pandas, scikit-learn and matplotlib, -1 for numpy, scipy and networkx: about half of each.
    features : tuple of str
        The words, in alphabetical order.
    """
    path = files.cache() / f"docstrings-{_digest()}.npz"
    if not path.is_file():
        X, y, words = bag(PACKAGES)
        try:
            _save(path, X, y, words)
        except OSError:  # a cache that cannot be written costs time, not data
            return X, y, words
    return _read(path)


def _digest():
    versions = [f"{name} {version(DISTRIBUTIONS.get(name, name))}" for name in PACKAGES]
    return hashlib.sha256("\n".join([*versions, str(FORMAT)]).encode()).hexdigest()[:16]


def _save(path, X, y, words):
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.stem}-{os.getpid()}.part")
    with part.open("wb") as stream:
        np.savez_compressed(stream, data=X.data, indices=X.indices, indptr=X.indptr, shape=X.shape, y=y, words=words)
    part.replace(path)


def _read(path):
    from scipy.sparse import csr_matrix

    with np.load(path) as found:
        X = csr_matrix((found["data"], found["indices"], found["indptr"]), shape=tuple(found["shape"]))
        return X, found["y"], tuple(found["words"].tolist())


def bag(packages):
    """The weighted bag of words of the packages {name: label}, as (X, y, words)."""
    seen, labels = {}, []
    for name, label in packages.items():
        for text in documents(Path(importlib.util.find_spec(name).origin).parent):
            words = tuple(word for word in WORD.findall(text.lower()) if word not in GIVEAWAYS)
            if len(words) >= SHORTEST and words not in seen:  # many methods share their text: the first one counts
                seen[words] = None
                labels.append(label)
    order = stream(0, "docstrings").permutation(len(seen))
    texts = list(seen)
    X, words = _count([texts[i] for i in order])
    return weigh(X), np.array(labels)[order], words


def documents(folder):
    """The docstrings of a package's modules and of their public classes, methods and functions, by path and line."""
    paths = [p for p in folder.rglob("*.py") if not ELSEWHERE & set(p.relative_to(folder).parts)]
    for path in sorted(paths, key=lambda p: p.relative_to(folder).as_posix()):
        yield from _texts(ast.parse(path.read_bytes()))


def _texts(node):
    text = ast.get_docstring(node)
    if text:
        yield text
    if isinstance(node, (ast.Module, ast.ClassDef)):
        for inner in node.body:
            if isinstance(inner, (ast.ClassDef, ast.FunctionDef)) and not inner.name.startswith("_"):
                yield from _texts(inner)


def _count(texts):
    """Counts of words in compressed rows, columns in alphabetical order."""
    from scipy.sparse import csr_matrix

    words = sorted(set().union(*texts))
    column = {word: j for j, word in enumerate(words)}
    rows = [sorted((column[word], n) for word, n in Counter(text).items()) for text in texts]
    indptr = np.cumsum([0, *map(len, rows)])
    indices, counts = np.array([pair for row in rows for pair in row]).T
    return csr_matrix((counts.astype(np.float64), indices, indptr), shape=(len(texts), len(words))), tuple(words)


def weigh(X):
    """Counts c made into (1 + ln c) ln(rows / rows with the word), rows of norm 1: the weights of rcv1 (Lewis et al. 2004)."""
    rows, columns = X.shape
    rarity = np.log(rows / np.maximum(np.bincount(X.indices, minlength=columns), 1))
    X = X.copy()
    X.data = (1 + np.log(X.data)) * rarity[X.indices]
    norms = np.sqrt(np.asarray(X.multiply(X).sum(axis=1)).ravel())
    X.data /= np.repeat(np.where(norms > 0, norms, 1), np.diff(X.indptr))
    return X
