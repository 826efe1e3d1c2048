"""A folder of finished cells.

Every file is written whole or not at all, so a folder left behind by a killed process holds finished cells only.
A folder serves one trial, one state of its code and one seed; a sweep that differs is refused.
"""

import hashlib
import json
import os
import tempfile
from pathlib import Path

_REMEDY = "Pass another folder, or delete this one if its results are no longer wanted"


def write_atomically(path, data):
    """Write bytes to `path` by a temporary file beside it and a rename: a reader sees all of them or none."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def canonical(value):
    """JSON text that two equal values share; floats keep every bit."""
    return json.dumps(value, sort_keys=True)


class Store:
    """The finished cells of one sweep in a folder.

    Parameters
    ----------
    folder : str or path-like
        Made where it does not exist.
    manifest : dict
        What the sweep is. ``cells`` (parameters), ``trials`` and ``objects`` may grow from one sweep to the next; every
        other entry has to be the same.

    Raises
    ------
    ValueError
        If the folder holds something else, was written by other code or other arguments, or is in use.

    Examples
    --------
    >>> import tempfile
    >>> manifest = {"seed": 1, "trials": 1, "cells": [{"rate": 2}], "objects": {}}
    >>> with tempfile.TemporaryDirectory() as folder, Store(folder, manifest) as store:
    ...     store.write({"rate": 2}, 0, '[{"bits": 4}]')
    ...     store.read({"rate": 2}, 0)
    [{'bits': 4}]
    """

    def __init__(self, folder, manifest):
        self._folder = Path(folder)
        self._cells = self._folder / "cells"
        self._manifest = manifest

    def __enter__(self):
        if self._folder.exists() and not self._folder.is_dir():
            raise ValueError(f"store: expected a folder, got the file {self._folder}")
        self._folder.mkdir(parents=True, exist_ok=True)
        self._lock = self._acquire_lock()
        try:
            self._open()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self._lock is not None:
            os.close(self._lock)

    def _acquire_lock(self):
        """Lock the folder itself: no file is left behind, and a killed process gives the lock back."""
        try:
            import fcntl
        except ImportError:  # Windows
            return None
        handle = os.open(self._folder, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            raise ValueError(
                f"store: {self._folder} is in use by another sweep. Wait for it, or pass another folder"
            ) from None
        except OSError:  # a file system without locks
            os.close(handle)
            return None
        return handle

    def _open(self):
        for leftover in (*self._folder.glob(".*.tmp"), *self._cells.glob(".*.tmp")):
            leftover.unlink()
        path = self._folder / "manifest.json"
        if path.exists():
            self._compare(_read_json(path))
        elif any(self._folder.iterdir()):
            raise ValueError(
                f"store: {self._folder} is not empty and is no sweep's store. Pass a new or an empty folder"
            )
        text = json.dumps(self._manifest, indent=1, sort_keys=True) + "\n"
        if not path.exists() or path.read_bytes() != text.encode():
            write_atomically(path, text.encode())
        self._cells.mkdir(exist_ok=True)

    def _compare(self, old):
        new = json.loads(canonical(self._manifest))
        for key in sorted((old.keys() | new.keys()) - {"cells", "trials", "objects"}):
            if canonical(old.get(key)) != canonical(new.get(key)):
                self._refuse(f"another {key}: {old.get(key)} there, {new.get(key)} now")
        if old["trials"] > new["trials"]:
            self._refuse(f"more trials: {old['trials']} there, {new['trials']} now")
        asked = {canonical(cell) for cell in new["cells"]}
        for cell in old["cells"]:
            if canonical(cell) not in asked:
                self._refuse(f"another grid: {cell} is there and is not asked for now")
        for name, labels in old["objects"].items():
            for label, digest in labels.items():
                if new["objects"].get(name, {}).get(label) != digest:
                    self._refuse(f"another object for {name} = {label!r}")

    def _refuse(self, difference):
        raise ValueError(f"store: {self._folder} was written with {difference}. {_REMEDY}")

    def _path(self, params, trial):
        return self._cells / (
            hashlib.blake2b(canonical([params, trial]).encode(), digest_size=12).hexdigest() + ".json"
        )

    def read(self, params, trial):
        """The rows of a finished cell, or None where it is still missing."""
        path = self._path(params, trial)
        if not path.exists():
            return None
        content = _read_json(path)
        try:
            if canonical([content["params"], content["trial"]]) == canonical([params, trial]):
                return content["rows"]
        except (TypeError, KeyError):
            pass
        raise ValueError(f"store: {path} holds another cell. Delete that file; the sweep then runs its cell again")

    def write(self, params, trial, rows):
        """Keep a finished cell; `rows` is its JSON text."""
        text = f'{{"params": {canonical(params)}, "trial": {trial}, "rows": {rows}}}\n'
        write_atomically(self._path(params, trial), text.encode())


def _read_json(path):
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        raise ValueError(
            f"store: {path} is damaged. Delete that file, or the whole folder if it is the manifest"
        ) from None
