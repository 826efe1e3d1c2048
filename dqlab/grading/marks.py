"""From what a run of the tests says to points: pure, and by the autograder's own numbers."""

from typing import NamedTuple


class Mark(NamedTuple):
    """What a student has in one question; ``points`` is None while it waits to be marked by hand."""

    question: str
    points: float | None
    possible: float
    manual: bool
    tests: tuple = ()
    reason: str = ""
    comment: str = ""


class Grade(NamedTuple):
    """A student's marks, why there are none (``reason``), what an instructor should look at (``flags``) and what the student should know."""

    student: str
    source: str
    marks: tuple
    reason: str = ""
    flags: tuple = ()
    notes: tuple = ()

    @property
    def auto(self):
        """Points by tests."""
        return _tidy(sum(mark.points for mark in self.marks if not mark.manual))

    @property
    def by_hand(self):
        """Points given by hand so far."""
        return _tidy(sum(mark.points or 0 for mark in self.marks if mark.manual))

    @property
    def total(self):
        """All points so far."""
        return _tidy(self.auto + self.by_hand)

    @property
    def pending(self):
        """Questions that wait to be marked by hand."""
        return [mark.question for mark in self.marks if mark.points is None]


def _tidy(number):
    number = round(float(number), 6)
    return int(number) if number == int(number) else number


def grade(autograder, submission, result=None):
    """A submission's marks before anything is marked by hand.

    Parameters
    ----------
    autograder : dqlab.grading.autograder.Autograder
    submission : dqlab.grading.submissions.Submission
    result : dict, optional
        What ``dqlab.grading.one`` says; None where nothing was run, for the reason that the submission has.

    Returns
    -------
    Grade
    """
    result = result or {"tests": {}, "lost": {}, "failed": submission.reason}
    reason = result.get("failed") or _withheld(result)
    marks = tuple(_mark(question, result, reason) for question in autograder.questions)
    flags = (*submission.flags, *result.get("odd", ()))
    notes = (*result.get("remarks", ()), *result.get("errors", ()))
    return Grade(submission.student, submission.source, marks, reason, flags, notes)


def _withheld(result):
    """Why the tests' results do not count, or ""."""
    why = []
    if result.get("replaced"):
        names = ", ".join(result["replaced"][:5]) + (" and more" if len(result["replaced"]) > 5 else "")
        why.append(f"the notebook replaced {names}")
    if result.get("forged"):
        why.append(result["forged"])
    return f"no marks by tests: {'; '.join(why)}" if why else ""


def _mark(question, result, reason):
    """One question's mark. Points are the autograder's; the run says only which tests passed."""
    if question.manual:
        nothing = result.get("failed")  # nothing was handed in, so there is nothing to mark
        return Mark(question.name, 0 if nothing else None, _tidy(question.points), True)
    said = result["tests"].get(question.name, {})
    lost = result["lost"].get(question.name, "")
    tests = []
    for test in question.tests:
        one = said.get(test.name, {"passed": False, "message": ""})
        passed = one["passed"] is True and not lost
        tests.append(
            {"description": test.description, "points": _tidy(test.points), "passed": passed, "message": one["message"]}
        )
    earned = sum(test["points"] for test in tests if test["passed"])
    if question.all_or_nothing and not all(test["passed"] for test in tests):
        earned = 0
    why = lost or ("" if said else "its tests left no result")
    return Mark(
        question.name,
        0 if reason else _tidy(earned),
        _tidy(question.points),
        False,
        tuple(tests),
        "" if result.get("failed") else why,
    )
