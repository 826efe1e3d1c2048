"""Bounds refuse arguments that have no meaning; what they say of the rest is in test_claims_*.py."""

import math

import numpy as np
import pytest

from dqlab.theory import lin, mayekar, reisizadeh
from dqlab.theory.lin.gradient_descent import geometric_sum


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: lin.gd_contraction_factor(0.5), "kappa"),
        (lambda: lin.gd_contraction_factor([2.0, math.nan]), "kappa"),
        (lambda: lin.dq_gd_contraction_factor(2.0, -1.0, 1.0), "rate"),
        (lambda: lin.nq_gd_contraction_factor(2.0, 1.0, -1.0), "rho"),
        (lambda: lin.nq_gd_linear_threshold(0.9, 1.0), "kappa"),
        (lambda: lin.ef_gd_linear_threshold(2.0, -1.0), "rho"),
        (lambda: lin.quantization_error(-1.0, 1.0, 1.0), "dynamic_range"),
        (lambda: lin.agd_momentum(0.9), "kappa"),
        (lambda: lin.agd_stepsize(0.0), "L: expected numbers > 0"),
        (lambda: lin.hb_stepsize(4.0, 0.0), "mu: expected numbers > 0"),
        (lambda: lin.gd_stepsize(1.0, 2.0), "L: expected L >= mu"),
        (lambda: lin.tmm_parameters(-1.0, 1.0), "L: expected numbers >= 0"),
        (lambda: lin.agd_contraction_factor(math.nan), "kappa"),
        (lambda: lin.agd_lambda(0.0), "kappa"),
        (lambda: lin.hb_distance(1, 0.5), "kappa"),
        (lambda: lin.hb_distance(1, 2.0, alpha=-1.0), "alpha"),
        (lambda: lin.phi(1.0, 1.0, -0.5), "momentum"),
        (lambda: lin.momentum_roots(-1.0, 1.0, 0.5), "rate"),
        (lambda: lin.momentum_linear_threshold(-0.1, 1.0), "momentum"),
        (lambda: lin.momentum_lossless_threshold(-0.1, 0.5, 1.0), "sigma"),
        (lambda: lin.momentum_lossless_threshold(0.5, 0.5, -1.0), "rho"),
        (lambda: lin.dq_agd_dynamic_range(1, 0.5, 1.0, 1.0), "kappa"),
        (lambda: lin.dq_hb_dynamic_range_bound(1, 2.0, 1.0, 1.0, alpha=-1.0), "alpha"),
        (lambda: lin.dq_hb_distance(-1, 2.0, 1.0, 1.0), "t: expected numbers >= 0"),
        (lambda: lin.dq_hb_dynamic_range([0.0, 2.5], 2.0, 1.0, 1.0), "t: expected whole numbers"),
        (lambda: lin.dq_tmm_distance(math.inf, 2.0, 1.0, 1.0), "t: expected whole numbers"),
        (lambda: lin.minimax_distance(0.5, 2.0), "t: expected whole numbers"),
        (lambda: mayekar.simq_bits(0), "dim"),
        (lambda: mayekar.simq_second_moment(-1.0, 1.0), "bound"),
        (lambda: mayekar.simq_plus_type_bits(4, 2.5), "repeats"),
        (lambda: mayekar.simq_plus_joint_bits(0, 4), "dim"),
        (lambda: mayekar.simq_plus_error(1.0, 0, 1.0, 1.0), "repeats"),
        (lambda: mayekar.simq_plus_alpha0(1.0, 4, 1.5, 4), "p"),
        (lambda: mayekar.simq_plus_repeats(4, 2.0, 1.0), "factor"),
        (lambda: mayekar.precision_upper_bound(4, math.nan), "p"),
        (lambda: mayekar.l2_diameter(0, 2.0, 1.0), "dim"),
        (lambda: mayekar.l2_diameter(4, 0.5, 1.0), "p"),
        (lambda: mayekar.psgd_error(-1.0, 1.0, 10), "diameter"),
        (lambda: mayekar.psgd_error(1.0, 1.0, 0), "steps"),
        (lambda: mayekar.psgd_error(1.0, 1.0, 10, bias=-1.0), "bias"),
        (lambda: mayekar.mirror_exponent(2.5, 4), "p: expected numbers from 1 to 2"),
        (lambda: mayekar.mirror_descent_error(1.0, 1.0, 0.5, 10), "exponent"),
        (lambda: mayekar.mirror_descent_error(1.0, math.nan, 1.5, 10), "alpha"),
        (lambda: mayekar.upper_constant(0.5), "p"),
        (lambda: mayekar.oracle_error_bound(4, 2.0, 1.0, -1.0, 10), "alpha"),
        (lambda: mayekar.sharp_error_bound(4, 0.9, 1.0, 1.0, 10), "p"),
        (lambda: mayekar.iterated_log(math.inf), "x"),
        (lambda: mayekar.delta_2(0), "dim"),
        (lambda: mayekar.delta_1(4, 1.9), "q: expected a number from 2"),
        (lambda: mayekar.split_bits(2.5, 3.0), "dim"),
        (lambda: mayekar.split_parameters_sharp(4, math.nan), "q"),
        (lambda: mayekar.split_alpha0(-1.0), "bound"),
        (lambda: mayekar.split_alpha0_sharp(4, 3.0, bound=-1.0), "bound"),
        (lambda: mayekar.cuq_alone_bits(64, 2.0), "p: expected a number in"),
        (lambda: mayekar.cuq_alone_levels(0, 1.5), "dim"),
        (lambda: mayekar.cuq_alone_flat_moment(64, 1.5, 4), "levels: expected an odd number"),
        (lambda: mayekar.cuq_alone_levels_needed(64, 1.5, 0.5), "factor"),
        (lambda: mayekar.least_bias(1.0, 0.4), "top: expected numbers > 0, at least half of bound"),
        (lambda: mayekar.precision_needed(0, 2.0), "queries"),
        (lambda: mayekar.gain_points_needed(100, 1.0), "factor: expected a number > 1"),
        (lambda: mayekar.gain_bits(0, 7), "ranges"),
        (lambda: mayekar.gain_bits(3, 1), "levels"),
        (lambda: mayekar.gain_top(1.0, 3, ratio=1.0), "ratio"),
        (lambda: mayekar.gain_second_moment(1.0, 1), "levels"),
        (lambda: mayekar.gain_bias(1.0, 0.0), "top: expected numbers > 0"),
        (lambda: mayekar.gain_ranges(0), "queries"),
        (lambda: mayekar.uniform_gain_second_moment(1.0, -1.0, 3), "top"),
        (lambda: mayekar.gain_shape_alpha(-1.0, 1.0), "gain_moment"),
        (lambda: mayekar.gain_shape_error(0, 1.0, 1.0, 0.1), "steps"),
        (lambda: mayekar.cuq_bits(4, 1), "levels"),
        (lambda: mayekar.cuq_error(-1.0, 3), "bound"),
        (lambda: mayekar.ratq_bits(2.5), "dim"),
        (lambda: mayekar.ratq_ranges(1.0, 4, block=0), "block"),
        (lambda: mayekar.ratq_error(1.0, levels=1), "levels"),
        (lambda: mayekar.ratq_alpha0(-1.0), "bound"),
        (lambda: mayekar.sampled_coordinates(4, 2.5), "bits"),
        (lambda: mayekar.subsampled_ratq_alpha0(1.0, 1024, 4), "bits: expected at least those of one"),
        (lambda: mayekar.subsampled_ratq_rate(1.0, 1.0, 1024, 50, queries=0), "queries"),
        (lambda: mayekar.low_precision_bits(4, 0), "levels"),
        (lambda: mayekar.low_precision_second_moment(-1.0, 4, 1), "l2"),
        (lambda: mayekar.bit_information(1.5), "bias: expected numbers from 0 to 1"),
        (lambda: mayekar.bit_bias(-0.1), "information"),
        (lambda: mayekar.bernoulli_information(0.6, 1, 4), "delta: expected numbers from 0 to 0.5"),
        (lambda: mayekar.paninski_chi_square(0.1, -1, 4), "r"),
        (lambda: mayekar.gilbert_varshamov_bits(2.5), "dim"),
        (lambda: mayekar.fano_error(0.1, 1.0, 0.0), "packing_bits: expected numbers > 0"),
        (lambda: mayekar.fano_delta(0.0, 4.0), "coefficient"),
        (lambda: mayekar.bernoulli_error(0, 1, 4), "T"),
        (lambda: mayekar.paninski_error(1, 1, 4, 0.5), "p"),
        (lambda: mayekar.precision_lower_bound(1, 1.5), "dim: expected numbers >= 2"),
        (lambda: mayekar.precision_lower_bound(4, 2, c1=0.0), "c1"),
        (lambda: mayekar.error_upper_bound(10, 5, 4, 1.5), "p"),
        (lambda: mayekar.simq_plus_sharp_alpha0(1.0, 4, 1.9, 4), "p"),
        (lambda: mayekar.simq_plus_joint_rate(0.0), "ratio"),
        (lambda: mayekar.simq_plus_joint_bits_bound(4, 0.5), "repeats"),
        (lambda: mayekar.simq_plus_entropy([0.7, 0.4], 3), "chances: expected numbers that add up to at most 1"),
        (lambda: mayekar.simq_plus_entropy([-0.1], 3), "chances"),
        (lambda: mayekar.simq_plus_support([0.1], 0), "repeats"),
        (lambda: mayekar.simq_plus_two_part_bits(4, 3, support=2, drawn=1), "support, drawn"),
        (lambda: mayekar.simq_plus_two_part_bits(4, 3, support=0, drawn=1), "support, drawn"),
        (lambda: mayekar.l1_recovery_bits(4, 0.0), "error: expected parts of B"),
        (lambda: mayekar.l2_recovery_bits(4, 1.5), "error: expected parts of B"),
        (lambda: mayekar.l2_recovery_repeats(-1.0), "error"),
        (lambda: mayekar.flat_recovery_error(0, 1.0), "dim"),
        (lambda: mayekar.flat_recovery_error(4, -1.0), "bits"),
        (lambda: reisizadeh.inverse_mean_uniform(5.0, 4.0), "high: expected at least low"),
        (lambda: reisizadeh.inverse_mean_exponential(5.0, 5.0), "mean: expected more than least"),
        (lambda: reisizadeh.slowest_uniform(-1.0, 4.0, 3), "low"),
        (lambda: reisizadeh.slowest_exponential(1.0, 4.0, 0), "nodes"),
        (lambda: reisizadeh.slowest_two_class(4.0, 5.0, 0.1, 3), "slow: expected numbers in"),
        (lambda: reisizadeh.slowest_two_class(4.0, 1.0, 1.1, 3), "share: expected numbers in"),
        (lambda: reisizadeh.empty_batch_uniform(5.0, 5.0, 0.1), "high: expected more than low"),
        (lambda: reisizadeh.inverse_batch_uniform(1.0, 5.0, 0.0), "deadline: expected finite numbers > 0"),
        (lambda: reisizadeh.inverse_batch_uniform(5.0, 5.0, 1.0), "high: expected more than low"),
        (lambda: reisizadeh.rounding_factor(10, 0.09), "deadline: expected at least 1 / least = 0.1"),
        (lambda: reisizadeh.digit_communication(-1), "digits"),
        (lambda: reisizadeh.grid_bits(2.5), "digits: expected an integer"),
        (lambda: reisizadeh.batch_iteration(0, 1.0, 1.0), "batch"),
        (lambda: reisizadeh.deadline_iteration(0.1, -1.0), "communication"),
        (lambda: reisizadeh.equal_mean_deadline(20, 0.0), "mean: expected finite numbers > 0"),
        (lambda: reisizadeh.equal_noise_deadline(20, math.inf), "inverse_mean"),
        (lambda: reisizadeh.useful_deadline(0, 0.1), "batch"),
        (lambda: reisizadeh.noise_time(0.4, 1.0, 0.1, floor=-1.0), "floor"),
        (lambda: reisizadeh.best_deadline(1.0, 0.1, floor=0.0), "floor: expected finite numbers > 0"),
        (lambda: reisizadeh.iterations_for_accuracy(0.0, 1.0, 1.0, 0.1), "accuracy"),
        (lambda: reisizadeh.seconds_to_accuracy(0.1, 0.0, 1.0, 0.1, 1.0, 1.0), "deadline"),
        (
            lambda: reisizadeh.best_deadline_for_accuracy(0.1, 0.0, 0.1, 1.0, 1.0),
            "communication: expected finite numbers > 0",
        ),
        (
            lambda: reisizadeh.best_deadline_for_accuracy(0.1, 1.0, 0.1, 1.0, 1.0, power=0.5),
            "power: expected a number below",
        ),
        (lambda: reisizadeh.noise_with_empty_batches(1.0, 1.0, 0.1, 1.5), "empty: expected numbers in"),
        (
            lambda: reisizadeh.minimiser_with_empty_batches([1.0], [2.0], [1.0]),
            "empty: expected a node that has gradients",
        ),
        (lambda: reisizadeh.rounds_needed(1.0, 0.1), "beta and accuracy"),
        (lambda: reisizadeh.rounds_needed(0.5, 0.0), "beta and accuracy"),
        (lambda: reisizadeh.laplacian_beta(-1.0, 4.0, 3.0), "algebraic"),
        (lambda: reisizadeh.ring_beta(2), "nodes: expected"),
        (lambda: reisizadeh.torus_beta(2, 5), "rows and columns"),
        (lambda: reisizadeh.star_beta(3.5), "nodes: expected an integer"),
        (lambda: reisizadeh.consensus_error([[0.5, 0.5], [0.2, 0.8]], [0.0, 1.0], 1), "W: expected a symmetric"),
        (lambda: reisizadeh.consensus_error([[0.5, 0.5], [0.5, 0.5]], [0.0, 1.0], -1), "t: expected"),
        (lambda: reisizadeh.consensus_floor(np.eye(3) / 2, np.eye(3), 1.0), "rows sum to 1"),
        (lambda: reisizadeh.consensus_floor(np.full((3, 3), 1 / 3), np.eye(2), 1.0), "noise: expected a matrix"),
        (lambda: reisizadeh.mean_drift(np.ones((2, 3)), 1.0, 1.0, 1), "noise: expected a square"),
        (lambda: reisizadeh.choco_stepsize(0.0, 1.0, 0.5), "gap and omega"),
        (lambda: reisizadeh.choco_factor(0.5, 1.5), "gap and omega"),
        (lambda: reisizadeh.node_variance(-1.0, 4), "noise"),
        (lambda: reisizadeh.network_variance(1.0, 4, 0), "nodes"),
        (lambda: reisizadeh.disagreement(1.0, 0, 4), "samples"),
        (lambda: reisizadeh.disagreement_exact(math.nan, 4, 4), "noise"),
        (lambda: reisizadeh.deadline_variance(1.0, 4, 0.1, 0.0), "deadline: expected numbers of seconds > 0"),
        (lambda: reisizadeh.batch_variance(1.0, 4, 1.5), "inverse_batch: expected numbers from 0 to 1"),
        (lambda: reisizadeh.batch_variance(1.0, 4, 0.2, "subset"), "inverse_batch: expected at least 1/samples"),
        (lambda: reisizadeh.batch_variance(1.0, 4, 0.5, "twice"), "draws"),
        (lambda: reisizadeh.penalty_convexity(0.0, 1.0), "alpha"),
        (lambda: reisizadeh.penalty_smoothness(0.1, 1.0, -2.0), "last"),
        (lambda: reisizadeh.penalty_smoothness(0.1, 1.0, 1.5), "last: expected an eigenvalue"),
        (lambda: reisizadeh.largest_epsilon(0.1, 1.0, 2.0, 0.0), "K: expected K >= mu"),
        (lambda: reisizadeh.sharp_largest_epsilon(0.1, 1.0, 0.0, 0.0), "mu"),
        (lambda: reisizadeh.least_horizon(0.0, 2.0, 1.0, 0.0), "delta"),
        (lambda: reisizadeh.least_horizon_simple(0.6, 2.0, 1.0), "delta"),
        (lambda: reisizadeh.sharp_least_horizon(0.3, 0.5, 1.0, 0.0), "K"),
        (lambda: reisizadeh.unit_step_horizon(0.3, 2.0, -1.0), "last: expected numbers > -1"),
        (lambda: reisizadeh.initial_gap(1.0, [0.0, 1.0], [0.5, 0.0]), "values"),
        (lambda: reisizadeh.penalty_bias(0.1, 1.0, 2.0, 1.0, 0.0, 4), "gap"),
        (lambda: reisizadeh.sharp_penalty_bias(0.1, -1.0, 2.0, 1.0, 0.5), "D"),
        (lambda: reisizadeh.penalty_bias_large_alpha(0.1, 1.0, 1.0, 3.0), "gap"),
        (lambda: reisizadeh.step_noise(0.1, 0.0, 4, 1.0, 1.0, 1.0), "epsilon"),
        (lambda: reisizadeh.one_step(-1.0, 0.1, 0.1, 2.0, 1.0, 0.0, 0.0), "error"),
        (lambda: reisizadeh.sharp_one_step(1.0, 0.1, 0.1, 2.0, 1.0, 0.0, -1.0), "noise"),
        (lambda: reisizadeh.recursion_order(10, 0.25, 4.0, 1.0), "T: expected at least"),
        (lambda: reisizadeh.recursion_bound(100, 0.25, 1.0, -1.0, 1.0), "b"),
        (lambda: reisizadeh.recursion_exact(100, 0.25, 1.0, 1.0, -1.0), "start"),
        (lambda: reisizadeh.negligible_horizon(0.5, 1.0), "delta: expected a number in"),
        (lambda: reisizadeh.penalty_deviation(100, 0.25, 1.0, 4, 1.0, -1.0, 1.0, 1.0), "sigma_sq"),
        (lambda: reisizadeh.sharp_penalty_deviation(100, 1.0, 2.0, 2.0, 1.0, 0.0, 0.0, 1.0), "epsilon"),
        (lambda: reisizadeh.convex_error(reisizadeh.ConvexError(1.0, 0.0, 0.0, 0.0, 0.0), -1.0, 4), "bias"),
        (lambda: reisizadeh.sharp_convex_error(-1.0, 1.0, 4), "deviation"),
    ],
)
def test_bounds_refuse_what_has_no_meaning(call, word):
    with pytest.raises(ValueError, match=word):
        call()


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: lin.gd_contraction_factor("ten"), "kappa: expected numbers, got 'ten'"),
        (lambda: lin.waterfilling([1.0, 2.0], "all"), "sum_rate: expected numbers, got 'all'"),
        (lambda: lin.dq_hb_distance("late", 2.0, 1.0, 1.0), "t: expected numbers, got 'late'"),
    ],
)
def test_bounds_refuse_what_is_no_number(call, word):
    with pytest.raises(TypeError, match=word):
        call()


def test_geometric_sums_keep_their_digits():
    """Against the sum itself, from equal ratios to ratios of opposite sign: near equality a difference would lose ten digits."""
    t = np.arange(300)
    for a in (0.3, 0.99, 1.0):
        for b in (*(a * (1 + d) for d in (0, 1e-15, -1e-12, 1e-9, -1e-6, 1e-3)), 0.0, 0.5 * a, -0.9 * a, 1.7 * a):
            ours, by_hand = geometric_sum(t, a, b), [1.0]
            for k in t[1:]:
                by_hand.append(a**k + b * by_hand[-1])
            assert ours == pytest.approx(np.array(by_hand), rel=1e-11)
    assert geometric_sum([0, 3], 0.0, 0.0).tolist() == [1.0, 0.0]


def test_levels_end_where_whole_numbers_do():
    """However many bits there are to give away, a worker has at most 2**52 levels."""
    for sum_rate in (60.0, 200.0, 1e5):
        levels = lin.whole_levels([1.0, 2.0, 3.0], sum_rate)
        assert (levels >= 1).all() and (levels <= 2**52).all()
        assert np.log2(levels).sum() <= sum_rate * (1 + 1e-9)
    assert lin.whole_levels([1.0], 100.0).tolist() == [2**52]
