"""A real browser over the built book, with the network unplugged: what the browser tests share."""

import functools
import http.server
import os
import shutil
import threading
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import yaml
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
HTML = ROOT / "_build" / "html"
CHROMIUM = next(
    (p for p in map(shutil.which, filter(None, [os.environ.get("CHROMIUM"), "chromium", "chromium-browser"])) if p),
    None,
)
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chapters():
    """Every page of the table of contents, as a path below the site's root."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf8"))
    files = [toc["root"]] + [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]
    return [f"{file}.html" for file in files]


PAGES = [*chapters(), "genindex.html", "search.html"]


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@contextmanager
def served():
    """The built book on a port of this machine."""
    handler = functools.partial(Quiet, directory=str(HTML))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


class Visitor:
    """A browser that opens pages of the book, refuses other hosts and remembers what went wrong."""

    def __init__(self, browser, base):
        self.browser, self.base = browser, base
        self.host = urlsplit(base).netloc
        self.open = None

    @contextmanager
    def page(self, path, width=1300, mode="light", wait_for_maths=True):
        """A page of its own for a block."""
        page = self.visit(path, width, mode, wait_for_maths)
        try:
            yield page
        finally:
            page.context.close()

    def view(self, path, width, mode):
        """A page that stays open until another path is asked for; another width or mode changes its window alone."""
        if self.open and self.open.path != path:
            self.open.context.close()
            self.open = None
        self.open = self.open or self.visit(path, width, mode)
        self.open.set_viewport_size({"width": width, "height": 900})
        self.open.emulate_media(color_scheme=mode)
        self.open.wait_for_function(f"document.documentElement.dataset.theme === '{mode}'")
        return self.open

    def visit(self, path, width, mode, wait_for_maths=True):
        context = self.browser.new_context(viewport={"width": width, "height": 900}, color_scheme=mode)
        context.add_init_script("localStorage.setItem('mode', 'auto')")
        page = context.new_page()
        page.path, page.problems, page.loaded = path, [], {}
        page.on("console", lambda m: m.type == "error" and page.problems.append(f"console: {m.text} {m.location}"))
        page.on("pageerror", lambda error: page.problems.append(f"script error: {error}"))
        page.on("response", lambda r: self.note(page, r))
        page.route("**/*", lambda route: self.let_through(page, route))
        page.goto(path if "://" in path else self.base + path, wait_until="load")
        if wait_for_maths:
            self.wait_for_maths(page)
        return page

    def let_through(self, page, route):
        url = urlsplit(route.request.url)
        if url.scheme in ("data", "blob", "file") or url.netloc == self.host:
            route.continue_()
        else:
            page.problems.append(f"request to another host: {route.request.url}")
            route.abort()

    @staticmethod
    def note(page, response):
        if response.status >= 400:
            page.problems.append(f"{response.status}: {response.url}")
        page.loaded[response.url] = response

    @staticmethod
    def wait_for_maths(page):
        page.wait_for_function(
            "() => !window.MathJax || (MathJax.startup && MathJax.startup.promise"
            " && MathJax.startup.promise.then(() => true))"
        )


@contextmanager
def visiting():
    """A visitor of the built book; the browser ends with the block."""
    if not (HTML / "index.html").exists():
        raise FileNotFoundError("There is no built book in _build/html: run make book first")
    with served() as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield Visitor(browser, base)
        finally:
            browser.close()
