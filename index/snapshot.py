"""Snapshots: lanes as files, so that opening does not have to build them. Never trusted blindly.

``snapshots/LANE/REVISION-RANDOM/`` holds what `Lane.save` wrote and ``manifest.json``, which says of which index, lane
version, format and revision it is, and every file's length and SHA-256. It is written into a folder of another name,
forced to the disk and renamed, so a snapshot is there whole or not at all.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from simcheck.errors import StorageError
from simcheck.index.base import LaneSpec
from simcheck.index.batch import Revision
from simcheck.index.catalogue import now
from simcheck.index.lanes.base import Lane

MANIFEST = "manifest.json"
_UNFINISHED = ".unfinished-"
_LOCK = ".lock"
_NO_WRITING = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.EFBIG)


class SnapshotError(Exception):
    """A snapshot cannot be used; the sentence says why."""


@dataclass(frozen=True)
class Manifest:
    """What a snapshot says of itself. ``at``: the state of the catalogue it holds; ``built``: the revision at which it,
    or the one it was made from, was made from the catalogue alone."""

    index_id: str
    spec: LaneSpec
    format: str
    at: Revision
    built: int
    rows: int
    created_at: str
    files: dict[str, dict[str, Any]]


def lane_format(lane: type[Lane]) -> str:
    return str(getattr(lane, "FORMAT", "1"))


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Snapshots:
    """The snapshots of one lane of one index."""

    def __init__(self, folder: Path, spec: LaneSpec, index_id: str) -> None:
        self.folder = folder / spec.name
        self._spec = spec
        self._index_id = index_id

    def found(self) -> list[Path]:
        """Finished snapshots, newest first."""
        try:
            names = os.listdir(self.folder)
        except FileNotFoundError:
            return []
        return [self.folder / name for name in sorted(names, reverse=True) if not name.startswith(".")]

    def manifest(self, folder: Path) -> Manifest:
        """Raises SnapshotError where it cannot be read."""
        try:
            raw = json.loads((folder / MANIFEST).read_bytes())
            return Manifest(
                raw["index_id"],
                LaneSpec(**raw["spec"]),
                raw["format"],
                Revision(**raw["at"]),
                int(raw["built"]),
                int(raw["rows"]),
                raw["created_at"],
                {
                    str(name): {"bytes": int(one["bytes"]), "sha256": str(one["sha256"])}
                    for name, one in raw["files"].items()
                },
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise SnapshotError(f"its manifest cannot be read ({error})") from error

    def load(self, folder: Path, lane: type[Lane], token_of: Callable[[int], str | None]) -> tuple[Lane, Manifest]:
        """The lane, and what its snapshot says. ``token_of`` gives the catalogue's token of a revision.

        Raises SnapshotError where the snapshot is not whole, or not one of this index and this version.
        """
        manifest = self.manifest(folder)
        self.fits(manifest, lane, token_of)
        self.whole(folder, manifest)
        try:
            loaded = lane.load(self._spec, folder)
        except Exception as error:  # whatever a structure's reader says to bytes it does not know
            raise SnapshotError(f"it cannot be read ({error})") from error
        if len(loaded) != manifest.rows:
            raise SnapshotError(f"it holds {len(loaded)} rows instead of {manifest.rows}")
        return loaded, manifest

    def fits(self, manifest: Manifest, lane: type[Lane], token_of: Callable[[int], str | None]) -> None:
        """Raises SnapshotError unless it is of this index, this lane version, and a revision of this catalogue."""
        if manifest.index_id != self._index_id:
            raise SnapshotError("it belongs to another index")
        if manifest.spec != self._spec or manifest.format != lane_format(lane):
            raise SnapshotError("it was made by another version")
        if token_of(manifest.at.revision) != manifest.at.token:
            raise SnapshotError(f"the catalogue never had its revision {manifest.at.revision}")

    def whole(self, folder: Path, manifest: Manifest) -> None:
        """Raises SnapshotError unless every file has its length and checksum."""
        for name, wanted in manifest.files.items():
            path = folder / name
            try:
                if path.stat().st_size != wanted["bytes"]:
                    raise SnapshotError(
                        f"its file {name} is {path.stat().st_size} bytes long instead of {wanted['bytes']}"
                    )
                if digest(path) != wanted["sha256"]:
                    raise SnapshotError(f"the checksum of its file {name} is wrong")
            except OSError as error:
                raise SnapshotError(f"its file {name} cannot be read ({error.strerror})") from error

    def save(self, lane: Lane, at: Revision, built: int) -> Path:
        """Write a snapshot and take away the older ones. Raises StorageError where nothing can be written."""
        name = f"{at.revision:012d}-{secrets.token_hex(4)}"
        unfinished = self.folder / f"{_UNFINISHED}{name}"
        try:
            unfinished.mkdir(parents=True)
            lane.save(unfinished)
            files = {
                str(path.relative_to(unfinished)): {"bytes": path.stat().st_size, "sha256": digest(path)}
                for path in sorted(unfinished.rglob("*"))
                if path.is_file()
            }
            manifest = Manifest(self._index_id, self._spec, lane_format(type(lane)), at, built, len(lane), now(), files)
            (unfinished / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1))
            for path in unfinished.rglob("*"):
                force_to_disk(path)
            force_to_disk(unfinished)
            unfinished.rename(self.folder / name)
            force_to_disk(self.folder)
        except OSError as error:
            shutil.rmtree(unfinished, ignore_errors=True)
            if error.errno in _NO_WRITING:
                raise StorageError(f"no snapshot could be written to {self.folder} ({error.strerror})") from error
            raise
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
        self.clear(keep=self.folder / name)
        return self.folder / name

    @contextmanager
    def only_one(self) -> Iterator[bool]:
        """True for one process or thread at a time, False at once for the others; free again when a process dies.

        Raises StorageError where nothing can be written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise StorageError(f"no snapshot can be written to {self.folder} ({error.strerror})") from error
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True
        finally:
            os.close(handle)

    def clear(self, keep: Path | None = None) -> None:
        """Delete all snapshots but one, and what killed processes left; for whoever holds `only_one`. A process that
        has a deleted one mapped keeps it until it changes over."""
        for path in list(self.folder.iterdir()):
            if path == keep or path.name == _LOCK:
                continue
            gone = path
            if not path.name.startswith(_UNFINISHED):  # so that a kill leaves no half of a snapshot under its name
                gone = self.folder / f"{_UNFINISHED}{path.name}"
                with suppress(OSError):
                    path.rename(gone)
            shutil.rmtree(gone, ignore_errors=True)


def force_to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
