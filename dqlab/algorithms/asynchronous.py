"""Asynchronous decentralised SGD: nobody waits, every node has a clock of its own."""

import numpy as np

from .. import _checks
from .._generic import jit
from ..clock import FixedBatch
from ..problems import sample_gradient
from ..quantizers import nbits
from .averaged import recorded_steps
from .decentralised import (
    DecentralisedRun,
    Setting,
    checked_link,
    checked_nodes,
    checked_start,
    drawn_speeds,
    gather,
    note_nodes,
    run_box,
    streams_of,
)
from .run import algorithm


@jit
def async_dsgd_box(problem, mixing, alpha, events, batch, samples, X0, trace):
    """At event t node j is ready: x_j <- sum_i w_ji x_i - alpha g_j, with its neighbours' models as they are at that moment."""
    X, g, average = X0.copy(), np.zeros_like(X0[0]), np.zeros_like(X0[0])
    note_nodes(problem, trace, 0, X)
    for t in range(events.size):
        j = events[t]
        sample_gradient(problem, j, X[j], batch, samples, g)
        weigh(mixing, j, X, average)  # sum_i w_ji x_i
        for k in range(g.size):
            X[j, k] = average[k] - alpha * g[k]
        note_nodes(problem, trace, t + 1, X)


@jit
def weigh(mixing, j, X, average):
    """sum_i w_ji x_i, node j's own model included, into `average`."""
    average[:] = mixing.own[j] * X[j]
    for place in range(mixing.indptr[j], mixing.indptr[j + 1]):
        weight, other = mixing.weights[place], X[mixing.indices[place]]
        for k in range(average.size):
            average[k] += weight * other[k]


def event_clock(speeds, batch, talk, nodes, seed, *, count=None, until=None):
    """The first events of all nodes in the order of time: node i's are the cumulative sums of batch / V_{i,k} + talk_i.

    Parameters
    ----------
    speeds : computing speeds
    batch : int
        Gradients between two events of a node.
    talk : array, shape (n,)
        Seconds that node i spends on messages at every event.
    nodes, seed : int
    count : int, optional
        How many events.
    until : float, optional
        All events up to this time; one of the two is needed.

    Returns
    -------
    tuple of arrays
        Seconds of the events, increasing, and the nodes that have them.

    Raises
    ------
    ValueError
        Where there is no event until then.

    Examples
    --------
    >>> import numpy as np
    >>> import dqlab as dq
    >>> speeds = dq.clock.RecordedSpeeds(np.array([[10.0, 4.0]]))
    >>> dq.algorithms.event_clock(speeds, 10, np.array([0.5, 0.5]), 2, seed=0, count=4)
    (array([1.5, 3. , 3. , 4.5]), array([0, 0, 1, 0]))
    """
    each = 8 if count is None else count // nodes + 8
    while True:  # as many rounds as it takes until nobody has an event left that comes earlier
        own = np.cumsum(batch / drawn_speeds(speeds, each, nodes, seed) + talk, axis=0)
        seconds = own.ravel()
        order = np.argsort(seconds, kind="stable")
        last = until if count is None else seconds[order[count - 1]]
        if own[-1].min() > last:
            break
        each *= 2
    count = int((seconds <= until).sum()) if count is None else count
    if count == 0:
        raise ValueError(f"seconds: no node is ready before {seconds.min():.4g} seconds, got {until:g}")
    chosen = order[:count]
    return seconds[chosen], chosen % nodes


@algorithm("asynchronous DSGD", async_dsgd_box)
def async_dsgd(
    problem,
    mixing,
    *,
    steps=None,
    seconds=None,
    batch,
    speeds,
    stepsize,
    x0=None,
    seed=0,
    record=50,
    link=None,
    models=False,
    record_slope=False,
) -> DecentralisedRun:
    """Asynchronous DSGD: as soon as a node has its batch, it averages its neighbours' models as they are, and goes on.

    Lian et al. (2018). The time between two events of node i is batch / V plus that of its messages; at its event node j sets
    x_j <- sum_i w_ji x_i - alpha g_j, in exact numbers, and sends its new model to its neighbours.

    Parameters
    ----------
    steps : int, optional
        How many events, those of all nodes counted; n of them are about one step of the other algorithms.
    seconds : float, optional
        Or how long the run lasts. One of the two is needed.
    batch : int
        b >= 1 gradients between two events of a node.
    speeds : computing speeds
        Such as `dqlab.clock.UniformSpeeds`.
    stepsize : float
        alpha > 0.
    problem, mixing, x0, seed, record, link, models, record_slope
        As for `quantimed_dsgd`; `record` counts events.

    Returns
    -------
    DecentralisedRun
        A step is an event.

    Raises
    ------
    TypeError, ValueError
        As `quantimed_dsgd`, for both or none of `steps` and `seconds`, and for a time before the first event.

    Examples
    --------
    >>> import dqlab as dq
    >>> problem = dq.problems.DecentralisedQuadratics.planted(dq.stream(0, "problem"), nodes=6, dim=4)
    >>> mixing, speeds = dq.networks.laplacian_weights(dq.networks.ring(6)), dq.clock.UniformSpeeds(10, 90)
    >>> run = dq.algorithms.async_dsgd(problem, mixing, seconds=60.0, batch=30, speeds=speeds, stepsize=0.05)
    >>> bool(50 < run.seconds[-1] <= 60), bool(run.error[-1] < run.error[0])
    (True, True)
    """
    quantizer, X0, link = checked_nodes(problem, mixing, None), checked_start(problem, x0), checked_link(link)
    batch, alpha = FixedBatch(batch).size, _checks.positive(stepsize, "stepsize")
    if (steps is None) == (seconds is None):
        raise ValueError(
            f"steps: expected a number of events or seconds, one of the two, got {steps!r} and {seconds!r}"
        )
    count = None if steps is None else _checks.integer(steps, "steps", 1)
    until = None if seconds is None else _checks.positive(seconds, "seconds")
    a_message, degrees = int(nbits(quantizer)), mixing.degrees
    talk = np.zeros(problem.nodes)
    if link is not None:
        talk = np.array([link.seconds(a_message, degree=int(degree)) for degree in degrees])
    times, events = event_clock(speeds, batch, talk, problem.nodes, seed, count=count, until=until)
    recorded = recorded_steps(record, events.size)
    setting = Setting(problem, mixing, quantizer, X0, recorded, seed, link, np.full(events.size, batch), times)
    samples, _, _ = streams_of(seed)
    trace = run_box(async_dsgd, setting, (alpha, events, batch, samples), 0, models=models, record_slope=record_slope)
    heard = np.concatenate([[0], np.cumsum(degrees[events])])
    return gather(
        async_dsgd, trace, setting, np.concatenate([[0.0], times])[recorded], recorded * a_message, heard[recorded] * a_message,
        models=models, stepsize=alpha, epsilon=np.nan,
    )  # fmt: skip


async_dsgd.decentralised = True
