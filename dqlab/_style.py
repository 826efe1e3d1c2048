"""The plotting style of the project: one palette, one look for each algorithm.

The six colours are the hues of Okabe and Ito, moved so that each has a contrast of at least 3:1 on white *and* on the
book's dark ground, and so that any two stay apart for readers with protanopia or deuteranopia. Colour never carries a
meaning alone: every algorithm also has its own marker and dash.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import NamedTuple

FOREGROUND = "#000000"
"""Drawn as black; `show` turns it into the colour of the page's text."""

THEORY = "#808080"
PALETTE = {
    "blue": "#0071bd",
    "red": "#f5402a",
    "green": "#2f8477",
    "purple": "#c074b4",
    "olive": "#75860f",
    "iris": "#7a89f5",
}
DASHES = {"solid": "solid", "dashed": (0, (4, 2)), "dotted": (0, (1, 1.6)), "dashdot": (0, (5, 1.6, 1, 1.6))}


class Line(NamedTuple):
    """How one curve looks."""

    color: str
    marker: str
    dash: str
    filled: bool = True

    def keywords(self, every: int | float | None = None) -> dict:
        """Keyword arguments for `matplotlib.axes.Axes.plot`.

        Examples
        --------
        >>> line("DQ-GD").keywords()["marker"]
        'o'
        """
        look = {
            "color": self.color,
            "linestyle": DASHES[self.dash],
            "marker": self.marker,
            "markeredgecolor": self.color,
            "markerfacecolor": self.color if self.filled else "none",
        }
        return look if every is None else {**look, "markevery": every}


LINES = {
    "DQ-GD": Line(PALETTE["blue"], "o", "solid"),
    "NQ-GD": Line(PALETTE["red"], "s", "solid"),
    "EF-GD": Line(PALETTE["green"], "^", "solid"),
    "GD": Line(FOREGROUND, "x", "dashed"),
    "DQ-AGD": Line(PALETTE["purple"], "D", "solid"),
    "AGD": Line(PALETTE["purple"], "D", "dashed", filled=False),
    "DQ-HB": Line(PALETTE["olive"], "v", "solid"),
    "HB": Line(PALETTE["olive"], "v", "dashed", filled=False),
}
THEORY_LINE = Line(THEORY, "", "dotted")
_SPARE = [
    Line(color, marker, dash)
    for dash in ("solid", "dashdot")
    for color, marker in zip(
        (PALETTE[name] for name in ("blue", "red", "green", "purple", "olive", "iris")), "PXphd*", strict=True
    )
]


def line(name: str, taken: set[Line] | None = None) -> Line:
    """The look of the curve called `name`.

    Parameters
    ----------
    name : str
        An algorithm's name, possibly followed by more words ("DQ-GD, 4 bits").
    taken : set of Line, optional
        Looks already used in this figure; the answer is another one and is added to the set.

    Returns
    -------
    Line

    Examples
    --------
    >>> line("DQ-GD") == line("DQ-GD, 4 bits")
    True
    >>> used = set()
    >>> line("DQ-GD, 2 bits", used) == line("DQ-GD, 4 bits", used)
    False
    """
    word = name.replace(",", " ").split()[0] if name.strip() else ""
    taken = set() if taken is None else taken
    choices = ([LINES[word]] if word in LINES else []) + _SPARE
    look = next((choice for choice in choices if choice not in taken), choices[len(taken) % len(choices)])
    taken.add(look)
    return look


def settings() -> dict:
    """The rcParams of `style`, as a plain dictionary."""
    from matplotlib import cycler

    return {
        "figure.figsize": (5.8, 3.7),
        "figure.constrained_layout.use": True,
        "font.family": "sans-serif",
        "font.sans-serif": ["DejaVu Sans"],
        "font.size": 12,
        "axes.titlesize": 12,
        "axes.titlelocation": "left",
        "axes.titlepad": 10,
        "axes.labelsize": 12,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.linewidth": 0.8,
        "axes.grid": True,
        "axes.axisbelow": True,
        "axes.unicode_minus": True,
        "axes.prop_cycle": cycler(color=list(PALETTE.values())),
        "axes.edgecolor": FOREGROUND,
        "axes.labelcolor": FOREGROUND,
        "text.color": FOREGROUND,
        "xtick.color": FOREGROUND,
        "ytick.color": FOREGROUND,
        "xtick.labelsize": 11.5,
        "ytick.labelsize": 11.5,
        "xtick.major.width": 0.8,
        "ytick.major.width": 0.8,
        "xtick.minor.visible": False,
        "ytick.minor.visible": False,
        "grid.color": FOREGROUND,
        "grid.alpha": 0.13,
        "grid.linewidth": 0.7,
        "lines.linewidth": 2.0,
        "lines.markersize": 6.0,
        "lines.markeredgewidth": 1.4,
        "legend.frameon": False,
        "legend.fontsize": 12,
        "legend.handlelength": 2.3,
        "legend.borderaxespad": 0.2,
        "mathtext.fontset": "dejavusans",
    }


def style() -> AbstractContextManager:
    """The project's plotting style, for a `with` block; nothing global is changed.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> with style():
    ...     figure = Figure()
    ...     axes = figure.subplots()
    >>> axes.spines["top"].get_visible()
    False
    """
    import matplotlib

    return matplotlib.rc_context(settings())
