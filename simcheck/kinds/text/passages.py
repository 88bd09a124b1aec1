"""Passages out of matched words, and how far chance explains them.

A matched word gains the bits it tells: −log2 of its probability in ordinary text after the two words before it, where
these match too. Replaced, missing, inserted and moved words cost bits. A passage is a stretch of the output with the
largest sum (as in local alignment, Smith and Waterman 1981); its expected number by chance is the number of places
where it could begin times 2^−sum (Karlin and Altschul 1990).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

GAP_OPEN, GAP_WORD = 2.0, 1.0
"""Bits for words without a partner between two matched ones: to begin with, and for each word."""
JUMP_OPEN, JUMP_DOUBLING = 5.0, 2.0
"""Bits for going on elsewhere in the reference: to begin with, and for each doubling of the distance."""
LEAST_STRETCH = 24.0
"""Bits of a stretch that may be part of a passage."""
LONGEST_GAP = 40
"""So many words of the output without a partner end a passage."""
NEAR, FAR = 12, 800
"""Words of the reference between two blocks of one passage: at most NEAR, or FAR where both are SOLID."""
SOLID = 50.0
"""Bits of a block that is no chance beside a passage."""
LEAST_DENSE = 0.2
"""Of the reference's words that a passage spans at least this share is matched, else it is more than one passage."""


@dataclass(frozen=True)
class Passage:
    """Matched words (output, reference) int64 (n, 2) by output place, and the bits they tell in all."""

    pairs: np.ndarray
    bits: float


def gains(pairs: np.ndarray, alone: np.ndarray, following: np.ndarray) -> np.ndarray:
    """float64 (n,): bits of each matched word. ``alone`` and ``following``: of every word of the output."""
    out: np.ndarray = alone[pairs[:, 0]].astype(np.float64)
    goes_on = (np.diff(pairs, axis=0) == 1).all(axis=1)
    at = pairs[1:, 0][goes_on]
    out[1:][goes_on] = np.minimum(following[at], alone[at])
    return out


def costs(pairs: np.ndarray) -> np.ndarray:
    """float64 (n - 1,): bits for what stands between two matched words; infinite where no passage goes on."""
    ours, theirs = np.diff(pairs[:, 0]), np.diff(pairs[:, 1])
    jump = np.abs(theirs - ours)
    gap = np.where((ours > 1) | (theirs != 1), GAP_OPEN + GAP_WORD * (ours - 1), 0.0)
    moved = np.where(jump > 0, JUMP_OPEN + JUMP_DOUBLING * np.log2(1.0 + jump), 0.0)
    return np.where(ours > LONGEST_GAP, np.inf, gap + moved)


def passages(pairs: np.ndarray, gain: np.ndarray, least: float) -> list[Passage]:
    """The passages of at least ``least`` bits, by output place."""
    blocks: list[Passage] = []
    waiting = [(0, len(pairs))]
    cost = costs(pairs) if len(pairs) > 1 else np.empty(0)
    while waiting:
        low, high = waiting.pop()
        first, end, bits = _largest(gain[low:high], cost[low : high - 1]) if low < high else (0, 0, 0.0)
        if bits < LEAST_STRETCH:
            continue
        first, end = first + low, end + low
        waiting += [(low, first), (end, high)]
        blocks += _blocks(pairs[first:end], gain[first:end], cost[first : end - 1])
    return [one for one in _joined(blocks) if one.bits >= least]


def _blocks(pairs: np.ndarray, gain: np.ndarray, cost: np.ndarray) -> list[Passage]:
    """Cut where the reference goes on more than NEAR words from where the output goes on."""
    steps = np.diff(pairs, axis=0)
    cuts = np.flatnonzero(np.abs(steps[:, 1] - steps[:, 0]) > NEAR) + 1
    limits = [0, *cuts.tolist(), len(pairs)]
    return [
        Passage(pairs[low:high], float(gain[low:high].sum() - cost[low : high - 1].sum()))
        for low, high in pairwise(limits)
    ]


def _joined(blocks: list[Passage]) -> list[Passage]:
    """Blocks that belong together as one passage: sentences in another order, and what words that match elsewhere by
    chance had cut. Chance blocks beside a passage stay alone, and are too weak alone."""
    waiting = sorted(blocks, key=lambda one: -one.bits)
    out: list[Passage] = []
    while waiting:
        one = waiting.pop(0)
        at = next((at for at, other in enumerate(waiting) if _together(one, other)), None)
        if at is None:
            out.append(one)
            continue
        other = waiting.pop(at)
        pairs = np.concatenate([one.pairs, other.pairs])
        waiting.insert(0, Passage(pairs[np.argsort(pairs[:, 0])], one.bits + other.bits))
    return sorted(out, key=lambda one: int(one.pairs[0, 0]))


def _together(one: Passage, other: Passage) -> bool:
    """Whether at most LONGEST_GAP words of the output lie between two blocks, and in the reference at most NEAR, or FAR
    where both are SOLID; and whether together they are still dense."""
    low = np.minimum(one.pairs.min(axis=0), other.pairs.min(axis=0))
    high = np.maximum(one.pairs.max(axis=0), other.pairs.max(axis=0))
    gap = np.maximum(one.pairs.min(axis=0), other.pairs.min(axis=0)) - np.minimum(
        one.pairs.max(axis=0), other.pairs.max(axis=0)
    )
    reach = FAR if min(one.bits, other.bits) >= SOLID else NEAR
    dense = len(one.pairs) + len(other.pairs) >= LEAST_DENSE * (high[1] - low[1] + 1)
    return bool(gap[0] <= LONGEST_GAP and gap[1] <= reach and dense)


def _largest(gain: np.ndarray, cost: np.ndarray) -> tuple[int, int, float]:
    """First, end and sum of the contiguous part with the largest sum (Kadane's algorithm)."""
    best, best_first, best_end = 0.0, 0, 0
    total, first = 0.0, 0
    paid = [0.0, *cost.tolist()]
    for at, value in enumerate(gain.tolist()):
        total -= paid[at]
        if total <= 0:
            total, first = 0.0, at
        total += value
        if total > best:
            best, best_first, best_end = total, first, at + 1
    return best_first, best_end, best
