"""Gains without a bound: the laws, what is lost of them, and the oracle whose rare answer matters."""

import math

import numpy as np
import pytest

from dqlab.experiments import mayekar
from dqlab.problems import query, value
from dqlab.quantizers import AGUQ, UniformGain
from dqlab.streams import stream


def test_laws_have_their_means_and_tails():
    """By sums over quantiles, refined towards the tail: a substitution u = 1 - w**2."""
    w = (np.arange(400_000) + 0.5) / 400_000
    for law, gain in mayekar.GAIN_LAWS.items():
        g = mayekar.gain_quantiles(law, 1 - w**2)
        weight = 2 * w / w.size
        assert weight @ g == pytest.approx(gain.mean, rel=1e-3)
        if law != "Pareto 2.05":  # its second moment lies too far out for any sum
            assert weight @ g**2 == pytest.approx(1, rel=1e-3)
        for top in (0.1, 1.0, 5.0, 20.0, 30.0):
            assert weight @ np.where(g > top, g, 0) == pytest.approx(mayekar.gain_tail(law, top), abs=1e-3)
    assert (mayekar.GAIN_LAWS["Pareto 2.05"].power) == pytest.approx(math.sqrt(0.05 / 2.05))


def test_what_is_lost_is_the_tail():
    """AGUQ is unbiased up to its last range: within four half widths, 9 means, a family-wise error rate below 1e-10."""
    for T in (16, 10**3, 10**6):
        gain = AGUQ.for_queries(1.0, T)
        frame = mayekar.gain_moments(gain, draws=20_000, seed=T)
        assert (abs(frame.bias - frame.lost) <= 4 * frame.half + 2e-3).all()
        assert (frame.lost <= 1 / math.sqrt(T)).all()
        assert (frame.moment <= 1.021 + 4 * frame.moment_half).all()
    uniform = mayekar.gain_moments(UniformGain.for_queries(1.0, 1000), draws=20_000)
    assert (uniform.moment <= 1.25 + 4 * uniform.moment_half).all()


def test_lengths_grow_like_log_T_and_log_log_T():
    frame = mayekar.gain_lengths([10**e for e in (2, 4, 8, 16)])
    assert frame.values.tolist() == [[100, 4, 6, 3], [10**4, 7, 7, 4], [10**8, 14, 8, 5], [10**16, 27, 9, 6]]


@pytest.mark.parametrize("opposed", [True, False])
def test_the_rare_rows_keeps_its_promises(opposed):
    oracle = mayekar.rare_rows(8, rarity=51, opposed=opposed, seed=4)
    lengths = np.linalg.norm(oracle.A, axis=1)
    assert (
        not oracle.surely
        and (lengths**2).mean() == pytest.approx(1)
        and lengths.max() == pytest.approx(math.sqrt(51 / 2))
    )
    rng = stream(0, "points")
    mean = oracle.A.mean(axis=0)
    for _ in range(20):
        x = rng.standard_normal(8)
        x /= np.linalg.norm(x)
        assert value(oracle, x) == pytest.approx(oracle.b.mean() - mean @ x)  # linear on the ball
        assert value(oracle, x) >= oracle.minimum
    assert value(oracle, oracle.minimiser) == pytest.approx(oracle.minimum)
    assert (np.abs(oracle.A + query(oracle, np.zeros(8), rng)).max(axis=1) < 1e-12).any()  # a row, with its sign
    without = oracle.A[lengths < 4].mean(axis=0)
    assert (without @ mean < 0) == opposed


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: mayekar.gain_quantiles("Cauchy", [0.5]), "law: expected one of"),
        (lambda: mayekar.gain_tail("Cauchy", 1.0), "law"),
        (lambda: mayekar.gain_tail("half-normal", -1.0), "top"),
        (lambda: mayekar.rare_rows(16, rarity=100, opposed=True), "rarity: expected an odd number"),
        (lambda: mayekar.rare_rows(16, rarity=3, opposed=True), "rarity"),
    ],
)
def test_bad_arguments_are_named(call, word):
    with pytest.raises(ValueError, match=word):
        call()
