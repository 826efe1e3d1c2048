"""Claims on the messages of Xu et al.'s quantizers: their lengths are those of real, reversible messages."""

import math

import numpy as np

from dqlab import quantizers as dqq
from dqlab.streams import stream


def masked(q, seed, share):
    """Codes of a masked vector, and how many coordinates are selected."""
    rng = stream(seed, "claims", str(q))
    v, selected = rng.standard_cauchy(q.dim), rng.random(q.dim) < share
    return dqq.encode_selected(q, v, selected, rng), int(selected.sum())


def test_messages_have_the_lengths_that_the_paper_counts():
    """32 + 2 d dense, 32 + d + 2 k masked, bit for bit reversible; with a scale a tensor, 32 more for each."""
    for tensors, scales in ((None, 1), ([100, 201], 2)):
        for q in (dqq.TernGrad(301, tensors=tensors), dqq.Threshold(301, tensors=tensors)):
            v = stream(0, "dense").standard_normal(301)
            message = dqq.send(q, v)
            assert (
                message.nbits
                == len(message.to_bytes()) * 8 - -message.nbits % 8
                == 32 * scales + 2 * 301
                == dqq.nbits(q)
            )
            assert np.array_equal(dqq.receive(q, message), dqq.quantize(q, v))
            for share in (0, 0.05, 0.5, 1.1):
                codes, k = masked(q, 1, share)
                message = dqq.pack_selected(q, codes)
                assert message.nbits == 32 * scales + 301 + 2 * k == dqq.selected_bits(q, k)
                assert np.array_equal(dqq.unpack_selected(q, message), codes)


def test_a_bitmap_can_be_dearer_than_no_mask():
    """d + 2 k <= 2 d up to k = d / 2: with more than half selected the dense message is shorter."""
    q = dqq.Threshold(1000)
    assert [dqq.selected_bits(q, k) - dqq.nbits(q) for k in (0, 500, 501, 1000)] == [-1000, 0, 2, 1000]


def test_shorter_messages_are_real_and_count_the_count():
    """Radix 3 within 1 % of log2(3) a symbol; a mask by rank, whose decoder must be told k: ceil(log2(d + 1)) bits more."""
    d = 640
    for q in (dqq.TernGrad(d), dqq.Threshold(d)):
        dense = dqq.pack_tight(q, dqq.encode(q, stream(0, "tight").standard_normal(d)))
        assert d * math.log2(3) <= dense.nbits - 32 <= 1.01 * d * math.log2(3)
        for share in (0.01, 0.1, 0.5):
            codes, k = masked(q, 2, share)
            message = dqq.pack_tight(q, codes, selected=True)
            least = math.ceil(math.log2(math.comb(d, k))) + math.ceil(k * math.log2(3)) + 32
            assert least <= message.nbits - 10 <= least + 1 + k / 64 and 2**9 <= d < 2**10
            assert message.nbits < dqq.selected_bits(q, k)
            assert np.array_equal(dqq.unpack_tight(q, message, selected=True), codes)


def test_random_signs_are_shortest_by_their_places():
    """On Gaussian numbers places by rank and signs take less than 0.7 of radix 3 for TernGrad, and nearly as much for a threshold."""
    d = 4096
    v = stream(0, "places").standard_normal(d)
    ternary, threshold = dqq.TernGrad(d), dqq.Threshold(d)
    lengths = [dqq.pack_sparse(q, dqq.encode(q, v)).nbits / dqq.tight_bits(q) for q in (ternary, threshold)]
    assert lengths[0] < 0.7 and 0.95 < lengths[1] < 1
