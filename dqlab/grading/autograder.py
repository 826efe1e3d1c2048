"""An assignment as the grader needs it: its questions, their tests and points, and what is to be marked by hand."""

import hashlib
import json
import re
import zipfile
from pathlib import Path
from typing import NamedTuple

from . import masters


class Test(NamedTuple):
    """One test of a question; ``description`` is the first line of its docstring, which students see."""

    name: str
    description: str
    points: float
    hidden: bool


class Question(NamedTuple):
    """A question: tested by otter, or ``manual``; ``prompt`` is its text and ``rubric`` how it is marked (Markdown)."""

    name: str
    points: float
    manual: bool
    all_or_nothing: bool
    tests: tuple
    prompt: str
    rubric: str

    @property
    def title(self):
        """The first line of its text, without marks and points; its name where there is none."""
        first = next((line for line in self.prompt.splitlines() if line.strip()), self.name)
        return re.sub(r"\s*[(\[][^()]*points?[)\]]", "", first.strip("#* ")).strip("#* ") or self.name


class Autograder(NamedTuple):
    """An assignment, as made for one term; ``load`` reads one."""

    name: str
    title: str
    term: str
    zip: Path
    solution: Path
    questions: tuple
    digest: str

    @property
    def points(self):
        """The most that can be reached, by tests and by hand."""
        return sum(question.points for question in self.questions)


def load(name, root):
    """Read an assignment's autograder; make it first if it is missing or older than its master.

    Parameters
    ----------
    name : str
        The assignment's name.
    root : path-like
        The project's folder, with the masters in book/coursework/masters.

    Returns
    -------
    Autograder
        Its questions are in the master's order. The digest changes with every test and every point.

    Raises
    ------
    ValueError
        If there is no such master, or it is broken.

    Examples
    --------
    >>> from dqlab.grading import autograder
    >>> autograder.load("warm-up", "no-such-folder")
    Traceback (most recent call last):
    ...
    ValueError: assignment: there is no master warm-up.ipynb; there are: none
    """
    root = Path(root).resolve()
    path = root / "book" / "coursework" / "masters" / f"{name}.ipynb"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in path.parent.glob("*.ipynb"))) or "none"
        raise ValueError(f"assignment: there is no master {path.name}; there are: {known}")
    master, folder = masters.read(path), root / "_build" / "coursework" / name
    archive, solution = folder / "autograder.zip", folder / "solution.ipynb"
    if not archive.is_file() or not solution.is_file() or archive.stat().st_mtime < path.stat().st_mtime:
        _make(master, root, _about(archive).get("term"))
    about, tests = _about(archive), _test_files(archive)
    questions = tuple(_question(question, tests.get(question.name)) for question in master.questions)
    digest = hashlib.blake2b(repr(questions).encode() + archive.read_bytes(), digest_size=16).hexdigest()
    return Autograder(name, master.title, about["term"], archive, solution, questions, digest)


def _make(master, root, term):
    """What the instructor has of an assignment, for the term it was last made for; the students' part is left alone."""
    from . import assignments

    made = assignments.products(master, term)
    assignments.write({name: content for name, content in made.items() if name.startswith("_build/")}, root)


def _about(archive):
    if not archive.is_file():
        return {}
    with zipfile.ZipFile(archive) as content:
        return json.loads(content.read("assignment.json")) if "assignment.json" in content.namelist() else {}


def _test_files(archive):
    """Otter's test files by the question's name. They are ours, so they may be run to be read."""
    from otter.test_files import ExceptionTestFile

    with zipfile.ZipFile(archive) as content:
        names = [n for n in content.namelist() if re.fullmatch(r"tests/[^/]+\.py", n)]
        files = [ExceptionTestFile.from_string(content.read(n).decode("utf8"), path=n) for n in sorted(names)]
    return {file.name: file for file in files}


def _question(question, file):
    tests = () if file is None else tuple(_test(case) for case in file.test_cases)
    total = float(question.points if question.manual else sum(test.points for test in tests))
    prompt = "\n\n".join(cell.source for cell in question.block("text") if cell.kind == "markdown")
    rubric = re.search(r"(?ims)^\W*rubric\b.*", prompt)
    rubric = rubric.group() if rubric else ""
    return Question(question.name, total, question.manual, question.all_or_nothing, tests, prompt, rubric)


def _test(case):
    description = (case.body.test_func.__doc__ or case.name).strip().splitlines()[0]
    return Test(case.name, description, float(case.points), bool(case.hidden))
