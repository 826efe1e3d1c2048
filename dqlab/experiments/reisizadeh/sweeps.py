"""Sweeps around the paper's experiment: the deadline, stragglers, digits, the network and its size, one at a time.

Every sweep runs small unless asked for more; ``**FULL`` is its full protocol: 50 nodes, 100 parameters, 4000 steps, 20 trials.
Trials are paired: within one all cells have the same problem, and methods meet the same speeds.
"""

import functools
import math

from ... import _checks
from ...clock import DigitLink, PeerLink, TwoClassSpeeds, UniformSpeeds
from ...lab import sweep
from ...networks import complete, erdos_renyi, exponential, laplacian_weights, random_regular, ring, star, torus
from .paired_runs import METHODS, measured_run, quadratics

SPEEDS = UniformSpeeds(10, 90)  # gradients a second, as in the authors' experiments
LINK = DigitLink()  # 3 seconds for an exchange of exact models, and 9/16 with three digits


def deadline_sweep(
    deadlines=(0.1, 0.2, 0.4, 0.8, 1.6, 3.2),
    epsilons=(0.05, 0.1, 0.2, 0.4, 0.8),
    *,
    noise=300.0,
    communication=0.5625,
    nodes=20,
    dim=20,
    steps=600,
    trials=5,
    seed=0,
    **how,
):
    """Seconds to the target for every deadline T_d: short ones waste time on messages, long ones on gradients that no longer help.

    Every deadline is tried with every epsilon, and ``best(result, "deadline")`` keeps the quickest: the noise of small batches is paid for
    by smaller steps. Plot its ``mean`` with ``low`` and ``high`` against ``deadline``, both axes logarithmic, the deadline of
    `dqlab.theory.reisizadeh.best_deadline` as a line.

    Parameters
    ----------
    deadlines, epsilons : sequences of float
    noise : float
        gamma**2, large enough that batches matter.
    communication : float
        Seconds of an exchange.
    nodes, dim, steps, trials
        The protocol; ``**FULL`` for the full one.
    seed, **how
        ``store``, ``backend``, ``jobs`` and ``progress``: see :func:`dqlab.lab.sweep`.

    Returns
    -------
    dqlab.lab.Sweep
        A row a deadline, epsilon and trial, with what `measured_run` says.

    Examples
    --------
    >>> from dqlab.experiments import reisizadeh
    >>> result = reisizadeh.deadline_sweep([0.4], [0.4], nodes=6, dim=4, steps=100, trials=2, progress=False)
    >>> result.frame.iteration.round(9).tolist()
    [0.9625, 0.9625]
    """
    trial = functools.partial(
        _deadline, noise=noise, link=PeerLink(latency=communication), nodes=nodes, dim=dim, steps=steps
    )
    grid = {"deadline": list(deadlines), "epsilon": list(epsilons)}
    return sweep(trial, grid, trials, seed, **how)


def _deadline(stream, deadline, epsilon, noise, link, nodes, dim, steps):
    problem, graph = quadratics(stream, nodes, dim, noise=noise), _sparse(stream, nodes)
    return measured_run(
        METHODS[0], problem, graph, steps=steps, speeds=SPEEDS, batch=20, stream=stream, link=link, deadline=deadline,
        epsilon=epsilon,
    )  # fmt: skip


def straggler_sweep(
    severities=(1, 2, 5, 10, 20),
    methods=METHODS,
    *,
    share=0.1,
    batch=20,
    nodes=20,
    dim=20,
    steps=400,
    trials=5,
    seed=0,
    **how,
):
    """Seconds to the target where a share of nodes is slower, a new draw in every step: a deadline does not wait for them.

    Plot ``mean`` with its interval from ``result.summary(value="seconds")`` against ``severity``, a curve a method. Fast nodes make 50
    gradients a second, slow ones 50 / severity; the deadline gives `batch` gradients on average, as many as a fixed batch has.

    Parameters
    ----------
    severities : sequence of float
        At least 1. From 50 / severity < 1 / T_d on batches of slow nodes are empty.
    methods : sequence of str
    share : float
        Of slow nodes, in a step.
    batch : int
    nodes, dim, steps, trials
        The protocol; ``**FULL`` for the full one.
    seed, **how
        ``store``, ``backend``, ``jobs`` and ``progress``: see :func:`dqlab.lab.sweep`.

    Returns
    -------
    dqlab.lab.Sweep
        A row a severity, method and trial, with what `measured_run` says.

    Examples
    --------
    >>> from dqlab.experiments import reisizadeh
    >>> result = reisizadeh.straggler_sweep([1, 10], nodes=6, dim=4, steps=60, trials=1, progress=False)
    >>> result.frame.pivot(index="severity", columns="method", values="iteration").round(2)["Q-DSGD"].tolist()[0]
    0.96
    """
    trial = functools.partial(_straggler, share=share, batch=batch, nodes=nodes, dim=dim, steps=steps)
    grid = {"severity": list(severities), "method": list(methods)}
    return sweep(trial, grid, trials, seed, **how)


def _straggler(stream, severity, method, share, batch, nodes, dim, steps):
    speeds = TwoClassSpeeds(50.0, 50.0 / severity, share)
    problem, graph = quadratics(stream, nodes, dim), _sparse(stream, nodes)
    return measured_run(method, problem, graph, steps=steps, speeds=speeds, batch=batch, stream=stream, link=LINK)


def digit_sweep(
    digits=(0, 1, 2, 3, 5, None),
    *,
    bits_a_second=None,
    nodes=20,
    dim=20,
    steps=400,
    trials=5,
    seed=0,
    **how,
):
    """Digits of a message against what is left of the loss, and against the seconds that its true bits take on a link.

    Plot ``gap`` against ``message`` (bits a coordinate) for the floor that rounding leaves, and ``seconds`` against the same: few digits
    are quick until the floor lies above the target, where ``seconds`` is NaN.

    Parameters
    ----------
    digits : sequence of int or None
        None for exact models, 64 bits a coordinate.
    bits_a_second : float, optional
        What a node can send. Unless given, an exchange of exact models takes 3 seconds, as in the authors' experiments.
    nodes, dim, steps, trials
        The protocol; ``**FULL`` for the full one.
    seed, **how
        ``store``, ``backend``, ``jobs`` and ``progress``: see :func:`dqlab.lab.sweep`.

    Returns
    -------
    dqlab.lab.Sweep
        A row a number of digits (-1 for exact) and trial, with what `measured_run` says.

    Examples
    --------
    >>> from dqlab.experiments import reisizadeh
    >>> result = reisizadeh.digit_sweep([2, None], nodes=6, dim=4, steps=60, trials=1, progress=False)
    >>> result.frame[["digits", "message"]].values.tolist()
    [[2, 11], [-1, 64]]
    """
    link = PeerLink(64 * dim / 3.0 if bits_a_second is None else bits_a_second)
    trial = functools.partial(_digits, link=link, nodes=nodes, dim=dim, steps=steps)
    grid = {"digits": [-1 if s is None else _checks.integer(s, "digits", 0) for s in digits]}
    return sweep(trial, grid, trials, seed, **how)


def _digits(stream, digits, link, nodes, dim, steps):
    problem, graph = quadratics(stream, nodes, dim), _sparse(stream, nodes)
    return measured_run(
        METHODS[0], problem, graph, steps=steps, speeds=SPEEDS, batch=20, stream=stream, link=link,
        digits=None if digits < 0 else digits,
    )  # fmt: skip


GRAPHS = {
    "ring": lambda nodes, rng: ring(nodes),
    "torus": lambda nodes, rng: torus(*_sides(nodes)),
    "star": lambda nodes, rng: star(nodes),
    "regular": lambda nodes, rng: random_regular(nodes, 4, rng),
    "exponential": lambda nodes, rng: exponential(nodes),
    "Erdos-Renyi": lambda nodes, rng: erdos_renyi(nodes, 0.4, rng),
    "complete": lambda nodes, rng: complete(nodes),
}


def connectivity_sweep(graphs=tuple(GRAPHS), *, spread=2.0, nodes=36, dim=20, steps=400, trials=5, seed=0, **how):
    """What the gap 1 - beta of the network does to the error of the models: nodes of slow networks disagree.

    Plot ``error`` and ``consensus`` against ``gap_of_w``, both axes logarithmic, a point a graph, with the intervals of ``result.summary``; theory
    has slope -2 for the bias of the penalty function (Lemma 3), and less matters where a star's centre or long rings are slow.

    Parameters
    ----------
    graphs : sequence of str
        Of ``GRAPHS``: ring, torus, star, regular (degree 4), exponential, Erdos-Renyi (probability 0.4), complete.
    spread : float
        How far apart the nodes' own minimisers are.
    nodes, dim, steps, trials
        The protocol; ``**FULL`` for the full one.
    seed, **how
        ``store``, ``backend``, ``jobs`` and ``progress``: see :func:`dqlab.lab.sweep`.

    Returns
    -------
    dqlab.lab.Sweep
        A row a graph and trial, with what `measured_run` says, ``beta``, ``gap_of_w`` = 1 - beta and ``edges``.

    Examples
    --------
    >>> from dqlab.experiments import reisizadeh
    >>> result = reisizadeh.connectivity_sweep(["ring", "complete"], nodes=9, dim=4, steps=100, trials=1, progress=False)
    >>> bool(result.frame.consensus[0] > result.frame.consensus[1]), result.frame.edges.tolist()
    (True, [9, 36])
    """
    for name in graphs:
        _checks.choice(name, "graphs", tuple(GRAPHS))
    trial = functools.partial(_connectivity, spread=spread, nodes=nodes, dim=dim, steps=steps)
    return sweep(trial, {"graph": list(graphs)}, trials, seed, **how)


def _connectivity(stream, graph, spread, nodes, dim, steps):
    problem, network = quadratics(stream, nodes, dim, spread=spread), GRAPHS[graph](nodes, stream("graph"))
    row = measured_run(METHODS[0], problem, network, steps=steps, speeds=SPEEDS, batch=20, stream=stream, link=LINK)
    mixing = laplacian_weights(network)
    return row | {"beta": mixing.beta, "gap_of_w": mixing.gap, "edges": mixing.edges}


def _sides(nodes):
    """The sides of the torus nearest to a square with so many nodes."""
    rows = max(r for r in range(1, math.isqrt(nodes) + 1) if nodes % r == 0)
    return rows, nodes // rows


def _sparse(stream, nodes):
    """A random network in which every node has four neighbours (all have one another where there are fewer than six)."""
    return random_regular(nodes, 4, stream("graph")) if nodes > 5 else complete(nodes)


def node_sweep(
    sizes=(10, 30, 100, 300, 1000), methods=METHODS, *, batch=20, dim=20, steps=300, trials=3, seed=0, **how
):
    """More nodes on a network of four neighbours each: what waiting for the slowest costs, and what more samples give.

    Plot ``seconds`` with its interval against ``nodes``, a curve a method: that of Q-DSGD and DSGD grows, since the slowest of many
    is slower, that of QuanTimed-DSGD does not; ``iteration`` shows the same without the learning. ``gap`` falls with the noise of the mean.

    Parameters
    ----------
    sizes : sequence of int
        n, even numbers or more than 5.
    methods : sequence of str
    batch : int
    dim, steps, trials
        The protocol.
    seed, **how
        ``store``, ``backend``, ``jobs`` and ``progress``: see :func:`dqlab.lab.sweep`.

    Returns
    -------
    dqlab.lab.Sweep
        A row a number of nodes, method and trial, with what `measured_run` says.

    Examples
    --------
    >>> from dqlab.experiments import reisizadeh
    >>> result = reisizadeh.node_sweep([6, 24], ["Q-DSGD"], dim=4, steps=60, trials=1, progress=False)
    >>> bool(result.frame.iteration[1] > result.frame.iteration[0])
    True
    """
    trial = functools.partial(_nodes, batch=batch, dim=dim, steps=steps)
    return sweep(trial, {"nodes": list(sizes), "method": list(methods)}, trials, seed, **how)


def _nodes(stream, nodes, method, batch, dim, steps):
    problem, graph = quadratics(stream, nodes, dim), _sparse(stream, nodes)
    return measured_run(method, problem, graph, steps=steps, speeds=SPEEDS, batch=batch, stream=stream, link=LINK)


def best(result, by, value="seconds"):
    """Of every group the parameters with the least mean: a row a group, with the interval of that mean.

    A mean counts only if every trial reached the target. The choice is made on the same trials, which makes the best look a
    little better than it is.

    Parameters
    ----------
    result : dqlab.lab.Sweep
    by : str
        A parameter of the sweep.
    value : str

    Returns
    -------
    pandas.DataFrame
        The parameters, ``count``, ``mean``, ``low`` and ``high``; groups in which nothing reached the target are left out.

    Examples
    --------
    >>> from dqlab.experiments import reisizadeh
    >>> result = reisizadeh.deadline_sweep([0.4], [0.05, 0.6], nodes=6, dim=4, noise=1.0, steps=200, trials=2, progress=False)
    >>> reisizadeh.best(result, "deadline").epsilon.tolist()
    [0.6]
    """
    table = result.summary(value=value)
    if by not in result.meta["parameters"]:
        raise ValueError(f"by: expected one of {result.meta['parameters']}, got {by!r}")
    least = table.dropna(subset=["mean"]).groupby(by, sort=False)["mean"].idxmin()
    return table.loc[least].reset_index(drop=True)
