"""No page, source, download or index of the built book shows anything of a solution or a hidden test."""

import html
import json
import shutil
import zipfile

import nbformat
import pytest

from dqlab.grading import assignments, masters

from ..conftest import ROOT
from . import leaks
from .tiny import tiny

HTML = ROOT / "_build" / "html"


@pytest.fixture(scope="module")
def known():
    """The secrets of all masters."""
    paths = sorted((ROOT / "book" / "coursework" / "masters").glob("*.ipynb"))
    return leaks.secrets(map(masters.read, paths), leaks.public_text())


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """A tiny master's products and secrets."""
    path = tmp_path_factory.mktemp("masters") / "tiny.ipynb"
    nbformat.write(tiny(), path)
    master = masters.read(path)
    made = assignments.products(master)
    public = [made["book/coursework/tiny.ipynb"].decode(), made["dqlab/coursework/visible_tests/tiny/q1.py"].decode()]
    return made, leaks.secrets([master], public)


def test_the_built_book_shows_no_solution(known):
    assert (HTML / "index.html").is_file(), "build the book first: make book"
    assert leaks.hits(HTML, known) == []


def test_every_master_has_something_to_hide(known):
    hidden = {where.split()[0] for where, _, _ in known.lines.values()}
    assert hidden == {path.stem for path in (ROOT / "book" / "coursework" / "masters").glob("*.ipynb")}


def test_sources_of_the_book_have_students_versions_only():
    for path in sorted((HTML / "_sources" / "book" / "coursework").glob("*.ipynb")):
        assert path.read_bytes() == (ROOT / "book" / "coursework" / path.name).read_bytes()
    assert not list(HTML.rglob("*masters*"))


def test_what_students_get_shows_nothing(planted, tmp_path):
    made, known = planted
    (tmp_path / "tiny.ipynb").write_bytes(made["book/coursework/tiny.ipynb"])
    (tmp_path / "q1.py").write_bytes(made["dqlab/coursework/visible_tests/tiny/q1.py"])
    (tmp_path / "handout.html").write_bytes(made["_build/coursework/tiny/handout.html"])
    assert known.lines and known.names and known.stems
    assert leaks.hits(tmp_path, known) == []


PAGE = '<pre><span class="n">zebra_product</span> <span class="o">=</span> <span class="n">np</span><span class="o">.</span>multiply(x,&nbsp;x)</pre>'
PLANTS = {
    "page.html": (PAGE, ["zebra_product", "tiny q1: zebra_product = np.multiply(x, x)"]),
    "words.html": (
        r"<p>The <em>product</em> of <span>\(x\)</span> with itself, by the axiom of the&#32;platypus.</p>",
        ["tiny q2: The product of $x$ with itself, by the axiom of the platypus."],
    ),
    "test.py.txt": (
        'checks.close(square(w), w**2,"square(x)")\nwalrus_numbers=me.stream("hidden","q1").normal(size=5)',
        ["walrus_numbers", 'tiny q1, hidden test: walrus_numbers = me.stream("hidden", "q1").normal(size=5)'],
    ),
    "searchindex.js": ('Search.setIndex({"terms":{"axiom":1,"platypu":[2,3]}})', ["platypu"]),
    "cells.json": (json.dumps({"source": ["a = 1\n", "zebra_product = 2\n"]}), ["zebra_product"]),
}


@pytest.mark.parametrize("name", PLANTS)
def test_a_planted_line_is_seen(planted, tmp_path, name):
    """In any wrapping: highlighted, with entities, in JSON, stemmed."""
    content, wanted = PLANTS[name]
    (tmp_path / name).write_text(content, encoding="utf8")
    assert leaks.hits(tmp_path, planted[1]) == [(name, what) for what in wanted]


@pytest.mark.parametrize("product", ["autograder.zip", "solution.ipynb"])
def test_an_instructors_file_is_seen(planted, tmp_path, product):
    made, known = planted
    with zipfile.ZipFile(tmp_path / "download.zip", "w") as archive:
        archive.writestr(product, made[f"_build/coursework/tiny/{product}"])
    assert any(product in name for name, _ in leaks.hits(tmp_path, known))


def test_a_line_planted_in_a_page_of_the_book_is_seen(planted, tmp_path):
    shutil.copy(HTML / "book" / "intro.html", tmp_path / "intro.html")
    assert leaks.hits(tmp_path, planted[1]) == []
    lines = [entry for entry in planted[1].lines.values() if "hidden" not in entry[0]]
    with (tmp_path / "intro.html").open("a", encoding="utf8") as page:
        page.writelines(f"<p>{html.escape(source)}</p>" for _, source, _ in lines)
    wanted = {("intro.html", f"{where}: {source}") for where, source, _ in lines}
    assert lines and wanted <= set(leaks.hits(tmp_path, planted[1]))
