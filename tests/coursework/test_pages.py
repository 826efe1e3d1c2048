"""What every assignment keeps to as a page and as a notebook: its anatomy, no outputs, links that lead somewhere, questions that can be found."""

import re

import coursework
import nbformat
import pytest
import yaml

from dqlab.grading import masters

from ..conftest import ROOT

COURSEWORK = ROOT / "book" / "coursework"
NOTEBOOKS = sorted(COURSEWORK.glob("*.ipynb"))
every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf8"))
PAGES = {chapter["file"] for part in TOC["parts"] for chapter in part["chapters"]}


def cells(path, kind):
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == kind]


def prose(path):
    return "\n\n".join(cell.source for cell in cells(path, "markdown"))


def test_every_page_of_coursework_is_in_the_contents():
    written = {f"book/coursework/{path.stem}" for path in [*NOTEBOOKS, *COURSEWORK.glob("*.md")]}
    assert written == {page for page in PAGES if page.startswith("book/coursework/")}


@every_notebook
def test_format(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
    assert all(cell.source.strip() for cell in notebook.cells)


@every_notebook
def test_nothing_has_run(path):
    assert all(cell.outputs == [] and cell.execution_count is None for cell in cells(path, "code"))


@every_notebook
def test_opening(path):
    """What it is about, what you need, how long it takes, how to hand in; one title."""
    opening = cells(path, "markdown")[0].source
    assert opening.startswith("# ")
    assert len(re.findall(r"^# ", re.sub(r"```.*?```", "", prose(path), flags=re.S), flags=re.M)) == 1
    assert "**You will be able to**" in opening
    assert "hour" in coursework.hours(opening), "say how long it takes: **It takes** six to eight hours."
    assert coursework.needs(opening), (
        "link the chapters to read: **You need** [Quantizers](../differential/quantizers.ipynb)."
    )
    assert "student-guide.md" in prose(path)


@every_notebook
def test_every_question_is_announced_with_its_points(path):
    """Readers find a question by its first line; the points in it are those that it has."""
    first = [cell.source.partition("\n")[0] for cell in cells(path, "markdown")]
    for question in masters.read(COURSEWORK / "masters" / path.name).questions:
        announced = [line for line in first if re.match(rf"(#+ |\*\*)Question {question.name[1:]}\b", line)]
        assert len(announced) == 1, question.name
        points = re.search(r"(\d+(?:\.\d+)?) points?", announced[0])
        assert points and float(points[1]) == question.points, announced[0]


@every_notebook
def test_the_table_of_assignments_has_the_masters_numbers(path):
    questions = masters.read(COURSEWORK / "masters" / path.name).questions
    by_hand = sum(question.points for question in questions if question.manual)
    tested = sum(question.points for question in questions if not question.manual)
    assert coursework.points(nbformat.read(path, as_version=4).cells) == (tested, by_hand)
    assert f"{tested + by_hand:g} points: {tested:g} by tests, {by_hand:g} by hand" in coursework.row(path.stem)


@every_notebook
def test_links_lead_somewhere(path):
    for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+\.(?:md|ipynb))", prose(path)):
        assert (path.parent / target).is_file(), target
        page = (path.parent / target).resolve().relative_to(ROOT).with_suffix("").as_posix()
        assert page in PAGES | {TOC["root"]}, f"{target} is no page of the book"


@pytest.mark.parametrize(
    "page", sorted(page for page in PAGES if (ROOT / f"{page}.ipynb").is_file() and "coursework" not in page)
)
def test_every_chapter_ends_with_its_assignment(page):
    last = nbformat.read(ROOT / f"{page}.ipynb", as_version=4).cells[-1].source
    links = dict(re.findall(r"\[([^\]]+)\]\(\.\./coursework/([\w-]+)\.ipynb\)", last.split("**Coursework.**")[-1]))
    titles = {cells(path, "markdown")[0].source.splitlines()[0].removeprefix("# "): path.stem for path in NOTEBOOKS}
    assert any(titles.get(words) == name for words, name in links.items()), links


@every_notebook
def test_pictures_have_words(path):
    assert not re.search(r"!\[\]\(", prose(path))
