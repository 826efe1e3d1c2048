"""A watch over a process and all that it starts: how many there are and what they hold, and their end."""

import multiprocessing
import os
import threading
import time

import psutil


def family(pid):
    """A process and its descendants.

    Parameters
    ----------
    pid : int

    Returns
    -------
    list of psutil.Process
        Empty if it has ended.

    Examples
    --------
    >>> import os
    >>> from dqlab.grading import watch
    >>> os.getpid() in [process.pid for process in watch.family(os.getpid())]
    True
    """
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def end(pid, mark=None):
    """Kill a process and its descendants; with a mark, also every process that carries it in its environment.

    Parameters
    ----------
    pid : int
    mark : str, optional
        The value of the environment variable DQLAB_MARK: it finds what has left the family.
    """
    for _ in range(3):  # what is being started while we look is found the next time
        doomed = family(pid) + (_marked(mark) if mark else [])
        doomed = [process for process in doomed if process.pid != os.getpid()]
        for process in doomed:
            try:
                process.kill()
            except psutil.Error:
                continue
        if not psutil.wait_procs(doomed, timeout=2)[1]:
            return


def _marked(mark):
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("DQLAB_MARK") == mark:
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


class Watch(threading.Thread):
    """Looks at a family of processes several times a second and ends it when it is too large.

    Parameters
    ----------
    memory : int
        Bytes that all of them may hold together.
    processes : int
        How many there may be.

    Notes
    -----
    ``pid`` is whom to watch (None: nobody yet), ``deadline`` when (by ``time.monotonic``) it has to be killed, and ``reason`` why
    it was. If the process that started this one is gone, everything ends.
    """

    def __init__(self, memory, processes):
        super().__init__(daemon=True)
        self.memory, self.processes = memory, processes
        self.pid = self.deadline = self.reason = None
        self._parent = multiprocessing.parent_process()

    def run(self):
        while True:
            time.sleep(0.1)
            if self._parent is not None and not self._parent.is_alive():
                end(os.getpid())  # all descendants, one that is just being started among them
                os._exit(1)
            reason = self._excess() if self.pid else None
            if reason:
                self.reason, doomed, self.pid = reason, self.pid, None
                end(doomed)

    def _excess(self):
        if self.deadline is not None and time.monotonic() > self.deadline:
            return "it did not stop when its time was up"
        members = family(self.pid)
        if len(members) > self.processes:
            return f"it started more than {self.processes} processes"
        if sum(map(_resident, members)) > self.memory and sum(map(_own, members)) > self.memory:
            return f"it used more than {self.memory / 2**30:.3g} GB of memory"
        return None


def _resident(process):
    try:
        return process.memory_info().rss
    except psutil.Error:
        return 0


def _own(process):
    """What a process holds, its part of what it shares with others: exact where the system tells, and slow."""
    try:
        memory = process.memory_full_info()
        return getattr(memory, "pss", memory.uss)
    except psutil.Error:
        return 0
