"""Looking, proving, mending, shrinking, moving."""

from __future__ import annotations

import io
import json
import sqlite3
import tarfile
from pathlib import Path

import numpy as np
import pytest

from simcheck.errors import (
    IndexDamagedError,
    IndexMismatchError,
    IndexMissingError,
    ReferenceNotFoundError,
    StorageError,
    UsageError,
)
from simcheck.index import open_index
from simcheck.index.database import Database
from simcheck.index.ledger import ApiKey, Job
from simcheck.index.maintenance import compact, export, import_archive, rebuild, stats, verify
from simcheck.reference import Rights
from tests.index.helpers import BINARY, DENSE, LANES, POSTINGS, codes, opened, report, unit, work


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def filled(folder: Path, rng: np.random.Generator, count: int = 30) -> list[str]:
    """An index with rows in every lane; the ids."""
    with opened(folder) as index:
        added = index.add(
            [
                work(
                    f"{number}.jpg",
                    {
                        DENSE.name: unit(rng, 2),
                        BINARY.name: codes(rng, 1),
                        POSTINGS.name: rng.integers(0, 99, (5, 2)).astype(np.uint64),
                    },
                    rights=Rights(title=f"Title {number}", creator="Somebody"),
                )
                for number in range(count)
            ]
        )
    return [one.id for one in added]


def change(folder: Path, *statements: str) -> None:
    """What a stranger or a failing disk does to the catalogue."""
    connection = sqlite3.connect(folder / "catalogue.sqlite")
    with connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def test_stats_count_everything(tmp_path: Path, rng: np.random.Generator) -> None:
    ids = filled(tmp_path, rng)
    with open_index(tmp_path, LANES) as index:
        index.remove(ids[0])
        index.quarantine(ids[1])
        index.record_check(report("c1"), "cli")
        found = stats(index)
        assert index.recall() == {"vectors": 1.0, "hashes": 1.0, "tokens": None}
    assert json.loads(json.dumps(found)) == found
    assert found["references"] == {"image": {"active": 28, "quarantined": 1, "removed": 1}}
    assert (found["revision"], found["checks"], found["segments"]) == (3, 1, 30)
    assert {lane["name"]: lane["rows"] for lane in found["lanes"]} == {"vectors": 58, "hashes": 29, "tokens": 145}
    assert all(lane["snapshot"]["revision"] == 1 for lane in found["lanes"])
    assert found["bytes"]["catalogue"] > 0 < found["bytes"]["snapshots"]


def test_a_whole_index_is_proven(tmp_path: Path, rng: np.random.Generator) -> None:
    ids = filled(tmp_path, rng)
    with open_index(tmp_path, LANES) as index:
        for one in ids[:5]:
            index.remove(one)
    result = verify(tmp_path, LANES)
    assert (result.ok, result.problems) == (True, [])
    assert result.checked["rows"] == {"vectors": 50, "hashes": 25, "tokens": 125}
    assert result.checked["searches"] == {"vectors": 16, "hashes": 16}


def test_an_empty_index_is_proven(tmp_path: Path) -> None:
    opened(tmp_path).close()
    assert verify(tmp_path, LANES).ok
    with pytest.raises(IndexMissingError):
        verify(tmp_path / "none", LANES)


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE entries_1 SET rows = zeroblob(128) WHERE segment = 4", r"segment 4 in the lane vectors is damaged"),
        ("UPDATE entries_2 SET rows = x'0011', crc = 7 WHERE segment = 4", r"segment 4 in the lane hashes is damaged"),
        ("DELETE FROM segments WHERE key = 3", "has lost segments; remove it and add its file again"),
        ("DELETE FROM revisions WHERE revision = 0", "revisions are missing"),
        ("UPDATE entries_1 SET work = 9 WHERE segment = 2", "lane vectors has rows that belong to no work"),
        ("UPDATE evidence SET data = x'00' WHERE segment = 5", "the evidence of segment 5 is damaged"),
        ("DROP TRIGGER checks_refuse_delete", "trigger checks_refuse_delete of the catalogue is not as"),
        ("CREATE VIEW spy AS SELECT * FROM keys", "view spy of the catalogue is not as"),
    ],
)
def test_what_does_not_agree_is_named(tmp_path: Path, rng: np.random.Generator, statement: str, sentence: str) -> None:
    filled(tmp_path, rng, 10)
    change(tmp_path, statement)
    problems = verify(tmp_path, LANES).problems
    assert any(sentence in problem for problem in problems), problems


def test_a_snapshot_that_lies_is_named(tmp_path: Path, rng: np.random.Generator) -> None:
    """Vectors that were never in the catalogue, under a manifest that fits them."""
    filled(tmp_path, rng)
    [folder] = [path for path in (tmp_path / "snapshots" / "vectors").iterdir() if path.is_dir()]
    np.save(folder / "rows.npy", unit(rng, 60))
    data = json.loads((folder / "manifest.json").read_text())
    from simcheck.index.snapshot import digest

    data["files"]["rows.npy"] = {"bytes": (folder / "rows.npy").stat().st_size, "sha256": digest(folder / "rows.npy")}
    (folder / "manifest.json").write_text(json.dumps(data))
    assert verify(tmp_path, LANES).problems == [
        "the lane vectors does not find what is stored; `simcheck index rebuild` mends it"
    ]
    assert rebuild(tmp_path, LANES)["lanes"] == {"vectors": 60, "hashes": 30, "tokens": 150}
    assert verify(tmp_path, LANES).ok


def test_a_removed_work_leaves_the_disk(tmp_path: Path, rng: np.random.Generator) -> None:
    """Its vector, hash, thumbnail, title and quoted text are in no file after compaction; ids and scores are."""
    filled(tmp_path, rng)
    vector, code = unit(rng, 1), codes(rng, 1)
    match = {
        "reference": {"id": "?", "name": "secret-name.jpg", "kind": "text", "title": "Secret title", "tags": {}},
        "score": 0.987,
        "type": "verbatim",
        "regions": [
            {
                "output": {"start": 0, "end": 9, "text": "stolen-words"},
                "reference": {"start": 4, "end": 13, "text": "stolen-words"},
            }
        ],
    }
    with open_index(tmp_path, LANES) as index:
        rights = Rights(title="Secret title", creator="Secret creator", tags={"a": "secret-tag"})
        [one] = index.add([work("secret-name.jpg", {DENSE.name: vector, BINARY.name: code}, rights=rights)])
        match["reference"]["id"] = one.id
        full = report("c1", match, reason="Repeats “Secret title” (94 % of it).")
        index.record_check(full, "cli")
        assert index.check("c1") == full
    rebuild(tmp_path, LANES)
    traces = [vector.tobytes(), code.tobytes(), b"thumbnail 0 of secret", b"secret-name", b"ecret", b"stolen-words"]

    def found() -> set[bytes]:
        files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
        return {trace for trace in traces if any(trace in data for data in files)}

    assert found() == set(traces)
    assert not verify(tmp_path, LANES, forgotten=one.id).ok
    with open_index(tmp_path, LANES) as index:
        index.remove(one.id)
        kept = index.check("c1")
    problems = verify(tmp_path, LANES, forgotten=one.id).problems
    assert problems
    assert all("simcheck index compact" in problem for problem in problems)
    compact(tmp_path, LANES)
    assert found() == set()
    result = verify(tmp_path, LANES, forgotten=one.id)
    assert (result.problems, result.checked["forgotten"]) == ([], one.id)
    [blank] = kept["matches"]
    assert (blank["reference"]["id"], blank["reference"]["name"], blank["score"]) == (one.id, "(removed)", 0.987)
    assert blank["regions"][0] == {"output": {"start": 0, "end": 9}, "reference": {"start": 4, "end": 13}}
    assert kept["reason"] == f"Repeats the reference {one.id}, which was removed since."
    archive = tmp_path.parent / f"{tmp_path.name}.tar"
    export(tmp_path, archive)
    assert not any(trace in archive.read_bytes() for trace in traces)


def test_a_check_that_ran_during_the_removal_brings_nothing_back(tmp_path: Path, rng: np.random.Generator) -> None:
    [one] = filled(tmp_path, rng, 1)
    match = {
        "reference": {"id": one, "name": "0.jpg", "kind": "image", "title": "Title 0"},
        "score": 1.0,
        "regions": [],
    }
    with open_index(tmp_path, LANES) as index:
        index.remove(one)
        index.record_check(report("c1", match, reason="Repeats “Title 0”."), "cli")
        assert index.check("c1")["matches"][0]["reference"]["title"] is None
    compact(tmp_path, LANES)
    assert b"Title 0" not in (tmp_path / "catalogue.sqlite").read_bytes()


def test_forgetting_needs_a_removed_work(tmp_path: Path, rng: np.random.Generator) -> None:
    [one] = filled(tmp_path, rng, 1)
    assert "references remove" in verify(tmp_path, LANES, forgotten=one).problems[0]
    with pytest.raises(ReferenceNotFoundError):
        verify(tmp_path, LANES, forgotten="nobody")


def test_what_else_lies_in_the_folder_may_hold_a_removed_work(tmp_path: Path, rng: np.random.Generator) -> None:
    """A copy somebody made is named; the service's locks are its own, and no export takes any of it along."""
    [one] = filled(tmp_path / "here", rng, 1)
    with open_index(tmp_path / "here", LANES) as index:
        index.remove(one)
    compact(tmp_path / "here", LANES)
    service = tmp_path / "here" / "service"
    service.mkdir()
    (service / "17.lock").touch()
    assert verify(tmp_path / "here", LANES, forgotten=one).problems == []
    strangers = [tmp_path / "here" / "catalogue.sqlite.bak", service / "upload.jpg"]
    for path in strangers:
        path.write_bytes(b"a copy")
    assert verify(tmp_path / "here", LANES).problems == []
    problems = verify(tmp_path / "here", LANES, forgotten=one).problems
    assert [problem.split(" is no file of the index")[0] for problem in problems] == [str(path) for path in strangers]
    export(tmp_path / "here", tmp_path / "one.tar")
    assert [info.name for info, _ in members(tmp_path / "one.tar")] == [
        f"simcheck-index/{name}" for name in ("about.json", "catalogue.sqlite", "checksums.json")
    ]


def test_an_index_that_may_only_be_read_is_exported(
    tmp_path: Path, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(tmp_path / "here", rng, 3)

    def refused(self: Database) -> None:
        raise StorageError("written to")

    monkeypatch.setattr(Database, "write", refused)
    monkeypatch.setattr(Database, "alone", refused)
    assert export(tmp_path / "here", tmp_path / "one.tar")["references"] == 3


def test_an_index_moves_as_it_is(tmp_path: Path, rng: np.random.Generator) -> None:
    """References, rows, checks and keys arrive; jobs, which belong to processes, do not."""
    ids = filled(tmp_path / "here", rng)
    key = ApiKey("k1", "studio", "check", "hash", "2026-11-23T00:00:00Z")
    probe = unit(rng, 3)
    with open_index(tmp_path / "here", LANES) as index:
        index.remove(ids[3])
        index.create_key(key)
        index.put_job(Job("j1", "running", "me", "2026-11-23T00:00:00Z", 1))
        index.record_check(report("c1"), "cli")
        right = index.search(DENSE.name, probe, 5)
        references = index.references().items
    done = export(tmp_path / "here", tmp_path / "one.tar")
    assert (done["references"], done["revision"]) == (29, 2)
    assert import_archive(tmp_path / "one.tar", tmp_path / "there")["references"] == 29
    with open_index(tmp_path / "there", LANES, read_only=True) as index:
        assert index.search(DENSE.name, probe, 5) == right
        assert index.references().items == references
        assert index.check("c1") == report("c1")
        assert index.keys() == [key]
        assert index.jobs() == []
        assert index.notices == []
    assert verify(tmp_path / "there", LANES).ok
    assert sorted(path.name for path in tmp_path.iterdir()) == ["here", "one.tar", "there"]


def test_what_exists_is_not_overwritten(tmp_path: Path, rng: np.random.Generator) -> None:
    filled(tmp_path / "here", rng, 2)
    export(tmp_path / "here", tmp_path / "one.tar")
    with pytest.raises(UsageError, match=r"one\.tar exists already"):
        export(tmp_path / "here", tmp_path / "one.tar")
    with pytest.raises(UsageError, match="there is an index at"):
        import_archive(tmp_path / "one.tar", tmp_path / "here")
    with pytest.raises(UsageError, match="there is no file"):
        import_archive(tmp_path / "two.tar", tmp_path / "there")
    with pytest.raises(IndexMissingError):
        export(tmp_path / "nothing", tmp_path / "three.tar")


def members(archive: Path) -> list[tuple[tarfile.TarInfo, bytes]]:
    with tarfile.open(archive) as tar:
        return [(one, tar.extractfile(one).read()) for one in tar]  # type: ignore[union-attr]


def packed(file: Path, parts: list[tuple[tarfile.TarInfo, bytes]]) -> Path:
    with tarfile.open(file, "w") as tar:
        for info, data in parts:
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return file


@pytest.mark.parametrize(
    "trick", ["../evil", "/tmp/evil", "simcheck-index/../../evil", "simcheck-index/x", "link", "device"]
)
def test_tricks_in_an_archive_are_refused(tmp_path: Path, rng: np.random.Generator, trick: str) -> None:
    filled(tmp_path / "here", rng, 2)
    export(tmp_path / "here", tmp_path / "one.tar")
    parts = members(tmp_path / "one.tar")
    evil = tarfile.TarInfo("simcheck-index/catalogue.sqlite" if trick in ("link", "device") else trick)
    if trick == "link":
        evil.type, evil.linkname = tarfile.SYMTYPE, "/etc/passwd"
    if trick == "device":
        evil.type = tarfile.CHRTYPE
    file = packed(tmp_path / "evil.tar", [parts[0], (evil, b""), *parts[1:]])
    with pytest.raises(UsageError, match="not an export of simcheck"):
        import_archive(file, tmp_path / "there" / "deep")
    assert not (tmp_path / "there" / "deep" / "catalogue.sqlite").exists()
    assert not list(tmp_path.rglob("*evil"))
    assert not Path("/tmp/evil").exists()


@pytest.mark.parametrize("fault", ["cut", "flipped", "no tar", "no checksums", "newer", "trigger"])
def test_archives_that_are_not_whole_are_refused(tmp_path: Path, rng: np.random.Generator, fault: str) -> None:
    filled(tmp_path / "here", rng, 20)
    if fault == "trigger":
        change(tmp_path / "here", 'CREATE TRIGGER spy AFTER INSERT ON "references" BEGIN DELETE FROM keys; END')
    export(tmp_path / "here", tmp_path / "one.tar")
    file = tmp_path / "one.tar"
    data, parts = bytearray(file.read_bytes()), members(file)
    if fault == "cut":
        file.write_bytes(data[: len(data) // 2])
    elif fault == "flipped":
        data[len(data) // 2] ^= 4
        file.write_bytes(data)
    elif fault == "no tar":
        file.write_bytes(b"PK" + bytes(4000))
    elif fault == "no checksums":
        packed(file, parts[:2])
    elif fault == "newer":
        about = json.loads(parts[0][1]) | {"catalogue_schema": 99}
        packed(file, [(parts[0][0], json.dumps(about).encode()), *parts[1:]])
    wanted = {"newer": IndexMismatchError, "trigger": UsageError}.get(fault, IndexDamagedError)
    with pytest.raises(wanted):
        import_archive(file, tmp_path / "there")
    assert not list((tmp_path / "there").iterdir())
