"""Local features in the index as others use it, against size: disk, memory, time for an output in both orientations,
and whether the right work is nominated."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.index.clients import another, throughput
from benchmarks.index.data import Real, pictures, real
from simcheck.index import LaneSpec, NewReference, Segment, open_index
from simcheck.index.compact import bytes_of
from simcheck.index.embedded import EmbeddedIndex
from simcheck.index.lanes import codebook
from simcheck.index.maintenance import stats

SPEC = LaneSpec("features", "local", codebook.ROW, codebook.load().version)
AMONG = 10
REMOVED = 100


def measure(count: int) -> dict[str, Any]:
    folder = Path(tempfile.mkdtemp(prefix="simcheck-benchmark-"))
    try:
        with open_index(folder / "index", [SPEC], create=True) as index:
            return {"pictures": count, **_measured(index, folder / "index", count, real())}
    finally:
        shutil.rmtree(folder)


def _measured(index: EmbeddedIndex, folder: Path, count: int, looked_at: Real) -> dict[str, Any]:
    out: dict[str, Any] = {}
    begun = time.perf_counter()
    for rows, counts in pictures(looked_at, count):
        index.add(_works(rows, counts, index.count()))
    out["durable_add_pictures_per_s"] = count / (time.perf_counter() - begun)
    begun = time.perf_counter()
    index.maintain()
    out["grow_s"] = time.perf_counter() - begun
    index.search(SPEC.name, looked_at.probes[0][1], AMONG)
    lane = stats(index)["lanes"][0]
    out["features"], out["search"] = lane["rows"], lane["search"]
    out["bytes_a_picture"] = {
        "mapped": bytes_of(folder / "snapshots") / count,
        "catalogue": (bytes_of(folder) - bytes_of(folder / "snapshots")) / count,
    }
    out |= _asked(index, looked_at)
    both = [rows for _, one, other in looked_at.probes for rows in (one, other)]
    out["queries_per_s_8_clients"] = throughput(index, SPEC.name, both[:100])
    out["another_process"] = another(folder, SPEC, both)
    out |= _removed(index, looked_at)
    return out


def _works(rows: np.ndarray, counts: np.ndarray, first: int) -> list[NewReference]:
    ends = np.cumsum(counts)
    return [
        NewReference(f"{n}.jpg", "image", hashlib.sha256(b"%d" % n).hexdigest(), 1, [Segment({SPEC.name: part})])
        for n, part in enumerate(np.split(rows, ends[:-1]), first)
    ]


def _asked(index: EmbeddedIndex, looked_at: Real) -> dict[str, Any]:
    """Edits of real pictures, in both orientations as a check asks; the work is known by its name."""
    names = {one.id: one.name for one in index.references(limit=len(looked_at.counts)).items}
    clock, busy, place = [], [], []
    for turn in range(2):  # the second time the pages are there
        for owner, one, other in looked_at.probes:
            begun, used = time.perf_counter(), time.process_time()
            found = [*index.search(SPEC.name, one, AMONG), *index.search(SPEC.name, other, AMONG)]
            if turn:
                clock.append((time.perf_counter() - begun) * 1000)
                busy.append((time.process_time() - used) * 1000)
                found.sort(key=lambda candidate: -candidate.score)
                right = [n for n, it in enumerate(found) if names.get(it.reference_id) == f"{owner}.jpg"]
                place.append(right[0] if right else AMONG)
    return {
        "features_a_probe": float(np.mean([len(one) for _, one, _ in looked_at.probes])),
        "both_orientations": {
            "p50_ms": float(np.percentile(clock, 50)),
            "p99_ms": float(np.percentile(clock, 99)),
            "cpu_p50_ms": float(np.percentile(busy, 50)),
        },
        "edits_whose_work_comes_first": float(np.mean(np.array(place) == 0)),
        f"edits_whose_work_is_among_{AMONG}": float(np.mean(np.array(place) < AMONG)),
    }


def _removed(index: EmbeddedIndex, looked_at: Real) -> dict[str, Any]:
    """Works that were edited are removed; how many of them are still in an answer."""
    gone = [one.id for one in index.references(limit=REMOVED).items]
    begun = time.perf_counter()
    for one in gone:
        index.remove(one)
    seconds = time.perf_counter() - begun
    answers = [
        candidate.reference_id
        for _, one, _ in looked_at.probes[:REMOVED]
        for candidate in index.search(SPEC.name, one, AMONG)
    ]
    return {"removals_per_s": len(gone) / seconds, "removed_works_in_answers": len(set(gone) & set(answers))}
