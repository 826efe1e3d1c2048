"""The directive ``coursework``: what assignments there are, read from what students get."""

import re
from pathlib import Path

import nbformat
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

COURSEWORK = Path(__file__).resolve().parents[1] / "coursework"
ORDER = [
    "warm-up",
    "differential-quantization",
    "minimum-precision",
    "gossip-under-deadlines",
    "sparse-models",
    "capstone",
]


def assignments():
    """Names of the assignments that are there, in the order of the course."""
    return [name for name in ORDER if (COURSEWORK / f"{name}.ipynb").is_file()]


def points(cells):
    """Points of the questions that tests grade, and of those that a person reads: questions without a check."""
    checked = {cell.id.removesuffix("-check") for cell in cells if cell.id.endswith("-check")}
    tested = by_hand = 0
    for cell in cells:
        if re.fullmatch(r"q\w+-text", cell.id):
            value = float(re.search(r"(\d+(?:\.\d+)?) points?", cell.source)[1])
            tested += value * (cell.id.removesuffix("-text") in checked)
            by_hand += value * (cell.id.removesuffix("-text") not in checked)
    return tested, by_hand


def hours(text):
    """What the opening says after **It takes** or **Time**, up to the first punctuation."""
    found = re.search(
        r"\*\*(?:It takes|Time)[^*]*\*\*[.:]?\s*(?:about )?([^:;,.(\n]*hours?)", text, flags=re.IGNORECASE
    )
    return found[1].strip().lower() if found else ""


def needs(text):
    """Links, named by their titles, to the chapters of the paragraph that begins with **You need** or **Before you start**."""
    found = re.search(r"\*\*(?:You need|Before you start).*?(?=\n\*\*|\Z)", text, flags=re.DOTALL)
    return [f"[]({target})" for target in re.findall(r"\]\((\.\./[^)]+)\)", found[0])] if found else []


def row(name):
    """One line of the table."""
    cells = nbformat.read(COURSEWORK / f"{name}.ipynb", as_version=4).cells
    opening, (tested, by_hand) = cells[0].source, points(cells)
    work = f"{hours(opening)}; {tested + by_hand:g} points: {tested:g} by tests, {by_hand:g} by hand"
    return f"| [](/book/coursework/{name}.ipynb) | {work} | {', '.join(needs(opening))} |"


class Coursework(SphinxDirective):
    """A table of all assignments."""

    def run(self):
        rows = []
        for name in assignments():
            self.env.note_dependency(str(COURSEWORK / f"{name}.ipynb"))
            rows.append(row(name))
        head = ["| Assignment | Time and points | Read first |", "|---|---|---|"]
        box = nodes.container(classes=["dq-coursework"])
        self.state.nested_parse(StringList([*head, *rows], "coursework"), self.content_offset, box)
        return [box]


def setup(app):
    app.add_directive("coursework", Coursework)
