"""Trials over a grid: paired, in parallel, resumable, on one machine or on a cluster.

    trial(stream, **params) -> outputs          one cell: one choice of parameters, one trial number
    sweep(trial, grid, trials, seed) -> Sweep   all cells -> a frame of labelled rows

The result depends on the seed, the grid and the code alone: not on the backend, the number of jobs, the order of the
work, or how often it was interrupted.
"""

import functools
import inspect
import itertools
import json
import os
import traceback
import warnings
from collections.abc import Mapping
from contextlib import nullcontext
from typing import NamedTuple

import numpy as np

from . import _checks, streams
from ._generic import SOURCE_DIGEST
from .fingerprint import fingerprint, qualified_name, versions
from .results import Failure, Sweep, frame_of, rows_to_text, scalar
from .store import Store, canonical

_RESERVED = ("stream", "trial")


class TrialStream(NamedTuple):
    """The random streams of one trial: ``stream("problem")`` is ``streams.stream(seed, "trial", trial, "problem")``."""

    seed: int
    trial: int

    def __call__(self, *key):
        return streams.stream(self.seed, "trial", self.trial, *key)


class SweepWarning(UserWarning):
    """Some cells of a sweep failed."""


def sweep(trial, grid, trials, seed, store=None, backend=None, jobs=None, progress=True):
    """Run a function over a grid of parameters, several times each, in parallel.

    Trial number k draws from the same streams in every cell, so two cells of one trial differ by their parameters alone
    (paired comparison). Linear algebra runs on one thread inside a cell: results do not depend on the number of cores.

    Parameters
    ----------
    trial : callable
        ``trial(stream, **params)`` returns a dict of scalars and one-dimensional numeric arrays, or a list of such
        dicts (several rows). ``stream("purpose")`` is a numpy Generator; see :class:`TrialStream`.
    grid : dict or list of dict
        Name -> list of values (every combination is run), or the list of combinations. A value is a number, a string
        or None. For other objects give name -> {label: object}: the trial receives the object, the frame holds its
        label.
    trials : int
        How often each combination is run, at least 1.
    seed : int
        Non-negative.
    store : str or path-like, optional
        A folder. Finished cells are kept there at once and are not run again, so a sweep that was killed goes on where
        it was, with the same bytes at the end. Trials and grid may grow; anything else that differs is refused.
    backend : str, optional
        A joblib backend: "threading" (default), "loky" (processes), "sequential", or "dask" (the active Dask client).
    jobs : int, optional
        How many cells run at a time; by default as many as there are cores.
    progress : bool
        Whether to show a progress bar (in a notebook or a terminal).

    Returns
    -------
    Sweep
        A cell that raised is left out of the frame, reported by a :class:`SweepWarning`, and listed in ``failures``;
        with a store it is run again next time.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described, or the store was written by other code or other arguments.
    ImportError
        If ``backend="dask"`` and the extra ``dqlab[cluster]`` is not installed.

    Examples
    --------
    >>> from dqlab.lab import sweep
    >>> def mean_error(stream, count):
    ...     return {"error": abs(stream("sample").standard_normal(count).mean())}
    >>> result = sweep(mean_error, {"count": [10, 1000]}, trials=50, seed=1)
    >>> result.summary(value="error")["mean"].round(2).tolist()
    [0.24, 0.02]
    """
    names, cells, objects = _grid(grid)
    if not callable(trial):
        raise TypeError(f"trial: expected a function trial(stream, **params), got {trial!r}")
    for arguments in {tuple(arguments): arguments for _, arguments in cells}.values():
        _check_signature(trial, arguments)
    trials, seed = _checks.integer(trials, "trials", 1), _checks.integer(seed, "seed", 0)
    parallel = _parallel(backend, jobs)
    manifest = {
        "trial": qualified_name(trial),
        "code": fingerprint(trial),
        "seed": seed,
        "trials": trials,
        "cells": [params for params, _ in cells],
        "objects": objects,
        "versions": versions(),
    }
    work = [(params, arguments, k) for params, arguments in cells for k in range(trials)]
    with nullcontext() if store is None else Store(store, manifest) as kept:
        rows = [kept.read(params, k) if kept else None for params, _, k in work]
        missing = [i for i, found in enumerate(rows) if found is None]
        errors = {}
        for i, text, error in _run(parallel, trial, seed, work, missing, progress):
            if error is not None:
                errors[i] = Failure(work[i][0], work[i][2], error)
                continue
            if kept:
                kept.write(work[i][0], work[i][2], text)
            rows[i] = json.loads(text)
    failures = [errors[i] for i in sorted(errors)]
    if failures:
        _report(failures, len(work))
    return Sweep(frame_of(names, work, rows), {"parameters": names, **manifest}, failures)


def _grid(grid):
    """Names, [(labels as plain values, arguments)], and the fingerprints of labelled objects."""
    if isinstance(grid, Mapping):
        axes = {name: _axis(name, values) for name, values in grid.items()}
        combinations = [dict(zip(axes, choice, strict=True)) for choice in itertools.product(*axes.values())]
        objects = {
            name: {label: fingerprint(value) for label, value in values.items()}
            for name, values in grid.items()
            if isinstance(values, Mapping)
        }
    elif isinstance(grid, (list, tuple)) and grid and all(isinstance(entry, Mapping) for entry in grid):
        combinations = [{name: (scalar(name, v),) * 2 for name, v in entry.items()} for entry in grid]
        objects = {}
    else:
        raise TypeError(f"grid: expected a dict of lists or a list of dicts (not empty), got {grid!r}")
    names = list(dict.fromkeys(name for entry in combinations for name in entry))
    for name in names:
        if not isinstance(name, str) or not name.isidentifier() or name in _RESERVED:
            raise ValueError(f"grid: expected parameter names other than {', '.join(_RESERVED)}, got {name!r}")
    cells = [({n: pair[0] for n, pair in c.items()}, {n: pair[1] for n, pair in c.items()}) for c in combinations]
    seen = set()
    for params, _ in cells:
        if canonical(params) in seen:
            raise ValueError(f"grid: expected different combinations, got {params} twice")
        seen.add(canonical(params))
    return names, cells, objects


def _axis(name, values):
    """The values of one parameter as (label, argument) pairs."""
    if isinstance(values, Mapping):
        if not all(isinstance(label, str) for label in values):
            raise TypeError(f"grid: expected strings as labels of the objects for {name}, got {list(values)}")
        pairs = list(values.items())
    elif isinstance(values, (list, tuple, range)) or (isinstance(values, np.ndarray) and values.ndim == 1):
        pairs = [(scalar(name, value),) * 2 for value in values]
    else:
        raise TypeError(f"grid: expected a list of values (or label -> object) for {name}, got {values!r}")
    if not pairs:
        raise ValueError(f"grid: expected at least one value for {name}, got none")
    return pairs


def _check_signature(trial, arguments):
    try:
        signature = inspect.signature(getattr(trial, "py_func", trial))
    except (TypeError, ValueError):
        return
    try:
        signature.bind(None, **arguments)
    except TypeError as error:
        expected = ", ".join(["stream", *arguments])
        raise TypeError(f"trial: expected a function that can be called as trial({expected}): {error}") from None


def _parallel(backend, jobs):
    """joblib's settings for `backend`, checked."""
    from joblib.parallel import BACKENDS, EXTERNAL_BACKENDS

    if jobs is not None and (isinstance(jobs, bool) or not isinstance(jobs, int)):
        raise TypeError(f"jobs: expected an integer or None, got {jobs!r}")
    if jobs == 0:
        raise ValueError("jobs: expected an integer other than 0 (-1 for all cores) or None, got 0")
    backend = "threading" if backend is None else backend
    known = sorted({*BACKENDS, *EXTERNAL_BACKENDS} - {"multiprocessing"})  # it cannot hand over cells as they finish
    if backend not in known:
        raise ValueError(f"backend: expected one of {', '.join(known)} or None, got {backend!r}")
    if backend == "dask":
        try:
            from distributed import get_client
        except ImportError:
            raise ImportError("backend: 'dask' needs the extra cluster: pip install 'dqlab[cluster]'") from None
        try:
            get_client()
        except ValueError:
            raise ValueError(
                "backend: 'dask' needs an active client. Make one before the sweep: "
                "from dask.distributed import Client; client = Client()  # or Client('tcp://address-of-the-scheduler:8786')"
            ) from None
    return {"backend": backend, "n_jobs": -1 if jobs is None else jobs}


def _run(parallel, trial, seed, work, missing, progress):
    """Run the missing cells; yields (index, rows as JSON text, None) or (index, None, traceback) as they end."""
    from joblib import Parallel, delayed, parallel_config
    from tqdm.auto import tqdm

    tasks = (delayed(_run_cell)(i, trial, TrialStream(seed, work[i][2]), work[i][1], os.getpid()) for i in missing)
    bar = tqdm(
        total=len(work),
        initial=len(work) - len(missing),
        desc=qualified_name(trial),
        leave=False,
        disable=None if progress else True,
    )
    with bar, _algebra_on_one_thread(), parallel_config(**parallel):
        for i, text, error, sources in Parallel(return_as="generator_unordered", batch_size=1)(tasks):
            if sources != SOURCE_DIGEST:
                raise RuntimeError(
                    "backend: a worker runs another state of dqlab than this process; restart it with the same one"
                )
            bar.update()
            yield i, text, error


def _run_cell(i, trial, stream, arguments, parent):
    """One cell, in whichever process: its rows as JSON text, or the traceback."""
    if os.getpid() != parent:
        _one_thread()
    try:
        return i, rows_to_text(trial(stream, **arguments), arguments), None, SOURCE_DIGEST
    except Exception:
        return i, None, traceback.format_exc(), SOURCE_DIGEST


@functools.cache
def _one_thread():
    """Keep this worker process to one thread of linear algebra from now on."""
    _algebra_on_one_thread()


def _algebra_on_one_thread():
    """The limit, which reaches only libraries that are loaded: SciPy's, which compiled code calls, is loaded first.

    Two threads add up in another order than one, and a result must not tell how many there were.
    """
    import scipy.linalg.cython_blas  # noqa: F401
    from threadpoolctl import threadpool_limits

    return threadpool_limits(1, "blas")


def _report(failures, total):
    shown = "\n".join(f"{f.params}, trial {f.trial}:\n{f.traceback}" for f in failures[:3])
    more = f"... and {len(failures) - 3} more\n" if len(failures) > 3 else ""
    warnings.warn(
        f"{len(failures)} of {total} cells failed, all others are kept (see .failures):\n{shown}{more}",
        SweepWarning,
        stacklevel=3,
    )
