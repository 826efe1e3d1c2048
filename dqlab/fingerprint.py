"""The fingerprint of code: what tells results of one state of a program from those of another."""

import dis
import functools
import hashlib
import sys
import sysconfig
import types
from pathlib import Path

import numpy as np

from ._generic import SOURCE_DIGEST, Verb

_STDLIB = Path(sysconfig.get_path("stdlib")).resolve()


def qualified_name(trial):
    """Module and name of a function, also behind ``functools.partial`` and ``jit``."""
    while isinstance(trial, functools.partial):
        trial = trial.func
    trial = getattr(trial, "py_func", trial)
    named = trial if hasattr(trial, "__qualname__") else type(trial)
    return f"{named.__module__}.{named.__qualname__}"


def fingerprint(subject):
    """Digest of a function or value with everything of the user's own that it reaches.

    Functions count by their compiled code, constants, defaults, closures and the globals they read, so a comment may
    change and a helper in another notebook cell may not. Functions of dqlab and of installed packages count by name:
    the store compares dqlab's sources and the packages' versions for all of them at once.

    Raises
    ------
    TypeError
        If a value that the function reaches cannot be pickled.

    Examples
    --------
    >>> fingerprint((1, 2)) == fingerprint((1, 2.0))
    False
    """
    digest = hashlib.blake2b(digest_size=16)
    for part in _parts(subject, set()):
        digest.update(part.encode() + b"\0")
    return digest.hexdigest()


def _parts(subject, seen):
    """The texts that identify `subject`; `seen` breaks cycles."""
    if isinstance(subject, (tuple, list, dict)) and type(subject).__module__ == "builtins":
        yield f"{type(subject).__name__} {len(subject)}"
        for item in subject.items() if isinstance(subject, dict) else subject:
            yield from _parts(item, seen)
        return
    subject = getattr(subject, "py_func", subject)
    if isinstance(subject, (types.FunctionType, types.MethodType, type, functools.partial)):
        if id(subject) in seen:
            return
        seen.add(id(subject))
    if isinstance(subject, functools.partial):
        yield "partial"
        yield from _parts((subject.func, subject.args, subject.keywords), seen)
    elif isinstance(subject, types.MethodType):
        yield from _parts((subject.__func__, subject.__self__), seen)
    elif isinstance(subject, (types.ModuleType, types.BuiltinFunctionType, np.ufunc, Verb)) or _is_installed(subject):
        yield f"name {getattr(subject, '__module__', '')}.{getattr(subject, '__qualname__', repr(subject))}"
    elif isinstance(subject, types.FunctionType):
        yield from _function_parts(subject, seen)
    elif isinstance(subject, type):
        yield from _class_parts(subject, seen)
    else:
        yield from _parts(type(subject), seen)
        yield from _parts(tuple(subject), seen) if isinstance(subject, tuple) else [_digest_of_value(subject)]


def _function_parts(function, seen):
    yield from _code_parts(function.__code__)
    yield from _parts((function.__defaults__ or (), function.__kwdefaults__ or {}), seen)
    for cell in function.__closure__ or ():
        yield from _parts(cell.cell_contents, seen)
    read, attributes = set(), set()
    for code in _codes(function.__code__):
        for instruction in dis.get_instructions(code):
            (read if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME") else attributes).add(instruction.argval)
    for name in sorted(read & function.__globals__.keys()):
        value = function.__globals__[name]
        yield name
        yield from _parts(value, seen)
        if isinstance(value, types.ModuleType) and not _is_installed(value):  # a module of the user's own
            for attribute in sorted(a for a in attributes if isinstance(a, str) and hasattr(value, a)):
                yield from _parts(getattr(value, attribute), seen)


def _codes(code):
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)


def _code_parts(function_code):
    for code in _codes(function_code):
        constants = [c for c in code.co_consts if not isinstance(c, types.CodeType)]
        texts = [repr(sorted(c, key=repr)) if isinstance(c, frozenset) else repr(c) for c in constants]
        yield repr((code.co_code, code.co_names, code.co_varnames, code.co_freevars, code.co_argcount, texts))


def _class_parts(cls, seen):
    """A class of the user's own: its methods, and the kernels that were registered for it with dqlab's verbs."""
    yield cls.__qualname__
    for base in cls.__bases__:
        yield from _parts(base, seen)
    for name, member in sorted(vars(cls).items()):
        member = getattr(member, "__func__", member)
        if isinstance(member, (types.FunctionType, int, float, str)) and name not in ("__module__", "__firstlineno__"):
            yield name
            yield from _parts(member, seen)
    modules = [module for name, module in sorted(sys.modules.items()) if name.split(".")[0] == "dqlab"]
    verbs = {verb.__name__: verb for module in modules for verb in vars(module).values() if isinstance(verb, Verb)}
    for name, verb in sorted(verbs.items()):
        if cls in verb._kernels:
            yield name
            yield from _parts(verb._kernels[cls], seen)


def _is_installed(subject):
    """Whether a function, class or module comes from dqlab, Python or an installed package."""
    if not isinstance(subject, (types.FunctionType, type, types.ModuleType)):
        return False
    name = (subject.__name__ if isinstance(subject, types.ModuleType) else subject.__module__) or "__main__"
    if name == "__main__":  # a notebook or a script, whatever started it
        return False
    file = getattr(sys.modules.get(name), "__file__", None)
    if file is None or name.split(".")[0] == "dqlab":
        return name.split(".")[0] in {"dqlab", *sys.stdlib_module_names}
    path = Path(file).resolve()
    return not {"site-packages", "dist-packages"}.isdisjoint(path.parts) or path.is_relative_to(_STDLIB)


def _digest_of_value(value):
    import joblib

    try:
        return joblib.hash(value)
    except Exception as error:
        raise TypeError(
            f"trial: it reads a {type(value).__name__} that cannot be pickled ({error}), so its code "
            "has no fingerprint. Make that object inside the trial"
        ) from error


def versions():
    """What computed a result: the versions of Python, dqlab and the packages under it, and dqlab's sources."""
    import platform
    from importlib.metadata import PackageNotFoundError, version

    found = {"python": platform.python_version(), "sources": SOURCE_DIGEST}
    for name in ("dqlab", "numpy", "numba", "scipy"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found
