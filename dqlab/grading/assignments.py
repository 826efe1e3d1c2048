"""One source, four products: ``python -m dqlab.grading.assignments [names] [--term 2027]``, or ``make assignments``.

From each master in book/coursework/masters: the student's notebook (book/coursework), the visible tests (dqlab/coursework/visible_tests),
and, in _build/coursework/<name>, the autograder's zip, the instructor's solution and a handout to print.
"""

import argparse
import json
import re
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

import nbformat

from . import handout, lint, masters

# What otter is told about every assignment, whatever its master says.
CONFIG = """# ASSIGNMENT CONFIG
name: {name}
init_cell: false
export_cell: false
check_all_cell: false
strip_solutions_from_all_cells: true
suppress_no_tests_warning: true
tests:
  ok_format: false
  files: true
generate:
  show_stdout: false
  show_hidden: false
"""
TERM = re.compile(r'term="([^"]*)"')
PROMPT = re.compile(r'^"""\s*# BEGIN PROMPT\n.*?"""\s*# END PROMPT\n?', re.DOTALL | re.MULTILINE)
SOLUTION = re.compile(r"^[ \t]*# (BEGIN|END) SOLUTION( NO PROMPT)?\n?|[ \t]*# SOLUTION( NO PROMPT)?$", re.MULTILINE)
EPOCH = (1980, 1, 1, 0, 0, 0)


ROLES = {"solution": "answer", "prompt": "answer", "text": "text", "tests": "test", "mark": "mark"}


def otter_assign(master, folder, term=None):
    """Run otter assign on a master, in a folder that exists; gives a folder with `student` and `autograder`, each with its notebook and tests."""
    from otter.assign import main

    notebook = nbformat.read(master.path, as_version=4)
    notebook.cells[0].source = CONFIG.format(name=master.name)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell, known in zip(notebook.cells, master.cells):
        cell.source = TERM.sub(f'term="{term}"', cell.source) if term else cell.source
        cell.metadata = {}
        cell.id = f"{known.question or 'page'}-{ROLES[known.block]}-{known.number}"
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    for question in master.questions:
        announce(notebook.cells[question.block("text")[0].number - 1], question.points)
    nbformat.write(notebook, folder / f"{master.name}.ipynb")
    main(str(folder / f"{master.name}.ipynb"), str(folder / "dist"), no_run_tests=True, no_pdfs=True)
    return folder / "dist"


def announce(cell, points):
    """Write a question's points behind its heading, if they are not there."""
    first, newline, rest = cell.source.partition("\n")
    if first.startswith("#") and not lint.STATED.search(first):
        cell.source = f"{first} ({points} point{'s' * (points != 1)}){newline}{rest}"


def tidied(path):
    """A notebook that otter made, the same bytes every time: ids by place, none of otter's comments, no empty cell."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.source = re.sub(r"<!-- (BEGIN|END) QUESTION -->\n*", "", cell.source).strip("\n")
    notebook.cells = [cell for cell in notebook.cells if cell.source.strip()]
    question, used = "page", {}
    for cell in notebook.cells:
        place = re.fullmatch(r"(\w+)-(text|answer)-\d+", cell.id)
        check = re.match(r'grader\.check\("(\w+)"\)', cell.source)
        question = place[1] if place else question
        name = f"{question}-{place[2] if place else 'check' if check else 'answer'}"
        used[name] = used.get(name, 0) + 1
        cell.id = name if used[name] == 1 else f"{name}-{used[name]}"
        if name.endswith("-answer"):
            cell.metadata["tags"] = ["otter_answer_cell"]
    return notebook


def solution_notebook(dist, name):
    """The instructor's notebook: the reference's answers without otter's marks, and links that work from where it lies."""
    notebook = tidied(dist / "autograder" / f"{name}.ipynb")
    notebook.cells = [cell for cell in notebook.cells if not cell.source.startswith("_Type your answer here")]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source = SOLUTION.sub("", PROMPT.sub("", cell.source)).strip("\n")
        else:
            cell.source = cell.source.replace("](../", "](../../../book/")
    return notebook


def facts(master, term):
    """What a grader must know beyond the tests: every question with its points."""
    questions = [{"name": q.name, "points": q.points, "manual": q.manual} for q in master.questions]
    return {"name": master.name, "title": master.title, "term": term, "questions": questions}


def write_zip(dist, path, about):
    """Otter's zip under a stable name with stable bytes, and `assignment.json` in it."""
    (made,) = (dist / "autograder").glob("*.zip")
    with zipfile.ZipFile(made) as source:
        files = {name: source.read(name) for name in source.namelist()}
    files["assignment.json"] = json.dumps(about, indent=1).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name in sorted(files):
            target.writestr(zipfile.ZipInfo(name, EPOCH), files[name], zipfile.ZIP_DEFLATED)


def products(master, term=None):
    """What an assignment's master gives.

    Parameters
    ----------
    master : dqlab.grading.masters.Master
        The master, as ``masters.read`` gives it.
    term : str, optional
        The term of a new edition; by default the master's own.

    Returns
    -------
    dict
        Bytes by path, relative to the project: the student's notebook, the visible tests, the zip, the solution, the handout.

    Raises
    ------
    ValueError
        If the master is broken: every finding with its cell and the remedy.

    Examples
    --------
    >>> from pathlib import Path
    >>> from dqlab.grading import assignments, masters
    >>> assignments.products(masters.Master(Path("tiny.ipynb"), "tiny", "", (), ()))
    Traceback (most recent call last):
    ...
    ValueError: tiny.ipynb, no cell begins with a title: add a markdown cell `# Assignment N. Title`
    tiny.ipynb, no cell names the term: write coursework.student("reference", term="2026")
    """
    found = lint.problems(master)
    if found:
        raise ValueError("\n".join(found))
    name = master.name
    term = term or next(m[1] for cell in master.cells for m in [TERM.search(cell.source)] if m)
    built = f"_build/coursework/{name}"
    with tempfile.TemporaryDirectory() as folder:
        dist = otter_assign(master, Path(folder), term)
        student = tidied(dist / "student" / f"{name}.ipynb")
        made = {f"book/coursework/{name}.ipynb": text(student)}
        for path in sorted((dist / "student" / "tests").glob("*.py")):
            made[f"dqlab/coursework/visible_tests/{name}/{path.name}"] = path.read_bytes()
        write_zip(dist, Path(folder) / "autograder.zip", facts(master, term))
        made[f"{built}/autograder.zip"] = (Path(folder) / "autograder.zip").read_bytes()
        made[f"{built}/solution.ipynb"] = text(solution_notebook(dist, name))
        made[f"{built}/handout.html"] = handout.page(student, master.title).encode()
    return made


def text(notebook):
    """A notebook as bytes, as Jupyter writes it."""
    return (nbformat.writes(notebook) + "\n").encode()


def write(made, root):
    """Write products under a project's folder; visible tests and built files of an older master go."""
    for folder in {(root / name).parent for name in made} - {root / "book" / "coursework"}:
        shutil.rmtree(folder, ignore_errors=True)
    for name, content in made.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)


def main(arguments=None):
    """Make the products of the named assignments, or of all; a broken master is reported and makes none."""
    parser = argparse.ArgumentParser(description=__doc__.split(":")[0])
    parser.add_argument("names", nargs="*", help="assignments; all if none is named")
    parser.add_argument("--term", help="a new edition: every term in the products becomes this one")
    parser.add_argument("--root", type=Path, default=Path.cwd(), help="the project's folder (default: here)")
    options = parser.parse_args(arguments)
    folder = options.root / "book" / "coursework" / "masters"
    known = {path.stem: path for path in sorted(folder.glob("*.ipynb"))}
    unknown = set(options.names) - set(known)
    if unknown or not known:
        sys.exit(
            f"No master {', '.join(sorted(unknown)) or 'at all'} in {folder}; there are: {', '.join(known) or 'none'}"
        )
    broken = False
    for name in options.names or known:
        try:
            master = masters.read(known[name])
            write(products(master, options.term), options.root)
        except ValueError as error:
            print(f"{name} is broken; nothing was written.\n{error}", file=sys.stderr)
            broken = True
            continue
        by_hand = sum(question.points for question in master.questions if question.manual)
        print(f"{name}: {len(master.questions)} questions, {master.points} points ({by_hand} by hand)")
    print("Students: book/coursework/. Instructors: _build/coursework/.")
    sys.exit(broken)


if __name__ == "__main__":
    main()
