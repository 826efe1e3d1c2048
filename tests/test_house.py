"""The house: its environments agree, the lock is clean, nothing points to one machine, importing is light."""

import ast
import re
import subprocess
import sys
import tomllib

import pytest
import yaml

from .conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))["project"]
CONDA_NAMES = {"matplotlib": "matplotlib-base", "dask[distributed]": "dask"}
NOT_ON_CONDA = {"axe-playwright-python", "django-static-mathjax", "playwright", "sphinx-revealjs"}


def split(requirement):
    """A requirement as (name, set of conditions)."""
    name, conditions = re.match(r"([\w.\-]+(?:\[[\w,]+\])?)\s*(.*)", requirement).groups()
    return name.lower(), frozenset(part.strip() for part in conditions.split(",") if part.strip())


def declared():
    extras = [r for requirements in PROJECT["optional-dependencies"].values() for r in requirements]
    return dict(split(r) for r in [*PROJECT["dependencies"], *extras])


def normal(name):
    return re.sub(r"[-_.]+", "-", name.split("[")[0]).lower()


def lock():
    return (ROOT / "requirements.lock").read_text(encoding="utf8").splitlines()


def test_environment_for_conda_equals_the_project():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf8"))["dependencies"]
    pip = next(entry["pip"] for entry in environment if isinstance(entry, dict))
    conda = dict(split(entry) for entry in environment if isinstance(entry, str))
    assert conda.pop("python") == split("python" + PROJECT["requires-python"])[1]
    assert conda.pop("pip") == frozenset()
    assert pip[-1] == "-e ."
    by_pip = dict(split(entry) for entry in pip[:-1])
    assert set(by_pip) == NOT_ON_CONDA
    wanted = {CONDA_NAMES.get(name, name): conditions for name, conditions in declared().items()}
    assert conda | by_pip == wanted


def test_lock_holds_versions_only():
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[0-9A-Za-z.]+", line) for line in lock())
    names = [normal(line.split("==")[0]) for line in lock()]
    assert len(names) == len(set(names)) and "dqlab" not in names


def test_lock_satisfies_the_project():
    from packaging.specifiers import SpecifierSet

    locked = {normal(line.split("==")[0]): line.split("==")[1] for line in lock()}
    for name, conditions in declared().items():
        assert normal(name) in locked, f"{name} is not locked"
        assert SpecifierSet(",".join(conditions)).contains(locked[normal(name)], prereleases=True), name


def test_lock_is_closed():
    """What a locked package needs is locked, too."""
    from importlib.metadata import PackageNotFoundError, requires

    from packaging.requirements import Requirement

    locked = {normal(line.split("==")[0]) for line in lock()}
    missing = set()
    for name in locked:
        try:
            needs = [Requirement(text) for text in requires(name) or []]
        except PackageNotFoundError:
            continue
        missing.update(
            f"{name} needs {r.name}"
            for r in needs
            if (not r.marker or r.marker.evaluate({"extra": ""})) and normal(r.name) not in locked
        )
    assert missing <= {f"{n} needs pip" for n in locked}


def tracked():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_tracked_file_names_a_machine_or_a_registry():
    hosts = ["py" + "pi.org", "files.python" + "hosted", "npm" + "js.org", "anaconda" + ".org", "index" + "-url"]
    paths = ["/ho" + "me/", "/ro" + "ot/", "/wo" + "rk/", "/U" + "sers/", "/tm" + "p/env"]
    found = []
    for path in tracked():
        text = path.read_bytes().decode("utf8", errors="ignore")
        found += [f"{path.relative_to(ROOT)}: {word}" for word in [*hosts, *paths] if word in text]
    assert found == []


def test_no_tracked_file_is_large():
    assert [p.name for p in tracked() if p.stat().st_size > 2**20] == []


def test_arrows_run_one_way():
    """theory imports nothing of dqlab; nothing below lab imports lab, figures or explore."""
    low = [
        "bits",
        "streams",
        "_generic",
        "lattices",
        "quantizers",
        "problems",
        "algorithms",
        "theory",
        "clock",
        "networks",
    ]
    for name in low:
        path = ROOT / "dqlab" / name
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]:
            if not file.is_file():
                continue
            text = file.read_text(encoding="utf8")
            upward = re.search(r"^\s*from (\.+|dqlab)(\.?)(lab|figures|explore|plots|experiments)\b", text, flags=re.M)
            assert not upward, f"{file.name}: {upward and upward.group()}"
            if name == "theory":
                assert not re.search(r"^\s*(from (\.\.(?!_arguments\b)|dqlab)|import dqlab)", text, flags=re.M), (
                    file.name
                )


IMPORT = """
import sys
import numba.core.compiler as compiler
compiled = []
original = compiler.compile_extra
compiler.compile_extra = lambda *a, **k: compiled.append(a) or original(*a, **k)
import dqlab
heavy = {"matplotlib", "pandas", "sklearn", "dask", "distributed", "IPython", "ipywidgets", "scipy.optimize", "networkx", "jupyter_book"}
print(len(compiled), sorted(heavy & set(sys.modules)))
"""


def test_import_compiles_nothing_and_loads_nothing_heavy():
    done = subprocess.run([sys.executable, "-c", IMPORT], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split(maxsplit=1) == ["0", "[]\n"]


def test_what_is_imported_is_declared():
    """Every package that dqlab imports, however late, is a dependency of its own."""
    modules = {"scikit-learn": "sklearn", "dask[distributed]": "distributed", "otter-grader": "otter", "pyyaml": "yaml"}
    modules["ipython"] = "IPython"
    wanted = {modules.get(name, name).replace("-", "_") for name in declared()} | {"dqlab", *sys.stdlib_module_names}
    found = set()
    for path in (ROOT / "dqlab").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
            if isinstance(node, ast.Import):
                found.update(alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                found.add(node.module.split(".")[0])
    assert "threadpoolctl" in found and found <= wanted, found - wanted


def test_the_map_names_every_file():
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf8")
    files = {path.name for path in (ROOT / "dqlab").rglob("*.py") if "visible_tests" not in path.parts} - {
        "__init__.py"
    }
    assert [name for name in sorted(files) if name not in page] == []


def test_the_reference_names_every_public_module():
    import dqlab

    pages = (ROOT / "book" / "appendix").glob("api*.md")
    named = {line for page in pages for line in page.read_text(encoding="utf8").splitlines()}
    modules = {f"dqlab.{name}" for name in dqlab.__all__ if type(getattr(dqlab, name)) is type(dqlab)}
    papers = {"dqlab.theory.lin", "dqlab.theory.mayekar", "dqlab.experiments.lin"}  # packages of a paper each
    assert modules - {"dqlab.theory", "dqlab.experiments"} | papers <= named


def test_the_package_is_marked_as_typed():
    assert (ROOT / "dqlab" / "py.typed").is_file()


def test_version_is_the_same_everywhere():
    import dqlab

    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf8"))
    assert PROJECT["version"] == dqlab.__version__ == citation["version"]


def test_help_lists_every_command():
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    for command in (
        "book",
        "test",
        "serve",
        "lab",
        "bench",
        "assignments",
        "grade",
        "leaderboard",
        "kernels",
        "clean",
        "help",
    ):
        assert f"make {command} " in done.stdout
