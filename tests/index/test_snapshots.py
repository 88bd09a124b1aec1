"""Snapshots make opening fast and are never trusted: whatever is wrong with one, the answers are the catalogue's."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import faiss
import numpy as np
import pytest

from simcheck.errors import IndexBusyError, StorageError
from simcheck.index import LaneSpec, open_index, snapshot
from simcheck.index.embedded import EmbeddedIndex
from simcheck.index.lanes import files
from simcheck.index.lanes.rowstore import RowStore
from simcheck.index.maintenance import compact, rebuild, verify
from tests.index.helpers import DENSE, opened, unit, vector_work, work

ONE = (DENSE,)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(3)


def filled(folder: Path, rng: np.random.Generator, count: int = 40) -> list[str]:
    with opened(folder, ONE) as index:
        return [one.id for one in index.add([vector_work(rng, f"{number}") for number in range(count)])]


def snapshots(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / "snapshots" / DENSE.name).iterdir() if path.is_dir())


def answers(index: EmbeddedIndex) -> list[tuple[str, float]]:
    probe = unit(np.random.default_rng(99), 4)
    return [(one.reference_id, one.score) for one in index.search(DENSE.name, probe, 7)]


def without_snapshots(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, float]]:
    """What the catalogue alone answers."""
    copy = tmp_path_factory.mktemp("copy") / "index"
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("snapshots"))
    with open_index(copy, ONE, read_only=True) as index:
        return answers(index)


def test_a_snapshot_is_used_and_caught_up(
    tmp_path: Path, rng: np.random.Generator, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Added, removed and quarantined since: all of it shows, and only what is new is read from the catalogue."""
    ids = filled(tmp_path, rng)
    with open_index(tmp_path, ONE) as index:
        index.add([vector_work(rng, f"new {number}") for number in range(5)])
        index.remove(ids[0])
        index.quarantine(ids[1])
    assert [path.name[:12] for path in snapshots(tmp_path)] == ["000000000001"]
    added: list[int] = []
    add = RowStore.add

    def counted(self: RowStore, keys: np.ndarray, works: np.ndarray, rows: np.ndarray) -> None:
        added.append(len(rows))
        add(self, keys, works, rows)

    right = without_snapshots(tmp_path, tmp_path_factory)
    monkeypatch.setattr(RowStore, "add", counted)
    with open_index(tmp_path, ONE) as index:
        assert answers(index) == right
        assert index.notices == []
    assert added == [5]


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def edit(path: Path, **changes: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "a bit flipped": (lambda one: flip(one / "rows.npy"), "the checksum of its file rows.npy is wrong"),
    "torn": (
        lambda one: (one / "rows.npy").write_bytes((one / "rows.npy").read_bytes()[:900]),
        "900 bytes long instead",
    ),
    "a file lost": ((lambda one: (one / "keys.npy").unlink()), "its file keys.npy cannot be read"),
    "no manifest": ((lambda one: (one / "manifest.json").unlink()), "its manifest cannot be read"),
    "half a manifest": (
        lambda one: (one / "manifest.json").write_text('{"index_id": "'),
        "its manifest cannot be read",
    ),
    "another index": (lambda one: edit(one / "manifest.json", index_id="x"), "it belongs to another index"),
    "another format": (lambda one: edit(one / "manifest.json", format="0"), "it was made by another version"),
    "another encoder": (
        lambda one: edit(one / "manifest.json", spec=vars(DENSE) | {"version": "0"}),
        "it was made by another version",
    ),
    "the future": (
        lambda one: edit(one / "manifest.json", at={"revision": 9, "token": "", "next_work": 9, "next_segment": 9}),
        "the catalogue never had its revision 9",
    ),
    "another past": (
        lambda one: edit(one / "manifest.json", at={"revision": 1, "token": "x", "next_work": 9, "next_segment": 9}),
        "the catalogue never had its revision 1",
    ),
    "other rows": (lambda one: edit(one / "manifest.json", rows=41), "it holds 40 rows instead of 41"),
}


@pytest.mark.parametrize("damage", sorted(DAMAGE))
def test_a_snapshot_that_does_not_fit_is_said_and_replaced(
    tmp_path: Path, rng: np.random.Generator, tmp_path_factory: pytest.TempPathFactory, damage: str
) -> None:
    filled(tmp_path, rng)
    right = without_snapshots(tmp_path, tmp_path_factory)
    [old] = snapshots(tmp_path)
    harm, sentence = DAMAGE[damage]
    harm(old)
    with open_index(tmp_path, ONE) as index:
        assert answers(index) == right
        assert len(index.notices) == 1
        assert sentence in index.notices[0]
        assert "is built again from the catalogue" in index.notices[0]
        rebuild(tmp_path, ONE)
    assert snapshots(tmp_path) != [old]
    with open_index(tmp_path, ONE) as index:
        assert answers(index) == right
        assert index.notices == []


def test_a_snapshot_of_a_catalogue_that_was_put_back_is_refused(tmp_path: Path, rng: np.random.Generator) -> None:
    """A backup was restored and changed in another way: numbers of revisions agree, what they mean does not."""
    filled(tmp_path, rng)
    backup = (tmp_path / "catalogue.sqlite").read_bytes()
    with open_index(tmp_path, ONE) as index:
        index.add([vector_work(rng, f"lost {number}") for number in range(100)])
    (tmp_path / "catalogue.sqlite").write_bytes(backup)
    vector = unit(rng, 1)
    with open_index(tmp_path, ONE) as index:
        [mine] = index.add([work("other", {DENSE.name: vector})])
        assert index.search(DENSE.name, vector, 1)[0].reference_id == mine.id
        assert len(index.search(DENSE.name, vector, 500)) == 41
        assert "never had its revision 2" in index.notices[0]


def test_a_snapshot_that_cannot_be_written_is_no_loss(
    tmp_path: Path, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk fills while it is written: the command goes on, says so, and leaves nothing half written."""
    index = opened(tmp_path, ONE)
    [one] = index.add([vector_work(rng, "one")])

    def full(self: RowStore, folder: Path) -> None:
        (folder / "rows.npy").write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(RowStore, "save", full)
    with pytest.raises(StorageError, match=r"no snapshot could be written to .*No space left"):
        index.maintain()
    index.close()
    assert "No space left" in index.notices[0]
    assert snapshots(tmp_path) == []
    monkeypatch.undo()
    with open_index(tmp_path, ONE) as index:
        assert answers(index)[0][0] == one.id
    assert len(snapshots(tmp_path)) == 1


def test_leftovers_of_killed_processes_go(tmp_path: Path, rng: np.random.Generator) -> None:
    filled(tmp_path, rng)
    left = tmp_path / "snapshots" / DENSE.name / ".unfinished-000000000001-abcd"
    left.mkdir()
    (left / "rows.npy").write_bytes(b"half")
    rebuild(tmp_path, ONE)
    assert not left.exists()


def test_one_writes_at_a_time(tmp_path: Path, rng: np.random.Generator) -> None:
    """While another process writes a snapshot, `rebuild` is told, and what is only due is left to the other."""
    filled(tmp_path, rng)
    before = snapshots(tmp_path)
    with open_index(tmp_path, ONE) as index:
        index.add([vector_work(rng, f"new {number}") for number in range(100)])
        with index.derived(DENSE.name).snapshots.only_one() as mine:
            assert mine
            index.maintain()
            assert snapshots(tmp_path) == before
            with pytest.raises(IndexBusyError, match="another process is writing a snapshot"):
                rebuild(tmp_path, ONE)
        index.maintain()
        assert snapshots(tmp_path) != before


def test_a_lane_in_use_changes_over_to_what_another_wrote(tmp_path: Path, rng: np.random.Generator) -> None:
    """So that a long-running service shares pages with others, and holds no file that compaction deleted."""
    filled(tmp_path, rng)
    with open_index(tmp_path, ONE) as index:
        before = answers(index)
        rebuild(tmp_path, ONE)
        index.maintain()
        grown = index.derived(DENSE.name)._grown
        assert grown is not None
        assert [grown.source] == snapshots(tmp_path)
        assert answers(index) == before


def test_when_much_was_removed_a_snapshot_starts_from_the_catalogue(tmp_path: Path, rng: np.random.Generator) -> None:
    """Structures may carry dead rows along; past a fifth they are made anew."""
    ids = filled(tmp_path, rng, 400)
    with open_index(tmp_path, ONE) as index:
        for one in ids[:70]:
            index.remove(one)
        index.maintain()
        read = index.derived(DENSE.name).snapshots
        assert read.manifest(read.found()[0]).built == 1
        for one in ids[70:140]:
            index.remove(one)
        index.maintain()
        assert read.manifest(read.found()[0]).built == 141


def test_digests_are_sha256(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert snapshot.digest(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_a_kill_while_an_old_snapshot_is_deleted_leaves_no_half_of_it(
    tmp_path: Path, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found by the crash benchmark: half a snapshot under its name would look damaged."""
    filled(tmp_path, rng)

    def killed(path: Path, **_: object) -> None:
        (path / "rows.npy").unlink()
        raise KeyboardInterrupt

    monkeypatch.setattr(snapshot.shutil, "rmtree", killed)
    with pytest.raises(KeyboardInterrupt):
        rebuild(tmp_path, ONE)
    monkeypatch.undo()
    assert verify(tmp_path, ONE).problems == []


def test_removed_works_leave_local_features_with_the_next_snapshot(tmp_path: Path, rng: np.random.Generator) -> None:
    """They are in no answer at once, mapped or not, nor after any number of snapshots, and not in the files then."""
    from simcheck.index.lanes import codebook

    spec = LaneSpec("features", "local", codebook.ROW, codebook.load().version)

    def features() -> np.ndarray:
        descriptors = np.abs(rng.standard_normal((40, 128))).astype(np.float32)
        descriptors /= np.linalg.norm(descriptors, axis=1, keepdims=True)
        places = rng.uniform(0.1, 0.9, (40, 3))
        return np.concatenate([descriptors, places, rng.uniform(0, 360, (40, 1))], axis=1).astype(np.float32)

    parts = [features() for _ in range(70)]
    with opened(tmp_path, [spec]) as index:
        ids = [
            one.id
            for one in index.add(
                [work(f"{number}", {spec.name: codebook.encode(part)}) for number, part in enumerate(parts)]
            )
        ]
        assert [one.reference_id for one in index.search(spec.name, parts[0], 1)] == [ids[0]]
    for turn in range(2):
        with open_index(tmp_path, [spec]) as index:
            index.remove(ids[turn])
            index.add([work(f"{turn} {number}", {spec.name: codebook.encode(features())}) for number in range(70)])
        with open_index(tmp_path, [spec]) as index:
            for gone in range(turn + 1):
                assert ids[gone] not in [one.reference_id for one in index.search(spec.name, parts[gone], 5)]
            assert index.search(spec.name, parts[60], 1)[0].reference_id == ids[60]
    assert verify(tmp_path, [spec]).problems == []
    [held] = index.derived(spec.name).snapshots.found()
    assert len(np.load(held / "codes.npy")) == verify(tmp_path, [spec]).checked["rows"][spec.name] == 40 * 208
    compact(tmp_path, [spec])
    assert verify(tmp_path, [spec], forgotten=ids[1]).problems == []


def test_a_command_that_only_lists_does_not_load_faiss(tmp_path: Path, rng: np.random.Generator) -> None:
    filled(tmp_path, rng)
    code = (
        "import sys; from pathlib import Path; from simcheck.index import open_index\n"
        f"with open_index(Path({str(tmp_path)!r}), ()) as index: assert index.count() == 40\n"
        "assert 'faiss' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_mapped_file_has_its_space_before_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Found by the crash benchmark on a full disk: the kernel kills who writes to a mapped page without space."""
    array = files.reserved(tmp_path / "a.npy", np.uint8, (1_000_000,))
    assert (tmp_path / "a.npy").stat().st_blocks * 512 >= array.nbytes

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "posix_fallocate", full)
    with pytest.raises(OSError, match="No space"):
        files.reserved(tmp_path / "b.npy", np.uint8, (1_000_000,))
    with pytest.raises(OSError, match="could not open"):
        files.write_faiss(faiss.IndexFlatL2(4), tmp_path / "nowhere" / "c")
