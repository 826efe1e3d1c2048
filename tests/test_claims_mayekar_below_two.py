"""Claims of the chapter below p = 2 beyond those of the quantizer itself: what one quantizer for all coordinates costs, and padding."""

import math

import numpy as np
import pytest

from dqlab.experiments import mayekar as experiments
from dqlab.problems import conjugate
from dqlab.quantizers import CoordinateUniform, SplitLq, nbits, quantize
from dqlab.streams import stream
from dqlab.theory import mayekar as theory

ORDERS = (1.0, 1.1, 1.25, 1.5, 1.75, 1.9)


def test_cuq_alone_is_enough_with_log_d_over_q_bits_a_coordinate():
    """E|Q|_q^2 <= 3 B^2 on every input, from the largest possible error; and exactly, for the flat one."""
    for p in ORDERS:
        q = conjugate(p)
        for dim in (2, 64, 1000, 2**16):
            levels = theory.cuq_alone_levels(dim, p)
            assert dim ** (2 / q) * (2 / (levels - 1)) ** 2 <= 0.5
            assert theory.cuq_alone_flat_moment(dim, p, levels) <= 3
            assert theory.cuq_alone_bits(dim, p) == nbits(CoordinateUniform(1.0, levels, dim))
            assert (
                theory.cuq_alone_bits(dim, p) / dim <= math.log2(dim) / q + 3.3
            )  # log2(2 sqrt(2)) + 1, and log2(1 + 1/sqrt(2))


def test_cuq_alone_needs_log_d_over_q_bits_a_coordinate():
    """No number of levels passes with a smaller moment than the converse allows; the moment with two bits grows without bound."""
    for p in ORDERS:
        for dim in (64, 4096, 2**18):
            for levels in (3, 5, 15, 63, 255):
                moment = theory.cuq_alone_flat_moment(dim, p, levels)
                assert levels >= theory.cuq_alone_levels_needed(dim, p, max(1.0, moment)) * (1 - 1e-12)
    moments = [theory.cuq_alone_flat_moment(4**e, 1.5, 3) for e in (4, 6, 8, 10)]
    assert all(2.5 < later / first < 5.1 for first, later in zip(moments, moments[1:], strict=False))


def test_the_exact_moment_of_flat_inputs_is_that_of_the_quantizer():
    """Means of 400 draws within five standard errors, in 6 cases: a family-wise error rate below 1e-5."""
    for p, dim, levels in ((1.0, 64, 5), (1.25, 256, 3), (1.5, 256, 7), (1.5, 100, 15), (1.75, 64, 9), (1.9, 256, 3)):
        q, rng = conjugate(p), stream(1, "flat", dim, levels)
        y, cuq = np.full(dim, dim ** (-1 / q)), CoordinateUniform(1.0, levels, dim)
        squared = [np.linalg.norm(quantize(cuq, y, rng=rng), q) ** 2 for _ in range(400)]
        tolerance = 5 * np.std(squared) / 20 + 1e-9
        assert np.mean(squared) == pytest.approx(theory.cuq_alone_flat_moment(dim, p, levels), abs=tolerance)


def test_padding_is_free_for_powers_of_two_and_not_for_all():
    for p in (1.05, 1.1, 1.2, 1.25, 4 / 3, 1.5, 1.75, 1.9, 1.99):
        q = conjugate(p)
        for exponent in range(1, 41):
            dim = 2**exponent
            parameters = theory.split_parameters(dim, q)
            assert parameters.places * (theory.delta_1(dim, q) + 1) <= 2 * dim
            assert theory.split_bits(dim, q) <= theory.split_bits_bound(dim, q)
    assert nbits(SplitLq(1.0, 1000, 11.0)) == 6048 and theory.split_bits_bound(1000, 11.0) == 6002
    assert all(theory.split_parameters(2**e, conjugate(p)).levels <= 15 for e in range(1, 65) for p in ORDERS)


def test_fewer_than_d_over_delta_1_coordinates_are_large_and_that_is_sharp():
    for p in (1.05, 1.25, 1.5, 1.9):
        q = conjugate(p)
        for dim in (64, 1000, 4096):
            parameters = theory.split_parameters(dim, q)
            assert parameters.entries == math.ceil(dim / theory.delta_1(dim, q)) - 1
            just_above = np.full(dim, parameters.threshold * (1 + 1e-9))
            assert np.linalg.norm(just_above[: parameters.entries], q) <= 1
            assert np.linalg.norm(just_above[: parameters.entries + 1], q) > 1
            for y in experiments.below_two_inputs(dim, p).values():
                assert (np.abs(y) > parameters.threshold).sum() <= parameters.entries


def test_at_p_one_the_output_never_leaves_the_cube():
    """So alpha_0 = B with any number of levels: the recipe's 3 bits a coordinate are not needed."""
    assert nbits(SplitLq(1.0, 64, math.inf)) == 3 * 64 and nbits(CoordinateUniform(1.0, 3, 64)) == 2 * 64
    rng = stream(2, "cube")
    for y in experiments.below_two_inputs(64, 1.0).values():
        for levels in (2, 3, 7):
            assert np.abs(quantize(CoordinateUniform(1.0, levels, 64), y, rng=rng)).max() <= 1
