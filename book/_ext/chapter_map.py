"""The directives ``chapter-table`` and ``chapter-map``: what the chapters ask for and how long they take, read from the chapters."""

import json
import re
from pathlib import Path, PurePosixPath

import yaml
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

ROOT = Path(__file__).resolve().parents[2]


def parts():
    """Every numbered part: its caption and its chapters, in order."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf8"))
    number = 0
    for part in toc["parts"]:
        if part.get("numbered"):
            files = [chapter["file"] for chapter in part["chapters"]]
            yield part["caption"], [chapter(file, number + i + 1) for i, file in enumerate(files)]
            number += len(files)


def chapter(file, number):
    """A chapter's number, title, time and the chapters that it builds on, in its own first cell's words."""
    first = "".join(json.loads((ROOT / f"{file}.ipynb").read_text(encoding="utf8"))["cells"][0]["source"])
    needs = re.search(r"\*\*You need\*\*(.*?)\*\*(?:It takes|Time)\*\*", first, flags=re.DOTALL)[1]
    folder = PurePosixPath(file).parent
    return {
        "file": file,
        "number": number,
        "title": re.search(r"^# (.+)$", first, flags=re.MULTILINE)[1].strip(),
        "takes": re.search(r"\*\*(?:It takes|Time)\*\*:?\s*(.+?)\.?\s*$", first, flags=re.MULTILINE)[1],
        "links": [resolved(folder / link) for link in re.findall(r"\]\(([\w./-]+)\.ipynb", needs)],
    }


def resolved(path):
    """A path without its ``..``."""
    kept = []
    for part in path.parts:
        kept = kept[:-1] if part == ".." else [*kept, part]
    return "/".join(kept)


def dependencies():
    """Pairs (chapter, one that it builds on): a link forward says what comes next and is not a need."""
    every = {one["file"]: one for _, chapters in parts() for one in chapters}
    return [
        (one, every[link])
        for one in every.values()
        for link in dict.fromkeys(one["links"])
        if every[link]["number"] < one["number"]
    ]


class ChapterTable(SphinxDirective):
    """A table a part: chapter, what it builds on, how long it takes."""

    def run(self):
        needs = {}
        for one, earlier in dependencies():
            needs.setdefault(one["file"], []).append(str(earlier["number"]))
        lines = []
        for caption, chapters in parts():
            lines += [f"**{caption}**", "", "| | Chapter | builds on | takes |", "|---|---|---|---|"]
            for one in chapters:
                link = f"[{one['title']}](/{one['file']}.ipynb)"
                lines.append(
                    f"| {one['number']} | {link} | {', '.join(needs.get(one['file'], ['–']))} | {one['takes']} |"
                )
            lines.append("")
            self.env.note_dependency("_toc.yml")
        box = nodes.container(classes=["dq-course"])
        self.state.nested_parse(StringList(lines, source="chapter-table"), self.content_offset, box)
        return [box]


class ChapterMap(SphinxDirective):
    """A picture: a part is a row, and an arrow leads to what builds on a chapter; what follows from other arrows is left out."""

    def run(self):
        import networkx
        from matplotlib.figure import Figure
        from matplotlib.patches import FancyArrowPatch

        from dqlab import figures

        with figures.style():
            figure = Figure(figsize=(7, 4.2))
            axes = figure.subplots()
            place, colours = {}, list(figures.PALETTE.values())
            for row, (caption, chapters) in enumerate(parts()):
                axes.text(-0.5, -row, f"Part {caption.split('.')[0]}", ha="right", va="center", fontsize=10)
                for column, one in enumerate(chapters):
                    place[one["file"]] = (column, -row)
                    axes.text(column, -row, str(one["number"]), ha="center", va="center", fontsize=10)
            pairs = dependencies()
            for before, after in networkx.transitive_reduction(
                networkx.DiGraph((earlier["file"], one["file"]) for one, earlier in pairs)
            ).edges:
                start, end = place[before], place[after]
                bend = -0.35 if start[1] == end[1] and end[0] - start[0] > 1 else 0.0
                axes.add_patch(
                    FancyArrowPatch(
                        start,
                        end,
                        arrowstyle="-|>",
                        connectionstyle=f"arc3,rad={bend}",
                        shrinkA=9,
                        shrinkB=9,
                        mutation_scale=8,
                        linewidth=0.9,
                        color=colours[-end[1]],
                    )  # fmt: skip
                )
            axes.set(xlim=(-1.3, 8.6), ylim=(min(y for _, y in place.values()) - 0.5, 0.9))
            axes.axis("off")
        words = "; ".join(
            f"{one['number']} builds on {', '.join(str(b['number']) for a, b in pairs if a is one)}"
            for one in {a["file"]: a for a, _ in pairs}.values()
        )
        picture = figures.show(figure, f"Which chapter builds on which: {words}.")
        return [nodes.raw("", picture.html, format="html")]


def setup(app):
    app.add_directive("chapter-table", ChapterTable)
    app.add_directive("chapter-map", ChapterMap)
