"""The protocol of Xu et al. on text: splits, methods by name, what a table's columns are, intervals against a calculation by hand."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import sparse, stats

import dqlab as dq
from dqlab.experiments import xu
from dqlab.experiments.xu import kept_tables

SETTINGS = xu.TABLE2["rcv1"]


@pytest.fixture(scope="module")
def text():
    return xu.text_split("docstrings", dq.stream(0, "split"), workers=2, rows=300)


def table(rows):
    frame = pd.DataFrame(rows, columns=["method", "trial", "accuracy", "sparsity", "error"])
    return SimpleNamespace(frame=frame)


def test_eleven_methods_in_three_families():
    assert len(xu.METHODS) == 11 and [m.family for m in xu.METHODS.values()].count("rda") == 5
    assert all(name.endswith("†") == bool(m.quantizer and not m.double) for name, m in xu.METHODS.items())
    assert all(list(block) == list(xu.METHODS) for block in xu.TABLE3.values())


def test_a_method_is_the_algorithm_with_its_quantizers(text):
    """By name and by hand: the same iterates and bits."""
    d = text.problem.dim
    q = dq.quantizers.Threshold(d)
    by_hand = dq.algorithms.rda_adagrad(
        text.problem, steps=30, batch=20, stepsize=0.1, penalty=0.5 / 30, delta=1e-3, uplink=q, downlink=q, seed=4
    )
    named = xu.run_method("Threshold RDA adagrad", text.problem, SETTINGS, seed=4, steps=30, reading="whole run")
    np.testing.assert_array_equal(named.final, by_hand.final)
    assert named.bits[-1] == by_hand.bits[-1]
    exact = xu.run_method("32-bits CMD adagrad", text.problem, SETTINGS, seed=4, steps=5)
    assert exact.bits_up[-1] == 2 * 5 * 32 * d and exact.bits_down[-1] == 5 * 32 * d
    assert (exact.selected == d).all()


def test_the_whole_run_reading_changes_qrda_alone():
    spread = xu.whole_run(SETTINGS, 250)
    assert spread["cmd"] == SETTINGS["cmd"] and spread["prox"] == SETTINGS["prox"]
    assert spread["rda"] == SETTINGS["rda"]._replace(penalty=0.002)


def test_accuracy_counts_ties_as_half():
    X = sparse.csr_array(np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]))
    held = xu.TextSplit(None, X, np.array([1.0, 1.0, -1.0, 1.0]), None)
    assert held.accuracy([2.0, 0.0]) == 0.5
    assert held.accuracy([2.0, -1.0]) == 0.625


def test_held_out_rows_were_never_trained_on():
    text = xu.text_split("docstrings", dq.stream(0, "split"), workers=2, rows=600)

    def keys(X):
        X = X.tocsr()
        ends = zip(X.indptr[:-1], X.indptr[1:], strict=True)
        return {tuple(X.indices[a:b]) + tuple(X.data[a:b].round(9)) for a, b in ends}

    trained, held = keys(text.problem.rows.matrix()), keys(text.X)
    assert len(trained) == 480 and len(held) == 120 and not trained & held


def test_measures_are_those_of_the_run(text):
    run = xu.run_method("Threshold CMD adagrad", text.problem, SETTINGS, seed=1, steps=10, record=[10])
    columns = xu.measures(run, 0.9, text.problem, 10)
    assert columns["accuracy"] == 90 and columns["sparsity"] == 100 * run.sparsity[-1]
    assert columns["up"] == pytest.approx(32 + text.problem.dim + 2 * run.selected.mean())
    assert columns["down"] == pytest.approx(32 + text.problem.dim + 2 * run.selected_down.mean())
    assert columns["density"] == run.selected.mean() / text.problem.dim
    found = xu.transmission(SimpleNamespace(frame=pd.DataFrame([{"method": "a", **columns}])), bandwidth=1000)
    assert found.loc["a", "total"] == pytest.approx((columns["up"] + columns["down"]) / 8000)
    assert found.loc["a", "saved"] == pytest.approx(1 - (columns["up"] + columns["down"]) / (64 * text.problem.dim))


def test_orderings_are_paired_intervals():
    """Against scipy's paired t interval; a claim fails where the interval says so, and stays open where it says nothing."""
    rng = dq.stream(3, "made up")
    base, gain = rng.normal(90, 5, 6), rng.normal(1, 0.3, 6)
    names = ("Ternary CMD adagrad", "Threshold CMD adagrad")
    rows = [(names[0], k, base[k], 50.0, 4e-8) for k in range(6)]
    rows += [(names[1], k, base[k] + gain[k], 50.0 + (-1) ** k, 1e-8 * (1 + k / 100)) for k in range(6)]
    found = xu.orderings(table(rows)).set_index("value")
    low, high = stats.t.interval(0.95, 5, gain.mean(), stats.sem(gain))
    assert (found.low["accuracy"], found.high["accuracy"]) == pytest.approx((low, high))
    assert found.verdict.to_dict() == {"error": "holds", "sparsity": "open", "accuracy": "holds"}
    assert np.exp(found.difference["error"]) == pytest.approx(4, rel=0.03)
    other = xu.orderings(table([(names[names[0] == row[0]], *row[1:]) for row in rows])).set_index("value")
    assert other.verdict["accuracy"] == "fails" and other.verdict["error"] == "fails"


def test_little_is_a_point_of_accuracy():
    pair = ("Threshold RDA adagrad†", "Threshold RDA adagrad")
    for loss, verdict in ((0.5, "holds"), (1.5, "fails")):
        rows = [
            (name, k, 90 + k - loss * (name == pair[1]) + 1e-3 * k * k, 99.0, 1e-8) for name in pair for k in range(3)
        ]
        found = xu.orderings(table(rows))
        assert found.verdict[found.claim == "double quantization costs little"].tolist() == [verdict]


def test_kept_tables_are_whole():
    for data, scale in kept_tables.KEPT.items():
        result = xu.full_table3(data)
        assert result.frame.groupby("method").size().eq(5).all() and set(result.frame.method) == set(xu.METHODS)
        assert result.meta["seed"] == 0 and scale >= 1 and result.frame.steps.nunique() == 1


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda text: xu.run_method("Ternary", text.problem, SETTINGS, seed=0, steps=3), "name: expected one of"),
        (lambda text: xu.run_method("32-bits Prox-gd", text.problem, xu.TABLE2["MNIST"], seed=0, steps=3), "problem: expected 4 workers"),
        (lambda text: xu.run_method("32-bits Prox-gd", text.problem, SETTINGS, seed=0, steps=3, reading="other"), "reading"),
        (lambda text: xu.whole_run(SETTINGS, 0), "steps"),
        (lambda text: xu.text_split("reuters", dq.stream(0), 2), "name: expected one of"),
        (lambda text: xu.text_split("docstrings", dq.stream(0), 2, rows=3), "rows"),
        (lambda text: xu.table3(methods=["Adam"]), "methods"),
        (lambda text: xu.table3(scale=0.0), "scale"),
        (lambda text: xu.table3(delta=0.0), "delta"),
        (lambda text: xu.full_table3("rcv1"), "data"),
        (lambda text: xu.error_ratios("text"), "data: expected one of"),
        (lambda text: xu.orderings(table([("Ternary CMD adagrad", 0, 1.0, 1.0, 1.0)])), "two trials or more"),
        (lambda text: text.accuracy([1.0]), "x"),
    ],
)  # fmt: skip
def test_bad_input_is_refused(text, call, word):
    with pytest.raises((TypeError, ValueError), match=word):
        call(text)
