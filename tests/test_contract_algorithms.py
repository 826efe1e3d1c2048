"""What every algorithm owes: the box of the paper, true records, the prescribed ranges, reproducibility, clear errors."""

import inspect
import warnings
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest

import dqlab as dq
from dqlab import problems
from dqlab import quantizers as dqq
from dqlab._generic import unchecked
from dqlab.algorithms import ALGORITHMS

from . import oracles
from .examples import PROBLEMS, problem

# Algorithms with many workers have a contract of their own, and so have those that query an oracle, and those without a server.
ALONE = [
    name
    for name, function in ALGORITHMS.items()
    if not any(getattr(function, mark, False) for mark in ("workers", "oracle", "decentralised", "sparse"))
]
QUANTIZED = [name for name in ALONE if "quantizer" in inspect.signature(ALGORITHMS[name]).parameters]
MOMENTUM = [name for name in ALONE if "momentum" in inspect.signature(ALGORITHMS[name]).parameters]


class Contract(NamedTuple):
    """What the suite must know of an algorithm."""

    limit: str  # the unquantized algorithm that it becomes at high rate
    oracle: Callable  # (gradient, quantize, run) -> iterates: the naive version, on the run's own parameters


def plain_gd(slope, quantize, run):
    return oracles.gradient_descent(slope, run.iterates[0], np.full(STEPS, run.stepsize))


def quantized_gd(oracle):
    def iterates(slope, quantize, run):
        return oracle(slope, quantize, run.iterates[0], np.broadcast_to(run.stepsize, STEPS), run.ranges)

    return iterates


def plain_momentum(look, show):
    """`look` of the method by its momentum; `show` is the same for the points that a run records."""

    def iterates(slope, quantize, run):
        beta = run.momentum
        path = oracles.momentum_method(slope, run.iterates[0], run.stepsize, beta, look(beta), STEPS)
        return oracles.looking(path, show(beta))

    return iterates


def quantized_momentum(look, show):
    def iterates(slope, quantize, run):
        beta = run.momentum
        path = oracles.dq_momentum_method(slope, quantize, run.iterates[0], run.stepsize, run.ranges, beta, look(beta))
        return oracles.looking(path, show(beta))

    return iterates


def ahead(beta):
    return beta


def here(beta):
    return 0.0


def triple(beta):
    """gamma = s^2 / ((1 + s)(2 - s)) of triple momentum from its beta = s^2 / (2 - s)."""
    s = (np.sqrt(beta**2 + 8 * beta) - beta) / 2
    return beta / (1 + s)


CONTRACTS = {
    "gd": Contract("gd", plain_gd),
    "nq_gd": Contract("gd", quantized_gd(oracles.nq_gradient_descent)),
    "dq_gd": Contract("gd", quantized_gd(oracles.dq_gradient_descent)),
    "dq_gd_varying": Contract("gd", quantized_gd(oracles.dq_gradient_descent)),
    "ef_gd": Contract("gd", quantized_gd(oracles.ef_gradient_descent)),
    "agd": Contract("agd", plain_momentum(ahead, ahead)),
    "hb": Contract("hb", plain_momentum(here, here)),
    "dq_agd": Contract("agd", quantized_momentum(ahead, ahead)),
    "dq_hb": Contract("hb", quantized_momentum(here, here)),
    "tmm": Contract("tmm", plain_momentum(triple, here)),
    "dq_tmm": Contract("tmm", quantized_momentum(triple, here)),
}
QUADRATICS_ONLY = {"dq_hb"}  # whose ranges are a theorem on quadratics and on nothing else
pytestmark = pytest.mark.filterwarnings("ignore:.*no theorem covers")
STEPS = 25


def fine(p):
    """A quantizer fine enough for every algorithm to converge on a problem, yet far from exact."""
    return dqq.UniformScalar(4096, p.dim)


def run(name, p, quantizer=None, **options):
    options = {"steps": STEPS, "x0": np.full(p.dim, 0.5), "record": ("loss", "iterates")} | options
    if name not in QUANTIZED:
        return ALGORITHMS[name](p, **options)
    return ALGORITHMS[name](p, fine(p) if quantizer is None else quantizer, **options)


@pytest.fixture(params=PROBLEMS)
def p(request):
    return problem(request.param)


@pytest.fixture(params=ALONE)
def name(request):
    return request.param


def test_every_algorithm_has_an_oracle():
    assert set(CONTRACTS) == set(ALONE)
    for name, function in ALGORITHMS.items():
        assert getattr(dq.algorithms, name) is function
        assert function.box.__doc__ and function.__doc__ and function.label


def test_the_box_is_the_algorithm(p, name):
    history = run(name, p)

    def slope(x):
        return problems.gradient(p, x)

    def quantize(u, r):
        return oracles.nearest_midpoint(4096, u, r)

    expected = CONTRACTS[name].oracle(slope, quantize, history)
    # A value within rounding of a cell's edge may go either way: all that can differ is one cell of one coordinate.
    cell = 3 * float(np.max(history.stepsize) * history.ranges[0] / 4096) if name in QUANTIZED else 0.0
    assert np.abs(history.iterates - expected).max() <= max(1e-12, cell)
    assert np.abs(history.iterates - expected).mean() <= 1e-10


def test_records_are_what_they_say(p, name):
    history = run(name, p)
    assert np.allclose(history.distance, np.linalg.norm(history.iterates - p.minimiser, axis=1), rtol=1e-12, atol=1e-15)
    assert np.allclose(history.loss, [problems.value(p, x) for x in history.iterates], rtol=1e-12)
    assert run(name, p, record=()).loss.size == 0 and run(name, p, record=()).iterates is None
    assert np.array_equal(run(name, p, record=()).distance, history.distance)
    assert history.steps == STEPS and history.name in repr(history)


def test_bits_are_those_of_real_messages(p, name):
    history = run(name, p)
    per_message = 64 * p.dim
    if name in QUANTIZED:
        quantizer = fine(p)
        per_message = dqq.send(quantizer, np.zeros(p.dim), 1.0).nbits
    assert np.array_equal(np.diff(history.bits_up), np.full(STEPS, per_message))
    assert np.array_equal(np.diff(history.bits_down), np.full(STEPS, 64 * p.dim))
    assert history.bits_up[0] == history.bits_down[0] == 0 and history.bits is history.bits_up


def test_seconds_follow_the_link(name):
    p = problem("least squares")
    link = dq.clock.Link(up=1e3, down=1e6, latency=0.01, compute=0.1)
    history = run(name, p, link=link)
    expected = STEPS * 0.12 + history.bits_up[-1] / 1e3 + history.bits_down[-1] / 1e6
    assert history.seconds[-1] == pytest.approx(expected)
    assert run(name, p).seconds[-1] == 0


def test_same_seed_same_run(p, name):
    first, second = run(name, p, seed=4), run(name, p, seed=4)
    assert np.array_equal(first.iterates, second.iterates) and first.seed == 4


def test_uncompiled_source_gives_the_same_run(name, monkeypatch):
    p, function = problem("least squares"), ALGORITHMS[name]
    compiled = run(name, p)

    def source(*arguments):
        with unchecked():
            function.py_func(*arguments)

    monkeypatch.setattr(function, "box", source)
    assert np.allclose(run(name, p).iterates, compiled.iterates, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", QUANTIZED)
def test_inputs_stay_in_the_prescribed_ranges(p, name):
    if name in QUADRATICS_ONLY and not p.quadratic:
        with pytest.warns(UserWarning, match="no theorem covers"):
            run(name, p)
        return
    history = run(name, p, steps=60, seed=1)
    exact = history.ranges > 1e-12 * history.ranges[0]  # past that, rounding decides
    assert exact.sum() >= STEPS // 2
    assert (history.inputs <= history.ranges * (1 + 1e-9))[exact].all()
    assert not history.outside[exact].any()


@pytest.mark.parametrize("name", QUANTIZED)
def test_the_limit_of_high_rate_is_the_unquantized_method(p, name):
    quantized, plain = run(name, p, dqq.Identity(p.dim)), run(CONTRACTS[name].limit, p)
    assert np.allclose(quantized.iterates, plain.iterates, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", QUANTIZED)
def test_inputs_past_their_range_are_counted_never_hidden(name):
    p = problem("least squares")
    history = run(name, p, dqq.UniformScalar(4, p.dim), ranges=np.full(STEPS, 1e-3))
    assert history.outside[0] and history.inputs[0] > history.ranges[0]


@pytest.mark.parametrize("name", QUANTIZED)
def test_a_rate_below_the_threshold_is_said(name):
    p = problems.random_spectrum(7.0, dq.stream(0, "problem"), n=16)
    with pytest.warns(UserWarning, match=r"2 bits per dimension.*threshold of \d"):
        history = run(name, p, dqq.UniformScalar(4, 16))
    assert history.steps == STEPS
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run(name, p)


@pytest.mark.parametrize("name", QUANTIZED)
def test_a_run_far_below_the_threshold_goes_on(name):
    p = problems.random_spectrum(7.0, dq.stream(0, "problem"), n=16)
    with pytest.warns(UserWarning, match="may diverge"):
        history = ALGORITHMS[name](p, dqq.UniformScalar(2, 16), steps=5000)
    assert history.steps == 5000 and history.contraction_factor() > 0.9


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"steps": 0}, "steps"),
        ({"steps": 2.5}, "steps"),
        ({"x0": np.zeros(3)}, "x0"),
        ({"x0": np.full(6, np.nan)}, "x0"),
        ({"stepsize": -0.1}, "stepsize"),
        ({"stepsize": np.inf}, "stepsize"),
        ({"record": "gradient"}, "record"),
        ({"seed": -1}, "seed"),
        ({"record": None}, "record"),
        ({"link": 1e6}, "link"),
        ({"x0": np.full(6, 1j)}, "x0"),
    ],
)
def test_bad_arguments_are_named(name, options, word):
    if name not in QUANTIZED and word == "seed":
        return
    with pytest.raises((ValueError, TypeError), match=word):
        run(name, problem("least squares"), **options)


@pytest.mark.parametrize("name", MOMENTUM)
@pytest.mark.parametrize("momentum", [-0.1, 1.0, np.nan, np.inf, "half", False])
def test_a_momentum_is_at_least_0_and_less_than_1(name, momentum):
    with pytest.raises((ValueError, TypeError), match="momentum"):
        run(name, problem("least squares"), momentum=momentum)


@pytest.mark.parametrize("alpha", [-1.0, -1e-9, np.nan, np.inf, "one", True])
def test_alpha_is_at_least_0(alpha):
    with pytest.raises((ValueError, TypeError), match="alpha"):
        run("dq_hb", problem("least squares"), alpha=alpha)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"stepsize": None}, "stepsize: expected a number, got None"),
        ({"momentum": None}, "momentum: expected a number, got None"),
        ({"momentum": 1.0}, r"momentum: expected a number in \[0, 1\)"),
        ({"lookahead": None}, "lookahead: expected a number, got None"),
        ({"lookahead": -0.1}, "lookahead"),
    ],
)
def test_a_method_of_ones_own_has_all_its_parameters(options, word):
    """None would mean triple momentum's."""
    p, options = problem("least squares"), {"stepsize": 0.1, "momentum": 0.5, "steps": STEPS} | options
    with pytest.raises((ValueError, TypeError), match=word):
        dq.algorithms.fixed_momentum(p, **options)
    with pytest.raises((ValueError, TypeError), match=word):
        dq.algorithms.dq_fixed_momentum(p, fine(p), ranges=np.ones(STEPS), **options)


@pytest.mark.parametrize("name", sorted({*MOMENTUM} & {*QUANTIZED}))
@pytest.mark.parametrize("other", [{"stepsize": 0.01}, {"momentum": 0.5}])
def test_default_ranges_are_for_the_prescribed_parameters_only(name, other):
    p = problem("least squares")
    with pytest.raises(ValueError, match="ranges"):
        run(name, p, **other)
    assert run(name, p, ranges=np.ones(STEPS), **other).steps == STEPS


@pytest.mark.parametrize("name", QUANTIZED)
@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"ranges": np.full(STEPS, -1.0)}, "ranges"),
        ({"ranges": np.zeros(STEPS)}, "ranges"),
        ({"ranges": np.ones(STEPS + 1)}, "ranges"),
        ({"ranges": np.full(STEPS, np.nan)}, "ranges"),
        ({"ranges": "wide"}, "ranges"),
        ({"D": -1.0}, "D"),
        ({"D": np.nan}, "D"),
        ({"quantizer": dqq.Identity(5)}, "dimension 6"),
        ({"quantizer": 16}, "quantizer: .*dimension 6"),
        ({"quantizer": dqq.UniformScalar}, "quantizer: .*dimension 6"),
    ],
)
def test_bad_ranges_are_named(name, options, word):
    with pytest.raises((ValueError, TypeError), match=word):
        run(name, problem("least squares"), **options)


@pytest.mark.parametrize("name", QUANTIZED)
def test_one_step_solves_and_ranges_never_vanish(name):
    """kappa = 1: one step is enough, so the ranges fall by rho' a step, past the least float."""
    p = problems.random_spectrum(1.0, dq.stream(0, "problem"), n=6)
    history = ALGORITHMS[name](p, fine(p), steps=np.int64(300))
    assert history.distance[-1] < 1e-12 * history.distance[0] and (history.ranges > 0).all()


def test_a_run_from_the_minimiser_stays_there(name):
    p = problem("least squares")
    for options in [{}, {"D": 0}] if name in QUANTIZED else [{}]:
        history = run(name, p, x0=p.minimiser, **options)
        assert history.distance.max() < 1e-12 and history.steps == STEPS


def gradient_only():
    class Sphere(NamedTuple):
        minimiser: np.ndarray
        L: float
        mu: float
        dim: int

    @problems.gradient.register(Sphere)
    def _(problem, x):
        return problem.L * (x - problem.minimiser)

    return Sphere(np.ones(6), 2.0, 1.0, 6)


def test_a_learners_problem_needs_a_value_only_to_record_losses(name):
    p = gradient_only()
    assert run(name, p, record=()).distance[-1] < 1e-3
    with pytest.raises(TypeError, match=r"@value.register\(Sphere\)"):
        run(name, p)
    problems.value.register(type(p), compiled=False)(lambda p, x: 0.5 * p.L * float(((x - p.minimiser) ** 2).sum()))
    history = run(name, p)
    assert np.allclose(history.loss, history.distance**2)


@pytest.mark.parametrize("name", QUANTIZED)
def test_a_learners_quantizer_may_have_any_dynamic_range_and_a_plain_domain(name):
    """The cells of `fine` on a cube four times as wide: the same quantizer, at another scale."""

    class Wide(NamedTuple):
        dim: int

    @dqq.encode.register(Wide)
    def _(quantizer, u, scale, rng, shared):
        cells = np.floor((u / (4 * scale) + 1) * 2048)
        return np.minimum(np.maximum(cells, 0), 4095).astype(np.int64)

    @dqq.decode.register(Wide)
    def _(quantizer, codes, scale, shared):
        return 4 * scale * ((codes + 0.5) / 2048 - 1)

    dqq.alphabet.register(Wide)(lambda quantizer: 4096)
    dqq.inside.register(Wide, compiled=False)(lambda q, u, scale: bool(np.abs(u).max() <= 4 * scale))
    dqq.dynamic_range.register(Wide, compiled=False)(lambda quantizer: 4.0)
    dqq.covering_radius.register(Wide, compiled=False)(lambda quantizer: 4 * np.sqrt(quantizer.dim) / 4096)
    p = problem("least squares")
    wide, unit = run(name, p, Wide(p.dim)), run(name, p)
    assert np.allclose(wide.ranges, unit.ranges) and np.allclose(wide.iterates, unit.iterates, atol=1e-6)
    assert np.array_equal(wide.bits, unit.bits) and not wide.outside.any()


def test_a_problem_without_strong_convexity_is_refused(name):
    flat = problem("least squares")._replace(mu=0.0)
    with pytest.raises(ValueError, match="mu"):
        run(name, flat)
    with pytest.raises(TypeError, match="problem"):
        ALGORITHMS[name](*([object(), dqq.Identity(1)] if name in QUANTIZED else [object()]))
