"""Equations (2)-(5) and (10)-(15), Algorithm 1, and what masks and error feedback do to its two updates."""

from typing import NamedTuple

import numpy as np

from dqlab import algorithms, problems
from dqlab import quantizers as dqq
from dqlab.problems.decentralised import draw
from dqlab.streams import key, stream

from . import oracles

DIM, WORKERS, STEPS, BATCH = 12, 4, 40, 5
ETA, LAM, DELTA = 0.1, 0.06, 0.02
OPTIONS = {"steps": STEPS, "batch": BATCH, "stepsize": ETA, "penalty": LAM, "seed": 5, "record": 1, "history": True}
THRESHOLD = dqq.Threshold(DIM)
FREE = {"penalise": np.zeros(DIM, bool)}  # no penalty


def problem():
    """Logistic regression; a feature is in half of the rows."""
    rng = stream(0, "rows")
    X = rng.standard_normal((WORKERS * 15, DIM)) * (rng.random((WORKERS * 15, DIM)) < 0.5)
    y = np.where(X @ rng.standard_normal(DIM) + 0.2 * rng.standard_normal(len(X)) > 0, 1.0, -1.0)
    return problems.DecentralisedLogistic.from_data(X, y, nodes=WORKERS, strength=0)


def cmd(**options):
    return algorithms.cmd_adagrad(problem(), delta=DELTA, **(OPTIONS | options))


def rda(**options):
    return algorithms.rda_adagrad(problem(), delta=DELTA, **(OPTIONS | options))


def H_of(q):
    """H_1, ..., H_T of (13), a row each, from q_1, ..., q_T."""
    return DELTA + np.array([np.linalg.norm(q[: t + 1], axis=0) for t in range(len(q))])


def test_a_worker_averages_the_gradients_of_its_batch():
    """(2): the samples of Z_t are drawn anew in every step from the worker's own rows."""
    run, p, samples = cmd(uplink=THRESHOLD), problem(), stream(5, "samples")
    A, seen = p.rows.matrix(), set()
    for t in range(STEPS):
        for m in range(WORKERS):
            number = key(samples)
            rows = [m * p.samples + draw(number, k, p.samples) for k in range(BATCH)]
            each = [-p.y[r] * A[r] / (1 + np.exp(p.y[r] * A[r] @ run.x[t])) for r in rows]
            assert np.allclose(run.g[t, m], np.mean(each, axis=0), atol=1e-12)
            seen |= set(rows)
    assert seen == set(range(len(A)))
    everything = np.mean([problems.sample_gradient(p, 0, run.final, 1, stream(k)) for k in range(3000)], axis=0)
    exact = problems.node_gradients(p, np.tile(run.final, (WORKERS, 1)))[0]
    assert np.abs(everything - exact).max() < 6 * 0.5 * np.abs(A).max() / np.sqrt(3000)


def test_the_server_averages_gradients():
    """(3), at full precision."""
    run = cmd(select=None)
    sent = run.g.astype(np.float32).astype(np.float64)
    assert np.allclose(run.syn, sent.mean(axis=1), rtol=1e-14, atol=1e-16)
    assert np.allclose(run.syn, run.g.mean(axis=1), atol=1e-6)


def test_the_server_averages_quantized_gradients_and_quantizes_again():
    """(4) and (12)."""
    run = cmd(select=None, uplink=THRESHOLD, downlink=THRESHOLD)
    each = np.array([[dqq.quantize(THRESHOLD, g) for g in step] for step in run.g])
    assert np.allclose(run.syn, each.mean(axis=1), rtol=1e-14, atol=1e-16)
    assert np.array_equal(run.q, [dqq.quantize(THRESHOLD, syn) for syn in run.syn])
    assert not np.allclose(run.q, run.syn, atol=1e-3)


def test_distributed_sgd_is_the_case_without_penalty_and_history():
    """(5)."""
    run = algorithms.prox_gd(problem(), **(OPTIONS | FREE | {"select": None, "uplink": THRESHOLD}))
    each = np.array([[dqq.quantize(THRESHOLD, g) for g in step] for step in run.g])
    assert np.allclose(np.diff(run.x, axis=0), -ETA * each.mean(axis=1), rtol=1e-5, atol=1e-9)


def masks_of(run, local):
    """I^m by the definition (11): the worker's own step, with every history written out."""
    update, masks = oracles.mirror_update if run.name.startswith("CMD") else oracles.dual_update, []
    for t in range(STEPS):
        I = []
        for m in range(WORKERS):
            history = run.g[: t + 1, m] if local else np.array([*run.q[:t], run.g[t, m]])
            ahead = update(run.x[t], history, t + 1, ETA, LAM, DELTA, np.zeros(DIM))
            I.append((run.x[t] != 0) | (ahead != 0))
        masks.append(I)
    return np.array(masks)


def test_the_indicator_in_both_readings():
    """(11): for mirror descent it is |f'| > lambda where x = 0, in both; for dual averaging they differ."""
    for select in ("shared", "local"):
        run = cmd(select=select, uplink=THRESHOLD, downlink=THRESHOLD)
        masks = masks_of(run, select == "local")
        assert np.array_equal(run.selected, masks.sum(axis=2))
        assert np.array_equal(masks, (run.x[:-1, None] != 0) | (np.abs(run.g) > LAM))
        run = rda(select=select, uplink=THRESHOLD, downlink=THRESHOLD)
        masks = masks_of(run, select == "local")
        assert np.array_equal(run.selected, masks.sum(axis=2))
        assert not np.array_equal(masks, masks_of(run, select != "local"))


def test_only_selected_entries_are_sent():
    """(10): with the mask, k letters, and nothing of the others arrives; the union goes down."""
    run = rda(uplink=THRESHOLD, downlink=THRESHOLD)
    masks = masks_of(run, local=False)
    for t in range(STEPS):
        sent = [dqq.encode_selected(THRESHOLD, run.g[t, m], masks[t, m], stream(0)) for m in range(WORKERS)]
        messages = [dqq.pack_selected(THRESHOLD, codes) for codes in sent]
        assert [message.nbits for message in messages] == (32 + DIM + 2 * masks[t].sum(axis=1)).tolist()
        decoded = [dqq.decode_selected(THRESHOLD, dqq.unpack_selected(THRESHOLD, message)) for message in messages]
        assert not np.array(decoded)[~masks[t]].any() and np.allclose(np.mean(decoded, axis=0), run.syn[t], atol=1e-15)
        assert run.selected_down[t] == masks[t].any(axis=0).sum() and not run.q[t][~masks[t].any(axis=0)].any()
    assert 0 < masks.mean() < 1


def test_steps_adapt_to_what_was_sent():
    """(13): H_t holds the q_t, not the gradients."""
    run = cmd(uplink=THRESHOLD, downlink=THRESHOLD, **FREE)
    H, other = H_of(run.q), H_of(run.g.mean(axis=1))
    assert np.allclose(np.diff(run.x, axis=0), -ETA * run.q / H, atol=1e-14)
    assert not np.allclose(np.diff(run.x, axis=0), -ETA * run.q / other, atol=1e-3)


def slack(slope, x, weight):
    """How far 0 is from slope + weight times the subdifferential of |.|_1 at x."""
    return np.where(x != 0, np.abs(slope + weight * np.sign(x)), np.maximum(np.abs(slope) - weight, 0)).max()


def test_each_update_minimises_its_objective():
    """(14) and (15): 0 is a subgradient of them at x_{t+1}."""
    run = cmd(uplink=THRESHOLD, downlink=THRESHOLD)
    for t, H in enumerate(H_of(run.q), 1):
        x, new = run.x[t - 1], run.x[t]
        assert slack(ETA * run.q[t - 1] + H * (new - x), new, ETA * LAM) < 1e-12
    centre = 0.3 * np.ones(DIM)
    for away in (np.zeros(DIM), centre):
        run = rda(uplink=THRESHOLD, downlink=THRESHOLD, centre=away)
        for t, H in enumerate(H_of(run.q), 1):
            assert slack(ETA * run.q[:t].mean(axis=0) + H * (run.x[t] - away) / t, run.x[t], ETA * LAM) < 1e-12
    assert (run.x[-1] == 0).any()


def test_algorithm_1():
    """Both updates, both ways quantized, line by line."""
    p = problem()

    def wire(quantizer, rng):
        return lambda u, mask: dqq.decode_selected(quantizer, dqq.encode_selected(quantizer, u, mask, rng))

    def gradients(samples):
        return lambda t, x: np.array([problems.sample_gradient(p, m, x, BATCH, samples) for m in range(WORKERS)])

    for run, update in ((cmd, oracles.mirror_update), (rda, oracles.dual_update)):
        run = run(uplink=THRESHOLD, downlink=THRESHOLD)
        x, q, _, masks = oracles.workers_and_server(
            update, gradients(stream(5, "samples")),
            wire(THRESHOLD, stream(5, "encoder")), wire(THRESHOLD, stream(5, "server")), np.zeros(DIM), STEPS,
            eta=ETA, lam=LAM, delta=DELTA, select="shared", feedback=False, centre=np.zeros(DIM), keep=False,
        )  # fmt: skip
        assert np.allclose(run.x, x, atol=1e-12) and np.allclose(run.q, q, atol=1e-12)
        assert run.bits_up[-1] == WORKERS * STEPS * (32 + DIM) + 2 * masks.sum()
        assert run.bits_down[-1] == STEPS * (32 + DIM) + 2 * masks.any(axis=1).sum()


# Beyond the paper


class Slopes(NamedTuple):
    """f_t = <b_t, x>: gradients that do not depend on x, so that runs of different methods see the same ones."""

    table: np.ndarray  # (steps, workers, dim)

    @property
    def nodes(self):
        return self.table.shape[1]

    @property
    def dim(self):
        return self.table.shape[2]


@problems.value.register(Slopes, compiled=False)
def _value(problem, x):
    return 0.0


@problems.sample_gradient.register(Slopes, compiled=False)
def _slope(problem, m, x, size, rng, out):
    out[:] = problem.table[rng.integers(0, len(problem.table)), m]


def slopes(workers=1):
    drift = np.linspace(-0.2, 0.2, DIM)
    return Slopes(drift + 0.2 * stream(0, "slopes").standard_normal((50, workers, DIM)))


def test_with_feedback_a_mask_hides_no_coordinate_of_dual_averaging():
    """One worker, 32 bits: x_t is 0 just where it is without a mask; without feedback coordinates are lost."""
    given = OPTIONS | {"steps": 60, "delta": DELTA, "penalty": 0.15}
    dense = algorithms.rda_adagrad(slopes(), select=None, **given)
    for select in ("shared", "local"):
        masked = algorithms.rda_adagrad(slopes(), select=select, feedback=True, **given)
        assert np.array_equal(masked.x != 0, dense.x != 0) and masked.bits[-1] < dense.bits[-1]
    lost = algorithms.rda_adagrad(slopes(), **given)
    assert not np.array_equal(lost.x != 0, dense.x != 0) and lost.active[-1] < masked.active[-1]


def test_a_mask_leaves_out_nothing_that_would_move_mirror_descent():
    """One worker, H = I: x_t is the same to the last bit."""
    given = OPTIONS | {"penalty": 0.25}
    dense, masked = (algorithms.prox_gd(slopes(), select=select, **given) for select in (None, "shared"))
    assert np.array_equal(masked.x, dense.x) and masked.selected.mean() < 0.9 * DIM


def test_feedback_delivers_in_the_end_what_messages_leave_out():
    """The sum of q_t stays near the sum of gradients, where without feedback the distance grows like t."""
    p, given = slopes(WORKERS), OPTIONS | {"steps": 400, "delta": DELTA, "select": None}
    off = {}
    for feedback in (False, True):
        run = algorithms.rda_adagrad(p, uplink=THRESHOLD, downlink=THRESHOLD, feedback=feedback, **given)
        off[feedback] = np.linalg.norm(np.cumsum(run.q - run.g.mean(axis=1), axis=0), axis=1)
    assert off[True][-1] < 3 * off[True][40] and off[False][-1] > 5 * off[False][40]
    assert off[True][-1] < 0.1 * off[False][-1]
