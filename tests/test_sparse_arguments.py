"""What algorithms of workers and a parameter server take: learners' problems, float32, and what they refuse."""

from typing import NamedTuple

import numpy as np
import pytest

from dqlab import problems
from dqlab import quantizers as dqq

from .test_contract_sparse import ADAPTIVE, DIM, FREE, NAMES, STEPS, run


class Pull(NamedTuple):
    """f_m(x) = |x - m|**2 / 2, in plain Python, in any precision; past `wall` its gradient is no number."""

    nodes: int = 2
    dim: int = DIM
    samples: int = 1
    wall: float = np.inf
    any_precision: bool = True


@problems.value.register(Pull, compiled=False)
def _pull_value(problem, x):
    return float(((x[:, None] - np.arange(problem.nodes)) ** 2).sum() / 2 / problem.nodes)


@problems.sample_gradient.register(Pull, compiled=False)
def _pull_sample(problem, m, x, size, rng, out):
    out[:] = x - m if np.abs(x).max() <= problem.wall else np.nan


@pytest.mark.parametrize("name", NAMES)
def test_a_learners_problem_runs_in_plain_python_and_float32_stays(name):
    single = run(name, problem=Pull(), x0=np.zeros(DIM, np.float32), select="local", **FREE, feedback=True)
    double = run(name, problem=Pull(), select="local", **FREE, feedback=True)
    assert {a.dtype for a in (single.final, single.x, single.q, single.g)} == {np.dtype(np.float32)}
    assert double.final.dtype == np.float64 and np.allclose(single.x, double.x, atol=1e-5)
    assert single.loss[-1] < single.loss[0]


# Bad input


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"steps": 0}, "steps"),
        ({"batch": 0}, "batch: expected an integer >= 1, got 0"),
        ({"batch": 2.5}, "batch"),
        ({"stepsize": 0.0}, "stepsize: expected a finite number > 0, got 0.0"),
        ({"stepsize": -1}, "stepsize"),
        ({"penalty": -0.1}, "penalty: expected a finite number > 0, got -0.1"),
        ({"penalty": 0.0}, r"penalty: expected a number > 0; .* give penalise=np.zeros\(dim, bool\), got 0"),
        ({"penalty": np.nan}, "penalty"),
        ({"select": "both"}, "select: expected one of 'shared', 'local', None|select: expected one of None"),
        ({"feedback": 1}, "feedback: expected True or False, got 1"),
        ({"history": "x"}, "history"),
        ({"seed": -1}, "seed"),
        ({"record": [STEPS + 1]}, "record"),
        ({"link": 1e6}, "link: expected a dqlab.clock.Link"),
        ({"x0": np.zeros(3)}, r"x0: expected shape \(9,\)"),
        ({"x0": np.full(DIM, np.inf)}, "x0: expected finite"),
        ({"penalise": np.ones(3, bool)}, r"penalise: expected an array of bool, shape \(9,\)"),
        ({"penalise": np.ones(DIM)}, "penalise: expected an array of bool"),
        ({"uplink": dqq.Threshold}, "uplink: expected a quantizer of dimension 9"),
        ({"downlink": dqq.TernGrad(4)}, "downlink: expected dimension 9, that of the problem, got 4"),
        ({"uplink": dqq.UniformScalar(4, DIM)}, "uplink: UniformScalar does not say .* selected .*TernGrad, Threshold"),
        ({"problem": 3}, "problem: expected a problem that workers hold.*int has no nodes"),
    ],
)
def test_bad_arguments_are_named(name, options, word):
    with pytest.raises((ValueError, TypeError), match=word):
        run(name, **options)


@pytest.mark.parametrize("name", ADAPTIVE)
def test_delta_0_is_refused_with_the_remedy(name):
    with pytest.raises(ValueError, match=r"delta: H_t would be singular at coordinates never seen; give delta > 0"):
        run(name, delta=0.0)
    for bad in (-1, np.nan, "small"):
        with pytest.raises((ValueError, TypeError), match="delta: expected a (finite )?number"):
            run(name, delta=bad)
    with pytest.raises(ValueError, match=r"centre: expected shape \(9,\)"):
        run("rda_adagrad", centre=np.zeros(2))


@pytest.mark.parametrize("name", NAMES)
def test_gradients_that_are_no_numbers_are_refused(name):
    """Even where a mask would leave them out."""
    with pytest.raises(ValueError, match=r"the gradient of worker 0 in step 2 .*NaN or infinite.*smaller stepsize"):
        run(name, problem=Pull(wall=0.0), **FREE)


def test_labels_are_checked_by_the_problem():
    with pytest.raises(ValueError, match="y: expected labels -1 and [+]1"):
        problems.DecentralisedLogistic.from_data(np.eye(4), [0, 1, 0, 1], nodes=2, strength=0)
