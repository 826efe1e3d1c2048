"""A deck for each part: it opens as a file without a word of complaint, sets its maths, turns its pages by keyboard, and fits."""

import re

import pytest

from .book import HTML

pytestmark = pytest.mark.browser

DECKS = ["differential", "precision", "collaborative", "adaptive"]

# Every fourth slide shown once; those whose content sticks out of the page sideways, or is cut below and cannot be scrolled by keyboard.
WALK = """async () => {
    const bad = [];
    for (const slide of Reveal.getSlides().filter((_, i) => i % 4 === 1)) {
        const {h, v} = Reveal.getIndices(slide);
        Reveal.slide(h, v);
        await new Promise(requestAnimationFrame);
        const box = slide.querySelector('.dq-slide');
        if (!box) continue;
        if (!box.textContent.trim()) bad.push(`empty: ${h}, ${v}`);
        if (box.scrollWidth > box.clientWidth + 2) bad.push(`wide: ${h}, ${v} ${box.textContent.slice(0, 60)}`);
        if (box.scrollHeight > box.clientHeight + 4 && box.tabIndex !== 0) bad.push(`cut: ${h}, ${v} ${box.textContent.slice(0, 60)}`);
    }
    return bad;
}"""


@pytest.mark.parametrize("name", DECKS)
def test_a_deck_is_sound(visitor, name):
    with visitor.page((HTML / "slides" / f"{name}.html").as_uri(), wait_for_maths=False) as page:
        page.wait_for_function("document.documentElement.dataset.ready", timeout=60_000)
        assert page.evaluate("Reveal.getTotalSlides()") >= 60
        assert page.locator("mjx-merror").count() == 0 and page.locator("mjx-container").count() > 100
        page.keyboard.press("Space")
        page.keyboard.press("Space")
        assert page.evaluate("Reveal.getIndices()")["v"] == 1
        assert page.evaluate(WALK) == []
        assert [problem for problem in page.problems if not re.search("file:", problem)] == []


@pytest.mark.parametrize("name", DECKS)
def test_a_deck_has_every_chapter_and_no_exercise(name):
    text = (HTML / "slides" / f"{name}.html").read_text(encoding="utf8")
    titles = re.findall(r'<div class="dq-slide[^>]*><h1>(.*?)</h1>', text)
    pages = sorted((HTML / "book" / name).glob("*.html"))
    assert len(titles) == len(set(titles)) == len(pages)
    assert "Take-away" in text and not re.search(r'class="[^"]*\b(exercise|solution)\b', text)


def test_controls_on_slides_answer(visitor):
    """A slider on a slide moves its picture, and does not turn the page."""
    with visitor.page((HTML / "slides" / "collaborative.html").as_uri(), wait_for_maths=False) as page:
        page.wait_for_function("document.documentElement.dataset.ready", timeout=60_000)
        page.evaluate(
            "() => { const {h, v} = Reveal.getIndices(document.querySelector('.dq-explore').closest('section')); Reveal.slide(h, v); }"
        )
        slider = page.locator("section.present .dq-explore input[type=range]").first
        before = page.locator("section.present .dq-explore").first.get_attribute("data-frame")
        place = page.evaluate("Reveal.getIndices()")
        slider.focus()
        page.keyboard.press("Home")
        page.keyboard.press("ArrowRight")
        after = page.locator("section.present .dq-explore").first.get_attribute("data-frame")
        assert page.evaluate("Reveal.getIndices()") == place and after != before
