"""QCMD and QRDA adagrad as a protocol: messages and masks, the two readings of the indicator, bias, and error feedback.

Every comparison is deterministic: identities and bounds hold for every draw, runs have fixed seeds, and means over the random signs of
TernGrad are taken over all outcomes.
"""

import itertools

import numpy as np
import pytest

import dqlab as dq
from dqlab import algorithms
from dqlab import quantizers as dqq
from dqlab.experiments import xu

theory = dq.theory.xu
METHODS = {"cmd_adagrad": 0.1, "rda_adagrad": 0.5}  # and a step size
DIM, STEPS = 40, 60


@pytest.fixture(scope="module")
def problem():
    return xu.planted_logistic()


@pytest.fixture(scope="module")
def words():
    """Made-up text, 1000 rows of 2000 words, two workers; dense rows, as the rest has them."""
    text = dq.data.zipf_text(1000, dq.data.RCV1._replace(features=2000), seed=1)
    return dq.problems.DecentralisedLogistic.from_data(text.X.toarray(), text.y, nodes=2, strength=0)


def make(problem, method, scheme="32 bits", **options):
    given = {"steps": STEPS, "batch": 20, "stepsize": METHODS[method], "penalty": 0.02, "seed": 1, "history": True}
    return getattr(algorithms, method)(problem, **given | xu.links(scheme, problem.dim) | options)


def test_figure_1_the_server_averages_and_everybody_moves_alike(problem):
    """Without masks and quantizers the server's answer is the mean gradient, and the model follows from the answers alone."""
    for method in METHODS:
        run = make(problem, method, select=None)
        assert np.allclose(run.syn, run.g.mean(axis=1), rtol=1e-6, atol=1e-8)
        assert np.allclose(run.q, run.syn, rtol=1e-6, atol=1e-8)
        iterates = theory.cmd_iterates if method == "cmd_adagrad" else theory.rda_iterates
        for q_run in (run, make(problem, method, "TernGrad")):
            alike = iterates(q_run.q, q_run.stepsize, q_run.penalty, q_run.delta)
            assert np.allclose(q_run.x, alike, rtol=1e-9, atol=1e-12)


def test_figure_2_masked_messages_up_their_union_down(problem):
    """Every step of a run again through real messages: masks, messages, decoding, mean, union, second message, lengths."""
    quantizer = dqq.Threshold(DIM)
    for method in METHODS:
        run = make(problem, method, "Threshold")
        masks, up, down = xu.printed_masks(run, method, "shared"), 0, 0
        for t in range(STEPS):
            received = []
            for m in range(problem.nodes):
                message = dqq.pack_selected(quantizer, dqq.encode_selected(quantizer, run.g[t, m], masks[t, m]))
                received.append(dqq.decode_selected(quantizer, dqq.unpack_selected(quantizer, message)))
                up += message.nbits
            assert np.allclose(run.syn[t], np.mean(received, axis=0), rtol=1e-12, atol=0)
            union = masks[t].any(axis=0)
            answer = dqq.pack_selected(quantizer, dqq.encode_selected(quantizer, run.syn[t], union))
            assert np.array_equal(run.q[t], dqq.decode_selected(quantizer, dqq.unpack_selected(quantizer, answer)))
            down += answer.nbits
            assert not run.q[t][~union].any() and run.selected_down[t] == union.sum()
        assert (run.bits_up[-1], run.bits_down[-1]) == (up, down)


def test_equation_10_only_selected_entries_are_in_a_message():
    rng = dq.stream(0, "selection")
    for quantizer in (dqq.TernGrad(DIM), dqq.Threshold(DIM), dqq.Float32(DIM)):
        for share in (0.0, 0.2, 1.0):
            g, mask = rng.standard_normal(DIM), rng.random(DIM) < share
            out, again = np.empty(DIM), np.empty(DIM)
            k = dqq.quantize_selected(quantizer, g, mask, dq.stream(1), out)
            other = np.where(mask, g, 1e6 * rng.standard_normal(DIM))  # what is not selected has no say
            dqq.quantize_selected(quantizer, other, mask, dq.stream(1), again)
            assert k == mask.sum() and np.array_equal(out, again) and not out[~mask].any()
            message = dqq.pack_selected(quantizer, dqq.encode_selected(quantizer, g, mask, dq.stream(1)))
            assert np.array_equal(dqq.decode_selected(quantizer, dqq.unpack_selected(quantizer, message)), out)
            each = 32 if isinstance(quantizer, dqq.Float32) else 2
            assert message.nbits == DIM + each * k + (0 if each == 32 else 32)


def test_equation_11_the_indicator_as_printed(problem):
    """The algorithm compares and never computes the own step; the printed indicator does, in both readings."""
    for method, reading, scheme in itertools.product(
        METHODS, ("shared", "local"), ("32 bits", "TernGrad", "Threshold")
    ):
        run = make(problem, method, scheme, select=reading)
        masks = xu.printed_masks(run, method, reading)
        assert np.array_equal(masks.sum(axis=2), run.selected)
        assert np.array_equal(masks.any(axis=1).sum(axis=1), run.selected_down)
        assert 0 < masks.mean() < 1
        if method == "rda_adagrad":
            other = xu.printed_masks(run, method, "local" if reading == "shared" else "shared")
            assert not np.array_equal(other, masks)


def test_mirror_descent_has_one_indicator(problem):
    """|f'| > lambda where x_t = 0, whatever the history, eta and delta: both readings are one algorithm."""
    for scheme in ("32 bits", "Threshold"):
        for options in ({}, {"stepsize": 1.0, "delta": 2.0}):
            run = make(problem, "cmd_adagrad", scheme, **options)
            assert np.array_equal(run.x, make(problem, "cmd_adagrad", scheme, select="local", **options).x)
            printed = xu.printed_masks(run, "cmd_adagrad", "shared")
            zero = np.broadcast_to(run.x[:-1, None, :] == 0, printed.shape)
            assert (
                np.array_equal(printed[zero], theory.mirror_selects(run.g[zero], run.penalty)) and printed[~zero].all()
            )


def test_one_worker_without_quantizers_does_not_see_its_mask_in_the_next_model():
    """What a lone worker holds back would have left its coordinate at 0: given H, no step changes."""
    alone = xu.planted_logistic(workers=1, samples=100)
    run = make(alone, "cmd_adagrad")
    masks = xu.printed_masks(run, "cmd_adagrad", "shared")[:, 0]
    full = theory.cmd_step(run.x[:-1], run.g[:, 0], theory.scales(run.q, run.delta)[1:], run.stepsize, run.penalty)
    assert np.allclose(full, run.x[1:], rtol=1e-5, atol=1e-9) and (~masks).sum() > 100
    assert not full[~masks].any()


def test_the_active_set_of_algorithm_1_freezes(words):
    """Nothing new after step G / lambda; a coordinate that was sent and is 0 is lost from (|z| + G) / lambda on."""
    for lam, stepsize in ((0.002, 0.5), (0.004, 0.5), (0.004, 0.1)):
        run = make(words, "rda_adagrad", penalty=lam, stepsize=stepsize, steps=150)
        bound, masks = np.abs(run.g).max(), xu.printed_masks(run, "rda_adagrad", "shared").any(axis=1)
        frozen = xu.frozen_since(run.active)
        assert 1 < frozen <= theory.last_selection(bound, lam)
        t = np.arange(1, 151)[:, None]
        last = theory.last_selection(bound, lam, total=np.cumsum(run.q, axis=0) - run.q)
        asleep = run.x[:-1] == 0
        assert not (masks & asleep & (t > last)).any()
        assert (masks & asleep & (t > frozen)).any()  # some do come back, in time
        local = make(words, "rda_adagrad", penalty=lam, stepsize=stepsize, steps=150, select="local", history=False)
        repaired = make(words, "rda_adagrad", penalty=lam, stepsize=stepsize, steps=150, feedback=True, history=False)
        for other in (local, repaired):  # where the door stays open
            assert xu.frozen_since(other.active) > theory.last_selection(bound, lam)
            assert other.active[-1] > run.active[-1]


def test_better_gradients_let_fewer_in(words):
    """It is noise that opens the door: with ten times the batch, fewer than a tenth of the coordinates are ever sent."""
    noisy, calm = (make(words, "rda_adagrad", penalty=0.004, batch=batch, history=False) for batch in (20, 200))
    assert 10 * calm.active[-1] < noisy.active[-1]


def test_a_late_coordinate():
    """The closed form against masks and sums made step by step, with a gradient of 0 and then g."""
    horizon = 3000
    for start, g, lam in itertools.product((0, 1, 7, 20), (0.11, 0.15, 0.2, 0.5, 1.0, 3.0), (0.1, 0.25)):
        for reading in theory_readings():
            z = own = debt = 0.0
            woke = np.inf
            for t in range(1, horizon + 1):
                f = g if t > start else 0.0
                own += f
                expected = {None: np.inf, "shared": z + f, "local": own, "feedback": z + debt + f}[reading]
                if z != 0 and abs(z) > (t - 1) * lam + 1e-9 or abs(expected) > t * lam + 1e-9:
                    z += f + debt
                    debt = 0.0
                elif reading == "feedback":
                    debt += f
                if abs(z) > t * lam + 1e-9:
                    woke = t
                    break
            told = theory.late_coordinate(start, g, lam, None if reading == "feedback" else reading)
            assert told == woke, (start, g, lam, reading)


def theory_readings():
    """Both readings, no mask, and the shared reading with error feedback, which wakes up as without a mask."""
    return ("shared", "local", None, "feedback")


def test_the_mean_of_a_masked_message():
    """E q_t given masks is the mean of what was selected: TernGrad up and down, over all outcomes."""
    rng, worst = dq.stream(0, "masked means"), 0.0
    for workers, dim in ((1, 3), (2, 3), (3, 2)):
        for _ in range(5):
            g, masks = rng.standard_normal((workers, dim)), rng.random((workers, dim)) < 0.6
            mean, total = np.zeros(dim), 0.0
            sent = [list(zip(*xu.ternary_outcomes(v), strict=True)) for v in np.where(masks, g, 0)]
            for case in itertools.product(*sent):
                chance = np.prod([p for _, p in case])
                values, chances = xu.ternary_outcomes(np.mean([v for v, _ in case], axis=0))
                mean, total = mean + chance * chances @ values, total + chance
            assert total == pytest.approx(1) and np.allclose(mean, np.where(masks, g, 0).mean(axis=0))
            worst = max(worst, np.abs(mean - g.mean(axis=0)).max())
    assert worst > 0.3  # and so not that of the gradients


def test_what_masks_drop(problem):
    """SynQ in 32 bits is the mean gradient less what was not selected, which for mirror descent is at most lambda an entry."""
    for method in METHODS:
        run = make(problem, method)
        lost = xu.dropped(run, xu.printed_masks(run, method, "shared"))
        assert np.allclose(run.syn, run.g.mean(axis=1) - lost, rtol=1e-5, atol=1e-8)
        assert (np.abs(lost).max() <= run.penalty) == (method == "cmd_adagrad")


def test_a_threshold_below_the_penalty_silences_everything(problem):
    """s_t <= lambda in every step: the model stays at 0, although the optimum is not 0; error feedback finds it."""
    optimum = xu.l1_logistic_minimum(problem.rows.matrix(), problem.y, 0.05)
    assert optimum.gap < 1e-6 and (optimum.x != 0).sum() == 5
    for method in METHODS:
        options = {"penalty": 0.05, "batch": 200, "stepsize": 0.5, "select": None, "steps": 300}
        run = make(problem, method, "Threshold", **options)
        assert np.abs(run.q).max() < run.penalty and not run.x.any()
        for t in range(0, 300, 30):
            scale, _, _ = dqq.optimal_threshold(run.syn[t])
            assert np.abs(run.q[t]).max() == pytest.approx(scale, rel=1e-6) and scale < np.abs(run.syn[t]).max()
        repaired = make(problem, method, "Threshold", feedback=True, **options)
        assert repaired.objective[-1] - optimum.objective < 0.1 * (run.objective[-1] - optimum.objective)


def test_error_feedback_owes_little():
    """|e_t| <= G sqrt(rho) / (1 - sqrt(rho)) for the threshold quantizer on vectors of all kinds, and at most 2 H_d G."""
    rng, quantizer = dq.stream(0, "debts"), dqq.Threshold(16)
    bound = theory.feedback_memory(1.0, theory.contraction(16))
    assert bound <= 2 * theory.harmonic(16)
    hard, largest = theory.hardest_vector(16), 0.0
    for kind in ("same", "hard", "noise", "greedy"):
        owed = np.zeros(16)
        for _ in range(300):
            v = {"same": np.ones(16), "hard": hard, "noise": rng.standard_t(2, 16)}.get(kind, owed + 1e-3)
            u = owed + v / np.linalg.norm(v)
            owed = u - dqq.quantize(quantizer, u)
            largest = max(largest, np.linalg.norm(owed))
    assert 0.5 < largest <= bound


def test_error_feedback_keeps_the_mean(problem):
    """The mean of the messages is within a constant over t of that of the gradients, under any mask nothing is lost; without, a bias stays."""
    drifts = {}
    for feedback in (False, True):
        run = make(problem, "rda_adagrad", "Threshold", select=None, feedback=feedback, steps=1000)
        drifts[feedback] = xu.mean_drift(run)
    bound = theory.feedback_drift(np.linalg.norm(run.g, axis=2).max(), theory.contraction(DIM), np.arange(1, 1001))
    assert (drifts[True] <= bound).all()
    assert drifts[True][-1] < 0.05 * drifts[True][9] and drifts[False][-1] > 0.3 * drifts[False][9]


def test_bias_stalls_and_error_feedback_repairs(problem):
    """Double threshold quantization stays far from the certified minimum, with masks or without; feedback brings it as close as 32 bits."""
    for method, reading in (("rda_adagrad", "no mask"), ("rda_adagrad", "Section 3.2"), ("cmd_adagrad", "Algorithm 1")):
        found = xu.feedback_runs(
            problem, method, ["32 bits", "Threshold"], penalty=0.02, stepsize=METHODS[method], steps=2000, batch=20,
            reading=reading, trials=2, progress=False,
        )  # fmt: skip
        assert (found.frame.gap.apply(min) > -1e-7).all()
        final = found.frame.groupby(["scheme", "feedback"]).final
        assert final.min()["Threshold", False] > 5 * final.max()["Threshold", True]
        assert final.max()["Threshold", True] < 2 * final.max()["32 bits", False]


def test_feedback_needs_a_contraction(words):
    """TernGrad's error exceeds the vector on 2000 words, and with feedback it ends farther from the minimum than without."""
    arguments = {"penalty": 0.004, "steps": 400, "select": None, "record": []}
    plain, fed = (
        make(words, "rda_adagrad", "TernGrad", feedback=feedback, **arguments | {"history": not feedback})
        for feedback in (False, True)
    )
    assert theory.terngrad_error(plain.g[0, 0]) > 2 * (plain.g[0, 0] ** 2).sum()
    minimum = xu.l1_logistic_minimum(words.rows.matrix(), words.y, 0.004)
    assert fed.objective[-1] - minimum.objective > 2 * (plain.objective[-1] - minimum.objective)
