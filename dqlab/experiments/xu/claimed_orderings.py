"""What Section 5.2 of Xu et al. says of Table 3, as differences between methods with intervals over paired trials."""

import math

import numpy as np

from .protocol import METHODS

LITTLE = 1.0  # percentage points that a second quantization may cost in accuracy; our choice, the paper has at most 0.4 with a threshold on text
_THRESHOLD = tuple(name for name in METHODS if name.startswith("Threshold"))
_CMD = tuple(name for name, method in METHODS.items() if method.family == "cmd")


def orderings(result, confidence=0.95):
    """Test every ordering that the paper claims on the trials of a table.

    A method is compared with another on the same trials; the interval is Student's t on their differences (of logarithms, for errors). At 95 % about one
    interval in twenty misses the truth.

    Parameters
    ----------
    result : Sweep
        With columns ``method``, ``trial``, ``accuracy``, ``sparsity``, ``error`` (see ``table3``), two trials or more. Pairs of which a method was not run are left out.
    confidence : float

    Returns
    -------
    pandas.DataFrame
        ``claim``; ``method`` and ``against``; ``value``, what is compared; ``difference`` (percentage points, or for errors the natural logarithm of their ratio), ``low``, ``high``;
        ``verdict``: "holds" or "fails" where the interval decides, else "open".

    Raises
    ------
    ValueError
        If there are less than two trials.

    Examples
    --------
    >>> from dqlab.experiments import xu
    >>> table = xu.orderings(xu.full_table3("docstrings"))
    >>> table.verdict[table.value == "error"].tolist()
    ['holds', 'holds', 'holds', 'holds']
    """
    import pandas as pd

    frame = result.frame
    if frame["trial"].nunique() < 2:
        raise ValueError("result: expected two trials or more, for intervals")
    wide = {
        value: frame.pivot(index="trial", columns="method", values=value) for value in ("accuracy", "sparsity", "error")
    }
    rows = []
    for claim, method, against, value, low_enough in _claims():
        if method in wide[value] and against in wide[value]:
            columns = wide[value][[method, against]].to_numpy(float)
            difference = np.log(columns[:, 1] / columns[:, 0]) if value == "error" else columns[:, 0] - columns[:, 1]
            rows.append((claim, method, against, value, *_interval(difference, confidence), low_enough))
    table = pd.DataFrame(rows, columns=["claim", "method", "against", "value", "difference", "low", "high", "least"])
    table["verdict"] = np.where(
        table["low"] > table["least"], "holds", np.where(table["high"] < table["least"], "fails", "open")
    )
    return table.drop(columns="least")


def _claims():
    """Claim, the method that is to be ahead, the other, by what, and by how much at least."""
    for name in _THRESHOLD:
        for value in ("error", "sparsity", "accuracy"):
            yield "threshold beats ternary", name, name.replace("Threshold", "Ternary"), value, 0.0
    for name in _CMD:
        yield "RDA is sparser than CMD", name.replace("CMD", "RDA"), name, "sparsity", 0.0
    for value in ("accuracy", "sparsity"):
        yield "CMD beats prox-gd", "32-bits CMD adagrad", "32-bits Prox-gd", value, 0.0
    for name in _THRESHOLD:
        if METHODS[name].double:
            yield "double quantization costs little", name, f"{name}†", "accuracy", -LITTLE


def _interval(differences, confidence):
    """Mean, low and high of Student's interval."""
    from scipy.special import stdtrit

    count, mean = differences.size, float(differences.mean())
    half = float(stdtrit(count - 1, 0.5 + confidence / 2) * differences.std(ddof=1) / math.sqrt(count))
    return mean, mean - half, mean + half
