"""The network of the assignment on gossip under deadlines: villages that count answers, another one for every student."""

from typing import NamedTuple

import numpy as np

from ..clock import UniformSpeeds
from ..networks import erdos_renyi, metropolis_weights
from ..problems import DecentralisedQuadratics

QUESTIONS, SHEETS = 20, 200


class Referendum(NamedTuple):
    """Villages, their sheets of answers and their telegraph; ``referendum`` makes one.

    Attributes
    ----------
    adjacency : ndarray, shape (n, n)
        1 where two villages have a line, else 0.
    sheets : ndarray, shape (n, m, d)
        Village i's m sheets with d answers each, 1.0 for yes and -1.0 for no.
    start : ndarray, shape (d,)
        What all villages believe at the beginning.
    slow, fast : float
        A village reads V sheets a second, V uniform on [slow, fast], anew in every round.
    bandwidth : float
        Bits a second of a village's telegraph, which all its neighbours hear at once.
    stepsize, epsilon : float
        alpha and epsilon of QuanTimed-DSGD.
    target : float
        Where to come: (1/n) sum_i E|x_i - x*|**2.

    Examples
    --------
    >>> from dqlab import coursework
    >>> villages = coursework.referendum(coursework.student("ada", "2026"))
    >>> villages.sheets.shape == (villages.nodes, 200, villages.questions)
    True
    """

    adjacency: np.ndarray
    sheets: np.ndarray
    start: np.ndarray
    slow: float
    fast: float
    bandwidth: float
    stepsize: float
    epsilon: float
    target: float

    @property
    def nodes(self):
        """n, how many villages."""
        return self.sheets.shape[0]

    @property
    def questions(self):
        """d, how many answers are on a sheet."""
        return self.sheets.shape[2]

    @property
    def mixing(self):
        """The mixing matrix with Metropolis weights, as a ``dqlab.networks.Mixing``."""
        import networkx as nx

        return metropolis_weights(nx.from_numpy_array(self.adjacency))

    @property
    def speeds(self):
        """The law of V, as ``dqlab.clock.UniformSpeeds``."""
        return UniformSpeeds(self.slow, self.fast)

    @property
    def problem(self):
        """The same as a problem of dqlab: a sheet c costs |x - c|**2 / 2, so that the minimiser is the mean of all sheets."""
        return DecentralisedQuadratics(np.ones((self.nodes, self.questions)), self.sheets)


def referendum(student):
    """A student's own villages.

    Parameters
    ----------
    student : Student
        From ``coursework.student``.

    Returns
    -------
    Referendum

    Examples
    --------
    >>> import numpy as np
    >>> from dqlab import coursework
    >>> villages = coursework.referendum(coursework.student("ada", "2026"))
    >>> again = coursework.referendum(coursework.student("ada", "2026"))
    >>> np.array_equal(villages.sheets, again.sheets), np.abs(villages.sheets).max()
    (True, np.float64(1.0))
    """
    import networkx as nx

    rng = student.stream("gossip-under-deadlines", "villages")
    nodes = int(rng.integers(10, 15))
    graph = erdos_renyi(nodes, 0.35, rng)
    slow = float(np.round(4 * 10 ** rng.uniform(), 1))
    return Referendum(
        adjacency=nx.to_numpy_array(graph, nodelist=range(nodes), dtype=np.int64),
        sheets=_sheets(nodes, rng),
        start=rng.choice([-0.75, 0.75], QUESTIONS),
        slow=slow,
        fast=float(np.round(slow * rng.uniform(4, 9), 1)),
        bandwidth=float(np.round(100 * 10 ** rng.uniform(), -1)),
        stepsize=float(rng.choice([0.2, 0.25, 0.3])),
        epsilon=float(rng.choice([0.4, 0.5, 0.6])),
        target=float(np.round(0.07 * 4 ** rng.uniform(), 3)),
    )


def _sheets(nodes, rng):
    """Answers whose means differ from question to question, and a little from village to village."""
    means = rng.uniform(-0.4, 0.4, QUESTIONS) + rng.uniform(-0.2, 0.2, (nodes, QUESTIONS))
    yes = np.round(SHEETS * (1 + means) / 2)[:, None, :]
    return rng.permuted(np.where(np.arange(SHEETS)[None, :, None] < yes, 1.0, -1.0), axis=1)
