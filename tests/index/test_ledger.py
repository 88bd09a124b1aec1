"""Keys and jobs that the service keeps, and how an older catalogue becomes a newer one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Connection

from simcheck.errors import CheckNotFoundError, IndexMismatchError, UsageError
from simcheck.index import embedded, open_index, schema
from simcheck.index.ledger import ApiKey, Job
from tests.index.helpers import LANES, opened, vector_work

KEY = ApiKey("k1", "studio", "check", "hash of it", "2026-11-23T00:00:00Z")
JOB = Job("j1", "queued", "studio", "2026-11-23T00:00:00Z", 1)


def test_keys_are_kept_as_given_and_revoked_once(tmp_path: Path) -> None:
    with opened(tmp_path) as index:
        index.create_key(KEY)
        with pytest.raises(UsageError, match="a key with the id k1 already"):
            index.create_key(replace(KEY, hash="other"))
        index.create_key(replace(KEY, id="k2", hash="other", created_at="2026-11-22T00:00:00Z"))
        names = [one.id for one in index.keys()]  # noqa: SIM118 - no dictionary
        assert names == ["k2", "k1"]
        assert index.revoke_key("k1", "2026-11-24T00:00:00Z").revoked_at == "2026-11-24T00:00:00Z"
        assert index.revoke_key("k1", "2026-11-25T00:00:00Z").revoked_at == "2026-11-24T00:00:00Z"
        with pytest.raises(UsageError, match="no key with the id nothing"):
            index.revoke_key("nothing", "2026-11-25T00:00:00Z")
    with open_index(tmp_path, LANES, read_only=True) as index:
        assert index.keys()[1] == replace(KEY, revoked_at="2026-11-24T00:00:00Z")


def test_one_of_two_processes_gets_a_job(tmp_path: Path) -> None:
    with opened(tmp_path) as index, open_index(tmp_path, LANES) as other:
        index.put_job(JOB)
        assert other.job("j1") == JOB
        mine = index.update_job("j1", only_from=("queued",), status="running", owner=10)
        theirs = other.update_job("j1", only_from=("queued",), status="running", owner=20)
        assert mine == theirs == replace(JOB, status="running", owner=10)
        assert index.jobs("queued") == []
        assert index.jobs("running") == [mine]
        assert index.update_job("j1", progress=0.5, report_id="r1").report_id == "r1"
        with pytest.raises(UsageError, match="a job has no such field"):
            index.update_job("j1", colour="red")
        with pytest.raises(CheckNotFoundError):
            index.job("j2")
        assert index.revision == 0


def test_an_older_catalogue_is_migrated_once_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening for writing brings it up; a reader alone cannot, and says how."""
    with opened(tmp_path) as index:
        index.add([vector_work(np.random.default_rng(0), "kept")])

    def second(connection: Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE newer (a INTEGER)")

    steps = (*schema.MIGRATIONS, second)
    monkeypatch.setattr(schema, "MIGRATIONS", steps)
    monkeypatch.setattr(embedded, "MIGRATIONS", steps)
    with pytest.raises(IndexMismatchError, match=r"of an older version .* open for reading only"):
        open_index(tmp_path, LANES, read_only=True)
    with open_index(tmp_path, LANES) as index:
        assert index.notices == ["the index was brought from schema 1 to 2"]
        assert index.references().items[0].name == "kept"
    with open_index(tmp_path, LANES, read_only=True) as index:
        assert index.notices == []


def test_a_migration_that_fails_leaves_the_catalogue_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(tmp_path).close()

    def broken(connection: Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE newer (a INTEGER)")
        raise RuntimeError

    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, broken))
    monkeypatch.setattr(embedded, "MIGRATIONS", schema.MIGRATIONS)
    with pytest.raises(RuntimeError):
        open_index(tmp_path, LANES)
    monkeypatch.undo()
    with open_index(tmp_path, LANES) as index, index.reading() as connection:
        assert schema.schema_version(connection) == 1
        assert "newer" not in [row[1] for row in connection.exec_driver_sql("PRAGMA table_list")]
