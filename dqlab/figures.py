"""Pictures and tables for the page: the style, `show`, `table`, and the figure types that chapters share.

A picture is inline SVG in the page's own text colour, so one file serves light and dark pages, a phone and a print.

Examples
--------
>>> from matplotlib.figure import Figure
>>> with style():
...     figure = Figure()
...     _ = figure.subplots().plot([1, 2, 4])
>>> picture = show(figure, "A line that rises from one to four in two steps.")
>>> picture.html.startswith("<figure")
True
"""

from __future__ import annotations

import html
import io
import re
import sys
from typing import TYPE_CHECKING, Any

from dqlab._style import LINES, PALETTE, THEORY_LINE, Line, line, style
from dqlab._svg import tidy
from dqlab.planes import cells2d, trajectory2d
from dqlab.plots import canvas, convergence, rate_curve

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

__all__ = [
    "LINES",
    "PALETTE",
    "THEORY_LINE",
    "Line",
    "Picture",
    "Table",
    "canvas",
    "cells2d",
    "convergence",
    "line",
    "rate_curve",
    "show",
    "style",
    "table",
    "trajectory2d",
]

_MATHS = "tex2jax_process mathjax_process"


class Picture:
    """An inline SVG with its text alternative; the last expression of a cell displays it.

    Attributes
    ----------
    svg : str
        The drawing, an ``<svg role="img">`` element.
    alt : str
        What it shows, in words.
    caption : str or None
        Printed under it.
    key : str
        Prefix of every identifier inside `svg`, a hash of its content.
    """

    def __init__(self, svg: str, alt: str, caption: str | None, key: str) -> None:
        self.svg, self.alt, self.caption, self.key = svg, alt, caption, key

    @property
    def html(self) -> str:
        """The picture as an HTML ``<figure>``."""
        below = (
            f'<figcaption style="color:inherit;font-weight:400">{html.escape(self.caption)}</figcaption>'
            if self.caption
            else ""
        )
        return f'<figure class="dq-picture {_MATHS}" style="margin:1em 0">{self.svg}{below}</figure>'

    def relabelled(self, alt: str) -> Picture:
        """The same drawing with other words.

        Parameters
        ----------
        alt : str

        Returns
        -------
        Picture
        """
        label = f'aria-label="{html.escape(alt)}"'
        svg = re.sub('aria-label="[^"]*"', lambda match: label, self.svg, count=1)
        return Picture(svg, alt, self.caption, self.key)

    def save(self, path: Any) -> None:
        """Write the drawing as an SVG file.

        Parameters
        ----------
        path : str or pathlib.Path
        """
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.svg)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": self.alt}

    def __repr__(self) -> str:
        return f"Picture({self.alt!r})"


class Table:
    """An HTML table with its plain-text form; the last expression of a cell displays it."""

    def __init__(self, html: str, text: str) -> None:
        self.html, self.text = html, text

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": self.text}

    def __repr__(self) -> str:
        return self.text


def check_alt(alt: Any) -> str:
    """Return `alt` if it can stand for a picture.

    Raises
    ------
    TypeError
        If it is not a string.
    ValueError
        If it is no sentence: fewer than four words or twenty characters.

    Examples
    --------
    >>> check_alt("Two curves fall; the lower one is DQ-GD.")
    'Two curves fall; the lower one is DQ-GD.'
    """
    if not isinstance(alt, str):
        raise TypeError(f"alt must be a string that says what the picture shows, not {type(alt).__name__}")
    words = alt.split()
    if len(words) < 4 or len(alt.strip()) < 20:
        raise ValueError(
            f"alt must say in a sentence what the picture shows, for readers who cannot see it; {alt!r} does not: "
            "name what is drawn and what to notice ('DQ-GD reaches 1e-6 in 80 steps, NQ-GD stalls at 1e-2.')"
        )
    return " ".join(words)


def show(figure: Figure, alt: str, caption: str | None = None) -> Picture:
    """Turn a matplotlib figure into a picture for the page.

    Black, and the dark and light greys, take the page's text colour, white takes its ground; every other colour stays. Text is real text.
    The drawing keeps its proportions, is never wider than its natural size nor than the page, and equal figures
    give equal bytes. A figure that pyplot manages is closed.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    alt : str
        What the picture shows, a sentence at least. Readers hear it instead of the picture.
    caption : str, optional
        Printed under the picture.

    Returns
    -------
    Picture

    Raises
    ------
    TypeError
        If `figure` is no matplotlib figure.
    ValueError
        If `alt` is empty or no sentence.

    Examples
    --------
    >>> figure = cells2d([[0, 0], [0.5, 0.5]])
    >>> show(figure, "Two points in the unit disc and the line between their cells.")
    Picture('Two points in the unit disc and the line between their cells.')
    """
    import matplotlib
    from matplotlib.figure import Figure
    from matplotlib.transforms import Bbox

    alt = check_alt(alt)
    if not isinstance(figure, Figure):
        raise TypeError(f"figure must be a matplotlib Figure, not {type(figure).__name__}")
    file = io.StringIO()
    with style(), matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "dqlab", "svg.image_inline": True}):
        figure.draw_without_rendering()
        figure.set_layout_engine("none")  # the layout is done; once is enough
        page = Bbox.from_bounds(0, 0, *figure.get_size_inches())
        tight = figure.get_tightbbox()
        whole = Bbox.union([page, tight.padded(0.02)]) if tight is not None else page
        metadata = {"Date": None, "Creator": None, "Format": None, "Type": None}
        figure.savefig(file, format="svg", transparent=True, metadata=metadata, bbox_inches=whole, pad_inches=0)
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close(figure)
    svg, key = tidy(file.getvalue(), alt)
    return Picture(svg, alt, caption, key)


def table(frame: DataFrame, caption: str, digits: int = 4, fold: bool = False) -> Table:
    """Show a pandas frame as an accessible HTML table.

    Parameters
    ----------
    frame : pandas.DataFrame
        The index heads the rows, unless it is the default count.
    caption : str
        What the table holds; read out before it.
    digits : int
        Significant digits of floating-point numbers.
    fold : bool
        Put the table under a heading that opens it, for numbers that stand beside a figure.

    Returns
    -------
    Table

    Raises
    ------
    ValueError
        If the caption is empty or `digits` is not positive.

    Examples
    --------
    >>> import pandas
    >>> frame = pandas.DataFrame({"rate": [1, 2], "factor": [1.0, 0.81234567]})
    >>> "<td>0.8123</td>" in table(frame, "Contraction factors").html
    True
    """
    import pandas

    if not isinstance(frame, pandas.DataFrame):
        raise TypeError(f"frame must be a pandas DataFrame, not {type(frame).__name__}")
    if not isinstance(caption, str) or not caption.strip():
        raise ValueError("caption must say what the table holds; it is read out before the numbers")
    if not isinstance(digits, int) or digits < 1:
        raise ValueError(f"digits must be a positive integer, not {digits!r}")
    named = not (isinstance(frame.index, pandas.RangeIndex) and frame.index.name is None)
    keys = [name if isinstance(name, tuple) else (name,) for name in frame.index] if named else [()] * len(frame)
    names = [str(name) if name is not None else "" for name in frame.index.names] if named else []
    columns = [" / ".join(map(str, name)) if isinstance(name, tuple) else str(name) for name in frame.columns]
    numeric = [pandas.api.types.is_numeric_dtype(kind) for kind in frame.dtypes]
    left = ' style="text-align:left"'
    head = "".join(
        f'<th scope="col"{left}>{html.escape(name)}</th>' if name else "<td></td>" for name in names
    ) + "".join(
        f'<th scope="col"{"" if number else left}>{html.escape(name)}</th>'
        for name, number in zip(columns, numeric, strict=True)
    )
    rows = []
    for key, values in zip(keys, frame.itertuples(index=False, name=None), strict=True):
        cells = "".join(f'<th scope="row"{left}>{_cell(part, digits)}</th>' for part in key)
        cells += "".join(
            f"<td{'' if number else left}>{_cell(value, digits)}</td>"
            for value, number in zip(values, numeric, strict=True)
        )
        rows.append(f"<tr>{cells}</tr>")
    title = html.escape(caption)
    body = (
        f'<div class="dq-table {_MATHS}" role="region" aria-label="{title}" tabindex="0" style="overflow-x:auto">'
        "<style>.dq-table :is(th,td){padding:.25em .7em}</style>"
        '<table class="dataframe" style="text-align:right;font-variant-numeric:tabular-nums">'
        f'<caption style="text-align:left;color:inherit">{title}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )
    if fold:
        body = f'<details class="dq-fold"><summary>Table: {title}</summary>{body}</details>'
    return Table(body, f"{caption}\n{frame.to_string(float_format=lambda value: _number(value, digits))}")


def _number(value: float, digits: int) -> str:
    if value != value:
        return "–"
    text = f"{value:.{digits}g}"
    if "e" in text:
        mantissa, exponent = text.split("e")
        text = f"{mantissa}e{int(exponent)}"
    return text.replace("-", "−").replace("inf", "∞")


def _cell(value: Any, digits: int) -> str:
    import numpy as np

    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, (float, np.floating)):
        return _number(float(value), digits)
    if isinstance(value, (int, np.integer)):
        return f"{int(value)}".replace("-", "−")
    return "–" if value is None else html.escape(str(value))
