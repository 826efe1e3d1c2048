"""What shows that a submission tampered with its tests: canaries that must fail, and functions that must stay what they are.

Otter's tests run in the student's own process. Whoever controls a process can forge whatever it reports, so nothing here is
proof against a student who studies this file and works at it; these safeguards catch what can be written in a few lines
(a patched ``numpy.allclose``, a patched checker, results written in advance), and the marks of a test are in any case at most
what the autograder says, whatever the process reports. What is not found: a change undone before each comparison, code that reads
the test that is calling it, memory written by ``ctypes``. ``oddities`` names cells that use such tools, for a human to read.
"""

import ast
import inspect
import json
import re
import secrets
import textwrap

from .notebooks import _parse

WATCHED = ("builtins", "numpy", "dqlab", "otter", "math", "json", "pickle", "inspect", "functools", "scipy.stats")
TOOLS = {
    "_getframe": "looks at the frames of its callers",
    "currentframe": "looks at the frames of its callers",
    "settrace": "traces other code",
    "setprofile": "traces other code",
    "f_back": "looks at the frames of its callers",
    "get_objects": "searches the memory of the process",
    "get_referrers": "searches the memory of the process",
    "ctypes": "reaches the memory of the process",
    "_exit": "ends the process",
    "otter": "imports otter",
    "addaudithook": "watches the interpreter",
    "register_at_fork": "watches the interpreter",
}


def prepare():
    """In the kernel, before the student's first cell: import what is compared, and make asking for a test harmless."""
    import importlib
    import sys

    import otter

    for name in (
        "numpy.testing",
        "numpy.linalg",
        "numpy.random",
        "scipy.stats",
        "inspect",
        "dqlab",
        "dqlab.coursework",
        "otter.execute",
        "otter.test_files",
        "pickle",
    ):
        importlib.import_module(name)
    for name in ("check", "check_all", "export", "to_pdf"):
        setattr(otter.Notebook, name, lambda *arguments, **options: None)
    shell = get_ipython()  # noqa: F821

    def leave(*_):
        raise SystemExit("the notebook asked its kernel to end")

    def limited(stream):
        write, left = stream.write, [room]  # noqa: F821

        def write_a_little(text):
            if left[0] > 0:
                write(text[: left[0]])
            left[0] -= len(text)
            return len(text)

        stream.write = write_a_little

    limited(sys.stdout)
    limited(sys.stderr)
    shell.ask_exit = leave
    return {}


def fingerprint():
    """In the kernel: where everything that tests rest on lies in memory, by name."""
    import sys

    base = ().__class__.__base__
    plain, class_of = (lambda: 0).__class__, base.__class__

    def place(thing):
        text = base.__repr__(thing)
        code = thing.__code__ if class_of(thing) is plain else None
        more = "" if code is None else base.__repr__(code)[-15:] + base.__repr__(thing.__defaults__)[-15:]
        return text[-15:-1] + more

    found = {}
    for name, module in [*sys.modules.items()]:
        if module is None or name.partition(".")[0] not in watched and name not in watched:  # noqa: F821
            continue
        for key, thing in [*module.__dict__.items()]:
            if key[:1] == "_" and key != "__import__" or "__call__" not in dir(class_of(thing)):
                continue
            if f"{name}.{key}" == "builtins.input":  # the kernel makes it anew for every cell
                continue
            found[f"{name}.{key}"] = place(thing)
            for verb_class, kernel in [*getattr(thing, "_kernels", {}).items()] if name[:5] == "dqlab" else ():
                found[f"{name}.{key}({verb_class.__name__})"] = place(kernel)
            if isinstance(thing, type) and name[:5] in ("dqlab", "otter"):
                for attribute, value in [*thing.__dict__.items()]:
                    if "__call__" in dir(class_of(value)) or isinstance(value, (classmethod, staticmethod, property)):
                        inner = getattr(value, "__func__", value)
                        found[f"{name}.{key}.{attribute}"] = place(inner)
    shell = get_ipython()  # noqa: F821
    for what in ("ast_transformers", "input_transformers_post", "input_transformers_cleanup"):
        found[f"IPython's {what}"] = " ".join(place(f) for f in getattr(shell, what, ()))
    for event in ("pre_execute", "pre_run_cell"):
        found[f"IPython's {event}"] = " ".join(place(f) for f in shell.events.callbacks[event])
    for what in ("run_cell", "run_code", "displayhook", "display_pub"):
        found[f"IPython's {what}"] = place(getattr(shell.__class__, what, None)) + str(what in shell.__dict__)
    return found


def cell(function, token, room=0):
    """The text of a cell that calls one of the functions above and shows what it gives, between two tokens.

    Parameters
    ----------
    function : callable
        ``prepare`` or ``fingerprint``; its source is sent, since the module in the kernel could have been changed.
    token : str
        A random identifier.
    room : int
        For ``prepare``: how many characters the notebook may print.

    Returns
    -------
    str

    Examples
    --------
    >>> from dqlab.grading import guard
    >>> guard.cell(guard.fingerprint, "t1").splitlines()[0]
    'def t1(watched, room):'
    """
    source = textwrap.indent(textwrap.dedent(inspect.getsource(function)), "    ")
    return (
        f"def {token}(watched, room):\n{source}\n    import json\n"
        f"    shown = {{'text/plain': {token!r} + json.dumps({function.__name__}()) + {token!r}}}\n"
        f"    get_ipython().display_pub.publish(shown)\n"
        f"try:\n    {token}.__class__({token}.__code__, {{}})({WATCHED!r}, {room})\n"  # a namespace that no student has named things in
        f"finally:\n    del {token}"
    )


def answer(text, token):
    """What a ``cell`` has shown, or None where it shows nothing of the kind.

    Parameters
    ----------
    text : str
        The cell's output.
    token : str

    Returns
    -------
    dict or None

    Examples
    --------
    >>> from dqlab.grading import guard
    >>> guard.answer('noise t1{"a": "0x1"}t1', "t1")
    {'a': '0x1'}
    """
    found = re.search(f"{token}(.*?){token}", text, flags=re.DOTALL)
    try:
        content = json.loads(found.group(1)) if found else None
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


def replaced(before, after):
    """The names that stand for something else than before. New names are nobody's loss.

    Parameters
    ----------
    before, after : dict
        Fingerprints.

    Returns
    -------
    list of str

    Examples
    --------
    >>> from dqlab.grading import guard
    >>> guard.replaced({"numpy.allclose": "0x1", "math.pi": "0x2"}, {"numpy.allclose": "0x3", "math.pi": "0x2"})
    ['numpy.allclose']
    """
    return sorted(name for name, place in before.items() if after.get(name) != place)


CANARY = """from otter.test_files import test_case

OK_FORMAT = False

name = {name!r}
points = 5


@test_case(points=1, hidden=True)
def test_message(env):
    raise AssertionError({token!r})


@test_case(points=1, hidden=True)
def test_assertion(env):
    assert 1 == 2, {token!r}


@test_case(points=1, hidden=True)
def test_closeness(env):
    import numpy

    assert numpy.allclose([0.0, 1.0], [0.0, {number}]), {token!r}


@test_case(points=1, hidden=True)
def test_testing(env):
    import numpy.testing

    numpy.testing.assert_allclose([1.0], [{number}], err_msg={token!r})


@test_case(points=1, hidden=True)
def test_checks(env):
    from dqlab.coursework import checks

    checks.close([1.0], [{number}], {token!r})
"""


def canary():
    """A test file that must fail in every test, with a name and a message that nobody can foresee.

    Returns
    -------
    name, token, source : str

    Examples
    --------
    >>> from dqlab.grading import guard
    >>> name, token, source = guard.canary()
    >>> name.startswith("q"), token in source
    (True, True)
    """
    name, token = f"q{secrets.randbelow(10**6) + 20}", secrets.token_hex(8)
    return name, token, CANARY.format(name=name, token=token, number=2 + secrets.randbelow(1000) / 7)


def oddities(cells):
    """Cells that use what coursework has no use for: worth reading, and no proof of anything.

    Parameters
    ----------
    cells : list of Cell

    Returns
    -------
    list of str

    Examples
    --------
    >>> from dqlab.grading import guard, notebooks
    >>> guard.oddities([notebooks.Cell("code", "import sys\\nsys._getframe(1).f_locals")])
    ['cell 1 looks at the frames of its callers (_getframe)']
    """
    found = []
    for number, one in enumerate(cells, 1):
        tree = _parse(one.source) if one.kind == "code" else None
        for node in ast.walk(tree) if tree else ():
            names = [getattr(node, "attr", None), getattr(node, "id", None), getattr(node, "module", None)]
            names += [alias.name for alias in getattr(node, "names", ()) if isinstance(alias, ast.alias)]
            for name in (str(n).split(".")[0] for n in names if n):
                if TOOLS.get(name):
                    found.append(f"cell {number} {TOOLS[name]} ({name})")
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.search(r"\btests?/\w", node.value):
                found.append(f"cell {number} names files of tests ({node.value[:40]!r})")
    return list(dict.fromkeys(found))
