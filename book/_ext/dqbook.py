"""What the book's build needs beyond Jupyter Book: pages that work offline, honest caches, claims, errata and the API."""

import hashlib
import logging
import os
import shutil
import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from itertools import zip_longest
from pathlib import Path, PurePath

import api
import challenge
import chapter_map
import coursework
import ledger
import slides
from jupyter_cache import get_cache
from jupyter_cache.executors import load_executor

ROOT = Path(__file__).resolve().parents[2]

# The parts of MathJax that a page, or its context menu, may ask for.
MATHJAX = ["tex-mml-chtml.js", "input/tex/extensions", "output/chtml/fonts/woff-v2", "a11y", "sre"]


def digest_of_library():
    """A digest of everything that may change what a chapter prints without changing the chapter."""
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted((ROOT / "dqlab").rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    for package in ("numpy", "scipy", "numba", "matplotlib", "pandas", "scikit-learn", "myst-nb"):
        try:
            digest.update(f"{package}=={version(package)}\n".encode())
        except PackageNotFoundError:
            pass
    digest.update(f"{sys.version_info[:2]} {os.environ.get('DQLAB_DATA') is not None}".encode())
    return digest.hexdigest()


def choose_cache(app, config):
    """Keep executed chapters under the library's digest; drop those that an older library executed."""
    digest = digest_of_library()
    config.dqbook_library = digest
    caches = Path(app.outdir).parent / ".jupyter_cache"
    for old in caches.iterdir() if caches.is_dir() else []:
        if old.name != digest:
            shutil.rmtree(old, ignore_errors=True) if old.is_dir() else old.unlink()
    config.nb_execution_cache_path = str(caches / digest)


def execute_side_by_side(app, env, docnames):
    """Execute the chapters that the cache lacks on all cores at once; the build then finds them there.

    One that fails is left to the build, which executes it again and says what is wrong.
    """
    excluded = app.config.nb_execution_excludepatterns
    notebooks = [path for path in map(env.doc2path, docnames) if path.endswith(".ipynb")]
    chapters = [path for path in notebooks if not any(PurePath(path).match(pattern) for pattern in excluded)]
    half = (len(chapters) + 1) // 2  # neighbours use the same kernels: side by side, both would compile them
    chapters = [path for pair in zip_longest(chapters[:half], chapters[half:]) for path in pair if path]
    if len(chapters) > 1:
        cache = get_cache(app.config.nb_execution_cache_path)
        for path in chapters:
            cache.add_nb_to_project(str(path))
        quiet = logging.getLogger("dqbook")
        quiet.setLevel(logging.WARNING)
        load_executor("local-parallel", cache, quiet).run_and_cache(timeout=app.config.nb_execution_timeout)


def drop_thebe(app, config):
    """No page starts a kernel elsewhere, so none should load thebe or declare where it is."""
    for listeners in app.events.listeners.values():
        listeners[:] = [one for one in listeners if not one.handler.__module__.startswith("sphinx_thebe")]


def drop_thebe_files(app, pagename, templatename, context, doctree):
    for kind in ("script_files", "css_files"):
        context[kind] = [file for file in context.get(kind, []) if "thebe" not in words_of(file)]


def words_of(file):
    return f"{getattr(file, 'filename', file)} {getattr(file, 'attributes', '')}".lower()


def copy_mathjax(app):
    """Put MathJax beside the pages."""
    if app.builder.format != "html":
        return
    source = Path(find_spec("mathjax").origin).parent / "static" / "mathjax" / "es5"
    target = Path(app.outdir) / "_static" / "mathjax"
    for name in MATHJAX:
        if (target / name).exists():
            continue
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source / name, target / name) if (source / name).is_dir() else shutil.copy(
            source / name, target / name
        )


def setup(app):
    os.environ["DQLAB_BOOK"] = "1"  # kernels that execute a chapter inherit it: explore() then writes plain HTML
    app.add_config_value("dqbook_library", "", "env")
    app.connect("config-inited", choose_cache)
    app.connect("config-inited", drop_thebe, priority=900)
    app.connect("builder-inited", copy_mathjax)
    app.connect("env-before-read-docs", execute_side_by_side)
    app.connect("html-page-context", drop_thebe_files, priority=990)
    ledger.setup(app)
    api.setup(app)
    coursework.setup(app)
    slides.setup(app)
    chapter_map.setup(app)
    challenge.setup(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
