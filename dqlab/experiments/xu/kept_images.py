"""Runs on networks take minutes, so their results lie beside this file; ``python -m`` with its name makes them anew."""

import sys
from pathlib import Path

from threadpoolctl import threadpool_limits

from ... import _checks
from ...lab import Sweep
from .eta_and_lambda import network_paths
from .histograms import gradient_histograms
from .images import image_table3

FOLDER = Path(__file__).parent
ITERATIONS = (0, 1, 3, 10, 30)


def _table(data, scale):
    return lambda: image_table3(data, scale, trials=5, seed=0)


def _paths():
    frame = network_paths("digits", 0.1, trials=1, seed=0)
    return Sweep(frame, {"trials": 1, "scale": 0.1, "seed": 0}, [])


RUNS = {
    "digits": _table("digits", 0.2),
    "image_patches": _table("image_patches", 0.2),
    "paths": _paths,
    "histograms": lambda: gradient_histograms("image_patches", ITERATIONS, trials=2, seed=0),
}


def kept_images(name):
    """What was measured on networks, once: Table 3, Figure 5 and Figure 4.

    "digits": ``image_table3("digits", 0.2, trials=5)``, two passes of LeNet over 4,000 digits by each of the eleven methods.
    "image_patches": ``image_table3("image_patches", 0.2, trials=5)``, two passes of the network of AlexNet's type over 1,600 patches.
    "paths": ``network_paths("digits", 0.1, trials=1)``, a pass with every factor. "histograms": ``gradient_histograms("image_patches", trials=2)``
    after 0, 1, 3, 10 and 30 steps. All with seed 0; ``python -m dqlab.experiments.xu.kept_images`` runs them again, or those that are named.

    Parameters
    ----------
    name : {"digits", "image_patches", "paths", "histograms"}

    Returns
    -------
    dqlab.lab.Sweep
        As of the function that made it.

    Raises
    ------
    ValueError
        For another name.

    Examples
    --------
    >>> from dqlab.experiments import xu
    >>> result = xu.kept_images("digits")
    >>> result.frame.method.nunique(), result.frame.trial.nunique(), int(result.frame.dim[0])
    (11, 5, 432222)
    """
    return Sweep.read(_path(_checks.choice(name, "name", tuple(RUNS))))


def _path(name):
    return FOLDER / f"networks-{name}.csv"


if __name__ == "__main__":
    with threadpool_limits(1, "blas"):
        for name in sys.argv[1:] or RUNS:
            RUNS[name]().save(_path(name))
