"""A contestant's process, seen from outside: started, asked with a deadline, ended."""

import os
import signal
import subprocess
import sys
import tempfile

from .frames import Broken, read_frame, write_frame
from .rules import FIRST_CALL, Rejected

COMMAND = (sys.executable, "-c", "from dqlab.coursework.challenge import endpoint; endpoint.main()")


class Process:
    """One end of a link in a process of its own.

    Parameters
    ----------
    source : Source
        Whose code runs in it.
    start : callable
        ``spawn``, ``fork``, or anything else that returns (file descriptor to write to, one to read from, function that ends it).

    Raises
    ------
    Rejected
        If the code cannot be loaded.
    """

    def __init__(self, source, start):
        self.into, self.out, self._end = start()
        try:
            self.unbiased = self.ask({"ask": "load", "kind": source.kind}, source.body, seconds=FIRST_CALL)[0].get(
                "unbiased"
            )
        except BaseException:
            self.close()
            raise

    def ask(self, header, body=b"", seconds=FIRST_CALL):
        """The answer to one question; Rejected where it is a complaint, comes too late or never."""
        try:
            write_frame(self.into, header, body, seconds)
            answer, data = read_frame(self.out, seconds)
        except TimeoutError:
            self.close()
            raise Rejected("too slow", f"{header['ask']} took more than {seconds:.0f} s") from None
        except Broken:
            self.close()
            raise Rejected("it fails", f"its process ended during {header['ask']}") from None
        if "rule" in answer:
            raise Rejected(plain(answer["rule"], 40), plain(answer.get("reason"), 400))
        return answer, data

    def close(self):
        """End the process, whatever it is doing."""
        self._end()
        self._end = _nothing


def _nothing():
    pass


def plain(text, size):
    """Text from a contestant as one printable line of at most `size` characters.

    Examples
    --------
    >>> from dqlab.coursework.challenge import processes
    >>> processes.plain("two\\nlines", 40)
    'two lines'
    """
    return "".join(c if c.isprintable() else " " for c in str(text))[:size]


def spawn(command=COMMAND, environment=None):
    """A new Python that knows nothing of this one: for every system, and for notebooks.

    Parameters
    ----------
    command : sequence of str
        What to run; a sandbox puts its own words before it.
    environment : dict, optional
        The environment variables; left out, those of ``own_environment``.

    Returns
    -------
    into, out : int
    end : callable

    Examples
    --------
    >>> from dqlab.coursework.challenge import processes
    >>> into, out, end = processes.spawn()
    >>> end()
    """
    folder = tempfile.TemporaryDirectory(prefix="challenge-", ignore_cleanup_errors=True)
    child = subprocess.Popen(
        list(command),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=folder.name,
        env=own_environment() if environment is None else environment,
        start_new_session=True,
    )

    def end():
        try:
            os.killpg(child.pid, signal.SIGKILL) if os.name == "posix" else child.kill()
        except ProcessLookupError:
            pass
        child.stdin.close()
        child.stdout.close()
        child.wait()
        folder.cleanup()

    return child.stdin.fileno(), child.stdout.fileno(), end


def own_environment():
    """What a contestant's process may know: where packages are, and that one thread is enough.

    Examples
    --------
    >>> from dqlab.coursework.challenge import processes
    >>> processes.own_environment()["NUMBA_NUM_THREADS"]
    '1'
    """
    kept = ("PATH", "HOME", "LANG", "SYSTEMROOT", "TMPDIR", "TEMP", "NUMBA_CACHE_DIR", "NUMBA_DISABLE_JIT")
    threads = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    path = os.pathsep.join(os.path.abspath(entry) for entry in sys.path)
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        **dict.fromkeys(threads, "1"),
        "PYTHONPATH": path,
        "PYTHONHASHSEED": "0",
    }


def fork():
    """A copy of this process: at once, where the operating system has it, for code that one trusts.

    Returns
    -------
    into, out : int
    end : callable

    Examples
    --------
    >>> from dqlab.coursework.challenge import processes
    >>> into, out, end = processes.fork()
    >>> end()
    """
    from . import endpoint

    (theirs_in, into), (out, theirs_out) = os.pipe(), os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(into)
            os.close(out)
            endpoint.serve(theirs_in, theirs_out)
        finally:
            os._exit(0)
    os.close(theirs_in)
    os.close(theirs_out)

    def end():
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(into)
        os.close(out)

    return into, out, end
