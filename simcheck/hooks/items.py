"""From files and git's contents to the items that a gate checks. What is media is told from the bytes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from simcheck.decode.sniff import sniff
from simcheck.errors import MediaError
from simcheck.files import read_file, walk
from simcheck.gate import Item
from simcheck.hooks import lfs
from simcheck.hooks.git import Blob, contents
from simcheck.receipts import Published

MEDIA_KINDS = frozenset({"image", "audio", "video"})
"""What a repository's hooks look at. Text is left out: in a repository it is source code."""


def of_blobs(blobs: Iterable[Blob], max_bytes: int) -> Iterator[Item]:
    """The media among git's contents. A pointer that cannot be resolved stays one: the gate holds it."""
    for blob, data in contents(blobs, max_bytes):
        if lfs.is_pointer(data):
            data = lfs.resolve(data, os.curdir, max_bytes) or data
        if lfs.is_pointer(data) or sniff(data).kind in MEDIA_KINDS:
            yield Item(blob.path, data)


def files(paths: Iterable[str], receipt: Path) -> list[str]:
    """The files named, and those below the folders named, without the receipt itself: it often stands among them."""
    own = os.path.abspath(receipt)
    return [path for path in walk(paths) if os.path.abspath(path) != own]


def of_files(paths: Iterable[str], max_bytes: int) -> Iterator[Item]:
    """The files themselves; a pointer gives the media it stands for."""
    for path in paths:
        pointer = _pointer_at(path)
        media = lfs.resolve(pointer, os.path.dirname(path) or os.curdir, max_bytes) if pointer else None
        yield Item.at(path) if media is None else Item(path, media)


def published(paths: Iterable[str], max_bytes: int) -> Iterator[Published]:
    """What is to be published: path, digest and size of each file, of the media where it is a pointer.

    Raises MediaError for a file that cannot be read.
    """
    for item in of_files(paths, max_bytes):
        if isinstance(item.source, bytes):
            yield Published(item.name, hashlib.sha256(item.source).hexdigest(), len(item.source))
        else:
            file = read_file(Path(item.name), item.name, max_bytes)
            yield Published(item.name, file.sha256, len(file.data))


def _pointer_at(path: str) -> bytes | None:
    try:
        data = read_file(Path(path), path, lfs.POINTER_BYTES - 1).data
    except MediaError:
        return None  # too large for a pointer; or not readable, which the gate will say
    return data if lfs.is_pointer(data) else None
