"""What every chapter keeps to: its anatomy, no stored outputs but checked ones, words for pictures, exercises, a control."""

import ast
import re

import nbformat
import pytest
import yaml

from dqlab import algorithms

from ..conftest import ROOT

TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf8"))
PAGES = [TOC["root"], *(chapter["file"] for part in TOC["parts"] for chapter in part["chapters"])]
NOTEBOOKS = [ROOT / f"{page}.ipynb" for page in PAGES if (ROOT / f"{page}.ipynb").is_file()]
CHAPTERS = [
    path for path in NOTEBOOKS if "coursework" not in path.parts
]  # tests/coursework/ has the policy of assignments
every_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)

ANATOMY = [
    "The question",
    "Definitions",
    "Why it is true",
    "The algorithm|The code",
    "Experiment",
    "Play",
    "Predict, then run",
    "Paper against measurement",
    "Exercises",
    "Take-away",
    "References",
]
ALGORITHMS = {name for name in dir(algorithms) if not name.startswith("_") and callable(getattr(algorithms, name))}
KEPT = {"nbval-check-output", "keep_output"}


def cells(path, kind):
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == kind]


def prose(path):
    return "\n\n".join(cell.source for cell in cells(path, "markdown"))


def calls(path):
    """Every call in the chapter's code: (name as written, node)."""
    for cell in cells(path, "code"):
        source = re.sub(r"^\s*[%!].*$", "", cell.source, flags=re.M)
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call):
                yield ast.unparse(node.func), node


def test_every_page_of_the_contents_exists_and_every_notebook_is_listed():
    assert all((ROOT / f"{page}.ipynb").is_file() or (ROOT / f"{page}.md").is_file() for page in PAGES)
    written = {p for p in (ROOT / "book").rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts}
    assert {p for p in written if "coursework" not in p.parts} == set(CHAPTERS)


@every_chapter
def test_format(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata["kernelspec"]["name"] == "python3"
    assert not {"widgets", "toc", "colab"} & set(notebook.metadata)


@every_chapter
def test_only_checked_cells_keep_outputs(path):
    for cell in cells(path, "code"):
        tags = set(cell.metadata.get("tags", []))
        if not cell.outputs:
            assert cell.execution_count is None
        else:
            assert tags >= KEPT, cell.source
            assert all(output.output_type in ("stream", "execute_result", "display_data") for output in cell.outputs)
        assert not ("nbval-check-output" in tags and not cell.outputs), f"nothing to check: {cell.source}"


@every_chapter
def test_something_is_checked(path):
    assert sum("nbval-check-output" in cell.metadata.get("tags", []) for cell in cells(path, "code")) >= 3


@every_chapter
def test_anatomy(path):
    text = prose(path)
    assert len(re.findall(r"^# ", re.sub(r"(```.*?```)", "", text, flags=re.S), flags=re.M)) == 1
    start = cells(path, "markdown")[0].source
    assert "Before you start" in start and "**You will be able to**" in start and "**You need**" in start
    assert re.search(r"\*\*(Time|It takes)\*\*.*(minute|hour)", start, flags=re.S)
    headings = [match.strip() for match in re.findall(r"^## (.+)$", text, flags=re.M)]
    places = []
    for wanted in ANATOMY:
        matches = [i for i, heading in enumerate(headings) if re.match(wanted, heading)]
        assert matches, f"no section {wanted!r}"
        places.append(matches[0])
    assert headings[-1].startswith("References")
    assert places[:1] == [0] and places[-5:] == sorted(places[-5:])


@every_chapter
def test_statements_are_labelled_and_name_their_source(path):
    blocks = re.findall(
        r":::+\{prf:(definition|theorem|lemma|algorithm|corollary)\}[^\n]*\n(.*?):::", prose(path), flags=re.S
    )
    assert blocks
    for kind, body in blocks:
        assert re.search(r"^:label: \S+", body, flags=re.M), f"a {kind} without a label: {body[:80]}"
    assert "{cite" in prose(path)


@every_chapter
def test_exercises_have_hidden_solutions(path):
    text = prose(path)
    exercises = set(re.findall(r":::+\{exercise\}[^\n]*\n:label: (\S+)", text))
    solutions = dict(re.findall(r":::+\{solution\} (\S+)\n((?::\w+:[^\n]*\n)*)", text))
    assert len(exercises) >= 4
    assert exercises <= set(solutions)
    assert all("dropdown" in options for options in solutions.values())


@every_chapter
def test_some_control_and_some_question(path):
    names = [name.rsplit(".", 1)[-1] for name, _ in calls(path)]
    assert "explore" in names
    assert "predict" in names or "dropdown" in prose(path)


@every_chapter
def test_pictures_have_words(path):
    for name, node in calls(path):
        last = name.rsplit(".", 1)[-1]
        assert name not in ("plt.show", "pyplot.show"), "pictures go through dqlab.figures.show"
        if name.endswith("figures.show") or name == "show":
            assert len(node.args) >= 2 or any(k.arg == "alt" for k in node.keywords), ast.unparse(node)
        if last == "explore":
            assert len(node.args) >= 2 or any(k.arg == "alt" for k in node.keywords), ast.unparse(node)
    assert not re.search(r"!\[\]\(", prose(path))


@every_chapter
def test_no_global_randomness_and_no_clock_in_checked_cells(path):
    for name, _ in calls(path):
        assert not re.match(r"(np|numpy)\.random\.(?!Generator|SeedSequence)", name), name
    for cell in cells(path, "code"):
        if "nbval-check-output" in cell.metadata.get("tags", []):
            assert not re.search(r"time\.(time|perf_counter|process_time)", cell.source), cell.source


@every_chapter
def test_no_algorithm_is_retyped(path):
    """A chapter shows the library's algorithms; the verbs' kernels and loops over steps stay in dqlab."""
    for cell in cells(path, "code"):
        for node in ast.walk(ast.parse(re.sub(r"^\s*[%!].*$", "", cell.source, flags=re.M))):
            if isinstance(node, ast.FunctionDef):
                assert node.name not in ALGORITHMS, node.name
