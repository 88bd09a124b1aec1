"""Others who ask an index: eight threads at once, and a process of its own whose memory is looked at."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from simcheck.index import LaneSpec
from simcheck.index.embedded import EmbeddedIndex

CLIENTS = 8
READER = """
import json, sys, time
from pathlib import Path
import numpy as np
from benchmarks.index.clients import memory
from simcheck.index import LaneSpec, open_index
spec = LaneSpec(**json.loads(sys.argv[2]))
with np.load(sys.argv[3]) as kept:
    probes = [kept[name] for name in kept.files]
begun = time.perf_counter()
index = open_index(Path(sys.argv[1]), [spec], read_only=True)
before = memory()
index.search(spec.name, probes[0], 10)
opened = time.perf_counter() - begun
for probe in probes:
    index.search(spec.name, probe, 10)
print(json.dumps({"open_and_first_search_s": opened, "memory_mb": memory(), "memory_before_mb": before}))
"""


def memory() -> dict[str, float]:
    """Resident megabytes of this process: its own, and pages of files that all processes share."""
    fields = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return {name: int(fields[key].split()[0]) / 1024 for name, key in (("own", "RssAnon"), ("shared", "RssFile"))}


def another(index: Path, spec: LaneSpec, probes: Sequence[np.ndarray]) -> dict[str, Any]:
    """What opening the index and searching for all probes takes in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="simcheck-benchmark-") as folder:
        file = Path(folder) / "probes.npz"
        np.savez(file, **{f"{number:05d}": probe for number, probe in enumerate(probes)})
        words = [sys.executable, "-c", READER, str(index), json.dumps(vars(spec)), str(file)]
        root = Path(__file__).parents[2]
        done = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True, cwd=root)
    return dict(json.loads(done.stdout))


def throughput(index: EmbeddedIndex, lane: str, probes: Sequence[np.ndarray]) -> float:
    """Searches a second with eight clients, each in a thread."""

    def client(first: int) -> None:
        for number in range(len(probes)):
            index.search(lane, probes[(first + number) % len(probes)], 10)

    threads = [threading.Thread(target=client, args=(number * 7,)) for number in range(CLIENTS)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return CLIENTS * len(probes) / (time.perf_counter() - begun)


def middle(runs: list[dict[str, float]]) -> dict[str, float]:
    """The median of each figure."""
    return {key: float(np.median([run[key] for run in runs])) for key in runs[0]}
