"""New works on their way into the catalogue: checked, packed, and written table by table."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, insert
from ulid import ULID

from simcheck.errors import UsageError
from simcheck.index.base import LaneSpec, NewReference, Rows
from simcheck.index.rows import check_values, packed, shaped
from simcheck.index.schema import EVIDENCE, REFERENCES, SEGMENTS
from simcheck.reference import Reference, Rights


@dataclass(frozen=True)
class Revision:
    """One state of the catalogue."""

    revision: int
    token: str
    next_work: int
    next_segment: int


@dataclass(frozen=True)
class LaneTable:
    """A lane as the catalogue holds it."""

    number: int
    spec: LaneSpec
    table: Table


def pack(lanes: Mapping[str, LaneTable], new: Sequence[NewReference]) -> list[list[dict[str, tuple[bytes, int]]]]:
    """For each work, for each segment, the bytes and CRC of its rows by lane. Rows of a lane are checked together,
    since checking few rows costs as much as checking thousands."""
    out: list[list[dict[str, tuple[bytes, int]]]] = [[{} for _ in one.segments] for one in new]
    by_lane: dict[str, list[tuple[Rows, dict[str, tuple[bytes, int]], str]]] = {}
    for one, mine in zip(new, out, strict=True):
        for segment, target in zip(one.segments, mine, strict=True):
            for name, rows in segment.entries.items():
                if name not in lanes:
                    raise UsageError(f"{one.name}: this index has no lane called {name}")
                by_lane.setdefault(name, []).append((shaped(lanes[name].spec, rows, one.name), target, one.name))
    for name, parts in by_lane.items():
        check_values(lanes[name].spec, [rows for rows, _, _ in parts], [whose for _, _, whose in parts])
        for rows, target, _ in parts:
            if len(rows):
                target[name] = packed(rows)
    return out


class Batch:
    """Rows of one ``add``, collected table by table."""

    def __init__(self, before: Revision, added_at: str) -> None:
        self.next_work = before.next_work
        self.next_segment = before.next_segment
        self.references: list[tuple[Any, ...]] = []
        self._revision = before.revision + 1
        self._added_at = added_at
        self._segments: list[tuple[Any, ...]] = []
        self._evidence: list[tuple[Any, ...]] = []
        self._entries: dict[str, list[tuple[Any, ...]]] = {}

    def take(self, new: NewReference, entries: Sequence[Mapping[str, tuple[bytes, int]]]) -> Reference:
        reference = Reference(
            id=str(ULID()),
            name=new.name,
            kind=new.kind,
            status=new.status,
            status_reason=new.status_reason,
            sha256=new.sha256,
            bytes=new.bytes,
            added_at=self._added_at,
            **vars(new.rights),
        )
        work = self.next_work
        self.references.append(
            (
                work,
                reference.id,
                new.name,
                new.kind,
                new.status,
                new.status_reason,
                new.sha256,
                new.bytes,
                self._added_at,
                *rights_columns(new.rights).values(),
                "[]",
                _json(dict(new.facts)),
                self.next_segment,
                len(new.segments),
                self._revision,
            )
        )
        for ordinal, (segment, rows) in enumerate(zip(new.segments, entries, strict=True)):
            key = self.next_segment + ordinal
            self._segments.append((key, work, ordinal, _json(dict(segment.place))))
            for name, (data, crc) in rows.items():
                self._entries.setdefault(name, []).append((key, work, data, crc))
            for name, data in segment.evidence.items():
                self._evidence.append((key, name, data, zlib.crc32(data)))
        self.next_work += 1
        self.next_segment += len(new.segments)
        return reference

    def write(self, connection: Connection, lanes: Mapping[str, LaneTable]) -> None:
        _insert(connection, REFERENCES, self.references)
        _insert(connection, SEGMENTS, self._segments)
        for name, rows in self._entries.items():
            _insert(connection, lanes[name].table, rows)
        _insert(connection, EVIDENCE, self._evidence)


def _insert(connection: Connection, table: Table, rows: list[tuple[Any, ...]]) -> None:
    """Insert rows whose values stand in the order of the table's columns, straight through the driver: SQLAlchemy's own
    way through dictionaries takes longer than SQLite itself."""
    if rows:
        connection.exec_driver_sql(str(insert(table).compile(connection.engine)), rows)


def _json(value: Any) -> str:
    return json.dumps(value) if value else ("[]" if isinstance(value, list) else "{}")


def rights_columns(rights: Rights) -> dict[str, Any]:
    return {
        "title": rights.title,
        "creator": rights.creator,
        "licence": rights.licence,
        "allow_projects": _json(list(rights.allow_projects)),
        "tags": _json(dict(rights.tags)),
        "boilerplate": int(rights.boilerplate),
    }
