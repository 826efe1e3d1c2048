"""What every test shares: where the project is, which claims must have passed, and an honest word about what was left out."""

import os
import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "book" / "_ext"))

passed, not_passed, graders = set(), {}, []


def find_chromium():
    """The browser to test with: $CHROMIUM, or the one that the system has."""
    names = [os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"]
    return next((path for path in (shutil.which(name) for name in names if name) if path), None)


def pytest_configure(config):
    """In CI a missing Chromium is an error."""
    if os.environ.get("CI") and not find_chromium() and wants_browser(config) and not hasattr(config, "workerinput"):
        raise pytest.UsageError("CI must run the browser tests, and there is no Chromium: apt-get install chromium")


def pytest_collection_modifyitems(config, items):
    """Leave the browser tests out where there is no Chromium."""
    if find_chromium():
        return
    browser = [item for item in items if item.get_closest_marker("browser")]
    if browser:
        items[:] = [item for item in items if item not in browser]
        config.hook.pytest_deselected(items=browser)


def pytest_runtest_logreport(report):
    """Remember how each test ended, without the brackets of its parameters."""
    test = report.nodeid.split("[")[0]
    if report.skipped or report.failed or hasattr(report, "wasxfail"):
        not_passed[test] = report.outcome
    elif report.when == "call":
        passed.add(test)
    if report.when == "call":
        graders.extend(words for name, words in report.user_properties if name == "graders")


def pytest_sessionfinish(session):
    """A claim stands only if its test ran and passed: a skipped one fails the session, too."""
    if hasattr(session.config, "workerinput") or not passed:
        return
    import ledger

    unproven = []
    for entry in [*ledger.load("claims"), *ledger.load("errata")]:
        test = (entry.get("test") or "").split("[")[0]
        if test in not_passed:
            unproven.append(f"{entry['id']}: {test} {not_passed[test]}")
    session.config.unproven_claims = unproven
    if unproven and session.exitstatus == 0:
        session.exitstatus = 1


def pytest_terminal_summary(terminalreporter, config):
    if graders:
        terminalreporter.section("graders against known submissions")
        for line in sorted(graders):
            terminalreporter.write_line(line)
    unproven = getattr(config, "unproven_claims", [])
    if unproven:
        terminalreporter.section("claims without a passing test", red=True)
        for line in unproven:
            terminalreporter.write_line(line)


def pytest_unconfigure(config):
    """The last word: what was left out, and how to get it."""
    if hasattr(config, "workerinput"):
        return
    if not os.environ.get("CI") and not find_chromium() and wants_browser(config):
        print("\nLeft out: the browser tests (tests/browser), because there is no Chromium on this machine.")
        print("To run them, too: apt-get install chromium (or set CHROMIUM to a browser's path), then make test.")


def wants_browser(config):
    """Whether the arguments of this run include tests/browser."""
    browser = ROOT / "tests" / "browser"
    arguments = [Path(a.split("::")[0]).resolve() for a in config.args]
    return any(a == browser or browser in a.parents or a in browser.parents for a in arguments)


@pytest.fixture(scope="session")
def root():
    """The project's folder."""
    return ROOT
