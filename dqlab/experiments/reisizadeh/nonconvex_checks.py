"""The inequalities of the proof of Theorem 2, one a line, held against measured terms."""

import numpy as np

from ...theory import reisizadeh as theory


def nonconvex_inequalities(terms):
    """Both sides of every inequality of the proof, from `nonconvex_proof_terms`.

    Every right-hand side is linear in what was measured: it is evaluated in every trial, and the difference of the two sides has
    an expectation that must not be positive.

    Returns
    -------
    dict
        Name -> (left, right), arrays that broadcast to (trials, steps).

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments import reisizadeh
    >>> problem = dq.problems.DecentralisedRobust.planted(dq.stream(0, "problem"), nodes=6, dim=3, spread=0.5)
    >>> mixing = dq.networks.laplacian_weights(dq.networks.ring(6))
    >>> grid, work = dq.quantizers.DecimalGrid(digits=1, dim=3, bound=10), dq.clock.FixedBatch(4)
    >>> terms = reisizadeh.nonconvex_proof_terms(
    ...     problem, mixing, grid, steps=20, work=work, stepsize=0.05, epsilon=0.2, trials=4
    ... )
    >>> left, right = reisizadeh.nonconvex_inequalities(terms)["T1 <= K^2 M"]
    >>> bool((left <= right + 1e-12).all())
    True
    """
    return _one_step(terms) | _sums_over_the_past(terms) | _sharper(terms)


def _one_step(terms):
    """Assumption 2, Lemma 1, (36) to (39) and T_1."""
    c, m, alpha, epsilon = terms.constants, terms.terms, terms.alpha, terms.epsilon
    shares = {"sigma_sq": c.sigma_sq, "gamma2_sq": c.gamma2_sq, "reach": c.reach}
    now, later = m["value"][:, :-1], m["value"][:, 1:]
    descent = theory.descent_bound(
        now, m["slope"], m["mean_gradient"], m["deviation"], c.K, c.nodes, alpha, epsilon, **shares
    )
    return {
        "rounding <= sigma^2": (m["rounding"], c.sigma_sq),
        "Lemma 1 (iv), uniform": (m["spread"], c.gamma1_sq),
        "Lemma 1 (vi)": (m["noise"], c.gamma2_sq),
        "(37)-(38)": (m["step"], theory.average_step(m["mean_gradient"], c.nodes, alpha, epsilon, **shares)),
        "(36)-(39)": (later, descent),
        "T1 <= K^2 M": (m["deviation"], theory.deviation_bound(c.K, m["consensus"][:, :-1])),
    }


def _sums_over_the_past(terms):
    """T_2 to T_5 and what follows for M_t, as in the paper's proof."""
    c, m, alpha, epsilon = terms.constants, terms.terms, terms.alpha, terms.epsilon
    past = m["consensus"][:, :-1]
    T5 = [
        theory.gradient_term(M, G, c.nodes, epsilon, c.beta, c.K, c.gamma1_sq)
        for M, G in zip(past, m["slope"], strict=True)
    ]
    return {
        "M <= 2 T2 + 2 T3": (m["consensus"], theory.consensus_from_terms(m["T2"], m["T3"], c.nodes, alpha, epsilon)),
        "T2 <= 2 T4 + 2 T5": (m["T2"], 2 * m["T4"] + 2 * m["T5"]),
        "T3": (m["T3"], theory.quantization_term(c.nodes, epsilon, c.beta, c.sigma_sq, c.reach)),
        "T4": (m["T4"], theory.noise_term(c.nodes, epsilon, c.beta, c.gamma2_sq)),
        "T5": (m["T5"], np.array(T5)),
    }


def _sharper(terms):
    """What our own proof says: no slope in T_5, cross terms that vanish, and one step of M_t."""
    c, m, alpha, epsilon = terms.constants, terms.terms, terms.alpha, terms.epsilon
    past = m["consensus"][:, :-1]
    T5 = [theory.sharp_gradient_term(M, c.nodes, epsilon, c.beta, c.K, c.gamma1_sq) for M in past]
    noise = epsilon**2 * m["T3"] + (alpha * epsilon) ** 2 * m["T4"]
    step = theory.sharp_consensus_step(past, c.K, c.beta, alpha, epsilon, c.sigma_sq, c.gamma1_sq, c.gamma2_sq, c.reach)
    return {
        "T5, sharp": (m["T5"], np.array(T5)),
        "M <= 2 T3 + 2 T4 + 2 T5": (m["consensus"], 2 * (noise + (alpha * epsilon) ** 2 * m["T5"]) / c.nodes),
        "one step of M": (m["consensus"][:, 1:], step),
    }


def check_inequalities(terms):
    """Every inequality at every step: how near it comes to failing.

    Parameters
    ----------
    terms : NonconvexTerms

    Returns
    -------
    pandas.DataFrame
        ``inequality``; ``share``, the largest of the ratios of the two means over all steps (0/0 counts as 0); ``score``, the largest
        mean difference of the two sides in its own standard errors, which lies above 0 only where the left mean is larger;
        ``always``, whether the inequality held in every trial.

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments import reisizadeh
    >>> problem = dq.problems.DecentralisedRobust.planted(dq.stream(0, "problem"), nodes=6, dim=3, spread=0.5)
    >>> mixing = dq.networks.laplacian_weights(dq.networks.ring(6))
    >>> grid, work = dq.quantizers.DecimalGrid(digits=1, dim=3, bound=10), dq.clock.FixedBatch(4)
    >>> terms = reisizadeh.nonconvex_proof_terms(
    ...     problem, mixing, grid, steps=20, work=work, stepsize=0.05, epsilon=0.2, trials=4
    ... )
    >>> table = reisizadeh.check_inequalities(terms)
    >>> bool(table.always[table.inequality == "T5"].all()), len(table)
    (True, 14)
    """
    import pandas as pd

    rows = []
    for name, (left, right) in nonconvex_inequalities(terms).items():
        left, right = np.broadcast_arrays(left, right)
        excess, top = left - right, right.mean(axis=0)
        share = np.divide(left.mean(axis=0), top, out=np.zeros_like(top), where=top > 0)
        error = excess.std(axis=0, ddof=1) / np.sqrt(len(excess))
        mean = excess.mean(axis=0)
        score = np.divide(mean, error, out=np.where(mean > 1e-12, np.inf, 0.0), where=error > 1e-15)
        tolerance = 1e-12 * (1 + np.abs(right))
        rows.append((name, share.max(), score.max(), bool((excess <= tolerance).all())))
    return pd.DataFrame(rows, columns=["inequality", "share", "score", "always"])
