"""The proofs of Propositions 3.1 and 3.2 along a run: both sides of every line of A.1 and A.3, at every step."""

import numpy as np

from ... import _checks
from ...theory import xu as theory

CMD_LINES = {  # a line of A.1: (left, right, what the proof says)
    "smoothness of f": ("fall", "fall_smooth", "<="),
    "Young's inequality": ("noise_step", "young", "<="),
    "Young's, printed": ("noise_step", "young_printed", "<="),
    "strong convexity of psi": ("step_sq", "bregman_step", "<="),
    "one step": ("fall", "one_step", "<="),
    "one step, printed": ("fall", "one_step_printed", "<="),
    "three points": ("pull", "three_points", "="),
    "convexity of f": ("excess_f", "tangent_f", "<="),
    "convexity of phi": ("excess_phi", "tangent_phi", "<="),
    "regret of a step": ("excess", "excess_bound", "<="),
}
VARIANCE_LINES = {  # in conditional expectation, exactly
    "H_t <= H_{t-1}": ("noise_now", "noise_before", "<="),
    "variance": ("noise_before", "square_before", "<="),
    "variance, printed": ("noise_now", "square_now", "<="),
}
RDA_LINES = {  # a line of A.3
    "(27), x_{t+1}": ("dual_distance", "zero", "="),
    "(25), attained": ("conjugate", "attained", "="),
    "psi grows": ("conjugate", "conjugate_before", "<="),
    "smoothness of psi*": ("conjugate_moved", "smooth", "<="),
    "the same, printed": ("conjugate_moved", "smooth_printed", "<="),
    "supremum": ("linear_regret", "linear_bound", "<="),
    "all steps": ("linear_bound", "proposition", "<="),
    "phi(x_t) for phi(x_{t+1})": ("phi_now", "phi_next", "<="),
}


def cmd_terms(instance, x, q, *, stepsize, delta):
    """Both sides of every line of the proof of Proposition 3.1, at every step of a run of QCMD adagrad, with f itself for f_t.

    Parameters
    ----------
    instance : RegretInstance
    x, q : array, shape (T + 1, dim) and (T, dim)
        A run with ``history=True``.
    stepsize, delta : float

    Returns
    -------
    pandas.DataFrame
        A row a step, with the columns that ``CMD_LINES`` pairs.

    Examples
    --------
    >>> import numpy as np
    >>> from dqlab.experiments import xu as experiments
    >>> instance, x = experiments.RegretInstance.diabetes(), np.zeros((2, 10))
    >>> q = instance.sample_gradients(x[0])[:1]
    >>> H, eta = theory.scales(q, 1.0)[1], theory.cmd_stepsize(instance.L)
    >>> x[1] = theory.conjugate_gradient(-q[0], 1, instance.penalty, H, eta)  # the step from 0
    >>> terms = cmd_terms(instance, x, q, stepsize=eta, delta=1.0)
    >>> bool((terms.excess <= terms.excess_bound).all())
    True
    """
    import pandas as pd

    x, q = _history(instance, x, q)
    H, best, lam, eta, L = theory.scales(q, delta)[1:], instance.best, instance.penalty, stepsize, instance.L
    slope = np.array([instance.sample_gradients(point).mean(axis=0) for point in x[:-1]])
    phi = lam * np.abs(x).sum(axis=1)
    phi_best, excess = lam * np.abs(best).sum(), instance.excess(x)
    step, noise, away = np.diff(x, axis=0), q - slope, x - best
    subgradient = -H * step / eta - q  # phi'(x_{t+1}), from the optimality of x_{t+1}
    bregman = (H * step**2).sum(axis=1) / 2
    noise_sq = (noise**2 / H).sum(axis=1)
    now, after = ((H * part**2).sum(axis=1) / 2 for part in (away[:-1], away[1:]))
    f = excess - phi + phi_best  # f - f(x*)
    return pd.DataFrame(
        {
            "step": np.arange(1, len(q) + 1),
            "fall": f[1:] - f[:-1],
            "fall_smooth": (slope * step).sum(axis=1) + L / 2 * (step**2).sum(axis=1),
            "noise_step": -(noise * step).sum(axis=1),
            "young": noise_sq / 2 + bregman,
            "young_printed": (noise_sq + bregman) / 2,
            "step_sq": delta * (step**2).sum(axis=1) / 2,
            "bregman_step": bregman,
            "one_step": (q * step).sum(axis=1) + noise_sq / 2 + (1 + L / delta) * bregman,
            "one_step_printed": (q * step).sum(axis=1) + noise_sq / 2 + (0.5 + L) * bregman,
            "pull": eta * ((q + subgradient) * away[1:]).sum(axis=1),
            "three_points": now - after - bregman,
            "excess_f": f[:-1],
            "tangent_f": (slope * away[:-1]).sum(axis=1),
            "excess_phi": phi[1:] - phi_best,
            "tangent_phi": (subgradient * away[1:]).sum(axis=1),
            "excess": excess[1:],
            "excess_bound": -(noise * away[:-1]).sum(axis=1) + noise_sq / 2 + (now - after) / eta,
        }
    )


def variance_terms(instance, x, q, *, delta):
    """The expectations given the past of \\|q_t - f'\\|**2 and \\|q_t\\|**2 in 1 / H_t and in 1 / H_{t-1}, exactly, at every step.

    For one worker that draws one sample and sends it by TernGrad with the scaler max, and a server that does not quantize again:
    a coordinate of q_t is then s sign(g_i) with chance \\|g_i\\| / s, for a g drawn from all samples.

    Parameters
    ----------
    instance, x, q
        As for ``cmd_terms``.
    delta : float

    Returns
    -------
    pandas.DataFrame
        A row a step, with the columns that ``VARIANCE_LINES`` pairs.

    Examples
    --------
    >>> import numpy as np
    >>> from dqlab.experiments import xu as experiments
    >>> instance = experiments.RegretInstance.diabetes(nodes=1)
    >>> terms = variance_terms(instance, np.zeros((2, 10)), np.zeros((1, 10)), delta=1.0)
    >>> bool((terms.noise_now <= terms.noise_before).all() and (terms.noise_before <= terms.square_before).all())
    True
    """
    import pandas as pd

    x, q = _history(instance, x, q)
    H, rows = theory.scales(q, delta), []
    past = H - delta
    for t, point in enumerate(x[:-1]):
        g = instance.sample_gradients(point)
        scale, mean = np.abs(g).max(axis=1, keepdims=True), g.mean(axis=0)
        sent, chance = scale * np.sign(g), np.abs(g) / np.maximum(scale, 1e-300)
        later = delta + np.sqrt(past[t] ** 2 + sent**2)
        noise, silent = chance * (sent - mean) ** 2, (1 - chance) * mean**2
        rows.append(
            (
                t + 1,
                (noise / later + silent / H[t]).mean(axis=0).sum(),
                (chance * sent**2 / later).mean(axis=0).sum(),
                ((noise + silent) / H[t]).mean(axis=0).sum(),
                (chance * sent**2 / H[t]).mean(axis=0).sum(),
            )
        )
    return pd.DataFrame(rows, columns=["step", "noise_now", "square_now", "noise_before", "square_before"])


def rda_terms(instance, x, q, *, stepsize, delta):
    """Both sides of every line of the proof of Proposition 3.2, at every step of a run of QRDA adagrad from x_1 = 0.

    Parameters
    ----------
    instance, x, q, stepsize, delta
        As for ``cmd_terms``.

    Returns
    -------
    pandas.DataFrame
        A row a step, with the columns that ``RDA_LINES`` pairs.

    Examples
    --------
    >>> import numpy as np
    >>> from dqlab.experiments import xu as experiments
    >>> instance, x = experiments.RegretInstance.diabetes(), np.zeros((2, 10))
    >>> q = instance.sample_gradients(x[0])[:1]
    >>> x[1] = theory.conjugate_gradient(-q[0], 1, instance.penalty, theory.scales(q, 1.0)[1], 0.5)
    >>> terms = rda_terms(instance, x, q, stepsize=0.5, delta=1.0)
    >>> bool((terms.linear_regret <= terms.proposition).all())
    True
    """
    import pandas as pd

    x, q = _history(instance, x, q)
    lam, eta, best, H = instance.penalty, stepsize, instance.best, theory.scales(q, delta)
    z, phi, rows = np.vstack([np.zeros(q.shape[1]), np.cumsum(q, axis=0)]), lam * np.abs(x).sum(axis=1), []
    proposition = theory.proposition_3_2(q, delta, eta, best)
    earned = np.cumsum((q * x[:-1]).sum(axis=1) + phi[1:])
    for t in range(1, len(q) + 1):
        now, before = (t, lam, H[t], eta), (t - 1, lam, H[t - 1], eta)
        value, moved = theory.conjugate(-z[t], *now), theory.conjugate(-z[t], *before)
        at_best = z[t] @ best + t * lam * np.abs(best).sum()
        psi_best = (H[t] * best**2).sum() / 2
        rows.append(
            {
                "step": t,
                "dual_distance": np.abs(theory.conjugate_gradient(-z[t], *now) - x[t]).max(),
                "zero": 0.0,
                "conjugate": value,
                "attained": -z[t] @ x[t] - t * phi[t] - (H[t] * x[t] ** 2).sum() / (2 * eta),
                "conjugate_before": moved - phi[t],
                "conjugate_moved": moved,
                "smooth": theory.conjugate_bound(-z[t - 1], -q[t - 1], *before),
                "smooth_printed": theory.conjugate_bound(-z[t - 1], -q[t - 1], *before, printed=True),
                "linear_regret": earned[t - 1] - at_best,
                "linear_bound": earned[t - 1] + psi_best / eta + value,
                "proposition": proposition[t - 1],
                "phi_now": phi[:t].sum(),
                "phi_next": phi[1 : t + 1].sum(),
            }
        )
    return pd.DataFrame(rows)


def lines_hold(terms, lines):
    """Which lines of a proof hold at every step, and how much of the right-hand side they use.

    Parameters
    ----------
    terms : pandas.DataFrame
        From ``cmd_terms``, ``variance_terms`` or ``rda_terms``.
    lines : dict
        ``CMD_LINES``, ``VARIANCE_LINES`` or ``RDA_LINES``.

    Returns
    -------
    pandas.DataFrame
        A row a line: ``holds`` at every step; ``broken``, at how many steps it does not; ``used``, the largest left over right
        where the right is positive.

    Examples
    --------
    >>> import pandas as pd
    >>> table = lines_hold(pd.DataFrame({"a": [1.0, 3.0], "b": [2.0, 2.0]}), {"a line": ("a", "b", "<=")})
    >>> bool(table.holds.iloc[0]), int(table.broken.iloc[0]), float(table.used.iloc[0])
    (False, 1, 1.5)
    """
    import pandas as pd

    rows = {}
    for line, (low, high, relation) in lines.items():
        left, right = terms[low].to_numpy(), terms[high].to_numpy()
        room = 1e-9 * (np.abs(left) + np.abs(right)) + 1e-12
        broken = np.abs(left - right) > room + 1e-7 if relation == "=" else left > right + room
        shares = left[right > 1e-12] / right[right > 1e-12]
        rows[line] = (not broken.any(), int(broken.sum()), float(shares.max()) if shares.size else 0.0)
    return pd.DataFrame.from_dict(rows, orient="index", columns=["holds", "broken", "used"])


def _history(instance, x, q):
    dim = instance.best.size
    x, q = _checks.matrix(x, "x"), _checks.matrix(q, "q")
    if q.shape[1] != dim or x.shape != (len(q) + 1, dim):
        raise ValueError(f"x, q: expected shapes (T + 1, {dim}) and (T, {dim}), got {x.shape} and {q.shape}")
    return x, q
