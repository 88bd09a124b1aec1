"""The measures of the PAN competitions: precision, recall, granularity, plagdet.

Potthast, Stein, Barrón-Cedeño and Rosso, "An Evaluation Framework for Plagiarism Detection" (COLING 2010),
macro-averaged: a case and a detection are characters of the suspicious text together with characters of the source;
they meet where both sides overlap.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Passage:
    """Characters [start, end) of the document ``document`` beside [source_start, source_end) of ``source``."""

    document: str
    start: int
    end: int
    source: str
    source_start: int
    source_end: int

    def __len__(self) -> int:
        return self.end - self.start + self.source_end - self.source_start

    def meets(self, other: Passage) -> bool:
        return (
            self.document == other.document
            and self.source == other.source
            and min(self.end, other.end) > max(self.start, other.start)
            and min(self.source_end, other.source_end) > max(self.source_start, other.source_start)
        )


@dataclass(frozen=True)
class Result:
    precision: float
    recall: float
    granularity: float

    @property
    def plagdet(self) -> float:
        together = self.precision + self.recall
        return 2 * self.precision * self.recall / together / math.log2(1 + self.granularity) if together else 0.0

    def row(self) -> dict[str, float]:
        names = ("plagdet", "precision", "recall", "granularity")
        return {name: round(float(getattr(self, name)), 4) for name in names}


def _union(spans: Sequence[tuple[int, int]], low: int, high: int) -> int:
    """Length of the union of the spans inside [low, high)."""
    total, reached = 0, low
    for start, end in sorted(spans):
        start, end = max(start, reached), min(end, high)
        if end > start:
            total += end - start
            reached = end
    return total


def _covered(one: Passage, others: Sequence[Passage]) -> float:
    """Share of a passage's characters that stand in the others that meet it."""
    met = [other for other in others if other.meets(one)]
    ours = _union([(other.start, other.end) for other in met], one.start, one.end)
    theirs = _union([(other.source_start, other.source_end) for other in met], one.source_start, one.source_end)
    return (ours + theirs) / len(one)


def measure(cases: Sequence[Passage], detections: Sequence[Passage]) -> Result:
    """Precision is 0 without detections; granularity is 1 where nothing was found."""
    precision = sum(_covered(one, cases) for one in detections) / len(detections) if detections else 0.0
    recall = sum(_covered(one, detections) for one in cases) / len(cases) if cases else 0.0
    times = [count for one in cases if (count := sum(other.meets(one) for other in detections))]
    return Result(precision, recall, sum(times) / len(times) if times else 1.0)
