"""Submissions as processes: what each is given, how long it may take, and what is left of it."""

import contextlib
import json
import os
import secrets
import shutil
import subprocess
import sys
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
        failed = _process(folder, student, limits.seconds * 1.5 + 60)
        if failed is None and keep:
            shutil.copytree(folder / "caches", keep, dirs_exist_ok=True)
        return json.loads(result.read_text(encoding="utf8")) if failed is None else failed


def _process(folder, student, seconds):
    """Run `one.py` on the job in a folder; None if it went well."""
    mark = secrets.token_hex(8)
    environment = sandbox.environment(student, folder / "caches", str(folder / "home"))
    environment |= {"DQLAB_MARK": mark, "TMPDIR": str(folder / "tmp"), "DQLAB_GRADER": str(os.getpid())}
    command = [sys.executable, "-m", "dqlab.grading.one", str(folder / "job.json")]
    log = folder / "log.txt"
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True
        )
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            watch.end(process.pid, mark)
    if code == 0 and (folder / "result.json").is_file():
        return None
    last = log.read_text(encoding="utf8", errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
    why = f"it did not end in {seconds:.0f} seconds" if code is None else last[0][:300]
    return {"failed": f"the grader could not run it: {why}", "tests": {}, "lost": {}, "unsure": True}
