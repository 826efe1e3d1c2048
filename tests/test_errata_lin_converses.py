"""What the converses of Lin, Kostina and Hassibi say too much or leave unsaid, each with a number that shows it."""

import math
from typing import NamedTuple

import numpy as np
import pytest

from dqlab import algorithms, problems, quantizers
from dqlab.experiments import lin as experiments
from dqlab.theory import lin

from .test_claims_lin_converses import outside_span


class Truncated(NamedTuple):
    """Equation (56): a scalar quantizer for the first `kept` coordinates, and 0 for the others."""

    levels: int
    kept: int
    dim: int


@quantizers.encode.register(Truncated, compiled=False)
def _encode(quantizer, u, scale, rng, shared):
    return quantizers.encode(quantizers.UniformScalar(quantizer.levels, quantizer.kept), u[: quantizer.kept], scale)


@quantizers.decode.register(Truncated, compiled=False)
def _decode(quantizer, codes, scale, shared):
    q = np.zeros(quantizer.dim)
    q[: quantizer.kept] = quantizers.decode(quantizers.UniformScalar(quantizer.levels, quantizer.kept), codes, scale)
    return q


@quantizers.verbs.alphabet.register(Truncated, compiled=False)
def _alphabet(quantizer):
    return quantizer.levels


@quantizers.verbs.length.register(Truncated, compiled=False)
def _length(quantizer):
    return quantizer.kept


@quantizers.inside.register(Truncated, compiled=False)
def _inside(quantizer, u, scale):
    return bool((np.abs(u[: quantizer.kept]) <= scale).all())


def test_B13_sign_of_the_exponent():
    """The sketch's 2**R would be above 1; a scheme on the line contracts by exactly 2**-R."""
    table = experiments.counted(1.0, quantizers.UniformScalar(4, 1), 6)
    assert (table.distance[5]) ** (1 / 6) == pytest.approx(2**-2.0)
    assert table.distance[5] < 1 < 2**2.0


def test_B15_the_hole_moves_with_T():
    """The proof's minimiser depends on T; almost every single minimiser does, by Borel and Cantelli."""
    q = quantizers.UniformScalar(2, 1)
    ranges = lin.dq_gd_dynamic_range(np.arange(4), 2.0, 1.0, 1.0, L=2.0)
    hole, _ = experiments.deepest_hole(experiments.reachable(q, lin.gd_stepsize(2.0, 1.0), ranges[:2]))
    run = algorithms.dq_gd(experiments.quadratic(hole, 2.0, 1.0), q, steps=4, D=1.0, ranges=ranges)
    ratio = run.distance[[2, 4]] / lin.volume_distance([2, 4], 1.0)
    assert ratio == pytest.approx([2.222, 0.049], abs=1e-3)  # the worst minimiser at T = 2 is an easy one at T = 4
    T = np.arange(1, 2001)
    chances = lin.almost_sure_probability(lin.almost_sure_radius(T, 0.01, 3), T, 0.01, 3)
    assert np.allclose(chances, 1.0 / T**2) and chances.sum() < math.pi**2 / 6
    assert lin.almost_sure_radius(2000, 0.01, 3) ** (1 / 2000) == pytest.approx(2**-0.01, rel=3e-3)


def test_B16_truncation_leaves_the_tail():
    """(56) on a chain of 60 coordinates with 12 kept: the factor is 1, however many bits the 12 get."""
    kappa, n, kept = 25.0, 60, 12
    p = problems.nesterov_chain(kappa, 1.0, n)
    tail = float(np.linalg.norm(p.minimiser[kept:]))
    assert tail == pytest.approx(lin.nesterov_distance(kept, kappa), rel=1e-6) == pytest.approx(0.0077, abs=5e-5)
    ends = []
    for levels in (64, 4096, 1 << 24):
        q = Truncated(levels, kept, n)
        rho = (
            math.sqrt(kept) / levels
        )  # (26) with the rho_n of the n coordinates that are quantized, as the paper has it
        ranges = algorithms.ranges.dq_gd_ranges(p, 1.0, rho, np.full(400, lin.gd_stepsize(p.L, p.mu)))
        run = algorithms.dq_gd(p, q, steps=400, ranges=ranges, record="iterates")
        assert not run.iterates[:, kept:].any() and not run.outside.any()
        assert (run.distance >= tail * (1 - 1e-12)).all()
        error = (run.iterates[-1] - p.minimiser)[:kept]
        assert np.linalg.norm(error) < 1e-4 * tail  # the kept coordinates do converge
        assert run.inputs[-1] > 1e4 * run.ranges[-1]  # |u_t| <= r_t, which the theorems need, fails by the tail
        ends.append(run.distance[-1])
    assert ends == pytest.approx([tail] * 3)
    assert quantizers.search_covering_radius(Truncated(4096, 2, 3), starts=20) >= 1 - 1e-6  # rho' of (56) itself is 1


def test_N10_the_worker_may_dictate():
    """On the line a member of A_GD contracts by 2**-R at every kappa, so the half sigma_GD of (51) needs R = infinity.

    Checked: (48)-(50) of every step, every input inside the range, the distance at every step, over quadratics with any
    curvature and minimiser, the minimisers that leave no error at step 0 among them, and a logistic regression.
    """
    kappa, levels, steps = 100.0, 4, 22
    cases = [experiments.quadratic([x], kappa, 1.0) for x in np.linspace(-1, 1, 41)]
    flat = [
        problems.LeastSquares(np.eye(1), np.array([x]), x * x / 2, np.array([x]), kappa, 1.0) for x in (-1.0, 0.3, 1.0)
    ]
    exact = [experiments.quadratic([c / levels], kappa, 1.0) for c in (-3, -1, 1, 3)]  # u_0 is a point of the codebook
    logistic = problems.Logistic.from_data([[2.0], [1.0], [-3.0]], [1.0, -1.0, -1.0], 0.04)
    reach = abs(float(logistic.minimiser[0]))
    paths = [(p, experiments.dictation(p, levels, steps), 1.0) for p in [*cases, *flat, *exact]]
    paths.append((logistic, experiments.dictation(logistic, levels, steps, D=reach), reach))
    worst = 0.0
    for p, path, D in paths:
        eta = lin.gd_stepsize(p.L, p.mu)
        q = path.inputs + path.errors
        assert np.allclose(np.diff(path.iterates, axis=0), -eta * q, atol=1e-13 * D)  # (50)
        for t in range(steps):
            slope = problems.gradient(p, path.access[t])
            assert not (path.access[t] - path.iterates[t]).any()  # (48)
            gap = path.inputs[t] - slope
            assert not gap.any() or outside_span(gap, path.errors[:t]) < 1e-12  # (49)
        assert (np.abs(path.inputs[:, 0]) <= path.ranges * (1 + 1e-9) + 1e-13 * p.L * D).all()
        away = np.abs(path.iterates[:, 0] - p.minimiser[0])
        assert (away[2:] <= eta * np.append(path.ranges[2:], path.ranges[-1] / levels) * (1 + 1e-9) + 1e-14 * D).all()
        assert np.allclose(path.ranges[3:] / path.ranges[2:-1], 1 / levels)
        # No f has errors of 0 at steps 0 and 1: after a word of step 0 GD leaves less than the least word of step 1.
        assert path.ranges[1] > lin.gd_contraction_factor(p.kappa) * (levels - 1) * path.ranges[0]
        worst = max(worst, (away[-1] / D) ** (1 / steps)) if p is not logistic else worst
    assert any(path.errors[0] == 0 for _, path, _ in paths)  # the adversary's instances are among them
    assert 0.25 < worst < 0.29 < lin.gd_contraction_factor(kappa) == pytest.approx(0.980, abs=5e-4)
    gd = algorithms.gd(experiments.quadratic([1.0], kappa, 1.0), steps=steps)
    assert gd.contraction_factor() == pytest.approx(lin.converse_contraction_factor(kappa, 2.0))


def test_N11_finite_T_gap_where_the_two_terms_meet():
    """At sigma_GD = 2**-R (rho_n = 1) the bound (96) leaves a gap ln(1 + eta L T) / T, which is not O(1/T)."""
    T = np.array([10, 100, 1000])
    log_gap = np.log(lin.dq_gd_distance(T, 3.0, 1.0, 1.0)) - T * np.log(lin.converse_contraction_factor(3.0, 1.0))
    assert np.allclose(log_gap, np.log(1 + 1.5 * T)) and log_gap.round(2).tolist() == [2.77, 5.02, 7.31]


def test_N12_sequences_of_messages_may_meet():
    """(169) counts messages; DQ-GD with its own ranges at kappa = 3, one bit, reaches 3 positions in 2 steps, not 4."""
    table = experiments.counted(3.0, quantizers.UniformScalar(2, 1), 8)
    assert table.reached.tolist() == [2, 3, 6, 12, 24, 38, 76, 112] and table.at_most[7] == 256
    assert (table.radius >= lin.volume_radius(table.reached.to_numpy(float), 1)).all()
