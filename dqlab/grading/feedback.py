"""Pages of feedback: self-contained, offline, in light and dark, for a phone and for a keyboard."""

import functools
import statistics
from pathlib import Path

TEMPLATES = Path(__file__).parent / "templates"


@functools.cache
def _template(name):
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["points"] = lambda number: f"{number:g}"
    environment.filters["rubric"] = _rubric
    return environment.get_template(name)


def _rubric(text):
    """A rubric's Markdown as HTML. It is the master's own text."""
    from nbconvert.filters.markdown_mistune import markdown2html_mistune

    return markdown2html_mistune(text)


def page(name, **content):
    """A page from the template of a name.

    Parameters
    ----------
    name : str
        A file in ``templates/``.
    **content
        What the template asks for; text is escaped unless the template marks it as safe.

    Returns
    -------
    str
        HTML.
    """
    return _template(name).render(**content)


def student_page(autograder, grade):
    """What a student gets back.

    Parameters
    ----------
    autograder : dqlab.grading.autograder.Autograder
    grade : dqlab.grading.marks.Grade

    Returns
    -------
    str
        HTML. It shows what each test is about and what it says, never its source.
    """
    questions = list(zip(autograder.questions, grade.marks))
    return _template("feedback.html").render(autograder=autograder, grade=grade, questions=questions)


def instructor_page(autograder, grades, links, complaints=(), marking=None):
    """All students on one page: those to look at first, a histogram, how each question went.

    Parameters
    ----------
    autograder : dqlab.grading.autograder.Autograder
    grades : list of Grade
    links : dict
        Each student's page.
    complaints : iterable of str
        What is wrong with the marks by hand.
    marking : dict, optional
        For each question that is marked by hand, the page with all answers to it.

    Returns
    -------
    str
        HTML.
    """
    ordered = sorted(grades, key=lambda grade: (not (grade.reason or grade.flags), grade.student))
    return _template("index.html").render(
        autograder=autograder,
        grades=ordered,
        links=links,
        complaints=list(complaints),
        marking=marking or {},
        bars=histogram([grade.total for grade in grades], autograder.points),
        means=_means(autograder, grades),
        median=statistics.median([grade.total for grade in grades]) if grades else 0,
        waiting=sum(bool(grade.pending) for grade in grades),
        troubled=sum(bool(grade.reason or grade.flags) for grade in grades),
    )


def histogram(totals, possible, bins=10):
    """How many students have how many points.

    Parameters
    ----------
    totals : list of float
    possible : float
        The most that can be reached.
    bins : int

    Returns
    -------
    list of dict
        ``low``, ``high`` (points), ``count``, and ``share`` of the largest count.

    Examples
    --------
    >>> from dqlab.grading import feedback
    >>> [bar["count"] for bar in feedback.histogram([0, 9, 10], 10, bins=2)]
    [1, 2]
    """
    width = (possible or 1) / bins
    counts = [0] * bins
    for total in totals:
        counts[min(int(total / width), bins - 1)] += 1
    largest = max(counts) or 1
    edges = [(i * width, (i + 1) * width) for i in range(bins)]
    return [{"low": low, "high": high, "count": n, "share": n / largest} for (low, high), n in zip(edges, counts)]


def _means(autograder, grades):
    """For each question the mean share of its points among marked submissions, or None."""
    means = []
    for i, question in enumerate(autograder.questions):
        points = [grade.marks[i].points for grade in grades if grade.marks[i].points is not None]
        share = statistics.fmean(points) / question.points if points and question.points else None
        means.append({"name": question.name, "manual": question.manual, "of": question.points, "share": share})
    return means
