"""Error against queries and bits: paired, reproducible, within the bounds, the right quantizers for every oracle."""

import math

import numpy as np
import pytest

from dqlab import quantizers as dqq
from dqlab.experiments import mayekar
from dqlab.problems import Gain, HeavyTailed
from dqlab.theory import mayekar as theory


@pytest.mark.parametrize("p", mayekar.ORDERS)
def test_usual_quantizers_hold_every_answer(p):
    o = mayekar.instance(p, 16)
    quantizers = mayekar.usual_quantizers(o)
    assert list(quantizers) == ["exact", mayekar.own_quantizer(1.0, 16, p)[0], "RATQ", "CUQ", "QSGD", "sign"]
    q = 1.0 if p == math.inf else math.inf if p == 1 else p / (p - 1)
    for quantizer in quantizers.values():
        assert quantizer.dim == 16 and dqq.second_moment_bound(quantizer, o.bound, q, 2) >= 0
        for y in (np.eye(16)[0], np.ones(16)):
            assert dqq.inside(quantizer, (1 - 1e-12) * y / np.linalg.norm(y, q))


def test_errors_at_infinity_are_paired_and_below_their_bounds():
    """The surprise: log2(2d + 1) bits a query, 7 times d fewer than float64, within the same bound."""
    o = mayekar.instance(math.inf, 16)
    quantizers = {"exact": None, "SimQ": dqq.SimQ(o.bound, 16), "once more": dqq.Identity(16)}
    result = mayekar.errors(o, quantizers, steps=[20, 200], trials=6, seed=3, progress=False)
    frame = result.frame
    assert list(frame.columns) == ["name", "steps", "trial", "bits", "gap", "bound", "alpha", "outside"]
    assert (frame.gap <= frame.bound).all() and (frame.gap >= -1e-12).all() and not frame.outside.any()
    by_name = {name: group.gap.to_numpy() for name, group in frame.groupby("name")}
    assert np.array_equal(by_name["exact"], by_name["once more"])  # the same draws of the oracle
    table = mayekar.error_table(result).set_index(["name", "steps"])
    assert table.bits["SimQ", 200] == 200 * 6 and table.bits["exact", 200] == 200 * 16 * 64
    assert table.bound["SimQ", 200] == table.bound["exact", 200] == theory.psgd_error(8.0, 1.0, 200)
    assert (table.low <= table.gap).all() and (table.gap <= table.high).all()
    assert table.gap["exact", 200] < table.gap["exact", 20]
    again = mayekar.errors(
        o, {"SimQ": dqq.SimQ(o.bound, 16)}, steps=[200], trials=6, seed=3, backend="sequential", progress=False
    )
    assert np.array_equal(again.frame.gap, frame[(frame.name == "SimQ") & (frame.steps == 200)].gap)


def test_what_theory_does_not_cover_has_no_bound():
    o = mayekar.instance(2, 12)
    quantizers = {"biased": dqq.CoordinateUniform(1.0, 7, 12), "unknown": dqq.UniformScalar(2**12, 12)}
    frame = mayekar.errors(o, quantizers, steps=[10], trials=2, biased=["biased"], scale=2, progress=False).frame
    assert frame.bound.isna().all() and (frame.steps == 20).all()
    assert frame[frame.name == "unknown"].alpha.isna().all() and frame[frame.name == "biased"].alpha.notna().all()


@pytest.mark.parametrize("bits", [1, 5, 11, 40, 64, 300])
def test_quantizers_that_keep_within_r_bits(bits):
    o = mayekar.instance(2, 64)
    chosen = mayekar.quantizers_at(o, bits)
    assert all(dqq.nbits(q) <= bits for q in chosen.values())
    assert ("RATQ" in chosen) == (bits >= 5) and ("SimQ+" in chosen) == (bits >= 8)
    if "SimQ+" in chosen and chosen["SimQ+"].repeats < 64:
        assert dqq.nbits(chosen["SimQ+"]._replace(repeats=chosen["SimQ+"].repeats + 1)) > bits


@pytest.mark.parametrize("p", [1.0, 1.5, 2.0, 4.0, math.inf])
def test_gains_are_measured_in_the_oracles_own_norm(p):
    o = HeavyTailed(mayekar.instance(p, 8, samples=5, bound=1.5), Gain.half_normal())
    for name, make in mayekar.gain_quantizers(o).items():
        quantizer = make(100)
        if name == "exact":
            assert quantizer == dqq.Identity(8)
            continue
        assert quantizer.order == pytest.approx(1.0 if p == math.inf else math.inf if p == 1 else p / (p - 1))
        assert quantizer.gain.bound == 1.5
        assert dqq.dynamic_range(quantizer.gain) >= 14.9 if name != "gain up to B" else quantizer.gain.top == 1.5


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"quantizers": {}}, "quantizers"),
        ({"quantizers": [dqq.Identity(4)]}, "quantizers"),
        ({"quantizers": {3: None}}, "quantizers"),
        ({"steps": [0]}, "steps"),
        ({"scale": 0}, "scale"),
        ({"trials": 0}, "trials"),
    ],
)
def test_bad_arguments_are_named(options, word):
    o = mayekar.instance(2, 4)
    with pytest.raises((ValueError, TypeError), match=word):
        mayekar.errors(o, **({"quantizers": {"exact": None}, "steps": [10], "trials": 1, "progress": False} | options))
