"""The index from outside: what it stores, finds, changes, refuses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from simcheck.errors import (
    CheckNotFoundError,
    IndexDamagedError,
    IndexMismatchError,
    IndexMissingError,
    ReferenceNotFoundError,
    StorageError,
    UsageError,
)
from simcheck.index import LaneSpec, open_index
from simcheck.reference import Rights
from tests.index.helpers import BINARY, DENSE, LANES, codes, digest, opened, report, unit, vector_work, work


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def test_what_is_stored_comes_back_as_it_was(tmp_path: Path, rng: np.random.Generator) -> None:
    """Rows of every lane, places, evidence, facts and rights."""
    rows = {DENSE.name: unit(rng, 2), BINARY.name: codes(rng, 1)}
    rights = Rights(title="Tide", creator="A. N.", licence="CC0", allow_projects=("film-7",), tags={"set": "sea"})
    with opened(tmp_path) as index:
        [reference] = index.add([work("tide.jpg", rows, {}, rights=rights, facts={"width": 3})])
        [stored] = index.stored([reference.id])
    assert stored.reference == reference
    assert (reference.title, reference.allow_projects, reference.tags) == ("Tide", ("film-7",), {"set": "sea"})
    assert stored.facts == {"width": 3}
    assert [segment.ordinal for segment in stored.segments] == [0, 1]
    assert stored.segments[0].evidence == {"thumbnail": b"thumbnail 0 of tide.jpg"}
    assert set(stored.segments[0].entries) == set(rows)
    for name, one in rows.items():
        np.testing.assert_array_equal(stored.segments[0].entries[name], one)
    assert stored.segments[1].entries == {}


def test_same_bytes_are_registered_once(tmp_path: Path, rng: np.random.Generator) -> None:
    """Within one call and over several; the first keeps its name, and nothing changes."""
    with opened(tmp_path) as index:
        first, again = index.add([vector_work(rng, "a"), vector_work(rng, "a")])
        revision = index.revision
        [third] = index.add([vector_work(rng, "a")])
        assert first == again == third == index.find(digest("a"))
        assert (index.revision, index.count()) == (revision, 1)


def test_every_change_grows_the_revision(tmp_path: Path, rng: np.random.Generator) -> None:
    with opened(tmp_path) as index:
        seen = [index.revision]
        [reference] = index.add([vector_work(rng, "a")])
        seen.append(index.revision)
        for change in (
            lambda: index.quarantine(reference.id, "floods"),
            lambda: index.restore(reference.id),
            lambda: index.exclude(reference.id, 1, 2.5),
            lambda: index.update(reference.id, {"title": "A"}),
            lambda: index.remove(reference.id),
        ):
            change()
            seen.append(index.revision)
        assert seen == sorted(set(seen))


def test_quarantine_restore_and_remove_show_at_once(tmp_path: Path, rng: np.random.Generator) -> None:
    near = unit(rng, 1)
    with opened(tmp_path) as index:
        [one, two] = index.add([work("one", {DENSE.name: near}), vector_work(rng, "two")])

        def best() -> list[str]:
            return [candidate.reference_id for candidate in index.search(DENSE.name, near, 2)]

        assert best() == [one.id, two.id]
        assert index.quarantine(one.id, "floods").status_reason == "floods"
        assert best() == [two.id]
        assert index.find(one.sha256) is not None
        assert index.restore(one.id).status == "active"
        assert best() == [one.id, two.id]
        assert index.remove(one.id).status == "removed"
        assert best() == [two.id]
        assert index.find(one.sha256) is None
        assert index.stored([one.id, two.id])[0].reference == two
        assert index.reference(one.id).name == "(removed)"
        [again] = index.add([work("one", {DENSE.name: near})])
        assert again.id != one.id
        assert best() == [again.id, two.id]


def test_a_removed_work_does_not_come_back(tmp_path: Path, rng: np.random.Generator) -> None:
    with opened(tmp_path) as index:
        [one] = index.add([vector_work(rng, "one")])
        index.remove(one.id)
        assert index.remove(one.id).status == "removed"
        with pytest.raises(ReferenceNotFoundError, match="was removed; add its file again"):
            index.restore(one.id)
        with pytest.raises(ReferenceNotFoundError, match="no reference with the id nobody"):
            index.remove("nobody")


def test_lists_are_filtered_and_paged(tmp_path: Path, rng: np.random.Generator) -> None:
    with opened(tmp_path) as index:
        added = index.add(
            [vector_work(rng, f"{i}", rights=Rights(tags={"half": str(i % 2)})) for i in range(7)]
            + [vector_work(rng, "words", kind="text")]
        )
        index.remove(added[0].id)
        index.quarantine(added[1].id)
        seen, cursor = [], None
        while True:
            page = index.references(cursor=cursor, limit=3)
            seen += page.items
            cursor = page.cursor
            if cursor is None:
                break
        assert [one.id for one in seen] == [one.id for one in added[1:]]
        assert [one.id for one in index.references(kind="text").items] == [added[7].id]
        assert [one.id for one in index.references(status="removed").items] == [added[0].id]
        page = index.references(tags={"half": "1"}, limit=2)
        assert [one.id for one in page.items] == [added[1].id, added[3].id]
        assert [one.id for one in index.references(tags={"half": "1"}, cursor=page.cursor).items] == [added[5].id]
        assert (index.count(), index.count(status=None), index.count("text"), index.count(status="removed")) == (
            6,
            7,
            1,
            1,
        )
        with pytest.raises(UsageError, match="is not a cursor"):
            index.references(cursor="x")


def test_updates_are_checked(tmp_path: Path, rng: np.random.Generator) -> None:
    with opened(tmp_path) as index:
        [one] = index.add([vector_work(rng, "one")])
        changed = index.update(one.id, {"title": "T", "allow_projects": ["p"], "tags": {"a": "b"}})
        assert (changed.title, changed.allow_projects, changed.tags) == ("T", ("p",), {"a": "b"})
        revision = index.revision
        index.update(one.id, {"title": "T"})
        assert index.revision == revision
        with pytest.raises(UsageError, match="sha256 cannot be changed"):
            index.update(one.id, {"sha256": "0"})
        with pytest.raises(UsageError, match="title"):
            index.update(one.id, {"title": 3})
        with pytest.raises(UsageError, match="0 <= start < end"):
            index.exclude(one.id, 5, 5)
        assert [(e.start, e.end) for e in index.exclude(one.id, 1, 5).exclusions] == [(1, 5)]


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (np.zeros((1, 15), np.float32), r"must have the shape \(n, 16\), not \(1, 15\)"),
        (np.zeros(16, np.float32), r"must have the shape \(n, 16\), not \(16,\)"),
        (np.full((1, 16), np.nan, np.float32), "a number that is not finite"),
        (np.full((2, 16), 0.5, np.float32), "has the length 2, not 1"),
        (np.zeros((1, 16), np.float32), "has the length 0, not 1"),
        (np.zeros((1, 16), np.int64), "must be float32, not int64"),
    ],
)
def test_bad_rows_are_refused_on_both_ways_in(tmp_path: Path, rows: np.ndarray, sentence: str) -> None:
    with opened(tmp_path) as index:
        with pytest.raises(UsageError, match=sentence):
            index.add([work("bad", {DENSE.name: rows})])
        with pytest.raises(UsageError, match=sentence):
            index.search(DENSE.name, rows, 1)
        assert index.count() == 0


def test_unknown_lanes_are_refused(tmp_path: Path, rng: np.random.Generator) -> None:
    with opened(tmp_path) as index:
        with pytest.raises(UsageError, match="no lane called other"):
            index.add([work("a", {"other": unit(rng, 1)})])
        with pytest.raises(UsageError, match="no lane called other"):
            index.search("other", unit(rng, 1), 1)


def test_no_index_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(IndexMissingError, match=r"there is no index at .*; `simcheck add PATH` makes one"):
        open_index(tmp_path / "nothing", LANES)


def test_another_version_of_a_lane_is_refused(tmp_path: Path) -> None:
    opened(tmp_path).close()
    other = LaneSpec(DENSE.name, "dense", 16, "encoder-2")
    with pytest.raises(IndexMismatchError, match="made by encoder-1, and this simcheck is set up for encoder-2"):
        open_index(tmp_path, [other])


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    with opened(tmp_path) as index, index.database.write() as connection:
        connection.exec_driver_sql("PRAGMA user_version = 99")
    with pytest.raises(IndexMismatchError, match=r"newer simcheck.*update simcheck"):
        open_index(tmp_path, LANES)


def test_a_damaged_catalogue_is_named_with_the_way_out(tmp_path: Path, rng: np.random.Generator) -> None:
    with opened(tmp_path) as index:
        index.add([vector_work(rng, f"{i}") for i in range(50)])
    path = tmp_path / "catalogue.sqlite"
    whole = path.read_bytes()
    path.write_bytes(b"not a database at all" + whole[21:])
    with pytest.raises(IndexDamagedError, match="simcheck index import FILE"):
        open_index(tmp_path, LANES)
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(IndexDamagedError):
        list(open_index(tmp_path, LANES).references().items)


def test_read_only_reads_and_refuses_to_record(tmp_path: Path, rng: np.random.Generator) -> None:
    vector = unit(rng, 1)
    with opened(tmp_path) as index:
        index.add([work("a", {DENSE.name: vector})])
    with open_index(tmp_path, LANES, read_only=True) as index:
        assert index.search(DENSE.name, vector, 1)[0].score == pytest.approx(1)
        with pytest.raises(StorageError, match="open for reading only"):
            index.record_check(report("c1"), "cli")


def test_checks_are_kept_for_good(tmp_path: Path) -> None:
    with opened(tmp_path) as index:
        for number in range(5):
            index.record_check(report(f"c{number}", decision="block" if number % 2 else "pass"), "cli")
        assert index.check("c3") == report("c3", decision="block")
        assert [one["id"] for one in index.checks(limit=2).items] == ["c4", "c3"]
        assert [one["id"] for one in index.checks(cursor=index.checks(limit=2).cursor).items] == ["c2", "c1", "c0"]
        assert [one["id"] for one in index.checks(decision="block").items] == ["c3", "c1"]
        assert index.checks(sha256="00").items == ()
        with pytest.raises(CheckNotFoundError):
            index.check("nothing")
        for statement in ("DELETE FROM checks", "UPDATE checks SET decision = 'pass'"):
            with pytest.raises(IndexDamagedError, match="recorded for good"), index.database.write() as connection:
                connection.exec_driver_sql(statement)
        assert len(index.checks().items) == 5
