"""A trained FAISS index for many vectors: cells of k-means, and in each the vectors in eight bits a dimension or one.

A probe is compared with the vectors of its nearest cells only, from a memory-mapped file; the nearest of them are then
compared again in full precision (by the lane). How many cells are visited is chosen when the index is trained, so that
the best work is found as exact search would find it, and the recall that was measured is kept with the index.

Source: Jégou et al. 2011, "Product quantization for nearest neighbor search" (inverted file, then
re-ranking); the scalar quantiser is FAISS' SQ8 by residual, product quantisation is scanned in registers (André et
al. 2015, "Cache locality is not enough"). ``benchmarks/results/index_structures.json`` has what they cost and find
beside others, and is why these were taken: a graph (HNSW) asks for five times the memory and ten times the time to
build, and is not faster.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from simcheck.index.lanes.files import write_faiss

TRAIN_FROM = 30_000
"""Rows from which a lane is searched through cells. Comparing with everything takes 0.3 ms for 10,000 rows and 7 ms for
100,000; 30,000 take about 2 ms."""
MEMORY = 1 << 30
"""Bytes that trained cells may take: with eight bits a dimension while they fit, beyond with one (product quantisation,
64 parts of 4 bits for 256 dimensions)."""
CELLS_PER_ROOT = 2
"""Cells for each unit of the square root of the rows."""
SAMPLE_PER_CELL = 40
"""Rows that train a cell; FAISS asks for 39 at least."""
STALE = 4
"""Cells are trained anew when the rows are this many times more, or fewer, than when they were trained."""
PROBED = (4, 8, 12, 16, 20, 24, 32, 40, 48, 64, 96, 128, 256)
RECALL_WANTED = 0.99
MEASURED_ON = 400
MEASURED_AMONG = 128
"""Rows that are compared again in full precision for a single row of a probe."""
EDITS = (0.61, 0.65, 0.69, 0.735, 0.79, 0.85, 0.91, 0.97, 0.99, 0.997)
"""Recall is measured with stored vectors that were turned away to these cosines, which are those of real edits above
the threshold at which an edit is told from an unrelated picture (deciles of 3,600 edits of 400 pictures). Turning is a
fair stand-in: at a cosine of 0.6, 0.7, 0.8 and 0.9 eight cells of 490 find 0.88, 0.96, 0.98 and 1.00 of turned vectors,
and 0.88, 0.93, 0.98 and 0.99 of real edits."""
AT_ONCE = 65_536
ID_BYTES = 8
_CELLS, _ABOUT = "cells.faiss", "cells.json"


@dataclass(frozen=True)
class About:
    """How the cells were made. ``codes``: SQ8 or PQ, FAISS' words for how rows are kept in them; ``recall``: the share
    of ``measured`` queries whose best row was found."""

    rows: int
    codes: str
    cells: int
    trained_on: int
    visited: int
    recall: float
    measured: int


class Cells:
    """A trained index over the first rows of a store, in their order."""

    def __init__(self, index: Any, about: About) -> None:
        self._index = index
        self.about = about

    def search(
        self, probe: np.ndarray, count: int, wanted: np.ndarray | None = None, visited: int | None = None
    ) -> np.ndarray:
        """Places of about the ``count`` nearest rows to each row of the probe, int64 (q, count), -1 where there are
        fewer. ``wanted``: bool, of each row whether it may be found; ``visited``: cells, if not as many as measured."""
        parameters = _visiting(visited or self.about.visited)
        if wanted is not None:
            bits = np.packbits(wanted, bitorder="little")
            parameters.sel = faiss.IDSelectorBitmap(bits)
        return np.asarray(self._index.search(probe, count, params=parameters)[1])

    def save(self, folder: Path) -> None:
        write_faiss(self._index, folder / _CELLS)
        (folder / _ABOUT).write_text(json.dumps(asdict(self.about)))

    @classmethod
    def load(cls, folder: Path) -> Cells | None:
        """What `save` wrote, memory-mapped; None where there is none."""
        if not (folder / _CELLS).exists():
            return None
        index = faiss.read_index(str(folder / _CELLS), faiss.IO_FLAG_MMAP | faiss.IO_FLAG_READ_ONLY)
        return cls(index, About(**json.loads((folder / _ABOUT).read_text())))


def made(rows: np.ndarray, previous: Cells | None) -> Cells:
    """Cells over ``rows`` (float32 (n, size), perhaps mapped), trained anew or with those of ``previous``."""
    codes = "SQ8" if len(rows) * (rows.shape[1] + ID_BYTES) <= MEMORY else f"PQ{rows.shape[1] // 4}x4fs"
    fits = previous is not None and previous.about.codes == codes
    if previous is not None and fits and 1 / STALE <= len(rows) / previous.about.trained_on <= STALE:
        index = _emptied(previous)
        trained_on, cells = previous.about.trained_on, previous.about.cells
    else:
        trained_on, cells = len(rows), round(CELLS_PER_ROOT * len(rows) ** 0.5)
        index = _trained(rows, cells, codes)
    for block in _blocks(rows):
        index.add(block)
    visited, recall, measured = _tuned(index, rows)
    return Cells(index, About(len(rows), codes, cells, trained_on, visited, recall, measured))


def _trained(rows: np.ndarray, cells: int, codes: str) -> Any:
    index: Any = faiss.index_factory(rows.shape[1], f"IVF{cells},{codes}", faiss.METRIC_INNER_PRODUCT)
    index.cp.niter = 8
    index.cp.min_points_per_centroid = 1  # else FAISS writes a warning to the terminal
    index.cp.spherical = True
    picked = np.random.default_rng(0).choice(len(rows), min(len(rows), SAMPLE_PER_CELL * cells), replace=False)
    index.train(np.ascontiguousarray(rows[np.sort(picked)]))
    return index


def _emptied(previous: Cells) -> Any:
    """The same cells without rows, in memory. The original, which may be mapped, stays as it is."""
    source = faiss.downcast_index(previous._index)
    if not isinstance(source, faiss.IndexIVFScalarQuantizer):
        index = faiss.clone_index(source)
        index.reset()
        return index
    # A clone would bring all rows into memory, only to forget them.
    quantiser = faiss.clone_index(source.quantizer)
    index = faiss.IndexIVFScalarQuantizer(
        quantiser, source.d, source.nlist, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
    )
    faiss.copy_array_to_vector(faiss.vector_to_array(source.sq.trained), index.sq.trained)
    index.is_trained = True
    index.referenced_objects = [quantiser]
    return index


def _visiting(cells: int) -> Any:
    parameters = faiss.SearchParametersIVF()
    parameters.nprobe = cells
    return parameters


def _blocks(rows: np.ndarray) -> Iterator[np.ndarray]:
    for first in range(0, len(rows), AT_ONCE):
        yield np.ascontiguousarray(rows[first : first + AT_ONCE])


def _tuned(index: Any, rows: np.ndarray) -> tuple[int, float, int]:
    """The fewest visited cells that find what exact search finds: (cells, recall, queries)."""
    queries = turned(rows, MEASURED_ON, np.resize(EDITS, min(MEASURED_ON, len(rows))))
    best, right = np.full(len(queries), -np.inf, np.float32), np.zeros(len(queries), np.int64)
    for number, block in enumerate(_blocks(rows)):
        scores, places = faiss.knn(queries, block, 1, metric=faiss.METRIC_INNER_PRODUCT)
        better = scores[:, 0] > best
        best[better], right[better] = scores[better, 0], places[better, 0] + number * AT_ONCE
    recall, visited = 0.0, PROBED[-1]
    for visited in PROBED:
        found = index.search(queries, MEASURED_AMONG, params=_visiting(visited))[1]
        recall = float((found == right[:, None]).any(axis=1).mean())
        if recall >= RECALL_WANTED:
            break
    return visited, round(recall, 4), len(queries)


def turned(rows: np.ndarray, count: int, cosine: float | np.ndarray) -> np.ndarray:
    """Some of the rows, each turned in a random direction until its cosine with itself is ``cosine``, one for all or
    one for each."""
    rng = np.random.default_rng(1)
    picked = np.asarray(rows[np.sort(rng.choice(len(rows), min(count, len(rows)), replace=False))], np.float64)
    across = rng.standard_normal(picked.shape)
    across -= np.einsum("ij,ij->i", across, picked)[:, None] * picked
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    cosine = np.reshape(cosine, (-1, 1))
    out = cosine * picked + np.sqrt(1 - cosine**2) * across
    return np.asarray(out / np.linalg.norm(out, axis=1, keepdims=True), np.float32)
