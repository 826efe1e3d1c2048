"""Draw the README's picture: ``python book/readme_picture.py``."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np

import dqlab as dq

TARGET = Path(__file__).parent / "_static" / "readme.svg"

# A picture on its own has no page whose text colour it could take.
STYLE = "<style>svg{color:#1f2328}@media(prefers-color-scheme:dark){svg{color:#e6edf3}}</style>"


def curve(name, run):
    """A run until six digits are gained."""
    end = np.flatnonzero(run.distance <= 1e-6 * run.distance[0])[0] + 1
    return SimpleNamespace(name=name, distance=run.distance[:end] / run.distance[0], bits=run.bits[:end])


def draw():
    """The picture as SVG, readable on a light and on a dark page."""
    data = dq.data.load("diabetes")
    problem = dq.problems.LeastSquares.from_data(data.X, data.y)
    two, fourteen = (dq.quantizers.UniformScalar(levels=2**rate, dim=problem.dim) for rate in (2, 14))
    runs = [
        curve("DQ-GD, 2 bits", dq.algorithms.dq_gd(problem, two, steps=5000)),
        curve("NQ-GD, 14 bits", dq.algorithms.nq_gd(problem, fourteen, steps=5000)),
        curve("GD, 64 bits", dq.algorithms.gd(problem, steps=5000)),
    ]
    figure = dq.figures.convergence(runs, against="bits", title="relative distance to the minimiser")
    alt = "Relative distance to the minimiser against bits sent, for three ways to send a gradient."
    opening, rest = dq.figures.show(figure, alt=alt).svg.split(">", 1)
    return f"{opening}>{STYLE}{rest}\n"


if __name__ == "__main__":
    TARGET.write_text(draw(), encoding="utf8")
    print(f"wrote {TARGET.name}")
