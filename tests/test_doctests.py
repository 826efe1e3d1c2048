"""Every example in a docstring of dqlab runs, and every public function has one."""

import doctest
import importlib
import inspect
import pkgutil

import pytest

import dqlab as dq

MODULES = sorted(module.name for module in pkgutil.walk_packages(dq.__path__, "dqlab."))
PUBLIC = [getattr(dq, name) for name in dq.__all__ if inspect.ismodule(getattr(dq, name))]
PUBLIC += [getattr(part, paper) for part in (dq.experiments, dq.theory) for paper in part.__all__]


def of_module(module):
    """The functions that a public module offers: those in `__all__`, or what it defines without an underscore."""
    names = getattr(module, "__all__", None) or [
        name for name, thing in vars(module).items() if getattr(thing, "__module__", None) == module.__name__
    ]
    things = [(name, getattr(module, name)) for name in names if not name.startswith("_")]
    return [(name, thing) for name, thing in things if callable(thing) and not isinstance(thing, type)]


@pytest.mark.parametrize("name", ["dqlab", *MODULES])
def test_examples_run(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize("module", PUBLIC, ids=lambda module: module.__name__)
def test_every_public_function_has_an_example(module):
    assert [name for name, thing in of_module(module) if ">>>" not in (thing.__doc__ or "")] == []


def test_examples_of_verbs_and_compiled_functions_are_among_them():
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = {test.name for name in MODULES for test in finder.find(importlib.import_module(name)) if test.examples}
    assert {"dqlab.quantizers.verbs.encode", "dqlab.problems.verbs.value", "dqlab.streams.uniform"} <= found
