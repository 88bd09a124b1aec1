"""Alignment of two sequences of words: seeds, runs along diagonals, clusters of runs, matched words.

Pairs of words that stand near each other in both texts are seeds. Seeds on one diagonal with short gaps make a run,
inside which words may be replaced; runs that are near each other in both texts make a cluster, between which words may
be missing, inserted or moved. Every step works on arrays; no step compares everything with everything.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simcheck.kinds.text import seeds

APART = 3
"""Words of a seed are at most this far apart, in both texts equally far."""
RUN_GAP = 8
"""Seeds on one diagonal belong to one run when at most this many words lie between them."""
CLUSTER_GAP = 24
"""Runs belong to one cluster when they are at most this many words from each other, in both texts."""
REACH = 4
"""A run grows at its ends over at most so many words to the next equal one (3 other words between)."""
FARTHEST = 200
"""Words that a run grows at each end: more than can stand without a seed."""
MOST_PER_SEED = 16
"""A pair that stands more often than this in the reference's part is a refrain or a name: it makes no seed."""


@dataclass(frozen=True)
class Run:
    """A stretch on one diagonal: words [start, end) of the output beside [start + shift, end + shift) of the
    reference. ``bits``: what its seeds' words tell."""

    start: int
    end: int
    shift: int
    bits: float


def seed_points(output: np.ndarray, reference: np.ndarray, out_bits: np.ndarray, ref_bits: np.ndarray) -> np.ndarray:
    """int64 (n, 2): words (output, reference) that begin an equal, equally wide pair in both. ids and bits as in
    `seeds.pairs`."""
    found = []
    for apart in range(1, APART + 1):
        ours, at = seeds.pairs(output, out_bits, apart)
        theirs, there = seeds.pairs(reference, ref_bits, apart)
        order = np.argsort(theirs, kind="stable")
        theirs, there = theirs[order], there[order]
        low, high = np.searchsorted(theirs, ours), np.searchsorted(theirs, ours, side="right")
        counts = np.where(high - low <= MOST_PER_SEED, high - low, 0)
        places = np.repeat(low - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
        points = np.stack([np.repeat(at, counts), there[places]], axis=1)
        # A swapped pair has the same token; only the same order lies on the diagonal.
        same = (output[points[:, 0]] == reference[points[:, 1]]) & (
            output[points[:, 0] + apart] == reference[points[:, 1] + apart]
        )
        found.append(points[same])
        found.append(points[same] + apart)
    return np.unique(np.concatenate(found), axis=0)


def runs_of(points: np.ndarray, bits: np.ndarray) -> list[Run]:
    """Runs along diagonals. ``points``: int64 (n, 2) of equal words; ``bits``: of every word of the output."""
    if not len(points):
        return []
    shift = points[:, 1] - points[:, 0]
    order = np.lexsort((points[:, 0], shift))
    place, shift = points[order, 0], shift[order]
    new = np.flatnonzero((np.diff(shift) != 0) | (np.diff(place) > RUN_GAP)) + 1
    first, last = np.concatenate([[0], new]), np.concatenate([new, [len(place)]]) - 1
    told = np.add.reduceat(bits[place].astype(np.float64), first)
    columns = (place[first], place[last] + 1, shift[first], told)
    return [Run(*values) for values in zip(*(column.tolist() for column in columns), strict=True)]


def clusters_of(runs: list[Run], gap: int = CLUSTER_GAP) -> list[list[Run]]:
    """Runs that are near each other in both texts, transitively (a sweep over the output's words)."""
    ordered = sorted(runs, key=lambda run: (run.start, run.shift))
    parent = list(range(len(ordered)))

    def root(one: int) -> int:
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    active: list[int] = []
    for number, run in enumerate(ordered):
        active = [other for other in active if ordered[other].end + gap >= run.start]
        for other in active:
            theirs = ordered[other]
            if (
                theirs.start + theirs.shift - gap <= run.end + run.shift
                and run.start + run.shift - gap <= theirs.end + theirs.shift
            ):
                parent[root(number)] = root(other)
        active.append(number)
    grouped: dict[int, list[Run]] = {}
    for number, run in enumerate(ordered):
        grouped.setdefault(root(number), []).append(run)
    return list(grouped.values())


def matched(clusters: list[list[Run]], output: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """int64 (n, 2): pairs of equal words, each word of either text at most once, by output place. ``clusters`` come
    best first; within one, a longer run is believed before a shorter one."""
    ours, theirs = np.zeros(len(output), bool), np.zeros(len(reference), bool)
    pairs = []
    for cluster in clusters:
        for run in sorted(cluster, key=lambda run: run.start - run.end):
            grown = extended(run, output, reference)
            at = np.arange(grown.start, grown.end)
            at = at[(output[at] == reference[at + run.shift]) & ~ours[at] & ~theirs[at + run.shift]]
            ours[at] = theirs[at + run.shift] = True
            pairs.append(np.stack([at, at + run.shift], axis=1))
    if not pairs:
        return np.empty((0, 2), np.int64)
    found = np.concatenate(pairs)
    return found[np.argsort(found[:, 0])]


def extended(run: Run, output: np.ndarray, reference: np.ndarray) -> Run:
    """The run grown at both ends over equal words, common ones too, which make no seeds: as far as every next one is at
    most REACH words away. What these are worth is for the passage to tell."""
    shift = run.shift
    low = max(0, -shift, run.start - FARTHEST)
    high = min(len(output), len(reference) - shift, run.end + FARTHEST)
    before, after = run.start - np.arange(low, run.start)[::-1], np.arange(run.end, high) - run.end + 1
    return Run(
        run.start - _grown(before[(output[low : run.start] == reference[low + shift : run.start + shift])[::-1]]),
        run.end + _grown(after[output[run.end : high] == reference[run.end + shift : high + shift]]),
        shift,
        run.bits,
    )


def _grown(distances: np.ndarray) -> int:
    """How far the equal words lead whose ``distances`` (1, 2, …; rising) from the run's end these are."""
    far = np.flatnonzero(np.diff(distances, prepend=0) > REACH)
    kept = distances[: far[0]] if len(far) else distances
    return int(kept[-1]) if len(kept) else 0
