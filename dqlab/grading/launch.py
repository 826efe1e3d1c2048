"""Submissions as processes: what each is given, how long it may take, and what is left of it."""

import contextlib
import functools
import json
import multiprocessing
import os
import secrets
import shutil
import tempfile
from pathlib import Path

from . import sandbox, watch


@contextlib.contextmanager
def own_folder():
    """A folder of its own for one run, with a short path (sockets lie in it), removed at the end.

    Examples
    --------
    >>> from dqlab.grading import launch
    >>> with launch.own_folder() as folder:
    ...     sorted(path.name for path in folder.iterdir())
    ['caches', 'home', 'tmp']
    """
    folder = Path(tempfile.mkdtemp(prefix="dqlab-")).resolve()
    try:
        for name in ("caches", "home", "tmp"):
            (folder / name).mkdir()
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run(data, student, autograder, limits, hidden=(), caches=None, keep=None):
    """Run one notebook's cells and tests in a process of its own.

    Parameters
    ----------
    data : bytes
        The notebook.
    student : str
        The id it is graded for.
    autograder : dqlab.grading.autograder.Autograder
    limits : dqlab.grading.sandbox.Limits
    hidden : iterable of path-like
        Folders that a notebook must not read, for machines without bubblewrap.
    caches : path-like, optional
        What numba and matplotlib have kept from an earlier run: the notebook gets a copy.
    keep : path-like, optional
        Where the caches go afterwards.

    Returns
    -------
    dict
        As :func:`dqlab.grading.one.run`; ``{"failed": why, ...}`` where the run itself failed.
    """
    with own_folder() as folder:
        if caches and Path(caches).is_dir():
            shutil.copytree(caches, folder / "caches", dirs_exist_ok=True)
        notebook, result = folder / "handed-in.ipynb", folder / "result.json"
        notebook.write_bytes(data)
        job = {
            "assignment": autograder.name,
            "bubblewrap": sandbox.why_no_bubblewrap() is None,
            "caches": str(folder / "caches"),
            "folder": str(folder),
            "hidden": [str(Path(path).resolve()) for path in hidden],
            "limits": limits._asdict(),
            "notebook": str(notebook),
            "result": str(result),
            "zip": str(autograder.zip),
        }
        (folder / "job.json").write_text(json.dumps(job), encoding="utf8")
        failed = _process(folder, student, limits.seconds * 3 + 300)
        if failed is None and keep:
            shutil.copytree(folder / "caches", keep, dirs_exist_ok=True)
        return json.loads(result.read_text(encoding="utf8")) if failed is None else failed


def _process(folder, student, seconds):
    """Run `one.py` on the job in a folder; None if it went well."""
    mark = secrets.token_hex(8)
    environment = sandbox.environment(student, folder / "caches", str(folder / "home"))
    environment |= {"DQLAB_MARK": mark, "TMPDIR": str(folder / "tmp")}
    process = _context().Process(target=_child, args=(str(folder), environment))
    process.start()
    try:
        process.join(seconds)
        code = process.exitcode
    finally:
        watch.end(process.pid, mark)
        process.join(10)
    if code == 0 and (folder / "result.json").is_file():
        return None
    last = (folder / "log.txt").read_text(encoding="utf8", errors="replace").strip().splitlines()[-1:]
    why = f"it did not end in {seconds:.0f} seconds" if code is None else (last or ["it said nothing"])[0][:300]
    return {"failed": f"the grader could not run it: {why}", "tests": {}, "lost": {}, "unsure": True}


@functools.cache
def _context():
    """How processes begin: copied from one that has imported otter already, where the system can do that."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        ["dqlab.grading.one", "dqlab.grading.reports", "otter.api", "otter.execute", "joblib", "tqdm"]
    )
    return context


def _child(folder, environment):
    """In the new process: nothing of the instructor's environment or terminal, then the job."""
    if hasattr(os, "setsid"):
        os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = None
    log = os.open(f"{folder}/log.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(log, stream)
    from . import one

    one.main(f"{folder}/job.json")
