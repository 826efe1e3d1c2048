"""What a sweep measured: labelled rows, their summary, and files for others to read."""

import io
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .store import write_atomically


class Failure(NamedTuple):
    """A cell that raised: its parameters, its trial number and the traceback as text."""

    params: dict
    trial: int
    traceback: str


@dataclass(frozen=True, eq=False)
class Sweep:
    """What a sweep returns.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row an outcome: parameters, ``trial``, outputs; ordered by the grid, then by the trial.
    meta : dict
        Seed, trials, parameters, the trial's name and the digest of its code, versions.
    failures : list of Failure
        The cells that raised, in the same order.
    """

    frame: Any
    meta: dict
    failures: list

    def summary(self, by=None, value=None, confidence=0.95):
        """Mean and confidence interval of one output, for each combination of the columns `by`.

        The interval is Student's t, mean -+ t s / sqrt(count), which is exact for normal outputs and holds
        asymptotically for others. Rows are taken as independent; NaN is not dropped but makes its mean NaN.

        Parameters
        ----------
        by : str or list of str, optional
            Columns that tell the groups apart; by default all parameters.
        value : str
            The output to average. May be left out where there is only one.
        confidence : float
            Between 0 and 1.

        Returns
        -------
        pandas.DataFrame
            The columns `by`, then ``count``, ``mean``, ``low``, ``high``. With one row a group, low and high are NaN.
        """
        import pandas as pd
        from scipy.special import stdtrit

        columns, params = list(self.frame.columns), self.meta["parameters"]
        by = list(params) if by is None else [by] if isinstance(by, str) else list(by)
        outputs = [c for c in columns if c not in (*params, "trial", *by)]
        if value is None:
            value = outputs[0] if len(outputs) == 1 else None
        for name, given in [*(("by", b) for b in by), ("value", value)]:
            if given not in columns:
                raise ValueError(f"{name}: expected one of the columns {columns}, got {given!r}")
        if not 0 < confidence < 1:
            raise ValueError(f"confidence: expected a number between 0 and 1, got {confidence!r}")
        if self.frame[value].dtype.kind not in "biuf":
            raise TypeError(f"value: expected a column of numbers, got {value!r} of dtype {self.frame[value].dtype}")
        groups = self.frame.groupby(by, sort=False, dropna=False) if by else [((), self.frame)]
        rows = []
        for key, group in groups:
            x = group[value].to_numpy(float)
            with np.errstate(invalid="ignore"):
                mean = x.mean()
                spread = x.std(ddof=1) / math.sqrt(x.size) if x.size > 1 else math.nan
            half = stdtrit(x.size - 1, 0.5 + confidence / 2) * spread if x.size > 1 else math.nan
            rows.append((*key, x.size, mean, mean - half, mean + half))
        return pd.DataFrame(rows, columns=[*by, "count", "mean", "low", "high"])

    def save(self, path):
        """Write the frame to `path`, and the metadata to ``<path>.meta.json``.

        Parameters
        ----------
        path : str or path-like
            ``.csv``: numbers with all their digits, arrays as JSON lists.
            ``.npz``: one array a column; arrays end to end, with ``<column>.offsets``. ``.json``: a list of rows, with
            "NaN", "Infinity" and "-Infinity" as strings.

        Returns
        -------
        pathlib.Path
        """
        path = Path(path)
        writers = {".csv": _to_csv, ".npz": _to_npz, ".json": _to_json}
        if path.suffix not in writers:
            raise ValueError(f"path: expected a name that ends in .csv, .npz or .json, got {str(path)!r}")
        failed = [{"params": f.params, "trial": f.trial, "traceback": f.traceback} for f in self.failures]
        meta = json.dumps(_strict({**self.meta, "failures": failed}), indent=1, allow_nan=False) + "\n"
        write_atomically(path, writers[path.suffix](self.frame))
        write_atomically(_meta(path), meta.encode())
        return path

    @classmethod
    def read(cls, path):
        """The sweep that ``save`` wrote as ``.csv``; of its failures the metadata tell.

        Parameters
        ----------
        path : str or path-like

        Returns
        -------
        Sweep

        Raises
        ------
        ValueError
            If the name does not end in .csv.
        FileNotFoundError
            If one of the two files is missing.
        """
        import pandas as pd

        path = Path(path)
        if path.suffix != ".csv":
            raise ValueError(f"path: expected a name that ends in .csv, got {str(path)!r}")
        return cls(
            pd.read_csv(path, float_precision="round_trip"), json.loads(_meta(path).read_text(encoding="utf8")), []
        )


def _meta(path):
    return path.with_name(path.name + ".meta.json")


def scalar(name, value):
    """A parameter or an output as the plain Python value that JSON keeps exactly."""
    value = value.item() if isinstance(value, np.generic) else value
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(f"{name}: expected a number, a bool, a string or None, got {value!r}")


def rows_to_text(outputs, arguments):
    rows = [outputs] if isinstance(outputs, Mapping) else outputs
    if not isinstance(rows, (list, tuple)) or not all(isinstance(row, Mapping) for row in rows):
        raise TypeError(f"trial: expected a dict or a list of dicts, got {outputs!r}")
    for name in dict.fromkeys(name for row in rows for name in row):
        if not isinstance(name, str) or name in arguments or name == "trial":
            raise ValueError(f"trial: expected outputs named by strings other than the parameters, got {name!r}")
    return json.dumps([{name: _output(name, value) for name, value in row.items()} for row in rows])


def _output(name, value):
    if isinstance(value, np.ndarray) and value.ndim == 1 and value.dtype.kind in "biuf" and value.itemsize <= 8:
        return {"dtype": value.dtype.name, "values": value.tolist()}
    if value is None:
        raise TypeError(f"{name}: expected a number, a bool, a string or a one-dimensional numeric array, got None")
    return scalar(name, value.item() if isinstance(value, np.ndarray) and value.ndim == 0 else value)


def frame_of(names, work, rows):
    import pandas as pd

    def value(v):
        return np.array(v["values"], v["dtype"]) if isinstance(v, dict) else v

    table = [
        {**params, "trial": k, **{name: value(v) for name, v in row.items()}}
        for (params, _, k), found in zip(work, rows, strict=True)
        for row in found or ()
    ]
    outputs = dict.fromkeys(name for row in table for name in row if name not in names and name != "trial")
    return pd.DataFrame(table, columns=[*names, "trial", *outputs])


def _strict(value):
    """`value` as JSON without NaN and infinities: those become strings."""
    if isinstance(value, dict):
        return {key: _strict(v) for key, v in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [_strict(v) for v in value]
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def _to_json(frame):
    rows = [dict(zip(frame.columns, row, strict=True)) for row in frame.itertuples(index=False, name=None)]
    return ("[\n" + ",\n".join(json.dumps(_strict(row), allow_nan=False) for row in rows) + "\n]\n").encode()


def _to_csv(frame):
    arrays = frame.map(lambda v: json.dumps(_strict(v)) if isinstance(v, np.ndarray) else v)
    return arrays.to_csv(index=False, na_rep="nan", lineterminator="\n").encode()


def _to_npz(frame):
    columns = {}
    for name, column in frame.items():
        values = column.tolist()
        if any(isinstance(v, np.ndarray) for v in values):
            parts = [v if isinstance(v, np.ndarray) else np.empty(0) for v in values]
            columns[name] = np.concatenate(parts)
            columns[f"{name}.offsets"] = np.cumsum([0, *(part.size for part in parts)])
        elif column.dtype.kind in "biuf":
            columns[name] = column.to_numpy()
        else:
            columns[name] = np.array(
                [v if isinstance(v, str) else "" if v is None or v != v else str(v) for v in values]
            )
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **columns)
    return buffer.getvalue()
