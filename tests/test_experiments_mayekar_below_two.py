"""The split against one quantizer for all coordinates: lengths, inputs, moments."""

import numpy as np
import pytest

from dqlab.experiments import mayekar
from dqlab.problems import conjugate
from dqlab.quantizers import nbits
from dqlab.theory import mayekar as theory


def test_lengths_are_those_of_messages_and_of_theory():
    frame = mayekar.below_two_bits([64, 1024, 2**40], [1.0, 1.5, 1.9]).set_index(["scheme", "dim", "p"]).bits
    for dim in (64, 1024, 2**40):
        for p in (1.0, 1.5, 1.9):
            q = conjugate(p)
            assert frame["CUQ alone", dim, p] == theory.cuq_alone_bits(dim, p)
            assert frame["split", dim, p] == theory.split_bits(dim, q)
            assert frame["sharp split", dim, p] == theory.split_bits(dim, q, sharp=True) <= frame["CUQ alone", dim, p]
            assert frame["RATQ alone", dim, p] <= dim * (theory.delta_1(dim, q) + 1) + theory.delta_2(dim)
    for dim, p, sharp in ((64, 1.0, False), (1024, 1.5, False), (1024, 1.5, True), (1000, 1.9, False), (64, 1.1, True)):
        name = "sharp split" if sharp else "split"
        total = nbits(mayekar.below_two_quantizer(name, dim, p))
        assert sum(mayekar.below_two_parts(dim, p, sharp).values()) == total


def test_where_the_split_is_the_shortest():
    frame = mayekar.below_two_bits([2**e for e in (6, 7, 10, 11)], [1.5]).pivot(
        index="dim", columns="scheme", values="rate"
    )
    simple = frame[["CUQ alone", "RATQ alone"]].min(axis=1)
    assert (frame["split"] < simple).tolist() == [False, False, False, True]
    assert (frame["sharp split"] < simple).tolist() == [False, True, True, True]


def test_inputs_are_on_the_sphere_and_the_two_levels_fill_the_list():
    for p in (1.0, 1.1, 1.5, 1.9):
        q = conjugate(p)
        inputs = mayekar.below_two_inputs(200, p, seed=3)
        assert len(inputs) == 5
        for y in inputs.values():
            assert np.linalg.norm(y, q) == pytest.approx(1, abs=1e-9)
        if p > 1:
            parameters = theory.split_parameters(200, q)
            assert (np.abs(inputs["two levels"]) > parameters.threshold).sum() == parameters.entries


def test_moments_stay_within_four_and_means_within_chance():
    """60 means of 150 draws, in units of what chance leaves: the largest coordinate-wise norms, all below 4."""
    frame = mayekar.below_two_moments(128, [1.1, 1.5, 1.9], draws=150, seed=1)
    assert len(frame) == 4 * 3 * 5
    assert (frame.moment <= 4).all() and (frame.moment + 3 * frame.half >= 1).all() and frame.moment.max() < 2
    assert (frame.bias < 4).all()
    again = mayekar.below_two_moments(128, [1.5], draws=150, seed=1, schemes=["split"])
    first = frame[(frame.scheme == "split") & (frame.p == 1.5)]
    assert np.array_equal(again.moment, first.moment)


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: mayekar.below_two_quantizer("split", 64, 2.0), "p: expected a number in"),
        (lambda: mayekar.below_two_quantizer("both", 64, 1.5), "scheme: expected one of"),
        (lambda: mayekar.below_two_moments(64, [1.5], draws=1), "draws"),
        (lambda: mayekar.below_two_inputs(1, 1.5), "dim"),
    ],
)
def test_bad_arguments_are_named(call, word):
    with pytest.raises(ValueError, match=word):
        call()
