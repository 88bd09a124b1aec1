"""Moving an index: one portable archive, streamed, with checksums.

The archive is a plain tar of three files in this order: ``simcheck-index/about.json`` (schema, index, revision),
``simcheck-index/catalogue.sqlite`` (written without free pages, so nothing that was removed is in it), and
``simcheck-index/checksums.json``. Snapshots are not in it, since every machine makes its own.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import secrets
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from sqlalchemy import delete, select

from simcheck.errors import IndexBusyError, IndexDamagedError, IndexMismatchError, StorageError, UsageError
from simcheck.index.compact import rebuild
from simcheck.index.embedded import CATALOGUE, EmbeddedIndex
from simcheck.index.schema import JOBS, LANES, MIGRATIONS
from simcheck.index.snapshot import digest, force_to_disk
from simcheck.index.verify import expected_schema, schema_of

SCHEMA = "simcheck.index-export/1"
_ROOT = "simcheck-index"
_MEMBERS = [f"{_ROOT}/about.json", f"{_ROOT}/{CATALOGUE}", f"{_ROOT}/checksums.json"]
_CHUNK = 1 << 20
_NOTE_MOST = 1 << 20
"""Bytes of the two small files, at most."""


def export(folder: Path, file: Path) -> dict[str, Any]:
    """Write the index at ``folder`` to ``file``. Others may read and write the index meanwhile; what is exported is one
    state of it. Returns revision, references, bytes. Raises IndexMissingError, UsageError, StorageError."""
    if file.exists():
        raise UsageError(f"{file} exists already; export to another file")
    with EmbeddedIndex(folder, (), read_only=True) as index, _scratch(file.parent) as scratch:
        copy = scratch / CATALOGUE
        index.database.copy_into(copy)
        with _named(file):
            references, revision, index_id = _about(copy)
            about = {
                "schema": SCHEMA,
                "index_id": index_id,
                "revision": revision,
                "references": references,
                "catalogue_schema": len(MIGRATIONS),
            }
            unfinished = scratch / "archive.tar"
            with unfinished.open("xb") as raw:
                with tarfile.open(fileobj=raw, mode="w|", format=tarfile.PAX_FORMAT) as tar:
                    _put(tar, _MEMBERS[0], json.dumps(about, indent=1).encode())
                    tar.add(copy, _MEMBERS[1], filter=_plain)
                    _put(tar, _MEMBERS[2], json.dumps({CATALOGUE: digest(copy)}).encode())
                raw.flush()
                os.fsync(raw.fileno())
            os.link(unfinished, file)
            force_to_disk(file.parent)
    return {"file": str(file), "revision": revision, "references": references, "bytes": file.stat().st_size}


def import_archive(file: Path, folder: Path) -> dict[str, Any]:
    """Make the index ``folder`` out of an archive. Returns revision, references and the rows of each lane.

    Raises UsageError where there is an index already or the file is no archive of an index, IndexDamagedError where it
    is not whole, IndexMismatchError where a newer simcheck made it, StorageError.
    """
    if (folder / CATALOGUE).exists():
        raise UsageError(f"there is an index at {folder} already; import into another folder")
    with _named(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with _scratch(folder) as scratch:
            _unpacked(file, scratch)
            _ours(file, scratch)
            for path in scratch.iterdir():
                force_to_disk(path)
            os.link(scratch / CATALOGUE, folder / CATALOGUE)
            force_to_disk(folder)
    built = rebuild(folder, ())
    with EmbeddedIndex(folder, ()) as index:
        return {"index": str(folder), "references": index.count(status=None), **built}


def _unpacked(file: Path, scratch: Path) -> None:
    """The catalogue out of the archive, proven by its checksum. Names in the archive never become paths."""
    notes: dict[str, dict[str, Any]] = {}
    found = ""
    try:
        with file.open("rb") as raw, tarfile.open(fileobj=raw, mode="r|") as tar:
            names = []
            for member in tar:
                names.append(member.name)
                if names != _MEMBERS[: len(names)] or not member.isreg():
                    raise UsageError(f"{file} is not an export of simcheck: it holds {member.name!r}")
                source = tar.extractfile(member)
                if source is None or (member.name != _MEMBERS[1] and member.size > _NOTE_MOST):
                    raise UsageError(f"{file} is not an export of simcheck: {member.name!r} is no plain small file")
                if member.name == _MEMBERS[1]:
                    _newer(file, notes[_MEMBERS[0]])
                    found = _written(source, member.size, scratch / CATALOGUE)
                else:
                    notes[member.name] = dict(json.loads(source.read()))
    except FileNotFoundError as error:
        raise UsageError(f"there is no file {file}") from error
    except (tarfile.TarError, EOFError, ValueError, TypeError) as error:
        raise IndexDamagedError(f"{file} is not a whole export of simcheck ({error}); copy it here again") from error
    if names != _MEMBERS or notes[_MEMBERS[2]].get(CATALOGUE) != found:
        raise IndexDamagedError(f"{file} is not a whole export of simcheck: it ends early or a checksum is wrong")


def _newer(file: Path, about: dict[str, Any]) -> None:
    version = about.get("catalogue_schema")
    if about.get("schema") != SCHEMA or not isinstance(version, int) or version > len(MIGRATIONS):
        raise IndexMismatchError(f"{file} was made by a newer simcheck; update simcheck here")


def _written(source: IO[bytes], size: int, target: Path) -> str:
    """Copy, and return the SHA-256. Raises EOFError where the source is shorter than it says."""
    if size > shutil.disk_usage(target.parent).free:
        raise StorageError(f"there is no space for the {size} bytes of the index in {target.parent}; free some")
    hashed, left = hashlib.sha256(), size
    with target.open("xb") as out:
        while left and (part := source.read(min(_CHUNK, left))):
            hashed.update(part)
            out.write(part)
            left -= len(part)
    if left:
        raise EOFError(f"{left} bytes are missing")
    return hashed.hexdigest()


def _ours(file: Path, scratch: Path) -> None:
    """The catalogue consists of what this simcheck would make, and nothing else (no trigger or view of strangers).
    Jobs belong to processes of the other machine and stay behind."""
    with EmbeddedIndex(scratch, ()) as index:
        with index.database.write() as connection:
            lanes = len(connection.execute(select(LANES.c.name)).all())
            if schema_of(connection) != expected_schema(lanes):
                raise UsageError(f"{file} is not an export of simcheck: its catalogue has tables of another make")
            connection.execute(delete(JOBS))
        with index.database.alone() as connection:
            if connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                raise IndexBusyError(f"another process has opened {scratch}")


def _about(copy: Path) -> tuple[int, int, str]:
    with EmbeddedIndex(copy.parent, (), read_only=True) as index:
        return index.count(status=None), index.revision, index.catalogue.index_id()


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Nothing of this machine in the archive: no owner, no mode of its own."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o600
    return member


def _put(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    member = _plain(tarfile.TarInfo(name))
    member.size = len(data)
    tar.addfile(member, io.BytesIO(data))


@contextmanager
def _scratch(parent: Path) -> Iterator[Path]:
    """A folder beside the target, gone afterwards."""
    path = parent / f".simcheck-{secrets.token_hex(6)}"
    with _named(path):
        path.mkdir(parents=True)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Turn faults of the disk into StorageError."""
    try:
        yield
    except OSError as error:
        raise StorageError(f"{path} cannot be written ({error.strerror})") from error
