"""Alignment of two sequences of sentences: passages that say the same, in the same neighbourhood of both texts.

Two sentences that are near each other are a point; points near each other in both texts are a cluster, in which every
sentence stands for at most one of the other text (sentences may be left out, put in, or stand in another order). What
a passage tells is the sum of its points' bits, less what it costs to look for the next one in the neighbourhood.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simcheck.kinds.text.chance import tail

LEAST_COSINE = 0.6
"""Sentences less alike than this do not say the same; they may share a topic."""
LEAST_BITS = 8.0
"""Points that tell less are what chance gives everywhere in a novel."""
REACH = 3
"""Points of one cluster are at most so many sentences apart, in both texts."""
STEP_BITS = 5.6
"""To look for the next point in the neighbourhood of one, 48 places are tried (log2)."""
MOST_POINTS = 20_000
"""Of more points the strongest are kept: a text beside a translation of itself has one for each sentence."""
MOST_AMONG = 1_000
"""Sentences of each text that are taken to tell how alike the encoder finds its sentences."""
BLOCK = 2_048
"""Sentences of the output that are compared at a time: bounds memory."""


@dataclass(frozen=True)
class MeaningPassage:
    """``pairs``: sentences (output, reference) int64 (n, 2) by output place; ``bits`` in all; ``cosines`` (n,)."""

    pairs: np.ndarray
    bits: float
    cosines: np.ndarray


def passages(
    output: np.ndarray, reference: np.ndarray, most: tuple[np.ndarray, np.ndarray], background: np.ndarray
) -> list[MeaningPassage]:
    """All passages, best first. ``output`` float32 (n, d) and ``reference`` (m, d), unit length; a row of zeros takes
    no part. ``most``: the bits that each sentence of both can tell at most. ``background``: as in `chance.tail`."""
    points, cosines = _points(output, reference)
    if not len(points):
        return []
    among = np.concatenate([_some(output), _some(reference)])
    told = np.minimum(most[0][points[:, 0]], most[1][points[:, 1]])
    for side, vectors in enumerate((output, reference)):
        rows, at = np.unique(points[:, side], return_inverse=True)
        told = np.minimum(told, tail(vectors[rows], background, among).bits(at, cosines))
    kept = np.flatnonzero(told >= LEAST_BITS)
    if len(kept) > MOST_POINTS:
        kept = np.sort(kept[np.argsort(-told[kept], kind="stable")[:MOST_POINTS]])
    points, cosines, told = points[kept], cosines[kept], told[kept]
    found = [_passage(points[group], told[group], cosines[group]) for group in clusters(points)]
    return sorted(found, key=lambda one: -one.bits)


def _some(vectors: np.ndarray) -> np.ndarray:
    """At most MOST_AMONG rows, spread over all, without those of zeros."""
    used = vectors[vectors.any(axis=1)]
    return used[:: max(1, -(-len(used) // MOST_AMONG))]


def _points(output: np.ndarray, reference: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """int64 (k, 2) and float32 (k,): pairs of sentences at least LEAST_COSINE alike, and how alike."""
    places, values = [np.empty((0, 2), np.int64)], [np.empty(0, np.float32)]
    for first in range(0, len(output), BLOCK):
        near = output[first : first + BLOCK] @ reference.T
        at = np.argwhere(near >= LEAST_COSINE)
        values.append(near[at[:, 0], at[:, 1]])
        places.append(at + np.array([first, 0]))
    return np.concatenate(places), np.concatenate(values)


def clusters(points: np.ndarray) -> list[np.ndarray]:
    """Numbers of the points that are near each other, transitively. ``points`` int64 (n, 2), sorted by the first."""
    cells: dict[tuple[int, int], int] = {}
    parent = list(range(len(points)))

    def root(one: int) -> int:
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    for number, (i, j) in enumerate(points.tolist()):
        for x in range(i - REACH, i + 1):
            for y in range(j - REACH, j + REACH + 1):
                other = cells.get((x, y))
                if other is not None:
                    parent[root(number)] = root(other)
        cells[i, j] = number
    grouped: dict[int, list[int]] = {}
    for number in range(len(points)):
        grouped.setdefault(root(number), []).append(number)
    return [np.array(group) for group in grouped.values()]


def _passage(points: np.ndarray, told: np.ndarray, cosines: np.ndarray) -> MeaningPassage:
    """The best one-to-one choice of a cluster's points, strongest first."""
    chosen: list[int] = []
    ours: set[int] = set()
    theirs: set[int] = set()
    for at in np.argsort(-told, kind="stable").tolist():
        i, j = points[at].tolist()
        if i not in ours and j not in theirs:
            chosen.append(at)
            ours.add(i)
            theirs.add(j)
    at_place = sorted(chosen, key=lambda at: int(points[at, 0]))
    bits = float(told[at_place].sum()) - STEP_BITS * (len(at_place) - 1)
    return MeaningPassage(points[at_place], bits, cosines[at_place])
