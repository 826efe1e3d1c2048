"""A student's notebook, whatever program wrote it: read, made harmless to run, and asked whose it is."""

import ast
import json
import re
from typing import NamedTuple

from ..coursework.student import PLACEHOLDER
from . import pictures

SHELL_CALLS = {"system", "getoutput"}
SHELL_MAGICS = {"pip", "conda", "mamba", "micromamba", "uv", "system", "sx"}
SHELL_CELLS = {"bash", "sh", "script", "cmd", "perl", "ruby", "system", "sx"}
LONGEST = 50 * 2**20
_SKIPPED = "# not run while grading: "


class Cell(NamedTuple):
    """One cell: its kind ("code", "markdown" or "raw"), its text, its tags, its id and its pictures (``pictures.of``)."""

    kind: str
    source: str
    tags: tuple = ()
    id: str = ""
    pictures: tuple = ()


def read(data):
    """The cells of a notebook file.

    Parameters
    ----------
    data : bytes
        The file: nbformat 3 or 4, any line ends, with or without a byte order mark.

    Returns
    -------
    list of Cell

    Raises
    ------
    ValueError
        Saying why these bytes are no notebook.

    Examples
    --------
    >>> from dqlab.grading import notebooks
    >>> notebooks.read(b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": ["x = 1\\\\r\\\\n", "x"]}]}')
    [Cell(kind='code', source='x = 1\\nx', tags=(), id='', pictures=())]
    """
    if len(data) > LONGEST:
        raise ValueError(f"it has {len(data) / 2**20:.0f} MB; a notebook has at most {LONGEST // 2**20}")
    if not data.strip():
        raise ValueError("the file is empty")
    try:
        content = json.loads(data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        raise ValueError("not a notebook: the file is not JSON text") from None
    if not isinstance(content, dict):
        raise ValueError("not a notebook: the file holds other data")
    sheets = content.get("worksheets")
    cells = content.get("cells", sheets[0].get("cells") if isinstance(sheets, list) and sheets else None)
    if not isinstance(cells, list):
        raise ValueError("not a notebook: the file holds other data")
    return [_cell(cell) for cell in cells if isinstance(cell, dict)]


def _cell(cell):
    source = cell.get("source", cell.get("input", ""))
    source = "".join(map(str, source)) if isinstance(source, list) else str(source)
    metadata = cell.get("metadata")
    tags = metadata.get("tags", []) if isinstance(metadata, dict) else []
    kind = cell.get("cell_type")
    kind = kind if kind in ("code", "raw") else "markdown"
    tags = tuple(map(str, tags)) if isinstance(tags, list) else ()
    return Cell(
        kind, source.replace("\r\n", "\n").replace("\r", "\n"), tags, str(cell.get("id", "")), pictures.of(cell)
    )


def normalise(cells):
    """What is given to otter: the same cells with nothing but their text, and without commands to the shell.

    Metadata, tags (among them those by which otter skips cells) and outputs are left behind. The order of cells and cells
    that come twice stay: they are what the student runs.

    Parameters
    ----------
    cells : list of Cell

    Returns
    -------
    notebook : nbformat.NotebookNode
        For the kernel "python3". A cell's number (from 1) among `cells` is in its metadata.
    remarks : list of str
        What was left out.

    Examples
    --------
    >>> from dqlab.grading import notebooks
    >>> notebook, remarks = notebooks.normalise([notebooks.Cell("code", "%pip install torch\\nx = 1")])
    >>> print(notebook.cells[0].source)
    # not run while grading: %pip install torch
    x = 1
    >>> remarks
    ['cell 1: "%pip install torch" was not run']
    """
    import nbformat

    made, remarks = [], []
    for number, cell in enumerate(cells, 1):
        if cell.kind != "code":
            made.append(nbformat.v4.new_markdown_cell(cell.source))
            continue
        source, left_out = without_shell(cell.source)
        remarks += [f'cell {number}: "{line.strip()[:80]}" was not run' for line in left_out]
        made.append(nbformat.v4.new_code_cell(source, metadata={"dqlab": {"cell": number}}))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return nbformat.v4.new_notebook(cells=made, metadata=metadata), remarks


def without_shell(source):
    """A cell's text without its commands to the shell, and those commands.

    Parameters
    ----------
    source : str

    Returns
    -------
    source : str
    left_out : list of str

    Examples
    --------
    >>> from dqlab.grading import notebooks
    >>> notebooks.without_shell("if True:\\n    files = !ls")
    ('if True:\\n    files = []  # not run while grading: !ls', ['files = !ls'])
    """
    tree = _parse(source)
    if tree is None or "get_ipython" not in _as_python(source):
        return source, []
    lines, before = source.splitlines(), _as_python(source).splitlines()
    if any(_shell_call(node) == "cell" for node in ast.walk(tree)):
        return "\n".join(_SKIPPED + line for line in lines), lines[:1]
    if len(lines) != len(before):  # a command over several lines: IPython's own version of the cell has one
        lines = before
    left_out = []
    for node in ast.walk(tree):
        if not isinstance(node, (ast.Expr, ast.Assign)) or not _shell_call(node.value):
            continue
        text = lines[node.lineno - 1]
        indent, command = text[: node.col_offset], text[node.col_offset :]
        left_out.append(command)
        instead = "pass  " if indent.strip() or node.col_offset else ""
        if isinstance(node, ast.Assign):
            name, _, command = command.partition("=")
            instead = f"{name.rstrip()} = []  "
        lines[node.lineno - 1] = indent + instead + _SKIPPED + command.strip()
        for extra in range(node.lineno, node.end_lineno):
            lines[extra] = _SKIPPED + lines[extra]
    return ("\n".join(lines), left_out) if left_out else (source, [])


def _as_python(source):
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        return TransformerManager().transform_cell(source)
    except (SyntaxError, RecursionError, ValueError):
        return source


def _parse(source):
    """The syntax tree of a cell with its magics, or None where it has none."""
    try:
        return ast.parse(_as_python(source))
    except (SyntaxError, RecursionError, ValueError, MemoryError):
        return None


def _shell_call(node):
    """What a syntax node asks the shell for: "line", "cell" or None."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return None
    if ast.unparse(node.func.value) != "get_ipython()":
        return None
    name = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else ""
    if node.func.attr in SHELL_CALLS or node.func.attr == "run_line_magic" and name in SHELL_MAGICS:
        return "line"
    return "cell" if node.func.attr == "run_cell_magic" and name in SHELL_CELLS else None


def _argument_of(cells, function):
    """The texts that the cells' code gives a function as its first argument."""
    found = []
    for cell in cells:
        tree = _parse(cell.source) if cell.kind == "code" else None
        if cell.kind == "code" and tree is None:
            found += re.findall(rf"\b{function}\(\s*[\"']([^\"'\n]*)[\"']", cell.source)
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == function:
                values = [*node.args[:1], *(k.value for k in node.keywords if k.arg in ("student_id", "assignment"))]
                found += [v.value for v in values if isinstance(v, ast.Constant) and isinstance(v.value, str)]
    return found


def student_ids(cells):
    """The ids that a notebook names by ``coursework.student("...")``, as ``coursework`` compares them.

    Parameters
    ----------
    cells : list of Cell

    Returns
    -------
    list of str
        Each once, in order.

    Examples
    --------
    >>> from dqlab.grading import notebooks
    >>> notebooks.student_ids([notebooks.Cell("code", 'me = coursework.student(" Ada ", term="2026")')])
    ['ada']
    """
    ids = [text.strip().casefold() for text in _argument_of(cells, "student")]
    return list(dict.fromkeys(i for i in ids if i and i != PLACEHOLDER))


def assignments(cells):
    """The assignments that a notebook names by ``coursework.grader("...")``.

    Parameters
    ----------
    cells : list of Cell

    Returns
    -------
    list of str
        Each once, in order.

    Examples
    --------
    >>> from dqlab.grading import notebooks
    >>> notebooks.assignments([notebooks.Cell("code", 'grader = coursework.grader("warm-up")')])
    ['warm-up']
    """
    return list(dict.fromkeys(_argument_of(cells, "grader")))
