"""Figure 5 at the paper's whole protocol takes minutes, so its results lie beside this file; ``python -m`` with its name makes them anew."""

from pathlib import Path

from ... import _checks
from ...lab import Sweep
from .training import figure5

KEPT = ("left", "right")
FOLDER = Path(__file__).parent


def full_run(panel):
    """What `figure5` measured at ``scale=1`` with five seeds: 50 nodes, T = 100, 300, ..., 1100, and 800 steps of DSGD.

    On the images that every machine has, with seed 0. ``python -m dqlab.experiments.reisizadeh.kept_runs`` runs it again.

    Parameters
    ----------
    panel : {"left", "right"}

    Returns
    -------
    dqlab.lab.Sweep
        As of `figure5`; its ``meta`` tells the versions that it was made with.

    Raises
    ------
    ValueError
        For another panel.

    Examples
    --------
    >>> from dqlab.experiments import reisizadeh
    >>> result = reisizadeh.full_run("left")
    >>> int(result.frame.horizon.max()), result.meta["trials"], reisizadeh.time_to(result, 0.6).shape
    (1100, 5, (5, 4))
    """
    return Sweep.read(_path(_checks.choice(panel, "panel", KEPT)))


def _path(panel):
    return FOLDER / f"figure5-{panel}.csv"


if __name__ == "__main__":
    for panel in KEPT:
        figure5(panel, scale=1, trials=5, seed=0).save(_path(panel))
