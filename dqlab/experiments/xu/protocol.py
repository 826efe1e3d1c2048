"""The set-up of the experiments of Xu et al.: Table 1 (data), Table 2 (hyper-parameters), and the eleven methods of Table 3."""

from typing import NamedTuple

from ... import _checks
from ...algorithms import cmd_adagrad, prox_gd, rda_adagrad
from ...quantizers import TernGrad, Threshold

SEEDS = 5
DELTA = 1e-3  # of H_t = delta + c_t; the paper gives none
READINGS = ("printed", "whole run")
EPOCHS = 10  # passes over the data at scale 1; the paper does not say how many


class Counts(NamedTuple):
    """A row of Table 1: rows of the training and the test data, and the dimension of an input."""

    train: int
    test: int
    inputs: int


class Settings(NamedTuple):
    """A row of Table 2: eta, lambda, rows of a batch at each worker, workers."""

    stepsize: float
    penalty: float
    batch: int
    workers: int


class Method(NamedTuple):
    """A row of Table 3: which update, which quantizer, and whether the server's messages are quantized, too."""

    family: str
    quantizer: str | None
    double: bool


TABLE1 = {
    "news20": Counts(15_994, 4_000, 1_355_191),
    "rcv1": Counts(20_242, 677_399, 47_236),
    "MNIST": Counts(60_000, 10_000, 28 * 28),
    "CIFAR-10": Counts(50_000, 10_000, 3 * 32 * 32),
}

# Rows of news20.binary, and of rcv1.binary (training and test), as LIBSVM publishes them
COLLECTION = {"news20": 19_996, "rcv1": 697_641}

TABLE2 = {
    "news20": {
        "prox": Settings(0.1, 1e-3, 20, 2),
        "cmd": Settings(0.02, 1e-5, 20, 2),
        "rda": Settings(0.02, 0.1, 20, 2),
    },
    "rcv1": {
        "prox": Settings(1.0, 1e-4, 20, 2),
        "cmd": Settings(1.0, 5e-6, 20, 2),
        "rda": Settings(0.1, 0.5, 20, 2),
    },
    "MNIST": {
        "prox": Settings(1e-3, 5e-3, 16, 4),
        "cmd": Settings(4e-3, 1e-4, 16, 4),
        "rda": Settings(0.01, 1e-3, 16, 4),
    },
    "CIFAR-10": {
        "prox": Settings(0.01, 1e-3, 64, 2),
        "cmd": Settings(0.01, 2e-4, 64, 2),
        "rda": Settings(0.01, 4e-4, 64, 2),
    },
}

METHODS = {  # a dagger: the server sends floats
    "32-bits Prox-gd": Method("prox", None, False),
    "32-bits CMD adagrad": Method("cmd", None, False),
    "Ternary CMD adagrad†": Method("cmd", "ternary", False),
    "Threshold CMD adagrad†": Method("cmd", "threshold", False),
    "Ternary CMD adagrad": Method("cmd", "ternary", True),
    "Threshold CMD adagrad": Method("cmd", "threshold", True),
    "32-bits RDA adagrad": Method("rda", None, False),
    "Ternary RDA adagrad†": Method("rda", "ternary", False),
    "Threshold RDA adagrad†": Method("rda", "threshold", False),
    "Ternary RDA adagrad": Method("rda", "ternary", True),
    "Threshold RDA adagrad": Method("rda", "threshold", True),
}

_ALGORITHMS = {"prox": prox_gd, "cmd": cmd_adagrad, "rda": rda_adagrad}


def steps_for(scale, problem, batch):
    """T of a run that lasts `scale` times ``EPOCHS`` passes over what a worker holds.

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments import xu
    >>> xu.steps_for(0.5, xu.text_split("docstrings", dq.stream(0, "split"), workers=2, rows=400).problem, batch=20)
    40
    """
    scale, batch = _checks.positive(scale, "scale"), _checks.integer(batch, "batch", 1)
    return max(1, round(scale * EPOCHS * problem.samples / batch))


def whole_run(settings, steps):
    """A data set's settings with QRDA's penalty spread over the steps: lambda / T in the place of lambda.

    Equation (17) compares the sum of t quantized gradients with t lambda. The penalties that Table 2 gives for QRDA on text are above anything that a
    gradient of logistic regression on rows of norm 1 can be, so that no coordinate would ever leave 0. Compared with lambda itself, as this reading
    does at the end of a run, the same numbers give sparsities near to those of Table 3.

    Parameters
    ----------
    settings : dict
        Family -> Settings, such as ``TABLE2["rcv1"]``.
    steps : int
        T.

    Returns
    -------
    dict

    Examples
    --------
    >>> from dqlab.experiments import xu
    >>> xu.whole_run(xu.TABLE2["rcv1"], 1000)["rda"].penalty
    0.0005
    """
    rda = settings["rda"]
    return {**settings, "rda": rda._replace(penalty=rda.penalty / _checks.integer(steps, "steps", 1))}


def run_method(
    name,
    problem,
    settings,
    seed,
    *,
    steps,
    reading="printed",
    select="shared",
    rule="exact",
    scaler="max",
    delta=DELTA,
    tensors=None,
    **further,
):
    """Run one of the eleven methods of Table 3 on a problem.

    Parameters
    ----------
    name : str
        Of ``METHODS``.
    problem : DecentralisedLogistic, or another class of problems with workers
        Its nodes are the workers.
    settings : dict
        Family ("prox", "cmd", "rda") -> Settings, such as ``TABLE2["rcv1"]``; the problem has as many workers as they say.
    seed : int
    steps : int
        T.
    reading : {"printed", "whole run"}
        Of QRDA's penalty: as (17) has it, or ``whole_run``.
    select : {"shared", "local", None}
        Which history the indicator (11) sees (Algorithm 1's, or Section 3.2's), or dense messages; the methods of 32 bits send dense ones.
    rule, scaler : str
        Of the threshold, "exact" or "gaussian", and of the ternary quantizer, "max" or "l2".
    delta : float
    tensors : sequence of int, optional
        Sizes of the parts of the model that have a scale each.
    **further
        For the algorithm: ``x0``, ``record``, ``penalise``, ``feedback``, ``centre`` of QRDA, ...

    Returns
    -------
    SparseRun

    Raises
    ------
    ValueError
        If the method is unknown, or the problem has another number of workers.

    Examples
    --------
    >>> import dqlab as dq
    >>> from dqlab.experiments import xu
    >>> text = xu.text_split("docstrings", dq.stream(0, "split"), workers=2, rows=400)
    >>> run = xu.run_method("Threshold CMD adagrad", text.problem, xu.TABLE2["rcv1"], seed=1, steps=20)
    >>> bool(run.loss[-1] < 0.6 < run.sparsity[-1])
    True
    """
    method = METHODS[_checks.choice(name, "name", tuple(METHODS))]
    _checks.choice(reading, "reading", READINGS)
    chosen = (whole_run(settings, steps) if reading == "whole run" else settings)[method.family]
    if problem.nodes != chosen.workers:
        raise ValueError(
            f"problem: expected {chosen.workers} workers, as the settings say, got {problem.nodes}; replace `workers` in them"
        )
    arguments = {
        "steps": steps,
        "batch": chosen.batch,
        "stepsize": chosen.stepsize,
        "penalty": chosen.penalty,
        "seed": seed,
    }
    arguments["select"] = select if method.quantizer else None
    if method.family != "prox":
        arguments["delta"] = delta
    if method.quantizer:
        quantizer = _quantizer(method.quantizer, problem.dim, rule, scaler, tensors)
        arguments["uplink"], arguments["downlink"] = quantizer, quantizer if method.double else None
    return _ALGORITHMS[method.family](problem, **arguments, **further)


def _quantizer(name, dim, rule, scaler, tensors):
    if name == "ternary":
        return TernGrad(dim, scaler=scaler, tensors=tensors)
    return Threshold(dim, rule=rule, tensors=tensors)
