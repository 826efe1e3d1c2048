"""Masters: the one source of an assignment, read into questions and tests (otter-grader's format, exception-based tests)."""

import re
from pathlib import Path
from typing import NamedTuple

import nbformat
import yaml

MARK = re.compile(r"# (BEGIN|END) (QUESTION|SOLUTION|PROMPT|TESTS)\b", re.IGNORECASE)
CONFIG = "# ASSIGNMENT CONFIG"
TEST_CONFIG = re.compile(r'\A"""\s*# BEGIN TEST CONFIG\n(.*?)"""\s*# END TEST CONFIG\n', re.DOTALL)


class Cell(NamedTuple):
    """A cell and where it stands: `question` is "" outside of questions; `block` is "text", "solution", "prompt", "tests" or "mark"."""

    number: int
    kind: str
    source: str
    question: str
    block: str


class Question(NamedTuple):
    """A question: what its configuration says, and its cells."""

    name: str
    points: float
    manual: bool
    all_or_nothing: bool
    cells: tuple

    def block(self, block):
        """The cells of one block, e.g. "tests"."""
        return [cell for cell in self.cells if cell.block == block]


class Master(NamedTuple):
    """A master notebook; ``read`` makes one."""

    path: Path
    name: str
    title: str
    cells: tuple
    questions: tuple

    def code(self):
        """The cells that make the reference's namespace: all code but tests and prompts."""
        return [cell for cell in self.cells if cell.kind == "code" and cell.block in ("text", "solution")]

    @property
    def points(self):
        """All points of the assignment."""
        return sum(question.points for question in self.questions)


def read(path):
    """A master notebook, read into questions.

    Parameters
    ----------
    path : path-like
        The notebook.

    Returns
    -------
    Master

    Raises
    ------
    ValueError
        If its blocks do not nest or a configuration is missing or is no YAML: with the number of the cell, counted from 1, and the remedy.

    Examples
    --------
    >>> import nbformat, tempfile, pathlib
    >>> from dqlab.grading import masters
    >>> path = pathlib.Path(tempfile.mkdtemp(), "tiny.ipynb")
    >>> cells = [nbformat.v4.new_raw_cell("# ASSIGNMENT CONFIG\\nname: tiny"), nbformat.v4.new_markdown_cell("# Tiny")]
    >>> nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    >>> masters.read(path).title
    'Tiny'
    """
    path = Path(path)
    notebook = nbformat.read(path, as_version=4)
    config = assignment_config(path, notebook)
    cells, questions = split(path, notebook.cells)
    titles = [cell.source for cell in cells if cell.kind == "markdown" and cell.source.startswith("# ")]
    title = titles[0].splitlines()[0].removeprefix("# ").strip() if titles else ""
    return Master(path, str(config["name"]), title, tuple(cells), tuple(questions))


def assignment_config(path, notebook):
    """What the first cell says."""
    first = notebook.cells[0] if notebook.cells else None
    if first is None or first.cell_type != "raw" or not first.source.startswith(CONFIG):
        raise ValueError(f"{path.name}, cell 1: expected a raw cell that begins with {CONFIG}")
    config = settings(path, 1, first.source)
    if "name" not in config:
        raise ValueError(f"{path.name}, cell 1: the configuration has no name: add `name: {path.stem}`")
    return config


def settings(path, number, source):
    """The YAML of a cell, whose comments mark what it is."""
    try:
        found = yaml.safe_load(source) or {}
    except yaml.YAMLError as error:
        raise ValueError(f"{path.name}, cell {number}: its configuration is no YAML: {error}") from None
    if not isinstance(found, dict):
        raise ValueError(f"{path.name}, cell {number}: its configuration should be lines `key: value`, got {found!r}")
    return found


def split(path, cells):
    """All cells with their places, and the questions."""
    placed, questions, block, config, start = [], [], "", None, 0
    for number, cell in enumerate(cells, start=1):
        mark = MARK.match(cell.source) if cell.cell_type == "raw" else None
        name = config["name"] if config else ""
        if not mark:
            place = (block or "text") if number > 1 else "mark"
            placed.append(Cell(number, cell.cell_type, cell.source, name, place))
            continue
        begins, kind = mark.group(1).upper() == "BEGIN", mark.group(2).lower()
        complaint = misplaced(begins, kind, name, block)
        if complaint:
            raise ValueError(f"{path.name}, cell {number}: {complaint}")
        if kind == "question" and begins:
            config, start = question_config(path, number, cell.source), len(placed)
            name = config["name"]
        placed.append(Cell(number, "raw", cell.source, name, "mark"))
        if kind != "question":
            block = kind if begins else ""
        elif not begins:
            questions.append(Question(**config, cells=tuple(placed[start:])))
            config = None
    if config:
        raise ValueError(f"{path.name}, question {config['name']}: it never ends; add a raw cell # END QUESTION")
    return placed, questions


def misplaced(begins, kind, question, block):
    """What is wrong with a mark here, or nothing."""
    if kind == "question" and begins and question:
        return f"a question begins inside of question {question}; add # END QUESTION before it"
    if kind != "question" and begins and (block or not question):
        where = f"inside of the block {block.upper()}" if block else "outside of a question"
        return f"# BEGIN {kind.upper()} stands {where}"
    if not begins and kind != (block or ("question" if question else "")):
        return f"# END {kind.upper()} ends nothing" + (f"; add # END {block.upper()} before it" if block else "")
    return ""


def question_config(path, number, source):
    """A question's configuration, complete."""
    found = settings(path, number, source)
    unknown = set(found) - {"name", "points", "manual", "all_or_nothing"}
    if unknown or not {"name", "points"} <= set(found):
        raise ValueError(
            f"{path.name}, cell {number}: a question has `name`, `points` and perhaps `manual` or `all_or_nothing`, got {found}"
        )
    return {"manual": False, "all_or_nothing": False, **found, "name": str(found["name"])}


def test_config(cell):
    """A test cell's configuration (None where it has none) and its code."""
    match = TEST_CONFIG.match(cell.source)
    if not match:
        return None, cell.source
    return yaml.safe_load(match.group(1)) or {}, cell.source[match.end() :]
