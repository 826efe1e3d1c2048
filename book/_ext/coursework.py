"""The directive ``coursework``: what assignments there are, read from their masters and from what students get."""

import re
from pathlib import Path

import nbformat
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

from dqlab.grading import masters

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
    """The masters whose student's notebook is there, in the order of the course."""
    names = [name for name in ORDER if (COURSEWORK / f"{name}.ipynb").is_file()]
    return [masters.read(COURSEWORK / "masters" / f"{name}.ipynb") for name in names]


def opening(name):
    """The first cell of a student's notebook."""
    return nbformat.read(COURSEWORK / f"{name}.ipynb", as_version=4).cells[0].source


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


def row(master):
    """One line of the table."""
    by_hand = sum(question.points for question in master.questions if question.manual)
    text = opening(master.name)
    points = f"{master.points} points: {master.points - by_hand} by tests, {by_hand} by hand"
    return f"| [{master.title}]({master.name}.ipynb) | {hours(text)}; {points} | {', '.join(needs(text))} |"


class Coursework(SphinxDirective):
    """A table of all assignments."""

    def run(self):
        rows = []
        for master in assignments():
            self.env.note_dependency(str(master.path))
            self.env.note_dependency(str(COURSEWORK / f"{master.name}.ipynb"))
            rows.append(row(master))
        head = ["| Assignment | Time and points | Read first |", "|---|---|---|"]
        box = nodes.container(classes=["dq-coursework"])
        self.state.nested_parse(StringList([*head, *rows], "coursework"), self.content_offset, box)
        return [box]


def setup(app):
    app.add_directive("coursework", Coursework)
