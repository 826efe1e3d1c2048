"""Least squares, equation (29) of Lin et al.: f(x) = |y - A x|^2 / 2, dense or sparse."""

import math
from typing import NamedTuple

import numpy as np

from .. import _checks
from .._generic import jit
from .verbs import Smooth, gradient, value


class _Fields(NamedTuple):
    gram: np.ndarray
    moment: np.ndarray
    offset: float
    minimiser: np.ndarray
    L: float
    mu: float


class LeastSquares(Smooth, _Fields):
    """f(x) = |y - A x|^2 / 2 by its Gram matrix, which makes a gradient cost n^2 whatever the number of rows.

    Made by ``from_data(A, y)``.

    Parameters
    ----------
    gram : array, shape (n, n)
        A^T A.
    moment : array, shape (n,)
        A^T y.
    offset : float
        |y|^2 / 2.
    minimiser : array, shape (n,)
    L, mu : float
        The squares of the largest and the smallest singular value of A.

    Examples
    --------
    >>> import dqlab as dq
    >>> problem = dq.problems.LeastSquares.from_data([[1.0, 0.0], [0.0, 2.0]], [1.0, 2.0])
    >>> problem.L, problem.mu, problem.kappa, problem.minimiser.tolist()
    (4.0, 1.0, 4.0, [1.0, 1.0])
    """

    __slots__ = ()
    quadratic = True

    @classmethod
    def from_data(cls, A, y):
        """The problem of a dense or scipy.sparse matrix A, shape (m, n), and a vector y, shape (m,).

        A sparse A with more than 2,000 columns becomes a ``SparseLeastSquares``, because its Gram matrix would not pay.

        Raises
        ------
        TypeError, ValueError
            If the shapes do not fit, an entry is not finite, or A does not have full column rank (then mu = 0, and no
            theorem of the paper applies: drop columns, or add a ridge).
        """
        if hasattr(A, "tocsr"):
            if A.shape[1] > 2000:
                return SparseLeastSquares.from_data(A, y)
            A = A.toarray()
        A = _checks.matrix(A, "A")
        y = _checks.vector(y, "y", A.shape[0]).astype(np.float64, copy=False)
        left, singular, right = np.linalg.svd(A, full_matrices=False)
        check_rank(singular, A.shape)
        minimiser = right.T @ ((left.T @ y) / singular)
        return cls(A.T @ A, A.T @ y, 0.5 * float(y @ y), minimiser, float(singular[0] ** 2), float(singular[-1] ** 2))


def check_rank(singular, shape):
    """Raise ValueError unless the singular values are those of a matrix of full column rank."""
    m, n = shape
    rank = int((singular > singular[0] * max(m, n) * np.finfo(float).eps).sum())
    if m < n or rank < n:
        raise ValueError(
            f"A: expected full column rank, got rank {rank} for shape {shape}; then mu = 0 and f is not strongly convex. "
            f"Drop dependent columns, or add rows sqrt(ridge) * identity"
        )


@gradient.register(LeastSquares)
def _gradient(problem, x):
    return gram_times_minus(problem.gram, x, problem.moment)


@jit(fastmath=True)
def gram_times_minus(gram, x, moment):
    """gram @ x - moment, four rows at a time: for n in the hundreds quicker than a call to BLAS."""
    n = x.size
    out = np.empty(n)
    whole = n - n % 4
    for i in range(0, whole, 4):
        a, b, c, d = 0.0, 0.0, 0.0, 0.0
        r0, r1, r2, r3 = gram[i], gram[i + 1], gram[i + 2], gram[i + 3]
        for j in range(n):
            a += r0[j] * x[j]
            b += r1[j] * x[j]
            c += r2[j] * x[j]
            d += r3[j] * x[j]
        out[i], out[i + 1] = a - moment[i], b - moment[i + 1]
        out[i + 2], out[i + 3] = c - moment[i + 2], d - moment[i + 3]
    for i in range(whole, n):
        s = 0.0
        row = gram[i]
        for j in range(n):
            s += row[j] * x[j]
        out[i] = s - moment[i]
    return out


@value.register(LeastSquares)
def _value(problem, x):
    s = problem.offset
    g = gram_times_minus(problem.gram, x, problem.moment)
    for i in range(x.size):
        s += 0.5 * x[i] * (g[i] - problem.moment[i])
    return s


class _SparseFields(NamedTuple):
    data: np.ndarray
    indices: np.ndarray
    indptr: np.ndarray
    y: np.ndarray
    minimiser: np.ndarray
    L: float
    mu: float


class SparseLeastSquares(Smooth, _SparseFields):
    """f(x) = |y - A x|^2 / 2 for a sparse A held row by row (CSR); a gradient costs two passes over its nonzeros.

    Made by ``from_data(A, y)``.

    Examples
    --------
    >>> import scipy.sparse as sp
    >>> import dqlab as dq
    >>> problem = dq.problems.SparseLeastSquares.from_data(sp.diags_array([1.0, 2.0, 3.0]), [1.0, 2.0, 3.0])
    >>> round(problem.L, 9), round(problem.mu, 9)
    (9.0, 1.0)
    """

    __slots__ = ()
    quadratic = True

    @classmethod
    def from_data(cls, A, y):
        """The problem of a matrix A, shape (m, n), sparse or dense, and a vector y; see ``LeastSquares.from_data``."""
        from scipy.sparse.linalg import splu

        A = rows(A)
        y = _checks.vector(y, "y", A.shape[0]).astype(np.float64, copy=False)
        greatest, least = extreme_singular_values(A)
        check_rank(np.array([greatest] + [least] * (A.shape[1] - 1)), A.shape)
        factors = splu((A.T @ A).tocsc())
        minimiser = factors.solve(A.T @ y)
        minimiser += factors.solve(A.T @ (y - A @ minimiser))  # refinement: what the first solution left over
        return cls(A.data, A.indices, A.indptr, y, minimiser, greatest**2, least**2)


def rows(A):
    """A dense or scipy.sparse matrix of finite numbers, row by row (CSR, float64), in arrays of its own."""
    import scipy.sparse as sp

    A = A.tocsr().copy() if hasattr(A, "tocsr") else sp.csr_array(_checks.matrix(A, "A"))
    A.data = _checks.vector(A.data, "A").astype(np.float64, copy=False)
    A.sum_duplicates()
    return A


def extreme_singular_values(A):
    """The largest and the smallest of the min(m, n) singular values of a sparse matrix, to near machine precision."""
    from scipy.sparse.linalg import eigsh

    n = A.shape[1]
    if A.shape[0] < n:
        return 1.0, 0.0
    if n <= 500:
        singular = np.linalg.svd(A.toarray(), compute_uv=False)
        return float(singular[0]), float(singular[-1])
    gram = (A.T @ A).tocsc()
    greatest = float(eigsh(gram, k=1, which="LA", return_eigenvectors=False)[0])
    try:
        least = float(eigsh(gram, k=1, sigma=0.0, which="LM", return_eigenvectors=False)[0])
    except RuntimeError as error:
        if "singular" not in str(error):
            raise
        least = 0.0
    return math.sqrt(greatest), math.sqrt(max(least, 0.0))


@gradient.register(SparseLeastSquares)
def _sparse_gradient(problem, x):
    g = np.zeros(x.size)
    for i in range(problem.y.size):
        residual = sparse_residual(problem, x, i)
        for k in range(problem.indptr[i], problem.indptr[i + 1]):
            g[problem.indices[k]] += problem.data[k] * residual
    return g


@value.register(SparseLeastSquares)
def _sparse_value(problem, x):
    s = 0.0
    for i in range(problem.y.size):
        s += 0.5 * sparse_residual(problem, x, i) ** 2
    return s


@jit
def sparse_residual(problem, x, i):
    """Row i of A x - y."""
    s = -problem.y[i]
    for k in range(problem.indptr[i], problem.indptr[i + 1]):
        s += problem.data[k] * x[problem.indices[k]]
    return s
