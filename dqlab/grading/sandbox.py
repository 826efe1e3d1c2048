"""Where a student's kernel runs: a process of its own with limits, without a network, that sees next to nothing of the disk.

With bubblewrap (``bwrap``) the kernel has its own process, network and IPC namespaces; the system, Python and dqlab are there
to be read, its own folder to be written, and nothing else exists: no submission, result, master or home. Without it the
same limits hold, but the walls are of Python (``kernel.py``): they stop accidents and simple mischief, not a determined hand.
The process that holds the tests and writes the marks (``one.py``) stays outside either way.
"""

import functools
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import NamedTuple

import dqlab

PACKAGE = Path(dqlab.__file__).parent
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/alternatives", "/etc/fonts", "/etc/ld.so.cache")
SYSTEM += ("/etc/localtime", "/etc/passwd", "/etc/nsswitch.conf", "/opt/hostedtoolcache", "/nix/store")
TEMPORARY, HOME = "/tmp", "/tmp/home"
"""Inside of bubblewrap's own, empty file system: the student's temporary folder and home. The machine's are not there."""
NAMESPACES = ("--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--die-with-parent", "--new-session")


class Limits(NamedTuple):
    """What one submission may use: ``seconds`` in all, ``cell`` seconds in one cell, ``memory`` and ``disk`` in bytes."""

    seconds: float = 120.0
    cell: float = 30.0
    memory: int = 4 * 2**30
    disk: int = 2**29
    processes: int = 128
    output: int = 4 * 2**20


def python_folders():
    """The folders that Python and its packages are read from.

    Returns
    -------
    list of Path
        Outermost first; the package dqlab among them, and not the folder it lies in.
    """
    folders = {Path(p).resolve() for p in (sys.prefix, sys.base_prefix, sys.exec_prefix, *_site_packages())}
    folders |= {Path(sys.prefix), Path(sys.base_prefix), Path(sys.executable).resolve().parent.parent}
    folders -= {Path("/"), Path("/usr"), Path.home()}
    return [*sorted(path for path in folders if path.is_dir()), PACKAGE]


def _site_packages():
    return {sysconfig.get_path(key) for key in ("purelib", "platlib", "stdlib")}


def bubblewrap(folder, readable=(), writable=(), environment=None, disk=2**29):
    """The command that puts what follows it into a sandbox.

    Parameters
    ----------
    folder : path-like
        Where the command works; it can be written to.
    readable, writable : iterable of path-like
        What else is there, under its own name. A later one covers an earlier one.
    environment : dict, optional
        All of the environment variables.
    disk : int
        Bytes that can be written to the temporary folder.

    Returns
    -------
    list of str
    """
    command = ["bwrap", *NAMESPACES, "--cap-drop", "ALL", "--clearenv"]
    if is_root():  # so that the kernel can give up being root
        command += [word for name in ("SETUID", "SETGID") for word in ("--cap-add", f"CAP_{name}")]
    for name, value in (environment or {}).items():
        command += ["--setenv", name, value]
    command += ["--perms", "1777", "--size", str(disk), "--tmpfs", TEMPORARY]
    command += ["--perms", "0777", "--dir", HOME]
    for path in (*SYSTEM, *python_folders()):
        command += _bound("--ro-bind-try", path)
    command += ["--proc", "/proc", "--dev", "/dev", *_bound("--bind", folder)]
    for path in writable:
        command += _bound("--bind", path)
    for path in readable:
        command += _bound("--ro-bind", path)
    return [*command, "--chdir", str(folder)]


def _bound(how, path):
    """A path under its own name, in folders that anybody may enter."""
    parents = [str(parent) for parent in reversed(Path(path).parents) if str(parent) != "/"]
    return [word for parent in parents for word in ("--perms", "0755", "--dir", parent)] + [how, str(path), str(path)]


def is_root():
    """Whether the grader runs as root, whom no limit on the number of processes binds.

    Returns
    -------
    bool
    """
    return hasattr(os, "getuid") and os.getuid() == 0


def give(paths, user):
    """Make a user the owner of files, and of all in them, if we may.

    Parameters
    ----------
    paths : iterable of path-like
    user : int
    """
    if not is_root():
        return
    for top in map(Path, paths):
        top.chmod(0o755)  # bubblewrap, root without its powers, has to enter; nobody else reaches the folder around it
        for path in (top, *(top.rglob("*") if top.is_dir() else ())):
            os.chown(path, user, user, follow_symlinks=False)


@functools.cache
def why_no_bubblewrap():
    """Why bubblewrap cannot be used here, or None if it can: it is run once to see.

    Returns
    -------
    str or None
    """
    if shutil.which("bwrap") is None:
        return "bwrap is not installed (Debian: apt-get install bubblewrap)"
    code = "from dqlab.grading.kernel import be_nobody; be_nobody(2**30, 64); import ssl, ctypes, numpy"
    own = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(PACKAGE.parent), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [*bubblewrap("/var/tmp", environment=own), sys.executable, "-c", code]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"bwrap does not run here: {error}"
    return None if done.returncode == 0 else f"bwrap does not run here: {done.stderr.strip()[-200:]}"


def environment(student, caches, home):
    """The environment variables of a student's kernel: one thread, its own caches, nothing of the instructor's.

    Parameters
    ----------
    student : str
        The id that ``coursework.student`` is to use.
    caches : path-like
        A folder of the kernel's own for what numba and matplotlib keep.
    home : str
        Its home.

    Returns
    -------
    dict
    """
    threads = ("OMP", "OPENBLAS", "MKL", "NUMBA", "NUMEXPR", "VECLIB_MAXIMUM")
    kept = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "DQLAB_DATA", "NUMBA_DISABLE_JIT", "NUMBA_CPU_NAME")
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        **{f"{library}_NUM_THREADS": "1" for library in threads},
        "DQLAB_STUDENT": student,
        "HOME": home,
        "IPYTHONDIR": f"{home}/ipython",
        "MPLBACKEND": "agg",
        "MPLCONFIGDIR": f"{caches}/matplotlib",
        "NUMBA_CACHE_DIR": f"{caches}/numba",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": str(PACKAGE.parent),
        "PYTHONUTF8": "1",
    }
