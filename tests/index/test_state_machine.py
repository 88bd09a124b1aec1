"""Any order of changes, reopenings and maintenance: the index says what a dictionary says, to the writer and to a
second process's view of it."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from simcheck.index import LaneSpec, brute, open_index
from simcheck.index.lanes.base import Found
from simcheck.index.maintenance import compact, export, import_archive, rebuild, verify
from tests.index.helpers import digest, report, unit, work

VECTORS = LaneSpec("vectors", "dense", 6, "1")
TOKENS = LaneSpec("tokens", "postings", 64, "1")
LANES = (VECTORS, TOKENS)


@dataclass
class Known:
    """What the dictionary holds of a work."""

    name: str
    status: str
    vectors: np.ndarray
    tokens: np.ndarray
    title: str | None = None


class IndexMachine(RuleBasedStateMachine):
    @initialize()
    def start(self) -> None:
        self.parent = Path(tempfile.mkdtemp(prefix="simcheck-machine-"))
        self.folder = self.parent / "index"
        self.index = open_index(self.folder, LANES, create=True)
        self.reader = open_index(self.folder, LANES, read_only=True)
        self.known: dict[str, Known] = {}
        self.checks: list[str] = []
        self.revision = self.index.revision
        self.rng = np.random.default_rng(0)
        self.add(names=[1, 2, 3, 4, 1], rows=2)

    def teardown(self) -> None:
        if hasattr(self, "index"):
            self.index.close()
            self.reader.close()
            shutil.rmtree(self.parent)

    @rule(names=st.lists(st.integers(0, 30), min_size=1, max_size=4), rows=st.integers(0, 3))
    def add(self, names: list[int], rows: int) -> None:
        news, parts = [], []
        for name in names:
            vectors = unit(self.rng, rows, VECTORS.size)
            tokens = self.rng.integers(0, 12, (3, 2)).astype(np.uint64)
            news.append(work(f"{name}", {VECTORS.name: vectors}, {TOKENS.name: tokens}))
            parts.append((vectors, tokens))
        there = {one.name: reference_id for reference_id, one in self.known.items() if one.status != "removed"}
        added = self.index.add(news)
        for reference, new, (vectors, tokens) in zip(added, news, parts, strict=True):
            assert reference.sha256 == digest(new.name)
            if new.name in there:
                assert reference.id == there[new.name]
            else:
                there[new.name] = reference.id
                self.known[reference.id] = Known(new.name, "active", vectors, tokens)

    @rule(pick=st.integers(0, 99), change=st.sampled_from(["remove", "quarantine", "restore", "rename"]))
    def change(self, pick: int, change: str) -> None:
        there = [name for name, one in self.known.items() if one.status != "removed"]
        if not there:
            return
        name = there[pick % len(there)]
        one = self.known[name]
        if change == "rename":
            one.title = f"title {pick}"
            assert self.index.update(name, {"title": one.title}).title == one.title
        else:
            one.status = {"remove": "removed", "quarantine": "quarantined", "restore": "active"}[change]
            assert getattr(self.index, change)(name).status == one.status

    @rule()
    def record(self) -> None:
        self.index.record_check(report(f"c{len(self.checks)}"), "machine")
        self.checks.insert(0, f"c{len(self.checks)}")

    @rule()
    def maintain(self) -> None:
        self.index.maintain()
        self.reader.maintain()

    @rule(how=st.sampled_from(["reopen", "compact", "rebuild", "move"]))
    def close_and_open(self, how: str) -> None:
        self.index.close()
        self.reader.close()
        if how == "compact":
            compact(self.folder, LANES)
        elif how == "rebuild":
            rebuild(self.folder, LANES)
        elif how == "move":
            export(self.folder, self.parent / "index.tar")
            shutil.rmtree(self.folder)
            import_archive(self.parent / "index.tar", self.folder)
            (self.parent / "index.tar").unlink()
        assert verify(self.folder, LANES).problems == []
        self.index = open_index(self.folder, LANES)
        self.reader = open_index(self.folder, LANES, read_only=True)

    @invariant()
    def lists_agree(self) -> None:
        for index in (self.index, self.reader):
            there = {one.id: (one.name, one.status, one.title) for one in index.references().items}
            assert there == {
                reference_id: (one.name, one.status, one.title)
                for reference_id, one in self.known.items()
                if one.status != "removed"
            }
            assert [one["id"] for one in index.checks().items] == self.checks
            assert index.revision >= self.revision
        self.revision = self.index.revision

    @invariant()
    def answers_agree(self) -> None:
        active = [(name, one) for name, one in self.known.items() if one.status == "active"]
        names = [name for name, _ in active]
        vectors = np.concatenate([np.empty((0, VECTORS.size), np.float32), *(one.vectors for _, one in active)])
        works = np.repeat(np.arange(len(active)), [len(one.vectors) for _, one in active])
        probe = unit(self.rng, 2, VECTORS.size)
        right = brute.nearest_works(brute.inner_products(probe, vectors), works, works, 4)
        for index in (self.index, self.reader):
            got = index.search(VECTORS.name, probe, 4)
            assert [one.reference_id for one in got] == [names[one.work] for one in right]
            assert np.allclose([one.score for one in got], [one.score for one in right], atol=1e-6)
            stored = {one.reference.id: one for one in index.stored([one.reference_id for one in got])}
            for one in got:
                for hit in one.hits:
                    rows = stored[one.reference_id].segments[hit.segment].entries[VECTORS.name]
                    assert np.isclose((rows @ probe[hit.probe_row]).max(), hit.score, atol=1e-6)

    @invariant()
    def votes_agree(self) -> None:
        """Scores of postings, which weigh by how many works of the lane have a token (those in quarantine included)."""
        there = [(name, one) for name, one in self.known.items() if one.status != "removed"]
        tokens = np.concatenate([np.empty((0, 2), np.uint64), *(one.tokens for _, one in there)])
        works = np.repeat(np.arange(len(there)), [len(one.tokens) for _, one in there])
        probe = np.array([[3, 0], [5, 1], [9, 2]], np.uint64)
        right: list[Found] = brute.voted_works(probe, tokens, works, works, len(there) + 1)
        visible = {there[one.work][0]: one.score for one in right if there[one.work][1].status == "active"}
        for index in (self.index, self.reader):
            got = {one.reference_id: one.score for one in index.search(TOKENS.name, probe, len(there) + 1)}
            assert got.keys() == visible.keys()
            assert np.allclose([got[name] for name in got], [visible[name] for name in got])


IndexMachine.TestCase.settings = settings(
    max_examples=10,
    stateful_step_count=12,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),  # shrinking would take minutes
    suppress_health_check=list(HealthCheck),
)
TestIndexMachine = IndexMachine.TestCase
