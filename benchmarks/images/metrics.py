"""The figures of the benchmark, as pure functions of outcomes.

A true reference in an output is one chance: ``held`` when its own match is ``review`` or ``block`` (another reference
on top does not count for it), ``top`` when no other reference scores as high. A false alarm is a held answer about a
reference that is not in the output.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.stats import beta

from benchmarks.images.edits.base import Box
from benchmarks.images.outcome import HELD, Outcome


@dataclass(frozen=True)
class FamilyRow:
    """One family of edits. Shares are 0 to 1 of ``chances``; ``iou_*`` are medians over the held ones whose geometry is
    known, None where there is none. ``scored`` is the recall with scores above every negative, ``scored_ordinary`` with
    scores above every ordinary negative (unrelated pictures, plain and edited)."""

    family: str
    chances: int
    top: float
    held: float
    block: float
    scored: float
    scored_ordinary: float
    iou_output: float | None
    iou_reference: float | None


@dataclass(frozen=True)
class Alarms:
    """False alarms among negatives, with the 95 % interval of Clopper and Pearson for the share."""

    outputs: int
    review: int
    block: int
    held_low: float
    held_high: float
    block_low: float
    block_high: float


@dataclass(frozen=True)
class Bin:
    """Matches with scores from ``low`` up to ``high`` (the last bin has 1.0 in it)."""

    low: float
    high: float
    matches: int
    mean_score: float | None
    right: float | None


def iou(first: Box, second: Box) -> float:
    """Intersection over union of two boxes, 0 to 1."""
    wide = min(first[0] + first[2], second[0] + second[2]) - max(first[0], second[0])
    high = min(first[1] + first[3], second[1] + second[3]) - max(first[1], second[1])
    if wide <= 0 or high <= 0:
        return 0.0
    common = wide * high
    return common / (first[2] * first[3] + second[2] * second[3] - common)


def clopper_pearson(hits: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """Exact interval for a share (Clopper and Pearson 1934); (0, 1) without trials."""
    if not 0 <= hits <= trials:
        raise ValueError(f"{hits} hits in {trials} trials")
    tail = (1 - confidence) / 2
    low = float(beta.ppf(tail, hits, trials - hits + 1)) if hits else 0.0
    high = float(beta.ppf(1 - tail, hits + 1, trials - hits)) if hits < trials else 1.0
    return low, high


def best_negative(negatives: Iterable[Outcome]) -> float:
    """The highest score of any answer to a negative; -inf without answers."""
    return max((one.score for outcome in negatives for one in outcome.answers), default=float("-inf"))


def family_row(family: str, outcomes: Sequence[Outcome], threshold: float, ordinary: float) -> FamilyRow:
    """Figures of one family; ``threshold`` and ``ordinary`` are `best_negative` of all and of the ordinary negatives.
    Raises ValueError without a chance."""
    chances = [(outcome, reference) for outcome in outcomes for reference in outcome.truth]
    if not chances:
        raise ValueError(f"the family {family} has no output with a reference in it")
    right = [outcome.right(reference) for outcome, reference in chances]
    best_wrong = [max((one.score for one in outcome.wrong), default=float("-inf")) for outcome, _ in chances]
    overlaps = [
        (iou(outcome.truth_boxes[0], answer.boxes[0]), iou(outcome.truth_boxes[1], answer.boxes[1]))
        for (outcome, _), answer in zip(chances, right, strict=True)
        if answer and answer.decision in HELD and answer.boxes and outcome.truth_boxes
    ]
    medians = np.median(np.array(overlaps), axis=0) if overlaps else (None, None)
    return FamilyRow(
        family=family,
        chances=len(chances),
        top=_share(one is not None and one.score > wrong for one, wrong in zip(right, best_wrong, strict=True)),
        held=_share(one is not None and one.decision in HELD for one in right),
        block=_share(one is not None and one.decision == "block" for one in right),
        scored=_share(one is not None and one.score > threshold for one in right),
        scored_ordinary=_share(one is not None and one.score > ordinary for one in right),
        iou_output=None if medians[0] is None else float(medians[0]),
        iou_reference=None if medians[1] is None else float(medians[1]),
    )


def overlaps(outcomes: Iterable[Outcome]) -> list[float]:
    """IoU of both sides of every held right match whose geometry is known, as one list."""
    found = []
    for outcome in outcomes:
        for reference in outcome.truth:
            answer = outcome.right(reference)
            if answer and answer.decision in HELD and answer.boxes and outcome.truth_boxes:
                found += [iou(truth, box) for truth, box in zip(outcome.truth_boxes, answer.boxes, strict=True)]
    return found


def alarms(negatives: Sequence[Outcome]) -> Alarms:
    """Negatives that are held. ``review`` counts those held as review only, ``block`` the others."""
    block = sum(outcome.decision == "block" for outcome in negatives)
    review = sum(outcome.decision == "review" for outcome in negatives)
    return Alarms(
        len(negatives),
        review,
        block,
        *clopper_pearson(review + block, len(negatives)),
        *clopper_pearson(block, len(negatives)),
    )


def reliability(outcomes: Iterable[Outcome], edges: Sequence[float]) -> list[Bin]:
    """Share of right matches in bins of score, over positives and negatives."""
    pairs = [(one.score, one.reference in outcome.truth) for outcome in outcomes for one in outcome.answers]
    scores = np.array([score for score, _ in pairs])
    rights = np.array([right for _, right in pairs], bool)
    bins = []
    for low, high in pairwise(edges):
        inside = (scores >= low) & ((scores < high) | (high == edges[-1]) & (scores == high))
        count = int(inside.sum())
        mean, right = (float(scores[inside].mean()), float(rights[inside].mean())) if count else (None, None)
        bins.append(Bin(low, high, count, mean, right))
    return bins


def micro_average_precision(outcomes: Sequence[Outcome]) -> float:
    """µAP as in the Image Similarity Challenge 2021: all answers to all outputs in one ranking, a true reference that
    is never named counts as never found. Of equal scores the wrong ones come first."""
    chances = sum(len(outcome.truth) for outcome in outcomes)
    ranked = sorted((-one.score, one.reference in outcome.truth) for outcome in outcomes for one in outcome.answers)
    hits, total = 0, 0.0
    for place, (_, right) in enumerate(ranked, 1):
        if right:
            hits += 1
            total += hits / place
    return total / chances if chances else 0.0


def mean_of_families(rows: Sequence[FamilyRow], field: str) -> float:
    """Every family counts the same, however many outputs it has."""
    return float(np.mean([getattr(row, field) for row in rows]))


def _share(values: Iterable[bool]) -> float:
    return float(np.mean([bool(value) for value in values]))
