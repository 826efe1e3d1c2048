"""Search answers offline, from the index that lies beside the pages."""

import pytest

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("word", ["quantization", "gradient"])
def test_search_finds_chapters(visitor, word):
    with visitor.page(f"search.html?q={word}") as page:
        page.wait_for_selector("#search-results ul.search li a", timeout=10_000)
        page.wait_for_function("() => !/Searching/.test(document.querySelector('#search-results h2').textContent)")
        links = page.eval_on_selector_all("#search-results ul.search li a", "all => all.map(a => a.href)")
        assert any("/book/" in link for link in links)
        assert page.problems == []


def test_search_opens_from_the_keyboard(visitor):
    with visitor.page("book/intro.html") as page:
        page.keyboard.press("Control+k")
        page.wait_for_function("() => document.activeElement && document.activeElement.matches('input[type=search]')")
        page.keyboard.type("quantization")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search.html?q=quantization")
