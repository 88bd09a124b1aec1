"""The k nearest works of lanes that compare rows one by one (dense, binary).

A row of the probe nominates the k works whose nearest rows are nearest to it; the answer is the k best of all that were
nominated. One work may own thousands of rows, so rows are fetched until k works are known for every row of the probe;
where that does not end soon, all rows are compared.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection
from pathlib import Path
from typing import Any, Self

import numpy as np

from simcheck.index.base import LaneSpec, Rows
from simcheck.index.lanes.base import Found
from simcheck.index.lanes.rowstore import RowStore, View
from simcheck.index.lanes.threads import share_of_cores
from simcheck.index.rows import checked, shaped, width

LARGE = 1 << 26
"""Bytes that are compared in a search from which several threads are faster: some milliseconds of work."""
FETCH_FIRST = 32
"""Rows fetched at first, at least; twice k otherwise."""
FETCH_MOST = 1024
"""Beyond this many rows, leaving out the works that are known costs less than a longer list."""


class NearestLane(ABC):
    """Rows in a `RowStore`; subclasses say how two rows are compared."""

    FORMAT = "rows-1"

    def __init__(self, spec: LaneSpec) -> None:
        self.spec = spec
        self._store = RowStore(width(spec), self._dtype())

    @staticmethod
    @abstractmethod
    def _dtype() -> np.dtype[np.generic]: ...

    @abstractmethod
    def _fetch(self, probe: Rows, view: View, block: int, count: int) -> tuple[np.ndarray, np.ndarray]:
        """The ``count`` nearest rows of a block to each row of the probe: scores (q, count) and places in the block,
        best first, place -1 where there are fewer."""

    def _compared_rows(self, view: View) -> int:
        """How many rows a row of the probe is compared with."""
        return len(view)

    @abstractmethod
    def _scores(self, probe_row: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """float64 (n,): the exact score of each row, the same number for the same rows wherever they stand."""

    @abstractmethod
    def _rough_scores(self, probe_row: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """(n,): the scores as fast as they can be had for many rows."""

    @property
    def method(self) -> dict[str, Any]:
        """How this lane searches, for people. ``recall``: the share of queries whose best row is found."""
        return {"name": "exact", "recall": 1.0}

    def add(self, keys: np.ndarray, works: np.ndarray, rows: Rows) -> None:
        # Their values were checked on their way into the catalogue, which proves that they are still the same.
        self._store.add(keys, works, shaped(self.spec, rows, self.spec.name))

    def discard(self, works: Collection[int]) -> None:
        self._store.discard(works)

    def __len__(self) -> int:
        return self._store.living

    def search(self, probe: np.ndarray, k: int) -> list[Found]:
        probe = checked(self.spec, probe, "the probe")
        view = self._store.view
        if not len(probe) or not len(view) or k < 1:
            return []
        best: dict[int, list[tuple[int, int, float]]] = {}
        compared = len(probe) * self._compared_rows(view) * view.blocks[0].itemsize * view.blocks[0].shape[1]
        with share_of_cores(large=compared >= LARGE):
            nominated = self._nominated(probe, view, k)
        for number, places in enumerate(nominated):
            scores = self._scores(probe[number], view.take(places))
            for place, score in zip(places.tolist(), scores.tolist(), strict=True):
                best.setdefault(int(view.works[place]), []).append((int(view.keys[place]), number, score))
        found = [_found(work, hits) for work, hits in best.items()]
        found.sort(key=lambda one: (-one.score, one.work))
        return found[:k]

    def _nominated(self, probe: Rows, view: View, k: int) -> list[np.ndarray]:
        """For each row of the probe the places of the nearest rows of its k nearest works, one for each."""
        count = min(len(view), max(2 * k, FETCH_FIRST))
        while count <= FETCH_MOST or count == len(view):
            places = self._fetch_all(probe, view, count)
            out = [first_of_each_work(row[row >= 0], view, k) for row in places]
            if count == len(view) or all(len(one) == k for one in out):
                return out
            count = min(len(view), count * 4)
        return [one if len(one) == k else self._compared(row, view, k) for one, row in zip(out, probe, strict=True)]

    def _fetch_all(self, probe: Rows, view: View, count: int) -> np.ndarray:
        """Places of the ``count`` nearest rows over all blocks, best first (q, count)."""
        answers: list[tuple[np.ndarray, np.ndarray]] = []
        first = 0
        for number, block in enumerate(view.blocks):
            scores, places = self._fetch(probe, view, number, min(count, len(block)))
            answers.append((scores, np.where(places < 0, -1, places + first)))
            first += len(block)
        if len(answers) == 1:
            return answers[0][1]
        scores = np.concatenate([one[0] for one in answers], axis=1)
        places = np.concatenate([one[1] for one in answers], axis=1)
        order = np.argsort(-scores, axis=1, kind="stable")[:, :count]
        return np.take_along_axis(places, order, axis=1)

    def _compared(self, probe_row: np.ndarray, view: View, k: int) -> np.ndarray:
        """The same for one row of the probe, to which some works have a great many rows near: a comparison with
        everything."""
        scores = np.concatenate([self._rough_scores(probe_row, block) for block in view.blocks])
        return first_of_each_work(np.argsort(-scores, kind="stable"), view, k)

    def save(self, folder: Path) -> None:
        self._store.save(folder)

    @classmethod
    def load(cls, spec: LaneSpec, folder: Path) -> Self:
        lane = cls(spec)
        lane._store.load(folder)
        return lane


def first_of_each_work(places: np.ndarray, view: View, k: int) -> np.ndarray:
    """From places in order of nearness, the first living one of each of the first k works."""
    places = places[view.alive[places]]
    _, first = np.unique(view.works[places], return_index=True)
    return places[np.sort(first)[:k]]


def _found(work: int, hits: list[tuple[int, int, float]]) -> Found:
    hits.sort(key=lambda hit: (-hit[2], hit[1], hit[0]))
    return Found(work, hits[0][2], tuple(hits))
