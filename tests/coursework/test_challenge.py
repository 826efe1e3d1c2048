"""The challenge: every cheat is rejected with its reason, honest contestants are not, and the score means what it says."""

import functools
import os
import pathlib
import re

import numpy as np
import pytest

import dqlab as dq
from dqlab.coursework import challenge
from dqlab.coursework.challenge import (
    audits,
    baselines,
    frames,
    link,
    problems,
    processes,
    rules,
    runs,
    scoring,
    sources,
)
from dqlab.coursework.challenge.rules import Rejected

from ..conftest import ROOT
from . import contestants

START = processes.fork if hasattr(os, "fork") else processes.spawn  # a fork is quicker


@pytest.fixture
def few_runs(monkeypatch):
    """Two short problems instead of five."""
    scoring.reference.cache_clear()
    monkeypatch.setattr(scoring, "tasks", _short)
    yield
    scoring.reference.cache_clear()


def _short(seed):
    dense, *_, tiny, _ = problems.tasks(seed)
    return [dense._replace(repeats=1), tiny._replace(repeats=1)]


@pytest.fixture(autouse=True)
def fewer_draws(monkeypatch):
    """300 answers to an input instead of 1000 in the first stage of the z-test; the second one is what it is."""
    monkeypatch.setattr(scoring, "unbiasedness", functools.partial(audits.unbiasedness, draws=300))


def assess(contestant, seed=1):
    return scoring.assess(sources.of_class(contestant), contestant.__name__, seed, start=START)


@pytest.mark.parametrize("contestant", contestants.REJECTED, ids=lambda c: c.__name__)
def test_audits_reject_with_the_reason(contestant, monkeypatch):
    monkeypatch.setattr(scoring, "_courses", lambda *_: pytest.fail("it came to a run"))
    rule, words = contestants.REJECTED[contestant]
    result = assess(contestant)
    assert not result.accepted and result.points is None
    assert (result.rule, words in result.reason) == (rule, True), result


@pytest.mark.parametrize("contestant", contestants.REJECTED_AFTER_RUNS, ids=lambda c: c.__name__)
def test_runs_and_replays_reject_with_the_reason(contestant, few_runs):
    rule, words = contestants.REJECTED_AFTER_RUNS[contestant]
    result = assess(contestant)
    assert not result.accepted
    assert (result.rule, words in result.reason) == (rule, True), result


def test_an_endless_loop_costs_its_author_alone(monkeypatch):
    monkeypatch.setattr(link, "FIRST_CALL", 0.3)
    monkeypatch.setattr(link, "LATER_CALL", 0.3)
    assert assess(contestants.LoopsForever).rule == "too slow"


def test_what_a_liar_does_not_count_does_not_cross():
    """Its own process vouches for 8 bits and sends 64 a coordinate; 8 bits arrive."""
    x = np.array([[0.1, 0.2, 0.3]])
    with link.Link(sources.of_class(contestants.Liar), START) as both:
        sent = both.encode(3, 1.0, x, [1])
        assert sent.nbits == [8] and len(sent.data[0]) == 1
        assert np.count_nonzero(both.decode(3, 1.0, sent)) <= 1


def test_honest_contestants_are_accepted_and_a_better_code_scores_better(few_runs):
    loose, tight, variable = (
        assess(c) for c in (contestants.Ternary, contestants.TernaryTight, contestants.SupportOnly)
    )
    assert loose.accepted and tight.accepted and variable.accepted, (loose, tight, variable)
    assert [p.bits for p in loose.problems] == [2.0] * 2
    by_name = {p.name: p for p in tight.problems}
    for before in loose.problems:
        if before.dim > 3:
            assert by_name[before.name].bits < 1.7 and by_name[before.name].messages > 1.17 * before.messages
    assert tight.points > loose.points


def test_a_message_of_unknown_length_pays_for_saying_it():
    """Elias gamma codes are prefix codes: their lengths satisfy Kraft's inequality with equality in the limit."""
    assert sum(2.0 ** -(challenge.message_cost(n) - n) for n in range(1 << 12)) <= 1
    assert challenge.message_cost(500) == 500 + 17 and challenge.message_cost(500, declared=500) == 500


def test_a_score_is_reproduced_to_the_last_digit_and_depends_on_the_seed(few_runs):
    first, again, other = assess(contestants.Ternary, 3), assess(contestants.Ternary, 3), assess(contestants.Ternary, 4)
    assert first == again and first.points != other.points


def send_with(make, task):
    quantizer = make(task.dim, task.bound)

    def send(x, private):
        message = quantizer.encode(x, dq.stream(private, "encoder"))
        return quantizer.decode(message), message.nbits, b""

    return send


@pytest.mark.parametrize("task", problems.tasks(), ids=lambda task: task.name)
def test_units_do_not_matter(task):
    """Gradients in other units: the same gaps, as parts of the first one."""
    other = task._replace(unit=8 * task.unit, bound=8 * task.bound)
    one, eight = (challenge.run(t, send_with(contestants.Ternary, t), int, seed=2).gaps for t in (task, other))
    np.testing.assert_allclose(8 * one, eight, rtol=1e-9)


@pytest.mark.parametrize("seed", [problems.PUBLIC_SEED, 1, 2])
def test_oracles_keep_their_bound_and_have_the_gradient_as_mean(seed):
    """Mean by z-test along the gradient and in the first coordinate, |z| < 6: false alarm below 1e-7 a seed."""
    for task in problems.tasks(seed):
        x = runs.within(dq.stream(seed, "x").standard_normal(task.dim), 1.0)
        away = x - task.minimiser
        gradient = task.unit * (task.hessian @ away if task.hessian.ndim == 2 else task.hessian * away)
        rng = dq.stream(seed, "oracle", task.name)
        answers = np.array([challenge.answer(task, x, rng) for _ in range(400)])
        assert np.linalg.norm(answers, axis=1).max() <= task.bound * (1 + 1e-12)
        for direction in (gradient / np.linalg.norm(gradient), np.eye(task.dim)[0]):
            off = (answers - gradient) @ direction
            assert abs(off.mean()) < 6 * off.std(ddof=1) / 20 + 1e-12
        assert challenge.gap(task, task.minimiser) == 0 < challenge.gap(task, x)


def test_closer_is_better_and_luck_is_capped():
    """With exact gradients for nothing a run comes close, and no gap counts below its millionth."""
    task = problems.tasks()[4]
    exact = challenge.run(task, lambda x, _: (x, 1, b""), lambda nbits: 1, seed=1)
    assert exact.steps == 2000 and (exact.gaps > 0).all() and exact.gaps[-1] <= exact.gaps[0]
    start = challenge.gap(task, np.zeros(task.dim))
    assert (exact.gaps >= 1e-6 * start).all()


def test_kept_baselines_are_what_the_code_gives():
    """32-bit floats define 0; the ternary one above is measured again here on one problem."""
    kept = {score.name: score for score in challenge.baseline_scores()}
    assert set(kept) == set(baselines.BASELINES) and all(score.accepted for score in kept.values())
    assert abs(kept["float32"].points) < 1e-6
    assert kept["float32"].points < kept["SimQ+"].points < kept["gain and SimQ+"].points < kept["scaled sign"].points
    task = next(t for t in problems.tasks() if t.name == "tiny")
    sends = send_with(baselines.Uniform, task)
    gaps = [challenge.run(task, sends, int, problems.PUBLIC_SEED, repeat).gaps for repeat in range(task.repeats)]
    curve = np.exp(np.log(np.array(gaps) / challenge.gap(task, np.zeros(task.dim))).mean(axis=0))
    np.testing.assert_allclose(curve, next(p.curve for p in kept["CUQ"].problems if p.name == "tiny"), rtol=1e-6)


def test_rare_answers_are_no_bias():
    """SimQ+ sends few of 2 d corners: stage one may suspect it, stage two may not convict. Error below 1e-6."""
    rng, quantizer = dq.stream(5, "audit"), baselines.Simplex(12, 3.0)

    def draw(x, count):
        return np.array([quantizer.decode(quantizer.encode(x, rng)) for _ in range(count)])

    for name, x in audits.bias_inputs(12, 3.0, rng).items():
        suspect = audits.bias.suspicion(name, x, 3.0, draw(x, 200))
        assert suspect is None or not audits.bias.confirmed(suspect, 3.0, draw), name


def test_a_class_from_a_notebook_goes_to_another_python():
    """The way that students take: a new process, a class that no file holds."""
    space = {}
    exec("class MyQuantizer:\n    unbiased = True\n    def __init__(self, dim, bound):\n        1 / 0\n", space)
    space["MyQuantizer"].__module__ = "__main__"
    result = challenge.score(space["MyQuantizer"], progress=False)
    assert result.rule == "it fails" and "make raised ZeroDivisionError" in result.reason


def test_what_is_no_class_is_refused():
    with pytest.raises(TypeError, match="without parentheses"):
        challenge.score(contestants.Ternary(2, 1.0), progress=False)


def test_a_process_that_sends_anything_else_is_broken():
    for data in (b"\xff" * 16, frames.LENGTHS.pack(3, 0) + b"no!", frames.LENGTHS.pack(2, 0) + b"[]"):
        out, into = os.pipe()
        os.write(into, data)
        os.close(into)
        with pytest.raises(frames.Broken):
            frames.read_frame(out, seconds=1)
        os.close(out)


@pytest.mark.parametrize(
    "lengths, declared",
    [
        ([8, 8.0], None),
        ([8, -1], None),
        ([8], None),
        ("88", None),
        ([8, True], None),
        ([8, 8], 9),
        ([8, 1 << 40], None),
    ],
)
def test_lengths_are_checked_on_this_side_too(lengths, declared):
    with pytest.raises(Rejected, match="bits not counted"):
        link._cut(lengths, b"ab", 2, declared)


def test_bits_past_the_counted_ones_are_cut():
    assert link._cut([4, 9], b"\xff\xff\xff", 2, None).data == [b"\x0f", b"\xff\x01"]


PAGE = ROOT / "book" / "coursework" / "challenge.md"
STARTER = ROOT / "book" / "coursework" / "my_quantizer.py"


def contestants_of_the_page():
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf8"), flags=re.DOTALL)
    return [STARTER.read_text(encoding="utf8"), *(block for block in blocks if "class MyQuantizer" in block)]


@pytest.mark.parametrize("number", [0, 1])
def test_what_the_page_shows_works(number):
    text = contestants_of_the_page()[number]
    assert sources.of_bytes("my_quantizer.py", text.encode()).kind == "text"
    space = {}
    exec(text, space)
    quantizer, x = space["MyQuantizer"](40, 2.0), np.full(40, 0.1)
    message = quantizer.encode(x, dq.stream(0, "encoder"))
    assert message.nbits == quantizer.nbits and quantizer.decode(message).shape == (40,)
    assert len(contestants_of_the_page()) == 2


def test_the_page_has_every_rule_and_the_numbers_in_force():
    """Rules are written Rejected("rule", ...) in the sources."""
    page = PAGE.read_text(encoding="utf8")
    folder = pathlib.Path(challenge.__file__).parent
    written = {
        rule for path in folder.glob("*.py") for rule in re.findall(r'Rejected\(\s*"([^"]+)"', path.read_text("utf8"))
    }
    assert len(written) >= 8 and [rule for rule in sorted(written) if f"| {rule} |" not in page] == []
    assert str(rules.MOST_STEPS) in page and f"{audits.bias.MORE_DRAWS:,}" in page
    assert "{" + r",\,".join(map(str, challenge.BUDGETS)) + "}" in page.replace(r"\{", "{").replace(r"\}", "}")
    assert (rules.FEEDBACK_ROOM, rules.WHOLE_SCORE, rules.CLOSEST) == (4, 600, 1e-6)
    assert (rules.FIRST_CALL, rules.LATER_CALL) == (180, 20)
