"""From what the lanes said and the alignment showed to a Finding: hints, signals, regions, type, score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from simcheck.calibration import ScoreModel
from simcheck.index.base import StoredReference, StoredSegment
from simcheck.kinds.base import Finding, Nomination
from simcheck.kinds.image import geometry, hashes
from simcheck.kinds.image.describe import ENCODER, LOCAL, PDQ, PHASH
from simcheck.kinds.image.look import Look
from simcheck.kinds.image.signals import evidence
from simcheck.kinds.image.verify import Alignment
from simcheck.report import Coverage, MatchType, Place, Region

WHOLE = 0.85
"""Share of a picture's area from which it counts as the whole of it."""
SAME_PIXELS, SAME_SHARE = 0.93, 0.85


@dataclass
class Hint:
    """What the lanes said about a frame of the output and a segment of a reference: ``votes`` of the features as they
    are and mirrored, ``variants`` of the whole that are plausible, ``cosine`` of the encoder."""

    votes: dict[bool, float] = field(default_factory=lambda: {False: 0.0, True: 0.0})
    variants: list[int] = field(default_factory=list)
    cosine: float | None = None


def hints_of(nomination: Nomination) -> dict[tuple[int, int], Hint]:
    """Hints by (frame of the output, ordinal of the segment), from every hit of the nomination."""
    hints: dict[tuple[int, int], Hint] = {}
    for probe, candidate in nomination.hits:
        frame = int(probe.view.split("/")[1])
        flip = probe.view.endswith("/mirrored")
        for hit in candidate.hits:
            hint = hints.setdefault((frame, hit.segment), Hint())
            if probe.lane == LOCAL:
                hint.votes[flip] = max(hint.votes[flip], candidate.score)
            elif probe.lane == ENCODER:
                hint.cosine = max(hint.cosine if hint.cosine is not None else -1.0, hit.score)
                add_variant(hint, 0, hit.score > 0.6)
            elif probe.lane in (PDQ, PHASH):
                add_variant(hint, hit.probe_row, hit.score > (0.66 if probe.lane == PDQ else 0.8))
    return hints


def add_variant(hint: Hint, variant: int, good: bool) -> None:
    if good and variant not in hint.variants:
        hint.variants.append(variant)


def signals_of(aligned: Alignment, look: Look, segment: StoredSegment, hint: Hint) -> dict[str, Any]:
    """The signals of a pair, see ``simcheck.kinds.image.signals``, without the coverages."""
    agreement = aligned.agreement
    if agreement is None:
        return {}
    turn, scale = geometry.turn_and_scale(aligned.matrix @ np.diag([-1, 1, 1]) if aligned.flip else aligned.matrix)
    return {
        "cosine": None if hint.cosine is None else round(float(hint.cosine), 4),
        "pdq_distance": int(hashes.distance(look.pdq[0], segment.entries[PDQ][0]).min()),
        "phash_distance": int(hashes.distance(look.phash, segment.entries[PHASH][0]).min()),
        "votes": round(float(max(hint.votes.values())), 4),
        "inliers": int(aligned.inliers),
        "correlation": round(agreement.correlation, 4),
        "detail": round(agreement.detail, 4),
        "agreement": round(agreement.share, 4),
        "blocks": int(agreement.blocks),
        "mirrored": aligned.flip,
        "turn": round(turn, 1),
        "scale": round(2.0**scale, 4),
        "aligned_by": aligned.source,
    }


def make(
    aligned: Alignment,
    signals: Mapping[str, Any],
    facts: Mapping[str, Any],
    stored: StoredReference,
    ordinal: int,
    model: ScoreModel,
    references: int,
) -> Finding | None:
    """The finding of an alignment whose pixels were compared; None where no box is left."""
    agreement = aligned.agreement
    if agreement is None:
        return None
    there = pixel_box(agreement.reference, stored.facts)
    here = pixel_box(agreement.output, facts)
    coverage = Coverage(output=share_of(here, facts), reference=share_of(there, stored.facts))
    complete = {
        **signals,
        "coverage_output": round(coverage.output, 4),
        "coverage_reference": round(coverage.reference, 4),
    }
    score = model.probability(evidence(complete), references)
    place = {k: v for k, v in stored.segments[ordinal].place.items() if k in ("start", "end")}
    region = Region(output=Place(box=here), reference=Place(box=there, **place))
    return Finding(score, kind_of_match(complete), coverage, (region,), complete)


def pixel_box(box: geometry.Box, facts: Mapping[str, Any]) -> tuple[int, int, int, int]:
    """x, y, width, height in pixels of the upright picture, inside it and at least one pixel, from fractions."""
    width, height = int(facts["width"]), int(facts["height"])
    longer = max(width, height)
    left = min(max(round(box[0] * longer), 0), width - 1)
    top = min(max(round(box[1] * longer), 0), height - 1)
    right = min(max(round(box[2] * longer), left + 1), width)
    bottom = min(max(round(box[3] * longer), top + 1), height)
    return left, top, right - left, bottom - top


def share_of(box: tuple[int, int, int, int], facts: Mapping[str, Any]) -> float:
    return min(1.0, box[2] * box[3] / (int(facts["width"]) * int(facts["height"])))


def kind_of_match(signals: Mapping[str, Any]) -> MatchType:
    """``partial`` where a part of either picture is not in the other, ``near-exact`` where pixels are nearly the same,
    else ``altered``."""
    if min(signals["coverage_output"], signals["coverage_reference"]) < WHOLE:
        return "partial"
    upright = not signals["mirrored"] and abs(signals["turn"]) < 3
    if upright and signals["correlation"] > SAME_PIXELS and signals["agreement"] > SAME_SHARE:
        return "near-exact"
    return "altered"
