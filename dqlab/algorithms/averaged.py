"""What algorithms that query an oracle and average their iterates share: checks, records, bits, the run that they return."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .. import _checks
from .._generic import generic, jit, plain, unchecked
from ..clock import Link
from ..problems import conjugate, query, value
from ..problems.oracles import checked_point
from ..quantizers import (
    Identity,
    decode,
    domain,
    encode,
    inside,
    nbits,
    overflows,
    quantize,
    second_moment_bound,
    stretch,
)
from ..streams import stream
from .run import FLOAT_BITS, Run, distance

ATTRIBUTES = ("dim", "p", "bound", "domain", "minimum", "minimiser", "surely")


@dataclass(frozen=True, eq=False)
class AveragedRun(Run):
    """A finished run of T queries, recorded at some of them.

    Every history of `Run` but `inputs` and `outside`, which have an entry for every query, has one entry for every recorded
    step, so that any two can be plotted against each other. At step t, `loss` is f(average of the first t iterates), `distance`
    that average's distance to the oracle's minimiser, and `bits_up`, `bits_down` and `seconds` are what t steps cost; the first
    entry is t = 0, the starting point. `ranges` is empty: nothing is scaled.

    Parameters
    ----------
    recorded : array of int
        The steps t.
    average : array, shape (n,)
        The mean of x_0, ..., x_{T-1}: the answer.
    minimum : float
        f*.

    Examples
    --------
    >>> import dqlab as dq
    >>> oracle = dq.problems.AbsoluteRegression.planted(dq.stream(0, "oracle"), dim=4, p=2)
    >>> run = dq.algorithms.psgd(oracle, steps=100, record=[10])
    >>> run.recorded.tolist(), run.bits.tolist(), bool(run.gap == run.gaps[-1])
    ([0, 10, 100], [0, 2560, 25600], True)
    """

    recorded: np.ndarray | None = None
    average: np.ndarray | None = None
    minimum: float = 0.0

    @property
    def steps(self):
        """T, how many queries were made."""
        return int(self.recorded[-1])

    @property
    def gaps(self):
        """f(average) - f* at the recorded steps."""
        return self.loss - self.minimum

    @property
    def gap(self):
        """f(average) - f* at the end."""
        return float(self.loss[-1] - self.minimum)

    def __repr__(self):
        return f"AveragedRun({self.name}, {self.steps} steps, {int(self.bits_up[-1])} bits up, gap {self.gap:.3g})"


class Marks(NamedTuple):
    """Where a box writes: at the steps `recorded` (the first is 0), and at every step."""

    recorded: np.ndarray
    distance: np.ndarray
    loss: np.ndarray
    averages: np.ndarray
    iterates: np.ndarray
    inputs: np.ndarray
    outside: np.ndarray


@generic
def note_average(oracle, trace, t, average, x):
    """Record the average of x_0, ..., x_t, which is the answer after t + 1 steps, and the iterate x_{t+1}."""
    note_average.kernel(oracle)(oracle, trace, t, average, x)


@note_average.register(object)
@jit
def _note_average(oracle, trace, t, average, x):
    k = np.searchsorted(trace.recorded, t + 1)
    if trace.recorded[k] == t + 1:
        trace.distance[k] = distance(average, oracle.minimiser)
        trace.loss[k] = value(oracle, average)
        if t + 1 == trace.recorded[-1]:
            trace.averages[0] = average
    if trace.iterates.size > 0:
        trace.iterates[t + 1] = x


class Setting(NamedTuple):
    """Checked arguments."""

    oracle: tuple
    quantizer: tuple
    steps: int
    x0: np.ndarray
    recorded: np.ndarray

    def alpha(self, order):
        """The root of the bound on E|Q(g)|_order**2 over the answers of the oracle."""
        if not second_moment_bound.has(self.quantizer):
            raise ValueError(
                f"stepsize: {type(self.quantizer).__name__} has no second_moment_bound, from which the theorem's step size "
                f"would follow; give a stepsize, or register a bound (see dqlab.quantizers.moments)"
            )
        return math.sqrt(second_moment_bound(self.quantizer, self.oracle.bound, conjugate(self.oracle.p), order))


def begin(oracle, quantizer, steps, x0, record):
    """The arguments that both algorithms share, checked, with their defaults."""
    for name in ATTRIBUTES:
        if not hasattr(oracle, name):
            raise TypeError(f"oracle: expected an oracle with {', '.join(ATTRIBUTES)}, {oracle!r} has no {name}")
    steps = _checks.integer(steps, "steps", 1)
    quantizer = Identity(oracle.dim) if quantizer is None else quantizer
    if isinstance(quantizer, type) or not hasattr(quantizer, "dim"):
        raise TypeError(f"quantizer: expected a quantizer of dimension {oracle.dim}, got {quantizer!r}")
    if quantizer.dim != oracle.dim:
        raise ValueError(f"quantizer: expected dimension {oracle.dim}, that of the oracle, got {quantizer.dim}")
    _check_room(oracle, quantizer)
    x0 = np.zeros(oracle.dim) if x0 is None else checked_point(oracle.domain, x0, "x0")
    return Setting(oracle, quantizer, steps, x0, recorded_steps(record, steps))


def _check_room(oracle, quantizer):
    """An almost surely bounded oracle must not leave the quantizer's domain."""
    if not oracle.surely or domain(quantizer) is None:
        return
    norm, room = domain(quantizer)
    q = conjugate(oracle.p)
    needed = oracle.bound * stretch(oracle.dim, q, norm)
    if not needed <= room * (1 + 1e-9):
        raise ValueError(
            f"quantizer: its bound {room:.10g} on the l_{norm:g} norm is smaller than {needed:.10g}, which the oracle's answers "
            f"with l_{q:g} norm at most {oracle.bound:.10g} may have; choose a larger bound"
        )


def recorded_steps(record, steps):
    """The steps to record, with 0 and T."""
    if isinstance(record, (int, np.integer)) and not isinstance(record, bool):
        count = _checks.integer(record, "record", 1)
        record = np.geomspace(1, steps, count).round().astype(np.int64) if count > 1 else []
    try:
        chosen = np.array([_checks.integer(t, "record", 0) for t in record], np.int64)
    except TypeError:
        raise TypeError(f"record: expected a number of steps, or the steps, got {record!r}") from None
    if chosen.size and chosen.max() > steps:
        raise ValueError(f"record: expected steps up to {steps}, got {chosen.max()}")
    return np.unique(np.concatenate([[0], chosen, [steps]]))


def run_averaged(function, oracle, setting, stepsize, parameters, seed, iterates, link):
    """Run a box on an oracle, compiled where everything in it is, and gather its `AveragedRun`."""
    if link is not None and not isinstance(link, Link):
        raise TypeError(f"link: expected a dqlab.clock.Link, got {link!r}")
    if not isinstance(iterates, (bool, np.bool_)):
        raise TypeError(f"iterates: expected True or False, got {iterates!r}")
    stepsize = _checks.positive(stepsize, "stepsize")
    quantizer, steps, x0, recorded = setting[1:]
    trace = _blank(recorded, steps, x0.size, iterates)
    trace.distance[0], trace.loss[0] = np.linalg.norm(x0 - oracle.minimiser), value(oracle, x0)
    if iterates:
        trace.iterates[0] = x0
    keys = stream(seed, "shared").integers(0, 1 << 62, steps)
    arguments = (stepsize, *parameters, x0, keys, stream(seed, "oracle"), stream(seed, "encoder"), trace)
    if is_compiled(oracle, quantizer):
        function.box(oracle, quantizer, *arguments)
    else:
        with unchecked():
            plain(function.box)(oracle, quantizer, *arguments)
    up, down, link = int(nbits(quantizer)), FLOAT_BITS * x0.size, Link() if link is None else link
    return AveragedRun(
        name=function.label,
        distance=trace.distance,
        loss=trace.loss,
        bits_up=recorded * up,
        bits_down=recorded * down,
        seconds=recorded * link.seconds(up, down),
        inputs=trace.inputs,
        ranges=np.empty(0),
        outside=trace.outside,
        iterates=trace.iterates if iterates else None,
        stepsize=stepsize,
        seed=seed,
        recorded=recorded,
        average=trace.averages[0],
        minimum=float(oracle.minimum),
    )


def _blank(recorded, steps, dim, iterates):
    """Marks with room for a run of so many steps."""
    return Marks(
        recorded,
        distance=np.zeros(recorded.size),
        loss=np.zeros(recorded.size),
        averages=np.zeros((1, dim)),
        iterates=np.zeros((steps + 1, dim) if iterates else (0, 0)),
        inputs=np.zeros(steps),
        outside=np.zeros(steps, np.bool_),
    )


def is_compiled(oracle, quantizer):
    """Whether a box with these can run in compiled code: every verb can."""
    return all(verb.is_compiled(oracle) for verb in (query, value)) and all(
        verb.is_compiled(quantizer) for verb in (encode, decode, quantize, inside, overflows)
    )
