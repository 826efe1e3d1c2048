"""Section 6 of Mayekar and Tyagi: exact information against its bounds, packings, Fano and Assouad, and the hardest instances run."""

import itertools
import math

import numpy as np
import pytest

import dqlab as dq
from dqlab import problems, quantizers
from dqlab.experiments import mayekar as experiments
from dqlab.theory import mayekar

DELTAS = (0.01, 0.05, 0.1, 0.2, 0.25, 0.4, 0.5)
LOG_E = math.log2(math.e)


# ---- the two oracles


@pytest.mark.parametrize("p", [1, 1.5, 2, 4, math.inf])
def test_oracles_satisfy_equations_1_and_2(p):
    """|g|_q = B always, E[g] = the slope (40 z-tests below 4.5 over all p: family-wise error 3e-4), f* and x* exact."""
    d, delta, D, B, count = 4, 0.3, 3.0, 2.0, 400
    alpha, q = np.array([1.0, -1.0, -1.0, 1.0]), problems.conjugate(p)
    for make, scale in ((problems.bernoulli_oracle, 1.0), (problems.paninski_oracle, d ** (-1 / p))):
        oracle, rng = make(alpha, delta, p, D, B), dq.stream(0, "oracle")
        drawn = np.array([problems.query(oracle, oracle.minimiser, rng) for _ in range(count)])
        assert np.allclose(np.linalg.norm(drawn, q, axis=1), B)
        deviation = np.abs(drawn.mean(axis=0) - oracle.slope) / (drawn.std(axis=0) / math.sqrt(count))
        assert (deviation < 4.5).all()
        assert oracle.diameter == pytest.approx(D) and oracle.minimum == pytest.approx(-delta * D * B * scale)
        assert problems.value(oracle, oracle.minimiser) == pytest.approx(oracle.minimum)
        best = min(float(oracle.slope @ (oracle.domain.radius * v)) for v in experiments.corners(d))
        assert best == pytest.approx(oracle.minimum)  # a linear function is least at a corner


def test_hard_oracles_refuse_what_has_no_meaning():
    for make, (arguments, word) in itertools.product(
        (problems.bernoulli_oracle, problems.paninski_oracle),
        [
            (([1, 0], 0.1, 2), "alpha: expected a vector of -1 and 1"),
            (([], 0.1, 2), "alpha"),
            (([1, -1], 0.6, 2), "delta: expected at most 1/2"),
            (([1, -1], 0.0, 2), "delta"),
            (([1, -1], 0.1, 0.5), "p"),
            (([1, -1], 0.1, 2, -1.0), "D"),
            (([1, -1], 0.1, 2, 1.0, 0.0), "B"),
        ],
    ):
        with pytest.raises(ValueError, match=word):
            make(*arguments)


# ---- information, exactly


def test_information_of_one_bit():
    """psi: its series, its inverse, and the bounds e^2 log2(e) / 2 <= psi(e) <= e^2 that everything rests on."""
    e = np.concatenate([np.geomspace(1e-8, 0.9, 60), [1.0]])
    psi = np.asarray(mayekar.bit_information(e))
    k = np.arange(1, 4000)
    series = [(x ** (2 * k) / (2 * k * (2 * k - 1) * math.log(2))).sum() for x in e[:-1]]
    assert psi[:-1] == pytest.approx(series, rel=1e-9) and psi[-1] == 1
    assert (psi >= e**2 * LOG_E / 2 * (1 - 1e-12)).all() and (psi <= e**2).all()
    assert np.asarray(mayekar.bit_bias(psi)) == pytest.approx(e, rel=1e-7)


def test_every_one_bit_quantizer_of_the_bernoulli_oracle():
    """d = 4: 2^15 quantizers, the best sends one coordinate, as the conjecture of Courtade and Kumar says; 90 times below 360 delta^2."""
    best = []
    for delta in (0.05, 0.1, 0.25):
        information = experiments.every_one_bit(delta, 4)
        assert len(information) == 2**15
        one_coordinate = mayekar.bit_information(2 * delta)
        assert information.max() == pytest.approx(one_coordinate)
        assert (
            information.max()
            <= mayekar.bernoulli_information(delta, 1, 4)
            <= mayekar.bernoulli_contraction(delta, 1, 4)
        )
        assert mayekar.bernoulli_information(delta, 4, 4) == pytest.approx(4 * one_coordinate)  # I(V; Y)
        best.append(information.max() / delta**2)
    assert best == pytest.approx([2.890, 2.905, 3.020], abs=5e-4)
    assert mayekar.bernoulli_information_printed(0.1, 1, 4) == pytest.approx(3.6)


@pytest.mark.parametrize(("dim", "cells"), [(2, 2), (2, 3), (3, 2), (3, 3), (3, 4)])
def test_every_partition_of_the_bernoulli_oracle(dim, cells):
    for delta in DELTAS:
        channel = experiments.bernoulli_channel(delta, experiments.corners(dim))
        information, labels = experiments.every_partition(channel, cells)
        assert information.max() <= mayekar.bernoulli_information(delta, math.log2(cells), dim) * (1 + 1e-12) + 1e-15
        assert len(np.unique(labels, axis=0)) == len(labels)
        if cells in (2, 4):  # as much as 1 or 2 coordinates
            assert information.max() == pytest.approx(math.log2(cells) * mayekar.bit_information(2 * delta))


def test_drawing_lots_tells_no_more():
    """Information is convex in the channel: a mixture of two quantizers is below the chord, and the best one is deterministic."""
    rng, best = dq.stream(0, "lots"), experiments.every_one_bit(0.2, 3).max()
    channel = experiments.bernoulli_channel(0.2, experiments.corners(3))
    for _ in range(50):
        one, other = (np.stack([w, 1 - w], axis=1) for w in rng.random((2, 8)))
        share = rng.random()
        mixed = experiments.mutual_information(channel @ (share * one + (1 - share) * other))
        ends = [experiments.mutual_information(channel @ w) for w in (one, other)]
        assert mixed <= share * ends[0] + (1 - share) * ends[1] + 1e-12 and max(ends) <= best


def test_mrs_gerber_and_the_contraction():
    """Concave in r, exact at r = d, never above 4 delta^2 min(r, d); and a code that comes near it: 12 bits of Golay beat 12 signs."""
    r = np.linspace(0.25, 40, 160)
    for delta in DELTAS:
        bound = np.asarray(mayekar.bernoulli_information(delta, r, 32))
        assert (bound <= np.asarray(mayekar.bernoulli_contraction(delta, r, 32)) * (1 + 1e-12)).all()
        assert (np.diff(bound, 2) <= 1e-9).all()
        assert bound[r >= 32] == pytest.approx(32 * mayekar.bit_information(2 * delta))
        for dim, radius in ((3, 1), (7, 1), (31, 1), (23, 3), (9, 4), (5, 0)):
            bits, information = experiments.perfect_code_information(delta, dim, radius)
            assert information <= mayekar.bernoulli_information(delta, bits, dim) * (1 + 1e-9)
    bits, golay = experiments.perfect_code_information(0.01, 23, 3)
    signs = bits * mayekar.bit_information(0.02)
    assert bits == 12 and golay / signs == pytest.approx(1.0837, abs=5e-4)
    assert golay / mayekar.bernoulli_information(0.01, 12, 23) == pytest.approx(0.897, abs=5e-4)


def test_perfect_codes_against_the_channel_itself():
    """The formula for codes, held against the whole channel: nearest codewords of the Hamming and the repetition code."""
    hamming = experiments.linear_packing(
        [[1, 1, 0, 1, 0, 0, 0], [0, 1, 1, 0, 1, 0, 0], [0, 0, 1, 1, 0, 1, 0], [0, 0, 0, 1, 1, 0, 1]]
    )
    assert hamming.distance == 3
    for points, radius in ((hamming.points, 1), (np.array([[1.0] * 5, [-1.0] * 5]), 2)):
        dim = points.shape[1]
        nearest = (experiments.corners(dim) @ points.T).argmax(axis=1)
        message = np.eye(len(points))[nearest]
        exact = experiments.mutual_information(experiments.bernoulli_channel(0.2, experiments.corners(dim)) @ message)
        assert experiments.perfect_code_information(0.2, dim, radius)[1] == pytest.approx(exact)


@pytest.mark.parametrize(
    ("dim", "bits", "ratio"), [(4, 1, 1.468), (4, 2, 1.484), (6, 1, 1.461), (6, 2, 1.478), (8, 1, 1.456), (8, 2, 1.473)]
)
def test_every_quantizer_of_the_paninski_oracle(dim, bits, ratio):
    """All graphs at delta = 0.2, against the sharp bound 1.686 and the safe one 2.885, in units of delta^2 2^r / d."""
    information, graphs = experiments.every_pairing(0.2, dim, bits)
    unit = 0.2**2 * 2**bits / dim
    assert information.max() / unit == pytest.approx(ratio, abs=5e-4)
    assert (
        information.max() <= mayekar.paninski_information(0.2, bits, dim) <= mayekar.paninski_chi_square(0.2, bits, dim)
    )
    assert mayekar.paninski_chi_square(0.2, bits, dim) / unit == pytest.approx(2 * LOG_E)
    assert mayekar.paninski_information(0.2, bits, dim) / unit == pytest.approx(1.6862, abs=5e-4)
    best = graphs[information.argmax()]
    assert not np.diagonal(best).any()  # no coordinate has both letters in one cell
    small = experiments.every_pairing(1e-3, dim, bits)[0].max() / (1e-6 * 2**bits / dim)
    assert small == pytest.approx(LOG_E, rel=1e-4)


def test_graphs_are_all_there_is():
    """Against every set partition of the letters; and all letters: I(V; Y) = psi(2 delta), which no r exceeds."""
    for dim, bits in ((3, 1), (3, 2), (4, 1), (4, 2)):
        channel = experiments.paninski_channel(0.3, experiments.corners(dim))
        information, _ = experiments.every_partition(channel, 2**bits)
        assert experiments.every_pairing(0.3, dim, bits)[0].max() == pytest.approx(information.max())
    for delta in DELTAS:
        everything = experiments.mutual_information(experiments.paninski_channel(delta, experiments.corners(4)))
        assert everything == pytest.approx(mayekar.bit_information(2 * delta))
        assert everything <= mayekar.paninski_information(delta, 3, 4) * (1 + 1e-12)
        assert everything == pytest.approx(experiments.every_pairing(delta, 4, 3)[0].max())


# ---- packings, Fano, Assouad


def test_packings_are_as_large_as_gilbert_and_varshamov_say():
    """Certified distances, at least 2^d / |ball| points, and c_2 = 1 - h(1/4) = 0.1887 bits a coordinate at every d."""
    sizes = {}
    for dim in range(4, 19):
        packing = experiments.greedy_packing(dim)
        assert packing.distance >= dim / 4 and packing.points.shape == (packing.size, dim)
        assert math.log2(packing.size) >= mayekar.gilbert_varshamov_bits(dim) >= mayekar.PACKING_RATE * dim
        sizes[dim] = packing.size
    assert sizes[8] == 2**7 and sizes[16] == 2**11
    assert all(mayekar.gilbert_varshamov_bits(dim) >= mayekar.PACKING_RATE * dim for dim in (1, 2, 3, 64, 1000, 4096))
    assert pytest.approx(0.18872, abs=1e-5) == mayekar.PACKING_RATE
    assert mayekar.gilbert_varshamov_bits(4096) / 4096 == pytest.approx(mayekar.PACKING_RATE, abs=0.003)


def test_dual_distance_is_independence():
    """Any fewer coordinates than the dual distance take all sign patterns equally often; some set of that size does not."""
    for packing in (experiments.reed_muller(3), experiments.greedy_packing(8), experiments.dependent_packing(12)):
        dual, points = packing.dual_distance, packing.points
        for count in range(1, dual + 1):
            even = all(
                len(np.unique(patterns := points[:, list(chosen)], axis=0)) == 2**count
                and len(set(np.unique(patterns, axis=0, return_counts=True)[1])) == 1
                for chosen in itertools.combinations(range(packing.dim), count)
            )
            assert even == (count < dual)
    assert [p.dual_distance for p in (experiments.reed_muller(4), experiments.dependent_packing(8))] == [4, 2]
    assert experiments.linear_packing(np.eye(3, dtype=int)).dual_distance == 4


def test_packings_refuse_what_has_no_meaning():
    for call, word in [
        (lambda: experiments.greedy_packing(23), "dim"),
        (lambda: experiments.greedy_packing(4, 5), "distance"),
        (lambda: experiments.linear_packing([[1, 2]]), "generator"),
        (lambda: experiments.linear_packing([[1, 1], [1, 1]]), "independent"),
        (lambda: experiments.dependent_packing(6), "multiple of 4"),
        (lambda: experiments.every_one_bit(0.1, 5), "dim"),
        (lambda: experiments.every_one_bit(0.7, 3), "delta"),
        (lambda: experiments.every_pairing(0.1, 9, 1), "dim and bits"),
        (lambda: experiments.every_partition(np.ones((2, 30)) / 30, 30), "2\\*\\*20"),
        (lambda: experiments.perfect_code_information(0.1, 6, 1), "perfect"),
        (lambda: experiments.majority_information(0.1, 4), "odd"),
    ]:
        with pytest.raises(ValueError, match=word):
            call()


def test_a_small_error_declares_alpha():
    """The reduction: a gap below scale delta / 4 leaves exactly one point of the packing nearer than d/4, and it is alpha."""
    packing, delta, p = experiments.greedy_packing(12), 0.2, 2
    rng = dq.stream(0, "reduction")
    declared = close = 0
    for index in rng.integers(0, packing.size, 40):
        alpha = packing.points[index]
        for make, scale in ((problems.bernoulli_oracle, 1.0), (problems.paninski_oracle, 12**-0.5)):
            oracle = make(alpha, delta, p)
            noise = rng.uniform(0, 1, 12) * rng.uniform(0, 1)
            x = oracle.domain.radius * np.clip(noise * rng.choice([-1, 1], 12) - alpha * (1 - noise), -1, 1)
            gap, u = problems.value(oracle, x) - oracle.minimum, -x / oracle.domain.radius
            assert gap == pytest.approx(scale * delta * np.abs(u - alpha).sum() / 12)
            if gap < scale * delta / 4:
                close += 1
                assert packing.declare(u) == index
            declared += packing.declare(u) is not None
    assert close > 20 and declared >= close


def test_fano_on_an_exact_posterior():
    """The best test of V from one message, its error computed exactly, is never better than Fano allows."""
    packing = experiments.greedy_packing(6, 3)
    for delta, cells in itertools.product((0.1, 0.3, 0.5), (2, 3)):
        channel = experiments.paninski_channel(delta, packing.points)
        labels = dq.stream(cells, "cells").integers(0, cells, 12)
        message = channel @ np.eye(cells)[labels]
        information = experiments.mutual_information(message)
        missed = 1 - message.max(axis=0).sum() / packing.size
        bound = mayekar.fano_error(delta, information, math.log2(packing.size), scale=4 / delta)
        assert missed >= bound


def test_the_best_delta_of_fano():
    for coefficient, packing_bits in ((3.0, 2.0), (500.0, 12.0), (1e7, 190.0)):
        best = mayekar.fano_delta(coefficient, packing_bits)
        delta = np.linspace(1e-6, 0.5, 20001)
        values = mayekar.fano_error(delta, coefficient * delta**2, packing_bits)
        at_best = mayekar.fano_error(best, coefficient * best**2, packing_bits)
        assert at_best == pytest.approx(max(values), rel=1e-4)
    assert mayekar.fano_delta(1.0, 100.0) == 0.5


def test_assouad_on_exact_posteriors():
    """The best server of T messages, every outcome counted: its error is above `assouad_error`, and near it."""
    for kind, delta, T in itertools.product(("product", "paired"), (0.05, 0.15, 0.3), (1, 2, 3)):
        V = experiments.corners(3)
        channel = (experiments.bernoulli_channel if kind == "product" else experiments.paninski_channel)(delta, V)
        labels = np.arange(channel.shape[1]) % 4 if kind == "product" else [0, 1, 2, 1, 2, 3]
        message = channel @ np.eye(4)[np.asarray(labels)]
        joint = np.ones((8, 1))
        for _ in range(T):
            joint = (joint[:, :, None] * message[:, None, :]).reshape(8, -1)
        told = np.abs(V.T @ joint / 8).sum(axis=1).mean()  # E|E[V_i | M]|, the mean over i
        information = experiments.mutual_information(joint)
        assert information <= T * experiments.mutual_information(message) + 1e-12
        bound = mayekar.assouad_error(delta, information, 3)
        assert bound <= delta * (1 - told) <= bound + delta * 0.25


# ---- the theorems


def test_theorem_6_1_and_6_2_formulas():
    """With T past the condition the maximum over delta is c_0 D B ... exactly; before it delta = 1/2 is best."""
    for d, r, p in itertools.product((8, 64, 1024), (1, 3, 10, 5000), (1, 1.5, 2, 4, math.inf)):
        T = 1.001 * mayekar.bernoulli_least_steps(r, d)
        assert mayekar.bernoulli_error(T, r, d, 2.0, 3.0) == pytest.approx(
            6 * mayekar.BERNOULLI_C0 * math.sqrt(d / min(d, r) / T)
        )
        T = 1.001 * mayekar.paninski_least_steps(r, d)
        expected = mayekar.PANINSKI_C0 * d ** (0.5 - 1 / p) * math.sqrt(d / min(2 * d, 2.0 ** min(r, 60)) / T)
        assert mayekar.paninski_error(T, r, d, p) == pytest.approx(expected)
        for T in (0.01, 1.0, 77.0, 1e5):
            for kind, error in (
                ("product", mayekar.bernoulli_error(T, r, d)),
                ("paired", mayekar.paninski_error(T, r, d, p)),
            ):
                delta = np.geomspace(1e-5, 0.5, 5000)
                if kind == "product":
                    information, scale = mayekar.bernoulli_contraction(delta, r, d), 1.0
                else:
                    information, scale = mayekar.paninski_chi_square(delta, r, d), d ** (-1 / p)
                tried = scale * delta * (1 - np.sqrt(2 * math.log(2) * T * np.asarray(information) / d))
                assert error == pytest.approx(tried.max(), rel=1e-3)
                assert (
                    tried <= np.asarray(mayekar.assouad_error(delta, T * np.asarray(information), d, scale)) + 1e-15
                ).all()


def test_sharp_bounds_are_sharper():
    T = np.array([10.0, 1e3, 1e5, 1e8])
    for d, r in itertools.product((8, 256), (1, 4, 9, 300)):
        assert (
            mayekar.sharp_bernoulli_error(T, r, d) >= np.asarray(mayekar.bernoulli_error(T, r, d)) * (1 - 1e-4)
        ).all()
        ratio = np.asarray(mayekar.sharp_paninski_error(T, r, d, 3)) / np.asarray(mayekar.paninski_error(T, r, d, 3))
        assert (ratio >= 1 - 1e-4).all() and (ratio <= 1.5).all()
    assert mayekar.error_lower_bound(1e5, 4, 64, 3) == max(
        mayekar.bernoulli_error(1e5, 4, 64), mayekar.paninski_error(1e5, 4, 64, 3)
    )


def test_what_certified_constants_are_worth():
    """Fano with 360: c_0 = 0.0022; with the contraction instead 0.021; Assouad 0.106, 48 times the first, 2300 times in bits."""
    d, r, T = 10**6, 1000, 1e12
    fano = {}
    for name, constant in (("printed", 360.0), ("contraction", 4.0)):
        coefficient, packing_bits = constant * T * r, mayekar.PACKING_RATE * d
        delta = mayekar.fano_delta(coefficient, packing_bits)
        fano[name] = mayekar.fano_error(delta, coefficient * delta**2, packing_bits) * math.sqrt(T * r / d)
    assert fano["printed"] == pytest.approx(0.0022, abs=5e-5) and fano["contraction"] == pytest.approx(0.0209, abs=5e-5)
    assert pytest.approx(0.1062, abs=5e-5) == mayekar.BERNOULLI_C0
    assert (mayekar.BERNOULLI_C0 / fano["printed"]) ** 2 == pytest.approx(2320, abs=20)


def test_equations_3_and_4_bounds_never_cross():
    """E*_0 falls with r and T between the bounds; r* lies between its own, for every p and every d."""
    for p, d, T in itertools.product((2, 3, 8, math.inf), (16, 256, 1024), (1e2, 1e6)):
        bits = np.unique(np.geomspace(1, 4 * d, 25).astype(int))
        lower = np.asarray(mayekar.error_lower_bound(T, bits, d, p))
        upper = np.array([mayekar.error_upper_bound(T, int(r), d, p) for r in bits])
        assert (lower <= upper).all() and (np.diff(lower) <= 1e-15).all() and (np.diff(upper) <= 1e-15).all()
    for p in (1, 1.25, 1.9, 2, 2.5, 3, 4, 8, math.inf):
        low, high = mayekar.precision_bounds(2.0 ** np.arange(1, 31), p)
        assert (low <= high).all() and (low >= 1).all() and (np.diff(low) >= 0).all()


@pytest.mark.parametrize("p", [1, 1.5, 2, 3, 8, math.inf])
def test_theorem_3_1_lower_parts(p):
    """With fewer bits than the lower bound the error is above U(T, p), from T = 512 c_1^2 d on."""
    for d in (2**12, 2**20, 2**26):
        c1 = mayekar.upper_constant(p)
        low = mayekar.precision_lower_bound(d, p)
        for T in (512 * c1**2 * d, 1e14):
            fewer = max(1, math.ceil(low) - 1)
            if fewer < low:
                assert mayekar.error_lower_bound(T, fewer, d, p) > mayekar.accuracy(T, d, p)
            assert mayekar.accuracy(T, d, p) < 0.5  # with no bits at all an error of 1/2 is left
    if p >= 2:
        by_hand = max((mayekar.BERNOULLI_C0 / 4 * d ** (1 / p)) ** 2, 2 * math.log2(d**0.5 / 32))
    else:
        by_hand = d * (mayekar.BERNOULLI_C0 / (4 * c1 * math.sqrt(math.log2(d)))) ** 2
    assert low == pytest.approx(max(1, by_hand))
    assert mayekar.precision_lower_bound(d, p, c1=c1 / 2) > low


def test_the_map_of_r_star():
    """The theorem's numbers at d = 1024, floor k: 56.29 bits at p = 8, 239.6 at p = 4, 3525.3 at p = 2, 6146 below 2."""
    upper = [float(mayekar.precision_bounds(1024, p)[1]) for p in (1.5, 2, 4, 8, math.inf)]
    assert upper == pytest.approx([6146, 3525.3, 239.64, 56.29, 12.44], abs=0.06)
    assert mayekar.simq_plus_joint_bits(1024, 6) == 57 > upper[3]  # the next integer k costs more than the theorem says
    growth = [mayekar.precision_bounds(d, math.inf) for d in (2.0**20, 2.0**30)]
    assert growth[1][0] - growth[0][0] == pytest.approx(10) and growth[1][1] - growth[0][1] == pytest.approx(
        10, abs=1e-5
    )


@pytest.mark.parametrize("p", [2, 3, math.inf])
def test_remark_5_r_star_does_not_depend_on_T(p):
    """Both sides of every comparison fall like 1 / sqrt(T): the same bits are too few at all T from the condition on."""
    d = 2**22
    crossings = set()
    for T in np.geomspace(512 * d, 1e16, 7):
        bits = np.arange(1, 8000)
        crossings.add(int((np.asarray(mayekar.error_lower_bound(T, bits, d, p)) > mayekar.accuracy(T, d, p)).sum()))
    assert len(crossings) == 1 and crossings.pop() + 1 == math.ceil(mayekar.precision_lower_bound(d, p))


def test_section_7_the_whole_tradeoff():
    """p >= 2: SimQ+ with the k that r bits allow is within 14 sqrt(log2 d) of the lower bound, from ceil(log2(2d + 1)) bits to d."""
    worst = 0.0
    for p, d in itertools.product((2, 3, 6, math.inf), (64, 256, 1024)):
        bits = np.unique(np.geomspace(mayekar.simq_bits(d), d, 15).astype(int))
        lower = np.asarray(mayekar.error_lower_bound(1e9, bits, d, p))
        upper = np.array([mayekar.error_upper_bound(1e9, int(r), d, p) for r in bits])
        worst = max(worst, (upper / lower).max() / math.sqrt(math.log2(d)))
    assert 5 < worst < 14


def test_p_infinity_is_settled_at_every_precision():
    """SketchedSimQ from 1 bit on: D' alpha_0 / sqrt(T) is within 8 sqrt(2) of the first bound of Theorem 6.1, at powers of two."""
    for d in (32, 1024):
        for r in range(1, int(math.log2(2 * d)) + 1):
            q = quantizers.SketchedSimQ(1.0, d, r)
            T = 2 * mayekar.paninski_least_steps(r, d)
            upper = mayekar.psgd_error(d**0.5, math.sqrt(quantizers.second_moment_bound(q)), T)
            assert quantizers.nbits(q) == r
            assert upper / mayekar.paninski_error(T, r, d, math.inf) == pytest.approx(8 * math.sqrt(2))


# ---- the hardest instances, run


def test_paninski_instance_between_the_bounds():
    """d = 32: the error at 1 to 6 bits is above the lower bound, within 1.7 times of it, and below that of the theorem.

    Means of 40 trials: that one of 12 comparisons fails by chance has probability below 1e-6 (each is 4 standard errors away).
    """
    d, T = 32, 2000
    schemes = {str(r): quantizers.SketchedSimQ(1.0, d, r) for r in (1, 3, 6)}
    deltas = [0.5 / math.sqrt(4 * T * min(2**r, 2 * d)) * d * x for r in (1, 3, 6) for x in (0.7, 1.0)]
    table = experiments.hardest_errors("Paninski", d, math.inf, schemes, T, np.minimum(deltas, 0.5), trials=40, seed=1)
    assert table.bits.tolist() == [r for r in (1, 3, 6) for _ in deltas]
    alphas = [math.sqrt(quantizers.second_moment_bound(schemes[name])) for name in table.name]
    assert table.upper.to_numpy() == pytest.approx(mayekar.psgd_error(math.sqrt(d), alphas, T))
    best = table.loc[table.groupby("name").gap.idxmax()]
    assert (best.gap + 2 * best.interval > best.lower).all() and (best.worst < best.upper).all()
    assert (best.worst < 1.7 * best.lower).all() and (best.interval < 0.2 * best.worst).all()


def test_bernoulli_instance_between_the_bounds():
    """d = 16, p = 2: signs of r coordinates are within 1.62 of the lower bound at every r; SimQ+ and RATQ of a subset above it."""
    for d, r, T in itertools.product((16, 256), (1, 4, 16), (2000, 40000)):
        signs = experiments.sampled_signs_error(T, r, d)
        lower = mayekar.sharp_bernoulli_error(T, r, d)
        assert lower < signs < 1.62 * lower
    d, T = 16, 2000
    schemes = {
        "SimQ+": quantizers.SimQPlus.for_norm(1.0, d, p=2),
        "RATQ": quantizers.SubsampledRATQ(1.0, d, 20),
        "RATQ of 4": quantizers.SubsampledRATQ(1.0, d, 16),
    }
    table = experiments.hardest_errors("Bernoulli", d, 2, schemes, T, [0.006, 0.012, 0.025, 0.05], trials=40, seed=2)
    best = table.loc[table.groupby("name").gap.idxmax()]
    assert (best.gap - 2 * best.interval > best.lower).all() and (best.worst < best.upper).all()


def test_sampled_signs_against_a_simulation():
    rng, d, r, T, delta = dq.stream(0, "signs"), 8, 2, 60, 0.1
    told = rng.binomial(T, r / d, (20000, d))
    right = rng.binomial(told, 0.5 + delta)
    wrong = np.where(2 * right < told, 1.0, np.where(2 * right == told, 0.5, 0.0)).mean()
    assert experiments.sampled_signs_error(T, r, d, delta) == pytest.approx(2 * delta * wrong, abs=4 * 0.2 * 0.5 / 400)


# ---- SimQ in any number of bits


def test_sketched_simq_is_unbiased():
    """5 coordinates in 1, 2 and 3 bits, inputs on and in the ball: 30 z-tests below 4.5 (family-wise 2e-4), |Q|^2 <= its bound."""
    count = 3000
    for bits in (1, 2, 3):
        q = quantizers.SketchedSimQ(2.0, 5, bits)
        for y in (np.array([0.9, -0.6, 0.3, 0.0, 0.2]), np.array([0.0, 0.0, 0.0, 2.0, 0.0])):
            rng, keys = dq.stream(bits, "encoder"), dq.stream(bits, "shared").integers(0, 1 << 62, count)
            outputs = np.array([quantizers.quantize(q, y, rng=rng, shared=int(k)) for k in keys])
            spread = np.maximum(outputs.std(axis=0), 1e-12) / math.sqrt(count)
            assert (np.abs(outputs.mean(axis=0) - y) < 4.5 * spread + 1e-12).all()
            assert (outputs**2).sum(axis=1).max() <= quantizers.second_moment_bound(q) * (1 + 1e-12)
            assert np.abs(outputs).sum(axis=1).max() <= quantizers.second_moment_bound(q, order=1) ** 0.5 * (1 + 1e-12)


def test_sketched_simq_refuses_more_bits_than_it_can_use():
    assert (
        quantizers.nbits(quantizers.SketchedSimQ(1.0, 1024, 11))
        == 11
        == quantizers.nbits(quantizers.SimQ(1.0, 1024)) - 1
    )
    for arguments, word in (
        ((1.0, 4, 0), "bits"),
        ((1.0, 4, 4), "bits: expected at most 3"),
        ((0.0, 4, 1), "bound"),
        ((1.0, 0, 1), "dim"),
    ):
        with pytest.raises(ValueError, match=word):
            quantizers.SketchedSimQ(*arguments)
