"""Removed works leave the disk.

Removal deletes a work's rows, evidence and texts at once (``secure_delete`` overwrites them); what may still hold
traces are pages that were freed, the write-ahead log, and snapshots that were made before. Compaction writes the
catalogue anew without free pages, empties the log, and makes all snapshots anew from the catalogue.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import update

from simcheck.errors import IndexBusyError
from simcheck.index.base import LaneSpec
from simcheck.index.embedded import SNAPSHOTS, EmbeddedIndex
from simcheck.index.schema import STATE


def rebuild(folder: Path, lanes: Sequence[LaneSpec]) -> dict[str, Any]:
    """Make the derived part anew from the catalogue. Returns the revision and the rows of each lane.

    Raises IndexBusyError while another process writes a snapshot, StorageError, IndexDamagedError.
    """
    with EmbeddedIndex(folder, lanes) as index:
        rows = _rebuilt(index)
        return {"revision": index.revision, "lanes": rows}


def compact(folder: Path, lanes: Sequence[LaneSpec]) -> dict[str, Any]:
    """See the module. Returns the revision, and the bytes of the folder before and after.

    Raises IndexBusyError where another process keeps reading or writing for too long: compact again, then.
    """
    before = bytes_of(folder)
    with EmbeddedIndex(folder, lanes) as index:
        revision = index.revision
        with index.database.alone() as connection:
            connection.execute("VACUUM")
            busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if busy:
            raise IndexBusyError(
                f"another process reads the index {folder} all the time, so its log cannot be emptied; "
                "compact again when it has ended"
            )
        _rebuilt(index)
        with index.database.write() as connection:
            connection.execute(update(STATE).values(compacted=revision))
    return {"revision": revision, "bytes_before": before, "bytes_after": bytes_of(folder)}


def _rebuilt(index: EmbeddedIndex) -> dict[str, int]:
    rows = {}
    for path in (index.folder / SNAPSHOTS).glob("*"):
        if path.name not in {spec.name for spec in index.lanes}:
            shutil.rmtree(path, ignore_errors=True)
    for spec in index.lanes:
        rows[spec.name] = index.derived(spec.name).rebuild()
    return rows


def bytes_of(folder: Path) -> int:
    """Bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
