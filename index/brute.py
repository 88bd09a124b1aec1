"""The definition of right, slow and obvious: what a lane must answer, by comparing everything with everything.

The tests hold every lane against these, `simcheck index verify` samples against them.
"""

from __future__ import annotations

import numpy as np

from simcheck.index.lanes.base import Found


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
    """The k works with most votes: each different token of the probe votes once for each work that has it."""
    hits: dict[int, list[tuple[int, int, float]]] = {}
    for token in dict.fromkeys(probe[:, 0].tolist()):
        owners = {
            work: int(keys[(works == work) & (rows[:, 0] == token)].min())
            for work in set(works[rows[:, 0] == token].tolist())
        }
        weight = float(np.log2(1 + len(set(works.tolist())) / max(1, len(owners))))
        for work, key in owners.items():
            hits.setdefault(work, []).append((key, int(np.flatnonzero(probe[:, 0] == token)[0]), weight))
    found = [Found(work, sum(hit[2] for hit in some), tuple(some)) for work, some in hits.items()]
    return sorted(found, key=lambda one: (-one.score, one.work))[:k]
