"""The definition of right, slow and obvious: what a lane must answer, by comparing everything with everything.

The tests hold every lane against these, `simcheck index verify` samples against them.
"""

from __future__ import annotations

import numpy as np

from simcheck.index.lanes.base import Found
from simcheck.index.lanes.postings import KEPT_SHARE, STRETCH


def inner_products(probe: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """(q, n) float64, from float32 (q, size) and (n, size)."""
    return np.asarray(probe, np.float64) @ np.asarray(rows, np.float64).T


def equal_bits(probe: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """(q, n) float64: the share of equal bits, from uint8 (q, bytes) and (n, bytes)."""
    return np.asarray(1 - np.unpackbits(probe[:, None] ^ rows[None], axis=2).mean(axis=2))


def nearest_works(scores: np.ndarray, keys: np.ndarray, works: np.ndarray, k: int) -> list[Found]:
    """The k best works. Each row of the probe nominates its k nearest works, with the nearest row of each; equal scores
    are taken in order of work, then of place."""
    hits: dict[int, list[tuple[int, int, float]]] = {}
    for number, row in enumerate(scores):
        best = {work: max(np.flatnonzero(works == work), key=lambda at: (row[at], -at)) for work in set(works.tolist())}
        for work in sorted(best, key=lambda one: (-row[best[one]], one))[:k]:
            hits.setdefault(work, []).append((int(keys[best[work]]), number, float(row[best[work]])))
    found = [Found(work, max(hit[2] for hit in some), tuple(some)) for work, some in hits.items()]
    return sorted(found, key=lambda one: (-one.score, one.work))[:k]


def voted_works(probe: np.ndarray, rows: np.ndarray, keys: np.ndarray, works: np.ndarray, k: int) -> list[Found]:
    """The k works with the most votes for one of their segments from one stretch of the probe: each row of the probe
    votes once for each segment that has its token. See `simcheck.index.lanes.postings`."""
    votes: dict[int, list[tuple[int, float]]] = {}
    for row, token in enumerate(probe[:, 0].tolist()):
        having = set(keys[rows[:, 0] == token].tolist())
        for key in having:
            votes.setdefault(key, []).append((row, float(np.log2(1 + len(set(keys.tolist())) / len(having)))))
    scores = {}
    for key, some in votes.items():
        cells: dict[tuple[int, int], float] = {}
        for row, weight in some:
            for shift in (0, STRETCH // 2):
                cell = shift, (int(probe[row, 1]) + shift) // STRETCH
                cells[cell] = cells.get(cell, 0.0) + weight
        scores[key] = max(cells.values())
    owner = dict(zip(keys.tolist(), works.tolist(), strict=True))
    found = []
    for work in {owner[key] for key in scores}:
        best = max(score for key, score in scores.items() if owner[key] == work)
        kept = [key for key in scores if owner[key] == work and scores[key] >= KEPT_SHARE * best]
        found.append(Found(work, best, tuple((key, row, weight) for key in kept for row, weight in votes[key])))
    return sorted(found, key=lambda one: (-one.score, one.work))[:k]
