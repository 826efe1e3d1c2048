"""Below p = 2: equations (6), (7), (8), Lemmas 5.1 and 5.2 and the upper bound of Theorem 3.1, part 2, of Mayekar and Tyagi.

Means are held against bounds by Bernstein's inequality, in the family of test_split_lq.py.
"""

import math

import numpy as np
import pytest

from dqlab import quantizers as dqq
from dqlab.quantizers.ratq import spans
from dqlab.theory import mayekar

from .test_split_lq import bernstein, on_sphere, outputs, shapes

ORDERS = (2.1, 3.0, 11.0, math.inf)
P = (1.01, 1.1, 1.25, 1.5, 1.75, 1.9, 1.99)  # q from 101 to 2.01
N = 400


def inputs(q):
    """Hard directions on the sphere, and as many coordinates as can be just past the threshold."""
    at_c = np.where(np.arange(q.dim) < q.entries, 1.0, 0.0)
    return {name: on_sphere(q, y) for name, y in shapes(q.dim).items()} | (
        {"threshold": on_sphere(q, at_c)} if q.entries else {}
    )


def moment(vectors, order):
    """The mean of |v|_order^2, and its allowance."""
    squared = np.linalg.norm(vectors, order, axis=1) ** 2
    return squared.mean(), bernstein(1.1 * squared.var(), squared.max(), len(squared))


def test_equation_6_few_coordinates_are_large():
    """Y = Y_1 + Y_2 with |Y_1|_inf <= c and fewer than d / Delta_1 coordinates in Y_2; one less than that can be."""
    most = {}
    for d in (16, 64, 500):
        for order in ORDERS:
            q = dqq.SplitLq(1.5, d, order)
            c, share = q.small.bound, d / mayekar.delta_1(d, order)
            assert c == pytest.approx(1.5 if order == math.inf else 1.5 * share ** (-1 / order))
            for y in inputs(q).values():
                large = np.abs(y) > c * (1 + 1e-12)
                assert large.sum() < share or order == math.inf and not large.any()
                most[d, order] = max(most.get((d, order), 0), large.sum())
                if q.entries:
                    assert dqq.encode(q, y)[d : 2 * d].tolist() == large.astype(int).tolist()
            assert most[d, order] == (0 if order == math.inf else math.ceil(share) - 1)


def test_equation_7_levels_of_the_small_coordinates():
    """M = c and log(k + 1) = ceil(log(2 sqrt(2) Delta_1**(1/q) + 2)): 3 bits for every power of two up to 2**16 and all p tried."""
    for d in (1, 7, 64, 500):
        for order in ORDERS:
            q = dqq.SplitLq(1.5, d, order)
            bits = math.ceil(math.log2(2 * math.sqrt(2) * mayekar.delta_1(d, order) ** (1 / order) + 2))
            assert q.small.levels == 2**bits - 1 and dqq.nbits(q.small) == d * bits
    assert {mayekar.split_parameters(1 << e, p / (p - 1)).levels for e in range(17) for p in P} == {7}


def test_equation_8_parameters_of_ratq():
    """m = 3 B'**2 / N, m_0 = 2 B'**2 ln(s) / N, log h = ceil(log(1 + ln*(N / 3))), s = log h, log(k + 1) = Delta_1, for N coordinates."""
    for d, order in [(64, 2.1), (500, 3.0), (1024, 3.0), (4096, 11.0)]:
        q = dqq.SplitLq(1.5, d, order)
        large, of_range = q.large, math.ceil(math.log2(1 + mayekar.iterated_log(q.large.size / 3)))
        bound = 1.5 * d ** (0.5 - 1 / order)
        assert large.size == 2 ** math.ceil(math.log2(q.entries)) and q.entries < d / mayekar.delta_1(d, order)
        assert large.bound == pytest.approx(bound) and large.levels == 2 ** mayekar.delta_1(d, order) - 1
        assert large.ranges == 2**of_range and large.block == max(1, of_range)
        tower = np.array([1.0, math.e, 15.1542622414793, 3814279.1047602])[: large.ranges]
        m, m_0 = 3 * bound**2 / large.size, 2 * bound**2 / large.size * math.log(large.block)
        ends = large.bound * spans(large.size, large.block)
        assert np.allclose(ends[: tower.size], np.minimum(np.sqrt(m * tower + m_0), bound))
        assert ends[-1] == pytest.approx(bound)  # nothing overflows


@pytest.mark.parametrize("order", ORDERS)
def test_lemma_5_1_the_small_coordinates(order):
    """d ceil(...) bits, no bias, E|Q_u(Y_1)|_q^2 <= 3 B^2; every error has |.|_q^2 <= B^2 / 2, surely."""
    d, bound = 128, 1.5
    q = dqq.SplitLq(bound, d, order)
    worst = mayekar.split_parameters(d, order).small_error(d, order)
    assert worst <= 0.5 and dqq.nbits(q.small) == d * 3
    for name, y in inputs(q).items():
        small = np.where(np.abs(y) <= q.small.bound, y, 0.0)
        sent = outputs(q.small, small, N, "lemma 5.1", name)
        off = sent - small
        step = 2 * q.small.bound / (q.small.levels - 1)
        assert (np.abs(off.mean(axis=0)) <= bernstein(step**2 / 4, step, N)).all()
        assert (np.linalg.norm(off, order, axis=1) ** 2 <= worst * bound**2 * (1 + 1e-9)).all()
        mean, allowance = moment(sent, order)
        assert mean + allowance <= 3 * bound**2


@pytest.mark.parametrize("order", [2.1, 3.0, 11.0])
def test_lemma_5_2_the_large_coordinates(order):
    """At most 2d + Delta_2 bits for powers of two, no bias, E|Q_R - Y_2'|_2^2 <= B^2 / 2 and E|Q_R(Y_2')|_q^2 <= 3 B^2."""
    d, bound = 128, 1.5
    q = dqq.SplitLq(bound, d, order)
    worst = mayekar.split_parameters(d, order).large_error()
    assert worst <= 0.5
    for name, y in inputs(q).items():
        large = np.zeros(q.entries)
        kept = y[np.abs(y) > q.small.bound]
        large[: kept.size] = kept
        sent = outputs(q.large, large, N, "lemma 5.2", name)
        off = sent - large
        mean, allowance = moment(off, 2)
        assert mean <= worst * bound**2 + allowance and mean <= 0.5 * bound**2 + allowance
        assert (np.abs(off.mean(axis=0)) <= bernstein(1.1 * off.var(axis=0), np.abs(off).max(), N)).all()
        assert moment(sent, order)[0] <= 3 * bound**2
    for e in range(17):
        for p in P:
            at = dqq.SplitLq.for_norm(1.0, 1 << e, p)
            assert at.entries == 0 or dqq.nbits(at.large) <= 2 * at.dim + mayekar.delta_2(at.dim)


def test_theorem_3_1_part_2_bits():
    """The table of lengths at d = 1024; never more than the theorem's for powers of two; 3d at p = 1, where nothing is large."""
    expected = {1: 3.0, 1.1: 6.0, 1.25: 5.75, 1.5: 5.5, 1.75: 5.25, 1.9: 6.0, 1.99: 6.0}
    for p, rate in expected.items():
        q = dqq.SplitLq.for_norm(1.0, 1024, p)
        assert dqq.nbits(q) / 1024 == rate and mayekar.split_bits_bound(1024, q.q) == 6146
        assert dqq.nbits(dqq.SplitLq.for_norm(1.0, 1024, p, sharp=True)) / 1024 <= min(rate, 5.16)
    deltas = [mayekar.delta_1(1024, p / (p - 1) if p > 1 else math.inf) for p in expected]
    assert deltas == [8, 7, 6, 5, 4, 3, 3]
    for e in range(21):
        for p in P:
            q = p / (p - 1)
            assert (
                mayekar.split_bits(1 << e, q, True)
                <= mayekar.split_bits(1 << e, q)
                <= mayekar.split_bits_bound(1 << e, q)
            )


@pytest.mark.parametrize("sharp", [False, True])
def test_theorem_3_1_part_2_alpha0(sharp):
    """alpha_0 <= 2 B <= sqrt(12) B: two errors of at most B^2 / 2 in different coordinates; measured E|Q|_q^2 is 1 to 1.27 B^2."""
    measured = []
    for p in (1.1, 1.5, 1.9):
        q = dqq.SplitLq.for_norm(1.0, 1024, p, sharp)
        alpha = mayekar.split_alpha0_sharp(1024, q.q, sharp=sharp)
        assert alpha <= 2 <= mayekar.split_alpha0() == math.sqrt(12)
        for name, y in inputs(q).items():
            sent = outputs(q, y, 150, "theorem 3.1", name)
            mean, allowance = moment(sent, q.q)
            measured.append(mean)
            assert mean <= alpha**2 + allowance
            small, large = (
                np.where(np.abs(y) > q.small.bound, 0.0, sent - y),
                np.where(np.abs(y) > q.small.bound, sent - y, 0.0),
            )
            assert moment(small, q.q)[0] <= 0.5 and moment(large, q.q)[0] <= 0.5
            assert not sent[:, y == 0].any()  # 0 is a level
    assert 0.99 <= min(measured) and max(measured) <= (1.45 if sharp else 1.27)
    assert dqq.second_moment_bound(q, 1.0, q.q, q.q) <= mayekar.split_alpha0_sharp(1024, q.q, sharp=sharp) ** 2
