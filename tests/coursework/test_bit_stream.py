"""Messages of variable length: what arrives, what is counted, and what cannot reach the receiver."""

import numpy as np
import pytest

import dqlab as dq
from dqlab import coursework

VECTORS = dq.stream(0, "vectors").integers(0, 8, (20, 3))


def unary(z):
    """Every number as so many ones and a zero."""
    return dq.bits.concatenate([dq.bits.int_to_message((1 << int(n)) - 1, int(n) + 1) for n in z])


def read_unary(reader):
    numbers = []
    for _ in range(3):
        numbers.append(0)
        while reader.read(1):
            numbers[-1] += 1
    return numbers


def test_every_bit_is_counted():
    assert coursework.average_bits(unary, read_unary, VECTORS) == 3 + VECTORS.sum() / 20


def test_nothing_but_bits_reaches_the_receiver():
    kept = []

    def send(z):
        kept.append(z)
        return dq.bits.int_to_message(0, 1)

    def receive(reader):
        reader.read(1)
        return kept.pop(0)

    with pytest.raises(IndexError):
        coursework.average_bits(send, receive, VECTORS)
    assert kept == []


def test_where_no_process_may_be_started(monkeypatch):
    def refuse():
        raise PermissionError("os.fork: the grader does not allow it")

    monkeypatch.setattr("os.fork", refuse)
    assert coursework.average_bits(unary, read_unary, VECTORS) == 3 + VECTORS.sum() / 20


@pytest.mark.parametrize(
    "send, receive, words",
    [
        (lambda z: z, read_unary, "should return a dq.bits.Message"),
        (lambda z: unary(z[::-1]), read_unary, "arrived as another one"),
        (unary, lambda reader: read_unary(reader)[:2], "array of shape"),
        (lambda z: dq.bits.concatenate([unary(z), unary(z)]), read_unary, "arrived as another one|left over"),
        (lambda z: 1 // 0, read_unary, "send failed: ZeroDivisionError"),
        (lambda z: (_ for _ in ()).throw(SystemExit), read_unary, "send ended the process"),
    ],
)
def test_what_is_refused(send, receive, words):
    with pytest.raises(AssertionError, match=words):
        coursework.average_bits(send, receive, VECTORS)


def test_a_message_that_does_not_say_where_it_ends():
    """Without a stream, a length that comes for nothing would carry bits that nobody counts."""

    def short(z):
        value = int(z @ [1, 8, 64])
        return dq.bits.int_to_message(value, value.bit_length())

    def receive(reader):
        value = reader.read(min(9, reader.left))
        return [value % 8, value // 8 % 8, value // 64]

    with pytest.raises(AssertionError, match="arrived as another one"):
        coursework.average_bits(short, receive, VECTORS)


def test_a_reader_reads_what_was_written():
    message = dq.bits.concatenate([dq.bits.int_to_message(5, 3), dq.bits.int_to_message(1, 70)])
    reader = coursework.Reader(message)
    assert [reader.read(3), reader.read(70), reader.read(0), reader.left] == [5, 1, 0, 0]
    with pytest.raises(dq.bits.DecodeError):
        reader.read(1)


def test_uneven_gradients_obey_their_law():
    """Bounds always; means within 5 standard errors, which 12 coordinates miss with probability 7e-6."""
    law = coursework.uneven_gradients(dq.stream(1, "law"), dim=12)
    log = np.abs(law.draw(dq.stream(1, "log"), 4000))
    assert (log <= law.largest).all()
    error = law.largest / np.sqrt(4000) * np.sqrt(1 / (1 + 2 * law.powers) - 1 / (1 + law.powers) ** 2)
    assert (np.abs(log.mean(axis=0) - law.mean_magnitudes) <= 5 * error).all()
