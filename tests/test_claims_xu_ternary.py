"""Section 3.4 and 3.5 of Xu et al. held against brute force: (18)-(24), the Gaussian rule, message lengths; contraction, which is ours."""

import itertools
import math

import numpy as np
import pytest

from dqlab import quantizers as dqq
from dqlab.streams import stream
from dqlab.theory import xu


def vectors():
    """Small vectors that are hard for a threshold: ties, zeros, several maxima, heavy tails."""
    rng = stream(0, "three values")
    yield from (np.zeros(3), np.ones(4), np.array([2.0, 1, 1, 1]), np.array([1.0, -1, 0, 0, 0.5]), np.array([3.0]))
    yield np.array([1.0, 1 / 3, -1 / 3, 1 / 3])
    yield xu.hardest_vector(6) * np.array([1, -1, 1, 1, -1, 1])
    for _ in range(20):
        yield rng.standard_normal(6)
        yield rng.integers(-3, 4, 6).astype(float)
        spiky = rng.standard_t(1.5, 6)
        yield spiky / np.abs(spiky).max()


def brute_force(v):
    """min |v - s u|_2^2 over all ternary u, with the best s >= 0 for each."""
    best = (v**2).sum()
    for u in itertools.product((-1.0, 0.0, 1.0), repeat=v.size):
        u = np.array(u)
        if u.any():
            scale = max(u @ v / (u @ u), 0.0)
            best = min(best, ((v - scale * u) ** 2).sum())
    return best


def kept(v, threshold):
    """s and u of (18), (19), (23) at a threshold."""
    inside = np.abs(v) > threshold
    scale = np.abs(v[inside]).mean() if inside.any() else 0.0
    return scale, np.sign(v) * inside


def best_threshold(v):
    gains = xu.threshold_gains(v)
    k = int(gains.argmax()) + 1
    magnitudes = np.append(np.sort(np.abs(v))[::-1], 0.0)
    return k, magnitudes


def test_equations_18_to_22_the_best_ternary_vector_is_a_threshold():
    """(21) over all 3^d ternary vectors is never below the best threshold (22), and the error (20) is what theory says."""
    for v in vectors():
        least = brute_force(v)
        assert xu.threshold_error(v) == pytest.approx(least, abs=1e-12)
        thresholds = np.append(np.abs(v), 0.0)
        errors = []
        for threshold in thresholds:
            scale, u = kept(v, threshold)
            count = np.count_nonzero(u)
            errors.append(((v - scale * u) ** 2).sum())
            objective = count * scale**2 - 2 * scale * np.abs(v)[u != 0].sum() + (v**2).sum()  # (22)
            assert objective == pytest.approx(errors[-1], abs=1e-12)
        assert min(errors) == pytest.approx(least, abs=1e-12)


def test_equation_23_the_best_level_is_the_mean_of_what_is_kept():
    for v in vectors():
        for threshold in (0.0, 0.4, 1.0):
            scale, u = kept(v, threshold)
            error = ((v - scale * u) ** 2).sum()
            for other in scale * np.linspace(0, 2, 41):
                assert error <= ((v - other * u) ** 2).sum() + 1e-12


def test_equation_24_maximises_what_is_kept_and_ties_stay_together():
    """S_k^2 / k is convex in k along equal magnitudes, so a maximum is at the end of a tie group, and there a threshold can be."""
    for v in vectors():
        gains = xu.threshold_gains(v)
        k, magnitudes = best_threshold(v)
        if not v.any():
            assert xu.threshold_error(v) == 0
            continue
        assert magnitudes[k - 1] > magnitudes[k]
        scale, u = kept(v, magnitudes[k])
        assert np.count_nonzero(u) == k
        assert ((v - scale * u) ** 2).sum() == pytest.approx((v**2).sum() - gains[k - 1], abs=1e-12)


def test_the_best_threshold_is_half_the_level():
    """v_(k+1) < s / 2 < v_(k), strictly, so that s / 2 is a best threshold; and the error is orthogonal to what is sent."""
    for v in vectors():
        if v.any():
            k, magnitudes = best_threshold(v)
            scale, u = kept(v, magnitudes[k])
            assert magnitudes[k] < scale / 2 < magnitudes[k - 1]
            assert (v - scale * u) @ (scale * u) == pytest.approx(0, abs=1e-12)


def test_what_24_maximises_is_not_unimodal():
    """One entry of 1 and 29 of 0.3: the first decrease is at once, the maximum at the end, and alternating updates stay where they are."""
    v = np.array([1.0] + [0.3] * 29)
    gains = xu.threshold_gains(v)
    assert gains[:6].round(3).tolist() == [1.0, 0.845, 0.853, 0.903, 0.968, 1.042]
    assert gains.argmax() == 29 and gains[29] == pytest.approx(9.7**2 / 30)
    threshold = 0.5
    for _ in range(5):
        scale, u = kept(v, threshold)
        threshold = scale / 2
    assert (scale, np.count_nonzero(u)) == (1.0, 1)
    assert ((v - scale * u) ** 2).sum() > 5 * xu.threshold_error(v)
    assert xu.threshold_gains([1, 1 / 3, 1 / 3, 1 / 3])[[0, 3]] == pytest.approx([1, 1])


def test_no_three_valued_message_is_closer():
    """Whatever random signs draw, with either scaler or clipped, is s times a ternary vector: the best threshold is at least as close."""
    rng = stream(0, "draws of signs")
    for v in vectors():
        for scale in (np.abs(v).max(), np.linalg.norm(v)):
            for _ in range(10):
                q = scale * np.sign(v) * (rng.random(v.size) * max(scale, 1e-300) < np.abs(v))
                assert ((q - v) ** 2).sum() >= xu.threshold_error(v) - 1e-12
        assert xu.terngrad_error_l2(v) >= xu.terngrad_error(v) - 1e-12 >= xu.threshold_error(v) - 2e-12


def test_errors_of_random_signs_are_sums_over_all_outcomes():
    """E|Q(v) - v|^2 coordinate by coordinate: p (s - |v_i|)^2 + (1 - p) v_i^2 with p = |v_i| / s."""
    for v in vectors():
        a = np.abs(v)
        for scale, error in ((a.max(), xu.terngrad_error(v)), (np.linalg.norm(v), xu.terngrad_error_l2(v))):
            p = a / (scale or 1.0)
            assert error == pytest.approx((p * (scale - a) ** 2 + (1 - p) * a**2).sum(), abs=1e-12)
        top = 0.8 * math.sqrt((v**2).mean())
        u = np.clip(v, -top, top)
        p, scale = np.abs(u) / (np.abs(u).max() or 1.0), np.abs(u).max()
        exact = (p * (scale * np.sign(u) - v) ** 2 + (1 - p) * v**2).sum()
        assert xu.terngrad_error(v, clip=0.8) == pytest.approx(exact, abs=1e-12)
        assert xu.terngrad_error(v, clip=100.0) == xu.terngrad_error(v)


def test_random_signs_at_their_worst():
    rng = stream(0, "worst for signs")
    for d in (1, 4, 50):
        spike = np.full(d, 1 / (1 + math.sqrt(d)))
        spike[0] = 1.0
        assert xu.terngrad_error(spike) / (spike @ spike) == pytest.approx(xu.terngrad_worst_error(d))
        assert xu.terngrad_error_l2(np.ones(d)) / d == pytest.approx(xu.terngrad_worst_error(d, "l2"))
        for v in (*rng.standard_normal((50, d)), *rng.standard_t(1.1, (50, d))):
            assert xu.terngrad_error(v) <= xu.terngrad_worst_error(d) * (v @ v) + 1e-9
            assert xu.terngrad_error_l2(v) <= xu.terngrad_worst_error(d, "l2") * (v @ v) + 1e-9


def test_the_error_of_random_signs_grows_with_the_dimension():
    """Gaussian vectors: sqrt(2 / pi) E max - 1, like the root of 2 ln d; the threshold stays at 0.19, clipping at 2.5 sigma at 1.01.

    Means of 4 draws, within five standard errors: wrong less than once in 10^5.
    """
    expected = []
    for d in (10**3, 10**4, 10**5):
        draws = stream(0, "Gaussian vectors", d).standard_normal((4, d))
        squares = (draws**2).sum(axis=1)
        ratio = np.array([xu.terngrad_error(v) for v in draws]) / squares
        expected.append(xu.terngrad_gaussian_error(d))
        spread = 1.28 / math.sqrt(2 * math.log(2 * d))  # deviation of the largest, at most; Gumbel
        assert abs(ratio.mean() - expected[-1]) < 5 * spread / 2
        threshold = [xu.threshold_error(v) for v in draws] / squares
        assert threshold == pytest.approx(0.19017, abs=0.02)
        clipped = [xu.terngrad_error(v, clip=2.5) for v in draws] / squares
        assert clipped == pytest.approx(xu.clipped_gaussian_error(2.5), rel=0.1)
        assert xu.terngrad_error_l2(draws[0]) / squares[0] == pytest.approx(math.sqrt(2 * d / math.pi) - 1, rel=0.05)
    assert expected == pytest.approx([1.7411, 2.2065, 2.6171], abs=1e-3)
    growth = [xu.gaussian_max(d) / math.sqrt(2 * math.log(d)) for d in (10**2, 10**4, 10**8)]
    assert np.all(np.diff(np.abs(np.array(growth) - 1)) < 0)


def test_contraction_is_true_and_not_attained():
    """1 - 1 / H_d holds for every vector, 1 - 1 / G_d too, and the second is attained: by a vector for which all k are equally good."""
    rng = stream(0, "contraction")
    for d in (2, 3, 10, 100):
        hard = xu.hardest_vector(d)
        assert xu.threshold_gains(hard) == pytest.approx(np.ones(d))
        assert xu.threshold_error(hard) / (hard @ hard) == pytest.approx(xu.sharp_contraction(d))
        assert xu.sharp_contraction(d) < xu.contraction(d) - 0.1
        near = hard * np.exp(0.3 * rng.standard_normal((100, d)))
        for v in (*near, *rng.standard_t(1.1, (100, d)), 1 / np.arange(1.0, d + 1), np.arange(1.0, d + 1) ** -0.5):
            assert xu.threshold_error(v) <= xu.sharp_contraction(d) * (v @ v) + 1e-12
    assert xu.harmonic(10**5) <= 1 + math.log(10**5)
    G = [1 / (1 - xu.sharp_contraction(d)) - math.log(d) / 4 for d in (10**3, 10**6)]
    assert G == pytest.approx([0.99766, 0.99766], abs=1e-4)


def rule_error(v, factor=0.75):
    """The error of Section 3.5's threshold, relative to |v|^2."""
    scale, u = kept(v, factor * np.abs(v).mean())
    return ((v - scale * u) ** 2).sum() / (v @ v)


def test_the_gaussian_rule_has_no_such_factor():
    """Its least factor is 1 - 81 / (16 d): random vectors keep to it, and vectors near the worst come up to it."""
    rng = stream(0, "rule")
    for d in (2, 5, 9, 100):
        bound = xu.rule_contraction(d)
        for v in (*rng.standard_normal((50, d)), *rng.standard_t(1.1, (50, d)), *rng.integers(-3, 4, (50, d))):
            if v.any():
                assert rule_error(v) <= bound + 1e-12
        worst = 0.0
        for k in range(1, d + 1):
            for rest in (0.0, 0.75):  # what is dropped, in units of the mean; a hair above the threshold is kept
                v = np.full(d, rest)
                v[:k] = 0.75 + 1e-9
                v[0] = d - v[1:].sum()
                worst = max(worst, rule_error(v) if v[0] > 0.75 else 0.0)
        assert worst == pytest.approx(bound, abs=1e-6)
    assert (1 - xu.rule_contraction(10**5)) * 10**5 == pytest.approx(81 / 16, rel=1e-3)
    assert 1 - xu.sharp_contraction(10**5) > 5000 * (1 - xu.rule_contraction(10**5))


def test_section_3_5_the_gaussian_rule_and_seven_densities():
    """Constants by integration and root finding: (threshold / sigma, over E|v|, least error, that of 0.75 E|v|, share kept)."""
    table = xu.three_level_table()
    known = {
        "uniform": (1 / math.sqrt(3), 2 / 3, 1 / 9, None, 2 / 3),
        "Gaussian": (0.61200, 0.7670, 0.19017, 0.19027, 0.541),
        "logistic": (0.6310, 0.8256, 0.23074, 0.23234, 0.483),
        "Laplace": (1 / math.sqrt(2), 1.0, 1 - 2 / math.e, None, 1 / math.e),
        "Student t, 5": (0.6354, 0.8644, 0.27430, 0.27755, 0.449),
        "Student t, 3": (0.6601, 1.0368, 0.41462, 0.42678, 0.336),
        "gen. normal, 1/2": (1.0165, 1.8558, 0.36286, 0.44151, 0.154),
    }
    assert set(table) == set(known)
    for name, (threshold, over, error, rule, share) in known.items():
        row = table[name]
        assert (row.threshold, row.over_mean) == pytest.approx((threshold, over), abs=6e-5)
        assert row.error == pytest.approx(error, abs=6e-6) and row.kept == pytest.approx(share, abs=6e-4)
        assert rule is None or row.rule_error == pytest.approx(rule, abs=6e-6)
        assert row.scale == pytest.approx(2 * row.threshold, abs=1e-6) and row.rule_error > row.error
    losses = {name: row.rule_error / row.error - 1 for name, row in table.items()}
    assert losses["Gaussian"] < 0.001 and 0.2 < max(losses.values()) < 0.22


@pytest.mark.parametrize("name", ["Gaussian", "Laplace"])
def test_densities_are_what_long_vectors_see(name):
    """A quarter of a million draws: the relative error and the share kept agree with the integrals within one per cent of 1."""
    rng = stream(0, "densities", name)
    v = rng.standard_normal(2**18) if name == "Gaussian" else rng.laplace(size=2**18)
    row = xu.three_level_table()[name]
    assert xu.threshold_error(v) / (v @ v) == pytest.approx(row.error, abs=0.01)
    assert best_threshold(v)[0] / v.size == pytest.approx(row.kept, abs=0.05)
    assert rule_error(v) == pytest.approx(row.rule_error, abs=0.01)


def test_figure_3_the_staircase():
    """Zero within [-Delta, Delta], s to the right, -s to the left, for values from v_min to v_max."""
    v = np.linspace(-1.0, 1.5, 101)
    k, magnitudes = best_threshold(v)
    scale, u = kept(v, magnitudes[k])
    assert set(u) == {-1.0, 0.0, 1.0} and (np.diff(u) >= 0).all()
    assert (u[np.abs(v) <= scale / 2] == 0).all() and (u[v > scale / 2] == 1).all() and (u[v < -scale / 2] == -1).all()


def test_encode_the_lengths_and_what_shorter_ones_could_be():
    """32 + 2d and 32 + d + 2k as printed; d bits are not needed to say which k are selected; 1.54 bits is what symbols carry."""
    assert (xu.dense_bits(47236), xu.masked_bits(47236, 1000)) == (94504, 49268)
    for d in (10, 100, 1000):
        assert xu.masked_bits(d, d) - xu.dense_bits(d) == d and xu.masked_bits(d, d // 2) == xu.dense_bits(d)
        for k in (0, d // 100, d // 10, d // 2, d):
            tight = xu.tight_bits(d, k)
            assert tight <= xu.masked_bits(d, k) + d.bit_length()
            if 0 < k < d:
                p = k / d
                entropy = d * (-p * math.log2(p) - (1 - p) * math.log2(1 - p)) + k * math.log2(3)
                assert tight - 32 <= entropy + d.bit_length() + 2
        assert xu.radix_bits(d) == 32 + math.ceil(d * math.log2(3))
    assert xu.tight_bits(10**4, 200) < xu.masked_bits(10**4, 200) / 4
    assert xu.symbol_entropy(xu.three_level_table()["Gaussian"].kept) == pytest.approx(1.536, abs=1e-3)
    assert xu.symbol_entropy(2 / 3) == pytest.approx(math.log2(3))


def test_the_quantizers_keep_to_the_theory():
    """Threshold: its error on every vector, its worst case and that of the rule. TernGrad: means of 2,000 draws within five standard errors,
    all of 12 wrong less than once in 10^4. Lengths of messages."""
    rng = stream(0, "library")
    for v in (*vectors(), xu.hardest_vector(2000)):
        q = dqq.quantize(dqq.Threshold(v.size), v)
        assert ((q - v) ** 2).sum() == pytest.approx(xu.threshold_error(v), abs=1e-6)
    d = 900
    worst = np.zeros(d)
    worst[: 4 * d // 9] = 0.75 + 1e-9
    worst[0] = d - worst[1:].sum()
    q = dqq.quantize(dqq.Threshold(d, rule="gaussian"), worst)
    assert ((q - worst) ** 2).sum() / (worst @ worst) == pytest.approx(xu.rule_contraction(d), abs=1e-5)
    spike = np.full(64, 1 / 9)
    spike[0] = 1.0
    for v in (spike, *rng.standard_normal((3, 64))):
        for parameters in ({}, {"scaler": "l2"}, {"clip": 1.0}):
            quantizer = dqq.TernGrad(64, **parameters)
            drawn = np.array([((dqq.quantize(quantizer, v, rng=rng) - v) ** 2).sum() for _ in range(2000)])
            exact = xu.terngrad_error_l2(v) if "scaler" in parameters else xu.terngrad_error(v, parameters.get("clip"))
            assert abs(drawn.mean() - exact) < 5 * drawn.std() / math.sqrt(2000)
    q = dqq.Threshold(300)
    assert dqq.nbits(q) == xu.dense_bits(300) and dqq.selected_bits(q, 40) == xu.masked_bits(300, 40)
    assert xu.radix_bits(300) <= dqq.tight_bits(q) <= xu.radix_bits(300) + 8
    assert abs(dqq.tight_bits(q, 40) - xu.tight_bits(300, 40)) <= 1
