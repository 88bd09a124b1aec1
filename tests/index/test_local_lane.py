"""The local lane against brute force, its codes, and its life: add, discard, save, load."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simcheck.errors import IndexDamagedError, UsageError
from simcheck.index.base import LaneSpec
from simcheck.index.lanes import codebook, listing
from simcheck.index.lanes.local import NEIGHBOURS, LocalLane

SPEC = LaneSpec("image.local", "local", codebook.ROW, codebook.load().version)


def work_features(seed: int, count: int = 120) -> np.ndarray:
    """Features as real ones are distributed: codebook cells with noise, at random places."""
    rng = np.random.default_rng(seed)
    book = codebook.load()
    low = book.cells[rng.integers(0, codebook.CELLS, count)] + rng.normal(0, 0.03, (count, codebook.DIMENSIONS))
    rows = np.zeros((count, 132), np.float32)
    rows[:, :128] = np.abs(low @ book.rotation)
    rows[:, :128] /= np.linalg.norm(rows[:, :128], axis=1, keepdims=True)
    rows[:, 128:130] = rng.random((count, 2))
    rows[:, 130] = np.exp2(rng.uniform(-7, -3, count))
    rows[:, 131] = rng.uniform(0, 360, count)
    return rows


def seen_again(rows: np.ndarray, seed: int, noise: float = 0.02, turn: float = 40.0, scale: float = 0.5) -> np.ndarray:
    """The same features as an edited copy shows them."""
    out = rows.copy()
    out[:, :128] += np.random.default_rng(seed).normal(0, noise, (len(rows), 128)).astype(np.float32)
    out[:, :128] /= np.linalg.norm(out[:, :128], axis=1, keepdims=True)
    out[:, 130] *= scale
    out[:, 131] = (out[:, 131] + turn) % 360
    return out


def filled(works: int) -> LocalLane:
    lane = LocalLane(SPEC)
    for work in range(works):
        rows = codebook.encode(work_features(work))
        lane.add(np.full(len(rows), 100 + work), np.full(len(rows), work), rows)
    return lane


def brute_neighbours(lane_rows: list[np.ndarray], queries: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Every code decoded, every inner product computed: the definition of right for the neighbours."""
    decoded = [codebook.decode(rows) for rows in lane_rows]
    near = queries @ np.concatenate([d for d, _ in decoded]).T
    order = np.argsort(-near, 1, kind="stable")[:, : NEIGHBOURS + 1]
    owner = np.concatenate([np.full(len(rows), work) for work, rows in enumerate(lane_rows)])
    return np.take_along_axis(near, order, 1), owner[order]


def test_neighbours_are_those_of_brute_force() -> None:
    """FAISS' codes in FAISS' lists give the inner products that the codebook's own decoder gives."""
    lane = filled(12)
    rows = [codebook.encode(work_features(work)) for work in range(12)]
    probe = seen_again(work_features(3), 1)
    queries = codebook.load().rotate(probe[:, :128])
    expected, owners = brute_neighbours(rows, queries)
    closeness, ids = lane._neighbours(queries)
    best = expected[:, 0] > 0.7
    assert best.mean() > 0.9
    np.testing.assert_allclose(closeness[best, 0], expected[best, 0], atol=2e-3)
    found = lane._segments[1, lane._told(ids[best, 0])[0]]
    assert (found == owners[best, 0]).mean() > 0.97


def test_a_copy_is_found_first_and_its_votes_agree() -> None:
    """Turned and scaled features of one work put it on top, with votes from a good part of the probe."""
    lane = filled(16)
    for work in (0, 7, 15):
        found = lane.search(seen_again(work_features(work), work), 5)
        assert found[0].work == work
        assert found[0].score > 3 * (found[1].score if len(found) > 1 else 0)
        assert {key for key, _, _ in found[0].hits} == {100 + work}
        assert len(found[0].hits) > 60
        assert found[0].score == pytest.approx(sum(weight for _, _, weight in found[0].hits), rel=1e-5)


def test_k_works_not_k_rows() -> None:
    """A work with many segments of the same features does not push others out."""
    lane = LocalLane(SPEC)
    rows = codebook.encode(work_features(1))
    for segment in range(4):
        lane.add(np.full(len(rows), segment), np.full(len(rows), 7), rows)
    other = codebook.encode(work_features(2))
    lane.add(np.full(len(other), 50), np.full(len(other), 8), other)
    probe = np.concatenate([seen_again(work_features(1), 1), seen_again(work_features(2), 2)])
    assert {found.work for found in lane.search(probe, 2)} == {7, 8}


def test_discarded_works_are_gone_and_come_back_when_added_again() -> None:
    lane = filled(3)
    probe = seen_again(work_features(1), 1)
    lane.discard([1])
    assert all(found.work != 1 for found in lane.search(probe, 10))


def test_saved_and_loaded_gives_the_same_answers_and_can_grow(tmp_path: Path) -> None:
    """Memory-mapped codes answer as those in memory; what is added later is found, and saved with the rest."""
    lane = filled(8)
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    lane.save(first)
    loaded = LocalLane.load(SPEC, first)
    probe = seen_again(work_features(5), 5)
    assert len(loaded) == len(lane)
    assert loaded.search(probe, 5) == lane.search(probe, 5)
    rows = codebook.encode(work_features(77))
    loaded.add(np.full(len(rows), 177), np.full(len(rows), 77), rows)
    assert loaded.search(seen_again(work_features(77), 1), 3)[0].work == 77
    assert loaded.search(probe, 3)[0].work == 5
    loaded.save(second)
    again = LocalLane.load(SPEC, second)
    assert len(again) == len(lane) + len(rows)
    assert again.search(probe, 1)[0].work == 5
    assert again.search(seen_again(work_features(77), 1), 1)[0].work == 77


def test_a_picture_costs_at_most_six_kilobytes(tmp_path: Path) -> None:
    """256 features in the derived lane, once all lists are in use."""
    sizes = []
    for works in (60, 120):
        lane = LocalLane(SPEC)
        for work in range(works):
            rows = np.random.default_rng(work).integers(0, 256, (256, codebook.ROW)).astype(np.uint8)
            rows[:, 1] %= codebook.CELLS >> 8
            lane.add(np.full(256, work), np.full(256, work), rows)
        folder = tmp_path / str(works)
        folder.mkdir()
        lane.save(folder)
        sizes.append(sum(file.stat().st_size for file in folder.iterdir()))
    assert (sizes[1] - sizes[0]) / 60 <= 6000


def test_an_empty_lane_and_an_empty_probe_answer_nothing() -> None:
    assert LocalLane(SPEC).search(work_features(1), 5) == []
    assert filled(1).search(np.zeros((0, 132), np.float32), 5) == []


def test_wrong_shapes_and_damaged_files_are_named(tmp_path: Path) -> None:
    lane = LocalLane(SPEC)
    with pytest.raises(UsageError, match="132"):
        lane.search(np.zeros((3, 128), np.float32), 5)
    with pytest.raises(UsageError, match="22"):
        lane.add(np.zeros(1, np.int64), np.zeros(1, np.int64), np.zeros((1, 21), np.uint8))
    with pytest.raises(UsageError, match="22 bytes"):
        LocalLane(LaneSpec("image.local", "local", 9, "x"))
    (tmp_path / "codes.npy").write_bytes(b"nothing")
    with pytest.raises(IndexDamagedError, match="rebuild"):
        LocalLane.load(SPEC, tmp_path)


@given(st.floats(0, 0.999), st.floats(0, 0.999), st.floats(2.0**-8, 2.0**-1), st.floats(0, 359.9))
def test_a_place_survives_packing(x: float, y: float, size: float, angle: float) -> None:
    """Within half a step: 1/2048 of the longer side, an eighth of an octave, 2.9 degrees."""
    back = codebook.unpack(codebook.pack(np.array([[x, y, size, angle]], np.float32)))[0]
    assert abs(back[0] - x) <= 1 / 2000
    assert abs(back[1] - y) <= 1 / 2000
    assert abs(np.log2(back[2] / size)) <= 0.13
    assert abs((back[3] - angle + 180) % 360 - 180) <= 2.9


def test_codes_keep_descriptors_near() -> None:
    """A decoded code is nearer to its own descriptor than to any other: what votes rest on."""
    rows = work_features(4, 300)
    decoded, _ = codebook.decode(codebook.encode(rows))
    near = codebook.load().rotate(rows[:, :128]) @ decoded.T
    assert (near.argmax(1) == np.arange(300)).mean() > 0.97


def test_threads_search_while_features_are_added() -> None:
    """FAISS' lists in memory move when they grow: whoever searches meanwhile must not read where they were."""
    lane = filled(4)
    faults: list[str] = []
    done = threading.Event()

    def search() -> None:
        probe = seen_again(work_features(2), 2)
        while not done.is_set():
            if lane.search(probe, 2)[0].work != 2:
                faults.append("another work came first")

    threads = [threading.Thread(target=search) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(40):
        rows = codebook.encode(work_features(100 + number % 5))
        lane.add(np.full(len(rows), 1000 + number), np.full(len(rows), 500 + number), rows)
    done.set()
    for thread in threads:
        thread.join()
    assert faults == []
    assert len(lane) == 44 * 120


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is large begins at a thousand features, in lists of eight."""
    monkeypatch.setattr(listing, "SPLIT_FROM", 1000)
    monkeypatch.setattr(listing, "LIST", 8)


def crowded(seed: int, count: int = 120) -> np.ndarray:
    """Features that fall into thirty cells, so that those are split."""
    rng = np.random.default_rng(seed)
    book = codebook.load()
    low = book.cells[rng.integers(0, 30, count)] + rng.normal(0, 0.08, (count, codebook.DIMENSIONS))
    rows = work_features(seed, count)
    rows[:, :128] = np.abs(low @ book.rotation)
    rows[:, :128] /= np.linalg.norm(rows[:, :128], axis=1, keepdims=True)
    return rows


def crowded_lane(works: int) -> LocalLane:
    lane = LocalLane(SPEC)
    for work in range(works):
        rows = codebook.encode(crowded(work))
        lane.add(np.full(len(rows), 100 + work), np.full(len(rows), work), rows)
    return lane


def saved(lane: LocalLane, folder: Path) -> LocalLane:
    folder.mkdir()
    lane.save(folder)
    return LocalLane.load(SPEC, folder)


@pytest.mark.usefixtures("large")
def test_split_cells_find_what_whole_ones_find(tmp_path: Path) -> None:
    """Same products from fewer codes; what was measured at building is said; growing keeps the lists, more than
    doubling does not."""
    lane = saved(crowded_lane(40), tmp_path / "first")
    about = lane.method
    assert about["lists"] > codebook.CELLS + 200
    assert (about["features"], about["measured"], about["recall"] > 0.95) == (4800, 40, True)
    for work in range(0, 40, 3):
        found = lane.search(seen_again(crowded(work), work), 3)
        assert found[0].work == work
        assert len(found[0].hits) > 40
    queries = codebook.load().rotate(seen_again(crowded(7), 1)[:, :128])
    expected, _ = brute_neighbours([codebook.encode(crowded(work)) for work in range(40)], queries)
    closeness, _ = lane._neighbours(queries)
    assert (closeness[:, 0] >= expected[:, 0] - 2e-3).mean() > 0.75
    assert closeness.max() <= expected.max() + 2e-3
    rows = codebook.encode(crowded(99))
    lane.add(np.full(120, 999), np.full(120, 99), rows)
    lane.discard([7])
    again = saved(lane, tmp_path / "second")
    assert (len(again), again.method["lists"]) == (4800, about["lists"])
    assert again.search(seen_again(crowded(99), 3), 1)[0].work == 99
    assert 7 not in [found.work for found in again.search(seen_again(crowded(7), 7), 40)]
    for work in range(200, 290):
        rows = codebook.encode(crowded(work))
        again.add(np.full(120, work), np.full(120, work), rows)
    anew = saved(again, tmp_path / "third")
    assert anew.method["lists"] > about["lists"] + 300
    assert anew.search(seen_again(crowded(233), 3), 1)[0].work == 233
