"""The mean of K workers' objectives, equation (59) of Lin et al., and least-squares problems to split among workers."""

from typing import NamedTuple

import numpy as np

from .. import _checks
from .least_squares import LeastSquares
from .verbs import Smooth, gradient, value

SAME = 1e-10  # minimisers within this relative distance are one, (62): what rounding leaves of equality


class _Fields(NamedTuple):
    problems: tuple
    minimiser: np.ndarray
    L: float
    mu: float
    shared: bool


class MeanOfProblems(Smooth, _Fields):
    """f(x) = (f_1(x) + ... + f_K(x)) / K, equation (59): one problem a worker.

    Parameters
    ----------
    problems : sequence of K >= 1 problems
        All of one class and one dimension.

    Attributes
    ----------
    problems : tuple
    minimiser : array, shape (n,)
        x*, the minimiser of the mean: the workers' own where they share it, else by linear algebra for `LeastSquares`
        and by Newton's method, to machine precision, for every other class.
    L, mu : float
        The means of L_k and mu_k, equation (61). See `tightened` for the constants of f itself.
    shared : bool
        Whether all x*_k are one point: interpolation, equation (62).

    Raises
    ------
    TypeError, ValueError
        For no problem at all, for problems of several classes, and for one of another dimension (its worker is named).

    Examples
    --------
    >>> import dqlab as dq
    >>> slow = dq.problems.LeastSquares.from_data([[1.0]], [1.0])
    >>> fast = dq.problems.LeastSquares.from_data([[2.0]], [6.0])
    >>> mean = dq.problems.MeanOfProblems([slow, fast])
    >>> mean.L, mean.minimiser.tolist(), mean.shared
    (2.5, [2.6], False)
    """

    __slots__ = ()

    def __new__(cls, problems):
        problems = _alike(_checked(problems))
        L, mu = (float(np.mean([getattr(p, name) for p in problems])) for name in ("L", "mu"))
        first = problems[0].minimiser
        size = 1.0 + float(np.linalg.norm(first))
        shared = all(np.linalg.norm(p.minimiser - first) <= SAME * size for p in problems)
        minimiser = first if shared else _minimise(problems)
        return super().__new__(cls, problems, minimiser, L, mu, shared)

    def __reduce__(self):
        return type(self)._make, (tuple(self),)

    @property
    def quadratic(self):
        """Whether f is a quadratic: where all f_k are."""
        return all(getattr(p, "quadratic", False) for p in self.problems)

    @property
    def workers(self):
        """K."""
        return len(self.problems)

    @property
    def worker_L(self):
        """L_1, ..., L_K."""
        return np.array([p.L for p in self.problems])

    @property
    def spread(self):
        """max_k |x*_k - x*|: how far the workers' minimisers lie from that of their mean; 0 where it is shared."""
        return 0.0 if self.shared else max(float(np.linalg.norm(p.minimiser - self.minimiser)) for p in self.problems)

    def reach(self, x0):
        """The least D that Theorem D.2 allows from x0: a bound on |x0 - x*| and on |x0 - x*_k| for every worker k."""
        ends = [self.minimiser] if self.shared else [self.minimiser, *(p.minimiser for p in self.problems)]
        return max(float(np.linalg.norm(x0 - end)) for end in ends)

    def tightened(self):
        """The same problem with the exact L and mu of f, which the means (61) only bound. For `LeastSquares`.

        Examples
        --------
        >>> import dqlab as dq
        >>> axes = [dq.problems.LeastSquares.from_data([[a, 0.0], [0.0, b]], [0.0, 0.0]) for a, b in [(1, 3), (3, 1)]]
        >>> mean = dq.problems.MeanOfProblems(axes)
        >>> mean.kappa, mean.tightened().kappa
        (9.0, 1.0)
        """
        if not isinstance(self.problems[0], LeastSquares):
            raise TypeError(f"tightened: expected problems of LeastSquares, got {type(self.problems[0]).__name__}")
        curvatures = np.linalg.eigvalsh(_mean_gram(self.problems))
        return self._replace(L=float(curvatures[-1]), mu=float(curvatures[0]))


@gradient.register(MeanOfProblems)
def _gradient(mean, x):
    total = np.zeros_like(x)
    for k in range(len(mean.problems)):
        total += gradient(mean.problems[k], x)
    return total / len(mean.problems)


@value.register(MeanOfProblems)
def _value(mean, x):
    total = 0.0
    for k in range(len(mean.problems)):
        total += value(mean.problems[k], x)
    return total / len(mean.problems)


def _checked(problems):
    """`problems` as a tuple of at least one, all of one class and one dimension."""
    problems = tuple(problems) if type(problems) in (list, tuple) else problems
    if not isinstance(problems, tuple) or hasattr(problems, "_fields"):
        raise TypeError(f"problems: expected a sequence of problems, one a worker, got {type(problems).__name__}")
    if not problems:
        raise ValueError("problems: expected at least one worker's problem, got K = 0")
    for k, problem in enumerate(problems):
        if not hasattr(problem, "minimiser"):
            raise TypeError(f"problems: expected a problem with L, mu and a minimiser, worker {k} has {problem!r}")
        if type(problem) is not type(problems[0]):
            kinds = type(problems[0]).__name__, type(problem).__name__
            raise TypeError(f"problems: expected one class, worker 0 has {kinds[0]} and worker {k} has {kinds[1]}")
        if problem.dim != problems[0].dim:
            raise ValueError(
                f"problems: expected one dimension, worker 0 has {problems[0].dim} and worker {k} has {problem.dim}"
            )
    return problems


def _alike(problems):
    """The problems with every field of one type for all workers: compiled code steps through a tuple of equal types."""

    def fitted(fields):
        if isinstance(fields[0], np.ndarray):
            return [np.ascontiguousarray(field, np.result_type(*fields)) for field in fields]
        return [float(field) for field in fields] if any(isinstance(field, float) for field in fields) else fields

    columns = [fitted(fields) for fields in zip(*problems, strict=True)]
    return tuple(type(problems[0])._make(fields) for fields in zip(*columns, strict=True))


def _mean_gram(problems):
    return sum(p.gram for p in problems) / len(problems)


def _minimise(problems):
    """The minimiser of the mean."""
    start = sum(p.L * p.minimiser for p in problems) / sum(p.L for p in problems)
    if isinstance(problems[0], LeastSquares):
        x = np.linalg.solve(_mean_gram(problems), sum(p.moment for p in problems) / len(problems))
        return x if np.isfinite(x).all() else start
    return newton(lambda x: sum(gradient(p, x) for p in problems) / len(problems), start)


def newton(slope, x):
    """The zero of a gradient: Newton's method by differences of gradients, until the gradient stops shrinking.

    Examples
    --------
    >>> import numpy as np
    >>> from dqlab.problems.mean import newton
    >>> newton(lambda x: x**3 + x - 2.0, np.array([3.0])).round(9).tolist()
    [1.0]
    """
    from scipy.sparse.linalg import LinearOperator, cg

    g = slope(x)
    for _ in range(100):
        reach = 1e-6 * (1 + np.linalg.norm(x))

        def curvature(v, x=x, reach=reach):
            step = reach / max(np.linalg.norm(v), 1e-300)
            return (slope(x + step * v) - slope(x - step * v)) / (2 * step)

        direction = cg(LinearOperator((x.size, x.size), matvec=curvature), g, rtol=1e-6, maxiter=10 * x.size)[0]
        share = 1.0
        while share > 1e-6 and np.linalg.norm(slope(x - share * direction)) >= np.linalg.norm(g):
            share /= 2
        if share <= 1e-6:
            return x
        x = x - share * direction
        g = slope(x)
    return x


def worker_least_squares(L, mu, rng, *, n=16, m=None, spread=0.0):
    """K least-squares problems with prescribed L_k and mu_k, and minimisers as far apart as wanted: sums as in (59)-(63).

    Worker k's Gaussian matrix has its singular values mapped affinely onto [sqrt(mu_k), sqrt(L_k)]. The minimisers lie at
    distance `spread` from one common point, in independent directions.

    Parameters
    ----------
    L, mu : array of shape (K,) or float
        L_k >= mu_k > 0, for every worker or one number for all; one of the two says K.
    rng : numpy.random.Generator
        Draws the common point (standard normal), then for every worker its matrix and its direction.
    n, m : int
        Shape of each matrix; m = 2 n unless given, and m >= n >= 2.
    spread : float
        0 is interpolation (62): every worker has the same minimiser.

    Returns
    -------
    MeanOfProblems

    Examples
    --------
    >>> import dqlab as dq
    >>> mean = dq.problems.worker_least_squares([8.0, 4.0, 2.0], 1.0, dq.stream(0, "problem"), n=6)
    >>> mean.workers, round(mean.L, 9), mean.shared
    (3, 4.666666667, True)
    """
    L, mu = (_checks.vector(np.atleast_1d(v), name).astype(np.float64) for v, name in ((L, "L"), (mu, "mu")))
    if L.size == 0 or mu.size == 0:
        raise ValueError("L: expected at least one worker, got K = 0")
    if 1 != L.size != mu.size != 1:
        raise ValueError(f"mu: expected one number or {L.size}, as many as there are L_k, got {mu.size}")
    L, mu = np.broadcast_arrays(L, mu)
    if not (0 < mu).all() or not (mu <= L).all():
        raise ValueError(f"L: expected L_k >= mu_k > 0 for every worker, got L = {L.tolist()} and mu = {mu.tolist()}")
    n = _checks.integer(n, "n", 2)
    m = 2 * n if m is None else _checks.integer(m, "m", n)
    spread = _checks.positive(spread, "spread", zero=True)
    centre = _checks.generator(rng, "rng").standard_normal(n)
    return MeanOfProblems([_worker(*ends, centre, spread, m, rng) for ends in zip(L, mu, strict=True)])


def _worker(L, mu, centre, spread, m, rng):
    """One least-squares problem with these L and mu, and its minimiser at distance `spread` from the centre."""
    _, singular, right = np.linalg.svd(rng.standard_normal((m, centre.size)), full_matrices=False)
    share = (singular - singular[-1]) / (singular[0] - singular[-1])
    singular = np.sqrt(mu) + (np.sqrt(L) - np.sqrt(mu)) * share
    direction = rng.standard_normal(centre.size)
    minimiser = centre + spread * direction / np.linalg.norm(direction)
    gram = (right.T * singular**2) @ right
    moment = gram @ minimiser
    return LeastSquares(gram, moment, 0.5 * float(minimiser @ moment), minimiser, float(L), float(mu))


def split_least_squares(A, y, workers, rng=None):
    """The rows of one least-squares problem, dealt out to K workers: f = mean_k f_k, f_k(x) = |y_k - A_k x|^2 / 2.

    Parameters
    ----------
    A : array or scipy.sparse matrix, shape (m, n)
    y : array, shape (m,)
    workers : int
        K >= 1; the parts differ by one row at most.
    rng : numpy.random.Generator, optional
        Shuffles the rows first; they are dealt in order unless it is given.

    Returns
    -------
    MeanOfProblems

    Raises
    ------
    TypeError, ValueError
        As `LeastSquares.from_data`, with the worker whose rows do not have full column rank.

    Examples
    --------
    >>> import dqlab as dq
    >>> data = dq.data.load("diabetes")
    >>> mean = dq.problems.split_least_squares(data.X, data.y, workers=4)
    >>> mean.workers, mean.dim, mean.shared
    (4, 10, False)
    """
    A = _checks.matrix(A.toarray() if hasattr(A, "toarray") else A, "A")
    y = _checks.vector(y, "y", A.shape[0]).astype(np.float64, copy=False)
    workers = _checks.integer(workers, "workers", 1)
    order = np.arange(A.shape[0]) if rng is None else _checks.generator(rng, "rng").permutation(A.shape[0])
    parts = []
    for k, rows in enumerate(np.array_split(order, workers)):
        try:
            parts.append(LeastSquares.from_data(A[rows], y[rows]))
        except ValueError as error:
            raise ValueError(f"workers: worker {k} of {workers} has {len(rows)} rows; {error}") from None
    return MeanOfProblems(parts)
