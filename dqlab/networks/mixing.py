"""Mixing matrices: what every node makes of its own number and its neighbours', Assumption 1 of Reisizadeh et al."""

from typing import NamedTuple

import numpy as np

from .. import _checks
from .._generic import generic, jit

TOLERANCE = 1e-9  # of sums, of symmetry and of lambda_n > -1
DENSE = 200  # up to so many nodes all eigenvalues are found at once


class _Fields(NamedTuple):
    own: np.ndarray
    indptr: np.ndarray
    indices: np.ndarray
    weights: np.ndarray
    second: float
    last: float


class Mixing(_Fields):
    """A mixing matrix W, its diagonal apart from the rest, which is held by rows (CSR).

    W is symmetric with nonnegative entries, its rows sum to 1, its graph is connected, and 1 = lambda_1 > lambda_2 >= ... >=
    lambda_n > -1: Assumption 1. Made by `laplacian_weights`, `metropolis_weights`, or ``from_matrix(W)`` for any other.

    Parameters
    ----------
    own : array, shape (n,)
        The diagonal of W, the matrix W_D: what a node gives to its own number.
    indptr, indices, weights : arrays
        W - W_D in CSR: row i has the weights ``weights[indptr[i]:indptr[i + 1]]`` at the columns ``indices[...]``.
    second, last : float
        lambda_2 and lambda_n, with their signs.

    Examples
    --------
    >>> import dqlab as dq
    >>> mixing = dq.networks.metropolis_weights(dq.networks.ring(4))
    >>> mixing.dense().round(2).tolist()[0], round(mixing.second, 4), round(mixing.last, 4), round(mixing.gap, 4)
    ([0.33, 0.33, 0.0, 0.33], 0.3333, -0.3333, 0.6667)
    """

    __slots__ = ()

    @classmethod
    def from_matrix(cls, W):
        """The mixing matrix W, dense or scipy.sparse, once it is found to satisfy Assumption 1.

        Raises
        ------
        TypeError, ValueError
            If W is not square, finite, nonnegative, symmetric or stochastic, if its graph is not connected, or if lambda_n
            is -1.

        Examples
        --------
        >>> import dqlab as dq
        >>> dq.networks.Mixing.from_matrix([[0.75, 0.25], [0.25, 0.75]]).beta
        0.5
        """
        return of_entries(_entries(W))

    @property
    def nodes(self):
        """n."""
        return self.own.size

    @property
    def degrees(self):
        """How many neighbours every node has, shape (n,)."""
        return np.diff(self.indptr)

    @property
    def edges(self):
        """How many pairs of nodes talk to each other."""
        return self.indices.size // 2

    @property
    def beta(self):
        """max(|lambda_2|, |lambda_n|): what is left of a disagreement after one exact exchange, at most."""
        return max(abs(self.second), abs(self.last))

    @property
    def gap(self):
        """1 - beta."""
        return 1.0 - self.beta

    @property
    def reach(self):
        """|W - W_D|, the spectral norm: how much of the quantizers' errors an exchange lets in. At most 1 - min(own)."""
        low, high = extremes(self._others(), 1)
        return max(abs(low), abs(high))

    def dense(self):
        """W as an array, shape (n, n)."""
        return self._others().toarray() + np.diag(self.own)

    def _others(self):
        """W - W_D, scipy.sparse."""
        from scipy.sparse import csr_array

        return csr_array((self.weights, self.indices, self.indptr), shape=(self.nodes, self.nodes))

    def __repr__(self):
        return f"Mixing({self.nodes} nodes, {self.edges} edges, beta {self.beta:.4g})"


def lazy(mixing, share=0.5):
    """share I + (1 - share) W: everybody keeps a share, and eigenvalues move towards 1. With a half, none is negative.

    Parameters
    ----------
    mixing : Mixing
    share : float
        In [0, 1).

    Returns
    -------
    Mixing

    Examples
    --------
    >>> import dqlab as dq
    >>> mixing = dq.networks.metropolis_weights(dq.networks.ring(4))
    >>> slower = dq.networks.lazy(mixing)
    >>> round(slower.second, 4), round(slower.last, 4)
    (0.6667, 0.3333)
    """
    checked_mixing(mixing)
    share = _checks.positive(share, "share", zero=True)
    if share >= 1:
        raise ValueError(f"share: expected a number in [0, 1), got {share}: nobody would listen")
    kept = 1 - share
    second, last = share + kept * mixing.second, share + kept * mixing.last
    _refuse_no_gap(second)
    return mixing._replace(own=share + kept * mixing.own, weights=kept * mixing.weights, second=second, last=last)


def checked_mixing(mixing):
    """`mixing` if it is a Mixing."""
    if not isinstance(mixing, Mixing):
        raise TypeError(
            f"mixing: expected a dqlab.networks.Mixing, got {type(mixing).__name__}; make one of a graph by "
            f"dqlab.networks.laplacian_weights, or of a matrix by Mixing.from_matrix"
        )
    return mixing


@generic
def mix_neighbours(mixing, Z, out):
    """out[i] = sum over the neighbours j of i of w_ij Z[j]: the product (W - W_D) Z, into `out`.

    A node's own number is left to the caller, because a node knows its own exactly and those of its neighbours by what they sent.

    Parameters
    ----------
    mixing : Mixing
    Z, out : arrays of float32 or float64, shape (nodes, dim)
        One row a node, contiguous; not the same array. Sums are made in their precision.

    Examples
    --------
    >>> import dqlab as dq, numpy as np
    >>> mixing = dq.networks.laplacian_weights(dq.networks.ring(4), kappa=4)
    >>> out = np.empty((4, 1))
    >>> dq.networks.mix_neighbours(mixing, np.array([[1.0], [2.0], [3.0], [4.0]]), out)
    >>> out.T
    array([[1.5, 1. , 1.5, 1. ]])
    """
    checked_mixing(mixing)
    for name, array in (("Z", Z), ("out", out)):
        if not isinstance(array, np.ndarray) or array.dtype not in (np.float32, np.float64):
            raise TypeError(f"{name}: expected an array of float32 or float64, got {getattr(array, 'dtype', array)!r}")
        if array.ndim != 2 or array.shape[0] != mixing.nodes or not array.flags.c_contiguous:
            raise ValueError(f"{name}: expected shape ({mixing.nodes}, dim), rows contiguous, got {array.shape}")
    if Z.shape != out.shape or Z.dtype != out.dtype or np.shares_memory(Z, out):
        raise ValueError(f"out: expected an array like Z and apart from it, {Z.shape} of {Z.dtype}, got {out.shape}")
    mix_neighbours.kernel(mixing)(mixing, Z, out)


@mix_neighbours.register(Mixing)
def _mix_neighbours(mixing, Z, out):
    add_neighbours(mixing.indptr, mixing.indices, mixing.weights, Z, out)


@jit
def add_neighbours(indptr, indices, weights, Z, out):
    """out[i] = sum_j w_ij Z[j] by rows of CSR, all or a few of them; compiled even where an algorithm is not."""
    kind = Z.dtype.type
    for i in range(out.shape[0]):
        k, end = indptr[i], indptr[i + 1]
        for c in range(Z.shape[1]):
            out[i, c] = 0
        while k + 4 <= end:  # four neighbours in one pass: the row of sums is read and written a fourth as often
            j0, j1, j2, j3 = indices[k], indices[k + 1], indices[k + 2], indices[k + 3]
            w0, w1, w2, w3 = kind(weights[k]), kind(weights[k + 1]), kind(weights[k + 2]), kind(weights[k + 3])
            for c in range(Z.shape[1]):
                out[i, c] += (w0 * Z[j0, c] + w1 * Z[j1, c]) + (w2 * Z[j2, c] + w3 * Z[j3, c])
            k += 4
        if k + 2 <= end:
            j0, j1, w0, w1 = indices[k], indices[k + 1], kind(weights[k]), kind(weights[k + 1])
            for c in range(Z.shape[1]):
                out[i, c] += w0 * Z[j0, c] + w1 * Z[j1, c]
            k += 2
        if k < end:
            j0, w0 = indices[k], kind(weights[k])
            for c in range(Z.shape[1]):
                out[i, c] += w0 * Z[j0, c]


def of_entries(W, ends=None):
    """The Mixing of checked entries, and of (lambda_n, lambda_2) where they are known."""
    from scipy.sparse import coo_array

    own, W = W.diagonal(), coo_array(W)
    apart = (W.row != W.col) & (W.data > 0)
    others = coo_array((W.data[apart], (W.row[apart], W.col[apart])), shape=W.shape).tocsr()
    others.sort_indices()
    last, second = extremes(W.tocsr(), 2) if ends is None else ends
    if last <= TOLERANCE - 1:
        raise ValueError(
            "W: expected lambda_n > -1, got -1: neighbours would swap for ever; take lazy weights, (I + W) / 2"
        )
    _refuse_no_gap(second)
    arrays = others.indptr.astype(np.int64), others.indices.astype(np.int64), others.data
    return Mixing(own, *arrays, second, last)


def _refuse_no_gap(second):
    """An error where lambda_2 is 1 in floats: the graph is connected, by weights too small to count."""
    if second >= 1 - 1e-15:
        raise ValueError("W: expected lambda_2 < 1, got 1 up to rounding; give neighbours larger weights")


def _entries(W):
    """W as scipy.sparse once it is square, finite, nonnegative, symmetric, stochastic and connected."""
    from scipy.sparse import csr_array, issparse
    from scipy.sparse.csgraph import connected_components

    W = csr_array(W, dtype=np.float64) if issparse(W) else csr_array(_checks.matrix(W, "W"))
    if W.shape[0] != W.shape[1] or W.shape[0] < 2:
        raise ValueError(f"W: expected a square matrix of two nodes or more, got shape {W.shape}")
    if not np.isfinite(W.data).all():
        raise ValueError("W: expected finite numbers, got NaN or infinity")
    if W.min() < -1e-14:  # what rounding leaves of an own weight of 0
        remedy = "lower the other weights of its row, or take a larger kappa"
        raise ValueError(f"W: expected weights >= 0, Assumption 1, got {W.min():.4g}; {remedy}")
    uneven = abs(W - W.T).max()
    if uneven > TOLERANCE:
        raise ValueError(
            f"W: expected a symmetric matrix, got w_ij and w_ji that differ by {uneven:.3g}; take (W + W.T) / 2"
        )
    sums = W.sum(axis=1)
    if abs(sums - 1).max() > TOLERANCE:
        worst = int(abs(sums - 1).argmax())
        remedy = "take laplacian_weights or metropolis_weights of the graph"
        raise ValueError(f"W: expected rows that sum to 1, got {sums[worst]:.6g} in row {worst}; {remedy}")
    pieces = connected_components(W > 0, directed=False, return_labels=False)
    if pieces > 1:
        raise ValueError(f"W: expected a connected graph, got {pieces} pieces, whose nodes can never agree; join them")
    return W.maximum(0)


def extremes(A, which):
    """(least, `which`-th greatest) eigenvalue of a symmetric sparse matrix."""
    if A.shape[0] <= DENSE:
        values = np.linalg.eigvalsh(A.toarray())
        return float(values[0]), float(values[-which])
    around, own = abs(A).sum(axis=1), A.diagonal()
    around -= abs(own)  # by Gershgorin no eigenvalue is beyond these ends
    return _end(A, 1, "SA", (own - around).min() - 1e-6), _end(A, which, "LA", (own + around).max() + 1e-6)


def _end(A, which, side, beyond):
    """The `which`-th eigenvalue from one end of the spectrum, which lies in [-1, 1]."""
    from scipy.sparse.linalg import ArpackNoConvergence, eigsh

    options = {
        "v0": np.cos(np.arange(A.shape[0])),
        "return_eigenvectors": False,
    }  # ARPACK would draw a start of its own
    try:
        found = eigsh(A, which, which=side, ncv=40, maxiter=50, **options)
    except ArpackNoConvergence:  # a long chain of nodes, whose eigenvalues crowd there: solve with the matrix instead
        found = eigsh(A.tocsc(), which, sigma=beyond, **options)
    return float(found.max() if side == "SA" else found.min())
