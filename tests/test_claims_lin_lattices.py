"""What finite lattices can show of covering efficiencies that tend to 1, and of (52)."""

import math

import pytest

import dqlab as dq
from dqlab import lattices
from dqlab import quantizers as dqq

KAPPA = 9.588364478  # that of ash331


def limit(name):
    """The covering efficiency that balls of a lattice tend to at high rates."""
    return lattices.normalized_thickness(lattices.named(name))


def test_covering_efficiencies_of_balls_of_lattices():
    """rho >= 1 always, less at every higher rate, down to Theta^(1/n): 1.09 for Leech, where the scalar quantizer has sqrt(24)."""
    rates = {"Z8": (2, 4, 6), "A2": (2, 4, 5), "D4": (2, 4, 6), "E8": (2, 3, 4), "Leech": (1.5, 2.5, 3.5)}
    for name, at in rates.items():
        rho = [dqq.covering_efficiency(dqq.Lattice(name, rate, shape="ball")) for rate in at]
        assert rho[0] > rho[1] > rho[2] > limit(name) > 1
        assert rho[2] < 1.2 * limit(name)
        if name not in ("Z8", "A2"):
            assert rho[2] < math.sqrt(lattices.named(name).dim)
    assert rho[2] < 1.3 < math.sqrt(24) / 3


def test_thinner_coverings_come_closer_to_rogers():
    """Theta^(1/n) of COMPANION 2.5; the cubic lattice tends to sqrt(2 pi e) / 2, A_n* to sqrt(pi e / 6), Rogers to 1."""
    known = {"A2": 1.0996, "D4": 1.2533, "A4*": 1.1527, "E8": 1.1914, "A8*": 1.1763, "Leech": 1.0900}
    assert {name: round(limit(name), 4) for name in known} == known
    assert [round(limit(f"Z{n}"), 3) for n in (8, 24, 104)] == [1.685, 1.888, 2.01]
    cubic, star = math.sqrt(2 * math.pi * math.e) / 2, math.sqrt(math.pi * math.e / 6)
    assert limit("Z104") < cubic < 2.07 and limit("Z4000") == pytest.approx(cubic, rel=2e-3)
    assert limit("A104*") < star and limit("A4000*") == pytest.approx(star, rel=2e-3)
    assert math.log2(star) == pytest.approx(0.255, abs=5e-4)


def test_a_lattice_brings_dq_gd_to_the_optimum_where_the_scalar_quantizer_diverges():
    """n = 104 at 3 bits, kappa of ash331: with E8 in blocks and with a ball of Z^104 the factor is sigma_GD, the right side of (52)."""
    problem = dq.problems.random_spectrum(KAPPA, dq.stream(0, "lattices"), n=104)
    sigma = dq.theory.lin.gd_contraction_factor(KAPPA)
    optimum = max(sigma, 2**-3.0)
    e8, ball = dqq.Lattice("E8", rate=3, dim=104), dqq.Lattice("Z104", rate=3, shape="ball")
    for q in (e8, ball):
        assert dqq.rate(q) <= 3 and dqq.relative_radius(q) < sigma == optimum
        run = dq.algorithms.dq_gd(problem, q, steps=120)
        bound = dq.theory.lin.dq_gd_distance(120, KAPPA, dqq.rate(q), dqq.covering_efficiency(q), run.distance[0])
        assert not run.outside.any() and run.distance[-1] <= bound
        assert run.contraction_factor() < 1.04 * optimum
        assert run.bits[-1] <= 120 * 3 * 104
    with pytest.warns(UserWarning, match="threshold"):
        scalar = dq.algorithms.dq_gd(problem, dqq.UniformScalar(8, 104), steps=120)
    assert scalar.contraction_factor() > 1
