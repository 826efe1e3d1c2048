"""Problems: values, gradients, L, mu and minimisers against independent calculations, and bad data refused."""

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.special import expit

import dqlab as dq
from dqlab import problems
from dqlab._generic import plain

from . import oracles
from .examples import APART, PROBLEMS, problem


@pytest.fixture(params=[*PROBLEMS, *APART])
def p(request):
    return problem(request.param)


def test_gradients_are_derivatives_of_values(p):
    rng = dq.stream(0, "points")
    for _ in range(5):
        x = p.minimiser + rng.standard_normal(p.dim)
        numeric = oracles.numeric_gradient(lambda v: problems.value(p, v), x)
        assert np.allclose(problems.gradient(p, x), numeric, rtol=1e-6, atol=1e-6)


def test_what_a_problem_claims_is_measured(p):
    measured = p.certify(dq.stream(1, "certify"))
    assert measured["gradient_at_minimiser"] < 1e-12
    assert p.mu * (1 - 1e-9) <= measured["least_curvature"] <= measured["greatest_curvature"] <= p.L * (1 + 1e-9)
    assert p.kappa == p.L / p.mu and p.dim == p.minimiser.size


@pytest.mark.parametrize("sparse", [False, True])
def test_least_squares_by_its_definition(sparse):
    rng = dq.stream(0, "data")
    A, y, x = rng.standard_normal((30, 7)), rng.standard_normal(30), rng.standard_normal(7)
    p = problems.SparseLeastSquares.from_data(sp.csr_array(A), y) if sparse else problems.LeastSquares.from_data(A, y)
    assert problems.value(p, x) == pytest.approx(0.5 * np.sum((y - A @ x) ** 2))
    assert np.allclose(problems.gradient(p, x), A.T @ (A @ x - y))
    assert np.allclose(p.minimiser, np.linalg.lstsq(A, y)[0], atol=1e-10)
    assert p.kappa == pytest.approx(np.linalg.cond(A) ** 2)
    assert np.allclose([p.mu, p.L], np.linalg.eigvalsh(A.T @ A)[[0, -1]])


def test_a_large_sparse_problem_stays_sparse():
    rng = dq.stream(0, "large")
    n = 2100
    A = sp.vstack([sp.diags_array(np.linspace(1.0, 3.0, n)), sp.random_array((n, n), density=1e-4, rng=rng)]).tocsr()
    p = problems.LeastSquares.from_data(A, rng.standard_normal(2 * n))
    assert isinstance(p, problems.SparseLeastSquares)
    assert 1 <= p.mu < p.L < 25
    assert np.linalg.norm(problems.gradient(p, p.minimiser)) < 1e-9 * p.L
    history = dq.algorithms.dq_gd(p, dq.quantizers.UniformScalar(4096, n), steps=40)
    assert history.contraction_factor() <= dq.theory.lin.gd_contraction_factor(p.kappa) + 1e-6


def test_logistic_by_its_definition():
    rng = dq.stream(0, "data")
    A, x = rng.standard_normal((50, 4)), rng.standard_normal(4)
    y = np.where(rng.random(50) < 0.5, 1.0, -1.0)
    for data in (A, sp.csr_array(A)):
        p = problems.Logistic.from_data(data, y, 0.2)
        assert problems.value(p, x) == pytest.approx(-np.log(expit(y * (A @ x))).mean() + 0.1 * x @ x)
        assert np.allclose(problems.gradient(p, x), -A.T @ (y * expit(-y * (A @ x))) / 50 + 0.2 * x)
        assert p.mu == 0.2 and p.L == pytest.approx(np.linalg.norm(A, 2) ** 2 / 200 + 0.2)


def test_random_spectrum_has_the_prescribed_condition_number():
    for kappa in (1.0, 2.0, 10.0, 1e4):
        p = problems.random_spectrum(kappa, dq.stream(0, "spectrum"), n=12, m=20)
        values = np.linalg.eigvalsh(p.gram)
        assert values[-1] / values[0] == pytest.approx(kappa, rel=1e-9) and p.kappa == pytest.approx(kappa, rel=1e-12)
        assert np.allclose(p.gram @ p.minimiser, p.moment)
    first, again = (problems.random_spectrum(9.0, dq.stream(4, "spectrum"), n=5) for _ in range(2))
    assert np.array_equal(first.gram, again.gram)


def test_logistic_far_out_is_the_same_uncompiled():
    p, x = problems.Logistic.from_data([[1000.0, 2.0], [3.0, 4.0]], [1.0, -1.0], 1e-3), np.array([50.0, -50.0])
    assert np.allclose(plain(problems.gradient.kernel(p))(p, x), problems.gradient(p, x), rtol=1e-12)


def test_flat_stretch_by_its_definition():
    """Value and gradient are integrals of the curvature, which lies between mu and L and is theirs at both ends."""
    for ramp in (0.0, 0.3):
        p = problems.FlatStretch(25.0, 1.0, 1.0, 2.0, ramp)
        z = np.linspace(0.0, 4.0, 40001)
        curvature = p.curvature(z)
        slope = np.concatenate([[0.0], np.cumsum((curvature[1:] + curvature[:-1]) / 2 * np.diff(z))])
        height = np.concatenate([[0.0], np.cumsum((slope[1:] + slope[:-1]) / 2 * np.diff(z))])
        for i in range(0, z.size, 2500):
            assert problems.gradient(p, z[i : i + 1]).item() == pytest.approx(slope[i], abs=3e-3)
            assert problems.value(p, z[i : i + 1]) == pytest.approx(height[i], abs=8e-3)
        assert curvature.min() == 1.0 and curvature.max() == 25.0
        jump = np.abs(np.diff(curvature)).max()
        assert jump == 24.0 if ramp == 0 else jump <= 24.0 / 0.3 * 1e-4 * (1 + 1e-9)
    assert problems.gradient(p, [-2.0]).item() == -50.0


def test_flat_stretch_is_separable():
    p, one = problem("flat stretch"), problems.FlatStretch(25.0, 1.0)
    z = np.array([1.7, 0.4, -2.5])
    x = p.minimiser + p.signs * z
    alone = np.array([problems.gradient(one, [c]).item() for c in z])
    assert np.allclose(problems.gradient(p, x), p.signs * alone, rtol=1e-12)
    assert problems.value(p, x) == pytest.approx(sum(problems.value(one, [c]) for c in z))


def test_data_are_copied():
    A = sp.csr_array(np.diag([1.0, 2.0]))
    p = problems.SparseLeastSquares.from_data(A, np.ones(2))
    A.data[:] = 0.0
    assert p.data.tolist() == [1.0, 2.0]
    dense = problems.SparseLeastSquares.from_data([[1.0, 0.0], [0.0, 2.0]], [1.0, 1.0])
    assert (dense.L, dense.mu) == (4.0, 1.0)


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: problems.LeastSquares.from_data(np.ones((3, 2)), np.ones(3)), "rank 1"),
        (lambda: problems.LeastSquares.from_data(np.ones((2, 3)), np.ones(2)), "rank"),
        (lambda: problems.SparseLeastSquares.from_data(sp.csr_array(np.ones((3, 2))), np.ones(3)), "rank"),
        (lambda: problems.LeastSquares.from_data(np.eye(3), np.ones(4)), "y"),
        (lambda: problems.LeastSquares.from_data(np.ones(3), np.ones(3)), "A"),
        (lambda: problems.LeastSquares.from_data(np.diag([1.0, np.nan]), np.ones(2)), "A"),
        (lambda: problems.LeastSquares.from_data(np.eye(2), [1.0, np.inf]), "y"),
        (lambda: problems.LeastSquares.from_data("text", [1.0]), "A"),
        (lambda: problems.Logistic.from_data(np.eye(2), [1.0, -1.0], 0.0), "mu = 0"),
        (lambda: problems.Logistic.from_data(np.eye(2), [1.0, -1.0], -1.0), "ridge"),
        (lambda: problems.Logistic.from_data(np.eye(2), [1.0, 0.0], 1.0), "labels"),
        (lambda: problems.Logistic.from_data(sp.csr_array(np.diag([1.0, np.inf])), [1.0, -1.0], 1.0), "A"),
        (lambda: problems.random_spectrum(0.5, dq.stream(0)), "kappa"),
        (lambda: problems.random_spectrum(np.nan, dq.stream(0)), "kappa"),
        (lambda: problems.random_spectrum("ten", dq.stream(0)), "kappa"),
        (lambda: problems.random_spectrum(2.0, 0), "rng"),
        (lambda: problems.worst_case_quadratic(np.zeros(3), 2.0, 1.0, None), "rng"),
        (lambda: problems.worst_case_quadratic(np.zeros(3), "2", 1.0, dq.stream(0)), "L"),
        (lambda: problems.LeastSquares.from_data(1j * np.eye(2), np.ones(2)), "A"),
        (lambda: problems.SparseLeastSquares.from_data(1j * sp.eye_array(2), np.ones(2)), "A"),
        (lambda: problems.random_spectrum(2.0, dq.stream(0), n=1), "n"),
        (lambda: problems.random_spectrum(2.0, dq.stream(0), n=5, m=4), "m"),
        (lambda: problems.worst_case_quadratic(np.zeros(3), 1.0, 0.0, dq.stream(0)), "mu"),
        (lambda: problems.worst_case_quadratic(np.zeros(3), 1.0, 2.0, dq.stream(0)), "L"),
        (lambda: problems.worst_case_quadratic(np.zeros(3), 2.0, 1.0, dq.stream(0), distance=0.0), "distance"),
        (lambda: problems.FlatStretch(1.0, 2.0), "L"),
        (lambda: problems.FlatStretch(2.0, 0.0), "mu"),
        (lambda: problems.FlatStretch(left=-1.0), "left"),
        (lambda: problems.FlatStretch(left=2.0), "right"),
        (lambda: problems.FlatStretch(ramp=1.1), "ramp"),
        (lambda: problems.FlatStretch(left=0.1, ramp=0.3), "ramp"),
        (lambda: problems.FlatStretch(minimiser=[np.nan]), "minimiser"),
        (lambda: problems.FlatStretch(minimiser=np.zeros(2), signs=[1.0]), "signs"),
        (lambda: problems.FlatStretch(signs=[0.5]), "signs"),
        (lambda: problems.FlatStretch(minimiser=[]), "minimiser"),
        (lambda: problems.FlatStretch(L=True), "L: expected a number, got True"),
        (lambda: problems.gradient(problem("worst case"), np.zeros(4)), "x"),
        (lambda: problems.value(problem("worst case"), np.full(5, np.nan)), "x"),
        (lambda: dq.clock.Link(up=0.0), "up"),
        (lambda: dq.clock.Link(up=None), "up"),
        (lambda: dq.clock.Link(up=np.nan), "up"),
        (lambda: dq.clock.Link(down=-1.0), "down"),
        (lambda: dq.clock.Link(latency=-1.0), "latency"),
        (lambda: dq.clock.Link(compute=np.nan), "compute"),
    ],
)
def test_bad_data_are_named(call, word):
    with pytest.raises((ValueError, TypeError), match=word):
        call()
