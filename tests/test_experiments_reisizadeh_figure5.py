"""Figure 5 of Reisizadeh et al.: its protocol, its clock, what it measures, and speedups against a calculation by hand."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import dqlab as dq
from dqlab import data
from dqlab.experiments import reisizadeh
from dqlab.experiments.reisizadeh import kept_runs, training

METHODS = ["QuanTimed-DSGD", "Q-DSGD", "DSGD", "asynchronous DSGD"]
PANEL = "one hidden layer"
SPEEDS = dq.clock.UniformSpeeds(10, 90)


@pytest.fixture(scope="module")
def result():
    return reisizadeh.figure5(PANEL, trials=3, methods=METHODS, progress=False)


def points(result, method, trial=0):
    rows = result.frame[(result.frame.method == method) & (result.frame.trial == trial)]
    return rows.sort_values(["horizon", "step"])


def test_the_panels_are_those_of_the_supplement():
    left, right = (reisizadeh.PANELS[panel] for panel in ("left", "right"))
    assert left.hidden == (30, 20, 20, 25) and right.hidden == (90,)
    assert (left.a, left.e_quantimed, left.e_fixed, left.stepsize) == (0.8, 9, 10, 0.08)
    assert (right.a, right.e_quantimed, right.e_fixed, right.stepsize) == (0.1, 14, 15, 0.02)
    assert (left.reported, right.reported) == (2.31, 1.7)
    for panel, layers in (("left", [1024, 30, 20, 20, 25, 10]), ("right", [1024, 90, 2])):
        protocol = reisizadeh.PANELS[panel]
        problem = reisizadeh.perceptron(protocol, protocol.embedded)
        assert (problem.nodes, problem.samples, problem.layers.tolist()) == (50, 200, layers)
        assert problem.labels.max() == 1 and problem.unit == 1 / 255 and problem.decay == 0


def test_the_papers_data_where_they_are(monkeypatch, tmp_path):
    monkeypatch.setattr(data.files, "cache", lambda: tmp_path)
    monkeypatch.delenv("DQLAB_DATA", raising=False)
    assert [reisizadeh.paper_data(panel) for panel in ("left", "right", PANEL)] == ["image_patches"] * 2 + ["digits"]
    monkeypatch.setenv("DQLAB_DATA", str(tmp_path))
    (tmp_path / "cifar-10-python.tar.gz").touch()
    assert reisizadeh.paper_data("left") == "cifar10_pair"


def test_every_horizon_is_a_run_of_its_own(result):
    assert sorted(result.frame.horizon[result.frame.method == "Q-DSGD"].unique()) == [100, 300]
    for method in METHODS[:2]:
        for horizon, rows in points(result, method).groupby("horizon"):
            assert rows.step.tolist() == [0, horizon]
    assert points(result, "DSGD").step.iloc[-1] == round(800 * 300 / 1100)
    assert result.failures == [] and (result.frame.outside == 0).all() and (result.frame.unused == 0).all()


def test_all_methods_of_a_trial_start_alike(result):
    start = result.frame[result.frame.step == 0].groupby("trial").loss
    assert (start.nunique() == 1).all() and start.first().nunique() == 3


def test_every_method_learns(result):
    for method in METHODS:
        rows = points(result, method)
        assert rows.loss.iloc[-1] < 0.65 * rows.loss.iloc[0], method
    timed = points(result, "QuanTimed-DSGD")
    assert timed.loss.iloc[-1] < timed[timed.horizon == 100].loss.iloc[-1] - 0.1


def test_seconds_are_those_of_the_clock(result):
    """A step takes T_d, or as long as the slowest of 10 nodes, and its message; means of some hundred steps, within five deviations."""
    b, talk = 50, {"digits": 3 * 3 / 16, "bits": 3 * 14 / 64}
    slowest = SPEEDS.slowest(10)
    spread = (b / SPEEDS.draw(4000, 10, dq.stream(0, "speeds"))).max(axis=1).std()
    for trial in range(3):
        for accounting, message in talk.items():
            timed = points(result, "QuanTimed-DSGD", trial)
            assert np.allclose(timed[accounting], timed.step * (1 + message), rtol=1e-12)
            fixed = points(result, "Q-DSGD", trial).iloc[-1]
            each = fixed[accounting] / fixed.step - message
            assert abs(each - b * slowest) < 5 * spread / np.sqrt(fixed.step)
            exact = points(result, "DSGD", trial).iloc[-1]
            assert abs(exact[accounting] / exact.step - 3 - b * slowest) < 5 * spread / np.sqrt(exact.step)
    events = points(result, "asynchronous DSGD").iloc[-1]
    expected = events.step * (30 * SPEEDS.inverse_mean + 3) / 10
    assert events.digits == events.bits and events.digits == pytest.approx(expected, rel=0.05)


def test_the_deadline_pays(result):
    """The whole interval of the speedup lies above 1.5; seconds of a step alone differ by a factor of 2.3 between 10 nodes."""
    table = reisizadeh.speedup(result, panel=PANEL)
    assert (
        (table.low > 1.5).all() and np.isnan(table.reported).all() and table.accounting.tolist() == ["digits", "bits"]
    )
    assert (table.speedup <= table[["over Q-DSGD", "over DSGD"]].min(axis=1) + 1e-12).all()


def test_curves_are_means_over_the_trials(result):
    curves = reisizadeh.figure5_curves(result, "bits")
    row = curves[(curves.method == "Q-DSGD") & (curves.step == 300)].iloc[0]
    ends = [points(result, "Q-DSGD", trial).iloc[-1] for trial in range(3)]
    losses = [end.loss for end in ends]
    assert row.loss == pytest.approx(np.mean(losses)) and row.seconds == pytest.approx(np.mean([e.bits for e in ends]))
    low, high = stats.t.interval(0.95, 2, np.mean(losses), stats.sem(losses))
    assert (row.low, row.high) == (pytest.approx(low), pytest.approx(high))
    assert curves[curves.method == "QuanTimed-DSGD"].step.tolist() == [0, 100, 300]


def test_what_is_not_the_panels_own_can_be_given(result):
    other = reisizadeh.figure5(PANEL, trials=1, methods=["QuanTimed-DSGD"], deadline=0.4, data="digits", progress=False)
    rows, before = points(other, "QuanTimed-DSGD"), points(result, "QuanTimed-DSGD")
    assert np.allclose(rows.digits, rows.step * (0.4 + 9 / 16)) and not np.isclose(
        rows.loss.iloc[-1], before.loss.iloc[-1]
    )
    assert rows.loss.iloc[0] == before.loss.iloc[0]


def made_up(**times):
    """Curves that fall from 2 at 0 by straight lines to 0; `times` are the ends, one a trial."""
    rows = [
        dict(
            method=method,
            horizon=1,
            trial=trial,
            step=step,
            digits=step * end,
            bits=2 * step * end,
            loss=2.0 - 2 * step,
        )
        for method, ends in times.items()
        for trial, end in enumerate(ends)
        for step in (0, 1)
    ]
    return SimpleNamespace(frame=pd.DataFrame(rows).replace({"method": {"timed": "QuanTimed-DSGD", "fixed": "Q-DSGD"}}))


def test_speedup_by_hand():
    curves = made_up(timed=[4.0, 8.0, 8.0], fixed=[8.0, 32.0, 99.0], DSGD=[99.0, 99.0, 64.0])
    times = reisizadeh.time_to(curves, 0.5)
    assert times.loc[1].to_dict() == {"QuanTimed-DSGD": 6.0, "Q-DSGD": 24.0, "DSGD": 74.25}
    table = reisizadeh.speedup(curves, level=0.5, panel="left")
    logs = np.log([2.0, 4.0, 8.0])
    low, high = stats.t.interval(0.95, 2, logs.mean(), stats.sem(logs))
    assert table.speedup.tolist() == pytest.approx([4.0, 4.0]) and table.reported.tolist() == [2.31] * 2
    assert table.low.tolist() == pytest.approx([np.exp(low)] * 2) and table.high[0] == pytest.approx(np.exp(high))
    assert table["over Q-DSGD"][0] == pytest.approx((2 * 4 * 99 / 8) ** (1 / 3))
    assert (
        reisizadeh.time_to(curves, 3.0).to_numpy().max() == 0
        and np.isinf(reisizadeh.time_to(curves, -1.0).to_numpy()).all()
    )
    assert reisizadeh.common_level(curves) == 0.0


def test_speedups_that_are_none():
    curves = made_up(timed=[1.0], fixed=[2.0])
    with pytest.raises(
        ValueError, match=r"result: expected runs of QuanTimed-DSGD, Q-DSGD and DSGD, \['DSGD'\] missing"
    ):
        reisizadeh.speedup(curves)
    curves = made_up(timed=[1.0], fixed=[2.0], DSGD=[3.0])
    curves.frame["loss"] += 0.5
    with pytest.raises(
        ValueError, match="level: expected a loss that every method reaches, at most 0.1 is not reached"
    ):
        reisizadeh.speedup(curves, level=0.1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(panel="middle"), "panel: expected one of 'left', 'right', 'one hidden layer', got 'middle'"),
        (dict(panel="left", scale=2), r"scale: expected a number in \(0, 1\], got 2"),
        (dict(panel="left", scale=0), "scale: expected a finite number > 0, got 0"),
        (dict(panel="left", methods=["SGD"]), "methods: expected one of 'QuanTimed-DSGD', .* got 'SGD'"),
        (dict(panel=PANEL, engine="torch"), "engine: expected one of 'numba', 'jax', got 'torch'"),
        (dict(panel="left", data="cifar"), "name: unknown data set 'cifar'"),
    ],
)
def test_refusals(arguments, message):
    with pytest.raises(ValueError, match=message):
        reisizadeh.figure5(**arguments)


@pytest.mark.filterwarnings("ignore:Code running in object mode")
def test_jax_computes_the_same_figure(monkeypatch):
    pytest.importorskip("jax")
    monkeypatch.setattr(training, "EXACT_STEPS", 60)
    runs = [
        reisizadeh.figure5(PANEL, trials=1, methods=["DSGD"], engine=engine, progress=False).frame
        for engine in ("numba", "jax")
    ]
    assert len(runs[0]) == 17 and np.allclose(runs[0].loss, runs[1].loss, rtol=1e-4)


@pytest.mark.parametrize("panel", kept_runs.KEPT)
def test_the_kept_runs_are_of_the_papers_protocol(panel):
    """Seconds are the clock's exactly; a short run is made again, and its loss is the kept one's."""
    kept, protocol = reisizadeh.full_run(panel), reisizadeh.PANELS[panel]
    frame = kept.frame
    assert kept.meta["trials"] == 5 and kept.failures == [] and (frame[["outside", "unused"]] == 0).all(axis=None)
    for method in METHODS[:2]:
        assert sorted(frame.horizon[frame.method == method].unique()) == [100, 300, 500, 700, 900, 1100]
    ends = frame[(frame.method == "QuanTimed-DSGD") & (frame.step == frame.horizon)]
    assert ends.groupby("horizon").size().eq(5).all()
    assert np.allclose(ends.digits, ends.horizon * (1 + 3 * protocol.digits / 16))
    assert (frame.groupby(["method", "trial"]).loss.last() < frame.groupby(["method", "trial"]).loss.first()).all()
    problem = reisizadeh.perceptron(protocol, protocol.embedded)
    again = training._trial(dq.lab.TrialStream(0, 1), "QuanTimed-DSGD", 100, problem, protocol, training.EXACT_STEPS)
    same = ends[(ends.horizon == 100) & (ends.trial == 1)].iloc[0]
    assert again[-1]["digits"] == same.digits and again[-1]["loss"] == pytest.approx(same.loss, rel=1e-2)
