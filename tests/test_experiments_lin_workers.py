"""Sum rates, allocations and neighbourhoods of K workers: what is measured against what is proved."""

import numpy as np
import pandas as pd
import pytest

from dqlab.experiments import lin
from dqlab.theory import lin as theory

L = 64 * 2.0 ** -np.arange(8.0)


@pytest.fixture(scope="module")
def rates():
    return lin.workers_sum_rate(L, L / 4, [12, 16, 32, 64], instances=3, seed=1, progress=False)


@pytest.fixture(scope="module")
def neighbourhood():
    return lin.workers_neighbourhood(
        [20.0, 10.0, 5.0, 5.0], 1.0, [64, 256, 1024, 4096], instances=3, steps=800, progress=False
    )


def test_measured_factors_keep_their_bounds(rates):
    frame = rates.frame
    assert len(frame) == 4 * 3 * 2 and not rates.failures and frame.outside.sum() == 0
    assert (frame.factor <= frame.bound * (1 + 1e-9)).all() and (frame.spent <= frame.sum_rate + 1e-9).all()
    assert (frame.factor >= 0.75 * frame.bound).all()


def test_waterfilling_beats_equal_shares(rates):
    table = rates.frame.pivot(index=["sum_rate", "trial"], columns="allocation", values=["factor", "bound", "silent"])
    for value in ("factor", "bound"):
        assert (table[value].waterfilling < table[value].equal).all()
    assert table.silent.waterfilling.groupby("sum_rate").first().tolist() == [6, 5, 3, 0]
    assert (table.silent.equal == 0).all()
    at = rates.frame[rates.frame.allocation == "waterfilling"].groupby("sum_rate").first()
    assert at.bound[12] < at.printed[12] and at.bound[64] == pytest.approx(at.printed[64], rel=1e-4)
    assert at.printed[32] == pytest.approx(theory.nq_gd_workers_contraction_factor(L, L / 4, 32, 4.0))


def test_the_neighbourhood_is_within_theorem_D_2_and_differences_remove_it(neighbourhood):
    frame = neighbourhood.frame
    naive, differences = (frame[frame.algorithm == name].set_index(["levels", "trial"]) for name in ("NQ-GD", "EF21"))
    assert frame.outside.sum() == 0 and (naive.distance < naive.radius).all() and (naive.distance > 1e-3).all()
    means = naive.distance.groupby("levels").mean()
    assert (means[256] / means[1024], means[1024] / means[4096]) == pytest.approx((4, 4), rel=0.5)  # like 2**-R
    assert (differences.radius == 0).all() and (differences.factor <= differences.bound).all()
    assert (differences.distance[differences.bound < 1] < 1e-11).all() and (differences.bound < 1).sum() == 9
    assert (differences.distance[64] > 1).all()  # below their threshold they diverge, where naive quantization does not


def test_results_do_not_depend_on_jobs(tmp_path):
    arguments = dict(L=[8.0, 2.0], mu=1.0, sum_rates=[12, 16], instances=2, n=8, seed=2, progress=False)
    one = lin.workers_sum_rate(**arguments, jobs=1).frame
    two = lin.workers_sum_rate(**arguments, jobs=2, store=tmp_path).frame
    pd.testing.assert_frame_equal(one, two, check_exact=True)


def test_equal_shares_need_a_bit_each():
    frame = lin.workers_sum_rate([8.0, 8.0, 8.0], 1.0, [2, 12], instances=1, n=2, progress=False).frame
    assert set(frame[frame.sum_rate == 2].allocation) == {"waterfilling"}
    assert set(frame[frame.sum_rate == 12].allocation) == {"waterfilling", "equal"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sum_rates": [0.0]}, "sum_rates: expected numbers of bits above 0"),
        ({"sum_rates": []}, "sum_rates"),
        ({"instances": 0}, "instances"),
        ({"n": 1}, "n: expected an integer >= 2"),
    ],
)
def test_bad_arguments_are_explained(change, words):
    with pytest.raises(ValueError, match=words):
        lin.workers_sum_rate(**{"L": [4.0], "mu": 1.0, "sum_rates": [3], "progress": False, **change})


def test_bad_levels_are_explained():
    for change, words in (({"levels": [1]}, "levels"), ({"spread": 0.0}, "spread"), ({"steps": 5}, "steps")):
        with pytest.raises(ValueError, match=words):
            lin.workers_neighbourhood(**{"L": [4.0], "mu": 1.0, "levels": [4], "progress": False, **change})
