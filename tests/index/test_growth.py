"""Past a size a dense lane searches through trained cells: recall against exact search, exact scores, one life."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from simcheck.index import LaneSpec, brute, open_index
from simcheck.index.lanes import trained
from simcheck.index.lanes.dense import DenseLane
from simcheck.index.maintenance import rebuild, stats, verify
from tests.index.helpers import work

SPEC = LaneSpec("vectors", "dense", 32, "1")
ROWS = 4000


def clustered(count: int, seed: int) -> np.ndarray:
    """Unit vectors in loose clusters, as embeddings are."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(0).standard_normal((60, SPEC.size))
    rows = centres[rng.integers(0, 60, count)] + 0.8 * rng.standard_normal((count, SPEC.size))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trained, "TRAIN_FROM", ROWS // 2)


def reloaded(lane: DenseLane, folder: Path) -> DenseLane:
    folder.mkdir()
    lane.save(folder)
    return DenseLane.load(SPEC, folder)


@pytest.fixture
def grown(tmp_path: Path) -> tuple[DenseLane, np.ndarray]:
    """A lane with cells, one row a work, work 10 + place."""
    rows = clustered(ROWS, 1)
    lane = DenseLane(SPEC)
    lane.add(np.arange(ROWS), 10 + np.arange(ROWS), rows)
    assert lane.method == {"name": "exact", "recall": 1.0}
    return reloaded(lane, tmp_path / "first"), rows


def test_cells_find_what_exact_search_finds(grown: tuple[DenseLane, np.ndarray]) -> None:
    """On queries of another seed, at least 99 in 100; scores are exact, and what was measured is said."""
    lane, rows = grown
    queries = trained.turned(rows[::7], 300, 0.75)
    exact = brute.inner_products(queries, rows)
    found = [lane.search(query[None], 3)[0] for query in queries]
    right = np.mean([one.work == 10 + at for one, at in zip(found, exact.argmax(axis=1), strict=True)])
    assert right >= 0.99
    np.testing.assert_allclose(
        [one.score for one in found], [exact[n, one.work - 10] for n, one in enumerate(found)], atol=1e-6
    )
    about = lane.method
    assert about["recall"] >= 0.99
    assert (about["rows"], about["measured"], about["cells"]) == (ROWS, 400, round(2 * ROWS**0.5))


def test_beyond_the_memory_it_may_take_a_lane_keeps_shorter_codes(
    grown: tuple[DenseLane, np.ndarray], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The method changes by itself, in both directions; what is found does not, and scores stay exact."""
    lane, rows = grown
    queries = trained.turned(rows[3::7], 100, 0.75)
    exact = brute.inner_products(queries, rows).max(axis=1)
    names = []
    for number, memory in enumerate((50_000, 50_000, 1 << 30)):
        monkeypatch.setattr(trained, "MEMORY", memory)
        lane = reloaded(lane, tmp_path / f"{number}")
        names.append(lane.method["name"])
        found = [lane.search(query[None], 1)[0].score for query in queries]
        assert np.mean(np.abs(found - exact) < 1e-6) >= 0.97
        assert lane.method["recall"] >= 0.97
    assert names == ["IVF-PQ8x4fs, re-ranked", "IVF-PQ8x4fs, re-ranked", "IVF-SQ8, re-ranked"]


def test_queries_turned_to_a_cosine_have_it(grown: tuple[DenseLane, np.ndarray]) -> None:
    _, rows = grown
    turned = trained.turned(rows, 50, 0.7)
    assert np.linalg.norm(turned, axis=1) == pytest.approx(1)
    assert (np.abs(brute.inner_products(turned, rows) - 0.7).min(axis=1) < 1e-6).all()


def test_what_comes_and_goes_after_training_shows_at_once(grown: tuple[DenseLane, np.ndarray]) -> None:
    lane, rows = grown
    new = clustered(5, 2)
    lane.add(np.arange(5) + ROWS, np.arange(5), new)
    assert [lane.search(row[None], 1)[0].work for row in new] == [0, 1, 2, 3, 4]
    lane.discard([3, 10])
    assert lane.search(new[3:4], 1)[0].work != 3
    assert lane.search(rows[:1], 1)[0].work != 10
    assert len(lane) == ROWS + 3


def test_k_works_although_one_owns_most_rows(tmp_path: Path) -> None:
    rows = clustered(ROWS, 3)
    rows[: ROWS // 2] = rows[0] + np.random.default_rng(0).normal(0, 0.01, (ROWS // 2, SPEC.size))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    works = np.where(np.arange(ROWS) < ROWS // 2, 0, np.arange(ROWS))
    lane = DenseLane(SPEC)
    lane.add(np.arange(ROWS), works, rows)
    lane = reloaded(lane, tmp_path / "film")
    found = lane.search(rows[:1], 10)
    right = brute.nearest_works(
        brute.inner_products(rows[:1], rows[works != 0]), works[works != 0], works[works != 0], 9
    )
    assert [one.work for one in found] == [0, *(one.work for one in right)]


def test_cells_are_kept_while_they_fit_and_trained_anew_when_not(
    grown: tuple[DenseLane, np.ndarray], tmp_path: Path
) -> None:
    lane, _ = grown
    more = clustered(ROWS, 4)
    lane.add(ROWS + np.arange(ROWS), 10 + ROWS + np.arange(ROWS), more)
    lane = reloaded(lane, tmp_path / "second")
    assert (lane.method["rows"], lane.method["trained_on"]) == (2 * ROWS, ROWS)
    assert [lane.search(row[None], 1)[0].work for row in more[:20]] == list(range(10 + ROWS, 30 + ROWS))
    for turn in range(2, 5):
        lane.add(turn * ROWS + np.arange(ROWS), 10 + turn * ROWS + np.arange(ROWS), clustered(ROWS, 5 + turn))
    lane = reloaded(lane, tmp_path / "third")
    assert (lane.method["rows"], lane.method["trained_on"]) == (5 * ROWS, 5 * ROWS)
    lane.discard(range(10, 10 + 5 * ROWS - 100))
    assert reloaded(lane, tmp_path / "fourth").method == {"name": "exact", "recall": 1.0}


def test_an_index_grows_by_itself(tmp_path: Path) -> None:
    """A service's thread calls `maintain`: searches go on, the method changes, answers stay."""
    rows = clustered(ROWS, 6)
    folder = tmp_path / "index"
    with open_index(folder, [SPEC], create=True) as index:
        ids = [one.id for one in index.add([work(f"{n}", {SPEC.name: row[None]}) for n, row in enumerate(rows)])]
        index.remove(ids[0])
        before = index.search(SPEC.name, rows[5:6], 3)
        assert stats(index)["lanes"][0]["search"]["name"] == "exact"
        index.maintain()
        assert index.search(SPEC.name, rows[5:6], 3) == before
        found = stats(index)["lanes"][0]
        assert (found["search"]["name"], found["search"]["recall"] >= 0.99) == ("IVF-SQ8, re-ranked", True)
    assert verify(folder, [SPEC]).problems == []
    assert rebuild(folder, [SPEC])["lanes"] == {SPEC.name: ROWS - 1}
