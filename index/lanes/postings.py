"""Postings: tokens with the works and places they stand in, as sorted runs; the first is memory-mapped from the disk.

A probe's token votes once for every work that has it, with a weight that is the larger the fewer works have it
(inverse document frequency, log2(1 + works of the lane / works with the token)). A work's score is the sum of its
votes. Runs are merged as in a log-structured merge tree (O'Neil 1996), so that adding stays cheap.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from simcheck.index.base import LaneSpec, Rows
from simcheck.index.lanes.base import Found
from simcheck.index.rows import checked

MOST_PER_TOKEN = 65_536
"""A token that stands in more places than this tells nothing, and reading all of them would take the time of a search:
it does not vote."""
WRITE_AT_ONCE = 1 << 20
"""Postings merged at a time when a lane is saved: bounds the memory that saving takes."""


@dataclass(frozen=True)
class Run:
    """Postings sorted by token: uint64 tokens, int64 works and keys, uint64 positions."""

    tokens: np.ndarray
    works: np.ndarray
    keys: np.ndarray
    positions: np.ndarray

    def __len__(self) -> int:
        return len(self.tokens)

    def columns(self) -> tuple[np.ndarray, ...]:
        return self.tokens, self.works, self.keys, self.positions


def _merged(runs: Collection[Run], first: int | None = None, end: int | None = None) -> Run:
    """One run of several; of those tokens in [first, end) only."""
    parts = []
    for run in runs:
        low = 0 if first is None else int(np.searchsorted(run.tokens, np.uint64(first)))
        high = len(run) if end is None else int(np.searchsorted(run.tokens, np.uint64(end)))
        parts.append([column[low:high] for column in run.columns()])
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    order = np.argsort(columns[0], kind="stable")
    return Run(*(column[order] for column in columns))


class PostingsLane:
    """uint64 (n, 2): token and position."""

    FORMAT = "postings-1"

    def __init__(self, spec: LaneSpec) -> None:
        self.spec = spec
        self._base: Run | None = None
        self._tail: tuple[Run, ...] = ()
        self._sizes: dict[int, int] = {}

    def add(self, keys: np.ndarray, works: np.ndarray, rows: Rows) -> None:
        rows = checked(self.spec, rows, self.spec.name)
        if not len(rows):
            return
        order = np.argsort(rows[:, 0], kind="stable")
        new = Run(rows[order, 0], np.asarray(works, np.int64)[order], np.asarray(keys, np.int64)[order], rows[order, 1])
        tail = [*self._tail, new]
        while len(tail) > 1 and len(tail[-2]) < 2 * len(tail[-1]):
            tail[-2:] = [_merged(tail[-2:])]
        self._tail = tuple(tail)
        for work, size in zip(*(part.tolist() for part in np.unique(new.works, return_counts=True)), strict=True):
            self._sizes[work] = self._sizes.get(work, 0) + size

    def discard(self, works: Collection[int]) -> None:
        for work in works:
            self._sizes.pop(work, None)

    def __len__(self) -> int:
        return sum(self._sizes.values())

    def _runs(self) -> tuple[Run, ...]:
        return self._tail if self._base is None else (self._base, *self._tail)

    def search(self, probe: np.ndarray, k: int) -> list[Found]:
        probe = checked(self.spec, probe, "the probe")
        runs, sizes = self._runs(), self._sizes
        if not len(probe) or not runs or k < 1:
            return []
        tokens, row_of_token = np.unique(probe[:, 0], return_index=True)
        token, work, key = self._places(tokens, runs)
        alive = np.isin(work, np.fromiter(sizes, np.int64, len(sizes)))
        token, work, key = token[alive], work[alive], key[alive]
        # The first posting of each token in each work is the vote; runs are stable, so it is the lowest key.
        order = np.lexsort((key, work, token))
        token, work, key = token[order], work[order], key[order]
        first = np.ones(len(token), bool)
        first[1:] = (token[1:] != token[:-1]) | (work[1:] != work[:-1])
        token, work, key = token[first], work[first], key[first]
        weight = np.log2(1 + len(sizes) / np.maximum(1, np.bincount(token, minlength=len(tokens))))[token]
        return _best(work, key, row_of_token[token], weight, k)

    def _places(self, tokens: np.ndarray, runs: tuple[Run, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Where the tokens stand: (number of the token in ``tokens``, work, key) of every posting."""
        spans = [
            (np.searchsorted(run.tokens, tokens), np.searchsorted(run.tokens, tokens, side="right")) for run in runs
        ]
        rare = np.sum([high - low for low, high in spans], axis=0) <= MOST_PER_TOKEN
        token, work, key = [], [], []
        for run, (low, high) in zip(runs, spans, strict=True):
            counts = np.where(rare, high - low, 0)
            at = np.repeat(low - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
            token.append(np.repeat(np.arange(len(tokens)), counts))
            work.append(run.works[at])
            key.append(run.keys[at])
        return np.concatenate(token), np.concatenate(work), np.concatenate(key)

    def save(self, folder: Path) -> None:
        runs = self._runs()
        total = len(self)
        alive = np.fromiter(self._sizes, np.int64, len(self._sizes))
        names = ("tokens", "works", "keys", "positions")
        types = (np.uint64, np.int64, np.int64, np.uint64)
        out = [
            np.lib.format.open_memmap(folder / f"{n}.npy", "w+", t, (total,)) for n, t in zip(names, types, strict=True)
        ]
        at = 0
        for first, end in _spans(runs):
            part = _merged(runs, first, end)
            keep = np.isin(part.works, alive)
            size = int(keep.sum())
            for column, target in zip(part.columns(), out, strict=True):
                target[at : at + size] = column[keep]
            at += size
        for target in out:
            target.flush()
        np.save(folder / "sizes.npy", np.array(list(self._sizes.items()), np.int64).reshape(-1, 2))

    @classmethod
    def load(cls, spec: LaneSpec, folder: Path) -> Self:
        lane = cls(spec)
        lane._base = Run(
            *(np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("tokens", "works", "keys", "positions"))
        )
        lane._sizes = dict(np.load(folder / "sizes.npy").tolist())
        return lane


def _spans(runs: Collection[Run]) -> list[tuple[int | None, int | None]]:
    """Ranges of tokens that hold about WRITE_AT_ONCE postings each, and together everything."""
    total = sum(len(run) for run in runs)
    if total <= WRITE_AT_ONCE:
        return [(None, None)]
    largest = max(runs, key=len)
    step = max(1, len(largest) * WRITE_AT_ONCE // total)
    cuts = sorted({int(token) for token in largest.tokens[step::step]})
    return list(zip([None, *cuts], [*cuts, None], strict=True))


def _best(work: np.ndarray, key: np.ndarray, row: np.ndarray, weight: np.ndarray, k: int) -> list[Found]:
    works, which = np.unique(work, return_inverse=True)
    scores = np.bincount(which, weight, minlength=len(works))
    order = np.lexsort((works, -scores))[:k]
    by_work = np.argsort(which, kind="stable")
    ends = np.cumsum(np.bincount(which, minlength=len(works)))
    out = []
    for one in order:
        mine = by_work[ends[one - 1] if one else 0 : ends[one]]
        hits = sorted(
            zip(key[mine].tolist(), row[mine].tolist(), weight[mine].tolist(), strict=True),
            key=lambda hit: (-hit[2], hit[1]),
        )
        out.append(Found(int(works[one]), float(scores[one]), tuple(hits)))
    return out
