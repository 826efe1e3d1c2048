"""The build: executed chapters are dropped when the library changes, and nothing is rebuilt when nothing has changed."""

import importlib.util
import inspect
from types import SimpleNamespace

import api
import dqbook
import jupyter_cache
import ledger
import nbformat
import pytest

from dqlab import quantizers

from ..conftest import ROOT


@pytest.fixture
def house(tmp_path, monkeypatch):
    """A tiny project in place of this one."""
    for name, text in {
        "dqlab/a.py": "one = 1\n",
        "book/intro.md": "# Hello\n",
        "_toc.yml": "root: book/intro\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(dqbook, "ROOT", tmp_path)
    return tmp_path


def cache_of(house):
    config = SimpleNamespace()
    dqbook.choose_cache(SimpleNamespace(outdir=house / "_build" / "html"), config)
    return config


def test_executed_chapters_belong_to_one_state_of_the_library(house):
    before = cache_of(house)
    kept = house / "_build" / ".jupyter_cache" / before.dqbook_library
    kept.mkdir(parents=True)
    (kept / "run").write_text("numbers of the old library")
    assert cache_of(house) == before and (kept / "run").exists()

    (house / "dqlab" / "a.py").write_text("one = 2\n")
    after = cache_of(house)
    assert after.dqbook_library != before.dqbook_library and not kept.exists()
    assert after.nb_execution_cache_path.endswith(after.dqbook_library)


def test_chapters_are_executed_side_by_side_where_the_build_finds_them(house):
    config = cache_of(house)
    config.nb_execution_timeout, config.nb_execution_excludepatterns = 60, ["**/left.ipynb"]
    for name, code in {"one": "print(1 + 1)", "two": "print(2 + 2)", "wrong": "1 / 0", "left": "print(3)"}.items():
        chapter = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
        chapter.metadata.kernelspec = {"display_name": "Python 3", "language": "python", "name": "python3"}
        nbformat.write(chapter, house / f"{name}.ipynb")
    env = SimpleNamespace(doc2path=lambda name: str(house / f"{name}.ipynb"))
    dqbook.execute_side_by_side(SimpleNamespace(config=config), env, ["one", "two", "wrong", "left"])
    cache = jupyter_cache.get_cache(config.nb_execution_cache_path)
    for name, printed in {"one": "2\n", "two": "4\n"}.items():
        _, executed = cache.merge_match_into_file(house / f"{name}.ipynb")
        assert executed.cells[0].outputs[0].text == printed
    for name in ("wrong", "left"):  # the first is left to the build, the second is not to be executed
        with pytest.raises(KeyError):
            cache.match_cache_file(house / f"{name}.ipynb")


def test_stamp_of_the_book_follows_its_sources(house, monkeypatch):
    spec = importlib.util.spec_from_file_location("book_build", ROOT / "book" / "build.py")
    build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)
    monkeypatch.setattr(build, "ROOT", house)
    first = build.digest()
    (house / "dqlab" / "__pycache__").mkdir()
    (house / "dqlab" / "__pycache__" / "a.nbi").write_text("compiled")
    assert build.digest() == first
    for changed in ("dqlab/a.py", "book/intro.md", "_toc.yml"):
        (house / changed).write_text("changed\n")
        assert build.digest() != first
        first = build.digest()


def test_mathjax_of_the_book_is_complete(tmp_path):
    app = SimpleNamespace(outdir=tmp_path, builder=SimpleNamespace(format="html"))
    dqbook.copy_mathjax(app)
    mathjax = tmp_path / "_static" / "mathjax"
    assert (mathjax / "tex-mml-chtml.js").is_file()
    assert list((mathjax / "output" / "chtml" / "fonts" / "woff-v2").glob("*.woff"))
    assert (mathjax / "input" / "tex" / "extensions" / "ams.js").is_file()


def test_claims_become_rows():
    claim = {
        "id": "lin:thm-1",
        "paper": "lin",
        "kind": "Theorem",
        "number": "III.1",
        "title": "x* is reached | always",
        "chapter": "differential/quantizers",
        "function": "dqlab.algorithms.dq_gd",
        "test": "tests/test_claims_lin.py::test_theorem_III_1",
        "verdict": "tight",
    }
    assert ledger.section_of(claim) == "Section III"
    assert ledger.section_of(claim | {"number": "B.2"}) == "Appendix B"
    assert ledger.section_of(claim | {"number": "1", "kind": "Figure"}) == "Figures"
    row = ledger.Claims.row(claim)
    assert row == (
        r"| **Theorem III.1.** x\* is reached \| always. | tight "
        "| [](/book/differential/quantizers.ipynb), `algorithms.dq_gd`, `test_theorem_III_1` |"
    )


def test_reference_lists_verbs_classes_and_compiled_functions():
    names = list(api.public_names(quantizers))
    assert {"encode", "decode", "quantize", "UniformScalar"} <= set(names)
    assert api.signature_of(quantizers.UniformScalar) == "(levels, dim)"
    assert api.signature_of(quantizers.encode).startswith("(quantizer, u, scale=1.0")
    text = "\n".join(node.astext() for node in api.render_docstring(inspect.getdoc(quantizers.UniformScalar)))
    assert "Parameters" in text and "levels" in text
