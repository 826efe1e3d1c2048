"""The README's examples do what they say, and its map leads somewhere."""

import contextlib
import io
import re

from .conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf8")


def test_examples_print_what_the_readme_shows():
    blocks = re.findall(r"```python\n(.*?)```\s*(?:```text\n(.*?)```)?", README, flags=re.S)
    shown = [(code, output) for code, output in blocks if output]
    assert len(shown) >= 2
    assert len(shown[0][0].strip().splitlines()) <= 12
    for code, output in shown:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, "README.md", "exec"), {})
        assert printed.getvalue() == output


def test_links_within_the_project_exist():
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target


def test_the_two_commands():
    assert "make book" in README and "make test" in README
    script = (ROOT / ".ci" / "run").read_text(encoding="utf8")
    assert re.search(r"^make test$", script, flags=re.M)
