"""Figure 4: gradients of a convolutional and of a fully connected layer over the iterations, and how near they are to Gaussian ones."""

import functools

import numpy as np

from ... import _checks
from ...lab import sweep
from ...problems import sample_gradient
from ...quantizers import optimal_threshold
from .images import IMAGES, image_split, run_network
from .protocol import TABLE2

LAYERS = ("first convolution", "first full layer")
EDGES = np.linspace(-4, 4, 41)  # of bins, in standard deviations
SHARE = 0.75  # of the mean magnitude: the paper's threshold


def layer_gradients(problem, x, rng, batch, node=0):
    """A worker's stochastic gradient in the weights of the first convolution and of the first fully connected layer.

    Parameters
    ----------
    problem : ConvNet
    x : array, shape (dim,)
    rng : numpy.random.Generator
    batch : int
    node : int

    Returns
    -------
    dict
        Name of the layer -> array.

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments import xu
    >>> problem = xu.image_split("image_patches", dq.stream(0, "split"), workers=2, rows=40).problem
    >>> found = xu.layer_gradients(problem, problem.start(dq.stream(0, "start")), dq.stream(0, "batch"), batch=4)
    >>> {name: g.size for name, g in found.items()}
    {'first convolution': 1200, 'first full layer': 65536}
    """
    g = sample_gradient(problem, node, x, batch, rng)
    parts = dict(zip(problem.names, np.split(g, np.cumsum(problem.tensors)[:-1])))
    firsts = [
        next(name for name in parts if name.startswith(kind) and name.endswith("weights")) for kind in ("conv", "full")
    ]
    return dict(zip(LAYERS, (parts[name] for name in firsts)))


def gaussianity(v):
    """How near the entries of a vector are to a Gaussian sample, as threshold quantization sees it.

    Parameters
    ----------
    v : array, not all zero

    Returns
    -------
    dict
        ``kurtosis``, the fourth moment about 0 over the square of the second (3 for Gaussians); ``ratio``, the best threshold over
        the mean magnitude, midway between the neighbours that it separates (0.767 for Gaussians); ``exact`` and ``rule``, the
        relative squared errors with the best threshold and with 0.75 times the mean magnitude (0.190 both); ``ternary``, that of
        ternary quantization by the largest magnitude.

    Raises
    ------
    ValueError
        If all entries are zero.

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments import xu
    >>> found = xu.gaussianity(dq.stream(0, "v").standard_normal(100_000))
    >>> round(found["kurtosis"], 1), round(found["exact"], 2), round(found["rule"], 2)
    (3.0, 0.19, 0.19)
    """
    magnitudes = np.sort(np.abs(_checks.vector(v, "v").astype(np.float64)))[::-1]
    energy, mean = float(np.square(magnitudes).sum()), magnitudes.mean()
    if not energy > 0:
        raise ValueError("v: expected an entry that is not zero, got none")
    kept = int(optimal_threshold(magnitudes)[2])
    below = magnitudes[kept] if kept < magnitudes.size else 0.0
    return {
        "kurtosis": float(magnitudes.size * (magnitudes**4).sum() / energy**2),
        "ratio": float((magnitudes[kept - 1] + below) / 2 / mean),
        "exact": _error(magnitudes, kept) / energy,
        "rule": _error(magnitudes, int((magnitudes > SHARE * mean).sum())) / energy,
        "ternary": float(magnitudes[0] * magnitudes.sum() / energy - 1),
    }


def _error(magnitudes, kept):
    """What is lost where the `kept` largest become their mean and the others 0."""
    return float(np.square(magnitudes).sum() - magnitudes[:kept].sum() ** 2 / max(kept, 1))


def gradient_histograms(
    data="image_patches",
    iterations=(0, 1, 3, 10, 30),
    method="32-bits CMD adagrad",
    trials=1,
    seed=0,
    *,
    rows=None,
    settings=None,
    store=None,
    backend=None,
    jobs=None,
    progress=True,
):
    """Histograms of gradients after some iterations of a method, and what ``gaussianity`` says of them.

    Parameters
    ----------
    data, rows
        See ``image_split``.
    iterations : sequence of int
        Numbers of steps, 0 or more. Each is a run of its own, which draws the same batches.
    method : str
        Of ``METHODS``.
    settings : dict, optional
        See ``image_table3``.
    trials, seed, store, backend, jobs, progress
        See :func:`dqlab.lab.sweep`.

    Returns
    -------
    dqlab.lab.Sweep
        A row an iteration and trial; ``layer_rows`` splits it.

    Examples
    --------
    >>> from dqlab.experiments import xu
    >>> result = xu.gradient_histograms(iterations=[0], rows=100, progress=False)
    >>> rows = xu.layer_rows(result)
    >>> rows.layer.tolist(), bool((rows.ternary > rows.rule).all())
    (['first convolution', 'first full layer'], True)
    """
    row = IMAGES[_checks.choice(data, "data", tuple(IMAGES))].row
    iterations = [_checks.integer(t, "iterations", 0) for t in iterations]
    settings = TABLE2[row] if settings is None else settings
    trial = functools.partial(_trial, data=data, rows=rows, method=method, settings=settings)
    return sweep(trial, {"iteration": iterations}, trials, seed, store, backend, jobs, progress)


def _trial(stream, iteration, data, rows, method, settings):
    chosen = settings["cmd"]
    problem = image_split(data, stream("split"), chosen.workers, rows).problem
    x = start = problem.start(stream("start"))
    if iteration > 0:
        seed = int(stream("run").integers(1 << 62))
        x = run_network(method, problem, settings, seed, start=start, steps=iteration, record=[iteration]).final
    found = {}
    for name, v in layer_gradients(problem, x, stream("batch", iteration), chosen.batch).items():
        found |= {f"{name}: {what}": value for what, value in _summary(v).items()}
    return found


def _summary(v):
    """What is said of a layer's gradient: ``gaussianity``, the root of the mean square, and the density of v over it in bins."""
    deviation = float(np.sqrt(np.mean(v**2)))
    heights, _ = np.histogram(v / deviation, EDGES)
    density = heights / (v.size * np.diff(EDGES))
    return {**gaussianity(v), "deviation": deviation, **{f"bin {k}": float(h) for k, h in enumerate(density)}}


def layer_rows(result):
    """The table of ``gradient_histograms`` with a row an iteration, trial and layer.

    Parameters
    ----------
    result : Sweep

    Returns
    -------
    pandas.DataFrame
        ``iteration``, ``trial``, ``layer``, the entries of ``gaussianity``, ``deviation`` (the root of the mean square), and ``density``:
        an array, the density of v over this deviation in the bins between ``EDGES``.

    Examples
    --------
    >>> from dqlab.experiments import xu
    >>> rows = xu.layer_rows(xu.gradient_histograms(iterations=[0], rows=100, progress=False))
    >>> [float(density.sum() * 0.2).__round__(1) for density in rows.density]
    [1.0, 1.0]
    """
    import pandas as pd

    rows = []
    for record in result.frame.to_dict("records"):
        for layer in LAYERS:
            of = {name.removeprefix(f"{layer}: "): v for name, v in record.items() if name.startswith(f"{layer}: ")}
            density = np.array([of.pop(f"bin {k}") for k in range(EDGES.size - 1)])
            rows.append(
                {"iteration": record["iteration"], "trial": record["trial"], "layer": layer, **of, "density": density}
            )
    return pd.DataFrame(rows)
