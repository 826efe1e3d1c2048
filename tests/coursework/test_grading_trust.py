"""One folder of submissions of every bad kind, graded in one run by the real path: each costs its own marks, and says why."""

import csv
import json
import os
import shutil
import subprocess
import sys
import time

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from dqlab.grading import autograder, grade, launch, sandbox
from tests.conftest import ROOT

from .tiny import CELLS, TINY

pytestmark = pytest.mark.slow
SETUP = 'import numpy as np\nfrom dqlab import coursework\nme = coursework.student("{}", term="2026")'
SQUARE = "def square(x):\n    return np.multiply(x, x)"
THIRD = "def third(x):\n    return x / 3"
Q3 = [
    ("raw", "# BEGIN QUESTION\nname: q3\npoints: 2\n"),
    ("markdown", "## Question 3. A third (2 points)"),
    ("raw", "# BEGIN SOLUTION"),
    ("code", "def third(x):\n    # BEGIN SOLUTION\n    return x / 3\n    # END SOLUTION"),
    ("raw", "# END SOLUTION"),
    ("raw", "# BEGIN TESTS"),
    (
        "code",
        '''""" # BEGIN TEST CONFIG
points: 0
"""  # END TEST CONFIG


def test_something_comes_back(third):
    """third gives something back."""
    assert third(3) is not None, "third(3) gave nothing: did you return?"''',
    ),
    (
        "code",
        '''""" # BEGIN TEST CONFIG
hidden: true
points: 2
"""  # END TEST CONFIG


def test_numbers(third):
    """Thirds of some numbers."""
    for secret_number in (3.0, 7.5, -1.0):
        assert third(secret_number) == secret_number / 3, f"third(x) is wrong: {third(secret_number)}"''',
    ),
    ("raw", "# END TESTS"),
    ("raw", "# END QUESTION"),
]
XSS = "<script>alert(1)</script>"

# What one notebook tries, cell by cell, and what its cells' notes must say.
MISCHIEF = [
    ("while True:\n    pass", "longer than"),
    ("import os\nos._exit(0)", "left out"),
    ("block = np.ones(10 * 2**27)", "MemoryError"),
    (
        "import os, time\nfor _ in range(500):\n    os.fork() or time.sleep(60)",
        "left out|PermissionError|BlockingIOError|longer than",
    ),
    ("open({own!r}).read()", "PermissionError|FileNotFoundError"),
    ("open({other!r}, 'w').write('{{}}')", "Error"),
    ("open({zip!r}, 'rb').read()", "PermissionError|FileNotFoundError"),
    ("open({master!r}).read()", "PermissionError|FileNotFoundError"),
    ("open('tests/q1.py').read()", "FileNotFoundError"),
    ("import socket\nsocket.create_connection(('192.0.2.1', 80), 3)", "OSError|PermissionError"),
    ("answer = input('? ')", "StdinNotImplementedError"),
    ("def (:", "SyntaxError"),
    ("exit()", "SystemExit"),
    ("print('x' * 2**20 * 1000)", None),
    ("%pip install dqlab\n!sleep 1000", "was not run"),
    ("1 / 0", "ZeroDivisionError"),
]
FORGE = """\
from otter.test_files.exception_test import ExceptionTestFile
from otter.test_files.abstract_test import TestCaseResult
def run(self, env):
    self.test_case_results = [TestCaseResult(case, None, True) for case in self.test_cases]
ExceptionTestFile.run = run"""


def notebook(*sources, student="x", metadata=None):
    cells = [new_code_cell(SETUP.format(student)), *(new_code_cell(source) for source in sources)]
    cells += [new_markdown_cell("## Question 2. Why? (4 points)\n\nTell."), new_markdown_cell(f"Because {XSS}.")]
    return nbformat.writes(new_notebook(cells=cells, metadata=metadata or {})).encode()


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A project with one tiny assignment."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "book" / "coursework" / "masters").mkdir(parents=True)
    cells = [CELLS[kind](source) for kind, source in [*TINY[:-1], *Q3, TINY[-1]]]
    nbformat.write(new_notebook(cells=cells), folder / "book" / "coursework" / "masters" / "tiny.ipynb")
    return folder


@pytest.fixture(scope="module")
def folder(root):
    """The submissions."""
    folder, out = root / "in", root / "out"
    folder.mkdir()
    paths = {
        "own": str(folder / "good.ipynb"),
        "other": str(out / "results" / "good.json"),
        "zip": str(root / "_build" / "coursework" / "tiny" / "autograder.zip"),
        "master": str(root / "book" / "coursework" / "masters" / "tiny.ipynb"),
    }
    mischief = [source.format(**paths) if "{" in source else source for source, _ in MISCHIEF]
    slow = "def square(x):\n    while np.size(x) > 1:\n        pass\n    return x * x"
    odd = f"def third(x):\n    return type({XSS!r}, (float,), {{'__repr__': lambda self: {XSS!r}}})(1.0)"
    files = {
        # Test cells deleted, an answer twice, metadata edited, the file renamed: nothing of that matters.
        "name_good_17_my own title.ipynb": notebook(
            SQUARE, SQUARE, THIRD, student="good", metadata={"otter": {"tests": 3}}
        ),
        "mischief.ipynb": notebook(SQUARE, *mischief, THIRD, student="mischief"),
        "patch.ipynb": notebook("np.allclose = lambda *a, **k: True", SQUARE, THIRD, student="patch"),
        "forger.ipynb": notebook(FORGE, student="forger"),
        "xss.ipynb": notebook(slow, odd, student=XSS.replace('"', "")),
        "=cmd.py": b"print(1)",
        "picture.ipynb": b"\x89PNG\r\n",
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
    (folder / "missing").mkdir()
    return folder


def command(root, folder, out):
    options = [
        "--submissions",
        folder,
        "--out",
        out,
        "--root",
        root,
        "--assignment",
        "tiny",
        "--time",
        "24",
        "--jobs",
        "2",
    ]
    return [sys.executable, "-m", "dqlab.grading.grade", *map(str, options)]


@pytest.fixture(scope="module")
def graded(root, folder):
    """All of them graded in one run: what grades.json says, by student."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command(root, folder, root / "out"), env=environment, capture_output=True, text=True, timeout=500
    )
    assert done.returncode == 0, done.stdout + done.stderr
    content = json.loads((root / "out" / "grades.json").read_text())
    return {entry["student"]: entry for entry in content["students"]}


def points(entry):
    return {name: question["points"] for name, question in entry["questions"].items()}


def test_a_good_notebook_keeps_its_marks(graded):
    assert points(graded["good"]) == {"q1": 3, "q2": None, "q3": 2}
    assert graded["good"]["reason"] == "" and graded["good"]["flags"] == [] and graded["good"]["to_be_marked"] == ["q2"]
    assert graded["good"]["questions"]["q2"]["answer"] == [{"kind": "markdown", "source": f"Because {XSS}."}]


def test_mischief_costs_its_own_cells_and_says_why(graded):
    entry = graded["mischief"]
    assert points(entry) == {"q1": 3, "q2": None, "q3": 2} and entry["reason"] == ""
    for number, (source, wanted) in enumerate(MISCHIEF, 3):
        said = [note for note in entry["notes"] if note.startswith((f"cell {number} ", f"cell {number}:"))]
        assert wanted is None or any(word in note for note in said for word in wanted.split("|")), (source, said)
    assert any("ends the process" in flag for flag in entry["flags"])


def test_replaced_functions_and_forged_results_are_named_and_cost_the_marks(graded):
    assert "numpy.allclose" in graded["patch"]["reason"] and graded["patch"]["by_tests"] == 0
    assert "tampered" in graded["forger"]["reason"] and graded["forger"]["by_tests"] == 0
    assert any("imports otter" in flag for flag in graded["forger"]["flags"])


def test_an_endless_function_costs_its_question_alone(graded):
    entry = graded[XSS]
    assert points(entry)["q1"] == 0 and "longer than" in entry["questions"]["q1"]["reason"]
    assert points(entry)["q3"] == 0 and "third(x) is wrong" in entry["questions"]["q3"]["tests"][1]["message"]
    assert entry["questions"]["q3"]["tests"][0]["passed"]


def test_what_is_no_notebook_gets_nothing_and_a_reason(graded):
    assert ".py" in graded["=cmd"]["reason"] and "JSON" in graded["picture"]["reason"]
    assert "no notebook" in graded["missing"]["reason"] and graded["missing"]["total"] == 0


def test_reports_escape_what_students_wrote_and_show_no_source(graded, root):
    pages = {
        path.name: path.read_text()
        for path in [*(root / "out" / "feedback").glob("*.html"), root / "out" / "index.html"]
    }
    assert len(pages) == len(graded) + 1
    for name, page in pages.items():
        assert XSS not in page and "secret_number" not in page and "walrus" not in page and "://" not in page, name
    assert sum("&lt;script&gt;" in page for page in pages.values()) == 2
    rows = list(csv.DictReader((root / "out" / "grades.csv").open()))
    assert len(rows) == len(graded) and not any(value[:1] in "=+-@" for row in rows for value in row.values() if value)
    assert "'=cmd" in {row["student"] for row in rows}


def test_a_run_that_was_killed_goes_on_and_ends_with_the_same_bytes(graded, root, folder):
    first, again = root / "out", root / "again"
    shutil.copytree(first / "results", again / "results")
    (missing,) = (again / "results").glob("patch-*.json")
    missing.unlink()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(root)}
    process = subprocess.Popen(
        command(root, folder, again), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    end = time.monotonic() + 60
    while not list(root.glob("dqlab-*/k/c.json")) and time.monotonic() < end:
        time.sleep(0.05)
    started = psutil.Process(process.pid).children(recursive=True)
    assert started and not (again / "grades.csv").exists()
    process.kill()
    process.wait()
    assert psutil.wait_procs(started, timeout=20)[1] == []  # nothing is left running
    subprocess.run(command(root, folder, again), env=environment, check=True, capture_output=True, timeout=300)
    assert (again / "grades.csv").read_bytes() == (first / "grades.csv").read_bytes()
    assert (again / "grades.json").read_bytes() == (first / "grades.json").read_bytes()


def test_without_bubblewrap_walls_of_python_stand(graded, root, folder, monkeypatch):
    monkeypatch.setattr(sandbox, "why_no_bubblewrap", lambda: "a test")
    tried = [source for source, _ in MISCHIEF[4:8]] + ["import socket\nsocket.create_connection(('192.0.2.1', 80), 3)"]
    tried += [
        "import subprocess\nsubprocess.run(['ls'])",
        "open('own.txt', 'w').write('x')\nimport os\nos.remove('own.txt')",
    ]
    paths = {name: str(folder / "good.ipynb") for name in ("own", "zip", "master")} | {"other": str(root / "out" / "x")}
    data = notebook(SQUARE, *(source.format(**paths) for source in tried), THIRD)
    made = autograder.load("tiny", root)
    result = launch.run(data, "ada", made, sandbox.Limits(24, 6), hidden=(folder, root / "out"))
    assert [sorted({t["passed"] for t in result["tests"][q].values()}) for q in ("q1", "q3")] == [[True], [True]]
    assert [note.split()[1] for note in result["errors"]] == ["3", "4", "5", "6", "7", "8"], result["errors"]
    assert result["forged"] is None and result["replaced"] == []


def test_a_machine_that_fails_the_reference_grades_nobody(root, folder, tmp_path, monkeypatch):
    monkeypatch.setattr(launch, "run", lambda *a, **k: {"tests": {}, "lost": {}})
    monkeypatch.setattr(grade.Setting, "key", lambda *a: "other")
    with pytest.raises(ValueError, match=r"reference solution of tiny .* q1 \(0 of 3\)"):
        grade.grade(folder, tmp_path / "out", root, "tiny", progress=False)
    assert not (tmp_path / "out" / "grades.csv").exists()
