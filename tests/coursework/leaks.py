"""What only instructors may see, and where a site shows it: lines of solutions, model solutions, hidden tests, and the names in them.

Texts are compared by their words alone, so that markup, highlighting, escapes and spaces do not hide one.
"""

import html
import io
import json
import re
import zipfile
from pathlib import Path
from typing import NamedTuple

import nbformat
from sphinx.search.en import SearchEnglish

from dqlab.grading import masters

from ..conftest import ROOT

LEAST = 24  # letters and digits that make a line distinctive
BINARY = {".woff", ".woff2", ".ttf", ".png", ".ico", ".mo", ".po", ".inv"}
STEMS = SearchEnglish({})
words = re.compile(r"[^\W_]+").findall


class Secrets(NamedTuple):
    """Lines as tuples of words, names that no public text has, and stems of words that no public text has."""

    lines: dict
    names: set
    stems: set


def lines_of(master):
    """(where, kind, line) of everything in a master that students do not get."""
    for question in master.questions:
        where = f"{master.name} {question.name}"
        for cell in question.block("solution"):
            if cell.kind == "markdown":
                for piece in re.split(r"\]\([^)]*\)|[\[\n]|(?<=[.:;])\s", cell.source):
                    yield where, "text", piece
            else:
                yield from ((where, "code", line) for line in solution_lines(cell.source))
        for cell in question.block("tests"):
            config, code = masters.test_config(cell)
            if (config or {}).get("hidden"):
                yield from ((f"{where}, hidden test", "code", line) for line in code.splitlines())


def solution_lines(source):
    """Lines of a code cell that the student's version lacks."""
    inside = False
    for line in source.splitlines():
        if re.search(r"# (BEGIN|END) SOLUTION", line):
            inside = "BEGIN" in line
        elif inside or line.rstrip().endswith("# SOLUTION"):
            yield line.replace("# SOLUTION", "")


def public_text():
    """Everything that a reader may see anyhow: the library, chapters, pages, and what students get."""
    yield from (path.read_text(encoding="utf8") for path in (ROOT / "dqlab").rglob("*.py"))
    for path in (ROOT / "book").rglob("*"):
        if "masters" in path.parts or path.suffix not in (".md", ".ipynb", ".yml", ".bib"):
            continue
        text = path.read_text(encoding="utf8")
        if path.suffix == ".ipynb":
            text = "\n".join(cell.source for cell in nbformat.reads(text, as_version=4).cells)
        yield text


def secrets(all_masters, public):
    """The distinctive part of what masters hold back, given all public text."""
    public = "\n".join(public)
    known, public_words = squeezed(public), set(re.findall(r"\w+", public.lower()))
    public_parts = {part for word in public_words for part in word.split("_")}
    public_stems = {STEMS.stem(word) for word in public_words}
    lines, names, stems = {}, set(), set()
    for master in all_masters:
        for where, kind, line in lines_of(master):
            inside, parts = squeezed(line), frozenset(words(line.lower()))
            if len(inside) >= LEAST and not (parts <= public_parts and inside in known):
                lines[inside] = (where, line.strip(), parts)
            found = {word for word in re.findall(r"\w{6,}", line.lower()) if word not in public_words}
            names |= {word for word in found if kind == "code" and "_" in word.strip("_")}
            stems |= {STEMS.stem(word) for word in found if not word.isdigit()} - public_stems
    return Secrets(lines, names, stems)


def squeezed(text):
    """Letters and digits alone, in lower case."""
    return "".join(words(text.lower()))


def texts(path, content=None):
    """(name, text) of a file of the site, and of the files in it if it is an archive."""
    content = path.read_bytes() if content is None else content
    if path.suffix == ".zip":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield from ((f"{path}!{inner}", text) for inner, text in texts(Path(name), archive.read(name)))
        return
    if path.suffix in BINARY:
        return
    text = content.decode("utf8", errors="ignore")
    if path.suffix in (".ipynb", ".json"):
        text = re.sub(r"\\u[0-9a-fA-F]{4}", lambda code: json.loads(f'"{code[0]}"'), text)
        text = re.sub(r"\\[nt]", " ", text)
    if path.suffix in (".html", ".svg"):
        text = html.unescape(re.sub(r"<[^<>]*>", "", text))
    yield str(path), text


def hits(site, known):
    """(file, what it shows) for every file of a site."""
    found = []
    for path in sorted(file for file in site.rglob("*") if file.is_file()):
        for name, text in texts(path):
            name = name.removeprefix(f"{site}/")
            found += [(name, what) for what in shown(text, known, path.name == "searchindex.js")]
    return found


def shown(text, known, index):
    """What of the secrets a text has; the search index holds stems of single words."""
    inside, joined = set(re.findall(r"\w+", text.lower())), None
    yield from sorted(known.names & inside)
    if index:
        yield from sorted(known.stems & inside)
    letters = {part for word in inside for part in word.split("_")}
    for line, (where, source, parts) in known.lines.items():
        if parts <= letters:
            joined = squeezed(text) if joined is None else joined
            if line in joined:
                yield f"{where}: {source}"
