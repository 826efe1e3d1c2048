"""RATQ of a sample of the coordinates: every subset alike, unbiased over both kinds of randomness, at exactly the bits it says."""

import itertools
import math

import numpy as np
import pytest

from dqlab import quantizers as dqq
from dqlab.quantizers.subsampled_ratq import sample
from dqlab.streams import stream

from .unbiased import D, N, bernstein, draws, shapes


@pytest.mark.parametrize(("size", "count"), [(4, 1), (6, 3), (8, 6), (5, 5)])
def test_every_subset_is_as_likely_as_any(size, count):
    drawn = [tuple(sample(size, count, key)) for key in range(N)]
    subsets = list(itertools.combinations(range(size), count))
    assert set(drawn) == set(subsets)
    chance = 1 / len(subsets)
    for subset in subsets:
        assert abs(drawn.count(subset) / N - chance) <= bernstein(chance * (1 - chance), 1.0, N)


def test_the_sample_is_no_function_of_the_signs():
    """A coordinate is taken as often where its sign is flipped."""
    flipped = np.array([dqq.rotate(np.ones(1), key)[0] < 0 for key in range(N)])
    taken = np.array([sample(2, 1, key)[0] == 0 for key in range(N)])
    assert abs((flipped & taken).mean() - 0.25) <= bernstein(0.25 * 0.75, 1.0, N)


@pytest.mark.parametrize(("dim", "bits"), [(D, 20), (D, 47), (D - 5, 80), (3, 9)])
@pytest.mark.parametrize("shape", shapes())
def test_unbiased_and_as_long_as_ratq_over_mu(dim, bits, shape):
    """Over the private and the shared randomness; E|Q|**2 is that of RATQ with s = 1, divided by mu."""
    q, whole = dqq.SubsampledRATQ(1.5, dim, bits), dqq.RATQ(1.5, dim, levels=7, block=1)
    y = shapes()[shape][:dim] + 1e-3
    y *= 1.5 / np.linalg.norm(y) * (1 - 1e-12)
    outputs, largest = draws(q, y, N, "subsampled", dim, bits, shape), dqq.covering_radius(q)
    off = outputs - y
    assert (np.linalg.norm(off, axis=1) <= largest * (1 + 1e-9)).all()
    along = stream(0, "directions").standard_normal((20, dim))
    values = off @ np.vstack([along / np.linalg.norm(along, axis=1)[:, None], np.eye(dim)]).T
    assert (np.abs(values.mean(axis=0)) <= bernstein(1.1 * values.var(axis=0), largest, N)).all()
    ours, theirs = (outputs**2).sum(axis=1), (draws(whole, y, N, "whole", dim, shape) ** 2).sum(axis=1)
    mu = q.sent / q.size
    slack = bernstein(1.1 * ours.var(), ours.max(), N) + bernstein(1.1 * theirs.var(), theirs.max(), N) / mu
    if q.size == dim:  # no coordinate is cut off after the rotation
        assert abs(ours.mean() - theirs.mean() / mu) <= slack
    assert ours.mean() <= dqq.second_moment_bound(q) + slack


def test_lengths():
    """mu d (3 + log2 h) bits and no more than r: 5 a coordinate for 8 < d <= 2**23."""
    for dim, each in [(1, 3), (2, 3), (4, 4), (8, 4), (9, 5), (1000, 5), (1 << 23, 5), (1 << 24, 6)]:
        size = 1 << (dim - 1).bit_length()
        for bits in (each, 2 * each - 1, 7 * each, 10 * size * each):
            q = dqq.SubsampledRATQ(1.0, dim, bits)
            assert q.sent == min(size, bits // each) and dqq.nbits(q) == q.sent * each <= bits
            assert q.rate == dqq.nbits(q) / dim
        with pytest.raises(ValueError, match=f"bits: expected at least {each}, those of one"):
            dqq.SubsampledRATQ(1.0, dim, each - 1)


def test_both_ends_need_the_same_key():
    q, u = dqq.SubsampledRATQ(1.0, 300, 700), stream(0, "u").standard_normal(300)
    u /= np.linalg.norm(u)
    message = dqq.send(q, u, shared=3)
    assert np.array_equal(dqq.receive(q, message, shared=3), dqq.quantize(q, u, shared=3))
    received = [dqq.receive(q, dqq.send(q, u, shared=key), shared=key) for key in range(300)]
    assert np.linalg.norm(np.mean(received, axis=0) - u) < 0.3 < np.linalg.norm(dqq.receive(q, message, shared=4) - u)


@pytest.mark.parametrize(("bound", "dtype"), [(1e300, np.float64), (1e-290, np.float64), (1e30, np.float32)])
def test_huge_and_tiny(bound, dtype):
    q, tiny = dqq.SubsampledRATQ(bound, 8, 20), np.finfo(dtype).smallest_subnormal
    for y in (np.zeros(8), bound * np.eye(8)[1], np.full(8, tiny)):
        output = dqq.quantize(q, y.astype(dtype))
        assert output.dtype == dtype and np.linalg.norm((output - y) / bound) <= dqq.covering_radius(q) / bound


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: dqq.SubsampledRATQ(-1.0, 3, 20), "bound"),
        (lambda: dqq.SubsampledRATQ(1.0, 0, 20), "dim"),
        (lambda: dqq.SubsampledRATQ(1.0, 3, 0), "bits"),
        (lambda: dqq.SubsampledRATQ(1.0, 3, 7.5), "bits"),
        (lambda: dqq.send(dqq.SubsampledRATQ(1.0, 3, 20), np.full(3, math.nan)), "u"),
        (lambda: dqq.send(dqq.SubsampledRATQ(1e308, 16, 5), np.zeros(16)), "scale: no room"),  # 1 / mu is 16
        (lambda: dqq.send(dqq.SubsampledRATQ(1.0, 3, 20), np.ones(3)), "l_2 norm is 1.73.*, the bound is 1"),
    ],
)
def test_bad_arguments_are_named(call, word):
    with pytest.raises((ValueError, TypeError), match=word):
        call()
