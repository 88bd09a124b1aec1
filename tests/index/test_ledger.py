"""Keys and jobs that the service keeps, and how an older catalogue becomes a newer one."""

from __future__ import annotations

import hashlib
import io
import json
import sqlite3
import tarfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection

from simcheck.errors import CheckNotFoundError, IndexMismatchError, UsageError
from simcheck.index import embedded, open_index, schema
from simcheck.index.ledger import ApiKey, Job
from simcheck.index.maintenance import import_archive, verify
from tests.index.helpers import DENSE, LANES, opened

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


def older(folder: Path) -> Path:
    """A catalogue as simcheck wrote it with schema 1: four works, one quarantined, one removed, a check, a key."""
    folder.mkdir(exist_ok=True)
    with closing(sqlite3.connect(folder / "catalogue.sqlite")) as connection:
        connection.executescript((Path(__file__).parent / "data" / "catalogue-1.sql").read_text())
    return folder


def test_an_older_catalogue_is_migrated_once_and_said(tmp_path: Path) -> None:
    """Opening for writing brings it up, and it is then as if made today; a reader alone cannot, and says how."""
    older(tmp_path)
    with pytest.raises(IndexMismatchError, match=r"of an older version .* open for reading only"):
        open_index(tmp_path, LANES, read_only=True)
    with open_index(tmp_path, LANES) as index:
        assert index.notices == [f"the index was brought from schema 1 to {len(schema.MIGRATIONS)}"]
        assert [one.name for one in index.references().items] == ["0.jpg", "1.jpg", "3.jpg"]
        assert index.count() == 2
        kept = index.stored([one.id for one in index.references(status="active").items])
        for one in kept:
            vector = one.segments[0].entries[DENSE.name]
            assert index.search(DENSE.name, vector, 1)[0].reference_id == one.reference.id
        assert index.check("c1")["matches"][0]["reference"]["title"] == "Title 0"
        assert [key.name for key in index.keys()] == ["studio"]  # noqa: SIM118 - no dictionary
    assert verify(tmp_path, LANES).problems == []
    with open_index(tmp_path, LANES, read_only=True) as index:
        assert index.notices == []


def test_an_export_of_an_older_version_is_taken_in(tmp_path: Path) -> None:
    catalogue = (older(tmp_path / "old") / "catalogue.sqlite").read_bytes()
    notes = {
        "about.json": {"schema": "simcheck.index-export/1", "catalogue_schema": 1},
        "catalogue.sqlite": catalogue,
        "checksums.json": {"catalogue.sqlite": hashlib.sha256(catalogue).hexdigest()},
    }
    with tarfile.open(tmp_path / "old.tar", "w") as tar:
        for name, content in notes.items():
            data = content if isinstance(content, bytes) else json.dumps(content).encode()
            member = tarfile.TarInfo(f"simcheck-index/{name}")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    assert import_archive(tmp_path / "old.tar", tmp_path / "new")["references"] == 3
    assert verify(tmp_path / "new", LANES).problems == []


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
        assert schema.schema_version(connection) == len(schema.MIGRATIONS)
        assert "newer" not in [row[1] for row in connection.exec_driver_sql("PRAGMA table_list")]
