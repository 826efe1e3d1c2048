"""How otter's cells run: one by one, each with its time, tests coming in one after another, what ends the kernel left out."""

import json
import os
import shutil
import sys
import time
from pathlib import Path

from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import DeadKernelError
from nbconvert.preprocessors import ExecutePreprocessor
from nbformat.v4 import new_code_cell
from otter.execute.preprocessor import GradingPreprocessor

from . import guard, sandbox

GRACE = 4.0  # seconds between asking a cell to stop and ending its process
ATTEMPTS = 5
STARTUP = 120.0  # seconds for imports and for what is ours; they are not the student's


class Record:
    """What is known of one run: its job, and what happened in it."""

    def __init__(self, job, watch):
        self.job, self.watch = job, watch
        self.limits = sandbox.Limits(**job["limits"])
        self.token = "t" + os.urandom(8).hex()
        self.used = self.used_before = (
            0.0  # seconds in the student's cells and in tests, in this attempt and in earlier ones
        )
        self.results_path = None
        self.left_out, self.too_long, self.lost_questions, self.errors, self.remarks = {}, {}, {}, [], []
        self.fingerprints = {}
        self.gave_up = False

    def begin(self):
        """Forget what an attempt that ended early has seen, but not which cells ended it."""
        self.errors, self.fingerprints = [text for text in self.errors if "was left out" in text], {}
        self.used_before, self.used = self.used_before + self.used, 0.0
        self.left_out |= self.too_long  # once is enough
        self.errors += [text for text in self.too_long.values() if text.startswith("cell")]

    def remark(self, text):
        if text not in self.remarks:
            self.remarks.append(text)

    def lose(self, role, reason):
        """A cell that ended the kernel is left out from now on."""
        if "test" in role:
            self.lost_questions[role["test"]] = f"its tests were stopped: {reason}"
        elif "cell" in role:
            self.errors.append(f"cell {role['cell']} was left out: {reason}")
        self.left_out[str(role)] = reason

    def replaced(self):
        """Names of functions that were replaced while the student's cells or the tests ran."""
        before, *later = [self.fingerprints.get(when) for when in ("before", "between", "after")]
        if self.gave_up or before is None:
            return []
        if None in later:
            return ["the comparison itself"]
        return sorted({name for after in later for name in guard.replaced(before, after)})


class _Bound:
    """A class that otter makes an instance of; ``bound`` gives it the record."""

    record = None

    @classmethod
    def bound(cls, record):
        return type(cls.__name__, (cls,), {"record": record})


class GradingCells(_Bound, GradingPreprocessor):
    """Otter's own cells around the student's: a cell for every test file, and the guard's before, between and after."""

    def add_init_and_export_cells(self, nb):
        record = self.record
        paths, self.tests_glob = self.tests_glob, []
        record.results_path = self.results_path
        super().add_init_and_export_cells(nb)
        first = next((i for i, cell in enumerate(nb.cells) if "dqlab" in cell.metadata), len(nb.cells) - 1)
        export = nb.cells.pop()
        export.metadata["dqlab"] = {"guard": "export"}
        nb.cells[first:first] = [_guard(record, "prepare"), _guard(record, "before")]
        tests = [_test(Path(path)) for path in paths]
        nb.cells += [_guard(record, "between"), *tests, _guard(record, "after"), export]


def _guard(record, when):
    function = guard.prepare if when == "prepare" else guard.fingerprint
    source = guard.cell(function, record.token, record.limits.output)
    return new_code_cell(source, metadata={"dqlab": {"guard": when}})


def _test(path):
    source = f"from otter.execute import Checker\nChecker.check_if_not_already_checked({str(path.resolve())!r})"
    return new_code_cell(source, metadata={"dqlab": {"test": path.stem, "path": str(path.resolve())}})


class SandboxedKernel(AsyncKernelManager):
    """Starts the kernel where ``sandbox.py`` says."""

    record = None

    def format_kernel_cmd(self, extra_arguments=None):
        record, here = self.record, Path.cwd()
        folder, caches = Path(record.job["folder"]), record.job["caches"]
        writable = [str(folder / "k"), caches, record.results_path]
        arguments = {**record.job["limits"], "bubblewrap": record.job["bubblewrap"], "user": 2**30 + os.getpid()}
        arguments["writable"] = [str(here), *writable, str(folder / "home"), str(folder / "tmp")]
        arguments["hidden"] = [*record.job["hidden"], str(folder)]
        command = super().format_kernel_cmd(extra_arguments)
        # As a file, not as a module: dqlab, whose kernels look for a folder they can write to, is imported as nobody.
        start = [sys.executable, "-P", str(Path(__file__).with_name("kernel.py")), json.dumps(arguments)]
        command = start + command[command.index("-f") :]
        if not record.job["bubblewrap"]:
            return command
        (here / "tests").mkdir(exist_ok=True)
        sandbox.give([here, *writable], arguments["user"])
        own = {**sandbox.environment(os.environ["DQLAB_STUDENT"], caches, sandbox.HOME), "TMPDIR": sandbox.TEMPORARY}
        readable = [here / "tests", *filter(None, [os.environ.get("DQLAB_DATA")])]
        return sandbox.bubblewrap(here, readable, writable, own, record.limits.disk) + command


class OneByOne(_Bound, ExecutePreprocessor):
    """Runs a notebook in a sandboxed kernel, as far as it goes."""

    def create_kernel_manager(self):
        folder = Path(self.record.job["folder"]) / "k"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        kind = type("SandboxedKernel", (SandboxedKernel,), {"record": self.record})
        options = {"transport": "ipc", "ip": str(folder / "s")} if self.record.job["bubblewrap"] else {}
        self.km = kind(kernel_name="python3", connection_file=str(folder / "c.json"), config=self.config, **options)
        self.km.kernel_spec.interrupt_mode = "message"
        self.km.client_class = "jupyter_client.asynchronous.AsyncKernelClient"
        return self.km

    def preprocess(self, nb, resources=None, km=None):
        record = self.record
        self._tests = {path: path.read_bytes() for path in Path("tests").resolve().glob("*.py")}
        for path in self._tests:
            path.unlink()
        shutil.rmtree(Path("../source"), ignore_errors=True)  # otter's copy of the autograder: it has done its work
        for _ in range(ATTEMPTS):
            record.begin()
            try:
                return super().preprocess(nb, resources, km)
            except DeadKernelError:
                record.lose(self._role, self._why())
            if record.used_before + record.used > 2 * record.limits.seconds:
                break
        record.gave_up = True
        for path in self._tests:
            record.lost_questions.setdefault(path.stem, "the process of the notebook ended again and again")
        return nb, resources

    def preprocess_cell(self, cell, resources, index):
        role = self._role = cell.metadata.get("dqlab", {})
        record = self.record
        if index == 0:
            record.watch.pid = self.km.provisioner.pid
        if cell.cell_type != "code" or str(role) in record.left_out or self._is_late(role):
            return cell, resources
        self._room, path = record.limits.output, Path(role.get("path", ""))
        if "path" in role:
            path.write_bytes(self._tests[path])
        ours = not {"test", "cell"} & set(role)
        self._limit = STARTUP if ours else min(record.limits.cell, self._left(role))
        started = time.monotonic()
        record.watch.deadline = started + self._limit + GRACE
        try:
            return super().preprocess_cell(cell, resources, index)
        finally:
            record.watch.deadline = None
            record.used += 0 if ours else time.monotonic() - started
            if "path" in role:
                path.unlink(missing_ok=True)
            self._take_down(cell, role)

    def _left(self, role):
        """Seconds that are left; the last quarter is for the tests."""
        limit = self.record.limits.seconds
        return limit * (1 if "test" in role else 0.75) - self.record.used

    def _is_late(self, role):
        if not {"test", "cell"} & set(role) or self._left(role) > 0.1:
            return False
        late = f"the {self.record.limits.seconds:g} seconds of the whole notebook were over"
        if "test" in role:
            self.record.lost_questions[role["test"]] = late
        else:
            self.record.errors.append(f"cell {role['cell']} was not run: {late}")
        return True

    def _get_timeout(self, cell):
        return STARTUP if cell is None else self._limit

    async def _async_handle_timeout(self, timeout, cell=None):
        """Ask the kernel to interrupt itself; if that does not help, the watch ends it."""
        self._late = True
        await self.km.interrupt_kernel()

    def process_message(self, msg, cell, cell_index):
        """Of what a cell shows only the guard's answers and errors are kept, and of errors no more than their names and words."""
        kind, content = msg["msg_type"], msg["content"]
        if kind in ("stream", "display_data", "execute_result", "update_display_data") and "guard" not in self._role:
            self._room -= len(str(content))
            return None
        if kind == "error":
            msg["content"] = {
                "ename": str(content["ename"])[:80],
                "evalue": str(content["evalue"])[:500],
                "traceback": [],
            }
        return super().process_message(msg, cell, cell_index)

    def _why(self):
        reason, self.record.watch.reason = self.record.watch.reason, None
        return reason or "it ended the process that the notebook runs in"

    def _take_down(self, cell, role):
        """What came of a cell: its error, or the guard's answer."""
        record, late, self._late = self.record, getattr(self, "_late", False), False
        error = next((out for out in cell.get("outputs", []) if out.output_type == "error"), None)
        if role.get("guard") in ("before", "between", "after"):
            shown = "".join(out.data.get("text/plain", "") for out in cell.outputs if out.output_type == "display_data")
            record.fingerprints[role["guard"]] = guard.answer(shown, record.token)
        if self._room < 0 and "cell" in role:
            record.remark(
                f"cell {role['cell']} showed more than {record.limits.output / 2**20:g} MB; the rest is not kept"
            )
        if error is None:
            return
        what = f"{error.ename}: {error.evalue}"[:500].rstrip(": ")
        what = f"it took longer than {self._limit:.3g} seconds" if late else what
        if "cell" in role:
            what = f"cell {role['cell']} stopped: {what}"
            record.errors.append(what)
        elif "test" in role:
            what = record.lost_questions[role["test"]] = f"its tests were stopped: {what}"
        if late:
            record.too_long[str(role)] = what
