"""A deck of slides for each part, made of its built chapters: goals, the question, definitions, theorems, algorithms, figures,
controls, questions, the last table and the take-away. A cell tagged ``no-slide`` stays out.

reveal.js comes with the wheel of sphinx-revealjs, and the decks load nothing from elsewhere.
"""

import html
import re
import shutil
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import yaml
from bs4 import BeautifulSoup

FOLDER = "slides"
REVEAL = ["reveal.js", "reveal.css"]
LEFT_OUT = {"Exercises", "References"}
STATEMENTS = {"definition", "theorem", "lemma", "corollary", "proposition", "algorithm"}
SHOWN = ["dq-picture", "dq-explore", "dq-predict", "dq-table"]

DECK = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}: slides</title>
<script>document.documentElement.dataset.theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";</script>
{styles}
<link rel="stylesheet" href="../_static/reveal/reveal.css">
<link rel="stylesheet" href="../_static/slides.css">
{maths}
</head>
<body>
<div class="reveal"><main class="slides bd-article">
<section><h1>{title}</h1><p>{chapters}</p><p class="dq-keys">Space and the arrow keys turn the pages, Esc shows them all, ? lists the keys.
<a href="../{first}">The chapters themselves</a></p></section>
{slides}
</main></div>
<script src="../_static/reveal/reveal.js"></script>
<script src="../_static/slides.js"></script>
</body>
</html>
"""


def write_decks(app, exception):
    """After a build: one deck a part that has chapters."""
    if exception or app.builder.format != "html":
        return
    out = Path(app.outdir)
    copy_reveal(out / "_static" / "reveal")
    (out / FOLDER).mkdir(exist_ok=True)
    toc = yaml.safe_load((Path(app.srcdir) / "_toc.yml").read_text(encoding="utf8"))
    for part in toc["parts"]:
        if part.get("numbered"):
            chapters = [chapter["file"] for chapter in part["chapters"]]
            name = chapters[0].split("/")[-2]
            (out / FOLDER / f"{name}.html").write_text(deck(out, part["caption"], chapters), encoding="utf8")


def copy_reveal(target):
    source = Path(find_spec("sphinx_revealjs").origin).parent / "_static" / "revealjs"
    target.mkdir(parents=True, exist_ok=True)
    for name in REVEAL:
        shutil.copy(source / "dist" / name, target / name)
    shutil.copy(source / "LICENSE", target / "LICENSE")


def deck(out, title, chapters):
    """The HTML of a part's deck."""
    pictures = []
    pages = [parsed((out / f"{chapter}.html").read_text(encoding="utf8"), pictures) for chapter in chapters]
    stacks = [stack(page, f"{chapter}.html") for page, chapter in zip(pages, chapters)]
    styles = pages[0].head.find_all("link", rel="stylesheet")
    maths = [s for s in pages[0].find_all("script") if "MathJax" in s.text or "mathjax" in s.get("src", "")]
    for link in [*styles, *maths]:
        resolve(link, f"{chapters[0]}.html")
    return DECK.format(
        title=html.escape(title),
        chapters=html.escape(" · ".join(heading(page.h1) for page in pages)),
        first=f"{chapters[0]}.html",
        styles="\n".join(map(str, styles)),
        maths="\n".join(map(str, maths)),
        slides=re.sub(r'<i data-picture="(\d+)"></i>', lambda place: pictures[int(place[1])], "\n".join(stacks)),
    )


def parsed(text, pictures):
    """A page without the drawings and scripts of its article, which would take the parser minutes: they wait in `pictures`."""
    head, article = text.split("<article", 1)

    def put_aside(drawing):
        pictures.append(drawing[0])
        return f'<i data-picture="{len(pictures) - 1}"></i>'

    article = re.sub(r"<script\b.*?</script>|<svg\b.*?</svg>", put_aside, article, flags=re.DOTALL)
    return BeautifulSoup(f"{head}<article{article}", "html.parser")


def stack(page, path):
    """A chapter's slides, one below the other."""
    for tag in page.article.find_all(True):
        resolve(tag, path)
        tag.attrs.pop("id", None)  # a deck has many pages
    slides = [slide(heading(page.h1), [goals(page)], level=1)]
    for section in page.article.select("section > section"):
        if section.find_parent("section").find_parent("section") is None:
            slides += slides_of(section)
    return "<section>\n" + "\n".join(slides) + "\n</section>"


def goals(page):
    """What one will be able to do: the first list of *Before you start*."""
    return page.article.select_one(".admonition ul")


def slides_of(section):
    """The slides of one section of a chapter."""
    title = heading(section.find(["h2", "h3"]))
    if title in LEFT_OUT:
        return []
    if title == "Take-away":
        return [slide(title, [child for child in section.children if child.name not in (None, "h2")])]
    slides = [slide(title, opening(section))] if title == "The question" else []
    for block in filter(is_key, section.find_all(class_=["proof", *SHOWN])):
        nearest = block.find_parent("section").find(["h2", "h3", "h4"])
        slides.append(slide(heading(nearest), [block]))
    return slides


def opening(section):
    """The words before the first picture."""
    words = []
    for child in section.children:
        if child.name == "div" and "cell" in child.get("class", []) and words:
            return words
        if child.name in ("p", "ul", "ol", "blockquote") or child.name == "div" and "math" in child.get("class", []):
            words.append(child)
    return words


def is_key(tag):
    """Whether something on a page belongs on a slide."""
    kinds = set(tag.get("class", []))
    if tag.find_parent(class_="tag_no-slide") or tag.find_parent(class_=["dropdown", "solution", "exercise", *SHOWN]):
        return False
    return "proof" in kinds and bool(kinds & STATEMENTS) or bool(kinds.intersection(SHOWN))


def slide(title, blocks, level=2):
    blocks = [block for block in blocks if block is not None]
    for part in (part for block in blocks for part in block.find_all("section")):
        part.name = "div"  # to reveal.js a section is a slide
    body = "\n".join(map(str, blocks))
    name = f"<h{level}>{html.escape(title)}</h{level}>"
    return f'<section><div class="dq-slide tex2jax_ignore mathjax_ignore">{name}\n{body}</div></section>'


def heading(tag):
    """A heading's words, without its number and its link to itself."""
    for extra in tag.select(".headerlink, .section-number"):
        extra.extract()
    return re.sub(r"\s+", " ", tag.get_text()).strip()


def resolve(tag, path):
    """Turn an address that is relative to a page into one relative to the decks' folder."""
    for name in ("href", "src"):
        if name in tag.attrs and not urlsplit(tag[name]).scheme:
            tag[name] = "../" + urljoin(path, tag[name])


def setup(app):
    app.connect("build-finished", write_decks)
