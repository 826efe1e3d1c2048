"""Zip files from anybody: read in memory, never unpacked to disk, refused where they are bombs or want to write elsewhere."""

import io
import re
import zipfile
from pathlib import PurePosixPath

LARGEST, MOST = 200 * 2**20, 5000  # bytes and files of an archive
IGNORED = re.compile(r"(^|/)(\.|__MACOSX(/|$)|__pycache__(/|$)|Thumbs\.db$|desktop\.ini$)")
# What zipfile raises for damage, for passwords (RuntimeError) and for methods of packing that it does not know (NotImplementedError).
UNREADABLE = (zipfile.BadZipFile, RuntimeError, OSError, ValueError, NotImplementedError, EOFError)


def members(content, wanted, largest):
    """The files of a zip archive that are wanted.

    Parameters
    ----------
    content : bytes or path-like
    wanted : callable
        Whether a file is wanted, by its name.
    largest : int
        Bytes that one of them may have.

    Returns
    -------
    list of (str, bytes)
        Names and contents, in the archive's order; what systems add of their own is left out.

    Raises
    ------
    ValueError
        Saying why the archive is refused or cannot be read.

    Examples
    --------
    >>> import io, zipfile
    >>> from dqlab.grading import archives
    >>> with zipfile.ZipFile(content := io.BytesIO(), "w") as archive:
    ...     archive.writestr("ada/work.ipynb", "{}")
    ...     archive.writestr("__MACOSX/work.ipynb", "")
    >>> archives.members(content.getvalue(), lambda name: name.endswith(".ipynb"), 1000)
    [('ada/work.ipynb', b'{}')]
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content) if isinstance(content, bytes) else content) as archive:
            reason = _unsafe(archive.infolist())
            if not reason:
                entries = [e for e in archive.infolist() if not e.is_dir() and not IGNORED.search(e.filename)]
                return [(e.filename, _read(archive, e, largest)) for e in entries if wanted(e.filename)]
    except UNREADABLE as error:
        raise ValueError(f"the zip file cannot be read: {error}") from error
    raise ValueError(reason)


def _unsafe(entries):
    """Why an archive is not opened, or ""."""
    for entry in entries:
        path = PurePosixPath(entry.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:", entry.filename):
            return f"the zip file is refused: it wants to write to {entry.filename[:60]!r}"
    size, packed = sum(e.file_size for e in entries), sum(e.compress_size for e in entries)
    if len(entries) > MOST or size > LARGEST or size > 2**20 and size > 300 * max(packed, 1):
        return f"the zip file is refused: it unpacks to {size / 2**20:.0f} MB in {len(entries)} files"
    return ""


def _read(archive, entry, largest):
    """An entry's bytes; it may be larger than it says, so no more is read than it may have."""
    with archive.open(entry) as file:
        data = file.read(largest + 1)
    if len(data) > largest:
        raise ValueError(f"{entry.filename[:60]!r} is too large")
    return data
