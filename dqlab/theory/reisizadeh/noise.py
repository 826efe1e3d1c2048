"""Lemma 1: how noisy the gradients of a data set, of all data sets and of a batch are, at a point that does not depend on the data.

`noise` is gamma**2 of Assumption 4, E|grad l(x, theta) - grad L(x)|**2 <= gamma**2; `samples` is m, `nodes` is n. Every function
returns the bound of a mean square.
"""

import numpy as np

from .._arguments import at_least, plain


def node_variance(noise, samples):
    """Lemma 1 (ii): E|grad f_i(x) - grad L(x)|**2 <= gamma**2 / m.

    >>> node_variance(8.0, samples=4)
    2.0
    """
    return plain(at_least(0, noise, "noise") / at_least(1, samples, "samples"))


def network_variance(noise, samples, nodes):
    """Lemma 1 (iii): E|grad f(x) - grad L(x)|**2 <= gamma**2 / (n m).

    >>> network_variance(8.0, samples=4, nodes=10)
    0.2
    """
    return plain(node_variance(noise, samples) / at_least(1, nodes, "nodes"))


def disagreement(noise, samples, nodes):
    """Lemma 1 (iv): E|grad f_i(x) - grad f(x)|**2 <= gamma_1**2 = gamma**2 (1/m + 1/(n m)).

    >>> disagreement(8.0, samples=4, nodes=10)
    2.2
    """
    return plain(node_variance(noise, samples) + network_variance(noise, samples, nodes))


def disagreement_exact(noise, samples, nodes):
    """What `disagreement` is when gamma**2 is attained: gamma**2 (1/m - 1/(n m)), as grad f_i is a part of grad f.

    >>> disagreement_exact(8.0, samples=4, nodes=10), disagreement_exact(8.0, samples=4, nodes=1)
    (1.8, 0.0)
    """
    return plain(node_variance(noise, samples) - network_variance(noise, samples, nodes))


def deadline_variance(noise, samples, inverse_speed, deadline):
    """Lemma 1 (vi): E|batch gradient - grad f_i(x)|**2 <= gamma_2**2 = 2 gamma**2 max{E[1/V] / T_d, 1/m}.

    V T_d counts as the size of a batch, whole or not; with whole batches, see `batch_variance`.

    >>> deadline_variance(8.0, samples=100, inverse_speed=0.05, deadline=2.0)
    0.4
    """
    deadline = at_least(0, deadline, "deadline")
    if not (deadline > 0).all():
        raise ValueError(f"deadline: expected numbers of seconds > 0, got {deadline.min()}")
    share = at_least(0, inverse_speed, "inverse_speed") / deadline
    return plain(2 * at_least(0, noise, "noise") * np.maximum(share, 1 / at_least(1, samples, "samples")))


def batch_variance(noise, samples, inverse_batch, draws="with replacement"):
    """What Lemma 1 (vi) is when gamma**2 is attained, for batches of random size |S| >= 1 that is drawn apart from the samples.

    =====================  =======================================  ==============================
    draws                  where the batch comes from               mean square
    =====================  =======================================  ==============================
    ``with replacement``   the node's m samples                     gamma**2 (1 - 1/m) E[1/|S|]
    ``subset``             them, none twice                         gamma**2 (E[1/|S|] - 1/m)
    ``fresh``              the distribution, apart from the m       gamma**2 (E[1/|S|] + 1/m)
    =====================  =======================================  ==============================

    None exceeds ``deadline_variance`` if E[1/|S|] = E[1/V] / T_d. With |S| = floor(V T_d) >= 1, E[1/|S|] may be up to twice as large:
    the factor 2 pays for it in the first two rows, and would have to be 3 in the last.

    Parameters
    ----------
    noise, samples
        gamma**2 and m.
    inverse_batch : float or array
        E[1/|S|], from 0 to 1.
    draws : str
        As in the table.

    Examples
    --------
    >>> [batch_variance(8.0, 4, 0.5, draws) for draws in ("with replacement", "subset", "fresh")]
    [3.0, 2.0, 6.0]
    """
    noise, m = at_least(0, noise, "noise"), at_least(1, samples, "samples")
    share = at_least(0, inverse_batch, "inverse_batch")
    if not (share <= 1).all():
        raise ValueError(f"inverse_batch: expected numbers from 0 to 1, as no batch is empty, got {share.max()}")
    if draws == "with replacement":
        return plain(noise * (1 - 1 / m) * share)
    if draws == "subset":
        if not (share * m >= 1).all():
            raise ValueError(
                f"inverse_batch: expected at least 1/samples, as no sample is drawn twice, got {share.min()}"
            )
        return plain(noise * (share - 1 / m))
    if draws == "fresh":
        return plain(noise * (share + 1 / m))
    raise ValueError(f"draws: expected 'with replacement', 'subset' or 'fresh', got {draws!r}")
