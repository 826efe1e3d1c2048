"""Sweeps: paired, independent of order, backend and interruption; nothing lost, nothing mixed."""

import functools
import importlib
import json
import math
import os
import random
import shutil
import signal
import subprocess
import sys
import textwrap
import time
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from dqlab import jit, streams
from dqlab.fingerprint import fingerprint, qualified_name
from dqlab.lab import SweepWarning, TrialStream, sweep
from dqlab.results import Sweep, frame_of, rows_to_text

ROOT = Path(__file__).resolve().parent.parent
quiet = functools.partial(sweep, progress=False)


@jit
def power_sum(x, p):
    total = 0.0
    for value in x:
        total += abs(value) ** p
    return total


def measure(stream, n, p=2):
    x = stream("sample").standard_normal(n)
    gram = np.outer(x, x) @ np.outer(x, x)  # linear algebra whose rounding may depend on the number of threads
    return {
        "sum": power_sum(x, p),
        "gram": gram.sum(),
        "x": x[:3],
        "count": n,
        "large": bool(x[0] > 1),
        "word": f"n={n}",
    }


def sometimes(stream, n):
    if n == 2 and stream.trial == 1:
        raise ArithmeticError("this cell is broken")
    return {"twice": 2 * n}


def files(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes() for path in sorted(Path(folder).rglob("*")) if path.is_file()
    }


def saved(result, folder):
    folder.mkdir()
    for suffix in ("csv", "npz", "json"):
        result.save(folder / f"result.{suffix}")
    return files(folder)


# What a sweep returns


def test_frame_is_ordered_by_grid_then_trial():
    frame = quiet(measure, {"n": [5, 3], "p": [2, 1]}, trials=2, seed=1).frame
    assert list(frame.columns) == ["n", "p", "trial", "sum", "gram", "x", "count", "large", "word"]
    assert list(zip(frame.n, frame.p, frame.trial)) == [(n, p, k) for n in (5, 3) for p in (2, 1) for k in (0, 1)]
    assert [frame[c].dtype.kind for c in ("n", "trial", "sum", "count", "large")] == ["i", "i", "f", "i", "b"]
    x = streams.stream(1, "trial", 1, "sample").standard_normal(3)
    assert frame["sum"].iloc[-1] == power_sum(x, 1)
    assert np.array_equal(frame.x.iloc[-1], x)


def test_trials_are_paired_and_independent_of_the_grid():
    wide = quiet(measure, {"n": [4], "p": [1, 2, 3]}, trials=3, seed=7).frame
    for _, group in wide.groupby("trial"):
        assert len({tuple(x) for x in group.x}) == 1
    alone = quiet(measure, [{"n": 4, "p": 3}], trials=3, seed=7).frame
    assert alone["sum"].tolist() == wide[wide.p == 3]["sum"].tolist()
    assert TrialStream(7, 2)("a", 1).random() == streams.stream(7, "trial", 2, "a", 1).random()


def test_values_do_not_depend_on_the_order_of_the_grid():
    forward = quiet(measure, {"n": [3, 9, 27], "p": [1, 2]}, trials=4, seed=3).frame
    backward = quiet(measure, {"p": [2, 1], "n": [27, 9, 3]}, trials=4, seed=3).frame
    key = ["n", "p", "trial"]
    backward = backward.sort_values(key).reset_index(drop=True)[forward.columns]
    pd.testing.assert_frame_equal(forward.sort_values(key).reset_index(drop=True), backward, check_exact=True)


def test_a_list_of_dicts_may_have_different_parameters():
    frame = quiet(measure, [{"n": 3}, {"n": 3, "p": 1}], trials=1, seed=1).frame
    assert math.isnan(frame.p[0]) and frame.p[1] == 1


def test_a_trial_may_return_several_rows():
    def rows(stream, n):
        return [{"step": i, "value": n * i} for i in range(3)]

    frame = quiet(rows, {"n": [1, 2]}, trials=1, seed=1).frame
    assert frame.value.tolist() == [0, 1, 2, 0, 2, 4] and frame.step.tolist() == [0, 1, 2] * 2


def test_objects_are_passed_and_their_labels_are_shown():
    class Scheme(NamedTuple):
        levels: int

    def bits(stream, scheme):
        return {"bits": math.log2(scheme.levels)}

    frame = quiet(bits, {"scheme": {"coarse": Scheme(4), "fine": Scheme(16)}}, trials=1, seed=1).frame
    assert frame.scheme.tolist() == ["coarse", "fine"] and frame.bits.tolist() == [2.0, 4.0]


def test_meta_says_what_was_run():
    meta = quiet(measure, {"n": [3]}, trials=2, seed=5).meta
    assert meta["seed"] == 5 and meta["trials"] == 2 and meta["cells"] == [{"n": 3}] and meta["parameters"] == ["n"]
    assert meta["trial"].endswith("test_lab.measure") and meta["code"] == fingerprint(measure)
    assert meta["versions"]["numpy"] == np.__version__
    assert {"dqlab", "numba", "python", "sources"} <= meta["versions"].keys()


def test_summary_is_students_t():
    result = quiet(measure, {"n": [4, 8], "p": [1, 2]}, trials=30, seed=2)
    summary = result.summary(value="sum")
    assert list(summary.columns) == ["n", "p", "count", "mean", "low", "high"] and summary["count"].tolist() == [30] * 4
    x = result.frame.query("n == 8 and p == 1")["sum"]
    low, high = stats.t.interval(0.95, 29, x.mean(), stats.sem(x))
    row = summary.query("n == 8 and p == 1").iloc[0]
    assert row["mean"] == pytest.approx(x.mean(), rel=1e-14)
    assert (row.low, row.high) == pytest.approx((low, high), rel=1e-12)
    assert result.summary(by="n", value="sum")["count"].tolist() == [60, 60]
    assert result.summary(by=[], value="sum")["count"].tolist() == [120]
    once = quiet(measure, {"n": [4]}, trials=1, seed=2).summary(value="sum")
    assert math.isnan(once.low[0]) and math.isnan(once.high[0]) and once["mean"][0] > 0


def test_summary_does_not_hide_nan():
    def trial(stream):
        return {"value": math.nan if stream.trial == 3 else 1.0}

    assert math.isnan(quiet(trial, {}, trials=10, seed=0).summary()["mean"][0])


@pytest.mark.parametrize(
    ("error", "arguments", "words"),
    [
        (ValueError, {"value": "nothing"}, "value: expected one of the columns"),
        (ValueError, {"by": "nothing", "value": "sum"}, "by: expected one of the columns"),
        (ValueError, {}, "value: expected one of the columns"),
        (TypeError, {"value": "word"}, "value: expected a column of numbers"),
        (TypeError, {"value": "x"}, "value: expected a column of numbers"),
        (ValueError, {"value": "sum", "confidence": 95}, "confidence: expected a number between 0 and 1, got 95"),
    ],
)
def test_summary_explains_bad_arguments(error, arguments, words):
    with pytest.raises(error, match=words):
        quiet(measure, {"n": [3]}, trials=2, seed=1).summary(**arguments)


@given(st.floats(), st.floats(width=32), st.integers(-(2**63), 2**63 - 1), st.text())
def test_numbers_survive_exactly(x, y, i, word):
    row = {"x": x, "y": np.float32(y), "i": i, "word": word, "pair": np.array([x, y]), "short": np.array([y], "f4")}
    again = frame_of([], [({}, {}, 0)], [json.loads(rows_to_text(row, {}))])
    for found, expected in [(again.x[0], x), (again.y[0], y), *zip(again.pair[0], [x, y])]:
        found, expected = np.float64(found), np.float64(expected)
        assert found.tobytes() == expected.tobytes() or (math.isnan(found) and math.isnan(expected))
    assert again.i[0] == i and again.word[0] == word and again.short[0].dtype == np.float32
    assert np.array_equal(again.short[0], row["short"], equal_nan=True)


def test_a_resumed_frame_equals_a_fresh_one(tmp_path):
    def trial(stream, rate):
        return {
            "x": [0.1, -0.0, math.nan, math.inf][stream.trial],
            "y": np.float32(0.1),
            "z": np.array([True]),
            "w": "x",
        }

    fresh, again = (quiet(trial, {"rate": [math.inf, 1e-320]}, trials=4, seed=0, store=tmp_path).frame for _ in "12")
    pd.testing.assert_frame_equal(fresh, again, check_exact=True)
    assert math.copysign(1, again.x[1]) == -1 and again.rate.tolist() == [math.inf] * 4 + [1e-320] * 4


# Files


def test_all_linear_algebra_of_a_fresh_process_keeps_to_one_thread(tmp_path):
    """Also that of SciPy, which compiled products call and which nothing may have loaded when a sweep begins."""
    script = tmp_path / "threads.py"
    script.write_text(
        textwrap.dedent(
            """
            import sys
            from dqlab.lab import sweep

            def trial(stream):
                import scipy.linalg.cython_blas
                from threadpoolctl import threadpool_info
                return {"threads": max(found["num_threads"] for found in threadpool_info() if found["user_api"] == "blas")}

            assert "scipy.linalg" not in sys.modules
            print(sweep(trial, {}, trials=1, seed=0, progress=False).frame.threads[0])
            """
        )
    )
    path = {**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "2"}
    printed = subprocess.run([sys.executable, script], env=path, capture_output=True, text=True, check=True).stdout
    assert printed.split() == ["1"]


def test_saved_files_read_back(tmp_path):
    def trial(stream, rate):
        x = stream("x").standard_normal(rate)
        return {"x": x, "sum": x.sum(), "limit": math.inf, "missing": math.nan, "word": 'a "b", c'}

    result = quiet(trial, {"rate": [1, 3]}, trials=2, seed=1)
    for suffix in ("csv", "npz", "json"):
        path = result.save(tmp_path / f"result.{suffix}")
        meta = json.loads((tmp_path / f"{path.name}.meta.json").read_text())
        assert meta["seed"] == 1 and meta["failures"] == []
    again = Sweep.read(tmp_path / "result.csv")
    assert (
        again.frame["sum"].tolist() == result.frame["sum"].tolist() and again.meta["seed"] == 1 and again.failures == []
    )
    with pytest.raises(ValueError, match="path: expected a name that ends in .csv, got .*result.npz"):
        Sweep.read(tmp_path / "result.npz")
    csv = pd.read_csv(tmp_path / "result.csv", converters={"sum": float})
    assert csv["sum"].tolist() == result.frame["sum"].tolist() and csv.word[0] == 'a "b", c'
    assert np.isinf(csv.limit).all() and csv.missing.isna().all()
    assert json.loads(csv.x[3]) == result.frame.x[3].tolist()
    with np.load(tmp_path / "result.npz", allow_pickle=False) as npz:
        assert npz["sum"].tolist() == result.frame["sum"].tolist() and npz["word"][0] == 'a "b", c'
        parts = np.split(npz["x"], npz["x.offsets"][1:-1])
        assert all(np.array_equal(a, b) for a, b in zip(parts, result.frame.x, strict=True))
    rows = json.loads((tmp_path / "result.json").read_text())
    assert rows[0]["limit"] == "Infinity" and rows[0]["missing"] == "NaN"
    assert rows[3]["x"] == result.frame.x[3].tolist()
    with pytest.raises(ValueError, match=r"path: expected a name that ends in .csv, .npz or .json"):
        result.save(tmp_path / "result.xlsx")


# Backends


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_every_backend_gives_the_same_bytes(tmp_path, backend):
    arguments = dict(grid={"n": [3, 50, 400], "p": [1, 2]}, trials=5, seed=4)
    one = quiet(measure, **arguments, store=tmp_path / "one", backend="sequential")
    two = quiet(measure, **arguments, store=tmp_path / "two", backend=backend, jobs=3)
    assert files(tmp_path / "one") == files(tmp_path / "two")
    assert saved(one, tmp_path / "saved one") == saved(two, tmp_path / "saved two")


def test_dask_gives_the_same_bytes(tmp_path):
    from dask.distributed import Client, LocalCluster

    arguments = dict(grid={"n": [3, 50, 400], "p": [1, 2]}, trials=5, seed=4)
    one = quiet(measure, **arguments, store=tmp_path / "one", backend="sequential")
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None
        ) as cluster,
        Client(cluster) as client,
    ):
        assert len(set(client.run(os.getpid).values()) - {os.getpid()}) == 2
        two = quiet(measure, **arguments, store=tmp_path / "two", backend="dask")
        with pytest.warns(SweepWarning, match="this cell is broken"):
            broken = quiet(sometimes, {"n": [1, 2]}, trials=2, seed=0, backend="dask")
    assert files(tmp_path / "one") == files(tmp_path / "two")
    assert saved(one, tmp_path / "saved one") == saved(two, tmp_path / "saved two")
    assert len(broken.frame) == 3


def test_dask_without_a_client_says_what_to_do():
    with pytest.raises(ValueError, match=r"backend: 'dask' needs an active client.*client = Client\(\)"):
        quiet(measure, {"n": [3]}, trials=1, seed=1, backend="dask")


def test_dask_without_the_extra_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ImportError, match=r"pip install 'dqlab\[cluster\]'"):
        quiet(measure, {"n": [3]}, trials=1, seed=1, backend="dask")


def test_progress_counts_every_cell(monkeypatch, tmp_path):
    import tqdm.auto

    seen = []

    class Bar:
        def __init__(self, **options):
            self.options, self.n = options, options["initial"]
            seen.append(self)

        def update(self):
            self.n += 1

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

    monkeypatch.setattr(tqdm.auto, "tqdm", Bar)
    sweep(measure, {"n": [3]}, trials=2, seed=1, store=tmp_path)
    sweep(measure, {"n": [3, 4]}, trials=3, seed=1, store=tmp_path, progress=False)
    assert [(bar.options["initial"], bar.options["total"], bar.n) for bar in seen] == [(0, 2, 2), (2, 6, 6)]
    assert [bar.options["disable"] for bar in seen] == [None, True]


def test_importing_is_light():
    heavy = {"pandas", "joblib", "tqdm", "pooch", "sklearn", "scipy.sparse", "distributed"}
    code = f"import sys, dqlab.lab, dqlab.data; print(*({heavy} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment())
    assert done.stdout.strip() == ""


# Failures


def test_a_failure_is_reported_and_the_rest_is_kept(tmp_path):
    with pytest.warns(SweepWarning) as caught:
        result = quiet(sometimes, {"n": [1, 2]}, trials=3, seed=0, store=tmp_path / "store")
    message = str(caught[0].message)
    assert "1 of 6 cells failed" in message and "{'n': 2}, trial 1" in message
    assert "ArithmeticError: this cell is broken" in message and caught[0].filename == __file__
    assert result.frame.twice.tolist() == [2, 2, 2, 4, 4]
    (failure,) = result.failures
    assert failure.params == {"n": 2} and failure.trial == 1 and "sometimes" in failure.traceback
    assert len(files(tmp_path / "store")) == 1 + 5
    result.save(tmp_path / "result.csv")
    meta = json.loads((tmp_path / "result.csv.meta.json").read_text())
    assert meta["failures"][0]["trial"] == 1


def test_a_failed_cell_runs_again(tmp_path):
    marker = tmp_path / "repaired"
    trial = functools.partial(_call, str(tmp_path / "calls"), str(marker))
    with pytest.warns(SweepWarning, match="no network"):
        quiet(trial, {"n": [1, 2]}, trials=1, seed=0, store=tmp_path / "store")
    marker.touch()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = quiet(trial, {"n": [1, 2]}, trials=1, seed=0, store=tmp_path / "store")
    assert result.frame.square.tolist() == [1, 4] and result.failures == []
    assert sorted((tmp_path / "calls").read_text()) == ["1", "2", "2"]


def _call(calls, marker, stream, n):
    with open(calls, "a") as file:
        file.write(str(n))
    if n == 2 and not os.path.exists(marker):
        raise OSError("no network")
    return {"square": n * n}


def test_many_failures_are_shortened():
    def trial(stream, n):
        raise RuntimeError(f"number {n} broke")

    with pytest.warns(SweepWarning, match=r"10 of 10 cells failed(?s:.*)and 7 more"):
        result = quiet(trial, {"n": list(range(10))}, trials=1, seed=0)
    assert result.frame.empty and list(result.frame.columns) == ["n", "trial"]
    assert [failure.params["n"] for failure in result.failures] == list(range(10))


@pytest.mark.parametrize(
    ("output", "words"),
    [
        (3, "trial: expected a dict or a list of dicts, got 3"),
        ([1], "trial: expected a dict or a list of dicts"),
        ({"n": 1}, "outputs named by strings other than the parameters, got 'n'"),
        ({"trial": 1}, "got 'trial'"),
        ({"x": None}, "x: expected a number, a bool, a string or a one-dimensional numeric array, got None"),
        ({"x": np.zeros((2, 2))}, "x: expected a number"),
        ({"x": [1, 2]}, "x: expected a number"),
        ({"x": 1j}, "x: expected a number"),
    ],
)
def test_bad_outputs_are_failures(output, words):
    with pytest.warns(SweepWarning) as caught:
        quiet(lambda stream, n: output, {"n": [1]}, trials=1, seed=0)
    assert words in str(caught[0].message)


# Bad arguments


@pytest.mark.parametrize(
    ("error", "change", "words"),
    [
        (TypeError, {"trial": 3}, "trial: expected a function"),
        (TypeError, {"grid": {"m": [3]}}, r"trial: expected a function that can be called as trial\(stream, m\)"),
        (TypeError, {"grid": 3}, "grid: expected a dict of lists or a list of dicts"),
        (TypeError, {"grid": []}, "grid: expected a dict of lists or a list of dicts"),
        (TypeError, {"grid": {"n": 3}}, "grid: expected a list of values .* for n, got 3"),
        (TypeError, {"grid": {"n": "abc"}}, "grid: expected a list of values"),
        (
            TypeError,
            {"grid": [{"n": 3}, {"m": 3}]},
            r"trial: expected a function that can be called as trial\(stream, m\)",
        ),
        (TypeError, {"grid": {"n": {1: 3}}}, r"grid: expected strings as labels of the objects for n, got \[1\]"),
        (ValueError, {"grid": {"n": []}}, "grid: expected at least one value for n"),
        (ValueError, {"grid": {"n": [3, 3]}}, "grid: expected different combinations, got {'n': 3} twice"),
        (ValueError, {"grid": {"stream": [3]}}, "grid: expected parameter names other than stream, trial"),
        (TypeError, {"grid": {"n": [[3]]}}, r"n: expected a number, a bool, a string or None, got \[3\]"),
        (ValueError, {"trials": 0}, "trials: expected an integer >= 1, got 0"),
        (TypeError, {"trials": 2.5}, "trials: expected an integer >= 1, got 2.5"),
        (ValueError, {"seed": -1}, "seed: expected an integer >= 0, got -1"),
        (TypeError, {"seed": None}, "seed: expected an integer >= 0, got None"),
        (
            ValueError,
            {"backend": "clowd"},
            "backend: expected one of dask, loky, sequential, threading or None, got 'clowd'",
        ),
        (ValueError, {"jobs": 0}, "jobs: expected an integer other than 0"),
        (TypeError, {"jobs": 1.5}, "jobs: expected an integer or None, got 1.5"),
    ],
)
def test_bad_arguments_are_explained(error, change, words):
    with pytest.raises(error, match=words):
        quiet(**{"trial": measure, "grid": {"n": [3]}, "trials": 1, "seed": 1, **change})


# The store


def test_a_second_run_computes_nothing(tmp_path):
    run = functools.partial(
        quiet, functools.partial(_call, str(tmp_path / "calls"), ""), {"n": [1, 3]}, trials=2, seed=0
    )
    first, second = run(store=tmp_path / "store"), run(store=tmp_path / "store")
    assert len((tmp_path / "calls").read_text()) == 4
    pd.testing.assert_frame_equal(first.frame, second.frame, check_exact=True)


def test_trials_and_grid_may_grow(tmp_path):
    call = functools.partial(_call, str(tmp_path / "calls"), "")
    quiet(call, {"n": [1]}, trials=1, seed=0, store=tmp_path / "grown")
    grown = quiet(call, {"n": [3, 1]}, trials=2, seed=0, store=tmp_path / "grown")
    assert len((tmp_path / "calls").read_text()) == 4
    whole = quiet(call, {"n": [3, 1]}, trials=2, seed=0, store=tmp_path / "whole")
    assert files(tmp_path / "grown") == files(tmp_path / "whole")
    pd.testing.assert_frame_equal(grown.frame, whole.frame, check_exact=True)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"seed": 2}, "another seed: 1 there, 2 now"),
        ({"trials": 1}, "more trials: 2 there, 1 now"),
        ({"grid": {"n": [3]}}, r"another grid: {'n': 4} is there and is not asked for now"),
        ({"grid": {"n": [3, 4.0]}}, r"another grid: {'n': 4} is there"),
        ({"trial": sometimes}, "another code"),
    ],
)
def test_a_store_of_other_arguments_is_refused(tmp_path, change, words):
    arguments = {"trial": measure, "grid": {"n": [3, 4]}, "trials": 2, "seed": 1, "store": tmp_path}
    quiet(**arguments)
    before = files(tmp_path)
    with pytest.raises(ValueError, match=f"{words}(?s:.*)Pass another folder, or delete this one"):
        quiet(**{**arguments, **change})
    assert files(tmp_path) == before


def test_a_store_of_other_code_is_refused(tmp_path):
    def version(number):
        scope = {"helper_result": number}
        exec("def helper(): return helper_result\ndef trial(stream): return {'x': helper()}", scope)
        return scope["trial"]

    quiet(version(1), {}, trials=1, seed=0, store=tmp_path / "store")
    quiet(version(1), {}, trials=2, seed=0, store=tmp_path / "store")
    with pytest.raises(ValueError, match="another code"):
        quiet(version(2), {}, trials=2, seed=0, store=tmp_path / "store")


def test_a_store_of_other_sources_or_objects_is_refused(tmp_path):
    run = functools.partial(quiet, lambda stream, x: {"y": x[0]}, trials=1, seed=0, store=tmp_path)
    run({"x": {"a": (1,)}})
    run({"x": {"a": (1,), "b": (2,)}})
    with pytest.raises(ValueError, match="another object for x = 'a'"):
        run({"x": {"a": (5,), "b": (2,)}})
    path = tmp_path / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["versions"]["sources"] = "0" * 32
    path.write_text(json.dumps(manifest))
    with pytest.raises(ValueError, match="another versions: .*sources"):
        run({"x": {"a": (1,), "b": (2,)}})


def test_damage_and_strange_folders_are_refused(tmp_path):
    run = functools.partial(quiet, measure, {"n": [3]}, trials=1, seed=1)
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(ValueError, match="is not empty and is no sweep's store"):
        run(store=tmp_path)
    with pytest.raises(ValueError, match="store: expected a folder"):
        run(store=tmp_path / "thesis.tex")
    run(store=tmp_path / "store")
    (cell,) = (tmp_path / "store" / "cells").iterdir()
    whole = cell.read_bytes()
    for damage in (whole[:40], b"[]", whole.replace(b'"n": 3', b'"n": 4')):
        cell.write_bytes(damage)
        with pytest.raises(ValueError, match="Delete that file"):
            run(store=tmp_path / "store")
    cell.unlink()
    run(store=tmp_path / "store")
    assert cell.read_bytes() == whole


def test_leftovers_of_a_killed_process_are_removed(tmp_path):
    run = functools.partial(quiet, measure, {"n": [3]}, trials=2, seed=1)
    run(store=tmp_path / "clean")
    (tmp_path / "killed" / "cells").mkdir(parents=True)
    (tmp_path / "killed" / ".abc.tmp").write_text('{"se')
    (tmp_path / "killed" / "cells" / ".abc.tmp").write_text('{"par')
    with pytest.raises(ValueError, match="no sweep's store"):
        run(store=tmp_path / "killed")
    (tmp_path / "killed" / "cells").rmdir()
    run(store=tmp_path / "killed")
    assert files(tmp_path / "killed") == files(tmp_path / "clean")


def test_one_sweep_at_a_time_uses_a_store(tmp_path):
    inner = []

    def trial(stream):
        try:
            quiet(measure, {"n": [3]}, trials=1, seed=1, store=tmp_path)
        except ValueError as error:
            inner.append(str(error))
        return {"x": 1}

    def reaches_no_list(stream):
        return trial(stream)

    # The outer trial is called through a name that has no fingerprint of its own, so that `inner` may change.
    quiet(Opaque(reaches_no_list), {}, trials=1, seed=1, store=tmp_path)
    assert len(inner) == 1 and "is in use by another sweep" in inner[0]


class Opaque:
    """A callable that pickles as its class name alone."""

    def __init__(self, function):
        self.function = function

    def __call__(self, stream):
        return self.function(stream)

    def __reduce__(self):
        return (Opaque, (None,))


SCRIPT = """
import sys, time
import numpy as np
from dqlab.lab import sweep

def trial(stream, n, p):
    x = stream("x").standard_normal(n)
    time.sleep(0.01)
    return {"norm": float(np.sum(np.abs(x) ** p)), "x": x}

if __name__ == "__main__":
    print("ready", flush=True)
    result = sweep(trial, {"n": [5, 500], "p": [1, 2.5]}, trials=100, seed=11, store=sys.argv[1], jobs=2)
    result.save(sys.argv[2])
    print("done", flush=True)
"""


def environment():
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**os.environ, "PYTHONPATH": path}


@pytest.mark.slow
def test_twenty_kills_lose_nothing(tmp_path):
    shutil.copytree(ROOT / "dqlab", tmp_path / "dqlab", ignore=shutil.ignore_patterns("__pycache__"))
    script = tmp_path / "script.py"  # imports the copy beside it: one state of the sources for all runs
    script.write_text(textwrap.dedent(SCRIPT))

    def start(name):
        command = [sys.executable, str(script), str(tmp_path / name), str(tmp_path / f"{name}.csv")]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment())

    def cells():
        return len(list((tmp_path / "killed").glob("cells/*.json")))

    whole = start("whole")
    assert whole.communicate(timeout=120)[0].split() == ["ready", "done"] and whole.returncode == 0
    moments = random.Random(0)
    finished, progressed = 0, 0
    for kill in range(20):
        process = start("killed")
        process.stdout.readline()  # imports are over; the sweep begins
        deadline = time.monotonic() + 60
        while kill % 2 and cells() <= finished and time.monotonic() < deadline:
            time.sleep(0.002)  # every second kill waits for progress, so that a busy machine kills amid writing, too
        time.sleep(moments.uniform(0, 0.05 if kill % 2 else 0.25))
        process.send_signal(signal.SIGKILL)
        assert process.wait(timeout=60) == -signal.SIGKILL
        process.stdout.close()
        assert cells() >= finished
        progressed += cells() > finished
        finished = cells()
    assert progressed >= 10 and 0 < finished < 400
    assert not (tmp_path / "killed.csv").exists()
    last = start("killed")
    assert last.communicate(timeout=120)[0].split() == ["ready", "done"] and last.returncode == 0
    assert len(files(tmp_path / "whole")) == 401
    assert files(tmp_path / "killed") == files(tmp_path / "whole")
    for suffix in (".csv", ".csv.meta.json"):
        assert (tmp_path / f"killed{suffix}").read_bytes() == (tmp_path / f"whole{suffix}").read_bytes()


# Fingerprints


def made(source, name="trial", **scope):
    exec(source, scope)
    return scope[name]


def test_fingerprint_sees_code_and_what_it_reaches():
    base = "def helper(x): return x + c\ndef trial(stream): return helper(1)"
    same = fingerprint(made(base, c=1))
    assert same == fingerprint(made("# a comment\n" + base.replace("(x): return", "(x):\n  # more\n  return"), c=1))
    assert same != fingerprint(made(base, c=2))
    assert same != fingerprint(made(base, c=1.0))
    assert same != fingerprint(made(base.replace("x + c", "x - c"), c=1))
    assert same != fingerprint(made(base.replace("helper(1)", "helper(2)"), c=1))
    assert fingerprint(lambda s, k=1: k) != fingerprint(lambda s, k=2: k)
    assert fingerprint(functools.partial(measure, p=1)) != fingerprint(functools.partial(measure, p=2))
    matrices = np.eye(3), np.eye(3) * 2
    assert fingerprint(functools.partial(measure, p=matrices[0])) != fingerprint(
        functools.partial(measure, p=matrices[1])
    )
    assert fingerprint(functools.partial(measure, p=np.eye(3))) == fingerprint(functools.partial(measure, p=np.eye(3)))


def test_fingerprint_sees_compiled_helpers_classes_and_recursion():
    kernel = "def kernel(x): return x {} 1\nfast = jit(kernel)\ndef trial(stream): return fast(1)"
    assert fingerprint(made(kernel.format("+"), jit=jit)) != fingerprint(made(kernel.format("-"), jit=jit))
    cls = "class C:\n  def f(self): return {}\ndef trial(stream): return C().f()"
    one, two = (made(cls.format(value), __name__="__main__") for value in (1, 2))
    assert fingerprint(one) != fingerprint(two)
    loop = made("def even(n): return n == 0 or odd(n - 1)\ndef odd(n): return even(n - 1)", "even")
    assert fingerprint(loop) == fingerprint(loop)


def test_fingerprint_sees_registered_kernels_and_own_modules(tmp_path, monkeypatch):
    from dqlab import generic

    class Scheme(NamedTuple):
        levels: int

    def verb(scheme, x):
        raise TypeError

    monkeypatch.setattr(streams, "verb_of_a_test", generic(verb), raising=False)
    before = fingerprint(Scheme(3))
    streams.verb_of_a_test.register(Scheme, compiled=False)(lambda scheme, x: x + 1)
    first = fingerprint(Scheme(3))
    streams.verb_of_a_test.register(Scheme, compiled=False)(lambda scheme, x: x + 2)
    assert len({before, first, fingerprint(Scheme(3)), fingerprint(Scheme(4))}) == 4

    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "own_module_of_a_test.py").write_text("c = 1\ndef helper(x): return x + c\ndef other(x): return x\n")
    module = importlib.import_module("own_module_of_a_test")
    trial = made("def trial(stream): return module.helper(1)", module=module)
    start = fingerprint(trial)
    module.other = None
    assert fingerprint(trial) == start
    module.c = 2
    assert fingerprint(trial) != start


def test_fingerprint_is_the_same_in_every_process(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "from dqlab.fingerprint import fingerprint\n"
        "def f(x): return x in {'a', 'b', 'c'} or [y for y in x]\n"
        "print(fingerprint(f))\n"
    )
    found = {
        subprocess.run(
            [sys.executable, str(script)],
            capture_output=True,
            text=True,
            check=True,
            env={**environment(), "PYTHONHASHSEED": str(seed)},
        ).stdout
        for seed in (1, 2, 3)
    }
    assert len(found) == 1


def test_fingerprint_refuses_what_it_cannot_read():
    def trial(stream):
        return {"n": len(list(generator))}

    generator = (i for i in range(3))
    with pytest.raises(TypeError, match="generator that cannot be pickled"):
        quiet(trial, {}, trials=1, seed=0)


def test_names_behind_wrappers():
    assert qualified_name(functools.partial(functools.partial(measure, p=1), n=2)).endswith("test_lab.measure")
    assert qualified_name(power_sum).endswith("test_lab.power_sum")
    assert isinstance(quiet(measure, {"n": [3]}, 1, 1), Sweep)
