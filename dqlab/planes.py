"""Drawings in the plane: paths over the contours of a quadratic, and the cells of a quantizer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from dqlab._style import FOREGROUND, PALETTE, Line, line, style
from dqlab.plots import canvas, legend

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SQUARE = np.array([[-1.0, -1], [1, -1], [1, 1], [-1, 1]])


def trajectory2d(
    hessian: Any,
    paths: Mapping[str, Any] | Iterable[Any],
    minimiser: Sequence[float] = (0.0, 0.0),
    levels: int = 7,
) -> Figure:
    """Paths of several runs over the contours of a quadratic in two variables.

    Parameters
    ----------
    hessian : array (2, 2)
        Symmetric and positive definite; the function is ``(x - minimiser)' hessian (x - minimiser) / 2``.
    paths : mapping or iterable of Run
        Names and arrays (steps + 1, 2), or runs recorded with their iterates.
    minimiser : pair of float
    levels : int
        Number of contours.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If the Hessian is not 2 x 2, symmetric and positive definite, or a path is not in the plane.

    Examples
    --------
    >>> figure = trajectory2d([[4, 0], [0, 1]], {"GD": [[1, 1], [0.2, 0.8], [0.04, 0.64]]})
    >>> figure.axes[0].get_xlabel()
    'first coordinate'
    """
    hessian = np.asarray(hessian, dtype=float)
    if hessian.shape != (2, 2) or not np.allclose(hessian, hessian.T) or np.linalg.eigvalsh(hessian)[0] <= 0:
        raise ValueError(f"hessian must be a symmetric positive definite 2 x 2 array, not {hessian.tolist()}")
    center = np.asarray(minimiser, dtype=float)
    if not isinstance(paths, Mapping):
        paths = {run.name: run.iterates for run in paths}
    arrays = {}
    for name, path in paths.items():
        if path is None:
            raise ValueError(f"the run {name!r} kept no iterates; record them with record='iterates'")
        arrays[name] = np.asarray(path, dtype=float)
        if arrays[name].ndim != 2 or arrays[name].shape[1] != 2:
            raise ValueError(f"the path {name!r} must have shape (steps + 1, 2), not {arrays[name].shape}")
    corners = np.concatenate([*arrays.values(), center[None]])
    low, high = corners.min(axis=0), corners.max(axis=0)
    border = 0.12 * max((high - low).max(), 1e-12)
    low, high = low - border, high + border
    size, shape = high - low, np.array([1.3, 1.0])
    size = np.max(size / shape) * shape
    low, high = (low + high - size) / 2, (low + high + size) / 2
    figure, axes = canvas(5.8, 4.6)
    with style():
        axes.grid(False)
        grid = [np.linspace(low[axis], high[axis], 90) for axis in (0, 1)]
        offset = np.stack(np.meshgrid(*grid), axis=-1) - center
        height = np.einsum("...i,ij,...j->...", offset, hessian, offset) / 2
        steps = height.max() * (np.arange(1, levels + 1) / (levels + 0.5)) ** 2
        axes.contour(*grid, height, levels=steps, colors=FOREGROUND, alpha=0.25, linewidths=0.9)
        taken: set[Line] = set()
        drawn = []
        for name, path in arrays.items():
            keywords = {**line(name, taken).keywords(), "linewidth": 1.8, "markersize": 4.5}
            drawn.append((name, axes.plot(*path.T, zorder=3, **keywords)[0]))
        axes.plot(*center, marker="+", color=FOREGROUND, markersize=13, markeredgewidth=1.8, zorder=4)
        axes.set_xlim(low[0], high[0])
        axes.set_ylim(low[1], high[1])
        axes.set_aspect("equal")
        axes.set_xlabel("first coordinate")
        axes.set_title("second coordinate")
        legend(figure, drawn)
    return figure


def cells2d(
    points: Any,
    domain: str = "ball",
    inputs: Any = None,
    radius: bool = True,
) -> Figure:
    """The cells of a quantizer in the plane: its points and the region that each one stands for.

    Parameters
    ----------
    points : array (M, 2)
        Reproduction points.
    domain : {"ball", "square"}
        The unit disc, or the square from -1 to 1.
    inputs : array (k, 2), optional
        Inputs; an arrow goes from each to the point that stands for it.
    radius : bool
        Mark the covering radius: the input that is farthest from its point.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If the points are not in the plane, repeat, or the domain is unknown.

    Examples
    --------
    >>> figure = cells2d([[-0.5, 0], [0.5, 0]])
    >>> len(figure.axes[0].patches)
    2
    """
    from matplotlib.patches import Polygon

    points = np.asarray(points, dtype=float)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) == 0:
        raise ValueError(f"points must have shape (M, 2), not {points.shape}")
    if len(np.unique(points, axis=0)) < len(points):
        raise ValueError("points must differ from one another: a repeated point has no cell")
    if domain not in {"ball", "square"}:
        raise ValueError(f"domain must be 'ball' or 'square', not {domain!r}")
    angle = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    border = np.stack([np.cos(angle), np.sin(angle)], axis=1) if domain == "ball" else _SQUARE
    cells = [_cell(points, number, border) for number in range(len(points))]
    figure, axes = canvas(4.6, 4.6)
    with style():
        axes.set_axis_off()
        axes.set_aspect("equal")
        farthest, distance = None, -1.0
        for number, cell in enumerate(cells):
            if len(cell) == 0:
                continue
            axes.add_patch(Polygon(cell, facecolor=PALETTE["blue"], alpha=(0.10, 0.22)[number % 2], edgecolor="none"))
            axes.plot(*np.append(cell, cell[:1], axis=0).T, color=FOREGROUND, linewidth=1, alpha=0.55)
            reach = np.linalg.norm(cell - points[number], axis=1)
            if reach.max() > distance + 1e-12:
                distance, farthest = reach.max(), (points[number], cell[reach.argmax()])
        axes.plot(*points.T, "o", color=PALETTE["blue"], markersize=max(3.5, 8 - len(points) / 20), zorder=4)
        if radius and farthest is not None:
            axes.plot(*np.array(farthest).T, color=PALETTE["red"], linewidth=2.2, zorder=5)
            axes.plot(*farthest[1], "s", color=PALETTE["red"], markersize=6, zorder=5)
            axes.set_title(f"covering radius {distance:.3f}", loc="center")
        if inputs is not None:
            for u in np.asarray(inputs, dtype=float).reshape(-1, 2):
                q = points[np.argmin(((points - u) ** 2).sum(axis=1))]
                axes.plot(*u, "x", color=FOREGROUND, markersize=7, zorder=6)
                axes.annotate("", q, u, arrowprops={"arrowstyle": "->", "color": FOREGROUND, "linewidth": 1.4})
        reach = 1.03 * max(1.0, np.abs(points).max())
        axes.set_xlim(-reach, reach)
        axes.set_ylim(-reach, reach)
    return figure


def _cell(points: np.ndarray, number: int, border: np.ndarray) -> np.ndarray:
    """Cut the domain with the bisector between one point and every other: the point's Voronoi cell."""
    cell, here = border, points[number]
    for there in np.delete(points, number, axis=0):
        if len(cell) == 0:
            break
        excess = (cell - (here + there) / 2) @ (there - here)
        corners = []
        for place in range(len(cell)):
            a, b = excess[place - 1], excess[place]
            if (a > 0) != (b > 0):
                corners.append(cell[place - 1] + (cell[place] - cell[place - 1]) * (a / (a - b)))
            if b <= 0:
                corners.append(cell[place])
        cell = np.array(corners).reshape(-1, 2)
    return cell
