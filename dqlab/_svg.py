"""Matplotlib's SVG made fit for a page: small, coloured by the page, and alone in its identifiers."""

from __future__ import annotations

import hashlib
import re
from xml.etree import ElementTree

KEY = "dq00000000"
"""Stands for the prefix of identifiers until the content, and so its hash, is known."""

FONTS = "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"

GROUND = "var(--pst-color-background,var(--jp-layout-color0,var(--vscode-editor-background,transparent)))"
"""White: the ground of a book page, of JupyterLab or of VS Code, and nothing elsewhere."""

_NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
_TOKEN = re.compile(r"[MLQCZz]|-?(?:\d+\.?\d*|\.\d+)(?:e-?\d+)?")
_POINTS = {"M": 1, "L": 1, "Q": 2, "C": 3}
_REFERENCE = re.compile(r"#([\w.-]+)")


def tidy(text: str, alt: str, places: int = 1) -> tuple[str, str]:
    """Rewrite one SVG file as an inline picture.

    Black and dark grey become `currentColor`, light greys become `currentColor` with an opacity, white
    becomes the page's ground; coordinates are rounded to `places` decimals of a point, and identifiers start with a hash of the content.

    Parameters
    ----------
    text : str
        An SVG file as matplotlib writes it with ``svg.fonttype = "none"``.
    alt : str
        The text alternative.
    places : int
        Decimals kept in coordinates (a point is 1/72 inch).

    Returns
    -------
    svg : str
        The picture, valid as XML and inside HTML.
    key : str
        The prefix of its identifiers.
    """
    root = ElementTree.fromstring(text)
    for element in root.iter():
        element.tag = element.tag.split("}")[-1]
        element.attrib = {name.split("}")[-1]: value for name, value in element.attrib.items()}
        element.tail = None
        if element.tag not in {"text", "tspan"}:
            element.text = None
    for element in list(root):
        if element.tag == "metadata" or (element.tag == "defs" and element.find("style") is not None):
            root.remove(element)
    for element in root.iter():
        _restyle(element)
    _rename(root)
    _shrink(root, places)
    width, height = (float(number) for number in root.attrib["viewBox"].split()[2:])
    natural = round(width * 4 / 3)
    root.attrib = {
        "xmlns": "http://www.w3.org/2000/svg",
        "viewBox": f"0 0 {_short(width, 2)} {_short(height, 2)}",
        "role": "img",
        "aria-label": alt,
        "fill": "currentColor",
        "font-family": FONTS,
        "stroke-linejoin": "round",
        "style": f"display:block;width:100%;max-width:{natural}px;height:auto;margin:0 auto;overflow:visible",
    }
    svg = ElementTree.tostring(root, encoding="unicode").replace(" />", "/>")
    key = "dq" + hashlib.sha256(svg.encode()).hexdigest()[:8]
    return svg.replace(KEY, key), key


def _restyle(element: ElementTree.Element) -> None:
    text = element.attrib.pop("style", "")
    rules = dict(re.split(r"\s*:\s*", rule.strip(), maxsplit=1) for rule in text.split(";") if ":" in rule)
    if "DejaVu Sans" in rules.get("font-family", "") or rules.get("font-family", "").startswith("sans-serif"):
        del rules["font-family"]
    for paint in ("fill", "stroke"):
        shade = rules.get(paint, "")
        if re.fullmatch(r"#([0-9a-f]{2})\1\1", shade):
            level = int(shade[1:3], 16)
            if level <= 0x66:
                rules[paint] = "currentColor"
            elif level == 0xFF:
                rules[paint] = GROUND
            elif level >= 0x99:
                rules[paint] = "currentColor"
                opacity = float(rules.get(f"{paint}-opacity", 1)) * (255 - level) / 255
                rules[f"{paint}-opacity"] = _short(opacity, 3)
    if rules.get("fill") == "currentColor":
        del rules["fill"]  # the root's
    if rules.get("stroke-linejoin") == "round":
        del rules["stroke-linejoin"]
    if rules:
        element.set("style", ";".join(f"{name}:{value}" for name, value in rules.items()))


def _rename(root: ElementTree.Element) -> None:
    used = {
        reference
        for element in root.iter()
        for name, value in element.attrib.items()
        if name == "href" or "url(" in value
        for reference in _REFERENCE.findall(value)
    }
    names: dict[str, str] = {}
    for element in root.iter():
        identifier = element.attrib.pop("id", None)
        if identifier in used:
            names.setdefault(identifier, f"{KEY}-{len(names)}")
            element.set("id", names[identifier])
    for element in root.iter():
        for name, value in element.attrib.items():
            if name == "href" or "url(" in value:
                element.set(name, _REFERENCE.sub(lambda match: "#" + names.get(match[1], match[1]), value))


def _shrink(element: ElementTree.Element, places: int, inside: bool = False) -> None:
    inside = inside or element.tag == "defs"
    for name, value in element.attrib.items():
        if name == "d":
            element.set(name, _path(value, max(places, 2) if inside else places))
        elif name == "transform":
            value = re.sub(r"\s*rotate\(-?0(?:\.0*)?(?: [^)]*)?\)", "", value)
            element.set(name, _NUMBER.sub(lambda match: _short(float(match[0]), 2), value).strip())
        elif name in {"x", "y", "width", "height", "points"}:
            element.set(name, _NUMBER.sub(lambda match: _short(float(match[0]), 2), value))
        elif name == "style":
            element.set(name, re.sub(r"\d+\.\d{4,}", lambda match: _short(float(match[0]), 3), value))
    if element.attrib.get("transform") == "":
        del element.attrib["transform"]
    if element.tag == "text" and len(element):
        _join_letters(element)
    kept = []
    for child in element:
        _shrink(child, places, inside)
        if child.tag == "g" and not child.attrib:
            kept.extend(child)
        elif not _invisible(child):
            kept.append(child)
    element[:] = kept


def _invisible(element: ElementTree.Element) -> bool:
    if element.tag == "path" and element.get("style") == "fill:none":
        return "id" not in element.attrib
    return element.tag in {"g", "defs"} and not len(element)


def _join_letters(text: ElementTree.Element) -> None:
    """Let letters that mathtext placed one by one follow each other as the page's font wants."""
    last = None
    for span in sorted(text, key=lambda span: float(span.get("x", 0))):
        same = last is not None and all(span.get(name) == last.get(name) for name in ("y", "style"))
        if same and f"{last.text}{span.text}".isalnum():
            last.text = f"{last.text}{span.text}"
            text.remove(span)
        else:
            last = span


def _short(number: float, places: int) -> str:
    text = f"{number:.{places}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    text = re.sub(r"^(-?)0\.", r"\1.", text)
    return "0" if text in {"-0", ""} else text


def _path(data: str, places: int) -> str:
    """Relative, rounded path data; rounding errors do not add up, since every step starts from the rounded point."""
    unit = 10**places
    tokens = _TOKEN.findall(data)
    out, index, command, x, y = [], 0, "", 0, 0
    while index < len(tokens):
        if tokens[index] in {"Z", "z"}:
            out.append("z")
            index += 1
            command = ""
            continue
        if tokens[index] in _POINTS:
            letter = tokens[index]
            index += 1
        else:
            letter = command
        count = 2 * _POINTS[letter]
        numbers = [round(float(token) * unit) for token in tokens[index : index + count]]
        index += count
        if letter == "M":
            piece, mark = numbers, "M"
        else:
            piece, mark = [number - (x, y)[place % 2] for place, number in enumerate(numbers)], letter.lower()
        repeated = command == letter and letter != "M"
        command = letter
        x, y = numbers[-2:]
        out.append(("" if repeated else mark) + _numbers(piece, unit, places, repeated))
    return "".join(out)


def _numbers(values: list[int], unit: int, places: int, follows: bool) -> str:
    text = ""
    for place, value in enumerate(values):
        number = _short(value / unit, places)
        text += (" " if (place or follows) and not number.startswith("-") else "") + number
    return text
