"""Claims are tests: book/claims.yml and book/errata.yml name what exists, and leave nothing out.

That the tests named there pass is seen to by tests/conftest.py, which watches them run.
"""

import ast
import functools
import importlib
import re

import ledger
import pytest

from .conftest import ROOT

VERDICTS = {"holds", "tight", "holds with a correction", "not checkable by computation"}
CLAIMS = ledger.load("claims")
ERRATA = ledger.load("errata")
by_id = {"ids": lambda entry: entry["id"]}

# The numbered statements of the papers taught so far; all displays of the body, those of appendices with their lemmas.
TAUGHT = {
    "lin": {
        "Definition": ["IV.1", "IV.2"],
        "Equation": [f"({number})" for number in range(1, 71)],
        "Theorem": ["III.1", "III.2", "III.3", "IV.1", "IV.2", "V.1", "B.1", "B.2", "B.3", "D.1", "D.2"],
        "Lemma": [*(f"B.{number}" for number in range(1, 10)), "C.1", "C.2", "D.1", "E.1"],
        "Remark": ["B.1", "C.1"],
        "Algorithm": ["1", "2", "3", "4", "5"],
        "Figure": ["1", "2", "3", "4", "5"],
    },
    "mayekar": {
        "Definition": ["2.1"],
        "Equation": [f"({number})" for number in range(1, 9)],
        "Theorem": ["2.2", "2.3", "3.1", "4.1", "4.2", "6.1", "6.2"],
        "Lemma": ["5.1", "5.2"],
        "Remark": [str(number) for number in range(1, 9)],
        "Algorithm": ["1", "2"],
    },
    "reisizadeh": {
        "Assumption": ["1", "2", "3", "4", "5"],
        "Equation": ["(4)", "(7)", *(f"({number})" for number in (*range(12, 48), *range(58, 62)))],
        "Theorem": ["1", "2"],
        "Lemma": ["1", "2", "3", "4"],
        "Algorithm": ["1"],
        "Figure": ["5"],
    },
    "xu": {
        "Equation": [f"({number})" for number in range(1, 28)],
        "Proposition": ["3.1", "3.2"],
        "Lemma": ["4.1", "4.2"],
        "Theorem": ["4.3", "4.4"],
        "Remark": ["3.3", "4"],
        "Algorithm": ["1"],
        "Table": ["1", "2", "3"],
        "Figure": ["1", "2", "3", "4", "5", "6"],
    },
}
FOUND_BEFORE = {"A": 16, "B": 20, "C": 7, "D": 18}  # errata that were known before this book was begun, by paper


@pytest.mark.parametrize("paper", TAUGHT)
def test_nothing_taught_is_left_out(paper):
    mine = [claim for claim in CLAIMS if claim["paper"] == paper]
    missing = []
    for kind, numbers in TAUGHT[paper].items():
        for number in numbers:
            if kind == "Equation":
                found = any(
                    displays(number) <= displays(f"{c['number']} {c['title']} {c.get('note', '')}") for c in mine
                )
            else:
                found = any(c["kind"] == kind and number in re.split(r"[,\s]+", c["number"]) for c in mine)
            if not found:
                missing.append(f"{kind} {number}")
    assert missing == []


def displays(text):
    """The equation numbers in a text; (17)-(19) stands for three."""
    found = set()
    for first, last in re.findall(r"\((\d+)\)(?:-\((\d+)\))?", text):
        found.update(range(int(first), int(last or first) + 1))
    return found


def test_ids_are_unique():
    for entries in (CLAIMS, ERRATA):
        ids = [entry["id"] for entry in entries]
        assert ids and len(ids) == len(set(ids))


def test_errata_are_numbered_plainly():
    """A letter and a number; of those that were found before this book was begun, none may be lost."""
    ids = {entry["id"] for entry in ERRATA}
    assert all(re.fullmatch(r"[A-Z]\d+", name) for name in ids)
    for letter, count in FOUND_BEFORE.items():
        assert {f"{letter}{number}" for number in range(1, count + 1)} <= ids


def test_errata_that_are_mentioned_exist():
    """In notes of claims, in docstrings and in chapters."""
    ids = {entry["id"] for entry in ERRATA}
    names = re.compile(r"\b[ABCDN]\d+[a-z]?\b(?!\.)")
    mentioned = {name for claim in CLAIMS for name in errata_in(claim.get("note", ""), names)}
    for file in (*(ROOT / "dqlab").rglob("*.py"), *(ROOT / "book").rglob("*.ipynb"), *(ROOT / "book").rglob("*.md")):
        mentioned |= errata_in(file.read_text(encoding="utf8"), names)
    assert mentioned and mentioned <= ids, sorted(mentioned - ids)


def errata_in(text, names):
    """The ids that stand near the word "erratum" or "errata"."""
    found = set()
    for word in re.finditer(r"[Ee]rrat(um|a)\b", text):
        found.update(names.findall(text[max(0, word.start() - 40) : word.end() + 40]))
    return found


@functools.cache
def names_in(file):
    """The names of the test functions in a file, those in classes as Class::name."""
    path = ROOT / file
    if not path.is_file():
        return set()
    names = set()
    for node in ast.parse(path.read_text(encoding="utf8")).body:
        if isinstance(node, ast.FunctionDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            names.update(f"{node.name}::{n.name}" for n in node.body if isinstance(n, ast.FunctionDef))
    return names


def assert_test_exists(reference):
    file, _, name = reference.partition("::")
    name = name.split("[")[0]
    assert name.split("::")[-1].startswith("test") and name in names_in(file), f"no such test: {reference}"


def assert_chapter_exists(chapter):
    assert any((ROOT / "book" / f"{chapter}{end}").is_file() for end in (".ipynb", ".md")), chapter
    toc = (ROOT / "_toc.yml").read_text(encoding="utf8")
    assert f"book/{chapter}\n" in toc, f"{chapter} is not in _toc.yml"


@pytest.mark.parametrize("claim", CLAIMS, **by_id)
def test_claim(claim):
    assert {"id", "paper", "kind", "number", "title", "chapter", "verdict"} <= set(claim)
    assert claim["paper"] in ledger.PAPERS and claim["id"].startswith(claim["paper"] + ":")
    assert claim["verdict"] in VERDICTS
    assert_chapter_exists(claim["chapter"])
    if claim["verdict"] in ("holds with a correction", "not checkable by computation"):
        assert claim.get("note"), "say which correction, or why no computation can check it"
    if claim["verdict"] != "not checkable by computation":
        assert claim.get("function") and claim.get("test")
    if claim.get("function"):
        assert callable(resolve(claim["function"]))
    if claim.get("test"):
        assert_test_exists(claim["test"])


def resolve(name):
    """The object that a dotted name means."""
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            thing = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        return functools.reduce(getattr, parts[cut:], thing)
    raise AssertionError(f"no such function: {name}")


@pytest.mark.parametrize("erratum", ERRATA, **by_id)
def test_erratum(erratum):
    assert {"id", "paper", "place", "printed", "correct", "chapter"} <= set(erratum)
    assert erratum["paper"] in ledger.PAPERS
    assert_chapter_exists(erratum["chapter"])
    assert erratum.get("evidence") and erratum.get("test"), (
        "an erratum shows its evidence and the test that computes it"
    )
    assert_test_exists(erratum["test"])


def test_every_test_of_a_claim_is_claimed():
    """A test in tests/test_claims_*.py or tests/test_errata_*.py that no entry names proves nothing on the page."""
    named = {entry["test"].split("[")[0] for entry in [*CLAIMS, *ERRATA] if entry.get("test")}
    written = {
        f"tests/{file.name}::{name}"
        for file in (ROOT / "tests").glob("test_*.py")
        if re.match(r"test_(claims|errata)_", file.name)
        for name in names_in(f"tests/{file.name}")
        if name.split("::")[-1].startswith("test")
    }
    assert written <= named, sorted(written - named)
