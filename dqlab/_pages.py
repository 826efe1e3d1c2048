"""The HTML of a control in the book: markup, style and script."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

_STYLE = """
:where(.dq-explore){margin:1.5em 0;padding:0}
.dq-explore .dq-sliders{display:grid;gap:.35em 1em;margin:0 0 .6em}
.dq-explore .dq-slider{display:flex;align-items:end;gap:.8em}
.dq-explore label{display:flex;flex-wrap:wrap;flex:1 1 0;min-width:0;align-items:center;gap:.2em .8em;margin:0;font-weight:600}
.dq-explore label>span{flex:0 1 auto;min-width:9em}
.dq-explore input[type=range]{flex:1 1 9em;min-width:8em;height:1.75em;margin:0;accent-color:#0071bd;cursor:pointer}
.dq-explore input[type=range]:focus-visible{outline:3px solid #7a89f5;outline-offset:2px}
.dq-explore output{flex:none;min-width:4em;line-height:1.75em;text-align:right;font-variant-numeric:tabular-nums}
.dq-explore .dq-said{position:absolute;width:1px;height:1px;margin:-1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
""".replace("\n", "")

_SCRIPT = """
(function(){
if(!window.dqExplore)window.dqExplore=function(root){
if(!root||root.dataset.ready)return;root.dataset.ready="1";
var sliders=Array.prototype.slice.call(root.querySelectorAll("input[type=range]")),
data=JSON.parse(root.querySelector("script[type='application/json']").textContent),
stage=root.querySelector(".dq-stage"),said=root.querySelector(".dq-said");
function pick(){
var at=sliders.map(function(s){return s.value}).join(",");
sliders.forEach(function(s,i){var t=data.texts[i][s.value];
s.setAttribute("aria-valuetext",t);s.closest(".dq-slider").querySelector("output").textContent=t});
if(at===root.dataset.frame)return;
var f=data.frames[at];
stage.innerHTML=f[1].map(function(i){return data.parts[i]}).join("");
root.dataset.frame=at;said.textContent=f[0];
if(!stage.querySelector("svg[data-frame]")&&window.MathJax&&MathJax.typesetPromise)MathJax.typesetPromise([stage]);
}
sliders.forEach(function(s){s.addEventListener("input",pick);s.addEventListener("change",pick)});
pick();
};
var all=document.querySelectorAll("figure.dq-explore");
for(var i=0;i<all.length;i++)window.dqExplore(all[i]);
})();
"""


def control(
    key: str,
    names: Mapping[str, str],
    choices: Mapping[str, Sequence[tuple[str, Any]]],
    first: tuple[int, ...],
    bodies: Mapping[tuple[int, ...], tuple[str, str, bool]],
) -> str:
    """The whole control.

    Parameters
    ----------
    key : str
        Prefix of its identifiers.
    names, choices : mapping
        For each parameter its label, and its texts and values.
    first : tuple of int
        Slider positions at the start.
    bodies : mapping
        For each tuple of positions the frame's HTML, its words, and whether it is one SVG picture.

    Returns
    -------
    str
    """
    parts: dict[str, int] = {}
    frames = {}
    for place, (body, words, picture) in bodies.items():
        at = ",".join(map(str, place))
        pieces = re.split(r"(?<=>)(?=<)", _marked(body, at, picture))
        frames[at] = [words, [parts.setdefault(piece, len(parts)) for piece in pieces]]
    texts = [[text for text, _ in options] for options in choices.values()]
    data = json.dumps(
        {"texts": texts, "frames": frames, "parts": list(parts)}, ensure_ascii=False, separators=(",", ":")
    )
    data = data.replace("<", "\\u003c") if "<!--" in data else data.replace("</", "<\\/")
    sliders = "".join(
        f'<div class="dq-slider"><label><span>{html.escape(names[name])}</span>'
        f'<input type="range" min="0" max="{len(options) - 1}" step="1" value="{at}" name="{key}-{html.escape(name)}" '
        f'autocomplete="off" aria-valuetext="{html.escape(options[at][0])}"></label>'
        f'<output aria-live="off" style="min-width:max(4em,{max(len(text) for text, _ in options)}ch)">'
        f"{html.escape(options[at][0])}</output></div>"
        for at, (name, options) in zip(first, choices.items(), strict=True)
    )
    at = ",".join(map(str, first))
    body, _, picture = bodies[first]
    return (
        f'<figure class="dq-explore tex2jax_process mathjax_process" data-frame="{at}"><style>{_STYLE}</style>'
        f'<div class="dq-sliders">{sliders}</div>'
        f'<div class="dq-stage">{_marked(body, at, picture)}</div>'
        "<noscript><p>The sliders need JavaScript; without it this picture stays.</p></noscript>"
        '<p class="dq-said" aria-live="polite"></p>'
        f'<script type="application/json">{data}</script><script>{_SCRIPT}</script></figure>'
    )


def _marked(body: str, at: str, picture: bool) -> str:
    if picture:
        return body.replace("<svg ", f'<svg data-frame="{at}" ', 1)
    return f'<div data-frame="{at}">{body}</div>'
