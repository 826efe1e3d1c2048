"""One submission through otter: the process that holds the tests and takes down what a student's kernel says of them.

It calls ``otter.api.grade_submission`` with four parts exchanged: cells run one by one under limits (``cells.py``), each test has a
cell of its own, results are read without running what a pickle may ask for, and otter's log server (which unpickles, too) is not
started. What comes out is JSON.
"""

import io
import json
import pickle
import re
import time
import zipfile
from pathlib import Path
from unittest import mock

from . import guard, notebooks
from .cells import GradingCells, OneByOne, Record
from .kernel import limit
from .watch import Watch


class _Results(pickle.Unpickler):
    """Reads otter's results and nothing else."""

    names = {"GradingResults", "ExceptionTestFile", "test_case", "TestCase", "TestCaseResult"}

    def find_class(self, module, name):
        if module.split(".")[:2] == ["otter", "test_files"] and name in self.names:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"the results hold {module}.{name}, which is no result")


def run(job):
    """Grade one notebook by otter.

    Parameters
    ----------
    job : dict
        ``notebook`` (path), ``assignment``, ``zip`` (path), ``folder`` (of its own), ``caches``, ``bubblewrap`` (bool), ``hidden``
        (folders) and ``limits`` (as :class:`~dqlab.grading.sandbox.Limits`).

    Returns
    -------
    dict
        ``tests`` (question -> test -> passed and message), ``lost`` (question -> why it has no result), ``errors`` (of cells),
        ``remarks``, ``replaced`` (names of functions), ``forged`` (why the results are not believed, or None), ``seconds``.
    """
    from otter.api import grade_submission

    started = time.monotonic()
    cells = notebooks.read(Path(job["notebook"]).read_bytes())
    notebook, remarks = notebooks.normalise(cells)
    notebook.metadata["otter"] = {"assignment_name": job["assignment"]}
    folder = Path(job["folder"])
    path = folder / "submission.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf8")
    name, token, source = guard.canary()
    archive = _with_canary(Path(job["zip"]), folder / "autograder.zip", name, source)
    record = Record(job, Watch(job["limits"]["memory"], job["limits"]["processes"]))
    record.watch.start()
    exchanged = [
        mock.patch("nbconvert.preprocessors.ExecutePreprocessor", OneByOne.bound(record)),
        mock.patch("otter.execute.preprocessor.GradingPreprocessor", GradingCells.bound(record)),
        mock.patch("otter.execute.pickle.load", lambda file: _Results(io.BytesIO(file.read())).load()),
        mock.patch("otter.execute.start_server", lambda: (("127.0.0.1", 9), lambda: None)),
    ]
    for part in exchanged:
        part.start()
    try:
        results = grade_submission(str(path), str(archive), quiet=True)
    except OSError as error:
        raise RuntimeError(f"otter stopped: {type(error).__name__}: {error}") from error
    finally:
        for part in exchanged:
            part.stop()
    if record.fingerprints.get("before") is None and not record.gave_up:
        raise RuntimeError("the kernel could not import what the tests need")
    tests = _tests(results)
    forged = _forged(tests.pop(name, {}), token, record, results)
    return {
        "tests": tests,
        "lost": record.lost_questions,
        "errors": sorted(record.errors, key=_number),
        "remarks": remarks + record.remarks,
        "odd": guard.oddities(cells),
        "replaced": record.replaced(),
        "forged": forged,
        "seconds": round(time.monotonic() - started, 2),
    }


def _number(remark):
    """The number of the cell that a remark is about."""
    return int(re.search(r"\d+", remark).group())


def _with_canary(archive, path, name, source):
    """A copy of the autograder with one more test file."""
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(path, "w") as new:
        for entry in old.namelist():
            new.writestr(entry, old.read(entry))
        new.writestr(f"tests/{name}.py", source)
    return path


def _tests(results):
    """Which tests passed, and what the others say, without a line of their source."""
    return {
        str(name): {
            str(one.test_case.name): {
                "passed": one.passed is True,
                "message": "" if one.passed is True else _message(one),
            }
            for one in file.test_case_results
        }
        for name, file in getattr(results, "results", {}).items()
    }


def _message(result):
    """What an assertion says: what otter writes after the line of the test that failed."""
    found = re.match(
        r"\W*Test case failed\nError at line \d+ in test [^\n]*:\n[^\n]*\n(.*)", str(result.message), re.DOTALL
    )
    return found.group(1).removeprefix("AssertionError: ").strip()[:2000] if found else "it failed"


def _forged(canaries, token, record, results):
    """Why the results are not to be believed, or None."""
    if record.gave_up:
        return None
    if results.has_catastrophic_failure():
        return f"the results could not be read ({type(results.catastrophic_error).__name__})"
    if not canaries:
        return "a test that must fail left no result"
    if any(one["passed"] or token not in one["message"] for one in canaries.values()) or len(canaries) < 5:
        return "a test that must fail did not fail as it must: the tests were tampered with"
    return None


def main(path):
    """Read a job, run it, write its result.

    Parameters
    ----------
    path : path-like
        The job as JSON: what ``run`` takes, and ``result``, the file to write.
    """
    job = json.loads(Path(path).read_text(encoding="utf8"))
    limit(memory=max(job["limits"]["memory"], 2**32), disk=2**31, seconds=7200)
    result = run(job)
    Path(job["result"]).write_text(json.dumps(result), encoding="utf8")
