"""Where a contestant's class comes from: a class at hand, a Python file, or a notebook. Nothing of it runs here but in its own process."""

import ast
import json
import sys
from pathlib import Path
from typing import NamedTuple

CLASS_NAME = "MyQuantizer"
LARGEST_FILE = 1 << 20


class Source(NamedTuple):
    """What a process needs to make the contestant: text of Python, or a pickled class."""

    kind: str
    body: bytes


def of_class(contestant):
    """The source of a class that is at hand, in a notebook or a module.

    Parameters
    ----------
    contestant : type

    Returns
    -------
    Source

    Raises
    ------
    TypeError
        If it is no class, or holds something that another process cannot have.

    Examples
    --------
    >>> from dqlab.coursework.challenge import baselines, sources
    >>> sources.of_class(baselines.Ternary).kind
    'class'
    """
    import cloudpickle

    if not isinstance(contestant, type):
        raise TypeError(f"contestant: expected a class such as {CLASS_NAME} (without parentheses), got {contestant!r}")
    module = sys.modules.get(contestant.__module__)
    foreign = module is not None and module.__name__.split(".")[0] not in ("dqlab", "__main__")
    if foreign:
        cloudpickle.register_pickle_by_value(module)
    try:
        return Source("class", cloudpickle.dumps(contestant))
    except Exception as error:
        raise TypeError(f"contestant: {contestant.__name__} cannot go to another process: {error}") from None
    finally:
        if foreign:
            cloudpickle.unregister_pickle_by_value(module)


def of_file(path):
    """The source in a file that was handed in.

    Parameters
    ----------
    path : str or pathlib.Path
        ``my_quantizer.py``, or a notebook, of which only imports, definitions and assignments are taken.

    Returns
    -------
    Source

    Raises
    ------
    ValueError
        If it is too large, no Python, or does not define ``MyQuantizer``.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from dqlab.coursework.challenge import sources
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "my_quantizer.py")
    ...     _ = path.write_text("class MyQuantizer: pass")
    ...     sources.of_file(path)
    Source(kind='text', body=b'class MyQuantizer: pass')
    """
    path = Path(path)
    with path.open("rb") as file:
        return of_bytes(path.name, file.read(LARGEST_FILE + 1))


def of_bytes(name, data):
    """The source in a file's bytes: what ``of_file`` does, for a file in an archive.

    Examples
    --------
    >>> from dqlab.coursework.challenge import sources
    >>> sources.of_bytes("my_quantizer.py", b"class MyQuantizer(")
    Traceback (most recent call last):
    ...
    ValueError: my_quantizer.py is not Python: '(' was never closed (my_quantizer.py, line 1)
    """
    if len(data) > LARGEST_FILE:
        raise ValueError(f"{name} is larger than {LARGEST_FILE >> 20} MB")
    notebook = name.lower().endswith(".ipynb")
    try:
        text = data.decode("utf-8-sig")
        tree = _definitions(text) if notebook else ast.parse(text, name)
        text = ast.unparse(tree) if notebook else text
    except UnicodeDecodeError:
        raise ValueError(f"{name} is not text in UTF-8") from None
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ValueError(f"{name} is not Python: {error}") from None
    if not any(isinstance(node, ast.ClassDef) and node.name == CLASS_NAME for node in tree.body):
        raise ValueError(f"{name} defines no class {CLASS_NAME}")
    return Source("text", text.encode())


KEPT = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)


def _definitions(text):
    """The definitions in a notebook, in order; magics and cells that are not Python are left out."""
    try:
        cells = [
            "".join(cell["source"])  # nbformat allows text and a list of lines
            for cell in json.loads(text)["cells"]
            if cell["cell_type"] == "code"
        ]
    except (ValueError, KeyError, TypeError):
        raise SyntaxError("not a notebook") from None
    kept = []
    for cell in cells:
        lines = [line for line in cell.splitlines() if not line.lstrip().startswith(("%", "!"))]
        kept += [node for node in ast.parse("\n".join(lines)).body if isinstance(node, KEPT) and not _scores(node)]
    return ast.Module(kept, [])


def _scores(node):
    """Whether it is an assignment such as result = challenge.score(MyQuantizer), which is not run again."""
    called = [n.func for n in ast.walk(node) if isinstance(n, ast.Call)] if isinstance(node, KEPT[4:]) else []
    return any((f.attr if isinstance(f, ast.Attribute) else getattr(f, "id", "")) in ("score", "show") for f in called)
