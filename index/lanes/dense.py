"""Unit vectors compared by inner product, in FAISS: with every row while that is fast, through trained cells beyond."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import faiss
import numpy as np

from simcheck.index.base import LaneSpec, Rows
from simcheck.index.lanes import trained
from simcheck.index.lanes.nearest import NearestLane
from simcheck.index.lanes.rowstore import View

AGAIN = 4
"""For each row asked for, so many from the cells are compared again in full precision."""
AGAIN_LEAST = 64


class DenseLane(NearestLane):
    """float32 (n, size), unit length. What was loaded may have cells; what came since is compared row by row. Growing
    happens when the lane is saved: past `trained.TRAIN_FROM` rows it is saved with cells."""

    def __init__(self, spec: LaneSpec) -> None:
        super().__init__(spec)
        self._cells: trained.Cells | None = None

    @staticmethod
    def _dtype() -> np.dtype[np.generic]:
        return np.dtype(np.float32)

    @property
    def method(self) -> dict[str, Any]:
        """How this lane searches, for people."""
        if self._cells is None:
            return {"name": "exact"}
        return {"name": "IVF-SQ8, re-ranked", **vars(self._cells.about)}

    def _fetch(self, probe: Rows, view: View, block: int, count: int) -> tuple[np.ndarray, np.ndarray]:
        rows = view.blocks[block]
        if self._cells is None or block or self._cells.about.rows != len(rows):
            scores, places = faiss.knn(probe, rows, count, metric=faiss.METRIC_INNER_PRODUCT)
            return scores, places
        rough = self._cells.search(probe, max(AGAIN * count, AGAIN_LEAST))
        again = np.einsum("qkd,qd->qk", rows[np.maximum(rough, 0)], probe)
        again[rough < 0] = -np.inf
        order = np.argsort(-again, axis=1, kind="stable")[:, :count]
        return np.take_along_axis(again, order, axis=1), np.take_along_axis(rough, order, axis=1)

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
