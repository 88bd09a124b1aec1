"""The index as others use it, against size: adding, growing, searching, memory, disk, what a change costs a reader."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from benchmarks.index.data import grown, real
from benchmarks.index.structures import latency, queries
from simcheck.index import LaneSpec, NewReference, Segment, open_index
from simcheck.index.compact import bytes_of
from simcheck.index.embedded import EmbeddedIndex
from simcheck.index.maintenance import stats

BATCH = 5000
REMOVED_SHARE = 0.01
CLIENTS = 8

READER = """
import json, os, sys, time
from pathlib import Path
import numpy as np
from benchmarks.index.whole import SPEC, memory
from simcheck.index import open_index
probe = np.load(sys.argv[2])
begun = time.perf_counter()
index = open_index(Path(sys.argv[1]), [SPEC], read_only=True)
index.search(SPEC.name, probe[:1], 10)
opened = time.perf_counter() - begun
for row in probe:
    index.search(SPEC.name, row[None], 10)
print(json.dumps({"open_and_first_search_s": opened, "memory_mb": memory()}))
"""

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


def memory() -> dict[str, float]:
    """Resident megabytes of this process: its own, and pages of files that all processes share."""
    fields = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return {name: int(fields[key].split()[0]) / 1024 for name, key in (("own", "RssAnon"), ("shared", "RssFile"))}


def measure(count: int) -> dict[str, Any]:
    plain, edited, owners = real()
    folder = Path(tempfile.mkdtemp(prefix="simcheck-benchmark-"))
    try:
        with open_index(folder / "index", [SPEC], create=True) as index:
            return {"rows": count, **_measured(index, folder, count, plain, edited, owners)}
    finally:
        shutil.rmtree(folder)


def _measured(
    index: EmbeddedIndex, folder: Path, count: int, plain: np.ndarray, edited: np.ndarray, owners: np.ndarray
) -> dict[str, Any]:
    out: dict[str, Any] = {}
    clock, busy, done = 0.0, 0.0, 0
    for part in _parts(grown(plain, count)):
        batch = works(part, done)
        begun, used = time.perf_counter(), time.process_time()
        index.add(batch)
        clock, busy = clock + time.perf_counter() - begun, busy + time.process_time() - used
        done += len(part)
    out["durable_add_per_s"] = {"one vector a work": count / clock, "a second of processor time": count / busy}
    rows = np.concatenate(list(grown(plain, count)))
    probe, right = queries(plain, edited, owners, rows)
    begun = time.perf_counter()
    index.maintain()
    out["grow_s"] = time.perf_counter() - begun
    index.search(SPEC.name, probe[:1], 10)
    out["search"] = stats(index)["lanes"][0]["search"]
    out["found_at_1"] = float(
        np.mean(
            [
                index.search(SPEC.name, row[None], 1)[0].score >= float(rows[at] @ row) - 1e-5
                for row, at in zip(probe, right, strict=True)
            ]
        )
    )
    by_hand = faiss.IndexFlatIP(rows.shape[1])
    by_hand.add(rows)
    ours, theirs = [], []
    for turn in range(5):  # in turns, so that other load meets both alike
        ours.append(latency(lambda row: index.search(SPEC.name, row, 10), probe))
        if turn < 1 or count < 100_000:
            theirs.append(latency(partial(by_hand.search, k=10), probe))
    out["latency"] = _middle(ours)
    out["faiss_flat_by_hand"] = _middle(theirs)
    out["cpu_against_flat_by_hand"] = out["latency"]["cpu_p50_ms"] / out["faiss_flat_by_hand"]["cpu_p50_ms"]
    del by_hand
    out["queries_per_s_8_clients"] = _throughput(index, probe)
    out["megabytes_on_disk"] = {
        "catalogue": bytes_of(folder / "index") / 1e6 - bytes_of(folder / "index" / "snapshots") / 1e6,
        "snapshots": bytes_of(folder / "index" / "snapshots") / 1e6,
    }
    np.save(folder / "probe.npy", probe)
    words = [sys.executable, "-c", READER, str(folder / "index"), str(folder / "probe.npy")]
    done_process = subprocess.run(words, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[2])
    out["another_process"] = json.loads(done_process.stdout)
    out["changes"] = _changes(index, folder, probe, count)
    return out


def _parts(blocks: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    for block in blocks:
        for first in range(0, len(block), BATCH):
            yield block[first : first + BATCH]


def _middle(runs: list[dict[str, float]]) -> dict[str, float]:
    return {key: float(np.median([run[key] for run in runs])) for key in runs[0]}


def _throughput(index: EmbeddedIndex, probe: np.ndarray) -> float:
    def client(first: int) -> None:
        for row in np.roll(probe, first, axis=0):
            index.search(SPEC.name, row[None], 10)

    threads = [threading.Thread(target=client, args=(number * 7,)) for number in range(CLIENTS)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return CLIENTS * len(probe) / (time.perf_counter() - begun)


def _changes(index: EmbeddedIndex, folder: Path, probe: np.ndarray, count: int) -> dict[str, float]:
    """What another's change costs the next search of a reader, and adding in batches with many rows a work."""
    with open_index(folder / "index", [SPEC], read_only=True) as reader:
        reader.search(SPEC.name, probe[:1], 10)
        rng = np.random.default_rng(5)
        rows = rng.standard_normal((BATCH * 4, SPEC.size)).astype(np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        pauses = {}
        for name, batch in (
            ("after_1_work", works(rows[:1], count)),
            ("after_1000_works", works(rows[1:1001], count + 1)),
        ):
            index.add(batch)
            begun = time.perf_counter()
            reader.search(SPEC.name, probe[:1], 10)
            pauses[f"{name}_ms"] = (time.perf_counter() - begun) * 1000
        ids = [one.id for one in index.references(limit=max(1, int(count * REMOVED_SHARE / 10))).items]
        begun = time.perf_counter()
        for one in ids[:200]:
            index.remove(one)
        pauses["removals_per_s"] = len(ids[:200]) / (time.perf_counter() - begun)
        begun = time.perf_counter()
        reader.search(SPEC.name, probe[:1], 10)
        pauses["after_removals_ms"] = (time.perf_counter() - begun) * 1000
        begun, used = time.perf_counter(), time.process_time()
        index.add(films(rows, 0))
        pauses["durable_add_per_s_1000_vectors_a_work"] = len(rows) / (time.perf_counter() - begun)
        pauses["the_same_a_second_of_processor_time"] = len(rows) / (time.process_time() - used)
    return pauses
