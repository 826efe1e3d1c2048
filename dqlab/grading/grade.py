"""Grade a folder of submissions: ``python -m dqlab.grading.grade --submissions dir --out dir``, or ``make grade``.

Every notebook runs by otter in a process of its own (``one.py``), its kernel in a sandbox (``sandbox.py``). Each result is written at once, under
a name that depends on the submission, the tests and the limits: a run that was killed goes on where it was, and a changed notebook is graded
anew. Before anything else the reference solution is graded in the same way: if it does not get full marks, the machine is to blame, and nobody
is graded. What cannot be guaranteed is said in ``guard.py``.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from joblib import Parallel, delayed
from tqdm import tqdm

from .._generic import SOURCE_DIGEST
from ..store import write_atomically
from . import answers, autograder, by_hand, launch, marks, notebooks, reports, sandbox, submissions

REFERENCE = "reference"


class Setting(NamedTuple):
    """What all submissions of one run share."""

    autograder: object
    limits: object
    out: Path
    caches: Path
    hidden: tuple

    def key(self, data, student):
        """The name of a result: it changes with whatever the result depends on."""
        parts = (
            self.autograder.digest,
            SOURCE_DIGEST,
            repr(self.limits),
            str(sandbox.why_no_bubblewrap() is None),
            student,
        )
        digest = hashlib.blake2b("\0".join(parts).encode() + b"\0" + data, digest_size=12).hexdigest()
        return f"{re.sub('[^a-z0-9]+', '-', student)[:40]}-{digest}"


def grade(folder, out, root, assignment=None, roster=None, limits=None, jobs=None, progress=True):
    """Grade all submissions in a folder.

    Parameters
    ----------
    folder : path-like
        The submissions, as ``submissions.find`` takes them.
    out : path-like
        Where grades, feedback and unfinished work go; made where it does not exist.
    root : path-like
        The project's folder.
    assignment : str, optional
        Its name; by default the one that the notebooks name.
    roster : path-like, optional
        A CSV with the students' ids.
    limits : dqlab.grading.sandbox.Limits, optional
        What a submission may use.
    jobs : int, optional
        How many run at a time; by default as many as there are cores.
    progress : bool
        Whether to show a progress bar.

    Returns
    -------
    list of dqlab.grading.marks.Grade

    Raises
    ------
    ValueError
        If there is nothing to grade, the assignment is not clear, or the reference solution does not get full marks here.
    """
    out, root = Path(out), Path(root)
    found = submissions.find(folder, submissions.read_roster(roster) if roster else ())
    if not found:
        raise ValueError(f"submissions: there is no notebook in {folder}")
    limits = sandbox.Limits() if limits is None else limits
    graded = autograder.load(assignment or guess(found), root)
    hidden = (folder, out, root / "book" / "coursework" / "masters", root / "_build")
    caches = graded.zip.parent / "caches" / SOURCE_DIGEST[:16]
    setting = Setting(graded, limits, out, caches, hidden)
    (out / "results").mkdir(parents=True, exist_ok=True)
    warm(setting)
    found = [_right_assignment(one, graded.name) for one in found]
    wanted = [one for one in found if one.data is not None]
    results = _run_all(setting, wanted, jobs or os.cpu_count() or 1, progress)
    return report(setting, found, results)


def guess(found):
    """The assignment that submissions name.

    Parameters
    ----------
    found : list of dqlab.grading.submissions.Submission

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If they name none, or several.

    Examples
    --------
    >>> from dqlab.grading.grade import guess
    >>> from dqlab.grading.submissions import Submission
    >>> guess([Submission("ada", "ada.ipynb", b"", assignments=("warm-up",))])
    'warm-up'
    """
    named = sorted({name for one in found for name in one.assignments})
    if len(named) != 1:
        what = "name no assignment" if not named else f"are of several assignments ({', '.join(named)})"
        raise ValueError(f"assignment: the notebooks {what}; say which is to be graded: ASSIGNMENT=name")
    return named[0]


def _right_assignment(one, name):
    if one.assignments and name not in one.assignments:
        return one._replace(data=None, reason=f"the notebook is of the assignment {one.assignments[0]}, not of {name}")
    return one


def warm(setting):
    """Grade the reference solution: it proves that machine and autograder work, and leaves compiled code for all to copy.

    Parameters
    ----------
    setting : Setting

    Raises
    ------
    ValueError
        If it does not get full marks by every test.
    """
    data = setting.autograder.solution.read_bytes()
    proof = setting.caches / f"{setting.key(data, REFERENCE)}.json"
    if proof.is_file():
        return
    print("Grading the reference solution (once; it may compile for a minute) ...", flush=True)
    slow = setting.limits._replace(seconds=max(1800.0, setting.limits.seconds), cell=900.0)
    setting.caches.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=setting.caches.parent))
    try:
        result = launch.run(data, REFERENCE, setting.autograder, slow, setting.hidden, setting.caches, fresh)
        _check_reference(setting, result)
        shutil.rmtree(setting.caches, ignore_errors=True)
        (fresh / proof.name).write_text(json.dumps(result), encoding="utf8")
        fresh.rename(setting.caches)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _check_reference(setting, result):
    submission = submissions.Submission(REFERENCE, setting.autograder.solution.name, b"")
    graded = marks.grade(setting.autograder, submission, result)
    lost = [
        f"{m.question} ({m.points:g} of {m.possible:g})" for m in graded.marks if not m.manual and m.points < m.possible
    ]
    said = [test["message"] for mark in graded.marks for test in mark.tests if test["message"]]
    if lost or graded.reason:
        why = "; ".join([graded.reason or f"it lost points in {', '.join(lost)}", *said[:3], *graded.notes[:3]])
        raise ValueError(
            f"the reference solution of {setting.autograder.name} does not get full marks on this machine: {why}"
        )


def _run_all(setting, wanted, jobs, progress):
    """Results by student. Threads suffice: each only waits for a process."""
    work = Parallel(n_jobs=jobs, prefer="threads", return_as="generator_unordered")
    done = work(delayed(_result)(setting, one) for one in wanted)
    bar = tqdm(done, total=len(wanted), desc=setting.autograder.name, unit="notebook", disable=not progress)
    return dict(bar)


def _result(setting, one):
    """(student, result) of one submission, from disk if it has been graded."""
    student = one.student.partition("#")[0]
    path = setting.out / "results" / f"{setting.key(one.data, student)}.json"
    if path.is_file():
        return one.student, json.loads(path.read_text(encoding="utf8"))
    result = launch.run(one.data, student, setting.autograder, setting.limits, setting.hidden, setting.caches)
    result["answers"] = answers.find(notebooks.read(one.data), setting.autograder.questions)
    if not result.get("unsure"):  # what the machine could not do is tried again next time
        write_atomically(path, json.dumps(result, sort_keys=True).encode())
    return one.student, result


def report(setting, found, results):
    """Write grades and feedback.

    Parameters
    ----------
    setting : Setting
    found : list of dqlab.grading.submissions.Submission
    results : dict
        By student.

    Returns
    -------
    list of dqlab.grading.marks.Grade
    """
    table = setting.out / "manual.csv"
    grades = [marks.grade(setting.autograder, one, results.get(one.student)) for one in found]
    by_hand.write_template(table, grades)
    grades, complaints = by_hand.merge(table, grades)
    given = {student: result.get("answers", {}) for student, result in results.items()}
    reports.write(setting.out, setting.autograder, grades, given, complaints)
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    return grades


def summary(setting_out, grades):
    """What is said at the end.

    Parameters
    ----------
    setting_out : path-like
        The folder of results.
    grades : list of dqlab.grading.marks.Grade

    Returns
    -------
    str
    """
    lines = [f"{len(grades)} submissions graded: {Path(setting_out) / 'index.html'}"]
    for one in grades:
        if one.reason or one.flags:
            lines.append(f"  {one.student}: {'; '.join(filter(None, [one.reason, *one.flags]))}")
    waiting = sum(bool(one.pending) for one in grades)
    if waiting:
        lines.append(f"{waiting} wait for marks by hand: fill in {Path(setting_out) / 'manual.csv'} and grade again.")
    return "\n".join("".join(c if c.isprintable() else "?" for c in line) for line in lines)


def main(arguments=None):
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split(":")[0])
    parser.add_argument("--submissions", required=True, type=Path)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--assignment", help="by default the one that the notebooks name")
    parser.add_argument("--roster", type=Path, help="CSV with student_id, and file or name if wanted")
    parser.add_argument("--time", type=float, default=120.0, help="seconds for a submission (default: 120)")
    parser.add_argument("--memory", type=float, default=4.0, help="GB for a submission (default: 4)")
    parser.add_argument("--jobs", type=int, help="how many at a time (default: one a core)")
    parser.add_argument("--root", type=Path, default=Path.cwd(), help="the project's folder (default: here)")
    given = parser.parse_args(arguments)
    if given.time <= 0 or given.memory <= 0 or given.jobs is not None and given.jobs < 1:
        parser.error("--time, --memory and --jobs should be positive")
    without = sandbox.why_no_bubblewrap()
    if without:
        print(
            f"WARNING: no sandbox of the operating system ({without}). Time and memory are limited, and Python refuses the network, "
            "other programs and other folders, but a determined notebook can get around that. Do not grade strangers' work like this.",
            file=sys.stderr,
        )
    limits = sandbox.Limits(given.time, max(given.time / 4, min(given.time, 5.0)), int(given.memory * 2**30))
    try:
        grades = grade(given.submissions, given.out, given.root, given.assignment, given.roster, limits, given.jobs)
    except ValueError as error:
        sys.exit(str(error))
    print(summary(given.out, grades))


if __name__ == "__main__":
    main()
