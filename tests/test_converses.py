"""Nesterov's chain against independent calculations, and what the bounds and experiments of the converses refuse."""

import math

import numpy as np
import pytest

import dqlab as dq
from dqlab import problems, quantizers
from dqlab._generic import plain
from dqlab.experiments import lin as experiments
from dqlab.theory import lin

from . import oracles


def dense(chain):
    """The chain's Hessian and its right-hand side, entry by entry."""
    n = chain.dim
    A = 2 * np.eye(n) - np.eye(n, k=1) - np.eye(n, k=-1)
    A[-1, -1] = 2 - (math.sqrt(chain.kappa) - 1) / (math.sqrt(chain.kappa) + 1)
    H = (chain.L - chain.mu) / 4 * A + chain.mu * np.eye(n)
    return H, (chain.L - chain.mu) / 4 * chain.pull * np.eye(n)[0]


@pytest.mark.parametrize(
    ("L", "mu", "n", "distance"), [(4.0, 1.0, 2, 1.0), (25.0, 0.5, 7, 3.0), (1000.0, 1.0, 40, 0.1)]
)
def test_the_chain_by_its_matrix(L, mu, n, distance):
    p = problems.nesterov_chain(L, mu, n, distance=distance)
    H, b = dense(p)
    assert np.allclose(np.linalg.solve(H, b), p.minimiser, rtol=1e-9) and np.linalg.norm(p.minimiser) == pytest.approx(
        distance
    )
    assert mu <= np.linalg.eigvalsh(H)[0] and np.linalg.eigvalsh(H)[-1] <= L
    rng = dq.stream(0, "points")
    for x in rng.standard_normal((5, n)):
        assert np.allclose(problems.gradient(p, x), H @ x - b, rtol=1e-12, atol=1e-12)
        assert problems.value(p, x) == pytest.approx(0.5 * x @ H @ x - b @ x)
        assert np.allclose(plain(problems.gradient.kernel(p))(p, x), problems.gradient(p, x))
        numeric = oracles.numeric_gradient(lambda v: problems.value(p, v), x)
        assert np.allclose(problems.gradient(p, x), numeric, rtol=1e-5, atol=1e-5)
    assert p.least_value == pytest.approx(problems.value(p, p.minimiser)) == pytest.approx(-0.5 * b @ p.minimiser)
    assert p.certify(rng)["gradient_at_minimiser"] < 1e-12


def test_a_long_chain_reaches_its_curvatures():
    H, _ = dense(problems.nesterov_chain(10.0, 1.0, 300))
    assert np.linalg.eigvalsh(H)[[0, -1]] == pytest.approx([1.0, 10.0], rel=1e-3)


def test_the_cut_chain_is_the_head_of_a_longer_one():
    short, long = (problems.nesterov_chain(16.0, 1.0, n) for n in (10, 40))
    assert np.allclose(short.minimiser / short.minimiser[0], (long.minimiser / long.minimiser[0])[:10])
    assert np.allclose(long.minimiser[1:] / long.minimiser[:-1], 0.6)


def _dictate_by(codebook, steps=10):
    return experiments.dictation_in_space(experiments.quadratic([0.1, 0.1], 2.0, 1.0), codebook, steps)


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: lin.volume_radius(0, 2), "points"),
        (lambda: lin.volume_radius(2, 0), "dim"),
        (lambda: lin.volume_distance(-1, 1.0), "t:"),
        (lambda: lin.volume_distance(1, -1.0), "rate"),
        (lambda: lin.almost_sure_radius(0, 1.0, 1), "t:"),
        (lambda: lin.almost_sure_probability(-1.0, 1, 1.0, 1), "radius"),
        (lambda: lin.converse_gradient_method_factor(0.5, 1.0), "kappa"),
        (lambda: lin.nesterov_distance(-1, 4.0), "t:"),
        (lambda: lin.nesterov_chain_distance(1, 4.0, 1), "n:"),
        (lambda: lin.one_step_primal(0.0, 2.0, 1.0), "stepsize"),
        (lambda: lin.one_step_primal(0.1, 1.0, 2.0), "L:"),
        (lambda: lin.one_step_dual(0.1, 0.1, 2.0, math.nan), "mu"),
        (lambda: lin.one_step_multiplier(0.1, 1.0, 1.0), "L:"),
        (lambda: problems.nesterov_chain(1.0, 1.0, 5), "L:"),
        (lambda: problems.nesterov_chain(2.0, 0.0, 5), "mu"),
        (lambda: problems.nesterov_chain(2.0, 1.0, 1), "n:"),
        (lambda: problems.nesterov_chain(2.0, 1.0, 5, distance=0.0), "distance"),
        (lambda: experiments.codepoints(quantizers.UniformScalar(4, 20)), "quantizer"),
        (lambda: experiments.reachable(quantizers.UniformScalar(2, 1), 1.0, np.ones(19)), "fewer steps"),
        (lambda: experiments.deepest_hole(np.zeros((2, 3))), "one or two"),
        (lambda: experiments.deepest_hole([[0.0]], D=0.0), "D:"),
        (lambda: experiments.counted(3.0, quantizers.UniformScalar(2, 1), 2, "GD"), "algorithm"),
        (lambda: experiments.counted(0.5, quantizers.UniformScalar(2, 1), 2), "L: expected L >= mu"),
        (lambda: experiments.quadratic([0.1], 1.0, 0.0), "mu"),
        (lambda: experiments.chain_runs(0.0, 5, 4, {}), "kappa"),
        (lambda: experiments.every_server(16, 2), "points"),
        (lambda: experiments.every_encoder(np.zeros(10), np.zeros(10)), "minimisers"),
        (lambda: experiments.every_codebook(6, [0.5]), "levels"),
        (lambda: experiments.dictation(experiments.quadratic([0.1], 2.0, 1.0), 3, 5), "levels"),
        (lambda: experiments.dictation(experiments.quadratic([0.1, 0.1], 2.0, 1.0), 2, 5), "problem"),
        (lambda: _dictate_by(quantizers.UniformScalar(8, 2)), "codebook"),
        (lambda: _dictate_by(quantizers.Codebook([[0.0, 0.0], [0.5, 0.1]])), "no point at 0"),
        (lambda: _dictate_by(experiments.in_general_position(61, 2), steps=4), "steps"),
    ],
)
def test_what_has_no_meaning_is_refused(call, word):
    with pytest.raises(ValueError, match=word):
        call()


def test_bounds_broadcast():
    assert lin.nesterov_chain_distance([0, 1, 5], 1.0, 4).tolist() == [1.0, 0.0, 0.0]  # kappa = 1: one step is enough
    assert lin.volume_distance([0, 1, 2], 1.0).tolist() == [1.0, 0.5, 0.25]
    assert lin.almost_sure_probability([10.0, 0.125], 2, 1.0, 1).tolist() == [1.0, 0.5]
