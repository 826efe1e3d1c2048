"""Two controls and a question on a bare page, opened from disk in a real browser without a network."""

import os
import shutil

import pytest

from dqlab import figures
from dqlab.explore import explore, predict

sync_api = pytest.importorskip("playwright.sync_api")
pytestmark = pytest.mark.browser

FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()


def draw(kappa, rate):
    figure, axes = figures.canvas(3, 2)
    axes.plot([0, kappa], [0, rate])
    return figure


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DQLAB_BOOK", "1")
        picture = explore(
            draw,
            lambda kappa, rate: f"A line that ends at {kappa} and {rate}.",
            start={"kappa": 10},
            labels={"kappa": "Condition number"},
            kappa=[2, 10, 50],
            rate=[1, 2],
        )
        text = explore(lambda n: f"<p>the square is {n * n}</p>", "The square of a number.", n=[1, 2, 3])
    question = predict("Which one is right?", ["this", "that"], 1, "That is how it is.")
    path = tmp_path_factory.mktemp("page") / "page.html"
    body = picture.html + text.html + question.html
    path.write_text(
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>t</title></head><body>{body}</body></html>",
        encoding="utf-8",
    )
    return path.as_uri()


@pytest.fixture(scope="module")
def browser():
    path = shutil.which(os.environ.get("CHROMIUM") or "chromium")
    if path is None:
        pytest.skip("there is no Chromium; set CHROMIUM to its path")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser, address):
    context = browser.new_context(viewport={"width": 360, "height": 700})
    wrong = []
    context.route("**/*", lambda route: route.continue_() if route.request.url == address else route.abort())
    page = context.new_page()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("request", lambda request: wrong.append(request.url) if request.url != address else None)
    page.goto(address)
    yield page
    assert wrong == []
    context.close()


def shown(control):
    """The frame that is seen, after checking that it is the only one and what the root says."""
    picture = control.locator("[data-frame]:visible")
    assert picture.count() == 1
    assert picture.get_attribute("data-frame") == control.get_attribute("data-frame")
    return control.get_attribute("data-frame")


def test_keyboard_and_mouse_find_the_right_frame(page):
    first, second = (page.locator("figure.dq-explore").nth(at) for at in (0, 1))
    assert shown(first) == "1,0" and shown(second) == "0"
    slider = page.get_by_label("Condition number")
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert shown(first) == "2,0"
    assert first.locator("svg").get_attribute("aria-label") == "A line that ends at 50 and 1."
    assert first.locator("[aria-live=polite]").text_content() == "A line that ends at 50 and 1."
    assert slider.get_attribute("aria-valuetext") == first.locator("output").first.text_content() == "50"
    page.keyboard.press("Tab")
    page.keyboard.press("End")
    assert shown(first) == "2,1"
    slider.focus()
    page.keyboard.press("Home")
    assert shown(first) == "0,1"
    box = slider.bounding_box()
    page.mouse.click(box["x"] + box["width"] - 3, box["y"] + box["height"] / 2)
    assert shown(first) == "2,1"
    assert shown(second) == "0"
    second.locator("input").press("ArrowRight")
    assert shown(second) == "1" and "the square is 4" in second.inner_text()


def test_nothing_overflows_a_phone(page):
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_question_asks_for_a_choice_and_then_answers(page):
    question = page.locator("fieldset.dq-predict")
    question.locator("summary").press("Enter")
    assert question.get_by_text("Choose an answer first.").is_visible()
    assert not question.get_by_text("That is how it is.").is_visible()
    question.get_by_label("this").check()
    assert question.get_by_text("Not so.").is_visible() and question.get_by_text("That is how it is.").is_visible()
    question.get_by_label("this").press("ArrowDown")
    assert question.get_by_text("Right.").is_visible() and not question.get_by_text("Not so.").is_visible()


def test_without_script_the_first_frame_stays(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert page.locator("figure.dq-explore svg:visible").count() == 1
    assert page.get_by_text("the square is 1").is_visible()
    context.close()
