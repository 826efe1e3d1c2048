"""One source, four products: what each holds and must not hold, and that what is committed is what the masters give."""

import ast
import io
import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile

import nbformat
import pytest

from dqlab.grading import assignments, lint, masters

from ..conftest import ROOT
from .tiny import tiny

MASTERS = sorted((ROOT / "book" / "coursework" / "masters").glob("*.ipynb"))
every_master = pytest.mark.parametrize("path", MASTERS, ids=lambda path: path.stem)
TERM = re.compile(r'term="([^"]*)"')


@pytest.fixture(scope="module")
def master(tmp_path_factory):
    path = tmp_path_factory.mktemp("masters") / "tiny.ipynb"
    nbformat.write(tiny(), path)
    return masters.read(path)


@pytest.fixture(scope="module")
def made(master):
    return assignments.products(master)


def test_products_are_the_same_bytes_every_time(master, made):
    assert assignments.products(master) == made
    assert sorted(made) == [
        "_build/coursework/tiny/autograder.zip",
        "_build/coursework/tiny/handout.html",
        "_build/coursework/tiny/solution.ipynb",
        "book/coursework/tiny.ipynb",
        "dqlab/coursework/visible_tests/tiny/q1.py",
    ]


def test_the_student_gets_questions_and_places_for_answers(made):
    notebook = nbformat.reads(made["book/coursework/tiny.ipynb"].decode(), as_version=4)
    nbformat.validate(notebook)
    assert [cell.id for cell in notebook.cells] == [
        "page-text",
        "page-text-2",
        "q1-text",
        "q1-answer",
        "q1-check",
        "q2-text",
        "q2-answer",
        "page-text-3",
    ]
    source = "\n".join(cell.source for cell in notebook.cells)
    assert 'me = coursework.student("your-id", term="2026")  # write your id here' in source
    assert '"""The square of x, an array."""\n    ...' in source and 'grader.check("q1")' in source
    assert "## Question 1. Square (3 points)\n" in source and "## Question 2. Why? (4 points)\n" in source
    assert not re.search("zebra|walrus|platypus|SOLUTION|PROMPT|reference|QUESTION", source)
    assert notebook.metadata.kernelspec.name == "python3" and notebook.metadata.language_info == {"name": "python"}


def test_visible_tests_have_no_hidden_one(made):
    source = made["dqlab/coursework/visible_tests/tiny/q1.py"].decode()
    assert "test_something_comes_back" in source and not re.search("walrus|test_zero|hidden=True", source)


def test_the_zip_has_all_tests_and_says_what_the_questions_are(made):
    with zipfile.ZipFile(io.BytesIO(made["_build/coursework/tiny/autograder.zip"])) as archive:
        assert {"tests/q1.py", "otter_config.json", "run_autograder", "assignment.json"} <= set(archive.namelist())
        assert archive.read("tests/q1.py").count(b"hidden=True") == 2
        about = json.loads(archive.read("assignment.json"))
    assert about == {
        "name": "tiny",
        "title": "Assignment 9. Tiny",
        "term": "2026",
        "questions": [{"name": "q1", "points": 3, "manual": False}, {"name": "q2", "points": 4, "manual": True}],
    }


def test_the_instructor_gets_answers_without_marks(made):
    notebook = nbformat.reads(made["_build/coursework/tiny/solution.ipynb"].decode(), as_version=4)
    source = "\n".join(cell.source for cell in notebook.cells)
    assert "zebra_product = np.multiply(x, x)" in source and "axiom of the platypus" in source
    assert 'student("reference", term="2026")' in source and "](../../../book/differential/quantizers.ipynb)" in source
    assert not re.search("SOLUTION|PROMPT|your-id|Type your answer", source)
    for cell in notebook.cells:
        assert cell.cell_type != "code" or ast.parse(cell.source)


def test_the_handout_needs_no_other_file(made):
    page = made["_build/coursework/tiny/handout.html"].decode()
    head, body = page.split("<main>")
    assert "Read Quantizers first: $2^b$ levels." in body and "MathJax" in head and "@media print" in head
    assert not re.search(r"<(?:link|img|iframe|script|object|source)\b[^>]*(?:src|href)=", page.replace(head, ""))
    assert head.count("<script>") == 2 and not re.search(
        r"<(?:script|link)[^>]+(?:src|href)=", head.split("<script>")[0]
    )
    assert not re.search("zebra|walrus|platypus|grader.check", body)


def test_a_new_term_is_written_everywhere(master):
    made = assignments.products(master, term="2027")
    for name in (
        "book/coursework/tiny.ipynb",
        "_build/coursework/tiny/solution.ipynb",
        "_build/coursework/tiny/handout.html",
    ):
        text = made[name].decode().split("<main>")[-1]
        assert "2027" in text and "2026" not in text
    with zipfile.ZipFile(io.BytesIO(made["_build/coursework/tiny/autograder.zip"])) as archive:
        assert json.loads(archive.read("assignment.json"))["term"] == "2027"


def test_the_command_writes_all_and_drops_old_tests(tmp_path, capsys):
    folder = tmp_path / "book" / "coursework" / "masters"
    folder.mkdir(parents=True)
    nbformat.write(tiny(), folder / "tiny.ipynb")
    old = tmp_path / "dqlab" / "coursework" / "visible_tests" / "tiny" / "q9.py"
    old.parent.mkdir(parents=True)
    old.write_text("")
    with pytest.raises(SystemExit) as end:
        assignments.main(["tiny", "--root", str(tmp_path)])
    assert not end.value.code and "tiny: 2 questions, 7 points (4 by hand)" in capsys.readouterr().out
    assert (tmp_path / "book" / "coursework" / "tiny.ipynb").is_file() and not old.exists()


@every_master
def test_master_is_sound_and_has_100_points(path):
    master = masters.read(path)
    assert lint.problems(master) == []
    assert master.points == 100


@every_master
def test_what_is_committed_is_what_the_master_gives(path):
    """Run `make assignments` after a change of a master. The committed term may be a later one than the master's."""
    committed = ROOT / "book" / "coursework" / path.name
    term = TERM.search(json.dumps(nbformat.read(committed, as_version=4)).replace('\\"', '"'))[1]
    made = assignments.products(masters.read(path), term)
    assert committed.read_bytes() == made[f"book/coursework/{path.name}"], f"{path.stem} is stale: make assignments"
    folder = ROOT / "dqlab" / "coursework" / "visible_tests" / path.stem
    wanted = {name.rpartition("/")[2]: text for name, text in made.items() if name.startswith("dqlab/")}
    found = {file.name: file.read_bytes() for file in folder.glob("*.py")}
    assert set(found) == set(wanted)
    for name in wanted:  # compared as code: another Python may quote otherwise
        assert ast.dump(ast.parse(found[name])) == ast.dump(ast.parse(wanted[name])), (
            f"{name} is stale: make assignments"
        )


def test_every_assignment_of_the_library_has_a_master():
    folders = {
        path.name for path in (ROOT / "dqlab" / "coursework" / "visible_tests").iterdir() if path.name != "__pycache__"
    }
    assert not MASTERS or folders <= {path.stem for path in MASTERS}
    assert {path.stem for path in (ROOT / "book" / "coursework").glob("*.ipynb")} == {path.stem for path in MASTERS}


def test_nbval_leaves_coursework_to_the_graders_tests():
    """Students' notebooks do not run to their end, by design; masters run for three students each in test_graders.py."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--collect-only",
        "-q",
        "--nbval-lax",
        "book/coursework",
        "-p",
        "no:cacheprovider",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 5, done.stdout  # pytest: no test was collected


def test_the_package_holds_visible_tests_and_no_master():
    """What setuptools would pack: data of dqlab alone, and in it no hidden test."""
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))["tool"]["setuptools"]
    assert tool["packages"]["find"]["include"] == ["dqlab", "dqlab.*"]
    packed = {path for pattern in tool["package-data"]["dqlab"] for path in (ROOT / "dqlab").glob(pattern)}
    visible = set((ROOT / "dqlab" / "coursework" / "visible_tests").rglob("*.py"))
    assert visible <= packed and not [path for path in packed if path.suffix == ".ipynb"]
    assert not list((ROOT / "dqlab").rglob("*.ipynb"))
    assert [path.name for path in visible if "hidden=True" in path.read_text(encoding="utf8")] == []


def test_the_terminal_is_no_term():
    """Every shell has a variable TERM; only the one on make's own command line names a new edition."""
    for given, wanted in (([], ""), (["TERM=2027"], '--term "2027"')):
        command = ["make", "--dry-run", "--no-print-directory", "assignments", *given]
        own = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
        shown = subprocess.run(command, cwd=ROOT, env=own | {"TERM": "xterm"}, capture_output=True, text=True)
        last = shown.stdout.strip().splitlines()[-1]
        assert last.split("dqlab.grading.assignments")[1].strip() == wanted
