"""Lattices under DQ-GD: their geometry against closed forms, and the runs against what it promises."""

import math

import numpy as np
import pandas as pd
import pytest

from dqlab import data, lattices
from dqlab.experiments import lin
from dqlab.problems import LeastSquares
from dqlab.quantizers import UniformScalar, Voronoi
from dqlab.theory import lin as theory

RATES = np.log2([4, 6, 7, 8, 10, 11, 16])


@pytest.fixture(scope="module")
def survey():
    A = lin.survey_matrix()
    return LeastSquares.from_data(A, np.zeros(A.shape[0]))


@pytest.fixture(scope="module")
def runs(survey):
    voronoi = lin.lattice_rates(survey, RATES, ["scalar", "E8 voronoi"], instances=2, seed=1, progress=False)
    ball = lin.lattice_rates(survey, [1.7, 1.85, 2, 3], ["Z104 ball"], instances=2, seed=1, progress=False)
    return pd.concat([voronoi.frame, ball.frame], ignore_index=True)


def test_covering_of_voronoi_codes_and_scalar_quantizer():
    frame = lin.lattice_covering(104, RATES, ["scalar", "E8 voronoi", "D4 voronoi", "A2 voronoi", "A8* voronoi"])
    for row in frame.itertuples():
        s = round(2**row.rate)
        if row.code == "scalar":
            expected = math.sqrt(104) / s
        else:
            lattice = lattices.named(row.code.split()[0])
            radius = lattice.covering_radius
            inside = s * lattice.packing_radius - radius
            expected = math.sqrt(104 / lattice.dim) * min(radius / inside, 1)
        assert row.relative == pytest.approx(expected, rel=1e-6), row
        assert row.rho == pytest.approx(s * expected, rel=1e-6)
        assert row.bits <= math.ceil(104 * row.rate * 1.01) and row.converse == pytest.approx(1 / s)
    at_3_bits = frame[frame.budget == 3].set_index("code").relative
    assert at_3_bits["E8 voronoi"] == pytest.approx(0.774, abs=5e-4)
    assert at_3_bits["scalar"] == pytest.approx(1.275, abs=5e-4)


def test_no_code_beats_the_converse():
    codes = {2: ["A2 voronoi", "A2 ball", "Z2 ball"], 8: ["E8 voronoi", "E8 ball", "A8* ball"], 104: ["Z104 ball"]}
    for dim, names in codes.items():
        frame = lin.lattice_covering(dim, [1, 1.5, 2, 2.5], ["scalar", *names])
        assert (frame.rate <= frame.budget * (1 + 1e-12)).all()
        assert (frame.relative >= frame.converse).all() and (frame.rho >= 1).all()
        assert (frame.bits == np.ceil(dim * frame.rate - 1e-6)).all()


def test_a_rate_that_buys_no_code_has_no_row():
    assert lin.lattice_code("E8 voronoi", 0.9, 8) is None and lin.lattice_code("scalar", 0.9, 8) is None
    frame = lin.lattice_covering(8, [0.9, 2], ["scalar", "E8 voronoi"])
    assert frame[["code", "budget"]].values.tolist() == [["scalar", 2], ["E8 voronoi", 2]]
    assert lin.lattice_covering(8, [0.5], ["scalar"]).empty


def test_efficiency_tends_to_that_of_the_lattice():
    """Footnote 3: at high rate a ball has the efficiency of the infinite lattice, Theta**(1/n)."""
    for name, rates in {"A2": [3, 4, 5], "D4": [2, 3, 4], "E8": [2, 3, 4]}.items():
        lattice = lattices.named(name)
        limit = lin.lattice_limit(f"{name} ball", lattice.dim)
        assert limit == pytest.approx(lattices.thickness(lattice) ** (1 / lattice.dim))
        frame = lin.lattice_covering(lattice.dim, rates, [f"{name} ball"])
        excess = frame.rho / (limit * (1 + frame.relative)) - 1
        assert (np.diff(frame.rho) < 0).all() and (frame.rho > limit).all()
        assert abs(excess.iloc[0]) < 0.1 and abs(excess.iloc[-1]) < 0.01
    for code in ("E8 voronoi", "D4 voronoi", "Z8 voronoi"):
        fine = lin.lattice_covering(8, [16], [code]).iloc[0]
        assert 1 < fine.rho / fine.limit < 1 + 1e-3


def test_gains_of_blocks_over_the_scalar_quantizer():
    """log2(sqrt(b) rho_pack / R_cov) bits per dimension at high rate; at s = 8 some of it is not there yet."""
    gains = {"Z4": 0, "A2": 0.29, "D4": 0.5, "E8": 1.0, "Leech": 1.79}
    for name, expected in gains.items():
        dim = lattices.named(name).dim
        gain = math.log2(lin.lattice_limit("scalar", dim) / lin.lattice_limit(f"{name} voronoi", dim))
        assert gain == pytest.approx(expected, abs=0.005), name
    at_8 = lin.lattice_covering(104, [3], ["E8 voronoi"]).iloc[0]
    assert math.log2(at_8.rho / at_8.limit) == pytest.approx(0.28, abs=0.005)


def test_a_ball_of_the_cubic_lattice_needs_a_high_rate_to_be_within_2_07():
    frame = lin.lattice_covering(104, [1.8, 2, 3], ["Z104 ball"])
    assert frame.limit[0] < 2.07 < frame.rho.min()
    assert (np.diff(frame.rho) < 0).all() and frame.rho[0] > 3.3


def test_the_survey_is_a_graph():
    for seed in (0, 1):
        A = lin.survey_matrix(seed=seed)
        assert A.shape == (331, 104) and set(np.unique(A)) == {0.0, 1.0}
        assert (A.sum(axis=1) == 2).all() and len(np.unique(A, axis=0)) == 331
        degrees = A.sum(axis=0)
        assert degrees.min() == 3 and degrees.max() <= 12
        assert np.linalg.matrix_rank(A) == 104 and 7 < np.linalg.cond(A) ** 2 < 13
        assert np.array_equal(A, lin.survey_matrix(seed=seed))
    assert not np.array_equal(lin.survey_matrix(seed=0), lin.survey_matrix(seed=1))
    assert lin.survey_matrix(nodes=20, measurements=40).shape == (40, 20)


def test_at_3_bits_e8_converges_where_the_scalar_quantizer_diverges(survey, runs):
    at_3 = runs[runs.budget == 3].groupby("code").factor.agg(["min", "max"])
    sigma = theory.gd_contraction_factor(survey.kappa)
    assert at_3["min"]["scalar"] > 1.2
    assert at_3["max"]["E8 voronoi"] < sigma + 0.03 and at_3["max"]["Z104 ball"] < sigma + 0.005


def test_runs_keep_their_bounds(survey, runs):
    sigma = theory.gd_contraction_factor(survey.kappa)
    assert (runs.outside == 0).all()
    assert np.allclose(runs.bound, np.maximum(sigma, runs.relative))
    assert np.allclose(runs.converse, np.maximum(sigma, 2.0**-runs.rate))
    for row in runs[runs.relative < 1].itertuples():
        limit = theory.dq_gd_distance(row.steps, survey.kappa, row.rate, 2**row.rate * row.relative)
        assert row.arrived and row.factor <= limit ** (1 / row.steps) * (1 + 1e-9), row
        assert row.factor > 0.97 * row.bound, row


def test_below_the_threshold_a_code_with_a_zero_stops_and_one_without_diverges(runs):
    below = runs[runs.relative >= 1]
    assert not below.arrived.any()
    with_zero = (below.code != "scalar") | (np.round(2**below.rate) % 2 == 1)
    assert below[with_zero].factor.between(0.99, 1.001).all()
    assert (below[~with_zero].factor > 1.01).all() and (~with_zero).any()


def test_lowest_rates(survey, runs):
    sigma = theory.gd_contraction_factor(survey.kappa)
    table = lin.lowest_rates(runs, sigma).set_index("code")
    assert table.linear.to_dict() == pytest.approx(
        {"scalar": math.log2(11), "E8 voronoi": math.log2(7), "Z104 ball": 1.849}, abs=1e-3
    )
    assert np.allclose(table.measured, table.linear)
    assert table.lossless["scalar"] == 4 and table.lossless["E8 voronoi"] == 3
    assert table["log2 rho"]["scalar"] == pytest.approx(theory.dq_gd_linear_threshold(math.sqrt(104)))
    none = lin.lowest_rates(runs[(runs.code == "scalar") & (runs.rate < 3)], sigma).iloc[0]
    assert np.isnan(none[["measured", "linear", "lossless", "rho"]].astype(float)).all()
    hole = pd.DataFrame({"code": "x", "rate": [1, 2, 3.0], "relative": [0.9, 0.8, 0.7], "arrived": [True, False, True]})
    assert lin.lowest_rates(hole, 0.5).iloc[0].measured == 3


def test_codes_see_the_same_instances(survey, runs):
    alone = lin.lattice_rates(survey, [3], ["E8 voronoi"], instances=2, seed=1, jobs=1, progress=False).frame
    among = runs[(runs.code == "E8 voronoi") & (runs.budget == 3)].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, among, check_exact=True)


@pytest.mark.skipif(data.names().loc["ash331", "where"] == "to download", reason="ash331 is not at hand")
def test_ash331():
    """n = 104 = 13 * 8: at 3 bits E8 has rho' = .774 and runs at sigma_GD = .811, the scalar quantizer diverges."""
    A = data.load("ash331").X
    problem = LeastSquares.from_data(A, np.zeros(A.shape[0]))
    assert problem.kappa == pytest.approx(9.588364478)
    frame = lin.lattice_rates(problem, [3], ["scalar", "E8 voronoi", "Z104 ball"], instances=3, progress=False).frame
    mean = frame.groupby("code")[["relative", "factor", "bound"]].mean()
    assert mean.bound["E8 voronoi"] == pytest.approx(0.811113, abs=1e-6)
    assert mean.factor["E8 voronoi"] == pytest.approx(0.83, abs=0.01)
    assert mean.factor["scalar"] == pytest.approx(1.284, abs=0.01)
    assert mean.factor["Z104 ball"] == pytest.approx(0.811, abs=0.005)


def test_named_codes():
    assert lin.lattice_code("scalar", 3.5, 6) == UniformScalar(11, 6)
    code = lin.lattice_code("E8 voronoi", 3, 16)
    assert isinstance(code, Voronoi) and (code.levels, code.dim) == (8, 16)


@pytest.mark.parametrize(
    ("error", "call", "words"),
    [
        (ValueError, lambda: lin.lattice_code("E8", 3, 8), "code: expected 'scalar', '<lattice> voronoi' or"),
        (ValueError, lambda: lin.lattice_code("E9 ball", 3, 9), "name: expected .*, got 'E9'"),
        (ValueError, lambda: lin.lattice_code("E8 voronoi", 3, 12), "dim: expected a multiple of 8"),
        (ValueError, lambda: lin.lattice_covering(8, [0.0], ["scalar"]), "rates: expected"),
        (ValueError, lambda: lin.survey_matrix(nodes=3), "nodes: expected"),
        (
            ValueError,
            lambda: lin.survey_matrix(nodes=104, measurements=100),
            "measurements: expected 156 to 520 for 104",
        ),
        (TypeError, lambda: lin.lattice_rates(np.eye(8), [3], ["scalar"]), "problem: expected a LeastSquares"),
    ],
)
def test_bad_input(error, call, words):
    with pytest.raises(error, match=words):
        call()


def test_rates_that_buy_nothing(survey):
    with pytest.raises(ValueError, match="rates: none of .* buys any of the codes"):
        lin.lattice_rates(survey, [0.5], ["scalar"])
    with pytest.raises(ValueError, match="instances: expected"):
        lin.lattice_rates(survey, [3], ["scalar"], instances=0)
