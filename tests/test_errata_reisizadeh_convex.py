"""What the supplement's convex part gets wrong or leaves open."""

import math

import numpy as np
import pytest

import dqlab as dq
from dqlab.algorithms import q_dsgd
from dqlab.clock import FixedBatch
from dqlab.experiments import reisizadeh as experiments
from dqlab.networks import Mixing
from dqlab.problems import DecentralisedQuadratics, node_gradients
from dqlab.quantizers import DecimalGrid
from dqlab.theory import reisizadeh as theory


def test_C5_any_start_will_do_once_it_is_counted():
    """Nodes that agree at 0 and start at 4: the bound with e_0 = |x*_alpha|**2 says 0, the error is 0.2947; counted from the start it holds."""
    problem = DecentralisedQuadratics(np.ones((4, 1)), np.zeros((4, 1, 1)))
    mixing, delta, T = Mixing.from_matrix(np.full((4, 4), 0.25)), 0.45, 1000
    fine = DecimalGrid(8, 1, bound=5)
    printed = experiments.convex_bounds(problem, mixing, fine, steps=T, delta=delta, inverse_batch=1.0)
    counted = experiments.convex_bounds(problem, mixing, fine, steps=T, delta=delta, inverse_batch=1.0, x0=[4.0])
    options = {"steps": T, "work": FixedBatch(1), "delta": delta}
    assert q_dsgd(problem, mixing, fine, x0=[0.0], **options).error[-1] < 1e-20
    error = q_dsgd(problem, mixing, fine, x0=[4.0], **options).error[-1]
    assert printed.applies and printed.error.total == pytest.approx(0.0, abs=1e-12)
    assert round(error, 4) == 0.2947
    assert error == pytest.approx(counted.sharp_error) and counted.sharp_error < counted.error.total


def test_C16_a_step_of_exactly_2_over_K_does_not_converge():
    """Two nodes, W = 11'/2, f_i = (x -+ 1)**2 / 2, alpha = 1: alpha K = 1 + lambda_n, and (24) alternates between 0 and twice the goal."""
    problem = DecentralisedQuadratics([[1.0], [1.0]], [[[1.0]], [[-1.0]]])
    mixing = Mixing.from_matrix([[0.5, 0.5], [0.5, 0.5]])
    assert 1.0 == pytest.approx(2 / theory.penalty_smoothness(1.0, problem.L, mixing.last))
    best = experiments.penalty_modes(problem, mixing, 1.0).minimiser
    assert best.ravel() == pytest.approx([0.5, -0.5])
    U, seen = np.zeros((2, 1)), []
    for _ in range(100):
        U = mixing.dense() @ U - node_gradients(problem, U)
        seen.append(np.linalg.norm(U - best))
    assert seen == pytest.approx([math.sqrt(0.5)] * 100)
    # a little below it converges
    U, best = np.zeros((2, 1)), experiments.penalty_modes(problem, mixing, 0.95).minimiser
    for _ in range(1000):
        U = mixing.dense() @ U - 0.95 * node_gradients(problem, U)
    assert np.linalg.norm(U - best) < 1e-10


def test_C17_which_draws_lemma_1_is_about():
    """Fresh samples have the mean grad L, not grad f_i: (18) is then biased by gamma / sqrt(m); and with whole batches (vi) fails for them."""
    gamma_sq, m = 4.0, 100
    rng = dq.stream(0, "data")
    theta = math.sqrt(gamma_sq) * rng.choice(
        [-1.0, 1.0], size=(4000, m)
    )  # l = (x - theta)**2 / 2, L = x**2 / 2 + constant
    bias = (theta.mean(axis=1) ** 2).mean()  # the mean of fresh gradients, x, against grad f_i = x - mean of theta
    assert bias == pytest.approx(theory.node_variance(gamma_sq, m), rel=0.1)
    # V T_d = 1.999 always: one sample a batch, E[1/V] / T_d = 1 / 1.999
    exact = theory.batch_variance(gamma_sq, m, inverse_batch=1.0, draws="fresh")
    bound = theory.deadline_variance(gamma_sq, m, inverse_speed=1 / 1.999, deadline=1.0)
    assert round(exact / gamma_sq, 2) == 1.01 and round(bound / gamma_sq, 4) == 1.0005
    fresh = math.sqrt(gamma_sq) * rng.choice([-1.0, 1.0], size=4000)
    assert ((fresh - theta.mean(axis=1)) ** 2).mean() == pytest.approx(exact, rel=0.02)
    assert theory.batch_variance(gamma_sq, m, 1.0) < bound  # with replacement from the node's own samples it stands


def test_C18_when_the_exponential_is_negligible():
    """At delta = 0.45 and mu = 1 it is a tenth of T**(-delta) from T = 3e11 on; 1 - 2 delta may fall like log log T / log T, not faster."""
    assert f"{theory.negligible_horizon(0.45, a=1.0, factor=0.1):.0e}" == "3e+11"
    assert round(theory.negligible_horizon(0.2, a=1.0, factor=0.1)) == 5
    T = theory.negligible_horizon(0.45, a=1.0, factor=0.1)
    assert math.exp(-(T**0.1)) == pytest.approx(0.1 * T**-0.45, rel=1e-6)

    def left(T, share):  # exp(-T**(1 - 2 delta)) T**delta at 1 - 2 delta = share(log T)
        x = math.log(T)
        gap = share(x)
        return -math.exp(gap * x) + (1 - gap) / 2 * x

    powers = [10.0**k for k in (10, 50, 100, 300)]
    slow = [left(T, lambda x: 1.0 / math.log(x)) for T in powers]  # of order 1 / log log T
    edge = [left(T, lambda x: math.log(x) / x) for T in powers]  # log log T / log T: exactly at the edge
    below = [left(T, lambda x: 0.5 * math.log(x) / x) for T in powers]  # also O(1 / log log T), and not negligible
    assert all(a > b for a, b in zip(slow, slow[1:], strict=False)) and slow[-1] < -100
    assert all(value < 0 for value in edge)
    assert all(a < b for a, b in zip(below, below[1:], strict=False)) and below[-1] > 100
