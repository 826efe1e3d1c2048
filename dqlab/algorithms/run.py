"""What a run returns, and the machinery that every algorithm shares: checks, records, bits and seconds."""

import math
import warnings
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .. import _checks
from .._generic import generic, jit, plain, unchecked
from ..clock import Link
from ..problems import gradient, value
from ..quantizers import decode, dynamic_range, encode, inside, nbits, overflows, quantize, rate
from ..streams import stream

FLOAT_BITS = 64  # the server broadcasts its iterate as float64


@dataclass(frozen=True, eq=False)
class Run:
    """A finished run: T steps, so T + 1 entries in every history.

    Parameters
    ----------
    name : str
        The algorithm's name as the paper writes it.
    distance : array, shape (T + 1,)
        |x_t - x*|.
    loss : array, shape (T + 1,)
        f(x_t); empty unless recorded.
    bits_up, bits_down : array of int, shape (T + 1,)
        Bits on the wire from the worker to the server, and back, cumulatively. Of K workers: the sum over their messages;
        and one broadcast, which all of them hear.
    seconds : array, shape (T + 1,)
        Simulated time, cumulatively. K workers compute side by side and share the uplink, whose capacity is what a sum rate
        limits: their messages follow one another.
    inputs : array, shape (T,), and (T, K) of K workers, as are the next two
        |u_t|, the norm of what was quantized.
    ranges : array, shape (T,)
        r_t, the dynamic ranges.
    outside : array of bool, shape (T,)
        Where u_t left the quantizer's domain and was clipped, or a gain overflowed; never under the conditions of the theorems.
    iterates : array, shape (T + 1, n), or None
    stepsize : float or array
    seed : int
    momentum : float
        gamma; 0 for a method without momentum.
    """

    name: str
    distance: np.ndarray
    loss: np.ndarray
    bits_up: np.ndarray
    bits_down: np.ndarray
    seconds: np.ndarray
    inputs: np.ndarray
    ranges: np.ndarray
    outside: np.ndarray
    iterates: np.ndarray | None
    stepsize: float | np.ndarray
    seed: int
    momentum: float = 0.0

    @property
    def bits(self):
        """Cumulative bits on the uplink, the one link whose rate the paper limits."""
        return self.bits_up

    @property
    def steps(self):
        """T, how many steps were made."""
        return self.distance.size - 1

    def contraction_factor(self, floor=1e-13):
        """(|x_T - x*| / |x_0 - x*|)**(1 / T): the empirical version of equation (1).

        T is the last step, or the first one at which the distance has fallen to `floor` times the first distance:
        from there on rounding would be measured. A run that diverged to infinity is measured up to its last finite step.
        """
        if self.distance[0] == 0:
            return float("nan")
        ratio = self.distance / self.distance[0]
        last = int(np.flatnonzero(np.isfinite(ratio))[-1])
        low = np.flatnonzero(ratio[: last + 1] <= floor)
        last = int(low[0]) if low.size else last
        return float(max(ratio[last], floor * 1e-3) ** (1 / last)) if last else float("nan")

    def __repr__(self):
        factor = f"{self.contraction_factor():.4f}" if self.steps else "none"
        return f"Run({self.name}, {self.steps} steps, {int(self.bits_up[-1])} bits up, contraction factor {factor})"


class Trace(NamedTuple):
    """Where a box writes its history; an empty array is a record that nobody asked for."""

    distance: np.ndarray
    loss: np.ndarray
    iterates: np.ndarray
    inputs: np.ndarray
    outside: np.ndarray


@generic
def note(problem, trace, t, x):
    """Record the iterate x_t."""
    note.kernel(problem)(problem, trace, t, x)


@note.register(object)
@jit(inline="always")  # a call would count the references of every array in the problem and the trace
def _note(problem, trace, t, x):
    trace.distance[t] = distance(x, problem.minimiser)
    if trace.loss.size > 0:
        trace.loss[t] = value(problem, x)
    if trace.iterates.size > 0:
        trace.iterates[t] = x


@generic
def note_input(quantizer, trace, t, u, scale):
    """Record |u_t|, and whether the quantizer had to clip it."""
    note_input.kernel(quantizer)(quantizer, trace, t, u, scale)


@note_input.register(object)
@jit(inline="always")
def _note_input(quantizer, trace, t, u, scale):
    trace.inputs[t] = norm(u)
    trace.outside[t] = overflows(quantizer, u, SLACK * scale)


SLACK = 1.0 + 1e-12  # rounding may carry an input one ulp past its range


@jit(fastmath={"reassoc", "contract"})
def distance(x, y):
    """|x - y|, Euclidean."""
    squared = 0.0
    for i in range(x.size):
        squared += (x[i] - y[i]) ** 2
    return np.sqrt(squared)


@jit(fastmath={"reassoc", "contract"})
def norm(u):
    """|u|, Euclidean."""
    squared = 0.0
    for i in range(u.size):
        squared += u[i] * u[i]
    return np.sqrt(squared)


ALGORITHMS = {}


def algorithm(name, box):
    """Decorator of a public algorithm: its name in the paper, and the compiled box that it fills in and runs."""

    def mark(function):
        function.label, function.box, function.py_func = name, box, plain(box)
        ALGORITHMS[function.__name__] = function
        return function

    return mark


def start(problem, quantizer, steps, x0, D):
    """Checked (steps, x0, D), with their defaults: x0 = 0 and D = |x0 - x*|."""
    steps = _checks.integer(steps, "steps", 1)
    for name in ("L", "mu", "minimiser", "dim"):
        if not hasattr(problem, name):
            raise TypeError(
                f"problem: expected a problem with L, mu, minimiser and dim, {type(problem).__name__} has no {name}"
            )
    if not 0 < problem.mu <= problem.L < np.inf:
        raise ValueError(f"problem: expected 0 < mu <= L < infinity, got mu = {problem.mu} and L = {problem.L}")
    if quantizer is not None:
        if isinstance(quantizer, type) or not hasattr(quantizer, "dim"):
            raise TypeError(f"quantizer: expected a quantizer of dimension {problem.dim}, got {quantizer!r}")
        if quantizer.dim != problem.dim:
            raise ValueError(f"quantizer: expected dimension {problem.dim}, that of the problem, got {quantizer.dim}")
    x0 = np.zeros(problem.dim) if x0 is None else _checks.vector(x0, "x0", problem.dim).astype(np.float64)
    D = float(np.linalg.norm(x0 - problem.minimiser)) if D is None else _checks.positive(D, "D", zero=True)
    return steps, x0, D


def checked_ranges(ranges, steps):
    """Given dynamic ranges, checked: one positive number a step."""
    ranges = _checks.vector(ranges, "ranges", steps).astype(np.float64)
    if (ranges <= 0).any():
        raise ValueError(f"ranges: expected positive dynamic ranges, got {ranges.min()} at step {int(ranges.argmin())}")
    return ranges


def warn_unless(rho, most, quantizer, name):
    """Warn unless rho' < most, that is R > log2(rho_n / most): below, no theorem promises convergence. The run goes on."""
    if not rho < most:
        bits = rate(quantizer)
        threshold = bits + math.log2(rho / most) if most > 0 else math.inf
        warnings.warn(
            f"{name}: {bits:.4g} bits per dimension, at or below the threshold of {threshold:.4g} above which "
            f"linear convergence is guaranteed; the run may diverge",
            stacklevel=3,
        )


def execute_quantized(function, problem, quantizer, parameters, ranges, *, steps, seed, **options):
    """`execute` a quantized box on (quantizer, *parameters, scales, encoder's randomness).

    r_t over the quantizer's own dynamic range is the scale that its verbs take.
    """
    ranges = checked_ranges(ranges, steps)
    own = dynamic_range(quantizer)
    scales = ranges / own if np.isfinite(own) else ranges
    arguments = (quantizer, *parameters, scales, encoder_stream(seed))
    return execute(function, problem, quantizer, arguments, steps=steps, ranges=ranges, seed=seed, **options)


def execute(function, problem, quantizer, arguments, *, x0, steps, ranges, stepsize, seed, record, link, momentum=0.0):
    """Run a box, compiled where its problem and its quantizer are, and gather its `Run`.

    `quantizer` is None, one quantizer, or a plain tuple with that of every worker; `ranges` has an entry for every message.
    """
    if link is not None and not isinstance(link, Link):
        raise TypeError(f"link: expected a dqlab.clock.Link, got {link!r}")
    record = record if isinstance(record, (tuple, list, set)) else (record,)
    for what in record:
        _checks.choice(what, "record", ("loss", "iterates"))
    trace = Trace(
        distance=np.zeros(steps + 1),
        loss=np.zeros(steps + 1 if "loss" in record else 0),
        iterates=np.zeros((steps + 1, x0.size) if "iterates" in record else (0, 0)),
        inputs=np.zeros(ranges.size),
        outside=np.zeros(ranges.size, np.bool_),
    )
    quantizers = () if quantizer is None else quantizer if type(quantizer) is tuple else (quantizer,)
    if is_compiled(problem, quantizers):
        function.box(problem, *arguments, x0, trace)
    else:
        with unchecked():
            plain(function.box)(problem, *arguments, x0, trace)
    a_message = FLOAT_BITS * x0.size if quantizer is None else sum(nbits(q) for q in quantizers)
    counted = np.arange(steps + 1, dtype=np.int64)
    bits_up, bits_down = counted * a_message, counted * (FLOAT_BITS * x0.size)
    link = Link() if link is None else link
    return Run(
        name=function.label,
        distance=trace.distance,
        loss=trace.loss,
        bits_up=bits_up,
        bits_down=bits_down,
        seconds=counted * link.seconds(a_message, FLOAT_BITS * x0.size),
        inputs=trace.inputs.reshape(ranges.shape),
        ranges=ranges,
        outside=trace.outside.reshape(ranges.shape),
        iterates=trace.iterates if "iterates" in record else None,
        stepsize=stepsize,
        seed=seed,
        momentum=momentum,
    )


def is_compiled(problem, quantizers):
    """Whether a box with these can run in compiled code: every verb can, and all workers' quantizers are of one class."""
    problems = (problem, *getattr(problem, "problems", ()))
    return (
        all(verb.is_compiled(p) for verb in (gradient, value) for p in problems)
        and all(verb.is_compiled(q) for verb in (encode, decode, quantize, inside, overflows) for q in quantizers)
        and len({type(q) for q in quantizers}) <= 1
    )


def encoder_stream(seed):
    """The worker's private randomness in a run."""
    return stream(seed, "encoder")
