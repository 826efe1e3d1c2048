"""Known submissions against an assignment's graders: ``python -m tests.coursework.harness warm-up [--only "words"]``.

A submission is the reference with some answers replaced. It runs as grading runs it: all cells in order, errors or not, then every one of otter's
test files against the final namespace. The reference runs once in a process of its own, which is forked just before the first cell that a
submission changes, so that imports, compiled kernels and the questions before are shared.
"""

import argparse
import contextlib
import importlib
import io
import linecache
import multiprocessing
import os
import sys
import tempfile
import time
import traceback
import zipfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
MASTERS = ROOT / "book" / "coursework" / "masters"
LIMIT = 60.0  # seconds for one submission
STUDENT = "ada"
ENVIRONMENT = {"MPLBACKEND": "Agg", "NUMBA_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


class Submission(NamedTuple):
    """A known submission: what it is, its answers by question, and the points that each question must lose (all others keep theirs)."""

    what: str
    answers: dict
    loses: dict = {}


class Result(NamedTuple):
    """Points by question, what went wrong by question or cell, and seconds of processor time."""

    points: dict
    messages: dict
    seconds: float


class Job(NamedTuple):
    """Code cells in order, as (question or "", source); `start` is the first that differs from the reference's."""

    cells: list
    start: int
    student: str = STUDENT


class Assignment:
    """An assignment for the harness: its master, its tests as they are in the zip, and its student's notebook."""

    def __init__(self, path):
        from dqlab.grading import assignments, masters

        self.master = masters.read(path)
        made = assignments.products(self.master)
        with zipfile.ZipFile(io.BytesIO(made[f"_build/coursework/{self.master.name}/autograder.zip"])) as archive:
            files = [name for name in archive.namelist() if name.startswith("tests/")]
            self.tests = {Path(name).stem: archive.read(name).decode() for name in files}
        self.student = made[f"book/coursework/{self.master.name}.ipynb"].decode()
        self.possible = {q.name: q.points for q in self.master.questions if q.name in self.tests}

    def reference(self, student=STUDENT):
        """The master's own answers."""
        return Job(
            [(cell.question * (cell.block == "solution"), cell.source) for cell in self.master.code()], 0, student
        )

    def stub(self):
        """The student's notebook as it is handed out."""
        import nbformat

        cells = [cell for cell in nbformat.reads(self.student, as_version=4).cells if cell.cell_type == "code"]
        return Job([("", cell.source) for cell in cells if not cell.source.startswith("grader.check")], 0)

    def job(self, submission):
        """The reference with a submission's answers in place of its own."""
        cells, start = list(self.reference().cells), None
        unknown = set(submission.answers) - {question for question, _ in cells}
        unknown |= (set(submission.answers) | set(submission.loses)) - set(self.possible)
        if unknown:
            raise ValueError(
                f'"{submission.what}": {", ".join(sorted(unknown))} is no autograded question; there are {", ".join(self.possible)}'
            )
        for place, (question, _) in enumerate(cells):
            if question in submission.answers:
                cells[place] = (question, submission.answers[question])
                start = place if start is None else start
        return Job(cells, start or 0)


def run_cells(cells, namespace, errors):
    """Run code cells; an error ends its cell and no other."""
    for number, (question, source) in cells:
        name = f"<cell {number} {question}>"
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)  # for inspect.getsource
        try:
            exec(compile(source, name, "exec"), namespace)
        except Exception as error:  # as grading goes on after a cell that fails
            errors[f"cell {number} {question}".strip()] = f"{type(error).__name__}: {error}"


def run_tests(tests, namespace):
    """Points by question, and the messages of tests that failed, by otter's own classes."""
    from otter.test_files import ExceptionTestFile

    points, messages = {}, {}
    for question, source in tests.items():
        file = ExceptionTestFile.from_string(source, path=f"{question}.py")
        file.run(namespace)
        points[question] = round(file.score, 9)
        failed = [result.message for result in file.test_case_results if not result.passed]
        if failed:
            messages[question] = "\n".join(failed)
    return points, messages


def fresh(student):
    """An empty namespace for a student."""
    os.environ["DQLAB_STUDENT"] = student
    return {"__name__": "__main__"}


def quietly():
    """Nothing printed, in a folder of its own."""
    stack = contextlib.ExitStack()
    stack.enter_context(contextlib.chdir(stack.enter_context(tempfile.TemporaryDirectory())))
    stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
    stack.enter_context(contextlib.redirect_stderr(io.StringIO()))
    return stack


def finish(job, tests, namespace, begun, pipe):
    """In a child: the cells from `job.start` on, then the tests; the result goes into the pipe."""
    start, errors = time.process_time(), {}
    try:
        run_cells(list(enumerate(job.cells))[job.start :], namespace, errors)
        points, messages = run_tests(tests, namespace)
    except BaseException:
        points, messages = dict.fromkeys(tests, 0), {"crash": traceback.format_exc()}
    pipe.send(Result(points, {**begun, **errors, **messages}, time.process_time() - start))


def in_a_child(job, tests, namespace, begun, limit):
    """The result of a job, from a fork of this process that may take `limit` seconds."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=finish, args=(job, tests, namespace, begun, theirs))
    child.start()
    theirs.close()
    try:
        if ours.poll(limit):
            return ours.recv()
        return Result(dict.fromkeys(tests, 0), {"time": f"more than {limit:g} s"}, limit)
    except EOFError:
        return Result(dict.fromkeys(tests, 0), {"crash": "the process ended"}, 0.0)
    finally:
        child.kill()
        child.join()


def run_jobs(reference, jobs, tests, limit):
    """Results of all jobs, in order; those that start late share the reference's cells before."""
    results, namespace, errors = {}, fresh(STUDENT), {}
    with quietly():
        run_cells(enumerate(reference.cells), namespace, {})
        run_tests(tests, namespace)  # once, so that every fork has its kernels
        for place, job in enumerate(jobs):
            if not job.start:
                results[place] = in_a_child(job, tests, fresh(job.student), {}, limit)
        namespace = fresh(STUDENT)
        for number, cell in enumerate(reference.cells):
            for place, job in enumerate(jobs):
                if job.start and job.start == number:
                    results[place] = in_a_child(job, tests, namespace, errors, limit)
            run_cells([(number, cell)], namespace, errors)
    return [results[place] for place in range(len(jobs))]


class Warm:
    """A process apart in which references run and from which submissions are forked; it imports everything once."""

    def __enter__(self):
        self.before = {name: os.environ.get(name) for name in ENVIRONMENT}
        os.environ.update(ENVIRONMENT)
        self.pool = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
        return self

    def __exit__(self, *_):
        self.pool.shutdown(cancel_futures=True)
        for name, value in self.before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})

    def results(self, assignment, jobs, limit=LIMIT):
        """A list of Result, one a job, each of which may take `limit` seconds."""
        return self.pool.submit(run_jobs, assignment.reference(), jobs, assignment.tests, limit).result(20 * LIMIT)


def lost(assignment, result):
    """The points that each question lost, without those that lost none."""
    losses = {name: round(points - result.points[name], 9) for name, points in assignment.possible.items()}
    return {name: points for name, points in losses.items() if points}


def packed(some):
    """Submissions that touch different questions, in as few packs as come by taking the first that fits: lists of places in `some`."""
    packs, touched = [], []
    for place, submission in enumerate(some):
        questions = {*submission.answers, *submission.loses}
        for pack, taken in zip(packs, touched):
            if not taken & questions:
                pack.append(place)
                taken |= questions
                break
        else:
            packs.append([place])
            touched.append(questions)
    return packs


def joined(some):
    """One submission with the answers of several that touch different questions."""
    answers = {question: text for one in some for question, text in one.answers.items()}
    losses = {question: points for one in some for question, points in one.loses.items()}
    return Submission(" + ".join(one.what for one in some), answers, losses)


def results_of(warm, assignment, some):
    """A Result for each submission: in packs, and one by one where a pack did not lose exactly what its members lose together."""
    packs = packed(some)
    together = [joined([some[place] for place in pack]) for pack in packs]
    results, alone = {}, []
    for pack, one, result in zip(packs, together, warm.results(assignment, [assignment.job(one) for one in together])):
        if lost(assignment, result) != one.loses:
            alone += pack
            continue
        for place in pack:
            kept = {name: assignment.possible[name] - some[place].loses.get(name, 0) for name in assignment.possible}
            results[place] = Result(kept, result.messages, result.seconds / len(pack))
    results |= dict(zip(alone, warm.results(assignment, [assignment.job(some[place]) for place in alone])))
    return [results[place] for place in range(len(some))]


def submissions(name):
    """(WRONG, UNUSUAL) of an assignment; none where there is no file of them."""
    if not (Path(__file__).parent / f"submissions_{name.replace('-', '_')}.py").is_file():
        return [], []
    module = importlib.import_module(f"tests.coursework.submissions_{name.replace('-', '_')}")
    return module.WRONG, module.UNUSUAL


def main(arguments=None):
    """Print what every known submission of an assignment loses, and what it should."""
    parser = argparse.ArgumentParser(description=__doc__.split(":")[0])
    parser.add_argument("name", help="the assignment, e.g. warm-up")
    parser.add_argument("--only", default="", help="only submissions with these words in what they are")
    parser.add_argument("-v", "--verbose", action="store_true", help="the messages, too")
    options = parser.parse_args(arguments)
    assignment = Assignment(MASTERS / f"{options.name}.ipynb")
    wrong, unusual = submissions(options.name)
    rows = [("reference", assignment.reference(), {}), ("the same for grace", assignment.reference("grace"), {})]
    rows += [("stub", assignment.stub(), assignment.possible)]
    rows += [
        (f"{kind}: {s.what}", assignment.job(s), s.loses)
        for kind, some in (("wrong", wrong), ("unusual", unusual))
        for s in some
    ]
    rows = [row for row in rows if options.only in row[0]]
    with Warm() as warm:
        results = warm.results(assignment, [job for _, job, _ in rows])
    failed = 0
    for (what, _, expected), result in zip(rows, results):
        losses = lost(assignment, result)
        verdict = "as expected" if losses == expected else f"EXPECTED {expected or 'nothing'}"
        failed += losses != expected
        print(f"{result.seconds:6.2f} s  {what}: loses {losses or 'nothing'}, {verdict}")
        if result.messages and (options.verbose or losses != expected):
            print("\n".join(f"    {name}: {message}" for name, message in result.messages.items()))
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
