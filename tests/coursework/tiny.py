"""A tiny assignment in otter's format, for the tests of what makes and grades assignments."""

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

TINY = [
    ("raw", "# ASSIGNMENT CONFIG\nname: tiny\n"),
    ("markdown", "# Assignment 9. Tiny\n\nRead [Quantizers](../differential/quantizers.ipynb) first: $2^b$ levels."),
    (
        "code",
        """\
import numpy as np

from dqlab import coursework

# BEGIN SOLUTION NO PROMPT
me = coursework.student("reference", term="2026")
# END SOLUTION
\"\"\" # BEGIN PROMPT
me = coursework.student("your-id", term="2026")  # write your id here
\"\"\"  # END PROMPT""",
    ),
    ("raw", "# BEGIN QUESTION\nname: q1\npoints: 3\n"),
    ("markdown", "## Question 1. Square (3 points)\n\nWrite `square`."),
    ("raw", "# BEGIN SOLUTION"),
    (
        "code",
        """\
def square(x):
    \"\"\"The square of x, an array.\"\"\"
    # BEGIN SOLUTION
    zebra_product = np.multiply(x, x)
    return zebra_product
    # END SOLUTION""",
    ),
    ("raw", "# END SOLUTION"),
    ("raw", "# BEGIN TESTS"),
    (
        "code",
        """\
\"\"\" # BEGIN TEST CONFIG
points: 0
\"\"\"  # END TEST CONFIG


def test_something_comes_back(square):
    \"\"\"square gives something back.\"\"\"
    assert square(2) is not None, "square(2) gave nothing: did you return?\"""",
    ),
    (
        "code",
        """\
\"\"\" # BEGIN TEST CONFIG
hidden: true
points: 1
\"\"\"  # END TEST CONFIG


def test_zero(square):
    \"\"\"The square of zero.\"\"\"
    assert square(0) == 0, "the square of 0 is off\"""",
    ),
    (
        "code",
        """\
\"\"\" # BEGIN TEST CONFIG
hidden: true
points: 2
\"\"\"  # END TEST CONFIG


def test_your_numbers(square, me):
    \"\"\"Squares of numbers of your own.\"\"\"
    from dqlab.coursework import checks
    walrus_numbers = me.stream("hidden", "q1").normal(size=5)
    checks.close(square(walrus_numbers), walrus_numbers**2, "square(x)")""",
    ),
    ("raw", "# END TESTS"),
    ("raw", "# END QUESTION"),
    ("raw", "# BEGIN QUESTION\nname: q2\npoints: 4\nmanual: true\n"),
    ("markdown", "## Question 2. Why?\n\n**Rubric.** 4 points for a proof."),
    ("raw", "# BEGIN SOLUTION"),
    ("markdown", "The product of $x$ with itself, by the axiom of the platypus."),
    ("raw", "# END SOLUTION"),
    ("raw", "# END QUESTION"),
    ("markdown", "## Hand in\n\nSave, and hand in this notebook."),
]
CELLS = {"raw": new_raw_cell, "markdown": new_markdown_cell, "code": new_code_cell}


def tiny(change=None):
    """The tiny master; `change` maps a text in it to another."""
    cells = []
    for kind, source in TINY:
        for old, new in (change or {}).items():
            source = source.replace(old, new)
        cells.append(CELLS[kind](source))
    notebook = new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return notebook
