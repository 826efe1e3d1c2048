"""What algorithms of workers and a parameter server owe: Algorithm 1 line by line, real messages both ways, true records, clear errors."""

import numpy as np
import pytest
import scipy.sparse as sp

import dqlab as dq
from dqlab import clock, problems
from dqlab import quantizers as dqq
from dqlab._generic import unchecked
from dqlab.algorithms import ALGORITHMS
from dqlab.streams import stream

from . import oracles

DIM, WORKERS, STEPS, BATCH = 9, 3, 25, 4
FREE = {"penalise": np.zeros(DIM, bool)}  # no penalty
NAMES = [name for name, function in ALGORITHMS.items() if getattr(function, "sparse", False)]
ADAPTIVE = ["cmd_adagrad", "rda_adagrad"]
READINGS = ["shared", "local", None]
QUANTIZERS = {"TernGrad": dqq.TernGrad(DIM), "Threshold": dqq.Threshold(DIM)}
DEFAULTS = {
    "prox_gd": {"stepsize": 0.3, "penalty": 0.08},
    "cmd_adagrad": {"stepsize": 0.1, "penalty": 0.08, "delta": 0.05},
    "rda_adagrad": {"stepsize": 0.2, "penalty": 0.08, "delta": 0.05},
}
UPDATES = {
    "prox_gd": oracles.mirror_update,
    "cmd_adagrad": oracles.mirror_update,
    "rda_adagrad": oracles.dual_update,
}
PAIRS = [
    *((name, "Threshold") for name in DEFAULTS),
    ("rda_adagrad", "TernGrad"),
]  # others compile for long, and tell no more
START = np.where(np.arange(DIM) % 3, 0.0, 0.5)


def problem(nodes=WORKERS):
    """Logistic regression on rows of which half of the entries are 0."""
    rng = stream(0, "rows")
    X = rng.standard_normal((10 * nodes, DIM)) * (rng.random((10 * nodes, DIM)) < 0.5) * (1 + np.arange(DIM) / 4)
    y = np.where(X[:, 0] + 0.3 * rng.standard_normal(10 * nodes) > 0, 1.0, -1.0)
    return problems.DecentralisedLogistic.from_data(X, y, nodes=nodes, strength=0)


def run(name, both=None, **options):
    """A short run, every step of it recorded and kept; `both` is the quantizer up and down."""
    given = {"steps": STEPS, "batch": BATCH, "record": range(STEPS + 1), "history": True, "seed": 3} | DEFAULTS[name]
    given |= {"uplink": both, "downlink": both} | options
    return ALGORITHMS[name](given.pop("problem", problem()), **given)


def wire(quantizer, rng, messages, select):
    """(u, mask) -> what the receiver decodes of a real message, which is kept."""

    def send(u, mask):
        if select is None:
            messages.append(message := dqq.send(quantizer, u, 1.0, rng))
            return dqq.receive(quantizer, message)
        messages.append(message := dqq.pack_selected(quantizer, dqq.encode_selected(quantizer, u, mask, rng)))
        return dqq.decode_selected(quantizer, dqq.unpack_selected(quantizer, message))

    return send


def expected(name, up, down, options, seed=3):
    """The run by the naive method, and its messages up and down."""
    p = options.get("problem", problem())
    samples, sent, served = stream(seed, "samples"), [], []
    given = DEFAULTS[name] | {"select": "shared", "feedback": False, "x0": np.zeros(DIM)} | options

    def gradients(t, x):
        return np.array([problems.sample_gradient(p, m, x, BATCH, samples) for m in range(p.nodes)])

    history = oracles.workers_and_server(
        UPDATES[name], gradients, wire(up, stream(seed, "encoder"), sent, given["select"]),
        wire(down, stream(seed, "server"), served, given["select"]), given["x0"], STEPS, eta=given["stepsize"],
        lam=given["penalty"] * given.get("penalise", np.ones(DIM, bool)), delta=given.get("delta"),
        select=given["select"], feedback=given["feedback"], centre=given.get("centre", given["x0"]),
        keep=name == "rda_adagrad",
    )  # fmt: skip
    return history, sent, served


def lengths(messages, workers=1):
    """Bits in the messages of every step."""
    return np.array([message.nbits for message in messages]).reshape(-1, workers)


def test_all_are_covered():
    assert set(NAMES) == set(DEFAULTS) and all(getattr(dq.algorithms, name) is ALGORITHMS[name] for name in NAMES)
    assert all(ALGORITHMS[name].box.__doc__ and ALGORITHMS[name].label for name in NAMES)


CASES = [
    {"x0": START},
    {"select": "local"},
    {"select": None, "feedback": True},
    {"feedback": True, "penalise": np.arange(DIM) % 2 == 0},
    {"select": "local", "feedback": True, "x0": START},
]


@pytest.mark.parametrize(("name", "which"), PAIRS)
def test_the_box_is_algorithm_1_with_real_messages_on_the_wire(name, which):
    """Bit for bit where rounding of x cannot tell two ways of writing one formula apart: q_t, SynQ_t, masks, lengths."""
    for options in CASES:
        history = run(name, QUANTIZERS[which], **options)
        (x, q, syn, masks), sent, served = expected(name, QUANTIZERS[which], QUANTIZERS[which], options)
        assert np.allclose(history.x, x, rtol=1e-9, atol=1e-12)
        assert np.allclose(history.q, q, rtol=1e-9, atol=1e-12) and np.allclose(history.syn, syn, rtol=1e-9, atol=1e-12)
        assert np.array_equal(history.x == 0, x == 0)
        assert np.array_equal(history.selected, masks.sum(axis=2))
        assert np.array_equal(history.selected_down, masks.any(axis=1).sum(axis=1))
        up, down = lengths(sent, WORKERS).sum(axis=1), lengths(served)[:, 0]
        assert np.array_equal(history.bits_up, np.concatenate([[0], np.cumsum(up)]))
        assert np.array_equal(history.bits_down, np.concatenate([[0], np.cumsum(down)]))


@pytest.mark.parametrize(("name", "which"), PAIRS)
def test_every_round_is_bytes_that_both_ends_agree_on(name, which):
    """From a run's own x_t: gradients, masks, messages, SynQ_t, q_t and x_{t+1} are the same to the last bit."""
    quantizer, given, feedback = QUANTIZERS[which], DEFAULTS[name], which == "Threshold"
    history, p, messages = run(name, quantizer, feedback=feedback), problem(), []
    samples, owed, owed_down = stream(3, "samples"), np.zeros((WORKERS, DIM)), np.zeros(DIM)
    up, down = (wire(quantizer, stream(3, purpose), messages, "shared") for purpose in ("encoder", "server"))
    z, c2, eta, lam = np.zeros(DIM), np.zeros(DIM), given["stepsize"], given["penalty"]
    for t in range(1, STEPS + 1):
        x, decoded, masks = history.x[t - 1], [], []
        for m in range(WORKERS):
            g = problems.sample_gradient(p, m, x, BATCH, samples)
            assert np.array_equal(g, history.g[t - 1, m])
            u = g + owed[m]
            grown = np.abs(z + u) > t * lam if name == "rda_adagrad" else np.abs(u) > lam
            masks.append((x != 0) | grown)
            decoded.append(up(u, masks[m]))
            if feedback:
                owed[m] = np.where(masks[m] | (name == "rda_adagrad"), u - decoded[m], 0)
        syn = (decoded[0] + decoded[1] + decoded[2]) / WORKERS
        assert np.array_equal(syn, history.syn[t - 1])
        q = down(syn + owed_down, masks[0] | masks[1] | masks[2])
        assert np.array_equal(q, history.q[t - 1])
        owed_down = syn + owed_down - q if feedback else owed_down
        z, c2 = z + q, c2 + q * q
        H = 1.0 if name == "prox_gd" else given["delta"] + np.sqrt(c2)
        if name == "rda_adagrad":
            new = (np.maximum(-z - t * lam, 0) + np.minimum(-z + t * lam, 0)) * (eta / H)
        else:
            v, tau = x - eta / H * q, lam * (eta / H)
            new = np.maximum(v - tau, 0) + np.minimum(v + tau, 0)
        assert np.array_equal(new, history.x[t])
    assert history.bits[-1] == sum(message.nbits for message in messages)


def test_dagger_variants_push_32_bits_a_coordinate_down():
    name = "cmd_adagrad"
    history = run(name, uplink=QUANTIZERS["Threshold"])
    (x, _, syn, _), sent, served = expected(name, QUANTIZERS["Threshold"], dqq.Float32(DIM), {})
    assert np.allclose(history.x, x, rtol=1e-9, atol=1e-12)
    assert np.array_equal(history.q, history.syn.astype(np.float32)) and (history.error_down[1:] < 1e-13).all()
    assert history.bits_down[-1] == sum(m.nbits for m in served) == STEPS * DIM + 32 * history.selected_down.sum()
    assert (
        history.bits_up[-1] == sum(m.nbits for m in sent) == WORKERS * STEPS * (32 + DIM) + 2 * history.selected.sum()
    )


# What it becomes at full precision


def textbook(name, gradient, x1, lam, eta, delta):
    """CMD and RDA AdaGrad of Duchi, Hazan and Singer on a sequence of gradients; prox-GD for delta = None."""
    path, seen = [x1], []
    for t in range(STEPS):
        seen.append(gradient(t, path[-1]))
        H = np.ones(DIM) if delta is None else delta + np.sqrt(np.sum(np.square(seen), axis=0))
        if name == "rda_adagrad":
            path.append(oracles.soft_threshold(-eta * np.sum(seen, axis=0), (t + 1) * eta * lam) / H)
        else:
            path.append(oracles.soft_threshold(path[-1] - eta * seen[-1] / H, lam * eta / H))
    return np.array(path)


@pytest.mark.parametrize("name", NAMES)
def test_at_32_bits_without_a_mask_it_is_the_textbook_method(name):
    history, p, samples, given = run(name, select=None), problem(), stream(3, "samples"), DEFAULTS[name]

    def mean(t, x):
        return np.mean([problems.sample_gradient(p, m, x, BATCH, samples) for m in range(WORKERS)], axis=0)

    exact = textbook(name, mean, np.zeros(DIM), given["penalty"], given["stepsize"], given.get("delta"))
    assert np.allclose(history.x, exact, atol=1e-5) and np.array_equal(history.x == 0, exact == 0)
    assert history.bits_up[-1] == WORKERS * history.bits_down[-1] == WORKERS * STEPS * 32 * DIM
    assert not np.allclose(run(name, QUANTIZERS["Threshold"], select=None).x, exact, atol=1e-2)


@pytest.mark.parametrize("name", ADAPTIVE)
def test_one_worker_and_no_penalty_is_adagrad(name):
    history = run(name, problem=problem(1), select=None, **FREE)
    H = 0.05 + np.sqrt(np.cumsum(np.square(history.q), axis=0))
    if name == "cmd_adagrad":
        assert np.allclose(np.diff(history.x, axis=0), -0.1 * history.q / H, atol=1e-12)
    else:
        assert np.allclose(history.x[1:], -0.2 * np.cumsum(history.q, axis=0) / H, atol=1e-12)
    assert np.allclose(history.q, history.g[:, 0], rtol=1e-6, atol=1e-12) and np.isnan(history.sparsity).all()


def test_a_mask_costs_mirror_descent_nothing_but_the_scale_of_steps():
    """With H = I and exact numbers, workers that agree leave out only what would have changed nothing."""
    one = {"problem": problem(1), "penalty": 0.3}
    masked, dense = run("prox_gd", **one), run("prox_gd", **one, select=None)
    assert np.array_equal(masked.x, dense.x) and masked.selected.mean() < 0.8 * DIM
    assert not np.array_equal(run("cmd_adagrad", **one).x, run("cmd_adagrad", **one, select=None).x)


def test_with_feedback_a_mask_costs_dual_averaging_no_coordinate():
    """What was not selected arrives as soon as it would matter: the sum of all gradients decides, as without a mask."""
    one = {"problem": problem(1), "penalty": 0.15}
    masked, dense = run("rda_adagrad", **one, feedback=True), run("rda_adagrad", **one, select=None)
    frozen = run("rda_adagrad", **one)
    first = np.flatnonzero((masked.x != dense.x).any(axis=1))[0]  # from there on gradients are taken elsewhere
    assert np.array_equal(masked.x[: first + 1] == 0, dense.x[: first + 1] == 0)
    assert frozen.active[-1] < masked.active[-1] <= DIM


# Records


@pytest.mark.parametrize("name", NAMES)
def test_records_are_what_they_say(name):
    penalise, Q = np.arange(DIM) != 1, QUANTIZERS["Threshold"]
    history, p = run(name, Q, penalise=penalise), problem()
    assert np.allclose(history.loss, [problems.value(p, x) for x in history.x])
    sizes = np.abs(history.x[:, penalise])
    assert np.allclose(history.objective, history.loss + DEFAULTS[name]["penalty"] * sizes.sum(axis=1))
    assert np.array_equal(history.sparsity, (sizes == 0).mean(axis=1))
    assert np.array_equal(history.nonzeros, (sizes > 0).sum(axis=1))
    assert np.array_equal(history.final, history.x[-1]) and np.allclose(history.average, history.x[:-1].mean(axis=0))
    assert history.recorded.tolist() == list(range(STEPS + 1)) and history.steps == STEPS and history.seed == 3
    assert history.name in repr(history) and np.array_equal(history.bits, history.bits_up + history.bits_down)
    down = np.cumsum(((history.q - history.syn) ** 2).mean(axis=1)) / np.arange(1, STEPS + 1)
    assert np.allclose(history.error_down[1:], down) and np.isnan([history.error[0], history.error_down[0]]).all()
    everything = run(name, Q, penalise=penalise, select=None)
    up = ((np.array([[dqq.quantize(Q, u) for u in step] for step in everything.g]) - everything.g) ** 2).mean(
        axis=(1, 2)
    )
    assert np.allclose(everything.error[1:], np.cumsum(up) / np.arange(1, STEPS + 1))
    assert (everything.active == DIM).all() and (np.diff(history.active) >= 0).all()


@pytest.mark.parametrize("name", NAMES)
def test_what_is_recorded_is_what_is_asked(name):
    Q = QUANTIZERS["Threshold"]
    every, some = run(name, Q), run(name, Q, record=[3, 7], history=False)
    assert some.recorded.tolist() == [0, 3, 7, STEPS] and some.x is some.q is some.syn is some.g is None
    for field in ("loss", "objective", "sparsity", "error", "error_down", "bits_up", "bits_down", "seconds"):
        assert np.array_equal(getattr(some, field), getattr(every, field)[[0, 3, 7, STEPS]], equal_nan=True)
    assert np.array_equal(some.final, every.final) and np.array_equal(some.average, every.average)


def test_a_step_lasts_as_long_as_its_longest_messages():
    link = clock.Link(up=1e3, down=1e4, latency=0.1, compute=0.5)
    history = run("cmd_adagrad", QUANTIZERS["Threshold"], link=link)
    up, down = 32 + DIM + 2 * history.selected.max(axis=1), 32 + DIM + 2 * history.selected_down
    assert np.allclose(np.diff(history.seconds), 0.7 + up / 1e3 + down / 1e4)
    assert (run("cmd_adagrad", QUANTIZERS["Threshold"]).seconds == 0).all()


@pytest.mark.parametrize(("name", "which"), PAIRS)
def test_same_seed_same_run_and_uncompiled_source_gives_it_too(name, which, monkeypatch):
    options = {"both": QUANTIZERS[which], "select": "local", "feedback": True}
    first, other, function = run(name, **options), run(name, seed=4), ALGORITHMS[name]
    assert np.array_equal(first.x, run(name, **options).x)
    assert not np.allclose(run(name).g[0], other.g[0]) and np.array_equal(run(name).g[0], first.g[0])  # paired samples

    def source(*arguments):
        with unchecked(), np.errstate(over="ignore"):
            function.py_func(*arguments)

    monkeypatch.setattr(function, "box", source)
    assert np.allclose(run(name, **options).x, first.x, rtol=1e-9, atol=1e-12)


def test_readings_differ_for_dual_averaging_only():
    for name in ("prox_gd", "cmd_adagrad"):
        assert np.array_equal(run(name, select="local").x, run(name).x)
    assert not np.array_equal(run("rda_adagrad", select="local").x, run("rda_adagrad").x)


def test_a_centre_holds_the_iterates():
    """x_1 decides where the first gradient is taken; the centre, where the penalty starts from."""
    away = run("rda_adagrad", select=None, x0=START, centre=np.zeros(DIM), penalty=10.0)
    assert not away.x[1:].any() and np.array_equal(away.x[0], START)
    around = run("rda_adagrad", select=None, x0=START, stepsize=1e-9, **FREE)
    assert np.allclose(around.final, START, atol=1e-7)
    options = {"x0": np.zeros(DIM), "centre": START}
    history, (x, *_) = run("rda_adagrad", **options), expected("rda_adagrad", *[dqq.Float32(DIM)] * 2, options)[0]
    assert np.allclose(history.x, x, atol=1e-9) and not np.array_equal(history.x, run("rda_adagrad", x0=START).x)


# Data


def test_sparse_rows_give_the_same_run():
    p, like = problem(), run("cmd_adagrad", QUANTIZERS["Threshold"])
    sparse = problems.DecentralisedLogistic.from_data(sp.csr_array(p.rows.matrix()), p.y, nodes=WORKERS, strength=0)
    assert np.allclose(run("cmd_adagrad", QUANTIZERS["Threshold"], problem=sparse).x, like.x, atol=1e-12)
