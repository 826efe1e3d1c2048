"""The directives ``claims`` and ``errata``: pages rendered from book/claims.yml and book/errata.yml.

A paper's statement and a paper's slip are data. The same files drive tests/test_claims.py, so a page
can never promise what no test holds.
"""

import re
from pathlib import Path

import yaml
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

BOOK = Path(__file__).resolve().parents[1]

PAPERS = {
    "lin": "Differentially Quantized Gradient Methods",
    "mayekar": "Limits on Gradient Compression for Stochastic Optimization",
    "reisizadeh": "Robust and Communication-Efficient Collaborative Learning",
    "xu": "Quantized Adaptive Subgradient Algorithms and Their Applications",
}
SHELVES = {
    "Definition": "Definitions and displayed results",
    "Equation": "Definitions and displayed results",
    "Algorithm": "Algorithms",
    "Figure": "Figures",
    "Table": "Tables",
}
CITATIONS = {"lin": "lin2022", "mayekar": "mayekar2020limits", "reisizadeh": "reisizadeh2019", "xu": "xu2022"}


def load(name):
    """The entries of book/<name>.yml (an empty list where the file is missing)."""
    path = BOOK / f"{name}.yml"
    return (yaml.safe_load(path.read_text(encoding="utf8")) or []) if path.is_file() else []


def section_of(claim):
    """The part of the paper that a claim stands in: its own word for it, or the first half of its number."""
    if "section" in claim:
        return str(claim["section"])
    first, dot, _ = str(claim["number"]).partition(".")
    if not dot:
        return SHELVES.get(claim["kind"], claim["kind"])
    return f"Appendix {first}" if first.isalpha() and first in "ABCDEFGH" else f"Section {first}"


def link(chapter):
    """A Markdown link to a chapter, named by its path below book/."""
    source = next((BOOK / f"{chapter}{end}" for end in (".ipynb", ".md") if (BOOK / f"{chapter}{end}").is_file()), None)
    return f"[](/book/{chapter}{source.suffix})" if source else f"`{chapter}`"


def words(text):
    """Text in which a star is a star (x* is a minimiser), except within formulas and code."""
    parts = re.split(r"(\$[^$]*\$|`[^`]*`)", str(text))
    return "".join(part if i % 2 else part.replace("*", r"\*") for i, part in enumerate(parts))


def cell(text):
    """Text that may stand in a cell of a Markdown table."""
    return " ".join(str(text).split()).replace("|", r"\|")


class Ledger(SphinxDirective):
    """A directive that writes Markdown and has the document's own parser read it."""

    name_of_file = ""
    has_content = False
    optional_arguments = 1

    def run(self):
        self.env.note_dependency(str(BOOK / f"{self.name_of_file}.yml"))
        entries = [e for e in load(self.name_of_file) if not self.arguments or e["paper"] == self.arguments[0]]
        box = nodes.container(classes=["dq-ledger", f"dq-{self.name_of_file}"])
        lines = list(self.lines(entries)) if entries else ["Nothing is recorded yet."]
        self.state.nested_parse(StringList(lines, f"{self.name_of_file}.yml"), self.content_offset, box)
        return [box]


class Claims(Ledger):
    name_of_file = "claims"

    def lines(self, claims):
        for paper in dict.fromkeys(c["paper"] for c in claims):
            mine = [c for c in claims if c["paper"] == paper]
            yield from (f":::{{rubric}} {PAPERS[paper]}", ":heading-level: 2", ":::", "")
            yield from (f"{{cite}}`{CITATIONS[paper]}`. {self.tally(mine)}", "")
            for section in dict.fromkeys(section_of(c) for c in mine):
                yield from (f":::{{rubric}} {section}", ":heading-level: 3", ":::", "")
                yield "| Statement | Verdict | Chapter, function, test |"
                yield "|---|---|---|"
                yield from (self.row(c) for c in mine if section_of(c) == section)
                yield ""

    @staticmethod
    def tally(claims):
        counts = {}
        for claim in claims:
            counts[claim["verdict"]] = counts.get(claim["verdict"], 0) + 1
        return (
            f"{len(claims)} statements: " + ", ".join(f"{count} *{verdict}*" for verdict, count in counts.items()) + "."
        )

    @staticmethod
    def row(claim):
        statement = f"**{claim['kind']} {claim['number']}.** {words(claim['title'])}."
        if claim.get("note"):
            statement += f" {words(claim['note'])}"
        where = [link(claim["chapter"])]
        where += [f"`{claim['function'].removeprefix('dqlab.')}`"] if claim.get("function") else []
        where += [f"`{claim['test'].rpartition('::')[2]}`"] if claim.get("test") else []
        return f"| {cell(statement)} | {cell(claim['verdict'])} | {cell(', '.join(where))} |"


class Errata(Ledger):
    name_of_file = "errata"

    def lines(self, errata):
        for paper in dict.fromkeys(e["paper"] for e in errata):
            yield from (f":::{{rubric}} {PAPERS[paper]}", ":heading-level: 2", ":::", "")
            yield from (f"{{cite}}`{CITATIONS[paper]}`", "")
            for entry in (e for e in errata if e["paper"] == paper):
                yield from self.entry(entry)

    @staticmethod
    def entry(entry):
        yield from (f"::::{{admonition}} {entry['id']}. {cell(words(entry['place']))}", ":class: dq-erratum", "")
        yield from f"**The paper.** {words(entry['printed'])}".splitlines()
        yield ""
        yield from f"**Should be.** {words(entry['correct'])}".splitlines()
        yield ""
        if entry.get("evidence"):
            yield from f"**Evidence.** {words(entry['evidence'])}".splitlines()
            yield ""
        test = f" Test: `{entry['test'].removeprefix('tests/')}`." if entry.get("test") else ""
        chapter = f"Taught in {link(entry['chapter'])}." if entry.get("chapter") else ""
        yield from (chapter + test, "::::", "")


def setup(app):
    app.add_directive("claims", Claims)
    app.add_directive("errata", Errata)
