"""The lane of local features: short codes in an inverted file, votes with weak geometry.

Rows are those of ``codebook`` (22 bytes). A FAISS ``IVF4096,PQ16x8`` holds the codes; the 64-bit id of each is its
segment and its place (31 bits each), so that a vote needs no look-up and a picture of 256 features costs 6 kB. What was
loaded from a snapshot is memory-mapped and never changed; what was added since lies in memory, searched with it.

A vote's weight is how much nearer the neighbour is than the k-th (Jégou et al. 2011, "Exploiting descriptor
distances"); one stored feature and one feature of the probe give a work one vote each (burstiness, 2009); a work's
score is the largest sum of weights within one bin of turn and scale (weak geometric consistency, 2008).
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import faiss
import numpy as np

from simcheck.errors import IndexDamagedError, UsageError
from simcheck.index.base import LaneSpec, Rows
from simcheck.index.lanes import codebook
from simcheck.index.lanes.base import Found

NEIGHBOURS = 5
CELLS_VISITED = 6
TURN_BINS, SCALE_BINS = 12, 16
"""Bins of 30 degrees and of one octave, each in two positions shifted by half a bin."""
PLACE_BITS = 31
SEGMENTS_TALLIED = 256
"""Only segments with most votes of any turn and scale are looked at closely: the others cannot come out on top."""
_CODES, _SEGMENTS = "codes.faiss", "segments.npy"


class LocalLane:
    """See the module. ``work`` and ``key`` numbers are kept for each segment in the order of adding."""

    def __init__(self, spec: LaneSpec) -> None:
        if spec.size != codebook.ROW:
            raise UsageError(f"The lane {spec.name} has rows of {codebook.ROW} bytes, not {spec.size}.")
        self.spec = spec
        self._book = codebook.load()
        self._finder = self._book.finder()
        self._halves = 0.5 * (self._book.cells**2).sum(1)
        self._mapped: faiss.Index | None = None
        self._fresh = self._book.empty_index()
        self._fresh.nprobe = CELLS_VISITED
        self._segments = np.zeros((0, 2), np.int64)
        self._dead: set[int] = set()

    def add(self, keys: np.ndarray, works: np.ndarray, rows: Rows) -> None:
        """Add rows: searchable when this returns. Rows of one segment stand together, keys and works are int64 (n,)."""
        if rows.ndim != 2 or rows.shape[1] != codebook.ROW or not len(keys) == len(works) == len(rows):
            raise UsageError(f"Rows of the lane {self.spec.name} are (n, {codebook.ROW}), one key and work each.")
        if not len(rows):
            return
        begins = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]])
        ordinal = len(self._segments) + np.cumsum(np.r_[0, keys[1:] != keys[:-1]])
        ids = ordinal.astype(np.int64) << PLACE_BITS | codebook.places_of(rows).astype(np.int64)
        segments = np.concatenate([self._segments, np.stack([keys[begins], works[begins]], 1).astype(np.int64)])
        self._segments = segments
        self._fresh.add_sa_codes(np.ascontiguousarray(rows[:, : codebook.CODE]), ids)
        self._dead.difference_update(int(work) for work in np.unique(works))

    def discard(self, works: Collection[int]) -> None:
        """These works are in no answer from now on; their rows leave at the next rebuild."""
        self._dead = self._dead | set(works)

    def search(self, probe: np.ndarray, k: int) -> list[Found]:
        """The ``k`` works with most votes. ``probe``: float32 (n, 132), see ``codebook.encode``. ``hits`` are the votes
        of the work's best bin of turn and scale."""
        if probe.ndim != 2 or probe.shape[1] != codebook.DIMENSIONS_IN + 4:
            raise UsageError(f"A probe of the lane {self.spec.name} is (n, 132), not {probe.shape}.")
        if not len(probe) or not len(self):
            return []
        closeness, ids = self._neighbours(self._book.rotate(probe[:, : codebook.DIMENSIONS_IN].astype(np.float32)))
        weight = np.maximum(closeness[:, :-1] - closeness[:, -1:], 0)
        row, rank = np.nonzero((ids[:, :-1] >= 0) & (weight > 0))
        return self._tally(probe[row, codebook.DIMENSIONS_IN :], row, ids[row, rank], weight[row, rank], k)

    def __len__(self) -> int:
        return int(self._fresh.ntotal) + (int(self._mapped.ntotal) if self._mapped else 0)

    def save(self, folder: Path) -> None:
        """Write all codes as one FAISS file, and the segments."""
        whole = self._fresh
        if self._mapped is not None:
            whole = self._book.empty_index()
            for part in (self._mapped, self._fresh):
                part.copy_subset_to(whole, faiss.InvertedLists.SUBSET_TYPE_ID_RANGE, 0, 1 << 62)
        faiss.write_index(whole, str(folder / _CODES))
        np.save(folder / _SEGMENTS, self._segments)

    @classmethod
    def load(cls, spec: LaneSpec, folder: Path) -> LocalLane:
        """Map what `save` wrote. Raises IndexDamagedError where it cannot be read."""
        lane = cls(spec)
        try:
            lane._mapped = faiss.read_index(str(folder / _CODES), faiss.IO_FLAG_MMAP | faiss.IO_FLAG_READ_ONLY)
            lane._mapped.nprobe = CELLS_VISITED
            lane._segments = np.load(folder / _SEGMENTS)
        except (RuntimeError, OSError, ValueError) as error:
            raise IndexDamagedError(
                f"The lane {spec.name} in {folder} cannot be read; run `simcheck index rebuild`."
            ) from error
        return lane

    def _neighbours(self, queries: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Inner products and ids of the nearest codes, best first: (n, NEIGHBOURS + 1) each; id −1 for none."""
        # The cells are the nearest by distance; FAISS wants their inner products to add the codes' to.
        away, cells = self._finder.search(queries, CELLS_VISITED)
        inner = 0.5 * (queries**2).sum(1, keepdims=True) + self._halves[cells] - 0.5 * away
        answers = [
            part.search_preassigned(queries, NEIGHBOURS + 1, cells, inner.astype(np.float32))
            for part in (self._mapped, self._fresh)
            if part is not None and part.ntotal
        ]
        closeness = np.concatenate([a[0] for a in answers], 1)
        ids = np.concatenate([a[1] for a in answers], 1)
        closeness[ids < 0] = 0
        if len(answers) > 1:
            order = np.argsort(-closeness, 1, kind="stable")[:, : NEIGHBOURS + 1]
            closeness, ids = np.take_along_axis(closeness, order, 1), np.take_along_axis(ids, order, 1)
        return closeness, ids

    def _tally(self, place: np.ndarray, row: np.ndarray, ids: np.ndarray, weight: np.ndarray, k: int) -> list[Found]:
        """Votes to works. ``place`` float32 (v, 4) of the probe's feature, ``row`` its number, ``ids`` what it met."""
        segment = ids >> PLACE_BITS
        if self._dead:
            alive = ~np.isin(self._segments[segment, 1], np.fromiter(self._dead, np.int64))
            place, row, ids, weight, segment = place[alive], row[alive], ids[alive], weight[alive], segment[alive]
        order = np.argsort(-weight, kind="stable")
        order = order[first_of(segment[order] << 20 | row[order])]
        order = order[first_of(ids[order])]
        place, row, weight, segment = place[order], row[order], weight[order], segment[order]
        kept = busiest(segment, weight, max(SEGMENTS_TALLIED, 4 * k))
        order, place, row, weight, segment = order[kept], place[kept], row[kept], weight[kept], segment[kept]
        stored = codebook.unpack(ids[order] & ((1 << PLACE_BITS) - 1))
        turn = (place[:, 3] - stored[:, 3]) % 360 * (TURN_BINS / 360)
        scale = np.log2(np.maximum(place[:, 2], 1e-6) / stored[:, 2]) + SCALE_BINS / 2
        best_bin: dict[int, tuple[float, int, int]] = {}
        bins = np.empty((4, len(segment)), np.int64)
        for shift in range(4):
            turned = (turn + shift % 2 / 2).astype(int) % TURN_BINS
            scaled = np.clip(scale + shift // 2 / 2, 0, SCALE_BINS - 1).astype(int)
            bins[shift] = segment << 8 | turned << 4 | scaled
            values, inverse = np.unique(bins[shift], return_inverse=True)
            sums = np.bincount(inverse, weight)
            for chosen in np.argsort(-sums, kind="stable")[: 4 * k]:
                owner, total = int(self._segments[values[chosen] >> 8, 1]), float(sums[chosen])
                if total > best_bin.get(owner, (0.0,))[0]:
                    best_bin[owner] = (total, shift, int(values[chosen]))
        found = []
        for work, (total, shift, value) in sorted(best_bin.items(), key=lambda item: (-item[1][0], item[0]))[:k]:
            key = int(self._segments[value >> 8, 0])
            votes = np.flatnonzero(bins[shift] == value)
            found.append(Found(work, total, tuple((key, int(row[v]), float(weight[v])) for v in votes)))
        return found


def first_of(values: np.ndarray) -> np.ndarray:
    """Positions of the first occurrence of each value, in order: int64."""
    return np.sort(np.unique(values, return_index=True)[1])


def busiest(segments: np.ndarray, weights: np.ndarray, count: int) -> np.ndarray:
    """Which votes belong to the ``count`` segments with the largest sums of weights: bool (n,)."""
    values, inverse = np.unique(segments, return_inverse=True)
    if len(values) <= count:
        return np.ones(len(segments), bool)
    sums = np.bincount(inverse, weights)
    chosen = np.zeros(len(values), bool)
    chosen[np.argpartition(-sums, count)[:count]] = True
    return np.asarray(chosen[inverse])
