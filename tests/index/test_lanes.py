"""Every lane against brute force: the same works, hits and scores; empty, one row, duplicates, removed, reloaded."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import faiss
import numpy as np
import pytest

from simcheck.index import LaneSpec, brute
from simcheck.index.lanes import lane_class, threads
from simcheck.index.lanes.base import Found, Lane
from tests.index.helpers import BINARY, DENSE, POSTINGS, codes, unit

Rows = Callable[[np.random.Generator, int], np.ndarray]


def tokens(rng: np.random.Generator, n: int) -> np.ndarray:
    """Postings of few different tokens, some of them beyond 2**63."""
    few = rng.integers(0, 40, n).astype(np.uint64)
    few[few > 30] += np.uint64(2**63)
    return np.stack([few, np.arange(n, dtype=np.uint64)], axis=1)


MAKERS: dict[str, tuple[LaneSpec, Rows]] = {
    "dense": (DENSE, unit),
    "binary": (BINARY, codes),
    "postings": (POSTINGS, tokens),
}


class Twin:
    """A lane and the same rows for brute force."""

    def __init__(self, structure: str) -> None:
        self.spec, self.rows_of = MAKERS[structure]
        self.lane: Lane = lane_class(structure)(self.spec)
        self.rows = self.rows_of(np.random.default_rng(0), 0)
        self.next_key = 1000
        self.keys = np.empty(0, np.int64)
        self.works = np.empty(0, np.int64)

    def add(self, works: np.ndarray, rows: np.ndarray) -> None:
        keys = self.next_key + np.arange(len(works))
        self.next_key += len(works)
        self.lane.add(keys, works, rows)
        self.rows = np.concatenate([self.rows, rows])
        self.keys = np.concatenate([self.keys, keys])
        self.works = np.concatenate([self.works, works])

    def discard(self, works: list[int]) -> None:
        self.lane.discard(works)
        stays = ~np.isin(self.works, works)
        self.rows, self.keys, self.works = self.rows[stays], self.keys[stays], self.works[stays]

    def right(self, probe: np.ndarray, k: int) -> list[Found]:
        if self.spec.structure == "postings":
            return brute.voted_works(probe, self.rows, self.keys, self.works, k)
        scores = {"dense": brute.inner_products, "binary": brute.equal_bits}[self.spec.structure](probe, self.rows)
        return brute.nearest_works(scores, self.keys, self.works, k)

    def agrees(self, probe: np.ndarray, k: int) -> None:
        """Scores in order are the same; so are works and hits, except where equal scores leave a choice."""
        got, right = self.lane.search(probe, k), self.right(probe, k)
        assert [one.score for one in got] == pytest.approx([one.score for one in right], abs=1e-6)
        scores = [round(one.score, 6) for one in self.right(probe, k + 50)]
        for mine, other in zip(got, right, strict=True):
            if scores.count(round(mine.score, 6)) == 1:
                assert mine.work == other.work
                if self.spec.structure == "dense":
                    assert {(key, row) for key, row, _ in mine.hits} == {(key, row) for key, row, _ in other.hits}
                else:
                    assert {row for _, row, _ in mine.hits} == {row for _, row, _ in other.hits}


@pytest.fixture(params=sorted(MAKERS))
def twin(request: pytest.FixtureRequest) -> Twin:
    return Twin(request.param)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(11)


def test_an_empty_lane_finds_nothing(twin: Twin, rng: np.random.Generator) -> None:
    assert twin.lane.search(twin.rows_of(rng, 3), 5) == []
    assert len(twin.lane) == 0


def test_an_empty_probe_finds_nothing(twin: Twin, rng: np.random.Generator) -> None:
    twin.add(np.arange(5), twin.rows_of(rng, 5))
    assert twin.lane.search(twin.rows_of(rng, 0), 5) == []


def test_one_row_is_found(twin: Twin, rng: np.random.Generator) -> None:
    rows = twin.rows_of(rng, 1)
    twin.add(np.array([4]), rows)
    [found] = twin.lane.search(rows, 5)
    assert (found.work, found.hits[0][:2]) == (4, (1000, 0))
    twin.agrees(rows, 5)


@pytest.mark.parametrize("k", [1, 3, 10, 200])
def test_complete_answers_are_those_of_brute_force(twin: Twin, rng: np.random.Generator, k: int) -> None:
    """Works of one to nine rows, added in several goes, one and several rows in the probe."""
    for first in (0, 40, 70):
        works = np.repeat(np.arange(first, first + 30), rng.integers(1, 10, 30))
        twin.add(works, twin.rows_of(rng, len(works)))
    for size in (1, 2, 7, 30):
        twin.agrees(twin.rows_of(rng, size), k)


def test_discarded_works_are_in_no_answer(twin: Twin, rng: np.random.Generator) -> None:
    works = np.repeat(np.arange(50), 4)
    rows = twin.rows_of(rng, 200)
    twin.add(works, rows)
    twin.discard([3, 4, 5, 999])
    assert len(twin.lane) == len(twin.rows)
    assert {3, 4, 5}.isdisjoint(one.work for one in twin.lane.search(rows[12:24], 50))
    twin.agrees(rows[10:30], 50)


def test_what_was_saved_answers_the_same_and_grows(twin: Twin, rng: np.random.Generator, tmp_path: Path) -> None:
    """Twice, with removals: a loaded lane is searched together with what came later."""
    next_work = 0
    for turn in range(3):
        works = np.repeat(np.arange(next_work, next_work + 20), 3)
        next_work += 20
        twin.add(works, twin.rows_of(rng, 60))
        twin.discard([next_work - 1, next_work - 7])
        folder = tmp_path / str(turn)
        folder.mkdir()
        twin.lane.save(folder)
        twin.lane = lane_class(twin.spec.structure).load(twin.spec, folder)
        assert len(twin.lane) == len(twin.rows)
        twin.agrees(twin.rows_of(rng, 5), 7)
        twin.discard([next_work - 2])
        twin.agrees(twin.rows_of(rng, 5), 100)


def test_nothing_left_is_saved_and_loaded(twin: Twin, rng: np.random.Generator, tmp_path: Path) -> None:
    twin.add(np.array([1]), twin.rows_of(rng, 1))
    twin.discard([1])
    twin.lane.save(tmp_path)
    loaded = lane_class(twin.spec.structure).load(twin.spec, tmp_path)
    assert (len(loaded), loaded.search(twin.rows_of(rng, 1), 3)) == (0, [])


def test_duplicates_do_not_hide_others(twin: Twin, rng: np.random.Generator) -> None:
    """3,000 copies of one row in as many works: each answer is one of them; with k beyond them, the others come too."""
    rows = twin.rows_of(rng, 1)
    twin.add(np.arange(3000), np.repeat(rows, 3000, axis=0))
    twin.add(np.arange(3000, 3020), twin.rows_of(rng, 20))
    found = twin.lane.search(rows, 50)
    assert len({one.work for one in found}) == 50
    assert len({round(one.score, 6) for one in found}) == 1
    if twin.spec.structure != "postings":
        assert len(twin.lane.search(rows, 5000)) == 3020


@pytest.mark.parametrize("structure", ["dense", "binary"])
def test_k_works_although_one_owns_thousands_of_rows(structure: str, rng: np.random.Generator) -> None:
    """The 5,000 nearest rows belong to one film; nine other works are behind them."""
    twin = Twin(structure)
    probe = twin.rows_of(rng, 1)
    film = np.repeat(probe, 5000, axis=0)
    if structure == "dense":
        film = film + rng.normal(0, 0.001, film.shape).astype(np.float32)
        film /= np.linalg.norm(film, axis=1, keepdims=True)
    twin.add(np.zeros(5000, np.int64), film)
    twin.add(np.arange(1, 40), twin.rows_of(rng, 39))
    found = twin.lane.search(probe, 10)
    assert found[0].work == 0
    assert len({one.work for one in found}) == 10
    twin.agrees(probe, 10)


@pytest.mark.parametrize("cosine", [0.4999, 0.5, 0.5001])
def test_neighbours_planted_at_a_threshold_get_their_score(cosine: float, rng: np.random.Generator) -> None:
    """At a threshold and one step to either side: the score says on which side, also beside 2,000 others."""
    twin = Twin("dense")
    probe = unit(rng, 1).astype(np.float64)
    across = rng.standard_normal(probe.shape)
    across -= (across @ probe.T) * probe
    across /= np.linalg.norm(across)
    planted = (cosine * probe + np.sqrt(1 - cosine**2) * across).astype(np.float32)
    others = unit(rng, 2000)
    others = others[np.abs(others @ probe[0].astype(np.float32)) < 0.45]
    twin.add(np.arange(len(others)), others)
    twin.add(np.array([9999]), planted)
    best = twin.lane.search(probe.astype(np.float32), 3)[0]
    assert (best.work, best.score) == (9999, pytest.approx(cosine, abs=2e-7))


@pytest.mark.parametrize("bits", [31, 32, 33])
def test_hashes_planted_at_a_distance_get_their_score(bits: int) -> None:
    twin = Twin("binary")
    probe = np.zeros((1, 8), np.uint8)
    planted = np.packbits(np.arange(64) < bits)[None]
    twin.add(np.array([1, 2]), np.concatenate([planted, 255 - probe]))
    assert [(one.work, one.score) for one in twin.lane.search(probe, 2)] == [(1, 1 - bits / 64), (2, 0.0)]


def posting(*values: int, at: int = 0) -> np.ndarray:
    return np.array([(value, at + place) for place, value in enumerate(values)], np.uint64)


def test_rare_tokens_weigh_more_and_a_segment_is_voted_for_once_by_a_row() -> None:
    lane = lane_class("postings")(POSTINGS)
    lane.add(np.array([1, 1, 1, 2, 2, 3]), np.array([1, 1, 1, 2, 2, 3]), posting(7, 7, 7, 7, 8, 9))
    found = lane.search(posting(7, 8), 5)
    assert [(one.work, one.score) for one in found] == [
        (2, pytest.approx(np.log2(1 + 3 / 2) + 2)),
        (1, pytest.approx(np.log2(1 + 3 / 2))),
    ]
    assert [row for _, row, _ in found[0].hits] == [1, 0]


def test_votes_that_meet_count_more_than_many_that_are_scattered() -> None:
    """A long work has one of the probe's tokens in each of its segments, a short one has four in one."""
    lane = lane_class("postings")(POSTINGS)
    lane.add(np.arange(100, 130), np.full(30, 1), posting(*range(30)))
    lane.add(np.full(4, 200), np.full(4, 2), posting(40, 41, 42, 43))
    probe = np.stack([np.arange(50, dtype=np.uint64), np.arange(50, dtype=np.uint64)], axis=1)
    assert [one.work for one in lane.search(probe, 1)] == [2]
    apart = probe.copy()
    apart[:, 1] *= np.uint64(1000)
    scores = [one.score for one in lane.search(apart, 2)]
    assert scores == [pytest.approx(np.log2(1 + 31))] * 2, "votes from places of the probe far apart are not added up"


def test_of_a_token_that_stands_everywhere_the_first_places_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A work registered a hundred times is still found, and weighs by how often it is there."""
    from simcheck.index.lanes import postings

    monkeypatch.setattr(postings, "MOST_PER_TOKEN", 10)
    lane = lane_class("postings")(POSTINGS)
    for work in range(100):
        lane.add(np.full(3, work), np.full(3, work), posting(1, 2, 3))
    found = lane.search(posting(1, 2, 3), 50)
    assert [one.work for one in found] == list(range(10))
    assert found[0].score == pytest.approx(3 * np.log2(2))


def test_postings_are_saved_in_pieces(
    monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator, tmp_path: Path
) -> None:
    """What is merged in pieces of bounded size is what would be merged at once."""
    from simcheck.index.lanes import postings

    monkeypatch.setattr(postings, "WRITE_AT_ONCE", 16)
    twin = Twin("postings")
    for first in range(5):
        twin.add(np.repeat(np.arange(first * 10, first * 10 + 10), 20), tokens(rng, 200))
    twin.discard([7])
    twin.lane.save(tmp_path)
    twin.lane = lane_class("postings").load(POSTINGS, tmp_path)
    assert len(np.load(tmp_path / "tails.npy")) == len(twin.rows)
    twin.agrees(tokens(rng, 30), 60)


def test_searches_that_run_at_once_share_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    """One has all of them, of three each a third, a small one has one thread; afterwards all is as before."""
    monkeypatch.setattr(threads.os, "sched_getaffinity", lambda _: set(range(6)))
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(6)
    seen: list[int] = []
    inside, go_on = threading.Barrier(3), threading.Event()

    def search() -> None:
        faiss.omp_set_num_threads(6)
        inside.wait()
        with threads.share_of_cores(large=True):
            seen.append(faiss.omp_get_max_threads())
            go_on.wait()
        assert faiss.omp_get_max_threads() == 6

    with threads.share_of_cores(large=False):
        assert faiss.omp_get_max_threads() == 1
    running = [threading.Thread(target=search) for _ in range(2)]
    with threads.share_of_cores(large=True):
        seen.append(faiss.omp_get_max_threads())
        for thread in running:
            thread.start()
        inside.wait()
        while len(seen) < 3:
            time.sleep(0.001)
        go_on.set()
        for thread in running:
            thread.join()
    assert sorted(seen) == [2, 3, 6]
    assert faiss.omp_get_max_threads() == 6
    faiss.omp_set_num_threads(before)
