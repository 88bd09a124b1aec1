"""The catalogue of works: what is registered, changed and removed, each in one transaction."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, Row, delete, exists, func, insert, select, update

from simcheck.errors import ReferenceNotFoundError, UsageError
from simcheck.index.base import LaneSpec, NewReference, Page, StoredReference
from simcheck.index.batch import Batch, LaneTable, Revision, pack, rights_columns
from simcheck.index.database import Database
from simcheck.index.rows import Block, unpacked
from simcheck.index.schema import (
    CHECK_CONTENTS,
    EVIDENCE,
    LANES,
    REFERENCES,
    REVISIONS,
    SEGMENTS,
    STATE,
    entries_table,
)
from simcheck.index.stored import chunks, reference_of, stored
from simcheck.reference import Exclusion, KindName, Reference, Rights, Status

CHANGEABLE = ("title", "creator", "licence", "allow_projects", "tags")
REMOVED_NAME = "(removed)"
SEGMENTS_AT_ONCE = 2048
"""Segments whose rows are read at a time."""


def now() -> str:
    """UTC, RFC 3339."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Catalogue:
    """Reads and changes works. Every change gets a revision of its own."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self.lanes: dict[str, LaneTable] = {}

    # What is there ------------------------------------------------------------------------------------------------

    def load_lanes(self, connection: Connection) -> None:
        self.lanes = {
            row.name: LaneTable(
                row.number, LaneSpec(row.name, row.structure, row.size, row.version), entries_table(row.number)
            )
            for row in connection.execute(select(LANES))
        }

    def add_lane(self, connection: Connection, spec: LaneSpec) -> None:
        number = connection.execute(insert(LANES).values(**vars(spec))).lastrowid
        entries_table(number).create(connection)

    def index_id(self) -> str:
        with self._db.read() as connection:
            return str(connection.execute(select(STATE.c.index_id)).scalar_one())

    def state(self, connection: Connection) -> Revision:
        row = connection.execute(select(REVISIONS).order_by(REVISIONS.c.revision.desc()).limit(1)).one()
        return Revision(row.revision, row.token, row.next_work, row.next_segment)

    def token_of(self, connection: Connection, revision: int) -> str | None:
        return connection.execute(
            select(REVISIONS.c.token).where(REVISIONS.c.revision == revision)
        ).scalar_one_or_none()

    def find(self, sha256: str) -> Reference | None:
        with self._db.read() as connection:
            row = connection.execute(
                select(REFERENCES).where(REFERENCES.c.sha256 == sha256, REFERENCES.c.status != "removed")
            ).one_or_none()
        return None if row is None else reference_of(row)

    def reference(self, reference_id: str) -> Reference:
        with self._db.read() as connection:
            return reference_of(self._row(connection, reference_id))

    def references(
        self,
        kind: KindName | None,
        status: Status | None,
        tags: Mapping[str, str] | None,
        cursor: str | None,
        limit: int | None,
    ) -> Page:
        question = select(REFERENCES).where(REFERENCES.c.number > read_cursor(cursor)).order_by(REFERENCES.c.number)
        if kind is not None:
            question = question.where(REFERENCES.c.kind == kind)
        question = question.where(REFERENCES.c.status == status if status else REFERENCES.c.status != "removed")
        wanted = dict(tags or {}).items()
        if limit is not None and not wanted:
            question = question.limit(limit + 1)
        items: list[Reference] = []
        numbers: list[int] = []
        with self._db.read() as connection:
            for row in connection.execute(question):
                reference = reference_of(row)
                if wanted <= reference.tags.items():
                    items.append(reference)
                    numbers.append(row.number)
                if limit is not None and len(items) > limit:
                    break
        if limit is None or len(items) <= limit:
            return Page(tuple(items), None)
        return Page(tuple(items[:limit]), str(numbers[limit - 1]) if limit else cursor)

    def stored(self, reference_ids: Iterable[str]) -> list[StoredReference]:
        with self._db.read() as connection:
            return stored(connection, self.lanes, reference_ids)

    def count(self, kind: KindName | None, status: Status | None) -> int:
        question = select(func.count()).select_from(REFERENCES)
        if kind is not None:
            question = question.where(REFERENCES.c.kind == kind)
        question = question.where(REFERENCES.c.status == status if status else REFERENCES.c.status != "removed")
        with self._db.read() as connection:
            return int(connection.execute(question).scalar_one())

    def without(self, lane: str, kind: KindName) -> int:
        """Active works of a kind that have no row in a lane; all of them where the index has no such lane."""
        if lane not in self.lanes:
            return self.count(kind, "active")
        rows, first = self.lanes[lane].table.c, REFERENCES.c.first_segment
        held = exists().where(rows.segment >= first, rows.segment < first + REFERENCES.c.segments)
        question = (
            select(func.count())
            .select_from(REFERENCES)
            .where(REFERENCES.c.kind == kind, REFERENCES.c.status == "active", ~held)
        )
        with self._db.read() as connection:
            return int(connection.execute(question).scalar_one())

    # What derived structures read ---------------------------------------------------------------------------------

    def rows_between(self, connection: Connection, lane: str, first: int, end: int) -> Iterator[Block]:
        """The rows of a lane for keys in [first, end), in order, some thousand segments at a time."""
        held = self.lanes[lane]
        table = held.table
        question = (
            select(table.c.segment, table.c.work, table.c.rows, table.c.crc)
            .where(table.c.segment >= first, table.c.segment < end)
            .order_by(table.c.segment)
        )
        # Straight from the driver: SQLAlchemy's rows take longer than SQLite and the checksums together.
        cursor = connection.connection.cursor()
        cursor.execute(str(question.compile(connection.engine)), (first, end))
        while some := cursor.fetchmany(SEGMENTS_AT_ONCE):
            yield unpacked(held.spec, *zip(*some, strict=True))

    def has_rows(self, connection: Connection, lane: str) -> bool:
        return connection.execute(select(self.lanes[lane].table.c.segment).limit(1)).first() is not None

    def removed_since(self, connection: Connection, revision: int, before_work: int) -> list[int]:
        """Works numbered below ``before_work`` that were removed after ``revision``."""
        question = select(REFERENCES.c.number).where(
            REFERENCES.c.revision > revision, REFERENCES.c.status == "removed", REFERENCES.c.number < before_work
        )
        return list(connection.execute(question).scalars())

    def hidden(self, connection: Connection) -> frozenset[int]:
        """Works in quarantine: stored, and in no answer."""
        return frozenset(
            connection.execute(select(REFERENCES.c.number).where(REFERENCES.c.status == "quarantined")).scalars()
        )

    def names(self, works: Sequence[int]) -> dict[int, tuple[str, int]]:
        """Work to (reference id, key of its first segment)."""
        with self._db.read() as connection:
            return {
                row.number: (row.id, row.first_segment)
                for numbers in chunks(list(works))
                for row in connection.execute(
                    select(REFERENCES.c.number, REFERENCES.c.id, REFERENCES.c.first_segment).where(
                        REFERENCES.c.number.in_(numbers)
                    )
                )
            }

    # What changes -------------------------------------------------------------------------------------------------

    def add(self, new: Sequence[NewReference]) -> list[Reference]:
        entries = pack(self.lanes, new)
        with self._db.write() as connection:
            known = self._known(connection, {one.sha256 for one in new})
            before = self.state(connection)
            batch = Batch(before, now())
            for one, rows in zip(new, entries, strict=True):
                if one.sha256 not in known:
                    known[one.sha256] = batch.take(one, rows)
            if batch.references:
                batch.write(connection, self.lanes)
                self._advance(connection, before, batch.next_work, batch.next_segment)
        return [known[one.sha256] for one in new]

    def _known(self, connection: Connection, hashes: set[str]) -> dict[str, Reference]:
        return {
            row.sha256: reference_of(row)
            for some in chunks(sorted(hashes))
            for row in connection.execute(
                select(REFERENCES).where(REFERENCES.c.sha256.in_(some), REFERENCES.c.status != "removed")
            )
        }

    def _advance(self, connection: Connection, before: Revision, next_work: int, next_segment: int) -> None:
        connection.execute(
            insert(REVISIONS).values(
                revision=before.revision + 1,
                token=secrets.token_hex(8),
                at=now(),
                next_work=next_work,
                next_segment=next_segment,
            )
        )

    def _row(self, connection: Connection, reference_id: str) -> Row[Any]:
        row = connection.execute(select(REFERENCES).where(REFERENCES.c.id == reference_id)).one_or_none()
        if row is None:
            raise ReferenceNotFoundError(f"there is no reference with the id {reference_id}")
        return row

    def _change(self, reference_id: str, values: Callable[[Reference], dict[str, Any]]) -> Reference:
        """Change one work's row. ``values`` says how; an empty answer means that nothing changes."""
        with self._db.write() as connection:
            row = self._row(connection, reference_id)
            if row.status == "removed":
                raise ReferenceNotFoundError(f"the reference {reference_id} was removed; add its file again")
            changes = values(reference_of(row))
            if not changes:
                return reference_of(row)
            before = self.state(connection)
            connection.execute(
                update(REFERENCES)
                .where(REFERENCES.c.number == row.number)
                .values(**changes, revision=before.revision + 1)
            )
            self._advance(connection, before, before.next_work, before.next_segment)
            return reference_of(self._row(connection, reference_id))

    def set_status(self, reference_id: str, status: Status, reason: str | None) -> Reference:
        def values(reference: Reference) -> dict[str, Any]:
            same = reference.status == status and (status == "active" or reason in (None, reference.status_reason))
            return {} if same else {"status": status, "status_reason": reason}

        return self._change(reference_id, values)

    def exclude(self, reference_id: str, start: float, end: float) -> Reference:
        if not 0 <= start < end:
            raise UsageError(f"an exclusion needs 0 <= start < end, not {start:g} and {end:g}")
        one = Exclusion(start=start, end=end)

        def values(reference: Reference) -> dict[str, Any]:
            if one in reference.exclusions:
                return {}
            return {"exclusions": json.dumps([e.model_dump() for e in (*reference.exclusions, one)])}

        return self._change(reference_id, values)

    def update(self, reference_id: str, changes: Mapping[str, Any]) -> Reference:
        for name in changes:
            if name not in CHANGEABLE:
                raise UsageError(f"a reference's {name} cannot be changed; what can be is {', '.join(CHANGEABLE)}")

        def values(reference: Reference) -> dict[str, Any]:
            old = {name: getattr(reference, name) for name in CHANGEABLE}
            try:
                rights = Rights(**{**old, **changes})
            except ValidationError as error:
                fault = error.errors()[0]
                raise UsageError(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}") from error
            return {
                name: value
                for name, value in rights_columns(rights).items()
                if name in changes and getattr(rights, name) != old[name]
            }

        return self._change(reference_id, values)

    def remove(self, reference_id: str) -> Reference:
        """Take a work out. Its rows, evidence and texts are deleted in the same transaction; id and hash stay."""
        with self._db.write() as connection:
            row = self._row(connection, reference_id)
            if row.status == "removed":
                return reference_of(row)
            before = self.state(connection)
            span = (row.first_segment, row.first_segment + row.segments - 1)
            for lane in self.lanes.values():
                connection.execute(delete(lane.table).where(lane.table.c.segment.between(*span)))
            connection.execute(delete(EVIDENCE).where(EVIDENCE.c.segment.between(*span)))
            connection.execute(delete(SEGMENTS).where(SEGMENTS.c.key.between(*span)))
            connection.execute(delete(CHECK_CONTENTS).where(CHECK_CONTENTS.c.reference_id == row.id))
            connection.execute(
                update(REFERENCES)
                .where(REFERENCES.c.number == row.number)
                .values(
                    status="removed",
                    status_reason=None,
                    name=REMOVED_NAME,
                    **rights_columns(Rights()),
                    exclusions="[]",
                    facts="{}",
                    revision=before.revision + 1,
                )
            )
            self._advance(connection, before, before.next_work, before.next_segment)
        return reference_of(row).model_copy(update={"status": "removed"})


def read_cursor(cursor: str | None) -> int:
    """The number behind a cursor. Raises UsageError for anything that no page has given out."""
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
        raise UsageError(f"{cursor!r} is not a cursor of this list")
    return int(cursor)
