"""What decentralised algorithms owe: the method node by node, real messages, true records and seconds, paired draws, clear errors."""

import math
import warnings
from typing import NamedTuple

import numpy as np
import pytest

import dqlab as dq
from dqlab import algorithms, clock, networks, problems
from dqlab import quantizers as dqq
from dqlab._generic import unchecked
from dqlab.algorithms import ALGORITHMS
from dqlab.streams import key, stream

from . import oracles

NODES, DIM, STEPS = 6, 4, 20
NAMES = [name for name, function in ALGORITHMS.items() if getattr(function, "decentralised", False)]
ROUNDS = ["quantimed_dsgd", "q_dsgd", "dsgd", "choco_sgd"]
GOSSIP = ["gossip", "choco_gossip"]
QUANTIZED = ["quantimed_dsgd", "q_dsgd", "choco_sgd", *GOSSIP]
SPEEDS = clock.UniformSpeeds(10, 90)
pytestmark = pytest.mark.filterwarnings(
    "ignore:quantizer. .*variance"
)  # LowPrecision is good for models that stay bounded


def problem():
    return problems.DecentralisedQuadratics.planted(stream(0, "problem"), NODES, DIM, spread=1.0)


def mixing(graph=None):
    return networks.laplacian_weights(networks.star(NODES) if graph is None else graph)  # nodes of two degrees


def fine(levels=50):
    return dqq.LowPrecision(levels, DIM)


def start():
    return stream(1, "start").standard_normal((NODES, DIM))


DEFAULTS = {
    "quantimed_dsgd": {"work": clock.Deadline(0.2), "speeds": SPEEDS, "epsilon": 0.4, "stepsize": 0.3},
    "q_dsgd": {"work": clock.FixedBatch(3), "speeds": SPEEDS, "epsilon": 0.4, "stepsize": 0.3},
    "dsgd": {"work": clock.FixedBatch(3), "speeds": SPEEDS, "stepsize": 0.2},
    "choco_sgd": {"work": clock.FixedBatch(3), "speeds": SPEEDS, "stepsize": 0.2, "gamma": 0.3},
    "async_dsgd": {"batch": 3, "speeds": SPEEDS, "stepsize": 0.2},
    "gossip": {"epsilon": 0.5},
    "choco_gossip": {"gamma": 0.3},
}


def run(name, quantizer="fine", **options):
    """A short run, every step of it recorded."""
    given = {"steps": STEPS, "record": range(STEPS + 1), "models": True, "seed": 3} | DEFAULTS[name] | options
    p, W = given.pop("problem", problem()), given.pop("mixing", mixing())
    quantizer = fine() if quantizer == "fine" else quantizer
    if name in GOSSIP:
        return ALGORITHMS[name](given.pop("X0", start()), W, quantizer, **given)
    given = {"x0": start()} | given
    return ALGORITHMS[name](p, W, *([quantizer] if name in QUANTIZED else []), **given)


def exchanges(quantizer, seed, messages=None):
    """(t, X) -> every row as its receivers see it, by the public verbs and the run's streams."""
    rng, common = stream(seed, "encoder"), stream(seed, "shared")

    def quantize(t, X):
        shared = [key(common) for _ in X]
        if messages is not None:
            state = rng.bit_generator.state
            messages.append([dqq.send(quantizer, x, 1.0, rng, k) for x, k in zip(X, shared, strict=True)])
            rng.bit_generator.state = state
        return np.array([dqq.quantize(quantizer, x, 1.0, rng, k) for x, k in zip(X, shared, strict=True)])

    return quantize


def gradients_of(p, history):
    """(t, X) -> the stochastic gradients of step t, with the run's batches and its stream."""
    rng = stream(history.seed, "samples")
    return lambda t, X: problems.sample_gradients(p, X, history.batches[t], rng)


def expected(name, history, quantizer, messages=None):
    """The same run by the naive method."""
    p, W, X0 = problem(), mixing().dense(), history.models[0]
    if name == "async_dsgd":
        cycles, rng = 3 / SPEEDS.draw(40, NODES, stream(history.seed, "speeds")), stream(history.seed, "samples")

        def gradient(j, x):
            return problems.sample_gradient(p, j, x, 3, rng)

        return oracles.nodes_on_their_own_clocks(W, gradient, cycles, X0, history.stepsize, STEPS)[0]
    if name == "dsgd":
        return oracles.nodes_in_step(W, gradients_of(p, history), X0, history.stepsize, STEPS)
    quantize = exchanges(quantizer, history.seed, messages)
    gradients, alpha = (
        (lambda t, X: np.zeros_like(X), 0.0) if name in GOSSIP else (gradients_of(p, history), history.stepsize)
    )
    method = oracles.nodes_with_memory if name.startswith("choco") else oracles.nodes_with_a_deadline
    return method(W, gradients, quantize, X0, alpha, history.epsilon, STEPS)


def test_all_are_covered():
    assert set(NAMES) == set(DEFAULTS) and all(getattr(dq.algorithms, name) is ALGORITHMS[name] for name in NAMES)
    assert all(ALGORITHMS[name].box.__doc__ and ALGORITHMS[name].__doc__ and ALGORITHMS[name].label for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_box_is_the_method_node_by_node_and_bits_are_those_of_real_messages(name):
    history, messages = run(name), []
    assert np.allclose(history.models, expected(name, history, fine(), messages), rtol=1e-9, atol=1e-9)
    degrees = mixing().degrees
    if name == "async_dsgd":
        assert np.array_equal(history.bits, 64 * DIM * history.recorded) and history.bits_links[-1] > history.bits[-1]
        return
    sent = [[64 * DIM] * NODES] * STEPS if name == "dsgd" else [[m.nbits for m in step] for step in messages]
    assert np.array_equal(history.bits, np.concatenate([[0], np.cumsum(np.sum(sent, axis=1))]))
    assert np.array_equal(history.bits_links, np.concatenate([[0], np.cumsum(np.sum(sent * degrees, axis=1))]))


@pytest.mark.parametrize("name", NAMES)
def test_records_are_what_they_say(name):
    options = {} if name in GOSSIP else {"record_slope": True}
    history, p = run(name, **options), problem()
    X, averages = history.models, history.models.mean(axis=1)
    goal = start().mean(axis=0) if name in GOSSIP else p.minimiser
    assert np.allclose(history.distance, np.linalg.norm(averages - goal, axis=1), atol=1e-12)
    assert np.allclose(history.error, ((X - goal) ** 2).sum(axis=2).mean(axis=1))
    assert np.allclose(history.consensus, ((X - averages[:, None]) ** 2).sum(axis=2).mean(axis=1), atol=1e-15)
    assert np.array_equal(history.final, X[-1]) and np.allclose(history.average, averages[-1])
    if name in GOSSIP:
        assert np.allclose(history.loss, [((x - start()) ** 2).sum(axis=1).mean() / 2 for x in averages])
    else:
        assert np.allclose(history.loss, [problems.value(p, x) for x in averages])
        assert np.allclose(history.slope, [(problems.gradient(p, x) ** 2).sum() for x in averages])
    assert history.recorded.tolist() == list(range(STEPS + 1)) and history.steps == STEPS
    assert history.name in repr(history) and history.outside.sum() == 0 and history.seed == 3


@pytest.mark.parametrize("name", NAMES)
def test_what_is_recorded_is_what_is_asked(name):
    every, some = run(name), run(name, record=[3, 7], models=False)
    assert some.recorded.tolist() == [0, 3, 7, STEPS] and some.models is None and some.slope.size == 0
    for field in ("loss", "distance", "error", "consensus", "seconds", "bits", "bits_links"):
        assert np.array_equal(getattr(some, field), getattr(every, field)[[0, 3, 7, STEPS]])
    assert np.array_equal(some.final, every.final)


@pytest.mark.parametrize("name", NAMES)
def test_same_seed_same_run_and_uncompiled_source_gives_it_too(name, monkeypatch):
    first, other, function = run(name), run(name, seed=4), ALGORITHMS[name]
    assert np.array_equal(first.models, run(name).models)
    assert not np.allclose(first.final, other.final, rtol=1e-12, atol=0)

    def source(*arguments):
        with unchecked(), np.errstate(over="ignore"):
            function.py_func(*arguments)

    monkeypatch.setattr(function, "box", source)
    assert np.allclose(run(name).models, first.models, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_a_start_for_all_or_one_a_node_or_none(name):
    if name in GOSSIP:
        return
    common = np.arange(DIM) / 2
    assert np.array_equal(run(name, x0=common).final, run(name, x0=np.tile(common, (NODES, 1))).final)
    assert np.array_equal(run(name, x0=None).final, run(name, x0=np.zeros(DIM)).final)


@pytest.mark.parametrize("name", [*ROUNDS, *GOSSIP])
def test_at_high_rate_it_is_the_unquantized_method(name):
    if name == "dsgd":
        exact = run("quantimed_dsgd", None, epsilon=1.0, stepsize=0.2, work=clock.FixedBatch(3))
        assert np.allclose(exact.models, run("dsgd").models, atol=1e-12)
        assert np.array_equal(exact.bits, run("dsgd").bits)
        return
    exact = run(name, None)
    assert exact.bits[-1] == STEPS * NODES * 64 * DIM
    assert np.allclose(run(name, fine(2**28)).models, exact.models, atol=1e-6)
    assert not np.allclose(run(name, fine(2)).models, exact.models, atol=1e-3)


# Seconds


@pytest.mark.parametrize("name", [*ROUNDS, *GOSSIP])
def test_a_step_lasts_as_long_as_its_slowest_node(name):
    V = SPEEDS.draw(STEPS, NODES, stream(3, "speeds"))
    compute = {"quantimed_dsgd": np.full(STEPS, 0.2), "gossip": 0.0, "choco_gossip": 0.0}.get(name, (3 / V).max(axis=1))
    a_message = 64 * DIM if name == "dsgd" else dqq.nbits(fine())
    links = {
        None: 0.0,
        clock.PeerLink(1e3, 0.01): 0.01 + a_message / 1e3,
        clock.PeerLink(1e3, 0.01, per="neighbour"): (NODES - 1) * (0.01 + a_message / 1e3),  # the hub of the star
        clock.DigitLink(): 3.0,
    }
    for link, talk in links.items():
        assert np.allclose(run(name, link=link).seconds[1:], np.cumsum(np.zeros(STEPS) + compute + talk))


def test_the_authors_accounting_charges_for_digits():
    grid = dqq.DecimalGrid(3, DIM, bound=50.0)
    history = run("quantimed_dsgd", grid, link=clock.DigitLink())
    assert np.allclose(np.diff(history.seconds), 0.2 + 3 * 3 / 16)
    assert history.bits[-1] == STEPS * NODES * DIM * 17


def test_events_of_asynchronous_nodes_are_cumulative_sums():
    for link in (None, clock.PeerLink(1e4, per="neighbour"), clock.DigitLink(full=0.1)):
        talk = np.array([0.0 if link is None else link.seconds(64 * DIM, int(d)) for d in mixing().degrees])
        cycles = 3 / SPEEDS.draw(40, NODES, stream(3, "speeds")) + talk
        _, times, who = oracles.nodes_on_their_own_clocks(mixing().dense(), lambda j, x: x, cycles, start(), 0.0, STEPS)
        history = run("async_dsgd", link=link)
        assert np.allclose(history.seconds[1:], times)
        moved = (np.diff(history.models, axis=0) != 0).any(axis=2)
        assert np.array_equal(moved.sum(axis=1), np.ones(STEPS)) and np.array_equal(moved.argmax(axis=1), who)
        assert np.array_equal(np.diff(history.bits_links), 64 * DIM * mixing().degrees[who])
    until = run("async_dsgd", steps=None, seconds=float(history.seconds[7]) + 1e-9, record=range(8), link=link)
    assert np.array_equal(until.models, history.models[:8]) and until.steps == 7


def test_without_speeds_seconds_count_the_links_alone():
    history = run("q_dsgd", speeds=None, link=clock.DigitLink())
    assert np.allclose(history.seconds, 3.0 * history.recorded) and (history.batches == 3).all()
    with pytest.raises(ValueError, match=r"speeds: a deadline needs .*UniformSpeeds.*got None"):
        run("quantimed_dsgd", speeds=None)


# Paired draws


def test_methods_with_one_seed_see_the_same_speeds_and_samples():
    """Fine quantizers move nothing by more than 1e-6, and other samples by far more."""
    deadline = run("quantimed_dsgd", fine(2**28))
    assert np.array_equal(deadline.batches, run("quantimed_dsgd", fine(3)).batches)
    assert np.allclose(deadline.models, run("quantimed_dsgd", dqq.DecimalGrid(8, DIM, bound=4.0)).models, atol=1e-5)
    assert not np.allclose(deadline.models, run("quantimed_dsgd", fine(2**28), seed=4).models, atol=1e-2)
    V = SPEEDS.draw(STEPS, NODES, stream(3, "speeds"))
    assert np.array_equal(deadline.batches, np.floor(V * 0.2))
    assert np.array_equal(run("dsgd").seconds, run("choco_sgd").seconds)


# Averages


def test_what_gossip_does_to_the_average():
    """Exact gossip keeps it, memory keeps it, and quantized gossip moves it by eps / n sum_i (1 - w_ii) (z_i - x_i), exactly."""
    kept = start().mean(axis=0)
    for exact in (run("gossip", None), run("gossip", None, epsilon=1.0), run("choco_gossip", fine(2))):
        assert np.allclose(exact.models.mean(axis=1), kept, atol=1e-14)
    coarse, W = run("gossip", fine(2)), mixing()
    quantize = exchanges(fine(2), 3)
    for t in range(STEPS):
        X = coarse.models[t]
        errors = quantize(t, X) - X
        moved = coarse.models[t + 1].mean(axis=0) - X.mean(axis=0)
        assert np.allclose(moved, 0.5 * ((1 - W.own)[:, None] * errors).mean(axis=0), atol=1e-14)
    assert coarse.distance[-1] > 0.01


# Empty batches, overflows, warnings


def test_a_node_without_a_gradient_uses_zero_and_is_counted():
    slow = clock.TwoClassSpeeds(fast=50, slow=5, share=0.5)
    with pytest.warns(UserWarning, match=r"empty with probability 0.5, .* T_d >= 1 / 5 leaves none empty"):
        history = run("quantimed_dsgd", speeds=slow, work=clock.Deadline(0.1), epsilon=0.4)
    drawn = slow.draw(STEPS, NODES, stream(3, "speeds"))
    assert np.array_equal(history.batches, np.where(drawn == 5, 0, 5)) and history.empty == (drawn == 5).sum()
    assert np.allclose(history.models, expected("quantimed_dsgd", history, fine()), atol=1e-9)
    rng = stream(3, "samples")
    assert not problems.sample_gradients(problem(), start(), history.batches[0], rng)[history.batches[0] == 0].any()
    assert run("quantimed_dsgd").empty == 0


def test_messages_past_the_domain_are_counted():
    history = run("quantimed_dsgd", dqq.DecimalGrid(2, DIM, bound=0.5))
    past = (np.abs(history.models[:-1]) > 0.5).any(axis=2).sum(axis=1)
    assert np.array_equal(history.outside, past) and past[0] > 0


@pytest.mark.filterwarnings("default:quantizer. .*variance")
def test_what_the_theorems_do_not_cover_is_said():
    with pytest.warns(UserWarning, match=r"LowPrecision.*variance without a bound.*Assumption 2.*DecimalGrid"):
        run("quantimed_dsgd", steps=1, record=1)
    with pytest.warns(
        UserWarning, match=r"LowPrecision.*has none: its messages take the 3 seconds of exact ones.*PeerLink"
    ):
        run("gossip", steps=1, record=1, link=clock.DigitLink())
    with pytest.warns(UserWarning, match=r"UniformScalar.*biased, or its variance is not known.*Assumption 2"):
        warned("q_dsgd", dqq.UniformScalar(16, DIM))
    largest = algorithms.critical_epsilon(mixing())
    for name in ("quantimed_dsgd", "gossip"):
        with pytest.warns(UserWarning, match=rf"epsilon: 1.1 is above 1.* still brings .*= {largest:.4g}"):
            run(name, None, epsilon=1.1)
        with pytest.warns(UserWarning, match="epsilon: 50 is above 1.* drives nodes apart"):
            run(name, None, epsilon=50)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        for name in NAMES:
            run(name, None)


def test_warnings_point_to_the_callers_line():
    """However many functions of the package lie between, `at_horizons` among them."""
    late = {"work": clock.Deadline(0.02), "speeds": SPEEDS, "epsilon": 1.1}
    algorithm, arguments = algorithms.quantimed_dsgd, (problem(), mixing(), fine())
    runs = {
        "quantimed_dsgd": (3, lambda: algorithm(*arguments, steps=1, **late)),
        "at_horizons": (3, lambda: algorithms.at_horizons(algorithm, *arguments, horizons=[1], **late)),
        "dsgd": (1, lambda: run("dsgd", steps=1, record=1, work=late["work"])),
        "choco_sgd": (1, lambda: run("choco_sgd", steps=1, record=1, work=late["work"])),
        "gossip": (1, lambda: run("gossip", steps=1, record=1, epsilon=1.1)),
    }
    for name, (count, call) in runs.items():
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", UserWarning)
            call()
        told = [w for w in caught if w.category is UserWarning]
        assert [w.filename for w in told] == [__file__] * count, name


def warned(name, quantizer):
    """A run without its box: nothing is compiled for a warning."""
    function = ALGORITHMS[name]
    box, function.box = function.box, lambda *arguments: None
    try:
        run(name, quantizer)
    finally:
        function.box = box


# A learner's problem


class Pull(NamedTuple):
    """f_i(x) = |x - i|**2 / 2, in plain Python."""

    nodes: int = NODES
    dim: int = 1
    samples: int = 1
    L: float = 1.0
    mu: float = 0.0
    minimiser: np.ndarray = np.empty(0)


@problems.value.register(Pull, compiled=False)
def _pull_value(problem, x):
    return float(((x - np.arange(problem.nodes)) ** 2).mean() / 2)


@problems.gradient.register(Pull, compiled=False)
def _pull_gradient(problem, x):
    return x - (problem.nodes - 1) / 2


@problems.sample_gradient.register(Pull, compiled=False)
def _pull_sample(problem, i, x, size, rng, out):
    out[:] = x - i


def test_a_learners_problem_runs_in_plain_python_and_may_not_know_its_minimiser():
    for name in ("quantimed_dsgd", "async_dsgd"):
        history = run(name, None, problem=Pull(), x0=None, record_slope=True)
        assert (
            history.slope[-1] < history.slope[0] and np.isnan(history.distance).all() and np.isnan(history.error).all()
        )
        assert history.loss[-1] < history.loss[0]


# Step sizes


def test_schedules_are_those_of_the_theorems():
    T, delta = 10_000, 0.3
    assert algorithms.convex_schedule(T, delta) == (T ** (-delta / 2), T ** (-1.5 * delta))
    assert algorithms.nonconvex_schedule(T, 0.8, 9) == pytest.approx((0.8 / T ** (1 / 6), 9 / 100))
    for delta in (0.0, 0.5, -0.1, 0.7, math.nan, "a"):
        with pytest.raises((ValueError, TypeError), match="delta"):
            algorithms.convex_schedule(T, delta)
    for bad in ({"T": 0}, {"T": 2.5}, {"T": 10, "a": 0}, {"T": 10, "e": -1}):
        with pytest.raises((ValueError, TypeError), match=list(bad)[-1]):
            algorithms.nonconvex_schedule(**bad)


def test_step_sizes_that_are_not_given_follow_from_the_horizon():
    free = {"stepsize": None, "epsilon": None}
    history = run("quantimed_dsgd", **free, delta=0.3)
    assert (history.stepsize, history.epsilon) == algorithms.convex_schedule(STEPS, 0.3)
    assert run("quantimed_dsgd", **free).stepsize == algorithms.convex_schedule(STEPS, 0.45)[0]
    flat = run("quantimed_dsgd", None, **free, problem=Pull(), x0=None)
    assert (flat.stepsize, flat.epsilon) == algorithms.nonconvex_schedule(STEPS)
    mixed = run("q_dsgd", stepsize=0.1, epsilon=None, delta=0.3)
    assert (mixed.stepsize, mixed.epsilon) == (0.1, algorithms.convex_schedule(STEPS, 0.3)[1])


def test_every_horizon_is_a_run_of_its_own():
    options = {"work": clock.FixedBatch(1), "record": 1}
    runs = algorithms.at_horizons(algorithms.q_dsgd, problem(), mixing(), fine(), horizons=[5, 9], delta=0.3, **options)
    assert [(r.steps, r.stepsize) for r in runs] == [(T, algorithms.convex_schedule(T, 0.3)[0]) for T in (5, 9)]
    chosen = algorithms.at_horizons(
        algorithms.q_dsgd, problem(), mixing(), fine(), horizons=(4,),
        schedule=lambda T: algorithms.nonconvex_schedule(T, 0.1, 0.5), **options,
    )  # fmt: skip
    assert (chosen[0].stepsize, chosen[0].epsilon) == algorithms.nonconvex_schedule(4, 0.1, 0.5)
    for bad in ([], 7, "12", [0], [2.5]):
        with pytest.raises((ValueError, TypeError), match="horizons"):
            algorithms.at_horizons(algorithms.q_dsgd, problem(), mixing(), fine(), horizons=bad, **options)
    with pytest.raises(TypeError, match="algorithm"):
        algorithms.at_horizons("q_dsgd", problem(), mixing(), horizons=[3])


# Bad input


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"steps": 0}, "steps"),
        ({"steps": 2.5}, "steps"),
        ({"seed": -1}, "seed"),
        ({"record": "loss"}, "record"),
        ({"record": [STEPS + 1]}, "record"),
        ({"models": 1}, "models"),
        ({"link": 1e6}, "link: expected a dqlab.clock.PeerLink or DigitLink"),
        ({"link": clock.Link()}, "link: expected a dqlab.clock.PeerLink or DigitLink"),
        ({"mixing": np.eye(NODES)}, r"mixing: expected a dqlab.networks.Mixing, got ndarray.*from_matrix"),
        ({"mixing": networks.ring(NODES)}, "mixing: expected a dqlab.networks.Mixing, got Graph.*laplacian_weights"),
        (
            {"mixing": networks.metropolis_weights(networks.ring(5))},
            "mixing: expected 6 nodes, as the problem has, got 5",
        ),
    ],
)
def test_bad_arguments_are_named(name, options, word):
    with pytest.raises((ValueError, TypeError), match=word):
        run(name, **options)


@pytest.mark.parametrize("name", QUANTIZED)
@pytest.mark.parametrize(
    ("quantizer", "word"),
    [
        (dqq.Identity, "quantizer: expected a quantizer of dimension 4"),
        ("LowPrecision", "quantizer: expected a quantizer of dimension 4"),
        (dqq.LowPrecision(3, 5), "quantizer: expected dimension 4, that of the problem, got 5"),
    ],
)
def test_bad_quantizers_are_named(name, quantizer, word):
    with pytest.raises((ValueError, TypeError), match=word):
        run(name, quantizer)


@pytest.mark.parametrize(
    ("name", "options", "word"),
    [
        *((name, {"work": 20}, "work: expected") for name in ROUNDS),
        *((name, {"speeds": 50.0}, "speeds: expected computing speeds") for name in [*ROUNDS, "async_dsgd"]),
        *((name, {"x0": np.zeros((NODES, 3))}, r"x0: expected shape \(6, 4\)") for name in [*ROUNDS, "async_dsgd"]),
        *((name, {"x0": np.zeros(3)}, "x0: expected shape") for name in [*ROUNDS, "async_dsgd"]),
        *((name, {"x0": np.full(DIM, np.nan)}, "x0") for name in [*ROUNDS, "async_dsgd"]),
        *((name, {"stepsize": 0.0}, "stepsize") for name in [*ROUNDS, "async_dsgd"]),
        *((name, {"stepsize": np.inf}, "stepsize") for name in [*ROUNDS, "async_dsgd"]),
        *((name, {"record_slope": "yes"}, "record_slope") for name in [*ROUNDS, "async_dsgd"]),
        *((name, {"epsilon": 0.0}, "epsilon") for name in ("quantimed_dsgd", "q_dsgd", "gossip")),
        *((name, {"delta": 0.5}, "delta") for name in ("quantimed_dsgd", "q_dsgd")),
        *((name, {"gamma": gamma}, "gamma") for name in ("choco_sgd", "choco_gossip") for gamma in (0, 1.5, "a")),
        *((name, {"X0": np.zeros(4)}, "X0") for name in GOSSIP),
        ("q_dsgd", {"work": clock.Deadline(1.0)}, r"work: expected a dqlab.clock.FixedBatch.*quantimed_dsgd is for"),
        ("async_dsgd", {"batch": 0}, "batch"),
        ("async_dsgd", {"batch": True}, "batch"),
        ("async_dsgd", {"seconds": 1.0}, "steps: expected a number of events or seconds, one of the two"),
        ("async_dsgd", {"steps": None}, "steps: expected a number of events or seconds, one of the two"),
        ("async_dsgd", {"steps": None, "seconds": 1e-3}, "seconds: no node is ready before 0.0"),
    ],
)
def test_bad_options_are_named(name, options, word):
    with pytest.raises((ValueError, TypeError), match=word):
        run(name, **options)


def test_other_problems_are_refused():
    smooth = problems.random_spectrum(3.0, stream(0), n=4)
    with pytest.raises(TypeError, match=r"problem: .*DecentralisedQuadratics, LeastSquares has no nodes"):
        algorithms.dsgd(smooth, mixing(), steps=3, work=clock.FixedBatch(1), stepsize=0.1)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"nodes": 0}, "nodes: expected an integer >= 1"),
        ({"nodes": "3"}, "nodes"),
        ({"talk": -10.0}, "talk: expected seconds >= 0"),  # time would run backwards, for ever
        ({"talk": [1.0, 2.0]}, r"talk: expected shape \(3,\)"),
        ({"talk": math.nan}, "talk: expected finite"),
        ({"speeds": None}, "speeds"),
        ({"seconds": math.inf, "steps": None}, "seconds"),
    ],
)
def test_bad_event_clocks_are_named(changes, word):
    given = {"speeds": SPEEDS, "batch": 3, "talk": 0.0, "nodes": 3, "seed": 0, "steps": 3} | changes
    with pytest.raises((ValueError, TypeError), match=word):
        algorithms.event_clock(**given)


def test_a_matrix_is_no_mixing():
    with pytest.raises(TypeError, match="mixing: expected a dqlab.networks.Mixing, got ndarray"):
        algorithms.critical_epsilon(np.eye(3))


def test_a_fast_node_has_as_many_events_as_it_has_time_for():
    """Far more than its part of them: as many rounds are drawn as the fastest node needs, not the slowest."""
    speeds = clock.RecordedSpeeds([[1.0, 100.0]])
    for until in ({"steps": 60}, {"seconds": 0.605}):
        times, who = algorithms.event_clock(speeds, batch=1, talk=0.0, nodes=2, seed=0, **until)
        assert np.allclose(times, np.arange(1, 61) / 100) and (who == 1).all()
