"""An assignment on paper: one HTML file that needs nothing else, with its mathematics set by a MathJax inside of it."""

import re
from importlib.util import find_spec
from pathlib import Path

from jinja2 import Environment

PAGE = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string("""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}</title>
<style>
{{ style|safe }}
</style>
<script>
MathJax = {tex: {inlineMath: [['$', '$']], displayMath: [['$$', '$$']]}, options: {enableMenu: false}};
</script>
<script>
{{ mathjax|safe }}
</script>
</head>
<body>
<main>
{% for cell in cells %}
{% if cell.kind == "markdown" and cell.answer %}
<div class="answer" role="note">Your answer</div>
{% else %}
{{ cell.html|safe }}
{% endif %}
{% endfor %}
</main>
</body>
</html>
""")

ANCHOR = re.compile(r'<a class="anchor-link".*?</a>')

STYLE = """\
:root { color-scheme: light; }
body { font: 1rem/1.5 Georgia, "Times New Roman", serif; color: #111; background: #fff; margin: 0; }
main { max-width: 44rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; overflow-wrap: break-word; }
h1, h2, h3 { line-height: 1.2; break-after: avoid; }
h2 { margin-top: 2.5rem; border-top: 1px solid #888; padding-top: 1rem; }
code, pre { font: 0.85rem/1.4 "DejaVu Sans Mono", Menlo, Consolas, monospace; }
pre { background: #f5f5f2; border: 1px solid #ccc; padding: 0.6rem 0.8rem; white-space: pre-wrap; break-inside: avoid; }
.highlight .k, .highlight .kn, .highlight .nf { font-weight: bold; }
.highlight .c1, .highlight .sd { color: #555; }
table { border-collapse: collapse; margin: 1rem 0; display: block; overflow-x: auto; break-inside: avoid; }
th, td { border: 1px solid #777; padding: 0.25rem 0.6rem; text-align: left; vertical-align: top; }
img { max-width: 100%; }
.answer { border: 1px solid #777; min-height: 12rem; padding: 0.5rem 0.8rem; margin: 1rem 0; color: #444; break-inside: avoid; }
mjx-container[display="true"] { overflow-x: auto; overflow-y: hidden; }
a { color: inherit; }
@page { margin: 20mm 18mm; }
@media print { body { font-size: 10.5pt; } main { max-width: none; padding: 0; } }
"""


def page(notebook, title):
    """A student's notebook as a page to print.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        The student's version.
    title : str
        The page's title.

    Returns
    -------
    str
        HTML without a reference to any other file; links into the book keep their words only, checks are left out.

    Examples
    --------
    >>> import nbformat
    >>> from dqlab.grading import handout
    >>> notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Hello\\n\\nSee [bits](../bits.ipynb): $2^b$.")])
    >>> made = handout.page(notebook, "Hello")
    >>> "See bits: $2^b$." in made, "src=" in made.split("<main>")[1]
    (True, False)
    """
    cells = [render(cell) for cell in notebook.cells if not cell.source.startswith("grader.check(")]
    return PAGE.render(title=title, cells=cells, style=STYLE, mathjax=mathjax())


def render(cell):
    """A cell as HTML; an empty place for an answer in words is a box to write in."""
    from nbconvert.filters import Highlight2HTML, markdown2html_mistune

    answer = "otter_answer_cell" in cell.metadata.get("tags", [])
    if cell.cell_type == "code":
        return {"kind": "code", "answer": answer, "html": Highlight2HTML()(cell.source, language="python")}
    words = re.sub(r"(?<!!)\[([^\]]+)\]\((?!https?:|#)[^)\s]+\)", r"\1", cell.source)
    return {"kind": "markdown", "answer": answer, "html": ANCHOR.sub("", markdown2html_mistune(words))}


def mathjax():
    """MathJax with glyphs as SVG paths, so that it loads no fonts, ready to stand inside of a script element."""
    source = Path(find_spec("mathjax").origin).parent / "static" / "mathjax" / "es5" / "tex-svg-full.js"
    return source.read_text(encoding="utf8").replace("</script", r"<\/script")
