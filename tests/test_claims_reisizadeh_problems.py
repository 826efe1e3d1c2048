"""The problem of Reisizadeh et al., its quantizer, and the penalty function: (7), (12)-(14), (17), (18)."""

import itertools

import numpy as np
import pytest

import dqlab as dq
from dqlab import problems
from dqlab import quantizers as dqq
from dqlab.streams import stream

NODES, DIM = 5, 4
PROBLEM = problems.DecentralisedQuadratics.planted(stream(0, "problem"), NODES, DIM, samples=3, spread=1.0)
LOGISTIC = problems.DecentralisedLogistic.from_data(
    stream(0, "rows").standard_normal((20, DIM)), np.where(stream(0, "labels").random(20) < 0.5, 1.0, -1.0), NODES, 0.1
)
W = dq.networks.laplacian_weights(dq.networks.ring(NODES))
BOTH = pytest.mark.parametrize("problem", [PROBLEM, LOGISTIC], ids=["quadratics", "logistic"])


def test_equation_7_output_is_one_of_two_neighbours_and_right_on_average():
    """Every probability in steps of 1/20: the mean, the two outputs, and the variance eta**2 / 4 in the middle."""
    eta, x = 0.25, 0.25 * (np.arange(20) / 20 - 3)
    q, rng, count = dqq.Grid(eta, x.size, 1.0), stream(0, "encoder"), 4000
    outputs = np.array([dqq.quantize.kernel(q)(q, x, 1.0, rng, 0) for _ in range(count)])
    below = eta * np.floor(x / eta + 1e-12)
    assert ((outputs == below) | (outputs == below + eta)).all()
    ups = (outputs > below).mean(axis=0)  # 20 means, each off by more than 0.045 with probability below 2 exp(-16)
    assert np.abs(ups - (x - below) / eta).max() < 0.045 and (outputs[:, 0] == x[0]).all()
    assert dqq.variance_bound(q) == pytest.approx(x.size * eta**2 / 4)


@BOTH
def test_equation_12_is_the_problem_with_models_that_agree(problem):
    """F at n equal models is f, and the copies of x* minimise it among these."""
    rng = stream(1, "models")
    for _ in range(5):
        x = rng.standard_normal(DIM)
        F = problems.node_values(problem, np.tile(x, (NODES, 1))).mean()
        assert problems.value(problem, x) == pytest.approx(F, rel=1e-13)
        assert F >= problems.node_values(problem, np.tile(problem.minimiser, (NODES, 1))).mean()


@BOTH
def test_equation_13_a_price_for_disagreeing(problem):
    """Nothing for models that agree; K_alpha and mu_alpha bound its curvature."""
    alpha = 0.3
    penalty, x = problems.Penalty(problem, W, alpha), stream(1, "models").standard_normal(DIM)
    same = np.tile(x, NODES)
    assert problems.value(penalty, same) == pytest.approx(alpha * NODES * problems.value(problem, x), rel=1e-12)
    measured = penalty.certify(stream(2, "pairs"), pairs=50)
    assert penalty.mu <= measured["least_curvature"] <= measured["greatest_curvature"] <= penalty.L
    assert penalty.mu == alpha * problem.mu and penalty.L == 1 - W.last + alpha * problem.L


@BOTH
def test_equation_14_the_minimiser_and_what_it_tends_to(problem):
    """Gradient descent with step size 1, which is (24), ends there; it balances the gradients, and tends to x* with alpha."""
    penalty = problems.Penalty(problem, W, 0.3)
    x = stream(1, "models").standard_normal(penalty.dim)
    for _ in range(1500):
        x = x - problems.gradient(penalty, x)
    assert np.allclose(x, penalty.minimiser, atol=1e-9)
    assert np.allclose(problems.node_gradients(problem, penalty.models).sum(axis=0), 0, atol=1e-9)
    off = [
        np.linalg.norm(problems.Penalty(problem, W, alpha).models - problem.minimiser) for alpha in (0.1, 0.01, 0.001)
    ]
    assert off[0] > 5 * off[1] > 25 * off[2] > 0


@BOTH
def test_equation_17_is_the_gradient(problem):
    penalty, X = problems.Penalty(problem, W, 0.3), stream(1, "models").standard_normal((NODES, DIM))
    by_hand = X - W.dense() @ X + 0.3 * problems.node_gradients(problem, X)
    assert np.allclose(problems.gradient(penalty, X.ravel()), by_hand.ravel(), atol=1e-13)


def test_equation_18_is_unbiased():
    """Linear in what was heard and in the gradients: the means of both, exactly, give (17)."""
    alpha = 0.3
    penalty, X = problems.Penalty(PROBLEM, W, alpha), stream(1, "models").uniform(-0.9, 0.9, (NODES, DIM))
    rng = stream(2, "noise")
    one, two = (rng.standard_normal((2, NODES, DIM)) for _ in range(2))
    both = penalty.stochastic_gradient(X, one[0] + two[0], one[1] + two[1])
    apart = penalty.stochastic_gradient(X, *one) + penalty.stochastic_gradient(0 * X, *two)
    assert np.allclose(both, apart, atol=1e-13)
    slopes = PROBLEM.curvatures[:, None] * (
        X[:, None] - PROBLEM.centres
    )  # of every sample: a batch of one draws any alike
    eta = 0.25
    below = np.floor(X / eta)
    mean_heard = eta * (below * (1 - (X / eta - below)) + (below + 1) * (X / eta - below))  # (7)
    expected = penalty.stochastic_gradient(X, mean_heard, slopes.mean(axis=1))
    assert np.allclose(expected.ravel(), problems.gradient(penalty, X.ravel()), atol=1e-12)


def test_assumption_4_of_nodes_that_draw_from_one_population():
    """The noise of every sample is gamma**2 exactly; of n m samples together gamma**2 / (n m), on average over 300 problems."""
    gamma2, off = 0.7, []
    for k in range(300):
        problem = problems.DecentralisedQuadratics.planted(stream(k, "problem"), 4, 3, samples=5, noise=gamma2)
        x = np.ones(3)
        for i, j in itertools.product(range(4), range(5)):
            noise = problem.curvatures[i] * (x - problem.centres[i, j]) - problem.expected_gradient(x)
            assert noise @ noise == pytest.approx(gamma2)
        off.append(((problems.gradient(problem, x) - problem.expected_gradient(x)) ** 2).sum())
    spread = np.std(off) / np.sqrt(len(off))
    assert abs(np.mean(off) - gamma2 / 20) < 5 * spread  # wrong by chance with probability below 1e-5
