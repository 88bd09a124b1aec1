"""``kill -9`` and full disks at random moments: is everything there that was acknowledged, and nothing else?

    python -m benchmarks.index.crash --runs 300

A child process changes one index over and over (adds, removals, quarantine, snapshots, compaction, rebuilding, checks)
and says through a pipe what it is about to do and what has returned. It is killed at a random moment; or its files may
not grow beyond a random size (every write beyond fails, as on a full disk); or a call that writes fails, once or from
then on (``faults.c``, preloaded: "no space" or "input/output error" from write, fsync, truncate, allocate). Another
process then opens the index, proves it with ``verify`` and holds it against what was acknowledged. What was under way
may have happened or not, but whole. (A killed process does not lose what the operating system holds; that
``synchronous=FULL`` waits for the disk itself, a power cut would show.)
"""

from __future__ import annotations

import argparse
import ctypes
import errno
import hashlib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common.results import RESULTS, heading, write
from simcheck.errors import StorageError
from simcheck.index import LaneSpec, NewReference, Segment, open_index
from simcheck.index.embedded import EmbeddedIndex
from simcheck.index.lanes import codebook
from simcheck.index.maintenance import compact, rebuild, verify

VECTORS = LaneSpec("vectors", "dense", 32, "1")
CODES = LaneSpec("codes", "binary", 64, "1")
FEATURES = LaneSpec("features", "local", codebook.ROW, "1")
TOKENS = LaneSpec("tokens", "postings", 64, "1")
LANES = (VECTORS, CODES, FEATURES, TOKENS)
FRESH_EVERY = 20
"""Runs after which a new index is begun."""


@dataclass
class Expected:
    """What the index must hold: status by name. ``open`` is the change that was under way at the last kill."""

    status: dict[str, str] = field(default_factory=dict)
    open: dict[str, Any] | None = None
    checks: int = 0
    kinds: dict[str, int] = field(default_factory=dict)

    def take(self, lines: list[dict[str, Any]]) -> None:
        """The lines a child wrote before it died: announcements, each followed by its acknowledgement or by none."""
        for line in lines:
            if not line.get("done"):
                self.open = line
                continue
            assert self.open is not None
            self.apply(self.open)
            self.kinds[line["what"]] = self.kinds.get(line["what"], 0) + 1
            self.open = None

    def apply(self, change: dict[str, Any]) -> None:
        if change["what"] == "check":
            self.checks += 1
        for name in change.get("names", ()):
            self.status[name] = change["status"]


def vector(name: str) -> np.ndarray:
    """The rows of a work follow from its name, so that they can be proven."""
    rng = np.random.default_rng(int(hashlib.sha256(name.encode()).hexdigest()[:15], 16))
    rows = rng.standard_normal((2, VECTORS.size)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def work(name: str) -> NewReference:
    code = np.frombuffer(hashlib.sha256(name.encode()).digest()[:8], np.uint8)[None]
    rng = np.random.default_rng(code[0])
    features = rng.integers(0, 256, (20, FEATURES.size)).astype(np.uint8)
    features[:, 1] %= codebook.CELLS >> 8
    tokens = np.sort(rng.integers(0, 1 << 40, (30, 2)).astype(np.uint64), axis=0)
    more = {CODES.name: code, FEATURES.name: features, TOKENS.name: tokens}
    segments = [Segment({VECTORS.name: row[None], **more}) for row in vector(name)]
    return NewReference(name, "image", hashlib.sha256(name.encode()).hexdigest(), len(name), segments)


def child(folder: Path, seed: int, say: Callable[[dict[str, Any]], None]) -> None:
    """Change the index until killed, or until nothing can be written any more."""
    rng = random.Random(seed)
    index = open_index(folder, LANES, create=True)
    ids = {one.name: one.id for one in index.references().items}
    for number in range(10_000):
        what = rng.choices(
            ["add", "remove", "quarantine", "restore", "check", "maintain", "rebuild", "compact"],
            [8, 4, 2, 2, 3, 2, 1, 1],
        )[0]
        one = rng.choice(sorted(ids)) if ids else ""
        if what == "add":
            names = [f"{seed}-{number}-{place}" for place in range(rng.choice([1, 1, 3, 40]))]
            say({"what": what, "names": names, "status": "active"})
            ids |= {added.name: added.id for added in index.add([work(name) for name in names])}
        elif what in ("remove", "quarantine", "restore"):
            if not one:
                continue
            status = {"remove": "removed", "quarantine": "quarantined", "restore": "active"}[what]
            say({"what": what, "names": [one], "status": status})
            getattr(index, what)(ids[one])
            if what == "remove":
                del ids[one]
        else:
            say({"what": what})
            _other(index, folder, what, f"{seed}-{number}")
        say({"what": what, "done": True})


def _other(index: EmbeddedIndex, folder: Path, what: str, name: str) -> None:
    if what == "check":
        report = {
            "id": name,
            "checked_at": "",
            "decision": "pass",
            "output": {},
            "index": {"revision": 0},
            "matches": [],
        }
        index.record_check(report | {"policy": {"hash": ""}}, "crash")
    elif what == "maintain":
        index.search(VECTORS.name, vector(name), 3)
        index.maintain()
    elif what == "rebuild":
        rebuild(folder, LANES)
    else:
        compact(folder, LANES)


def sparing(seed: int) -> None:
    """Nothing fails until the kill."""


def full_disk(seed: int) -> None:
    """No file of this process may grow beyond a random size."""
    limit = random.Random(seed).randrange(8192, 3_000_000)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))


def failing_disk(seed: int) -> None:
    """A call that writes fails, once or from then on."""
    chance = random.Random(seed)
    calls, reason = int(10 ** chance.uniform(1, 3.3)), chance.choice((errno.EIO, errno.ENOSPC))
    ctypes.CDLL(None).simcheck_fail_after(ctypes.c_long(calls), reason, chance.random() < 0.5)


def one_run(folder: Path, seed: int, expected: Expected, most_s: float, harm: Callable[[int], None]) -> None:
    """Start a child, do it harm, kill it after a random time, collect what it said."""
    read, speak = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(read)
        code = 1
        try:
            harm(seed)
            child(folder, seed, lambda line: void(os.write(speak, json.dumps(line).encode() + b"\n")))
        except StorageError:
            code = 0  # said in the way it must be said
        finally:
            os._exit(code)
    os.close(speak)
    time.sleep(random.Random(seed).uniform(0.0, most_s))
    os.kill(pid, signal.SIGKILL)
    with os.fdopen(read, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(pid, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) != 0:
        raise SystemExit(f"the child of run {seed} failed in another way than by a kill or a StorageError")
    expected.take([json.loads(line) for line in said.split(b"\n")[:-1]])


def void(_: object) -> None:
    """A call for its effect only."""


def judged(folder: Path, expected: Expected) -> list[str]:
    """What is lost, what is there that should not be, what does not verify. In a process of its own."""
    with tempfile.TemporaryFile("w+") as answer:
        pid = os.fork()
        if pid == 0:
            try:
                faults = _judge(folder, expected)
            except BaseException as error:
                faults = [f"the index cannot be opened or proven: {error!r}"]
            json.dump([faults, expected.status, expected.checks], answer)
            answer.flush()
            os._exit(0)
        os.waitpid(pid, 0)
        answer.seek(0)
        faults, expected.status, expected.checks = json.load(answer)
    expected.open = None
    return list(faults)


def _judge(folder: Path, expected: Expected) -> list[str]:
    """Settles ``expected.open``, too: it has happened or not."""
    with open_index(folder, LANES, create=True) as index:
        held = {one.name: one for one in index.references().items}
        found = {name: one.status for name, one in held.items()}
        checks = len(index.checks().items)
        before = {name: status for name, status in expected.status.items() if status != "removed"}
        count = expected.checks
        if expected.open is not None:
            expected.apply(expected.open)
        after = {name: status for name, status in expected.status.items() if status != "removed"}
        if found == before and checks == count:
            expected.status, expected.checks = before, count
        elif not (found == after and checks == expected.checks):
            lost, phantoms = before.keys() - found.keys(), found.keys() - after.keys()
            return [
                f"lost {sorted(lost)[:5]}, phantoms {sorted(phantoms)[:5]}, {checks} checks of {count}: {expected.open}"
            ]
        faults = [
            f"{one.reference.name} holds other rows"
            for one in index.stored([one.id for one in held.values()])
            if not np.array_equal(
                np.concatenate([segment.entries[VECTORS.name] for segment in one.segments]), vector(one.reference.name)
            )
        ]
        for name, one in list(held.items())[-20:]:
            first = [candidate.reference_id for candidate in index.search(VECTORS.name, vector(name), 1)]
            if (first == [one.id]) != (one.status == "active"):
                faults.append(f"{name}, which is {one.status}, is found as {first}")
    return faults + verify(folder, LANES).problems


def run(runs: int, seed: int, most_s: float, harm: Callable[[int], None]) -> Iterator[dict[str, Any]]:
    """All runs of one sort. Yields counts and faults, so far, after each index, and at the end."""
    interrupted: dict[str, int] = {}
    kinds: dict[str, int] = {}
    faults: list[str] = []
    for first in range(0, runs, FRESH_EVERY):
        folder, expected = Path(tempfile.mkdtemp(prefix="simcheck-crash-")), Expected(kinds=kinds)
        end = min(runs, first + FRESH_EVERY)
        for number in range(seed + first, seed + end):
            one_run(folder, number, expected, most_s, harm)
            if expected.open is not None:
                interrupted[expected.open["what"]] = interrupted.get(expected.open["what"], 0) + 1
            faults += [f"run {number}: {fault}" for fault in judged(folder, expected)]
        shutil.rmtree(folder)
        yield {
            "runs": end,
            "seed": seed,
            "acknowledged": sum(kinds.values()),
            "acknowledged_by_kind": dict(sorted(kinds.items())),
            "interrupted_by_kind": dict(sorted(interrupted.items())),
            "faults": faults,
        }


def again_with_faults() -> None:
    """Begin this program again, with `faults.c` compiled and loaded before everything else."""
    library = Path(tempfile.gettempdir()) / f"simcheck-faults-{os.getuid()}-{os.getpid()}.so"
    source = Path(__file__).with_name("faults.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"], check=True)
    words = [sys.executable, "-m", "benchmarks.index.crash", *sys.argv[1:]]
    os.execve(sys.executable, words, {**os.environ, "LD_PRELOAD": str(library)})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument("--out", type=Path, default=RESULTS, help="the folder of the result")
    args = parser.parse_args()
    if not hasattr(ctypes.CDLL(None), "simcheck_fail_after"):
        again_with_faults()
    begun = time.monotonic()
    result = heading("index_crash")
    disks = max(1, args.runs // 5)
    for sort, runs in (
        ("killed", run(args.runs, args.seed, 2.0, sparing)),
        ("full_disk", run(disks, args.seed + 100_000, 4.0, full_disk)),
        ("failing_disk", run(disks, args.seed + 200_000, 4.0, failing_disk)),
    ):
        for one in runs:
            result[sort] = one
            result["seconds"] = round(time.monotonic() - begun)
            write("index_crash", result, args.out)
        print(f"{sort}: {one['runs']} runs, {one['acknowledged']} acknowledged, {len(one['faults'])} faults")
        print("\n".join(one["faults"][:10]))


if __name__ == "__main__":
    main()
