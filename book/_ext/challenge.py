"""The directive ``challenge-baselines``: what the challenge's baselines reach, drawn and in a table, from the scores kept with the library."""

from docutils import nodes
from sphinx.util.docutils import SphinxDirective


class Baselines(SphinxDirective):
    """A picture of the gap against the bits, and the scores behind it."""

    def run(self):
        import pandas as pd

        from dqlab import figures
        from dqlab.coursework import challenge
        from dqlab.coursework.challenge import keep

        self.env.note_dependency(str(keep.KEPT))
        scores = sorted(challenge.baseline_scores(), key=lambda score: -score.points)
        floats = [score for score in scores if score.name == "float32"]
        others = [score for score in scores if score.name != "float32"]
        figure = challenge.pictures.curves(others, floats, called="32-bit floats", columns=2)
        best = ", ".join(
            f"on {problems[0].name} {min(zip((p.curve[-1] for p in problems), others))[1].name}"
            for problems in zip(*(score.problems for score in others))
        )
        words = f"The gap to the minimum against the bits spent, a panel for each problem. With the largest budget the closest are: {best}."
        rows = {
            score.name: {problem.name: f"{round(problem.score, 2) + 0.0:.2f}" for problem in score.problems}
            | {"all": f"{round(score.points, 3) + 0.0:.3f}"}
            for score in scores
        }
        table = figures.table(pd.DataFrame(rows).T.rename_axis("baseline"), "Scores of the baselines, in digits")
        return [nodes.raw("", figures.show(figure, words).html + table.html, format="html")]


def setup(app):
    app.add_directive("challenge-baselines", Baselines)
