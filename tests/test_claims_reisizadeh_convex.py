"""QuanTimed-DSGD on strongly convex functions: Lemmas 1 to 4, Theorem 1 and every line of their proofs.

Conditional expectations are exact for quadratics with rounding to a grid, so most comparisons are of numbers. Means of draws are held
within five standard errors, fewer than 60 of them: right code fails by chance less than once in 10,000 runs.
"""

import math

import numpy as np
import pytest

import dqlab as dq
from dqlab.algorithms import convex_schedule, q_dsgd
from dqlab.clock import FixedBatch
from dqlab.experiments import reisizadeh as experiments
from dqlab.networks import Mixing, complete, laplacian_weights, lazy, ring
from dqlab.problems import DecentralisedQuadratics, Penalty, node_gradients, sample_gradients
from dqlab.quantizers import DecimalGrid
from dqlab.theory import reisizadeh as theory

DIM, NODES = 4, 6
NETWORKS = {
    "ring": laplacian_weights(ring(NODES)),
    "lazy ring": lazy(laplacian_weights(ring(NODES))),
    "complete": laplacian_weights(complete(NODES), kappa=NODES),
}


def planted(seed=0, spread=1.0, noise=4.0, samples=8, kappa=2.0, L=1.0):
    rng = dq.stream(seed, "problem")
    return DecentralisedQuadratics.planted(rng, NODES, DIM, samples, kappa=kappa, spread=spread, noise=noise, L=L)


def close(draws, expected):
    """The mean of draws within five standard errors of what it should be."""
    return abs(draws.mean() - expected) <= 5 * draws.std(ddof=1) / math.sqrt(draws.size)


def test_lemma_1_noise_of_gradients():
    """(i)-(vi) over data sets: every sample's gradient is off by gamma in a random direction, so that gamma**2 is attained."""
    gamma_sq, n, m, p, sets, batch = 4.0, 5, 6, 3, 20_000, 3
    rng = dq.stream(0, "data sets")
    off = rng.standard_normal((sets, n, m, p))
    off *= math.sqrt(gamma_sq) / np.linalg.norm(off, axis=-1, keepdims=True)  # grad l(x, theta_ij) - grad L(x)
    own, all_of_them = off.mean(axis=2), off.mean(axis=(1, 2))

    def square(difference):
        return (difference**2).sum(axis=-1).reshape(sets, -1).mean(axis=1)

    assert all(close(own[:, 0, k], 0.0) and close(all_of_them[:, k], 0.0) for k in range(p))  # (i)
    assert close(square(own), theory.node_variance(gamma_sq, m))  # (ii)
    assert close(square(all_of_them), theory.network_variance(gamma_sq, m, n))  # (iii)
    assert close(square(own - all_of_them[:, None]), theory.disagreement_exact(gamma_sq, m, n))  # (iv)
    assert theory.disagreement_exact(gamma_sq, m, n) < theory.disagreement(gamma_sq, m, n)
    again = off[np.arange(sets)[:, None], 0, rng.integers(m, size=(sets, batch))].mean(axis=1)
    subset = off[:, 0, :batch].mean(axis=1)
    fresh = rng.standard_normal((sets, batch, p))
    fresh = (math.sqrt(gamma_sq) * fresh / np.linalg.norm(fresh, axis=-1, keepdims=True)).mean(axis=1)
    for draws, batches in (("with replacement", again), ("subset", subset), ("fresh", fresh)):
        assert all(close(batches[:, k], 0.0) for k in range(p))  # (v)
        measured = square(batches - own[:, 0])
        exact = theory.batch_variance(gamma_sq, m, 1 / batch, draws)
        assert close(measured, exact)
        assert exact <= theory.deadline_variance(gamma_sq, m, inverse_speed=1 / batch, deadline=1.0)  # (vi)


def test_lemma_1_whole_batches():
    """|S| = floor(V T_d) >= 1: draws with replacement keep (vi) as it stands, however the speeds are distributed."""
    for seed in range(200):
        rng = dq.stream(seed, "speeds")
        V = 1 + rng.exponential(rng.choice([0.1, 1, 10]), size=rng.integers(1, 5))
        m = int(rng.integers(1, 50))
        exact = theory.batch_variance(1.0, m, np.mean(1 / np.floor(V)))
        assert exact <= theory.deadline_variance(1.0, m, np.mean(1 / V), 1.0) * (1 + 1e-12)


def test_assumption_5_and_the_penalty_function():
    """Strong convexity of every f_i makes h_alpha mu_alpha-strongly convex and K_alpha-smooth: its Hessian, by eigenvalues."""
    problem = planted()
    X, Y = dq.stream(1, "points").standard_normal((2, NODES, DIM))
    change = node_gradients(problem, X) - node_gradients(problem, Y)
    for i in range(NODES):
        along = float(change[i] @ (X[i] - Y[i]))
        assert problem.mu * ((X[i] - Y[i]) ** 2).sum() <= along * (1 + 1e-12)
        assert np.linalg.norm(change[i]) <= problem.L * np.linalg.norm(X[i] - Y[i]) * (1 + 1e-12)
    for mixing in NETWORKS.values():
        for alpha in (0.01, 0.3, 2.0):
            values = experiments.penalty_modes(problem, mixing, alpha).values
            assert values.min() >= theory.penalty_convexity(alpha, problem.mu) * (1 - 1e-9)
            assert values.max() <= theory.penalty_smoothness(alpha, problem.L, mixing.last) * (1 + 1e-9)
    penalty = Penalty(problem, NETWORKS["ring"], 0.3)
    best = experiments.penalty_modes(problem, NETWORKS["ring"], 0.3).minimiser
    assert penalty.minimiser == pytest.approx(best.ravel(), abs=1e-9)
    assert penalty.mu == pytest.approx(theory.penalty_convexity(0.3, problem.mu))
    assert penalty.L == pytest.approx(theory.penalty_smoothness(0.3, problem.L, NETWORKS["ring"].last))
    # all curvatures equal: both are attained
    same = DecentralisedQuadratics(np.full((NODES, 1), 2.0), np.zeros((NODES, 1, 1)))
    values = experiments.penalty_modes(same, NETWORKS["ring"], 0.5).values
    assert values.min() == pytest.approx(theory.penalty_convexity(0.5, 2.0))
    assert values.max() == pytest.approx(theory.penalty_smoothness(0.5, 2.0, NETWORKS["ring"].last))


def test_equation_19_quantimed_is_stochastic_gradient_descent_on_the_penalty():
    """On average over its randomness a step of the algorithm is x - epsilon grad h_alpha(x)."""
    problem, mixing, grid = planted(), NETWORKS["ring"], DecimalGrid(0, DIM, bound=10)
    X, alpha, epsilon, runs = dq.stream(2, "point").standard_normal((NODES, DIM)), 0.4, 0.3, 2000
    gradient = (np.eye(NODES) - mixing.dense()) @ X + alpha * node_gradients(problem, X)
    options = {"steps": 1, "work": FixedBatch(2), "stepsize": alpha, "epsilon": epsilon, "x0": X, "record": 1}
    after = np.array([q_dsgd(problem, mixing, grid, seed=seed, **options).final for seed in range(runs)])
    z = (after.mean(axis=0) - (X - epsilon * gradient)) / (after.std(axis=0, ddof=1) / math.sqrt(runs))
    assert np.abs(z).max() < 5
    spread = after.var(axis=0, ddof=1).sum() / epsilon**2
    heard = (mixing.dense() - np.diag(mixing.own)) ** 2 @ experiments.rounding_variance(grid, X)
    expected = heard.sum() + alpha**2 * problem.node_noise.sum() / 2
    assert spread == pytest.approx(expected, rel=0.1)


@pytest.fixture(scope="module")
def runs():
    """Runs with every model kept: networks, coarse and fine grids, batches of one and four."""
    done = []
    for network, digits, batch, delta in (("ring", 0, 1, 0.3), ("lazy ring", 1, 4, 0.45), ("complete", 0, 1, 0.2)):
        problem, mixing = planted(kappa=4.0), NETWORKS[network]
        grid = DecimalGrid(digits, DIM, bound=10)
        run = q_dsgd(
            problem,
            mixing,
            grid,
            steps=2000,
            work=FixedBatch(batch),
            delta=delta,
            models=True,
            record=range(2001),
            seed=3,
        )
        terms = experiments.convex_terms(problem, mixing, grid, run, inverse_batch=1 / batch)
        done.append((problem, mixing, grid, run, batch, terms))
    return done


def test_equations_20_to_22_at_every_step(runs):
    """No line fails at any of 6,000 steps, the exact expectation is what happens on average, and the sharp step is nearly attained."""
    for *_, terms in runs:
        lines = experiments.convex_lines(terms)
        assert lines.holds.all(), lines
        assert len(terms) == 2000 and terms.next.notna().all()
        surprise = terms.next - terms.after  # a martingale's differences
        assert abs(surprise.sum()) < 5 * math.sqrt((surprise**2).sum())
        assert lines.set_index("line").tightest["(22) one step, sharp"] > 0.95
        assert (terms.after_sharp <= terms.after_bound * (1 + 1e-12)).all()


def test_equation_22_contraction_of_gradient_descent_is_attained():
    """Along the flattest and the steepest direction of a quadratic, for every epsilon; (22) as printed is above it."""
    for alpha in (0.1, 0.5):
        for epsilon in (0.05, 0.5, 1.0):
            mixing = NETWORKS["ring"]
            same = DecentralisedQuadratics(np.full((NODES, 1), 2.0), np.zeros((NODES, 1, 1)))
            modes = experiments.penalty_modes(same, mixing, alpha)
            ends = [((1 - epsilon * value) * modes.vectors[0, :, k]) for k, value in enumerate(modes.values[0])]
            attained = max((v**2).sum() for v in ends)
            assert theory.sharp_one_step(1.0, alpha, epsilon, 2.0, 2.0, mixing.last, 0.0) == pytest.approx(attained)
            assert theory.one_step(1.0, alpha, epsilon, 2.0, 2.0, mixing.last, 0.0) >= attained


def test_least_horizons():
    """epsilon <= alpha mu / K_alpha**2 from the least T on and not before; the simple T is enough, the sharp one much smaller."""
    for delta in (0.2, 0.3, 0.45):
        for K, mu, last in ((10.0, 5.0, -0.2), (2.0, 0.5, 0.3), (30.0, 1.0, -0.9)):
            least = theory.least_horizon(delta, K, mu, last)
            for factor, allowed in ((1.001, True), (0.999, False)):
                alpha, epsilon = (least * factor) ** (-delta / 2), (least * factor) ** (-1.5 * delta)
                assert (epsilon <= theory.largest_epsilon(alpha, K, mu, last)) == allowed
            sharp = theory.sharp_least_horizon(delta, K, mu, last)
            alpha, epsilon = sharp ** (-delta / 2), sharp ** (-1.5 * delta)
            assert epsilon <= theory.sharp_largest_epsilon(alpha, K, mu, last) * (1 + 1e-9)
            assert sharp <= least <= theory.least_horizon_simple(delta, K, mu)
            assert least >= mu ** (1 / (2 * delta))  # what Lemma 4 asks for comes with it


def test_lemma_4_and_31_to_33():
    """The recursion run to the end: with equality `recursion_exact`, never above the bound; the order alone is no bound."""
    for delta in (0.1, 0.25, 0.4, 0.5):
        for a, b, e0 in ((0.5, 1.0, 3.0), (2.0, 0.1, 10.0), (1.0, 0.0, 1.0)):
            for T in (8, 100, 3000):
                if a * T ** (-2 * delta) > 1:
                    continue
                e, slack = e0, e0
                for t in range(T):
                    e = (1 - a * T ** (-2 * delta)) * e + b * T ** (-3 * delta)
                    slack = ((1 - a * T ** (-2 * delta)) * slack + b * T ** (-3 * delta)) * (0.9 if t % 3 else 1.0)
                assert theory.recursion_exact(T, delta, a, b, e0) == pytest.approx(e, rel=1e-9)
                assert slack <= e <= theory.recursion_bound(T, delta, a, b, e0) * (1 + 1e-12)
    assert theory.recursion_exact(100, 0.4, 0.5, 0.1, 10.0) > 3 * theory.recursion_order(100, 0.4, 0.5, 0.1)
    # at delta = 1/2 the exponential stays: e_T / e_0 tends to exp(-a)
    assert theory.recursion_exact(10**9, 0.5, 1.0, 0.0, 1.0) == pytest.approx(math.exp(-1), rel=1e-6)


def test_lemma_2_measured(runs):
    """E|x_T - x*_alpha|**2 against (15)-(16), (23): the paper's bound where T is large enough, the sharp one at every T."""
    problem, grid, batch, T = planted(L=1.0), DecimalGrid(0, DIM, bound=10), 1, 3000
    for network, delta in (("ring", 0.3), ("complete", 0.45)):
        mixing = NETWORKS[network]
        assert theory.least_horizon(delta, problem.L, problem.mu, mixing.last) <= T
        bounds = experiments.convex_bounds(problem, mixing, grid, steps=T, delta=delta, inverse_batch=1 / batch)
        best = experiments.penalty_modes(problem, mixing, bounds.stepsize).minimiser
        options = {"steps": T, "work": FixedBatch(batch), "delta": delta, "record": 1}
        measured = [((q_dsgd(problem, mixing, grid, seed=s, **options).final - best) ** 2).sum() for s in range(12)]
        mean, error = np.mean(measured), np.std(measured, ddof=1) / math.sqrt(12)
        assert mean + 4 * error < bounds.sharp_deviation < bounds.deviation.total
        largest = experiments.expected_error(
            problem,
            mixing,
            steps=T,
            stepsize=bounds.stepsize,
            epsilon=bounds.epsilon,
            rounding=1 / 4,
            inverse_batch=1 / batch,
        )
        assert NODES * (largest.start + largest.exchange + largest.learning) <= bounds.sharp_deviation * (1 + 1e-9)
        assert mean <= 1.2 * NODES * (largest.start + largest.exchange + largest.learning)


def test_lemma_3_and_24_to_30():
    """|x*_alpha - x*| against its three bounds, and the paper's route line by line: gradient descent with step 1."""
    shares = []
    for seed in range(6):
        problem = planted(seed, spread=1.0 + seed, kappa=1.0 + seed)
        K, mu, n = problem.L, problem.mu, problem.nodes
        D, pull = experiments.gradient_lengths(problem)
        assert pull <= D * (1 + 1e-12)
        for mixing in NETWORKS.values():
            for alpha in (1e-3, 0.05, 0.3):
                if alpha * K >= 1 + mixing.last:
                    continue
                best = experiments.penalty_modes(problem, mixing, alpha).minimiser
                measured = math.sqrt(((best - problem.minimiser) ** 2).sum())
                gap = 1 - mixing.second
                sharp = theory.sharp_penalty_bias(alpha, pull, K, mu, gap)
                short = theory.sharp_penalty_bias(alpha, D, K, mu, gap)
                paper = theory.penalty_bias(alpha, D, K, mu, mixing.gap, n)
                assert measured <= sharp <= short <= paper
                assert measured <= theory.penalty_bias_large_alpha(alpha, pull, mu, gap)
                shares.append(measured / sharp)
                # (24): decentralised gradient descent, whose gradients stay below D and whose nodes stay within alpha D / (1 - beta)
                U, c2, W = np.zeros((n, DIM)), K * mu / (K + mu), mixing.dense()
                for _ in range(200):
                    gradients = node_gradients(problem, np.ascontiguousarray(U))
                    average = U.mean(axis=0)
                    assert np.linalg.norm(gradients) <= D * (1 + 1e-9)
                    assert np.linalg.norm(U - average) <= alpha * D / mixing.gap * (1 + 1e-9)
                    step = problem.mean_curvatures * (average - problem.minimiser)
                    assert np.linalg.norm(gradients.mean(axis=0) - step) <= K * alpha * D / mixing.gap * (1 + 1e-9)
                    U = W @ U - alpha * gradients
                average = best.mean(axis=0)
                assert np.linalg.norm(average - problem.minimiser) <= 2 * K * alpha * D / (c2 * mixing.gap)
                modes = experiments.penalty_modes(problem, mixing, alpha)
                rate = np.abs(1 - modes.values).max()
                assert rate < 1
                assert np.linalg.norm(U - best) <= rate**200 * np.linalg.norm(best) * (1 + 1e-6) + 1e-12
    assert max(shares) > 0.3  # the sharp bound is within a factor 3.4 of some instance


def test_lemma_3_is_of_order_alpha():
    """|x*_alpha - x*| / alpha tends to a limit, not 0: T**(-delta) is the true order of the bias."""
    problem, mixing = planted(), NETWORKS["ring"]
    ratio = [
        math.sqrt(((experiments.penalty_modes(problem, mixing, alpha).minimiser - problem.minimiser) ** 2).sum())
        / alpha
        for alpha in (1e-3, 1e-4, 1e-5)
    ]
    assert ratio[0] == pytest.approx(ratio[2], rel=0.01) and ratio[2] > 0.1


def test_theorem_1_measured():
    """The error of whole runs below the bound, and near its exact expectation; every part of the bound pays for its own part."""
    grid = DecimalGrid(0, DIM, bound=10)
    for network, delta, T, batch in (("ring", 0.3, 2000, 1), ("complete", 0.2, 1000, 4), ("lazy ring", 0.45, 4000, 1)):
        problem, mixing = planted(spread=0.5), NETWORKS[network]
        options = {"delta": delta, "steps": T, "batch": batch}
        said = experiments.predicted(problem, mixing, grid, **options)
        bounds = experiments.convex_bounds(problem, mixing, grid, steps=T, delta=delta, inverse_batch=1 / batch)
        options = {"steps": T, "work": FixedBatch(batch), "delta": delta, "record": 1}
        errors = np.array([q_dsgd(problem, mixing, grid, seed=s, **options).error[-1] for s in range(12)])
        deviation = errors.std(ddof=1) / math.sqrt(errors.size)
        assert abs(errors.mean() - said["exact"]) < 5 * deviation + 0.05 * said["exact"]
        assert errors.mean() + 4 * deviation < bounds.sharp_error < bounds.error.total
        assert bounds.error.total == pytest.approx(sum(bounds.error[1:]))
        parts = said["parts"]
        assert all(
            getattr(parts, name) <= getattr(bounds.error, name) for name in ("start", "exchange", "learning", "bias")
        )


def test_theorem_1_rates():
    """Slopes of log error against log T: those of each part alone, and the exact ones at horizons that no run reaches."""
    network = experiments.rate_network()
    problems = experiments.rate_instances()
    problem, grid = problems["exchange"]
    result = experiments.convex_rates(
        problem, network, grid, horizons=(1000, 3000, 10_000), trials=10, batch=2, progress=False
    )
    table = experiments.slope_table(result, confidence=0.9999)
    assert ((table.low < table.exact + 0.02) & (table.exact - 0.02 < table.high)).all(), table
    assert (
        result.frame.error.groupby(result.frame.steps).mean() < result.frame.sharp.groupby(result.frame.steps).mean()
    ).all()

    def slope(name, delta, low, high):
        errors = [
            experiments.predicted(*problems[name][:1], network, problems[name][1], delta=delta, steps=T, batch=2)[
                "exact"
            ]
            for T in (low, high)
        ]
        return math.log(errors[1] / errors[0]) / math.log(high / low)

    for delta in experiments.DELTAS:
        assert slope("exchange", delta, 10**10, 10**12) == pytest.approx(-delta, abs=0.01)
        assert -2.5 * delta < slope("learning", delta, 10**6, 10**8) < -1.95 * delta
        far = round(6 / delta)  # where alpha is 1/1000
        assert slope("all", delta, 10**far, 10 ** (far + 2)) == pytest.approx(-delta, abs=0.01)
    assert slope("all", 0.45, 10**3, 10**4) > -0.4  # the start has not been forgotten


def test_theorem_1_exponents_are_the_best_powers():
    """alpha = T**-a, epsilon = T**-e: bias 2a, rounding e - a, gradients a + e, and a + e < 1; the best are e = 3a, up to 2a = 1/2."""
    grid = np.linspace(0, 1, 401)
    a, e = np.meshgrid(grid, grid)
    rate = np.where(a + e < 1, np.minimum(np.minimum(2 * a, e - a), a + e), -np.inf)
    at = np.unravel_index(rate.argmax(), rate.shape)
    assert rate.max() < 0.5 and rate.max() == pytest.approx(0.5, abs=0.01)
    assert e[at] == pytest.approx(3 * a[at], abs=0.01)
    for delta in (0.2, 0.45):
        alpha, epsilon = convex_schedule(10**4, delta)
        assert epsilon == pytest.approx(alpha**3)


def test_gradients_need_draws_of_their_own():
    """What Lemma 1 (vi) says of the library's draws, given the data: the variance is node_noise / |S| at every x."""
    problem, X = planted(), np.zeros((NODES, DIM))
    rng, exact = dq.stream(5, "samples"), node_gradients(problem, X)
    sizes = np.full(NODES, 3)
    squares = np.array([((sample_gradients(problem, X, sizes, rng) - exact) ** 2).sum(axis=1) for _ in range(4000)])
    for i in range(NODES):
        assert close(squares[:, i], problem.node_noise[i] / 3)
    assert (problem.node_noise <= problem.noise).all()


def test_mixing_lets_in_less_noise_than_its_norm():
    """|W - W_D| <= 1 - min w_ii <= 1, and independent errors see the mean square of its rows, which is less."""
    for mixing in NETWORKS.values():
        others = mixing.dense() - np.diag(mixing.own)
        assert np.linalg.norm(others, 2) == pytest.approx(mixing.reach)
        assert mixing.reach <= 1 - mixing.own.min() + 1e-12 <= 1
        assert experiments.independent_reach(mixing) == pytest.approx(np.linalg.norm(others) / math.sqrt(NODES))
        assert experiments.independent_reach(mixing) <= mixing.reach
    assert isinstance(NETWORKS["ring"], Mixing)
