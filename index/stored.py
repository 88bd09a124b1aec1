"""Works read back whole: what verification and explanations work from."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from simcheck.errors import IndexDamagedError
from simcheck.index.base import Rows, StoredReference, StoredSegment
from simcheck.index.batch import LaneTable
from simcheck.index.rows import unpacked
from simcheck.index.schema import EVIDENCE, REFERENCES, SEGMENTS
from simcheck.reference import Reference

AT_ONCE = 500
"""Values in one question to SQLite, which takes a limited number of parameters."""


def chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for first in range(0, len(values), AT_ONCE):
        yield values[first : first + AT_ONCE]


def reference_of(row: Row[Any]) -> Reference:
    """The reference in a row of the catalogue."""
    return Reference(
        id=row.id,
        name=row.name,
        kind=row.kind,
        status=row.status,
        status_reason=row.status_reason,
        sha256=row.sha256,
        bytes=row.bytes,
        added_at=row.added_at,
        title=row.title,
        creator=row.creator,
        licence=row.licence,
        allow_projects=json.loads(row.allow_projects),
        tags=json.loads(row.tags),
        boilerplate=bool(row.boilerplate),
        exclusions=json.loads(row.exclusions),
    )


def stored(
    connection: Connection, lanes: Mapping[str, LaneTable], reference_ids: Iterable[str]
) -> list[StoredReference]:
    """All that is stored for these works, in the order asked; removed ones are left out. The number of questions
    depends on the lanes, not on the works. Raises IndexDamagedError where something is not what was stored."""
    wanted = list(reference_ids)
    works = [
        row
        for ids in chunks(wanted)
        for row in connection.execute(
            select(REFERENCES).where(REFERENCES.c.id.in_(ids), REFERENCES.c.status != "removed")
        )
    ]
    keys = [key for row in works for key in range(row.first_segment, row.first_segment + row.segments)]
    entries: dict[int, dict[str, Rows]] = {key: {} for key in keys}
    evidence: dict[int, dict[str, bytes]] = {key: {} for key in keys}
    segments: dict[int, StoredSegment] = {}
    for some in chunks(keys):
        for name, lane in lanes.items():
            for one in connection.execute(select(lane.table).where(lane.table.c.segment.in_(some))):
                entries[one.segment][name] = unpacked(lane.spec, [one.segment], [one.work], [one.rows], [one.crc]).rows
        for one in connection.execute(select(EVIDENCE).where(EVIDENCE.c.segment.in_(some))):
            if zlib.crc32(one.data) != one.crc:
                raise IndexDamagedError(
                    f"the {one.name} of segment {one.segment} is damaged; `simcheck index verify` says whose it is"
                )
            evidence[one.segment][one.name] = one.data
        for one in connection.execute(select(SEGMENTS).where(SEGMENTS.c.key.in_(some))):
            segments[one.key] = StoredSegment(one.ordinal, json.loads(one.place), entries[one.key], evidence[one.key])
    found = {
        row.id: StoredReference(
            reference_of(row),
            json.loads(row.facts),
            tuple(segments[row.first_segment + ordinal] for ordinal in range(row.segments)),
        )
        for row in works
    }
    return [found[one] for one in wanted if one in found]
