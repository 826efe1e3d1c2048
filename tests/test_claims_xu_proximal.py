"""Proximal steps (Part IV, first chapter): the closed forms against numeric minimisers, what they remember, and certificates.

Everything here is deterministic.
"""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

import dqlab as dq

theory = dq.theory.xu
COORDINATES = 60


def cases(key, count=COORDINATES):
    """Starts, gradients, metrics, eta and lambda of every size; a third of the starts are 0."""
    rng = dq.stream(0, key)
    start, q = rng.standard_normal((2, count))
    start[::3] = 0.0
    metric, stepsize, penalty = np.exp(rng.uniform(-2, 2, (3, count)))
    return start, q * np.exp(rng.uniform(-2, 2, count)), metric, stepsize, penalty


def minimiser(objective):
    """Of a convex function of one number: 0 where nothing else is lower, or by golden section on either side."""
    sides = [minimize_scalar(objective, bounds=b, options={"xatol": 1e-12}) for b in ((-500.0, 0.0), (0.0, 500.0))]
    best = min(sides, key=lambda side: side.fun)
    return 0.0 if objective(0.0) <= best.fun else best.x


def sparse_gradients(key, steps=60, words=40, one_sign=False):
    """Gradients of words of all frequencies: mostly 0, and of a random sign unless told otherwise."""
    rng = dq.stream(1, key)
    size = rng.exponential(size=(steps, words)) * (rng.random((steps, words)) < np.geomspace(0.02, 1, words))
    return size * (rng.choice([-1.0, 1.0], words) if one_sign else rng.choice([-1.0, 1.0], (steps, words)))


def test_equation_1_is_the_average_over_workers_and_samples():
    rng = dq.stream(2, "rows")
    A, y, x = rng.standard_normal((12, 3)), np.sign(rng.standard_normal(12)), rng.standard_normal(3)
    problem = dq.problems.DecentralisedLogistic.from_data(A, y, nodes=3, strength=0.0)
    each = np.array([np.log1p(np.exp(-y[n] * A[n] @ x)) for n in range(12)]).reshape(3, 4)
    assert dq.problems.value(problem, x) == pytest.approx(each.mean(), rel=1e-13)
    slopes = (-y / (1 + np.exp(y * (A @ x))))[:, None] * A
    assert np.allclose(dq.problems.gradient(problem, x), slopes.mean(axis=0), atol=1e-14)


def test_equations_6_and_16_agree_with_a_numeric_minimiser():
    start, q, H, eta, lam = cases("cmd")
    x = theory.cmd_step(start, q, H, eta, lam)
    assert 10 < (x == 0).sum() < 50
    for i in range(COORDINATES):
        found = minimiser(lambda v: theory.cmd_objective(v, start[i], q[i], H[i], eta[i], lam[i]))  # noqa: B023
        assert found == pytest.approx(x[i], rel=1e-5, abs=1e-6)
        force = -eta[i] * q[i] - H[i] * (x[i] - start[i])  # must be eta lambda times a subgradient of |x|
        assert abs(force) <= eta[i] * lam[i] * (1 + 1e-12)
        assert x[i] == 0 or force == pytest.approx(eta[i] * lam[i] * np.sign(x[i]), rel=1e-9)


def test_equations_7_and_17_agree_with_a_numeric_minimiser():
    _, mean, H, eta, lam = cases("rda")
    t = 1 + np.arange(COORDINATES) % 9
    x = theory.rda_step(mean, t, H, eta, lam)
    assert 10 < (x == 0).sum() < 50
    for i in range(COORDINATES):
        found = minimiser(lambda v: theory.rda_objective(v, mean[i], t[i], H[i], eta[i], lam[i]))  # noqa: B023
        assert found == pytest.approx(x[i], rel=1e-5, abs=1e-6)
        printed = np.sign(-t[i] * mean[i]) * t[i] * eta[i] / H[i] * max(abs(mean[i]) - lam[i], 0)
        assert x[i] == pytest.approx(printed, rel=1e-12)


def test_equation_17_is_the_gradient_of_the_conjugate():
    _, mean, H, eta, lam = cases("conjugate", 8)
    eta, lam, t = eta[0], lam[0], 5
    z, x = -t * mean, theory.rda_step(mean, t, H, eta, lam)
    value = lambda z: z @ x - t * lam * np.abs(x).sum() - (H * x**2).sum() / (2 * eta)  # noqa: E731
    assert theory.conjugate(z, t, lam, H, eta) == pytest.approx(value(z), rel=1e-12)  # the supremum, and at x
    for other in dq.stream(5, "z").standard_normal((20, 8)):
        assert theory.conjugate(other, t, lam, H, eta) >= value(other) - 1e-12


def test_equation_8_is_the_divergence_of_the_quadratic():
    x, y, H, *_ = cases("bregman")
    psi = lambda v: (H * v**2).sum() / 2  # noqa: E731
    assert theory.bregman(H, x, y) == pytest.approx(psi(x) - psi(y) - (H * y) @ (x - y), rel=1e-12)
    assert theory.bregman(H, x, x) == 0.0


def test_equation_9_is_the_length_of_a_row_and_sizes_cancel():
    q = sparse_gradients("metric")
    H = theory.scales(q, delta=0.1)[1:]
    for t in (1, 7, len(q)):
        assert np.allclose(H[t - 1], 0.1 + np.linalg.norm(q[:t], axis=0), rtol=1e-13)
    assert (np.diff(H, axis=0) >= 0).all()
    sizes = np.geomspace(1e-3, 1e3, q.shape[1])  # a coordinate whose gradients are all larger takes the same steps
    steps = [v / theory.scales(v, 1e-12)[1:] for v in (q, q * sizes)]
    assert np.allclose(*steps, rtol=1e-6)


def test_rare_words_get_longer_steps():
    """k gradients of one size g move a coordinate by eta (1 + 1/sqrt(2) + ... + 1/sqrt(k)) whatever g is: 2 sqrt(k), not k."""
    for g in (0.01, 1.0):
        x = theory.cmd_iterates(np.full((400, 1), -g), eta=0.3, penalty=0.0, delta=1e-12)[-1, 0]
        assert x == pytest.approx(0.3 * (np.arange(1, 401) ** -0.5).sum(), rel=1e-6)


def test_given_the_gradients_eta_only_scales():
    """From x_1 = 0 both (16) and (17) are eta times a sequence that does not know eta; from elsewhere (16) is not."""
    q = sparse_gradients("scale")
    options = {"penalty": 0.2, "delta": 0.05}
    for iterates in (theory.cmd_iterates, theory.rda_iterates):
        unit = iterates(q, 1.0, **options)
        for eta in (2.0**-9, 2.0**7):
            x = iterates(q, eta, **options)
            assert np.array_equal(x, eta * unit) and 0.1 < (x != 0).mean() < 0.9
    start = dq.stream(3, "start").standard_normal(q.shape[1])
    counts = [(theory.cmd_iterates(q, eta, start=start, **options)[-1] != 0).sum() for eta in (1e-4, 0.01, 10.0)]
    zero = (theory.cmd_iterates(q, 1.0, **options)[-1] != 0).sum()
    assert counts[0] == q.shape[1] > counts[1] > zero and counts[2] == zero


def test_support_of_17_knows_the_gradients_and_lambda_alone():
    q = sparse_gradients("support")
    means = np.abs(np.cumsum(q, axis=0)) / np.arange(1, len(q) + 1)[:, None]
    for delta in (1e-6, 1.0):
        assert np.array_equal(theory.rda_iterates(q, 1.0, 0.2, delta)[1:] != 0, means > 0.2)
    cmd = [theory.cmd_iterates(q, 1.0, 0.2, delta) != 0 for delta in (1e-6, 1.0)]
    assert not np.array_equal(*cmd)


def test_dual_averaging_is_sparser_given_the_gradients():
    """|x of (17)| <= |x of (16)|, where the metric is constant or the gradients of a coordinate have one sign; else it may fail."""
    q, lam = sparse_gradients("sparser"), 0.15
    t = np.arange(1, len(q) + 1)[:, None]
    rda, x = theory.rda_step(np.cumsum(q, axis=0) / t, t, 1.0, 1.0, lam), np.zeros(q.shape[1])
    for s in range(len(q)):
        x = theory.cmd_step(x, q[s], 1.0, 1.0, lam)
        assert (np.abs(rda[s]) <= np.abs(x) + 1e-12).all()
    one_sign = sparse_gradients("one sign", one_sign=True)
    cmd, rda = theory.cmd_iterates(one_sign, 1.0, lam, 0.1), theory.rda_iterates(one_sign, 1.0, lam, 0.1)
    assert (np.abs(rda) <= np.abs(cmd) + 1e-12).all()
    assert (rda[-1] != 0).sum() < (cmd[-1] != 0).sum()
    changed = [[-1.0], [3.0]]  # AdaGrad's metric grows and makes the first step count for more
    assert theory.cmd_iterates(changed, 1.0, 0.05, 1e-9)[-1] == 0 != theory.rda_iterates(changed, 1.0, 0.05, 1e-9)[-1]


def test_runs_take_the_steps_of_the_closed_forms():
    rng = dq.stream(6, "rows")
    X, y = rng.standard_normal((40, 6)), np.sign(rng.standard_normal(40))
    problem = dq.problems.DecentralisedLogistic.from_data(X, y, nodes=2, strength=0.0)
    how = {"steps": 50, "batch": 5, "stepsize": 0.3, "penalty": 0.08, "select": None, "history": True}
    for method, iterates in (("cmd_adagrad", theory.cmd_iterates), ("rda_adagrad", theory.rda_iterates)):
        run = getattr(dq.algorithms, method)(problem, **how)
        x = iterates(run.q, 0.3, 0.08, run.delta)
        assert np.allclose(x, run.x, atol=1e-12) and np.array_equal(x == 0, run.x == 0) and (x[-1] == 0).any()


def test_how_long_a_gradient_is_remembered():
    for size, lam in ((1.0, 0.3), (1.0, 0.26), (0.2, 0.25), (3.0, 0.07)):
        for at in (1, 2, 9):
            q = np.zeros((80, 1))
            q[at - 1] = -size
            for eta, delta in ((0.1, 0.01), (10.0, 3.0)):
                alive = [(f(q, eta, lam, delta) != 0).sum() for f in (theory.cmd_iterates, theory.rda_iterates)]
                assert alive == [theory.cmd_memory(size, lam), theory.rda_memory(size, at, lam)]


def test_certificates_meet_at_the_minimum():
    """Cyclic coordinate descent, 2000 rounds: subgradient and gap vanish; at other points the bound stays below the minimum."""
    rng = dq.stream(4, "certificate")
    A, lam = rng.standard_normal((30, 8)), 0.05
    y = np.sign(A[:, 0] + rng.standard_normal(30))
    slope = lambda x: -A.T @ (y / (1 + np.exp(y * (A @ x)))) / 30  # noqa: E731
    certificate = lambda x, lam: theory.logistic_certificate(y * (A @ x), slope(x), x, lam)  # noqa: E731
    x, curvature = np.zeros(8), (A**2).mean(axis=0) / 4
    for _ in range(2000):
        for i in range(8):
            x[i] = theory.soft_threshold(x[i] - slope(x)[i] / curvature[i], lam / curvature[i])
    best = certificate(x, lam)
    assert 0 < (x == 0).sum() < 8 and abs(best.gap) < 1e-12
    assert np.abs(theory.least_subgradient(slope(x), x, lam)).max() < 1e-10
    for other in rng.standard_normal((20, 8)):
        found = certificate(other, lam)
        assert found.bound <= best.objective + 1e-12 <= found.objective and found.gap > 1e-3
        assert np.abs(theory.least_subgradient(slope(other), other, lam)).max() > 1e-2
    top = theory.silencing_penalty(slope(np.zeros(8)))
    assert certificate(np.zeros(8), top).gap == pytest.approx(0, abs=1e-15)
    assert certificate(np.zeros(8), 0.99 * top).gap > 1e-6
