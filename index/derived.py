"""One lane of an open index: loaded when first searched, and brought up to the catalogue's state before each search."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
from sqlalchemy import Connection

from simcheck.index.base import LaneSpec
from simcheck.index.catalogue import Catalogue, Revision
from simcheck.index.database import Database
from simcheck.index.lanes import lane_class
from simcheck.index.lanes.base import Lane
from simcheck.index.snapshot import SnapshotError, Snapshots

ROWS_AT_ONCE = 65_536
"""Rows handed to a lane at a time."""
BEHIND_ROWS = 2_000
BEHIND_SHARE = 0.1
"""A new snapshot is due when more rows than this, and more than this share of the lane, came after the last one:
catching up from the catalogue takes about 10 microseconds a row."""

NOTHING = Revision(0, "", 1, 1)


class DerivedLane:
    """A lane and how far it has come. Not trusted: whatever is wrong with a snapshot, the catalogue has the truth."""

    def __init__(
        self, spec: LaneSpec, database: Database, catalogue: Catalogue, folder: Path, notice: Callable[[str], None]
    ) -> None:
        self.spec = spec
        self._db = database
        self._catalogue = catalogue
        self._notice = notice
        self._lock = threading.RLock()
        self._lane: Lane | None = None
        self._at = NOTHING
        self._saved_at: Revision | None = None
        self._rows_at_save = 0
        self.snapshots = Snapshots(folder, spec, catalogue.index_id())

    def current(self, state: Revision) -> Lane:
        """The lane, not older than ``state``."""
        if self._lane is None or self._at.revision < state.revision:
            with self._lock:
                if self._lane is None:
                    self._lane, self._at = self._load()
                if self._at.revision < state.revision:
                    self._catch_up(self._lane)
                return self._lane
        return self._lane

    def _load(self) -> tuple[Lane, Revision]:
        kind = lane_class(self.spec.structure)
        tried = set()
        with self._db.read() as connection:
            while new := [path for path in self.snapshots.found() if path not in tried]:
                tried.add(new[0])
                try:
                    lane, at = self.snapshots.load(
                        new[0], kind, lambda revision: self._catalogue.token_of(connection, revision)
                    )
                except SnapshotError as error:
                    if new[0].exists():  # else another process has replaced it by a newer one just now
                        self._notice(
                            f"the snapshot of the lane {self.spec.name} is not used: {error}; "
                            "it is rebuilt from the catalogue"
                        )
                else:
                    self._saved_at, self._rows_at_save = at, len(lane)
                    return lane, at
        return kind(self.spec), NOTHING

    def _catch_up(self, lane: Lane) -> None:
        with self._db.read() as connection:
            state = self._catalogue.state(connection)
            gone = self._catalogue.removed_since(connection, self._at.revision, self._at.next_work)
            if gone:
                lane.discard(gone)
            add_rows(lane, self._catalogue, connection, self.spec.name, self._at.next_segment, state.next_segment)
        self._at = state

    def due(self) -> bool:
        """Whether a new snapshot would spare the next process much work."""
        with self._lock:
            if self._lane is None or not len(self._lane):
                return False
            if self._saved_at is None:
                return True
            behind = abs(len(self._lane) - self._rows_at_save)
            return behind > BEHIND_ROWS or behind > BEHIND_SHARE * len(self._lane)

    def save(self) -> None:
        """Write a snapshot of the lane as it is. Raises StorageError."""
        with self._lock:
            if self._lane is None:
                return
            self.snapshots.save(self._lane, self._at)
            self._saved_at, self._rows_at_save = self._at, len(self._lane)


def add_rows(lane: Lane, catalogue: Catalogue, connection: Connection, name: str, first: int, end: int) -> None:
    """Hand a lane the catalogue's rows for the segments in [first, end)."""
    keys: list[int] = []
    works: list[int] = []
    rows: list[np.ndarray] = []
    held = 0

    def flush() -> None:
        nonlocal held
        counts = [len(one) for one in rows]
        lane.add(
            np.repeat(np.array(keys, np.int64), counts),
            np.repeat(np.array(works, np.int64), counts),
            np.concatenate(rows),
        )
        for collected in (keys, works, rows):
            collected.clear()
        held = 0

    if first >= end:
        return
    for segment, work, part in catalogue.rows_between(connection, name, first, end):
        keys.append(segment)
        works.append(work)
        rows.append(part)
        held += len(part)
        if held >= ROWS_AT_ONCE:
            flush()
    if rows:
        flush()
