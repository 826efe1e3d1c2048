"""The process in which a contestant's code runs: one end of the link, an encoder or a decoder, never both.

It is asked by frames on its standard input and answers on its standard output. What it says of itself is for the reader of a
rejection only: lengths, truth of bits and equality of answers are established at the other end of the pipe.
"""

import os
import sys
import types

import numpy as np

from ...bits import Message
from ...streams import stream
from .frames import Broken, read_frame, write_frame
from .rules import LONGEST_MESSAGE, Rejected
from .sources import CLASS_NAME

MOST_MEMORY = 4 << 30


def serve(read_fd, write_fd, guard=True):
    """Answer until the other end hangs up.

    Parameters
    ----------
    read_fd, write_fd : int
    guard : bool
        Whether files, network and other processes are refused from here on, with the reason.

    Examples
    --------
    >>> import os
    >>> from dqlab.coursework.challenge import endpoint, frames
    >>> out, into = os.pipe()
    >>> os.close(into)
    >>> endpoint.serve(out, -1, guard=False)  # hung up at once
    """
    end = _End(guard)
    while True:
        try:
            header, body = read_frame(read_fd)
        except Broken:
            return
        try:
            answer, data = getattr(end, header["ask"])(header, body)
        except Rejected as rejected:
            answer, data = {"rule": rejected.rule, "reason": rejected.reason}, b""
        except BaseException as error:
            doing = f"{header['ask']} raised" if header["ask"] != "load" else "loading it raised"
            answer, data = {"rule": "it fails", "reason": f"{doing} {_told(error)}"}, b""
        write_frame(write_fd, answer, data)


def main():
    """Serve on standard input and output, which contestants' prints then miss."""
    read_fd, write_fd = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1):
        os.dup2(nothing, fd)
    _limit()
    serve(read_fd, write_fd)


def _limit():
    """No more than 4 GB of addresses, no core files; Windows has no such limits, and macOS not all."""
    try:
        import resource
    except ImportError:
        return
    for name, most in (("RLIMIT_AS", MOST_MEMORY), ("RLIMIT_CORE", 0)):
        try:
            resource.setrlimit(getattr(resource, name), (most, most))
        except (ValueError, OSError):
            continue


class _End:
    def __init__(self, guard):
        self.guard, self.contestant, self.quantizers = guard, None, {}

    def load(self, header, body):
        if self.guard:
            sys.addaudithook(_refuse)
        if header["kind"] == "class":
            import cloudpickle

            self.contestant = cloudpickle.loads(body)
        else:
            module = types.ModuleType("my_quantizer")
            sys.modules["my_quantizer"] = module
            exec(compile(body, "my_quantizer.py", "exec"), module.__dict__)
            self.contestant = getattr(module, CLASS_NAME)
        claim = getattr(self.contestant, "unbiased", None)
        if claim is not True and claim is not False:
            raise Rejected("no claim", f"write unbiased = True or unbiased = False in the class; it is {claim!r}")
        return {"unbiased": claim}, b""

    def make(self, header, body):
        quantizer = self.contestant(header["dim"], header["bound"])
        self.quantizers[header["key"]] = quantizer
        return {"nbits": _whole(getattr(quantizer, "nbits", None), "self.nbits")}, b""

    def encode(self, header, body):
        """One message for every seed; the inputs are repeated as needed."""
        quantizer, seeds = self.quantizers[header["key"]], header["seeds"]
        inputs = np.frombuffer(body, np.float64).reshape(-1, header["dim"])
        lengths, parts = [], []
        for i, seed in enumerate(seeds):
            x = inputs[i % len(inputs)].copy()
            message = quantizer.encode(x, stream(int(seed, 16), "encoder"))
            if x.tobytes() != inputs[i % len(inputs)].tobytes():
                raise Rejected("input changed", "encode changed its argument x: work on a copy")
            nbits = check_contestants_message(message)
            lengths.append(nbits)
            parts.append(message.words.astype("<u8").tobytes()[: (nbits + 7) // 8])
        return {"nbits": lengths}, b"".join(parts)

    def decode(self, header, body):
        quantizer, dim, at, parts = self.quantizers[header["key"]], header["dim"], 0, []
        for nbits in header["nbits"]:
            size = (nbits + 7) // 8
            vector = quantizer.decode(Message.from_bytes(body[at : at + size], nbits))
            parts.append(_numbers(vector, dim).tobytes())
            at += size
        return {}, b"".join(parts)


def check_contestants_message(message):
    """The length of a message that a contestant made, or the reason why it is none.

    Raises
    ------
    Rejected
        If it is no ``Message``, or its words are not the bits that it counts.

    Examples
    --------
    >>> from dqlab import bits
    >>> from dqlab.coursework.challenge import endpoint
    >>> endpoint.check_contestants_message(bits.int_to_message(5, nbits=3))
    3
    """
    if type(message) is not Message:
        raise Rejected("not a message", f"encode should return a dqlab.bits.Message, not {type(message).__name__}")
    nbits, words = message.nbits, message.words
    if _whole(nbits, "message.nbits") is None:
        raise Rejected("bits not counted", "message.nbits is None")
    if nbits > LONGEST_MESSAGE:
        raise Rejected("message too long", f"{nbits} bits; the longest message has {LONGEST_MESSAGE}")
    if not isinstance(words, np.ndarray) or words.dtype != np.uint64 or words.ndim != 1:
        kind = f"{words.dtype} of shape {words.shape}" if isinstance(words, np.ndarray) else type(words).__name__
        raise Rejected("not a message", f"message.words should be a vector of uint64, not {kind}")
    size = (nbits + 63) // 64
    if words.size != size:
        raise Rejected(
            "bits not counted", f"message.nbits is {nbits}, which is {size} words, but it holds {words.size}"
        )
    if nbits % 64 and int(words[-1]) >> (nbits % 64):
        raise Rejected("bits not counted", f"message.nbits is {nbits}, but bits after these are set")
    return int(nbits)


def _whole(nbits, name):
    if nbits is None:
        return None
    if isinstance(nbits, (bool, np.bool_)) or not isinstance(nbits, (int, np.integer)) or nbits < 0:
        raise Rejected("bits not counted", f"{name} should be a whole number, at least 0; it is {nbits!r}"[:200])
    return int(nbits)


def _numbers(vector, dim):
    array = np.asarray(vector)
    if array.dtype.kind not in "fiu":
        raise Rejected("not a vector", f"decode should return numbers, not {type(vector).__name__} of {array.dtype}")
    if array.shape != (dim,):
        raise Rejected("not a vector", f"decode should return shape ({dim},), not {array.shape}")
    if not np.isfinite(array).all():
        raise Rejected("not a vector", "decode returned NaN or infinity")
    return array.astype(np.float64)


def _told(error):
    return f"{type(error).__name__}: {error}"[:300]


ENDS_ELSEWHERE = ("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.system", "os.kill")
CHANGES_FILES = ("mkdir", "rename", "remove", "link", "symlink", "rmdir", "truncate", "chmod", "chown", "utime")


def _refuse(event, arguments):
    """An audit hook: a quantizer needs no files, network or processes. Numba's caches may be written."""
    if event == "open":
        path, mode, flags = arguments
        writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        if not writes or path == os.devnull or "__pycache__" in str(path) or "numba" in str(path).lower():
            return
    elif not event.startswith(ENDS_ELSEWHERE) and event not in {f"os.{name}" for name in CHANGES_FILES}:
        return
    elif event.startswith("os.") and any("__pycache__" in str(a) or "numba" in str(a).lower() for a in arguments):
        return
    raise PermissionError(f"a quantizer needs no files, network or processes ({event} {str(arguments[0])[:80]})")
