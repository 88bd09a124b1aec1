"""Several processes on one index: readers beside a writer, two writers, ``kill -9``, read-only folders."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simcheck.errors import IndexBusyError, StorageError
from simcheck.index import open_index
from simcheck.index.database import Database
from simcheck.index.lanes import codebook
from simcheck.index.lanes.rowstore import RowStore
from tests.index.helpers import DENSE, opened, report, unit, vector_work, work

ROOT = Path(__file__).parents[2]
ONE = (DENSE,)

READER = """
import json, sys
from pathlib import Path
import numpy as np
from simcheck.index import open_index
from tests.index.helpers import DENSE
index = open_index(Path(sys.argv[1]), (DENSE,), read_only=True)
for line in sys.stdin:
    probe = np.array(json.loads(line), np.float32)
    found = index.search(DENSE.name, probe, 3)
    print(json.dumps([index.revision, [[one.reference_id, one.score] for one in found]]), flush=True)
"""

WRITER = """
import sys
from pathlib import Path
import numpy as np
from simcheck.index import open_index
from tests.index.helpers import DENSE, vector_work
rng = np.random.default_rng(int(sys.argv[2]))
with open_index(Path(sys.argv[1]), (DENSE,)) as index:
    for number in range(20):
        index.add([vector_work(rng, f"{sys.argv[2]}-{number}") for _ in range(3)])
"""

UNPRIVILEGED = """
import json, os, sys
from pathlib import Path
import numpy as np
import simcheck.index.lanes.dense  # what a user without rights could perhaps not read is imported before
from simcheck.errors import StorageError
from simcheck.index.embedded import EmbeddedIndex
from tests.index.helpers import DENSE, report
os.chdir(sys.argv[1])
probe = np.array(json.loads(sys.argv[2]), np.float32)
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
answer = []
for read_only in (True, False):
    try:
        with EmbeddedIndex(Path("."), (DENSE,), read_only=read_only) as index:
            answer.append(index.search(DENSE.name, probe, 1)[0].reference_id)
            index.record_check(report("c1"), "somebody")
    except StorageError as error:
        answer.append(str(error))
print(json.dumps(answer))
"""


def script(code: str, *words: str, **more: Any) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", code, *words], cwd=ROOT, text=True, **more)


class Reader:
    """Another process that has the index open all the time."""

    def __init__(self, folder: Path) -> None:
        self.process = script(READER, str(folder), stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, probe: np.ndarray) -> tuple[int, list[tuple[str, float]]]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps(probe.tolist()), file=self.process.stdin, flush=True)
        revision, found = json.loads(self.process.stdout.readline())
        return revision, [(name, score) for name, score in found]

    def close(self) -> None:
        self.process.communicate()


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(1)


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that every user may enter, as pytest's own may not be."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


def test_two_processes_see_every_change_of_a_third_at_once(tmp_path: Path, rng: np.random.Generator) -> None:
    """Added, quarantined, restored, removed, through snapshots and compaction: the next search of either knows it."""
    from simcheck.index.maintenance import compact

    with opened(tmp_path, ONE) as index:
        index.add([vector_work(rng, f"{number}") for number in range(30)])
        readers = [Reader(tmp_path), Reader(tmp_path)]
        try:
            for turn in range(4):
                vector = unit(rng, 1)
                [one] = index.add([work(f"new {turn}", {DENSE.name: vector})])
                for change, seen in (
                    (None, True),
                    (index.quarantine, False),
                    (index.restore, True),
                    (lambda _: index.maintain(), True),
                    (lambda _: compact(tmp_path, ONE), True),
                    (index.remove, False),
                ):
                    if change is not None:
                        change(one.id)
                    for reader in readers:
                        revision, found = reader.ask(vector)
                        assert revision == index.revision
                        assert (found[0][0] == one.id) is seen
                        assert one.id not in [name for name, _ in found[1:]]
        finally:
            for reader in readers:
                reader.close()


def test_two_writers_take_turns(tmp_path: Path, rng: np.random.Generator) -> None:
    """Two processes and two threads add at the same time; nothing is lost, no number is given twice."""
    with opened(tmp_path, ONE) as index:
        writers = [script(WRITER, str(tmp_path), str(number)) for number in (1, 2)]

        def write(name: str) -> None:
            for number in range(20):
                index.add([vector_work(np.random.default_rng(number), f"{name}-{number}")])

        threads = [threading.Thread(target=write, args=(name,)) for name in ("a", "b")]
        for thread in threads:
            thread.start()
        for one in (*threads, *writers):
            one.join() if isinstance(one, threading.Thread) else one.wait()
        assert [writer.returncode for writer in writers] == [0, 0]
        assert index.count() == 80
        assert len(index.search(DENSE.name, unit(rng, 1), 100)) == 80
    from simcheck.index.maintenance import verify

    assert verify(tmp_path, ONE).problems == []


def test_threads_search_while_one_writes(tmp_path: Path, rng: np.random.Generator) -> None:
    """Answers never hold a work twice, and never one that was removed before the search began."""
    faults: list[str] = []
    stop = threading.Event()
    gone: set[str] = set()
    with opened(tmp_path, ONE) as index:
        ids = [one.id for one in index.add([vector_work(rng, f"{number}") for number in range(60)])]

        def search(seed: int) -> None:
            mine = np.random.default_rng(seed)
            while not stop.is_set():
                before = set(gone)
                found = [one.reference_id for one in index.search(DENSE.name, unit(mine, 1), 50)]
                if len(set(found)) != len(found) or before & set(found):
                    faults.append(f"{len(found)} found, {len(set(found))} works, {len(before & set(found))} removed")

        threads = [threading.Thread(target=search, args=(seed,)) for seed in range(3)]
        for thread in threads:
            thread.start()
        try:
            for number, one in enumerate(ids[:25]):
                index.remove(one)
                gone.add(one)
                index.add([vector_work(rng, f"new {number}")])
                if number % 10 == 0:
                    index.maintain()
        finally:
            stop.set()
            for thread in threads:
                thread.join()
    assert faults == []


def test_readers_go_on_while_a_snapshot_is_written(
    tmp_path: Path, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Growing happens in a thread of the service: searches, adds and removals of others do not wait for it."""
    begun, go_on = threading.Event(), threading.Event()
    save = RowStore.save

    def slow(self: RowStore, folder: Path) -> None:
        begun.set()
        assert go_on.wait(60)
        save(self, folder)

    monkeypatch.setattr(RowStore, "save", slow)
    with opened(tmp_path, ONE) as index:
        ids = [one.id for one in index.add([vector_work(rng, f"{number}") for number in range(70)])]
        growing = threading.Thread(target=index.maintain)
        growing.start()
        assert begun.wait(60)
        vector = unit(rng, 1)
        [new] = index.add([work("new", {DENSE.name: vector})])
        index.remove(ids[0])
        found = [one.reference_id for one in index.search(DENSE.name, vector, 100)]
        assert (found[0], len(found), ids[0] in found) == (new.id, 70, False)
        assert growing.is_alive()
        go_on.set()
        growing.join()
        assert [one.reference_id for one in index.search(DENSE.name, vector, 100)] == found


def test_what_is_loaded_is_mapped_and_shared(tmp_path: Path, rng: np.random.Generator) -> None:
    """Several worker processes have the pages of one file, which none of them can write to."""
    from tests.index.test_local_lane import SPEC, work_features

    lanes = (DENSE, SPEC)
    with opened(tmp_path, lanes) as index:
        features = codebook.encode(work_features(1))
        index.add([work("one", {DENSE.name: unit(rng, 1), SPEC.name: features})])
    with open_index(tmp_path, lanes) as index:
        index.search(DENSE.name, unit(rng, 1), 1)
        index.search(SPEC.name, work_features(1), 1)
        maps = [line.split() for line in Path("/proc/self/maps").read_text().splitlines() if str(tmp_path) in line]
    mapped = {Path(words[-1]).name: words[1] for words in maps}
    assert {"rows.npy", "codes.npy", "owners.npy", "turns.npy"} <= mapped.keys()
    assert all("w" not in mapped[name] for name in ("rows.npy", "codes.npy", "owners.npy", "turns.npy"))


def test_a_writer_that_does_not_end_is_told(tmp_path: Path, rng: np.random.Generator) -> None:
    """Reading goes on meanwhile."""
    with opened(tmp_path, ONE) as index:
        index.add([vector_work(rng, "one")])
        impatient = Database(tmp_path / "catalogue.sqlite", busy_timeout_s=0.05)
        with index.database.write():
            with pytest.raises(IndexBusyError, match="another process is writing to the index"), impatient.write():
                pass
            assert index.count() == 1
        impatient.close()


def test_nothing_acknowledged_is_lost_to_kill_9_or_a_full_disk(tmp_path: Path) -> None:
    """The crash benchmark, a few runs of it; ``make bench`` makes 300."""
    words = ["--runs", "5", "--out", str(tmp_path)]
    subprocess.run([sys.executable, "-m", "benchmarks.index.crash", *words], cwd=ROOT, check=True, capture_output=True)
    result = json.loads((tmp_path / "index_crash.json").read_text())
    assert result["killed"]["faults"] == result["full_disk"]["faults"] == result["failing_disk"]["faults"] == []
    assert result["killed"]["acknowledged"] > 0 < result["full_disk"]["acknowledged"]


def test_a_full_disk_is_said_and_nothing_is_half_written(tmp_path: Path, rng: np.random.Generator) -> None:
    with opened(tmp_path, ONE) as index:
        index.add([vector_work(rng, "one")])
        with index.database.write() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")
        revision = index.revision
        with pytest.raises(StorageError, match="there is no space left for the index"):
            index.add([vector_work(rng, f"{number}", rows=20) for number in range(200)])
        assert (index.count(), index.revision) == (1, revision)
        with index.database.write() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 1073741823")
        index.add([vector_work(rng, "two")])
        assert index.count() == 2


@pytest.mark.parametrize("log", ["kept", "gone"])
def test_a_read_only_folder_answers_but_cannot_record(public: Path, rng: np.random.Generator, log: str) -> None:
    """Another user, who may only read: searching works, whether or not a writer has the index open; recording fails
    closed with a StorageError, and so does opening for writing."""
    vector = unit(rng, 1)
    folder = public / "index"
    index = opened(folder, ONE)
    [one] = index.add([work("one", {DENSE.name: vector})])
    if log == "gone":
        index.close()
    for path in (*folder.rglob("*"), folder):
        path.chmod(0o555 if path.is_dir() else 0o444)
    done = script(UNPRIVILEGED, str(folder), json.dumps(vector.tolist()), stdout=subprocess.PIPE)
    answer = json.loads(done.communicate()[0])
    assert answer[0] == one.id
    assert "open for reading only" in answer[1]
    assert "cannot be written" in answer[-1]
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    index.close()
    with open_index(folder, ONE) as index:
        assert index.checks().items == ()
        index.record_check(report("c2"), "me")
