"""Pages to mark by: for each question that a person reads, the rubric on top and all students' answers one under another.

A student's words are shown, never run: their HTML is cleaned by nbconvert's sanitiser, and the page's own policy allows no script but
the MathJax that lies inside of it.
"""

import base64
import hashlib
import html

from . import feedback, handout

CONFIGURATION = (
    "MathJax = {tex: {inlineMath: [['$', '$']], displayMath: [['$$', '$$']], packages: {'[-]': ['html', 'require', "
    "'autoload', 'newcommand', 'configmacros']}}, options: {enableMenu: false}};"
)
"""MathJax without links, without loading and without macros, which could repeat themselves for ever."""


def pages(autograder, grades, answers, links):
    """The pages of all questions that are marked by hand.

    Parameters
    ----------
    autograder : dqlab.grading.autograder.Autograder
    grades : list of dqlab.grading.marks.Grade
    answers : dict
        For each student what they wrote, by question, as ``answers.find`` gives it.
    links : dict
        Each student's page of feedback, seen from these pages.

    Returns
    -------
    dict
        File names and HTML, in the order of the questions.
    """
    made = {}
    for place, question in enumerate(autograder.questions):
        if question.manual:
            marks = [(grade, grade.marks[place], answers.get(grade.student, {})) for grade in grades]
            given = [_given(n, grade, mark, of.get(question.name, [])) for n, (grade, mark, of) in enumerate(marks)]
            made[file_name(question.name)] = _page(autograder, question, given, links)
    return made


def file_name(question):
    """The file name of a question's page.

    Examples
    --------
    >>> from dqlab.grading import marking
    >>> marking.file_name("q2a")
    'q2a.html'
    """
    return "".join(c if c.isalnum() and c.isascii() or c in "-_" else "-" for c in question) + ".html"


def _given(number, grade, mark, cells):
    return {
        "anchor": f"student-{number + 1}",
        "student": grade.student,
        "mark": mark,
        "reason": grade.reason,
        "cells": [answer(cell) + shown(cell.get("pictures", [])) for cell in cells],
    }


def answer(cell):
    """What a student wrote in one cell, as HTML that is safe to show.

    Parameters
    ----------
    cell : dict
        ``kind`` ("markdown" or "code") and ``source``.

    Returns
    -------
    str

    Examples
    --------
    >>> from dqlab.grading import marking
    >>> marking.answer({"kind": "markdown", "source": "So $2^b \\\\ge d$. <img src=x onerror=alert(1)>"})
    '<p>So $2^b \\\\ge d$. <img src="x"></p>'
    >>> "<script" in marking.answer({"kind": "code", "source": "'<script>'"})
    False
    """
    from nbconvert.filters import Highlight2HTML, markdown2html_mistune
    from nbconvert.preprocessors.sanitize import SanitizeHTML

    if cell["kind"] == "code":
        return Highlight2HTML()(cell["source"], language="python")
    try:
        shown = markdown2html_mistune(cell["source"])
    except Exception:  # a text that the renderer cannot take is still a text
        return f"<pre>{html.escape(cell['source'])}</pre>"
    return SanitizeHTML(tags=TAGS, attributes=ATTRIBUTES).sanitize_html_tags(handout.ANCHOR.sub("", shown)).strip()


def shown(addresses):
    """A cell's pictures, as the student handed them in.

    Parameters
    ----------
    addresses : list of str
        As ``pictures.of`` gives them.

    Returns
    -------
    str

    Examples
    --------
    >>> from dqlab.grading import marking
    >>> marking.shown(["data:image/png;base64,iVBORw0KGgo="])
    '<p><img src="data:image/png;base64,iVBORw0KGgo=" alt="Picture 1 of this cell, as it was handed in"></p>'
    """
    alt = "Picture {} of this cell, as it was handed in"
    return "".join(
        f'<p><img src="{html.escape(address)}" alt="{alt.format(number)}"></p>'
        for number, address in enumerate(addresses, 1)
    )


TAGS = """a abbr b blockquote br code dd del dl dt em h1 h2 h3 h4 h5 h6 hr i img ins kbd li ol p pre s span strong sub sup
table tbody td tfoot th thead tr u ul div""".split()
"""What a student's HTML may consist of; anything else is shown as the text that it is."""
ATTRIBUTES = {"a": ["href", "title"], "img": ["src", "alt", "title"], "td": ["align"], "th": ["align"], "ol": ["start"]}
"""No style, which could cover the page, and no id, which could catch its anchors."""


def _page(autograder, question, given, links):
    scripts = [CONFIGURATION, handout.mathjax()]
    return feedback.page(
        "marking.html",
        autograder=autograder,
        question=question,
        given=given,
        links=links,
        scripts=scripts,
        allowed=" ".join(_hash(script) for script in scripts),
        open=sum(one["mark"].points is None for one in given),
    )


def _hash(script):
    """A script as a content security policy names it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
