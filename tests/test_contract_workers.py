"""What algorithms with K workers owe, and their problems: the box of the paper, true records, prescribed ranges, clear errors."""

import pickle
import warnings
from functools import cache
from typing import NamedTuple

import numpy as np
import pytest

import dqlab as dq
from dqlab import problems
from dqlab import quantizers as dqq
from dqlab._generic import unchecked
from dqlab.algorithms import ALGORITHMS

from . import oracles

WORKERS = [name for name, function in ALGORITHMS.items() if getattr(function, "workers", False)]
ORACLES = {
    "nq_gd_workers": oracles.nq_workers_gradient_descent,
    "ef21_workers": oracles.difference_workers_gradient_descent,
}
STEPS, N, K = 25, 6, 3
LEVELS = (4096, 1000, 512)


@cache
def mean(kind):
    """K = 3 least-squares problems, with or without a shared minimiser, or K = 3 logistic regressions."""
    rng = dq.stream(0, "workers", kind)
    if kind != "logistic":
        spread = 0.0 if kind == "shared" else 1.5
        return problems.worker_least_squares([9.0, 4.0, 2.0], [1.0, 0.5, 0.5], rng, n=N, spread=spread)
    return problems.MeanOfProblems([logistic(rng) for _ in range(K)])


def logistic(rng):
    A = rng.standard_normal((40, N))
    y = np.where(A @ rng.standard_normal(N) + rng.standard_normal(40) > 0, 1.0, -1.0)
    return problems.Logistic.from_data(A, y, 0.1)


def quantizers(levels=LEVELS):
    return [dqq.UniformScalar(m, N) for m in levels]


def run(name, p, chosen=None, **options):
    options = {"steps": STEPS, "x0": np.full(p.dim, 0.5), "record": ("loss", "iterates")} | options
    return ALGORITHMS[name](p, quantizers() if chosen is None else chosen, **options)


@pytest.fixture(params=WORKERS)
def name(request):
    return request.param


@pytest.fixture(params=["shared", "spread", "logistic"])
def p(request):
    return mean(request.param)


def test_every_algorithm_is_covered(name):
    function = ALGORITHMS[name]
    assert set(ORACLES) == set(WORKERS) and getattr(dq.algorithms, name) is function
    assert function.box.__doc__ and function.__doc__ and function.label


def test_the_box_is_the_algorithm(p, name):
    history = run(name, p)

    def quantize(k, u, r):
        return oracles.nearest_midpoint(LEVELS[k], u, r)

    slopes = [lambda x, f=f: problems.gradient(f, x) for f in p.problems]
    expected = ORACLES[name](slopes, quantize, history.iterates[0], history.stepsize, history.ranges)
    # A value within rounding of a cell's edge may go either way: all that can differ is one cell of one coordinate.
    cell = 3 * float(history.stepsize * (history.ranges[0] / LEVELS).max())
    assert np.abs(history.iterates - expected).max() <= max(1e-12, cell)
    assert np.abs(history.iterates - expected).mean() <= 1e-10


def test_records_are_what_they_say(p, name):
    history = run(name, p)
    assert np.allclose(history.distance, np.linalg.norm(history.iterates - p.minimiser, axis=1), rtol=1e-12, atol=1e-15)
    losses = [np.mean([problems.value(f, x) for f in p.problems]) for x in history.iterates]
    assert np.allclose(history.loss, losses, rtol=1e-12)
    assert history.inputs.shape == history.ranges.shape == history.outside.shape == (STEPS, K)
    assert history.steps == STEPS and history.name in repr(history)
    if name == "nq_gd_workers":
        norms = [[np.linalg.norm(problems.gradient(f, x)) for f in p.problems] for x in history.iterates[:-1]]
        assert np.allclose(history.inputs, norms, rtol=1e-9)


def test_bits_are_those_of_real_messages(name):
    history = run(name, mean("spread"))
    messages = [dqq.send(q, np.zeros(N)).nbits for q in quantizers()]
    assert messages == [12 * N, 60, 9 * N]
    assert np.array_equal(history.bits_up, sum(messages) * np.arange(STEPS + 1))
    assert np.array_equal(history.bits_down, 64 * N * np.arange(STEPS + 1))  # one broadcast, heard by all
    link = dq.clock.Link(up=1e3, down=1e6, latency=0.01, compute=0.1)
    seconds = run(name, mean("spread"), link=link).seconds
    assert seconds[-1] == pytest.approx(STEPS * 0.12 + history.bits_up[-1] / 1e3 + history.bits_down[-1] / 1e6)


def test_a_silent_worker_sends_nothing(name):
    history = run(name, mean("shared"), quantizers((4096, 512, 1)), ranges=np.full((STEPS, K), 100.0))
    assert history.bits[-1] == STEPS * N * (12 + 9)


def test_server_and_workers_apart(name):
    """The server rebuilds every iterate from message bytes alone."""
    p, chosen = mean("spread"), quantizers()
    history = run(name, p)
    x, believed = history.iterates[0], np.zeros((K, N))
    for t in range(STEPS):
        for k, q in enumerate(chosen):
            u = problems.gradient(p.problems[k], x) - (believed[k] if name == "ef21_workers" else 0.0)
            wire = dqq.send(q, u, history.ranges[t, k], outside="clip")
            data, nbits = wire.to_bytes(), wire.nbits  # the worker's side ends here
            received = dqq.receive(q, dq.bits.Message.from_bytes(data, nbits), history.ranges[t, k])
            believed[k] = received + (believed[k] if name == "ef21_workers" else 0.0)
        x = x - history.stepsize * believed.mean(axis=0)
        assert np.allclose(x, history.iterates[t + 1], rtol=1e-11, atol=1e-12)


def test_one_worker_is_nq_gd_bit_for_bit():
    for f in (mean("shared").problems[0], mean("logistic").problems[0]):
        q, alone = dqq.UniformScalar(1000, N), problems.MeanOfProblems([f])
        one = dq.algorithms.nq_gd(f, q, steps=STEPS, record=("loss", "iterates"))
        same = dq.algorithms.nq_gd_workers(alone, q, steps=STEPS, record=("loss", "iterates"))
        for record in ("iterates", "distance", "loss", "bits", "bits_down", "seconds"):
            assert np.array_equal(getattr(one, record), getattr(same, record)), record
        for record in ("inputs", "ranges", "outside"):
            assert np.array_equal(getattr(one, record), getattr(same, record)[:, 0]), record


def test_same_seed_same_run(name):
    first, second = run(name, mean("spread"), seed=4), run(name, mean("spread"), seed=4)
    assert np.array_equal(first.iterates, second.iterates) and first.seed == 4


def test_every_worker_draws_from_a_stream_of_its_own(name):
    """With dithered quantizers two workers with one objective make different errors, and a seed fixes both."""

    class Dithered(NamedTuple):
        dim: int

    @dqq.encode.register(Dithered, compiled=False)
    def _(quantizer, u, scale, rng, shared):
        return np.floor((u / scale + 1) * 50 + rng.random(u.size)).astype(np.int64)

    @dqq.decode.register(Dithered, compiled=False)
    def _(quantizer, codes, scale, shared):
        return scale * (codes / 50 - 1)

    dqq.alphabet.register(Dithered, compiled=False)(lambda q: 102)
    f = mean("shared").problems[0]
    p = problems.MeanOfProblems([f, f])
    options = {"steps": 1, "ranges": np.full((1, 2), 100.0), "record": "iterates"}
    two, again = (run(name, p, Dithered(N), seed=1, **options) for _ in range(2))
    one = run(name, problems.MeanOfProblems([f]), Dithered(N), seed=1, **(options | {"ranges": np.full((1, 1), 100.0)}))
    assert np.array_equal(two.iterates, again.iterates) and not np.array_equal(two.iterates, one.iterates)
    assert not np.array_equal(two.iterates, run(name, p, Dithered(N), seed=2, **options).iterates)


def test_uncompiled_source_gives_the_same_run(name):
    p, history, function = mean("spread"), run(name, mean("spread")), ALGORITHMS[name]
    trace = dq.algorithms.run.Trace(
        np.zeros(STEPS + 1),
        np.zeros(STEPS + 1),
        np.zeros((STEPS + 1, N)),
        np.zeros(STEPS * K),
        np.zeros(STEPS * K, bool),
    )
    rngs = tuple(dq.stream(0, "worker", k, "encoder") for k in range(K))
    with unchecked():
        function.py_func(p, tuple(quantizers()), history.stepsize, history.ranges, rngs, np.full(N, 0.5), trace)
    assert np.allclose(trace.iterates, history.iterates, rtol=1e-9, atol=1e-12)
    assert np.allclose(trace.inputs.reshape(STEPS, K), history.inputs, rtol=1e-6, atol=1e-9)


def test_inputs_stay_in_the_prescribed_ranges(p, name):
    history = run(name, p, steps=60, seed=1)
    exact = history.ranges > 1e-12 * history.ranges[0]  # past that, rounding decides
    assert exact.all(axis=1).sum() >= STEPS
    assert (history.inputs <= history.ranges * (1 + 1e-9))[exact].all()
    assert not history.outside[exact].any()


def test_the_limit_of_high_rate_is_gradient_descent(p, name):
    plain = dq.algorithms.gd(p, steps=STEPS, x0=np.full(N, 0.5), record="iterates")
    assert np.allclose(run(name, p, dqq.Identity(N)).iterates, plain.iterates, rtol=1e-9, atol=1e-12)


def test_quantizers_of_several_classes(name):
    """They run uncompiled, to the same end as if all were compiled."""
    p, chosen = mean("spread"), quantizers()
    mixed = run(name, p, [dqq.Identity(N), *chosen[1:]], ranges=np.full((STEPS, K), 100.0))
    fine = run(name, p, [dqq.UniformScalar(2**30, N), *chosen[1:]], ranges=np.full((STEPS, K), 100.0))
    assert np.allclose(mixed.iterates, fine.iterates, atol=1e-5)
    assert mixed.bits[-1] - fine.bits[-1] == STEPS * N * (64 - 30)


def test_a_learners_problem_and_quantizer_will_do(name):
    class Bowl(NamedTuple):
        minimiser: np.ndarray
        L: float
        mu: float
        dim: int

    problems.gradient.register(Bowl, compiled=False)(lambda p, x: p.L * (x - p.minimiser))
    p = problems.MeanOfProblems([Bowl(np.full(N, float(k)), 2.0, 1.0, N) for k in range(K)])
    assert np.allclose(p.minimiser, 1.0) and not p.shared
    assert run(name, p, record=()).distance[-1] < 0.1
    with pytest.raises(TypeError, match=r"@value.register\(Bowl\)"):
        run(name, p)


def test_inputs_past_their_range_are_counted_never_hidden(name):
    history = run(name, mean("spread"), quantizers((4, 4, 4)), ranges=np.full((STEPS, K), 1e-3))
    assert history.outside[0].all() and (history.inputs[0] > history.ranges[0]).all()


def test_a_rate_too_low_is_said_and_the_run_goes_on(name):
    with pytest.warns(UserWarning, match=r"sum rate of 3 bits per dimension.*may diverge"):
        history = run(name, mean("spread"), quantizers((2, 2, 2)), steps=3000, record=())
    assert history.steps == 3000 and np.isfinite(history.ranges).all()
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        run(name, mean("spread"))


def test_a_run_from_the_shared_minimiser_stays_there(name):
    p = mean("shared")
    for options in ({}, {"D": 0}):
        assert run(name, p, x0=p.minimiser, **options).distance.max() < 1e-12


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"steps": 0}, "steps"),
        ({"x0": np.zeros(N + 1)}, "x0"),
        ({"D": -1.0}, "D"),
        ({"stepsize": -0.1}, "stepsize"),
        ({"record": "gradient"}, "record"),
        ({"seed": -1}, "seed"),
        ({"link": 1e6}, "link"),
        ({"ranges": np.ones(STEPS)}, "ranges"),
        ({"ranges": np.ones((STEPS, K + 1))}, rf"ranges: expected shape \({STEPS}, {K}\)"),
        ({"ranges": np.ones((STEPS + 1, K))}, "ranges"),
        ({"ranges": np.zeros((STEPS, K))}, "ranges: expected positive"),
        ({"ranges": np.full((STEPS, K), np.nan)}, "ranges"),
        ({"chosen": []}, f"quantizers: expected {K}, one a worker, got 0"),
        ({"chosen": [dqq.Identity(N)] * 2}, f"quantizers: expected {K}, one a worker, got 2"),
        ({"chosen": [dqq.Identity(N), dqq.Identity(N), dqq.Identity(5)]}, "worker 2: .*dimension 6"),
        ({"chosen": [dqq.Identity(N), 16, dqq.Identity(N)]}, "worker 1: .*dimension 6"),
        ({"chosen": 16}, "quantizers"),
        ({"chosen": dqq.UniformScalar}, "quantizers"),
        ({"chosen": dqq.UniformScalar(1, N)}, "sum rate above 0, got 0"),
    ],
)
def test_bad_arguments_are_named(name, options, word):
    with pytest.raises((ValueError, TypeError), match=word):
        run(name, mean("spread"), **options)


def test_one_problem_alone_is_no_mean(name):
    with pytest.raises(TypeError, match="problem: expected a MeanOfProblems.*LeastSquares"):
        run(name, mean("shared").problems[0])


# ---- the problems


def test_what_the_mean_claims_is_measured(p):
    measured = p.certify(dq.stream(1, "certify"))
    assert measured["gradient_at_minimiser"] < 1e-14
    assert p.mu * (1 - 1e-9) <= measured["least_curvature"] <= measured["greatest_curvature"] <= p.L * (1 + 1e-9)
    assert p.L == pytest.approx(np.mean([f.L for f in p.problems])) and p.workers == K
    assert p.quadratic == isinstance(p.problems[0], problems.LeastSquares)
    x = p.minimiser + 1.0
    assert np.allclose(problems.gradient(p, x), np.mean([problems.gradient(f, x) for f in p.problems], axis=0))
    assert problems.value(p, x) == pytest.approx(np.mean([problems.value(f, x) for f in p.problems]))
    assert p.shared == (p.spread == 0) and p.reach(x) >= np.linalg.norm(x - p.minimiser)
    again = pickle.loads(pickle.dumps(p))
    assert np.array_equal(again.minimiser, p.minimiser) and again.L == p.L and again.shared == p.shared


def test_least_squares_workers_are_as_prescribed():
    for kind, spread in (("shared", 0.0), ("spread", 1.5)):
        p = mean(kind)
        for f, L, mu in zip(p.problems, (9.0, 4.0, 2.0), (1.0, 0.5, 0.5), strict=True):
            assert np.linalg.eigvalsh(f.gram)[[0, -1]] == pytest.approx([mu, L]) and (f.mu, f.L) == (mu, L)
            assert np.linalg.norm(problems.gradient(f, f.minimiser)) < 1e-12
            assert problems.value(f, f.minimiser) == pytest.approx(0.0, abs=1e-12)
        assert p.shared == (kind == "shared") and p.spread <= 2 * spread
    tight = mean("spread").tightened()
    curvature = np.linalg.eigvalsh(np.mean([f.gram for f in tight.problems], axis=0))
    assert (tight.mu, tight.L) == pytest.approx((curvature[0], curvature[-1]))
    assert mean("spread").mu < tight.mu < tight.L < mean("spread").L


def test_real_rows_dealt_out_are_the_real_problem():
    data = dq.data.load("diabetes")
    whole = problems.LeastSquares.from_data(data.X, data.y)
    for workers, rng in ((1, None), (4, None), (6, dq.stream(0, "rows"))):
        p = problems.split_least_squares(data.X, data.y, workers, rng)
        assert np.allclose(p.minimiser, whole.minimiser, rtol=1e-9) and p.workers == workers
        x = np.ones(p.dim)
        assert workers * problems.value(p, x) == pytest.approx(problems.value(whole, x))
        assert workers * p.tightened().L == pytest.approx(whole.L)
    with pytest.raises(ValueError, match=r"workers: worker 0 of 60 has 8 rows; A: expected full column rank"):
        problems.split_least_squares(data.X, data.y, 60)


def test_sparse_problems_of_several_index_types_are_made_alike():
    import scipy.sparse as sp

    A = sp.csr_array(np.diag([1.0, 2.0, 3.0]))
    first, second = (problems.SparseLeastSquares.from_data(A, y) for y in (np.ones(3), np.full(3, 2.0)))
    second = second._replace(indices=second.indices.astype(np.int64))
    p = problems.MeanOfProblems([first, second])
    assert len({f.indices.dtype for f in p.problems}) == 1
    assert (
        np.allclose(p.minimiser, 1.5 / np.array([1.0, 2.0, 3.0]))
        and np.linalg.norm(problems.gradient(p, p.minimiser)) < 1e-14
    )


def test_the_mean_is_a_problem_for_one_worker():
    """What one worker with all the data would do: a baseline."""
    p = mean("spread")
    history = dq.algorithms.dq_gd(p, dqq.UniformScalar(64, N), steps=60)
    assert history.contraction_factor() <= dq.theory.lin.gd_contraction_factor(p.kappa) + 0.02


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: problems.MeanOfProblems([]), "K = 0"),
        (lambda: problems.MeanOfProblems(mean("shared").problems[0]), "sequence of problems"),
        (lambda: problems.MeanOfProblems(7), "sequence of problems"),
        (lambda: problems.MeanOfProblems([mean("shared").problems[0], 7]), "worker 1"),
        (lambda: problems.MeanOfProblems([mean("shared").problems[0], small()]), "worker 0 has 6 and worker 1 has 2"),
        (lambda: problems.MeanOfProblems([small(), mean("logistic").problems[0]]), "worker 1 has Logistic"),
        (lambda: mean("logistic").tightened(), "LeastSquares"),
        (lambda: problems.worker_least_squares([], [], dq.stream(0)), "K = 0"),
        (lambda: problems.worker_least_squares([1.0, 2.0], [1.0, 1.0, 1.0], dq.stream(0)), "mu"),
        (lambda: problems.worker_least_squares([1.0, 2.0], 1.5, dq.stream(0)), "L_k >= mu_k"),
        (lambda: problems.worker_least_squares([1.0, 2.0], 0.0, dq.stream(0)), "L_k >= mu_k"),
        (lambda: problems.worker_least_squares([1.0], 1.0, 0), "rng"),
        (lambda: problems.worker_least_squares([1.0], 1.0, dq.stream(0), spread=-1), "spread"),
        (lambda: problems.worker_least_squares([1.0], 1.0, dq.stream(0), n=1), "n"),
        (lambda: problems.split_least_squares(np.eye(3), np.ones(3), 0), "workers"),
        (lambda: problems.split_least_squares(np.eye(3), np.ones(4), 1), "y"),
    ],
)
def test_bad_problems_are_named(call, word):
    with pytest.raises((ValueError, TypeError), match=word):
        call()


def small():
    return problems.LeastSquares.from_data(np.eye(2), np.ones(2))
