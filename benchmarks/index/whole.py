"""Vectors in the index as others use it, against size: adding, growing, searching, memory, disk, what a change costs a
reader."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from benchmarks.index.clients import another, middle, throughput
from benchmarks.index.data import Real, grown, real
from benchmarks.index.structures import latency, queries
from simcheck.index import LaneSpec, NewReference, Segment, open_index
from simcheck.index.compact import bytes_of
from simcheck.index.embedded import EmbeddedIndex
from simcheck.index.lanes.trained import MEASURED_AMONG, Cells
from simcheck.index.maintenance import stats

BATCH = 5000
FLAT_QUERIES = 100
"""Comparing a million rows takes a tenth of a second: so many queries tell enough."""
SPEC = LaneSpec("vectors", "dense", 256, "benchmark")


def works(rows: np.ndarray, first: int) -> list[NewReference]:
    """One picture a row."""
    return [
        NewReference(
            f"{first + number}.jpg",
            "image",
            hashlib.sha256(str(first + number).encode()).hexdigest(),
            1,
            [Segment({SPEC.name: row[None]})],
        )
        for number, row in enumerate(rows)
    ]


def films(rows: np.ndarray, first: int) -> list[NewReference]:
    """A thousand rows a work, as films have."""
    return [
        NewReference(
            f"film {first + at}", "video", f"film {first + at}", 1, [Segment({SPEC.name: row[None]}) for row in part]
        )
        for at in range(0, len(rows), 1000)
        for part in [rows[at : at + 1000]]
    ]


def measure(count: int) -> dict[str, Any]:
    looked_at = real()
    folder = Path(tempfile.mkdtemp(prefix="simcheck-benchmark-"))
    try:
        with open_index(folder / "index", [SPEC], create=True) as index:
            return {"rows": count, **_measured(index, folder, count, looked_at)}
    finally:
        shutil.rmtree(folder)


def _measured(index: EmbeddedIndex, folder: Path, count: int, looked_at: Real) -> dict[str, Any]:
    out: dict[str, Any] = {"durable_add_per_s": _added(index, grown(looked_at.plain, count))}
    rows = np.concatenate(list(grown(looked_at.plain, count)))
    probe, right = queries(looked_at, rows)
    begun, used = time.perf_counter(), time.process_time()
    index.maintain()
    out["grow_s"], out["grow_processor_s"] = time.perf_counter() - begun, time.process_time() - used
    out["grown_per_s"] = count / out["grow_s"]
    index.search(SPEC.name, probe[:1], 10)
    out["search"] = stats(index)["lanes"][0]["search"]
    exact = np.einsum("ij,ij->i", rows[right], probe)
    found = [index.search(SPEC.name, row[None], 1)[0].score for row in probe]
    out["recall_at_1"] = float(np.mean(np.array(found) >= exact - 1e-5))
    out |= _against_faiss(index, rows, probe)
    del rows
    out["queries_per_s_8_clients"] = throughput(index, SPEC.name, [row[None] for row in probe])
    out["megabytes_on_disk"] = {
        "catalogue": bytes_of(folder / "index") / 1e6 - bytes_of(folder / "index" / "snapshots") / 1e6,
        "snapshots": bytes_of(folder / "index" / "snapshots") / 1e6,
    }
    out["another_process"] = another(folder / "index", SPEC, [row[None] for row in probe])
    out["changes"] = _changes(index, folder, probe, count)
    return out


def _added(index: EmbeddedIndex, blocks: Iterator[np.ndarray]) -> dict[str, float]:
    """Vectors a second, durable and searchable when each batch has returned, on the clock and of processor time."""
    clock, busy, done = 0.0, 0.0, 0
    for block in blocks:
        for first in range(0, len(block), BATCH):
            batch = works(block[first : first + BATCH], done)
            begun, used = time.perf_counter(), time.process_time()
            index.add(batch)
            clock, busy = clock + time.perf_counter() - begun, busy + time.process_time() - used
            done += len(batch)
    return {"one vector a work": done / clock, "the same, a second of processor time": done / busy}


def _against_faiss(index: EmbeddedIndex, rows: np.ndarray, probe: np.ndarray) -> dict[str, Any]:
    """One query at a time: the index; ``faiss`` by hand, flat; the same cells by hand, which find rows, not works."""
    flat = faiss.IndexFlatIP(rows.shape[1])
    flat.add(rows)
    state = index.catalogue.state
    with index.reading() as connection:
        lane = index.derived(SPEC.name).current(state(connection))
    cells = getattr(lane, "_cells", None)
    by_hand = None if cells is None else partial(_again, cells, rows)
    runs: dict[str, list[dict[str, float]]] = {"latency": [], "faiss_flat_by_hand": [], "faiss_same_cells_by_hand": []}
    for turn in range(5):  # in turns, so that other load meets all alike
        runs["latency"].append(latency(lambda row: index.search(SPEC.name, row, 10), probe))
        if turn < 1 or len(rows) < 100_000:
            runs["faiss_flat_by_hand"].append(latency(partial(flat.search, k=10), probe[:FLAT_QUERIES]))
        if by_hand is not None:
            runs["faiss_same_cells_by_hand"].append(latency(by_hand, probe))
    return {name: middle(some) for name, some in runs.items() if some}


def _again(cells: Cells, rows: np.ndarray, probe: np.ndarray) -> np.ndarray:
    places = cells.search(probe, MEASURED_AMONG)[0]
    return places[np.argsort(-(rows[places] @ probe[0]))[:10]]


def _changes(index: EmbeddedIndex, folder: Path, probe: np.ndarray, count: int) -> dict[str, float]:
    """What another's change costs the next search of a reader; adding in batches with many rows a work; removals."""
    with open_index(folder / "index", [SPEC], read_only=True) as reader:
        reader.search(SPEC.name, probe[:1], 10)
        rng = np.random.default_rng(5)
        rows = rng.standard_normal((BATCH * 4, SPEC.size)).astype(np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        pauses = {}

        def pause() -> float:
            begun = time.perf_counter()
            reader.search(SPEC.name, probe[:1], 10)
            return (time.perf_counter() - begun) * 1000

        for name, batch in (
            ("after_1_work_ms", works(rows[:1], count)),
            ("after_1000_works_ms", works(rows[1:1001], count + 1)),
        ):
            index.add(batch)
            pauses[name] = pause()
        ids = [one.id for one in index.references(limit=200).items]
        begun = time.perf_counter()
        for one in ids:
            index.remove(one)
        pauses["removals_per_s"] = len(ids) / (time.perf_counter() - begun)
        pauses["after_200_removals_ms"] = pause()
        begun, used = time.perf_counter(), time.process_time()
        index.add(films(rows, 0))
        pauses["durable_add_per_s_1000_vectors_a_work"] = len(rows) / (time.perf_counter() - begun)
        pauses["the_same_a_second_of_processor_time"] = len(rows) / (time.process_time() - used)
        pauses["after_20000_vectors_ms"] = pause()
        begun = time.perf_counter()
        index.maintain()
        pauses["snapshot_with_removals_s"] = time.perf_counter() - begun
        pauses["after_the_snapshot_ms"] = pause()
    return pauses
