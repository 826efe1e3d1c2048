"""Pages to mark by: everyone's answer stands there, and nobody's words run or leave the page."""

import re
from pathlib import Path

import pytest

from dqlab.grading import marking, reports
from dqlab.grading.autograder import Autograder, Question
from dqlab.grading.marks import Grade, Mark

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[click](javascript:alert(1))",
    '<a href="javascript:alert(1)" style="position:fixed;inset:0">y</a>',
    '<a href="data:text/html,<script>alert(1)</script>">z</a>',
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<svg/onload=alert(1)>",
    "</section></main><style>* {display: none}</style>",
    "<meta http-equiv=refresh content='0;url=//example.org'>",
    '<p id="student-1-name" onclick="alert(1)">me</p>',
    "```html\n</pre><script>alert(1)</script>\n```",
    "$x < y$ and $$</script><script>alert(1)</script>$$",
]
QUESTIONS = (
    Question("q1", 4, False, False, (), "**Question 1.**", ""),
    Question("q2", 6, True, False, (), "**Question 2.** Why $2^b$?", "| Points | For |\n|---|---|\n| 6 | a proof |"),
)
BOOK = Autograder("warm-up", "Warm-up", "2026", Path("x.zip"), Path("x.ipynb"), QUESTIONS, "0")


def grade(student, points=None):
    return Grade(student, f"{student}.ipynb", (Mark("q1", 4, 4, False), Mark("q2", points, 6, True)))


def without_scripts(page):
    """The page without the two scripts that are its own: the last ones, and named by the policy."""
    parts = page.split("<script>")
    assert len(parts) == 3, "a script too many"
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)[1]
    for part in parts[1:]:
        script = part.split("</script>")[0]
        assert marking._hash(script) in policy.replace("&#39;", "'")
    assert "unsafe-inline" not in policy.split("script-src")[1] and "default-src 'none'" in policy
    return parts[0]


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("kind", ["markdown", "code"])
def test_words_are_shown_and_do_nothing(attack, kind):
    shown = marking.answer({"kind": kind, "source": attack})
    tags = re.findall(r"<\s*/?\s*([a-zA-Z0-9]+)([^>]*)>", shown)
    assert {name for name, _ in tags} <= {*marking.TAGS}
    for _, attributes in tags:
        assert not re.search(r"\bon\w+\s*=|javascript:|data:|\bstyle=(?!\"line-height)|\bid=", attributes), attributes


def test_a_page_has_the_rubric_everyone_and_no_script_of_theirs():
    students = ["ada", '"><img src=x onerror=alert(2)>', "carol"]
    words = {s: {"q2": [{"kind": "markdown", "source": a} for a in ATTACKS]} for s in students[:2]}
    made = marking.pages(
        BOOK, [grade("ada"), grade(students[1], 5), grade("carol")], words, {"ada": "../feedback/ada.html"}
    )
    assert list(made) == ["q2.html"]
    page = without_scripts(made["q2.html"])
    assert page.index("a proof") < page.index('id="student-1"') < page.index('id="student-3"')
    assert "2 of 3 answers wait" in page and "5 of 6 points" in page and "No answer was found" in page
    assert 'href="../feedback/ada.html"' in page and "<img src=x" not in page and page.count('id="student-1-name"') == 1
    assert page.count("<section") == page.count("</section") == 4


def test_mathematics_and_code_are_readable():
    shown = marking.answer(
        {"kind": "markdown", "source": "Since $a < b$,\n\n$$\\sum_i x_i^2 \\le 1 .$$\n\n- **so** it is"}
    )
    assert "$a &lt; b$" in shown and "\\sum_i x_i^2 \\le 1" in shown and "<strong>so</strong>" in shown
    assert "<span" in marking.answer({"kind": "code", "source": "def f(x):\n    return x < 1"})


def test_the_index_leads_to_the_pages(tmp_path):
    reports.write(tmp_path, BOOK, [grade("ada")], {"ada": {"q2": [{"kind": "markdown", "source": "Because."}]}})
    assert 'href="marking/q2.html"' in (tmp_path / "index.html").read_text(encoding="utf8")
    page = (tmp_path / "marking" / "q2.html").read_text(encoding="utf8")
    assert "<p>Because.</p>" in page and 'href="../feedback/ada.html"' in page
    assert (tmp_path / "feedback" / "ada.html").is_file()
