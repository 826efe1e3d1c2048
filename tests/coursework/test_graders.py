"""Graders are tested as code is, by mutation: every known wrong submission loses exactly the right points, every unusual right one none."""

from collections import Counter

import pytest

from .harness import MASTERS, Assignment, Warm, lost, results_of, submissions

NAMES = sorted(path.stem for path in MASTERS.glob("*.ipynb"))
ASSIGNMENTS = [name for name in NAMES if name != "capstone"]  # of which people read nearly everything


def known(kind):
    """(assignment, number) of every known submission of a kind, for parametrize."""
    for name in NAMES:
        for number, submission in enumerate(submissions(name)[kind]):
            yield pytest.param(name, number, id=f"{name}: {submission.what}")


@pytest.fixture(scope="module")
def graded():
    """``graded(name)``: the assignment, and results by ("reference", student), ("stub", ""), ("wrong", number), ("unusual", number)."""
    done = {}
    with Warm() as warm:

        def grade(name):
            if name not in done:
                assignment, (wrong, unusual) = Assignment(MASTERS / f"{name}.ipynb"), submissions(name)
                jobs = {("reference", student): assignment.reference(student) for student in ("ada", "grace", "emmy")}
                jobs["stub", ""] = assignment.stub()
                results = dict(zip(jobs, warm.results(assignment, list(jobs.values()))))
                for kind, some in (("wrong", wrong), ("unusual", unusual)):
                    results |= {(kind, i): result for i, result in enumerate(results_of(warm, assignment, some))}
                done[name] = assignment, results
            return done[name]

        yield grade


@pytest.mark.parametrize("student", ["ada", "grace", "emmy"])
@pytest.mark.parametrize("name", NAMES)
def test_the_reference_has_full_marks(graded, name, student):
    assignment, results = graded(name)
    assert lost(assignment, results["reference", student]) == {}, results["reference", student].messages


@pytest.mark.parametrize("name", NAMES)
def test_the_handed_out_notebook_has_no_points(graded, name):
    assignment, results = graded(name)
    assert lost(assignment, results["stub", ""]) == assignment.possible
    assert "crash" not in results["stub", ""].messages and "time" not in results["stub", ""].messages


@pytest.mark.parametrize("name, number", list(known(0)))
def test_a_wrong_submission_loses_the_right_points(graded, name, number):
    submission = submissions(name)[0][number]
    assignment, results = graded(name)
    assert submission.loses, "a wrong submission says what it loses"
    assert lost(assignment, results["wrong", number]) == submission.loses, results["wrong", number].messages


@pytest.mark.parametrize("name, number", list(known(1)))
def test_an_unusual_submission_loses_nothing(graded, name, number):
    assignment, results = graded(name)
    assert lost(assignment, results["unusual", number]) == {}, results["unusual", number].messages


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_catch_rate(graded, name, record_property):
    """At least eight wrong and three unusual submissions of different kinds; all wrong ones are caught, and the rate is printed."""
    wrong, unusual = submissions(name)
    assert len(wrong) >= 8 and len(unusual) >= 3
    assert max(Counter(submission.what for submission in wrong + unusual).values()) == 1
    assignment, results = graded(name)
    caught = sum(lost(assignment, results["wrong", i]) == submission.loses for i, submission in enumerate(wrong))
    spared = sum(lost(assignment, results["unusual", i]) == {} for i in range(len(unusual)))
    seconds = sum(result.seconds for result in results.values()) / len(results)
    record_property(
        "graders",
        f"{name}: {caught} of {len(wrong)} wrong submissions caught ({caught / len(wrong):.0%}), "
        f"{spared} of {len(unusual)} unusual ones with full marks, {seconds:.1f} s each",
    )
    assert caught == len(wrong) and spared == len(unusual)
