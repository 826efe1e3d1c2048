"""Pictures of scores: accuracy against bits, one line a contestant."""

import numpy as np

from ..._style import FOREGROUND, THEORY, line, style
from ...plots import legend
from .rules import BUDGETS


def curves(scores, others=(), rest=(), called="baselines", columns=5):
    """The gap at each budget, a panel for every problem.

    Parameters
    ----------
    scores : list of Score
        Those in colour; rejected ones are left out.
    others : list of Score
        Those in grey, the baselines.
    rest : list of Score
        Those in thin black, for whom there are no colours left.
    called : str
        What the grey ones are.
    columns : int
        How many panels stand side by side; 2 for a narrow page.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        If there is nothing to draw.

    Examples
    --------
    >>> from dqlab.coursework import challenge
    >>> figure = challenge.pictures.curves([], challenge.baseline_scores())
    >>> len(figure.axes)
    5
    """
    from matplotlib.figure import Figure

    scores, others, rest = ([s for s in some if s.accepted] for some in (scores, others, rest))
    if not scores and not others:
        raise ValueError("scores: nobody to draw; all are rejected")
    names = [problem.name for problem in (scores or others)[0].problems]
    taken, drawn = set(), []
    with style():
        rows = -(-len(names) // columns)
        figure = Figure(figsize=(0.5 + 2.1 * columns, 0.4 + 2.5 * rows), layout="constrained")
        panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
        for name, axes in zip(names, panels):
            axes.set_title(name)
            axes.set_xscale("log", base=2)
            axes.set_yscale("log")
            axes.set_xticks(BUDGETS, [str(budget) for budget in BUDGETS])
            axes.tick_params(labelbottom=True)
        for axes in panels[len(names) :]:
            axes.set_visible(False)
        grey, thin = {"color": THEORY, "linewidth": 1.2, "alpha": 0.75}, {"color": FOREGROUND, "linewidth": 0.6}
        for name, some, look in ((called, others, grey), ("other contestants", rest, thin)):
            artists = [_draw(panels, score, **look) for score in some]
            drawn += [(name, artist) for artist in artists[:1]]
        for score in scores:
            drawn.append((score.name, _draw(panels, score, zorder=4, **line(score.name, taken).keywords())))
        figure.supylabel("gap, 1 at the start", fontsize=12)
        figure.supxlabel("bits spent, per coordinate", fontsize=12)
        legend(figure, drawn)
    return figure


def _draw(panels, score, **look):
    for problem, axes in zip(score.problems, panels):
        artist = axes.plot(BUDGETS, np.array(problem.curve), **look)[0]
    return artist
