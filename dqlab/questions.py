"""*Predict, then run*: a question whose answer opens after the reader has chosen one. HTML and CSS only."""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Sequence
from typing import Any

_STYLE = """
.dq-predict{margin:1.5em 0;padding:.6em 1em 1em;border:1px solid #808080;border-radius:6px;min-inline-size:0}
.dq-predict legend{float:none;width:auto;margin:0;padding:0 .4em;font-size:1em;font-weight:600}
.dq-predict label{display:flex;gap:.6em;align-items:baseline;margin:.25em 0;padding:.25em 0;cursor:pointer}
.dq-predict input{flex:none;accent-color:#0071bd}
.dq-predict input:focus-visible,.dq-predict summary:focus-visible{outline:3px solid #7a89f5;outline-offset:2px}
.dq-predict details{margin:.5em 0 0}
.dq-predict summary{cursor:pointer;font-weight:600;padding:.25em 0}
.dq-predict .dq-verdict{display:none;margin:.4em 0}
.dq-predict .dq-why{margin:.4em 0 0}
.dq-predict .dq-first{display:none;margin:.4em 0}
@supports selector(:has(*)){
.dq-predict:not(:has(input:checked)) .dq-why{display:none}
.dq-predict:not(:has(input:checked)) .dq-first{display:block}
}
""".replace("\n", "")


class Question:
    """The question as a display object; the same HTML at a kernel and in the book."""

    def __init__(self, html: str, text: str) -> None:
        self.html, self.text = html, text

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": self.text}

    def __repr__(self) -> str:
        return self.text


def predict(question: str, options: Sequence[str], answer: int | str, why: str | Sequence[str]) -> Question:
    r"""Ask the reader to choose before the next cell shows what happens.

    Texts may hold inline HTML and maths between ``\(`` and ``\)``; a lone ``<`` (followed by a space) and ``&`` are safe.

    Parameters
    ----------
    question : str
    options : sequence of str
        At least two, all different.
    answer : int or str
        The right option, or its position counted from 0.
    why : str or sequence of str
        The explanation, shown with either verdict; or one for each option.

    Returns
    -------
    Question

    Raises
    ------
    ValueError
        If a text is empty, options repeat, `answer` is none of them, or `why` has another length.

    Examples
    --------
    >>> predict("Half the bits: how many steps?", ["as many", "twice as many"], 1, "The factor is a power of the rate.")
    Predict, then run: Half the bits: how many steps? (a) as many (b) twice as many
    """
    options = [str(option) for option in options]
    if len(options) < 2 or len(set(options)) < len(options):
        raise ValueError(f"options must be at least two different answers, not {options}")
    if not all(text.strip() for text in (question, *options)):
        raise ValueError("the question and its options must not be empty")
    if isinstance(answer, str) and answer in options:
        right = options.index(answer)
    elif isinstance(answer, int) and not isinstance(answer, bool) and 0 <= answer < len(options):
        right = answer
    else:
        raise ValueError(f"answer must be one of the options or a position below {len(options)}, not {answer!r}")
    reasons = [why] * len(options) if isinstance(why, str) else list(why)
    if len(reasons) != len(options) or not all(str(reason).strip() for reason in reasons):
        raise ValueError(f"why must be one text, or one for each of the {len(options)} options")
    key = "dqp" + hashlib.sha256(repr((question, options, right, reasons)).encode()).hexdigest()[:8]
    choices = "".join(
        f'<label><input type="radio" name="{key}" value="{at}" autocomplete="off"> <span>{_safe(option)}</span></label>'
        for at, option in enumerate(options)
    )
    rules = "".join(
        f".{key}:has(input[value='{at}']:checked) .dq-v{at}{{display:block!important}}" for at in range(len(options))
    )
    each = not isinstance(why, str)
    verdicts = "".join(
        f'<div class="dq-verdict dq-v{at}">'
        + ("<strong>Right.</strong>" if at == right else f"<strong>Not so.</strong> It is: {_safe(options[right])}.")
        + (f" {_safe(reasons[at])}" if each else "")
        + "</div>"
        for at in range(len(options))
    )
    explanation = "" if each else f'<div class="dq-why">{_safe(str(why))}</div>'
    body = (
        f'<fieldset class="dq-predict {key} tex2jax_process mathjax_process"><style>{_STYLE}{rules}</style>'
        f'<legend>Predict, then run</legend><p id="{key}-q">{_safe(question)}</p>'
        f'<div role="radiogroup" aria-labelledby="{key}-q">{choices}</div>'
        '<details><summary>Check your prediction</summary><div role="status">'
        f'<p class="dq-first">Choose an answer first.</p>{verdicts}{explanation}</div></details></fieldset>'
    )
    listed = " ".join(f"({chr(97 + at)}) {_plain(option)}" for at, option in enumerate(options))
    return Question(body, f"Predict, then run: {_plain(question)} {listed}")


def _safe(text: str) -> str:
    text = re.sub(r"&(?![a-zA-Z]+;|#\d+;|#x[0-9a-fA-F]+;)", "&amp;", str(text))
    return re.sub(r"<(?![a-zA-Z/])", "&lt;", text)


def _plain(text: str) -> str:
    return html.unescape(re.sub(r"</?[a-zA-Z][^>]*>", "", text))
