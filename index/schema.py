"""The catalogue's tables, and how one version of them becomes the next.

The catalogue is the truth: everything else in an index is derived from it. ``PRAGMA user_version`` holds the version of
the schema; an older catalogue is migrated when it is opened for writing, a newer one is refused.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import (
    Column,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

METADATA = MetaData()

# One row: which index this is. Snapshots carry the id, so that those of another index are never taken. What was removed
# up to ``compacted`` (a revision) has left the disk.
STATE = Table(
    "state",
    METADATA,
    Column("index_id", Text, primary_key=True),
    Column("created_at", Text, nullable=False),
    Column("compacted", Integer, nullable=False),
)

# One row for each change. ``token`` is random: a snapshot names the revision and the token it was made at, so that one
# made before the catalogue was put back to a backup does not fit, although the numbers would.
# ``next_work`` and ``next_segment`` are the numbers that the next work and segment get: numbers are never used twice.
REVISIONS = Table(
    "revisions",
    METADATA,
    Column("revision", Integer, primary_key=True),
    Column("token", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("next_work", Integer, nullable=False),
    Column("next_segment", Integer, nullable=False),
)

LANES = Table(
    "lanes",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("structure", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("version", Text, nullable=False),
)

REFERENCES = Table(
    "references",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("status_reason", Text),
    Column("sha256", Text, nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("added_at", Text, nullable=False),
    Column("title", Text),
    Column("creator", Text),
    Column("licence", Text),
    Column("allow_projects", Text, nullable=False),
    Column("tags", Text, nullable=False),
    Column("boilerplate", Integer, nullable=False),
    Column("exclusions", Text, nullable=False),
    Column("facts", Text, nullable=False),
    Column("first_segment", Integer, nullable=False),
    Column("segments", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Index("references_by_revision", "revision"),
    Index("references_by_status", "status", "kind"),
    Index("references_by_bytes", "sha256", unique=True, sqlite_where=text("status <> 'removed'")),
)

SEGMENTS = Table(
    "segments",
    METADATA,
    Column("key", Integer, primary_key=True),
    Column("work", Integer, ForeignKey("references.number"), nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("place", Text, nullable=False),
)

EVIDENCE = Table(
    "evidence",
    METADATA,
    Column("segment", Integer, ForeignKey("segments.key"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("data", LargeBinary, nullable=False),
    Column("crc", Integer, nullable=False),
)

# ``report`` is the REPORT without what belongs to the works it names; that stands in ``check_contents`` and leaves with
# the work. This table itself only ever grows.
CHECKS = Table(
    "checks",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("checked_at", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("decision", Text, nullable=False),
    Column("sha256", Text),
    Column("revision", Integer, nullable=False),
    Column("policy", Text, nullable=False),
    Column("report", Text, nullable=False),
    Index("checks_by_decision", "decision", "number"),
    Index("checks_by_output", "sha256", "number"),
)

CHECK_CONTENTS = Table(
    "check_contents",
    METADATA,
    Column("check", Integer, ForeignKey("checks.number"), primary_key=True),
    Column("reference_id", Text, primary_key=True),
    Column("content", Text, nullable=False),
    Index("check_contents_by_reference", "reference_id"),
)

KEYS = Table(
    "keys",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("revoked_at", Text),
    UniqueConstraint("hash"),
)

JOBS = Table(
    "jobs",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("status", Text, nullable=False),
    Column("progress", Float, nullable=False),
    Column("owner", Integer, nullable=False),
    Column("actor", Text, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("report_id", Text),
    Index("jobs_by_status", "status"),
)

APPEND_ONLY = tuple(
    f"CREATE TRIGGER checks_refuse_{verb} BEFORE {verb.upper()} ON checks "
    "BEGIN SELECT RAISE(ABORT, 'checks are recorded for good'); END"
    for verb in ("update", "delete")
)


def entries_table(number: int) -> Table:
    """The rows of one lane: a table of its own, so that reading a lane from end to end reads nothing else.

    ``rows`` are the bytes of the segment's rows, ``crc`` their CRC-32 (SQLite itself would not notice a flipped bit).
    """
    return Table(
        f"entries_{number}",
        MetaData(),
        Column("segment", Integer, primary_key=True),
        Column("work", Integer, nullable=False),
        Column("rows", LargeBinary, nullable=False),
        Column("crc", Integer, nullable=False),
    )


def _version_1(connection: Connection) -> None:
    """All tables, as they are now: what a later version took away or changed is not made first."""
    METADATA.create_all(connection)
    for trigger in APPEND_ONLY:
        connection.exec_driver_sql(trigger)


def _version_2(connection: Connection) -> None:
    """An index that no question used goes: a work's segments have consecutive keys."""
    connection.exec_driver_sql("DROP INDEX IF EXISTS segments_by_work")


MIGRATIONS: tuple[Callable[[Connection], None], ...] = (_version_1, _version_2)
"""``MIGRATIONS[n]`` turns a catalogue of version n into version n + 1; the first makes one out of an empty file."""


def schema_version(connection: Connection) -> int:
    return int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())


def migrate(connection: Connection) -> tuple[int, int]:
    """Bring the catalogue to the newest version, in the caller's transaction. Returns the versions before and after."""
    before = schema_version(connection)
    for step in MIGRATIONS[before:]:
        step(connection)
    if before < len(MIGRATIONS):
        connection.exec_driver_sql(f"PRAGMA user_version = {len(MIGRATIONS)}")
    return before, max(before, len(MIGRATIONS))
