"""Reading what is to be checked or registered: once, whole, within limits; and walking folders.

The bytes that are hashed are the bytes that are decoded: a file swapped between the two would otherwise pass as
another.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from simcheck.errors import MediaError, UsageError

CHUNK = 1 << 20
NEVER_WALKED = frozenset({".simcheck", ".git"})
"""Folders that hold no works: an index, a repository's objects."""
INDEX_MARK = "catalogue.sqlite"
"""A folder with this file in it is an index, whatever it is called."""


@dataclass(frozen=True)
class MediaFile:
    """A file's bytes. ``path`` is as it was given, ``name`` its last part, ``sha256`` the hex digest of ``data``."""

    path: str
    name: str
    data: bytes
    sha256: str

    @classmethod
    def of(cls, data: bytes, path: str) -> MediaFile:
        return cls(path, printable(Path(path).name or path), data, hashlib.sha256(data).hexdigest())


def printable(name: str) -> str:
    """A file's name as text that JSON, a terminal and a page can show: bytes that are not UTF-8 and control characters
    become their escapes."""
    text = os.fsencode(name).decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def read_file(path: Path, given: str, max_bytes: int) -> MediaFile:
    """Read a regular file of at most ``max_bytes``. Raises MediaError with one sentence about ``given``."""
    shown = printable(given)
    try:
        # Non-blocking: opening a named pipe must not wait for somebody to write into it.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | getattr(os, "O_CLOEXEC", 0))
    except OSError as fault:
        raise MediaError("unreadable", f"{shown} cannot be opened ({fault.strerror}).") from None
    try:
        with os.fdopen(descriptor, "rb") as stream:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise MediaError("unsupported", f"{shown} is not a regular file.")
            data = stream.read(max_bytes + 1)
            if len(data) > max_bytes:
                digest, size = hashlib.sha256(data), len(data)
                while data := stream.read(CHUNK):
                    digest.update(data)
                    size += len(data)
                raise _too_large(given, max_bytes, digest.hexdigest(), size)
            return whole(data, given, max_bytes)
    except OSError as fault:
        raise MediaError("unreadable", f"{shown} cannot be read ({fault.strerror}).") from None


def read_stream(stream: BinaryIO, given: str, max_bytes: int) -> MediaFile:
    """Read a stream to its end, at most ``max_bytes``. Raises MediaError."""
    data = stream.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise _too_large(given, max_bytes)  # it may never end, so nobody knows its digest
    return whole(data, given, max_bytes)


def whole(data: bytes, given: str, max_bytes: int) -> MediaFile:
    """All bytes of a file. Raises MediaError where they are none or too many."""
    if len(data) > max_bytes:
        raise _too_large(given, max_bytes, hashlib.sha256(data).hexdigest(), len(data))
    if not data:
        raise MediaError("empty", f"{printable(given)} has zero bytes.", hashlib.sha256().hexdigest(), 0)
    return MediaFile.of(data, given)


def _too_large(given: str, max_bytes: int, sha256: str | None = None, size: int | None = None) -> MediaError:
    limit = f"{max_bytes / 2**20:.0f} MiB" if max_bytes >= 2**20 else f"{max_bytes} bytes"
    sentence = f"{printable(given)} is larger than the limit of {limit} (limits.max_bytes)."
    return MediaError("too_large", sentence, sha256, size)


def walk(paths: Iterable[str | os.PathLike[str]]) -> Iterator[str]:
    """The files named, and those below the folders named, in order of name; links to folders are followed once.

    Raises UsageError for a path that does not exist, before anything is yielded.
    """
    given = [os.fspath(path) for path in paths]
    for path in given:
        if not os.path.lexists(path):
            raise UsageError(f"there is no file or folder at {printable(path)}")
    for path in given:
        if os.path.isdir(path):
            yield from _walk_folder(path, set())
        else:
            yield path


def _walk_folder(folder: str, seen: set[tuple[int, int]]) -> Iterator[str]:
    try:
        state = os.stat(folder)
        entries = sorted(os.listdir(folder))
    except OSError:
        # Listed as a path: reading it then gives the reason, and nothing is silently left out.
        yield folder
        return
    if (state.st_dev, state.st_ino) in seen:
        return
    seen.add((state.st_dev, state.st_ino))
    if INDEX_MARK in entries:
        return
    for entry in entries:
        path = os.path.join(folder, entry)
        if not os.path.isdir(path):
            yield path
        elif entry not in NEVER_WALKED:
            yield from _walk_folder(path, seen)
