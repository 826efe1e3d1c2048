"""The directive ``api``: the library's public names, rendered from their docstrings.

Sphinx's own autodoc takes compiled functions and verbs for constants, so this reads the docstrings (numpydoc) itself.
A module that cannot be imported is left out, never an error.
"""

import importlib
import inspect
import re
from textwrap import dedent

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

UNDERLINE = re.compile(r"^-{3,}\s*$")
INLINE = re.compile(r"``(.+?)``|`([^`]+?)`")


class API(SphinxDirective):
    """``{api}`` with a list of modules in its body."""

    has_content = True

    def run(self):
        sections = []
        for name in (line.strip() for line in self.content):
            if not name:
                continue
            try:
                module = importlib.import_module(name)
            except ImportError:
                continue
            self.note_source(module)
            sections.append(render_module(module, name))
        return sections or [nodes.paragraph(text="Nothing to show yet.")]

    def note_source(self, module):
        try:
            self.env.note_dependency(inspect.getsourcefile(module))
        except TypeError:
            pass


def render_module(module, name):
    """One section a module: what it is for, and its public names in the order in which they are declared."""
    section = nodes.section(ids=[name.replace(".", "-")], names=[name])
    title = nodes.title()
    title += nodes.literal(text=name)
    section += title
    section.extend(render_docstring(module.__doc__))
    for public in public_names(module):
        section += render_object(getattr(module, public), f"{name}.{public}")
    return section


def public_names(module):
    """``__all__``, or every name without an underscore that the package itself defines; never a module."""
    names = getattr(module, "__all__", None) or [n for n in vars(module) if not n.startswith("_")]
    package = module.__name__.split(".")[0]
    for name in names:
        thing = getattr(module, name, None)
        home = getattr(thing, "__module__", None) or ""
        if thing is None or inspect.ismodule(thing) or not callable(thing):
            continue
        if hasattr(module, "__all__") or home.split(".")[0] == package:
            yield name


def render_object(thing, name):
    """A name, its signature and its docstring."""
    box = nodes.container(classes=["dq-api"], ids=[name])
    signature = nodes.paragraph(classes=["dq-signature"])
    signature += nodes.literal(text=name.rsplit(".", 1)[-1] + signature_of(thing))
    box += signature
    body = nodes.container(classes=["dq-docstring"])
    body.extend(render_docstring(inspect.getdoc(thing)))
    box += body
    return box


def signature_of(thing):
    """The signature as text, without annotations: the docstring names the types."""
    source = getattr(thing, "py_func", thing)
    try:
        if inspect.isclass(source) and source.__new__ is not object.__new__:
            signature = inspect.signature(source.__new__)
            signature = signature.replace(parameters=list(signature.parameters.values())[1:])
        else:
            signature = inspect.signature(source)
    except (TypeError, ValueError):
        return ""
    bare = [p.replace(annotation=inspect.Parameter.empty) for p in signature.parameters.values()]
    text = str(signature.replace(parameters=bare, return_annotation=inspect.Signature.empty))
    return re.sub(r"<[^<>]*? at 0x[0-9a-f]+>", "...", text)


def render_docstring(text):
    """Nodes for a numpydoc docstring."""
    lines = dedent(text or "").strip().splitlines()
    heads = [i for i in range(len(lines) - 1) if lines[i].strip() and UNDERLINE.match(lines[i + 1].strip())]
    yield from render_blocks(lines[: heads[0]] if heads else lines)
    for start, end in zip(heads, [*heads[1:], len(lines)]):
        head, body = lines[start].strip(), lines[start + 2 : end]
        yield nodes.paragraph("", "", nodes.strong(text=head), classes=["dq-head"])
        yield from render_fields(body) if head in FIELDS else render_blocks(body)


FIELDS = {"Parameters", "Returns", "Yields", "Raises", "Warns", "Attributes", "Other Parameters"}


def render_fields(lines):
    """``name : type`` lines with indented explanations, as a definition list."""
    items = nodes.definition_list()
    term, body = None, []
    for line in [*lines, "."]:
        if line.strip() and not line.startswith(" "):
            if term is not None:
                definition = nodes.definition("", *render_blocks(dedent("\n".join(body)).splitlines()))
                items += nodes.definition_list_item("", nodes.term("", "", *inline(term, code=True)), definition)
            term, body = line.strip(), []
        else:
            body.append(line)
    return [items] if len(items) else []


def render_blocks(lines):
    """Paragraphs, with doctests and indented text as literal blocks."""
    for block in re.split(r"\n\s*\n", "\n".join(lines).strip("\n")):
        if not block.strip():
            continue
        if block.lstrip().startswith(">>>") or all(line.startswith("    ") for line in block.splitlines()):
            literal = nodes.literal_block(text=dedent(block), rawsource=dedent(block))
            literal["language"] = "pycon" if ">>>" in block else "text"
            yield literal
        else:
            yield nodes.paragraph("", "", *inline(" ".join(block.split())))


def inline(text, code=False):
    """Text with its back-quoted parts as code; a field's name too."""
    if code:
        name, colon, kind = text.partition(" : ")
        return [nodes.literal(text=name)] + ([nodes.Text(" : "), *inline(kind)] if colon else [])
    parts, last = [], 0
    for match in INLINE.finditer(text):
        parts += [nodes.Text(text[last : match.start()]), nodes.literal(text=match.group(1) or match.group(2))]
        last = match.end()
    return [part for part in [*parts, nodes.Text(text[last:])] if part.astext()]


def setup(app):
    app.add_directive("api", API)
