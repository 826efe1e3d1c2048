"""Marks given by hand: a table that is made once, filled in with any spreadsheet, and read again at every run."""

import csv
import io
from pathlib import Path

from ..store import write_atomically

COLUMNS = ("student", "question", "points", "comment")


def plain(text):
    """Text for a cell of a spreadsheet: what begins like a formula is no formula any more.

    Parameters
    ----------
    text : str

    Returns
    -------
    str

    Examples
    --------
    >>> from dqlab.grading import by_hand
    >>> by_hand.plain("=1+1"), by_hand.plain("a\\nb"), by_hand.plain("-0.5")
    ("'=1+1", 'a b', '-0.5')
    """
    text = " ".join(str(text).split())
    try:
        float(text)
    except ValueError:
        return "'" + text if text[:1] in ("=", "+", "-", "@", "|", "%") else text
    return text


def write_template(path, grades):
    """Write the table, or add to it the students that it lacks; what is in it stays as it is.

    Parameters
    ----------
    path : path-like
        The table, ``manual.csv``.
    grades : list of Grade
        A line is made for each question that waits for a mark, and for each question whose marks by tests were withheld.
    """
    path = Path(path)
    there = {(row["student"], row["question"]) for row in _rows(path)} if path.is_file() else set()
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n", delimiter=_delimiter(path))
    if not path.is_file():
        writer.writerow(COLUMNS)
    for grade in grades:
        withheld = grade.reason.startswith("no marks by tests")
        for mark in grade.marks:
            key = (plain(grade.student), mark.question)
            if (mark.points is None or withheld and not mark.manual) and key not in there:
                writer.writerow([*key, "", plain(_withheld(mark)) if not mark.manual else ""])
    added = lines.getvalue().encode()
    if added:
        old = path.read_bytes() if path.is_file() else b""
        write_atomically(path, old + (b"" if not old or old.endswith(b"\n") else b"\n") + added)


def _withheld(mark):
    return f"withheld: the tests gave {sum(test['points'] for test in mark.tests if test['passed']):g}"


def _delimiter(path):
    first = path.read_text(encoding="utf-8-sig").partition("\n")[0] if path.is_file() else ""
    return ";" if first.count(";") > first.count(",") else ","


def _rows(path):
    text = path.read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=_delimiter(path)))
    if rows and not set(COLUMNS) <= set(rows[0]):
        raise ValueError(f"{path.name}: expected the columns {', '.join(COLUMNS)}, got {', '.join(map(str, rows[0]))}")
    return [{name: (row[name] or "").strip() for name in COLUMNS} for row in rows]


def merge(path, grades):
    """Grades with the marks that were given by hand.

    Parameters
    ----------
    path : path-like
        The table. Points for a question with tests replace what the tests gave.
    grades : list of Grade

    Returns
    -------
    grades : list of Grade
    complaints : list of str
        Lines that were not used, and why.

    Raises
    ------
    ValueError
        If the table lacks a column.
    """
    path = Path(path)
    given, complaints = {}, []
    known = {plain(grade.student): {mark.question: mark for mark in grade.marks} for grade in grades}
    for number, row in enumerate(_rows(path) if path.is_file() else [], 2):
        if not row["points"]:
            continue
        mark = known.get(row["student"], {}).get(row["question"])
        why = _wrong(row, mark, row["student"] in known)
        if why:
            complaints.append(f"{path.name}, line {number}: {why}")
        elif (row["student"], row["question"]) in given:
            complaints.append(f"{path.name}, line {number}: {row['student']} has points for {row['question']} already")
        else:
            given[row["student"], row["question"]] = (_number(row["points"]), row["comment"])
    return [_with(grade, given) for grade in grades], complaints


def _number(text):
    number = float(text.replace(",", "."))
    return int(number) if number == int(number) else number


def _wrong(row, mark, is_known):
    """What is wrong with a line, or ""."""
    if not is_known:
        return f"there is no submission of {row['student']!r}"
    if mark is None:
        return f"there is no question {row['question']!r}"
    try:
        number = _number(row["points"])
    except (ValueError, OverflowError):
        return f"points should be a number, not {row['points']!r}"
    if not 0 <= number <= mark.possible:
        return f"{row['question']} has 0 to {mark.possible:g} points, not {row['points']}"
    return ""


def _with(grade, given):
    marks = []
    for mark in grade.marks:
        points, comment = given.get((plain(grade.student), mark.question), (mark.points, ""))
        if comment.startswith("withheld: the tests gave"):
            comment = ""
        marks.append(mark._replace(points=points, comment=comment))
    return grade._replace(marks=tuple(marks))
