"""Votes of local features for works, with weak geometry. Pure functions on arrays.

A vote's weight is how much nearer the neighbour is than the k-th (Jégou et al. 2011, "Exploiting descriptor
distances"); one stored feature and one feature of the probe give a work one vote each (burstiness, 2009); a work's
score is the largest sum of weights within one bin of turn and scale (weak geometric consistency, 2008).
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from simcheck.index.lanes.base import Found

TURN_BINS, SCALE_BINS = 12, 16
"""Bins of 30 degrees and of one octave, each in two positions shifted by half a bin."""
SEGMENTS_TALLIED = 256
"""Only segments with most votes of any turn and scale are looked at closely: the others cannot come out on top."""


@dataclass(frozen=True)
class Votes:
    """One entry for each vote. ``row`` int64, the feature of the probe; ``feature`` int64, the stored feature;
    ``segment`` int64, the number of its segment; ``weight`` float; ``asked`` and ``stored`` float32 (v, 2), size
    (fraction of the longer side) and angle (degrees) in the probe and in the work."""

    row: np.ndarray
    feature: np.ndarray
    segment: np.ndarray
    weight: np.ndarray
    asked: np.ndarray
    stored: np.ndarray

    def of(self, chosen: np.ndarray) -> Votes:
        return Votes(*(getattr(self, one.name)[chosen] for one in fields(self)))


def best(votes: Votes, keys: np.ndarray, works: np.ndarray, k: int) -> list[Found]:
    """The ``k`` works with most votes in one bin of turn and scale of one segment; ``hits`` are those votes. ``keys``
    and ``works``: int64, of each segment."""
    votes = votes.of(np.argsort(-votes.weight, kind="stable"))
    votes = votes.of(first_of(votes.segment << 20 | votes.row))
    votes = votes.of(first_of(votes.feature))
    votes = votes.of(busiest(votes.segment, votes.weight, max(SEGMENTS_TALLIED, 4 * k)))
    cells = votes.segment << 8 | bins(votes.asked, votes.stored)
    fullest: dict[int, tuple[float, int, int]] = {}
    for shift in range(len(cells)):
        values, which = np.unique(cells[shift], return_inverse=True)
        sums = np.bincount(which, votes.weight)
        chosen = np.argsort(-sums, kind="stable")[: 4 * k]
        owners = works[values[chosen] >> 8].tolist()
        for owner, total, value in zip(owners, sums[chosen].tolist(), values[chosen].tolist(), strict=True):
            if total > fullest.get(owner, (0.0,))[0]:
                fullest[owner] = (total, shift, value)
    found = []
    for work, (total, shift, value) in sorted(fullest.items(), key=lambda item: (-item[1][0], item[0]))[:k]:
        key, mine = int(keys[value >> 8]), np.flatnonzero(cells[shift] == value)
        hits = zip(votes.row[mine].tolist(), votes.weight[mine].tolist(), strict=True)
        found.append(Found(work, total, tuple((key, row, weight) for row, weight in hits)))
    return found


def bins(asked: np.ndarray, stored: np.ndarray) -> np.ndarray:
    """The bin of turn and scale of each vote, below 256, in four positions of the grid: int64 (4, v)."""
    turn = (asked[:, 1] - stored[:, 1]) % 360 * (TURN_BINS / 360)
    scale = np.log2(np.maximum(asked[:, 0], 1e-6) / stored[:, 0]) + SCALE_BINS / 2
    out = np.empty((4, len(asked)), np.int64)
    for shift in range(4):
        turned = (turn + shift % 2 / 2).astype(int) % TURN_BINS
        scaled = np.clip(scale + shift // 2 / 2, 0, SCALE_BINS - 1).astype(int)
        out[shift] = turned << 4 | scaled
    return out


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
