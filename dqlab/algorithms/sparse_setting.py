"""What algorithms of workers and a parameter server share: checked arguments, the length of every message, the run."""

from typing import NamedTuple

import numpy as np

from .. import _checks
from .._generic import plain, unchecked
from ..clock import Link
from ..problems import sample_gradient, value
from ..quantizers import Float32, nbits, quantize_selected, selected_bits
from ..streams import stream
from .averaged import recorded_steps
from .parameter_server import READINGS, Plan
from .sparse_run import SparseRun, SparseTrace, count_nonzeros

SINGULAR = "H_t would be singular at coordinates never seen; give delta > 0, such as 1e-3"
UNPENALISED = "expected a number > 0; for a model without a penalty give penalise=np.zeros(dim, bool)"


class Setting(NamedTuple):
    """Checked arguments."""

    problem: tuple
    uplink: tuple
    downlink: tuple
    plan: Plan
    x0: np.ndarray
    recorded: np.ndarray
    history: bool
    link: Link
    seed: int


def begin(
    problem, *, steps, batch, stepsize, penalty, uplink, downlink, select, feedback, x0, seed, record, link, penalise,
    history, delta=np.nan,
):  # fmt: skip
    """The arguments that all of these algorithms share, checked, with their defaults."""
    for name in ("nodes", "dim"):
        if not hasattr(problem, name):
            raise TypeError(
                f"problem: expected a problem that workers hold, with nodes and dim, such as "
                f"dqlab.problems.DecentralisedLogistic, {type(problem).__name__} has no {name}"
            )
    for name, flag in (("feedback", feedback), ("history", history)):
        if not isinstance(flag, (bool, np.bool_)):
            raise TypeError(f"{name}: expected True or False, got {flag!r}")
    if link is not None and not isinstance(link, Link):
        raise TypeError(f"link: expected a dqlab.clock.Link, got {link!r}")
    plan = Plan(
        _checks.integer(steps, "steps", 1),
        _checks.integer(batch, "batch", 1),
        _checks.positive(stepsize, "stepsize"),
        checked_penalty(penalty),
        delta,
        READINGS[_checks.choice(select, "select", tuple(READINGS))],
        bool(feedback),
        checked_penalise(penalise, problem.dim),
    )
    return Setting(
        problem,
        checked_quantizer(uplink, "uplink", problem.dim),
        checked_quantizer(downlink, "downlink", problem.dim),
        plan,
        checked_point(x0, "x0", problem),
        recorded_steps(record, plan.steps),
        history,
        Link() if link is None else link,
        seed,
    )


def checked_penalty(penalty):
    """lambda > 0."""
    if np.ndim(penalty) == 0 and not isinstance(penalty, (str, bool)) and penalty == 0:
        raise ValueError(f"penalty: {UNPENALISED}, got 0")
    return _checks.positive(penalty, "penalty")


def checked_delta(delta):
    """delta > 0."""
    if np.ndim(delta) == 0 and not isinstance(delta, (str, bool)) and delta == 0:
        raise ValueError(f"delta: {SINGULAR}, got 0")
    return _checks.positive(delta, "delta")


def checked_quantizer(quantizer, name, dim):
    """A quantizer of the problem's dimension that knows masks; None stands for 32 bits a coordinate."""
    if quantizer is None:
        return Float32(dim)
    if isinstance(quantizer, type) or not hasattr(quantizer, "dim"):
        raise TypeError(f"{name}: expected a quantizer of dimension {dim}, got {quantizer!r}")
    if quantizer.dim != dim:
        raise ValueError(f"{name}: expected dimension {dim}, that of the problem, got {quantizer.dim}")
    if not quantize_selected.has(quantizer):
        raise TypeError(
            f"{name}: {type(quantizer).__name__} does not say how it quantizes selected coordinates; take TernGrad, Threshold or "
            f"Float32, or register dqlab.quantizers.quantize_selected for it"
        )
    return quantizer


def checked_penalise(penalise, dim):
    """Which coordinates phi counts: all of them, unless told."""
    if penalise is None:
        return np.ones(dim, np.bool_)
    penalise = np.asarray(penalise)
    if penalise.dtype != np.bool_ or penalise.shape != (dim,):
        raise ValueError(
            f"penalise: expected an array of bool, shape ({dim},), got {penalise.dtype}, shape {penalise.shape}"
        )
    return np.ascontiguousarray(penalise)


def checked_point(x, name, problem):
    """A point, 0 unless given; float32 stays so where the problem computes in any precision."""
    if x is None:
        return np.zeros(problem.dim)
    x = _checks.vector(x, name, problem.dim)
    single = getattr(problem, "any_precision", False) and x.dtype == np.float32
    return x if single else x.astype(np.float64, copy=False)


def execute(function, setting, *arguments):
    """Run a box on (problem, uplink, downlink, plan, samples, encoder, server, *arguments, x_1, trace), and gather its run."""
    problem, uplink, downlink, plan, x0, seed = *setting[:5], setting.seed
    trace = _blank(setting)
    trace.nonzeros[0] = count_nonzeros(x0, plan.penalise)
    streams = (stream(seed, purpose) for purpose in ("samples", "encoder", "server"))
    inputs = (problem, uplink, downlink, plan, *streams, *arguments, x0, trace)
    if is_compiled(problem, uplink, downlink):
        function.box(*inputs)
    else:
        with unchecked():
            plain(function.box)(*inputs)
    refuse_broken(trace.broken, plan.stepsize)
    return gather(function, setting, trace)


def is_compiled(problem, uplink, downlink):
    """Whether a box with these can run in compiled code: every verb can."""
    return all(verb.is_compiled(problem) for verb in (value, sample_gradient)) and all(
        quantize_selected.is_compiled(quantizer) for quantizer in (uplink, downlink)
    )


def refuse_broken(broken, stepsize):
    """Say so where a gradient was no number."""
    step, worker = int(broken[0]), int(broken[1]) - 1
    if step:
        raise ValueError(
            f"problem: the gradient of worker {worker} in step {step} has entries that are NaN or infinite; if the iterates "
            f"diverged, a smaller stepsize than {stepsize:g} or a larger delta helps"
        )


def _blank(setting):
    """A trace with room for the run."""
    records, steps, workers, (d,) = setting.recorded.size, setting.plan.steps, setting.problem.nodes, setting.x0.shape
    kept, like = steps if setting.history else 0, setting.x0.dtype
    return SparseTrace(
        setting.recorded,
        loss=np.zeros(records),
        objective=np.zeros(records),
        lost=np.zeros((steps, workers)),
        lost_down=np.zeros(steps),
        selected=np.zeros((steps, workers), np.int64),
        selected_down=np.zeros(steps, np.int64),
        active=np.zeros(steps, np.int64),
        nonzeros=np.zeros(steps + 1, np.int64),
        total=np.zeros(d),
        final=np.zeros(d, like),
        x=np.zeros((kept + 1 if kept else 0, d), like),
        q=np.zeros((kept, d), like),
        syn=np.zeros((kept, d), like),
        g=np.zeros((kept, workers, d), like),
        broken=np.zeros(2, np.int64),
    )


def gather(function, setting, trace):
    """The run that a trace tells of."""
    plan, steps, at = setting.plan, setting.plan.steps, setting.recorded
    up, down = (
        message_bits(q, k, plan) for q, k in ((setting.uplink, trace.selected), (setting.downlink, trace.selected_down))
    )
    seconds = [setting.link.seconds(*step) for step in zip(up.max(axis=1), down, strict=True)]
    counted = int(plan.penalise.sum())
    kept = {name: getattr(trace, name) if setting.history else None for name in ("x", "q", "syn", "g")}
    return SparseRun(
        name=function.label,
        recorded=at,
        loss=trace.loss,
        objective=trace.objective,
        sparsity=1 - trace.nonzeros[at] / counted if counted else np.full(at.size, np.nan),
        error=mean_so_far(trace.lost.mean(axis=1), at) / setting.x0.size,
        error_down=mean_so_far(trace.lost_down, at) / setting.x0.size,
        bits_up=so_far(up.sum(axis=1), at),
        bits_down=so_far(down, at),
        seconds=so_far(seconds, at),
        selected=trace.selected,
        selected_down=trace.selected_down,
        active=trace.active,
        nonzeros=trace.nonzeros,
        final=trace.final,
        average=trace.total / steps,
        **kept,
        stepsize=plan.stepsize,
        penalty=plan.penalty,
        delta=plan.delta,
        seed=setting.seed,
    )


def message_bits(quantizer, selected, plan):
    """The length of every message: with a mask, that of `selected` entries; without, that of all."""
    if plan.reading == READINGS[None]:
        return np.full(selected.shape, int(nbits(quantizer)))
    counts, where = np.unique(selected, return_inverse=True)
    lengths = np.array([selected_bits(quantizer, int(k)) for k in counts], np.int64)
    return lengths[where].reshape(selected.shape)


def so_far(each, at):
    """The sums over the first so many steps."""
    return np.concatenate([[0], np.cumsum(each)])[at]


def mean_so_far(each, at):
    """The means over the first so many steps; NaN before the first."""
    with np.errstate(invalid="ignore"):
        return so_far(each, at) / at
