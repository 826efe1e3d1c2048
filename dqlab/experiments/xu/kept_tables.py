"""Table 3 at full length takes minutes, so its results lie beside this file; ``python -m`` with its name makes them anew."""

from pathlib import Path

from ... import _checks
from ...lab import Sweep
from .text_data import paper_texts
from .text_tables import table3

KEPT = {
    "docstrings": 1,
    "news20": 1,
    "rcv1_small": 8,
}  # -> scale; the thousand rows of rcv1 need more passes for as many steps
FOLDER = Path(__file__).parent


def full_table3(data):
    """What ``table3`` measured at full length with five seeds: ten passes over the data by each of the eleven methods.

    ``python -m dqlab.experiments.xu.kept_tables`` runs it again, on the data that are found.

    Parameters
    ----------
    data : {"docstrings", "news20", "rcv1_small"}
        "news20" is the multiclass file with its classes in two groups, "rcv1_small" a thousand rows of rcv1, with eighty passes.

    Returns
    -------
    dqlab.lab.Sweep
        As of ``table3``; its ``meta`` tells the versions that it was made with.

    Raises
    ------
    ValueError
        For other data.

    Examples
    --------
    >>> from dqlab.experiments import xu
    >>> result = xu.full_table3("docstrings")
    >>> result.frame.method.nunique(), result.meta["trials"]
    (11, 5)
    """
    return Sweep.read(_path(_checks.choice(data, "data", tuple(KEPT))))


def _path(data):
    return FOLDER / f"table3-{data}.csv"


if __name__ == "__main__":
    for data in ("docstrings", *(name for name in paper_texts() if name in KEPT)):
        table3(data, scale=KEPT[data], trials=5, seed=0).save(_path(data))
