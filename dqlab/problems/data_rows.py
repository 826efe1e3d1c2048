"""Rows of data, dense or sparse, behind two verbs: the product of a row with a vector, and a multiple of a row added to one.

And rows dealt to nodes.
"""

from typing import NamedTuple

import numpy as np

from .. import _checks
from .._generic import generic, jit


class DenseRows(NamedTuple):
    """A matrix, row by row.

    Examples
    --------
    >>> import numpy as np
    >>> from dqlab.problems.data_rows import DenseRows
    >>> DenseRows(np.eye(2)).shape
    (2, 2)
    """

    A: np.ndarray

    @property
    def shape(self):
        """(rows, columns)."""
        return self.A.shape

    def matrix(self):
        """The same as an array that knows products."""
        return self.A


class SparseRows(NamedTuple):
    """A sparse matrix, row by row (CSR).

    Examples
    --------
    >>> import scipy.sparse as sp
    >>> from dqlab.problems.data_rows import rows_of
    >>> rows_of(sp.csr_array([[0.0, 3.0]])).indices.tolist()
    [1]
    """

    data: np.ndarray
    indices: np.ndarray
    indptr: np.ndarray
    columns: int

    @property
    def shape(self):
        """(rows, columns)."""
        return self.indptr.size - 1, self.columns

    def matrix(self):
        """The same as an array that knows products."""
        import scipy.sparse as sp

        return sp.csr_array((self.data, self.indices, self.indptr), shape=self.shape)


def rows_of(A, order=None):
    """The rows of a dense or scipy.sparse matrix of finite numbers, all of them or those that `order` names, in that order.

    Examples
    --------
    >>> from dqlab.problems.data_rows import rows_of
    >>> rows_of([[1.0], [2.0]], [1, 1, 0]).A.tolist()
    [[2.0], [2.0], [1.0]]
    """
    if not hasattr(A, "tocsr"):
        A = _checks.matrix(A, "X")
        return DenseRows(A if order is None else np.ascontiguousarray(A[order]))
    A = A.tocsr().copy()
    A.data = _checks.vector(A.data, "X").astype(np.float64, copy=False)
    A.sum_duplicates()
    A = A if order is None else A[order]
    return SparseRows(A.data, A.indices, A.indptr, A.shape[1])


def classes_of(y):
    """-1 and +1 as 0 and 1; other classes as they are.

    Examples
    --------
    >>> import numpy as np
    >>> from dqlab.problems.data_rows import classes_of
    >>> classes_of(np.array([-1, 1])).tolist(), classes_of(np.array([0, 2])).tolist()
    ([0, 1], [0, 2])
    """
    return (y > 0).astype(np.int64) if y.min(initial=0) < 0 and set(np.unique(y)) <= {-1, 1} else y


def dealt(X, y, nodes, rng=None):
    """Rows of X and their classes y dealt to nodes, in order or, with `rng`, shuffled first: (n, m, columns) and (n, m).

    What is left over is not used. Classes -1 and +1 become 0 and 1, others stay as they are.

    Examples
    --------
    >>> import numpy as np
    >>> from dqlab.problems.data_rows import dealt
    >>> X, y = dealt(np.eye(5), np.array([-1, 1, 1, -1, 1]), nodes=2)
    >>> X.shape, y.tolist()
    ((2, 2, 5), [[0, 1], [1, 0]])
    """
    nodes = _checks.integer(nodes, "nodes", 1)
    samples = y.size // nodes
    if samples == 0:
        raise ValueError(f"nodes: expected at most {y.size}, the number of rows, got {nodes}")
    y = classes_of(y)
    order = np.arange(y.size) if rng is None else _checks.generator(rng, "rng").permutation(y.size)
    order = order[: nodes * samples]
    return X[order].reshape(nodes, samples, -1), y[order].reshape(nodes, samples)


@generic
def row_times(rows, r, x):
    """<a_r, x>.

    Examples
    --------
    >>> import numpy as np
    >>> from dqlab.problems.data_rows import DenseRows, row_times
    >>> row_times(DenseRows(np.array([[1.0, 2.0]])), 0, np.array([3.0, 4.0]))
    11.0
    """
    return float(row_times.kernel(rows)(rows, r, x))


@generic
def add_row(rows, r, share, out):
    """`share` times a_r, added to `out`.

    Examples
    --------
    >>> import numpy as np
    >>> from dqlab.problems.data_rows import DenseRows, add_row
    >>> out = np.zeros(2)
    >>> add_row(DenseRows(np.array([[1.0, 2.0]])), 0, 3.0, out)
    >>> out.tolist()
    [3.0, 6.0]
    """
    add_row.kernel(rows)(rows, r, share, out)


@row_times.register(DenseRows)
@jit(fastmath={"reassoc", "contract"})
def _dense_times(rows, r, x):
    row, total = rows.A[r], 0.0
    for c in range(x.size):
        total += row[c] * x[c]
    return total


@add_row.register(DenseRows)
def _add_dense(rows, r, share, out):
    row = rows.A[r]
    for c in range(out.size):
        out[c] += share * row[c]


@row_times.register(SparseRows)
def _sparse_times(rows, r, x):
    total = 0.0
    for k in range(rows.indptr[r], rows.indptr[r + 1]):
        total += rows.data[k] * x[rows.indices[k]]
    return total


@add_row.register(SparseRows)
def _add_sparse(rows, r, share, out):
    for k in range(rows.indptr[r], rows.indptr[r + 1]):
        out[rows.indices[k]] += share * rows.data[k]
