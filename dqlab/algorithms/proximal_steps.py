"""The steps (16) and (17) of Xu et al., coordinate by coordinate, and what the indicator (11) expects of them.

Every step is a soft threshold: of composite mirror descent with H_t = I or adaptive, and of regularized dual averaging.
"""

import numpy as np

from .._generic import jit
from .parameter_server import LOCAL, NOBODY


@jit(inline="always")
def shrink(v, tau):
    """S_tau(v) = sign(v) [|v| - tau]_+, the soft threshold.

    Examples
    --------
    >>> from dqlab.algorithms.proximal_steps import shrink
    >>> shrink(3.0, 1.0), shrink(-3.0, 1.0), shrink(0.5, 1.0) == 0
    (2.0, -2.0, True)
    """
    return max(v - tau, 0) + min(v + tau, 0)


@jit
def proximal_step(plan, x, q, total):
    """x <- S_{lambda eta}(x - eta q): (16) with H_t = I."""
    of = x.dtype.type
    eta, lam = of(plan.stepsize), of(plan.penalty)
    for i in range(x.size):
        total[i] += x[i]
        x[i] = shrink(x[i] - eta * q[i], lam * plan.penalise[i] * eta)


@jit
def mirror_step(plan, x, c2, q, total):
    """c_t, H_t = delta + c_t, equation (13), and x_{t+1}, equation (16)."""
    of = x.dtype.type
    eta, lam, delta = of(plan.stepsize), of(plan.penalty), of(plan.delta)
    for i in range(x.size):
        c2[i] += q[i] * q[i]
        move = eta / (delta + np.sqrt(c2[i]))
        total[i] += x[i]
        x[i] = shrink(x[i] - move * q[i], lam * plan.penalise[i] * move)


@jit
def dual_step(plan, t, x, z, c2, q, centre, total):
    """c_t, H_t, the sum z of q_1, ..., q_t, and x_{t+1}, equation (17), around a centre; none stands for 0."""
    of = x.dtype.type
    eta, lam, delta = of(plan.stepsize), of(t * plan.penalty), of(plan.delta)
    for i in range(x.size):
        c2[i] += q[i] * q[i]
        z[i] += q[i]
        H = delta + np.sqrt(c2[i])
        held = centre[i] * (H / eta) if centre.size > 0 else of(0)
        total[i] += x[i]
        x[i] = shrink(held - z[i], lam * plan.penalise[i]) * (eta / H)


@jit
def select_mirror(plan, x, room):
    """I^m, equation (11): where x_t = 0, the worker's own step by (16) leaves 0 if |f'| > lambda, whatever its H is."""
    if plan.reading == NOBODY:
        return
    lam, u = x.dtype.type(plan.penalty), room.u
    for i in range(x.size):
        room.selected[i] = (x[i] != 0) | (abs(u[i]) > lam * plan.penalise[i])


@jit
def select_dual(plan, t, m, x, room, z, c2, own_z, own_c2, centre):
    """I^m, equation (11), of the worker's own step by (17).

    As Algorithm 1 says, its gradient goes on the shared history q_1, ..., q_{t-1}; as Section 3.2 says, on its own gradients of all steps.
    """
    if plan.reading == LOCAL:
        expect_dual(plan, t, x, room.g, own_z[m], own_c2[m], centre, room.selected)
        for i in range(x.size):
            own_z[m, i] += room.g[i]
            own_c2[m, i] += room.g[i] * room.g[i]
    elif plan.reading != NOBODY:
        expect_dual(plan, t, x, room.u, z, c2, centre, room.selected)


@jit
def expect_dual(plan, t, x, u, z, c2, centre, selected):
    """Where x_t or the step (17) from the history (z, c2) and one more gradient u is not 0."""
    of = x.dtype.type
    eta, lam, delta = of(plan.stepsize), of(t * plan.penalty), of(plan.delta)
    for i in range(x.size):
        pull = z[i] + u[i]
        if centre.size > 0:  # else H does not matter
            pull -= centre[i] * ((delta + np.sqrt(c2[i] + u[i] * u[i])) / eta)
        selected[i] = (x[i] != 0) | (abs(pull) > lam * plan.penalise[i])
