"""What an iteration costs in seconds: laws of speeds against their moments, deadlines, batches, links between peers.

Measured means are held to exact ones at five standard errors; there are fewer than 60 such comparisons, so that all of them fail by
chance less than once in 30,000 runs.
"""

import math

import numpy as np
import pytest
from scipy.integrate import quad

import dqlab as dq
from dqlab import clock, stream

TRACE = 10 + 80 * stream(0, "trace").random((40, 6)) ** 3
LAWS = {
    "uniform": clock.UniformSpeeds(10, 90),
    "narrow": clock.UniformSpeeds(30, 30),
    "exponential": clock.ExponentialSpeeds(10, 50),
    "two classes": clock.TwoClassSpeeds(50, 10, 0.25),
    "fixed classes": clock.TwoClassSpeeds(50, 10, 0.5, fixed=True),
    "replayed": clock.RecordedSpeeds(TRACE),
    "recorded": clock.RecordedSpeeds(TRACE, replay=False),
}
ROUNDS, NODES = 20_000, 6


def close(samples, expected):
    """Whether a mean is within five standard errors; rounds are independent, nodes of one round need not be."""
    rounds = np.asarray(samples, float).reshape(len(samples), -1).mean(axis=1)
    return abs(rounds.mean() - expected) <= 5 * rounds.std() / math.sqrt(rounds.size) + 1e-9 * (1 + abs(expected))


@pytest.mark.parametrize("name", LAWS)
def test_moments_of_speeds_are_those_of_draws(name):
    speeds = LAWS[name]
    V = speeds.draw(ROUNDS, NODES, stream(1, name))
    assert V.shape == (ROUNDS, NODES) and V.dtype == np.float64 and (V >= speeds.least - 1e-12).all()
    assert V.min() <= speeds.least * 1.05
    assert (
        close(V, speeds.mean)
        and close(1 / V, speeds.inverse_mean)
        and close((1 / V).max(axis=1), speeds.slowest(NODES))
    )
    assert speeds.inverse_mean >= 1 / speeds.mean - 1e-15  # Jensen
    assert np.array_equal(V, speeds.draw(ROUNDS, NODES, stream(1, name)))


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("seconds", [0.013, 0.05, 0.4, 1.0])
def test_law_of_a_deadlines_batch(name, seconds):
    """Sizes, probabilities, and the three moments, against draws; the probabilities sum to 1."""
    speeds, work = LAWS[name], clock.Deadline(seconds)
    B = work.batches(speeds.draw(ROUNDS, NODES, stream(2, name)))
    sizes, chances = work.law(speeds)
    assert chances.sum() == pytest.approx(1, abs=1e-12) and (chances >= 0).all() and set(np.unique(B)) <= set(sizes)
    assert close(B, work.expected_batch(speeds)) and close(B == 0, work.empty(speeds))
    assert close(np.where(B > 0, 1 / np.maximum(B, 1), 0), work.inverse_batch(speeds))
    if seconds >= 1 / speeds.least:
        ratio = work.inverse_batch(speeds) * seconds / speeds.inverse_mean
        assert work.empty(speeds) == 0
        assert 1 - 1e-12 <= ratio <= 1 + 1 / math.floor(speeds.least * seconds)


@pytest.mark.parametrize("low", [1e-4, 1.0, 10.0, 89.0, 90.0])
def test_uniform_speeds_by_quadrature(low):
    speeds = clock.UniformSpeeds(low, 90)
    for n in (1, 2, 7, 50, 2000):

        def slow(t, n=n):
            return math.exp(-t) / (low - (90 - low) * math.expm1(-t / n))

        pieces = [0, 1e-3, 1, 10, math.inf]
        integral = sum(quad(slow, a, b, epsabs=0, epsrel=1e-12, limit=300)[0] for a, b in zip(pieces, pieces[1:]))
        assert speeds.slowest(n) == pytest.approx(integral, rel=1e-9)
    assert speeds.slowest(1) == pytest.approx(speeds.inverse_mean, rel=1e-10)


def test_exponential_speeds_by_quadrature():
    for least, mean in ((10, 50), (0.01, 3), (40, 41)):
        speeds = clock.ExponentialSpeeds(least, mean)
        for n in (1, 5, 300):
            s = (mean - least) / n
            integral = quad(lambda x, s=s, least=least: math.exp(-x) / (least + s * x), 0, math.inf, epsrel=1e-12)[0]
            assert speeds.slowest(n) == pytest.approx(integral, rel=1e-8)


def test_waiting_for_more_nodes_is_waiting_longer():
    for speeds in (LAWS["uniform"], LAWS["exponential"], LAWS["two classes"]):
        waits = [speeds.slowest(n) for n in (1, 2, 5, 20, 100, 1000)]
        assert waits[0] == pytest.approx(speeds.inverse_mean) and all(a < b for a, b in zip(waits, waits[1:]))
        assert waits[-1] == pytest.approx(1 / speeds.least, rel=0.05) and waits[-1] <= 1 / speeds.least


def test_speeds_down_to_zero_make_waiting_infinite():
    for speeds in (clock.UniformSpeeds(0, 10), clock.ExponentialSpeeds(0, 5)):
        assert speeds.inverse_mean == speeds.slowest(3) == math.inf and speeds.mean == 5
        assert clock.Deadline(1.0).empty(speeds) > 0 and clock.Deadline(1.0).inverse_batch(speeds) < 1


def test_recorded_speeds_keep_their_rows():
    """Replayed in order and from the first again, or drawn whole: nodes that were slow together stay so."""
    rows = {tuple(row) for row in TRACE}
    replayed = LAWS["replayed"].draw(85, 6, stream(0))
    assert np.array_equal(replayed, np.concatenate([TRACE, TRACE, TRACE[:5]]))
    drawn = LAWS["recorded"].draw(400, 6, stream(0))
    assert {tuple(row) for row in drawn} == rows and not np.array_equal(drawn[:40], TRACE)
    for call in (lambda: LAWS["recorded"].draw(3, 5, stream(0)), lambda: LAWS["recorded"].slowest(7)):
        with pytest.raises(ValueError, match="nodes: expected 6, the columns of the trace"):
            call()


def test_fixed_classes_are_the_first_nodes():
    V = clock.TwoClassSpeeds(50, 10, 0.3, fixed=True).draw(4, 10, stream(0))
    assert (V[:, :3] == 10).all() and (V[:, 3:] == 50).all()
    assert clock.TwoClassSpeeds(50, 10, 0.01, fixed=True).slowest(10) == 1 / 50


def test_deadlines_and_batches():
    V = np.array([[10.0, 25.0, 90.0], [30.0, 30.0, 45.0]])
    assert clock.Deadline(0.1).batches(V).tolist() == [[1, 2, 9], [3, 3, 4]]
    assert clock.Deadline(0.1).compute(V).tolist() == [0.1, 0.1]
    assert clock.FixedBatch(9).batches(V).tolist() == [[9] * 3] * 2
    assert clock.FixedBatch(9).compute(V) == pytest.approx([0.9, 0.3])
    speeds = LAWS["two classes"]
    assert clock.FixedBatch(9).expected_batch(speeds) == 9 and clock.FixedBatch(9).empty(speeds) == 0
    assert clock.FixedBatch(9).inverse_batch(speeds) == 1 / 9
    assert clock.FixedBatch(9).expected_compute(speeds, 6) == pytest.approx(9 * speeds.slowest(6))
    assert clock.Deadline(0.3).expected_compute(speeds, 6) == 0.3


def test_a_gradient_that_ends_with_the_deadline_counts():
    """0.29 * 100 is 28.999999999999996 in floating point."""
    for seconds, speed, batch in (
        (0.29, 100.0, 29),
        (0.1, 30.0, 3),
        (0.7, 10.0, 7),
        (1 / 49, 49.0, 1),
        (0.1, 29.999, 2),
    ):
        assert clock.Deadline(seconds).batches([speed]).tolist() == [batch]
        assert clock.Deadline(seconds).law(clock.TwoClassSpeeds(speed, speed, 0.0))[0].tolist() == [batch]


def test_a_deadline_of_one_over_the_least_speed_leaves_no_batch_empty():
    """As the warning says, also where 1 / v_min is rounded down: at 49 gradients a second, for one."""
    for least in range(1, 120):
        work = clock.Deadline(1 / least)
        for speeds in (clock.UniformSpeeds(least, 200), clock.ExponentialSpeeds(least, 200)):
            assert work.empty(speeds) == 0 and work.batches([[float(least)]]).tolist() == [[1]]


def test_seconds_of_an_exchange():
    link = clock.PeerLink(bandwidth=100.0, latency=0.5)
    assert link.seconds(50) == link.seconds(50, degree=7, digits=3) == 1.0
    assert clock.PeerLink(100.0, 0.5, per="neighbour").seconds(50, degree=7) == 7.0
    assert clock.PeerLink().seconds(10**9) == 0.0
    paper = clock.DigitLink()
    assert (
        paper.seconds(1, digits=3) == 9 / 16 and paper.seconds(1, digits=5) == 15 / 16 and paper.seconds(10**9) == 3.0
    )


@pytest.mark.parametrize(
    ("call", "error", "word"),
    [
        (lambda: clock.UniformSpeeds(-1, 5), ValueError, "low"),
        (lambda: clock.UniformSpeeds(0, 0), ValueError, "high"),
        (lambda: clock.UniformSpeeds(5, 4), ValueError, "high: expected at least low"),
        (lambda: clock.UniformSpeeds("slow", 4), TypeError, "low"),
        (lambda: clock.ExponentialSpeeds(5, 5), ValueError, "mean: expected more than least"),
        (lambda: clock.ExponentialSpeeds(-1, 5), ValueError, "least"),
        (lambda: clock.TwoClassSpeeds(5, 0, 0.5), ValueError, "slow"),
        (lambda: clock.TwoClassSpeeds(5, 6, 0.5), ValueError, "slow: expected at most fast"),
        (lambda: clock.TwoClassSpeeds(5, 1, 1.5), ValueError, "share"),
        (lambda: clock.TwoClassSpeeds(5, 1, 0.5, fixed="yes"), TypeError, "fixed"),
        (lambda: clock.RecordedSpeeds([]), ValueError, "trace"),
        (lambda: clock.RecordedSpeeds([[1.0, 0.0]]), ValueError, "trace: expected speeds > 0"),
        (lambda: clock.RecordedSpeeds([[1.0, math.inf]]), ValueError, "trace: expected finite"),
        (lambda: clock.RecordedSpeeds([[1.0]], replay=1), TypeError, "replay"),
        (lambda: LAWS["uniform"].draw(-1, 2, stream(0)), ValueError, "rounds"),
        (lambda: LAWS["uniform"].draw(1, 0, stream(0)), ValueError, "nodes"),
        (lambda: LAWS["uniform"].draw(1, 1, 7), TypeError, "rng"),
        (lambda: LAWS["exponential"].slowest(0), ValueError, "nodes"),
        (lambda: clock.Deadline(0), ValueError, "seconds"),
        (lambda: clock.Deadline(math.inf), ValueError, "seconds"),
        (lambda: clock.FixedBatch(0), ValueError, "size"),
        (lambda: clock.FixedBatch(2.5), TypeError, "size"),
        (lambda: clock.Deadline(1).batches([[1.0, -1.0]]), ValueError, "V: expected finite speeds > 0"),
        (lambda: clock.FixedBatch(1).compute([]), ValueError, "V"),
        (lambda: clock.Deadline(1).empty(50.0), TypeError, "speeds: expected computing speeds"),
        (lambda: clock.PeerLink(0), ValueError, "bandwidth"),
        (lambda: clock.PeerLink(latency=-1), ValueError, "latency"),
        (lambda: clock.PeerLink(per="edge"), ValueError, "per: expected one of 'node', 'neighbour'"),
        (lambda: clock.DigitLink(full=-1), ValueError, "full"),
        (lambda: clock.DigitLink(of=0), ValueError, "of"),
        (lambda: clock.DigitLink().seconds(1, digits=-1), ValueError, "digits"),
    ],
)  # fmt: skip
def test_what_is_no_clock_is_refused(call, error, word):
    with pytest.raises(error, match=word):
        call()


def test_the_clock_is_plain_data():
    """Named tuples of numbers and arrays, which compiled code could take."""
    for noun in (*LAWS.values(), clock.Deadline(1), clock.FixedBatch(2), clock.PeerLink(), clock.DigitLink()):
        assert isinstance(noun, tuple) and noun._fields
    assert dq.clock.Deadline(1) == (1.0,) and repr(clock.FixedBatch(2)) == "FixedBatch(size=2)"
