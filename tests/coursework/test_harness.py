"""The harness itself, on a tiny assignment: what it takes for wrong is wrong, and nothing that a submission does stops it."""

import nbformat
import pytest

from .harness import Assignment, Submission, Warm, lost
from .tiny import tiny

SUBMISSIONS = {
    "doubles": ("def square(x):\n    return 2 * x", {"q1": 2}),
    "a constant": ("def square(x):\n    return 1.0", {"q1": 3}),
    "a power": ("def square(x):\n    return x**2", {}),
    "does not parse": ("def square(x) return x", {"q1": 3}),
    "raises after the answer": ("def square(x):\n    return x * x\n1 / 0", {}),
    "leaves": ("import sys\nsys.exit()", {"q1": 3}),
    "ends the process": ("import os\nos._exit(0)", {"q1": 3}),
    "never ends": ("while True:\n    pass", {"q1": 3}),
}


@pytest.fixture(scope="module")
def assignment(tmp_path_factory):
    path = tmp_path_factory.mktemp("masters") / "tiny.ipynb"
    nbformat.write(tiny(), path)
    return Assignment(path)


@pytest.fixture(scope="module")
def results(assignment):
    jobs = [assignment.job(Submission(what, {"q1": answer})) for what, (answer, _) in SUBMISSIONS.items()]
    with Warm() as warm:
        found = warm.results(assignment, [*jobs, assignment.reference("grace"), assignment.stub()], limit=2.0)
    return dict(zip([*SUBMISSIONS, "reference", "stub"], found))


@pytest.mark.parametrize("what", SUBMISSIONS)
def test_points_lost(assignment, results, what):
    assert lost(assignment, results[what]) == SUBMISSIONS[what][1], results[what].messages


def test_reference_and_stub(assignment, results):
    assert lost(assignment, results["reference"]) == {}
    assert lost(assignment, results["stub"]) == {"q1": 3}
    assert "nothing: did you return?" in results["stub"].messages["q1"]


def test_words_for_what_went_wrong(results):
    assert "SyntaxError" in results["does not parse"].messages["cell 1 q1"]
    assert "time" in results["never ends"].messages and "crash" in results["ends the process"].messages


def test_an_answer_to_no_question_is_refused(assignment):
    with pytest.raises(ValueError, match="q7 is no autograded question; there are q1"):
        assignment.job(Submission("to nothing", {"q7": ""}))
    with pytest.raises(ValueError, match="q2 is no autograded question"):
        assignment.job(Submission("by hand", {"q2": ""}))


def test_a_late_answer_starts_late(assignment):
    assert assignment.job(Submission("late", {"q1": "square = abs"})).start == 1
