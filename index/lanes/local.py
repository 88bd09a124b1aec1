"""The lane of local features: short codes in lists, votes with weak geometry.

Rows are those of ``codebook`` (22 bytes). What was loaded from a snapshot is memory-mapped and never changed
(``lists``); what was added since lies in memory in a FAISS ``IVF4096,PQ16x8`` and is searched with it. How votes become
works is in ``votes``.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from simcheck.errors import IndexDamagedError, UsageError
from simcheck.index.base import LaneSpec, Rows
from simcheck.index.lanes import codebook, listing, votes
from simcheck.index.lanes.base import Found
from simcheck.index.lanes.lists import CELLS_VISITED, Lists, Part, sizes_and_angles, turns_of
from simcheck.index.lanes.rowstore import with_room
from simcheck.index.lanes.shared import SharedLock
from simcheck.index.lanes.threads import share_of_cores

NEIGHBOURS = 5
LARGE = 64
"""Features of a probe from which several threads are faster."""
MEASURED_ON, MEASURED_AMONG, MEASURED_LEAST = 64, 10, 32
"""Recall is measured on so many works with at least so many features, each to be among the first so many found."""
NOISE, LOST = 0.6, 0.5
"""The length of the noise that is added to their features, and the share of features left out: most edits do less."""
_SEGMENTS, _RECALL = "segments.npy", "recall.json"


class LocalLane:
    """See the module. Segments are numbered in the order of adding."""

    FORMAT = "local-2"

    def __init__(self, spec: LaneSpec) -> None:
        if spec.size != codebook.ROW:
            raise UsageError(f"The lane {spec.name} has rows of {codebook.ROW} bytes, not {spec.size}.")
        self.spec = spec
        self._book = codebook.load()
        self._finder = self._book.finder()
        self._mapped: Lists | None = None
        self._fresh = self._book.empty_index()
        self._fresh.nprobe = CELLS_VISITED
        self._owners = np.empty(0, np.uint32)  # of each fresh feature its segment
        self._turns = np.empty(0, np.uint16)
        self._segments = np.zeros((3, 0), np.int64)  # of each segment its key, its work, its features (0: discarded)
        self._lock = SharedLock()
        self._recall: dict[str, Any] = {"recall": None}

    @property
    def method(self) -> dict[str, Any]:
        """How this lane searches, for people."""
        if self._mapped is None:
            return {"name": "IVF-PQ in memory", "lists": codebook.CELLS, "visited": CELLS_VISITED, **self._recall}
        about = {"visited": self._mapped.visited, **vars(self._mapped.about)}
        return {"name": "IVF-PQ, mapped", **about, **self._recall}

    def add(self, keys: np.ndarray, works: np.ndarray, rows: Rows) -> None:
        """Add rows: searchable when this returns. Rows of one segment stand together, keys and works are int64 (n,)."""
        if rows.ndim != 2 or rows.shape[1] != codebook.ROW or not len(keys) == len(works) == len(rows):
            raise UsageError(f"Rows of the lane {self.spec.name} are (n, {codebook.ROW}), one key and work each.")
        if not len(rows):
            return
        begins = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]])
        counts = np.diff(np.r_[begins, len(keys)])
        before, at = self._segments.shape[1], int(self._fresh.ntotal)
        self._owners, self._turns = (with_room(array, at, len(rows)) for array in (self._owners, self._turns))
        self._owners[at : at + len(rows)] = np.repeat(before + np.arange(len(begins)), counts)
        self._turns[at : at + len(rows)] = turns_of(codebook.places_of(rows))
        new = np.stack([keys[begins], works[begins], counts])
        self._segments = np.concatenate([self._segments, new], axis=1)
        with self._lock.alone():
            self._fresh.add_sa_codes(np.ascontiguousarray(rows[:, : codebook.CODE]), at + np.arange(len(rows)))

    def discard(self, works: Collection[int]) -> None:
        """These works are in no answer from now on; their rows leave at the next rebuild."""
        gone = np.isin(self._segments[1], np.fromiter(works, np.int64, len(works)))
        segments = self._segments.copy()
        segments[2, gone] = 0
        self._segments = segments

    def search(self, probe: np.ndarray, k: int) -> list[Found]:
        """The ``k`` works with most votes. ``probe``: float32 (n, 132), see ``codebook.encode``. ``hits`` are the votes
        of the work's best bin of turn and scale."""
        if probe.ndim != 2 or probe.shape[1] != codebook.DIMENSIONS_IN + 4:
            raise UsageError(f"A probe of the lane {self.spec.name} is (n, 132), not {probe.shape}.")
        if not len(probe) or not len(self):
            return []
        queries = self._book.rotate(probe[:, : codebook.DIMENSIONS_IN].astype(np.float32))
        return self._voted(queries, probe[:, -2:], k)

    def _voted(self, queries: np.ndarray, places: np.ndarray, k: int) -> list[Found]:
        """``queries``: float32 (n, 64), rotated; ``places``: (n, 2), size and angle."""
        with share_of_cores(large=len(queries) >= LARGE):
            closeness, features = self._neighbours(queries)
        weight = np.maximum(closeness[:, :-1] - closeness[:, -1:], 0)
        row, rank = np.nonzero((features[:, :-1] >= 0) & (weight > 0))
        feature = features[row, rank]
        segment, turns = self._told(feature)
        keys, works, counts = self._segments
        given = votes.Votes(row, feature, segment, weight[row, rank], places[row], sizes_and_angles(turns))
        return votes.best(given.of(counts[segment] > 0), keys, works, k)

    def __len__(self) -> int:
        return int(self._segments[2].sum())

    def save(self, folder: Path) -> None:
        """Write the features of works that were not discarded, and the segments."""
        alive = self._segments[2] > 0
        number = np.cumsum(alive) - 1

        def cell(one: int) -> Part:
            parts = [[array[alive[part[1]]] for array in part] for part in self._cell(one)]
            codes, owners, turns = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
            return codes, number[owners], turns

        sizes = [sum(int(alive[owners].sum()) for _, owners, _ in self._cell(one)) for one in range(codebook.CELLS)]
        listing.write(folder, np.array(sizes), cell, self._mapped)
        np.save(folder / _SEGMENTS, self._segments[:, alive])
        (folder / _RECALL).write_text('{"recall": null}')
        (folder / _RECALL).write_text(json.dumps(self.load(self.spec, folder)._measured()))

    def _measured(self) -> dict[str, Any]:
        """The share of works found by part of their features, with noise."""
        _, works, counts = self._segments
        picked = np.flatnonzero(counts >= MEASURED_LEAST)
        if self._mapped is None or not len(picked):
            return {"recall": None}
        rng = np.random.default_rng(1)
        picked = rng.choice(picked, min(len(picked), MEASURED_ON), replace=False)
        found = 0
        for segment, features in self._mapped.features_of(picked):
            features = features[rng.random(len(features)) >= LOST]
            queries = self._mapped.vectors(features)
            noise = rng.standard_normal(queries.shape)
            queries = queries + NOISE * noise / np.linalg.norm(noise, axis=1, keepdims=True)
            queries = np.ascontiguousarray(queries / np.linalg.norm(queries, axis=1, keepdims=True), np.float32)
            answer = self._voted(queries, sizes_and_angles(self._mapped.told(features)[1]), MEASURED_AMONG)
            found += works[segment] in [one.work for one in answer]
        return {"recall": round(found / len(picked), 4), "measured": len(picked)}

    @classmethod
    def load(cls, spec: LaneSpec, folder: Path) -> LocalLane:
        """Map what `save` wrote. Raises IndexDamagedError where it cannot be read."""
        lane = cls(spec)
        try:
            lane._mapped = Lists(folder)
            lane._segments = np.load(folder / _SEGMENTS)
            lane._recall = json.loads((folder / _RECALL).read_text())
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise IndexDamagedError(
                f"The lane {spec.name} in {folder} cannot be read; run `simcheck index rebuild`."
            ) from error
        return lane

    def _cell(self, number: int) -> Iterator[Part]:
        """The features of a cell, those of discarded works too."""
        if self._mapped is not None:
            yield self._mapped.cell(number)
        lists = self._fresh.invlists
        if size := lists.list_size(number):
            ids = faiss.rev_swig_ptr(lists.get_ids(number), size)
            codes = faiss.rev_swig_ptr(lists.get_codes(number), size * codebook.PARTS).reshape(size, codebook.PARTS)
            yield codes, self._owners[ids], self._turns[ids]
        elif self._mapped is None:
            yield np.empty((0, codebook.PARTS), np.uint8), self._owners[:0], self._turns[:0]

    def _neighbours(self, queries: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Inner products and numbers of the nearest features, best first: (n, NEIGHBOURS + 1) each; −1 for none. Mapped
        features are numbered before fresh ones."""
        answers = [] if self._mapped is None else [self._mapped.search(queries, NEIGHBOURS + 1)]
        with self._lock.shared():
            if self._fresh.ntotal:
                away, cells = self._finder.search(queries, CELLS_VISITED)
                # FAISS takes the products with the cells from the quantiser, so what is given for them is not used.
                near, ids = self._fresh.search_preassigned(queries, NEIGHBOURS + 1, cells, away)
                answers.append((near, np.where(ids < 0, -1, ids + self._before)))
        closeness = np.concatenate([a[0] for a in answers], 1)
        features = np.concatenate([a[1] for a in answers], 1)
        closeness[features < 0] = 0
        if len(answers) > 1:
            order = np.argsort(-closeness, 1, kind="stable")[:, : NEIGHBOURS + 1]
            closeness, features = np.take_along_axis(closeness, order, 1), np.take_along_axis(features, order, 1)
        return closeness, features

    @property
    def _before(self) -> int:
        """How many features are mapped: the number of the first fresh one."""
        return 0 if self._mapped is None else len(self._mapped)

    def _told(self, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Segments int64 and turns uint16 of features."""
        if self._mapped is None:
            return self._owners[features].astype(np.int64), self._turns[features]
        fresh = features >= self._before
        if not fresh.any():
            return self._mapped.told(features)
        segments, turns = np.empty(len(features), np.int64), np.empty(len(features), np.uint16)
        segments[~fresh], turns[~fresh] = self._mapped.told(features[~fresh])
        segments[fresh] = self._owners[features[fresh] - self._before]
        turns[fresh] = self._turns[features[fresh] - self._before]
        return segments, turns
