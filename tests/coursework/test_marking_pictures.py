"""Figures and photographs of a student's answer reach the page to mark by; anything else that calls itself a picture does not."""

import base64
import json

from dqlab.grading import answers, marking, notebooks, pictures
from dqlab.grading.autograder import Question

PNG = base64.b64encode(pictures.KINDS["image/png"] + b"pixels").decode()
JPEG = base64.b64encode(pictures.KINDS["image/jpeg"] + b"pixels").decode()
QUESTION = Question("q2", 6, True, False, (), "**Question 2.** Draw it.", "")


def notebook(*cells):
    return json.dumps(
        {"nbformat": 4, "cells": [{"cell_type": "markdown", "source": "**Question 2.** Draw it."}, *cells]}
    ).encode()


def test_figures_and_photographs_are_kept_in_order():
    shown = {"output_type": "display_data", "data": {"image/png": [PNG[:8], PNG[8:] + "\n"], "text/plain": "<Figure>"}}
    pasted = {"cell_type": "markdown", "source": "", "attachments": {"proof.jpg": {"image/jpeg": JPEG}}}
    old = {"cell_type": "code", "input": "plot()", "outputs": [{"output_type": "display_data", "png": PNG}]}
    cells = notebooks.read(notebook({"cell_type": "code", "source": "plot()", "outputs": [shown]}, pasted, old))
    found = answers.find(cells, [QUESTION])["q2"]
    assert [cell["pictures"] for cell in found] == [
        [f"data:image/png;base64,{PNG}"],
        [f"data:image/jpeg;base64,{JPEG}"],
        [f"data:image/png;base64,{PNG}"],
    ]
    assert f'src="data:image/png;base64,{PNG}"' in marking.shown(found[0]["pictures"])


def test_what_is_no_picture_is_left_out():
    huge = base64.b64encode(pictures.KINDS["image/png"] + bytes(pictures.LARGEST)).decode()
    script = base64.b64encode(b"<svg onload=alert(1)>").decode()
    for data in (
        {"image/svg+xml": "<svg onload=alert(1)>"},
        {"image/png": script},
        {"image/png": '"><script>alert(1)</script>'},
        {"image/png": huge},
        {"image/png": 7},
        {"image/png": None},
        {"text/html": "<img src=//example.org>"},
    ):
        assert pictures.of({"outputs": [{"data": data}], "attachments": {"a": data}}) == (), data
    for cell in (
        {"outputs": 3},
        {"outputs": [None, "x", {"data": []}]},
        {"attachments": [1]},
        {"attachments": {"a": "x"}},
    ):
        assert pictures.of(cell) == ()
    many = {"outputs": [{"data": {"image/png": PNG}}] * 40}
    assert len(pictures.of(many)) == pictures.MOST
