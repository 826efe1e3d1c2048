"""What otter made of a master: the questions, their tests and points, and what is to be marked by hand."""

import hashlib
import io
import re
import zipfile
from pathlib import Path
from typing import NamedTuple

from .notebooks import read


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


class Autograder(NamedTuple):
    """An assignment as the grader needs it; ``load`` reads one."""

    name: str
    zip: Path
    solution: Path
    questions: tuple
    digest: str

    @property
    def points(self):
        """The most that can be reached, by tests and by hand."""
        return sum(question.points for question in self.questions)

    def question(self, name):
        """The question of that name, or None."""
        return next((question for question in self.questions if question.name == name), None)


def load(name, folder, master):
    """Read an autograder.

    Parameters
    ----------
    name : str
        The assignment's name.
    folder : path-like
        Where otter's products lie: the autograder zip and the solution notebook (anywhere below).
    master : path-like
        The master notebook, which says what is to be marked by hand.

    Returns
    -------
    Autograder
        Its questions are in the master's order. The digest changes with every test and every point.

    Raises
    ------
    ValueError
        If a product is missing, or the master and the tests name different questions.
    """
    folder, master = Path(folder), Path(master)
    if not master.is_file():
        raise ValueError(f"assignment {name!r}: there is no master {master}")
    archive = _newest(folder.rglob("*autograder*.zip"), f"an autograder zip in {folder}")
    solutions = [p for p in folder.rglob(f"{name}.ipynb") if "student" not in p.relative_to(folder).parts[:-1]]
    solution = _newest(solutions, f"a solution notebook in {folder}")
    tests = _test_files(archive)
    questions = tuple(_questions(master.read_bytes(), tests))
    unknown = sorted(set(tests) - {q.name for q in questions})
    if unknown:
        raise ValueError(f"{archive.name} tests {', '.join(unknown)}, which {master.name} does not have: make it anew")
    return Autograder(name, archive, solution, questions, _digest(archive, questions))


def _newest(paths, what):
    paths = sorted(paths, key=lambda path: path.stat().st_mtime)
    if not paths:
        raise ValueError(f"there is not {what}; run: make assignments")
    return paths[-1]


def _test_files(archive):
    """Otter's test files by the question's name. They are ours, so they may be run to be read."""
    from otter.test_files import ExceptionTestFile

    with zipfile.ZipFile(archive) as content:
        names = [n for n in content.namelist() if re.fullmatch(r"tests/[^/]+\.py", n)]
        files = [ExceptionTestFile.from_string(content.read(n).decode("utf8"), path=n) for n in sorted(names)]
    return {file.name: file for file in files}


def _questions(master, tests):
    """The master's questions, from its raw cells."""
    import yaml

    config, prompt, inside = None, [], ""
    for cell in read(master):
        first, _, rest = cell.source.strip().partition("\n")
        if cell.kind == "raw" and first.startswith("# BEGIN QUESTION"):
            config, prompt, inside = yaml.safe_load(rest) or {}, [], "prompt"
        elif cell.kind == "raw" and first.startswith("# END QUESTION"):
            yield _question(config, "\n\n".join(prompt), tests.get(config["name"]))
            inside = ""
        elif cell.kind == "raw" and first.startswith(("# BEGIN", "# END")):
            inside = "" if first.startswith("# BEGIN") else inside
        elif inside == "prompt" and cell.kind == "markdown":
            prompt.append(cell.source)


def _question(config, prompt, file):
    manual = bool(config.get("manual"))
    if not manual and file is None:
        raise ValueError(
            f"question {config['name']!r} is in the master and has no tests in the autograder: make it anew"
        )
    points = config.get("points", 1)
    points = points.get("each", 0) if isinstance(points, dict) else points
    tests = () if file is None else tuple(_test(case) for case in file.test_cases)
    total = points if manual else sum(test.points for test in tests)
    rubric = re.search(r"(?ims)^\W*rubric\b.*", prompt)
    whole = bool(file is not None and file.all_or_nothing)
    return Question(str(config["name"]), float(total), manual, whole, tests, prompt, rubric.group() if rubric else "")


def _test(case):
    description = (case.body.test_func.__doc__ or case.name).strip().splitlines()[0]
    return Test(case.name, description, float(case.points), bool(case.hidden))


def _digest(archive, questions):
    """Of the zip's content rather than its bytes: otter writes the time into its archives."""
    digest = hashlib.blake2b(repr(questions).encode(), digest_size=16)
    with zipfile.ZipFile(io.BytesIO(archive.read_bytes())) as content:
        for name in sorted(content.namelist()):
            digest.update(name.encode() + b"\0" + content.read(name) + b"\0")
    return digest.hexdigest()
