"""Figure 5 of Reisizadeh et al. at a fifth of its scale: 10 nodes, T = 100 and 300, patches of photographs, three seeds."""

import pytest

from dqlab.experiments import reisizadeh
from dqlab.theory import reisizadeh as theory

NODES = 10


@pytest.fixture(scope="module")
def figure():
    methods = ["QuanTimed-DSGD", "Q-DSGD", "DSGD"]
    found = {}

    def run(panel):
        if panel not in found:
            found[panel] = reisizadeh.figure5(panel, trials=3, methods=methods, progress=False)
        return found[panel]

    return run


def iteration(panel, accounting):
    """Seconds of a step of QuanTimed-DSGD, Q-DSGD and DSGD."""
    protocol = reisizadeh.PANELS[panel]
    talk = theory.digit_communication(protocol.digits)
    if accounting == "bits":
        talk = 3 * theory.grid_bits(protocol.digits, 8.0) / 64
    slowest = theory.slowest_uniform(10, 90, NODES)
    waiting = [theory.batch_iteration(protocol.batch, slowest, seconds) for seconds in (talk, 3.0)]
    return theory.deadline_iteration(protocol.deadline, talk), *waiting


def better_in_every_seed(result, panel):
    table = reisizadeh.speedup(result, panel=panel)
    for row in table.itertuples():
        times = reisizadeh.time_to(result, row.level, row.accounting)
        others = times[["Q-DSGD", "DSGD"]].min(axis=1)
        assert (times["QuanTimed-DSGD"] < 0.7 * others).all()
    assert (result.frame.outside == 0).all()
    return table.set_index("accounting")


def test_figure_5_left(figure):
    table = better_in_every_seed(figure("left"), "left")
    assert (table.low > 1.5).all() and (table.high < 3.2).all() and (table["over DSGD"] > table["over Q-DSGD"]).all()


def test_figure_5_right(figure):
    table = better_in_every_seed(figure("right"), "right")
    assert (table["speedup"] > 1.7).all() and (table["over DSGD"] > table["over Q-DSGD"]).all()


def test_per_step_a_deadline_costs_nothing(figure):
    """At equal T both methods reach losses within a twentieth of each other: the deadline's batches are as good as fixed ones."""
    for panel in ("left", "right"):
        frame = figure(panel).frame
        ends = frame[(frame.step == frame.horizon) & (frame.horizon == 300)].groupby("method").loss.mean()
        assert ends["QuanTimed-DSGD"] == pytest.approx(ends["Q-DSGD"], rel=0.05)


def test_the_clock_alone_explains_the_speedup_over_q_dsgd(figure):
    for accounting in ("digits", "bits"):
        timed, fixed, _ = iteration("left", accounting)
        over = reisizadeh.speedup(figure("left")).set_index("accounting")["over Q-DSGD"][accounting]
        assert over == pytest.approx(fixed / timed, rel=0.1)


def test_true_bits_hardly_change_the_speedup(figure):
    """14 and 21 bits of 64 cost little more than 3 and 5 digits of 16."""
    grids = {panel: theory.grid_bits(reisizadeh.PANELS[panel].digits, 8.0) for panel in ("left", "right")}
    assert grids == {"left": 21, "right": 14}
    for panel in ("left", "right"):
        speedups = reisizadeh.speedup(figure(panel)).set_index("accounting")["speedup"]
        assert 0.93 < speedups["bits"] / speedups["digits"] < 1
