"""Drawings of networks: who talks to whom, and what every node does from second to second."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from dqlab._layouts import layout, links
from dqlab._style import FOREGROUND, PALETTE, style
from dqlab.plots import canvas, legend

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_GROUND = "#ffffff"  # `show` turns it into the ground of the page
_ABOVE, _BELOW = PALETTE["blue"], PALETTE["red"]
_COMPUTING, _TALKING = PALETTE["blue"], PALETTE["olive"]
_CLASSES = 4
_BAR = 0.66


def network(
    graph_or_mixing: Any,
    values: Any = None,
    title: str | None = None,
    positions: Any = None,
    scale: float | None = None,
    labels: Sequence[str] | bool = False,
) -> Figure:
    """A network: nodes, links that are as thick as their weights, and a number at every node as its colour.

    Rings, complete and other circulant graphs are drawn on a circle in the order of their nodes, a star around its centre, a torus as a
    grid (its links around the border leave it on one side and come in on the other), and every other graph as if its links were springs.

    Parameters
    ----------
    graph_or_mixing : networkx.Graph, Mixing or array (n, n)
        A graph on 0, ..., n - 1, or the mixing matrix of one.
    values : array (n,), optional
        A number for every node, such as its deviation from the mean: blue circles are above 0, red squares below, and the colour is the fuller
        the farther from 0.
    title : str, optional
    positions : array (n, 2), optional
        Where to put the nodes.
    scale : float, optional
        The magnitude of `values` that has the full colour, so that pictures can be compared; the largest magnitude if not given.
    labels : sequence of str or bool
        What to write in the nodes; ``True`` for their numbers.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    TypeError
        If the first argument is none of the three.
    ValueError
        If the nodes are not 0, ..., n - 1, or `values`, `positions` or `labels` are not one for every node.

    Examples
    --------
    >>> figure = network([[0.5, 0.5, 0], [0.5, 0.25, 0.25], [0, 0.25, 0.75]], values=[1.0, 0.0, -1.0], title="a path")
    >>> figure.axes[0].get_title(loc="left")
    'a path'
    """
    nodes, edges, weights = links(graph_or_mixing)
    values = None if values is None else _one_a_node(values, nodes, "values")
    if positions is None:
        places, around = layout(nodes, edges)
    else:
        places, around = _one_a_node(positions, nodes, "positions", 2), np.zeros(len(edges), bool)
    names = [str(node) for node in range(nodes)] if labels is True else list(labels or [])
    if names and len(names) != nodes:
        raise ValueError(f"labels: expected {nodes}, one a node, got {len(names)}")
    across, up = np.ptp(places, axis=0) + 0.3 * np.ptp(places)
    figure, axes = canvas(4.6, 4.6 * min(up / across, 1.0) + (0.0 if title is None else 0.3))
    with style():
        axes.set_axis_off()
        axes.set_aspect("equal")
        axes.margins(0.08)
        _draw_links(axes, places, edges, weights, around)
        _draw_nodes(figure, axes, places, values, scale)
        for place, name in zip(places, names, strict=False):
            axes.annotate(name, place, ha="center", va="center", zorder=6, fontsize=11 if nodes <= 16 else 9)
        if title:
            axes.set_title(title)
    return figure


def timeline(
    V: Any,
    work: Any,
    communication: float | Mapping[str, float],
    rounds: int = 3,
    title: str | None = None,
) -> Figure:
    """What every node does from second to second: computing gradients, waiting, talking; with the number of its gradients.

    Several schemes stand above each other on one clock. The slowest of them is drawn for `rounds` rounds; the others go on until the clock stops,
    as far as there are speeds.

    Parameters
    ----------
    V : array (rounds, nodes)
        Speeds: gradients per second of each node in each round. At least `rounds` rows.
    work : Deadline or FixedBatch, or a mapping from names to them
        How much is computed in a round: whatever has ``batches(V)`` and ``compute(V)``.
    communication : float or mapping
        Seconds of the exchange after every round; with several schemes, one number for all or one for each name.
    rounds : int
    title : str, optional
        Above everything.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If V is not a matrix of positive speeds with at least `rounds` rows, or `communication` lacks a scheme.

    Examples
    --------
    >>> import dqlab as dq
    >>> V = dq.stream(0, "speeds").uniform(10, 90, (9, 4))
    >>> class Batch:
    ...     def batches(self, V): return np.full(np.shape(V), 20)
    ...     def compute(self, V): return (20 / np.asarray(V)).max(axis=1)
    >>> len(timeline(V, {"20 gradients each": Batch()}, communication=0.5).axes)
    1
    """
    V = np.asarray(V, dtype=float)
    if V.ndim != 2 or 0 in V.shape or not (np.isfinite(V) & (V > 0)).all():
        raise ValueError(f"V: expected positive speeds of shape (rounds, nodes), got shape {V.shape}")
    if not 1 <= rounds <= len(V):
        raise ValueError(f"rounds: expected 1 to {len(V)}, as many as V has rows, got {rounds!r}")
    schemes = dict(work) if isinstance(work, Mapping) else {"": work}
    talk = dict(communication) if isinstance(communication, Mapping) else dict.fromkeys(schemes, communication)
    if set(schemes) - set(talk):
        raise ValueError(f"communication: no seconds for {', '.join(map(repr, set(schemes) - set(talk)))}")
    ends = {name: np.cumsum(np.asarray(each.compute(V), float) + talk[name]) for name, each in schemes.items()}
    clock = max(end[rounds - 1] for end in ends.values())
    from matplotlib.figure import Figure

    nodes = V.shape[1]
    with style():
        figure = Figure(figsize=(6.4, 1.1 + len(schemes) * (0.5 + 0.33 * nodes)), layout="constrained")
        panels = figure.subplots(len(schemes), 1, sharex=True, squeeze=False)[:, 0]
        for axes, (name, each) in zip(panels, schemes.items(), strict=True):
            seen = int(np.count_nonzero(ends[name] <= clock * (1 + 1e-9)))
            total = _draw_rounds(axes, V[:seen], each, talk[name], clock)
            axes.set_title(f"{name + ': ' if name else ''}{seen} round{'s' * (seen > 1)}, {total:,} gradients")
        panels[-1].set_xlabel("simulated seconds")
        if title:
            figure.suptitle(title, x=0.01, ha="left", fontsize=13)
        _name_bars(figure)
    return figure


def _one_a_node(given: Any, nodes: int, name: str, columns: int = 0) -> np.ndarray:
    array, shape = np.asarray(given, dtype=float), (nodes, columns) if columns else (nodes,)
    if array.shape != shape or not np.isfinite(array).all():
        raise ValueError(f"{name}: expected finite numbers of shape {shape}, one row a node, got shape {array.shape}")
    return array


def _draw_links(axes: Axes, places: np.ndarray, edges: np.ndarray, weights: np.ndarray, around: np.ndarray) -> None:
    """Links of one class of weights are one path: a picture with a thousand links stays small."""
    if not len(edges):
        return
    share = np.abs(weights) / np.abs(weights).max()
    classes = np.ceil(share * _CLASSES * (1 - 1e-9)).clip(1, _CLASSES).astype(int)
    crowd = np.clip(60 / len(edges), 0.25, 1)
    for number in np.unique(classes):
        lines = []
        for (i, j), leaves in zip(edges[classes == number], around[classes == number], strict=True):
            if leaves:  # a stub on either side
                step = 0.45 * np.sign(places[i] - places[j])
                lines += [[places[i], places[i] + step], [places[j], places[j] - step]]
            else:
                lines.append([places[i], places[j]])
        path = np.concatenate([np.array([*line, [np.nan, np.nan]]) for line in lines])
        width = (0.5 + 2.1 * number / _CLASSES) * max(crowd, 0.4)
        axes.plot(*path.T, color=FOREGROUND, alpha=0.3 + 0.4 * crowd, linewidth=width, solid_capstyle="butt", zorder=2)


def _draw_nodes(figure: Figure, axes: Axes, places: np.ndarray, values: np.ndarray | None, scale: float | None) -> None:
    from matplotlib.colors import to_rgba
    from matplotlib.lines import Line2D

    area = float(np.clip(7000 / len(places), 30, 420))
    if values is None:
        axes.scatter(*places.T, s=area, c=_GROUND, edgecolors=_ABOVE, linewidths=1.8, zorder=4)
        return
    top = float(np.abs(values).max() if scale is None else scale) or 1.0
    drawn = []
    for marker, color, sign, chosen in (("o", _ABOVE, 1, values >= 0), ("s", _BELOW, -1, values < 0)):
        if chosen.any():
            full = np.clip(np.abs(values[chosen]) / top, 0, 1)
            look = {"s": area * (1 if sign > 0 else 0.8), "marker": marker}
            axes.scatter(*places[chosen].T, c=_GROUND, linewidths=0, zorder=3, **look)
            axes.scatter(
                *places[chosen].T,
                c=[to_rgba(color, 0.06 + 0.94 * share) for share in full],
                linewidths=0,
                zorder=4,
                **look,
            )
            axes.scatter(*places[chosen].T, facecolors="none", edgecolors=color, linewidths=1.4, zorder=5, **look)
        handle = Line2D([], [], linestyle="none", marker=marker, color=color, markersize=9)
        if sign > 0 or chosen.any() or scale is not None:
            drawn.append((f"{'+' if sign > 0 else '−'}{top:.2g}", handle))
    legend(figure, drawn)


def _draw_rounds(axes: Axes, V: np.ndarray, work: Any, talking: float, clock: float) -> int:
    """The bars of one scheme; how many gradients there were."""
    rounds, nodes = V.shape
    batches = np.asarray(work.batches(V))
    lengths = np.asarray(work.compute(V), dtype=float)
    begins = np.concatenate([[0], np.cumsum(lengths + talking)])[:-1]
    node = np.arange(nodes)
    digit = 0.0175 * clock  # its width
    for begin, length, speeds, sizes in zip(begins, lengths, V, batches, strict=True):
        busy = np.minimum(sizes / speeds, length)
        bar = {"height": _BAR, "zorder": 3}
        axes.barh(node, busy, left=begin, facecolor=_COMPUTING, alpha=0.3, **bar)
        axes.barh(node, busy, left=begin, facecolor="none", edgecolor=_COMPUTING, linewidth=1.2, **bar)
        axes.barh(node, np.full(nodes, talking), left=begin + length, facecolor=_TALKING, alpha=0.75, **bar)
        for at, size in enumerate(sizes):
            wide, wait = digit * (len(str(size)) + 0.4), begin + busy[at]
            beside = busy[at] < wide < length - busy[at]  # the number stands where the node waits
            middle = wait + wide / 2 if beside else begin + busy[at] / 2
            axes.text(middle, at, str(size), ha="center", va="center", fontsize=10.5, zorder=5)
            wait += wide if beside else 0
            axes.plot(
                [wait, begin + length],
                [at, at],
                color=FOREGROUND,
                alpha=0.45,
                linewidth=1.6,
                solid_capstyle="butt",
                zorder=2,
            )
    for end in begins + lengths + talking:
        axes.axvline(end, color=FOREGROUND, linewidth=0.8, alpha=0.5, zorder=1)
    axes.grid(False)
    axes.set_xlim(0, clock * 1.005)
    axes.set_ylim(nodes - 0.5, -0.5)
    axes.set_yticks(node, [f"node {number + 1}" for number in node])
    axes.tick_params(axis="y", length=0)
    return int(batches.sum())


def _name_bars(figure: Figure) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    drawn = [
        ("computing", Patch(facecolor=(*_rgb(_COMPUTING), 0.3), edgecolor=_COMPUTING, linewidth=1.2)),
        ("waiting", Line2D([], [], color=FOREGROUND, alpha=0.45, linewidth=1.6)),
        ("talking", Patch(facecolor=(*_rgb(_TALKING), 0.75))),
    ]
    legend(figure, drawn)


def _rgb(color: str) -> tuple[float, float, float]:
    from matplotlib.colors import to_rgb

    return to_rgb(color)
