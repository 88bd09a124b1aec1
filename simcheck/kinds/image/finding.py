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
from simcheck.kinds.image.verify import Alignment, Guess
from simcheck.report import Coverage, MatchType, Place, Region

WHOLE = 0.85
"""Share of a picture's area from which it counts as the whole of it."""
SAME_PIXELS, SAME_SHARE = 0.93, 0.85

STRONG_VOTES, STRONG_COSINE, STRONG_HASH = 1.5, 0.5, 0.75
GUESS_COSINE, GUESS_HASH = 0.3, {PDQ: 0.66, PHASH: 0.8}
MOST_GUESSES = 4


@dataclass(frozen=True)
class View:
    """What a probe was made of: a frame, flipped or not, or a part of it (``box`` in fractions of its longer side)."""

    frame: int
    box: geometry.Box
    flip: bool = False


@dataclass
class Hint:
    """What the lanes said about a frame of the output and a segment of a reference: ``votes`` of the features as they
    are and mirrored, ``guesses`` of the whole, ``cosine`` of the encoder, ``near``: share of equal PDQ bits."""

    votes: dict[bool, float] = field(default_factory=lambda: {False: 0.0, True: 0.0})
    guesses: list[Guess] = field(default_factory=list)
    cosine: float | None = None
    near: float = 0.0

    @property
    def strong(self) -> bool:
        """True where the lanes insist, so that even weak geometry is looked at closely."""
        return max(self.votes.values()) > STRONG_VOTES or (self.cosine or 0) > STRONG_COSINE or self.near > STRONG_HASH


def hints_of(nomination: Nomination, views: Mapping[str, View]) -> dict[tuple[int, int], Hint]:
    """Hints by (frame of the output, ordinal of the segment), from every hit of the nomination. ``views``: what the
    names in the probes mean."""
    hints: dict[tuple[int, int], Hint] = {}
    for probe, candidate in nomination.hits:
        view = views[probe.view]
        for hit in candidate.hits:
            hint = hints.setdefault((view.frame, hit.segment), Hint())
            if probe.lane == LOCAL:
                hint.votes[view.flip] = max(hint.votes[view.flip], candidate.score)
            elif probe.lane == ENCODER:
                hint.cosine = max(hint.cosine if hint.cosine is not None else -1.0, hit.score)
                add_guess(hint, Guess(view.box, 0), hit.score > GUESS_COSINE)
            elif probe.lane in (PDQ, PHASH):
                hint.near = max(hint.near, hit.score if probe.lane == PDQ else 0.0)
                add_guess(hint, Guess(view.box, hit.probe_row), hit.score > GUESS_HASH[probe.lane])
    return hints


def add_guess(hint: Hint, guess: Guess, good: bool) -> None:
    if good and guess not in hint.guesses and len(hint.guesses) < MOST_GUESSES:
        hint.guesses.append(guess)


def signals_of(aligned: Alignment, look: Look, segment: StoredSegment, hint: Hint) -> dict[str, Any]:
    """The signals of a pair, see ``simcheck.kinds.image.signals``, without the coverages."""
    agreement = aligned.agreement
    if agreement is None:
        return {}
    parts = look.parts
    vectors = [part.vector for part in parts if part.vector is not None]
    cosines = [round(float(vector @ segment.entries[ENCODER][0]), 4) for vector in vectors]
    turn, scale = geometry.turn_and_scale(aligned.matrix @ np.diag([-1, 1, 1]) if aligned.flip else aligned.matrix)
    return {
        "cosine": max(cosines, default=None),
        "pdq_distance": min(int(hashes.distance(part.pdq[0], segment.entries[PDQ][0]).min()) for part in parts),
        "phash_distance": min(int(hashes.distance(part.phash, segment.entries[PHASH][0]).min()) for part in parts),
        "votes": round(float(max(hint.votes.values())), 4),
        "inliers": int(aligned.inliers),
        "correlation": round(agreement.correlation, 4),
        "detail": round(agreement.detail, 4),
        "agreement": round(agreement.share, 4),
        "blocks": int(agreement.blocks),
        "mirrored": aligned.flip,
        "negative": aligned.negative,
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
    place = stored.segments[ordinal].place
    when = Place(box=there, start=place.get("start"), end=place.get("end"))
    region = Region(output=Place(box=here), reference=when)
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
