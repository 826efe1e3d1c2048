"""Every page: no console error, no request elsewhere, no broken link, maths set, light enough, narrow enough."""

from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import pytest

from .book import HTML, PAGES

pytestmark = pytest.mark.browser

PAGE_BYTES = 2 * 2**20
SHARED_BYTES = 4 * 2**20


desk = pytest.mark.parametrize("view", [(path, 1300, "light") for path in PAGES], indirect=True, ids=PAGES)
hand = pytest.mark.parametrize("view", [(path, 360, "dark") for path in PAGES], indirect=True, ids=PAGES)


@desk
def test_page_is_sound_offline(view):
    assert view.problems == []
    assert view.locator("h1").count() >= 1


@desk
def test_maths_is_set(view):
    assert view.locator("mjx-merror").count() == 0, view.locator("mjx-merror").all_inner_texts()
    sources = view.locator(".bd-article span.math, .bd-article div.math").count()
    assert view.locator(".bd-article mjx-container").count() >= sources
    left = view.evaluate(
        r"""() => [...document.querySelectorAll('.bd-article p, .bd-article td, .bd-article li')]
        .filter(e => !e.closest('pre, code') && /\\\(|\\\[|\$\$/.test(
            [...e.childNodes].filter(n => n.nodeType === 3).map(n => n.data).join(''))).map(e => e.textContent)"""
    )
    assert left == []


@desk
def test_maths_uses_fonts_of_the_book(view):
    if view.locator("mjx-container").count():
        view.wait_for_function("() => document.fonts.status === 'loaded'")
        assert any("/woff-v2/" in url for url in view.loaded)


@desk
def test_links_lead_somewhere(view, visitor):
    links = view.eval_on_selector_all("a[href]", "all => all.map(a => a.href)")
    broken = []
    for link in set(links):
        address, anchor = urldefrag(link)
        if urlsplit(address).netloc != visitor.host:
            continue
        target = HTML / unquote(urlsplit(address).path).lstrip("/")
        if not target.is_file():
            broken.append(link)
        elif anchor and target.suffix == ".html" and not has_anchor(target, unquote(anchor)):
            broken.append(link)
    assert broken == []


anchors = {}


def has_anchor(file, name):
    if file not in anchors:
        anchors[file] = file.read_text(encoding="utf8")
    return any(f'{key}="{name}"' in anchors[file] for key in ("id", "name"))


@desk
def test_page_and_what_it_shares_are_light(view, visitor):
    assert (HTML / view.path).stat().st_size <= PAGE_BYTES
    here = urljoin(visitor.base, view.path)
    shared = {url: len(r.body()) for url, r in view.loaded.items() if url.split("?")[0] != here and r.status == 200}
    assert sum(shared.values()) <= SHARED_BYTES, sorted(shared.items(), key=lambda item: -item[1])[:5]


@hand
def test_nothing_overflows_a_small_screen(view):
    assert view.problems == []
    width = view.evaluate("() => document.documentElement.scrollWidth")
    wide = view.evaluate(
        """() => [...document.querySelectorAll('.bd-main *')].filter(e => {
            const box = e.getBoundingClientRect();
            if (!box.width || box.right <= innerWidth + 1) return false;
            for (let p = e; p; p = p.parentElement)
                if (['auto', 'scroll', 'hidden'].includes(getComputedStyle(p).overflowX)) return false;
            return true;
        }).slice(0, 5).map(e => e.outerHTML.slice(0, 160))"""
    )
    assert width <= 360 and wide == []


def test_front_door_opens_the_introduction(visitor):
    with visitor.page("index.html", wait_for_maths=False) as page:
        page.wait_for_url("**/book/intro.html")
        assert page.locator("h1").first.inner_text()
