"""Which FAISS structure for how many vectors: time, memory, recall, on the same vectors and queries.

Queries are real edits of real pictures; recall@1 is the share of those found that exact search finds with at least the
cosine from which an edit is told from an unrelated picture. Each structure is asked with the least effort that finds 99
in 100 on one half of the queries (or the most of its grid); what is reported is the other half. Structures that do not
keep whole vectors give 64 rows, which are compared again in full precision from a file. Built and asked with one
thread, one query at a time, ``faiss`` by hand. IVF-PQ is 64 parts of 4 bits, scanned in registers: with 8 bits a part
it took five minutes to train for 10,000 vectors, and was neither faster nor better.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from benchmarks.index.data import Real, grown, real

COSINE = 0.6
"""Edits whose best cosine is below are not asked for: exact search would not tell them from unrelated pictures."""
QUERIES = 600
WANTED = 0.99
AGAIN = 64
HNSW_MOST = 100_000
"""Beyond, building a graph takes most of an hour on these cores."""
IN_CELLS = {"nprobe": (4, 8, 12, 16, 24, 32, 48, 64, 96, 128)}
IN_GRAPH = {"efSearch": (16, 32, 64, 128, 256)}


@dataclass(frozen=True)
class Structure:
    """``factory``: FAISS' words for it, with the number of cells; ``effort``: the parameter that is turned up;
    ``again``: whether found rows are compared again in full precision."""

    factory: str
    effort: dict[str, tuple[int, ...]]
    again: bool


STRUCTURES = {
    "flat": Structure("Flat", {}, False),
    "HNSW32": Structure("HNSW32", IN_GRAPH, False),
    "HNSW32 over SQ8, re-ranked": Structure("HNSW32_SQ8", IN_GRAPH, True),
    "IVF-SQ8, re-ranked": Structure("IVF{cells},SQ8", IN_CELLS, True),
    "IVF-SQ4, re-ranked": Structure("IVF{cells},SQ4", IN_CELLS, True),
    "IVF-PQ, re-ranked": Structure("IVF{cells},PQ64x4fs", IN_CELLS, True),
    "IVF-RaBitQ, re-ranked": Structure("IVF{cells},RaBitQfs", IN_CELLS, True),
}


def queries(looked_at: Real, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Edits that exact search finds, and the rows it finds for them."""
    picked = np.random.default_rng(0).permutation(len(looked_at.edited))
    probe = looked_at.edited[picked]
    scores, places = faiss.knn(probe, rows, 1, metric=faiss.METRIC_INNER_PRODUCT)
    found = (places[:, 0] == looked_at.owners[picked]) & (scores[:, 0] >= COSINE)
    return probe[found][:QUERIES], places[found, 0][:QUERIES]


def latency(search: Callable[[np.ndarray], Any], probe: np.ndarray) -> dict[str, float]:
    """Milliseconds of one query at a time, on the clock and of processor time: the second holds on a busy machine."""
    clock, busy = [], []
    for row in probe:
        begun, used = time.perf_counter(), time.process_time()
        search(row[None])
        clock.append((time.perf_counter() - begun) * 1000)
        busy.append((time.process_time() - used) * 1000)
    return {
        "p50_ms": float(np.percentile(clock, 50)),
        "p99_ms": float(np.percentile(clock, 99)),
        "cpu_p50_ms": float(np.percentile(busy, 50)),
    }


@contextmanager
def one_thread() -> Iterator[None]:
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


def measure(count: int) -> dict[str, Any]:
    looked_at = real()
    rows = np.concatenate(list(grown(looked_at.plain, count)))
    probe, right = queries(looked_at, rows)
    out: dict[str, Any] = {"rows": count, "queries": len(probe), "structures": {}}
    with one_thread(), tempfile.TemporaryDirectory(prefix="simcheck-benchmark-") as folder:
        np.save(Path(folder) / "rows.npy", rows)
        mapped = np.load(Path(folder) / "rows.npy", mmap_mode="r")
        for name, one in STRUCTURES.items():
            if "HNSW" not in name or count <= HNSW_MOST:
                out["structures"][name] = _measured(one, rows, mapped, probe, right)
    return out


def _measured(
    one: Structure, rows: np.ndarray, mapped: np.ndarray, probe: np.ndarray, right: np.ndarray
) -> dict[str, Any]:
    cells = round(2 * len(rows) ** 0.5)
    begun = time.perf_counter()
    index = faiss.index_factory(rows.shape[1], one.factory.format(cells=cells), faiss.METRIC_INNER_PRODUCT)
    sample = np.random.default_rng(0).choice(len(rows), min(len(rows), 48 * cells), replace=False)
    index.train(rows[np.sort(sample)])
    index.add(rows)
    built = time.perf_counter() - begun

    def search(row: np.ndarray) -> np.ndarray:
        places = index.search(row, AGAIN if one.again else 10)[1]
        return places[:, np.argsort(-(mapped[places[0]] @ row[0]))] if one.again else places

    def recall(part: slice) -> float:
        found = [search(row[None])[0, 0] == place for row, place in zip(probe[part], right[part], strict=True)]
        return float(np.mean(found))

    effort = {}
    for name, values in one.effort.items():
        for value in values:
            faiss.ParameterSpace().set_index_parameter(index, name, value)
            effort = {name: value}
            if recall(slice(0, None, 2)) >= WANTED:
                break
    return {
        "recall_at_1": recall(slice(1, None, 2)),
        **effort,
        "build_s": built,
        "megabytes": len(faiss.serialize_index(index)) / 1e6,
        **latency(search, probe),
    }
