"""Whatever a learning platform gives: notebooks are found, read, told whose they are, or refused with a reason."""

import io
import json
import zipfile

import pytest

from dqlab.grading import answers, autograder, contestants, notebooks, submissions

CELLS = [
    ("markdown", "# Work"),
    ("code", 'me = coursework.student("Ada ", term="2026")\ngrader = coursework.grader("tiny")'),
]


def book(*cells, **extra):
    """A notebook's bytes."""
    made = [{"cell_type": kind, "metadata": {}, "source": source} for kind, source in (cells or CELLS)]
    return json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": made, **extra}).encode()


def archive(**files):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in files.items():
            target.writestr(name, data)
    return content.getvalue()


def put(folder, **files):
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def found(folder, **options):
    return {one.student: one for one in submissions.find(folder, **options)}


@pytest.mark.parametrize(
    "data",
    [
        book(),
        b"\xef\xbb\xbf" + book(),
        book().decode().encode("utf-16"),
        json.dumps(json.loads(book()), indent=1).replace("\n", "\r\n").encode(),
        book(metadata={"colab": {"provenance": []}, "kernelspec": None}),
        book(metadata={"vscode": {"interpreter": {"hash": "1"}}, "language_info": "python"}),
        json.dumps({"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code", "input": CELLS[1][1]}]}]}).encode(),
        json.dumps(
            {"cells": [{"cell_type": "code", "source": CELLS[1][1].splitlines(True), "metadata": None, "id": 7}]}
        ).encode(),
    ],
)
def test_any_notebook_is_read(data):
    cells = notebooks.read(data)
    assert notebooks.student_ids(cells) == ["ada"] and notebooks.assignments(cells) == ["tiny"]
    notebook, remarks = notebooks.normalise(cells)
    assert notebook.metadata.kernelspec.name == "python3" and remarks == []


@pytest.mark.parametrize(
    "data, reason",
    [
        (b"", "empty"),
        (b"PK\x03\x04", "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"[1, 2]", "other data"),
        (b'{"cells": 3}', "other data"),
        (b"[" * 200000, "not JSON"),
    ],
)
def test_what_is_no_notebook_says_so(data, reason):
    with pytest.raises(ValueError, match=reason):
        notebooks.read(data)


def test_metadata_tags_and_outputs_are_left_behind_and_cells_stay():
    cell = {"cell_type": "code", "source": "x = 1", "outputs": [{"output_type": "error"}]}
    cell["metadata"] = {"tags": ["otter_ignore"], "otter": {"tests": ["q1"], "ignore": True}, "deletable": False}
    notebook, _ = notebooks.normalise(notebooks.read(json.dumps({"cells": [cell, cell]}).encode()))
    assert [c.source for c in notebook.cells] == ["x = 1", "x = 1"]
    assert all(c.outputs == [] and set(c.metadata) == {"dqlab"} for c in notebook.cells)


@pytest.mark.parametrize(
    "source, left",
    [
        ("%pip install torch\nx = 1", "x = 1"),
        ("!pip install \\\n  torch\nx = 1", "x = 1"),
        ("%%bash\nsleep 1000", ""),
        ("for i in range(2):\n    !sleep 1000\nx = 1", "for i in range(2):\n    pass\nx = 1"),
        ("files = !ls\nx = 1", "files = []\nx = 1"),
    ],
)
def test_nothing_is_asked_of_the_shell(source, left):
    kept, said = notebooks.without_shell(source)
    assert said and "\n".join(c for c in (line.partition("#")[0].rstrip() for line in kept.splitlines()) if c) == left


@pytest.mark.parametrize("source", ["%matplotlib inline\nx = 1", "%%time\nx = 1", "def (:", "a = '!ls'", "%timeit 1"])
def test_other_cells_stay_as_they_are(source):
    assert notebooks.without_shell(source) == (source, [])


def test_every_kind_of_folder_is_understood(tmp_path):
    other = lambda name: book(("code", f'coursework.student("{name}", term="1")'))  # noqa: E731
    nothing = book(("code", "x = 1"))
    put(
        tmp_path,
        **{
            "grace.ipynb": nothing,
            "emmy/any name.ipynb": nothing,
            "emmy/.ipynb_checkpoints/any name-checkpoint.ipynb": nothing,
            "lovelace_ada_123_warm-up.ipynb": other("ada"),
            "sofia.ipynb.txt": nothing,
            "export.zip": archive(
                **{"deep/work.ipynb": other("katherine"), "__zip_filename__": b"x", "work.pdf": b"%PDF"}
            ),
            "mary.py": b"print(1)",
            "two/a.ipynb": nothing,
            "two/b.ipynb": nothing,
            "none/notes.pdf": b"%PDF",
            "broken.ipynb": b"\x89PNG",
            "broken.zip": b"PK nothing",
            ".DS_Store": b"x",
            "__MACOSX/._x.ipynb": b"x",
            "roster.csv": b"student_id\n",
        },
    )
    (tmp_path / "missing").mkdir()
    all_ = found(tmp_path)
    good = {"grace", "emmy", "ada", "sofia", "katherine"}
    assert {name for name, one in all_.items() if one.data} == good
    reasons = {name: one.reason for name, one in all_.items() if not one.data}
    assert set(reasons) == {"mary", "two", "none", "missing", "broken", "broken#2"}
    assert ".py" in reasons["mary"] and "2 notebooks" in reasons["two"]
    assert "no notebook" in reasons["none"] and "no notebook" in reasons["missing"]
    assert "not JSON" in reasons["broken"] and "cannot be read" in reasons["broken#2"]


def test_a_whole_course_in_one_zip(tmp_path):
    put(
        tmp_path,
        **{
            "all.zip": archive(
                **{"course/a_1/x.ipynb": book(), "course/b_2/x.ipynb": b"{}", "course/c_3.ipynb": book()}
            )
        },
    )
    all_ = submissions.find(tmp_path)
    assert len(all_) == 3 and [one.student for one in all_] == ["ada", "ada#2", "b_2"]


@pytest.mark.parametrize(
    "name", ["../evil.ipynb", "/etc/evil.ipynb", "a/../../evil.ipynb", "..\\evil.ipynb", "C:\\evil.ipynb"]
)
def test_an_archive_that_leaves_its_folder_is_refused(tmp_path, name):
    folder = put(tmp_path, **{"a.zip": archive(**{name: book()})})
    (only,), (contestant,) = submissions.find(folder), contestants.find(folder)
    assert only.data is None and "wants to write" in only.reason
    assert contestant.source is None and "wants to write" in contestant.reason


def test_an_archive_that_explodes_is_refused(tmp_path):
    folder = put(tmp_path, **{"a.zip": archive(**{"a.ipynb": b" " * (2**27)})})
    (only,), (contestant,) = submissions.find(folder), contestants.find(folder)
    assert only.data is None and "unpacks to" in only.reason
    assert contestant.source is None and "unpacks to" in contestant.reason


def test_the_roster_comes_first_then_the_notebook_then_the_file(tmp_path):
    lines = "student_id;file;name\nada;;Ada Lovelace\nGrace;;Grace Hopper\ns77;odd.ipynb;\nemmy;;\n"
    roster_path = tmp_path / "roster.csv"
    roster_path.write_bytes(b"\xef\xbb\xbf" + lines.encode())
    roster = submissions.read_roster(roster_path)
    folder = put(
        tmp_path / "in",
        **{
            "Hopper Grace_55_assignsubmission/x.ipynb": book(("code", "1")),
            "odd.ipynb": book(("code", 'coursework.student("ada", "1")')),
            "x_emmy_9.ipynb": book(("code", "1")),
            "stranger.ipynb": book(("code", 'coursework.student("zoe", "1")')),
            "y.ipynb": book(),
            "copy.ipynb": book(("code", 'coursework.student("reference", "1")')),
        },
    )
    all_ = found(folder, roster=roster)
    assert set(all_) == {"grace", "s77", "emmy", "zoe", "ada", "copy"}
    assert "names ada" in all_["s77"].flags[0] and "not on the roster" in all_["zoe"].flags[0]
    assert "reference" in all_["copy"].flags[0] and all_["ada"].flags == () == all_["emmy"].flags


def test_two_with_one_id_are_told_apart(tmp_path):
    all_ = found(put(tmp_path, **{"a.ipynb": book(), "b.ipynb": book()}))
    assert set(all_) == {"ada", "ada#2"} and all("2 submissions" in one.flags[0] for one in all_.values())


def test_a_roster_that_is_none_says_so(tmp_path):
    (tmp_path / "r.csv").write_text("name\nAda\n")
    with pytest.raises(ValueError, match="student_id"):
        submissions.read_roster(tmp_path / "r.csv")
    (tmp_path / "r.csv").write_text("student_id\nada\nAda\n")
    with pytest.raises(ValueError, match="more than once"):
        submissions.read_roster(tmp_path / "r.csv")


def question(name, prompt, manual):
    return autograder.Question(name, 4.0, manual, False, (), prompt, "")


QUESTIONS = [
    question("q1", "## Question 1. Code", False),
    question("q2", "## Question 2. Why?", True),
    question("q3", "## Question 3. How?", True),
]


@pytest.mark.parametrize("with_ids", [True, False])
def test_answers_are_found_with_and_without_ids(with_ids):
    texts = [
        "## Question 1. Code",
        "x = 1",
        "## Question 2. Why?\n\nText.",
        "Because.",
        "more = 1",
        "## Question 3. How?",
        "_Type your answer here, replacing this text._",
    ]
    ids = ["q1-text", "q1-answer", "q2-text", "q2-answer", "", "q3-text", "q3-answer"]
    kinds = ["markdown", "code", "markdown", "markdown", "code", "markdown", "markdown"]
    cells = [notebooks.Cell(k, t, (), i if with_ids else "") for k, t, i in zip(kinds, texts, ids)]
    first = {"kind": "markdown", "source": "Because.", "pictures": []}
    expected = {"q2": [first, {"kind": "code", "source": "more = 1", "pictures": []}], "q3": []}
    assert answers.find(cells, QUESTIONS) == expected
    no_text = [cell for cell in cells if not cell.source.startswith("## Question 2")]
    assert answers.find(no_text, QUESTIONS)["q2"] == ([first] if with_ids else [])
