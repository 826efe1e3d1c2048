"""The minimum of an l1-penalised logistic regression, by scikit-learn and with a certificate of our own."""

import inspect
import warnings
from typing import NamedTuple

import numpy as np

from ... import _checks
from ...theory.xu import logistic_certificate


class LogisticMinimum(NamedTuple):
    """The minimiser of mean_n log(1 + exp(-y_n <a_n, x>)) + lambda |x|_1.

    Attributes
    ----------
    x : ndarray
        With exact zeros.
    objective, gap : float
        Its value, and how far it is above the minimum at most, by duality.
    slope : ndarray
        The gradient of the loss at x.

    Examples
    --------
    >>> from dqlab.experiments.xu import l1_logistic_minimum
    >>> l1_logistic_minimum([[1.0], [-2.0]], [1.0, -1.0], penalty=1.0).x.tolist()
    [0.0]
    """

    x: np.ndarray
    objective: float
    gap: float
    slope: np.ndarray


def l1_logistic_minimum(X, y, penalty, accuracy=1e-6):
    """Minimise mean_n log(1 + exp(-y_n <a_n, x>)) + penalty |x|_1 over x; no intercept.

    scikit-learn's LIBLINEAR finds x by coordinate descent. Its own stopping rule is not relied on: the dual bound of
    `dqlab.theory.xu.logistic_certificate` says how good x is, and the rule is made stricter until that is good enough.

    Parameters
    ----------
    X : array or scipy.sparse matrix, shape (rows, dim)
    y : array
        Labels -1 and +1, both of them.
    penalty : float
        lambda > 0.
    accuracy : float
        The largest gap to the dual bound that is accepted, over log 2 = f(0).

    Returns
    -------
    LogisticMinimum

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described.
    RuntimeError
        If the gap stays larger.

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments.xu import l1_logistic_minimum
    >>> text = dq.data.zipf_text(200, dq.data.RCV1._replace(features=500), seed=1)
    >>> found = l1_logistic_minimum(text.X, text.y, penalty=0.01)
    >>> bool(found.gap < 1e-6), bool(0 < (found.x != 0).sum() < 100)
    (True, True)
    """
    X = X.tocsr() if hasattr(X, "tocsr") else _checks.matrix(X, "X")
    y = _checks.vector(y, "y", X.shape[0]).astype(float)
    if sorted(set(y.tolist())) != [-1.0, 1.0]:
        raise ValueError(f"y: expected labels -1 and +1, both of them, got {sorted(set(y.tolist()))[:5]}")
    penalty, accuracy = _checks.positive(penalty, "penalty"), _checks.positive(accuracy, "accuracy")
    for tolerance in (1e-4, 1e-6, 1e-8, 1e-10):
        found = _certified(X, y, penalty, _liblinear(X, y, penalty, tolerance))
        if found.gap <= accuracy * np.log(2):
            return found
    raise RuntimeError(
        f"l1_logistic_minimum: no certificate, the gap is {found.gap:.1e}; give a larger accuracy, a larger penalty, or columns of one scale"
    )


def _liblinear(X, y, penalty, tolerance):
    from sklearn.linear_model import LogisticRegression

    old = inspect.signature(LogisticRegression).parameters.get("penalty")
    kind = {"penalty": "l1"} if old is not None and old.default == "l2" else {"l1_ratio": 1.0}  # since 1.8
    model = LogisticRegression(
        **kind,
        solver="liblinear",
        C=1 / (y.size * penalty),
        fit_intercept=False,
        tol=tolerance,
        max_iter=2000,
        random_state=0,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on convergence: the gap tells
        return model.fit(X, y).coef_[0]


def _certified(X, y, penalty, x):
    margins = y * (X @ x)
    slope = -(X.T @ (y * np.exp(-np.logaddexp(0, margins)))) / y.size
    certificate = logistic_certificate(margins, slope, x, penalty)
    return LogisticMinimum(x, certificate.objective, certificate.gap, slope)
