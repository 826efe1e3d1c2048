"""Points, marks by hand, guard and reports: without a kernel."""

import csv
import io

import pytest

from dqlab.grading import autograder, by_hand, guard, marks, notebooks, reports, watch
from dqlab.grading.submissions import Submission

TESTS = (autograder.Test("q1 - 1", "It runs.", 0.0, False), autograder.Test("q1 - 2", "It is right.", 3.0, True))
QUESTIONS = (
    autograder.Question("q1", 3.0, False, False, TESTS, "## Question 1. Code (3 points)", ""),
    autograder.Question(
        "q2", 4.0, True, False, (), "## Question 2. Why? (4 points)\n\n**Rubric.** 2 for the idea", "**Rubric.** 2"
    ),
    autograder.Question("q3", 2.0, False, True, (TESTS[0], autograder.Test("q1 - 2", "All of it.", 2.0, True)), "", ""),
)
TINY = autograder.Autograder("tiny", "Tiny", "2026", None, None, QUESTIONS, "d")
ONE = {"passed": True, "message": ""}
NONE = {"passed": False, "message": "x is <b>wrong</b>"}


def result(**changes):
    tests = {"q1": {"q1 - 1": ONE, "q1 - 2": ONE}, "q3": {"q1 - 1": NONE, "q1 - 2": ONE}}
    return {"tests": tests, "lost": {}, "forged": None, "replaced": [], **changes}


def graded(student="ada", **changes):
    return marks.grade(TINY, Submission(student, f"{student}.ipynb", b""), result(**changes))


def test_points_are_the_autograders_and_all_or_nothing_is_kept():
    grade = graded()
    assert [mark.points for mark in grade.marks] == [3, None, 0]
    assert (grade.auto, grade.total, grade.pending, grade.reason) == (3, 3, ["q2"], "")
    more = result()["tests"] | {"q9": {"q9 - 1": ONE}}
    assert graded(tests=more).auto == 3
    assert graded(tests={"q1": {"q1 - 2": {"passed": 1000, "message": ""}}}).auto == 0


def test_marks_are_withheld_or_lost_for_a_reason():
    assert (
        graded(replaced=["numpy.allclose"]).auto == 0 and "numpy.allclose" in graded(replaced=["numpy.allclose"]).reason
    )
    assert graded(forged="the results were written by hand").auto == 0
    assert (
        graded(lost={"q1": "it took longer"}).marks[0].reason == "it took longer" and graded(lost={"q1": "x"}).auto == 0
    )
    nothing = marks.grade(TINY, Submission("ada", "ada", None, "no notebook"))
    assert nothing.total == 0 and nothing.pending == [] and nothing.reason == "no notebook"


def test_the_table_is_written_once_filled_in_and_read(tmp_path):
    path, grades = tmp_path / "manual.csv", [graded(), graded("=bob", replaced=["numpy.allclose"])]
    by_hand.write_template(path, grades)
    rows = list(csv.DictReader(path.open()))
    assert [(row["student"], row["question"]) for row in rows] == [
        ("ada", "q2"),
        ("'=bob", "q1"),
        ("'=bob", "q2"),
        ("'=bob", "q3"),
    ]
    text = path.read_text().replace("ada,q2,,", 'ada,q2,2.5,"Good, but <i>"').replace("'=bob,q1,,", "'=bob,q1,3,")
    path.write_text(text)
    by_hand.write_template(path, [*grades, graded("zoe")])
    assert path.read_text() == text + "zoe,q2,,\n"
    (ada, bob), complaints = by_hand.merge(path, grades)
    assert (ada.total, ada.by_hand, ada.pending) == (5.5, 2.5, []) and ada.marks[1].comment == "Good, but <i>"
    assert bob.auto == 3 and bob.marks[0].comment == "" and bob.pending == ["q2"] and complaints == []


def test_a_table_from_a_spreadsheet_of_another_language_is_read(tmp_path):
    path = tmp_path / "manual.csv"
    path.write_bytes("\ufeffstudent;question;points;comment\r\nada;q2;2,5;Gut\r\n".encode())
    (ada,), complaints = by_hand.merge(path, [graded()])
    assert ada.by_hand == 2.5 and complaints == []


@pytest.mark.parametrize(
    "line, words",
    [
        ("eve,q2,1,", "no submission"),
        ("ada,q7,1,", "no question"),
        ("ada,q2,9,", "0 to 4 points"),
        ("ada,q2,-1,", "0 to 4 points"),
        ("ada,q2,nan,", "number|points"),
        ("ada,q2,good,", "a number"),
        ("ada,q2,1,\nada,q2,2,", "already"),
    ],
)
def test_a_wrong_line_is_reported_and_changes_nothing_else(tmp_path, line, words):
    (tmp_path / "manual.csv").write_text(f"student,question,points,comment\n{line}\n")
    (ada,), complaints = by_hand.merge(tmp_path / "manual.csv", [graded()])
    assert len(complaints) == 1 and any(word in complaints[0] for word in words.split("|"))
    assert ada.by_hand == (1 if "already" in words else 0)


def test_reports_say_everything_and_escape_it(tmp_path):
    grades = [graded(), graded("<script>x</script>", odd=["cell 1 <b>"], errors=["cell 2 stopped: <i>"])]
    reports.write(tmp_path, TINY, grades, {})
    rows = list(csv.DictReader(io.StringIO((tmp_path / "grades.csv").read_text())))
    assert rows[0] == {
        "student": "ada", "total": "3", "of": "9", "by_tests": "3", "by_hand": "0", "to_be_marked": "q2",
        "q1": "3", "q2": "", "q3": "0", "reason": "", "flags": "", "source": "ada.ipynb",
    }  # fmt: skip
    pages = [path.read_text() for path in [*tmp_path.glob("feedback/*.html"), tmp_path / "index.html"]]
    assert len(pages) == 3 and not any(word in page for page in pages for word in ("<script>", "<b>", "<i>", "://"))
    assert "x is &lt;b&gt;wrong" in (tmp_path / "feedback" / "ada.html").read_text()
    reports.write(tmp_path, TINY, grades[:1], {})
    assert [path.name for path in tmp_path.glob("feedback/*.html")] == ["ada.html"]


def test_titles_of_questions():
    assert [question.title for question in QUESTIONS] == ["Question 1. Code", "Question 2. Why?", "q3"]


def test_names_of_pages_are_safe_and_different():
    names = ["ada", "Ada", "a/b", "a-b", "..", "x" * 300, "x" * 301, "con\0", "é"]
    pages = [reports.page_name(name) for name in names]
    assert len({page.lower() for page in pages}) == len(names) and all(
        len(page) < 90 and "/" not in page for page in pages
    )


def test_a_comparison_sees_what_was_replaced_and_not_what_is_new():
    before = {"numpy.allclose": "1", "IPython's ast_transformers": ""}
    assert guard.replaced(before, before | {"numpy.mine": "2"}) == []
    assert guard.replaced(before, {"numpy.allclose": "1", "IPython's ast_transformers": "3"}) == [
        "IPython's ast_transformers"
    ]
    assert guard.replaced(before, {}) == sorted(before)


def test_canaries_cannot_be_foreseen():
    names, tokens, _ = zip(*(guard.canary() for _ in range(20)))
    assert len(set(tokens)) == 20 and len(set(names)) > 10


@pytest.mark.parametrize(
    "source",
    ["inspect.currentframe()", "from ctypes import *", "import otter", "open('tests/q1.py')", "gc.get_objects()"],
)
def test_odd_tools_are_named(source):
    (found,) = guard.oddities([notebooks.Cell("code", source)])
    assert found.startswith("cell 1 ")


def test_ordinary_work_is_not_odd():
    cells = [
        notebooks.Cell("code", "import numpy as np\nfrom dqlab import coursework\nplt.show()\ngrader.check('q1')"),
        notebooks.Cell("code", "def (:"),
    ]
    assert guard.oddities(cells) == []


def test_a_family_of_processes_is_ended(tmp_path):
    import subprocess
    import sys

    code = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", code])
    while len(watch.family(process.pid)) < 2:
        pass
    members = watch.family(process.pid)
    watch.end(process.pid)
    process.wait(5)
    assert not any(member.is_running() and member.status() != "zombie" for member in members)
