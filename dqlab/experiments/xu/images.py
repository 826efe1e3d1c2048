"""Table 3 on images: LeNet on digits, a network of AlexNet's type on two classes of colour images, and what is measured of them."""

import functools
from typing import Any, NamedTuple

import numpy as np

from ... import _checks, data
from ...lab import sweep
from ...problems import ConvNet
from .protocol import DELTA, METHODS, READINGS, SEEDS, TABLE2, run_method, steps_for
from .text_data import HELD_OUT
from .text_tables import measures


class ImageSet(NamedTuple):
    """Whose settings a data set gets, which network, a set of its own for testing, and how many rows are used."""

    row: str
    network: str
    test: str | None
    rows: int | None


IMAGES = {  # name for `data.load`
    "digits": ImageSet("MNIST", "lenet", None, None),
    "mnist": ImageSet("MNIST", "lenet", "mnist_test", None),
    "image_patches": ImageSet("CIFAR-10", "alexnet", None, 2000),
    "cifar10_pair": ImageSet("CIFAR-10", "alexnet", None, None),
}


class ImageSplit(NamedTuple):
    """A network on the training images, and the images that are held out.

    Attributes
    ----------
    problem : ConvNet
    X, y : arrays
        The held-out images, one a row, and their labels.
    """

    problem: Any
    X: np.ndarray
    y: np.ndarray

    def accuracy(self, x):
        """The share of the held-out images to which the network with parameters x gives the right class.

        Examples
        --------
        >>> import dqlab as dq
        >>> from dqlab.experiments import xu
        >>> images = xu.image_split("digits", dq.stream(0, "split"), workers=4, rows=100)
        >>> 0 <= images.accuracy(images.problem.start(dq.stream(0, "start"))) <= 0.5
        True
        """
        return self.problem.accuracy(x, self.X, self.y)


def image_split(name, rng, workers, rows=None):
    """Load images, hold a fifth of them out (or take their own test set), and deal the others to the workers.

    Patches of one photograph overlap, so that what is held out of "image_patches" is not new to a network: accuracies there say
    how well a method trains, not how well its model generalises.

    Parameters
    ----------
    name : str
        Of ``IMAGES``: "digits" and "image_patches" are on every machine, "mnist" and "cifar10_pair" where ``dqlab.data.load`` finds them.
    rng : numpy.random.Generator
        Draws which images are held out, and who gets which.
    workers : int
    rows : int, optional
        Use only so many of the images, drawn too; of "image_patches" 2,000 unless given, of the others all.

    Returns
    -------
    ImageSplit

    Raises
    ------
    ValueError
        If the name is unknown, or there are less than two images a worker.

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments import xu
    >>> images = xu.image_split("image_patches", dq.stream(0, "split"), workers=2, rows=100)
    >>> images.problem.samples, images.X.shape
    (40, (20, 3072))
    """
    chosen = IMAGES[_checks.choice(name, "name", tuple(IMAGES))]
    loaded, rng = data.load(name), _checks.generator(rng, "rng")
    order = rng.permutation(len(loaded.y))[: chosen.rows if rows is None else _checks.integer(rows, "rows", 1)]
    if order.size < 2 * _checks.integer(workers, "workers", 1):
        raise ValueError(f"rows: expected at least {2 * workers}, two a worker, got {order.size}")
    network = getattr(ConvNet, chosen.network)
    if chosen.test:
        held_out = data.load(chosen.test)
        return ImageSplit(network(loaded.X[order], loaded.y[order], workers), held_out.X, held_out.y)
    out, train = np.split(order, [max(1, round(HELD_OUT * order.size))])
    outputs = np.unique(loaded.y).size
    problem = network(loaded.X[train], loaded.y[train], workers, outputs=outputs)
    return ImageSplit(problem, loaded.X[out], loaded.y[out])


def run_network(name, problem, settings, seed, *, start, centre="zero", rule="gaussian", select="local", **further):
    """Run one of the eleven methods of Table 3 on a network: a scale and a threshold for each tensor, and no penalty but on weights.

    Equation (17) forgets where x started: it holds the iterates around 0. Weights can begin anew there, since the first gradient is taken at a
    random start, and normalisation makes their size matter little; factors and offsets of the normalisation cannot, so they
    are held around where they started.

    Parameters
    ----------
    name : str
        Of ``METHODS``.
    problem : ConvNet
    settings : dict
        Such as ``TABLE2["MNIST"]``.
    seed : int
    start : array, shape (dim,)
        x_1.
    centre : {"zero", "start"}
        The point around which dual averaging holds the weights.
    rule, select
        See ``run_method``; with "shared" a coordinate that is not sent in the first steps hardly ever is.
    **further
        For ``run_method``: ``steps``, ``record``, ``reading``, ``delta``, ...

    Returns
    -------
    SparseRun

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments import xu
    >>> images = xu.image_split("digits", dq.stream(0, "split"), workers=4, rows=200)
    >>> start = images.problem.start(dq.stream(0, "start"))
    >>> run = xu.run_network("Threshold RDA adagrad", images.problem, xu.TABLE2["MNIST"], 0, start=start, steps=3)
    >>> bool(0 < run.sparsity[-1] < 1), run.final.dtype.name
    (True, 'float32')
    """
    _checks.choice(centre, "centre", ("zero", "start"))
    if METHODS[_checks.choice(name, "name", tuple(METHODS))].family == "rda":
        further["centre"] = np.where(problem.penalised, 0, start) if centre == "zero" else start
    parts = dict(tensors=problem.tensors, penalise=problem.penalised)
    return run_method(name, problem, settings, seed, x0=start, rule=rule, select=select, **parts, **further)


def image_table3(
    data="digits",
    scale=0.1,
    trials=SEEDS,
    seed=0,
    *,
    methods=tuple(METHODS),
    settings=None,
    reading="printed",
    rows=None,
    select="local",
    rule="gaussian",
    scaler="max",
    delta=DELTA,
    centre="zero",
    store=None,
    backend=None,
    jobs=None,
    progress=True,
):
    """Run the methods of Table 3 on images; a trial draws the split and the start, and all methods of a trial see the same ones.

    Parameters
    ----------
    data : str
        Of ``IMAGES``.
    scale : float
        Runs last `scale` times ten passes over the training images.
    trials : int
        How many seeds.
    methods : sequence of str
        Of ``METHODS``.
    settings : dict, optional
        Such as ``TABLE2["MNIST"]``, which digits get unless others are given; colour images get those of CIFAR-10.
    rows : int, optional
        See ``image_split``.
    reading, select, rule, scaler, delta, centre
        See ``run_method`` and ``run_network``.
    seed, store, backend, jobs, progress
        See :func:`dqlab.lab.sweep`.

    Returns
    -------
    dqlab.lab.Sweep
        The columns of ``table3``.

    Raises
    ------
    TypeError, ValueError
        For arguments of the wrong kind or range.

    Examples
    --------
    >>> from dqlab.experiments import xu
    >>> result = xu.image_table3("digits", 0.1, trials=1, rows=200, methods=["Threshold RDA adagrad"], progress=False)
    >>> bool(result.frame.accuracy[0] > 5), int(result.frame.dim[0])
    (True, 432222)
    """
    row = IMAGES[_checks.choice(data, "data", tuple(IMAGES))].row
    methods = [_checks.choice(method, "methods", tuple(METHODS)) for method in methods]
    trial = functools.partial(
        _trial,
        data=data,
        scale=_checks.positive(scale, "scale"),
        settings=TABLE2[row] if settings is None else settings,
        rows=rows,
        reading=_checks.choice(reading, "reading", READINGS),
        select=select,
        rule=rule,
        scaler=scaler,
        delta=_checks.positive(delta, "delta"),
        centre=centre,
    )
    return sweep(trial, {"method": methods}, trials, seed, store, backend, jobs, progress)


def _trial(stream, method, data, scale, settings, rows, **choices):
    chosen = settings[METHODS[method].family]
    images = image_split(data, stream("split"), chosen.workers, rows)
    steps = steps_for(scale, images.problem, chosen.batch)
    seed, start = int(stream("run").integers(1 << 62)), images.problem.start(stream("start"))
    run = run_network(method, images.problem, settings, seed, start=start, steps=steps, record=[steps], **choices)
    return measures(run, images.accuracy(run.final), images.problem, steps)
