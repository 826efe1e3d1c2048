"""Asynchronous decentralised SGD: nobody waits, every node has a clock of its own."""

import numpy as np

from .. import _checks
from .._generic import jit
from ..networks.mixing import add_neighbours
from ..problems import sample_gradient
from ..quantizers import nbits
from .averaged import recorded_steps
from .decentralised import (
    Setting,
    checked_link,
    checked_nodes,
    checked_start,
    drawn_speeds,
    gather,
    run_box,
    streams_of,
)
from .decentralised_run import DecentralisedRun, note_nodes
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
        move(X[j], average, alpha, g)
        note_nodes(problem, trace, t + 1, X)


@jit
def move(x, average, alpha, g):
    """x_j <- average - alpha g_j."""
    step = x.dtype.type(alpha)
    for k in range(x.size):
        x[k] = average[k] - step * g[k]


@jit
def weigh(mixing, j, X, average):
    """sum_i w_ji x_i, node j's own model included, into `average`."""
    own = X.dtype.type(mixing.own[j])
    add_neighbours(mixing.indptr[j : j + 2], mixing.indices, mixing.weights, X, average.reshape(1, average.size))
    for k in range(average.size):
        average[k] += own * X[j, k]


def event_clock(speeds, batch, talk, nodes, seed, *, steps=None, seconds=None):
    """The first events of all nodes in the order of time: node i's are the cumulative sums of batch / V_{i,k} + talk_i.

    Parameters
    ----------
    speeds : computing speeds
    batch : int
        Gradients between two events of a node.
    talk : float or array, shape (n,)
        Seconds that a node spends on messages at every event.
    nodes, seed : int
    steps : int, optional
        How many events,
    seconds : float, optional
        or all up to this time. One of the two is needed.

    Returns
    -------
    tuple of arrays
        Seconds of the events, increasing, and the nodes that have them.

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong kind or range, for both or none of `steps` and `seconds`, and where nothing happens until then.

    Examples
    --------
    >>> import dqlab as dq
    >>> speeds = dq.clock.RecordedSpeeds([[10.0, 4.0]])
    >>> dq.algorithms.event_clock(speeds, 10, 0.5, nodes=2, seed=0, steps=4)
    (array([1.5, 3. , 3. , 4.5]), array([0, 1, 0, 0]))
    """
    nodes, batch = _checks.integer(nodes, "nodes", 1), _checks.integer(batch, "batch", 1)
    talk = _checks.vector(np.full(nodes, talk) if np.ndim(talk) == 0 else talk, "talk", nodes)
    if not (talk >= 0).all():
        raise ValueError(f"talk: expected seconds >= 0, got {talk.min():g}")
    if (steps is None) == (seconds is None):
        raise ValueError(
            f"steps: expected a number of events or seconds, one of the two, got {steps!r} and {seconds!r}"
        )
    if steps is not None:
        steps, each = _checks.integer(steps, "steps", 1), steps // nodes + 8
    else:
        seconds, each = _checks.positive(seconds, "seconds"), 8
    while True:  # as many rounds as it takes until nobody's next event comes earlier than the last one asked for
        own = np.cumsum(batch / drawn_speeds(speeds, each, nodes, seed) + talk, axis=0)
        times = own.ravel()
        order = np.argsort(times, kind="stable")
        last = seconds if steps is None else times[order[steps - 1]]
        if own[-1].min() > last:
            break
        each *= 2
    steps = int((times <= seconds).sum()) if steps is None else steps
    if steps == 0:
        raise ValueError(f"seconds: no node is ready before {times.min():.4g} seconds, got {seconds:g}")
    return times[order[:steps]], order[:steps] % nodes


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
    alpha, a_message, degrees = _checks.positive(stepsize, "stepsize"), int(nbits(quantizer)), mixing.degrees
    talk = np.zeros(problem.nodes)
    if link is not None:
        talk = np.array([link.seconds(a_message, degree=int(degree)) for degree in degrees])
    times, events = event_clock(speeds, batch, talk, problem.nodes, seed, steps=steps, seconds=seconds)
    recorded, batches = recorded_steps(record, events.size), np.full(events.size, batch)
    setting = Setting(problem, mixing, quantizer, X0, recorded, seed, link, batches, times)
    samples, _, _ = streams_of(seed)
    arguments = (alpha, events, int(batch), samples)
    trace = run_box(async_dsgd, setting, arguments, models=models, record_slope=record_slope)
    times, heard = np.concatenate([[0.0], times]), np.concatenate([[0], np.cumsum(degrees[events])])
    return gather(
        async_dsgd, trace, setting, times[recorded], recorded * a_message, heard[recorded] * a_message,
        models=models, stepsize=alpha, epsilon=np.nan,
    )  # fmt: skip


async_dsgd.decentralised = True
