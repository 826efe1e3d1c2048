"""Controls that answer with and without a kernel.

At a kernel `explore` shows ipywidgets and draws on demand. While the book is built (``DQLAB_BOOK=1``) it draws every
frame once and returns plain HTML: sliders, the frames, and forty lines of script that swap them.

Examples
--------
>>> from dqlab.figures import canvas
>>> def draw(power):
...     figure, axes = canvas()
...     _ = axes.plot([0, 1, 2], [x**power for x in (0, 1, 2)])
...     return figure
>>> control = explore(draw, lambda power: f"The curve x to the power {power}.", power=[1, 2, 3])
>>> control.values
{'power': 1}
"""

from __future__ import annotations

import hashlib
import html
import itertools
import os
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dqlab import _pages
from dqlab.figures import Picture, Table, check_alt, show, table
from dqlab.questions import Question, predict

__all__ = ["Control", "Page", "Question", "explore", "predict"]

BUDGET = 1_200_000


def explore(
    draw: Callable[..., Any],
    alt: str | Callable[..., str],
    /,
    *,
    labels: Mapping[str, str] | None = None,
    start: Mapping[str, Any] | None = None,
    budget: int = BUDGET,
    **grid: Sequence[Any],
) -> Control | Page:
    """A picture with one slider for each parameter.

    Parameters
    ----------
    draw : callable
        ``draw(**values)`` returns a matplotlib figure, a `Picture`, a pandas frame, a `Table` or an HTML string.
    alt : str or callable
        The text alternative, a sentence, or ``alt(**values)`` that makes it. It is announced when the picture changes.
    labels : mapping, optional
        Names for people: ``{"kappa": "Condition number κ"}``.
    start : mapping, optional
        The value at which each slider starts; the first one otherwise.
    budget : int
        Bytes of HTML that the control may take in the book.
    **grid : sequence
        The values of each parameter, in the order of its slider: numbers, strings, or pairs ``(text, value)``.

    Returns
    -------
    Control or Page
        `Control` at a kernel, `Page` while the book is built. Either is displayed as a cell's last expression.

    Raises
    ------
    ValueError
        If there is no parameter, a list is empty or repeats a value, `labels` or `start` name what is not in the grid,
        or the frames exceed the budget.

    Examples
    --------
    >>> control = explore(lambda n: f"<p>{n} squared is {n * n}</p>", "The square of a small number.", n=[1, 2, 3])
    >>> control.sliders["n"].value = 3
    >>> "9" in control.html
    True
    """
    choices = _choices(grid)
    names = {name: (labels or {}).get(name, name) for name in choices}
    for what, given in (("labels", labels), ("start", start)):
        for name in given or {}:
            if name not in choices:
                raise ValueError(f"{what} names {name!r}, which is not a parameter; those are {', '.join(choices)}")
    first = {}
    for name, options in choices.items():
        values = [value for _, value in options]
        wanted = (start or {}).get(name, values[0])
        if wanted not in values:
            raise ValueError(f"start[{name!r}] must be one of {values}, not {wanted!r}")
        first[name] = values.index(wanted)
    if os.environ.get("DQLAB_BOOK") == "1":
        return Page(draw, alt, choices, names, first, budget)
    return Control(draw, alt, choices, names, first)


def frame(draw: Callable[..., Any], alt: str | Callable[..., str], values: Mapping[str, Any]) -> Picture | Table:
    """Draw once, and turn whatever `draw` returns into something with HTML and words.

    Raises
    ------
    TypeError
        If `draw` returns nothing that can be shown.
    """
    words = check_alt(alt(**values) if callable(alt) else alt)
    drawn = draw(**values)
    if isinstance(drawn, Picture):
        return drawn.relabelled(words)
    if isinstance(drawn, str):
        return Table(drawn, words)
    if isinstance(drawn, Table):
        return Table(drawn.html, words)
    kinds = {f"{kind.__module__.split('.')[0]}.{kind.__name__}" for kind in type(drawn).__mro__}
    if "matplotlib.Figure" in kinds:
        return show(drawn, words)
    if "pandas.DataFrame" in kinds:
        return Table(table(drawn, words).html, words)
    raise TypeError(
        f"draw must return a matplotlib Figure, a Picture, a Table, a pandas DataFrame or an HTML string, "
        f"not {type(drawn).__name__}; is a 'return figure' missing?"
    )


class Control:
    """The control at a kernel.

    Attributes
    ----------
    sliders : dict
        One `ipywidgets.SelectionSlider` for each parameter; setting ``.value`` redraws.
    values : dict
        The chosen values.
    html, alt : str
        What is shown now, and in words.
    widget : ipywidgets.VBox
        All of it.
    """

    def __init__(self, draw: Callable, alt: Any, choices: dict, names: dict, first: dict) -> None:
        import ipywidgets

        self._draw, self._words = draw, alt
        self.sliders = {
            name: ipywidgets.SelectionSlider(
                options=options,
                value=options[first[name]][1],
                description=names[name],
                tooltip=names[name],
                continuous_update=False,
                style={"description_width": "initial"},
                layout=ipywidgets.Layout(width="min(100%, 32em)"),
            )
            for name, options in choices.items()
        }
        self._stage = ipywidgets.HTML()
        self.widget = ipywidgets.VBox([*self.sliders.values(), self._stage])
        for slider in self.sliders.values():
            slider.observe(self._redraw, names="value")
        self._redraw()

    @property
    def values(self) -> dict[str, Any]:
        return {name: slider.value for name, slider in self.sliders.items()}

    @property
    def html(self) -> str:
        return self._stage.value

    def _redraw(self, change: Any = None) -> None:
        try:
            shown = frame(self._draw, self._words, self.values)
        except Exception as error:  # a learner's own draw may fail; the control goes on
            self.alt = f"The drawing failed: {type(error).__name__}: {error}"
            trace = html.escape("".join(traceback.format_exception(error)))
            self._stage.value = (
                f'<div role="alert"><strong>{html.escape(self.alt)}</strong><details><summary>Traceback</summary>'
                f"<pre>{trace}</pre></details></div>"
            )
            return
        self.alt = shown.alt if isinstance(shown, Picture) else shown.text
        self._stage.value = f'<div aria-live="polite">{shown.html}</div>'

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        bundle = self.widget._repr_mimebundle_()
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        return {**data, "text/plain": repr(self)}, metadata

    def __repr__(self) -> str:
        chosen = ", ".join(f"{name}={value!r}" for name, value in self.values.items())
        return f"Control({chosen}): {self.alt}"


class Page:
    """The control in the book: every frame, in one piece of HTML that needs neither kernel nor network.

    Attributes
    ----------
    frames : dict
        Slider positions (a tuple) and the `Picture` or `Table` shown there.
    html : str
    """

    def __init__(self, draw: Callable, alt: Any, choices: dict, names: dict, first: dict, budget: int) -> None:
        self.frames = {}
        for place in itertools.product(*(range(len(options)) for options in choices.values())):
            values = {name: options[at][1] for at, (name, options) in zip(place, choices.items(), strict=True)}
            self.frames[place] = frame(draw, alt, values)
        self._first = tuple(first.values())
        shown = {place: _words(item) for place, item in self.frames.items()}
        digest = hashlib.sha256(repr((names, choices, sorted(shown.items()))).encode())
        for item in self.frames.values():
            digest.update(item.html.encode())
        key = "dq" + digest.hexdigest()[:8]
        self.html = _pages.control(key, names, choices, self._first, {p: _body(f, key) for p, f in self.frames.items()})
        size = len(self.html.encode())
        if size > budget:
            counts = " x ".join(f"{name}: {len(options)}" for name, options in choices.items())
            raise ValueError(
                f"this control takes {size:,} bytes of HTML for {len(self.frames)} frames ({counts}); its budget is "
                f"{budget:,}. Give fewer values, draw fewer points and curves in each frame, or raise budget=, "
                "remembering that a whole page may weigh 2 MB"
            )

    @property
    def alt(self) -> str:
        """The words for the frame that is shown first."""
        return _words(self.frames[self._first])

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": self.alt}

    def __repr__(self) -> str:
        return f"Page of {len(self.frames)} frames: {self.alt}"


def _words(item: Picture | Table) -> str:
    return item.alt if isinstance(item, Picture) else item.text


def _body(item: Picture | Table, key: str) -> tuple[str, str, bool]:
    """A frame's HTML with the control's own identifiers, its words, and whether it is a picture."""
    if isinstance(item, Picture):
        return item.svg.replace(item.key, key), item.alt, True
    return item.html, item.text, False


def _choices(grid: Mapping[str, Any]) -> dict[str, list[tuple[str, Any]]]:
    if not grid:
        raise ValueError("explore needs at least one parameter with its values, such as kappa=[2, 10, 50]")
    choices = {}
    for name, given in grid.items():
        if isinstance(given, (str, bytes)) or not hasattr(given, "__iter__"):
            raise TypeError(f"{name} must be a list of values, not {given!r}")
        options = [_option(value) for value in given]
        if not options:
            raise ValueError(f"{name} must have at least one value")
        for what, seen in (("texts", [text for text, _ in options]), ("values", [value for _, value in options])):
            if any(item in seen[:at] for at, item in enumerate(seen)):
                raise ValueError(f"{name} must not repeat {what}: {seen}")
        choices[name] = options
    return choices


def _option(value: Any) -> tuple[str, Any]:
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str):
        return value
    value = value.item() if hasattr(value, "item") and getattr(value, "ndim", 1) == 0 else value
    if isinstance(value, bool):
        return ("yes" if value else "no"), value
    if isinstance(value, float):
        return f"{value:.6g}".replace("-", "−"), value
    if isinstance(value, int):
        return str(value).replace("-", "−"), value
    if isinstance(value, str):
        return value, value
    raise TypeError(f"a value must be a number, a string or a pair (text, value), not {value!r}")
