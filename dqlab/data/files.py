"""Where a file of data lies: a folder, the cache, or the network; and whether it is what was published."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple


class DataUnavailable(OSError):
    """A data set is in no folder and cannot be downloaded."""


class File(NamedTuple):
    """A file that holds a set: its name, its checksum, and where it can be had (None: nowhere as it is).

    `beside` are the files that it needs beside it, in the same folder; they have no `read`.
    """

    name: str
    checksum: str
    url: str | None
    read: Callable | None = None  # path, *paths of the files beside -> (X, y)
    beside: tuple = ()


def folders():
    """Where files may lie: $DQLAB_DATA if it is set, then the cache."""
    given = os.environ.get("DQLAB_DATA")
    if given and not Path(given).is_dir():
        raise ValueError(f"DQLAB_DATA: expected the path of a folder, got {given!r}")
    return [Path(given), cache()] if given else [cache()]


def cache():
    """The user's own cache folder."""
    import pooch

    return Path(pooch.os_cache("dqlab"))


def find(entry):
    """The first file of the entry that lies in a folder, with those beside it, as (file, path), or None."""
    for folder in folders():
        for file in entry.files:
            if all((folder / part.name).is_file() for part in (file, *file.beside)):
                return file, folder / file.name
    return None


def verify(path, file):
    """Hold a file, and those beside it, to their checksums."""
    for part in file.beside:
        verify(path.with_name(part.name), part)
    algorithm, expected = file.checksum.split(":")
    with path.open("rb") as stream:
        found = hashlib.file_digest(stream, algorithm).hexdigest()
    if found != expected:
        remedy = f"Replace it by {file.url}" if file.url else "Remove it"
        raise ValueError(
            f"data: {path} has {algorithm} {found}, expected {expected}: it is damaged or another version. {remedy}"
        )


def download(name, file):
    """Get the file into the cache, and those beside it, as (file, path)."""
    import pooch

    for part in file.beside:
        download(name, part)
    place = f"as {file.name}, into {cache()} or into a folder whose path is in the environment variable DQLAB_DATA"
    if file.url is None:
        raise DataUnavailable(f"{name} is in no folder here and has no address to download it from. Put it, {place}")
    try:
        path = pooch.retrieve(
            file.url,
            known_hash=file.checksum,
            fname=file.name,
            path=cache(),
            downloader=pooch.HTTPDownloader(progressbar=True, timeout=30),
        )
    except OSError as error:  # requests' exceptions are among them
        raise DataUnavailable(
            f"{name} is in no folder here and cannot be downloaded ({error}). Get {file.url} in some other way and put it, "
            f"{place}"
        ) from error
    return file, Path(path)
