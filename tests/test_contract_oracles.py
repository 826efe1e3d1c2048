"""What algorithms that query an oracle owe: the method of the paper, true records, its step size, paired draws, clear errors."""

import math
from typing import NamedTuple

import numpy as np
import pytest

import dqlab as dq
from dqlab import problems
from dqlab import quantizers as dqq
from dqlab._generic import unchecked
from dqlab.algorithms import ALGORITHMS, mirror_descent, psgd
from dqlab.algorithms.mirror_maps import mirror, mirror_exponent, mirror_project
from dqlab.problems import LpBall, conjugate, project, query, value
from dqlab.streams import stream

from . import oracles
from .examples import ORACLES, oracle, registered

AVERAGED = [name for name, function in ALGORITHMS.items() if getattr(function, "oracle", False)]
CASES = [(name, which) for name in AVERAGED for which in ORACLES if name == "psgd" or oracle(which).p < 2]
STEPS = 40


def run(name, o, quantizer=None, **options):
    return ALGORITHMS[name](o, quantizer, **({"steps": STEPS, "iterates": True, "record": range(STEPS + 1)} | options))


def plain_run(name, o, history, quantize):
    """The same steps as `history` in NumPy: its step size, and the streams that its docstring promises."""
    rng = stream(history.seed, "oracle")
    a = mirror_exponent(o.p, o.dim)

    def step(x, q):
        if name == "psgd":
            return project(o.domain, x - history.stepsize * q)
        return mirror_project(o.domain, mirror(x, a) - history.stepsize * q, a)

    return oracles.averaged_steps(lambda x: query(o, x, rng), quantize, step, history.iterates[0], STEPS)


def test_all_are_covered():
    assert set(AVERAGED) == {"psgd", "mirror_descent"} and ALGORITHMS["psgd"] is psgd
    assert all(ALGORITHMS[name].box.__doc__ and ALGORITHMS[name].label for name in AVERAGED)


@pytest.mark.parametrize(("name", "which"), CASES)
def test_the_box_is_the_method_and_records_are_what_they_say(name, which):
    o = oracle(which)
    history = run(name, o)
    iterates, averages = plain_run(name, o, history, lambda g, t: g)
    assert np.allclose(history.iterates, iterates, atol=1e-9 * o.domain.radius)
    assert np.allclose(history.average, averages[-1], atol=1e-9 * o.domain.radius)
    assert np.allclose(history.loss, [value(o, x) for x in averages], atol=1e-9)
    assert np.allclose(history.distance, np.linalg.norm(averages - o.minimiser, axis=1), atol=1e-9)
    assert history.recorded.tolist() == list(range(STEPS + 1)) and history.steps == STEPS
    assert history.gap == history.gaps[-1] == history.loss[-1] - o.minimum
    assert all(o.domain.contains(x) for x in history.iterates)


@pytest.mark.parametrize("name", AVERAGED)
def test_messages_cost_what_they_cost_and_keys_are_fresh(name):
    """RATQ through the public verbs: the run's encoder stream, and one key a step."""
    o = oracle("absolute loss, p = 1.25")
    quantizer = dqq.RATQ(2.0 * o.bound, o.dim)
    history = run(name, o, quantizer, seed=3)
    rng, keys = stream(3, "encoder"), stream(3, "shared").integers(0, 1 << 62, STEPS)
    messages = []

    def quantize(g, t):
        state = rng.bit_generator.state
        messages.append(dqq.send(quantizer, g, 1.0, rng, int(keys[t])))
        rng.bit_generator.state = state
        return dqq.quantize(quantizer, g, 1.0, rng, int(keys[t]))

    iterates, _ = plain_run(name, o, history, quantize)
    assert np.allclose(history.iterates, iterates, atol=1e-9) and len(set(keys.tolist())) == STEPS
    assert history.bits[-1] == sum(message.nbits for message in messages) == STEPS * dqq.nbits(quantizer)
    assert np.array_equal(history.bits_down, 64 * o.dim * history.recorded)
    assert not history.outside.any() and history.ranges.size == 0 and history.name in repr(history)


@pytest.mark.parametrize("name", AVERAGED)
def test_quantizers_see_the_same_draws_of_the_oracle(name):
    o = oracle("absolute loss, p = 1")
    exact, fine, coarse = (
        run(name, o, q, stepsize=1e-9) for q in (None, dqq.CoordinateUniform(1.0, 1001, 12), dqq.RATQ(4.0, 12))
    )  # with hardly a step all three query the same point
    assert np.array_equal(exact.inputs, fine.inputs) and np.array_equal(exact.inputs, coarse.inputs)
    again, other = run(name, o, seed=0), run(name, o, seed=1)
    assert np.array_equal(again.iterates, run(name, o).iterates) and not np.array_equal(again.iterates, other.iterates)


@pytest.mark.parametrize("name", AVERAGED)
def test_uncompiled_source_gives_the_same_run(name, monkeypatch):
    o, quantizer, function = oracle("absolute loss, p = 1.25"), dqq.CoordinateUniform(1.0, 7, 9), ALGORITHMS[name]
    compiled = run(name, o, quantizer)

    def source(*arguments):
        with unchecked(), np.errstate(over="ignore"):
            function.py_func(*arguments)

    monkeypatch.setattr(function, "box", source)
    assert np.allclose(run(name, o, quantizer).iterates, compiled.iterates, rtol=1e-9, atol=1e-12)


class Tilted(NamedTuple):
    """A learner's oracle: f(x) = mean of (1 +- noise) <slope, x> on a cube."""

    slope: np.ndarray
    domain: LpBall
    p: float = 2.0
    bound: float = 2.0
    surely: bool = True
    minimum: float = -2.0
    minimiser: np.ndarray = -np.ones(2)
    dim: int = 2


@query.register(Tilted, compiled=False)
def _tilted(oracle, x, rng):
    return oracle.slope * (0.5 + rng.random())


@value.register(Tilted, compiled=False)
def _tilted_value(oracle, x):
    return float(oracle.slope @ x)


class Coarse(NamedTuple):
    """A learner's quantizer, which knows no second moment: the nearest of -1, 0, 1."""

    dim: int


@dqq.encode.register(Coarse, compiled=False)
def _coarse_encode(quantizer, u, scale, rng, shared):
    return np.clip(np.round(u / scale), -1, 1).astype(np.int64) + 1


@dqq.decode.register(Coarse, compiled=False)
def _coarse_decode(quantizer, codes, scale, shared):
    return scale * (codes - 1.0)


@dqq.alphabet.register(Coarse, compiled=False)
def _coarse_alphabet(quantizer):
    return 3


@pytest.mark.parametrize("name", AVERAGED)
def test_a_learners_oracle_and_quantizer_run_in_plain_python(name):
    o = Tilted(np.ones(2), LpBall(math.inf, 1.0, 2))
    history = run(name, o, steps=200, record=1)
    assert history.gap < 0.3 and history.recorded.tolist() == [0, 200]
    assert run(name, o, Coarse(2), steps=200, record=1, stepsize=0.1).gap < 0.3
    with pytest.raises(ValueError, match="stepsize: Coarse has no second_moment_bound"):
        run(name, o, Coarse(2))


@pytest.mark.parametrize("name", AVERAGED)
def test_the_step_size_is_the_theorems(name):
    o, T = oracle("absolute loss, p = 1.25"), 90
    a = mirror_exponent(o.p, o.dim)
    for q in (dqq.Identity(9), dqq.CoordinateUniform(1.5, 5, 9)):
        history = run(name, o, q, steps=T, record=5, iterates=False)
        if name == "psgd":
            alpha = math.sqrt(dqq.second_moment_bound(q, 1.0, 5.0, 2))
            assert history.stepsize == pytest.approx(o.domain.diameter(2) / (alpha * math.sqrt(T)))
        else:
            alpha = math.sqrt(dqq.second_moment_bound(q, 1.0, 5.0, conjugate(a)))
            assert history.stepsize == pytest.approx(o.domain.diameter(a) / 2 * math.sqrt((a - 1) / T) / alpha)
        assert history.iterates is None and run(name, o, q, stepsize=0.25).stepsize == 0.25


def test_mirror_descent_with_exponent_2_is_projected_subgradient_descent():
    o = oracle("absolute loss, p = 1")
    two = run("mirror_descent", o, exponent=2.0, stepsize=0.05)
    assert np.allclose(two.iterates, run("psgd", o, stepsize=0.05).iterates, atol=1e-12)


@pytest.mark.parametrize("name", AVERAGED)
def test_seconds_follow_the_link_and_records_what_is_asked(name):
    o, link = oracle("absolute loss, p = 1"), dq.clock.Link(up=1e3, down=1e6, latency=0.01, compute=0.1)
    history = run(name, o, link=link, record=[3, 17])
    assert history.recorded.tolist() == [0, 3, 17, STEPS]
    assert np.allclose(history.seconds, history.recorded * 0.12 + history.bits_up / 1e3 + history.bits_down / 1e6)
    assert all(h.size == 4 for h in (history.loss, history.distance, history.bits_up, history.seconds))
    many = run(name, o, steps=1000, record=12).recorded
    assert 10 <= many.size <= 13 and many[0] == 0 and many[-1] == 1000
    assert np.allclose(np.diff(np.log(many[3:])), np.log(1000) / 11, atol=0.2)


def test_a_mean_square_bounded_oracle_may_leave_the_domain_and_is_counted():
    o = oracle("heavy tails")
    history = run("psgd", o, dqq.CoordinateUniform(0.4, 7, 12), steps=400)
    assert 0 < history.outside.mean() < 0.5
    assert np.array_equal(history.outside > 0, history.outside) and history.inputs.max() > o.bound


# The mirror map and its projection


@pytest.mark.parametrize("a", [1.1, 1.3, 1.7, 2.0])
def test_the_mirror_map_is_a_gradient_and_its_inverse_the_conjugates(a):
    rng = dq.stream(0, "mirror")
    for x in (*rng.standard_normal((5, 6)), np.eye(6)[2], 1e-80 * np.ones(6)):
        theta = mirror(x, a)
        assert np.linalg.norm(theta, conjugate(a)) == pytest.approx(np.linalg.norm(x, a))
        assert theta @ x == pytest.approx(np.linalg.norm(x, a) ** 2) and np.allclose(mirror(theta, conjugate(a)), x)
    x = rng.standard_normal(6)
    numeric = oracles.numeric_gradient(lambda v: 0.5 * np.linalg.norm(v, a) ** 2, x)
    assert np.allclose(mirror(x, a), numeric, rtol=1e-6, atol=1e-6) and not mirror(np.zeros(3), a).any()


@pytest.mark.parametrize("order", [1, 1.05, 1.3, 1.6, 2, 3, 20, math.inf])
@pytest.mark.parametrize("a", [1.15, 1.3, 1.7, 2.0])
def test_mirror_projection_leaves_no_point_of_the_ball_on_the_other_side(a, order):
    """<theta - mirror(x), z - x> <= 0 for all z in the ball: the largest is radius |n|_q - <n, x>."""
    rng, q = dq.stream(0, "mirror projection"), conjugate(order)
    for d in (1, 2, 11):
        ball = LpBall(order, 0.7, d)
        for theta in (np.eye(d)[0], np.ones(d), rng.standard_normal(d), rng.standard_normal(d) ** 5):
            for reach in (0.5, 1 + 1e-9, 1.3, 1e3):
                theta = theta * reach * 0.7 / ball.norm(mirror(theta, conjugate(a)))
                x = mirror_project(ball, theta, a)
                normal, scale = theta - mirror(x, a), 0.7 * np.linalg.norm(theta, q)
                assert ball.norm(x) <= 0.7 * (1 + 1e-14)
                assert 0.7 * np.linalg.norm(normal, q) - normal @ x <= 1e-11 * scale


@pytest.mark.parametrize("order", [1, 1.2, 1.5, 3, math.inf])
def test_mirror_projection_equals_that_of_a_solver_for_any_problem(order):
    theta, a = np.array([1.5, -0.4, 0.9]), 1.5
    found = oracles.nearest_in_mirror(theta, a, order, 0.6)
    assert np.allclose(mirror_project(LpBall(order, 0.6, 3), theta, a), found, atol=1e-5)


def test_euclidean_projection_is_mirror_projection_with_exponent_2():
    rng = dq.stream(0, "euclid")
    for order in (1, 1.4, 2, 5, math.inf):
        ball = LpBall(order, 0.3, 7)
        y = rng.standard_normal(7)
        assert np.allclose(mirror_project(ball, y, 2.0), project(ball, y), atol=1e-12)


# Bad input


@pytest.mark.parametrize("name", AVERAGED)
@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"steps": 0}, "steps"),
        ({"steps": -3}, "steps"),
        ({"steps": 2.5}, "steps"),
        ({"x0": np.ones(3)}, r"x0: expected shape \(12,\)"),
        ({"x0": np.full(12, np.nan)}, "x0"),
        ({"x0": np.ones(12)}, "x0: expected a point with l_1 norm at most 1, got 12"),
        ({"stepsize": 0.0}, "stepsize"),
        ({"stepsize": math.inf}, "stepsize"),
        ({"record": 0}, "record"),
        ({"record": True}, "record"),
        ({"record": "loss"}, "record"),
        ({"record": [1, 99]}, "record: expected steps up to 40, got 99"),
        ({"record": [-1]}, "record"),
        ({"iterates": 1}, "iterates"),
        ({"seed": -1}, "seed"),
        ({"seed": 0.5}, "seed"),
        ({"link": 1e6}, "link"),
        ({"quantizer": dqq.Identity}, "quantizer: expected a quantizer of dimension 12"),
        ({"quantizer": "RATQ"}, "quantizer: expected a quantizer of dimension 12"),
        ({"quantizer": dqq.Identity(5)}, "quantizer: expected dimension 12, that of the oracle, got 5"),
        (
            {"quantizer": dqq.CoordinateUniform(0.5, 7, 12)},
            "bound 0.5 on the l_inf norm is smaller than 1, .* l_inf norm",
        ),
        (
            {"quantizer": dqq.RATQ(1.0, 12)},
            "bound 1 on the l_2 norm is smaller than 3.464101615, .* l_inf norm at most 1",
        ),
    ],
)
def test_bad_arguments_are_named(name, options, word):
    with pytest.raises((ValueError, TypeError), match=word):
        run(name, oracle("absolute loss, p = 1"), **options)


def test_problems_are_no_oracles_and_mirror_descent_is_for_small_p():
    smooth = problems.random_spectrum(3.0, dq.stream(0), n=4)
    with pytest.raises(TypeError, match="oracle: expected an oracle with dim, p, bound"):
        psgd(smooth)
    with pytest.raises(ValueError, match=r"expected p from 1 to 2, got p = inf; .*psgd"):
        mirror_descent(oracle("absolute loss, p = inf"))
    for exponent in (1.0, 2.5, math.nan):
        with pytest.raises(ValueError, match="exponent"):
            mirror_descent(oracle("absolute loss, p = 1"), exponent=exponent)


# Second moments


@pytest.mark.parametrize("cls", [cls for cls in registered(dqq.second_moment_bound) if cls in registered(dqq.domain)])
def test_second_moments_are_never_below_what_is_measured(cls):
    """Over inputs with |y|_norm = bound in the domain; 400 draws each, and five standard errors."""
    quantizer = next(q for q in (oracles_examples(cls)) if q.dim > 2)
    order_of_domain, room = dqq.domain(quantizer)
    d, rng = quantizer.dim, dq.stream(0, "moments")
    for norm in (1.0, 2.0, 4.0, math.inf):
        bound = room / dqq.stretch(d, norm, order_of_domain)
        for y in (np.eye(d)[1], np.ones(d), rng.standard_normal(d)):
            y = y * (bound / np.linalg.norm(y, norm))
            sent = [dqq.quantize(quantizer, y, 1.0, rng, int(rng.integers(1 << 62))) for _ in range(400)]
            for order in (1.5, 2.0, 5.0):
                lengths = np.linalg.norm(sent, order, axis=1) ** 2
                most = dqq.second_moment_bound(quantizer, bound, norm, order)
                assert lengths.mean() <= most * (1 + 1e-9) + 5 * lengths.std() / 20


def oracles_examples(cls):
    from .examples import QUANTIZERS, quantizer

    return [quantizer(cls, which) for which in range(len(QUANTIZERS[cls]))]


def test_second_moments_that_are_exact():
    simq = dqq.SimQ(3.0, 9)
    assert dqq.second_moment_bound(simq) == 9.0 and dqq.second_moment_bound(simq, 0.5, 2, 2) == 3 * 0.5 * 3
    assert dqq.second_moment_bound(dqq.Identity(16), 2.0, 4, 2) == pytest.approx(4 * 4)
    plus = dqq.SimQPlus.for_norm(1.0, 64, p=4)
    assert (
        dqq.second_moment_bound(plus, 1.0, 4 / 3, 2)
        <= dq.theory.mayekar.simq_plus_alpha0(1.0, 64, 4, plus.repeats) ** 2
    )


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ((dqq.Identity(3),), "bound: expected with norm, since Identity"),
        ((dqq.SimQ(1.0, 3), 1.0), "bound: expected together with norm"),
        ((dqq.SimQ(1.0, 3), -1.0, 2), "bound"),
        ((dqq.SimQ(1.0, 3), 1.0, 0.5), "norm"),
        ((dqq.SimQ(1.0, 3), 1.0, 2, "l2"), "order"),
        ((dqq.UniformScalar(4, 3), 1.0, 2), "UniformScalar has no kernel"),
    ],
)
def test_second_moments_refuse_what_has_no_meaning(arguments, word):
    with pytest.raises((ValueError, TypeError), match=word):
        dqq.second_moment_bound(*arguments)
