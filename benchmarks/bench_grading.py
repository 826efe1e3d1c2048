"""Fifty submissions of one assignment, graded; beside them `otter run`, one after another, without walls or limits.

    python benchmarks/bench_grading.py [name]        the warm-up, unless another assignment is named

Promised: under 600 seconds on two cores, once the reference solution has been graded (it compiles what the assignment needs, and is
timed apart). Every submission is the solution under an id of its own; all of them have to get full marks. otter is timed on five.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from dqlab.grading import autograder, grade, sandbox

ROOT = Path(__file__).resolve().parents[1]
MANY, FEW, PROMISED = 50, 5, 600


def submissions(assignment, folder):
    """The solution, handed in by fifty students."""
    text = assignment.solution.read_text(encoding="utf8")
    folder.mkdir()
    for number in range(MANY):
        name = f"student{number:02d}"
        (folder / f"{name}.ipynb").write_text(
            text.replace('student(\\"reference\\"', f'student(\\"{name}\\"'), encoding="utf8"
        )


def otter_run(assignment, path, folder):
    """Seconds of the plain command for one notebook."""
    environment = os.environ | {"DQLAB_STUDENT": path.stem, "PYTHONPATH": str(ROOT), "MPLBACKEND": "agg"}
    command = [
        sys.executable,
        "-m",
        "otter",
        "run",
        str(path),
        "-a",
        str(assignment.zip),
        "-o",
        str(folder),
        "--no-logo",
    ]
    start = time.perf_counter()
    subprocess.run(command, env=environment, check=True, capture_output=True)
    return time.perf_counter() - start


def main(name="warm-up"):
    assignment = autograder.load(name, ROOT)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        submissions(assignment, folder / "in")
        start = time.perf_counter()
        (folder / "one").mkdir()
        first = sorted((folder / "in").glob("*.ipynb"))[0]
        (folder / "one" / first.name).write_bytes(first.read_bytes())
        grade.grade(folder / "one", folder / "first", ROOT, name, progress=False)
        print(
            f"{name}: the reference (unless it was graded before) and one submission {time.perf_counter() - start:.0f} s"
        )
        start = time.perf_counter()
        grades = grade.grade(folder / "in", folder / "out", ROOT, name)
        seconds = time.perf_counter() - start
        most = sum(question.points for question in assignment.questions if not question.manual)
        assert all(one.auto == most for one in grades), [(one.student, one.auto) for one in grades if one.auto < most]
        plain = [otter_run(assignment, path, folder) for path in sorted((folder / "in").glob("*.ipynb"))[:FEW]]
        walls = "in sandboxes" if sandbox.why_no_bubblewrap() is None else "WITHOUT sandboxes"
        print(
            f"{name}: {MANY} submissions in {seconds:.0f} s {walls} (promised {PROMISED}), all with full marks by tests"
        )
        print(f"otter run, one after another: {sum(plain) / FEW * MANY:.0f} s ({FEW} of them took {sum(plain):.0f} s)")


if __name__ == "__main__":
    main(*sys.argv[1:])
