"""Two small tables that the service keeps in the catalogue: API keys and jobs."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import Table, insert, select, update

from simcheck.errors import CheckNotFoundError, UsageError
from simcheck.index.database import Database
from simcheck.index.schema import JOBS, KEYS


@dataclass(frozen=True)
class ApiKey:
    """A key as it is kept: ``hash`` and never the key itself. Times are UTC, RFC 3339."""

    id: str
    name: str
    role: str
    hash: str
    created_at: str
    revoked_at: str | None = None


@dataclass(frozen=True)
class Job:
    """A check that runs after its request was answered. ``progress`` is 0 to 1, ``owner`` the process that runs it."""

    id: str
    status: str
    actor: str
    created_at: str
    owner: int
    progress: float = 0.0
    report_id: str | None = None


def _values(table: Table, row: Any) -> dict[str, Any]:
    return {column.name: getattr(row, column.name) for column in table.columns if column.name != "number"}


class Ledger:
    """Keys and jobs. Neither changes the index's revision."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def create_key(self, key: ApiKey) -> None:
        with self._db.write() as connection:
            if connection.execute(select(KEYS.c.id).where(KEYS.c.id == key.id)).first():
                raise UsageError(f"there is a key with the id {key.id} already")
            connection.execute(insert(KEYS).values(**asdict(key)))

    def keys(self) -> list[ApiKey]:
        with self._db.read() as connection:
            rows = connection.execute(select(KEYS).order_by(KEYS.c.created_at, KEYS.c.id)).all()
        return [ApiKey(**_values(KEYS, row)) for row in rows]

    def revoke_key(self, key_id: str, at: str) -> ApiKey:
        """Revoke a key; one that is revoked already stays as it is. Raises UsageError for an unknown id."""
        with self._db.write() as connection:
            connection.execute(
                update(KEYS).where(KEYS.c.id == key_id, KEYS.c.revoked_at.is_(None)).values(revoked_at=at)
            )
            row = connection.execute(select(KEYS).where(KEYS.c.id == key_id)).one_or_none()
        if row is None:
            raise UsageError(f"there is no key with the id {key_id}")
        return ApiKey(**_values(KEYS, row))

    def put_job(self, job: Job) -> None:
        with self._db.write() as connection:
            connection.execute(insert(JOBS).values(**asdict(job)))

    def job(self, job_id: str) -> Job:
        """Raises CheckNotFoundError."""
        with self._db.read() as connection:
            row = connection.execute(select(JOBS).where(JOBS.c.id == job_id)).one_or_none()
        if row is None:
            raise CheckNotFoundError(f"there is no check with the id {job_id}")
        return Job(**_values(JOBS, row))

    def jobs(self, status: str | None = None) -> list[Job]:
        question = select(JOBS).order_by(JOBS.c.number)
        if status is not None:
            question = question.where(JOBS.c.status == status)
        with self._db.read() as connection:
            return [Job(**_values(JOBS, row)) for row in connection.execute(question)]

    def update_job(self, job_id: str, *, only_from: tuple[str, ...] | None = None, **changes: Any) -> Job:
        """Change status, progress, owner or report_id; returns the job as it is then.

        With ``only_from`` nothing changes unless the job's status is one of these: of two processes one gets it.
        """
        try:
            replace(Job("", "", "", "", 0), **changes)
        except TypeError as error:
            raise UsageError(f"a job has no such field: {error}") from error
        question = update(JOBS).where(JOBS.c.id == job_id).values(**changes)
        if only_from is not None:
            question = question.where(JOBS.c.status.in_(only_from))
        with self._db.write() as connection:
            connection.execute(question)
        return self.job(job_id)
