"""Controls at a kernel and in the book, and questions."""

import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from dqlab import figures
from dqlab.explore import Control, Page, explore, predict


def draw(kappa, rate="low"):
    figure, axes = figures.canvas(3, 2)
    axes.plot([0, kappa], [0, 1 if rate == "low" else 2])
    return figure


def words(kappa, rate="low"):
    return f"A line from zero to {kappa} at a {rate} rate & 'more'."


@pytest.fixture
def book(monkeypatch):
    monkeypatch.setenv("DQLAB_BOOK", "1")


@pytest.fixture(autouse=True)
def kernel(monkeypatch):
    monkeypatch.delenv("DQLAB_BOOK", raising=False)


class Elements(HTMLParser):
    """Every start tag, and the text inside scripts."""

    void = {"input", "br", "path", "use", "rect"}

    def __init__(self, text):
        super().__init__()
        self.found, self.stack, self.script = [], [], {}
        self.feed(text)
        assert self.stack == [], self.stack

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag != "input":
            self.stack.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.stack.pop() == tag

    def handle_data(self, data):
        if self.stack and self.stack[-1] == "script":
            kind = self.found[-1][1].get("type")
            self.script[kind] = self.script.get(kind, "") + data

    def all(self, tag, **wanted):
        return [attrs for name, attrs in self.found if name == tag and wanted.items() <= attrs.items()]


# --- at a kernel -------------------------------------------------------------------------------------------------------


def test_live_control_draws_once_and_again_when_a_slider_moves():
    calls = []

    def counting(**values):
        calls.append(values)
        return draw(**values)

    control = explore(
        counting,
        words,
        labels={"kappa": "Condition number κ"},
        start={"kappa": 10},
        kappa=[2, 10, 50],
        rate=["low", "high"],
    )
    assert isinstance(control, Control)
    assert calls == [{"kappa": 10, "rate": "low"}]
    before = control.html
    control.sliders["kappa"].value = 50
    control.sliders["rate"].value = "high"
    assert calls[1:] == [{"kappa": 50, "rate": "low"}, {"kappa": 50, "rate": "high"}]
    assert control.html != before and "<svg" in control.html
    assert control.alt == words(50, "high")
    slider = control.sliders["kappa"]
    assert slider.description == "Condition number κ" and slider.continuous_update is False
    assert [text for text, _ in slider.options] == ["2", "10", "50"]


def test_live_control_is_displayed_as_a_widget():
    data, _ = explore(draw, words, kappa=[1])._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert words(1) in data["text/plain"]


def test_errors_of_draw_are_shown_in_place_and_the_control_goes_on():
    def fails(n):
        if n == 2:
            raise RuntimeError("n is <two>")
        return f"<p>{n}</p>"

    control = explore(fails, "A number in a paragraph.", n=[1, 2, 3])
    control.sliders["n"].value = 2
    assert "n is &lt;two&gt;" in control.html and 'role="alert"' in control.html and "Traceback" in control.html
    control.sliders["n"].value = 3
    assert "<p>3</p>" in control.html


def test_forgotten_return_is_explained():
    control = explore(lambda n: None, "Nothing at all is drawn.", n=[1])
    assert "return figure" in control.html


# --- in the book -------------------------------------------------------------------------------------------------------


def test_page_holds_the_product_of_the_grid(book):
    page = explore(
        draw,
        words,
        labels={"kappa": "Condition number κ"},
        start={"kappa": 10, "rate": "high"},
        kappa=[2, 10, 50],
        rate=["low", "high"],
    )
    assert isinstance(page, Page)
    assert list(page.frames) == [(i, j) for i in range(3) for j in range(2)]
    assert page.alt == words(10, "high")
    assert set(page._repr_mimebundle_()) == {"text/html", "text/plain"}
    elements = Elements(page.html)
    (root,) = elements.all("figure")
    assert "dq-explore" in root["class"].split() and root["data-frame"] == "1,1"
    sliders = elements.all("input", type="range")
    assert [(s["min"], s["max"], s["value"], s["aria-valuetext"]) for s in sliders] == [
        ("0", "2", "1", "10"),
        ("0", "1", "1", "high"),
    ]
    assert len(elements.all("label")) == len(elements.all("output")) == 2
    (svg,) = elements.all("svg")
    assert svg["data-frame"] == "1,1" and svg["aria-label"] == words(10, "high")
    assert any(attrs.get("aria-live") == "polite" for _, attrs in elements.found)
    assert "Condition number κ" in page.html
    assert not re.search(r"(?:src|href)=\"(?!#)", page.html)
    data = json.loads(elements.script["application/json"])
    assert data["texts"] == [["2", "10", "50"], ["low", "high"]]
    assert list(data["frames"]) == ["0,0", "0,1", "1,0", "1,1", "2,0", "2,1"]
    for place, (said, pieces) in data["frames"].items():
        body = "".join(data["parts"][piece] for piece in pieces)
        root = ElementTree.fromstring(body)
        values = [texts[int(at)] for texts, at in zip(data["texts"], place.split(","), strict=True)]
        assert root.get("data-frame") == place
        assert root.get("aria-label") == said == words(*values)


def test_page_is_deterministic_and_identifiers_are_its_own(book):
    first, again = (explore(draw, words, kappa=[1, 2]) for _ in range(2))
    other = explore(draw, words, kappa=[3, 4])
    assert first.html == again.html
    identifiers = [set(re.findall(r'(?: id|name)=\\?"(dq[^"\\]+)', page.html)) for page in (first, other)]
    assert identifiers[0] and not identifiers[0] & identifiers[1]


def test_frames_share_what_they_have_in_common(book):
    page = explore(draw, words, kappa=list(range(1, 13)))
    assert len(page.html) < 0.7 * sum(len(frame.svg) for frame in page.frames.values())


def test_pages_of_text_and_tables(book):
    text = explore(lambda n: f"<p>the square is {n * n}</p>", "The square of the number.", n=[1, 2])
    assert '<div data-frame="0"><p>the square is 1</p></div>' in text.html
    table = explore(lambda n: pd.DataFrame({"n": [n]}), "A table of one number.", n=np.array([1, 2]))
    assert '<div data-frame="0"><div class="dq-table' in table.html
    picture = explore(lambda n: figures.show(draw(n), "Other words for this line."), "A line to the number.", n=[1, 2])
    assert 'aria-label="A line to the number."' in picture.html and "Other words" not in picture.html


def test_hostile_text_does_not_end_the_script(book):
    page = explore(lambda n: "<p>x</p>", lambda n: f"</script><!-- <script> and '{n}' are words", n=["</script>", "b"])
    elements = Elements(page.html)
    assert elements.stack == []
    data = json.loads(elements.script["application/json"])
    assert data["texts"] == [["</script>", "b"]]
    assert data["frames"]["0"][0].startswith("</script><!-- <script>")


def test_budget(book):
    with pytest.raises(ValueError, match="12 frames .kappa: 12.*Give fewer values"):
        explore(draw, words, budget=20_000, kappa=list(range(12)))


# --- arguments -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["", "1"])
@pytest.mark.parametrize(
    ("keywords", "error", "match"),
    [
        ({}, ValueError, "at least one parameter"),
        ({"kappa": []}, ValueError, "at least one value"),
        ({"kappa": 3}, TypeError, "list of values"),
        ({"kappa": "abc"}, TypeError, "list of values"),
        ({"kappa": [1, 1]}, ValueError, "repeat"),
        ({"kappa": [{}]}, TypeError, "number, a string or a pair"),
        ({"kappa": [1], "start": {"kappa": 2}}, ValueError, "must be one of"),
        ({"kappa": [1], "start": {"cappa": 1}}, ValueError, "start names"),
        ({"kappa": [1], "labels": {"cappa": "x"}}, ValueError, "labels names"),
    ],
)
def test_bad_arguments(monkeypatch, where, keywords, error, match):
    monkeypatch.setenv("DQLAB_BOOK", where)
    with pytest.raises(error, match=match):
        explore(draw, words, **keywords)


def test_alt_must_be_a_sentence_in_the_book(book):
    with pytest.raises(ValueError, match="what the picture shows"):
        explore(draw, "plot", kappa=[1])


def test_values_are_shown_readably():
    control = explore(
        lambda x: "<p>x</p>", "Nothing but a letter.", x=[0.1 + 0.2, -1.0, 1e-9, True, ("infinity", np.inf), "word"]
    )
    assert [text for text, _ in control.sliders["x"].options] == ["0.3", "−1", "1e−09", "yes", "infinity", "word"]


# --- questions -------------------------------------------------------------------------------------------------------------


def test_question_markup():
    question = predict(r"Is \(R\) < 4 & small?", ["yes", "no <em>never</em>"], "yes", "Because.")
    elements = Elements(question.html)
    radios = elements.all("input", type="radio")
    assert len(radios) == 2 and len({radio["name"] for radio in radios}) == 1
    (group,) = elements.all("div", role="radiogroup")
    assert elements.all("p", id=group["aria-labelledby"])
    assert elements.all("fieldset") and elements.all("legend") and elements.all("summary")
    assert r"Is \(R\) &lt; 4 &amp; small?" in question.html
    assert question._repr_mimebundle_()["text/plain"] == repr(question)
    assert "(b) no never" in repr(question)
    other = predict("Is it?", ["yes", "no"], 1, ["It is not, since so.", "It is."])
    assert not set(re.findall(r'name="(\w+)"', question.html)) & set(re.findall(r'name="(\w+)"', other.html))
    assert "It is not, since so." in other.html


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (("q", ["one"], 0, "why"), "two different"),
        (("q", ["one", "one"], 0, "why"), "two different"),
        (("q", ["one", "two"], 2, "why"), "answer"),
        (("q", ["one", "two"], "three", "why"), "answer"),
        (("q", ["one", "two"], 0, ["why"]), "each of the 2"),
        (("", ["one", "two"], 0, "why"), "empty"),
    ],
)
def test_question_refuses(arguments, match):
    with pytest.raises(ValueError, match=match):
        predict(*arguments)
