"""A broken master is told what is wrong, in which cell, and what to do."""

import nbformat
import pytest

from dqlab.grading import assignments, lint, masters

from .tiny import tiny


def complaint(folder, change, name="tiny"):
    """What lint says about the tiny master after a change."""
    path = folder / f"{name}.ipynb"
    nbformat.write(tiny(change), path)
    return "\n".join(lint.problems(masters.read(path)))


def test_a_sound_master_has_no_problems(tmp_path):
    assert complaint(tmp_path, {}) == ""


HIDDEN = 'points: 2\n"""  # END TEST CONFIG'
BROKEN = {
    "points that do not sum": (
        {"name: q1\npoints: 3": "name: q1\npoints: 5"},
        "question q1: it has 5 points and its tests sum to 3",
    ),
    "points in words": (
        {"name: q2\npoints: 4": "name: q2\npoints: four"},
        "question q2: points are 'four'; write a number above 0",
    ),
    "points in words and in numbers": (
        {"Square (3 points)": "Square (4 points)"},
        "question q1: its heading says 4 points",
    ),
    "no heading": ({"## Question 1. Square": "Square"}, "question q1: its text does not begin with a heading"),
    "no points": (
        {"## Question 1. Square (3 points)": "**Question 1.** Square"},
        "question q1: its first line does not say its points",
    ),
    "a test without a configuration": (
        {'""" # BEGIN TEST CONFIG\nhidden: true\n' + HIDDEN: "# a test\n"},
        "cell 12 (question q1): a test begins with",
    ),
    "points that students see": (
        {"points: 0": "points: 1", "points: 2": "points: 1"},
        "cell 10 (question q1): a visible test carries points",
    ),
    "a hidden test for nothing": ({"points: 2": "points: 0"}, "cell 12 (question q1): a hidden test without points"),
    "an assertion without words": (
        {', "the square of 0 is off"': ""},
        "cell 11 (question q1): an assertion without a message",
    ),
    "no docstring": ({'    """The square of zero."""\n': ""}, "cell 11 (question q1): test_zero has no docstring"),
    "two tests of one name": (
        {"def test_your_numbers": "def test_zero"},
        "cell 12: question q1 has another test test_zero",
    ),
    "a name that nobody defines": (
        {"def test_zero(square)": "def test_zero(sqare)"},
        "cell 11: test_zero asks for sqare, which no cell defines",
    ),
    "two questions of one name": ({"name: q2": "name: q1"}, "question q1: 2 questions have this name"),
    "a solution that is not marked": (
        {
            "    # BEGIN SOLUTION\n    zebra": "    zebra",
            "    return zebra_product\n    # END SOLUTION": "    return zebra_product",
        },
        "cell 7 (question q1): no solution is marked, so students would get all of it",
    ),
    "a mark without its other": (
        {"    return zebra_product\n    # END SOLUTION": "    return zebra_product"},
        "cell 7: 1 # BEGIN SOLUTION and 0",
    ),
    "no Python": ({"return zebra_product": "return return"}, "cell 7: line 5 is no Python"),
    "a directive": ({"Write `square`.": ":::{note}\nWrite.\n:::"}, "cell 5: a MyST directive"),
    "a role": ({"Write `square`.": "See {cite}`lin2022`."}, "cell 5: a MyST directive or role"),
    "a macro": ({"Write `square`.": r"$\norm{x}$"}, r"cell 5: \norm is a macro of the book"),
    "no rubric": ({"**Rubric.** 4 points for a proof.": "Prove it."}, "question q2: no rubric"),
    "no model solution": (
        {"The product of $x$ with itself, by the axiom of the platypus.": " "},
        "question q2: no model solution",
    ),
    "no term": ({'term="2026"': "term=year"}, "no cell names the term"),
    "no title": ({"# Assignment 9. Tiny": "Assignment 9. Tiny"}, "no cell begins with a title"),
    "another name": ({"name: tiny": "name: large"}, "cell 1: name is large, but the file is tiny.ipynb"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_master_is_told_where_and_what_to_do(tmp_path, what):
    change, words = BROKEN[what]
    assert words in complaint(tmp_path, change)


UNREADABLE = {
    "a question that never ends": ({"# END QUESTION": "nothing"}, "cell 15: a question begins inside of question q1"),
    "an end of nothing": ({"# BEGIN TESTS": "nothing"}, "cell 13: # END TESTS ends nothing"),
    "tests within a solution": ({"# END SOLUTION": "nothing"}, "BEGIN TESTS stands inside of the block SOLUTION"),
    "no name": ({"name: tiny\n": "lang: python\n"}, "cell 1: the configuration has no name: add `name: tiny`"),
    "no configuration": (
        {"# ASSIGNMENT CONFIG": "# CONFIG"},
        "cell 1: expected a raw cell that begins with # ASSIGNMENT CONFIG",
    ),
    "no YAML": ({"name: q1\npoints: 3": "name: [q1"}, "cell 4: its configuration is no YAML"),
    "a misspelt key": ({"points: 3": "point: 3"}, "cell 4: a question has `name`, `points`"),
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_marks_that_do_not_nest_are_refused(tmp_path, what):
    change, words = UNREADABLE[what]
    with pytest.raises(ValueError, match="tiny.ipynb, cell"):
        try:
            complaint(tmp_path, change)
        except ValueError as error:
            assert words in str(error)
            raise


def test_one_name_in_two_questions(tmp_path):
    notebook = tiny()
    second = tiny({"name: q1": "name: q3", "Question 1": "Question 3"}).cells[3:14]
    notebook.cells[14:14] = second
    nbformat.write(notebook, tmp_path / "tiny.ipynb")
    (found,) = lint.problems(masters.read(tmp_path / "tiny.ipynb"))
    assert "cell 18: square is also defined in question q1; tests run at the end, so rename one" in found


def test_a_broken_master_makes_nothing(tmp_path, capsys):
    folder = tmp_path / "book" / "coursework" / "masters"
    folder.mkdir(parents=True)
    nbformat.write(tiny({"points: 2": "points: 1"}), folder / "tiny.ipynb")
    with pytest.raises(SystemExit) as end:
        assignments.main(["--root", str(tmp_path)])
    assert end.value.code
    assert "its tests sum to 2" in capsys.readouterr().err
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [folder / "tiny.ipynb"]


def test_an_unknown_name_is_refused(tmp_path):
    with pytest.raises(SystemExit, match="No master at all"):
        assignments.main(["--root", str(tmp_path)])
