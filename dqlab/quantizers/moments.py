"""How long the outputs of a randomized quantizer are: alpha_0(Q; p) of Section 2.2 of Mayekar and Tyagi, which step sizes use.

A class says it in three lines:

    @second_moment_bound.register(MyScheme, compiled=False)
    def _second_moment_bound(quantizer, bound, norm, order):
        return ...  # at least E|Q(y)|_order**2 for every y with |y|_norm <= bound

`norm` is q, the norm in which the oracle bounds its subgradients by `bound` = B, and `order` that in which the algorithm measures
what it is sent: 2 for projected subgradients (p >= 2), q or a little less for mirror descent (p < 2). Both are numbers from 1 to
infinity, and every combination may be asked for. `stretch(dim, norm, order)`, the largest |y|_order with |y|_norm = 1, goes from
one to the other: E|Q|_order**2 <= stretch(dim, 2, order)**2 E|Q|_2**2, and |y|_2 <= stretch(dim, norm, 2) B. A class for which
no bound is registered needs a step size that is given.
"""

from .. import _checks
from .._generic import generic
from .domains import domain
from .identity import Identity
from .simq import SimQ
from .simq_plus import SimQPlus


@generic
def second_moment_bound(quantizer, bound=None, norm=None, order=2.0):
    """A bound on E|Q(y)|_order**2 over all y with |y|_norm <= bound: alpha_0(Q; p)**2 for norm q and order 2 (or q, for p < 2).

    Parameters
    ----------
    quantizer : a registered quantizer
    bound : float, optional
        B > 0. Left out together with `norm`: over the quantizer's own domain.
    norm : float, optional
        q, from 1 to infinity.
    order : float
        From 1 to infinity.

    Returns
    -------
    float

    Raises
    ------
    TypeError, ValueError
        For a class that registers no bound, arguments out of range, a quantizer without a domain and no `bound`.

    Examples
    --------
    >>> import dqlab as dq
    >>> q = dq.quantizers.SimQPlus.for_norm(1.0, dim=64, p=2)
    >>> round(dq.quantizers.second_moment_bound(q, bound=1.0, norm=2), 6)  # Theorem 4.2 says 2
    1.984375
    """
    kernel = second_moment_bound.kernel(quantizer)
    if (bound is None) != (norm is None):
        raise ValueError(f"bound: expected together with norm or not at all, got bound = {bound!r} and norm = {norm!r}")
    if bound is None:
        if domain(quantizer) is None:
            raise ValueError(f"bound: expected with norm, since {quantizer!r} does not say what its domain is")
        norm, bound = domain(quantizer)
    bound, norm, order = _checks.positive(bound, "bound"), _order(norm, "norm"), _order(order, "order")
    return float(kernel(quantizer, bound, norm, order))


def _order(value, name):
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{name}: expected a number from 1 to infinity, got {value!r}") from None
    if not number >= 1:
        raise ValueError(f"{name}: expected a number from 1 to infinity, got {value!r}")
    return number


def stretch(dim, norm, order):
    """The largest |y|_order among y in R^d with |y|_norm = 1: d**max(0, 1/order - 1/norm).

    Examples
    --------
    >>> from dqlab.quantizers import stretch
    >>> stretch(64, 2, 1), stretch(64, 1, 2)
    (8.0, 1.0)
    """
    return float(dim) ** max(0.0, 1 / order - 1 / norm)


@second_moment_bound.register(Identity, compiled=False)
def _identity(quantizer, bound, norm, order):
    return (bound * stretch(quantizer.dim, norm, order)) ** 2


@second_moment_bound.register(SimQ, compiled=False)
def _simq(quantizer, bound, norm, order):
    """Outputs are corners, of length B_1 in every norm, with probability |y|_1 / B_1: exact."""
    return quantizer.bound * min(quantizer.bound, bound * stretch(quantizer.dim, norm, 1))


@second_moment_bound.register(SimQPlus, compiled=False)
def _simq_plus(quantizer, bound, norm, order):
    """Theorem 4.2: |y|_2**2 (1 - 1/k) + B_1 |y|_1 / k, the largest |y|_2 and the largest |y|_1 in one."""
    once, k = _simq(quantizer, bound, norm, order), quantizer.repeats
    l2 = min(bound * stretch(quantizer.dim, norm, 2), quantizer.bound)
    return stretch(quantizer.dim, 2, order) ** 2 * (l2**2 * (1 - 1 / k) + once / k)
