"""The first thing that runs in a student's process: limits, walls where bubblewrap has made none, then the kernel.

    python -P dqlab/grading/kernel.py '{"memory": 4294967296, ...}' -f connection.json

Limits are POSIX's; elsewhere the watch over memory and processes (``watch.py``) is all there is.
"""

import json
import os
import runpy
import sys

FORBIDDEN = "the grader does not allow it"
EXECUTION = ("os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty", "subprocess.Popen")


def limit(memory, disk, seconds, **_):
    """Limit this process and its children: address space, size of a file, processor time, no core files.

    Parameters
    ----------
    memory, disk : int
        Bytes.
    seconds : float
        Of processor time.
    """
    try:
        import resource
    except ImportError:  # Windows
        return
    wanted = {"RLIMIT_AS": memory, "RLIMIT_FSIZE": disk, "RLIMIT_CPU": int(seconds) + 30, "RLIMIT_CORE": 0}
    for name, value in wanted.items():
        try:
            resource.setrlimit(getattr(resource, name), (value, value))
        except (ValueError, OSError):  # macOS refuses RLIMIT_AS; a stricter limit may be there already
            continue


def be_nobody(user, processes):
    """Inside bubblewrap: become a user that owns nothing (where the grader is root), who may have so many threads and processes.

    Parameters
    ----------
    user : int
        A number that no other user of this machine has: the kernel counts a user's processes, except root's.
    processes : int
    """
    import resource

    resource.setrlimit(resource.RLIMIT_NPROC, (processes, processes))
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)


def wall(writable, hidden):
    """Refuse the network, other programs, writing outside some folders and reading others. It cannot be taken down again.

    Parameters
    ----------
    writable : list of str
        Folders that may be written to.
    hidden : list of str
        Folders that may not be read, unless they are inside a writable one.
    """
    writable, hidden = ([os.path.realpath(path) + os.sep for path in paths] for paths in (writable, hidden))
    join, real, start = os.path.join, os.path.realpath, str.startswith

    def below(path, folders):
        return any(start(join(real(path), ""), folder) for folder in folders)

    def refuse(event, arguments):
        if event in EXECUTION:
            raise PermissionError(f"{event}: {FORBIDDEN}")
        if event in ("socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo"):
            address = arguments[0] if event == "socket.getaddrinfo" else arguments[1]
            host = address[0] if isinstance(address, tuple) else address
            if isinstance(address, tuple) and host not in ("127.0.0.1", "::1", "localhost") or event.endswith("info"):
                raise PermissionError(f"network: {FORBIDDEN}")
        if event in (
            "os.remove",
            "os.rename",
            "os.rmdir",
            "os.mkdir",
            "os.truncate",
            "os.chmod",
            "os.symlink",
            "os.link",
        ):
            targets = [a for a in arguments[:2] if isinstance(a, (str, bytes, os.PathLike))]
            if not all(below(os.fsdecode(target), writable) for target in targets):
                raise PermissionError(f"{event}: {FORBIDDEN}")
        if event in ("open", "os.listdir", "os.scandir") and isinstance(arguments[0], (str, bytes, os.PathLike)):
            path, flags = os.fsdecode(arguments[0]), arguments[2] if event == "open" else 0
            writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC)
            inside = below(path, writable) or path == os.devnull
            if not inside and (writes or below(path, hidden)):
                raise PermissionError(f"{path}: {FORBIDDEN}")

    sys.addaudithook(refuse)


def main():
    """Limit, wall, and become an IPython kernel."""
    job = json.loads(sys.argv.pop(1))
    limit(**job)
    if job["bubblewrap"]:
        be_nobody(job["user"], job["processes"])
    else:
        wall(job["writable"], job["hidden"])
    runpy.run_module("ipykernel_launcher", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
