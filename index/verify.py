"""Proof that catalogue, vectors and derived structures agree, and that a removed work is gone."""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy
from sqlalchemy import Connection, func, select

from simcheck.errors import IndexDamagedError, ReferenceNotFoundError, SimcheckError, UsageError
from simcheck.index import brute
from simcheck.index.base import LaneSpec
from simcheck.index.batch import LaneTable
from simcheck.index.embedded import CATALOGUE, SNAPSHOTS, EmbeddedIndex
from simcheck.index.rows import check_values, read
from simcheck.index.schema import (
    CHECK_CONTENTS,
    CHECKS,
    EVIDENCE,
    LANES,
    REFERENCES,
    REVISIONS,
    SEGMENTS,
    STATE,
    entries_table,
    migrate,
)
from simcheck.index.snapshot import SnapshotError

SAMPLES = 16
"""Stored rows of each lane that are searched for, and held against a comparison with every row."""
SCORE_TOLERANCE = 1e-5


@dataclass
class VerifyResult:
    """``problems`` are sentences, each with what mends it; ``checked`` counts what was looked at."""

    problems: list[str] = field(default_factory=list)
    checked: dict[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return not self.problems


def verify(folder: Path, lanes: Sequence[LaneSpec], forgotten: str | None = None) -> VerifyResult:
    """Look at everything. Raises IndexMissingError, IndexMismatchError; whatever else is wrong is in the result."""
    result = VerifyResult()
    try:
        with EmbeddedIndex(folder, lanes, read_only=True) as index:
            with index.reading() as connection:
                _database(connection, result)
                _works(connection, index, result)
                _checks(connection, result)
                for lane in index.catalogue.lanes.values():
                    _rows(connection, lane, result)
            for spec in index.lanes:
                _lane(index, spec, result)
            if forgotten is not None:
                with index.reading() as connection:
                    _forgotten(connection, index, forgotten, result)
    except IndexDamagedError as error:
        result.problems.append(str(error))
    return result


def expected_schema(lanes: int) -> set[tuple[str, str, str]]:
    """(type, name, SQL) of everything a catalogue with that many lanes consists of; nothing else may be in one."""
    engine = sqlalchemy.create_engine("sqlite://")
    with engine.begin() as connection:
        migrate(connection)
        for number in range(1, lanes + 1):
            entries_table(number).create(connection)
        return schema_of(connection)


def schema_of(connection: Connection) -> set[tuple[str, str, str]]:
    rows = connection.exec_driver_sql("SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'")
    return {(row.type, row.name, " ".join(row.sql.split())) for row in rows}


def _database(connection: Connection, result: VerifyResult) -> None:
    """SQLite's own proof, and that the tables are ours."""
    for row in connection.exec_driver_sql("PRAGMA integrity_check(20)"):
        if row[0] != "ok":
            result.problems.append(f"the catalogue is damaged: {row[0]}; put back a backup or import the last export")
    for row in connection.exec_driver_sql("PRAGMA foreign_key_check"):
        result.problems.append(f"row {row[1]} of {row[0]} belongs to nothing; put back a backup")
    lanes = connection.execute(select(func.count()).select_from(LANES)).scalar_one()
    odd = schema_of(connection) ^ expected_schema(lanes)
    for kind, name, _ in sorted(odd):
        result.problems.append(f"the {kind} {name} of the catalogue is not as this version makes it; put back a backup")


def _works(connection: Connection, index: EmbeddedIndex, result: VerifyResult) -> None:
    """Numbers, segments and states fit each other."""
    state = index.catalogue.state(connection)
    revisions = connection.execute(select(func.count(), func.max(REVISIONS.c.revision))).one()
    if revisions[0] != revisions[1] + 1:
        result.problems.append("revisions are missing in the catalogue; put back a backup")
    counted = Counter(connection.execute(select(SEGMENTS.c.work)).scalars())
    works = 0
    next_segment = 1
    columns = (REFERENCES.c.number, REFERENCES.c.id, REFERENCES.c.status, REFERENCES.c.first_segment)
    for number, name, status, first, segments in connection.execute(
        select(*columns, REFERENCES.c.segments).order_by(REFERENCES.c.number)
    ):
        wanted = 0 if status == "removed" else segments
        if counted.pop(number, 0) != wanted:
            result.problems.append(f"the reference {name} has lost segments; remove it and add its file again")
        if first != next_segment or number >= state.next_work:
            result.problems.append(f"the reference {name} has a number of another; put back a backup")
        next_segment = first + segments
        works += 1
    if counted or next_segment != state.next_segment:
        result.problems.append("there are segments without a reference; put back a backup")
    for segment, data, crc in connection.execute(select(EVIDENCE.c.segment, EVIDENCE.c.data, EVIDENCE.c.crc)):
        if zlib.crc32(data) != crc:
            result.problems.append(f"the evidence of segment {segment} is damaged; {_again(connection, segment)}")
    result.checked |= {"revision": state.revision, "references": works, "segments": next_segment - 1}


def _checks(connection: Connection, result: VerifyResult) -> None:
    count = 0
    for check_id, text in connection.execute(select(CHECKS.c.id, CHECKS.c.report)):
        count += 1
        try:
            agrees = json.loads(text)["id"] == check_id
        except (ValueError, KeyError, TypeError):
            agrees = False
        if not agrees:
            result.problems.append(f"the check {check_id} cannot be read any more; put back a backup")
    result.checked["checks"] = count


def _rows(connection: Connection, lane: LaneTable, result: VerifyResult) -> None:
    """Every row of a lane is what was stored, and belongs to a segment."""
    table, rows = lane.table, 0
    strays = (
        select(func.count())
        .select_from(table.outerjoin(SEGMENTS, SEGMENTS.c.key == table.c.segment))
        .where(SEGMENTS.c.work.is_distinct_from(table.c.work))
    )
    if connection.execute(strays).scalar_one():
        result.problems.append(f"the lane {lane.spec.name} has rows that belong to no work; put back a backup")
    for segment, data, crc in connection.execution_options(yield_per=1024).execute(
        select(table.c.segment, table.c.rows, table.c.crc)
    ):
        try:
            held, _ = read(lane.spec, [data], [crc])
            rows += len(held)
            check_values(lane.spec, [held], ["it"])
        except (ValueError, UsageError) as error:
            result.problems.append(
                f"a row of segment {segment} in the lane {lane.spec.name} is damaged ({error}); "
                f"{_again(connection, segment)}"
            )
    result.checked.setdefault("rows", {})[lane.spec.name] = rows


def _again(connection: Connection, segment: int) -> str:
    """What mends damage in a segment."""
    question = (
        select(REFERENCES.c.id).join(SEGMENTS, SEGMENTS.c.work == REFERENCES.c.number).where(SEGMENTS.c.key == segment)
    )
    return f"remove the reference {connection.execute(question).scalar_one_or_none()} and add its file again"


def _lane(index: EmbeddedIndex, spec: LaneSpec, result: VerifyResult) -> None:
    """The snapshot is whole; with what came since, the lane holds as many rows as the catalogue, and finds them."""
    derived = index.derived(spec.name)
    for path in derived.snapshots.found():
        try:
            derived.snapshots.whole(path, derived.snapshots.manifest(path))
        except SnapshotError as error:
            result.problems.append(f"the snapshot {path} is damaged: {error}; `simcheck index rebuild` makes a new one")
    wanted = result.checked.get("rows", {}).get(spec.name)
    try:
        with index.reading() as connection:
            lane = derived.current(index.catalogue.state(connection))
            if spec.structure in ("dense", "binary"):
                result.checked.setdefault("searches", {})[spec.name] = _sampled(connection, index, spec, result)
    except SimcheckError as error:
        result.problems.append(f"the lane {spec.name} cannot be loaded: {error}")
        return
    if len(lane) != wanted:
        result.problems.append(
            f"the lane {spec.name} finds {len(lane)} rows, the catalogue has {wanted}; "
            "`simcheck index rebuild` mends it"
        )


def _sampled(connection: Connection, index: EmbeddedIndex, spec: LaneSpec, result: VerifyResult) -> int:
    """Search for rows of the catalogue, and compare with every row of it."""
    state = index.catalogue.state(connection)
    lane = index.derived(spec.name).current(state)
    table = index.catalogue.lanes[spec.name].table
    picked = np.random.default_rng(0).integers(1, max(2, state.next_segment), SAMPLES)
    probes = []
    for segment in picked.tolist():
        question = select(table.c.segment).where(table.c.segment >= segment).order_by(table.c.segment).limit(1)
        found = connection.execute(question).scalar_one_or_none()
        if found is not None:
            probes += [one.rows[:1] for one in index.catalogue.rows_between(connection, spec.name, found, found + 1)]
    if not probes:
        return 0
    probe = np.concatenate(probes)
    best = np.full(len(probe), -np.inf)
    for block in index.catalogue.rows_between(connection, spec.name, 1, state.next_segment):
        compare = brute.inner_products if spec.structure == "dense" else brute.equal_bits
        best = np.maximum(best, compare(probe, block.rows).max(axis=1))
    for number, row in enumerate(probe):
        answer = lane.search(row[None], 1)
        if not answer or abs(answer[0].score - best[number]) > SCORE_TOLERANCE:
            result.problems.append(
                f"the lane {spec.name} does not find what is stored; `simcheck index rebuild` mends it"
            )
            break
    return len(probe)


def _forgotten(connection: Connection, index: EmbeddedIndex, reference_id: str, result: VerifyResult) -> None:
    """Nothing of a removed work is left on the disk but its id, its hash and the scores of past checks."""
    row = connection.execute(select(REFERENCES).where(REFERENCES.c.id == reference_id)).one_or_none()
    if row is None:
        raise ReferenceNotFoundError(f"there is no reference with the id {reference_id}")
    if row.status != "removed":
        result.problems.append(
            f"the reference {reference_id} is {row.status}; `simcheck references remove {reference_id}` removes it"
        )
        return
    span = (row.first_segment, row.first_segment + row.segments - 1)
    left = {
        "segments": connection.execute(select(func.count()).where(SEGMENTS.c.key.between(*span))).scalar_one(),
        "evidence": connection.execute(select(func.count()).where(EVIDENCE.c.segment.between(*span))).scalar_one(),
        "texts of checks": connection.execute(
            select(func.count()).where(CHECK_CONTENTS.c.reference_id == reference_id)
        ).scalar_one(),
        "rights": sum(value not in (None, "[]", "{}", 0) for value in (row.title, row.creator, row.licence, row.tags)),
    }
    for name, lane in index.catalogue.lanes.items():
        question = select(func.count()).where(lane.table.c.segment.between(*span))
        left[f"rows of {name}"] = connection.execute(question).scalar_one()
    for what, count in left.items():
        if count:
            result.problems.append(f"{what} of {reference_id} are still in the catalogue; remove it once more")
    compacted = "`simcheck index compact` takes them from the disk"
    if connection.execute(select(STATE.c.compacted)).scalar_one() < row.revision:
        result.problems.append(f"the catalogue was not compacted since the removal; {compacted}")
    for spec in index.lanes:
        snapshots = index.derived(spec.name).snapshots
        for path in snapshots.found():
            if snapshots.manifest(path).built < row.revision:
                result.problems.append(f"the snapshot {path} is older than the removal; {compacted}")
    for path in _strangers(index.folder):
        result.problems.append(f"{path} is no file of the index and may hold the work: look at it, and take it away")
    for path in (index.folder / SNAPSHOTS).glob("*/.unfinished-*"):
        result.problems.append(f"{path} was left by a process that was killed; {compacted}")
    result.checked["forgotten"] = reference_id


def _strangers(folder: Path) -> list[Path]:
    """What neither the index nor the service keeps in the folder: copies, exports, leftovers of killed processes."""
    ours = [CATALOGUE, f"{CATALOGUE}-wal", f"{CATALOGUE}-shm", SNAPSHOTS, "service"]
    kept = ["service/*.lock", "service/*.new"]
    found = [path for path in folder.iterdir() if not any(path.match(pattern) for pattern in ours)]
    found += [path for path in (folder / "service").glob("*") if not any(path.match(pattern) for pattern in kept)]
    return sorted(found)
