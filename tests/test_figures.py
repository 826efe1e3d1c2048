"""Pictures, tables and the shared figure types."""

import itertools
import re
import subprocess
import sys
from html.parser import HTMLParser
from types import SimpleNamespace
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from dqlab import figures

ALT = "Two curves fall; the lower one, 'DQ-GD', is as steep as GD & ends at 1e-6."


def runs(*names, steps=40):
    t = np.arange(steps + 1)
    return [
        SimpleNamespace(
            name=name,
            distance=(0.7 + 0.05 * at) ** t,
            loss=np.zeros(0),
            bits_up=(at + 1) * 100 * t,
            bits_down=0 * t,
            seconds=0.1 * t,
        )
        for at, name in enumerate(names)
    ]


def curves():
    return figures.convergence(runs("GD", "DQ-GD"), bounds={"Theorem III.1": 0.8 ** np.arange(41)})


# --- palette -----------------------------------------------------------------------------------------------------


def linear(color):
    part = np.array([int(color[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    low, high = sorted(linear(color) @ [0.2126, 0.7152, 0.0722] for color in (one, other))
    return (high + 0.05) / (low + 0.05)


def oklab(light):
    first = np.array([[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.6300]])
    second = np.array([[0.2105, 0.7936, -0.0041], [1.9780, -2.4286, 0.4506], [0.0259, 0.7828, -0.8087]])
    return second @ np.cbrt(first @ np.clip(light, 0, 1))


# Machado, Oliveira, Fernandes (2009), full severity
SIGHT = {
    "usual": np.eye(3),
    "protanopia": [[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.0520]],
    "deuteranopia": [[0.3673, 0.8606, -0.2280], [0.2801, 0.6725, 0.0474], [-0.0118, 0.0429, 0.9689]],
}


@pytest.mark.parametrize("ground", ["#ffffff", "#121212", "#14181e"])
def test_every_colour_stands_out_on_light_and_dark(ground):
    for color in [*figures.PALETTE.values(), figures.THEORY_LINE.color]:
        assert contrast(color, ground) >= 3, (color, ground)


@pytest.mark.parametrize("sight", SIGHT)
def test_any_two_colours_stay_apart(sight):
    seen = [oklab(np.asarray(SIGHT[sight]) @ linear(color)) for color in figures.PALETTE.values()]
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)) > 0.06


def test_every_algorithm_has_its_own_look_beyond_colour():
    looks = figures.LINES
    assert set(looks) == {"GD", "NQ-GD", "DQ-GD", "EF-GD", "AGD", "HB", "DQ-AGD", "DQ-HB"}
    assert len({(look.marker, look.dash) for look in looks.values()}) == len(looks)


def test_one_figure_never_repeats_a_look():
    taken = set()
    names = ["DQ-GD, 2 bits", "DQ-GD, 4 bits", "DQ-GD", "RATQ", "NQ-GD", "", "something else"]
    assert len({figures.line(name, taken) for name in names}) == len(names)


# --- style and import ----------------------------------------------------------------------------------------------


def test_style_and_drawing_leave_matplotlib_as_it_was():
    before = dict(matplotlib.rcParams)
    with figures.style():
        assert not matplotlib.rcParams["axes.spines.top"]
    figures.show(curves(), ALT)
    assert dict(matplotlib.rcParams) == before


def test_import_is_light():
    code = (
        "import sys, dqlab.figures, dqlab.explore\n"
        "heavy = {'matplotlib', 'pandas', 'ipywidgets', 'IPython'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_no_pyplot_state():
    code = (
        "import sys, numpy as np\n"
        "from dqlab import figures\n"
        "figures.show(figures.cells2d(np.eye(2)), 'Two points and the line between their cells.')\n"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# --- show ------------------------------------------------------------------------------------------------------------


def test_show_is_an_accessible_inline_svg():
    picture = figures.show(curves(), ALT, "Figure <1>")
    root = ElementTree.fromstring(picture.svg)
    assert root.tag.endswith("svg") and root.get("role") == "img" and root.get("aria-label") == ALT
    assert root.get("viewBox").startswith("0 0 ") and "width:100%" in root.get("style")
    assert ">Figure &lt;1&gt;</figcaption>" in picture.html
    bundle = picture._repr_mimebundle_()
    assert bundle == {"text/html": picture.html, "text/plain": ALT}
    for unwanted in ("<style>", "<metadata", "<?xml", "<!--", "xlink", "http://purl", "DejaVu"):
        assert unwanted not in picture.html
    assert len(picture.svg) < 25_000


def test_text_and_axes_take_the_colour_of_the_page():
    picture = figures.show(curves(), ALT)
    colors = set(re.findall(r"#[0-9a-f]{6}\b", picture.svg))
    assert colors <= {*figures.PALETTE.values(), figures.THEORY_LINE.color}
    root = ElementTree.fromstring(picture.svg)
    assert root.get("fill") == "currentColor"
    texts = [element for element in root.iter() if element.tag.endswith("text")]
    assert {"iterations", "DQ-GD", "10⁻²"} <= {text.text for text in texts}
    assert not any("fill:" in text.get("style") for text in texts)


def test_greys_and_white_of_any_figure_follow_the_page():
    figure = Figure()
    axes = figure.subplots()
    axes.plot([0, 1], color="0.2")
    axes.plot([1, 0], color="#cccccc")
    axes.plot([1, 1], color="white")
    axes.plot([0, 0], color="#808080")
    svg = figures.show(figure, ALT).svg
    assert "#333333" not in svg and "#cccccc" not in svg and "#ffffff" not in svg and "#808080" in svg
    assert "stroke-opacity:.2" in svg and "--pst-color-background" in svg


def test_equal_figures_give_equal_bytes_and_different_ones_different_identifiers():
    first, again = (figures.show(curves(), ALT) for _ in range(2))
    other = figures.show(figures.convergence(runs("HB", "AGD")), ALT)
    assert first.svg == again.svg
    identifiers = [set(re.findall(r' id="([^"]+)"', picture.svg)) for picture in (first, other)]
    assert identifiers[0] and not identifiers[0] & identifiers[1]
    for picture, known in zip((first, other), identifiers, strict=True):
        used = set(re.findall(r'href="#([^"]+)"', picture.svg)) | set(re.findall(r"url\(#([^)]+)\)", picture.svg))
        assert used == known
        assert len(re.findall(r' id="', picture.svg)) == len(known)


def test_rounding_moves_no_point_by_more_than_a_pixel():
    figure, axes = figures.canvas()
    figure.set_layout_engine("none")
    y = np.cumsum(np.random.default_rng(0).normal(size=2000))
    axes.set_axis_off()
    with matplotlib.rc_context({"path.simplify": False}):
        axes.plot(y, clip_on=False)
        axes.set(xlim=(0, 1999), ylim=(y.min(), y.max()))
        ends = axes.transData.transform([(0, y[0]), (1999, y[-1])]) * 72 / figure.dpi
        svg = figures.show(figure, ALT).svg
    path = max(re.findall(r' d="([^"]+)"', svg), key=len)
    numbers = [float(number) for number in re.findall(r"-?(?:\d+\.?\d*|\.\d+)", path)]
    points = np.cumsum(np.reshape(numbers, (-1, 2)), axis=0)
    assert np.abs(points[-1] - points[0] - (ends[1] - ends[0]) * [1, -1]).max() < 0.1
    assert len(points) == 2000


def test_nothing_is_cut_off():
    figure = Figure(figsize=(2, 2))
    figure.text(0.9, 0.5, "a very long text far beyond the right border")
    width = float(ElementTree.fromstring(figures.show(figure, ALT).svg).get("viewBox").split()[2])
    assert width > 2 * 72 + 100


def test_pyplot_figures_are_closed():
    import matplotlib.pyplot as plt

    figure = plt.figure()
    figures.show(figure, ALT)
    assert figure.number not in plt.get_fignums()


@pytest.mark.parametrize("alt", ["", "   ", "a plot", "figure", "loss.png"])
def test_alt_must_be_a_sentence(alt):
    with pytest.raises(ValueError, match="what the picture shows"):
        figures.show(curves(), alt)


def test_show_refuses_what_is_no_figure_and_alt_that_is_no_text():
    with pytest.raises(TypeError, match="alt"):
        figures.show(curves(), None)
    with pytest.raises(TypeError, match="matplotlib Figure"):
        figures.show([1, 2], ALT)


def test_other_words_for_the_same_drawing():
    picture = figures.show(curves(), ALT)
    other = picture.relabelled('It\'s a "quoted" sentence & nothing <else> at all.')
    assert ElementTree.fromstring(other.svg).get("aria-label") == other.alt
    assert picture.alt == ALT


def test_save(tmp_path):
    figures.show(curves(), ALT).save(tmp_path / "one.svg")
    assert ElementTree.parse(tmp_path / "one.svg").getroot().get("role") == "img"


# --- figure types ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("against", ["iterations", "bits", "seconds"])
def test_convergence_draws_each_run_against(against):
    given = runs("GD", "DQ-GD")
    figure = figures.convergence(given, against)
    x = {"iterations": np.arange(41), "bits": given[1].bits_up, "seconds": given[1].seconds}[against]
    drawn = {artist.get_label(): artist for artist in figure.axes[0].get_lines()}
    assert np.array_equal(drawn["DQ-GD"].get_xdata(), x)
    assert np.allclose(drawn["DQ-GD"].get_ydata(), given[1].distance)


def test_convergence_refuses():
    with pytest.raises(ValueError, match="at least one"):
        figures.convergence([])
    with pytest.raises(ValueError, match="against"):
        figures.convergence(runs("GD"), "hours")
    with pytest.raises(ValueError, match="pair"):
        figures.convergence(runs("GD"), "bits", bounds={"bound": [1, 2]})
    with pytest.raises(ValueError, match="no loss"):
        figures.convergence(runs("GD"), quantity="loss")


def test_labels_at_the_ends_do_not_overlap():
    figure = figures.convergence(runs(*["GD"] * 1), bounds={f"bound {n}": 0.7 ** np.arange(41) for n in range(4)})
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in figure.axes[0].texts]
    assert len(boxes) == 5
    assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))


def test_rate_curve_clips_at_one_and_follows_theory():
    rate = [1.0, 2, 3]
    figure = figures.rate_curve(
        rate, {"DQ-GD": ([1.4, 0.9, 0.8], [1.2, 0.8, 0.7], [1.5, 1.1, 0.9])}, {"DQ-GD": lambda r: 2 / r}
    )
    lines = figure.axes[0].get_lines()
    assert max(np.nanmax(artist.get_ydata()) for artist in lines if len(artist.get_ydata())) == 1
    assert lines[0].get_color() == lines[1].get_color() == figures.LINES["DQ-GD"].color
    with pytest.raises(ValueError, match="three rows"):
        figures.rate_curve(rate, {"DQ-GD": [1, 2]})


def test_trajectory_refuses():
    with pytest.raises(ValueError, match="positive definite"):
        figures.trajectory2d([[1, 0], [0, -1]], {"GD": [[1, 1]]})
    with pytest.raises(ValueError, match="iterates"):
        figures.trajectory2d(np.eye(2), [SimpleNamespace(name="GD", iterates=None)])
    with pytest.raises(ValueError, match="shape"):
        figures.trajectory2d(np.eye(2), {"GD": [[1, 2, 3]]})


@pytest.mark.parametrize(("domain", "area"), [("ball", np.pi), ("square", 4.0)])
def test_cells_partition_the_domain_and_belong_to_the_nearest_point(domain, area):
    points = np.random.default_rng(3).uniform(-0.9, 0.9, size=(12, 2))
    patches = figures.cells2d(points, domain).axes[0].patches
    cells = [patch.get_xy()[:-1] for patch in patches]
    areas = [abs(np.sum(c[:, 0] * np.roll(c[:, 1], -1) - c[:, 1] * np.roll(c[:, 0], -1))) / 2 for c in cells]
    assert sum(areas) == pytest.approx(area, rel=1e-3)
    for number, cell in enumerate(cells):
        inside = cell.mean(axis=0)
        assert np.argmin(np.linalg.norm(points - inside, axis=1)) == number


def test_cells_mark_the_covering_radius():
    side = (np.arange(4) + 0.5) / 2 - 1
    figure = figures.cells2d(np.stack(np.meshgrid(side, side), -1).reshape(-1, 2), "square")
    assert figure.axes[0].get_title() == f"covering radius {np.sqrt(2) / 4:.3f}"
    with pytest.raises(ValueError, match="repeated"):
        figures.cells2d([[0, 0], [0, 0]])


# --- table -------------------------------------------------------------------------------------------------------------


class Cells(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.open, self.cells, self.balance = None, [], 0
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.balance += tag != "br"
        if tag in {"th", "td", "caption"}:
            self.cells.append([tag, dict(attrs).get("scope"), ""])

    def handle_endtag(self, tag):
        self.balance -= 1

    def handle_data(self, data):
        if self.cells:
            self.cells[-1][2] += data


def test_table_is_accessible_and_rounded():
    frame = pd.DataFrame(
        {"rate": [1, 2], "factor": [0.123456, np.nan], "tight": [True, False], "note": ["a<b", None]},
        index=pd.Index(["GD", "DQ-GD"], name="algorithm"),
    )
    shown = figures.table(frame, "Measured & claimed", digits=3)
    parsed = Cells(shown.html)
    assert parsed.balance == 0
    assert parsed.cells[0][::2] == ["caption", "Measured & claimed"]
    heads = [cell for cell in parsed.cells if cell[1] == "col"]
    assert [cell[2] for cell in heads] == ["algorithm", "rate", "factor", "tight", "note"]
    assert [cell[2] for cell in parsed.cells if cell[1] == "row"] == ["GD", "DQ-GD"]
    assert [cell[2] for cell in parsed.cells if cell[0] == "td"] == ["1", "0.123", "yes", "a<b", "2", "–", "no", "–"]
    assert "Measured & claimed" in shown._repr_mimebundle_()["text/plain"]


def test_table_takes_any_index():
    pairs = pd.MultiIndex.from_tuples([("GD", 1), ("GD", 2)], names=["algorithm", "rate"])
    frame = pd.DataFrame({("factor", "mean"): [-0.5, 1e-9]}, index=pairs)
    html = figures.table(frame, "Two heads a row", fold=True).html
    assert "factor / mean" in html and html.startswith("<details") and "−0.5" in html and "1e−9" in html
    assert html.count('scope="row"') == 4
    assert 'scope="row"' not in figures.table(frame.reset_index(drop=True), "No heads").html


def test_table_refuses():
    frame = pd.DataFrame({"a": [1]})
    with pytest.raises(ValueError, match="caption"):
        figures.table(frame, " ")
    with pytest.raises(ValueError, match="digits"):
        figures.table(frame, "Numbers", digits=0)
    with pytest.raises(TypeError, match="DataFrame"):
        figures.table([[1]], "Numbers")
