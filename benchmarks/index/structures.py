"""Which FAISS structure for how many vectors: time, memory, recall, on the same vectors and queries.

Queries are real edits of real pictures; recall@1 is the share of those found that exact search finds with at least the
cosine from which an edit is told from an unrelated picture. One thread, also to
build; one query at a time, ``faiss`` by hand.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import faiss
import numpy as np

from benchmarks.index.data import grown, real

COSINE = 0.6
"""Edits whose best cosine is below are not asked for: exact search would not tell them from unrelated pictures."""
QUERIES = 300


def queries(
    plain: np.ndarray, edited: np.ndarray, owners: np.ndarray, rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Edits that exact search finds, and the rows it finds for them."""
    picked = np.random.default_rng(0).permutation(len(edited))
    probe = edited[picked]
    scores, places = faiss.knn(probe, rows, 1, metric=faiss.METRIC_INNER_PRODUCT)
    found = (places[:, 0] == owners[picked]) & (scores[:, 0] >= COSINE)
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


def measure(count: int) -> dict[str, Any]:
    faiss.omp_set_num_threads(1)
    plain, edited, owners = real()
    rows = np.concatenate(list(grown(plain, count)))
    probe, right = queries(plain, edited, owners, rows)
    size = rows.shape[1]
    cells = round(2 * count**0.5)
    makers: dict[str, tuple[str, dict[str, int]]] = {
        "flat": ("Flat", {}),
        "HNSW32": ("HNSW32", {"efSearch": 64}),
        "IVF-SQ8": (f"IVF{cells},SQ8", {"nprobe": 16}),
        "IVF-SQ8, twice the cells visited": (f"IVF{cells},SQ8", {"nprobe": 32}),
        "IVF-PQ64, re-ranked": (f"IVF{cells},PQ64x8", {"nprobe": 32}),
    }
    out: dict[str, Any] = {"rows": count, "queries": len(probe), "structures": {}}
    made: dict[str, tuple[Any, float]] = {}
    for name, (factory, parameters) in makers.items():
        if name == "HNSW32" and count > 100_000:
            continue  # its memory is beyond the budget of 1 GB at a million, and building takes most of an hour
        if factory not in made:
            begun = time.perf_counter()
            index = faiss.index_factory(size, factory, faiss.METRIC_INNER_PRODUCT)
            sample = rows[np.sort(np.random.default_rng(0).choice(count, min(count, 48 * cells), replace=False))]
            index.train(sample)
            index.add(rows)
            made[factory] = index, time.perf_counter() - begun
        index, seconds = made[factory]
        for key, value in parameters.items():
            faiss.ParameterSpace().set_index_parameter(index, key, value)

        def search(row: np.ndarray, index: Any = index, again: bool = "re-ranked" in name) -> np.ndarray:
            places = index.search(row, 64 if again else 10)[1]
            return places[:, np.argsort(-(rows[places[0]] @ row[0]))] if again else places

        hits = np.mean([search(row[None])[0, 0] == place for row, place in zip(probe, right, strict=True)])
        out["structures"][name] = {
            "recall_at_1": float(hits),
            "build_s": seconds,
            "megabytes": len(faiss.serialize_index(index)) / 1e6,
            **latency(search, probe),
        }
    return out
