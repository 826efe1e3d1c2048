"""What algorithms of many nodes share: checks, the clock's rounds, bits and seconds."""

from typing import NamedTuple

import numpy as np

from .. import _checks
from .._generic import plain, unchecked
from ..clock import Deadline, DigitLink, FixedBatch, PeerLink
from ..networks import Mixing
from ..networks.mixing import checked_mixing
from ..problems import gradient, sample_gradient, sample_gradients, value
from ..quantizers import Identity, decode, encode, inside, nbits, overflows, quantize, quantize_rows
from ..streams import stream
from .averaged import recorded_steps
from .decentralised_run import DecentralisedRun, NodesTrace


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
    if checked_mixing(mixing).nodes != problem.nodes:
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
    if isinstance(speeds, type) or not (hasattr(speeds, "draw") and hasattr(speeds, "counts")):
        raise TypeError(f"speeds: expected computing speeds such as dqlab.clock.UniformSpeeds(10, 90), got {speeds!r}")
    return speeds.draw(count, nodes, stream(seed, "speeds"))


def warn_of_empty_batches(work, speeds):
    """Say so where a batch can be empty: a gradient of 0 takes its place, which is biased."""
    chance = work.empty(speeds)
    if chance > 0:
        remedy = f"T_d >= 1 / {speeds.least:.4g} leaves none empty" if speeds.least > 0 else "a later one leaves fewer"
        _checks.warn(
            f"work: at {work} a node's batch is empty with probability {chance:.3g}, and its gradient then counts as 0, "
            f"which is biased; {remedy}"
        )


def warn_of_missing_digits(link, quantizer):
    """Say so where messages that are quantized pay as exact ones do: the authors' accounting knows decimal digits only."""
    if isinstance(link, DigitLink) and not hasattr(quantizer, "digits") and not isinstance(quantizer, Identity):
        _checks.warn(
            f"link: {link} counts decimal digits, and {quantizer} has none: its messages take the {link.full:g} seconds "
            f"of exact ones; dqlab.clock.PeerLink counts bits"
        )


def execute(function, setting, arguments, *, models, record_slope, stepsize=np.nan, epsilon=np.nan):
    """Run a synchronous box on (problem, mixing, *arguments, X_0, ..., trace) and gather its run."""
    nodes, mixing, quantizer = setting.problem.nodes, setting.mixing, setting.quantizer
    trace = run_box(function, setting, arguments, models=models, record_slope=record_slope)
    a_message, digits = int(nbits(quantizer)), getattr(quantizer, "digits", None)
    talk = 0.0
    if setting.link is not None:
        warn_of_missing_digits(setting.link, quantizer)
        talk = setting.link.seconds(a_message, degree=int(mixing.degrees.max()), digits=digits)
    seconds = np.concatenate([[0.0], np.cumsum(setting.compute + talk)])
    sent = setting.recorded * a_message
    return gather(
        function, trace, setting, seconds[setting.recorded], nodes * sent, int(mixing.degrees.sum()) * sent,
        models=models, stepsize=stepsize, epsilon=epsilon,
    )  # fmt: skip


def run_box(function, setting, arguments, *, models, record_slope):
    """The trace of a box, compiled where everything in it is."""
    for name, flag in (("models", models), ("record_slope", record_slope)):
        if not isinstance(flag, (bool, np.bool_)):
            raise TypeError(f"{name}: expected True or False, got {flag!r}")
    trace = _blank(setting, models, record_slope)
    by_node = getattr(setting.problem, "node_by_node", False)
    box = getattr(function, "box_by_node", function.box) if by_node else function.box
    if is_compiled(setting.problem, setting.quantizer):
        box(setting.problem, setting.mixing, *arguments, setting.X0, trace)
    else:
        with unchecked():
            plain(box)(setting.problem, setting.mixing, *arguments, setting.X0, trace)
    return trace


def _blank(setting, models, record_slope):
    """A trace with room for the run."""
    count, shape = setting.recorded.size, setting.X0.shape
    return NodesTrace(
        setting.recorded,
        *(np.zeros(count) for _ in range(4)),
        slope=np.zeros(count if record_slope else 0),
        models=np.zeros((count, *shape) if models else (0, 0, 0)),
        final=np.zeros(shape),
        outside=np.zeros(setting.steps, np.int64),
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
