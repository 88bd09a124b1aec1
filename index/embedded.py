"""The index of one machine: a SQLite catalogue as the truth, FAISS derived from it, in one folder."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from sqlalchemy import Connection, insert
from ulid import ULID

from simcheck.errors import IndexBusyError, IndexMismatchError, IndexMissingError, StorageError, UsageError
from simcheck.index.base import Candidate, Hit, LaneSpec, NewReference, Page, StoredReference
from simcheck.index.batch import Revision
from simcheck.index.catalogue import Catalogue, now
from simcheck.index.database import Database
from simcheck.index.derived import DerivedLane
from simcheck.index.history import History
from simcheck.index.ledger import ApiKey, Job, Ledger
from simcheck.index.schema import MIGRATIONS, REVISIONS, STATE, migrate, schema_version
from simcheck.reference import KindName, Reference, Status

CATALOGUE = "catalogue.sqlite"
SNAPSHOTS = "snapshots"


class EmbeddedIndex:
    """An open index. Every method is safe to call from several threads; close it when done, or use it as a context."""

    def __init__(
        self,
        folder: Path,
        lanes: Sequence[LaneSpec],
        *,
        create: bool = False,
        read_only: bool = False,
    ) -> None:
        self.folder = folder
        self.notices: list[str] = []
        """What was found and mended, in sentences for the user."""
        path = folder / CATALOGUE
        if create:
            _make(folder)
        elif not path.is_file():
            raise IndexMissingError(f"there is no index at {folder}; `simcheck add PATH` makes one")
        self.database = Database(path, read_only=read_only)
        try:
            self.catalogue = Catalogue(self.database)
            self._open(lanes)
            self._history = History(self.database)
            self._ledger = Ledger(self.database)
            self._lock = threading.Lock()
            self._wrote = False
            self._lanes: dict[str, DerivedLane] = {}
            self._names: dict[int, tuple[str, int]] = {}
            self._seen: object = None
            self._state, self._hidden = self._look()
        except BaseException:
            self.database.close()
            raise

    def _open(self, lanes: Sequence[LaneSpec]) -> None:
        with self.database.read() as connection:
            version = schema_version(connection)
            if version > len(MIGRATIONS):
                raise IndexMismatchError(
                    f"the index {self.folder} was made by a newer simcheck (schema {version}, this one knows "
                    f"{len(MIGRATIONS)}); update simcheck"
                )
            if version == len(MIGRATIONS):
                self.catalogue.load_lanes(connection)
        missing = [spec for spec in lanes if spec.name not in self.catalogue.lanes]
        if not self.database.read_only and (version < len(MIGRATIONS) or missing):
            with self.database.write() as connection:
                self._prepare(connection, lanes)
        elif version < len(MIGRATIONS):
            raise IndexMismatchError(
                f"the index {self.folder} is of an older version (schema {version}) and open for reading only; open it "
                "once with the right to write, `simcheck index stats` does"
            )
        for spec in lanes:
            held = self.catalogue.lanes.get(spec.name)
            if held is not None and held.spec != spec:
                raise IndexMismatchError(
                    f"the lane {spec.name} of the index {self.folder} was made by {held.spec.version}, and this "
                    f"simcheck is set up for {spec.version}: their rows cannot be compared; use the encoder it was "
                    "made with, or add the works to a new index"
                )

    def _prepare(self, connection: Connection, lanes: Sequence[LaneSpec]) -> None:
        before, after = migrate(connection)
        if before == 0:
            connection.execute(insert(STATE).values(index_id=str(ULID()), created_at=now(), compacted=0))
            connection.execute(
                insert(REVISIONS).values(revision=0, token=secrets.token_hex(8), at=now(), next_work=1, next_segment=1)
            )
        elif before < after:
            self.notices.append(f"the index was brought from schema {before} to {after}")
        self.catalogue.load_lanes(connection)
        for spec in lanes:
            if spec.name not in self.catalogue.lanes:
                self.catalogue.add_lane(connection, spec)
        self.catalogue.load_lanes(connection)

    # State ----------------------------------------------------------------------------------------------------------

    def _look(self) -> tuple[Revision, frozenset[int]]:
        """The catalogue's state now. Costs microseconds while nothing changes."""
        seen = self.database.change_count()
        if seen == self._seen:
            return self._state, self._hidden
        with self._lock:
            self.database.refresh()
            with self.database.read() as connection:
                self._state = self.catalogue.state(connection)
                self._hidden = self.catalogue.hidden(connection)
            self._seen = seen
            return self._state, self._hidden

    @property
    def revision(self) -> int:
        return self._look()[0].revision

    @property
    def lanes(self) -> tuple[LaneSpec, ...]:
        """The lanes this index holds."""
        return tuple(lane.spec for lane in self.catalogue.lanes.values())

    # Works ----------------------------------------------------------------------------------------------------------

    def add(self, new: Sequence[NewReference]) -> list[Reference]:
        self._wrote = True
        return self.catalogue.add(new)

    def find(self, sha256: str) -> Reference | None:
        return self.catalogue.find(sha256)

    def reference(self, reference_id: str) -> Reference:
        return self.catalogue.reference(reference_id)

    def references(
        self,
        *,
        kind: KindName | None = None,
        status: Status | None = None,
        tags: Mapping[str, str] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> Page:
        return self.catalogue.references(kind, status, tags, cursor, limit)

    def stored(self, reference_ids: Iterable[str]) -> list[StoredReference]:
        return self.catalogue.stored(reference_ids)

    def count(self, kind: KindName | None = None, status: Status | None = "active") -> int:
        return self.catalogue.count(kind, status)

    def without(self, lane: str, kind: KindName) -> int:
        return self.catalogue.without(lane, kind)

    def remove(self, reference_id: str) -> Reference:
        self._wrote = True
        return self.catalogue.remove(reference_id)

    def quarantine(self, reference_id: str, reason: str | None = None) -> Reference:
        return self.catalogue.set_status(reference_id, "quarantined", reason)

    def restore(self, reference_id: str) -> Reference:
        return self.catalogue.set_status(reference_id, "active", None)

    def exclude(self, reference_id: str, start: float, end: float) -> Reference:
        return self.catalogue.exclude(reference_id, start, end)

    def update(self, reference_id: str, changes: Mapping[str, Any]) -> Reference:
        return self.catalogue.update(reference_id, changes)

    # Searching ------------------------------------------------------------------------------------------------------

    def search(self, lane: str, probe: np.ndarray, k: int) -> list[Candidate]:
        if k < 1:
            raise UsageError(f"k must be at least 1, not {k}")
        state, hidden = self._look()
        structure = self.derived(lane).current(state)
        asked = k + min(k, len(hidden))
        while True:
            found = structure.search(probe, asked)
            visible = [one for one in found if one.work not in hidden]
            if len(visible) >= k or len(found) < asked:
                break
            asked *= 4
        names = self._named([one.work for one in visible[:k]])
        out = []
        for one in visible[:k]:
            reference_id, first = names[one.work]
            out.append(
                Candidate(reference_id, one.score, tuple(Hit(key - first, row, score) for key, row, score in one.hits))
            )
        return out

    def recall(self) -> dict[str, float | None]:
        """Of each lane the share of queries whose nearest row is found: 1.0 where every row is compared, else what was
        measured when the structure was built; None where it was not."""
        state, _ = self._look()
        return {spec.name: self.derived(spec.name).method(state).get("recall") for spec in self.lanes}

    def derived(self, name: str) -> DerivedLane:
        """The search structure of a lane, for maintenance. Raises UsageError where there is none of this name."""
        with self._lock:
            if name not in self._lanes:
                if name not in self.catalogue.lanes:
                    raise UsageError(f"the index {self.folder} has no lane called {name}")
                self._lanes[name] = DerivedLane(
                    self.catalogue.lanes[name].spec,
                    self.database,
                    self.catalogue,
                    self.folder / SNAPSHOTS,
                    self.notices.append,
                )
            return self._lanes[name]

    def _named(self, works: Sequence[int]) -> dict[int, tuple[str, int]]:
        unknown = [work for work in works if work not in self._names]
        if unknown:
            self._names.update(self.catalogue.names(unknown))
        return self._names

    # Checks, keys, jobs ---------------------------------------------------------------------------------------------

    def record_check(self, report: Mapping[str, Any], actor: str) -> None:
        self._history.record(report, actor)

    def check(self, check_id: str) -> dict[str, Any]:
        return self._history.check(check_id)

    def checks(
        self,
        *,
        decision: str | None = None,
        sha256: str | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> Page:
        return self._history.checks(decision, sha256, cursor, limit)

    def create_key(self, key: ApiKey) -> None:
        self._ledger.create_key(key)

    def keys(self) -> list[ApiKey]:
        return self._ledger.keys()

    def revoke_key(self, key_id: str, at: str) -> ApiKey:
        return self._ledger.revoke_key(key_id, at)

    def put_job(self, job: Job) -> None:
        self._ledger.put_job(job)

    def job(self, job_id: str) -> Job:
        return self._ledger.job(job_id)

    def jobs(self, status: str | None = None) -> list[Job]:
        return self._ledger.jobs(status)

    def update_job(self, job_id: str, *, only_from: tuple[str, ...] | None = None, **changes: Any) -> Job:
        return self._ledger.update_job(job_id, only_from=only_from, **changes)

    # Life -----------------------------------------------------------------------------------------------------------

    def maintain(self) -> None:
        """Write snapshots where much has changed since the last, and change over to those that others wrote.

        For the service, now and then, from a thread: readers are never blocked. The command line needs no call, since
        `close` writes what is due. Raises StorageError where nothing can be written.
        """
        for spec in self.lanes:
            derived = self.derived(spec.name)
            if not self.database.read_only:
                derived.write()
            derived.adopt()

    def close(self) -> None:
        """Close the index, writing the snapshots that are due. One that cannot be written is no loss, since the
        catalogue has everything; ``notices`` says so."""
        try:
            if not self.database.read_only:
                # A command that neither changed works nor searched a lane leaves it alone: looking costs imports.
                for name in [spec.name for spec in self.lanes] if self._wrote else list(self._lanes):
                    self.derived(name).write()
        except (StorageError, IndexBusyError) as error:
            self.notices.append(str(error))
        finally:
            self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def reading(self) -> AbstractContextManager[Connection]:
        """A read transaction on the catalogue, for maintenance."""
        return self.database.read()


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"the index {folder} cannot be made ({error.strerror})") from error
