"""Unit vectors compared by inner product, in FAISS: with every row while that is fast, through trained cells beyond."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import faiss
import numpy as np

from simcheck.index.base import LaneSpec, Rows
from simcheck.index.lanes import trained
from simcheck.index.lanes.nearest import FETCH_MOST, NearestLane, first_of_each_work
from simcheck.index.lanes.rowstore import View

AGAIN = 4
"""For each row asked for, so many from the cells are compared again in full precision."""
AGAIN_LEAST = 64


class DenseLane(NearestLane):
    """float32 (n, size), unit length. What was loaded may have cells; what came since is compared row by row. Growing
    happens when the lane is saved: past `trained.TRAIN_FROM` rows it is saved with cells."""

    FORMAT = "rows-2"

    def __init__(self, spec: LaneSpec) -> None:
        super().__init__(spec)
        self._cells: trained.Cells | None = None

    @staticmethod
    def _dtype() -> np.dtype[np.generic]:
        return np.dtype(np.float32)

    @property
    def method(self) -> dict[str, Any]:
        if self._cells is None:
            return super().method
        return {"name": f"IVF-{self._cells.about.codes}, re-ranked", **vars(self._cells.about)}

    def _fetch(self, probe: Rows, view: View, block: int, count: int) -> tuple[np.ndarray, np.ndarray]:
        rows = view.blocks[block]
        if self._cells is None or block or self._cells.about.rows != len(rows):
            scores, places = faiss.knn(probe, rows, count, metric=faiss.METRIC_INNER_PRODUCT)
            return scores, places
        rough = self._cells.search(probe, max(AGAIN * count, AGAIN_LEAST))
        again = np.stack([view.take(np.maximum(some, 0)) @ row for some, row in zip(rough, probe, strict=True)])
        again[rough < 0] = -np.inf
        order = np.argsort(-again, axis=1, kind="stable")[:, :count]
        return np.take_along_axis(again, order, axis=1), np.take_along_axis(rough, order, axis=1)

    def _compared_rows(self, view: View) -> int:
        if self._cells is None:
            return len(view)
        about = self._cells.about
        return len(view) - about.rows + about.rows * about.visited // about.cells

    def _compared(self, probe_row: np.ndarray, view: View, k: int) -> np.ndarray:
        """With cells: search again without the works that are known, and in more cells, since theirs may be full."""
        if self._cells is None:
            return super()._compared(probe_row, view, k)
        about = self._cells.about
        wanted = view.alive[: about.rows].copy()
        found = [about.rows + np.flatnonzero(view.alive[about.rows :])]
        known: set[int] = set()
        visited = about.visited
        while len(known) < k:
            places = self._cells.search(probe_row[None], FETCH_MOST, wanted, visited)[0]
            places = places[places >= 0]
            if not len(places) and visited == about.cells:
                break
            found.append(places)
            new = np.unique(view.works[places])
            wanted &= ~np.isin(view.works[: about.rows], new)
            known.update(new.tolist())
            visited = min(about.cells, visited * 4)
        places = np.concatenate(found)
        return first_of_each_work(places[np.argsort(-(view.take(places) @ probe_row), kind="stable")], view, k)

    def _scores(self, probe_row: np.ndarray, rows: np.ndarray) -> np.ndarray:
        return np.asarray(np.einsum("ij,j->i", rows, probe_row, dtype=np.float64))

    def _rough_scores(self, probe_row: np.ndarray, rows: np.ndarray) -> np.ndarray:
        return np.asarray(rows @ probe_row)

    def save(self, folder: Path) -> None:
        super().save(folder)
        if len(self) >= trained.TRAIN_FROM:
            rows = np.load(folder / "rows.npy", mmap_mode="r")
            trained.made(rows, self._cells).save(folder)

    @classmethod
    def load(cls, spec: LaneSpec, folder: Path) -> Self:
        lane = super().load(spec, folder)
        lane._cells = trained.Cells.load(folder)
        if lane._cells is not None and lane._cells.about.rows != len(lane):
            raise ValueError(f"{folder} has cells for {lane._cells.about.rows} rows instead of {len(lane)}")
        return lane
