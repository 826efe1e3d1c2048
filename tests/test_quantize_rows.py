"""Many messages at once are the messages one by one, bit for bit."""

from typing import NamedTuple

import numpy as np
import pytest

from dqlab import quantizers as dqq
from dqlab.streams import key, stream

from .examples import QUANTIZERS, inputs, quantizer

OWN = [cls for cls in dqq.quantize_rows.classes if cls is not object]
CASES = [(cls, which) for cls in OWN for which in range(len(QUANTIZERS[cls]))] + [(dqq.UniformScalar, 2)]


def one_by_one(q, U, scale, seed):
    rng, common = stream(seed, "encoder"), stream(seed, "shared")
    with np.errstate(over="ignore"):
        return np.array([dqq.quantize(q, u, scale, rng, key(common), outside="clip") for u in U])


def rows(q, U, scale, seed):
    out = np.empty(U.shape)
    return dqq.quantize_rows(q, U, scale, stream(seed, "encoder"), stream(seed, "shared"), out), out


@pytest.mark.parametrize(("cls", "which"), CASES, ids=lambda value: getattr(value, "__name__", value))
def test_rows_are_messages_one_by_one(cls, which):
    q = quantizer(cls, which)
    for scale in (1.0, 0.013, 250.0):
        U = np.array(list(inputs(q, 9, scale * min(dqq.dynamic_range(q), 1.0), seed=1)))
        lost, out = rows(q, U, scale, seed=2)
        assert np.array_equal(out, one_by_one(q, U, scale, seed=2))
        assert lost == sum(dqq.overflows(q, u, scale * (1 + 1e-12)) for u in U)


def test_long_rows_and_rows_past_the_domain_are_no_exception():
    for q in (dqq.LowPrecision(3, 700), dqq.LowPrecision(40, 513), dqq.CoordinateUniform(1.0, 5, 4099)):
        U = stream(0, "rows").standard_normal((5, q.dim))
        U[1], U[2], U[3] = 0.0, 1e-200 * U[2], 1e130 * U[3]
        lost, out = rows(q, U, 1.0, seed=0)
        assert np.array_equal(out, one_by_one(q, U, 1.0, seed=0)) and lost == sum(not dqq.inside(q, u) for u in U) > 0


class Echo(NamedTuple):
    """A learner's quantizer, whose outputs are the keys that both ends know."""

    dim: int


@dqq.encode.register(Echo, compiled=False)
def _echo(quantizer, u, scale, rng, shared):
    return np.zeros(u.size, np.int64)


@dqq.decode.register(Echo, compiled=False)
def _echoed(quantizer, codes, scale, shared):
    return np.full(codes.size, float(shared))


def test_every_row_has_a_key_that_both_ends_know():
    _, out = rows(Echo(2), np.zeros((3, 2)), 1.0, seed=5)
    common = stream(5, "shared")
    assert out[:, 0].tolist() == [float(key(common)) for _ in range(3)] and len(set(out[:, 0])) == 3


def test_rows_have_independent_draws():
    q = dqq.LowPrecision(1, 400)
    _, out = rows(q, np.ones((3, 400)), 1.0, seed=0)
    assert len({row.tobytes() for row in out}) == 3


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"U": np.ones((2, 4))}, r"U: expected rows of dimension 3, .* got shape \(2, 4\)"),
        ({"U": [[np.nan, 0.0, 0.0]]}, "U: expected finite"),
        ({"out": np.empty((3, 3))}, r"out: expected a float64 array of shape \(2, 3\), got \(3, 3\)"),
        ({"out": None}, "out"),
        ({"rng": 0}, "rng"),
        ({"common": 0}, "common"),
        ({"scale": -1.0}, "scale"),
        ({"quantizer": 3}, "no kernel|quantizer"),
    ],
)
def test_bad_input_is_named(change, word):
    arguments = {
        "quantizer": dqq.Identity(3), "U": np.ones((2, 3)), "scale": 1.0, "rng": stream(0, "encoder"),
        "common": stream(0, "shared"), "out": np.empty((2, 3)),
    } | change  # fmt: skip
    with pytest.raises((TypeError, ValueError), match=word):
        dqq.quantize_rows(*arguments.values())
