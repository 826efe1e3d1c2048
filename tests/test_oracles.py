"""Oracles and their domains: projections with certificates, subgradients, bounds and minima, and bad data refused.

Random tests: 30 directions an oracle, each a mean at five standard errors; all of them together fail by chance less than once in
a thousand runs.
"""

import math
import pickle

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import minimize

import dqlab as dq
from dqlab import problems
from dqlab._generic import unchecked
from dqlab.problems import Gain, LpBall, certified, conjugate, project, query, value
from dqlab.problems.certified import certified_minimum, certified_smooth_minimum

from .examples import ORACLES, oracle, registered

ORDERS = (1, 1.02, 1.2, 1.5, 2, 3, 4, 10, math.inf)


@pytest.fixture(params=ORACLES)
def o(request):
    return oracle(request.param)


# Balls


@pytest.mark.parametrize("order", ORDERS)
def test_diameters_are_attained_and_not_exceeded(order):
    ball, rng = LpBall(order, 0.7, 6), dq.stream(0, "ball")
    axis, flat = np.eye(6)[0], np.ones(6)
    ends = [v * 0.7 / ball.norm(v) for v in (axis, flat)]
    inside = [v * 0.7 / ball.norm(v) for v in rng.standard_normal((200, 6))]
    for p in ORDERS:
        widths = [2 * np.linalg.norm(v, p) for v in ends]
        assert ball.diameter(p) == pytest.approx(max(widths))
        assert max(2 * np.linalg.norm(v, p) for v in inside) <= ball.diameter(p) * (1 + 1e-12)


def points_around(dim, rng):
    yield from (np.eye(dim)[0], np.ones(dim), 1e-3 * rng.standard_normal(dim) ** 3, rng.standard_normal(dim))
    yield np.where(np.arange(dim) % 2, 0.0, rng.standard_normal(dim))


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("dim", [1, 2, 9])
def test_projection_is_feasible_and_no_point_of_the_ball_is_on_the_other_side(order, dim):
    """<y - P(y), z - P(y)> <= 0 for all z: the largest over the ball is radius |n|_q - <n, P(y)> with n = y - P(y)."""
    ball, q = LpBall(order, 0.7, dim), conjugate(order)
    for y in points_around(dim, dq.stream(0, "points")):
        for reach in (0.5, 1 + 1e-9, 1.3, 1e3):
            y = y * reach * 0.7 / ball.norm(y)
            x, y_size = project(ball, y), np.linalg.norm(y, q)
            normal = y - x
            assert ball.norm(x) <= 0.7 * (1 + 1e-14)
            assert 0.7 * np.linalg.norm(normal, q) - normal @ x <= 1e-12 * 0.7 * y_size
            if reach < 1:
                assert np.array_equal(x, y)


@pytest.mark.parametrize("order", [1.2, 1.5, 3, 10])
def test_projection_equals_that_of_a_solver_for_any_problem(order):
    ball, rng = LpBall(order, 1.0, 4), dq.stream(1, "points")
    for _ in range(3):
        y = 3 * rng.standard_normal(4)
        limit = {"type": "ineq", "fun": lambda x: 1 - (np.abs(x) ** order).sum()}
        found = minimize(
            lambda x, y=y: ((x - y) ** 2).sum(), project(LpBall(2, 0.9 * 4 ** min(0, 0.5 - 1 / order), 4), y),
            constraints=limit, options={"ftol": 1e-14, "maxiter": 500},
        )  # fmt: skip
        assert np.allclose(project(ball, y), found.x, atol=2e-5)


def test_projection_ends_where_magnitudes_are_equal_up_to_rounding():
    """A point of a run on random signs, where coordinates that pass the threshold by an ulp came and went for ever."""
    units = [2880, 2304, 2880, 6176, 5120, 4000, 1792, 1792, 3936, 0, 2880, 1792, 2880, 3936, 2880]
    x = np.array([float.fromhex("0x1.040c3713a7ff5p+0"), *(0.015811388300831904 + 2.0**-58 * np.array(units))])
    assert x[1] == float.fromhex("0x1.030dc4ea03a72p-6")
    found = project(LpBall(1, 1.0, 16), x)
    assert found[0] == pytest.approx(1, abs=1e-12) and np.abs(found[1:]).max() < 1e-12


def test_projection_of_nothing_and_of_huge_points():
    for order in ORDERS:
        ball = LpBall(order, 2.0, 3)
        assert not project(ball, np.zeros(3)).any()
        far = project(ball, [1e150, -1e149, 0.0])
        assert ball.contains(far) and ball.norm(far) == pytest.approx(2.0) and far[0] >= -far[1] >= far[2] == 0.0
        assert project(ball, [0.1, -1e-300, 0.0]).tolist() == [0.1, -1e-300, 0.0]


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: LpBall(0.5, 1.0, 2), "order: expected a number from 1 to infinity, got 0.5"),
        (lambda: LpBall("two", 1.0, 2), "order"),
        (lambda: LpBall(math.nan, 1.0, 2), "order"),
        (lambda: LpBall(2, 0.0, 2), "radius"),
        (lambda: LpBall(2, math.inf, 2), "radius"),
        (lambda: LpBall(2, 1.0, 0), "dim"),
        (lambda: LpBall(2, 1.0, 2).diameter(0), "p: expected"),
        (lambda: conjugate(0.9), "p: expected"),
        (lambda: project(LpBall(2, 1.0, 2), [1.0, 2.0, 3.0]), r"x: expected shape \(2,\)"),
        (lambda: project(LpBall(2, 1.0, 2), [1.0, math.nan]), "x: expected finite"),
    ],
)
def test_balls_refuse_what_has_no_meaning(make, word):
    with pytest.raises(ValueError, match=word):
        make()


# Oracles


class Rows:
    """A generator that answers with the row that it is told."""

    def __init__(self, row):
        self.row = row

    def integers(self, low, high):
        assert low <= self.row < high
        return self.row


def mean_answer(oracle, x):
    """E[g | x] of an oracle that draws one of its rows, exactly."""
    rows = oracle.b.size if hasattr(oracle, "b") else oracle.y.size
    with unchecked():
        return np.mean([query(oracle, x, Rows(i)) for i in range(rows)], axis=0)


def somewhere(domain, rng, count):
    """Points of a ball: 0, a vertex, a flat one, and random ones within and on the sphere."""
    yield from (np.zeros(domain.dim), -domain.radius * np.eye(domain.dim)[-1])
    yield np.ones(domain.dim) * domain.radius / domain.norm(np.ones(domain.dim))
    for _ in range(count):
        v = rng.standard_normal(domain.dim)
        yield v * (domain.radius * min(1.0, 2 * rng.random()) / domain.norm(v))


def test_every_oracle_class_has_an_example():
    assert set(registered(query)) <= {type(oracle(name)) for name in ORACLES}


def test_attributes(o):
    assert o.dim == o.domain.dim == o.minimiser.size and o.diameter == o.domain.diameter(o.p)
    assert o.domain.contains(o.minimiser) and value(o, o.minimiser) == pytest.approx(o.minimum, abs=1e-14)
    again = pickle.loads(pickle.dumps(o))
    assert type(again) is type(o) and value(again, o.minimiser) == value(o, o.minimiser)


def test_nothing_in_the_domain_is_below_the_minimum(o):
    rng = dq.stream(0, "below")
    slack = 1e-7 * o.bound * o.domain.radius
    for z in somewhere(o.domain, rng, 100):
        assert value(o, z) >= o.minimum - slack
        closer = o.minimiser + 1e-3 * (z - o.minimiser)
        assert value(o, closer) >= o.minimum - slack


@pytest.mark.parametrize("name", [name for name in ORACLES if hasattr(oracle(name), "b") or hasattr(oracle(name), "y")])
def test_the_exact_mean_of_the_answers_is_a_subgradient(name):
    o, rng = oracle(name), dq.stream(0, "subgradient")
    points = list(somewhere(o.domain, rng, 8))
    for x in points:
        slope = mean_answer(o, x)
        assert np.linalg.norm(slope, conjugate(o.p)) <= o.bound * (1 + 1e-12)
        for z in points:
            assert value(o, z) >= value(o, x) + slope @ (z - x) - 1e-12 * o.bound * o.domain.radius


def test_the_measured_mean_of_the_answers_is_a_subgradient(o):
    rng = dq.stream(0, "measured")
    for x in somewhere(o.domain, rng, 2):
        answers = np.array([query(o, x, rng) for _ in range(1000)])
        for z in somewhere(o.domain, rng, 3):
            seen = answers @ (z - x)
            room = 5 * seen.std() / math.sqrt(seen.size) + 1e-12 * o.bound * o.domain.radius
            assert seen.mean() <= value(o, z) - value(o, x) + room


def test_answers_keep_the_bound(o):
    q = conjugate(o.p)
    rng = dq.stream(0, "bound")
    norms = [np.linalg.norm(query(o, x, rng), q) for x in somewhere(o.domain, rng, 100) for _ in range(20)]
    if o.surely:
        assert max(norms) <= o.bound * (1 + 1e-12)
    else:
        assert max(norms) > o.bound  # it would be surely bounded otherwise


@pytest.mark.parametrize("name", ["absolute loss", "absolute loss of data", "hinge loss"])
def test_the_bound_is_no_larger_than_it_must_be(name):
    o, rng = oracle(name), dq.stream(0, "largest")
    norms = [np.linalg.norm(query(o, x, rng), conjugate(o.p)) for x in somewhere(o.domain, rng, 30) for _ in range(30)]
    assert max(norms) == pytest.approx(o.bound)


def test_values_by_their_definitions():
    rng = dq.stream(0, "definition")
    A, b, y, x = (
        rng.standard_normal((9, 4)),
        rng.standard_normal(9),
        np.where(np.arange(9) % 2, 1.0, -1.0),
        np.ones(4) / 4,
    )
    absolute = problems.AbsoluteRegression.from_data(A, b, p=2, radius=1.0)
    assert value(absolute, x) == pytest.approx(np.abs(A @ x - b).mean())
    hinge = problems.Hinge.from_data(A, y, p=2, radius=1.0)
    assert value(hinge, x) == pytest.approx(np.maximum(0, 1 - y * (A @ x)).mean())
    logistic = problems.LogisticOracle.from_data(A, y, p=2, radius=1.0)
    assert value(logistic, x) == pytest.approx(np.log1p(np.exp(-y * (A @ x))).mean())
    heavy = problems.HeavyTailed(absolute, Gain.half_normal())
    assert value(heavy, x) == pytest.approx(math.sqrt(2 / math.pi) * value(absolute, x))


def test_one_number_brings_data_to_the_bound():
    rng = dq.stream(0, "scaled")
    A, b = rng.standard_normal((9, 4)), rng.standard_normal(9)
    plain = problems.AbsoluteRegression.from_data(A, b, p=3, radius=1.0)
    scaled = problems.AbsoluteRegression.from_data(A, b, p=3, radius=1.0, bound=1.0)
    assert scaled.bound == 1.0 and plain.bound == np.linalg.norm(A, 1.5, axis=1).max()
    assert scaled.minimum * plain.bound == pytest.approx(plain.minimum, rel=1e-6)


# Gains


@pytest.mark.parametrize(
    ("gain", "law"),
    [
        (Gain.half_normal(), stats.halfnorm()),
        (Gain.pareto(2.05), stats.pareto(2.05, scale=math.sqrt(0.05 / 2.05))),
        (Gain.pareto(3.0), stats.pareto(3.0, scale=math.sqrt(1 / 3))),
    ],
)
def test_gains_are_the_laws_they_are_called(gain, law):
    """Kolmogorov and Smirnov at level 1e-6 each."""
    assert (law.mean(), law.moment(2)) == (pytest.approx(gain.mean), pytest.approx(1.0))
    one = problems.AbsoluteRegression.from_data([[1.0]], [-5.0], p=2, radius=1.0)
    heavy, rng = problems.HeavyTailed(one, gain), dq.stream(0, "gains")
    seen = [float(query(heavy, [0.0], rng)[0]) for _ in range(4000)]
    assert stats.kstest(seen, law.cdf).pvalue > 1e-6


def test_rare_gains_have_half_their_second_moment_in_one_value():
    for chance in (0.5, 0.01, 1e-6):
        gain = Gain.rare(chance)
        assert gain.chance * gain.top**2 == pytest.approx(0.5)
        assert (1 - gain.chance) * gain.power**2 == pytest.approx(0.5)
        assert gain.mean == pytest.approx(math.sqrt(chance / 2) + math.sqrt((1 - chance) / 2))


def test_rare_answers_decide_a_slope():
    for chance in (0.3, 0.01, 1e-6):
        o = problems.rare_oracle(chance, p=2, dim=3, D=2.0, B=1.5)
        second = chance * o.top**2 + (1 - chance) * o.usual**2
        assert second == pytest.approx(1.5**2) and (1 - chance) * o.usual == pytest.approx(-chance * o.top / 2)
        assert value(o, [1.0, 0.0, 0.0]) == pytest.approx(chance * o.top + (1 - chance) * o.usual) == -o.minimum


# Certified minima


@pytest.mark.parametrize("order", [1, 1.5, 2, 4, math.inf])
def test_minima_have_a_dual_certificate(order):
    """The dual bound is maximised by a general solver here, apart from the method that found the minimum."""
    rng = dq.stream(0, "dual")
    A, c, ball = rng.standard_normal((12, 4)), rng.standard_normal(12), LpBall(order, 0.3, 4)
    x, minimum = certified_minimum(A, c, -1.0, 1.0, ball)
    assert minimum == np.abs(A @ x - c).mean() and ball.contains(x, 1e-12)

    def dual(u):
        return (0.3 * np.linalg.norm(A.T @ u, conjugate(order)) + u @ c) / 12

    starts = [np.sign(A @ x - c), np.zeros(12)]
    best = max(-minimize(dual, u, bounds=[(-1, 1)] * 12, method="SLSQP").fun for u in starts)
    assert best <= minimum + 1e-9 and best >= minimum - 1e-3


def test_planted_minima_are_found():
    for p in (1, 1.25, 2, 3, math.inf):
        planted = problems.AbsoluteRegression.planted(dq.stream(3, "planted"), 6, p, samples=40)
        x, minimum = certified_minimum(planted.A, planted.b, -1.0, 1.0, planted.domain)
        assert minimum == pytest.approx(planted.minimum, abs=1e-7)
        assert planted.domain.norm(planted.minimiser) == pytest.approx(0.5)


@pytest.mark.parametrize("order", [1, 1.5, 2, math.inf])
def test_minima_do_not_depend_on_the_unit_nor_on_rows_that_add_up_to_zero(order):
    """Linear programs have absolute tolerances, and centred rows are orthogonal to the vector of ones."""
    rng = dq.stream(0, "unit")
    A, c, ball = rng.standard_normal((40, 5)), rng.standard_normal(40), LpBall(order, 0.3, 5)
    A -= A.mean(axis=1, keepdims=True)
    minimum = certified_minimum(A, c, 0.0, 1.0, ball)[1]
    for unit in (1e-9, 1e9):
        assert certified_minimum(unit * A, unit * c, 0.0, 1.0, ball)[1] == pytest.approx(unit * minimum, rel=1e-6)
        wide = LpBall(order, 0.3 * unit, 5)
        assert certified_minimum(A, unit * c, 0.0, 1.0, wide)[1] == pytest.approx(unit * minimum, rel=1e-6)


def test_no_minimum_without_a_certificate(monkeypatch):
    monkeypatch.setattr(certified, "_linear_program", lambda A, c, low, high, domain: (np.zeros(4), 0.0))
    monkeypatch.setattr(certified, "PASSES", 20)
    A = dq.stream(0, "no certificate").standard_normal((30, 4))
    for order in (1, 3):
        with pytest.raises(RuntimeError, match="no certificate, f.x. = .* and the bound"):
            certified_minimum(A, np.ones(30), -1.0, 1.0, LpBall(order, 3.0, 4))


def test_without_noise_the_planted_minimum_is_zero():
    o = problems.AbsoluteRegression.planted(dq.stream(0, "planted"), 5, 2, noise=0.0)
    assert o.minimum == 0 and np.allclose(o.A @ o.minimiser, o.b)


def test_a_smooth_minimum_inside_the_ball_has_no_slope():
    A = np.array([[3.0, 1.0], [1.0, 2.0]])
    found = certified_smooth_minimum(
        lambda x: 0.5 * x @ A @ x - x.sum(), lambda x: A @ x - 1, 4.0, LpBall(3, 10.0, 2), bound=1.0
    )
    assert np.allclose(found, np.linalg.solve(A, [1.0, 1.0]), atol=1e-6)


# Bad input

A, B, Y = [[1.0, 0.0], [0.0, 2.0]], [1.0, 2.0], [1.0, -1.0]


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: problems.AbsoluteRegression.from_data(A, B, p=0.5, radius=1.0), "p: expected a number from 1"),
        (lambda: problems.AbsoluteRegression.from_data(A, [1.0], p=2, radius=1.0), r"b: expected shape \(2,\)"),
        (lambda: problems.AbsoluteRegression.from_data(np.zeros((2, 2)), B, p=2, radius=1.0), "A: expected a row"),
        (lambda: problems.AbsoluteRegression.from_data(A, B, p=2, radius=-1.0), "radius"),
        (lambda: problems.AbsoluteRegression.from_data(A, B, p=2, radius=1.0, bound=0.0), "bound"),
        (lambda: problems.AbsoluteRegression.planted(3, 4, 2), "rng"),
        (lambda: problems.AbsoluteRegression.planted(dq.stream(0), 4, 2, samples=0), "samples"),
        (lambda: problems.AbsoluteRegression.planted(dq.stream(0), 4, 2, noise=-1.0), "noise"),
        (
            lambda: problems.AbsoluteRegression.planted(dq.stream(0), 2, 1, minimiser=[1.0, 1.0]),
            "minimiser: .* l_1 norm",
        ),
        (lambda: problems.Hinge.from_data(A, [1.0, 2.0], p=2, radius=1.0), r"y: expected labels -1 and \+1"),
        (lambda: problems.Hinge.from_data([[np.nan, 1.0]], [1.0], p=2, radius=1.0), "A: expected finite"),
        (lambda: problems.LogisticOracle.from_data(A, Y, p=math.nan, radius=1.0), "p: expected"),
        (lambda: problems.HeavyTailed(oracle("rare"), Gain.half_normal()), "base: expected an almost surely bounded"),
        (lambda: problems.HeavyTailed(oracle("absolute loss"), 1.0), "gain: expected a dqlab.problems.Gain"),
        (lambda: Gain.pareto(2.0), "index: expected a number above 2"),
        (lambda: Gain.rare(1.0), "chance"),
        (lambda: Gain.rare(0.0), "chance"),
        (lambda: problems.rare_oracle(0.5), "chance: expected a probability below 1/2"),
        (lambda: problems.rare_oracle(0.1, D=0.0), "D: expected"),
        (lambda: query(oracle("absolute loss"), np.zeros(3)), r"x: expected shape \(12,\)"),
        (lambda: query(oracle("absolute loss"), np.zeros(12), rng=1), "rng"),
    ],
)
def test_oracles_refuse_what_has_no_meaning(make, word):
    with pytest.raises((ValueError, TypeError), match=word):
        make()
