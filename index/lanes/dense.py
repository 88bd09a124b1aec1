"""Unit vectors compared by inner product, in FAISS."""

from __future__ import annotations

import faiss
import numpy as np

from simcheck.index.base import Rows
from simcheck.index.lanes.nearest import NearestLane

_AT_ONCE = 16_384


class DenseLane(NearestLane):
    """float32 (n, size), unit length. Exact: FAISS compares with every row, in the mapped file where there is one."""

    @staticmethod
    def _dtype() -> np.dtype[np.generic]:
        return np.dtype(np.float32)

    def _fetch(self, probe: Rows, block: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        scores, places = faiss.knn(probe, block, count, metric=faiss.METRIC_INNER_PRODUCT)
        return scores, places

    def _scores(self, probe_row: np.ndarray, rows: np.ndarray) -> np.ndarray:
        parts = [
            np.einsum("ij,j->i", rows[first : first + _AT_ONCE], probe_row, dtype=np.float64)
            for first in range(0, len(rows), _AT_ONCE)
        ]
        return np.concatenate(parts) if parts else np.empty(0)
