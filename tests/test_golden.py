"""Golden messages: the bit stream of every scheme stays what it is. A change here is a breaking release."""

import json
from pathlib import Path

import numpy as np
import pytest

from dqlab import bits, quantizers

from .examples import registered
from .golden.make import LONG, example, hexadecimal, masked, record, record_masked, schemes

FOLDER = Path(__file__).parent / "golden"
MESSAGES = json.loads((FOLDER / "messages.json").read_text())
CODES = json.loads((FOLDER / "codes.json").read_text())
MASKED = json.loads((FOLDER / "masked.json").read_text())


def test_every_registered_scheme_has_a_golden_message():
    assert {type(q) for q in schemes().values()} == set(registered(quantizers.encode))
    assert set(MESSAGES) == set(schemes())


@pytest.mark.parametrize("name", MESSAGES)
def test_messages_are_what_they_were(name):
    kept, quantizer = MESSAGES[name], schemes()[name]
    if quantizer.dim > LONG:
        assert record(quantizer, example(name, quantizer, kept["scale"]), kept["scale"]) == kept
        return
    u = np.array([float.fromhex(v) for v in kept["input"]])
    assert record(quantizer, u, kept["scale"]) == kept
    message = bits.Message.from_bytes(bytes.fromhex(kept["message"]), kept["nbits"])
    assert hexadecimal(quantizers.receive(quantizer, message, kept["scale"])) == kept["received"]


@pytest.mark.parametrize("name", CODES)
def test_codes_are_what_they_were(name):
    kept = CODES[name]
    message = getattr(bits, kept["function"])(np.array(kept["codes"]), kept["argument"])
    assert (message.nbits, message.to_bytes().hex()) == (kept["nbits"], kept["message"])
    unpack = getattr(bits, "un" + kept["function"])
    assert unpack(message, len(kept["codes"]), kept["argument"]).tolist() == kept["codes"]


@pytest.mark.parametrize("name", MASKED)
def test_masked_and_short_messages_are_what_they_were(name):
    assert record_masked(name, *masked()[name]) == MASKED[name] and set(MASKED) == set(masked())
