"""Figure 5: accuracy and sparsity of a network over lambda and eta."""

import numpy as np

from ... import _checks
from ...quantizers import Threshold
from ...streams import stream
from .images import IMAGES, image_split
from .paths import sparsity_paths
from .protocol import TABLE2, steps_for

FACTORS = (0.1, 0.3, 1, 3, 10)  # times what Table 2 has
ADAGRAD = ("cmd_adagrad", "rda_adagrad")


def network_paths(
    data="digits", scale=0.1, factors=FACTORS, methods=ADAGRAD, trials=3, seed=0, *, rows=None, settings=None, **how
):
    """Double-quantized threshold methods with lambda, and then with eta, at multiples of what Table 2 has; the other one stays.

    Parameters
    ----------
    data, scale, rows, settings
        See ``image_table3``.
    factors : sequence of float
    methods : sequence of str
        "cmd_adagrad", "rda_adagrad".
    trials, seed : int
        All runs see one split and one start; a trial draws the batches.
    **how
        See :func:`dqlab.lab.sweep`.

    Returns
    -------
    pandas.DataFrame
        A row a run: ``method``, ``varied`` ("penalty" or "stepsize"), ``factor``, and the columns of ``sparsity_paths``.

    Examples
    --------
    >>> from dqlab.experiments import xu
    >>> frame = xu.network_paths(factors=[1, 3], methods=["rda_adagrad"], rows=100, trials=1, progress=False)
    >>> frame.varied.tolist(), bool(frame.objective[1] > frame.objective[0])
    (['penalty', 'penalty', 'stepsize', 'stepsize'], True)
    """
    import pandas as pd

    settings = TABLE2[IMAGES[_checks.choice(data, "data", tuple(IMAGES))].row] if settings is None else settings
    factors, found = [_checks.positive(factor, "factors") for factor in factors], []
    for method in methods:
        chosen = settings[_checks.choice(method, "methods", ADAGRAD).removesuffix("_adagrad")]
        images = image_split(data, stream(seed, "split"), chosen.workers, rows)
        setting = {
            "steps": steps_for(scale, images.problem, chosen.batch),
            "batch": chosen.batch,
            "accuracy": images.accuracy,
            "options": _options(images.problem, stream(seed, "start"), method),
        }
        for varied in ("penalty", "stepsize"):
            grid = {name: [getattr(chosen, name)] for name in ("penalty", "stepsize")}
            grid[varied] = [factor * getattr(chosen, varied) for factor in factors]
            result = sparsity_paths(
                images.problem, method, grid["penalty"], grid["stepsize"], trials=trials, seed=seed, **setting, **how
            )
            factor = result.frame[varied] / getattr(chosen, varied)
            found.append(result.frame.assign(method=method, varied=varied, factor=factor.round(6)))
    return pd.concat(found, ignore_index=True)


def _options(problem, rng, method):
    """Both ways through a threshold quantizer, a scale a tensor; dual averaging holds the weights around 0, as ``run_network`` does."""
    start, quantizer = problem.start(rng), Threshold(problem.dim, rule="gaussian", tensors=problem.tensors)
    options = dict(uplink=quantizer, downlink=quantizer, select="local", x0=start, penalise=problem.penalised)
    if method == "rda_adagrad":
        options["centre"] = np.where(problem.penalised, 0, start)
    return options
