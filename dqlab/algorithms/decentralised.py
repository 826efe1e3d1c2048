"""What decentralised algorithms share: checks, the clock's rounds, records, bits, seconds, and the run that they return."""

import warnings
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .. import _checks
from .._generic import generic, jit, plain, unchecked
from ..clock import Deadline, DigitLink, FixedBatch, PeerLink
from ..networks import Mixing
from ..problems import gradient, sample_gradient, sample_gradients, value
from ..quantizers import Identity, decode, encode, inside, nbits, overflows, quantize, quantize_rows
from ..streams import stream
from .averaged import recorded_steps


@dataclass(frozen=True, eq=False)
class DecentralisedRun:
    """A finished run of n nodes, recorded at some of its T steps; x_bar is the average of the nodes' models.

    Histories have an entry for every recorded step, so that any two can be plotted against each other; `outside` and `batches`
    have one for every step.

    Parameters
    ----------
    name : str
        The algorithm's name.
    recorded : array of int
        The steps t, 0 and T among them. Of an asynchronous run, T counts the events of all nodes.
    loss : array
        f(x_bar_t).
    distance : array
        |x_bar_t - x*|; NaN where the problem does not know its minimiser.
    error : array
        (1/n) sum_i |x_i - x*|**2, or NaN.
    consensus : array
        (1/n) sum_i |x_i - x_bar|**2.
    slope : array
        |nabla f(x_bar_t)|**2; empty unless asked for.
    seconds : array
        Simulated time since the start.
    bits_up : array of int
        Bits sent by all nodes since the start, a broadcast to all neighbours counted once.
    bits_links : array of int
        The same, every message counted once for each neighbour that hears it.
    average : array, shape (d,)
        x_bar_T.
    final : array, shape (n, d)
        X_T, a model a row.
    models : array, shape (records, n, d), or None
        X_t at the recorded steps.
    outside : array of int, shape (T,)
        How many of a step's messages left the quantizer's domain and were clipped.
    batches : array of int, shape (T, n), of an asynchronous run (T,), and empty where nothing is sampled
        |S_{i,t}|, how many gradients every node averaged; with an empty batch a node's gradient is 0.
    stepsize, epsilon : float
        alpha, and epsilon (of gossip with memory: gamma); NaN where there is none.
    seed : int

    Examples
    --------
    >>> import dqlab as dq
    >>> mixing = dq.networks.laplacian_weights(dq.networks.ring(6))
    >>> run = dq.algorithms.gossip(dq.stream(0, "start").standard_normal((6, 3)), mixing, steps=40, record=[10])
    >>> run.recorded.tolist(), run.bits.tolist(), run.final.shape
    ([0, 10, 40], [0, 11520, 46080], (6, 3))
    """

    name: str
    recorded: np.ndarray
    loss: np.ndarray
    distance: np.ndarray
    error: np.ndarray
    consensus: np.ndarray
    slope: np.ndarray
    seconds: np.ndarray
    bits_up: np.ndarray
    bits_links: np.ndarray
    average: np.ndarray
    final: np.ndarray
    models: np.ndarray | None
    outside: np.ndarray
    batches: np.ndarray
    stepsize: float
    epsilon: float
    seed: int

    @property
    def bits(self):
        """Bits sent by all nodes, cumulatively."""
        return self.bits_up

    @property
    def steps(self):
        """T, how many steps were made."""
        return int(self.recorded[-1])

    @property
    def empty(self):
        """How many batches were empty, so that a node used a gradient of 0."""
        return int((self.batches == 0).sum())

    def __repr__(self):
        return (
            f"DecentralisedRun({self.name}, {self.steps} steps, {int(self.bits_up[-1])} bits, loss {self.loss[-1]:.4g})"
        )


class NodesTrace(NamedTuple):
    """Where a box writes: at the steps `recorded` (the first is 0), and at every step. An empty array is a record not asked for."""

    recorded: np.ndarray
    loss: np.ndarray
    distance: np.ndarray
    error: np.ndarray
    consensus: np.ndarray
    slope: np.ndarray
    models: np.ndarray
    final: np.ndarray
    outside: np.ndarray


@generic
def note_nodes(problem, trace, t, X):
    """Record the nodes' models X_t, if t is a step to record."""
    note_nodes.kernel(problem)(problem, trace, t, X)


@note_nodes.register(object)
@jit
def _note_nodes(problem, trace, t, X):
    k = np.searchsorted(trace.recorded, t)
    if trace.recorded[k] != t:
        return
    average = mean_of_rows(X)
    trace.loss[k] = value(problem, average)
    trace.consensus[k] = spread_around(X, average)
    known = problem.minimiser.size > 0
    trace.error[k] = spread_around(X, problem.minimiser) if known else np.nan
    trace.distance[k] = np.sqrt(squared_distance(average, problem.minimiser)) if known else np.nan
    if trace.slope.size > 0:
        g = gradient(problem, average)
        trace.slope[k] = squared_distance(g, np.zeros_like(g))
    if trace.models.size > 0:
        trace.models[k] = X
    if t == trace.recorded[-1]:
        trace.final[:] = X


@jit
def mean_of_rows(X):
    """x_bar, the average of the nodes' models."""
    average = np.zeros(X.shape[1])
    for i in range(X.shape[0]):
        for j in range(X.shape[1]):
            average[j] += X[i, j]
    return average / X.shape[0]


@jit
def spread_around(X, centre):
    """(1/n) sum_i |x_i - centre|**2."""
    squared = 0.0
    for i in range(X.shape[0]):
        squared += squared_distance(X[i], centre)
    return squared / X.shape[0]


@jit
def squared_distance(x, y):
    """|x - y|**2."""
    squared = 0.0
    for j in range(x.size):
        squared += (x[j] - y[j]) ** 2
    return squared


class Setting(NamedTuple):
    """Checked arguments, and what the clock says of every step."""

    problem: tuple
    mixing: Mixing
    quantizer: tuple
    X0: np.ndarray
    recorded: np.ndarray
    seed: int
    link: object
    batches: np.ndarray
    compute: np.ndarray

    @property
    def steps(self):
        return int(self.recorded[-1])


def begin(problem, mixing, quantizer, *, steps, x0, seed, record, link, work=None, speeds=None):
    """The arguments that all synchronous algorithms share, checked, with their defaults; without `work` nothing is sampled."""
    steps = _checks.integer(steps, "steps", 1)
    quantizer = checked_nodes(problem, mixing, quantizer)
    X0 = checked_start(problem, x0)
    if work is None:
        batches, compute = np.zeros((0, problem.nodes), np.int64), np.zeros(steps)
    else:
        batches, compute = rounds(work, speeds, steps, problem.nodes, seed)
    return Setting(
        problem, mixing, quantizer, X0, recorded_steps(record, steps), seed, checked_link(link), batches, compute
    )


def checked_nodes(problem, mixing, quantizer):
    """The quantizer, once problem, mixing matrix and quantizer are of one size; None stands for 64 bits a coordinate."""
    for name in ("nodes", "dim", "minimiser"):
        if not hasattr(problem, name):
            raise TypeError(
                f"problem: expected a decentralised problem with nodes, dim and minimiser, such as "
                f"dqlab.problems.DecentralisedQuadratics, {type(problem).__name__} has no {name}"
            )
    if not isinstance(mixing, Mixing):
        raise TypeError(
            f"mixing: expected a dqlab.networks.Mixing, got {type(mixing).__name__}; make one of a graph by "
            f"dqlab.networks.laplacian_weights, or of a matrix by Mixing.from_matrix"
        )
    if mixing.nodes != problem.nodes:
        raise ValueError(
            f"mixing: expected {problem.nodes} nodes, as the problem has, got {mixing.nodes}; "
            f"deal the problem out to as many nodes as the graph has"
        )
    if quantizer is None:
        return Identity(problem.dim)
    if isinstance(quantizer, type) or not hasattr(quantizer, "dim"):
        raise TypeError(f"quantizer: expected a quantizer of dimension {problem.dim}, got {quantizer!r}")
    if quantizer.dim != problem.dim:
        raise ValueError(f"quantizer: expected dimension {problem.dim}, that of the problem, got {quantizer.dim}")
    return quantizer


def checked_start(problem, x0):
    """X_0: zeros, one start for all nodes, or one a node; float32 stays so where the problem computes in any precision."""
    single = getattr(problem, "any_precision", False) and getattr(x0, "dtype", None) == np.float32
    X0 = np.zeros((problem.nodes, problem.dim), np.float32 if single else np.float64)
    if x0 is None:
        return X0
    if np.ndim(x0) == 2:
        x0 = _checks.matrix(x0, "x0")
        if x0.shape != X0.shape:
            raise ValueError(
                f"x0: expected shape {X0.shape}, a row a node, or ({problem.dim},) for all, got {x0.shape}"
            )
    else:
        x0 = _checks.vector(x0, "x0", problem.dim)
    X0[:] = x0
    return X0


def checked_link(link):
    """A link whose messages have a price in seconds, or None for free ones."""
    if link is not None and not isinstance(link, (PeerLink, DigitLink)):
        raise TypeError(f"link: expected a dqlab.clock.PeerLink or DigitLink, got {link!r}")
    return link


def rounds(work, speeds, steps, nodes, seed):
    """Batches (T, n) and seconds of computing (T,), at speeds that depend on the seed alone."""
    if not isinstance(work, (Deadline, FixedBatch)):
        raise TypeError(f"work: expected a dqlab.clock.Deadline or FixedBatch, got {work!r}")
    if speeds is None:
        if isinstance(work, Deadline):
            raise ValueError(
                "speeds: a deadline needs the nodes' speeds, such as dqlab.clock.UniformSpeeds(10, 90), got None"
            )
        return work.batches(np.ones((steps, nodes))), np.zeros(steps)
    V = drawn_speeds(speeds, steps, nodes, seed)
    warn_of_empty_batches(work, speeds)
    return work.batches(V), work.compute(V)


def drawn_speeds(speeds, count, nodes, seed):
    """V, shape (count, nodes), from the stream that all algorithms with this seed share."""
    if isinstance(speeds, type) or not hasattr(speeds, "draw"):
        raise TypeError(f"speeds: expected computing speeds such as dqlab.clock.UniformSpeeds(10, 90), got {speeds!r}")
    return speeds.draw(count, nodes, stream(seed, "speeds"))


def warn_of_empty_batches(work, speeds):
    """Say so where a batch can be empty: a gradient of 0 takes its place, which is biased."""
    chance = work.empty(speeds)
    if chance > 0:
        remedy = f"T_d >= 1 / {speeds.least:.4g} leaves none empty" if speeds.least > 0 else "a later one leaves fewer"
        warnings.warn(
            f"work: at {work} a node's batch is empty with probability {chance:.3g}, and its gradient then counts as 0, "
            f"which is biased; {remedy}",
            stacklevel=5,
        )


def execute(function, setting, arguments, *, models, record_slope, stepsize=np.nan, epsilon=np.nan):
    """Run a synchronous box on (problem, mixing, *arguments, X_0, ..., trace) and gather its run."""
    problem, mixing, quantizer, steps = setting.problem, setting.mixing, setting.quantizer, setting.steps
    trace = run_box(function, setting, arguments, steps, models=models, record_slope=record_slope)
    a_message, digits = int(nbits(quantizer)), getattr(quantizer, "digits", None)
    talk = 0.0
    if setting.link is not None:
        talk = setting.link.seconds(a_message, degree=int(mixing.degrees.max()), digits=digits)
    seconds = np.concatenate([[0.0], np.cumsum(setting.compute + talk)])
    sent = setting.recorded * a_message
    return gather(
        function, trace, setting, seconds[setting.recorded], problem.nodes * sent, int(mixing.degrees.sum()) * sent,
        models=models, stepsize=stepsize, epsilon=epsilon,
    )  # fmt: skip


def run_box(function, setting, arguments, steps, *, models, record_slope):
    """The trace of a box, compiled where everything in it is."""
    for name, flag in (("models", models), ("record_slope", record_slope)):
        if not isinstance(flag, (bool, np.bool_)):
            raise TypeError(f"{name}: expected True or False, got {flag!r}")
    trace = _blank(setting, steps, models, record_slope)
    if is_compiled(setting.problem, setting.quantizer):
        function.box(setting.problem, setting.mixing, *arguments, setting.X0, trace)
    else:
        with unchecked():
            plain(function.box)(setting.problem, setting.mixing, *arguments, setting.X0, trace)
    return trace


def _blank(setting, steps, models, record_slope):
    """A trace with room for a run of so many steps."""
    count, shape = setting.recorded.size, setting.X0.shape
    return NodesTrace(
        setting.recorded,
        *(np.zeros(count) for _ in range(4)),
        slope=np.zeros(count if record_slope else 0),
        models=np.zeros((count, *shape) if models else (0, 0, 0)),
        final=np.zeros(shape),
        outside=np.zeros(steps, np.int64),
    )


def gather(function, trace, setting, seconds, bits_up, bits_links, *, models, stepsize, epsilon):
    """The run that a trace tells of."""
    return DecentralisedRun(
        name=function.label,
        recorded=trace.recorded,
        loss=trace.loss,
        distance=trace.distance,
        error=trace.error,
        consensus=trace.consensus,
        slope=trace.slope,
        seconds=seconds,
        bits_up=bits_up,
        bits_links=bits_links,
        average=trace.final.mean(axis=0),
        final=trace.final,
        models=trace.models if models else None,
        outside=trace.outside,
        batches=setting.batches,
        stepsize=stepsize,
        epsilon=epsilon,
        seed=setting.seed,
    )


def is_compiled(problem, quantizer):
    """Whether a box with these can run in compiled code: every verb can."""
    verbs = [verb for verb in (value, gradient, sample_gradients, sample_gradient) if verb.has(problem)]
    return all(verb.is_compiled(problem) for verb in verbs) and all(
        verb.is_compiled(quantizer) for verb in (encode, decode, quantize, quantize_rows, inside, overflows)
    )


def streams_of(seed):
    """The samples that nodes draw, the encoders' private randomness, and the keys that both ends of a link know."""
    return stream(seed, "samples"), stream(seed, "encoder"), stream(seed, "shared")
