"""Binary hashes compared by Hamming distance, in FAISS."""

from __future__ import annotations

import faiss
import numpy as np

from simcheck.index.base import Rows
from simcheck.index.lanes.nearest import NearestLane
from simcheck.index.lanes.rowstore import View


class BinaryLane(NearestLane):
    """uint8 (n, size / 8). Exact; the score is the share of equal bits."""

    @staticmethod
    def _dtype() -> np.dtype[np.generic]:
        return np.dtype(np.uint8)

    def _fetch(self, probe: Rows, view: View, block: int, count: int) -> tuple[np.ndarray, np.ndarray]:
        distances, places = faiss.knn_hamming(probe, view.blocks[block], count)
        return 1 - distances / self.spec.size, places

    def _scores(self, probe_row: np.ndarray, rows: np.ndarray) -> np.ndarray:
        different = np.bitwise_count(rows ^ probe_row).sum(axis=1, dtype=np.int64)
        return np.asarray(1 - different / self.spec.size)

    _rough_scores = _scores
