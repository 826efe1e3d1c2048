"""What the regret theory of Xu et al. gets wrong: a counterexample to every printed line, in exact numbers."""

import math

import numpy as np
import pytest

from dqlab.theory import xu as theory


def valley(L, far, delta, T, printed):
    """T steps of QCMD adagrad on f(x) = L (x - far)**2 / 2 from 0, exact gradients: eta, x, q, and the mean of f(x_{t+1})."""
    eta, x, q = theory.cmd_stepsize(L, delta=1.0, printed=printed), [0.0], []
    for _ in range(T):
        q.append(L * (x[-1] - far))
        x.append(x[-1] - eta * q[-1] / (delta + math.sqrt(np.square(q).sum())))
    x, q = np.array(x)[:, None], np.array(q)[:, None]
    return eta, x, q, float((L * (x[1:] - far) ** 2 / 2).mean())


def test_D1_the_printed_G_grows_with_T():
    """Gradients of size 1: max_i |q_{1:T,i}| = sqrt(T), and the printed bound is 20 for ever; with max |q_{t,i}| it is 2 and 0.2."""
    for T, printed, meant in ((100, 20.0, 2.0), (10_000, 20.0, 0.2)):
        q = np.ones((T, 10))
        constants = {"dim": 10, "D": 1.0, "delta": 1.0, "eta": 0.5}
        G_printed, G = theory.gradient_bound(q, printed=True)[-1], theory.gradient_bound(q)[-1]
        assert G_printed == pytest.approx(math.sqrt(T)) and G == 1
        assert theory.theorem_4_3(T, G=G_printed, printed=True, **constants) == pytest.approx(printed)
        assert theory.theorem_4_3(T, G=G, printed=True, **constants) == pytest.approx(meant)


def test_D2_D_infinity_enters_squared():
    """f = (x - 10)**2 / 200, delta = 1000, exact gradients, one step: the regret is 0.49998, the printed bound 0.355, with D**2 2.65."""
    eta, x, q, regret = valley(0.01, 10.0, 1000.0, 1, printed=True)
    D, G = np.abs(x[:-1] - 10).max(), theory.gradient_bound(q, printed=True)[-1]
    bound = theory.theorem_4_3(1, 1, G, D, 1000.0, eta, printed=True)
    assert round(regret, 5) == 0.49998 and bound == pytest.approx(0.355) and D == 10
    assert bound + G * (D**2 - D) / (2 * eta) == pytest.approx(2.65)


def test_D3_what_delta_costs_is_missing():
    """The same with delta = 1e5 and 100 steps: the regret is 0.5, Theorem 4.3 without the term in delta 0.265, even with D**2."""
    eta, x, q, regret = valley(0.01, 10.0, 1e5, 100, printed=True)
    D, G = np.abs(x[:-1] - 10).max(), theory.gradient_bound(q)[-1]
    without = (1 + D**2 / (2 * eta)) * G / 10
    assert round(regret, 4) == 0.5 and round(without, 3) == 0.265
    # the display of A.2 that loses it, and the one with it
    drift = theory.drift(x, q, 1e5, [10.0])
    assert (drift > 1e4 * theory.drift_bound(q, D, 1e5, printed=True)).all()
    assert (drift <= theory.drift_bound(q, D, 1e5) * (1 + 1e-12)).all()
    assert regret <= theory.theorem_4_3(100, 1, G, D, 1e5, theory.cmd_stepsize(0.01))


def test_D4_half_of_the_bregman_divergence_is_lost():
    """-<xi, step> for step = -xi / H is |xi|**2 / H, and the printed sum is 0.75 of it. Proposition 3.1 as printed fails: 4.365 > 3.735."""
    xi, H = 1.0, 2.0
    step = -xi / H
    bregman = H * step**2 / 2
    assert (xi**2 / H / 2 + bregman / 2) / (-xi * step) == 0.75
    assert xi**2 / H / 2 + bregman == -xi * step
    # f(x) = 3 x on [-1.5, 0], q is 100 with chance 0.03 and otherwise 0: L = 0, eta = 2, delta = 1, one step from 0
    eta, slope, regret, printed = theory.cmd_stepsize(0.0, printed=True), 3.0, 0.0, 0.0
    for chance, value in ((0.97, 0.0), (0.03, 100.0)):
        x = max(-eta * value / (1.0 + value), -1.5)
        regret += chance * slope * (x + 1.5)
        printed += chance * theory.proposition_3_1([[0.0], [x]], [[value]], 1.0, eta, [-1.5], printed=True)[0]
    assert eta == 2.0
    assert round(regret, 3) == 4.365 and round(printed, 3) == 3.735


def test_D5_one_strongly_convex_means_delta_at_least_1():
    """f = x**2 / 2 from 0.001, delta = 0.001 = |q_1|, eta = 1/2: f(x_2) = 0.031 against 0.0005; with eta = 1 / (1 + L / delta) it holds."""
    for eta, holds in ((theory.cmd_stepsize(1.0), False), (theory.cmd_stepsize(1.0, delta=0.001), True)):
        x = 0.001 - eta * 0.001 / 0.002
        bound = theory.proposition_3_1([[0.001], [x]], [[0.001]], 0.001, eta, [0.0])[0]
        assert (x**2 / 2 <= bound) == holds
        if not holds:
            assert (round(x**2 / 2, 3), round(bound, 4)) == (0.031, 0.0005)


def test_D6_the_variance_step_is_false():
    """q in {0, 1}, P(q = 1) = 0.1, delta = 0.001: 9.0809 is not at most 0.0999. In 1 / H_{t-1} it holds: 90 <= 100."""
    step = theory.variance_step([0.0, 1.0], [0.9, 0.1], delta=1e-3)
    assert [round(value, 4) for value in step] == [9.0809, 0.0999, 90.0, 100.0]
    assert step.noise_now > 90 * step.square_now
    # delta >= max |q| alone does not save it: q = 1 or -0.4, 0.2323 is not at most 0.2300
    mixed = theory.variance_step([1.0, -0.4], [0.3, 0.7], delta=1.0)
    assert mixed.noise_now > mixed.square_now and mixed.noise_now <= mixed.noise_before <= mixed.square_before
    # it does where q is 0, s or -s for one s: then 2 E[q / H_t] >= E[q] / H_{t-1}
    for p, s, history in ((0.1, 1.0, 0.0), (0.9, 1.0, 2.0), (0.5, 0.3, 0.1)):
        one_scale = theory.variance_step([0.0, s], [1 - p, p], delta=1.0, history=history)
        assert one_scale.noise_now <= one_scale.square_now


def test_D7_proposition_3_2_is_about_x_t():
    """f = 50 x**2, q = 1 or -1 at x_1 = 0: at x_1 the regret is 0, at x_2 it is 12.5, the bound 0.5. (And E[q_t] is a gradient, not a value.)"""
    moved = [theory.conjugate_gradient([-q], 1, 0.0, [2.0], 1.0)[0] for q in (1.0, -1.0)]
    bound = theory.proposition_3_2([[1.0]], 1.0, 1.0, [0.0])[0]
    assert np.mean([50 * x**2 for x in moved]) == 12.5 and bound == 0.5


def test_D8_convexity_of_phi_at_x_t_is_not_what_is_used():
    """phi = |x|, x_t = 1, x_{t+1} = -1/2, x* = 2: phi(x_{t+1}) + phi'(x_t) (x* - x_{t+1}) = 3 > 2 = phi(x*); with phi'(x_{t+1}) it is -2."""
    now, after, best = 1.0, -0.5, 2.0
    assert abs(after) + np.sign(now) * (best - after) == 3.0 > abs(best)
    assert abs(after) + np.sign(after) * (best - after) == -2.0 < abs(best)


def test_D9_the_metric_is_made_of_quantized_gradients():
    """q in {0, 1}, P(q = 1) = 0.1, two steps: E|q_{1:2}| = 0.194, |f'_{1:2}| = 0.141, so that A.2 with f' bounds 0.597 by 0.571 at delta = 1."""
    expected = sum(p * theory.path_length(np.array(q)[:, None])[-1] for p, q in _two_coins())
    drift = sum(p * theory.drift(np.ones((3, 1)), np.array(q)[:, None], 1.0, [0.0])[-1] for p, q in _two_coins())
    assert round(expected, 3) == 0.194 and round(0.1 * math.sqrt(2), 3) == 0.141
    assert round(drift, 3) == 0.597 and round((1 + 0.1 * math.sqrt(2)) / 2, 3) == 0.571


def _two_coins():
    chance = {0.0: 0.9, 1.0: 0.1}
    return [(chance[a] * chance[b], (a, b)) for a in chance for b in chance]


def test_D10_the_conjugate_has_eta_over_2H():
    """The supremum by search: 1 at g = 3, t lambda = 1, H = 1, eta = 1/2; printed 0.5, which belongs to <x, H x>; so does A.4's psi_T(x*)."""
    x = np.linspace(-10, 10, 400_001)
    for scale, printed in ((0.5, False), (1.0, True)):
        supremum = (3 * x - np.abs(x) - scale * x**2 / 0.5).max()
        assert supremum == pytest.approx(theory.conjugate([3.0], 1, 1.0, [1.0], 0.5, printed=printed), abs=1e-8)
    assert theory.conjugate([3.0], 1, 1.0, [1.0], 0.5) == 1.0
    # (17) is the maximiser for <x, H x> / 2 and not for <x, H x>
    assert x[np.argmax(3 * x - np.abs(x) - x**2)] == pytest.approx(
        theory.conjugate_gradient([3.0], 1, 1.0, [1.0], 0.5)[0]
    )


def two_sided_noise(T, eta, noise):
    """QRDA adagrad on f(x) = |x| from 0, q_t = f' + noise or f' - noise, all 2**T paths: sums of E f(x_t), of E f(x_{t+1}), all q, and G."""
    delta, q, at, after = 1 + noise, np.empty((1, 0)), 0.0, 0.0
    x = np.zeros(1)
    for _ in range(T):
        at += np.abs(x).mean()
        slope = np.repeat(np.sign(x), 2)
        q = np.column_stack([np.repeat(q, 2, axis=0), slope + noise * np.tile([1.0, -1.0], x.size)])
        x = -eta * q.sum(axis=1) / (delta + np.sqrt((q**2).sum(axis=1)))
        after += np.abs(x).mean()
    return at, after, q, delta


def test_D11_eta_is_counted_twice():
    """|x| with noise 3, eta = 0.1, T = 12, all 4,096 paths: Proposition 3.2 as printed bounds 0.435 by 0.031, Theorem 4.4 0.0336 by 0.02."""
    T, eta = 12, 0.1
    at, after, q, delta = two_sided_noise(T, eta, 3.0)
    sides = {
        printed: np.mean([theory.proposition_3_2(path[:, None], delta, eta, [0.0], printed=printed)[-1] for path in q])
        for printed in (True, False)
    }
    assert (round(at, 3), round(after, 3)) == (0.403, 0.435)
    assert round(sides[True], 3) == 0.031 and round(sides[False], 3) == 0.626 > at
    G = 4 * math.sqrt(T)  # the largest that |q_{1:T}| can be, as G_infinity is printed
    assert np.sqrt((q**2).sum(axis=1)).max() <= G
    assert round(at / T, 4) == 0.0336
    assert theory.theorem_4_4(T, 1, G, [0.0], delta, eta, printed=True) == pytest.approx(0.02)
    assert theory.theorem_4_4(T, 1, 4.0, [0.0], delta, eta) > at / T
    # the smoothness of the conjugate, with |.|**2 as printed: psi*(2) = 1 at H = 1, eta = 1/2, and the bound from 1 is 0.8125
    assert (
        theory.conjugate([2.0], 0, 0.0, [1.0], 0.5) == theory.conjugate_bound([1.0], [1.0], 0, 0.0, [1.0], 0.5) == 1.0
    )
    assert theory.conjugate_bound([1.0], [1.0], 0, 0.0, [1.0], 0.5, printed=True) == 0.8125


def test_D12_delta_is_compared_with_gradients_not_with_their_squares():
    """q = 0.1 and delta = q**2 = 0.01: the sum is 0.5 and should be at most 0.1; with delta = 0.1 it is 0.05."""
    assert [side[0] for side in theory.lemma_4_2([[0.1]], 0.01)] == pytest.approx([0.5, 0.1])
    assert theory.lemma_4_2([[0.1]], 0.1).left[0] == pytest.approx(0.05)


def test_D13_lemma_4_2_is_about_the_inverse_of_H():
    """With eta / (2 H_{t-1}), eta = 3 and a thousand ones the sum is 42.68, its bound 31.62; without eta it is 28.45."""
    q = np.ones((1000, 1))
    printed, right = theory.lemma_4_2(q, 1.0, eta=3.0, printed=True), theory.lemma_4_2(q, 1.0)
    assert (round(printed.left[-1], 2), round(printed.right[-1], 2), round(right.left[-1], 2)) == (42.68, 31.62, 28.45)
    assert (theory.lemma_4_2(q, 1.0, eta=2.0, printed=True).left <= right.right).all()


def test_D14_z_T_grows_by_q_T():
    """z_1 = 1, q_2 = 1, no penalty, H = eta = 1: psi*(-z_2) = 2 and the bound from -z_1 is 2; with the printed sign it would be 0."""
    value = theory.conjugate([-2.0], 2, 0.0, [1.0], 1.0)
    assert value == theory.conjugate_bound([-1.0], [-1.0], 2, 0.0, [1.0], 1.0) == 2.0
    assert theory.conjugate_bound([-1.0], [1.0], 2, 0.0, [1.0], 1.0) == 0.0


def test_D16_nothing_bounds_D_infinity_beforehand():
    """f_t = x or -x by a fair coin, eta = delta = 1, no penalty: the standard deviation of x_{T+1} is 1.65, 2.65, 3.40 at T = 1e2, 1e4, 1e6."""
    t = np.arange(1, 10**6 + 1)
    spread = np.sqrt(np.cumsum(1 / (1 + np.sqrt(t)) ** 2))  # H_t = 1 + sqrt(t), whatever the coins say
    assert [round(float(spread[T - 1]), 2) for T in (10**2, 10**4, 10**6)] == [1.65, 2.65, 3.4]
    assert spread[-1] ** 2 > 0.8 * math.log(10**6)


def test_D27_f_t_at_x_next_says_nothing_of_f():
    """f_t = (x - 1)**2 / 2 or (x + 1)**2 / 2 by a fair coin, one step from x* = 0: the regret is -0.219, F - F* at the average 0.031."""
    eta, regret, excess = theory.cmd_stepsize(1.0), [], []
    for b in (1.0, -1.0):
        x = eta * b / (1.0 + 1.0)  # q_1 = -b, H_1 = 2
        regret.append((x - b) ** 2 / 2 - b**2 / 2)
        excess.append(np.mean([(x - c) ** 2 / 2 - c**2 / 2 for c in (1.0, -1.0)]))
    assert (round(np.mean(regret), 3), round(np.mean(excess), 3)) == (-0.219, 0.031)


def test_D28_the_propositions_charge_the_gradient_not_the_quantizer():
    """Without any quantization, q = f' = 1: |q - f'|**2 is 0, and what the remark calls the error of quantization 0.5. TernGrad adds E|xi|**2."""
    exact = theory.variance_step([1.0], [1.0], delta=1.0)
    assert (exact.noise_now, exact.square_now) == (0.0, 0.5)
    for chance in (0.1, 0.5, 0.9):  # in 1 / H_{t-1} the second moment is the gradient's part and the noise
        step = theory.variance_step([0.0, 2.0], [1 - chance, chance], delta=3.0, history=1.0)
        assert step.square_before == pytest.approx(step.noise_before + (2 * chance) ** 2 / 4)


def test_D29_theorem_4_4_needs_a_large_delta():
    """q = 1, 1, 1, 1, -100, eta = 1, delta = 1e-9, x* = 0: the sum of q_t x_t is 195.9, the corrected bound 100.0. With delta = 100 it holds."""
    q = np.array([1.0, 1, 1, 1, -100])
    for delta, holds in ((1e-9, False), (100.0, True)):
        H = theory.scales(q[:, None], delta)[:, 0]
        x = np.concatenate([[0.0], -np.cumsum(q)[:-1] / H[1:-1]])
        regret, bound = float(q @ x), 5 * theory.rda_regret(5, theory.path_length(q[:, None])[-1], [0.0], delta, 1.0)
        assert (regret <= bound) == holds
        if not holds:
            assert (round(regret, 1), round(bound, 1)) == (195.9, 100.0)


def test_D30_theorem_4_4_needs_x_1_to_be_0():
    """f = x**2 / 2 from x_1 = 10, one step: the regret at x_1 is 50, the bound 10 at eta = 1; and (17) forgets x_1 after that step."""
    bound = theory.rda_regret(1, theory.path_length([[10.0]])[-1], [0.0], 10.0, 1.0)
    assert 10.0**2 / 2 == 50.0 > bound == 10.0
    assert theory.conjugate_gradient([-10.0], 1, 0.0, [20.0], 1.0).tolist() == [-0.5]
