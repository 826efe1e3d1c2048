"""The leaderboard: everyone has a place or a reason, nobody's failure touches the others, and a secret fixes all."""

import csv
import os

import pytest

from dqlab.coursework.challenge import baselines, processes, scoring, sources
from dqlab.grading import contestants, leaderboard, sandbox

from .test_challenge import _short

HONEST = """
import numpy as np
import dqlab as dq

class MyQuantizer:
    unbiased = True
    def __init__(self, dim, bound):
        self.dim, self.bound, self.nbits = dim, bound, dq.bits.{length}
    def encode(self, x, rng):
        kept = rng.random(self.dim) < np.abs(x) / self.bound
        return dq.bits.{pack}(np.where(kept, np.where(x < 0, 2, 1), 0), {base})
    def decode(self, message):
        return self.bound * np.array([0.0, 1.0, -1.0])[dq.bits.un{pack}(message, self.dim, {base})]
"""
LOOSE = HONEST.format(length="radix_bits(dim, 4)", pack="pack_fixed", base=2)
TIGHT = HONEST.format(length="radix_bits(dim, 3)", pack="pack_radix", base=3)
FILES = {
    "ada.py": TIGHT,
    "bob.ipynb": '{"cells": [{"cell_type": "code", "source": ["%matplotlib inline\\n", "import os\\n", "1 / 0"]}, '
    '{"cell_type": "markdown", "source": "Mine"}, {"cell_type": "code", "source": SOURCE}]}',
    "carol/my_quantizer.py": LOOSE.replace("rng.random(self.dim) <", "0.5 <"),
    "dave/a.py": "x = 1",
    "=eve<b>.py": LOOSE.replace("return self.bound *", "return ['<script>'] *"),
    "frank.py": "import os\nclass MyQuantizer: pass\nos._exit(0)",
    "grace.py": "class MyQuantizer(",
    "heidi.py": LOOSE + "\nraise RuntimeError('<img src=x onerror=alert(1)>')",
}
BY_LIBC = """
import ctypes
import os
import tempfile
import numpy as np
import dqlab as dq

libc = ctypes.CDLL(None)
cheat = os.path.join(tempfile.gettempdir(), "dqlab-challenge-cheat")

class MyQuantizer:
    unbiased = True
    def __init__(self, dim, bound):
        self.dim, self.nbits = dim, 0
    def encode(self, x, rng):
        file = libc.open(cheat.encode(), 0o1101, 0o600)
        libc.write(file, x.tobytes(), x.nbytes)
        libc.close(file)
        return dq.bits.int_to_message(0, 0)
    def decode(self, message):
        return np.fromfile(cheat)[: self.dim]
"""


START = processes.fork if hasattr(os, "fork") else processes.spawn  # a fork is quicker


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(scoring, "tasks", _short)
    scoring.reference.cache_clear()
    monkeypatch.setattr(baselines, "BASELINES", {"float32": baselines.Floats})
    yield
    scoring.reference.cache_clear()


@pytest.fixture
def folder(tmp_path):
    import json

    for name, text in FILES.items():
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("SOURCE", json.dumps(LOOSE)), encoding="utf8")
    return tmp_path / "in"


def test_everyone_has_a_place_or_a_reason(folder, quick, monkeypatch):
    out = folder.parent / "out"
    ranked = leaderboard.board(folder, out, "a secret", progress=False, start=START)
    rows = {row["student"]: row for row in csv.DictReader((out / "leaderboard.csv").open(encoding="utf8"))}
    assert [(place, score.name) for place, score in ranked[:2]] == [(1, "ada"), (2, "bob")]
    rules = {name: row["rule"] for name, row in rows.items() if row["verdict"] == "rejected"}
    assert rules == {
        "carol": "biased",
        "dave": "nothing to run",
        "'=eve<b>": "it fails",
        "frank": "it fails",
        "grace": "nothing to run",
        "heidi": "it fails",
    }
    page = (out / "leaderboard.html").read_text(encoding="utf8")
    assert "&lt;img" in page and "<img" not in page and "<script" not in page and "eve<b>" not in page
    assert 'role="img"' in page and "float32 (baseline)" in page
    assert (out / "leaderboard.png").stat().st_size > 10_000 and "ada" in (out / "leaderboard.svg").read_text("utf8")

    before = (out / "leaderboard.csv").read_bytes()
    monkeypatch.setattr(scoring, "assess", lambda *_, **__: pytest.fail("it was scored twice"))
    leaderboard.board(folder, out, progress=False, start=START)  # the secret is in the folder
    assert (out / "leaderboard.csv").read_bytes() == before
    with pytest.raises(pytest.fail.Exception):
        leaderboard.board(folder, out, "another secret", progress=False, start=START)


def test_a_secret_is_made_kept_and_private(tmp_path):
    secret = leaderboard._secret(tmp_path, None)
    assert len(secret) > 20 and leaderboard._secret(tmp_path, None) == secret
    assert os.name != "posix" or (tmp_path / "secret.txt").stat().st_mode & 0o077 == 0


def test_what_is_ours_to_blame_is_tried_again(tmp_path, monkeypatch):
    monkeypatch.setattr(scoring, "assess", lambda *_, **__: 1 / 0)
    (tmp_path / "results").mkdir()
    one = contestants.Contestant("ada", "ada.py", sources.Source("text", b""))
    score = leaderboard._one(one, tmp_path, 1, None)
    assert score.rule == "not scored" and not list((tmp_path / "results").iterdir())


@pytest.mark.skipif(sandbox.why_no_bubblewrap() is not None, reason="needs bubblewrap")
def test_two_sandboxes_share_no_file(tmp_path):
    """What Python's audit does not see, the operating system stops: a file written by libc is not there at the other end."""
    source = sources.Source("text", BY_LIBC.encode())
    score = scoring.assess(source, "libc", 1, start=contestants.in_sandbox(tmp_path / "caches"))
    assert score.rule == "it fails" and "FileNotFoundError" in score.reason
