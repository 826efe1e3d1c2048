"""Frames on a pipe: a JSON header and raw bytes. What a contestant's process sends is read as data, never executed."""

import json
import os
import select
import struct
import time

LENGTHS = struct.Struct("<QQ")
LONGEST_HEADER, LONGEST_BODY = 1 << 24, 1 << 28
AT_ONCE = 4096  # bytes that a pipe which can be written to takes without blocking


class Broken(Exception):
    """The other end is gone, or what it sends is no frame."""


def write_frame(fd, header, body=b"", seconds=None):
    """Send a header (anything that JSON holds) and bytes.

    Parameters
    ----------
    fd : int
        A file descriptor to write to.
    header : dict
    body : bytes
    seconds : float, optional
        How long the other end may take to read.

    Raises
    ------
    TimeoutError
        If it takes longer.
    Broken
        If nobody reads any more.

    Examples
    --------
    >>> import os
    >>> from dqlab.coursework.challenge import frames
    >>> out, into = os.pipe()
    >>> frames.write_frame(into, {"ask": "encode"}, b"abc")
    >>> frames.read_frame(out, seconds=5)
    ({'ask': 'encode'}, b'abc')
    """
    head, end = json.dumps(header).encode(), _end(seconds)
    data = memoryview(LENGTHS.pack(len(head), len(body)) + head + body)
    try:
        while data:
            _wait([], [fd], end)
            data = data[os.write(fd, data[:AT_ONCE]) :]
    except TimeoutError:
        raise
    except OSError as error:
        raise Broken(f"nobody reads: {error}") from None


def read_frame(fd, seconds=None):
    """The next header and bytes.

    Parameters
    ----------
    fd : int
        A file descriptor to read from.
    seconds : float, optional
        How long to wait for the whole of it.

    Raises
    ------
    TimeoutError
        If that is not long enough.
    Broken
        If the other end is closed, or sends something else.

    Examples
    --------
    >>> import os
    >>> from dqlab.coursework.challenge import frames
    >>> out, into = os.pipe()
    >>> frames.read_frame(out, seconds=0.01)
    Traceback (most recent call last):
    ...
    TimeoutError
    """
    end = _end(seconds)
    head_size, body_size = LENGTHS.unpack(_read(fd, LENGTHS.size, end))
    if head_size > LONGEST_HEADER or body_size > LONGEST_BODY:
        raise Broken("the other end does not send frames")
    head, body = _read(fd, head_size, end), _read(fd, body_size, end)
    try:
        header = json.loads(head)
    except ValueError:
        raise Broken("the other end does not send frames") from None
    if not isinstance(header, dict):
        raise Broken("the other end does not send frames")
    return header, body


def _end(seconds):
    return None if seconds is None else time.monotonic() + seconds


def _wait(readers, writers, end):
    """Wait for a pipe until `end`. Windows cannot wait for pipes: there the call that follows takes as long as it takes."""
    if end is not None and os.name == "posix":
        if not any(select.select(readers, writers, [], max(0.0, end - time.monotonic()))):
            raise TimeoutError


def _read(fd, size, end):
    data = bytearray()
    while len(data) < size:
        _wait([fd], [], end)
        try:
            more = os.read(fd, min(size - len(data), 1 << 20))
        except OSError as error:
            raise Broken(str(error)) from None
        if not more:
            raise Broken("the process ended")
        data += more
    return bytes(data)
