"""One browser a module: tests that only look share the page that is open, in every width and mode that follow each other."""

import pytest

from .book import visiting


@pytest.fixture(scope="module")
def visitor():
    """A browser with the network unplugged; it ends with the module, and takes its event loop with it."""
    with visiting() as one:
        yield one


@pytest.fixture(scope="module")
def view(visitor, request):
    """An open page, for a parameter (path, width, mode); pytest runs all tests of one view together."""
    path, width, mode = request.param
    page = visitor.view(path, width, mode)
    page.look = (width, mode)
    page.mouse.wheel(0, 100_000)
    page.wait_for_timeout(40)
    page.mouse.wheel(0, -100_000)
    return page
