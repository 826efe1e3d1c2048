"""The submissions in a folder, however a learning platform has packed them, and whose they are."""

import csv
import io
import re
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from . import archives, notebooks


class Submission(NamedTuple):
    """What one student handed in. Without ``data`` (a notebook's bytes) there is a ``reason``; ``flags`` are for the instructor."""

    student: str
    source: str
    data: bytes | None
    reason: str = ""
    flags: tuple = ()
    assignments: tuple = ()


class Student(NamedTuple):
    """A line of the roster: the id, and what else identifies a student's file (either may be empty)."""

    id: str
    file: str = ""
    name: str = ""


def read_roster(path):
    """The students of a course.

    Parameters
    ----------
    path : path-like
        A CSV with a column ``student_id`` and, if wanted, ``file`` (as handed in) and ``name``.

    Returns
    -------
    list of Student

    Raises
    ------
    ValueError
        If the column is missing or an id comes twice.
    """
    text = Path(path).read_text(encoding="utf-8-sig")
    delimiter = ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
    rows = list(csv.DictReader(io.StringIO(text), delimiter=delimiter))
    if not rows or "student_id" not in rows[0]:
        raise ValueError(f"roster: expected a CSV with a column student_id, got {path}")
    roster = [Student(*((row.get(k) or "").strip() for k in ("student_id", "file", "name"))) for row in rows]
    roster = [student._replace(id=student.id.casefold()) for student in roster if student.id]
    twice = sorted({s.id for s in roster if sum(t.id == s.id for t in roster) > 1})
    if twice:
        raise ValueError(f"roster: {', '.join(twice)} comes more than once in {path}")
    return roster


def find(folder, roster=()):
    """All submissions in a folder: each with a notebook, or with the reason why there is none.

    Parameters
    ----------
    folder : path-like
        Notebooks (``<id>.ipynb``, ``name_id_123_file.ipynb``), folders with one notebook each, zip files with one notebook, or one
        zip file of all that.
    roster : sequence of Student
        The id is found in the roster by the file's or the student's name; else it is the one in ``coursework.student("...")``;
        else the file's own name.

    Returns
    -------
    list of Submission
        In the order of their ids. Two with one id are told apart as ``ada`` and ``ada#2``, and both say so.

    Raises
    ------
    ValueError
        If there is no such folder.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ValueError(f"submissions: there is no folder {folder}")
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]
    listed = [(path.relative_to(folder).as_posix(), path) for path in files]
    empty = [(path.name + "/", None) for path in sorted(folder.iterdir()) if path.is_dir() and not any(path.iterdir())]
    found = [
        _identify(one, roster) for one in _sort([(n, p) for n, p in listed if not archives.IGNORED.search(n)] + empty)
    ]
    return _distinct(found)


def _sort(listed):
    """(where it is from, data or None, reason) for each submission among files given as (name, path or bytes)."""
    units = {}
    for name, content in listed:
        units.setdefault(name.split("/")[0] if "/" in name else name, []).append((name, content))
    for unit, members in units.items():
        if len(members) == 1 and unit.lower().endswith(".zip") and "/" not in members[0][0]:
            yield from _from_zip(*members[0])
        elif (
            "/" not in members[0][0] and unit.lower().endswith((".csv", ".txt", ".md")) and ".ipynb" not in unit.lower()
        ):
            continue
        else:
            yield _from_files(unit, members)


def _from_files(unit, members):
    """The submission in a folder's files (or in a single file)."""
    books = [(n, c) for n, c in members if ".ipynb" in n.lower() and not n.lower().endswith(".zip")]
    zips = [(n, c) for n, c in members if n.lower().endswith(".zip")]
    if not books and len(zips) == 1:
        return next(iter(_from_zip(*zips[0], single=True)))._replace_source(unit)
    if len(books) == 1:
        return _Found(books[0][0], _bytes(books[0][1]), "")
    if books:
        return _Found(
            unit,
            None,
            f"{len(books)} notebooks ({', '.join(PurePosixPath(n).name for n, _ in books[:3])}): hand in one",
        )
    if any(n.lower().endswith(".py") for n, _ in members):
        return _Found(unit, None, "a .py file cannot be graded: hand in the notebook (.ipynb)")
    return _Found(unit, None, "no notebook (.ipynb) in it")


class _Found(NamedTuple):
    source: str
    data: bytes | None
    reason: str

    def _replace_source(self, unit):
        return self if self.data else self._replace(source=unit)


def _bytes(content):
    if content is None or isinstance(content, bytes):
        return content
    with Path(content).open("rb") as file:
        return file.read(notebooks.LONGEST + 1)


def _is_handed_in(name):
    return name.lower().endswith((".zip", ".py")) or ".ipynb" in name.lower()


def _from_zip(name, content, single=False):
    """The submission in a zip file, or all of them if it holds a whole course; nothing is written to disk."""
    try:
        members = archives.members(content, _is_handed_in, notebooks.LONGEST)
    except ValueError as error:
        return [_Found(name, None, str(error))]
    books = [n for n, _ in members if ".ipynb" in n.lower()]
    zips = [n for n, _ in members if n.lower().endswith(".zip")]
    if single or len(books) + len(zips) <= 1:
        return [_from_files(name, [(n, c) for n, c in members if not (single and n.lower().endswith(".zip"))])]
    tops = {n.split("/")[0] for n in books}
    if len(tops) == 1 and all("/" in n for n in books):  # one folder that holds the course
        members = [(n.partition("/")[2] or n, c) for n, c in members]
    return list(_sort(members))


def _identify(found, roster):
    """Whose it is, with what the instructor should know."""
    cells, reason = None, found.reason
    if found.data is not None:
        try:
            cells = notebooks.read(found.data)
        except ValueError as error:
            reason = str(error)
    named = notebooks.student_ids(cells) if cells else []
    listed, flags = _in_roster(found.source, roster), []
    if len(named) > 1:
        flags.append(f"the notebook names {len(named)} students: {', '.join(named[:3])}")
    if "reference" in named:
        flags.append("the notebook uses the reference solution's id")
    own = next((i for i in named if i != "reference"), None)
    student = listed or own or _stem(found.source)
    if listed and own and own != listed:
        flags.append(f"the notebook names {own}, the file belongs to {listed}")
    if roster and not any(student == one.id for one in roster):
        flags.append("the id is not on the roster")
    data = None if reason else found.data
    return Submission(student, found.source, data, reason, tuple(flags), tuple(notebooks.assignments(cells or [])))


def _in_roster(source, roster):
    """The id of the one student whom a file's name points to, or None."""
    text = source.casefold()
    words = set(re.split(r"[^\w.@-]|[_/]", text)) | set(re.split(r"[\W_]+", text)) | {_stem(source), text.split("/")[0]}
    exact = [s.id for s in roster if s.file and s.file.casefold() in (text, text.split("/")[-1], text.split("/")[0])]
    by_id = [s.id for s in roster if s.id in words]
    parts = [(s.id, re.findall(r"\w+", s.name.casefold())) for s in roster if s.name]
    squeezed = re.sub(r"[\W_]+", "", text)
    by_name = [i for i, p in parts if p and ("".join(p) in squeezed or "".join(p[::-1]) in squeezed)]
    for candidates in (exact, by_id, by_name):
        if len(set(candidates)) == 1:
            return candidates[0]
    return None


def _stem(source):
    """The id that a file's or a folder's name gives."""
    top = source.strip("/").split("/")[0]
    return re.sub(r"(\.ipynb|\.zip|\.py).*$", "", top, flags=re.IGNORECASE).strip().casefold() or "unnamed"


def _distinct(found):
    """Submissions by id, those that share one numbered and flagged."""
    found, seen, distinct = sorted(found, key=lambda one: (one.student, one.source)), {}, []
    for one in found:
        several = sum(other.student == one.student for other in found)
        seen[one.student] = seen.get(one.student, 0) + 1
        if several > 1:
            number = seen[one.student]
            flags = (*one.flags, f"{several} submissions have the id {one.student}; this one is {one.source}")
            one = one._replace(student=one.student + (f"#{number}" if number > 1 else ""), flags=flags)
        distinct.append(one)
    return distinct
