"""Regret of QCMD and QRDA adagrad: the lemmas, propositions and theorems as corrected, and every line of A.1 to A.4 along runs.

Expectations over quantizers are sums over all paths, so most comparisons are of numbers. Where runs are drawn, means are held with
four standard errors to spare, in fewer than 20 comparisons: right code fails by chance less than once in a thousand.
"""

import numpy as np
import pytest

import dqlab as dq
from dqlab.experiments import xu as experiments
from dqlab.theory import xu as theory

CURVATURES, CENTRES = (
    [[1.0, 0.5], [0.5, 1.0]],
    [[1.0, 0.2], [0.4, -0.3]],
)  # two workers, two coordinates; no gradient on a path is above 0.65
SMOOTH = 0.75  # L of their mean


def sequences():
    """Gradients of every kind: dense, rare, growing, vanishing, all equal."""
    rng = dq.stream(0, "sequences")
    yield rng.standard_normal((200, 5))
    yield rng.standard_normal((200, 5)) * (rng.random((200, 5)) < 0.05)
    yield rng.standard_normal((60, 3)) * 1.5 ** np.arange(60)[:, None]
    yield rng.standard_normal((60, 3)) / 1.5 ** np.arange(60)[:, None]
    yield np.ones((300, 2))


def test_lemma_4_1():
    """For every delta >= 0 and every horizon; with delta = 0 and equal gradients the two sides become equal."""
    for q in sequences():
        for delta in (0.0, 1e-6, 0.1, 10.0):
            left, right = theory.lemma_4_1(q, delta)
            assert (left <= right * (1 + 1e-12)).all()
    left, right = theory.lemma_4_1(np.ones((20_000, 1)), 0.0)
    assert 0.99 < left[-1] / right[-1] < 1


def test_lemma_4_2():
    """With 1 / H_{t-1} for delta >= max |q|; as printed up to eta = 2; for a smaller delta it fails."""
    for q in sequences():
        largest = np.abs(q).max()
        for delta in (largest, 3 * largest):
            left, right = theory.lemma_4_2(q, delta)
            assert (left <= right * (1 + 1e-12)).all()
            assert (theory.energy(q, delta) <= left).all()
            assert (theory.lemma_4_2(q, delta, eta=2.0, printed=True).left <= right * (1 + 1e-12)).all()
    left, right = theory.lemma_4_2(np.ones((20_000, 1)), 1.0)
    assert 0.95 < left[-1] / right[-1] < 1
    assert (np.diff(theory.lemma_4_2([[1.0], [0.0]], 0.1)) > 0).sum() == 0 and theory.lemma_4_2([[1.0]], 0.1).left > 1


@pytest.fixture(scope="module")
def cmd_paths():
    """Three steps of QCMD adagrad with double quantization: all paths."""
    eta = theory.cmd_stepsize(SMOOTH)
    return eta, experiments.all_paths(CURVATURES, CENTRES, steps=3, stepsize=eta, penalty=0.1, delta=1.0)


@pytest.fixture(scope="module")
def rda_paths():
    """The same of QRDA adagrad."""
    return 0.5, experiments.all_paths(CURVATURES, CENTRES, steps=3, stepsize=0.5, penalty=0.1, delta=1.0, method="rda")


def test_proposition_3_1(cmd_paths):
    """Over all paths, for the corrected step size and for twice the noise with the printed one."""
    eta, paths = cmd_paths
    assert paths.bias < 1e-12 and paths.chances.sum() == pytest.approx(1) and np.abs(paths.q).max() <= 1
    corrected = paths.mean(lambda x, q: theory.proposition_3_1(x, q, 1.0, eta, paths.best))
    assert (paths.regret_next <= corrected).all() and (paths.regret_next > 0.08 * corrected).all()
    # eta = 2 / (1 + 2 L) goes with young = 1/2; and a delta below 1 with 1 / (1 + L / delta)
    for delta, young, printed in ((1.0, 0.5, True), (0.7, 1.0, False)):
        eta = theory.cmd_stepsize(SMOOTH, delta, young, printed=printed)
        other = experiments.all_paths(CURVATURES, CENTRES, steps=2, stepsize=eta, penalty=0.1, delta=delta)
        assert np.abs(other.q).max() <= delta
        bound = other.mean(
            lambda x, q, d=delta, y=young, e=eta, b=other.best: theory.proposition_3_1(x, q, d, e, b, young=y)
        )
        assert (other.regret_next <= bound).all()


def test_proposition_3_2(rda_paths):
    """Over all paths, at x_t; |x| with noise, where the printed one fails, is in Errata D11."""
    eta, paths = rda_paths
    assert paths.bias < 1e-12 and np.abs(paths.q).max() <= 1
    corrected = paths.mean(lambda x, q: theory.proposition_3_2(q, 1.0, eta, paths.best))
    assert (paths.regret <= corrected).all() and (paths.regret > 0.15 * corrected).all()
    printed = paths.mean(lambda x, q: theory.proposition_3_2(q, 1.0, eta, paths.best, printed=True))
    assert (printed < corrected).all()


def test_theorem_4_3_over_all_paths(cmd_paths):
    """With D and G the largest on any path; the shorter proof's bound holds at x_t, for other step sizes, too."""
    eta, paths = cmd_paths
    for T in (1, 2, 3):
        length = paths.mean(lambda x, q, T=T: theory.path_length(q[:T])[-1])
        D, G = np.abs(paths.x[:, :T] - paths.best).max(), np.abs(paths.q[:, :T]).max()
        sharp = theory.cmd_regret(T, length, D, 2, 1.0, eta)
        assert paths.regret_next[T - 1] / T <= sharp <= theory.theorem_4_3(T, 2, G, D, 1.0, eta)
        short = theory.short_cmd_regret(T, length, D, 2, 1.0, eta)
        assert paths.regret[T - 1] / T <= short <= sharp
    for eta, delta in ((2.0, 1.0), (0.5, 1e-3)):
        other = experiments.all_paths(CURVATURES, CENTRES, steps=2, stepsize=eta, penalty=0.1, delta=delta)
        length = other.mean(lambda x, q: theory.path_length(q)[-1])
        D = np.abs(other.x[:, :2] - other.best).max()
        assert other.regret[1] / 2 <= theory.short_cmd_regret(2, length, D, 2, delta, eta)


def test_theorem_4_4_over_all_paths(rda_paths):
    """And the best step size for long runs is max |x*_i| / sqrt(2)."""
    eta, paths = rda_paths
    for T in (1, 2, 3):
        length, G = paths.mean(lambda x, q, T=T: theory.path_length(q[:T])[-1]), np.abs(paths.q[:, :T]).max()
        sharp = theory.rda_regret(T, length, paths.best, 1.0, eta)
        assert paths.regret[T - 1] / T <= sharp <= theory.theorem_4_4(T, 2, G, paths.best, 1.0, eta)
    radius, etas = 3.0, np.geomspace(0.1, 30, 2001)
    assert etas[np.argmin(theory.rda_regret(10**8, 10**4, [radius], 1.0, etas))] == pytest.approx(
        theory.best_stepsize(radius), rel=1e-2
    )
    assert etas[np.argmin(theory.short_cmd_regret(10**8, 10**4, radius, 1, 1.0, etas))] == pytest.approx(
        theory.best_stepsize(radius), rel=1e-2
    )


def test_equations_25_to_27():
    """The conjugate by search, its gradient by differences, its smoothness at random, and x_{t+1} as its gradient at -z_t."""
    rng, x = dq.stream(1, "points"), np.linspace(-30, 30, 600_001)
    for _ in range(10):
        g, step, H = rng.normal(0, 3, 3), rng.normal(0, 2, 3), rng.uniform(0.5, 3, 3)
        t, penalty, eta = int(rng.integers(1, 5)), rng.uniform(0, 1), rng.uniform(0.1, 2)
        by_search = sum(
            (a * x - t * penalty * np.abs(x) - h * x**2 / (2 * eta)).max() for a, h in zip(g, H, strict=True)
        )
        assert theory.conjugate(g, t, penalty, H, eta) == pytest.approx(by_search, abs=1e-6)  # (25)
        nearby = [theory.conjugate(g + 1e-5 * side * e, t, penalty, H, eta) for e in np.eye(3) for side in (1, -1)]
        slope = (np.array(nearby[::2]) - nearby[1::2]) / 2e-5
        assert theory.conjugate_gradient(g, t, penalty, H, eta) == pytest.approx(slope, abs=1e-4)  # (26)
        after = theory.conjugate(g + step, t, penalty, H, eta)
        assert after <= theory.conjugate_bound(g, step, t, penalty, H, eta) + 1e-12
    # (27) and (17): sign(-z) t eta / H [|z / t| - lambda]_+
    z, H, t = rng.normal(0, 4, 6), rng.uniform(1, 2, 6), 7
    by_17 = -np.sign(z) * t * 0.3 / H * np.maximum(np.abs(z / t) - 0.2, 0)
    assert theory.conjugate_gradient(-z, t, 0.2, H, 0.3) == pytest.approx(by_17)


def test_remark_3_3_what_quantization_adds(cmd_paths):
    """In 1 / H_{t-1} the second moment is the gradient's part and the quantizer's, exactly: TernGrad's s |v_i| is v_i**2 and a variance."""
    for values in ([0.3, -1.0, 0.2], [2.0, 0.5, -0.1]):
        outcomes, chances = experiments.ternary_outcomes(values)
        second, noise = chances @ outcomes**2, chances @ (outcomes - values) ** 2
        assert second == pytest.approx(np.abs(values).max() * np.abs(values))
        assert second == pytest.approx(np.square(values) + noise)
    # a bias adds what `bias_cost` says: q_t = f' + b on f = |x - 1|, every step
    b = 0.5
    q = np.full((50, 1), -1 + b)
    x = np.vstack(
        [
            [[0.0]],
            [
                [theory.conjugate_gradient(-q[:t].sum(axis=0), t, 0.0, theory.scales(q[:t], 1.0)[-1], 0.05)[0]]
                for t in range(1, 51)
            ],
        ]
    )
    assert (x < 1).all()
    regret, bound = float((1 - x[:-1]).mean()), theory.rda_regret(50, theory.path_length(q)[-1], [1.0], 1.0, 0.05)
    assert regret <= bound + theory.bias_cost(np.abs(x[:-1] - 1).max(), np.full((50, 1), b))


@pytest.fixture(scope="module")
def instance():
    return experiments.RegretInstance.diabetes(nodes=2, penalty=0.01)


def test_the_minimum_is_certified(instance):
    """Subgradients at x* as optimality asks for, and L by the Hessian."""
    g = instance.sample_gradients(instance.best).mean(axis=0)
    kept = instance.best != 0
    assert instance.gap < 1e-9 and 2 <= kept.sum() <= 6
    assert g[kept] == pytest.approx(-instance.penalty * np.sign(instance.best[kept]), abs=1e-5)
    assert (np.abs(g[~kept]) <= instance.penalty * (1 + 1e-5)).all()
    assert np.linalg.norm(dq.problems.gradient(instance.problem, instance.best) - g) < 1e-12
    rng = dq.stream(2, "points")
    x, y = rng.standard_normal((2, 10))
    change = instance.sample_gradients(x).mean(axis=0) - instance.sample_gradients(y).mean(axis=0)
    assert np.linalg.norm(change) <= instance.L * np.linalg.norm(x - y)
    assert instance.excess(np.stack([x, y])).min() > 0
    assert instance.excess(x[None])[0] == pytest.approx(
        dq.problems.value(instance.problem, x) + 0.01 * np.abs(x).sum() - instance.minimum
    )


TERNARY = dq.quantizers.TernGrad(10)
STEPS = 2000


def one_run(instance, algorithm, stepsize, seed=0, downlink=TERNARY, steps=STEPS):
    """A run of one sample a worker and step, with its history."""
    settings = {"steps": steps, "batch": 1, "penalty": instance.penalty, "delta": 1.0, "select": None, "history": True}
    return algorithm(instance.problem, stepsize=stepsize, uplink=TERNARY, downlink=downlink, seed=seed, **settings)


def test_every_line_of_A1_along_runs(instance):
    """Two seeds, 2,000 steps each; the printed half of a divergence fails at more than nine of ten steps."""
    eta = theory.cmd_stepsize(instance.L)
    for seed in (0, 1):
        run = one_run(instance, dq.algorithms.cmd_adagrad, eta, seed)
        assert np.abs(run.q).max() <= instance.reach * (1 + 1e-6)
        lines = experiments.lines_hold(
            experiments.cmd_terms(instance, run.x, run.q, stepsize=eta, delta=1.0), experiments.CMD_LINES
        )
        assert lines.holds.drop(["Young's, printed", "one step, printed"]).all(), lines
        assert lines.broken["Young's, printed"] > 0.9 * STEPS
        D = np.abs(run.x[:-1] - instance.best).max()
        assert (theory.drift(run.x, run.q, 1.0, instance.best) <= theory.drift_bound(run.q, D, 1.0)).all()
        broken = run.q.copy()
        broken[5] *= -1  # another run's gradient
        wrong = experiments.cmd_terms(instance, run.x, broken, stepsize=eta, delta=1.0)
        assert not experiments.lines_hold(wrong, experiments.CMD_LINES).holds["convexity of phi"]


def test_every_line_of_A3_along_runs(instance):
    """The same for dual averaging; the printed smoothness of the conjugate fails at most steps."""
    for seed, eta in ((0, 0.5), (1, 1.2)):
        run = one_run(instance, dq.algorithms.rda_adagrad, eta, seed)
        terms = experiments.rda_terms(instance, run.x, run.q, stepsize=eta, delta=1.0)
        lines = experiments.lines_hold(terms, experiments.RDA_LINES)
        assert lines.holds.drop("the same, printed").all(), lines
        assert lines.broken["the same, printed"] > 0.5 * STEPS
        assert run.x == pytest.approx(theory.rda_iterates(run.q, eta, instance.penalty, 1.0), abs=1e-9)  # (27)


def test_the_variance_step_along_a_run():
    """One worker, one quantization: exact conditional expectations at 500 steps, and draws of q_1 that agree with them."""
    alone = experiments.RegretInstance.diabetes(nodes=1, penalty=0.01)
    eta = theory.cmd_stepsize(alone.L)
    run = one_run(alone, dq.algorithms.cmd_adagrad, eta, downlink=None, steps=500)
    terms = experiments.variance_terms(alone, run.x, run.q, delta=1.0)
    lines = experiments.lines_hold(terms, experiments.VARIANCE_LINES)
    assert lines.holds.all()
    assert (
        terms.square_before.iloc[0] / terms.square_now.iloc[0]
        > 1.3
        > 1.05
        > terms.square_before.iloc[-1] / terms.square_now.iloc[-1]
    )
    first = np.array([one_run(alone, dq.algorithms.cmd_adagrad, eta, seed, None, 1).q[0] for seed in range(400)])
    drawn = (first**2 / (1 + np.abs(first))).sum(axis=1)
    assert abs(drawn.mean() - terms.square_now.iloc[0]) < 4 * drawn.std(ddof=1) / 20


@pytest.fixture(scope="module")
def runs(instance):
    """Six runs of each method with double quantization."""
    sizes = {"cmd": theory.cmd_stepsize(instance.L), "rda": theory.best_stepsize(np.abs(instance.best).max())}
    options = {"steps": 4000, "trials": 6, "uplink": TERNARY, "downlink": TERNARY}
    return {name: experiments.regret_runs(instance, name, stepsize=size, **options) for name, size in sizes.items()}


HORIZONS = [30, 100, 300, 1000, 4000]


def check_bounds(instance, runs):
    """Four standard errors below every corrected bound, within 45 times, and parallel to it; Jensen in every run."""
    table = experiments.regret_table(instance, runs, HORIZONS)
    assert (table.measured + 4 * table.half / 1.96 < table.corrected).all() and (table.corrected < table.theorem).all()
    assert (table.corrected < 45 * table.measured).all()
    assert (runs.averaged <= runs.regret + 1e-12).all() and (runs.regret > 0).all()
    assert runs.G.max() <= instance.reach * (1 + 1e-6) <= runs.delta * (1 + 1e-6)
    slope = np.polyfit(np.log(table["T"]), np.log(table.measured), 1)[0]
    assert -0.75 < slope < -0.35
    assert np.polyfit(np.log(table["T"]), np.log(table.theorem), 1)[0] < -0.45
    assert (
        table.printed.iloc[-1] > 0.7 * table.printed.iloc[0] > 100 * table.measured.iloc[-1]
    )  # the printed one hardly falls
    return table


def test_theorem_4_3_along_runs(instance, runs):
    table = check_bounds(instance, runs["cmd"])
    at_x = runs["cmd"].regret[:, np.array(HORIZONS) - 1].mean(axis=0)
    assert (at_x < table.short).all() and (table.short <= table.corrected).all()


def test_theorem_4_4_along_runs(instance, runs):
    check_bounds(instance, runs["rda"])


def test_remark_4_rates_and_sparsity(instance, runs):
    """Without quantizers the bounds are smaller by a constant, at every horizon; lambda decides the support of (17). Of eta: Errata D39."""
    for name in ("cmd", "rda"):
        exact = experiments.regret_runs(instance, name, steps=4000, trials=6, stepsize=runs[name].stepsize)
        shares = runs[name].length.mean(axis=0)[99::300] / exact.length.mean(axis=0)[99::300]
        assert 1.1 < shares.min() and shares.max() < 3 and shares.max() / shares.min() < 1.5
    run = one_run(instance, dq.algorithms.rda_adagrad, 0.5)
    kept = [theory.rda_iterates(run.q, eta, 0.01, 1.0) != 0 for eta in (0.1, 0.5, 2.0)]
    assert (kept[0] == kept[1]).all() and (kept[1] == kept[2]).all()
    more = theory.rda_iterates(run.q, 0.5, 0.02, 1.0) != 0
    assert more.sum() < (theory.rda_iterates(run.q, 0.5, 0.01, 1.0) != 0).sum()


def trap():
    """Two samples whose threshold messages never contain the second coordinate, the only one that matters."""
    rows, labels = [[1.0, 0.4], [1.0, -0.4]], [1.0, -1.0]
    return experiments.RegretInstance.of(
        dq.problems.DecentralisedLogistic.from_data(rows, labels, nodes=1, strength=0.0), 0.05
    )


def test_a_bias_stays_and_feedback_removes_it():
    """Threshold quantization never sends 0.4 beside 1, so x_2 = 0 for ever; the bound holds with the bias in it, and with feedback it falls."""
    known, coarse = trap(), dq.quantizers.Threshold(2)
    stuck = known.excess(np.zeros((1, 2)))[0]
    settings = {
        "steps": 2000,
        "batch": 1,
        "stepsize": 2.0,
        "penalty": 0.05,
        "delta": 1.0,
        "select": None,
        "history": True,
    }
    for feedback in (False, True):
        run = dq.algorithms.rda_adagrad(known.problem, uplink=coarse, downlink=coarse, feedback=feedback, **settings)
        g = run.g.mean(axis=1)
        regret = np.cumsum(known.excess(run.x[:-1])) / np.arange(1, 2001)
        bound = theory.rda_regret(2000, theory.path_length(run.q)[-1], known.best, 1.0, 2.0)
        cost = theory.feedback_cost(run.x, run.q, g, known.best)
        assert (cost.left <= cost.right + 1e-12).all()
        if not feedback:
            assert (run.x[:, 1] == 0).all() and regret[-1] >= stuck > 0.3
            slopes = np.array([known.sample_gradients(x).mean(axis=0) for x in run.x[:-1]])
            bias = np.column_stack([np.zeros(2000), -slopes[:, 1]])  # the first coordinate is sent exactly
            assert regret[-1] <= bound + theory.bias_cost(np.abs(run.x - known.best).max(), bias)
            assert bound < 0.5 * regret[-1]  # without the bias's part it would be false
            assert cost.left[-1] > 0.3
        else:
            assert regret[-1] < 0.05 * stuck and cost.right[-1] < 0.2 * cost.right[100]
            assert regret[-1] <= bound + cost.right[-1]
