"""Curves that chapters share: convergence of runs, and contraction factors against the rate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from dqlab._style import DASHES, FOREGROUND, LINES, THEORY_LINE, Line, line, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_AXIS = {
    "iterations": "iterations",
    "bits": "bits sent by the worker",
    "seconds": "simulated seconds",
}
_THEORY_DASHES = ("dotted", "dashdot", "dashed")
_QUANTITY = {
    "distance": "distance to the minimiser",
    "loss": "loss",
}


def canvas(width: float = 5.8, height: float = 3.7) -> tuple[Figure, Axes]:
    """An empty figure in the project's style, without pyplot.

    Parameters
    ----------
    width, height : float
        In inches.

    Returns
    -------
    figure, axes

    Examples
    --------
    >>> figure, axes = canvas()
    >>> _ = axes.plot([3, 2, 1])
    """
    from matplotlib.figure import Figure

    with style():
        figure = Figure(figsize=(width, height), layout="constrained")
        axes = figure.subplots()
    return figure, axes


def convergence(
    runs: Iterable[Any],
    against: str = "iterations",
    bounds: Mapping[str, Any] | None = None,
    quantity: str = "distance",
    floor: float = 1e-14,
    title: str | None = None,
) -> Figure:
    """How fast several runs approach the minimiser, on a logarithmic scale.

    Parameters
    ----------
    runs : iterable of Run
        Each has `name`, `distance`, `loss` and the cumulative `bits_up` (or `bits`) and `seconds`.
    against : {"iterations", "bits", "seconds"}
        What the horizontal axis counts.
    bounds : mapping, optional
        Theory: a label and a curve, either values for iterations 0, 1, ... or a pair ``(x, y)``.
    quantity : {"distance", "loss"}
    floor : float
        Values below it are not drawn: rounding errors, not convergence.
    title : str, optional
        Replaces the name of the quantity above the plot.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        For an unknown axis or quantity, no run, or a bound without its x values where the axis does not count iterations.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> run = SimpleNamespace(name="GD", distance=0.8 ** np.arange(30))
    >>> convergence([run], bounds={"theory": 0.85 ** np.arange(30)}).axes[0].get_yscale()
    'log'
    """
    runs = list(runs)
    if not runs:
        raise ValueError("runs must hold at least one run")
    if against not in _AXIS:
        raise ValueError(f"against must be one of {', '.join(_AXIS)}, not {against!r}")
    if quantity not in _QUANTITY:
        raise ValueError(f"quantity must be one of {', '.join(_QUANTITY)}, not {quantity!r}")
    figure, axes = canvas()
    taken: set[Line] = set()
    drawn: list[tuple[str, Any]] = []
    with style():
        for number, run in enumerate(runs):
            y = np.asarray(getattr(run, quantity), dtype=float)
            if y.size == 0:
                raise ValueError(f"the run {run.name!r} recorded no {quantity}")
            x = _abscissa(run, against, y.size)
            shown = np.where(y > floor, y, np.nan)
            # staggered markers: curves that coincide stay distinguishable
            gap = max(1, y.size // 8)
            look = line(run.name, taken).keywords((number * gap // max(2, len(runs)), gap))
            drawn.append((run.name, axes.plot(x, shown, label=run.name, clip_on=True, zorder=3, **look)[0]))
        for label, curve in (bounds or {}).items():
            x, y = _curve(label, curve, against)
            look = {**THEORY_LINE.keywords(), "linewidth": 2.2}
            look["linestyle"] = _THEORY_DASHES[(len(drawn) - len(runs)) % 3]
            drawn.append((label, axes.plot(x, np.where(y > floor, y, np.nan), label=label, zorder=2, **look)[0]))
        axes.set_yscale("log")
        axes.margins(x=0.02)
        axes.set_xlabel(_AXIS[against])
        axes.set_title(title or _QUANTITY[quantity])
        _plain_ticks(axes, against)
        _name_curves(figure, axes, drawn)
    return figure


def rate_curve(
    rate: Sequence[float],
    measured: Mapping[str, Any],
    theory: Mapping[str, Any] | None = None,
    ylabel: str = "contraction factor",
    xlabel: str = "bits per dimension",
) -> Figure:
    """Contraction factors against the rate, clipped at 1 (the type of Figure 3 of Lin, Kostina and Hassibi).

    Parameters
    ----------
    rate : sequence of float
        Bits per dimension.
    measured : mapping
        A name and its values at `rate`, or a triple (value, low, high) whose last two bound a band.
    theory : mapping, optional
        A name and a function of the rate, values at `rate`, or a pair ``(x, y)``. A line without markers, in the
        colour of the measured curve of the same name (which then is points alone), in grey where there is none.
    ylabel, xlabel : str
        The upper title and the lower label.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If a curve and `rate` differ in length.

    Examples
    --------
    >>> figure = rate_curve([1, 2, 3], {"DQ-GD": ([1, 0.9, 0.8], [1, 0.88, 0.79], [1, 0.92, 0.82])},
    ...                     theory={"DQ-GD": lambda rate: 0.75 + 2.0**-rate})
    >>> figure.axes[0].get_title(loc="left")
    'contraction factor'
    """
    rate = np.asarray(rate, dtype=float)
    if rate.ndim != 1 or rate.size == 0:
        raise ValueError(f"rate must be a non-empty sequence of numbers, not an array of shape {rate.shape}")
    figure, axes = canvas()
    taken: set[Line] = set()
    looks: dict[str, Line] = {}
    drawn: list[tuple[str, Any]] = []
    matched, alone = False, 0
    with style():
        for name, values in measured.items():
            rows = np.atleast_2d(np.asarray(values, dtype=float))
            if rows.shape not in {(1, rate.size), (3, rate.size)}:
                raise ValueError(
                    f"measured[{name!r}] must hold {rate.size} values, or three rows of them (value, low, high); "
                    f"its shape is {np.shape(values)}"
                )
            looks[name] = line(name, taken)
            rows = np.minimum(rows, 1)
            if rows.shape[0] == 3:
                axes.fill_between(rate, rows[1], rows[2], color=looks[name].color, alpha=0.22, linewidth=0, zorder=2)
            keywords = looks[name].keywords(max(1, rate.size // 24))
            if name in (theory or {}):
                keywords["linestyle"] = "none"  # points are measured, the line through them is theory
            drawn.append((name, axes.plot(rate, rows[0], label=name, zorder=4, **keywords)[0]))
        for name, curve in (theory or {}).items():
            if callable(curve):
                x = np.linspace(rate.min(), rate.max(), 161)
                y = np.array([float(curve(value)) for value in x])
            else:
                x, y = _curve(name, curve, "iterations", rate)
            if name in looks:
                shape = {"color": looks[name].color, "linestyle": (0, (1, 1.4)), "linewidth": 2.4}
                matched = True
            elif name in LINES:
                shape = {"color": LINES[name].color, "linestyle": DASHES[LINES[name].dash], "linewidth": 1.6}
            else:
                shape = {"color": THEORY_LINE.color, "linestyle": _THEORY_DASHES[(alone + 1) % 3], "linewidth": 2.0}
                alone += 1
            artist = axes.plot(x, np.minimum(y, 1), zorder=5 if name in looks else 3, **shape)[0]
            if name not in looks:
                drawn.append((name, artist))
        if matched:
            shape = {"color": THEORY_LINE.color, "linestyle": (0, (1, 1.4)), "linewidth": 2.4}
            drawn.append(("theory, same colour", axes.plot([], [], **shape)[0]))
        axes.axhline(1, color=FOREGROUND, linewidth=0.8, alpha=0.6, zorder=1)
        axes.set_xlabel(xlabel)
        axes.set_title(ylabel)
        axes.margins(x=0.02)
        axes.set_ylim(top=1 + 0.03 * (1 - axes.get_ylim()[0]))
        legend(figure, drawn)
    return figure


def _abscissa(run: Any, against: str, size: int) -> np.ndarray:
    if against == "iterations":
        return np.arange(size)
    field = "seconds" if against == "seconds" else ("bits" if hasattr(run, "bits") else "bits_up")
    x = np.asarray(getattr(run, field), dtype=float)
    if x.shape != (size,):
        raise ValueError(f"the run {run.name!r} has {size} distances but {field} of shape {x.shape}")
    return x


def _curve(label: str, curve: Any, against: str, rate: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    if isinstance(curve, tuple) and len(curve) == 2:
        x, y = (np.asarray(part, dtype=float) for part in curve)
    elif against != "iterations":
        raise ValueError(f"the curve {label!r} needs a pair (x, y) when the axis counts {against}")
    else:
        y = np.asarray(curve, dtype=float)
        x = np.arange(y.size) if rate is None else rate
    if x.shape != y.shape or x.ndim != 1:
        raise ValueError(f"the curve {label!r} has {np.shape(x)} x values and {np.shape(y)} y values")
    return x, y


_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def _power(value: float, position: Any = None) -> str:
    exponent = round(np.log10(value)) if value > 0 else 0
    return "1" if exponent == 0 else f"10{str(exponent).translate(_RAISED)}"


def _plain_ticks(axes: Axes, against: str) -> None:
    from matplotlib.ticker import EngFormatter, LogLocator, NullFormatter

    axes.yaxis.set_major_locator(LogLocator(10, numticks=7))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_major_formatter(_power)
    if against == "bits":
        axes.xaxis.set_major_formatter(EngFormatter(sep="\N{NO-BREAK SPACE}"))


def _name_curves(figure: Figure, axes: Axes, drawn: list[tuple[str, Any]]) -> None:
    """Write each curve's name at its right end; a legend above where the ends are apart or too many."""
    from matplotlib.lines import Line2D

    ends = []
    for label, artist in drawn:
        x, y = (np.asarray(values, dtype=float) for values in artist.get_data())
        seen = np.flatnonzero(np.isfinite(y) & np.isfinite(x))
        if seen.size == 0:
            return legend(figure, drawn)
        ends.append((x[seen[-1]], np.log10(y[seen[-1]]), label, artist))
    left, right = axes.get_xlim()
    if len(drawn) > 6 or min(end[0] for end in ends) < right - 0.1 * (right - left):
        return legend(figure, drawn)
    low, high = np.log10(axes.get_ylim())
    room = 16 / (72 * figure.get_figheight() * 0.76)
    places = _spread([(end[1] - low) / (high - low) for end in ends], room)
    for (_, y, label, artist), place in zip(ends, places, strict=True):
        end = min(max((y - low) / (high - low), 0), 1)
        leader = Line2D([1.0, 1.05], [end, place], color=artist.get_color(), linewidth=1.2, clip_on=False)
        leader.set_transform(axes.transAxes)
        axes.add_artist(leader)
        axes.text(1.06, place, label, transform=axes.transAxes, va="center")
    return None


def _spread(places: Sequence[float], room: float) -> np.ndarray:
    """Move numbers apart to at least `room`, in order, as little as needed and inside [0, 1]."""
    order = np.argsort(places, kind="stable")
    spaced = np.clip(np.asarray(places, dtype=float)[order], 0, 1)
    for _ in range(60):
        for place in range(len(spaced) - 1):
            lack = room - (spaced[place + 1] - spaced[place])
            if lack > 1e-9:
                spaced[place] -= lack / 2
                spaced[place + 1] += lack / 2
        spaced += max(0.0, -spaced[0]) - max(0.0, spaced[-1] - 1)
    result = np.empty_like(spaced)
    result[order] = spaced
    return result


def legend(figure: Figure, drawn: list[tuple[str, Any]]) -> None:
    """A legend above the plot, in as many columns as fit.

    Examples
    --------
    >>> from dqlab import plots
    >>> figure, axes = plots.canvas()
    >>> plots.legend(figure, [("GD", axes.plot([1, 2])[0])])
    >>> len(figure.legends)
    1
    """
    if not drawn:
        return
    longest = max(len(label) for label, _ in drawn)
    columns = max(1, min(len(drawn), int(figure.get_figwidth() * 10 // (longest + 6))))
    rows = -(-len(drawn) // columns)
    columns = -(-len(drawn) // rows)
    # matplotlib fills columns; readers read rows
    order = [at for column in range(columns) for at in range(column, len(drawn), columns)]
    figure.set_figheight(figure.get_figheight() + 0.25 * rows)
    figure.legend(
        [drawn[at][1] for at in order],
        [drawn[at][0] for at in order],
        loc="outside upper left",
        ncols=columns,
        columnspacing=1.4,
        handletextpad=0.6,
    )
