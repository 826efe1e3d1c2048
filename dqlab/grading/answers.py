"""What a student wrote for the questions that are marked by hand, found by cell ids, marks or the questions' own words."""

import re


def find(cells, questions):
    """The answers to manual questions.

    Parameters
    ----------
    cells : list of dqlab.grading.notebooks.Cell
        A student's notebook.
    questions : sequence of dqlab.grading.autograder.Question
        All questions, in order.

    Returns
    -------
    dict
        For each manual question a list of {"kind": "markdown" or "code", "source": text, "pictures": addresses}: the cells between the question's text and
        the next question's. Empty where the question cannot be found any more.

    Examples
    --------
    >>> from dqlab.grading import answers
    >>> from dqlab.grading.autograder import Question
    >>> from dqlab.grading.notebooks import Cell
    >>> question = Question("q2", 4, True, False, (), "**Question 2.** Why?", "")
    >>> answers.find([Cell("markdown", "**Question 2.** Why?"), Cell("markdown", "Because.")], [question])
    {'q2': [{'kind': 'markdown', 'source': 'Because.', 'pictures': []}]}
    """
    starts = {name: _start(cells, name, question) for name, question in ((q.name, q) for q in questions)}
    borders = {start for start in starts.values() if start is not None} | _page(cells)
    found = {}
    for question in questions:
        if not question.manual:
            continue
        start = starts[question.name]
        by_id = [cell for cell in cells if cell.id.startswith(f"{question.name}-answer")]
        if start is not None:
            end = min((i for i in borders if i > start), default=len(cells))
            given = [cell for cell in cells[start + 1 : end] if not cell.id.startswith(f"{question.name}-text")]
        else:
            given = by_id
        kept = [cell for cell in given if cell.kind != "raw" and (_said(cell.source) or cell.pictures)]
        found[question.name] = [
            {"kind": cell.kind, "source": cell.source[:20000], "pictures": list(cell.pictures)} for cell in kept[:20]
        ]
    return found


def _page(cells):
    """Cells that belong to no question: by their ids, or, in a notebook that has lost them, by their headings."""
    if any("-text" in cell.id for cell in cells):
        return {i for i, cell in enumerate(cells) if cell.id.startswith("page-")}
    return {i for i, cell in enumerate(cells) if cell.kind == "markdown" and re.match(r"#{1,2} ", cell.source)}


def _start(cells, name, question):
    """Where a question's text is: by the cell's id, else by its first line."""
    for i, cell in enumerate(cells):
        if cell.id.startswith(f"{name}-text"):
            return i
    first = next((line.strip() for line in question.prompt.splitlines() if line.strip()), None)
    for i, cell in enumerate(cells):
        if first and cell.kind == "markdown" and first in cell.source:
            return i
    return None


def _said(source):
    """Whether an answer says anything."""
    text = re.sub(r"<!--.*?-->", "", source, flags=re.DOTALL).strip()
    return bool(text) and not text.startswith(("_Type your answer here", "grader.check("))
