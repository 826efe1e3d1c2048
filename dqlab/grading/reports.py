"""Everything that grading leaves behind: grades.csv, grades.json, a page for each student and one for the instructor."""

import csv
import hashlib
import io
import json
import re
from pathlib import Path

from ..store import write_atomically
from . import feedback, marking
from .by_hand import plain


def page_name(student):
    """The file name of a student's page: safe on every disk, and different for different students.

    Parameters
    ----------
    student : str

    Returns
    -------
    str

    Examples
    --------
    >>> from dqlab.grading import reports
    >>> reports.page_name("ada"), reports.page_name("../x")
    ('ada.html', 'x-d42ff05c.html')
    """
    safe = re.sub(r"[^A-Za-z0-9@.+_-]+", "-", student).strip(".-")[:60]
    digest = hashlib.blake2b(student.encode(), digest_size=4).hexdigest()
    return f"{safe}.html" if safe == student and safe.lower() == safe else f"{safe}-{digest}.html"


def table(autograder, grades):
    """The grades as CSV: one row a student, the same bytes for the same grades.

    Parameters
    ----------
    autograder : dqlab.grading.autograder.Autograder
    grades : list of Grade

    Returns
    -------
    str
    """
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    names = [question.name for question in autograder.questions]
    writer.writerow(
        ["student", "total", "of", "by_tests", "by_hand", "to_be_marked", *names, "reason", "flags", "source"]
    )
    for grade in grades:
        points = ["" if mark.points is None else f"{mark.points:g}" for mark in grade.marks]
        words = [plain(text) for text in (grade.reason, "; ".join(grade.flags), grade.source)]
        numbers = [f"{n:g}" for n in (grade.total, autograder.points, grade.auto, grade.by_hand)]
        writer.writerow([plain(grade.student), *numbers, " ".join(grade.pending), *points, *words])
    return lines.getvalue()


def write(folder, autograder, grades, answers, complaints=()):
    """Write all reports.

    Parameters
    ----------
    folder : path-like
    autograder : dqlab.grading.autograder.Autograder
    grades : list of Grade
    answers : dict
        For each student what they wrote for the questions that are marked by hand.
    complaints : iterable of str
        What is wrong with the table of marks by hand.
    """
    folder = Path(folder)
    pages = folder / "feedback"
    pages.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / "grades.csv", table(autograder, grades).encode())
    content = {
        "assignment": autograder.name,
        "title": autograder.title,
        "term": autograder.term,
        "points": autograder.points,
        "students": [_as_dict(grade, answers.get(grade.student, {})) for grade in grades],
    }
    write_atomically(folder / "grades.json", (json.dumps(content, indent=1) + "\n").encode())
    for grade in grades:
        page = feedback.student_page(autograder, grade)
        write_atomically(pages / page_name(grade.student), page.encode())
    written = {page_name(grade.student) for grade in grades}
    for old in pages.glob("*.html"):
        if old.name not in written:
            old.unlink()
    links = {grade.student: f"feedback/{page_name(grade.student)}" for grade in grades}
    to_mark = _write_marking(folder / "marking", autograder, grades, answers, links)
    page = feedback.instructor_page(autograder, grades, links, complaints, to_mark)
    write_atomically(folder / "index.html", page.encode())


def _write_marking(folder, autograder, grades, answers, links):
    """The pages to mark by; returns where each question's page is, seen from the index."""
    folder.mkdir(exist_ok=True)
    seen = {student: f"../{link}" for student, link in links.items()}
    for name, page in marking.pages(autograder, grades, answers, seen).items():
        write_atomically(folder / name, page.encode())
    by_hand = [question.name for question in autograder.questions if question.manual]
    return {name: f"marking/{marking.file_name(name)}" for name in by_hand}


def _as_dict(grade, answers):
    questions = {}
    for mark in grade.marks:
        questions[mark.question] = {"points": mark.points, "of": mark.possible, "manual": mark.manual}
        if mark.manual:
            words = [{"kind": cell["kind"], "source": cell["source"]} for cell in answers.get(mark.question, [])]
            questions[mark.question] |= {"comment": mark.comment, "answer": words}
        else:
            questions[mark.question] |= {"tests": list(mark.tests), "reason": mark.reason}
    return {
        "student": grade.student,
        "source": grade.source,
        "total": grade.total,
        "by_tests": grade.auto,
        "by_hand": grade.by_hand,
        "to_be_marked": grade.pending,
        "reason": grade.reason,
        "flags": list(grade.flags),
        "notes": list(grade.notes),
        "questions": questions,
    }
