"""Every control of every page answers to keyboard and mouse; one page of each part is opened as a file, too."""

import re

import pytest

from .book import HTML, chapters

pytestmark = pytest.mark.browser

SLIDER = "input[type=range]"


def pages_with_controls():
    return [p for p in chapters() if (HTML / p).is_file() and "dq-explore" in (HTML / p).read_text(encoding="utf8")]


def one_of_each_part():
    """The first page with a control in every folder: all pages share one script."""
    return list({path.rsplit("/", 1)[0]: path for path in reversed(pages_with_controls())}.values())


# What the sliders say, what the figure says, and which pictures are seen.
STATE = """figure => [
    [...figure.querySelectorAll('input[type=range]')].map(slider => slider.value).join(','),
    figure.dataset.frame,
    [...figure.querySelectorAll('svg[data-frame], img[data-frame]')]
        .filter(picture => picture.checkVisibility({visibilityProperty: true}) && picture.getBoundingClientRect().width > 0)
        .map(picture => picture.dataset.frame)
]"""


def assert_shows(figure):
    """The sliders, the figure's frame and the one visible picture agree."""
    sliders, frame, seen = figure.evaluate(STATE)
    assert frame == sliders and seen == [frame]
    return frame


def play(page):
    figures = page.query_selector_all("figure.dq-explore")
    for figure in figures:
        figure.scroll_into_view_if_needed()
        sliders = figure.query_selector_all(SLIDER)
        assert sliders, "a control without a slider"
        assert_shows(figure)
        for slider in sliders:
            low, high = int(slider.get_attribute("min") or 0), int(slider.get_attribute("max"))
            with_keys(page, figure, slider, low, high)
            with_mouse(page, figure, slider, low, high)
    return len(figures)


def with_keys(page, figure, slider, low, high):
    slider.focus()
    page.keyboard.press("Home")
    seen = [assert_shows(figure)]
    assert int(slider.input_value()) == low
    for step in range(low + 1, high + 1):
        page.keyboard.press("ArrowRight")
        assert int(slider.input_value()) == step
        seen.append(assert_shows(figure))
    assert len(set(seen)) == high - low + 1
    page.keyboard.press("Home")
    page.keyboard.press("End")
    assert int(slider.input_value()) == high
    assert_shows(figure)
    page.keyboard.press("ArrowLeft")
    assert int(slider.input_value()) == max(low, high - 1)
    assert_shows(figure)


def with_mouse(page, figure, slider, low, high):
    for share, expected in ((0.01, low), (0.99, high), (0.01, low)):
        box = slider.bounding_box()
        page.mouse.click(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
        assert int(slider.input_value()) == expected
        assert_shows(figure)
    box = slider.bounding_box()
    page.mouse.move(box["x"] + 6, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.99 * box["width"], box["y"] + box["height"] / 2, steps=8)
    page.mouse.up()
    assert int(slider.input_value()) == high
    assert_shows(figure)


def test_some_page_has_a_control():
    assert pages_with_controls()


desk = pytest.mark.parametrize(
    "view", [(path, 1300, "light") for path in pages_with_controls()], indirect=True, ids=pages_with_controls()
)


@desk
def test_every_slider_shows_the_right_frame(view):
    assert play(view) >= 1
    assert view.problems == []


@desk
def test_sliders_are_labelled_and_say_their_value(view):
    for figure in view.locator("figure.dq-explore").all():
        for slider in figure.locator(SLIDER).all():
            assert slider.evaluate("s => s.labels.length > 0 || !!s.getAttribute('aria-label')")
            assert slider.get_attribute("aria-valuetext")
        for picture in figure.locator("svg[data-frame], img[data-frame]").all():
            assert picture.evaluate(
                "p => p.getAttribute('alt') || p.getAttribute('aria-label') || p.getAttribute('aria-labelledby')"
                " || (p.querySelector('title') && p.querySelector('title').textContent)"
            )


@desk
def test_controls_fit_a_small_screen(view, visitor):
    page = visitor.view(view.path, 360, "light")
    for figure in page.locator("figure.dq-explore").all():
        figure.scroll_into_view_if_needed()
        for slider in figure.locator(SLIDER).all():
            box = slider.bounding_box()
            assert box["x"] >= 0 and box["x"] + box["width"] <= 360 and box["width"] >= 120 and box["height"] >= 20


@pytest.mark.parametrize("path", one_of_each_part())
def test_controls_answer_on_a_page_opened_as_a_file(visitor, path):
    with visitor.page((HTML / path).as_uri()) as page:
        assert play(page) >= 1
        assert page.locator("mjx-merror").count() == 0
        assert [problem for problem in page.problems if not re.search("file:", problem)] == []
