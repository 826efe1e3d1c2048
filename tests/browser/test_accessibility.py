"""axe-core finds no serious violation, in light and in dark; figures are legible in both."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from .book import PAGES

pytestmark = pytest.mark.browser

AXE = next(Path(find_spec("axe_playwright_python").origin).parent.rglob("axe.min.js")).read_text(encoding="utf8")


# Colours are all that the mode changes. The width changes what surrounds the article, and in the article what scrolls.
ALL = "document, {}"
COLOURS = "document, {runOnly: {type: 'rule', values: ['color-contrast', 'link-in-text-block']}}"
AROUND = "{exclude: ['.bd-article']}, {rules: {'color-contrast': {enabled: false}}}"
LAYOUT = "document, {runOnly: {type: 'rule', values: ['scrollable-region-focusable']}}"
RUNS = {(1300, "light"): [ALL], (1300, "dark"): [COLOURS], (360, "light"): [AROUND, LAYOUT]}


# Thousands of nodes that say nothing new to axe-core: strokes of pictures, what formulas are drawn with (their boxes and
# their words stay), and words of code after the first of the same classes in boxes of the same classes.
THIN_OUT = """() => {
    for (const stroke of document.querySelectorAll('.bd-article svg :is(path, use)')) stroke.remove();
    const formulas = [...document.querySelectorAll('mjx-math')].map(formula => [formula, formula.getBoundingClientRect()]);
    for (const [formula, box] of formulas) {
        formula.replaceChildren();
        formula.style.cssText = `display: inline-block; width: ${box.width}px; height: ${box.height}px`;
    }
    for (const words of document.querySelectorAll('mjx-assistive-mml')) words.textContent = words.textContent;
    const kinds = new Set();
    for (const word of document.querySelectorAll(':is(pre, code) span:not(:has(*))')) {
        let kind = '';
        for (let box = word; !box.matches('section, body'); box = box.parentElement) kind += box.tagName + box.className + ' ';
        if (kinds.has(kind)) word.replaceWith(word.textContent);
        kinds.add(kind);
    }
}"""


def violations(page):
    """What axe-core minds."""
    page.evaluate(THIN_OUT)
    page.evaluate(AXE + "; undefined")
    found = [v for run in RUNS[page.look] for v in page.evaluate(f"async () => (await axe.run({run})).violations")]
    return [
        f"{v['id']} ({v['impact']}): {node['html'][:160]} {node['failureSummary'][:240] if 'failureSummary' in node else ''}"
        for v in found
        if v["impact"] in ("serious", "critical")
        for node in v["nodes"][:4]
    ]


VIEWS = [(path, width, mode) for path in PAGES for width, mode in RUNS]
# The reference's pages are made alike by one directive: one of them tells the colours of all.
VIEWS = [view for view in VIEWS if "/api-" not in view[0] or view[1:] == (1300, "light")]
every = pytest.mark.parametrize("view", VIEWS, indirect=True, ids=["-".join(map(str, view)) for view in VIEWS])


@every
def test_axe_finds_nothing_serious(view):
    view.add_style_tag(content="*{transition:none!important;animation:none!important}")
    assert violations(view) == []


@every
def test_words_in_figures_are_legible(view):
    """Text drawn in an SVG stands out from the page by at least 4.5 : 1."""
    poor = view.evaluate(
        """() => {
            const parse = c => (c.match(/[\\d.]+/g) || []).map(Number);
            const linear = v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
            const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
            const ground = e => { for (; e; e = e.parentElement) {
                const c = parse(getComputedStyle(e).backgroundColor);
                if (c.length === 3 || c[3] > 0.5) return c; }
                return [255, 255, 255]; };
            const bad = [];
            for (const text of document.querySelectorAll('.bd-article svg :is(text, tspan)')) {
            if (text.children.length) continue;
                const fill = parse(getComputedStyle(text).fill), back = ground(text);
                if (fill.length < 3 || !text.textContent.trim()) continue;
                const [a, b] = [light(fill), light(back)].sort((x, y) => y - x);
                if ((a + 0.05) / (b + 0.05) < 4.5) bad.push(text.textContent + ' ' + fill + ' on ' + back);
            }
            return bad.slice(0, 5); }"""
    )
    assert poor == []


@every
def test_every_picture_has_words(view):
    bare = view.evaluate(
        """() => [...document.querySelectorAll('.bd-article img')].filter(i => !(i.getAttribute('alt') || '').trim())
            .concat([...document.querySelectorAll('.bd-article .cell_output svg')].filter(s => !s.closest('[aria-hidden=true]')
                && !s.getAttribute('aria-label') && !s.getAttribute('aria-labelledby') && !s.querySelector('title')
                && !s.closest('[role=img][aria-label]'))).map(e => e.outerHTML.slice(0, 120))"""
    )
    assert bare == []


def test_the_reader_chooses_dark(visitor):
    with visitor.page(PAGES[0]) as page:
        assert page.evaluate("document.documentElement.dataset.theme") == "light"
        page.locator(".theme-switch-button:visible").first.click()
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"
        red, green, blue = page.evaluate(
            "getComputedStyle(document.body).backgroundColor.match(/[\\d.]+/g).map(Number)"
        )[:3]
        assert max(red, green, blue) < 64
