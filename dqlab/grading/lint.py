"""What is wrong with a master, cell by cell, with the remedy."""

import ast
import re
from collections import Counter

from .masters import test_config

# What reads well in the book but not in Colab, VS Code or print.
DIRECTIVE = re.compile(r"^\s*(?::{3,}|`{3,})\{\w|\{\w[\w:-]*\}`", re.MULTILINE)
MACRO = re.compile(r"\\(?:E|R|norm|inner)(?![A-Za-z])")
STATED = re.compile(r"(\d+(?:\.\d+)?) points?")
SOLUTION = re.compile(r"# (?:BEGIN )?SOLUTION\b")


def problems(master):
    """Every finding about a master.

    Parameters
    ----------
    master : dqlab.grading.masters.Master
        The master.

    Returns
    -------
    list of str
        One line each: file, cell, what is wrong, what to do. Empty if all is well.

    Examples
    --------
    >>> from pathlib import Path
    >>> from dqlab.grading import lint, masters
    >>> cell = masters.Cell(3, "markdown", "$\\\\norm{x}$", "", "text")
    >>> for line in lint.prose(cell):
    ...     print(line)
    cell 3: \\norm is a macro of the book alone; write it in plain LaTeX
    """
    found = (
        []
        if master.name == master.path.stem
        else [f"cell 1: name is {master.name}, but the file is {master.path.name}"]
    )
    if not master.title:
        found.append("no cell begins with a title: add a markdown cell `# Assignment N. Title`")
    if not any('term="' in cell.source for cell in master.cells):
        found.append('no cell names the term: write coursework.student("reference", term="2026")')
    for name, count in Counter(question.name for question in master.questions).items():
        if count > 1:
            found.append(f"question {name}: {count} questions have this name; rename one")
    for cell in master.cells:
        found += prose(cell) if cell.kind == "markdown" else syntax(cell) if cell.kind == "code" else []
    if found:  # below, code is parsed
        return [f"{master.path.name}, {line}" for line in found]
    for question in master.questions:
        found += heading(question) + points(question)
        found += manual(question) if question.manual else autograded(question)
    found += names(master)
    found += published(master)
    return [f"{master.path.name}, {line}" for line in found]


def prose(cell):
    """Markdown that other editors do not render."""
    found = []
    if DIRECTIVE.search(cell.source):
        found.append(
            f"cell {cell.number}: a MyST directive or role shows as raw text in Colab, VS Code and print; write plain Markdown (a citation: the name, linked to ../appendix/bibliography.md)"
        )
    macro = MACRO.search(cell.source)
    if macro:
        found.append(f"cell {cell.number}: {macro[0]} is a macro of the book alone; write it in plain LaTeX")
    return found


def syntax(cell):
    """Code that does not parse, and marks of solutions that do not match."""
    begins, ends = cell.source.count("# BEGIN SOLUTION"), cell.source.count("# END SOLUTION")
    if begins != ends:
        return [f"cell {cell.number}: {begins} # BEGIN SOLUTION and {ends} # END SOLUTION; they go in pairs"]
    try:
        body = ast.parse(cell.source).body
    except SyntaxError as error:
        return [f"cell {cell.number}: line {error.lineno} is no Python: {error.msg}"]
    lines = cell.source.splitlines()
    return [
        f"cell {cell.number}: line {node.lineno} begins a statement of several lines that ends with # SOLUTION, and only its last line would be taken out; "
        "use # BEGIN SOLUTION and # END SOLUTION"
        for node in body
        if node.end_lineno > node.lineno and lines[node.end_lineno - 1].rstrip().endswith("# SOLUTION")
    ]


def manual(question):
    """A question that is marked by hand has a model solution and a rubric, and no tests."""
    where = f"question {question.name}"
    found = []
    if question.block("tests"):
        found.append(f"{where}: it is manual and has tests; remove one or the other")
    if not any(cell.source.strip() for cell in question.block("solution")):
        found.append(f"{where}: no model solution; write one between # BEGIN SOLUTION and # END SOLUTION")
    if not re.search("rubric", "".join(cell.source for cell in question.block("text")), flags=re.IGNORECASE):
        found.append(f"{where}: no rubric; add a table **Rubric** of what earns how many points to its text")
    return found


def heading(question):
    """A question's text begins with its name, and with its points if it says them."""
    first = [cell.source.partition("\n")[0] for cell in question.block("text") if cell.kind == "markdown"][:1]
    name = "Question " + question.name.removeprefix("q")
    if not first or not re.match(rf"(#+ |\*\*){name}\b", first[0]):
        return [
            f"question {question.name}: its text does not begin with a heading; write `### {name}. What it is about`"
        ]
    said = STATED.search(first[0])
    if not said and not first[0].startswith("#"):
        return [
            f"question {question.name}: its first line does not say its points; write **{name}** ({question.points} points)"
        ]
    if said and float(said[1]) != question.points:
        return [
            f"question {question.name}: its heading says {said[0]} and its configuration {question.points}; make them agree"
        ]
    return []


def points(question):
    """A question's points are a number above 0."""
    if isinstance(question.points, (int, float)) and not isinstance(question.points, bool) and question.points > 0:
        return []
    return [f"question {question.name}: points are {question.points!r}; write a number above 0"]


def autograded(question):
    """A question for the machine has one code answer, marked, and tests whose points sum to its own."""
    where = f"question {question.name}"
    found = []
    answers = [cell for cell in question.block("solution") if cell.kind == "code"]
    if len(answers) != 1:
        found.append(
            f"{where}: {len(answers)} code cells between # BEGIN SOLUTION and # END SOLUTION; there must be one"
        )
    if not question.block("tests"):
        found.append(f"{where}: no tests; add them between # BEGIN TESTS and # END TESTS, or `manual: true`")
        return found
    configs = []
    for cell in question.block("tests"):
        config, code = test_config(cell)
        found += test(cell, config, code)
        configs.append(config or {})
    given = [config.get("points", 0) for config in configs]
    if sum(given) != question.points:
        found.append(f"{where}: it has {question.points} points and its tests sum to {sum(given)}; make them agree")
    return found


def test(cell, config, code):
    """One test cell: a configuration, one documented function, words with every assertion."""
    where = f"cell {cell.number} (question {cell.question})"
    if not config or set(config) - {"points", "hidden"} or "points" not in config:
        return [
            f'{where}: a test begins with """ # BEGIN TEST CONFIG, `points: n` (and `hidden: true`), """ # END TEST CONFIG'
        ]
    body = ast.parse(code).body
    if len(body) != 1 or not isinstance(body[0], ast.FunctionDef):
        return [f"{where}: a test is one function and nothing else; imports go inside of it"]
    found, hidden = [], config.get("hidden", False)
    if hidden and not config["points"] > 0:
        found.append(f"{where}: a hidden test without points tests nothing; give it points or remove it")
    if not hidden and config["points"] != 0:
        found.append(
            f"{where}: a visible test carries points, which a hard-coded answer would earn; make it `points: 0`"
        )
    if not ast.get_docstring(body[0]):
        found.append(f"{where}: {body[0].name} has no docstring; say in one line what it tests (students read it)")
    silent = [node.lineno for node in ast.walk(body[0]) if isinstance(node, ast.Assert) and node.msg is None]
    if silent:
        found.append(f"{where}: an assertion without a message; say what is wrong without giving the answer")
    return found


def names(master):
    """Tests run at the end: no answer may overwrite another's names, and a test's parameters exist by then."""
    found, owner = [], {}
    for question in master.questions:
        for cell in question.block("solution"):
            for name in sorted(defined(cell)) if cell.kind == "code" else ():
                if owner.setdefault(name, question.name) != question.name:
                    found.append(
                        f"cell {cell.number}: {name} is also defined in question {owner[name]}; tests run at the end, so rename one"
                    )
    known = {"env"}.union(*(defined(cell) for cell in master.code()))
    seen = {}
    for cell in (cell for question in master.questions for cell in question.block("tests")):
        for function in (node for node in ast.parse(cell.source).body if isinstance(node, ast.FunctionDef)):
            if (cell.question, function.name) in seen:
                found.append(
                    f"cell {cell.number}: question {cell.question} has another test {function.name}, which it replaces; rename one"
                )
            seen[cell.question, function.name] = cell.number
            missing = {argument.arg for argument in function.args.args} - known
            if missing:
                found.append(
                    f"cell {cell.number}: {function.name} asks for {', '.join(sorted(missing))}, which no cell defines"
                )
    return found


def defined(cell):
    """The names that a code cell binds at its top level."""
    bound = set()
    for statement in ast.parse(cell.source).body:
        if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            bound.add(statement.name)
        elif isinstance(statement, (ast.Import, ast.ImportFrom)):
            bound.update((alias.asname or alias.name).split(".")[0] for alias in statement.names)
        else:
            bound.update(
                node.id
                for node in ast.walk(statement)
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
            )
    return bound


def published(master):
    """Answers that nothing would take out of the student's notebook."""
    found = []
    for question in master.questions:
        for cell in question.block("solution"):
            if cell.kind == "code" and not SOLUTION.search(cell.source):
                found.append(
                    f"cell {cell.number} (question {question.name}): no solution is marked, so students would get all of it; add # SOLUTION"
                )
    return found
