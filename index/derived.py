"""One lane of an open index: loaded when first searched, and brought up to the catalogue's state before each search."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection

from simcheck.errors import IndexBusyError
from simcheck.index.base import LaneSpec
from simcheck.index.batch import Revision
from simcheck.index.catalogue import Catalogue
from simcheck.index.database import Database
from simcheck.index.lanes import lane_class
from simcheck.index.lanes.base import Lane
from simcheck.index.rows import Block
from simcheck.index.snapshot import Manifest, SnapshotError, Snapshots

ROWS_AT_ONCE = 65_536
"""Rows handed to a lane at a time."""
BEHIND_SEGMENTS = 64
BEHIND_SHARE = 0.1
"""A new snapshot is due when more segments than this, and more than this share of all, came or went after the last:
catching up takes tens of microseconds each, writing a snapshot a second a gigabyte."""
DEAD_SHARE = 0.2
"""A snapshot is made from the catalogue alone, not from the one before, when more than this share of its works have
been removed since that was last done: a structure may carry the rows of removed works along."""

_NOTHING = Revision(0, "", 1, 1)


@dataclass(frozen=True)
class Grown:
    """A lane and how far it has come: the state of the catalogue it holds, the revision at which it was last made from
    the catalogue alone, and the snapshot it was loaded from."""

    lane: Lane
    at: Revision
    built: int
    source: Path | None = None


class DerivedLane:
    """A lane that follows the catalogue. Whatever is wrong with a snapshot, the catalogue has the truth."""

    def __init__(
        self, spec: LaneSpec, database: Database, catalogue: Catalogue, folder: Path, notice: Callable[[str], None]
    ) -> None:
        self.spec = spec
        self._db = database
        self._catalogue = catalogue
        self._notice = notice
        self._lock = threading.Lock()
        self._grown: Grown | None = None
        self.snapshots = Snapshots(folder, spec, catalogue.index_id())

    def current(self, state: Revision) -> Lane:
        """The lane, not older than ``state``. Raises IndexDamagedError where the catalogue's rows are damaged."""
        grown = self._grown
        if grown is not None and grown.at.revision >= state.revision:
            return grown.lane
        with self._lock:
            grown, self._grown = self._grown, None  # what is half caught up when something fails is not used again
            if grown is None:
                grown = self._load()
            if grown.at.revision < state.revision:
                grown = self._caught_up(grown)
            self._grown = grown
            return grown.lane

    def _load(self) -> Grown:
        """From the newest snapshot that fits, else an empty lane."""
        kind = lane_class(self.spec.structure)
        tried: set[Path] = set()
        with self._db.read() as connection:
            while new := [path for path in self.snapshots.found() if path not in tried]:
                tried.add(new[0])
                try:
                    lane, manifest = self.snapshots.load(
                        new[0], kind, lambda revision: self._catalogue.token_of(connection, revision)
                    )
                except SnapshotError as error:
                    if new[0].exists():  # else another process has just replaced it
                        self._notice(
                            f"the snapshot of the lane {self.spec.name} is not used: {error}; "
                            "it is built again from the catalogue"
                        )
                else:
                    gone = self._catalogue.removed_since(connection, manifest.built, manifest.at.next_work)
                    lane.discard(gone)
                    return Grown(lane, manifest.at, manifest.built, new[0])
        return self._empty()

    def _caught_up(self, grown: Grown) -> Grown:
        """The same lane with all that came and without all that went since."""
        with self._db.read() as connection:
            state = self._catalogue.state(connection)
            grown.lane.discard(self._catalogue.removed_since(connection, grown.at.revision, grown.at.next_work))
            add_rows(grown.lane, self._catalogue, connection, self.spec.name, grown.at.next_segment, state.next_segment)
        built = state.revision if grown.at == _NOTHING else grown.built
        return Grown(grown.lane, state, built, grown.source)

    def write(self) -> None:
        """Write a snapshot where one is due and no other process is at it. Raises StorageError.

        Works on a lane of its own, so searches go on undisturbed.
        """
        with self._db.read() as connection:
            newest = self._newest(connection)
            if not self._due(connection, newest, self._catalogue.state(connection)):
                return
            worn = newest is None or self._worn(connection, newest)
        with self.snapshots.only_one() as mine:
            if mine:
                self._save(self._empty() if worn else self._load())

    def rebuild(self) -> int:
        """Write a snapshot from the catalogue alone, and change over to it. Returns its rows.

        Raises StorageError, IndexDamagedError, and IndexBusyError where another process writes one.
        """
        with self.snapshots.only_one() as mine:
            if not mine:
                raise IndexBusyError(
                    f"another process is writing a snapshot of the lane {self.spec.name}; try again when it has ended"
                )
            rows = self._save(self._empty())
        self.adopt()
        return rows

    def _save(self, start: Grown) -> int:
        """Catch up, write, count; for whoever holds `only_one`."""
        grown = self._caught_up(start)
        if len(grown.lane):
            self.snapshots.save(grown.lane, grown.at, grown.built)
        else:
            self.snapshots.clear()
        return len(grown.lane)

    def _empty(self) -> Grown:
        return Grown(lane_class(self.spec.structure)(self.spec), _NOTHING, _NOTHING.revision)

    def method(self, state: Revision) -> dict[str, Any]:
        """How the lane searches now, and with what ``recall`` where that is known."""
        return dict(getattr(self.current(state), "method", {"name": self.spec.structure}))

    def described(self, state: Revision) -> dict[str, Any]:
        """The lane in plain values: its rows, how it is searched, its snapshot (None where there is none)."""
        with self._db.read() as connection:
            newest = self._newest(connection)
        return {
            **vars(self.spec),
            "rows": len(self.current(state)),
            "search": self.method(state),
            "snapshot": newest
            and {
                "revision": newest.at.revision,
                "created_at": newest.created_at,
                "rows": newest.rows,
                "bytes": sum(file["bytes"] for file in newest.files.values()),
            },
        }

    def adopt(self) -> None:
        """Change over to the newest snapshot, where this lane is in use and came from another: what is mapped from one
        file is shared by all processes, and what is unlinked is given back to the disk."""
        grown, found = self._grown, self.snapshots.found()
        if grown is None or not found or found[0] == grown.source:
            return
        newer = self._caught_up(self._load())
        with self._lock:
            self._grown = newer

    def _newest(self, connection: Connection) -> Manifest | None:
        """The manifest of the newest snapshot that fits this index; its files are not read."""
        for path in self.snapshots.found():
            try:
                manifest = self.snapshots.manifest(path)
                self.snapshots.fits(
                    manifest,
                    lane_class(self.spec.structure),
                    lambda revision: self._catalogue.token_of(connection, revision),
                )
            except SnapshotError:
                continue
            return manifest
        return None

    def _due(self, connection: Connection, newest: Manifest | None, state: Revision) -> bool:
        if newest is None:
            return self._catalogue.has_rows(connection, self.spec.name)
        came = state.next_segment - newest.at.next_segment
        went = len(self._catalogue.removed_since(connection, newest.at.revision, newest.at.next_work))
        return came + went > max(BEHIND_SEGMENTS, BEHIND_SHARE * state.next_segment)

    def _worn(self, connection: Connection, newest: Manifest) -> bool:
        dead = len(self._catalogue.removed_since(connection, newest.built, newest.at.next_work))
        return dead > DEAD_SHARE * newest.at.next_work


def add_rows(lane: Lane, catalogue: Catalogue, connection: Connection, name: str, first: int, end: int) -> None:
    """Hand a lane the catalogue's rows for the segments in [first, end)."""
    blocks: list[Block] = []

    def flush() -> None:
        lane.add(*(np.concatenate([getattr(one, part) for one in blocks]) for part in ("keys", "works", "rows")))
        blocks.clear()

    if first >= end:
        return
    for block in catalogue.rows_between(connection, name, first, end):
        blocks.append(block)
        if sum(len(one.keys) for one in blocks) >= ROWS_AT_ONCE:
            flush()
    if blocks:
        flush()
