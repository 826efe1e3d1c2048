"""Text with two classes, dealt to workers, with held-out rows: documentation strings, news20, rcv1."""

import os
from typing import Any, NamedTuple

import numpy as np

from ... import _checks, data
from ...problems import DecentralisedLogistic

TEXTS = {  # name for `data.load` -> the row of Table 2 whose settings it gets, and a set of its own for testing
    "docstrings": ("rcv1", None),
    "news20": ("news20", None),
    "rcv1": ("rcv1", None),
    "rcv1_small": ("rcv1", "rcv1_small_test"),
}
HELD_OUT = 0.2


class TextSplit(NamedTuple):
    """A problem on the training rows, and the rows that are held out.

    Attributes
    ----------
    problem : DecentralisedLogistic
        Without an l2 penalty; rows of Euclidean norm 1.
    X, y : scipy.sparse.csr_array, array
        The held-out rows and their labels.
    words : tuple or None
        The columns.
    """

    problem: Any
    X: Any
    y: np.ndarray
    words: tuple | None

    def accuracy(self, x):
        """The share of the held-out rows on the right side of the hyperplane of x; a row on it counts one half.

        Examples
        --------
        >>> import dqlab as dq
        >>> from dqlab.experiments import xu
        >>> text = xu.text_split("docstrings", dq.stream(0, "split"), workers=2, rows=100)
        >>> text.accuracy([0.0] * text.problem.dim)
        0.5
        """
        margins = self.y * (self.X @ _checks.vector(x, "x", self.X.shape[1]))
        return float(np.mean(margins > 0) + np.mean(margins == 0) / 2)


def text_split(name, rng, workers, rows=None):
    """Load a text, hold a fifth of its rows out (or take its own test set), and deal the others to the workers.

    Parameters
    ----------
    name : str
        Of ``TEXTS``: "docstrings" is on every machine, the others where ``dqlab.data.load`` finds them. ("news20" is the
        multiclass file, its classes in two groups as in news20.binary.)
    rng : numpy.random.Generator
        Draws which rows are held out, and who gets which.
    workers : int
    rows : int, optional
        Use only so many of the rows, drawn too.

    Returns
    -------
    TextSplit

    Raises
    ------
    ValueError
        If the name is unknown, or there are less than two rows a worker.

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments import xu
    >>> text = xu.text_split("docstrings", dq.stream(0, "split"), workers=2, rows=1000)
    >>> text.problem.nodes, text.problem.samples, text.y.size
    (2, 400, 200)
    """
    _, test = TEXTS[_checks.choice(name, "name", tuple(TEXTS))]
    found = data.load(name)
    X, y = unit_rows(found.X), found.y
    order = rng.permutation(y.size)[: None if rows is None else _checks.integer(rows, "rows", 2 * workers)]
    count = order.size if test else order.size - round(HELD_OUT * order.size)
    train = order[: count // workers * workers]
    if train.size < 2 * workers:
        raise ValueError(f"rows: expected two for each of {workers} workers and some to hold out, got {order.size}")
    problem = DecentralisedLogistic.from_data(X[train], y[train], workers, strength=0.0)
    if test:
        other = data.load(test)
        return TextSplit(problem, unit_rows(other.X), other.y, found.features)
    return TextSplit(problem, X[order[count:]], y[order[count:]], found.features)


def unit_rows(X):
    """The same rows with Euclidean norm 1, where they are not 0.

    Examples
    --------
    >>> import scipy.sparse as sp
    >>> from dqlab.experiments import xu
    >>> xu.unit_rows(sp.csr_array([[3.0, 4.0]])).toarray().tolist()
    [[0.6, 0.8]]
    """
    import scipy.sparse as sp

    X = sp.csr_array(X, dtype=np.float64)
    norms = np.sqrt(np.asarray(X.multiply(X).sum(axis=1)).ravel())
    X.data = X.data / np.repeat(np.where(norms > 0, norms, 1), np.diff(X.indptr))
    return X


def paper_texts():
    """Those of the paper's texts, or parts of them, that lie on this machine.

    Returns
    -------
    list of str

    Examples
    --------
    >>> from dqlab.experiments import xu
    >>> set(xu.paper_texts()) <= {"news20", "rcv1", "rcv1_small"}
    True
    """
    where = data.names()["where"]
    return [name for name in TEXTS if name != "docstrings" and os.path.isfile(where[name])]
