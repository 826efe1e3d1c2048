"""The conjugate of t lambda |x|_1 + psi_t(x) / eta, (25)-(27), on which dual averaging and the proof of Proposition 3.2 rest.

psi_t(x) = <x, H x> / 2. ``printed=True`` gives the paper's constants, which belong to <x, H x>.
"""

import numpy as np

from .._arguments import at_least, plain
from .regret import _positive, _vector


def conjugate(g, t, penalty, H, eta, printed=False):
    """(25): sup_x <g, x> - t lambda |x|_1 - psi_t(x) / eta = sum_i eta / (2 H_i) [|g_i| - t lambda]_+**2; printed, eta / (4 H_i).

    >>> conjugate([3.0, -1.0], t=2, penalty=0.5, H=[1.0, 1.0], eta=0.5)
    1.0
    >>> conjugate([3.0, -1.0], t=2, penalty=0.5, H=[1.0, 1.0], eta=0.5, printed=True)
    0.5
    """
    g, H, eta, left = _checked(g, t, penalty, H, eta)
    return plain((left**2 * eta / (4 * H if printed else 2 * H)).sum())


def conjugate_gradient(g, t, penalty, H, eta):
    """(26): the x at which the supremum is attained, sign(g_i) eta / H_i [|g_i| - t lambda]_+; at -z_t it is x_{t+1} of (17), which is (27).

    >>> conjugate_gradient([3.0, -1.0], t=2, penalty=0.5, H=[1.0, 1.0], eta=0.5).tolist()
    [1.0, -0.0]
    """
    g, H, eta, left = _checked(g, t, penalty, H, eta)
    return np.sign(g) * left * eta / H


def conjugate_bound(g, step, t, penalty, H, eta, printed=False):
    """The smoothness of A.3: the conjugate at g + step is at most its tangent at g, plus (eta / 2) |step|**2 in 1 / H.

    Printed, |.|**2 has another eta / 2 inside, and the inequality is false for eta < 2.

    >>> round(conjugate_bound([3.0], [1.0], t=1, penalty=1.0, H=[1.0], eta=0.5), 4)
    2.25
    >>> conjugate([4.0], t=1, penalty=1.0, H=[1.0], eta=0.5)
    2.25
    """
    step, H = _vector(step, "step"), _vector(H, "H")
    tangent = conjugate(g, t, penalty, H, eta) + conjugate_gradient(g, t, penalty, H, eta) @ step
    return plain(tangent + (eta / 2 if printed else 1.0) * eta / 2 * (step**2 / H).sum())


def _checked(g, t, penalty, H, eta):
    g, H = _vector(g, "g"), _positive(_vector(H, "H"), "H")
    if H.shape != g.shape:
        raise ValueError(f"H: expected {g.size} numbers, as g has, got {H.size}")
    left = np.maximum(np.abs(g) - at_least(0, t, "t") * at_least(0, penalty, "penalty"), 0.0)
    return g, H, _positive(eta, "eta"), left
