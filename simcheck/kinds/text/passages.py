"""Passages out of matched words, and how far chance explains them.

A matched word gains the bits it tells: −log2 of its probability in ordinary text after the two words before it, where
these match too. Replaced, missing, inserted and moved words cost bits. A passage is a stretch of the output with the
largest sum (as in local alignment, Smith and Waterman 1981); its expected number by chance is the number of places
where it could begin times 2^−sum (Karlin and Altschul 1990).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

GAP_OPEN, GAP_WORD = 2.0, 1.0
"""Bits for words without a partner between two matched ones: to begin with, and for each word."""
JUMP_OPEN, JUMP_DOUBLING = 5.0, 2.0
"""Bits for going on elsewhere in the reference: to begin with, and for each doubling of the distance."""
LONGEST_GAP = 40
"""So many words of the output without a partner end a passage."""
LEAST_DENSE = 0.2
"""Of the reference's words that a passage spans at least this share is matched, else it is more than one passage."""


@dataclass(frozen=True)
class Passage:
    """Matched words (output, reference) int64 (n, 2) by output place, and the bits they tell in all."""

    pairs: np.ndarray
    bits: float


def gains(pairs: np.ndarray, alone: np.ndarray, following: np.ndarray) -> np.ndarray:
    """float64 (n,): bits of each matched word. ``alone`` and ``following``: of every word of the output."""
    out = alone[pairs[:, 0]].astype(np.float64)
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
    """The passages of at least ``least`` bits."""
    found: list[Passage] = []
    waiting = [(0, len(pairs))]
    cost = costs(pairs) if len(pairs) > 1 else np.empty(0)
    while waiting:
        low, high = waiting.pop()
        if low >= high:
            continue
        first, end, bits = _largest(gain[low:high], cost[low : high - 1])
        if bits < least:
            continue
        first, end = first + low, end + low
        waiting += [(low, first), (end, high)]
        split = _split(pairs[first:end])
        if split:
            waiting += [(first, first + split), (first + split, end)]
        else:
            found.append(Passage(pairs[first:end], bits))
    return found


def joined(found: list[Passage]) -> list[Passage]:
    """Passages that are near each other in both texts as one: words that match elsewhere by chance, or sentences in
    another order, had cut them."""
    waiting = sorted(found, key=lambda one: -one.bits)
    out: list[Passage] = []
    while waiting:
        one = waiting.pop(0)
        near = [other for other in waiting if _near(one, other)]
        if near:
            pairs = np.concatenate([one.pairs, *(other.pairs for other in near)])
            pairs = pairs[np.argsort(pairs[:, 0])]
            waiting = [other for other in waiting if not any(other is taken for taken in near)]
            waiting.insert(0, Passage(pairs, one.bits + sum(other.bits for other in near)))
        else:
            out.append(one)
    return sorted(out, key=lambda one: int(one.pairs[0, 0]))


def _near(one: Passage, other: Passage) -> bool:
    """Whether at most LONGEST_GAP words lie between them, in both texts."""
    low = np.maximum(one.pairs.min(axis=0), other.pairs.min(axis=0))
    high = np.minimum(one.pairs.max(axis=0), other.pairs.max(axis=0))
    return bool((low - high <= LONGEST_GAP).all())


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


def _split(pairs: np.ndarray) -> int:
    """Where to cut a passage that spans much more of the reference than it matches; 0: nowhere."""
    span = int(pairs[:, 1].max() - pairs[:, 1].min()) + 1
    if len(pairs) >= LEAST_DENSE * span:
        return 0
    return int(np.abs(np.diff(pairs[:, 1])).argmax()) + 1
