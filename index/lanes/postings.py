"""Postings: tokens with the segments they stand in, sorted by token; all but what came last is memory-mapped.

A row of the probe is a token and the position where the probe has it. It votes for every segment that has the token,
with a weight that is the larger the fewer have it (log2(1 + segments / segments with the token)). What counts is not
how many votes a work gets in all, which a long work gets by chance, but how many meet: a work's score is the largest
sum of votes that one of its segments gets from one stretch of the probe. Tokens are kept as 32 bits, 16 of them by a
directory, so that a posting takes six bytes. Runs are merged as in a log-structured merge tree (O'Neil 1996).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from simcheck.index.base import LaneSpec, Rows
from simcheck.index.lanes.base import Found
from simcheck.index.lanes.files import reserved
from simcheck.index.rows import checked

MOST_PER_TOKEN = 64
"""Places read for one token, the earliest registered; the weight is that of all its places. So a common token costs
little and tells little, and of a text that is registered a thousand times the first 64 are found."""
STRETCH = 64
"""Positions of the probe whose votes are added up, in two grids, one shifted by half."""
KEPT_SHARE = 0.5
"""Of a nominated work the hits are returned from segments that reach this share of its score."""
WRITE_AT_ONCE = 1 << 22
"""Postings merged at a time when a lane is saved: bounds the memory that saving takes."""
_FOLD = np.uint64(0x9E3779B97F4A7C15)
_HEADS = 1 << 16


def folded(tokens: np.ndarray) -> np.ndarray:
    """uint32 of uint64 tokens, evenly spread."""
    mixed = tokens * _FOLD
    mixed ^= mixed >> np.uint64(32)
    return ((mixed * _FOLD) >> np.uint64(32)).astype(np.uint32)


@dataclass(frozen=True)
class Run:
    """Postings sorted by token. ``heads`` int64 (65537,): where each upper half of a token begins; ``tails`` uint16
    (n,): the lower halves; ``places`` uint32 (n,): numbers of segments in this lane."""

    heads: np.ndarray
    tails: np.ndarray
    places: np.ndarray

    @classmethod
    def of(cls, tokens: np.ndarray, places: np.ndarray) -> Self:
        order = np.lexsort((places, tokens))
        tokens = tokens[order]
        heads = np.searchsorted(tokens, np.arange(_HEADS + 1, dtype=np.uint64) << np.uint64(16))
        return cls(heads.astype(np.int64), tokens.astype(np.uint16), places[order])

    def __len__(self) -> int:
        return len(self.tails)

    def between(self, first: int, end: int) -> tuple[np.ndarray, np.ndarray]:
        """uint32 tokens and places of the postings whose token's upper half is in [first, end)."""
        low, high = int(self.heads[first]), int(self.heads[end])
        upper = np.repeat(np.arange(first, end, dtype=np.uint32), np.diff(self.heads[first : end + 1]))
        return (upper << np.uint32(16)) | self.tails[low:high], np.asarray(self.places[low:high])

    def spans(self, tokens: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where the postings of each uint32 token begin and end."""
        upper, lower = tokens >> np.uint32(16), (tokens & np.uint32(0xFFFF)).astype(np.uint16)
        first, end = self.heads[upper], self.heads[upper + 1]
        return _bisected(self.tails, first, end, lower, after=False), _bisected(
            self.tails, first, end, lower, after=True
        )


def _bisected(values: np.ndarray, low: np.ndarray, high: np.ndarray, wanted: np.ndarray, *, after: bool) -> np.ndarray:
    """Binary search in many sorted slices at once: ``np.searchsorted`` for each slice ``values[low:high]``."""
    low, high = low.copy(), high.copy()
    open_ = np.flatnonzero(low < high)
    while len(open_):
        middle = (low[open_] + high[open_]) >> 1
        seen = values[middle]
        right = (seen <= wanted[open_]) if after else (seen < wanted[open_])
        low[open_[right]] = middle[right] + 1
        high[open_[~right]] = middle[~right]
        open_ = open_[low[open_] < high[open_]]
    return low


class PostingsLane:
    """uint64 (n, 2): token and position."""

    FORMAT = "postings-2"

    def __init__(self, spec: LaneSpec) -> None:
        self.spec = spec
        self._runs: tuple[Run, ...] = ()
        self._keys = np.empty(0, np.int64)  # of each place: the segment's key,
        self._works = np.empty(0, np.int64)  # the work that owns it,
        self._counts = np.empty(0, np.int64)  # and how many postings it has: 0 once the work is discarded

    def add(self, keys: np.ndarray, works: np.ndarray, rows: Rows) -> None:
        rows = checked(self.spec, rows, self.spec.name)
        if not len(rows):
            return
        new, first, which, counts = np.unique(keys, return_index=True, return_inverse=True, return_counts=True)
        before = len(self._keys)
        self._keys = np.concatenate([self._keys, new])
        self._counts = np.concatenate([self._counts, counts])
        self._works = np.concatenate([self._works, np.asarray(works, np.int64)[first]])
        runs = [*self._runs, Run.of(folded(rows[:, 0]), (before + which).astype(np.uint32))]
        # The first run may be a file: it is merged when the lane is saved.
        while len(runs) > 2 and len(runs[-2]) < 2 * len(runs[-1]):
            parts = [run.between(0, _HEADS) for run in runs[-2:]]
            runs[-2:] = [Run.of(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))]
        self._runs = tuple(runs)

    def discard(self, works: Collection[int]) -> None:
        gone = np.isin(self._works, np.fromiter(works, np.int64, len(works)))
        self._counts = np.where(gone, 0, self._counts)

    def __len__(self) -> int:
        return int(self._counts.sum())

    def search(self, probe: np.ndarray, k: int) -> list[Found]:
        probe = checked(self.spec, probe, "the probe")
        runs, counts, owners, keys = self._runs, self._counts, self._works, self._keys
        if not len(probe) or not runs or k < 1:
            return []
        row, place, weight = _votes(runs, folded(probe[:, 0]), counts > 0)
        if not len(row):
            return []
        best = _stretches(place, probe[row, 1].astype(np.int64), weight, len(counts))
        segments = np.flatnonzero(best)
        order = segments[np.lexsort((segments, -best[segments]))]
        ranked, first = np.unique(owners[order], return_index=True)
        chosen = ranked[np.argsort(first)][:k]
        return _found(chosen, owners[place], keys[place], row, weight, best[place])

    def save(self, folder: Path) -> None:
        alive = np.flatnonzero(self._counts)
        renumbered = np.full(len(self._counts), -1, np.int64)
        renumbered[alive] = np.arange(len(alive))
        total = len(self)
        tails = reserved(folder / "tails.npy", np.uint16, (total,))
        places = reserved(folder / "places.npy", np.uint32, (total,))
        heads = np.zeros(_HEADS + 1, np.int64)
        step = max(1, _HEADS * WRITE_AT_ONCE // max(1, sum(map(len, self._runs))))
        at = 0
        for first in range(0, _HEADS, step):
            end = min(first + step, _HEADS)
            parts = [run.between(first, end) for run in self._runs] or [(np.empty(0, np.uint32),) * 2]
            token, place = (np.concatenate(columns) for columns in zip(*parts, strict=True))
            kept = renumbered[place] >= 0
            merged = Run.of(token[kept], renumbered[place[kept]].astype(np.uint32))
            tails[at : at + len(merged)], places[at : at + len(merged)] = merged.tails, merged.places
            heads[first + 1 : end + 1] = at + merged.heads[first + 1 : end + 1]
            at += len(merged)
        tails.flush()
        places.flush()
        np.save(folder / "heads.npy", np.diff(heads).astype(np.uint32))
        np.save(folder / "segments.npy", np.stack([self._keys, self._works, self._counts])[:, alive])

    @classmethod
    def load(cls, spec: LaneSpec, folder: Path) -> Self:
        lane = cls(spec)
        lane._keys, lane._works, lane._counts = np.load(folder / "segments.npy")
        heads = np.concatenate([[0], np.cumsum(np.load(folder / "heads.npy"), dtype=np.int64)])
        tails, places = (np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("tails", "places"))
        lane._runs = (Run(heads, tails, places),)
        return lane


def _votes(runs: Collection[Run], tokens: np.ndarray, alive: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(row of the probe, place, weight) of every vote: one of each row for each segment. ``tokens``: uint32, one for
    each row; ``alive``: bool, one for each place."""
    unique, which = np.unique(tokens, return_inverse=True)
    spans = [run.spans(unique) for run in runs]
    total = np.sum([end - first for first, end in spans], axis=0)
    left = np.full(len(unique), MOST_PER_TOKEN)
    found, places = [], []
    for run, (first, end) in zip(runs, spans, strict=True):
        taken = np.minimum(end - first, left)
        left -= taken
        token = np.repeat(np.arange(len(unique)), taken)
        place = run.places[np.repeat(first - np.cumsum(taken) + taken, taken) + np.arange(len(token))]
        new = np.ones(len(token), bool)  # a segment that has the token twice: both stand side by side
        new[1:] = (token[1:] != token[:-1]) | (place[1:] != place[:-1])
        new &= alive[place]
        found.append(token[new])
        places.append(place[new])
    token, place = np.concatenate(found), np.concatenate(places)
    order = np.argsort(token, kind="stable")
    token, place = token[order], place[order]
    counted = np.bincount(token, minlength=len(unique))
    weight = np.log2(1 + alive.sum() / np.maximum(np.where(total > MOST_PER_TOKEN, total, counted), 1))
    first, votes = np.cumsum(counted) - counted, counted[which]
    at = np.repeat(first[which] - np.cumsum(votes) + votes, votes) + np.arange(votes.sum())
    row = np.repeat(np.arange(len(tokens)), votes)
    return row, place[at], weight[which][row]


def _stretches(place: np.ndarray, position: np.ndarray, weight: np.ndarray, size: int) -> np.ndarray:
    """float64 (size,): of each place, the largest sum of votes from one stretch of the probe."""
    best = np.zeros(size)
    stretches = int(position.max()) // STRETCH + 2
    for shift in (0, STRETCH // 2):
        cell = place.astype(np.int64) * stretches + (position + shift) // STRETCH
        cells, which = np.unique(cell, return_inverse=True)
        np.maximum.at(best, cells // stretches, np.bincount(which, weight))
    return best


def _found(
    chosen: np.ndarray,
    work: np.ndarray,
    key: np.ndarray,
    row: np.ndarray,
    weight: np.ndarray,
    best: np.ndarray,
) -> list[Found]:
    """The works with their hits. The arrays after ``chosen`` have one entry for each vote; ``best`` is the vote's
    segment's sum."""
    out = []
    mine = np.flatnonzero(np.isin(work, chosen))
    mine = mine[np.argsort(work[mine], kind="stable")]
    limits = np.searchsorted(work[mine], np.stack([chosen, chosen + 1]))
    for one, first, end in zip(chosen.tolist(), *limits.tolist(), strict=True):
        votes = mine[first:end]
        score = float(best[votes].max())
        votes = votes[best[votes] >= KEPT_SHARE * score]
        votes = votes[np.lexsort((row[votes], -weight[votes]))]
        hits = zip(key[votes].tolist(), row[votes].tolist(), weight[votes].tolist(), strict=True)
        out.append(Found(one, score, tuple(hits)))
    return out
