"""The challenge's contestants: found in a folder, and run where they see nothing of each other."""

import functools
import shutil
import tempfile
from pathlib import Path
from typing import NamedTuple

from ..coursework.challenge import processes, sources
from . import archives, sandbox

KINDS = (".py", ".ipynb")


class Contestant(NamedTuple):
    """What one student handed in: a source, or the reason why there is none."""

    student: str
    file: str
    source: sources.Source | None
    reason: str = ""


def find(folder):
    """All contestants in a folder.

    Parameters
    ----------
    folder : path-like
        For each student ``<id>.py``, ``<id>.ipynb``, a folder ``<id>`` or ``<id>.zip`` with one such file that defines ``MyQuantizer``.

    Returns
    -------
    list of Contestant
        In the order of their ids. Two with one id are told apart as ``ada`` and ``ada#2``.

    Raises
    ------
    ValueError
        If there is no such folder.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from dqlab.grading import contestants
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = pathlib.Path(folder, "ada.py").write_text("class MyQuantizer: pass")
    ...     _ = pathlib.Path(folder, "bob.py").write_text("class Mine: pass")
    ...     [(one.student, one.reason) for one in contestants.find(folder)]
    [('ada', ''), ('bob', 'bob.py defines no class MyQuantizer')]
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ValueError(f"submissions: there is no folder {folder}")
    found = []
    for path in sorted(folder.iterdir(), key=lambda path: (path.stem.casefold(), path.name)):
        if path.name.startswith((".", "__")) or path.is_symlink() or path.is_file() and not _handed_in(path.name):
            continue
        found.append(_read(path))
    return _distinct(found)


def _handed_in(name):
    return name.lower().endswith((*KINDS, ".zip"))


def _read(path):
    student = (path.name if path.is_dir() else path.stem).strip().casefold()
    try:
        files = _files(path)
    except (OSError, ValueError) as error:
        return Contestant(student, path.name, None, f"{path.name}: {error}")
    good, reasons = [], []
    for name, data in files:
        try:
            good.append((name, sources.of_bytes(Path(name).name, data)))
        except ValueError as error:
            reasons.append(str(error))
    if len(good) == 1:
        return Contestant(student, good[0][0], good[0][1])
    several = f"{len(good)} files define MyQuantizer ({', '.join(name for name, _ in good[:3])}): hand in one"
    reason = several if good else "; ".join(reasons[:2]) or "no file my_quantizer.py in it"
    return Contestant(student, path.name, None, processes.plain(reason, 300))


def _files(path):
    """(name, bytes) of every Python file and notebook."""
    if path.is_dir():
        members = [p for p in sorted(path.rglob("*")) if p.is_file() and not p.is_symlink() and p.suffix in KINDS]
        return [(str(p.relative_to(path)), _bytes(p)) for p in members if "checkpoint" not in str(p)]
    if path.suffix.lower() != ".zip":
        return [(path.name, _bytes(path))]
    return archives.members(path, lambda name: name.lower().endswith(KINDS), sources.LARGEST_FILE)


def _bytes(path):
    with path.open("rb") as file:
        return file.read(sources.LARGEST_FILE + 1)


def _distinct(found):
    seen, distinct = {}, []
    for one in found:
        seen[one.student] = seen.get(one.student, 0) + 1
        again = f"{one.student}#{seen[one.student]}" if seen[one.student] > 1 else one.student
        distinct.append(one._replace(student=again))
    return distinct


def in_the_open(caches):
    """How the baselines' processes are started: what numba compiles for them is kept for all.

    Parameters
    ----------
    caches : path-like

    Returns
    -------
    callable
        As ``Link`` wants it.

    Examples
    --------
    >>> from dqlab.grading import contestants
    >>> callable(contestants.in_the_open("caches"))
    True
    """
    kept = {"NUMBA_CACHE_DIR": str(Path(caches).resolve() / "numba")}
    return functools.partial(processes.spawn, environment=processes.own_environment() | kept)


def in_sandbox(caches):
    """How a contestant's process is started: with bubblewrap where it works, with limits everywhere.

    Parameters
    ----------
    caches : path-like
        What numba has compiled for the baselines; every process gets a copy of its own.

    Returns
    -------
    callable
        As ``Link`` wants it.

    Examples
    --------
    >>> from dqlab.grading import contestants
    >>> callable(contestants.in_sandbox("caches"))
    True
    """
    return functools.partial(_start, Path(caches))


def _start(caches):
    folder = Path(tempfile.mkdtemp(prefix="dqlab-")).resolve()
    try:
        if caches.is_dir():
            shutil.copytree(caches, folder / "caches")
        else:
            (folder / "caches").mkdir()
        walled = sandbox.why_no_bubblewrap() is None
        environment = sandbox.environment("", folder / "caches", sandbox.HOME if walled else str(folder))
        command = sandbox.bubblewrap(folder, environment=environment) if walled else []
        into, out, end = processes.spawn([*command, *processes.COMMAND], environment)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise

    def end_all():
        end()
        shutil.rmtree(folder, ignore_errors=True)

    return into, out, end_all
